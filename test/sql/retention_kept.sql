-- What is forgotten changes nothing that still counts: whose turn it is, quotas,
-- touch limits, pilots; and what cannot be deleted keeps nothing else.
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
UPDATE pls.retention SET keep_for = '60 days' WHERE what = 'alerts';
UPDATE pls.retention SET keep_for = NULL WHERE what IN ('alert_log', 'decisions');
DELETE FROM pls.routes WHERE motion = 'play';
INSERT INTO pls.pools (pool, period) VALUES ('weekly', '7 days'), ('heavy', '7 days'), ('slow', '7 days');
INSERT INTO pls.reps (rep, name) VALUES ('d', 'D'), ('e', 'E');
INSERT INTO pls.pool_members (pool, rep, weight) VALUES
    ('weekly', 'ann', 1), ('weekly', 'bob', 1), ('weekly', 'cy', 1), ('heavy', 'ann', 3), ('heavy', 'bob', 1), ('slow', 'd', 1), ('slow', 'e', 1);
-- one alert in ten days, and two in five
UPDATE pls.reps SET daily_quota = 0.1 WHERE rep = 'd';
UPDATE pls.reps SET daily_quota = 0.4 WHERE rep = 'e';
CREATE FUNCTION pg_temp.turn_of(entity text, pool text, rep text) RETURNS void LANGUAGE sql AS $$
    INSERT INTO pls.alerts (entity_id, motion, unit, account_id, lane, status, reason, next_best_action, score, evidence, model_version, pool,
                            assigned_to, assigned_at, charged_to, charged_at, created_at, clock_from, clock_used)
    SELECT turn_of.entity, 'play', 'account', turn_of.entity, 'sales', 'open', 'test', 'call', 40, '[]', 1, turn_of.pool,
           turn_of.rep, pls.now(), turn_of.rep, pls.now(), pls.now(), pls.now(), '0'
$$;

-- turns of 2024; the last ones are bob's
SELECT count(pg_temp.turn_of(format('%s %s', w.pool, w.n), w.pool, w.rep))
  FROM (VALUES ('weekly', 1, 'ann'), ('weekly', 2, 'cy'), ('weekly', 3, 'ann'), ('weekly', 4, 'bob')) w (pool, n, rep);
SELECT count(pg_temp.turn_of(format('heavy %s', n), 'heavy', CASE WHEN n < 3 THEN 'bob' ELSE 'ann' END)) FROM generate_series(1, 8) n;
SELECT count(pg_temp.turn_of('old ' || n, 'slow', 'e')) FROM generate_series(1, 3) n;
SET pls.now = '2024-01-09 10:00+00';
SELECT count(pls.dispose(alert_id, 'nurture')) FROM pls.alerts;
-- of d and e in the slow pool, 100 days before the sweep
SET pls.now = '2024-10-01 10:00+00';
UPDATE pls.reps SET daily_quota = daily_quota * 2 WHERE rep IN ('d', 'e');
UPDATE pls.reps SET daily_quota = daily_quota / 2 WHERE rep IN ('d', 'e');
SELECT count(pg_temp.turn_of('slow ' || n, 'slow', CASE WHEN n < 8 THEN 'd' ELSE 'e' END)) FROM generate_series(1, 12) n;
SELECT count(pls.dispose(alert_id, 'nurture')) FROM pls.alerts WHERE closed_at IS NULL;

CREATE FUNCTION pg_temp.picks() RETURNS TABLE (pool text, rep text, reason text, trace text, turns text) LANGUAGE sql AS $$
    SELECT p.pool, a.rep, a.reason, md5(a.trace::text),
           (SELECT string_agg(t::text, ' ' ORDER BY t::text) FROM pls.pool_turns(p.pool, pls.now()) t)
      FROM pls.pools p, pls.assign(p.pool, NULL) a
$$;
SET pls.now = '2025-01-09 10:00+00';
CREATE TEMP TABLE before AS SELECT * FROM pg_temp.picks();
SELECT b.pool, b.rep FROM before b WHERE b.pool IN ('weekly', 'heavy', 'slow') ORDER BY 1;
SELECT count(*) AS alerts FROM pls.alerts;
SELECT FROM pls.sweep();
SELECT p.pool, b.rep, p.rep FROM before b JOIN pg_temp.picks() p ON p.pool = b.pool WHERE p IS DISTINCT FROM b.*;
-- of the weekly pool the last before the period, and as many as one may take
-- in a row; of the heavy one four; of the slow one those that tokens count
SELECT split_part(entity_id, ' ', 1) AS of, count(*), array_agg(DISTINCT charged_to) AS reps FROM pls.alerts GROUP BY 1 ORDER BY 1;
-- counted anew it is the same
DELETE FROM pls_internal.turn_counts;
SELECT p.pool, b.rep, p.rep FROM before b JOIN pg_temp.picks() p ON p.pool = b.pool WHERE p IS DISTINCT FROM b.*;
-- other turns follow: then they go
SET pls.now = '2025-02-03 10:00+00';
SELECT count(pg_temp.turn_of(format('newer %s %s', w.pool, n), w.pool, w.rep))
  FROM (VALUES ('weekly', 'ann'), ('heavy', 'bob'), ('slow', 'd')) w (pool, rep), generate_series(1, 5) n;
