-- The compiled model follows its rows: at once in the transaction that
-- changes them, back again when that is rolled back, for every kind of row.
\getenv srcdir PG_ABS_SRCDIR
\set setup :srcdir /small_motion.sql
\set home :DBNAME
\set ECHO none
SET client_min_messages = warning;
DROP DATABASE IF EXISTS pls_trigger_models;
CREATE DATABASE pls_trigger_models;
\c pls_trigger_models
SET client_min_messages = warning;
CREATE EXTENSION pls;
\i :setup
ALTER TABLE app.events ALTER created_at SET DEFAULT pls.now();
RESET client_min_messages;
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET intervalstyle = 'postgres';
SET pls.now = '2026-03-02 10:00+00';
-- The next event of an entity, and what its standing then says.
CREATE FUNCTION app.tick(org text, event text DEFAULT 'invite', usr bigint DEFAULT 1, props jsonb DEFAULT NULL,
                         OUT score numeric, OUT lane text, OUT stale boolean, OUT reason text)
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO app.events (org_id, user_id, name, props) VALUES (org, usr, event, props);
    SELECT s.score, s.lane, s.stale, s.reason INTO score, lane, stale, reason
      FROM pls.standings s WHERE s.entity_id = org AND s.motion = 'trial';
END
$$;
INSERT INTO app.events (org_id, user_id, name, props)
SELECT o, 1, n, '{"plan": "pro"}'
  FROM unnest('{acme,beta,gamma}'::text[]) AS o, unnest('{export,export}'::text[]) AS n;
\set ECHO all

SELECT * FROM app.tick('acme');
-- points
UPDATE pls.signals SET points = 35 WHERE signal = 'inviters';
SELECT * FROM app.tick('acme');
-- in a transaction, rolled back; in a savepoint, rolled back
BEGIN;
UPDATE pls.signals SET points = 36 WHERE signal = 'inviters';
SELECT * FROM app.tick('acme');
SAVEPOINT one;
UPDATE pls.signals SET points = 37 WHERE signal = 'inviters';
SELECT * FROM app.tick('acme');
ROLLBACK TO one;
SELECT * FROM app.tick('acme');
ROLLBACK;
SELECT * FROM app.tick('acme');
-- TRUNCATE, too
BEGIN;
TRUNCATE pls.signals;
SELECT * FROM app.tick('acme');
ROLLBACK;
SELECT * FROM app.tick('acme');
-- in an exception block
DO $$
BEGIN
    BEGIN
        UPDATE pls.signals SET points = 1;
        RAISE NOTICE 'within %', (app.tick('acme')).score;
        RAISE division_by_zero;
    EXCEPTION WHEN division_by_zero THEN
        RAISE NOTICE 'after %', (app.tick('acme')).score;
    END;
END
$$;

-- threshold: the next event crosses
UPDATE pls.signals SET threshold = 2 WHERE signal = 'exports';
SELECT * FROM app.tick('acme');
UPDATE pls.signals SET threshold = 3 WHERE signal = 'exports';
SELECT * FROM app.tick('acme');
-- disabled, enabled again: once swept, the history is there again
UPDATE pls.signals SET threshold = 2 WHERE signal = 'exports';
UPDATE pls.signals SET enabled = false WHERE signal = 'exports';
SELECT * FROM app.tick('acme');
UPDATE pls.signals SET enabled = true WHERE signal = 'exports';
SET client_min_messages = warning;
SELECT busy FROM pls.sweep();
RESET client_min_messages;
SELECT * FROM app.tick('acme');
UPDATE pls.signals SET threshold = 3 WHERE signal = 'exports';
SELECT * FROM app.tick('acme');

-- What is matched changes: the part is missing, and the standing stale, until
-- the sweep has read the source again.
UPDATE pls.signals SET match = '$.plan == "pro"', threshold = 2 WHERE signal = 'exports';
SELECT * FROM app.tick('beta');
SELECT * FROM app.tick('beta', 'export', 1, '{"plan": "pro"}');
SET client_min_messages = warning;
SELECT refreshed FROM pls.sweep();
RESET client_min_messages;
SELECT entity_id, score, lane, stale, reason FROM pls.standings ORDER BY entity_id;
SELECT * FROM app.tick('beta', 'export', 1, '{"plan": "free"}');

