-- pls.backtest(): counted again from the events in plain SQL, and errors.
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
SET CONSTRAINTS ALL IMMEDIATE;
RESET client_min_messages;
\set ECHO all
-- the outcomes of the history, and up to when they are known
SELECT count(*) FROM pls.outcomes;
SELECT pls_internal.end_of_data('play') = max(at) AS end_of_data FROM app.events;

\x on
SELECT * FROM pls.backtest('play', '2026-01-15', '2026-03-12', '14 days') WHERE part = 'all';
\x off

-- Without assumptions no alert is ever closed: an account has one, at the first
-- event that is worth 20 points, unless it has paid by then.
CREATE VIEW app.alerts AS
SELECT DISTINCT ON (e.org) e.org, e.at, CASE e.name WHEN 'e60' THEN 'sales' ELSE 'triage' END AS lane, p.at AS paid_at
  FROM app.events e
  LEFT JOIN (SELECT org, min(at) AS at FROM app.events WHERE name = 'paid' GROUP BY org) p USING (org)
 WHERE e.name IN ('e30', 'e60') AND (p.at <= e.at) IS NOT TRUE
 ORDER BY e.org, e.at;
-- and one of triage goes over to sales with 60 points, unless it has paid by then
CREATE VIEW app.lanes AS
SELECT org, at, lane, paid_at FROM app.alerts
UNION ALL
SELECT a.org, min(e.at), 'sales', a.paid_at
  FROM app.alerts a JOIN app.events e ON e.org = a.org AND e.name = 'e60' AND e.at > a.at
 WHERE a.lane = 'triage' AND (a.paid_at <= e.at) IS NOT TRUE
 GROUP BY a.org, a.paid_at;
CREATE FUNCTION app.paid(since timestamptz, until timestamptz) RETURNS TABLE (org text, at timestamptz) LANGUAGE sql AS
$$ SELECT org, min(at) FROM app.events WHERE name = 'paid' GROUP BY org HAVING min(at) >= since AND min(at) < until $$;
SELECT count(*) AS alerts, round(count(*) / 8.0, 2) AS a_week, 7 * (1 + 0.5) AS capacity,
       count(*) FILTER (WHERE a.paid_at <= a.at + interval '14 days') AS hits,
       round(count(*) FILTER (WHERE a.paid_at <= a.at + interval '14 days')::numeric / count(*), 3) AS "precision",
       percentile_cont(0.5) WITHIN GROUP (ORDER BY a.paid_at - a.at) FILTER (WHERE a.paid_at <= a.at + interval '14 days') AS lead_time
  FROM app.alerts a WHERE a.at >= '2026-01-15' AND a.at < '2026-03-12';
SELECT count(*) AS outcomes, count(a.org) AS alerted_before, round(count(a.org)::numeric / count(*), 3) AS recall
  FROM app.paid('2026-01-15', '2026-03-12') p
  LEFT JOIN app.alerts a ON a.org = p.org AND a.at < p.at AND a.at >= p.at - interval '14 days';
-- four times in 56 days
SELECT round(count(*) FILTER (WHERE p.at <= t + interval '14 days')::numeric / count(*), 4) AS base_rate
  FROM generate_series('2026-01-15'::timestamptz, '2026-03-11', '14 days') t
 CROSS JOIN LATERAL (SELECT DISTINCT org FROM app.events WHERE at <= t AND at > t - interval '14 days') e
  LEFT JOIN app.paid('-infinity', 'infinity') p USING (org)
 WHERE (p.at <= t) IS NOT TRUE;

-- The parts.  Of the last alerts the horizon is not over when the data end.
CREATE VIEW app.parts AS
SELECT part, item, alerts, judged, hits, "precision", precision_low AS low, precision_high AS high, base_rate, lift, lead_time, not_over, note
  FROM pls.backtest('play', '2026-01-15', '2026-04-16', '35 days');
SELECT * FROM app.parts;
SELECT count(*) AS alerts, count(*) FILTER (WHERE k.is_over) AS judged, count(*) FILTER (WHERE NOT k.is_over) AS not_over,
       count(*) FILTER (WHERE k.is_over AND a.paid_at <= a.at + interval '35 days') AS hits
  FROM app.alerts a CROSS JOIN LATERAL (SELECT a.at <= '2026-04-21 14:00+00'::timestamptz - interval '35 days' AS is_over) k
 WHERE a.at >= '2026-01-15' AND a.at < '2026-04-16';
SELECT a.lane, count(*) AS alerts, count(*) FILTER (WHERE k.is_over) AS judged, count(*) FILTER (WHERE NOT k.is_over) AS not_over,
       count(*) FILTER (WHERE k.is_over AND a.paid_at <= a.at + interval '35 days') AS hits
  FROM app.lanes a CROSS JOIN LATERAL (SELECT a.at <= '2026-04-21 14:00+00'::timestamptz - interval '35 days' AS is_over) k
 WHERE a.at >= '2026-01-15' AND a.at < '2026-04-16' GROUP BY a.lane ORDER BY a.lane;
