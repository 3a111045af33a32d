/* 10_work.sql - the functions by which people work an alert.
 *
 * Each takes the alert first, for which it waits less than a second, and then
 * updates it; what follows from that is in 60_alerts/20_workflow.sql.  For that,
 * too, it waits less than a second: somebody may have locked a whole table.
 */

CREATE FUNCTION pls_internal.alert_holders(place tid) RETURNS xid[]
    AS 'MODULE_PATHNAME', 'pls_alert_holders' LANGUAGE C STABLE STRICT PARALLEL RESTRICTED COST 100;
COMMENT ON FUNCTION pls_internal.alert_holders IS
    'The other running transactions, including prepared ones, that have changed, deleted or locked this row of pls.alerts; empty: it is free.';

-- Rows of a locked table cannot be looked at: then whoever has locked it is
-- named.
CREATE FUNCTION pls_internal.refuse_work(alert_id bigint) RETURNS void
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    holders text;
BEGIN
    IF pls_internal.locked_table('pls.alerts') IS NULL THEN
        holders := (SELECT pls_internal.holders_text('write', NULL, pls_internal.alert_holders(a.ctid))
                      FROM pls.alerts a WHERE a.alert_id = refuse_work.alert_id);
    END IF;
    IF holders IS NOT NULL THEN
        PERFORM pls_internal.refuse_held(format('alert %s is being changed by another transaction', refuse_work.alert_id),
                                holders, 'Try again in a moment.');
    END IF;
    PERFORM pls_internal.refuse_held(format('a table needed to change alert %s is locked', refuse_work.alert_id),
                            pls_internal.holders_text('write', pls_internal.own_tables()),
                            'Try again when that transaction has ended.');
END;
$$;
COMMENT ON FUNCTION pls_internal.refuse_work IS
    'Raises 55P03: another transaction holds an alert, or has locked a table of pls that is needed to change it; names the holder.';

-- Whoever clicks waits less than deadlock_timeout, so that tools which work on
-- several alerts in one transaction, each in an order of its own, get this
-- error and no deadlock.
CREATE FUNCTION pls_internal.hold_alert(alert_id bigint) RETURNS void
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
    SET lock_timeout = '900ms'
AS $$
#variable_conflict use_column
BEGIN
    PERFORM FROM pls.alerts a WHERE a.alert_id = hold_alert.alert_id FOR NO KEY UPDATE;
EXCEPTION WHEN lock_not_available THEN
    PERFORM pls_internal.refuse_work(hold_alert.alert_id);
END;
$$;
COMMENT ON FUNCTION pls_internal.hold_alert IS
    'Locks an alert for this transaction; error 55P03, which names the holder, if another transaction has it, or has locked the table, for about a second.';

-- The entity of an alert, for the functions below.
CREATE FUNCTION pls_internal.held_alert_entity(alert_id bigint, is_open boolean) RETURNS text
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    entity text;
    state  text;
BEGIN
    PERFORM pls_internal.hold_alert(held_alert_entity.alert_id);
    SELECT a.entity_id, a.status INTO entity, state
      FROM pls.alerts a
     WHERE a.alert_id = held_alert_entity.alert_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'no_data_found',
            MESSAGE = format('alert %s does not exist', coalesce(held_alert_entity.alert_id::text, 'NULL')),
            HINT = CASE WHEN is_open THEN 'pls.open_alerts lists the open alerts.'
                   ELSE 'pls.alerts lists all alerts.' END;
    END IF;
    IF is_open <> pls_internal.is_open(state) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('alert %s is %s', held_alert_entity.alert_id, state),
            HINT = CASE WHEN is_open THEN 'Reopen it with pls.reopen() first.'
                   ELSE 'Only alerts that are done, withdrawn or expired can be reopened.' END;
    END IF;
    RETURN entity;
END;
$$;
COMMENT ON FUNCTION pls_internal.held_alert_entity IS
    'The entity of an alert that is open, working or snoozed (is_open), or that is closed, and locked from now on; errors P0002 (no such alert), 55000 (it is not in that state), 55P03 (somebody else has it for about a second).';

CREATE FUNCTION pls.add_note(entity_id text, alert_id bigint, note text) RETURNS void
    LANGUAGE sql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
    INSERT INTO pls.alert_log (entity_id, alert_id, note)
    SELECT add_note.entity_id, add_note.alert_id, add_note.note
     WHERE btrim(add_note.note) <> ''
$$;
COMMENT ON FUNCTION pls.add_note IS
    'Adds a note to the alert''s log, unless it is NULL or blank.';

CREATE FUNCTION pls.touch(alert_id bigint, note text DEFAULT NULL) RETURNS void
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
    SET lock_timeout = '900ms'
AS $$
#variable_conflict use_column
DECLARE
    entity text := pls_internal.held_alert_entity(touch.alert_id, true);
BEGIN
    UPDATE pls.alerts a
       SET status = 'working', first_touch_at = coalesce(a.first_touch_at, pls.now())
     WHERE a.entity_id = entity AND a.alert_id = touch.alert_id;
    PERFORM pls.add_note(entity, touch.alert_id, touch.note);
