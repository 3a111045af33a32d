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
 */

-- How an alert was assigned when pls.assign() chose, whoever has it now.
CREATE FUNCTION pls_internal.first_assignment(alert pls.alerts, OUT at timestamptz, OUT rep text, OUT reason text)
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT COALESCE(alert.charged_at,
                    CASE WHEN alert.assigned_to = t.rep THEN alert.assigned_at END,
                    alert.created_at),
           t.rep,
           CASE WHEN t.rep IS NULL THEN 'nobody free' ELSE t.way END
      FROM (SELECT w.way,
                   CASE w.way WHEN 'owner' THEN alert.assignment_trace #>> '{owner,rep}'
                              WHEN 'fallback' THEN alert.assignment_trace #>> '{fallback,rep}'
                              WHEN 'turn' THEN alert.charged_to
                              ELSE alert.assigned_to END AS rep
              FROM (SELECT COALESCE(alert.assignment_trace ->> 'by',
                                    CASE WHEN alert.charged_to IS NOT NULL THEN 'turn' END) AS way) w) t;
END;
COMMENT ON FUNCTION pls_internal.first_assignment IS
    'When, to whom and why (turn, owner, fallback, nobody free; NULL: by hand) pls.assign() gave an alert; from its trace, since it may have been reassigned by people.';

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
    'Whether a rep was inactive at an instant, as far as that can be told from today''s settings.';

CREATE FUNCTION pls_internal.absent_spans(rep text) RETURNS TABLE (away tstzrange)
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT unnest(range_agg(tstzrange(a.absent_from, a.absent_until)))
      FROM pls.absences a WHERE a.rep = absent_spans.rep;
END;
$$;
COMMENT ON FUNCTION pls_internal.absent_spans IS
    'The spans in which a rep is away, joined where they overlap.';

-- As pls_internal.absence_calibration() counts them.
CREATE FUNCTION pls_internal.others_present(pool text, rep text, away_from timestamptz, away_until timestamptz,
                                   "from" timestamptz)
    RETURNS bigint
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN (
        SELECT count(*)
          FROM (SELECT m.rep
                  FROM pls.pool_members m
                 WHERE m.pool = others_present.pool AND m.joined_at < away_until
                   AND NOT EXISTS (SELECT FROM pls.absences x
                                    WHERE x.rep = m.rep
                                   HAVING range_agg(tstzrange(x.absent_from, x.absent_until))
                                          @> tstzrange(away_from, away_until))
                UNION
                SELECT t.charged_to FROM pls.alerts t
                 WHERE t.pool = others_present.pool AND t.charged_to IS NOT NULL
                   AND t.charged_at >= away_from AND t.charged_at < least(away_until, others_present."from")) o
         WHERE o.rep <> others_present.rep);
END;
$$;
COMMENT ON FUNCTION pls_internal.others_present IS
    'How many others of the pool were there while a rep was away, those included who took a turn then before the replay begins.';

-- The assignments of a span: how each went, and the route it takes today.
CREATE FUNCTION pls_internal.past_assignments("from" timestamptz, "to" timestamptz)
    RETURNS TABLE (alert_id bigint, at timestamptz, closed_at timestamptz,
                   old_route text, old_pool text, old_rep text, old_reason text,
                   route text, pool text, in_hours boolean, owner text)
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT a.alert_id, b.at, coalesce(a.closed_at, 'infinity'), a.route, a.pool, b.rep, coalesce(b.reason, 'by hand'),
           w.route, w.pool, w.in_hours, nullif(c.owner, '')
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
    'The assignments from one instant until before another: of which alert, when, how it went (route, pool, rep, and turn, owner, fallback, nobody free or by hand), and the route that the alert takes by today''s settings, with the account''s owner of today.';

-- The state is arrays, for a query for each alert and member would cost as much
-- as the picks did.  Reps, pools and members are known
-- by their places in them; lists of differing lengths (members of a pool,
-- absences of a member) lie in one array, first and last say where.
-- Alerts end between two assignments, which frees their reps (e_); the rep of
-- an alert that the replay gives away is only known by then (given).
-- What an absence is worth is worked out when it is over and asked for first,
-- and kept (x_credit) until a new period begins: see pls_internal.span_worth().
CREATE FUNCTION pls.replay_assignments("from" timestamptz, "to" timestamptz)
    RETURNS TABLE (alert_id bigint, at timestamptz, old_route text, old_pool text, old_rep text, old_reason text,
                   route text, pool text, rep text, reason text, candidates text[])
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 1000
    SET search_path = pg_catalog, pg_temp
    SET jit = off
