-- The weekly review: its numbers counted again in plain SQL over two weeks of
-- which one has a change of clocks, and its page with names and notes that
-- would break it.
\set ECHO none
\set QUIET on
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
RESET client_min_messages;
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET intervalstyle = 'postgres';
\set SHOW_CONTEXT never
\pset format unaligned
\pset fieldsep ' | '
\set ECHO all
BEGIN;
SET pls.now = '2026-04-06 07:00+00';
-- Nothing has happened yet: rows of zeros, and a page.
INSERT INTO pls.motions (motion, time_zone, holdout) VALUES ('play', 'Europe/Berlin', 0);
SELECT section, item, this_week, week_before, change, owner, note FROM pls.weekly_review('play')
 WHERE section NOT IN ('health', 'model changes');
SAVEPOINT s;
SELECT * FROM pls.weekly_review('missing');
ROLLBACK TO s;
SELECT pls.weekly_review_markdown(NULL);
ROLLBACK TO s;
SELECT count(*) FROM pls.weekly_review('play', 'infinity');
ROLLBACK TO s;
SELECT count(*) FROM pls.weekly_review('play', '294000-01-01');
ROLLBACK TO s;

-- Weeks: Monday to Monday in Berlin; the one before had 167 hours.
SELECT b.*, until - since AS this, since - before AS before FROM pls_internal.week_bounds('play', NULL) AS b;
SELECT d, b.first_day FROM (VALUES ('2026-03-29'::date), ('2026-03-30'), ('2026-04-05'), ('2026-04-06')) AS v (d), pls_internal.week_bounds('play', d) AS b;
SET pls.now = '2026-04-05 21:59:59+00';
SELECT first_day FROM pls_internal.week_bounds('play', NULL);
SET pls.now = '2026-04-05 22:00+00';
SELECT first_day FROM pls_internal.week_bounds('play', NULL);

-- Two weeks of work.
SET pls.now = '2026-03-21 07:00+00';
INSERT INTO pls.signals (motion, signal, category, events, measure, within, threshold, points) VALUES
    ('play', 'invited', 'invite', '{invite}', 'count', '7 days', 3, 20),
    ('play', 'pipe | star * under_score', 'depth', '{run}', 'count', '7 days', 4, 10);
INSERT INTO pls.reps (rep, manager) VALUES ('max', NULL), ('ann', 'max'), ('b|b', NULL);
INSERT INTO pls.pools (pool) VALUES ('desk');
INSERT INTO pls.pool_members (pool, rep) VALUES ('desk', 'ann'), ('desk', 'b|b');
INSERT INTO pls.routes (motion, position, route, pool) VALUES ('play', 1, 'all', 'desk');
UPDATE pls.motions SET status = 'live' WHERE motion = 'play';
SET CONSTRAINTS ALL IMMEDIATE;
SET CONSTRAINTS ALL DEFERRED;
CREATE FUNCTION pg_temp.dice(n integer, salt text, sides integer) RETURNS integer LANGUAGE sql IMMUTABLE
    RETURN (get_byte(sha256(convert_to(n || salt, 'UTF8')), 0) * 256 + get_byte(sha256(convert_to(n || salt, 'UTF8')), 1)) % sides;
INSERT INTO pls.decisions (entity_id, motion, decided_at, unit, reason)
SELECT 'e' || n, CASE WHEN n % 7 = 0 THEN 'other' ELSE 'play' END, '2026-03-20 22:00+00'::timestamptz + n * interval '97 minutes', 'account',
       (ARRAY['error','paused','excluded','open_alert','cooldown','held_out','no_capacity','triage','raised'])[1 + pg_temp.dice(n, 'r', 9)]
  FROM generate_series(1, 300) AS n;
INSERT INTO pls.alerts (alert_id, entity_id, motion, unit, lane, reason, next_best_action, score, evidence, model_version, assigned_to, assigned_at,
                        unassigned_reason, created_at, clock_from, clock_used, respond_within, respond_by, resolve_within, resolve_by)
