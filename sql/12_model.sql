/* 12_model.sql - the trigger that announces a change of configuration. */

CREATE FUNCTION pls.model_changed() RETURNS trigger
    AS 'MODULE_PATHNAME', 'pls_model_changed' LANGUAGE C;
REVOKE EXECUTE ON FUNCTION pls.model_changed() FROM PUBLIC;
COMMENT ON FUNCTION pls.model_changed() IS
'Statement trigger of every configuration table: the compiled models of all sessions are read again once the change commits.';
