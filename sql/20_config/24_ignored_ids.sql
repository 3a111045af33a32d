/* 24_ignored_ids.sql - ids that name nobody.
 *
 * Programs write them where there is no id: a CSV file's empty column, the
 * text of a null, of undefined.  Such an id is as if it were not there.
 */

CREATE FUNCTION pls_internal.folded_id(id text) RETURNS text
    AS 'MODULE_PATHNAME', 'pls_folded_id' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION pls_internal.folded_id IS
'An id as it is compared with those of pls.ignored_ids: without white space around it, in lower case. NULL: it is too long.';

CREATE TABLE pls.ignored_ids (
    id          text PRIMARY KEY,
    shipped     boolean NOT NULL DEFAULT false
);
SELECT pg_extension_config_dump('pls.ignored_ids', '');

COMMENT ON TABLE pls.ignored_ids IS
'Ids of accounts and users that name nobody, such as "null": an event with one is taken as if the column were empty. Empty and blank ids name nobody in any case.';
COMMENT ON COLUMN pls.ignored_ids.id IS 'The id, kept in lower case without white space around it; ids are compared so. Numbers are compared as text.';
COMMENT ON COLUMN pls.ignored_ids.shipped IS 'Whether the row came with the extension and has not been changed. Editing it makes it yours.';

CREATE FUNCTION pls_internal.check_ignored_id() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    NEW.id := pls_internal.folded_id(NEW.id);
    IF coalesce(NEW.id, '') = '' THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('an ignored id must have 1 to %s bytes besides white space', pls_internal.limit_of('id')),
            DETAIL = 'Empty and blank ids name nobody in any case.',
            HINT = 'Write it as it comes, such as ''null''.';
    END IF;
    IF TG_OP = 'UPDATE' THEN
        NEW.shipped := false;
    ELSIF NOT NEW.shipped THEN
        DELETE FROM pls.ignored_ids i
            WHERE i.id = NEW.id AND i.shipped;
    END IF;
    RETURN NEW;
END;
$$;
COMMENT ON FUNCTION pls_internal.check_ignored_id IS
'Trigger: completes and validates a row of pls.ignored_ids; an edited row is no longer a shipped one, and a new row replaces the shipped row of the same id.';

CREATE TRIGGER check_ignored_id BEFORE INSERT OR UPDATE ON pls.ignored_ids
    FOR EACH ROW EXECUTE FUNCTION pls_internal.check_ignored_id();
COMMENT ON TRIGGER check_ignored_id ON pls.ignored_ids IS 'Completes and validates the row.';
CREATE TRIGGER model_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON pls.ignored_ids
    FOR EACH STATEMENT EXECUTE FUNCTION pls_internal.model_changed();
COMMENT ON TRIGGER model_changed ON pls.ignored_ids IS 'Makes every session recompile the models.';
ALTER TABLE pls.ignored_ids ENABLE ALWAYS TRIGGER model_changed;

INSERT INTO pls.ignored_ids (id, shipped)
SELECT i, true
  FROM unnest(ARRAY['null', '(null)', 'none', 'undefined', 'nan', '0', '-']) AS i;
