-- An alert whose grounds are gone: withdrawn if nobody has touched it and it
-- was the correction that took them, not time.
\set ECHO none
\set QUIET on
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET pls.now = '2026-03-02 10:00+00';
BEGIN;
CREATE SCHEMA app;
CREATE TABLE app.events (org text, usr text, name text, at timestamptz DEFAULT pls.now());
INSERT INTO pls.motions (motion, status, qualify_at, triage_at, release_at, min_signals, cooldown)
VALUES ('play', 'draft', 30, 10, 20, 1, '14 days');
INSERT INTO pls.signals (motion, signal, category, events, measure, within, threshold, points) VALUES
    ('play', 'invites', 'invite', '{invite}', 'count', '14 days', 3, 30),
    ('play', 'runs', 'depth', '{run}', 'count', '30 days', 2, 12);
INSERT INTO pls.reps (rep) VALUES ('ann');
INSERT INTO pls.pools (pool) VALUES ('desk');
INSERT INTO pls.pool_members (pool, rep) VALUES ('desk', 'ann');
INSERT INTO pls.routes (motion, position, route, pool) VALUES ('play', 1, 'all', 'desk');
UPDATE pls.motions SET status = 'live' WHERE motion = 'play';
SELECT FROM pls.watch('app.events', event => 'name', at => 'at', account => 'org', actor => 'usr', motions => '{play}') \g /dev/null
DELETE FROM pls.backlog;
CREATE FUNCTION pg_temp.stands() RETURNS TABLE (entity text, status text, lane text, closed_reason text, changed timestamptz,
                                                standing_lane text, cooldown_until timestamptz)
LANGUAGE sql
AS $$
    SELECT a.entity_id, a.status, a.lane, a.closed_reason, a.evidence_changed_at, s.lane, s.cooldown_until
      FROM pls.alerts a LEFT JOIN pls.standings s ON s.entity_id = a.entity_id AND s.motion = a.motion
     ORDER BY a.entity_id, a.alert_id
$$;
\set ECHO all
INSERT INTO app.events (org, usr, name)
SELECT o, 'u' || n, 'invite' FROM unnest('{untouched,touched,snoozed,half,decayed,keeps,again}'::text[]) AS o, generate_series(1, 3) AS n;
INSERT INTO app.events (org, usr, name) SELECT 'half', 'u' || n, 'run' FROM generate_series(1, 2) AS n;
INSERT INTO app.events (org, usr, name) SELECT 'keeps', 'u' || n, 'invite' FROM generate_series(4, 9) AS n;
SELECT pls.touch(alert_id) FROM pls.alerts WHERE entity_id = 'touched';
SELECT pls.snooze(alert_id, '2026-03-20') FROM pls.alerts WHERE entity_id = 'snoozed';

-- deleted: withdrawn (open or snoozed), unless touched; what still goes to
-- triage stays, and so does what has enough left
SET pls.now = '2026-03-03 10:00+00';
DELETE FROM app.events WHERE org IN ('untouched', 'touched', 'snoozed') AND usr = 'u1';
DELETE FROM app.events WHERE org IN ('half', 'keeps') AND usr = 'u1' AND name = 'invite';
SELECT pls.sweep() IS NOT NULL AS swept;
SELECT * FROM pg_temp.stands() WHERE entity <> 'again';
SELECT change -> 'status' AS status, change -> 'closed_reason' AS closed_reason
  FROM pls.alert_log WHERE entity_id = 'untouched' AND change ? 'status' ORDER BY log_id;
-- moved away, rather than deleted
UPDATE app.events SET org = 'elsewhere' WHERE org = 'again';
SELECT pls.sweep() IS NOT NULL AS swept;
SELECT * FROM pg_temp.stands() WHERE entity IN ('again', 'elsewhere');
-- its cooldown has gone with it: it is raised again as soon as it qualifies
UPDATE app.events SET org = 'again' WHERE org = 'elsewhere';
SELECT pls.sweep() IS NOT NULL AS swept;
SELECT * FROM pg_temp.stands() WHERE entity IN ('again', 'elsewhere');

-- time takes the lane: that alone withdraws nothing; nor does a correction
-- afterwards, for what was known before it had no lane at that instant either
SET pls.now = '2026-03-17 10:00+00';
SELECT pls.sweep() IS NOT NULL AS swept;
SELECT * FROM pg_temp.stands() WHERE entity = 'decayed';
DELETE FROM app.events WHERE org = 'decayed';
SELECT pls.sweep() IS NOT NULL AS swept;
SELECT * FROM pg_temp.stands() WHERE entity = 'decayed';
-- reopened by hand, it stays
SELECT pls.reopen(alert_id, 'worth a call all the same') FROM pls.alerts WHERE entity_id = 'untouched';
DELETE FROM app.events WHERE org = 'untouched';
SELECT pls.sweep() IS NOT NULL AS swept;
SELECT * FROM pg_temp.stands() WHERE entity = 'untouched';
ROLLBACK;
