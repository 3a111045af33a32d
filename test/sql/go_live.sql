-- pls.go_live(): a motion goes live, and those who qualify already are alerted
-- at the pace of the reps, or not at all.
\getenv srcdir PG_ABS_SRCDIR
\set setup :srcdir /sql/include/desk.psql
\set home :DBNAME
\set ECHO none
\set QUIET on
SET client_min_messages = warning;
DROP DATABASE IF EXISTS pls_go_live;
CREATE DATABASE pls_go_live;
\c pls_go_live
SET client_min_messages = warning;
CREATE EXTENSION pls;
\i :setup
INSERT INTO pls.exclusions (name, scope, ids, reason) VALUES ('us', 'entity', '{org 5}', 'one of us');
CREATE VIEW app.state AS
SELECT s.entity_id, s.lane, s.reason, s.decide_again_at, w.reason AS why_not, w.until, w.detail
  FROM pls.standings s LEFT JOIN pls.why_not_alerted w ON w.motion = s.motion AND w.entity_id = s.entity_id
 WHERE s.lane IS NOT NULL;
CREATE VIEW app.decided AS SELECT entity_id, lane, reason, decided_at, detail FROM pls.decisions ORDER BY decision_id;
\set ECHO all
-- Plainly live: everybody at once.
BEGIN;
UPDATE pls.motions SET status = 'live' WHERE motion = 'desk';
SELECT FROM pls.sweep();
SELECT entity_id, reason FROM app.decided ORDER BY 1;
ROLLBACK;
-- Released: the best first, evenly over the day that the quotas allow.
BEGIN;
SELECT * FROM pls.go_live('desk');
SELECT status FROM pls.motions;
SELECT * FROM app.decided;
SELECT FROM pls.sweep();
SELECT FROM pls.sweep();
SELECT entity_id, reason, detail FROM app.decided WHERE reason <> 'no_capacity';
SELECT * FROM app.state ORDER BY 1;
-- who comes into a lane now is alerted now
INSERT INTO app.events SELECT 'org 7', 'u7', 'run' FROM generate_series(1, 3);
SELECT reason, decided_at FROM app.decided WHERE entity_id = 'org 7';
SET LOCAL pls.now = '2026-06-01 13:00+00';
SELECT FROM pls.sweep();
SELECT entity_id, lane, reason, decided_at FROM app.decided WHERE decided_at = pls.now();
SET LOCAL pls.now = '2026-06-02 12:00+00';
SELECT FROM pls.sweep();
SELECT entity_id, lane, reason, decided_at FROM app.decided WHERE decided_at = pls.now() ORDER BY 1;
SELECT count(*) AS waiting FROM pls.standings WHERE reason = 'no_capacity';
ROLLBACK;
-- Left out: no alert until they drop out of the lane and qualify again.
BEGIN;
SELECT * FROM pls.go_live('desk', backlog => 'leave_out');
SELECT FROM pls.sweep();
SELECT FROM pls.sweep();
SELECT entity_id, reason, detail FROM app.decided;
SELECT * FROM app.state ORDER BY 1;
-- a triage entity that reaches lane sales has not been there
INSERT INTO app.events VALUES ('org 2', 'u2', 'run');
SET LOCAL pls.now = '2026-06-10 10:00+00';
SELECT FROM pls.sweep();
INSERT INTO app.events SELECT 'org 6', 'u6', 'run' FROM generate_series(1, 3);
SELECT FROM pls.sweep();
SELECT entity_id, lane, reason, decided_at FROM app.decided WHERE reason <> 'no_capacity';
ROLLBACK;
-- The backlog is who was in the lane at that time, when org 6 had four runs, org
-- 4 two, org 3 one and org 2 none; org 5 is excluded.
BEGIN;
SELECT * FROM pls.go_live('desk', since => '2026-06-01 07:30+00', per_day => 0.5);
SELECT FROM pls.sweep();
SELECT entity_id, lane, reason, detail FROM app.decided;
ROLLBACK;
-- A paused motion; held out and treated wait alike.
BEGIN;
UPDATE pls.motions SET status = 'paused', holdout = 0.5 WHERE motion = 'desk';
SELECT FROM pls.sweep();
SELECT reason, count(*) FROM app.decided GROUP BY 1;
UPDATE pls.reps SET daily_quota = 200;
SELECT in_lane, alerted, waiting, left_out, kept_off, per_day FROM pls.go_live('desk');
SET LOCAL pls.now = '2026-06-01 12:00+00';
SELECT FROM pls.sweep();
SELECT entity_id, reason FROM app.decided WHERE decided_at = pls.now() ORDER BY 1;
ROLLBACK;
-- Nothing is watched: there is no backlog.
BEGIN;
INSERT INTO pls.motions (motion) VALUES ('other');
UPDATE pls.sources SET motions = '{desk}';
SELECT in_lane, alerted, waiting, left_out, kept_off, per_day FROM pls.go_live('other', per_day => 5);
ROLLBACK;
-- What is refused; nothing is done then.
SELECT * FROM pls.go_live('no such');
SELECT * FROM pls.go_live(NULL);
SELECT * FROM pls.go_live('desk', backlog => 'all');
SELECT * FROM pls.go_live('desk', since => pls.now() + interval '1 hour');
SELECT * FROM pls.go_live('desk', since => '-infinity');
SELECT * FROM pls.go_live('desk', per_day => 0);
SELECT * FROM pls.go_live('desk', per_day => 'NaN');
UPDATE pls.reps SET daily_quota = NULL WHERE rep = 'bob';
SELECT * FROM pls.go_live('desk');
UPDATE pls.reps SET active = false;
SELECT * FROM pls.go_live('desk');
BEGIN;
DELETE FROM pls.routes;
SELECT * FROM pls.go_live('desk');
ROLLBACK;
BEGIN READ ONLY;
SELECT * FROM pls.go_live('desk', per_day => 1);
ROLLBACK;
SELECT status FROM pls.motions;
UPDATE pls.motions SET status = 'live';
SELECT * FROM pls.go_live('desk');
-- Revops may, who may neither write decisions nor read the events.
UPDATE pls.motions SET status = 'draft';
CREATE ROLE pls_test_go_live;
SELECT pls.grant_access('pls_test_go_live', 'revops');
BEGIN;
SET LOCAL ROLE pls_test_go_live;
SELECT in_lane, alerted, waiting, left_out, kept_off, per_day FROM pls.go_live('desk', per_day => 2);
ROLLBACK;
\set ECHO none
\c :home
SET client_min_messages = warning;
DROP DATABASE pls_go_live;
DROP ROLE pls_test_go_live;
