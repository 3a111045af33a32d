-- What a decision reads: no more when many have been taken, by the plans that
-- the session made while there was not one alert.
\getenv srcdir PG_ABS_SRCDIR
\set setup :srcdir /small_motion.sql
\set ECHO none
\set QUIET on
SET client_min_messages = warning;
-- with tables that have never held anything, not even rows that were rolled back
DROP EXTENSION IF EXISTS pls CASCADE;
CREATE EXTENSION pls;
SET timezone = 'UTC';
SET pls.now = '2026-03-02 10:00+00';
BEGIN;
\i :setup
ALTER TABLE app.events ALTER created_at SET DEFAULT pls.now();
UPDATE pls.reps SET max_open = NULL, daily_quota = NULL;
ANALYZE;
-- rows of pls fetched through an index, for each of so many new accounts that cross
CREATE FUNCTION pg_temp.fetched() RETURNS bigint LANGUAGE sql AS $$
    SELECT sum(idx_tup_fetch + seq_tup_read) FROM pg_stat_xact_user_tables WHERE schemaname IN ('pls', 'pls_internal')
$$;
CREATE FUNCTION pg_temp.rows_each(first integer, last integer) RETURNS numeric LANGUAGE plpgsql AS $$
DECLARE
    before bigint;
BEGIN
    PERFORM set_config('pls.decision_time', '0', true);
    INSERT INTO app.events (org_id, user_id, name)
    SELECT 'org' || n, 1, e FROM generate_series(first, last) n, unnest('{export,export,export,invite}'::text[]) e;
    before := pg_temp.fetched();
    PERFORM pls_internal.reevaluate('trial', 'org' || n) FROM generate_series(first, last) n;
    RETURN round((pg_temp.fetched() - before)::numeric / (last - first + 1), 1);
END
$$;
\set QUIET off
\set ECHO all

SELECT pg_temp.rows_each(1, 50) AS first \gset
SELECT pg_temp.rows_each(51, 550) AS between \gset
SELECT pg_temp.rows_each(551, 600) AS last \gset
-- the pick reads the turns that came since they were counted, 64 at the most
SELECT :last < :first + 64 + 20 AS flat, CASE WHEN :last < :first + 64 + 20 THEN 'good' ELSE :first || ' then ' || :last END AS "rows";
SELECT reason, count(*) FROM pls.decisions GROUP BY reason;
ROLLBACK;
