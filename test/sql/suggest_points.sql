-- pls.suggest_points(): what it fits and what it judges, put together from the
-- events in plain SQL; two rankings compared; what cannot be told; errors.
\getenv srcdir PG_ABS_SRCDIR
\set history :srcdir /sql/include/history.psql
\set ECHO none
\set QUIET on
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET intervalstyle = 'postgres';
SET pls.now = '2026-06-01 00:00+00';
\set SHOW_CONTEXT never
BEGIN;
\i :history
-- Signals that more or less tell who pays: the team does, the tour does not.
INSERT INTO pls.signals (motion, signal, category, events, within, threshold, points, per_unit, max_points) VALUES
    ('play', 'team', 'invite', '{team}', '10 days', 1, 4, false, NULL),
    ('play', 'tour', 'activation', '{tour}', '10 days', 1, 3, false, NULL),
    ('play', 'tour again', 'activation', '{tour}', '10 days', 1, 1, false, NULL),
    ('play', 'tours', 'activation', '{tour}', '10 days', 1, 0.5, true, 2),
    ('play', 'demo', 'breadth', '{demo}', '10 days', 1, 1, false, NULL),
    ('play', 'never', 'breadth', '{never}', '10 days', 1, 1, false, NULL);
INSERT INTO app.events
SELECT e.org, s.name, e.at - interval '2 hours'
  FROM (SELECT org, min(at) AS at, min(at) FILTER (WHERE name = 'paid') IS NOT NULL AS pays, substr(org, 5)::integer AS n FROM app.events GROUP BY org) e
 CROSS JOIN LATERAL (VALUES ('team', app.dice(e.n, 'team', 10) < CASE WHEN e.pays THEN 8 ELSE 4 END),
                            ('tour', app.dice(e.n, 'tour', 2) = 0),
                            ('demo', e.pays AND app.dice(e.n, 'demo', 3) = 0)) AS s (name, does)
 WHERE s.does;
SET CONSTRAINTS ALL IMMEDIATE;
RESET client_min_messages;
\set ECHO all
SELECT * FROM pls.suggest_points('play', NULL, '20 days', '2026-01-01', '2026-04-10', '2026-03-15');

-- What was fitted: the first event worth 20 points of each account that had not
-- paid, and what it had done in the ten days before.
CREATE VIEW app.decisions AS
SELECT d.*, d.paid_at <= d.at + interval '20 days' IS TRUE AS hit,
       ARRAY(SELECT EXISTS (SELECT FROM app.events x WHERE x.org = d.org AND x.name = ANY (s.events) AND x.at <= d.at AND x.at > d.at - interval '10 days')
               FROM (VALUES ('demo', '{demo}'::text[]), ('never', '{}'), ('s10', '{e10,e30,e60}'), ('s20', '{e30,e60}'), ('s30', '{e60}'),
                            ('team', '{team}'), ('tour', '{tour}'), ('tour again', '{tour}'), ('tours', '{tour}')) AS s (signal, events)
              ORDER BY s.signal COLLATE "C") AS met
  FROM (SELECT DISTINCT ON (e.org) e.org, e.at, p.at AS paid_at
          FROM app.events e LEFT JOIN (SELECT org, min(at) AS at FROM app.events WHERE name = 'paid' GROUP BY org) p USING (org)
         WHERE e.name IN ('e30', 'e60') AND (p.at <= e.at) IS NOT TRUE
         ORDER BY e.org, e.at) d
 WHERE d.at >= '2026-01-01' AND d.at < '2026-04-10';
CREATE VIEW app.train AS SELECT * FROM app.decisions WHERE at + interval '20 days' <= '2026-03-15';
WITH rows AS (
    SELECT array_agg(ARRAY(SELECT m::integer::float8 FROM unnest(t.met) m) ORDER BY t.org) AS x, array_agg(t.hit::integer::bigint ORDER BY t.org) AS hits,
           array_agg(1::bigint) AS trials, count(*) AS entities, count(*) FILTER (WHERE t.hit) AS with_outcome
      FROM app.train t),
