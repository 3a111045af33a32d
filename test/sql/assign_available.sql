-- Who can take an alert: the owner of the account, quotas, open alerts,
-- absences, the fallback; nobody.
\getenv srcdir PG_ABS_SRCDIR
\set setup :srcdir /sql/include/decide.psql
\set ECHO none
\set QUIET on
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
RESET client_min_messages;
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET intervalstyle = 'postgres';
SET pls.now = '2026-03-02 10:00+00';
BEGIN;
\i :setup
\set ECHO all
CREATE FUNCTION pg_temp.pick(account text, in_hours boolean DEFAULT false)
RETURNS TABLE (rep text, reason text, owner jsonb, why_not text, fallback jsonb)
LANGUAGE sql
AS $$
    SELECT p.rep, p.reason, p.trace -> 'owner',
           (SELECT string_agg(c ->> 'rep' || ': ' || coalesce(c ->> 'why_not', 'eligible'), ', ' ORDER BY c ->> 'rep')
              FROM jsonb_array_elements(p.trace -> 'candidates') AS c),
           p.trace -> 'fallback'
      FROM pls.assign('desk', account, pls.now(), in_hours) AS p
$$;
-- Gives a rep an alert at an instant, closed or open; as a turn of another pool.
INSERT INTO pls.pools (pool) VALUES ('other');
CREATE FUNCTION pg_temp.give(to_rep text, at timestamptz, is_open boolean DEFAULT false, as_turn boolean DEFAULT true) RETURNS void
LANGUAGE sql
AS $$
    INSERT INTO pls.alerts (entity_id, motion, unit, lane, status, reason, next_best_action, score,
                            evidence, pool, assigned_to, assigned_at, charged_to, charged_at, created_at, disposition, disposed_at)
    VALUES (gen_random_uuid(), 'play', 'account', 'sales', CASE WHEN is_open THEN 'open' ELSE 'done' END,
            'a reason', 'an action', 1, '[]', 'other', to_rep, at, CASE WHEN as_turn THEN to_rep END, CASE WHEN as_turn THEN at END, at,
            CASE WHEN NOT is_open THEN 'contacted' END, CASE WHEN NOT is_open THEN at END)
$$;
INSERT INTO pls.calendars (calendar) VALUES ('week');
INSERT INTO pls.calendar_hours (calendar, weekday, opens, closes)
SELECT 'week', d, '09:00', '17:00' FROM generate_series(1, 5) AS d;

-- the owner: is no turn; not if unknown, inactive, absent, or out of hours
-- where the route asks for that
INSERT INTO pls.accounts (account_id, owner) VALUES ('acme', 'cy'), ('odd', 'somebody else'), ('free', NULL);
UPDATE pls.reps SET calendar = 'week', max_open = 0 WHERE rep = 'cy';
SELECT * FROM pg_temp.pick('acme');
SELECT * FROM pg_temp.pick('odd');
SELECT * FROM pg_temp.pick('free');
SELECT * FROM pg_temp.pick('unknown account');
SET pls.now = '2026-03-02 17:00+00';
SELECT * FROM pg_temp.pick('acme');
SELECT * FROM pg_temp.pick('acme', true);
SET pls.now = '2026-03-02 16:59:59+00';
SELECT * FROM pg_temp.pick('acme', true);
SET pls.now = '2026-03-02 10:00+00';
INSERT INTO pls.absences (rep, absent_from, absent_until) VALUES ('cy', '2026-03-02 09:00+00', '2026-03-02 10:00+00');
SELECT reason FROM pg_temp.pick('acme');
UPDATE pls.absences SET absent_until = '2026-03-02 10:00:01+00';
SELECT reason, owner FROM pg_temp.pick('acme');
UPDATE pls.reps SET active = false WHERE rep = 'cy';
SELECT reason, owner FROM pg_temp.pick('acme');

-- max_open: open, working and snoozed alerts, whatever the pool
UPDATE pls.reps SET max_open = 2 WHERE rep = 'ann';
SELECT pg_temp.give('ann', pls.now() - interval '40 days', true), pg_temp.give('ann', pls.now() - interval '40 days');
SELECT rep, why_not FROM pg_temp.pick('free');
SELECT pg_temp.give('ann', pls.now() - interval '40 days', true);
SELECT rep, why_not FROM pg_temp.pick('free');
UPDATE pls.reps SET max_open = NULL;

