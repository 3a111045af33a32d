-- pls.guardrails(): each verdict of each guardrail; pls.funnel_now.
\set ECHO none
\set QUIET on
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET pls.now = '2026-06-01 00:00+00';
\set SHOW_CONTEXT never
BEGIN;
INSERT INTO pls.motions (motion, status, objective, qualify_at) VALUES ('m', 'draft', 'conversion', 60);
CREATE FUNCTION pg_temp.guard(name text) RETURNS TABLE (stage text, measured text, needed text, verdict text, evidence text) LANGUAGE sql AS $$
    SELECT g.stage, g.measured, g.needed, g.verdict, translate(g.evidence, E'\n', ' ') FROM pls.guardrails('m') g WHERE g.guardrail = name
$$;
-- accounts of a kind that signed up then, some of whom bought so long after
CREATE FUNCTION pg_temp.enter(kind text, accounts integer, buyers integer, signed_up_at timestamptz, after interval) RETURNS void LANGUAGE sql AS $$
    INSERT INTO pls.accounts (account_id, signed_up_at) SELECT kind || n, signed_up_at FROM generate_series(1, accounts) n;
    INSERT INTO pls.outcomes (motion, entity_id, account_id, outcome, at)
    SELECT 'm', kind || n, kind || n, 'conversion', signed_up_at + after FROM generate_series(1, buyers) n
$$;
CREATE FUNCTION pg_temp.touch(entities text[], at timestamptz) RETURNS void LANGUAGE sql AS $$
    INSERT INTO pls.alerts (entity_id, motion, unit, account_id, lane, status, reason, next_best_action, score, evidence, created_at,
                            first_touch_at, assigned_to, assigned_at, route, pool)
    SELECT e, 'm', 'account', e, 'sales', 'working', 'by hand', 'call', 60, '[]', at - interval '1 hour', at, 'sdr-1', at - interval '1 hour', 'all', 'all'
      FROM unnest(entities) e;
    INSERT INTO pls.decisions (entity_id, motion, decided_at, unit, account_id, lane, reason, score)
    SELECT e, 'm', at - interval '1 hour', 'account', e, 'sales', 'raised', 60 FROM unnest(entities) e
$$;
RESET client_min_messages;
\set ECHO all
-- nothing is said yet
SELECT * FROM pls.guardrails('m');
INSERT INTO pls.stages (motion, position, stage, reached_by, signals, outcomes, responsible, accountable) VALUES
    ('m', 1, 'signup', 'signup', NULL, NULL, 'marketing', 'marketing'), ('m', 2, 'active', 'signals', '{used}', NULL, 'product', NULL),
    ('m', 3, 'assist', 'touch', NULL, NULL, NULL, NULL), ('m', 4, 'bought', 'outcomes', NULL, NULL, 'sales', 'revops'),
    ('m', 5, 'onboarded', 'outcomes', NULL, '{onboarding}', NULL, 'customer success');
SELECT * FROM pls.guardrails('m') WHERE guardrail LIKE 'stage %';
INSERT INTO pls.signals (motion, signal, category, events, within, points) VALUES ('m', 'used', 'activation', '{use}', '7 days', 60);
SELECT stage, verdict FROM pls.guardrails('m') WHERE guardrail = 'stage can be reached';

-- The low-touch path: nobody; too few; failed, passed, or not to be told from it.
SELECT * FROM pg_temp.guard('low-touch path viable');
UPDATE pls.stages SET min_rate = 0.2, min_rate_within = '30 days' WHERE stage = 'bought';
SELECT * FROM pg_temp.guard('low-touch path viable');
SELECT pg_temp.enter('few ', 19, 19, '2026-01-01 00:00+00', '10 days'), pg_temp.enter('end ', 1, 0, '2026-05-20 00:00+00', '0');
SELECT * FROM pg_temp.guard('low-touch path viable');
SELECT pg_temp.enter('a ', 81, 0, '2026-01-02 00:00+00', '10 days');
SELECT * FROM pg_temp.guard('low-touch path viable');
DELETE FROM pls.outcomes WHERE entity_id LIKE 'few %';
SELECT * FROM pg_temp.guard('low-touch path viable');
INSERT INTO pls.outcomes (motion, entity_id, account_id, outcome, at)
SELECT 'm', 'a ' || n, 'a ' || n, 'conversion', '2026-01-12 00:00+00' FROM generate_series(1, 50) n;
SELECT * FROM pg_temp.guard('low-touch path viable');
-- in time, to the second; who entered too recently is not judged
UPDATE pls.outcomes SET at = '2026-02-01 00:00+00' WHERE entity_id = 'a 1';
UPDATE pls.outcomes SET at = '2026-02-01 00:00:01+00' WHERE entity_id = 'a 2';
SELECT pg_temp.enter('late ', 7, 7, '2026-04-20 00:00:01+00', '1 day'), pg_temp.enter('just ', 2, 2, '2026-04-20 00:00+00', '1 day');
SELECT * FROM pg_temp.guard('low-touch path viable');
-- Helped on the way: left out.  Touched after they bought: not.  Held out: alone.
INSERT INTO pls.reps (rep) VALUES ('sdr-1');
INSERT INTO pls.pools (pool) VALUES ('all');
INSERT INTO pls.pool_members (pool, rep) VALUES ('all', 'sdr-1');
INSERT INTO pls.routes (motion, position, route, pool) VALUES ('m', 1, 'all', 'all');
SELECT pg_temp.touch('{a 3,a 60}', '2026-01-11 00:00+00'), pg_temp.touch('{a 4,a 61}', '2026-02-02 00:00+00');
INSERT INTO pls.decisions (entity_id, motion, decided_at, unit, account_id, lane, reason, score) VALUES
    ('a 5', 'm', '2026-01-11 00:00+00', 'account', 'a 5', 'sales', 'held_out', 60);
