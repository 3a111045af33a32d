-- What the mapped columns of a watched table may hold, of which types, and
-- what becomes of them: an INSERT succeeds whatever its rows say.
\getenv srcdir PG_ABS_SRCDIR
\set setup :srcdir /small_motion.sql
\set home :DBNAME
\set ECHO none
SET client_min_messages = warning;
DROP DATABASE IF EXISTS pls_trigger_values;
CREATE DATABASE pls_trigger_values;
\c pls_trigger_values
SET client_min_messages = warning;
CREATE EXTENSION pls;
\i :setup
ALTER TABLE app.events ALTER created_at SET DEFAULT pls.now();
RESET client_min_messages;
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET intervalstyle = 'postgres';
SET pls.now = '2026-03-02 10:00+00';
ALTER TABLE app.events ALTER org_id DROP NOT NULL, ALTER name DROP NOT NULL,
    ALTER created_at DROP NOT NULL;
INSERT INTO pls.signals (motion, signal, category, events, measure, property, numeric_strings, within, threshold, points)
VALUES ('trial', 'spend', 'billing', '{pay}', 'sum', 'amount', false, '30 days', 10, 1),
       ('trial', 'texts', 'billing', '{pay}', 'max', 'amount', true, '30 days', 10, 1),
       ('trial', 'newest', 'admin', '{pay}', 'last', 'amount', true, NULL, 10, 1);
INSERT INTO pls.signals (motion, signal, category, events, match, measure, within, threshold, points)
VALUES ('trial', 'pro', 'billing', '{pay}', '$.plan == "pro"', 'count', '30 days', 1, 1);
CREATE VIEW app.values_seen AS
SELECT s.entity_id, x.signal, x.value, x.met
  FROM pls.standings s, pls.explain(s.evidence, pls.now()) x
 WHERE x.value IS NOT NULL AND x.value <> 0 AND s.motion = 'trial';
\set ECHO all

-- NULLs, infinite instants, ids that name nobody
INSERT INTO app.events (org_id, user_id, name, created_at) VALUES
    (NULL, 1, 'export', pls.now()), ('', 1, 'export', pls.now()),
    ('nameless', 1, NULL, pls.now()), ('timeless', 1, 'export', NULL),
    ('before', 1, 'export', '-infinity'), ('after', 1, 'export', 'infinity'),
    (repeat('x', 1025), 1, 'export', pls.now()), (repeat('é', 513), 1, 'export', pls.now());
SELECT left(entity_id, 10), score FROM pls.standings;
SELECT count(*) FROM pls.backlog;
-- just short enough, blanks, signs, any letters; as old and as new as they come
INSERT INTO app.events (org_id, user_id, name) VALUES
    (repeat('y', 1024), 1, 'export'), (' ', 1, 'export'), ('a''b"c\d%e_f', 1, 'export'),
    ('Zürich 東京 🚀', NULL, 'export');
INSERT INTO app.events (org_id, user_id, name, created_at) VALUES
    ('ancient', 1, 'export', '4714-11-24 00:00+00 BC'), ('modern', 1, 'export', '294276-12-31 23:59:59.999999+00');
SELECT left(entity_id, 16) AS entity_id, octet_length(entity_id), score, last_event_at
  FROM pls.standings ORDER BY entity_id COLLATE "C";
SELECT entity_id, not_before FROM pls.backlog ORDER BY entity_id;

-- Properties that are no object, or hold no number
INSERT INTO app.events (org_id, name, props) VALUES
    ('odd', 'pay', NULL), ('odd', 'pay', 'null'), ('odd', 'pay', '[{"amount": 5, "plan": "pro"}]'),
    ('odd', 'pay', '"amount"'), ('odd', 'pay', '7'), ('odd', 'pay', 'true'), ('odd', 'pay', '{}'),
    ('odd', 'pay', '{"amount": null}'), ('odd', 'pay', '{"amount": {"x": 1}}'), ('odd', 'pay', '{"amount": [1]}'),
    ('odd', 'pay', '{"amount": true}'), ('odd', 'pay', '{"amount": ""}'), ('odd', 'pay', '{"amount": "ten"}'),
    ('odd', 'pay', '{"amount": "NaN"}'), ('odd', 'pay', '{"amount": "Infinity"}'), ('odd', 'pay', '{"amount": "1e400000"}'),
    ('odd', 'pay', '{"amount": 9000000000000001}'), ('odd', 'pay', '{"amount": -1e300}'),
    ('odd', 'pay', '{"plan": {"pro": true}}'), ('odd', 'pay', '{"plan": 1}');
INSERT INTO app.events (org_id, name, props)
SELECT 'odd', 'pay', ('{"amount": 1' || repeat('0', 100000) || '}')::jsonb;
SELECT * FROM app.values_seen WHERE entity_id = 'odd' ORDER BY 2;
-- numbers at the limits, numeric strings for the signals that ask for them
INSERT INTO app.events (org_id, name, props) VALUES
    ('num', 'pay', '{"amount": 9000000000000000}'), ('num', 'pay', '{"amount": 9e15}'),
    ('num', 'pay', '{"amount": 0.0005}'), ('num', 'pay', '{"amount": -0.0004999}'),
    ('num', 'pay', '{"amount": "12.5", "plan": "pro"}'), ('num', 'pay', '{"amount": " 3 "}');
