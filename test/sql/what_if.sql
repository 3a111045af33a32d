-- pls.what_if(): what a change that is not committed would do.  It writes
-- nothing, waits for nobody, and after ROLLBACK everything is as before.
\getenv srcdir PG_ABS_SRCDIR
\set setup :srcdir /sql/include/desk.psql
\set home :DBNAME
\set ECHO none
\set QUIET on
SET client_min_messages = warning;
DROP DATABASE IF EXISTS pls_what_if;
CREATE DATABASE pls_what_if;
\c pls_what_if
SET client_min_messages = warning;
CREATE EXTENSION pls;
\i :setup
UPDATE pls.motions SET status = 'live' WHERE motion = 'desk';
CALL pls.sweep_all();
CREATE FUNCTION app.if() RETURNS TABLE (entity_id text, change text, rule text, score text, grade text, lane text, decision text, alert text)
LANGUAGE sql AS $$
    SELECT entity_id, change, rule, concat_ws(' > ', score_before, nullif(score_after, score_before)), concat_ws(' > ', grade_before, nullif(grade_after, grade_before)),
           CASE WHEN lane_before IS NOT DISTINCT FROM lane_after THEN lane_after ELSE concat(coalesce(lane_before, 'none'), ' > ', coalesce(lane_after, 'none')) END,
           CASE WHEN decides THEN '> ' END || decision_after, alert
      FROM pls.what_if('desk') ORDER BY entity_id COLLATE "C"
$$;
\set ECHO all
-- Nothing is changed, and nothing would be.
SELECT * FROM app.if();
-- A threshold.
BEGIN;
UPDATE pls.signals SET threshold = 4 WHERE signal = 'runs';
SELECT * FROM app.if();
ROLLBACK;
-- A lane: who gains, moves and loses.
BEGIN;
UPDATE pls.motions SET qualify_at = 10, triage_at = NULL;
SELECT * FROM app.if() WHERE change IS NOT NULL;
UPDATE pls.motions SET qualify_at = 50;
SELECT * FROM app.if() WHERE change IS NOT NULL;
UPDATE pls.motions SET qualify_at = 30, triage_at = 0, min_signals = 0;
SELECT * FROM app.if() WHERE change IS NOT NULL;
ROLLBACK;
-- What is matched is read anew from the events, and an alert whose grounds are
-- gone is withdrawn, unless somebody has touched it.
BEGIN;
SELECT pls.touch(alert_id) FROM pls.alerts WHERE entity_id = 'org 4';
UPDATE pls.signals SET events = '{walk}';
SELECT * FROM app.if();
INSERT INTO app.events SELECT 'org 1', 'u1', 'walk' FROM generate_series(1, 3);
INSERT INTO app.events SELECT 'org 9', 'u9', 'walk' FROM generate_series(1, 2);
SELECT * FROM app.if();
ROLLBACK;
-- So is one whose events are gone.
BEGIN;
SELECT pls.touch(alert_id) FROM pls.alerts WHERE entity_id = 'org 4';
DELETE FROM app.events WHERE org IN ('org 1', 'org 3', 'org 4');
SELECT * FROM app.if() WHERE change IS NOT NULL OR score <> '30.000';
ROLLBACK;
-- Who is excluded loses the alert; one that is at work says so.
BEGIN;
SELECT pls.touch(alert_id) FROM pls.alerts WHERE entity_id = 'org 4';
INSERT INTO pls.exclusions (name, scope, ids, reason) VALUES ('x', 'entity', '{org 3,org 4}', 'a test');
SELECT * FROM app.if() WHERE rule IS NOT NULL OR alert <> 'stays';
ROLLBACK;
-- What is undone within the transaction is no change, nor is what a savepoint took back.
BEGIN;
UPDATE pls.signals SET points = 100;
SAVEPOINT s;
UPDATE pls.signals SET points = 0;
ROLLBACK TO s;
SELECT entity_id, score_before, score_after FROM pls.what_if('desk') WHERE score_before <> score_after ORDER BY 1;
UPDATE pls.signals SET points = CASE signal WHEN 'runs' THEN 20 ELSE 10 END;
SELECT count(*) FROM pls.what_if('desk') WHERE score_before <> score_after;
-- a motion of this transaction has no before
INSERT INTO pls.motions (motion, status) VALUES ('new', 'live');
INSERT INTO pls.signals (motion, signal, category, events, within, points) VALUES ('new', 'one', 'depth', '{run}', '7 days', 60);
UPDATE pls.motions SET min_signals = 1 WHERE motion = 'new';
SELECT change, rule, score_before, score_after, lane_before, lane_after, decision_after, count(*) FROM pls.what_if('new') GROUP BY 1, 2, 3, 4, 5, 6, 7;
ROLLBACK;
-- What waits in the backlog is counted as the sweep will.
BEGIN;
INSERT INTO pls.backlog (entity_id, motion, not_before, evidence)
SELECT 'org 1', 'desk', pls.now(), pls.evidence('desk', 'run', pls.now() - n * interval '1 minute', 'u1'::text, NULL) FROM generate_series(1, 2) n;
SELECT * FROM app.if() WHERE change IS NOT NULL;
ROLLBACK;

