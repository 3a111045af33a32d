-- Each line of the quality gate is computed: a motion that passes them all, and
-- for each line changes by which it fails.
\getenv srcdir PG_ABS_SRCDIR
\set gate :srcdir /sql/include/gate.psql
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
\set SHOW_CONTEXT never
\set ECHO none
\i :gate
\set ECHO all

SELECT line, verdict, evidence FROM pls.quality_gate('trial');
SELECT * FROM pls.rubric('trial');

-- What makes each line fail.
CREATE TEMP TABLE changes (line text, place serial, change text);
INSERT INTO changes (line, change) VALUES
('A1', $$UPDATE pls.motions SET goal_target = NULL WHERE motion = 'trial'$$),
('A1', $$UPDATE pls.motions SET goal_date = '2020-01-01' WHERE motion = 'trial'$$),
('A2', $$UPDATE pls.reps SET daily_quota = 0$$),
('A3', $$UPDATE pls.motions SET constraints = NULL WHERE motion = 'trial'$$),
('A3', $$UPDATE pls.exclusions SET enabled = false; UPDATE pls.outreach_rules SET enabled = false$$),
('A4', $$UPDATE pls.stages SET min_rate = NULL, min_rate_within = NULL$$),
('B1', $$UPDATE pls.signals SET enabled = false WHERE signal = 'regular use'$$),
('B1', $$DELETE FROM pls.stages$$),
('B2', $$UPDATE pls.stages SET sales_helps = NULL$$),
('B2', $$UPDATE pls.stages SET sales_helps = 'always'$$),
('B3', $$UPDATE pls.stages SET consulted = NULL WHERE stage = 'activation'$$),
('B4', $$UPDATE pls.reps SET daily_quota = 0$$),
('B5', $$UPDATE pls.stages SET min_rate = 0.99 WHERE stage = 'purchase'$$),
('B5', $$UPDATE pls.stages SET min_rate_within = '90 days' WHERE min_rate IS NOT NULL$$),
('C1', $$UPDATE pls.motions SET buyer = NULL WHERE motion = 'trial'$$),
('C2', $$UPDATE pls.signals SET required = false$$),
('C2', $$UPDATE pls.exclusions SET enabled = false$$),
('C3', $$UPDATE pls.signals SET false_positive_risk = NULL WHERE signal = 'regular use'$$),
('C3', $$UPDATE pls.motions SET min_signals = 1 WHERE motion = 'trial'$$),
('C3', $$UPDATE pls.exclusions SET enabled = false WHERE scope = 'actor'$$),
('C4', $$DELETE FROM pls.decisions; UPDATE pls.motions SET qualify_at = 100, release_at = 100 WHERE motion = 'trial'$$),
('C5', $$UPDATE pls.signals SET events = '{never_sent}' WHERE signal = 'first value reached'$$),
('C5', $$UPDATE pls.signals SET events = '{never_sent}' WHERE category IN ('depth', 'breadth', 'invite', 'admin') AND NOT required$$),
('D1', $$UPDATE pls.signals SET points = 0 WHERE category IN ('billing', 'admin', 'invite', 'integration')$$),
('D1', $$UPDATE pls.motions SET min_signals = 1 WHERE motion = 'trial'; UPDATE pls.signals SET points = 70 WHERE signal = 'regular use'$$),
('D2', $$UPDATE pls.signals SET measure = 'last', property = 'seats', within = NULL, threshold = 5 WHERE signal = 'repeated success'$$),
('D3', $$UPDATE pls.reps SET active = false$$),
('D4', $$UPDATE pls.dispositions SET enabled = false WHERE outcome_class = 'rejected_signal'$$),
('D4', $$UPDATE pls.motions SET status = 'live', expire_after = '1 second' WHERE motion = 'trial'; SELECT pls.sweep(); SET LOCAL pls.now = '2026-07-02 12:00+00'; SELECT pls.sweep()$$),
('D5', $$UPDATE pls.motions SET triage_at = NULL WHERE motion = 'trial'$$),
('D6', $$DELETE FROM pls.pilots$$),
('E1', $$UPDATE pls.signals SET next_best_action = NULL WHERE signal = 'regular use'$$),
('E2', $$UPDATE pls.routes SET respond_within = NULL WHERE route = 'qualified'$$),
('E2', $$DELETE FROM pls.pool_members WHERE pool = 'ae'$$),
('E3', $$UPDATE pls.stages SET accountable = NULL$$),
('E4', $$DELETE FROM pls.escalations$$),
('E5', $$DELETE FROM pls.outcomes; UPDATE pls.signals SET enabled = false WHERE signal = 'upgraded'$$),
('F1', $$UPDATE pls.templates SET body = 'I saw you logged in yesterday. ' || body WHERE kind IN ('early_intent', 'high_intent')$$),
('F1', $$DELETE FROM pls.templates$$),
('F2', $$UPDATE pls.templates SET body = 'Hello {{first_name}}, ' || body WHERE kind IN ('early_intent', 'high_intent')$$),
('F2', $$UPDATE pls.signals SET approved_for_outreach = false$$),
('F3', $$UPDATE pls.templates SET body = 'Would you like a demo next week? Could you also send me your budget? ' || body WHERE kind IN ('early_intent', 'high_intent')$$),
('F4', $$UPDATE pls.templates SET body = 'Last chance: only two places are left, act now! ' || body WHERE kind IN ('early_intent', 'high_intent')$$),
('G1', $$UPDATE pls.pilots SET lasts = NULL$$),
('G1', $$UPDATE pls.pilots SET p_target = NULL$$),
('G2', $$UPDATE pls.motions SET goal_metric = NULL WHERE motion = 'trial'$$),
('G2', $$DELETE FROM pls.standings$$),
('G3', $$DELETE FROM pls.pilot_rules WHERE kind = 'guardrail'$$),
('G4', $$DELETE FROM pls.pilot_rules WHERE kind = 'rollback'$$),
('G5', $$SELECT pls.revoke_access('gate_reader')$$),
('H1', $$INSERT INTO pls.notes (motion, kind, note) VALUES ('trial', 'risk', 'Nobody owns this one.')$$),
('H1', $$INSERT INTO pls.notes (motion, kind, note, owner, due_on) VALUES ('trial', 'next_step', 'Call the board.', 'revops', '2026-06-01')$$),
('H2', $$INSERT INTO pls.intake (motion, question, assumption) VALUES ('trial', 'systems', 'A CRM that nobody named.')$$),
('H3', $$INSERT INTO pls.notes (motion, kind, note) VALUES ('trial', 'next_step', 'Ask the customer for the API key.')$$);

