-- The intake: what is asked, where an answer counts, what is assumed instead.
\set home :DBNAME
\set ECHO none
\set QUIET on
SET client_min_messages = warning;
DROP DATABASE IF EXISTS pls_intake;
CREATE DATABASE pls_intake;
\c pls_intake
SET client_min_messages = warning;
CREATE EXTENSION pls;
SET pls.now = '2026-03-02 10:00+00';
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET intervalstyle = 'postgres';
CREATE FUNCTION pg_temp.try(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    state text; message text; detail text; hint text; answer text;
BEGIN
    EXECUTE statement INTO answer;
    RETURN coalesce(answer, 'done');
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RETURN concat_ws(E'\n  ', state || ': ' || message, nullif(detail, ''), nullif(hint, ''));
END
$$;
-- the questions that are open
CREATE FUNCTION pg_temp.open(motion text) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(string_agg(s.question, ' ' ORDER BY s.place), '(none)')
      FROM pls_internal.intake_state((SELECT m FROM pls.motions m WHERE m.motion = open.motion), 'en') s WHERE NOT s.is_answered
$$;
-- whether one is, before and after a statement that is then undone
CREATE FUNCTION pg_temp.answers(motion text, question text, statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    before boolean := NOT question = ANY (string_to_array(pg_temp.open(motion), ' '));
    after  boolean;
BEGIN
    BEGIN
        EXECUTE statement;
        after := NOT question = ANY (string_to_array(pg_temp.open(motion), ' '));
        RAISE EXCEPTION USING ERRCODE = 'P0099';
    EXCEPTION WHEN SQLSTATE 'P0099' THEN
        RETURN format('%s -> %s', CASE WHEN before THEN 'answered' ELSE 'open' END, CASE WHEN after THEN 'answered' ELSE 'open' END);
    END;
END
$$;
CREATE SCHEMA app;
CREATE TABLE app.events (org text, who text, mail text, name text, at timestamptz DEFAULT pls.now());
\set ECHO all

-- --- twenty questions, each in both languages, never more than five at a time ---
SELECT count(*), count(DISTINCT place), min(place), max(place) FROM pls_internal.intake_rooms();
SELECT r.question, k.key FROM pls_internal.intake_rooms() r, unnest('{ask,assumed,check}'::text[]) k (key)
 WHERE NOT EXISTS (SELECT FROM pls_internal.words w WHERE w.key = format('intake.%s.%s', r.question, k.key) AND w.en <> '' AND w.zh <> '');
SELECT pls.create_motion('trial', template => 'trial_conversion') \g /dev/null
SELECT pls.create_motion('bare') \g /dev/null
SELECT pls.create_motion('people', unit => 'user') \g /dev/null
SELECT * FROM pls.intake_questions('trial');
SELECT pg_temp.open('trial') AS trial, pg_temp.open('bare') AS bare;
SELECT * FROM pls.assumptions('trial') LIMIT 6;

-- --- what rows say is answered by them, unless a template has brought them ---
\pset format unaligned
SELECT q.motion, q.question, pg_temp.answers(q.motion, q.question, q.statement), q.statement
  FROM (VALUES
    ('bare', 'goal', $$UPDATE pls.motions SET goal_metric = 'share', goal_target = 0.2$$),
    ('bare', 'goal', $$UPDATE pls.motions SET goal_metric = 'share', goal_target = 0.2, goal_date = '2026-12-31'$$),
    ('trial', 'goal', $$UPDATE pls.motions SET goal_target = 0.2, goal_date = '2026-12-31'$$),
    ('bare', 'first_value', $$INSERT INTO pls.signals (motion, signal, category, events, within, points) VALUES ('bare', 's', 'activation', '{x}', '7 days', 1)$$),
    ('trial', 'first_value', $$UPDATE pls.signals SET points = 21 WHERE category = 'activation'$$),
    ('trial', 'first_value', $$UPDATE pls.signals SET events = '{flow_finished}' WHERE category = 'activation'$$),
    ('trial', 'first_value', $$UPDATE pls.signals SET events = '{flow_finished}', enabled = false WHERE category = 'activation'$$),
    ('bare', 'events', $$SELECT pls.watch('app.events', 'name', 'at', 'org', motions => '{trial}')$$),
    ('bare', 'events', $$SELECT pls.watch('app.events', 'name', 'at', 'org')$$),
    ('bare', 'accounts', $$SELECT pls.watch('app.events', 'name', 'at', actor => 'who')$$),
    ('bare', 'accounts', $$SELECT pls.watch('app.events', 'name', 'at', email => 'mail')$$),
    ('bare', 'accounts', $$INSERT INTO pls.users (user_id, account_id) VALUES ('u', 'a')$$),
    ('people', 'accounts', $$SELECT 1$$),
    ('trial', 'capacity', $$UPDATE pls.reps SET name = 'Somebody' WHERE rep = 'sdr-1'$$),
    ('trial', 'capacity', $$UPDATE pls.reps SET daily_quota = 7 WHERE rep = 'sdr-1'$$),
    ('bare', 'capacity', $$INSERT INTO pls.reps (rep, daily_quota) VALUES ('r', 3)$$),
    ('trial', 'segment', $$UPDATE pls.motions SET segment = '$.employees > 5'$$),
    ('trial', 'intent', $$UPDATE pls.signals SET events = '{prices}' WHERE signal = 'pricing considered'$$),
    ('trial', 'model', $$UPDATE pls.motions SET product = 'a tool'$$),
    ('bare', 'model', $$UPDATE pls.motions SET product = 'a tool'$$),
    ('trial', 'buyers', $$UPDATE pls.motions SET buyer = 'the owner'$$),
    ('trial', 'baseline', $$UPDATE pls.pilots SET p_base = 0.05$$),
    ('trial', 'sla', $$UPDATE pls.routes SET respond_within = '3 hours' WHERE position = 10$$),
    ('trial', 'sla', $$UPDATE pls.routes SET resolve_within = '3 days' WHERE position = 10$$),
    ('trial', 'routes', $$UPDATE pls.routes SET predicate = '$.score >= 90' WHERE position = 10$$),
    ('trial', 'constraints', $$UPDATE pls.motions SET constraints = 'no mail to Germany'$$),
    ('trial', 'outreach', $$UPDATE pls.signals SET approved_for_outreach = true WHERE signal = 'regular use'$$),
    ('trial', 'dispositions', $$UPDATE pls.dispositions SET meaning = 'ours' WHERE disposition = 'nurture'$$),
    ('trial', 'pilot', $$UPDATE pls.pilots SET holdout = 0.2$$),
    ('trial', 'scale', $$UPDATE pls.pilot_rules SET threshold = 0.02 WHERE kind = 'scale'$$),
    ('trial', 'scale', $$UPDATE pls.pilot_rules SET threshold = 0.02 WHERE kind = 'rollback'$$),
    ('trial', 'systems', $$INSERT INTO pls.channels (channel, kind) VALUES ('hub', 'crm')$$),
    ('trial', 'systems', $$INSERT INTO pls.channels (channel, kind, motions) VALUES ('hub', 'crm', '{bare}')$$),
    ('trial', 'tone', $$UPDATE pls.motions SET tone = 'dry'$$),
    -- what people have written into a template is theirs
    ('trial', 'tone', $$UPDATE pls.motion_templates SET content = content || '{"tone": "dry"}' WHERE part = 'motions'; UPDATE pls.motions SET tone = 'dry'$$),
    ('trial', 'tone', $$DELETE FROM pls.motion_templates$$)) AS q (motion, question, statement);
\pset format aligned

-- --- pls.answer(): into the column, or into pls.intake ---
SELECT pls.answer('trial', 'goal', NULL, '0.15', '2026-12-31');
SELECT pls.answer('trial', 'first_value', ' has published a project ');
SELECT pls.answer('trial', 'segment', '$.employees >= 20');
SELECT pls.answer('trial', 'capacity', 'five of us, ten a day each');
SELECT pls.answer('trial', 'buyers', 'analysts', 'their head');
SELECT pls.answer('trial', 'bottlenecks', 'few invite anybody');
-- the value of the template, and somebody says that it is so
SELECT pls.answer('trial', 'tone', 'helpful, brief, one question');
SELECT goal_metric, goal_target, goal_date, objective, segment, end_user, buyer, tone FROM pls.motions WHERE motion = 'trial';
SELECT question, answer, answered_at, answered_by = current_user AS by_me FROM pls.intake ORDER BY question;
SELECT pg_temp.open('trial');
SELECT place, question FROM pls.intake_questions('trial');
SELECT pls.answer('trial', 'goal', 'seats', '100', '2026-12-31', 'expansion');
SELECT goal_metric, goal_target, objective FROM pls.motions WHERE motion = 'trial';
-- everybody is an answer, too, until there is a predicate
SELECT pls.answer('trial', 'segment', 'everybody');
SELECT m.segment, s.answer, s.is_answered FROM pls.motions m, pls_internal.intake_state(m, 'en') s WHERE m.motion = 'trial' AND s.question = 'segment';
UPDATE pls.motions SET segment = '$.plan == "trial"' WHERE motion = 'trial';
SELECT m.segment, s.value, s.answer, s.is_answered FROM pls.motions m, pls_internal.intake_state(m, 'en') s WHERE m.motion = 'trial' AND s.question = 'segment';
-- answered by INSERT, asked again after DELETE
SELECT pg_temp.answers('bare', 'routes', $$INSERT INTO pls.intake (motion, question, answer) VALUES ('bare', 'routes', 'all to Ann')$$);
SELECT pg_temp.answers('trial', 'capacity', $$DELETE FROM pls.intake WHERE question = 'capacity'$$);
SELECT pg_temp.answers('trial', 'capacity', $$UPDATE pls.intake SET answer = NULL WHERE question = 'capacity'$$);
SELECT pg_temp.answers('trial', 'tone', $$DELETE FROM pls.intake WHERE question = 'tone'$$);

-- --- own assumptions ---
INSERT INTO pls.intake (motion, question, assumption, validation) VALUES
    ('bare', 'goal', 'One trial in seven pays.', 'Count the paid ones of last year.'), ('bare', 'sla', 'A day.', NULL);
SELECT * FROM pls.assumptions('bare') WHERE question IN ('goal', 'sla', 'tone');
SELECT place, question, assumed FROM pls.intake_questions('bare') WHERE question = 'goal';
SELECT question, answered_at, answered_by FROM pls.intake WHERE motion = 'bare';
-- with figures, where there are some
SELECT pls.watch('app.events', 'name', 'at', email => 'mail') \g /dev/null
INSERT INTO app.events (mail, name) SELECT m, n FROM unnest('{a@a.example,b@b.example,c@gmail.com}'::text[]) m, unnest('{workflow_completed,invite_sent}'::text[]) n;
SELECT pls.create_motion('seen', template => 'trial_conversion') \g /dev/null
CALL pls.sweep_all();
INSERT INTO pls.accounts (account_id) VALUES ('a.example'), ('z.example');
SELECT question, validation FROM pls.assumptions('seen') WHERE question IN ('goal', 'first_value', 'capacity', 'segment', 'intent', 'baseline');
-- a watched table has answered two questions
SELECT pg_temp.open('bare');

-- --- all answered ---
SELECT count(pls.answer('bare', r.question, VARIADIC r.example)) FROM pls_internal.intake_rooms() r;
SELECT pg_temp.open('bare'), (SELECT count(*) FROM pls.intake_questions('bare')) AS to_ask, (SELECT count(*) FROM pls.assumptions('bare')) AS assumed;

-- --- errors ---
\pset format unaligned
SELECT s, pg_temp.try(s) FROM unnest(ARRAY[
    $$SELECT pls.answer('nobody', 'goal', 'x')$$, $$SELECT pls.answer('trial', 'weather', 'fine')$$, $$SELECT pls.answer('trial', NULL, 'fine')$$,
    $$SELECT pls.answer('trial', 'tone', '')$$, $$SELECT pls.answer('trial', 'tone', '  ')$$, $$SELECT pls.answer('trial', 'tone', NULL::text)$$,
    $$SELECT pls.answer('trial', 'tone', VARIADIC NULL)$$, $$SELECT pls.answer('trial', 'tone', VARIADIC '{}')$$,
    $$SELECT pls.answer('trial', 'goal', NULL, NULL)$$, $$SELECT pls.answer('trial', 'goal', 'x', '')$$,
    $$SELECT pls.answer('trial', 'tone', 'a', 'b')$$, $$SELECT pls.answer('trial', 'goal', 'a', '1', '2026-12-31', 'expansion', 'more')$$,
    $$SELECT pls.answer('trial', 'goal', 'x', 'much')$$, $$SELECT pls.answer('trial', 'goal', 'x', '1', 'soon')$$,
    $$SELECT pls.answer('trial', 'goal', 'x', '1', '2026-02-31')$$, $$SELECT pls.answer('trial', 'goal', 'x', '1', '2026-12-31', 'fame')$$,
    $$SELECT pls.answer('trial', 'segment', '$.size')$$,
    $$INSERT INTO pls.intake (motion, question, answer) VALUES ('trial', 'weather', 'fine')$$,
    $$INSERT INTO pls.intake (motion, question, answer) VALUES ('trial', 'model', 'a trial')$$,
    $$INSERT INTO pls.intake (motion, question, answer) VALUES ('seen', 'routes', '')$$,
    $$INSERT INTO pls.intake (motion, question, answer) VALUES ('nobody', 'routes', 'x')$$,
    $$UPDATE pls.intake SET answer = 'x' WHERE question = 'segment'$$,
    $$SELECT count(*) FROM pls.intake_questions('nobody')$$, $$SELECT count(*) FROM pls.assumptions('nobody')$$,
    $$SELECT count(*) FROM pls.intake_questions('trial', 'fr')$$, $$SELECT count(*) FROM pls.assumptions('trial', 'fr')$$]) s;
-- (the detail is the server's)
SELECT split_part(pg_temp.try($$SELECT pls.answer('trial', 'segment', 'large ones')$$), E'\n', 1);
-- a statement that failed has changed nothing
SELECT goal_metric, goal_target, tone FROM pls.motions WHERE motion = 'trial';

\pset format aligned

-- --- its rows follow the motion ---
UPDATE pls.motions SET motion = 'renamed' WHERE motion = 'bare';
SELECT count(*) > 0 AS follow FROM pls.intake WHERE motion = 'renamed';
DELETE FROM pls.motions WHERE motion = 'renamed';
SELECT count(*) FROM pls.intake WHERE motion = 'renamed';

-- --- and it fits psql, in both languages ---
SELECT l.language, bool_and(pls_internal.display_width(x.line) <= 47) AS fits
  FROM (VALUES ('en'), ('zh')) l (language), pls.assumptions('seen', l.language) a,
       unnest(ARRAY[a.assumption, a.validation]) c (cell), regexp_split_to_table(c.cell, E'\n') x (line)
 GROUP BY l.language ORDER BY l.language;
SELECT l.language, max(width) <= 118 AS fits
  FROM (VALUES ('en'), ('zh')) l (language),
       LATERAL (SELECT 14 + 5 + max(length(q.question)) + max((SELECT max(pls_internal.display_width(x)) FROM regexp_split_to_table(q.ask, E'\n') x))
                       + max((SELECT max(pls_internal.display_width(x)) FROM regexp_split_to_table(q.assumed, E'\n') x)) + max(length(q.answer_with)) AS width
                  FROM pls.intake_questions('seen', l.language) q) w
 GROUP BY l.language ORDER BY l.language;
\set ECHO none
\c :home
DROP DATABASE pls_intake;
