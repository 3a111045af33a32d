-- Random cases (seeded, small, with many ties) against definitions in plain
-- SQL that try every choice of rows.
\set ECHO none
\set QUIET on
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
RESET client_min_messages;
SET timezone = 'UTC';
BEGIN;
CREATE SCHEMA brute;
\set ECHO all
SELECT setseed(0.2026);

-- 20,000 groups of up to 6 rows within 6 seconds, with up to 4 conditions.
CREATE TABLE brute.cases AS
SELECT i AS id, 1 + floor(random() * 4)::int AS k, 1 + floor(random() * 6)::int AS n, floor(random() * 6)::int AS span,
       0.15 + random() * 0.45 AS density, i % 2 = 1 AS once, i % 4 >= 2 AS increase
FROM generate_series(1, 20000) AS i;
CREATE TABLE brute.rows AS
SELECT r.*, timestamptz '2026-01-01 00:00:00+00' + t * interval '1 second' AS at, count(*) OVER (PARTITION BY id, t) AS ties
FROM (SELECT c.id, r AS row_id, floor(random() * 6)::int AS t, floor(random() * 3)::int AS part,
             (SELECT array_agg(random() < c.density OR r < 0 AND x < 0 ORDER BY x) FROM generate_series(1, c.k) AS x) AS c
      FROM brute.cases AS c, generate_series(1, c.n) AS r) AS r;
CREATE INDEX ON brute.rows (id);
ANALYZE brute.rows;
SELECT count(*) AS rows, count(DISTINCT id) AS groups, count(*) FILTER (WHERE ties > 1) > count(*) / 3 AS ties_are_frequent,
       count(*) FILTER (WHERE NOT (true = ANY (c))) > 1000 AS unmatched,
       count(*) FILTER (WHERE cardinality(array_positions(c, true)) > 1) > 10000 AS several_conditions
FROM brute.rows;

-- --- funnels ----------------------------------------------------------------
CREATE TABLE brute.modes AS
SELECT once, increase, ord, deduplication, reentry,
       array_to_string(ARRAY[CASE WHEN reentry THEN 'allow_reentry' END, CASE WHEN once THEN 'strict_once' END, CASE WHEN ord THEN 'strict_order' END,
                             CASE WHEN increase THEN 'strict_increase' END, CASE WHEN deduplication THEN 'strict_deduplication' END], ', ') AS mode
FROM (VALUES (false), (true)) AS a (once), (VALUES (false), (true)) AS b (increase), (VALUES (false), (true)) AS d (ord),
     (VALUES (false), (true)) AS e (deduplication), (VALUES (false), (true)) AS f (reentry)
WHERE ord OR NOT reentry;
SELECT count(*) FROM brute.modes;

-- Every chain of rows that serve steps 1 .. level in order within the window.
-- A group is tried with or without strict_once and strict_increase, and all
-- combinations of the other modes.
CREATE TABLE brute.chains AS
WITH RECURSIVE chain AS (
    SELECT c.id, c.once, c.increase, 1 AS level, ARRAY[r.row_id] AS used, r.t AS first, r.t AS last
    FROM brute.cases AS c
    JOIN brute.rows AS r ON r.id = c.id AND r.c[1]
    UNION ALL
    SELECT p.id, p.once, p.increase, p.level + 1, p.used || r.row_id, p.first, r.t
    FROM chain AS p
    JOIN brute.cases AS c ON c.id = p.id
    JOIN brute.rows AS r ON r.id = p.id AND r.c[p.level + 1]
    WHERE r.t - p.first <= c.span
      AND CASE WHEN p.increase THEN r.t > p.last ELSE r.t >= p.last END
      AND NOT (p.once AND r.row_id = ANY (p.used))
)
SELECT id, level, first, last, count(*) AS chains FROM chain GROUP BY 1, 2, 3, 4;
CREATE TABLE brute.reached AS
SELECT id, level, min(last) AS t FROM brute.chains GROUP BY 1, 2;
ANALYZE brute.chains;
ANALYZE brute.reached;

