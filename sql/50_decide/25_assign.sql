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
CREATE FUNCTION pls_internal.turn_obstacle(active boolean, away boolean, is_out_of_hours boolean, is_full boolean, is_over_quota boolean)
    RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE WHEN NOT turn_obstacle.active THEN 'inactive'
                WHEN turn_obstacle.away THEN 'absent'
                WHEN turn_obstacle.is_out_of_hours THEN 'out of hours'
                WHEN turn_obstacle.is_full THEN 'max_open'
                WHEN turn_obstacle.is_over_quota THEN 'daily_quota' END;
END;
COMMENT ON FUNCTION pls_internal.turn_obstacle IS
    'Which of five obstacles keeps a rep from taking a turn, the first that there is: inactive, absent, out of hours, max_open, daily_quota; NULL: none.';

-- Whose own working hours it is not, where a route asks for that.  Inlined, so
-- that a calendar is read only if it matters.
CREATE FUNCTION pls_internal.is_out_of_hours(calendar text, at timestamptz, in_hours boolean) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE WHEN is_out_of_hours.in_hours AND is_out_of_hours.calendar IS NOT NULL
                THEN pls.working_time(is_out_of_hours.at, is_out_of_hours.at + interval '1 second',
                                      is_out_of_hours.calendar) <= interval '0'
                ELSE false END;
END;
COMMENT ON FUNCTION pls_internal.is_out_of_hours IS
    'Whether an instant is outside the working hours of a rep''s calendar (NULL: never), if in_hours asks for that.';

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

-- The days after which a fractional quota has given as many tokens as it
-- should, within half a hundredth: 2 for 2.5, 3 for 0.333, 10 for 0.7.  Some
-- number up to 200 is close enough for any.
CREATE FUNCTION pls_internal.quota_cycle(quota numeric) RETURNS integer
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    FOR days IN 1 .. 199 LOOP
        IF abs(days * quota - round(days * quota)) <= 0.005 THEN
            RETURN days;
        END IF;
    END LOOP;
    RETURN 200;
END;
$$;
COMMENT ON FUNCTION pls_internal.quota_cycle IS
    'After how many days a daily quota has given a whole number of tokens, to two places; at most 200.';

-- Tokens follow from all days since the quota was set.  The reckoning begins
-- anew, with nothing carried, after whole cycles of at least 30 days and 30
-- tokens; the last two of these spans are read.
CREATE FUNCTION pls_internal.quota_day_one(quota numeric, set_on date, today date) RETURNS date
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    most CONSTANT integer := 1000000;
    span integer;
BEGIN
    IF quota = trunc(quota) OR set_on >= today THEN
        RETURN today;
    END IF;
    span := least(greatest(30, ceil(30 / quota)), most);
    -- most have not been there that long
    IF today - set_on < 2 * span THEN
        RETURN set_on;
    END IF;
    span := pls_internal.quota_cycle(quota) * ceil(span::numeric / pls_internal.quota_cycle(quota));
    RETURN set_on + span * greatest((today - set_on) / span - 1, 0);
END;
$$;
COMMENT ON FUNCTION pls_internal.quota_day_one IS
    'The first day whose turns count for the tokens of a daily quota today, if it was set on a day: today for a whole number.';

CREATE FUNCTION pls_internal.quota_tokens(quota numeric, set_on date, used_on date[], today date) RETURNS numeric
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    reckoned date := pls_internal.quota_day_one(quota, set_on, today) - 1;
    kept     numeric := 0;      -- of that day
    used     record;
BEGIN
    FOR used IN
        -- today also without any
        SELECT u.day, count(*) - CASE WHEN u.day = today THEN 1 ELSE 0 END AS n
          FROM unnest(used_on || today) AS u (day)
         WHERE u.day > reckoned AND u.day <= today
         GROUP BY u.day ORDER BY u.day
    LOOP
        WHILE reckoned < used.day LOOP
            kept := quota + greatest(CASE WHEN quota < 1 THEN least(kept, 1) ELSE kept - trunc(round(kept, 2)) END, 0);
            reckoned := reckoned + 1;
        END LOOP;
        kept := kept - used.n;
    END LOOP;
    RETURN kept;
