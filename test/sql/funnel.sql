-- pls.funnel(): small cases counted by hand.
\set ECHO none
\set QUIET on
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET intervalstyle = 'postgres';
SET pls.now = '2026-01-01 00:00+00';
\set SHOW_CONTEXT never
BEGIN;
CREATE SCHEMA app;
CREATE TABLE app.events (org text, who text, name text, at timestamptz);
INSERT INTO pls.motions (motion, status, objective, qualify_at, min_signals, time_zone) VALUES ('play', 'draft', 'conversion', 10, 1, 'America/New_York');
INSERT INTO pls.signals (motion, signal, category, events, measure, within, op, threshold, points) VALUES
    ('play', 'first use', 'activation', '{use}', 'count', '30 days', '>=', 1, 1),
    ('play', 'habit', 'depth', '{use}', 'count', '7 days', '>=', 3, 4),
    ('play', 'intent', 'billing', '{price}', 'recency', '2 days', '<=', NULL, 5);
INSERT INTO pls.signals (motion, signal, category, events, within, outcome) VALUES ('play', 'paid', 'outcome', '{paid}', '1 day', 'conversion');
INSERT INTO pls.reps (rep, daily_quota) VALUES ('sdr-1', 10);
INSERT INTO pls.pools (pool) VALUES ('all');
INSERT INTO pls.pool_members (pool, rep) VALUES ('all', 'sdr-1');
INSERT INTO pls.routes (motion, position, route, pool) VALUES ('play', 1, 'all', 'all');
INSERT INTO pls.exclusions (name, motion, scope, match, reason) VALUES ('test', 'play', 'entity', '$.test == true', 'a test');
INSERT INTO pls.stages (motion, position, stage, reached_by, signals) VALUES
    ('play', 10, 'signup', 'signup', NULL), ('play', 20, 'activation', 'signals', '{first use}'),
    ('play', 30, 'habit', 'signals', '{first use,habit}'), ('play', 40, 'qualified', 'qualified', NULL),
    ('play', 50, 'assist', 'touch', NULL), ('play', 60, 'purchase', 'outcomes', NULL);
-- none of these columns gives away too much
CREATE VIEW app.all_arms AS
SELECT position AS pos, stage, arm, entities, after, conversion, of_first, median_time, p90_time, timed FROM pls.funnel('play') WHERE arm = 'all';
RESET client_min_messages;
\set ECHO all
-- Nobody has entered, and nothing is watched.
SELECT position, stage, arm, entities, after, conversion, of_first, measured_by FROM pls.funnel('play') WHERE arm = 'all';
SELECT * FROM pls.funnel('play', cohort => 'month');

-- a1 goes all the way alone.  a2 has no sign-up: its first event counts.  a3
-- buys without any use.  a4 uses it before it has signed up.
INSERT INTO pls.accounts (account_id, signed_up_at, attributes, known_since) VALUES
    ('a1', '2026-01-10 10:00+00', '{"plan": "team", "of": {"region": "eu"}}', '-infinity'),
    ('a3', '2026-01-12 00:00+00', '{"plan": "solo"}', '-infinity'),
    ('a4', '2026-01-20 00:00+00', '{"plan": ""}', '-infinity'),
    ('a5', '2026-01-10 12:00+00', '{"plan": "team", "of": {"region": "us"}}', '-infinity'),
    ('a6', '2026-01-11 00:00+00', '{}', '-infinity'),
    ('a7', '2026-01-10 00:00+00', '{"plan": "team"}', '-infinity'),
    -- half an hour before and after midnight in New York
    ('a8', '2026-02-01 04:30+00', '{}', '-infinity'),
    ('a9', '2026-02-01 05:30+00', '{}', '-infinity'),
    ('t1', '2026-01-10 00:00+00', '{"test": true}', '-infinity');
INSERT INTO app.events VALUES
    ('a1', 'u', 'use', '2026-01-11 10:00+00'), ('a1', 'u', 'use', '2026-01-12 10:00+00'), ('a1', 'u', 'use', '2026-01-13 10:00+00'),
    ('a1', 'u', 'price', '2026-01-14 10:00+00'), ('a1', 'u', 'paid', '2026-01-16 10:00+00'), ('a1', 'u', 'paid', '2026-01-19 10:00+00'),
    ('a2', 'u', 'use', '2026-01-11 00:00+00'),
    ('a3', 'u', 'paid', '2026-01-15 00:00+00'),
    ('a4', 'u', 'use', '2026-01-18 00:00+00'),
    ('a5', 'u', 'use', '2026-01-11 12:00+00'), ('a5', 'u', 'use', '2026-01-11 13:00+00'), ('a5', 'u', 'use', '2026-01-11 14:00+00'),
    ('a5', 'u', 'price', '2026-01-13 12:00+00'), ('a5', 'u', 'paid', '2026-01-15 12:00+00'),
    ('a6', 'u', 'use', '2026-01-11 06:00+00'), ('a6', 'u', 'paid', '2026-01-12 00:00+00'),
    ('a7', 'u', 'use', '2026-01-11 00:00+00'), ('a7', 'u', 'use', '2026-01-12 00:00+00'), ('a7', 'u', 'use', '2026-01-13 00:00+00'),
    ('a7', 'u', 'paid', '2026-01-17 00:00+00'),
    ('t1', 'u', 'use', '2026-01-11 00:00+00'), ('t1', 'u', 'paid', '2026-01-12 00:00+00');
