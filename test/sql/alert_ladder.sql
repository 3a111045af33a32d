-- Escalation: steps are taken by the sweep, in order, each once, each
-- logged; repeated ones until touched; what is in no hurry is left alone.
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
INSERT INTO pls.calendars (calendar) VALUES ('week');
INSERT INTO pls.calendar_hours (calendar, weekday, opens, closes)
SELECT 'week', d, '09:00', '17:00' FROM generate_series(1, 5) AS d;
UPDATE pls.routes SET calendar = 'week' WHERE motion = 'play';
INSERT INTO pls.reps (rep, name) VALUES ('meg', 'Meg'), ('max', 'Max');
UPDATE pls.reps SET manager = 'meg' WHERE rep IN ('ann', 'bob');
UPDATE pls.reps SET manager = 'max' WHERE rep = 'meg';
CREATE FUNCTION pg_temp.ladder(entity text)
RETURNS TABLE (status text, rep text, level integer, again integer, next_rung integer, next_rung_at timestamptz)
LANGUAGE sql
AS $$
    SELECT a.status, a.assigned_to, a.escalation_level, a.escalation_repeats, a.next_rung, a.next_rung_at
      FROM pls.alerts a WHERE a.entity_id = entity
$$;
CREATE FUNCTION pg_temp.noted(entity text) RETURNS TABLE (at timestamptz, note text)
LANGUAGE sql
AS $$ SELECT l.at, l.note FROM pls.alert_log l WHERE l.entity_id = entity AND l.note IS NOT NULL ORDER BY l.log_id $$;
CREATE FUNCTION pg_temp.swept() RETURNS bigint
LANGUAGE sql
AS $$
    SELECT pls.sweep();
    SELECT w.escalated FROM pls.sweeps w ORDER BY w.sweep_id DESC LIMIT 1;
$$;
\set ECHO all
-- limits of 2 hours and 3 days; a step at half of the first, at all of it, at
-- twice of it, and by the time since the alert was raised
INSERT INTO pls.escalations (motion, level, at_share, after, action, note) VALUES
    ('play', 1, 0.5, NULL, 'notify', 'half of the time is gone'),
    ('play', 2, 1, NULL, 'reassign', NULL),
    ('play', 3, 2, NULL, 'manager', NULL),
    ('play', 5, NULL, '7 hours', 'offline', NULL);
SELECT pg_temp.qualify('a');
SELECT * FROM pg_temp.ladder('a');
SELECT next_rung, next_rung_at FROM pls.sla WHERE entity_id = 'a';
SET pls.now = '2026-03-02 10:59:59+00';
SELECT pg_temp.swept();
SET pls.now = '2026-03-02 11:00+00';
SELECT pg_temp.swept();
SELECT pg_temp.swept();
SELECT * FROM pg_temp.ladder('a');
SET pls.now = '2026-03-02 12:00:30+00';
SELECT pg_temp.swept();
SELECT * FROM pg_temp.ladder('a');
SELECT charged_to, assigned_at, respond_by FROM pls.alerts WHERE entity_id = 'a';
SET pls.now = '2026-03-02 14:00+00';
SELECT pg_temp.swept();
SELECT * FROM pg_temp.ladder('a');
-- 7 working hours after it was raised; Meg has had it for 3 hours, longer than the limit
SET pls.now = '2026-03-02 17:00+00';
SELECT pg_temp.swept();
SELECT * FROM pg_temp.ladder('a');
SELECT rep, active FROM pls.reps WHERE NOT active;
SELECT rep, absent_from, reason FROM pls.absences;
SELECT * FROM pg_temp.noted('a');
SELECT at, change FROM pls.alert_log WHERE entity_id = 'a' AND change ? 'escalation_level' ORDER BY log_id;

-- touched: only steps of the other limit are left; disposed of: none
UPDATE pls.reps SET active = true;
DELETE FROM pls.escalations;
INSERT INTO pls.escalations (motion, level, measured, at_share, action) VALUES
    ('play', 1, 'respond', 0.5, 'notify'), ('play', 2, 'resolve', 0.5, 'notify'), ('play', 3, 'respond', 2, 'reassign'),
    ('play', 4, 'resolve', 1, 'manager');
