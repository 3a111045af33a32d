/* 20_turns.sql - turns, counted as they are taken.
 *
 * Whose turn it is follows from the alerts that took turns
 * (pls.alerts.charged_to, charged_at).  Counting these anew for each pick
 * would cost more with every alert, and a counter that everybody updates
 * would make transactions wait for one another.  Hence two tables to which
 * rows are only added:
 *
 * - pls_internal.turns has a row for each turn taken or given back, with the
 *   transaction that wrote it;
 * - pls_internal.turn_counts has, now and then, what a pool's turns came to in one
 *   snapshot, which it names.
 *
 * The count for a pick is that of the newest row of pls_internal.turn_counts that it
 * sees, and the turns that this row's snapshot did not see: those of
 * transactions that were under way then or began later, and those of the
 * row's own transaction that came after it (pls_internal.turns_since).  Any row of
 * pls_internal.turn_counts gives the same count, so whoever takes a turn may write a
 * new one at any time, and nobody needs to wait or to know of the others.
 *
 * The same goes for what absences are worth (pls_internal.absence_calibration): the
 * turns of the others meanwhile, per unit of their weight, for each unit of
 * the rep's own.  Turns of whoever is no member any more count nowhere, and
 * neither do their weights.  An absence is cut where a member joined, so that
 * a newcomer's weight does not count before that; and it counts from the
 * member's calibration on only, which a change of weights sets anew
 * (pls_internal.recalibrate_others), so that it does not revalue the past.
 *
 * Absences that are over are settled in the counts; those that last are
 * continued from them.  A turn that is late, which lies in an absence that was settled
 * already, corrects it.  A change of absences or members is told by a row of
 * pls_internal.turns without a rep, after which the pools are counted anew.
 *
 * Neither table is in a dump, where transactions have no meaning.  Without
 * counts, turns are counted from the alerts.
 */

-- Turns by time, whoever took them, for what absences are worth; and
-- absences by time, whoever is away.
CREATE INDEX alerts_turns_by_time ON pls.alerts (pool, charged_at, alert_id) INCLUDE (charged_to)
    WHERE charged_to IS NOT NULL;
COMMENT ON INDEX pls.alerts_turns_by_time IS 'Turns taken in a pool during a span, and the newest ones.';
CREATE INDEX alerts_turns_of_rep ON pls.alerts (charged_to, charged_at)
    WHERE charged_to IS NOT NULL;
COMMENT ON INDEX pls.alerts_turns_of_rep IS 'Turns of a rep by day, in any pool, for quotas.';
CREATE INDEX absences_spans ON pls.absences USING gist (tstzrange(absent_from, absent_until));
COMMENT ON INDEX pls.absences_spans IS 'Who is away at an instant or during a span.';
CREATE INDEX absences_ends ON pls.absences (absent_until);
COMMENT ON INDEX pls.absences_ends IS 'Which absence ends next.';

-- The turns that a row of pls_internal.turn_counts has not counted: see
-- src/decision/turns_since.c.
CREATE FUNCTION pls_internal.turns_since(counted pls_internal.turn_counts)
    RETURNS TABLE (rep text, charged_at timestamptz, n integer)
    AS 'MODULE_PATHNAME', 'pls_turns_since_counts' LANGUAGE C STABLE PARALLEL SAFE COST 1000 ROWS 50;
COMMENT ON FUNCTION pls_internal.turns_since IS
    'Turns of the pool, taken and given back, that a row of pls_internal.turn_counts does not count: of transactions that its snapshot does not see, and later ones of its own; rep NULL: absences or members have changed.';

-- The spans of an absence in a pool: as long as nobody joins.  Inlined.
CREATE FUNCTION pls_internal.cut_at_joins(pool text, away tstzmultirange) RETURNS TABLE (away tstzrange)
    LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
    SELECT w.away * j.span
      FROM unnest(cut_at_joins.away) AS w (away)
      JOIN (SELECT tstzrange(b.at, lead(b.at) OVER (ORDER BY b.at)) AS span
              FROM (SELECT timestamptz '-infinity' AS at
                    UNION
                    SELECT m.joined_at FROM pls.pool_members m
                     WHERE m.pool = cut_at_joins.pool AND m.joined_at > lower(cut_at_joins.away)
                       AND (upper_inf(cut_at_joins.away) OR m.joined_at < upper(cut_at_joins.away))) b) j
        ON j.span && w.away;
