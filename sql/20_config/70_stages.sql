/* 70_stages.sql - the stages of a motion's funnel, and whose they are.
 *
 * What a stage names (signals, outcomes) is not asked for here: rows are
 * restored in any order.  pls.guardrails() says which stage names what the
 * motion does not have, and pls.funnel() counts nobody there.
 */

CREATE TABLE pls.stages (
    motion          text NOT NULL,
    position        integer NOT NULL
        CONSTRAINT stages_position_is_from_1_to_1000
        CHECK (position >= 1 AND position <= 1000),
    stage           text NOT NULL,
    reached_by      text NOT NULL,
    signals         text[],
    outcomes        text[],
    exit_when       text,
    responsible     text,
    accountable     text,
    consulted       text,
    informed        text,
    sales_helps     text,
    guardrail       text,
    min_rate        numeric
        CONSTRAINT stages_min_rate_is_a_share_above_0
        CHECK (min_rate > 0 AND min_rate <= 1),
    min_rate_within interval,
    max_opt_outs    numeric
        CONSTRAINT stages_max_opt_outs_is_a_share
        CHECK (max_opt_outs >= 0 AND max_opt_outs <= 1),
    PRIMARY KEY (motion, stage),
    -- so that one UPDATE can give stages each other's places
    CONSTRAINT stages_one_stage_at_a_position UNIQUE (motion, position) DEFERRABLE INITIALLY IMMEDIATE,
    CONSTRAINT stages_texts_not_blank CHECK (
        NOT '' = ANY (ARRAY[btrim(exit_when), btrim(responsible), btrim(accountable), btrim(consulted), btrim(informed),
                            btrim(sales_helps), btrim(guardrail)]) IS TRUE)
);
SELECT pg_extension_config_dump('pls.stages', '');

COMMENT ON TABLE pls.stages IS
'The funnel of a motion, a row for each stage: when it is reached, who answers for it, where a person steps in, and what must hold so that the product goes on selling by itself. pls.funnel() counts who reaches which stage and how fast, pls.guardrails() says what does not hold. An impossible row is refused (22023).';
COMMENT ON COLUMN pls.stages.motion IS 'The motion.';
COMMENT ON COLUMN pls.stages.position IS 'Order of the stages, the first one lowest, 1 to 1000.';
COMMENT ON COLUMN pls.stages.stage IS 'Name within the motion, 1 to 63 bytes.';
COMMENT ON COLUMN pls.stages.reached_by IS 'What brings an entity here. signup: signed_up_at of the account (unit user: of the user), or the first event that counts if that is unknown. signals: the first instant at which all of signals are met together. qualified: the first time in lane sales. touch: the first touch of an alert of the motion. outcomes: the first of outcomes.';
COMMENT ON COLUMN pls.stages.signals IS 'Of a stage reached by signals: the names of the motion''s signals that must all be met at the same time; an outcome is none of them. NULL for all others.';
COMMENT ON COLUMN pls.stages.outcomes IS 'Of a stage reached by outcomes: any of these words of pls.outcomes.outcome; NULL: those of the motion''s objective: conversion; expansion, also of acv_lift; of pipeline meeting, conversion and expansion. NULL for all others.';
COMMENT ON COLUMN pls.stages.exit_when IS 'When an entity has left the stage, for people. NULL: when it reaches the next one.';
COMMENT ON COLUMN pls.stages.responsible IS 'The team that does the work of this stage. NULL: nobody does.';
COMMENT ON COLUMN pls.stages.accountable IS 'The team that answers for it. NULL: nobody does.';
COMMENT ON COLUMN pls.stages.consulted IS 'Teams that are asked before something changes. NULL: none.';
COMMENT ON COLUMN pls.stages.informed IS 'Teams that are told. NULL: none.';
COMMENT ON COLUMN pls.stages.sales_helps IS 'Where a person steps in: why somebody in sales helps at this stage. NULL: nobody steps in.';
COMMENT ON COLUMN pls.stages.guardrail IS 'What must not happen here, for people. NULL: nothing is said.';
COMMENT ON COLUMN pls.stages.min_rate IS 'Guardrail: the share, above 0 up to 1, of those who entered the first stage that must get here with nobody''s help, within min_rate_within. NULL: none. Not of a stage that is reached by touch.';
COMMENT ON COLUMN pls.stages.min_rate_within IS 'Time from the first stage in which min_rate is to be reached; who entered more recently is not judged yet. NULL only without min_rate. No months or years.';
COMMENT ON COLUMN pls.stages.max_opt_outs IS 'Guardrail of a stage reached by touch: the share, 0 to 1, of those touched who may have opted out since then (pls.opt_outs) or be excluded by an exclusion of scope entity. NULL: none.';

