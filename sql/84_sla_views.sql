/* 84_sla_views.sql - how the promises stand: pls.sla and pls.rep_workload.
 *
 * Both are right at every instant, whether or not a sweep has run: they
 * compare pinned instants with pls.now().  Working time is counted only for
 * rows and columns that need it.
 */

CREATE VIEW pls.sla
    (alert_id, motion, entity_id, account_id, lane, status, assigned_to, pool, calendar, created_at,
     state, due_by, time_left,
     respond_state, respond_within, respond_by, first_touch_at, time_to_touch, touch_late_by,
     resolve_state, resolve_within, resolve_by, closed_at, resolve_late_by,
     paused_at, paused_until, escalation_level, next_rung, next_rung_at)
    WITH (security_invoker = true)
AS
    SELECT a.alert_id, a.motion, a.entity_id, a.account_id, a.lane,
           CASE WHEN a.status OPERATOR(pg_catalog.<>) 'snoozed'
                     OR a.snoozed_until OPERATOR(pg_catalog.>) pls.now() THEN a.status
                WHEN a.first_touch_at IS NULL THEN 'open'
                ELSE 'working' END,
           a.assigned_to, a.pool, a.calendar, a.created_at,
           CASE WHEN a.closed_at IS NOT NULL THEN
                    CASE WHEN coalesce(a.first_touch_at, a.closed_at) OPERATOR(pg_catalog.>) a.respond_by
                              OR a.closed_at OPERATOR(pg_catalog.>) a.resolve_by THEN 'missed'
                         WHEN coalesce(a.respond_within, a.resolve_within) IS NOT NULL
                              AND a.status OPERATOR(pg_catalog.=) 'done' THEN 'met' END
                WHEN d.within IS NULL THEN NULL
                WHEN d.due OPERATOR(pg_catalog.<) pls.now() THEN 'breached'
                WHEN a.clock_from OPERATOR(pg_catalog.>) pls.now() THEN 'paused'
                WHEN pls.working_time(pls.now(), d.due, a.calendar)
                     OPERATOR(pg_catalog.<=) (d.within OPERATOR(pg_catalog./) 4) THEN 'at risk'
                ELSE 'ok' END,
           CASE WHEN a.closed_at IS NULL THEN d.due END,
           CASE WHEN a.closed_at IS NOT NULL THEN NULL
                WHEN d.due OPERATOR(pg_catalog.<) pls.now()
                THEN pg_catalog.make_interval(secs => least(
                         pg_catalog.date_part('epoch', d.within) OPERATOR(pg_catalog.-) pg_catalog.date_part('epoch', k.reading), 0))
                WHEN a.clock_from OPERATOR(pg_catalog.>) pls.now()
                THEN pg_catalog.make_interval(secs => pg_catalog.date_part('epoch', d.within)
                                                      OPERATOR(pg_catalog.-) pg_catalog.date_part('epoch', a.clock_used))
                ELSE pls.working_time(pls.now(), d.due, a.calendar) END,
           CASE WHEN a.respond_within IS NULL THEN NULL
                WHEN a.first_touch_at OPERATOR(pg_catalog.<=) a.respond_by THEN 'met'
                WHEN a.first_touch_at IS NOT NULL THEN 'missed'
                WHEN a.closed_at OPERATOR(pg_catalog.>) a.respond_by THEN 'missed'
                WHEN a.closed_at IS NOT NULL THEN CASE a.status WHEN 'done' THEN 'met' END
                WHEN a.respond_by OPERATOR(pg_catalog.<) pls.now() THEN 'breached'
                WHEN a.clock_from OPERATOR(pg_catalog.>) pls.now() THEN 'paused'
                WHEN pls.working_time(pls.now(), a.respond_by, a.calendar)
                     OPERATOR(pg_catalog.<=) (a.respond_within OPERATOR(pg_catalog./) 4) THEN 'at risk'
                ELSE 'ok' END,
           a.respond_within, a.respond_by, a.first_touch_at, a.time_to_touch,
           CASE WHEN coalesce(a.first_touch_at, a.closed_at, pls.now()) OPERATOR(pg_catalog.>) a.respond_by
                THEN pg_catalog.make_interval(secs => greatest(
                         pg_catalog.date_part('epoch', CASE WHEN a.time_to_touch IS NOT NULL THEN a.time_to_touch ELSE k.reading END)
                         OPERATOR(pg_catalog.-) pg_catalog.date_part('epoch', a.respond_within), 0)) END,
           CASE WHEN a.resolve_within IS NULL THEN NULL
                WHEN a.closed_at OPERATOR(pg_catalog.>) a.resolve_by THEN 'missed'
                WHEN a.closed_at IS NOT NULL THEN CASE a.status WHEN 'done' THEN 'met' END
                WHEN a.resolve_by OPERATOR(pg_catalog.<) pls.now() THEN 'breached'
                WHEN a.clock_from OPERATOR(pg_catalog.>) pls.now() THEN 'paused'
                WHEN pls.working_time(pls.now(), a.resolve_by, a.calendar)
                     OPERATOR(pg_catalog.<=) (a.resolve_within OPERATOR(pg_catalog./) 4) THEN 'at risk'
                ELSE 'ok' END,
           a.resolve_within, a.resolve_by, a.closed_at,
           CASE WHEN coalesce(a.closed_at, pls.now()) OPERATOR(pg_catalog.>) a.resolve_by
                THEN pg_catalog.make_interval(secs => greatest(
                         pg_catalog.date_part('epoch', k.reading)
                         OPERATOR(pg_catalog.-) pg_catalog.date_part('epoch', a.resolve_within), 0)) END,
           CASE WHEN a.clock_from OPERATOR(pg_catalog.>) pls.now() THEN a.paused_at END,
           CASE WHEN a.paused_at IS NOT NULL AND a.clock_from OPERATOR(pg_catalog.>) pls.now()
                     AND pg_catalog.isfinite(a.clock_from) THEN a.clock_from END,
           a.escalation_level, a.next_rung, a.next_rung_at
      FROM pls.alerts a
     CROSS JOIN LATERAL (
           SELECT CASE WHEN a.first_touch_at IS NULL AND a.respond_within IS NOT NULL
                       THEN a.respond_by ELSE a.resolve_by END AS due,
                  CASE WHEN a.first_touch_at IS NULL AND a.respond_within IS NOT NULL
                       THEN a.respond_within ELSE a.resolve_within END AS within) d
     CROSS JOIN LATERAL (
           SELECT CASE WHEN a.clock_from OPERATOR(pg_catalog.>=) pls.now() THEN a.clock_used
                       ELSE a.clock_used OPERATOR(pg_catalog.+)
                            pls.working_time(a.clock_from, pls.now(), a.calendar) END AS reading) k;
