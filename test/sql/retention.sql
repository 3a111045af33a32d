-- What is older than pls.retention says is forgotten by the sweep, and what is
-- still needed stays.
\getenv srcdir PG_ABS_SRCDIR
\set setup :srcdir /sql/include/decide.psql
\set ECHO none
\set QUIET on
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
RESET client_min_messages;
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET intervalstyle = 'postgres';
SET pls.now = '2024-01-08 10:00+00';
BEGIN;
\i :setup
\set ECHO all
SELECT what, keep_for FROM pls.retention ORDER BY 1;

-- what is refused
SELECT r.* FROM unnest(ARRAY[
    $$UPDATE pls.retention SET keep_for = '59 days' WHERE what = 'alerts'$$,
    $$UPDATE pls.retention SET keep_for = '1 year' WHERE what = 'decisions'$$,
    $$UPDATE pls.retention SET keep_for = '-1 day' WHERE what = 'deliveries'$$,
    $$INSERT INTO pls.retention VALUES ('outcomes', '60 days')$$,
    $$INSERT INTO pls.retention VALUES ('alerts', '60 days')$$]) c, pg_temp.refused(c) r;

-- Six accounts in 2024, each with what keeps it or nothing.
INSERT INTO pls.channels (channel, kind) VALUES ('crm', 'crm');
INSERT INTO pls.pilots (pilot, motion, holdout, salt) VALUES ('first', 'play', 0.000001, 's');
SELECT pg_temp.qualify(e) FROM unnest('{gone,open,undelivered,cooling,forever}'::text[]) AS e;
SET pls.now = '2024-01-08 10:05+00';
SELECT pls.start_pilot('first') IS NOT NULL AS started;
SELECT pg_temp.qualify('piloted');
UPDATE pls.pilots SET status = 'stopped';
UPDATE pls.deliveries SET status = 'delivered', delivered_at = pls.now() WHERE entity_id <> 'undelivered';
SET pls.now = '2024-01-09 10:00+00';
SELECT count(pls.dispose(alert_id, 'nurture')) FROM pls.alerts WHERE entity_id <> 'open';
UPDATE pls.deliveries SET status = 'delivered', delivered_at = pls.now() WHERE entity_id <> 'undelivered' AND status <> 'delivered';
UPDATE pls.standings SET cooldown_until = '2033-01-01' WHERE entity_id = 'cooling';
INSERT INTO pls.pools (pool, period) VALUES ('ever', NULL);
UPDATE pls.alerts SET pool = 'ever' WHERE entity_id = 'forever';
SELECT entity_id, charged_to IS NOT NULL AS took_a_turn FROM pls.alerts WHERE entity_id = 'forever';

CREATE FUNCTION pg_temp.kept() RETURNS TABLE (entity text, alerts bigint, decisions bigint, log boolean, deliveries bigint) LANGUAGE sql AS $$
    SELECT e, (SELECT count(*) FROM pls.alerts a WHERE a.entity_id = e),
           (SELECT count(*) FROM pls.decisions d WHERE d.entity_id = e AND d.decided_at < '2025-01-01'),
           EXISTS (SELECT FROM pls.alert_log l WHERE l.entity_id = e AND l.at < '2025-01-01'),
           (SELECT count(*) FROM pls.deliveries d WHERE d.entity_id = e AND d.queued_at < '2025-01-01')
      FROM unnest('{gone,open,undelivered,cooling,forever,piloted}'::text[]) AS e
$$;
SELECT * FROM pg_temp.kept();

