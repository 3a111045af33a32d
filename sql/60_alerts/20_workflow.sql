/* 20_workflow.sql - what happens to an alert after it was raised.
 *
 * The rules are in one BEFORE trigger, so that a tool's plain UPDATE and the
 * functions of 60_alerts/10_work.sql come to the same.  A role that works alerts needs UPDATE
 * on pls.alerts and SELECT on the configuration, and for notes INSERT
 * (entity_id, alert_id, note) on pls.alert_log.  What follows from a change
 * is written as the owner: the log and the cooldown here, the outcomes and
 * the outbox in 60_alerts/60_alert_effects.sql.
 */

-- A disposition that is being set: must exist, closes the alert.
CREATE FUNCTION pls_internal.apply_disposition(alert pls.alerts) RETURNS pls.alerts
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    chosen pls.dispositions;
BEGIN
    SELECT d.* INTO chosen
      FROM pls.dispositions d
     WHERE d.disposition = alert.disposition AND d.enabled;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'foreign_key_violation',
            MESSAGE = format('disposition "%s" does not exist', alert.disposition),
            HINT = format('Choose one of: %s.',
                (SELECT string_agg(d.disposition, ', ' ORDER BY d.disposition)
                   FROM pls.dispositions d WHERE d.enabled)),
            SCHEMA = 'pls', TABLE = 'alerts', COLUMN = 'disposition';
    END IF;
    IF chosen.reason_required AND coalesce(btrim(alert.disposition_reason), '') = '' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'not_null_violation',
            MESSAGE = format('disposition "%s" needs a reason', chosen.disposition),
            HINT = 'Set disposition_reason as well; the motion learns from it.',
            SCHEMA = 'pls', TABLE = 'alerts', COLUMN = 'disposition_reason';
    END IF;
    alert.status := 'done';
    alert.disposed_at := coalesce(alert.disposed_at, pls.now());
    IF chosen.implies_touch THEN
        alert.first_touch_at := coalesce(alert.first_touch_at, alert.disposed_at);
    END IF;
    RETURN alert;
END;
$$;
COMMENT ON FUNCTION pls_internal.apply_disposition IS
    'The alert with its disposition carried out: status, disposed_at, first_touch_at; errors 23503 (unknown disposition), 23502 (reason missing).';

-- How long an alert may be put aside.
CREATE FUNCTION pls_internal.check_snooze(until timestamptz, what text) RETURNS void
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF until <= pls.now() OR NOT isfinite(until) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('the end of a %s must be in the future', what),
            HINT = 'Use a finite time after now.',
            SCHEMA = 'pls', TABLE = 'alerts';
    ELSIF until > pls.now() + pls_internal.longest_snooze() THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('a %s can last at most %s', what, pls_internal.longest_snooze()),
            HINT = 'Use an earlier time, or dispose of the alert; the motion raises a new one when the entity qualifies again.',
            SCHEMA = 'pls', TABLE = 'alerts';
    END IF;
END;
$$;
COMMENT ON FUNCTION pls_internal.check_snooze IS
    'Refuses (22023) an instant that is not after now, or more than pls_internal.longest_snooze() ahead; what is for the message: snooze or pause; NULL passes.';

-- When somebody says that an alert was touched or disposed of.  A tool's
-- clock is not the server's: a little too early or late is taken as it is
-- meant.  The server's own clock may have been set back since the alert was
-- raised.
CREATE FUNCTION pls_internal.work_instant(at timestamptz, created_at timestamptz, what text) RETURNS timestamptz
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    skew CONSTANT interval := '5 minutes';
BEGIN
    IF at > pls.now() + skew OR at < least(work_instant.created_at, pls.now()) - skew THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('an alert cannot be %s before it was raised or in the future', what),
            DETAIL = format('It was raised at %s.', work_instant.created_at),
            HINT = 'Leave the time out to use the current time.',
            SCHEMA = 'pls', TABLE = 'alerts';
    END IF;
    RETURN greatest(least(at, pls.now()), work_instant.created_at);
END;
$$;
COMMENT ON FUNCTION pls_internal.work_instant IS
    'An instant at which an alert was touched or disposed of, not before it was raised and not in the future; error 22023 if it is so by more than five minutes, by which clocks may differ; what is for the message.';

