-- Working time: what is refused, with its SQLSTATE, message and hint.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
RESET client_min_messages;
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET intervalstyle = 'postgres';
BEGIN;
CREATE FUNCTION pg_temp.refused(command text)
RETURNS TABLE (state text, message text, hint text)
LANGUAGE plpgsql
AS $$
BEGIN
    EXECUTE command;
    state := 'none';
    RETURN NEXT;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT,
        hint = PG_EXCEPTION_HINT;
    RETURN NEXT;
END
$$;
INSERT INTO pls.calendars (calendar) VALUES ('c'), ('empty'), ('past');
INSERT INTO pls.calendar_hours VALUES ('c', 1, '09:00', '17:00'), ('c', 1, '18:00', '24:00');
INSERT INTO pls.holidays VALUES ('c', '2024-01-01', 'a day off', NULL, NULL),
    ('c', '2024-01-02', 'hours', '10:00', '12:00'),
    ('past', '2024-01-02', 'hours', '10:00', '12:00');
\x on
-- arguments
SELECT * FROM pg_temp.refused($$SELECT pls.due_at('2024-01-01', '1 month', 'c')$$);
SELECT * FROM pg_temp.refused($$SELECT pls.due_at('2024-01-01', '1 year')$$);
SELECT * FROM pg_temp.refused($$SELECT pls.due_at('2024-01-01', '-1 second', 'c')$$);
SELECT * FROM pg_temp.refused($$SELECT pls.due_at('2024-01-01', '1 day -25 hours')$$);
SELECT * FROM pg_temp.refused($$SELECT pls.due_at('infinity', '1 hour', 'c')$$);
SELECT * FROM pg_temp.refused($$SELECT pls.due_at('-infinity', '0')$$);
SELECT * FROM pg_temp.refused($$SELECT pls.working_time('-infinity', '2024-01-01', 'c')$$);
SELECT * FROM pg_temp.refused($$SELECT pls.working_time('2024-01-01', 'infinity')$$);
SELECT * FROM pg_temp.refused($$SELECT pls.due_at('2024-01-01', '1 hour', 'nowhere')$$);
SELECT * FROM pg_temp.refused($$SELECT pls.due_at('2024-01-01', '0', 'nowhere')$$);
SELECT * FROM pg_temp.refused($$SELECT pls.working_time('2024-01-01', '2024-01-02', '')$$);
SELECT * FROM pg_temp.refused($$SELECT pls.working_time('2024-01-01', '2024-01-02', repeat('x', 64))$$);
-- ranges
SELECT * FROM pg_temp.refused($$SELECT pls.due_at('2024-01-01', '200000000 days')$$);
SELECT * FROM pg_temp.refused($$SELECT pls.due_at('2024-01-01', '100000000 days', 'c')$$);
SELECT * FROM pg_temp.refused($$SELECT pls.due_at('2024-01-01', '2147483647 days', 'c')$$);
SELECT * FROM pg_temp.refused($$SELECT pls.due_at('294276-12-31 23:59:59.999999', '1 hour', 'business_hours')$$);
SELECT * FROM pg_temp.refused($$SELECT pls.due_at('294276-12-31 23:59:59.999999', '1 us')$$);
SELECT * FROM pg_temp.refused($$SELECT pls.working_time('4713-01-01 00:00 BC', '294276-12-31 23:59:59.999999')$$);
-- no working time ahead
SELECT * FROM pg_temp.refused($$SELECT pls.due_at('2024-01-01', '1 hour', 'empty')$$);
SELECT * FROM pg_temp.refused($$SELECT pls.due_at('2024-01-01', '2 hours 1 us', 'past')$$);
SELECT * FROM pg_temp.refused($$SELECT pls.due_at('2024-01-03', '1 us', 'past')$$);
-- calendars
SELECT * FROM pg_temp.refused($$INSERT INTO pls.calendars VALUES ('d', 'Mars/Olympus')$$);
SELECT * FROM pg_temp.refused($$INSERT INTO pls.calendars VALUES ('d', '')$$);
SELECT * FROM pg_temp.refused($$INSERT INTO pls.calendars VALUES ('d', NULL)$$);
SELECT * FROM pg_temp.refused($$INSERT INTO pls.calendars VALUES ('d', repeat('x', 100))$$);
SELECT * FROM pg_temp.refused($$UPDATE pls.calendars SET time_zone = 'Nowhere' WHERE calendar = 'c'$$);
SELECT * FROM pg_temp.refused($$INSERT INTO pls.calendars VALUES ('c')$$);
SELECT * FROM pg_temp.refused($$INSERT INTO pls.calendars VALUES ('')$$);
SELECT * FROM pg_temp.refused($$INSERT INTO pls.calendars VALUES (repeat('x', 64))$$);
-- hours
SELECT * FROM pg_temp.refused($$INSERT INTO pls.calendar_hours VALUES ('nowhere', 1, '09:00', '17:00')$$);
SELECT * FROM pg_temp.refused($$INSERT INTO pls.calendar_hours VALUES ('c', 0, '09:00', '17:00')$$);
SELECT * FROM pg_temp.refused($$INSERT INTO pls.calendar_hours VALUES ('c', 8, '09:00', '17:00')$$);
SELECT * FROM pg_temp.refused($$INSERT INTO pls.calendar_hours VALUES ('c', 2, '22:00', '06:00')$$);
SELECT * FROM pg_temp.refused($$INSERT INTO pls.calendar_hours VALUES ('c', 2, '09:00', '09:00')$$);
SELECT * FROM pg_temp.refused($$INSERT INTO pls.calendar_hours VALUES ('c', 2, '09:00', '24:01')$$);
SELECT * FROM pg_temp.refused($$INSERT INTO pls.calendar_hours VALUES ('c', 2, NULL, '17:00')$$);
SELECT * FROM pg_temp.refused($$INSERT INTO pls.calendar_hours VALUES ('c', 1, '09:00', '10:00')$$);
SELECT * FROM pg_temp.refused($$INSERT INTO pls.calendar_hours VALUES ('c', 1, '08:00', '09:00:01')$$);
SELECT * FROM pg_temp.refused($$INSERT INTO pls.calendar_hours VALUES ('c', 2, '08:00', '12:00'), ('c', 2, '10:00', '11:00')$$);
SELECT * FROM pg_temp.refused($$UPDATE pls.calendar_hours SET closes = '18:01' WHERE calendar = 'c' AND opens = '09:00'$$);
-- holidays
SELECT * FROM pg_temp.refused($$INSERT INTO pls.holidays VALUES ('nowhere', '2024-01-01')$$);
SELECT * FROM pg_temp.refused($$INSERT INTO pls.holidays VALUES ('c', '20240-01-01')$$);
SELECT * FROM pg_temp.refused($$INSERT INTO pls.holidays VALUES ('c', 'infinity')$$);
SELECT * FROM pg_temp.refused($$INSERT INTO pls.holidays VALUES ('c', NULL)$$);
SELECT * FROM pg_temp.refused($$INSERT INTO pls.holidays VALUES ('c', '2024-01-03', 'x', '10:00', NULL)$$);
SELECT * FROM pg_temp.refused($$INSERT INTO pls.holidays VALUES ('c', '2024-01-03', 'x', NULL, '10:00')$$);
SELECT * FROM pg_temp.refused($$INSERT INTO pls.holidays VALUES ('c', '2024-01-03', 'x', '10:00', '09:00')$$);
SELECT * FROM pg_temp.refused($$INSERT INTO pls.holidays VALUES ('c', '2024-01-02', 'x', '11:00', '13:00')$$);
SELECT * FROM pg_temp.refused($$INSERT INTO pls.holidays VALUES ('c', '2024-01-02', 'x')$$);
SELECT * FROM pg_temp.refused($$INSERT INTO pls.holidays VALUES ('c', '2024-01-01', 'x', '11:00', '13:00')$$);
SELECT * FROM pg_temp.refused($$INSERT INTO pls.holidays VALUES ('c', '2024-01-01', 'x')$$);
SELECT * FROM pg_temp.refused($$UPDATE pls.holidays SET opens = NULL, closes = NULL, day = '2024-01-01' WHERE calendar = 'c'$$);
-- the trigger function
CREATE TEMP TABLE t (a integer);
CREATE TRIGGER t BEFORE INSERT ON t EXECUTE FUNCTION pls_internal.calendar_changed();
SELECT * FROM pg_temp.refused($$INSERT INTO t VALUES (1)$$);
SELECT * FROM pg_temp.refused($$SELECT pls_internal.calendar_changed()$$);
\x off
-- what is not refused
INSERT INTO pls.calendar_hours VALUES ('c', 1, '17:00', '18:00'), ('c', 1, '00:00', '09:00');
INSERT INTO pls.holidays VALUES ('c', '2024-01-02', 'touching', '12:00', '24:00');
UPDATE pls.calendar_hours SET opens = opens + interval '15 min',
    closes = least(closes + interval '15 min', '18:00')
