-- Thresholds that are percentiles of the peers' values: what is worked out,
-- what is kept of it, and what is refused.
\set home :DBNAME
\set ECHO none
\set QUIET on
SET client_min_messages = warning;
DROP DATABASE IF EXISTS pls_threshold_percentile;
CREATE DATABASE pls_threshold_percentile;
\c pls_threshold_percentile
SET client_min_messages = warning;
CREATE EXTENSION pls;
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET intervalstyle = 'postgres';
SET pls.now = '2026-06-01 12:00+00';
\set SHOW_CONTEXT never
-- What a call refuses: code, message, detail and hint.
CREATE FUNCTION refusal(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE detail text; hint text;
BEGIN
    EXECUTE statement;
    RETURN 'allowed';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RETURN concat_ws(' | ', SQLSTATE, SQLERRM, nullif(detail, ''), hint);
END
$$;
CREATE TABLE events (org text, who text, name text, at timestamptz, props jsonb);
INSERT INTO events
SELECT 'org ' || n, 'user ' || r % (1 + n * 7 % 13), (ARRAY['run', 'run', 'export'])[1 + r % 3],
       '2026-06-01 11:00+00'::timestamptz - (r * 37 + n) % 50 * interval '13 hours' - r * interval '1 second',
       jsonb_build_object('size', (r * n * 31) % 97 / 4.0 - 3, 'kind', 'k' || (r * n) % (1 + n % 9))
  FROM generate_series(1, 60) AS n, generate_series(1, n * n / 6) AS r;
-- Some have been busy long ago only.
INSERT INTO events SELECT 'old ' || n, 'x', 'run', '2026-01-01 00:00+00', '{}' FROM generate_series(1, 7) AS n;
INSERT INTO pls.accounts (account_id, attributes, domain)
SELECT DISTINCT org, jsonb_build_object('plan', CASE WHEN org LIKE '%3' THEN 'free' ELSE 'team' END),
       CASE WHEN org = 'org 60' THEN 'rival.example' END FROM events;
INSERT INTO pls.exclusions (name, motion, scope, domains, reason) VALUES ('rivals', NULL, 'entity', '{rival.example}', 'a rival');
INSERT INTO pls.motions (motion, qualify_at, min_signals, segment) VALUES ('play', 50, 1, '$.plan == "team"');
INSERT INTO pls.signals (motion, signal, category, events, measure, property, within, period, collapse, op, threshold, points, threshold_percentile) VALUES
    ('play', 'count 90',    'depth',   '{run}', 'count',    NULL,   '30 days', NULL,     NULL,     '>=', NULL, 10, 90),
    ('play', 'count 7',     'risk',    '{run}', 'count',    NULL,   '30 days', NULL,     NULL,     '<=', 5,    -5, 7),
    ('play', 'hours 50',    'depth',   '{run}', 'count',    NULL,   '30 days', NULL,     '1 hour', '>',  NULL, 10, 50),
    ('play', 'actors 75',   'breadth', NULL,    'actors',   NULL,   '30 days', NULL,     NULL,     '>=', NULL, 10, 75),
    ('play', 'days 99.5',   'depth',   '{run}', 'days',     NULL,   '28 days', '1 day',  NULL,     '>=', 2,    10, 99.5),
    ('play', 'kinds 33.3',  'breadth', NULL,    'distinct', 'kind', '30 days', NULL,     NULL,     '>=', NULL, 10, 33.3),
    ('play', 'sum 80',      'depth',   NULL,    'sum',      'size', '10 days', NULL,     NULL,     '>',  100,  10, 80),
    ('play', 'max 100',     'depth',   NULL,    'max',      'size', '10 days', NULL,     NULL,     '>=', 20,   10, 100),
    ('play', 'last 0.001',  'depth',   NULL,    'last',     'size', NULL,      NULL,     NULL,     '<',  0,    10, 0.001),
    ('play', 'growth 85',   'depth',   NULL,    'growth',   NULL,   '12 days', NULL,     NULL,     '>=', 1.5,  10, 85),
    ('play', 'number',      'depth',   '{run}', 'count',    NULL,   '30 days', NULL,     NULL,     '>=', 3,    10, NULL);
INSERT INTO pls.pools (pool) VALUES ('all');
INSERT INTO pls.routes (motion, position, route, pool) VALUES ('play', 1, 'all', 'all');
UPDATE pls.motions SET status = 'pilot' WHERE motion = 'play';
SELECT pls.watch('events', event => 'name', at => 'at', account => 'org', actor => 'who', properties => 'props') > 0 AS watched;
SELECT pls.refresh('play');
\set ECHO all

-- Peers are entities with events, in the segment and not excluded; the value
-- is one that somebody has, by its rank among those that have one.
SELECT signal, percentile, peers, before, after, worked_out_at, note FROM pls.work_out_thresholds('play');
-- By plain SQL: windows over the events.  Counts, sums and growth are kept on a grid of time.
CREATE TEMP VIEW cells AS
SELECT e.org, e.who, e.name, e.at, e.props, date_bin(make_interval(secs => ceil(30 * 86400 / 128.0)), e.at, 'epoch') AS of_30,
       date_bin(make_interval(secs => ceil(10 * 86400 / 128.0)), e.at, 'epoch') AS of_10,
       date_bin(make_interval(secs => ceil(24 * 86400 / 128.0)), e.at, 'epoch') AS of_24
  FROM events AS e JOIN pls.accounts AS a ON a.account_id = e.org
 WHERE a.attributes ->> 'plan' = 'team' AND a.domain IS NULL;
WITH values (org, signal, value) AS (
    SELECT c.org, s.signal, s.value
      FROM (SELECT org, pls.now() AS t FROM cells GROUP BY org) AS c
     CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE name = 'run' AND of_30 > t - interval '30 days') AS runs,
               count(DISTINCT (who, date_bin('1 hour', at, 'epoch'))) FILTER (WHERE name = 'run' AND at > t - interval '30 days') AS hours,
               count(DISTINCT who) FILTER (WHERE at > t - interval '30 days') AS actors,
               count(DISTINCT at::date) FILTER (WHERE name = 'run' AND at > t - interval '28 days') AS days,
               count(DISTINCT props ->> 'kind') FILTER (WHERE at > t - interval '30 days') AS kinds,
               sum((props -> 'size')::numeric) FILTER (WHERE of_10 > t - interval '10 days') AS sum,
               max((props -> 'size')::numeric) FILTER (WHERE of_10 > t - interval '10 days') AS max,
               (array_agg((props -> 'size')::numeric ORDER BY at DESC, props -> 'size' DESC) FILTER (WHERE props ? 'size'))[1] AS last,
               count(*) FILTER (WHERE of_24 > t - interval '12 days') AS later,
               count(*) FILTER (WHERE of_24 > t - interval '24 days' AND of_24 <= t - interval '12 days') AS earlier
          FROM cells AS e WHERE e.org = c.org) AS v
     CROSS JOIN LATERAL (VALUES ('count 90', v.runs), ('count 7', v.runs), ('hours 50', least(v.hours, 256)), ('actors 75', v.actors),
               ('days 99.5', v.days), ('kinds 33.3', v.kinds), ('sum 80', v.sum), ('max 100', v.max), ('last 0.001', v.last),
               ('growth 85', round(v.later::numeric / nullif(v.earlier, 0), 3))) AS s (signal, value)
     WHERE s.value IS NOT NULL),
