-- pls.why_not(), the view pls.why_not_alerted, the sweep and pls_internal.decide() ask
-- the same rules: about entities to which any of them may apply, at random,
-- they say the same, word for word.
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

-- An integer from 0 until before n: the same for the same words everywhere.
CREATE FUNCTION pg_temp.pick(n bigint, VARIADIC words text[]) RETURNS bigint
LANGUAGE sql IMMUTABLE
AS $$
    SELECT ('x' || substr(md5(array_to_string(words, '/')), 1, 15))::bit(60)::bigint % n
$$;

-- Four motions: of accounts and of users, one of each with a pilot.
UPDATE pls.motions
   SET segment = '$.region == "eu"', grace_period = '3 days', min_account_size = 5, min_signals = 1,
       touch_limit = 2, touch_window = '30 days', holdout = 0.1
 WHERE motion = 'play';
CREATE FUNCTION pg_temp.copy_motion(new text, of_unit text, goal text, state text) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    INSERT INTO pls.motions (motion, unit, objective, status, segment, qualify_at, triage_at, release_at, cooldown,
                             grace_period, min_account_size, min_signals, touch_limit, touch_window, holdout)
    SELECT new, of_unit, goal, 'draft', segment, qualify_at, triage_at, release_at, cooldown,
           grace_period, min_account_size, 2, touch_limit, touch_window, 0
      FROM pls.motions WHERE motion = 'play';
    INSERT INTO pls.signals (motion, signal, category, events, measure, within, threshold, points, required)
    SELECT new, signal, category, events, measure, within, threshold, points, signal = 'connected'
      FROM pls.signals WHERE motion = 'play';
    INSERT INTO pls.routes (motion, position, route, pool) SELECT new, position, route, pool FROM pls.routes WHERE motion = 'play';
    UPDATE pls.motions SET status = state WHERE motion = new;
    -- where there is no triage, what falls short has a name
    UPDATE pls.motions SET triage_at = NULL, min_signals = 3, qualify_at = 25 WHERE motion = new AND new = 'growth';
END
$$;
SELECT pg_temp.copy_motion('users', 'user', 'conversion', 'live'), pg_temp.copy_motion('growth', 'account', 'expansion', 'pilot'),
       pg_temp.copy_motion('resting', 'user', 'conversion', 'paused') \g /dev/null
INSERT INTO pls.grades (motion, dimension, at_least, grade)
SELECT m.motion, g.dimension, g.at_least, g.grade
  FROM pls.motions m, (VALUES ('fit', 0, 'A'), ('engagement', 0, '2'), ('engagement', 45, '1')) g (dimension, at_least, grade)
 WHERE m.motion <> 'growth';
INSERT INTO pls.pilots (pilot, motion, holdout, salt, segment, status, starts_at, ends_at, stratify_by, attribute) VALUES
    ('spring', 'users', 0.3, 'a', NULL, 'running', '2026-03-01', '2026-04-01', 'grade', NULL),
    ('over', 'play', 0.9, 'b', NULL, 'running', '2026-01-01', '2026-02-01', NULL, NULL),
    ('some', 'growth', 0.4, 'c', '$.plan == "free"', 'running', '2026-03-01', NULL, 'attribute', 'test');
INSERT INTO pls.exclusions (name, scope, motion, ids, domains, match, reason) VALUES
    ('ids', 'entity', NULL, '{a3,u17,u44,a9,a18,a27,a36,a45}', NULL, NULL, 'listed'),
    ('domains', 'entity', 'users', NULL, '{c5.example,c12.example}', NULL, 'a competitor'),
    ('test', 'entity', NULL, NULL, NULL, '$.test == true', 'a test account');

