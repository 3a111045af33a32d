/* 60_replay_routing.sql - past assignments once more, by today's settings.
 *
 * Who would have got which alert if routes, pools, weights, caps and absences
 * had been what they are now?  Nothing is written: the state that pls.assign()
 * counts from pls.alerts (turns, open alerts, alerts of the day) is begun with
 * what lies before the span and then kept in memory, alert by alert.  With the
 * settings unchanged the picks come out the same; test/sql/assign_fairness
 * holds that.
 *
 * What an alert did by itself stays as it was: when it came, how long it was
 * open, its score and evidence.
 *
 * The rules are those of the real pick: pls_internal.pick(), turn_obstacle(),
 * reaches_max_open(), days_over_quota(), calibration_since(), share_of_turns()
 * and whose_turn().
 * Only what they are applied to is kept here, in a value for each rep
 * (replay_rep) and for each pool (replay_pool), since a query for each alert
 * and member would cost as much as the picks did.
 */

-- By row-level security a role may see some alerts only; what would be made of
-- them is not what was.
CREATE FUNCTION pls_internal.check_sees_all_alerts() RETURNS void
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF row_security_active('pls.alerts') AND NOT pls_internal.has_access('analyst', 'revops') THEN
        RAISE EXCEPTION USING
            ERRCODE = 'insufficient_privilege',
            MESSAGE = format('assignments cannot be told to role "%s"', current_user),
            DETAIL = 'They follow from all alerts, of which the role sees some.',
            HINT = 'Ask as a role with access of kind analyst or revops.';
    END IF;
END;
$$;
COMMENT ON FUNCTION pls_internal.check_sees_all_alerts IS
    'Refuses (42501) a role to which row-level security shows some of the alerts only.';

-- How an alert was assigned when pls.assign() chose, whoever has it now.
CREATE FUNCTION pls_internal.first_assignment(alert pls.alerts, OUT at timestamptz, OUT rep text, OUT reason text)
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT COALESCE(alert.charged_at,
                    CASE WHEN alert.assigned_to = t.rep THEN alert.assigned_at END,
                    alert.created_at),
           t.rep,
           CASE WHEN t.rep IS NOT NULL THEN t.way
                WHEN alert.assignment_trace ? 'candidates' IS NOT FALSE THEN 'nobody free'
                ELSE 'owner not free' END
      FROM (SELECT w.way,
                   CASE w.way WHEN 'owner' THEN alert.assignment_trace #>> '{owner,rep}'
                              WHEN 'fallback' THEN alert.assignment_trace #>> '{fallback,rep}'
                              WHEN 'turn' THEN alert.charged_to
                              ELSE alert.assigned_to END AS rep
              FROM (SELECT COALESCE(alert.assignment_trace ->> 'by',
                                    CASE WHEN alert.charged_to IS NOT NULL THEN 'turn' END) AS way) w) t;
END;
COMMENT ON FUNCTION pls_internal.first_assignment IS
    'When, to whom and why (turn, owner, fallback, nobody free, owner not free; NULL: by hand) pls.assign() gave an alert; from its trace, since it may have been reassigned by people.';

-- A rep who is inactive now was so at an instant, unless the absence that
-- says since when begins later.
CREATE FUNCTION pls_internal.was_inactive(rep text, at timestamptz) RETURNS boolean
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN EXISTS (
        SELECT FROM pls.reps r
         WHERE r.rep = was_inactive.rep AND NOT r.active
           AND NOT EXISTS (SELECT FROM pls.absences a
                            WHERE a.rep = r.rep AND a.reason = 'inactive' AND a.absent_until IS NULL
                              AND a.absent_from > was_inactive.at));
END;
$$;
COMMENT ON FUNCTION pls_internal.was_inactive IS
    'Whether a rep was inactive at an instant, as far as today''s settings show it.';

CREATE FUNCTION pls_internal.absent_spans(pool text, rep text) RETURNS TABLE (away tstzrange)
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT w.away
      FROM (SELECT range_agg(tstzrange(a.absent_from, a.absent_until)) AS away
              FROM pls.absences a WHERE a.rep = absent_spans.rep) x
     CROSS JOIN LATERAL pls_internal.cut_at_joins(absent_spans.pool, x.away) w;
