/* 72_intake.sql - what is asked about a motion, and what people have said.
 *
 * The method asks twenty questions.  Most have their answer in rows that do
 * something: a column of pls.motions, a signal, a route.  Such an answer is
 * kept there and nowhere else.  What fits no row is text here.  So is the
 * consent to what a template has brought: as long as nobody has given it, that
 * is an assumption (87_method/32_intake.sql).
 */

CREATE FUNCTION pls_internal.intake_rooms()
RETURNS TABLE (place integer, question text, area text, columns text[], rows_in text, example text[])
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    -- in the order of what an answer is worth
    SELECT r.place, r.question, r.area, r.columns, r.rows_in, r.example
    FROM (VALUES
        (1, 'goal', 'objective', '{goal_metric,goal_target,goal_date,objective}'::text[], NULL::text,
            ARRAY['share of trials that pay', '0.15', '2027-03-31', 'conversion']),
        (2, 'first_value', 'product', '{}', 'pls.signals, category activation', ARRAY['has published a project']),
        (3, 'events', 'data', '{}', 'pls.sources, by pls.watch()', ARRAY['app.events has all but billing']),
        (4, 'accounts', 'data', '{}', 'pls.sources, pls.users and pls.accounts, by pls.watch() and pls.map_users()',
            ARRAY['by the domain of the email address']),
        (5, 'capacity', 'sales', '{}', 'pls.reps (daily_quota, max_open)', ARRAY['two SDRs, ten alerts a day each']),
        (6, 'segment', 'product', '{segment}', NULL, ARRAY['$.employees >= 20']),
        (7, 'intent', 'data', '{}', 'pls.signals, categories billing, admin, integration and invite',
            ARRAY['asks for an invoice or for SSO']),
        (8, 'model', 'product', '{product,self_serve_model}', NULL, ARRAY['Formly, a form builder', 'trial of 14 days, then paid']),
        (9, 'buyers', 'product', '{end_user,buyer}', NULL, ARRAY['the team that does the work', 'the head of that team']),
        (10, 'baseline', 'objective', '{}', 'pls.pilots (p_base)', ARRAY['8 % of trials pay within 30 days']),
        (11, 'sla', 'sales', '{}', 'pls.routes (respond_within, calendar)', ARRAY['two working hours']),
        (12, 'routes', 'sales', '{}', 'pls.routes', ARRAY['large accounts to AEs, the rest to SDRs']),
        (13, 'constraints', 'tooling', '{constraints}', 'pls.outreach_rules, which pls.draft() obeys', ARRAY['EU accounts only with consent']),
        (14, 'outreach', 'data', '{}', 'pls.signals (approved_for_outreach)', ARRAY['nothing about errors']),
        (15, 'dispositions', 'sales', '{}', 'pls.dispositions', ARRAY['as in the CRM']),
        (16, 'pilot', 'pilot', '{}', 'pls.pilots', ARRAY['yes: all trials for four weeks']),
        (17, 'scale', 'pilot', '{}', 'pls.pilot_rules, kind scale', ARRAY['three points more conversion']),
        (18, 'systems', 'tooling', '{}', 'pls.channels', ARRAY['the CRM and Slack']),
        (19, 'bottlenecks', 'objective', '{}', NULL, ARRAY['few connect an integration']),
        (20, 'tone', 'tooling', '{tone}', NULL, ARRAY['helpful and brief'])
    ) AS r (place, question, area, columns, rows_in, example);
END;
COMMENT ON FUNCTION pls_internal.intake_rooms IS
'The questions of the intake, most valuable first, and where the answer to each lives: in these columns of pls.motions, or in these rows (rows_in; with columns: what is done is in rows), else in pls.intake alone. example: an answer, one text for each column.';

CREATE TABLE pls.intake (
    motion      text NOT NULL,
    question    text NOT NULL,
    answer      text,
    assumption  text,
    validation  text,
    answered_at timestamptz,
    answered_by text,
    PRIMARY KEY (motion, question),
    CONSTRAINT intake_answer_not_blank CHECK (btrim(answer) <> ''),
    CONSTRAINT intake_assumption_not_blank CHECK (btrim(assumption) <> ''),
    CONSTRAINT intake_validation_not_blank CHECK (btrim(validation) <> '')
);
SELECT pg_extension_config_dump('pls.intake', '');

