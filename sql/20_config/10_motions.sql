/* 10_motions.sql - motions, and what a row of them must be.
 *
 * A change of a row that the compiled model reads is announced to all backends
 * by the trigger model_changed (src/model/config_changes.c).  Shipped rows
 * carry shipped = true (90_templates/40_shipped.sql).  What a column refers to
 * is in 80_references.sql.
 */

CREATE TABLE pls.motions (
    motion              text PRIMARY KEY,
    unit                text NOT NULL DEFAULT 'account',
    objective           text NOT NULL DEFAULT 'conversion',
    status              text NOT NULL DEFAULT 'draft',
    segment             jsonpath,
    qualify_at          numeric NOT NULL DEFAULT 60,
    triage_at           numeric,
    release_at          numeric,
    min_score           numeric DEFAULT 0,
    max_score           numeric DEFAULT 100,
    min_signals         integer NOT NULL DEFAULT 2,
    time_zone           text NOT NULL DEFAULT 'UTC',
    cooldown            interval NOT NULL DEFAULT '14 days',
    touch_limit         integer
        CONSTRAINT touch_limit_is_positive
        CHECK (touch_limit > 0),
    touch_window        interval NOT NULL DEFAULT '30 days',
    grace_period        interval,
    min_account_size    integer
        CONSTRAINT min_account_size_is_positive
        CHECK (min_account_size > 0),
    holdout             numeric NOT NULL DEFAULT 0
        CONSTRAINT holdout_is_a_share_from_0_to_below_1
        CHECK (holdout >= 0
               AND holdout < 1),
    holdout_salt        text NOT NULL DEFAULT 'pls',
    calendar            text,
    -- context and goal
    product             text,
    self_serve_model    text,
    end_user            text,
    buyer               text,
    goal_metric         text,
    goal_target         numeric
        CONSTRAINT goal_target_is_a_number
        CHECK (goal_target > '-Infinity'
               AND goal_target < 'Infinity'),
    goal_date           date
        CONSTRAINT goal_date_is_finite
        CHECK (isfinite(goal_date)),
    constraints         text,
    tone                text,
    expire_after        interval,
    created_at          timestamptz NOT NULL DEFAULT now()
);
SELECT pg_extension_config_dump('pls.motions', '');

COMMENT ON TABLE pls.motions IS
'One row per motion: a product-led sales play with its objective, its qualified unit and its thresholds. An impossible row is refused (22023, with a hint). pls.create_motion() makes one from a template.';
COMMENT ON COLUMN pls.motions.motion IS 'Name, 1 to 63 bytes. All configuration follows a renaming, which is refused once the motion has standings.';
COMMENT ON COLUMN pls.motions.unit IS 'What is qualified: user (PQL) or account (PQA). Fixed once the motion has standings.';
COMMENT ON COLUMN pls.motions.objective IS 'What the motion is for: conversion, expansion, acv_lift or pipeline.';
COMMENT ON COLUMN pls.motions.status IS 'draft: events are not observed, and nothing is decided; pls.preview() shows who would be alerted, pls.go_live() begins. pilot or live: they are, and alerts are raised. paused: observed, every decision is "paused".';
COMMENT ON COLUMN pls.motions.segment IS 'Predicate on the attributes of the account (unit user: of the user''s account) that says who is in scope. NULL: everyone.';
COMMENT ON COLUMN pls.motions.qualify_at IS 'Score from which an entity is qualified, within min_score and max_score. At most 3 decimals.';
COMMENT ON COLUMN pls.motions.triage_at IS 'Score from which an entity that is not qualified goes to the triage lane; below qualify_at. NULL: no triage.';
COMMENT ON COLUMN pls.motions.release_at IS 'A qualified entity is no longer qualified when its score falls below this; at most qualify_at. NULL: qualify_at.';
COMMENT ON COLUMN pls.motions.min_score IS 'The score is never less. NULL: no lower bound.';
COMMENT ON COLUMN pls.motions.max_score IS 'The score is never more. NULL: no upper bound.';
COMMENT ON COLUMN pls.motions.min_signals IS 'Distinct signals with positive points that must be met to qualify, 0 to 256.';
COMMENT ON COLUMN pls.motions.time_zone IS 'Time zone whose midnight divides the days of measure "days": a full name of pg_timezone_names, spelled as there.';
COMMENT ON COLUMN pls.motions.cooldown IS 'Time after a decision during which the same entity raises no further alert, unless its disposition says otherwise. 0: none; at most 3660 days (to stop alerts for an entity permanently, see pls.exclusions). No months or years.';
COMMENT ON COLUMN pls.motions.touch_limit IS 'Maximum number of alerts per account within touch_window, over all motions. NULL: no limit.';
COMMENT ON COLUMN pls.motions.touch_window IS 'Window of touch_limit. No months or years.';
COMMENT ON COLUMN pls.motions.grace_period IS 'An entity that signed up more recently than this gets no alerts. NULL: no grace period.';
COMMENT ON COLUMN pls.motions.min_account_size IS 'Accounts that are known to be smaller get no alerts unless their grade is the best. NULL: no limit.';
COMMENT ON COLUMN pls.motions.holdout IS 'Share of eligible entities, from 0 to below 1, that get a decision but no alert.';
COMMENT ON COLUMN pls.motions.holdout_salt IS 'Text hashed with the entity to decide who is held out.';
COMMENT ON COLUMN pls.motions.calendar IS 'Calendar of routes that name none, before those of pool and rep. NULL: the pool''s, else the rep''s, else the default one, else around the clock.';
COMMENT ON COLUMN pls.motions.product IS 'What the product is called by customers; what follows a comma may say what it is. {{product}} in a message prints what stands before the first comma, the Motion Pack all.';
COMMENT ON COLUMN pls.motions.self_serve_model IS 'Motion Pack: trial or freemium, its length, its paywall.';
COMMENT ON COLUMN pls.motions.end_user IS 'Motion Pack: who uses the product.';
COMMENT ON COLUMN pls.motions.buyer IS 'Motion Pack: who decides to pay.';
COMMENT ON COLUMN pls.motions.goal_metric IS 'Motion Pack: the one number that the motion should move.';
COMMENT ON COLUMN pls.motions.goal_target IS 'Motion Pack: the value of goal_metric to reach.';
COMMENT ON COLUMN pls.motions.goal_date IS 'Motion Pack: when to reach it.';
COMMENT ON COLUMN pls.motions.constraints IS 'Motion Pack: regions, reviews, signals that must not be used.';
COMMENT ON COLUMN pls.motions.tone IS 'Motion Pack: how outreach should sound.';
COMMENT ON COLUMN pls.motions.expire_after IS 'An alert that nobody has touched for this long expires with the next sweep (24 hours a day, from when it was raised, was reopened or came back from being snoozed; not while its clock is paused). NULL: never. No months or years.';
COMMENT ON COLUMN pls.motions.created_at IS 'When the row was made.';

