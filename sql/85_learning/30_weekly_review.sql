/* 30_weekly_review.sql - what the people of a motion look at once a week.
 *
 * Each section is a function of three instants: when the week before begins,
 * when the week begins, when it ends.  Weeks are the motion's own, from Monday
 * to Monday, and may be an hour shorter or longer than seven days.
 */

CREATE TYPE pls_internal.review_row AS (
    item        text,
    this_week   numeric,
    week_before numeric,
    owner       text,
    note        text
);
COMMENT ON TYPE pls_internal.review_row IS 'A row of a section of pls.weekly_review().';
COMMENT ON COLUMN pls_internal.review_row.item IS 'What it is about.';
COMMENT ON COLUMN pls_internal.review_row.this_week IS 'Its value in the week; NULL: it has none.';
COMMENT ON COLUMN pls_internal.review_row.week_before IS 'Its value in the week before; NULL: it has none.';
COMMENT ON COLUMN pls_internal.review_row.owner IS 'Who answers for it; NULL: nobody in particular.';
COMMENT ON COLUMN pls_internal.review_row.note IS 'What else is to be said.';

CREATE FUNCTION pls_internal.week_bounds(motion text, week date, OUT first_day date, OUT zone text,
                                         OUT before timestamptz, OUT since timestamptz, OUT until timestamptz)
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    SELECT m.time_zone INTO zone FROM pls.motions m WHERE m.motion = week_bounds.motion;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_object',
            MESSAGE = format('motion "%s" does not exist', coalesce(week_bounds.motion, 'NULL')),
            HINT = 'pls.motions lists the motions.';
    ELSIF NOT isfinite(week) OR NOT week BETWEEN '1900-01-01' AND '9999-12-31' THEN
        RAISE EXCEPTION USING ERRCODE = 'datetime_field_overflow',
            MESSAGE = format('week %s is out of range', week),
            HINT = 'Use a day of the week, from 1900 to 9999, or leave it out for the last complete week.';
    END IF;
    first_day := date_trunc('week', coalesce(week::timestamp, timezone(zone, pls.now()) - interval '7 days'))::date;
    before := timezone(zone, (first_day - 7)::timestamp);
    since := timezone(zone, first_day::timestamp);
    until := timezone(zone, (first_day + 7)::timestamp);
END;
$$;
COMMENT ON FUNCTION pls_internal.week_bounds IS
'The week of pls.weekly_review() that has this day (NULL: the last one that is over), by the motion''s time zone: its Monday, the zone, and the beginnings of the week before, of the week and of the next one. Errors: 42704 no such motion, 22008 the day is out of range.';

CREATE FUNCTION pls_internal.sales_owners(motion text) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN coalesce((
        SELECT string_agg(DISTINCT r.manager COLLATE "C", ', ')
          FROM pls.routes o
          JOIN pls.pool_members m ON m.pool = o.pool
          JOIN pls.reps r ON r.rep = m.rep
         WHERE o.motion = sales_owners.motion), 'sales');
END;
$$;
COMMENT ON FUNCTION pls_internal.sales_owners IS
'Who answers for the work on a motion''s alerts: the managers of the reps in the pools of its routes; sales, if there are none.';

CREATE FUNCTION pls_internal.review_decisions(motion text, before timestamptz, since timestamptz, until timestamptz)
    RETURNS SETOF pls_internal.review_row
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 6
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH counted AS (
        SELECT CASE d.reason WHEN 'raised' THEN 'raised' WHEN 'triage' THEN 'triage' WHEN 'held_out' THEN 'held out'
                             WHEN 'no_capacity' THEN 'deferred' WHEN 'error' THEN 'failed' ELSE 'kept back' END AS item,
               d.reason, count(*) FILTER (WHERE d.decided_at >= since) AS lately, count(*) FILTER (WHERE d.decided_at < since) AS earlier
          FROM pls.decisions d
         WHERE d.motion = review_decisions.motion AND d.decided_at >= review_decisions.before AND d.decided_at < until
         GROUP BY d.reason)
    SELECT i.item, coalesce(sum(c.lately), 0), coalesce(sum(c.earlier), 0), i.owner,
           CASE WHEN i.item = 'kept back'
                THEN string_agg(concat(c.reason, ' ', c.lately), ', ' ORDER BY c.lately DESC, c.reason COLLATE "C") FILTER (WHERE c.lately > 0) END
      FROM (VALUES (1, 'raised', NULL), (2, 'triage', NULL), (3, 'held out', NULL), (4, 'deferred', pls_internal.sales_owners(motion)),
                   (5, 'kept back', NULL), (6, 'failed', 'data')) AS i (place, item, owner)
      LEFT JOIN counted c ON c.item = i.item
     GROUP BY i.place, i.item, i.owner
     ORDER BY i.place;