END;
$$;
COMMENT ON FUNCTION pls_internal.absent_spans IS
    'The spans in which a rep is away, joined where they overlap and cut where a member joined the pool.';

-- The one that lasts at an instant, or the next, if it counts before it is
-- over.
CREATE FUNCTION pls_internal.next_absence(pool text, rep text, counts_from timestamptz, at timestamptz) RETURNS tstzrange
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN (
        SELECT w.away * tstzrange(next_absence.counts_from, NULL)
          FROM pls_internal.absent_spans(next_absence.pool, next_absence.rep) w
         WHERE coalesce(upper(w.away), 'infinity') > greatest(next_absence.at, next_absence.counts_from)
         ORDER BY w.away
         LIMIT 1);
END;
$$;
COMMENT ON FUNCTION pls_internal.next_absence IS
    'The first absence of a member (see pls_internal.absent_spans) that is not over at an instant, from when absences count; NULL: none.';

-- The assignments of a span: how each went, and the route it takes today.
CREATE FUNCTION pls_internal.past_assignments("from" timestamptz, "to" timestamptz)
    RETURNS TABLE (alert_id bigint, at timestamptz, closed_at timestamptz,
                   old_route text, old_pool text, old_rep text, old_reason text,
                   route text, pool text, in_hours boolean, owner_is text, owner_takes_turn boolean, owner text)
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT a.alert_id, b.at, coalesce(a.closed_at, 'infinity'), a.route, a.pool, b.rep, coalesce(b.reason, 'by hand'),
           w.route, w.pool, w.in_hours, w.owner, w.owner_takes_turn, nullif(c.owner, '')
      FROM pls.alerts a
      JOIN pls.motions m ON m.motion = a.motion
      LEFT JOIN pls.accounts c ON c.account_id = a.account_id
     CROSS JOIN LATERAL pls_internal.first_assignment(a) b
     CROSS JOIN LATERAL (
           SELECT pls_internal.route_facts(a, pls_internal.known_account(a.account_id),
                                  CASE WHEN m.unit = 'user' THEN pls_internal.known_user(a.entity_id) END) AS facts
           -- once, not for each route
           OFFSET 0) f
      LEFT JOIN LATERAL pls_internal.route_of(a.motion, f.facts) w ON true
     WHERE b.at >= past_assignments."from" AND b.at < past_assignments."to"
     ORDER BY b.at, a.alert_id;
END;
$$;
COMMENT ON FUNCTION pls_internal.past_assignments IS
    'The assignments from one instant up to, but not including, another: of which alert, when, how it went (route, pool, rep, and turn, owner, fallback, nobody free, owner not free or by hand), and the route that the alert takes by today''s settings, with the account''s owner of today.';

CREATE FUNCTION pls_internal.replay_reps("from" timestamptz) RETURNS pls_internal.replay_rep[]
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    SET jit = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN (
        SELECT array_agg(ROW(k.rep, k.active, k.daily_quota, k.max_open, k.time_zone, k.calendar, q.set_on, o.held, d.given_on)::pls_internal.replay_rep
                         ORDER BY k.rep COLLATE "C")
          FROM pls.reps k
         CROSS JOIN LATERAL (
               SELECT timezone(k.time_zone, least(k.quota_changed_at, replay_reps."from"))::date AS set_on,
                      timezone(k.time_zone, replay_reps."from")::date AS begins_on OFFSET 0) q
         CROSS JOIN LATERAL (
               SELECT count(*)::integer AS held
                 FROM pls.alerts a CROSS JOIN LATERAL pls_internal.first_assignment(a) b
                WHERE a.assigned_to = k.rep AND b.at < replay_reps."from" AND a.assigned_at < replay_reps."from"
                  AND coalesce(a.closed_at, 'infinity') > replay_reps."from") o
         CROSS JOIN LATERAL (
               SELECT coalesce(array_agg(timezone(k.time_zone, a.charged_at)::date ORDER BY a.charged_at DESC), '{}') AS given_on
                 FROM pls.alerts a
                WHERE k.daily_quota IS NOT NULL AND a.charged_to = k.rep AND a.charged_at < replay_reps."from"
                  AND a.charged_at >= greatest(k.quota_changed_at, timezone(k.time_zone,
                          pls_internal.quota_day_one(k.daily_quota, q.set_on, q.begins_on)::timestamp))) d);
