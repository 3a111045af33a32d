-- The server's clock is ahead for a moment and set back (a virtual machine
-- that is resumed, say): pls.now plays the clock.  Afterwards nobody stays
-- unseen until the clock gets there again.
\getenv srcdir PG_ABS_SRCDIR
\set setup :srcdir /small_motion.sql
\set home :DBNAME
\set ECHO none
SET client_min_messages = warning;
DROP DATABASE IF EXISTS pls_clock_jump;
CREATE DATABASE pls_clock_jump;
\c pls_clock_jump
SET client_min_messages = warning;
CREATE EXTENSION pls;
\i :setup
ALTER TABLE app.events ALTER created_at SET DEFAULT pls.now();
UPDATE pls.motions SET touch_limit = NULL, cooldown = '1 hour', triage_at = 30;
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET intervalstyle = 'postgres';
CREATE VIEW app.known AS
SELECT s.entity_id, s.score, s.lane, s.reason, s.stale, s.last_event_at, s.evaluated_at, s.decide_again_at,
       s.evidence::text IS NOT DISTINCT FROM (
           SELECT pls.evidence('trial', e.name, e.created_at, e.user_id, e.props, s.evaluated_at)::text
             FROM app.events e WHERE e.org_id = s.entity_id) AS as_events,
       (SELECT count(*) FROM pls.backlog b WHERE b.entity_id = s.entity_id) AS waiting
  FROM pls.standings s ORDER BY s.entity_id COLLATE "C";
CREATE VIEW app.decided AS
SELECT decision_id, entity_id, decided_at, lane, reason, alert_id FROM pls.decisions ORDER BY decision_id;
CREATE PROCEDURE app.export(org text, at timestamptz, n integer, name text DEFAULT 'export') LANGUAGE sql AS $$
    INSERT INTO app.events (org_id, user_id, name, created_at)
    SELECT org, 1, name, at FROM generate_series(1, n)
$$;
\set ECHO all

-- A little ahead: what sessions bring about that read the clock in turns.
SET pls.now = '2026-03-02 10:00:30+00';
CALL app.export('little', '2026-03-02 10:00:20+00', 2);
SET pls.now = '2026-03-02 10:00:00+00';
CALL app.export('little', '2026-03-02 10:00:00+00', 1);
CALL app.export('little', '2026-03-02 10:00:00+00', 1, 'invite');
SELECT * FROM app.known;
SELECT * FROM app.decided;
SELECT "check", status FROM pls.health WHERE status <> 'ok' AND "check" <> 'last sweep';
DELETE FROM pls.standings;
DELETE FROM pls.alerts;
DELETE FROM app.events;
SELECT settled, refreshed, busy FROM pls.sweep();

-- Far ahead, while the application's events have the right time.
SET pls.now = '2026-04-01 10:00+00';
CALL app.export('quiet', '2026-03-02 10:00+00', 1);
CALL app.export('jump', '2026-03-02 10:00+00', 1);
-- events that the clock itself has dated; a decision that is put off
CALL app.export('dated', '2026-04-01 10:00+00', 2);
CALL app.export('late', '2026-03-20 10:00+00', 1);
UPDATE pls.pools SET defer = true;
UPDATE pls.reps SET active = false;
CALL app.export('put off', '2026-04-01 10:00+00', 3);
UPDATE pls.pools SET defer = false;
UPDATE pls.reps SET active = true;
-- a row is deleted: the mark is dated as well
DELETE FROM app.events WHERE org_id = 'late';
SELECT * FROM app.known;
SELECT * FROM app.decided;

-- The clock is right again.
SET pls.now = '2026-03-02 10:05+00';
SELECT * FROM pls.health WHERE "check" = 'clock';
SELECT name, until, detail FROM pls.why_not('trial', 'jump') WHERE part = 'answer';
SELECT name, until, detail FROM pls.why_not('trial', 'dated') WHERE part = 'answer';
SELECT entity_id, score, lane, as_of FROM pls.scores ORDER BY entity_id COLLATE "C";
-- the next event counts and decides at once
CALL app.export('jump', '2026-03-02 10:05+00', 2);
CALL app.export('jump', '2026-03-02 10:05+00', 1, 'invite');
-- that of an entity whose evidence holds events of the future is decided
-- once that is rebuilt
INSERT INTO app.events (org_id, user_id, name)
SELECT 'dated', 1, n FROM unnest('{export,export,export,invite}'::text[]) n;
SELECT * FROM app.known;
SELECT * FROM app.decided WHERE decided_at < '2026-04-01';
-- a sweep heals all that it finds, and comes to an end
SELECT settled, refreshed, busy FROM pls.sweep();
SELECT settled, refreshed, busy FROM pls.sweep();
SELECT settled, refreshed, busy FROM pls.sweep();
SELECT * FROM app.known;
SELECT * FROM app.decided WHERE decided_at < '2026-04-01';
SELECT * FROM pls.health WHERE "check" = 'clock';
SELECT entity_id, not_before, evidence IS NULL AS mark FROM pls.backlog ORDER BY entity_id COLLATE "C", not_before;

-- A refresh heals as well.
UPDATE pls.standings SET evaluated_at = '2026-04-01 10:00+00', decide_again_at = '2026-04-01 10:15+00'
 WHERE entity_id = 'put off';
UPDATE pls.pools SET defer = false;
SELECT pls.refresh('trial', 'put off');
SELECT * FROM app.known WHERE entity_id = 'put off';

-- When the events' own time comes they count.
SET pls.now = '2026-04-01 10:00+00';
SELECT settled, refreshed, busy FROM pls.sweep();
SELECT settled, refreshed, busy FROM pls.sweep();
SELECT * FROM app.known;

-- Without a table to rebuild from nothing is decided, and no sweep goes round.
SET pls.now = '2026-04-20 10:00+00';
CALL app.export('alone', '2026-04-20 10:00+00', 1);
CALL app.export('alone', '2026-04-15 10:00+00', 3);
CALL app.export('alone', '2026-04-15 10:00+00', 1, 'invite');
SELECT FROM pls.unwatch('app.events');
UPDATE pls.alerts SET status = 'withdrawn', closed_reason = 'test' WHERE entity_id = 'alone';
UPDATE pls.standings SET lane = NULL, cooldown_until = NULL WHERE entity_id = 'alone';
SET pls.now = '2026-04-16 10:00+00';
SELECT settled, refreshed, busy FROM pls.sweep();
SELECT settled, refreshed, busy FROM pls.sweep();
SELECT settled, refreshed, busy FROM pls.sweep();
SELECT score, lane, reason, stale, evaluated_at, decide_again_at FROM pls.standings WHERE entity_id = 'alone';

-- An alert that was raised while the clock was ahead is disposed of when it is
-- right: the cooldown begins now.
SET pls.now = '2026-06-01 10:00+00';
SELECT reason FROM pls.raise('trial', 'worked', 'asked for a call');
SET pls.now = '2026-04-16 10:00+00';
SELECT pls.dispose(alert_id, 'meeting set') FROM pls.alerts WHERE entity_id = 'worked';
SELECT a.created_at, a.disposed_at, s.cooldown_until - pls.now() = coalesce(d.cooldown, m.cooldown) AS from_now
  FROM pls.alerts a
  JOIN pls.standings s USING (motion, entity_id)
  JOIN pls.motions m USING (motion)
  JOIN pls.dispositions d USING (disposition)
 WHERE a.entity_id = 'worked';

\c :home
SET client_min_messages = warning;
DROP DATABASE pls_clock_jump;
