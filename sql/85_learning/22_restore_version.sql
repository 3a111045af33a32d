/* 22_restore_version.sql - the model as it was in an earlier version.
 *
 * It is put back by the ordinary statements that anybody could write, as the
 * caller, so that checks, rights and triggers are those of any change; the
 * commit leaves a new version that equals the old one.
 */

-- A version has what scores and decides; the other columns of a row stay.
CREATE FUNCTION pls_internal.restore_row(relation name, key jsonb, content jsonb, motion text) RETURNS integer
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
    SET intervalstyle = 'iso_8601'
    SET datestyle = 'ISO'
    SET timezone = 'UTC'
AS $$
DECLARE
    row_key CONSTANT jsonb := key || jsonb_build_object('motion', motion);
    found   jsonb;
    known   jsonb;      -- a column of then may be gone
    columns text;
BEGIN
    SELECT coalesce(jsonb_object_agg(c.key, c.value), '{}'), string_agg(quote_ident(c.key), ', ') INTO known, columns
      FROM jsonb_each(content) AS c
      JOIN pg_attribute AS a ON a.attrelid = pls_internal.own_table(relation) AND a.attname = c.key;
    EXECUTE format('SELECT to_jsonb(t) FROM pls.%I AS t WHERE to_jsonb(t) @> $1', relation)
       INTO found USING row_key;
    IF found IS NULL THEN
        PERFORM pls_internal.copy_template_row(relation, key || known, motion);
        RETURN 1;
    -- as texts, for 3 and 3.0 are two versions
    ELSIF (found || known)::text = found::text THEN
        RETURN 0;
    END IF;
    EXECUTE format('UPDATE pls.%I AS t SET (%s) = (SELECT %s FROM jsonb_populate_record(t, $2)) WHERE to_jsonb(t) @> $1',
                   relation, columns, columns)
      USING row_key, known;
    RETURN 1;
END;
$$;
COMMENT ON FUNCTION pls_internal.restore_row IS
'Part of pls.restore_version(): gives a row of a configuration table of a motion the columns of content, or adds it. Returns how many rows that has changed: 0 or 1.';

-- Ids of people are not in a version.  A list of them is never shortened, and
-- never made of random names.
CREATE FUNCTION pls_internal.restore_exclusions(motion text, model jsonb, model_version integer) RETURNS integer
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    kept    CONSTANT jsonb := coalesce(model -> 'exclusions', '{}');
    rule    text;
    content jsonb;
    changed integer := 0;
BEGIN
    FOR rule IN
        UPDATE pls.exclusions x SET enabled = false
         WHERE x.motion = restore_exclusions.motion AND x.enabled AND x.ids IS NULL AND NOT kept ? x.name
        RETURNING x.name
    LOOP
        changed := changed + 1;
        RAISE NOTICE USING
            MESSAGE = format('exclusion "%s" is disabled', rule),
            DETAIL = format('Version %s did not have it.', restore_exclusions.model_version);
    END LOOP;
    FOR rule, content IN
        SELECT e.key, e.value - 'ids' FROM jsonb_each(kept) e
         WHERE coalesce(e.value -> 'ids', 'null') = 'null'
         ORDER BY e.key COLLATE "C"
    LOOP
        IF EXISTS (SELECT FROM pls.exclusions x
                    WHERE x.name = rule AND x.motion = restore_exclusions.motion AND x.ids IS NULL) THEN
            changed := changed + pls_internal.restore_row('exclusions', jsonb_build_object('name', rule), content,
                                                          restore_exclusions.motion);
        ELSIF NOT EXISTS (SELECT FROM pls.exclusions x WHERE x.name = rule) THEN
            INSERT INTO pls.exclusions (name, motion, scope, match, domains, reason)
            SELECT rule, restore_exclusions.motion, r.scope, r.match, r.domains,
                   format('as in version %s of the model', restore_exclusions.model_version)
              FROM jsonb_populate_record(NULL::pls.exclusions, content) r;
            changed := changed + 1;
        END IF;
    END LOOP;
    RETURN changed;
END;
$$;
COMMENT ON FUNCTION pls_internal.restore_exclusions IS
'Part of pls.restore_version(): the exclusions of the motion alone that list no ids; one that the version did not have is disabled. Returns how many rows that has changed.';