-- daily quota, in the rep's time zone: the day begins at 23:00 UTC; an alert
-- that is no turn takes no token
SET pls.now = '2026-02-20 10:00+00';
UPDATE pls.reps SET daily_quota = 2, time_zone = 'Europe/Berlin' WHERE rep = 'ann';
SET pls.now = '2026-03-02 10:00+00';
SELECT pg_temp.give('ann', '2026-03-01 22:59:59+00'), pg_temp.give('ann', '2026-03-01 23:00+00'),
       pg_temp.give('ann', '2026-03-02 08:00+00', as_turn => false);
SELECT why_not FROM pg_temp.pick('free');
SELECT pg_temp.give('ann', '2026-03-02 09:00+00');
SELECT why_not FROM pg_temp.pick('free');
UPDATE pls.reps SET daily_quota = 0 WHERE rep = 'bob';
SELECT rep, reason, why_not FROM pg_temp.pick('free');
-- what was before the last change does not count, and that of something else
-- is none
UPDATE pls.reps SET daily_quota = 1, name = 'Ann' WHERE rep = 'ann';
SELECT why_not FROM pg_temp.pick('free');
SELECT pg_temp.give('ann', '2026-03-02 10:00+00');
UPDATE pls.reps SET name = NULL, daily_quota = 1.00 WHERE rep = 'ann';
SELECT why_not FROM pg_temp.pick('free');
SELECT daily_quota, quota_changed_at FROM pls.reps WHERE rep = 'ann';
UPDATE pls.reps SET daily_quota = NULL, time_zone = 'UTC';

-- how many a day from the day on which the quota was set, if as many are given
-- as it allows
CREATE FUNCTION pg_temp.by_day(quota numeric, days integer) RETURNS integer[]
LANGUAGE plpgsql
AS $$
DECLARE
    who    CONSTANT text := quota || ' over ' || days;
    result integer[] := '{}';
    given  integer;
    at     timestamptz;
BEGIN
    PERFORM set_config('pls.now', '2026-06-01 00:00+00', true);
    INSERT INTO pls.reps (rep, daily_quota) VALUES (who, quota);
    FOR d IN 1..days LOOP
        at := timestamptz '2026-05-31 12:00+00' + d * interval '1 day';
        given := 0;
        WHILE NOT (SELECT q.is_over FROM pls.reps r CROSS JOIN pls_internal.over_quota(r.rep, r.daily_quota, r.quota_changed_at, 'UTC', at) q WHERE r.rep = who) LOOP
            PERFORM pg_temp.give(who, at);
            given := given + 1;
        END LOOP;
        result := result || given;
    END LOOP;
    RETURN result;
END
$$;
SAVEPOINT before;
SELECT q, array_to_string(pg_temp.by_day(q, 12), ' ') AS by_day FROM unnest('{3,2.5,1.25,0.7,0.333,0.33333,0.1,0}'::numeric[]) AS q;
-- a lowered quota starves nobody, and counts from the first day on
UPDATE pls.reps SET daily_quota = 10 WHERE rep = 'bob';
SELECT pg_temp.give('bob', timestamptz '2026-06-01 09:00+00' + d * interval '1 day') FROM generate_series(0, 19) d, generate_series(1, 10) \g /dev/null
SET LOCAL pls.now = '2026-06-21 08:00+00';
UPDATE pls.reps SET daily_quota = 5 WHERE rep = 'bob';
SELECT pg_temp.give('bob', '2026-06-21 09:00+00') FROM generate_series(1, 4) \g /dev/null
SELECT o.is_over FROM pls.reps r CROSS JOIN pls_internal.over_quota(r.rep, r.daily_quota, r.quota_changed_at, 'UTC', '2026-06-21 10:00+00') o WHERE r.rep = 'bob';
SELECT pg_temp.give('bob', '2026-06-21 09:30+00');
SELECT o.is_over FROM pls.reps r CROSS JOIN pls_internal.over_quota(r.rep, r.daily_quota, r.quota_changed_at, 'UTC', '2026-06-21 10:00+00') o WHERE r.rep = 'bob';
-- for long: neither what is rounded nor where the reckoning begins anew adds
-- up, and what is unused does not pile up
SELECT q, (SELECT sum(n) FROM unnest(g.given) n) AS given, round(q * 400, 1) AS allowed,
       (SELECT max(s) - min(s) FROM (SELECT sum(n) OVER (ORDER BY d ROWS BETWEEN 29 PRECEDING AND CURRENT ROW) AS s, d
                                       FROM unnest(g.given) WITH ORDINALITY AS u (n, d)) w WHERE d >= 30) AS month_by_month,
       (SELECT max(pls_internal.quota_tokens(q, '2026-06-01', '{}', date '2026-06-01' + d)) FROM generate_series(0, 400) d) AS unused
  FROM unnest('{2.5,1.333,1.25,0.7,0.333,0.29,0.1}'::numeric[]) AS q
 CROSS JOIN LATERAL (SELECT pg_temp.by_day(q, 400) AS given OFFSET 0) g;
