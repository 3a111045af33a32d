/* 40_shipped.sql - the rows that come with the extension.
 *
 * Business hours, dispositions, forbidden phrases, free-mail domains, retention and templates are ordinary
 * rows that people edit and delete.  A dump has all rows of these tables, so
 * that what was edited stays edited and what was deleted stays deleted.  A
 * dump must therefore not find the shipped rows there when it is loaded, not
 * even where triggers are disabled:
 *
 * - CREATE EXTENSION leaves them out when pg_dump's script calls it, which is
 *   told by the settings that the script begins with.  pls_internal.shipments is empty
 *   then, and the dump brings its row of that too.
 * - If no data follow (--schema-only), the rows are put in by
 *   pls.ship_rows(), which making a motion calls.  It knows by pls_internal.shipments
 *   what has been shipped, so nothing that was deleted comes back, and a later
 *   version can ship more.
 * - Where the extension was there before the restore, the first row that a
 *   dump brings for a table removes those that CREATE EXTENSION has put there
 *   and nobody has touched.
 */

CREATE TABLE pls_internal.shipped_rows (
    position    integer PRIMARY KEY,
    shipment    integer NOT NULL,
    relation    name NOT NULL,
    content     jsonb NOT NULL
);
COMMENT ON TABLE pls_internal.shipped_rows IS
'The rows that came with the extension, unchanged. Made by CREATE EXTENSION and ALTER EXTENSION UPDATE, never changed, and left out of dumps.';
COMMENT ON COLUMN pls_internal.shipped_rows.position IS 'Order in which the rows are inserted.';
COMMENT ON COLUMN pls_internal.shipped_rows.shipment IS 'The shipment that it belongs to: each version that ships new rows starts a new one.';
COMMENT ON COLUMN pls_internal.shipped_rows.relation IS 'The table of pls.';
COMMENT ON COLUMN pls_internal.shipped_rows.content IS 'The row: column names and values.';
-- Left out as a whole: the extension makes it.
SELECT pg_extension_config_dump('pls_internal.shipped_rows', 'WHERE false');