fit AS (
    SELECT f.*, r.entities, r.with_outcome FROM rows r, pls_internal.logistic_fit(r.x, r.hits, r.trials, 1) f),
signals AS (
    SELECT s.place, s.signal, s.points, s.per_unit, f.coefficients[s.place] AS coefficient, f.errors[s.place] AS error,
           (SELECT count(*) FROM app.train t WHERE t.met[s.place]) AS met,
           (SELECT count(*) FROM app.train t WHERE t.met[s.place] AND t.hit) AS hits
      FROM fit f, (SELECT signal, points, per_unit, row_number() OVER (ORDER BY signal COLLATE "C") AS place
                     FROM pls.signals WHERE motion = 'play' AND category <> 'outcome') s),
scaled AS (
    SELECT s.*, k.factor FROM signals s,
           (SELECT sum(points * met)::float8 / sum(abs(coefficient) * met) AS factor FROM signals WHERE coefficient IS NOT NULL AND NOT per_unit) k)
SELECT s.signal, CASE WHEN NOT s.per_unit THEN round((s.coefficient * s.factor)::numeric, 1) END AS suggested,
       round(s.coefficient::numeric, 3) AS coefficient, round(s.error::numeric, 3) AS error, s.met, s.hits
  FROM scaled s ORDER BY s.place;
SELECT count(*) AS fitted, count(*) FILTER (WHERE hit) AS hits FROM app.train;
SELECT count(*) FILTER (WHERE at >= '2026-03-15' AND at + interval '20 days' <= '2026-04-21 14:00+00') AS judged,
       count(*) FILTER (WHERE at + interval '20 days' > '2026-03-15'
                          AND NOT (at >= '2026-03-15' AND at + interval '20 days' <= '2026-04-21 14:00+00')) AS left_out
  FROM app.decisions;

-- Without a ridge; and with everything by itself: the year up to now, divided
-- where two thirds were decided.
SELECT part, item, suggested, error, coefficient, coefficient_error, entities, hits, remark
  FROM pls.suggest_points('play', NULL, '20 days', '2026-01-01', '2026-04-10', '2026-03-15', ridge => 0);
SELECT part, item, now, suggested, entities, hits, remark FROM pls.suggest_points('play') WHERE part <> 'signal';
-- Nothing was changed.
SELECT signal, points FROM pls.signals WHERE motion = 'play' AND category <> 'outcome' ORDER BY signal COLLATE "C";

-- Where scores end, no threshold can be; and few are not enough.
SAVEPOINT s;
UPDATE pls.motions SET min_score = 50 WHERE motion = 'play';
SELECT item, now, suggested, entities, remark
  FROM pls.suggest_points('play', NULL, '20 days', '2026-01-01', '2026-04-10', '2026-03-15') WHERE part = 'threshold';
ROLLBACK TO s;
SELECT p.part, p.item, p.now, p.suggested, p.entities, p.remark
  FROM (SELECT array_agg(ROW('2026-01-01', '2026-01-02', true, 60 + i, '{1}', i % 2 = 0)::pls_internal.first_decision) AS rows FROM generate_series(1, 40) i) d,
       unnest('{9,10,11}'::integer[]) AS n (decisions),
       pls.motions m,
       pls_internal.points_report(jsonb_populate_record(m, '{"max_score": 60}'), ARRAY[ROW('s10', 10, false, 'constant', NULL, NULL, 1, 1, 0, 0, NULL, NULL, 1)::pls_internal.fitted_signal],
                                  d.rows[:n.decisions], d.rows, 0, '2026-01-02', 1) p
 WHERE m.motion = 'play' AND p.part IN ('threshold', 'fit') ORDER BY n.decisions, p.part DESC;

-- Sums of signals, and one that who does not meet it all have the outcome.
SELECT f.signal, f.state, f.depends_on, pls_internal.coefficient_remark(f)
  FROM (SELECT array_agg(ROW('2026-01-01', '2026-01-02', true, 50, ARRAY[a, b, a + b, 1 - a, c], hit)::pls_internal.first_decision) AS rows
          FROM (SELECT (i % 3 = 0)::integer AS a, (i % 3 = 1)::integer AS b, (i % 7 > 1)::integer AS c, i % 5 = 0 OR i % 7 <= 1 AS hit FROM generate_series(1, 84) i) r) d,
       pls_internal.fit_signals('play', '{demo,s10,s20,s30,team}', d.rows, 1) f;