END;
$$;
COMMENT ON FUNCTION pls_internal.replay_reps IS 'The reps as they are when a replay begins, by id; NULL: there are none.';

CREATE FUNCTION pls_internal.replay_members(pool text, since timestamptz, "from" timestamptz)
    RETURNS TABLE (rep text, weight numeric, "position" integer, joined_at timestamptz, calibration numeric, calibrated_at timestamptz,
                   turns bigint, credit numeric, away tstzrange, meanwhile bigint)
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    SET jit = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT m.rep, m.weight, m.position, m.joined_at, CASE WHEN c.known THEN m.calibration ELSE 0 END, c.since,
           t.turns, e.credit, w.away, o.meanwhile
      FROM pls.pool_members m
     -- what was set later corrects what was before it, by other weights
     CROSS JOIN LATERAL (
           SELECT k.known, CASE WHEN k.known THEN greatest(m.calibrated_at, m.joined_at) ELSE m.joined_at END AS since
             FROM (SELECT m.calibrated_at <= greatest(m.joined_at, replay_members."from") AS known) k
           OFFSET 0) c
     CROSS JOIN LATERAL (
           SELECT count(*) AS turns
             FROM pls.alerts a
            WHERE a.pool = m.pool AND a.charged_to = m.rep
              AND a.charged_at >= replay_members.since AND a.charged_at < replay_members."from") t
     CROSS JOIN LATERAL (
           SELECT coalesce(sum(pls_internal.span_worth(m.pool, m.rep, s.away)), 0) AS credit
             FROM (SELECT b.away * tstzrange(greatest(replay_members.since, c.since), NULL) AS away
                     FROM pls_internal.absent_spans(m.pool, m.rep) b
                    WHERE upper(b.away) <= replay_members."from") s
            WHERE NOT isempty(s.away)) e
     CROSS JOIN LATERAL (SELECT pls_internal.next_absence(m.pool, m.rep, c.since, replay_members."from") AS away OFFSET 0) w
     CROSS JOIN LATERAL (
           SELECT count(*) AS meanwhile
             FROM pls.alerts a
            WHERE a.pool = m.pool AND a.charged_to <> m.rep AND w.away IS NOT NULL
              AND EXISTS (SELECT FROM pls.pool_members n WHERE n.pool = m.pool AND n.rep = a.charged_to)
              AND a.charged_at >= greatest(lower(w.away), replay_members.since)
              AND a.charged_at < least(upper(w.away), replay_members."from")) o
     WHERE m.pool = replay_members.pool;
END;
$$;
COMMENT ON FUNCTION pls_internal.replay_members IS
    'The members of a pool as they are when a replay begins, in a period: turns taken, what absences that are over are worth, the absence that lasts or comes next, and the turns of the others in it.';

-- In the order in which pls_internal.next_turn() reads them.
CREATE FUNCTION pls_internal.last_turns(pool text, before timestamptz, OUT rep text, OUT run bigint)
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off
    SET jit = off
AS $$
#variable_conflict use_variable
DECLARE
    turn record;
BEGIN
    FOR turn IN
        SELECT a.charged_to FROM pls.alerts a
         WHERE a.pool = last_turns.pool AND a.charged_to IS NOT NULL AND a.charged_at < before
         ORDER BY a.charged_at DESC, a.alert_id DESC LIMIT 1000
    LOOP
        rep := coalesce(rep, turn.charged_to);
        EXIT WHEN turn.charged_to <> rep;
        run := coalesce(run, 0) + 1;
    END LOOP;
END;
$$;
COMMENT ON FUNCTION pls_internal.last_turns IS
    'Who took the last turn in a pool before an instant, and how many in a row, up to 1000; NULL: nobody.';

