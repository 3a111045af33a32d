-- Whose turn it is: weighted shortfall, newcomers, absences, ties.
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
SET pls.now = '2026-03-02 10:00+00';
BEGIN;
\i :setup
\set ECHO all
-- Takes n turns in a pool, and says who got how many, and in what order.
CREATE FUNCTION pg_temp.turns(wanted_pool text, n integer) RETURNS TABLE (shares text, sequence text)
LANGUAGE plpgsql
AS $$
DECLARE
    pick record;
    reps text[] := '{}';
BEGIN
    FOR i IN 1..n LOOP
        SELECT * INTO pick FROM pls.assign(wanted_pool, NULL, pls.now());
        reps := reps || pick.rep;
        INSERT INTO pls.alerts (entity_id, motion, unit, lane, status, reason, next_best_action, score,
                                evidence, pool, assigned_to, assigned_at, charged_to, charged_at,
                                created_at, disposition, disposed_at)
        VALUES (gen_random_uuid(), 'play', 'account', 'sales', 'done', 'a reason', 'an action', 1, '[]',
                wanted_pool, pick.rep, pls.now(), pick.rep, pls.now(), pls.now(), 'contacted', pls.now());
    END LOOP;
    RETURN QUERY
    SELECT (SELECT string_agg(s.rep || ' ' || s.n, ', ' ORDER BY s.rep)
              FROM (SELECT u.rep, count(*) AS n FROM unnest(reps) AS u (rep) GROUP BY u.rep) s),
           array_to_string(reps[1:16], ' ');
END
$$;
INSERT INTO pls.reps (rep) VALUES ('dee');

-- weights 2:1:1
INSERT INTO pls.pools (pool) VALUES ('weighted');
INSERT INTO pls.pool_members (pool, rep, weight, position)
VALUES ('weighted', 'ann', 2, 1), ('weighted', 'bob', 1, 2), ('weighted', 'cy', 1, 3);
SELECT * FROM pg_temp.turns('weighted', 60);

-- three equal reps, cy away for the first 10: afterwards turns stay even
INSERT INTO pls.pools (pool) VALUES ('equal');
INSERT INTO pls.pool_members (pool, rep, position) VALUES ('equal', 'ann', 1), ('equal', 'bob', 2), ('equal', 'cy', 3);
INSERT INTO pls.absences (rep, absent_from) VALUES ('cy', '2026-03-02 09:00+00');
SELECT * FROM pg_temp.turns('equal', 10);
SET pls.now = '2026-03-02 11:00+00';
UPDATE pls.absences SET absent_until = pls.now() WHERE rep = 'cy';
SELECT rep, turns, round(calibration, 3) AS calibration, why_not
  FROM pls.pool_turns('equal', pls.now()) ORDER BY rep;
SELECT * FROM pg_temp.turns('equal', 9);

-- overlapping absences count once
INSERT INTO pls.absences (rep, absent_from, absent_until)
VALUES ('cy', '2026-03-02 09:30+00', '2026-03-02 10:30+00');
SELECT rep, turns, round(calibration, 3) AS calibration FROM pls.pool_turns('equal', pls.now()) ORDER BY rep;

-- a switched-off rep is absent meanwhile; so there is no rush after it
SET pls.now = '2026-03-02 11:30+00';
UPDATE pls.reps SET active = false WHERE rep = 'ann';
SELECT * FROM pg_temp.turns('equal', 8);
SET pls.now = '2026-03-02 12:00+00';
UPDATE pls.reps SET active = true WHERE rep = 'ann';
SELECT rep, absent_from, absent_until, reason FROM pls.absences WHERE rep = 'ann';
SELECT * FROM pg_temp.turns('equal', 6);
SET pls.now = '2026-03-02 13:00+00';

-- a newcomer starts where the others are on average
INSERT INTO pls.pool_members (pool, rep, position) VALUES ('equal', 'dee', 4);
SELECT rep, turns, round(calibration, 3) AS calibration FROM pls.pool_turns('equal', pls.now()) ORDER BY rep;
SELECT * FROM pg_temp.turns('equal', 8);