SET pls.now = '2026-03-03 09:00+00';
SELECT pg_temp.qualify('b');
SELECT * FROM pg_temp.ladder('b');
SELECT pls.touch(alert_id) FROM pls.alerts WHERE entity_id = 'b';
SELECT * FROM pg_temp.ladder('b');
SET pls.now = '2026-03-09 13:00+00';
SELECT pg_temp.swept() > 0 AS escalated;
SELECT * FROM pg_temp.ladder('b');
-- paused, its step moves with the clock
SELECT pls.pause_sla(alert_id) FROM pls.alerts WHERE entity_id = 'b';
SELECT * FROM pg_temp.ladder('b');
SET pls.now = '2026-03-10 13:00+00';
SELECT pls.resume_sla(alert_id) FROM pls.alerts WHERE entity_id = 'b';
SELECT * FROM pg_temp.ladder('b');
SELECT pls.dispose(alert_id, 'contacted') FROM pls.alerts WHERE entity_id = 'b';
SELECT * FROM pg_temp.ladder('b');

-- repeated every 30 minutes, four times at most, until the next is due
DELETE FROM pls.escalations;
INSERT INTO pls.escalations (motion, level, at_share, action, repeat_every, repeat_limit) VALUES
    ('play', 1, 1, 'notify', '30 minutes', 4), ('play', 2, 2, 'notify', '1 hour', 2);
SET pls.now = '2026-03-16 09:00+00';
SELECT pg_temp.qualify('c');
SET pls.now = '2026-03-16 11:00+00';
SELECT pg_temp.swept();
SELECT * FROM pg_temp.ladder('c');
SET pls.now = '2026-03-16 11:30+00';
SELECT pg_temp.swept();
SELECT * FROM pg_temp.ladder('c');
-- no sweep for an hour: what was missed is not made up for, and at 13:00 the
-- second step comes before the fourth repetition
SET pls.now = '2026-03-16 12:40+00';
SELECT pg_temp.swept();
SELECT * FROM pg_temp.ladder('c');
SET pls.now = '2026-03-16 13:00+00';
SELECT pg_temp.swept();
SELECT * FROM pg_temp.ladder('c');
SET pls.now = '2026-03-17 16:00+00';
SELECT pg_temp.swept();
SELECT * FROM pg_temp.ladder('c');
SELECT pg_temp.swept();
SELECT * FROM pg_temp.noted('c');

-- nobody else is there: it stays, and says so
DELETE FROM pls.escalations;
INSERT INTO pls.escalations (motion, level, at_share, action) VALUES
    ('play', 1, 1, 'reassign'), ('play', 2, 1.5, 'manager'), ('play', 3, 2, 'offline');