INSERT INTO pls.accounts (account_id, domain, size, signed_up_at, attributes)
SELECT 'a' || n, CASE WHEN n % 3 = 0 THEN 'c' || n || '.example' END,
       CASE WHEN n % 5 > 0 THEN pg_temp.pick(9, 'size', n::text) END,
       CASE WHEN n % 4 > 0 THEN pls.now() - pg_temp.pick(20, 'age', n::text) * interval '1 day' - interval '6 hours' END,
       jsonb_build_object('region', (ARRAY['eu', 'eu', 'eu', 'us'])[1 + pg_temp.pick(4, 'region', n::text)],
                          'plan', (ARRAY['free', 'team'])[1 + pg_temp.pick(2, 'plan', n::text)],
                          'test', pg_temp.pick(20, 'test', n::text) = 0)
  FROM generate_series(1, 250) n WHERE n % 9 > 0;
INSERT INTO pls.users (user_id, account_id, email, signed_up_at)
SELECT 'u' || n, CASE WHEN n % 7 > 0 THEN 'a' || 1 + pg_temp.pick(250, 'of', n::text) END,
       CASE WHEN n % 2 = 0 THEN 'u@c' || n % 40 || '.example' END,
       CASE WHEN n % 3 = 0 THEN pls.now() - pg_temp.pick(10, 'since', n::text) * interval '1 day' - interval '1 hour' END
  FROM generate_series(1, 400) n WHERE n % 11 > 0;
INSERT INTO pls.outcomes (entity_id, motion, outcome, at, account_id)
SELECT 'a' || n, 'other', 'conversion', pls.now() - interval '1 day', 'a' || n FROM generate_series(1, 250, 13) n
UNION ALL
SELECT 'u' || n, 'users', 'conversion', pls.now() + (n % 2 - 0.5) * interval '1 day', NULL FROM generate_series(1, 400, 13) n;

-- Standings of all kinds of evidence and history, and alerts closed and open.
INSERT INTO pls.standings (entity_id, motion, evidence, score, lane, reason, decide_again_at, evaluated_at, cooldown_until, last_alert_at)
SELECT e.entity, m.motion, x.evidence, v.score,
       CASE WHEN pg_temp.pick(9, 'lane', m.motion, e.entity) > 0 THEN v.lane END,
       h.reason, CASE WHEN h.reason IN ('error', 'no_capacity', 'touch_limit') THEN pls.now() + interval '5 minutes' END,
       pls.now(),
       CASE WHEN h.reason IN ('raised', 'held_out') THEN pls.now() + (pg_temp.pick(40, 'cool', m.motion, e.entity) - 20) * interval '1 hour' END,
       CASE WHEN h.reason = 'raised' THEN pls.now() - interval '10 days' END
  FROM pls.motions m
  JOIN LATERAL (SELECT CASE m.unit WHEN 'user' THEN 'u' ELSE 'a' END || n AS entity
                  FROM generate_series(1, CASE m.unit WHEN 'user' THEN 400 ELSE 260 END) n) e ON true
 CROSS JOIN LATERAL (
       SELECT pls.evidence(m.motion, (ARRAY['invite', 'run', 'connect'])[1 + pg_temp.pick(3, 'what', m.motion, e.entity, k::text)],
                           pls.now() - pg_temp.pick(20, 'when', m.motion, e.entity, k::text) * interval '8 hours',
                           'u' || k, '{}'::jsonb) AS evidence
         FROM generate_series(1, 2 + pg_temp.pick(12, 'many', m.motion, e.entity)) k) x
 CROSS JOIN LATERAL pls.evaluate(x.evidence, NULL, pls_internal.attributes_of(m.motion, e.entity)) v
 CROSS JOIN LATERAL (
       SELECT (ARRAY[NULL, NULL, 'raised', 'triage', 'held_out', 'error', 'no_capacity', 'touch_limit',
                      'paused', 'excluded', 'out_of_segment', 'grace_period', 'too_small', 'already_customer'])
              [1 + pg_temp.pick(14, 'reason', m.motion, e.entity)] AS reason) h;
UPDATE pls.standings SET reason = NULL, decide_again_at = NULL WHERE lane IS NULL AND reason = 'error';
ALTER TABLE pls.alerts DISABLE TRIGGER refuse_held_out;
INSERT INTO pls.alerts (entity_id, motion, unit, account_id, lane, status, reason, next_best_action, score, evidence,
                        unassigned_reason, created_at, disposition, disposed_at)
