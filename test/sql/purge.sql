-- Old events are purged: rows that no window reaches any more mark nobody, and
-- every score, now and later, is that of a rebuild.
\set ECHO none
\set QUIET on
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET pls.now = '2026-03-02 10:00:00.5+00';
BEGIN;
CREATE SCHEMA app;
CREATE TABLE app.events (id bigint GENERATED ALWAYS AS IDENTITY, name text, at timestamptz, org text, usr text, props jsonb);
INSERT INTO pls.accounts (account_id, attributes) SELECT 'o' || n, '{"employees": 50}' FROM generate_series(1, 6) n;
INSERT INTO pls.motions (motion, status, qualify_at, min_signals, time_zone, min_score, max_score)
SELECT m, 'draft', 1000, 1, 'America/New_York', -10000, 10000 FROM unnest('{windows,fit,ever,few}'::text[]) m;
-- what looks back 40 days at the most
INSERT INTO pls.signals (motion, signal, category, events, match, measure, property, within, period, op, threshold, collapse, min_base,
                         points, per_unit, min_points, max_points, decay, decay_span)
SELECT m, s.* FROM unnest('{windows,fit,ever}'::text[]) m, (VALUES
    ('runs', 'depth', '{run}'::text[], NULL::jsonpath, 'count', NULL, '14 days'::interval, NULL::interval, '>=', 2, NULL::interval, NULL::numeric, 7, false, NULL::numeric, NULL::numeric, 'none', NULL::interval),
    ('runs again', 'depth', '{run}', NULL, 'count', NULL, '40 days', NULL, '>=', 1, NULL, NULL, 5, true, NULL, NULL, 'none', NULL),
    ('fading', 'depth', '{run}', NULL, 'count', NULL, '20 days', NULL, '>=', 1, NULL, NULL, 3, true, NULL, NULL, 'exponential', '9 days'),
    ('bursts', 'depth', '{run}', NULL, 'count', NULL, '20 days', NULL, '>=', 2, '1 hour', NULL, 11, false, NULL, NULL, 'linear', '15 days'),
    ('people', 'breadth', NULL, NULL, 'actors', NULL, '30 days', NULL, '>=', 2, NULL, NULL, 13, true, NULL, 60, 'step', '25 days'),
    ('days', 'depth', '{run,see}', NULL, 'days', NULL, '28 days', NULL, '>=', 2, NULL, NULL, 17, false, NULL, NULL, 'none', NULL),
    ('weeks', 'depth', NULL, NULL, 'days', NULL, '28 days', '7 days', '>=', 2, NULL, NULL, 19, false, NULL, NULL, 'none', NULL),
    ('spent', 'billing', '{pay}', NULL, 'sum', 'n', '25 days', NULL, '>=', 10, NULL, NULL, 23, false, NULL, NULL, 'none', NULL),
    ('little', 'billing', '{pay}', '$.n < 5', 'sum', 'n', '25 days', NULL, '<=', 4, NULL, NULL, 29, false, NULL, NULL, 'linear', '60 days'),
    ('most', 'billing', '{pay}', NULL, 'max', 'n', '30 days', NULL, '>=', 3, NULL, NULL, 2, true, NULL, NULL, 'linear', '20 days'),
    ('last', 'billing', '{pay}', NULL, 'last', 'n', '15 days', NULL, '>=', 2, NULL, NULL, 31, false, NULL, NULL, 'none', NULL),
    ('lately', 'activation', '{see}', NULL, 'recency', NULL, '12 days', NULL, '<=', NULL, NULL, NULL, 37, false, NULL, NULL, 'linear', '50 days'),
    ('grows', 'depth', '{see}', NULL, 'growth', NULL, '10 days', NULL, '>=', 1, NULL, 1, 41, false, NULL, NULL, 'none', NULL),
    ('in order', 'activation', '{see,run,pay}', NULL, 'sequence', NULL, '6 days', '30 days', '>=', 2, NULL, NULL, 43, false, NULL, NULL, 'none', NULL)) s;
-- what scores where there is no recent row; what looks back without end
INSERT INTO pls.signals (motion, signal, category, match, measure, points) VALUES ('fit', 'large', 'fit', '$.employees >= 20', 'attribute', 1000);
INSERT INTO pls.signals (motion, signal, category, events, measure, within, op, points) VALUES
    ('ever', 'stopped', 'risk', '{see}', 'recency', '20 days', '>=', 2000),
    ('ever', 'new', 'activation', '{run}', 'first', '30 days', '<=', 5000);