SELECT * FROM pg_temp.guard('low-touch path viable');
-- as the arms of the funnel count it, but for the time
SELECT arm, entities FROM pls.funnel('m', until => '2026-05-01') WHERE stage IN ('signup', 'bought') AND arm <> 'all';
-- who entered within a time
SELECT g.measured, translate(g.evidence, E'\n', ' ') AS evidence FROM pls.guardrails('m', '2026-01-02', '2026-01-03') g WHERE g.guardrail = 'low-touch path viable';
-- a stage that cannot be measured
UPDATE pls.stages SET min_rate = 0.2, min_rate_within = '30 days' WHERE stage = 'active';
SELECT * FROM pg_temp.guard('low-touch path viable');
UPDATE pls.stages SET min_rate = NULL, min_rate_within = NULL WHERE stage = 'active';

-- Capacity: of a draft nobody knows; without a quota there is no limit.
SELECT * FROM pg_temp.guard('rep capacity');
UPDATE pls.motions SET status = 'live';
SELECT * FROM pg_temp.guard('rep capacity');
UPDATE pls.reps SET daily_quota = 0.5;
SELECT pg_temp.touch(array_agg('late ' || n), '2026-05-25 00:00+00') FROM generate_series(1, 7) n;
SELECT pg_temp.touch(array_agg('few ' || n), '2026-05-20 00:00+00') FROM generate_series(1, 7) n;
SELECT * FROM pg_temp.guard('rep capacity');
UPDATE pls.reps SET daily_quota = 0.4;
SELECT * FROM pg_temp.guard('rep capacity');
UPDATE pls.reps SET active = false;
SELECT * FROM pg_temp.guard('rep capacity');
UPDATE pls.reps SET active = true;
SAVEPOINT young;
DELETE FROM pls.decisions WHERE decided_at < '2026-05-24';
UPDATE pls.decisions SET decided_at = '2026-05-26';
SELECT * FROM pg_temp.guard('rep capacity');
DELETE FROM pls.decisions;
SELECT * FROM pg_temp.guard('rep capacity');
ROLLBACK TO young;

-- Opt-outs: 18 were touched; who is excluded now was not then.
SELECT * FROM pg_temp.guard('opt-outs');
UPDATE pls.stages SET max_opt_outs = 0.2 WHERE stage = 'assist';
SELECT * FROM pg_temp.guard('opt-outs');
SELECT translate(g.evidence, E'\n', ' ') AS evidence FROM pls.guardrails('m', '2026-05-31') g WHERE g.guardrail = 'opt-outs';
SELECT pg_temp.touch(array_agg('a ' || n), '2026-03-01 00:00+00') FROM generate_series(6, 50) n;
SELECT * FROM pg_temp.guard('opt-outs');
-- opted out since: one by its id, one by the person of its alert; one before
INSERT INTO pls.opt_outs (id, at) VALUES ('a 6', '2026-03-02 00:00+00'), ('who@a-7.example', '2026-03-01 00:00+00'), ('a 8', '2026-02-28 00:00+00');
UPDATE pls.alerts SET next_best_contact = 'who@a-7.example', contact_at = created_at WHERE entity_id = 'a 7';
SELECT * FROM pg_temp.guard('opt-outs');
DELETE FROM pls.opt_outs;
INSERT INTO pls.exclusions (name, motion, scope, match, reason) VALUES ('no', 'm', 'entity', '$.do_not_contact == true', 'asked not to be contacted');
UPDATE pls.accounts SET attributes = '{"do_not_contact": true}' WHERE account_id IN (SELECT 'a ' || n FROM generate_series(6, 17) n);
SELECT * FROM pg_temp.guard('opt-outs');
UPDATE pls.accounts SET attributes = '{"do_not_contact": true}' WHERE account_id IN (SELECT 'a ' || n FROM generate_series(18, 40) n);
SELECT * FROM pg_temp.guard('opt-outs');
DELETE FROM pls.exclusions;

