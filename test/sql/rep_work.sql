-- What reps and their leaders do: alerts of who is gone are seen and handed
-- over, a step for a manager waits for one, a rep stays within its pools, and
-- a snooze may say how long.
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
SET client_min_messages = warning;
BEGIN;
\i :setup
UPDATE pls.dispositions SET cooldown = '0';
CREATE FUNCTION pg_temp.at(instant timestamptz) RETURNS text LANGUAGE sql
AS $$ SELECT left(set_config('pls.now', instant::text, false), 0) $$;
CREATE FUNCTION pg_temp.id(entity text) RETURNS bigint LANGUAGE sql
AS $$ SELECT a.alert_id FROM pls.alerts a WHERE a.entity_id = entity $$;
CREATE FUNCTION pg_temp.held() RETURNS TABLE (rep text, entities text) LANGUAGE sql
AS $$
    SELECT a.assigned_to, string_agg(a.entity_id, ' ' ORDER BY a.alert_id)
      FROM pls.alerts a WHERE pls_internal.is_open(a.status) GROUP BY 1 ORDER BY 1
$$;
CREATE FUNCTION pg_temp.swept() RETURNS bigint LANGUAGE sql
AS $$ SELECT pls.sweep(); SELECT w.escalated FROM pls.sweeps w ORDER BY w.sweep_id DESC LIMIT 1 $$;
DELETE FROM pls.pool_members WHERE rep = 'bob';
DO $$ BEGIN FOR k IN 1..6 LOOP PERFORM pg_temp.at(timestamptz '2026-03-02 10:00+00' + k * interval '1 minute'), pg_temp.qualify('e' || k); END LOOP; END $$;
INSERT INTO pls.pool_members (pool, rep, calibration) VALUES ('desk', 'bob', 6), ('desk', 'cy', 6);
\set ECHO all
-- Alerts of who is inactive or absent: the leader's view, its short form, health.
SELECT rep, open_alerts, to_hand_over, why_not FROM pls.rep_workload WHERE rep IN ('ann', 'bob') ORDER BY 1;
SELECT * FROM pls.health WHERE "check" = 'alerts of absent reps';
SAVEPOINT before;
INSERT INTO pls.absences (rep, absent_from) VALUES ('ann', pls.now());
SELECT rep, open_alerts, to_hand_over, why_not FROM pls.rep_workload WHERE rep = 'ann';
SELECT * FROM pls.health WHERE "check" = 'alerts of absent reps';
ROLLBACK TO before;
UPDATE pls.reps SET active = false WHERE rep IN ('ann', 'cy');
SELECT rep, open_alerts, to_hand_over, why_not FROM pls.rep_workload WHERE rep IN ('ann', 'cy') ORDER BY 1;
SELECT rep, open_alerts, why_not FROM pls.rep_workload_brief WHERE rep IN ('ann', 'cy');
SELECT * FROM pls.health WHERE "check" = 'alerts of absent reps';
UPDATE pls.reps SET active = true WHERE rep = 'cy';
-- to whose turn it is, not all to one; most urgent first; the turns stay
UPDATE pls.alerts SET respond_by = '2026-03-02 10:30+00' WHERE entity_id = 'e5';
UPDATE pls.reps SET max_open = 3 WHERE rep = 'bob';
UPDATE pls.reps SET max_open = 2 WHERE rep = 'cy';
SELECT * FROM pls.hand_over('ann', note => 'has left');
SELECT * FROM pg_temp.held();
SELECT string_agg(entity_id, ' ' ORDER BY entity_id) AS left FROM pls.alerts WHERE assigned_to = 'ann';
SELECT DISTINCT charged_to, respond_by - created_at AS limit FROM pls.alerts WHERE entity_id <> 'e5';
SELECT entity_id, note FROM pls.alert_log WHERE note LIKE 'handed%' ORDER BY 1;
-- the rest, once somebody can take it: to one, who may hold more; then nothing
SELECT * FROM pls.hand_over('ann', 'cy');
SELECT * FROM pls.hand_over('ann');
SELECT * FROM pg_temp.held();
-- a pool's fallback; an alert without a pool
UPDATE pls.pools SET fallback = 'ann';
UPDATE pls.reps SET active = true WHERE rep = 'ann';
UPDATE pls.alerts SET pool = NULL WHERE entity_id = 'e1';
UPDATE pls.reps SET max_open = 0 WHERE rep IN ('bob', 'cy');
DELETE FROM pls.pool_members WHERE rep = 'ann';
SELECT * FROM pls.hand_over((SELECT assigned_to FROM pls.alerts WHERE entity_id = 'e1'));
-- errors
SELECT * FROM pg_temp.refused($$SELECT pls.hand_over('nobody')$$);
SELECT * FROM pg_temp.refused($$SELECT pls.hand_over(NULL)$$);
SELECT * FROM pg_temp.refused($$SELECT pls.hand_over('ann', 'ann')$$);
SELECT * FROM pg_temp.refused($$SELECT pls.hand_over('ann', 'nobody')$$);
UPDATE pls.reps SET active = false WHERE rep = 'bob';
SELECT * FROM pg_temp.refused($$SELECT pls.hand_over('ann', 'bob')$$);
ROLLBACK TO before;
-- no more than 100 at once
INSERT INTO pls.alerts (entity_id, motion, unit, lane, reason, next_best_action, score, evidence, pool, assigned_to, assigned_at, created_at)
SELECT 'm' || n, 'play', 'account', 'sales', 'because', 'call', 50, '[]', 'desk', 'ann', pls.now(), pls.now() FROM generate_series(1, 150) n;
SELECT * FROM pls.hand_over('ann');
SELECT * FROM pls.hand_over('ann');
ROLLBACK TO before;

