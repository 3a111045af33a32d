-- References among the configuration tables: what foreign keys would do, row
-- by row of pls_internal.reference_rules(), and what a partial restore leaves.
\set ECHO none
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
BEGIN;
-- SQLSTATE, message and detail of a statement that is refused
CREATE FUNCTION pg_temp.tried(statement text, OUT state text, OUT message text, OUT detail text)
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement;
    SET CONSTRAINTS ALL IMMEDIATE;
    SET CONSTRAINTS ALL DEFERRED;
    state := 'done';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL;
END;
$$;
\pset format unaligned
\pset null -
SELECT count(*) > 0 AS made FROM pls.create_motion('trial', template => 'trial_conversion');
INSERT INTO pls.calendars (calendar) VALUES ('spare');
INSERT INTO pls.reps (rep, manager) VALUES ('boss', NULL), ('helper', 'boss');
INSERT INTO pls.pools (pool, fallback, calendar) VALUES ('spare pool', 'helper', 'spare');
INSERT INTO pls.pool_members (pool, rep) VALUES ('spare pool', 'helper');
INSERT INTO pls.absences (rep, absent_from) VALUES ('helper', '2026-01-01 00:00+00');
INSERT INTO pls.holidays (calendar, day) VALUES ('spare', '2026-12-25');
INSERT INTO pls.calendar_hours (calendar, weekday, opens, closes) VALUES ('spare', 1, '9:00', '17:00');
\set ECHO all

-- every rule has a trigger on either side, and nothing dangles
SELECT r.table_name, r.column_name, r.referred_table, r.on_delete,
       (SELECT count(*) FROM pg_trigger t
         WHERE t.tgrelid = format('pls.%I', r.table_name)::regclass
           AND t.tgname = 'refers_by_' || r.column_name) AS refers,
       (SELECT count(*) FROM pg_trigger t
         WHERE t.tgrelid = format('pls.%I', r.referred_table)::regclass
           AND t.tgname IN ('referred_by_' || r.table_name || '_' || r.column_name,
                            'truncated_under_' || r.table_name || '_' || r.column_name)) AS referred
FROM pls_internal.reference_rules() r ORDER BY 1, 2;
SELECT * FROM pls_internal.dangling_references();

-- a name that is not there
SELECT * FROM pg_temp.tried($$INSERT INTO pls.signals (motion, signal, category, events, within, op) VALUES ('none', 's', 'depth', '{x}', '1 day', '>=')$$);
SELECT * FROM pg_temp.tried($$UPDATE pls.routes SET pool = 'none'$$);
SELECT * FROM pg_temp.tried($$UPDATE pls.reps SET manager = 'none' WHERE rep = 'helper'$$);
SELECT * FROM pg_temp.tried($$INSERT INTO pls.exclusions (name, scope, ids, reason, motion) VALUES ('x', 'entity', '{x}', 'x', 'none')$$);
SELECT * FROM pg_temp.tried($$INSERT INTO pls.exclusions (name, scope, ids, reason, motion) VALUES ('x', 'entity', '{x}', 'x', NULL)$$);

-- the one that is named gets another name
SELECT * FROM pg_temp.tried($$UPDATE pls.calendars SET calendar = 'renamed' WHERE calendar = 'spare'$$);
SELECT * FROM pg_temp.tried($$UPDATE pls.reps SET rep = 'chief' WHERE rep = 'boss'$$);
SELECT * FROM pg_temp.tried($$UPDATE pls.reps SET rep = 'aide' WHERE rep = 'helper'$$);
SELECT * FROM pg_temp.tried($$UPDATE pls.pools SET pool = 'spare reps' WHERE pool = 'spare pool'$$);
SELECT p.pool, p.fallback, p.calendar, m.rep, r.manager, a.absent_from IS NOT NULL AS absence, h.day, c.weekday
FROM pls.pools p JOIN pls.pool_members m USING (pool) JOIN pls.reps r USING (rep)
LEFT JOIN pls.absences a USING (rep) LEFT JOIN pls.holidays h ON h.calendar = p.calendar
LEFT JOIN pls.calendar_hours c ON c.calendar = p.calendar
WHERE p.pool = 'spare reps';
SELECT * FROM pg_temp.tried($$UPDATE pls.motions SET motion = 'tried'$$);
SELECT (SELECT count(*) FROM pls.signals WHERE motion = 'tried') > 0 AS signals,
       (SELECT count(*) FROM pls.routes WHERE motion = 'tried') > 0 AS routes,
       (SELECT count(*) FROM pls.exclusions WHERE motion = 'tried') > 0 AS exclusions;

