/* 20_time_travel.sql - scores as they were.
 *
 * The events up to an instant, under the model in force then, by the identity
 * and the attributes known then (src/rebuild/past.c).  The lists of mail
 * providers and of ids that name nobody are those of now: an entry there says
 * how an address or id is to be read, and was as true before.
 */

CREATE FUNCTION pls_internal.score_past(motion text, as_of timestamptz, entities text[])
    RETURNS TABLE (entity_id text, score numeric, grade text, engagement numeric, fit numeric, lane text,
                   required_met boolean, signals_met integer, last_event_at timestamptz, model_version integer)
    AS 'MODULE_PATHNAME', 'pls_score_past' LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000 ROWS 1000;
COMMENT ON FUNCTION pls_internal.score_past IS
'What pls.score_as_of() does, for these entities (NULL: all). Needs SELECT on pls.model_versions. Errors: 22004 motion or as_of NULL, 22008 as_of is infinite, 22023 it is in the future, 42704 no such motion, 55000 no watched table can be read.';

CREATE FUNCTION pls_internal.explain_past(motion text, as_of timestamptz, entities text[])
    RETURNS TABLE (line integer, signal text, category text, value numeric, op text, threshold numeric,
                   met boolean, saturated boolean, newest_at timestamptz, points numeric, why text)
    AS 'MODULE_PATHNAME', 'pls_explain_past' LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000 ROWS 15;
COMMENT ON FUNCTION pls_internal.explain_past IS
'What pls.explain_as_of() does, for one entity in an array; why is always NULL. Errors as for pls_internal.score_past().';

CREATE FUNCTION pls.score_as_of(motion text, as_of timestamptz, entity_id text DEFAULT NULL)
    RETURNS TABLE (entity_id text, score numeric, grade text, engagement numeric, fit numeric, lane text,
                   required_met boolean, signals_met integer, last_event_at timestamptz, model_version integer)
    LANGUAGE sql VOLATILE ROWS 1000
    SET search_path = pg_catalog, pg_temp
    SET lock_timeout = '2s'
AS $$
    SELECT p.* FROM pls_internal.score_past(score_as_of.motion, score_as_of.as_of,
                    CASE WHEN score_as_of.entity_id IS NOT NULL THEN ARRAY[score_as_of.entity_id] END) p
$$;
COMMENT ON FUNCTION pls.score_as_of IS
'The scores of a motion at an instant of the past, of one entity or (NULL) of all that had events that counted by then: from the events up to as_of, under the model in force then, with the users, accounts, aliases and domains known then. Columns as in pls.scores; lane: of an entity that was in none before; model_version: the version of the model that scored; the last one for instants before the motion was made. Mail providers and ignored ids are those of now. Reads the watched tables, all of them for all entities; writes nothing. Waits 2 seconds for a locked table. Errors: 22004 motion or as_of NULL, 22008 as_of is infinite, 22023 it is in the future, 42704 no such motion, 55000 no watched table can be read, 55P03.';

CREATE FUNCTION pls.explain_as_of(motion text, entity_id text, as_of timestamptz)
    RETURNS TABLE (line integer, signal text, category text, value numeric, op text, threshold numeric,
                   met boolean, saturated boolean, newest_at timestamptz, points numeric, why text)
    LANGUAGE plpgsql VOLATILE ROWS 15
    SET search_path = pg_catalog, pg_temp
    SET lock_timeout = '2s'
AS $$
#variable_conflict use_column
BEGIN
    IF entity_id IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed',
            MESSAGE = 'entity_id must not be null',
            HINT = 'pls.score_as_of(motion, as_of) gives the scores of all entities.';
    END IF;
    RETURN QUERY
    SELECT p.line, p.signal, p.category, p.value, p.op, p.threshold, p.met, p.saturated, p.newest_at, p.points, s.why
      FROM pls_internal.explain_past(explain_as_of.motion, explain_as_of.as_of, ARRAY[explain_as_of.entity_id]) p
      LEFT JOIN pls.signals s ON s.motion = explain_as_of.motion AND s.signal = p.signal
     ORDER BY p.line;
END;
$$;
COMMENT ON FUNCTION pls.explain_as_of IS
'Why an entity had its score at an instant of the past: the lines of pls.explain(), whose points sum to the score of pls.score_as_of(). why: what the signal says of itself now. No lines for an entity that had no events by then. Reads the entity''s events, by an index on the id if there is one. Errors as for pls.score_as_of().';
