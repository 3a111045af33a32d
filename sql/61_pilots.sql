/* 61_pilots.sql - who is held out.
 *
 * A pilot compares entities that are alerted with entities that would have
 * been and are left alone.  Which arm an entity is in follows from its name
 * and the pilot's salt alone, so that it is the same at every decision, on
 * every machine, and whoever asks.  That is worth something only if nobody
 * turns the knobs meanwhile: what decides the arm is locked once a pilot runs.
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
    CONSTRAINT pilots_pilot_not_blank CHECK (pg_catalog.btrim(pilot) OPERATOR(pg_catalog.<>) ''),
    CONSTRAINT pilots_status_known CHECK (
        status OPERATOR(pg_catalog.=) ANY (ARRAY['draft', 'running', 'stopped'])),
    CONSTRAINT pilots_holdout_is_a_share_above_0_below_1 CHECK (
        holdout OPERATOR(pg_catalog.>) 0 AND holdout OPERATOR(pg_catalog.<) 1),
    CONSTRAINT pilots_salt_not_empty CHECK (salt OPERATOR(pg_catalog.<>) ''),
    CONSTRAINT pilots_starts_at_finite CHECK (pg_catalog.isfinite(starts_at)),
    CONSTRAINT pilots_ends_after_it_starts CHECK (ends_at OPERATOR(pg_catalog.>) starts_at)
);
CREATE UNIQUE INDEX pilots_one_running ON pls.pilots (motion)
    WHERE status OPERATOR(pg_catalog.=) 'running';
COMMENT ON INDEX pls.pilots_one_running IS 'a motion has at most one running pilot';
SELECT pg_catalog.pg_extension_config_dump('pls.pilots', '');
REVOKE ALL ON pls.pilots FROM PUBLIC;

COMMENT ON TABLE pls.pilots IS
    'a pilot holds a share of a motion''s entities out for a time, to see what alerting does; at most one running per motion. Once running, only its description and, to stop it, its status can be changed (55000)';
COMMENT ON COLUMN pls.pilots.pilot IS 'name';
COMMENT ON COLUMN pls.pilots.motion IS 'the motion';
COMMENT ON COLUMN pls.pilots.description IS 'what is to be found out, for people';
COMMENT ON COLUMN pls.pilots.status IS 'draft: holds nobody out. running: does, between starts_at and ends_at; locked. stopped: no longer';
COMMENT ON COLUMN pls.pilots.holdout IS 'share of the entities, above 0 and below 1, that get a decision (held_out) but no alert';
COMMENT ON COLUMN pls.pilots.salt IS 'text hashed with the entity to tell who is held out; left out on insert: a random one, so that no two pilots hold the same entities out';
COMMENT ON COLUMN pls.pilots.segment IS 'predicate on the attributes of the account that says who takes part; the others are not held out. NULL: everybody';
COMMENT ON COLUMN pls.pilots.starts_at IS 'first instant at which it holds out';
COMMENT ON COLUMN pls.pilots.ends_at IS 'first instant at which it no longer does; NULL: until stopped';

CREATE FUNCTION pls.check_pilot() RETURNS trigger
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
    ELSIF TG_OP = 'UPDATE' AND OLD.status <> 'draft' THEN
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
            DETAIL = 'Changed on the way, the two arms could no longer be compared.',
            HINT = CASE WHEN OLD.status = 'running'
                   THEN 'Stop it with UPDATE pls.pilots SET status = ''stopped'', and begin another.'
                   ELSE 'Begin another pilot.' END,
            SCHEMA = 'pls', TABLE = 'pilots';
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    NEW.salt := coalesce(NEW.salt, gen_random_uuid()::text);
    PERFORM pls.check_predicate(NEW.segment, 'segment');
    RETURN NEW;
END;
$$;
COMMENT ON FUNCTION pls.check_pilot() IS
    'trigger: completes and validates a row of pls.pilots; refuses (55000) to change what decides the arm once the pilot runs, and to delete a running one';
REVOKE EXECUTE ON FUNCTION pls.check_pilot() FROM PUBLIC;

CREATE TRIGGER check_pilot BEFORE INSERT OR UPDATE OR DELETE ON pls.pilots
    FOR EACH ROW EXECUTE FUNCTION pls.check_pilot();
COMMENT ON TRIGGER check_pilot ON pls.pilots IS 'what decides the arm is locked once the pilot runs';

CREATE FUNCTION pls.is_held_out(share numeric, salt text, entity_id text) RETURNS boolean
    AS 'MODULE_PATHNAME', 'pls_is_held_out' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION pls.is_held_out(numeric, text, text) IS
    'whether an entity is held out with this share and salt: the first 8 bytes, big-endian, of sha256(salt:entity), divided by 2^64, are less than the share; a NULL is no';
REVOKE EXECUTE ON FUNCTION pls.is_held_out(numeric, text, text) FROM PUBLIC;

-- The holding out that is in force for an entity with these attributes: by
-- the pilot that runs, for those who take part in it; else by the motion.
CREATE FUNCTION pls.holdout_of(motion text, attributes jsonb, as_of timestamptz,
                               OUT holdout numeric, OUT salt text, OUT pilot text)
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    SELECT p.holdout, p.salt, p.pilot
      INTO holdout_of.holdout, holdout_of.salt, holdout_of.pilot
      FROM pls.pilots p
     WHERE p.motion = holdout_of.motion AND p.status = 'running'
       AND p.starts_at <= holdout_of.as_of
       AND (p.ends_at IS NULL OR p.ends_at > holdout_of.as_of)
       AND (p.segment IS NULL OR pls.holds(coalesce(holdout_of.attributes, '{}'), p.segment));
    IF NOT FOUND THEN
        SELECT m.holdout, m.holdout_salt INTO holdout_of.holdout, holdout_of.salt
          FROM pls.motions m WHERE m.motion = holdout_of.motion;
    END IF;
END;
$$;
COMMENT ON FUNCTION pls.holdout_of(text, jsonb, timestamptz) IS
    'share and salt by which entities with these attributes are held out at as_of: those of the motion''s running pilot if they take part in it, else of pls.motions (pilot NULL)';
REVOKE EXECUTE ON FUNCTION pls.holdout_of(text, jsonb, timestamptz) FROM PUBLIC;

-- Most motions hold nobody out, and need not ask who is.  Inlined.
CREATE FUNCTION pls.holds_out(motion text) RETURNS TABLE (holds_out boolean)
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT (
        SELECT coalesce(m.holdout > 0, false)
               OR EXISTS (SELECT FROM pls.pilots p WHERE p.motion = m.motion AND p.status = 'running')
          FROM pls.motions m
         WHERE m.motion = holds_out.motion);
END;
COMMENT ON FUNCTION pls.holds_out(text) IS
    'whether the motion may hold entities out: it has a share for it, or a running pilot; NULL: no such motion';
REVOKE EXECUTE ON FUNCTION pls.holds_out(text) FROM PUBLIC;

CREATE FUNCTION pls.arm(motion text, entity_id text) RETURNS text
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    IF NOT (SELECT h.holds_out FROM pls.holds_out(arm.motion) h) THEN
        RETURN 'treatment';
    END IF;
    RETURN (
        SELECT CASE WHEN pls.is_held_out(h.holdout, h.salt, arm.entity_id) THEN 'holdout' ELSE 'treatment' END
          FROM pls.motions m
         CROSS JOIN LATERAL pls.holdout_of(m.motion, pls.attributes_of(m.motion, arm.entity_id), pls.now()) h
         WHERE m.motion = arm.motion);
END;
$$;
COMMENT ON FUNCTION pls.arm(text, text) IS
    'treatment or holdout: a share of the entities, by a hash of salt and entity, is held out, as the running pilot (pls.pilots) or else pls.motions.holdout says; raising the share only adds entities; NULL: no such motion';
REVOKE EXECUTE ON FUNCTION pls.arm(text, text) FROM PUBLIC;
