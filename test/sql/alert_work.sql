-- What happens to an alert after it was raised: by plain UPDATE and by the
-- functions, it comes to the same; all of it is in the log.
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
CREATE FUNCTION pg_temp.logged(entity text) RETURNS TABLE (at timestamptz, change jsonb, note text)
LANGUAGE sql
AS $$
    SELECT l.at, l.change, l.note FROM pls.alert_log l
     WHERE l.entity_id = entity ORDER BY l.log_id OFFSET 1
$$;
SELECT pg_temp.qualify(e) FROM unnest('{a,b,c,d,e}'::text[]) AS e;

-- touch: once
SET pls.now = '2026-03-02 10:30+00';
SELECT pls.touch(1, 'called, left a message');
UPDATE pls.alerts SET status = 'working' WHERE entity_id = 'b';
UPDATE pls.alerts SET first_touch_at = pls.now() WHERE entity_id = 'c';
SELECT entity_id, status, first_touch_at FROM pls.alerts ORDER BY 1;
SET pls.now = '2026-03-02 10:45+00';
SELECT pls.touch(1);
UPDATE pls.alerts SET first_touch_at = pls.now() WHERE entity_id = 'b';
UPDATE pls.alerts SET first_touch_at = NULL WHERE entity_id = 'c';
UPDATE pls.alerts SET status = status WHERE entity_id = 'd';
SELECT entity_id, status, first_touch_at FROM pls.alerts ORDER BY 1;

-- snooze, and back
SELECT pls.snooze(4, '2026-03-05 09:00+00', 'back from holiday on Thursday');
UPDATE pls.alerts SET snoozed_until = '2026-03-05 09:00+00' WHERE entity_id = 'a';
SELECT entity_id, status, snoozed_until FROM pls.alerts WHERE entity_id IN ('a', 'd') ORDER BY 1;
UPDATE pls.alerts SET snoozed_until = NULL WHERE entity_id IN ('a', 'd');
SELECT entity_id, status, snoozed_until FROM pls.alerts WHERE entity_id IN ('a', 'd') ORDER BY 1;
UPDATE pls.alerts SET status = 'snoozed', snoozed_until = '2026-03-05 09:00+00' WHERE entity_id = 'a';
UPDATE pls.alerts SET status = 'working' WHERE entity_id = 'a';
SELECT entity_id, status, snoozed_until FROM pls.alerts WHERE entity_id = 'a';

-- reassign; the turn stays charged
SELECT assigned_to, assigned_at, charged_to FROM pls.alerts WHERE entity_id = 'a';
SELECT pls.reassign(1, 'cy', 'knows them');
SELECT assigned_to, assigned_at, charged_to FROM pls.alerts WHERE entity_id = 'a';
UPDATE pls.alerts SET assigned_to = NULL WHERE entity_id = 'a';
SELECT assigned_to, assigned_at, unassigned_reason FROM pls.alerts WHERE entity_id = 'a';
UPDATE pls.alerts SET assigned_to = 'bob' WHERE entity_id = 'a';
SELECT assigned_to, assigned_at, unassigned_reason FROM pls.alerts WHERE entity_id = 'a';

-- dispose: closes, starts the cooldown of the disposition or of the motion
SET pls.now = '2026-03-02 11:00+00';
SELECT pls.dispose(1, 'meeting set');
UPDATE pls.alerts SET disposition = 'nurture' WHERE entity_id = 'b';
UPDATE pls.alerts SET status = 'done', disposition = 'contacted', disposed_at = '2026-03-02 10:50+00' WHERE entity_id = 'c';
SELECT pls.dispose(4, 'disqualified: timing', 'budget in autumn');
SELECT pls.dispose(5, 'no response');
SELECT entity_id, status, disposition, disposition_reason, disposed_at, first_touch_at FROM pls.alerts ORDER BY 1;
SELECT entity_id, cooldown_until, decide_again_at FROM pls.standings ORDER BY 1;
-- corrected afterwards, reopened
UPDATE pls.alerts SET disposition = 'converted' WHERE entity_id = 'b';
SELECT disposition, disposed_at FROM pls.alerts WHERE entity_id = 'b';
SELECT cooldown_until FROM pls.standings WHERE entity_id = 'b';
UPDATE pls.alerts SET status = 'open' WHERE entity_id = 'd';
UPDATE pls.alerts SET disposition = NULL WHERE entity_id = 'e';
SELECT entity_id, status, disposition, disposition_reason, disposed_at FROM pls.alerts WHERE entity_id IN ('d', 'e') ORDER BY 1;
UPDATE pls.alerts SET status = 'withdrawn' WHERE entity_id = 'd';
UPDATE pls.alerts SET evidence = '[]', score = 12 WHERE entity_id = 'e';
SELECT evidence_changed_at FROM pls.alerts WHERE entity_id = 'e';