COMMENT ON VIEW pls.sla IS
    'how each alert, closed ones too, stands to its two limits as of pls.now()';
COMMENT ON COLUMN pls.sla.alert_id IS 'number of the alert';
COMMENT ON COLUMN pls.sla.motion IS 'the motion that raised it';
COMMENT ON COLUMN pls.sla.entity_id IS 'the user or account';
COMMENT ON COLUMN pls.sla.account_id IS 'the account; NULL if unknown';
COMMENT ON COLUMN pls.sla.lane IS 'sales or triage';
COMMENT ON COLUMN pls.sla.status IS 'status of the alert, as of pls.now()';
COMMENT ON COLUMN pls.sla.assigned_to IS 'the rep; NULL: nobody';
COMMENT ON COLUMN pls.sla.pool IS 'the pool of the route';
COMMENT ON COLUMN pls.sla.calendar IS 'working hours by which it is counted; NULL: around the clock';
COMMENT ON COLUMN pls.sla.created_at IS 'when it was raised';
COMMENT ON COLUMN pls.sla.state IS 'of what is due next: ok, at risk (a quarter of the limit or less is left), breached or paused; of a closed alert missed, if either limit was, else met; NULL: no limit, or closed without a disposition in time';
COMMENT ON COLUMN pls.sla.due_by IS 'when what is due next is due; NULL: no limit, paused without an end, or closed';
COMMENT ON COLUMN pls.sla.time_left IS 'working time until due_by; negative: overdue by; while paused, what will be left; pauses do not count; NULL: no limit, or closed';
COMMENT ON COLUMN pls.sla.respond_state IS 'of the first touch: ok, at risk, breached, paused, met or missed; NULL: no limit, or withdrawn or expired before it was due';
COMMENT ON COLUMN pls.sla.respond_within IS 'working time to the first touch; NULL: no limit';
COMMENT ON COLUMN pls.sla.respond_by IS 'when that is over; NULL: no limit, or paused without an end';
COMMENT ON COLUMN pls.sla.first_touch_at IS 'when the rep first got in touch; NULL: not yet';
COMMENT ON COLUMN pls.sla.time_to_touch IS 'time to first touch in working time, pauses left out; NULL: not touched yet';
COMMENT ON COLUMN pls.sla.touch_late_by IS 'working time by which the first touch was late, or is so far: time_to_touch less the limit, pauses left out; 0: between the closing at which it was due and the next opening; NULL: it is not';
COMMENT ON COLUMN pls.sla.resolve_state IS 'of the disposition: ok, at risk, breached, paused, met or missed; NULL: no limit, or withdrawn or expired before it was due';
COMMENT ON COLUMN pls.sla.resolve_within IS 'working time to the disposition; NULL: no limit';
COMMENT ON COLUMN pls.sla.resolve_by IS 'when that is over; NULL: no limit, or paused without an end';
COMMENT ON COLUMN pls.sla.closed_at IS 'when it was done, withdrawn or expired; NULL: it is not';
COMMENT ON COLUMN pls.sla.resolve_late_by IS 'working time by which the disposition was late, or is so far, pauses left out; NULL: it is not';
COMMENT ON COLUMN pls.sla.paused_at IS 'since when its clock stands still; NULL: it runs, or the alert is closed';
COMMENT ON COLUMN pls.sla.paused_until IS 'when its clock runs on by itself: the end of the pause or snooze, whichever is later; NULL: it does not stand still, or without an end';
COMMENT ON COLUMN pls.sla.escalation_level IS 'last rung of the ladder taken; 0: none';
COMMENT ON COLUMN pls.sla.next_rung IS 'the rung that comes next; NULL: none';
COMMENT ON COLUMN pls.sla.next_rung_at IS 'when it is due; NULL: there is none, or not while the clock is paused without an end';
REVOKE ALL ON pls.sla FROM PUBLIC;

