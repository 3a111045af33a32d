-- Local days around each change of a zone's clocks, also where the zone's
-- table ends and its rule goes on: pls.distinct_days() and measure days
-- against the definition.  A change is the first row: what is known of it
-- holds for the rows after it.
\set ECHO none
\set QUIET on
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
RESET client_min_messages;
SET timezone = 'UTC';
BEGIN;
INSERT INTO pls.motions (motion, qualify_at, time_zone) VALUES ('m', 10, 'Europe/Berlin');
INSERT INTO pls.signals (motion, signal, category, events, measure, within, op, threshold, points)
VALUES ('m', 'days', 'depth', '{act}', 'days', '1500 days', '>=', 1, 10);
CREATE TABLE changes AS
SELECT row_number() OVER (ORDER BY c) AS n, c.c
  FROM (SELECT (make_date(y, month, 31) - extract(dow FROM make_date(y, month, 31))::int)::timestamp AT TIME ZONE 'UTC' + interval '1 hour'
          FROM generate_series(1990, 3200) y, unnest('{3,10}'::int[]) month) c (c);
CREATE TABLE acts AS
SELECT c.n, c.c, c.c + later AS at
  FROM changes c, unnest(ARRAY['0', '21:30', '22:30', '23:30', '100 days 21:30', '100 days 22:30', '200 days 22:30', '200 days 23:30',
                               '300 days 21:30', '300 days 22:30', '300 days 23:30', '400 days 21:30', '400 days 22:30']::interval[]) later;
\set ECHO all
-- each is a change, but for the autumns of before 1996
SELECT count(*) AS changes, count(*) FILTER (WHERE c AT TIME ZONE 'Europe/Berlin' - (c - interval '1 second') AT TIME ZONE 'Europe/Berlin'
                                                   = interval '1 second') AS none
  FROM changes;
SELECT count(*) AS compared, count(*) FILTER (WHERE days <> defined) AS days_wrong, count(*) FILTER (WHERE signal <> defined) AS signal_wrong
  FROM (SELECT n, pls.distinct_days(at, c + interval '500 days', '1500 days', 'Europe/Berlin' ORDER BY at) AS days,
               count(DISTINCT (at AT TIME ZONE 'Europe/Berlin')::date) AS defined,
               (SELECT e.value FROM pls.explain(pls.evidence('m', 'act', at, NULL::text, NULL, c + interval '500 days' ORDER BY at),
                                                c + interval '500 days') e) AS signal
          FROM acts GROUP BY n, c) g;
ROLLBACK;
