/* 38_retention.sql - forgetting what is older than pls.retention says.
 *
 * Rows are gone through by age, from where the last sweep has stopped
 * (pls_internal.retention_marks), so that those that stay cost nothing at the
 * next sweep.  A row that has to stay, or that somebody holds, is looked at
 * again when that begins anew, a day later.
 */

CREATE INDEX decisions_by_age ON pls.decisions (decided_at, decision_id);
COMMENT ON INDEX pls.decisions_by_age IS 'Which decisions to forget.';
CREATE INDEX alert_log_by_age ON pls.alert_log (at, log_id);
COMMENT ON INDEX pls.alert_log_by_age IS 'Which changes of alerts to forget.';
CREATE INDEX alerts_closed ON pls.alerts (closed_at, alert_id) WHERE closed_at IS NOT NULL;
COMMENT ON INDEX pls.alerts_closed IS 'Which closed alerts to forget.';
CREATE INDEX drafts_by_age ON pls.drafts (created_at, draft_id);
COMMENT ON INDEX pls.drafts_by_age IS 'Which messages to forget.';

CREATE FUNCTION pls_internal.has_open_alert(motion text, entity_id text) RETURNS boolean
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off
    SET jit = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN EXISTS (SELECT FROM pls.alerts a
                    WHERE a.entity_id = has_open_alert.entity_id AND a.motion = has_open_alert.motion AND pls_internal.is_open(a.status));
END;
$$;
COMMENT ON FUNCTION pls_internal.has_open_alert IS
'Whether the motion has an open alert about the entity.';

-- What whose turn it is follows from: the turns of the pool's period, all of
-- them where they are counted for ever; the last one before it, after which
-- ties go on; and the last ones in a row, as many as a member may take.  The
-- tokens of a quota that is no whole number follow from more days than today.
CREATE FUNCTION pls_internal.is_turn_needed(alert pls.alerts, as_of timestamptz) RETURNS boolean
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off
    SET enable_bitmapscan = off
    SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    -- see src/decision/turn_order.c
    longest_run CONSTANT integer := 1000;
    since       CONSTANT timestamptz := pls_internal.pool_period_start(alert.pool, as_of);
    in_a_row    integer;
BEGIN
    IF alert.charged_at IS NULL THEN
        RETURN false;
    ELSIF EXISTS (SELECT FROM pls.reps r
                   WHERE r.rep = alert.charged_to AND r.daily_quota <> trunc(r.daily_quota)
                     AND alert.charged_at >= greatest(r.quota_changed_at, timezone(r.time_zone, pls_internal.quota_day_one(
                             r.daily_quota, timezone(r.time_zone, r.quota_changed_at)::date,
                             timezone(r.time_zone, as_of)::date)::timestamp))) THEN
        RETURN true;
    ELSIF since IS NULL THEN
        RETURN false;       -- of a pool that is gone
    ELSIF alert.charged_at >= since THEN
        RETURN true;
    ELSIF NOT EXISTS (SELECT FROM pls.alerts a
                       WHERE a.pool = alert.pool AND a.charged_to IS NOT NULL AND a.charged_at < since
                         AND (a.charged_at, a.alert_id) > (alert.charged_at, alert.alert_id)) THEN
        RETURN true;
    END IF;
    SELECT least(coalesce(ceil(max(m.weight) / min(m.weight)) + 1, 0), longest_run) INTO in_a_row
      FROM pls.pool_members m WHERE m.pool = alert.pool;
    RETURN in_a_row > (SELECT count(*)
                         FROM (SELECT FROM pls.alerts a
                                WHERE a.pool = alert.pool AND a.charged_to IS NOT NULL
                                  AND (a.charged_at, a.alert_id) > (alert.charged_at, alert.alert_id)
                                LIMIT in_a_row) l);
END;
$$;
COMMENT ON FUNCTION pls_internal.is_turn_needed IS
'Whether an alert took a turn from which it follows whose turn it is: in its pool''s period, the last before that, among as many of the pool''s last turns as a member may take in a row, or one that a fractional daily quota still counts.';

CREATE FUNCTION pls_internal.is_alert_needed(alert pls.alerts, as_of timestamptz) RETURNS boolean
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off
    SET jit = off