-- who leaves and comes back is no newcomer twice over
DELETE FROM pls.pool_members WHERE pool = 'equal' AND rep = 'bob';
SELECT * FROM pg_temp.turns('equal', 6);
INSERT INTO pls.pool_members (pool, rep, position) VALUES ('equal', 'bob', 2);
SELECT * FROM pg_temp.turns('equal', 8);

-- a new period begins at zero
SET pls.now = '2026-03-31 12:00+00';
SELECT pls_internal.pool_period_start('equal', pls.now());
SELECT rep, turns, calibration FROM pls.pool_turns('equal', pls.now()) ORDER BY rep;
-- and a pool may count for ever
UPDATE pls.pools SET period = NULL WHERE pool = 'equal';
SELECT pls_internal.pool_period_start('equal', pls.now());
SELECT rep, turns, round(calibration, 3) AS calibration FROM pls.pool_turns('equal', pls.now()) ORDER BY rep;

-- one who is not active yet, and one who joins while away, are no newcomers
-- twice over: what was before they joined is counted once
SET pls.now = '2026-04-01 10:00+00';
INSERT INTO pls.reps (rep, active) VALUES ('hal', true), ('ida', true), ('jo', false), ('kim', true);
INSERT INTO pls.absences (rep, absent_from, absent_until) VALUES ('kim', '2026-04-01 09:00+00', '2026-04-01 12:00+00');
INSERT INTO pls.pools (pool) VALUES ('growing');
INSERT INTO pls.pool_members (pool, rep) VALUES ('growing', 'hal'), ('growing', 'ida');
SELECT * FROM pg_temp.turns('growing', 12);
SET pls.now = '2026-04-01 11:00+00';
INSERT INTO pls.pool_members (pool, rep) VALUES ('growing', 'jo'), ('growing', 'kim');
SELECT * FROM pg_temp.turns('growing', 6);
SET pls.now = '2026-04-01 12:00+00';
UPDATE pls.reps SET active = true WHERE rep = 'jo';
SELECT rep, turns, round(calibration, 3) AS calibration, why_not FROM pls.pool_turns('growing', pls.now()) ORDER BY rep;
SELECT * FROM pg_temp.turns('growing', 8);

-- who of the others was away all the time, by absences that overlap, has had
-- no share in what they got
SET pls.now = '2026-04-02 10:00+00';
INSERT INTO pls.pools (pool) VALUES ('thin');
INSERT INTO pls.pool_members (pool, rep) VALUES ('thin', 'hal'), ('thin', 'ida'), ('thin', 'kim');
INSERT INTO pls.absences (rep, absent_from, absent_until) VALUES
    ('ida', '2026-04-02 11:00+00', '2026-04-02 15:00+00'),
    ('kim', '2026-04-02 10:30+00', '2026-04-02 13:00+00'), ('kim', '2026-04-02 12:00+00', '2026-04-02 14:00+00'),
    ('kim', '2026-04-02 14:00+00', '2026-04-02 16:00+00');
SET pls.now = '2026-04-02 12:30+00';
SELECT * FROM pg_temp.turns('thin', 6);
SET pls.now = '2026-04-02 15:00+00';
SELECT rep, turns, round(calibration, 3) AS calibration, why_not FROM pls.pool_turns('thin', pls.now()) ORDER BY rep;

