/* 40_escalation.sql - what the sweep does to alerts: escalation steps are
 * taken, snoozed alerts wake up, untouched ones expire.
 *
 * When is pinned on the alert (60_alerts/30_sla.sql), so each function reads an index.
 * An alert that another session holds is left for the next sweep, and one
 * that another sweep has dealt with no longer meets the condition once its
 * lock is free: each escalation step is taken once, and nobody waits.
 *
 * A task is done to all alerts in one subtransaction; only if that fails each
 * gets its own, and what fails is written into pls.failures and passed over
 * for a while.
 */

-- Who gets an alert that is taken from its rep: the member of the pool with
-- the greatest shortfall but for the rep, else the pool's fallback.  The turn
-- stays with whom it was charged to: who lets alerts lie is not asked sooner
-- again for that.  So turns do not show who has stood in; what a member holds
-- of the turns of others does, and counts as well, so that not all go to one.
-- handed_to: who has just got others that are nobody's turn.
CREATE FUNCTION pls_internal.stand_in(pool text, rep text, as_of timestamptz, handed_to text[] DEFAULT '{}') RETURNS text
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
              FROM (SELECT p.rep, p.weight, p.position, p.calibration, p.why_not,
                           p.turns + (SELECT count(*) FROM unnest(stand_in.handed_to) h WHERE h = p.rep)
                                   + (SELECT count(*) FROM pls.alerts a
                                       WHERE a.assigned_to = p.rep AND a.pool = stand_in.pool
                                         AND a.charged_to <> a.assigned_to AND pls_internal.is_open(a.status)) AS turns
                      FROM pls.pool_turns(stand_in.pool, stand_in.as_of) p) t
             WHERE t.why_not IS NULL AND t.rep IS DISTINCT FROM stand_in.rep) s
     ORDER BY s.shortfall DESC, s.weight DESC, s.position, s.rep COLLATE "C"
     LIMIT 1;
    IF pick IS NULL THEN
        SELECT p.fallback INTO pick
          FROM pls.pools p
         WHERE p.pool = stand_in.pool AND p.fallback IS DISTINCT FROM stand_in.rep
           AND pls_internal.owner_why_not(p.fallback, stand_in.as_of, false) IS NULL;
    END IF;
    RETURN pick;
END;
$$;
COMMENT ON FUNCTION pls_internal.stand_in IS
    'The other rep of the pool who takes an alert at as_of: the eligible member with the greatest shortfall of turns, to which each open alert that it holds of another''s turn adds one, and each entry of handed_to, else the fallback; NULL: nobody.';

CREATE FUNCTION pls_internal.manager_of(rep text, as_of timestamptz) RETURNS text
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
        IF pls_internal.owner_why_not(boss, manager_of.as_of, false) IS NULL THEN
            RETURN boss;
        END IF;
        seen := seen || boss;
    END LOOP;
END;
$$;
COMMENT ON FUNCTION pls_internal.manager_of IS
    'The rep''s manager, or the next one above who is active and not absent at as_of; NULL: nobody.';

-- A step for a manager waits while there is one, but nobody up the chain is
-- present.  Of one without a manager nobody will come.
CREATE FUNCTION pls_internal.waits_for_manager(alert pls.alerts, step pls.escalations, as_of timestamptz) RETURNS boolean
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN step.action = 'manager'
       AND EXISTS (SELECT FROM pls.reps r JOIN pls.reps m ON m.rep = r.manager WHERE r.rep = alert.assigned_to)
       AND pls_internal.manager_of(alert.assigned_to, as_of) IS NULL;
END;
$$;
COMMENT ON FUNCTION pls_internal.waits_for_manager IS
    'Whether an escalation step is for a manager, and the alert''s rep has one, but at as_of all of them up the chain are inactive or absent.';

CREATE FUNCTION pls_internal.waiting_note(alert pls.alerts, level integer) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT format('escalation step %s waits: no manager of %s is present', level, (alert).assigned_to);
END;
COMMENT ON FUNCTION pls_internal.waiting_note IS
    'What the log of an alert says once of an escalation step that waits for a manager.';

-- The sweep asks this of each alert with a step that is due, and so takes
-- nothing in hand of which all has been said.
CREATE FUNCTION pls_internal.is_waiting_noted(alert pls.alerts, as_of timestamptz) RETURNS boolean
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    step pls.escalations;
BEGIN
    SELECT e.* INTO step FROM pls.escalations e
     WHERE e.motion = alert.motion AND e.level = alert.next_rung AND e.action = 'manager';
    RETURN FOUND
       AND pls_internal.waits_for_manager(alert, step, is_waiting_noted.as_of)
       AND EXISTS (SELECT FROM pls.alert_log l
                    WHERE l.alert_id = alert.alert_id AND l.at >= alert.assigned_at
                      AND l.note = pls_internal.waiting_note(alert, step.level));
