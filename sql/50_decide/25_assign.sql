/* 25_assign.sql - whose turn it is.
 *
 * Turns are those of the alerts that took them (pls.alerts.charged_to), as
 * 50_decide/20_turns.sql counts them: a counter would make every transaction that
 * raises an alert wait for the one before it.  Two that raise alerts at the
 * same moment may pick the same rep; the next turn makes up for it.
 *
 * The functions run with enable_seqscan off and generic plans: a plan made
 * while pls.alerts was empty must not scan the table once it has grown.  What
 * that adds to the cost of a table without a fitting index would set off the
 * JIT compiler, a tenth of a second a query; hence jit off.  And they are
 * PL/pgSQL rather than SQL, whose queries are planned anew in every call.
 */

-- Start of the pool's counting period that holds an instant.
CREATE FUNCTION pls_internal.pool_period_start(pool text, as_of timestamptz)
    RETURNS timestamptz
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN (
        SELECT pls_internal.period_start(p.period, pool_period_start.as_of)
          FROM pls.pools p
         WHERE p.pool = pool_period_start.pool);
END;
$$;
COMMENT ON FUNCTION pls_internal.pool_period_start IS
    'Start of the period in which the pool counts turns at as_of, -infinity if it counts forever; NULL: no such pool.';

CREATE FUNCTION pls_internal.rep_absent(rep text, as_of timestamptz) RETURNS boolean
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN EXISTS (SELECT FROM pls.absences a
                    WHERE a.rep = rep_absent.rep
                      AND tstzrange(a.absent_from, a.absent_until) @> rep_absent.as_of);
END;
$$;
COMMENT ON FUNCTION pls_internal.rep_absent IS
    'Whether the rep is away at as_of by pls.absences.';

-- Rules of a pick that pls.assign() applies to what the tables hold and
-- pls.replay_assignments() to what it keeps in memory.  Inlined, so that what
-- comes after an obstacle is not even asked for.
CREATE FUNCTION pls_internal.turn_obstacle(active boolean, away boolean, is_full boolean, is_over_quota boolean)
    RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE WHEN NOT turn_obstacle.active THEN 'inactive'
                WHEN turn_obstacle.away THEN 'absent'
                WHEN turn_obstacle.is_full THEN 'max_open'
                WHEN turn_obstacle.is_over_quota THEN 'daily_quota' END;
END;
COMMENT ON FUNCTION pls_internal.turn_obstacle IS
    'Which of four obstacles keeps a rep from taking a turn, the first that there is: inactive, absent, max_open, daily_quota; NULL: none.';

-- Fractions carry over: over any k of the last 30 local days fewer than
-- ceil(k * quota) alerts may have been assigned, so that 0.333 a day is one
-- every third day and 2.5 a day is five in two days.
CREATE FUNCTION pls_internal.quota_of_days(quota numeric, days integer) RETURNS numeric
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT ceil(quota_of_days.days::numeric * quota_of_days.quota);
END;
COMMENT ON FUNCTION pls_internal.quota_of_days IS
    'How many alerts a daily quota allows in this many days.';

-- What was set in an earlier period does not count in this one.
CREATE FUNCTION pls_internal.calibration_since(calibration numeric, calibrated_at timestamptz, since timestamptz)
    RETURNS numeric
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE WHEN calibration_since.calibrated_at >= calibration_since.since
                THEN calibration_since.calibration ELSE 0 END;
END;
COMMENT ON FUNCTION pls_internal.calibration_since IS
    'A member''s calibration if it was set in the period that began at since, or 0.';

-- By pls_internal.quota_of_days(): the n-th newest of the alerts must be k
-- days back for which n < ceil(k * quota).  Inlined.
CREATE FUNCTION pls_internal.days_over_quota(quota numeric, given_on date[], newer bigint, today date)
    RETURNS TABLE (is_over boolean)
    LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
    SELECT days_over_quota.quota = 0 OR EXISTS (
           SELECT
             FROM unnest(days_over_quota.given_on) WITH ORDINALITY AS g (day, n)
            WHERE g.n + days_over_quota.newer
                  >= pls_internal.quota_of_days(days_over_quota.quota, days_over_quota.today - g.day + 1)
              AND days_over_quota.today - g.day < 30)
     WHERE days_over_quota.quota IS NOT NULL;
