-- The score of one entity over time: each row says what pls.score_as_of() says
-- of its instant, nothing changes between two rows but by decay, and lanes keep
-- to qualify_at and release_at.
\set ECHO none
\set QUIET on
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET pls.now = '2026-01-01';
BEGIN;
SELECT setseed(0.31) \g /dev/null
CREATE SCHEMA app;
CREATE TABLE app.events (name text, at timestamptz, org text, who text, props jsonb);
INSERT INTO app.events
SELECT (ARRAY['export', 'open', 'join'])[1 + floor(random() * 3)], '2025-12-20'::timestamptz + random() * interval '150 days',
       'a' || floor(random() * 4), 'u' || floor(random() * 9), jsonb_build_object('n', floor(random() * 9))
  FROM generate_series(1, 400);
INSERT INTO pls.pools (pool) VALUES ('all');
INSERT INTO pls.motions (motion, status, qualify_at, release_at, triage_at, min_signals) VALUES ('plain', 'draft', 40, 25, 15, 1), ('fading', 'draft', 40, 25, 15, 1);
INSERT INTO pls.routes (motion, route, position, pool) SELECT m, 'all', 1, 'all' FROM unnest('{plain,fading}'::text[]) m;
INSERT INTO pls.grades (motion, dimension, at_least, grade) SELECT m, 'engagement', g, g / 10 FROM unnest('{plain,fading}'::text[]) m, unnest('{0,10,30}'::int[]) g;
INSERT INTO pls.signals (motion, signal, category, events, measure, property, within, period, op, threshold, points, per_unit, max_points, match)
SELECT m, s.* FROM unnest('{plain,fading}'::text[]) m, (VALUES
    ('exports', 'depth', '{export}'::text[], 'count', NULL, '9 days'::interval, NULL::interval, '>='::text, 1::numeric, 3::numeric, true, 30::numeric, NULL::jsonpath),
    ('team', 'breadth', '{export,open}', 'actors', NULL, '12 days', NULL, '>=', 2, 9, false, NULL, NULL),
    ('quiet', 'risk', '{open}', 'recency', NULL, '3 days', NULL, '>=', NULL, -6, false, NULL, NULL),
    ('lately', 'activation', '{join}', 'recency', NULL, '2 days', NULL, '<=', NULL, 5, false, NULL, NULL),
    ('growing', 'depth', '{open,export}', 'growth', NULL, '7 days', NULL, '>=', 1.5, 6, false, NULL, NULL),
    ('steps', 'activation', '{join,open,export}', 'sequence', NULL, '6 days', '10 days', '>=', 3, 8, false, NULL, NULL),
    ('volume', 'depth', '{open}', 'sum', 'n', '8 days', NULL, '>=', 20, 7, false, NULL, NULL),
    ('large', 'fit', NULL, 'attribute', NULL, NULL, NULL, '>=', NULL, 12, false, NULL, '$.size > 100')) s;
UPDATE pls.signals SET decay = 'exponential', decay_span = '2 days' WHERE motion = 'fading' AND signal = 'exports';
UPDATE pls.signals SET decay = 'linear', decay_span = '9 days' WHERE motion = 'fading' AND signal = 'team';
UPDATE pls.signals SET decay = 'step', decay_span = '4 days' WHERE motion = 'fading' AND signal = 'volume';
UPDATE pls.motions SET status = 'live';
SET CONSTRAINTS ALL IMMEDIATE;
CREATE INDEX ON app.events (org);
SELECT FROM pls.watch('app.events', event => 'name', at => 'at', account => 'org', actor => 'who', properties => 'props') \g /dev/null
-- the model and what is known of the accounts change
DO $$
BEGIN
    FOR i IN 1..12 LOOP
        PERFORM set_config('pls.now', ('2026-01-01'::timestamptz + i * interval '11 days' + random() * interval '2 days')::text, true);
        IF i % 3 = 0 THEN
            UPDATE pls.signals SET points = points + 1 WHERE signal = 'exports';
        ELSE
            INSERT INTO pls.accounts (account_id, attributes) VALUES ('a' || i % 4, jsonb_build_object('size', 60 * (i % 5)))
            ON CONFLICT (account_id) DO UPDATE SET attributes = excluded.attributes;
        END IF;
    END LOOP;
    PERFORM set_config('pls.now', '2026-06-20', true);
END $$;
CREATE TABLE app.history AS
SELECT m.motion, 'a' || e AS entity_id, h.*, lead(h.at) OVER (PARTITION BY m.motion, e ORDER BY h.at) AS next
  FROM unnest('{plain,fading}'::text[]) m (motion), generate_series(0, 3) e, pls.score_history(m.motion, 'a' || e) h;
