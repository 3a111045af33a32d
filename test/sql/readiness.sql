-- pls.readiness(): every check passes, and is turned to fail and back.
\set home :DBNAME
\set ECHO none
\set QUIET on
SET client_min_messages = warning;
DROP DATABASE IF EXISTS pls_readiness;
CREATE DATABASE pls_readiness;
\c pls_readiness
SET client_min_messages = warning;
CREATE EXTENSION pls;
SET pls.now = '2026-03-02 10:00+00';
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET intervalstyle = 'postgres';
CREATE FUNCTION pg_temp.checks(motion text) RETURNS SETOF pls_internal.readiness_check LANGUAGE sql AS $$
    SELECT c.* FROM pls.motions m, pls_internal.readiness_checks(m, 'en') c WHERE m.motion = checks.motion
$$;
-- what a check says after a statement that is then undone
CREATE FUNCTION pg_temp.after(about text, statement text, OUT verdict text, OUT measured text, OUT fix text, OUT whole text) LANGUAGE plpgsql AS $$
DECLARE
    clock CONSTANT text := current_setting('pls.now');
BEGIN
    EXECUTE statement;
    SELECT c.verdict, c.measured, c.fix INTO verdict, measured, fix FROM pg_temp.checks('trial') c WHERE c."check" = about;
    SELECT c.verdict INTO whole FROM pg_temp.checks('trial') c WHERE c."check" = 'verdict';
    RAISE EXCEPTION USING ERRCODE = 'P0099';
EXCEPTION WHEN SQLSTATE 'P0099' THEN
    PERFORM set_config('pls.now', clock, false);
END
$$;
CREATE FUNCTION pg_temp.sample() RETURNS void LANGUAGE sql AS 'SELECT pls_internal.sample_source(s.source_id) FROM pls.sources s';
CREATE SCHEMA app;
CREATE TABLE app.events (org text, who text, name text, at timestamptz DEFAULT pls.now());
-- 40 accounts, of which 25 have reached the first value and 10 are busy
CREATE PROCEDURE app.fill() LANGUAGE sql AS $$
    INSERT INTO app.events (org, who, name, at)
    SELECT 'o' || n, 'u' || n, 'report_viewed', pls.now() - interval '5 hours' FROM generate_series(1, 40) n
    UNION ALL
    SELECT 'o' || n, 'u' || n, 'workflow_completed', pls.now() - interval '6 hours' FROM generate_series(1, 25) n
    UNION ALL
    SELECT 'o' || n, 'u' || n || k, 'workflow_completed', pls.now() - k * interval '25 hours' FROM generate_series(1, 10) n, generate_series(1, 6) k
    UNION ALL
    SELECT 'o' || n, 'u' || n, e, pls.now() - interval '4 hours' FROM generate_series(1, 4) n, unnest('{invite_sent,integration_connected,domain_verified}'::text[]) e
$$;
\set ECHO all

-- --- nothing is there: verdicts and next steps, no error ---
SELECT pls.create_motion('bare') \g /dev/null
SELECT * FROM pls.readiness('bare');
SELECT pls.create_motion('trial', template => 'trial_conversion') \g /dev/null
SELECT "check", verdict, measured FROM pg_temp.checks('trial') WHERE verdict <> 'pass' ORDER BY place;
-- watched, and not sampled yet
SELECT pls.watch('app.events', 'name', 'at', account => 'org', actor => 'who') \g /dev/null
\pset format unaligned
SELECT "check", verdict, measured, fix FROM pg_temp.checks('trial') WHERE place > 4 ORDER BY place;
\pset format aligned
-- sampled, and empty
SELECT pg_temp.sample() \g /dev/null
\pset format unaligned
SELECT "check", verdict, measured, fix FROM pg_temp.checks('trial') WHERE place > 4 ORDER BY place;
\pset format aligned

-- --- ready ---
CALL app.fill();
SELECT pg_temp.sample() \g /dev/null
SELECT pls.answer('trial', 'goal', NULL, '0.15', '2026-06-30'), pls.answer('trial', 'segment', 'everybody'),
       pls.answer('trial', 'model', 'a tool', 'trial of 14 days'), pls.answer('trial', 'buyers', 'analysts', 'their head'),
       pls.answer('trial', 'constraints', 'none') \g /dev/null
SELECT * FROM pls.readiness('trial');
-- nothing was written
SELECT (SELECT count(*) FROM pls.standings) AS standings, (SELECT count(*) FROM pls.decisions) AS decisions, (SELECT count(*) FROM pls.backlog) AS backlog;

