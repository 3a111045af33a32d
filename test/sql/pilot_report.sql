-- What a pilot shows: counted by plain SQL from made-up decisions, and the cases
-- in which it must not mislead.
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
\set SHOW_CONTEXT never
BEGIN;
\i :setup
INSERT INTO pls.signals (motion, signal, category, events, outcome, within) VALUES
    ('play', 'paid', 'outcome', '{paid}', 'conversion', '1 day'), ('play', 'left', 'outcome', '{left}', 'churn', '1 day');
\set ECHO all

-- 91 treated, 26 held out: 2 and 1 convert by events; reps dispose of 11 alerts as converted.
INSERT INTO pls.pilots (pilot, motion, holdout, salt, p_base, p_target) VALUES ('p', 'play', 0.2, 'salt', 0.04, 0.08);
INSERT INTO pls.pilot_rules (pilot, kind, measure, value, op, threshold) VALUES
    ('p', 'scale', 'conversion any time', 'low', '>', 0), ('p', 'rollback', 'conversion', 'high', '<', 0),
    ('p', 'guardrail', 'late', 'treatment', '<=', 0.2), ('p', 'guardrail', 'no such', 'low', '>', 0);
SELECT * FROM pls.pilot_report('p');
SELECT pls.start_pilot('p');
SELECT pg_temp.qualify(entity) AS decided, count(*)
  FROM (SELECT 'e' || n AS entity, pls.arm('play', 'e' || n) AS arm, row_number() OVER (PARTITION BY pls.arm('play', 'e' || n) ORDER BY n) AS nr
          FROM generate_series(1, 200) AS n) AS e
 WHERE nr <= CASE arm WHEN 'treatment' THEN 91 ELSE 26 END GROUP BY 1 ORDER BY 1;
SELECT section, measure, treatment, holdout, verdict FROM pls.pilot_report('p') WHERE section IN ('arms', 'outcome', 'size');
SET pls.now = '2026-03-05 10:00+00';
SELECT count(pls.dispose(alert_id, 'converted')) FROM pls.alerts WHERE alert_id <= 11;
SELECT count(pls.touch(alert_id)) FROM pls.alerts WHERE alert_id BETWEEN 12 AND 20;
SELECT count(pls.dispose(alert_id, 'disqualified: bad signal', 'no')) FROM pls.alerts WHERE alert_id BETWEEN 21 AND 23;
SELECT count(pls.dispose(alert_id, 'meeting set')) FROM pls.alerts WHERE alert_id BETWEEN 24 AND 25;
INSERT INTO pls.outcomes (entity_id, motion, outcome, at, signal)
SELECT entity_id, motion, 'conversion', '2026-03-06 10:00+00', 'paid'
  FROM (SELECT *, row_number() OVER (PARTITION BY reason ORDER BY decision_id) AS nr FROM pls.decisions) AS d
 WHERE nr <= CASE reason WHEN 'raised' THEN 2 ELSE 1 END;
SET pls.now = '2026-03-20 10:00+00';
SELECT * FROM pls.pilot_report('p');
SELECT * FROM pls.pilot_notes('p');
-- as of an earlier instant
SELECT section, measure, treatment, holdout, verdict FROM pls.pilot_report('p', '2026-03-10 10:00+00') WHERE section <> 'leading' OR measure LIKE '%o%';
-- Dispositions that are taken back take their outcome along.
SELECT count(pls.reopen(alert_id)) FROM pls.alerts WHERE alert_id <= 3;
SELECT measure, treatment, holdout, verdict FROM pls.pilot_report('p') WHERE section = 'left out';
-- What was entered by hand counts if asked, for both arms.
INSERT INTO pls.outcomes (entity_id, motion, outcome, at)
SELECT entity_id, motion, 'conversion', '2026-03-07 10:00+00' FROM pls.decisions WHERE reason = 'held_out' ORDER BY decision_id LIMIT 3;
SELECT section, measure, treatment, holdout, verdict FROM pls.pilot_report('p') WHERE section IN ('outcome', 'left out');
SELECT section, measure, treatment, holdout, verdict FROM pls.pilot_report('p', by_hand => true) WHERE section IN ('outcome', 'left out');
SELECT * FROM pls.pilot_notes('p', by_hand => true) WHERE note LIKE '%hand%';
-- What would have happened to those held out.
SELECT arm, reason, lane, score, signals_met, route, count(*), count(alert_id) AS alerts FROM pls.pilot_entities('p') GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1;
SELECT * FROM pls.pilot_balance('p');
-- Stopped, those held out are alerted: within their time that is said.
SET pls.now = '2026-03-12 10:00+00';
SELECT pls.stop_pilot('p');
UPDATE pls.standings SET cooldown_until = NULL;
SELECT pg_temp.qualify(entity_id) AS decided, count(*) FROM pls.pilot_entities('p') WHERE arm = 'holdout' GROUP BY 1;
SET pls.now = '2026-03-20 10:00+00';
SELECT section, measure, treatment, holdout, verdict FROM pls.pilot_report('p') WHERE section = 'arms';
SELECT * FROM pls.pilot_notes('p') WHERE note ~ 'stopped|held out were';
ROLLBACK;

