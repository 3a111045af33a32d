-- Points that are exact for all legal values: exponential decay against the
-- definition in decimals, and points per unit that have no bound.
\set ECHO none
\set QUIET on
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
RESET client_min_messages;
SET timezone = 'UTC';
BEGIN;
CREATE SCHEMA exact;
\set ECHO all

-- exponential decay: the points of one row and, per unit, of one value, at an
-- age in microseconds; 2^-(age / half-life) with 80 places
CREATE FUNCTION exact.worth(amount numeric, age numeric, span numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$
SELECT CASE WHEN age > 300 * span THEN 0 ELSE round(amount * power(2::numeric(90, 80), -(age::numeric(110, 80) / span)), 3) END $$;
CREATE TABLE exact.cases AS
SELECT 'm' || row_number() OVER () AS motion, c.* FROM (
    -- ordinary ones
    SELECT 'ordinary' AS kind, (1 + (i * 7919) % 100000)::numeric / 1000 AS points, NULL::numeric AS value, (i * 7907) % 40 * 86400000000 + i * 104729 AS age, (1 + i % 30) * 86400000000 AS span FROM generate_series(1, 60) AS i
    -- whole half-lives: halves are rounded away from zero
    UNION ALL SELECT 'halves', p * s, NULL, h * 3600000000::bigint, 3600000000 FROM (VALUES (0.001), (0.003), (0.005), (1.001), (12345.678), (8999999999999999.999)) AS v (p), (VALUES (1), (-1)) AS g (s), (VALUES (1), (2), (3), (10), (40), (54)) AS n (h)
    -- huge points and values; short and long half-lives
    UNION ALL SELECT 'huge', p, v, a, s FROM (VALUES (9000000000000000.000), (-8999999999999999.999), (1234567890123.457)) AS q (p), (VALUES (NULL), (9000000000000000), (-8999999999999999.999), (0.001)) AS u (v), (VALUES (1), (86399999999), (86400000001), (4320000000000), (9000000000000)) AS b (a), (VALUES (86400000000), (777777777777), (3153600000000000)) AS t (s)
    UNION ALL SELECT 'short', p, NULL, a * s / 2, s FROM (VALUES (1000), (9000000000000000.000)) AS q (p), (VALUES (0), (1), (3), (52), (105), (126), (127), (129), (254), (255)) AS b (a), (VALUES (1000000::bigint), (1000001), (2999999)) AS t (s)
    -- near a half: the age at which so many points are left, and its neighbors
    UNION ALL SELECT 'near', p, NULL, floor(ln((p / (t + 0.0005))::numeric(90, 60)) / ln(2::numeric(90, 60)) * s)::bigint + d, s FROM (VALUES (100.000), (0.777), (98765.432), (123456789012.345), (9000000000000000.000)) AS q (p), (VALUES (0.000), (0.123), (0.700), (55.555), (8999999999999.999)) AS r (t), (VALUES (604800000000), (6000000000007)) AS h (s), (VALUES (0), (1)) AS e (d) WHERE t < p
) AS c;
INSERT INTO pls.motions (motion, min_score, max_score, qualify_at, release_at) SELECT motion, NULL, NULL, 5, 5 FROM exact.cases;
INSERT INTO pls.signals (motion, signal, category, events, measure, property, op, within, threshold, points, per_unit, decay, decay_span)
SELECT motion, 's', 'depth', '{e}', CASE WHEN value IS NULL THEN 'count' ELSE 'sum' END, CASE WHEN value IS NOT NULL THEN 'n' END, CASE WHEN value < 0 THEN '<=' ELSE '>=' END, '36500 days', CASE WHEN value IS NULL THEN 1 ELSE 0 END, points, value IS NOT NULL, 'exponential',
       make_interval(secs => span / 1000000) + span % 1000000 * interval '1 microsecond' FROM exact.cases;
-- on a grid the age is that of the cell: 36500 days are 128 of 24637500 s
SELECT kind, count(*), count(DISTINCT s.score) > 1 AS different, count(*) FILTER (WHERE s.score IS DISTINCT FROM w.worth OR s.of_evidence IS DISTINCT FROM w.worth) AS wrong
FROM exact.cases AS c, LATERAL (SELECT to_timestamp(24637500 * 70) AS at) AS a,
     LATERAL (SELECT exact.worth(coalesce(value, 1) * points, age, span) AS worth) AS w,
     LATERAL (SELECT pls.score(motion, 'e', at, 1, jsonb_build_object('n', value), at + age * interval '1 microsecond') AS score,
                     pls.score(pls.evidence(motion, 'e', at, 1, jsonb_build_object('n', value)), a.at + age * interval '1 microsecond') AS of_evidence
              FROM (VALUES (a.at)) AS r (at)) AS s
GROUP BY kind ORDER BY kind;

-- points per unit below zero: without min_points every row counts
INSERT INTO pls.motions (motion, min_score, max_score, qualify_at, release_at) VALUES ('negative', NULL, NULL, 5, 5);
INSERT INTO pls.signals (motion, signal, category, events, measure, within, points, per_unit, max_points, min_points) VALUES
('negative', 'no clamp',        'risk', '{err}', 'count', '10 days', -1, true, NULL, NULL),
('negative', 'max 0',           'risk', '{err}', 'count', '10 days', -1, true, 0,    NULL),
('negative', 'min -90',         'risk', '{err}', 'count', '10 days', -1, true, NULL, -90),
('negative', 'max 0, min -90',  'risk', '{err}', 'count', '10 days', -1, true, 0,    -90),
('negative', 'max 0, min -999', 'risk', '{err}', 'count', '10 days', -1, true, 0,    -999);
CREATE TABLE exact.errors AS SELECT '2026-03-29 10:00'::timestamptz + i * interval '1 second' AS at FROM generate_series(1, 139) AS i;
SELECT e.signal, e.value, e.saturated, e.points FROM (SELECT pls.evidence('negative', 'err', at, 1, NULL, '2026-03-30') AS ev FROM exact.errors) AS q, pls.explain(q.ev, '2026-03-30') AS e ORDER BY 1;
SELECT pls.score('negative', 'err', at, 1, NULL, '2026-03-30') FROM exact.errors;
ROLLBACK;
