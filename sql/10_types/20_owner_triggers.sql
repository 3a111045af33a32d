/* 20_owner_triggers.sql - trigger functions that run as the owner of the extension.
 *
 * A trigger with EXECUTE FUNCTION pls_internal.as_owner('f') runs pls_internal.f() as the
 * owner, whoever has changed the row (src/owner_trigger.c).
 */

CREATE FUNCTION pls_internal.as_owner() RETURNS trigger
    AS 'MODULE_PATHNAME', 'pls_as_owner' LANGUAGE C VOLATILE;
COMMENT ON FUNCTION pls_internal.as_owner IS
    'Trigger of tables of pls: runs the trigger function of pls that its argument names as the owner of the extension, so that whoever changes the table needs no right on what follows from it. Error 39P01 if it is fired otherwise.';

CREATE FUNCTION pls_internal.actor() RETURNS text
    AS 'MODULE_PATHNAME', 'pls_actor' LANGUAGE C STABLE STRICT PARALLEL RESTRICTED;
COMMENT ON FUNCTION pls_internal.actor IS
    'The role whose change the trigger function follows that pls_internal.as_owner() runs; elsewhere the current role. Never NULL.';