-- one day too many is not owed
SELECT d, pls_internal.quota_tokens(2.5, '2026-06-01', '{2026-06-01,2026-06-01,2026-06-01,2026-06-01,2026-06-01}', date '2026-06-01' + d) AS many,
       pls_internal.quota_tokens(0.5, '2026-06-01', '{2026-06-01,2026-06-01}', date '2026-06-01' + d) AS few
  FROM generate_series(0, 4) d;
ROLLBACK TO before;
SET pls.now = '2026-03-02 10:00+00';

-- the fallback, unless absent; then nobody
UPDATE pls.reps SET daily_quota = 0 WHERE rep = 'ann' OR rep = 'bob';
SELECT rep, reason, fallback FROM pg_temp.pick('free');
UPDATE pls.pools SET fallback = 'cy' WHERE pool = 'desk';
SELECT rep, reason, fallback FROM pg_temp.pick('free');
UPDATE pls.reps SET active = true WHERE rep = 'cy';
SET pls.now = '2026-03-02 11:00+00';
SELECT rep, reason, fallback FROM pg_temp.pick('free');
SELECT pg_temp.qualify('free');
SELECT assigned_to, charged_to, unassigned_reason FROM pls.alerts WHERE entity_id = 'free';
-- an alert that waits is given by the rules of its route: to the owner in
-- working hours only, if the route asks for that
UPDATE pls.pools SET fallback = NULL WHERE pool = 'desk';
UPDATE pls.routes SET in_hours = true WHERE motion = 'play';
SET pls.now = '2026-03-02 20:00+00';
SELECT pg_temp.qualify('acme');
SELECT pls_internal.assign_waiting();
SELECT assigned_to, unassigned_reason FROM pls.alerts WHERE entity_id = 'acme';
SET pls.now = '2026-03-03 09:00+00';
SELECT pls_internal.assign_waiting();
SELECT assigned_to, unassigned_reason FROM pls.alerts WHERE entity_id = 'acme';
UPDATE pls.routes SET in_hours = false WHERE motion = 'play';
SET pls.now = '2026-03-02 11:00+00';

-- in_hours holds for members and the fallback, each by their own hours
SAVEPOINT before;
INSERT INTO pls.calendars (calendar, time_zone) VALUES ('tokyo', 'Asia/Tokyo');
INSERT INTO pls.calendar_hours (calendar, weekday, opens, closes) SELECT 'tokyo', d, '09:00', '17:00' FROM generate_series(1, 5) AS d;
UPDATE pls.reps SET daily_quota = NULL, calendar = CASE rep WHEN 'ann' THEN 'week' WHEN 'bob' THEN 'tokyo' ELSE calendar END;
UPDATE pls.pools SET fallback = 'cy' WHERE pool = 'desk';
SELECT h, p.rep, p.reason, p.why_not, p.fallback FROM unnest('{1,10,20}'::integer[]) h
 CROSS JOIN LATERAL (SELECT a.rep, a.reason, a.trace -> 'fallback' AS fallback, (SELECT string_agg(c ->> 'rep' || ': ' || coalesce(c ->> 'why_not', 'eligible'), ', ' ORDER BY c ->> 'rep')
              FROM jsonb_array_elements(a.trace -> 'candidates') AS c) AS why_not
       FROM pls.assign('desk', 'free', timestamptz '2026-03-03 00:00+00' + h * interval '1 hour', true) a) p ORDER BY h;