END;
$$;
COMMENT ON FUNCTION pls_internal.is_waiting_noted IS
    'Whether the next escalation step of an alert waits for a manager at as_of, and its log says so already.';

-- Only one who has had the alert for its whole limit is taken offline, not
-- one to whom it was given a minute ago.
CREATE FUNCTION pls_internal.take_offline(alert pls.alerts, step pls.escalations, as_of timestamptz,
                                 OUT done boolean, OUT offline boolean, OUT said text)
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    done := true;
    offline := false;
    IF alert.assigned_to IS NULL THEN
        said := 'the alert has no rep';
        RETURN;
    END IF;
    IF pls.working_time(alert.assigned_at, take_offline.as_of, (pls_internal.as_measured(alert, step.measured)).calendar)
       < (CASE step.measured WHEN 'respond' THEN alert.respond_within ELSE alert.resolve_within END) THEN
        said := format('%s has had the alert for less than its limit and stays active', alert.assigned_to);
        RETURN;
    END IF;
    PERFORM FROM pls.reps r WHERE r.rep = alert.assigned_to FOR NO KEY UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        done := NOT EXISTS (SELECT FROM pls.reps r WHERE r.rep = alert.assigned_to);
        said := format('%s is no longer a rep', alert.assigned_to);
        RETURN;
    END IF;
    offline := true;
    UPDATE pls.reps r SET active = false WHERE r.rep = alert.assigned_to AND r.active;
    said := CASE WHEN FOUND THEN format('%s is now inactive', alert.assigned_to)
                 ELSE format('%s was already inactive', alert.assigned_to) END;
END;
$$;
COMMENT ON FUNCTION pls_internal.take_offline IS
    'Makes the rep of an alert inactive if the rep has had it for its whole limit; done false: another session holds the rep''s row, and nothing was done; offline: whether the rep is inactive now; said: what happened.';

/* ---- alerts about whom nobody is to contact any more ---- */

CREATE FUNCTION pls_internal.alert_obstacle(motion text, entity_id text) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off
    SET jit = off
    SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
    at CONSTANT timestamptz := pls.now();
BEGIN
    RETURN (SELECT replace(r.reason, '_', ' ') || ': ' || r.detail
              FROM pls.motions m
             CROSS JOIN LATERAL pls_internal.known_of(m.unit, alert_obstacle.entity_id) k
             CROSS JOIN LATERAL pls_internal.contact_rule(ROW(m.*)::pls.motions, alert_obstacle.entity_id,
                                                          k.account, k.member, at) r
             WHERE m.motion = alert_obstacle.motion);
END;
$$;
COMMENT ON FUNCTION pls_internal.alert_obstacle IS
    'Why an alert of the motion about the entity is not to be worked on any more (see pls_internal.contact_rule), as pls.alerts.obstacle has it; NULL: nothing stands against it.';

-- An alert that has the reason already, since it was reopened or touched, is
-- left to its rep.  What is decided next says the same in pls.decisions, and
-- again when the reason is gone; the cooldown goes, for nobody was contacted.
CREATE FUNCTION pls_internal.apply_obstacle(motion text, entity_id text) RETURNS void
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off
    SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    alert     pls.alerts;
    words     text;
    withdrawn boolean;
