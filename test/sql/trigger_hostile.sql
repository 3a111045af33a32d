-- Values that are made to hurt: too deep, too large, too long.  No INSERT
-- fails because of them, and trigger and rebuild agree that they are not
-- there.
\getenv srcdir PG_ABS_SRCDIR
\set setup :srcdir /small_motion.sql
\set home :DBNAME
\set ECHO none
SET client_min_messages = warning;
DROP DATABASE IF EXISTS pls_trigger_hostile;
CREATE DATABASE pls_trigger_hostile;
\c pls_trigger_hostile
SET client_min_messages = warning;
CREATE EXTENSION pls;
\i :setup
ALTER TABLE app.events ALTER created_at SET DEFAULT pls.now(), ALTER org_id DROP NOT NULL;
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET intervalstyle = 'postgres';
SET pls.now = '2026-03-02 10:00+00';
INSERT INTO pls.signals (motion, signal, category, events, match, measure, within, points)
VALUES ('trial', 'deep', 'depth', '{deep}', 'exists($.** ? (@ == "gold"))', 'count', '14 days', 1),
       ('trial', 'rx', 'depth', '{rx}', '$.s like_regex "^(a|aa)+$"', 'count', '14 days', 1),
       ('trial', 'who', 'depth', '{who}', NULL, 'actors', '14 days', 1);
INSERT INTO pls.signals (motion, signal, category, events, property, measure, within, threshold, points, numeric_strings)
VALUES ('trial', 'num', 'depth', '{num}', 'n', 'sum', '14 days', 5, 1, true);
DELETE FROM pls.backlog;
CREATE VIEW app.seen AS
SELECT s.entity_id, x.signal, x.value
  FROM pls.standings s, pls.explain(s.evidence, pls.now()) x
 WHERE x.value IS NOT NULL AND x.value <> 0 ORDER BY s.entity_id COLLATE "C", x.line;
-- what the events say to the aggregate, which reads them with the same code
CREATE VIEW app.wrong AS
SELECT s.entity_id FROM pls.standings s
 WHERE s.evidence::text IS DISTINCT FROM (
           SELECT pls.evidence('trial', e.name, e.created_at, e.user_id, e.props)::text
             FROM app.events e WHERE e.org_id = s.entity_id);
CREATE FUNCTION app.nested(depth integer) RETURNS jsonb LANGUAGE sql AS $$
    SELECT (repeat('{"a":', depth) || '"gold"' || repeat('}', depth))::jsonb
$$;
\set ECHO all

-- Depth: up to 1000 levels are looked into, the last of which holds the value.
INSERT INTO app.events (org_id, user_id, name, props) SELECT 'deep', 1, 'deep', app.nested(1000);
INSERT INTO app.events (org_id, user_id, name, props) SELECT 'deep', 2, 'deep', app.nested(1001);
INSERT INTO app.events (org_id, user_id, name, props) SELECT 'deep', 3, 'deep', app.nested(6000);
INSERT INTO app.events (org_id, user_id, name, props)
SELECT 'deep', 4, 'deep', (repeat('[', 1001) || '"gold"' || repeat(']', 1001))::jsonb;
-- wide is not deep
INSERT INTO app.events (org_id, user_id, name, props)
SELECT 'wide', 5, 'deep', jsonb_agg(jsonb_build_array(n)) || '"gold"' FROM generate_series(1, 5000) n;
-- Size: a million bytes and no more; compressed or not.
INSERT INTO app.events (org_id, user_id, name, props)
SELECT 'large', 1, 'deep', jsonb_build_object('a', 'gold', 'b', repeat('x', 1000000));
INSERT INTO app.events (org_id, user_id, name, props)
SELECT 'large', 1, 'deep', jsonb_build_object('a', 'gold', 'b', repeat('x', 1100000));
INSERT INTO app.events (org_id, user_id, name, props)
SELECT 'large', 1, 'num', jsonb_build_object('n', 7, 'b', repeat('x', 1100000));
-- Regular expressions.
INSERT INTO app.events (org_id, user_id, name, props)
SELECT 'rx', 1, 'rx', jsonb_build_object('s', repeat('a', 100000) || s) FROM unnest('{"",b}'::text[]) s;
-- Numbers.
INSERT INTO app.events (org_id, user_id, name, props)
SELECT 'num', 1, 'num', jsonb_build_object('n', v)
  FROM unnest(ARRAY[repeat('9', 100000), '1e999999999', '-1e-999999999', '9000000000000000.0001', '.', '-', '+.e',
                    repeat('0', 2000000) || '1', repeat('0', 900000) || '2', 'NaN', 'Infinity', '']) v;