END;
$$;
COMMENT ON FUNCTION pls_internal.quota_tokens IS
    'The tokens that a rep has today by a daily quota that was set on a day: those that came at midnight, which are the quota and the unused fraction of the day before (below 1 a day: what was unused, up to 1), less a token for each turn of today; negative: more were taken. used_on: the local days of the rep''s turns, in any order; those before pls_internal.quota_day_one() do not matter.';

-- 0.333 is meant to be a third: hundredths are enough.  Inlined.
CREATE FUNCTION pls_internal.days_over_quota(quota numeric, set_on date, used_on date[], today date)
    RETURNS TABLE (is_over boolean)
    LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
    SELECT round(pls_internal.quota_tokens(days_over_quota.quota, days_over_quota.set_on,
                                           days_over_quota.used_on, days_over_quota.today), 2) < 1
     WHERE days_over_quota.quota IS NOT NULL;
END;
COMMENT ON FUNCTION pls_internal.days_over_quota IS
    'Whether a rep who took turns on these days has less than one token left today (see pls_internal.quota_tokens()); no row: there is no quota.';

-- Of a whole number no more than today's turns are read, and no more of them
-- than the quota allows.  Inlined.
CREATE FUNCTION pls_internal.over_quota(rep text, quota numeric, set_at timestamptz, time_zone text, as_of timestamptz)
    RETURNS TABLE (is_over boolean)
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE WHEN over_quota.quota = trunc(over_quota.quota)
                THEN (SELECT count(*)
                        FROM (SELECT
                                FROM pls.alerts a
                               WHERE a.charged_to = over_quota.rep
                                 AND a.charged_at >= greatest(timezone(over_quota.time_zone, d.today::timestamp), over_quota.set_at)
                                 AND a.charged_at <= over_quota.as_of
                               LIMIT least(over_quota.quota, 2147483647)::bigint) o) >= over_quota.quota
                ELSE (SELECT q.is_over
                        FROM pls_internal.days_over_quota(over_quota.quota, d.set_on, ARRAY(
                                 SELECT timezone(over_quota.time_zone, a.charged_at)::date
                                   FROM pls.alerts a
                                  WHERE a.charged_to = over_quota.rep
                                    AND a.charged_at >= greatest(timezone(over_quota.time_zone,
                                            pls_internal.quota_day_one(over_quota.quota, d.set_on, d.today)::timestamp), over_quota.set_at)
                                    AND a.charged_at <= over_quota.as_of), d.today) q) END
      FROM (SELECT timezone(over_quota.time_zone, over_quota.as_of)::date AS today,
                   timezone(over_quota.time_zone, over_quota.set_at)::date AS set_on
             WHERE over_quota.quota IS NOT NULL
            -- once, not for each alert
            OFFSET 0) d;
END;
COMMENT ON FUNCTION pls_internal.over_quota IS
    'Whether a rep has less than one token left at as_of by a daily quota (0 or more) that was set at an instant, by days of the time zone; no row: there is no quota.';

-- What the others had while the rep was away, in the period, per unit of weight.
-- The others are whoever was a member and present, or took a turn, meanwhile.
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
          FROM (SELECT range_agg(tstzrange(a.absent_from, a.absent_until))
                       * tstzmultirange(tstzrange(absence_calibration.since, absence_calibration.as_of)) AS away
                  FROM pls.absences a
                 WHERE a.rep = absence_calibration.rep
                   AND tstzrange(a.absent_from, a.absent_until)
                       && tstzrange(absence_calibration.since, absence_calibration.as_of)) x
         CROSS JOIN LATERAL pls_internal.cut_at_joins(absence_calibration.pool, x.away) w);
