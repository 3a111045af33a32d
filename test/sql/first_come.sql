-- First come, first served: a new alert does not overtake one that waits for
-- the same pool, and whoever frees capacity gives it to the oldest ones.
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
\set SHOW_CONTEXT never
SET pls.now = '2026-03-02 10:00+00';
BEGIN;
\i :setup
DELETE FROM pls.pool_members WHERE rep = 'bob';
UPDATE pls.reps SET max_open = 1 WHERE rep = 'ann';
CREATE FUNCTION pg_temp.at(minute numeric) RETURNS text LANGUAGE sql
AS $$ SELECT left(set_config('pls.now', (timestamptz '2026-03-02 10:00+00' + minute * interval '1 minute')::text, false), 0) $$;
CREATE FUNCTION pg_temp.desk() RETURNS TABLE (entity text, rep text, at time, why text) LANGUAGE sql
AS $$
    SELECT a.entity_id, a.assigned_to, a.assigned_at::time, a.unassigned_reason
      FROM pls.alerts a WHERE pls_internal.is_open(a.status) ORDER BY a.created_at, a.alert_id
$$;
CREATE FUNCTION pg_temp.id(entity text) RETURNS bigint LANGUAGE sql
AS $$ SELECT a.alert_id FROM pls.alerts a WHERE a.entity_id = entity $$;
CREATE FUNCTION pg_temp.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not this one'; END $$;
CREATE FUNCTION pg_temp.failed() RETURNS SETOF text LANGUAGE sql
AS $$ SELECT concat_ws(' ', f.task, f.entity_id, f.sqlstate, f.message) FROM pls.failures f ORDER BY 1 $$;
\set ECHO all
-- One rep, one alert at a time; a new account each minute at :45, a sweep on
-- the minute, every second minute at :30 the rep is done: the oldest first,
-- whether the sweep or the next account comes first.
SAVEPOINT before;
DO $$
BEGIN
    FOR k IN 0..29 LOOP
        PERFORM pg_temp.at(k + 0.75);
        PERFORM pg_temp.qualify('o' || k);
        PERFORM pg_temp.at(k + 1);
        PERFORM pls.sweep();
        IF k % 2 = 1 THEN
            PERFORM pg_temp.at(k + 1.5);
            UPDATE pls.alerts SET disposition = 'contacted' WHERE assigned_to = 'ann' AND status = 'open';
        END IF;
    END LOOP;
END
$$;
SELECT string_agg(entity_id, ' ' ORDER BY closed_at) AS done, string_agg(DISTINCT to_char(closed_at - assigned_at, 'MI:SS'), ' ') AS held
  FROM pls.alerts WHERE status = 'done';
SELECT count(*) FILTER (WHERE assigned_to IS NULL) AS waiting, min(entity_id) FILTER (WHERE assigned_to IS NOT NULL) AS held FROM pls.alerts WHERE status = 'open';
SELECT pg_temp.failed();
ROLLBACK TO before;

-- a click gives one at once; what is left waits on; who frees none gives none
SELECT pg_temp.at(0), pg_temp.qualify('a'), pg_temp.at(1), pg_temp.qualify('b'), pg_temp.at(2), pg_temp.qualify('c'), pg_temp.at(3), pg_temp.qualify('d');
SELECT * FROM pg_temp.desk();
SELECT pg_temp.at(4), pls.touch(pg_temp.id('a')), pls.snooze(pg_temp.id('a'), '1 hour');
SELECT entity, rep FROM pg_temp.desk() WHERE rep IS NOT NULL;
SELECT pls.dispose(pg_temp.id('a'), 'contacted');
SELECT entity, rep, at FROM pg_temp.desk();
-- its log says by whom, and its turn is charged
SELECT l.at::time, l.change -> 'assigned_to' AS assigned, a.charged_to, a.assignment_trace ->> 'by' AS by
  FROM pls.alert_log l JOIN pls.alerts a USING (alert_id) WHERE l.entity_id = 'b' AND l.change ? 'assigned_to';
