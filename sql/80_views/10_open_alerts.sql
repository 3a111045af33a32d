/* 10_open_alerts.sql - open alerts, as a rep or a lead wants to see them.
 *
 * The view runs with the rights of its reader (security_invoker), so that
 * row-level security on pls.alerts applies to them; a reader needs SELECT on
 * pls.alerts and pls.accounts, too.
 */

CREATE VIEW pls.open_alerts
    (alert_id, motion, entity_id, account_name, lane, status, score, grade,
     reason, next_best_action, assigned_to, respond_by, time_left, overdue,
     first_touch_at, resolve_by, snoozed_until, created_at, route, pool,
     unassigned_reason, escalation_level, evidence_changed_at, account_id, next_best_contact, obstacle, due_by)
    WITH (security_invoker = true)
AS
    SELECT a.alert_id, a.motion, a.entity_id, c.name, a.lane,
           pls_internal.status_now(a),
           a.score, a.grade, a.reason, a.next_best_action, a.assigned_to,
           a.respond_by,
           pls_internal.limit_time_left(a, d.within, d.due, d.calendar, d.used),
           coalesce(d.due < pls.now(), false),
           a.first_touch_at, a.resolve_by, a.snoozed_until, a.created_at,
           a.route, a.pool, a.unassigned_reason, a.escalation_level,
           a.evidence_changed_at, a.account_id,
           CASE a.unit WHEN 'user' THEN a.entity_id ELSE a.next_best_contact END, a.obstacle, d.due
      FROM pls.alerts a
      LEFT JOIN pls.accounts c
        ON c.account_id = a.account_id
     CROSS JOIN LATERAL pls_internal.next_limit(a) d
     WHERE pls_internal.is_open(a.status);
COMMENT ON VIEW pls.open_alerts IS
    'Alerts to work on; most urgent first: ORDER BY overdue DESC, time_left, score DESC, alert_id.';
COMMENT ON COLUMN pls.open_alerts.alert_id IS 'Number of the alert.';
COMMENT ON COLUMN pls.open_alerts.motion IS 'The motion that raised it.';
COMMENT ON COLUMN pls.open_alerts.entity_id IS 'The user or account.';
COMMENT ON COLUMN pls.open_alerts.account_name IS 'Name of the account; NULL if unknown.';
COMMENT ON COLUMN pls.open_alerts.lane IS 'sales or triage.';
COMMENT ON COLUMN pls.open_alerts.status IS 'open, working or snoozed, as of pls.now().';
COMMENT ON COLUMN pls.open_alerts.score IS 'Score when raised or last refreshed.';
COMMENT ON COLUMN pls.open_alerts.grade IS 'Grade when raised or last refreshed.';
COMMENT ON COLUMN pls.open_alerts.reason IS 'One sentence: why.';
COMMENT ON COLUMN pls.open_alerts.next_best_action IS 'What to do.';
COMMENT ON COLUMN pls.open_alerts.assigned_to IS 'The rep; NULL: see unassigned_reason.';
COMMENT ON COLUMN pls.open_alerts.respond_by IS 'When the first touch is due; NULL: no limit, or paused without an end.';
COMMENT ON COLUMN pls.open_alerts.time_left IS 'Working time left, as of pls.now(), until the first touch is due, or after it until the disposition is due; negative: overdue by that much; while the clock is paused, the time left when it resumes; NULL: no limit.';
COMMENT ON COLUMN pls.open_alerts.overdue IS 'Whether the next deadline has passed.';
COMMENT ON COLUMN pls.open_alerts.first_touch_at IS 'When the rep first got in touch; NULL: not yet.';
COMMENT ON COLUMN pls.open_alerts.resolve_by IS 'When the disposition is due; NULL: no limit, or paused without an end.';
COMMENT ON COLUMN pls.open_alerts.snoozed_until IS 'When the snooze ends.';
COMMENT ON COLUMN pls.open_alerts.created_at IS 'When it was raised.';
COMMENT ON COLUMN pls.open_alerts.route IS 'The route taken.';
COMMENT ON COLUMN pls.open_alerts.pool IS 'The pool of the route.';
COMMENT ON COLUMN pls.open_alerts.unassigned_reason IS 'Why there is no rep.';
COMMENT ON COLUMN pls.open_alerts.escalation_level IS 'Last escalation step taken; 0: none.';
COMMENT ON COLUMN pls.open_alerts.evidence_changed_at IS 'When score and evidence were refreshed after it was raised; NULL: never.';
COMMENT ON COLUMN pls.open_alerts.account_id IS 'The account; NULL if unknown.';
COMMENT ON COLUMN pls.open_alerts.next_best_contact IS 'The person to talk to: the user, or of an account whom pls.alerts.next_best_contact names. NULL: nobody is known yet.';
COMMENT ON COLUMN pls.open_alerts.obstacle IS 'Why the entity is not to be contacted any more: it has bought, or is excluded; NULL: nothing is known.';
COMMENT ON COLUMN pls.open_alerts.due_by IS 'The next deadline: respond_by until the first touch, resolve_by after it; NULL: no limit, or paused without an end.';
