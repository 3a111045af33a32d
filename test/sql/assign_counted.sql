-- Turns are counted as they are taken: whatever happens to alerts, absences
-- and members, what is counted is what the alerts say; and a pick costs the
-- same however many turns and absences there are.
\getenv srcdir PG_ABS_SRCDIR
\set ECHO none
\set QUIET on
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
RESET client_min_messages;
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET intervalstyle = 'postgres';
SET jit = off;
SET pls.now = '2026-01-05 00:00+00';
BEGIN;
-- The definition, in one query, from the alerts.
CREATE FUNCTION pg_temp.missed(pool text, rep text, since timestamptz, as_of timestamptz) RETURNS numeric
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
BEGIN
    RETURN (
        SELECT coalesce(sum(
                   (SELECT m.weight FROM pls.pool_members m WHERE m.pool = missed.pool AND m.rep = missed.rep)
                   * (SELECT count(*) FROM pls.alerts t JOIN pls.pool_members o ON o.pool = t.pool AND o.rep = t.charged_to
                       WHERE t.pool = missed.pool AND t.charged_to <> missed.rep
                         AND t.charged_at >= lower(w.away) AND t.charged_at < upper(w.away))::numeric
                   / nullif((SELECT sum(o.weight)
                               FROM pls.pool_members o
                              WHERE o.pool = missed.pool AND o.rep <> missed.rep
                                AND ((o.joined_at < upper(w.away)
                                      AND NOT EXISTS (SELECT FROM pls.absences x WHERE x.rep = o.rep
                                                      HAVING range_agg(tstzrange(x.absent_from, x.absent_until)) @> w.away))
                                     OR EXISTS (SELECT FROM pls.alerts t
                                                 WHERE t.pool = missed.pool AND t.charged_to = o.rep
                                                   AND t.charged_at >= lower(w.away) AND t.charged_at < upper(w.away)))), 0)), 0)
          FROM (SELECT x.away * j.span AS away
                  FROM (SELECT unnest(range_agg(tstzrange(a.absent_from, a.absent_until))
                                      * tstzmultirange(tstzrange(missed.since, missed.as_of))) AS away
                          FROM pls.absences a
                         WHERE a.rep = missed.rep AND a.absent_from < missed.as_of) x
                  -- cut where a member joined
                  JOIN (SELECT tstzrange(b.at, lead(b.at) OVER (ORDER BY b.at)) AS span
                          FROM (SELECT timestamptz '-infinity' AS at
                                UNION SELECT m.joined_at FROM pls.pool_members m WHERE m.pool = missed.pool) b) j ON j.span && x.away) w);
END
$$;
CREATE FUNCTION pg_temp.defined(pool text, as_of timestamptz)
RETURNS TABLE (rep text, turns bigint, calibration numeric, why_not text)
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
DECLARE
    since timestamptz := pls_internal.pool_period_start(defined.pool, defined.as_of);
BEGIN
    RETURN QUERY
    SELECT m.rep, (SELECT count(*) FROM pls.alerts a
                    WHERE a.pool = m.pool AND a.charged_to = m.rep
                      AND a.charged_at >= since AND a.charged_at <= defined.as_of),
           CASE WHEN m.calibrated_at >= since THEN m.calibration ELSE 0 END
           + pg_temp.missed(m.pool, m.rep, least(greatest(since, m.joined_at, m.calibrated_at), defined.as_of), defined.as_of),
           CASE WHEN NOT r.active THEN 'inactive'
                WHEN EXISTS (SELECT FROM pls.absences a
                              WHERE a.rep = m.rep AND a.absent_from <= defined.as_of
                                AND (a.absent_until IS NULL OR a.absent_until > defined.as_of)) THEN 'absent' END
      FROM pls.pool_members m JOIN pls.reps r ON r.rep = m.rep
     WHERE m.pool = defined.pool;
END
$$;
-- members of whom something else comes out
CREATE FUNCTION pg_temp.differing(pool text, as_of timestamptz, by_alerts boolean) RETURNS bigint
LANGUAGE sql STABLE
AS $$
    SELECT count(*)
      FROM (SELECT rep, turns, calibration, why_not FROM pls.pool_turns(pool, as_of) WHERE NOT by_alerts
            UNION ALL
            SELECT rep, turns, calibration, why_not FROM pls_internal.turns_by_alerts(pool, as_of) WHERE by_alerts) a
      FULL JOIN pg_temp.defined(pool, as_of) b USING (rep)
     WHERE (a.turns, a.calibration, a.why_not) IS DISTINCT FROM (b.turns, b.calibration, b.why_not)
$$;
CREATE FUNCTION pg_temp.turn(pool text, rep text, at timestamptz, n integer) RETURNS void
LANGUAGE sql
AS $$
    INSERT INTO pls.alerts (entity_id, motion, unit, lane, status, reason, next_best_action, score, evidence, pool, assigned_to,
                            assigned_at, charged_to, charged_at, created_at, disposition, disposed_at)
    SELECT gen_random_uuid(), 'play', 'account', 'sales', 'done', 'a reason', 'an action', 1, '[]', pool, rep,
           at, rep, at, pls.now(), 'contacted', pls.now()
      FROM generate_series(1, n)
