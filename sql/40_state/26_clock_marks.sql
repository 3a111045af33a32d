/* 26_clock_marks.sql - what the clock said when standings were evaluated.
 */

-- What the clock has said (src/state/clock_mark.c).  Not a key: nobody waits.
CREATE TABLE pls_internal.clock_marks (
    read_at         timestamptz NOT NULL
);
CREATE INDEX clock_marks_read_at ON pls_internal.clock_marks (read_at);
COMMENT ON INDEX pls_internal.clock_marks_read_at IS 'Finds marks ahead of the clock, and those to forget.';
SELECT pg_extension_config_dump('pls_internal.clock_marks', '');
COMMENT ON TABLE pls_internal.clock_marks IS
    'What the clock said when standings were evaluated, for the sweep to see that it was set back.';
COMMENT ON COLUMN pls_internal.clock_marks.read_at IS 'Standings may have been evaluated up to half a minute later.';

CREATE FUNCTION pls_internal.check_clock() RETURNS void
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF EXISTS (SELECT FROM pls_internal.clock_marks c
                WHERE c.read_at > pls.now() AND pls_internal.is_ahead(c.read_at + interval '30 seconds')) THEN
        PERFORM pls_internal.note_looks_of_motions();
    END IF;
    DELETE FROM pls_internal.clock_marks c
     WHERE c.ctid = ANY (ARRAY(
           SELECT m.ctid FROM pls_internal.clock_marks m
            WHERE m.read_at <= pls.now() OR pls_internal.is_ahead(m.read_at + interval '30 seconds')
              FOR UPDATE SKIP LOCKED));
    -- who comes later knows by this one that the clock has been here
    INSERT INTO pls_internal.clock_marks (read_at) VALUES (pls.now());
END;
$$;
COMMENT ON FUNCTION pls_internal.check_clock IS
    'Step of the sweep: where the clock was set back since standings were evaluated, has all of them looked at. Does not wait for locks.';
