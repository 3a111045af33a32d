-- setup.sql - what bench/rebuild.sh measures, as of 2025-06-30.
--
-- psql variables: events, accounts, users, many (accounts of the table that
-- measures memory), scripts (bench/score, whose table and motion these are).
--
-- The same events stand in three tables: with the account in a column of its
-- own, with the user alone, whose account pls.users tells, and with an address
-- and a user that pls.users does not have, so that the domain is the account.
-- Unlogged, frozen, analyzed.
\set ON_ERROR_STOP on
\set QUIET on
SET client_min_messages = warning;
CREATE EXTENSION pls;
CREATE SCHEMA bench;
CREATE FUNCTION bench.share(n bigint, seed bigint) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT (hashint8extended(n, seed) & 9007199254740991)::double precision / 9007199254740992.0 $$;

\set name bench.events
\set file :scripts /events.sql
\i :file
\set file :scripts /model.sql
\i :file
INSERT INTO pls.pools (pool) VALUES ('all');
INSERT INTO pls.routes (motion, route, position, pool) VALUES ('twelve', 'all', 1, 'all');
-- nobody qualifies: a rebuild is measured, not what alerts cost
UPDATE pls.motions SET status = 'live', qualify_at = 1000, triage_at = NULL, max_score = NULL WHERE motion = 'twelve';

CREATE UNLOGGED TABLE bench.by_user AS SELECT user_id, ts, event, props FROM bench.events;
CREATE UNLOGGED TABLE bench.by_email AS
SELECT 'user' || user_id || '@account' || account_id || '.example' AS email, user_id, ts, event, props FROM bench.events;
-- put into pls.users where they are wanted
ALTER TABLE pls.users DISABLE TRIGGER USER;
CREATE UNLOGGED TABLE bench.users AS SELECT * FROM pls.users;
INSERT INTO bench.users (user_id, account_id, attributes, updated_at, known_since)
SELECT user_id::text, min(account_id)::text, '{}', now(), '-infinity' FROM bench.events GROUP BY user_id;
CREATE UNLOGGED TABLE bench.many AS
SELECT (hashint8extended(n, 9) & 2147483647) % :many + 1 AS account_id, n % 100 AS user_id,
       timestamptz '2025-06-30 00:00+00' - (n % 2000000) * interval '1 second' AS ts,
       (ARRAY['login', 'create_item', 'api_call', 'export_csv', 'invite_user'])[1 + n % 5] AS event, NULL::jsonb AS props
  FROM generate_series(1::bigint, :many * 5) AS n;
-- A tenth of the accounts; and the same events as those of a twentieth as many,
-- one history after the other.
CREATE UNLOGGED TABLE bench.short AS SELECT * FROM bench.events WHERE account_id <= :accounts / 10 ORDER BY ts;
CREATE UNLOGGED TABLE bench.long AS
SELECT account_id % (:accounts / 200) + 1 AS account_id, user_id, ts - (account_id / (:accounts / 200)) * interval '90 days' AS ts,
       event, props
  FROM bench.short ORDER BY 3;
VACUUM (FREEZE, ANALYZE) bench.by_user, bench.by_email, bench.many, bench.short, bench.long;
