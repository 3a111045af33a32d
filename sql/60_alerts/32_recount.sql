/* 32_recount.sql - open alerts follow the edits of their calendar.
 *
 * In the transaction of the edit, each open alert of the calendar whose clock,
 * due times or ladder have become others is counted anew from its start, its
 * limits and the spans in which its clock ran.  The trigger of pls.alerts does
 * that (pls_internal.update_clock()) when clock_from is set to NULL.
 *
 * An edit waits for nobody's alert: what another session holds is skipped, and
 * what a transaction has raised that has not ended is not seen.  Both are made
 * good by the sweep (pls_internal.recounts): once at once, and once when
 * all transactions have ended that could have read the calendar as it was.
 * One of these may have raised an alert by a calendar that has been deleted
 * meanwhile: the sweep gives that another one.
 */

CREATE TABLE pls_internal.recounts (
    calendar text PRIMARY KEY,
    after    xid8 NOT NULL DEFAULT '0'
);
COMMENT ON TABLE pls_internal.recounts IS
    'Edited calendars of which the sweep is to count open alerts once more: those that another session held during the edit, or whose transaction had not ended.';
COMMENT ON COLUMN pls_internal.recounts.calendar IS 'The calendar; it may have been deleted since.';
COMMENT ON COLUMN pls_internal.recounts.after IS
    '0: the next sweep begins with that; else it ends when all transactions before this one have.';
SELECT pg_extension_config_dump('pls_internal.recounts', '');

CREATE FUNCTION pls_internal.begin_recount() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    NEW.after := '0';
    RETURN NEW;
END;
$$;
COMMENT ON FUNCTION pls_internal.begin_recount IS
    'Trigger: a transaction of the server that wrote a dump means nothing here.';
CREATE TRIGGER begin_recount BEFORE INSERT ON pls_internal.recounts
    FOR EACH ROW EXECUTE FUNCTION pls_internal.begin_recount();
COMMENT ON TRIGGER begin_recount ON pls_internal.recounts IS 'A new row, also of a dump, begins from the start.';

CREATE FUNCTION pls_internal.is_miscounted(alert pls.alerts) RETURNS boolean
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    fresh pls.alerts := pls_internal.set_due_times(pls_internal.count_anew(alert), true);
BEGIN
    SELECT n.level, n.at INTO fresh.next_rung, fresh.next_rung_at FROM pls_internal.next_escalation(fresh) n;
    RETURN fresh IS DISTINCT FROM alert;
END;
$$;
COMMENT ON FUNCTION pls_internal.is_miscounted IS
    'Whether the clock, due times or next escalation step of an open alert are others than its calendar says now; errors as pls.due_at.';

CREATE FUNCTION pls_internal.recount_alerts(calendars text[]) RETURNS bigint
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
    SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    recounted bigint;
BEGIN
    UPDATE pls.alerts a
       SET clock_from = NULL
      FROM (SELECT o.entity_id, o.alert_id
              FROM pls.alerts o
             WHERE (o.calendar = ANY (recount_alerts.calendars) OR o.resolve_calendar = ANY (recount_alerts.calendars)) AND pls_internal.is_open(o.status)
               AND pls_internal.is_miscounted(o)
             ORDER BY o.alert_id
               FOR UPDATE SKIP LOCKED) m
     WHERE a.entity_id = m.entity_id AND a.alert_id = m.alert_id;
    GET DIAGNOSTICS recounted = ROW_COUNT;
    RETURN recounted;
END;
$$;
COMMENT ON FUNCTION pls_internal.recount_alerts IS
    'Counts open alerts of the calendars anew, without those that another session holds; how many. Waits for nobody. Errors as pls.due_at.';

