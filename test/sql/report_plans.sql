-- What reports ask of large tables is answered through indexes, and policies
-- let through what they say: alerts of reps by their indexes, and of
-- other tables what belongs to these alerts, as the plain rule has it.
\set ECHO none
\set QUIET on
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
RESET client_min_messages;
SET timezone = 'UTC';
SET pls.now = '2026-03-02 10:00+00';
BEGIN;
CREATE ROLE report_rep;
CREATE ROLE report_other;
CREATE ROLE report_analyst;
CREATE ROLE report_nobody;
INSERT INTO pls.reps (rep, role_name)
VALUES ('a', 'report_rep'), ('b', 'report_other'), ('c', NULL), ('d', 'report_rep');
INSERT INTO pls.pools (pool) VALUES ('one'), ('two'), ('three');
INSERT INTO pls.pool_members (pool, rep) VALUES ('one', 'a'), ('one', 'c'), ('two', 'b');
SELECT pls.create_motion('play', template => 'trial_conversion') \g /dev/null
SET LOCAL client_min_messages = warning;
SELECT pls.grant_access('report_rep', 'rep'), pls.grant_access('report_other', 'rep'),
       pls.grant_access('report_analyst', 'analyst'), pls.grant_access('report_nobody', 'rep') \g /dev/null
INSERT INTO pls.accounts (account_id, owner)
SELECT 'acc' || n, CASE n % 7 WHEN 0 THEN 'a' WHEN 1 THEN 'b' END FROM generate_series(1, 300) n;
INSERT INTO pls.users (user_id, account_id) SELECT 'u' || n, 'acc' || n FROM generate_series(1, 300) n;
ALTER TABLE pls.alerts DISABLE TRIGGER USER;
INSERT INTO pls.alerts (entity_id, alert_id, motion, unit, account_id, lane, status, reason, next_best_action, score, evidence,
                        pool, assigned_to, assigned_at, unassigned_reason, created_at, clock_from, clock_used)
SELECT CASE n % 2 WHEN 0 THEN 'u' ELSE 'acc' END || n, n, 'play', CASE n % 2 WHEN 0 THEN 'user' ELSE 'account' END,
       CASE WHEN n % 13 > 0 THEN 'acc' || n END, 'sales', 'open', 'r', 'n', 60, '[]',
       (ARRAY['one', 'two', 'three', NULL])[1 + n / 2 % 4], r.rep, CASE WHEN r.rep IS NOT NULL THEN pls.now() END,
       CASE WHEN r.rep IS NULL THEN 'nobody' END, pls.now() - n * interval '1 day', pls.now(), '0'
  FROM generate_series(1, 200) n, LATERAL (SELECT (ARRAY['a', 'b', 'c', 'd', NULL])[1 + n % 5] AS rep) r;
ALTER TABLE pls.alerts ENABLE TRIGGER USER;
INSERT INTO pls.alert_log (entity_id, alert_id, note) SELECT entity_id, alert_id, 'x' FROM pls.alerts;
ALTER TABLE pls.standings DISABLE TRIGGER USER;
INSERT INTO pls.standings (entity_id, motion, evidence, evaluated_at)
SELECT x.kind || n, m.motion, e.evidence, pls.now()
  FROM (SELECT pls.evidence('play', NULL::text, NULL::timestamptz, NULL::text, NULL::jsonb) AS evidence) e,
       generate_series(1, 220) n, (VALUES ('acc'), ('u')) x (kind), (VALUES ('play'), ('other')) m (motion);
ALTER TABLE pls.standings ENABLE TRIGGER USER;
ALTER TABLE pls.drafts DISABLE TRIGGER USER;
INSERT INTO pls.drafts (alert_id, entity_id, unit, motion, rep, template, kind, language, body, provenance, created_at, created_by)
SELECT a.alert_id, a.entity_id, a.unit, a.motion, 'a', 't', 'k', 'en', 'b', '{}', pls.now(), 'x' FROM pls.alerts a;
ALTER TABLE pls.drafts ENABLE TRIGGER USER;
ANALYZE pls.alerts;
ANALYZE pls.accounts;

-- What each role sees of a table.
CREATE FUNCTION pg_temp.seen(role name, of_table text, key text) RETURNS SETOF text
LANGUAGE plpgsql
AS $$
BEGIN
    EXECUTE format('SET LOCAL ROLE %I', role);
    RETURN QUERY EXECUTE format('SELECT (%s)::text FROM pls.%I t', key, of_table);
    RESET ROLE;