-- it is deleted: refused, or all goes with it
SELECT * FROM pg_temp.tried($$DELETE FROM pls.calendars WHERE calendar = 'renamed'$$);
SELECT * FROM pg_temp.tried($$DELETE FROM pls.reps WHERE rep = 'chief'$$);
SELECT * FROM pg_temp.tried($$DELETE FROM pls.reps WHERE rep = 'aide'$$);
UPDATE pls.pools SET fallback = NULL WHERE pool = 'spare reps';
SELECT * FROM pg_temp.tried($$DELETE FROM pls.reps WHERE rep IN ('aide', 'chief')$$);
SELECT count(*) FROM pls.pool_members WHERE rep = 'aide';
SELECT count(*) FROM pls.absences WHERE rep = 'aide';
SELECT * FROM pg_temp.tried($$DELETE FROM pls.pools WHERE pool = (SELECT min(pool) FROM pls.routes)$$);
SELECT * FROM pg_temp.tried($$TRUNCATE pls.calendars$$);
SELECT * FROM pg_temp.tried($$TRUNCATE pls.motions$$);
SELECT * FROM pg_temp.tried($$DELETE FROM pls.motions$$);
SELECT (SELECT count(*) FROM pls.signals) + (SELECT count(*) FROM pls.routes) + (SELECT count(*) FROM pls.grades)
     + (SELECT count(*) FROM pls.category_limits) + (SELECT count(*) FROM pls.escalations) AS rest;
SELECT * FROM pg_temp.tried($$TRUNCATE pls.motions$$);
SELECT * FROM pls_internal.dangling_references();

-- who may write one table needs no right on the other
CREATE ROLE pls_references_clerk;
GRANT USAGE ON SCHEMA pls TO pls_references_clerk;
GRANT INSERT ON pls.absences TO pls_references_clerk;
SET LOCAL ROLE pls_references_clerk;
SELECT * FROM pg_temp.tried($$INSERT INTO pls.absences (rep, absent_from) VALUES ('sdr-1', '2026-01-01 00:00+00')$$);
SELECT * FROM pg_temp.tried($$INSERT INTO pls.absences (rep, absent_from) VALUES ('none', '2026-01-01 00:00+00')$$);
-- nor do the settings of a dump give a right to more
SELECT set_config('search_path', '', true), set_config('check_function_bodies', 'off', true), pls_internal.restoring();
INSERT INTO pls.absences (rep, absent_from) VALUES ('none', '2026-01-01 00:00+00');
ROLLBACK;

-- while a dump is loaded the order does not matter; health says what is missing
BEGIN;
SET LOCAL client_min_messages = warning;
SELECT pls_internal.restoring();
SELECT set_config('search_path', '', true), pls_internal.restoring();
SET LOCAL check_function_bodies = off;
SELECT pls_internal.restoring();
INSERT INTO pls.routes (motion, position, route, pool) VALUES ('loaded', 1, 'all', 'none');
INSERT INTO pls.motions (motion, status) VALUES ('loaded', 'live');
INSERT INTO pls.reps (rep, manager) VALUES ('a', 'z');
RESET search_path;
SELECT pls_internal.restoring();
SELECT * FROM pls_internal.dangling_references();
SELECT status, value, hint FROM pls.health WHERE "check" = 'configuration';
UPDATE pls.motions SET status = 'draft' WHERE motion = 'loaded';
SELECT status, value FROM pls.health WHERE "check" = 'configuration';
INSERT INTO pls.pools (pool) VALUES ('none');
INSERT INTO pls.reps (rep) VALUES ('z');
SELECT status, value FROM pls.health WHERE "check" = 'configuration';
ROLLBACK;

-- the triggers refuse to be used otherwise
BEGIN;
CREATE TABLE public.pls_references_other (motion text);
SAVEPOINT s;
CREATE TRIGGER t AFTER INSERT ON public.pls_references_other FOR EACH ROW
    EXECUTE FUNCTION pls_internal.check_reference('signals', 'motion', 'motions', 'motion', 'cascade');
INSERT INTO public.pls_references_other VALUES ('x');
ROLLBACK TO s;
CREATE TRIGGER t BEFORE INSERT ON pls.signals FOR EACH ROW
    EXECUTE FUNCTION pls_internal.check_reference('signals', 'motion', 'motions', 'motion', 'cascade');
INSERT INTO pls.signals (motion, signal, category, events, within, op) VALUES ('none', 's', 'depth', '{x}', '1 day', '>=');
ROLLBACK TO s;
CREATE TRIGGER t AFTER DELETE ON pls.absences FOR EACH ROW EXECUTE FUNCTION pls_internal.follow_reference();
INSERT INTO pls.reps (rep) VALUES ('z');
INSERT INTO pls.absences (rep, absent_from) VALUES ('z', '2026-01-01 00:00+00');
DELETE FROM pls.absences;
ROLLBACK;
SELECT pls_internal.check_reference();
