/* 30_sla.sql - the clock of an alert: due times, pausing, the next escalation.
 *
 * An alert has one clock, which counts working time in the alert's calendar
 * from the instant at which it was raised.  Both limits are readings of that
 * clock, and so are the escalation steps.  The disposition may have a calendar
 * of its own (resolve_calendar): the clock runs and stops at the same instants,
 * and what it shows is kept in either (clock_used, resolve_used).
 *
 * The row holds the clock as a pair:
 * clock_used had been counted by clock_from, and the clock runs since then.
 * A stopped clock has its clock_from in the future: the end of the pause or
 * snooze, whichever is later, or infinity.  clock_ran has the spans in which it
 * ran before that, so that clock_used can be counted anew after an edit of the
 * calendar, or in another one.  Whatever follows from the clock
 * (respond_by, resolve_by, time_to_touch, next_rung_at) is stored on the row
 * when one of its causes changes, so views and the sweep only compare instants.
 */

-- Inlined.
CREATE FUNCTION pls_internal.clock_reading(alert pls.alerts, at timestamptz) RETURNS interval
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE WHEN (alert).clock_from >= at THEN (alert).clock_used
                ELSE (alert).clock_used + pls.working_time((alert).clock_from, at, (alert).calendar) END;
END;
COMMENT ON FUNCTION pls_internal.clock_reading IS
    'Working time that the alert''s clock has counted at an instant, pauses left out; errors as pls.working_time.';

-- What is due at the disposition is counted by this one.
CREATE FUNCTION pls_internal.as_resolving(alert pls.alerts) RETURNS pls.alerts
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF alert.resolve_calendar IS NOT NULL THEN
        alert.calendar := alert.resolve_calendar;
        alert.clock_used := alert.resolve_used;
    END IF;
    RETURN alert;
END;
$$;
COMMENT ON FUNCTION pls_internal.as_resolving IS
    'The alert with calendar and clock_used of the time to the disposition, to read its clock by.';

CREATE FUNCTION pls_internal.as_measured(alert pls.alerts, measured text) RETURNS pls.alerts
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN CASE measured WHEN 'resolve' THEN pls_internal.as_resolving(alert) ELSE alert END;
END;
$$;
COMMENT ON FUNCTION pls_internal.as_measured IS
    'The alert to read its clock by for an escalation step that measures respond or resolve.';

CREATE FUNCTION pls_internal.worked_in(spans tstzmultirange, calendar text) RETURNS interval
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN (SELECT coalesce(sum(pls.working_time(lower(r), upper(r), worked_in.calendar)), interval '0')
              FROM unnest(worked_in.spans) r);
END;
$$;
COMMENT ON FUNCTION pls_internal.worked_in IS
    'Working time within spans, in a calendar; errors as pls.working_time.';

-- Also at an instant before clock_from.
CREATE FUNCTION pls_internal.clock_reading_at(alert pls.alerts, at timestamptz) RETURNS interval
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF at >= alert.clock_from OR alert.clock_ran IS NULL THEN
        RETURN pls_internal.clock_reading(alert, at);
    END IF;
    RETURN pls_internal.worked_in(alert.clock_ran * tstzmultirange(tstzrange(NULL, clock_reading_at.at)), alert.calendar);
END;
$$;
COMMENT ON FUNCTION pls_internal.clock_reading_at IS
    'As pls_internal.clock_reading(), also for an instant that lies before a pause; 0 before the clock was started.';

-- When a limit is due, which may be before clock_from.
CREATE FUNCTION pls_internal.limit_instant(alert pls.alerts, within interval) RETURNS timestamptz
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    run   record;
    lacks interval := greatest(within, interval '0');
