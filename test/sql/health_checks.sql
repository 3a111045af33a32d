-- pls.health: every check, well and unwell.
\getenv srcdir PG_ABS_SRCDIR
\set setup :srcdir /small_motion.sql
\set ECHO none
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
BEGIN;
\pset format unaligned
\pset null -
\set ECHO all
-- nothing is set up yet
SET LOCAL pls.now = '2026-03-02 10:00+00';
SELECT * FROM pls.health;
\set ECHO none
\i :setup
\set ECHO all
RESET client_min_messages;
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET intervalstyle = 'postgres';
-- watched, but never swept; then swept
SELECT * FROM pls.health WHERE status <> 'ok';
SELECT pls_internal.record_sweep('0.25 seconds', 10, 2, 1, 0);
SELECT * FROM pls.health;
SET LOCAL pls.now = '2026-03-02 10:04+00';
SELECT * FROM pls.health WHERE "check" = 'last sweep';
SET LOCAL pls.now = '2026-03-02 10:16+00';
SELECT * FROM pls.health WHERE "check" = 'last sweep';
SELECT pls_internal.record_sweep('0.25 seconds', 10, 2, 1, 0);

-- backlog and marks
INSERT INTO pls.backlog (entity_id, motion, not_before, evidence)
SELECT 'a', 'trial', t, (SELECT pls.evidence('trial', NULL, 'infinity', NULL::text, NULL))
FROM unnest('{2026-03-02 10:10+00,2026-03-02 10:15+00,2026-03-02 11:00+00}'::timestamptz[]) AS t;
INSERT INTO pls.backlog (entity_id, motion, not_before) VALUES ('a', 'trial', '2026-03-02 10:15+00'),
    ('', 'trial', '2026-03-02 09:00+00'), ('a', 'no such', '2026-03-01 09:00+00');
SELECT * FROM pls.health WHERE "check" IN ('backlog', 'rebuilds requested');
UPDATE pls.backlog SET not_before = '2026-03-02 09:15+00' WHERE evidence IS NOT NULL AND not_before = '2026-03-02 10:10+00';
UPDATE pls.sources SET motions = '{}';
SELECT * FROM pls.health WHERE "check" IN ('backlog', 'rebuilds requested', 'motions without a source');
UPDATE pls.sources SET motions = NULL;
DELETE FROM pls.backlog;

-- standings
INSERT INTO app.events (org_id, user_id, name, created_at) VALUES ('a', 1, 'export', '2026-03-02 10:10+00'), ('b', 1, 'export', '2026-03-02 08:00+00');
SELECT * FROM pls.health WHERE "check" IN ('decisions due', 'stale entities', 'evaluation lag');
UPDATE pls.standings SET stale = true, decide_again_at = '2026-03-02 10:00+00' WHERE entity_id = 'a';
UPDATE pls.standings SET evaluated_at = '2026-03-02 07:00+00' WHERE entity_id = 'b';
SELECT * FROM pls.health WHERE "check" IN ('decisions due', 'stale entities', 'evaluation lag');
UPDATE pls.standings SET decide_again_at = '2026-03-02 09:00+00' WHERE entity_id = 'b';
SELECT "check", status, value FROM pls.health WHERE "check" = 'decisions due';
DELETE FROM pls.standings;

-- identity changes that a sweep has seen
INSERT INTO pls_internal.identity_changes (kind, id, accounts) VALUES ('user', '1', '{a}'), ('user', '2', '{}');
SELECT * FROM pls.health WHERE "check" = 'identity changes';
UPDATE pls_internal.identity_changes SET noted_at = '2026-03-02 10:00+00' WHERE id = '1';
SELECT * FROM pls.health WHERE "check" = 'identity changes';
DELETE FROM pls_internal.identity_changes;

-- errors, and alerts that nobody has
INSERT INTO pls.decisions (entity_id, motion, decided_at, unit, reason, detail)
SELECT 'a', m, t, 'account', 'error', format('of %s', t)
FROM unnest('{2026-03-01 10:15+00,2026-03-01 11:00+00,2026-03-02 10:00+00}'::timestamptz[]) AS t,
     unnest('{trial,removed}'::text[]) AS m;
