-- Ten thousand alerts over four pools with weights, caps, quotas, absences,
-- newcomers and owners: every turn goes to whom the definition says, shares
-- come out by weight, and a replay makes the same picks.
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
SET work_mem = '64MB';
SET pls.now = '2026-01-05 00:00+00';
BEGIN;
-- An integer from 0 until before n: the same for the same words everywhere.
CREATE FUNCTION pg_temp.pick(n bigint, VARIADIC words text[]) RETURNS bigint
LANGUAGE sql IMMUTABLE
AS $$
    SELECT ('x' || substr(md5(array_to_string(words, '/')), 1, 15))::bit(60)::bigint % n
$$;

-- Pool plain has weights only; caps, absences and quotas are in one pool each
-- and all together in the last, whose reps work in others, too.
INSERT INTO pls.calendars (calendar, time_zone) VALUES ('days', 'Europe/Berlin');
INSERT INTO pls.calendar_hours (calendar, weekday, opens, closes) SELECT 'days', d, '08:00', '18:00' FROM generate_series(1, 6) d;
INSERT INTO pls.reps (rep, time_zone, calendar, max_open, daily_quota) VALUES
    ('a1', 'UTC', NULL, NULL, NULL), ('a2', 'UTC', NULL, NULL, NULL), ('a3', 'UTC', NULL, NULL, NULL), ('a4', 'UTC', NULL, NULL, NULL), ('a5', 'UTC', NULL, NULL, NULL),
    ('b1', 'UTC', NULL, 12, NULL), ('b2', 'UTC', NULL, 6, NULL), ('b3', 'UTC', NULL, 15, NULL), ('b4', 'UTC', NULL, 12, NULL),
    ('c1', 'UTC', 'days', NULL, NULL), ('c2', 'UTC', 'days', NULL, NULL), ('c3', 'UTC', 'days', NULL, NULL), ('c4', 'UTC', 'days', NULL, NULL),
    ('d1', 'America/New_York', NULL, 30, 0.333), ('d2', 'Asia/Tokyo', NULL, NULL, 2.5), ('d3', 'UTC', NULL, 9, 20), ('boss', 'UTC', NULL, NULL, NULL);
INSERT INTO pls.pools (pool, period, fallback, owner_takes_turn) VALUES
    ('plain', NULL, NULL, false), ('capped', '28 days', NULL, false), ('absent', '28 days', NULL, true), ('mixed', '7 days', 'boss', false);
INSERT INTO pls.pool_members (pool, rep, weight, position) VALUES
    ('plain', 'a1', 5, 1), ('plain', 'a2', 3, 2), ('plain', 'a3', 1.5, 3), ('plain', 'a4', 1, 4), ('plain', 'a5', 0.7, 5),
    ('capped', 'b1', 3, 1), ('capped', 'b2', 2, 1), ('capped', 'b3', 1, 3), ('capped', 'b4', 1, 2),
    ('absent', 'c1', 2, 1), ('absent', 'c2', 1, 2), ('absent', 'c3', 1, 3),
    ('mixed', 'd1', 4, 1), ('mixed', 'd2', 2, 2), ('mixed', 'd3', 1, 3), ('mixed', 'b1', 1, 4), ('mixed', 'c1', 1, 5);
INSERT INTO pls.absences (rep, absent_from, absent_until) VALUES
    ('c1', '2026-01-09 12:00+00', '2026-01-16 06:00+00'), ('c1', '2026-01-14', '2026-01-18'),
    ('c2', '2026-01-28', '2026-02-05'), ('c3', '2026-02-20', NULL), ('b4', '2026-01-20', '2026-01-21');

INSERT INTO pls.motions (motion, status, cooldown) VALUES ('play', 'draft', '1 day');
INSERT INTO pls.routes (motion, position, route, pool, predicate, in_hours) VALUES
    ('play', 1, 'plain', 'plain', '$.account.territory == 0', false), ('play', 2, 'capped', 'capped', '$.account.territory == 1', false),
    ('play', 3, 'absent', 'absent', '$.account.territory == 2', true), ('play', 4, 'rest', 'mixed', NULL, false);