-- A row at t that satisfies condition s is at place 10 t + s of the scan, a
-- row that satisfies none at 10 t.  The scan ends before the least of these:
CREATE TABLE brute.ends AS
WITH steps AS (
    SELECT r.id, r.t, s.s, count(*) AS n FROM brute.rows AS r, generate_subscripts(r.c, 1) AS s (s) WHERE r.c[s.s] GROUP BY 1, 2, 3
), first AS (
    SELECT id, min(t) AS t FROM brute.rows WHERE c[1] GROUP BY 1
), plain AS (     -- a row without a condition, after a first step
    SELECT r.id, min(10 * r.t) AS place FROM brute.rows AS r JOIN first AS f ON f.id = r.id AND f.t < r.t
    WHERE NOT (true = ANY (r.c)) GROUP BY 1
), early AS (     -- a step whose predecessor has not been reached, after a first step
    SELECT s.id, min(10 * s.t + s.s) AS place
    FROM steps AS s JOIN first AS f ON f.id = s.id AND f.t <= s.t
    LEFT JOIN brute.reached AS p ON p.id = s.id AND p.level = s.s - 1
    WHERE s.s > 1 AND NOT coalesce(p.t <= s.t, false)
    GROUP BY 1
), again AS (     -- a step that was reached before; or by one of several rows of its instant, and then after it
    SELECT s.id, min(CASE WHEN p.t < s.t THEN 10 * s.t + s.s WHEN s.n > 1 THEN 10 * s.t + s.s + 0.5 END) AS place
    FROM steps AS s JOIN brute.reached AS p ON p.id = s.id AND p.level = s.s AND p.t <= s.t
    WHERE s.s > 1 GROUP BY 1
)
SELECT c.id, m.mode, least(1000, CASE WHEN m.ord THEN plain.place END, CASE WHEN m.ord AND NOT m.reentry THEN early.place END,
                           CASE WHEN m.deduplication THEN again.place END) AS place
FROM brute.cases AS c JOIN brute.modes AS m USING (once, increase)
LEFT JOIN plain USING (id) LEFT JOIN early USING (id) LEFT JOIN again USING (id);

-- The level; and when its steps were reached: of the chains that got there
-- first the last begun, each step as early as a chain that began then could.
CREATE TABLE brute.funnels AS
SELECT e.id, e.mode, e.place, coalesce(max(h.level), 0) AS level
FROM brute.ends AS e
LEFT JOIN brute.chains AS h ON h.id = e.id AND 10 * h.last + h.level < e.place
GROUP BY 1, 2, 3;
CREATE TABLE brute.times AS
WITH best AS (
    SELECT DISTINCT ON (f.id, f.mode) f.id, f.mode, f.place, f.level, h.first
    FROM brute.funnels AS f
    JOIN brute.chains AS h ON h.id = f.id AND h.level = f.level AND 10 * h.last + h.level < f.place
    ORDER BY f.id, f.mode, h.last, h.first DESC
)
SELECT s.id, s.mode, array_agg(timestamptz '2026-01-01 00:00:00+00' + s.t * interval '1 second' ORDER BY s.level) AS times
FROM (SELECT b.id, b.mode, h.level, min(h.last) AS t
      FROM best AS b
      JOIN brute.chains AS h ON h.id = b.id AND h.first = b.first AND h.level <= b.level AND 10 * h.last + h.level < b.place
      GROUP BY 1, 2, 3) AS s
GROUP BY 1, 2;

CREATE TABLE brute.shuffled AS SELECT r.*, c.span * interval '1 second' AS win FROM brute.rows AS r JOIN brute.cases AS c USING (id) ORDER BY random();
CREATE TABLE brute.got_funnels AS
SELECT id, mode, pls.window_funnel(win, mode, at, VARIADIC c) AS level, pls.funnel_times(win, mode, at, VARIADIC c) AS times
FROM brute.shuffled JOIN brute.funnels USING (id) GROUP BY id, mode;
CREATE TABLE brute.parts AS SELECT id, part, pls.event_rows(at, VARIADIC c) AS rows FROM brute.shuffled GROUP BY id, part;
CREATE TABLE brute.wholes AS SELECT id, pls.rollup(rows ORDER BY part) AS rows FROM brute.parts GROUP BY id;
ANALYZE brute.cases; ANALYZE brute.funnels; ANALYZE brute.times; ANALYZE brute.shuffled; ANALYZE brute.got_funnels; ANALYZE brute.wholes;