CREATE FUNCTION pls_internal.checked_motion(m pls.motions) RETURNS pls.motions
LANGUAGE plpgsql STABLE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM pls_internal.check_name(m.motion, 'motion');
    PERFORM pls_internal.check_word(m.unit, '{user,account}', 'unit');
    PERFORM pls_internal.check_word(m.objective, '{conversion,expansion,acv_lift,pipeline}', 'objective');
    PERFORM pls_internal.check_word(m.status, '{draft,pilot,live,paused}', 'status');
    PERFORM pls_internal.check_predicate(m.segment, 'segment');

    PERFORM pls_internal.check_range(m.min_score, m.max_score, 'min_score', 'max_score');
    PERFORM pls_internal.check_range(m.min_score, m.qualify_at, 'min_score', 'qualify_at');
    PERFORM pls_internal.check_range(m.qualify_at, m.max_score, 'qualify_at', 'max_score');
    PERFORM pls_internal.check_range(m.release_at, m.qualify_at, 'release_at', 'qualify_at');
    PERFORM pls_internal.check_number(m.triage_at, 'triage_at');
    IF m.triage_at >= m.qualify_at THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'triage_at must be less than qualify_at',
            DETAIL = format('They are %s and %s.', m.triage_at, m.qualify_at),
            HINT = 'Use a lower triage_at, or NULL for no triage lane.';
    END IF;

    IF m.min_signals NOT BETWEEN 0 AND pls_internal.limit_of('signals') THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('min_signals must be between 0 and %s', pls_internal.limit_of('signals')),
            DETAIL = format('It is %s.', m.min_signals),
            HINT = 'Use a number such as 2.';
    END IF;

    PERFORM pls_internal.check_span(m.cooldown, 'cooldown', at_least => '0', at_most => pls_internal.longest_cooldown());
    PERFORM pls_internal.check_span(m.touch_window, 'touch_window');
    PERFORM pls_internal.check_span(m.grace_period, 'grace_period', at_least => '0');
    PERFORM pls_internal.check_span(m.expire_after, 'expire_after');

    m.time_zone := pls_internal.check_time_zone(m.time_zone);
    RETURN m;
END;
$$;
COMMENT ON FUNCTION pls_internal.checked_motion IS
'A row of pls.motions, completed and validated. Errors: 22023, 0A000.';

CREATE FUNCTION pls_internal.check_motion() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND (NEW.motion <> OLD.motion OR NEW.unit <> OLD.unit)
       AND EXISTS (SELECT FROM pls.standings s WHERE s.motion = OLD.motion) THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('motion "%s" has standings: its name and unit are fixed', OLD.motion),
            DETAIL = 'Standings, decisions and alerts are kept under the motion''s name and by its unit.',
            HINT = 'Create another motion and pause this one.';
    END IF;
    RETURN pls_internal.checked_motion(NEW);
END;
$$;
COMMENT ON FUNCTION pls_internal.check_motion IS
'Trigger: completes and validates a row of pls.motions.';

CREATE TRIGGER check_motion BEFORE INSERT OR UPDATE ON pls.motions
    FOR EACH ROW EXECUTE FUNCTION pls_internal.check_motion();
COMMENT ON TRIGGER check_motion ON pls.motions IS 'Completes and validates the row.';

/* ---- the compiled models follow ---- */

CREATE TRIGGER model_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON pls.motions
    FOR EACH STATEMENT EXECUTE FUNCTION pls_internal.model_changed();
COMMENT ON TRIGGER model_changed ON pls.motions IS 'Makes every session recompile the models.';
ALTER TABLE pls.motions ENABLE ALWAYS TRIGGER model_changed;