BEGIN
    SELECT a.* INTO alert FROM pls.alerts a
     WHERE a.entity_id = apply_obstacle.entity_id AND a.motion = apply_obstacle.motion
       AND pls_internal.is_open(a.status)
       FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        -- who holds it may have closed it
        PERFORM pls_internal.note_looks_of(ARRAY[a.entity_id], NULL, a.motion)
           FROM pls.alerts a
          WHERE a.entity_id = apply_obstacle.entity_id AND a.motion = apply_obstacle.motion
            AND pls_internal.is_open(a.status);
        RETURN;
    END IF;
    words := pls_internal.alert_obstacle(alert.motion, alert.entity_id);
    IF words IS NOT DISTINCT FROM alert.obstacle THEN
        RETURN;
    END IF;
    withdrawn := alert.first_touch_at IS NULL AND alert.obstacle IS NULL;
    IF withdrawn THEN
        UPDATE pls.standings s
           SET cooldown_until = NULL, look_at = '-infinity',
               decide_again_at = CASE WHEN s.lane IS NOT NULL THEN pls.now() END
          FROM (SELECT t.entity_id, t.motion FROM pls.standings t
                 WHERE t.entity_id = alert.entity_id AND t.motion = alert.motion
                   FOR UPDATE SKIP LOCKED) held
         WHERE s.entity_id = held.entity_id AND s.motion = held.motion;
        IF NOT FOUND AND EXISTS (SELECT FROM pls.standings s
                                  WHERE s.entity_id = alert.entity_id AND s.motion = alert.motion) THEN
            PERFORM pls_internal.note_looks_of(ARRAY[alert.entity_id], NULL, alert.motion);
            RETURN;
        END IF;
    END IF;
    UPDATE pls.alerts a
       SET obstacle = words,
           status = CASE WHEN withdrawn THEN 'withdrawn' ELSE a.status END,
           closed_reason = CASE WHEN withdrawn THEN words ELSE a.closed_reason END
     WHERE a.entity_id = alert.entity_id AND a.alert_id = alert.alert_id;
    IF alert.obstacle IS NULL THEN
        PERFORM pls_internal.notify_alert(alert.entity_id, alert.alert_id);
    END IF;
END;
$$;
COMMENT ON FUNCTION pls_internal.apply_obstacle IS
    'Part of pls.sweep(): writes into the open alert of the motion about the entity why it is not to be contacted any more, or that it may be again (see pls.alerts.obstacle); one that nobody has touched is withdrawn when the reason is new. Does not wait for locks: what another session holds is looked at again by the next sweep.';

-- One step of an alert that the caller holds.
CREATE FUNCTION pls_internal.escalate(alert pls.alerts, as_of timestamptz) RETURNS boolean
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    step    pls.escalations;
    due     record;
    heir    text;
    said    text;
    offline record;
    taken_offline boolean := false;
    times   integer := 0;
BEGIN
    -- a rep is not to be driven to call whoever has bought or wants no call
    IF pls_internal.alert_obstacle(alert.motion, alert.entity_id) IS DISTINCT FROM alert.obstacle THEN
        PERFORM pls_internal.apply_obstacle(alert.motion, alert.entity_id);
        RETURN false;
    END IF;
    SELECT n.level, n.at INTO due FROM pls_internal.next_escalation(alert) n;
    IF due.at IS NULL OR due.at > escalate.as_of THEN
        -- the escalation steps were edited after the next one was pinned
        UPDATE pls.alerts a SET next_rung_at = due.at
         WHERE a.entity_id = alert.entity_id AND a.alert_id = alert.alert_id;
        RETURN false;
    END IF;
    SELECT e.* INTO step FROM pls.escalations e WHERE e.motion = alert.motion AND e.level = due.level;
    IF step.level = alert.escalation_level THEN
        -- those that were missed meanwhile count as taken
        times := least(step.repeat_limit, greatest(alert.escalation_repeats + 1, floor(
            extract(epoch FROM pls_internal.clock_reading(pls_internal.as_measured(alert, step.measured), escalate.as_of)
                - coalesce(step.after, step.at_share::double precision
                           * CASE step.measured WHEN 'respond' THEN alert.respond_within ELSE alert.resolve_within END))
            / extract(epoch FROM step.repeat_every))::integer));
    END IF;
    IF pls_internal.waits_for_manager(alert, step, escalate.as_of) THEN
        IF NOT pls_internal.is_waiting_noted(alert, escalate.as_of) THEN
            PERFORM pls.add_note(alert.entity_id, alert.alert_id, pls_internal.waiting_note(alert, step.level));
        END IF;
        RETURN false;
    END IF;
    IF step.action = 'offline' THEN
        SELECT o.done, o.offline, o.said INTO offline FROM pls_internal.take_offline(alert, step, escalate.as_of) o;
        IF NOT offline.done THEN
            RETURN false;
        END IF;
        taken_offline := offline.offline;
        said := offline.said;
    END IF;
    IF step.action = 'manager' THEN
        heir := pls_internal.manager_of(alert.assigned_to, escalate.as_of);
        said := coalesce('reassigned to manager ' || heir, 'no manager is available');
    ELSIF step.action = 'reassign' OR taken_offline THEN
        heir := pls_internal.stand_in(coalesce(step.pool, alert.pool), alert.assigned_to, escalate.as_of);
        said := concat_ws('; ', said, coalesce('reassigned to ' || heir, 'nobody else is available'));
    ELSIF step.action = 'notify' THEN
        said := coalesce('notified ' || alert.assigned_to, 'notified; the alert has no rep');
    END IF;
    UPDATE pls.alerts a
       SET escalation_level = step.level, escalation_repeats = times,
           pool = CASE WHEN heir IS NOT NULL AND step.action = 'reassign' THEN coalesce(step.pool, a.pool) ELSE a.pool END,
           assigned_to = coalesce(heir, a.assigned_to),
           assigned_at = CASE WHEN heir IS NULL THEN a.assigned_at ELSE escalate.as_of END
     WHERE a.entity_id = alert.entity_id AND a.alert_id = alert.alert_id;
    PERFORM pls.add_note(alert.entity_id, alert.alert_id,
        format('escalation step %s%s, %s: %s', step.level, CASE WHEN times > 0 THEN ' again' ELSE '' END,
               step.action, said) || coalesce('; ' || nullif(btrim(step.note), ''), ''));
    PERFORM pls_internal.notify_alert(alert.entity_id, alert.alert_id);
    RETURN true;
