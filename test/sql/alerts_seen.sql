-- What belongs to the alerts that a role sees: looked up for each row where
-- rows are few, read once where they are many.  Both give the same rows.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
RESET client_min_messages;
BEGIN;
CREATE ROLE regress_pls_few;
CREATE ROLE regress_pls_much;
CREATE ROLE regress_pls_none;
CREATE ROLE regress_pls_reads;
INSERT INTO pls.reps (rep, role_name) VALUES ('few', 'regress_pls_few'), ('much', 'regress_pls_much'), ('other', NULL);
INSERT INTO pls.pools (pool) VALUES ('large'), ('small');
INSERT INTO pls.pool_members (pool, rep) VALUES ('large', 'much'), ('small', 'few');
SET client_min_messages = warning;
SELECT pls.grant_access('regress_pls_few', 'rep') IS NOT NULL AS granted;
SELECT pls.grant_access('regress_pls_much', 'rep') IS NOT NULL AS granted;
SELECT pls.grant_access('regress_pls_none', 'rep') IS NOT NULL AS granted;
SELECT pls.grant_access('regress_pls_reads', 'analyst') IS NOT NULL AS granted;
SELECT count(*) > 0 AS made FROM pls.create_motion('m0', template => 'trial_conversion');
RESET client_min_messages;
ALTER TABLE pls.alerts DISABLE TRIGGER USER;
ALTER TABLE pls.standings DISABLE TRIGGER USER;
ALTER TABLE pls.users DISABLE TRIGGER USER;
INSERT INTO pls.accounts (account_id, owner) SELECT 'a' || n, CASE WHEN n % 500 = 0 THEN 'few' END FROM generate_series(1, 2000) n;
INSERT INTO pls.users (user_id) SELECT 'a' || n FROM generate_series(1, 2000) n;
-- of every account but each tenth; some of accounts that are not known, some without one
INSERT INTO pls.alerts (entity_id, motion, unit, account_id, lane, status, reason, next_best_action, score, evidence,
                        pool, assigned_to, assigned_at, created_at, clock_from, clock_used)
SELECT 'a' || n, 'm' || n % 3, CASE WHEN n % 4 = 0 THEN 'user' ELSE 'account' END, CASE WHEN n % 7 <> 0 THEN 'a' || n END,
       'sales', 'open', 'because', 'call', 50, '[]',
       CASE WHEN n % 100 = 3 THEN 'small' WHEN n % 5 <> 0 THEN 'large' END, CASE WHEN n % 90 = 1 THEN 'few' ELSE 'other' END, now(), now(), now(), '0'
  FROM generate_series(1, 2100) n WHERE n % 10 <> 0;
ALTER TABLE pls.alerts ENABLE TRIGGER USER;
ALTER TABLE pls.users ENABLE TRIGGER USER;
INSERT INTO pls.standings (entity_id, motion, evidence, evaluated_at, look_at)
SELECT 'a' || n, 'm' || m, e, now(), 'infinity' FROM generate_series(1, 2000) n, generate_series(0, 2) m,
       (SELECT pls.evidence('m0', 'x', now(), NULL, NULL) AS e) e;
ALTER TABLE pls.standings ENABLE TRIGGER USER;
INSERT INTO pls.alert_log (entity_id, alert_id, at, actor, change) SELECT entity_id, alert_id, now(), 'test', '{}' FROM pls.alerts, generate_series(1, 2);
ANALYZE pls.alerts;
-- what a role sees, by the definition: through the alerts, which it sees by their own policy
CREATE FUNCTION pg_temp.seen() RETURNS TABLE (what text, seen bigint, expected bigint, same boolean)
LANGUAGE sql
AS $$
    WITH mine AS MATERIALIZED (SELECT * FROM pls.alerts)
    SELECT 'accounts', count(*), (SELECT count(DISTINCT m.account_id) FROM mine m WHERE m.account_id NOT LIKE 'a20__' OR m.account_id = 'a2000')
                                 + (SELECT count(*) FROM pls_internal.my_reps() r, generate_series(1, 4) WHERE 'few' = ANY (r)),
           bool_and(a.owner = ANY (pls_internal.my_reps()) OR EXISTS (SELECT FROM mine m WHERE m.account_id = a.account_id)) FROM pls.accounts a
    UNION ALL
    SELECT 'users', count(*), (SELECT count(*) FROM mine m WHERE m.unit = 'user' AND substr(m.entity_id, 2)::integer <= 2000),
           bool_and(EXISTS (SELECT FROM mine m WHERE m.entity_id = u.user_id AND m.unit = 'user')) FROM pls.users u
    UNION ALL
    SELECT 'standings', count(*), (SELECT count(*) FROM mine m WHERE substr(m.entity_id, 2)::integer <= 2000),
           bool_and(EXISTS (SELECT FROM mine m WHERE m.entity_id = s.entity_id AND m.motion = s.motion)) FROM pls.standings s
    UNION ALL
    SELECT 'alert_log', count(*), (SELECT 2 * count(*) FROM mine), bool_and(EXISTS (SELECT FROM mine m WHERE m.alert_id = l.alert_id)) FROM pls.alert_log l
    ORDER BY 1