END;
$$;
COMMENT ON FUNCTION pls_internal.review_decisions IS
'Section alerts of pls.weekly_review(): how many decisions raised an alert, sent one to triage, held the entity out, deferred it for lack of capacity, kept it back for another reason, or failed.';

CREATE FUNCTION pls_internal.review_sla(motion text, before timestamptz, since timestamptz, until timestamptz)
    RETURNS SETOF pls_internal.review_row
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 10
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    late   CONSTANT text[] := '{missed,breached}';
    owners CONSTANT text := pls_internal.sales_owners(motion);
BEGIN
    RETURN QUERY
    WITH raised AS MATERIALIZED (
        SELECT s.created_at >= since AS lately, s.assigned_to, s.respond_state, s.resolve_state,
               extract(epoch FROM s.time_to_touch) / 3600 AS hours
          FROM pls.sla s
         WHERE s.motion = review_sla.motion AND s.created_at >= review_sla.before AND s.created_at < until),
    shown AS (
        SELECT i.place, i.item, count(r.lately) FILTER (WHERE r.lately)::numeric AS lately,
               count(r.lately) FILTER (WHERE NOT r.lately)::numeric AS earlier, owners AS owner
          FROM (VALUES (1, 'touched in time', true, '{met}'), (2, 'touched late', true, late),
                       (3, 'disposed of in time', false, '{met}'), (4, 'disposed of late', false, late))
               AS i (place, item, is_touch, states)
          LEFT JOIN raised r ON CASE WHEN i.is_touch THEN r.respond_state ELSE r.resolve_state END = ANY (i.states)
         GROUP BY i.place, i.item
         UNION ALL
        SELECT 5, 'median hours to touch',
               round((percentile_cont(0.5) WITHIN GROUP (ORDER BY r.hours) FILTER (WHERE r.lately))::numeric, 1),
               round((percentile_cont(0.5) WITHIN GROUP (ORDER BY r.hours) FILTER (WHERE NOT r.lately))::numeric, 1), owners
          FROM raised r
         UNION ALL
        SELECT 6, 'late: ' || coalesce(r.assigned_to, 'nobody assigned'), count(*) FILTER (WHERE r.lately),
               count(*) FILTER (WHERE NOT r.lately), coalesce(p.manager, owners)
          FROM raised r
          LEFT JOIN pls.reps p ON p.rep = r.assigned_to
         WHERE r.respond_state = ANY (late) OR r.resolve_state = ANY (late)
         GROUP BY r.assigned_to, p.manager)
    SELECT h.item, h.lately, h.earlier, h.owner, NULL::text
      FROM shown h
     ORDER BY h.place, CASE WHEN h.place = 6 THEN h.lately END DESC, h.item COLLATE "C";
END;
$$;
COMMENT ON FUNCTION pls_internal.review_sla IS
'Section sla of pls.weekly_review(): of the alerts raised in the week, how many were touched and disposed of within their limits and how many were not, or not yet and are past due; the median working time to the first touch; and who has alerts that are late.';

