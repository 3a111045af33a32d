-- Evidence from elsewhere: truncated, corrupted, random.  It is refused with
-- 22P02 (text) or 22P03 (binary), or it is a value that every function takes;
-- a value may name a motion that does not exist (42704 when it is scored) or
-- contradict the value it is merged with (22000).
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
CREATE TABLE oracle.real AS
SELECT entity, pls.evidence('adoption', event, at, actor, properties) AS evidence
FROM oracle.events WHERE entity IN ('octopus.com', 'redhat.com (rough)', 'breeze.software') GROUP BY entity
UNION ALL SELECT 'one row', pls.evidence('adoption', 'ui_used', '2020-01-01', 'x', '{"files": 3}')
UNION ALL SELECT 'empty', pls.evidence('adoption', 'ui_used', NULL, 'x', NULL);
SELECT entity, octet_length(pls.evidence_send(evidence)) > 0 AS bytes, evidence::text = '\x' || encode(pls.evidence_send(evidence), 'hex') AS text_is_hex
FROM oracle.real ORDER BY entity;

-- Scored as of now: another instant is refused if bytes claim a later event.
SET pls.now = '2026-07-01';

-- Takes bytes for evidence: the SQLSTATE of the refusal; or, if they are
-- taken, whether they say themselves again and every function answers.
CREATE FUNCTION oracle.take(bytes bytea) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    e pls.evidence;
    total numeric;
BEGIN
    BEGIN
        e := ('\x' || encode(bytes, 'hex'))::pls.evidence;
    EXCEPTION WHEN OTHERS THEN
        RETURN SQLSTATE;
    END;
    IF pls.evidence_send(e) IS DISTINCT FROM bytes THEN
        RETURN 'another form';
    END IF;
    BEGIN
        SELECT sum(points) INTO total FROM pls.explain(e, NULL, '{"size": 100}');
        IF total IS DISTINCT FROM pls.score(e, NULL, '{"size": 100}') THEN
            RETURN 'explain and score differ';
        END IF;
        PERFORM lane FROM pls.evaluate(e, NULL, NULL, 'sales');
        PERFORM pls.score(pls.rollup(v)) FROM (SELECT e AS v UNION ALL SELECT evidence FROM oracle.real) AS r;
    EXCEPTION WHEN OTHERS THEN
        RETURN 'taken, later ' || SQLSTATE;
    END;
    RETURN 'taken';
END $$;

SELECT entity, oracle.take(pls.evidence_send(evidence)) FROM oracle.real ORDER BY entity;

-- every truncation
SELECT entity, oracle.take(substr(bytes, 1, n)), count(*) = max(octet_length(bytes)) AS every
FROM oracle.real, pls.evidence_send(evidence) AS bytes, generate_series(0, octet_length(bytes) - 1) AS n
GROUP BY 1, 2 ORDER BY 1, 2;

-- every version but its own
SELECT entity, oracle.take(set_byte(bytes, 0, v)), count(*)
FROM oracle.real, pls.evidence_send(evidence) AS bytes, generate_series(0, 255) AS v
WHERE v <> get_byte(bytes, 0) GROUP BY 1, 2 ORDER BY 1, 2;

-- something after the end
SELECT entity, oracle.take(bytes || more), count(*)
FROM oracle.real, pls.evidence_send(evidence) AS bytes, (VALUES ('\x00'::bytea), ('\x01'), ('\xff'), ('\x0000000000000000'), ('\x80')) AS m (more)
GROUP BY 1, 2 ORDER BY 1, 2;
SELECT entity, oracle.take(bytes || bytes), count(*) FROM oracle.real, pls.evidence_send(evidence) AS bytes GROUP BY 1, 2 ORDER BY 1, 2;
SELECT oracle.take(decode(repeat('00', 100000), 'hex')), oracle.take(decode(repeat('ff', 100000), 'hex'));
SELECT entity, oracle.take(bytes || decode(repeat('00', 200000), 'hex')) FROM oracle.real, pls.evidence_send(evidence) AS bytes ORDER BY 1;