BEGIN
    IF within IS NULL THEN
        RETURN NULL;
    ELSIF alert.clock_ran IS NULL OR lacks > alert.clock_used THEN
        RETURN CASE WHEN isfinite(alert.clock_from) THEN
                        pls.due_at(alert.clock_from, greatest(lacks - alert.clock_used, interval '0'), alert.calendar) END;
    END IF;
    FOR run IN SELECT lower(r) AS began, pls.working_time(lower(r), upper(r), alert.calendar) AS worked
                 FROM unnest(alert.clock_ran) r ORDER BY 1 LOOP
        IF lacks <= run.worked THEN
            RETURN pls.due_at(run.began, lacks, alert.calendar);
        END IF;
        lacks := lacks - run.worked;
    END LOOP;
    RETURN pls_internal.clock_instant(alert, within);
END;
$$;
COMMENT ON FUNCTION pls_internal.limit_instant IS
    'When the alert''s clock will show a limit, or first did; NULL: the limit is NULL, or not reached and the clock is stopped without an end; errors as pls.due_at.';

CREATE FUNCTION pls_internal.clock_instant(alert pls.alerts, reading interval) RETURNS timestamptz
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF reading IS NULL OR NOT isfinite(alert.clock_from) THEN
        RETURN NULL;
    END IF;
    RETURN pls.due_at(alert.clock_from, greatest(reading - alert.clock_used, interval '0'), alert.calendar);
END;
$$;
COMMENT ON FUNCTION pls_internal.clock_instant IS
    'When the alert''s clock will show a reading; clock_from for a reading that has passed; NULL: the clock is stopped without an end, or the reading is NULL; errors as pls.due_at.';

CREATE FUNCTION pls_internal.step_instant(alert pls.alerts, measured text, reading interval) RETURNS timestamptz
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN pls_internal.clock_instant(pls_internal.as_measured(alert, measured), reading);
END;
$$;
COMMENT ON FUNCTION pls_internal.step_instant IS
    'When the alert''s clock will show a reading in the calendar of a limit (respond or resolve); NULL and errors as pls_internal.clock_instant.';

-- The next escalation step and when it is due: the next repetition of the last
-- one, or the next step that applies, whichever comes first on the clock.
CREATE FUNCTION pls_internal.next_escalation(alert pls.alerts, OUT level integer, OUT at timestamptz)
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    step    record;
    beyond  integer := alert.escalation_level - 1;
    reading interval;
    limit_of text;
BEGIN
    IF NOT pls_internal.is_open(alert.status) OR alert.obstacle IS NOT NULL THEN
        RETURN;
    END IF;
    LOOP
        SELECT e.level, e.repeats, e.measured,
               coalesce(e.after, e.at_share::double precision * e.within)
               + CASE WHEN e.repeats THEN (alert.escalation_repeats + 1) * e.repeat_every ELSE interval '0' END AS after
          INTO step
          FROM (SELECT r.level, r.after, r.at_share, r.repeat_every, r.repeat_limit, r.measured,
                       r.level = alert.escalation_level AS repeats,
                       CASE r.measured WHEN 'respond' THEN alert.respond_within ELSE alert.resolve_within END AS within
                  FROM pls.escalations r
                 WHERE r.motion = alert.motion AND r.level > beyond) e
         WHERE (e.measured <> 'respond' OR alert.first_touch_at IS NULL)
           AND (e.after IS NOT NULL OR e.within IS NOT NULL)
           AND (NOT e.repeats OR alert.escalation_repeats < e.repeat_limit)
         ORDER BY e.level LIMIT 1;
        EXIT WHEN NOT FOUND;
        -- of two at once the higher; readings in two calendars do not compare
        IF reading IS NULL
           OR (CASE WHEN alert.resolve_calendar IS NULL OR step.measured = limit_of OR NOT isfinite(alert.clock_from)
                    THEN step.after <= reading
                    ELSE pls_internal.step_instant(alert, step.measured, step.after)
                         <= pls_internal.step_instant(alert, limit_of, reading) END) THEN
            next_escalation.level := step.level;
            reading := step.after;
            limit_of := step.measured;
        END IF;
        EXIT WHEN NOT step.repeats;
        beyond := step.level;
    END LOOP;
    next_escalation.at := pls_internal.step_instant(alert, limit_of, reading);