-- all functions count them the same way
SELECT (SELECT count(*) FROM app.lanes WHERE lane = 'sales' AND at >= '2026-01-01' AND at < '2026-04-16') AS counted,
       (SELECT alerts FROM pls.backtest('play', '2026-01-01', '2026-04-16') WHERE part = 'lane' AND item = 'sales') AS backtest,
       (SELECT alerts FROM pls.suggest_threshold('play', 4, '2026-01-01', '2026-04-16') WHERE threshold = 50) AS suggest_threshold,
       (SELECT count(*) FROM jsonb_array_elements(pls_internal.replayed_load('play', '2026-01-01', '2026-04-16', NULL)) a
         WHERE a ->> 'lane' = 'sales') AS what_if_summary;
-- one that is closed after a day does not go over: another is raised
SELECT a.number, a.at, a.lane, a.score, a.reason FROM pls_internal.alerts_of_replay('play', '2026-01-01', '2026-04-16', NULL, NULL) a
 WHERE a.entity_id = (SELECT org FROM app.lanes GROUP BY org HAVING count(*) = 2 ORDER BY org COLLATE "C" LIMIT 1);
SELECT reason, count(*), max(number) FROM pls_internal.alerts_of_replay('play', '2026-01-01', '2026-04-16', NULL, '{"close_after": "1 day"}')
 GROUP BY reason ORDER BY reason;
-- a step for each horizon, of those whose end is known
SELECT round(count(*) FILTER (WHERE p.at <= t + interval '35 days')::numeric / count(*), 4) AS base_rate
  FROM generate_series('2026-01-15'::timestamptz, '2026-04-21 13:59+00'::timestamptz - interval '35 days', '35 days') t
 CROSS JOIN LATERAL (SELECT DISTINCT org FROM app.events WHERE at <= t AND at > t - interval '35 days') e
  LEFT JOIN app.paid('-infinity', 'infinity') p USING (org)
 WHERE (p.at <= t) IS NOT TRUE;
-- and never more than 12 steps
SELECT b.active, (SELECT count(*)
                    FROM generate_series(0, 11) n
                   CROSS JOIN LATERAL (SELECT '2026-01-15'::timestamptz + n * interval '48 hours' AS t) i
                   CROSS JOIN LATERAL (SELECT DISTINCT org FROM app.events WHERE at <= i.t AND at > i.t - interval '1 day') e
                    LEFT JOIN app.paid('-infinity', 'infinity') p USING (org)
                   WHERE (p.at <= i.t) IS NOT TRUE) AS again
  FROM pls.motions m, pls_internal.base_rate(m, '2026-01-15', '2026-02-08', '1 day', '{conversion}') b;

-- Another model: sales from 5 points on.
SELECT part, item, alerts, hits FROM pls.backtest('play', '2026-01-15', '2026-03-12', '14 days',
    model => pls_internal.model_with_threshold(pls_internal.model_of('play'), 5)) WHERE part IN ('all', 'lane');
SELECT count(*) AS alerts, count(*) FILTER (WHERE p.at <= a.at + interval '14 days') AS hits
  FROM (SELECT DISTINCT ON (org) org, at FROM app.events WHERE name <> 'paid' ORDER BY org, at) a
  LEFT JOIN app.paid('-infinity', 'infinity') p USING (org)
 WHERE a.at >= '2026-01-15' AND a.at < '2026-03-12' AND (p.at <= a.at) IS NOT TRUE;
-- release_at stays as far below, and triage below
SELECT t AS qualify_at, m #> '{motion,qualify_at}' AS written, m #> '{motion,release_at}' AS release_at, m #> '{motion,triage_at}' AS triage_at,
       m -> 'signals' = d.model -> 'signals' AS signals
  FROM (SELECT jsonb_set(pls_internal.model_of('play'), '{motion,release_at}', '40') AS model) d, unnest('{5,20,21,75}'::numeric[]) t,
       pls_internal.model_with_threshold(d.model, t) m;

-- Outcomes by hand count, also those of another motion if they are the account's;
-- what a disposition has recorded does not.  All may happen again, but for a conversion.
INSERT INTO pls.motions (motion) VALUES ('other');
INSERT INTO pls.outcomes (entity_id, motion, outcome, at, account_id, detail)
SELECT CASE WHEN k = 'other' THEN 'somebody' ELSE a.org END, CASE WHEN k = 'other' THEN 'other' ELSE 'play' END, 'expansion',
       a.at + days * interval '1 day', CASE WHEN k = 'other' THEN a.org END, CASE WHEN k = 'disposition' THEN '{"alert_id": 1}'::jsonb END
  FROM app.alerts a
  JOIN (VALUES (1, 'before', -1), (1, 'hand', 3), (1, 'hand', 4), (2, 'other', 2), (3, 'disposition', 1), (4, 'hand', 15)) AS v (n, k, days)
    ON v.n = (SELECT count(*) FROM app.alerts b WHERE b.at <= a.at AND b.at >= '2026-02-01');