END;
$$;
COMMENT ON FUNCTION pls_internal.absence_calibration IS
    'What the turns of the other members of the pool while the rep was away between since and as_of are worth; 0 if never away.';

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
CREATE FUNCTION pls_internal.turn_why_not(rep pls.reps, away boolean, is_full boolean, as_of timestamptz,
                                          in_hours boolean DEFAULT false)
    RETURNS TABLE (why_not text)
    LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
    SELECT pls_internal.turn_obstacle(
               (turn_why_not.rep).active,
               turn_why_not.away,
               pls_internal.is_out_of_hours((turn_why_not.rep).calendar, turn_why_not.as_of, turn_why_not.in_hours),
               turn_why_not.is_full,
               (SELECT q.is_over
                  FROM pls_internal.over_quota((turn_why_not.rep).rep, (turn_why_not.rep).daily_quota,
                                      (turn_why_not.rep).quota_changed_at, (turn_why_not.rep).time_zone,
                                      turn_why_not.as_of) q));
END;
COMMENT ON FUNCTION pls_internal.turn_why_not IS
    'Why a rep takes no turn at as_of: inactive; absent, if away; out of hours, if in_hours asks for that; max_open, if is_full (see pls_internal.is_full()); daily_quota: has had as many as the quota allows; NULL: takes one.';

-- Members with what does not follow from the turns of the pool.  Inlined.
CREATE FUNCTION pls_internal.pool_members_at(pool text, since timestamptz, as_of timestamptz, away text[], in_hours boolean)
    RETURNS TABLE (rep text, weight numeric, "position" integer, counts_from timestamptz,
                   calibration numeric, why_not text)
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT m.rep, m.weight, m.position, greatest(m.joined_at, m.calibrated_at),
           pls_internal.calibration_since(m.calibration, m.calibrated_at, pool_members_at.since),
           w.why_not
      FROM pls.pool_members m
      JOIN pls.reps r ON r.rep = m.rep
     -- not as a subquery among the arguments, with which nothing is inlined
     CROSS JOIN LATERAL pls_internal.is_full(ROW(r.*)::pls.reps) f
     CROSS JOIN LATERAL pls_internal.turn_why_not(
           ROW(r.*)::pls.reps, m.rep = ANY (pool_members_at.away), f.is_full, pool_members_at.as_of,
           pool_members_at.in_hours) w
     WHERE m.pool = pool_members_at.pool;
END;
COMMENT ON FUNCTION pls_internal.pool_members_at IS
    'Members of a pool: since when absences count, the calibration that was set since an instant, and why the member takes no turn at as_of (inactive; absent, if among those away; out of hours, if in_hours asks for that; max_open; daily_quota; NULL: takes one).';

-- As pls.pool_turns(), without pls_internal.turn_counts.
CREATE FUNCTION pls_internal.turns_by_alerts(pool text, as_of timestamptz, in_hours boolean DEFAULT false)
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
               -- what was before is in the calibration
               + pls_internal.absence_calibration(turns_by_alerts.pool, m.rep,
                     least(greatest(since, m.counts_from), turns_by_alerts.as_of), turns_by_alerts.as_of),
           m.why_not
      FROM pls_internal.pool_members_at(turns_by_alerts.pool, since, turns_by_alerts.as_of,
               (SELECT array_agg(a.rep) FROM pls.absences a
                 WHERE tstzrange(a.absent_from, a.absent_until) @> turns_by_alerts.as_of), turns_by_alerts.in_hours) m
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
CREATE FUNCTION pls.pool_turns(pool text, as_of timestamptz, in_hours boolean DEFAULT false)
    RETURNS TABLE (rep text, weight numeric, "position" integer, turns bigint,
                   calibration numeric, why_not text)
    AS 'MODULE_PATHNAME', 'pls_pool_turns' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 1000 ROWS 20
    SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off
    SET enable_bitmapscan = off
    SET jit = off;