SET pls.now = '2025-02-04 11:00+00';
UPDATE pls.reps SET daily_quota = 1 WHERE rep IN ('d', 'e');
SELECT FROM pls.sweep();
SELECT split_part(entity_id, ' ', 1) AS of, count(*) FROM pls.alerts GROUP BY 1 ORDER BY 1;

-- An alert of a pilot that was put off until the pilot had ended.
INSERT INTO pls.pilots (pilot, motion, holdout, salt, outcome_within) VALUES ('first', 'play', 0.000001, 's', '30 days');
SELECT pls.start_pilot('first') IS NOT NULL AS started;
INSERT INTO pls.decisions (entity_id, motion, decided_at, unit, account_id, lane, reason, model_version, pilot)
VALUES ('late', 'play', pls.now(), 'account', 'late', 'sales', 'no_capacity', 1, 'first');
SET pls.now = '2025-02-05 11:00+00';
UPDATE pls.pilots SET status = 'stopped';
SET pls.now = '2025-02-15 11:00+00';
SELECT count(pg_temp.turn_of('late', 'desk', 'ann'));
SELECT count(pg_temp.turn_of('other ' || n, 'desk', 'ann')) FROM generate_series(1, 3) n;
SELECT count(pls.dispose(alert_id, 'nurture')) FROM pls.alerts WHERE closed_at IS NULL;
SET pls.now = '2025-06-15 11:00+00';
CREATE TEMP TABLE report AS SELECT * FROM pls.pilot_report('first');
SELECT FROM pls.sweep();
SELECT count(*) AS changed FROM report o FULL JOIN pls.pilot_report('first') r ON r::text = o::text WHERE r IS NULL OR o IS NULL;
SELECT entity_id, arm, alert_id IS NOT NULL AS alert FROM pls.pilot_entities('first');

-- What other tables refer to stays and keeps nothing else; pls.failures says so.
CREATE SCHEMA app;
CREATE TABLE app.tickets (entity_id text, alert_id bigint, FOREIGN KEY (entity_id, alert_id) REFERENCES pls.alerts);
SELECT count(pg_temp.turn_of('ref ' || n, 'gone', 'ann')) FROM generate_series(1, 400) n;
SELECT count(pls.dispose(alert_id, 'nurture')) FROM pls.alerts WHERE closed_at IS NULL;
INSERT INTO app.tickets SELECT entity_id, alert_id FROM pls.alerts WHERE entity_id IN ('ref 3', 'ref 4', 'ref 77', 'ref 399');
SET pls.now = '2025-10-15 11:00+00';
SELECT FROM pls.sweep();
SELECT string_agg(entity_id, ', ' ORDER BY alert_id) AS stay FROM pls.alerts WHERE entity_id LIKE 'ref%';
SELECT count(*) = 4 * (SELECT count(DISTINCT l.log_id) FROM pls.alert_log l WHERE l.entity_id = 'ref 3') AS with_their_log FROM pls.alert_log WHERE entity_id LIKE 'ref%';
SELECT task, sqlstate, message, try_again_at - last_failed_at AS pause FROM pls.failures;
SELECT status FROM pls.health WHERE "check" = 'failures';
-- a day later they are tried again
DELETE FROM app.tickets;
SET pls.now = '2025-10-16 12:00+00';
SELECT FROM pls.sweep();
SELECT count(*) FROM pls.alerts WHERE entity_id LIKE 'ref%';
SELECT count(*) AS failures FROM pls.failures;
ROLLBACK;

