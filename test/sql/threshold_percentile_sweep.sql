-- Thresholds that are percentiles, worked out by the sweep at their pace.
\set home :DBNAME
\set ECHO none
\set QUIET on
SET client_min_messages = warning;
DROP DATABASE IF EXISTS pls_threshold_sweep;
CREATE DATABASE pls_threshold_sweep;
\c pls_threshold_sweep
SET client_min_messages = warning;
CREATE EXTENSION pls;
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET intervalstyle = 'postgres';
SET pls.now = '2026-06-01 12:00+00';
\set SHOW_CONTEXT never
CREATE TABLE events (org text, name text, at timestamptz);
INSERT INTO events SELECT 'org ' || n, 'run', '2026-06-01 11:00+00'::timestamptz - r * interval '1 minute'
  FROM generate_series(1, 40) AS n, generate_series(1, n) AS r;
INSERT INTO pls.motions (motion, qualify_at, min_signals, status) VALUES ('play', 90, 1, 'draft'), ('other', 90, 1, 'draft'), ('small', 90, 1, 'draft');
INSERT INTO pls.signals (motion, signal, category, events, within, threshold, points, threshold_percentile, threshold_every) VALUES
    ('play', 'runs', 'depth', '{run}', '30 days', 3, 10, NULL, NULL),
    ('play', 'slow', 'depth', '{run}', '30 days', 3, 10, 50, '7 days'),
    ('play', 'by call', 'depth', '{run}', '30 days', 3, 10, 50, NULL),
    ('other', 'runs', 'depth', '{run}', '30 days', 3, 10, 25, '1 day'),
    ('small', 'runs', 'depth', '{run}', '30 days', 3, 10, 90, '2 days');
UPDATE pls.motions SET segment = '$.account_id starts with "org 1"' WHERE motion = 'small';
INSERT INTO pls.pools (pool) VALUES ('all');
INSERT INTO pls.routes (motion, position, route, pool) SELECT motion, 1, 'all', 'all' FROM pls.motions;
UPDATE pls.motions SET status = 'pilot';
SELECT pls.watch('events', event => 'name', at => 'at', account => 'org') > 0 AS watched;
CREATE VIEW thresholds AS
SELECT s.motion, s.signal, s.threshold, s.threshold_peers AS peers, to_char(s.threshold_worked_out_at, 'DD HH24:MI') AS worked_out,
       to_char(s.threshold_checked_at, 'DD HH24:MI') AS checked, s.threshold_note AS note
  FROM pls.signals AS s WHERE s.threshold_percentile IS NOT NULL ORDER BY s.motion COLLATE "C", s.signal COLLATE "C";
CREATE VIEW failing AS SELECT task, motion, attempts, message FROM pls.failures ORDER BY task, motion;
\set ECHO all
-- The events that were there have not been read, so there is nobody yet.
SELECT count(*) FROM pls.sweep();
SELECT motion, signal, threshold, checked, note FROM thresholds;
-- While there are too few it is tried again every hour, whatever the pace.
SELECT pls.refresh(motion) FROM pls.motions ORDER BY motion;
SET pls.now = '2026-06-01 12:59+00';
SELECT array_agg(ctid) AS rows FROM pls.signals \gset
SELECT count(*) FROM pls.sweep();
SELECT array_agg(ctid) = :'rows' AS untouched FROM pls.signals;
SET pls.now = '2026-06-01 13:00+00';
SELECT count(*) FROM pls.sweep();
TABLE thresholds;
TABLE failing;
SELECT motion, max(model_version) AS version FROM pls.model_versions GROUP BY motion ORDER BY motion;

-- Before its time nothing is written, nor when the number is what it was.
SET pls.now = '2026-06-01 13:30+00';
SELECT array_agg(ctid) AS rows FROM pls.signals \gset
SELECT count(*) FROM pls.sweep();
SELECT array_agg(ctid) = :'rows' AS untouched FROM pls.signals;
SET pls.now = '2026-06-02 13:00+00';
SELECT count(*) FROM pls.sweep();
TABLE thresholds;
SELECT motion, max(model_version) AS version FROM pls.model_versions GROUP BY motion ORDER BY motion;

