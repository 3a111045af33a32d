-- setup.sql - three years of alerts for years.sh; variables: entities, how many
-- accounts with a standing; alerts, how many in the three years.
--
-- Accounts with some events each in the last weeks, scored by the starter
-- motion; nearly half of them are in a lane.  Alerts of 30 reps in ten pools, of
-- which the first is a member of all; and of one rep, who has a thousandth of
-- them.  Five of a hundred are still open; each has a line in the log.
CREATE EXTENSION pls;
CREATE ROLE reads_much;
CREATE ROLE reads_few;
CREATE ROLE reads_all;
SET timezone = 'UTC';
SET client_min_messages = warning;
SELECT pls.create_motion('trial', template => 'trial_conversion');
UPDATE pls.motions SET status = 'live' WHERE motion = 'trial';
INSERT INTO pls.reps (rep, name, role_name)
SELECT 'rep ' || n, 'Rep ' || n, CASE n WHEN 1 THEN 'reads_much'::name END FROM generate_series(1, 30) AS n;
INSERT INTO pls.reps (rep, name, role_name) VALUES ('few', 'Few', 'reads_few');
INSERT INTO pls.pools (pool) SELECT 'pool ' || n FROM generate_series(1, 10) AS n;
INSERT INTO pls.pool_members (pool, rep) SELECT 'pool ' || 1 + n % 10, 'rep ' || n FROM generate_series(1, 30) AS n;
INSERT INTO pls.pool_members (pool, rep) SELECT 'pool ' || n, 'rep 1' FROM generate_series(1, 10) AS n WHERE n <> 2;
SELECT pls.grant_access('reads_much', 'rep'), pls.grant_access('reads_few', 'rep'), pls.grant_access('reads_all', 'analyst');
\ir ../standings.sql
ALTER TABLE pls.alerts DISABLE TRIGGER USER;
INSERT INTO pls.alerts (entity_id, motion, unit, account_id, lane, status, reason, next_best_action, score, grade, evidence, model_version, route, pool,
                        assigned_to, assigned_at, charged_to, charged_at, created_at, respond_within, respond_by, resolve_within, resolve_by,
                        first_touch_at, time_to_touch, clock_from, clock_used, disposition, disposed_at, closed_at)
SELECT a.account, 'trial', 'account', a.account, CASE WHEN n % 10 = 0 THEN 'triage' ELSE 'sales' END, CASE WHEN a.is_open THEN 'open' ELSE 'done' END,
       a.account || ' scored 72 (B1): completed a key workflow, is inviting teammates for a rollout',
       'Ask what they want to reach next and offer to set it up together.', 50 + n % 50, 'B1', e.evidence, 1, 'qualified',
       CASE WHEN n % 1000 <> 0 THEN 'pool ' || 1 + n % 10 END, a.rep, a.at, a.rep, a.at, a.at, '4 hours', a.at + interval '4 hours', '40 hours', a.at + interval '5 days',
       CASE WHEN NOT a.is_open THEN a.at + (n % 300) * interval '1 minute' END, CASE WHEN NOT a.is_open THEN (n % 300) * interval '1 minute' END,
       a.at, '0', CASE WHEN NOT a.is_open THEN (ARRAY['meeting set', 'no response', 'converted', 'nurture'])[1 + n % 4] END,
       CASE WHEN NOT a.is_open THEN a.at + interval '1 day' END, CASE WHEN NOT a.is_open THEN a.at + interval '1 day' END
  FROM generate_series(1, :alerts) AS n,
       LATERAL (SELECT 'account ' || 1 + n::bigint * 7919 % :entities AS account, now() - interval '3 years' * (1 - n::float8 / :alerts) - interval '2 days' AS at,
                       CASE WHEN n % 1000 = 0 THEN 'few' ELSE 'rep ' || 1 + n % 30 END AS rep, n > :alerts - least(:alerts / 20, :entities) AS is_open) AS a,
       (SELECT jsonb_agg(jsonb_build_object('line', l, 'signal', 'signal number ' || l, 'category', 'depth',
                   'value', l, 'op', '>=', 'threshold', 3, 'met', true, 'saturated', false,
                   'newest_at', now(), 'points', 7.5, 'why', 'completed a key workflow and so has seen it')) AS evidence
          FROM generate_series(1, 4) AS l) AS e;
ALTER TABLE pls.alerts ENABLE TRIGGER USER;
ALTER TABLE pls.alerts ENABLE ALWAYS TRIGGER start_clock;
INSERT INTO pls.alert_log (entity_id, alert_id, at, actor, change)
SELECT a.entity_id, a.alert_id, a.created_at, 'postgres', jsonb_build_object('status', jsonb_build_array('open', a.status)) FROM pls.alerts AS a;
VACUUM (ANALYZE);