SELECT rep, why_not FROM pls.pool_turns('desk', '2026-03-03 20:00+00', true) ORDER BY rep COLLATE "C";
SELECT rep, why_not FROM pls.pool_turns('desk', '2026-03-03 20:00+00') ORDER BY rep COLLATE "C";
UPDATE pls.reps SET calendar = NULL WHERE rep = 'bob';
SELECT rep, reason FROM pls.assign('desk', 'free', '2026-03-03 20:00+00', true);
ROLLBACK TO before;
-- the owner: first, ignored, or alone; and whether it is a turn
SAVEPOINT before;
UPDATE pls.reps SET daily_quota = NULL, max_open = NULL;
INSERT INTO pls.accounts (account_id, owner) VALUES ('of bob', 'bob');
SELECT o.owner, t.takes, p.rep, p.reason, p.takes_turn, p.trace ? 'candidates' AS pool_asked
  FROM unnest('{first,ignore,only}'::text[]) o (owner) CROSS JOIN unnest('{NULL,true}'::boolean[]) t (takes)
 CROSS JOIN LATERAL pls.assign('desk', 'of bob', pls.now(), false, o.owner, t.takes) p ORDER BY o.owner, t.takes NULLS FIRST;
UPDATE pls.pools SET owner_takes_turn = true, fallback = 'cy' WHERE pool = 'desk';
SELECT p.rep, p.takes_turn FROM unnest('{NULL,false}'::boolean[]) t (takes) CROSS JOIN LATERAL pls.assign('desk', 'of bob', pls.now(), false, 'first', t.takes) p ORDER BY t.takes NULLS FIRST;
INSERT INTO pls.absences (rep, absent_from, absent_until) VALUES ('bob', pls.now(), '2026-03-02 12:00+00');
SELECT p.rep, p.reason, p.trace FROM unnest('{of bob,free}'::text[]) a (account) CROSS JOIN LATERAL pls.assign('desk', a.account, pls.now(), false, 'only') p ORDER BY a.account DESC;
UPDATE pls.routes SET owner = 'only', owner_takes_turn = false WHERE motion = 'play';
SELECT pg_temp.qualify('of bob'), pg_temp.qualify('of nobody');
SELECT entity_id, assigned_to, unassigned_reason FROM pls.alerts WHERE entity_id LIKE 'of %' ORDER BY entity_id;
SET pls.now = '2026-03-02 12:00+00';
SELECT pls_internal.assign_waiting();
SELECT entity_id, assigned_to, charged_to, unassigned_reason FROM pls.alerts WHERE entity_id LIKE 'of %' ORDER BY entity_id;
SELECT a.entity_id, r.old_reason, r.old_rep, r.reason, r.rep FROM pls.replay_assignments('2026-03-02 11:00+00', '2026-03-02 12:00:01+00') r
  JOIN pls.alerts a USING (alert_id) WHERE a.entity_id LIKE 'of %' ORDER BY a.entity_id;
\set VERBOSITY sqlstate
SELECT pls.assign('desk', 'free', pls.now(), false, 'last');
\set VERBOSITY default
ROLLBACK TO before;
SELECT state, message FROM pg_temp.refused($$UPDATE pls.reps SET quota_changed_at = '-infinity' WHERE rep = 'cy'$$);
SELECT state, message FROM pg_temp.refused($$UPDATE pls.routes SET owner = 'never'$$);
SET pls.now = '2026-03-02 11:00+00';

-- those that nobody can take do not keep others waiting
SAVEPOINT before;
INSERT INTO pls.pools (pool) VALUES ('deserted'), ('staffed');
INSERT INTO pls.pool_members (pool, rep) VALUES ('staffed', 'cy');
UPDATE pls.reps SET max_open = NULL WHERE rep = 'cy';
INSERT INTO pls.alerts (entity_id, motion, unit, lane, reason, next_best_action, score, evidence, pool, unassigned_reason, created_at)
SELECT 'waits ' || n, 'play', 'account', 'sales', 'a reason', 'an action', 1, '[]',
       CASE WHEN n <= 3 THEN 'deserted' ELSE 'staffed' END, 'nobody', pls.now() + n * interval '1 second'
  FROM generate_series(1, 4) n;
SELECT pls_internal.assign_waiting(at_most => 2);
SELECT entity_id, assigned_to FROM pls.alerts WHERE entity_id LIKE 'waits%' ORDER BY 1;
ROLLBACK TO before;

