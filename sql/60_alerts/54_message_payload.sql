/* 54_message_payload.sql - what a message says.
 *
 * What a message says of an alert is read when it is claimed: from
 * pls.crm_alerts what is, so that a late delivery does not tell what was, and
 * from the log what this change was about.  Nothing of an alert is copied into
 * the outbox, so what is erased there is not told any more.
 *
 * Planning costs more than reading the few rows: so these are functions in
 * PL/pgSQL, whose plans are kept, the same for every message.
 */

-- Values of an alert right after one of its changes: the first change that
-- came later has what was there before it.
CREATE FUNCTION pls_internal.alert_after_change(alert pls.alerts, log_id bigint) RETURNS jsonb
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off
    SET plan_cache_mode = force_generic_plan
    SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    state jsonb := jsonb_build_object(
        'status', alert.status, 'lane', alert.lane, 'pool', alert.pool, 'assigned_to', alert.assigned_to,
        'score', alert.score, 'grade', alert.grade, 'first_touch_at', alert.first_touch_at,
        'snoozed_until', alert.snoozed_until, 'paused_at', alert.paused_at,
        'escalation_level', alert.escalation_level, 'obstacle', alert.obstacle,
        'disposition', alert.disposition, 'disposition_reason', alert.disposition_reason,
        'closed_reason', alert.closed_reason);
    later jsonb;
BEGIN
    FOR later IN
        SELECT l.change FROM pls.alert_log l
         WHERE l.alert_id = alert.alert_id AND l.log_id > alert_after_change.log_id AND l.change <> '{}'
         ORDER BY l.log_id DESC
    LOOP
        state := state || coalesce((SELECT jsonb_object_agg(c.key, c.value -> 0)
                                      FROM jsonb_each(later) c WHERE state ? c.key), '{}');
    END LOOP;
    RETURN state;
END;
$$;
COMMENT ON FUNCTION pls_internal.alert_after_change IS
    'The values of an alert as they were right after a change (a row of pls.alert_log), by column of pls.alerts.';

CREATE FUNCTION pls_internal.crm_after_change(alert pls.alerts, log_id bigint) RETURNS jsonb
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    state jsonb;
BEGIN
    IF alert.alert_id IS NULL OR log_id IS NULL THEN
        RETURN NULL;
    END IF;
    state := pls_internal.alert_after_change(alert, log_id);
    RETURN jsonb_build_object(
        'status', pls_internal.crm_status(state ->> 'status', state ->> 'paused_at' IS NOT NULL,
                                          (state ->> 'first_touch_at')::timestamptz),
        'lane', state -> 'lane', 'queue', state -> 'pool', 'owner_id', state -> 'assigned_to',
        'score', state -> 'score', 'grade', state -> 'grade',
        'first_response_date', state -> 'first_touch_at', 'snoozed_until', state -> 'snoozed_until',
        'escalation_level', state -> 'escalation_level', 'obstacle', state -> 'obstacle',
        'result', state -> 'disposition',
        'result_reason', coalesce(state ->> 'disposition_reason', state ->> 'closed_reason'));
END;
$$;
COMMENT ON FUNCTION pls_internal.crm_after_change IS
    'The values of an alert as they were right after a change, in the words of pls.crm_alerts; NULL: the alert or the change is not known.';

-- The note of a change is written right after it, by the same role in the
-- same transaction.
CREATE FUNCTION pls_internal.change_document(alert_id bigint, log_id bigint) RETURNS jsonb
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off
    SET plan_cache_mode = force_generic_plan
    SET jit = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN (
        SELECT jsonb_build_object(
                   'changed_by', l.actor,
                   'note', coalesce(l.note, (SELECT CASE WHEN n.change = '{}' AND n.at = l.at AND n.actor = l.actor THEN n.note END
                                               FROM pls.alert_log n
                                              WHERE n.alert_id = l.alert_id AND n.log_id > l.log_id
                                              ORDER BY n.log_id LIMIT 1)),
                   'before', v.before, 'after', v.after)
          FROM pls.alert_log l
         CROSS JOIN LATERAL (
               -- that it was raised has nothing before it
               SELECT CASE WHEN l.change #> '{status,0}' = 'null' THEN NULL
                           ELSE jsonb_object_agg(c.key, c.value -> 0) END AS before,
                      jsonb_object_agg(c.key, c.value -> 1) AS after
                 FROM jsonb_each(l.change) c
                WHERE c.key <> ALL (ARRAY['evidence', 'assignment_trace'])) v
         WHERE l.alert_id = change_document.alert_id AND l.log_id = change_document.log_id);
