-- Working time: a change of a calendar is seen by the next statement, and is
-- unseen once rolled back.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
RESET client_min_messages;
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET intervalstyle = 'postgres';
CREATE FUNCTION pg_temp.hours() RETURNS interval LANGUAGE sql
AS $$ SELECT pls.working_time('2024-03-04', '2024-03-11', 'cached') $$;

INSERT INTO pls.calendars (calendar) VALUES ('cached');
SELECT pg_temp.hours();
INSERT INTO pls.calendar_hours VALUES ('cached', 1, '09:00', '17:00');
SELECT pg_temp.hours();
UPDATE pls.calendar_hours SET closes = '18:00' WHERE calendar = 'cached';
SELECT pg_temp.hours();
INSERT INTO pls.holidays VALUES ('cached', '2024-03-04', 'short', '09:00', '12:00');
SELECT pg_temp.hours();
DELETE FROM pls.holidays WHERE calendar = 'cached';
SELECT pg_temp.hours();

-- own changes, rolled back
BEGIN;
DELETE FROM pls.calendar_hours WHERE calendar = 'cached';
SELECT pg_temp.hours();
ROLLBACK;
SELECT pg_temp.hours();

-- savepoints
BEGIN;
INSERT INTO pls.calendar_hours VALUES ('cached', 2, '09:00', '10:00');
SELECT pg_temp.hours();
SAVEPOINT a;
INSERT INTO pls.calendar_hours VALUES ('cached', 3, '09:00', '11:00');
SELECT pg_temp.hours();
SAVEPOINT b;
INSERT INTO pls.holidays VALUES ('cached', '2024-03-04');
SELECT pg_temp.hours();
ROLLBACK TO b;
SELECT pg_temp.hours();
RELEASE a;
SELECT pg_temp.hours();
ROLLBACK;
SELECT pg_temp.hours();

-- a failed statement, its error trapped
DO $$
BEGIN
    BEGIN
        UPDATE pls.calendar_hours SET closes = '10:00' WHERE calendar = 'cached';
        RAISE NOTICE '%', pg_temp.hours();
        RAISE EXCEPTION 'undo';
    EXCEPTION WHEN OTHERS THEN
        RAISE NOTICE '%', pg_temp.hours();
    END;
END
$$;

-- the time zone, the name
UPDATE pls.calendars SET time_zone = 'America/New_York' WHERE calendar = 'cached';
SELECT pls.due_at('2024-03-04', '1 hour', 'cached');
BEGIN;
UPDATE pls.calendars SET calendar = 'renamed' WHERE calendar = 'cached';
SELECT pls.due_at('2024-03-04', '1 hour', 'renamed');
SAVEPOINT a;
SELECT pg_temp.hours();
ROLLBACK TO a;
ROLLBACK;
SELECT pg_temp.hours();

-- TRUNCATE
BEGIN;
TRUNCATE pls.calendar_hours;
SELECT pg_temp.hours();
SELECT calendar FROM pls.calendars WHERE shipped;
ROLLBACK;
SELECT pg_temp.hours();
SELECT calendar FROM pls.calendars WHERE shipped;

-- an error while the calendar is read leaves nothing behind
BEGIN;
ALTER TABLE pls.calendar_hours RENAME COLUMN opens TO elsewhere;
SAVEPOINT a;
SELECT pg_temp.hours();
ROLLBACK TO a;
ALTER TABLE pls.calendar_hours RENAME COLUMN elsewhere TO opens;
SELECT pg_temp.hours();
ALTER TABLE pls.calendar_hours RENAME TO elsewhere;
SAVEPOINT a;
SELECT pg_temp.hours();
ROLLBACK TO a;
ALTER TABLE pls.elsewhere RENAME TO calendar_hours;
SELECT pg_temp.hours();
SET LOCAL session_replication_role = replica;
UPDATE pls.calendars SET time_zone = 'Nowhere' WHERE calendar = 'cached';
SAVEPOINT a;
SELECT pg_temp.hours();
ROLLBACK TO a;
UPDATE pls.calendars SET time_zone = 'UTC' WHERE calendar = 'cached';
SELECT pg_temp.hours();
SHOW search_path;
COMMIT;

