-- Limits that are the end of the day, and a disposition that has a calendar of
-- its own.
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
INSERT INTO pls.calendars (calendar, time_zone)
VALUES ('week', 'UTC'), ('shifts', 'America/New_York'), ('night', 'Europe/Berlin'), ('short', 'UTC'), ('never', 'UTC');
INSERT INTO pls.calendar_hours (calendar, weekday, opens, closes)
SELECT h.calendar, d, h.opens::time, h.closes::time
  FROM (VALUES ('week', 5, '09:00', '17:00'), ('shifts', 5, '08:00', '12:00'), ('shifts', 4, '13:00', '18:00'),
               ('night', 5, '00:00', '04:00'), ('night', 5, '20:00', '24:00'), ('short', 5, '10:00', '12:00')) h (calendar, days, opens, closes),
       generate_series(1, h.days) AS d;
INSERT INTO pls.holidays (calendar, day, opens, closes) VALUES ('week', '2026-03-11', '09:00', '13:00');
INSERT INTO pls.holidays (calendar, day) VALUES ('week', '2026-03-12');
CREATE FUNCTION pg_temp.shows(entity text)
RETURNS TABLE (respond_by timestamptz, respond_within interval, by_day boolean, resolve_by timestamptz, resolve_within interval, next_rung integer, next_rung_at timestamptz)
LANGUAGE sql
AS $$
    SELECT a.respond_by, a.respond_within, a.respond_end_of_day, a.resolve_by, a.resolve_within, a.next_rung, a.next_rung_at
      FROM pls.alerts a WHERE a.entity_id = entity
$$;
\set ECHO all
-- the last closing of the day: of the day begun, before it opens, at noon
-- between two blocks, at the closing itself, after it, on a Saturday, on a
-- short day and before a day off; in the calendar's own time zone
SELECT s.at, to_char(s.at, 'Dy') AS day, s.calendar, pls.end_of_day(s.at, s.calendar)
  FROM (VALUES ('2026-03-02 10:00+00'::timestamptz, 'week'), ('2026-03-02 07:00+00', 'week'), ('2026-03-02 16:59:59.999999+00', 'week'),
               ('2026-03-02 17:00+00', 'week'), ('2026-03-06 18:00+00', 'week'), ('2026-03-07 12:00+00', 'week'),
               ('2026-03-11 10:00+00', 'week'), ('2026-03-11 13:30+00', 'week'),
               ('2026-03-02 17:30+00', 'shifts'), ('2026-03-06 18:00+00', 'shifts'), ('2026-03-09 03:30+00', 'shifts'),
               ('2026-03-02 00:30+00', 'night'), ('2026-03-02 10:00+00', 'night'), ('2026-03-02 23:00+00', 'night')) s (at, calendar);
-- around the clock: midnight of a time zone, also over a change of the clock
SELECT s.at, s.zone, pls.end_of_day(s.at, NULL, s.zone)
  FROM (VALUES ('2026-03-02 10:00+00'::timestamptz, 'UTC'), ('2026-03-02 23:30+00', 'Europe/Berlin'), ('2026-03-29 00:30+00', 'Europe/Berlin'),
               ('2026-03-03 00:00+00', 'UTC')) s (at, zone);
-- where clocks go back to midnight it comes twice, and the first ends the day
SAVEPOINT open_always;
INSERT INTO pls.calendars (calendar, time_zone) VALUES ('always', 'Atlantic/Azores');
INSERT INTO pls.calendar_hours (calendar, weekday, opens, closes) SELECT 'always', d, '00:00', '24:00' FROM generate_series(1, 7) AS d;
SELECT s.at, pls.end_of_day(s.at, 'always'), pls.end_of_day(s.at, NULL, 'Atlantic/Azores')
  FROM (VALUES ('2026-10-24 20:00+00'::timestamptz), ('2026-10-25 00:00+00'), ('2026-10-25 00:30+00'), ('2026-10-25 01:30+00')) s (at);
SELECT pls.end_of_day('2026-10-31 20:00+00', NULL, 'America/Havana');
ROLLBACK TO open_always;
SELECT pls.end_of_day(NULL, 'week') IS NULL AS nothing;
-- by the definition: the last minute worked of the first day that has one
-- after the start
SELECT count(*) AS starts, count(*) FILTER (WHERE l.closing IS DISTINCT FROM pls.end_of_day(s.at, 'shifts')) AS different
  FROM generate_series('2026-10-28 00:07+00'::timestamptz, '2026-11-04 23:00+00', '53 minutes') s (at)
 CROSS JOIN LATERAL (
       SELECT max(m.at) + interval '1 minute' AS closing
         FROM generate_series(s.at, s.at + interval '5 days', '1 minute') m (at)
         JOIN pls.calendar_hours h ON h.calendar = 'shifts'
          AND h.weekday = extract(isodow FROM m.at AT TIME ZONE 'America/New_York')
          AND (m.at AT TIME ZONE 'America/New_York')::time >= h.opens AND (m.at AT TIME ZONE 'America/New_York')::time < h.closes
        GROUP BY (m.at AT TIME ZONE 'America/New_York')::date ORDER BY 1 LIMIT 1) l;
