-- Time: events of the future wait, old history raises nothing, windows slide
-- and decay proceeds without events.
\getenv srcdir PG_ABS_SRCDIR
\set setup :srcdir /small_motion.sql
\set home :DBNAME
\set ECHO none
SET client_min_messages = warning;
DROP DATABASE IF EXISTS pls_trigger_time;
CREATE DATABASE pls_trigger_time;
\c pls_trigger_time
SET client_min_messages = warning;
CREATE EXTENSION pls;
\i :setup
ALTER TABLE app.events ALTER created_at SET DEFAULT pls.now();
RESET client_min_messages;
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET intervalstyle = 'postgres';
SET pls.now = '2026-03-02 10:00+00';
CREATE VIEW app.state AS
SELECT s.entity_id, s.score, s.lane, pls.score(s.evidence) AS score_now, s.reason,
       (SELECT count(*) FROM pls.backlog b WHERE b.entity_id = s.entity_id) AS waiting
  FROM pls.standings s;
\set ECHO all

-- Events of the future go to the backlog, one row per instant, and count for
-- nothing; also when a present event comes with them.
INSERT INTO app.events (org_id, user_id, name, created_at) VALUES
    ('ahead', 1, 'export', '2026-03-02 11:00+00'), ('ahead', 1, 'export', '2026-03-02 12:00+00'),
    ('ahead', 2, 'export', '2026-03-02 12:00+00'), ('ahead', 2, 'invite', '2026-03-02 09:00+00'),
    ('later', 1, 'export', '2026-03-02 10:00:01+00'), ('now', 1, 'export', '2026-03-02 10:00:00.9+00');
SELECT * FROM app.state ORDER BY entity_id;
SELECT entity_id, not_before FROM pls.backlog ORDER BY 1, 2;
SELECT count(*) FROM pls.decisions;
-- Not due a moment before its time
SET pls.now = '2026-03-02 11:59:59.999999+00';
INSERT INTO app.events (org_id, user_id, name) VALUES ('ahead', 1, 'invite');
SELECT * FROM app.state WHERE entity_id = 'ahead';
SELECT entity_id, not_before FROM pls.backlog ORDER BY 1, 2;
-- due, and a moment after the last event: taken along, and the entity crosses
SET pls.now = '2026-03-02 12:00+00';
INSERT INTO app.events (org_id, user_id, name) VALUES ('ahead', 1, 'invite'), ('later', 1, 'invite');
SELECT * FROM app.state ORDER BY entity_id;
SELECT entity_id, not_before FROM pls.backlog ORDER BY 1, 2;
SELECT entity_id, reason, score, decided_at FROM pls.decisions;
SELECT entity_id, evidence::text = (SELECT pls.evidence('trial', e.name, e.created_at, e.user_id, e.props)::text
                                      FROM app.events e WHERE e.org_id = s.entity_id) AS as_aggregate
  FROM pls.standings s ORDER BY entity_id;
-- An event of another motion's entity, or one that matches nothing, takes
-- nothing along.
INSERT INTO app.events (org_id, user_id, name, created_at) VALUES ('wait', 1, 'export', '2026-03-02 13:00+00');
SET pls.now = '2026-03-02 13:00+00';
INSERT INTO app.events (org_id, user_id, name) VALUES ('wait', 1, 'login'), ('other', 1, 'export');
SELECT entity_id, not_before FROM pls.backlog ORDER BY entity_id;
-- A rollback leaves what waits.
BEGIN;
INSERT INTO app.events (org_id, user_id, name) VALUES ('wait', 1, 'export');
SELECT entity_id, not_before FROM pls.backlog ORDER BY entity_id;
ROLLBACK;
SELECT entity_id, not_before FROM pls.backlog ORDER BY entity_id;

-- The sweep takes along what is due, of whatever entity, and nothing else.
INSERT INTO app.events (org_id, user_id, name, created_at) VALUES
    ('wait', 1, 'export', '2026-03-02 13:30+00'), ('wait', 1, 'export', '2026-03-02 14:00+00'),
    ('wait', 1, 'invite', '2026-03-02 14:00:00.000001+00');