SELECT f.mode, count(*) AS cases, avg(f.level)::numeric(4,3) AS mean_level, count(*) FILTER (WHERE g.level = f.level) AS same_level,
       count(*) FILTER (WHERE g.times = coalesce(t.times, '{}')) AS same_times,
       count(*) FILTER (WHERE pls.window_funnel(w.rows, c.span * interval '1 second', f.mode) = f.level) AS rolled_level,
       count(*) FILTER (WHERE pls.funnel_times(w.rows, c.span * interval '1 second', f.mode) = coalesce(t.times, '{}')) AS rolled_times
FROM brute.funnels AS f
JOIN brute.cases AS c USING (id)
JOIN brute.got_funnels AS g USING (id, mode)
JOIN brute.wholes AS w USING (id)
LEFT JOIN brute.times AS t USING (id, mode)
GROUP BY f.mode ORDER BY f.mode COLLATE "C";
SELECT f.id, f.mode, f.level, g.level AS got, t.times, g.times AS got_times, c.span,
       (SELECT array_agg(r.t || ':' || r.c::text ORDER BY r.t) FROM brute.rows AS r WHERE r.id = f.id) AS rows
FROM brute.funnels AS f JOIN brute.cases AS c USING (id) JOIN brute.got_funnels AS g USING (id, mode) LEFT JOIN brute.times AS t USING (id, mode)
WHERE g.level <> f.level OR g.times <> coalesce(t.times, '{}') ORDER BY length(f.mode), f.id LIMIT 10;

-- --- sequences --------------------------------------------------------------
-- The rows that are seen, in order.
CREATE TABLE brute.seen AS
SELECT r.id, r.t, r.c, row_number() OVER (PARTITION BY r.id ORDER BY r.t, array_position(r.c, true), r.mask)::int - 1 AS pos
FROM (SELECT r.*, (SELECT sum(1 << (s - 1)) FROM generate_subscripts(r.c, 1) AS s WHERE r.c[s]) AS mask FROM brute.rows AS r) AS r
WHERE true = ANY (r.c);
CREATE INDEX ON brute.seen (id, pos);

-- Patterns of up to 4 elements; no time condition follows another.
CREATE TABLE brute.patterns AS
SELECT c.id, (SELECT count(*) FROM brute.seen AS s WHERE s.id = c.id)::int AS n, p.kinds, p.numbers,
       (SELECT coalesce(string_agg(CASE p.kinds[i] WHEN '.' THEN '.' WHEN '*' THEN '.*' WHEN 'c' THEN format('(?%s)', p.numbers[i])
                                   ELSE format('(?t%s%s)', p.kinds[i], p.numbers[i]) END, '' ORDER BY i), '')
        FROM generate_subscripts(p.kinds, 1) AS i) AS pattern
FROM brute.cases AS c,
     LATERAL (SELECT coalesce(array_agg(CASE WHEN e.before LIKE ANY ('{<%,>%,==}') AND e.kind LIKE ANY ('{<%,>%,==}') THEN 'c' ELSE e.kind END ORDER BY e.i), '{}') AS kinds,
                     coalesce(array_agg(CASE WHEN e.kind LIKE ANY ('{<%,>%,==}') AND coalesce(e.before, '') NOT LIKE ALL ('{<%,>%,==}') THEN floor(e.x * 5)::int ELSE 1 + floor(e.x * c.k)::int END ORDER BY e.i), '{}') AS numbers
              FROM (SELECT d.*, lag(d.kind) OVER (ORDER BY d.i) AS before
                    FROM (SELECT i, random() AS x, (ARRAY['c', 'c', 'c', 'c', '.', '*', '<=', '<', '>=', '>', '=='])[1 + floor(random() * 11)::int] AS kind
                          FROM generate_series(1, floor(random() * 5)::int + (c.id - c.id)) AS i) AS d) AS e) AS p;
CREATE INDEX ON brute.patterns (id);
ANALYZE brute.patterns;
ANALYZE brute.seen;
SELECT count(*) AS patterns, count(DISTINCT pattern) > 3000 AS many, count(*) FILTER (WHERE pattern LIKE '%(?t%') > 5000 AS timed, count(*) FILTER (WHERE pattern = '') > 100 AS empty
FROM brute.patterns;