SET client_min_messages = warning;
SELECT pls.watch('app.events', event => 'name', at => 'at', account => 'org', actor => 'who', motions => '{play}') > 0 AS watched;
RESET client_min_messages;
SET pls.now = '2026-03-01 00:00+00';

-- A draft: the rules of now, and the outcomes that only the events show.
SELECT e.entity_id, array_agg(coalesce(to_char(e.at, 'DD HH24') || CASE WHEN e.own_at = e.at THEN '' ELSE '*' END, '-') ORDER BY p.place) AS "entered (*: by a later stage)"
  FROM (SELECT DISTINCT g.entity_id, n.place FROM pls_internal.stage_entries((SELECT m FROM pls.motions m)) g, generate_series(1, 6) n (place)) p
  LEFT JOIN pls_internal.stage_entries((SELECT m FROM pls.motions m)) e USING (entity_id, place)
 GROUP BY e.entity_id HAVING e.entity_id IS NOT NULL ORDER BY e.entity_id;
SELECT * FROM app.all_arms;
SELECT stage, measured_by FROM pls.funnel('play') WHERE arm = 'all' ORDER BY position;
-- read, they are the same
CREATE TEMP TABLE before_refresh AS SELECT stage, arm, entities, conversion, median_time FROM pls.funnel('play');
SET client_min_messages = warning;
SELECT pls.refresh('play') > 0 AS refreshed;
RESET client_min_messages;
SELECT count(*) AS differs FROM (SELECT stage, arm, entities, conversion, median_time FROM pls.funnel('play') EXCEPT SELECT * FROM before_refresh) d;

-- a5 is touched before it buys, a6 after it has, a7 is held out.  What was
-- decided first is a7; before that the rules of now tell.
UPDATE pls.motions SET status = 'live';
INSERT INTO pls.decisions (entity_id, motion, decided_at, unit, account_id, lane, reason, score)
VALUES ('a7', 'play', '2026-01-14 11:00+00', 'account', 'a7', 'sales', 'held_out', 10),
       -- neither finds anybody qualified
       ('a2', 'play', '2026-01-14 12:00+00', 'account', 'a2', 'sales', 'out_of_segment', 10),
       ('a4', 'play', '2026-01-18 12:00+00', 'account', 'a4', 'triage', 'triage', 5);
SET pls.now = '2026-01-13 00:00+00';
INSERT INTO pls.alerts (entity_id, motion, unit, account_id, lane, status, reason, next_best_action, score, evidence, created_at, first_touch_at, assigned_to, assigned_at, route, pool)
VALUES ('a6', 'play', 'account', 'a6', 'sales', 'working', 'by hand', 'call', 10, '[]', '2026-01-13 00:00+00', '2026-01-13 01:00+00', 'sdr-1', '2026-01-13 00:00+00', 'all', 'all'),
       ('a5', 'play', 'account', 'a5', 'sales', 'working', 'by hand', 'call', 10, '[]', '2026-01-14 00:00+00', '2026-01-14 12:00+00', 'sdr-1', '2026-01-14 00:00+00', 'all', 'all');
SET pls.now = '2026-03-01 00:00+00';
SELECT position AS pos, stage, arm, entities, after, conversion, of_first, median_time, timed FROM pls.funnel('play') WHERE entities > 0 OR arm = 'all';
SELECT DISTINCT measured_by FROM pls.funnel('play') WHERE stage = 'qualified';

-- Cohorts, at midnight in New York; and by attribute, also within another one.
SELECT label, entities FROM pls.funnel('play', cohort => 'month') WHERE position = 10 AND arm = 'all';
SELECT label, entities FROM pls.funnel('play', cohort => 'week') WHERE position = 10 AND arm = 'all';
SELECT label, entities FROM pls.funnel('play', cohort => 'quarter') WHERE position = 10 AND arm = 'all';
SELECT label, entities FROM pls.funnel('play', cohort => 'year') WHERE position = 10 AND arm = 'all';
SELECT label, stage, entities, conversion FROM pls.funnel('play', cohort => 'plan') WHERE position IN (10, 60) AND arm = 'all';
SELECT label, entities FROM pls.funnel('play', cohort => 'of.region') WHERE position = 10 AND arm = 'all';
-- who entered within a time; the end is not part of it
SELECT stage, entities FROM pls.funnel('play', '2026-01-10 10:00+00', '2026-01-12 00:00+00') WHERE arm = 'all';
-- the conversion of each cohort is that of the whole, put together
SELECT count(*) AS differs
  FROM (SELECT position, arm, sum(entities) AS entities FROM pls.funnel('play', cohort => 'plan') GROUP BY 1, 2) c
  JOIN pls.funnel('play') f USING (position, arm)
 WHERE c.entities IS DISTINCT FROM f.entities;