END;
$$;
COMMENT ON FUNCTION pls_internal.next_escalation IS
    'The next escalation step (pls.escalations) of the alert, which may repeat the last one, and when it is due; level NULL: none is left, or the entity is not to be contacted any more; at NULL: not due while the clock is stopped.';

-- A due time that lies where no working time is, as a tool has set it, stays
-- there as long as the limit is reached no sooner and no later.
CREATE FUNCTION pls_internal.moved_due(due timestamptz, counted timestamptz, calendar text) RETURNS timestamptz
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN CASE WHEN pls.working_time(due, counted, calendar) = interval '0' THEN due ELSE counted END;
END;
$$;
COMMENT ON FUNCTION pls_internal.moved_due IS
    'The due time that the clock says (counted), or the one that was there if no working time lies between them.';

CREATE FUNCTION pls_internal.set_due_times(alert pls.alerts, anew boolean) RETURNS pls.alerts
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    respond   timestamptz;
    resolving pls.alerts := alert;
    resolve   timestamptz;
BEGIN
    IF alert.resolve_calendar IS NOT NULL THEN
        resolving := pls_internal.as_resolving(alert);
    END IF;
    resolve := pls_internal.limit_instant(resolving, alert.resolve_within);
    IF alert.first_touch_at IS NULL THEN
        respond := pls_internal.limit_instant(alert, alert.respond_within);
        alert.respond_by := CASE WHEN set_due_times.anew OR (alert.respond_by <> respond) IS NOT TRUE THEN respond
                                 ELSE pls_internal.moved_due(alert.respond_by, respond, alert.calendar) END;
    END IF;
    alert.resolve_by := CASE WHEN set_due_times.anew OR (alert.resolve_by <> resolve) IS NOT TRUE THEN resolve
                             ELSE pls_internal.moved_due(alert.resolve_by, resolve, resolving.calendar) END;
    RETURN alert;
END;
$$;
COMMENT ON FUNCTION pls_internal.set_due_times IS
    'The alert with respond_by, unless it was touched, and resolve_by as its clock says. anew: from the limits alone; else a due time stays if no working time lies between it and what the clock says.';

-- What the clock shows follows from when it ran; an alert that was entered
-- with a reading keeps it.
CREATE FUNCTION pls_internal.count_anew(alert pls.alerts) RETURNS pls.alerts
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF alert.clock_ran IS NOT NULL THEN
        alert.clock_used := pls_internal.worked_in(alert.clock_ran, alert.calendar);
    END IF;
    alert.resolve_used := CASE WHEN alert.resolve_calendar IS NULL THEN NULL
        WHEN alert.clock_ran IS NULL THEN alert.clock_used
        ELSE pls_internal.worked_in(alert.clock_ran, alert.resolve_calendar) END;
    IF alert.respond_end_of_day OR alert.resolve_end_of_day THEN
        alert := pls_internal.limits_by_day(alert, coalesce(alert.clock_began, alert.created_at));
    END IF;
    RETURN alert;
END;
$$;
COMMENT ON FUNCTION pls_internal.count_anew IS
    'The alert with what its clock shows counted anew in its calendars, from the spans in which it ran, and limits that are the end of the day; errors as pls.end_of_day.';

-- Stops the clock, until an instant or infinity, or has it run from one.
CREATE FUNCTION pls_internal.set_clock(alert pls.alerts, at timestamptz, runs_from timestamptz) RETURNS pls.alerts
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF alert.clock_from < at THEN
        IF alert.resolve_calendar IS NOT NULL THEN
            alert.resolve_used := pls_internal.clock_reading(pls_internal.as_resolving(alert), at);
        END IF;
        alert.clock_used := pls_internal.clock_reading(alert, at);
        alert.clock_ran := coalesce(alert.clock_ran, '{}') + tstzmultirange(tstzrange(alert.clock_from, at));
    END IF;
    alert.clock_from := runs_from;
    RETURN alert;
