-- Decay, clamps, hysteresis and odd arguments, through motions and pls.score.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
RESET client_min_messages;
SET TIME ZONE 'UTC';
BEGIN;
\set ON_ERROR_ROLLBACK on

-- the decay vectors of the definition
INSERT INTO pls.motions (motion, min_score, max_score, qualify_at, release_at) VALUES
('linear 60', NULL, NULL, 5, 5), ('linear 90', NULL, NULL, 5, 5), ('half-life', NULL, NULL, 5, 5), ('step', NULL, NULL, 5, 5), ('none', NULL, NULL, 5, 5);
INSERT INTO pls.signals (motion, signal, category, measure, within, threshold, points, decay, decay_span) VALUES
('linear 60', 'any', 'depth', 'count', '1000 days', 1, 10, 'linear', '60 days'),
('linear 90', 'any', 'depth', 'count', '1000 days', 1, 9, 'linear', '90 days'),
('half-life', 'any', 'depth', 'count', '1000 days', 1, 1, 'exponential', '6.93 days'),
('step', 'any', 'depth', 'count', '1000 days', 1, 250, 'step', '30 days'),
('none', 'any', 'depth', 'count', '60 days', 1, 10, 'none', NULL);

CREATE TEMP TABLE vector (motion text, day numeric, points numeric);
INSERT INTO vector VALUES
('linear 60', 0, 10), ('linear 60', 15, 7.5), ('linear 60', 30, 5), ('linear 60', 45, 2.5), ('linear 60', 60, 0), ('linear 60', 90, 0),
('linear 90', 3, 8.7), ('linear 90', 45, 4.5), ('linear 90', 90, 0),
('half-life', 0, 1), ('half-life', 1, 0.905), ('half-life', 6.93, 0.5), ('half-life', 7, 0.497), ('half-life', 21, 0.122),
('step', 0, 250), ('step', 2, 250), ('step', 14.9999, 250), ('step', 15, 125), ('step', 21, 125), ('step', 29.9999, 125), ('step', 30, 0),
('none', 0, 10), ('none', 59.9999, 10), ('none', 60, 0);
SELECT v.motion, v.day, v.points, s.score, s.score = v.points AS same
FROM vector AS v,
     LATERAL (SELECT pls.score(v.motion, 'e', at, 1, NULL, at + v.day::float8 * interval '24 hours')
              FROM (VALUES (timestamptz '2020-01-01')) AS e (at)) AS s (score)
ORDER BY v.motion COLLATE "C", v.day;

-- the same from evidence, which knows no instant; and with the DST day between
SELECT v.motion, count(*), bool_and(pls.score(e, timestamptz '2020-03-01 America/New_York'
                                              + v.day::float8 * interval '24 hours') = v.points) AS same
FROM vector AS v,
     LATERAL (SELECT pls.evidence(v.motion, 'e', at, 1, NULL)
              FROM (VALUES (timestamptz '2020-03-01 America/New_York')) AS e (at)) AS x (e)
GROUP BY v.motion ORDER BY v.motion COLLATE "C";

-- rounding is half away from zero, of each contribution before it is added
INSERT INTO pls.motions (motion, min_score, max_score, qualify_at, release_at) VALUES ('rounding', NULL, NULL, 5, 5);
INSERT INTO pls.signals (motion, signal, category, events, measure, within, threshold, points, per_unit, decay, decay_span, property) VALUES
('rounding', 'up', 'depth', '{up}', 'count', '10 days', 1, 0.001, true, 'step', '2 days', NULL),
('rounding', 'down', 'depth', '{down}', 'count', '10 days', 1, -0.001, true, 'step', '2 days', NULL),
('rounding', 'sum', 'depth', '{sum}', 'sum', '10 days', 0, 1, true, 'none', NULL, 'n');
SELECT e, n, pls.score('rounding', e, timestamptz '2020-01-01' + i * interval '1 hour', NULL::text, NULL, '2020-01-02 05:00')
FROM (VALUES ('up', 1), ('up', 5), ('down', 1), ('down', 5)) AS v (e, n), generate_series(1, n) AS i
GROUP BY e, n ORDER BY e, n;
SELECT p, pls.score('rounding', 'sum', '2020-01-01', NULL::text, p::jsonb, '2020-01-02')
FROM (VALUES ('{"n": 0.0005}'), ('{"n": -0.0005}'), ('{"n": 0.00049999}'), ('{"n": 9e15}'), ('{"n": 9000000000000000.0001}'), ('{"n": -9e15}'),
             ('{"n": -9.1e15}'), ('{"n": 1e400}'), ('{"n": "5"}'), ('{"n": true}'), ('{"n": null}'), ('{"m": 1}'), ('[5]'), ('5'), (NULL)) AS v (p)