CREATE VIEW pls.rep_workload
    (rep, name, manager, active, absent, absent_until, open_alerts, untouched, snoozed, at_work,
     breached, escalated, next_due, oldest_untouched_at, max_open, capacity,
     assigned_today, daily_quota, why_not)
    WITH (security_invoker = true)
AS
    SELECT r.rep, r.name, r.manager, r.active, b.absent_from IS NOT NULL, b.absent_until,
           coalesce(w.open_alerts, 0), coalesce(w.untouched, 0), coalesce(w.snoozed, 0),
           coalesce(w.open_alerts OPERATOR(pg_catalog.-) w.untouched OPERATOR(pg_catalog.-) w.snoozed, 0),
           coalesce(w.breached, 0), coalesce(w.escalated, 0), w.next_due, w.oldest_untouched_at,
           r.max_open,
           CASE WHEN r.max_open IS NOT NULL
                THEN greatest(r.max_open OPERATOR(pg_catalog.-) coalesce(w.open_alerts, 0), 0) END,
           t.assigned_today, r.daily_quota,
           CASE WHEN NOT r.active THEN 'inactive'
                WHEN b.absent_from IS NOT NULL THEN 'absent'
                WHEN coalesce(w.open_alerts, 0) OPERATOR(pg_catalog.>=) r.max_open THEN 'max_open'
                WHEN (SELECT q.is_over FROM pls.over_quota(r.rep, r.daily_quota, r.time_zone, pls.now()) q) THEN 'daily_quota' END
      FROM pls.reps r
      LEFT JOIN (
           SELECT a.assigned_to,
                  pg_catalog.count(*) AS open_alerts,
                  pg_catalog.count(*) FILTER (WHERE a.first_touch_at IS NULL
                      AND (a.status OPERATOR(pg_catalog.=) 'open' OR a.snoozed_until OPERATOR(pg_catalog.<=) pls.now())) AS untouched,
                  pg_catalog.count(a.snoozed_until) FILTER (WHERE a.snoozed_until OPERATOR(pg_catalog.>) pls.now()) AS snoozed,
                  pg_catalog.count(*) FILTER (WHERE a.resolve_by OPERATOR(pg_catalog.<) pls.now()
                      OR (a.first_touch_at IS NULL AND a.respond_by OPERATOR(pg_catalog.<) pls.now())) AS breached,
                  pg_catalog.count(*) FILTER (WHERE a.escalation_level OPERATOR(pg_catalog.>) 0) AS escalated,
                  pg_catalog.min(CASE WHEN a.first_touch_at IS NULL AND a.respond_within IS NOT NULL
                                      THEN a.respond_by ELSE a.resolve_by END) AS next_due,
                  pg_catalog.min(a.created_at) FILTER (WHERE a.first_touch_at IS NULL) AS oldest_untouched_at
             FROM pls.alerts a
            WHERE a.status OPERATOR(pg_catalog.=) ANY (ARRAY['open', 'working', 'snoozed'])
            GROUP BY a.assigned_to) w ON w.assigned_to OPERATOR(pg_catalog.=) r.rep
      LEFT JOIN LATERAL (
           SELECT x.absent_from, x.absent_until
             FROM pls.absences x
            WHERE x.rep OPERATOR(pg_catalog.=) r.rep AND x.absent_from OPERATOR(pg_catalog.<=) pls.now()
              AND (x.absent_until IS NULL OR x.absent_until OPERATOR(pg_catalog.>) pls.now())
            ORDER BY x.absent_until DESC NULLS FIRST
            LIMIT 1) b ON true
     CROSS JOIN LATERAL (
           SELECT pg_catalog.count(*) AS assigned_today
             FROM pls.alerts y
            WHERE y.assigned_to OPERATOR(pg_catalog.=) r.rep
              AND y.assigned_at OPERATOR(pg_catalog.<=) pls.now()
              AND y.assigned_at OPERATOR(pg_catalog.>=) pg_catalog.timezone(r.time_zone,
                      pg_catalog.date_trunc('day', pg_catalog.timezone(r.time_zone, pls.now())))) t;
