-- One multiset of rows, one answer: whatever the plan, the order, the split
-- or the way in which rows were stored.
\set ECHO none
\set QUIET on
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
RESET client_min_messages;
SET timezone = 'UTC';
SET jit = off;
BEGIN;
CREATE SCHEMA paths;
\set ECHO all
SELECT setseed(0.31);
-- 30,000 rows of 300 users and a few large ones, nearly in order of time.
CREATE TABLE paths.rows AS
SELECT i AS seq, CASE WHEN random() < 0.8 THEN floor(random() * 300)::int ELSE 1000 + floor(random() * 3)::int END AS who,
       timestamptz '2026-01-01' + i * interval '37 seconds' - random() * interval '10 minutes' AS at,
       (ARRAY['login', 'create', 'invite', 'upgrade', 'other'])[1 + floor(random() * random() * 5.99)::int] AS event, (random() * 100)::numeric(6,2) AS value
FROM generate_series(1, 30000) AS i;
ANALYZE paths.rows;
\set conditions 'event = ''login'', event = ''create'', event IN (''create'', ''invite''), event = ''upgrade'''
\set answers 'pls.window_funnel(''2 days'', at, ' :conditions ') AS a1, pls.window_funnel(''1 day'', ''strict_once, strict_deduplication'', at, ' :conditions ') AS a2, pls.window_funnel(''2 days'', ''strict_order, allow_reentry'', at, ' :conditions ') AS a3, pls.funnel_times(''2 days'', at, ' :conditions ') AS a4, pls.sequence_match(''(?1)(?t<=600)(?4)'', at, ' :conditions ') AS a5, pls.sequence_count(''(?1).*(?t>3600)(?2)'', at, ' :conditions ') AS a6, pls.retention(' :conditions ') AS a7, pls.session_count(at, ''90 minutes'') AS a8, pls.distinct_days(at, ''2026-01-12'', ''9 days'', ''Asia/Tokyo'') AS a9, pls.recency(at, ''2026-01-10'') AS a10, pls.growth(at, ''2026-01-12'', ''3 days'', ''6 days'') AS a11, pls.event_rows(at, ' :conditions ')::text AS a12'
\set decays 'pls.decayed_sum(value, at, ''2026-01-14'', ''2 days'') AS d1, pls.decayed_count(at, ''2026-01-14'', ''2 days'') AS d2, pls.decayed_avg(value, at, ''2026-01-14'', ''2 days'') AS d3'
\set from_rows 'pls.window_funnel(r, ''2 days'') AS a1, pls.window_funnel(r, ''1 day'', ''strict_once, strict_deduplication'') AS a2, pls.window_funnel(r, ''2 days'', ''strict_order, allow_reentry'') AS a3, pls.funnel_times(r, ''2 days'') AS a4, pls.sequence_match(r, ''(?1)(?t<=600)(?4)'') AS a5, pls.sequence_count(r, ''(?1).*(?t>3600)(?2)'') AS a6, pls.retention(r) AS a7, pls.session_count(r, ''90 minutes'') AS a8, pls.distinct_days(r, ''2026-01-12'', ''9 days'', ''Asia/Tokyo'') AS a9, pls.recency(r, ''2026-01-10'') AS a10, pls.growth(r, ''2026-01-12'', ''3 days'', ''6 days'') AS a11, r::text AS a12'
\set from_sums 'pls.decayed_sum(s, ''2026-01-14'') AS d1, pls.decayed_count(s, ''2026-01-14'') AS d2, pls.decayed_avg(s, ''2026-01-14'') AS d3'

CREATE TABLE paths.path (path text, who int, answers text, d1 float8, d2 float8, d3 float8);
CREATE FUNCTION paths.near(a float8, b float8) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT coalesce(abs(a - b) <= 1e-12 * abs(b), a IS NULL AND b IS NULL) $$;

-- hash aggregation, in one process
SET LOCAL max_parallel_workers_per_gather = 0;
SET LOCAL enable_sort = off;
EXPLAIN (COSTS OFF) SELECT who, pls.window_funnel('1 day', at, :conditions) FROM paths.rows GROUP BY who;
INSERT INTO paths.path SELECT 'hashed', who, ROW(a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12)::text, d1, d2, d3
FROM (SELECT who, :answers, :decays FROM paths.rows GROUP BY who) AS x;
RESET enable_sort;
SELECT count(*) AS groups, count(DISTINCT answers) AS distinct FROM paths.path;
SELECT a1, a2, a3, count(*) FROM (SELECT who, :answers FROM paths.rows GROUP BY who) AS x GROUP BY 1, 2, 3 ORDER BY 1, 2, 3;