SELECT s.entity_id, s.motion, m.unit, CASE m.unit WHEN 'account' THEN s.entity_id ELSE u.account_id END,
       'sales', c.status, 'a reason', 'an action', 50, '[]', 'nobody',
       pls.now() - pg_temp.pick(50, 'ago', s.motion, s.entity_id) * interval '1 day',
       CASE c.status WHEN 'done' THEN 'contacted' END, CASE c.status WHEN 'done' THEN pls.now() END
  FROM pls.standings s JOIN pls.motions m USING (motion) LEFT JOIN pls.users u ON m.unit = 'user' AND u.user_id = s.entity_id
 CROSS JOIN LATERAL (SELECT (ARRAY['done', 'done', 'open'])[1 + pg_temp.pick(3, 'status', s.motion, s.entity_id)] AS status) c
 WHERE pg_temp.pick(3, 'alert', s.motion, s.entity_id) = 0;
ALTER TABLE pls.alerts ENABLE TRIGGER refuse_held_out;

-- What is left to be done was said when it was decided.
INSERT INTO pls.decisions (entity_id, motion, decided_at, unit, reason, detail)
SELECT s.entity_id, s.motion, pls.now() - n * interval '1 hour', m.unit, s.reason, format('%s of %s, %s', s.reason, s.entity_id, n)
  FROM pls.standings s JOIN pls.motions m USING (motion), generate_series(2, 1, -1) n
 WHERE s.reason IN ('error', 'no_capacity');

-- What would be decided now, and the sentence, without leaving anything behind.
CREATE FUNCTION pg_temp.would_decide(motion text, entity text, lane text) RETURNS text[]
LANGUAGE plpgsql
AS $$
DECLARE
    verdict text[];
BEGIN
    BEGIN
        PERFORM pls_internal.decide(motion, entity, lane, pls.now());
        SELECT ARRAY[d.reason, d.detail] INTO verdict
          FROM pls.decisions d WHERE d.entity_id = entity AND d.motion = would_decide.motion
         ORDER BY d.decision_id DESC LIMIT 1;
        RAISE EXCEPTION 'undo' USING ERRCODE = 'ZZ999';
    EXCEPTION WHEN SQLSTATE 'ZZ999' THEN
        RETURN verdict;
    END;
END
$$;
CREATE TEMP TABLE compared AS
SELECT c.*, c.verdict[1] AS decided, c.verdict[2] AS decided_detail FROM (
WITH listed AS MATERIALIZED (SELECT * FROM pls.why_not_alerted)
SELECT s.motion, s.entity_id, s.lane AS stored_lane, s.reason AS stored_reason, w.reason AS listed, w.suppressed_by, w.lane, w.until AS listed_until,
       w.detail AS listed_detail, n.name AS answer, n.until AS answer_until, n.detail AS answer_detail, r.rules,
       CASE WHEN w.lane IS NOT NULL THEN pg_temp.would_decide(s.motion, s.entity_id, w.lane) END AS verdict
  FROM pls.standings s
  LEFT JOIN listed w ON w.motion = s.motion AND w.entity_id = s.entity_id
 CROSS JOIN LATERAL (SELECT y.name, y.until, y.detail FROM pls.why_not(s.motion, s.entity_id) y WHERE y.part = 'answer') n
 CROSS JOIN LATERAL (SELECT array_agg(y.name ORDER BY y.line) AS rules FROM pls.why_not(s.motion, s.entity_id) y WHERE y.part = 'rule') r) c;
\set QUIET off
\set ECHO all

-- Every reason is there.
SELECT answer, count(*) > 2 AS several FROM compared GROUP BY answer ORDER BY answer COLLATE "C";
-- The view asks the rules where its answer needs them.  The plain definition
-- asks them of everybody, and says the same.
\set ECHO none
\set QUIET on
CREATE TEMP VIEW plain
    (motion, unit, entity_id, account_id, account_name, reason, detail, until,
     score, lane, missing_points, missing_signals, required_met, suppressed_by,
     last_decision, last_event_at)