GROUP BY p ORDER BY p COLLATE "C";

-- limits of a signal, of a category, of the motion: each that bites is a line
INSERT INTO pls.motions (motion, min_score, max_score, qualify_at, release_at) VALUES ('limits', 0, 30, 5, 5);
INSERT INTO pls.category_limits (motion, category, min_points, max_points) VALUES
('limits', 'depth', NULL, 20), ('limits', 'risk', -9, NULL), ('limits', 'breadth', 2, NULL);
INSERT INTO pls.signals (motion, signal, category, events, measure, within, threshold, points, per_unit, min_points, max_points) VALUES
('limits', 'uses', 'depth', '{use}', 'count', '30 days', 1, 4, true, NULL, 16),
('limits', 'reads', 'depth', '{read}', 'count', '30 days', 1, 7, false, NULL, NULL),
('limits', 'errors', 'risk', '{error}', 'count', '30 days', 1, -2, true, -8, NULL),
('limits', 'leaves', 'risk', '{leave}', 'count', '30 days', 1, -40, false, NULL, NULL),
('limits', 'invites', 'invite', '{invite}', 'count', '30 days', 1, 25, false, NULL, NULL);
CREATE TEMP TABLE did (entity text, event text);
INSERT INTO did
SELECT e, trim(x) FROM (VALUES
    ('a signal cap', 'use,use,use,use,use,use'), ('b category cap', 'use,use,use,use,read'),
    ('c signal floor', 'error,error,error,error,error,use'), ('d category floor', 'leave,use,use,use'),
    ('e motion cap', 'invite,use,use,read'), ('f motion floor', 'leave'), ('g all', 'use,use,use,use,use,read,invite,error,error,error,error,error,leave'),
    ('h none', 'read')) AS v (e, s), string_to_table(s, ',') AS x;
SELECT entity, pls.score('limits', event, '2020-01-01', 1, NULL, '2020-01-02') FROM did GROUP BY entity ORDER BY entity COLLATE "C";
SELECT d.entity, x.line, x.signal, x.category, x.value, x.points
FROM (SELECT entity, pls.evidence('limits', event, '2020-01-01', 1, NULL) AS e FROM did GROUP BY entity) AS d,
     LATERAL pls.explain(d.e, '2020-01-02') AS x
WHERE x.points <> 0 ORDER BY d.entity COLLATE "C", x.line;
SELECT count(*), count(*) FILTER (WHERE total = pls.score(e, '2020-01-02')) AS sum_is_score
FROM (SELECT pls.evidence('limits', event, '2020-01-01', 1, NULL) AS e FROM did GROUP BY entity) AS d,
     LATERAL (SELECT sum(points) FROM pls.explain(d.e, '2020-01-02')) AS x (total);

-- hysteresis: in at qualify_at, out below release_at; required; min_signals; triage
INSERT INTO pls.motions (motion, qualify_at, release_at, triage_at, min_signals) VALUES ('lane', 10, 6, 4, 2);
INSERT INTO pls.signals (motion, signal, category, events, measure, within, threshold, points, per_unit, max_points, required) VALUES
('lane', 'uses', 'depth', '{use}', 'count', '30 days', 1, 1, true, 20, false),
('lane', 'starts', 'activation', '{start}', 'count', '30 days', 1, 1, false, NULL, true),
('lane', 'fails', 'risk', '{fail}', 'count', '30 days', 1, -1, false, NULL, false);
SELECT n, started, (pls.evaluate(e, '2020-01-02', NULL, NULL)).*, (pls.evaluate(e, '2020-01-02', NULL, 'sales')).lane AS lane_if_was_sales,
       (pls.evaluate(e, '2020-01-02', NULL, 'sales')).sales_floor AS floor_if_was_sales,
       (pls.evaluate(e, '2020-01-02', NULL, 'triage')).lane AS lane_if_was_triage
FROM (SELECT n, started, pls.evidence('lane', CASE WHEN i = 0 THEN 'start' ELSE 'use' END, '2020-01-01', 1, NULL)
                         FILTER (WHERE started OR i > 0) AS e
      FROM unnest(ARRAY[2, 3, 4, 5, 8, 9, 12]) AS n, unnest(ARRAY[true, false]) AS started, generate_series(0, n) AS i
      GROUP BY n, started) AS d
ORDER BY started DESC, n;

