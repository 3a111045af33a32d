-- pls.replay() on a motion small enough to reckon by hand: its assumptions, other
-- models, what it refuses.  That it decides as the trigger and the sweeps do is
-- tested on whole logs (test/t/012_replay.pl).
\set ECHO none
\set QUIET on
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET pls.now = '2026-01-01';
BEGIN;
CREATE SCHEMA app;
CREATE TABLE app.events (org text, who text, name text, at timestamptz, props jsonb);
INSERT INTO pls.pools (pool) VALUES ('all');
INSERT INTO pls.motions (motion, status, qualify_at, triage_at, release_at, min_signals, cooldown, objective)
VALUES ('m', 'draft', 30, 20, 15, 1, '5 days', 'conversion');
INSERT INTO pls.signals (motion, signal, category, events, measure, within, op, threshold, points, per_unit, max_points) VALUES
    ('m', 'exports', 'depth', '{export}', 'count', '10 days', '>=', 1, 10, true, 40),
    ('m', 'lately', 'depth', '{export,open}', 'recency', '2 days', '<=', NULL, 5, false, NULL);
INSERT INTO pls.signals (motion, signal, category, events, measure, within, outcome) VALUES
    ('m', 'bought', 'outcome', '{buy}', 'count', '1 day', 'conversion');
INSERT INTO pls.routes (motion, route, position, pool) VALUES ('m', 'all', 1, 'all');
SELECT pls.watch('app.events', event => 'name', at => 'at', account => 'org', actor => 'who', properties => 'props') \g /dev/null
-- a: an export a day for five days, again from the 20th, and it buys at last;
-- b: two exports at once, which is 25 points; c: all of it in February
INSERT INTO app.events (org, name, at) SELECT 'a', 'export', '2026-01-02 10:00+00'::timestamptz + n * interval '1 day' FROM generate_series(0, 4) n;
INSERT INTO app.events (org, name, at) SELECT 'a', 'export', '2026-01-20 10:00+00'::timestamptz + n * interval '1 day' FROM generate_series(0, 3) n;
INSERT INTO app.events (org, name, at) VALUES ('a', 'buy', '2026-01-23 10:00:00.5+00');
INSERT INTO app.events (org, name, at) SELECT 'b', 'export', '2026-01-10 12:00+00' FROM generate_series(1, 2);
INSERT INTO app.events (org, name, at) SELECT 'c', 'export', '2026-02-01 12:00+00' FROM generate_series(1, 4);
INSERT INTO app.events (org, name, at) VALUES (NULL, 'export', '2026-01-10'), ('a', 'other', '2026-01-10'), ('a', 'export', NULL), ('a', 'export', 'infinity');
SET pls.now = '2026-03-01';
\set SHOW_CONTEXT never
RESET client_min_messages;
\set ECHO all

-- 15 points with the first, 25 with the second (triage), 35 with the third: the
-- alert of a moves to sales; nobody closes it
SELECT * FROM pls.replay('m', '2026-01-01', '2026-03-01', sweep_every => '6 hours');
-- a part of it: what came before is known all the same
SELECT entity_id, at, lane, reason FROM pls.replay('m', '2026-01-05', '2026-01-22', sweep_every => '6 hours');
SET client_min_messages = warning;
SELECT count(*) FROM pls.replay('m', '2026-01-05', '2026-01-05');

-- a rep closes each alert after a day: in the cooldown that begins then, nothing
-- is raised; when it is over the sweep asks whether a is in a lane still
SELECT entity_id, at, lane, score, reason
  FROM pls.replay('m', '2026-01-01', '2026-03-01', sweep_every => '6 hours', assume => '{"close_after": "1 day"}');
-- with a disposition that has a cooldown of its own
UPDATE pls.dispositions SET cooldown = '90 days' WHERE disposition = 'nurture';
SELECT entity_id, at, lane, reason
  FROM pls.replay('m', '2026-01-01', '2026-03-01', sweep_every => '6 hours', assume => '{"close_after": "1 day", "disposition": "nurture"}');

-- live from the 10th on: a qualifies then already, and is decided about at once
SELECT entity_id, at, lane, score, reason
  FROM pls.replay('m', '2026-01-07', '2026-01-15', sweep_every => '6 hours', assume => '{"live": "from"}');
