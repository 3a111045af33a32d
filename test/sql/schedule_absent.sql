-- pls.schedule() where there is no pg_cron: it says what to do.  (With
-- pg_cron: test/t/050_schedule.pl.)
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
RESET client_min_messages;
SET intervalstyle = 'postgres';
CREATE FUNCTION pg_temp.refusal(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    state text; message text; hint text;
BEGIN
    EXECUTE statement;
    RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
    -- what the machine has installed differs
    RETURN format('%s %s (%s)', state, message,
                  replace(regexp_replace(hint, '^(Install package postgresql-\d+-cron \(or what your system calls it\), add|Add)', 'Add'),
                          current_database(), 'this database'));
END
$$;
SELECT pg_temp.refusal('SELECT pls.schedule()');
SELECT pg_temp.refusal('SELECT pls.unschedule()');
SELECT pg_temp.refusal('SELECT pls.schedule(NULL)');
SELECT pls_internal.sweep_command() ~ '^CALL pls\.sweep_all\(\)$' AS is_a_statement;

BEGIN;
-- another database has pg_cron
SET LOCAL cron.database_name = 'elsewhere';
SELECT pg_temp.refusal('SELECT pls.schedule()');
-- this one would have it, but the extension was not created
SELECT set_config('cron.database_name', current_database(), true) IS NOT NULL AS set;
SELECT pg_temp.refusal('SELECT pls.schedule()');
-- a schema cron that is not pg_cron's is not touched
CREATE SCHEMA cron;
CREATE FUNCTION cron.schedule(text, text, text) RETURNS bigint LANGUAGE plpgsql AS $$BEGIN RAISE 'called'; END$$;
CREATE FUNCTION cron.unschedule(bigint) RETURNS boolean LANGUAGE plpgsql AS $$BEGIN RAISE 'called'; END$$;
SELECT pg_temp.refusal('SELECT pls.schedule()');
SELECT pg_temp.refusal('SELECT pls.unschedule()');
ROLLBACK;

-- Sweeps are written down, and forgotten after two days.
BEGIN;
SET LOCAL pls.now = '2026-03-02 10:00+00';
SELECT pls_internal.record_sweep('1.5 seconds', 1, 2, 3, 4);
SET LOCAL pls.now = '2026-03-04 09:59+00';
SELECT pls_internal.record_sweep('2 seconds', 0, 0, 0, 0);
SELECT swept_at = '2026-03-02 10:00+00' AS first, took, settled, refreshed, busy, assigned FROM pls.sweeps ORDER BY swept_at;
SET LOCAL pls.now = '2026-03-04 10:01+00';
SELECT pls_internal.record_sweep('2 seconds', 0, 0, 0, 0);
SELECT count(*) FROM pls.sweeps;
-- by the sweep, too
DELETE FROM pls.sweeps;
SELECT settled + refreshed + busy + assigned >= 0 AS swept FROM pls.sweep();
SELECT count(*), bool_and(took >= '0') AS timed FROM pls.sweeps;
ROLLBACK;

BEGIN;
CREATE ROLE pls_schedule_nobody;
GRANT USAGE ON SCHEMA pls TO pls_schedule_nobody;
SET LOCAL ROLE pls_schedule_nobody;
SELECT pg_temp.refusal('SELECT pls.schedule()');
SELECT pg_temp.refusal('SELECT pls.unschedule()');
ROLLBACK;
