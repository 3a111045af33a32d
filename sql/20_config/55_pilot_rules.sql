/* 55_pilot_rules.sql - what follows from the result of a pilot, decided before.
 *
 * A rule compares one number of pls.pilot_report() with a threshold: it is
 * found there by its measure and its column.
 */

CREATE TABLE pls.pilot_rules (
    pilot       text NOT NULL,
    kind        text NOT NULL,
    measure     text NOT NULL,
    value       text NOT NULL,
    op          text NOT NULL,
    threshold   numeric NOT NULL,
    description text,
    PRIMARY KEY (pilot, kind, measure, value, op),
    CONSTRAINT pilot_rules_measure_not_blank CHECK (btrim(measure) <> ''),
    CONSTRAINT pilot_rules_threshold_finite CHECK (
        threshold > '-Infinity' AND threshold < 'Infinity')
);
SELECT pg_extension_config_dump('pls.pilot_rules', '');

COMMENT ON TABLE pls.pilot_rules IS
    'Guardrails of a pilot, and what follows from which result: each row compares a number of pls.pilot_report() with a threshold. Locked once the pilot runs (55000).';
COMMENT ON COLUMN pls.pilot_rules.pilot IS 'The pilot.';
COMMENT ON COLUMN pls.pilot_rules.kind IS 'guardrail: must hold. scale: if all of them hold, give the motion more capacity. rollback: if one of them holds, stop it.';
COMMENT ON COLUMN pls.pilot_rules.measure IS 'The measure of pls.pilot_report(), such as conversion, conversion any time, touched or late.';
COMMENT ON COLUMN pls.pilot_rules.value IS 'Its column: treatment, holdout, difference, low, high or p_value.';
COMMENT ON COLUMN pls.pilot_rules.op IS '>=, >, <= or <.';
COMMENT ON COLUMN pls.pilot_rules.threshold IS 'What the number is compared with.';
COMMENT ON COLUMN pls.pilot_rules.description IS 'Why, for people.';

CREATE FUNCTION pls_internal.check_pilot_rule() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM pls_internal.check_word(NEW.kind, '{guardrail,scale,rollback}', 'kind');
    PERFORM pls_internal.check_word(NEW.value, '{treatment,holdout,difference,low,high,p_value}', 'value');
    PERFORM pls_internal.check_word(NEW.op, '{>=,>,<=,<}', 'op');
    RETURN NEW;
END;
$$;
COMMENT ON FUNCTION pls_internal.check_pilot_rule IS 'Trigger: validates a row of pls.pilot_rules.';

CREATE TRIGGER check_pilot_rule BEFORE INSERT OR UPDATE ON pls.pilot_rules
    FOR EACH ROW EXECUTE FUNCTION pls_internal.check_pilot_rule();
COMMENT ON TRIGGER check_pilot_rule ON pls.pilot_rules IS 'Validates the row.';

CREATE FUNCTION pls_internal.lock_pilot_rule() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    locked pls.pilots;
BEGIN
    SELECT p.* INTO locked
      FROM pls.pilots p
     WHERE p.pilot IN (CASE WHEN TG_OP <> 'INSERT' THEN OLD.pilot END, CASE WHEN TG_OP <> 'DELETE' THEN NEW.pilot END)
       AND p.status <> 'draft'
     LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('pilot "%s" is %s: its rules are locked', locked.pilot, locked.status),
            DETAIL = 'What follows from a result must be decided before the result is known.',
            HINT = 'Write the rules of a pilot while it is a draft.',
            SCHEMA = 'pls', TABLE = 'pilot_rules';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END;
$$;
COMMENT ON FUNCTION pls_internal.lock_pilot_rule IS 'Trigger: refuses (55000) to change a rule of a pilot that is no draft.';

CREATE TRIGGER lock_pilot_rule BEFORE INSERT OR UPDATE OR DELETE ON pls.pilot_rules
    FOR EACH ROW WHEN (NOT pls_internal.restoring()) EXECUTE FUNCTION pls_internal.lock_pilot_rule();
COMMENT ON TRIGGER lock_pilot_rule ON pls.pilot_rules IS 'What a result leads to is not changed once the pilot runs.';
