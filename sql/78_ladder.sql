/* 78_ladder.sql - what the sweep does to alerts: the waiting get a rep, the
 * ladder is climbed, the snoozed wake, the untouched expire.
 *
 * When is pinned on the alert (69_sla.sql), so each function reads an index.
 * An alert that another session holds is left for the next sweep, and one
 * that another sweep has dealt with no longer meets the condition once its
 * lock is free: each rung is taken once, and nobody waits.
 *
 * A task is done to all alerts in one subtransaction; only if that fails each
 * gets its own, and what fails is written into pls.failures and passed over
 * for a while.
 */

-- Alerts that nobody could take when they were raised.
CREATE FUNCTION pls.assign_one(waiting pls.alerts, owner text, full_up boolean, as_of timestamptz) RETURNS text
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off
    SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    in_hours CONSTANT boolean := coalesce((SELECT r.in_hours FROM pls.routes r
                                            WHERE r.motion = waiting.motion AND r.route = waiting.route), false);
    pick record;
BEGIN
    -- what still cannot be assigned must not keep the rest from its turn
    IF assign_one.full_up
       AND (assign_one.owner IS NULL OR pls.owner_why_not(assign_one.owner, assign_one.as_of, in_hours) IS NOT NULL) THEN
        RETURN 'not tried';
    END IF;
    PERFORM FROM pls.alerts a
      WHERE a.entity_id = waiting.entity_id AND a.alert_id = waiting.alert_id
        AND a.assigned_to IS NULL AND a.pool = waiting.pool
        AND a.status IN ('open', 'working', 'snoozed')
        FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN 'busy';
    END IF;
    SELECT p.rep, p.trace, p.takes_turn INTO pick
      FROM pls.assign(waiting.pool, waiting.account_id, assign_one.as_of, in_hours) p;
    IF pick.rep IS NULL THEN
        RETURN 'nobody';
    END IF;
    UPDATE pls.alerts a
       SET assigned_to = pick.rep, assigned_at = assign_one.as_of,
           assignment_trace = pick.trace,
           charged_to = CASE WHEN pick.takes_turn THEN pick.rep END,
           charged_at = CASE WHEN pick.takes_turn THEN assign_one.as_of END
     WHERE a.entity_id = waiting.entity_id AND a.alert_id = waiting.alert_id;
    IF pick.takes_turn THEN
        PERFORM pls.keep_counting(waiting.pool);
    END IF;
    RETURN 'given';
END;
$$;
COMMENT ON FUNCTION pls.assign_one(pls.alerts, text, boolean, timestamptz) IS
    'part of pls.assign_waiting(): gives an alert to who is next; of waiting, entity_id, alert_id, motion, account_id, route and pool count. full_up: its pool has nobody left, only the account''s owner is asked. Returns given, nobody (can take it), busy (in another session, or not waiting any more) or not tried';
REVOKE EXECUTE ON FUNCTION pls.assign_one(pls.alerts, text, boolean, timestamptz) FROM PUBLIC;

CREATE FUNCTION pls.assign_batch(as_of timestamptz, at_most integer, one_by_one boolean, deadline timestamptz) RETURNS integer
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off
    SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    waiting record;
    alert   pls.alerts;
    fate    text;
    full_up text[] := '{}';     -- pools that have nobody left
    some_paused CONSTANT boolean := pls.may_be_paused('assign');
    tried   integer := 0;
    given   integer := 0;
