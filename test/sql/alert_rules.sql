-- What must hold of each row of pls.alerts and pls.decisions: one function
-- per table judges it, and its error names the rule.  And the lines that a
-- decision keeps are those of pls.explain().
\getenv srcdir PG_ABS_SRCDIR
\set setup :srcdir /small_motion.sql
\set ECHO none
\set QUIET on
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
SET timezone = 'UTC';
SET pls.now = '2026-05-04 12:00+00';
BEGIN;
\i :setup
\set ECHO all
INSERT INTO app.events (org_id, user_id, name, created_at)
SELECT 'acme', 7, e, pls.now() - interval '1 day' FROM unnest('{export,export,export,invite}'::text[]) e;

CREATE TEMP TABLE changes (change jsonb);
INSERT INTO changes VALUES
    ('{}'), ('{"unit": "team"}'), ('{"lane": "vip"}'), ('{"status": "lost"}'), ('{"reason": " "}'), ('{"next_best_action": ""}'),
    ('{"status": "snoozed"}'), ('{"snoozed_until": "2026-05-05"}'), ('{"status": "done", "closed_at": "2026-05-05"}'),
    ('{"disposition": "meeting"}'), ('{"disposed_at": "2026-05-05"}'), ('{"assigned_at": null}'), ('{"unassigned_reason": "nobody"}'),
    ('{"assigned_to": null, "assigned_at": null}'), ('{"charged_to": null}'), ('{"charged_at": null}'), ('{"escalation_level": -1}'),
    ('{"first_touch_at": "2026-05-05"}'), ('{"status": "working"}'), ('{"closed_at": "2026-05-05"}'), ('{"status": "expired"}'),
    ('{"status": "expired", "closed_at": "2026-05-05"}'), ('{"closed_reason": "old"}'),
    ('{"status": "withdrawn", "closed_at": "2026-05-05", "closed_reason": "old", "paused_at": "2026-05-05"}'),
    ('{"clock_used": "-00:00:01"}'), ('{"status": "withdrawn", "closed_at": "2026-05-05", "closed_reason": "old"}'),
    ('{"lane": "vip", "unit": "team"}');
CREATE FUNCTION pg_temp.broken(alert pls.alerts) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    rule text;
BEGIN
    RETURN CASE WHEN pls_internal.check_alert(alert) THEN 'none' END;
EXCEPTION WHEN check_violation THEN
    GET STACKED DIAGNOSTICS rule = CONSTRAINT_NAME;
    RETURN rule;
END
$$;
SELECT c.change, pg_temp.broken(jsonb_populate_record(a, c.change)) FROM pls.alerts a, changes c;

-- the tables are held to them; a lane need not be known
CREATE FUNCTION pg_temp.refused(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    rule text;
BEGIN
    EXECUTE statement;
    RETURN 'no';
EXCEPTION WHEN check_violation THEN
    GET STACKED DIAGNOSTICS rule = CONSTRAINT_NAME;
    RETURN SQLERRM || ' / ' || rule;
END
$$;
SELECT pg_temp.refused(s) FROM unnest(ARRAY[
    $$UPDATE pls.alerts SET reason = ''$$,
    $$UPDATE pls.decisions SET reason = 'luck'$$,
    $$UPDATE pls.decisions SET lane = 'vip'$$,
    $$INSERT INTO pls.decisions (entity_id, motion, decided_at, unit, reason) VALUES ('a', 'trial', pls.now(), 'team', 'raised')$$,
    $$INSERT INTO pls.decisions (entity_id, motion, decided_at, unit, reason) VALUES ('a', 'trial', pls.now(), 'user', 'error')$$]) s;

-- The evidence of an alert: with signals of all kinds, clamps, and none met.
CREATE FUNCTION pg_temp.same(evidence pls.evidence, attributes jsonb) RETURNS boolean LANGUAGE sql AS $$
    SELECT (p.score, p.grade, p.lines) IS NOT DISTINCT FROM
           (v.score, v.grade, (SELECT jsonb_agg(x ORDER BY x.line) FROM pls.explain(evidence, pls.now(), attributes) x))
      FROM pls_internal.appraise(evidence, pls.now(), attributes) p, pls.evaluate(evidence, pls.now(), attributes) v
$$;
UPDATE pls.signals SET max_points = 10, decay = 'exponential', decay_span = '3 days' WHERE signal = 'exports';
INSERT INTO pls.signals (motion, signal, category, measure, match, op, points, why)
VALUES ('trial', 'size', 'fit', 'attribute', '$.size >= 50', '>=', 5, 'is "large"');
INSERT INTO pls.grades (motion, dimension, at_least, grade) VALUES
    ('trial', 'fit', 5, 'A'), ('trial', 'fit', 0, 'B'), ('trial', 'engagement', 30, '1'), ('trial', 'engagement', 0, '2');
SELECT pg_temp.same(s.evidence, a.attributes), a.attributes
  FROM pls.standings s, (VALUES ('{"size": 200}'::jsonb), ('{"size": "a\"\\"}'), ('{}'), (NULL)) a (attributes);
SELECT (SELECT pls_internal.appraise(NULL)) IS NULL AS nothing,
       (SELECT d.evidence = a.evidence FROM pls.decisions d JOIN pls.alerts a USING (entity_id, alert_id)) AS kept;
ROLLBACK;
