/* 12_crm_alerts.sql - alerts under the names of a CRM.
 */

-- Inlined.
CREATE FUNCTION pls_internal.crm_status(status text, is_paused boolean, first_touch_at timestamptz) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE WHEN status = 'done' THEN 'Completed'
                WHEN status = 'withdrawn' OR status = 'expired' THEN 'Canceled'
                WHEN status = 'snoozed' THEN 'Deferred'
                WHEN is_paused THEN 'Waiting'
                WHEN first_touch_at IS NULL THEN 'Not Started'
                ELSE 'In Progress' END;
END;
COMMENT ON FUNCTION pls_internal.crm_status IS
    'The status of an alert in the words of a CRM.';

-- Texts for people: what explains the score, without the document behind it.
CREATE FUNCTION pls_internal.evidence_lines(motion text, evidence jsonb) RETURNS text[]
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    SET plan_cache_mode = force_generic_plan
    SET jit = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN (
        SELECT array_agg(coalesce(pls_internal.signal_phrase(s, l.value), replace(coalesce(l.signal, l.category), '_', ' '))
                         || CASE WHEN l.points > 0 THEN ': +' ELSE ': ' END || trim_scale(l.points) ORDER BY l.line)
          FROM jsonb_to_recordset(evidence_lines.evidence)
               AS l (line integer, signal text, category text, value numeric, points numeric)
          LEFT JOIN pls.signals s ON s.motion = evidence_lines.motion AND s.signal = l.signal
         WHERE l.points <> 0);
END;
$$;
COMMENT ON FUNCTION pls_internal.evidence_lines IS
    'The evidence of an alert as lines of text: each signal (or limit) that changes the score, in words, and its points; NULL: none does.';

-- An alert in the words of a CRM: the fields that tasks and cases have in the
-- common ones, and the values that their status and priority lists have.
CREATE VIEW pls.crm_alerts
    (external_id, alert_id, record_type, subject, description, next_step, status, priority,
     due_date, owner_id, owner_name, owner_email, account_id, account_name, account_domain,
     contact_id, contact_email, lead_source, campaign, queue, score, grade, created_date,
     first_response_date, is_closed, closed_date, result, result_class, result_reason,
     escalation_level, obstacle, account_attributes, account_external_ids, next_best_contact,
     alert_version, last_modified, snoozed_until, evidence_lines)
    WITH (security_invoker = true)
AS
    SELECT pls_internal.external_id(a.alert_id), a.alert_id,
           CASE a.unit WHEN 'user' THEN 'PQL' ELSE 'PQA' END,
           CASE a.unit WHEN 'user' THEN 'Product-qualified lead: ' ELSE 'Product-qualified account: ' END
               || coalesce(CASE a.unit WHEN 'user' THEN u.email END, c.name, a.entity_id),
           a.reason, a.next_best_action,
           pls_internal.crm_status(pls_internal.status_now(a), a.clock_from > pls.now(), a.first_touch_at),
           CASE WHEN a.lane = 'triage' THEN 'Low'
                WHEN a.escalation_level > 0
                     OR (a.closed_at IS NULL AND d.due < pls.now()) THEN 'High'
                ELSE 'Normal' END,
           d.due, a.assigned_to, r.name, r.email,
           a.account_id, c.name,
           -- the account of a domain that no other has is called by it
           coalesce(c.domain, CASE WHEN pls.company_domain(a.account_id) = a.account_id THEN a.account_id END),
           CASE a.unit WHEN 'user' THEN a.entity_id END,
           coalesce(pls_internal.address_of(u.email), pls_internal.address_of(t.person)),
           'Product usage', a.motion, a.pool, a.score, a.grade, a.created_at, a.first_touch_at,
           a.closed_at IS NOT NULL, a.closed_at, a.disposition, o.outcome_class,
           coalesce(a.disposition_reason, a.closed_reason), a.escalation_level, a.obstacle,
           c.attributes, c.external_ids,
           t.person,
           a.alert_version, a.modified_at,
           CASE WHEN a.snoozed_until > pls.now() THEN a.snoozed_until END,
           pls_internal.evidence_lines(a.motion, a.evidence)
      FROM pls.alerts a
     CROSS JOIN LATERAL (SELECT CASE a.unit WHEN 'user' THEN a.entity_id ELSE a.next_best_contact END) t (person)
      LEFT JOIN pls.accounts c ON c.account_id = a.account_id
      LEFT JOIN pls.users u ON u.user_id = t.person
      LEFT JOIN pls.reps r ON r.rep = a.assigned_to
      LEFT JOIN pls.dispositions o ON o.disposition = a.disposition
     CROSS JOIN LATERAL pls_internal.next_limit(a) d;
COMMENT ON VIEW pls.crm_alerts IS
    'Alerts, including closed ones, with column names as in tasks and cases of a CRM; a delivery contains a row of this view.';