-- calibration is in turns of the rep's weight: of three with 10 turns each, a
-- newcomer of weight 3 has 30, and then every second one
SET pls.now = '2026-04-03 10:00+00';
INSERT INTO pls.reps (rep) VALUES ('u'), ('v'), ('w'), ('x');
INSERT INTO pls.pools (pool, period) VALUES ('weights', NULL);
INSERT INTO pls.pool_members (pool, rep, position) VALUES ('weights', 'u', 1), ('weights', 'v', 2), ('weights', 'w', 3);
SELECT shares FROM pg_temp.turns('weights', 30);
SAVEPOINT three;
INSERT INTO pls.pool_members (pool, rep, weight, position) VALUES ('weights', 'x', 3, 4);
SELECT rep, turns, calibration FROM pls.pool_turns('weights', pls.now()) WHERE rep = 'x';
SELECT * FROM pg_temp.turns('weights', 12);
-- leaves, and joins again: as a newcomer, and what it had is no longer counted
DELETE FROM pls.pool_members WHERE pool = 'weights' AND rep = 'x';
SELECT * FROM pg_temp.turns('weights', 6);
INSERT INTO pls.pool_members (pool, rep, weight, position) VALUES ('weights', 'x', 1, 4);
SELECT rep, turns, calibration FROM pls.pool_turns('weights', pls.now()) ORDER BY rep COLLATE "C";
SELECT * FROM pg_temp.turns('weights', 8);
ROLLBACK TO three;
-- two newcomers of one statement do not count for one another
INSERT INTO pls.pool_members (pool, rep, weight) VALUES ('weights', 'x', 2), ('weights', 'hal', 0.5);
SELECT rep, calibration FROM pls.pool_members WHERE pool = 'weights' ORDER BY rep COLLATE "C";
ROLLBACK TO three;
-- back from an absence with weight 4: 4 * 20 / 2
UPDATE pls.pool_members SET weight = 4 WHERE pool = 'weights' AND rep = 'u';
SELECT rep, turns, calibration FROM pls.pool_turns('weights', pls.now()) ORDER BY rep COLLATE "C";
SET LOCAL pls.now = '2026-04-03 10:00:30+00';
UPDATE pls.reps SET active = false WHERE rep = 'u';
SET LOCAL pls.now = '2026-04-03 10:01+00';
SELECT shares FROM pg_temp.turns('weights', 20);
SET LOCAL pls.now = '2026-04-03 10:02+00';
UPDATE pls.reps SET active = true WHERE rep = 'u';
SELECT rep, turns, round(calibration, 3) AS calibration FROM pls.pool_turns('weights', pls.now()) ORDER BY rep COLLATE "C";
SELECT * FROM pg_temp.turns('weights', 12);
ROLLBACK TO three;
-- weight 1 changed to 3: no run of more than 3; and back again as before
UPDATE pls.pool_members SET weight = 3 WHERE pool = 'weights' AND rep = 'u';
SELECT rep, weight, turns, calibration FROM pls.pool_turns('weights', pls.now()) ORDER BY rep COLLATE "C";
SELECT * FROM pg_temp.turns('weights', 15);
UPDATE pls.pool_members SET weight = 1 WHERE pool = 'weights' AND rep = 'u';
SELECT rep, weight, turns, calibration FROM pls.pool_turns('weights', pls.now()) ORDER BY rep COLLATE "C";
SELECT * FROM pg_temp.turns('weights', 6);
ROLLBACK TO three;
-- who is away when a colleague's weight changes: what was before is worth what
-- it was, what comes after counts by the new weights; all of a statement by
-- the weights before it; and a calibration that is given is kept
INSERT INTO pls.absences (rep, absent_from) VALUES ('w', '2026-04-03 10:00:30+00');
SET LOCAL pls.now = '2026-04-03 10:01+00';
SELECT shares FROM pg_temp.turns('weights', 10);
SET LOCAL pls.now = '2026-04-03 10:02+00';
UPDATE pls.pool_members SET weight = 4 WHERE pool = 'weights' AND rep = 'u';
SELECT rep, calibration, calibrated_at FROM pls.pool_members WHERE pool = 'weights' ORDER BY rep COLLATE "C";
SET LOCAL pls.now = '2026-04-03 10:03+00';
SELECT shares FROM pg_temp.turns('weights', 10);
SET LOCAL pls.now = '2026-04-03 10:04+00';
SELECT rep, weight, turns, round(calibration, 3) AS calibration FROM pls.pool_turns('weights', pls.now()) ORDER BY rep COLLATE "C";
UPDATE pls.pool_members SET weight = CASE rep WHEN 'u' THEN 2 WHEN 'v' THEN 3 ELSE 0.5 END WHERE pool = 'weights';
SELECT rep, weight, turns, round(calibration, 3) AS calibration FROM pls.pool_turns('weights', pls.now()) ORDER BY rep COLLATE "C";
UPDATE pls.pool_members SET weight = 1, calibration = 7 WHERE pool = 'weights' AND rep = 'v';
SELECT rep, weight, turns, round(calibration, 3) AS calibration FROM pls.pool_turns('weights', pls.now()) ORDER BY rep COLLATE "C";
ROLLBACK TO three;
-- somebody joins while another is away for long: what the absence was worth
-- before stays
INSERT INTO pls.absences (rep, absent_from) VALUES ('w', '2026-04-03 10:00:30+00');
SET LOCAL pls.now = '2026-04-03 10:01+00';
SELECT shares FROM pg_temp.turns('weights', 20);
SET LOCAL pls.now = '2026-04-03 10:02+00';
INSERT INTO pls.pool_members (pool, rep, weight, position) VALUES ('weights', 'x', 2, 4);
SELECT rep, turns, round(calibration, 3) AS calibration FROM pls.pool_turns('weights', pls.now()) ORDER BY rep COLLATE "C";
SELECT shares FROM pg_temp.turns('weights', 8);
SET LOCAL pls.now = '2026-04-03 10:03+00';
UPDATE pls.absences SET absent_until = pls.now() WHERE rep = 'w' AND absent_until IS NULL;
SELECT rep, turns, round(calibration, 3) AS calibration FROM pls.pool_turns('weights', pls.now()) ORDER BY rep COLLATE "C";
ROLLBACK TO three;