END;
COMMENT ON FUNCTION pls_internal.days_over_quota IS
    'Whether a rep who got an alert on each of these days, newest first, and newer ones after them, has had those that a daily quota (0 or more) allows today; no row: there is no quota.';

-- No more are read than the quota allows in 30 days; and the days are not
-- asked for of the newest, as few as one day allows.  Inlined.
CREATE FUNCTION pls_internal.over_quota(rep text, quota numeric, time_zone text, as_of timestamptz)
    RETURNS TABLE (is_over boolean)
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT q.is_over
      FROM (SELECT ARRAY(SELECT timezone(over_quota.time_zone, o.assigned_at)::date
                           FROM (SELECT a.assigned_at
                                   FROM pls.alerts a
                                  WHERE a.assigned_to = over_quota.rep
                                    AND a.assigned_at >= timezone(over_quota.time_zone, (g.today - 29)::timestamp)
                                    AND a.assigned_at <= over_quota.as_of
                                  ORDER BY a.assigned_at DESC
                                 OFFSET g.newer
                                  LIMIT least(pls_internal.quota_of_days(over_quota.quota, 30), 2147483647)::bigint) o
                          ORDER BY o.assigned_at DESC) AS given_on,
                   g.newer, g.today
              FROM (SELECT greatest(pls_internal.quota_of_days(over_quota.quota, 1), 1)::bigint - 1 AS newer,
                           timezone(over_quota.time_zone, over_quota.as_of)::date AS today
                     WHERE over_quota.quota IS NOT NULL) g
            -- once, not for each alert
            OFFSET 0) d
     CROSS JOIN LATERAL pls_internal.days_over_quota(over_quota.quota, d.given_on, d.newer, d.today) q;
END;
COMMENT ON FUNCTION pls_internal.over_quota IS
    'Whether a rep has had the alerts that a daily quota (0 or more) allows at as_of, by days of the time zone; no row: there is no quota.';

-- What the others had on average while the rep was away, in the period.  The
-- others are whoever was a member and present, or took a turn, meanwhile.
CREATE FUNCTION pls_internal.absence_calibration(pool text, rep text, since timestamptz, as_of timestamptz)
    RETURNS numeric
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off
    SET jit = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN (
        SELECT coalesce(sum(pls_internal.span_worth(absence_calibration.pool, absence_calibration.rep, w.away)), 0)
          FROM (SELECT unnest(range_agg(tstzrange(a.absent_from, a.absent_until))
                              * tstzmultirange(tstzrange(absence_calibration.since,
                                                         absence_calibration.as_of))) AS away
                  FROM pls.absences a
                 WHERE a.rep = absence_calibration.rep
                   AND tstzrange(a.absent_from, a.absent_until)
                       && tstzrange(absence_calibration.since, absence_calibration.as_of)) w);
END;
$$;
COMMENT ON FUNCTION pls_internal.absence_calibration IS
    'Turns that the other members of the pool had on average while the rep was away between since and as_of; 0 if never away.';

-- Inlined.
CREATE FUNCTION pls_internal.reaches_max_open(held bigint, max_open integer) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT coalesce(reaches_max_open.held >= reaches_max_open.max_open, false);
END;
COMMENT ON FUNCTION pls_internal.reaches_max_open IS
    'Whether so many open alerts are as many as a rep may hold; max_open NULL: there is no limit.';

-- No more are counted than matter.  Inlined.
CREATE FUNCTION pls_internal.is_full(rep pls.reps) RETURNS TABLE (is_full boolean)
    LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
    SELECT pls_internal.reaches_max_open(
        (SELECT count(*)
           FROM (SELECT FROM pls.alerts a
                  WHERE a.assigned_to = (is_full.rep).rep AND pls_internal.is_open(a.status)
                  LIMIT coalesce((is_full.rep).max_open, 0)) o),
        (is_full.rep).max_open);
END;
COMMENT ON FUNCTION pls_internal.is_full IS
    'Whether a rep has as many open alerts as pls.reps.max_open allows.';

