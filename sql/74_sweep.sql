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
    SELECT u.motion, u.entity_id, bool_or(u.stale) AS stale, bool_or(u.unblocked) AS unblocked
      FROM (SELECT b.motion, b.entity_id, false AS stale, false AS unblocked
              FROM pls.backlog b WHERE b.not_before <= pls.now()
            UNION ALL
            SELECT s.motion, s.entity_id, s.stale, false
              FROM pls.standings s WHERE s.stale OR s.decide_again_at <= pls.now()
            UNION ALL
            SELECT s.motion, s.entity_id, false, true
              FROM pls.standings s WHERE pls.is_unblocked(s)
            UNION ALL
            SELECT s.motion, s.entity_id, v.stale, false
              FROM pls.standings s,
                   LATERAL pls.evaluate(s.evidence, greatest(pls.now(), s.last_event_at),
                                        pls.attributes_of(s.motion, s.entity_id), s.lane) v
             WHERE v.lane IS DISTINCT FROM s.lane OR v.stale) u
      JOIN pls.motions m ON m.motion = u.motion AND m.status <> 'draft'
     GROUP BY u.motion, u.entity_id
     ORDER BY u.entity_id, u.motion
     LIMIT at_most
$$;
REVOKE EXECUTE ON FUNCTION pls.unsettled(integer) FROM PUBLIC;
COMMENT ON FUNCTION pls.unsettled(integer) IS
'The entities, at_most so many, for which something is to be done: deltas in the backlog that are due, decisions that were put off and are due, lanes that time alone has changed, decisions that kept off for a reason that no longer holds (unblocked), and evidence that no longer fits its model (stale).';

CREATE FUNCTION pls.sweep(max_time interval DEFAULT '20 seconds', max_rows integer DEFAULT 10000,
                          OUT settled bigint, OUT refreshed bigint, OUT busy bigint, OUT assigned bigint)
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    deadline timestamptz := clock_timestamp() + max_time;
    entity   record;
BEGIN
    settled := 0;
    refreshed := 0;
    busy := 0;
    FOR entity IN SELECT u.motion, u.entity_id, u.stale, u.unblocked FROM pls.unsettled(max_rows) u LOOP
        EXIT WHEN clock_timestamp() > deadline;
        IF entity.unblocked THEN
            UPDATE pls.standings s SET decide_again_at = pls.now()
              FROM (SELECT t.entity_id, t.motion FROM pls.standings t
                     WHERE t.entity_id = entity.entity_id AND t.motion = entity.motion
                       FOR UPDATE SKIP LOCKED) held
             WHERE s.entity_id = held.entity_id AND s.motion = held.motion;
        END IF;
        IF entity.stale AND pls.rebuild_query(entity.motion) IS NOT NULL THEN
            PERFORM pls.refresh(entity.motion, entity.entity_id);
            refreshed := refreshed + 1;
        ELSIF pls.settle(entity.motion, entity.entity_id) THEN
            settled := settled + 1;
        ELSE
            busy := busy + 1;
        END IF;
    END LOOP;
    assigned := pls.assign_waiting();
END;
$$;
REVOKE EXECUTE ON FUNCTION pls.sweep(interval, integer) FROM PUBLIC;
COMMENT ON FUNCTION pls.sweep(interval, integer) IS
'Does what is due without an event: merges the backlog, takes decisions that were put off or whose obstacle is gone, notices lanes that time alone has changed, rebuilds stale evidence, and assigns alerts that had found nobody. To be run every minute by any scheduler; several at once do not disturb one another or an insert. Stops after max_time or max_rows entities and goes on the next time. Returns how many entities were settled, refreshed, or busy in another session, and how many waiting alerts were assigned.';
