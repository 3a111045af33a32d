/* 92_storage.sql - how the tables of pls are kept. */

-- VACUUM locks a table against everybody while it gives empty pages at its
-- end back to the disk, and takes that moment whenever it has some.  An
-- application's INSERT must not meet it; the pages are used again anyway.
DO $$
DECLARE
    kept pg_catalog.name;
BEGIN
    FOR kept IN
        SELECT c.relname FROM pg_catalog.pg_class AS c
         WHERE c.relnamespace OPERATOR(pg_catalog.=) 'pls'::pg_catalog.regnamespace
           AND c.relkind OPERATOR(pg_catalog.=) 'r'
    LOOP
        EXECUTE pg_catalog.format('ALTER TABLE pls.%I SET (vacuum_truncate = off, toast.vacuum_truncate = off)', kept);
    END LOOP;
END
$$;
