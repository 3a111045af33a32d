-- What became of the alerts in which a signal was met: counted again in plain
-- SQL, the intervals by published values, and what is said about a signal.
\set ECHO none
\set QUIET on
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
RESET client_min_messages;
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET intervalstyle = 'postgres';
SET pls.now = '2026-03-02 10:00+00';
\set SHOW_CONTEXT never
\set ECHO all
BEGIN;
-- Newcombe, Statistics in Medicine 17 (1998), table I, method 3, and its ends.
SELECT v.x, v.n, w.low, w.high
  FROM (VALUES (81, 263), (15, 148), (0, 20), (1, 29), (20, 20), (0, 0), (NULL, 3)) AS v (x, n)
  LEFT JOIN LATERAL pls_internal.wilson(v.x, v.n) AS w ON true;

-- A motion without an alert; no motion; impossible arguments.
INSERT INTO pls.motions (motion, status) VALUES ('play', 'draft'), ('other', 'draft');
SELECT * FROM pls.signal_performance('play');
SAVEPOINT s;
SELECT * FROM pls.signal_performance(NULL);
ROLLBACK TO s;
SELECT * FROM pls.signal_performance('missing');
ROLLBACK TO s;
SELECT * FROM pls.signal_performance('play', within => '0');
ROLLBACK TO s;
SELECT * FROM pls.signal_performance('play', within => '1 month');
ROLLBACK TO s;

-- Signals: needed and met by all, a deduction, one with a name that is trouble,
-- one that is met by nobody, one that was deleted, one that is disabled.
INSERT INTO pls.signals (motion, signal, category, events, measure, within, threshold, points, required, enabled) VALUES
    ('play', 'needed', 'activation', '{a}', 'count', '7 days', 1, 20, true, true),
    ('play', 'invites', 'invite', '{b}', 'count', '7 days', 3, 20, false, true),
    ('play', 'errors', 'risk', '{c}', 'count', '7 days', 3, -10, false, true),
    ('play', E'o''dd | "na_me"\n<b>*', 'depth', '{d}', 'count', '7 days', 3, 5, false, true),
    ('play', 'never met', 'depth', '{e}', 'count', '7 days', 3, 5, false, true),
    ('play', 'off', 'depth', '{f}', 'count', '7 days', 3, 5, false, false);
SET CONSTRAINTS ALL IMMEDIATE;
SET CONSTRAINTS ALL DEFERRED;

-- 400 alerts over 100 days.
CREATE FUNCTION pg_temp.dice(n integer, salt text, sides integer) RETURNS integer LANGUAGE sql IMMUTABLE
    RETURN (get_byte(sha256(convert_to(n || salt, 'UTF8')), 0) * 256 + get_byte(sha256(convert_to(n || salt, 'UTF8')), 1)) % sides;
INSERT INTO pls.account_aliases (alias, account_id) VALUES ('acc 3 old', 'acc 3');
INSERT INTO pls.alerts (alert_id, entity_id, motion, unit, account_id, lane, reason, next_best_action, score,
                        model_version, unassigned_reason, created_at, clock_from, clock_used, status, closed_at, closed_reason, evidence)
SELECT n, 'user ' || n % 100, CASE WHEN n % 11 = 0 THEN 'other' ELSE 'play' END, 'user',
       CASE WHEN n % 5 > 0 THEN 'acc ' || n % 25 END, 'sales', 'r', 'a', 50,
       nullif(pg_temp.dice(n, 'version', 4), 0), 'nobody', pls.now() - n * interval '6 hours', pls.now(), '0',
       'withdrawn', pls.now(), 'test',
       jsonb_build_array(
           jsonb_build_object('line', 1, 'signal', 'needed', 'met', true, 'points', 20),
           jsonb_build_object('line', 2, 'signal', 'invites', 'met', pg_temp.dice(n, 'i', 2) = 0, 'points', 20),
           jsonb_build_object('line', 3, 'signal', 'errors', 'met', pg_temp.dice(n, 'e', 4) = 0, 'points', -10),
           jsonb_build_object('line', 4, 'signal', E'o''dd | "na_me"\n<b>*', 'met', pg_temp.dice(n, 'o', 3) = 0, 'points', 5),
           jsonb_build_object('line', 5, 'signal', 'never met', 'met', false, 'points', 0),
           jsonb_build_object('line', 6, 'signal', 'deleted', 'met', pg_temp.dice(n, 'd', 2) = 0, 'points', 7),
           jsonb_build_object('line', 7, 'signal', 'off', 'met', n % 2 = 0, 'points', 7),
           jsonb_build_object('line', 8, 'signal', 'cap: score', 'met', NULL, 'points', -3))
  FROM generate_series(1, 400) AS n;
