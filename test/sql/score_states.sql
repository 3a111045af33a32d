-- States of pls.score(), which know one instant: as values of type
-- pls.evidence they are stored, sent and merged as other nodes would do it.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.psql
\set log :srcdir /sql/include/adoption.psql
\set model :srcdir /sql/include/adoption_model.psql
\set ECHO none
\set QUIET on
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
RESET client_min_messages;
SET pls.now = '2026-08-23 00:00+00';
BEGIN;
\i :oracle
\i :log
\i :model
\set ECHO all
\set as_of '''2026-08-22 22:31:32.000001+00'''
-- what another node computes, and what is made of it
CREATE AGGREGATE oracle.score_state(text, text, timestamptz, "any", jsonb, timestamptz)
    (SFUNC = pls_internal.score_accum, STYPE = pls.evidence, COMBINEFUNC = pls_internal.evidence_combine, PARALLEL = SAFE);
CREATE AGGREGATE oracle.score_of_states(pls.evidence)
    (SFUNC = pls_internal.evidence_combine, STYPE = pls.evidence, FINALFUNC = pls_internal.score_final);

SELECT setseed(0.1);
CREATE TABLE oracle.states AS
SELECT entity, part, oracle.score_state('adoption', event, at, actor, properties, :as_of) AS state
FROM (SELECT *, floor(random() * 4)::int AS part FROM oracle.events) AS e GROUP BY entity, part;
CREATE TABLE oracle.whole AS
SELECT entity, pls.score('adoption', event, at, actor, properties, :as_of) AS score,
       pls.score(pls.evidence('adoption', event, at, actor, properties), :as_of) AS by_evidence
FROM oracle.events GROUP BY entity;
CREATE TABLE oracle.binary (LIKE oracle.states);
\copy oracle.states TO PROGRAM 'cat > "${PG_ABS_BUILDDIR:-.}/results/score_states.bin"' (FORMAT binary)
\copy oracle.binary FROM PROGRAM 'cat "${PG_ABS_BUILDDIR:-.}/results/score_states.bin"' (FORMAT binary)
\! rm -f "${PG_ABS_BUILDDIR:-.}/results/score_states.bin"
SELECT count(*) AS accounts, count(*) FILTER (WHERE w.score = w.by_evidence) AS evidence,
       count(*) FILTER (WHERE w.score = s.stored) AS stored, count(*) FILTER (WHERE w.score = s.reversed) AS reversed,
       count(*) FILTER (WHERE w.score = s.text) AS text, count(*) FILTER (WHERE w.score = b.binary) AS binary,
       count(*) FILTER (WHERE w.score = r.rolled) AS rollup
FROM oracle.whole AS w
JOIN (SELECT entity, oracle.score_of_states(state) AS stored, oracle.score_of_states(state ORDER BY part DESC) AS reversed,
             oracle.score_of_states(state::text::pls.evidence) AS text
      FROM oracle.states GROUP BY entity) AS s USING (entity)
JOIN (SELECT entity, oracle.score_of_states(state) AS binary FROM oracle.binary GROUP BY entity) AS b USING (entity)
JOIN (SELECT entity, oracle.score_of_states(half) AS rolled
      FROM (SELECT entity, pls.rollup(state) AS half FROM oracle.states GROUP BY entity, part % 2) AS h GROUP BY entity) AS r USING (entity);
SELECT oracle.score_of_states(NULL::pls.evidence) AS nothing, oracle.score_of_states(s) = min(w.score) AS null_ignored
FROM (SELECT state AS s, entity FROM oracle.states UNION ALL SELECT NULL, 'redhat.com') AS v JOIN oracle.whole AS w USING (entity)
WHERE entity = 'redhat.com';

-- in a window, where a state is asked for its result again and again
SELECT count(*), count(*) FILTER (WHERE s = score) AS same
FROM (SELECT DISTINCT ON (entity) entity, pls.score('adoption', event, at, actor, properties, :as_of) OVER (PARTITION BY entity ORDER BY seq) AS s
      FROM oracle.events WHERE entity IN ('redhat.com', 'gmail.com (rough)', 'octopus.com') ORDER BY entity, seq DESC) AS x