$$;
-- of the triggers of alerts only those that complete the row or note turns
DO $$
DECLARE
    t name;
BEGIN
    FOR t IN SELECT tgname FROM pg_trigger WHERE tgrelid = 'pls.alerts'::regclass AND NOT tgisinternal
                AND tgname NOT IN ('normalize_alert', 'start_clock', 'take_turn', 'change_turn', 'give_turn_back') LOOP
        EXECUTE format('ALTER TABLE pls.alerts DISABLE TRIGGER %I', t);
    END LOOP;
END
$$;

-- Two pools with the same members; every step something happens, late and
-- early turns, adjoining and endless absences among them.
CREATE FUNCTION pg_temp.history(seed double precision, steps integer, period interval,
                                OUT checks integer, OUT counted_wrong integer, OUT alerts_wrong integer, OUT by_counts boolean)
LANGUAGE plpgsql
AS $$
#variable_conflict use_variable
DECLARE
    t     timestamptz := '2026-01-05 00:00+00';
    at    timestamptz;
    who   text;
    p     text;
    pools text[] := ARRAY[seed || ' p', seed || ' q'];
    what  integer;
BEGIN
    checks := 0; counted_wrong := 0; alerts_wrong := 0; by_counts := false;
    PERFORM setseed(seed);
    PERFORM set_config('pls.now', t::text, true);
    INSERT INTO pls.reps (rep) SELECT seed || ' ' || g FROM generate_series(1, 6) g;
    INSERT INTO pls.pools (pool, period) SELECT x, period FROM unnest(pools) x;
    INSERT INTO pls.pool_members (pool, rep, weight) SELECT x, seed || ' ' || g, 1 + g % 3 FROM unnest(pools) x, generate_series(1, 5) g;
    FOR i IN 1 .. steps LOOP
        t := t + random() ^ 3 * interval '5 hours';
        PERFORM set_config('pls.now', t::text, true);
        who := seed || ' ' || 1 + floor(random() * 6)::integer;
        p := pools[1 + floor(random() * 2)::integer];
        what := floor(random() * 100);
        IF what < 10 THEN
            INSERT INTO pls.absences VALUES (who, t + (random() - 0.3) * interval '10 hours', t + (random() * 2 + 0.7) * interval '10 hours')
            ON CONFLICT DO NOTHING;
        ELSIF what < 12 THEN
            INSERT INTO pls.absences VALUES (who, t, NULL) ON CONFLICT DO NOTHING;
        ELSIF what < 14 THEN
            INSERT INTO pls.absences
            SELECT who, coalesce(max(a.absent_until), t), coalesce(max(a.absent_until), t) + random() * interval '9 hours' + interval '1 second'
              FROM pls.absences a WHERE a.rep = who
            ON CONFLICT DO NOTHING;
        ELSIF what < 17 THEN
            UPDATE pls.absences a SET absent_until = greatest(t, a.absent_from + interval '1 minute')
             WHERE a.rep = who AND a.absent_until IS NULL;
        ELSIF what < 19 THEN
            DELETE FROM pls.absences a WHERE a.rep = who AND random() < 0.3;
        ELSIF what < 21 THEN
            UPDATE pls.reps r SET active = NOT r.active WHERE r.rep = who;
        ELSIF what < 23 THEN
            DELETE FROM pls.pool_members m WHERE m.pool = p AND m.rep = who;
            IF NOT FOUND THEN
                INSERT INTO pls.pool_members (pool, rep) VALUES (p, who);
            END IF;
        ELSIF what < 24 THEN
            UPDATE pls.pool_members m SET weight = 1 + floor(random() * 3) WHERE m.pool = p AND m.rep = who;
        ELSIF what < 26 THEN
            DELETE FROM pls.alerts WHERE alert_id = (SELECT a.alert_id FROM pls.alerts a WHERE a.pool = p ORDER BY random() LIMIT 1);
        ELSIF what < 29 THEN
            UPDATE pls.alerts SET charged_to = who, charged_at = t
             WHERE alert_id = (SELECT a.alert_id FROM pls.alerts a WHERE a.pool = p AND a.charged_to IS NOT NULL ORDER BY random() LIMIT 1);
        ELSIF what < 30 THEN
            UPDATE pls.alerts SET pool = pools[1 + floor(random() * 2)::integer]
             WHERE alert_id = (SELECT a.alert_id FROM pls.alerts a WHERE a.pool = p AND a.charged_to IS NOT NULL ORDER BY random() LIMIT 1);
        ELSE
            PERFORM pg_temp.turn(p, who, CASE WHEN random() < 0.1 THEN t - random() * interval '30 hours'
                                              WHEN random() < 0.03 THEN t + random() * interval '2 hours' ELSE t END,
                                 CASE WHEN random() < 0.2 THEN 20 ELSE 1 END);
        END IF;
        IF random() < 0.7 THEN      -- as at the end of a transaction
            SET CONSTRAINTS ALL IMMEDIATE;
            SET CONSTRAINTS ALL DEFERRED;
        END IF;
        IF random() < 0.3 THEN
            PERFORM pls_internal.update_turn_counts(p);
        END IF;
        IF random() < 0.1 THEN
            PERFORM pls_internal.count_turns(p, t - random() * interval '1 second');
        END IF;
        IF random() < 0.1 THEN
            PERFORM pls_internal.forget_turns();
        END IF;
        FOREACH p IN ARRAY pools LOOP
            FOREACH at IN ARRAY ARRAY[t, t + interval '1 microsecond', t - random() * interval '20 hours', t + random() * interval '10 hours'] LOOP
                checks := checks + 1;
                IF pg_temp.differing(p, at, false) > 0 THEN
                    counted_wrong := counted_wrong + 1;
                END IF;
            END LOOP;
        END LOOP;
        IF i % 5 = 0 AND pg_temp.differing(p, t, true) > 0 THEN
            alerts_wrong := alerts_wrong + 1;
        END IF;
    END LOOP;
    by_counts := (SELECT count(*) FROM pls_internal.turn_counts c WHERE c.pool = ANY (pools)) >= 2;
