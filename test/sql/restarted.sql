-- Measure restart: silent for long, and back.  By every way that evidence can
-- come about it is what plain SQL says.
\set home :DBNAME
\set ECHO none
\set QUIET on
SET client_min_messages = warning;
DROP DATABASE IF EXISTS pls_restarted;
CREATE DATABASE pls_restarted;
\c pls_restarted
SET client_min_messages = warning;
CREATE EXTENSION pls;
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET intervalstyle = 'postgres';
SET pls.now = '2026-06-01 12:00+00';
\set SHOW_CONTEXT never
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
\set ECHO all
-- An event in the last 7 days, none in the 60 days before that, and some before.
INSERT INTO pls.motions (motion, qualify_at, min_signals) VALUES ('back', 50, 1);
INSERT INTO pls.signals (motion, signal, category, events, measure, within, threshold, points, why)
VALUES ('back', 'is back', 'activation', '{login}', 'restart', '7 days', 60, 30, 'came back');
SELECT op, period FROM pls.signals WHERE motion = 'back';
CREATE TABLE visits (org text, at timestamptz);
INSERT INTO visits VALUES
    ('back',     '2026-02-01'), ('back', '2026-05-28 10:00'), ('back', '2026-05-30 09:00'),  -- 115 days lie between
    ('long ago', '2021-05-28'), ('long ago', '2026-05-29'),
    ('59 days',  '2026-04-01'), ('59 days', '2026-05-31'),
    ('60 days',  '2026-03-31'), ('60 days', '2026-05-31'),
    ('new',      '2026-05-30'), ('new', '2026-05-31'),
    ('away',     '2026-01-01'), ('away', '2026-01-02'),
    ('too old',  '2026-01-01'), ('too old', '2026-05-25 12:00'), ('too old', '2026-05-31'),
    ('twice',    '2025-01-01'), ('twice', '2026-05-26'), ('twice', '2026-05-31');
SELECT v.org, e.value, e.met, e.newest_at::date, e.points, pls_internal.signal_phrase(s, e.value) AS phrase,
       pls_internal.shortfall_text(s, e.value, e.threshold, e.met, x.missing) AS lacks
  FROM (SELECT org, pls.evidence('back', 'login', at, NULL::text, NULL) AS evidence FROM visits GROUP BY org) AS v
 CROSS JOIN LATERAL pls.explain(v.evidence) AS e
  JOIN pls.signals AS s ON s.motion = 'back' AND s.signal = e.signal
 CROSS JOIN LATERAL pls_internal.signal_shortfall(s, e.value, e.threshold, e.met) AS x
 ORDER BY v.org COLLATE "C";
SELECT how_measured, threshold FROM pls.signal_catalog WHERE motion = 'back';

-- Refused.
SELECT refusal(format('INSERT INTO pls.signals (motion, signal, category, events, measure, within, %s', c))
  FROM unnest(ARRAY[
    $$period) VALUES ('back', 'x', 'depth', '{a}', 'restart', '7 days', NULL)$$,
    $$threshold) VALUES ('back', 'x', 'depth', '{a}', 'restart', NULL, 60)$$,
    $$threshold) VALUES ('back', 'x', 'depth', '{a}', 'restart', '7 days', 1.5)$$,
    $$threshold) VALUES ('back', 'x', 'depth', '{a}', 'restart', '253 days', 60)$$,
    $$threshold, period) VALUES ('back', 'x', 'depth', '{a}', 'restart', '7 days', 60, '30 minutes')$$,
    $$threshold, per_unit) VALUES ('back', 'x', 'depth', '{a}', 'restart', '7 days', 60, true)$$,
    $$threshold, property) VALUES ('back', 'x', 'depth', '{a}', 'restart', '7 days', 60, 'a')$$,
    $$threshold, threshold_percentile) VALUES ('back', 'x', 'depth', '{a}', 'restart', '7 days', 60, 90)$$]) AS c;
SELECT refusal($$INSERT INTO pls.signals (motion, signal, category, events, measure, within, threshold) VALUES ('back', 'longest', 'depth', '{a}', 'restart', '252 days', 60)$$);

