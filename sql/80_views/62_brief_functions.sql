/* 62_brief_functions.sql - answers for people who read them in psql.
 *
 * As in 60_brief_views.sql: short forms of the functions of these names, less
 * _brief.
 */

CREATE FUNCTION pls.why_not_brief(motion text, entity_id text)
    RETURNS TABLE (part text, name text, met boolean, distance numeric, points text, detail text)
    LANGUAGE sql STABLE PARALLEL SAFE ROWS 20
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT w.part, pls_internal.wrapped(w.name, 26), w.met, trim_scale(round(w.distance, 2)), pls_internal.number_text(w.points, 6),
           pls_internal.wrapped(CASE WHEN w.cheapest THEN 'The next step: ' ELSE '' END || w.detail
                                || coalesce(' (until ' || pls_internal.minute_text(w.until) || ')', ''), 43)
      FROM pls.why_not(why_not_brief.motion, why_not_brief.entity_id) w
     ORDER BY w.line
$$;
COMMENT ON FUNCTION pls.why_not_brief IS
'pls.why_not() for people, in rows that fit psql: the answer first, then how far each threshold is, then the rules that hold. distance: missing as a share of the threshold, to two decimals. points: what a signal would bring. detail: what is missing in words, and until when it holds, to the minute in the time zone of the session; the cheapest signal begins with "The next step". Long texts are wrapped. Error 42704: no such motion.';

CREATE FUNCTION pls.explain_brief(motion text, entity_id text)
    RETURNS TABLE (signal text, points text, met boolean, value text, wanted text, why text)
    LANGUAGE sql STABLE PARALLEL SAFE ROWS 15
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT pls_internal.wrapped(e.signal, 26), pls_internal.number_text(e.points, 6), e.met,
           pls_internal.wrapped(CASE WHEN g.measure = ANY ('{recency,first}') THEN pls_internal.span_text(make_interval(secs => e.value::double precision))
                                     ELSE trim_scale(e.value)::text END, 12),
           pls_internal.wrapped(CASE WHEN g.signal IS NULL THEN e.op || ' ' || trim_scale(e.threshold)
                                     ELSE pls_internal.describe_threshold(g) END, 14),
           pls_internal.wrapped(e.why, 40)
      FROM pls.explain(explain_brief.motion, explain_brief.entity_id) e
      LEFT JOIN pls.signals g ON g.motion = explain_brief.motion AND g.signal = e.signal
     ORDER BY e.points = 0, abs(e.points) DESC, e.line
$$;
COMMENT ON FUNCTION pls.explain_brief IS
'pls.explain() for people, as of now, in rows that fit psql: what brings or costs most points first, what brings none last. value and wanted: what was measured and when the signal is met, ages in words. Long texts are wrapped. No lines for an entity without a standing.';

CREATE FUNCTION pls.tracking_plan_brief(motion text)
    RETURNS TABLE (event text, property text, seen boolean, rows_a_day text, signals text, hint text)
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT pls_internal.wrapped(t.event, 26), pls_internal.wrapped(t.property, 12), t.seen,
           pls_internal.number_text(round(t.rows_a_day, 1), 10),
           pls_internal.wrapped(array_to_string(t.signals, ', '), 21), pls_internal.wrapped(t.hint, 28)
      FROM pls.tracking_plan(tracking_plan_brief.motion) WITH ORDINALITY
           AS t (event, property, signals, seen, last_seen, rows_a_day, share, accounts, hint, place)
     ORDER BY t.place
$$;
COMMENT ON FUNCTION pls.tracking_plan_brief IS
'pls.tracking_plan() for people, in its order, in rows that fit psql: the events that the signals of a motion ask for (NULL: any), each followed by the properties that they read of it, then those that come and no signal uses; whether samples have shown it (NULL: there is none yet), how often to one decimal, by which signals it is asked for, and what is to be looked at. Long texts are wrapped. Error 42704: no such motion.';