AS $$
BEGIN
    RETURN alert.closed_at IS NULL
        OR pls_internal.is_turn_needed(alert, as_of)
        OR EXISTS (SELECT FROM pls.motions m
                    WHERE m.touch_limit IS NOT NULL
                      AND greatest(alert.closed_at, alert.created_at, alert.first_touch_at) > pls_internal.later(as_of, - m.touch_window))
        OR EXISTS (SELECT FROM pls.standings s
                    WHERE s.entity_id = alert.entity_id AND s.motion = alert.motion AND s.cooldown_until > as_of)
        -- one that was put off may have come after the end
        OR EXISTS (SELECT FROM pls.pilots p
                    WHERE p.motion = alert.motion AND alert.created_at >= p.started_at
                      AND alert.created_at <= pls_internal.later(coalesce(p.stopped_at, 'infinity'), p.outcome_within))
        OR EXISTS (SELECT FROM pls.drafts d
                    WHERE d.alert_id = alert.alert_id AND d.status = ANY ('{draft,scheduled}'))
        OR EXISTS (SELECT FROM pls.deliveries d
                    WHERE d.entity_id = alert.entity_id AND d.alert_id = alert.alert_id AND d.status <> 'delivered');
END;
$$;
COMMENT ON FUNCTION pls_internal.is_alert_needed IS
'Whether an alert has to stay, however old it is: it is open, a turn that is still needed, counts for a touch limit, a cooldown that lasts or a pilot, or has messages or deliveries that are on their way.';

CREATE FUNCTION pls_internal.is_draft_needed(draft pls.drafts, as_of timestamptz) RETURNS boolean
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN draft.status = ANY ('{draft,scheduled}')
        OR EXISTS (SELECT FROM pls.motions m
                    WHERE m.touch_limit IS NOT NULL AND draft.sent_at > pls_internal.later(as_of, - m.touch_window))
        OR pls_internal.has_open_alert(draft.motion, draft.entity_id);
END;
$$;
COMMENT ON FUNCTION pls_internal.is_draft_needed IS
'Whether a message has to stay, however old it is: it is not sent or stopped, counts for a touch limit, or its motion has an open alert about the entity.';

-- Indexes can be dropped.
CREATE FUNCTION pls_internal.has_index_by_age(what text) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT EXISTS (SELECT FROM pg_index i
                    WHERE i.indisvalid
                      AND i.indexrelid = to_regclass('pls.' || CASE has_index_by_age.what WHEN 'alerts' THEN 'alerts_closed'
                                                               ELSE has_index_by_age.what || '_by_age' END))
$$;
COMMENT ON FUNCTION pls_internal.has_index_by_age IS
'Whether there is the index by which pls_internal.rows_by_age() finds the old rows of a table.';

-- The oldest rows that lie after a mark and before an instant, in order.
CREATE FUNCTION pls_internal.rows_by_age(what text, mark pls_internal.retention_marks, before timestamptz, as_of timestamptz, at_most integer)
    RETURNS TABLE (at timestamptz, id bigint, entity_id text, needed boolean)
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off
    SET enable_bitmapscan = off
    SET jit = off
AS $$
#variable_conflict use_column
BEGIN
    CASE what
    WHEN 'alerts' THEN RETURN QUERY
        SELECT a.closed_at, a.alert_id, a.entity_id, pls_internal.is_alert_needed(a, rows_by_age.as_of)
          FROM pls.alerts a
         WHERE a.closed_at IS NOT NULL AND a.closed_at < rows_by_age.before
           AND (a.closed_at, a.alert_id) > (mark.reached_at, mark.reached_id)
         ORDER BY a.closed_at, a.alert_id LIMIT at_most;
    WHEN 'alert_log' THEN RETURN QUERY
        SELECT l.at, l.log_id, l.entity_id,
               EXISTS (SELECT FROM pls.alerts a WHERE a.alert_id = l.alert_id AND a.closed_at IS NULL)
               -- a message says what the change was, and how things were then
               OR EXISTS (SELECT FROM pls.deliveries d
                           WHERE d.entity_id = l.entity_id AND d.alert_id = l.alert_id AND d.status <> 'delivered')
          FROM pls.alert_log l
         WHERE l.at < rows_by_age.before AND (l.at, l.log_id) > (mark.reached_at, mark.reached_id)
         ORDER BY l.at, l.log_id LIMIT at_most;
    WHEN 'decisions' THEN RETURN QUERY
        SELECT d.decided_at, d.decision_id, d.entity_id,
               EXISTS (SELECT FROM pls.pilots p WHERE p.pilot = d.pilot) OR pls_internal.has_open_alert(d.motion, d.entity_id)
               -- it says why it is to be made again
               OR EXISTS (SELECT FROM pls.standings s
                           WHERE s.entity_id = d.entity_id AND s.motion = d.motion AND s.decide_again_at > rows_by_age.as_of)
          FROM pls.decisions d
         WHERE d.decided_at < rows_by_age.before AND (d.decided_at, d.decision_id) > (mark.reached_at, mark.reached_id)
         ORDER BY d.decided_at, d.decision_id LIMIT at_most;
    WHEN 'drafts' THEN RETURN QUERY
        SELECT d.created_at, d.draft_id, d.entity_id, pls_internal.is_draft_needed(d, rows_by_age.as_of)
          FROM pls.drafts d
         WHERE d.created_at < rows_by_age.before AND (d.created_at, d.draft_id) > (mark.reached_at, mark.reached_id)
         ORDER BY d.created_at, d.draft_id LIMIT at_most;
    END CASE;