-- an older snapshot: calendars are read as they are now, like catalogs
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) FROM pls.holidays WHERE calendar = 'cached';
SELECT pg_temp.hours();
COMMIT;

-- without the table triggers, as logical replication applies changes
SET session_replication_role = replica;
UPDATE pls.calendar_hours SET closes = '12:00' WHERE calendar = 'cached';
RESET session_replication_role;
SELECT pg_temp.hours();

-- parallel workers read it, too, as the leader sees it
CREATE TABLE many_instants AS
SELECT timestamptz '2024-01-01' + i * interval '10 minutes' AS at
FROM generate_series(1, 20000) AS i;
ANALYZE many_instants;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
BEGIN;
UPDATE pls.calendar_hours SET closes = '13:00' WHERE calendar = 'cached';
EXPLAIN (COSTS OFF)
SELECT sum(pls.working_time('2024-01-01', at, 'cached')) FROM many_instants;
SELECT sum(pls.working_time('2024-01-01', at, 'cached')) FROM many_instants;
SET LOCAL max_parallel_workers_per_gather = 0;
SELECT sum(pls.working_time('2024-01-01', at, 'cached')) FROM many_instants;
ROLLBACK;
SELECT sum(pls.working_time('2024-01-01', at, 'cached')) FROM many_instants;
DROP TABLE many_instants;

-- many calendars, read again and again: what is dropped is given back
BEGIN;
INSERT INTO pls.calendars (calendar) SELECT 'm' || i FROM generate_series(1, 100) AS i;
INSERT INTO pls.calendar_hours
SELECT 'm' || i, d, '09:00', '17:00' FROM generate_series(1, 100) AS i, generate_series(1, 5) AS d;
CREATE FUNCTION pg_temp.read_all() RETURNS bigint LANGUAGE sql
AS $$
    SELECT count(pls.working_time('2024-01-01', '2024-02-01', 'm' || i))
    FROM generate_series(1, 100) AS i
$$;
SELECT pg_temp.read_all();
CREATE TEMP TABLE memory AS
SELECT count(*), sum(total_bytes) AS bytes FROM pg_backend_memory_contexts
WHERE name LIKE 'pls calendar%';
DO $$
BEGIN
    FOR i IN 1 .. 30 LOOP
        UPDATE pls.calendar_hours SET closes = '18:00' WHERE calendar = 'm1' AND weekday = 1;
        PERFORM pg_temp.read_all();
    END LOOP;
END
$$;
SELECT count(*) = (SELECT m.count FROM memory AS m) AS contexts,
       sum(total_bytes) = (SELECT m.bytes FROM memory AS m) AS bytes
FROM pg_backend_memory_contexts
WHERE name LIKE 'pls calendar%';
ROLLBACK;

-- a shipped calendar becomes the user's own when it is changed
SELECT calendar, shipped FROM pls.calendars WHERE calendar = 'business_hours';
BEGIN;
INSERT INTO pls.holidays VALUES ('business_hours', '2024-12-25', 'Christmas');
SELECT calendar, shipped FROM pls.calendars WHERE calendar = 'business_hours';
ROLLBACK;
BEGIN;
UPDATE pls.calendar_hours SET opens = '08:00' WHERE calendar = 'business_hours' AND weekday = 1;
SELECT calendar, shipped FROM pls.calendars WHERE calendar = 'business_hours';
ROLLBACK;
BEGIN;
UPDATE pls.calendars SET time_zone = 'Europe/Berlin' WHERE calendar = 'business_hours';
SELECT calendar, shipped FROM pls.calendars WHERE calendar = 'business_hours';
ROLLBACK;
-- as a restore does
BEGIN;
INSERT INTO pls.calendars (calendar, time_zone) VALUES ('business_hours', 'Europe/Berlin');
INSERT INTO pls.calendar_hours VALUES ('business_hours', 1, '09:00', '10:00');
SELECT pls.due_at('2024-03-01', '2 hours', 'business_hours'), count(*)
FROM pls.calendars WHERE NOT shipped AND calendar = 'business_hours';
ROLLBACK;

DELETE FROM pls.calendars WHERE calendar = 'cached';
SELECT pg_temp.hours();