-- What a person must not do to an alert.
CREATE FUNCTION pls_internal.check_alert_edit(before pls.alerts, after pls.alerts) RETURNS void
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF (after.entity_id, after.alert_id, after.motion, after.unit, after.created_at)
       IS DISTINCT FROM
       (before.entity_id, before.alert_id, before.motion, before.unit, before.created_at) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('the identity of alert %s cannot be changed', before.alert_id),
            DETAIL = 'entity_id, alert_id, motion, unit and created_at are fixed.',
            HINT = 'Dispose of the alert, and let the motion raise a new one.',
            SCHEMA = 'pls', TABLE = 'alerts';
    END IF;
    IF after.status = 'done' AND after.disposition IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'not_null_violation',
            MESSAGE = format('alert %s cannot be done without a disposition', before.alert_id),
            HINT = 'Set disposition instead of status; pls.dispositions lists the choices.',
            SCHEMA = 'pls', TABLE = 'alerts', COLUMN = 'disposition';
    END IF;
    IF after.status = 'snoozed' AND after.snoozed_until IS DISTINCT FROM before.snoozed_until THEN
        PERFORM pls_internal.check_snooze(after.snoozed_until, 'snooze');
    END IF;
    IF after.status = 'snoozed' AND after.snoozed_until IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'not_null_violation',
            MESSAGE = format('alert %s cannot be snoozed without an end', before.alert_id),
            HINT = 'Set snoozed_until.',
            SCHEMA = 'pls', TABLE = 'alerts', COLUMN = 'snoozed_until';
    END IF;
    IF after.assigned_to IS DISTINCT FROM before.assigned_to
       AND after.assigned_to IS NOT NULL
       AND NOT EXISTS (SELECT FROM pls.reps r WHERE r.rep = after.assigned_to) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'foreign_key_violation',
            MESSAGE = format('rep "%s" does not exist', after.assigned_to),
            HINT = 'Add a row to pls.reps first.',
            SCHEMA = 'pls', TABLE = 'alerts', COLUMN = 'assigned_to';
    END IF;
    IF after.calendar IS DISTINCT FROM before.calendar
       AND after.calendar IS NOT NULL
       AND NOT EXISTS (SELECT FROM pls.calendars c WHERE c.calendar = after.calendar) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'foreign_key_violation',
            MESSAGE = format('calendar "%s" does not exist', after.calendar),
            HINT = 'Add a row to pls.calendars first, or use NULL for around the clock.',
            SCHEMA = 'pls', TABLE = 'alerts', COLUMN = 'calendar';
    END IF;
    IF after.resolve_calendar IS DISTINCT FROM before.resolve_calendar
       AND after.resolve_calendar IS NOT NULL
       AND NOT EXISTS (SELECT FROM pls.calendars c WHERE c.calendar = after.resolve_calendar) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'foreign_key_violation',
            MESSAGE = format('calendar "%s" does not exist', after.resolve_calendar),
            HINT = 'Add a row to pls.calendars first, or use NULL for the calendar of the first touch.',
            SCHEMA = 'pls', TABLE = 'alerts', COLUMN = 'resolve_calendar';
    END IF;
    -- working time is counted to and from these, by every view
    IF NOT (coalesce(isfinite(after.respond_by), true) AND coalesce(isfinite(after.resolve_by), true)
            AND coalesce(isfinite(after.assigned_at), true) AND coalesce(isfinite(after.charged_at), true)
            AND coalesce(isfinite(after.evidence_changed_at), true) AND coalesce(isfinite(after.paused_at), true)) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'the times of an alert must be finite',
            HINT = 'Use a finite time, or NULL.',
            SCHEMA = 'pls', TABLE = 'alerts';
    END IF;
    -- negative: it was over before the alert was raised
    PERFORM pls_internal.check_span(after.respond_within, 'respond_within', at_least => - pls_internal.longest_span());
    PERFORM pls_internal.check_span(after.resolve_within, 'resolve_within', at_least => - pls_internal.longest_span());
    IF (after.respond_by IS DISTINCT FROM before.respond_by
        AND abs(extract(epoch FROM after.respond_by - before.created_at)) > extract(epoch FROM pls_internal.longest_cooldown()))
       OR (after.resolve_by IS DISTINCT FROM before.resolve_by
           AND abs(extract(epoch FROM after.resolve_by - before.created_at)) > extract(epoch FROM pls_internal.longest_cooldown())) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('an alert must be due within %s', pls_internal.longest_cooldown()),
            HINT = 'Use an earlier time, or NULL for no limit.',
            SCHEMA = 'pls', TABLE = 'alerts';
    END IF;
    IF after.clock_from IS DISTINCT FROM before.clock_from AND after.paused_at IS NOT NULL
       AND isfinite(after.clock_from) THEN
        PERFORM pls_internal.check_snooze(after.clock_from, 'pause');
    END IF;
