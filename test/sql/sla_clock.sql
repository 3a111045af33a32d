-- The clock of an alert: which calendar it counts in, what stops it, what
-- goes on from there, and how pls.sla tells it at every instant without a
-- sweep.
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
INSERT INTO pls.calendars (calendar) VALUES ('of route'), ('of motion'), ('of pool'), ('of rep'), ('of all'), ('week');
INSERT INTO pls.calendar_hours (calendar, weekday, opens, closes)
SELECT c, d, '09:00', '17:00' FROM unnest('{of route,of motion,of pool,of rep,of all,week}'::text[]) AS c, generate_series(1, 5) AS d;
-- how the alert of an entity stands
CREATE FUNCTION pg_temp.stands(entity text)
RETURNS TABLE (status text, state text, due_by timestamptz, time_left interval, paused_until timestamptz,
               respond_state text, resolve_state text)
LANGUAGE sql
AS $$
    SELECT s.status, s.state, s.due_by, s.time_left, s.paused_until, s.respond_state, s.resolve_state
      FROM pls.sla s WHERE s.entity_id = entity
$$;
\set ECHO all
-- Monday, 2 March 2026, 10:00.  Precedence: route, motion, pool, rep, default
UPDATE pls.calendars SET is_default = true WHERE calendar = 'of all';
UPDATE pls.reps SET calendar = 'of rep';
UPDATE pls.pools SET calendar = 'of pool';
UPDATE pls.motions SET calendar = 'of motion' WHERE motion = 'play';
UPDATE pls.routes SET calendar = 'of route' WHERE motion = 'play';
SELECT pg_temp.qualify('p1');
UPDATE pls.routes SET calendar = NULL WHERE motion = 'play';
SELECT pg_temp.qualify('p2');
UPDATE pls.motions SET calendar = NULL WHERE motion = 'play';
SELECT pg_temp.qualify('p3');
UPDATE pls.pools SET calendar = NULL;
SELECT pg_temp.qualify('p4');
UPDATE pls.reps SET calendar = NULL;
SELECT pg_temp.qualify('p5');
UPDATE pls.calendars SET is_default = false WHERE calendar = 'of all';
SELECT pg_temp.qualify('p6');
SELECT entity_id, calendar, respond_by, resolve_by FROM pls.alerts ORDER BY 1;
SELECT * FROM pg_temp.refused($$UPDATE pls.calendars SET is_default = true WHERE calendar IN ('of all', 'week')$$);
-- it stays as long as alerts have it, closed ones too: their lateness is
-- counted by it
SELECT * FROM pg_temp.refused($$DELETE FROM pls.calendars WHERE calendar = 'of all'$$);
SELECT * FROM pg_temp.refused($$UPDATE pls.calendars SET calendar = 'of none' WHERE calendar = 'of all'$$);
SAVEPOINT before;
SET pls.now = '2026-03-04 10:00+00';
UPDATE pls.alerts SET disposition = 'contacted' WHERE entity_id = 'p5';
SELECT * FROM pg_temp.refused($$DELETE FROM pls.calendars WHERE calendar = 'of all'$$);
SELECT * FROM pg_temp.refused($$UPDATE pls.alerts SET calendar = 'of none' WHERE entity_id = 'p5'$$);
SELECT touch_late_by FROM pls.sla WHERE entity_id = 'p5';
SET pls.now = '2026-03-02 10:00+00';
ROLLBACK TO before;
UPDATE pls.alerts SET calendar = 'week' WHERE entity_id = 'p5';
SELECT respond_by, resolve_by FROM pls.alerts WHERE entity_id = 'p5';
SELECT * FROM pg_temp.refused($$DELETE FROM pls.calendars WHERE calendar = 'of all'$$);
SELECT calendar FROM pls.calendars WHERE calendar = 'of all';