END;
COMMENT ON FUNCTION pls_internal.cut_at_joins IS
    'These absences, each in as many spans as members joined the pool in it, and one more.';

-- Who the others are, wherever it is known who was absent.  Inlined.
CREATE FUNCTION pls_internal.turns_per_other(pool text, rep text, until timestamptz, turns numeric, takers text[], absent text[])
    RETURNS TABLE (worth numeric)
    LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
    SELECT m.weight * turns_per_other.turns
           / nullif((SELECT sum(o.weight)
                       FROM pls.pool_members o
                      WHERE o.pool = turns_per_other.pool AND o.rep <> turns_per_other.rep
                        AND ((o.joined_at < turns_per_other.until
                              AND (o.rep = ANY (turns_per_other.absent)) IS NOT TRUE)
                             OR o.rep = ANY (turns_per_other.takers))), 0)
      FROM pls.pool_members m
     WHERE m.pool = turns_per_other.pool AND m.rep = turns_per_other.rep;
END;
COMMENT ON FUNCTION pls_internal.turns_per_other IS
    'What turns of the other members in a span that ends at until are worth to a member who was away: the member''s weight times turns per unit of weight of those who were there, which are members who were not absent throughout, and members who took turns; NULL: there were no others.';

-- What a span of absence is worth: the turns of the others meanwhile, per unit
-- of the weight of whoever was a member and present, or took a turn.  Inlined.
CREATE FUNCTION pls_internal.share_of_turns(pool text, rep text, away tstzrange, turns numeric, takers text[])
    RETURNS TABLE (worth numeric)
    LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
    SELECT w.worth
      FROM (SELECT array_agg(a.rep) AS absent
              -- absences may overlap or follow on one another
              FROM (SELECT x.rep
                      FROM pls.absences x
                     WHERE tstzrange(x.absent_from, x.absent_until) && share_of_turns.away
                     GROUP BY x.rep
                    HAVING range_agg(tstzrange(x.absent_from, x.absent_until)) @> share_of_turns.away) a) t
     CROSS JOIN LATERAL pls_internal.turns_per_other(share_of_turns.pool, share_of_turns.rep, upper(share_of_turns.away),
                                            share_of_turns.turns, share_of_turns.takers, t.absent) w;
END;
COMMENT ON FUNCTION pls_internal.share_of_turns IS
    'What turns of the other members in a span in which a member was away are worth to the member (see pls_internal.turns_per_other); takers: who took turns in it; NULL: there were no others.';

-- The same of the turns that the alerts took.
-- less_reps and less_n: without so many turns of these reps in the span.
CREATE FUNCTION pls_internal.span_worth(pool text, rep text, away tstzrange,
                               less_reps text[] DEFAULT NULL, less_n bigint[] DEFAULT NULL)
    RETURNS numeric
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off
    SET jit = off
    SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
BEGIN
    RETURN (
        SELECT w.worth
          FROM (SELECT coalesce(sum(g.n) FILTER (WHERE g.rep <> span_worth.rep), 0) AS turns, array_agg(g.rep) AS takers
                  FROM (SELECT t.rep, sum(t.n) AS n
                          FROM (SELECT a.charged_to AS rep, count(*) AS n
                                  FROM pls.alerts a
                                 WHERE a.pool = span_worth.pool AND a.charged_to IS NOT NULL
                                   AND a.charged_at >= lower(away) AND a.charged_at < upper(away)
                                 GROUP BY a.charged_to
                                UNION ALL
                                SELECT l.rep, - l.n FROM unnest(less_reps, less_n) AS l (rep, n)) t
                         WHERE EXISTS (SELECT FROM pls.pool_members m WHERE m.pool = span_worth.pool AND m.rep = t.rep)
                         GROUP BY t.rep
                        HAVING sum(t.n) > 0) g) taken
         CROSS JOIN LATERAL pls_internal.share_of_turns(span_worth.pool, span_worth.rep, away, taken.turns, taken.takers) w);