-- Every way in which the pattern, without what comes before it, matches from
-- a place on: where each element ends.  At the end of the rows, n, the
-- elements that can do without a row match nothing.
CREATE TABLE brute.matches AS
WITH RECURSIVE walk AS (
    SELECT p.id, b AS begin, 0 AS element, b AS pos, b AS base, '{}'::int[] AS path
    FROM brute.patterns AS p, generate_series(0, p.n) AS b
    UNION ALL
    SELECT w.id, w.begin, w.element + 1, x.pos, x.base, w.path || x.pos
    FROM walk AS w
    JOIN brute.patterns AS p USING (id)
    CROSS JOIN LATERAL (SELECT p.kinds[w.element + 1] AS kind, p.numbers[w.element + 1] AS number) AS e
    CROSS JOIN LATERAL (
        SELECT w.pos + 1 AS pos, w.pos AS base FROM brute.seen AS s
        WHERE s.id = w.id AND s.pos = w.pos AND (e.kind = '.' OR e.kind = 'c' AND s.c[e.number])
        UNION ALL
        SELECT s.pos, s.pos FROM brute.seen AS s
        WHERE e.kind = '*' AND s.id = w.id AND s.pos >= w.pos
        UNION ALL
        SELECT s.pos, s.pos FROM brute.seen AS s JOIN brute.seen AS b ON b.id = w.id AND b.pos = w.base
        WHERE e.kind LIKE ANY ('{<%,>%,==}') AND s.id = w.id AND s.pos >= w.pos
          AND CASE e.kind WHEN '<=' THEN s.t - b.t <= e.number WHEN '<' THEN s.t - b.t < e.number WHEN '>=' THEN s.t - b.t >= e.number
                          WHEN '>' THEN s.t - b.t > e.number ELSE s.t - b.t = e.number END
        UNION ALL
        SELECT p.n, p.n WHERE w.pos = p.n AND (e.kind IN ('*', '<=', '<') OR e.kind = '>=' AND e.number = 0)) AS x
)
SELECT DISTINCT ON (w.id, w.begin) w.id, w.begin, w.pos AS behind
FROM walk AS w JOIN brute.patterns AS p USING (id)
WHERE w.element = cardinality(p.kinds)
ORDER BY w.id, w.begin, w.path;
CREATE INDEX ON brute.matches (id, begin);
ANALYZE brute.matches;

-- One match after the other: the first that begins not before the end of the
-- one before, and a row further if that took none.  A match that begins
-- behind the last row takes none, and counts only where there are no rows.
CREATE TABLE brute.counts AS
WITH RECURSIVE round AS (
    SELECT p.id, 0 AS matches, 0 AS pos FROM brute.patterns AS p
    UNION ALL
    SELECT r.id, r.matches + 1, greatest(m.behind, r.pos + 1)
    FROM round AS r JOIN brute.patterns AS p USING (id)
    CROSS JOIN LATERAL (SELECT m.behind FROM brute.matches AS m WHERE m.id = r.id AND m.begin >= r.pos AND m.begin < p.n ORDER BY m.begin LIMIT 1) AS m
    WHERE r.pos < p.n
)
SELECT id, max(matches) AS matches FROM round GROUP BY id;
ANALYZE brute.counts;

CREATE TABLE brute.got_sequences AS
SELECT id, pls.sequence_match(p.pattern, at, VARIADIC c) AS match, pls.sequence_count(p.pattern, at, VARIADIC c) AS matches
FROM brute.shuffled JOIN brute.patterns AS p USING (id) GROUP BY id;
ANALYZE brute.got_sequences;
CREATE VIEW brute.sequences AS
SELECT p.id, p.pattern, p.n, EXISTS (SELECT FROM brute.matches AS m WHERE m.id = p.id AND (m.begin < p.n OR p.n = 0)) AS match, c.matches,
       g.match AS got_match, g.matches AS got_matches, pls.sequence_match(w.rows, p.pattern) AS rolled_match, pls.sequence_count(w.rows, p.pattern) AS rolled_matches
FROM brute.patterns AS p JOIN brute.counts AS c USING (id) JOIN brute.got_sequences AS g USING (id) JOIN brute.wholes AS w USING (id);
SELECT count(*) AS cases, count(*) FILTER (WHERE match) > 3000 AS matching, count(*) FILTER (WHERE matches > 1) > 1000 AS several,
       count(*) FILTER (WHERE match = got_match) AS same_match, count(*) FILTER (WHERE matches = got_matches) AS same_count,
       count(*) FILTER (WHERE match = rolled_match) AS rolled_match, count(*) FILTER (WHERE matches = rolled_matches) AS rolled_count