WHERE calendar = 'c' AND opens BETWEEN '09:00' AND '17:00';
UPDATE pls.calendar_hours SET weekday = weekday + 1 WHERE calendar = 'c';
SELECT weekday, opens, closes FROM pls.calendar_hours WHERE calendar = 'c' ORDER BY 1, 2;
SELECT pls_internal.check_time_zone('europe/berlin'), pls_internal.check_time_zone('utc');
SELECT pls.due_at('2024-01-01', '0', 'empty'), pls.due_at('2024-01-01', '2 hours', 'past'),
       pls.working_time('2024-01-01', '294276-12-31', 'empty');
-- what gets past the checks, as replication applies it, counts once
SET LOCAL session_replication_role = replica;
INSERT INTO pls.calendar_hours VALUES ('past', 1, '09:00', '12:00'), ('past', 1, '11:00', '13:00'),
    ('past', 1, '09:30', '10:00'), ('past', 1, '14:00', '15:00');
INSERT INTO pls.holidays VALUES ('past', '2024-01-02', 'more', '09:00', '11:00'),
    ('past', '2024-01-02', 'a day off', NULL, NULL);
RESET session_replication_role;
SELECT pls.working_time('2024-01-01', '2024-01-02', 'past') AS monday,
       pls.working_time('2024-01-02', '2024-01-03', 'past') AS tuesday;
