-- Which route an alert takes, what is pinned on it, and what a motion needs
-- before it goes live; users; what a decision refuses.
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
INSERT INTO pls.calendars (calendar) VALUES ('week');
INSERT INTO pls.calendar_hours (calendar, weekday, opens, closes)
SELECT 'week', d, '09:00', '17:00' FROM generate_series(1, 5) AS d;
INSERT INTO pls.pools (pool) VALUES ('enterprise'), ('triage');
INSERT INTO pls.pool_members (pool, rep) VALUES ('enterprise', 'cy'), ('triage', 'bob');
INSERT INTO pls.routes (motion, position, route, pool, predicate, respond_within, calendar, next_best_action) VALUES
    ('play', 10, 'broken', 'enterprise', '$.account.size.nothing > "x"', '1 hour', NULL, NULL),
    ('play', 20, 'large', 'enterprise', '$.lane == "sales" && $.account.size >= 200', '1 hour', 'week', NULL),
    ('play', 30, 'connected', 'enterprise', '$.account.region == "eu" && $.signals[*] == "connected"', NULL, NULL, NULL),
    ('play', 40, 'look first', 'triage', '$.lane == "triage"', '1 day', NULL, 'Have a look');
INSERT INTO pls.accounts (account_id, name, size, attributes) VALUES
    ('big', 'Big Corp', 200, '{}'), ('eu', 'Eu Ltd', 10, '{"region": "eu"}'), ('low', NULL, 500, '{}');
-- Friday 16:30
SET pls.now = '2026-03-06 16:30+00';
SELECT pg_temp.qualify('big'), pg_temp.qualify('eu'), pg_temp.qualify('other'),
       pg_temp.did('low', 'run', 'run', 'run', 'run');
SELECT entity_id, lane, route, pool, assigned_to, respond_within, respond_by, calendar, next_best_action
  FROM pls.alerts ORDER BY entity_id;
SELECT reason FROM pls.alerts ORDER BY entity_id;

-- calendars: route, else motion, else pool, else rep
DELETE FROM pls.routes WHERE motion = 'play' AND position < 100;
UPDATE pls.reps SET calendar = 'week';
SELECT pg_temp.qualify('by rep');
INSERT INTO pls.calendars (calendar) VALUES ('pool'), ('motion');
INSERT INTO pls.calendar_hours (calendar, weekday, opens, closes)
SELECT c, d, '00:00', '20:00' FROM unnest('{pool,motion}'::text[]) AS c, generate_series(1, 7) AS d;
UPDATE pls.pools SET calendar = 'pool' WHERE pool = 'desk';
SELECT pg_temp.qualify('by pool');
UPDATE pls.motions SET calendar = 'motion' WHERE motion = 'play';
SELECT pg_temp.qualify('by motion');
SELECT entity_id, calendar, respond_by, resolve_by FROM pls.alerts
 WHERE entity_id LIKE 'by %' ORDER BY entity_id;
-- What is pinned stays.
UPDATE pls.pools SET calendar = NULL;
UPDATE pls.routes SET respond_within = '9 hours' WHERE motion = 'play';
SELECT respond_within, respond_by FROM pls.alerts WHERE entity_id = 'by pool';

-- an account that has no row is known to the routes by its id
SAVEPOINT before;
INSERT INTO pls.routes (motion, position, route, pool, predicate) VALUES ('play', 1, 'german', 'desk', '$.account.account_id like_regex "\\.de$"');
INSERT INTO pls.accounts (account_id) VALUES ('known.de');
SELECT pg_temp.qualify('known.de'), pg_temp.qualify('unknown.de');
SELECT entity_id, account_id, route FROM pls.alerts WHERE entity_id LIKE '%.de' ORDER BY entity_id;
ROLLBACK TO before;

-- users: their account's attributes, owner and exclusions
DELETE FROM pls.standings WHERE motion = 'play';
UPDATE pls.motions SET unit = 'user', calendar = NULL, segment = '$.region == "eu"' WHERE motion = 'play';
UPDATE pls.accounts SET owner = 'cy', domain = 'eu.example' WHERE account_id = 'eu';
INSERT INTO pls.users (user_id, account_id, email) VALUES
    ('17', 'eu', 'pat@eu.example'), ('18', 'big', 'kim@big.example'), ('19', NULL, 'lee@mail.example');
SELECT pg_temp.qualify('17'), pg_temp.qualify('18'), pg_temp.qualify('19'), pg_temp.qualify('20');
SELECT unit, entity_id, account_id, assigned_to, charged_to, reason FROM pls.alerts WHERE unit = 'user';
SELECT entity_id, account_id, reason FROM pls.decisions WHERE unit = 'user' ORDER BY entity_id;
UPDATE pls.motions SET segment = NULL WHERE motion = 'play';
INSERT INTO pls.exclusions (name, motion, scope, domains, reason)
VALUES ('mail', 'play', 'entity', '{mail.example}', 'private mail');
SELECT pg_temp.qualify('19'), pg_temp.qualify('20');

-- nothing to say, nothing to do: still words and an action
UPDATE pls.signals SET next_best_action = NULL WHERE motion = 'play';
UPDATE pls.motions SET qualify_at = 0, triage_at = NULL, release_at = NULL, min_signals = 0 WHERE motion = 'play';
SELECT pg_temp.did('idle', 'nothing');
SELECT reason, next_best_action FROM pls.alerts WHERE entity_id = 'idle';

-- a route and its pool cannot part; a live motion keeps its catch-all
SELECT * FROM pg_temp.refused($$INSERT INTO pls.routes (motion, position, route, pool) VALUES ('play', 1, 'x', 'missing')$$);
SELECT * FROM pg_temp.refused($$DELETE FROM pls.pools WHERE pool = 'desk'$$);
SELECT * FROM pg_temp.refused($$DELETE FROM pls.routes WHERE motion = 'play'$$);
SELECT * FROM pg_temp.refused($$UPDATE pls.routes SET predicate = '$.score > 5' WHERE motion = 'play'$$);
SELECT * FROM pg_temp.refused($$INSERT INTO pls.routes (motion, position, route, pool, predicate)
    VALUES ('play', 200, 'late', 'desk', '$.score > 5')$$);
SELECT * FROM pg_temp.refused($$INSERT INTO pls.routes (motion, position, route, pool) VALUES ('play', 200, 'late', 'desk')$$);
SELECT * FROM pg_temp.refused($$INSERT INTO pls.motions (motion, status) VALUES ('bare', 'live')$$);
SELECT * FROM pg_temp.refused($$INSERT INTO pls.motions (motion, status) VALUES ('bare', 'draft')$$);
SELECT * FROM pg_temp.refused($$UPDATE pls.motions SET status = 'pilot' WHERE motion = 'bare'$$);

-- what decide refuses
SELECT * FROM pg_temp.refused($$SELECT pls_internal.decide('play', 'idle', NULL, pls.now())$$);
SELECT * FROM pg_temp.refused($$SELECT pls_internal.decide('play', 'idle', 'warm', pls.now())$$);
SELECT * FROM pg_temp.refused($$SELECT pls_internal.decide('play', 'nobody', 'sales', pls.now())$$);
SELECT * FROM pg_temp.refused($$SELECT pls_internal.decide('missing', 'idle', 'sales', pls.now())$$);
ROLLBACK;