-- Why a rep takes no turn, whatever the pool.  Inlined; is_full is evaluated
-- only if it matters.
CREATE FUNCTION pls_internal.turn_why_not(rep pls.reps, away boolean, is_full boolean, as_of timestamptz)
    RETURNS TABLE (why_not text)
    LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
    SELECT pls_internal.turn_obstacle(
               (turn_why_not.rep).active,
               turn_why_not.away,
               turn_why_not.is_full,
               (SELECT q.is_over
                  FROM pls_internal.over_quota((turn_why_not.rep).rep, (turn_why_not.rep).daily_quota,
                                      (turn_why_not.rep).time_zone, turn_why_not.as_of) q));
END;
COMMENT ON FUNCTION pls_internal.turn_why_not IS
    'Why a rep takes no turn at as_of: inactive; absent, if away; max_open, if is_full (see pls_internal.is_full()); daily_quota: has had as many as a day allows; NULL: takes one.';

-- Members with what does not follow from the turns of the pool.  Inlined.
CREATE FUNCTION pls_internal.pool_members_at(pool text, since timestamptz, as_of timestamptz, away text[])
    RETURNS TABLE (rep text, weight numeric, "position" integer, joined_at timestamptz,
                   calibration numeric, why_not text)
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT m.rep, m.weight, m.position, m.joined_at,
           pls_internal.calibration_since(m.calibration, m.calibrated_at, pool_members_at.since),
           w.why_not
      FROM pls.pool_members m
      JOIN pls.reps r ON r.rep = m.rep
     -- not as a subquery among the arguments, with which nothing is inlined
     CROSS JOIN LATERAL pls_internal.is_full(ROW(r.*)::pls.reps) f
     CROSS JOIN LATERAL pls_internal.turn_why_not(
           ROW(r.*)::pls.reps, m.rep = ANY (pool_members_at.away), f.is_full, pool_members_at.as_of) w
     WHERE m.pool = pool_members_at.pool;
END;
COMMENT ON FUNCTION pls_internal.pool_members_at IS
    'Members of a pool: the calibration that was set since an instant, and why the member takes no turn at as_of (inactive; absent, if among those away; max_open; daily_quota; NULL: takes one).';

-- As pls.pool_turns(), without pls_internal.turn_counts.
CREATE FUNCTION pls_internal.turns_by_alerts(pool text, as_of timestamptz)
    RETURNS TABLE (rep text, weight numeric, "position" integer, turns bigint,
                   calibration numeric, why_not text)
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off
    SET jit = off
    SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
    since timestamptz := pls_internal.pool_period_start(turns_by_alerts.pool, turns_by_alerts.as_of);
BEGIN
    RETURN QUERY
    SELECT m.rep, m.weight, m.position, n.turns,
           m.calibration
               -- what was before the member joined is in the calibration
               + pls_internal.absence_calibration(turns_by_alerts.pool, m.rep,
                     least(greatest(since, m.joined_at), turns_by_alerts.as_of), turns_by_alerts.as_of),
           m.why_not
      FROM pls_internal.pool_members_at(turns_by_alerts.pool, since, turns_by_alerts.as_of,
               (SELECT array_agg(a.rep) FROM pls.absences a
                 WHERE tstzrange(a.absent_from, a.absent_until) @> turns_by_alerts.as_of)) m
     CROSS JOIN LATERAL (
           SELECT count(*) AS turns
             FROM pls.alerts a
            WHERE a.pool = turns_by_alerts.pool
              AND a.charged_to = m.rep
              AND a.charged_at >= since
              AND a.charged_at <= turns_by_alerts.as_of) n;
END;
$$;
COMMENT ON FUNCTION pls_internal.turns_by_alerts IS
    'What pls.pool_turns() returns, counted from the alerts that the caller sees.';

-- The settings are for the plans.
CREATE FUNCTION pls.pool_turns(pool text, as_of timestamptz)
    RETURNS TABLE (rep text, weight numeric, "position" integer, turns bigint,
                   calibration numeric, why_not text)
    AS 'MODULE_PATHNAME', 'pls_pool_turns' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 1000 ROWS 20
    SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off
    SET enable_bitmapscan = off
    SET jit = off;
COMMENT ON FUNCTION pls.pool_turns IS
    'Members of a pool at as_of: turns taken in the period, calibration (stored and for absences), and why the member takes no turn now (inactive, absent, max_open, daily_quota; NULL: eligible).';