ROLLBACK;
-- no right on the tables is needed to ask
CREATE ROLE pls_calendar_nobody;
GRANT USAGE ON SCHEMA pls TO pls_calendar_nobody;
SET ROLE pls_calendar_nobody;
SET search_path = pg_temp;
SELECT pls.due_at('2024-03-01 16:00+00', '2 hours', 'business_hours');
SELECT current_user, current_setting('search_path');
SELECT count(*) FROM pls.calendars;
SELECT pls.due_at('2024-03-01 16:00+00', '2 hours', 'nowhere');
SELECT current_user, current_setting('search_path');
RESET search_path;
RESET ROLE;
-- and to edit them, rights on these tables alone
BEGIN;
GRANT SELECT, INSERT, UPDATE, DELETE ON pls.calendars, pls.calendar_hours, pls.holidays TO pls_calendar_nobody;
SET LOCAL ROLE pls_calendar_nobody;
INSERT INTO pls.calendars (calendar, time_zone) VALUES ('of nobody', 'UTC'), ('business_hours', 'UTC');
INSERT INTO pls.calendar_hours VALUES ('of nobody', 1, '09:00', '12:00'), ('business_hours', 6, '09:00', '12:00');
INSERT INTO pls.holidays VALUES ('of nobody', '2024-01-02', 'a day off');
SELECT calendar, shipped FROM pls.calendars WHERE calendar IN ('of nobody', 'business_hours') ORDER BY calendar;
ROLLBACK;
REVOKE USAGE ON SCHEMA pls FROM pls_calendar_nobody;
DROP ROLE pls_calendar_nobody;