SELECT n, 'e' || n, 'play', 'account', 'sales', 'r', 'a', 70.5, jsonb_build_array(
           jsonb_build_object('signal', 'invited', 'met', true), jsonb_build_object('signal', 'pipe | star * under_score', 'met', n % 3 = 0)),
       1, r.rep, CASE WHEN r.rep IS NOT NULL THEN c.at END, CASE WHEN r.rep IS NULL THEN 'nobody' END, c.at, c.at, '0',
       '2 hours', c.at + interval '2 hours', '3 days', c.at + interval '3 days'
  FROM generate_series(1, 150) AS n
 CROSS JOIN LATERAL (SELECT '2026-03-20 22:00+00'::timestamptz + n * interval '2.7 hours' AS at) AS c
 CROSS JOIN LATERAL (SELECT (ARRAY['ann', 'b|b', NULL])[1 + pg_temp.dice(n, 'rep', 3)] AS rep) AS r;
DO $$
DECLARE
    a pls.alerts;
BEGIN
    FOR a IN SELECT * FROM pls.alerts ORDER BY alert_id LOOP
        PERFORM set_config('pls.now', (a.created_at + pg_temp.dice(a.alert_id::integer, 'touch', 5) * interval '50 minutes')::text, true);
        CONTINUE WHEN pg_temp.dice(a.alert_id::integer, 'open', 8) = 0;
        UPDATE pls.alerts SET status = 'working' WHERE alert_id = a.alert_id;
        PERFORM set_config('pls.now', (a.created_at + interval '4 hours' + pg_temp.dice(a.alert_id::integer, 'close', 5) * interval '1 day')::text, true);
        CONTINUE WHEN pls.now() > '2026-04-06 06:00+00' OR pg_temp.dice(a.alert_id::integer, 'close', 8) = 0;
        UPDATE pls.alerts SET disposition_reason = 'why', disposition = (ARRAY['contacted', 'meeting set', 'nurture', 'no response',
            'disqualified: bad signal', 'disqualified: bad fit'])[1 + pg_temp.dice(a.alert_id::integer, 'd', 6)] WHERE alert_id = a.alert_id;
    END LOOP;
    PERFORM set_config('pls.now', '2026-03-31 07:00+00', true);
    UPDATE pls.signals SET threshold = 5 WHERE signal = 'invited';
    SET CONSTRAINTS ALL IMMEDIATE;
    SET CONSTRAINTS ALL DEFERRED;
    PERFORM set_config('pls.now', '2026-04-06 07:00+00', true);
END
$$;
INSERT INTO pls.outcomes (entity_id, motion, outcome, at, signal)
SELECT 'e' || n, 'play', (ARRAY['conversion', 'meeting', 'expansion'])[1 + n % 3], '2026-03-21 00:00+00'::timestamptz + n * interval '7 hours',
       CASE WHEN n % 2 = 0 THEN 'bought' END FROM generate_series(1, 60) AS n;
UPDATE pls.alerts SET disposition_reason = E'two words |\nand * a _second_ line\twith <b>html</b> & `code` [link](http://x.example) # no\\' WHERE alert_id =
    (SELECT max(alert_id) FROM pls.alerts WHERE disposition = 'disqualified: bad signal');

SELECT section, item, this_week, week_before, change, replace(owner, current_user, 'me') AS owner, note FROM pls.weekly_review('play')
 WHERE section NOT IN ('health', 'false positives');
-- Counted again, with the weeks written down.
CREATE TEMP TABLE review AS SELECT * FROM pls.weekly_review('play', '2026-04-01');
CREATE FUNCTION pg_temp.wk(at timestamptz) RETURNS integer LANGUAGE sql IMMUTABLE RETURN
    CASE WHEN at >= '2026-03-29 22:00+00' AND at < '2026-04-05 22:00+00' THEN 1 WHEN at >= '2026-03-22 23:00+00' AND at < '2026-03-29 22:00+00' THEN 2 END;