INSERT INTO pls.accounts (account_id, owner, attributes)
SELECT 'acct ' || n, CASE WHEN n % 10 = 0 THEN (ARRAY['c1', 'c4', 'a2', 'gone'])[1 + pg_temp.pick(4, 'owner', n::text)] END,
       jsonb_build_object('territory', pg_temp.pick(4, 'territory', n::text))
  FROM generate_series(1, 400) n;

-- The alerts to come: over eight weeks, each open for up to two days.
CREATE TEMP TABLE coming AS
SELECT n, at, 'acct ' || 1 + pg_temp.pick(400, 'whose', n::text) AS account_id,
       at + (1 + pg_temp.pick(172800, 'open', n::text)) * interval '1 second' + interval '0.5 seconds' AS closes_at
  FROM (SELECT n, timestamptz '2026-01-05 00:00+00' + n * interval '483 seconds'
                  + pg_temp.pick(400, 'at', n::text) * interval '1 second' AS at
          FROM generate_series(1, 10000) n) t;
CREATE INDEX ON coming (closes_at);
CREATE INDEX ON coming (n);
ANALYZE coming;

-- What assignment is about, not what follows an alert's change: of the triggers
-- only those that complete the row, and the one that notes turns.
DO $$
DECLARE
    t name;
BEGIN
    FOR t IN SELECT tgname FROM pg_trigger WHERE tgrelid = 'pls.alerts'::regclass AND NOT tgisinternal AND tgname NOT IN ('normalize_alert', 'start_clock', 'take_turn') LOOP
        EXECUTE format('ALTER TABLE pls.alerts DISABLE TRIGGER %I', t);
    END LOOP;
END
$$;
ALTER TABLE pls.reps DISABLE TRIGGER use_freed_reps;
ALTER TABLE pls.absences DISABLE TRIGGER use_freed_reps;
ALTER TABLE pls.pools DISABLE TRIGGER use_freed_reps;
ALTER TABLE pls.pool_members DISABLE TRIGGER use_freed_reps;
CREATE FUNCTION pg_temp.live() RETURNS void
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
AS $$
DECLARE
    next  record;
    ended record;
    pick  record;
    way   pls.routes;
    until timestamptz := '-infinity';
    r_active boolean := true;
    joined boolean := false;
BEGIN
    FOR next IN SELECT c.*, a AS account FROM coming c JOIN pls.accounts a USING (account_id) ORDER BY c.n LOOP
        PERFORM set_config('pls.now', next.at::text, true);
        FOR ended IN SELECT c.n, c.closes_at FROM coming c WHERE c.closes_at > until AND c.closes_at <= next.at AND c.n < next.n LOOP
            UPDATE pls.alerts a SET status = 'done', disposition = 'contacted', disposed_at = ended.closes_at
             WHERE a.entity_id = 'e' || ended.n AND a.alert_id = ended.n;
        END LOOP;
        until := next.at;
        -- a newcomer, and one who is switched off and on again
        IF NOT joined AND next.at > '2026-01-24 09:00+00' THEN
            INSERT INTO pls.pool_members (pool, rep, weight, position) VALUES ('absent', 'c4', 1.5, 4), ('plain', 'b3', 2, 9);
            joined := true;
        END IF;
        IF (next.at < '2026-02-10' OR next.at >= '2026-02-14') <> r_active THEN
            r_active := NOT r_active;
            UPDATE pls.reps SET active = r_active WHERE rep IN ('c2', 'd3');
        END IF;
        SELECT r.* INTO way FROM pls.routes r
         WHERE r.motion = 'play' AND (r.predicate IS NULL OR jsonb_build_object('account', (next.account).attributes) @@ r.predicate)
         ORDER BY r.position LIMIT 1;
        SELECT * INTO pick FROM pls.assign(way.pool, next.account_id, next.at, way.in_hours);
        INSERT INTO pls.alerts (entity_id, alert_id, motion, unit, account_id, lane, status, reason, next_best_action, score, evidence,
                                route, pool, assigned_to, assigned_at, unassigned_reason, charged_to, charged_at, created_at, assignment_trace)
        VALUES ('e' || next.n, next.n, 'play', 'account', next.account_id, 'sales', 'open', 'a reason', 'an action', 1, '[]',
                way.route, way.pool, pick.rep, CASE WHEN pick.rep IS NOT NULL THEN next.at END, CASE WHEN pick.rep IS NULL THEN pick.reason END,
                CASE WHEN pick.takes_turn THEN pick.rep END, CASE WHEN pick.takes_turn THEN next.at END, next.at, pick.trace);
        IF pick.takes_turn THEN
            PERFORM pls_internal.update_turn_counts(way.pool);
        END IF;
    END LOOP;
