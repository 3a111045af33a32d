-- Working time: what holds for every calendar, zone, start and duration, on
-- thousands of random ones; and the comparison with two definitions in plain
-- SQL that share nothing with the implementation.
\set ECHO none
\set QUIET on
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
RESET client_min_messages;
SET timezone = 'UTC';
BEGIN;

-- An integer from 0 until before n: the same for the same words everywhere.
CREATE FUNCTION pg_temp.pick(n bigint, VARIADIC words text[]) RETURNS bigint
LANGUAGE sql IMMUTABLE
AS $$
    SELECT ('x' || substr(md5(array_to_string(words, '/')), 1, 15))::bit(60)::bigint % n
$$;

-- 240 calendars in 20 zones.  On each weekday up to 3 blocks, whose bounds
-- are quarter hours of the day (half of the calendars) or of the day and
-- night; some work around the clock.  Every
-- other change of the clock has a holiday near, or a day with hours of its
-- own.
CREATE TEMP TABLE zones AS
SELECT z - 1 AS n, zone FROM unnest(ARRAY['UTC', 'America/New_York',
    'Europe/Berlin', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'Pacific/Apia',
    'America/St_Johns', 'America/Sao_Paulo', 'America/Havana', 'Africa/Cairo',
    'Asia/Tehran', 'Africa/Casablanca', 'Europe/Dublin', 'Pacific/Chatham',
    'Antarctica/Troll', 'America/Caracas', 'Asia/Pyongyang', 'Europe/Istanbul',
    'Pacific/Kiritimati', 'Asia/Amman']) WITH ORDINALITY AS u (zone, z);
CREATE TEMP TABLE many AS
SELECT 'random ' || i AS calendar, i, zone, i / 20 % 2 = 0 AS daytime FROM generate_series(0, 239) AS i
JOIN zones ON n = i % 20;
INSERT INTO pls.calendars (calendar, time_zone) SELECT calendar, zone FROM many;

CREATE FUNCTION pg_temp.blocks(seed text, daytime boolean) RETURNS TABLE (opens time, closes time)
LANGUAGE sql
AS $$
    -- up to six different quarter hours, in order, are the bounds
    WITH bounds AS (
        SELECT q, row_number() OVER (ORDER BY q) AS r,
               count(*) OVER () AS n
        FROM (SELECT DISTINCT CASE WHEN daytime THEN 17 + pg_temp.pick(72, seed, b::text)
                              ELSE pg_temp.pick(97, seed, b::text) END AS q
              FROM generate_series(1, 2 * pg_temp.pick(4, seed, 'n')) AS b) AS p)
    SELECT make_time((a.q / 4)::int, (a.q % 4 * 15)::int, 0),
           CASE z.q WHEN 96 THEN time '24:00'
                ELSE make_time((z.q / 4)::int, (z.q % 4 * 15)::int, 0) END
    FROM bounds AS a JOIN bounds AS z ON z.r = a.r + 1
    WHERE a.r % 2 = 1
$$;
INSERT INTO pls.calendar_hours
SELECT calendar, d, opens, closes
FROM many, generate_series(1, 7) AS d,
     LATERAL pg_temp.blocks(calendar || d, daytime) AS b
WHERE i / 20 % 8 <> 5;
-- some of them: around the clock, one day a week at most off
INSERT INTO pls.calendar_hours
SELECT calendar, d, '00:00', '24:00' FROM many, generate_series(1, 7) AS d
WHERE i / 20 % 8 = 5 AND d <> pg_temp.pick(9, calendar);
INSERT INTO pls.calendar_hours
SELECT calendar, 1, '08:00', '08:15' FROM many
WHERE NOT EXISTS (SELECT FROM pls.calendar_hours AS h WHERE h.calendar = many.calendar);

-- the days on which the clocks of each zone have changed; for zones that
-- have never changed them, those of New York
CREATE TEMP TABLE near AS
SELECT zone, row_number() OVER (PARTITION BY zone ORDER BY t) - 1 AS n,
       count(*) OVER (PARTITION BY zone) AS of, t AS at
FROM (SELECT zones.zone, t FROM zones,
          generate_series(timestamptz '2006-01-01', '2022-12-01', '1 day') AS t,
          LATERAL (VALUES (1, zones.zone), (2, 'America/New_York')) AS c (choice, zone)
      WHERE (t + interval '1 day') AT TIME ZONE c.zone - t AT TIME ZONE c.zone <> interval '1 day'
        AND choice = CASE WHEN zones.zone IN ('UTC', 'Asia/Kathmandu', 'Pacific/Kiritimati')
                     THEN 2 ELSE 1 END) AS c;