CREATE FUNCTION pls_internal.review_dispositions(motion text, before timestamptz, since timestamptz, until timestamptz)
    RETURNS SETOF pls_internal.review_row
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 10
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    owners CONSTANT text := pls_internal.sales_owners(motion);
BEGIN
    RETURN QUERY
    WITH closed AS (
        SELECT CASE WHEN a.status = 'done' THEN coalesce(d.outcome_class, 'unknown') ELSE a.status END AS item,
               coalesce(a.disposition, a.closed_reason) AS how, a.closed_at >= since AS lately
          FROM pls.alerts a
          LEFT JOIN pls.dispositions d ON d.disposition = a.disposition
         WHERE a.motion = review_dispositions.motion AND a.closed_at >= review_dispositions.before AND a.closed_at < until
         UNION ALL
        SELECT CASE WHEN o.outcome = 'meeting' THEN 'meetings' ELSE 'conversions by events' END, o.outcome, o.at >= since
          FROM pls.outcomes o
          JOIN pls.motions m ON m.motion = o.motion
         WHERE o.motion = review_dispositions.motion AND o.at >= review_dispositions.before AND o.at < until
           AND (o.outcome = 'meeting' OR (o.signal IS NOT NULL AND o.outcome = ANY (pls_internal.outcomes_aimed_at(m.objective))))),
    counted AS (
        SELECT c.item, c.how, count(*) FILTER (WHERE c.lately) AS lately, count(*) FILTER (WHERE NOT c.lately) AS earlier
          FROM closed c GROUP BY c.item, c.how)
    SELECT i.item, coalesce(sum(c.lately), 0), coalesce(sum(c.earlier), 0), owners,
           CASE WHEN i.place < 9 THEN string_agg(concat(c.how, ' ', c.lately), ', ' ORDER BY c.lately DESC, c.how COLLATE "C")
                                      FILTER (WHERE c.lately > 0) END
      FROM (VALUES (1, 'accepted'), (2, 'nurture'), (3, 'none'), (4, 'rejected_signal'), (5, 'rejected_other'), (6, 'unknown'),
                   (7, 'withdrawn'), (8, 'expired'), (9, 'meetings'), (10, 'conversions by events')) AS i (place, item)
      LEFT JOIN counted c ON c.item = i.item
     GROUP BY i.place, i.item
    -- of dispositions that are no longer in pls.dispositions
    HAVING i.item <> 'unknown' OR count(c.item) > 0
     ORDER BY i.place;
END;
$$;
COMMENT ON FUNCTION pls_internal.review_dispositions IS
'Section dispositions of pls.weekly_review(): alerts closed in the week, by the class of their disposition, or withdrawn or expired; meetings, and conversions that events have shown.';

CREATE FUNCTION pls_internal.review_signals(motion text, since timestamptz, until timestamptz)
    RETURNS SETOF pls_internal.review_row
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 20
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    -- what a week has is too little to judge
    span CONSTANT interval := '2016 hours';
BEGIN
    RETURN QUERY
    SELECT coalesce(p.signal, 'all alerts'), p.precision, e.precision, 'revops'::text,
           concat(CASE WHEN p.signal IS NULL THEN '' WHEN p.action IS NULL THEN 'not in the model: ' ELSE p.action || ': ' END,
                  CASE WHEN p.precision IS NULL THEN 'none judged'
                       ELSE format('%s of %s, %s to %s', p.accepted, p.accepted + p.rejected_signal, p.precision_low, p.precision_high) END)
      FROM pls.signal_performance(motion, until - span, until) p
      LEFT JOIN pls.signal_performance(motion, since - span, since) e
        ON e.signal IS NOT DISTINCT FROM p.signal AND e.model_version IS NULL
     WHERE p.model_version IS NULL
     ORDER BY p.signal IS NOT NULL,
              array_position(ARRAY['retire', 'raise threshold', 'lower points', 'too early to say', 'keep'], p.action),
              p.signal COLLATE "C";
END;
$$;
COMMENT ON FUNCTION pls_internal.review_signals IS
'Section signals of pls.weekly_review(): the precision of each signal over the alerts raised in the twelve weeks up to the end of the week, and up to its beginning, and what to do about it (pls.signal_performance).';

CREATE FUNCTION pls_internal.review_false_positives(motion text, since timestamptz, until timestamptz)
    RETURNS SETOF pls_internal.review_row
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 10
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT format('%s (alert %s)', a.entity_id, a.alert_id), trim_scale(a.score), NULL::numeric, a.assigned_to,
           coalesce(a.disposition_reason, a.disposition)
      FROM pls.alerts a
      JOIN pls.dispositions d ON d.disposition = a.disposition AND d.outcome_class = 'rejected_signal'
     WHERE a.motion = review_false_positives.motion AND a.disposed_at >= since AND a.disposed_at < until
     ORDER BY a.disposed_at, a.alert_id;
