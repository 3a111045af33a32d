/* 96_storage.sql - how the tables of pls are kept. */

-- VACUUM locks a table against everybody while it gives empty pages at its
-- end back to the disk, and takes that moment whenever it has some.  An
-- application's INSERT must not meet it; the pages are used again anyway.
DO $$
DECLARE
    kept regclass;
BEGIN
    FOR kept IN
        SELECT c.oid::regclass FROM pg_class AS c
         WHERE c.relnamespace = ANY (pls_internal.own_schemas())
           AND c.relkind = 'r'
    LOOP
        EXECUTE format('ALTER TABLE %s SET (vacuum_truncate = off, toast.vacuum_truncate = off)', kept);
    END LOOP;
END
$$;
