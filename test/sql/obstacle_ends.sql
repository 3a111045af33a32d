-- Whatever kept an alert back may end before its time, or without one: by an
-- edit of the configuration, of what is known, of what was decided.  The next
-- sweep decides then, once, and pls.why_not() and the view have said that it
-- would.
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
CREATE SCHEMA app;
CREATE TABLE app.acts (org text, who text, name text, at timestamptz NOT NULL DEFAULT pls.now());
DO $$ BEGIN PERFORM pls.watch('app.acts', event => 'name', at => 'at', account => 'org', actor => 'who'); END $$;
UPDATE pls.motions SET min_signals = 1, triage_at = NULL, release_at = NULL, cooldown = '0' WHERE motion = 'play';
-- an act that qualifies at once
UPDATE pls.signals SET points = 30 WHERE motion = 'play' AND signal = 'connected';
INSERT INTO pls.motions (motion, status, objective) VALUES ('other', 'live', 'expansion');
INSERT INTO pls.grades (motion, dimension, at_least, grade)
VALUES ('play', 'fit', 0, 'A'), ('play', 'engagement', 0, '2'), ('play', 'engagement', 50, '1');
DO $$ BEGIN PERFORM pls.sweep(), pls.sweep(); END $$;

-- An obstacle: what brings it about for an account, and what ends it.  The
-- account's id is %1$L there.
CREATE TABLE ends (n integer GENERATED ALWAYS AS IDENTITY, obstacle text, ending text, brings text, ends text);
INSERT INTO ends (obstacle, ending, brings, ends) VALUES
('paused', 'live again', $$UPDATE pls.motions SET status = 'paused' WHERE motion = 'play'$$,
    $$UPDATE pls.motions SET status = 'live' WHERE motion = 'play'$$),
('excluded', 'rule disabled', $$INSERT INTO pls.exclusions (name, scope, ids, reason) VALUES ('x', 'entity', ARRAY[%1$L], 'a test')$$,
    $$UPDATE pls.exclusions SET enabled = false WHERE name = 'x'$$),
('excluded', 'rule deleted', $$UPDATE pls.exclusions SET enabled = true, ids = ARRAY[%1$L] WHERE name = 'x'$$,
    $$DELETE FROM pls.exclusions WHERE name = 'x'$$),
('excluded', 'alias deleted', $$INSERT INTO pls.exclusions (name, scope, ids, reason) VALUES ('w', 'entity', ARRAY['alias of ' || %1$L], 'a test');
    INSERT INTO pls.account_aliases VALUES ('alias of ' || %1$L, %1$L)$$,
    $$DELETE FROM pls.account_aliases WHERE account_id = %1$L$$),
('excluded', 'domain of a merged account removed', $$INSERT INTO pls.exclusions (name, scope, domains, reason) VALUES ('m', 'entity', '{merged.example}', 'a test');
    INSERT INTO pls.accounts (account_id, domain) VALUES ('merged into ' || %1$L, 'www.Merged.example');
    INSERT INTO pls.account_aliases VALUES ('merged into ' || %1$L, %1$L)$$,
    $$UPDATE pls.accounts SET domain = NULL WHERE domain = 'merged.example'$$),
('excluded', 'attributes changed', $$INSERT INTO pls.exclusions (name, scope, match, reason) VALUES ('t', 'entity', '$.test == true', 'a test');
    INSERT INTO pls.accounts (account_id, attributes) VALUES (%1$L, '{"test": true}')$$,
    $$UPDATE pls.accounts SET attributes = '{}' WHERE account_id = %1$L$$),
('out_of_segment', 'segment changed', $$UPDATE pls.motions SET segment = '$.region == "eu"' WHERE motion = 'play'$$,
    $$UPDATE pls.motions SET segment = NULL WHERE motion = 'play'$$),
('out_of_segment', 'attributes changed', $$UPDATE pls.motions SET segment = '$.region == "eu"' WHERE motion = 'play'$$,
    $$INSERT INTO pls.accounts (account_id, attributes) VALUES (%1$L, '{"region": "eu"}')$$),
('grace_period', 'shortened', $$UPDATE pls.motions SET segment = NULL, grace_period = '30 days' WHERE motion = 'play';
    INSERT INTO pls.accounts (account_id, signed_up_at) VALUES (%1$L, pls.now() - interval '10 days')$$,
    $$UPDATE pls.motions SET grace_period = '9 days' WHERE motion = 'play'$$),
('grace_period', 'given up', $$UPDATE pls.motions SET grace_period = '30 days' WHERE motion = 'play';
    INSERT INTO pls.accounts (account_id, signed_up_at) VALUES (%1$L, pls.now() - interval '10 days')$$,
    $$UPDATE pls.motions SET grace_period = NULL WHERE motion = 'play'$$),
('grace_period', 'signed up earlier', $$UPDATE pls.motions SET grace_period = '30 days' WHERE motion = 'play';
    INSERT INTO pls.accounts (account_id, signed_up_at) VALUES (%1$L, pls.now() - interval '10 days')$$,
    $$UPDATE pls.accounts SET signed_up_at = '2025-01-01' WHERE account_id = %1$L$$),