SELECT * FROM pg_temp.refused($$SELECT pls.end_of_day(pls.now(), 'never')$$);
SELECT * FROM pg_temp.refused($$SELECT pls.end_of_day(pls.now(), 'nowhere')$$);
SELECT * FROM pg_temp.refused($$SELECT pls.end_of_day(pls.now(), NULL, 'CEST')$$);
SELECT * FROM pg_temp.refused($$SELECT pls.end_of_day('infinity', 'week')$$);

-- a route: touched today, disposed of by its own calendar
UPDATE pls.routes SET calendar = 'week', respond_within = NULL, respond_end_of_day = true, resolve_within = '10 hours', resolve_calendar = 'shifts'
 WHERE motion = 'play';
SELECT * FROM pg_temp.refused($$UPDATE pls.routes SET respond_within = '1 hour' WHERE motion = 'play'$$);
SELECT * FROM pg_temp.refused($$UPDATE pls.routes SET resolve_end_of_day = true WHERE motion = 'play'$$);
SELECT * FROM pg_temp.refused($$UPDATE pls.routes SET resolve_calendar = 'nowhere' WHERE motion = 'play'$$);
INSERT INTO pls.escalations (motion, level, measured, at_share, after, action) VALUES
    ('play', 1, 'respond', 0.5, NULL, 'notify'), ('play', 2, 'resolve', NULL, '4 hours', 'notify');
-- Monday 11:00 to 17:00 are 6 hours; Monday 13:00 to 23:00 UTC are the 9 hours
-- of the shifts, so that 10 hours end on Tuesday, 14:00
SET pls.now = '2026-03-02 11:00+00';
SELECT pg_temp.qualify('a'), pg_temp.qualify('b'), pg_temp.qualify('c');
SELECT * FROM pg_temp.shows('a');
SELECT pls.due_at('2026-03-02 11:00+00', '10 hours', 'shifts') AS by_the_shifts;
-- one clock: a hold from 13:00 to 15:00 costs two hours of the one, and of the
-- other those since 13:00
SET pls.now = '2026-03-02 13:00+00';
SELECT pls.pause_sla(alert_id) FROM pls.alerts WHERE entity_id = 'a';
SELECT clock_used, resolve_used, respond_by, resolve_by FROM pls.alerts WHERE entity_id = 'a';
SET pls.now = '2026-03-02 15:00+00';
SELECT pls.resume_sla(alert_id) FROM pls.alerts WHERE entity_id = 'a';
SELECT * FROM pg_temp.shows('a');
SET pls.now = '2026-03-02 20:00+00';
SELECT pls.pause_sla(alert_id) FROM pls.alerts WHERE entity_id = 'b';
SELECT clock_used, resolve_used, respond_state, resolve_state, time_left, touch_late_by FROM pls.alerts JOIN pls.sla USING (alert_id) WHERE alerts.entity_id = 'b';
-- after the touch what is left is of the other calendar, in each view
SELECT pls.resume_sla(alert_id), pls.touch(alert_id) FROM pls.alerts WHERE entity_id = 'b';
SELECT s.state, s.due_by, s.time_left, o.time_left AS time_left_of_view, a.next_rung, a.next_rung_at
  FROM pls.sla s JOIN pls.open_alerts o USING (alert_id) JOIN pls.alerts a USING (alert_id) WHERE a.entity_id = 'b';
