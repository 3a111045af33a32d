-- growth.sql - motions of 4, 16 and 64 signals, half of them about every
-- event, of the kinds that a motion mostly has.
--
-- psql variables: scripts (this directory).
\set ON_ERROR_STOP on
\set QUIET on
SET client_min_messages = warning;
CREATE EXTENSION pls;
CREATE SCHEMA bench;
CREATE FUNCTION bench.share(n bigint, seed bigint) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT (hashint8extended(n, seed) & 9007199254740991)::double precision / 9007199254740992.0 $$;
\set file :scripts /model.sql
\i :file

INSERT INTO pls.motions (motion, qualify_at) SELECT 'signals ' || n, 60 FROM unnest('{4,16,64}'::int[]) AS n;
INSERT INTO pls.signals (motion, signal, category, events, measure, within, op, threshold, min_base, points, per_unit, max_points)
SELECT 'signals ' || n, 's' || i, 'depth',
       CASE WHEN i % 2 = 1 THEN ARRAY[('{login,page_view,search,open_report,click_link,view_board,create_item,edit_item,invite_user,
                                        api_call,comment,upload,export_csv,download,run_query,connect}'::text[])[1 + i / 2 % 16]] END,
       m.measure, make_interval(days => 3 + i % 28), CASE m.measure WHEN 'recency' THEN '<=' ELSE '>=' END,
       CASE m.measure WHEN 'recency' THEN NULL WHEN 'growth' THEN 1.2 ELSE 2 END,
       CASE m.measure WHEN 'growth' THEN 1 END,
       1, m.measure IN ('count', 'actors', 'days'), CASE WHEN m.measure IN ('count', 'actors', 'days') THEN 5 END
FROM unnest('{4,16,64}'::int[]) AS n, generate_series(0, n - 1) AS i,
     LATERAL (SELECT ('{count,actors,days,recency,growth}'::text[])[1 + i % 5] AS measure) AS m;
