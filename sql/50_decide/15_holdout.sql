/* 15_holdout.sql - which entities are held out.
 */

CREATE FUNCTION pls_internal.is_held_out(share numeric, salt text, entity_id text) RETURNS boolean
    AS 'MODULE_PATHNAME', 'pls_is_held_out' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION pls_internal.is_held_out IS
    'Whether an entity is held out with this share and salt: the first 8 bytes, big-endian, of sha256(salt:entity), divided by 2^64, are less than the share; a NULL is no.';

-- The holding out that is in force for an entity with these attributes: by
-- the pilot that runs, for those who take part in it; else by the motion.
-- Inlined; the attributes are asked for only if the pilot has a segment.
CREATE FUNCTION pls_internal.holdout_of(play pls.motions, attributes jsonb, as_of timestamptz)
    RETURNS TABLE (holdout numeric, salt text, pilot text)
    LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
    SELECT CASE WHEN p.pilot IS NULL THEN (play).holdout ELSE p.holdout END,
           CASE WHEN p.pilot IS NULL THEN (play).holdout_salt ELSE p.salt END,
           p.pilot
      FROM (SELECT) one
      LEFT JOIN pls.pilots p
        ON p.motion = (play).motion AND p.status = 'running'
       AND p.starts_at <= holdout_of.as_of AND (p.ends_at IS NULL OR p.ends_at > holdout_of.as_of)
       AND CASE WHEN p.segment IS NOT NULL
                THEN pls_internal.holds(coalesce(holdout_of.attributes, '{}'), p.segment) ELSE true END;
END;
COMMENT ON FUNCTION pls_internal.holdout_of IS
    'Share and salt by which entities with these attributes are held out at as_of: those of the motion''s running pilot if they take part in it, else of pls.motions (pilot NULL).';

CREATE FUNCTION pls.arm(motion text, entity_id text) RETURNS text
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN (
        SELECT CASE WHEN h.holdout > 0 AND pls_internal.is_held_out(h.holdout, h.salt, arm.entity_id)
                    THEN 'holdout' ELSE 'treatment' END
          FROM pls.motions m
         CROSS JOIN LATERAL pls_internal.holdout_of(ROW(m.*)::pls.motions, pls_internal.attributes_of(m.motion, arm.entity_id), pls.now()) h
         WHERE m.motion = arm.motion);
END;
$$;
COMMENT ON FUNCTION pls.arm IS
    'Treatment or holdout: a share of the entities, by a hash of salt and entity, is held out, as the running pilot (pls.pilots) or else pls.motions.holdout says; raising the share only adds entities; NULL: no such motion.';
