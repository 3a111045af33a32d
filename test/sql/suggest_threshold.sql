-- pls.suggest_threshold(): against all thresholds, counted from the events in
-- plain SQL; what cannot be reached; and errors.
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
-- 8 weeks.  Scores are 10, 30 and 60: a threshold of 31 is as good as one of 60.
CREATE VIEW app.by_threshold AS
SELECT t.threshold, count(a.org) AS alerts
  FROM generate_series(1, 100) AS t (threshold)
  LEFT JOIN LATERAL (
       SELECT DISTINCT ON (e.org) e.org, e.at, e.score
         FROM (SELECT x.org, x.at, (CASE x.name WHEN 'e10' THEN 10 WHEN 'e30' THEN 30 ELSE 60 END) AS score
                 FROM app.events x WHERE x.name <> 'paid') e
         LEFT JOIN (SELECT org, min(at) AS at FROM app.events WHERE name = 'paid' GROUP BY org) p USING (org)
        -- one of triage goes over to sales
        WHERE (p.at <= e.at) IS NOT TRUE AND e.score >= t.threshold
        ORDER BY e.org, e.at) a ON a.at >= '2026-01-15' AND a.at < '2026-03-12'
 GROUP BY t.threshold;
SELECT min(threshold) AS "from", max(threshold) AS "to", alerts, round(alerts / 8.0, 2) AS a_week
  FROM app.by_threshold GROUP BY alerts ORDER BY 1;
-- what is suggested brings about at most as many, and one point less more
SELECT * FROM pls.suggest_threshold('play', 4, '2026-01-15', '2026-03-12', '14 days');
SELECT w.wanted, s.threshold, s.alerts = b.alerts AS same, s.alerts_a_week <= w.wanted AS fits, l.alerts / 8.0 > w.wanted AS lower_does_not
  FROM unnest('{3.38,7,9.8}'::numeric[]) AS w (wanted)
 CROSS JOIN LATERAL pls.suggest_threshold('play', w.wanted, '2026-01-15', '2026-03-12', '14 days') s
  JOIN app.by_threshold b ON b.threshold = s.threshold
  JOIN app.by_threshold l ON l.threshold = s.threshold - 1
 WHERE s.suggested ORDER BY w.wanted;
-- all that was tried is right
SELECT count(*) > 15 AS many, count(*) FILTER (WHERE s.alerts <> b.alerts) AS wrong
  FROM unnest('{1,6,100}'::numeric[]) AS w (wanted)
 CROSS JOIN LATERAL pls.suggest_threshold('play', w.wanted, '2026-01-15', '2026-03-12', '14 days') s
  JOIN app.by_threshold b ON b.threshold = s.threshold;
-- so many there are at no threshold; of so few the highest has more, if there is
-- a highest; and with none, many have the same score
SELECT * FROM pls.suggest_threshold('play', 100, '2026-01-15', '2026-03-12', '14 days');
UPDATE pls.motions SET max_score = 60 WHERE motion = 'play';
SELECT threshold, suggested, alerts_a_week, note FROM pls.suggest_threshold('play', 1, '2026-01-15', '2026-03-12', '14 days');
UPDATE pls.motions SET max_score = NULL WHERE motion = 'play';
SELECT threshold, suggested, alerts_a_week, note FROM pls.suggest_threshold('play', 1, '2026-01-15', '2026-03-12', '14 days');
-- one of now that is no whole number
UPDATE pls.motions SET qualify_at = 30.5, max_score = 100 WHERE motion = 'play';
SELECT threshold, suggested, alerts_a_week, note FROM pls.suggest_threshold('play', 4, '2026-01-15', '2026-03-12', '14 days')
 WHERE threshold BETWEEN 30 AND 31;
UPDATE pls.motions SET qualify_at = 50 WHERE motion = 'play';
-- the twelve weeks up to now; without outcomes nothing is said of them
SELECT threshold, suggested, alerts, judged, hits, "precision", not_over, note
  FROM pls.suggest_threshold('play', 1, outcome => 'renewal');
SELECT count(*) FROM pls.model_versions WHERE motion = 'play';

-- what is suggested can be written in one UPDATE, and does what was said
SAVEPOINT s;
UPDATE pls.motions SET release_at = 40 WHERE motion = 'play';
CREATE TABLE app.suggested AS
SELECT threshold, release_at, triage_at, suggested, alerts, judged, hits FROM pls.suggest_threshold('play', 8, '2026-01-15', '2026-03-12', '14 days');
TABLE app.suggested;
UPDATE pls.motions m SET qualify_at = s.threshold, release_at = s.release_at, triage_at = s.triage_at
  FROM app.suggested s WHERE m.motion = 'play' AND s.suggested;
SELECT alerts, judged, hits FROM pls.backtest('play', '2026-01-15', '2026-03-12', '14 days') WHERE part = 'lane' AND item = 'sales';
ROLLBACK TO s;

-- errors
SELECT * FROM pls.suggest_threshold('nothing', 4);
ROLLBACK TO s;
SELECT * FROM pls.suggest_threshold('play', 0);
ROLLBACK TO s;
SELECT * FROM pls.suggest_threshold('play', 'NaN');
ROLLBACK TO s;
SELECT * FROM pls.suggest_threshold('play', 'Infinity');
ROLLBACK TO s;
SELECT * FROM pls.suggest_threshold('play', NULL);
ROLLBACK TO s;
SELECT * FROM pls.suggest_threshold('play', 4, '2026-03-12', '2026-01-15');
ROLLBACK TO s;
SELECT * FROM pls.suggest_threshold('play', 4, horizon => '-1 day');
ROLLBACK;