END;
$$;
COMMENT ON FUNCTION pls_internal.escalate IS
    'Takes the escalation step of an alert that is due at as_of; the caller holds the alert. Acts, writes level and log, notifies. False: no step is due, the entity is not to be contacted any more (the alert is withdrawn then, or says so), it waits for a manager (the log says so once), or another session holds a row that it needs.';

-- What is to be done, and to which alerts: pin (escalations were edited since
-- the last sweep), wake, expire, escalate.
-- One that has come back, reopened or from being snoozed, has as long again.
-- Inlined.
CREATE FUNCTION pls_internal.is_expired(alert_id bigint, status text, created_at timestamptz, paused_at timestamptz, clock_from timestamptz,
                               expire_after interval, as_of timestamptz) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT is_expired.status = 'open' AND is_expired.created_at <= pls_internal.later(is_expired.as_of, - is_expired.expire_after)
       AND (is_expired.paused_at IS NULL OR is_expired.clock_from <= is_expired.as_of)
       AND NOT EXISTS (SELECT FROM pls.alert_log l
                        WHERE l.alert_id = is_expired.alert_id AND l.change -> 'status' ->> 1 = 'open'
                          AND l.at > pls_internal.later(is_expired.as_of, - is_expired.expire_after));
END;
COMMENT ON FUNCTION pls_internal.is_expired IS
    'Whether an alert that has these columns, of a motion with this expire_after, expires at as_of; NULL: not, alerts of the motion never do.';

CREATE FUNCTION pls_internal.hold_alerts_to_maintain(task text, as_of timestamptz, at_most integer, alert_id bigint DEFAULT NULL)
    RETURNS SETOF pls.alerts
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off
    SET jit = off
AS $$
DECLARE
    some_paused CONSTANT boolean := pls_internal.may_be_paused(task);