-- What has changed since is seen at its time.  No evidence is rebuilt for it.
SET pls.now = '2026-06-03 11:00+00';
INSERT INTO events SELECT 'org ' || n, 'run', pls.now() FROM generate_series(1, 40) AS n, generate_series(1, 10);
SELECT count(*) FROM pls.sweep();
SET pls.now = '2026-06-03 13:00+00';
SELECT refreshed FROM pls.sweep();
TABLE thresholds;
SELECT sentence FROM pls.model_diff('other', (SELECT max(model_version) - 1 FROM pls.model_versions WHERE motion = 'other'));
SELECT refreshed, count(*) FILTER (WHERE s.stale) AS stale FROM pls.sweep(), pls.scores AS s GROUP BY refreshed;

-- A number that is asked for as a percentile now: its evidence is another, and
-- is rebuilt before the number is worked out.
UPDATE pls.signals SET threshold_percentile = 90, threshold_every = '1 day' WHERE motion = 'play' AND signal = 'runs';
SELECT value FROM pls.health WHERE "check" = 'percentile thresholds';
SELECT count(*) FROM pls.sweep();
SELECT * FROM thresholds WHERE motion = 'play';
TABLE failing;

-- A clock that was ahead stops nothing.
UPDATE pls.signals SET threshold_checked_at = '2030-01-01 00:00+00' WHERE motion = 'other';
SET pls.now = '2026-06-03 13:10+00';
SELECT count(*) FROM pls.sweep();
SELECT checked FROM thresholds WHERE motion = 'other';

-- What fails is written down, and stops no other.
CREATE FUNCTION pg_temp.fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$;
CREATE TRIGGER failing BEFORE UPDATE ON pls.signals FOR EACH ROW WHEN (OLD.motion = 'other') EXECUTE FUNCTION pg_temp.fail();
SET pls.now = '2026-06-05 13:10+00';
SELECT count(*) FROM pls.sweep();
SELECT motion, signal, checked FROM thresholds;
TABLE failing;
SELECT failed FROM pls.sweeps ORDER BY sweep_id DESC LIMIT 1;
SELECT status, value, hint FROM pls.health WHERE "check" = 'percentile thresholds';
SELECT value FROM pls.health WHERE "check" = 'failing: thresholds other';
DROP TRIGGER failing ON pls.signals;
SELECT count(*) FROM pls.sweep();
SELECT motion, signal, checked FROM thresholds WHERE motion = 'other';
SELECT pls.retry_failures();
SELECT count(*) FROM pls.sweep();
SELECT motion, signal, checked FROM thresholds WHERE motion = 'other';
TABLE failing;

-- A version too many at commit would be isolated by nothing: it is kept in the step.
CREATE FUNCTION pg_temp.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no version'; END $$;
CREATE TRIGGER refuse BEFORE INSERT ON pls.model_versions FOR EACH ROW EXECUTE FUNCTION pg_temp.refuse();
INSERT INTO events SELECT 'org ' || n, 'run', pls.now() FROM generate_series(1, 40) AS n, generate_series(1, 10);
SET pls.now = '2026-06-07 13:10+00';
SELECT count(*) FROM pls.sweep();
TABLE failing;
DROP TRIGGER refuse ON pls.model_versions;
SELECT pls.retry_failures();
SELECT count(*) FROM pls.sweep();
TABLE failing;
TABLE thresholds;

-- A draft, a disabled signal and a percentile without a pace are left alone.
UPDATE pls.motions SET status = 'draft' WHERE motion = 'other';
UPDATE pls.signals SET enabled = false WHERE motion = 'play' AND signal = 'runs';
SET pls.now = '2026-07-01 12:00+00';
SELECT count(*) FROM pls.sweep();
SELECT motion, signal, checked FROM thresholds;
SELECT status, value, hint FROM pls.health WHERE "check" = 'percentile thresholds';
-- Nobody edits the motion, and still it is not worked out: overdue.
UPDATE pls.signals SET threshold_checked_at = '2026-06-01' WHERE signal = 'slow';
SELECT status, value, hint FROM pls.health WHERE "check" = 'percentile thresholds';
SELECT count(*) FROM pls.health WHERE "check" = 'percentile thresholds';
DELETE FROM pls.signals WHERE threshold_percentile IS NOT NULL;
SELECT count(*) FROM pls.health WHERE "check" = 'percentile thresholds';

\set ECHO none
\c :home
SET client_min_messages = warning;
DROP DATABASE pls_threshold_sweep;