BEGIN
    FOR waiting IN
        -- not the whole rows, which may be many, and few of them get a rep
        SELECT a.entity_id, a.alert_id, a.motion, a.account_id, a.route, a.pool, nullif(c.owner, '') AS owner
          FROM pls.alerts a
          LEFT JOIN pls.accounts c ON c.account_id = a.account_id
         WHERE a.assigned_to IS NULL AND a.pool IS NOT NULL
           AND a.status IN ('open', 'working', 'snoozed')
           AND NOT (some_paused AND pls.is_paused('assign', a.motion, a.entity_id))
         ORDER BY a.created_at, a.alert_id
    LOOP
        EXIT WHEN tried >= assign_batch.at_most OR clock_timestamp() > assign_batch.deadline;
        CONTINUE WHEN waiting.owner IS NULL AND waiting.pool = ANY (full_up);
        alert.entity_id := waiting.entity_id;
        alert.alert_id := waiting.alert_id;
        alert.motion := waiting.motion;
        alert.account_id := waiting.account_id;
        alert.route := waiting.route;
        alert.pool := waiting.pool;
        IF one_by_one THEN
            BEGIN
                fate := pls.assign_one(alert, waiting.owner, alert.pool = ANY (full_up), assign_batch.as_of);
            EXCEPTION WHEN OTHERS OR ASSERT_FAILURE THEN
                PERFORM pls.note_failure('assign', alert.motion, alert.entity_id, SQLSTATE, SQLERRM);
                fate := 'failed';
            END;
        ELSE
            fate := pls.assign_one(alert, waiting.owner, alert.pool = ANY (full_up), assign_batch.as_of);
        END IF;
        tried := tried + CASE fate WHEN 'not tried' THEN 0 ELSE 1 END;
        given := given + CASE fate WHEN 'given' THEN 1 ELSE 0 END;
        IF fate = 'nobody' THEN
            full_up := full_up || alert.pool;
        END IF;
    END LOOP;
    RETURN given;
END;
$$;
COMMENT ON FUNCTION pls.assign_batch(timestamptz, integer, boolean, timestamptz) IS
    'part of pls.assign_waiting(): does it; one_by_one: each alert in a subtransaction of its own, and what fails is written into pls.failures';
REVOKE EXECUTE ON FUNCTION pls.assign_batch(timestamptz, integer, boolean, timestamptz) FROM PUBLIC;

CREATE FUNCTION pls.assign_waiting(as_of timestamptz DEFAULT NULL, at_most integer DEFAULT 1000,
                                   deadline timestamptz DEFAULT 'infinity')
    RETURNS integer
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    instant CONSTANT timestamptz := coalesce(as_of, pls.now());
    -- past its time the sweep still assigns some
    enough  CONSTANT timestamptz := greatest(deadline, clock_timestamp() + interval '0.2 seconds');
BEGIN
    BEGIN
        RETURN pls.assign_batch(instant, at_most, false, enough);
    EXCEPTION WHEN OTHERS OR ASSERT_FAILURE THEN
        RETURN pls.assign_batch(instant, at_most, true, enough);
    END;
END;
$$;
COMMENT ON FUNCTION pls.assign_waiting(timestamptz, integer, timestamptz) IS
    'assigns open alerts that have no rep, oldest first, at most so many and until the deadline; those held by other sessions are left for the next time, and so are those that fail (pls.failures); returns how many found a rep';
REVOKE EXECUTE ON FUNCTION pls.assign_waiting(timestamptz, integer, timestamptz) FROM PUBLIC;

-- Who gets an alert that is taken from its rep: the member of the pool with
-- the greatest shortfall but for the rep, else the pool's fallback.  The turn
-- stays with whom it was charged to: who lets alerts lie is not asked sooner
-- again for that.
CREATE FUNCTION pls.stand_in(pool text, rep text, as_of timestamptz) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off
    SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    pick text;
BEGIN
    SELECT s.rep INTO pick
      FROM (SELECT t.rep, t.weight, t.position,
                   sum(t.turns + t.calibration) OVER () * t.weight
                   - (t.turns + t.calibration) * sum(t.weight) OVER () AS shortfall
              FROM pls.pool_turns(stand_in.pool, stand_in.as_of) t
             WHERE t.why_not IS NULL AND t.rep IS DISTINCT FROM stand_in.rep) s
     ORDER BY s.shortfall DESC, s.weight DESC, s.position, s.rep COLLATE "C"
     LIMIT 1;
    IF pick IS NULL THEN
        SELECT p.fallback INTO pick
          FROM pls.pools p
         WHERE p.pool = stand_in.pool AND p.fallback IS DISTINCT FROM stand_in.rep
           AND pls.owner_why_not(p.fallback, stand_in.as_of, false) IS NULL;
    END IF;
    RETURN pick;