-- A step for a manager: the next one up who is there; nobody there: it waits,
-- says so once, and is taken when one is back.
INSERT INTO pls.reps (rep, manager) VALUES ('max', NULL), ('meg', 'max');
UPDATE pls.reps SET manager = 'meg' WHERE rep = 'ann';
INSERT INTO pls.escalations (motion, level, at_share, action) VALUES ('play', 1, 0.5, 'manager'), ('play', 2, 1, 'notify');
UPDATE pls.alerts SET status = 'working' WHERE entity_id <> 'e1';
INSERT INTO pls.absences (rep, absent_from, absent_until) VALUES ('meg', '2026-03-02', '2026-03-09'), ('max', '2026-03-02', '2026-03-02 12:30+00');
SELECT pg_temp.at('2026-03-02 11:01+00');
SELECT pg_temp.swept(), pg_temp.swept();
SELECT pg_temp.at('2026-03-02 11:10+00');
SELECT pg_temp.swept();
SELECT assigned_to, escalation_level, next_rung, next_rung_at FROM pls.alerts WHERE entity_id = 'e1';
SELECT pg_temp.at('2026-03-02 12:20+00');
SELECT pg_temp.swept();
SELECT pg_temp.at('2026-03-02 12:30+00');
SELECT pg_temp.swept();
SELECT assigned_to, escalation_level FROM pls.alerts WHERE entity_id = 'e1';
SELECT at::time, note FROM pls.alert_log WHERE entity_id = 'e1' AND note IS NOT NULL ORDER BY log_id;
SELECT respond_missed_by FROM pls.sla WHERE entity_id = 'e1';
ROLLBACK TO before;
-- without a manager there is none to wait for
INSERT INTO pls.escalations (motion, level, at_share, action) VALUES ('play', 1, 0.5, 'manager');
UPDATE pls.alerts SET status = 'working' WHERE entity_id <> 'e1';
SELECT pg_temp.at('2026-03-02 11:01+00');
SELECT pg_temp.swept();
SELECT assigned_to, escalation_level FROM pls.alerts WHERE entity_id = 'e1';
SELECT note FROM pls.alert_log WHERE entity_id = 'e1' AND note IS NOT NULL;
ROLLBACK TO before;

