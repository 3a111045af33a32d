-- pls.create_motion(): what is refused; templates of one's own.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
RESET client_min_messages;
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET intervalstyle = 'postgres';
\set VERBOSITY terse
BEGIN;
CREATE FUNCTION pg_temp.try(statement text) RETURNS text LANGUAGE plpgsql
AS $$
DECLARE
    state text; message text; hint text; answer text;
BEGIN
    EXECUTE statement INTO answer;
    RETURN 'accepted: ' || answer;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
    RETURN concat(state, ': ', message, E'\n  hint: ' || NULLIF(hint, ''));
END
$$;
\pset format unaligned
\pset tuples_only on
SELECT pls.create_motion('m');
SELECT pg_temp.try($$SELECT pls.create_motion('m')$$);
SELECT pg_temp.try($$SELECT pls.create_motion('n', 'no such')$$);
SELECT pg_temp.try($$SELECT pls.create_motion('')$$);
SELECT pg_temp.try($$SELECT pls.create_motion(NULL)$$);
SELECT pg_temp.try($$SELECT pls.create_motion(repeat('x', 64))$$);
SELECT pg_temp.try($$SELECT pls.create_motion('n', unit => 'team')$$);
SELECT pg_temp.try($$SELECT pls.create_motion('n', 'trial_conversion', 'team')$$);
SELECT count(*) FROM pls.motions WHERE motion = 'n';

-- a template of one's own; what it makes is a draft, whatever it says
INSERT INTO pls.motion_templates (template, part, position, content) VALUES
    ('mine', 'motions', 1, '{"objective": "pipeline", "status": "live", "qualify_at": 10, "min_signals": 1}'),
    ('mine', 'signals', 1, '{"signal": "exports", "category": "depth", "events": ["export"], "within": "7 days", "points": 10}'),
    ('mine', 'exclusions', 1, '{"name": "robots", "scope": "actor", "ids": ["robot"], "reason": "a robot"}');
SELECT pls.create_motion('n', 'mine', 'user');
SELECT motion, unit, objective, status, qualify_at FROM pls.motions WHERE motion = 'n';
SELECT signal, how_measured, threshold, points FROM pls.signal_catalog WHERE motion = 'n';
SELECT name, motion, ids FROM pls.exclusions WHERE motion = 'n';

-- its rows are judged when they are copied
SELECT pg_temp.try($$INSERT INTO pls.motion_templates (template, part, position, content) VALUES ('mine', 'motion', 1, '{}')$$);
SELECT pg_temp.try($$INSERT INTO pls.motion_templates (template, part, position, content) VALUES ('mine', 'signals', 2, '[]')$$);
INSERT INTO pls.motion_templates (template, part, position, content) VALUES
    ('mine', 'signals', 2, '{"signal": "odd", "kategory": "depth"}');
SELECT pg_temp.try($$SELECT pls.create_motion('o', 'mine')$$);
UPDATE pls.motion_templates SET content = '{"signal": "odd", "category": "depth"}' WHERE template = 'mine' AND position = 2;
SELECT pg_temp.try($$SELECT pls.create_motion('o', 'mine')$$);

-- an edited row is the user's, and so is one that takes the place of a
-- shipped one, as when a dump is loaded
UPDATE pls.motion_templates SET content = content || '{"qualify_at": 70}'
WHERE template = 'trial_conversion' AND part = 'motions';
INSERT INTO pls.motion_templates (template, part, position, content)
SELECT template, part, position, content || '{"max_points": 20}'
FROM pls.motion_templates WHERE template = 'trial_conversion' AND part = 'category_limits' AND position = 1;
SELECT part, position, content ->> 'max_points' FROM pls.motion_templates WHERE NOT shipped AND template = 'trial_conversion' ORDER BY part;
SELECT pls.create_motion('later', 'trial_conversion') LIMIT 1;
SELECT qualify_at FROM pls.motions WHERE motion = 'later';

-- another motion of the template leaves reps and pools as they are
UPDATE pls.reps SET daily_quota = 3 WHERE rep = 'sdr-1';
SELECT pls.create_motion('latest', 'trial_conversion') LIMIT 1;
SELECT rep, daily_quota FROM pls.reps WHERE rep LIKE 'sdr%' ORDER BY rep;
ROLLBACK;