EXCEPTION WHEN lock_not_available THEN
    PERFORM pls_internal.refuse_work(touch.alert_id);
END;
$$;
COMMENT ON FUNCTION pls.touch IS
    'Records that the rep has been in touch: sets status working, and first_touch_at if it is the first time; the note goes to the log; errors P0002, 55000, 55P03 (another transaction is changing it, or has locked a table of pls).';

CREATE FUNCTION pls.dispose(alert_id bigint, disposition text, reason text DEFAULT NULL)
    RETURNS void
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
    SET lock_timeout = '900ms'
AS $$
#variable_conflict use_column
DECLARE
    entity text := pls_internal.held_alert_entity(dispose.alert_id, true);
BEGIN
    IF dispose.disposition IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'null_value_not_allowed',
            MESSAGE = 'disposition must not be null',
            HINT = 'pls.dispositions lists the dispositions.';
    END IF;
    UPDATE pls.alerts a
       SET disposition = dispose.disposition, disposition_reason = dispose.reason
     WHERE a.entity_id = entity AND a.alert_id = dispose.alert_id;
EXCEPTION WHEN lock_not_available THEN
    PERFORM pls_internal.refuse_work(dispose.alert_id);
END;
$$;
COMMENT ON FUNCTION pls.dispose IS
    'Closes the alert with a row of pls.dispositions and starts its cooldown; errors P0002, 55000, 55P03 (another transaction is changing it, or has locked a table of pls), 22004 (no disposition), 23503 (unknown), 23502 (reason missing).';

CREATE FUNCTION pls.snooze(alert_id bigint, until timestamptz, note text DEFAULT NULL)
    RETURNS void
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
    SET lock_timeout = '900ms'
AS $$
#variable_conflict use_column
DECLARE
    entity text := pls_internal.held_alert_entity(snooze.alert_id, true);
BEGIN
    PERFORM pls_internal.check_snooze(coalesce(snooze.until, '-infinity'), 'snooze');
    UPDATE pls.alerts a
       SET status = 'snoozed', snoozed_until = snooze.until
     WHERE a.entity_id = entity AND a.alert_id = snooze.alert_id;
    PERFORM pls.add_note(entity, snooze.alert_id, snooze.note);
EXCEPTION WHEN lock_not_available THEN
    PERFORM pls_internal.refuse_work(snooze.alert_id);
END;
$$;
COMMENT ON FUNCTION pls.snooze(bigint, timestamptz, text) IS
    'Snoozes the alert until a given time; the clock of a touched alert is stopped until then, the clock of an untouched one keeps running; errors P0002, 55000, 55P03 (another transaction is changing it, or has locked a table of pls), 22023 (not in the future, or more than a year ahead).';

-- A day is 24 hours, as in every window.
CREATE FUNCTION pls.snooze(alert_id bigint, duration interval, note text DEFAULT NULL)
    RETURNS void
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM pls_internal.check_span(snooze.duration, 'snooze', at_most => pls_internal.longest_snooze());
    PERFORM pls.snooze(snooze.alert_id, pls.now() + make_interval(secs => date_part('epoch', snooze.duration)), snooze.note);
END;
$$;
COMMENT ON FUNCTION pls.snooze(bigint, interval, text) IS
    'Snoozes the alert for a while from now, in days or less (a day is 24 hours); otherwise as with the time at which the snooze ends. Errors as there, and 22023 (not a positive span, in months, or longer than a year).';

-- A literal without a type would fit both: it is read here.
CREATE FUNCTION pls.snooze(alert_id bigint, until text, note text DEFAULT NULL)
    RETURNS void
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    at   timestamptz;
    span interval;
BEGIN
    BEGIN
        at := snooze.until::timestamptz;
    EXCEPTION WHEN data_exception THEN
        BEGIN
            -- a number alone would be seconds
            span := CASE WHEN snooze.until ~ '[[:alpha:]]' THEN snooze.until::interval END;
        EXCEPTION WHEN data_exception THEN
            NULL;
        END;
        IF span IS NULL THEN
            RAISE EXCEPTION USING
                ERRCODE = 'invalid_datetime_format',
                MESSAGE = format('"%s" is neither a time nor a span of time', snooze.until),
                HINT = 'Give the end of the snooze, such as ''2026-03-05 09:00'', or how long it lasts, such as ''2 days''.';
        END IF;
    END;
    IF span IS NULL THEN
        PERFORM pls.snooze(snooze.alert_id, at, snooze.note);
    ELSE
        PERFORM pls.snooze(snooze.alert_id, span, snooze.note);
    END IF;
END;
$$;
COMMENT ON FUNCTION pls.snooze(bigint, text, text) IS
    'Snoozes the alert until a time, or for a while: what a quoted literal means, such as ''2026-03-05 09:00'' or ''2 days''. Errors as with the time at which the snooze ends, and 22007 (neither a time nor a span of time).';

