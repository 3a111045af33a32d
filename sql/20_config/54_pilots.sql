/* 54_pilots.sql - pilots: a share of the entities held out for a time.
 *
 * A pilot compares entities that are alerted with entities that would have
 * been and are left alone.  Which arm an entity is in follows from its name
 * and the pilot's salt alone (50_decide/15_holdout.sql), so that it is the same
 * at every decision, on every machine, and whoever asks.  That is worth
 * something only if nobody changes the settings meanwhile: what decides the
 * arm, and what is to be compared, is locked once a pilot runs.
 *
 * A pilot has strata if asked: then the label of the entity's stratum is hashed
 * with it, so that each stratum has a draw of its own.  The stratum in which an
 * entity was first decided about is written down with that decision and remains
 * its stratum, whatever becomes of its grade.
 */

CREATE TABLE pls.pilots (
    pilot        text PRIMARY KEY,
    motion       text NOT NULL,
    description  text,
    status       text NOT NULL DEFAULT 'draft',
    holdout      numeric NOT NULL,
    salt         text NOT NULL,
    segment      jsonpath,
    starts_at    timestamptz NOT NULL DEFAULT pls.now(),
    ends_at      timestamptz,
    lasts        interval,
    stratify_by  text,
    attribute    text,
    outcomes     text[],
    outcome_within interval NOT NULL DEFAULT '14 days',
    p_base       numeric,
    p_target     numeric,
    started_at   timestamptz,
    stopped_at   timestamptz,
    CONSTRAINT pilots_pilot_not_blank CHECK (btrim(pilot) <> ''),
    CONSTRAINT pilots_holdout_is_a_share_above_0_below_1 CHECK (
        holdout > 0 AND holdout < 1),
    CONSTRAINT pilots_salt_not_empty CHECK (salt <> ''),
    CONSTRAINT pilots_starts_at_finite CHECK (isfinite(starts_at)),
    CONSTRAINT pilots_ends_after_it_starts CHECK (ends_at > starts_at),
    CONSTRAINT pilots_attribute_not_blank CHECK (btrim(attribute) <> ''),
    CONSTRAINT pilots_p_base_is_a_share CHECK (p_base >= 0 AND p_base <= 1),
    CONSTRAINT pilots_p_target_is_another_share CHECK (
        p_target >= 0 AND p_target <= 1 AND p_target <> p_base)
);
CREATE UNIQUE INDEX pilots_one_running ON pls.pilots (motion)
    WHERE status = 'running';
COMMENT ON INDEX pls.pilots_one_running IS 'A motion has at most one running pilot.';
SELECT pg_extension_config_dump('pls.pilots', '');

COMMENT ON TABLE pls.pilots IS
    'A pilot holds a share of a motion''s entities out for a time, to see what alerting does; at most one running per motion. pls.start_pilot() starts it; from then on only its description and, to stop it, its status can be changed (55000).';
COMMENT ON COLUMN pls.pilots.pilot IS 'Name.';
COMMENT ON COLUMN pls.pilots.motion IS 'The motion.';
COMMENT ON COLUMN pls.pilots.description IS 'What the pilot should find out, for people.';
COMMENT ON COLUMN pls.pilots.status IS 'draft: holds nobody out. running: does, between starts_at and ends_at; locked. stopped: no longer.';
COMMENT ON COLUMN pls.pilots.holdout IS 'Share of the entities, above 0 and below 1, that get a decision (held_out) but no alert.';
COMMENT ON COLUMN pls.pilots.salt IS 'Text hashed with the entity to decide who is held out; if omitted on insert: a random one, so that no two pilots hold the same entities out.';
COMMENT ON COLUMN pls.pilots.segment IS 'Predicate on the attributes of the account that says who takes part; the others are not held out. NULL: everybody.';
COMMENT ON COLUMN pls.pilots.starts_at IS 'First instant at which it holds out.';
COMMENT ON COLUMN pls.pilots.ends_at IS 'First instant at which it no longer does; NULL: until stopped.';
COMMENT ON COLUMN pls.pilots.lasts IS 'How long it holds out from its start on: pls.start_pilot() sets ends_at by it where that is NULL. NULL: until ends_at, or until stopped. No months or years.';
COMMENT ON COLUMN pls.pilots.stratify_by IS 'grade or attribute: entities are drawn within each grade, or each value of the attribute, that they have when they are first decided about; the arm then follows from salt, stratum and entity. NULL: no strata.';
COMMENT ON COLUMN pls.pilots.attribute IS 'An attribute of the account by which the arms are compared, and drawn if asked (stratify_by), such as plan; with dots one that lies within others. The first 100 characters of its value count. NULL: none.';
COMMENT ON COLUMN pls.pilots.outcomes IS 'The outcomes that are compared; p_base and p_target are of the first. NULL: those of the motion''s objective: conversion; expansion, also of acv_lift; of pipeline meeting, conversion and expansion.';
COMMENT ON COLUMN pls.pilots.outcome_within IS 'Time after the decision in which an outcome counts; an entity is compared when it is over. No months or years.';
COMMENT ON COLUMN pls.pilots.p_base IS 'Share with the first outcome that is expected of those held out. NULL: there is no plan.';
COMMENT ON COLUMN pls.pilots.p_target IS 'Share of the others that the pilot is to tell from p_base. NULL: there is no plan.';
COMMENT ON COLUMN pls.pilots.started_at IS 'When its status became running; kept by a trigger. NULL: not yet.';
COMMENT ON COLUMN pls.pilots.stopped_at IS 'When its status became stopped; kept by a trigger. NULL: not yet.';

