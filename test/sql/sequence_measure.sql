-- The measure "sequence": order, ties, repeated steps, the window of the
-- steps, what is forgotten and what is kept; by the aggregates and by the
-- trigger.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
RESET client_min_messages;
SET TIME ZONE 'UTC';
SET intervalstyle = 'postgres';
SET pls.now = '2026-01-31 00:00+00';
BEGIN;
INSERT INTO pls.motions (motion, status, qualify_at, max_score) VALUES ('steps', 'live', 99, 99);
INSERT INTO pls.signals (motion, signal, category, events, match, measure, within, period, op, threshold, points, decay, decay_span) VALUES
('steps', 'abc',   'depth', '{a,b,c}',   NULL,            'sequence', '2 days',  NULL,      NULL, NULL, 10, 'none',   NULL),
('steps', 'aba',   'depth', '{a,b,a}',   NULL,            'sequence', '2 days',  NULL,      '>=', 2,    5,  'linear', '20 days'),
('steps', 'aab',   'depth', '{a,a,b}',   '$.good == true', 'sequence', '2 days',  '10 days', '>=', 3,    2,  'none',   NULL),
('steps', 'not b', 'risk',  '{a,b}',     NULL,            'sequence', '10 days', '10 days', '<',  2,    -1, 'none',   NULL);

CREATE TEMP TABLE did (entity text, event text, at timestamptz, good boolean DEFAULT true);
CREATE FUNCTION pg_temp.did(name text, VARIADIC events text[]) RETURNS void LANGUAGE sql AS $$
    INSERT INTO did
    SELECT name, split_part(e, ' ', 1), timestamptz '2026-01-20 00:00+00' + split_part(e, ' ', 2)::interval
    FROM unnest(events) AS e
$$;
SELECT pg_temp.did('01 in order', 'a 0:00', 'b 1:00', 'c 2:00'),
       pg_temp.did('02 reverse order', 'c 0:00', 'b 1:00', 'a 2:00'),
       pg_temp.did('03 a step is left out', 'a 0:00', 'c 1:00'),
       pg_temp.did('04 others between', 'a 0:00', 'x 0:30', 'c 0:40', 'b 1:00', 'a 1:30', 'c 2:00'),
       pg_temp.did('05 exactly within', 'a 0:00', 'b 24:00', 'c 48:00'),
       pg_temp.did('06 a second late', 'a 0:00', 'b 24:00', 'c 48:00:01'),
       pg_temp.did('07 parts of a second are cut', 'a 0:00:00.9', 'b 24:00', 'c 48:00:00.999'),
       pg_temp.did('08 from the later start', 'a 0:00', 'a 20:00', 'b 30:00', 'c 60:00'),
       pg_temp.did('09 the later start lacks b', 'a 0:00', 'b 10:00', 'a 20:00', 'c 40:00'),
       pg_temp.did('10 ties in the order of steps', 'c 0:00', 'b 0:00', 'a 0:00'),
       pg_temp.did('11 one row, one step', 'a 0:00', 'b 0:00'),
       pg_temp.did('12 two rows of one instant', 'a 0:00', 'b 0:00', 'a 0:00'),
       pg_temp.did('13 twice the first step', 'a 0:00', 'a 0:00', 'b 0:00'),
       pg_temp.did('14 the second row later', 'b 0:00', 'a 0:00', 'a 0:00:01'),
       pg_temp.did('15 only what is not a step', 'x 0:00');
-- remembered for 4 days, that is, until they are 4 days old
SELECT pg_temp.did('16 forgotten', 'a 0:00', 'b 1:00', 'c 2:00'), pg_temp.did('17 forgotten but for one', 'a 0:00', 'b 1:00', 'c 2:00');
-- the 64 newest rows of each event
INSERT INTO did SELECT '18 64 of b', CASE WHEN n = 0 THEN 'a' ELSE 'b' END, timestamptz '2026-01-20' + n * interval '1 minute' FROM generate_series(0, 100) AS n;
INSERT INTO did SELECT '19 65 of a after b', CASE WHEN n = 1 THEN 'b' ELSE 'a' END, timestamptz '2026-01-20' + n * interval '1 minute' FROM generate_series(0, 65) AS n;
INSERT INTO did SELECT '20 64 of a, one before b', CASE WHEN n = 1 THEN 'b' ELSE 'a' END, timestamptz '2026-01-20' + n * interval '1 minute' FROM generate_series(0, 64) AS n;
INSERT INTO did SELECT '21 bad ones', e, timestamptz '2026-01-20', e = 'b' FROM unnest('{a,a,b}'::text[]) AS e;

CREATE FUNCTION pg_temp.instant(entity text) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE substr(entity, 1, 2) WHEN '16' THEN timestamptz '2026-01-24 02:00+00' WHEN '17' THEN '2026-01-24 01:59:59.999999+00'
                ELSE '2026-01-22 12:00+00' END
$$;
CREATE TEMP TABLE known AS
SELECT entity, pg_temp.instant(entity) AS t,
       pls.evidence('steps', event, at, 'someone'::text, jsonb_build_object('good', good)) AS evidence,
       pls.score('steps', event, at, 'someone'::text, jsonb_build_object('good', good), pg_temp.instant(entity)) AS score
