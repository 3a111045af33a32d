-- Working time: the vectors of the specification and cases counted by hand.
\set ECHO none
\set QUIET on
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
RESET client_min_messages;
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET intervalstyle = 'postgres';
BEGIN;

-- weekdays as text: '1-5'
CREATE FUNCTION pg_temp.hours(calendar text, first integer, last integer,
                              VARIADIC blocks text[]) RETURNS void
LANGUAGE sql
AS $$
    INSERT INTO pls.calendar_hours (calendar, weekday, opens, closes)
    SELECT $1, d, split_part(b, '-', 1)::time, split_part(b, '-', 2)::time
    FROM generate_series($2, $3) AS d, unnest($4) AS b
$$;

INSERT INTO pls.calendars (calendar, time_zone) VALUES
    ('8-18', 'UTC'), ('9-17', 'UTC'), ('8-17', 'UTC'), ('lunch', 'Europe/Berlin'),
    ('night', 'UTC'), ('sunday night', 'UTC'), ('short', 'UTC'),
    ('ny', 'America/New_York'), ('ny early', 'America/New_York'),
    ('ny 0230', 'America/New_York'), ('ny -0230', 'America/New_York'),
    ('ny in gap', 'America/New_York'),
    ('ny 0130', 'America/New_York'), ('ny -0130', 'America/New_York'),
    ('berlin early', 'Europe/Berlin'), ('lord howe', 'Australia/Lord_Howe'),
    ('kathmandu', 'Asia/Kathmandu'), ('kathmandu early', 'Asia/Kathmandu'),
    ('apia', 'Pacific/Apia'), ('apia all', 'Pacific/Apia'),
    ('only days', 'Europe/Berlin'),
    ('st johns late', 'America/St_Johns'), ('st johns', 'America/St_Johns');
SELECT pg_temp.hours('8-18', 1, 5, '8:00-18:00'),
       pg_temp.hours('9-17', 1, 5, '9:00-17:00'),
       pg_temp.hours('8-17', 1, 5, '8:00-17:00'),
       pg_temp.hours('lunch', 1, 5, '13:00-17:00', '9:00-12:00'),
       pg_temp.hours('night', 1, 5, '22:00-24:00'),
       pg_temp.hours('night', 2, 6, '00:00-06:00'),
       pg_temp.hours('sunday night', 7, 7, '20:00-24:00'),
       pg_temp.hours('sunday night', 1, 1, '00:00-04:00'),
       pg_temp.hours('short', 1, 5, '9:00-17:00'),
       pg_temp.hours('ny', 1, 7, '00:00-24:00'),
       pg_temp.hours('ny early', 1, 7, '00:00-04:00'),
       pg_temp.hours('ny 0230', 1, 7, '02:30-05:00'),
       pg_temp.hours('ny -0230', 1, 7, '01:15-02:30'),
       pg_temp.hours('ny in gap', 1, 7, '02:10-02:50'),
       pg_temp.hours('ny 0130', 1, 7, '01:30-05:00'),
       pg_temp.hours('ny -0130', 1, 7, '00:00-01:30'),
       pg_temp.hours('berlin early', 1, 7, '00:00-06:00'),
       pg_temp.hours('lord howe', 1, 7, '00:00-04:00'),
       pg_temp.hours('kathmandu', 1, 5, '10:00-17:00'),
       pg_temp.hours('kathmandu', 7, 7, '10:00-17:00'),
       pg_temp.hours('kathmandu early', 1, 7, '00:00-01:00'),
       pg_temp.hours('apia', 1, 7, '09:00-17:00'),
       pg_temp.hours('apia all', 1, 7, '00:00-24:00'),
       pg_temp.hours('st johns late', 1, 7, '22:00-24:00'),
       pg_temp.hours('st johns', 1, 7, '00:00-24:00') \g /dev/null
INSERT INTO pls.holidays (calendar, day, name, opens, closes) VALUES
    ('9-17', '2024-03-08', 'a Friday', NULL, NULL),
    ('short', '2024-12-24', 'Christmas Eve', '9:00', '12:00'),
    ('short', '2024-12-25', 'Christmas', NULL, NULL),
    ('short', '2024-12-26', 'Boxing Day', NULL, NULL),
    ('short', '2024-12-28', 'a Saturday that works', '10:00', '14:00'),
    ('short', '2024-12-31', 'New Year''s Eve', '8:00', '10:00'),
    ('short', '2024-12-31', 'New Year''s Eve', '11:00', '12:00'),
    ('night', '2024-03-12', 'a Tuesday', NULL, NULL),
    ('sunday night', '2024-03-11', 'a Monday', NULL, NULL),
    ('only days', '2024-03-30', 'a Saturday that works', '10:00', '12:00'),
    ('only days', '2024-11-02', 'another', '10:00', '12:00'),
    ('apia', '2012-01-03', 'a Tuesday', NULL, NULL),
    ('apia', '2011-12-30', 'a day that never was', NULL, NULL),
    ('st johns', '2010-11-07', 'a Sunday', NULL, NULL);

