/* 54_pilots.sql - pilots: a share of the entities held out for a time.
 *
 * A pilot compares entities that are alerted with entities that would have
 * been and are left alone.  Which arm an entity is in follows from its name
 * and the pilot's salt alone (50_decide/15_holdout.sql), so that it is the same
 * at every decision, on every machine, and whoever asks.  That is worth
 * something only if nobody changes the settings meanwhile: what decides the
 * arm is locked once a pilot runs.
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
    CONSTRAINT pilots_pilot_not_blank CHECK (btrim(pilot) <> ''),
    CONSTRAINT pilots_holdout_is_a_share_above_0_below_1 CHECK (
        holdout > 0 AND holdout < 1),
    CONSTRAINT pilots_salt_not_empty CHECK (salt <> ''),
    CONSTRAINT pilots_starts_at_finite CHECK (isfinite(starts_at)),
    CONSTRAINT pilots_ends_after_it_starts CHECK (ends_at > starts_at)
);
CREATE UNIQUE INDEX pilots_one_running ON pls.pilots (motion)
    WHERE status = 'running';
COMMENT ON INDEX pls.pilots_one_running IS 'A motion has at most one running pilot.';
SELECT pg_extension_config_dump('pls.pilots', '');

COMMENT ON TABLE pls.pilots IS
    'A pilot holds a share of a motion''s entities out for a time, to see what alerting does; at most one running per motion. Once running, only its description and, to stop it, its status can be changed (55000).';
COMMENT ON COLUMN pls.pilots.pilot IS 'Name.';
COMMENT ON COLUMN pls.pilots.motion IS 'The motion.';
COMMENT ON COLUMN pls.pilots.description IS 'What the pilot should find out, for people.';
COMMENT ON COLUMN pls.pilots.status IS 'draft: holds nobody out. running: does, between starts_at and ends_at; locked. stopped: no longer.';
COMMENT ON COLUMN pls.pilots.holdout IS 'Share of the entities, above 0 and below 1, that get a decision (held_out) but no alert.';
COMMENT ON COLUMN pls.pilots.salt IS 'Text hashed with the entity to decide who is held out; if omitted on insert: a random one, so that no two pilots hold the same entities out.';
COMMENT ON COLUMN pls.pilots.segment IS 'Predicate on the attributes of the account that says who takes part; the others are not held out. NULL: everybody.';
COMMENT ON COLUMN pls.pilots.starts_at IS 'First instant at which it holds out.';
COMMENT ON COLUMN pls.pilots.ends_at IS 'First instant at which it no longer does; NULL: until stopped.';

CREATE FUNCTION pls_internal.check_pilot() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    refused boolean := false;
BEGIN
    IF TG_OP = 'DELETE' THEN
        -- but it goes with its motion
        refused := OLD.status = 'running'
            AND EXISTS (SELECT FROM pls.motions m WHERE m.motion = OLD.motion);
    ELSE
        PERFORM pls_internal.check_word(NEW.status, '{draft,running,stopped}', 'status');
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.status <> 'draft' THEN
        refused := (NEW.pilot, NEW.holdout, NEW.salt, NEW.segment::text, NEW.starts_at, NEW.ends_at)
                   IS DISTINCT FROM
                   (OLD.pilot, OLD.holdout, OLD.salt, OLD.segment::text, OLD.starts_at, OLD.ends_at)
            OR (NEW.status <> OLD.status AND NEW.status <> 'stopped')
            -- but it follows its motion's name
            OR (NEW.motion <> OLD.motion
                AND EXISTS (SELECT FROM pls.motions m WHERE m.motion = OLD.motion));
    END IF;
    IF refused THEN
        RAISE EXCEPTION USING
            ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('pilot "%s" is %s: its share, salt, segment and dates are locked', OLD.pilot, OLD.status),
            DETAIL = 'If they changed while it runs, the two arms could not be compared.',
            HINT = CASE WHEN OLD.status = 'running'
                   THEN 'Stop it with UPDATE pls.pilots SET status = ''stopped'', and start another one.'
                   ELSE 'Start another pilot.' END,
            SCHEMA = 'pls', TABLE = 'pilots';
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    NEW.salt := coalesce(NEW.salt, gen_random_uuid()::text);
    PERFORM pls_internal.check_predicate(NEW.segment, 'segment');
    RETURN NEW;
END;
$$;
COMMENT ON FUNCTION pls_internal.check_pilot IS
    'Trigger: completes and validates a row of pls.pilots; refuses (55000) to change what decides the arm once the pilot runs, and to delete a running one.';

CREATE TRIGGER check_pilot BEFORE INSERT OR UPDATE OR DELETE ON pls.pilots
    FOR EACH ROW EXECUTE FUNCTION pls_internal.check_pilot();
COMMENT ON TRIGGER check_pilot ON pls.pilots IS 'What decides the arm is locked once the pilot runs.';