-- who could take none for long catches up between the turns of others: never
-- more than the share and one in a row
UPDATE pls.reps SET max_open = 0 WHERE rep = 'w';
SELECT shares FROM pg_temp.turns('weights', 12);
UPDATE pls.reps SET max_open = NULL WHERE rep = 'w';
SELECT sequence FROM pg_temp.turns('weights', 2);
SELECT rep, trace -> 'candidates' -> 0 AS first FROM pls.assign('weights', NULL, pls.now());
SELECT * FROM pg_temp.turns('weights', 14);
-- while there is nobody else, it takes all
UPDATE pls.reps SET max_open = 0 WHERE rep IN ('u', 'v');
SELECT sequence FROM pg_temp.turns('weights', 5);
UPDATE pls.reps SET max_open = NULL WHERE rep IN ('u', 'v');
SELECT sequence FROM pg_temp.turns('weights', 4);
ROLLBACK TO three;

-- a period begins where the one before ended: after v comes w
UPDATE pls.pools SET period = '1 day' WHERE pool = 'weights';
SET LOCAL pls.now = '2026-04-04 10:00+00';
SELECT sequence FROM pg_temp.turns('weights', 5);
SET LOCAL pls.now = '2026-04-05 10:00+00';
SELECT sequence FROM pg_temp.turns('weights', 4);
SET LOCAL pls.now = '2026-04-06 10:00+00';
SELECT sequence FROM pg_temp.turns('weights', 3);
-- whoever took the last turn may be away, or no member any more
INSERT INTO pls.absences (rep, absent_from) VALUES ('u', pls.now());
SET LOCAL pls.now = '2026-04-07 10:00+00';
SELECT sequence FROM pg_temp.turns('weights', 2);
DELETE FROM pls.absences WHERE rep = 'u';
DELETE FROM pls.pool_members WHERE pool = 'weights' AND rep = 'w';
SET LOCAL pls.now = '2026-04-08 10:00+00';
SELECT sequence FROM pg_temp.turns('weights', 2);
ROLLBACK TO three;

-- switched off and on within a planned absence, which begins at the same
-- instant, or later: it is as it was, and the rep still away
INSERT INTO pls.absences (rep, absent_from, absent_until, reason) VALUES ('u', pls.now(), '2026-04-17 10:00+00', 'parental leave'),
    ('v', '2026-04-04', '2026-04-10', 'holiday');
UPDATE pls.reps SET active = false WHERE rep IN ('u', 'v');
SELECT rep, absent_from, absent_until, reason FROM pls.absences WHERE rep IN ('u', 'v') ORDER BY rep COLLATE "C", absent_from;
SET LOCAL pls.now = '2026-04-05 12:00+00';
UPDATE pls.reps SET active = true WHERE rep IN ('u', 'v');
SELECT rep, absent_from, absent_until, reason FROM pls.absences WHERE rep IN ('u', 'v') ORDER BY rep COLLATE "C", absent_from;
SELECT rep, why_not FROM pls.pool_turns('weights', pls.now()) ORDER BY rep COLLATE "C";
SELECT rep, why_not FROM pls.pool_turns('weights', '2026-04-10') ORDER BY rep COLLATE "C";
ROLLBACK TO three;

