/* 35_missed.sql - who held an alert when one of its limits was missed.
 *
 * While the rep who held it then still has it, the row says so by itself:
 * assigned_at is not after the due time.  Only when it goes on to somebody
 * else is the holder written down (respond_missed_by, resolve_missed_by).  So
 * the views are right at every instant, and nothing needs to be done when a
 * limit passes.  What is asked about another instant than the present one,
 * because a due time was moved, is in the log.
 */

-- When what a limit is about was done, or now.  Inlined.
CREATE FUNCTION pls_internal.respond_done_at(alert pls.alerts) RETURNS timestamptz
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT coalesce((alert).first_touch_at, (alert).closed_at, pls.now());
END;
COMMENT ON FUNCTION pls_internal.respond_done_at IS
    'When the alert was touched, else closed, else now: the first touch is missed if this is after respond_by.';

CREATE FUNCTION pls_internal.missed_by(due timestamptz, done_at timestamptz, stored text, assigned_to text, assigned_at timestamptz)
    RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE WHEN missed_by.done_at > missed_by.due THEN
                    coalesce(missed_by.stored, CASE WHEN missed_by.assigned_at <= missed_by.due THEN missed_by.assigned_to END) END;
END;
COMMENT ON FUNCTION pls_internal.missed_by IS
    'Who held an alert when a limit that was due then, and met at done_at or not yet by then, was missed: who is stored, else who has had it since before; NULL: it was not missed, or nobody held it.';

CREATE FUNCTION pls_internal.holder_at(alert_id bigint, at timestamptz) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN (SELECT l.change -> 'assigned_to' ->> 1
              FROM pls.alert_log l
             WHERE l.alert_id = holder_at.alert_id AND l.change ? 'assigned_to' AND l.at <= holder_at.at
             ORDER BY l.log_id DESC LIMIT 1);
END;
$$;
COMMENT ON FUNCTION pls_internal.holder_at IS
    'Who held an alert at an instant, by its log; NULL: nobody.';

CREATE FUNCTION pls_internal.kept_missed_by(before pls.alerts, after pls.alerts, due_was timestamptz, due timestamptz,
                                   done_at timestamptz, stored text) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    holder text;
BEGIN
    IF (done_at > due) IS NOT TRUE THEN
        RETURN NULL;
    ELSIF due IS NOT DISTINCT FROM due_was AND (stored IS NOT NULL OR after.assigned_to IS NOT DISTINCT FROM before.assigned_to) THEN
        RETURN stored;
    END IF;
    holder := CASE WHEN before.assigned_at <= due THEN before.assigned_to
                   WHEN due IS DISTINCT FROM due_was THEN pls_internal.holder_at(before.alert_id, due) END;
    -- not what the row says by itself
    RETURN CASE WHEN holder = after.assigned_to AND after.assigned_at <= due THEN NULL ELSE holder END;
END;
$$;
COMMENT ON FUNCTION pls_internal.kept_missed_by IS
    'What is to be stored of who held an alert when a limit was missed, after a change: who held it until now; where its due time was moved, who held it then; NULL: not missed, nobody, or who has it since before.';

CREATE FUNCTION pls_internal.note_missed() RETURNS trigger
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    NEW.respond_missed_by := pls_internal.kept_missed_by(OLD, NEW, OLD.respond_by, NEW.respond_by,
                                                         pls_internal.respond_done_at(NEW), NEW.respond_missed_by);
    NEW.resolve_missed_by := pls_internal.kept_missed_by(OLD, NEW, OLD.resolve_by, NEW.resolve_by,
                                                         coalesce(NEW.closed_at, pls.now()), NEW.resolve_missed_by);
    RETURN NEW;
END;
$$;
COMMENT ON FUNCTION pls_internal.note_missed IS
    'Trigger: keeps respond_missed_by and resolve_missed_by when an alert goes to somebody else, or when a due time or what met it was moved.';

-- After normalize_alert, by its name, which moves due times; as the owner,
-- for whoever may change alerts need not be let see their log.
CREATE TRIGGER note_missed BEFORE UPDATE ON pls.alerts
    FOR EACH ROW WHEN ((OLD.assigned_to, OLD.respond_by, OLD.resolve_by, OLD.first_touch_at, OLD.closed_at)
                       IS DISTINCT FROM
                       (NEW.assigned_to, NEW.respond_by, NEW.resolve_by, NEW.first_touch_at, NEW.closed_at))
    EXECUTE FUNCTION pls_internal.as_owner('note_missed');
COMMENT ON TRIGGER note_missed ON pls.alerts IS 'A missed limit is of who held the alert then.';
ALTER TABLE pls.alerts ENABLE ALWAYS TRIGGER note_missed;