END;
$$;
COMMENT ON FUNCTION pls_internal.span_worth IS
    'Turns that a span in which a member was away is worth, without less_n turns of less_reps; NULL: there were no others.';

-- The absences of the pool's members that end after counted_to (or last) and
-- begin before an instant, joined where they overlap and cut where somebody
-- joined.  They count from counts_from on.
CREATE FUNCTION pls_internal.lasting_absences(counted pls_internal.turn_counts, until timestamptz)
    RETURNS TABLE (rep text, away tstzrange, counts_from timestamptz)
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off
    SET jit = off
    SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT s.rep, w.away, greatest(m.joined_at, m.calibrated_at)
      FROM (SELECT x.rep, range_agg(x.away) AS away
              FROM (SELECT a.rep, tstzrange(a.absent_from, a.absent_until) AS away
                      FROM pls.absences a
                     WHERE tstzrange(a.absent_from, a.absent_until)
                           && tstzrange(counted.counted_to, greatest(until, counted.counted_to), '[]')
                    UNION ALL
                    SELECT k.rep, tstzrange(k.away_since, counted.counted_to)
                      FROM unnest(counted.reps, counted.away_since) AS k (rep, away_since)
                     WHERE k.away_since < counted.counted_to) x
             GROUP BY x.rep) s
      JOIN pls.pool_members m ON m.pool = counted.pool AND m.rep = s.rep
     CROSS JOIN LATERAL pls_internal.cut_at_joins(counted.pool, s.away) w
     WHERE coalesce(upper(w.away), 'infinity') > counted.counted_to AND lower(w.away) < until;
END;
$$;
COMMENT ON FUNCTION pls_internal.lasting_absences IS
    'Absences of members that begin before an instant and are not settled in the counts, joined where they overlap and cut where a member joined the pool, and since when they count.';

-- Turns that came after an absence was settled in which they lie.
CREATE FUNCTION pls_internal.late_credits(counted pls_internal.turn_counts, came_reps text[], came_at timestamptz[], came_n integer[])
    RETURNS TABLE (rep text, credit numeric)
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off
    SET jit = off
AS $$
#variable_conflict use_column
BEGIN
    IF NOT EXISTS (
        SELECT FROM unnest(came_at) AS c (at)
          JOIN pls.absences a ON tstzrange(a.absent_from, a.absent_until) @> c.at
         WHERE c.at >= counted.since AND c.at < counted.counted_to
           AND (a.absent_until <= counted.counted_to
                OR EXISTS (SELECT FROM pls.pool_members m
                            WHERE m.pool = counted.pool AND m.joined_at > c.at AND m.joined_at <= counted.counted_to))) THEN
        RETURN;
    END IF;
    RETURN QUERY
    SELECT s.rep, coalesce(pls_internal.span_worth(counted.pool, s.rep, s.away), 0)
                  - coalesce(pls_internal.span_worth(counted.pool, s.rep, s.away, l.reps, l.n), 0)
      FROM (SELECT m.rep, w.away * tstzrange(greatest(counted.since, m.joined_at, m.calibrated_at), NULL) AS away
              FROM pls.pool_members m
             CROSS JOIN LATERAL (
                   SELECT range_agg(tstzrange(a.absent_from, a.absent_until)) AS away
                     FROM pls.absences a
                    WHERE a.rep = m.rep) x
             CROSS JOIN LATERAL pls_internal.cut_at_joins(counted.pool, x.away) w
             WHERE m.pool = counted.pool AND coalesce(upper(w.away), 'infinity') <= counted.counted_to) s
     CROSS JOIN LATERAL (
           SELECT array_agg(c.rep) AS reps, array_agg(c.n) AS n
             FROM (SELECT c.rep, sum(c.n)::bigint AS n
                     FROM unnest(came_reps, came_at, came_n) AS c (rep, at, n)
                    WHERE c.at <@ s.away
                    GROUP BY c.rep) c) l
     WHERE l.reps IS NOT NULL;