-- a rep or pool that open alerts have stays, and none that alerts have is
-- renamed
SAVEPOINT before;
SELECT state, message FROM pg_temp.refused($$DELETE FROM pls.reps WHERE rep = 'cy'; SET CONSTRAINTS ALL IMMEDIATE$$);
SELECT state, message FROM pg_temp.refused($$UPDATE pls.reps SET rep = 'cyd' WHERE rep = 'cy'; SET CONSTRAINTS ALL IMMEDIATE$$);
SELECT state, message FROM pg_temp.refused($$DELETE FROM pls.routes; DELETE FROM pls.pools WHERE pool = 'desk'; SET CONSTRAINTS pls.check_pool_unused IMMEDIATE$$);
SELECT state, message FROM pg_temp.refused($$UPDATE pls.pools SET pool = 'table' WHERE pool = 'desk'; SET CONSTRAINTS ALL IMMEDIATE$$);
UPDATE pls.alerts SET disposition = 'nurture' WHERE assigned_to = 'cy';
SELECT state, message FROM pg_temp.refused($$UPDATE pls.reps SET rep = 'cyd' WHERE rep = 'cy'; SET CONSTRAINTS ALL IMMEDIATE$$);
DELETE FROM pls.reps WHERE rep = 'cy';
-- reopened, it waits for another
SELECT pls.reopen(alert_id) FROM pls.alerts WHERE entity_id = 'acme';
SELECT assigned_to, unassigned_reason FROM pls.alerts WHERE entity_id = 'acme';
INSERT INTO pls.reps (rep) VALUES ('nu');
UPDATE pls.reps SET rep = 'nuno' WHERE rep = 'nu';
INSERT INTO pls.pools (pool) VALUES ('new');
UPDATE pls.pools SET pool = 'newer' WHERE pool = 'new';
SET CONSTRAINTS ALL IMMEDIATE;
ROLLBACK TO before;

DELETE FROM pls.pool_members WHERE pool = 'desk';
SELECT rep, reason FROM pg_temp.pick('free');
SELECT rep, reason FROM pls.assign('missing', 'free');
SELECT rep, reason FROM pls.assign(NULL, NULL);

-- impossible rows
SELECT state, message FROM pg_temp.refused($$INSERT INTO pls.reps (rep) VALUES (' ')$$);
SELECT state, message FROM pg_temp.refused($$INSERT INTO pls.reps (rep, max_open) VALUES ('x', -1)$$);
SELECT state, message FROM pg_temp.refused($$INSERT INTO pls.reps (rep, daily_quota) VALUES ('x', 'NaN')$$);
SELECT state, message FROM pg_temp.refused($$INSERT INTO pls.reps (rep, time_zone) VALUES ('x', 'Mars/Olympus')$$);
SELECT state, message FROM pg_temp.refused($$INSERT INTO pls.reps (rep, manager) VALUES ('x', 'x')$$);
SELECT state, message FROM pg_temp.refused($$INSERT INTO pls.pools (pool, period) VALUES ('x', '1 month')$$);
SELECT state, message FROM pg_temp.refused($$INSERT INTO pls.pools (pool, period) VALUES ('x', '0')$$);
SELECT state, message FROM pg_temp.refused($$INSERT INTO pls.pool_members (pool, rep, weight) VALUES ('desk', 'ann', 0)$$);
SELECT state, message FROM pg_temp.refused($$INSERT INTO pls.absences VALUES ('ann', '2026-01-02', '2026-01-01')$$);
SELECT state, message FROM pg_temp.refused($$UPDATE pls.routes SET respond_within = '-1 hour'$$);
SELECT state, message FROM pg_temp.refused($$UPDATE pls.routes SET respond_within = '1 month'$$);
SELECT state, message FROM pg_temp.refused($$UPDATE pls.routes SET respond_within = '9 days'$$);
SELECT state, message FROM pg_temp.refused($$INSERT INTO pls.escalations (motion, level, action) VALUES ('play', 1, 'notify')$$);
SELECT state, message FROM pg_temp.refused($$INSERT INTO pls.escalations (motion, level, at_share, action) VALUES ('play', 1, 0.5, 'shout')$$);
SELECT state, message FROM pg_temp.refused($$INSERT INTO pls.dispositions (disposition, outcome_class) VALUES ('x', 'good')$$);
ROLLBACK;