JOIN oracle.whole USING (entity);

-- groups that are spilled, scanned again, or given up before their end
SET LOCAL work_mem = '64kB';
SET LOCAL hash_mem_multiplier = 1;
SET LOCAL enable_sort = off;
SET LOCAL max_parallel_workers_per_gather = 0;
CREATE TABLE oracle.spilled AS
SELECT entity, pls.score('adoption', event, at, actor, properties, :as_of) AS score FROM oracle.events GROUP BY entity;
SELECT count(*), count(*) FILTER (WHERE s.score = w.score) AS same FROM oracle.spilled AS s JOIN oracle.whole AS w USING (entity);
RESET work_mem;
SELECT count(*), count(*) FILTER (WHERE l.score = w.score) AS same
FROM (SELECT * FROM oracle.whole ORDER BY entity LIMIT 40) AS w,
     LATERAL (SELECT pls.score('adoption', event, at, actor, properties, :as_of) FROM oracle.events AS e WHERE e.entity = w.entity) AS l (score);
RESET enable_sort;
SELECT count(*), count(*) FILTER (WHERE l.score = w.score) AS same
FROM (SELECT * FROM oracle.whole ORDER BY entity LIMIT 40) AS w,
     LATERAL (SELECT e.entity, pls.score('adoption', event, at, actor, properties, :as_of) AS score FROM oracle.events AS e
              WHERE e.entity >= w.entity AND e.entity < w.entity || 'z' GROUP BY e.entity ORDER BY e.entity LIMIT 1) AS l;
SELECT count(*) FROM (SELECT entity, pls.score('adoption', event, at, actor, properties, :as_of) FROM oracle.events GROUP BY entity LIMIT 3) AS x;
SAVEPOINT before_error;
\set VERBOSITY sqlstate
SELECT entity, pls.score('adoption', event, at, actor, CASE WHEN seq = 5000 THEN ('[' || seq)::jsonb ELSE properties END, :as_of) FROM oracle.events GROUP BY entity;
\set VERBOSITY default
ROLLBACK TO before_error;
SELECT count(*), count(*) FILTER (WHERE s.score = w.score) AS same
FROM (SELECT entity, pls.score('adoption', event, at, actor, properties, :as_of) AS score FROM oracle.events GROUP BY entity) AS s
JOIN oracle.whole AS w USING (entity);

-- several motions and instants in one call, grouping sets
INSERT INTO pls.motions (motion, qualify_at) VALUES ('small', 5);
INSERT INTO pls.signals (motion, signal, category, measure, within, threshold, points, per_unit, max_points) VALUES
('small', 'people', 'breadth', 'actors', '365 days', 1, 1, true, 40), ('small', 'days', 'depth', 'days', '3650 days', 1, 0.1, true, 20);
SELECT m, t, e, s = pls.score(v, t) AS same
FROM (SELECT m, t, e.entity AS e, pls.score(m, event, at, actor, properties, t) AS s, pls.evidence(m, event, at, actor, properties, t) AS v
      FROM oracle.events AS e, unnest('{adoption,small}'::text[]) AS m, unnest('{2021-07-04,2026-07-04}'::timestamptz[]) AS t
      WHERE e.entity IN ('redhat.com', 'octopus.com')
      GROUP BY GROUPING SETS ((m, t, e.entity), (m, t))) AS x
ORDER BY m, t, e;

-- a model that gives points for what did not happen: with some row, never without
INSERT INTO pls.motions (motion, qualify_at, min_score) VALUES ('absence', 5, 2);
INSERT INTO pls.signals (motion, signal, category, events, measure, within, op, threshold, points) VALUES
('absence', 'few', 'depth', '{e}', 'count', '30 days', '<=', 0, 7), ('absence', 'no actor', 'breadth', '{f}', 'actors', '30 days', '<=', 0, 4);
SELECT n, e, a, pls.score('absence', e, timestamptz '2020-01-01', a, NULL, '2021-01-01') AS score,
       pls.score(pls.evidence('absence', e, timestamptz '2020-01-01', a, NULL), '2021-01-01') AS evidence