END;
$$;
COMMENT ON FUNCTION pls_internal.set_clock IS
    'The alert with its clock read at one instant and running on from another, which may be infinity.';

-- A triage alert that now qualifies begins anew, as its due times do.
CREATE FUNCTION pls_internal.begins_anew(before pls.alerts, after pls.alerts) RETURNS boolean
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN before.closed_at IS NULL AND after.lane = 'sales' AND before.lane = 'triage'
       AND (after.route, after.respond_within, after.respond_by, after.resolve_within, after.resolve_by)
           IS DISTINCT FROM
           (before.route, before.respond_within, before.respond_by, before.resolve_within, before.resolve_by);
END;
$$;
COMMENT ON FUNCTION pls_internal.begins_anew IS
    'Whether a changed alert has moved from triage to sales by a new route or limits.';

-- What a tool has written into the due times and limits themselves.  A due
-- time says what the limit is; a limit, when it is due.
CREATE FUNCTION pls_internal.adopt_limits(before pls.alerts, after pls.alerts, begins boolean) RETURNS pls.alerts
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    reading interval;
BEGIN
    IF begins THEN
        after.clock_from := after.clock_began;
        after.clock_used := interval '0';
        after.resolve_used := CASE WHEN after.resolve_calendar IS NOT NULL THEN interval '0' END;
        after.clock_ran := NULL;
        after.paused_at := NULL;
        after.paused_until := NULL;
        after.escalation_level := 0;
        after.escalation_repeats := 0;
        -- a due time without its limit is by hand, or fits the limit anyhow
        IF after.respond_by IS DISTINCT FROM before.respond_by AND after.respond_within IS NOT DISTINCT FROM before.respond_within THEN
            reading := pls_internal.clock_reading_at(after, after.respond_by);
            after.respond_within := CASE WHEN reading = after.respond_within THEN after.respond_within ELSE reading END;
        END IF;
        IF after.resolve_by IS DISTINCT FROM before.resolve_by AND after.resolve_within IS NOT DISTINCT FROM before.resolve_within THEN
            reading := pls_internal.clock_reading_at(pls_internal.as_resolving(after), after.resolve_by);
            after.resolve_within := CASE WHEN reading = after.resolve_within THEN after.resolve_within ELSE reading END;
        END IF;
        RETURN after;
    END IF;
    IF after.respond_by IS DISTINCT FROM before.respond_by THEN
        after.respond_within := pls_internal.clock_reading_at(after, after.respond_by);
    ELSIF after.respond_within IS DISTINCT FROM before.respond_within AND after.first_touch_at IS NULL THEN
        after.respond_by := pls_internal.limit_instant(after, after.respond_within);
    END IF;
    IF after.resolve_by IS DISTINCT FROM before.resolve_by THEN
        after.resolve_within := pls_internal.clock_reading_at(pls_internal.as_resolving(after), after.resolve_by);
    ELSIF after.resolve_within IS DISTINCT FROM before.resolve_within THEN
        after.resolve_by := pls_internal.limit_instant(pls_internal.as_resolving(after), after.resolve_within);
    END IF;
    RETURN after;
END;
$$;
COMMENT ON FUNCTION pls_internal.adopt_limits IS
    'The alert with limits that fit due times changed by hand, due times that fit changed limits, and a new clock when it has moved from triage to sales by a new route (begins).';

-- Until when the clock of an alert is to stand still.  Snoozing stops the
-- clock of an alert that was touched: it is the customer who is waited for.
-- It does not stop that of one that was not, for the promise to respond is
-- not put off by whom it binds.
CREATE FUNCTION pls_internal.clock_paused_until(alert pls.alerts, at timestamptz) RETURNS timestamptz
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    ends timestamptz := greatest(alert.paused_until,
        CASE WHEN alert.status = 'snoozed' AND alert.first_touch_at IS NOT NULL THEN alert.snoozed_until END);
BEGIN
    RETURN CASE WHEN ends > clock_paused_until.at THEN ends END;
