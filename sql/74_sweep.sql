/* 74_sweep.sql - what time brings without an event. */

CREATE FUNCTION pls.settle(motion text, entity_id text) RETURNS boolean
    AS 'MODULE_PATHNAME', 'pls_settle' LANGUAGE C VOLATILE STRICT COST 1000;
REVOKE EXECUTE ON FUNCTION pls.settle(text, text) FROM PUBLIC;
COMMENT ON FUNCTION pls.settle(text, text) IS
'Merges what waits for an entity in the backlog, evaluates it, and decides what is due. false: another session holds it, nothing was done. Errors: 42704 unknown motion.';

-- Decisions that hold until somebody changes the configuration or the
-- account: they are taken again once another rule would apply.
CREATE FUNCTION pls.is_unblocked(standing pls.standings) RETURNS boolean
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    play    pls.motions;
    member  pls.users;
    account pls.accounts;
BEGIN
    IF standing.lane IS NULL
       OR standing.reason NOT IN ('paused', 'excluded', 'out_of_segment', 'too_small', 'already_customer') THEN
        RETURN false;
    END IF;
    SELECT m.* INTO play FROM pls.motions m WHERE m.motion = standing.motion;
    IF play.unit = 'user' THEN
        SELECT u.* INTO member FROM pls.users u WHERE u.user_id = standing.entity_id;
    END IF;
    SELECT a.* INTO account FROM pls.accounts a
     WHERE a.account_id = CASE WHEN play.unit = 'user' THEN member.account_id ELSE standing.entity_id END;
    RETURN (SELECT k.reason FROM pls.keeps_off(play, standing.entity_id, account, member, NULL, pls.now()) k)
           IS DISTINCT FROM standing.reason;
END;
$$;
REVOKE EXECUTE ON FUNCTION pls.is_unblocked(pls.standings) FROM PUBLIC;
COMMENT ON FUNCTION pls.is_unblocked(pls.standings) IS
'Whether the last decision kept off the entity (paused, excluded, out_of_segment, too_small, already_customer) for a reason that no longer holds.';

CREATE FUNCTION pls.unsettled(at_most integer)
    RETURNS TABLE (motion text, entity_id text, stale boolean, unblocked boolean)
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    WITH at_work AS MATERIALIZED (
        SELECT m.motion, pls.rebuild_query(m.motion) IS NOT NULL AS has_source
          FROM pls.motions m WHERE m.status <> 'draft')
    SELECT u.motion, u.entity_id, bool_or(u.stale AND w.has_source) AS stale, bool_or(u.unblocked) AS unblocked
      FROM (SELECT b.motion, b.entity_id, b.evidence IS NULL AS stale, false AS unblocked, b.evidence IS NOT NULL AS due
              FROM pls.backlog b WHERE b.not_before <= pls.now() AND b.entity_id <> ''
            UNION ALL
            SELECT s.motion, s.entity_id, s.stale, false, coalesce(s.decide_again_at <= pls.now(), false)
              FROM pls.standings s WHERE s.stale OR s.decide_again_at <= pls.now()
            UNION ALL
            SELECT s.motion, s.entity_id, false, true, true
              FROM pls.standings s WHERE pls.is_unblocked(s)
            UNION ALL
            -- its alert was closed without a disposition, and the cooldown is over
            SELECT s.motion, s.entity_id, false, true, true
              FROM pls.standings s
             WHERE s.lane IS NOT NULL AND s.reason IN ('raised', 'triage', 'open_alert')
               AND s.cooldown_until <= pls.now() AND s.decide_again_at IS NULL
               AND NOT EXISTS (SELECT FROM pls.alerts a
                                WHERE a.entity_id = s.entity_id AND a.motion = s.motion
                                  AND a.status IN ('open', 'working', 'snoozed'))
            UNION ALL
            SELECT s.motion, s.entity_id, v.stale, false, v.lane IS DISTINCT FROM s.lane
              -- only of motions that exist: evaluate raises an error for others
              FROM (SELECT t.* FROM pls.standings t JOIN pls.motions n ON n.motion = t.motion OFFSET 0) s,
                   LATERAL pls.evaluate(s.evidence, greatest(pls.now(), s.last_event_at),
                                        pls.attributes_of(s.motion, s.entity_id), s.lane) v
             WHERE v.lane IS DISTINCT FROM s.lane OR v.stale) u
      JOIN at_work w ON w.motion = u.motion
     -- what is stale stays so where there is nothing to rebuild it from
     WHERE u.due OR (u.stale AND w.has_source)
     GROUP BY u.motion, u.entity_id
     ORDER BY bool_or(u.stale AND w.has_source), u.entity_id, u.motion
     LIMIT at_most