SELECT part, alerts, judged, hits, outcomes, alerted_before, lead_time, note
  FROM pls.backtest('play', '2026-02-01', '2026-03-12', '14 days', 'expansion') WHERE part = 'all';
-- Nobody knows of such an outcome: only volumes are told.
SELECT part, item, alerts, capacity_a_week, judged, hits, "precision", base_rate, lift, outcomes, recall, f1, note
  FROM pls.backtest('play', '2026-02-01', '2026-03-12', '14 days', 'renewal') WHERE part IN ('all', 'lane');
-- A draft has none before it is asked to find them.
SAVEPOINT s;
INSERT INTO pls.motions (motion, status, qualify_at, min_signals) VALUES ('sketch', 'draft', 50, 1);
INSERT INTO pls.signals (motion, signal, category, events, within, threshold, points) VALUES ('sketch', 's60', 'depth', '{e60}', '10 days', 1, 60);
INSERT INTO pls.signals (motion, signal, category, events, within, outcome) VALUES ('sketch', 'paid', 'outcome', '{paid}', '1 day', 'renewal');
SELECT alerts, hits, note FROM pls.backtest('sketch', '2026-01-15', '2026-03-12', '14 days', 'renewal') WHERE part = 'all';
SET LOCAL client_min_messages = warning;
SELECT FROM pls.refresh('sketch') \g /dev/null
RESET client_min_messages;
SELECT alerts, hits, note FROM pls.backtest('sketch', '2026-01-15', '2026-03-12', '14 days', 'renewal') WHERE part = 'all';
SELECT count(*) AS alerts, count(*) FILTER (WHERE EXISTS (
           SELECT FROM app.events p WHERE p.org = a.org AND p.name = 'paid' AND p.at > a.at AND p.at <= a.at + interval '14 days')) AS hits
  -- a customer of another motion is one here
  FROM (SELECT DISTINCT ON (e.org) e.org, e.at FROM app.events e LEFT JOIN app.paid('-infinity', 'infinity') p USING (org)
         WHERE e.name = 'e60' AND (p.at <= e.at) IS NOT TRUE ORDER BY e.org, e.at) a
 WHERE a.at >= '2026-01-15' AND a.at < '2026-03-12';
ROLLBACK TO s;
RELEASE s;
-- Nobody was alerted.
SELECT * FROM pls.backtest('play', '2025-01-01', '2025-02-01', '14 days');
-- A rep without a quota takes any number.
UPDATE pls.reps SET daily_quota = NULL WHERE rep = 'bob';
SELECT pls_internal.weekly_capacity('play'), pls_internal.weekly_capacity('other');
-- few hits
SELECT v.judged, v.hits, pls_internal.hits_note(m, '{conversion}', v.judged IS NOT NULL, v.judged, v.hits)
  FROM pls.motions m, (VALUES (NULL, NULL), (0, 0), (5, 0), (5, 1), (20, 9), (20, 10)) AS v (judged, hits) WHERE m.motion = 'play';
-- bands in order, and not
SELECT v.share, pls_internal.order_note(v.share, v.high, 0.3, 0.2)
  FROM (VALUES (0.4, 0.5), (0.25, 0.4), (0.1, 0.15), (NULL, NULL)) AS v (share, high);

-- analysts may ask, reps and others may not
SAVEPOINT s;
CREATE ROLE pls_test_asks;
SELECT pls.grant_access('pls_test_asks', 'analyst');
SET LOCAL ROLE pls_test_asks;
SELECT alerts, hits FROM pls.backtest('play', '2026-01-15', '2026-03-12', '14 days') WHERE part = 'all';
RESET ROLE;
SELECT pls.grant_access('pls_test_asks', 'rep');
SET LOCAL ROLE pls_test_asks;
SELECT alerts, hits FROM pls.backtest('play', '2026-01-15', '2026-03-12', '14 days') WHERE part = 'all';
ROLLBACK TO s;

-- errors
SELECT * FROM pls.backtest('nothing', '2026-01-15', '2026-03-12');
ROLLBACK TO s;
SELECT * FROM pls.backtest(NULL, '2026-01-15', '2026-03-12');
ROLLBACK TO s;
SELECT * FROM pls.backtest('play', NULL, '2026-03-12');
ROLLBACK TO s;
SELECT * FROM pls.backtest('play', '2026-03-12', '2026-03-12');
ROLLBACK TO s;
SELECT * FROM pls.backtest('play', '-infinity', '2026-03-12');
ROLLBACK TO s;
SELECT * FROM pls.backtest('play', '2026-01-15', '2026-06-02');
ROLLBACK TO s;
SELECT * FROM pls.backtest('play', '2026-01-15', '2026-03-12', '1 month');
ROLLBACK TO s;
SELECT * FROM pls.backtest('play', '2026-01-15', '2026-03-12', '0');
ROLLBACK;