END;
$$;
COMMENT ON FUNCTION pls_internal.review_false_positives IS
'Section false positives of pls.weekly_review(): the alerts of which somebody said in the week that the signals were wrong, with their score and the reason as it was written.';

CREATE FUNCTION pls_internal.review_model(motion text, since timestamptz, until timestamptz)
    RETURNS SETOF pls_internal.review_row
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 10
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT 'version ' || v.model_version, NULL::numeric, NULL::numeric, v.changed_by,
           CASE WHEN v.model_version = o.first THEN 'the first one' ELSE coalesce(d.sentence, 'nothing that scores or decides otherwise') END
      FROM pls.model_versions v
     CROSS JOIN (SELECT min(w.model_version) AS first FROM pls.model_versions w WHERE w.motion = review_model.motion) o
      LEFT JOIN LATERAL pls.model_diff(motion, NULL, v.model_version) WITH ORDINALITY
                AS d (kind, name, field, before, after, sentence, place) ON v.model_version <> o.first
     WHERE v.motion = review_model.motion AND v.changed_at >= since AND v.changed_at < until
     ORDER BY v.model_version, d.place;
END;
$$;
COMMENT ON FUNCTION pls_internal.review_model IS
'Section model changes of pls.weekly_review(): what each version of the week has changed, in words (pls.model_diff), and who did it.';

CREATE FUNCTION pls_internal.review_backlog(motion text)
    RETURNS SETOF pls_internal.review_row
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 5
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    owners CONSTANT text := pls_internal.sales_owners(motion);
BEGIN
    RETURN QUERY
    SELECT i.item, i.value::numeric, NULL::numeric, owners, NULL::text
      FROM (SELECT count(*) AS of_all, count(*) FILTER (WHERE a.assigned_to IS NULL) AS of_nobody,
                   count(*) FILTER (WHERE pls_internal.is_overdue(a)) AS overdue
              FROM pls.alerts a
             WHERE a.motion = review_backlog.motion AND pls_internal.is_open(a.status)) a
     CROSS JOIN LATERAL (VALUES (1, 'open alerts', a.of_all), (2, 'of these, nobody''s', a.of_nobody), (3, 'of these, overdue', a.overdue))
           AS i (place, item, value)
     ORDER BY i.place;
    RETURN QUERY
    SELECT 'waiting in the backlog', count(*)::numeric, NULL::numeric, 'data'::text, NULL::text
      FROM pls.backlog b WHERE b.motion = review_backlog.motion;
    RETURN QUERY
    SELECT 'failures', count(*)::numeric, NULL::numeric, 'data'::text,
           (array_agg(format('%s: %s', f.task, f.message) ORDER BY f.failed_at, f.task, f.entity_id))[1]
      FROM pls.failures f WHERE f.motion = review_backlog.motion OR f.motion = '';
END;
$$;
COMMENT ON FUNCTION pls_internal.review_backlog IS
'Section backlog of pls.weekly_review(), as of now: open alerts, those without a rep and those overdue, what waits for the sweep, and failures with the message of the oldest.';

CREATE FUNCTION pls_internal.review_health()
    RETURNS SETOF pls_internal.review_row
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED ROWS 5
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT h."check", NULL::numeric, NULL::numeric, 'data'::text, concat(h.status, ': ', h.value)
      FROM pls.health h
     WHERE h.status <> 'ok'
     ORDER BY h.status <> 'broken', h."check" COLLATE "C"
     LIMIT 5;
END;
$$;
COMMENT ON FUNCTION pls_internal.review_health IS
'Section health of pls.weekly_review(), as of now: at most five checks of pls.health that are not ok, those that are broken first.';

CREATE FUNCTION pls_internal.review_agenda(motion text, signals pls_internal.review_row[])
    RETURNS SETOF pls_internal.review_row
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 6
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    owners CONSTANT text := pls_internal.sales_owners(motion);
    to_change text;