AS $$
#variable_conflict use_variable
DECLARE
    -- reps
    reps      text[];   quota numeric[];    max_open integer[];  zone text[];
    held      integer[];                    -- open alerts
    daily     integer[];                    -- alerts a day, days in a row, rep by rep
    days      integer;
    day_zero  date;
    -- pools
    pools     text[];   period interval[];  stand_in text[];     owner_counts boolean[];
    since     timestamptz[];                -- begin of the period that turns are counted in
    -- members, those of a pool in a row, in the order that decides ties
    m_first   integer[]; m_last integer[];
    m_rep     integer[]; m_weight numeric[]; m_joined timestamptz[];
    m_given   numeric[]; m_given_at timestamptz[];      -- calibration when they joined
    turns     bigint[];
    -- absences of members, those of a member in a row
    x_first   integer[]; x_last integer[];
    x_from    timestamptz[]; x_until timestamptz[];
    x_turns   bigint[];                     -- turns of the others meanwhile
    x_credit  numeric[];                    -- what they are worth, once it is over
    -- alerts that end, in order
    e_at      timestamptz[]; e_number bigint[]; e_rep integer[];
    e_next    integer := 1;
    given     integer[] := '{}';            -- rep of the alert with this number
    -- the alert at hand
    past      record;
    number    bigint := 0;
    p         integer; r integer; n integer; today integer; chosen integer;
    own       numeric[]; eligible integer[];
    had       numeric; weights numeric; credit numeric; best numeric; shortfall numeric;
    begins    timestamptz; away boolean; seen bigint;