-- --- each check, turned and back ---
\pset format unaligned
SELECT a.verdict, a.whole, s.statement, a.measured, a.fix
  FROM (VALUES
    (1, 'objective measurable', $$UPDATE pls.motions SET goal_target = NULL, goal_metric = NULL$$),
    (2, 'objective measurable', $$UPDATE pls.motions SET goal_date = '2026-03-01'$$),
    (3, 'objective measurable', $$UPDATE pls.motions SET goal_date = '2026-03-02'$$),
    (4, 'objective measurable', $$UPDATE pls.signals SET enabled = false WHERE category = 'outcome'$$),
    (5, 'objective measurable', $$UPDATE pls.signals SET enabled = false WHERE category = 'outcome'; INSERT INTO pls.outcomes (entity_id, motion, outcome, at, account_id) VALUES ('o1', 'trial', 'conversion', pls.now(), 'o1')$$),
    (6, 'objective measurable', $$UPDATE pls.motions SET objective = 'expansion'$$),
    (7, 'objective measurable', $$UPDATE pls.motions SET objective = 'pipeline'; UPDATE pls.signals SET enabled = false WHERE category = 'outcome'$$),
    (8, 'objective measurable', $$UPDATE pls.motions SET objective = 'pipeline'; UPDATE pls.signals SET enabled = false WHERE category = 'outcome'; UPDATE pls.dispositions SET enabled = false$$),
    (10, 'segment explicit', $$DELETE FROM pls.intake WHERE question = 'segment'$$),
    (11, 'segment explicit', $$UPDATE pls.motions SET segment = '$.employees > 5'$$),
    (20, 'prerequisites', $$UPDATE pls.motions SET product = NULL$$),
    (21, 'prerequisites', $$DELETE FROM pls.intake; UPDATE pls.motions SET end_user = 'the team that does the work', buyer = 'the head of that team'$$),
    (30, 'constraints', $$UPDATE pls.motions SET constraints = NULL$$),
    (40, 'events come', $$SELECT pls.unwatch('app.events')$$),
    (41, 'events come', $$UPDATE pls_internal.source_samples SET observed_at = NULL$$),
    (42, 'events come', $$UPDATE pls.signals SET enabled = false WHERE measure <> 'attribute'$$),
    (43, 'events come', $$DELETE FROM pls_internal.event_samples WHERE event = 'invite_sent'$$),
    (44, 'events come', $$DELETE FROM pls_internal.event_samples WHERE event = 'workflow_completed'$$),
    (45, 'events come', $$DELETE FROM pls_internal.event_samples$$),
    (46, 'events come', $$DELETE FROM pls_internal.event_samples WHERE event = 'invite_sent'; UPDATE pls.signals SET required = true WHERE signal = 'teammates invited'$$),
    (50, 'data fresh', $$SET pls.now = '2026-03-05 05:59+00'$$),
    (51, 'data fresh', $$SET pls.now = '2026-03-05 06:01+00'$$),
    (52, 'data fresh', $$SET pls.now = '2026-03-05 06:01+00'; SELECT pg_temp.sample()$$),
    (53, 'data fresh', $$UPDATE pls_internal.source_samples SET observed_at = NULL, newest_at = NULL$$),
    (54, 'data fresh', $$UPDATE app.events SET at = NULL; SELECT pg_temp.sample()$$),
    (55, 'data fresh', $$SELECT pls.unwatch('app.events')$$),
    (60, 'users map to accounts', $$UPDATE app.events SET org = NULL WHERE ctid IN (SELECT ctid FROM app.events ORDER BY ctid DESC LIMIT 27); SELECT pg_temp.sample()$$),
    (61, 'users map to accounts', $$UPDATE app.events SET org = NULL WHERE ctid IN (SELECT ctid FROM app.events ORDER BY ctid DESC LIMIT 28); SELECT pg_temp.sample()$$),
    (62, 'users map to accounts', $$UPDATE pls.motions SET unit = 'user'$$),
    (63, 'users map to accounts', $$TRUNCATE app.events; SELECT pg_temp.sample()$$),
    (64, 'users map to accounts', $$SELECT pls.unwatch('app.events')$$),
    (70, 'first value reached', $$DELETE FROM app.events WHERE name = 'workflow_completed' AND substr(org, 2)::integer > 20$$),
    (71, 'first value reached', $$DELETE FROM app.events WHERE name = 'workflow_completed' AND substr(org, 2)::integer > 19$$),
    (72, 'first value reached', $$DELETE FROM app.events WHERE name = 'workflow_completed'$$),
    (73, 'first value reached', $$UPDATE pls.signals SET enabled = false WHERE category = 'activation'$$),
    (74, 'first value reached', $$SELECT pls.unwatch('app.events')$$),
    (75, 'first value reached', $$ALTER TABLE app.events DROP COLUMN org$$),
    (80, 'usage volume', $$DELETE FROM app.events WHERE substr(org, 2)::integer > 30$$),
    (81, 'usage volume', $$DELETE FROM app.events WHERE substr(org, 2)::integer > 29$$),
    (82, 'usage volume', $$UPDATE app.events SET at = at - interval '28 days' WHERE substr(org, 2)::integer > 29$$),
    (83, 'usage volume', $$TRUNCATE app.events$$),
    (84, 'usage volume', $$UPDATE pls.motions SET segment = '$.employees > 5'; INSERT INTO pls.accounts (account_id, attributes) SELECT 'o' || n, '{"employees": 9}' FROM generate_series(1, 30) n$$),
    (85, 'usage volume', $$UPDATE pls.motions SET segment = '$.employees > 5'; INSERT INTO pls.accounts (account_id, attributes) SELECT 'o' || n, '{"employees": 9}' FROM generate_series(1, 29) n$$),
    (86, 'usage volume', $$UPDATE pls.motions SET segment = '$.employees > 5'$$),
    (87, 'usage volume', $$INSERT INTO pls.exclusions (name, motion, scope, ids, reason) SELECT 'ours', 'trial', 'entity', array_agg('o' || n), 'ours' FROM generate_series(1, 11) n$$),
    (90, 'usage depth', $$DELETE FROM app.events WHERE name = 'workflow_completed' AND substr(org, 2)::integer > 4$$),
    (91, 'usage depth', $$DELETE FROM app.events WHERE name = 'workflow_completed' AND substr(org, 2)::integer > 3$$),
    (92, 'usage depth', $$UPDATE pls.signals SET enabled = false WHERE category IN ('depth', 'breadth')$$),
    (93, 'usage depth', $$TRUNCATE app.events$$),
    (100, 'sales capacity', $$UPDATE pls.reps SET active = false$$),
    (101, 'sales capacity', $$UPDATE pls.reps SET daily_quota = 0$$),
    (102, 'sales capacity', $$UPDATE pls.reps SET daily_quota = 0; UPDATE pls.reps SET daily_quota = 0.34 WHERE rep = 'sdr-1'$$),
    (103, 'sales capacity', $$UPDATE pls.reps SET daily_quota = 0; UPDATE pls.reps SET daily_quota = 0.36 WHERE rep = 'sdr-1'$$),
    (104, 'sales capacity', $$UPDATE pls.reps SET daily_quota = NULL WHERE rep = 'sdr-1'$$),
    (105, 'sales capacity', $$SELECT pls.unwatch('app.events')$$)) AS s (place, about, statement)
 CROSS JOIN LATERAL pg_temp.after(s.about, s.statement) a
 ORDER BY s.place;
