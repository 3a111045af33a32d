/* 80_alert_views.sql - open alerts, as a rep or a lead wants to see them.
 *
 * The view runs with the rights of its reader (security_invoker), so that
 * row-level security on pls.alerts applies to them; a reader needs SELECT on
 * pls.alerts and pls.accounts, too.
 */

CREATE VIEW pls.open_alerts
    (alert_id, motion, entity_id, account_name, lane, status, score, grade,
     reason, next_best_action, assigned_to, respond_by, time_left, overdue,
     first_touch_at, resolve_by, snoozed_until, created_at, route, pool,
     unassigned_reason, escalation_level, evidence_changed_at, account_id)
    WITH (security_invoker = true)
AS
    SELECT a.alert_id, a.motion, a.entity_id, c.name, a.lane,
           CASE WHEN a.status OPERATOR(pg_catalog.<>) 'snoozed'
                     OR a.snoozed_until OPERATOR(pg_catalog.>) pls.now() THEN a.status
                WHEN a.first_touch_at IS NULL THEN 'open'
                ELSE 'working' END,
           a.score, a.grade, a.reason, a.next_best_action, a.assigned_to,
           a.respond_by,
           CASE WHEN d.due OPERATOR(pg_catalog.<) pls.now()
                THEN pg_catalog.make_interval(secs => least(
                         pg_catalog.date_part('epoch', d.within) OPERATOR(pg_catalog.-) pg_catalog.date_part('epoch', k.reading), 0))
                WHEN a.clock_from OPERATOR(pg_catalog.>) pls.now()
                THEN pg_catalog.make_interval(secs => pg_catalog.date_part('epoch', d.within)
                                                      OPERATOR(pg_catalog.-) pg_catalog.date_part('epoch', a.clock_used))
                ELSE pls.working_time(pls.now(), d.due, a.calendar) END,
           coalesce(d.due OPERATOR(pg_catalog.<) pls.now(), false),
           a.first_touch_at, a.resolve_by, a.snoozed_until, a.created_at,
           a.route, a.pool, a.unassigned_reason, a.escalation_level,
           a.evidence_changed_at, a.account_id
      FROM pls.alerts a
      LEFT JOIN pls.accounts c
        ON c.account_id OPERATOR(pg_catalog.=) a.account_id
     CROSS JOIN LATERAL (
           SELECT CASE WHEN a.first_touch_at IS NULL AND a.respond_within IS NOT NULL
                       THEN a.respond_by ELSE a.resolve_by END AS due,
                  CASE WHEN a.first_touch_at IS NULL AND a.respond_within IS NOT NULL
                       THEN a.respond_within ELSE a.resolve_within END AS within) d
     CROSS JOIN LATERAL (
           SELECT CASE WHEN a.clock_from OPERATOR(pg_catalog.>=) pls.now() THEN a.clock_used
                       ELSE a.clock_used OPERATOR(pg_catalog.+)
                            pls.working_time(a.clock_from, pls.now(), a.calendar) END AS reading) k
     WHERE a.status OPERATOR(pg_catalog.=)
           ANY (ARRAY['open', 'working', 'snoozed']);
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
COMMENT ON COLUMN pls.open_alerts.time_left IS 'working time, as of pls.now(), until the first touch is due, after it until the disposition is; negative: overdue by; while the clock is paused, what will be left; NULL: no limit';
COMMENT ON COLUMN pls.open_alerts.overdue IS 'whether what is due next is past its time';
COMMENT ON COLUMN pls.open_alerts.first_touch_at IS 'when the rep first got in touch; NULL: not yet';
COMMENT ON COLUMN pls.open_alerts.resolve_by IS 'when the disposition is due; NULL: no limit, or paused without an end';
COMMENT ON COLUMN pls.open_alerts.snoozed_until IS 'when a snoozed alert comes back';
COMMENT ON COLUMN pls.open_alerts.created_at IS 'when it was raised';
COMMENT ON COLUMN pls.open_alerts.route IS 'the route taken';
COMMENT ON COLUMN pls.open_alerts.pool IS 'the pool of the route';
COMMENT ON COLUMN pls.open_alerts.unassigned_reason IS 'why there is no rep';
COMMENT ON COLUMN pls.open_alerts.escalation_level IS 'last rung of the ladder taken; 0: none';
COMMENT ON COLUMN pls.open_alerts.evidence_changed_at IS 'when score and evidence were refreshed after it was raised; NULL: never';
COMMENT ON COLUMN pls.open_alerts.account_id IS 'the account; NULL if unknown';
REVOKE ALL ON pls.open_alerts FROM PUBLIC;

-- An alert in the words of a CRM: the fields that tasks and cases have in the
-- common ones, and the values that their status and priority lists have.
CREATE VIEW pls.crm_alerts
    (external_id, alert_id, record_type, subject, description, next_step, status, priority,
     due_date, owner_id, owner_name, owner_email, account_id, account_name, account_domain,
     contact_id, contact_email, lead_source, campaign, queue, score, grade, created_date,
     first_response_date, is_closed, closed_date, result, result_class, result_reason,
     escalation_level)
    WITH (security_invoker = true)