CREATE FUNCTION pls_internal.recount_edited() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    edited text[];
BEGIN
    CASE
    WHEN TG_OP = 'TRUNCATE' THEN
        edited := ARRAY(SELECT c.calendar FROM pls.calendars c);
    WHEN TG_OP = 'INSERT' THEN
        edited := ARRAY(SELECT DISTINCT n.calendar FROM now_known n);
    WHEN TG_OP = 'DELETE' THEN
        edited := ARRAY(SELECT DISTINCT o.calendar FROM was_known o);
    WHEN TG_TABLE_NAME = 'calendars' THEN
        edited := ARRAY(SELECT n.calendar FROM now_known n
                         WHERE NOT EXISTS (SELECT FROM was_known o
                                            WHERE o.calendar = n.calendar AND o.time_zone = n.time_zone)
                        UNION
                        SELECT o.calendar FROM was_known o
                         WHERE NOT EXISTS (SELECT FROM pls.calendars c WHERE c.calendar = o.calendar));
    ELSE
        edited := ARRAY(SELECT o.calendar FROM was_known o UNION SELECT n.calendar FROM now_known n);
    END CASE;
    -- what is edited may be the description alone
    IF edited = '{}' THEN
        RETURN NULL;
    END IF;
    INSERT INTO pls_internal.recounts (calendar)
    SELECT e FROM unnest(edited) e
     WHERE TG_TABLE_NAME = 'calendars' OR EXISTS (SELECT FROM pls.calendars c WHERE c.calendar = e)
     ORDER BY e
    ON CONFLICT (calendar) DO UPDATE SET after = '0';
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    -- between two statements a calendar may have no working time, and a
    -- transaction that keeps its snapshot meets alerts that others have changed
    BEGIN
        PERFORM pls_internal.recount_alerts(ARRAY(SELECT c.calendar FROM pls.calendars c WHERE c.calendar = ANY (edited)));
    EXCEPTION WHEN object_not_in_prerequisite_state OR datetime_field_overflow OR serialization_failure THEN
        NULL;       -- left to the next edit, else to the sweep, which says so
    END;
    RETURN NULL;
END;
$$;
COMMENT ON FUNCTION pls_internal.recount_edited IS
    'Trigger: counts open alerts of edited calendars anew, and leaves the rest to the sweep. Where an alert cannot be due for lack of working time, or was changed since the snapshot of the transaction, all are left.';

-- A dump has the alerts as they were.  By their names after the triggers that
-- check.  As the owner: whoever edits calendars need not be let see alerts.
CREATE TRIGGER recount_delete AFTER DELETE ON pls.calendar_hours REFERENCING OLD TABLE AS was_known
    FOR EACH STATEMENT WHEN (NOT pls_internal.restoring()) EXECUTE FUNCTION pls_internal.as_owner('recount_edited');
CREATE TRIGGER recount_insert AFTER INSERT ON pls.calendar_hours REFERENCING NEW TABLE AS now_known
    FOR EACH STATEMENT WHEN (NOT pls_internal.restoring()) EXECUTE FUNCTION pls_internal.as_owner('recount_edited');
CREATE TRIGGER recount_update AFTER UPDATE ON pls.calendar_hours REFERENCING OLD TABLE AS was_known NEW TABLE AS now_known
    FOR EACH STATEMENT WHEN (NOT pls_internal.restoring()) EXECUTE FUNCTION pls_internal.as_owner('recount_edited');
CREATE TRIGGER recount_truncate AFTER TRUNCATE ON pls.calendar_hours
    FOR EACH STATEMENT WHEN (NOT pls_internal.restoring()) EXECUTE FUNCTION pls_internal.as_owner('recount_edited');
CREATE TRIGGER recount_delete AFTER DELETE ON pls.holidays REFERENCING OLD TABLE AS was_known
    FOR EACH STATEMENT WHEN (NOT pls_internal.restoring()) EXECUTE FUNCTION pls_internal.as_owner('recount_edited');
CREATE TRIGGER recount_insert AFTER INSERT ON pls.holidays REFERENCING NEW TABLE AS now_known
    FOR EACH STATEMENT WHEN (NOT pls_internal.restoring()) EXECUTE FUNCTION pls_internal.as_owner('recount_edited');
