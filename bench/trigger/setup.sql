-- setup.sql - the tables and the motion that bench/trigger.sh measures.
--
-- psql variables: accounts (accounts with a past), past (events each has),
-- old (events of the account with a long history), young (accounts with a
-- short one).
--
-- Three tables of events that differ in their triggers only: plain.events
-- has none, watched.events is watched by pls, and homemade.events has a
-- PL/pgSQL trigger that does the same work (homemade.sql).  Which one a
-- statement writes to is a matter of search_path, so that the same statement
-- runs against each.
\set ON_ERROR_STOP on
\set QUIET on
SET client_min_messages = warning;

CREATE EXTENSION pls;
CREATE SCHEMA plain;
CREATE SCHEMA watched;
CREATE SCHEMA homemade;

CREATE TABLE plain.events (
    event_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    org_id      text NOT NULL,
    user_id     bigint,
    name        text NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    props       jsonb
);
CREATE TABLE watched.events (LIKE plain.events INCLUDING ALL);
CREATE TABLE homemade.events (LIKE plain.events INCLUDING ALL);

-- Four signals on three events.  An export matches two of them; nobody
-- reaches qualify_at, since no account buys.
DO $$
BEGIN
    PERFORM pls.create_motion('trial', template => 'trial_conversion');
    DELETE FROM pls.signals WHERE motion = 'trial';
    DELETE FROM pls.category_limits WHERE motion = 'trial';
    INSERT INTO pls.signals (motion, signal, category, events, measure, within, op, threshold, points)
    VALUES ('trial', 'exports', 'depth', '{export}', 'count', '14 days', '>=', 3, 20),
           ('trial', 'export days', 'depth', '{export}', 'days', '28 days', '>=', 4, 20),
           ('trial', 'invitations', 'breadth', '{invite}', 'count', '14 days', '>=', 1, 20),
           ('trial', 'checkout', 'billing', '{checkout}', 'count', '14 days', '>=', 1, 40);
    UPDATE pls.motions
       SET status = 'live', segment = NULL, qualify_at = 80, release_at = NULL, triage_at = NULL,
           min_signals = 2, grace_period = NULL, min_account_size = NULL, holdout = 0
     WHERE motion = 'trial';
    PERFORM pls.watch('watched.events', event => 'name', at => 'created_at', account => 'org_id',
                      actor => 'user_id', properties => 'props');
END
$$;
\ir homemade.sql

-- Inserts in a loop in the server, with a COMMIT each: of any of so many
-- accounts, and fifty for one account, then fifty for the next, so that an
-- account's past stays what it is meanwhile.  With step 0 it is one account.
CREATE SCHEMA bench;
CREATE PROCEDURE bench.any_account(n integer, event text, accounts integer) LANGUAGE plpgsql AS $$
BEGIN
    FOR i IN 1..n LOOP
        INSERT INTO events (org_id, user_id, name) VALUES (1 + floor(random() * accounts)::integer, i % 1000, event);
        COMMIT;
    END LOOP;
END
$$;
CREATE PROCEDURE bench.in_turn(n integer, prefix text, first integer, step integer) LANGUAGE plpgsql AS $$
BEGIN
    FOR i IN 0..n - 1 LOOP
        INSERT INTO events (org_id, user_id, name) VALUES (prefix || (first + i / 50 * step), 1, 'export');
        COMMIT;
    END LOOP;
END
$$;

-- The past: of every account, the same for all three tables.
CREATE TEMPORARY TABLE past AS
SELECT (n % :accounts + 1)::text AS org_id, n % 1000 AS user_id,
       CASE WHEN n % 10 = 0 THEN 'invite' ELSE 'export' END AS name,
       now() - (:accounts * :past - n) * (interval '20 days' / (:accounts * :past)) AS created_at
  FROM generate_series(1, :accounts * :past) AS n
UNION ALL
SELECT 'young-' || n % :young, n % 1000, 'export', now() - interval '20 days' + n * interval '0.1 second'
  FROM generate_series(1, :young * 100) AS n
UNION ALL
SELECT 'old-1', n % 1000, 'export', now() - interval '20 days' + n * interval '1 second'
  FROM generate_series(1, :old) AS n;

INSERT INTO plain.events (org_id, user_id, name, created_at) SELECT * FROM past;
INSERT INTO watched.events (org_id, user_id, name, created_at) SELECT * FROM past;
ALTER TABLE homemade.events DISABLE TRIGGER ALL;
INSERT INTO homemade.events (org_id, user_id, name, created_at) SELECT * FROM past;
ALTER TABLE homemade.events ENABLE TRIGGER ALL;
CALL homemade.rebuild();

VACUUM (FREEZE, ANALYZE);