-- Some are disposed of, once or twice, or taken back.
INSERT INTO pls.dispositions (disposition, outcome_class) VALUES ('gone since', 'accepted');
DO $$
DECLARE
    n integer;
BEGIN
    FOR n IN 1 .. 400 LOOP
        UPDATE pls.alerts SET status = 'open' WHERE alert_id = n;
        UPDATE pls.alerts SET disposition = 'disqualified: bad signal', disposition_reason = 'so' WHERE alert_id = n AND pg_temp.dice(n, 'first', 3) = 0;
        UPDATE pls.alerts SET status = 'open' WHERE alert_id = n AND status = 'done' AND pg_temp.dice(n, 'back', 3) = 0;
        UPDATE pls.alerts
           SET disposition_reason = 'why', disposition = (ARRAY['contacted', 'meeting set', 'converted', 'nurture', 'no response',
               'disqualified: bad signal', 'disqualified: bad fit', 'gone since'])[1 + pg_temp.dice(n, 'last', 8)]
         WHERE alert_id = n AND pg_temp.dice(n, 'changed', 5) < 3 AND pg_temp.dice(n, 'invited', 3) + pg_temp.dice(n, 'i', 2) < 3;
        UPDATE pls.alerts SET status = 'withdrawn' WHERE alert_id = n AND status <> 'done';
    END LOOP;
END
$$;
DELETE FROM pls.dispositions WHERE disposition = 'gone since';
-- Outcomes by events, by hand, of other motions, outside the window.
INSERT INTO pls.outcomes (entity_id, motion, outcome, at, account_id, signal)
SELECT CASE WHEN n % 3 = 0 THEN 'user ' || n % 100 ELSE 'somebody' END, CASE WHEN n % 4 = 0 THEN 'other' ELSE 'play' END,
       (ARRAY['conversion', 'meeting', 'expansion', 'churn'])[1 + pg_temp.dice(n, 'o', 4)], pls.now() - n * interval '17 hours',
       CASE WHEN n % 7 = 0 THEN 'acc 3 old' WHEN n % 2 = 0 THEN 'acc ' || n % 25 END, CASE WHEN n % 5 > 0 THEN 'bought' END
  FROM generate_series(1, 130) AS n;

-- The definition, signal by signal and version by version.
CREATE FUNCTION pg_temp.plain(since timestamptz, until timestamptz, days integer)
RETURNS TABLE (signal text, model_version integer, alerts bigint, accepted bigint, rejected_signal bigint,
               rejected_other bigint, met bigint, converted bigint, precision_of numeric)