INSERT INTO pls.holidays (calendar, day, opens, closes)
SELECT calendar, h.day, b.opens, b.closes
FROM many
     CROSS JOIN LATERAL (
         SELECT DISTINCT (near.at + (pg_temp.pick(9, calendar, near.n::text) - 4) * interval '1 day')::date AS day
         FROM near WHERE near.zone = many.zone AND pg_temp.pick(2, calendar, near.n::text) = 0) AS h
     LEFT JOIN LATERAL pg_temp.blocks(calendar || h.day, daytime) AS b
            ON pg_temp.pick(2, calendar, h.day::text) = 0;

-- 12,000 cases: a start within three days of a change of the clock (on the
-- quarter hour, or to the microsecond), two durations
CREATE TEMP TABLE cases AS
SELECT c, calendar, zone, daytime, s, a, b, pls.due_at(s, a, calendar) AS due
FROM (SELECT c, calendar, zone, daytime,
             near.at + CASE pg_temp.pick(2, c::text, 'fine')
                 WHEN 0 THEN (pg_temp.pick(576, c::text, 'start') - 240) * interval '15 minutes'
                 ELSE (pg_temp.pick(518400000000, c::text, 'start') - 216000000000) * interval '1 us' END AS s,
             CASE pg_temp.pick(4, c::text, 'long')
                 WHEN 0 THEN pg_temp.pick(200, c::text, 'a') * interval '15 minutes'
                 WHEN 1 THEN pg_temp.pick(1000000000000000, c::text, 'a') * interval '1 us'
                 ELSE pg_temp.pick(200000000000, c::text, 'a') * interval '1 us' END AS a,
             pg_temp.pick(200000000000, c::text, 'b') * interval '1 us' AS b
      FROM generate_series(1, 12000) AS c
      JOIN many ON i = c % 240
      JOIN near USING (zone)
      WHERE near.n = pg_temp.pick(near.of, c::text)) AS p;

-- Definition 1: of the quarter hours from a until before b those at which
-- the wall clock shows a time inside a block.
CREATE FUNCTION pg_temp.by_quarters(calendar text, zone text, a timestamptz, b timestamptz)
RETURNS interval LANGUAGE sql
AS $$
    SELECT count(*) * interval '15 minutes'
    FROM (SELECT t AT TIME ZONE $2 AS wall
          FROM generate_series($3, $4 - interval '15 minutes', '15 minutes') AS t) AS q
    WHERE CASE WHEN EXISTS (SELECT FROM pls.holidays AS h
                            WHERE h.calendar = $1 AND h.day = q.wall::date)
          THEN EXISTS (SELECT FROM pls.holidays AS h
                       WHERE h.calendar = $1 AND h.day = q.wall::date
                         AND q.wall::time >= h.opens AND q.wall::time < h.closes)
          ELSE EXISTS (SELECT FROM pls.calendar_hours AS h
                       WHERE h.calendar = $1 AND h.weekday = extract(isodow FROM q.wall)
                         AND q.wall::time >= h.opens AND q.wall::time < h.closes) END
$$;

-- Definition 2: the lengths of what the blocks of the local days, their
-- bounds converted to instants, have in common with a until before b.  It
-- holds where no bound lies in a skipped or doubled hour.
CREATE FUNCTION pg_temp.by_days(calendar text, zone text, a timestamptz, b timestamptz)
RETURNS interval LANGUAGE sql
AS $$
    SELECT coalesce(sum(least((day + closes) AT TIME ZONE $2, $4)
                        - greatest((day + opens) AT TIME ZONE $2, $3)), '0')
    FROM (SELECT d::date AS day
          FROM generate_series(($3 AT TIME ZONE $2)::date - 1,
                               ($4 AT TIME ZONE $2)::date + 1, interval '1 day') AS d
          -- but for the day that Samoa has skipped
          WHERE ((d::date + time '12:00') AT TIME ZONE $2 AT TIME ZONE $2)::date = d::date) AS days
    CROSS JOIN LATERAL (
        SELECT h.opens, h.closes FROM pls.holidays AS h
        WHERE h.calendar = $1 AND h.day = days.day
        UNION ALL
        SELECT h.opens, h.closes FROM pls.calendar_hours AS h
        WHERE h.calendar = $1 AND h.weekday = extract(isodow FROM days.day)
          AND NOT EXISTS (SELECT FROM pls.holidays AS o
                          WHERE o.calendar = $1 AND o.day = days.day)) AS blocks
    WHERE (day + closes) AT TIME ZONE $2 > $3 AND (day + opens) AT TIME ZONE $2 < $4