-- the motion's status: draft is not looked at, paused is decided as such
UPDATE pls.motions SET status = 'draft' WHERE motion = 'trial';
SELECT * FROM app.tick('delta');
UPDATE pls.motions SET status = 'paused' WHERE motion = 'trial';
SELECT * FROM app.tick('delta', 'export', 1, '{"plan": "pro"}');
SELECT * FROM app.tick('delta', 'export', 1, '{"plan": "pro"}');
SELECT * FROM app.tick('delta');
UPDATE pls.motions SET status = 'pilot' WHERE motion = 'trial';
SELECT * FROM app.tick('epsilon', 'export', 1, '{"plan": "pro"}');
SELECT * FROM app.tick('epsilon', 'export', 1, '{"plan": "pro"}');
SELECT * FROM app.tick('epsilon');
UPDATE pls.motions SET status = 'live' WHERE motion = 'trial';

-- thresholds of the motion, limits of categories, excluded actors
UPDATE pls.motions SET qualify_at = 80 WHERE motion = 'trial';
SELECT * FROM app.tick('epsilon');
UPDATE pls.motions SET qualify_at = 60, min_signals = 3 WHERE motion = 'trial';
SELECT * FROM app.tick('epsilon');
UPDATE pls.motions SET min_signals = 2 WHERE motion = 'trial';
INSERT INTO pls.category_limits (motion, category, max_points) VALUES ('trial', 'breadth', 12.5);
SELECT * FROM app.tick('epsilon');
DELETE FROM pls.category_limits WHERE motion = 'trial';
SELECT * FROM app.tick('epsilon');
INSERT INTO pls.exclusions (name, scope, ids, reason) VALUES ('robots', 'actor', '{13}', 'a robot');
SELECT * FROM app.tick('zeta', 'invite', 13);
SELECT * FROM app.tick('zeta', 'invite', 14);
UPDATE pls.exclusions SET enabled = false WHERE name = 'robots';
SELECT * FROM app.tick('eta', 'invite', 13);

-- who belongs to whom, and which domains are nobody's
CREATE TABLE app.people (usr text, email text, name text, at timestamptz DEFAULT pls.now());
SELECT pls.watch('app.people', event => 'name', at => 'at', actor => 'usr', email => 'email') IS NOT NULL AS watched;
INSERT INTO app.people VALUES ('u1', 'a@one.example', 'invite'), ('u2', 'a@two.example', 'invite'), ('u3', 'a@gmail.com', 'invite');
INSERT INTO pls.users (user_id, account_id) VALUES ('u1', 'mapped');
INSERT INTO pls.free_mail_domains (domain) VALUES ('three.example');
INSERT INTO app.people VALUES ('u1', 'a@one.example', 'invite'), ('u2', 'a@three.example', 'invite');
DELETE FROM pls.free_mail_domains WHERE domain = 'three.example';
INSERT INTO app.people VALUES ('u2', 'a@three.example', 'invite');
SELECT entity_id FROM pls.standings WHERE entity_id ~ '\.' OR entity_id = 'mapped' ORDER BY entity_id;

-- what a source counts for; a motion that is gone
UPDATE pls.sources SET motions = '{}' WHERE source = 'app.events'::regclass;
SELECT * FROM app.tick('theta');
UPDATE pls.sources SET motions = '{trial}' WHERE source = 'app.events'::regclass;
SELECT * FROM app.tick('theta');
TRUNCATE pls.signals;
SELECT * FROM app.tick('iota');
DELETE FROM pls.motions WHERE motion = 'trial';
SELECT * FROM app.tick('kappa');
SELECT pls.unwatch('app.events');
SELECT * FROM app.tick('lambda');
SELECT count(*) FROM app.events WHERE org_id IN ('iota', 'kappa', 'lambda');

\set ECHO none
\c :home
SET client_min_messages = warning;
DROP DATABASE pls_trigger_models;