---- two rankings -------------------------------------------------------------
-- By its definition: over all pairs of a hit and another, ties count half; the
-- variance by the placements of each hit and each other one.
CREATE TABLE app.ranked AS
SELECT i, i % 4 = 0 AS hit, (app.dice(i, 'a', 12) + CASE WHEN i % 4 = 0 THEN 3 ELSE 0 END)::float8 AS a,
       (app.dice(i, 'b', 9) + CASE WHEN i % 4 = 0 THEN 4 ELSE 0 END)::float8 AS b
  FROM generate_series(1, 90) i;
SELECT round(auc_a::numeric, 9) AS auc_a, round(auc_b::numeric, 9) AS auc_b, round(error::numeric, 9) AS error
  FROM (SELECT array_agg(hit) AS hits, array_agg(a) AS a, array_agg(b) AS b FROM app.ranked) d,
       pls_internal.compare_rankings(d.hits, d.a, d.b);
WITH pairs AS (
    SELECT h.i AS h, o.i AS o, CASE WHEN h.a > o.a THEN 1 WHEN h.a = o.a THEN 0.5 ELSE 0 END AS a,
           CASE WHEN h.b > o.b THEN 1 WHEN h.b = o.b THEN 0.5 ELSE 0 END AS b
      FROM app.ranked h JOIN app.ranked o ON h.hit AND NOT o.hit)
SELECT round(avg(a), 9) AS auc_a, round(avg(b), 9) AS auc_b,
       round(sqrt((SELECT var_samp(d) / count(*) FROM (SELECT avg(b - a) AS d FROM pairs GROUP BY h) x)
                  + (SELECT var_samp(d) / count(*) FROM (SELECT avg(b - a) AS d FROM pairs GROUP BY o) x)), 9) AS error
  FROM pairs;
SELECT v.hits, r.auc_a, r.auc_b, r.error
  FROM (VALUES ('{t,f,f}'::boolean[]), ('{t,t,f,f}'), ('{t,t}'), ('{f}'), ('{}')) AS v (hits)
 CROSS JOIN LATERAL (SELECT coalesce(array_agg(h::integer::float8), '{}') AS a, coalesce(array_agg(0::float8), '{}') AS b FROM unnest(v.hits) h) x
 CROSS JOIN LATERAL pls_internal.compare_rankings(v.hits, x.a, x.b) r;
SELECT v.hits, v.others, pls_internal.ranking_remark(v.hits, v.others, v.low, v.high)
  FROM (VALUES (0, 50, NULL, NULL), (9, 50, 0.1, 0.2), (50, 9, 0.1, 0.2), (10, 50, 0.1, 0.2), (10, 50, -0.2, -0.1), (10, 50, -0.1, 0.1)) AS v (hits, others, low, high);

-- errors
SAVEPOINT s;
SELECT * FROM pls.suggest_points('nothing');
ROLLBACK TO s;
SELECT * FROM pls.suggest_points('play', 'renewal', '20 days', '2026-01-01', '2026-04-10');
ROLLBACK TO s;
SELECT * FROM pls.suggest_points('play', NULL, '20 days', '2025-01-01', '2025-04-10');
ROLLBACK TO s;
SELECT * FROM pls.suggest_points('play', NULL, '20 days', '2026-04-10', '2026-01-01');
ROLLBACK TO s;
SELECT * FROM pls.suggest_points('play', NULL, '20 days', '2026-01-01', '2026-04-10', ridge => -1);
ROLLBACK TO s;
UPDATE pls.signals SET enabled = false WHERE motion = 'play' AND category <> 'outcome';
SELECT * FROM pls.suggest_points('play', NULL, '20 days', '2026-01-01', '2026-04-10');
ROLLBACK;