END;
$$;
COMMENT ON FUNCTION pls_internal.late_credits IS
    'By how much absences that were settled in the counts are worth more, for turns that were counted after them lie in them.';

-- What unsettled absences are worth at an instant, by the counts and what
-- came after them; where these do not tell, by the alerts.
CREATE FUNCTION pls_internal.lasting_credits(counted pls_internal.turn_counts, came_reps text[], came_at timestamptz[],
                                    came_n integer[], as_of timestamptz)
    RETURNS TABLE (rep text, credit numeric)
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off
    SET jit = off
    SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH lasting AS MATERIALIZED (
        SELECT l.rep, l.away,
               tstzrange(greatest(lower(l.away), counted.since, least(l.counts_from, lasting_credits.as_of)),
                         greatest(least(coalesce(upper(l.away), 'infinity'), lasting_credits.as_of),
                                  lower(l.away), counted.since, least(l.counts_from, lasting_credits.as_of))) AS span
          FROM pls_internal.lasting_absences(counted, lasting_credits.as_of) l
    ), known AS MATERIALIZED (
        -- who took no turn has no entry, or none with an instant
        SELECT k.rep, k.at_newest, k.before_newest
          FROM unnest(counted.reps, counted.at_newest, counted.before_newest) AS k (rep, at_newest, before_newest)
         WHERE EXISTS (SELECT FROM pls.pool_members m WHERE m.pool = counted.pool AND m.rep = k.rep)
    ), came AS MATERIALIZED (
        SELECT c.rep, c.at, c.n FROM unnest(came_reps, came_at, came_n) AS c (rep, at, n)
         WHERE EXISTS (SELECT FROM pls.pool_members m WHERE m.pool = counted.pool AND m.rep = c.rep)
    )
    SELECT l.rep, sum(CASE
               WHEN k.usable
               THEN (SELECT p.worth
                       FROM (SELECT k.turns
                                    - CASE WHEN counted.newest = upper(l.span) THEN
                                           (SELECT coalesce(sum(n.at_newest), 0) FROM known n WHERE n.rep <> l.rep) ELSE 0 END
                                    + (SELECT coalesce(sum(c.n), 0) FROM came c WHERE c.rep <> l.rep AND c.at <@ l.span) AS turns,
                                    ARRAY(SELECT n.rep FROM known n
                                           WHERE n.before_newest >= lower(l.span)
                                              OR (n.at_newest > 0 AND counted.newest <@ l.span)
                                          UNION ALL
                                          SELECT c.rep FROM came c WHERE c.at <@ l.span) AS takers,
                                    ARRAY(SELECT o.rep FROM lasting o WHERE o.away @> l.span) AS absent
                             OFFSET 0) o
                      CROSS JOIN LATERAL pls_internal.turns_per_other(counted.pool, l.rep, upper(l.span),
                                                             o.turns::numeric, o.takers, o.absent) p)
               ELSE pls_internal.span_worth(counted.pool, l.rep, l.span) END)
      FROM lasting l
      LEFT JOIN unnest(counted.reps, counted.away_since, counted.away_turns) AS w (rep, since, turns)
        ON w.rep = l.rep
     CROSS JOIN LATERAL (
           SELECT coalesce(w.since = lower(l.away) AND (counted.newest <= upper(l.span)) IS NOT FALSE
                           AND coalesce(0 < ALL (came_n), true), false) AS usable, w.turns) k
     WHERE NOT isempty(l.span)
     GROUP BY l.rep;
END;
$$;
COMMENT ON FUNCTION pls_internal.lasting_credits IS
    'Turns that absences which are not settled in the counts are worth at as_of; NULL or no row: none.';