BEGIN
    IF "from" IS NULL OR "to" IS NULL OR NOT isfinite("from") OR NOT isfinite("to") OR "from" > "to" THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'a replay goes from one instant to a later one',
            HINT = 'SELECT * FROM pls.replay_routing(now() - interval ''28 days'', now());';
    END IF;

    -- state at the beginning
    day_zero := ("from" - interval '32 days')::date;
    days := ("to"::date - day_zero) + 3;
    SELECT array_agg(q.rep ORDER BY q.n), array_agg(q.daily_quota ORDER BY q.n), array_agg(q.max_open ORDER BY q.n),
           array_agg(q.time_zone ORDER BY q.n), array_agg(o.held ORDER BY q.n)
      INTO reps, quota, max_open, zone, held
      FROM (SELECT k.*, row_number() OVER (ORDER BY k.rep COLLATE "C") AS n FROM pls.reps k) q
     CROSS JOIN LATERAL (
           SELECT count(*)::integer AS held
             FROM pls.alerts a CROSS JOIN LATERAL pls_internal.first_assignment(a) b
            WHERE a.assigned_to = q.rep AND b.at < "from" AND a.assigned_at < "from"
              AND coalesce(a.closed_at, 'infinity') > "from") o;
    daily := array_fill(0, ARRAY[greatest(days * cardinality(reps), 1)]);
    FOR past IN
        SELECT k.n, (timezone(k.time_zone, a.assigned_at)::date - day_zero) AS day, count(*)::integer AS had
          FROM unnest(reps, zone, quota) WITH ORDINALITY k (rep, time_zone, daily_quota, n)
          JOIN pls.alerts a ON a.assigned_to = k.rep
         WHERE k.daily_quota IS NOT NULL AND a.assigned_at < "from" AND a.assigned_at >= "from" - interval '31 days'
         GROUP BY 1, 2
    LOOP
        daily[(past.n - 1) * days + past.day + 1] := past.had;
    END LOOP;
    SELECT array_agg(q.pool ORDER BY q.pool COLLATE "C"), array_agg(q.period ORDER BY q.pool COLLATE "C"),
           array_agg(q.fallback ORDER BY q.pool COLLATE "C"), array_agg(q.owner_takes_turn ORDER BY q.pool COLLATE "C"),
           array_agg(pls_internal.pool_period_start(q.pool, "from") ORDER BY q.pool COLLATE "C")
      INTO pools, period, stand_in, owner_counts, since
      FROM pls.pools q;
    SELECT array_agg(array_position(reps, q.rep) ORDER BY q.n), array_agg(q.weight ORDER BY q.n),
           array_agg(q.joined_at ORDER BY q.n), array_agg(q.calibration ORDER BY q.n),
           array_agg(q.calibrated_at ORDER BY q.n), array_agg(t.turns ORDER BY q.n)
      INTO m_rep, m_weight, m_joined, m_given, m_given_at, turns
      FROM (SELECT m.*, row_number() OVER (ORDER BY m.pool COLLATE "C", m.weight DESC, m.position, m.rep COLLATE "C") AS n
              FROM pls.pool_members m) q
     CROSS JOIN LATERAL (
           SELECT count(*) AS turns FROM pls.alerts a
            WHERE a.pool = q.pool AND a.charged_to = q.rep AND a.charged_at < "from"
              AND a.charged_at >= since[array_position(pools, q.pool)]) t;
    SELECT array_agg(q.first ORDER BY q.pool COLLATE "C"), array_agg(q.last ORDER BY q.pool COLLATE "C")
      INTO m_first, m_last
      FROM (SELECT g.pool, sum(count(m.rep)) OVER (ORDER BY g.pool COLLATE "C") - count(m.rep) + 1 AS first,
                   sum(count(m.rep)) OVER (ORDER BY g.pool COLLATE "C") AS last
              FROM pls.pools g LEFT JOIN pls.pool_members m ON m.pool = g.pool GROUP BY g.pool) q;
    SELECT array_agg(q.first ORDER BY q.n), array_agg(q.last ORDER BY q.n) INTO x_first, x_last
      FROM (SELECT k.n, sum(count(w.away)) OVER (ORDER BY k.n) - count(w.away) + 1 AS first,
                   sum(count(w.away)) OVER (ORDER BY k.n) AS last
              FROM unnest(m_rep) WITH ORDINALITY k (rep, n) LEFT JOIN pls_internal.absent_spans(reps[k.rep]) w ON true
             GROUP BY k.n) q;
    SELECT array_agg(greatest(lower(w.away), m_joined[k.n]) ORDER BY k.n, w.away), array_agg(coalesce(upper(w.away), 'infinity') ORDER BY k.n, w.away),
           array_agg((SELECT count(*) FROM pls.alerts a
                       WHERE a.pool = pools[g.p] AND a.charged_to <> reps[k.rep] AND a.charged_at < "from"
                         AND a.charged_at >= greatest(lower(w.away), m_joined[k.n], since[g.p])
                         AND a.charged_at < coalesce(upper(w.away), 'infinity')) ORDER BY k.n, w.away)
      INTO x_from, x_until, x_turns
      FROM unnest(m_rep) WITH ORDINALITY k (rep, n)
      JOIN LATERAL (SELECT f.p FROM unnest(m_first, m_last) WITH ORDINALITY f (first, last, p)
                     WHERE k.n BETWEEN f.first AND f.last) g ON true
     CROSS JOIN LATERAL pls_internal.absent_spans(reps[k.rep]) w;
    x_credit := array_fill(NULL::numeric, ARRAY[greatest(cardinality(x_from), 1)]);
    SELECT array_agg(q.closed_at ORDER BY q.closed_at, q.number), array_agg(q.number ORDER BY q.closed_at, q.number),
           array_agg(q.rep ORDER BY q.closed_at, q.number)
      INTO e_at, e_number, e_rep
      FROM (SELECT greatest(coalesce(a.closed_at, 'infinity'), b.at + interval '1 microsecond') AS closed_at,
                   row_number() OVER (ORDER BY b.at, a.alert_id) AS number, NULL::integer AS rep
              FROM pls.alerts a JOIN pls.motions m ON m.motion = a.motion
             CROSS JOIN LATERAL pls_internal.first_assignment(a) b
             WHERE b.at >= "from" AND b.at < "to"
            UNION ALL
            SELECT z.closed_at, 0, array_position(reps, z.assigned_to)
              FROM (SELECT a.assigned_to, coalesce(a.closed_at, 'infinity') AS closed_at
                      FROM pls.alerts a CROSS JOIN LATERAL pls_internal.first_assignment(a) b
                     WHERE b.at < "from" AND a.assigned_at < "from") z
             WHERE z.closed_at > "from") q
     WHERE q.closed_at < "to";

    FOR past IN SELECT y.* FROM pls_internal.past_assignments("from", "to") y LOOP
        number := number + 1;
        alert_id := past.alert_id; at := past.at;
        old_route := past.old_route; old_pool := past.old_pool; old_rep := past.old_rep; old_reason := past.old_reason;
        route := past.route; pool := past.pool; rep := NULL; candidates := NULL;
        WHILE e_at[e_next] <= at LOOP
            r := coalesce(e_rep[e_next], given[e_number[e_next]]);
            IF r IS NOT NULL THEN
                held[r] := held[r] - 1;
            END IF;
            e_next := e_next + 1;
        END LOOP;
        p := array_position(pools, pool);
        begins := pls_internal.period_start(period[p], at);
        IF p IS NOT NULL AND begins > since[p] THEN
            since[p] := begins;
            FOR m IN m_first[p] .. m_last[p] LOOP
                turns[m] := 0;
                FOR x IN x_first[m] .. x_last[m] LOOP
                    x_turns[x] := 0;
                    x_credit[x] := NULL;
                END LOOP;
            END LOOP;
        END IF;

        chosen := NULL;
        IF past.owner IS NOT NULL AND pls_internal.owner_why_not(past.owner, at, coalesce(past.in_hours, false), true) IS NULL THEN
            rep := past.owner;
            reason := 'owner';
            FOR m IN m_first[p] .. coalesce(m_last[p], 0) LOOP
                IF owner_counts[p] AND reps[m_rep[m]] = rep THEN
                    chosen := m;
                END IF;
            END LOOP;
        ELSIF p IS NULL THEN
            reason := CASE WHEN route IS NULL THEN 'no route' ELSE 'no pool' END;
        ELSE
            eligible := '{}'; own := '{}'; had := 0; weights := 0;
            FOR m IN m_first[p] .. m_last[p] LOOP
                r := m_rep[m];
                CONTINUE WHEN m_joined[m] > at OR held[r] >= max_open[r];
                away := false;
                credit := 0;
                FOR x IN x_first[m] .. x_last[m] LOOP
                    away := away OR (x_from[x] <= at AND x_until[x] > at);
                    IF NOT away AND x_until[x] <= at AND x_until[x] > since[p] THEN
                        IF x_credit[x] IS NULL THEN
                            -- an absence may have been over when the member joined
                            x_credit[x] := CASE WHEN x_turns[x] = 0 THEN 0 ELSE
                                coalesce(x_turns[x]::numeric / nullif(pls_internal.others_present(
                                    pool, reps[r], greatest(x_from[x], since[p]), x_until[x], "from"), 0), 0) END;
                        END IF;
                        credit := credit + x_credit[x];
                    END IF;
                END LOOP;
                CONTINUE WHEN away;
                IF quota[r] IS NOT NULL THEN
                    today := (r - 1) * days + (timezone(zone[r], at)::date - day_zero) + 1;
                    seen := 0;
                    away := quota[r] = 0;
                    FOR d IN 0 .. 29 LOOP
                        seen := seen + daily[today - d];
                        away := away OR seen >= ceil((d + 1) * quota[r]);
                    END LOOP;
                    CONTINUE WHEN away;
                END IF;
                CONTINUE WHEN pls_internal.was_inactive(reps[r], at);
                eligible := eligible || m;
                own[m] := turns[m] + credit + CASE WHEN m_given_at[m] >= since[p] THEN m_given[m] ELSE 0 END;
                had := had + own[m];
                weights := weights + m_weight[m];
            END LOOP;
            best := NULL;
            FOREACH n IN ARRAY eligible LOOP
                candidates := candidates || reps[m_rep[n]];
                shortfall := had * m_weight[n] - own[n] * weights;
                IF best IS NULL OR shortfall > best THEN
                    best := shortfall;
                    chosen := n;
                END IF;
            END LOOP;
            IF chosen IS NOT NULL THEN
                rep := reps[m_rep[chosen]];
                reason := 'turn';
            ELSIF stand_in[p] IS NOT NULL AND pls_internal.owner_why_not(stand_in[p], at, false, true) IS NULL THEN
                rep := stand_in[p];
                reason := 'fallback';
            ELSE
                reason := 'nobody free';
            END IF;
        END IF;

        -- what the next ones will count
        IF chosen IS NOT NULL THEN
            turns[chosen] := turns[chosen] + 1;
            FOR m IN m_first[p] .. m_last[p] LOOP
                FOR x IN x_first[m] .. x_last[m] LOOP
                    IF m <> chosen AND at >= x_from[x] AND at < x_until[x] THEN
                        x_turns[x] := x_turns[x] + 1;
                    END IF;
                END LOOP;
            END LOOP;
        END IF;
        r := array_position(reps, rep);
        given[number] := r;
        IF r IS NOT NULL THEN
            held[r] := held[r] + 1;
            today := (r - 1) * days + (timezone(zone[r], at)::date - day_zero) + 1;
            daily[today] := daily[today] + 1;
        END IF;
        RETURN NEXT;
    END LOOP;
END;
$$;
COMMENT ON FUNCTION pls.replay_assignments IS
    'The alerts assigned from one instant until before another, in order: route, pool, rep and reason as they were (old_) and as they come out with today''s routes, pools, weights, caps, absences and owners, every pick counting for the next. candidates: the members who could have taken the turn. Pool members count from joined_at. Writes nothing. Error 22023 unless both are finite and in order.';

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
    'How alerts assigned from one instant until before another were shared out, and how they would be with today''s settings (see pls.replay_assignments): per pool and rep (NULL: nobody), alerts assigned then and in the replay, their difference, how many kept their rep, turns taken, and fair_turns: the turns of the replay, each shared by weight among the members who could have taken it. The shares are of the pool''s turns; target_share is that of fair_turns. Writes nothing. Error 22023 unless both are finite and in order.';