SELECT * FROM app.values_seen WHERE entity_id = 'num' ORDER BY 2;

-- Entities and actors of other types; several sources; mapped columns behind
-- dropped ones; generated columns
CREATE DOMAIN app.org AS bigint CHECK (VALUE > 0);
CREATE DOMAIN app.happening AS varchar(20);
CREATE TYPE app.team AS ENUM ('red', 'blue');
CREATE TABLE app.numbers (gone int, at timestamptz, gone_too text, org app.org, usr integer, name app.happening);
ALTER TABLE app.numbers DROP COLUMN gone, DROP COLUMN gone_too;
CREATE TABLE app.uuids (org uuid, usr uuid, name varchar, at timestamptz);
CREATE TABLE app.chars (org char(6), usr varchar(9), name varchar(9), at timestamptz);
CREATE TABLE app.enums (org app.team, usr app.team, kind text, verb text,
    name text GENERATED ALWAYS AS (kind || verb) STORED, at timestamptz);
SELECT count(pls.watch(('app.' || t)::regclass, event => 'name', at => 'at', account => 'org', actor => 'usr'))
  FROM unnest(ARRAY['numbers', 'uuids', 'chars', 'enums']) AS t;
INSERT INTO app.numbers VALUES (pls.now(), 42, 7, 'invite'), (pls.now(), 42, -7, 'invite'), (pls.now(), 42, 7, 'invite');
INSERT INTO app.uuids VALUES ('00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-00000000000a', 'invite', pls.now()),
    ('00000000-0000-0000-0000-000000000001', NULL, 'invite', pls.now());
INSERT INTO app.chars VALUES ('ab', 'u1', 'invite', pls.now()), ('ab', 'u2', 'invite', pls.now());
INSERT INTO app.enums VALUES ('red', 'blue', 'in', 'vite', DEFAULT, pls.now());
SELECT entity_id, signal, value FROM app.values_seen WHERE signal = 'inviters' ORDER BY entity_id COLLATE "C";
-- bigint and text actors are distinguished as the aggregate does
SELECT (SELECT evidence::text FROM pls.standings WHERE entity_id = '42')
     = (SELECT pls.evidence('trial', name, at, usr, NULL)::text FROM app.numbers) AS as_aggregate,
       (SELECT evidence::text FROM pls.standings WHERE entity_id = '00000000-0000-0000-0000-000000000001')
     = (SELECT pls.evidence('trial', name, at, usr, NULL)::text FROM app.uuids) AS as_aggregate,
       (SELECT evidence::text FROM pls.standings WHERE entity_id = 'red')
     = (SELECT pls.evidence('trial', name, at, usr, NULL)::text FROM app.enums) AS as_aggregate;

-- Several motions on one source, of both units; a source that is for one only
INSERT INTO pls.motions (motion, unit, status, qualify_at, min_signals) VALUES ('people', 'user', 'draft', 5, 1);
INSERT INTO pls.routes (motion, position, route, pool, respond_within, resolve_within)
SELECT 'people', 100, 'rest', min(pool), '2 hours', '3 days' FROM pls.pools;
INSERT INTO pls.signals (motion, signal, category, events, measure, within, threshold, points)
VALUES ('people', 'exporter', 'depth', '{export}', 'count', '14 days', 2, 5);
UPDATE pls.motions SET status = 'live' WHERE motion = 'people';
CREATE TABLE app.few (org text, usr text, name text, at timestamptz);
SELECT pls.watch('app.few', event => 'name', at => 'at', account => 'org', actor => 'usr', motions => '{people}') IS NOT NULL AS watched;
INSERT INTO app.events (org_id, user_id, name) VALUES ('both', 77, 'export'), ('both', 77, 'export'), ('both', NULL, 'export');
INSERT INTO app.few VALUES ('few', 'eve', 'export', pls.now()), (NULL, 'eve', 'export', pls.now()), ('few', '', 'export', pls.now());
SELECT motion, entity_id, score, lane, reason FROM pls.standings
 WHERE entity_id IN ('both', '77', 'few', 'eve') ORDER BY motion, entity_id;
SELECT motion, unit, entity_id, account_id, reason FROM pls.decisions ORDER BY decision_id;

-- A mapped column that is renamed is still read.  One that is dropped or of
-- another type now: the INSERT succeeds, nothing is observed, and the log says
-- why.
SET client_min_messages = log;
ALTER TABLE app.few RENAME COLUMN at TO happened;
INSERT INTO app.few VALUES ('renamed', 'rob', 'export', pls.now());
ALTER TABLE app.few RENAME COLUMN happened TO at;
INSERT INTO app.few VALUES ('renamed', 'rob', 'export', pls.now());
ALTER TABLE app.few ALTER name TYPE json USING to_json(name);
INSERT INTO app.few VALUES ('retyped', 'tim', '"export"', pls.now());
ALTER TABLE app.few DROP COLUMN org;
INSERT INTO app.few VALUES ('dan', '"export"', pls.now());
DELETE FROM pls.sources WHERE source = 'app.few'::regclass;
INSERT INTO app.few VALUES ('dan', '"export"', pls.now());
RESET client_min_messages;
SELECT entity_id, score FROM pls.standings WHERE entity_id IN ('rob', 'tim', 'dan') ORDER BY entity_id;

\set ECHO none
\c :home
SET client_min_messages = warning;
DROP DATABASE pls_trigger_values;