-- What credits follow from, but for the turns.
CREATE FUNCTION pls_internal.credit_basis(pool text, since timestamptz) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    SET timezone = 'UTC'
    SET datestyle = 'ISO'
    SET enable_seqscan = off
    SET jit = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN md5(coalesce((
        SELECT string_agg(concat_ws(' ', quote_literal(m.rep), m.joined_at, m.calibrated_at, m.weight, (
                   SELECT string_agg(concat(a.absent_from, '/', a.absent_until), ' ' ORDER BY a.absent_from)
                     FROM pls.absences a
                    WHERE a.rep = m.rep AND coalesce(a.absent_until, 'infinity') > credit_basis.since)),
                   ' ' ORDER BY m.rep COLLATE "C")
          FROM pls.pool_members m
         WHERE m.pool = credit_basis.pool), ''));
END;
$$;
COMMENT ON FUNCTION pls_internal.credit_basis IS
    'A digest of a pool''s members, their weights, when they joined and were calibrated, and of their absences that end after an instant.';

-- The turns of a pool as the query that calls this sees them: what was counted
-- last and what came since, or all anew.
CREATE FUNCTION pls_internal.counted_turns(pool text, as_of timestamptz) RETURNS pls_internal.turn_counts
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off
    SET jit = off
    SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
    last   pls_internal.turn_counts;
    made   pls_internal.turn_counts;
    anew   boolean := true;
    came_reps text[];
    came_at   timestamptz[];
    came_n    integer[];
    span   record;
    place  integer;
    begun  timestamptz;