UPDATE pls.reps SET manager = NULL;
SET pls.now = '2026-03-18 09:00+00';
SELECT pg_temp.qualify('d');
SELECT assigned_to AS owner FROM pls.alerts WHERE entity_id = 'd' \gset
INSERT INTO pls.absences (rep, absent_from) SELECT rep, pls.now() FROM pls.reps WHERE rep <> :'owner';
-- all at once, after a day without a sweep
SET pls.now = '2026-03-19 09:00+00';
SELECT pg_temp.swept();
SELECT a.assigned_to = :'owner' AS stays, a.escalation_level FROM pls.alerts a WHERE a.entity_id = 'd';
SELECT replace(note, :'owner', 'owner') AS note FROM pg_temp.noted('d');
-- a fallback takes it
DELETE FROM pls.absences;
UPDATE pls.reps SET active = true;
UPDATE pls.pools SET fallback = 'max' WHERE pool = 'desk';
INSERT INTO pls.absences (rep, absent_from) SELECT rep, pls.now() FROM pls.reps WHERE rep IN ('ann', 'bob');
SELECT pg_temp.qualify('e');
SELECT assigned_to FROM pls.alerts WHERE entity_id = 'e';
DELETE FROM pls.absences;
-- taken offline is only who has had it for as long as the limit
DELETE FROM pls.escalations;
INSERT INTO pls.escalations (motion, level, at_share, action) VALUES ('play', 1, 1, 'offline');
SET pls.now = '2026-03-20 09:00+00';
SELECT pg_temp.qualify('f');
SET pls.now = '2026-03-20 10:59+00';
SELECT pls.reassign(alert_id, 'cy') FROM pls.alerts WHERE entity_id = 'f';
SET pls.now = '2026-03-20 11:00+00';
SELECT pg_temp.swept() > 0 AS escalated;
SELECT * FROM pg_temp.noted('f');
SELECT count(*) FROM pls.reps WHERE rep = 'cy' AND NOT active;
-- whatever that rep is called
INSERT INTO pls.reps (rep) VALUES ('inactive desk');
SET pls.now = '2026-03-20 12:00+00';
SELECT pg_temp.qualify('inactive');
SET pls.now = '2026-03-20 13:59+00';
SELECT pls.reassign(alert_id, 'inactive desk') FROM pls.alerts WHERE entity_id = 'inactive';
SET pls.now = '2026-03-20 14:00+00';
SELECT pg_temp.swept() > 0 AS escalated;
SELECT assigned_to FROM pls.alerts WHERE entity_id = 'inactive';
SELECT pls.withdraw(alert_id, 'done with') FROM pls.alerts WHERE entity_id = 'inactive';
DELETE FROM pls.reps WHERE rep = 'inactive desk';
-- an alert that nobody has: escalation finds somebody, or says that nobody is there
UPDATE pls.pools SET fallback = NULL;
UPDATE pls.reps SET active = true;
DELETE FROM pls.escalations;
INSERT INTO pls.escalations (motion, level, at_share, action) VALUES
    ('play', 1, 0.5, 'notify'), ('play', 2, 1, 'manager'), ('play', 3, 1, 'offline');
INSERT INTO pls.absences (rep, absent_from) SELECT rep, pls.now() FROM pls.reps;
SET pls.now = '2026-03-23 09:00+00';
SELECT pg_temp.qualify('g');
SET pls.now = '2026-03-23 12:00+00';
SELECT pg_temp.swept() > 0 AS escalated;
SELECT * FROM pg_temp.noted('g');
DELETE FROM pls.absences;

-- escalations that are edited: open alerts follow with the next sweep
DELETE FROM pls.escalations;
UPDATE pls.alerts SET status = 'withdrawn' WHERE status IN ('open', 'working', 'snoozed');
UPDATE pls.standings SET cooldown_until = NULL;     -- none is raised again
SET pls.now = '2026-03-24 09:00+00';
SELECT pg_temp.qualify('h');
SELECT * FROM pg_temp.ladder('h');
INSERT INTO pls.escalations (motion, level, after, action) VALUES ('play', 1, '1 hour', 'notify');
SELECT pg_temp.swept();
SELECT * FROM pg_temp.ladder('h');
UPDATE pls.escalations SET after = '3 hours';
SET pls.now = '2026-03-24 10:00+00';
SELECT pg_temp.swept();
SELECT * FROM pg_temp.ladder('h');
DELETE FROM pls.escalations;
SET pls.now = '2026-03-24 12:00+00';
SELECT pg_temp.swept();
SELECT * FROM pg_temp.ladder('h');

-- a step that fails stops neither the others nor the sweep
INSERT INTO pls.escalations (motion, level, after, action) VALUES ('play', 1, '4 hours', 'notify');
SELECT pg_temp.qualify('i');
SELECT pg_temp.swept();
CREATE FUNCTION pg_temp.stumble() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE division_by_zero; END $$;
SET pls.now = '2026-03-25 12:00+00';
CREATE TRIGGER stumble BEFORE UPDATE ON pls.alerts FOR EACH ROW WHEN (OLD.entity_id = 'h') EXECUTE FUNCTION pg_temp.stumble();
SELECT pg_temp.swept();
SELECT * FROM pg_temp.ladder('h');
SELECT * FROM pg_temp.ladder('i');
DROP TRIGGER stumble ON pls.alerts;