-- Evidence from elsewhere, whose part is larger than any that a model makes.
CREATE FUNCTION forged(evidence pls.evidence, kind text, items integer, step text) RETURNS pls.evidence LANGUAGE sql AS $$
    SELECT (E'\\x' || encode(substr(b, 1, 12 + get_byte(b, 2)), 'hex') || kind || '80080001' || items_hex || encode(substr(b, 18 + get_byte(b, 2)), 'hex')
            || repeat(step, items - 1))::pls.evidence
      FROM (SELECT pls.evidence_send(evidence) AS b, lpad(to_hex(items & 127 | 128), 2, '0') || lpad(to_hex(items >> 7), 2, '0') AS items_hex) AS x
$$;
DELETE FROM pls.signals WHERE motion = 'back' AND signal = 'longest';
SELECT e.value, octet_length(pls.evidence_send(f.evidence)) AS bytes
  FROM (SELECT pls.evidence('back', 'login', '2026-05-31', NULL::text, NULL) AS one) AS v,
       LATERAL (VALUES (forged(v.one, '70', 1000, '0102')), (forged(v.one, '70', 1000, '0104')), (forged(v.one, '70', 1000, '0101'))) AS f (evidence),
       pls.explain(f.evidence) AS e;
-- Random breaks of random lengths, in a zone where clocks were set back at midnight.
SELECT setseed(0.31) \g /dev/null
INSERT INTO pls.motions (motion, qualify_at, min_signals, release_at, min_score, time_zone) VALUES ('random', 15, 0, 12, NULL, 'America/St_Johns');
INSERT INTO pls.signals (motion, signal, category, events, measure, within, period, op, threshold, points, decay, decay_span) VALUES
    ('random', 'days 7',   'depth', '{a}',   'restart', '7 days',   NULL,     '>=', 5,  10, 'none',   NULL),
    ('random', 'days 200', 'depth', '{a,b}', 'restart', '200 days', '1 day',  '>',  20, 8,  'step',   '30 days'),
    ('random', 'weeks',    'depth', NULL,    'restart', '30 days',  '7 days', '>=', 2,  6,  'none',   NULL),
    ('random', 'hours',    'depth', '{b}',   'restart', '3 days',   '1 hour', '<=', 40, 5,  'step',   '4 days'),
    ('random', 'none',     'risk',  '{b}',   'restart', '1 day',    NULL,     '=',  0,  -7, 'none',   NULL),
    -- shares its part with one of measure days
    ('random', 'active',   'depth', '{a}',   'days',    '20 days',  NULL,     '>=', 3,  4,  'none',   NULL);
CREATE TABLE events (org text, name text, at timestamptz);
INSERT INTO events
SELECT 'org ' || n, (ARRAY['a', 'a', 'b', 'c'])[1 + floor(random() * 4)::int],
       -- bursts, and few rows that fall between them
       '2006-11-20 12:00+00'::timestamptz - (floor(random() * (1 + n % 9)) * interval '37 days') - random() * random() * (1 + n % 5) * interval '9 days'
  FROM generate_series(1, 60) AS n, generate_series(1, 2 + n * 2) AS r;
-- The days on which clocks went from 00:01 back to 23:01 of the day before.
INSERT INTO events SELECT 'org ' || n, 'a', at + (n % 3) * interval '20 seconds'
  FROM generate_series(1, 60) AS n, unnest('{2006-10-29 02:15+00,2006-10-29 02:30:30+00,2006-10-29 02:31:10+00,2006-10-29 03:29+00,2006-10-29 03:31+00}'::timestamptz[]) WITH ORDINALITY AS u (at, i)
 WHERE (n + i) % 2 = 0;
