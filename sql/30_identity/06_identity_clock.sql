/* 06_identity_clock.sql - the sign that tables of identity may have changed.
 *
 * Sessions keep in mind which of these tables are empty, as most are, and do
 * not open those.  Applications may write the others often; so what a change
 * invalidates is not the table itself, whose relcache entry everybody would
 * then have to make again, but one that nobody opens.
 */

CREATE TABLE pls_internal.identity_clock (nothing boolean);
SELECT pg_extension_config_dump('pls_internal.identity_clock', 'WHERE false');
COMMENT ON TABLE pls_internal.identity_clock IS
'Always empty. A change of a table that says who an event belongs to sends sessions an invalidation of this table.';
COMMENT ON COLUMN pls_internal.identity_clock.nothing IS 'Not used.';

CREATE FUNCTION pls_internal.identity_changed() RETURNS trigger
    AS 'MODULE_PATHNAME', 'pls_identity_changed' LANGUAGE C;
COMMENT ON FUNCTION pls_internal.identity_changed IS
'Statement trigger of the tables that say who an event belongs to: once the change commits, every session checks again which of them are empty.';
