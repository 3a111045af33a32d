/* 38_waiting.sql - alerts that wait for a rep: first come, first served.
 *
 * An alert that nobody could take waits in its pool.  A new one is not raised
 * ahead of it (pls_internal.alerts_ahead(), for 50_decide/40_decide.sql), and
 * whoever frees capacity gives it to the oldest ones that wait: a rep's click at
 * once (pls_internal.serve_waiting()), and the sweep what time alone has freed
 * (pls_internal.assign_waiting()).  All three ask pls_internal.waiting_alerts().
 *
 * Nobody waits here.  What another session holds is skipped, and an INSERT
 * that raises an alert only looks.  Two sessions that free a rep each at the
 * same moment skip each other's alert and give two.  What was freed while
 * somebody else's alert was on its way is given by the next sweep.
 */

CREATE FUNCTION pls_internal.waiting_alerts(of_pool text, at_most bigint)
    RETURNS TABLE (entity_id text, alert_id bigint, motion text, account_id text, route text, pool text,
                   created_at timestamptz, owner text, in_hours boolean, owner_only boolean)
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off
    SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    some_paused CONSTANT boolean := pls_internal.may_be_paused('assign');
BEGIN
    RETURN QUERY
    SELECT w.entity_id, w.alert_id, w.motion, w.account_id, w.route, w.pool, w.created_at,
           CASE WHEN r.owner IS DISTINCT FROM 'ignore' THEN nullif(c.owner, '') END,
           coalesce(r.in_hours, false), coalesce(r.owner = 'only', false)
      -- not the whole rows, which may be many, and few of them get a rep
      FROM (SELECT a.entity_id, a.alert_id, a.motion, a.account_id, a.route, a.pool, a.created_at
              FROM pls.alerts a
             WHERE a.assigned_to IS NULL AND a.pool = waiting_alerts.of_pool
               AND pls_internal.is_open(a.status)
               AND NOT (some_paused AND pls_internal.is_paused('assign', a.motion, a.entity_id))
             ORDER BY a.created_at, a.alert_id
             LIMIT waiting_alerts.at_most) w
      LEFT JOIN pls.accounts c ON c.account_id = w.account_id
      LEFT JOIN pls.routes r ON r.motion = w.motion AND r.route = w.route
     ORDER BY w.created_at, w.alert_id;
END;
$$;
COMMENT ON FUNCTION pls_internal.waiting_alerts IS
    'The oldest open alerts of a pool that have no rep, at most this many (NULL: all), oldest first, without those that have failed recently (pls.failures); owner: of the account, unless the route ignores it; in_hours: their route asks for working hours; owner_only: their route has none but the owner take them.';

CREATE FUNCTION pls_internal.alerts_ahead(pool text, entity_id text, motion text, in_hours boolean, as_of timestamptz) RETURNS bigint
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off
    SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    looked_at CONSTANT bigint := 100;
    ahead     record;
BEGIN
    -- mostly nobody waits
    IF NOT EXISTS (SELECT FROM pls.alerts a
                    WHERE a.assigned_to IS NULL AND a.pool = alerts_ahead.pool AND pls_internal.is_open(a.status)) THEN
        RETURN 0;
    END IF;
    SELECT count(*) AS n, count(*) FILTER (WHERE w.in_hours AND alerts_ahead.in_hours IS NOT TRUE) AS in_hours INTO ahead
      FROM pls_internal.waiting_alerts(alerts_ahead.pool, looked_at) w
     WHERE NOT w.owner_only AND (w.entity_id, w.motion) IS DISTINCT FROM (alerts_ahead.entity_id, alerts_ahead.motion);
    -- those for which the reps who are there are out of hours
    IF ahead.in_hours > 0
       AND (SELECT p.rep FROM pls.assign(alerts_ahead.pool, NULL, alerts_ahead.as_of, true) p) IS NULL THEN
        RETURN ahead.n - ahead.in_hours;
    END IF;
    RETURN ahead.n;
END;
$$;
COMMENT ON FUNCTION pls_internal.alerts_ahead IS
    'How many alerts of the pool wait for a rep who could take this one, which comes after them; the oldest 100 that wait are looked at. Not counted are the alert of the entity itself, those that only the owner of the account may take, those that have failed recently, and, unless in_hours, those that wait for nothing but working hours.';