-- Something in each hour of a window, and nothing for long before it.
INSERT INTO events SELECT 'full', 'b', '2006-11-17 12:30+00'::timestamptz + n * interval '1 hour' FROM generate_series(0, 71) AS n;
INSERT INTO events VALUES ('full', 'b', '2006-11-20 12:00+00'), ('full', 'b', '2006-09-01 00:00+00');
CREATE TABLE instants AS SELECT t::timestamptz AS t FROM unnest('{2006-10-29 02:30:45+00,2006-10-30 00:00+00,2006-11-01 03:31:10+00,2006-11-05 17:00:00.5+00,2006-11-20 12:00+00,2006-11-23 08:00+00,2007-02-01 00:00+00}'::text[]) AS t;
-- The definition.
CREATE VIEW plain AS
WITH matching AS (
    SELECT i.t, s.signal, e.org, date_trunc('second', e.at) AS at, extract(epoch FROM s.within) AS w,
           CASE WHEN s.period = '1 day' THEN (date_trunc('second', e.at) AT TIME ZONE 'America/St_Johns')::date - '1970-01-01'::date
                ELSE floor(extract(epoch FROM date_trunc('second', e.at)) / extract(epoch FROM s.period))::int END AS number
      FROM instants AS i CROSS JOIN pls.signals AS s
      JOIN events AS e ON e.at <= i.t AND (s.events IS NULL OR e.name = ANY (s.events))
     WHERE s.motion = 'random' AND s.measure = 'restart'),
periods AS (
    SELECT t, signal, org, w, number, max(at) AS at,
           number - lag(number) OVER (PARTITION BY t, signal, org ORDER BY number) - 1 AS silent
      FROM matching GROUP BY t, signal, org, w, number)
SELECT t, signal, org, max(silent) FILTER (WHERE extract(epoch FROM t) - extract(epoch FROM at) < w) AS value
  FROM periods GROUP BY t, signal, org;
CREATE TABLE expected AS SELECT * FROM plain;
SELECT signal, count(*) > 300 AS many, count(value) > 20 AS some, count(DISTINCT value) > 3 AS different, count(*) FILTER (WHERE value = 0) > 0 AS none
  FROM expected GROUP BY signal ORDER BY signal;
-- All at once; in parts that are merged, and stored in between.
CREATE VIEW at_once AS
SELECT i.t, e.org, pls.evidence('random', e.name, e.at, NULL::text, NULL, i.t) AS evidence FROM instants AS i JOIN events AS e ON e.at <= i.t GROUP BY i.t, e.org;
CREATE VIEW merged AS
SELECT p.t, p.org, pls.rollup(p.part ORDER BY p.part::text DESC) AS evidence
  FROM (SELECT i.t, e.org, pls.evidence('random', e.name, e.at, NULL::text, NULL, i.t)::text::pls.evidence AS part
          FROM instants AS i JOIN events AS e ON e.at <= i.t GROUP BY i.t, e.org, md5(e.at::text) < '7', e.name, e.at > '2006-11-01') AS p
 GROUP BY p.t, p.org;
SELECT count(*) AS of_both, count(*) FILTER (WHERE a.evidence::text <> m.evidence::text) AS different FROM at_once AS a JOIN merged AS m USING (t, org);
SELECT count(*) > 1500 AS many, count(*) FILTER (WHERE e.value IS DISTINCT FROM x.value) AS wrong
  FROM at_once AS a CROSS JOIN LATERAL pls.explain(a.evidence, a.t) AS e
  JOIN expected AS x ON x.t = a.t AND x.org = a.org AND x.signal = e.signal;
SELECT count(*) FILTER (WHERE s.score IS DISTINCT FROM e.points) AS wrong_scores, count(DISTINCT s.score) > 10 AS different
  FROM (SELECT i.t, e.org, pls.score('random', e.name, e.at, NULL::text, NULL, i.t) AS score FROM instants AS i JOIN events AS e ON e.at <= i.t GROUP BY i.t, e.org) AS s
  JOIN (SELECT a.t, a.org, sum(x.points) AS points FROM at_once AS a CROSS JOIN LATERAL pls.explain(a.evidence, a.t) AS x GROUP BY a.t, a.org) AS e USING (t, org);

