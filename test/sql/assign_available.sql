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
-- Gives a rep an alert at an instant, closed or open.
CREATE FUNCTION pg_temp.give(to_rep text, at timestamptz, is_open boolean DEFAULT false) RETURNS void
LANGUAGE sql
AS $$
    INSERT INTO pls.alerts (entity_id, motion, unit, lane, status, reason, next_best_action, score,
                            evidence, assigned_to, assigned_at, created_at, disposition, disposed_at)
    VALUES (gen_random_uuid(), 'play', 'account', 'sales', CASE WHEN is_open THEN 'open' ELSE 'done' END,
            'a reason', 'an action', 1, '[]', to_rep, at, at,
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

-- daily quota, in the rep's time zone: the day begins at 23:00 UTC
UPDATE pls.reps SET daily_quota = 2, time_zone = 'Europe/Berlin' WHERE rep = 'ann';
SELECT pg_temp.give('ann', '2026-03-01 22:59:59+00'), pg_temp.give('ann', '2026-03-01 23:00+00');
SELECT why_not FROM pg_temp.pick('free');
SELECT pg_temp.give('ann', '2026-03-02 09:00+00');
SELECT why_not FROM pg_temp.pick('free');
UPDATE pls.reps SET daily_quota = 0 WHERE rep = 'bob';
SELECT rep, reason, why_not FROM pg_temp.pick('free');
UPDATE pls.reps SET daily_quota = NULL, time_zone = 'UTC';

-- fractions carry over: how many a day, over 30 days of as many as allowed
CREATE FUNCTION pg_temp.by_day(quota numeric, days integer) RETURNS text
LANGUAGE plpgsql
AS $$
DECLARE
    result text := '';
    given  integer;
    at     timestamptz;
BEGIN
    INSERT INTO pls.reps (rep, daily_quota) VALUES ('q' || quota, quota);
    FOR d IN 1..days LOOP
        at := timestamptz '2026-06-01 12:00+00' + d * interval '1 day';
        given := 0;
        WHILE NOT (SELECT q.is_over FROM pls_internal.over_quota('q' || quota, quota, 'UTC', at) q) LOOP
            PERFORM pg_temp.give('q' || quota, at);
            given := given + 1;
        END LOOP;
        result := result || ' ' || given;
    END LOOP;
    RETURN result;
END
$$;
SELECT q, pg_temp.by_day(q, 12) FROM unnest('{3,2.5,1.25,0.333,0.1,0}'::numeric[]) AS q;
-- ten a month, over two months
SELECT pg_temp.by_day(0.33333, 60);
-- by the meaning of a quota, for any: in some of the last 30 days up to this
-- one as many came as so many days allow, or more
SELECT is_over, count(*) AS compared, count(*) FILTER (WHERE by_days IS DISTINCT FROM is_over) AS different
  FROM (SELECT o.is_over,
               (SELECT bool_or((SELECT count(*) FROM pls.alerts a
                                 WHERE a.assigned_to = r.rep AND a.assigned_at <= at
                                   AND a.assigned_at::date > at::date - days) >= ceil(days * q))
                  FROM generate_series(1, 30) AS days) AS by_days
          FROM pls.reps r
         CROSS JOIN generate_series(timestamptz '2026-06-01 13:00+00', '2026-08-20', '1 day') AS at
         CROSS JOIN unnest('{0,0.05,0.1,0.333,0.4,0.7,1,1.25,2.5,3,1000000000000}'::numeric[]) AS q
         CROSS JOIN LATERAL pls_internal.over_quota(r.rep, q, 'UTC', at) o
         WHERE r.rep LIKE 'q%') c
 GROUP BY is_over ORDER BY is_over;

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