END;
$$;
COMMENT ON FUNCTION pls_internal.check_alert_edit IS
    'Refuses edits that make no sense: another identity (55000), done without disposition or snoozed without end (23502), snoozed until the past or for too long, or an infinite or too distant instant or limit (22023), a rep or calendar that does not exist (23503).';

CREATE FUNCTION pls_internal.other_open_alert(alert pls.alerts) RETURNS bigint
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN (SELECT a.alert_id FROM pls.alerts a
             WHERE a.entity_id = alert.entity_id AND a.motion = alert.motion
               AND a.closed_at IS NULL AND a.alert_id <> alert.alert_id);
END;
$$;
COMMENT ON FUNCTION pls_internal.other_open_alert IS
    'The open alert of the same motion about the same entity but this one, as far as the role sees it; NULL: none.';

-- A rep does not see all alerts, so that another one is open may be none of
-- its business.
CREATE FUNCTION pls_internal.refuse_reopening(alert_id bigint, unit text, other bigint) RETURNS void
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF other IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('alert %s cannot be reopened', refuse_reopening.alert_id),
            HINT = 'Ask a role with access of kind revops.',
            SCHEMA = 'pls', TABLE = 'alerts', COLUMN = 'status';
    END IF;
    RAISE EXCEPTION USING
        ERRCODE = 'unique_violation',
        MESSAGE = format('alert %s cannot be reopened: alert %s for the same %s is open',
                         refuse_reopening.alert_id, other, refuse_reopening.unit),
        HINT = 'Work on that alert instead.',
        SCHEMA = 'pls', TABLE = 'alerts', CONSTRAINT = 'alerts_one_open';
END;
$$;
COMMENT ON FUNCTION pls_internal.refuse_reopening IS
    'Refuses to reopen an alert because the other one is open (23505); NULL, the role does not see that one: reveals nothing about it (55000).';

-- The status machine: open, working and snoozed are at work; done, withdrawn
-- and expired are closed and lead back to work only.
CREATE FUNCTION pls_internal.check_transition(before pls.alerts, after pls.alerts) RETURNS void
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    other bigint;
BEGIN
    IF after.status = before.status OR NOT (pls_internal.is_open(after.status) OR after.status IN ('done', 'withdrawn', 'expired')) THEN
        RETURN;     -- one that is not known is for the constraint
    END IF;
    IF before.status = 'working' AND after.status = 'open' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('alert %s has been touched and cannot go back to open', before.alert_id),
            HINT = 'Snooze it, reassign it, or dispose of it.',
            SCHEMA = 'pls', TABLE = 'alerts', COLUMN = 'status';
    END IF;
    IF after.status = 'expired' AND before.status <> 'open' AND pls_internal.is_open(before.status) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('alert %s is %s and cannot expire', before.alert_id, before.status),
            DETAIL = 'Only untouched alerts that are not snoozed can expire.',
            HINT = 'Dispose of it, or withdraw it.',
            SCHEMA = 'pls', TABLE = 'alerts', COLUMN = 'status';
    END IF;
    IF pls_internal.is_open(before.status) THEN
        RETURN;
    END IF;
    IF after.status NOT IN ('open', 'working') THEN
        RAISE EXCEPTION USING
            ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('alert %s is %s and cannot become %s', before.alert_id, before.status, after.status),
            HINT = 'Reopen it first, with pls.reopen() or UPDATE pls.alerts SET status = ''open''.',
            SCHEMA = 'pls', TABLE = 'alerts', COLUMN = 'status';
    END IF;
    other := pls_internal.other_open_alert(before);
    IF other IS NOT NULL THEN
        PERFORM pls_internal.refuse_reopening(before.alert_id, before.unit, other);
    END IF;
END;
$$;
COMMENT ON FUNCTION pls_internal.check_transition IS
    'Refuses a change of status that the status machine does not have (55000), and reopening where the role sees that another alert of the motion about the entity is open (23505).';

-- What a closed alert says, and what a reopened one forgets.
CREATE FUNCTION pls_internal.apply_closing(before pls.alerts, after pls.alerts) RETURNS pls.alerts
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    closed CONSTANT text[] := '{done,withdrawn,expired}';
BEGIN
    IF after.status <> 'done' THEN
        after.disposition := NULL;
        after.disposition_reason := NULL;
        after.disposed_at := NULL;
    END IF;
    IF after.status <> ALL (closed) THEN
        after.closed_at := NULL;
    ELSIF after.status = 'done' THEN
        after.closed_at := after.disposed_at;
    ELSE
        after.closed_at := coalesce(before.closed_at, pls.now());
    END IF;
    IF after.status IN ('withdrawn', 'expired') THEN
        after.closed_reason := coalesce(nullif(btrim(after.closed_reason), ''),
            CASE after.status WHEN 'expired' THEN 'nobody has touched it'
                 ELSE 'withdrawn by hand' END);
    ELSE
        after.closed_reason := NULL;
    END IF;
    RETURN after;