CREATE FUNCTION pls_internal.replay_pools(reps text[], "from" timestamptz) RETURNS pls_internal.replay_pool[]
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    SET jit = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN (
        SELECT array_agg(ROW(p.pool, p.period, s.since,
                             coalesce(m.reps, '{}'), m.places, m.weights, m.positions, m.joined_at, m.calibrations,
                             m.calibrated_at, m.turns, b.rep, l.rep, l.run, m.credits, m.away, m.meanwhile)::pls_internal.replay_pool
                         ORDER BY p.pool COLLATE "C")
          FROM pls.pools p
         CROSS JOIN LATERAL (SELECT pls_internal.pool_period_start(p.pool, replay_pools."from") AS since OFFSET 0) s
         CROSS JOIN LATERAL pls_internal.last_turns(p.pool, s.since) b
         CROSS JOIN LATERAL pls_internal.last_turns(p.pool, replay_pools."from") l
         CROSS JOIN LATERAL (
               SELECT array_agg(o.rep) AS reps, array_agg(array_position(replay_pools.reps, o.rep)) AS places,
                      array_agg(o.weight) AS weights, array_agg(o.position) AS positions,
                      array_agg(o.joined_at) AS joined_at, array_agg(o.calibration) AS calibrations,
                      array_agg(o.calibrated_at) AS calibrated_at, array_agg(o.turns) AS turns,
                      array_agg(o.credit) AS credits, array_agg(o.away) AS away, array_agg(o.meanwhile) AS meanwhile
                 FROM (SELECT q.*
                         FROM pls_internal.replay_members(p.pool, s.since, replay_pools."from") q
                        ORDER BY q.weight DESC, q.position, q.rep COLLATE "C") o) m);
END;
$$;
COMMENT ON FUNCTION pls_internal.replay_pools IS
    'The pools as they are when a replay with these reps begins, by name; NULL: there are none.';

-- Alerts end between two assignments, which frees their reps.  Who has an
-- alert that the replay gives away is only known by then: the number says
-- which in the order of pls_internal.past_assignments() it is.
CREATE FUNCTION pls_internal.replay_ends("from" timestamptz, "to" timestamptz)
    RETURNS TABLE (closed_at timestamptz, number bigint, rep text)
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    SET jit = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT q.closed_at, q.number, q.rep
      FROM (SELECT greatest(coalesce(a.closed_at, 'infinity'), b.at + interval '1 microsecond') AS closed_at,
                   row_number() OVER (ORDER BY b.at, a.alert_id) AS number, NULL::text AS rep
              FROM pls.alerts a JOIN pls.motions m ON m.motion = a.motion
             CROSS JOIN LATERAL pls_internal.first_assignment(a) b
             WHERE b.at >= replay_ends."from" AND b.at < replay_ends."to"
            UNION ALL
            SELECT z.closed_at, 0, z.assigned_to
              FROM (SELECT a.assigned_to, coalesce(a.closed_at, 'infinity') AS closed_at
                      FROM pls.alerts a CROSS JOIN LATERAL pls_internal.first_assignment(a) b
                     WHERE b.at < replay_ends."from" AND a.assigned_at < replay_ends."from") z
             WHERE z.closed_at > replay_ends."from") q
     WHERE q.closed_at < replay_ends."to";
END;
$$;
COMMENT ON FUNCTION pls_internal.replay_ends IS
    'The alerts that end in a replay: when, and either the how many-th of its assignments the alert is, or (number 0) the rep who had it when the replay began.';

-- The turns of a new period begin at none.  An absence is worth something
-- from when it is over, to be kept, since nothing that it follows from changes
-- any more.  Members who are chosen in the replay were present, and so are
-- among the others; who took turns and is a member no longer is so before it.
CREATE FUNCTION pls_internal.replay_pool_at(state pls_internal.replay_pool, at timestamptz, "from" timestamptz)
    RETURNS pls_internal.replay_pool
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    begins timestamptz := pls_internal.period_start(state.period, at);
    n      integer := cardinality(state.reps);
    span   tstzrange;