BEGIN
    made.pool := pool;
    made.since := pls_internal.pool_period_start(pool, as_of);
    SELECT c.* INTO last FROM pls_internal.turn_counts c WHERE c.pool = counted_turns.pool ORDER BY c.count_id DESC LIMIT 1;
    -- not by counts from a time that is still to come
    IF last.since = made.since AND last.counted_to < as_of + interval '1 hour' THEN
        SELECT array_agg(c.rep), array_agg(c.charged_at), array_agg(c.n), coalesce(bool_or(c.rep IS NULL), false)
          INTO came_reps, came_at, came_n, anew
          FROM pls_internal.turns_since(last) c;
    END IF;
    made.basis := last.basis;
    IF anew THEN
        made.basis := pls_internal.credit_basis(pool, made.since);
        -- other pools' absences, or members' places in the list
        IF came_n IS NOT NULL AND made.basis = last.basis THEN
            anew := false;
            SELECT array_agg(c.rep), array_agg(c.at), array_agg(c.n) INTO came_reps, came_at, came_n
              FROM unnest(came_reps, came_at, came_n) AS c (rep, at, n) WHERE c.rep IS NOT NULL;
        END IF;
    END IF;
    made.snapshot := pg_current_snapshot();
    made.xid := pg_current_xact_id_if_assigned();
    SELECT coalesce(max(t.turn_id), 0) INTO made.last_turn
      FROM pls_internal.turns t
     WHERE t.pool = ANY (ARRAY[counted_turns.pool, '']) AND t.xid = made.xid;
    made.seen_turn := coalesce(pg_sequence_last_value('pls_internal.turns_turn_id_seq'), 0);
    IF anew THEN
        last := NULL;
        made.counted_to := greatest(as_of, made.since);
        SELECT max(a.charged_at) INTO made.newest
          FROM pls.alerts a
         WHERE a.pool = counted_turns.pool AND a.charged_to IS NOT NULL AND a.charged_at >= made.since;
    ELSE
        made.counted_to := greatest(as_of, last.counted_to);
        SELECT greatest(last.newest, max(c.at)) INTO made.newest
          FROM unnest(came_at, came_n) AS c (at, n)
         WHERE c.at >= made.since AND c.n > 0;
    END IF;
    SELECT min(a.absent_until) INTO made.next_end FROM pls.absences a WHERE a.absent_until > made.counted_to;

    SELECT array_agg(p.rep), array_agg(p.turns), array_agg(p.at_newest), array_agg(p.credit),
           array_agg((SELECT max(a.charged_at) FROM pls.alerts a
                       WHERE a.pool = made.pool AND a.charged_to = p.rep
                         AND a.charged_at >= made.since AND a.charged_at < made.newest)),
           array_agg(NULL::timestamptz), array_agg(0::bigint)
      INTO made.reps, made.turns, made.at_newest, made.credits, made.before_newest, made.away_since, made.away_turns
      FROM (SELECT q.rep, sum(q.turns)::bigint AS turns, sum(q.at_newest)::bigint AS at_newest, sum(q.credit) AS credit
              FROM (SELECT m.rep, 0::bigint AS turns, 0::bigint AS at_newest, 0::numeric AS credit
                      FROM pls.pool_members m
                     WHERE m.pool = made.pool
                    UNION ALL
                    SELECT l.rep, l.turns, CASE WHEN last.newest = made.newest THEN l.at_newest ELSE 0 END, l.credit
                      FROM unnest(last.reps, last.turns, last.at_newest, last.credits) AS l (rep, turns, at_newest, credit)
                    UNION ALL
                    SELECT c.rep, c.n, CASE WHEN c.at = made.newest THEN c.n ELSE 0 END, 0
                      FROM unnest(came_reps, came_at, came_n) AS c (rep, at, n)
                     WHERE NOT anew AND c.at >= made.since
                    UNION ALL
                    SELECT a.charged_to, count(*), count(*) FILTER (WHERE a.charged_at = made.newest), 0
                      FROM pls.alerts a
                     WHERE anew AND a.pool = made.pool AND a.charged_to IS NOT NULL AND a.charged_at >= made.since
                     GROUP BY a.charged_to
                    UNION ALL
                    SELECT l.rep, 0, 0, l.credit
                      FROM pls_internal.late_credits(last, came_reps, came_at, came_n) l
                     WHERE NOT anew) q
             GROUP BY q.rep) p;
    made.reps := coalesce(made.reps, '{}');
    made.turns := coalesce(made.turns, '{}');
    made.at_newest := coalesce(made.at_newest, '{}');
    made.credits := coalesce(made.credits, '{}');
    made.before_newest := coalesce(made.before_newest, '{}');
    made.away_since := coalesce(made.away_since, '{}');
    made.away_turns := coalesce(made.away_turns, '{}');

    IF anew THEN
        last.pool := made.pool;
        last.counted_to := made.since;
    END IF;
    FOR span IN SELECT l.* FROM pls_internal.lasting_absences(last, made.counted_to) l LOOP
        begun := greatest(lower(span.away), made.since, span.counts_from);
        place := array_position(made.reps, span.rep);
        IF coalesce(upper(span.away), 'infinity') > made.counted_to THEN
            made.away_since[place] := lower(span.away);
            made.away_turns[place] := coalesce(
                (SELECT l.turns + (SELECT coalesce(sum(c.n), 0) FROM unnest(came_reps, came_at, came_n) AS c (rep, at, n)
                                    WHERE c.rep <> span.rep AND c.at >= begun
                                      AND EXISTS (SELECT FROM pls.pool_members m WHERE m.pool = made.pool AND m.rep = c.rep))
                   FROM unnest(last.reps, last.away_since, last.away_turns) AS l (rep, since, turns)
                  WHERE l.rep = span.rep AND l.since = lower(span.away)),
                (SELECT count(*) FROM pls.alerts a
                  WHERE a.pool = made.pool AND a.charged_to <> span.rep AND a.charged_at >= begun
                    AND EXISTS (SELECT FROM pls.pool_members m WHERE m.pool = made.pool AND m.rep = a.charged_to)));
        ELSIF begun < upper(span.away) THEN
            made.credits[place] := made.credits[place]
                + coalesce(pls_internal.span_worth(made.pool, span.rep, tstzrange(begun, upper(span.away))), 0);
        END IF;
    END LOOP;
    RETURN made;
END;
$$;
COMMENT ON FUNCTION pls_internal.counted_turns IS
    'A row for pls_internal.turn_counts, with count_id NULL, and xid NULL if the transaction has written nothing yet: the turns of the pool in its period at as_of, as the calling query sees them.';