-- More rows stay than a day's sweeps look at: those behind them go all the same.
BEGIN;
SET pls.now = '2024-01-08 10:00+00';
\set ECHO none
\i :setup
\set ECHO all
SELECT pg_temp.qualify('open') IS NOT NULL AS raised;
INSERT INTO pls.decisions (entity_id, motion, decided_at, unit, lane, reason, model_version)
SELECT 'open', 'play', timestamptz '2019-01-01' + n * interval '1 second', 'account', 'sales', 'cooldown', 1 FROM generate_series(1, 12000) n;
INSERT INTO pls.decisions (entity_id, motion, decided_at, unit, lane, reason, model_version)
SELECT 'many', 'play', timestamptz '2020-01-01', 'account', 'sales', 'cooldown', 1 FROM generate_series(1, 1200) n;
-- a sweep a day, which looks at 5,000; the rows of one instant, too
CREATE FUNCTION pg_temp.next_day() RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('pls.now', (pls.now() + interval '25 hours')::text, true);
    PERFORM pls_internal.apply_retention(clock_timestamp() + interval '1 minute');
    RETURN (SELECT string_agg(entity_id || ' ' || n, ', ' ORDER BY entity_id)
              FROM (SELECT d.entity_id, count(*) AS n FROM pls.decisions d WHERE d.decided_at < '2021-01-01' GROUP BY 1) c);
END $$;
SELECT pg_temp.next_day() FROM generate_series(1, 3);
-- who is at what stays again is not behind
SELECT "check", status FROM pls.health WHERE "check" = 'retention';
SELECT pg_temp.next_day();
SELECT "check", status FROM pls.health WHERE "check" = 'retention';
-- the clock was ahead, and is set back
UPDATE pls_internal.retention_marks SET began_at = '2034-01-01', reached_at = '2031-01-01';
INSERT INTO pls.decisions (entity_id, motion, decided_at, unit, lane, reason, model_version)
VALUES ('behind', 'play', '2020-01-01', 'account', 'sales', 'cooldown', 1);
SELECT pg_temp.next_day() FROM generate_series(1, 3);
-- without its index it waits, and says so
DROP INDEX pls.decisions_by_age;
UPDATE pls_internal.retention_marks SET began_at = '2034-01-01', reached_at = '2031-01-01';
SELECT pg_temp.next_day();
SELECT task, sqlstate, message FROM pls.failures;
SELECT count(*) > 10 AS health FROM pls.health;
ROLLBACK;

-- A message that was not delivered says what the change was, however late.
BEGIN;
SET pls.now = '2024-01-08 10:00+00';
\set ECHO none
\i :setup
\set ECHO all
INSERT INTO pls.channels (channel, kind, changes, max_attempts) VALUES ('crm', 'crm', '{touched}', 1);
SELECT pg_temp.qualify('acme') IS NOT NULL AS raised;
SELECT pls.touch(alert_id, 'a note'), pls.dispose(alert_id, 'nurture') FROM pls.alerts WHERE entity_id = 'acme';
SELECT pls.fail_delivery(message_id, 'HTTP 503') FROM pls.claim_deliveries('crm');
UPDATE pls.retention SET keep_for = '60 days' WHERE what = 'alert_log';
SET pls.now = '2024-06-08 10:00+00';
SELECT FROM pls.sweep();
SELECT pls.requeue_deliveries('crm');
SELECT payload #>> '{alerts,0,note}' AS note, payload #>> '{alerts,0,after,status}' AS after,
       payload #>> '{alerts,0,at_change,status}' AS at_change, pls.confirm_delivery(message_id, 'r') AS confirmed
  FROM pls.claim_deliveries('crm');
-- then it goes
SET pls.now = '2024-06-10 10:00+00';
SELECT FROM pls.sweep();
SELECT count(*) FROM pls.alert_log;
ROLLBACK;

-- A foreign key that is checked at commit keeps its row, and not the sweep.
BEGIN;
SET pls.now = '2024-01-08 10:00+00';
\set ECHO none
\i :setup
\set ECHO all
CREATE SCHEMA app;
CREATE TABLE app.tickets (entity_id text, alert_id bigint,
    CONSTRAINT "ticket's alert" FOREIGN KEY (entity_id, alert_id) REFERENCES pls.alerts DEFERRABLE INITIALLY DEFERRED);
UPDATE pls.retention SET keep_for = '60 days' WHERE what = 'alerts';
UPDATE pls.pools SET period = '7 days';
SELECT count(pg_temp.qualify('ref ' || n)) FROM generate_series(1, 5) n;
SELECT count(pls.dispose(alert_id, 'nurture')) FROM pls.alerts;
UPDATE pls.alerts SET pool = NULL;
INSERT INTO app.tickets SELECT entity_id, alert_id FROM pls.alerts WHERE entity_id = 'ref 3';
SET CONSTRAINTS ALL IMMEDIATE;
SET CONSTRAINTS ALL DEFERRED;
SET pls.now = '2025-01-08 10:00+00';
SELECT FROM pls.sweep();
SET CONSTRAINTS ALL IMMEDIATE;
SELECT entity_id FROM pls.alerts;
SELECT task, sqlstate FROM pls.failures;
ROLLBACK;