SET pls.now = '2026-03-03 15:00+00';
SELECT state, time_left, resolve_late_by FROM pls.sla WHERE entity_id = 'b';
-- the ladder: of two steps the one that is due first, whichever calendar it is
-- counted in
SET pls.now = '2026-03-02 11:00+00';
UPDATE pls.escalations SET at_share = 0.9 WHERE level = 1;
UPDATE pls.alerts SET escalation_level = 0 WHERE entity_id = 'c';
SELECT next_rung, next_rung_at FROM pls.alerts WHERE entity_id = 'c';
SET pls.now = '2026-03-02 16:24+00';
SELECT pls_internal.maintain_alerts('escalate');
SELECT escalation_level, next_rung, next_rung_at FROM pls.alerts WHERE entity_id = 'c';
-- the repetition at 6 hours 24 minutes is due on Tuesday, the step at 7 hours
-- of the other calendar on Monday evening; then the other way around
UPDATE pls.escalations SET repeat_every = '1 hour', repeat_limit = 3 WHERE level = 1;
UPDATE pls.escalations SET after = '7 hours' WHERE level = 2;
UPDATE pls.alerts SET next_rung_at = NULL WHERE entity_id = 'c';
SELECT next_rung, next_rung_at FROM pls.alerts WHERE entity_id = 'c';
UPDATE pls.escalations SET after = '13 hours' WHERE level = 2;
UPDATE pls.alerts SET next_rung_at = NULL WHERE entity_id = 'c';
SELECT next_rung, next_rung_at FROM pls.alerts WHERE entity_id = 'c';
UPDATE pls.escalations SET repeat_every = NULL, repeat_limit = NULL WHERE level = 1;
UPDATE pls.escalations SET after = '4 hours' WHERE level = 2;

-- edits: of the first calendar the end of the day, of the second what is left
SET pls.now = '2026-03-02 12:00+00';
SELECT pg_temp.qualify('d');
UPDATE pls.calendar_hours SET closes = '15:30' WHERE calendar = 'week' AND weekday = 1;
SELECT * FROM pg_temp.shows('d');
UPDATE pls.calendar_hours SET opens = '10:00' WHERE calendar = 'shifts' AND opens = '08:00';
SELECT * FROM pg_temp.shows('d');
-- a paused one, and one of Monday that became a day off is due on Tuesday
SELECT pls.pause_sla(alert_id, '2026-03-02 14:00+00') FROM pls.alerts WHERE entity_id = 'd';
SELECT respond_by, respond_within FROM pg_temp.shows('d');
INSERT INTO pls.holidays (calendar, day) VALUES ('week', '2026-03-02');
SELECT * FROM pg_temp.shows('d');
DELETE FROM pls.holidays WHERE calendar = 'week' AND day = '2026-03-02';
SELECT * FROM pg_temp.shows('d');
-- a touched one keeps its limit, and the time to the touch
SELECT pg_temp.qualify('e');
SELECT pls.touch(alert_id) FROM pls.alerts WHERE entity_id = 'e';
UPDATE pls.calendar_hours SET closes = '17:00' WHERE calendar = 'week' AND weekday = 1;
SELECT respond_by, respond_within, by_day FROM pg_temp.shows('e');
-- a limit that somebody sets is a time; the end of the day can be set as well
UPDATE pls.alerts SET respond_within = '1 hour' WHERE entity_id = 'd';
SELECT respond_by, respond_within, by_day FROM pg_temp.shows('d');
UPDATE pls.alerts SET respond_end_of_day = true WHERE entity_id = 'd';
SELECT respond_by, respond_within, by_day FROM pg_temp.shows('d');
UPDATE pls.alerts SET resolve_end_of_day = true WHERE entity_id = 'd';
SELECT resolve_by, resolve_within FROM pg_temp.shows('d');
UPDATE pls.alerts SET resolve_calendar = 'week' WHERE entity_id = 'd';
SELECT resolve_by, resolve_within FROM pg_temp.shows('d');
UPDATE pls.alerts SET resolve_calendar = NULL WHERE entity_id = 'd';
SELECT resolve_by, resolve_within, (SELECT resolve_used FROM pls.alerts WHERE entity_id = 'd') FROM pg_temp.shows('d');
SELECT * FROM pg_temp.refused($$UPDATE pls.alerts SET resolve_calendar = 'nowhere' WHERE entity_id = 'd'$$);
-- a calendar stays that is only of dispositions
SELECT * FROM pg_temp.refused($$DELETE FROM pls.calendars WHERE calendar = 'shifts'$$);
UPDATE pls.routes SET resolve_calendar = NULL WHERE motion = 'play';
SELECT * FROM pg_temp.refused($$DELETE FROM pls.calendars WHERE calendar = 'shifts'$$);
-- it goes by the rep: handed on, its day ends when that rep's does
UPDATE pls.routes SET calendar = NULL, resolve_within = NULL WHERE motion = 'play';
UPDATE pls.reps SET calendar = CASE rep WHEN 'ann' THEN 'week' ELSE 'shifts' END;
SELECT pg_temp.qualify('f');
UPDATE pls.alerts SET assigned_to = 'ann' WHERE entity_id = 'f';
SELECT respond_by, respond_within FROM pg_temp.shows('f');
UPDATE pls.alerts SET assigned_to = 'bob' WHERE entity_id = 'f';
SELECT respond_by, respond_within FROM pg_temp.shows('f');
-- no calendar: midnight of the motion's time zone
UPDATE pls.reps SET calendar = NULL;
UPDATE pls.motions SET time_zone = 'America/New_York' WHERE motion = 'play';
SELECT pg_temp.qualify('g');
SELECT respond_by, respond_within FROM pg_temp.shows('g');
-- from triage to sales: by the end of the day of the move, also after an edit
INSERT INTO pls.routes (motion, position, route, predicate, pool, calendar, respond_end_of_day)
VALUES ('play', 10, 'hot', '$.lane == "sales"', 'desk', 'week', true);
SET pls.now = '2026-03-04 16:00+00';
SELECT pg_temp.did('t', 'connect');
SELECT respond_by, respond_within, by_day FROM pg_temp.shows('t');
SET pls.now = '2026-03-05 15:00+00';
SELECT pg_temp.did('t', 'connect', 'invite', 'invite', 'invite');
SELECT respond_by, respond_within, by_day FROM pg_temp.shows('t');
SET pls.now = '2026-03-05 15:30+00';
UPDATE pls.calendar_hours SET closes = '18:30' WHERE calendar = 'week' AND weekday = 4;
SELECT respond_by, respond_within, by_day FROM pg_temp.shows('t');
-- moved by hand: from the move, not from the last change of the evidence; and
-- the calendar is that of the rep to whom it goes at the same time
UPDATE pls.reps SET calendar = CASE rep WHEN 'ann' THEN 'week' ELSE 'shifts' END;
SET pls.now = '2026-03-04 10:00+00';
SELECT pg_temp.did('v', 'connect');
SET pls.now = '2026-03-04 11:00+00';
SELECT pg_temp.did('v', 'connect');
UPDATE pls.alerts SET assigned_to = 'ann', calendar_of_rep = true WHERE entity_id = 'v';
SELECT evidence_changed_at, calendar FROM pls.alerts WHERE entity_id = 'v';
SET pls.now = '2026-03-05 13:00+00';
UPDATE pls.alerts SET lane = 'sales', respond_within = '3 hours', assigned_to = 'bob' WHERE entity_id = 'v';
SELECT lane, calendar, calendar_of_rep, clock_began, clock_from, respond_by, respond_by = pls.due_at(pls.now(), '3 hours', 'shifts') AS from_the_move
  FROM pls.alerts WHERE entity_id = 'v';