-- the states of a limit of 2 hours and one of 3 days (72 working hours), in
-- working time: a quarter is left at 11:30
UPDATE pls.routes SET calendar = 'week' WHERE motion = 'play';
SELECT pg_temp.qualify('a');
SET pls.now = '2026-03-02 11:29:59+00';
SELECT * FROM pg_temp.stands('a');
SET pls.now = '2026-03-02 11:30+00';
SELECT * FROM pg_temp.stands('a');
SET pls.now = '2026-03-02 12:00+00';
SELECT * FROM pg_temp.stands('a');
SET pls.now = '2026-03-02 12:00:01+00';
SELECT * FROM pg_temp.stands('a');
-- late in working time only: Tuesday 10:00 is 5 + 1 hours after Monday 12:00
SET pls.now = '2026-03-03 10:00+00';
SELECT state, time_left, touch_late_by, time_to_touch FROM pls.sla WHERE entity_id = 'a';
SELECT pls.touch(alert_id) FROM pls.alerts WHERE entity_id = 'a';
SELECT state, time_left, respond_state, resolve_state, touch_late_by, time_to_touch FROM pls.sla WHERE entity_id = 'a';
SET pls.now = '2026-03-04 10:00+00';
SELECT touch_late_by, time_to_touch FROM pls.sla WHERE entity_id = 'a';
SELECT pls.dispose(alert_id, 'contacted') FROM pls.alerts WHERE entity_id = 'a';
SELECT * FROM pg_temp.stands('a');

-- a pause without an end: an hour was used, an hour is left
SET pls.now = '2026-03-05 09:00+00';
SELECT pg_temp.qualify('b');
SET pls.now = '2026-03-05 10:00+00';
SELECT pls.pause_sla(alert_id, note => 'their security review') FROM pls.alerts WHERE entity_id = 'b';
SELECT * FROM pg_temp.stands('b');
SELECT respond_by, resolve_by, clock_used FROM pls.alerts WHERE entity_id = 'b';
SELECT status, overdue, time_left FROM pls.open_alerts WHERE entity_id = 'b';
SET pls.now = '2026-03-09 08:00+00';
SELECT * FROM pg_temp.stands('b');
SELECT * FROM pg_temp.refused($$SELECT pls.pause_sla(alert_id) FROM pls.alerts WHERE entity_id = 'b'$$);
-- Friday 16:30 + 1 h is Monday 9:30
SET pls.now = '2026-03-06 16:30+00';
SELECT pls.resume_sla(alert_id, 'they are through') FROM pls.alerts WHERE entity_id = 'b';
SELECT * FROM pg_temp.stands('b');
SELECT * FROM pg_temp.refused($$SELECT pls.resume_sla(alert_id) FROM pls.alerts WHERE entity_id = 'b'$$);
-- a pause with an end: due times are known at once, nothing has to resume it
SELECT pls.pause_sla(alert_id, '2026-03-10 09:00+00') FROM pls.alerts WHERE entity_id = 'b';
SELECT * FROM pg_temp.stands('b');
SET pls.now = '2026-03-10 09:15+00';
SELECT * FROM pg_temp.stands('b');
-- again, after the first has ended by itself, and resumed before its end
SELECT pls.pause_sla(alert_id, '2026-03-12 09:00+00') FROM pls.alerts WHERE entity_id = 'b';
SELECT * FROM pg_temp.stands('b');
SET pls.now = '2026-03-11 09:00+00';
SELECT pls.resume_sla(alert_id) FROM pls.alerts WHERE entity_id = 'b';
SELECT * FROM pg_temp.stands('b');
-- touched while paused: the pause before it does not count
SELECT pls.pause_sla(alert_id) FROM pls.alerts WHERE entity_id = 'b';
SET pls.now = '2026-03-12 12:00+00';
SELECT pls.touch(alert_id) FROM pls.alerts WHERE entity_id = 'b';
SELECT time_to_touch, respond_by, respond_state, resolve_state, touch_late_by FROM pls.sla WHERE entity_id = 'b';
-- closed while paused
SET pls.now = '2026-03-16 12:00+00';
SELECT pls.dispose(alert_id, 'contacted') FROM pls.alerts WHERE entity_id = 'b';
SELECT status, state, resolve_state, resolve_by, paused_at FROM pls.sla WHERE entity_id = 'b';
SELECT clock_used, clock_from FROM pls.alerts WHERE entity_id = 'b';
-- reopened: the clock goes on with what was left
SET pls.now = '2026-03-17 09:00+00';
SELECT pls.reopen(alert_id, 'they called back') FROM pls.alerts WHERE entity_id = 'b';
SELECT * FROM pg_temp.stands('b');

