-- Whose calendar an alert goes by, and what follows when it becomes another
-- one or is edited.
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
INSERT INTO pls.calendars (calendar, time_zone) VALUES ('week', 'UTC'), ('tokyo', 'Asia/Tokyo');
INSERT INTO pls.calendar_hours (calendar, weekday, opens, closes)
SELECT c, d, '09:00', '17:00' FROM unnest('{week,tokyo}'::text[]) c, generate_series(1, 5) AS d;
UPDATE pls.reps SET calendar = CASE rep WHEN 'bob' THEN 'tokyo' ELSE 'week' END;
UPDATE pls.routes SET respond_within = '4 hours', resolve_within = '24 hours' WHERE motion = 'play';
INSERT INTO pls.escalations (motion, level, at_share, action) VALUES ('play', 1, 1, 'notify');
CREATE FUNCTION pg_temp.shows(entity text) RETURNS TABLE (assigned_to text, calendar text, of_rep boolean, respond_by timestamptz, next_rung_at timestamptz)
LANGUAGE sql
AS $$ SELECT a.assigned_to, a.calendar, a.calendar_of_rep, a.respond_by, a.next_rung_at FROM pls.alerts a WHERE a.entity_id = entity $$;
SET pls.now = '2026-03-06 18:00+00';
\set ECHO all
-- nobody is free on Friday evening: around the clock until a rep gets it
UPDATE pls.reps SET active = false;
SELECT pg_temp.qualify('a') \g /dev/null
SELECT * FROM pg_temp.shows('a');
UPDATE pls.reps SET active = true;
SET pls.now = '2026-03-09 09:00+00';
SELECT pls.reassign(alert_id, 'ann') FROM pls.alerts WHERE entity_id = 'a' \g /dev/null
SELECT * FROM pg_temp.shows('a');
-- reassigned to a rep in another zone: from the start, in that rep's hours
SELECT pls.reassign(alert_id, 'bob') FROM pls.alerts WHERE entity_id = 'a' \g /dev/null
SELECT * FROM pg_temp.shows('a');
-- one that somebody has set stays
UPDATE pls.alerts SET calendar = 'week' WHERE entity_id = 'a';
SELECT pls.reassign(alert_id, 'ann') FROM pls.alerts WHERE entity_id = 'a' \g /dev/null
SELECT pls.reassign(alert_id, 'bob') FROM pls.alerts WHERE entity_id = 'a' \g /dev/null
SELECT * FROM pg_temp.shows('a');
-- until it is told to follow the rep again
UPDATE pls.alerts SET calendar_of_rep = true WHERE entity_id = 'a';
SELECT * FROM pg_temp.shows('a');
-- what the pool, motion or route names does not follow
UPDATE pls.pools SET calendar = 'week';
SELECT pg_temp.qualify('b') \g /dev/null
SELECT pls.reassign(alert_id, CASE assigned_to WHEN 'bob' THEN 'ann' ELSE 'bob' END) FROM pls.alerts WHERE entity_id = 'b' \g /dev/null
SELECT calendar, of_rep, respond_by FROM pg_temp.shows('b');
-- Thursday is declared a holiday on Wednesday afternoon
SET pls.now = '2026-03-11 15:00+00';
SELECT pg_temp.qualify('c') \g /dev/null
SELECT respond_by, next_rung_at FROM pg_temp.shows('c');
INSERT INTO pls.holidays (calendar, day) VALUES ('week', '2026-03-12');
SELECT respond_by, next_rung_at FROM pg_temp.shows('c');
SELECT l.change FROM pls.alert_log l JOIN pls.alerts a USING (alert_id) WHERE a.entity_id = 'c' ORDER BY l.log_id DESC LIMIT 1;
SET pls.now = '2026-03-12 12:00+00';
SELECT respond_state, time_left, touch_late_by FROM pls.sla WHERE entity_id = 'c';
-- what had been missed is missed no more, and the other way round
DELETE FROM pls.holidays WHERE calendar = 'week';
SELECT respond_state, touch_late_by, respond_missed_by = assigned_to AS by_its_rep FROM pls.sla WHERE entity_id = 'c';
INSERT INTO pls.holidays (calendar, day) VALUES ('week', '2026-03-12');
SELECT respond_state, touch_late_by, respond_missed_by FROM pls.sla WHERE entity_id = 'c';
-- between two statements there may be no working time
DELETE FROM pls.calendar_hours WHERE calendar = 'week';
SELECT respond_by FROM pg_temp.shows('c');
INSERT INTO pls.calendar_hours (calendar, weekday, opens, closes) SELECT 'week', d, '10:00', '16:00' FROM generate_series(1, 5) d;
SELECT respond_by FROM pg_temp.shows('c');
-- a pause that covers no working time, at the very end of the limit
UPDATE pls.routes SET respond_within = '2 hours';
SET pls.now = '2026-03-13 14:00+00';
SELECT pg_temp.qualify('d') \g /dev/null
SET pls.now = '2026-03-13 16:00+00';
SELECT pls.pause_sla(alert_id) FROM pls.alerts WHERE entity_id = 'd' \g /dev/null
SELECT respond_by FROM pg_temp.shows('d');
SET pls.now = '2026-03-16 10:00+00';
SELECT pls.resume_sla(alert_id) FROM pls.alerts WHERE entity_id = 'd' \g /dev/null
SELECT respond_by FROM pg_temp.shows('d');
-- a limit that is changed after a pause keeps the time of the pause
SELECT pg_temp.qualify('e') \g /dev/null
SET pls.now = '2026-03-16 11:00+00';
SELECT pls.pause_sla(alert_id) FROM pls.alerts WHERE entity_id = 'e' \g /dev/null
SET pls.now = '2026-03-16 13:00+00';
SELECT pls.resume_sla(alert_id) FROM pls.alerts WHERE entity_id = 'e' \g /dev/null
SELECT respond_by FROM pg_temp.shows('e');
UPDATE pls.alerts SET respond_within = '3 hours' WHERE entity_id = 'e';
SELECT respond_by FROM pg_temp.shows('e');
UPDATE pls.alerts SET respond_within = '30 minutes' WHERE entity_id = 'e';
SELECT respond_by FROM pg_temp.shows('e');
-- a calendar without working time ahead: its alerts stay as they are, and keep
-- no other calendar waiting, nor an alert that has it for the disposition alone
-- any other alert
INSERT INTO pls.calendars (calendar) VALUES ('closed'), ('other');
INSERT INTO pls.calendar_hours (calendar, weekday, opens, closes)
SELECT c, d, '09:00', '17:00' FROM unnest('{closed,other}'::text[]) c, generate_series(1, 5) AS d;
UPDATE pls.routes SET calendar = 'closed', respond_within = '4 hours', resolve_within = '24 hours' WHERE motion = 'play';
SET pls.now = '2026-03-17 10:00+00';
SELECT pg_temp.qualify('f'), pg_temp.qualify('g') \g /dev/null
UPDATE pls.routes SET calendar = 'other', resolve_calendar = 'closed' WHERE motion = 'play';
SELECT pg_temp.qualify('h') \g /dev/null
UPDATE pls.routes SET resolve_calendar = NULL WHERE motion = 'play';
SELECT pg_temp.qualify('i') \g /dev/null
SELECT pls.pause_sla(alert_id) FROM pls.alerts WHERE entity_id = 'g' \g /dev/null
DELETE FROM pls.calendar_hours WHERE calendar = 'closed';
INSERT INTO pls.holidays (calendar, day) VALUES ('other', '2026-03-17');
SELECT entity_id, respond_by, resolve_by FROM pls.alerts WHERE entity_id IN ('f', 'g', 'h', 'i') ORDER BY 1;
SELECT pls_internal.finish_recounts() AS recounted;
SELECT entity_id, respond_by, resolve_by FROM pls.alerts WHERE entity_id IN ('f', 'g', 'h', 'i') ORDER BY 1;
SELECT task, sqlstate, message FROM pls.failures ORDER BY 1;
SELECT calendar, after FROM pls_internal.recounts WHERE calendar IN ('closed', 'other', 'week') AND after = '0' ORDER BY 1;
-- it can be disposed of, paused or not
SELECT pls.dispose(alert_id, 'contacted') FROM pls.alerts WHERE entity_id IN ('f', 'g') \g /dev/null
SELECT entity_id, status, respond_by, resolve_by FROM pls.alerts WHERE entity_id IN ('f', 'g') ORDER BY 1;
-- mended
INSERT INTO pls.calendar_hours (calendar, weekday, opens, closes) SELECT 'closed', d, '12:00', '17:00' FROM generate_series(1, 5) d;
SELECT entity_id, respond_by, resolve_by FROM pls.alerts WHERE entity_id IN ('h', 'i') ORDER BY 1;
SET pls.now = '2026-03-17 10:10+00';
SELECT pls_internal.finish_recounts() AS recounted;
SELECT count(*) AS failures FROM pls.failures;
ROLLBACK;