FROM (VALUES (1, 'e', 'x'), (2, 'f', 'x'), (3, 'f', NULL), (4, 'g', 'x')) AS v (n, e, a) GROUP BY n, e, a ORDER BY n;

-- a state is no evidence, and not of another instant or model
\set ON_ERROR_ROLLBACK on
CREATE FUNCTION oracle.refused(command text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    message text; detail text; hint text;
BEGIN
    EXECUTE command;
    RETURN 'not refused';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RETURN concat_ws(' | ', SQLSTATE, message, nullif(detail, ''), nullif(hint, ''));
END $$;
CREATE TABLE oracle.one AS
SELECT oracle.score_state('small', 'e', '2020-01-01', 1, NULL, '2020-01-02') AS a, oracle.score_state('small', 'e', '2020-01-01', 1, NULL, '2020-01-03') AS b,
       pls.evidence('small', 'e', '2020-01-01', 1, NULL) AS e FROM generate_series(1, 1);
SELECT oracle.score_of_states(a) FROM oracle.one;
SELECT oracle.refused('SELECT pls.score(a) FROM oracle.one');
SELECT oracle.refused('SELECT * FROM oracle.one, pls.explain(a)');
SELECT oracle.refused('SELECT pls.evaluate(a) FROM oracle.one');
SELECT oracle.refused('SELECT pls.rollup(v) FROM oracle.one, unnest(ARRAY[a, b]) AS v');
SELECT oracle.refused('SELECT pls.rollup(v) FROM oracle.one, unnest(ARRAY[a, e]) AS v');
SELECT oracle.refused('SELECT pls.rollup(v) FROM oracle.one, unnest(ARRAY[e, a]) AS v');
SELECT oracle.refused('SELECT oracle.score_of_states(e) FROM oracle.one');
UPDATE pls.signals SET within = '366 days' WHERE motion = 'small' AND signal = 'people';
SELECT oracle.refused('SELECT oracle.score_of_states(a) FROM oracle.one');
UPDATE pls.signals SET within = '365 days' WHERE motion = 'small' AND signal = 'people';

-- bytes of a state from elsewhere: taken as a whole or refused, never a crash
CREATE FUNCTION oracle.take(bytes bytea) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    state pls.evidence;
BEGIN
    state := ('\x' || encode(bytes, 'hex'))::pls.evidence;
    IF pls.evidence_send(state) <> bytes THEN
        RETURN 'another form';
    END IF;
    PERFORM oracle.score_of_states(v) FROM (VALUES (state), (state)) AS x (v);
    RETURN 'taken';
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE;
END $$;
CREATE TABLE oracle.bytes AS
SELECT entity, pls.evidence_send(state) AS bytes FROM oracle.states WHERE entity = 'breeze.software' AND part = 0
UNION ALL SELECT 'small', pls.evidence_send(a) FROM oracle.one;
SELECT entity, oracle.take(bytes), oracle.take(bytes || '\x00'), oracle.take(bytes || bytes) FROM oracle.bytes ORDER BY entity;
SELECT entity, oracle.take(substr(bytes, 1, n)) AS truncated, count(*) > 0 AS some
FROM oracle.bytes, generate_series(0, octet_length(bytes) - 1) AS n GROUP BY 1, 2 ORDER BY 1, 2;
SELECT entity, count(*) = 7 * max(octet_length(bytes)) AS every,
       array_agg(DISTINCT o) <@ '{taken,22P02,42704,40001,22023,XX001}'::text[] AS expected, count(*) FILTER (WHERE o = 'taken') > 0 AS some_taken
FROM (SELECT entity, bytes, oracle.take(set_byte(bytes, n, (get_byte(bytes, n) + d) % 256)) AS o
      FROM oracle.bytes, generate_series(0, octet_length(bytes) - 1) AS n, unnest('{1,2,4,32,127,128,255}'::int[]) AS d) AS x
GROUP BY entity ORDER BY entity;
ROLLBACK;
