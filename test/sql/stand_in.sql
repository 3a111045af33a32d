-- Who stands in for reps who let alerts lie: by the turns, and by what each
-- holds of the turns of others, so that not all go to one.
\getenv srcdir PG_ABS_SRCDIR
\set setup :srcdir /sql/include/decide.psql
\set ECHO none
\set QUIET on
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
RESET client_min_messages;
SET timezone = 'UTC';
SET pls.now = '2026-03-02 10:00+00';
BEGIN;
\i :setup
\set ECHO all
INSERT INTO pls.reps (rep) VALUES ('dee');
INSERT INTO pls.pool_members (pool, rep) VALUES ('desk', 'cy'), ('desk', 'dee');
INSERT INTO pls.escalations (motion, level, measured, at_share, action) VALUES ('play', 1, 'respond', 1, 'reassign');
SELECT count(pg_temp.qualify('e' || n)) FROM generate_series(1, 20) n;
SELECT assigned_to, count(*) FROM pls.alerts GROUP BY 1 ORDER BY 1;
-- nobody touches any: each gets as many as it loses
SET pls.now = '2026-03-02 12:30+00';
SELECT FROM pls.sweep();
SELECT assigned_to, count(*), count(*) FILTER (WHERE charged_to = assigned_to) AS kept FROM pls.alerts GROUP BY 1 ORDER BY 1;
-- one at a time
CREATE FUNCTION pg_temp.one_more(n integer) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_temp.qualify('f' || n);
    PERFORM set_config('pls.now', (pls.now() + interval '121 minutes')::text, true);
    PERFORM pls.sweep();
END $$;
SELECT count(*) FROM (SELECT pg_temp.one_more(n) FROM generate_series(1, 12) n) x;
SELECT assigned_to, count(*), bool_or(charged_to = assigned_to) AS kept FROM pls.alerts WHERE entity_id LIKE 'f%' GROUP BY 1 ORDER BY 1;
-- a weight of two takes twice as many
UPDATE pls.pool_members SET weight = 2 WHERE rep = 'ann';
SELECT count(pls.withdraw(alert_id, 'test')) FROM pls.alerts WHERE closed_at IS NULL;
UPDATE pls.reps SET active = false WHERE rep = 'dee';
SELECT count(pg_temp.qualify('g' || n)) FROM generate_series(1, 16) n;
UPDATE pls.alerts SET assigned_to = 'dee' WHERE entity_id LIKE 'g%';
SELECT handed_to, alerts FROM pls.hand_over('dee') ORDER BY 1;
ROLLBACK;