CREATE FUNCTION pls_internal.say_what_differs(motion text, model_version integer) RETURNS void
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    differs text;
BEGIN
    SELECT string_agg(d.sentence, '; ') INTO differs
      FROM pls.model_diff(motion, say_what_differs.model_version) d;
    IF differs IS NOT NULL THEN
        RAISE NOTICE USING
            MESSAGE = format('version %s of motion "%s" is not restored completely', say_what_differs.model_version, motion),
            DETAIL = format('Still different: %s.', differs),
            HINT = 'Exclusions that list ids, which versions do not keep, and those of all motions are left as they are: edit pls.exclusions.';
    END IF;
END;
$$;
COMMENT ON FUNCTION pls_internal.say_what_differs IS
'Part of pls.restore_version(): a NOTICE of what still differs from the version, if anything does.';

CREATE FUNCTION pls.restore_version(motion text, model_version integer) RETURNS text
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    model   jsonb;
    part    record;
    changed integer;
BEGIN
    IF restore_version.model_version IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed',
            MESSAGE = 'which version to restore must be given',
            HINT = 'pls.model_versions lists them, and pls.model_diff() says what has changed since.';
    END IF;
    model := pls_internal.model_at(restore_version.motion, restore_version.model_version);
    -- two of these come one after the other
    PERFORM FROM pls.motions m WHERE m.motion = restore_version.motion FOR NO KEY UPDATE;

    changed := pls_internal.restore_row('motions', '{}', model -> 'motion', restore_version.motion);
    WITH signals AS (
        DELETE FROM pls.signals s
         WHERE s.motion = restore_version.motion AND NOT (model -> 'signals') ? s.signal
        RETURNING 1),
    limits AS (
        DELETE FROM pls.category_limits l
         WHERE l.motion = restore_version.motion AND NOT (model -> 'category_limits') ? l.category
        RETURNING 1),
    grades AS (
        DELETE FROM pls.grades g
         WHERE g.motion = restore_version.motion
           AND NOT model -> 'grades' @> jsonb_build_array(jsonb_build_object('dimension', g.dimension, 'at_least', g.at_least))
        RETURNING 1)
    SELECT changed + (SELECT count(*) FROM signals) + (SELECT count(*) FROM limits) + (SELECT count(*) FROM grades)
      INTO changed;
    FOR part IN
        SELECT 'signals' AS relation, jsonb_build_object('signal', s.key) AS key, s.value AS content
          FROM jsonb_each(model -> 'signals') AS s
         UNION ALL
        SELECT 'category_limits', jsonb_build_object('category', l.key), l.value
          FROM jsonb_each(model -> 'category_limits') AS l
         UNION ALL
        SELECT 'grades', g.value - 'grade', g.value
          FROM jsonb_array_elements(model -> 'grades') AS g
    LOOP
        changed := changed + pls_internal.restore_row(part.relation, part.key, part.content, restore_version.motion);
    END LOOP;
    changed := changed + pls_internal.restore_exclusions(restore_version.motion, model, restore_version.model_version);

    PERFORM pls_internal.say_what_differs(restore_version.motion, restore_version.model_version);
    RETURN format('motion "%s" is as in version %s: %s %s changed', restore_version.motion, restore_version.model_version,
                  changed, CASE WHEN changed = 1 THEN 'row' ELSE 'rows' END);
END;
$$;
COMMENT ON FUNCTION pls.restore_version IS
'Puts a motion''s model back to a version of pls.model_versions, and returns a sentence. Motion, signals, category limits and grades are changed, added and deleted with the rights of the caller; the commit leaves a new version that equals the old one, and until then everything can be rolled back. Texts for people, the status and the other settings that are not in a version stay as they are; a signal that comes back has none. A motion that was deleted comes back as a draft without routes. Exclusions of the motion that list no ids are restored, too, and disabled if the version did not have them (NOTICE). Exclusions that list ids, which a version does not keep, and those of all motions stay as they are; a NOTICE lists what then still differs. Errors: 42704 no such motion or version, 22004 no version, 42501 without the right to change them, and those of any change of these tables.';