END;
$$;
COMMENT ON FUNCTION pls_internal.apply_closing IS
    'The alert with closed_at, closed_reason and disposition as its status asks for.';

-- Whose calendar an alert goes by.  Moving from triage to sales brings its own.
CREATE FUNCTION pls_internal.follow_rep(before pls.alerts, after pls.alerts) RETURNS pls.alerts
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF after.closed_at IS NOT NULL THEN
        RETURN after;
    ELSIF after.calendar IS DISTINCT FROM before.calendar AND after.calendar_of_rep = before.calendar_of_rep THEN
        IF after.lane = before.lane THEN
            after.calendar_of_rep := false;         -- set by hand
        END IF;
    ELSIF after.calendar_of_rep
          AND (NOT before.calendar_of_rep
               OR (after.assigned_to IS NOT NULL AND after.assigned_to IS DISTINCT FROM before.assigned_to)) THEN
        after.calendar := pls_internal.calendar_of(after.assigned_to);
    END IF;
    RETURN after;
END;
$$;
COMMENT ON FUNCTION pls_internal.follow_rep IS
    'The changed alert with the calendar of the rep whom it was given to, if it goes by that (calendar_of_rep); setting the calendar by hand ends that.';

CREATE FUNCTION pls_internal.normalize_alert() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- A change of snoozed_until alone says what is wanted of the status,
    -- and a change of the status alone what is wanted of the rest.
    IF NEW.snoozed_until IS DISTINCT FROM OLD.snoozed_until
       AND NEW.status = OLD.status AND pls_internal.is_open(NEW.status) THEN
        NEW.status := CASE WHEN NEW.snoozed_until IS NOT NULL THEN 'snoozed'
                           WHEN OLD.first_touch_at IS NULL THEN 'open' ELSE 'working' END;
    END IF;
    IF NEW.status = OLD.status AND OLD.status = 'done' AND NEW.disposition IS NULL THEN
        NEW.status := 'open';
    END IF;
    IF NEW.status = OLD.status AND NEW.status NOT IN ('open', 'working')
       AND NEW.snoozed_until IS DISTINCT FROM OLD.snoozed_until AND NEW.snoozed_until IS NOT NULL THEN
        NEW.status := 'snoozed';
    END IF;
    IF NEW.status = OLD.status AND OLD.status IN ('snoozed', 'expired')
       AND NEW.first_touch_at IS NOT NULL AND OLD.first_touch_at IS NULL THEN
        NEW.status := 'working';
    END IF;
    IF NEW.disposition IS NOT NULL AND (NEW.disposition IS DISTINCT FROM OLD.disposition
       OR (NEW.disposition_reason IS DISTINCT FROM OLD.disposition_reason)) THEN
        NEW := pls_internal.apply_disposition(NEW);
    END IF;
    PERFORM pls_internal.check_transition(OLD, NEW);

    -- A first touch stays the first; who is touched is worked on, and who is
    -- worked on was touched.
    NEW.first_touch_at := coalesce(OLD.first_touch_at, NEW.first_touch_at);
    IF NEW.status = 'working' THEN
        NEW.first_touch_at := coalesce(NEW.first_touch_at, pls.now());
    ELSIF NEW.status = 'open' AND NEW.first_touch_at IS NOT NULL THEN
        NEW.status := 'working';
    END IF;
    IF NEW.disposed_at IS DISTINCT FROM OLD.disposed_at AND NEW.disposed_at IS NOT NULL THEN
        NEW.disposed_at := pls_internal.work_instant(NEW.disposed_at, OLD.created_at, 'disposed of');
    END IF;
    IF OLD.first_touch_at IS NULL AND NEW.first_touch_at IS NOT NULL THEN
        NEW.first_touch_at := pls_internal.work_instant(NEW.first_touch_at, OLD.created_at, 'touched');
    END IF;
    PERFORM pls_internal.check_alert_edit(OLD, NEW);

    IF NEW.status <> 'snoozed' THEN
        NEW.snoozed_until := NULL;
    END IF;
    NEW := pls_internal.apply_closing(OLD, NEW);
    -- one whose rep has gone meanwhile is taken up by whoever's turn it is
    IF OLD.closed_at IS NOT NULL AND NEW.closed_at IS NULL AND NEW.assigned_to = OLD.assigned_to
       AND NOT EXISTS (SELECT FROM pls.reps r WHERE r.rep = OLD.assigned_to) THEN
        NEW.assigned_to := NULL;
    END IF;
    IF NEW.assigned_to IS DISTINCT FROM OLD.assigned_to THEN
        IF NEW.assigned_to IS NULL THEN
            NEW.assigned_at := NULL;
            NEW.unassigned_reason := coalesce(NEW.unassigned_reason, 'taken from ' || OLD.assigned_to);
        ELSE
            IF NEW.assigned_at IS NOT DISTINCT FROM OLD.assigned_at THEN
                NEW.assigned_at := pls.now();
            END IF;
            NEW.unassigned_reason := NULL;
        END IF;
    END IF;
    IF NEW.evidence IS DISTINCT FROM OLD.evidence
       AND NEW.evidence_changed_at IS NOT DISTINCT FROM OLD.evidence_changed_at THEN
        NEW.evidence_changed_at := pls.now();
    END IF;
    IF NEW.calendar_of_rep OR NEW.calendar IS DISTINCT FROM OLD.calendar THEN
        NEW := pls_internal.follow_rep(OLD, NEW);
    END IF;
    NEW := pls_internal.update_clock(OLD, NEW);
    NEW.alert_version := OLD.alert_version;
    NEW.modified_at := OLD.modified_at;
    IF NEW IS DISTINCT FROM OLD THEN
        NEW.alert_version := OLD.alert_version + 1;
        NEW.modified_at := pls.now();
    END IF;
    RETURN NEW;