-- written once a week: one statement brings all of them
SELECT entity_id, at, lane, score, reason
  FROM pls.replay('m', '2026-01-01', '2026-03-01', sweep_every => '6 hours',
                  assume => '{"arrivals": ["2026-01-08", "2026-01-15", "2026-01-22", "2026-01-29", "2026-02-05"]}');

-- another model, and the tables as they are in the transaction
SELECT entity_id, at, lane, score, reason
  FROM pls.replay('m', '2026-01-01', '2026-03-01', sweep_every => '6 hours',
                  model => jsonb_set(pls_internal.model_of('m'), '{motion,triage_at}', 'null'));
SAVEPOINT before;
UPDATE pls.signals SET points = 30, max_points = NULL WHERE signal = 'exports';
SELECT entity_id, min(at), max(score), count(*) FROM pls.replay('m', '2026-01-01', '2026-03-01', sweep_every => '6 hours') GROUP BY 1 ORDER BY 1;
ROLLBACK TO before;

-- held out, and excluded
UPDATE pls.motions SET holdout = 0.999999999;
INSERT INTO pls.exclusions (name, motion, scope, ids, reason) VALUES ('x', 'm', 'entity', '{b}', 'a test account');
SELECT entity_id, at, lane, reason FROM pls.replay('m', '2026-01-01', '2026-01-20', sweep_every => '6 hours');
ROLLBACK TO before;

-- nothing was written
SELECT (SELECT count(*) FROM pls.standings), (SELECT count(*) FROM pls.decisions), (SELECT count(*) FROM pls.alerts);

-- the same in little memory, read in many ranges
INSERT INTO app.events (org, name, at)
SELECT 'o' || n % 3000, 'export', '2026-01-02'::timestamptz + (n * 7919 % 40000) * interval '1 minute' FROM generate_series(1, 30000) n;
SET maintenance_work_mem = '1MB';
CREATE TEMPORARY TABLE little AS SELECT * FROM pls.replay('m', '2026-01-01', '2026-03-01');
RESET maintenance_work_mem;
CREATE TEMPORARY TABLE much AS SELECT * FROM pls.replay('m', '2026-01-01', '2026-03-01');
SELECT count(*) > 3000 AS many, (SELECT count(*) FROM (TABLE little EXCEPT ALL TABLE much) d) + (SELECT count(*) FROM (TABLE much EXCEPT ALL TABLE little) d) AS others FROM much;

-- refused
SELECT pls.replay('none', '2026-01-01', '2026-02-01');
ROLLBACK TO before;
SELECT pls.replay('m', NULL, '2026-02-01');
ROLLBACK TO before;
SELECT pls.replay('m', '2026-01-01', 'infinity');
ROLLBACK TO before;
SELECT pls.replay('m', '2026-01-02', '2026-01-01');
ROLLBACK TO before;
SELECT pls.replay('m', '2026-01-01', '2026-02-01', sweep_every => '0');
ROLLBACK TO before;
SELECT pls.replay('m', '2026-01-01', '2026-02-01', sweep_every => '1 month');
ROLLBACK TO before;
SELECT pls.replay('m', '2026-01-01', '2026-02-01', model => '{"signals": {}}');
ROLLBACK TO before;
SELECT pls.replay('m', '2026-01-01', '2026-02-01', model => '[]');
ROLLBACK TO before;
SELECT pls.replay('m', '2026-01-01', '2026-02-01', assume => '{"closed": "1 day"}');
ROLLBACK TO before;
SELECT pls.replay('m', '2026-01-01', '2026-02-01', assume => '[1]');
ROLLBACK TO before;
SELECT pls.replay('m', '2026-01-01', '2026-02-01', assume => '{"disposition": "nurture"}');
ROLLBACK TO before;
SELECT pls.replay('m', '2026-01-01', '2026-02-01', assume => '{"close_after": "1 day", "disposition": "none such"}');
ROLLBACK TO before;
SELECT pls.replay('m', '2026-01-01', '2026-02-01', assume => '{"close_after": "1 month"}');
ROLLBACK TO before;
SELECT pls.replay('m', '2026-01-01', '2026-02-01', assume => '{"live": "never"}');
ROLLBACK TO before;
SELECT pls.replay('m', '2026-01-01', '2026-02-01', assume => '{"arrivals": "now"}');
ROLLBACK;