BEGIN
    IF begins > state.since THEN
        state.since := begins;
        state.follows := state.newest;
        state.turns := array_fill(0::bigint, ARRAY[n]);
        state.credits := array_fill(0::numeric, ARRAY[n]);
        state.meanwhile := array_fill(0::bigint, ARRAY[n]);
    END IF;
    FOR m IN 1 .. n LOOP
        CONTINUE WHEN (upper(state.away[m]) <= at) IS NOT TRUE;
        IF state.meanwhile[m] > 0 THEN
            span := state.away[m] * tstzrange(state.since, NULL);
            state.credits[m] := state.credits[m] + coalesce((
                SELECT w.worth
                  FROM (SELECT array_agg(DISTINCT a.charged_to) AS takers
                          FROM pls.alerts a
                         WHERE a.pool = state.pool AND a.charged_to IS NOT NULL
                           AND a.charged_at >= lower(span) AND a.charged_at < least(upper(span), "from")) t
                 CROSS JOIN LATERAL pls_internal.share_of_turns(state.pool, state.reps[m], span,
                                                       state.meanwhile[m]::numeric, t.takers) w), 0);
        END IF;
        state.away[m] := pls_internal.next_absence(state.pool, state.reps[m], state.calibrated_at[m], at);
        state.meanwhile[m] := 0;
    END LOOP;
    RETURN state;
END;
$$;
COMMENT ON FUNCTION pls_internal.replay_pool_at IS
    'A pool of a replay, brought to an instant: a new period has begun, absences have ended. "from": when the replay began.';

CREATE FUNCTION pls_internal.replay_turn(state pls_internal.replay_pool, reps pls_internal.replay_rep[], at timestamptz,
                                in_hours boolean, OUT rep text, OUT candidates text[])
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    k            pls_internal.replay_rep;
    weights      numeric[];
    positions    integer[];
    turns        bigint[];
    calibrations numeric[];
BEGIN
    FOR m IN 1 .. coalesce(cardinality(state.reps), 0) LOOP
        CONTINUE WHEN state.joined_at[m] > at;
        k := reps[state.places[m]];
        CONTINUE WHEN pls_internal.turn_obstacle(
            k.active OR NOT pls_internal.was_inactive(k.rep, at),
            state.away[m] @> at,
            pls_internal.is_out_of_hours(k.calendar, at, in_hours),
            pls_internal.reaches_max_open(k.held, k.max_open),
            (SELECT q.is_over
               FROM pls_internal.days_over_quota(k.daily_quota, k.quota_set_on, k.given_on, timezone(k.time_zone, at)::date) q)) IS NOT NULL;
        candidates := candidates || k.rep;
        weights := weights || state.weights[m];
        positions := positions || state.positions[m];
        turns := turns || state.turns[m];
        calibrations := calibrations || (state.credits[m] + pls_internal.calibration_since(
            state.calibrations[m], state.calibrated_at[m], state.since));
    END LOOP;
    rep := pls_internal.whose_turn(candidates, weights, positions, turns, calibrations,
        state.follows, state.positions[array_position(state.reps, state.follows)], state.newest, state.run);
END;
$$;
COMMENT ON FUNCTION pls_internal.replay_turn IS
    'Whose turn it is in a pool of a replay (NULL: there is no pool), and who could have taken it; in_hours: in their working hours.';

CREATE FUNCTION pls_internal.replay_take_turn(state pls_internal.replay_pool, rep text, at timestamptz)
    RETURNS pls_internal.replay_pool
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
BEGIN
    state.run := CASE WHEN state.newest = rep THEN least(state.run + 1, 1000) ELSE 1 END;
    state.newest := rep;
    FOR m IN 1 .. cardinality(state.reps) LOOP
        IF state.reps[m] = rep THEN
            state.turns[m] := state.turns[m] + 1;
        ELSIF state.away[m] @> at THEN
            state.meanwhile[m] := state.meanwhile[m] + 1;
        END IF;
    END LOOP;
    RETURN state;
END;
$$;
COMMENT ON FUNCTION pls_internal.replay_take_turn IS
    'A pool of a replay after a member has taken a turn.';

