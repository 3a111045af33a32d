/* 18_time_travel.sql - scores as they were.
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

CREATE FUNCTION pls_internal.score_course(motion text, entity_id text, "from" timestamptz, until timestamptz, was_lane text)
    RETURNS TABLE (at timestamptz, score numeric, grade text, lane text, last_event_at timestamptz, model_version integer)
    AS 'MODULE_PATHNAME', 'pls_score_course' LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000 ROWS 100;
COMMENT ON FUNCTION pls_internal.score_course IS
'How the score of an entity that had this lane before (NULL: none) went from one instant up to, but not including, another, by the model and the identity in force at the first: a row for it, and one for each instant at which an event, a window or an age has changed the score, or decay the lane. Needs SELECT on pls.model_versions. Errors: 22004, 22008 an instant is not finite, 42704 no such motion, 55000 no watched table can be read.';

-- Another model scores from each of its versions on, and another identity
-- from each change of what is known of the entity itself, and of its account.
CREATE FUNCTION pls_internal.course_bounds(motion text, entity_id text, "from" timestamptz, until timestamptz) RETURNS timestamptz[]
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    WITH own (id, kind) AS (
        SELECT course_bounds.entity_id, m.unit FROM pls.motions m WHERE m.motion = course_bounds.motion
         UNION
        SELECT pls_internal.account_of_event(NULL, course_bounds.entity_id, NULL), 'account'
          FROM pls.motions m WHERE m.motion = course_bounds.motion AND m.unit = 'user')
    SELECT array_agg(b.at ORDER BY b.at)
      FROM (SELECT course_bounds."from" AS at
             UNION SELECT course_bounds.until
             UNION SELECT v.changed_at FROM pls.model_versions v WHERE v.motion = course_bounds.motion
             UNION SELECT unnest(ARRAY[p.since, p.until])
                     FROM own JOIN pls_internal.past_identity p ON p.id = own.id AND p.kind = own.kind
             UNION SELECT a.known_since FROM own JOIN pls.accounts a ON own.kind = 'account' AND a.account_id = own.id
             UNION SELECT u.known_since FROM own JOIN pls.users u ON own.kind = 'user' AND u.user_id = own.id) b
     WHERE b.at BETWEEN course_bounds."from" AND course_bounds.until
$$;
COMMENT ON FUNCTION pls_internal.course_bounds IS
'The instants between two, and these, at which the model or what is known of an entity and its account has changed, in order.';

CREATE FUNCTION pls.score_history(motion text, entity_id text, "from" timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL)
    RETURNS TABLE (at timestamptz, score numeric, grade text, lane text, last_event_at timestamptz, model_version integer)
    LANGUAGE plpgsql VOLATILE ROWS 100
    SET search_path = pg_catalog, pg_temp
    SET lock_timeout = '2s'
AS $$
#variable_conflict use_column
DECLARE
    first  CONSTANT timestamptz := coalesce(score_history."from",
               (SELECT min(v.changed_at) FROM pls.model_versions v WHERE v.motion = score_history.motion));
    -- the end is not part of the last stretch, now is part of the answer
    last   CONSTANT timestamptz := coalesce(score_history.until, pls.now() + interval '1 microsecond');
    bounds timestamptz[];
    was    text;
    point  record;
    before text;
BEGIN
    IF last > pls.now() + interval '1 microsecond' THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'until is in the future',
            HINT = 'Leave it out for everything up to now.';
    END IF;
    bounds := pls_internal.course_bounds(score_history.motion, score_history.entity_id, first, last);
    FOR i IN 1 .. cardinality(bounds) - 1 LOOP
        FOR point IN
            SELECT c.* FROM pls_internal.score_course(score_history.motion, score_history.entity_id, bounds[i], bounds[i + 1], was) c
        LOOP
            was := point.lane;
            -- the beginning of a stretch need not be a change
            CONTINUE WHEN before = ROW(point.score, point.grade, point.lane, point.model_version)::text;
            before := ROW(point.score, point.grade, point.lane, point.model_version);
            RETURN QUERY SELECT point.at, point.score, point.grade, point.lane, point.last_event_at, point.model_version;
        END LOOP;
    END LOOP;
END;
$$;
COMMENT ON FUNCTION pls.score_history IS
'The score of one entity over time, as a series of changes: a row for the beginning and one for each instant from which on score, grade, lane or model are others. from: NULL is the motion''s first version (of history that was loaded before that, say from when); until, not included: NULL is now. Each model version scores its own time, as in pls.score_as_of(); lane: with the hysteresis of release_at, from none at the beginning. Between two rows a score does not change, but for decay, of which the rows are points. Reads the entity''s events, by an index on the id if there is one, once for each version and change of what is known of it. Errors as for pls.score_as_of().';

CREATE FUNCTION pls.qualified_ranges(motion text, entity_id text, "from" timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL)
    RETURNS tstzmultirange
    LANGUAGE sql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce(range_agg(tstzrange(h.at, coalesce(h.next, qualified_ranges.until))), '{}')
      FROM (SELECT s.at, s.lane, lead(s.at) OVER (ORDER BY s.at) AS next
              FROM pls.score_history(qualified_ranges.motion, qualified_ranges.entity_id,
                                     qualified_ranges."from", qualified_ranges.until) s) h
     WHERE h.lane = 'sales'
$$;
COMMENT ON FUNCTION pls.qualified_ranges IS
'When an entity qualified by its score, in lane sales, from one instant up to, but not including, another; NULLs as for pls.score_history(), which says the same in more detail. Unbounded above: it qualifies now. Empty: not in that time; of history that was loaded before the motion was made, say from when. Exclusions, segments and limits are not asked. Errors as for pls.score_as_of().';
