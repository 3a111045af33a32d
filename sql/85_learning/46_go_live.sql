/* 46_go_live.sql - a motion goes live without an avalanche.
 *
 * Where a motion has watched nothing yet, or was paused, many qualify already.
 * To set its status alone alerts them all at once.  Here they get a decision
 * at once, no_capacity, and no alert: those that are released are decided again
 * one after the other, at the pace of the reps (decide_again_at), those that
 * are left out never, until they drop out of their lane and qualify again.
 */

CREATE TYPE pls_internal.live_motion AS (
    motion    text,
    live_at   timestamptz,
    in_lane   bigint,
    alerted   bigint,
    waiting   bigint,
    left_out  bigint,
    kept_off  bigint,
    per_day   numeric,
    last_at   timestamptz
);
COMMENT ON TYPE pls_internal.live_motion IS 'What pls.go_live() has done.';
COMMENT ON COLUMN pls_internal.live_motion.motion IS 'The motion.';
COMMENT ON COLUMN pls_internal.live_motion.live_at IS 'When it went live.';
COMMENT ON COLUMN pls_internal.live_motion.in_lane IS 'How many are in a lane then: alerted, waiting, left_out and kept_off together.';
COMMENT ON COLUMN pls_internal.live_motion.alerted IS 'How many of them came into it since, whom the next sweep alerts or holds out.';
COMMENT ON COLUMN pls_internal.live_motion.waiting IS 'How many of the backlog are to be released.';
COMMENT ON COLUMN pls_internal.live_motion.left_out IS 'How many of the backlog are left out.';
COMMENT ON COLUMN pls_internal.live_motion.kept_off IS 'How many of them a rule keeps off: excluded, customers, out of the segment, in cooldown, with an open alert and so on; pls.why_not_alerted says which.';
COMMENT ON COLUMN pls_internal.live_motion.per_day IS 'How many are released a day; NULL: nobody is.';
COMMENT ON COLUMN pls_internal.live_motion.last_at IS 'When the last one is; NULL: nobody is.';

-- What the reps of a motion can take a day.
CREATE FUNCTION pls_internal.daily_capacity(motion text) RETURNS numeric
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    told   record;
    routed CONSTANT boolean := EXISTS (SELECT FROM pls.routes r WHERE r.motion = daily_capacity.motion);
BEGIN
    SELECT sum(k.daily_quota) AS quota, string_agg(k.rep, ', ' ORDER BY k.rep) FILTER (WHERE k.daily_quota IS NULL) AS unlimited INTO told
      FROM pls.reps k
     WHERE k.active
       AND k.rep IN (SELECT m.rep FROM pls.routes r JOIN pls.pool_members m ON m.pool = r.pool WHERE r.motion = daily_capacity.motion);
    IF told.unlimited IS NULL AND told.quota > 0 THEN
        RETURN told.quota;
    END IF;
    RAISE EXCEPTION USING
        ERRCODE = 'object_not_in_prerequisite_state',
        MESSAGE = format('nothing says how many alerts of motion "%s" the reps can take a day', daily_capacity.motion),
        DETAIL = CASE WHEN told.unlimited IS NOT NULL THEN format('Without daily_quota: %s.', told.unlimited)
                      WHEN NOT routed THEN 'It has no route, so its alerts go to no rep.'
                      ELSE 'No active rep of its pools has a daily_quota above 0.' END,
        HINT = format(CASE WHEN routed THEN 'Set pls.reps.daily_quota' ELSE 'Insert a row into pls.routes' END || ', or say it: SELECT * FROM pls.go_live(%L, per_day => 20).', daily_capacity.motion);
END;
$$;
COMMENT ON FUNCTION pls_internal.daily_capacity IS
'How many alerts the active members of the pools of a motion''s routes can take a day, by their daily_quota. Error 55000: one of them has none, all have 0, or the motion has no route.';