SELECT pls_internal.current_model_version('trial') IS NOT NULL AS committed;
SELECT * FROM pls.health WHERE "check" = 'errors';
INSERT INTO pls.alerts (entity_id, motion, unit, lane, reason, next_best_action, score, evidence, unassigned_reason, created_at)
VALUES ('a', 'trial', 'account', 'sales', 'because', 'call', 60, '[]', 'nobody in pool "sales"', '2026-03-02 08:00+00');
SELECT * FROM pls.health WHERE "check" = 'unassigned alerts';
-- deliveries that nobody takes, or that cannot be delivered
INSERT INTO pls.deliveries (entity_id, channel, alert_id, change, idempotency_key, queued_at, ready_at)
VALUES ('e', 'crm', 1, 'raised', '1:raised', pls.now(), pls.now() - interval '16 minutes');
SELECT * FROM pls.health WHERE "check" = 'deliveries';
UPDATE pls.deliveries SET ready_at = pls.now() - interval '2 hours';
SELECT * FROM pls.health WHERE "check" = 'deliveries';
UPDATE pls.deliveries SET status = 'dead';
SELECT * FROM pls.health WHERE "check" = 'deliveries';
DELETE FROM pls.deliveries;

-- sources: a trigger that is disabled, for replicas only, or missing
ALTER TABLE app.events DISABLE TRIGGER pls_observe;
SELECT * FROM pls.health WHERE "check" LIKE 'source %';
ALTER TABLE app.events ENABLE REPLICA TRIGGER pls_observe;
SELECT "check", status, value FROM pls.health WHERE "check" LIKE 'source %';
ALTER TABLE app.events ENABLE ALWAYS TRIGGER pls_observe;
SELECT "check", status, value FROM pls.health WHERE "check" LIKE 'source %';
DROP TRIGGER pls_observe ON app.events;
SELECT "check", status, value FROM pls.health WHERE "check" LIKE 'source %';
-- one call mends them, as pls.sources says
ALTER TABLE app.events DISABLE TRIGGER pls_restate_update;
SELECT * FROM pls.mend_triggers('app.events');
SELECT * FROM pls.mend_triggers('app.events');
UPDATE pls.sources SET always = true;
SELECT "check", status, value FROM pls.health WHERE "check" LIKE 'source %';
SELECT * FROM pls.mend_triggers();
SELECT tgname, tgenabled FROM pg_trigger WHERE tgrelid = 'app.events'::regclass AND NOT tgisinternal ORDER BY tgname;
UPDATE pls.sources SET always = false, level = 'row';
SELECT "check", status, value FROM pls.health WHERE "check" LIKE 'source %';
SELECT * FROM pls.mend_triggers();
SELECT "check", status, value FROM pls.health WHERE "check" LIKE 'source %';
SAVEPOINT s;
SELECT * FROM pls.mend_triggers('pg_class');
ROLLBACK TO s;
-- those of pls's own tables, and of a table whose source is not there
ALTER TABLE pls.alerts DISABLE TRIGGER log_alert;
ALTER TABLE pls.alerts ENABLE TRIGGER normalize_alert;
ALTER TABLE pls.alerts ENABLE REPLICA TRIGGER guard_alert;
DROP TRIGGER check_grade ON pls.grades;
UPDATE pls.sources SET source_id = source_id + 1;
SELECT * FROM pls.health WHERE "check" = 'triggers';
SELECT * FROM pls.mend_triggers();
SELECT "check", status, value FROM pls.health WHERE "check" LIKE 'source %' OR "check" = 'triggers';
ROLLBACK TO s;
-- the lock is waited for no longer than the session waits for any
SET LOCAL lock_timeout = '1min';
SELECT pls_internal.wait_briefly_for_locks(), current_setting('lock_timeout');
SET LOCAL lock_timeout = '100ms';
SELECT pls_internal.wait_briefly_for_locks(), current_setting('lock_timeout');
SELECT * FROM pls.mend_triggers();
SHOW lock_timeout;
SET LOCAL lock_timeout = 0;