CREATE TABLE app.asked AS
SELECT r.t, m.motion, s.* FROM (SELECT '2026-01-01'::timestamptz + random() * interval '169 days' AS t FROM generate_series(1, 200) OFFSET 0) r,
       unnest('{plain,fading}'::text[]) m (motion), pls.score_as_of(m.motion, r.t) s;
\set ECHO all
SELECT motion, count(*) > 300 AS many, count(*) FILTER (WHERE lane = 'sales') > 10 AS some_sales, count(DISTINCT grade) AS grades, count(DISTINCT model_version) AS versions
  FROM app.history GROUP BY motion ORDER BY motion;
-- each row is what was scored then
SELECT count(*) FILTER (WHERE s.score IS DISTINCT FROM h.score) AS wrong_scores, count(*) FILTER (WHERE s.grade IS DISTINCT FROM h.grade) AS wrong_grades,
       count(*) FILTER (WHERE s.model_version IS DISTINCT FROM h.model_version) AS wrong_versions
  FROM app.history h LEFT JOIN LATERAL pls.score_as_of(h.motion, h.at, h.entity_id) s ON true WHERE h.last_event_at IS NOT NULL;
-- at any instant the last row holds, but for decay
SELECT a.motion, count(*) > 700 AS many, count(*) FILTER (WHERE h.at IS NULL) AS without,
       count(*) FILTER (WHERE a.motion = 'plain' AND h.score IS DISTINCT FROM a.score) AS wrong,
       count(*) FILTER (WHERE a.score >= 40 AND h.lane IS DISTINCT FROM 'sales' OR a.score < 25 AND h.lane = 'sales'
                        OR a.score < 15 AND h.lane = 'triage' OR a.score BETWEEN 15 AND 39.999 AND h.lane IS NULL) AS wrong_lanes
  FROM app.asked a
  LEFT JOIN app.history h ON h.motion = a.motion AND h.entity_id = a.entity_id AND h.at <= a.t AND (h.next IS NULL OR h.next > a.t)
 GROUP BY a.motion ORDER BY a.motion;
-- rows that say nothing new
SELECT count(*) FROM (SELECT ROW(score, grade, lane, model_version) IS NOT DISTINCT FROM lag(ROW(score, grade, lane, model_version)) OVER (PARTITION BY motion, entity_id ORDER BY at) AS same FROM app.history) h WHERE same;
-- the ranges are the rows in lane sales
SELECT count(*) AS wrong FROM (SELECT m AS motion, pls.qualified_ranges(m, 'a1') AS ranges FROM unnest('{plain,fading}'::text[]) m) q
  JOIN app.history h ON h.motion = q.motion AND h.entity_id = 'a1' AND (h.at <@ q.ranges) IS DISTINCT FROM coalesce(h.lane = 'sales', false);
-- a part of the time, and none
SELECT bool_and(h.lane IS NOT DISTINCT FROM w.lane OR w.lane = 'sales') AS same
  FROM pls.score_history('plain', 'a1', '2026-03-01', '2026-04-01') h JOIN app.history w ON w.motion = 'plain' AND w.entity_id = 'a1' AND w.at = h.at;
SELECT pls.qualified_ranges('plain', 'nobody'), count(*) FROM pls.score_history('plain', 'nobody');
-- by hand: 48 points, half of them every 10 days; qualified from 40 down to 25
INSERT INTO pls.motions (motion, status, qualify_at, release_at, min_signals) VALUES ('half', 'draft', 40, 25, 1);
INSERT INTO pls.signals (motion, signal, category, events, measure, within, threshold, points, decay, decay_span) VALUES
    ('half', 'halved', 'depth', '{once}', 'count', '90 days', 1, 48, 'exponential', '10 days');
INSERT INTO app.events VALUES ('once', '2026-06-01 12:00:00.25', 'a9', 'u1', NULL), ('once', '2026-07-15 12:00', 'a9', 'u1', NULL);
SELECT at, score, lane FROM pls.score_history('half', 'a9', '2026-05-01');
SELECT pls.qualified_ranges('half', 'a9', '2026-05-01'), pls.qualified_ranges('half', 'a9', '2026-05-01', '2026-06-05');
-- what is refused
SAVEPOINT s;
SELECT * FROM pls.score_history('half', 'a9', until => '2027-01-01');
ROLLBACK TO s;
SELECT * FROM pls.score_history('no such', 'a9', '2026-01-01');
ROLLBACK TO s;
SELECT * FROM pls.score_as_of('half', '2027-01-01');
ROLLBACK TO s;
SELECT * FROM pls.score_as_of('half', 'infinity');
ROLLBACK TO s;
SELECT * FROM pls.score_as_of('no such', '2026-01-01');
ROLLBACK TO s;
SELECT * FROM pls.score_as_of(NULL, '2026-01-01');
ROLLBACK TO s;
SELECT * FROM pls.explain_as_of('half', NULL, '2026-01-01');
ROLLBACK;