AS
    SELECT 'pls-' OPERATOR(pg_catalog.||) a.alert_id, a.alert_id,
           CASE a.unit WHEN 'user' THEN 'PQL' ELSE 'PQA' END,
           CASE a.unit WHEN 'user' THEN 'Product-qualified lead: ' ELSE 'Product-qualified account: ' END
               OPERATOR(pg_catalog.||) coalesce(u.email, c.name, a.entity_id),
           a.reason, a.next_best_action,
           CASE WHEN a.status OPERATOR(pg_catalog.=) 'done' THEN 'Completed'
                WHEN a.closed_at IS NOT NULL THEN 'Canceled'
                WHEN a.status OPERATOR(pg_catalog.=) 'snoozed'
                     AND a.snoozed_until OPERATOR(pg_catalog.>) pls.now() THEN 'Deferred'
                WHEN a.clock_from OPERATOR(pg_catalog.>) pls.now() THEN 'Waiting'
                WHEN a.first_touch_at IS NULL THEN 'Not Started'
                ELSE 'In Progress' END,
           CASE WHEN a.lane OPERATOR(pg_catalog.=) 'triage' THEN 'Low'
                WHEN a.escalation_level OPERATOR(pg_catalog.>) 0
                     OR (a.closed_at IS NULL AND d.due OPERATOR(pg_catalog.<) pls.now()) THEN 'High'
                ELSE 'Normal' END,
           d.due, a.assigned_to, r.name, r.email,
           a.account_id, c.name, c.domain,
           CASE a.unit WHEN 'user' THEN a.entity_id END, u.email,
           'Product usage', a.motion, a.pool, a.score, a.grade, a.created_at, a.first_touch_at,
           a.closed_at IS NOT NULL, a.closed_at, a.disposition, o.outcome_class,
           coalesce(a.disposition_reason, a.closed_reason), a.escalation_level
      FROM pls.alerts a
      LEFT JOIN pls.accounts c ON c.account_id OPERATOR(pg_catalog.=) a.account_id
      LEFT JOIN pls.users u ON u.user_id OPERATOR(pg_catalog.=) CASE a.unit WHEN 'user' THEN a.entity_id END
      LEFT JOIN pls.reps r ON r.rep OPERATOR(pg_catalog.=) a.assigned_to
      LEFT JOIN pls.dispositions o ON o.disposition OPERATOR(pg_catalog.=) a.disposition
     CROSS JOIN LATERAL (
           SELECT CASE WHEN a.first_touch_at IS NULL AND a.respond_within IS NOT NULL
                       THEN a.respond_by ELSE a.resolve_by END AS due) d;
COMMENT ON VIEW pls.crm_alerts IS
    'alerts, closed ones too, under the names that tasks and cases have in a CRM; what a delivery says is a row of it';
COMMENT ON COLUMN pls.crm_alerts.external_id IS 'key to upsert by: pls- and the number of the alert';
COMMENT ON COLUMN pls.crm_alerts.alert_id IS 'number of the alert';
COMMENT ON COLUMN pls.crm_alerts.record_type IS 'PQL about a user, PQA about an account';
COMMENT ON COLUMN pls.crm_alerts.subject IS 'a line for lists: what, and about whom';
COMMENT ON COLUMN pls.crm_alerts.description IS 'the sentence that says why';
COMMENT ON COLUMN pls.crm_alerts.next_step IS 'what to do';
COMMENT ON COLUMN pls.crm_alerts.status IS 'Not Started (nobody has touched it), In Progress, Deferred (snoozed), Waiting (the clock is paused), Completed (disposed of) or Canceled (withdrawn, expired), as of pls.now()';
COMMENT ON COLUMN pls.crm_alerts.priority IS 'Low in the triage lane, High when a rung of the ladder was taken or it is overdue, else Normal';
COMMENT ON COLUMN pls.crm_alerts.due_date IS 'when the first touch is due, after it the disposition; NULL: no limit, or paused without an end';
COMMENT ON COLUMN pls.crm_alerts.owner_id IS 'the rep; NULL: nobody';
COMMENT ON COLUMN pls.crm_alerts.owner_name IS 'the rep''s name';
COMMENT ON COLUMN pls.crm_alerts.owner_email IS 'the rep''s address, by which a CRM knows its users';
COMMENT ON COLUMN pls.crm_alerts.account_id IS 'the account; NULL if unknown';
COMMENT ON COLUMN pls.crm_alerts.account_name IS 'its name';
COMMENT ON COLUMN pls.crm_alerts.account_domain IS 'its e-mail domain';
COMMENT ON COLUMN pls.crm_alerts.contact_id IS 'the user, if the alert is about one';
COMMENT ON COLUMN pls.crm_alerts.contact_email IS 'the user''s address';
COMMENT ON COLUMN pls.crm_alerts.lead_source IS 'Product usage';
COMMENT ON COLUMN pls.crm_alerts.campaign IS 'the motion';
COMMENT ON COLUMN pls.crm_alerts.queue IS 'the pool';
COMMENT ON COLUMN pls.crm_alerts.score IS 'score when raised or last refreshed';
COMMENT ON COLUMN pls.crm_alerts.grade IS 'grade when raised or last refreshed';
COMMENT ON COLUMN pls.crm_alerts.created_date IS 'when it was raised';
COMMENT ON COLUMN pls.crm_alerts.first_response_date IS 'when the rep first got in touch; NULL: not yet';
COMMENT ON COLUMN pls.crm_alerts.is_closed IS 'whether it is done, withdrawn or expired';
COMMENT ON COLUMN pls.crm_alerts.closed_date IS 'since when; NULL: it is not';
COMMENT ON COLUMN pls.crm_alerts.result IS 'the disposition; NULL: none';
COMMENT ON COLUMN pls.crm_alerts.result_class IS 'what the motion learns from it: accepted, rejected_signal, rejected_other, nurture or none';
COMMENT ON COLUMN pls.crm_alerts.result_reason IS 'the rep''s words, or why it was withdrawn or has expired';
COMMENT ON COLUMN pls.crm_alerts.escalation_level IS 'last rung of the ladder taken; 0: none';
REVOKE ALL ON pls.crm_alerts FROM PUBLIC;