$$;
GRANT EXECUTE ON FUNCTION pg_temp.seen() TO PUBLIC;
DO $$ BEGIN EXECUTE format('GRANT USAGE ON SCHEMA %I TO PUBLIC', pg_my_temp_schema()::regnamespace); END $$;
SET LOCAL ROLE regress_pls_few;
SELECT * FROM pg_temp.seen();
SELECT account_id FROM pls.accounts WHERE account_id IN ('a1', 'a2', 'a3', 'a500') ORDER BY 1;
-- a row that a subquery asks for again and again, and none at all
SELECT count(*), sum(n) FROM pls.accounts a, LATERAL (SELECT count(*) AS n FROM pls.standings s WHERE s.entity_id = a.account_id) s WHERE a.account_id = 'a1';
SELECT pls_internal.account_seen(NULL) AS none;
SET LOCAL ROLE regress_pls_much;
SELECT * FROM pg_temp.seen();
SET LOCAL ROLE regress_pls_none;
SELECT * FROM pg_temp.seen();
SET LOCAL ROLE regress_pls_reads;
SELECT (SELECT count(*) FROM pls.accounts) AS accounts, (SELECT count(*) FROM pls.users) AS users, (SELECT count(*) FROM pls.standings) AS standings,
       (SELECT count(*) FROM pls.alert_log) AS alert_log;
-- One query of several roles: what it knows is of the one that asks.
RESET ROLE;
CREATE FUNCTION pg_temp.seen_by(role name) RETURNS bigint
LANGUAGE plpgsql
AS $$
DECLARE
    seen bigint := 0;
BEGIN
    PERFORM set_config('role', role, true);
    FOR n IN 1..2000 LOOP
        IF pls_internal.account_seen('a' || n) THEN seen := seen + 1; END IF;
    END LOOP;
    RETURN seen;
END
$$;
SELECT pg_temp.seen_by('regress_pls_few') > 0 AS few;
RESET ROLE;
SELECT pg_temp.seen_by('regress_pls_none') AS none;
RESET ROLE;
-- A policy of somebody's own on pls.alerts holds for what belongs to them, too.
CREATE POLICY guests ON pls.alerts TO regress_pls_none USING (right(entity_id, 1)::integer % 2 = 0);
SET LOCAL ROLE regress_pls_none;
SELECT * FROM pg_temp.seen();
SET LOCAL ROLE regress_pls_few;
SELECT what, same FROM pg_temp.seen();
RESET ROLE;
DROP POLICY guests ON pls.alerts;
SET LOCAL ROLE regress_pls_much;
-- the index is gone
RESET ROLE;
DROP INDEX pls.alerts_of_account, pls.alerts_alert_id;
SET LOCAL ROLE regress_pls_much;
SELECT what, seen = expected AND same AS right FROM pg_temp.seen();
SELECT account_id FROM pls.accounts WHERE account_id IN ('a1', 'a2', 'a3', 'a500') ORDER BY 1;
-- in parallel
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SELECT what, seen = expected AND same AS right FROM pg_temp.seen();
-- who may not read alerts is told so
RESET ROLE;
SET LOCAL max_parallel_workers_per_gather = 0;
REVOKE SELECT ON pls.alerts FROM regress_pls_much;
SET LOCAL ROLE regress_pls_much;
SELECT count(*) FROM pls.accounts;
ROLLBACK;