plain AS (
    SELECT s.signal, s.measure, s.op, s.threshold, s.threshold_peers, n.peers,
           (SELECT min(v.value) FROM values AS v WHERE v.signal = s.signal
               AND (SELECT count(*) FROM values AS w WHERE w.signal = s.signal AND w.value <= v.value) * 100 >= s.threshold_percentile * n.peers) AS found
      FROM pls.signals AS s
     CROSS JOIN LATERAL (SELECT count(*) AS peers FROM values AS v WHERE v.signal = s.signal) AS n
     WHERE s.motion = 'play' AND s.threshold_percentile IS NOT NULL)
SELECT p.*, p.threshold = p.found AND p.threshold_peers = p.peers AS same FROM plain AS p ORDER BY p.signal COLLATE "C";

-- The number, the peers and the date are in the version; nothing changes twice.
SELECT model_version, model #>> '{signals,sum 80,threshold}' AS threshold, model #>> '{signals,sum 80,threshold_percentile}' AS percentile,
       model #>> '{signals,sum 80,threshold_peers}' AS peers, model #>> '{signals,sum 80,threshold_worked_out_at}' AS at,
       (model #> '{signals,sum 80}') ?| '{threshold_checked_at,threshold_note}' AS others
  FROM pls.model_versions WHERE motion = 'play' ORDER BY model_version;
SET pls.now = '2026-06-01 12:00:30+00';
SELECT count(*) FILTER (WHERE before <> after) AS other, max(worked_out_at) AS worked_out_at FROM pls.work_out_thresholds('play');
SELECT count(*) AS versions FROM pls.model_versions WHERE motion = 'play';
SELECT signal, threshold FROM pls.signal_catalog WHERE motion = 'play' ORDER BY signal COLLATE "C";

-- What is not met by everybody, nor by more than can be told apart.
SELECT (pls_internal.usable_threshold(s, found)).* FROM (VALUES ('count 90', 0), ('count 90', 2e5), ('count 7', 0), ('hours 50', 256), ('hours 50', 255), ('actors 75', 256), ('sum 80', -3)) AS f (signal, found)
  JOIN pls.signals AS s ON s.motion = 'play' AND s.signal = f.signal ORDER BY f.signal COLLATE "C", found;

-- A new number asks for no rebuild, and what was scored before is as it was.
INSERT INTO events SELECT 'org ' || n, 'user', 'run', pls.now() - interval '5 seconds', '{}' FROM generate_series(1, 60) AS n, generate_series(1, 300 - n);
SET pls.now = '2026-06-02 12:00+00';
SELECT signal, peers, before, after, worked_out_at FROM pls.work_out_thresholds('play', 'count 90');
SELECT count(*) FILTER (WHERE s.stale) AS stale, count(*) FROM pls.scores AS s WHERE s.motion = 'play';
SELECT t AS as_of, e.threshold, e.value, e.met FROM unnest('{2026-06-01 12:00:20+00,2026-06-02 12:00+00}'::timestamptz[]) AS t,
       pls.explain_as_of('play', 'org 57', t) AS e WHERE e.signal = 'count 90' ORDER BY t;
SELECT e.threshold, e.value, e.met FROM pls.explain('play', 'org 57') AS e WHERE e.signal = 'count 90';

-- An edit of the number is an edit; it holds until the next time.  A restored
-- version has its number, its peers and its date.
SELECT max(model_version) AS version FROM pls.model_versions WHERE motion = 'play' \gset
SELECT sentence FROM pls.model_diff('play', 2, :version);
UPDATE pls.signals SET threshold = 12 WHERE motion = 'play' AND signal = 'count 90';
SELECT threshold, threshold_percentile, threshold_peers, threshold_worked_out_at, threshold_checked_at FROM pls.signals WHERE signal = 'count 90';
SELECT sentence FROM pls.model_diff('play', :version);
SELECT threshold FROM pls.signal_catalog WHERE signal = 'count 90';
SELECT pls.restore_version('play', :version);
SELECT threshold, threshold_percentile, threshold_peers, threshold_worked_out_at, threshold_checked_at FROM pls.signals WHERE signal = 'count 90';
SELECT count(*) FROM pls.model_diff('play', :version);
-- Few peers tell nothing: the threshold stays, and the row says so.
UPDATE pls.motions SET segment = '$.account_id starts with "org 1"' WHERE motion = 'play';
SELECT signal, peers, before, after, note FROM pls.work_out_thresholds('play', 'actors 75');
SELECT threshold_note FROM pls.signals WHERE signal = 'actors 75';
UPDATE pls.motions SET segment = '$.plan == "team"' WHERE motion = 'play';

-- Who measures something else has nothing worked out; who takes the percentile away has a number.
UPDATE pls.signals SET within = '20 days' WHERE motion = 'play' AND signal = 'sum 80';
UPDATE pls.signals SET threshold_percentile = NULL WHERE motion = 'play' AND signal = 'max 100';
SELECT signal, threshold, threshold_percentile, threshold_peers, threshold_worked_out_at, threshold_checked_at
  FROM pls.signals WHERE signal IN ('sum 80', 'max 100') ORDER BY signal COLLATE "C";

-- Evidence that is to be rebuilt would tell of others.
BEGIN;
UPDATE pls.signals SET threshold_percentile = 50 WHERE motion = 'play' AND signal = 'number';
SELECT refusal($$SELECT pls.work_out_thresholds('play', 'number')$$);
COMMIT;
SELECT pls.refresh('play') > 0 AS refreshed;
SELECT signal, peers, before, after, note FROM pls.work_out_thresholds('play', 'number');

-- Refused.
SELECT refusal($$SELECT pls.work_out_thresholds(NULL)$$);
SELECT refusal($$SELECT pls.work_out_thresholds('nothing')$$);
SELECT refusal($$SELECT pls.work_out_thresholds('play', 'nothing')$$);
SELECT refusal($$SELECT pls.work_out_thresholds('play', 'max 100')$$);
UPDATE pls.signals SET enabled = false WHERE motion = 'play' AND signal = 'growth 85';
SELECT refusal($$SELECT pls.work_out_thresholds('play', 'growth 85')$$);
SELECT count(*) FROM pls.work_out_thresholds('play') WHERE signal = 'growth 85';
SELECT refusal(format('INSERT INTO pls.signals (motion, signal, category, events, within, threshold_percentile, %s', c))
  FROM unnest(ARRAY[
    $$measure) VALUES ('play', 'x', 'depth', '{a}', '7 days', 90, 'recency')$$,
    $$measure) VALUES ('play', 'x', 'depth', '{a}', '7 days', 90, 'first')$$,
    $$measure) VALUES ('play', 'x', 'depth', '{a,b}', '7 days', 90, 'sequence')$$,
    $$measure, match) VALUES ('play', 'x', 'fit', NULL, NULL, 90, 'attribute', '$.a == 1')$$,
    $$outcome) VALUES ('play', 'x', 'outcome', '{a}', '7 days', 90, 'churn')$$,
    $$op) VALUES ('play', 'x', 'depth', '{a}', '7 days', 90, '=')$$,
    $$op) VALUES ('play', 'x', 'depth', '{a}', '7 days', 0, '>')$$,
    $$op) VALUES ('play', 'x', 'depth', '{a}', '7 days', 100.001, '>')$$,
    $$op) VALUES ('play', 'x', 'depth', '{a}', '7 days', 'NaN', '>')$$,
    $$op) VALUES ('play', 'x', 'depth', '{a}', '7 days', 0.0005, '>')$$,
    $$threshold_every) VALUES ('play', 'x', 'depth', '{a}', '7 days', 90, '10 minutes')$$,
    $$threshold_every) VALUES ('play', 'x', 'depth', '{a}', '7 days', 90, '1 month')$$,
    $$threshold_every) VALUES ('play', 'x', 'depth', '{a}', '7 days', NULL, '1 day')$$]) AS c;