-- Made up: 600 entities with up to 3 decisions of a pilot each, some before it
-- began or of another pilot; outcomes of every origin, near the ends of the time.
-- The local time changes on March 8 and 29.
BEGIN;
\set ECHO none
\i :setup
\set ECHO all
SET timezone = 'America/New_York';
UPDATE pls.motions SET status = 'live';
INSERT INTO pls.pilots (pilot, motion, holdout, salt, status, starts_at, started_at, stratify_by, attribute, outcomes, outcome_within, p_base, p_target) VALUES
    (E'p "1"\\ %s', 'play', 0.3, 's', 'running', '2026-03-01 00:00+00', '2026-03-01 00:00+00', 'attribute', E'it''s "x".y', E'{conversion,"it''s %s \\"o\\""}', '10 days 6 hours', 0.1, 0.4);
CREATE FUNCTION pg_temp.draw(VARIADIC what text[]) RETURNS double precision LANGUAGE sql IMMUTABLE AS $$
    SELECT get_byte(h, 0) / 256.0 + get_byte(h, 1) / 65536.0 FROM (SELECT sha256(convert_to(array_to_string(what, ' '), 'UTF8')) AS h) s
$$;
INSERT INTO pls.decisions (entity_id, motion, decided_at, unit, account_id, lane, reason, score, grade, evidence, pilot, pilot_facts)
SELECT e, 'play', '2026-02-26 00:00+00'::timestamptz + pg_temp.draw('at', e::text, k::text) * interval '960 hours', 'account', e::text,
       CASE WHEN pg_temp.draw('lane', e::text, k::text) < 0.7 THEN 'sales' ELSE 'triage' END,
       CASE WHEN pg_temp.draw('arm', e::text) < 0.3 THEN 'held_out' WHEN pg_temp.draw('r', e::text, k::text) < 0.2 THEN 'no_capacity' ELSE 'raised' END,
       round((30 + 40 * pg_temp.draw('score', e::text, k::text))::numeric, 1), NULL,
       '[{"met": true}, {"met": false}, {"met": true}]',
       CASE WHEN pg_temp.draw('pilot', e::text, k::text) < 0.85 THEN E'p "1"\\ %s' WHEN pg_temp.draw('pilot', e::text, k::text) < 0.95 THEN 'q' END,
       jsonb_strip_nulls(jsonb_build_object('stratum', CASE WHEN e % 3 = 0 THEN 'a' ELSE '' END, 'attribute', CASE WHEN e % 3 = 0 THEN 'a' END,
                         'size', CASE WHEN e % 2 = 0 THEN e % 50 END, 'route', 'rest'))
  FROM generate_series(1, 600) AS e, generate_series(1, 3) AS k WHERE pg_temp.draw('is', e::text, k::text) < 0.6;
-- some at the very ends of the time
INSERT INTO pls.outcomes (entity_id, motion, outcome, at, signal, detail)
SELECT d.entity_id, 'play', CASE WHEN pg_temp.draw('o', d.nr::text) < 0.6 THEN 'conversion' ELSE 'it''s %s "o"' END,
       CASE d.nr % 4 WHEN 0 THEN d.decided_at + interval '246 hours' WHEN 1 THEN d.decided_at
                              ELSE d.decided_at + pg_temp.draw('oat', d.nr::text) * interval '400 hours' END,
       CASE WHEN d.nr % 10 < 6 THEN 'paid' END,
       CASE WHEN d.nr % 10 >= 6 AND d.nr % 10 < 8 THEN '{"alert_id": 1, "disposition": "converted"}' ELSE '{}' END::jsonb
  FROM (SELECT *, row_number() OVER (ORDER BY entity_id::integer, decided_at) AS nr FROM pls.decisions) AS d
 WHERE pg_temp.draw('any', d.entity_id) < 0.5;