\pset format aligned
SELECT verdict FROM pg_temp.checks('trial') WHERE "check" = 'verdict';

-- --- live: by standings and decisions, and the same ---
CREATE TEMP TABLE of_draft AS SELECT c.* FROM pg_temp.checks('trial') c;
SELECT motion, in_lane FROM pls.go_live('trial');
SELECT c."check", d.measured, c.measured FROM pg_temp.checks('trial') c JOIN of_draft d USING (place) WHERE d IS DISTINCT FROM c;
-- 12 alerts in four weeks, two who wait for a rep, and one who waits for a turn
INSERT INTO pls.decisions (entity_id, motion, decided_at, unit, lane, reason, score)
SELECT 'x' || n, 'trial', pls.now() - CASE WHEN n = 0 THEN interval '29 days' ELSE n * interval '2 days' END, 'account', 'sales',
       CASE WHEN n = 13 THEN 'cooldown' ELSE 'raised' END, 70 FROM generate_series(0, 13) n;
UPDATE pls.standings SET reason = NULL, decide_again_at = NULL;
SELECT measured FROM pg_temp.checks('trial') WHERE "check" = 'sales capacity';
UPDATE pls.standings SET reason = 'no_capacity', decide_again_at = pls.now() + CASE entity_id WHEN 'o3' THEN interval '3 days' ELSE interval '1 minute' END
 WHERE entity_id IN ('o1', 'o2', 'o3');
SELECT measured FROM pg_temp.checks('trial') WHERE "check" = 'sales capacity';
UPDATE pls.reps SET daily_quota = 0.1 WHERE daily_quota > 0;
SELECT verdict, measured, fix FROM pg_temp.checks('trial') WHERE "check" = 'sales capacity';
UPDATE pls.reps SET daily_quota = 0.09 WHERE rep = 'sdr-1';
SELECT verdict, measured, fix FROM pg_temp.checks('trial') WHERE "check" = 'sales capacity';

-- --- both languages have the same rows and fit psql; errors ---
SELECT l.language, count(*), count(*) FILTER (WHERE c.measured ~ '[^\x01-\x7f]') > 5 AS other_script
  FROM (VALUES ('en'), ('zh')) l (language), pls.motions m, pls_internal.readiness_checks(m, l.language) c
 WHERE m.motion = 'bare' GROUP BY l.language ORDER BY l.language;
SELECT l.language, max(x.width) <= 118 AS fits
  FROM (VALUES ('en'), ('zh')) l (language),
       LATERAL (SELECT 17 + sum(w.width) AS width
                  FROM (SELECT c.part, max(pls_internal.display_width(line)) AS width
                          FROM pls.readiness('trial', l.language) r,
                               LATERAL (VALUES (1, 'place'), (2, r."check"), (3, r.verdict), (4, r.measured), (5, r.needed), (6, r.fix)) c (part, cell),
                               regexp_split_to_table(c.cell, E'\n') line GROUP BY c.part) w) x
 GROUP BY l.language ORDER BY l.language;
\set VERBOSITY terse
SELECT FROM pls.readiness('nobody');
SELECT FROM pls.readiness('trial', 'fr');
\set ECHO none
\c :home
DROP DATABASE pls_readiness;
