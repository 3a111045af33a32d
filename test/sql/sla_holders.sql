-- A missed limit is of who held the alert when it was missed: in pls.sla at
-- every instant, through reassignments, pauses, moved due times and reopening;
-- and pls.sla_by_rep() blames nobody for what happened before.
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
\set SHOW_CONTEXT never
SET pls.now = '2026-03-02 10:00+00';
BEGIN;
\i :setup
INSERT INTO pls.calendars (calendar) VALUES ('week');
INSERT INTO pls.calendar_hours (calendar, weekday, opens, closes)
SELECT 'week', d, '09:00', '17:00' FROM generate_series(1, 5) AS d;
UPDATE pls.routes SET calendar = 'week' WHERE motion = 'play';
UPDATE pls.dispositions SET cooldown = '0';
CREATE FUNCTION pg_temp.at(instant timestamptz) RETURNS text LANGUAGE sql
AS $$ SELECT left(set_config('pls.now', instant::text, false), 0) $$;
CREATE FUNCTION pg_temp.id(entity text) RETURNS bigint LANGUAGE sql
AS $$ SELECT a.alert_id FROM pls.alerts a WHERE a.entity_id = entity $$;
CREATE FUNCTION pg_temp.blamed(entity text)
RETURNS TABLE (rep text, respond_state text, respond_missed_by text, resolve_state text, resolve_missed_by text, late interval) LANGUAGE sql
AS $$
    SELECT s.assigned_to, s.respond_state, s.respond_missed_by, s.resolve_state, s.resolve_missed_by, s.touch_late_by
      FROM pls.sla s WHERE s.entity_id = entity
$$;
CREATE FUNCTION pg_temp.stored(entity text) RETURNS TABLE (respond text, resolve text) LANGUAGE sql
AS $$ SELECT a.respond_missed_by, a.resolve_missed_by FROM pls.alerts a WHERE a.entity_id = entity $$;
\set ECHO all
SAVEPOINT fresh;
-- 10:00, due at 12:00: the rescuer touches it five minutes after getting it
SELECT pg_temp.qualify('a');
SELECT * FROM pg_temp.blamed('a');
SELECT pg_temp.at('2026-03-02 12:00+00');
SELECT * FROM pg_temp.blamed('a');
SELECT pg_temp.at('2026-03-02 12:00:01+00');
SELECT * FROM pg_temp.blamed('a');
SELECT * FROM pg_temp.stored('a');
SELECT pls.reassign(pg_temp.id('a'), 'bob');
SELECT * FROM pg_temp.blamed('a');
SELECT pg_temp.at('2026-03-02 12:05+00');
SELECT pls.reassign(pg_temp.id('a'), 'cy');
SELECT * FROM pg_temp.blamed('a');
SELECT pls.touch(pg_temp.id('a'));
SELECT pg_temp.at('2026-03-02 12:06+00');
SELECT pls.dispose(pg_temp.id('a'), 'meeting set');
SELECT * FROM pg_temp.blamed('a');
SELECT * FROM pg_temp.stored('a');

-- handed on in time, it is the second one's, even if it comes back
SELECT pg_temp.at('2026-03-03 10:00+00');
SELECT pg_temp.qualify('b');
SELECT assigned_to, respond_by FROM pls.alerts WHERE entity_id = 'b';
SELECT pg_temp.at('2026-03-03 11:00+00');
UPDATE pls.alerts SET assigned_to = 'cy' WHERE entity_id = 'b';
SELECT pg_temp.at('2026-03-03 13:00+00');
UPDATE pls.alerts SET assigned_to = 'bob' WHERE entity_id = 'b';
SELECT * FROM pg_temp.blamed('b');
-- nobody held it
SELECT pg_temp.qualify('c');
UPDATE pls.alerts SET assigned_to = NULL WHERE entity_id = 'c';
SELECT pg_temp.at('2026-03-03 16:00+00');
SELECT * FROM pg_temp.blamed('c');
UPDATE pls.alerts SET assigned_to = 'ann' WHERE entity_id = 'c';
UPDATE pls.alerts SET assigned_to = 'cy' WHERE entity_id = 'c';
SELECT * FROM pg_temp.blamed('c');
-- both limits, each its own: the second is missed by who has it then
SELECT resolve_by FROM pls.alerts WHERE entity_id = 'c';
SELECT pg_temp.at('2026-03-16 09:00+00');
SELECT * FROM pg_temp.blamed('c');
UPDATE pls.alerts SET assigned_to = 'ann' WHERE entity_id = 'c';
SELECT * FROM pg_temp.blamed('c');
-- closed late, then reopened and closed again
UPDATE pls.alerts SET disposition = 'contacted', disposition_reason = 'x' WHERE entity_id = 'c';
SELECT * FROM pg_temp.blamed('c');
SELECT pls.reopen(pg_temp.id('c'));
SELECT * FROM pg_temp.blamed('c');

