-- Users that are mapped, moved or erased later: the sweep counts their
-- earlier events for the accounts that they belong to now.
\getenv srcdir PG_ABS_SRCDIR
\set setup :srcdir /small_motion.sql
\set ECHO none
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
BEGIN;
\i :setup
\set ECHO all
-- events here name no account: it is found through the user
SELECT pls.unwatch('app.events');
CREATE TABLE app.acts (at timestamptz NOT NULL DEFAULT pls.now(), who bigint, name text NOT NULL, org text);
SELECT pls.watch('app.acts', event => 'name', at => 'at', account => 'org', actor => 'who') > 0 AS watched;
RESET client_min_messages;
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET intervalstyle = 'postgres';
SET pls.now = '2026-03-02 10:00+00';

-- What is known, and whether it is what the events say.
CREATE VIEW app.state AS
SELECT s.entity_id, s.score, s.lane, s.reason,
       s.evidence::text IS NOT DISTINCT FROM (
           SELECT coalesce(pls.evidence(s.motion, e.name, e.at, e.who, NULL),
                           (SELECT pls.evidence('trial', NULL, 'infinity', NULL::bigint, NULL)))::text
           FROM app.acts AS e LEFT JOIN pls.users AS u ON u.user_id = e.who::text
           WHERE coalesce(e.org, u.account_id, pls.company_domain(u.email)) = s.entity_id) AS as_rebuilt
FROM pls.standings AS s;
CREATE VIEW app.noted AS
SELECT id AS user_id, array_to_string(ARRAY(SELECT unnest(accounts) ORDER BY 1), ' ') AS accounts
FROM pls_internal.identity_changes;

-- A user that is known later: nobody's events become an account's.
INSERT INTO app.acts (who, name) VALUES (1, 'export'), (1, 'export'), (1, 'export'), (2, 'invite'), (3, 'export');
SELECT * FROM app.state;
INSERT INTO pls.users (user_id, account_id, email) VALUES ('1', 'acme', NULL), ('2', NULL, 'jo@acme.com'), ('3', NULL, 'jo@gmail.com'), ('4', NULL, NULL), ('5', 'none', NULL);
SELECT * FROM app.noted ORDER BY user_id;
SELECT refreshed FROM pls.sweep();
SELECT * FROM app.state ORDER BY entity_id;
SELECT count(*) FROM pls_internal.identity_changes;

-- One that is moved takes the events along, and the alert is raised where
-- they add up; then away again.
UPDATE pls.users SET account_id = 'acme' WHERE user_id = '2';
SELECT * FROM app.noted ORDER BY user_id;
SELECT refreshed FROM pls.sweep();
SELECT * FROM app.state ORDER BY entity_id;
UPDATE pls.users SET user_id = user_id, account_id = 'other' WHERE user_id = '1';
SELECT refreshed FROM pls.sweep();
SELECT * FROM app.state ORDER BY entity_id;

-- Changes that move nobody are not noted.
UPDATE pls.users SET account_id = account_id, email = email, attributes = '{"role": "admin"}', updated_at = now();
UPDATE pls.users SET email = 'other.person@acme.com' WHERE user_id = '1';
UPDATE pls.users SET email = NULL WHERE user_id = '4';
SELECT pls.map_users('pls.users', 'user_id', account => 'account_id', email => 'email');
SELECT count(*) FROM pls_internal.identity_changes;

-- The address alone, the id, a user that goes, all users that go.
UPDATE pls.users SET email = 'jo@globex.com' WHERE user_id = '3';
SELECT * FROM app.noted ORDER BY user_id;
SELECT refreshed FROM pls.sweep();
UPDATE pls.users SET user_id = '33' WHERE user_id = '3';
SELECT * FROM app.noted ORDER BY user_id;
SELECT refreshed FROM pls.sweep();
DELETE FROM pls.users WHERE user_id = '2';
SELECT refreshed FROM pls.sweep();
SELECT * FROM app.state ORDER BY entity_id;
TRUNCATE pls.users;
SELECT * FROM app.noted;
SELECT refreshed >= 0 AS swept FROM pls.sweep();
SELECT * FROM app.state ORDER BY entity_id;
SELECT count(*) FROM pls_internal.identity_changes;