COMMENT ON VIEW pls.rep_workload IS
    'what each rep has to do, as of pls.now(), and whether the next alert could go there';
COMMENT ON COLUMN pls.rep_workload.rep IS 'the rep';
COMMENT ON COLUMN pls.rep_workload.name IS 'full name';
COMMENT ON COLUMN pls.rep_workload.manager IS 'the rep''s manager';
COMMENT ON COLUMN pls.rep_workload.active IS 'false: taken offline, gets nothing new';
COMMENT ON COLUMN pls.rep_workload.absent IS 'whether the rep is away by pls.absences; so is one who is inactive';
COMMENT ON COLUMN pls.rep_workload.absent_until IS 'until when; NULL: present, or not known';
COMMENT ON COLUMN pls.rep_workload.open_alerts IS 'alerts that are open, working or snoozed';
COMMENT ON COLUMN pls.rep_workload.untouched IS 'of these nobody has touched, and they are not snoozed';
COMMENT ON COLUMN pls.rep_workload.snoozed IS 'of these are put aside';
COMMENT ON COLUMN pls.rep_workload.at_work IS 'of these were touched and are not snoozed';
COMMENT ON COLUMN pls.rep_workload.breached IS 'of these are past the time of what is due next, or of the disposition';
COMMENT ON COLUMN pls.rep_workload.escalated IS 'of these have climbed the ladder';
COMMENT ON COLUMN pls.rep_workload.next_due IS 'earliest instant at which something is due, past ones included; NULL: nothing is';
COMMENT ON COLUMN pls.rep_workload.oldest_untouched_at IS 'when the oldest of those that nobody has touched was raised';
COMMENT ON COLUMN pls.rep_workload.max_open IS 'open alerts that the rep may hold; NULL: no limit';
COMMENT ON COLUMN pls.rep_workload.capacity IS 'how many more the rep may hold; NULL: no limit';
COMMENT ON COLUMN pls.rep_workload.assigned_today IS 'alerts assigned since the rep''s local midnight that the rep still has';
COMMENT ON COLUMN pls.rep_workload.daily_quota IS 'new alerts a day; NULL: no limit';
COMMENT ON COLUMN pls.rep_workload.why_not IS 'why the rep takes no turn now: inactive, absent, max_open or daily_quota; NULL: does';
REVOKE ALL ON pls.rep_workload FROM PUBLIC;
