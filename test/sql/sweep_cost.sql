-- What a sweep and an event cost, in blocks and rows: no more with more
-- standings and more that waits.
\getenv srcdir PG_ABS_SRCDIR
\set setup :srcdir /small_motion.sql
\set ECHO none
\set QUIET on
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
SET timezone = 'UTC';
SET pls.now = '2026-03-02 10:00+00';
BEGIN;
\i :setup
ALTER TABLE app.events ALTER created_at SET DEFAULT pls.now();
-- nobody is decided about
UPDATE pls.motions SET qualify_at = 99;
CREATE FUNCTION pg_temp.blocks(statement text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    plan jsonb;
BEGIN
    EXECUTE 'EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) ' || statement INTO plan;
    RETURN (plan #>> '{0,Plan,Shared Hit Blocks}')::bigint + (plan #>> '{0,Plan,Shared Read Blocks}')::bigint;
END
$$;
CREATE FUNCTION pg_temp.accounts(first integer, last integer) RETURNS void LANGUAGE sql AS
$$ INSERT INTO app.events (org_id, user_id, name) SELECT 'org' || n, 1, 'export' FROM generate_series(first, last) n $$;
-- looked through once, and once more so that what is read first is read
CREATE FUNCTION pg_temp.idle() RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pls.sweep() FROM generate_series(1, 3);
    RETURN pg_temp.blocks('SELECT * FROM pls.sweep()');
END
$$;
\set ECHO all
-- An idle sweep reads no more where there are twenty times as many standings.
SELECT pg_temp.accounts(1, 500);
SELECT pg_temp.idle() AS of_few \gset
SELECT pg_temp.accounts(501, 10000);
SELECT pg_temp.idle() AS of_many \gset
SELECT count(*) AS standings, count(*) FILTER (WHERE look_at < 'infinity') AS to_be_looked_at FROM pls.standings;
SELECT :of_many < :of_few + 200 AS flat, CASE WHEN :of_many < :of_few + 200 THEN 'good' ELSE :of_few || ' then ' || :of_many END AS blocks;

-- Nor where events of the future wait.
INSERT INTO app.events (org_id, user_id, name, created_at)
SELECT 'org' || n, 1, 'export', pls.now() + interval '1 day' FROM generate_series(1, 5000) n;
SELECT pg_temp.idle() AS with_waiting \gset
SELECT :with_waiting < :of_few + 200 AS flat, CASE WHEN :with_waiting < :of_few + 200 THEN 'good' ELSE :of_few || ' then ' || :with_waiting END AS blocks;

-- When they are due, a sweep of a few costs the same however many there are.
SET pls.now = '2026-03-03 10:00+00';
SELECT pg_temp.blocks('SELECT * FROM pls.sweep(max_rows => 200)') AS at_first \gset
SELECT sum(settled) FROM pls.sweep(max_rows => 4500);
SELECT pg_temp.blocks('SELECT * FROM pls.sweep(max_rows => 200)') AS at_last \gset
SELECT :at_first < :at_last * 2 AS flat, CASE WHEN :at_first < :at_last * 2 THEN 'good' ELSE :at_first || ' then ' || :at_last END AS blocks;
SELECT settled FROM pls.sweep(max_rows => 200);
SELECT count(*) FROM pls.backlog;

-- Events leave look_at as it is, so that updates stay HOT: of standings that
-- have no lane, of those that have one, whose drop they put off, and of those
-- that time alone would raise.
INSERT INTO pls.signals (motion, signal, category, events, measure, within, op, threshold, points)
VALUES ('trial', 'errors', 'risk', '{error}', 'count', '2 days', '>=', 1, -30),
       ('trial', 'quiet', 'depth', '{export}', 'recency', '3 days', '>=', NULL, 5);
UPDATE pls.motions SET qualify_at = 60, triage_at = 20;
INSERT INTO app.events (org_id, user_id, name)
SELECT 'hot' || n, 1, e FROM generate_series(1, 20) n, unnest(CASE WHEN n <= 10 THEN '{export,export,export,invite}'::text[] ELSE '{export,error}' END) e;
SELECT lane, count(*), count(*) FILTER (WHERE look_at = 'infinity') AS never FROM pls.standings WHERE entity_id LIKE 'hot%' GROUP BY lane ORDER BY lane;
SELECT FROM pls.sweep();
SELECT FROM pls.sweep();
CREATE TABLE pg_temp.moved (n bigint);
DO $$
BEGIN
    FOR i IN 1..30 LOOP
        CREATE TEMPORARY TABLE before AS SELECT s.entity_id, s.look_at, s.evaluated_at FROM pls.standings s;
        PERFORM set_config('pls.now', (pls.now() + interval '1 hour')::text, true);
        INSERT INTO app.events (org_id, user_id, name)
        SELECT 'hot' || n, i, CASE WHEN n % 2 = 0 OR n <= 10 THEN 'export' ELSE 'error' END FROM generate_series(1, 20) n;
        INSERT INTO pg_temp.moved
        SELECT count(*) FILTER (WHERE s.look_at <> b.look_at)
          FROM pls.standings s JOIN before b USING (entity_id) WHERE s.evaluated_at <> b.evaluated_at HAVING count(*) = 20;
        DROP TABLE before;
    END LOOP;
END
$$;
SELECT count(*) > 10 AS most_merged, sum(n) < 40 AS few_moved, CASE WHEN sum(n) < 40 THEN 'good' ELSE sum(n)::text END AS moved FROM pg_temp.moved;
SELECT lane, count(*) FROM pls.standings WHERE entity_id LIKE 'hot%' GROUP BY lane ORDER BY lane;
ROLLBACK;