-- Nothing is written: neither by the questions, whatever has changed before
-- them, nor by anything that is left of them.
CREATE TABLE app.before AS SELECT * FROM app.sums();
BEGIN;
UPDATE pls.signals SET events = '{run,walk}', points = 30 WHERE signal = 'some';
UPDATE pls.reps SET max_open = 1;
UPDATE pls.pools SET defer = true;
CREATE TEMP TABLE changed AS SELECT * FROM app.sums();
SELECT count(*) FROM pls.what_if('desk');
SELECT count(*) FROM pls.preview('desk');
SELECT count(*) AS differ FROM app.sums() s FULL JOIN changed c ON c.name = s.name WHERE s.sum IS DISTINCT FROM c.sum;
ROLLBACK;
SELECT count(*) AS tables, count(*) FILTER (WHERE s.sum IS DISTINCT FROM b.sum) AS differ FROM app.sums() s FULL JOIN app.before b ON b.name = s.name;
BEGIN READ ONLY;
SELECT count(*) FROM pls.what_if('desk');
SELECT count(*) FROM pls.preview('desk');
SELECT string_agg(DISTINCT l.mode, ' ') AS locks, pg_current_xact_id_if_assigned() FROM pg_locks l WHERE l.pid = pg_backend_pid() AND l.locktype <> 'virtualxid';
ROLLBACK;
BEGIN ISOLATION LEVEL SERIALIZABLE;
UPDATE pls.signals SET points = 40 WHERE signal = 'some';
SELECT count(*) FILTER (WHERE score_before <> score_after) FROM pls.what_if('desk');
ROLLBACK;

-- A draft has nothing to be decided; refreshed, it has standings and no
-- decisions, and goes live as if it had not been.
BEGIN;
UPDATE pls.motions SET status = 'draft';
SAVEPOINT s;
SELECT * FROM pls.what_if('desk');
ROLLBACK TO s;
SELECT * FROM pls.what_if('no such');
ROLLBACK TO s;
SELECT * FROM pls.what_if(NULL);
ROLLBACK TO s;
INSERT INTO pls.motions (motion, qualify_at, min_signals) VALUES ('draft', 20, 1);
INSERT INTO pls.signals (motion, signal, category, events, within, threshold, points) VALUES ('draft', 'runs', 'depth', '{run}', '7 days', 5, 20);
SELECT pls.refresh('draft'), pls.refresh('draft', 'org 6');
SELECT entity_id, score, lane, reason, decide_again_at FROM pls.standings WHERE motion = 'draft' ORDER BY 1;
SELECT count(*) FROM pls.decisions WHERE motion = 'draft';
SELECT status, value FROM pls.health WHERE "check" = 'decisions due';
UPDATE pls.motions SET status = 'live' WHERE motion = 'draft';
SELECT entity_id, change, rule, decision_after FROM pls.what_if('draft') WHERE decides ORDER BY 1;
SELECT FROM pls.sweep();
SELECT entity_id, reason FROM pls.decisions WHERE motion = 'draft' ORDER BY 1;
ROLLBACK;

-- Who may edit the rules may ask; reps may not.
CREATE ROLE pls_test_what_if_revops;
CREATE ROLE pls_test_what_if_analyst;
CREATE ROLE pls_test_what_if_rep;
SELECT pls.grant_access('pls_test_what_if_revops', 'revops'), pls.grant_access('pls_test_what_if_analyst', 'analyst'), pls.grant_access('pls_test_what_if_rep', 'rep');
BEGIN;
SET LOCAL ROLE pls_test_what_if_revops;
UPDATE pls.signals SET threshold = 4 WHERE signal = 'runs';
SELECT entity_id, change, rule FROM pls.what_if('desk') WHERE change IS NOT NULL ORDER BY 1;
UPDATE pls.signals SET events = '{walk}';
SELECT entity_id, change, rule FROM pls.what_if('desk') WHERE change IS NOT NULL ORDER BY 1;
RESET ROLE;
SET LOCAL ROLE pls_test_what_if_analyst;
SELECT count(*) FROM pls.what_if('desk') WHERE change IS NOT NULL;
SELECT count(*) FROM pls.preview('desk');
SAVEPOINT s;
SELECT * FROM pls.go_live('desk');
ROLLBACK TO s;
RESET ROLE;
SET LOCAL ROLE pls_test_what_if_rep;
SELECT * FROM pls.what_if('desk');
ROLLBACK;

\set ECHO none
\c :home
SET client_min_messages = warning;
DROP DATABASE pls_what_if;
DROP ROLE pls_test_what_if_revops, pls_test_what_if_analyst, pls_test_what_if_rep;