-- Until it is worked out nobody meets a new one that has no number, whatever
-- is measured; one that has keeps it.
BEGIN;
INSERT INTO pls.motions (motion, qualify_at, min_signals) VALUES ('new', 10, 1);
INSERT INTO pls.signals (motion, signal, category, measure, property, within, period, collapse, op, threshold, points, threshold_percentile) VALUES
    ('new', '1 count',   'depth', 'count',    NULL,   '30 days', NULL,    NULL,     '>=', NULL, 10, 90),
    ('new', '2 hours',   'depth', 'count',    NULL,   '30 days', NULL,    '1 hour', '>',  NULL, 10, 90),
    ('new', '3 actors',  'depth', 'actors',   NULL,   '30 days', NULL,    NULL,     '>=', NULL, 10, 90),
    ('new', '4 days',    'depth', 'days',     NULL,   '28 days', '1 day', NULL,     '>=', NULL, 10, 90),
    ('new', '5 kinds',   'depth', 'distinct', 'kind', '30 days', NULL,    NULL,     '>=', NULL, 10, 90),
    ('new', '6 sum',     'depth', 'sum',      'size', '10 days', NULL,    NULL,     '>',  NULL, 10, 90),
    ('new', '7 growth',  'depth', 'growth',   NULL,   '12 days', NULL,    NULL,     '>=', NULL, 10, 90),
    ('new', '8 low sum', 'depth', 'sum',      'size', '10 days', NULL,    NULL,     '<=', NULL, 10, 10),
    ('new', '9 few',     'depth', 'actors',   NULL,   '30 days', NULL,    NULL,     '<',  NULL, 10, 10),
    ('new', 'given',     'depth', 'count',    NULL,   '30 days', NULL,    NULL,     '>=', 7,    0,  90);