FROM brute.sequences;
SELECT s.*, (SELECT array_agg(r.t || ':' || r.c::text ORDER BY r.pos) FROM brute.seen AS r WHERE r.id = s.id) AS rows
FROM brute.sequences AS s
WHERE match <> got_match OR matches <> got_matches OR match <> rolled_match OR matches <> rolled_matches ORDER BY length(pattern), id LIMIT 10;

-- --- retention, sessions, days, recency, growth ------------------------------
SELECT count(*) AS cases, count(*) FILTER (WHERE got = wanted) AS same, count(*) FILTER (WHERE rolled = wanted) AS rolled, count(*) FILTER (WHERE wanted[1]) > 5000 AS retained
FROM (SELECT r.id, pls.retention(VARIADIC r.c) AS got, min(pls.retention(w.rows)) AS rolled,
             (SELECT array_agg(EXISTS (SELECT FROM brute.rows AS a WHERE a.id = r.id AND a.c[1]) AND EXISTS (SELECT FROM brute.rows AS b WHERE b.id = r.id AND b.c[i]) ORDER BY i)
              FROM generate_series(1, min(c.k)) AS i) AS wanted
      FROM brute.shuffled AS r JOIN brute.cases AS c USING (id) JOIN brute.wholes AS w USING (id) GROUP BY r.id) AS x;

SELECT count(*) AS cases, count(*) FILTER (WHERE got = wanted) AS same, count(*) FILTER (WHERE rolled = wanted) AS rolled, max(wanted) AS most
FROM (SELECT s.id, s.got, pls.session_count(w.rows, s.win) AS rolled,
             (SELECT 1 + count(*) FILTER (WHERE l.step > s.win) FROM (SELECT at - lag(at) OVER (ORDER BY at) AS step FROM brute.rows AS r WHERE r.id = s.id) AS l) AS wanted
      FROM (SELECT id, win, pls.session_count(at, win) AS got FROM brute.shuffled GROUP BY id, win) AS s JOIN brute.wholes AS w USING (id)) AS x;

-- an hour for each second, so that days and zones matter
CREATE TABLE brute.spread AS
SELECT s.id, s.part, c.k - 1 AS k, timestamptz '2026-03-28 12:00:00+00' + (s.t * 7 + s.row_id) * interval '90 minutes' AS at,
       timestamptz '2026-03-29 08:00:00+00' + c.span * interval '8 hours' AS as_of, (1 + c.id % 3) * interval '9 hours' AS win,
       (ARRAY['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kathmandu', 'Pacific/Apia'])[1 + c.id % 5] AS zone
FROM brute.shuffled AS s JOIN brute.cases AS c USING (id);
CREATE TABLE brute.spread_wholes AS
SELECT id, pls.rollup(rows) AS rows FROM (SELECT id, part, pls.event_rows(at) AS rows FROM brute.spread GROUP BY id, part) AS p GROUP BY id;
ANALYZE brute.spread; ANALYZE brute.spread_wholes;
SELECT count(*) AS cases, count(*) FILTER (WHERE got = wanted) AS same, count(*) FILTER (WHERE rolled = wanted) AS rolled, max(wanted) AS most, count(*) FILTER (WHERE wanted = 0) > 100 AS some_without
FROM (SELECT s.*, pls.distinct_days(w.rows, s.as_of, s.win, s.zone) AS rolled
      FROM (SELECT id, as_of, win, zone, pls.distinct_days(at, as_of, win, zone) AS got,
                   count(DISTINCT (at AT TIME ZONE zone)::date) FILTER (WHERE at <= as_of AND at > as_of - win) AS wanted
            FROM brute.spread GROUP BY id, as_of, win, zone) AS s JOIN brute.spread_wholes AS w USING (id)) AS x;
