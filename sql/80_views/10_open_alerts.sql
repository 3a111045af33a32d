/* 10_open_alerts.sql - alerts to work on.
 */

CREATE VIEW pls.open_alerts
    (alert_id, motion, entity_id, account_name, lane, status, score, grade,
     reason, next_best_action, assigned_to, respond_by, time_left, overdue,
     first_touch_at, resolve_by, snoozed_until, created_at, route, pool,
     unassigned_reason, escalation_level, evidence_changed_at, account_id)
    WITH (security_invoker = true)
AS
    SELECT a.alert_id, a.motion, a.entity_id, c.name, a.lane,
           pls_internal.status_now(a),
           a.score, a.grade, a.reason, a.next_best_action, a.assigned_to,
           a.respond_by,
           pls_internal.limit_time_left(a, d.within, d.due),
           coalesce(d.due < pls.now(), false),
           a.first_touch_at, a.resolve_by, a.snoozed_until, a.created_at,
           a.route, a.pool, a.unassigned_reason, a.escalation_level,
           a.evidence_changed_at, a.account_id
      FROM pls.alerts a
      LEFT JOIN pls.accounts c
        ON c.account_id = a.account_id
     CROSS JOIN LATERAL pls_internal.next_limit(a) d
     WHERE pls_internal.is_open(a.status);
COMMENT ON VIEW pls.open_alerts IS
    'alerts to work on; most urgent first: ORDER BY overdue DESC, time_left, score DESC, alert_id';
COMMENT ON COLUMN pls.open_alerts.alert_id IS 'number of the alert';
COMMENT ON COLUMN pls.open_alerts.motion IS 'the motion that raised it';
COMMENT ON COLUMN pls.open_alerts.entity_id IS 'the user or account';
COMMENT ON COLUMN pls.open_alerts.account_name IS 'name of the account; NULL if unknown';
COMMENT ON COLUMN pls.open_alerts.lane IS 'sales or triage';
COMMENT ON COLUMN pls.open_alerts.status IS 'open, working or snoozed, as of pls.now()';
COMMENT ON COLUMN pls.open_alerts.score IS 'score when raised or last refreshed';
COMMENT ON COLUMN pls.open_alerts.grade IS 'grade when raised or last refreshed';
COMMENT ON COLUMN pls.open_alerts.reason IS 'one sentence: why';
COMMENT ON COLUMN pls.open_alerts.next_best_action IS 'what to do';
COMMENT ON COLUMN pls.open_alerts.assigned_to IS 'the rep; NULL: see unassigned_reason';
COMMENT ON COLUMN pls.open_alerts.respond_by IS 'when the first touch is due; NULL: no limit, or paused without an end';
COMMENT ON COLUMN pls.open_alerts.time_left IS 'working time left, as of pls.now(), until the first touch is due, or after it until the disposition is due; negative: overdue by that much; while the clock is paused, the time left when it resumes; NULL: no limit';
COMMENT ON COLUMN pls.open_alerts.overdue IS 'whether the next deadline has passed';
COMMENT ON COLUMN pls.open_alerts.first_touch_at IS 'when the rep first got in touch; NULL: not yet';
COMMENT ON COLUMN pls.open_alerts.resolve_by IS 'when the disposition is due; NULL: no limit, or paused without an end';
COMMENT ON COLUMN pls.open_alerts.snoozed_until IS 'when the snooze ends';
COMMENT ON COLUMN pls.open_alerts.created_at IS 'when it was raised';
COMMENT ON COLUMN pls.open_alerts.route IS 'the route taken';
COMMENT ON COLUMN pls.open_alerts.pool IS 'the pool of the route';
COMMENT ON COLUMN pls.open_alerts.unassigned_reason IS 'why there is no rep';
COMMENT ON COLUMN pls.open_alerts.escalation_level IS 'last escalation step taken; 0: none';
COMMENT ON COLUMN pls.open_alerts.evidence_changed_at IS 'when score and evidence were refreshed after it was raised; NULL: never';
COMMENT ON COLUMN pls.open_alerts.account_id IS 'the account; NULL if unknown';
