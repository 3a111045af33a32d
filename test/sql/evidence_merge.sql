-- Evidence with very many items: valid, though no motion makes it.  Merging
-- takes a time that grows with the items, and may be interrupted.  Instants
-- of pls.score() are many: the plans made for them are few.
\set ECHO none
\set QUIET on
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
RESET client_min_messages;
SET timezone = 'UTC';
BEGIN;
CREATE SCHEMA large;
\set ECHO all
-- a number as the flat form has it: 7 bits a byte, the least significant first
CREATE FUNCTION large.number(n int) RETURNS text LANGUAGE sql IMMUTABLE AS $$
SELECT CASE WHEN n < 128 THEN lpad(to_hex(n), 2, '0') ELSE lpad(to_hex(128 + n % 128), 2, '0') || large.number(n / 128) END $$;
-- evidence of `parts` parts of a kind, each of `items` items
CREATE FUNCTION large.evidence(parts int, kind text, item_limit int, items int, item text) RETURNS pls.evidence LANGUAGE plpgsql AS $$
DECLARE
    body text;
BEGIN
    EXECUTE format('SELECT string_agg(CASE WHEN i = 0 THEN %L ELSE %L END || %s, %L ORDER BY i) FROM generate_series(0, $1 - 1) AS i', '00', '01', item, '') INTO body USING items;
    RETURN ('\x0100016d' || large.number(parts) || (SELECT string_agg(lpad(to_hex(p), 16, '0') || kind || large.number(item_limit) || '0001' || large.number(items) || body, '' ORDER BY p) FROM generate_series(1, parts) AS p))::pls.evidence;
END $$;
CREATE TABLE large.evidences AS
SELECT 'steps' AS kind, large.evidence(4, '71', 1024, 32768, $$lpad(to_hex(i % 32), 2, '0')$$) AS e
UNION ALL SELECT 'times', large.evidence(100, '74', 1024, 1024, $$''$$)
UNION ALL SELECT 'actors', large.evidence(100, '61', 1024, 1024, $$lpad(to_hex(i * 65536), 12, '0')$$);
SET statement_timeout = '60s';
-- the same twice: of rows the newest half, twice; of keyed units the same
SELECT kind, length(pls.evidence_send(e)) AS bytes, length(pls.evidence_send(m)) AS merged_bytes, m::text = e::text AS same,
       (SELECT pls.rollup(v)::text FROM (VALUES (m), (e)) AS t (v)) = (SELECT pls.rollup(v)::text FROM (VALUES (e), (m)) AS t (v)) AS commutes
FROM large.evidences, LATERAL (SELECT pls.rollup(v) AS m FROM (VALUES (e), (e)) AS t (v)) AS r ORDER BY kind;
-- a unit that is there twice
\set VERBOSITY terse
\set ON_ERROR_ROLLBACK on
SELECT large.evidence(1, '61', 1024, 1024, $$lpad(to_hex(i % 1023), 12, '0')$$);
SELECT length(pls.evidence_send(large.evidence(1, '61', 1024, 1024, $$lpad(to_hex(i % 1024), 12, '0')$$)));
SET statement_timeout = '1ms';
SELECT length(pls.evidence_send(pls.rollup(e))) FROM (SELECT e FROM large.evidences, generate_series(1, 1000)) AS s;
RESET statement_timeout;
\set ON_ERROR_ROLLBACK off

-- 300 instants, whose groups are all there at once
INSERT INTO pls.motions (motion, min_score, max_score, qualify_at, release_at) VALUES ('instants', NULL, NULL, 5, 5);
INSERT INTO pls.signals (motion, signal, category, events, measure, within, threshold, points) VALUES ('instants', 'rows', 'depth', '{e}', 'count', '10 days', 2, 5);
SET enable_sort = off;
DECLARE scores CURSOR FOR SELECT as_of, pls.score('instants', 'e', as_of - n * interval '9 days', n, NULL, as_of) AS score FROM generate_series(1, 300) AS i, generate_series(0, 3) AS n, LATERAL (SELECT '2026-01-01'::timestamptz + i * interval '1 minute') AS a (as_of) GROUP BY as_of;
FETCH 1 FROM scores \g /dev/null
SELECT count(*) BETWEEN 1 AND 64 AS few_plans FROM pg_backend_memory_contexts WHERE name = 'pls score plan';
CLOSE scores;
SELECT count(*) FROM pg_backend_memory_contexts WHERE name = 'pls score plan';
SELECT score, count(*) FROM (SELECT pls.score('instants', 'e', as_of - n * interval '9 days', n, NULL, as_of) AS score FROM generate_series(1, 300) AS i, generate_series(0, 3) AS n, LATERAL (SELECT '2026-01-01'::timestamptz + i * interval '1 minute') AS a (as_of) GROUP BY as_of) AS s GROUP BY 1;
ROLLBACK;
