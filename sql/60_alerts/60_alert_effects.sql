/* 60_alert_effects.sql - what follows from a change of an alert outside of it, written
 * as the owner (src/decision/alert_effects.c): outcomes and the outbox.
 */

-- What a disposition says about the outcome; one that was corrected or taken
-- back takes its outcome with it.
CREATE FUNCTION pls_internal.record_disposition_outcome(alert pls.alerts) RETURNS void
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    DELETE FROM pls.outcomes o
     WHERE o.entity_id = alert.entity_id AND o.signal IS NULL
       AND o.detail -> 'alert_id' = to_jsonb(alert.alert_id);
    INSERT INTO pls.outcomes (entity_id, motion, outcome, at, account_id, detail)
    SELECT alert.entity_id, alert.motion,
           pls_internal.outcome_of_disposition(d.outcome, m.objective),
           alert.disposed_at, alert.account_id,
           jsonb_build_object('alert_id', alert.alert_id, 'disposition', alert.disposition)
      FROM pls.dispositions d
      LEFT JOIN pls.motions m ON m.motion = alert.motion
     WHERE d.disposition = alert.disposition AND d.outcome IS NOT NULL;
END;
$$;
COMMENT ON FUNCTION pls_internal.record_disposition_outcome IS
    'Writes the outcome (pls.dispositions.outcome) of the alert''s disposition into pls.outcomes, in the place of an earlier one of the same alert; the detail names alert and disposition.';

CREATE FUNCTION pls_internal.alert_effects(before pls.alerts, after pls.alerts) RETURNS void
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF (before.disposition, before.disposed_at) IS DISTINCT FROM (after.disposition, after.disposed_at) THEN
        PERFORM pls_internal.record_disposition_outcome(after);
    END IF;
    IF EXISTS (SELECT FROM pls.channels h WHERE h.enabled) THEN
        PERFORM pls_internal.queue_deliveries(before, after);
    END IF;
END;
$$;
COMMENT ON FUNCTION pls_internal.alert_effects IS
    'Writes the outcome and the deliveries that follow from a change of an alert; before NULL: it is new.';

CREATE FUNCTION pls_internal.apply_alert_effects() RETURNS trigger
    AS 'MODULE_PATHNAME', 'pls_alert_effects' LANGUAGE C VOLATILE;
COMMENT ON FUNCTION pls_internal.apply_alert_effects IS
    'Trigger of pls.alerts: has pls_internal.alert_effects() run as the owner of the extension; error 39P01 if it is fired otherwise.';

-- After log_alert and log_new_alert, by their names: deliveries refer to the
-- log.
CREATE TRIGGER publish_alert AFTER UPDATE ON pls.alerts
    FOR EACH ROW EXECUTE FUNCTION pls_internal.apply_alert_effects();
CREATE TRIGGER publish_new_alert AFTER INSERT ON pls.alerts
    FOR EACH ROW WHEN (NOT pls_internal.restoring())
    EXECUTE FUNCTION pls_internal.apply_alert_effects();
COMMENT ON TRIGGER publish_alert ON pls.alerts IS 'Outcomes and the outbox follow every change.';
COMMENT ON TRIGGER publish_new_alert ON pls.alerts IS 'The outbox follows every alert raised.';
ALTER TABLE pls.alerts ENABLE ALWAYS TRIGGER publish_alert;
ALTER TABLE pls.alerts ENABLE ALWAYS TRIGGER publish_new_alert;