-- sorted aggregation
SET LOCAL enable_hashagg = off;
EXPLAIN (COSTS OFF) SELECT who, pls.window_funnel('1 day', at, :conditions) FROM paths.rows GROUP BY who;
INSERT INTO paths.path SELECT 'sorted', who, ROW(a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12)::text, d1, d2, d3
FROM (SELECT who, :answers, :decays FROM paths.rows GROUP BY who) AS x;
RESET enable_hashagg;

-- hashed, with groups spilled to disk
SET LOCAL work_mem = '64kB';
SET LOCAL enable_sort = off;
INSERT INTO paths.path SELECT 'spilled', who, ROW(a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12)::text, d1, d2, d3
FROM (SELECT who, :answers, :decays FROM paths.rows GROUP BY who) AS x;
RESET work_mem;
RESET enable_sort;

-- two workers, partial and finalize
SET LOCAL max_parallel_workers_per_gather = 2;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL parallel_leader_participation = off;
EXPLAIN (COSTS OFF) SELECT who, pls.window_funnel('1 day', at, :conditions) FROM paths.rows GROUP BY who;
CREATE TABLE paths.parallel AS SELECT who, :answers, :decays FROM paths.rows GROUP BY who;
INSERT INTO paths.path SELECT 'parallel', who, ROW(a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12)::text, d1, d2, d3 FROM paths.parallel;
SET LOCAL parallel_leader_participation = on;
CREATE TABLE paths.parallel_3 AS SELECT who, :answers, :decays FROM paths.rows GROUP BY who;
INSERT INTO paths.path SELECT 'parallel with leader', who, ROW(a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12)::text, d1, d2, d3 FROM paths.parallel_3;
CREATE TABLE paths.parallel_all AS SELECT :answers FROM paths.rows;
SET LOCAL max_parallel_workers_per_gather = 0;
CREATE TABLE paths.serial_all AS SELECT :answers FROM paths.rows;
SELECT p.a1 = s.a1 AND p.a4 = s.a4 AND p.a6 = s.a6 AND p.a12 = s.a12 AS all_as_one FROM paths.parallel_all AS p, paths.serial_all AS s;

-- other orders
CREATE TABLE paths.shuffled AS SELECT *, floor(random() * 5)::int AS part FROM paths.rows ORDER BY random();
INSERT INTO paths.path SELECT 'shuffled', who, ROW(a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12)::text, d1, d2, d3
FROM (SELECT who, :answers, :decays FROM paths.shuffled GROUP BY who) AS x;
INSERT INTO paths.path SELECT 'newest first', who, ROW(a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12)::text, d1, d2, d3
FROM (SELECT who, :answers, :decays FROM (SELECT * FROM paths.rows ORDER BY at DESC OFFSET 0) AS r GROUP BY who) AS x;

-- split into five, and put together again: at once, in two stages, stored
CREATE TABLE paths.part AS SELECT who, part, pls.event_rows(at, :conditions) AS r, pls.decay_sums(value, at, '2 days') AS s FROM paths.shuffled GROUP BY who, part;
INSERT INTO paths.path SELECT 'rolled up', who, ROW(a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12)::text, d1, d2, d3
FROM (SELECT who, :from_rows, :from_sums FROM (SELECT who, pls.rollup(r) AS r, pls.rollup(s) AS s FROM paths.part GROUP BY who) AS w) AS x;
INSERT INTO paths.path SELECT 'rolled up twice', who, ROW(a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12)::text, d1, d2, d3
FROM (SELECT who, :from_rows, :from_sums
      FROM (SELECT who, pls.rollup(r) AS r, pls.rollup(s) AS s
            FROM (SELECT who, pls.rollup(r ORDER BY part DESC) AS r, pls.rollup(s) AS s FROM paths.part GROUP BY who, part % 2) AS h GROUP BY who) AS w) AS x;
INSERT INTO paths.path SELECT 'not rolled up', who, ROW(a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12)::text, d1, d2, d3
FROM (SELECT who, :from_rows, :from_sums FROM (SELECT who, pls.event_rows(at, :conditions) AS r, pls.decay_sums(value, at, '2 days') AS s FROM paths.rows GROUP BY who) AS w) AS x;
INSERT INTO paths.path SELECT 'a row at a time', who, ROW(a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12)::text, d1, d2, d3
FROM (SELECT who, :from_rows, :from_sums
      FROM (SELECT who, pls.rollup(r) AS r, pls.rollup(s) AS s
            FROM (SELECT who, pls.event_rows(at, :conditions) AS r, pls.decay_sums(value, at, '2 days') AS s FROM paths.shuffled GROUP BY who, seq) AS o GROUP BY who) AS w) AS x;
