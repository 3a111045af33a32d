-- pls.what_if_summary(): what a change amounts to, in alerts a week and in load.
\getenv srcdir PG_ABS_SRCDIR
\set setup :srcdir /sql/include/desk.psql
\set home :DBNAME
\set ECHO none
\set QUIET on
SET client_min_messages = warning;
DROP DATABASE IF EXISTS pls_what_if_summary;
CREATE DATABASE pls_what_if_summary;
\c pls_what_if_summary
SET client_min_messages = warning;
CREATE EXTENSION pls;
\i :setup
-- in each of the last four weeks eight accounts begin: four run three times on
-- their first day, two twice, two four times
INSERT INTO app.events (org, who, name, at)
SELECT format('w%s-%s', w, n), 'u' || n, 'run', pls.now() - w * interval '7 days' + (12 * n + r) * interval '1 hour'
  FROM generate_series(1, 4) w, generate_series(1, 8) n, generate_series(1, 4) r
 WHERE r <= CASE WHEN n <= 4 THEN 3 WHEN n <= 6 THEN 2 ELSE 4 END;
DELETE FROM app.events WHERE org LIKE 'org%';
UPDATE pls.motions SET status = 'live', cooldown = '90 days' WHERE motion = 'desk';
INSERT INTO pls.accounts (account_id, owner) SELECT format('w%s-1', w), 'ann' FROM generate_series(1, 4) w;
CALL pls.sweep_all();
\set ECHO all
-- Nothing is changed.
SELECT * FROM pls.what_if_summary('desk');
-- Other rules.
BEGIN;
UPDATE pls.signals SET threshold = 4 WHERE signal = 'runs';
SELECT * FROM pls.what_if_summary('desk') WHERE before <> after;
ROLLBACK;
-- Other routes, weights and quotas: before is by those that are committed.
BEGIN;
INSERT INTO pls.reps (rep) VALUES ('cy');
INSERT INTO pls.pools (pool) VALUES ('triage'), ('nobody');
INSERT INTO pls.pool_members (pool, rep) VALUES ('triage', 'cy');
INSERT INTO pls.routes (motion, position, route, predicate, pool, respond_within)
VALUES ('desk', 0, 'triage', '$.lane == "triage"', 'triage', '1 day'),
       ('desk', -1, 'most', '$.score == 30 && $.account.account_id == "w1-7" && $.signals[*] == "runs"', 'nobody', '1 day');
UPDATE pls.pool_members SET weight = 3 WHERE rep = 'bob';
UPDATE pls.reps SET daily_quota = 0.5, max_open = 9 WHERE rep = 'bob';
SELECT * FROM pls.what_if_summary('desk');
UPDATE pls.reps SET active = false WHERE rep = 'bob';
SELECT * FROM pls.what_if_summary('desk', 1) WHERE what LIKE '%, a week';
ROLLBACK;
-- A draft, and a motion that this transaction has made.
BEGIN;
UPDATE pls.motions SET status = 'draft';
SELECT DISTINCT what FROM pls.what_if_summary('desk') ORDER BY 1;
INSERT INTO pls.motions (motion, qualify_at, min_signals) VALUES ('new', 10, 1);
INSERT INTO pls.signals (motion, signal, category, events, within, threshold, points) VALUES ('new', 'some', 'depth', '{run}', '7 days', 2, 10);
SELECT * FROM pls.what_if_summary('new', 2);
ROLLBACK;
-- Nothing is written.
CREATE TABLE app.before AS SELECT * FROM app.sums();
SELECT count(*) FROM pls.what_if_summary('desk');
SELECT count(*) AS differ FROM app.sums() s FULL JOIN app.before b ON b.name = s.name WHERE s.sum IS DISTINCT FROM b.sum;
BEGIN READ ONLY;
SELECT count(*) FROM pls.what_if_summary('desk');
ROLLBACK;
-- Who may edit the rules may ask.
CREATE ROLE pls_test_summary;
SELECT pls.grant_access('pls_test_summary', 'revops');
BEGIN;
SET LOCAL ROLE pls_test_summary;
UPDATE pls.signals SET threshold = 4 WHERE signal = 'runs';
SELECT name, before, after FROM pls.what_if_summary('desk') WHERE what = 'alerts a week';
ROLLBACK;
-- What is refused.
SELECT * FROM pls.what_if_summary('no such');
SELECT * FROM pls.what_if_summary('desk', 0);
SELECT * FROM pls.what_if_summary('desk', NULL);
\set ECHO none
\c :home
SET client_min_messages = warning;
DROP DATABASE pls_what_if_summary;
DROP ROLE pls_test_summary;