LANGUAGE sql STABLE AS $$
    WITH a AS (
        SELECT a.*, coalesce(a.model_version, 1) AS version,
               (SELECT d.outcome_class FROM pls.dispositions AS d WHERE d.disposition = a.disposition) AS class,
               CASE WHEN a.account_id = 'acc 3 old' THEN 'acc 3' ELSE a.account_id END AS account
          FROM pls.alerts AS a
         WHERE a.motion = 'play' AND a.created_at >= since AND a.created_at < until)
    SELECT s.signal, v.version, count(*),
           count(*) FILTER (WHERE a.class = 'accepted'),
           count(*) FILTER (WHERE a.class = 'rejected_signal'),
           count(*) FILTER (WHERE a.class = 'rejected_other'),
           count(*) FILTER (WHERE EXISTS (
               SELECT FROM pls.outcomes AS o WHERE o.outcome = 'meeting' AND CASE WHEN o.detail ? 'alert_id'
                   THEN (o.detail ->> 'alert_id')::bigint = a.alert_id
                   ELSE ((o.entity_id = a.entity_id AND o.motion = 'play')
                         OR CASE o.account_id WHEN 'acc 3 old' THEN 'acc 3' ELSE o.account_id END = a.account)
                        AND o.at >= a.created_at AND o.at < a.created_at + days * interval '24 hours' END)),
           count(*) FILTER (WHERE EXISTS (
               SELECT FROM pls.outcomes AS o WHERE o.outcome = 'conversion' AND o.signal IS NOT NULL
                   AND ((o.entity_id = a.entity_id AND o.motion = 'play')
                        OR CASE o.account_id WHEN 'acc 3 old' THEN 'acc 3' ELSE o.account_id END = a.account)
                   AND o.at >= a.created_at AND o.at < a.created_at + days * interval '24 hours')),
           round(1.0 * count(*) FILTER (WHERE a.class = 'accepted')
                 / nullif(count(*) FILTER (WHERE a.class IN ('accepted', 'rejected_signal')), 0), 3)
      FROM (SELECT DISTINCT e ->> 'signal' AS signal FROM a, jsonb_array_elements(a.evidence) AS e UNION SELECT NULL) AS s
     CROSS JOIN (SELECT DISTINCT version FROM a UNION SELECT NULL) AS v
      JOIN a ON (v.version IS NULL OR a.version = v.version)
            AND (s.signal IS NULL OR EXISTS (SELECT FROM jsonb_array_elements(a.evidence) AS e
                                              WHERE e ->> 'signal' = s.signal AND e -> 'met' = 'true'))
     GROUP BY s.signal, v.version
$$;
CREATE FUNCTION pg_temp.differing(since timestamptz, until timestamptz, days integer)
RETURNS TABLE (rows bigint, missing bigint, more bigint)
LANGUAGE sql STABLE AS $$
    WITH f AS (SELECT f.signal, f.model_version, f.alerts, f.accepted, f.rejected_signal, f.rejected_other, f.met,
                      f.converted, f.precision
                 FROM pls.signal_performance('play', since, until, make_interval(days => days)) AS f),
         p AS (SELECT * FROM pg_temp.plain(since, until, days))
    SELECT (SELECT count(*) FROM f),
           (SELECT count(*) FROM (SELECT * FROM p EXCEPT ALL SELECT * FROM f) AS d),
           (SELECT count(*) FROM (SELECT * FROM f EXCEPT ALL SELECT * FROM p) AS d)
$$;
SELECT * FROM pg_temp.differing('-infinity', 'infinity', 30);
SELECT * FROM pg_temp.differing('2026-01-10', '2026-02-10', 7);
SELECT * FROM pg_temp.differing('2026-01-10', '2026-02-10', 3000);
SELECT * FROM pg_temp.differing('2027-01-01', 'infinity', 30);
-- bounds that are not given, and days that are 24 hours in every time zone
SET timezone = 'Europe/Berlin';
SELECT (SELECT jsonb_agg(a) FROM pls.signal_performance('play') AS a)
     = (SELECT jsonb_agg(b) FROM pls.signal_performance('play', '-infinity', 'infinity', NULL) AS b) AS same;
SET timezone = 'UTC';
SELECT signal, model_version AS v, alerts, accepted AS yes, rejected_signal AS no, rejected_other AS other, met, converted AS conv,
       precision AS p, precision_low AS low, precision_high AS high, lift, lift_of, action
  FROM pls.signal_performance('play') WHERE model_version IS NULL OR signal = 'invites';
-- Lift by hand: of the precision, and without dispositions of the share
-- converted among the alerts whose time is over.
SELECT signal, round((accepted * (t.yes + t.no)) / ((accepted + rejected_signal) * t.yes), 2) = lift AS right
  FROM pls.signal_performance('play') AS f,
       (SELECT accepted::numeric AS yes, rejected_signal::numeric AS no FROM pls.signal_performance('play')
         WHERE signal IS NULL AND model_version IS NULL) AS t
 WHERE signal IS NOT NULL AND model_version IS NULL;
