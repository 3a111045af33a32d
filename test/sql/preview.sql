-- pls.preview(): who would be alerted if a motion went live now, by whom, in
-- which order.  What it says is what then comes.
\getenv srcdir PG_ABS_SRCDIR
\set setup :srcdir /sql/include/desk.psql
\set home :DBNAME
\set ECHO none
\set QUIET on
SET client_min_messages = warning;
DROP DATABASE IF EXISTS pls_preview;
CREATE DATABASE pls_preview;
\c pls_preview
SET client_min_messages = warning;
CREATE EXTENSION pls;
\i :setup
-- enough for the reps' quotas, and rules of every kind
INSERT INTO app.events (org, who, name)
SELECT 'org ' || n, 'u' || n, 'run' FROM generate_series(7, 18) n, generate_series(1, 3) r WHERE r < 3 OR n % 3 > 0;
INSERT INTO pls.pools (pool, fallback) VALUES ('small', 'ann');
INSERT INTO pls.routes (motion, position, route, predicate, pool, respond_within)
VALUES ('desk', 0, 'triage', '$.lane == "triage" && $.signals[*] == "some"', 'small', '1 day');
INSERT INTO pls.accounts (account_id, owner, size, signed_up_at) VALUES
    ('org 7', 'bob', 5, NULL), ('org 8', NULL, 1, NULL), ('org 10', NULL, 9, pls.now() - interval '1 day');
INSERT INTO pls.exclusions (name, scope, ids, reason) VALUES ('us', 'entity', '{org 11}', 'one of us');
UPDATE pls.motions SET min_account_size = 3, grace_period = '3 days', holdout = 0.4 WHERE motion = 'desk';
CREATE TABLE app.before AS SELECT * FROM app.sums();
\set ECHO all
SELECT place, entity_id, lane, score, grade, decision, route, pool, rep, within_capacity, assigned_by, until FROM pls.preview('desk');
SELECT DISTINCT decision, detail FROM pls.preview('desk') WHERE decision NOT IN ('raised', 'triage') ORDER BY 1;
-- nothing is written
SELECT count(*) AS differ FROM app.sums() s FULL JOIN app.before b ON b.name = s.name WHERE s.sum IS DISTINCT FROM b.sum;
-- A draft that has been refreshed says the same.
CREATE TABLE app.said AS SELECT * FROM pls.preview('desk');
SELECT pls.refresh('desk');
SELECT count(*) AS differ FROM pls.preview('desk') p FULL JOIN app.said s ON s.entity_id = p.entity_id WHERE p::text IS DISTINCT FROM s::text;
-- And so it comes.
UPDATE pls.motions SET status = 'live' WHERE motion = 'desk';
CALL pls.sweep_all();
SELECT count(*) AS said, count(d.reason) AS decided,
       count(*) FILTER (WHERE (s.decision, s.lane, s.score) IS DISTINCT FROM (d.reason, d.lane, d.score)) AS differ,
       count(*) FILTER (WHERE (s.route, s.pool) IS DISTINCT FROM (a.route, a.pool) AND a.alert_id IS NOT NULL) AS other_route,
       count(*) FILTER (WHERE s.rep IS DISTINCT FROM a.assigned_to AND a.alert_id IS NOT NULL) AS other_rep
  FROM app.said s
  FULL JOIN pls.decisions d ON d.entity_id = s.entity_id
  LEFT JOIN pls.alerts a ON a.alert_id = d.alert_id;
-- Of a live motion: what is due.
SELECT count(*) FROM pls.preview('desk');
SET pls.now = '2026-06-03 12:00+00';
SELECT entity_id, decision, rep FROM pls.preview('desk');
-- Where alerts wait for a rep they are not raised before; a paused motion as if it were live.
UPDATE pls.motions SET status = 'paused', qualify_at = 50, triage_at = NULL WHERE motion = 'desk';
CALL pls.sweep_all();
SELECT count(pls.withdraw(alert_id, 'a test')) FROM pls.alerts WHERE pls_internal.is_open(status);
UPDATE pls.motions SET qualify_at = 10, cooldown = '0', holdout = 0 WHERE motion = 'desk';
UPDATE pls.standings SET cooldown_until = NULL;
UPDATE pls.pools SET defer = true;
UPDATE pls.reps SET daily_quota = NULL, max_open = 3;
CALL pls.sweep_all();
SELECT decision, within_capacity, rep, count(*) FROM pls.preview('desk') GROUP BY 1, 2, 3 ORDER BY 1, 2, 3;
-- Who has converted is known once the history was read; a motion that is not a
-- draft knows nobody before.
INSERT INTO app.events (org, who, name) VALUES ('buyer', 'b', 'run'), ('buyer', 'b', 'paid'), ('trier', 't', 'run');
SET client_min_messages = notice;
BEGIN;
INSERT INTO pls.motions (motion, qualify_at, min_signals) VALUES ('sell', 10, 1);
INSERT INTO pls.signals (motion, signal, category, events, within, points, outcome) VALUES
    ('sell', 'runs', 'depth', '{run}', '7 days', 10, NULL), ('sell', 'pays', 'outcome', '{paid}', '7 days', 0, 'conversion');
SELECT entity_id, decision FROM pls.preview('sell') WHERE entity_id IN ('buyer', 'trier');
SET LOCAL client_min_messages = warning;
SELECT pls.refresh('sell') > 2 AS refreshed;
SET LOCAL client_min_messages = notice;
SELECT entity_id, decision FROM pls.preview('sell') WHERE entity_id IN ('buyer', 'trier');
ROLLBACK;
-- conversions are nothing to a motion that expects none
BEGIN;
DELETE FROM pls_internal.history_reads;
UPDATE pls.motions SET status = 'draft' WHERE motion = 'desk';
SELECT count(*) > 0 AS previewed FROM pls.preview('desk');
ROLLBACK;
BEGIN;
UPDATE pls_internal.source_samples SET has_history = true;
DELETE FROM pls_internal.history_reads;
SELECT count(*) > 0 AS known FROM pls.preview('desk');
DELETE FROM pls.standings;
SELECT count(*) FROM pls.preview('desk');
UPDATE pls.motions SET status = 'live' WHERE motion = 'desk';
SELECT count(*) FROM pls.preview('desk');
ROLLBACK;
SET client_min_messages = warning;
-- What is refused.
SELECT * FROM pls.preview('no such');
INSERT INTO pls.motions (motion) VALUES ('empty');
SELECT * FROM pls.preview('empty');
SELECT pls.unwatch('app.events');
SELECT * FROM pls.preview('empty');
\set ECHO none
\c :home
SET client_min_messages = warning;
DROP DATABASE pls_preview;
