/* 22_model_triggers.sql - the trigger that announces a change of configuration, and
 * the sign by which triggers know a restore. */

CREATE FUNCTION pls_internal.model_changed() RETURNS trigger
    AS 'MODULE_PATHNAME', 'pls_model_changed' LANGUAGE C;
COMMENT ON FUNCTION pls_internal.model_changed IS
'Statement trigger of every configuration table: the compiled models of all sessions are read again once the change commits.';

-- While a dump is loaded, triggers that derive rows stand back, because the
-- derived rows are in the dump, too; so do checks that look at other rows,
-- which may come later (src/restore.c).
CREATE FUNCTION pls_internal.restoring() RETURNS boolean
    AS 'MODULE_PATHNAME', 'pls_restoring' LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION pls_internal.restoring IS
'Whether the session is loading a dump: search_path is empty and check_function_bodies is off, as in all that pg_dump and pg_restore run, and both the session''s role and the current one are members of the role that owns the extension. Never NULL.';