CREATE FUNCTION pls_internal.replay_give(state pls_internal.replay_rep, at timestamptz, takes_turn boolean)
    RETURNS pls_internal.replay_rep
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    today date := timezone(state.time_zone, at)::date;
    since date;
BEGIN
    state.held := state.held + 1;
    IF takes_turn AND state.daily_quota IS NOT NULL THEN
        state.given_on := today || state.given_on;
        -- what no day will count again
        since := pls_internal.quota_day_one(state.daily_quota, state.quota_set_on, today);
        WHILE state.given_on[cardinality(state.given_on)] < since LOOP
            state.given_on := trim_array(state.given_on, 1);
        END LOOP;
    END IF;
    RETURN state;
END;
$$;
COMMENT ON FUNCTION pls_internal.replay_give IS 'A rep of a replay who has been given an alert at an instant; takes_turn: which counts against the quota.';

CREATE FUNCTION pls.replay_assignments("from" timestamptz, "to" timestamptz)
    RETURNS TABLE (alert_id bigint, at timestamptz, old_route text, old_pool text, old_rep text, old_reason text,
                   route text, pool text, rep text, reason text, candidates text[])
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 1000
    SET search_path = pg_catalog, pg_temp
    SET jit = off
AS $$
#variable_conflict use_variable
DECLARE
    reps   pls_internal.replay_rep[];       names      text[];
    pools  pls_internal.replay_pool[];      pool_names text[];
    ends   CURSOR FOR SELECT z.* FROM pls_internal.replay_ends("from", "to") z ORDER BY z.closed_at, z.number;
    ended  record;  past record;
    given  integer[] := '{}';               -- place of the rep who got the alert with this number
    number bigint := 0;
    state  pls_internal.replay_pool;        taken      boolean;
    p      integer; r integer;              -- places of a pool and a rep
BEGIN
    IF "from" IS NULL OR "to" IS NULL OR NOT isfinite("from") OR NOT isfinite("to") OR "from" > "to" THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = '"to" must not be before "from", and both must be finite',
            HINT = 'SELECT * FROM pls.replay_routing(now() - interval ''28 days'', now());';
    END IF;
    PERFORM pls_internal.check_sees_all_alerts();
    reps := coalesce(pls_internal.replay_reps("from"), '{}');
    names := ARRAY(SELECT k.rep FROM unnest(reps) k);
    pools := pls_internal.replay_pools(names, "from");
    pool_names := ARRAY(SELECT k.pool FROM unnest(pools) k);
    OPEN ends;
    FETCH ends INTO ended;
    FOR past IN SELECT y.* FROM pls_internal.past_assignments("from", "to") y LOOP
        number := number + 1;
        WHILE ended.closed_at <= past.at LOOP
            r := coalesce(array_position(names, ended.rep), given[ended.number]);
            IF r IS NOT NULL THEN
                reps[r].held := reps[r].held - 1;
            END IF;
            FETCH ends INTO ended;
        END LOOP;
        p := array_position(pool_names, past.pool);
        state := pls_internal.replay_pool_at(pools[p], past.at, "from");
        SELECT past.alert_id, past.at, past.old_route, past.old_pool, past.old_rep, past.old_reason, past.route, past.pool,
               k.rep, CASE WHEN past.route IS NULL AND k.reason = 'no pool' THEN 'no route' ELSE k.reason END,
               k.candidates, k.takes_turn
          INTO alert_id, at, old_route, old_pool, old_rep, old_reason, route, pool, rep, reason, candidates, taken
          FROM pls_internal.pick(past.pool, past.owner, past.in_hours, past.owner_is, past.owner_takes_turn, past.at, state, reps) k;
        -- what the next ones will count
        IF p IS NOT NULL THEN
            pools[p] := CASE WHEN taken THEN pls_internal.replay_take_turn(state, rep, at) ELSE state END;
        END IF;
        r := array_position(names, rep);
        given[number] := r;
        IF r IS NOT NULL THEN
            reps[r] := pls_internal.replay_give(reps[r], at, taken);
        END IF;
        RETURN NEXT;
    END LOOP;
    CLOSE ends;