CREATE FUNCTION pls_internal.count_turns(pool text, as_of timestamptz) RETURNS void
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    -- pls_internal.forget_turns() relies on a snapshot not older than the transaction
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RETURN;
    END IF;
    PERFORM pg_current_xact_id();
    INSERT INTO pls_internal.turn_counts (pool, since, counted_to, snapshot, xid, last_turn, seen_turn, next_end, basis, newest, reps,
                                 turns, at_newest, before_newest, credits, away_since, away_turns)
    SELECT c.pool, c.since, c.counted_to, c.snapshot, coalesce(c.xid, pg_current_xact_id()), c.last_turn, c.seen_turn, c.next_end, c.basis, c.newest, c.reps,
           c.turns, c.at_newest, c.before_newest, c.credits, c.away_since, c.away_turns
      FROM pls_internal.counted_turns(count_turns.pool, count_turns.as_of) c
     WHERE c.since IS NOT NULL;
END;
$$;
COMMENT ON FUNCTION pls_internal.count_turns IS
    'Writes a row of pls_internal.turn_counts for the pool, so that the next picks begin from it; only adds a row, waits for nobody.';

-- Counts if there is something to count.  For who has just taken a turn: not
-- within a statement that is still changing alerts, for while that goes on
-- the alerts are ahead of the turns.
CREATE FUNCTION pls_internal.update_turn_counts(pool text) RETURNS void
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off
    SET enable_bitmapscan = off
    SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    enough CONSTANT integer := 64;
    last   record;
BEGIN
    SELECT c AS counted, c.seen_turn, c.next_end, c.since,
           (SELECT pls_internal.period_start(p.period, pls.now()) FROM pls.pools p WHERE p.pool = update_turn_counts.pool) AS began,
           coalesce(pg_sequence_last_value('pls_internal.turns_turn_id_seq'), 0) AS now_at,
           (SELECT max(t.turn_id) FROM pls_internal.turns t WHERE t.rep IS NULL) AS changed
      INTO last
      FROM pls_internal.turn_counts c WHERE c.pool = update_turn_counts.pool ORDER BY c.count_id DESC LIMIT 1;
    IF FOUND AND (pls.now() >= last.next_end OR last.since IS DISTINCT FROM last.began
                  OR last.changed > last.seen_turn) IS NOT TRUE THEN
        IF last.now_at < last.seen_turn + enough THEN
            RETURN;
        END IF;
        -- some may be other pools'
        IF (SELECT count(*) FROM pls_internal.turns_since(last.counted)) < enough / 2 THEN
            RETURN;
        END IF;
    END IF;
    PERFORM pls_internal.count_turns(update_turn_counts.pool, pls.now());
END;
$$;
COMMENT ON FUNCTION pls_internal.update_turn_counts IS
    'Counts the turns of a pool, where some have come since they were counted, a period has begun, or an absence has ended.';

CREATE FUNCTION pls_internal.note_turn() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF TG_OP <> 'INSERT' AND OLD.charged_to IS NOT NULL AND OLD.pool <> '' THEN
        INSERT INTO pls_internal.turns (pool, rep, charged_at, n) VALUES (OLD.pool, OLD.charged_to, OLD.charged_at, -1);
    END IF;
    IF TG_OP <> 'DELETE' AND NEW.charged_to IS NOT NULL AND NEW.pool <> '' THEN
        INSERT INTO pls_internal.turns (pool, rep, charged_at, n) VALUES (NEW.pool, NEW.charged_to, NEW.charged_at, 1);
    END IF;
    RETURN NULL;
END;
$$;
COMMENT ON FUNCTION pls_internal.note_turn IS
    'Trigger: writes turns that alerts take and give back into pls_internal.turns.';

-- Whoever changes an alert need not have a right on the turns.
CREATE TRIGGER take_turn AFTER INSERT ON pls.alerts
    FOR EACH ROW WHEN (NEW.charged_to IS NOT NULL)
    EXECUTE FUNCTION pls_internal.as_owner('note_turn');
