/* 42_hand_over.sql - the alerts of a rep who is gone, or away, go to others. */

CREATE FUNCTION pls_internal.alerts_to_hand_over(rep text) RETURNS SETOF pls.alerts
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT a.*
      FROM pls.alerts a
     WHERE a.assigned_to = alerts_to_hand_over.rep AND pls_internal.is_open(a.status)
     ORDER BY least(CASE WHEN a.first_touch_at IS NULL THEN a.respond_by END, a.resolve_by), a.created_at, a.alert_id;
END;
$$;
COMMENT ON FUNCTION pls_internal.alerts_to_hand_over IS
    'The open alerts of a rep, the earliest deadline first, then the oldest.';

CREATE FUNCTION pls_internal.check_hand_over(rep text, to_rep text) RETURNS void
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    why_not text := pls_internal.owner_why_not(check_hand_over.to_rep, pls.now(), false);
BEGIN
    IF NOT EXISTS (SELECT FROM pls.reps r WHERE r.rep = check_hand_over.rep) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('rep %s does not exist', coalesce('"' || check_hand_over.rep || '"', 'NULL')),
            HINT = 'pls.rep_workload lists the reps.';
    ELSIF check_hand_over.to_rep = check_hand_over.rep OR (check_hand_over.to_rep IS NOT NULL AND why_not IS NOT NULL) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('the alerts of "%s" cannot be handed over to "%s"', check_hand_over.rep, check_hand_over.to_rep),
            DETAIL = format('The rep is %s.', coalesce(why_not, 'the same')),
            HINT = 'Choose a rep who is active and not absent, or leave it out: then each alert goes to whose turn it is in its pool.';
    END IF;
END;
$$;
COMMENT ON FUNCTION pls_internal.check_hand_over IS
    'Refuses (22023) to hand over the alerts of somebody who is not a rep, or to one who is not, is inactive or absent, or the same.';

-- One alert, unless another session holds it.
CREATE FUNCTION pls_internal.hand_over_one(alert pls.alerts, heir text, note text) RETURNS boolean
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    PERFORM FROM pls.alerts a
      WHERE a.entity_id = alert.entity_id AND a.alert_id = alert.alert_id
        AND a.assigned_to = alert.assigned_to AND pls_internal.is_open(a.status)
        FOR NO KEY UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    UPDATE pls.alerts a SET assigned_to = heir
     WHERE a.entity_id = alert.entity_id AND a.alert_id = alert.alert_id;
    PERFORM pls.add_note(alert.entity_id, alert.alert_id,
                         format('handed over from %s to %s', alert.assigned_to, heir)
                         || coalesce(': ' || nullif(btrim(hand_over_one.note), ''), ''));
    RETURN true;
END;
$$;
COMMENT ON FUNCTION pls_internal.hand_over_one IS
    'Part of pls.hand_over(): gives an alert to another rep, with a note in its log; false: another session is changing it, or it is not the rep''s any more.';

CREATE FUNCTION pls.hand_over(rep text, to_rep text DEFAULT NULL, note text DEFAULT NULL)
    RETURNS TABLE (handed_to text, alerts bigint, why_not text)
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
    SET lock_timeout = '900ms'
AS $$
#variable_conflict use_column
DECLARE
    at_once  CONSTANT integer := 100;
    alert    pls.alerts;
    heir     text;
    heirs    text[] := '{}';
    turnless text[] := '{}';        -- those of alerts that took no turn
    left_for text[] := '{}';        -- why, for each that was not
BEGIN
    PERFORM pls_internal.check_hand_over(hand_over.rep, hand_over.to_rep);
    FOR alert IN SELECT a.* FROM pls_internal.alerts_to_hand_over(hand_over.rep) a LOOP
        IF cardinality(heirs) >= at_once THEN
            left_for := left_for || format('at most %s are handed over at once: call it again', at_once);
            CONTINUE;
        END IF;
        heir := coalesce(hand_over.to_rep, pls_internal.stand_in(alert.pool, hand_over.rep, pls.now(), turnless));
        IF heir IS NULL THEN
            left_for := left_for || CASE WHEN alert.pool IS NULL THEN 'it has no pool: name who gets it'
                                         ELSE format('nobody else in pool "%s" is available', alert.pool) END;
        ELSIF pls_internal.hand_over_one(alert, heir, hand_over.note) THEN
            heirs := heirs || heir;
            IF alert.charged_to IS NULL THEN
                turnless := turnless || heir;
            END IF;
        ELSE
            left_for := left_for || 'another transaction is changing it'::text;
        END IF;
    END LOOP;
    RETURN QUERY
    SELECT h.rep, count(*), NULL::text FROM unnest(heirs) AS h (rep) GROUP BY h.rep
    UNION ALL
    SELECT NULL, count(*), l.why FROM unnest(left_for) AS l (why) GROUP BY l.why
     ORDER BY 1, 3;
EXCEPTION WHEN lock_not_available THEN
    PERFORM pls_internal.refuse_work(alert.alert_id);
END;
$$;
COMMENT ON FUNCTION pls.hand_over IS
    'Hands the open alerts of a rep on, the earliest deadline first: each to whose turn it is in its pool (greatest shortfall, then the pool''s fallback), or all to to_rep. The turns stay charged to the same rep, and the deadlines stay unless an alert goes by the calendar of its rep (pls.alerts.calendar_of_rep). A row for each rep who got some, with how many; and, with handed_to NULL, how many could not be handed on and why_not: nobody else in the pool is available, another transaction is changing it, or there are more than 100, which takes another call. Status, snooze and clock stay. Set pls.reps.active to false first if the rep is to get no new ones. Errors: 22023 (not a rep; to_rep is not a rep, inactive, absent, or the same), 55P03 (another transaction has locked a table of pls).';