BEGIN
    SELECT string_agg(format('%s: %s', c.action, c.names), '; ' ORDER BY c.place) INTO to_change
      FROM (SELECT w.place, w.action, string_agg(s.item, ', ' ORDER BY s.item COLLATE "C") AS names
              FROM unnest(ARRAY['retire', 'raise threshold', 'lower points']) WITH ORDINALITY AS w (action, place)
              JOIN unnest(signals) s ON starts_with(s.note, w.action || ': ')
             GROUP BY w.place, w.action) c;
    RETURN QUERY
    SELECT i.item, NULL::numeric, NULL::numeric, i.owner, i.note
      FROM (VALUES (1, 'alerts and sla', owners, 'as many as people can answer in time?'),
                   (2, 'dispositions', owners, 'what came of the alerts?'),
                   (3, 'false positives', owners, 'which usage was misread?'),
                   (4, 'signals', 'revops', coalesce(to_change, 'none to change')),
                   (5, 'model changes', 'revops', 'did they do what they were for?'),
                   (6, 'backlog and health', 'data', 'is anything missed?')) AS i (place, item, owner, note)
     ORDER BY i.place;
END;
$$;
COMMENT ON FUNCTION pls_internal.review_agenda IS
'Section agenda of pls.weekly_review(): what to talk about, who leads it, and the question; of the signals (section signals) those that ask for a change.';

CREATE FUNCTION pls.weekly_review(motion text, week date DEFAULT NULL)
    RETURNS TABLE (section text, item text, this_week numeric, week_before numeric, change numeric, owner text, note text)
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED ROWS 50
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    w record;
    signals pls_internal.review_row[];
BEGIN
    SELECT b.before, b.since, b.until INTO w FROM pls_internal.week_bounds(motion, week) b;
    signals := ARRAY(SELECT r FROM pls_internal.review_signals(motion, w.since, w.until) r);
    RETURN QUERY
    SELECT s.section, s.item, s.this_week, s.week_before, s.this_week - s.week_before, s.owner, s.note
      FROM (SELECT 1 AS part, 'agenda' AS section, r.*
              FROM pls_internal.review_agenda(motion, signals) WITH ORDINALITY AS r
             UNION ALL SELECT 2, 'alerts', r.*
              FROM pls_internal.review_decisions(motion, w.before, w.since, w.until) WITH ORDINALITY AS r
             UNION ALL SELECT 3, 'sla', r.*
              FROM pls_internal.review_sla(motion, w.before, w.since, w.until) WITH ORDINALITY AS r
             UNION ALL SELECT 4, 'dispositions', r.*
              FROM pls_internal.review_dispositions(motion, w.before, w.since, w.until) WITH ORDINALITY AS r
             UNION ALL SELECT 5, 'signals', r.*
              FROM unnest(signals) WITH ORDINALITY AS r
             UNION ALL SELECT 6, 'false positives', r.*
              FROM pls_internal.review_false_positives(motion, w.since, w.until) WITH ORDINALITY AS r
             UNION ALL SELECT 7, 'model changes', r.*
              FROM pls_internal.review_model(motion, w.since, w.until) WITH ORDINALITY AS r
             UNION ALL SELECT 8, 'backlog', r.*
              FROM pls_internal.review_backlog(motion) WITH ORDINALITY AS r
             UNION ALL SELECT 9, 'health', r.*
              FROM pls_internal.review_health() WITH ORDINALITY AS r) s
     ORDER BY s.part, s.ordinality;
END;
$$;
COMMENT ON FUNCTION pls.weekly_review IS
'What to look at once a week, a row for each item: agenda (what to talk about, and who leads it), alerts (decisions by what they led to), sla (of the alerts raised in the week), dispositions (alerts closed in the week), signals (precision over twelve weeks, with what to do about it), false positives (the reasons as reps wrote them; this_week is the score), model changes (what each version has changed), backlog and health (both as of now; at most five checks that are not ok). this_week, week_before and change: the value in the week, in the one before it, and their difference; NULL: it has none. week: any day of the week, by the motion''s time zone from Monday to Monday; NULL: the last week that is over. owner: the managers of the motion''s reps (sales, if there are none), revops for the model, data for what keeps pls running, or whoever has the alert or made the version. The same data at the same instant give the same rows. Its reader needs access as analyst or revops. Errors: 42704 no such motion, 22008 the day is out of range. pls.weekly_review_markdown() makes a page of it.';