-- every byte, changed in seven ways; huge numbers and overlong ones at every
-- place; bytes left out or put in: refused or a value, but never a crash
CREATE TABLE oracle.outcome (kind text, entity text, outcome text);
INSERT INTO oracle.outcome
SELECT 'changed', entity, oracle.take(set_byte(bytes, n, b))
FROM oracle.real, pls.evidence_send(evidence) AS bytes, generate_series(0, octet_length(bytes) - 1) AS n,
     LATERAL (SELECT get_byte(bytes, n)) AS g (was),
     LATERAL (SELECT DISTINCT unnest(ARRAY[was # 1, was # 128, was # 64, (was + 1) % 256, 0, 127, 255])) AS v (b)
WHERE b <> was;
INSERT INTO oracle.outcome
SELECT 'overwritten', entity, oracle.take(overlay(bytes PLACING w FROM n + 1))
FROM oracle.real, pls.evidence_send(evidence) AS bytes, generate_series(0, octet_length(bytes) - 1) AS n,
     (VALUES ('\xffffffff'::bytea), ('\xffffffffffffffffff01'), ('\xffffffffffffffff7f'), ('\x80808080808080808001'), ('\x8000'), ('\x7fffffff'), ('\x0000000000')) AS h (w)
WHERE n % 3 = 0;
INSERT INTO oracle.outcome
SELECT 'left out', entity, oracle.take(substr(bytes, 1, n) || substr(bytes, n + 2))
FROM oracle.real, pls.evidence_send(evidence) AS bytes, generate_series(0, octet_length(bytes) - 1) AS n;
INSERT INTO oracle.outcome
SELECT 'put in', entity, oracle.take(substr(bytes, 1, n) || b || substr(bytes, n + 1))
FROM oracle.real, pls.evidence_send(evidence) AS bytes, generate_series(1, octet_length(bytes) - 1) AS n, (VALUES ('\x00'::bytea), ('\x81')) AS h (b);
SELECT kind, count(*) > 1000 AS over_1000, count(*) FILTER (WHERE outcome = '22P02') > 0 AS refused,
       count(*) FILTER (WHERE outcome = 'taken') > 0 AS taken
FROM oracle.outcome GROUP BY kind ORDER BY kind;
SELECT kind, outcome, count(*) FROM oracle.outcome
WHERE outcome NOT IN ('22P02', 'taken', 'taken, later 42704', 'taken, later 22000')
GROUP BY 1, 2 ORDER BY 1, 2;

-- 10,000 random byte strings: pure noise, and noise behind a real beginning
SELECT setseed(0.2718);
CREATE TABLE oracle.noise AS
SELECT i, CASE WHEN i % 2 = 0 THEN substr(b.bytes, 1, (random() * octet_length(b.bytes))::int) ELSE '' END
          || substr(decode(n.hex, 'hex'), 1, (random() * 200)::int) AS bytes
FROM generate_series(1, 10000) AS i
JOIN LATERAL (SELECT string_agg(md5(i::text || '/' || k), '') FROM generate_series(1, 13) AS k) AS n (hex) ON true
JOIN LATERAL (SELECT pls.evidence_send(evidence) AS bytes FROM oracle.real ORDER BY entity OFFSET i / 2 % 5 LIMIT 1) AS b ON true;
SELECT count(*), count(*) FILTER (WHERE t = '22P02') AS refused, count(*) FILTER (WHERE t NOT IN ('22P02', 'taken')) AS neither
FROM (SELECT oracle.take(bytes) AS t FROM oracle.noise OFFSET 0) AS n;

-- the binary form takes and refuses the same bytes, with 22P03
CREATE TABLE oracle.received (evidence pls.evidence);
CREATE FUNCTION oracle.receive(bytes bytea) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    file text := current_setting('data_directory') || '/pls_hostile.bin';
BEGIN
    EXECUTE format('COPY (SELECT %L::bytea) TO %L (FORMAT binary)', bytes, file);
    EXECUTE format('COPY oracle.received FROM %L (FORMAT binary)', file);
    RETURN 'taken';
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE;
END $$;
CREATE TABLE oracle.both AS
SELECT kind, oracle.take(bytes) AS by_text, oracle.receive(bytes) AS by_binary
FROM (SELECT 'noise' AS kind, bytes FROM oracle.noise WHERE i <= 500
      UNION ALL
      SELECT 'truncated', substr(bytes, 1, n)
      FROM oracle.real, pls.evidence_send(evidence) AS bytes, generate_series(0, octet_length(bytes) - 1, 7) AS n
      WHERE entity = 'breeze.software'
      UNION ALL
      SELECT 'changed', set_byte(bytes, n, (get_byte(bytes, n) + 1) % 256)
      FROM oracle.real, pls.evidence_send(evidence) AS bytes, generate_series(0, octet_length(bytes) - 1, 5) AS n
      WHERE entity = 'breeze.software'
      UNION ALL
      SELECT 'whole', pls.evidence_send(evidence) FROM oracle.real) AS b;
SELECT kind, count(*) >= 5 AS some, count(*) FILTER (WHERE by_text = '22P02' AND by_binary = '22P03') > 0 AS refused,
       count(*) FILTER (WHERE by_text LIKE 'taken%' AND by_binary = 'taken') > 0 AS taken,
       count(*) FILTER (WHERE NOT (by_text = '22P02' AND by_binary = '22P03') AND NOT (by_text LIKE 'taken%' AND by_binary = 'taken')) AS otherwise
FROM oracle.both GROUP BY kind ORDER BY kind;
SELECT count(*) FILTER (WHERE by_text LIKE 'taken%') = (SELECT count(*) FROM oracle.received) AS all_received FROM oracle.both;
COPY (SELECT 1 WHERE false) TO PROGRAM 'rm -f pls_hostile.bin';

-- text that is not hexadecimal at all
\set VERBOSITY sqlstate
\set ON_ERROR_ROLLBACK on
SELECT ''::pls.evidence;
SELECT '\x'::pls.evidence;
SELECT 'x'::pls.evidence;
SELECT '\x0'::pls.evidence;
SELECT '\xzz'::pls.evidence;
SELECT '\x01 02'::pls.evidence;
SELECT '\000\001'::pls.evidence;
SELECT '{}'::pls.evidence;
ROLLBACK;
