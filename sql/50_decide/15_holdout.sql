/* 15_holdout.sql - which entities are held out.
 */

CREATE FUNCTION pls_internal.is_held_out(share numeric, salt text, entity_id text) RETURNS boolean
    AS 'MODULE_PATHNAME', 'pls_is_held_out' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION pls_internal.is_held_out IS
    'Whether an entity is held out with this share and salt: the first 8 bytes, big-endian, of sha256(salt:entity), divided by 2^64, are less than the share; a NULL is no.';

-- The holding out that is in force for an entity with these attributes: by
-- the pilot that runs, for those who take part in it; else by the motion.
CREATE FUNCTION pls_internal.holdout_of(motion text, attributes jsonb, as_of timestamptz,
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
       AND (p.segment IS NULL OR pls_internal.holds(coalesce(holdout_of.attributes, '{}'), p.segment));
    IF NOT FOUND THEN
        SELECT m.holdout, m.holdout_salt INTO holdout_of.holdout, holdout_of.salt
          FROM pls.motions m WHERE m.motion = holdout_of.motion;
    END IF;
END;
$$;
COMMENT ON FUNCTION pls_internal.holdout_of IS
    'Share and salt by which entities with these attributes are held out at as_of: those of the motion''s running pilot if they take part in it, else of pls.motions (pilot NULL).';

-- Most motions hold nobody out, and need not ask who is.  Inlined.
CREATE FUNCTION pls_internal.holds_out(motion text) RETURNS TABLE (holds_out boolean)
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT (
        SELECT coalesce(m.holdout > 0, false)
               OR EXISTS (SELECT FROM pls.pilots p WHERE p.motion = m.motion AND p.status = 'running')
          FROM pls.motions m
         WHERE m.motion = holds_out.motion);
END;
COMMENT ON FUNCTION pls_internal.holds_out IS
    'Whether the motion may hold entities out: it has a share for it, or a running pilot; NULL: no such motion.';

CREATE FUNCTION pls.arm(motion text, entity_id text) RETURNS text
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    IF NOT (SELECT h.holds_out FROM pls_internal.holds_out(arm.motion) h) THEN
        RETURN 'treatment';
    END IF;
    RETURN (
        SELECT CASE WHEN pls_internal.is_held_out(h.holdout, h.salt, arm.entity_id) THEN 'holdout' ELSE 'treatment' END
          FROM pls.motions m
         CROSS JOIN LATERAL pls_internal.holdout_of(m.motion, pls_internal.attributes_of(m.motion, arm.entity_id), pls.now()) h
         WHERE m.motion = arm.motion);
END;
$$;
COMMENT ON FUNCTION pls.arm IS
    'treatment or holdout: a share of the entities, by a hash of salt and entity, is held out, as the running pilot (pls.pilots) or else pls.motions.holdout says; raising the share only adds entities; NULL: no such motion.';
