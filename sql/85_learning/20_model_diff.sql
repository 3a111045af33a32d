/* 20_model_diff.sql - what has changed between two versions of a model, in words. */

CREATE FUNCTION pls_internal.model_at(motion text, model_version integer) RETURNS jsonb
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    model jsonb;
    first integer;
    last  integer;
BEGIN
    IF model_at.model_version IS NULL THEN
        model := pls_internal.model_of(model_at.motion);
    ELSE
        SELECT v.model INTO model FROM pls.model_versions v
         WHERE v.motion = model_at.motion AND v.model_version = model_at.model_version;
    END IF;
    IF model IS NOT NULL THEN
        RETURN model;
    END IF;
    SELECT min(v.model_version), max(v.model_version) INTO first, last
      FROM pls.model_versions v WHERE v.motion = model_at.motion;
    IF last IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_object',
            MESSAGE = format('motion "%s" does not exist', coalesce(model_at.motion, 'NULL')),
            HINT = 'pls.motions lists the motions.';
    ELSIF model_at.model_version IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_object',
            MESSAGE = format('version %s of motion "%s" does not exist', model_at.model_version, model_at.motion),
            HINT = format('Use a version from %s to %s; pls.model_versions lists them.', first, last);
    END IF;
    RETURN NULL;
END;
$$;
COMMENT ON FUNCTION pls_internal.model_at IS
'A motion''s model in a version, in the form of pls.model_versions.model; model_version NULL: as the transaction sees it (NULL: the motion has been deleted). Error 42704: there is no such motion or version.';

-- A version's parts, each under the name that people know it by.
CREATE FUNCTION pls_internal.model_parts(motion text, model jsonb)
    RETURNS TABLE (kind text, name text, relation name, content jsonb)
    LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 30
BEGIN ATOMIC
    SELECT 'motion', motion, 'motions'::name, model -> 'motion' WHERE model ? 'motion'
    UNION ALL
    SELECT 'signal', s.key, 'signals', s.value || jsonb_build_object('motion', motion, 'signal', s.key)
      FROM jsonb_each(model -> 'signals') AS s
    UNION ALL
    SELECT 'category limit', l.key, 'category_limits', l.value
      FROM jsonb_each(model -> 'category_limits') AS l
    UNION ALL
    SELECT 'grade', format('%s from %s', g.value ->> 'dimension', trim_scale((g.value ->> 'at_least')::numeric)),
           'grades', g.value - ARRAY['dimension', 'at_least']
      FROM jsonb_array_elements(model -> 'grades') AS g
    UNION ALL
    SELECT 'exclusion', x.key, 'exclusions', x.value
      FROM jsonb_each(model -> 'exclusions') AS x;
END;
COMMENT ON FUNCTION pls_internal.model_parts IS
'The parts of a model in the form of pls.model_versions.model: motion, signals, category limits, grades and exclusions, each with the table that it is a row of and the columns of that row.';

CREATE FUNCTION pls_internal.field_text(field text, type regtype, value jsonb) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    SET intervalstyle = 'postgres'
AS $$
DECLARE
    written CONSTANT text := value #>> '{}';
BEGIN
    RETURN CASE
        -- random names, which say nothing to anybody
        WHEN field = 'ids' AND jsonb_typeof(value) = 'array'
            THEN jsonb_array_length(value)::text
        WHEN jsonb_typeof(value) = 'array'
            THEN (SELECT string_agg(e.value, ', ' ORDER BY e.place)
                    FROM jsonb_array_elements_text(value) WITH ORDINALITY AS e (value, place))
        WHEN type = 'interval'::regtype THEN written::interval::text
        WHEN type = 'numeric'::regtype THEN trim_scale(written::numeric)::text
        ELSE written END;
END;
$$;
COMMENT ON FUNCTION pls_internal.field_text IS
'The value of a column, of this type, in a version of a model, as people write it; of the ids of an exclusion, of which a version has random names, only how many. NULL: none.';

-- Added and removed parts in a few words.
CREATE FUNCTION pls_internal.part_text(relation name, content jsonb) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    SET intervalstyle = 'postgres'
AS $$
DECLARE
    signal pls.signals;
BEGIN
    IF relation = 'signals' THEN
        signal := jsonb_populate_record(NULL::pls.signals, content);
        RETURN concat_ws(', ', pls_internal.describe_measure(signal),
            CASE WHEN signal.category = 'outcome' THEN 'recorded as ' || signal.outcome
                 ELSE pls_internal.describe_threshold(signal) END,
            CASE WHEN signal.category <> 'outcome' THEN 'points ' || pls_internal.describe_points(signal) END,
            CASE WHEN signal.required THEN 'required' END,
            CASE WHEN NOT signal.enabled THEN 'disabled' END);
    END IF;
    RETURN (
        SELECT string_agg(a.attname || ' ' || pls_internal.field_text(a.attname, a.atttypid, c.value), ', ' ORDER BY a.attnum)
          FROM jsonb_each(content) AS c
          JOIN pg_attribute AS a ON a.attrelid = pls_internal.own_table(relation) AND a.attname = c.key
         WHERE c.value <> 'null' AND c.key <> 'enabled');      -- those of a version all are