BEGIN
    CASE task
    WHEN 'pin' THEN
        RETURN QUERY
        SELECT b.* FROM pls.alerts b
         WHERE pls_internal.is_open(b.status)
           AND b.motion IN (SELECT e.motion FROM pls.escalations e
                             WHERE e.changed_at >= coalesce((SELECT max(w.swept_at) FROM pls.sweeps w
                                                              WHERE w.swept_at <= hold_alerts_to_maintain.as_of),
                                                            hold_alerts_to_maintain.as_of) - interval '10 minutes')
           AND (hold_alerts_to_maintain.alert_id IS NULL OR b.alert_id = hold_alerts_to_maintain.alert_id)
           AND CASE WHEN some_paused AND pls_internal.is_paused('pin', b.motion, b.entity_id) THEN false
                    ELSE EXISTS (SELECT FROM pls_internal.next_escalation(b) n
                                  WHERE (b.next_rung, b.next_rung_at) IS DISTINCT FROM (n.level, n.at)) END
         LIMIT hold_alerts_to_maintain.at_most
           FOR UPDATE OF b SKIP LOCKED;
    WHEN 'wake' THEN
        RETURN QUERY
        SELECT b.* FROM pls.alerts b
         WHERE b.status = 'snoozed' AND b.snoozed_until <= hold_alerts_to_maintain.as_of
           AND (hold_alerts_to_maintain.alert_id IS NULL OR b.alert_id = hold_alerts_to_maintain.alert_id)
           AND NOT (some_paused AND pls_internal.is_paused('wake', b.motion, b.entity_id))
         ORDER BY b.snoozed_until, b.alert_id
         LIMIT hold_alerts_to_maintain.at_most
           FOR UPDATE SKIP LOCKED;
    WHEN 'expire' THEN
        RETURN QUERY
        SELECT b.* FROM pls.motions m
          JOIN pls.alerts b ON b.motion = m.motion
         -- what is not inlined finds none by an index
         WHERE b.status = 'open' AND b.created_at <= pls_internal.later(hold_alerts_to_maintain.as_of, - m.expire_after)
           AND pls_internal.is_expired(b.alert_id, b.status, b.created_at, b.paused_at, b.clock_from, m.expire_after,
                                       hold_alerts_to_maintain.as_of)
           AND (hold_alerts_to_maintain.alert_id IS NULL OR b.alert_id = hold_alerts_to_maintain.alert_id)
           AND NOT (some_paused AND pls_internal.is_paused('expire', b.motion, b.entity_id))
         LIMIT hold_alerts_to_maintain.at_most
           FOR UPDATE OF b SKIP LOCKED;
    WHEN 'escalate' THEN
        RETURN QUERY
        SELECT b.* FROM pls.alerts b
         WHERE b.next_rung_at <= hold_alerts_to_maintain.as_of
           AND (hold_alerts_to_maintain.alert_id IS NULL OR b.alert_id = hold_alerts_to_maintain.alert_id)
           AND NOT (some_paused AND pls_internal.is_paused('escalate', b.motion, b.entity_id))
           AND NOT pls_internal.is_waiting_noted(b, hold_alerts_to_maintain.as_of)
         ORDER BY b.next_rung_at, b.alert_id
         LIMIT hold_alerts_to_maintain.at_most
           FOR UPDATE SKIP LOCKED;
    END CASE;
END;
$$;
COMMENT ON FUNCTION pls_internal.hold_alerts_to_maintain IS
    'Locks the alerts, at most this many (only this one, unless alert_id is NULL), to which a task of pls_internal.maintain_alerts() is to be done; those that another session holds are skipped, and so are those that have failed recently.';

-- Among which alerts those are: this cannot fail.
CREATE FUNCTION pls_internal.alerts_to_maintain(task text, as_of timestamptz)
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
     WHERE pls_internal.is_open(b.status)
       AND CASE alerts_to_maintain.task
           WHEN 'wake' THEN b.snoozed_until <= alerts_to_maintain.as_of
           WHEN 'escalate' THEN b.next_rung_at <= alerts_to_maintain.as_of
           WHEN 'expire' THEN b.status = 'open' AND EXISTS (SELECT FROM pls.motions m
                                                             WHERE m.motion = b.motion AND m.expire_after IS NOT NULL)
           ELSE EXISTS (SELECT FROM pls.escalations e WHERE e.motion = b.motion) END
       AND NOT pls_internal.is_paused(alerts_to_maintain.task, b.motion, b.entity_id)
     ORDER BY b.alert_id;
END;
$$;
COMMENT ON FUNCTION pls_internal.alerts_to_maintain IS
    'Part of pls_internal.maintain_alerts(): the alerts among which those are to which the task is to be done.';

CREATE FUNCTION pls_internal.maintain_alert(task text, alert pls.alerts, as_of timestamptz) RETURNS integer
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
    IF maintain_alert.task = 'escalate' THEN
        WHILE current.next_rung_at <= maintain_alert.as_of AND pls_internal.escalate(current, maintain_alert.as_of) LOOP
            steps := steps + 1;
            SELECT a.* INTO current FROM pls.alerts a
             WHERE a.entity_id = alert.entity_id AND a.alert_id = alert.alert_id;
        END LOOP;
        RETURN steps;
    END IF;
    UPDATE pls.alerts a
       SET snoozed_until = CASE maintain_alert.task WHEN 'wake' THEN NULL ELSE a.snoozed_until END,
           status = CASE maintain_alert.task WHEN 'expire' THEN 'expired' ELSE a.status END,
           closed_reason = CASE maintain_alert.task WHEN 'expire' THEN (
                   SELECT format('nobody has touched it in %s', pls_internal.span_text(m.expire_after))
                     FROM pls.motions m WHERE m.motion = a.motion)
               ELSE a.closed_reason END
     WHERE a.entity_id = alert.entity_id AND a.alert_id = alert.alert_id;
    RETURN 1;
END;
$$;
COMMENT ON FUNCTION pls_internal.maintain_alert IS
    'Does a task of pls_internal.maintain_alerts() to an alert that the caller holds; returns 1, or the number of escalation steps taken.';

