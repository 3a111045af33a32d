-- Users are read once, before the first table that is much larger than theirs:
-- a partition that is still empty, or small, does not have each of them looked
-- up in the others.
\set ECHO none
\set QUIET on
SET client_min_messages = warning;
-- what others have left in pls.users would make it larger
DROP EXTENSION IF EXISTS pls CASCADE;
CREATE EXTENSION pls;
RESET client_min_messages;
SET timezone = 'UTC';
SET pls.now = '2026-03-30 00:00+00';
SET max_parallel_maintenance_workers = 0;
BEGIN;
CREATE SCHEMA app;
INSERT INTO pls.motions (motion, unit, max_score, status) VALUES ('m', 'account', NULL, 'pilot');
INSERT INTO pls.signals (motion, signal, category, measure, within, op, threshold, points) VALUES ('m', 'many', 'depth', 'count', '20 days', '>=', 4, 1);
INSERT INTO pls.users (user_id, account_id) SELECT n, 'account ' || n % 50 FROM generate_series(1, 500) n;
CREATE TABLE app.parts (usr integer, name text, at timestamptz) PARTITION BY RANGE (at);
CREATE TABLE app.past PARTITION OF app.parts FOR VALUES FROM (MINVALUE) TO ('2026-01-01');
CREATE TABLE app.present PARTITION OF app.parts FOR VALUES FROM ('2026-01-01') TO ('2026-04-01');
CREATE TABLE app.future PARTITION OF app.parts FOR VALUES FROM ('2026-04-01') TO (MAXVALUE);
INSERT INTO app.parts SELECT 1 + n % 500, 'a', pls.now() - n * interval '1 minute' FROM generate_series(1, 20000) n;
SET LOCAL client_min_messages = warning;
SELECT pls.watch('app.parts', event => 'name', at => 'at', actor => 'usr') AS watched \gset
RESET client_min_messages;
-- how many rows are gathered, and how many users looked up for that
CREATE FUNCTION app.looked_up(OUT gathered bigint, OUT users bigint) LANGUAGE plpgsql AS $$
DECLARE
    before bigint := pg_stat_get_xact_numscans('pls.users_pkey'::regclass);
BEGIN
    SELECT count(*) INTO gathered FROM pls_internal.gather('m', NULL, pls.now());
    users := pg_stat_get_xact_numscans('pls.users_pkey'::regclass) - before;
END $$;
\set ECHO all
-- both ends are empty
SELECT * FROM app.looked_up();
-- the newest is small: its users are looked up, unless they are known by then
INSERT INTO app.parts SELECT 1 + n % 20, 'a', pls.now() + interval '4 days' + n * interval '1 minute' FROM generate_series(1, 100) n;
SELECT gathered, users <= 20 AS are_few FROM app.looked_up();
ROLLBACK;