AS
WITH best AS MATERIALIZED (
    SELECT m.motion, pls_internal.best_grade(m.motion) AS grade FROM pls.motions m
)
SELECT m.motion, m.unit, s.entity_id, k.account_id, a.name,
       w.reason, w.detail, w.until,
       v.score, v.lane,
       GREATEST(v.sales_floor - v.score, 0),
       GREATEST(m.min_signals - v.signals_met, 0),
       v.required_met, r.rule, s.reason, s.last_event_at
  FROM pls.motions m
  JOIN best b ON b.motion = m.motion
  JOIN pls.standings s ON s.motion = m.motion
  -- here rather than by NOT EXISTS: before the rules are asked
  LEFT JOIN pls.alerts o
    ON o.entity_id = s.entity_id AND o.motion = s.motion
   AND pls_internal.is_open(o.status)
  LEFT JOIN pls.users u
    ON m.unit = 'user' AND u.user_id = s.entity_id
  LEFT JOIN pls.accounts a
    ON a.account_id =
       CASE WHEN m.unit = 'user'
            THEN pls_internal.account_of_member(s.entity_id, u.account_id, u.email) ELSE s.entity_id END
 -- as pls_internal.known_of() has it
 CROSS JOIN LATERAL (
       SELECT CASE WHEN m.unit = 'user' THEN s.entity_id END AS user_id,
              CASE WHEN a.account_id IS NOT NULL THEN a.account_id
                   WHEN m.unit = 'user' THEN pls_internal.account_of_member(s.entity_id, u.account_id, u.email)
                   ELSE s.entity_id END AS account_id
       OFFSET 0) i
 CROSS JOIN LATERAL (
       SELECT i.account_id, i.user_id,
              pls_internal.entity_document(i.account_id, i.user_id, a.attributes) AS attributes,
              CASE WHEN m.unit = 'user'
                   THEN pls_internal.entity_document(i.account_id, i.user_id, u.attributes) END AS member_attributes
       OFFSET 0) k
 CROSS JOIN LATERAL (SELECT pls_internal.now_after(s.last_event_at) AS as_of) t
 CROSS JOIN LATERAL pls.evaluate(s.evidence, t.as_of, k.attributes, s.lane) v
  LEFT JOIN LATERAL pls_internal.first_rule(
       ROW(m.*)::pls.motions, ROW(s.*)::pls.standings,
       ROW(k.account_id, a.name, a.domain, a.owner, a.size, a.signed_up_at, k.attributes, a.updated_at, a.external_ids, a.known_since)::pls.accounts,
       ROW(k.user_id, u.account_id, u.email, u.signed_up_at, k.member_attributes, u.updated_at, u.known_since)::pls.users,
       v.grade, b.grade, t.as_of) r ON true
 CROSS JOIN LATERAL pls_internal.main_reason(
       ROW(m.*)::pls.motions, ROW(s.*)::pls.standings, k.attributes, t.as_of,
       v.score, v.sales_floor, v.lane, v.required_met, v.signals_met, ROW(r.rule, r.until, r.detail)::pls_internal.obstacle) w
 WHERE o.entity_id IS NULL;
\set QUIET off
\set ECHO all
SELECT count(*) > 0 AS listed, count(*) FILTER (WHERE lane IS NULL AND suppressed_by IS NOT NULL) > 0 AS suppressed_in_no_lane FROM plain;
(TABLE plain EXCEPT ALL TABLE pls.why_not_alerted) UNION ALL (TABLE pls.why_not_alerted EXCEPT ALL TABLE plain);
SELECT count(*) FROM (
    (SELECT reason, count(*) FROM plain GROUP BY reason EXCEPT ALL SELECT reason, count(*) FROM pls.why_not_alerted GROUP BY reason)
    UNION ALL
    (SELECT reason, count(*) FROM pls.why_not_alerted GROUP BY reason EXCEPT ALL SELECT reason, count(*) FROM plain GROUP BY reason)) AS d;