('too_small', 'grown', $$UPDATE pls.motions SET grace_period = NULL, min_account_size = 10 WHERE motion = 'play';
    INSERT INTO pls.accounts (account_id, size) VALUES (%1$L, 3)$$,
    $$UPDATE pls.accounts SET size = 10 WHERE account_id = %1$L$$),
('too_small', 'limit lowered', $$INSERT INTO pls.accounts (account_id, size) VALUES (%1$L, 3)$$,
    $$UPDATE pls.motions SET min_account_size = 3 WHERE motion = 'play'$$),
('too_small', 'best grade', $$UPDATE pls.motions SET min_account_size = 10 WHERE motion = 'play'; INSERT INTO pls.accounts (account_id, size) VALUES (%1$L, 3)$$,
    $$INSERT INTO app.acts (org, who, name) SELECT %1$L, 'u1', 'invite' FROM generate_series(1, 3)$$),
('too_small', 'grades changed', $$UPDATE pls.motions SET min_account_size = 10 WHERE motion = 'play'; INSERT INTO pls.accounts (account_id, size) VALUES (%1$L, 3)$$,
    $$DELETE FROM pls.grades WHERE dimension = 'engagement' AND grade = '1'$$),
('already_customer', 'outcome deleted', $$UPDATE pls.motions SET min_account_size = NULL WHERE motion = 'play';
    INSERT INTO pls.outcomes (entity_id, motion, outcome, at) VALUES (%1$L, 'play', 'conversion', pls.now())$$,
    $$DELETE FROM pls.outcomes WHERE entity_id = %1$L$$),
('already_customer', 'of the account, deleted',
    $$INSERT INTO pls.outcomes (entity_id, motion, outcome, at, account_id) VALUES ('somebody', 'other', 'conversion', pls.now(), %1$L)$$,
    $$DELETE FROM pls.outcomes WHERE account_id = %1$L$$),
('already_customer', 'outcome of an alias, deleted', $$INSERT INTO pls.account_aliases VALUES ('old ' || %1$L, %1$L);
    INSERT INTO pls.outcomes (motion, entity_id, outcome, at) VALUES ('play', 'old ' || %1$L, 'conversion', '2026-02-01+00')$$,
    $$DELETE FROM pls.outcomes WHERE entity_id = 'old ' || %1$L$$),
('already_customer', 'another outcome', $$INSERT INTO pls.outcomes (entity_id, motion, outcome, at) VALUES (%1$L, 'play', 'conversion', pls.now())$$,
    $$UPDATE pls.outcomes SET outcome = 'meeting' WHERE entity_id = %1$L$$),
('already_customer', 'another objective', $$INSERT INTO pls.outcomes (entity_id, motion, outcome, at) VALUES (%1$L, 'play', 'conversion', pls.now())$$,
    $$UPDATE pls.motions SET objective = 'expansion' WHERE motion = 'play'$$),
('cooldown', 'taken away', $$INSERT INTO app.acts (org, who, name) VALUES (%1$L, 'u1', 'connect');
    UPDATE pls.motions SET cooldown = '5 days' WHERE motion = 'play'; SELECT pls.dispose(alert_id, 'contacted') FROM pls.open_alerts WHERE entity_id = %1$L;
    UPDATE pls.standings SET cooldown_until = pls.now() + interval '5 days', decide_again_at = pls.now() WHERE entity_id = %1$L$$,
    $$UPDATE pls.standings SET cooldown_until = NULL WHERE entity_id = %1$L$$),
('cooldown', 'shortened', $$INSERT INTO app.acts (org, who, name) VALUES (%1$L, 'u1', 'connect');
    SELECT pls.dispose(alert_id, 'contacted') FROM pls.open_alerts WHERE entity_id = %1$L;
    UPDATE pls.standings SET cooldown_until = pls.now() + interval '5 days', decide_again_at = pls.now() WHERE entity_id = %1$L$$,
    $$UPDATE pls.standings SET cooldown_until = pls.now() - interval '1 day' WHERE entity_id = %1$L$$),
('touch_limit', 'raised', $$UPDATE pls.motions SET cooldown = '0', touch_limit = 1 WHERE motion = 'play'; SELECT pls.raise('other', %1$L, 'they have called')$$,
    $$UPDATE pls.motions SET touch_limit = 2 WHERE motion = 'play'$$),
('touch_limit', 'given up', $$UPDATE pls.motions SET touch_limit = 1 WHERE motion = 'play'; SELECT pls.raise('other', %1$L, 'they have called')$$,
    $$UPDATE pls.motions SET touch_limit = NULL WHERE motion = 'play'$$),
('touch_limit', 'window shortened', $$UPDATE pls.motions SET touch_limit = 1 WHERE motion = 'play'; SELECT pls.raise('other', %1$L, 'they have called');
    SET pls.now = '2026-03-02 12:00+00'$$,
    $$UPDATE pls.motions SET touch_window = '1 hour' WHERE motion = 'play'$$),
