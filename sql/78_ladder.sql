/* 78_ladder.sql - what the sweep does to alerts: the ladder is climbed, the
 * snoozed wake, the untouched expire.
 *
 * When is pinned on the alert (69_sla.sql), so each function reads an index.
 * An alert that another session holds is left for the next sweep, and one
 * that another sweep has dealt with no longer meets the condition once its
 * lock is free: each rung is taken once, and nobody waits.
 */

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
                                 OUT done boolean, OUT said text)
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    done := true;
    IF alert.assigned_to IS NULL THEN
        said := 'it has no rep';
        RETURN;
    END IF;
    IF pls.working_time(alert.assigned_at, take_offline.as_of, alert.calendar)
       < CASE rung.measured WHEN 'respond' THEN alert.respond_within ELSE alert.resolve_within END THEN
        said := format('%s has not had it for as long as the limit and stays', alert.assigned_to);
        RETURN;
    END IF;
    PERFORM FROM pls.reps r WHERE r.rep = alert.assigned_to FOR NO KEY UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        done := NOT EXISTS (SELECT FROM pls.reps r WHERE r.rep = alert.assigned_to);
        said := format('%s is no rep any more', alert.assigned_to);
        RETURN;
    END IF;
    UPDATE pls.reps r SET active = false WHERE r.rep = alert.assigned_to AND r.active;
    said := CASE WHEN FOUND THEN format('%s is inactive now', alert.assigned_to)
                 ELSE format('%s was inactive', alert.assigned_to) END;
END;
$$;
COMMENT ON FUNCTION pls.take_offline(pls.alerts, pls.escalations, timestamptz) IS
    'makes the rep of an alert inactive who has had it for as long as its limit; done false: the rep''s row is held by another session, nothing was done; said: what happened';
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
        SELECT o.done, o.said INTO offline FROM pls.take_offline(alert, rung, take_rung.as_of) o;
        IF NOT offline.done THEN
            RETURN false;
        END IF;
        said := offline.said;
    END IF;
    IF rung.action = 'manager' THEN
        heir := pls.manager_of(alert.assigned_to, take_rung.as_of);
        said := coalesce('given to manager ' || heir, 'no manager can take it');
    ELSIF rung.action = 'reassign' OR (rung.action = 'offline' AND said LIKE '%inactive%') THEN
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

CREATE FUNCTION pls.climb_ladder(as_of timestamptz DEFAULT NULL, at_most integer DEFAULT 1000) RETURNS integer
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off
    SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    instant CONSTANT timestamptz := coalesce(climb_ladder.as_of, pls.now());
    alert   pls.alerts;
    taken   integer := 0;
    climbed boolean;
BEGIN
    FOR alert IN
        SELECT a.*
          FROM pls.alerts a
         WHERE a.next_rung_at <= instant
         ORDER BY a.next_rung_at, a.alert_id
         LIMIT climb_ladder.at_most
           FOR UPDATE SKIP LOCKED
    LOOP
        -- an error of one alert must not stop the sweep
        BEGIN
            LOOP
                climbed := pls.take_rung(alert, instant);
                EXIT WHEN NOT climbed;
                taken := taken + 1;
                SELECT a.* INTO alert FROM pls.alerts a
                 WHERE a.entity_id = alert.entity_id AND a.alert_id = alert.alert_id;
                EXIT WHEN alert.next_rung_at IS NULL OR alert.next_rung_at > instant;
            END LOOP;
        EXCEPTION WHEN OTHERS THEN
            RAISE WARNING USING
                ERRCODE = SQLSTATE,
                MESSAGE = format('the ladder of alert %s could not be climbed: %s', alert.alert_id, SQLERRM);
        END;
    END LOOP;
    RETURN taken;
END;
$$;
COMMENT ON FUNCTION pls.climb_ladder(timestamptz, integer) IS
    'takes the rungs of pls.escalations that are due at as_of (NULL: pls.now()), of at most so many alerts; those that another session holds are left for the next time; returns how many were taken. An alert whose step fails is left as it was, with a warning';
REVOKE EXECUTE ON FUNCTION pls.climb_ladder(timestamptz, integer) FROM PUBLIC;

CREATE FUNCTION pls.wake_snoozed(as_of timestamptz DEFAULT NULL, at_most integer DEFAULT 1000) RETURNS integer
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off
    SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    woken integer;
BEGIN
    UPDATE pls.alerts a
       SET snoozed_until = NULL
      FROM (SELECT b.entity_id, b.alert_id
              FROM pls.alerts b
             WHERE b.status = 'snoozed'
               AND b.snoozed_until <= coalesce(wake_snoozed.as_of, pls.now())
             ORDER BY b.snoozed_until, b.alert_id
             LIMIT wake_snoozed.at_most
               FOR UPDATE SKIP LOCKED) held
     WHERE a.entity_id = held.entity_id AND a.alert_id = held.alert_id;
    GET DIAGNOSTICS woken = ROW_COUNT;
    RETURN woken;