COMMENT ON TABLE pls.intake IS
'What people have said to the questions of the intake, as far as no row of the configuration says it, and their own assumptions about what is not known yet. pls.answer() writes the answer to where it belongs; pls.intake_questions() lists what to ask next, pls.assumptions() what is assumed meanwhile.';
COMMENT ON COLUMN pls.intake.motion IS 'The motion.';
COMMENT ON COLUMN pls.intake.question IS 'The question, by its key: goal, first_value, events, accounts, capacity, segment, intent, model, buyers, baseline, sla, routes, constraints, outreach, dispositions, pilot, scale, systems, bottlenecks or tone.';
COMMENT ON COLUMN pls.intake.answer IS 'The answer, as text. NULL: none here; that of goal, model, buyers, constraints and tone is in pls.motions, and so is that of segment, unless it is everybody.';
COMMENT ON COLUMN pls.intake.assumption IS 'What is to be assumed as long as there is no answer. NULL: what the method assumes.';
COMMENT ON COLUMN pls.intake.validation IS 'How to find out whether the assumption holds. NULL: as the method says.';
COMMENT ON COLUMN pls.intake.answered_at IS 'When it was answered; of an answer in pls.motions, when pls.answer() wrote it, so that also a value that a template has brought is an answer. NULL: it was not, or the value was changed there.';
COMMENT ON COLUMN pls.intake.answered_by IS 'The role that answered it.';

CREATE FUNCTION pls_internal.check_intake() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    room record;
BEGIN
    PERFORM pls_internal.check_word(NEW.question, ARRAY(SELECT r.question FROM pls_internal.intake_rooms() r ORDER BY r.place), 'question');
    SELECT r.columns, r.example INTO room FROM pls_internal.intake_rooms() r WHERE r.question = NEW.question;
    IF room.columns <> '{}' AND NEW.answer IS NOT NULL AND (NEW.question, NEW.answer) <> ('segment', 'everybody') THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('the answer to question "%s" is kept in pls.motions', NEW.question),
            DETAIL = format('Its columns are %s.', array_to_string(room.columns, ', ')),
            HINT = format('Use SELECT pls.answer(%L, %L, %s);', NEW.motion, NEW.question,
                          (SELECT string_agg(quote_literal(e), ', ') FROM unnest(room.example) e)),
            SCHEMA = 'pls', TABLE = 'intake', COLUMN = 'answer';
    END IF;
    IF NEW.answer IS NOT NULL AND (TG_OP = 'INSERT' OR NEW.answer IS DISTINCT FROM OLD.answer) THEN
        NEW.answered_at := CASE WHEN TG_OP = 'INSERT' THEN coalesce(NEW.answered_at, pls.now()) ELSE pls.now() END;
        NEW.answered_by := CASE WHEN TG_OP = 'INSERT' THEN coalesce(NEW.answered_by, CURRENT_USER) ELSE CURRENT_USER END;
    ELSIF NEW.answer IS NULL AND TG_OP = 'UPDATE' AND OLD.answer IS NOT NULL THEN
        NEW.answered_at := NULL;
    END IF;
    NEW.answered_by := CASE WHEN NEW.answered_at IS NOT NULL THEN coalesce(NEW.answered_by, CURRENT_USER) END;
    RETURN NEW;
END;
$$;
COMMENT ON FUNCTION pls_internal.check_intake IS
'Trigger: validates a row of pls.intake, and notes when an answer was given and by whom. Error 22023: an unknown question, or one whose answer is kept in pls.motions.';

CREATE TRIGGER check_intake BEFORE INSERT OR UPDATE ON pls.intake
    FOR EACH ROW EXECUTE FUNCTION pls_internal.check_intake();
COMMENT ON TRIGGER check_intake ON pls.intake IS 'Completes and validates the row.';