SELECT count(*) AS cases, count(*) FILTER (WHERE got IS NOT DISTINCT FROM wanted) AS same, count(*) FILTER (WHERE rolled IS NOT DISTINCT FROM wanted) AS rolled, count(*) FILTER (WHERE wanted IS NULL) > 100 AS some_without
FROM (SELECT s.*, pls.recency(w.rows, s.as_of) AS rolled
      FROM (SELECT id, as_of, pls.recency(at, as_of) AS got, as_of - max(at) FILTER (WHERE at <= as_of) AS wanted
            FROM brute.spread GROUP BY id, as_of) AS s JOIN brute.spread_wholes AS w USING (id)) AS x;
SELECT count(*) AS cases, count(*) FILTER (WHERE got IS NOT DISTINCT FROM wanted) AS same, count(*) FILTER (WHERE rolled IS NOT DISTINCT FROM wanted) AS rolled,
       count(*) FILTER (WHERE equal_got IS NOT DISTINCT FROM equal_wanted) AS same_length, count(wanted) > 1000 AS some, count(DISTINCT wanted) > 10 AS many
FROM (SELECT s.*, pls.growth(w.rows, s.as_of, s.win, '20 hours', s.k) AS rolled,
             n_now / nullif(n_equal, 0)::float8 AS equal_wanted,
             CASE WHEN n_base >= s.k THEN n_now / nullif(n_base, 0)::float8 * (extract(epoch FROM interval '20 hours')::float8 / extract(epoch FROM s.win)::float8) END AS wanted
      FROM (SELECT id, as_of, win, k, pls.growth(at, as_of, win, '20 hours', k) AS got, pls.growth(at, as_of, win) AS equal_got,
                   count(*) FILTER (WHERE at <= as_of AND at > as_of - win) AS n_now,
                   count(*) FILTER (WHERE at <= as_of - win AND at > as_of - win - interval '20 hours') AS n_base,
                   count(*) FILTER (WHERE at <= as_of - win AND at > as_of - win - win) AS n_equal
            FROM brute.spread GROUP BY id, as_of, win, k) AS s JOIN brute.spread_wholes AS w USING (id)) AS x;

-- --- decays -------------------------------------------------------------------
CREATE TABLE brute.valued AS
SELECT s.id, s.part, s.at, s.as_of, (2 + s.k * s.k) * interval '77 minutes' AS half_life,
       CASE WHEN random() < 0.9 THEN (random() - 0.4) * 10 ^ floor(random() * 6) END AS value
FROM brute.spread AS s;
CREATE FUNCTION brute.near(got float8, wanted float8, size float8) RETURNS boolean LANGUAGE sql IMMUTABLE AS
$$ SELECT CASE WHEN got IS NULL OR wanted IS NULL THEN got IS NULL AND wanted IS NULL ELSE abs(got - wanted) <= 1e-12 * size END $$;
SELECT count(*) AS cases,
       count(*) FILTER (WHERE brute.near(got_sum, wanted_sum, size) AND brute.near(rolled_sum, wanted_sum, size)) AS sums,
       count(*) FILTER (WHERE brute.near(got_count, wanted_count, wanted_count) AND brute.near(rolled_count, wanted_count, wanted_count)) AS counts,
       count(*) FILTER (WHERE brute.near(got_avg, wanted_sum / wanted_weight, size / wanted_weight) AND brute.near(rolled_avg, wanted_sum / wanted_weight, size / wanted_weight)) AS averages,
       count(*) FILTER (WHERE wanted_sum IS NULL) > 100 AS some_without
FROM (SELECT s.*, pls.decayed_sum(r.sums, s.as_of) AS rolled_sum, coalesce(pls.decayed_count(r.sums, s.as_of), 0) AS rolled_count, pls.decayed_avg(r.sums, s.as_of) AS rolled_avg
      FROM (SELECT id, as_of, pls.decayed_sum(value, at, as_of, half_life) AS got_sum, pls.decayed_count(at, as_of, half_life) AS got_count,
                   pls.decayed_avg(value, at, as_of, half_life) AS got_avg,
                   sum(value * w) FILTER (WHERE at <= as_of) AS wanted_sum, coalesce(sum(w) FILTER (WHERE at <= as_of), 0) AS wanted_count,
                   sum(w) FILTER (WHERE at <= as_of AND value IS NOT NULL) AS wanted_weight, sum(abs(value * w)) FILTER (WHERE at <= as_of) AS size
            FROM (SELECT v.*, power(2::float8, -extract(epoch FROM as_of - at)::float8 / extract(epoch FROM half_life)::float8) AS w FROM brute.valued AS v) AS v
            GROUP BY id, as_of) AS s
      LEFT JOIN (SELECT id, pls.rollup(sums) AS sums
                 FROM (SELECT id, part, pls.decay_sums(value, at, half_life) FILTER (WHERE at <= as_of) AS sums FROM brute.valued GROUP BY id, part) AS p
                 GROUP BY id) AS r USING (id)) AS x;