SELECT settled, refreshed, busy FROM pls.sweep();
SELECT entity_id, not_before FROM pls.backlog ORDER BY 1, 2;
SELECT * FROM app.state ORDER BY entity_id;
SET pls.now = '2026-03-02 14:00:01+00';
SELECT settled, refreshed, busy FROM pls.sweep();
SELECT entity_id, not_before FROM pls.backlog ORDER BY entity_id;
SELECT * FROM app.state WHERE entity_id = 'wait';
SELECT entity_id, reason, decided_at FROM pls.decisions WHERE entity_id = 'wait';
SELECT settled, refreshed, busy FROM pls.sweep();
-- What time alone changes is noticed by the sweep, too.
SET pls.now = '2026-03-16 13:59:59+00';
SELECT settled, refreshed, busy FROM pls.sweep();
SELECT * FROM app.state WHERE entity_id = 'wait';

-- Old history raises nothing: what has left the windows by now counts for
-- nothing, though it would have qualified then.
SET pls.now = '2026-03-30 09:00+00';
COPY app.events (org_id, user_id, name, created_at) FROM stdin;
old	1	export	2026-03-02 09:00+00
old	2	export	2026-03-02 10:00+00
old	3	export	2026-03-02 11:00+00
old	3	invite	2026-03-02 11:00+00
old	1	export	2026-03-16 09:00:00+00
old	3	invite	2026-03-16 09:00:00+00
edge	1	export	2026-03-16 09:00:00+00
edge	1	export	2026-03-16 09:00:01+00
edge	1	export	2026-03-16 09:00:02+00
edge	1	export	2026-03-30 09:00:00+00
edge	1	invite	2026-03-16 09:00:01+00
\.
SELECT * FROM app.state WHERE entity_id IN ('old', 'edge') ORDER BY entity_id;
SELECT entity_id, reason FROM pls.decisions WHERE decided_at > '2026-03-03';

-- Windows slide without events: the evidence is the same, the score is not.
SELECT t AS as_of, pls.score(evidence, t) AS score,
       (SELECT pls.score('trial', e.name, e.created_at, e.user_id, e.props, t)
          FROM app.events e WHERE e.org_id = 'edge') AS aggregate
  FROM pls.standings, unnest(ARRAY['2026-03-30 09:00:00', '2026-03-30 09:00:00.999999', '2026-03-30 09:00:01',
                                   '2026-03-30 09:00:02', '2026-04-13 08:59:59', '2026-04-13 09:00:00']::timestamptz[]) AS t
 WHERE entity_id = 'edge' ORDER BY t;
-- The lane follows with the next event; having left it, the entity crosses
-- anew, and the cooldown of the first alert decides.
SET pls.now = '2026-03-30 10:00+00';
INSERT INTO app.events (org_id, user_id, name, created_at) VALUES ('edge', 1, 'export', '2026-01-01 00:00+00');
SELECT * FROM app.state WHERE entity_id = 'edge';
INSERT INTO app.events (org_id, user_id, name)
SELECT 'edge', 1, n FROM unnest('{export,export,export,invite}'::text[]) AS n;
SELECT * FROM app.state WHERE entity_id = 'edge';
SELECT entity_id, reason, decided_at FROM pls.decisions WHERE entity_id = 'edge' ORDER BY decision_id;

-- Without pls.now it is the wall clock that counts, not the transaction's
-- start: what an application stamps with clock_timestamp() is no future.
RESET pls.now;
BEGIN;
SELECT now() IS NOT NULL AS started;
SELECT pg_sleep(1.1);
INSERT INTO app.events (org_id, user_id, name, created_at)
VALUES ('clock', 1, 'export', clock_timestamp()), ('clock', 1, 'export', clock_timestamp() + interval '1 hour');
SELECT entity_id, (SELECT count(*) FROM pls.backlog b WHERE b.entity_id = s.entity_id) AS waiting,
       last_event_at > now() AS after_start
  FROM pls.standings s WHERE entity_id = 'clock';
COMMIT;

\set ECHO none
\c :home
SET client_min_messages = warning;
DROP DATABASE pls_trigger_time;