CREATE FUNCTION pls_internal.check_assignee(alert_id bigint, rep text) RETURNS void
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    why_not text := pls_internal.owner_why_not(check_assignee.rep, pls.now(), false);
BEGIN
    IF why_not IS NOT NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('alert %s cannot be assigned to "%s"', check_assignee.alert_id, check_assignee.rep),
            DETAIL = format('The rep is %s.', why_not),
            HINT = 'Choose a rep who is active and not absent.';
    END IF;
END;
$$;
COMMENT ON FUNCTION pls_internal.check_assignee IS
    'Refuses (22023) to assign an alert to somebody who is not a rep, is inactive or absent.';

CREATE FUNCTION pls.reassign(alert_id bigint, rep text, note text DEFAULT NULL)
    RETURNS void
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
    SET lock_timeout = '900ms'
AS $$
#variable_conflict use_column
DECLARE
    entity text := pls_internal.held_alert_entity(reassign.alert_id, true);
BEGIN
    PERFORM pls_internal.check_assignee(reassign.alert_id, reassign.rep);
    UPDATE pls.alerts a
       SET assigned_to = reassign.rep
     WHERE a.entity_id = entity AND a.alert_id = reassign.alert_id;
    PERFORM pls.add_note(entity, reassign.alert_id, reassign.note);
EXCEPTION WHEN lock_not_available THEN
    PERFORM pls_internal.refuse_work(reassign.alert_id);
END;
$$;
COMMENT ON FUNCTION pls.reassign IS
    'Reassigns the alert to another rep; the turn stays charged to the same rep, and the deadlines stay unless the alert goes by the calendar of its rep (pls.alerts.calendar_of_rep); errors P0002, 55000, 55P03 (another transaction is changing it, or has locked a table of pls), 22023 (not a rep, inactive, absent), 42501 (the caller has access of kind rep, and the new rep is in none of its pools).';

CREATE FUNCTION pls.withdraw(alert_id bigint, reason text) RETURNS void
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
    SET lock_timeout = '900ms'
AS $$
#variable_conflict use_column
DECLARE
    entity text := pls_internal.held_alert_entity(withdraw.alert_id, true);
BEGIN
    IF coalesce(btrim(withdraw.reason), '') = '' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'null_value_not_allowed',
            MESSAGE = 'withdrawing an alert requires a reason',
            HINT = 'Describe the reason in a few words.';
    END IF;
    UPDATE pls.alerts a
       SET status = 'withdrawn', closed_reason = withdraw.reason
     WHERE a.entity_id = entity AND a.alert_id = withdraw.alert_id;
EXCEPTION WHEN lock_not_available THEN
    PERFORM pls_internal.refuse_work(withdraw.alert_id);
END;
$$;
COMMENT ON FUNCTION pls.withdraw IS
    'Closes an alert that should not have been raised, without a disposition; the cooldown of the motion begins, so that it is not raised again at once. Errors P0002, 55000, 55P03 (another transaction is changing it, or has locked a table of pls), 22004 (no reason).';

-- The wait is shorter than deadlock_timeout, as in pls_internal.hold_alert().
CREATE FUNCTION pls_internal.refuse_second_alert(entity_id text) RETURNS void
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    lockers CONSTANT text := pls_internal.holders_text('write', pls_internal.own_tables());
    what    CONSTANT text := format('another transaction is blocking an alert for "%s"', refuse_second_alert.entity_id);
BEGIN
    IF lockers IS NOT NULL THEN
        PERFORM pls_internal.refuse_held(what, lockers, 'Try again when that transaction has ended.');
    END IF;
    RAISE EXCEPTION USING
        ERRCODE = 'lock_not_available',
        MESSAGE = what,
        DETAIL = 'It is opening an alert itself, and a motion has at most one open alert per entity.',
        HINT = 'Try again when it has ended; the alert may already be open then.';
END;
$$;
COMMENT ON FUNCTION pls_internal.refuse_second_alert IS
    'Raises 55P03: another transaction decides whether an alert for the entity can be opened.';

CREATE FUNCTION pls.reopen(alert_id bigint, note text DEFAULT NULL) RETURNS void
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
    SET lock_timeout = '900ms'
AS $$
#variable_conflict use_column
DECLARE
    entity text := pls_internal.held_alert_entity(reopen.alert_id, false);
BEGIN
    UPDATE pls.alerts a SET status = 'open'
     WHERE a.entity_id = entity AND a.alert_id = reopen.alert_id;
    PERFORM pls.add_note(entity, reopen.alert_id, reopen.note);
EXCEPTION
    WHEN lock_not_available THEN
        PERFORM pls_internal.refuse_second_alert(entity);
    WHEN unique_violation THEN
        -- it may have been opened while this waited
        PERFORM pls_internal.refuse_reopening(a.alert_id, a.unit, pls_internal.other_open_alert(a)) FROM pls.alerts a
          WHERE a.entity_id = entity AND a.alert_id = reopen.alert_id;
END;
$$;
COMMENT ON FUNCTION pls.reopen IS
    'Reopens an alert that is done, withdrawn or expired: its status is working if it was touched, else open, and its clock continues where it stopped; errors P0002, 55000 (not closed), 55P03 (another transaction is changing it, is opening another alert, or has locked a table of pls), 23505 (another alert for the entity is open).';
