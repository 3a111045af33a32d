-- Tables that take the place of watched ones, and UPDATEs that change no event.
\getenv srcdir PG_ABS_SRCDIR
\set setup :srcdir /small_motion.sql
\set home :DBNAME
\set ECHO none
SET client_min_messages = warning;
DROP DATABASE IF EXISTS pls_watch_swap;
CREATE DATABASE pls_watch_swap;
\c pls_watch_swap
SET client_min_messages = warning;
CREATE EXTENSION pls;
\i :setup
\set SHOW_CONTEXT never
SET timezone = 'UTC';
SET pls.now = '2026-03-02 10:00+00';
-- one point an export
UPDATE pls.motions SET max_score = 1000, qualify_at = 1000, min_signals = 0, triage_at = NULL, release_at = NULL WHERE motion = 'trial';
DELETE FROM pls.signals WHERE motion = 'trial';
DELETE FROM pls.category_limits WHERE motion = 'trial';
INSERT INTO pls.signals (motion, signal, category, events, measure, within, threshold, points, per_unit, max_points)
VALUES ('trial', 'exports', 'depth', '{export}', 'count', '30 days', 1, 1, true, 500);
SELECT pls.unwatch('app.events') \g /dev/null
CREATE TABLE app.log (org text, usr bigint, name text NOT NULL, at timestamptz NOT NULL, props jsonb);
CREATE VIEW app.health AS
SELECT "check", status, value, hint FROM pls.health WHERE "check" LIKE 'source%' OR "check" = 'triggers';
RESET client_min_messages;
\set ECHO all

SELECT pls.watch('app.log', event => 'name', at => 'at', account => 'org', actor => 'usr', properties => 'props') AS number \gset
INSERT INTO app.log SELECT 'acme', n % 3, 'export', '2026-03-01 10:00+00'::timestamptz - n * interval '1 minute', '{}' FROM generate_series(1, 30) n;
SELECT entity_id, score FROM pls.scores;

-- A copy takes the name: health says so, and the natural repair counts nothing twice
CREATE TABLE app.log_new (LIKE app.log INCLUDING ALL);
INSERT INTO app.log_new SELECT * FROM app.log;
BEGIN;
ALTER TABLE app.log RENAME TO log_old;
ALTER TABLE app.log_new RENAME TO log;
COMMIT;
INSERT INTO app.log VALUES ('acme', 1, 'export', '2026-03-02 09:00+00');
SELECT entity_id, score FROM pls.scores;
SELECT * FROM app.health \gx
SELECT pls.watch('app.log', event => 'name', at => 'at', account => 'org', actor => 'usr', properties => 'props') - :number AS numbers_on;
SELECT pls.refresh('trial');
SELECT entity_id, score FROM pls.scores;
SELECT source, watched_as FROM pls.sources;
SELECT status, value FROM app.health;

-- The watch moves along in the transaction that swaps: nothing is lost or rebuilt
CREATE TABLE app.log_new (LIKE app.log INCLUDING ALL) PARTITION BY RANGE (at);
CREATE TABLE app.log_feb PARTITION OF app.log_new FOR VALUES FROM ('2026-02-01+00') TO ('2026-03-01+00');
CREATE TABLE app.log_mar PARTITION OF app.log_new FOR VALUES FROM ('2026-03-01+00') TO ('2026-04-01+00');
INSERT INTO app.log_new SELECT * FROM app.log;
BEGIN;
LOCK TABLE app.log, app.log_new;
ALTER TABLE app.log RENAME TO log_older;
ALTER TABLE app.log_new RENAME TO log;
SELECT pls.rewatch('app.log_older', 'app.log') > 0 AS rewatched;
COMMIT;
INSERT INTO app.log VALUES ('acme', 1, 'export', '2026-03-02 09:01+00');
SELECT entity_id, score FROM pls.scores;
SELECT count(*) AS marks FROM pls.backlog;
SELECT source, watched_as FROM pls.sources;
SELECT status, value FROM app.health;
SELECT count(*) AS triggers_left FROM pg_trigger WHERE tgrelid = 'app.log_older'::regclass;
SELECT pls.refresh('trial');
SELECT entity_id, score FROM pls.scores;