-- A rep stays within its own pools, whichever way it goes about it.
CREATE ROLE pls_test_desk;
UPDATE pls.reps SET role_name = 'pls_test_desk' WHERE rep = 'ann';
INSERT INTO pls.reps (rep) VALUES ('boss');
INSERT INTO pls.pools (pool, fallback) VALUES ('other', 'boss');
INSERT INTO pls.pool_members (pool, rep) VALUES ('other', 'boss');
SELECT pls.grant_access('pls_test_desk', 'rep');
UPDATE pls.alerts SET pool = 'other' WHERE entity_id = 'e2';
SELECT pg_temp.id('e1') AS e1, pg_temp.id('e2') AS e2 \gset
SET CONSTRAINTS ALL IMMEDIATE;
SET ROLE pls_test_desk;
SELECT * FROM pg_temp.refused(format('SELECT pls.reassign(%s, %L)', :e1, 'boss'));
SELECT * FROM pg_temp.refused(format('UPDATE pls.alerts SET assigned_to = %L WHERE alert_id = %s', 'boss', :e1));
-- of a pool of others, as an account's owner has one
SELECT state FROM pg_temp.refused(format('SELECT pls.reassign(%s, %L)', :e2, 'boss'));
SELECT state FROM pg_temp.refused(format('UPDATE pls.alerts SET pool = %L WHERE alert_id = %s', 'other', :e1));
SELECT state FROM pg_temp.refused(format('SELECT * FROM pls.hand_over(%L)', 'ann'));
RESET ROLE;
-- even where somebody has granted it the column
GRANT UPDATE (pool) ON pls.alerts TO pls_test_desk;
SET ROLE pls_test_desk;
SELECT * FROM pg_temp.refused(format('UPDATE pls.alerts SET pool = %L WHERE alert_id = %s', 'other', :e1));
SELECT state FROM pg_temp.refused(format('UPDATE pls.alerts SET pool = %L, assigned_to = %L WHERE alert_id = %s', 'other', 'boss', :e1));
-- within its pools it may
SELECT * FROM pg_temp.refused(format('SELECT pls.reassign(%s, %L)', :e1, 'bob'));
SELECT * FROM pg_temp.refused(format('UPDATE pls.alerts SET pool = %L WHERE alert_id = %s', 'desk', :e2));
RESET ROLE;
SELECT entity_id, pool, assigned_to FROM pls.alerts WHERE entity_id IN ('e1', 'e2') ORDER BY 1;
-- a leader hands over what it likes
CREATE ROLE pls_test_lead;
SELECT pls.grant_access('pls_test_lead', 'revops');
SET ROLE pls_test_lead;
SELECT * FROM pls.hand_over('ann');
SELECT actor, note FROM pls.alert_log WHERE note LIKE 'handed over%' AND entity_id = 'e2';
RESET ROLE;
ROLLBACK TO before;

-- A snooze until a time or for a while; a literal without a type means what it says.
SELECT pg_temp.at('2026-03-28 10:00+00');
CREATE FUNCTION pg_temp.until(call text) RETURNS TABLE (until timestamptz, state text, message text, hint text) LANGUAGE plpgsql
AS $$
BEGIN
    SELECT r.state, r.message, r.hint INTO state, message, hint FROM pg_temp.refused(format('SELECT pls.snooze(%s, %s)', pg_temp.id('e1'), call)) r;
    until := (SELECT a.snoozed_until FROM pls.alerts a WHERE a.entity_id = 'e1');
    UPDATE pls.alerts SET snoozed_until = NULL WHERE entity_id = 'e1';
    RETURN NEXT;
END
$$;
SELECT c.call, u.*
  FROM unnest(ARRAY[$$'2 days'$$, $$'2026-04-05'$$, $$'2026-04-05 09:00+02'$$, $$interval '36 hours'$$, $$timestamptz '2026-04-05'$$,
                    $$'2 days', 'a note'$$, $$until => '2026-04-05'$$, $$until => '90 minutes', note => 'x'$$, $$duration => '2 days'$$,
                    $$'P2D'$$, $$'1 month'$$, $$interval '400 days'$$, $$interval '-1 day'$$, $$'2 days ago'$$, $$'2020-01-01'$$, $$'5'$$, $$'soon'$$, $$''$$, $$'infinity'$$,
                    $$NULL$$, $$NULL::interval$$, $$'2 days'::text$$]) WITH ORDINALITY AS c (call, n)
 CROSS JOIN LATERAL pg_temp.until(c.call) u ORDER BY c.n;
-- a day is 24 hours, also where the clocks change
SET timezone = 'Europe/Berlin';
SELECT u.until FROM pg_temp.until($$'1 day'$$) u;
SET timezone = 'UTC';
SELECT note FROM pls.alert_log WHERE entity_id = 'e1' AND note IS NOT NULL ORDER BY log_id;
ROLLBACK;