SELECT r.section, r.item, r.this_week, r.week_before
  FROM review AS r
  JOIN (SELECT 'alerts' AS section, k.item, count(*) FILTER (WHERE pg_temp.wk(d.decided_at) = 1) AS a, count(*) FILTER (WHERE pg_temp.wk(d.decided_at) = 2) AS b
          FROM (VALUES ('raised', '{raised}'::text[]), ('triage', '{triage}'), ('held out', '{held_out}'), ('deferred', '{no_capacity}'),
                       ('kept back', '{paused,excluded,open_alert,cooldown}'), ('failed', '{error}')) AS k (item, reasons)
          JOIN pls.decisions AS d ON d.motion = 'play' AND d.reason = ANY (k.reasons) GROUP BY k.item
         UNION ALL
        SELECT 'sla', k.item, count(*) FILTER (WHERE pg_temp.wk(s.created_at) = 1), count(*) FILTER (WHERE pg_temp.wk(s.created_at) = 2)
          FROM (VALUES ('touched in time'), ('touched late'), ('disposed of in time'), ('disposed of late'), ('late: ann'), ('late: nobody assigned')) AS k (item)
          JOIN pls.alerts AS s ON s.motion = 'play' AND CASE k.item
               WHEN 'touched in time' THEN s.first_touch_at <= s.respond_by
               WHEN 'touched late' THEN coalesce(s.first_touch_at, pls.now()) > s.respond_by
               WHEN 'disposed of in time' THEN s.closed_at <= s.resolve_by
               WHEN 'disposed of late' THEN coalesce(s.closed_at, pls.now()) > s.resolve_by
               ELSE (coalesce(s.first_touch_at, pls.now()) > s.respond_by OR coalesce(s.closed_at, pls.now()) > s.resolve_by)
                    AND coalesce('late: ' || s.assigned_to, 'late: nobody assigned') = k.item END GROUP BY k.item
         UNION ALL
        SELECT 'dispositions', d.outcome_class, count(*) FILTER (WHERE pg_temp.wk(a.disposed_at) = 1), count(*) FILTER (WHERE pg_temp.wk(a.disposed_at) = 2)
          FROM pls.alerts AS a JOIN pls.dispositions AS d USING (disposition) GROUP BY d.outcome_class
         UNION ALL
        SELECT 'dispositions', 'meetings', count(*) FILTER (WHERE pg_temp.wk(at) = 1), count(*) FILTER (WHERE pg_temp.wk(at) = 2)
          FROM pls.outcomes WHERE outcome = 'meeting'
         UNION ALL
        SELECT 'dispositions', 'conversions by events', count(*) FILTER (WHERE pg_temp.wk(at) = 1), count(*) FILTER (WHERE pg_temp.wk(at) = 2)
          FROM pls.outcomes WHERE outcome = 'conversion' AND signal IS NOT NULL) AS p
    ON p.section = r.section AND p.item = r.item
 WHERE (p.a, p.b) IS DISTINCT FROM (r.this_week, r.week_before) OR r.change <> p.a - p.b;
SELECT (SELECT count(*) FROM review WHERE section = 'false positives') = (SELECT count(*) FROM pls.alerts WHERE disposition = 'disqualified: bad signal' AND pg_temp.wk(disposed_at) = 1) AS all_of_them;
SELECT r.item, r.this_week = p.precision AS this_week, r.week_before = e.precision AS week_before
  FROM review AS r
  LEFT JOIN pls.signal_performance('play', '2026-04-05 22:00+00'::timestamptz - interval '2016 hours', '2026-04-05 22:00+00') AS p
    ON coalesce(p.signal, 'all alerts') = r.item AND p.model_version IS NULL
  LEFT JOIN pls.signal_performance('play', '2026-03-29 22:00+00'::timestamptz - interval '2016 hours', '2026-03-29 22:00+00') AS e
    ON coalesce(e.signal, 'all alerts') = r.item AND e.model_version IS NULL
 WHERE r.section = 'signals';
-- The same whenever and however it is asked for; the page is made of it.
SET timezone = 'America/New_York';
SET datestyle = 'German';
SELECT count(*) AS differing FROM (SELECT * FROM pls.weekly_review('play') EXCEPT ALL SELECT * FROM review) AS d;
SET timezone = 'UTC';
SET datestyle = 'ISO';
\t on
SELECT replace(split_part(pls.weekly_review_markdown('play'), '## Health', 1), current_user, 'me');
\t off