-- The old table becomes a partition of the new one
CREATE TABLE app.whole (LIKE app.log INCLUDING ALL) PARTITION BY LIST (org);
BEGIN;
SELECT pls.rewatch('app.log', 'app.whole') > 0 AS rewatched;
ALTER TABLE app.whole ATTACH PARTITION app.log DEFAULT;
COMMIT;
INSERT INTO app.whole VALUES ('acme', 1, 'export', '2026-03-02 09:02+00');
SELECT entity_id, score FROM pls.scores;
SELECT pls.refresh('trial');
SELECT entity_id, score FROM pls.scores;

-- An archive keeps its watch, for its rows are others
CREATE TABLE app.rest (LIKE app.log INCLUDING ALL);
SELECT pls.unwatch('app.whole');
SELECT pls.watch('app.rest', event => 'name', at => 'at', account => 'org') > 0 AS watched;
INSERT INTO app.rest SELECT 'beta', 1, 'export', '2026-03-01 10:00+00'::timestamptz - n * interval '1 minute' FROM generate_series(1, 5) n;
ALTER TABLE app.rest RENAME TO rest_2025;
CREATE TABLE app.rest (LIKE app.log INCLUDING ALL);
INSERT INTO app.rest SELECT 'beta', 1, 'export', '2026-03-01 11:00+00'::timestamptz + n * interval '1 minute' FROM generate_series(1, 3) n;
SELECT pls.watch('app.rest', event => 'name', at => 'at', account => 'org') > 0 AS watched;
SELECT pls.refresh('trial');
SELECT entity_id, score FROM pls.scores WHERE entity_id = 'beta';
SELECT source::text COLLATE "C" FROM pls.sources ORDER BY 1;

-- A table that was dropped
DROP TABLE app.rest_2025;
SELECT source::oid AS gone FROM pls.sources WHERE NOT EXISTS (SELECT FROM pg_class WHERE oid = source) \gset
CREATE TABLE app.third (LIKE app.log INCLUDING ALL);
SELECT pls.rewatch(:gone::regclass, 'app.third') > 0 AS rewatched;
SELECT source::text COLLATE "C" FROM pls.sources ORDER BY 1;

-- Refused
SELECT pls.rewatch(NULL, 'app.third');
SELECT pls.rewatch('app.log_old', 'app.log_older');
SELECT pls.rewatch('app.third', 'app.rest');
SELECT pls.rewatch('app.third', 'app.health');
CREATE TABLE app.other (org text, name text, happened timestamptz);
SELECT pls.rewatch('app.third', 'app.other');
CREATE MATERIALIZED VIEW app.stored AS SELECT 1 AS n;
SELECT pls.watch('app.stored', event => 'name', at => 'at', account => 'org');
CREATE TEMPORARY TABLE mine (LIKE app.log);
SELECT pls.watch('mine', event => 'name', at => 'at', account => 'org');

-- UPDATEs: only rows that are other events than before are marked
DELETE FROM pls.backlog;
CREATE TABLE app.touched (id int PRIMARY KEY, org text, name text, at timestamptz, props jsonb, updated_at timestamptz);
SELECT pls.watch('app.touched', event => 'name', at => 'at', account => 'org', properties => 'props') > 0 AS watched;
INSERT INTO app.touched SELECT n, 'o' || n, 'export', '2026-03-01+00', jsonb_build_object('long', (SELECT string_agg(md5(i::text), '') FROM generate_series(1, 300) i)) FROM generate_series(1, 5) n;
CREATE FUNCTION app.touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.updated_at := now(); RETURN NEW; END $$;
CREATE TRIGGER touch BEFORE UPDATE ON app.touched FOR EACH ROW EXECUTE FUNCTION app.touch();
UPDATE app.touched SET id = id;
UPDATE app.touched SET name = name, props = props;
INSERT INTO app.touched SELECT * FROM app.touched ON CONFLICT (id) DO UPDATE SET name = excluded.name;
SELECT count(*) AS marks FROM pls.backlog;
UPDATE app.touched SET name = CASE WHEN id = 2 THEN 'import' ELSE name END, props = CASE WHEN id = 3 THEN '{}' ELSE props END;
SELECT entity_id FROM pls.backlog ORDER BY 1;
UPDATE app.touched SET org = 'o9' WHERE id = 4;
SELECT entity_id FROM pls.backlog ORDER BY 1;
DELETE FROM pls.backlog;