INSERT INTO app.events (org_id, user_id, name, props)
VALUES ('num', 1, 'num', '{"n": 1e131071}'), ('num', 1, 'num', '{"n": 1e-16383}'), ('num', 1, 'num', '{"n": -1e131071}');
-- Names and ids.
INSERT INTO app.events (org_id, user_id, name) SELECT 'name', 1, repeat('n', 2000000);
INSERT INTO app.events (org_id, user_id, name)
VALUES (repeat(chr(1), 1024), 1, 'export'), (repeat('x', 1025), 1, 'export'), ('', 1, 'export'),
       (repeat(U&'\00E9', 512), 1, 'export'), (repeat(U&'\00E9', 513), 1, 'export');
UPDATE app.events SET name = 'export' WHERE org_id = repeat('x', 1025);
SELECT entity_id, signal, value FROM app.seen WHERE length(entity_id) < 20;
SELECT length(entity_id), octet_length(entity_id), score FROM pls.standings WHERE length(entity_id) > 20
 ORDER BY length(entity_id);
SELECT count(*) FROM app.wrong;
SELECT count(*) FROM pls.backlog;
-- the rebuild says the same
CREATE TEMPORARY TABLE before AS SELECT entity_id, evidence::text, score FROM pls.standings;
SET client_min_messages = warning;
SELECT pls.refresh('trial');
RESET client_min_messages;
SELECT count(*) AS differs
  FROM before b FULL JOIN pls.standings s USING (entity_id)
 WHERE b.evidence IS DISTINCT FROM s.evidence::text OR b.score IS DISTINCT FROM s.score;
SELECT entity_id, reason, detail FROM pls.decisions;

-- Ids of accounts that pls.users has from the application.
INSERT INTO pls.users (user_id, account_id)
SELECT '11', string_agg(md5(i::text), '') FROM generate_series(1, 200) i
UNION ALL SELECT '12', '' UNION ALL SELECT '13', repeat('k', 1024);
INSERT INTO app.events (user_id, name) SELECT u, 'export' FROM unnest(ARRAY[11, 12, 13]) u;
SELECT length(entity_id), score FROM pls.standings WHERE entity_id LIKE 'kkk%';
SELECT count(*) FROM pls.standings WHERE entity_id = '' OR octet_length(entity_id) > 1024;
SELECT pls_internal.reevaluate('trial', ''), pls_internal.reevaluate('trial', repeat('x', 2000));
-- an alert and an outcome about a user of such an account
SELECT pls.create_motion('people', unit => 'user') \g /dev/null
INSERT INTO pls.signals (motion, signal, category, events, measure, within, threshold, points)
VALUES ('people', 'exports', 'depth', '{export}', 'count', '14 days', 2, 40);
INSERT INTO pls.signals (motion, signal, category, events, measure, within, points, outcome)
VALUES ('people', 'paid', 'outcome', '{paid}', 'count', '14 days', 0, 'conversion');
INSERT INTO pls.routes (motion, route, position, pool) VALUES ('people', 'all', 10, (SELECT min(pool) FROM pls.pools));
UPDATE pls.motions SET status = 'live', qualify_at = 40, min_signals = 1, objective = 'expansion', grace_period = NULL, min_account_size = NULL, holdout = 0,
       segment = NULL WHERE motion = 'people';
INSERT INTO app.events (user_id, name) SELECT u, n FROM unnest(ARRAY[11, 12, 13]) u, unnest('{export,export,paid}'::text[]) n;
SELECT d.entity_id, d.reason, length(d.account_id) AS account, length(a.account_id) AS of_alert
  FROM pls.decisions d LEFT JOIN pls.alerts a USING (entity_id, alert_id) WHERE d.motion = 'people' ORDER BY d.entity_id;
SELECT entity_id, outcome, length(account_id) AS account FROM pls.outcomes WHERE motion = 'people' ORDER BY entity_id;

\c :home
SET client_min_messages = warning;
DROP DATABASE pls_trigger_hostile;