$$;
REVOKE EXECUTE ON FUNCTION pls.unsettled(integer) FROM PUBLIC;
COMMENT ON FUNCTION pls.unsettled(integer) IS
'The entities, at_most so many, for which something is to be done: deltas in the backlog that are due, decisions that were put off and are due, lanes that time alone has changed, decisions that kept off for a reason that no longer holds and alerts that were closed without a disposition and whose cooldown is over (both unblocked), and evidence that no longer fits its model (stale).';

CREATE FUNCTION pls.is_free(motion text, entity_id text) RETURNS boolean
    LANGUAGE plpgsql VOLATILE STRICT
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM FROM pls.standings s
      WHERE s.entity_id = is_free.entity_id AND s.motion = is_free.motion
        FOR UPDATE SKIP LOCKED;
    -- one that is just being made is not seen yet, but settle() meets it
    RETURN FOUND OR (NOT EXISTS (SELECT FROM pls.standings s
                                  WHERE s.entity_id = is_free.entity_id AND s.motion = is_free.motion)
                     AND pls.settle(is_free.motion, is_free.entity_id));
END;
$$;
REVOKE EXECUTE ON FUNCTION pls.is_free(text, text) FROM PUBLIC;
COMMENT ON FUNCTION pls.is_free(text, text) IS
'Takes hold of a standing without waiting; false if another session has it. True if there is none yet.';

CREATE FUNCTION pls.sweep(max_time interval DEFAULT '20 seconds', max_rows integer DEFAULT 10000,
                          OUT settled bigint, OUT refreshed bigint, OUT busy bigint, OUT assigned bigint)
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
    SET client_min_messages = warning
AS $$
#variable_conflict use_variable
DECLARE
    deadline timestamptz;
    -- stale entities of a motion above which one pass over the events is
    -- cheaper than one per entity
    few      CONSTANT integer := 20;
    motions  text[];
    entities text[];
    stales   boolean[];
    freed    boolean[];
    whole    text[];            -- motions rebuilt as a whole
    again    text;
    running  xid[];
    escalated bigint;
    started  CONSTANT timestamptz := clock_timestamp();
