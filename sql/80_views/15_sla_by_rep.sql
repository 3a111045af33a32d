/* 15_sla_by_rep.sql - how reps kept the limits, week by week.
 *
 * An alert may go through several hands.  Each span in which a rep has it, a
 * holding, is one line here, and nothing counts in it but what happened while
 * it lasted: whoever gets an alert that is late already has not missed it.
 */

-- Who had an alert from when until when, and whether it was open, by its log.
CREATE FUNCTION pls_internal.holdings_of(alert pls.alerts)
    RETURNS TABLE (rep text, got_at timestamptz, lost_at timestamptz, held interval)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 2
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH told AS (
        SELECT l.log_id, l.at, l.change -> 'assigned_to' AS hands, l.change #>> '{status,1}' AS status
          FROM pls.alert_log l
         WHERE l.alert_id = alert.alert_id AND (l.change ? 'assigned_to' OR l.change ? 'status')
        UNION ALL
        -- where the log does not reach back that far
        SELECT 0, alert.assigned_at, jsonb_build_array(NULL, alert.assigned_to), 'open'
         WHERE alert.assigned_to IS NOT NULL
           AND NOT EXISTS (SELECT FROM pls.alert_log l WHERE l.alert_id = alert.alert_id AND l.change ? 'assigned_to')
    ), numbered AS (
        SELECT t.log_id, t.at, t.hands ->> 1 AS taker, t.status,
               count(t.hands) OVER w AS holding, count(t.status) OVER w AS standing,
               lead(t.at) OVER w AS next_at
          FROM told t
        WINDOW w AS (ORDER BY t.log_id)
    ), parts AS (
        SELECT n.holding, n.at, n.next_at,
               first_value(n.taker) OVER (PARTITION BY n.holding ORDER BY n.log_id) AS rep,
               pls_internal.is_open(coalesce(first_value(n.status) OVER (PARTITION BY n.standing ORDER BY n.log_id), 'open')) AS is_open
          FROM numbered n
         WHERE n.holding > 0
    )
    SELECT p.rep, min(p.at), CASE WHEN bool_or(p.next_at IS NULL) THEN NULL ELSE max(p.next_at) END,
           coalesce(sum(pls.working_time(p.at, greatest(coalesce(p.next_at, pls.now()), p.at), alert.calendar))
                    FILTER (WHERE p.is_open), interval '0')
      FROM parts p
     WHERE p.rep IS NOT NULL
     GROUP BY p.holding, p.rep;
END;
$$;
COMMENT ON FUNCTION pls_internal.holdings_of IS
    'Who had an alert from when until when (NULL: still), and for how much working time of its calendar it was open meanwhile.';

CREATE FUNCTION pls.sla_by_rep(since timestamptz, until timestamptz, time_zone text DEFAULT NULL)
    RETURNS TABLE (rep text, week date, given bigint, met bigint, missed bigint,
                   median_touch interval, p90_touch interval, held interval)
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    zone CONSTANT text := CASE WHEN sla_by_rep.time_zone IS NOT NULL THEN pls_internal.check_time_zone(sla_by_rep.time_zone) END;
BEGIN
    IF sla_by_rep.since IS NULL OR sla_by_rep.until IS NULL OR NOT sla_by_rep.since < sla_by_rep.until THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'since must be earlier than until',
            DETAIL = format('They are %s and %s.', coalesce(sla_by_rep.since::text, 'NULL'), coalesce(sla_by_rep.until::text, 'NULL')),
            HINT = 'SELECT * FROM pls.sla_by_rep(now() - interval ''28 days'', now());';
    END IF;
    RETURN QUERY
    WITH touched AS MATERIALIZED (
        SELECT DISTINCT l.alert_id FROM pls.alert_log l
         WHERE l.change ? 'assigned_to' AND l.at >= sla_by_rep.since AND l.at < sla_by_rep.until
        UNION
        SELECT a.alert_id FROM pls.alerts a
         WHERE a.assigned_to IS NOT NULL AND a.assigned_at >= sla_by_rep.since AND a.assigned_at < sla_by_rep.until
    ), holdings AS MATERIALIZED (
        SELECT h.rep, h.got_at, h.held,
               date_trunc('week', timezone(coalesce(zone, r.time_zone, 'UTC'), h.got_at))::date AS week,
               CASE WHEN a.first_touch_at >= h.got_at AND (a.first_touch_at < h.lost_at) IS NOT FALSE
                    THEN pls.working_time(h.got_at, a.first_touch_at, a.calendar) END AS touch,
               a.first_touch_at >= h.got_at AND (a.first_touch_at < h.lost_at) IS NOT FALSE
                   AND a.first_touch_at <= a.respond_by AS touched_in_time,
               a.status = 'done' AND (a.closed_at <= h.lost_at) IS NOT FALSE AND a.closed_at >= h.got_at
                   AND a.closed_at <= a.resolve_by AS done_in_time,
               pls_internal.missed_by(a.respond_by, pls_internal.respond_done_at(a), a.respond_missed_by, a.assigned_to, a.assigned_at) = h.rep
                   AND a.respond_by >= h.got_at AND (a.respond_by < h.lost_at) IS NOT FALSE AS touch_missed,
               pls_internal.missed_by(a.resolve_by, coalesce(a.closed_at, pls.now()), a.resolve_missed_by, a.assigned_to, a.assigned_at) = h.rep
                   AND a.resolve_by >= h.got_at AND (a.resolve_by < h.lost_at) IS NOT FALSE AS missed
          FROM touched t
          JOIN pls.alerts a ON a.alert_id = t.alert_id
         CROSS JOIN LATERAL pls_internal.holdings_of(a) h
          LEFT JOIN pls.reps r ON r.rep = h.rep
         WHERE h.got_at >= sla_by_rep.since AND h.got_at < sla_by_rep.until
    )
    SELECT h.rep, h.week, count(*),
           count(*) FILTER (WHERE (h.touched_in_time IS TRUE OR h.done_in_time IS TRUE)
                                  AND h.touch_missed IS NOT TRUE AND h.missed IS NOT TRUE),
           count(*) FILTER (WHERE h.touch_missed IS TRUE OR h.missed IS TRUE),
           date_trunc('second', percentile_cont(0.5) WITHIN GROUP (ORDER BY h.touch)),
           date_trunc('second', percentile_cont(0.9) WITHIN GROUP (ORDER BY h.touch)),
           date_trunc('second', sum(h.held))
      FROM holdings h
     GROUP BY h.rep, h.week
     ORDER BY h.week, h.rep COLLATE "C";
END;
$$;
COMMENT ON FUNCTION pls.sla_by_rep IS
    'How each rep kept the limits of the alerts that it was given from since until (but not at) until, by ISO week (its Monday) of time_zone (NULL: the rep''s own). given: alerts that it got; an alert that it got twice counts twice. met: of these, how many it touched or disposed of in time, missing neither limit. missed: of how many a limit passed while it had them, unmet; what was late before or after is not its own. median_touch, p90_touch: working time, in the alert''s calendar, from getting an alert to the first touch, of those that it touched first. held: working time for which it had them while they were open. As of pls.now(), and only of alerts that the caller sees. Errors: 22023 since is not before until, or no such time zone.';