END;
$$;
COMMENT ON FUNCTION pls_internal.rows_by_age IS
'The next rows of a table by age after a mark and before an instant, at most this many, and whether each has to stay.';

-- What belongs to an alert goes with it, and nothing is waited for: an alert
-- stays of which somebody has a message or delivery in hand, and one that was
-- reopened since it was looked at.
CREATE FUNCTION pls_internal.delete_alerts(ids bigint[], entities text[], before timestamptz) RETURNS bigint
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off
    SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    held  bigint[];
    free  tid[];
    went  bigint;
    pools text[];
BEGIN
    held := ARRAY(SELECT a.alert_id FROM pls.alerts a
                   WHERE a.entity_id = ANY (entities) AND a.alert_id = ANY (ids) AND a.closed_at < delete_alerts.before
                     FOR UPDATE SKIP LOCKED);
    free := ARRAY(SELECT d.ctid FROM pls.drafts d WHERE d.alert_id = ANY (held) FOR UPDATE SKIP LOCKED);
    held := ARRAY(SELECT h FROM unnest(held) h
                  EXCEPT ALL
                  SELECT DISTINCT d.alert_id FROM pls.drafts d WHERE d.alert_id = ANY (held) AND d.ctid <> ALL (free));
    free := ARRAY(SELECT d.ctid FROM pls.deliveries d
                   WHERE d.entity_id = ANY (entities) AND d.alert_id = ANY (held) FOR UPDATE SKIP LOCKED);
    held := ARRAY(SELECT h FROM unnest(held) h
                  EXCEPT ALL
                  SELECT DISTINCT d.alert_id FROM pls.deliveries d
                   WHERE d.entity_id = ANY (entities) AND d.alert_id = ANY (held) AND d.ctid <> ALL (free));
    DELETE FROM pls.alert_log l WHERE l.alert_id = ANY (held);
    DELETE FROM pls.drafts d WHERE d.alert_id = ANY (held);
    DELETE FROM pls.deliveries d WHERE d.entity_id = ANY (entities) AND d.alert_id = ANY (held);
    WITH gone AS (
        DELETE FROM pls.alerts a WHERE a.entity_id = ANY (entities) AND a.alert_id = ANY (held) RETURNING a.pool, a.charged_to)
    SELECT count(*), array_agg(DISTINCT g.pool) FILTER (WHERE g.charged_to IS NOT NULL) INTO went, pools FROM gone g;
    -- not without its log
    IF went < cardinality(held) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'triggered_action_exception',
            MESSAGE = 'a trigger on pls.alerts keeps a row';
    END IF;
    -- so that no pick has to go through the turns that they have given back
    PERFORM pls_internal.update_turn_counts(p) FROM unnest(pools) p;
    RETURN cardinality(held);
END;
$$;
COMMENT ON FUNCTION pls_internal.delete_alerts IS
'Deletes these alerts, of these entities, that were closed before an instant, with their log, messages and deliveries, but for those that somebody holds, or a message or delivery of them. Returns how many alerts.';

CREATE FUNCTION pls_internal.delete_rows(what text, ids bigint[], entities text[], before timestamptz) RETURNS bigint
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off
    SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    deleted bigint;
