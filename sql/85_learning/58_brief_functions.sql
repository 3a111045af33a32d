/* 58_brief_functions.sql - more answers for people who read them in psql.
 *
 * As in 80_views/62_brief_functions.sql.
 */

CREATE FUNCTION pls.preview_brief(motion text)
    RETURNS TABLE (place bigint, entity_id text, score text, decision text, rep text, note text)
    LANGUAGE sql VOLATILE ROWS 1000
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT p.place, pls_internal.wrapped(p.entity_id, 20), pls_internal.score_text(p.score, p.grade, p.lane, 12),
           p.decision, pls_internal.wrapped(p.rep, 14),
           pls_internal.wrapped(concat_ws('; ', p.route, CASE WHEN p.assigned_by <> 'turn' THEN p.assigned_by END,
                                          CASE WHEN NOT p.within_capacity THEN 'beyond what reps can take today' END,
                                          p.detail, 'until ' || pls_internal.minute_text(p.until)), 30)
      FROM pls.preview(preview_brief.motion) WITH ORDINALITY
           AS p (place, entity_id, lane, score, grade, decision, route, pool, rep, within_capacity, assigned_by, until, detail, n)
     ORDER BY p.n
$$;
COMMENT ON FUNCTION pls.preview_brief IS
'pls.preview() for people, in its order, in rows that fit psql: first the alerts, in the order in which they are assigned, then those about whom there is none. score: with its grade, and triage if that is the lane. note: the route; how the rep was found, if not by turn; whether the alert is more than reps can take today; why there is no alert, and until when, to the minute in the time zone of the session. Long texts are wrapped. Notices and errors are those of pls.preview().';

CREATE FUNCTION pls.weekly_review_brief(motion text, week date DEFAULT NULL)
    RETURNS TABLE (section text, item text, this_week text, week_before text, owner text, note text)
    LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 50
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT r.section, pls_internal.wrapped(r.item, 24), pls_internal.number_text(r.this_week, 9), pls_internal.number_text(r.week_before, 11),
           pls_internal.wrapped(r.owner, 12), pls_internal.wrapped(r.note, 29)
      FROM pls.weekly_review(weekly_review_brief.motion, weekly_review_brief.week) WITH ORDINALITY
           AS r (section, item, this_week, week_before, change, owner, note, place)
     ORDER BY r.place
$$;
COMMENT ON FUNCTION pls.weekly_review_brief IS
'pls.weekly_review() for people, in its order, in rows that fit psql; the change is the difference of this_week and week_before. Long texts are wrapped. Access and errors as for pls.weekly_review(); pls.weekly_review_markdown() makes a page of it.';

CREATE FUNCTION pls.go_live_brief(motion text, since timestamptz DEFAULT NULL, backlog text DEFAULT 'release', per_day numeric DEFAULT NULL)
    RETURNS TABLE (motion text, live_at text, in_lane bigint, alerted bigint, waiting bigint, left_out bigint, kept_off bigint,
                   per_day text, last_at text)
    LANGUAGE sql VOLATILE ROWS 1
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT pls_internal.wrapped(g.motion, 14), pls_internal.wrapped(pls_internal.minute_text(g.live_at), 16),
           g.in_lane, g.alerted, g.waiting, g.left_out, g.kept_off, pls_internal.number_text(g.per_day, 7),
           pls_internal.wrapped(pls_internal.minute_text(g.last_at), 16)
      FROM pls.go_live($1, $2, $3, $4) g
$$;
COMMENT ON FUNCTION pls.go_live_brief IS
'pls.go_live() for people: does the same, and returns its row in a form that fits psql: live_at and last_at to the minute in the time zone of the session. Errors are those of pls.go_live().';