CREATE TRIGGER recount_update AFTER UPDATE ON pls.holidays REFERENCING OLD TABLE AS was_known NEW TABLE AS now_known
    FOR EACH STATEMENT WHEN (NOT pls_internal.restoring()) EXECUTE FUNCTION pls_internal.as_owner('recount_edited');
CREATE TRIGGER recount_truncate AFTER TRUNCATE ON pls.holidays
    FOR EACH STATEMENT WHEN (NOT pls_internal.restoring()) EXECUTE FUNCTION pls_internal.as_owner('recount_edited');
CREATE TRIGGER recount_insert AFTER INSERT ON pls.calendars REFERENCING NEW TABLE AS now_known
    FOR EACH STATEMENT WHEN (NOT pls_internal.restoring()) EXECUTE FUNCTION pls_internal.as_owner('recount_edited');
CREATE TRIGGER recount_update AFTER UPDATE ON pls.calendars REFERENCING OLD TABLE AS was_known NEW TABLE AS now_known
    FOR EACH STATEMENT WHEN (NOT pls_internal.restoring()) EXECUTE FUNCTION pls_internal.as_owner('recount_edited');
CREATE TRIGGER recount_delete AFTER DELETE ON pls.calendars REFERENCING OLD TABLE AS was_known
    FOR EACH STATEMENT WHEN (NOT pls_internal.restoring()) EXECUTE FUNCTION pls_internal.as_owner('recount_edited');
COMMENT ON TRIGGER recount_delete ON pls.calendars IS 'An alert that is being raised by a deleted calendar gets another one.';
COMMENT ON TRIGGER recount_delete ON pls.calendar_hours IS 'Open alerts follow the calendar.';
COMMENT ON TRIGGER recount_insert ON pls.calendar_hours IS 'Open alerts follow the calendar.';
COMMENT ON TRIGGER recount_update ON pls.calendar_hours IS 'Open alerts follow the calendar.';
COMMENT ON TRIGGER recount_truncate ON pls.calendar_hours IS 'Open alerts follow the calendar.';
COMMENT ON TRIGGER recount_delete ON pls.holidays IS 'Open alerts follow the calendar.';
COMMENT ON TRIGGER recount_insert ON pls.holidays IS 'Open alerts follow the calendar.';
COMMENT ON TRIGGER recount_update ON pls.holidays IS 'Open alerts follow the calendar.';
COMMENT ON TRIGGER recount_truncate ON pls.holidays IS 'Open alerts follow the calendar.';
COMMENT ON TRIGGER recount_insert ON pls.calendars IS 'Open alerts follow the calendar, which may have taken the place of a shipped one.';
COMMENT ON TRIGGER recount_update ON pls.calendars IS 'Open alerts follow the time zone.';

CREATE FUNCTION pls_internal.recount_each(calendar text) RETURNS bigint
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
    SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    alert     record;
    recounted bigint := 0;
BEGIN
    FOR alert IN
        SELECT o.entity_id, o.alert_id FROM pls.alerts o
         WHERE recount_each.calendar IN (o.calendar, o.resolve_calendar) AND pls_internal.is_open(o.status)
         ORDER BY o.alert_id
    LOOP
        BEGIN
            UPDATE pls.alerts a
               SET clock_from = NULL
              FROM (SELECT o.entity_id, o.alert_id
                      FROM pls.alerts o
                     WHERE o.entity_id = alert.entity_id AND o.alert_id = alert.alert_id
                       AND pls_internal.is_open(o.status) AND pls_internal.is_miscounted(o)
                       FOR UPDATE SKIP LOCKED) m
             WHERE a.entity_id = m.entity_id AND a.alert_id = m.alert_id;
            IF FOUND THEN
                recounted := recounted + 1;
            END IF;
        EXCEPTION WHEN OTHERS OR ASSERT_FAILURE THEN
            NULL;       -- the caller has said so
        END;
    END LOOP;
    RETURN recounted;