FROM did GROUP BY entity;
SELECT k.entity, max(x.value) FILTER (WHERE x.signal = 'abc') AS abc, max(x.value) FILTER (WHERE x.signal = 'aba') AS aba,
       max(x.value) FILTER (WHERE x.signal = 'aab') AS aab, max(x.value) FILTER (WHERE x.signal = 'not b') AS ab,
       string_agg(x.signal, ', ' ORDER BY x.line) FILTER (WHERE x.met) AS met, sum(x.points) AS points, k.score
FROM known AS k, pls.explain(k.evidence, k.t) AS x
GROUP BY k.entity, k.score ORDER BY k.entity;
SELECT x.* FROM known AS k, pls.explain(k.evidence, k.t) AS x WHERE k.entity LIKE '04%' ORDER BY x.line;

-- the order of rows, and the way they are put together, does not matter
SELECT count(*) AS entities, count(*) FILTER (WHERE k.evidence::text = r.backwards::text) AS backwards,
       count(*) FILTER (WHERE k.evidence::text = r.single::text) AS one_by_one,
       count(*) FILTER (WHERE k.evidence::text = k.evidence::text::pls.evidence::text) AS stored
FROM known AS k
JOIN (SELECT entity, pls.evidence('steps', event, at, 'someone'::text, jsonb_build_object('good', good) ORDER BY at DESC, event DESC) AS backwards,
             (SELECT pls.rollup(o.e)
              FROM (SELECT pls.evidence('steps', i.event, i.at, 'someone'::text, jsonb_build_object('good', i.good)) AS e
                    FROM did AS i WHERE i.entity = d.entity GROUP BY i.ctid) AS o) AS single
      FROM did AS d GROUP BY entity) AS r USING (entity);

-- the trigger leaves the same
CREATE TABLE public.sequence_events (entity text, event text, at timestamptz, props jsonb);
SELECT pls.watch('public.sequence_events', event => 'event', at => 'at', account => 'entity', properties => 'props',
                 motions => '{steps}') > 0 AS watched;
DO $$
DECLARE
    r record;
BEGIN
    FOR r IN SELECT * FROM did ORDER BY at DESC, entity, event LOOP
        INSERT INTO public.sequence_events VALUES (r.entity, r.event, r.at, jsonb_build_object('good', r.good));
    END LOOP;
END $$;
-- (a standing of which one transaction has written too many versions waits)
SELECT FROM pls.sweep();
SELECT count(*) AS entities, count(*) FILTER (WHERE s.evidence::text = k.evidence::text) AS same
FROM known AS k JOIN pls.standings AS s ON s.motion = 'steps' AND s.entity_id = k.entity;

-- a threshold may change, steps and their order may not
CREATE TEMP TABLE one AS SELECT * FROM known WHERE entity LIKE '01%';
UPDATE pls.signals SET threshold = 2 WHERE motion = 'steps' AND signal = 'abc';
SELECT (pls.evaluate(evidence, t)).stale FROM one;
UPDATE pls.signals SET events = '{b,a,c}' WHERE motion = 'steps' AND signal = 'abc';
SELECT (pls.evaluate(evidence, t)).stale FROM one;

-- in words
SELECT signal, how_measured, threshold FROM pls.signal_catalog WHERE motion = 'steps' ORDER BY signal COLLATE "C";
SELECT pls_internal.signal_phrase(s, 2) FROM pls.signals AS s WHERE motion = 'steps' AND signal = 'abc';

-- evidence with a step that cannot be, or more rows of a step than are kept
\set VERBOSITY sqlstate
\set ON_ERROR_ROLLBACK on
CREATE FUNCTION pg_temp.altered(bytes bytea, part bytea, instead bytea) RETURNS bytea LANGUAGE sql AS $$
    SELECT overlay(bytes PLACING instead FROM position(part IN bytes) FOR octet_length(part))
$$;
CREATE TEMP TABLE single AS
SELECT pls.evidence_send(pls.evidence('steps', 'a', '1970-01-01 00:00:05', 'x'::text, '{"good": true}')) AS bytes;
-- kind q, limit 64, span 4 days, step 1, one item: 5 seconds, number 0
SELECT position('\x7140808c150101'::bytea || '\x0a00' IN bytes) > 0 AS as_described FROM single;
SELECT ('\x' || encode(pg_temp.altered(bytes, '\x7140808c1501010a00', '\x7140808c1501010a1f'), 'hex'))::pls.evidence IS NOT NULL AS number_31 FROM single;
SELECT ('\x' || encode(pg_temp.altered(bytes, '\x7140808c1501010a00', '\x7140808c1501010a20'), 'hex'))::pls.evidence FROM single;
SELECT ('\x' || encode(pg_temp.altered(bytes, '\x7140808c1501010a00', '\x7101808c1501010a00'), 'hex'))::pls.evidence IS NOT NULL AS limit_1 FROM single;
SELECT ('\x' || encode(pg_temp.altered(bytes, '\x7140808c1501010a00', '\x7101808c1501020a000000'), 'hex'))::pls.evidence FROM single;
ROLLBACK;