-- the log has it all
SELECT * FROM pg_temp.logged('a');
SELECT * FROM pg_temp.logged('b');
SELECT * FROM pg_temp.logged('d');

-- what is refused
SELECT * FROM pg_temp.refused($$UPDATE pls.alerts SET disposition = 'won' WHERE entity_id = 'e'$$);
SELECT * FROM pg_temp.refused($$UPDATE pls.alerts SET disposition = 'disqualified: bad fit' WHERE entity_id = 'e'$$);
SELECT * FROM pg_temp.refused($$UPDATE pls.alerts SET disposition = 'disqualified: bad fit', disposition_reason = ' ' WHERE entity_id = 'e'$$);
SELECT * FROM pg_temp.refused($$UPDATE pls.alerts SET status = 'done' WHERE entity_id = 'e'$$);
SELECT * FROM pg_temp.refused($$UPDATE pls.alerts SET status = 'closed' WHERE entity_id = 'e'$$);
SELECT * FROM pg_temp.refused($$UPDATE pls.alerts SET status = 'snoozed' WHERE entity_id = 'e'$$);
SELECT * FROM pg_temp.refused($$UPDATE pls.alerts SET assigned_to = 'nobody' WHERE entity_id = 'e'$$);
SELECT * FROM pg_temp.refused($$UPDATE pls.alerts SET entity_id = 'z' WHERE entity_id = 'e'$$);
SELECT * FROM pg_temp.refused($$UPDATE pls.alerts SET created_at = now() WHERE entity_id = 'e'$$);
SELECT * FROM pg_temp.refused($$UPDATE pls.alerts SET reason = '' WHERE entity_id = 'e'$$);
SELECT * FROM pg_temp.refused($$UPDATE pls.alerts SET next_best_action = ' ' WHERE entity_id = 'e'$$);
SELECT * FROM pg_temp.refused($$SELECT pls.touch(1)$$);
SELECT * FROM pg_temp.refused($$SELECT pls.touch(99)$$);
SELECT * FROM pg_temp.refused($$SELECT pls.touch(NULL)$$);
SELECT * FROM pg_temp.refused($$SELECT pls.dispose(5, NULL)$$);
SELECT * FROM pg_temp.refused($$SELECT pls.snooze(5, pls.now())$$);
SELECT * FROM pg_temp.refused($$SELECT pls.snooze(5, 'infinity')$$);
SELECT * FROM pg_temp.refused($$SELECT pls.reassign(5, 'nobody')$$);
UPDATE pls.reps SET active = false WHERE rep = 'cy';
SELECT * FROM pg_temp.refused($$SELECT pls.reassign(5, 'cy')$$);
-- a second open alert about the same entity
SELECT * FROM pg_temp.refused($$
    INSERT INTO pls.alerts (entity_id, motion, unit, lane, reason, next_best_action, score,
                            evidence, unassigned_reason, created_at)
    VALUES ('e', 'play', 'account', 'sales', 'by hand', 'call', 0, '[]', 'nobody', now()) $$);

-- dispositions: an edited one is one's own, a disabled one cannot be chosen
UPDATE pls.dispositions SET cooldown = '7 days' WHERE disposition = 'nurture';
UPDATE pls.dispositions SET enabled = false WHERE disposition = 'converted';
INSERT INTO pls.dispositions (disposition, outcome_class) VALUES ('no response', 'rejected_other');
SELECT disposition, outcome_class, cooldown, shipped FROM pls.dispositions ORDER BY disposition COLLATE "C";
SELECT * FROM pg_temp.refused($$UPDATE pls.alerts SET disposition = 'converted' WHERE entity_id = 'e'$$);

-- pls.open_alerts: time left in working hours, overdue
INSERT INTO pls.calendars (calendar) VALUES ('week');
INSERT INTO pls.calendar_hours (calendar, weekday, opens, closes)
SELECT 'week', d, '09:00', '17:00' FROM generate_series(1, 5) AS d;
UPDATE pls.routes SET calendar = 'week';
INSERT INTO pls.accounts (account_id, name) VALUES ('f', 'Ef & Co');
SET pls.now = '2026-03-06 16:30+00';
SELECT pg_temp.qualify('f');
SET pls.now = '2026-03-09 09:30+00';
SELECT entity_id, account_name, status, assigned_to, respond_by, time_left, overdue
  FROM pls.open_alerts ORDER BY overdue DESC, time_left, score DESC, alert_id;
SET pls.now = '2026-03-09 11:30+00';
SELECT entity_id, time_left, overdue FROM pls.open_alerts ORDER BY overdue DESC, time_left, score DESC, alert_id;
SELECT pls.touch(alert_id) FROM pls.open_alerts WHERE entity_id = 'f';
SELECT entity_id, resolve_by, time_left, overdue FROM pls.open_alerts WHERE entity_id = 'f';
ROLLBACK;