('touch_limit', 'alert deleted', $$UPDATE pls.motions SET touch_window = '30 days' WHERE motion = 'play'; SELECT pls.raise('other', %1$L, 'they have called')$$,
    $$DELETE FROM pls.alerts WHERE entity_id = %1$L AND motion = 'other'$$),
('held_out', 'share lowered', $$UPDATE pls.motions SET touch_limit = NULL, cooldown = '0', holdout = 0.99999 WHERE motion = 'play'$$,
    $$UPDATE pls.motions SET holdout = 0.00001 WHERE motion = 'play'$$),
('held_out', 'pilot stopped', $$INSERT INTO pls.pilots (pilot, motion, holdout, salt, status, starts_at) VALUES ('p', 'play', 0.99999, 's', 'running', pls.now() - interval '1 day')$$,
    $$UPDATE pls.pilots SET status = 'stopped' WHERE pilot = 'p'$$),
('held_out', 'no longer of the pilot', $$INSERT INTO pls.pilots (pilot, motion, holdout, salt, status, starts_at, segment) VALUES ('q', 'play', 0.99999, 's', 'running', pls.now() - interval '1 day', '$.plan == "free"');
    INSERT INTO pls.accounts (account_id, attributes) VALUES (%1$L, '{"plan": "free"}')$$,
    $$UPDATE pls.accounts SET attributes = '{"plan": "team"}' WHERE account_id = %1$L$$),
('open_alert', 'withdrawn', $$SELECT pls.raise('play', %1$L, 'they have called')$$,
    $$UPDATE pls.alerts SET status = 'withdrawn', closed_reason = 'a mistake' WHERE entity_id = %1$L AND motion = 'play'$$);

-- One after the other, each about an account of its own.
CREATE TABLE came (n integer, decided text, said text, listed text, swept text, decisions text);
DO $$
DECLARE
    e       ends;
    account text;
    got     came;
BEGIN
    FOR e IN SELECT * FROM ends ORDER BY n LOOP
        account := format('%s: %s', e.obstacle, e.ending);
        EXECUTE format(e.brings, account);
        INSERT INTO app.acts (org, who, name) VALUES (account, 'u1', 'connect');
        PERFORM pls.sweep(), pls.sweep();
        got.n := e.n;
        got.decided := (SELECT d.reason FROM pls.decisions d WHERE d.entity_id = account AND d.motion = 'play' ORDER BY d.decision_id DESC LIMIT 1);
        EXECUTE format(e.ends, account);
        got.said := (SELECT name FROM pls.why_not('play', account) WHERE part = 'answer');
        got.listed := (SELECT reason FROM pls.why_not_alerted WHERE motion = 'play' AND entity_id = account);
        PERFORM pls.sweep();
        got.swept := (SELECT d.reason FROM pls.decisions d WHERE d.entity_id = account AND d.motion = 'play' ORDER BY d.decision_id DESC LIMIT 1);
        PERFORM pls.sweep(), pls.sweep();
        got.decisions := (SELECT string_agg(d.reason, ', ' ORDER BY d.decision_id) FROM pls.decisions d WHERE d.entity_id = account AND d.motion = 'play');
        INSERT INTO came SELECT got.*;
    END LOOP;
END
$$;
\set QUIET off
\set ECHO all

SELECT e.obstacle, e.ending, c.decided, c.said, c.listed, c.swept, c.decisions FROM ends e JOIN came c USING (n) ORDER BY n;
-- Nobody in the pool can take it: who comes back from an absence gets what
-- has waited longest, one for each who is free; the rest wait on.
UPDATE pls.pools SET defer = true WHERE pool = 'desk';
UPDATE pls.reps SET max_open = (SELECT count(*) FROM pls.open_alerts a WHERE a.assigned_to = rep) + CASE rep WHEN 'ann' THEN 1 ELSE 0 END;
INSERT INTO pls.absences (rep, absent_from, absent_until) VALUES ('ann', pls.now() - interval '1 hour', pls.now() + interval '5 days');
INSERT INTO app.acts (org, who, name) VALUES ('first', 'u1', 'connect');
INSERT INTO app.acts (org, who, name) VALUES ('second', 'u1', 'connect');
CREATE FUNCTION pg_temp.decisions(entity text) RETURNS text
LANGUAGE sql
AS $$ SELECT string_agg(d.reason, ', ' ORDER BY d.decision_id) FROM pls.decisions d WHERE d.entity_id = entity $$;
SET pls.now = '2026-03-02 12:01+00';
SELECT settled FROM pls.sweep();
SELECT pg_temp.decisions('first') AS first, pg_temp.decisions('second') AS second;
UPDATE pls.absences SET absent_until = pls.now() WHERE rep = 'ann';
SELECT settled FROM pls.sweep();
SELECT pg_temp.decisions('first') AS first, pg_temp.decisions('second') AS second;
SELECT name, until, detail FROM pls.why_not('play', 'second') WHERE part = 'answer';
UPDATE pls.reps SET max_open = NULL WHERE rep = 'bob';
SELECT settled FROM pls.sweep();
SELECT settled FROM pls.sweep();
SELECT pg_temp.decisions('first') AS first, pg_temp.decisions('second') AS second;
SELECT task, message FROM pls.failures;
ROLLBACK;