-- Fails by the change, which is then taken back.
CREATE FUNCTION pg_temp.verdict_of(line text) RETURNS text LANGUAGE sql
    RETURN (SELECT g.verdict FROM pls.quality_gate('trial') g WHERE g.line = verdict_of.line);
CREATE TEMP TABLE seen (line text, place integer, changed text);
DO $$
DECLARE
    c record;
    changed text;
BEGIN
    FOR c IN SELECT h.line, h.place, h.change FROM changes h ORDER BY h.place LOOP
        BEGIN
            EXECUTE c.change;
            changed := pg_temp.verdict_of(c.line);
            RAISE EXCEPTION USING ERRCODE = 'P0T01', MESSAGE = 'taken back';
        EXCEPTION WHEN SQLSTATE 'P0T01' THEN
            NULL;
        END;
        INSERT INTO seen VALUES (c.line, c.place, changed);
    END LOOP;
END
$$;
SELECT s.line, s.changed, c.change FROM seen s JOIN changes c USING (place)
 WHERE s.changed IS DISTINCT FROM 'fail' ORDER BY place;
SELECT count(DISTINCT s.line) AS lines, count(*) AS changes FROM seen s;

-- And all pass again.
SELECT line, verdict, evidence FROM pls.quality_gate('trial') WHERE verdict <> 'pass';

-- Lines without a change here.
SELECT g.line FROM pls.quality_gate('trial') g WHERE NOT EXISTS (SELECT FROM changes c WHERE c.line = g.line);

-- The rubric follows.
BEGIN;
DELETE FROM pls.escalations;
DELETE FROM pls.pilot_rules;
SELECT place, points, evidence FROM pls.rubric('trial') WHERE points < 2;
ROLLBACK;

-- A motion of which nothing is known has verdicts, not errors.
SELECT count(*) FROM pls.create_motion('bare');
SELECT count(*) FILTER (WHERE verdict = 'pass') AS pass, count(*) AS lines FROM pls.quality_gate('bare');
SELECT place, points FROM pls.rubric('bare') WHERE place > 10;

-- What a template leaves to its user: to say a few things, and data.
SELECT count(*) FROM pls.create_motion('fresh trial', template => 'trial_conversion');
SELECT count(*) FROM pls.create_motion('fresh seats', template => 'seat_expansion');
BEGIN;
SELECT pls.unwatch('gate_app.events');
SELECT m.motion, string_agg(g.line, ' ' ORDER BY g.line) AS to_do
  FROM unnest('{fresh trial,fresh seats}'::text[]) AS m (motion), pls.quality_gate(m.motion) g
 WHERE g.verdict = 'fail' GROUP BY m.motion ORDER BY m.motion;
SELECT g.line, g.evidence FROM pls.quality_gate('fresh seats') g WHERE g.verdict = 'fail';
ROLLBACK;

-- In Chinese.
SELECT line, "check", verdict FROM pls.quality_gate('bare', 'zh') WHERE line IN ('A1', 'H3');

SELECT * FROM pls.quality_gate('nobody');
SELECT * FROM pls.rubric(NULL);
SELECT * FROM pls.quality_gate('trial', 'fr');

DROP SCHEMA gate_app CASCADE;
SELECT pls.revoke_access('gate_reader');
DROP ROLE gate_reader;
DROP FUNCTION pg_temp.verdict_of;
DROP EXTENSION pls;