INSERT INTO paths.path SELECT 'text', who, ROW(a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12)::text, d1, d2, d3
FROM (SELECT who, :from_rows, :from_sums FROM (SELECT who, pls.rollup(r::text::pls.event_rows) AS r, pls.rollup(s::text::pls.decay_sums) AS s FROM paths.part GROUP BY who) AS w) AS x;
\copy paths.part TO PROGRAM 'cat > "${PG_ABS_BUILDDIR:-.}/results/aggregate_paths.bin"' (FORMAT binary)
CREATE TABLE paths.received (LIKE paths.part);
\copy paths.received FROM PROGRAM 'cat "${PG_ABS_BUILDDIR:-.}/results/aggregate_paths.bin"' (FORMAT binary)
\! rm -f "${PG_ABS_BUILDDIR:-.}/results/aggregate_paths.bin"
INSERT INTO paths.path SELECT 'binary', who, ROW(a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12)::text, d1, d2, d3
FROM (SELECT who, :from_rows, :from_sums FROM (SELECT who, pls.rollup(r) AS r, pls.rollup(s) AS s FROM paths.received GROUP BY who) AS w) AS x;
CREATE TABLE paths.stored (who int PRIMARY KEY, r pls.event_rows, s pls.decay_sums);
ALTER TABLE paths.stored ALTER COLUMN r SET STORAGE EXTERNAL;
INSERT INTO paths.stored SELECT who, r, s FROM paths.part WHERE part = 0;
INSERT INTO paths.stored SELECT p.who, pls.rollup(p.r), pls.rollup(p.s) FROM paths.part AS p WHERE p.part <> 0 GROUP BY p.who
ON CONFLICT (who) DO UPDATE SET r = (SELECT pls.rollup(v) FROM (VALUES (EXCLUDED.r), (paths.stored.r)) AS v (v)), s = (SELECT pls.rollup(v) FROM (VALUES (EXCLUDED.s), (paths.stored.s)) AS v (v));
SELECT max(pg_column_size(r)) > 8000 AS out_of_line, max(pg_column_size(s)) AS sums FROM paths.stored;
INSERT INTO paths.path SELECT 'stored and updated', who, ROW(a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12)::text, d1, d2, d3
FROM (SELECT who, :from_rows, :from_sums FROM paths.stored) AS x;

-- partition by partition
CREATE TABLE paths.parted (LIKE paths.rows) PARTITION BY RANGE (seq);
CREATE TABLE paths.parted_1 PARTITION OF paths.parted FOR VALUES FROM (0) TO (9000);
CREATE TABLE paths.parted_2 PARTITION OF paths.parted FOR VALUES FROM (9000) TO (25000);
CREATE TABLE paths.parted_3 PARTITION OF paths.parted DEFAULT;
INSERT INTO paths.parted SELECT * FROM paths.rows;
ANALYZE paths.parted;
SET LOCAL enable_partitionwise_aggregate = on;
EXPLAIN (COSTS OFF) SELECT who, pls.window_funnel('1 day', at, :conditions) FROM paths.parted GROUP BY who;
INSERT INTO paths.path SELECT 'partition-wise', who, ROW(a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12)::text, d1, d2, d3
FROM (SELECT who, :answers, :decays FROM paths.parted GROUP BY who) AS x;
RESET enable_partitionwise_aggregate;

-- sets of groups at once
INSERT INTO paths.path SELECT 'grouping sets', who, ROW(a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12)::text, d1, d2, d3
FROM (SELECT who, seq % 2 AS half, grouping(who) AS g, :answers, :decays FROM paths.rows GROUP BY GROUPING SETS ((who), (seq % 2), ())) AS x WHERE g = 0;
SELECT x.half IS NULL AS all, x.a1 = s.a1 AND x.a4 = s.a4 AND x.a12 = s.a12 AS same
FROM (SELECT who, seq % 2 AS half, :answers FROM paths.rows GROUP BY GROUPING SETS ((who), (seq % 2), ())) AS x
JOIN LATERAL (SELECT :answers FROM paths.rows WHERE x.half IS NULL OR seq % 2 = x.half) AS s ON true
WHERE x.who IS NULL ORDER BY 1;

