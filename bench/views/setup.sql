-- setup.sql - open alerts for views.sh; variable alerts: how many.
--
-- Written with the triggers off but the one that starts the clock and sets the
-- next escalation step, with the same values that they would give: six
-- calendars, 300 reps in 30 pools, escalation steps; three in five alerts
-- untouched, one in four at work, one in ten snoozed, one in twenty paused.
CREATE EXTENSION pls;
SET timezone = 'UTC';

INSERT INTO pls.calendars (calendar, time_zone)
SELECT 'office ' || z.n, z.zone
  FROM unnest('{Europe/Berlin,America/New_York,America/Los_Angeles,Asia/Tokyo,Europe/London,Australia/Sydney}'::text[])
       WITH ORDINALITY AS z (zone, n);
INSERT INTO pls.calendar_hours (calendar, weekday, opens, closes)
SELECT 'office ' || z, d, o.opens, o.closes
  FROM generate_series(1, 6) AS z, generate_series(1, 5) AS d,
       (VALUES ('08:30'::time, '12:00'::time), ('13:00', '17:30')) AS o (opens, closes);
INSERT INTO pls.holidays (calendar, day)
SELECT 'office ' || z, date_trunc('day', now())::date - 400 + 30 * h
  FROM generate_series(1, 6) AS z, generate_series(1, 27) AS h;

INSERT INTO pls.reps (rep, name, calendar, max_open, daily_quota)
SELECT 'rep ' || n, 'Rep ' || n, 'office ' || n % 6 + 1, 500, 100 FROM generate_series(1, 300) AS n;
INSERT INTO pls.pools (pool) SELECT 'pool ' || n FROM generate_series(1, 30) AS n;
INSERT INTO pls.pool_members (pool, rep)
SELECT 'pool ' || n % 30 + 1, 'rep ' || n FROM generate_series(1, 300) AS n;
SELECT pls.create_motion('trial', template => 'trial_conversion');
UPDATE pls.motions SET status = 'live' WHERE motion = 'trial';
INSERT INTO pls.accounts (account_id, name, domain, size)
SELECT 'account ' || n, 'Account number ' || n, 'account' || n || '.example', n % 1000
  FROM generate_series(1, :alerts / 2) AS n;

ALTER TABLE pls.alerts DISABLE TRIGGER USER;
ALTER TABLE pls.alerts ENABLE ALWAYS TRIGGER start_clock;
INSERT INTO pls.alerts (entity_id, motion, unit, account_id, lane, status, reason, next_best_action, score, grade,
                        evidence, model_version, route, pool, assigned_to, assigned_at, created_at,
                        respond_within, respond_by, calendar, first_touch_at, resolve_within, resolve_by,
                        escalation_level, snoozed_until, clock_from, clock_used, paused_at, time_to_touch)
SELECT 'account ' || x.n, CASE WHEN x.n % 2 = 0 THEN 'trial' ELSE 'other' END, 'account',
       'account ' || x.n / 2 + 1, CASE WHEN x.n % 10 = 0 THEN 'triage' ELSE 'sales' END,
       CASE WHEN x.kind < 60 THEN 'open' WHEN x.kind BETWEEN 85 AND 94 THEN 'snoozed' ELSE 'working' END,
       'Account number ' || x.n || ' scored 72 (B1): completed a key workflow, is inviting teammates for a rollout',
       'Ask what they want to reach next and offer to set it up together.',
       50 + x.n % 50, 'B1', e.evidence, 1, 'qualified', 'pool ' || x.n % 30 + 1, 'rep ' || x.n % 300 + 1,
       x.created_at, x.created_at, '4 hours', pls.due_at(x.created_at, '4 hours', x.calendar), x.calendar,
       CASE WHEN x.kind >= 60 THEN x.created_at + interval '1 hour' END,
       '40 hours', pls.due_at(x.created_at, '40 hours', x.calendar), x.n % 3,
       CASE WHEN x.kind BETWEEN 85 AND 94 THEN now() + interval '2 days' END,
       CASE WHEN x.kind >= 85 THEN now() + interval '2 days' ELSE x.created_at END,
       CASE WHEN x.kind >= 85 THEN pls.working_time(x.created_at, now() - interval '1 hour', x.calendar) ELSE '0' END,
       CASE WHEN x.kind >= 85 THEN now() - interval '1 hour' END,
       CASE WHEN x.kind >= 60 THEN interval '1 hour' END
  FROM (SELECT n, (hashint8(n) & 2147483647) % 100 AS kind, 'office ' || n % 6 + 1 AS calendar,
               -- up to three weeks old, a third of them of today
               now() - CASE WHEN n % 3 = 0 THEN interval '6 hours' ELSE interval '21 days' END
                       * ((hashint8(n + 1) & 2147483647) % 10000 / 10000.0) - interval '2 hours' AS created_at
          FROM generate_series(1, :alerts) AS n) x,
       (SELECT jsonb_agg(jsonb_build_object('line', l, 'signal', 'signal number ' || l, 'category', 'depth',
                   'value', l, 'op', '>=', 'threshold', 3, 'met', true, 'saturated', false,
                   'newest_at', now(), 'points', 7.5, 'why', 'completed a key workflow and so has seen it')) AS evidence
          FROM generate_series(1, 8) AS l) e;
UPDATE pls.alerts SET time_to_touch = '1 hour' WHERE first_touch_at IS NOT NULL;
ALTER TABLE pls.alerts ENABLE TRIGGER USER;
ALTER TABLE pls.alerts ENABLE ALWAYS TRIGGER start_clock;
VACUUM FULL pls.alerts;
VACUUM ANALYZE;