SELECT s.signal, s.threshold, c.threshold AS says FROM pls.signals s JOIN pls.signal_catalog c USING (motion, signal) WHERE s.motion = 'new' ORDER BY 1;
SELECT pls.refresh('new') > 20 AS refreshed;
SELECT e.signal, count(*) FILTER (WHERE e.met) AS met, count(*) > 20 AS several
  FROM pls.standings s, pls.explain('new', s.entity_id) e WHERE s.motion = 'new' GROUP BY 1 ORDER BY 1;
SELECT count(*) AS in_lane FROM pls.standings WHERE motion = 'new' AND lane IS NOT NULL;
-- what is measured instead has no number either; what has one keeps it
UPDATE pls.signals SET measure = 'actors' WHERE motion = 'new' AND signal IN ('1 count', 'given');
SELECT signal, threshold FROM pls.signals WHERE motion = 'new' AND measure = 'actors' ORDER BY 1;
UPDATE pls.signals SET threshold_percentile = 80 WHERE motion = 'play' AND signal = 'max 100';
SELECT threshold FROM pls.signals WHERE motion = 'play' AND signal = 'max 100';
-- without the percentile it is a number that nobody reaches
SELECT refusal($$UPDATE pls.signals SET threshold_percentile = NULL WHERE motion = 'new' AND signal = '4 days'$$);
SELECT pls.refresh('new') > 20 AS refreshed;
SELECT count(*) FILTER (WHERE after < 200 AND note IS NULL) AS worked_out FROM pls.work_out_thresholds('new');
ROLLBACK;
-- Revops may, analysts may not.
BEGIN;
CREATE ROLE pls_threshold_revops;
CREATE ROLE pls_threshold_analyst;
SELECT pls.grant_access('pls_threshold_revops', 'revops') <> '' AND pls.grant_access('pls_threshold_analyst', 'analyst') <> '' AS granted;
UPDATE pls.signals SET threshold = 5 WHERE signal = 'days 99.5';
SET LOCAL ROLE pls_threshold_analyst;
SELECT refusal($$SELECT pls.work_out_thresholds('play')$$);
SET LOCAL ROLE pls_threshold_revops;
SELECT signal, before, after FROM pls.work_out_thresholds('play', 'days 99.5');
SET CONSTRAINTS ALL IMMEDIATE;
RESET ROLE;
SELECT changed_by, model #>> '{signals,days 99.5,threshold}' AS threshold FROM pls.model_versions WHERE motion = 'play' ORDER BY model_version DESC LIMIT 1;
ROLLBACK;
-- Users are peers of users; the segment is one of their accounts.
CREATE TABLE clicks (who text, at timestamptz);
INSERT INTO clicks SELECT 'user ' || n, '2026-06-02 10:00+00'::timestamptz - r * interval '1 minute' FROM generate_series(1, 50) AS n, generate_series(1, n) AS r;
INSERT INTO pls.users (user_id, account_id, email) SELECT 'user ' || n, 'org ' || 1 + n % 10, CASE WHEN n > 48 THEN 'a' || n || '@rival.example' END FROM generate_series(1, 50) AS n;
INSERT INTO pls.motions (motion, unit, qualify_at, min_signals, segment) VALUES ('people', 'user', 50, 1, '$.plan == "team"');
INSERT INTO pls.signals (motion, signal, category, events, within, threshold, points, threshold_percentile) VALUES ('people', 'clicks', 'depth', '{click}', '30 days', 1, 10, 50);
SELECT pls.watch('clicks', event_name => 'click', at => 'at', actor => 'who', motions => '{people}') > 0 AS watched;
INSERT INTO pls.routes (motion, position, route, pool) VALUES ('people', 1, 'all', 'all');
UPDATE pls.motions SET status = 'paused' WHERE motion = 'people';
SELECT pls.refresh('people') AS refreshed;
SELECT w.peers, w.after, p.peers AS plain_peers, p.median
  FROM pls.work_out_thresholds('people') AS w,
       (SELECT count(*) AS peers, percentile_disc(0.5) WITHIN GROUP (ORDER BY n) AS median
          FROM (SELECT c.who, count(*) AS n FROM clicks AS c GROUP BY c.who) AS c
          JOIN pls.users AS u ON u.user_id = c.who AND u.email IS NULL
          JOIN pls.accounts AS a ON a.account_id = u.account_id AND a.attributes ->> 'plan' = 'team') AS p;