-- By the trigger, row after row in a random order; rebuilt; and as of the past.
INSERT INTO pls.pools (pool) VALUES ('all');
INSERT INTO pls.routes (motion, position, route, pool) VALUES ('random', 1, 'all', 'all');
SET pls.now = '2006-11-20 12:00+00';
UPDATE pls.motions SET status = 'paused' WHERE motion = 'random';
CREATE TABLE watched (LIKE events);
SELECT pls.watch('watched', event => 'name', at => 'at', account => 'org') > 0 AS watched;
DO $$
DECLARE e events;
BEGIN
    FOR e IN SELECT * FROM events ORDER BY md5(at::text || org || name) LOOP
        INSERT INTO watched SELECT e.*;
    END LOOP;
END
$$;
SELECT busy FROM pls.sweep();
CREATE TABLE by_trigger AS SELECT entity_id, evidence::text AS evidence FROM pls.standings WHERE motion = 'random';
SELECT count(*) AS standings, count(*) FILTER (WHERE b.evidence <> a.evidence::text) AS different
  FROM by_trigger AS b JOIN at_once AS a ON a.org = b.entity_id AND a.t = '2006-11-20 12:00+00';
SELECT pls.refresh('random');
SELECT count(*) FILTER (WHERE b.evidence <> s.evidence::text) AS different FROM by_trigger AS b JOIN pls.standings AS s USING (entity_id) WHERE s.motion = 'random';
SET pls.now = '2007-02-01 00:00+00';
SELECT count(*) > 1500 AS many, count(*) FILTER (WHERE e.value IS DISTINCT FROM x.value) AS wrong
  FROM expected AS x CROSS JOIN LATERAL pls.explain_as_of('random', x.org, x.t) AS e WHERE e.signal = x.signal;
-- The history of a score has each instant at which it changes.
SELECT count(*) AS wrong
  FROM (SELECT DISTINCT org FROM events WHERE org LIKE '%7') AS o
 CROSS JOIN instants AS i
 CROSS JOIN LATERAL (SELECT h.score FROM pls.score_history('random', o.org, '2006-01-01', i.t) AS h ORDER BY h.at DESC LIMIT 1) AS h
 CROSS JOIN LATERAL pls.score_as_of('random', i.t, o.org) AS s
 WHERE h.score <> s.score;

-- A standing is looked at before time alone changes its lane.
CREATE TABLE looks AS
SELECT a.t, a.org, a.evidence, v.lane, pls_internal.next_look(a.evidence, a.t, NULL, v.lane) AS look_at
  FROM at_once AS a CROSS JOIN LATERAL pls.evaluate(a.evidence, a.t) AS v;
SELECT count(*) > 300 AS many, count(*) FILTER (WHERE look_at = 'infinity') > 20 AS never, count(*) FILTER (WHERE look_at < 'infinity') > 20 AS later, count(*) FILTER (WHERE look_at < t) AS before FROM looks;
SELECT count(*) > 20000 AS many, count(*) FILTER (WHERE v.lane IS DISTINCT FROM l.lane) AS missed
  FROM looks AS l
 CROSS JOIN LATERAL generate_series(0, 150) AS n
 CROSS JOIN LATERAL (SELECT l.t + (least(l.look_at, l.t + interval '250 days') - interval '1 microsecond' - l.t) * (n / 150.0) AS t) AS i
 CROSS JOIN LATERAL pls.evaluate(l.evidence, greatest(i.t, l.t), NULL, l.lane) AS v
 WHERE l.look_at > l.t;

-- What came before the break is deleted: it was none.
DELETE FROM watched WHERE at < '2006-10-01';
SELECT refreshed > 0 AS refreshed FROM pls.sweep();
DELETE FROM events WHERE at < '2006-10-01';
SELECT count(*) > 20 AS many, count(*) FILTER (WHERE e.value IS DISTINCT FROM x.value) AS wrong, count(*) FILTER (WHERE x.value IS NOT NULL) > 5 AS some
  FROM pls.standings AS s CROSS JOIN LATERAL pls.explain(s.evidence, '2007-02-01') AS e
  JOIN plain AS x ON x.org = s.entity_id AND x.signal = e.signal AND x.t = '2007-02-01'
 WHERE s.motion = 'random';

\set ECHO none
\c :home
SET client_min_messages = warning;
DROP DATABASE pls_restarted;