END;
$$;
COMMENT ON FUNCTION pls_internal.clock_paused_until IS
    'Until when the clock of an alert must be stopped, because it is paused, or touched and snoozed; infinity: until it is resumed; NULL: it runs.';

-- Whether and until when the clock stands still, as the change asks for it.
-- Pauses and snoozes may overlap in any way: the clock stands still as long
-- as either lasts.  Setting paused_at asks for a pause, without an end unless
-- paused_until says one, and clearing it ends the pause.
CREATE FUNCTION pls_internal.apply_pause(before pls.alerts, after pls.alerts, at timestamptz)
    RETURNS pls.alerts
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    paused CONSTANT boolean := coalesce(before.paused_until > at, false);
    stood  CONSTANT timestamptz := pls_internal.clock_paused_until(before, at);
    ends   timestamptz;
BEGIN
    IF after.paused_at IS NULL AND before.paused_at IS NOT NULL THEN
        after.paused_until := NULL;
    ELSIF after.paused_until IS DISTINCT FROM before.paused_until THEN
        NULL;                           -- says itself until when
    ELSIF after.paused_at IS DISTINCT FROM before.paused_at AND NOT paused THEN
        after.paused_until := 'infinity';
    END IF;
    IF (after.paused_until > at) IS NOT TRUE THEN
        after.paused_until := NULL;     -- it is over
    END IF;
    ends := pls_internal.clock_paused_until(after, at);
    IF ends IS NOT NULL AND stood IS NOT NULL THEN
        after.clock_from := greatest(ends, at);
        after.paused_at := before.paused_at;
    ELSIF ends IS NOT NULL THEN
        after := pls_internal.set_clock(after, at, ends);
        after.paused_at := at;
    ELSE
        IF stood IS NOT NULL THEN
            after := pls_internal.set_clock(after, at, at);
        END IF;
        after.paused_at := NULL;
    END IF;
    RETURN after;
END;
$$;
COMMENT ON FUNCTION pls_internal.apply_pause IS
    'The alert with its clock stopped or running at an instant as the change of paused_at, paused_until, status and snoozed_until asks for.';

-- Reads the clock where an alert is touched or closed.
CREATE FUNCTION pls_internal.apply_readings(before pls.alerts, after pls.alerts) RETURNS pls.alerts
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    running pls.alerts;
BEGIN
    IF after.first_touch_at IS NOT NULL AND before.first_touch_at IS NULL THEN
        after.time_to_touch := pls_internal.clock_reading_at(after, after.first_touch_at);
        IF after.respond_by IS NULL AND NOT isfinite(after.clock_from) AND before.closed_at IS NULL THEN
            running := after;
            running.clock_from := after.first_touch_at;
            BEGIN
                after.respond_by := pls_internal.clock_instant(running, after.respond_within);
            EXCEPTION WHEN object_not_in_prerequisite_state OR datetime_field_overflow THEN
                NULL;   -- without working time ahead it is never due
            END;
        END IF;
    END IF;
    IF after.closed_at IS NOT NULL AND before.closed_at IS NULL THEN
        running := pls_internal.set_clock(after, after.closed_at, after.closed_at);
        -- what a pause without an end had left open
        IF NOT isfinite(after.clock_from) THEN
            BEGIN
                running := pls_internal.set_due_times(running, false);
            EXCEPTION WHEN object_not_in_prerequisite_state OR datetime_field_overflow THEN
                NULL;   -- likewise
            END;
        END IF;
        after := running;
        after.clock_from := 'infinity';
        after.paused_at := CASE WHEN after.paused_at IS DISTINCT FROM before.paused_at THEN after.paused_at END;
        after.paused_until := NULL;
    END IF;
    RETURN after;
END;
$$;
COMMENT ON FUNCTION pls_internal.apply_readings IS
    'The alert with its time to the first touch when it was touched, and its clock stopped when it was closed.';

