/* 15_holdout.sql - which entities are held out.
 */

CREATE FUNCTION pls_internal.is_held_out(share numeric, salt text, entity_id text) RETURNS boolean
    AS 'MODULE_PATHNAME', 'pls_is_held_out' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION pls_internal.is_held_out IS
    'Whether an entity is held out with this share and salt: the first 8 bytes, big-endian, of sha256(salt:entity), divided by 2^64, are less than the share; a NULL is no.';

CREATE FUNCTION pls_internal.attribute_text(attributes jsonb, name text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT left(CASE WHEN attributes ? name THEN attributes ->> name
                     ELSE attributes #>> string_to_array(name, '.') END, 100);
END;
COMMENT ON FUNCTION pls_internal.attribute_text IS
    'The attribute of this name as text, its first 100 characters; a name with dots that no attribute has is one that lies within others. NULL: there is none.';

CREATE FUNCTION pls_internal.stratum_of(pilot text, entity_id text, attributes jsonb, grade text) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    trial   pls.pilots;
    stratum text;
BEGIN
    SELECT p.* INTO trial FROM pls.pilots p WHERE p.pilot = stratum_of.pilot;
    IF trial.stratify_by IS NULL THEN
        RETURN NULL;
    END IF;
    SELECT d.pilot_facts ->> 'stratum' INTO stratum
      FROM pls.decisions d
     WHERE d.pilot = stratum_of.pilot AND d.entity_id = stratum_of.entity_id
       AND d.decided_at >= trial.started_at
     ORDER BY d.decided_at, d.decision_id LIMIT 1;
    IF NOT FOUND THEN
        stratum := CASE trial.stratify_by WHEN 'grade' THEN stratum_of.grade
                   ELSE pls_internal.attribute_text(stratum_of.attributes, trial.attribute) END;
    END IF;
    RETURN coalesce(stratum, '');
END;
$$;
COMMENT ON FUNCTION pls_internal.stratum_of IS
    'The stratum of an entity in a pilot: that of its first decision there; before that the grade or attribute that it has, empty if it has none. NULL: the pilot has no strata.';

-- The holding out that is in force for an entity with these attributes: by
-- the pilot that runs, for those who take part in it; else by the motion.
-- Inlined; the attributes are asked for only if the pilot has a segment or
-- strata, the grade only if it has strata.
CREATE FUNCTION pls_internal.holdout_of(play pls.motions, entity_id text, attributes jsonb, grade text, as_of timestamptz)
    RETURNS TABLE (holdout numeric, salt text, pilot text)
    LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
    SELECT CASE WHEN p.pilot IS NULL THEN (play).holdout ELSE p.holdout END,
           CASE WHEN p.pilot IS NULL THEN (play).holdout_salt
                WHEN p.stratify_by IS NULL THEN p.salt
                ELSE p.salt || ':' || pls_internal.stratum_of(p.pilot, holdout_of.entity_id, holdout_of.attributes, holdout_of.grade) END,
           p.pilot
      FROM (SELECT) one
      LEFT JOIN pls.pilots p
        ON p.motion = (play).motion AND p.status = 'running'
       AND p.starts_at <= holdout_of.as_of AND (p.ends_at IS NULL OR p.ends_at > holdout_of.as_of)
       AND CASE WHEN p.segment IS NOT NULL
                THEN pls_internal.holds(coalesce(holdout_of.attributes, '{}'), p.segment) ELSE true END;
END;
COMMENT ON FUNCTION pls_internal.holdout_of IS
    'Share and salt by which an entity with these attributes and this grade is held out at as_of: those of the motion''s running pilot if it takes part in it (with strata: salt:stratum), else of pls.motions (pilot NULL).';

-- Inlined.
CREATE FUNCTION pls_internal.arm_of(play pls.motions, entity_id text, attributes jsonb, grade text, as_of timestamptz)
    RETURNS TABLE (arm text)
    LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
    SELECT CASE WHEN h.holdout > 0 AND pls_internal.is_held_out(h.holdout, h.salt, arm_of.entity_id)
                THEN 'holdout' ELSE 'treatment' END
      FROM pls_internal.holdout_of(play, arm_of.entity_id, arm_of.attributes, arm_of.grade, arm_of.as_of) h;
END;
COMMENT ON FUNCTION pls_internal.arm_of IS
    'Treatment or holdout: the arm of an entity with these attributes and this grade at as_of.';

CREATE FUNCTION pls_internal.grade_of(motion text, entity_id text) RETURNS text
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN (
        SELECT (pls.evaluate(s.evidence, pls_internal.now_after(s.last_event_at),
                             pls_internal.attributes_of(s.motion, s.entity_id), s.lane)).grade
          FROM pls.standings s
         WHERE s.motion = grade_of.motion AND s.entity_id = grade_of.entity_id);
END;
$$;
COMMENT ON FUNCTION pls_internal.grade_of IS
    'The grade of an entity as of now; NULL: it has no standing, or the motion no grades.';

CREATE FUNCTION pls.arm(motion text, entity_id text) RETURNS text
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN (
        SELECT a.arm
          FROM pls.motions m
         CROSS JOIN LATERAL pls_internal.arm_of(ROW(m.*)::pls.motions, arm.entity_id, pls_internal.attributes_of(m.motion, arm.entity_id),
                                                pls_internal.grade_of(m.motion, arm.entity_id), pls.now()) a
         WHERE m.motion = arm.motion);
END;
$$;
COMMENT ON FUNCTION pls.arm IS
    'Treatment or holdout: a share of the entities, by a hash of salt and entity, is held out, as the running pilot (pls.pilots) or else pls.motions.holdout says; raising the share only adds entities. In a pilot with strata the stratum is hashed, too: that of the entity''s first decision, before that its grade or attribute now. NULL: no such motion.';