COMMENT ON TRIGGER take_turn ON pls.alerts IS 'A turn is taken.';
CREATE TRIGGER change_turn AFTER UPDATE ON pls.alerts
    FOR EACH ROW WHEN (OLD.charged_to IS DISTINCT FROM NEW.charged_to
                       OR OLD.charged_at IS DISTINCT FROM NEW.charged_at
                       OR (OLD.pool IS DISTINCT FROM NEW.pool AND NEW.charged_to IS NOT NULL))
    EXECUTE FUNCTION pls_internal.as_owner('note_turn');
COMMENT ON TRIGGER change_turn ON pls.alerts IS 'A turn is taken, given back, or goes to another rep or pool.';
CREATE TRIGGER give_turn_back AFTER DELETE ON pls.alerts
    FOR EACH ROW WHEN (OLD.charged_to IS NOT NULL)
    EXECUTE FUNCTION pls_internal.as_owner('note_turn');
COMMENT ON TRIGGER give_turn_back ON pls.alerts IS 'A turn goes with its alert.';
ALTER TABLE pls.alerts ENABLE ALWAYS TRIGGER take_turn;
ALTER TABLE pls.alerts ENABLE ALWAYS TRIGGER change_turn;
ALTER TABLE pls.alerts ENABLE ALWAYS TRIGGER give_turn_back;

CREATE FUNCTION pls_internal.forget_counts() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    DELETE FROM pls_internal.turn_counts;
    DELETE FROM pls_internal.turns;
    RETURN NULL;
END;
$$;
COMMENT ON FUNCTION pls_internal.forget_counts IS 'Trigger: there are no turns without alerts.';
CREATE TRIGGER forget_counts AFTER TRUNCATE ON pls.alerts
    FOR EACH STATEMENT EXECUTE FUNCTION pls_internal.as_owner('forget_counts');
COMMENT ON TRIGGER forget_counts ON pls.alerts IS 'There are no turns without alerts.';
ALTER TABLE pls.alerts ENABLE ALWAYS TRIGGER forget_counts;

-- Absences and members change rarely, and picks often: who changes them has
-- the pools counted anew, at the end of the transaction.
CREATE FUNCTION pls_internal.note_absences() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    INSERT INTO pls_internal.turns (pool, n) VALUES ('', 0);
    RETURN NULL;
END;
$$;
COMMENT ON FUNCTION pls_internal.note_absences IS
    'Trigger: writes into pls_internal.turns that absences or members of pools have changed.';
CREATE TRIGGER note_absences AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON pls.absences
    FOR EACH STATEMENT EXECUTE FUNCTION pls_internal.as_owner('note_absences');
COMMENT ON TRIGGER note_absences ON pls.absences IS 'Recounts what absences are worth.';
CREATE TRIGGER note_absences AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON pls.pool_members
    FOR EACH STATEMENT EXECUTE FUNCTION pls_internal.as_owner('note_absences');
COMMENT ON TRIGGER note_absences ON pls.pool_members IS 'Recounts what absences are worth.';
ALTER TABLE pls.absences ENABLE ALWAYS TRIGGER note_absences;
ALTER TABLE pls.pool_members ENABLE ALWAYS TRIGGER note_absences;

CREATE FUNCTION pls_internal.recount_turns() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off
    SET jit = off
AS $$
#variable_conflict use_column
BEGIN
    -- once for a transaction, by its last change
    IF NOT EXISTS (SELECT FROM pls_internal.turns t
                    WHERE t.pool = '' AND t.xid = NEW.xid AND t.turn_id > NEW.turn_id) THEN
        PERFORM pls_internal.count_turns(p.pool, pls.now()) FROM pls.pools p;
    END IF;
    RETURN NULL;
END;
$$;
COMMENT ON FUNCTION pls_internal.recount_turns IS
    'Deferred constraint trigger: recounts the turns of all pools after absences or members have changed.';
CREATE CONSTRAINT TRIGGER recount_turns AFTER INSERT ON pls_internal.turns
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.rep IS NULL AND NOT pls_internal.restoring())
    EXECUTE FUNCTION pls_internal.as_owner('recount_turns');
COMMENT ON TRIGGER recount_turns ON pls_internal.turns IS 'A change of absences or members is counted by who makes it.';