END;
$$;
COMMENT ON FUNCTION pls.wake_snoozed(timestamptz, integer) IS
    'takes up alerts, at most so many, whose snoozed_until has come; those that another session holds are left for the next time; returns how many';
REVOKE EXECUTE ON FUNCTION pls.wake_snoozed(timestamptz, integer) FROM PUBLIC;

CREATE FUNCTION pls.expire_untouched(as_of timestamptz DEFAULT NULL, at_most integer DEFAULT 1000) RETURNS integer
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
    SET timezone = 'UTC'
    SET enable_seqscan = off
    SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    instant CONSTANT timestamptz := coalesce(expire_untouched.as_of, pls.now());
    expired integer;
BEGIN
    UPDATE pls.alerts a
       SET status = 'expired', closed_reason = format('nobody has touched it in %s', pls.span_text(held.expire_after))
      FROM (SELECT b.entity_id, b.alert_id, m.expire_after
              FROM pls.motions m
              JOIN pls.alerts b ON b.motion = m.motion
             WHERE b.status = 'open' AND b.created_at <= instant - m.expire_after
               AND (b.paused_at IS NULL OR b.clock_from <= instant)
             LIMIT expire_untouched.at_most
               FOR UPDATE OF b SKIP LOCKED) held
     WHERE a.entity_id = held.entity_id AND a.alert_id = held.alert_id;
    GET DIAGNOSTICS expired = ROW_COUNT;
    RETURN expired;
END;
$$;
COMMENT ON FUNCTION pls.expire_untouched(timestamptz, integer) IS
    'lets alerts, at most so many, expire that nobody has touched for pls.motions.expire_after; not those that are snoozed or whose clock stands still; those that another session holds are left for the next time; returns how many';
REVOKE EXECUTE ON FUNCTION pls.expire_untouched(timestamptz, integer) FROM PUBLIC;

-- A ladder that was edited: open alerts take up their next rung anew.
CREATE FUNCTION pls.pin_rungs(since timestamptz) RETURNS integer
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    pinned integer;
BEGIN
    UPDATE pls.alerts a
       SET next_rung = held.level
      FROM (SELECT b.entity_id, b.alert_id, n.level
              FROM pls.alerts b
             CROSS JOIN LATERAL pls.next_rung(b) n
             WHERE b.status IN ('open', 'working', 'snoozed')
               AND b.motion IN (SELECT e.motion FROM pls.escalations e WHERE e.changed_at >= pin_rungs.since)
               AND (b.next_rung, b.next_rung_at) IS DISTINCT FROM (n.level, n.at)
               FOR UPDATE OF b SKIP LOCKED) held
     WHERE a.entity_id = held.entity_id AND a.alert_id = held.alert_id;
    GET DIAGNOSTICS pinned = ROW_COUNT;
    RETURN pinned;
END;
$$;
COMMENT ON FUNCTION pls.pin_rungs(timestamptz) IS
    'sets the next rung of open alerts of motions whose ladder was changed since an instant; returns of how many';
REVOKE EXECUTE ON FUNCTION pls.pin_rungs(timestamptz) FROM PUBLIC;

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

-- All of it, for pls.sweep().
CREATE FUNCTION pls.tend_alerts(deadline timestamptz) RETURNS bigint
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    at_once CONSTANT integer := 1000;
    done    integer;
    climbed bigint := 0;
BEGIN
    PERFORM pls.pin_rungs((SELECT least(max(w.swept_at), pls.now()) - interval '10 minutes' FROM pls.sweeps w));
    LOOP
        done := pls.wake_snoozed(NULL, at_once);
        EXIT WHEN done < at_once OR clock_timestamp() > deadline;
    END LOOP;
    LOOP
        done := pls.expire_untouched(NULL, at_once);
        EXIT WHEN done < at_once OR clock_timestamp() > deadline;
    END LOOP;
    LOOP
        done := pls.climb_ladder(NULL, at_once);
        climbed := climbed + done;
        EXIT WHEN done < at_once OR clock_timestamp() > deadline;
    END LOOP;
    PERFORM pls.forget_deliveries();
    RETURN climbed;
END;
$$;
COMMENT ON FUNCTION pls.tend_alerts(timestamptz) IS
    'part of pls.sweep(), until a deadline: wakes snoozed alerts, lets untouched ones expire, climbs the ladder, and forgets old deliveries; waits for nobody; returns how many rungs were taken';
REVOKE EXECUTE ON FUNCTION pls.tend_alerts(timestamptz) FROM PUBLIC;