END;
$$;
COMMENT ON FUNCTION pls_internal.recount_each IS
    'As pls_internal.recount_alerts(), each alert in a subtransaction of its own: what fails stays as it is.';

-- Alerts are not told apart by an index here: this is rare.
CREATE FUNCTION pls_internal.replace_calendar(gone text) RETURNS bigint
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
    SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    replaced bigint;
BEGIN
    UPDATE pls.alerts a
       SET calendar = CASE WHEN a.calendar = replace_calendar.gone THEN pls_internal.calendar_of(a.assigned_to) ELSE a.calendar END,
           resolve_calendar = nullif(a.resolve_calendar, replace_calendar.gone)
      FROM (SELECT o.entity_id, o.alert_id
              FROM pls.alerts o
             WHERE o.calendar = replace_calendar.gone OR o.resolve_calendar = replace_calendar.gone
               FOR UPDATE SKIP LOCKED) m
     WHERE a.entity_id = m.entity_id AND a.alert_id = m.alert_id;
    GET DIAGNOSTICS replaced = ROW_COUNT;
    RETURN replaced;
END;
$$;
COMMENT ON FUNCTION pls_internal.replace_calendar IS
    'Gives alerts whose calendar is not there any more the one of their rep, else the default one, and for the disposition the same; not those that another session holds. How many.';

CREATE FUNCTION pls_internal.finish_recount(calendar text, after xid8) RETURNS bigint
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    recounted bigint;
BEGIN
    IF EXISTS (SELECT FROM pls.calendars c WHERE c.calendar = finish_recount.calendar) THEN
        recounted := pls_internal.recount_alerts(ARRAY[finish_recount.calendar]);
    ELSE
        recounted := pls_internal.replace_calendar(finish_recount.calendar);
    END IF;
    IF finish_recount.after = '0' THEN
        UPDATE pls_internal.recounts r SET after = pg_current_xact_id() WHERE r.calendar = finish_recount.calendar;
    ELSE
        DELETE FROM pls_internal.recounts r
         WHERE r.calendar = finish_recount.calendar
           AND NOT EXISTS (SELECT FROM pls.alerts a
                            WHERE finish_recount.calendar IN (a.calendar, a.resolve_calendar) AND pls_internal.is_open(a.status)
                              AND pls_internal.is_miscounted(a));
    END IF;
    RETURN recounted;
END;
$$;
COMMENT ON FUNCTION pls_internal.finish_recount IS
    'Part of pls_internal.finish_recounts(): one calendar, and what becomes of its row in pls_internal.recounts; errors as pls.due_at.';

-- A calendar without working time ahead keeps no other one waiting, and an
-- alert that cannot be counted no other alert.
CREATE FUNCTION pls_internal.finish_recounts() RETURNS bigint
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    edited    record;
    task      text;
    recounted bigint := 0;
BEGIN
    FOR edited IN
        SELECT r.calendar, r.after FROM pls_internal.recounts r
         WHERE r.after < pg_snapshot_xmin(pg_current_snapshot())
         ORDER BY r.calendar
           FOR NO KEY UPDATE SKIP LOCKED
    LOOP
        task := 'recount by ' || edited.calendar;
        CONTINUE WHEN pls_internal.is_paused(task);
        BEGIN
            recounted := recounted + pls_internal.finish_recount(edited.calendar, edited.after);
            PERFORM pls_internal.note_success(task);
        EXCEPTION WHEN OTHERS OR ASSERT_FAILURE THEN
            PERFORM pls_internal.note_failure(task, '', '', SQLSTATE, SQLERRM);
            recounted := recounted + pls_internal.recount_each(edited.calendar);
        END;
    END LOOP;
    RETURN recounted;
END;
$$;
COMMENT ON FUNCTION pls_internal.finish_recounts IS
    'Step of the sweep: counts open alerts of edited calendars anew that the edit could not reach (pls_internal.recounts); how many. Waits for nobody. A calendar for which that fails is written into pls.failures, and tried again after a pause.';