-- Texts of all kinds on one page: no line is longer than it may be, each row
-- of a table has as many cells as its head, and lines of people begin nothing.
CREATE TEMP TABLE texts (n integer, text text);
INSERT INTO texts VALUES
    (1, ''), (2, ' '), (3, E'\n# heading\n---\n| a | b |'), (4, repeat('word ', 100)), (5, repeat('x', 1000)), (6, repeat('\', 400)), (7, repeat('|', 300)),
    (8, E'a\r\nb c\td\u0001e'), (9, '1. one 2) two + three - four'), (10, '<script>alert("x")</script> &amp; ~~no~~ ![i](u)'),
    (11, repeat('- + = : 1. ', 40)), (12, 'http://x.example www.x.example a@x.example'), (13, repeat('ü', 500)), (14, '''"; DROP TABLE pls.alerts; --'), (15, '```sql $x$');
SELECT n, left(pls_internal.markdown_text(text), 90) AS escaped FROM texts ORDER BY n;
SELECT n FROM texts, regexp_split_to_table(pls_internal.markdown_item(pls_internal.markdown_text(text)), '\n') WITH ORDINALITY AS l (line, k)
 WHERE length(line) > 120 OR (k > 1 AND line ~ '^  ([-+*#>=|~`<:]|\d+[.)])') OR line ~ '[[:cntrl:]]' OR line ~ '(^|[^\\])(\\\\)*\\$';
-- Nothing but blanks at the breaks and backslashes is added.
SELECT n FROM texts
 WHERE regexp_replace(regexp_replace(substr(pls_internal.markdown_item(pls_internal.markdown_text(text)), 3), '\\([^[:alnum:][:space:]])', '\1', 'g'), '\s', '', 'g')
    <> regexp_replace(text, '[[:cntrl:][:space:]]', '', 'g');
INSERT INTO pls.motions (motion, time_zone) VALUES (E'# p|a\n`y`*', 'Asia/Kathmandu');
INSERT INTO pls.signals (motion, signal, category, events, measure, within, threshold, points)
SELECT E'# p|a\n`y`*', left(btrim(text), 30) || n, 'depth', '{x}', 'count', '1 day', 1, 1 FROM texts;
INSERT INTO pls.dispositions (disposition, outcome_class) VALUES (E'b|d\n# x', 'rejected_signal');
INSERT INTO pls.alerts (alert_id, entity_id, motion, unit, lane, reason, next_best_action, score, evidence, unassigned_reason, created_at, clock_from, clock_used)
SELECT 1000 + n, text || n, E'# p|a\n`y`*', 'account', 'sales', 'r', 'a', n,
       (SELECT jsonb_agg(jsonb_build_object('signal', left(btrim(t.text), 30) || t.n, 'met', true)) FROM texts AS t), 'nobody', pls.now() - interval '3 days', pls.now(), '0' FROM texts;
SET pls.now = '2026-04-04 07:00+00';
UPDATE pls.alerts AS a SET disposition = E'b|d\n# x', disposition_reason = t.text FROM texts AS t WHERE a.alert_id = 1000 + t.n;
INSERT INTO pls.failures (entity_id, motion, task, failed_at, last_failed_at, try_again_at, sqlstate, message)
VALUES ('e', E'# p|a\n`y`*', 'decide', pls.now(), pls.now(), pls.now(), 'XX000', E'no | such\n| thing |');
SET pls.now = '2026-04-06 07:00+00';
CREATE TEMP TABLE page AS
SELECT place, line, length(regexp_replace(regexp_replace(line, '\\.', '', 'g'), '[^|]', '', 'g')) AS bars, line LIKE '| %' AS in_table
  FROM regexp_split_to_table(pls.weekly_review_markdown(E'# p|a\n`y`*'), '\n') WITH ORDINALITY AS l (line, place);
SELECT line FROM page WHERE line ~ '^#';
SELECT count(*) FILTER (WHERE NOT in_table AND length(line) > 120) AS too_long, count(*) FILTER (WHERE NOT in_table AND bars > 0) AS stray_bars,
       count(*) FILTER (WHERE line !~ '^(# |## |- |  [^ ]|\| |The week |None\.$|$)') AS unknown FROM page;
SELECT count(*) AS uneven FROM page AS a JOIN page AS b ON b.place = a.place + 1
 WHERE a.in_table AND b.in_table AND (a.bars <> b.bars OR length(a.line) <> length(b.line));
ROLLBACK;

-- Who may read it.
BEGIN;
SET LOCAL client_min_messages = warning;
CREATE ROLE pls_test_review_revops;
CREATE ROLE pls_test_review_rep;
SELECT pls.grant_access('pls_test_review_revops', 'revops'), pls.grant_access('pls_test_review_rep', 'rep');
INSERT INTO pls.motions (motion) VALUES ('play');
SET LOCAL ROLE pls_test_review_revops;
SELECT count(*) > 20 AS reads FROM pls.weekly_review('play');
SELECT pls.weekly_review_markdown('play') LIKE '# Weekly review: play%' AS reads;
RESET ROLE;
SET LOCAL ROLE pls_test_review_rep;
SELECT count(*) FROM pls.weekly_review('play');
ROLLBACK;