-- Events with an account of their own stay with it.
INSERT INTO app.acts (who, name, org) VALUES (6, 'export', 'fixed');
INSERT INTO pls.users (user_id, account_id) VALUES ('6', 'acme');
SELECT refreshed FROM pls.sweep();
SELECT * FROM app.state WHERE entity_id IN ('fixed', 'acme') ORDER BY entity_id;

-- A great many at once are noted as everybody, in one row.
INSERT INTO pls.users (user_id, account_id) SELECT g, 'bulk' FROM generate_series(1000, 11000) AS g;
SELECT * FROM app.noted;
SELECT refreshed >= 0 AS swept FROM pls.sweep();
SELECT count(*) FROM pls_internal.identity_changes;
UPDATE pls.users SET updated_at = now();
SELECT count(*) FROM pls_internal.identity_changes;

-- A change is undone with its transaction.
SAVEPOINT s;
UPDATE pls.users SET account_id = 'elsewhere' WHERE user_id = '6';
SELECT * FROM app.noted;
ROLLBACK TO s;
SELECT count(*) FROM pls_internal.identity_changes;

-- Where a domain is excluded, its people's events count no more, also those
-- with an account of their own.
INSERT INTO pls.exclusions (name, motion, scope, domains, reason)
VALUES ('our own', 'trial', 'actor', '{corp.example}', 'works here');
SELECT refreshed >= 0 AS swept FROM pls.sweep();
SELECT entity_id, score, x.value FROM pls.standings, pls.explain(evidence) AS x
WHERE entity_id = 'fixed' AND signal = 'exports';
UPDATE pls.users SET email = 'me@corp.example' WHERE user_id = '6';
SELECT * FROM app.noted;
SELECT refreshed FROM pls.sweep();
SELECT entity_id, x.value FROM pls.standings, pls.explain(evidence) AS x
WHERE entity_id = 'fixed' AND signal = 'exports';
SELECT count(*) AS marks FROM pls.backlog WHERE entity_id = '' \gset
UPDATE pls.exclusions SET reason = 'one of us' WHERE name = 'our own';
INSERT INTO pls.exclusions (name, scope, match, reason) VALUES ('not alerted', 'entity', '$.test == true', 'test');
UPDATE pls.exclusions SET enabled = false WHERE name = 'not alerted';
SELECT count(*) - :marks AS more_marks FROM pls.backlog WHERE entity_id = '';
UPDATE pls.exclusions SET match = '$.bot == true' WHERE name = 'our own';
SELECT count(*) - :marks AS more_marks FROM pls.backlog WHERE entity_id = '';
DELETE FROM pls.exclusions WHERE name = 'our own';
SELECT count(*) - :marks AS more_marks FROM pls.backlog WHERE entity_id = '';
SELECT refreshed >= 0 AS swept FROM pls.sweep();
SELECT entity_id, x.value FROM pls.standings, pls.explain(evidence) AS x
WHERE entity_id = 'fixed' AND signal = 'exports';