CREATE FUNCTION pls_internal.maintain_alert_batch(task text, as_of timestamptz, at_most integer, one bigint DEFAULT NULL) RETURNS integer
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    alert pls.alerts;
    done  integer := 0;
BEGIN
    FOR alert IN SELECT t.* FROM pls_internal.hold_alerts_to_maintain(task, as_of, at_most, one) t LOOP
        done := done + pls_internal.maintain_alert(task, alert, as_of);
    END LOOP;
    RETURN done;
END;
$$;
COMMENT ON FUNCTION pls_internal.maintain_alert_batch IS
    'Part of pls_internal.maintain_alerts(): does the task to this many alerts (one: to this one).';

CREATE FUNCTION pls_internal.maintain_each_alert(task text, as_of timestamptz, at_most integer, deadline timestamptz) RETURNS integer
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    alert record;
    done  integer := 0;
BEGIN
    FOR alert IN SELECT c.* FROM pls_internal.alerts_to_maintain(task, as_of) c LOOP
        EXIT WHEN done >= at_most OR clock_timestamp() > deadline;
        BEGIN
            done := done + pls_internal.maintain_alert_batch(task, as_of, 1, alert.alert_id);
        EXCEPTION WHEN OTHERS OR ASSERT_FAILURE THEN
            PERFORM pls_internal.note_failure(task, alert.motion, alert.entity_id, SQLSTATE, SQLERRM);
        END;
    END LOOP;
    RETURN done;
END;
$$;
COMMENT ON FUNCTION pls_internal.maintain_each_alert IS
    'Part of pls_internal.maintain_alerts(): does the task to each alert in a subtransaction of its own, and writes what fails into pls.failures.';

-- All in one subtransaction; only if that fails each in its own.
CREATE FUNCTION pls_internal.maintain_alerts(task text, as_of timestamptz DEFAULT NULL, at_most integer DEFAULT 1000,
                         deadline timestamptz DEFAULT 'infinity') RETURNS integer
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    instant CONSTANT timestamptz := coalesce(as_of, pls.now());
BEGIN
    IF task IS NULL OR task NOT IN ('pin', 'wake', 'expire', 'escalate') THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('unknown task "%s"', task),
            HINT = 'The tasks are pin, wake, expire and escalate.';
    END IF;
    BEGIN
        RETURN pls_internal.maintain_alert_batch(task, instant, at_most);
    EXCEPTION WHEN OTHERS OR ASSERT_FAILURE THEN
        RETURN pls_internal.maintain_each_alert(task, instant, at_most, deadline);
    END;
END;
$$;
COMMENT ON FUNCTION pls_internal.maintain_alerts IS
    'Part of pls.sweep(): does what is due at as_of (NULL: pls.now()) to at most this many alerts. wake: reopens alerts whose snooze has ended; expire: closes alerts that nobody has touched for pls.motions.expire_after, unless their clock is stopped; escalate: takes the escalation steps that are due; pin: recomputes the next step of alerts whose escalations were edited recently. Alerts that another session holds are left for the next sweep; an alert that fails is left unchanged, recorded in pls.failures, and retried after a pause. Returns how many alerts were changed, or escalation steps taken. Error 22023 (unknown task).';

CREATE FUNCTION pls_internal.note_escalation_change() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    NEW.changed_at := pls.now();
    RETURN NEW;
END;
$$;
COMMENT ON FUNCTION pls_internal.note_escalation_change IS 'Trigger: keeps pls.escalations.changed_at.';
CREATE TRIGGER note_change BEFORE INSERT OR UPDATE ON pls.escalations
    FOR EACH ROW WHEN (NOT pls_internal.restoring())
    EXECUTE FUNCTION pls_internal.note_escalation_change();
COMMENT ON TRIGGER note_change ON pls.escalations IS 'Records when the escalation step was last changed.';

-- A task for pls.sweep().
CREATE FUNCTION pls_internal.maintain_alerts_until(task text, deadline timestamptz) RETURNS bigint
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
        done := pls_internal.maintain_alerts(task, NULL, at_once, enough);
        total := total + done;
        EXIT WHEN done < at_once OR clock_timestamp() > enough;
    END LOOP;
    RETURN total;
END;
$$;
COMMENT ON FUNCTION pls_internal.maintain_alerts_until IS
    'Step of the sweep: pls_internal.maintain_alerts() with a task until nothing is left to do, or for a second, or until the deadline; returns how many alerts were changed, or escalation steps taken.';