-- A limit that somebody sets is the end of the day no longer.
CREATE FUNCTION pls_internal.end_days_by_hand(before pls.alerts, after pls.alerts) RETURNS pls.alerts
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF before.respond_end_of_day AND after.lane = before.lane
       AND (after.respond_within, after.respond_by) IS DISTINCT FROM (before.respond_within, before.respond_by) THEN
        after.respond_end_of_day := false;
    END IF;
    IF before.resolve_end_of_day AND after.lane = before.lane
       AND (after.resolve_within, after.resolve_by) IS DISTINCT FROM (before.resolve_within, before.resolve_by) THEN
        after.resolve_end_of_day := false;
    END IF;
    RETURN after;
END;
$$;
COMMENT ON FUNCTION pls_internal.end_days_by_hand IS
    'The changed alert without respond_end_of_day or resolve_end_of_day where that limit or due time was set.';

-- Moving to sales brings limits and what they are.  Who moves an alert by hand
-- may set but the limit.
CREATE FUNCTION pls_internal.begin_by_day(before pls.alerts, after pls.alerts) RETURNS pls.alerts
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    by_day CONSTANT pls.alerts := pls_internal.limits_by_day(after, after.clock_began);
BEGIN
    IF after.respond_end_of_day THEN
        after.respond_end_of_day := after.respond_within = by_day.respond_within
            OR (after.respond_within, after.respond_by) IS NOT DISTINCT FROM (before.respond_within, before.respond_by);
    END IF;
    IF after.resolve_end_of_day THEN
        after.resolve_end_of_day := after.resolve_within = by_day.resolve_within
            OR (after.resolve_within, after.resolve_by) IS NOT DISTINCT FROM (before.resolve_within, before.resolve_by);
    END IF;
    after.respond_end_of_day := coalesce(after.respond_end_of_day, false);
    after.resolve_end_of_day := coalesce(after.resolve_end_of_day, false);
    RETURN pls_internal.limits_by_day(after, after.clock_began);
END;
$$;
COMMENT ON FUNCTION pls_internal.begin_by_day IS
    'An alert that begins anew with limits that are the end of the day worked out from the move, unless that limit or due time was set by hand; errors as pls.end_of_day.';

CREATE FUNCTION pls_internal.update_clock(before pls.alerts, after pls.alerts) RETURNS pls.alerts
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    at   CONSTANT timestamptz := pls.now();
    anew CONSTANT boolean := after.closed_at IS NULL
                             AND (after.clock_from IS NULL
                                  OR (after.calendar, after.resolve_calendar) IS DISTINCT FROM (before.calendar, before.resolve_calendar)
                                  OR (after.respond_end_of_day AND NOT before.respond_end_of_day)
                                  OR (after.resolve_end_of_day AND NOT before.resolve_end_of_day));
    begins CONSTANT boolean := after.lane <> before.lane AND pls_internal.begins_anew(before, after);
BEGIN
    -- one that is reopened goes on where it stopped
    after.clock_from := CASE WHEN after.closed_at IS NULL AND before.closed_at IS NOT NULL THEN at
                             ELSE before.clock_from END;
    after.clock_used := before.clock_used;
    after.resolve_used := before.resolve_used;
    -- by hand: now, not when the evidence changed last
    after.clock_began := CASE WHEN NOT begins THEN before.clock_began
                              WHEN after.evidence_changed_at IS DISTINCT FROM before.evidence_changed_at
                              THEN coalesce(after.evidence_changed_at, at)
                              ELSE at END;
    IF before.respond_end_of_day OR before.resolve_end_of_day THEN
        after := pls_internal.end_days_by_hand(before, after);
    END IF;
    IF begins AND (after.respond_end_of_day OR after.resolve_end_of_day) THEN
        after := pls_internal.begin_by_day(before, after);
    END IF;
    after.time_to_touch := before.time_to_touch;
    after.clock_ran := before.clock_ran;
    -- the calendar may have been edited while it was closed
    IF anew OR (after.closed_at IS NULL AND before.closed_at IS NOT NULL) THEN
        after := pls_internal.count_anew(after);
    END IF;
    IF before.closed_at IS NULL THEN
        after := pls_internal.adopt_limits(before, after, begins);
    END IF;
    IF after.closed_at IS NULL THEN
        after := pls_internal.apply_pause(before, after, at);
    END IF;
    after := pls_internal.apply_readings(before, after);
    IF after.closed_at IS NULL
       AND (anew OR (after.clock_from, after.clock_used, after.resolve_used)
                    IS DISTINCT FROM (before.clock_from, before.clock_used, before.resolve_used)) THEN
        after := pls_internal.set_due_times(after, anew);
    END IF;
    SELECT n.level, n.at INTO after.next_rung, after.next_rung_at FROM pls_internal.next_escalation(after) n;
    RETURN after;
