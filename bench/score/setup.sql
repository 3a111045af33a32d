-- setup.sql - what bench/score.sh measures, as of 2025-06-30.
--
-- psql variables: events, accounts, users, scripts (this directory).
\set ON_ERROR_STOP on
\set QUIET on
SET client_min_messages = warning;
CREATE EXTENSION pls;
CREATE SCHEMA bench;

-- A number in [0, 1) of a row's number.
CREATE FUNCTION bench.share(n bigint, seed bigint) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT (hashint8extended(n, seed) & 9007199254740991)::double precision / 9007199254740992.0 $$;

\set name bench.events
\set file :scripts /events.sql
\i :file
\set file :scripts /model.sql
\i :file

-- The standings that the trigger would have left.
SET pls.now = '2025-06-30 00:00+00';
INSERT INTO pls.accounts (account_id, name)
SELECT n, 'Account ' || n FROM generate_series(1, :accounts) AS n;
INSERT INTO pls.standings (entity_id, motion, evidence, score, lane, evaluated_at, last_event_at)
SELECT x.account_id, 'twelve', x.evidence, v.score, v.lane, pls.now(), x.newest
FROM (SELECT account_id, pls.evidence('twelve', event, ts, user_id, props) AS evidence,
             max(ts) FILTER (WHERE ts <= pls.now()) AS newest
      FROM bench.events GROUP BY account_id) AS x,
     pls.evaluate(x.evidence) AS v;
VACUUM ANALYZE pls.standings, pls.accounts;
