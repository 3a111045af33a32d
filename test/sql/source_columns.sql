-- What pls.watch() asks for where a column is of another type than most; how
-- columns that are renamed, dropped and of another type are followed.
\set home :DBNAME
\set ECHO none
SET client_min_messages = warning;
DROP DATABASE IF EXISTS pls_source_columns;
CREATE DATABASE pls_source_columns;
\c pls_source_columns
SET client_min_messages = warning;
CREATE EXTENSION pls;
SET timezone = 'America/New_York';
SET pls.now = '2026-06-02 10:00+00';
CREATE SCHEMA app;
CREATE FUNCTION app.try(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    state text; message text; detail text; hint text; answer text;
BEGIN
    EXECUTE statement INTO answer;
    RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT,
        detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RETURN concat(state, ': ', message, E'\n  detail: ' || NULLIF(detail, ''), E'\n  hint: ' || NULLIF(hint, ''));
END
$$;
CREATE TYPE app.pair AS (a int, b int);
CREATE TABLE app.logins (local timestamp, day date, counted bigint, decimals numeric, flt float8, at timestamptz,
    org text, price money, wait interval, pair app.pair, waits interval[], amount numeric, "my Plan" text, props json);
CREATE FUNCTION app.make_motion(motion text, unit text DEFAULT 'account') RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pls.create_motion(motion, template => 'trial_conversion', unit => unit);
    DELETE FROM pls.signals s WHERE s.motion = make_motion.motion;
    DELETE FROM pls.category_limits c WHERE c.motion = make_motion.motion;
    UPDATE pls.motions m SET status = 'live', segment = NULL, qualify_at = 90, triage_at = NULL, release_at = NULL
     WHERE m.motion = make_motion.motion;
    INSERT INTO pls.signals (motion, signal, category, events, match, measure, property, within, threshold, points)
    VALUES (motion, 'run', 'depth', '{run}', NULL, 'count', NULL, '14 days', 1, 10),
           (motion, 'plan', 'billing', '{run}', '$.plan == "pro"', 'count', NULL, '14 days', 1, 20),
           (motion, 'amount', 'billing', '{run}', NULL, 'sum', 'amount', '14 days', 1, 40);
END
$$;
SELECT app.make_motion('m') \g /dev/null
\pset format unaligned
\pset tuples_only on
\set ECHO all

-- times and events
SELECT app.try($$ SELECT pls.watch('app.logins', at => 'at', account => 'org') $$);
SELECT app.try($$ SELECT pls.watch('app.logins', event_name => 'login', account => 'org') $$);
SELECT app.try($$ SELECT pls.watch('app.logins', event => 'org', event_name => 'login', at => 'at', account => 'org') $$);
SELECT app.try($$ SELECT pls.watch('app.logins', event_name => '', at => 'at', account => 'org') $$);
SELECT app.try($$ SELECT pls.watch('app.logins', event_name => repeat('x', 1025), at => 'at', account => 'org') $$);
SELECT app.try($$ SELECT pls.watch('app.logins', event => 'org', at => 'local', account => 'org', columns => '{amount,my Plan}', level => 'row') $$);
SELECT app.try($$ SELECT pls.watch('app.logins', event_name => 'it''s', at => 'day', account => 'org', motions => '{m}') $$);
SELECT app.try($$ SELECT pls.watch('app.logins', event_name => 'x', at => 'counted', account => 'org') $$);
SELECT app.try($$ SELECT pls.watch('app.logins', event_name => 'x', at => 'decimals', account => 'org', time_zone => 'UTC') $$);
SELECT app.try($$ SELECT pls.watch('app.logins', event_name => 'x', at => 'flt', account => 'org', at_unit => 's') $$);
SELECT app.try($$ SELECT pls.watch('app.logins', event_name => 'x', at => 'at', account => 'org', time_zone => 'UTC') $$);
SELECT app.try($$ SELECT pls.watch('app.logins', event_name => 'x', at => 'at', account => 'org', at_unit => 's') $$);
SELECT app.try($$ SELECT pls.watch('app.logins', event_name => 'x', at => 'local', account => 'org', at_unit => 's', time_zone => 'UTC') $$);
SELECT app.try($$ SELECT pls.watch('app.logins', event_name => 'x', at => 'counted', account => 'org', at_unit => 'min') $$);
SELECT app.try($$ SELECT pls.watch('app.logins', event_name => 'x', at => 'local', account => 'org', time_zone => 'CEST') $$);
SELECT app.try($$ SELECT pls.watch('app.logins', event => 'price', at => 'at', account => 'org') $$);
-- ids whose text is another by datestyle, lc_monetary, search_path ...
ALTER TABLE app.logins ADD key bytea, ADD place regclass, ADD address inet;
SELECT app.try($$ SELECT pls.watch('app.logins', event_name => 'x', at => 'at', account => 'place') $$);
SELECT split_part(app.try(format($$ SELECT pls.watch('app.logins', event_name => 'x', at => 'at', account => %L) $$, a.attname)), E'\n', 1), count(*)
  FROM pg_attribute a WHERE a.attrelid = 'app.logins'::regclass AND a.attname IN ('local', 'day', 'at', 'wait', 'price', 'place') GROUP BY 1;
SELECT app.try($$ SELECT pls.map_accounts('app.logins', account_id => 'day') $$);
SELECT pls.watch('app.logins', event_name => 'x', at => 'at', account => 'address', actor => 'decimals') IS NOT NULL;
SELECT pls.unwatch('app.logins');
ALTER TABLE app.logins DROP key, DROP place, DROP address;
-- columns
SELECT app.try($$ SELECT pls.watch('app.logins', event_name => 'x', at => 'at', account => 'org', columns => '{amount,wait}') $$);
SELECT app.try($$ SELECT pls.watch('app.logins', event_name => 'x', at => 'at', account => 'org', columns => '{price}') $$);
SELECT app.try($$ SELECT pls.watch('app.logins', event_name => 'x', at => 'at', account => 'org', columns => '{pair}') $$);
SELECT app.try($$ SELECT pls.watch('app.logins', event_name => 'x', at => 'at', account => 'org', columns => '{waits}') $$);
SELECT app.try($$ SELECT pls.watch('app.logins', event_name => 'x', at => 'at', account => 'org', columns => '{amount,nothing}') $$);
SELECT app.try($$ SELECT pls.watch('app.logins', event_name => 'x', at => 'at', account => 'org', columns => '{amount,amount}') $$);
SELECT app.try($$ SELECT pls.watch('app.logins', event_name => 'x', at => 'at', account => 'org', columns => '{amount,NULL}') $$);
SELECT count(*) FROM pls.sources;
-- the call of a hint works
SELECT pls.watch('app.logins', event_name => 'it''s', at => 'day', account => 'org', motions => '{m}', time_zone => 'utc') IS NOT NULL;
SELECT event_name, at_column, time_zone, column_numbers, numbers_of = source::oid FROM pls.sources;
SELECT pls.unwatch('app.logins');
-- pls.sources is checked, too
SELECT split_part(app.try($$ INSERT INTO pls.sources (source, event_column, event_name, at_column, account_column) VALUES ('app.logins', 'org', 'x', 'at', 'org') $$), E'\n', 1);
SELECT app.try($$ INSERT INTO pls.sources (source, event_name, at_column, account_column, time_zone) VALUES ('app.logins', 'x', 'at', 'org', 'PST') $$);
SELECT split_part(app.try($$ INSERT INTO pls.sources (source, event_name, at_column, account_column, at_unit) VALUES ('app.logins', 'x', 'at', 'org', 'h') $$), E'\n', 1);

-- times that are none: the row counts for nobody, and no INSERT fails
CREATE TABLE app.odd (n int, at numeric, org text);
SELECT pls.watch('app.odd', event_name => 'run', at => 'at', account => 'org', at_unit => 's') IS NOT NULL;
INSERT INTO app.odd VALUES (1, NULL, 'a'), (2, 'NaN', 'b'), (3, 'Infinity', 'c'), (4, '-Infinity', 'd'), (5, 1e30, 'e'), (6, -1e30, 'f'),
    (7, 9224318015999, 'g'), (8, 1780304400.9999999999, 'h'), (9, -0.0000001, 'i'), (10, 1780304400, 'j'), (11, 1780304400 - 86400 * 20, 'k');
SELECT entity_id, score, last_event_at AT TIME ZONE 'UTC' FROM pls.standings WHERE motion = 'm' ORDER BY entity_id;
CREATE TABLE app.odd_time (at timestamp, org text);
SELECT pls.watch('app.odd_time', event_name => 'run', at => 'at', account => 'org', time_zone => 'America/New_York') IS NOT NULL;
INSERT INTO app.odd_time VALUES (NULL, 'l'), ('infinity', 'm'), ('-infinity', 'n'), ('4714-11-24 BC', 'o'), ('294276-12-31 23:59:59', 'p'),
    ('2025-11-02 01:30', 'q'), ('2026-03-08 02:30', 'r'), ('1800-01-01', 's'), ('9999-12-31', 't');
SELECT s.entity_id, s.last_event_at = date_trunc('second', o.at AT TIME ZONE 'America/New_York') AS as_sql
  FROM pls.standings s JOIN app.odd_time o ON o.org = s.entity_id
 WHERE s.motion = 'm' ORDER BY entity_id;
CREATE TABLE app.odd_day (at date, org text);
SELECT pls.watch('app.odd_day', event_name => 'run', at => 'at', account => 'org', time_zone => 'Europe/Berlin') IS NOT NULL;
INSERT INTO app.odd_day VALUES (NULL, 'u'), ('infinity', 'v'), ('5874897-01-01', 'w'), ('2026-05-28', 'x');
SELECT entity_id, last_event_at AT TIME ZONE 'UTC' FROM pls.standings WHERE motion = 'm' AND entity_id >= 'u' ORDER BY entity_id;
SELECT pls.refresh('m') > 0;
SELECT entity_id, score, last_event_at AT TIME ZONE 'UTC' FROM pls.standings WHERE motion = 'm' ORDER BY entity_id;
DROP TABLE app.odd, app.odd_time, app.odd_day;
DELETE FROM pls.standings;

-- json that jsonb cannot hold is as if it were not there
CREATE TABLE app.documents (at timestamptz, org text, props json, more json, list text[]);
SELECT pls.watch('app.documents', event_name => 'run', at => 'at', account => 'org', properties => 'props', columns => '{more,list}') IS NOT NULL;
INSERT INTO app.documents VALUES
    ('2026-06-01+00', 'zero', '{"plan": "pro", "x": "\u0000"}', NULL, NULL),
    ('2026-06-01+00', 'huge', '{"plan": "pro", "amount": 1e400000}', NULL, NULL),
    ('2026-06-01+00', 'long', ('{"plan": "pro", "x": "' || repeat('x', 2000000) || '"}')::json, NULL, NULL),
    ('2026-06-01+00', 'list', '["pro"]', NULL, NULL),
    ('2026-06-01+00', 'text', '"pro"', NULL, NULL),
    ('2026-06-01+00', 'null', 'null', '{}', '{}'),
    ('2026-06-01+00', 'deep', ('{"plan": "pro", "x": ' || repeat('[', 3000) || repeat(']', 3000) || '}')::json, NULL, NULL),
    ('2026-06-01+00', 'twice', '{"plan": "free", "plan": "pro", "amount": 2}', '{"a": {"b": [1, 2]}}', '{{a,b},{c,NULL}}'),
    ('2026-06-01+00', 'zero in a column', '{"plan": "pro"}', '"\u0000"', '{a}');
SELECT entity_id, score FROM pls.standings WHERE motion = 'm' ORDER BY entity_id;
SELECT pls.refresh('m') > 0;
SELECT entity_id, score FROM pls.standings WHERE motion = 'm' ORDER BY entity_id;
DROP TABLE app.documents;

-- nor does an INSERT fail whose columns have more than a document can hold
SELECT format('CREATE TABLE app.wide (at timestamptz, org text, amount int, a bool[], %s)', string_agg('c' || i || ' json', ', ')) FROM generate_series(1, 40) AS i \gexec
SELECT pls.watch('app.wide', event_name => 'run', at => 'at', account => 'org', columns => '{amount,a}' || ARRAY(SELECT 'c' || i FROM generate_series(1, 40) AS i)) IS NOT NULL;
INSERT INTO app.wide SELECT '2026-06-01+00', 'wide', 3, NULL, c, c, c, c, c, c, c, c, c, c, c, c, c, c, c, c, c, c, c, c, c, c, c, c, c, c, c, c, c, c, c, c, c, c, c, c
  FROM (SELECT ('[1' || repeat(',1', 500000) || ']')::json AS c) AS j;
-- an element of an array can take less than a bit
INSERT INTO app.wide (at, org, amount, a) VALUES ('2026-06-01+00', 'many', 3, array_fill(NULL::bool, '{8000000}')),
    ('2026-06-01+00', 'flat', 3, array_fill(NULL::bool, '{200000,1,1,1,1,1}')), ('2026-06-01+00', 'some', 3, array_fill(true, '{1000,2,3}'));
SELECT entity_id, score FROM pls.standings WHERE motion = 'm' AND entity_id ~ '^(wide|many|flat|some)$' ORDER BY entity_id;
SELECT pls.refresh('m') > 0;
SELECT entity_id, score FROM pls.standings WHERE motion = 'm' AND entity_id ~ '^(wide|many|flat|some)$' ORDER BY entity_id;
DROP TABLE app.wide;
DELETE FROM pls.standings;

-- an id has one text, whichever table it comes from
INSERT INTO pls.signals (motion, signal, category, match, measure, points) VALUES ('m', 'large', 'fit', '$.employees >= 20', 'attribute', 5);
CREATE TABLE app.orgs (id char(8), facts json);
INSERT INTO app.orgs VALUES ('ACME', '{"employees": 50}');
CREATE TABLE app.people (id char(6), org name, mail char(30));
INSERT INTO app.people VALUES ('u1', 'bigco', NULL), ('u2', NULL, 'u2@mail.example');
SELECT pls.map_accounts('app.orgs', account_id => 'id', attributes => 'facts'), pls.map_users('app.people', user_id => 'id', account => 'org', email => 'mail');
CREATE TABLE app.padded (name char(9), at timestamptz, org char(8), uid char(6), mail char(30));
SELECT pls.watch('app.padded', event => 'name', at => 'at', account => 'org', actor => 'uid', email => 'mail') IS NOT NULL;
INSERT INTO app.padded VALUES ('run', '2026-06-01+00', 'ACME', 'x', NULL), ('run', '2026-06-01+00', NULL, 'u1', NULL),
    ('run', '2026-06-01+00', NULL, 'u2', NULL), ('run', '2026-06-01+00', '', 'u3', 'u3@padded.example'), ('run', '2026-06-01+00', '', NULL, '');
SELECT '[' || entity_id || ']', score FROM pls.standings ORDER BY entity_id;
DELETE FROM pls.standings;
SELECT pls.refresh('m');
SELECT '[' || entity_id || ']', score FROM pls.standings ORDER BY entity_id;
-- excluded by id, as the id is known
INSERT INTO pls.exclusions (name, scope, ids, reason) VALUES ('x', 'actor', '{u1}', 'ours');
CALL pls.sweep_all();
SELECT '[' || entity_id || ']', score FROM pls.standings ORDER BY entity_id;
DELETE FROM pls.exclusions;
DELETE FROM pls.signals WHERE signal = 'large';
DROP TABLE app.padded;
DELETE FROM pls.standings;

-- renamed columns: nothing to do
CREATE TABLE app.events (gone int, n serial, name text, at timestamptz, org text, plan text, amount int, other text);
ALTER TABLE app.events DROP COLUMN gone;
SELECT pls.watch('app.events', event => 'name', at => 'at', account => 'org', columns => '{plan,amount}') IS NOT NULL;
INSERT INTO app.events (name, at, org, plan, amount) VALUES ('run', '2026-06-01+00', 'before', 'pro', 5);
ALTER TABLE app.events RENAME name TO event_name;
ALTER TABLE app.events RENAME at TO created_at;
ALTER TABLE app.events RENAME other TO name;
ALTER TABLE app.events RENAME org TO "Org Id";
ALTER TABLE app.events RENAME plan TO tier;
INSERT INTO app.events (event_name, created_at, "Org Id", tier, amount) VALUES ('run', '2026-06-01+00', 'after', 'pro', 5);
SELECT entity_id, score FROM pls.standings ORDER BY entity_id;
SELECT status, value FROM pls.health WHERE "check" = 'source app.events';
DELETE FROM pls.standings;
SELECT pls.refresh('m');
SELECT entity_id, score FROM pls.standings ORDER BY entity_id;
SELECT sources.event_column FROM pls.sources;
CALL pls.sweep_all();
SELECT event_column, at_column, account_column, property_columns, property_names, column_numbers FROM pls.sources;
UPDATE app.events SET event_name = 'walk' WHERE "Org Id" = 'before';
CALL pls.sweep_all();
SELECT entity_id, score FROM pls.standings ORDER BY entity_id;
-- a swap of two names
ALTER TABLE app.events RENAME event_name TO swapped;
ALTER TABLE app.events RENAME tier TO event_name;
ALTER TABLE app.events RENAME swapped TO tier;
INSERT INTO app.events (tier, created_at, "Org Id", event_name, amount) VALUES ('run', '2026-06-01+00', 'swapped', 'pro', 5);
CALL pls.sweep_all();
SELECT entity_id, score FROM pls.standings ORDER BY entity_id;
SELECT event_column, at_column, account_column, property_columns, property_names, column_numbers FROM pls.sources;
-- numbers of another table, as a restore without triggers brings them
ALTER TABLE pls.sources DISABLE TRIGGER check_source;
UPDATE pls.sources SET numbers_of = 1, column_numbers = '{3,3,3,3,3,3,3}';
ALTER TABLE pls.sources ENABLE TRIGGER check_source;
INSERT INTO app.events (tier, created_at, "Org Id", event_name, amount) VALUES ('run', '2026-06-01+00', 'restored', 'pro', 5);
SELECT entity_id, score FROM pls.standings WHERE entity_id = 'restored';
CALL pls.sweep_all();
SELECT column_numbers, numbers_of = source::oid FROM pls.sources;
-- one that is dropped: no INSERT fails, and everything that reads says so
ALTER TABLE app.events DROP COLUMN "Org Id";
INSERT INTO app.events (tier, created_at) VALUES ('run', '2026-06-01+00');
SELECT status, value, hint FROM pls.health WHERE "check" = 'source app.events';
\set VERBOSITY default
SELECT pls.refresh('m');
SELECT pls.refresh('m', 'after');
-- and made again
ALTER TABLE app.events ADD COLUMN "Org Id" text DEFAULT 'again';
INSERT INTO app.events (tier, created_at) VALUES ('run', '2026-06-01+00');
SELECT status, value FROM pls.health WHERE "check" = 'source app.events';
SELECT entity_id, score FROM pls.standings WHERE entity_id = 'again';
CALL pls.sweep_all();
SELECT column_numbers FROM pls.sources;
SELECT entity_id, score FROM pls.standings ORDER BY entity_id;
-- one of another type
ALTER TABLE app.events ALTER created_at TYPE timestamp;
INSERT INTO app.events (tier, created_at) VALUES ('run', '2026-06-01');
SELECT status, value FROM pls.health WHERE "check" = 'source app.events';
SELECT pls.refresh('m');
UPDATE pls.sources SET time_zone = 'America/New_York';
SELECT status, value FROM pls.health WHERE "check" = 'source app.events';
SELECT pls.refresh('m');
ALTER TABLE app.events ALTER created_at TYPE timestamptz;
SELECT status, value FROM pls.health WHERE "check" = 'source app.events';
SELECT pls.refresh('m');
ALTER TABLE app.events ALTER amount TYPE interval USING make_interval(days => amount);
SELECT status, value FROM pls.health WHERE "check" = 'source app.events';
-- values of a column that is another one, or of another type, by now: the next
-- sweep reads all rows again; an id is of a type that pls.watch() takes
CREATE TABLE app.moved (name text, at timestamptz, org text, blob bytea, ratio float8);
SELECT pls.watch('app.moved', event => 'name', at => 'at', account => 'org') IS NOT NULL AS watched;
INSERT INTO app.moved VALUES ('run', '2026-06-01+00', 'here', '\x6100ff', 0.1::float8 + 0.2::float8);
CALL pls.sweep_all();
ALTER TABLE app.moved DROP COLUMN org;
ALTER TABLE app.moved ADD COLUMN org text DEFAULT 'there';
CALL pls.sweep_all();
SELECT entity_id, score FROM pls.scores WHERE entity_id ~ 'here' ORDER BY 1;
ALTER TABLE app.moved ALTER org TYPE varchar(20) USING 'not ' || org;
CALL pls.sweep_all();
SELECT entity_id, score FROM pls.scores WHERE entity_id ~ 'here' ORDER BY 1;
ALTER TABLE app.moved ALTER org DROP DEFAULT, ALTER org TYPE text[] USING ARRAY[org];
SELECT status, value FROM pls.health WHERE "check" = 'source app.moved';
-- an id has one text, whatever a session has set
SELECT pls.unwatch('app.moved');
SELECT app.try($$ SELECT pls.watch('app.moved', event => 'name', at => 'at', account => 'at') $$);
SELECT pls.watch('app.moved', event => 'name', at => 'at', account => 'blob', actor => 'ratio') IS NOT NULL AS watched;
SET bytea_output = 'escape';
SET extra_float_digits = -3;
INSERT INTO app.moved (name, at, blob, ratio) SELECT name, at, blob, ratio FROM app.moved;
RESET bytea_output;
RESET extra_float_digits;
INSERT INTO app.moved (name, at, blob, ratio) SELECT name, at, blob, ratio FROM app.moved LIMIT 1;
SELECT entity_id FROM pls.standings WHERE entity_id ~ '6100ff|a.000';

-- In a database that knows no encoding, json may hold characters that jsonb
-- cannot: it is as if it were not there, and no INSERT fails.
\set ECHO none
\c :home
SET client_min_messages = warning;
DROP DATABASE pls_source_columns;
DROP DATABASE IF EXISTS pls_source_ascii;
CREATE DATABASE pls_source_ascii ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0;
\c pls_source_ascii
SET client_min_messages = warning;
CREATE EXTENSION pls;
SELECT pls.create_motion('m', template => 'trial_conversion') \g /dev/null
DELETE FROM pls.signals;
UPDATE pls.motions SET status = 'live', segment = NULL;
INSERT INTO pls.signals (motion, signal, category, events, match, measure, within, threshold, points)
VALUES ('m', 'run', 'depth', '{run}', '$.plan == "pro"', 'count', '14 days', 1, 10);
\set ECHO all
CREATE TABLE events (at timestamptz DEFAULT now(), org text, more text, props json);
SELECT pls.watch('events', event_name => 'run', at => 'at', account => 'org', properties => 'props', columns => '{more}') > 0 AS watched;
INSERT INTO events (org, props) VALUES ('euro', '{"plan": "pro", "x": "\u20ac"}'), ('plain', '{"plan": "pro", "x": "\u0041"}');
INSERT INTO events (org, more, props) VALUES ('bytes', E'\xff\xc3', '{"plan": "pro"}');
SELECT entity_id, score FROM pls.standings ORDER BY entity_id COLLATE "C";
SELECT pls.refresh('m') > 0 AS refreshed;
SELECT entity_id, score FROM pls.standings ORDER BY entity_id COLLATE "C";
\set ECHO none
\c :home
DROP DATABASE pls_source_ascii;
