-- When a stage of signals is reached, against pls.explain_as_of(): at that
-- instant all of its signals are met, and at no instant before.  Of each
-- account every event is asked about, the second before a stage was reached,
-- and times in between.  Events and accounts are drawn, the same in every run.
\set ECHO none
\set QUIET on
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET pls.now = '2026-03-01 00:00+00';
\set SHOW_CONTEXT never
BEGIN;
CREATE SCHEMA app;
CREATE FUNCTION app.draw(n integer, what integer) RETURNS double precision LANGUAGE sql IMMUTABLE AS
$$ SELECT (hashint8extended(n, what) & 1048575) / 1048576.0 $$;
CREATE TABLE app.events (org text, who text, name text, at timestamptz, props jsonb);
INSERT INTO app.events
SELECT 'org ' || floor(30 * app.draw(n, 1)), 'user ' || floor(4 * app.draw(n, 2)), (ARRAY['a', 'b', 'c', 'd'])[1 + floor(4 * app.draw(n, 3))::int],
       -- some at the same instant, some not at a whole second
       '2026-01-01 00:00+00'::timestamptz + floor(40 * 24 * 6 * app.draw(n, 4)) * interval '10 minutes' + (n % 7) * interval '7.4 seconds',
       jsonb_build_object('amount', floor(20 * app.draw(n, 5)) - 4, 'plan', 'p' || floor(3 * app.draw(n, 6)), 'bot', app.draw(n, 7) < 0.05)
  FROM generate_series(1, 700) n;
INSERT INTO pls.accounts (account_id, attributes, known_since)
SELECT 'org ' || n, jsonb_build_object('size', n), '-infinity' FROM generate_series(0, 29) n;
INSERT INTO pls.motions (motion, status, qualify_at) VALUES ('play', 'draft', 60);
INSERT INTO pls.exclusions (name, motion, scope, match, reason) VALUES ('bots', 'play', 'actor', '$.bot == true', 'a bot');
INSERT INTO pls.signals (motion, signal, category, events, measure, property, within, period, op, threshold, min_base, collapse, points, per_unit, max_points, decay, decay_span, match)
VALUES ('play', 'count', 'depth', '{a}', 'count', NULL, '5 days', NULL, '>=', 3, NULL, NULL, 5, false, NULL, 'linear', '3 days', NULL),
       ('play', 'units', 'depth', '{a,b}', 'count', NULL, '5 days', NULL, '>=', 4, NULL, NULL, 2, true, NULL, 'exponential', '2 days', NULL),
       ('play', 'units gone', 'depth', '{a,b}', 'count', NULL, '3 days', NULL, '<', 1, NULL, NULL, 2, true, NULL, 'exponential', '2 days', NULL),
       ('play', 'few', 'depth', '{b}', 'count', NULL, '4 days', NULL, '<', 1, NULL, NULL, 5, false, NULL, 'none', NULL, NULL),
       ('play', 'bursts', 'depth', NULL, 'count', NULL, '6 days', NULL, '>=', 4, NULL, '1 day', 5, false, NULL, 'none', NULL, NULL),
       ('play', 'people', 'breadth', NULL, 'actors', NULL, '3 days', NULL, '>=', 2, NULL, NULL, -5, false, NULL, 'none', NULL, NULL),
       ('play', 'days', 'depth', NULL, 'days', NULL, '7 days', NULL, '>=', 4, NULL, NULL, 0, false, NULL, 'none', NULL, NULL),
       ('play', 'lately', 'activation', '{c}', 'recency', NULL, '1 day', NULL, '<=', NULL, NULL, NULL, 5, false, NULL, 'none', NULL, NULL),
       ('play', 'stopped', 'risk', '{c}', 'recency', NULL, '3 days', NULL, '>=', NULL, NULL, NULL, 5, false, NULL, 'none', NULL, NULL),
       ('play', 'first', 'activation', '{d}', 'first', NULL, '5 days', NULL, '<=', NULL, NULL, NULL, 5, false, NULL, 'none', NULL, NULL),
       ('play', 'growing', 'depth', NULL, 'growth', NULL, '4 days', NULL, '>=', 1.5, 2, NULL, 5, false, NULL, 'none', NULL, NULL),
       ('play', 'sum', 'billing', NULL, 'sum', 'amount', '5 days', NULL, '>=', 30, NULL, NULL, 5, false, NULL, 'none', NULL, NULL),
       ('play', 'max', 'billing', '{b}', 'max', 'amount', '5 days', NULL, '>=', 12, NULL, NULL, 5, false, NULL, 'none', NULL, NULL),
       ('play', 'last', 'billing', '{b}', 'last', 'amount', NULL, NULL, '<=', 0, NULL, NULL, 5, false, NULL, 'none', NULL, NULL),
       ('play', 'plans', 'breadth', '{a,c}', 'distinct', 'plan', '6 days', NULL, '>=', 3, NULL, NULL, 5, false, NULL, 'none', NULL, NULL),
       ('play', 'steps', 'activation', '{a,b,c}', 'sequence', NULL, '4 days', NULL, '>=', 3, NULL, NULL, 5, false, NULL, 'none', NULL, NULL),
       ('play', 'back', 'activation', NULL, 'restart', NULL, '5 days', NULL, '>=', 3, NULL, NULL, 5, false, NULL, 'none', NULL, NULL),
       ('play', 'large', 'fit', NULL, 'attribute', NULL, NULL, NULL, '>=', 1, NULL, NULL, 5, false, NULL, 'none', NULL, '$.size >= 12');