-- Versions of one motion that stay, or cannot be deleted, keep none of others.
BEGIN;
SET pls.now = '2024-01-08 10:00+00';
\set ECHO none
\i :setup
\set ECHO all
SELECT count(*) > 0 AS created FROM unnest('{a many,b referred,c free}'::text[]) m, LATERAL pls.create_motion(m);
SET CONSTRAINTS ALL IMMEDIATE;
DO $$
BEGIN
    FOR n IN 1 .. 130 LOOP
        UPDATE pls.motions SET qualify_at = 50 + n * 0.1 WHERE motion = 'a many' OR (n < 3 AND motion LIKE '_ %');
    END LOOP;
END
$$;
-- a decision refers to the first of one, and another table to that of another
INSERT INTO pls.decisions (entity_id, motion, decided_at, unit, lane, reason, model_version)
VALUES ('x', 'a many', pls.now(), 'account', 'sales', 'cooldown', 1);
CREATE TABLE app_refers (motion text, model_version integer, FOREIGN KEY (motion, model_version) REFERENCES pls.model_versions);
INSERT INTO app_refers VALUES ('b referred', 1);
UPDATE pls.retention SET keep_for = NULL;
UPDATE pls.retention SET keep_for = '60 days' WHERE what = 'model_versions';
SET pls.now = '2024-06-08 10:00+00';
SELECT FROM pls.sweep();
SELECT motion, count(*) FROM pls.model_versions WHERE motion LIKE '_ %' GROUP BY motion ORDER BY motion;
SELECT task, sqlstate, message FROM pls.failures;
ROLLBACK;

-- A decision that is to be made again says why, until it is made.
BEGIN;
SET pls.now = '2024-01-08 10:00+00';
\set ECHO none
\i :setup
\set ECHO all
UPDATE pls.motions SET status = 'paused' WHERE motion = 'play';
SELECT count(pg_temp.qualify(e)) FROM unnest('{later,over}'::text[]) e;
UPDATE pls.standings SET reason = 'no_capacity', decide_again_at = CASE entity_id WHEN 'later' THEN timestamptz '2025-01-01' END;
UPDATE pls.decisions SET reason = 'no_capacity', detail = 'one of the backlog';
UPDATE pls.retention SET keep_for = '60 days' WHERE what = 'decisions';
SET pls.now = '2024-06-08 10:00+00';
SELECT pls_internal.apply_retention(clock_timestamp() + interval '1 minute') AS deleted;
SELECT entity_id, detail FROM pls.decisions;
ROLLBACK;

-- A delivery to which another table refers, and an alert that a trigger keeps,
-- whole and with their log, keep no others.
BEGIN;
SET pls.now = '2024-01-08 10:00+00';
\set ECHO none
\i :setup
\set ECHO all
INSERT INTO pls.channels (channel, kind, changes) VALUES ('crm', 'crm', '{raised}');
SELECT count(pg_temp.qualify('d' || n)) FROM generate_series(1, 5) n;
SELECT count(pls.confirm_delivery(message_id)) FROM pls.claim_deliveries('crm');
SELECT count(pls.dispose(alert_id, 'nurture')) FROM pls.alerts;
CREATE TABLE app_deliveries (entity_id text, delivery_id bigint, FOREIGN KEY (entity_id, delivery_id) REFERENCES pls.deliveries);
INSERT INTO app_deliveries SELECT entity_id, delivery_id FROM pls.deliveries WHERE entity_id = 'd3';
SET pls.now = '2024-03-08 10:00+00';
SELECT FROM pls.sweep();
SELECT entity_id FROM pls.deliveries;
SELECT task, sqlstate, left(message, 50) AS message FROM pls.failures;
DROP TABLE app_deliveries;
CREATE FUNCTION pg_temp.keeps() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN CASE OLD.entity_id WHEN 'd4' THEN NULL ELSE OLD END; END $$;
CREATE TRIGGER keeps BEFORE DELETE ON pls.alerts FOR EACH ROW EXECUTE FUNCTION pg_temp.keeps();
UPDATE pls.alerts SET pool = NULL;
UPDATE pls.retention SET keep_for = '60 days' WHERE what = 'alerts';
SET pls.now = '2024-06-08 10:00+00';
SELECT FROM pls.sweep();
SELECT a.entity_id, (SELECT count(*) FROM pls.alert_log l WHERE l.alert_id = a.alert_id) > 1 AS with_log FROM pls.alerts a;
SELECT count(*) AS deliveries FROM pls.deliveries;
SELECT task, sqlstate, message FROM pls.failures;
ROLLBACK;