END;
$$;
COMMENT ON FUNCTION pls.stand_in(text, text, timestamptz) IS
    'who else of the pool takes an alert at as_of: the eligible member with the greatest shortfall of turns, else the fallback; NULL: nobody';
REVOKE EXECUTE ON FUNCTION pls.stand_in(text, text, timestamptz) FROM PUBLIC;

CREATE FUNCTION pls.manager_of(rep text, as_of timestamptz) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    seen text[] := ARRAY[manager_of.rep];
    boss text := manager_of.rep;
BEGIN
    LOOP
        SELECT r.manager INTO boss FROM pls.reps r WHERE r.rep = boss;
        IF boss IS NULL OR boss = ANY (seen) THEN
            RETURN NULL;
        END IF;
        IF pls.owner_why_not(boss, manager_of.as_of, false) IS NULL THEN
            RETURN boss;
        END IF;
        seen := seen || boss;
    END LOOP;
END;
$$;
COMMENT ON FUNCTION pls.manager_of(text, timestamptz) IS
    'the rep''s manager, or the next one above who is active and present at as_of; NULL: nobody';
REVOKE EXECUTE ON FUNCTION pls.manager_of(text, timestamptz) FROM PUBLIC;

-- Only one who has had the alert for its whole limit is taken offline, not
-- one to whom it was given a minute ago.
CREATE FUNCTION pls.take_offline(alert pls.alerts, rung pls.escalations, as_of timestamptz,
                                 OUT done boolean, OUT offline boolean, OUT said text)
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    done := true;
    offline := false;
    IF alert.assigned_to IS NULL THEN
        said := 'it has no rep';
        RETURN;
    END IF;
    IF pls.working_time(alert.assigned_at, take_offline.as_of, alert.calendar)
       < (CASE rung.measured WHEN 'respond' THEN alert.respond_within ELSE alert.resolve_within END) THEN
        said := format('%s has not had it for as long as the limit and stays', alert.assigned_to);
        RETURN;
    END IF;
    PERFORM FROM pls.reps r WHERE r.rep = alert.assigned_to FOR NO KEY UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        done := NOT EXISTS (SELECT FROM pls.reps r WHERE r.rep = alert.assigned_to);
        said := format('%s is no rep any more', alert.assigned_to);
        RETURN;
    END IF;
    offline := true;
    UPDATE pls.reps r SET active = false WHERE r.rep = alert.assigned_to AND r.active;
    said := CASE WHEN FOUND THEN format('%s is inactive now', alert.assigned_to)
                 ELSE format('%s was inactive', alert.assigned_to) END;
END;
$$;
COMMENT ON FUNCTION pls.take_offline(pls.alerts, pls.escalations, timestamptz) IS
    'makes the rep of an alert inactive who has had it for as long as its limit; done false: the rep''s row is held by another session, nothing was done; offline: whether the rep is inactive now; said: what happened';
REVOKE EXECUTE ON FUNCTION pls.take_offline(pls.alerts, pls.escalations, timestamptz) FROM PUBLIC;

-- One step of an alert that the caller holds.
CREATE FUNCTION pls.take_rung(alert pls.alerts, as_of timestamptz) RETURNS boolean
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    rung    pls.escalations;
    due     record;
    heir    text;
    said    text;
    offline record;
    taken_offline boolean := false;
    times   integer := 0;