BEGIN
    IF what = 'alerts' THEN
        RETURN pls_internal.delete_alerts(ids, entities, before);
    ELSIF what = 'alert_log' THEN
        DELETE FROM pls.alert_log l
         WHERE l.ctid = ANY (ARRAY(SELECT o.ctid FROM pls.alert_log o
                                    WHERE o.entity_id = ANY (entities) AND o.log_id = ANY (ids) FOR UPDATE SKIP LOCKED));
    ELSIF what = 'decisions' THEN
        DELETE FROM pls.decisions d
         WHERE d.ctid = ANY (ARRAY(SELECT o.ctid FROM pls.decisions o
                                    WHERE o.entity_id = ANY (entities) AND o.decision_id = ANY (ids) FOR UPDATE SKIP LOCKED));
    ELSE
        DELETE FROM pls.drafts d
         WHERE d.draft_id = ANY (ARRAY(SELECT o.draft_id FROM pls.drafts o WHERE o.draft_id = ANY (ids) FOR UPDATE SKIP LOCKED));
    END IF;
    GET DIAGNOSTICS deleted = ROW_COUNT;
    RETURN deleted;
END;
$$;
COMMENT ON FUNCTION pls_internal.delete_rows IS
'Deletes these rows of alerts, alert_log, decisions or drafts, but for those that somebody holds. before: when alerts must have been closed. Returns how many.';

-- A row that cannot be deleted, since another table refers to it or a trigger
-- refuses, does not keep the others: they are halved until it is alone.  A
-- lock is no matter of the row.
CREATE FUNCTION pls_internal.delete_what_goes(what text, ids bigint[], entities text[], before timestamptz,
                                     OUT deleted bigint, OUT failed bigint, OUT state text, OUT message text)
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    half CONSTANT integer := cardinality(ids) / 2;
    rest record;
BEGIN
    failed := 0;
    BEGIN
        deleted := pls_internal.delete_rows(what, ids, entities, before);
        RETURN;
    EXCEPTION
        WHEN lock_not_available OR transaction_rollback THEN
            RAISE;
        WHEN OTHERS OR ASSERT_FAILURE THEN
            deleted := 0;
            failed := 1;
            state := SQLSTATE;
            message := SQLERRM;
    END;
    IF half > 0 THEN
        SELECT d.* INTO deleted, failed, state, message
          FROM pls_internal.delete_what_goes(what, ids[: half], entities[: half], before) d;
        SELECT d.* INTO rest FROM pls_internal.delete_what_goes(what, ids[half + 1 :], entities[half + 1 :], before) d;
        deleted := deleted + rest.deleted;
        failed := failed + rest.failed;
        state := coalesce(state, rest.state);
        message := coalesce(message, rest.message);
    END IF;
END;
$$;
COMMENT ON FUNCTION pls_internal.delete_what_goes IS
'As pls_internal.delete_rows(), but a row that cannot be deleted keeps no other one. failed: how many cannot; state and message: the error of the first, NULL: none.';

CREATE FUNCTION pls_internal.forget_by_age(what text, keep_for interval, at_most integer, deadline timestamptz,
                                  OUT deleted bigint, OUT failed bigint, OUT state text, OUT message text)
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    at_once CONSTANT integer := 500;
    as_of   CONSTANT timestamptz := pls.now();
    before  CONSTANT timestamptz := pls_internal.later(as_of, - forget_by_age.keep_for);
    mark    pls_internal.retention_marks;
    batch   record;
    went    record;
    looked  bigint := 0;