CREATE FUNCTION pls_internal.check_pilot() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    refused boolean := false;
    loose   CONSTANT text[] := '{description,status,motion,started_at,stopped_at}';
BEGIN
    IF TG_OP = 'DELETE' THEN
        -- but it goes with its motion
        refused := OLD.status = 'running'
            AND EXISTS (SELECT FROM pls.motions m WHERE m.motion = OLD.motion);
    ELSE
        PERFORM pls_internal.check_word(NEW.status, '{draft,running,stopped}', 'status');
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.status <> 'draft' THEN
        NEW.started_at := OLD.started_at;
        NEW.stopped_at := coalesce(OLD.stopped_at, CASE WHEN NEW.status = 'stopped' THEN pls.now() END);
        refused := to_jsonb(NEW) - loose IS DISTINCT FROM to_jsonb(OLD) - loose
            OR (NEW.status <> OLD.status AND NEW.status <> 'stopped')
            -- but it follows its motion's name
            OR (NEW.motion <> OLD.motion
                AND EXISTS (SELECT FROM pls.motions m WHERE m.motion = OLD.motion));
    ELSIF TG_OP <> 'DELETE' THEN
        -- a restored row has both
        NEW.started_at := CASE WHEN NEW.status = 'running' THEN coalesce(NEW.started_at, pls.now())
                               WHEN NEW.status = 'stopped' THEN NEW.started_at END;
        NEW.stopped_at := CASE WHEN NEW.status = 'stopped' THEN coalesce(NEW.stopped_at, pls.now()) END;
    END IF;
    IF refused THEN
        RAISE EXCEPTION USING
            ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('pilot "%s" is %s: its settings are locked', OLD.pilot, OLD.status),
            DETAIL = 'If they changed while it runs, the two arms could not be compared.',
            HINT = CASE WHEN OLD.status = 'running'
                   THEN 'Stop it with pls.stop_pilot(), and start another one.'
                   ELSE 'Start another pilot.' END,
            SCHEMA = 'pls', TABLE = 'pilots';
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    NEW.salt := coalesce(NEW.salt, gen_random_uuid()::text);
    PERFORM pls_internal.check_predicate(NEW.segment, 'segment');
    PERFORM pls_internal.check_names(NEW.outcomes, 'outcomes');
    PERFORM pls_internal.check_span(NEW.lasts, 'lasts', at_least => '1 hour');
    PERFORM pls_internal.check_span(NEW.outcome_within, 'outcome_within', at_least => '1 minute');
    IF NEW.stratify_by IS NOT NULL THEN
        PERFORM pls_internal.check_word(NEW.stratify_by, '{grade,attribute}', 'stratify_by');
    END IF;
    IF NEW.stratify_by = 'attribute' AND NEW.attribute IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'stratify_by is attribute, and no attribute is named',
            HINT = 'Name an attribute of accounts in the column attribute, such as ''plan''.';
    END IF;
    -- refused here, so that no report has to
    PERFORM pls_internal.planned_sizes(NEW.p_base, NEW.p_target, NEW.holdout);
    RETURN NEW;
END;
$$;
COMMENT ON FUNCTION pls_internal.check_pilot IS
    'Trigger: completes and validates a row of pls.pilots; refuses (55000) to change what decides the arm or what is compared once the pilot runs, and to delete a running one.';

CREATE TRIGGER check_pilot BEFORE INSERT OR UPDATE OR DELETE ON pls.pilots
    FOR EACH ROW EXECUTE FUNCTION pls_internal.check_pilot();
COMMENT ON TRIGGER check_pilot ON pls.pilots IS 'What decides the arm is locked once the pilot runs.';