BEGIN
    SELECT n.level, n.at INTO due FROM pls.next_rung(alert) n;
    IF due.at IS NULL OR due.at > take_rung.as_of THEN
        -- the ladder is another since the next rung was pinned
        UPDATE pls.alerts a SET next_rung_at = due.at
         WHERE a.entity_id = alert.entity_id AND a.alert_id = alert.alert_id;
        RETURN false;
    END IF;
    SELECT e.* INTO rung FROM pls.escalations e WHERE e.motion = alert.motion AND e.level = due.level;
    IF rung.level = alert.escalation_level THEN
        -- those that were missed meanwhile count as taken
        times := least(rung.repeat_limit, greatest(alert.escalation_repeats + 1, floor(
            extract(epoch FROM pls.clock_reading(alert, take_rung.as_of)
                - coalesce(rung.after, rung.at_share::double precision
                           * CASE rung.measured WHEN 'respond' THEN alert.respond_within ELSE alert.resolve_within END))
            / extract(epoch FROM rung.repeat_every))::integer));
    END IF;
    IF rung.action = 'offline' THEN
        SELECT o.done, o.offline, o.said INTO offline FROM pls.take_offline(alert, rung, take_rung.as_of) o;
        IF NOT offline.done THEN
            RETURN false;
        END IF;
        taken_offline := offline.offline;
        said := offline.said;
    END IF;
    IF rung.action = 'manager' THEN
        heir := pls.manager_of(alert.assigned_to, take_rung.as_of);
        said := coalesce('given to manager ' || heir, 'no manager can take it');
    ELSIF rung.action = 'reassign' OR taken_offline THEN
        heir := pls.stand_in(coalesce(rung.pool, alert.pool), alert.assigned_to, take_rung.as_of);
        said := concat_ws('; ', said, coalesce('given to ' || heir, 'nobody else can take it'));
    ELSIF rung.action = 'notify' THEN
        said := coalesce('told ' || alert.assigned_to, 'told; it has no rep');
    END IF;
    UPDATE pls.alerts a
       SET escalation_level = rung.level, escalation_repeats = times,
           pool = CASE WHEN heir IS NOT NULL AND rung.action = 'reassign' THEN coalesce(rung.pool, a.pool) ELSE a.pool END,
           assigned_to = coalesce(heir, a.assigned_to),
           assigned_at = CASE WHEN heir IS NULL THEN a.assigned_at ELSE take_rung.as_of END
     WHERE a.entity_id = alert.entity_id AND a.alert_id = alert.alert_id;
    PERFORM pls.add_note(alert.entity_id, alert.alert_id,
        format('rung %s%s, %s: %s', rung.level, CASE WHEN times > 0 THEN ' again' ELSE '' END,
               rung.action, said) || coalesce('; ' || nullif(btrim(rung.note), ''), ''));
    PERFORM pls.announce_alert(alert.entity_id, alert.alert_id);
    RETURN true;
END;
$$;
COMMENT ON FUNCTION pls.take_rung(pls.alerts, timestamptz) IS
    'takes the rung that is due at as_of of an alert that the caller holds: acts, writes level and log, notifies; false: none is due, or a row that it needs is held by another session';
REVOKE EXECUTE ON FUNCTION pls.take_rung(pls.alerts, timestamptz) FROM PUBLIC;

-- What is to be done, and to which alerts: pin (the ladder was edited since
-- the last sweep), wake, expire, climb.
CREATE FUNCTION pls.alerts_to_tend(task text, as_of timestamptz, at_most integer, alert_id bigint DEFAULT NULL)
    RETURNS SETOF pls.alerts
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off
    SET jit = off
AS $$
DECLARE
    some_paused CONSTANT boolean := pls.may_be_paused(task);