END
$$;
SELECT pg_temp.live() \g /dev/null
SET pls.now = '2026-03-02 10:00+00';
-- what was, as the definition needs it
CREATE TEMP TABLE given AS
SELECT c.n, c.at, c.closes_at, a.pool, a.assigned_to AS rep, a.charged_to, a.assignment_trace ->> 'by' AS by, a.assignment_trace,
       pls_internal.pool_period_start(a.pool, c.at) AS since
  FROM coming c JOIN pls.alerts a ON a.entity_id = 'e' || c.n AND a.alert_id = c.n;
CREATE INDEX ON given (rep, at);
ANALYZE given;

-- The definition, for every alert and member, from what was given before:
-- who was eligible, what they had had, and hence whose turn it was.
CREATE TEMP TABLE had AS
SELECT g.n, g.at, g.pool, g.by, g.rep AS given_to, g.since, m.rep, m.weight, m.position,
       count(*) FILTER (WHERE g.charged_to = m.rep) OVER (PARTITION BY g.pool, g.since, m.rep ORDER BY g.n ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS turns,
       CASE WHEN m.calibrated_at >= g.since THEN m.calibration ELSE 0 END AS calibration,
       -- absences other than being switched off
       CASE WHEN m.rep IN ('c2', 'd3') AND g.at >= (SELECT min(x.absent_from) FROM pls.absences x WHERE x.rep = m.rep AND x.reason = 'inactive')
                 AND g.at < (SELECT max(x.absent_until) FROM pls.absences x WHERE x.rep = m.rep AND x.reason = 'inactive') THEN 'inactive'
            WHEN EXISTS (SELECT FROM pls.absences x WHERE x.rep = m.rep AND x.absent_from <= g.at AND (x.absent_until IS NULL OR x.absent_until > g.at)) THEN 'absent'
            WHEN r.max_open IS NOT NULL AND r.max_open <= (SELECT count(*) FROM given o WHERE o.rep = m.rep AND o.at > g.at - interval '3 days' AND o.n < g.n AND o.closes_at > g.at) THEN 'max_open'
       END AS out, r.daily_quota, r.time_zone
  FROM given g JOIN pls.pool_members m ON m.pool = g.pool AND m.joined_at <= g.at JOIN pls.reps r ON r.rep = m.rep;
-- quotas: on none of the last 30 days, counted from today, may there have been as many as k * quota;
-- alerts of a rep are numbered, so that a difference counts them
CREATE TEMP TABLE numbered AS SELECT rep, at, n, row_number() OVER (PARTITION BY rep ORDER BY n) AS nth FROM given WHERE rep IS NOT NULL;
CREATE INDEX ON numbered (rep, at);
UPDATE had h SET out = 'daily_quota'
 WHERE h.daily_quota IS NOT NULL AND h.out IS NULL AND EXISTS (
       SELECT FROM generate_series(0, 29) k
        WHERE coalesce((SELECT o.nth FROM numbered o WHERE o.rep = h.rep AND o.at < h.at ORDER BY o.at DESC LIMIT 1), 0)
              - coalesce((SELECT o.nth FROM numbered o
                           WHERE o.rep = h.rep
                             AND o.at < (timezone(h.time_zone, h.at)::date - k)::timestamp AT TIME ZONE h.time_zone
                           ORDER BY o.at DESC LIMIT 1), 0)
              >= (k + 1) * h.daily_quota);
-- absences that are over: the turns of the others meanwhile, by how many they were
CREATE TEMP TABLE missed AS
SELECT w.rep, w.pool, w.since, w.ended,
       (SELECT count(*) FROM given g WHERE g.pool = w.pool AND g.charged_to <> w.rep AND g.at >= w.began AND g.at < w.ended)::numeric
       / nullif((SELECT count(*) FROM pls.pool_members o
                  WHERE o.pool = w.pool AND o.rep <> w.rep AND o.joined_at < w.ended
                    AND NOT EXISTS (SELECT FROM pls.absences x WHERE x.rep = o.rep AND x.absent_from <= w.began AND coalesce(x.absent_until, 'infinity') >= w.ended)), 0) AS credit
  FROM (SELECT m.rep, m.pool, p.since, greatest(s.began, p.since) AS began, s.ended
          FROM pls.pool_members m
          -- c1's two overlap
          JOIN (SELECT rep, min(absent_from) AS began, max(absent_until) AS ended FROM pls.absences
                 GROUP BY rep, CASE WHEN rep = 'c1' THEN '-infinity' ELSE absent_from END) s USING (rep)
          JOIN (SELECT DISTINCT pool, since FROM given) p ON p.pool = m.pool
         WHERE s.ended > p.since) w;
UPDATE had h SET calibration = calibration + (
    SELECT coalesce(sum(w.credit), 0) FROM missed w WHERE w.rep = h.rep AND w.pool = h.pool AND w.since = h.since AND w.ended <= h.at)
 WHERE h.rep IN (SELECT rep FROM missed);
CREATE TEMP TABLE expected AS
SELECT DISTINCT ON (h.n) h.n, h.rep
  FROM (SELECT *, sum(turns + calibration) OVER w * weight - (turns + calibration) * sum(weight) OVER w AS shortfall
          FROM had WHERE out IS NULL WINDOW w AS (PARTITION BY n)) h
 ORDER BY h.n, round(h.shortfall, 9) DESC, h.weight DESC, h.position, h.rep COLLATE "C";
\set QUIET off
\set ECHO all

-- All ways of being given, and all ways of being passed over, are there.
SELECT coalesce(by, 'nobody') AS by, count(*) > 20 AS many FROM given GROUP BY by ORDER BY by COLLATE "C";
SELECT out, count(*) > 100 AS many FROM had GROUP BY out ORDER BY out COLLATE "C";
-- Who was eligible, and who was chosen: as the definition has it.
SELECT count(*) AS compared,
       count(*) FILTER (WHERE t.why_not IS DISTINCT FROM h.out) AS eligible
  FROM had h
  JOIN given g ON g.n = h.n
 CROSS JOIN LATERAL (SELECT c ->> 'why_not' AS why_not
                       FROM jsonb_array_elements(g.assignment_trace -> 'candidates') c WHERE c ->> 'rep' = h.rep) t;
SELECT count(*) > 8000 AS compared, count(*) FILTER (WHERE g.rep IS DISTINCT FROM e.rep) AS different
  FROM given g LEFT JOIN expected e ON e.n = g.n WHERE g.by = 'turn';
SELECT count(*) > 20 AS compared, count(*) FILTER (WHERE e.rep IS NOT NULL) AS different
  FROM given g LEFT JOIN expected e ON e.n = g.n WHERE g.by = 'fallback' OR g.by IS NULL;
-- Caps hold.
SELECT count(*) AS over FROM had h WHERE h.given_to = h.rep AND h.by = 'turn' AND h.out IS NOT NULL;
-- Shares by weight: until the newcomer came nobody of pool plain was ever more
-- than one alert away from theirs.
SELECT max(abs(turns - total * weight / weights)) <= 1 AS within_one
  FROM (SELECT turns, weight, sum(turns) OVER (PARTITION BY n) AS total, sum(weight) OVER (PARTITION BY n) AS weights
          FROM had WHERE pool = 'plain' AND at < '2026-01-24 09:00+00') s;
-- A newcomer begins where the others are.
SELECT m.pool, m.rep, m.calibration = (
           SELECT round(avg(h.turns + h.calibration), 6) FROM had h
            WHERE h.n = (SELECT min(k.n) FROM had k WHERE k.pool = m.pool AND k.rep = m.rep) AND h.rep <> m.rep AND h.pool = m.pool) AS as_the_others
  FROM pls.pool_members m WHERE m.joined_at > '2026-01-20' ORDER BY m.pool;

-- The replay, settings unchanged: the same route, pool, way and rep.
CREATE TEMP TABLE replayed AS SELECT * FROM pls.replay_assignments('2026-01-05', '2026-03-05');
SELECT count(*) AS compared, count(*) FILTER (WHERE route IS DISTINCT FROM old_route) AS route,
       count(*) FILTER (WHERE rep IS DISTINCT FROM old_rep) AS rep,
       count(*) FILTER (WHERE reason IS DISTINCT FROM old_reason) AS reason
  FROM replayed;
-- So it does from the middle on.
SELECT count(*) AS compared, count(*) FILTER (WHERE rep IS DISTINCT FROM old_rep OR reason IS DISTINCT FROM old_reason) AS different
  FROM pls.replay_assignments('2026-01-29 17:00+00', '2026-02-20 03:00+00');
SELECT pool, rep, weight, assigned, replayed, difference, kept, turns, replayed_turns, fair_turns, share, replayed_share, target_share
  FROM pls.replay_routing('2026-01-05', '2026-03-05');

-- With other settings: shares follow them within one alert, and nothing is
-- written.
SELECT md5(string_agg(a::text, ',' ORDER BY alert_id)) AS alerts_before FROM pls.alerts a \gset
UPDATE pls.reps SET max_open = NULL WHERE rep = 'b3';
UPDATE pls.pool_members SET weight = CASE rep WHEN 'a1' THEN 1 WHEN 'b3' THEN 4 ELSE 2 END, joined_at = '2026-01-01', calibration = 0
 WHERE pool = 'plain';
CREATE TEMP TABLE reweighted AS SELECT * FROM pls.replay_routing('2026-01-05', '2026-03-05') WHERE pool = 'plain' AND weight IS NOT NULL;
SELECT rep, weight, assigned, replayed, difference, replayed_turns, fair_turns, target_share FROM reweighted;
SELECT max(abs(replayed_turns - fair_turns)) <= 1 AS within_one FROM reweighted;
UPDATE pls.routes SET pool = 'capped' WHERE route = 'plain';
SELECT old_pool, pool, count(*) FROM pls.replay_assignments('2026-01-05', '2026-01-12')
 WHERE old_route = 'plain' GROUP BY 1, 2;
SELECT md5(string_agg(a::text, ',' ORDER BY alert_id)) = :'alerts_before' AS unchanged FROM pls.alerts a;
-- An empty span, and what is none.
SELECT count(*) FROM pls.replay_routing('2025-01-05', '2025-01-05') WHERE assigned > 0;
\set VERBOSITY sqlstate
SAVEPOINT s;
SELECT * FROM pls.replay_routing('2026-03-05', '2026-01-05');
ROLLBACK TO s;
SELECT * FROM pls.replay_routing(NULL, '2026-01-05');
ROLLBACK TO s;
SELECT * FROM pls.replay_assignments('-infinity', '2026-01-05');
ROLLBACK;