-- once for each outer row, in the same place
INSERT INTO paths.path SELECT 'again and again', who, ROW(a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12)::text, d1, d2, d3
FROM (SELECT DISTINCT who FROM paths.rows WHERE who % 10 = 0) AS u CROSS JOIN LATERAL (SELECT :answers, :decays FROM paths.rows AS r WHERE r.who = u.who) AS x;

-- in a window, where a state is asked for its result again and again: with a
-- growing frame, every answer is that of the rows so far
INSERT INTO paths.path
SELECT DISTINCT ON (who) 'window', who, ROW(a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12)::text, d1, d2, d3
FROM (SELECT who, seq, pls.window_funnel('2 days', at, :conditions) OVER w AS a1, pls.window_funnel('1 day', 'strict_once, strict_deduplication', at, :conditions) OVER w AS a2,
             pls.window_funnel('2 days', 'strict_order, allow_reentry', at, :conditions) OVER w AS a3, pls.funnel_times('2 days', at, :conditions) OVER w AS a4,
             pls.sequence_match('(?1)(?t<=600)(?4)', at, :conditions) OVER w AS a5, pls.sequence_count('(?1).*(?t>3600)(?2)', at, :conditions) OVER w AS a6, pls.retention(:conditions) OVER w AS a7,
             pls.session_count(at, '90 minutes') OVER w AS a8, pls.distinct_days(at, '2026-01-12', '9 days', 'Asia/Tokyo') OVER w AS a9, pls.recency(at, '2026-01-10') OVER w AS a10,
             pls.growth(at, '2026-01-12', '3 days', '6 days') OVER w AS a11, (pls.event_rows(at, :conditions) OVER w)::text AS a12,
             pls.decayed_sum(value, at, '2026-01-14', '2 days') OVER w AS d1, pls.decayed_count(at, '2026-01-14', '2 days') OVER w AS d2, pls.decayed_avg(value, at, '2026-01-14', '2 days') OVER w AS d3
      FROM paths.rows WHERE who < 60 WINDOW w AS (PARTITION BY who ORDER BY seq)) AS x
ORDER BY who, seq DESC;
SELECT count(*) AS rows, count(*) FILTER (WHERE x.a1 = y.a1 AND x.a3 = y.a3 AND x.a4 = y.a4 AND x.a6 = y.a6 AND x.a8 = y.a8 AND x.a9 = y.a9 AND x.a12 = y.a12) AS same
FROM (SELECT who, seq, pls.window_funnel('2 days', at, :conditions) OVER w AS a1, pls.window_funnel('2 days', 'strict_order, allow_reentry', at, :conditions) OVER w AS a3,
             pls.funnel_times('2 days', at, :conditions) OVER w AS a4, pls.sequence_count('(?1).*(?t>3600)(?2)', at, :conditions) OVER w AS a6,
             pls.session_count(at, '90 minutes') OVER w AS a8, pls.distinct_days(at, '2026-01-12', '9 days', 'Asia/Tokyo') OVER w AS a9, (pls.event_rows(at, :conditions) OVER w)::text AS a12
      FROM paths.rows WHERE who < 3 WINDOW w AS (PARTITION BY who ORDER BY seq)) AS x
CROSS JOIN LATERAL (SELECT :answers FROM paths.rows AS r WHERE r.who = x.who AND r.seq <= x.seq) AS y;
-- and with one that moves
SELECT count(*) AS rows, count(*) FILTER (WHERE x.a1 = y.a1 AND x.a8 = y.a8 AND paths.near(x.d1, y.d1)) AS same
FROM (SELECT who, seq, pls.window_funnel('2 days', at, :conditions) OVER w AS a1, pls.session_count(at, '90 minutes') OVER w AS a8, pls.decayed_sum(value, at, '2026-01-14', '2 days') OVER w AS d1,
             first_value(seq) OVER w AS first_seq
      FROM paths.rows WHERE who < 3 WINDOW w AS (PARTITION BY who ORDER BY seq ROWS 20 PRECEDING)) AS x
CROSS JOIN LATERAL (SELECT :answers, :decays FROM paths.rows AS r WHERE r.who = x.who AND r.seq BETWEEN x.first_seq AND x.seq) AS y;

SELECT p.path, count(*) AS groups, count(*) FILTER (WHERE p.answers = h.answers) AS same, count(*) FILTER (WHERE paths.near(p.d1, h.d1) AND paths.near(p.d2, h.d2) AND paths.near(p.d3, h.d3)) AS near
FROM paths.path AS p JOIN paths.path AS h ON h.path = 'hashed' AND h.who = p.who
GROUP BY p.path ORDER BY p.path <> 'hashed', p.path COLLATE "C";

