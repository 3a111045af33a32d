-- pls.stages: what is refused, what follows from a motion's rows, in words.
\set ECHO none
\set QUIET on
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
SET pls.now = '2026-01-01 00:00+00';
\set SHOW_CONTEXT never
BEGIN;
INSERT INTO pls.motions (motion, status, qualify_at) VALUES ('m', 'draft', 60), ('other', 'draft', 60);
INSERT INTO pls.signals (motion, signal, category, events, within, points) VALUES
    ('m', 'used', 'activation', '{use}', '7 days', 10), ('m', 'invited', 'invite', '{invite}', '7 days', 10);
CREATE FUNCTION pg_temp.refused(command text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    detail text;
    hint text;
BEGIN
    EXECUTE command;
    SET CONSTRAINTS ALL IMMEDIATE;
    RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RETURN concat_ws(' | ', SQLSTATE, SQLERRM, CASE WHEN detail NOT LIKE 'Failing row%' THEN nullif(detail, '') END, nullif(hint, ''));
END;
$$;
-- what a row needs, and then one thing after the other
CREATE FUNCTION pg_temp.try(change jsonb) RETURNS text LANGUAGE sql AS $$
    SELECT pg_temp.refused(format('INSERT INTO pls.stages SELECT * FROM jsonb_populate_record(NULL::pls.stages, %L)',
                                  '{"motion": "m", "position": 1, "stage": "s", "reached_by": "signup"}'::jsonb || change))
$$;
\set ECHO all
SELECT c, pg_temp.try(c::jsonb) FROM unnest(ARRAY[
    '{"stage": ""}', '{"stage": null}', '{"position": 0}', '{"position": 1001}', '{"position": null}',
    '{"reached_by": "click"}', '{"reached_by": null}', '{"motion": "nobody"}',
    '{"reached_by": "signals"}', '{"reached_by": "signals", "signals": []}', '{"reached_by": "signals", "signals": ["used", null]}',
    '{"signals": ["used"]}', '{"outcomes": ["conversion"]}', '{"reached_by": "outcomes", "outcomes": [""]}',
    '{"responsible": " "}', '{"sales_helps": ""}',
    '{"min_rate": 0.1}', '{"min_rate_within": "1 day"}', '{"min_rate": 0, "min_rate_within": "1 day"}', '{"min_rate": 1.1, "min_rate_within": "1 day"}',
    '{"min_rate": 0.1, "min_rate_within": "1 month"}', '{"min_rate": 0.1, "min_rate_within": "0"}',
    '{"reached_by": "touch", "min_rate": 0.1, "min_rate_within": "1 day"}', '{"max_opt_outs": 0.1}', '{"reached_by": "touch", "max_opt_outs": 2}'
    ]) WITH ORDINALITY u (c, n) ORDER BY n;
SELECT pg_temp.try(jsonb_build_object('reached_by', 'signals', 'signals', (SELECT jsonb_agg(n::text) FROM generate_series(1, 257) n)));
SELECT count(*) FROM pls.stages;

-- A stage may name what is not there yet: rows are restored in any order.
INSERT INTO pls.stages (motion, position, stage, reached_by, signals, outcomes) VALUES
    ('m', 1, 'signup', 'signup', NULL, NULL), ('m', 2, 'active', 'signals', '{used,to come}', NULL),
    ('m', 3, 'bought', 'outcomes', NULL, NULL);
SELECT s.stage, pls_internal.stage_problem(s) FROM pls.stages s ORDER BY s.position;
INSERT INTO pls.signals (motion, signal, category, events, within, points) VALUES ('m', 'to come', 'depth', '{x}', '7 days', 10);
SELECT s.stage, pls_internal.stage_problem(s) FROM pls.stages s WHERE s.stage = 'active';
-- the same name, the same place
SELECT pg_temp.try('{"stage": "signup", "position": 9}'), pg_temp.try('{"stage": "else", "position": 2}');
-- but places can be exchanged by one statement
UPDATE pls.stages SET position = 5 - position WHERE position IN (2, 3);
SELECT position, stage FROM pls.stages ORDER BY position;

-- They follow their motion, and go with it.
UPDATE pls.motions SET motion = 'n' WHERE motion = 'm';
SELECT DISTINCT motion FROM pls.stages;
SELECT pg_temp.refused($$UPDATE pls.stages SET motion = 'nobody'$$);
DELETE FROM pls.motions WHERE motion = 'n';
SELECT count(*) FROM pls.stages;

-- When a stage is reached, in words.
SELECT pls.create_motion('trial', template => 'trial_conversion') LIKE '%"trial"%' AS created,
       pls.create_motion('seats', template => 'seat_expansion') LIKE '%"seats"%' AS created;
SELECT s.motion, s.position, s.stage, pls_internal.wrapped(pls_internal.stage_entry_text(s), 70) AS reached
  FROM pls.stages s ORDER BY s.motion COLLATE "C", s.position;
UPDATE pls.motions SET segment = '$.region == "eu"' WHERE motion = 'seats';
UPDATE pls.stages SET outcomes = '{expansion,renewal}' WHERE motion = 'seats' AND stage = 'upgrade';
SELECT s.stage, pls_internal.wrapped(pls_internal.stage_entry_text(s), 70) AS reached FROM pls.stages s
 WHERE s.motion = 'seats' AND s.stage IN ('qualified', 'upgrade') ORDER BY s.position;
SELECT s.stage, pls_internal.stage_entry_text(s, 'zh') FROM pls.stages s WHERE s.motion = 'trial' AND s.reached_by <> 'qualified' ORDER BY s.position;
SELECT pg_temp.refused($$SELECT pls_internal.stage_entry_text(s, 'fr') FROM pls.stages s$$);
-- of both templates every stage can be reached, is somebody's, and has all four
SELECT s.motion, count(*) AS stages, count(pls_internal.stage_problem(s)) AS problems, count(s.responsible) AS r, count(s.accountable) AS a,
       count(s.consulted) AS c, count(s.informed) AS i, count(s.guardrail) AS guardrails, count(s.sales_helps) AS people_help, count(s.min_rate) AS min_rates
  FROM pls.stages s GROUP BY s.motion ORDER BY s.motion COLLATE "C";
ROLLBACK;