BEGIN
    IF current_setting('transaction_isolation') NOT IN ('read committed', 'read uncommitted') THEN
        RAISE EXCEPTION USING
            ERRCODE = 'active_sql_transaction',
            MESSAGE = format('pls.sweep() cannot work in a transaction that is %s', current_setting('transaction_isolation')),
            DETAIL = 'It has to see what other sessions have just committed.',
            HINT = 'Run it in a transaction with isolation level READ COMMITTED.';
    END IF;
    settled := 0;
    refreshed := 0;
    busy := 0;
    PERFORM pls.restate_users(max_rows);
    -- marks that no rebuild can follow would put off decisions for ever
    DELETE FROM pls.backlog b
     WHERE b.ctid = ANY (ARRAY(
           SELECT k.ctid FROM pls.backlog k
            WHERE k.evidence IS NULL AND k.entity_id <> '' AND pls.rebuild_query(k.motion) IS NULL
              FOR UPDATE SKIP LOCKED));
    running := pls.running_transactions();
    SELECT array_agg(u.motion), array_agg(u.entity_id), array_agg(u.stale), array_agg(u.unblocked)
      INTO motions, entities, stales, freed
      FROM pls.unsettled(max_rows) u;
    SELECT coalesce(array_agg(m.motion ORDER BY m.motion), '{}') INTO whole
      FROM pls.motions m
     WHERE m.status <> 'draft' AND pls.rebuild_query(m.motion) IS NOT NULL
       AND (EXISTS (SELECT FROM pls.backlog b
                     WHERE b.entity_id = '' AND b.motion = m.motion AND b.not_before <= pls.now()
                       AND (b.once_ended IS NULL OR NOT b.once_ended && running))
            OR few < (SELECT count(*) FROM unnest(motions, stales) AS u(motion, stale)
                       WHERE u.motion = m.motion AND u.stale));
    -- to find what is to be done must not use up the time to do it
    deadline := clock_timestamp() + max_time;
    FOREACH again IN ARRAY whole LOOP
        EXIT WHEN clock_timestamp() > deadline;
        IF pg_try_advisory_xact_lock(pls.refresh_key(again)) THEN
            refreshed := refreshed + pls.refresh(again);
        END IF;
    END LOOP;
    FOR i IN 1 .. coalesce(cardinality(motions), 0) LOOP
        EXIT WHEN clock_timestamp() > deadline;
        IF freed[i] THEN
            UPDATE pls.standings s SET decide_again_at = pls.now()
              FROM (SELECT t.entity_id, t.motion FROM pls.standings t
                     WHERE t.entity_id = entities[i] AND t.motion = motions[i]
                       FOR UPDATE SKIP LOCKED) held
             WHERE s.entity_id = held.entity_id AND s.motion = held.motion;
        END IF;
        -- from here on nothing is waited for: a sweep that holds standings
        -- and waits for one could deadlock with a refresh
        IF stales[i] AND motions[i] <> ALL (whole) AND pls.is_free(motions[i], entities[i]) THEN
            refreshed := refreshed + pls.refresh(motions[i], entities[i]);
        ELSIF pls.settle(motions[i], entities[i]) THEN
            settled := settled + 1;
        ELSE
            busy := busy + 1;
        END IF;
    END LOOP;
    assigned := pls.assign_waiting();
    escalated := pls.tend_alerts(deadline);
    PERFORM pls.record_sweep(clock_timestamp() - started, settled, refreshed, busy, assigned, escalated);
END;
$$;
REVOKE EXECUTE ON FUNCTION pls.sweep(interval, integer) FROM PUBLIC;
COMMENT ON FUNCTION pls.sweep(interval, integer) IS
'Does what is due without an event: merges the backlog, takes decisions that were put off or whose obstacle is gone, notices lanes that time alone has changed, rebuilds stale evidence, assigns alerts that had found nobody, wakes snoozed ones, lets untouched ones expire, and climbs the ladder of pls.escalations. To be run every minute by any scheduler; several at once do not disturb one another or an insert. Stops max_time after it has found what is due, or after max_rows entities, and goes on the next time. Returns how many entities were settled, refreshed, or busy in another session, and how many waiting alerts were assigned; pls.sweeps has how many rungs of the ladder were taken. Errors: 25001 in a REPEATABLE READ or SERIALIZABLE transaction.';

-- What is known under a motion's name goes with the motion; what was decided
-- stays as history.
CREATE FUNCTION pls.forget_motion() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    DELETE FROM pls.standings s USING removed r WHERE s.motion = r.motion;
    DELETE FROM pls.backlog b USING removed r WHERE b.motion = r.motion;
    RETURN NULL;
END;
$$;
REVOKE EXECUTE ON FUNCTION pls.forget_motion() FROM PUBLIC;
COMMENT ON FUNCTION pls.forget_motion() IS
'Trigger: removes the standings and backlog of deleted motions. Decisions, alerts and outcomes stay.';
CREATE TRIGGER forget_motion AFTER DELETE ON pls.motions
    REFERENCING OLD TABLE AS removed
    FOR EACH STATEMENT EXECUTE FUNCTION pls.forget_motion();
