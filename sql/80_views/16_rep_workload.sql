/* 16_rep_workload.sql - what each rep has to do.
 *
 * It is right at every instant, whether or not a sweep has run.
 */

CREATE VIEW pls.rep_workload
    (rep, name, manager, active, absent, absent_until, open_alerts, untouched, snoozed, at_work,
     breached, escalated, next_due, oldest_untouched_at, max_open, capacity,
     assigned_today, daily_quota, why_not, to_hand_over)
    WITH (security_invoker = true)
AS
    SELECT r.rep, r.name, r.manager, r.active, b.absent_from IS NOT NULL, b.absent_until,
           coalesce(w.open_alerts, 0), coalesce(w.untouched, 0), coalesce(w.snoozed, 0),
           coalesce(w.open_alerts - w.untouched - w.snoozed, 0),
           coalesce(w.breached, 0), coalesce(w.escalated, 0), w.next_due, w.oldest_untouched_at,
           r.max_open,
           CASE WHEN r.max_open IS NOT NULL
                THEN greatest(r.max_open - coalesce(w.open_alerts, 0), 0) END,
           t.assigned_today, r.daily_quota,
           y.why_not,
           CASE WHEN r.active AND b.absent_from IS NULL THEN 0 ELSE coalesce(w.open_alerts, 0) END
      FROM pls.reps r
      LEFT JOIN (
           SELECT a.assigned_to,
                  count(*) AS open_alerts,
                  -- what is stored says of most that they are not
                  count(*) FILTER (WHERE a.first_touch_at IS NULL AND pls_internal.status_now(a) = 'open') AS untouched,
                  count(*) FILTER (WHERE a.status = 'snoozed' AND pls_internal.status_now(a) = 'snoozed') AS snoozed,
                  count(*) FILTER (WHERE pls_internal.is_overdue(a)) AS breached,
                  count(*) FILTER (WHERE a.escalation_level > 0) AS escalated,
                  min(d.due) AS next_due,
                  min(a.created_at) FILTER (WHERE a.first_touch_at IS NULL) AS oldest_untouched_at
             FROM pls.alerts a
            CROSS JOIN LATERAL pls_internal.next_limit(a) d
            WHERE pls_internal.is_open(a.status)
            GROUP BY a.assigned_to) w ON w.assigned_to = r.rep
      LEFT JOIN LATERAL (
           SELECT x.absent_from, x.absent_until
             FROM pls.absences x
            WHERE x.rep = r.rep AND x.absent_from <= pls.now()
              AND (x.absent_until IS NULL OR x.absent_until > pls.now())
            ORDER BY x.absent_until DESC NULLS FIRST
            LIMIT 1) b ON true
     CROSS JOIN LATERAL (
           SELECT count(*) AS assigned_today
             FROM pls.alerts y
            WHERE y.assigned_to = r.rep
              AND y.assigned_at <= pls.now()
              AND y.assigned_at >= timezone(r.time_zone,
                      date_trunc('day', timezone(r.time_zone, pls.now())))) t
     CROSS JOIN LATERAL pls_internal.turn_why_not(
           ROW(r.*)::pls.reps, b.absent_from IS NOT NULL,
           -- they are counted here already
           pls_internal.reaches_max_open(coalesce(w.open_alerts, 0), r.max_open), pls.now()) y;
COMMENT ON VIEW pls.rep_workload IS
    'The workload of each rep as of pls.now(), and whether the rep can take the next alert.';
COMMENT ON COLUMN pls.rep_workload.rep IS 'The rep.';
COMMENT ON COLUMN pls.rep_workload.name IS 'Full name.';
COMMENT ON COLUMN pls.rep_workload.manager IS 'The rep''s manager.';
COMMENT ON COLUMN pls.rep_workload.active IS 'false: offline, gets no new alerts.';
COMMENT ON COLUMN pls.rep_workload.absent IS 'Whether the rep is absent by pls.absences, or inactive.';
COMMENT ON COLUMN pls.rep_workload.absent_until IS 'End of the absence; NULL: not absent, or unknown.';
COMMENT ON COLUMN pls.rep_workload.open_alerts IS 'Alerts that are open, working or snoozed.';
COMMENT ON COLUMN pls.rep_workload.untouched IS 'Of these, untouched and not snoozed.';
COMMENT ON COLUMN pls.rep_workload.snoozed IS 'Of these, snoozed.';
COMMENT ON COLUMN pls.rep_workload.at_work IS 'Of these, touched and not snoozed.';
COMMENT ON COLUMN pls.rep_workload.breached IS 'Of these, past the next deadline or that of the disposition.';
COMMENT ON COLUMN pls.rep_workload.escalated IS 'Of these, escalated.';
COMMENT ON COLUMN pls.rep_workload.next_due IS 'Earliest deadline, including past ones; NULL: none.';
COMMENT ON COLUMN pls.rep_workload.oldest_untouched_at IS 'When the oldest untouched alert was raised.';
COMMENT ON COLUMN pls.rep_workload.max_open IS 'Maximum number of open alerts; NULL: no limit.';
COMMENT ON COLUMN pls.rep_workload.capacity IS 'How many more alerts the rep can take; NULL: no limit.';
COMMENT ON COLUMN pls.rep_workload.assigned_today IS 'Alerts assigned since the rep''s local midnight that the rep still has.';
COMMENT ON COLUMN pls.rep_workload.daily_quota IS 'Maximum number of new alerts per day; NULL: no limit.';
COMMENT ON COLUMN pls.rep_workload.why_not IS 'Why the rep cannot take a turn now: inactive, absent, max_open or daily_quota; NULL: can.';
COMMENT ON COLUMN pls.rep_workload.to_hand_over IS 'Open alerts that lie with a rep who is inactive or absent; pls.hand_over() gives them to others.';