-- What a template says is copied, and what a dump says is kept.
BEGIN;
INSERT INTO pls.motion_templates (template, part, position, content) VALUES
    ('peers', 'signals', 1, '{"signal": "runs", "category": "depth", "events": ["run"], "within": "7 days", "threshold_percentile": 90, "threshold_every": "7 days"}');
SELECT pls.create_motion('from template', template => 'peers') \g /dev/null
SELECT threshold, threshold_percentile, threshold_every FROM pls.signals WHERE motion = 'from template';
INSERT INTO pls.signals (motion, signal, category, within, threshold, threshold_percentile, threshold_every, threshold_peers, threshold_worked_out_at, threshold_checked_at, threshold_note)
SELECT 'from template', 'as dumped', category, within, 7, 90, '2 days', 30, '2026-05-01', '2026-05-02', 'a note' FROM pls.signals WHERE motion = 'from template';
SELECT threshold, threshold_every, threshold_peers, threshold_worked_out_at, threshold_checked_at, threshold_note FROM pls.signals WHERE signal = 'as dumped';
ROLLBACK;
-- A version of before there were these columns is a model as any.
SELECT (jsonb_populate_record(NULL::pls.signals, '{"measure": "count", "threshold": 3}')).threshold_percentile IS NULL AS without;
-- Words.
SELECT pls_internal.percentile_text(p, n) FROM (VALUES (1, 20), (2, 21), (3, 22), (11, 23), (12.0, 24), (13, 25), (22, 26), (90, 312), (99.5, 1), (100, NULL), (NULL, 5)) AS x (p, n);

\set ECHO none
\c :home
SET client_min_messages = warning;
DROP DATABASE pls_threshold_percentile;