CREATE TEMP TABLE due (id integer, what text, calendar text, start timestamptz,
                       duration interval, expected timestamptz);
INSERT INTO due VALUES
    (1, 'over the weekend', '8-18', '2024-03-01 17:00+00', '4 h', '2024-03-04 11:00+00'),
    (2, 'over a holiday and the weekend', '9-17', '2024-03-07 15:00+00', '4 h', '2024-03-11 11:00+00'),
    (3, 'a quarter before closing', '8-17', '2024-03-01 16:45+00', '1 h', '2024-03-04 08:45+00'),
    (4, 'zero, open', '8-18', '2024-03-01 17:00+00', '0', '2024-03-01 17:00+00'),
    (5, 'zero, closed', '8-18', '2024-03-02 12:00+00', '0', '2024-03-02 12:00+00'),
    (6, 'ends at closing', '8-18', '2024-03-01 17:00+00', '1 h', '2024-03-01 18:00+00'),
    (7, 'a microsecond from Saturday', '8-18', '2024-03-02 12:00+00', '1 us', '2024-03-04 08:00:00.000001+00'),
    (8, 'starts at closing', '8-18', '2024-03-01 18:00+00', '1 h', '2024-03-04 09:00+00'),
    (9, 'opening to closing', '8-18', '2024-03-04 08:00+00', '10 h', '2024-03-04 18:00+00'),
    (10, 'before opening', '8-18', '2024-03-04 03:00+00', '30 min', '2024-03-04 08:30+00'),
    (11, 'a day is 24 hours of work', '8-18', '2024-03-04 08:00+00', '1 day', '2024-03-06 12:00+00'),
    (12, 'fields of both signs', '8-18', '2024-03-04 08:00+00', '1 day -23 h', '2024-03-04 09:00+00'),
    (13, 'over lunch', 'lunch', '2024-03-04 11:30+01', '1 h', '2024-03-04 13:30+01'),
    (14, 'from lunch', 'lunch', '2024-03-04 12:20+01', '1 h', '2024-03-04 14:00+01'),
    (15, 'until lunch', 'lunch', '2024-03-04 11:00+01', '1 h', '2024-03-04 12:00+01'),
    (16, 'both blocks', 'lunch', '2024-03-04 09:00+01', '7 h', '2024-03-04 17:00+01'),
    (17, 'Berlin, over the weekend in spring', 'lunch', '2024-03-29 16:00+01', '2 h', '2024-04-01 10:00+02'),
    (18, 'Berlin, over the weekend in autumn', 'lunch', '2024-10-25 16:00+02', '2 h', '2024-10-28 10:00+01'),
    (19, 'over midnight', 'night', '2024-03-04 21:00+00', '3 h', '2024-03-05 01:00+00'),
    (20, 'Friday night and on', 'night', '2024-03-15 23:00+00', '8 h', '2024-03-18 23:00+00'),
    (21, 'Friday night to its end', 'night', '2024-03-15 23:00+00', '7 h', '2024-03-16 06:00+00'),
    (22, 'until 24:00', 'night', '2024-03-04 22:00+00', '2 h', '2024-03-05 00:00+00'),
    (23, 'holiday in nights that touch', 'night', '2024-03-11 23:00+00', '8 h', '2024-03-13 23:00+00'),
    (24, 'over the end of the week', 'sunday night', '2024-03-03 23:00+00', '2 h', '2024-03-04 01:00+00'),
    (25, 'holiday right after midnight', 'sunday night', '2024-03-10 23:00+00', '2 h', '2024-03-17 21:00+00'),
    (26, 'New York, spring', 'ny', '2024-03-10 00:00-05', '3 h', '2024-03-10 04:00-04'),
    (27, 'New York, spring, hours run short', 'ny early', '2024-03-10 00:00-05', '4 h', '2024-03-11 01:00-04'),
    (28, 'New York, autumn, into the second pass', 'ny early', '2024-11-03 00:00-04', '2 h 30 min', '2024-11-03 01:30-05'),
    (29, 'New York, autumn, to its end', 'ny early', '2024-11-03 00:00-04', '3 h', '2024-11-03 02:00-05'),
    (30, 'opens inside the gap', 'ny 0230', '2024-03-10 00:00-05', '30 min', '2024-03-10 03:30-04'),
    (31, 'closes inside the gap', 'ny -0230', '2024-03-10 00:00-05', '45 min', '2024-03-10 03:00-04'),
    (32, 'lies inside the gap: next day', 'ny in gap', '2024-03-10 00:00-05', '10 min', '2024-03-11 02:20-04'),
    (33, 'opens inside the doubled hour', 'ny 0130', '2024-11-03 00:00-04', '45 min', '2024-11-03 01:45-05'),
    (34, 'closes inside the doubled hour', 'ny -0130', '2024-11-03 00:00-04', '1 h 45 min', '2024-11-03 01:15-05'),
    (35, 'Lord Howe, spring', 'lord howe', '2024-10-06 00:00+10:30', '3 h', '2024-10-06 03:30+11'),
    (36, 'Lord Howe, autumn', 'lord howe', '2024-04-07 00:00+11', '3 h', '2024-04-07 02:30+10:30'),
    (37, 'Kathmandu, over Saturday', 'kathmandu', '2024-03-01 16:30+05:45', '1 h', '2024-03-03 10:30+05:45'),
    (38, 'Apia, over the skipped day', 'apia', '2011-12-29 16:00-10', '2 h', '2011-12-31 10:00+14'),
    (39, 'Apia, around the clock', 'apia all', '2011-12-29 23:00-10', '2 h', '2011-12-31 01:00+14'),
    (40, 'shortened day', 'short', '2024-12-24 11:00+00', '2 h', '2024-12-27 10:00+00'),
    (41, 'end of a shortened day', 'short', '2024-12-24 09:00+00', '3 h', '2024-12-24 12:00+00'),
    (42, 'a Saturday that works', 'short', '2024-12-27 16:00+00', '3 h', '2024-12-28 12:00+00'),
    (43, 'two blocks of a holiday', 'short', '2024-12-31 09:30+00', '1 h', '2024-12-31 11:30+00'),
    (44, 'from a whole day off', 'short', '2024-12-25 10:00+00', '1 h', '2024-12-27 10:00+00'),
    (45, 'leap day', '8-18', '2024-02-28 17:00+00', '12 h', '2024-03-01 09:00+00'),
    (46, 'a year of weeks', '8-18', '2024-03-04 08:00+00', '2600 h', '2025-02-28 18:00+00'),
    (47, 'over the year 2000', '9-17', '1999-12-31 16:00+00', '2 h', '2000-01-03 10:00+00'),
    (48, 'around the clock', NULL, '2024-03-30 12:00+00', '36 h', '2024-04-01 00:00+00'),
    (49, 'the shipped calendar', 'business_hours', '2024-03-01 16:00+00', '2 h', '2024-03-04 10:00+00'),
    (50, 'St Johns, midnight comes twice', 'st johns late', '2010-11-06 22:00-02:30', '2 h 30 min', '2010-11-06 23:31-03:30'),
    (51, 'no regular hours, changes of the clock between', 'only days', '2024-03-30 11:00+01', '2 h', '2024-11-02 11:00+01'),
    (52, 'the last that there is', 'only days', '2024-03-30 11:00+01', '3 h', '2024-11-02 12:00+01'),
    (53, 'start NULL', '9-17', NULL, '1 h', NULL),
    (54, 'duration NULL', '9-17', '2024-03-01 16:00+00', NULL, NULL);