END
$$;
-- The plain rules, told by the owner of all tables.
CREATE TEMP VIEW roles AS
SELECT g.role_name, g.kind, ARRAY(SELECT r.rep FROM pls.reps r WHERE r.role_name = g.role_name) AS reps,
       ARRAY(SELECT m.pool FROM pls.pool_members m JOIN pls.reps r USING (rep) WHERE r.role_name = g.role_name) AS pools
  FROM pls.access_grants g WHERE g.role_name LIKE 'report\_%';
CREATE TEMP VIEW plain_alerts AS
SELECT r.role_name, a.* FROM roles r, pls.alerts a
 WHERE r.kind = 'analyst' OR a.assigned_to = ANY (r.reps) OR a.pool = ANY (r.pools);
CREATE TEMP VIEW plain AS
SELECT role_name, 'alerts' AS of_table, alert_id::text AS key FROM plain_alerts
UNION ALL
SELECT r.role_name, 'alert_log', l.log_id::text FROM roles r, pls.alert_log l
 WHERE r.kind = 'analyst' OR EXISTS (SELECT FROM plain_alerts a WHERE a.role_name = r.role_name AND a.entity_id = l.entity_id AND a.alert_id = l.alert_id)
UNION ALL
SELECT r.role_name, 'accounts', c.account_id FROM roles r, pls.accounts c
 WHERE r.kind = 'analyst' OR c.owner = ANY (r.reps)
    OR EXISTS (SELECT FROM plain_alerts a WHERE a.role_name = r.role_name AND a.account_id = c.account_id)
UNION ALL
SELECT r.role_name, 'standings', s.entity_id || '/' || s.motion FROM roles r, pls.standings s
 WHERE r.kind = 'analyst' OR EXISTS (SELECT FROM plain_alerts a WHERE a.role_name = r.role_name AND a.entity_id = s.entity_id AND a.motion = s.motion)
UNION ALL
SELECT r.role_name, 'drafts', d.draft_id::text FROM roles r, pls.drafts d
 WHERE r.kind = 'analyst' OR EXISTS (SELECT FROM plain_alerts a WHERE a.role_name = r.role_name AND a.alert_id = d.alert_id)
UNION ALL
SELECT r.role_name, 'users', u.user_id FROM roles r, pls.users u
 WHERE r.kind = 'analyst' OR EXISTS (SELECT FROM plain_alerts a WHERE a.role_name = r.role_name AND a.entity_id = u.user_id AND a.unit = 'user');
CREATE TEMP TABLE found AS
SELECT r.role_name, t.of_table, s.key
  FROM roles r, (VALUES ('alerts', 'alert_id'), ('alert_log', 'log_id'), ('accounts', 'account_id'), ('users', 'user_id'),
       ('standings', $$entity_id || '/' || motion$$), ('drafts', 'draft_id')) t (of_table, key),
       LATERAL pg_temp.seen(r.role_name, t.of_table, t.key) s (key);
-- The indexes of a plan, and whether it works out a subquery once.
CREATE FUNCTION pg_temp.uses(query text) RETURNS SETOF text
LANGUAGE plpgsql
AS $$
DECLARE
    line text;
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
        RETURN QUERY SELECT m[1] FROM regexp_matches(line, '(hashed SubPlan|Index (?:Only )?Scan (?:using|on) \w+|Seq Scan on \w+|Index Cond: .*)') m;
    END LOOP;
END
$$;
GRANT EXECUTE ON FUNCTION pg_temp.uses TO PUBLIC;
\set QUIET off
\set ECHO all

SELECT of_table, role_name, count(*) FROM found GROUP BY 1, 2 ORDER BY 1, 2;
(SELECT role_name, of_table, key FROM plain EXCEPT ALL TABLE found)
UNION ALL
(TABLE found EXCEPT ALL SELECT role_name, of_table, key FROM plain);

-- The plans, also of who is confined.
SET LOCAL enable_seqscan = off;
SELECT pg_temp.uses($$SELECT alert_id FROM pls.crm_alerts WHERE external_id = 'pls-17'$$);
SELECT alert_id, external_id FROM pls.crm_alerts WHERE external_id = 'pls-17';
SELECT count(*) FILTER (WHERE external_id IS DISTINCT FROM 'pls-' || alert_id) AS other, count(*) FROM pls.crm_alerts;
SELECT pls_internal.external_id(n) FROM (VALUES (9223372036854775807), (-9223372036854775808), (0), (NULL)) x (n);
SET LOCAL ROLE report_analyst;
SELECT pg_temp.uses($$SELECT alert_id FROM pls.crm_alerts WHERE external_id = 'pls-17'$$);
ROLLBACK;