BEGIN
    IF NOT pls_internal.has_index_by_age(what) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('the index of pls.%s by age is missing or invalid', what),
            HINT = 'Until it is there again nothing is forgotten there: each sweep would read the whole table.';
    END IF;
    deleted := 0;
    failed := 0;
    SELECT m.* INTO mark FROM pls_internal.retention_marks m WHERE m.what = forget_by_age.what;
    -- not before it has come to the end: what stays may be more than what a
    -- day's sweeps look at
    IF pls_internal.is_ahead(mark.began_at)
       OR (mark.began_at <= as_of - interval '1 day'
           AND NOT EXISTS (SELECT FROM pls_internal.rows_by_age(forget_by_age.what, mark, before, as_of, 1))) THEN
        mark := ROW(forget_by_age.what, '-infinity', 0, as_of);
    END IF;
    -- mostly there is nothing to do, and then nothing is written
    IF NOT EXISTS (SELECT FROM pls_internal.rows_by_age(forget_by_age.what, mark, before, as_of, 1)) THEN
        RETURN;
    END IF;
    PERFORM FROM pls_internal.retention_marks m WHERE m.what = forget_by_age.what FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    LOOP
        SELECT count(*) AS n,
               coalesce(array_agg(r.id) FILTER (WHERE NOT r.needed), '{}') AS ids,
               coalesce(array_agg(r.entity_id) FILTER (WHERE NOT r.needed), '{}') AS entities,
               (array_agg(r.at ORDER BY r.at DESC, r.id DESC))[1] AS last_at,
               (array_agg(r.id ORDER BY r.at DESC, r.id DESC))[1] AS last_id
          INTO batch
          FROM pls_internal.rows_by_age(forget_by_age.what, mark, before, as_of, at_once) r;
        EXIT WHEN batch.n = 0;
        IF batch.ids <> '{}' THEN
            SELECT d.* INTO went FROM pls_internal.delete_what_goes(forget_by_age.what, batch.ids, batch.entities, before) d;
            deleted := deleted + went.deleted;
            failed := failed + went.failed;
            state := coalesce(state, went.state);
            message := coalesce(message, went.message);
        END IF;
        mark.reached_at := batch.last_at;
        mark.reached_id := batch.last_id;
        looked := looked + batch.n;
        EXIT WHEN batch.n < at_once OR looked >= at_most OR clock_timestamp() > deadline;
    END LOOP;
    UPDATE pls_internal.retention_marks m
       SET reached_at = mark.reached_at, reached_id = mark.reached_id, began_at = mark.began_at
     WHERE m.what = forget_by_age.what
       AND (m.reached_at, m.reached_id, m.began_at) <> (mark.reached_at, mark.reached_id, mark.began_at);
END;
$$;
COMMENT ON FUNCTION pls_internal.forget_by_age IS
'Looks at the next rows of a table that are older than keep_for, at most this many and until the deadline, and deletes those that need not stay. Does nothing while another sweep does it. Returns how many it has deleted, how many could not be, and the error of the first of these.';

CREATE FUNCTION pls_internal.is_version_needed(motion text, model_version integer) RETURNS boolean
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    -- of transactions that had begun before the next version was committed
    slack    CONSTANT interval := '1 day';
    from_at  timestamptz;
    until_at timestamptz;
BEGIN
    SELECT v.changed_at, (SELECT min(n.changed_at) FROM pls.model_versions n
                           WHERE n.motion = v.motion AND n.model_version > v.model_version)
      INTO from_at, until_at
      FROM pls.model_versions v WHERE v.motion = is_version_needed.motion AND v.model_version = is_version_needed.model_version;
    RETURN until_at IS NULL
        -- what was in force before would be taken for what was in force then
        OR EXISTS (SELECT FROM pls.model_versions e
                    WHERE e.motion = is_version_needed.motion AND e.model_version < is_version_needed.model_version)
        OR EXISTS (SELECT FROM pls.decisions d
                    WHERE d.motion = is_version_needed.motion AND d.decided_at >= from_at - slack AND d.decided_at <= until_at + slack
                      AND d.model_version = is_version_needed.model_version)
        OR EXISTS (SELECT FROM pls.alerts a
                    WHERE a.motion = is_version_needed.motion AND a.created_at >= from_at - slack AND a.created_at <= until_at + slack
                      AND a.model_version = is_version_needed.model_version);
END;
$$;
COMMENT ON FUNCTION pls_internal.is_version_needed IS
'Whether a version of a model has to stay: it is the last of its motion, an earlier one is kept, or a decision or alert refers to it.';

-- In the order of their numbers, since only the oldest may go.  What has to
-- stay of one motion, or cannot be deleted, keeps nothing of the others.
CREATE FUNCTION pls_internal.forget_versions(keep_for interval, at_most integer,
                                    OUT deleted bigint, OUT failed bigint, OUT state text, OUT message text)
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    before CONSTANT timestamptz := pls_internal.later(pls.now(), - forget_versions.keep_for);
    play   text;
    old    integer;
    gone   bigint;
BEGIN
    deleted := 0;
    failed := 0;
    FOR play IN
        SELECT v.motion FROM pls.model_versions v
         GROUP BY v.motion HAVING count(*) > 1 ORDER BY v.motion COLLATE "C"
    LOOP
        gone := 0;
        BEGIN
            FOR old IN
                SELECT v.model_version
                  FROM pls.model_versions v
                  JOIN pls.model_versions n ON n.motion = v.motion AND n.model_version = v.model_version + 1
                 WHERE v.motion = play AND n.changed_at < before
                 ORDER BY v.model_version LIMIT at_most - deleted
            LOOP
                EXIT WHEN pls_internal.is_version_needed(play, old);
                DELETE FROM pls.model_versions v WHERE v.motion = play AND v.model_version = old;
                gone := gone + 1;
            END LOOP;
            deleted := deleted + gone;
        EXCEPTION
            WHEN lock_not_available OR transaction_rollback THEN
                RAISE;
            WHEN OTHERS OR ASSERT_FAILURE THEN
                failed := failed + 1;
                state := coalesce(state, SQLSTATE);
                message := coalesce(message, SQLERRM);
        END;
    END LOOP;
