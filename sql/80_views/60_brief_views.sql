/* 60_brief_views.sql - views for people who read them in psql.
 *
 * Each is a short form of the view whose name it has, less _brief: what is
 * looked at first, in the order in which it is read, in rows of at most 118
 * columns whatever the data.  All values come from that view, so there is no
 * rule here.  The widths of the columns, and three for each between them, sum
 * up to 118 or less.
 */

CREATE FUNCTION pls_internal.minute_text(at timestamptz) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    -- to_char() has nothing to say of infinity
    SELECT CASE WHEN isfinite(at) THEN to_char(at, 'YYYY-MM-DD HH24:MI') ELSE at::text END;
END;
COMMENT ON FUNCTION pls_internal.minute_text IS
    'An instant for people: to the minute, in the time zone of the session. NULL: NULL.';

CREATE FUNCTION pls_internal.number_text(number numeric, width integer) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE WHEN length(trim_scale(number)::text) <= width THEN lpad(trim_scale(number)::text, width)
                ELSE pls_internal.wrapped(trim_scale(number)::text, width) END;
END;
COMMENT ON FUNCTION pls_internal.number_text IS
    'A number for people, without zeros at its end, flush right in so many columns; a longer one in lines of that many. NULL: NULL.';

CREATE FUNCTION pls_internal.score_text(score numeric, grade text, lane text, width integer) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT pls_internal.wrapped(concat_ws(' ', trim_scale(score), '(' || grade || ')', CASE lane WHEN 'triage' THEN lane END), width);
END;
COMMENT ON FUNCTION pls_internal.score_text IS
    'A score for people, with its grade, and with its lane if that is triage, such as 68 (A2).';

CREATE FUNCTION pls_internal.time_left_text(time_left interval) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE WHEN time_left < interval '0' THEN 'late by ' || pls_internal.span_text(- time_left)
                ELSE pls_internal.span_text(time_left) END;
END;
COMMENT ON FUNCTION pls_internal.time_left_text IS
    'The time left until a deadline for people: 3.5 hours, or late by 3.5 hours. NULL: NULL.';

CREATE VIEW pls.open_alerts_brief
    (alert_id, motion, entity_id, score, rep, due, next_best_action)
    WITH (security_invoker = true)
AS
    SELECT o.alert_id, pls_internal.wrapped(o.motion, 10), pls_internal.wrapped(o.entity_id, 17),
           pls_internal.score_text(o.score, o.grade, o.lane, 10),
           pls_internal.wrapped(coalesce(o.assigned_to, '(' || o.unassigned_reason || ')'), 10),
           nullif(concat_ws(E'\n', pls_internal.minute_text(o.due_by), CASE o.status WHEN 'snoozed' THEN o.status END,
                            pls_internal.wrapped(pls_internal.time_left_text(o.time_left)
                                                 || CASE WHEN o.time_left < interval '0' THEN '' ELSE ' left' END, 16)), ''),
           pls_internal.wrapped(concat_ws('; ', o.obstacle, o.next_best_action), 26)
      FROM pls.open_alerts o
     ORDER BY o.overdue DESC, o.time_left, o.score DESC, o.alert_id;
COMMENT ON VIEW pls.open_alerts_brief IS
    'pls.open_alerts for people, most urgent first, in rows that fit psql: long texts are wrapped, instants are to the minute in the time zone of the session. To filter by anything that is wrapped here, or for a tool, use pls.open_alerts. The order is that of the view (overdue, then the least time left, then the highest score); a query that joins or groups needs its own.';
