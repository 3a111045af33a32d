-- What is noted for the sweep, where no sweep comes: few notes of each entity
-- however often it changes, and few marks of the clock.
\set home :DBNAME
\getenv srcdir PG_ABS_SRCDIR
\set setup :srcdir /small_motion.sql
\set ECHO none
SET client_min_messages = warning;
DROP DATABASE IF EXISTS pls_looks_bounded;
CREATE DATABASE pls_looks_bounded;
\c pls_looks_bounded
SET client_min_messages = warning;
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET pls.now = '2026-03-02 10:00+00';
CREATE EXTENSION pls;
\i :setup
\set ECHO all
-- Each change in a transaction of its own.
CREATE PROCEDURE app.again_and_again(command text) LANGUAGE plpgsql AS $$
BEGIN
    FOR n IN 1 .. 100 LOOP
        EXECUTE command USING n;
        COMMIT;
    END LOOP;
END
$$;
INSERT INTO pls.users (user_id, account_id) VALUES ('7', 'acme');
INSERT INTO app.events (org_id, user_id, name, created_at)
SELECT o, 7, e, pls.now() FROM unnest('{acme,beta}'::text[]) o, unnest('{export,export,export,invite}'::text[]) e;
UPDATE pls.motions SET segment = '$.plan == "trial"', touch_limit = NULL WHERE motion = 'trial';
CALL pls.sweep_all();
SELECT entity_id, status FROM pls.alerts ORDER BY entity_id;
SELECT count(*) AS looks FROM pls_internal.looks;

CALL app.again_and_again($$INSERT INTO pls.accounts (account_id, attributes) VALUES ('acme', jsonb_build_object('seats', $1))
    ON CONFLICT (account_id) DO UPDATE SET attributes = excluded.attributes$$);
CALL app.again_and_again($$UPDATE pls.users SET attributes = jsonb_build_object('seen', $1) WHERE user_id = '7'$$);
CALL app.again_and_again($$UPDATE pls.standings SET reason = 'n ' || $1 WHERE entity_id = 'beta' AND look_at > '-infinity'$$);
CALL app.again_and_again($$UPDATE pls.alerts SET status = CASE status WHEN 'open' THEN 'withdrawn' ELSE 'open' END WHERE entity_id = 'beta' AND $1 > 0$$);
CALL app.again_and_again($$INSERT INTO pls.outcomes (entity_id, motion, outcome, at, account_id) VALUES ('gamma', 'trial', 'conversion', pls.now() - $1 * interval '1 day', 'gamma')$$);
SELECT entity_id, motion, count(*) > 0 AS some, count(*) <= 6 AS few FROM pls_internal.looks GROUP BY entity_id, motion ORDER BY entity_id, motion;
-- one statement about many at once, and one about what is yet to come
INSERT INTO pls.accounts (account_id) SELECT 'many ' || n FROM generate_series(1, 1000) n;
SELECT count(DISTINCT entity_id) FROM pls_internal.looks WHERE entity_id LIKE 'many %';
INSERT INTO pls.outcomes (entity_id, motion, outcome, at, account_id)
SELECT 'gamma', 'trial', 'conversion', pls.now() + n * interval '1 day', 'gamma' FROM generate_series(1, 20) n;
SELECT count(*) FROM pls_internal.looks WHERE entity_id = 'gamma' AND not_before > '-infinity';
-- a transaction that sees an older state takes nothing away
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) AS before FROM pls_internal.looks WHERE entity_id = 'acme' \gset
UPDATE pls.accounts SET attributes = '{"plan": "trial"}' WHERE account_id = 'acme';
SELECT count(*) - :before AS more FROM pls_internal.looks WHERE entity_id = 'acme';
COMMIT;
-- and what is left of them is enough
UPDATE pls.standings SET lane = NULL, reason = NULL, look_at = 'infinity' WHERE entity_id = 'acme';
CALL pls.sweep_all();
SELECT lane, reason FROM pls.standings WHERE entity_id = 'acme';
SELECT count(*) AS looks FROM pls_internal.looks WHERE not_before <= pls.now();

-- The clock, minute by minute.
CREATE PROCEDURE app.goes_on() LANGUAGE plpgsql AS $$
BEGIN
    FOR n IN 1 .. 100 LOOP
        PERFORM set_config('pls.now', ('2026-03-02 13:00+00'::timestamptz + n * interval '1 minute')::text, false);
        INSERT INTO app.events (org_id, user_id, name, created_at) VALUES ('acme', 7, 'export', pls.now());
        COMMIT;
    END LOOP;
END
$$;
CALL app.goes_on();
SELECT count(*) BETWEEN 1 AND 5 AS few, max(read_at) FROM pls_internal.clock_marks;

\c :home
SET client_min_messages = warning;
DROP DATABASE pls_looks_bounded;
