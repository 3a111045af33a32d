/* 18_exclusions.sql - who never counts, and who never makes an alert.
 */

CREATE TABLE pls.exclusions (
    name        text PRIMARY KEY
        CONSTRAINT exclusion_name_is_not_empty
        CHECK (name <> ''),
    motion      text,
    scope       text NOT NULL,
    match       jsonpath,
    ids         text[],
    domains     text[],
    reason      text NOT NULL
        CONSTRAINT exclusion_reason_is_not_empty
        CHECK (reason <> ''),
    enabled     boolean NOT NULL DEFAULT true,
    shipped     boolean NOT NULL DEFAULT false
);
SELECT pg_extension_config_dump('pls.exclusions', '');

COMMENT ON TABLE pls.exclusions IS
'Who never counts (scope actor) and who never gets an alert (scope entity). A row excludes whoever satisfies any of match, ids and domains.';
COMMENT ON COLUMN pls.exclusions.name IS 'Name of the rule, shown in decisions.';
COMMENT ON COLUMN pls.exclusions.motion IS 'The motion it holds for. NULL: every motion.';
COMMENT ON COLUMN pls.exclusions.scope IS 'actor: rows of such actors match no signal. entity: such accounts and users raise no alert.';
COMMENT ON COLUMN pls.exclusions.match IS 'Predicate: for an actor on the properties of the event, for an entity on the account''s attributes.';
COMMENT ON COLUMN pls.exclusions.ids IS 'Actor or entity ids; email addresses are kept in their normal form. In scope entity also ids of accounts and users that are aliases: they are excluded under all their ids.';
COMMENT ON COLUMN pls.exclusions.domains IS 'Email domains, kept in their normal form: lower case, ASCII, without @. Actors and users have that of their address, accounts those of pls.accounts and pls.account_domains.';
COMMENT ON COLUMN pls.exclusions.reason IS 'Why; shown in decisions.';
COMMENT ON COLUMN pls.exclusions.enabled IS 'false: the rule is ignored.';
COMMENT ON COLUMN pls.exclusions.shipped IS 'Whether the row came with the extension. None does today.';

CREATE FUNCTION pls_internal.checked_exclusion(x pls.exclusions) RETURNS pls.exclusions
LANGUAGE plpgsql STABLE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    wrong text;
BEGIN
    PERFORM pls_internal.check_word(x.scope, '{actor,entity}', 'scope');
    PERFORM pls_internal.check_predicate(x.match, 'match');
    PERFORM pls_internal.check_names(x.ids, 'ids');
    PERFORM pls_internal.check_names(x.domains, 'domains');
    IF x.match IS NULL AND x.ids IS NULL AND x.domains IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'an exclusion needs match, ids or domains',
            DETAIL = 'Without any of them it excludes nobody.',
            HINT = 'Set at least one of them.';
    END IF;
    -- as users are known; an account's id is hardly an address
    IF x.ids IS NOT NULL THEN
        x.ids := ARRAY(SELECT pls_internal.normal_user(i.id)
                           FROM unnest(x.ids) WITH ORDINALITY AS i (id, position)
                          ORDER BY i.position);
    END IF;
    IF x.domains IS NOT NULL THEN
        SELECT d.domain INTO wrong
            FROM unnest(x.domains) AS d (domain)
            WHERE pls_internal.normal_domain(d.domain) IS NULL
            LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
                MESSAGE = format('"%s" is not a domain', wrong),
                HINT = 'Write domains as in ''{example.com,example.org}''.';
        END IF;
        x.domains := ARRAY(SELECT pls_internal.normal_domain(d.domain)
                             FROM unnest(x.domains) WITH ORDINALITY AS d (domain, position)
                             ORDER BY d.position);
    END IF;
    RETURN x;
END;
$$;
COMMENT ON FUNCTION pls_internal.checked_exclusion IS
'A row of pls.exclusions, completed and validated. Errors: 22023, 0A000.';

CREATE FUNCTION pls_internal.check_exclusion() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN pls_internal.checked_exclusion(NEW);
END;
$$;
COMMENT ON FUNCTION pls_internal.check_exclusion IS
'Trigger: completes and validates a row of pls.exclusions.';

CREATE TRIGGER check_exclusion BEFORE INSERT OR UPDATE ON pls.exclusions
    FOR EACH ROW EXECUTE FUNCTION pls_internal.check_exclusion();
COMMENT ON TRIGGER check_exclusion ON pls.exclusions IS 'Completes and validates the row.';
CREATE TRIGGER model_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON pls.exclusions
    FOR EACH STATEMENT EXECUTE FUNCTION pls_internal.model_changed();
COMMENT ON TRIGGER model_changed ON pls.exclusions IS 'Makes every session recompile the models.';
ALTER TABLE pls.exclusions ENABLE ALWAYS TRIGGER model_changed;