END;
$$;
COMMENT ON FUNCTION pls_internal.update_clock IS
    'The changed alert with the clock, due times and next escalation step that follow; clock_from NULL, or another calendar: counted anew from the start; errors as pls.due_at.';

CREATE FUNCTION pls_internal.start_clock() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    NEW.clock_from := coalesce(NEW.clock_from, NEW.created_at);
    NEW.clock_used := coalesce(NEW.clock_used, interval '0');
    NEW.escalation_repeats := coalesce(NEW.escalation_repeats, 0);
    NEW.calendar_of_rep := coalesce(NEW.calendar_of_rep, false);
    NEW.resolve_used := CASE WHEN NEW.resolve_calendar IS NOT NULL THEN coalesce(NEW.resolve_used, NEW.clock_used) END;
    NEW.respond_end_of_day := coalesce(NEW.respond_end_of_day, false);
    NEW.resolve_end_of_day := coalesce(NEW.resolve_end_of_day, false);
    NEW.alert_version := coalesce(NEW.alert_version, 1);
    NEW.modified_at := coalesce(NEW.modified_at, pls.now());
    IF NEW.status = 'working' OR (NEW.status = 'open' AND NEW.first_touch_at IS NOT NULL) THEN
        NEW.status := 'working';
        NEW.first_touch_at := coalesce(NEW.first_touch_at, NEW.created_at);
    END IF;
    IF NEW.first_touch_at IS NOT NULL THEN
        NEW.time_to_touch := pls_internal.clock_reading(NEW, NEW.first_touch_at);
    END IF;
    IF NEW.status IN ('done', 'withdrawn', 'expired') THEN
        NEW.closed_at := coalesce(NEW.closed_at, NEW.disposed_at, NEW.created_at);
        NEW.closed_reason := CASE WHEN NEW.status <> 'done' THEN coalesce(NEW.closed_reason, 'entered as ' || NEW.status) END;
        NEW := pls_internal.set_clock(NEW, NEW.closed_at, 'infinity');
    END IF;
    SELECT n.level, n.at INTO NEW.next_rung, NEW.next_rung_at FROM pls_internal.next_escalation(NEW) n;
    RETURN NEW;
END;
$$;
COMMENT ON FUNCTION pls_internal.start_clock IS
    'Trigger: starts the clock and the version of a new alert and sets its next escalation step.';

CREATE TRIGGER start_clock BEFORE INSERT ON pls.alerts
    FOR EACH ROW WHEN (NOT pls_internal.restoring())
    EXECUTE FUNCTION pls_internal.start_clock();
COMMENT ON TRIGGER start_clock ON pls.alerts IS 'Starts the clock of a new alert.';
ALTER TABLE pls.alerts ENABLE ALWAYS TRIGGER start_clock;

CREATE FUNCTION pls.pause_sla(alert_id bigint, until timestamptz DEFAULT NULL, note text DEFAULT NULL)
    RETURNS void
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
    SET lock_timeout = '900ms'
AS $$
#variable_conflict use_column
DECLARE
    entity text := pls_internal.held_alert_entity(pause_sla.alert_id, true);