-- A partition's own BEFORE trigger; a row that it drops on its way to another partition
CREATE FUNCTION app.derive() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.name := CASE WHEN NEW.deleted THEN 'gone' ELSE 'export' END;
    RETURN NEW;
END $$;
CREATE TABLE app.derived (org text, name text, at timestamptz, region text, deleted boolean DEFAULT false) PARTITION BY LIST (region);
CREATE TABLE app.derived_a PARTITION OF app.derived FOR VALUES IN ('a');
CREATE TABLE app.derived_b PARTITION OF app.derived FOR VALUES IN ('b', 'lost');
CREATE TRIGGER derive BEFORE INSERT OR UPDATE ON app.derived_a FOR EACH ROW EXECUTE FUNCTION app.derive();
CREATE FUNCTION app.lose() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN CASE WHEN NEW.region = 'b' THEN NEW END; END $$;
CREATE TRIGGER lose BEFORE INSERT ON app.derived_b FOR EACH ROW EXECUTE FUNCTION app.lose();
SELECT pls.watch('app.derived', event => 'name', at => 'at', account => 'org') > 0 AS watched;
INSERT INTO app.derived SELECT 'd' || n, 'export', '2026-03-01+00', 'a' FROM generate_series(1, 4) n;
UPDATE app.derived SET deleted = true WHERE org = 'd1';
SELECT entity_id FROM pls.backlog ORDER BY 1;
UPDATE app.derived SET region = CASE org WHEN 'd2' THEN 'lost' ELSE 'b' END, deleted = deleted OR org = 'd3' WHERE org > 'd1';
SELECT entity_id FROM pls.backlog ORDER BY 1;
SELECT settled, refreshed, busy FROM pls.sweep();
SELECT entity_id, score FROM pls.scores WHERE entity_id LIKE 'd_' ORDER BY 1;
SELECT org, name FROM app.derived ORDER BY 1;

