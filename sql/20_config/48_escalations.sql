/* 48_escalations.sql - what happens to an alert that is still untouched.
 */

CREATE TABLE pls.escalations (
    motion      text NOT NULL,
    level       integer NOT NULL,
    measured    text NOT NULL DEFAULT 'respond',
    at_share    numeric,
    after       interval,
    action      text NOT NULL,
    pool        text,
    note        text,
    repeat_every interval,
    repeat_limit integer,
    changed_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (motion, level),
    CONSTRAINT escalations_level_positive CHECK (level > 0),
    CONSTRAINT escalations_repeat_limit_1_to_100 CHECK (
        repeat_limit >= 1 AND repeat_limit <= 100)
);
COMMENT ON TABLE pls.escalations IS
    'The escalation steps: what happens, level by level, to an alert that is still untouched (or unresolved).';
COMMENT ON COLUMN pls.escalations.motion IS 'The motion.';
COMMENT ON COLUMN pls.escalations.level IS 'Number of the step, from 1; steps are taken in this order, each once: one that is due before a lower one waits for it; pls.alerts.escalation_level is the last one taken.';
COMMENT ON COLUMN pls.escalations.measured IS 'Which limit: respond (until the first touch) or resolve (until the disposition).';
COMMENT ON COLUMN pls.escalations.at_share IS 'Share of that limit used up, 1 = all of it; either this or after.';
COMMENT ON COLUMN pls.escalations.after IS 'Working time since the alert was raised; either this or at_share.';
COMMENT ON COLUMN pls.escalations.action IS 'notify, reassign (next in turn), manager (the alert goes to the rep''s manager) or offline (the rep becomes inactive, if he or she has had the alert for as long as its limit, and the alert is reassigned).';
COMMENT ON COLUMN pls.escalations.pool IS 'Pool to reassign to; NULL: the alert''s own.';
COMMENT ON COLUMN pls.escalations.note IS 'Text for people.';
COMMENT ON COLUMN pls.escalations.repeat_every IS 'Working time after which the step is taken again, until the next one is due; NULL: once.';
COMMENT ON COLUMN pls.escalations.changed_at IS 'When the step was last changed, by pls.now(); the next sweep applies it to open alerts.';
COMMENT ON COLUMN pls.escalations.repeat_limit IS 'How often it is repeated at most, 1 to 100; NULL: not at all.';
SELECT pg_extension_config_dump('pls.escalations', '');

CREATE FUNCTION pls_internal.check_escalation() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM pls_internal.check_word(NEW.measured, '{respond,resolve}', 'measured');
    PERFORM pls_internal.check_word(NEW.action, '{notify,reassign,manager,offline}', 'action');
    IF num_nonnulls(NEW.at_share, NEW.after) <> 1 THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'an escalation needs either at_share or after',
            HINT = 'Set one of them, and the other to NULL: at_share to a share of the limit, such as 0.5, or after to working time, such as ''2 hours''.';
    END IF;
    IF NOT (NEW.at_share > 0 AND NEW.at_share <= 100) THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'at_share must be above 0 and at most 100',
            DETAIL = format('It is %s.', NEW.at_share),
            HINT = 'Use 1 for all of the limit, 0.5 for half of it.';
    END IF;
    PERFORM pls_internal.check_span(NEW.after, 'after');
    PERFORM pls_internal.check_span(NEW.repeat_every, 'repeat_every', at_least => '1 minute', at_most => '365 days');
    IF num_nonnulls(NEW.repeat_every, NEW.repeat_limit) = 1 THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'repeat_every and repeat_limit must be set together',
            HINT = 'Set both, or leave both NULL for no repetition.';
    END IF;
    IF NEW.pool IS NOT NULL AND NEW.action <> 'reassign' THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('action "%s" takes no pool', NEW.action),
            HINT = 'Leave pool NULL, or use action reassign.';
    END IF;
    RETURN NEW;
END;
$$;
COMMENT ON FUNCTION pls_internal.check_escalation IS 'Trigger: validates a row of pls.escalations.';

CREATE TRIGGER check_escalation BEFORE INSERT OR UPDATE ON pls.escalations
    FOR EACH ROW EXECUTE FUNCTION pls_internal.check_escalation();
COMMENT ON TRIGGER check_escalation ON pls.escalations IS 'Validates the row.';