-- A newcomer starts where the others are on average.
CREATE FUNCTION pls_internal.calibrate_member() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.calibration IS NULL THEN
            NEW.calibration := coalesce(
                (SELECT round(avg(t.turns + t.calibration), 6)
                   FROM pls.pool_turns(NEW.pool, pls.now()) t
                  WHERE coalesce(t.why_not, '') <> 'inactive')
                -- turns of one who was a member before
                - (SELECT count(*)
                     FROM pls.alerts a
                    WHERE a.pool = NEW.pool AND a.charged_to = NEW.rep
                      AND a.charged_at >= pls_internal.pool_period_start(NEW.pool, pls.now())
                      AND a.charged_at <= pls.now()), 0);
        END IF;
        NEW.calibrated_at := coalesce(NEW.calibrated_at, pls.now());
    ELSIF NEW.calibration IS DISTINCT FROM OLD.calibration
          AND NEW.calibrated_at IS NOT DISTINCT FROM OLD.calibrated_at THEN
        NEW.calibrated_at := pls.now();
    END IF;
    RETURN NEW;
END;
$$;
COMMENT ON FUNCTION pls_internal.calibrate_member IS
    'Trigger: a member inserted without calibration gets the average of the others'' turns and calibrations.';

CREATE TRIGGER calibrate BEFORE INSERT OR UPDATE ON pls.pool_members
    FOR EACH ROW EXECUTE FUNCTION pls_internal.calibrate_member();
COMMENT ON TRIGGER calibrate ON pls.pool_members IS 'Sets calibration of newcomers and its time.';

-- Why an account's owner does not get the alert; NULL if the owner does.
CREATE FUNCTION pls_internal.owner_why_not(owner text, as_of timestamptz, in_hours boolean, in_retrospect boolean DEFAULT false)
    RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN (
        SELECT CASE WHEN r.rep IS NULL THEN 'not a rep'
                    WHEN NOT r.active
                         AND CASE WHEN owner_why_not.in_retrospect
                                  THEN pls_internal.was_inactive(r.rep, owner_why_not.as_of) ELSE true END THEN 'inactive'
                    WHEN pls_internal.rep_absent(r.rep, owner_why_not.as_of) THEN 'absent'
                    WHEN owner_why_not.in_hours AND r.calendar IS NOT NULL
                         AND pls.working_time(owner_why_not.as_of,
                                 owner_why_not.as_of + interval '1 second',
                                 r.calendar) <= interval '0' THEN 'out of hours'
               END
          FROM (SELECT owner_why_not.owner AS owner) o
          LEFT JOIN pls.reps r ON r.rep = o.owner);
END;
$$;
COMMENT ON FUNCTION pls_internal.owner_why_not IS
    'Why the owner of an account, or a fallback, is skipped at as_of: not a rep, inactive, absent, out of hours; NULL: is not. in_retrospect: who is inactive today may not have been then.';

-- Under the settings of pls.assign(), which its plans want, too.
CREATE FUNCTION pls_internal.next_turn(pool text, as_of timestamptz, OUT rep text, OUT candidates jsonb)
    AS 'MODULE_PATHNAME', 'pls_next_turn' LANGUAGE C STABLE PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION pls_internal.next_turn IS
    'The eligible member of the pool with the greatest weighted shortfall of turns at as_of (ties: weight, position, id), NULL if there is none, and all members as candidates.';

CREATE FUNCTION pls_internal.whose_turn(reps text[], weights numeric[], positions integer[],
                               turns bigint[], calibrations numeric[])
    RETURNS text
    AS 'MODULE_PATHNAME', 'pls_whose_turn' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION pls_internal.whose_turn IS
    'Which of these reps pls_internal.next_turn() picks, if they are the eligible members and these their weights, positions, turns and calibrations; NULL: there are none. Error 2202E if the arrays differ in length, 22004 for a NULL among them.';

-- The order in which an alert finds its rep, for pls.assign() and its replay:
-- a replay has its own reps and the pool in memory, and asks those whose turn
-- it is.  No settings for the plans: pls.assign() makes them, and a replay
-- plans nothing here that reads more than a row.
CREATE FUNCTION pls_internal.pick(pool text, owner text, in_hours boolean, at timestamptz,
                         replayed pls_internal.replay_pool, reps pls_internal.replay_rep[],
                         OUT rep text, OUT reason text, OUT takes_turn boolean, OUT owner_why_not text,
                         OUT fallback text, OUT fallback_why_not text, OUT members jsonb, OUT candidates text[])
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    in_retrospect CONSTANT boolean := reps IS NOT NULL;
    turn record;