END;
$$;
COMMENT ON FUNCTION pls_internal.normalize_alert IS
    'Trigger: derives status, timestamps, due times and version from whatever an UPDATE of pls.alerts changed; a first touch stays the first, a disposition closes, reopening clears it.';

CREATE FUNCTION pls_internal.refuse_second() RETURNS trigger
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF NEW.closed_at IS NULL AND pls_internal.other_open_alert(NEW) IS NOT NULL THEN
        PERFORM pls_internal.refuse_reopening(NEW.alert_id, NEW.unit, NULL);
    END IF;
    RETURN NEW;
END;
$$;
COMMENT ON FUNCTION pls_internal.refuse_second IS
    'Trigger: refuses (55000) to reopen an alert while the motion has another open one about the entity that the role does not see, and reveals nothing about it.';

-- After normalize_alert, by its name.
CREATE TRIGGER refuse_second BEFORE UPDATE ON pls.alerts
    FOR EACH ROW WHEN (OLD.closed_at IS NOT NULL)
    EXECUTE FUNCTION pls_internal.as_owner('refuse_second');
COMMENT ON TRIGGER refuse_second ON pls.alerts IS 'One open alert of a motion about an entity.';

CREATE TRIGGER normalize_alert BEFORE UPDATE ON pls.alerts
    FOR EACH ROW EXECUTE FUNCTION pls_internal.normalize_alert();
COMMENT ON TRIGGER normalize_alert ON pls.alerts IS 'Statuses and timestamps follow every UPDATE.';

-- The database refuses an alert about an entity that is held out.
CREATE FUNCTION pls_internal.refuse_held_out() RETURNS trigger
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- by the grade that the decision was about, which is written after the alert
    IF EXISTS (SELECT FROM pls.motions m
                CROSS JOIN LATERAL pls_internal.arm_of(
                      ROW(m.*)::pls.motions, NEW.entity_id, pls_internal.attributes_of(m.motion, NEW.entity_id),
                      coalesce(NEW.grade, pls_internal.grade_of(m.motion, NEW.entity_id)), pls.now()) a
                WHERE m.motion = NEW.motion AND a.arm = 'holdout') THEN
        RAISE EXCEPTION USING
            ERRCODE = 'check_violation',
            MESSAGE = format('%s "%s" is held out of motion "%s"', NEW.unit, NEW.entity_id, NEW.motion),
            DETAIL = 'An alert would bias the comparison between the two arms.',
            HINT = 'Wait until the pilot is over; the decisions are in pls.decisions.',
            SCHEMA = 'pls', TABLE = 'alerts', CONSTRAINT = 'alerts_not_held_out';
    END IF;
    RETURN NEW;
END;
$$;
COMMENT ON FUNCTION pls_internal.refuse_held_out IS
    'Trigger: refuses an alert about a held-out entity with 23514 (constraint alerts_not_held_out).';

CREATE TRIGGER refuse_held_out BEFORE INSERT ON pls.alerts
    FOR EACH ROW WHEN (NOT pls_internal.restoring())
    EXECUTE FUNCTION pls_internal.refuse_held_out();
COMMENT ON TRIGGER refuse_held_out ON pls.alerts IS 'No alert about a held-out entity.';

