/* 38_consent_rules.sql - the rules about consent that every template brings.
 *
 * Enabled, for a rule that waits to be edited protects nobody.  They do nothing
 * where no attribute tells a country or region.
 *
 * A region may be a part of a country, such as CA and DE of the US, so it
 * counts only if the country is not known to be another.
 */

INSERT INTO pls.motion_templates (template, part, position, content, shipped)
SELECT t.template, 'outreach_rules', 100 + r.position, jsonb_build_object(
           'name', r.name, 'effect', 'needs_consent', 'predicate', r.predicate, 'reason', r.reason), true
  FROM unnest('{trial_conversion,seat_expansion}'::text[]) AS t (template)
 CROSS JOIN (SELECT
       -- the EU, the EEA, the UK, Switzerland and Canada: ISO 3166 and what people
       -- write; .{1,2} is an umlaut or tilde, which not every encoding has
       'AT|BE|BG|HR|CY|CZ|DK|EE|FI|FR|DE|GR|EL|HU|IE|IT|LV|LT|LU|MT|NL|PL|PT|RO|SK|SI|ES|SE|IS|LI|NO|GB|UK|CH|CA' AS codes,
       'AUT|BEL|BGR|HRV|CYP|CZE|DNK|EST|FIN|FRA|DEU|GRC|HUN|IRL|ITA|LVA|LTU|LUX|MLT|NLD|POL|PRT|ROU|SVK|SVN|ESP|SWE|ISL|LIE|NOR|GBR|CHE|CAN'
       '|Austria|Belgium|Bulgaria|Croatia|Cyprus|Czechia|Czech Republic|Denmark|Estonia|Finland|France|Germany|Greece|Hungary'
       '|(Republic of )?Ireland|Italy|Latvia|Lithuania|Luxembourg|Malta|(The )?Netherlands|Holland|Poland|Portugal|Romania|Slovakia|Slovak Republic'
       '|Slovenia|Spain|Sweden|Iceland|Liechtenstein|Norway|United Kingdom( .*)?|(Great )?Britain|England|Scotland|Wales|Northern Ireland'
       '|Switzerland|Canada|Deutschland|.{1,2}sterreich|Espa.{1,2}a|Italia|Polska|Nederland|Sverige|Danmark|Norge|Suomi|Schweiz|Suisse' AS names,
       '$.keyvalue() ? (@.key like_regex "^(billing|account)?[_ ]?country[_ ]?(code|name)?$" flag "i").value' AS country,
       '$.keyvalue() ? (@.key like_regex "^region[_ ]?(code|name)?$" flag "i").value' AS region) w
 CROSS JOIN LATERAL (VALUES
       (1, 'consent by country', format('%s like_regex "^ *((%s)(-.*)?|%s) *$" flag "i"', w.country, w.codes, w.names),
           'messages to the EU, EEA, UK, Switzerland and Canada need consent'),
       (2, 'consent by region', format('%s like_regex "^ *((EU|EEA|Europe|European Union|EMEA|UK|GB)([-_ (&].*)?|(%s)(-.*)?|%s) *$" flag "i"'
                                       ' && !(%s like_regex "^ *(US|USA|U\\.S\\.(A\\.)?|United States.*|America) *$" flag "i")',
                                       w.region, w.codes, w.names, w.country),
           'messages to this region need consent')) AS r (position, name, predicate, reason);