-- withdrawn, expired, reassigned: the same
SAVEPOINT given;
SELECT pg_temp.at(5), pls.withdraw(pg_temp.id('b'), 'a mistake');
SELECT entity, rep, at FROM pg_temp.desk();
UPDATE pls.alerts SET status = 'expired' WHERE entity_id = 'c';
SELECT entity, rep, at FROM pg_temp.desk();
ROLLBACK TO given;
SELECT pg_temp.at(5), pls.reassign(pg_temp.id('b'), 'cy');
SELECT entity, rep, at FROM pg_temp.desk();
ROLLBACK TO given;
-- one that is taken from its rep does not come back at once, but the next one goes
UPDATE pls.alerts SET assigned_to = NULL WHERE entity_id = 'b';
SELECT entity, rep FROM pg_temp.desk();
ROLLBACK TO given;
-- a new one while others wait and somebody is free, which time alone does
SELECT pg_temp.at(6);
ALTER TABLE pls.reps DISABLE TRIGGER use_freed_reps;
UPDATE pls.reps SET max_open = 3 WHERE rep = 'ann';
ALTER TABLE pls.reps ENABLE TRIGGER use_freed_reps;
SELECT pg_temp.qualify('e');
SELECT * FROM pg_temp.desk() WHERE rep IS NULL;
SELECT assignment_trace - 'candidates' AS trace FROM pls.alerts WHERE entity_id = 'e';
-- the owner of its account still gets one at once
INSERT INTO pls.accounts (account_id, owner) VALUES ('f', 'bob');
SELECT pg_temp.qualify('f');
SELECT entity, rep FROM pg_temp.desk() WHERE entity = 'f';
-- so does another pool
INSERT INTO pls.pools (pool) VALUES ('other');
INSERT INTO pls.pool_members (pool, rep) VALUES ('other', 'cy');
INSERT INTO pls.routes (motion, position, route, predicate, pool) VALUES ('play', 1, 'others', '$.account.account_id == "g"', 'other');
INSERT INTO pls.accounts (account_id) VALUES ('g');
SELECT pg_temp.at(7);
SELECT pg_temp.qualify('g');
SELECT entity, rep FROM pg_temp.desk() WHERE entity = 'g';
-- the sweep gives the oldest
SELECT pls.sweep();
SELECT entity, rep, at FROM pg_temp.desk() WHERE entity <> 'g';
ROLLBACK TO given;

-- one that cannot be given keeps nobody off: paused after a failure
SELECT pg_temp.at(6);
INSERT INTO pls.failures (entity_id, motion, task, failed_at, last_failed_at, try_again_at, sqlstate, message)
SELECT e, 'play', 'assign', pls.now(), pls.now(), pls.now() + interval '1 hour', 'XX000', 'a test' FROM unnest('{c,d}'::text[]) e;
ALTER TABLE pls.reps DISABLE TRIGGER use_freed_reps;
UPDATE pls.reps SET max_open = 2 WHERE rep = 'ann';
ALTER TABLE pls.reps ENABLE TRIGGER use_freed_reps;
SELECT pg_temp.qualify('e');
SELECT entity, rep FROM pg_temp.desk();
ROLLBACK TO given;

-- Nor one that only the owner of its account may take, who gets it when back;
-- nor, unless the new one asks for hours, too, one that waits for nothing else.
UPDATE pls.motions SET status = 'paused' WHERE motion = 'play';
UPDATE pls.routes SET owner = 'only' WHERE motion = 'play';
UPDATE pls.motions SET status = 'live' WHERE motion = 'play';
UPDATE pls.alerts SET disposition = 'contacted', disposition_reason = 'x' WHERE entity_id = 'b';
SELECT entity, rep FROM pg_temp.desk();
INSERT INTO pls.accounts (account_id, owner) VALUES ('o', 'cy'), ('p', 'cy');
INSERT INTO pls.absences (rep, absent_from) VALUES ('cy', pls.now());
SELECT pg_temp.at(5), pg_temp.qualify('o');
UPDATE pls.routes SET owner = 'first' WHERE motion = 'play';
INSERT INTO pls.routes (motion, position, route, predicate, pool, owner) VALUES ('play', 1, 'owners', '$.account.account_id == "o"', 'desk', 'only');
UPDATE pls.alerts SET route = 'owners' WHERE entity_id = 'o';
SELECT pg_temp.at(6), pls.sweep(), pg_temp.at(7);
UPDATE pls.reps SET max_open = 3 WHERE rep = 'ann';
SELECT pg_temp.qualify('q');
SELECT * FROM pg_temp.desk();
DELETE FROM pls.absences WHERE rep = 'cy';
SELECT entity, rep FROM pg_temp.desk() WHERE entity = 'o';
ROLLBACK TO given;
INSERT INTO pls.calendars (calendar) VALUES ('late');
INSERT INTO pls.calendar_hours (calendar, weekday, opens, closes) SELECT 'late', d, '14:00', '20:00' FROM generate_series(1, 5) d;
UPDATE pls.reps SET calendar = 'late', max_open = 4 WHERE rep = 'ann';
INSERT INTO pls.routes (motion, position, route, predicate, pool, in_hours) VALUES ('play', 1, 'day', '$.account.account_id like_regex "^h"', 'desk', true);
INSERT INTO pls.accounts (account_id) VALUES ('h1'), ('h2');
SELECT pg_temp.at(12), pg_temp.qualify('h1');
SELECT pg_temp.at(13), pg_temp.qualify('i');
SELECT * FROM pg_temp.desk();
-- at 15:00 it does wait, and the next one after it; the sweep gives both
SELECT pg_temp.at(300);
UPDATE pls.reps SET max_open = 5 WHERE rep = 'ann';
ALTER TABLE pls.reps DISABLE TRIGGER use_freed_reps;
UPDATE pls.alerts SET assigned_to = NULL WHERE entity_id = 'h1';
UPDATE pls.reps SET max_open = 9 WHERE rep = 'ann';
ALTER TABLE pls.reps ENABLE TRIGGER use_freed_reps;
SELECT pg_temp.qualify('j');
SELECT * FROM pg_temp.desk() WHERE rep IS NULL;
SELECT pls.sweep();
SELECT entity, rep FROM pg_temp.desk();
ROLLBACK TO given;