BEGIN
    CASE task
    WHEN 'pin' THEN
        RETURN QUERY
        SELECT b.* FROM pls.alerts b
         WHERE b.status IN ('open', 'working', 'snoozed')
           AND b.motion IN (SELECT e.motion FROM pls.escalations e
                             WHERE e.changed_at >= coalesce((SELECT max(w.swept_at) FROM pls.sweeps w
                                                              WHERE w.swept_at <= alerts_to_tend.as_of),
                                                            alerts_to_tend.as_of) - interval '10 minutes')
           AND (alerts_to_tend.alert_id IS NULL OR b.alert_id = alerts_to_tend.alert_id)
           AND CASE WHEN some_paused AND pls.is_paused('pin', b.motion, b.entity_id) THEN false
                    ELSE EXISTS (SELECT FROM pls.next_rung(b) n
                                  WHERE (b.next_rung, b.next_rung_at) IS DISTINCT FROM (n.level, n.at)) END
         LIMIT alerts_to_tend.at_most
           FOR UPDATE OF b SKIP LOCKED;
    WHEN 'wake' THEN
        RETURN QUERY
        SELECT b.* FROM pls.alerts b
         WHERE b.status = 'snoozed' AND b.snoozed_until <= alerts_to_tend.as_of
           AND (alerts_to_tend.alert_id IS NULL OR b.alert_id = alerts_to_tend.alert_id)
           AND NOT (some_paused AND pls.is_paused('wake', b.motion, b.entity_id))
         ORDER BY b.snoozed_until, b.alert_id
         LIMIT alerts_to_tend.at_most
           FOR UPDATE SKIP LOCKED;
    WHEN 'expire' THEN
        RETURN QUERY
        SELECT b.* FROM pls.motions m
          JOIN pls.alerts b ON b.motion = m.motion
         WHERE b.status = 'open' AND b.created_at <= pls.later(alerts_to_tend.as_of, - m.expire_after)
           AND (b.paused_at IS NULL OR b.clock_from <= alerts_to_tend.as_of)
           -- one that has come back, reopened or from being snoozed, has as
           -- long again
           AND NOT EXISTS (SELECT FROM pls.alert_log l
                            WHERE l.alert_id = b.alert_id AND l.change -> 'status' ->> 1 = 'open'
                              AND l.at > pls.later(alerts_to_tend.as_of, - m.expire_after))
           AND (alerts_to_tend.alert_id IS NULL OR b.alert_id = alerts_to_tend.alert_id)
           AND NOT (some_paused AND pls.is_paused('expire', b.motion, b.entity_id))
         LIMIT alerts_to_tend.at_most
           FOR UPDATE OF b SKIP LOCKED;
    WHEN 'climb' THEN
        RETURN QUERY
        SELECT b.* FROM pls.alerts b
         WHERE b.next_rung_at <= alerts_to_tend.as_of
           AND (alerts_to_tend.alert_id IS NULL OR b.alert_id = alerts_to_tend.alert_id)
           AND NOT (some_paused AND pls.is_paused('climb', b.motion, b.entity_id))
         ORDER BY b.next_rung_at, b.alert_id
         LIMIT alerts_to_tend.at_most
           FOR UPDATE SKIP LOCKED;
    END CASE;
END;
$$;
COMMENT ON FUNCTION pls.alerts_to_tend(text, timestamptz, integer, bigint) IS
    'takes hold of the alerts, at most so many (only this one, unless alert_id is NULL), to which a task of pls.tend() is to be done; those that another session holds are passed over, and those that have failed lately';
REVOKE EXECUTE ON FUNCTION pls.alerts_to_tend(text, timestamptz, integer, bigint) FROM PUBLIC;

