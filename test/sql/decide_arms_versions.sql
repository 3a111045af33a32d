-- Who is held out: the arithmetic, written differently; and the versions of
-- a model that committed changes leave.
\getenv srcdir PG_ABS_SRCDIR
\set setup :srcdir /sql/include/decide.psql
\set ECHO none
\set QUIET on
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
RESET client_min_messages;
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET intervalstyle = 'postgres';
SET pls.now = '2026-03-02 10:00+00';
BEGIN;
\i :setup
\set ECHO all
-- The first eight bytes as a number, byte by byte.
CREATE FUNCTION pg_temp.u(salt text, entity text) RETURNS numeric
LANGUAGE sql
AS $$
    SELECT sum(get_byte(sha256(convert_to(salt || ':' || entity, 'UTF8')), i)::numeric * 256::numeric ^ (7 - i))
           / 18446744073709551616.0
      FROM generate_series(0, 7) AS i
$$;
SELECT round(pg_temp.u('pls', 'acme'), 12) AS u;
UPDATE pls.motions SET holdout = 0.3 WHERE motion = 'play';
SELECT count(*) FILTER (WHERE pls.arm('play', 'e' || n) = 'holdout') AS held_out,
       count(*) FILTER (WHERE (pls.arm('play', 'e' || n) = 'holdout') <> (pg_temp.u('pls', 'e' || n) < 0.3)) AS wrong
  FROM generate_series(1, 2000) AS n;
-- Raising the share only adds.
CREATE TEMP TABLE held AS
SELECT 'e' || n AS entity FROM generate_series(1, 2000) AS n WHERE pls.arm('play', 'e' || n) = 'holdout';
UPDATE pls.motions SET holdout = 0.6 WHERE motion = 'play';
SELECT count(*) FROM held WHERE pls.arm('play', entity) <> 'holdout';
UPDATE pls.motions SET holdout = 0 WHERE motion = 'play';
SELECT count(*) FROM held WHERE pls.arm('play', entity) = 'holdout';
SELECT pls.arm('missing', 'acme') IS NULL AS unknown;

-- Versions: at commit (here: where the constraints are checked), one for all
-- changes, none for changes of texts or back and forth.
SELECT pls_internal.current_model_version('play') IS NULL AS uncommitted;
SET CONSTRAINTS ALL IMMEDIATE;
SET CONSTRAINTS ALL DEFERRED;
SELECT pls_internal.current_model_version('play');
UPDATE pls.signals SET why = 'for people', next_best_action = 'call' WHERE motion = 'play';
UPDATE pls.motions SET status = 'paused', tone = 'friendly' WHERE motion = 'play';
UPDATE pls.signals SET points = points + 1 WHERE motion = 'play';
UPDATE pls.signals SET points = points - 1 WHERE motion = 'play';
SET CONSTRAINTS ALL IMMEDIATE;
SET CONSTRAINTS ALL DEFERRED;
SELECT pls_internal.current_model_version('play');
UPDATE pls.signals SET points = 25 WHERE motion = 'play' AND signal = 'invites';
DELETE FROM pls.signals WHERE motion = 'play' AND signal = 'connected';
SET CONSTRAINTS ALL IMMEDIATE;
SET CONSTRAINTS ALL DEFERRED;
INSERT INTO pls.category_limits (motion, category, max_points) VALUES ('play', 'invite', 20);
SET CONSTRAINTS ALL IMMEDIATE;
SET CONSTRAINTS ALL DEFERRED;
INSERT INTO pls.exclusions (name, scope, ids, reason) VALUES ('of all motions', 'entity', '{x}', 'test');
SET CONSTRAINTS ALL IMMEDIATE;
SET CONSTRAINTS ALL DEFERRED;
SAVEPOINT undone;
INSERT INTO pls.grades (motion, dimension, at_least, grade) VALUES ('play', 'fit', 0, 'A');
ROLLBACK TO undone;
SET CONSTRAINTS ALL IMMEDIATE;
SET CONSTRAINTS ALL DEFERRED;
SELECT model_version, digest = encode(sha256(convert_to(model::text, 'UTF8')), 'hex') AS digest_fits,
       ARRAY(SELECT jsonb_object_keys(model -> 'signals') ORDER BY 1) AS signals,
       model #>> '{signals,invites,points}' AS points, model #>> '{motion,cooldown}' AS cooldown,
       model -> 'category_limits' AS limits, jsonb_array_length(model #> '{exclusions,of all motions,ids}') AS excluded
  FROM pls.model_versions WHERE motion = 'play' ORDER BY model_version;
-- The text of a model does not depend on the session's settings.
SET intervalstyle = 'sql_standard';
SET datestyle = 'German';
SELECT pls_internal.model_of('play') = model AS same FROM pls.model_versions WHERE motion = 'play' ORDER BY model_version DESC LIMIT 1;
SET intervalstyle = 'postgres';
SET datestyle = 'ISO';
SELECT * FROM pg_temp.refused($$UPDATE pls.model_versions SET changed_by = 'me'$$);
SELECT * FROM pg_temp.refused($$DELETE FROM pls.model_versions$$);
SELECT * FROM pg_temp.refused($$TRUNCATE pls.model_versions$$);
-- A decision says by which version it was made.
UPDATE pls.motions SET status = 'live' WHERE motion = 'play';
SELECT pg_temp.did('acme', 'invite', 'invite', 'invite');
SELECT d.model_version, a.model_version FROM pls.decisions d JOIN pls.alerts a USING (alert_id);
DELETE FROM pls.motions WHERE motion = 'play';
SET CONSTRAINTS ALL IMMEDIATE;
SELECT count(*) AS kept FROM pls.model_versions WHERE motion = 'play';
ROLLBACK;
