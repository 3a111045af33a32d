/* 14_sla.sql - how each alert stands to its limits.
 *
 * It is right at every instant, whether or not a sweep has run: pinned
 * instants are compared with pls.now() (05_alert_states.sql).
 */

CREATE VIEW pls.sla
    (alert_id, motion, entity_id, account_id, lane, status, assigned_to, pool, calendar, created_at,
     state, due_by, time_left,
     respond_state, respond_within, respond_by, first_touch_at, time_to_touch, touch_late_by,
     resolve_state, resolve_within, resolve_by, closed_at, resolve_late_by,
     paused_at, paused_until, escalation_level, next_rung, next_rung_at,
     respond_missed_by, resolve_missed_by,
     time_left_seconds, time_to_touch_seconds, touch_late_seconds, resolve_late_seconds)
    WITH (security_invoker = true)
AS
    SELECT s.alert_id, s.motion, s.entity_id, s.account_id, s.lane, s.status, s.assigned_to, s.pool, s.calendar, s.created_at,
           s.state, s.due_by, s.time_left,
           s.respond_state, s.respond_within, s.respond_by, s.first_touch_at, s.time_to_touch, s.touch_late_by,
           s.resolve_state, s.resolve_within, s.resolve_by, s.closed_at, s.resolve_late_by,
           s.paused_at, s.paused_until, s.escalation_level, s.next_rung, s.next_rung_at,
           s.respond_missed_by, s.resolve_missed_by,
           pls_internal.whole_seconds(s.time_left), pls_internal.whole_seconds(s.time_to_touch),
           pls_internal.whole_seconds(s.touch_late_by), pls_internal.whole_seconds(s.resolve_late_by)
      FROM (
           SELECT a.alert_id, a.motion, a.entity_id, a.account_id, a.lane,
                  pls_internal.status_now(a) AS status,
                  a.assigned_to, a.pool, a.calendar, a.created_at,
                  CASE WHEN a.closed_at IS NOT NULL THEN
                           CASE WHEN coalesce(a.first_touch_at, a.closed_at) > a.respond_by
                                     OR a.closed_at > a.resolve_by THEN 'missed'
                                WHEN coalesce(a.respond_within, a.resolve_within) IS NOT NULL
                                     AND a.status = 'done' THEN 'met' END
                       ELSE pls_internal.limit_state(a, d.within, d.due, NULL, d.calendar) END AS state,
                  CASE WHEN a.closed_at IS NULL THEN d.due END AS due_by,
                  CASE WHEN a.closed_at IS NULL THEN pls_internal.limit_time_left(a, d.within, d.due, d.calendar, d.used) END AS time_left,
                  pls_internal.limit_state(a, a.respond_within, a.respond_by, a.first_touch_at, a.calendar) AS respond_state,
                  a.respond_within, a.respond_by, a.first_touch_at, a.time_to_touch,
                  pls_internal.limit_late_by(a, a.respond_within, a.respond_by, a.first_touch_at, a.time_to_touch,
                                             a.calendar, a.clock_used) AS touch_late_by,
                  pls_internal.limit_state(a, a.resolve_within, a.resolve_by, NULL, coalesce(a.resolve_calendar, a.calendar)) AS resolve_state,
                  a.resolve_within, a.resolve_by, a.closed_at,
                  pls_internal.limit_late_by(a, a.resolve_within, a.resolve_by, NULL, NULL, coalesce(a.resolve_calendar, a.calendar),
                                             CASE WHEN a.resolve_calendar IS NULL THEN a.clock_used ELSE a.resolve_used END) AS resolve_late_by,
                  CASE WHEN a.clock_from > pls.now() THEN a.paused_at END AS paused_at,
                  CASE WHEN a.paused_at IS NOT NULL AND a.clock_from > pls.now()
                            AND isfinite(a.clock_from) THEN a.clock_from END AS paused_until,
                  a.escalation_level, a.next_rung, a.next_rung_at,
                  pls_internal.missed_by(a.respond_by, pls_internal.respond_done_at(a), a.respond_missed_by,
                                         a.assigned_to, a.assigned_at) AS respond_missed_by,
                  pls_internal.missed_by(a.resolve_by, coalesce(a.closed_at, pls.now()), a.resolve_missed_by,
                                         a.assigned_to, a.assigned_at) AS resolve_missed_by
             FROM pls.alerts a
            CROSS JOIN LATERAL pls_internal.next_limit(a) d) s;
COMMENT ON VIEW pls.sla IS
    'The state of the two limits of each alert, including closed ones, as of pls.now().';