CREATE TABLE pls_internal.shipments (
    shipment    integer PRIMARY KEY,
    shipped_at  timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE pls_internal.shipments IS
'Which rows of pls_internal.shipped_rows have been inserted into their tables. Rows of a shipment listed here are never inserted again, so deleted ones stay deleted.';
COMMENT ON COLUMN pls_internal.shipments.shipment IS 'The shipment (pls_internal.shipped_rows.shipment).';
COMMENT ON COLUMN pls_internal.shipments.shipped_at IS 'When.';
SELECT pg_extension_config_dump('pls_internal.shipments', '');

CREATE FUNCTION pls_internal.is_as_shipped(relation name, content jsonb) RETURNS boolean
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
BEGIN
    -- a role that was given single tables edits, it ships nothing
    IF NOT has_table_privilege('pls_internal.shipped_rows', 'SELECT') THEN
        RETURN false;
    END IF;
    RETURN EXISTS (SELECT FROM pls_internal.shipped_rows s
                    WHERE s.relation = is_as_shipped.relation AND s.content = is_as_shipped.content);
END;
$$;
COMMENT ON FUNCTION pls_internal.is_as_shipped IS
'Whether a row of a table is one that came with the extension, unchanged; false to a role that may not read pls_internal.shipped_rows.';

CREATE FUNCTION pls.ship_rows() RETURNS bigint
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    last  CONSTANT integer := coalesce((SELECT max(s.shipment) FROM pls_internal.shipments s), 0);
    item  record;
    new_rows bigint;
    total bigint := 0;
BEGIN
    FOR item IN SELECT s.relation, s.content FROM pls_internal.shipped_rows s
                 WHERE s.shipment > last ORDER BY s.position LOOP
        -- not the hours of a calendar that is somebody's own by now
        CONTINUE WHEN item.relation = 'calendar_hours' AND NOT EXISTS (
            SELECT FROM pls.calendars c WHERE c.calendar = item.content ->> 'calendar' AND c.shipped);
        EXECUTE format('INSERT INTO pls.%I SELECT (jsonb_populate_record(NULL::pls.%I, $1)).* ON CONFLICT DO NOTHING',
                       item.relation, item.relation)
            USING item.content;
        GET DIAGNOSTICS new_rows = ROW_COUNT;
        total := total + new_rows;
    END LOOP;
    INSERT INTO pls_internal.shipments (shipment)
        SELECT DISTINCT s.shipment FROM pls_internal.shipped_rows s WHERE s.shipment > last;
    RETURN total;
END;
$$;
COMMENT ON FUNCTION pls.ship_rows IS
'Inserts the rows that come with the extension and have not been inserted yet: after a restore without data, or of a dump of an older version. Existing rows are left unchanged, and deleted rows do not come back. Returns how many rows were inserted. pls.create_motion() and the first row of pls.motions call it.';

CREATE FUNCTION pls_internal.ship_before_use() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF has_function_privilege('pls.ship_rows()', 'EXECUTE') THEN
        PERFORM pls.ship_rows();
    END IF;
    RETURN NULL;
END;
$$;
COMMENT ON FUNCTION pls_internal.ship_before_use IS
'Trigger: inserts missing shipped rows before the first motion is created.';
CREATE TRIGGER ship_before_use BEFORE INSERT ON pls.motions
    FOR EACH STATEMENT WHEN (NOT pls_internal.restoring())
    EXECUTE FUNCTION pls_internal.ship_before_use();
COMMENT ON TRIGGER ship_before_use ON pls.motions IS 'Inserts missing shipped rows.';

-- What the transaction that made the extension has put there, and nobody has
-- touched since: its versions are that transaction's.
CREATE FUNCTION pls_internal.remove_untouched_shipped_rows() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- pls_internal.restoring() is to hold for what the deletion sets off, too: rows of
    -- the dump that refer to these may be there already
    PERFORM set_config('search_path', '', true);
    EXECUTE format('DELETE FROM %s t WHERE t.xmin = (SELECT s.xmin FROM pls_internal.shipped_rows s ORDER BY s.position LIMIT 1)',
                   TG_RELID::regclass);
    RETURN NULL;
END;
$$;
COMMENT ON FUNCTION pls_internal.remove_untouched_shipped_rows IS
'Trigger, while a dump is loaded: removes the rows that CREATE EXTENSION has inserted into the table and nobody has changed; those that should stay are in the dump.';
CREATE TRIGGER make_way BEFORE INSERT ON pls.calendars
    FOR EACH STATEMENT WHEN (pls_internal.restoring()) EXECUTE FUNCTION pls_internal.remove_untouched_shipped_rows();
COMMENT ON TRIGGER make_way ON pls.calendars IS 'Rows of a dump replace the shipped ones.';
CREATE TRIGGER make_way BEFORE INSERT ON pls.calendar_hours
    FOR EACH STATEMENT WHEN (pls_internal.restoring()) EXECUTE FUNCTION pls_internal.remove_untouched_shipped_rows();
COMMENT ON TRIGGER make_way ON pls.calendar_hours IS 'Rows of a dump replace the shipped ones.';
CREATE TRIGGER make_way BEFORE INSERT ON pls.dispositions
    FOR EACH STATEMENT WHEN (pls_internal.restoring()) EXECUTE FUNCTION pls_internal.remove_untouched_shipped_rows();
COMMENT ON TRIGGER make_way ON pls.dispositions IS 'Rows of a dump replace the shipped ones.';
CREATE TRIGGER make_way BEFORE INSERT ON pls.forbidden_phrases
    FOR EACH STATEMENT WHEN (pls_internal.restoring()) EXECUTE FUNCTION pls_internal.remove_untouched_shipped_rows();
COMMENT ON TRIGGER make_way ON pls.forbidden_phrases IS 'Rows of a dump replace the shipped ones.';
CREATE TRIGGER make_way BEFORE INSERT ON pls.free_mail_domains
    FOR EACH STATEMENT WHEN (pls_internal.restoring()) EXECUTE FUNCTION pls_internal.remove_untouched_shipped_rows();
COMMENT ON TRIGGER make_way ON pls.free_mail_domains IS 'Rows of a dump replace the shipped ones.';
CREATE TRIGGER make_way BEFORE INSERT ON pls.ignored_ids
    FOR EACH STATEMENT WHEN (pls_internal.restoring()) EXECUTE FUNCTION pls_internal.remove_untouched_shipped_rows();
COMMENT ON TRIGGER make_way ON pls.ignored_ids IS 'Rows of a dump replace the shipped ones.';
CREATE TRIGGER make_way BEFORE INSERT ON pls.motion_templates
    FOR EACH STATEMENT WHEN (pls_internal.restoring()) EXECUTE FUNCTION pls_internal.remove_untouched_shipped_rows();
COMMENT ON TRIGGER make_way ON pls.motion_templates IS 'Rows of a dump replace the shipped ones.';
CREATE TRIGGER make_way BEFORE INSERT ON pls.retention
    FOR EACH STATEMENT WHEN (pls_internal.restoring()) EXECUTE FUNCTION pls_internal.remove_untouched_shipped_rows();
COMMENT ON TRIGGER make_way ON pls.retention IS 'Rows of a dump replace the shipped ones.';
CREATE TRIGGER make_way BEFORE INSERT ON pls_internal.shipments
    FOR EACH STATEMENT WHEN (pls_internal.restoring()) EXECUTE FUNCTION pls_internal.remove_untouched_shipped_rows();
COMMENT ON TRIGGER make_way ON pls_internal.shipments IS 'Rows of a dump replace the shipped ones.';

-- The parts before this one have put the first shipment into its tables.
-- search_path, which pls_internal.restoring() looks at, is the script's own here; but
-- nobody else sets all of these by hand.
DO $$
DECLARE
    loading CONSTANT boolean := (
        SELECT count(*) = 5
          FROM pg_settings AS s
         WHERE s.source = 'session'
           AND s.name = ANY (ARRAY['statement_timeout', 'lock_timeout',
                   'idle_in_transaction_session_timeout', 'xmloption', 'row_security']));
    relation text;
BEGIN
    FOREACH relation IN ARRAY ARRAY['calendars', 'calendar_hours', 'dispositions', 'forbidden_phrases', 'free_mail_domains', 'ignored_ids', 'motion_templates', 'retention'] LOOP
        EXECUTE format(
            'INSERT INTO pls_internal.shipped_rows (position, shipment, relation, content)
             SELECT (SELECT count(*) FROM pls_internal.shipped_rows) +
                    row_number() OVER (ORDER BY t.ctid), 1, %L, to_jsonb(t)
               FROM pls.%I AS t', relation, relation);
    END LOOP;
    IF NOT loading THEN
        INSERT INTO pls_internal.shipments (shipment) VALUES (1);
        RETURN;
    END IF;
    -- leaves no room in which rows of the dump would lie out of their order
    TRUNCATE pls.calendars, pls.calendar_hours, pls.dispositions, pls.forbidden_phrases, pls.free_mail_domains, pls.ignored_ids, pls.motion_templates, pls.retention;
END
$$;
