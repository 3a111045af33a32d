-- Aggregates whose functions are called by somebody else than the executor,
-- with memory contexts, calls and states of its own: test/modules/hostile_agg
-- says in which ways.  The results are those of the plain aggregates.
\getenv srcdir PG_ABS_SRCDIR
\getenv suffix PG_DLSUFFIX
\set module :srcdir /modules/hostile_agg/hostile_agg :suffix
\set ECHO none
\set QUIET on
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
RESET client_min_messages;
SET timezone = 'UTC';
SET pls.now = '2026-03-01 00:00+00';
BEGIN;
CREATE SCHEMA hostile;
\set ECHO all
CREATE FUNCTION hostile.run(aggregate regprocedure, query text, seed integer, OUT g text, OUT result text) RETURNS SETOF record AS :'module', 'hostile_run' LANGUAGE C;
CREATE FUNCTION hostile.accum(state internal, aggregate regprocedure, copies boolean, VARIADIC "any") RETURNS internal AS :'module', 'hostile_accum' LANGUAGE C;
CREATE FUNCTION hostile.final(state internal) RETURNS text AS :'module', 'hostile_final' LANGUAGE C;
CREATE AGGREGATE hostile.wrap(regprocedure, boolean, VARIADIC "any") (SFUNC = hostile.accum, STYPE = internal, FINALFUNC = hostile.final);
CREATE FUNCTION hostile.plan(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$ BEGIN RETURN QUERY EXECUTE 'EXPLAIN (COSTS OFF) ' || query; END $$;

-- two motions: one with every way of keeping, one that scores without rows
INSERT INTO pls.motions (motion, min_score, max_score, qualify_at, release_at) VALUES ('every', NULL, NULL, 5, 5), ('none yet', NULL, NULL, 5, 5);
INSERT INTO pls.signals (motion, signal, category, events, match, measure, property, within, period, op, threshold, collapse, points, per_unit, max_points, decay, decay_span) VALUES
('every', 'count',     'depth',      '{a,b}', NULL,      'count',    NULL, '10 days', NULL, '>=', 3,    NULL,     5,     false, NULL, 'none',        NULL),
('every', 'matching',  'depth',      '{a}',   '$.n > 5', 'count',    NULL, '20 days', NULL, '>=', 2,    NULL,     3,     false, NULL, 'linear',      '9 days'),
('every', 'each',      'breadth',    '{b}',   NULL,      'count',    NULL, '30 days', NULL, '>=', 1,    NULL,     0.007, true,  NULL, 'exponential', '3 days'),
('every', 'bursts',    'breadth',    '{a}',   NULL,      'count',    NULL, '30 days', NULL, '>=', 2,    '1 hour', 2,     true,  20,   'none',        NULL),
('every', 'actors',    'invite',     NULL,    NULL,      'actors',   NULL, '15 days', NULL, '>=', 3,    NULL,     4,     false, NULL, 'none',        NULL),
('every', 'days',      'activation', NULL,    NULL,      'days',     NULL, '30 days', NULL, '>=', 4,    NULL,     1,     true,  12,   'none',        NULL),
('every', 'years',     'activation', '{c}',   NULL,      'days',     NULL, '900 days', NULL, '>=', 4,   NULL,     2,     false, NULL, 'none',        NULL),
('every', 'sum',       'billing',    '{c}',   NULL,      'sum',      'n',  '30 days', NULL, '>=', 20,   NULL,     6,     false, NULL, 'step',        '20 days'),
('every', 'sum each',  'billing',    '{c}',   NULL,      'sum',      'n',  '30 days', NULL, '>=', 0,    NULL,     0.011, true,  NULL, 'exponential', '5 days'),
('every', 'max',       'admin',      NULL,    NULL,      'max',      'n',  '30 days', NULL, '>=', 8,    NULL,     2.5,   false, NULL, 'none',        NULL),
('every', 'last',      'admin',      NULL,    NULL,      'last',     'n',  NULL,      NULL, '<',  5,    NULL,     1.5,   false, NULL, 'none',        NULL),
('every', 'lately',    'risk',       '{b}',   NULL,      'recency',  NULL, '4 days',  NULL, '<=', NULL, NULL,     7,     false, NULL, 'exponential', '2 days'),
('every', 'since',     'risk',       '{b}',   NULL,      'first',    NULL, '40 days', NULL, '>=', NULL, NULL,     -3,    false, NULL, 'none',        NULL),
('every', 'growth',    'depth',      NULL,    NULL,      'growth',   NULL, '7 days',  NULL, '>=', 1.5,  NULL,     8,     false, NULL, 'none',        NULL),
('every', 'in order',  'depth',      '{a,b,c}', NULL,    'sequence', NULL, '2 days',  NULL, '>=', 2,    NULL,     9,     false, NULL, 'none',        NULL),
('none yet', 'few',    'depth',      '{a}',   NULL,      'count',    NULL, '10 days', NULL, '<',  3,    NULL,     5,     false, NULL, 'none',        NULL);
CREATE TABLE hostile.rows AS
SELECT (i * i) % 37 AS g, (ARRAY['a', 'b', 'c', 'd', NULL])[1 + (i * 7) % 5] AS event,
       CASE WHEN i % 41 = 0 THEN NULL ELSE '2026-02-28'::timestamptz - (i * 7919) % 4000000 * interval '1 second' END AS at,
       CASE WHEN i % 11 > 0 THEN (i % 9)::text END AS actor,
       CASE WHEN i % 13 > 0 THEN jsonb_build_object('n', (i % 19) * 0.75) END AS properties
FROM generate_series(1, 800) AS i;

-- pls.score(): one instant; instants few enough for a plan each, and too many
CREATE VIEW hostile.calls AS
SELECT 'one' AS instants, 'every' AS motion, '2026-02-27'::timestamptz AS as_of, r.* FROM hostile.rows AS r
UNION ALL SELECT 'few', CASE WHEN g % 5 = 0 THEN 'none yet' ELSE 'every' END, '2026-02-27'::timestamptz - g % 7 * interval '17 hours', r.* FROM hostile.rows AS r
UNION ALL SELECT 'many', CASE WHEN g % 5 = 0 THEN 'none yet' ELSE 'every' END, '2026-02-27'::timestamptz - k.g * interval '1 hour 7 seconds', k.g, event, at, actor, properties
          FROM (SELECT g + 37 * (row_number() OVER (PARTITION BY g, event) % 4) AS g, event, at, actor, properties FROM hostile.rows) AS k;
CREATE TABLE hostile.scores AS
SELECT instants, g, pls.score(motion, event, at, actor, properties, as_of) AS score,
       pls.score(pls.evidence(motion, event, at, actor, properties, as_of), min(as_of)) AS of_evidence
FROM hostile.calls GROUP BY instants, g;
SELECT instants, count(*), count(DISTINCT score) > 5 AS different, count(*) FILTER (WHERE score IS DISTINCT FROM of_evidence) AS wrong FROM hostile.scores GROUP BY 1 ORDER BY 1;
SELECT s.instants, count(*), count(*) FILTER (WHERE r.result::numeric IS DISTINCT FROM s.score) AS wrong
FROM (VALUES ('one'), ('few'), ('many')) AS i (instants), generate_series(1, 4) AS seed,
     LATERAL hostile.run('pls.score(text,text,timestamptz,"any",jsonb,timestamptz)', format('SELECT g::text, motion, event, at, actor, properties, as_of FROM hostile.calls WHERE instants = %L', i.instants), seed) AS r
JOIN hostile.scores AS s ON s.g::text = r.g WHERE s.instants = i.instants GROUP BY 1 ORDER BY 1;

-- workers and the leader have different plans, or evidence, for the same instant
SET LOCAL parallel_setup_cost = 0; SET LOCAL parallel_tuple_cost = 100; SET LOCAL cpu_tuple_cost = 100; SET LOCAL jit = off; SET LOCAL min_parallel_table_scan_size = 0; SET LOCAL max_parallel_workers_per_gather = 3;
CREATE TABLE hostile.spread AS SELECT * FROM hostile.calls ORDER BY md5(calls::text);
ANALYZE hostile.spread;
SELECT plan FROM (SELECT hostile.plan('SELECT instants, g, pls.score(motion, event, at, actor, properties, as_of) FROM hostile.spread GROUP BY instants, g') AS plan) AS p WHERE plan ~ 'Aggregate|Gather';
SELECT count(*), count(*) FILTER (WHERE p.score IS DISTINCT FROM s.score) AS wrong
FROM (SELECT instants, g, pls.score(motion, event, at, actor, properties, as_of) AS score FROM hostile.spread GROUP BY instants, g) AS p JOIN hostile.scores AS s USING (instants, g);
RESET parallel_setup_cost; RESET parallel_tuple_cost; RESET cpu_tuple_cost; RESET min_parallel_table_scan_size; RESET max_parallel_workers_per_gather;

-- every other aggregate, against itself called by the executor
CREATE FUNCTION hostile.try(aggregate regprocedure, plain text, arguments text, digits int DEFAULT NULL, OUT groups bigint, OUT wrong bigint, OUT not_null boolean) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TEMP TABLE plain ON COMMIT DROP AS SELECT g::text, CASE WHEN r IS NOT NULL THEN format(''%%s'', r) END AS result FROM (SELECT g, %s AS r FROM hostile.rows GROUP BY g) AS p', plain);
    SELECT count(*), count(*) FILTER (WHERE CASE WHEN digits IS NULL THEN r.result ELSE round(r.result::numeric, digits)::text END IS DISTINCT FROM
                                            CASE WHEN digits IS NULL THEN p.result ELSE round(p.result::numeric, digits)::text END), count(p.result) > 0
    INTO groups, wrong, not_null
    FROM generate_series(1, 2) AS seed, LATERAL hostile.run(aggregate, 'SELECT g::text, ' || arguments || ' FROM hostile.rows', seed) AS r FULL JOIN plain AS p USING (g);
    DROP TABLE plain;
END $$;
SELECT v.aggregate, t.*
FROM (VALUES
    ('pls.evidence(text,text,timestamptz,"any",jsonb)', 'pls.evidence(''every'', event, at, actor, properties)', '''every''::text, event, at, actor, properties', NULL),
    ('pls.evidence(text,text,timestamptz,"any",jsonb,timestamptz)', 'pls.evidence(''every'', event, at, actor, properties, ''2026-02-20'')', '''every''::text, event, at, actor, properties, ''2026-02-20''::timestamptz', NULL),
    ('pls.score(text,text,timestamptz,"any",jsonb)', 'pls.score(''every'', event, at, actor, properties)', '''every''::text, event, at, actor, properties', NULL),
    ('pls.event_rows(timestamptz)', 'pls.event_rows(at)', 'at', NULL),
    ('pls.event_rows(timestamptz,"any")', 'pls.event_rows(at, event = ''a'', event = ''b'')', 'at, event = ''a'', event = ''b''', NULL),
    ('pls.window_funnel(interval,timestamptz,"any")', 'pls.window_funnel(''3 days'', at, event = ''a'', event = ''b'', event = ''c'')', '''3 days''::interval, at, event = ''a'', event = ''b'', event = ''c''', NULL),
    ('pls.window_funnel(interval,text,timestamptz,"any")', 'pls.window_funnel(''3 days'', ''strict_order'', at, event = ''a'', event = ''b'')', '''3 days''::interval, ''strict_order''::text, at, event = ''a'', event = ''b''', NULL),
    ('pls.funnel_times(interval,timestamptz,"any")', 'pls.funnel_times(''3 days'', at, event = ''a'', event = ''b'')', '''3 days''::interval, at, event = ''a'', event = ''b''', NULL),
    ('pls.sequence_match(text,timestamptz,"any")', 'pls.sequence_match(''(?1)(?2)(?1)'', at, event = ''a'', event = ''b'')', '''(?1)(?2)(?1)''::text, at, event = ''a'', event = ''b''', NULL),
    ('pls.sequence_count(text,timestamptz,"any")', 'pls.sequence_count(''(?1).*(?2)'', at, event = ''a'', event = ''b'')', '''(?1).*(?2)''::text, at, event = ''a'', event = ''b''', NULL),
    ('pls.retention("any")', 'pls.retention(event = ''a'', actor = ''3'')', 'event = ''a'', actor = ''3''', NULL),
    ('pls.session_count(timestamptz,interval)', 'pls.session_count(at, ''1 day'')', 'at, ''1 day''::interval', NULL),
    ('pls.distinct_days(timestamptz,timestamptz,interval)', 'pls.distinct_days(at, ''2026-02-20'', ''20 days'')', 'at, ''2026-02-20''::timestamptz, ''20 days''::interval', NULL),
    ('pls.distinct_days(timestamptz,timestamptz,interval,text)', 'pls.distinct_days(at, ''2026-02-20'', ''20 days'', ''Europe/Berlin'')', 'at, ''2026-02-20''::timestamptz, ''20 days''::interval, ''Europe/Berlin''::text', NULL),
    ('pls.recency(timestamptz,timestamptz)', 'pls.recency(at, ''2026-02-20'')', 'at, ''2026-02-20''::timestamptz', NULL),
    ('pls.growth(timestamptz,timestamptz,interval)', 'pls.growth(at, ''2026-02-20'', ''8 days'')', 'at, ''2026-02-20''::timestamptz, ''8 days''::interval', NULL),
    ('pls.decayed_sum(double precision,timestamptz,timestamptz,interval)', 'pls.decayed_sum(g, at, ''2026-02-20'', ''2 days'')', 'g::double precision, at, ''2026-02-20''::timestamptz, ''2 days''::interval', 9),
    ('pls.decayed_avg(double precision,timestamptz,timestamptz,interval)', 'pls.decayed_avg(g % 5, at, ''2026-02-20'', ''2 days'')', '(g % 5)::double precision, at, ''2026-02-20''::timestamptz, ''2 days''::interval', 9),
    ('pls.decayed_count(timestamptz,timestamptz,interval)', 'pls.decayed_count(at, ''2026-02-20'', ''2 days'')', 'at, ''2026-02-20''::timestamptz, ''2 days''::interval', 9)) AS v (aggregate, plain, arguments, digits),
     LATERAL hostile.try(v.aggregate::regprocedure, v.plain, v.arguments, v.digits) AS t;

-- merged values: evidence, event rows and decayed sums that are stored
CREATE TABLE hostile.parts AS
SELECT g, pls.evidence('every', event, at, actor, properties) AS e, pls.event_rows(at, event = 'a', event = 'b') AS r FROM hostile.rows GROUP BY g, event;
SELECT count(*), count(*) FILTER (WHERE r.result IS DISTINCT FROM p.result) AS wrong
FROM generate_series(1, 4) AS seed, LATERAL hostile.run('pls.rollup(pls.evidence)', 'SELECT g::text, e FROM hostile.parts', seed) AS r
FULL JOIN (SELECT g::text, pls.rollup(e)::text AS result FROM hostile.parts GROUP BY g) AS p USING (g);
SELECT count(*), count(*) FILTER (WHERE r.result IS DISTINCT FROM p.result) AS wrong
FROM generate_series(1, 4) AS seed, LATERAL hostile.run('pls.rollup(pls.event_rows)', 'SELECT g::text, r FROM hostile.parts', seed) AS r
FULL JOIN (SELECT g::text, pls.rollup(r)::text AS result FROM hostile.parts GROUP BY g) AS p USING (g);

-- an aggregate that wraps another: hashed, sorted, with grouping sets, as a
-- window function; states are flattened after each row, or kept
SELECT h.copies, h.sorted, count(*), count(*) FILTER (WHERE h.result::numeric IS DISTINCT FROM s.score) AS wrong FROM (
    SELECT c.copies, false AS sorted, g, hostile.wrap('pls.score(text,text,timestamptz,"any",jsonb,timestamptz)', c.copies, 'every'::text, event, at, actor, properties, '2026-02-27'::timestamptz) AS result
    FROM hostile.rows, (VALUES (true), (false)) AS c (copies) GROUP BY c.copies, g
    UNION ALL SELECT c.copies, true, g, hostile.wrap('pls.score(text,text,timestamptz,"any",jsonb,timestamptz)', c.copies, 'every'::text, event, at, actor, properties, '2026-02-27'::timestamptz ORDER BY event, actor)
    FROM hostile.rows, (VALUES (true), (false)) AS c (copies) GROUP BY c.copies, g
    UNION ALL SELECT c.copies, NULL, g, hostile.wrap('pls.score(text,text,timestamptz,"any",jsonb,timestamptz)', c.copies, 'every'::text, event, at, actor, properties, '2026-02-27'::timestamptz)
    FROM hostile.rows, (VALUES (true), (false)) AS c (copies) GROUP BY GROUPING SETS ((c.copies, g), (c.copies, event), ()) HAVING g IS NOT NULL) AS h
JOIN hostile.scores AS s ON s.g = h.g AND s.instants = 'one' GROUP BY 1, 2 ORDER BY 1, 2;
SELECT h.copies, count(*), count(*) FILTER (WHERE h.result::int IS DISTINCT FROM p.result) AS wrong FROM (
    SELECT c.copies, g, hostile.wrap('pls.window_funnel(interval,timestamptz,"any")', c.copies, '3 days'::interval, at, event = 'a', event = 'b', event = 'c') AS result
    FROM hostile.rows, (VALUES (true), (false)) AS c (copies) GROUP BY c.copies, g
    UNION ALL SELECT c.copies, g, hostile.wrap('pls.window_funnel(interval,timestamptz,"any")', c.copies, '3 days'::interval, at, event = 'a', event = 'b', event = 'c') OVER (PARTITION BY c.copies, g)
    FROM hostile.rows, (VALUES (true), (false)) AS c (copies)) AS h
JOIN (SELECT g, pls.window_funnel('3 days', at, event = 'a', event = 'b', event = 'c') AS result FROM hostile.rows GROUP BY g) AS p ON p.g = h.g GROUP BY 1 ORDER BY 1;
-- motions and instants that differ from group to group, of one wrapping call
SELECT s.instants, count(*), count(*) FILTER (WHERE h.result::numeric IS DISTINCT FROM s.score) AS wrong
FROM (SELECT instants, g, hostile.wrap('pls.score(text,text,timestamptz,"any",jsonb,timestamptz)', g % 2 = 0, motion, event, at, actor, properties, as_of) AS result FROM hostile.calls GROUP BY instants, g) AS h
JOIN hostile.scores AS s ON s.g = h.g AND s.instants = h.instants GROUP BY 1 ORDER BY 1;

-- an aggregate of a user's that begins with a value: evidence of no part, of
-- another version of the motion, of another motion; a state of pls.score()
CREATE AGGREGATE hostile.begins(text, text, timestamptz, "any", jsonb, timestamptz) (SFUNC = pls_internal.evidence_accum, STYPE = pls.evidence, INITCOND = '\x010005657665727900');
\set VERBOSITY sqlstate
\set ON_ERROR_ROLLBACK on
SELECT hostile.begins('every', event, at, actor, properties, NULL) FROM hostile.rows;
SELECT hostile.begins('none yet', event, at, actor, properties, NULL) FROM hostile.rows;
SELECT pls_internal.evidence_accum(NULL, 'every', 'a', now(), 'x'::text, NULL, NULL);
SELECT pls_internal.score_accum(NULL, 'every', 'a', now(), 'x'::text, NULL, NULL);
SELECT pls_internal.evidence_combine(NULL, NULL);
SELECT pls_internal.evidence_combine(e, e) FROM hostile.parts LIMIT 1;
SELECT pls_internal.score_final(e) FROM hostile.parts LIMIT 1;
ROLLBACK;