COMMENT ON COLUMN pls.open_alerts_brief.alert_id IS 'Number of the alert.';
COMMENT ON COLUMN pls.open_alerts_brief.motion IS 'The motion that raised it.';
COMMENT ON COLUMN pls.open_alerts_brief.entity_id IS 'The user or account.';
COMMENT ON COLUMN pls.open_alerts_brief.score IS 'Score when raised or last refreshed, with its grade; and triage, if that is the lane.';
COMMENT ON COLUMN pls.open_alerts_brief.rep IS 'The rep; in parentheses why there is none.';
COMMENT ON COLUMN pls.open_alerts_brief.due IS 'The next deadline, whether the alert is snoozed, and the working time that is left, as of pls.now(); NULL: no limit.';
COMMENT ON COLUMN pls.open_alerts_brief.next_best_action IS 'What to do; before it, why the entity is not to be contacted any more, if so.';

CREATE VIEW pls.scores_brief
    (motion, entity_id, score, grade, lane, last_decision, last_event)
    WITH (security_invoker = true)
AS
    SELECT pls_internal.wrapped(s.motion, 12), pls_internal.wrapped(s.entity_id, 20), trim_scale(s.score),
           pls_internal.wrapped(s.grade, 5), s.lane, s.last_decision, pls_internal.wrapped(pls_internal.minute_text(s.last_event_at), 16)
      FROM pls.scores s
     ORDER BY s.motion COLLATE "C", s.score DESC, s.entity_id COLLATE "C";
COMMENT ON VIEW pls.scores_brief IS
    'pls.scores for people, the highest score of each motion first, in rows that fit psql: long texts are wrapped, instants are to the minute in the time zone of the session. To filter by anything that is wrapped here, or for a tool, use pls.scores. The order is that of the view; a query that joins or groups needs its own.';
COMMENT ON COLUMN pls.scores_brief.motion IS 'The motion.';
COMMENT ON COLUMN pls.scores_brief.entity_id IS 'The user or account that is scored.';
COMMENT ON COLUMN pls.scores_brief.score IS 'Points as of now.';
COMMENT ON COLUMN pls.scores_brief.grade IS 'Letter from fit, digit from engagement. NULL: the motion has no bands.';
COMMENT ON COLUMN pls.scores_brief.lane IS 'Lane by score alone: sales, triage, or NULL for neither.';
COMMENT ON COLUMN pls.scores_brief.last_decision IS 'Reason of the last decision. NULL: there was none.';
COMMENT ON COLUMN pls.scores_brief.last_event IS 'Newest event that counted.';

CREATE VIEW pls.sla_brief
    (alert_id, motion, entity_id, rep, state, due_by, time_left, first_touch)
    WITH (security_invoker = true)
AS
    SELECT s.alert_id, pls_internal.wrapped(s.motion, 9), pls_internal.wrapped(s.entity_id, 16), pls_internal.wrapped(s.assigned_to, 9),
           s.state, pls_internal.wrapped(pls_internal.minute_text(s.due_by), 16),
           pls_internal.wrapped(pls_internal.time_left_text(s.time_left), 12),
           pls_internal.wrapped(pls_internal.minute_text(s.first_touch_at), 16)
      FROM pls.sla s
     WHERE s.closed_at IS NULL
     ORDER BY s.state = 'breached' DESC NULLS LAST, s.time_left, s.alert_id;
COMMENT ON VIEW pls.sla_brief IS
    'pls.sla of the alerts that are not closed, for people, most urgent first, in rows that fit psql: long texts are wrapped, instants are to the minute in the time zone of the session. To filter by anything that is wrapped here, or for a tool, use pls.sla. The order is that of the view; a query that joins or groups needs its own.';
COMMENT ON COLUMN pls.sla_brief.alert_id IS 'Number of the alert.';
COMMENT ON COLUMN pls.sla_brief.motion IS 'The motion that raised it.';
COMMENT ON COLUMN pls.sla_brief.entity_id IS 'The user or account.';
COMMENT ON COLUMN pls.sla_brief.rep IS 'The rep; NULL: nobody.';
COMMENT ON COLUMN pls.sla_brief.state IS 'State of the next deadline, as of pls.now(): ok, at risk, breached or paused; NULL: no limit.';
COMMENT ON COLUMN pls.sla_brief.due_by IS 'The next deadline; NULL: no limit, or paused without an end.';
COMMENT ON COLUMN pls.sla_brief.time_left IS 'Working time until it, or by which it is late; while paused, what is left when the clock resumes; NULL: no limit.';
COMMENT ON COLUMN pls.sla_brief.first_touch IS 'When the rep first got in touch; NULL: not yet.';