-- by what is shipped, two years later: confirmed deliveries only
SET pls.now = '2026-01-08 10:00+00';
SELECT FROM pls.sweep();
SELECT * FROM pg_temp.kept();
-- three years: decisions and the log of closed alerts
SET pls.now = '2027-01-12 10:00+00';
SELECT FROM pls.sweep();
SELECT * FROM pg_temp.kept();
-- and alerts, if asked
UPDATE pls.retention SET keep_for = '400 days' WHERE what = 'alerts';
SELECT FROM pls.sweep();
SELECT * FROM pg_temp.kept();
-- others take turns, and what kept them goes; a day later they are looked at again
SET pls.now = '2032-10-01 10:00+00';
SELECT count(pg_temp.qualify(e)) FROM unnest('{n1,n2,n3}'::text[]) e;
UPDATE pls.alerts SET pool = 'ever' WHERE entity_id = 'n3';
SET pls.now = '2033-01-02 10:00+00';
DELETE FROM pls.pilots;
UPDATE pls.deliveries SET status = 'delivered', delivered_at = '2033-01-02 10:00+00', lease_until = NULL WHERE entity_id = 'undelivered';
UPDATE pls.pools SET period = '28 days' WHERE pool = 'ever';
SELECT FROM pls.sweep();
SELECT * FROM pg_temp.kept();
SELECT count(*) AS sweeps FROM pls.sweeps;
-- turns are what they were: those of other periods never counted
SELECT sum(turns) AS turns, sum(calibration) AS calibration FROM pls.pool_turns((SELECT pool FROM pls.alerts WHERE entity_id = 'open'), pls.now());

-- many, in steps; what stays costs nothing at the next sweep
INSERT INTO pls.decisions (entity_id, motion, decided_at, unit, lane, reason, model_version)
SELECT 'many ' || n % 10, 'play', timestamptz '2020-01-01' + n * interval '1 second', 'account', 'sales', 'cooldown', 1 FROM generate_series(1, 12000) n;
INSERT INTO pls.decisions (entity_id, motion, decided_at, unit, lane, reason, model_version)
SELECT 'open', 'play', timestamptz '2019-01-01', 'account', 'sales', 'cooldown', 1 FROM generate_series(1, 600) n;
UPDATE pls_internal.retention_marks SET began_at = '-infinity';
SELECT FROM pls.sweep();
SELECT count(*) FILTER (WHERE entity_id LIKE 'many%') BETWEEN 7000 AND 11999 AS some, count(*) FILTER (WHERE decided_at = '2019-01-01') AS needed FROM pls.decisions;
SELECT count(*) FROM (SELECT pls.sweep() FROM generate_series(1, 30)) s;
SELECT count(*) FILTER (WHERE entity_id LIKE 'many%') AS many, count(*) FILTER (WHERE decided_at = '2019-01-01') AS needed FROM pls.decisions;
SELECT count(*) AS looked_at_again FROM pls_internal.retention_marks m,
       LATERAL pls_internal.rows_by_age('decisions', m, pls.now() - interval '1096 days', pls.now(), 1000) WHERE m.what = 'decisions';
SELECT "check", status FROM pls.health WHERE "check" = 'retention';
-- far behind: health says so
UPDATE pls_internal.retention_marks SET reached_at = '2018-01-01', reached_id = 0, began_at = pls.now() - interval '1 day';
SELECT "check", status, value FROM pls.health WHERE "check" = 'retention';

ROLLBACK;

-- Versions: the oldest first, and only what nothing refers to.
BEGIN;
SET pls.now = '2024-01-08 10:00+00';
\set ECHO none
\i :setup
\set ECHO all
UPDATE pls.motions SET qualify_at = 31 WHERE motion = 'play';
UPDATE pls.motions SET qualify_at = 32 WHERE motion = 'play';
SELECT pg_temp.qualify('three');
SET pls.now = '2024-06-08 10:00+00';
UPDATE pls.motions SET qualify_at = 33 WHERE motion = 'play';
SELECT count(*) AS versions, (SELECT max(v.model_version) - a.model_version FROM pls.alerts a WHERE a.entity_id = 'three') AS older FROM pls.model_versions v WHERE motion = 'play';
UPDATE pls.retention SET keep_for = '100 days' WHERE what = 'model_versions';
SET pls.now = '2024-12-08 10:00+00';
SELECT FROM pls.sweep();
SELECT count(*) AS versions, max(model_version) - min(model_version) AS apart FROM pls.model_versions WHERE motion = 'play';
SELECT state, message ~ '^version .* is needed$' AS says_why FROM pg_temp.refused('DELETE FROM pls.model_versions');
ROLLBACK;