COMMENT ON TRIGGER forget_motion ON pls.motions IS 'Removes what was known under the motion''s name.';

-- Events that went by unobserved have to be read after all: a model that
-- matches more than before, or was not looked at.
CREATE FUNCTION pls.catch_up() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM pls.ask_rebuild(m.motion)
       FROM pls.motions m
      WHERE m.motion = NEW.motion
        AND EXISTS (SELECT FROM pls.standings s WHERE s.motion = m.motion
                    UNION ALL SELECT FROM pls.sources)
        AND (TG_OP = 'UPDATE' OR EXISTS (SELECT FROM pls.standings s WHERE s.motion = m.motion));
    RETURN NULL;
END;
$$;
REVOKE EXECUTE ON FUNCTION pls.catch_up() FROM PUBLIC;
COMMENT ON FUNCTION pls.catch_up() IS
'Trigger: has the next sweep rebuild a motion that has missed events. A motion that is just being made has missed none.';
CREATE TRIGGER catch_up AFTER INSERT ON pls.signals
    FOR EACH ROW WHEN (NOT pls.restoring()) EXECUTE FUNCTION pls.catch_up();
COMMENT ON TRIGGER catch_up ON pls.signals IS 'A new signal of a motion that is at work has missed events.';
CREATE TRIGGER catch_up_matching AFTER UPDATE OF enabled, events, match, measure, property, numeric_strings ON pls.signals
    FOR EACH ROW WHEN (NEW.enabled AND (
        NOT OLD.enabled
        OR NEW.events IS DISTINCT FROM OLD.events
        OR NEW.match::text IS DISTINCT FROM OLD.match::text
        OR NEW.measure IS DISTINCT FROM OLD.measure
        OR NEW.property IS DISTINCT FROM OLD.property
        OR NEW.numeric_strings IS DISTINCT FROM OLD.numeric_strings))
    EXECUTE FUNCTION pls.catch_up();
COMMENT ON TRIGGER catch_up_matching ON pls.signals IS 'A signal that matches other events than before has missed some.';
CREATE TRIGGER catch_up AFTER UPDATE OF status ON pls.motions
    FOR EACH ROW WHEN (OLD.status OPERATOR(pg_catalog.=) 'draft' AND NEW.status OPERATOR(pg_catalog.<>) 'draft')
    EXECUTE FUNCTION pls.catch_up();
COMMENT ON TRIGGER catch_up ON pls.motions IS 'A motion that was a draft has missed events.';

-- Bodies of procedures that commit cannot have a pinned search_path.
CREATE PROCEDURE pls.sweep_all(max_time interval DEFAULT '50 seconds', max_rows integer DEFAULT 1000)
    LANGUAGE plpgsql
AS $$
DECLARE
    deadline CONSTANT timestamptz := pg_catalog.clock_timestamp() OPERATOR(pg_catalog.+) max_time;
    done     bigint;
BEGIN
    LOOP
        SELECT s.settled OPERATOR(pg_catalog.+) s.refreshed INTO done
          FROM pls.sweep(max_time, max_rows) AS s;
        SELECT done OPERATOR(pg_catalog.+) w.escalated INTO done
          FROM pls.sweeps AS w ORDER BY w.sweep_id DESC LIMIT 1;
        COMMIT;
        EXIT WHEN done OPERATOR(pg_catalog.=) 0 OR pg_catalog.clock_timestamp() OPERATOR(pg_catalog.>) deadline;
    END LOOP;
END;
$$;
REVOKE EXECUTE ON PROCEDURE pls.sweep_all(interval, integer) FROM PUBLIC;
COMMENT ON PROCEDURE pls.sweep_all(interval, integer) IS
'Sweeps in short transactions of at most max_rows entities each until nothing is left to do or max_time has passed. What a scheduler should run every minute. Not within a transaction block.';