CREATE TEMP TABLE worked (id integer, what text, calendar text, a timestamptz,
                          b timestamptz, expected interval);
INSERT INTO worked VALUES
    (1, 'a week', '8-18', '2024-03-04 00:00+00', '2024-03-11 00:00+00', '50:00'),
    (2, 'a week of nights', 'night', '2024-03-04 00:00+00', '2024-03-11 00:00+00', '40:00'),
    (3, 'closing to opening', '8-18', '2024-03-01 18:00+00', '2024-03-04 08:00+00', '0'),
    (4, 'nothing', '8-18', '2024-03-01 12:00+00', '2024-03-01 12:00+00', '0'),
    (5, 'inside a block', '8-18', '2024-03-01 12:00+00', '2024-03-01 12:00:00.000007+00', '00:00:00.000007'),
    (6, 'backwards', '8-18', '2024-03-04 11:00+00', '2024-03-01 17:00+00', '-04:00'),
    (7, 'New York, the day of spring', 'ny', '2024-03-10 00:00-05', '2024-03-11 00:00-04', '23:00'),
    (8, 'New York, the day of autumn', 'ny', '2024-11-03 00:00-04', '2024-11-04 00:00-05', '25:00'),
    (9, 'New York, block over the gap', 'ny early', '2024-03-10 00:00-05', '2024-03-11 00:00-04', '03:00'),
    (10, 'New York, block over the doubled hour', 'ny early', '2024-11-03 00:00-04', '2024-11-04 00:00-05', '05:00'),
    (11, 'opens inside the gap', 'ny 0230', '2024-03-10 00:00-05', '2024-03-11 00:00-04', '02:00'),
    (12, 'closes inside the gap', 'ny -0230', '2024-03-10 00:00-05', '2024-03-11 00:00-04', '00:45'),
    (13, 'lies inside the gap', 'ny in gap', '2024-03-10 00:00-05', '2024-03-11 00:00-04', '0'),
    (14, 'the same in autumn', 'ny in gap', '2024-11-03 00:00-04', '2024-11-04 00:00-05', '00:40'),
    (15, 'opens inside the doubled hour', 'ny 0130', '2024-11-03 00:00-04', '2024-11-04 00:00-05', '04:00'),
    (16, 'closes inside the doubled hour', 'ny -0130', '2024-11-03 00:00-04', '2024-11-04 00:00-05', '02:00'),
    (17, 'Berlin, spring', 'berlin early', '2024-03-31 00:00+01', '2024-04-01 00:00+02', '05:00'),
    (18, 'Berlin, autumn', 'berlin early', '2024-10-27 00:00+02', '2024-10-28 00:00+01', '07:00'),
    (19, 'Lord Howe, spring', 'lord howe', '2024-10-06 00:00+10:30', '2024-10-07 00:00+11', '03:30'),
    (20, 'Lord Howe, autumn', 'lord howe', '2024-04-07 00:00+11', '2024-04-08 00:00+10:30', '04:30'),
    (21, 'Kathmandu, a day of UTC', 'kathmandu', '2024-03-03 00:00+00', '2024-03-04 00:00+00', '07:00'),
    (22, 'Kathmandu, the change of 1986', 'kathmandu early', '1986-01-01 00:00+05:30', '1986-01-02 00:00+05:45', '00:45'),
    (23, 'Apia, a holiday on the skipped day', 'apia', '2011-12-29 00:00-10', '2012-01-01 00:00+14', '16:00'),
    (24, 'Apia, and one after it', 'apia', '2011-12-29 00:00-10', '2012-01-05 00:00+14', '40:00'),
    (25, 'Apia, around the clock', 'apia all', '2011-12-29 00:00-10', '2012-01-01 00:00+14', '48:00'),
    (26, 'Christmas', 'short', '2024-12-23 00:00+00', '2025-01-01 00:00+00', '34:00'),
    (27, 'Christmas backwards', 'short', '2025-01-01 00:00+00', '2024-12-23 00:00+00', '-34:00'),
    (28, 'early closing to next opening', 'short', '2024-12-24 12:00+00', '2024-12-27 09:00+00', '0'),
    (29, 'holidays before and after', 'short', '2024-12-23 12:00+00', '2024-12-30 12:00+00', '23:00'),
    (30, 'around the clock', NULL, '2024-03-30 12:00+00', '2024-04-01 00:00+00', '36:00'),
    (31, 'around the clock, backwards', NULL, '2024-04-01 00:00+00', '2024-03-30 12:00+00', '-36:00'),
    (32, 'St Johns, midnight comes twice', 'st johns late', '2010-11-06 00:00-02:30', '2010-11-07 12:00-03:30', '02:59'),
    (33, 'St Johns, a holiday that begins twice', 'st johns', '2010-11-06 00:00-02:30', '2010-11-08 00:00-03:30', '24:59'),
    (34, 'from NULL', '9-17', NULL, '2024-04-01 00:00+00', NULL),
    (35, 'to NULL', '9-17', '2024-04-01 00:00+00', NULL, NULL);