END;
$$;
COMMENT ON FUNCTION pls_internal.change_document IS
    'A row of the log for a payload: who changed the alert, with which note, and the changed columns of pls.alerts before and after (without evidence and assignment_trace); NULL: there is no such row.';

-- In Slack the first message is the thread, in a CRM each has the record.
CREATE FUNCTION pls_internal.earlier_receipts(d pls.deliveries) RETURNS jsonb
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off
    SET plan_cache_mode = force_generic_plan
    SET jit = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN (
        SELECT jsonb_build_object('first_receipt', (array_agg(e.receipt ORDER BY e.delivery_id))[1],
                                  'last_receipt', (array_agg(e.receipt ORDER BY e.delivery_id DESC))[1])
          FROM pls.deliveries e
         WHERE e.entity_id = (d).entity_id AND e.channel = (d).channel AND e.alert_id = (d).alert_id
           -- not by its status: the planner would take that for a way to the rows
           AND e.delivered_at IS NOT NULL AND e.receipt IS NOT NULL AND e.message_id IS DISTINCT FROM (d).message_id);
END;
$$;
COMMENT ON FUNCTION pls_internal.earlier_receipts IS
    'The receipts of the first and the last other message about the alert that the channel has confirmed and pls still keeps; NULL: none.';

CREATE FUNCTION pls.message_payload(message_id bigint) RETURNS jsonb
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off
    SET plan_cache_mode = force_generic_plan
    SET jit = off
    SET timezone = 'UTC'
AS $$
#variable_conflict use_column
BEGIN
    RETURN (
        SELECT jsonb_build_object(
                   'message_id', message_payload.message_id,
                   'channel', min(d.channel),
                   'recipient', (SELECT jsonb_build_object('rep', r.rep, 'name', r.name, 'email', r.email)
                                   FROM pls.reps r WHERE r.rep = min(d.recipient)),
                   'alerts', jsonb_agg(jsonb_build_object('change', d.change, 'changed_at', d.queued_at,
                                                          'idempotency_key', d.idempotency_key,
                                                          'alert_id', d.alert_id)
                                       || coalesce(pls_internal.change_document(d.alert_id, d.log_id), '{}')
                                       || coalesce(to_jsonb(c), '{}')
                                       || jsonb_build_object('at_change', pls_internal.crm_after_change(a.alert, d.log_id))
                                       || pls_internal.earlier_receipts(d)
                                       ORDER BY d.delivery_id))
          FROM pls.deliveries d
          -- each by its id, however many the planner takes a message for: never all alerts
          LEFT JOIN LATERAL (SELECT v.* FROM pls.crm_alerts v WHERE v.alert_id = d.alert_id OFFSET 0) c ON true
          LEFT JOIN LATERAL (SELECT o AS alert FROM pls.alerts o WHERE o.alert_id = d.alert_id OFFSET 0) a ON true
         WHERE d.message_id = message_payload.message_id);
END;
$$;
COMMENT ON FUNCTION pls.message_payload IS
    'The payload of a message: {message_id, channel, recipient, alerts}, and of each alert its change (change, changed_at, changed_by, note, before and after: the changed columns of pls.alerts; at_change: its values right after the change), its idempotency_key, the receipts of the channel''s first and last other message about it (first_receipt, last_receipt), and the columns of pls.crm_alerts as they are now, alert_version among them.';