-- The view lists whoever has no open alert, and says what the function says.
SELECT count(*) FILTER (WHERE (answer = 'open_alert') <> (listed IS NULL)) AS listed,
       count(*) FILTER (WHERE listed <> answer) AS reason,
       count(*) FILTER (WHERE listed IS NOT NULL AND listed_until IS DISTINCT FROM answer_until) AS until,
       count(*) FILTER (WHERE listed IS NOT NULL AND (listed_detail = answer_detail) IS NOT TRUE) AS detail,
       count(*) FILTER (WHERE listed IS NOT NULL AND suppressed_by IS DISTINCT FROM rules[1]) AS rule
  FROM compared;
SELECT * FROM compared WHERE listed <> answer OR (listed IS NOT NULL AND (listed_until IS DISTINCT FROM answer_until OR (listed_detail = answer_detail) IS NOT TRUE OR suppressed_by IS DISTINCT FROM rules[1]))
 ORDER BY motion, entity_id LIMIT 5;
-- What they call the rule in force is what a decision would come to; where
-- they know of none, an alert is raised.
SELECT count(*) > 100 AS compared,
       count(*) FILTER (WHERE suppressed_by NOT IN ('error', 'no_capacity')
                          AND decided <> CASE WHEN suppressed_by = 'held_out' AND decided = 'cooldown' AND stored_reason = 'held_out'
                                              THEN decided ELSE suppressed_by END) AS suppressed,
       count(*) FILTER (WHERE coalesce(suppressed_by, 'no_capacity') = 'no_capacity'
                          AND decided <> CASE lane WHEN 'sales' THEN 'raised' ELSE 'triage' END) AS raised
  FROM compared WHERE lane IS NOT NULL AND listed IS NOT NULL;
-- And its sentence is what the decision says, or, of what is left to be done,
-- what the last one has said.
SELECT suppressed_by, count(*) > 2 AS several,
       count(*) FILTER (WHERE (listed_detail = CASE WHEN suppressed_by IN ('error', 'no_capacity')
                                                    THEN format('%s of %s, 1', suppressed_by, entity_id)
                                                    WHEN decided = 'cooldown' AND suppressed_by = 'held_out'
                                                    THEN 'held out; ' || decided_detail
                                                    ELSE decided_detail END) IS NOT TRUE) AS different
  FROM compared WHERE lane IS NOT NULL AND listed = suppressed_by
 GROUP BY 1 ORDER BY suppressed_by COLLATE "C";
-- What the sweep calls over is what stands in nobody's way.
SELECT count(*) FILTER (WHERE u.unblocked) > 20 AS several,
       count(*) FILTER (WHERE u.unblocked <> (c.listed <> c.stored_reason)) AS different
  FROM compared c
  JOIN pls.standings s USING (motion, entity_id)
 CROSS JOIN LATERAL pls_internal.is_unblocked(s) u (unblocked)
 WHERE c.stored_lane = c.lane AND c.listed IS NOT NULL
   AND c.stored_reason IN ('paused', 'excluded', 'out_of_segment', 'grace_period', 'too_small', 'already_customer', 'touch_limit');
-- They are one text: the view calls none of their functions.
CREATE FUNCTION pg_temp.calls(query text) RETURNS SETOF text
LANGUAGE plpgsql
AS $$
DECLARE
    line text;
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (VERBOSE, COSTS off) ' || query LOOP
        RETURN QUERY SELECT DISTINCT m[1] FROM regexp_matches(line, '(\w+)\(', 'g') m;
    END LOOP;
END
$$;
SELECT DISTINCT c.name FROM pg_temp.calls('SELECT * FROM pls.why_not_alerted') c (name)
 WHERE c.name ~ 'rule|reason|exclusion|holdout|touches|later|floor|text|obstacle|decision';
ROLLBACK;