-- An alert that fails to be given does not fail the click, and is written down.
CREATE TRIGGER a_refuse BEFORE UPDATE ON pls.alerts FOR EACH ROW WHEN (NEW.entity_id = 'c') EXECUTE FUNCTION pg_temp.refuse();
SELECT pg_temp.at(8), pls.dispose(pg_temp.id('b'), 'contacted');
SELECT entity, rep FROM pg_temp.desk();
SELECT pg_temp.failed();
ROLLBACK TO given;

-- nor does a trigger that would refuse it at commit: the sweep finds out
CREATE CONSTRAINT TRIGGER refuse_later AFTER UPDATE ON pls.alerts DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.entity_id = 'c' AND NEW.assigned_to = 'ann') EXECUTE FUNCTION pg_temp.refuse();
SELECT pg_temp.at(9), pls.dispose(pg_temp.id('b'), 'contacted');
SET CONSTRAINTS ALL IMMEDIATE;
SELECT entity, rep FROM pg_temp.desk();
ROLLBACK TO given;

-- Who comes back, takes more, or joins: the oldest, within capacity.
SELECT pg_temp.at(10);
INSERT INTO pls.absences (rep, absent_from, absent_until) VALUES ('ann', '2026-03-02 10:09+00', '2026-03-09');
UPDATE pls.reps SET max_open = 2 WHERE rep = 'ann';
SELECT entity, rep FROM pg_temp.desk();
UPDATE pls.absences SET absent_until = pls.now();
SELECT entity, rep FROM pg_temp.desk();
UPDATE pls.reps SET max_open = NULL, daily_quota = 3 WHERE rep = 'ann';
SELECT entity, rep FROM pg_temp.desk();
ROLLBACK TO given;
INSERT INTO pls.absences (rep, absent_from) VALUES ('ann', '2026-03-02 10:09+00');
UPDATE pls.reps SET max_open = 3 WHERE rep = 'ann';
SELECT pg_temp.at(10);
DELETE FROM pls.absences;
SELECT entity, rep FROM pg_temp.desk();
ROLLBACK TO given;
UPDATE pls.reps SET active = false, max_open = 2 WHERE rep = 'bob';
INSERT INTO pls.pool_members (pool, rep) VALUES ('desk', 'bob');
SELECT entity, rep FROM pg_temp.desk();
UPDATE pls.reps SET active = true WHERE rep = 'bob';
SELECT entity, rep FROM pg_temp.desk();
ROLLBACK TO given;
INSERT INTO pls.pool_members (pool, rep) VALUES ('desk', 'cy');
SELECT entity, rep FROM pg_temp.desk();
ROLLBACK TO given;
UPDATE pls.pools SET fallback = 'bob' WHERE pool = 'desk';
SELECT entity, rep FROM pg_temp.desk();
ROLLBACK TO given;

-- not the whole backlog in one statement: the sweep gives the rest
DO $$ BEGIN FOR k IN 1..60 LOOP PERFORM pg_temp.at(10 + k), pg_temp.qualify('w' || k); END LOOP; END $$;
SELECT pg_temp.at(80);
UPDATE pls.reps SET max_open = NULL WHERE rep = 'ann';
SELECT count(*), max(created_at)::time AS newest FROM pls.alerts WHERE status = 'open' AND assigned_to = 'ann';
SELECT pls.sweep();
SELECT count(*) FILTER (WHERE assigned_to = 'ann') AS given, count(*) FILTER (WHERE assigned_to IS NULL) AS waiting FROM pls.alerts WHERE status = 'open';
SELECT pg_temp.failed();
ROLLBACK;