-- what was missed before a pause stays missed
SET pls.now = '2026-03-18 09:00+00';
SELECT pg_temp.qualify('c');
SET pls.now = '2026-03-18 12:00+00';
SELECT pls.pause_sla(alert_id) FROM pls.alerts WHERE entity_id = 'c';
SELECT * FROM pg_temp.stands('c');
SET pls.now = '2026-03-19 12:00+00';
SELECT pls.resume_sla(alert_id) FROM pls.alerts WHERE entity_id = 'c';
SELECT * FROM pg_temp.stands('c');

-- by UPDATE: paused, resumed, limits and due times changed
SET pls.now = '2026-03-20 09:00+00';
SELECT pg_temp.qualify('d');
UPDATE pls.alerts SET paused_at = pls.now() WHERE entity_id = 'd';
SELECT * FROM pg_temp.stands('d');
SET pls.now = '2026-03-20 15:00+00';
UPDATE pls.alerts SET paused_at = NULL WHERE entity_id = 'd';
SELECT * FROM pg_temp.stands('d');
UPDATE pls.alerts SET respond_within = '1 hour' WHERE entity_id = 'd';
SELECT respond_within, respond_by FROM pls.alerts WHERE entity_id = 'd';
UPDATE pls.alerts SET respond_by = '2026-03-23 10:00+00' WHERE entity_id = 'd';
SELECT respond_within, respond_by FROM pls.alerts WHERE entity_id = 'd';
UPDATE pls.alerts SET respond_by = NULL, resolve_within = '8 hours' WHERE entity_id = 'd';
SELECT respond_within, respond_by, resolve_within, resolve_by FROM pls.alerts WHERE entity_id = 'd';
SELECT * FROM pg_temp.stands('d');
-- the clock itself is not for tools
UPDATE pls.alerts SET clock_from = '2020-01-01', clock_used = '1 year', time_to_touch = '0', next_rung_at = now() WHERE entity_id = 'd';
SELECT clock_from, clock_used, time_to_touch, next_rung_at FROM pls.alerts WHERE entity_id = 'd';

-- snoozing: the clock of a touched alert stands still, that of an untouched
-- one runs on; both are back when the time has come, swept or not
SET pls.now = '2026-03-23 09:00+00';
SELECT pg_temp.qualify('e'), pg_temp.qualify('f');
SELECT pls.touch(alert_id) FROM pls.alerts WHERE entity_id = 'e';
SELECT pls.snooze(alert_id, '2026-03-24 09:00+00') FROM pls.alerts WHERE entity_id IN ('e', 'f');
SELECT * FROM pg_temp.stands('e');
SELECT * FROM pg_temp.stands('f');
SET pls.now = '2026-03-23 13:00+00';
SELECT * FROM pg_temp.stands('e');
SELECT * FROM pg_temp.stands('f');
-- longer
SELECT pls.snooze(alert_id, '2026-03-25 09:00+00') FROM pls.alerts WHERE entity_id IN ('e', 'f');
SELECT * FROM pg_temp.stands('e');
-- woken early
SET pls.now = '2026-03-24 09:00+00';
UPDATE pls.alerts SET snoozed_until = NULL WHERE entity_id = 'e';
SELECT * FROM pg_temp.stands('e');
SET pls.now = '2026-03-25 10:00+00';
SELECT * FROM pg_temp.stands('f');
SELECT status FROM pls.open_alerts WHERE entity_id = 'f';
SELECT status FROM pls.alerts WHERE entity_id = 'f';
SELECT pls_internal.maintain_alerts('wake');
SELECT status, snoozed_until FROM pls.alerts WHERE entity_id = 'f';
-- a pause that was asked for outlasts a snooze
SELECT pls.pause_sla(alert_id) FROM pls.alerts WHERE entity_id = 'e';
SELECT pls.snooze(alert_id, '2026-03-26 09:00+00') FROM pls.alerts WHERE entity_id = 'e';
UPDATE pls.alerts SET status = 'working' WHERE entity_id = 'e';
SELECT * FROM pg_temp.stands('e');