COMMENT ON COLUMN pls.crm_alerts.external_id IS 'Key to upsert by: pls- and the number of the alert.';
COMMENT ON COLUMN pls.crm_alerts.alert_id IS 'Number of the alert.';
COMMENT ON COLUMN pls.crm_alerts.record_type IS 'PQL about a user, PQA about an account.';
COMMENT ON COLUMN pls.crm_alerts.subject IS 'A title for lists.';
COMMENT ON COLUMN pls.crm_alerts.description IS 'The reason as a sentence.';
COMMENT ON COLUMN pls.crm_alerts.next_step IS 'What to do.';
COMMENT ON COLUMN pls.crm_alerts.status IS 'Not Started (nobody has touched it), In Progress, Deferred (snoozed), Waiting (the clock is paused), Completed (disposed of) or Canceled (withdrawn, expired), as of pls.now().';
COMMENT ON COLUMN pls.crm_alerts.priority IS 'Low in the triage lane, High if the alert is escalated or overdue, else Normal.';
COMMENT ON COLUMN pls.crm_alerts.due_date IS 'When the first touch is due, after it the disposition; NULL: no limit, or paused without an end.';
COMMENT ON COLUMN pls.crm_alerts.owner_id IS 'The rep; NULL: nobody.';
COMMENT ON COLUMN pls.crm_alerts.owner_name IS 'The rep''s name.';
COMMENT ON COLUMN pls.crm_alerts.owner_email IS 'The rep''s address, by which a CRM knows its users.';
COMMENT ON COLUMN pls.crm_alerts.account_id IS 'The account; NULL if unknown.';
COMMENT ON COLUMN pls.crm_alerts.account_name IS 'Its name.';
COMMENT ON COLUMN pls.crm_alerts.account_domain IS 'Its email domain: that of pls.accounts, or its id, if that is one; NULL: not known.';
COMMENT ON COLUMN pls.crm_alerts.contact_id IS 'The user, if the alert is about one.';
COMMENT ON COLUMN pls.crm_alerts.contact_email IS 'The address of next_best_contact; NULL: not known.';
COMMENT ON COLUMN pls.crm_alerts.lead_source IS 'Product usage.';
COMMENT ON COLUMN pls.crm_alerts.campaign IS 'The motion.';
COMMENT ON COLUMN pls.crm_alerts.queue IS 'The pool.';
COMMENT ON COLUMN pls.crm_alerts.score IS 'Score when raised or last refreshed.';
COMMENT ON COLUMN pls.crm_alerts.grade IS 'Grade when raised or last refreshed.';
COMMENT ON COLUMN pls.crm_alerts.created_date IS 'When it was raised.';
COMMENT ON COLUMN pls.crm_alerts.first_response_date IS 'When the rep first got in touch; NULL: not yet.';
COMMENT ON COLUMN pls.crm_alerts.is_closed IS 'Whether it is done, withdrawn or expired.';
COMMENT ON COLUMN pls.crm_alerts.closed_date IS 'When it was closed; NULL: it is not.';
COMMENT ON COLUMN pls.crm_alerts.result IS 'The disposition; NULL: none.';
COMMENT ON COLUMN pls.crm_alerts.result_class IS 'Outcome class of the disposition: accepted, rejected_signal, rejected_other, nurture or none.';
COMMENT ON COLUMN pls.crm_alerts.result_reason IS 'The reason in the rep''s words, or why it was withdrawn or expired.';
COMMENT ON COLUMN pls.crm_alerts.escalation_level IS 'Last escalation step taken; 0: none.';
COMMENT ON COLUMN pls.crm_alerts.next_best_contact IS 'The person to talk to: the user, or of an account whom pls.alerts.next_best_contact names. NULL: nobody is known yet.';
COMMENT ON COLUMN pls.crm_alerts.obstacle IS 'Why the entity is not to be contacted any more: it has bought, or is excluded; NULL: nothing is known.';
COMMENT ON COLUMN pls.crm_alerts.account_attributes IS 'The account''s attributes, an object; NULL: nothing is known of it.';
COMMENT ON COLUMN pls.crm_alerts.account_external_ids IS 'The account''s ids in other systems, by system (pls.accounts.external_ids); NULL: nothing is known of it.';
COMMENT ON COLUMN pls.crm_alerts.alert_version IS 'Number of the state of the alert, which only grows: drop what has a smaller one than what you have.';
COMMENT ON COLUMN pls.crm_alerts.last_modified IS 'When alert_version was last raised: the start of that transaction. An index finds what was modified after an instant; read from some minutes before your last pull, for transactions that began before it and ended after it.';
COMMENT ON COLUMN pls.crm_alerts.snoozed_until IS 'When the snooze ends; NULL: it is not snoozed.';
COMMENT ON COLUMN pls.crm_alerts.evidence_lines IS 'The signals that make up the score, as lines of text with their points; NULL: none.';