COMMENT ON FUNCTION pls.pool_turns IS
    'Members of a pool at as_of: turns taken in the period, calibration (stored and for absences), and why the member takes no turn now (inactive, absent, out of hours if in_hours asks for that, max_open, daily_quota; NULL: eligible). Error 42501 for a role that does not see all alerts.';

-- A newcomer starts where the others are, per unit of weight.  STABLE, so that
-- all rows of a statement are calibrated by the members as they were before it.
CREATE FUNCTION pls_internal.calibrate_member() RETURNS trigger
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.calibration IS NULL THEN
            NEW.calibration := coalesce(
                (SELECT round(NEW.weight * sum(t.turns + t.calibration) / sum(t.weight), 6)
                   FROM pls.pool_turns(NEW.pool, pls.now()) t WHERE t.rep <> NEW.rep), 0)
                -- turns of one who was a member before
                - (SELECT count(*)
                     FROM pls.alerts a
                    WHERE a.pool = NEW.pool AND a.charged_to = NEW.rep
                      AND a.charged_at >= pls_internal.pool_period_start(NEW.pool, pls.now())
                      AND a.charged_at <= pls.now());
        END IF;
        NEW.calibrated_at := coalesce(NEW.calibrated_at, pls.now());
    ELSIF NEW.calibration IS DISTINCT FROM OLD.calibration THEN
        IF NEW.calibrated_at IS NOT DISTINCT FROM OLD.calibrated_at THEN
            NEW.calibrated_at := pls.now();
        END IF;
    ELSIF NEW.weight IS DISTINCT FROM OLD.weight THEN
        -- turns and calibration change as the weight does
        NEW.calibration := coalesce(
            (SELECT round((t.turns + t.calibration) * NEW.weight / OLD.weight, 6) - t.turns
               FROM pls.pool_turns(OLD.pool, pls.now()) t WHERE t.rep = OLD.rep), NEW.calibration);
        NEW.calibrated_at := pls.now();
    END IF;
    RETURN NEW;
END;
$$;
COMMENT ON FUNCTION pls_internal.calibrate_member IS
    'Trigger: a member inserted without calibration gets what makes its turns and calibration as many, per unit of weight, as those of the others; one whose weight is changed, what makes them change as the weight does. A calibration that is given is kept.';

CREATE TRIGGER calibrate BEFORE INSERT OR UPDATE ON pls.pool_members
    FOR EACH ROW EXECUTE FUNCTION pls_internal.calibrate_member();
COMMENT ON TRIGGER calibrate ON pls.pool_members IS 'Sets the calibration of newcomers and of those whose weight changes, and its time.';

CREATE FUNCTION pls_internal.set_calibration(pool text, rep text, calibration numeric) RETURNS void
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    UPDATE pls.pool_members m
       SET calibration = set_calibration.calibration, calibrated_at = pls.now()
     WHERE m.pool = set_calibration.pool AND m.rep = set_calibration.rep;
END;
$$;
COMMENT ON FUNCTION pls_internal.set_calibration IS
    'Part of pls_internal.recalibrate_others(): a member has this calibration from now on.';

-- What the absences of the others are worth depends on the weights of those
-- who were there.  When one changes, what they are worth so far, by the
-- weights until then, becomes calibration, and they count anew from now on.
-- STABLE, and so the query sees the members as they were before the
-- statement; what it calls writes.
CREATE FUNCTION pls_internal.recalibrate_others() RETURNS trigger
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM pls_internal.set_calibration(p.pool, t.rep, round(t.calibration, 6))
       FROM (SELECT DISTINCT n.pool
               FROM weights_before o JOIN weights_after n ON n.pool = o.pool AND n.rep = o.rep
              WHERE n.weight <> o.weight) p
      CROSS JOIN LATERAL pls.pool_turns(p.pool, pls.now()) t
       JOIN pls.pool_members m ON m.pool = p.pool AND m.rep = t.rep
      WHERE t.calibration <> pls_internal.calibration_since(m.calibration, m.calibrated_at,
                                                            pls_internal.pool_period_start(p.pool, pls.now()))
        AND NOT EXISTS (SELECT FROM weights_before o JOIN weights_after n ON n.pool = o.pool AND n.rep = o.rep
                         WHERE n.pool = p.pool AND n.rep = t.rep
                           AND (n.weight <> o.weight OR n.calibration <> o.calibration));
    RETURN NULL;