-- Attributes of accounts are read as they are now: the sweep notices what
-- they change.
INSERT INTO pls.signals (motion, signal, category, measure, match, op, threshold, points, why)
VALUES ('trial', 'large', 'fit', 'attribute', '$.seats > 50', '>=', 1, 60, 'is large');
INSERT INTO app.acts (who, name, org) VALUES (7, 'invite', 'grows');
SELECT entity_id, score, lane, reason FROM pls.standings WHERE entity_id = 'grows';
INSERT INTO pls.accounts (account_id, attributes) VALUES ('grows', '{"seats": 60}');
SELECT settled > 0 AS settled FROM pls.sweep();
SELECT entity_id, score, lane, reason FROM pls.standings WHERE entity_id = 'grows';
UPDATE pls.accounts SET attributes = '{"seats": 6}' WHERE account_id = 'grows';
SELECT settled > 0 AS settled FROM pls.sweep();
SELECT entity_id, score, lane, reason FROM pls.standings WHERE entity_id = 'grows';
UPDATE pls.motions SET segment = '$.region == "EU"' WHERE motion = 'trial';
UPDATE pls.accounts SET attributes = '{"seats": 70}' WHERE account_id = 'grows';
SELECT pls.dispose(alert_id, 'disqualified: bad signal', 'test') IS NOT NULL AS disposed FROM pls.alerts WHERE entity_id = 'grows' AND status = 'open';
UPDATE pls.standings SET cooldown_until = NULL WHERE entity_id = 'grows';
SELECT settled > 0 AS settled FROM pls.sweep();
SELECT entity_id, score, lane, reason FROM pls.standings WHERE entity_id = 'grows';
UPDATE pls.accounts SET attributes = '{"seats": 70, "region": "EU"}' WHERE account_id = 'grows';
SELECT settled > 0 AS settled FROM pls.sweep();
SELECT entity_id, score, lane, reason FROM pls.standings WHERE entity_id = 'grows';

-- Without a source that has an actor nothing is noted; a source that cannot
-- be read is left alone.
ALTER TABLE app.acts DROP COLUMN org CASCADE;
UPDATE pls.users SET account_id = 'elsewhere' WHERE user_id = '6';
SELECT pls_internal.mark_moved() AS marked;
SELECT count(*) FROM pls_internal.identity_changes;
SELECT pls.unwatch('app.acts');
UPDATE pls.users SET account_id = 'acme' WHERE user_id = '6';
SELECT count(*) FROM pls_internal.identity_changes;
ROLLBACK;

-- Actor columns of every kind are found, with an index and without.
BEGIN;
CREATE SCHEMA kinds;
CREATE DOMAIN kinds.user_number AS bigint;
CREATE TYPE kinds.mood AS ENUM ('glad', 'sad');
CREATE TABLE kinds.events (name text, at timestamptz, a text, b varchar(20), c bigint, d integer, e smallint, f uuid, g numeric,
                           h kinds.user_number, i kinds.mood, j char(5));
INSERT INTO kinds.events VALUES
    ('x', '2026-03-01', 'u 1', 'u 1', 12, 12, 12, '00000000-0000-0000-0000-00000000000a', 12.50, 12, 'sad', 'u 1'),
    ('x', '2026-03-01', 'u', 'u', 1, 1, 1, '00000000-0000-0000-0000-00000000000b', 1.5, 1, 'glad', 'u');
CREATE TABLE kinds.found (kind name, indexed boolean, users text);
SET LOCAL client_min_messages = warning;
DO $$
DECLARE
    kind name;
    source integer;
    asked CONSTANT text[] := ARRAY['u 1', '12', '12.50', '00000000-0000-0000-0000-00000000000a', 'sad', '012', ' 12',
                                   '00000000-0000-0000-0000-00000000000A', '99999999999999999999', '9999999999999999999', 'x'];
BEGIN
    FOR kind IN SELECT attname FROM pg_attribute WHERE attrelid = 'kinds.events'::regclass AND attnum > 2 ORDER BY attnum LOOP
        source := pls.watch('kinds.events', event => 'name', at => 'at', actor => kind);
        INSERT INTO kinds.found SELECT kind, false, string_agg(u.user_id, ',') FROM pls_internal.events_of_users(source, asked) u;
        EXECUTE format('CREATE INDEX ON kinds.events (%I)', kind);
        INSERT INTO kinds.found SELECT kind, true, string_agg(u.user_id, ',') FROM pls_internal.events_of_users(source, asked) u;
        PERFORM pls.unwatch('kinds.events');
    END LOOP;
END
$$;
SELECT kind, users, count(*) AS times FROM kinds.found GROUP BY kind, users ORDER BY kind;
ROLLBACK;