INSERT INTO pls.signals (motion, signal, category, events, measure, within, op, threshold, points, decay, decay_span)
VALUES ('few', 'quiet', 'risk', '{run}', 'count', '10 days', '<=', 1, 100, 'linear', '90 days');
INSERT INTO pls.signals (motion, signal, category, events, measure, within, outcome)
SELECT m, 'bought', 'outcome', '{deal}', 'count', '1 day', 'expansion' FROM unnest('{windows}'::text[]) m;
UPDATE pls.motions SET status = 'live' WHERE motion IN ('windows', 'fit', 'ever', 'few');
SELECT FROM pls.watch('app.events', event => 'name', at => 'at', account => 'org', actor => 'usr', properties => 'props') \g /dev/null
DELETE FROM pls.backlog WHERE evidence IS NULL;
CREATE FUNCTION pg_temp.some_events(n integer) RETURNS void
LANGUAGE sql
AS $$
    INSERT INTO app.events (name, at, org, usr, props)
    SELECT (ARRAY['run', 'run', 'see', 'pay', 'noise'])[1 + floor(random() * 5)],
           pls.now() + (random() * 95 - 90) * interval '1 day',
           'o' || 1 + floor(random() * random() * 12), 'u' || floor(random() * 5),
           jsonb_build_object('n', floor(random() * 9))
      FROM generate_series(1, n)
$$;
-- scores by the standings, and by the events that are left
CREATE FUNCTION pg_temp.wrong_scores() RETURNS TABLE (motion text, entity text, at timestamptz, stands numeric, right_one numeric)
LANGUAGE sql
AS $$
    SELECT m.motion, s.entity_id, t.at, pls.score(s.evidence, t.at, k.attributes), pls.score(e.evidence, t.at, k.attributes)
      FROM pls.motions m
      JOIN pls.standings s ON s.motion = m.motion
     CROSS JOIN LATERAL (SELECT pls.evidence(m.motion, v.name, v.at, v.usr, v.props) AS evidence
                           FROM app.events v WHERE v.org = s.entity_id AND v.at <= pls.now()) e
     CROSS JOIN LATERAL pls_internal.attributes_at(m.motion, s.entity_id) k
     CROSS JOIN (SELECT pls.now() + n * interval '2.7 days' AS at FROM generate_series(0, 25) n) t
     WHERE pls.score(s.evidence, t.at, k.attributes) <> pls.score(e.evidence, t.at, k.attributes)
$$;
CREATE FUNCTION pg_temp.marks() RETURNS TABLE (motion text, marks bigint)
LANGUAGE sql
AS $$
    SELECT m.motion, count(b.backlog_id) FROM pls.motions m
      LEFT JOIN pls.backlog b ON b.motion = m.motion AND b.evidence IS NULL GROUP BY m.motion ORDER BY m.motion
$$;
SELECT setseed(0.25) \g /dev/null
\set ECHO all
-- random histories, purged of what is older than any window
CREATE TABLE pg_temp.told (motion text, marked bigint, wrong bigint);
DO $$
BEGIN
    FOR round IN 1..40 LOOP
        PERFORM pg_temp.some_events(25 + 40 * (round % 3));
        PERFORM pls.sweep();
        DELETE FROM pls.backlog WHERE evidence IS NULL;
        PERFORM set_config('pls.now', (pls.now() + random() * interval '3 days')::text, true);
        IF round % 5 = 0 THEN
            DELETE FROM app.events WHERE at <= pls.now() - interval '70 days';
        END IF;
        DELETE FROM app.events WHERE at <= pls.now() - interval '40 days';
        INSERT INTO pg_temp.told (motion, marked) SELECT m.motion, m.marks FROM pg_temp.marks() m;
        PERFORM pls.sweep();
        INSERT INTO pg_temp.told (motion, wrong) SELECT w.motion, count(*) FROM pg_temp.wrong_scores() w GROUP BY w.motion;
    END LOOP;
END;
$$;
SELECT motion, sum(marked) > 0 AS marked, coalesce(sum(wrong), 0) AS wrong_scores FROM pg_temp.told GROUP BY motion ORDER BY motion;
-- what is inside of a window marks, one that is just outside does not
TRUNCATE app.events;
SELECT pls.sweep() IS NOT NULL AS swept;
SET pls.now = '2026-09-01 12:00:00.25+00';
INSERT INTO app.events (name, at, org, usr, props) VALUES
    ('run', '2026-07-23 12:00:00+00', 'o1', 'u1', '{}'), ('run', '2026-07-23 12:00:01+00', 'o2', 'u1', '{}'),
    ('run', '2026-09-02 12:00:00+00', 'o3', 'u1', '{}'), ('deal', '2020-01-01', 'o4', 'u1', '{}'),
    ('see', '2026-06-01', 'o5', 'u1', '{}'), ('see', '2026-08-31', 'o5', 'u1', '{}'), ('run', '2026-06-01', 'o5', 'u1', '{}');