COMMENT ON COLUMN pls.sla.alert_id IS 'Number of the alert.';
COMMENT ON COLUMN pls.sla.motion IS 'The motion that raised it.';
COMMENT ON COLUMN pls.sla.entity_id IS 'The user or account.';
COMMENT ON COLUMN pls.sla.account_id IS 'The account; NULL if unknown.';
COMMENT ON COLUMN pls.sla.lane IS 'sales or triage.';
COMMENT ON COLUMN pls.sla.status IS 'Status of the alert, as of pls.now().';
COMMENT ON COLUMN pls.sla.assigned_to IS 'The rep; NULL: nobody.';
COMMENT ON COLUMN pls.sla.pool IS 'The pool of the route.';
COMMENT ON COLUMN pls.sla.calendar IS 'Working hours of the limits, of the disposition only where pls.alerts.resolve_calendar is NULL; NULL: around the clock.';
COMMENT ON COLUMN pls.sla.created_at IS 'When it was raised.';
COMMENT ON COLUMN pls.sla.state IS 'State of the next deadline: ok, at risk (a quarter of the limit or less is left), breached or paused; for a closed alert missed if either limit was missed, else met; NULL: no limit, or closed without a disposition in time.';
COMMENT ON COLUMN pls.sla.due_by IS 'The next deadline; NULL: no limit, paused without an end, or closed.';
COMMENT ON COLUMN pls.sla.time_left IS 'Working time until due_by; negative: overdue by that much; while paused, the time left when it resumes; pauses do not count; NULL: no limit, or closed.';
COMMENT ON COLUMN pls.sla.respond_state IS 'State of the first touch: ok, at risk, breached, paused, met or missed; NULL: no limit, or withdrawn or expired before it was due.';
COMMENT ON COLUMN pls.sla.respond_within IS 'Working time to the first touch; NULL: no limit.';
COMMENT ON COLUMN pls.sla.respond_by IS 'The deadline; NULL: no limit, or paused without an end.';
COMMENT ON COLUMN pls.sla.first_touch_at IS 'When the rep first got in touch; NULL: not yet.';
COMMENT ON COLUMN pls.sla.time_to_touch IS 'Working time to the first touch, without pauses; NULL: not touched yet.';
COMMENT ON COLUMN pls.sla.touch_late_by IS 'Working time by which the first touch was late, or is late so far: time_to_touch minus the limit, without pauses; 0: it was due at closing time, and working hours have not started again; NULL: not late.';
COMMENT ON COLUMN pls.sla.resolve_state IS 'State of the disposition: ok, at risk, breached, paused, met or missed; NULL: no limit, or withdrawn or expired before it was due.';
COMMENT ON COLUMN pls.sla.resolve_within IS 'Working time to the disposition; NULL: no limit.';
COMMENT ON COLUMN pls.sla.resolve_by IS 'The deadline; NULL: no limit, or paused without an end.';
COMMENT ON COLUMN pls.sla.closed_at IS 'When it was closed (done, withdrawn or expired); NULL: it is not.';
COMMENT ON COLUMN pls.sla.resolve_late_by IS 'Working time by which the disposition was late, or is late so far, without pauses; NULL: not late.';
COMMENT ON COLUMN pls.sla.paused_at IS 'Since when its clock has been stopped; NULL: it is running, or the alert is closed.';
COMMENT ON COLUMN pls.sla.paused_until IS 'When its clock resumes by itself: the end of the pause or snooze, whichever is later; NULL: it is not stopped, or stopped without an end.';
COMMENT ON COLUMN pls.sla.escalation_level IS 'Last escalation step taken; 0: none.';
COMMENT ON COLUMN pls.sla.next_rung IS 'The next escalation step; NULL: none.';
COMMENT ON COLUMN pls.sla.next_rung_at IS 'When the next escalation step is due; NULL: there is none, or the clock is paused without an end.';
COMMENT ON COLUMN pls.sla.respond_missed_by IS 'Who held the alert when the time for the first touch was over, whoever has it now; NULL: it is not over or was met, or nobody held the alert then.';
COMMENT ON COLUMN pls.sla.resolve_missed_by IS 'Who held the alert when the time for the disposition was over, whoever has it now; NULL: it is not over or was met, or nobody held the alert then.';
COMMENT ON COLUMN pls.sla.time_left_seconds IS 'time_left in whole seconds.';
COMMENT ON COLUMN pls.sla.time_to_touch_seconds IS 'time_to_touch in whole seconds.';
COMMENT ON COLUMN pls.sla.touch_late_seconds IS 'touch_late_by in whole seconds.';
COMMENT ON COLUMN pls.sla.resolve_late_seconds IS 'resolve_late_by in whole seconds.';