-- a motion that cannot raise alerts
SELECT * FROM pls.health WHERE "check" = 'configuration';
DELETE FROM pls.routes WHERE motion = 'trial' AND predicate IS NULL;
SELECT * FROM pls.health WHERE "check" = 'configuration';
DELETE FROM pls.routes WHERE motion = 'trial';
UPDATE pls.signals SET enabled = false WHERE motion = 'trial';
SELECT value FROM pls.health WHERE "check" = 'configuration';
UPDATE pls.motions SET status = 'paused' WHERE motion = 'trial';
SELECT status, value FROM pls.health WHERE "check" = 'configuration';
DELETE FROM pls_internal.shipments;
SELECT status, value, hint FROM pls.health WHERE "check" = 'configuration';
SELECT pls.ship_rows();
SELECT status, value FROM pls.health WHERE "check" = 'configuration';
ROLLBACK TO s;

SELECT pls.unwatch('app.events');
SELECT "check", status, value FROM pls.health WHERE "check" LIKE '%source%';
-- a column that is gone or of another type; a domain is as good as its type
CREATE DOMAIN app.word AS varchar(20);
CREATE TABLE app.odd (at timestamptz, what app.word, who bigint, props jsonb);
SELECT pls.watch('app.odd', event => 'what', at => 'at', actor => 'who', properties => 'props') > 0 AS watched;
SELECT "check", status, value FROM pls.health WHERE "check" LIKE 'source %';
SAVEPOINT s;
ALTER TABLE app.odd ALTER at TYPE timestamp;
SELECT * FROM pls.health WHERE "check" LIKE 'source %';
ROLLBACK TO s;
ALTER TABLE app.odd RENAME what TO called;
SELECT "check", status, value FROM pls.health WHERE "check" LIKE 'source %';
ROLLBACK TO s;
ALTER TABLE app.odd ALTER props TYPE text;
SELECT "check", status, value FROM pls.health WHERE "check" LIKE 'source %';
ROLLBACK TO s;
DROP TABLE app.odd;
SELECT regexp_replace("check", '\d+', 'N') AS "check", status, value, regexp_replace(hint, '\d+', 'N') AS hint
FROM pls.health WHERE "check" LIKE 'source %';
ROLLBACK TO s;
-- a partition's own copy of a row trigger
CREATE TABLE app.parts (at timestamptz, what text, who bigint) PARTITION BY RANGE (at);
CREATE TABLE app.part_1 PARTITION OF app.parts DEFAULT;
SELECT pls.watch('app.parts', event => 'what', at => 'at', actor => 'who', level => 'row') > 0 AS watched;
ALTER TABLE app.part_1 DISABLE TRIGGER pls_observe;
SELECT "check", status, value FROM pls.health WHERE "check" LIKE 'source %' ORDER BY 1;

-- settings, of the session and of others
SELECT * FROM pls.health WHERE "check" = 'settings';
SET LOCAL pls.enabled = off;
SET LOCAL session_replication_role = replica;
SELECT * FROM pls.health WHERE "check" = 'settings';
SET LOCAL pls.enabled = on;
SET LOCAL session_replication_role = origin;
CREATE ROLE pls_health_loader;
ALTER ROLE pls_health_loader SET pls.enabled = off;
SELECT value FROM pls.health WHERE "check" = 'settings';
ALTER ROLE pls_health_loader RESET pls.enabled;
ALTER ROLE pls_health_loader SET pls.now = '2026-03-02 10:00:00+00';
SELECT * FROM pls.health WHERE "check" = 'settings';

-- privileges
GRANT USAGE ON SCHEMA pls TO pls_health_loader;
SAVEPOINT s;
SET LOCAL ROLE pls_health_loader;
SELECT * FROM pls.health;
ROLLBACK TO s;
SELECT pls.grant_access('pls_health_loader', 'analyst') IS NOT NULL AS granted;
SET LOCAL ROLE pls_health_loader;
SELECT count(*) > 10 AS readable FROM pls.health;
ROLLBACK;