SELECT pls.sweep() IS NOT NULL AS swept;
DELETE FROM pls.backlog WHERE evidence IS NULL;
DELETE FROM app.events WHERE org <> 'o5' OR at < '2026-07-01';
SELECT entity_id, motion FROM pls.backlog WHERE evidence IS NULL ORDER BY entity_id, motion;
-- a TRUNCATE marks all the same
DELETE FROM pls.backlog WHERE evidence IS NULL;
TRUNCATE app.events;
SELECT * FROM pg_temp.marks();
-- many entities that live on, some by what is old: none is marked; others are
INSERT INTO app.events (name, at, org, usr, props)
SELECT 'run', pls.now() - d * interval '1 day', 'many' || n, 'u', '{}' FROM generate_series(1, 1200) n, unnest('{1,50}'::integer[]) d;
INSERT INTO app.events (name, at, org, usr, props)
SELECT 'run', pls.now() - interval '50 days', 'gone' || n, 'u', '{}' FROM generate_series(1, 3) n;
INSERT INTO app.events (name, at, org, usr, props)
SELECT 'run', pls.now() - d * interval '1 day', 'old' || n, 'u', '{}' FROM generate_series(1, 3) n, unnest('{43,47,50}'::integer[]) d;
DO $$ BEGIN FOR n IN 1..5 LOOP PERFORM pls.sweep(); END LOOP; END $$;
DELETE FROM pls.backlog WHERE evidence IS NULL;
DELETE FROM app.events WHERE at < pls.now() - interval '45 days';
SELECT entity_id, motion FROM pls.backlog WHERE evidence IS NULL AND motion IN ('windows', 'fit') ORDER BY entity_id, motion;
ROLLBACK;

-- the motions that are shipped: but for the first success ever, what they look
-- back at is bounded
BEGIN;
CREATE SCHEMA app;
CREATE TABLE app.events (name text, at timestamptz, org text, usr text, props jsonb);
SELECT pls.create_motion('trial', template => 'trial_conversion'), pls.create_motion('seats', template => 'seat_expansion') \g /dev/null
UPDATE pls.motions SET status = 'live';
SELECT FROM pls.watch('app.events', event => 'name', at => 'at', account => 'org', actor => 'usr', properties => 'props') \g /dev/null
INSERT INTO app.events (name, at, org, usr)
SELECT DISTINCT e, pls.now() - d * interval '1 day', 'o' || n, 'u' || n
  FROM pls.signals s, unnest(s.events) e, generate_series(1, 4) n, unnest('{2,300,400}'::integer[]) d
 WHERE s.category <> 'outcome';
DO $$ BEGIN FOR n IN 1..5 LOOP PERFORM pls.sweep(); END LOOP; END $$;
DELETE FROM pls.backlog WHERE evidence IS NULL;
DELETE FROM app.events
 WHERE at < pls.now() - interval '200 days' AND name <> ALL ((SELECT events FROM pls.signals WHERE measure = 'first')::text[]);
SELECT motion, count(*) FROM pls.backlog WHERE evidence IS NULL GROUP BY motion ORDER BY motion;
DELETE FROM app.events WHERE at < pls.now() - interval '200 days';
SELECT motion, count(*) FROM pls.backlog WHERE evidence IS NULL GROUP BY motion ORDER BY motion;
SELECT count(*) > 0 AS some_are_left FROM app.events;
-- a signal that asks for more of the past than before has what is left read
DELETE FROM pls.backlog WHERE evidence IS NULL;
UPDATE pls.signals SET within = '10 days' WHERE measure = 'recency' AND motion = 'trial' AND signal = 'admin setup';
SELECT motion, entity_id FROM pls.backlog WHERE evidence IS NULL ORDER BY motion;
UPDATE pls.signals SET within = '90 days' WHERE measure = 'recency' AND motion = 'trial' AND signal = 'admin setup';
SELECT motion, entity_id FROM pls.backlog WHERE evidence IS NULL ORDER BY motion;
DELETE FROM pls.backlog WHERE evidence IS NULL;
UPDATE pls.signals SET op = '>=' WHERE measure = 'recency' AND motion = 'trial' AND signal = 'admin setup';
SELECT motion, entity_id FROM pls.backlog WHERE evidence IS NULL ORDER BY motion;
ROLLBACK;