-- an outcome of another motion
INSERT INTO pls.outcomes (entity_id, motion, outcome, at, signal) SELECT entity_id, 'other', 'conversion', decided_at + interval '1 hour', 'paid' FROM pls.decisions;
SET pls.now = '2026-03-28 12:00+00';
\set pilot 'E''p "1"\\\\ %s'''
CREATE TEMP VIEW firsts AS
SELECT d.entity_id, d.reason = 'held_out' AS held, d.decided_at, d.decided_at + interval '246 hours' AS ends, d.score, d.pilot_facts
  FROM pls.decisions d
 WHERE d.pilot = :pilot AND d.decided_at BETWEEN '2026-03-01 00:00+00' AND pls.now()
   AND NOT EXISTS (SELECT FROM pls.decisions e WHERE e.entity_id = d.entity_id AND e.pilot = d.pilot AND e.decided_at >= '2026-03-01 00:00+00'
                    AND (e.decided_at, e.decision_id) < (d.decided_at, d.decision_id));
CREATE TEMP TABLE plain AS
SELECT o.outcome, h.by_hand, count(*) FILTER (WHERE NOT held AND got) AS x1, count(*) FILTER (WHERE NOT held) AS n1,
       count(*) FILTER (WHERE held AND got) AS x0, count(*) FILTER (WHERE held) AS n0
  FROM firsts f, (VALUES ('conversion'), ('it''s %s "o"')) AS o (outcome), (VALUES (false), (true)) AS h (by_hand),
       LATERAL (SELECT EXISTS (SELECT FROM pls.outcomes x WHERE x.entity_id = f.entity_id AND x.motion = 'play' AND x.outcome = o.outcome
                                  AND x.at > f.decided_at AND x.at <= f.ends
                                  AND (x.signal IS NOT NULL OR h.by_hand AND x.detail ->> 'alert_id' IS NULL)) AS got) AS g
 WHERE f.ends <= pls.now() GROUP BY 1, 2;
SELECT * FROM plain ORDER BY outcome, by_hand;
SELECT p.outcome, p.by_hand, r.treatment = round(p.x1::numeric / p.n1, 4) AS treatment, r.holdout = round(p.x0::numeric / p.n0, 4) AS holdout,
       (r.difference, r.low, r.high, r.p_value) = (round(l.difference::numeric, 4), round(l.low::numeric, 4), round(l.high::numeric, 4), round(l.p_value::numeric, 4)) AS once,
       (a.low, a.high, a.p_value) = (round(t.low::numeric, 4), round(t.high::numeric, 4), round(t.p_value::numeric, 4)) AS any_time, r.verdict, a.verdict
  FROM plain p
  JOIN LATERAL pls.pilot_report(:pilot, by_hand => p.by_hand) r ON r.measure = p.outcome AND r.section = 'outcome'
  JOIN LATERAL pls.pilot_report(:pilot, by_hand => p.by_hand) a ON a.measure = p.outcome || ' any time'
 CROSS JOIN LATERAL pls.proportion_lift(p.x1, p.n1, p.x0, p.n0) l CROSS JOIN LATERAL pls.any_time_lift(p.x1, p.n1, p.x0, p.n0, 0.3) t
 ORDER BY 1, 2;
SELECT r.measure, r.treatment, r.holdout,
       (r.treatment, r.holdout) = (SELECT count(*) FILTER (WHERE NOT held), count(*) FILTER (WHERE held)
                                     FROM firsts WHERE r.measure = 'entities' OR (ends <= pls.now()) = (r.measure = 'window over')) AS same
  FROM pls.pilot_report(:pilot) r WHERE r.measure IN ('entities', 'window not over', 'window over');
-- In which time zone it is read does not matter, nor how texts are written.
CREATE TEMP TABLE read_here AS SELECT * FROM pls.pilot_report(:pilot);
SET timezone = 'Asia/Kathmandu';
SET datestyle = 'German';
SET intervalstyle = 'sql_standard';
SELECT count(*) AS rows, (SELECT count(*) FROM (SELECT * FROM pls.pilot_report(:pilot) EXCEPT SELECT * FROM read_here) AS d) AS differ FROM read_here;
SET datestyle = 'ISO';
SET timezone = 'UTC';
SET intervalstyle = 'postgres';
-- The balance, by plain SQL.
SELECT * FROM pls.pilot_balance(:pilot);
SELECT round(avg(score) FILTER (WHERE NOT held), 3) AS mean1, round(avg(score) FILTER (WHERE held), 3) AS mean0,
       round((avg(score) FILTER (WHERE NOT held) - avg(score) FILTER (WHERE held)) / sqrt((var_pop(score) FILTER (WHERE NOT held) + var_pop(score) FILTER (WHERE held)) / 2), 3) AS d
  FROM firsts;