-- Churn: nothing records it; too few bought; no more with help; more.
SELECT * FROM pg_temp.guard('churn after help');
INSERT INTO pls.outcomes (motion, entity_id, account_id, outcome, at) VALUES ('m', 'a 1', 'a 1', 'churn', '2026-03-01 00:00+00');
SELECT * FROM pg_temp.guard('churn after help');
SELECT pg_temp.enter('h ', 40, 40, '2026-01-10 00:00+00', '10 days');
SELECT pg_temp.touch(array_agg('h ' || n), '2026-01-15 00:00+00') FROM generate_series(1, 40) n;
SELECT * FROM pg_temp.guard('churn after help');
INSERT INTO pls.outcomes (motion, entity_id, account_id, outcome, at)
SELECT 'm', 'h ' || n, 'h ' || n, 'churn', CASE WHEN n > 15 THEN '2026-04-20 00:00:01+00' ELSE '2026-04-20 00:00+00' END::timestamptz FROM generate_series(1, 40) n;
SELECT * FROM pg_temp.guard('churn after help');

-- Where they are now, and in Chinese.
SELECT * FROM pls.funnel_now;
SELECT guardrail, stage, verdict, evidence FROM pls.guardrails('m', language => 'zh') WHERE guardrail NOT LIKE 'stage%';
CREATE FUNCTION pg_temp.refused(command text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE command;
    RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
    RETURN concat_ws(' | ', SQLSTATE, SQLERRM);
END;
$$;
SELECT r FROM unnest(ARRAY['SELECT pls.guardrails(''nobody'')', $$SELECT pls.guardrails('m', '2026-02-01', '2026-01-01')$$,
    $$SELECT pls.guardrails('m', language => 'fr')$$]) c, LATERAL pg_temp.refused(c) r;
ROLLBACK;

-- The funnel of now: signals as the standings meet them now, all else as it
-- was.  Of a draft the alerts that it would have raised.
BEGIN;
SET LOCAL client_min_messages = warning;
CREATE SCHEMA app;
CREATE TABLE app.events (org text, name text, at timestamptz);
INSERT INTO pls.motions (motion, status, qualify_at, min_signals) VALUES ('n', 'draft', 10, 1);
INSERT INTO pls.signals (motion, signal, category, events, within, threshold, points) VALUES
    ('n', 'used', 'activation', '{use}', '10 days', 1, 1), ('n', 'often', 'depth', '{use}', '10 days', 3, 9);
INSERT INTO pls.stages (motion, position, stage, reached_by, signals) VALUES
    ('n', 1, 'signup', 'signup', NULL), ('n', 2, 'active', 'signals', '{used}'), ('n', 3, 'habit', 'signals', '{used,often,used}'),
    ('n', 4, 'qualified', 'qualified', NULL), ('n', 5, 'assist', 'touch', NULL), ('n', 6, 'lost', 'signals', '{no such}'), ('n', 7, 'bought', 'outcomes', NULL);
INSERT INTO pls.accounts (account_id, signed_up_at) VALUES ('nothing yet', '2026-05-01 00:00+00');
INSERT INTO app.events VALUES ('was active', 'use', '2026-03-01 00:00+00'), ('active', 'use', '2026-05-25 00:00+00'),
    ('habit', 'use', '2026-05-24 00:00+00'), ('habit', 'use', '2026-05-25 00:00+00'), ('habit', 'use', '2026-05-26 00:00+00');
SELECT pls.watch('app.events', event => 'name', at => 'at', account => 'org', motions => '{n}') > 0 AS watched, pls.refresh('n') > 0 AS refreshed;
INSERT INTO pls.reps (rep, daily_quota) VALUES ('sdr-1', 1);
INSERT INTO pls.pools (pool) VALUES ('all');
INSERT INTO pls.pool_members (pool, rep) VALUES ('all', 'sdr-1');
INSERT INTO pls.routes (motion, position, route, pool) VALUES ('n', 1, 'all', 'all');
SELECT position, stage, entities, share FROM pls.funnel_now WHERE motion = 'n';
SELECT measured, needed, verdict, evidence FROM pls.guardrails('n') WHERE guardrail = 'rep capacity';
INSERT INTO pls.decisions (entity_id, motion, decided_at, unit, account_id, lane, reason, score) VALUES
    ('was active', 'n', '2026-05-01 00:00+00', 'account', 'was active', 'sales', 'raised', 10),
    ('active', 'n', '2026-05-01 00:00+00', 'account', 'active', 'sales', 'excluded', 10);
INSERT INTO pls.outcomes (motion, entity_id, account_id, outcome, at) VALUES
    ('n', 'nothing yet', 'nothing yet', 'conversion', '2026-05-02 00:00+00'), ('n', 'to come', 'to come', 'conversion', '2026-07-02 00:00+00');
SELECT position, stage, entities, share FROM pls.funnel_now WHERE motion = 'n';
UPDATE pls.motions SET segment = '$.account_id == "habit"';
SELECT position, stage, entities, share FROM pls.funnel_now WHERE motion = 'n';
ROLLBACK;