-- the last row with a value lies up to 3,000 half-lives behind the newest row:
-- it is still one, the average knows it as well as ever, and the count the rest
CREATE TABLE brute.sparse AS
SELECT r.*, CASE WHEN random() < 0.7 AND m < until THEN (random() - 0.4) * 1000 END AS value, timestamptz '2026-01-01 00:00:00+00' + m * interval '1 minute' AS at
FROM (SELECT i AS id, floor(random() * 3)::int AS part, floor(random() * 3000)::int AS m, i % 300 * 10 AS until
      FROM generate_series(1, 1500) AS i, generate_series(1, 1 + i % 7)) AS r;
SELECT count(*) AS cases, count(*) FILTER (WHERE newest - newest_valued > 1100) > 100 AS far, count(*) FILTER (WHERE wanted_avg IS NULL) > 100 AS none,
       count(*) FILTER (WHERE brute.near(got_avg, wanted_avg, size) AND brute.near(rolled_avg, wanted_avg, size) AND brute.near(back_avg, wanted_avg, size)) AS averages,
       count(*) FILTER (WHERE brute.near(rolled_sum, got_sum, sum_size) AND brute.near(back_sum, got_sum, sum_size)) AS sums,
       count(*) FILTER (WHERE brute.near(rolled_count, got_count, count_size) AND brute.near(back_count, got_count, count_size)) AS counts
FROM (SELECT id, max(m) AS newest, max(newest_valued) AS newest_valued,
             sum(value * w) / sum(w) AS wanted_avg, sum(abs(value * w)) / sum(w) AS size,
             pls.decayed_avg(value, at, '2026-02-01', '1 minute') AS got_avg, pls.decayed_sum(value, at, '2026-01-03 02:00', '1 minute') AS got_sum,
             greatest(pls.decayed_sum(abs(value), at, '2026-01-03 02:00', '1 minute'), 1e-250) AS sum_size,
             greatest(pls.decayed_count(at, '2026-01-03 02:00', '1 minute'), 1e-250) AS count_size,
             pls.decayed_count(at, '2026-01-03 02:00', '1 minute') AS got_count
      FROM (SELECT *, CASE WHEN value IS NOT NULL AND newest_valued - m < 1000 THEN power(2::float8, m - newest_valued) END AS w
            FROM (SELECT *, max(m) FILTER (WHERE value IS NOT NULL) OVER (PARTITION BY id) AS newest_valued FROM brute.sparse) AS s) AS s
      GROUP BY id) AS s
JOIN (SELECT id, pls.decayed_avg(sums, '2026-02-01') AS rolled_avg, pls.decayed_sum(sums, '2026-01-03 02:00') AS rolled_sum, pls.decayed_count(sums, '2026-01-03 02:00') AS rolled_count
      FROM (SELECT id, pls.rollup(sums::text::pls.decay_sums) AS sums
            FROM (SELECT id, part, pls.decay_sums(value, at, '1 minute') AS sums FROM brute.sparse GROUP BY id, part) AS p GROUP BY id) AS r) AS r USING (id)
JOIN (SELECT id, pls.decayed_avg(sums, '2026-02-01') AS back_avg, pls.decayed_sum(sums, '2026-01-03 02:00') AS back_sum, pls.decayed_count(sums, '2026-01-03 02:00') AS back_count
      FROM (SELECT id, pls.decay_sums(value, at, '1 minute' ORDER BY at DESC) AS sums FROM brute.sparse GROUP BY id) AS b) AS b USING (id);
SELECT pls.decayed_sum(s, '2026-03-01') AS sum, pls.decayed_avg(s, '2026-03-01') AS avg, pls.decayed_count(s, '2026-03-01') AS weight
FROM (SELECT pls.decay_sums(v, at, '1 hour') AS s FROM (VALUES (3.7, timestamptz '2026-01-01'), (NULL, '2026-03-01')) AS r (v, at)) AS x;
ROLLBACK;