SELECT round(avg((pilot_facts ->> 'size')::numeric) FILTER (WHERE NOT held), 3) AS size1, round(avg((pilot_facts ->> 'size')::numeric) FILTER (WHERE held), 3) AS size0,
       count(*) FILTER (WHERE held AND pilot_facts ->> 'stratum' = 'a') AS a_held, round(avg((pilot_facts ? 'attribute')::integer) FILTER (WHERE held), 3) AS a0 FROM firsts;
-- Something else than the draw chose: of those held out, many are gone.
DELETE FROM pls.decisions WHERE reason = 'held_out' AND entity_id::integer % 2 = 0;
SELECT measure, treatment, holdout, p_value, verdict FROM pls.pilot_report(:pilot) WHERE measure = 'entities';
SELECT * FROM pls.pilot_notes(:pilot) WHERE note ~ 'Pilot|Chance';
-- One arm alone, then none.
DELETE FROM pls.decisions WHERE reason = 'held_out';
SELECT section, measure, treatment IS NOT NULL AS t, holdout, difference, low, high, p_value, verdict FROM pls.pilot_report(:pilot) WHERE section IN ('arms', 'outcome', 'left out', 'now');
SELECT measure, treatment IS NOT NULL AS t, holdout, difference, verdict FROM pls.pilot_balance(:pilot);
DELETE FROM pls.decisions;
SELECT * FROM pls.pilot_report(:pilot);
SELECT * FROM pls.pilot_balance(:pilot);
SELECT count(*) FROM pls.pilot_entities(:pilot);
-- It goes with its motion; what was decided stays, and there is nothing to report.
INSERT INTO pls.decisions (entity_id, motion, decided_at, unit, reason, pilot) VALUES ('x', 'play', pls.now(), 'account', 'raised', :pilot);
INSERT INTO pls.outcomes (entity_id, motion, outcome, at) VALUES ('x', 'play', 'conversion', pls.now());
DELETE FROM pls.motions;
SET CONSTRAINTS ALL IMMEDIATE;
SELECT count(*) FROM pls.pilots;
SELECT state, message, hint FROM unnest(ARRAY['pls.pilot_report(NULL)', 'pls.pilot_balance(''p'')', 'pls.pilot_entities(''p'')', 'pls.pilot_notes(''p'')', 'pls.start_pilot(''p'')', 'pls.stop_pilot(NULL)']) c,
       LATERAL pg_temp.refused('SELECT ' || c) r;
ROLLBACK;

-- Errors, and what is locked.
BEGIN;
\set ECHO none
\i :setup
\set ECHO all
SET pls.now = '2026-03-02 10:00+00';
INSERT INTO pls.pilots (pilot, motion, holdout, salt) VALUES ('p', 'play', 0.2, 's'), ('other', 'play', 0.2, 's');
INSERT INTO pls.pilot_rules (pilot, kind, measure, value, op, threshold) VALUES ('p', 'scale', 'conversion', 'low', '>', 0);
SELECT c AS command, r.state, r.message, r.hint FROM unnest(ARRAY[
    $$UPDATE pls.pilots SET p_base = 1.5$$, $$UPDATE pls.pilots SET p_base = 0.1, p_target = 0.10000000001$$, $$UPDATE pls.pilots SET p_base = 0.1, p_target = 0.2, holdout = 0.0000000001$$,
    $$UPDATE pls.pilots SET p_base = 0.1, p_target = 0.10001, holdout = 0.000001$$, $$UPDATE pls.pilots SET p_base = 0.1, p_target = 0.1$$, $$UPDATE pls.pilots SET p_target = 'NaN'$$,
    $$UPDATE pls.pilots SET stratify_by = 'size'$$, $$UPDATE pls.pilots SET stratify_by = 'attribute'$$, $$UPDATE pls.pilots SET attribute = ' '$$,
    $$UPDATE pls.pilots SET outcomes = '{}'$$, $$UPDATE pls.pilots SET outcomes = '{a,NULL}'$$,
    $$UPDATE pls.pilots SET outcome_within = '1 second'$$, $$UPDATE pls.pilots SET outcome_within = NULL$$,
    $$INSERT INTO pls.pilot_rules VALUES ('p', 'maybe', 'late', 'low', '>', 0)$$, $$INSERT INTO pls.pilot_rules VALUES ('p', 'scale', 'late', 'verdict', '>', 0)$$,
    $$INSERT INTO pls.pilot_rules VALUES ('p', 'scale', 'late', 'low', '=', 0)$$, $$INSERT INTO pls.pilot_rules VALUES ('p', 'scale', 'late', 'low', '>', 'NaN')$$,
    $$INSERT INTO pls.pilot_rules VALUES ('p', 'scale', '', 'low', '>', 0)$$, $$INSERT INTO pls.pilot_rules VALUES ('nobody', 'scale', 'late', 'low', '>', 0)$$]) c, LATERAL pg_temp.refused(c) r;