END;
$$;
COMMENT ON FUNCTION pls_internal.part_text IS
'A part of a model (pls_internal.model_parts) in words: of a signal what it measures, when it is met and what it is worth; of others the columns that have a value.';

CREATE FUNCTION pls.model_diff(motion text, v1 integer DEFAULT NULL, v2 integer DEFAULT NULL)
    RETURNS TABLE (kind text, name text, field text, before text, after text, sentence text)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 20
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    newer CONSTANT jsonb := pls_internal.model_at(motion, v2);
    older jsonb;
BEGIN
    IF v1 IS NOT NULL THEN
        older := pls_internal.model_at(motion, v1);
    ELSE
        SELECT v.model INTO older FROM pls.model_versions v
         WHERE v.motion = model_diff.motion
           -- where nothing is uncommitted the last change is asked for
           AND CASE WHEN v2 IS NULL THEN v.model <> newer ELSE v.model_version < v2 END
         ORDER BY v.model_version DESC LIMIT 1;
    END IF;
    RETURN QUERY
    WITH parts AS MATERIALIZED (
        SELECT coalesce(n.kind, o.kind) AS kind, coalesce(n.name, o.name) AS name,
               coalesce(n.relation, o.relation) AS relation, o.content AS older, n.content AS newer
          FROM pls_internal.model_parts(motion, older) o
          FULL JOIN pls_internal.model_parts(motion, newer) n ON n.kind = o.kind AND n.name = o.name),
    changed AS (
        SELECT p.kind, p.name, NULL::text AS field, 0 AS place,
               CASE WHEN p.newer IS NULL THEN pls_internal.part_text(p.relation, p.older) END AS before,
               CASE WHEN p.older IS NULL THEN pls_internal.part_text(p.relation, p.newer) END AS after,
               NULL::text AS remark
          FROM parts p
         WHERE p.older IS NULL OR p.newer IS NULL
         UNION ALL
        -- a column that only one of them has was added by an update of pls
        SELECT p.kind, p.name, k.field, a.attnum,
               pls_internal.field_text(k.field, a.atttypid, p.older -> k.field),
               pls_internal.field_text(k.field, a.atttypid, p.newer -> k.field),
               CASE WHEN p.kind = 'signal' AND k.field = 'threshold' AND p.newer ->> 'threshold_worked_out_at' <> '' THEN
                   ' (' || pls_internal.percentile_text((p.newer ->> 'threshold_percentile')::numeric,
                                                        (p.newer ->> 'threshold_peers')::bigint) || ')'
                    WHEN k.field = 'ids' THEN (
                   SELECT format(' (%s added, %s removed)',
                                 count(*) FILTER (WHERE h.older IS NULL), count(*) FILTER (WHERE h.newer IS NULL))
                     FROM (SELECT o.name AS older, n.name AS newer
                             FROM jsonb_array_elements_text(nullif(p.older -> 'ids', 'null')) AS o (name)
                             FULL JOIN jsonb_array_elements_text(nullif(p.newer -> 'ids', 'null')) AS n (name) ON n.name = o.name) h) END
          FROM parts p
         CROSS JOIN LATERAL jsonb_object_keys(p.older) AS k (field)
          LEFT JOIN pg_attribute a ON a.attrelid = pls_internal.own_table(p.relation) AND a.attname = k.field
         WHERE p.newer ? k.field AND p.older -> k.field <> p.newer -> k.field
           -- they come and go with the threshold, of which they are said
           AND NOT (p.kind = 'signal' AND k.field IN ('threshold_peers', 'threshold_worked_out_at')))
    SELECT c.kind, c.name, c.field, c.before, c.after,
           concat(c.kind, ' ', c.name, ': ', CASE
               WHEN c.field IS NOT NULL
                   THEN concat(c.field, ' ', coalesce(c.before, 'none'), ' -> ', coalesce(c.after, 'none'), c.remark)
               WHEN c.before IS NULL THEN concat('added', ': ' || c.after)
               ELSE concat('removed', ': ' || c.before) END)
      FROM changed c
     ORDER BY array_position(ARRAY['motion', 'signal', 'category limit', 'grade', 'exclusion'], c.kind),
              c.name COLLATE "C", c.place;
END;
$$;
COMMENT ON FUNCTION pls.model_diff IS
'What differs between two versions of a motion''s model (pls.model_versions), a row for each difference: kind (motion, signal, category limit, grade, exclusion) and name of the part; field: the column, NULL: the whole part was added (before is NULL) or removed; before and after: its values as text, NULL: none; sentence: all of that, such as "signal invited: threshold 3 -> 5". v2 NULL: the model as this transaction sees it, uncommitted changes included. v1 NULL: the version before v2, of the first version nothing; without v2 the last version that is another, so that both NULL say what is uncommitted, or else the last change. Texts for people are not in a version, nor is the motion''s status, nor an exclusion that is disabled; of the ids of an exclusion it is said only how many. No rows: both score and decide the same. Errors 42704: no such motion or version.';