END;
$$;
COMMENT ON FUNCTION pls_internal.recalibrate_others IS
    'Trigger: where weights of members have changed, what absences of the other members were worth until then becomes their calibration.';

CREATE TRIGGER recalibrate_others AFTER UPDATE ON pls.pool_members
    REFERENCING OLD TABLE AS weights_before NEW TABLE AS weights_after
    FOR EACH STATEMENT EXECUTE FUNCTION pls_internal.recalibrate_others();
COMMENT ON TRIGGER recalibrate_others ON pls.pool_members IS 'A change of weights does not change what the absences of others were worth before.';

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
                    WHEN pls_internal.is_out_of_hours(r.calendar, owner_why_not.as_of, owner_why_not.in_hours) THEN 'out of hours'
               END
          FROM (SELECT owner_why_not.owner AS owner) o
          LEFT JOIN pls.reps r ON r.rep = o.owner);
END;
$$;
COMMENT ON FUNCTION pls_internal.owner_why_not IS
    'Why the owner of an account, or a fallback, is skipped at as_of: not a rep, inactive, absent, out of hours; NULL: is not. in_retrospect: who is inactive today may not have been then.';

-- Under the settings of pls.assign(), which its plans want, too.
CREATE FUNCTION pls_internal.next_turn(pool text, as_of timestamptz, in_hours boolean, OUT rep text, OUT candidates jsonb)
    AS 'MODULE_PATHNAME', 'pls_next_turn' LANGUAGE C STABLE PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION pls_internal.next_turn IS
    'The eligible member of the pool whose turn it is at as_of by the rule of pls_internal.whose_turn(), NULL if there is none, and all members as candidates. Error 42501 for a role that does not see all alerts.';

CREATE FUNCTION pls_internal.whose_turn(reps text[], weights numeric[], positions integer[],
                               turns bigint[], calibrations numeric[], follows text DEFAULT NULL,
                               follows_position integer DEFAULT NULL, newest text DEFAULT NULL, run bigint DEFAULT 0)
    RETURNS text
    AS 'MODULE_PATHNAME', 'pls_whose_turn' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION pls_internal.whose_turn IS
    'Whose turn it is, if these are the eligible members of a pool and these their weights, positions, turns and calibrations: the greatest weighted shortfall; ties: the larger weight, then the next one in the list by position and id, which in a new period begins after the member follows, who took the last turn of the one before (NULL, or without its position: with the first). newest took the last turns of the pool, run of them in a row, and is passed over while there is another, if these are more than its weight''s share by one or more; the share is its weight / the weights of the others here, rounded up, and no limit from 1000 on. NULL: there are none. Error 2202E if the arrays differ in length, 22004 for a NULL among them.';