-- a due time alone, by hand; and an end of the day that was there before
SET pls.now = '2026-03-04 10:00+00';
SELECT pg_temp.did('w', 'connect'), pg_temp.did('x', 'connect');
SELECT entity_id, respond_by, respond_end_of_day FROM pls.alerts WHERE entity_id IN ('w', 'x') ORDER BY 1;
SET pls.now = '2026-03-05 13:00+00';
UPDATE pls.alerts SET lane = 'sales', respond_by = '2026-03-05 16:00+00' WHERE entity_id = 'w';
UPDATE pls.alerts SET lane = 'sales', route = 'hot' WHERE entity_id = 'x';
SELECT entity_id, calendar, respond_by, respond_within, respond_end_of_day, clock_from FROM pls.alerts WHERE entity_id IN ('w', 'x') ORDER BY 1;
UPDATE pls.reps SET calendar = NULL;
SET pls.now = '2026-03-05 15:30+00';
-- paused at the instant at which it is raised: still that day
SELECT pg_temp.qualify('u');
SELECT pls.pause_sla(alert_id) FROM pls.alerts WHERE entity_id = 'u';
SET pls.now = '2026-03-06 10:00+00';
SELECT pls.resume_sla(alert_id) FROM pls.alerts WHERE entity_id = 'u';
UPDATE pls.calendar_hours SET closes = '18:00' WHERE calendar = 'week' AND weekday = 4;
SELECT respond_by, respond_within FROM pg_temp.shows('u');
DELETE FROM pls.routes WHERE motion = 'play' AND route = 'hot';
-- closed and reopened, the clock goes on in both
UPDATE pls.routes SET calendar = 'week', resolve_calendar = 'short', resolve_end_of_day = false, resolve_within = '5 hours' WHERE motion = 'play';
SET pls.now = '2026-03-09 10:00+00';
SELECT pg_temp.qualify('h');
SET pls.now = '2026-03-09 11:00+00';
SELECT pls.withdraw(alert_id, 'to see') FROM pls.alerts WHERE entity_id = 'h';
SELECT clock_used, resolve_used, resolve_by FROM pls.alerts WHERE entity_id = 'h';
SET pls.now = '2026-03-10 09:00+00';
SELECT pls.reopen(alert_id) FROM pls.alerts WHERE entity_id = 'h';
SELECT clock_used, resolve_used, respond_by, resolve_by FROM pls.alerts WHERE entity_id = 'h';
ROLLBACK;