-- Among which alerts those are: this cannot fail.
CREATE FUNCTION pls.candidates_to_tend(task text, as_of timestamptz)
    RETURNS TABLE (entity_id text, motion text, alert_id bigint)
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off
    SET jit = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT b.entity_id, b.motion, b.alert_id
      FROM pls.alerts b
     WHERE b.status IN ('open', 'working', 'snoozed')
       AND CASE candidates_to_tend.task
           WHEN 'wake' THEN b.snoozed_until <= candidates_to_tend.as_of
           WHEN 'climb' THEN b.next_rung_at <= candidates_to_tend.as_of
           WHEN 'expire' THEN b.status = 'open' AND EXISTS (SELECT FROM pls.motions m
                                                             WHERE m.motion = b.motion AND m.expire_after IS NOT NULL)
           ELSE EXISTS (SELECT FROM pls.escalations e WHERE e.motion = b.motion) END
       AND NOT pls.is_paused(candidates_to_tend.task, b.motion, b.entity_id)
     ORDER BY b.alert_id;
END;
$$;
COMMENT ON FUNCTION pls.candidates_to_tend(text, timestamptz) IS
    'part of pls.tend(): the alerts among which those are to which the task is to be done';
REVOKE EXECUTE ON FUNCTION pls.candidates_to_tend(text, timestamptz) FROM PUBLIC;

CREATE FUNCTION pls.tend_one(task text, alert pls.alerts, as_of timestamptz) RETURNS integer
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
    SET timezone = 'UTC'
    SET enable_seqscan = off
    SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    current pls.alerts := alert;
    steps   integer := 0;
BEGIN
    IF tend_one.task = 'climb' THEN
        WHILE current.next_rung_at <= tend_one.as_of AND pls.take_rung(current, tend_one.as_of) LOOP
            steps := steps + 1;
            SELECT a.* INTO current FROM pls.alerts a
             WHERE a.entity_id = alert.entity_id AND a.alert_id = alert.alert_id;
        END LOOP;
        RETURN steps;
    END IF;
    UPDATE pls.alerts a
       SET snoozed_until = CASE tend_one.task WHEN 'wake' THEN NULL ELSE a.snoozed_until END,
           status = CASE tend_one.task WHEN 'expire' THEN 'expired' ELSE a.status END,
           closed_reason = CASE tend_one.task WHEN 'expire' THEN (
                   SELECT format('nobody has touched it in %s', pls.span_text(m.expire_after))
                     FROM pls.motions m WHERE m.motion = a.motion)
               ELSE a.closed_reason END
     WHERE a.entity_id = alert.entity_id AND a.alert_id = alert.alert_id;
    RETURN 1;
END;
$$;
COMMENT ON FUNCTION pls.tend_one(text, pls.alerts, timestamptz) IS
    'does a task of pls.tend() to an alert that the caller holds; returns 1, or how many rungs were taken';
REVOKE EXECUTE ON FUNCTION pls.tend_one(text, pls.alerts, timestamptz) FROM PUBLIC;

CREATE FUNCTION pls.tend_batch(task text, as_of timestamptz, at_most integer, one bigint DEFAULT NULL) RETURNS integer
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    alert pls.alerts;
    done  integer := 0;
BEGIN
    FOR alert IN SELECT t.* FROM pls.alerts_to_tend(task, as_of, at_most, one) t LOOP
        done := done + pls.tend_one(task, alert, as_of);
    END LOOP;
    RETURN done;
END;
$$;
COMMENT ON FUNCTION pls.tend_batch(text, timestamptz, integer, bigint) IS
    'part of pls.tend(): does the task to so many alerts (one: to this one)';
REVOKE EXECUTE ON FUNCTION pls.tend_batch(text, timestamptz, integer, bigint) FROM PUBLIC;

CREATE FUNCTION pls.tend_each(task text, as_of timestamptz, at_most integer, deadline timestamptz) RETURNS integer
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    alert record;
    done  integer := 0;
BEGIN
    FOR alert IN SELECT c.* FROM pls.candidates_to_tend(task, as_of) c LOOP
        EXIT WHEN done >= at_most OR clock_timestamp() > deadline;
        BEGIN
            done := done + pls.tend_batch(task, as_of, 1, alert.alert_id);
        EXCEPTION WHEN OTHERS OR ASSERT_FAILURE THEN
            PERFORM pls.note_failure(task, alert.motion, alert.entity_id, SQLSTATE, SQLERRM);
        END;
    END LOOP;
    RETURN done;