-- A copy with its columns in other types and under other names, whose first
-- partition has nothing but new rows, is a copy, too
SELECT pls.unwatch(s.source) FROM pls.sources s \g /dev/null
DELETE FROM pls.standings;
CREATE TABLE app.acts (org varchar(20), usr int, name text, at timestamp);
SELECT pls.watch('app.acts', event => 'name', at => 'at', account => 'org', actor => 'usr', time_zone => 'Europe/Berlin') > 0 AS watched;
INSERT INTO app.acts SELECT 'acme', n % 3, 'export', '2026-03-01 10:00'::timestamp - n * interval '1 minute' FROM generate_series(1, 30) n;
CREATE TABLE app.acts_new (verb text, org text, usr numeric, happened timestamptz) PARTITION BY RANGE (happened);
CREATE TABLE app.acts_now PARTITION OF app.acts_new FOR VALUES FROM ('2026-03-02+00') TO (MAXVALUE);
CREATE TABLE app.acts_before PARTITION OF app.acts_new DEFAULT;
INSERT INTO app.acts_new SELECT name, org, usr, at AT TIME ZONE 'Europe/Berlin' FROM app.acts;
BEGIN;
ALTER TABLE app.acts RENAME TO acts_old;
ALTER TABLE app.acts_new RENAME TO acts;
COMMIT;
INSERT INTO app.acts SELECT 'export', 'acme', 1, '2026-03-02 09:00+00' FROM generate_series(1, 20);
SELECT pls.watch('app.acts', event => 'verb', at => 'happened', account => 'org', actor => 'usr') > 0 AS watched;
SELECT source FROM pls.sources;
SET client_min_messages = warning;
SELECT pls.refresh('trial');
RESET client_min_messages;
SELECT entity_id, score FROM pls.scores WHERE entity_id = 'acme';
-- a new beginning is none, and nothing of the attempt stays
CREATE TABLE app.start (LIKE app.acts_old);
BEGIN;
ALTER TABLE app.acts RENAME TO acts_archive;
ALTER TABLE app.start RENAME TO acts;
COMMIT;
INSERT INTO app.acts SELECT 'acme', n % 3, 'export', '2026-03-02 10:30'::timestamp FROM generate_series(1, 3) n;
SELECT pls.watch('app.acts', event => 'name', at => 'at', account => 'org', actor => 'usr', time_zone => 'Europe/Berlin') > 0 AS watched;
SELECT source, source_id > 0 AS numbered FROM pls.sources ORDER BY source_id;
SET client_min_messages = warning;
SELECT pls.refresh('trial');
RESET client_min_messages;
SELECT entity_id, score FROM pls.scores WHERE entity_id = 'acme';

-- A watched table is attached to another: its rows are counted once
CREATE TABLE app.hits (org text, name text, at timestamptz) PARTITION BY LIST (org);
CREATE TABLE app.hits_rest PARTITION OF app.hits DEFAULT;
CREATE TABLE app.hits_own (name text, org text, at timestamptz);
SELECT pls.watch(t, event => 'name', at => 'at', account => 'org') > 0 AS watched FROM unnest('{app.hits,app.hits_own}'::regclass[]) t;
INSERT INTO app.hits_own SELECT 'export', 'own', '2026-03-01+00' FROM generate_series(1, 3);
ALTER TABLE app.hits ATTACH PARTITION app.hits_own FOR VALUES IN ('own');
INSERT INTO app.hits VALUES ('own', 'export', '2026-03-01+00'), ('rest', 'export', '2026-03-01+00');
INSERT INTO app.hits_own VALUES ('export', 'own', '2026-03-01+00');
SELECT entity_id, score FROM pls.scores WHERE entity_id IN ('own', 'rest') ORDER BY 1;
SET client_min_messages = warning;
SELECT pls.refresh('trial') > 0 AS refreshed;
RESET client_min_messages;
SELECT entity_id, score FROM pls.scores WHERE entity_id IN ('own', 'rest') ORDER BY 1;
SELECT * FROM app.health WHERE "check" LIKE '%hits%';
SELECT * FROM pls.mend_triggers('app.hits');
-- as the hint says
SELECT pls.unwatch('app.hits_own');
SELECT * FROM pls.mend_triggers('app.hits');
SELECT * FROM app.health WHERE "check" LIKE '%hits%';
SET client_min_messages = warning;
SELECT pls.refresh('trial') > 0 AS refreshed;
RESET client_min_messages;
INSERT INTO app.hits VALUES ('own', 'export', '2026-03-01+00');
SELECT entity_id, score FROM pls.scores WHERE entity_id IN ('own', 'rest') ORDER BY 1;

-- A temporary table that inherits is read by nobody else, so it is not watched
CREATE TABLE app.parent (org text, name text, at timestamptz);
CREATE TEMPORARY TABLE child () INHERITS (app.parent);
SELECT pls.watch('app.parent', event => 'name', at => 'at', account => 'org') > 0 AS watched;
INSERT INTO child VALUES ('of a child', 'export', '2026-03-01+00');
SELECT entity_id FROM pls.standings WHERE entity_id = 'of a child';

\set ECHO none
\c :home
DROP DATABASE pls_watch_swap;