-- ties: weight, position, id
SET pls.now = '2026-03-31 12:00+00';
INSERT INTO pls.pools (pool) VALUES ('ties');
INSERT INTO pls.pool_members (pool, rep, weight, position)
VALUES ('ties', 'ann', 1, 2), ('ties', 'bob', 1, 1), ('ties', 'cy', 1, 1), ('ties', 'dee', 3, 9);
SELECT * FROM pg_temp.turns('ties', 12);
-- the same state, the same pick
SELECT count(DISTINCT p) FROM generate_series(1, 20), pls.assign('ties', NULL, pls.now()) AS p;
SELECT rep, reason, jsonb_pretty(trace) FROM pls.assign('ties', NULL, pls.now());

-- a replay asks the same of members that it knows
SELECT p.pool, w.rep, w.rep IS NOT DISTINCT FROM (pls.assign(p.pool, NULL, pls.now())).rep AS as_assigned
  FROM pls.pools p
 CROSS JOIN LATERAL (
       SELECT pls_internal.whose_turn(array_agg(t.rep), array_agg(t.weight), array_agg(t.position), array_agg(t.turns), array_agg(t.calibration)) AS rep
         FROM (SELECT t.* FROM pls.pool_turns(p.pool, pls.now()) t WHERE t.why_not IS NULL ORDER BY md5(t.rep)) t) w
 ORDER BY p.pool;
SELECT pls_internal.whose_turn('{x,y,z}', '{1,2,1}', '{3,2,1}', '{1,2,1}', '{0.5,1,0.5}') AS by_weight,
       pls_internal.whose_turn('{x,y,z}', '{1,1,1}', '{3,2,1}', '{1,1,1}', '{0,0,0}') AS by_position,
       pls_internal.whose_turn('{z,y,x}', '{1,1,1}', '{1,1,1}', '{1,1,1}', '{0,0,0}') AS by_id,
       pls_internal.whose_turn('{x,y}', '{1,1}', '{1,1}', '{1,1}', '{0,-0.001}') AS by_shortfall,
       pls_internal.whose_turn('{}', '{}', '{}', '{}', '{}') AS nobody;
SELECT pls_internal.whose_turn('{x,y,z}', '{1,1,1}', '{1,1,2}', '{1,1,1}', '{0,0,0}', 'x', 1) AS after_x,
       pls_internal.whose_turn('{x,y,z}', '{1,1,1}', '{1,1,2}', '{1,1,1}', '{0,0,0}', 'z', 2) AS after_z,
       pls_internal.whose_turn('{x,y,z}', '{1,1,1}', '{1,1,2}', '{1,1,1}', '{0,0,0}', 'w', 2) AS after_absent,
       pls_internal.whose_turn('{x,y,z}', '{1,1,1}', '{1,1,2}', '{1,1,1}', '{0,0,0}', 'gone', NULL) AS after_nobody,
       pls_internal.whose_turn('{x,y}', '{3,2}', '{1,1}', '{0,9}', '{0,0}', NULL, NULL, 'x', 2) AS may_have_three,
       pls_internal.whose_turn('{x,y}', '{3,2}', '{1,1}', '{0,9}', '{0,0}', NULL, NULL, 'x', 3) AS has_had_three,
       pls_internal.whose_turn('{x,y}', '{3,2}', '{1,1}', '{0,9}', '{0,0}', NULL, NULL, 'y', 3) AS another_has,
       pls_internal.whose_turn('{x}', '{3}', '{1}', '{0}', '{0}', NULL, NULL, 'x', 99) AS alone;
\set VERBOSITY sqlstate
SAVEPOINT s;
SELECT pls_internal.whose_turn('{x,y}', '{1,1}', '{1}', '{1,1}', '{0,0}');
ROLLBACK TO s;
SELECT pls_internal.whose_turn('{x,y}', '{1,NULL}', '{1,1}', '{1,1}', '{0,0}');
ROLLBACK;