CREATE FUNCTION pls_internal.check_stage_guardrails(s pls.stages) RETURNS void
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF s.min_rate IS NOT NULL AND s.reached_by = 'touch' THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'a stage that is reached by touch has no min_rate',
            DETAIL = 'min_rate is about those who get to a stage with nobody''s help.',
            HINT = 'Set it on a stage of the product, or on the purchase.';
    ELSIF (s.min_rate IS NULL) <> (s.min_rate_within IS NULL) THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'min_rate and min_rate_within need each other',
            DETAIL = format('They are %s and %s.', coalesce(s.min_rate::text, 'NULL'), coalesce(s.min_rate_within::text, 'NULL')),
            HINT = 'Say which share, and within which time of the first stage, as 0.03 and ''30 days''.';
    ELSIF s.max_opt_outs IS NOT NULL AND s.reached_by <> 'touch' THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('a stage that is reached by %s has no max_opt_outs', s.reached_by),
            DETAIL = 'It is about those whom somebody got in touch with.',
            HINT = 'Set it on the stage that is reached by touch.';
    END IF;
    PERFORM pls_internal.check_span(s.min_rate_within, 'min_rate_within', at_least => '1 minute');
END;
$$;
COMMENT ON FUNCTION pls_internal.check_stage_guardrails IS
'Refuses (22023) guardrails of a stage that cannot be measured.';

CREATE FUNCTION pls_internal.check_stage() RETURNS trigger
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    most CONSTANT bigint := pls_internal.limit_of('signals');
BEGIN
    PERFORM pls_internal.check_name(NEW.stage, 'stage');
    PERFORM pls_internal.check_word(NEW.reached_by, '{signup,signals,qualified,touch,outcomes}', 'reached_by');
    PERFORM pls_internal.check_names(NEW.signals, 'signals');
    PERFORM pls_internal.check_names(NEW.outcomes, 'outcomes');
    IF (NEW.reached_by = 'signals') <> (NEW.signals IS NOT NULL) THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = CASE WHEN NEW.signals IS NULL THEN 'a stage that is reached by signals must name them'
                           ELSE format('a stage that is reached by %s names no signals', NEW.reached_by) END,
            HINT = CASE WHEN NEW.signals IS NULL THEN 'Set signals to names of pls.signals, such as ''{first value reached}''.'
                        ELSE 'Leave signals NULL, or use reached_by ''signals''.' END;
    ELSIF NEW.outcomes IS NOT NULL AND NEW.reached_by <> 'outcomes' THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('a stage that is reached by %s names no outcomes', NEW.reached_by),
            HINT = 'Leave outcomes NULL, or use reached_by ''outcomes''.';
    ELSIF cardinality(NEW.signals) > most THEN
        RAISE EXCEPTION USING ERRCODE = 'program_limit_exceeded',
            MESSAGE = 'a stage names too many signals',
            DETAIL = format('A motion can have %s.', most);
    END IF;
    PERFORM pls_internal.check_stage_guardrails(NEW);
    RETURN NEW;
END;
$$;
COMMENT ON FUNCTION pls_internal.check_stage IS 'Trigger: validates a row of pls.stages.';

CREATE TRIGGER check_stage BEFORE INSERT OR UPDATE ON pls.stages
    FOR EACH ROW EXECUTE FUNCTION pls_internal.check_stage();
COMMENT ON TRIGGER check_stage ON pls.stages IS 'Validates the row.';