\set QUIET off
\set ECHO all

-- Each expected value has been counted by hand; a row shown is a failure.
SELECT count(*) AS cases FROM due;
SELECT id, what, pls.due_at(start, duration, calendar), expected FROM due
WHERE pls.due_at(start, duration, calendar) IS DISTINCT FROM expected
ORDER BY id;
SELECT count(*) AS cases FROM worked;
SELECT id, what, pls.working_time(a, b, calendar), expected FROM worked
WHERE pls.working_time(a, b, calendar) IS DISTINCT FROM expected
ORDER BY id;
-- the way back
SELECT id, what FROM due
WHERE pls.working_time(start, expected, calendar) <> duration
ORDER BY id;
SELECT id, what FROM worked
WHERE pls.working_time(b, a, calendar) <> - pls.working_time(a, b, calendar)
ORDER BY id;
-- the calendar may be left out; the result has hours, not days
SELECT pls.due_at('2024-03-30 12:00+00', '1 day'),
       pls.working_time('2024-03-30 12:00+00', '2024-04-02 13:30:00.5+00');
-- far away, in few steps
SELECT pls.due_at('2024-03-04 08:00+00', '3650 days', '8-18') AS utc,
       pls.due_at('2024-03-04 08:00+00', '36500 days', 'lunch') > '2024-01-01' AS berlin;