CREATE FUNCTION pls_internal.check_going_live(play pls.motions, since timestamptz, backlog text, per_day numeric) RETURNS void
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF backlog IS NULL OR backlog <> ALL ('{release,leave_out}') THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('backlog is %s', coalesce('"' || backlog || '"', 'NULL')),
            HINT = 'Use release (alerted little by little) or leave_out (alerted when they qualify anew).';
    ELSIF since > pls.now() OR NOT isfinite(since) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'since must be an instant that is not in the future',
            HINT = 'Leave it out if all who qualify already are to wait.';
    ELSIF (per_day > 0) IS FALSE OR per_day = 'Infinity' OR per_day = 'NaN' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('per_day is %s', per_day),
            HINT = 'Use a number above 0.';
    ELSIF play.status NOT IN ('draft', 'paused') THEN
        RAISE EXCEPTION USING
            ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('motion "%s" is in status %s', play.motion, play.status),
            DETAIL = 'Alerts are raised already.',
            HINT = format('There is nothing to do. To have those wait who qualify by events not read yet: UPDATE pls.motions SET status = ''draft'' WHERE motion = %L, then run pls.refresh, pls.preview and pls.go_live.', play.motion);
    END IF;
END;
$$;
COMMENT ON FUNCTION pls_internal.check_going_live IS
'Part of pls.go_live(): the errors of its arguments.';

-- Who was in a lane at an instant, by the model and the identity of today.
CREATE FUNCTION pls_internal.lanes_at(motion text, entities text[], at timestamptz)
    RETURNS TABLE (entity_id text, lane text)
    LANGUAGE plpgsql VOLATILE ROWS 1000
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT g.entity_id, v.lane
      FROM pls_internal.gather_now(motion, entities, at) g
      LEFT JOIN LATERAL pls_internal.attributes_at(motion, g.entity_id) x ON true
     CROSS JOIN LATERAL (SELECT CASE WHEN g.milli IS NOT NULL THEN g.lane
                                     ELSE (pls.evaluate(g.evidence, at, x.attributes)).lane END AS lane) v
     WHERE g.evidence IS NOT NULL AND g.due IS NULL;
END;
$$;
COMMENT ON FUNCTION pls_internal.lanes_at IS
'The lanes in which these entities of a motion were at an instant, by the events up to then and by what is known and in force today (NULL: none); no row: no event counts.';

CREATE FUNCTION pls_internal.begin_live(motion text, since timestamptz, backlog text, per_day numeric) RETURNS pls_internal.live_motion
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
    SET jit = off
    SET max_parallel_workers_per_gather = 0
AS $$
#variable_conflict use_column
DECLARE
    play   pls.motions;
    does   pls_internal.live_motion;
    events boolean;
    pace   interval;
    now    CONSTANT timestamptz := pls.now();
    next   record;
    known  record;