-- due at a closing, and paused after it: what was missed stays missed
SET pls.now = '2026-04-06 09:00+00';
UPDATE pls.routes SET respond_within = '8 hours' WHERE motion = 'play' AND route = 'rest';
SELECT pg_temp.qualify('g');
SET pls.now = '2026-04-06 18:00+00';
SELECT * FROM pg_temp.stands('g');
SELECT pls.pause_sla(alert_id) FROM pls.alerts WHERE entity_id = 'g';
SELECT * FROM pg_temp.stands('g');
SET pls.now = '2026-04-07 09:00+00';
SELECT pls.resume_sla(alert_id) FROM pls.alerts WHERE entity_id = 'g';
SELECT pls.touch(alert_id) FROM pls.alerts WHERE entity_id = 'g';
SELECT respond_by, respond_state, time_to_touch, touch_late_by FROM pls.sla WHERE entity_id = 'g';
-- paused at the closing itself it is not: nothing is left, and nothing missed
SET pls.now = '2026-04-06 09:00+00';
SELECT pg_temp.qualify('h');
SET pls.now = '2026-04-06 17:00+00';
SELECT pls.pause_sla(alert_id) FROM pls.alerts WHERE entity_id = 'h';
SELECT * FROM pg_temp.stands('h');
SET pls.now = '2026-04-07 09:30+00';
SELECT pls.resume_sla(alert_id) FROM pls.alerts WHERE entity_id = 'h';
SELECT * FROM pg_temp.stands('h');
-- late, then paused: lateness counts neither the pause nor what was before
UPDATE pls.routes SET respond_within = '1 hour' WHERE motion = 'play' AND route = 'rest';
SET pls.now = '2026-04-08 09:00+00';
SELECT pg_temp.qualify('i');
SET pls.now = '2026-04-08 11:00+00';
SELECT pls.pause_sla(alert_id) FROM pls.alerts WHERE entity_id = 'i';
SET pls.now = '2026-04-09 12:00+00';
SELECT time_left, touch_late_by FROM pls.sla WHERE entity_id = 'i';
SELECT time_left, overdue FROM pls.open_alerts WHERE entity_id = 'i';
SELECT pls.resume_sla(alert_id) FROM pls.alerts WHERE entity_id = 'i';
SELECT pls.touch(alert_id) FROM pls.alerts WHERE entity_id = 'i';
SELECT time_to_touch, touch_late_by FROM pls.sla WHERE entity_id = 'i';
-- a pause with an end within a snooze; woken before the pause is over; the
-- other way round; a pause within a snooze resumed
SELECT pls.pause_sla(alert_id, '2026-04-09 15:00+00'), pls.snooze(alert_id, '2026-04-13 09:00+00') FROM pls.alerts WHERE entity_id = 'i';
SELECT status, due_by, paused_until, resolve_state, time_left FROM pls.sla WHERE entity_id = 'i';
SET pls.now = '2026-04-10 10:00+00';
SELECT status, due_by, paused_until, resolve_state, time_left FROM pls.sla WHERE entity_id = 'i';
SET pls.now = '2026-04-09 13:00+00';
UPDATE pls.alerts SET snoozed_until = NULL WHERE entity_id = 'i';
SELECT status, due_by, paused_until FROM pls.sla WHERE entity_id = 'i';
SELECT pls.snooze(alert_id, '2026-04-09 14:00+00') FROM pls.alerts WHERE entity_id = 'i';
SELECT status, due_by, paused_until FROM pls.sla WHERE entity_id = 'i';
SELECT pls.resume_sla(alert_id) FROM pls.alerts WHERE entity_id = 'i';
SELECT status, due_by, paused_until FROM pls.sla WHERE entity_id = 'i';
SELECT * FROM pg_temp.refused($$SELECT pls.resume_sla(alert_id) FROM pls.alerts WHERE entity_id = 'i'$$);
UPDATE pls.alerts SET paused_at = NULL WHERE entity_id = 'i';
SELECT status, due_by, paused_until FROM pls.sla WHERE entity_id = 'i';
UPDATE pls.alerts SET paused_until = '2026-04-10 09:00+00' WHERE entity_id = 'i';
SELECT status, due_by, paused_until FROM pls.sla WHERE entity_id = 'i';
-- a limit that the clock has passed already is over, whatever the clock does
UPDATE pls.alerts SET resolve_within = '1 hour' WHERE entity_id = 'i';
SELECT resolve_by, resolve_state, resolve_late_by FROM pls.sla WHERE entity_id = 'i';
SET pls.now = '2026-04-09 13:30+00';
SELECT resolve_by, resolve_state, resolve_late_by FROM pls.sla WHERE entity_id = 'i';
UPDATE pls.routes SET respond_within = '2 hours' WHERE motion = 'play' AND route = 'rest';
SELECT * FROM pg_temp.refused($$UPDATE pls.routes SET respond_within = '36501 days', resolve_within = '36501 days' WHERE motion = 'play' AND route = 'rest'$$);