END;
$$;
COMMENT ON FUNCTION pls.tend_each(text, timestamptz, integer, timestamptz) IS
    'part of pls.tend(): does the task to each alert in a subtransaction of its own, and writes what fails into pls.failures';
REVOKE EXECUTE ON FUNCTION pls.tend_each(text, timestamptz, integer, timestamptz) FROM PUBLIC;

-- All in one subtransaction; only if that fails each in its own.
CREATE FUNCTION pls.tend(task text, as_of timestamptz DEFAULT NULL, at_most integer DEFAULT 1000,
                         deadline timestamptz DEFAULT 'infinity') RETURNS integer
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    instant CONSTANT timestamptz := coalesce(as_of, pls.now());
BEGIN
    IF task IS NULL OR task NOT IN ('pin', 'wake', 'expire', 'climb') THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('there is no task "%s"', task),
            HINT = 'The task is pin, wake, expire or climb.';
    END IF;
    BEGIN
        RETURN pls.tend_batch(task, instant, at_most);
    EXCEPTION WHEN OTHERS OR ASSERT_FAILURE THEN
        RETURN pls.tend_each(task, instant, at_most, deadline);
    END;
END;
$$;
COMMENT ON FUNCTION pls.tend(text, timestamptz, integer, timestamptz) IS
    'part of pls.sweep(): does what is due at as_of (NULL: pls.now()) to at most so many alerts. wake: takes up those whose snoozed_until has come; expire: closes those that nobody has touched for pls.motions.expire_after, unless their clock stands still; climb: takes the rungs of pls.escalations that are due; pin: has those follow whose ladder was edited lately. Alerts that another session holds are left for the next time; one that fails is left as it is, written into pls.failures, and tried again after a pause. Returns how many alerts were changed, or rungs taken. Error 22023 (no such task)';
REVOKE EXECUTE ON FUNCTION pls.tend(text, timestamptz, integer, timestamptz) FROM PUBLIC;

CREATE FUNCTION pls.note_ladder_change() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    NEW.changed_at := pls.now();
    RETURN NEW;
END;
$$;
COMMENT ON FUNCTION pls.note_ladder_change() IS 'trigger: keeps pls.escalations.changed_at';
REVOKE EXECUTE ON FUNCTION pls.note_ladder_change() FROM PUBLIC;
CREATE TRIGGER note_change BEFORE INSERT OR UPDATE ON pls.escalations
    FOR EACH ROW WHEN (NOT pls.restoring())
    EXECUTE FUNCTION pls.note_ladder_change();
COMMENT ON TRIGGER note_change ON pls.escalations IS 'when the rung was last changed';

-- A task for pls.sweep().
CREATE FUNCTION pls.tend_for_a_while(task text, deadline timestamptz) RETURNS bigint
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    at_once CONSTANT integer := 200;
    -- what is changed stays locked until the sweep ends, and a rep waits
    enough  CONSTANT timestamptz := greatest(least(deadline, clock_timestamp() + interval '1 second'),
                                             clock_timestamp() + interval '0.2 seconds');
    done    integer;
    total   bigint := 0;
BEGIN
    LOOP
        done := pls.tend(task, NULL, at_once, enough);
        total := total + done;
        EXIT WHEN done < at_once OR clock_timestamp() > enough;
    END LOOP;
    RETURN total;
END;
$$;
COMMENT ON FUNCTION pls.tend_for_a_while(text, timestamptz) IS
    'step of the sweep: pls.tend() with a task until nothing is left to do, or for a second, or until the deadline; returns how many alerts were changed, or rungs taken';
REVOKE EXECUTE ON FUNCTION pls.tend_for_a_while(text, timestamptz) FROM PUBLIC;