-- A due time is moved: ahead, nobody has missed it; into the past, whoever
-- held it then has, by the log.
SELECT pg_temp.at('2026-03-17 10:00+00');
SELECT pg_temp.qualify('d');
SELECT assigned_to, respond_by FROM pls.alerts WHERE entity_id = 'd';
SELECT pg_temp.at('2026-03-17 12:30+00');
UPDATE pls.alerts SET assigned_to = 'cy' WHERE entity_id = 'd';
SELECT respond_state, respond_missed_by FROM pg_temp.blamed('d');
UPDATE pls.alerts SET respond_within = '5 hours' WHERE entity_id = 'd';
SELECT respond_by FROM pls.alerts WHERE entity_id = 'd';
SELECT respond_state, respond_missed_by FROM pg_temp.blamed('d');
SELECT * FROM pg_temp.stored('d');
UPDATE pls.alerts SET respond_by = '2026-03-17 11:00+00' WHERE entity_id = 'd';
SELECT respond_state, respond_missed_by FROM pg_temp.blamed('d');
UPDATE pls.alerts SET respond_by = '2026-03-17 12:30+00' WHERE entity_id = 'd';
SELECT pg_temp.at('2026-03-17 12:40+00');
SELECT respond_state, respond_missed_by FROM pg_temp.blamed('d');
-- a touch that is told late, of a time before the limit
UPDATE pls.alerts SET assigned_to = 'ann', first_touch_at = '2026-03-17 12:20+00' WHERE entity_id = 'd';
SELECT * FROM pg_temp.blamed('d');
SELECT * FROM pg_temp.stored('d');

-- Lateness excludes pauses: due Mon 12:00, missed; paused Mon 14:00 to Wed
-- 14:00, touched then: late by 2 hours, not by 18.
SELECT pg_temp.at('2026-03-23 10:00+00');
SELECT pg_temp.qualify('e');
SELECT pg_temp.at('2026-03-23 14:00+00');
SELECT pls.pause_sla(pg_temp.id('e'));
SELECT pg_temp.at('2026-03-25 14:00+00');
SELECT state, time_left, time_left_seconds, touch_late_by, touch_late_seconds FROM pls.sla WHERE entity_id = 'e';
SELECT pls.resume_sla(pg_temp.id('e'));
SELECT pls.touch(pg_temp.id('e'));
SELECT respond_state, time_to_touch, touch_late_by, time_to_touch - respond_within = touch_late_by AS agrees,
       time_to_touch_seconds, touch_late_seconds FROM pls.sla WHERE entity_id = 'e';