SAVEPOINT s;
UPDATE pls.dispositions SET outcome_class = 'none';
SELECT f.signal, f.lift_of, f.lift,
       f.lift = round((p.converted::numeric / p.alerts) / (t.converted::numeric / t.alerts), 2) AS right, f.precision, f.action
  FROM pls.signal_performance('play') AS f
  JOIN pg_temp.plain('-infinity', pls.now() - interval '30 days' + interval '1 microsecond', 30) AS p
    ON p.signal = f.signal AND p.model_version IS NULL
  JOIN pg_temp.plain('-infinity', pls.now() - interval '30 days' + interval '1 microsecond', 30) AS t
    ON t.signal IS NULL AND t.model_version IS NULL
 WHERE f.model_version IS NULL AND f.signal IS NOT NULL;
ROLLBACK TO s;
-- What the motion aims at decides what counts as converted.
UPDATE pls.motions SET objective = 'expansion' WHERE motion = 'play';
SELECT converted FROM pls.signal_performance('play') WHERE signal IS NULL AND model_version IS NULL;
UPDATE pls.motions SET objective = 'pipeline' WHERE motion = 'play';
SELECT converted FROM pls.signal_performance('play') WHERE signal IS NULL AND model_version IS NULL;
-- Evidence that is no list of lines says nothing.
UPDATE pls.alerts SET evidence = (ARRAY['null', '{}', '"met"', '[1, null, {"met": true}, {"signal": 7, "met": true}]'])[1 + alert_id % 4]::jsonb
 WHERE motion = 'play';
SELECT signal, alerts, precision IS NOT NULL AS judged FROM pls.signal_performance('play') WHERE model_version IS NULL;

-- What is said, by counts: accepted and rejected with the signal and without.
INSERT INTO pls.signals (motion, signal, category, events, measure, within, threshold, points) VALUES
    ('other', 'plain', 'depth', '{a}', 'count', '7 days', 1, 20), ('other', 'risk', 'risk', '{a}', 'count', '7 days', 1, -20),
    ('other', 'needed', 'depth', '{a}', 'count', '7 days', 1, 20), ('other', 'worthless', 'depth', '{a}', 'count', '7 days', 1, 0);
UPDATE pls.signals SET required = true WHERE signal = 'needed';
SELECT c.*, a.low || '..' || a.high AS own, b.low || '..' || b.high AS others,
       string_agg(pls_internal.signal_action(s, c.yes, c.no, c.other_yes, c.other_no), ', ' ORDER BY s.signal) AS needed_plain_risk_worthless
  FROM (VALUES (1, 0, 0, 0, 0), (2, 19, 0, 100, 100), (3, 20, 0, 0, 0), (4, 1, 19, 100, 20), (5, 2, 38, 100, 20), (6, 20, 60, 100, 20),
               (7, 55, 45, 100, 5), (8, 10, 12, 0, 0), (9, 10, 12, 500, 400), (10, 30, 70, 30, 70), (11, 90, 10, 30, 70), (12, 20, 10, 0, 19),
               (13, 47, 53, 47, 53), (14, 0, 500, 0, 0), (15, 15, 15, 0, 500))
       AS c (n, yes, no, other_yes, other_no)
 CROSS JOIN LATERAL pls_internal.wilson(c.yes, c.yes + c.no) AS a
 CROSS JOIN LATERAL pls_internal.wilson(c.other_yes, c.other_yes + c.other_no) AS b
  JOIN pls.signals AS s ON s.motion = 'other'
 GROUP BY c.n, c.yes, c.no, c.other_yes, c.other_no, a.low, a.high, b.low, b.high ORDER BY c.n;
ROLLBACK;

-- Who sees what: an analyst everything, a rep nothing of outcomes.
BEGIN;
SET LOCAL client_min_messages = warning;
CREATE ROLE pls_test_precision_analyst;
CREATE ROLE pls_test_precision_rep;
SELECT pls.grant_access('pls_test_precision_analyst', 'analyst'), pls.grant_access('pls_test_precision_rep', 'rep');
INSERT INTO pls.motions (motion) VALUES ('play');
SET LOCAL ROLE pls_test_precision_analyst;
SELECT count(*) FROM pls.signal_performance('play');
RESET ROLE;
SET LOCAL ROLE pls_test_precision_rep;
SELECT count(*) FROM pls.signal_performance('play');
ROLLBACK;