SELECT * FROM pg_temp.refused($$SELECT pls_internal.maintain_alerts('dance')$$);
SELECT * FROM pg_temp.refused($$SELECT pls_internal.maintain_alerts(NULL)$$);

-- what the table refuses
SELECT state, message FROM pg_temp.refused($$UPDATE pls.escalations SET repeat_every = '1 hour'$$);
SELECT state, message FROM pg_temp.refused($$UPDATE pls.escalations SET repeat_every = '1 second', repeat_limit = 2$$);
SELECT state, message FROM pg_temp.refused($$UPDATE pls.escalations SET repeat_every = '1 month', repeat_limit = 2$$);
SELECT state, message FROM pg_temp.refused($$UPDATE pls.escalations SET repeat_every = '1 hour', repeat_limit = 101$$);

-- Nobody has touched it for expire_after: it expires, unless it is snoozed or
-- its clock stands still.
UPDATE pls.alerts SET status = 'withdrawn' WHERE status IN ('open', 'working', 'snoozed');
UPDATE pls.standings SET cooldown_until = NULL;     -- none is raised again
DELETE FROM pls.escalations;
UPDATE pls.motions SET expire_after = '10 days' WHERE motion = 'play';
SET pls.now = '2026-04-01 10:00+00';
SELECT pg_temp.qualify(e) FROM unnest('{k,l,m,n}'::text[]) AS e;
SELECT pls.touch(alert_id) FROM pls.alerts WHERE entity_id = 'l';
SELECT pls.snooze(alert_id, '2026-04-20') FROM pls.alerts WHERE entity_id = 'm';
SELECT pls.pause_sla(alert_id) FROM pls.alerts WHERE entity_id = 'n';
SET pls.now = '2026-04-11 09:59:59+00';
SELECT pls_internal.maintain_alerts('expire');
SET pls.now = '2026-04-11 10:00+00';
SELECT pg_temp.swept();
SELECT entity_id, status, closed_at, closed_reason FROM pls.alerts WHERE entity_id IN ('k', 'l', 'm', 'n') ORDER BY 1;
SELECT status, state, respond_state, resolve_state FROM pls.sla WHERE entity_id = 'k';
SELECT * FROM pg_temp.refused($$UPDATE pls.motions SET expire_after = '1 month' WHERE motion = 'play'$$);
-- what has come back, reopened or from being snoozed, has as long again
SAVEPOINT before;
SELECT pls.reopen(alert_id) FROM pls.alerts WHERE entity_id = 'k';
SET pls.now = '2026-04-20 00:00+00';
SELECT pg_temp.swept();
SELECT entity_id, status, closed_at FROM pls.alerts WHERE entity_id IN ('k', 'm') ORDER BY 1, 3;
SET pls.now = '2026-04-21 10:00+00';
SELECT pg_temp.swept();
SELECT entity_id, status, closed_at FROM pls.alerts WHERE entity_id IN ('k', 'm') ORDER BY 1, 3;
ROLLBACK TO before;
SET pls.now = '2026-04-11 10:00+00';
-- touched after all: it is taken up again
UPDATE pls.alerts SET first_touch_at = pls.now() WHERE entity_id = 'k';
SELECT status, closed_at, closed_reason FROM pls.alerts WHERE entity_id = 'k';

-- reps: what they have to do
UPDATE pls.reps SET active = true;
SELECT rep, active, absent, open_alerts, untouched, snoozed, at_work, breached, escalated, next_due, capacity, assigned_today, why_not
  FROM pls.rep_workload ORDER BY rep;
UPDATE pls.reps SET max_open = 2, daily_quota = 1 WHERE rep IN ('ann', 'bob');
UPDATE pls.reps SET active = false WHERE rep = 'meg';
INSERT INTO pls.absences (rep, absent_from, absent_until) VALUES ('max', '2026-04-10', '2026-04-20');
SELECT pls.reassign(alert_id, 'bob') FROM pls.alerts WHERE entity_id = 'n';
SELECT rep, active, absent, absent_until, open_alerts, max_open, capacity, assigned_today, daily_quota, why_not
  FROM pls.rep_workload ORDER BY rep;
ROLLBACK;
