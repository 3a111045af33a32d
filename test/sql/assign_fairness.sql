-- Ten thousand alerts over four pools with weights, caps, quotas, absences,
-- working hours, newcomers and owners: shares come out by weight, and a replay
-- makes the same picks.  That each pick is the right one is in assign_year.
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

-- Pool plain has weights only; caps, absences and working hours, and quotas are in one pool each
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

-- who could have taken each, and who not, as the picks tell it
CREATE TEMP TABLE asked AS
SELECT g.n, g.at, g.pool, g.by, g.rep AS given_to, c ->> 'rep' AS rep, (c ->> 'weight')::numeric AS weight, (c ->> 'turns')::bigint AS turns, c ->> 'why_not' AS why_not
  FROM given g CROSS JOIN jsonb_array_elements(g.assignment_trace -> 'candidates') c;
\set QUIET off
\set ECHO all

-- All ways of being given, and all ways of being passed over, are there.
SELECT coalesce(by, 'nobody') AS by, count(*) > 20 AS many FROM given GROUP BY by ORDER BY by COLLATE "C";
SELECT why_not, count(*) > 100 AS many FROM asked GROUP BY why_not ORDER BY why_not COLLATE "C";
-- Who is eligible is in the list; and where nobody was, it was nobody's turn.
SELECT count(*) AS over FROM asked h WHERE h.given_to = h.rep AND h.by = 'turn' AND h.why_not IS NOT NULL;
SELECT count(*) AS missed FROM asked h WHERE h.by IS DISTINCT FROM 'turn' AND h.why_not IS NULL;
-- Shares by weight: until the newcomer came nobody of pool plain was ever more
-- than one alert away from theirs.
SELECT max(abs(turns - total * weight / weights)) <= 1 AS within_one
  FROM (SELECT turns, weight, sum(turns) OVER (PARTITION BY n) AS total, sum(weight) OVER (PARTITION BY n) AS weights
          FROM asked WHERE pool = 'plain' AND at < '2026-01-24') s;
-- Nobody got more in a row than the share of the weight, and one, while
-- another could have taken it.
SELECT count(*) > 4000 AS compared, max(run) > 1 AS some_in_a_row, count(*) FILTER (WHERE run > ceil(weight / others) + 1) AS too_many
  FROM (SELECT h.*, row_number() OVER (PARTITION BY pool, rep, island ORDER BY n) AS run
          FROM (SELECT g.n, g.pool, g.rep, g.by, row_number() OVER (PARTITION BY pool ORDER BY n) - row_number() OVER (PARTITION BY pool, rep ORDER BY n) AS island,
                       (SELECT q.weight FROM asked q WHERE q.n = g.n AND q.rep = g.rep) AS weight,
                       (SELECT sum(q.weight) FROM asked q WHERE q.n = g.n AND q.rep <> g.rep AND q.why_not IS NULL) AS others
                  FROM given g WHERE g.charged_to IS NOT NULL) h) r
 WHERE by = 'turn' AND others > 0;
-- The newcomers began where the others were, per unit of weight.
SELECT m.pool, m.rep, m.calibration > 0 AS calibrated FROM pls.pool_members m WHERE m.joined_at > '2026-01-20' ORDER BY m.pool;

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
UPDATE pls.pool_members SET weight = CASE rep WHEN 'a1' THEN 1 WHEN 'b3' THEN 4 ELSE 2 END, joined_at = '2026-01-01' WHERE pool = 'plain';
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