BEGIN
    PERFORM pls_internal.check_snooze(pause_sla.until, 'pause');
    UPDATE pls.alerts a
       SET paused_at = pls.now(), paused_until = coalesce(pause_sla.until, 'infinity')
     WHERE a.entity_id = entity AND a.alert_id = pause_sla.alert_id
       AND (a.paused_until IS NULL OR a.paused_until <= pls.now());
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('the clock of alert %s is already paused', pause_sla.alert_id),
            HINT = 'Resume it with pls.resume_sla() first.';
    END IF;
    PERFORM pls.add_note(entity, pause_sla.alert_id, pause_sla.note);
EXCEPTION WHEN lock_not_available THEN
    PERFORM pls_internal.refuse_work(pause_sla.alert_id);
END;
$$;
COMMENT ON FUNCTION pls.pause_sla IS
    'Stops the alert''s clock until an instant, or (NULL) until pls.resume_sla(), for example while waiting for somebody else; due times and escalation steps move with the clock, and what was missed before stays missed; if the alert is also snoozed, the clock is stopped until both have ended; an UPDATE of paused_at and paused_until does the same; errors P0002, 55000 (closed, or already paused), 55P03 (another transaction is changing it, or has locked a table of pls), 22023 (not in the future, or more than a year ahead).';

CREATE FUNCTION pls.resume_sla(alert_id bigint, note text DEFAULT NULL) RETURNS void
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
    SET lock_timeout = '900ms'
AS $$
#variable_conflict use_column
DECLARE
    entity text := pls_internal.held_alert_entity(resume_sla.alert_id, true);
BEGIN
    UPDATE pls.alerts a
       SET paused_at = NULL
     WHERE a.entity_id = entity AND a.alert_id = resume_sla.alert_id
       AND a.paused_until > pls.now();
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('the clock of alert %s is not paused', resume_sla.alert_id),
            HINT = 'If the alert is snoozed, its clock resumes when the snooze ends.';
    END IF;
    PERFORM pls.add_note(entity, resume_sla.alert_id, resume_sla.note);
EXCEPTION WHEN lock_not_available THEN
    PERFORM pls_internal.refuse_work(resume_sla.alert_id);
END;
$$;
COMMENT ON FUNCTION pls.resume_sla IS
    'Ends the pause of the alert''s clock: it continues now, or when the snooze ends if the alert is snoozed, with the working time that was left; an UPDATE of paused_at to NULL does the same; errors P0002, 55000 (closed, or not paused), 55P03 (another transaction is changing it, or has locked a table of pls).';

-- A calendar by which alerts are counted must not go away: every view over
-- them would fail, pls.sla by the closed ones, too.
CREATE FUNCTION pls_internal.check_calendar_unused() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    used bigint;
BEGIN
    SELECT count(*) INTO used
      FROM pls.alerts a
     WHERE OLD.calendar IN (a.calendar, a.resolve_calendar);
    IF used > 0 AND NOT EXISTS (SELECT FROM pls.calendars c WHERE c.calendar = OLD.calendar) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'foreign_key_violation',
            MESSAGE = format('calendar "%s" is used by %s alert%s', OLD.calendar, used, CASE used WHEN 1 THEN '' ELSE 's' END),
            HINT = 'Set pls.alerts.calendar and resolve_calendar of these alerts, including closed ones, to another calendar first.',
            SCHEMA = 'pls', TABLE = 'calendars', CONSTRAINT = 'alerts_calendar';
    END IF;
    RETURN NULL;
END;
$$;
COMMENT ON FUNCTION pls_internal.check_calendar_unused IS
    'Constraint trigger: refuses (23503) to delete or rename a calendar that alerts use.';
CREATE CONSTRAINT TRIGGER check_calendar_unused AFTER DELETE OR UPDATE OF calendar ON pls.calendars
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NOT pls_internal.restoring())
    EXECUTE FUNCTION pls_internal.check_calendar_unused();
COMMENT ON TRIGGER check_calendar_unused ON pls.calendars IS 'A calendar that alerts use cannot be deleted or renamed.';