END
$$;
\set ECHO all
SELECT * FROM pg_temp.history(0.1, 70, '28 days');
SELECT * FROM pg_temp.history(0.2, 70, '1 day');
SELECT * FROM pg_temp.history(0.3, 70, NULL);

-- What a pick reads, by how much has happened.
\set ECHO none
CREATE FUNCTION pg_temp.blocks(pool text) RETURNS integer
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    plan json;
BEGIN
    -- so that it does not depend on how many have come since
    PERFORM pls_internal.count_turns(pool, pls.now());
    FOR i IN 1 .. 6 LOOP        -- the first ones plan, and read the catalog
        EXECUTE format('EXPLAIN (ANALYZE, BUFFERS, FORMAT json) SELECT pls.assign(%L, NULL, pls.now())', pool) INTO plan;
    END LOOP;
    RETURN (plan -> 0 -> 'Plan' ->> 'Shared Hit Blocks')::integer + (plan -> 0 -> 'Plan' ->> 'Shared Read Blocks')::integer;
END
$$;
SET LOCAL pls.now = '2026-03-20 12:00+00';
INSERT INTO pls.reps (rep) SELECT 'few ' || g FROM generate_series(1, 40) g;
INSERT INTO pls.pools (pool, period) VALUES ('few', '28 days'), ('tired', '28 days'), ('ever', NULL);
INSERT INTO pls.pool_members (pool, rep, joined_at) SELECT 'few', 'few ' || g, '2025-01-01' FROM generate_series(1, 20) g;
INSERT INTO pls.pool_members (pool, rep, joined_at) SELECT p, 'few ' || 20 + g, '2025-01-01' FROM unnest(ARRAY['tired', 'ever']) p, generate_series(1, 20) g;
-- as if each had been decided by itself
CREATE FUNCTION pg_temp.take(pool text, first integer, n integer) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    FOR i IN 0 .. n / 20 - 1 LOOP
        PERFORM pg_temp.turn(pool, (SELECT m.rep FROM pls.pool_members m WHERE m.pool = take.pool ORDER BY m.rep OFFSET i % 20 LIMIT 1),
                             pls.now() - interval '20 days' + (first + i * 20) * interval '100 seconds', 20);
        PERFORM pls_internal.update_turn_counts(pool);
    END LOOP;
END
$$;
SELECT pg_temp.take('few', 0, 100) \g /dev/null
SELECT pg_temp.blocks('few') AS at_100 \gset
SELECT pg_temp.take('few', 100, 3900) \g /dev/null
SELECT pg_temp.blocks('few') AS at_4000 \gset
SELECT pg_temp.take('few', 4000, 12000) \g /dev/null
SELECT pg_temp.blocks('few') AS at_16000 \gset
SELECT pg_temp.take(p, 0, 2000) FROM unnest(ARRAY['tired', 'ever']) p \g /dev/null
SELECT pg_temp.blocks('ever') AS rested \gset
INSERT INTO pls.absences
SELECT 'few ' || 20 + g, timestamptz '2026-03-19 20:00+00' - d * interval '1 day' + g * interval '1 minute',
       timestamptz '2026-03-20 07:00+00' - d * interval '1 day' + g * interval '1 minute'
  FROM generate_series(1, 20) g, generate_series(-30, 335) d;
SET CONSTRAINTS ALL IMMEDIATE;
SELECT pg_temp.blocks('tired') AS tired, pg_temp.blocks('ever') AS tired_ever \gset
\set ECHO all
-- 100, 4,000 and 16,000 turns in the period
SELECT :at_100 > 0 AS measured, :at_4000 <= 1.5 * :at_100 AS at_4000, :at_16000 <= 1.5 * :at_100 AS at_16000;
-- a year of nights
SELECT :tired <= 2 * :rested AS in_the_period, :tired_ever <= 2 * :rested AS ever;
ROLLBACK;
