/* 18_watch_triggers.sql - the triggers of watched tables.
 */

CREATE FUNCTION pls_internal.observe() RETURNS trigger
    AS 'MODULE_PATHNAME', 'pls_observe' LANGUAGE C;
COMMENT ON FUNCTION pls_internal.observe IS
'Trigger of watched tables, made by pls.watch(): takes the inserted rows into the standings of their entities and decides the edges that they cross. Never waits for another session. Errors: 39P01 if it is not fired as pls.watch() sets it up.';

CREATE FUNCTION pls_internal.mark_stale() RETURNS trigger
    AS 'MODULE_PATHNAME', 'pls_mark_stale' LANGUAGE C;
COMMENT ON FUNCTION pls_internal.mark_stale IS
'Trigger of watched tables, made by pls.watch(): marks the entities of updated, deleted or truncated rows, so that the next sweep rebuilds their standings. Never waits for another session. Errors: 39P01 if it is not fired as pls.watch() sets it up.';