-- actors of any type, without a cast, are as many as they are
INSERT INTO pls.motions (motion, qualify_at, release_at) VALUES ('actors', 5, 5);
INSERT INTO pls.signals (motion, signal, category, measure, within, threshold, points, per_unit, max_points) VALUES
('actors', 'actors', 'breadth', 'actors', '30 days', 1, 1, true, 50);
SELECT pls.score('actors', 'e', at, b, NULL, '2020-01-02') AS "bigint", pls.score('actors', 'e', at, i, NULL, '2020-01-02') AS "integer",
       pls.score('actors', 'e', at, u, NULL, '2020-01-02') AS "uuid", pls.score('actors', 'e', at, t, NULL, '2020-01-02') AS "text",
       pls.score('actors', 'e', at, v, NULL, '2020-01-02') AS "varchar", pls.score('actors', 'e', at, c, NULL, '2020-01-02') AS "bpchar",
       pls.score('actors', 'e', at, b::numeric, NULL, '2020-01-02') AS "numeric", pls.score('actors', 'e', at, t::name, NULL, '2020-01-02') AS "name",
       pls.score('actors', 'e', at, at, NULL, '2020-01-02') AS "timestamptz", pls.score('actors', 'e', at, 'x', NULL, '2020-01-02') AS literal,
       pls.score('actors', 'e', at, NULL, NULL, '2020-01-02') AS "null"
FROM (SELECT n % 11 AS b, (n % 11)::int AS i, lpad((n % 11)::text, 32, '0')::uuid AS u, (n % 11)::text AS t, (n % 11)::varchar(9) AS v, (n % 11)::char(9) AS c,
             timestamptz '2020-01-01' + n % 11 * interval '1 second' AS at
      FROM generate_series(1, 100) AS n) AS r;
-- text, varchar and an application's spelling of one actor agree across parts
SELECT pls.score(pls.rollup(e), '2020-01-02')
FROM (SELECT pls.evidence('actors', 'e', '2020-01-01', a, NULL) FROM (VALUES ('x'::text), ('y')) AS v (a)
      UNION ALL SELECT pls.evidence('actors', 'e', '2020-01-01', a, NULL) FROM (VALUES ('x'::varchar), ('z')) AS v (a)
      UNION ALL SELECT pls.evidence('actors', 'e', '2020-01-01', 7::bigint, NULL)
      UNION ALL SELECT pls.evidence('actors', 'e', '2020-01-01', 7::integer, NULL)) AS p (e);

-- a large value worth many points: linear decay takes its share where the
-- product would have more than 128 bits, rounded as everywhere
INSERT INTO pls.motions (motion, min_score, max_score, qualify_at, release_at) VALUES ('large', NULL, NULL, 5, 5);
INSERT INTO pls.signals (motion, signal, category, events, measure, within, threshold, points, per_unit, decay, decay_span, property) VALUES
('large', 'sum', 'depth', '{up}', 'sum', '100 days', 1, 25000, true, 'linear', '100 days', 'n'),
('large', 'down', 'depth', '{down}', 'sum', '100 days', 1, -123456.789, true, 'linear', '100 days', 'n'),
('large', 'max', 'depth', '{max}', 'max', '36500 days', 1, 0.007, true, 'linear', '36500 days', 'n');
SELECT e, n, days, s.score, s.score = round(n * p * (span - days) / span, 3) AS same, s.score = s.of_evidence AS evidence_same
FROM (VALUES ('up', 25000, 100, to_timestamp(67500 * 26000)), ('down', -123456.789, 100, to_timestamp(67500 * 26000)),
             ('max', 0.007, 36500, to_timestamp(24637500 * 70))) AS v (e, p, span, at),
     (VALUES (9e15), (8999999999999999.999), (0.001)) AS x (n), (VALUES (0), (0.5), (7), (99)) AS d (days),
     LATERAL (SELECT pls.score('large', e, r, 1, jsonb_build_object('n', n), v.at + days::float8 * interval '24 hours'),
                     pls.score(pls.evidence('large', e, r, 1, jsonb_build_object('n', n)), v.at + days::float8 * interval '24 hours')
              FROM (VALUES (v.at)) AS r (r)) AS s (score, of_evidence)