-- a triage alert that moves to sales begins anew, also where both would be due
-- at the same instant
UPDATE pls.routes SET respond_within = '16 hours' WHERE motion = 'play';
INSERT INTO pls.routes (motion, position, route, predicate, pool, respond_within, resolve_within, calendar)
VALUES ('play', 10, 'hot', '$.lane == "sales"', 'desk', '2 hours', '3 days', 'week');
SET pls.now = '2026-03-30 09:00+00';
SELECT pg_temp.did('t', 'connect');
SELECT lane, route, respond_by, clock_from FROM pls.alerts WHERE entity_id = 't';
SET pls.now = '2026-03-31 15:00+00';
SELECT pg_temp.did('t', 'connect', 'invite', 'invite', 'invite');
SELECT lane, route, respond_within, respond_by, clock_from, clock_used FROM pls.alerts WHERE entity_id = 't';

-- refused
SELECT * FROM pg_temp.refused($$SELECT pls.pause_sla(alert_id, pls.now()) FROM pls.alerts WHERE entity_id = 'f'$$);
SELECT * FROM pg_temp.refused($$SELECT pls.pause_sla(alert_id, 'infinity') FROM pls.alerts WHERE entity_id = 'f'$$);
SELECT * FROM pg_temp.refused($$SELECT pls.pause_sla(alert_id) FROM pls.alerts WHERE entity_id = 'a'$$);
SELECT * FROM pg_temp.refused($$SELECT pls.resume_sla(alert_id) FROM pls.alerts WHERE entity_id = 'a'$$);
SELECT * FROM pg_temp.refused($$SELECT pls.pause_sla(99999)$$);
SELECT * FROM pg_temp.refused($$UPDATE pls.alerts SET paused_at = pls.now() WHERE entity_id = 'a'$$);

-- The views' plans: no look-up per alert.
CREATE FUNCTION pg_temp.nodes(query text) RETURNS SETOF text
LANGUAGE plpgsql
AS $$
DECLARE
    line text;
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
        RETURN NEXT line;
    END LOOP;
END
$$;
SET max_parallel_workers_per_gather = 0;
SELECT n FROM pg_temp.nodes('SELECT * FROM pls.sla') n;
SELECT count(*) FROM pg_temp.nodes('SELECT * FROM pls.open_alerts') n WHERE n ~ 'SubPlan';
-- for each rep who has a quota one over the turns of today, or of a fraction two over the days of turns
SELECT count(*) FROM pg_temp.nodes('SELECT * FROM pls.rep_workload') n WHERE n ~ 'SubPlan';
ROLLBACK;