CREATE VIEW pls.rep_workload_brief
    (rep, open_alerts, untouched, breached, next_due, capacity, today, why_not)
    WITH (security_invoker = true)
AS
    SELECT pls_internal.wrapped(w.rep, 18), w.open_alerts, w.untouched, w.breached,
           pls_internal.wrapped(pls_internal.minute_text(w.next_due), 16), w.capacity,
           pls_internal.wrapped(concat_ws(' of ', w.assigned_today, w.daily_quota), 12),
           nullif(concat_ws(E'\n', w.why_not, CASE WHEN w.to_hand_over > 0 THEN 'hand over' END), '')
      FROM pls.rep_workload w
     ORDER BY w.breached DESC, w.untouched DESC, w.open_alerts DESC, w.rep COLLATE "C";
COMMENT ON VIEW pls.rep_workload_brief IS
    'pls.rep_workload for people, who has most that is late first, in rows that fit psql: long texts are wrapped, instants are to the minute in the time zone of the session. To filter by anything that is wrapped here, or for a tool, use pls.rep_workload. The order is that of the view (past a deadline, then untouched, then open); a query that joins or groups needs its own.';
COMMENT ON COLUMN pls.rep_workload_brief.rep IS 'The rep.';
COMMENT ON COLUMN pls.rep_workload_brief.open_alerts IS 'Alerts that are open, working or snoozed.';
COMMENT ON COLUMN pls.rep_workload_brief.untouched IS 'Of these, untouched and not snoozed.';
COMMENT ON COLUMN pls.rep_workload_brief.breached IS 'Of these, past the next deadline or that of the disposition.';
COMMENT ON COLUMN pls.rep_workload_brief.next_due IS 'Earliest deadline, including past ones; NULL: none.';
COMMENT ON COLUMN pls.rep_workload_brief.capacity IS 'How many more alerts the rep can take; NULL: no limit.';
COMMENT ON COLUMN pls.rep_workload_brief.today IS 'Alerts assigned since the rep''s local midnight that the rep still has, of how many a day at most, if there is a limit.';
COMMENT ON COLUMN pls.rep_workload_brief.why_not IS 'Why the rep cannot take a turn now: inactive, absent, max_open or daily_quota; below it hand over, if open alerts lie with a rep who is inactive or absent (pls.hand_over); NULL: can.';

CREATE VIEW pls.health_brief ("check", status, value, hint) WITH (security_invoker = true) AS
    SELECT pls_internal.wrapped(h."check", 24), h.status, pls_internal.wrapped(h.value, 35), pls_internal.wrapped(h.hint, 39)
      FROM pls.health h
     ORDER BY array_position(ARRAY['broken', 'attention', 'ok'], h.status), h."check" COLLATE "C", h.value COLLATE "C";
COMMENT ON VIEW pls.health_brief IS
    'pls.health for people, what is broken first, then what needs attention, in rows that fit psql: long texts are wrapped. For an alarm, use pls.health. The order is that of the view; a query that joins or groups needs its own. Its reader needs access as analyst or revops (pls.grant_access).';
COMMENT ON COLUMN pls.health_brief."check" IS 'The check.';
COMMENT ON COLUMN pls.health_brief.status IS 'Ok; attention: look at it; broken: events or alerts are missed.';
COMMENT ON COLUMN pls.health_brief.value IS 'What was found, in words.';
COMMENT ON COLUMN pls.health_brief.hint IS 'What to do. NULL: nothing.';