END;
$$;
COMMENT ON FUNCTION pls.replay_assignments IS
    'The alerts assigned from one instant up to, but not including, another, in order: route, pool, rep and reason as they were (old_) and as they come out with today''s routes, pools, weights, caps, absences and owners, and every pick counts for the next one. candidates: the members who could have taken the turn. Pool members count from joined_at; quotas and calibrations that were set in the span count from its beginning, or not (a newcomer''s counts). Writes nothing. Errors: 22023 unless both are finite and in order, 42501 for a role that does not see all alerts.';

CREATE FUNCTION pls.replay_routing("from" timestamptz, "to" timestamptz)
    RETURNS TABLE (pool text, rep text, weight numeric, assigned bigint, replayed bigint, difference bigint, kept bigint,
                   turns bigint, replayed_turns bigint, fair_turns numeric,
                   share numeric, replayed_share numeric, target_share numeric)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 50
    SET search_path = pg_catalog, pg_temp
    SET jit = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH picks AS MATERIALIZED (
        SELECT q.* FROM pls.replay_assignments(replay_routing."from", replay_routing."to") q
    ), entitled AS (
        -- each turn is shared by weight among those who could have taken it
        SELECT k.pool, c.rep, sum(m.weight / s.weights) AS fair
          FROM picks k
         CROSS JOIN LATERAL unnest(k.candidates) AS c (rep)
          JOIN pls.pool_members m ON m.pool = k.pool AND m.rep = c.rep
         CROSS JOIN LATERAL (SELECT sum(n.weight) AS weights FROM pls.pool_members n
                              WHERE n.pool = k.pool AND n.rep = ANY (k.candidates)) s
         WHERE k.reason = 'turn'
         GROUP BY k.pool, c.rep
    ), counted AS (
        SELECT u.pool, u.rep, sum(u.was) AS assigned, sum(u.is_now) AS replayed, sum(u.stays) AS kept,
               sum(u.was_turn) AS turns, sum(u.is_turn) AS replayed_turns
          FROM (SELECT k.old_pool AS pool, k.old_rep AS rep, 1 AS was, 0 AS is_now,
                       CASE WHEN k.rep IS NOT DISTINCT FROM k.old_rep AND k.pool IS NOT DISTINCT FROM k.old_pool THEN 1 ELSE 0 END AS stays,
                       CASE WHEN k.old_reason = 'turn' THEN 1 ELSE 0 END AS was_turn, 0 AS is_turn FROM picks k
                UNION ALL
                SELECT k.pool, k.rep, 0, 1, 0, 0, CASE WHEN k.reason = 'turn' THEN 1 ELSE 0 END FROM picks k
                UNION ALL
                SELECT m.pool, m.rep, 0, 0, 0, 0, 0 FROM pls.pool_members m) u
         GROUP BY u.pool, u.rep
    )
    SELECT c.pool, c.rep, m.weight, c.assigned, c.replayed, c.replayed - c.assigned, c.kept,
           c.turns, c.replayed_turns, round(coalesce(e.fair, 0), 3),
           round(c.turns / nullif(sum(c.turns) OVER w, 0), 4),
           round(c.replayed_turns / nullif(sum(c.replayed_turns) OVER w, 0), 4),
           round(coalesce(e.fair, 0) / nullif(sum(e.fair) OVER w, 0), 4)
      FROM counted c
      LEFT JOIN pls.pool_members m ON m.pool = c.pool AND m.rep = c.rep
      LEFT JOIN entitled e ON e.pool = c.pool AND e.rep = c.rep
    WINDOW w AS (PARTITION BY c.pool)
     ORDER BY c.pool, m.weight DESC NULLS LAST, c.rep;
END;
$$;
COMMENT ON FUNCTION pls.replay_routing IS
    'How alerts assigned from one instant up to, but not including, another were shared out, and how they would be with today''s settings (see pls.replay_assignments): per pool and rep (NULL: nobody), alerts assigned then and in the replay, their difference, how many kept their rep, turns taken, and fair_turns: the turns of the replay, each shared by weight among the members who could have taken it. The shares are of the pool''s turns; target_share is that of fair_turns. Writes nothing. Error 22023 unless both are finite and in order.';