BEGIN
    takes_turn := false;
    IF owner <> '' THEN
        owner_why_not := pls_internal.owner_why_not(owner, at, coalesce(in_hours, false), in_retrospect);
        IF owner_why_not IS NULL THEN
            rep := owner;
            reason := 'owner';
            takes_turn := EXISTS (
                SELECT FROM pls.pools p JOIN pls.pool_members m ON m.pool = p.pool
                 WHERE p.pool = pick.pool AND p.owner_takes_turn AND m.rep = pick.owner);
            RETURN;
        END IF;
    END IF;

    IF in_retrospect THEN
        turn := pls_internal.replay_turn(replayed, reps, at);
        candidates := turn.candidates;
    ELSE
        turn := pls_internal.next_turn(pool, at);
        members := turn.candidates;
    END IF;
    rep := turn.rep;
    IF rep IS NOT NULL THEN
        reason := 'turn';
        takes_turn := true;
        RETURN;
    END IF;

    SELECT p.fallback INTO fallback FROM pls.pools p WHERE p.pool = pick.pool;
    IF NOT FOUND THEN
        reason := 'no pool';
        RETURN;
    END IF;
    reason := 'nobody free';
    IF fallback IS NOT NULL THEN
        fallback_why_not := pls_internal.owner_why_not(fallback, at, false, in_retrospect);
        IF fallback_why_not IS NULL THEN
            rep := fallback;
            reason := 'fallback';
        END IF;
    END IF;
END;
$$;
COMMENT ON FUNCTION pls_internal.pick IS
    'Who gets an alert in a pool: the owner of its account, whose turn it is, the fallback, or nobody (rep NULL; reason: nobody free, no pool). takes_turn: whether it counts as a turn of the pool. owner_why_not and fallback_why_not: why they were asked in vain; members: all of the pool, as pls_internal.next_turn() has them. In a replay, which gives its reps and the pool, candidates instead: who could have taken the turn.';

CREATE FUNCTION pls.assign(pool text, account_id text, as_of timestamptz DEFAULT NULL,
                           in_hours boolean DEFAULT false,
                           OUT rep text, OUT reason text, OUT trace jsonb, OUT takes_turn boolean)
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off
    SET enable_bitmapscan = off
    SET jit = off
    SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
    owner text;
    pick  record;
BEGIN
    SELECT nullif(a.owner, '') INTO owner FROM pls.accounts a WHERE a.account_id = assign.account_id;
    pick := pls_internal.pick(assign.pool, owner, assign.in_hours, coalesce(assign.as_of, pls.now()), NULL, NULL);
    assign.rep := pick.rep;
    assign.reason := CASE WHEN pick.reason = 'nobody free' AND pick.fallback IS NULL AND pick.members = '[]'
                          THEN 'no members' ELSE pick.reason END;
    assign.takes_turn := pick.takes_turn;
    assign.trace := '{}';
    IF owner IS NOT NULL THEN
        assign.trace := jsonb_build_object('owner',
            jsonb_strip_nulls(jsonb_build_object('rep', owner, 'why_not', pick.owner_why_not)));
    END IF;
    IF pick.reason <> 'owner' THEN
        assign.trace := assign.trace || jsonb_build_object('candidates', pick.members);
    END IF;
    IF pick.fallback IS NOT NULL THEN
        assign.trace := assign.trace || jsonb_build_object('fallback',
            jsonb_strip_nulls(jsonb_build_object('rep', pick.fallback, 'why_not', pick.fallback_why_not)));
    END IF;
    IF pick.rep IS NOT NULL THEN
        assign.trace := assign.trace || jsonb_build_object('by', pick.reason);
    END IF;
END;
$$;
COMMENT ON FUNCTION pls.assign IS
    'Who gets an alert of the account in the pool at as_of (NULL: pls.now()); reason: owner (of the account), turn (greatest weighted shortfall), fallback (of the pool), or, with rep NULL, nobody free, no members, no pool; takes_turn: whether it counts as the rep''s turn in the pool (of an owner only where pls.pools.owner_takes_turn says so, and of a member); trace: the same in "by", and the candidates with turns, calibration, shortfall and why not. Writes nothing; same state, same answer.';