END;
$$;
COMMENT ON FUNCTION pls_internal.forget_versions IS
'Deletes versions of models that were replaced longer ago than keep_for and need not stay. Returns how many; failed: of how many motions they cannot be deleted; state and message: the error of the first, NULL: none.';

CREATE FUNCTION pls_internal.refuse_version_loss() RETURNS trigger
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF pls_internal.is_version_needed(OLD.motion, OLD.model_version) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('version %s of the model of motion "%s" is needed', OLD.model_version, OLD.motion),
            DETAIL = 'It is the last one, an earlier one is kept, or decisions or alerts refer to it.',
            HINT = 'Set pls.retention.keep_for of model_versions: the sweep deletes what is not needed any more.',
            SCHEMA = 'pls', TABLE = 'model_versions';
    END IF;
    RETURN OLD;
END;
$$;
COMMENT ON FUNCTION pls_internal.refuse_version_loss IS
'Trigger: refuses (55000) to delete a version of a model that has to stay.';
CREATE TRIGGER keep_needed BEFORE DELETE ON pls.model_versions
    FOR EACH ROW EXECUTE FUNCTION pls_internal.refuse_version_loss();
COMMENT ON TRIGGER keep_needed ON pls.model_versions IS 'A version to which something refers stays.';

CREATE FUNCTION pls_internal.apply_retention(deadline timestamptz, at_most integer DEFAULT 5000) RETURNS bigint
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    rule    record;
    task    text;
    -- what is deleted stays locked until the sweep ends
    enough  timestamptz;
    went    record;
    deleted bigint := 0;
BEGIN
    IF pls_internal.locked_table('pls.retention', 'pls_internal.retention_marks', 'pls.pilots', 'pls.motions', 'pls.pools',
                        'pls.pool_members', 'pls.reps', 'pls.alerts',
                        'pls.alert_log', 'pls.decisions', 'pls.standings', 'pls.drafts', 'pls.deliveries') IS NOT NULL THEN
        RETURN 0;       -- nothing is urgent
    END IF;
    FOR rule IN SELECT r.what, r.keep_for FROM pls.retention r
                 WHERE r.keep_for IS NOT NULL AND r.what IN ('alerts', 'alert_log', 'decisions', 'drafts', 'model_versions')
                 ORDER BY r.what COLLATE "C" LOOP
        task := 'forget ' || rule.what;
        CONTINUE WHEN pls_internal.is_paused(task);
        enough := greatest(least(deadline, clock_timestamp() + interval '0.5 seconds'), clock_timestamp() + interval '0.05 seconds');
        BEGIN
            IF rule.what = 'model_versions' THEN
                SELECT f.* INTO went FROM pls_internal.forget_versions(rule.keep_for, 100) f;
            ELSE
                SELECT f.* INTO went FROM pls_internal.forget_by_age(rule.what, rule.keep_for, at_most, enough) f;
            END IF;
            deleted := deleted + went.deleted;
            IF went.failed = 0 THEN
                PERFORM pls_internal.note_success(task);
            ELSE
                PERFORM pls_internal.note_failure(task, '', '', went.state,
                    format(CASE rule.what WHEN 'model_versions' THEN 'rows of pls.%2$s of %1$s motion(s) cannot be deleted; the first: %3$s'
                                          ELSE '%1$s rows of pls.%2$s cannot be deleted; the first: %3$s' END,
                           went.failed, rule.what, went.message));
            END IF;
        EXCEPTION WHEN OTHERS OR ASSERT_FAILURE THEN
            PERFORM pls_internal.note_failure(task, '', '', SQLSTATE, SQLERRM);
        END;
    END LOOP;
    RETURN deleted;
END;
$$;
COMMENT ON FUNCTION pls_internal.apply_retention IS
'Step of the sweep: deletes what is older than pls.retention says, half a second for each table and no longer than until the deadline. What fails is written into pls.failures and stops nothing else. Returns how many rows.';