ORDER BY p, n, days;
-- evidence that says 2^125 rows: the most points there are, and not the least
INSERT INTO pls.motions (motion, min_score, max_score, qualify_at, release_at) VALUES ('largest', NULL, NULL, 5, 5);
INSERT INTO pls.signals (motion, signal, category, measure, within, threshold, points, per_unit, decay, decay_span) VALUES
('largest', 'rows', 'depth', 'count', '10 days', 1, 2000, true, 'exponential', '10 days');
SELECT pls.score((prefix || repeat('80', 18) || '01')::pls.evidence, '2025-12-31 23:37:30+00'), made = prefix || '02' AS made_so
FROM (SELECT pls.evidence('largest', 'e', '2026-01-01', 1, NULL)) AS e (evidence),
     LATERAL (SELECT evidence::text, left(evidence::text, -2)) AS t (made, prefix);

-- instants: NULL and infinite are ignored, the future too; as_of NULL is now
SELECT pls.score('actors', 'e', at, row_number, NULL, '2020-01-02') AS score, count(*)
FROM (SELECT at, row_number() OVER () FROM (VALUES (timestamptz '2020-01-01'), (NULL), ('infinity'), ('-infinity'),
      ('2020-01-02 00:00:00.000001'), ('2020-01-02'), ('2021-01-01'), ('2019-12-03'), ('2019-12-03 00:00:01'), ('4713-01-01 BC'), ('294276-12-31')) AS v (at)) AS r;
SELECT pls.score('actors', 'e', NULL, 1, NULL, '2020-01-02') AS null_at, pls.score('actors', NULL, '2020-01-01', 1, NULL, '2020-01-02') AS null_event;
SET pls.now = '2020-01-02 00:00+00';
SELECT pls.now(), pls.score('actors', 'e', '2020-01-01', 1, NULL) AS clock, pls.score('actors', 'e', '2020-01-01', 1, NULL, NULL) AS null_as_of,
       pls.score('actors', 'e', '2020-01-03', 1, NULL) AS future,
       pls.score(pls.evidence('actors', 'e', '2020-01-01', 1, NULL)) AS evidence, pls.score(pls.evidence('actors', 'e', '2020-01-01', 1, NULL), NULL, NULL) AS evidence_null;
RESET pls.now;
SELECT pls.score(NULL::pls.evidence, now()) AS null_evidence, pls.score(pls.evidence('actors', 'e', NULL, 1, NULL), now()) AS empty_evidence;
SELECT pls.score('actors', 'e', '2020-01-01', 1, NULL, '2020-01-02') AS no_rows WHERE false;
SELECT pls.score('actors', 'e', '2020-01-01'::timestamptz, 1, NULL, '2020-01-02') AS no_rows FROM generate_series(1, 0);
SELECT pls.evidence('actors', 'e', '2020-01-01', 1, NULL) IS NULL AS no_rows FROM generate_series(1, 0);
SELECT count(*) FROM pls.explain(NULL::pls.evidence, '2020-01-02');

-- attributes: of the account, at the time of asking
INSERT INTO pls.motions (motion, qualify_at, release_at) VALUES ('fit', 5, 5);
INSERT INTO pls.signals (motion, signal, category, match, measure, threshold, points, required) VALUES
('fit', 'large', 'fit', '$.size >= 100', 'attribute', 1, 12, false);
-- ... but attributes alone, without any evidence of use, are worth nothing
SELECT pls.score(pls.evidence('fit', 'e', '2020-01-01', 1, NULL), '2020-01-02', '{"size": 100}') AS fit_alone;
INSERT INTO pls.signals (motion, signal, category, measure, within, threshold, points) VALUES ('fit', 'uses', 'depth', 'count', '30 days', 1, 1);
SELECT a, pls.score(e, '2020-01-02', a::jsonb)
FROM (VALUES ('{"size": 100}'), ('{"size": 99}'), ('{"size": "large"}'), ('{}'), (NULL)) AS v (a),
     (SELECT pls.evidence('fit', 'e', '2020-01-01', 1, NULL) FROM generate_series(1, 1)) AS x (e) ORDER BY a COLLATE "C";

-- what is refused
\set VERBOSITY sqlstate
SELECT pls.score('no such motion', 'e', now(), 1, NULL);
SELECT pls.score(m, 'e', now(), 1, NULL) FROM (VALUES ('actors'), ('limits')) AS v (m);
SELECT pls.score('actors', 'e', '2020-01-01', 1, NULL, d) FROM (VALUES (timestamptz '2020-01-01'), ('2020-01-02')) AS v (d);
SELECT pls.score('actors', 'e', '2020-01-01', 1, NULL, 'infinity');
SELECT pls.score('actors', 'e', '2020-01-01', point(1, 1), NULL, '2020-01-02');
SELECT pls.score(NULL, 'e', '2020-01-01', 1, NULL, '2020-01-02');
ROLLBACK;