-- two aggregates over one state; FILTER, DISTINCT and ORDER BY
EXPLAIN (COSTS OFF, VERBOSE) SELECT pls.window_funnel('1 day', at, true), pls.funnel_times('1 day', at, true) FROM paths.rows;
SELECT pls.window_funnel('2 days', at, :conditions) = cardinality(pls.funnel_times('2 days', at, :conditions)) AS times_are_as_many,
       pls.window_funnel('2 days', at, :conditions) FILTER (WHERE event <> 'create') AS without_create,
       pls.session_count(DISTINCT at, '90 minutes') = pls.session_count(at, '90 minutes') AS distinct_rows,
       pls.window_funnel('2 days', at, :conditions ORDER BY random()) = pls.window_funnel('2 days', at, :conditions) AS ordered FROM paths.rows WHERE who = 7;

-- a hash aggregate that is not read to its end, that begins anew for each
-- outer row, whose groups have arguments of their own, or rows that differ
SET LOCAL enable_sort = off;
SELECT count(*) FROM (SELECT who, pls.window_funnel('2 days', at, :conditions) AS a1 FROM paths.rows GROUP BY who LIMIT 1) AS x;
SELECT u.who, count(*) AS days, sum(x.steps) = sum(y.steps) AS same
FROM (VALUES (5), (6), (7)) AS u (who)
CROSS JOIN LATERAL (SELECT at::date AS day, pls.window_funnel('2 days', at, :conditions) AS steps FROM paths.rows AS r WHERE r.who = u.who GROUP BY 1) AS x
JOIN LATERAL (SELECT at::date AS day, pls.window_funnel(pls.event_rows(at, :conditions), '2 days') AS steps FROM paths.rows AS r WHERE r.who = u.who GROUP BY 1) AS y USING (day)
GROUP BY 1 ORDER BY 1;
SELECT count(*) AS groups, count(*) FILTER (WHERE x.steps = pls.window_funnel(x.r, x.who * interval '3 minutes', x.mode)) AS same, count(DISTINCT steps) AS distinct
FROM (SELECT who, m.mode, pls.window_funnel(who * interval '3 minutes', m.mode, at, :conditions) AS steps, pls.event_rows(at, :conditions) AS r
      FROM paths.rows, (VALUES (''), ('strict_once'), ('strict_order')) AS m (mode) GROUP BY who, m.mode) AS x;
\set VERBOSITY sqlstate
\set ON_ERROR_ROLLBACK on
SELECT who, pls.window_funnel(seq * interval '1 second', at, :conditions) FROM paths.rows GROUP BY who;
SELECT who, pls.window_funnel(CASE event WHEN 'other' THEN '2 days'::interval ELSE '1 day' END, at, :conditions) FROM paths.rows GROUP BY who;
\set ON_ERROR_ROLLBACK off
\set VERBOSITY default
RESET enable_sort;

-- nothing to add
SELECT pls.rollup(NULL::pls.event_rows) IS NULL AS rows, pls.rollup(NULL::pls.decay_sums) IS NULL AS sums FROM generate_series(1, 3);
SELECT pls.rollup(r)::text = min(r::text) AS null_ignored, pls.rollup(s)::text = min(s::text) AS sums FROM (SELECT r, s FROM paths.stored WHERE who = 7 UNION ALL SELECT NULL, NULL) AS v;
SELECT pls.rollup(r)::text = max(r::text) FILTER (WHERE NOT empty) AS empty_ignored, pls.rollup(s)::text = max(s::text) FILTER (WHERE NOT empty) AS sums
FROM (SELECT false AS empty, r, s FROM paths.stored WHERE who = 7 UNION ALL SELECT true, pls.event_rows(NULL, true, true, true, true), pls.decay_sums(1, NULL, '2 days')) AS v;
-- a state does not change when it is merged into another
SELECT a::text = (SELECT r::text FROM paths.stored WHERE who = 7) AS as_before, pls.window_funnel(b, '2 days') AS merged
FROM (SELECT a, (SELECT pls.rollup(v) FROM (SELECT a AS v UNION ALL SELECT r FROM paths.stored) AS u) AS b
      FROM (SELECT pls.event_rows(at, :conditions) AS a FROM paths.rows WHERE who = 7) AS x) AS y;
ROLLBACK;