CREATE FUNCTION pls_internal.ahead_text(ahead bigint, pool text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT format(CASE ahead_text.ahead WHEN 1 THEN '%s other waits for pool "%s"' ELSE '%s others wait for pool "%s"' END,
                  ahead_text.ahead, ahead_text.pool);
END;
COMMENT ON FUNCTION pls_internal.ahead_text IS
    'Why a new alert has no rep that comes after so many others of its pool.';

CREATE FUNCTION pls_internal.assign_one(waiting pls.alerts, owner text, full_up boolean, as_of timestamptz) RETURNS text
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off
    SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    way  pls.routes;
    pick record;
BEGIN
    SELECT r.* INTO way FROM pls.routes r WHERE r.motion = waiting.motion AND r.route = waiting.route;
    way.in_hours := coalesce(way.in_hours, false);
    -- what still cannot be assigned must not keep the rest from its turn
    IF assign_one.full_up
       AND (assign_one.owner IS NULL OR pls_internal.owner_why_not(assign_one.owner, assign_one.as_of, way.in_hours) IS NOT NULL) THEN
        RETURN 'not tried';
    END IF;
    -- an alert that stays without a rep is not held, or whoever frees one
    -- meanwhile would give the next alert
    SELECT p.rep, p.trace, p.takes_turn INTO pick
      FROM pls.assign(waiting.pool, waiting.account_id, assign_one.as_of, way.in_hours,
                      coalesce(way.owner, 'first'), way.owner_takes_turn) p;
    IF pick.rep IS NULL THEN
        RETURN 'nobody';
    END IF;
    PERFORM FROM pls.alerts a
      WHERE a.entity_id = waiting.entity_id AND a.alert_id = waiting.alert_id
        AND a.assigned_to IS NULL AND a.pool = waiting.pool
        AND pls_internal.is_open(a.status)
        FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN 'busy';
    END IF;
    UPDATE pls.alerts a
       SET assigned_to = pick.rep, assigned_at = assign_one.as_of,
           assignment_trace = pick.trace,
           charged_to = CASE WHEN pick.takes_turn THEN pick.rep END,
           charged_at = CASE WHEN pick.takes_turn THEN assign_one.as_of END
     WHERE a.entity_id = waiting.entity_id AND a.alert_id = waiting.alert_id;
    IF pick.takes_turn THEN
        PERFORM pls_internal.update_turn_counts(waiting.pool);
    END IF;
    RETURN 'given';
END;
$$;
COMMENT ON FUNCTION pls_internal.assign_one IS
    'Part of pls_internal.assign_batch(): assigns an alert to the next rep; of waiting, entity_id, alert_id, motion, account_id, route and pool are used. full_up: nobody in its pool is available, so only the account''s owner is tried. Returns given, nobody (nobody is available), busy (in another session, or no longer unassigned) or not tried.';

CREATE FUNCTION pls_internal.assign_batch(as_of timestamptz, pools text[], of_each bigint, at_most integer,
                                 one_by_one boolean, deadline timestamptz, but bigint DEFAULT NULL) RETURNS integer
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    waiting  record;
    alert    pls.alerts;
    fate     text;
    nobody   boolean;
    full_up  text[] := '{}';    -- pools that have nobody left
    in_hours text[] := '{}';    -- pools that have nobody left in working hours
    given    integer := 0;
BEGIN
    FOR waiting IN
        SELECT w.* FROM unnest(assign_batch.pools) AS p (pool)
         CROSS JOIN LATERAL pls_internal.waiting_alerts(p.pool, assign_batch.of_each) w
         WHERE w.alert_id IS DISTINCT FROM assign_batch.but
         ORDER BY w.created_at, w.alert_id
    LOOP
        EXIT WHEN given >= assign_batch.at_most OR clock_timestamp() > assign_batch.deadline;
        nobody := waiting.owner_only OR waiting.pool = ANY (full_up) OR waiting.in_hours AND waiting.pool = ANY (in_hours);
        CONTINUE WHEN nobody AND waiting.owner IS NULL;
        alert.entity_id := waiting.entity_id;
        alert.alert_id := waiting.alert_id;
        alert.motion := waiting.motion;
        alert.account_id := waiting.account_id;
        alert.route := waiting.route;
        alert.pool := waiting.pool;
        IF one_by_one THEN
            BEGIN
                fate := pls_internal.assign_one(alert, waiting.owner, nobody, assign_batch.as_of);
            EXCEPTION WHEN OTHERS OR ASSERT_FAILURE THEN
                PERFORM pls_internal.note_failure('assign', alert.motion, alert.entity_id, SQLSTATE, SQLERRM);
                fate := 'failed';
            END;
        ELSE
            fate := pls_internal.assign_one(alert, waiting.owner, nobody, assign_batch.as_of);
        END IF;
        given := given + CASE fate WHEN 'given' THEN 1 ELSE 0 END;
        IF fate = 'nobody' AND waiting.in_hours THEN
            in_hours := in_hours || alert.pool;
        ELSIF fate = 'nobody' THEN
            full_up := full_up || alert.pool;
        END IF;
    END LOOP;
    RETURN given;
END;
$$;
COMMENT ON FUNCTION pls_internal.assign_batch IS
    'Gives the oldest alerts that wait in these pools to whose turn it is, at most at_most; of each pool only the oldest of_each (NULL: all) are looked at, and not the one named by but. one_by_one: each alert in a subtransaction of its own, and what fails is written into pls.failures. Returns how many were given.';

CREATE FUNCTION pls_internal.pools_with_waiting() RETURNS text[]
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off
    SET jit = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN ARRAY(
        -- from one pool to the next in the index of what waits
        WITH RECURSIVE next (pool) AS (
            (SELECT a.pool FROM pls.alerts a
              WHERE a.assigned_to IS NULL AND a.pool IS NOT NULL AND pls_internal.is_open(a.status)
              ORDER BY a.pool LIMIT 1)
            UNION ALL
            SELECT (SELECT a.pool FROM pls.alerts a
                     WHERE a.assigned_to IS NULL AND a.pool > n.pool AND pls_internal.is_open(a.status)
                     ORDER BY a.pool LIMIT 1)
              FROM next n WHERE n.pool IS NOT NULL)
        SELECT n.pool FROM next n WHERE n.pool IS NOT NULL);
END;
$$;
COMMENT ON FUNCTION pls_internal.pools_with_waiting IS
    'The pools in which an open alert waits for a rep.';

CREATE FUNCTION pls_internal.assign_waiting(as_of timestamptz DEFAULT NULL, at_most integer DEFAULT 1000,
                                   deadline timestamptz DEFAULT 'infinity')
    RETURNS integer
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    instant CONSTANT timestamptz := coalesce(as_of, pls.now());
    -- past its time the sweep still assigns some
    enough  CONSTANT timestamptz := greatest(deadline, clock_timestamp() + interval '0.2 seconds');
    pools   CONSTANT text[] := pls_internal.pools_with_waiting();
BEGIN
    BEGIN
        RETURN pls_internal.assign_batch(instant, pools, NULL, at_most, false, enough);
    EXCEPTION WHEN OTHERS OR ASSERT_FAILURE THEN
        RETURN pls_internal.assign_batch(instant, pools, NULL, at_most, true, enough);
    END;
END;
$$;
COMMENT ON FUNCTION pls_internal.assign_waiting IS
    'Step of the sweep: assigns open alerts without a rep, oldest first, up to at_most and until the deadline; alerts held by other sessions are left for the next time, and so are those that fail (pls.failures); returns how many were assigned.';

/* ---- whoever frees capacity ---- */

-- A part of whoever's statement this is: it must neither fail nor wait for
-- this, and a snapshot that is older than the alerts of others cannot give.
CREATE FUNCTION pls_internal.serve_waiting(pools text[], at_most integer, but bigint DEFAULT NULL) RETURNS void
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
    SET lock_timeout = '50ms'
AS $$
DECLARE
    looked_at CONSTANT bigint := 20;
BEGIN
    IF cardinality(serve_waiting.pools) = 0 OR current_setting('transaction_isolation') NOT IN ('read committed', 'read uncommitted')
       -- what somebody's trigger refuses at commit would fail the statement
       OR EXISTS (SELECT FROM pls_internal.deferred_triggers()) THEN
        RETURN;
    END IF;
    BEGIN
        PERFORM pls_internal.assign_batch(pls.now(), serve_waiting.pools, looked_at, serve_waiting.at_most, true,
                                          clock_timestamp() + interval '0.2 seconds', serve_waiting.but);
    EXCEPTION WHEN OTHERS OR ASSERT_FAILURE THEN
        PERFORM pls_internal.note_failure('serve', '', '', SQLSTATE, SQLERRM);
    END;
END;
$$;
COMMENT ON FUNCTION pls_internal.serve_waiting IS
    'Gives the oldest alerts that wait in these pools to whoever is free, at most so many: what is left, what another session holds and what fails (pls.failures) is left to the sweep, and so is the alert named by but. Raises no error and waits 50 ms at most for a lock. Does nothing beneath REPEATABLE READ and SERIALIZABLE, nor while somebody else''s deferrable trigger is on a table of pls.';

-- One alert that leaves its rep lets one in, if it kept others out.
CREATE FUNCTION pls_internal.use_freed_rep() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off
    SET jit = off
AS $$
#variable_conflict use_column
BEGIN
    PERFORM pls_internal.serve_waiting(ARRAY(
        SELECT m.pool
          FROM pls.reps r
          JOIN pls.pool_members m ON m.rep = r.rep
         WHERE r.rep = OLD.assigned_to AND r.active AND r.max_open IS NOT NULL
           AND EXISTS (SELECT FROM pls.alerts a
                        WHERE a.assigned_to IS NULL AND a.pool = m.pool AND pls_internal.is_open(a.status)
                          AND a.alert_id <> NEW.alert_id)),
        -- one that was taken from the rep does not come back before the sweep
        1, NEW.alert_id);
    RETURN NULL;
END;
$$;
COMMENT ON FUNCTION pls_internal.use_freed_rep IS
    'Trigger: when an alert is closed or leaves its rep, the oldest alert that waits in a pool of the rep is given to whose turn it is, if the rep has a limit of open alerts.';

-- The last of them, by its name.  Not of an alert that moves from triage to
-- sales, which is done beneath an application's INSERT.
CREATE TRIGGER use_freed_rep AFTER UPDATE ON pls.alerts
    FOR EACH ROW WHEN (OLD.assigned_to IS NOT NULL AND OLD.closed_at IS NULL AND NEW.lane = OLD.lane
                       AND (NEW.closed_at IS NOT NULL OR NEW.assigned_to IS DISTINCT FROM OLD.assigned_to))
    EXECUTE FUNCTION pls_internal.as_owner('use_freed_rep');
COMMENT ON TRIGGER use_freed_rep ON pls.alerts IS 'What waits for a rep follows what leaves one.';

-- How much a change of the configuration frees is not known before it is tried.
CREATE FUNCTION pls_internal.use_freed_reps() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    at_once CONSTANT integer := 20;
BEGIN
    PERFORM pls_internal.serve_waiting(pls_internal.pools_with_waiting(), at_once);
    RETURN NULL;
END;
$$;
COMMENT ON FUNCTION pls_internal.use_freed_reps IS
    'Trigger: after a change by which somebody may be free, the oldest alerts that wait are given, at most 20; the sweep gives the rest.';

-- The last ones of their tables, by their name.
CREATE TRIGGER use_freed_reps AFTER UPDATE ON pls.reps
    FOR EACH STATEMENT EXECUTE FUNCTION pls_internal.as_owner('use_freed_reps');
CREATE TRIGGER use_freed_reps AFTER UPDATE OR DELETE ON pls.absences
    FOR EACH STATEMENT EXECUTE FUNCTION pls_internal.as_owner('use_freed_reps');
CREATE TRIGGER use_freed_reps AFTER INSERT OR UPDATE ON pls.pool_members
    FOR EACH STATEMENT WHEN (NOT pls_internal.restoring()) EXECUTE FUNCTION pls_internal.as_owner('use_freed_reps');
CREATE TRIGGER use_freed_reps AFTER INSERT OR UPDATE ON pls.pools
    FOR EACH STATEMENT WHEN (NOT pls_internal.restoring()) EXECUTE FUNCTION pls_internal.as_owner('use_freed_reps');
COMMENT ON TRIGGER use_freed_reps ON pls.reps IS 'What waits goes to a rep who becomes free.';
COMMENT ON TRIGGER use_freed_reps ON pls.absences IS 'What waits goes to a rep who is back.';
COMMENT ON TRIGGER use_freed_reps ON pls.pool_members IS 'What waits goes to a new member.';
COMMENT ON TRIGGER use_freed_reps ON pls.pools IS 'What waits goes to a new fallback.';
