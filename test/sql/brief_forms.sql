-- The short forms of views and functions, for people: whatever the data, psql
-- prints them in at most 120 columns, as psql measures; they say what the wide
-- ones say, row by row, and in an order of their own.
\set ECHO none
\set QUIET on
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
SET timezone = 'Asia/Shanghai';
SET datestyle = 'ISO';
SET intervalstyle = 'postgres';
\encoding UTF8
\set SHOW_CONTEXT never
\getenv directory PG_ABS_BUILDDIR
\set output :directory /results/brief_forms.txt
SET pls.now = '2026-06-02 10:00+00';
BEGIN;

-- Names of 63 bytes, without a blank and in wide characters; ids of 512 bytes
-- and more, with line breaks, control characters and pictures.
CREATE TEMP TABLE nasty (n integer, name text, id text, sentence text);
INSERT INTO nasty VALUES
    (1, repeat('x', 63), repeat('1234567890', 51) || '12', repeat('no-blank-in-it.', 40)),
    (2, repeat('很长的名字', 4) || '哦', repeat('这是一个很长的账户', 18), repeat('请先问客户下一步想做什么，', 20)),
    (3, 'Ärger mit Umlauten und ' || repeat('é', 19), E'a\tb\nc\r' || repeat('😀é', 70), repeat(E'a line\n\n\ttab \u0085 bell \a ', 12)),
    (4, 'short', 'acme', 'Call them.'),
    (5, '\x \ | + - ' || repeat('\', 50), repeat('\', 300), repeat('\ ', 200) || repeat('｜', 100));
CREATE SCHEMA app;
CREATE TABLE app.events (org text, who text, name text, at timestamptz, props jsonb);
INSERT INTO pls.motions (motion, status, qualify_at, triage_at, min_signals, min_score, max_score, objective)
SELECT name, 'draft', 30, 10, 1, -9e15, 9e15, 'expansion' FROM nasty;
INSERT INTO pls.signals (motion, signal, category, events, measure, property, within, op, threshold, points, why, next_best_action)
SELECT m.name, k.signal, k.category, ARRAY[k.event], k.measure, k.property, '36500 days', k.op, k.threshold, k.points, m.sentence, m.sentence
  FROM nasty m
 CROSS JOIN LATERAL (VALUES
       ('count', 'depth', m.name, 'count', NULL, '>=', 2, 20.125), (left(m.sentence, 20), 'breadth', m.name, 'count', NULL, '>=', 2, 0.5),
       ('sum', 'billing', m.name, 'sum', 'amount.' || m.name, '>=', 8999999999999.125, 12),
       ('lately', 'activation', m.name, 'recency', NULL, '<=', NULL, 12),
       ('much', 'fit', 'never ' || m.sentence, 'count', NULL, '>=', 3, 12345678901234.125),
       ('risky', 'risk', 'run', 'count', NULL, '>=', 1, -2345678901234.125)) AS k (signal, category, event, measure, property, op, threshold, points);
INSERT INTO pls.grades (motion, dimension, at_least, grade)
SELECT name, d.dimension, -9e15, d.grade FROM nasty, (VALUES ('fit', 'Z'), ('engagement', '9')) AS d (dimension, grade);
INSERT INTO pls.reps (rep, name, max_open, daily_quota) SELECT name, sentence, 2147483647, 2147483647 FROM nasty;
INSERT INTO pls.reps (rep, active) VALUES ('away', false);
INSERT INTO pls.pools (pool) SELECT name FROM nasty;
INSERT INTO pls.pool_members (pool, rep) SELECT name, name FROM nasty WHERE n <> 3;
INSERT INTO pls.routes (motion, position, route, pool, respond_within, resolve_within, next_best_action)
SELECT name, 1, name, name, CASE n WHEN 1 THEN interval '36500 days' WHEN 2 THEN '1 hour' WHEN 3 THEN '2 days' WHEN 4 THEN '7 minutes' END,
       CASE WHEN n = 2 OR n = 3 THEN interval '9 days' END, sentence
  FROM nasty;
SET CONSTRAINTS ALL IMMEDIATE;
SET CONSTRAINTS ALL DEFERRED;
SELECT FROM pls.watch('app.events', event => 'name', at => 'at', account => 'org', actor => 'who', properties => 'props');
INSERT INTO app.events
SELECT a.id, 'u', m.name, pls.now() - interval '1 hour', jsonb_build_object('amount.' || m.name, 4999999999999.125, m.name, 1)
  FROM nasty m, nasty a, generate_series(1, 2);
INSERT INTO app.events
SELECT id, 'u', e.name, pls.now() - interval '40 days' FROM nasty, (VALUES ('run'), (repeat('nobody asks for this ', 40))) AS e (name) WHERE n = 5;
-- more points than anybody has seen
INSERT INTO app.events
SELECT a.id, 'u', 'never ' || m.sentence, pls.now() - interval '1 day' FROM nasty a, nasty m, generate_series(1, 3) WHERE a.n = 3;
INSERT INTO pls.accounts (account_id, name) SELECT id, sentence FROM nasty;
SELECT FROM pls.sweep() \g /dev/null
CREATE TEMP TABLE previewed AS SELECT m.name AS motion, p.* FROM nasty m, pls.preview_brief(m.name) WITH ORDINALITY p;
CREATE TEMP TABLE previewed_wide AS SELECT m.name AS motion, p.* FROM nasty m, pls.preview(m.name) WITH ORDINALITY p;
ALTER TABLE pls.alerts ALTER COLUMN alert_id RESTART WITH 987654321;
UPDATE pls.motions SET status = 'live';
SELECT pls.refresh(name) FROM nasty \g /dev/null
SELECT FROM pls.sweep() \g /dev/null
-- some are late, touched, asleep, nobody's, closed, or of whoever is not to be called
SELECT pls.snooze(alert_id, '2026-07-01') FROM pls.alerts WHERE motion = (SELECT name FROM nasty WHERE n = 1) AND entity_id = 'acme' \g /dev/null
SELECT pls.touch(alert_id, 'called') FROM pls.alerts WHERE entity_id = (SELECT id FROM nasty WHERE n = 1) \g /dev/null
SELECT pls.dispose(a.alert_id, 'disqualified: bad signal', s.sentence) FROM pls.alerts a, nasty s WHERE a.entity_id = s.id AND a.motion = s.name AND s.n < 4 \g /dev/null
INSERT INTO pls.exclusions (name, scope, ids, reason)
SELECT name, 'entity', ARRAY[id], sentence FROM nasty WHERE n = 1;
SET pls.now = '2026-06-02 12:30+00';
SELECT FROM pls.sweep() \g /dev/null
INSERT INTO pls.failures (task, motion, entity_id, failed_at, last_failed_at, try_again_at, sqlstate, message)
SELECT 'decide', name, id, pls.now() - interval '1 day', pls.now(), pls.now(), 'XX000', sentence FROM nasty;

-- --- widths -------------------------------------------------------------------
-- The line below the heads is as wide as the widest row.
CREATE TEMP TABLE pairs AS SELECT m.name AS motion, e.id FROM nasty m, (SELECT id FROM nasty UNION ALL SELECT repeat('unknown ', 60)) e;
\o :output
SELECT * FROM pls.open_alerts;
SELECT * FROM pls.open_alerts_brief;
SELECT * FROM pls.scores_brief;
SELECT * FROM pls.sla_brief;
SELECT * FROM pls.rep_workload_brief;
SELECT * FROM pls.health_brief;
SELECT f.* FROM pairs, pls.why_not_brief(motion, id) f;
SELECT f.* FROM pairs, pls.explain_brief(motion, id) f;
SELECT f.* FROM nasty, pls.tracking_plan_brief(name) f;
SELECT f.* FROM nasty, pls.weekly_review_brief(name, '2026-06-02') f;
SELECT place, entity_id, score, decision, rep, note FROM previewed;
SAVEPOINT draft;
UPDATE pls.motions SET status = 'draft';
SELECT f.* FROM nasty, pls.go_live_brief(name, per_day => 0.125) f;
ROLLBACK TO draft;
\o
CREATE TEMP TABLE printed (n integer GENERATED ALWAYS AS IDENTITY, line text);
\copy printed (line) FROM PROGRAM 'grep "^-[-+]*$" "${PG_ABS_BUILDDIR:-.}/results/brief_forms.txt"'

\set ECHO all
SELECT f.form, length(p.line) BETWEEN 60 AND 118 AS fits
  FROM unnest('{open_alerts,open_alerts_brief,scores_brief,sla_brief,rep_workload_brief,health_brief,why_not_brief,explain_brief,
                tracking_plan_brief,weekly_review_brief,preview_brief,go_live_brief}'::text[]) WITH ORDINALITY AS f (form, n)
  FULL JOIN printed p ON p.n = f.n ORDER BY f.n;

-- --- the same as the wide ones, in order ------------------------------------------
\set ECHO none
-- a text without its blanks, so that it does not matter where it is wrapped
CREATE FUNCTION pg_temp.bare(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT regexp_replace($1, '[[:space:][:cntrl:]]', '', 'g') $$;
CREATE FUNCTION pg_temp.minute(timestamptz) RETURNS text LANGUAGE sql AS $$ SELECT to_char($1 AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD HH24:MI') $$;
CREATE FUNCTION pg_temp.number(text) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$ SELECT pg_temp.bare($1)::numeric $$;
\set ECHO all
SELECT 'open_alerts' AS form, count(*) > 10 AS enough, count(*) FILTER (WHERE
           ROW(b.alert_id, pg_temp.bare(b.motion), pg_temp.bare(b.entity_id), pg_temp.bare(b.score), left(b.due, 16))
           IS DISTINCT FROM ROW(w.alert_id, pg_temp.bare(w.motion), pg_temp.bare(w.entity_id), trim_scale(w.score) || '(' || w.grade || ')', pg_temp.minute(s.due_by))
           OR pg_temp.bare(b.rep) IS DISTINCT FROM coalesce(pg_temp.bare(w.assigned_to), '(' || pg_temp.bare(w.unassigned_reason) || ')')
           OR pg_temp.bare(b.next_best_action) IS DISTINCT FROM concat_ws(';', pg_temp.bare(w.obstacle), pg_temp.bare(w.next_best_action))
           OR (w.time_left < '0') IS DISTINCT FROM (b.due ~ 'late by')
           OR w.due_by IS DISTINCT FROM s.due_by
           OR (w.status = 'snoozed') IS DISTINCT FROM coalesce(b.due ~ 'snoozed', false)) AS differ
  FROM (SELECT *, row_number() OVER () AS n FROM pls.open_alerts_brief) b
  FULL JOIN (SELECT *, row_number() OVER (ORDER BY overdue DESC, time_left, score DESC, alert_id) AS n FROM pls.open_alerts) w ON w.n = b.n
  LEFT JOIN pls.sla s ON s.alert_id = w.alert_id
UNION ALL
SELECT 'scores', count(*) > 10, count(*) FILTER (WHERE
           ROW(pg_temp.bare(b.motion), pg_temp.bare(b.entity_id), b.score, b.grade, b.lane, b.last_decision, b.last_event)
           IS DISTINCT FROM ROW(pg_temp.bare(w.motion), pg_temp.bare(w.entity_id), w.score, w.grade, w.lane, w.last_decision, pg_temp.minute(w.last_event_at)))
  FROM (SELECT *, row_number() OVER () AS n FROM pls.scores_brief) b
  FULL JOIN (SELECT *, row_number() OVER (ORDER BY motion COLLATE "C", score DESC, entity_id COLLATE "C") AS n FROM pls.scores) w ON w.n = b.n
UNION ALL
SELECT 'sla', count(*) > 10, count(*) FILTER (WHERE
           ROW(b.alert_id, pg_temp.bare(b.motion), pg_temp.bare(b.entity_id), pg_temp.bare(b.rep), b.state, b.due_by, b.first_touch)
           IS DISTINCT FROM ROW(w.alert_id, pg_temp.bare(w.motion), pg_temp.bare(w.entity_id), pg_temp.bare(w.assigned_to), w.state,
                                pg_temp.minute(w.due_by), pg_temp.minute(w.first_touch_at))
           OR (b.time_left IS NULL) <> (w.time_left IS NULL) OR (b.time_left ~ 'late by') <> (w.time_left < '0'))
  FROM (SELECT *, row_number() OVER () AS n FROM pls.sla_brief) b
  FULL JOIN (SELECT *, row_number() OVER (ORDER BY CASE WHEN state = 'breached' THEN 1 WHEN state IS NOT NULL THEN 2 ELSE 3 END, time_left, alert_id) AS n
               FROM pls.sla WHERE closed_at IS NULL) w ON w.n = b.n
UNION ALL
SELECT 'rep_workload', count(*) > 5, count(*) FILTER (WHERE
           ROW(pg_temp.bare(b.rep), b.open_alerts, b.untouched, b.breached, b.next_due, b.capacity, pg_temp.bare(b.today), b.why_not)
           IS DISTINCT FROM ROW(pg_temp.bare(w.rep), w.open_alerts, w.untouched, w.breached, pg_temp.minute(w.next_due), w.capacity,
                                w.assigned_today || coalesce('of' || w.daily_quota, ''), w.why_not))
  FROM (SELECT *, row_number() OVER () AS n FROM pls.rep_workload_brief) b
  FULL JOIN (SELECT *, row_number() OVER (ORDER BY breached DESC, untouched DESC, open_alerts DESC, rep COLLATE "C") AS n FROM pls.rep_workload) w ON w.n = b.n
UNION ALL
SELECT 'health', count(*) > 10, count(*) FILTER (WHERE
           ROW(pg_temp.bare(b."check"), b.status, pg_temp.bare(b.value), pg_temp.bare(b.hint))
           IS DISTINCT FROM ROW(pg_temp.bare(w."check"), w.status, pg_temp.bare(w.value), pg_temp.bare(w.hint)))
  FROM (SELECT *, row_number() OVER () AS n FROM pls.health_brief) b
  FULL JOIN (SELECT *, row_number() OVER (ORDER BY CASE status WHEN 'broken' THEN 1 WHEN 'attention' THEN 2 ELSE 3 END,
                                                   "check" COLLATE "C", value COLLATE "C") AS n FROM pls.health) w ON w.n = b.n;
SELECT 'why_not' AS form, count(*) > 50 AS enough, count(*) FILTER (WHERE
           ROW(b.part, pg_temp.bare(b.name), b.met, b.distance, pg_temp.number(b.points))
           IS DISTINCT FROM ROW(w.part, pg_temp.bare(w.name), w.met, round(w.distance, 2), w.points)
           OR pg_temp.bare(b.detail) IS DISTINCT FROM CASE WHEN w.cheapest THEN 'Thenextstep:' ELSE '' END || pg_temp.bare(w.detail)
                                                      || coalesce('(until' || pg_temp.bare(pg_temp.minute(w.until)) || ')', '')) AS differ
  FROM (SELECT p.motion, p.id, f.* FROM pairs p, pls.why_not_brief(p.motion, p.id) WITH ORDINALITY f) b
  FULL JOIN (SELECT p.motion, p.id, f.* FROM pairs p, pls.why_not(p.motion, p.id) f) w ON w.motion = b.motion AND w.id = b.id AND w.line = b.ordinality
UNION ALL
SELECT 'explain', count(*) > 50, count(*) FILTER (WHERE
           ROW(pg_temp.bare(b.signal), pg_temp.number(b.points), b.met, pg_temp.bare(b.why))
           IS DISTINCT FROM ROW(pg_temp.bare(w.signal), w.points, w.met, pg_temp.bare(w.why))
           OR CASE WHEN w.signal = 'lately' THEN pg_temp.bare(b.value) IS DISTINCT FROM trim_scale(round(w.value / 3600, 1)) || 'hours' AND w.value < 86400
                                                 OR pg_temp.bare(b.wanted) <> '<=36500days'
                   ELSE pg_temp.number(b.value) IS DISTINCT FROM w.value OR pg_temp.bare(b.wanted) <> w.op || trim_scale(w.threshold) END)
  FROM (SELECT p.motion, p.id, f.* FROM pairs p, pls.explain_brief(p.motion, p.id) WITH ORDINALITY f) b
  FULL JOIN (SELECT p.motion, p.id, f.*, row_number() OVER (PARTITION BY p.motion, p.id ORDER BY f.points <> 0 DESC, abs(f.points) DESC, f.line) AS place
               FROM pairs p, pls.explain(p.motion, p.id) f) w ON w.motion = b.motion AND w.id = b.id AND w.place = b.ordinality
UNION ALL
SELECT 'tracking_plan', count(*) > 20, count(*) FILTER (WHERE
           ROW(pg_temp.bare(b.event), pg_temp.bare(b.property), b.seen, pg_temp.number(b.rows_a_day), pg_temp.bare(b.signals), pg_temp.bare(b.hint))
           IS DISTINCT FROM ROW(pg_temp.bare(w.event), pg_temp.bare(w.property), w.seen, round(w.rows_a_day, 1),
                                pg_temp.bare(array_to_string(w.signals, ', ')), pg_temp.bare(w.hint)))
  FROM (SELECT m.name, f.* FROM nasty m, pls.tracking_plan_brief(m.name) WITH ORDINALITY f) b
  FULL JOIN (SELECT m.name, f.* FROM nasty m, pls.tracking_plan(m.name) WITH ORDINALITY f) w ON w.name = b.name AND w.ordinality = b.ordinality
UNION ALL
SELECT 'weekly_review', count(*) > 100, count(*) FILTER (WHERE
           ROW(b.section, pg_temp.bare(b.item), pg_temp.number(b.this_week), pg_temp.number(b.week_before), pg_temp.bare(b.owner), pg_temp.bare(b.note))
           IS DISTINCT FROM ROW(w.section, pg_temp.bare(w.item), w.this_week, w.week_before, pg_temp.bare(w.owner), pg_temp.bare(w.note)))
  FROM (SELECT m.name, f.* FROM nasty m, pls.weekly_review_brief(m.name, '2026-06-02') WITH ORDINALITY f) b
  FULL JOIN (SELECT m.name, f.* FROM nasty m, pls.weekly_review(m.name, '2026-06-02') WITH ORDINALITY f) w ON w.name = b.name AND w.ordinality = b.ordinality
UNION ALL
SELECT 'preview', count(*) > 10, count(*) FILTER (WHERE
           ROW(b.place, pg_temp.bare(b.entity_id), b.decision, pg_temp.bare(b.rep))
           IS DISTINCT FROM ROW(w.place, pg_temp.bare(w.entity_id), w.decision, pg_temp.bare(w.rep))
           OR pg_temp.bare(b.score) <> trim_scale(w.score) || '(' || w.grade || ')'
           OR NOT starts_with(pg_temp.bare(b.note), pg_temp.bare(w.route)))
  FROM previewed b FULL JOIN previewed_wide w ON w.motion = b.motion AND w.ordinality = b.ordinality;

-- one goes live, is a draft again, and goes live by the short form
SAVEPOINT draft;
UPDATE pls.motions SET status = 'draft' WHERE motion = 'short';
DELETE FROM pls.alerts WHERE motion = 'short';
UPDATE pls.standings SET last_alert_at = NULL, cooldown_until = NULL, reason = NULL, qualified = false WHERE motion = 'short';
SELECT motion, pg_temp.minute(live_at) AS live_at, in_lane, alerted, waiting, left_out, kept_off, trim_scale(per_day) AS per_day, pg_temp.minute(last_at) AS last_at
  FROM pls.go_live('short', per_day => 2.5);
ROLLBACK TO draft;
UPDATE pls.motions SET status = 'draft' WHERE motion = 'short';
DELETE FROM pls.alerts WHERE motion = 'short';
UPDATE pls.standings SET last_alert_at = NULL, cooldown_until = NULL, reason = NULL, qualified = false WHERE motion = 'short';
SELECT * FROM pls.go_live_brief('short', per_day => 2.5);
ROLLBACK TO draft;

-- --- how they look --------------------------------------------------------------------
SELECT motion, score, rep, due, next_best_action FROM pls.open_alerts_brief WHERE entity_id = 'acme' AND motion ~ '^(s|x)';
SELECT motion, score, grade, lane, last_decision, last_event FROM pls.scores_brief WHERE entity_id = 'acme' AND motion = 'short';
SELECT motion, rep, state, due_by, time_left, first_touch FROM pls.sla_brief WHERE entity_id = 'acme';
SELECT * FROM pls.explain_brief('short', 'acme');
SELECT * FROM pls.why_not_brief('short', (SELECT id FROM nasty WHERE n = 5));
-- nothing there, errors
SELECT * FROM pls.explain_brief('short', 'nobody');
SAVEPOINT s;
SELECT * FROM pls.why_not_brief('no such motion', 'acme');
ROLLBACK TO s;
SELECT * FROM pls.tracking_plan_brief(NULL);
ROLLBACK TO s;
SELECT * FROM pls.preview_brief('no such motion');
ROLLBACK TO s;

-- --- the words of their own ----------------------------------------------------------
SELECT pls_internal.minute_text(t) FROM unnest('{2026-06-02 10:00:59+00,infinity,-infinity,NULL}'::timestamptz[]) t;
SELECT pls_internal.time_left_text(t) FROM unnest('{90 minutes,0,-90 minutes,-36500 days,NULL}'::interval[]) t;
SELECT pls_internal.number_text(n, 6) FROM unnest('{20.000,-15.5,123456,1234567.125,-8999999999999999.999,NULL}'::numeric[]) n;
SELECT pls_internal.score_text(68.000, 'A2', 'sales', 10), pls_internal.score_text(54.5, NULL, 'triage', 10), pls_internal.score_text(NULL, NULL, NULL, 10);
-- pictures and control characters are as wide as psql prints them
SELECT w.t, pls_internal.wrapped(w.t, 6) FROM (VALUES ('⚡🚀🚀🚀🚀'), (E'a\u0085\b\tb'), ('  a  b '), ('a b'), (''), (NULL), ('long enough')) AS w (t);
ROLLBACK;