-- What cannot be started.
CREATE FUNCTION pg_temp.start(change text) RETURNS TABLE (state text, message text, hint text) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE change;
    RETURN QUERY SELECT * FROM pg_temp.refused('SELECT pls.start_pilot(''p'')');
    RAISE EXCEPTION 'undone' USING ERRCODE = 'P0099';
EXCEPTION WHEN SQLSTATE 'P0099' THEN
    NULL;
END
$$;
SELECT c AS change, r.* FROM unnest(ARRAY[
    $$UPDATE pls.pilots SET status = 'stopped' WHERE pilot = 'p'$$, $$UPDATE pls.pilots SET status = 'running' WHERE pilot = 'other'$$, $$UPDATE pls.motions SET status = 'draft'$$,
    $$UPDATE pls.pilots SET starts_at = '2026-01-01', ends_at = '2026-02-01' WHERE pilot = 'p'$$, $$UPDATE pls.pilots SET stratify_by = 'grade'$$,
    $$UPDATE pls.pilots SET p_target = 0.1$$]) c, LATERAL pg_temp.start(c) r;
-- Started, with what speaks against it.
INSERT INTO pls.decisions (entity_id, motion, decided_at, unit, reason) SELECT n, 'play', pls.now() - interval '1 day', 'account', 'raised' FROM generate_series(1, 42) n;
UPDATE pls.pilots SET p_base = 0.1, p_target = 0.15, starts_at = '2026-01-01', ends_at = '2026-05-01' WHERE pilot = 'p';
SELECT pls.start_pilot('p');
SELECT starts_at, started_at, status FROM pls.pilots WHERE pilot = 'p';
SELECT c AS command, r.state, r.message, r.hint FROM unnest(ARRAY[
    $$UPDATE pls.pilots SET p_target = 0.2$$, $$UPDATE pls.pilots SET outcomes = '{churn}'$$, $$UPDATE pls.pilots SET outcome_within = '1 day'$$, $$UPDATE pls.pilots SET stratify_by = 'grade'$$,
    $$UPDATE pls.pilots SET attribute = 'plan'$$, $$UPDATE pls.pilot_rules SET threshold = -1$$, $$DELETE FROM pls.pilot_rules$$,
    $$INSERT INTO pls.pilot_rules VALUES ('p', 'rollback', 'late', 'treatment', '>', 1)$$, $$UPDATE pls.pilot_rules SET pilot = 'other'$$,
    $$SELECT pls.start_pilot('p')$$, $$SELECT pls.stop_pilot('other')$$, $$UPDATE pls.pilots SET description = 'why not' WHERE pilot = 'p'$$, $$SELECT pls.stop_pilot('p')$$,
    $$SELECT pls.stop_pilot('p')$$, $$UPDATE pls.pilots SET stopped_at = NULL, started_at = NULL WHERE pilot = 'p'$$, $$DELETE FROM pls.pilot_rules$$]) c, LATERAL pg_temp.refused(c) r;
SELECT status, started_at, stopped_at FROM pls.pilots WHERE pilot = 'p';
-- Rules follow the name of a draft, and go with a pilot.
INSERT INTO pls.pilot_rules VALUES ('other', 'scale', 'conversion', 'low', '>', 0);
UPDATE pls.pilots SET pilot = 'renamed' WHERE pilot = 'other';
SELECT pilot, kind FROM pls.pilot_rules ORDER BY pilot;
DELETE FROM pls.pilots;
SELECT count(*) FROM pls.pilot_rules;
ROLLBACK;