-- arms put together are all
SELECT count(*) AS differs FROM pls.funnel('play') GROUP BY position HAVING sum(entities) FILTER (WHERE arm = 'all') <> sum(entities) FILTER (WHERE arm <> 'all');

-- Of a segment, by what is known now.
UPDATE pls.motions SET segment = '$.plan == "team"';
SELECT stage, entities FROM app.all_arms;
UPDATE pls.motions SET segment = NULL;

-- An alias: what was noted of the other account is this one's, which had
-- bought before anybody touched it.
INSERT INTO pls.account_aliases (alias, account_id) VALUES ('a6', 'a5');
SELECT stage, arm, entities FROM pls.funnel('play') WHERE position IN (10, 50, 60) AND arm IN ('all', 'touched');
DELETE FROM pls.account_aliases;

-- What cannot be measured is NULL, says why, and is passed over.
UPDATE pls.stages SET signals = '{first use,no such}' WHERE stage = 'habit';
SELECT stage, entities, after, conversion, timed, measured_by FROM pls.funnel('play') WHERE arm = 'all' AND position > 20;
UPDATE pls.stages SET signals = '{paid}' WHERE stage = 'habit';
SELECT measured_by FROM pls.funnel('play') WHERE arm = 'all' AND stage = 'habit';
UPDATE pls.signals SET enabled = false WHERE signal = 'habit';
UPDATE pls.stages SET signals = '{habit}' WHERE stage = 'habit';
SELECT measured_by FROM pls.funnel('play') WHERE arm = 'all' AND stage = 'habit';
UPDATE pls.stages SET outcomes = '{renewal}' WHERE stage = 'purchase';
SELECT stage, entities, measured_by FROM pls.funnel('play') WHERE arm = 'all' AND stage = 'purchase';
SAVEPOINT unreadable;
SET LOCAL client_min_messages = warning;
ALTER TABLE app.events DROP COLUMN name;
RESET client_min_messages;
SELECT stage, entities, measured_by <> '' AS says_why FROM pls.funnel('play') WHERE arm = 'all' ORDER BY position;
ROLLBACK TO unreadable;
SET LOCAL client_min_messages = warning;
SELECT pls.unwatch('app.events');
RESET client_min_messages;
-- nothing is watched: what is written down remains
SELECT stage, entities, measured_by FROM pls.funnel('play') WHERE arm = 'all' ORDER BY position;
DELETE FROM pls.stages;
SELECT count(*) FROM pls.funnel('play');

-- Users: each for oneself, with the attributes of the account, and what the
-- account has bought, here before they signed up.
SET pls.now = '2026-03-01 00:00+00';
CREATE TABLE app.clicks (who text, name text, at timestamptz);
SET LOCAL client_min_messages = warning;
INSERT INTO pls.motions (motion, unit, status, qualify_at, min_signals) VALUES ('people', 'user', 'draft', 1, 1);
INSERT INTO pls.signals (motion, signal, category, events, measure, within, points) VALUES ('people', 'used', 'activation', '{use}', 'count', '7 days', 1);
INSERT INTO pls.signals (motion, signal, category, events, within, outcome) VALUES ('people', 'paid', 'outcome', '{paid}', '1 day', 'conversion');
INSERT INTO pls.stages (motion, position, stage, reached_by, signals) VALUES
    ('people', 1, 'signup', 'signup', NULL), ('people', 2, 'used', 'signals', '{used}'), ('people', 3, 'paid', 'outcomes', NULL);
INSERT INTO pls.users (user_id, account_id, signed_up_at, known_since) VALUES
    ('u1', 'a1', '2026-02-01 00:00+00', '-infinity'), ('u2', 'a1', '2026-02-02 00:00+00', '-infinity'), ('u3', NULL, NULL, '-infinity');
INSERT INTO app.clicks VALUES ('u1', 'use', '2026-02-03 00:00+00'), ('u3', 'use', '2026-02-05 00:00+00'), ('u3', 'paid', '2026-02-06 00:00+00');
SELECT pls.watch('app.clicks', event => 'name', at => 'at', actor => 'who', motions => '{people}') > 0 AS watched;
RESET client_min_messages;
SELECT label, stage, entities, median_time FROM pls.funnel('people', cohort => 'plan') WHERE arm = 'all';

-- Errors.
CREATE FUNCTION pg_temp.refused(command text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    detail text;
    hint text;
BEGIN
    EXECUTE command;
    RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RETURN concat_ws(' | ', SQLSTATE, SQLERRM, nullif(detail, ''), nullif(hint, ''));
END;
$$;
SELECT r FROM unnest(ARRAY['SELECT pls.funnel(''nobody'')', 'SELECT pls.funnel(NULL)',
    $$SELECT pls.funnel('play', '2026-02-01', '2026-02-01')$$, $$SELECT pls.funnel('play', cohort => 'Month')$$]) c, LATERAL pg_temp.refused(c) r;
ROLLBACK;