-- After a disposition the motion leaves the entity alone for its cooldown,
-- and looks again when that is over.  Sessions hold standings for as long as
-- their transactions take, and a rep does not wait for them.
CREATE FUNCTION pls_internal.start_cooldown(alert pls.alerts) RETURNS boolean
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
    SET timezone = 'UTC'
    SET lock_timeout = '10ms'
AS $$
DECLARE
    -- of an alert that was raised while the clock was ahead it is ahead, too
    began CONSTANT timestamptz := CASE WHEN pls_internal.is_ahead(alert.disposed_at) THEN pls.now()
                                       ELSE alert.disposed_at END;
    pause interval;
BEGIN
    SELECT coalesce(d.cooldown, m.cooldown) INTO pause
      FROM pls.motions m
      LEFT JOIN pls.dispositions d ON d.disposition = alert.disposition
     WHERE m.motion = alert.motion;
    IF FOUND THEN
        BEGIN
            UPDATE pls.standings s
               SET cooldown_until = pls_internal.later(began, pause),
                   decide_again_at = pls_internal.later(began, pause),
                   look_at = least(s.look_at, pls_internal.later(began, pause))
             WHERE s.entity_id = alert.entity_id AND s.motion = alert.motion
               -- a correction of one that is not the last any more begins nothing
               AND NOT EXISTS (SELECT FROM pls.alerts o
                                WHERE o.entity_id = alert.entity_id AND o.motion = alert.motion
                                  AND o.alert_id <> alert.alert_id
                                  AND greatest(o.created_at, o.disposed_at) > alert.disposed_at);
        EXCEPTION WHEN lock_not_available OR serialization_failure THEN
            PERFORM pls_internal.note_failure('cooldown', alert.motion, alert.entity_id, SQLSTATE,
                                     'another session holds the standing, so the cooldown of its alert has not started yet');
            RETURN false;
        END;
    END IF;
    RETURN true;
END;
$$;
-- Nor does anybody begin one without an end by hand.
CREATE FUNCTION pls_internal.refuse_cooldown() RETURNS trigger
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'invalid_parameter_value',
        MESSAGE = format('a cooldown can last at most %s', pls_internal.longest_cooldown()),
        HINT = 'To stop alerts for an entity permanently, add an exclusion to pls.exclusions.',
        SCHEMA = 'pls', TABLE = 'standings';
END;
$$;
COMMENT ON FUNCTION pls_internal.refuse_cooldown IS 'Trigger: refuses (22023) a cooldown that ends too late, or a decision that a role other than the owner defers for as long.';
-- What is computed may be later than the start of its transaction.
CREATE FUNCTION pls_internal.is_put_off_for_good(cooldown_was timestamptz, cooldown_until timestamptz,
                                        decide_was timestamptz, decide_again_at timestamptz)
    RETURNS boolean
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN (cooldown_until IS DISTINCT FROM cooldown_was
            AND cooldown_until > pls.now() + pls_internal.longest_cooldown() + interval '1 day')
        OR (decide_again_at IS DISTINCT FROM decide_was
            AND decide_again_at > pls.now() + pls_internal.longest_cooldown()
            AND row_security_active('pls.standings'));
END;
$$;
COMMENT ON FUNCTION pls_internal.is_put_off_for_good IS
    'Whether a standing''s cooldown has come to end too late, or a role other than the owner puts its decision off for as long.';
-- AFTER: before it, each UPDATE would lock the row by itself
-- (src/state/keyed_table.c).  A condition is read from its text for each statement,
-- hence a function.
CREATE TRIGGER refuse_cooldown AFTER UPDATE OF cooldown_until, decide_again_at ON pls.standings
    FOR EACH ROW WHEN (pls_internal.is_put_off_for_good(OLD.cooldown_until, NEW.cooldown_until,
                                               OLD.decide_again_at, NEW.decide_again_at))
    EXECUTE FUNCTION pls_internal.refuse_cooldown();
COMMENT ON TRIGGER refuse_cooldown ON pls.standings IS 'A cooldown ends.';

COMMENT ON FUNCTION pls_internal.start_cooldown IS
    'Sets the standing''s cooldown by the alert''s disposition, else by its motion, from disposed_at (from now where that lies ahead of the clock), unless the motion has had a later alert about the entity; false: another session holds the standing, and it is a failure (cooldown) that the next decision or sweep makes up for.';

