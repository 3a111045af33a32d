/* 05_alert_states.sql - how an alert stands at pls.now(), for views.
 *
 * What was written of an alert may be behind the clock: the sweep has yet to
 * wake it.  These functions are inlined, and take a row of pls.alerts whose
 * columns the planner sees; working time is counted only for rows and columns
 * that need it.
 */

CREATE FUNCTION pls_internal.status_now(alert pls.alerts) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE WHEN (alert).status <> 'snoozed' OR (alert).snoozed_until > pls.now() THEN (alert).status
                WHEN (alert).first_touch_at IS NULL THEN 'open'
                ELSE 'working' END;
END;
COMMENT ON FUNCTION pls_internal.status_now IS
    'Status of an alert as of pls.now(): one whose snooze is over is open or working.';

CREATE FUNCTION pls_internal.is_overdue(alert pls.alerts) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT (alert).resolve_by < pls.now() OR ((alert).first_touch_at IS NULL AND (alert).respond_by < pls.now());
END;
COMMENT ON FUNCTION pls_internal.is_overdue IS
    'Whether an open alert is past one of its deadlines as of pls.now(); NULL: no.';

CREATE FUNCTION pls_internal.next_limit(alert pls.alerts) RETURNS TABLE (due timestamptz, within interval, calendar text, used interval)
    LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
    SELECT CASE WHEN (alert).first_touch_at IS NULL AND (alert).respond_within IS NOT NULL
                THEN (alert).respond_by ELSE (alert).resolve_by END,
           CASE WHEN (alert).first_touch_at IS NULL AND (alert).respond_within IS NOT NULL
                THEN (alert).respond_within ELSE (alert).resolve_within END,
           CASE WHEN (alert).resolve_calendar IS NULL OR ((alert).first_touch_at IS NULL AND (alert).respond_within IS NOT NULL)
                THEN (alert).calendar ELSE (alert).resolve_calendar END,
           CASE WHEN (alert).resolve_calendar IS NULL OR ((alert).first_touch_at IS NULL AND (alert).respond_within IS NOT NULL)
                THEN (alert).clock_used ELSE (alert).resolve_used END;
END;
COMMENT ON FUNCTION pls_internal.next_limit IS
    'What is due next of an alert: the first touch, after it the disposition, with its calendar and what the clock shows in that at clock_from; due NULL: no limit, or paused without an end.';

CREATE FUNCTION pls_internal.reading_in(alert pls.alerts, at timestamptz, calendar text, used interval) RETURNS interval
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE WHEN (alert).clock_from >= at THEN used
                ELSE used + pls.working_time((alert).clock_from, at, reading_in.calendar) END;
END;
COMMENT ON FUNCTION pls_internal.reading_in IS
    'Working time that the alert''s clock has counted at an instant in a calendar, in which it shows used at clock_from; errors as pls.working_time.';

CREATE FUNCTION pls_internal.limit_state(alert pls.alerts, within interval, due timestamptz, done_at timestamptz, calendar text) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE WHEN within IS NULL THEN NULL
                WHEN done_at <= due THEN 'met'
                WHEN done_at IS NOT NULL OR (alert).closed_at > due THEN 'missed'
                WHEN (alert).closed_at IS NOT NULL THEN CASE (alert).status WHEN 'done' THEN 'met' END
                WHEN due < pls.now() THEN 'breached'
                WHEN (alert).clock_from > pls.now() THEN 'paused'
                WHEN pls.working_time(pls.now(), due, limit_state.calendar) <= within / 4 THEN 'at risk'
                ELSE 'ok' END;
END;
COMMENT ON FUNCTION pls_internal.limit_state IS
    'How an alert stands to a limit as of pls.now(): ok, at risk (a quarter of it or less is left), breached, paused, met or missed; NULL: no limit, or withdrawn or expired before it was due. done_at: when what is limited was done, other than by closing the alert.';

CREATE FUNCTION pls_internal.limit_time_left(alert pls.alerts, within interval, due timestamptz, calendar text, used interval) RETURNS interval
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE WHEN due < pls.now() THEN
                    make_interval(secs => least(date_part('epoch', within)
                                                - date_part('epoch', pls_internal.reading_in(alert, pls.now(), limit_time_left.calendar, used)), 0))
                WHEN (alert).clock_from > pls.now() THEN
                    make_interval(secs => date_part('epoch', within) - date_part('epoch', used))
                ELSE pls.working_time(pls.now(), due, limit_time_left.calendar) END;
END;
COMMENT ON FUNCTION pls_internal.limit_time_left IS
    'Working time until a limit of an open alert is due, as of pls.now(); negative: overdue by; while its clock stands still, what will be left.';

CREATE FUNCTION pls_internal.limit_late_by(alert pls.alerts, within interval, due timestamptz, done_at timestamptz, taken interval,
                                   calendar text, used interval)
    RETURNS interval
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE WHEN coalesce(done_at, (alert).closed_at, pls.now()) > due THEN
                    make_interval(secs => greatest(
                        date_part('epoch', CASE WHEN taken IS NOT NULL THEN taken
                                                ELSE pls_internal.reading_in(alert, pls.now(), limit_late_by.calendar, used) END)
                        - date_part('epoch', within), 0)) END;
END;
COMMENT ON FUNCTION pls_internal.limit_late_by IS
    'Working time by which a limit was missed, or is so far; taken: how long it took (NULL: as long as the clock shows); NULL: it was not.';

CREATE FUNCTION pls_internal.whole_seconds(span interval) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT round(extract(epoch FROM span))::bigint;
END;
COMMENT ON FUNCTION pls_internal.whole_seconds IS
    'A span of time as seconds, for tools that know no intervals. NULL: NULL.';