BEGIN
    PERFORM FROM pls.motions m WHERE m.motion = begin_live.motion FOR NO KEY UPDATE;
    play := pls_internal.motion_named(motion);
    PERFORM pls_internal.check_going_live(play, since, backlog, per_day);
    does.motion := play.motion;
    does.live_at := now;
    does.waiting := 0;
    does.left_out := 0;
    events := pls_internal.has_sources(play.motion);
    IF events THEN
        -- what a draft has missed; nothing is decided about it
        PERFORM pls.refresh(play.motion);
        IF NOT pls_internal.has_known_names(play.motion) THEN
            RAISE NOTICE USING
                MESSAGE = format('no event has a name that the signals of motion "%s" ask for', play.motion),
                HINT = format('It will alert nobody. SELECT * FROM pls.tracking_plan_brief(%L); shows which names come.', play.motion);
        END IF;
    END IF;
    IF backlog = 'release' THEN
        does.per_day := coalesce(per_day, pls_internal.daily_capacity(play.motion));
        pace := make_interval(secs => (86400 / does.per_day)::double precision);
    END IF;
    UPDATE pls.motions m SET status = 'live' WHERE m.motion = play.motion;
    play.status := 'live';
    FOR next IN
        WITH coming AS MATERIALIZED (
            SELECT c.entity_id, c.lane_after AS lane, c.score_after AS score
              FROM pls_internal.decisions_to_come(play, false, '{}', true, NULL, pls_internal.best_grade(play.motion)) c
             WHERE c.decides AND (c.rule IS NULL OR c.rule = 'held_out'))
        SELECT s AS standing, c.lane, row_number() OVER (ORDER BY c.lane = 'sales' DESC, c.score DESC, c.entity_id COLLATE "C") AS n
          FROM coming c
          JOIN pls.standings s ON s.entity_id = c.entity_id AND s.motion = play.motion
         WHERE begin_live.since IS NULL OR NOT events
            OR (c.entity_id, c.lane) IN (
               SELECT l.entity_id, o.lane
                 FROM pls_internal.lanes_at(play.motion, ARRAY(SELECT k.entity_id FROM coming k), begin_live.since) l
                -- who was in lane sales was not below it
                CROSS JOIN LATERAL (VALUES (l.lane), (CASE l.lane WHEN 'sales' THEN 'triage' END)) o (lane))
         ORDER BY n
    LOOP
        SELECT k.* INTO known FROM pls_internal.known_of(play.unit, (next.standing).entity_id) k;
        does.last_at := now + next.n * pace;
        PERFORM pls_internal.record_decision(
            pls_internal.candidate_alert(next.standing, play, (known.account).account_id, (known.account).attributes, next.lane,
                                         pls_internal.now_after((next.standing).last_event_at)),
            play.cooldown, 'no_capacity',
            CASE WHEN pace IS NOT NULL
                 THEN format('qualified before the motion went live; released %s, at %s a day',
                             pls_internal.utc_text(does.last_at), trim_scale(does.per_day))
                 ELSE 'qualified before the motion went live and was left out; no alert until it drops out of the lane and qualifies again' END,
            does.last_at, now, NULL, NULL, NULL);
        does.waiting := does.waiting + CASE WHEN pace IS NOT NULL THEN 1 ELSE 0 END;
        does.left_out := does.left_out + CASE WHEN pace IS NULL THEN 1 ELSE 0 END;
    END LOOP;
    SELECT count(*) FILTER (WHERE c.lane_after IS NOT NULL),
           count(*) FILTER (WHERE c.decides AND (c.rule IS NULL OR c.rule = 'held_out'))
      INTO does.in_lane, does.alerted
      FROM pls_internal.decisions_to_come(play, false, '{}', true, NULL, pls_internal.best_grade(play.motion)) c;
    does.kept_off := does.in_lane - does.alerted - does.waiting - does.left_out;
    IF does.waiting = 0 THEN
        does.per_day := NULL;
    END IF;
    RETURN does;
END;
$$;
COMMENT ON FUNCTION pls_internal.begin_live IS
    'What pls.go_live() does, as the extension''s owner.';

CREATE FUNCTION pls.go_live(motion text, since timestamptz DEFAULT NULL, backlog text DEFAULT 'release', per_day numeric DEFAULT NULL)
    RETURNS pls_internal.live_motion
    AS 'MODULE_PATHNAME', 'pls_go_live' LANGUAGE C VOLATILE COST 100000;
COMMENT ON FUNCTION pls.go_live IS
'Makes a draft or a paused motion live without an alert for each who qualifies already. The standings are rebuilt from the watched tables (as by pls.refresh); then those who would be alerted or held out, and were in their lane at since (NULL: now) by the events up to then, are the backlog. backlog release: they are alerted later, one after the other, lane sales and the highest scores first, per_day of them in 24 hours (NULL: the sum of daily_quota of the active members of the motion''s pools); until then pls.decisions says no_capacity. leave_out: no alert until they drop out of their lane and qualify again. All others are decided by the next sweep. Returns motion, live_at, how many are then in_lane, alerted (or held out, by the next sweep), waiting, left_out and kept_off by a rule (excluded, customers and so on: pls.why_not_alerted), per_day, and last_at, when the last one is released; both NULL if nobody is. To set pls.motions.status alone alerts everybody at once. Errors: 22023 an argument, 42704 unknown motion, 55000 it is not a draft or paused, nothing can be read, or the capacity is not known, 55P03 somebody else rebuilds the motion.';