-- beyond the changes that a zone's table lists it goes on by rule: every 400
-- years are alike, and a sum over the last listed one has all its parts
SELECT count(*) FILTER (WHERE pls.working_time(t, t + interval '90 days', 'ny early')
                           <> pls.working_time(t + interval '146097 days',
                                               t + interval '146187 days', 'ny early'))
       AS differences
FROM generate_series(timestamptz '2037-01-01 00:00+00', '2437-12-31', '30 days') AS t;
SELECT count(*) FILTER (WHERE pls.working_time('1900-01-01', t + interval '180 days', 'ny early')
                           <> pls.working_time('1900-01-01', t, 'ny early')
                            + pls.working_time(t, t + interval '180 days', 'ny early'))
       AS differences
FROM generate_series(timestamptz '2037-01-01 00:00+00', '2937-12-31', '1 year') AS t;
-- holidays of each year, from the first on; the rows of a single date win
INSERT INTO pls.calendars (calendar) VALUES ('yearly'), ('only yearly');
INSERT INTO pls.calendar_hours (calendar, weekday, opens, closes) SELECT 'yearly', d, '9:00', '17:00' FROM generate_series(1, 5) d;
INSERT INTO pls.holidays (calendar, day, opens, closes, yearly) VALUES
    ('yearly', '2024-12-25', NULL, NULL, true), ('yearly', '2024-12-24', '9:00', '12:00', true), ('yearly', '2024-02-29', NULL, NULL, true),
    ('yearly', '2026-12-25', '10:00', '14:00', false), ('yearly', '2027-12-24', NULL, NULL, false),
    ('only yearly', '2024-01-01', '9:00', '17:00', true);
SELECT v.id, v.what, pls.due_at(v.start, v.duration, v.calendar) AS due,
       pls.due_at(v.start, v.duration, v.calendar) = v.expected AS right,
       pls.working_time(v.start, v.expected, v.calendar) = v.duration AS back
FROM (VALUES
    (1, 'a short day and a day off, a year later', 'yearly', timestamptz '2025-12-24 09:00+00', interval '4 h', timestamptz '2025-12-26 10:00+00'),
    (2, 'a single date wins with hours', 'yearly', '2026-12-24 09:00+00', '4 h', '2026-12-25 11:00+00'),
    (3, 'not before its year', 'yearly', '2023-12-25 09:00+00', '8 h', '2023-12-25 17:00+00'),
    (4, 'a leap day', 'yearly', '2024-02-28 09:00+00', '9 h', '2024-03-01 10:00+00'),
    (5, 'no leap day, and not the day before', 'yearly', '2025-02-28 09:00+00', '8 h', '2025-02-28 17:00+00'),
    (6, 'the next leap day', 'yearly', '2028-02-28 09:00+00', '9 h', '2028-03-01 10:00+00'),
    (7, 'a single date wins without hours', 'yearly', '2027-12-24 09:00+00', '1 h', '2027-12-27 10:00+00'),
    (8, 'no other day than one each year', 'only yearly', '2024-01-02 09:00+00', '12 h', '2026-01-01 13:00+00'))
    AS v (id, what, calendar, start, duration, expected)
ORDER BY v.id;
SELECT count(*) AS cases, count(*) FILTER (WHERE pls.working_time(t, pls.due_at(t, n * interval '97 minutes', c), c)
                                                 <> n * interval '97 minutes') AS wrong
FROM unnest('{yearly,only yearly}'::text[]) c, generate_series(timestamptz '2023-11-01 07:13+00', '2029-03-01', '31 days') t,
     generate_series(0, 60, 4) n;
SAVEPOINT refused;
INSERT INTO pls.holidays (calendar, day, opens, closes, yearly) VALUES ('yearly', '2030-12-25', '9:00', '10:00', true);
ROLLBACK TO refused;
INSERT INTO pls.holidays (calendar, day, opens, closes, yearly) VALUES ('yearly', '2030-12-24', '11:00', '13:00', true);
ROLLBACK TO refused;
SELECT pls.due_at('2024-01-01', '3900 h', 'only yearly');
ROLLBACK TO refused;
ROLLBACK;