-- The order in which an alert finds its rep, for pls.assign() and its replay:
-- a replay has its own reps and the pool in memory, and asks those whose turn
-- it is.  No settings for the plans: pls.assign() makes them, and a replay
-- plans nothing here that reads more than a row.
CREATE FUNCTION pls_internal.pick(pool text, owner text, in_hours boolean, owner_is text, owner_takes_turn boolean, at timestamptz,
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
    IF owner_is IS DISTINCT FROM 'ignore' AND owner <> '' THEN
        owner_why_not := pls_internal.owner_why_not(owner, at, coalesce(in_hours, false), in_retrospect);
        IF owner_why_not IS NULL THEN
            rep := owner;
            reason := 'owner';
            takes_turn := EXISTS (
                SELECT FROM pls.pools p JOIN pls.pool_members m ON m.pool = p.pool
                 WHERE p.pool = pick.pool AND coalesce(pick.owner_takes_turn, p.owner_takes_turn) AND m.rep = pick.owner);
            RETURN;
        END IF;
    END IF;
    IF owner_is = 'only' THEN
        reason := 'owner not free';
        RETURN;
    END IF;

    IF in_retrospect THEN
        turn := pls_internal.replay_turn(replayed, reps, at, coalesce(in_hours, false));
        candidates := turn.candidates;
    ELSE
        turn := pls_internal.next_turn(pool, at, coalesce(in_hours, false));
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
        fallback_why_not := pls_internal.owner_why_not(fallback, at, coalesce(in_hours, false), in_retrospect);
        IF fallback_why_not IS NULL THEN
            rep := fallback;
            reason := 'fallback';
        END IF;
    END IF;
END;
$$;
COMMENT ON FUNCTION pls_internal.pick IS
    'Who gets an alert in a pool: the owner of its account, whose turn it is, the fallback, or nobody (rep NULL; reason: nobody free, no pool, or, if nobody but the owner is asked, owner not free). owner_is: see pls.routes.owner; NULL: first. owner_takes_turn: NULL: as the pool says. takes_turn: whether it counts as a turn of the pool. owner_why_not and fallback_why_not: why they were asked in vain; members: all of the pool, as pls_internal.next_turn() has them. In a replay, which gives its reps and the pool, candidates instead: who could have taken the turn.';

CREATE FUNCTION pls.assign(pool text, account_id text, as_of timestamptz DEFAULT NULL,
                           in_hours boolean DEFAULT false, owner text DEFAULT 'first',
                           owner_takes_turn boolean DEFAULT NULL,
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
    its_owner text;
    pick      record;
BEGIN
    PERFORM pls_internal.check_word(assign.owner, '{first,ignore,only}', 'owner');
    IF assign.owner <> 'ignore' THEN
        SELECT nullif(a.owner, '') INTO its_owner FROM pls.accounts a WHERE a.account_id = assign.account_id;
    END IF;
    pick := pls_internal.pick(assign.pool, its_owner, assign.in_hours, assign.owner, assign.owner_takes_turn,
                              coalesce(assign.as_of, pls.now()), NULL, NULL);
    assign.rep := pick.rep;
    assign.reason := CASE WHEN pick.reason = 'nobody free' AND pick.fallback IS NULL AND pick.members = '[]'
                          THEN 'no members' ELSE pick.reason END;
    assign.takes_turn := pick.takes_turn;
    assign.trace := '{}';
    IF its_owner IS NOT NULL THEN
        assign.trace := jsonb_build_object('owner',
            jsonb_strip_nulls(jsonb_build_object('rep', its_owner, 'why_not', pick.owner_why_not)));
    END IF;
    IF pick.reason <> 'owner' AND pick.reason <> 'owner not free' THEN
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
    'Who gets an alert of the account in the pool at as_of (NULL: pls.now()); in_hours, owner and owner_takes_turn as in pls.routes. reason: owner (of the account), turn (greatest weighted shortfall), fallback (of the pool), or, with rep NULL, nobody free, no members, no pool, owner not free (if nobody but the owner is asked); takes_turn: whether it counts as the rep''s turn in the pool and against its daily_quota (of an owner only where route or pool says so, and of a member); trace: the same in "by", and the candidates with turns, calibration (but of who is away), shortfall, in_a_row (turns, after which the next one is asked) and why not. Writes nothing; same state, same answer, as though no other alert waited for the pool. Errors: 22023 owner is another word, 42501 for a role that does not see all alerts, unless the owner gets it.';