-- Per rep and week: what was given, met and missed while theirs.  Of the
-- second week: nothing but what bob did to alerts that he got late.
SELECT * FROM pls.sla_by_rep('2026-03-01', '2026-04-01');
SELECT * FROM pls.sla_by_rep('2026-03-02', '2026-03-03', 'UTC');
SELECT * FROM pls.sla_by_rep('2026-03-02 10:00+00', '2026-03-02 10:00:01+00', 'Pacific/Auckland');
SELECT * FROM pls.sla_by_rep('2025-03-01', '2025-04-01');
SELECT * FROM pg_temp.refused($$SELECT * FROM pls.sla_by_rep('2026-03-01', '2026-03-01')$$);
SELECT * FROM pg_temp.refused($$SELECT * FROM pls.sla_by_rep('2026-03-01', NULL)$$);
SELECT * FROM pg_temp.refused($$SELECT * FROM pls.sla_by_rep('2026-03-01', '2026-04-01', 'Mars')$$);
-- given and missed agree with the log and with pls.sla
SELECT (SELECT sum(given) FROM pls.sla_by_rep('2026-03-01', '2026-04-01'))
     = (SELECT count(*) FROM pls.alert_log WHERE change #>> '{assigned_to,1}' IS NOT NULL) AS all_given,
       (SELECT sum(missed) FROM pls.sla_by_rep('2026-03-01', '2026-04-01'))
     = (SELECT count(*) FROM (SELECT DISTINCT s.alert_id, r.rep FROM pls.sla s, unnest(ARRAY[respond_missed_by, resolve_missed_by]) AS r (rep)
                               WHERE r.rep IS NOT NULL) x) AS all_missed;
-- what a rep had, and for how long: 09:00 to 17:00 only, and not while closed
SELECT h.rep, h.got_at, h.lost_at, h.held FROM pls.alerts a, pls_internal.holdings_of(a) h WHERE a.entity_id = 'a' ORDER BY h.got_at;
SELECT h.rep, h.got_at, h.lost_at, h.held FROM pls.alerts a, pls_internal.holdings_of(a) h WHERE a.entity_id = 'c' ORDER BY h.got_at;

-- At random: whatever is done, at every instant a missed limit is of who, by
-- the log, held the alert when it was due.
ROLLBACK TO fresh;
CREATE FUNCTION pg_temp.pick(n integer, VARIADIC words text[]) RETURNS integer LANGUAGE sql IMMUTABLE
AS $$ SELECT (('x' || substr(md5(array_to_string(words, '/')), 1, 8))::bit(32)::bigint % n)::integer $$;
CREATE TABLE pg_temp.differ (step integer, entity text, said text, right_is text);
CREATE TABLE pg_temp.seen (missed integer, handed_on integer, nobody integer);
CREATE FUNCTION pg_temp.compare(step integer) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    WITH c AS (
        SELECT s.entity_id, l.said, CASE WHEN l.done > l.due THEN (
                   SELECT g.change #>> '{assigned_to,1}' FROM pls.alert_log g
                    WHERE g.alert_id = s.alert_id AND g.change ? 'assigned_to' AND g.at <= l.due
                    ORDER BY g.log_id DESC LIMIT 1) END AS right_is, l.done > l.due AS missed, s.assigned_to
          FROM pls.sla s
         CROSS JOIN LATERAL (VALUES (s.respond_missed_by, s.respond_by, coalesce(s.first_touch_at, s.closed_at, pls.now())),
                                    (s.resolve_missed_by, s.resolve_by, coalesce(s.closed_at, pls.now()))) AS l (said, due, done)
    ), i AS (
        INSERT INTO pg_temp.differ SELECT step, c.entity_id, c.said, c.right_is FROM c WHERE c.said IS DISTINCT FROM c.right_is)
    INSERT INTO pg_temp.seen
    SELECT count(*) FILTER (WHERE c.missed), count(*) FILTER (WHERE c.right_is <> c.assigned_to), count(*) FILTER (WHERE c.missed AND c.right_is IS NULL) FROM c;
END
$$;
DO $$
DECLARE
    changes CONSTANT text[] := ARRAY[
        $c$assigned_to = 'ann'$c$, $c$assigned_to = 'bob'$c$, $c$assigned_to = 'cy'$c$, $c$assigned_to = 'ann'$c$, $c$assigned_to = 'bob'$c$, 'assigned_to = NULL',
        $c$status = 'working'$c$, $c$disposition = 'contacted', disposition_reason = 'x'$c$, 'paused_at = pls.now()', 'paused_at = NULL',
        $c$respond_within = '30 minutes'$c$, $c$respond_within = '9 hours'$c$, $c$resolve_within = '5 hours'$c$, $c$resolve_within = '40 hours'$c$,
        $c$respond_by = pls.now() - interval '5 hours'$c$, $c$resolve_by = pls.now() - interval '20 hours', assigned_to = 'cy'$c$];
    t  timestamptz := '2026-03-02 10:00+00';
    a  pls.alerts;
    n  text;
BEGIN
    FOR k IN 1..15 LOOP
        PERFORM pg_temp.qualify('z' || k);
    END LOOP;
    FOR k IN 1..600 LOOP
        n := k::text;
        t := t + pg_temp.pick(5400, n, 'step') * interval '1 second';
        PERFORM set_config('pls.now', t::text, true);
        SELECT x.* INTO a FROM pls.alerts x WHERE x.entity_id = 'z' || 1 + pg_temp.pick(15, n, 'which');
        BEGIN
            EXECUTE format('UPDATE pls.alerts SET %s WHERE alert_id = $1', CASE
                WHEN a.closed_at IS NULL THEN changes[1 + pg_temp.pick(16, n, 'what')]
                WHEN pg_temp.pick(4, n, 'back') = 0 THEN $c$disposed_at = disposed_at - interval '1 hour'$c$
                ELSE $c$status = 'open'$c$ END) USING a.alert_id;
        EXCEPTION WHEN object_not_in_prerequisite_state OR invalid_parameter_value THEN
            NULL;       -- not of this alert now
        END;
        PERFORM pg_temp.compare(k);
    END LOOP;
END
$$;
SELECT sum(missed) > 2000 AS missed, sum(handed_on) > 1000 AS handed_on, sum(nobody) > 200 AS nobody FROM pg_temp.seen;
SELECT * FROM pg_temp.differ ORDER BY step, entity LIMIT 5;
ROLLBACK;