CREATE FUNCTION pls_internal.start_missed_cooldown(motion text, entity_id text) RETURNS void
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    alert pls.alerts;
BEGIN
    SELECT a.* INTO alert FROM pls.alerts a
     WHERE a.entity_id = start_missed_cooldown.entity_id AND a.motion = start_missed_cooldown.motion AND a.disposed_at IS NOT NULL
     ORDER BY a.disposed_at DESC, a.alert_id DESC LIMIT 1;
    -- there is none if it was reopened
    IF NOT FOUND OR pls_internal.start_cooldown(alert) THEN
        PERFORM pls_internal.note_success('cooldown', start_missed_cooldown.motion, start_missed_cooldown.entity_id);
    END IF;
END;
$$;
COMMENT ON FUNCTION pls_internal.start_missed_cooldown IS
    'Starts the cooldown of the alert about the entity that was disposed of last, which could not start then: another session held the standing.';

CREATE FUNCTION pls_internal.start_missed_cooldowns(at_most integer) RETURNS void
    LANGUAGE sql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT pls_internal.start_missed_cooldown(f.motion, f.entity_id)
      FROM (SELECT l.motion, l.entity_id FROM pls.failures l
             WHERE l.task = 'cooldown' ORDER BY l.entity_id, l.motion LIMIT at_most FOR UPDATE SKIP LOCKED) f
$$;
COMMENT ON FUNCTION pls_internal.start_missed_cooldowns IS
    'Step of the sweep: pls_internal.start_missed_cooldown() for at most this many entities whose cooldown could not start.';

CREATE FUNCTION pls_internal.log_alert() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
    SET timezone = 'UTC'
AS $$
DECLARE
    before jsonb;
    change jsonb;
BEGIN
    IF TG_OP = 'INSERT' THEN
        change := jsonb_build_object(
            'status', CASE WHEN NEW.status IS NOT NULL THEN jsonb_build_array(NULL, NEW.status) END,
            'lane', CASE WHEN NEW.lane IS NOT NULL THEN jsonb_build_array(NULL, NEW.lane) END,
            'score', CASE WHEN NEW.score IS NOT NULL THEN jsonb_build_array(NULL, NEW.score) END,
            'grade', CASE WHEN NEW.grade IS NOT NULL THEN jsonb_build_array(NULL, NEW.grade) END,
            'route', CASE WHEN NEW.route IS NOT NULL THEN jsonb_build_array(NULL, NEW.route) END,
            'pool', CASE WHEN NEW.pool IS NOT NULL THEN jsonb_build_array(NULL, NEW.pool) END,
            'assigned_to', CASE WHEN NEW.assigned_to IS NOT NULL THEN jsonb_build_array(NULL, NEW.assigned_to) END,
            'unassigned_reason', CASE WHEN NEW.unassigned_reason IS NOT NULL THEN jsonb_build_array(NULL, NEW.unassigned_reason) END,
            'respond_by', CASE WHEN NEW.respond_by IS NOT NULL THEN jsonb_build_array(NULL, NEW.respond_by) END,
            'resolve_by', CASE WHEN NEW.resolve_by IS NOT NULL THEN jsonb_build_array(NULL, NEW.resolve_by) END);
        change := jsonb_strip_nulls(change);
    ELSE
        before := to_jsonb(OLD);
        SELECT jsonb_object_agg(n.key, jsonb_build_array(before -> n.key, n.value))
          INTO change
          FROM jsonb_each(to_jsonb(NEW)) n
         WHERE n.value IS DISTINCT FROM coalesce(before -> n.key, 'null')
           -- what follows from the rest
           AND n.key <> ALL (ARRAY['clock_from', 'clock_used', 'resolve_used', 'clock_ran', 'clock_began', 'time_to_touch', 'next_rung', 'next_rung_at', 'closed_at',
                                           'next_best_contact', 'contact_at', 'respond_missed_by', 'resolve_missed_by', 'alert_version', 'modified_at']);
    END IF;
    IF change IS NOT NULL THEN
        INSERT INTO pls.alert_log (entity_id, alert_id, at, actor, change)
        VALUES (NEW.entity_id, NEW.alert_id,
                CASE WHEN TG_OP = 'INSERT' THEN NEW.created_at ELSE pls.now() END, pls_internal.actor(), change);
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.disposition IS NOT NULL
       AND (NEW.disposition IS DISTINCT FROM OLD.disposition
            OR NEW.disposed_at IS DISTINCT FROM OLD.disposed_at) THEN
        PERFORM pls_internal.start_cooldown(NEW);
    END IF;
    RETURN NULL;
END;
$$;
COMMENT ON FUNCTION pls_internal.log_alert IS
    'Trigger: writes pls.alert_log for every alert raised or changed, and starts the cooldown of a disposition.';