SELECT pls.watch('app.events', event => 'name', at => 'at', account => 'org', actor => 'who', properties => 'props', motions => '{play}') > 0;
INSERT INTO pls.stages (motion, position, stage, reached_by, signals)
SELECT 'play', row_number() OVER (ORDER BY s.a, s.b), concat_ws(' and ', s.a, s.b), 'signals', array_remove(ARRAY[s.a, s.b], NULL)
  FROM (SELECT signal AS a, NULL AS b FROM pls.signals
         UNION ALL
        SELECT * FROM (VALUES ('few', 'large'), ('few', 'stopped'), ('units gone', 'stopped'), ('units', 'lately'), ('people', 'growing'), ('first', 'sum'),
                              ('stopped', 'count'), ('last', 'days'), ('back', 'large'), ('max', 'plans')) v) s;
-- a model is kept when it is committed: of this transaction it is not yet
SET CONSTRAINTS ALL IMMEDIATE;
RESET client_min_messages;
\set ECHO all
CREATE TEMP TABLE reached AS
SELECT s.stage, i.entity_id, min(i.at) AS at
  FROM pls.stages s CROSS JOIN LATERAL pls_internal.stage_instants((SELECT m FROM pls.motions m), s) i GROUP BY 1, 2;
CREATE TEMP TABLE met AS
SELECT t.entity_id, t.at, array_agg(x.signal) FILTER (WHERE x.met) AS signals
  FROM (SELECT e.org AS entity_id, e.at FROM app.events e
         UNION SELECT e.org, e.at + interval '26 hours 20 minutes' FROM app.events e
         UNION SELECT r.entity_id, r.at FROM reached r
         UNION SELECT r.entity_id, r.at - interval '1 second' FROM reached r) t
 CROSS JOIN LATERAL pls.explain_as_of('play', t.entity_id, t.at) x
 GROUP BY t.entity_id, t.at;
SELECT count(*) > 1000 AS asked_often FROM met;
-- it is met there ...
SELECT r.stage, count(*) AS not_met FROM reached r JOIN pls.stages s ON s.stage = r.stage
  LEFT JOIN met m ON m.entity_id = r.entity_id AND m.at = r.at
 WHERE (m.signals @> s.signals) IS NOT TRUE GROUP BY r.stage ORDER BY r.stage;
-- ... and not before, nor ever where it was not reached
SELECT s.stage, count(*) AS met_before
  FROM pls.stages s
  JOIN met m ON m.signals @> s.signals
  LEFT JOIN reached r ON r.stage = s.stage AND r.entity_id = m.entity_id
 WHERE (m.at >= r.at) IS NOT TRUE GROUP BY s.stage ORDER BY s.stage;
-- each is reached by some, not all of them by all, and some by time alone
SELECT s.stage, count(r.entity_id) AS accounts, count(*) FILTER (WHERE r.at IS NOT NULL AND e.at IS NULL) AS without_event
  FROM pls.stages s
  LEFT JOIN reached r ON r.stage = s.stage
  LEFT JOIN LATERAL (SELECT e.at FROM app.events e WHERE e.org = r.entity_id AND e.at = r.at LIMIT 1) e ON true
 GROUP BY s.stage ORDER BY s.stage;
-- who signed up when: the first event that counts
INSERT INTO pls.stages (motion, position, stage, reached_by) VALUES ('play', 900, 'signup', 'signup');
SELECT count(*) AS differs
  FROM (SELECT org, min(at) AS at FROM app.events WHERE (props @@ '$.bot == true') IS NOT TRUE GROUP BY org) e
  FULL JOIN pls_internal.signups((SELECT m FROM pls.motions m)) i ON i.entity_id = e.org AND i.at = e.at
 WHERE e.org IS NULL OR i.entity_id IS NULL;
ROLLBACK;