$$;
\set QUIET off
\set ECHO all

SELECT count(*) AS cases, count(DISTINCT calendar) AS calendars,
       count(DISTINCT zone) AS zones,
       count(*) FILTER (WHERE a = '0') AS zero,
       count(*) FILTER (WHERE due - s > '100 days') AS long,
       (SELECT count(*) > 1000 FROM pls.holidays WHERE opens IS NULL) AS days_off,
       (SELECT count(*) > 1000 FROM pls.holidays WHERE opens IS NOT NULL) AS own_hours
FROM cases;

-- Starts on local days of 23, 24 and 25 hours, in six zones and more each.
SELECT round(hours) AS hours, count(*) > 50 AS many, count(DISTINCT zone) >= 6 AS zones
FROM (SELECT zone, extract(epoch FROM (d + 1)::timestamp AT TIME ZONE zone - d::timestamp AT TIME ZONE zone) / 3600 AS hours
      FROM (SELECT zone, (s AT TIME ZONE zone)::date AS d FROM cases) AS days) AS lengths
WHERE hours IN (23, 24, 25)
GROUP BY hours ORDER BY hours;

-- working_time(s, due_at(s, a)) = a, and no instant before it has as much
SELECT count(*) FILTER (WHERE pls.working_time(s, due, calendar) <> a) AS round_trip,
       count(*) FILTER (WHERE due < s) AS backwards,
       count(*) FILTER (WHERE a > '0'
           AND pls.working_time(s, due - interval '1 us', calendar) <> a - interval '1 us') AS not_first
FROM cases;

-- a later start or a longer duration is never due earlier
SELECT count(*) FILTER (WHERE pls.due_at(s + b, a, calendar) < due) AS start,
       count(*) FILTER (WHERE pls.due_at(s, a + b, calendar) < due) AS duration,
       count(*) FILTER (WHERE a > '0' AND pls.due_at(s, a + interval '1 us', calendar) <= due) AS strictly
FROM cases;

-- in two parts as in one; a start in closed hours as at the next opening
SELECT count(*) FILTER (WHERE b > '0'
           AND pls.due_at(due, b, calendar) <> pls.due_at(s, a + b, calendar)) AS parts,
       count(*) FILTER (WHERE pls.working_time(s, pls.due_at(due, b, calendar), calendar)
           <> a + b) AS worked,
       count(*) FILTER (WHERE a > '0'
           AND pls.due_at(pls.due_at(s, interval '1 us', calendar) - interval '1 us', a, calendar)
           <> due) AS next_opening
FROM cases;

-- working time adds up, has a sign, and is at most the time
SELECT count(*) FILTER (WHERE pls.working_time(s, s + b, calendar)
           + pls.working_time(s + b, due, calendar)
           <> pls.working_time(s, due, calendar)) AS sums,
       count(*) FILTER (WHERE pls.working_time(due, s, calendar)
           <> - pls.working_time(s, due, calendar)) AS signs,
       count(*) FILTER (WHERE pls.working_time(s, s + b, calendar) NOT BETWEEN '0' AND b) AS bounds
FROM cases;

-- definition 1, six days around the start
SELECT count(*) AS compared,
       count(*) FILTER (WHERE pls.working_time(x, x + interval '6 days', calendar)
           <> pg_temp.by_quarters(calendar, zone, x, x + interval '6 days')) AS different
FROM (SELECT calendar, zone, date_bin('15 minutes', s, '2000-01-01') - interval '3 days' AS x
      FROM cases WHERE c % 10 = 0) AS t;

-- definition 2, by day only, up to a year and a half from the start
SELECT count(*) AS compared,
       count(*) FILTER (WHERE pls.working_time(s, t, calendar)
           <> pg_temp.by_days(calendar, zone, s, t)) AS different
FROM (SELECT calendar, zone, s,
             s + pg_temp.pick(50000000000000 / (1 + c % 100), c::text, 'days') * interval '1 us' AS t
      FROM cases WHERE daytime AND c % 5 = 0) AS t;
ROLLBACK;