-- Written as the owner: whoever works alerts must not write their history.
-- A dump brings the log of its rows, and updates none: only what is inserted
-- may go by unlogged, or whoever works alerts could have it so by two settings.
CREATE TRIGGER log_alert AFTER UPDATE ON pls.alerts
    FOR EACH ROW EXECUTE FUNCTION pls_internal.as_owner('log_alert');
CREATE TRIGGER log_new_alert AFTER INSERT ON pls.alerts
    FOR EACH ROW WHEN (NOT pls_internal.restoring())
    EXECUTE FUNCTION pls_internal.as_owner('log_alert');
COMMENT ON TRIGGER log_alert ON pls.alerts IS 'Every change is logged.';
COMMENT ON TRIGGER log_new_alert ON pls.alerts IS 'Every alert raised is logged.';

-- Also beneath the apply worker of logical replication, whose inserts into a
-- watched table raise alerts with pls.watch(..., always => true).
ALTER TABLE pls.alerts ENABLE ALWAYS TRIGGER normalize_alert;
ALTER TABLE pls.alerts ENABLE ALWAYS TRIGGER refuse_second;
ALTER TABLE pls.alerts ENABLE ALWAYS TRIGGER refuse_held_out;
ALTER TABLE pls.alerts ENABLE ALWAYS TRIGGER log_alert;
ALTER TABLE pls.alerts ENABLE ALWAYS TRIGGER log_new_alert;

-- A rep or pool that an alert names must not go away under it: it would be
-- with nobody, and no sweep would find it.  Nor take another name, for turns
-- are counted from the alerts by the name that they have.
CREATE FUNCTION pls_internal.refuse_while_used(kind text, name text, used bigint, renamed boolean) RETURNS void
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF used > 0 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'foreign_key_violation',
            MESSAGE = format('%s "%s" has %s %s', kind, name, used,
                             CASE WHEN renamed THEN 'alert' ELSE 'open alert' END || CASE used WHEN 1 THEN '' ELSE 's' END),
            HINT = CASE WHEN renamed THEN format('Create a new %s instead of renaming this one.', kind)
                        WHEN kind = 'rep' THEN 'Reassign them first, or set pls.reps.active to false.'
                        ELSE 'Set pls.alerts.pool of these alerts to another pool first.' END,
            SCHEMA = 'pls', TABLE = kind || 's', CONSTRAINT = 'alerts_' || kind;
    END IF;
END;
$$;
COMMENT ON FUNCTION pls_internal.refuse_while_used IS
    'Error 23503 if a rep or pool that is renamed or deleted has alerts.';

CREATE FUNCTION pls_internal.check_rep_unused() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM pls.reps r WHERE r.rep = OLD.rep) THEN
        PERFORM pls_internal.refuse_while_used('rep', OLD.rep, count(*), TG_OP = 'UPDATE')
           FROM pls.alerts a
          WHERE CASE WHEN TG_OP = 'UPDATE' THEN OLD.rep IN (a.assigned_to, a.charged_to)
                     ELSE a.assigned_to = OLD.rep AND pls_internal.is_open(a.status) END;
    END IF;
    RETURN NULL;
END;
$$;
COMMENT ON FUNCTION pls_internal.check_rep_unused IS
    'Constraint trigger: refuses (23503) to delete a rep with open alerts, or to rename one who has had any.';
CREATE CONSTRAINT TRIGGER check_rep_unused AFTER DELETE OR UPDATE OF rep ON pls.reps
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NOT pls_internal.restoring())
    EXECUTE FUNCTION pls_internal.check_rep_unused();
COMMENT ON TRIGGER check_rep_unused ON pls.reps IS 'A rep with open alerts cannot be deleted.';

CREATE FUNCTION pls_internal.check_pool_unused() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM pls.pools p WHERE p.pool = OLD.pool) THEN
        PERFORM pls_internal.refuse_while_used('pool', OLD.pool, count(*), TG_OP = 'UPDATE')
           FROM pls.alerts a
          WHERE a.pool = OLD.pool
            AND (TG_OP = 'UPDATE' OR pls_internal.is_open(a.status));
    END IF;
    RETURN NULL;
END;
$$;
COMMENT ON FUNCTION pls_internal.check_pool_unused IS
    'Constraint trigger: refuses (23503) to delete a pool with open alerts, or to rename one that has had any.';
CREATE CONSTRAINT TRIGGER check_pool_unused AFTER DELETE OR UPDATE OF pool ON pls.pools
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NOT pls_internal.restoring())
    EXECUTE FUNCTION pls_internal.check_pool_unused();
COMMENT ON TRIGGER check_pool_unused ON pls.pools IS 'A pool with open alerts cannot be deleted.';
