-- The aggregates against the definition in plain SQL (include/oracle.psql),
-- on the adoption log, for every account at five instants.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.psql
\set log :srcdir /sql/include/adoption.psql
\set model :srcdir /sql/include/adoption_model.psql
\set ECHO none
\set QUIET on
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
RESET client_min_messages;
SET pls.now = '2026-08-23 00:00+00';
BEGIN;
\i :oracle
\i :log
\i :model
\set ECHO all
SELECT count(*), count(*) FILTER (WHERE at IS NULL OR NOT isfinite(at)) AS without_instant,
       count(*) FILTER (WHERE actor IS NULL) AS without_actor, count(DISTINCT entity) AS accounts
FROM oracle.events;
SELECT way, measure, count(*) AS signals, max(k) AS k FROM oracle.signals GROUP BY way, measure ORDER BY way, measure;

CREATE TABLE oracle.instants (t timestamptz);
INSERT INTO oracle.instants VALUES
('2019-03-10 07:00:00+00'),             -- New York springs forward
('2020-11-01 06:30:00.123456+00'),      -- and falls back
('2021-07-04 12:00:00.5+00'),
('2023-06-08 00:00:00+00'),
('2026-07-01 18:00:00.999999+00');

SELECT oracle.prepare('adoption') > 0 AS rows_match;
SELECT oracle.keep('adoption', VARIADIC array_agg(t)) FROM oracle.instants;

-- some signals once more, each written out by hand
WITH seen AS (
    SELECT i.t, e.entity, e.event, e.actor, date_trunc('second', e.at) AS at
    FROM oracle.instants AS i JOIN oracle.events AS e ON e.at <= i.t AND e.at > '-infinity'
    WHERE (e.properties @@ '$.bot == true') IS NOT TRUE AND e.actor IS DISTINCT FROM '78a5721735ac'
), by_hand AS (
    SELECT t, entity,
           least(64, count(*) FILTER (WHERE event = 'change_committed' AND at > t - interval '720 hours')) AS commits,
           least(64, count(DISTINCT actor) FILTER (WHERE at > t - interval '2160 hours')) AS contributors,
           count(DISTINCT (at AT TIME ZONE 'America/New_York')::date)
               FILTER (WHERE event = 'change_committed' AND at > t - interval '672 hours') AS days,
           extract(epoch FROM t - max(at)) AS age
    FROM seen GROUP BY t, entity)
SELECT l.signal, count(*) AS accounts, sum(l.value) AS value,
       count(*) FILTER (WHERE l.value IS DISTINCT FROM CASE l.signal WHEN 'commits' THEN h.commits WHEN 'contributors' THEN h.contributors
                              WHEN 'active days' THEN h.days WHEN 'lately' THEN round(h.age, 3) END) AS other
FROM oracle.kept AS l JOIN by_hand AS h USING (t, entity)
WHERE l.signal IN ('commits', 'contributors', 'active days', 'lately')
GROUP BY l.signal ORDER BY l.signal COLLATE "C";

\set compare :srcdir /sql/include/compare.psql
\set ECHO none
\i :compare
\set ECHO all
-- every limit bites somewhere, every signal is met somewhere and not elsewhere
SELECT signal, count(*) FILTER (WHERE met) > 0 AS met, count(*) FILTER (WHERE NOT met) > 0 AS not_met,
       count(*) FILTER (WHERE saturated) > 0 AS saturated, count(*) FILTER (WHERE clamped <> points) > 0 AS clamped
FROM oracle.kept GROUP BY signal ORDER BY signal COLLATE "C";

\set report :srcdir /sql/include/report.psql
\i :report
ROLLBACK;
