/* 30_calendars.sql - working time: calendars, their hours, their holidays.
 *
 * A calendar is compiled and cached per backend (src/time/calendar_cache.c); the
 * trigger calendar_changed on each table has it read anew.  It is a row
 * trigger and ENABLE ALWAYS, because logical replication fires no others.
 *
 * Whoever changes a shipped calendar, its hours or its holidays makes it
 * their own (shipped = false).  A dump has every row (90_templates/40_shipped.sql).
 */

CREATE TABLE pls.calendars (
    calendar      text PRIMARY KEY,
    time_zone     text NOT NULL DEFAULT 'UTC',
    description   text,
    is_default    boolean NOT NULL DEFAULT false,
    shipped       boolean NOT NULL DEFAULT false
);

CREATE TABLE pls.calendar_hours (
    calendar      text NOT NULL,
    weekday       integer NOT NULL,
    opens         time NOT NULL,
    closes        time NOT NULL,
    PRIMARY KEY (calendar, weekday, opens),
    CONSTRAINT calendar_hours_weekday CHECK (weekday BETWEEN 1 AND 7),
    CONSTRAINT calendar_hours_block CHECK (opens < closes)
);

CREATE TABLE pls.holidays (
    calendar      text NOT NULL,
    day           date NOT NULL,
    name          text,
    opens         time,
    closes        time,
    yearly        boolean NOT NULL DEFAULT false,
    CONSTRAINT holidays_key UNIQUE NULLS NOT DISTINCT (calendar, day, opens, yearly),
    CONSTRAINT holidays_day CHECK (day BETWEEN '0001-01-01' AND '9999-12-31'),
    CONSTRAINT holidays_block
        CHECK ((opens IS NULL AND closes IS NULL)
               OR (opens IS NOT NULL AND closes IS NOT NULL AND opens < closes))
);
-- There is no primary key, because opens may be NULL; without this a
-- publication of all tables would refuse every UPDATE and DELETE.
ALTER TABLE pls.holidays REPLICA IDENTITY FULL;

COMMENT ON TABLE pls.calendars IS
'Working-time calendars: a time zone, with hours per weekday in pls.calendar_hours and exceptions in pls.holidays. No calendar (NULL) means around the clock.';
COMMENT ON COLUMN pls.calendars.calendar IS
'Name of the calendar, 1 to 63 bytes.';
COMMENT ON COLUMN pls.calendars.time_zone IS
'Time zone of its wall clock: a full name of pg_timezone_names, spelled as there.';
COMMENT ON COLUMN pls.calendars.description IS
'What it is for, in words; NULL: not said.';
COMMENT ON COLUMN pls.calendars.is_default IS
'Whether it applies to alerts whose route, motion, pool and rep name no calendar; at most one does.';
COMMENT ON COLUMN pls.calendars.shipped IS
'Came with the extension and is unchanged. Set by pls itself: false as soon as somebody changes the calendar, its hours or its holidays. A new calendar of the same name takes the place of a shipped one and of its hours.';

CREATE UNIQUE INDEX calendars_one_default ON pls.calendars (is_default) WHERE is_default;
COMMENT ON INDEX pls.calendars_one_default IS 'One calendar at most is the default.';

CREATE FUNCTION pls_internal.default_calendar() RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN (SELECT c.calendar FROM pls.calendars c WHERE c.is_default);
END;
$$;
COMMENT ON FUNCTION pls_internal.default_calendar IS
'The calendar with is_default, for alerts whose route, motion, pool and rep name none. NULL: there is none, and such alerts are due around the clock.';

COMMENT ON TABLE pls.calendar_hours IS
'Regular working hours: any number of blocks per weekday, which do not overlap (error 23P01). Hours over midnight are two blocks.';
COMMENT ON COLUMN pls.calendar_hours.calendar IS
'The calendar.';
COMMENT ON COLUMN pls.calendar_hours.weekday IS
'Day of the week, ISO: 1 Monday to 7 Sunday.';
COMMENT ON COLUMN pls.calendar_hours.opens IS
'Local time of day at which the block begins.';
COMMENT ON COLUMN pls.calendar_hours.closes IS
'Local time of day at which the block ends, after opens and at most 24:00.';
COMMENT ON CONSTRAINT calendar_hours_weekday ON pls.calendar_hours IS
'ISO weekdays: 1 Monday to 7 Sunday.';
COMMENT ON CONSTRAINT calendar_hours_block ON pls.calendar_hours IS
'A block ends after it begins.';

COMMENT ON TABLE pls.holidays IS
'Days that have no working hours, or hours of their own instead of their weekday''s: one row without hours for a whole day off, else one row for each block.';
COMMENT ON COLUMN pls.holidays.calendar IS
'The calendar.';
COMMENT ON COLUMN pls.holidays.day IS
'Local date, from year 1 to 9999.';
COMMENT ON COLUMN pls.holidays.name IS
'Name of the holiday; NULL if it has none.';
COMMENT ON COLUMN pls.holidays.opens IS
'Local time of day at which the block begins; NULL: the whole day is off.';
COMMENT ON COLUMN pls.holidays.closes IS
'Local time of day at which the block ends, after opens and at most 24:00; NULL: the whole day is off.';
COMMENT ON COLUMN pls.holidays.yearly IS
'true: each year on the month and day of day, from its year on and until 2500; 29 February in leap years only. Where there are rows for the single date they alone count for that date.';
COMMENT ON CONSTRAINT holidays_key ON pls.holidays IS
'A day has one row for the whole day, or one for each block.';
COMMENT ON CONSTRAINT holidays_day ON pls.holidays IS
'A date from year 1 to 9999: keeps out typing errors and infinity.';
COMMENT ON CONSTRAINT holidays_block ON pls.holidays IS
'A block has both ends and ends after it begins; a whole day off has neither.';

CREATE FUNCTION pls.due_at(start timestamptz, duration interval, calendar text DEFAULT NULL)
RETURNS timestamptz
AS 'MODULE_PATHNAME', 'pls_due_at'
LANGUAGE C STABLE PARALLEL SAFE COST 3;
COMMENT ON FUNCTION pls.due_at IS
'The instant at which the duration of working time has passed since start. Outside working hours it counts from the next opening; ending exactly at a closing gives that closing; zero gives start. One day is 24 hours of working time. Calendar NULL: around the clock. Start or duration NULL: NULL. Errors: 22023 duration with months or years, or negative; 22008 infinite argument, or result out of range; 42704 no such calendar; 55000 the calendar has no working time ahead.';

CREATE FUNCTION pls.working_time("from" timestamptz, "to" timestamptz, calendar text DEFAULT NULL)
RETURNS interval
AS 'MODULE_PATHNAME', 'pls_working_time'
LANGUAGE C STABLE PARALLEL SAFE COST 3;
COMMENT ON FUNCTION pls.working_time IS
'Working time from one instant up to, but not including, another, in hours and microseconds, negative if the second comes first. An instant is working time if the calendar''s wall clock then shows a time inside a block: an hour skipped in spring does not count, one shown twice in fall counts twice. Calendar NULL: around the clock. An instant NULL: NULL. Errors: 22008 infinite argument, or result out of range; 42704 no such calendar.';

-- The day is that of the next instant of working time: a microsecond of it
-- ends a microsecond after that.  What is worked until midnight ends at the
-- last closing.
CREATE FUNCTION pls.end_of_day(start timestamptz, calendar text DEFAULT NULL, time_zone text DEFAULT 'UTC')
RETURNS timestamptz
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    zone     text;
    opens    CONSTANT timestamptz := pls.due_at(start, interval '1 microsecond', calendar) - interval '1 microsecond';
    next_day timestamp;
    midnight timestamptz;
    over     interval;
BEGIN
    IF start IS NULL THEN
        RETURN NULL;
    END IF;
    zone := coalesce((SELECT c.time_zone FROM pls.calendars c WHERE c.calendar = end_of_day.calendar),
                     pls_internal.check_time_zone(time_zone));
    next_day := date_trunc('day', opens AT TIME ZONE zone) + interval '1 day';
    midnight := next_day AT TIME ZONE zone;
    -- where clocks go back to midnight there are two: the first ends the day
    over := (midnight - interval '1 microsecond') AT TIME ZONE zone - next_day;
    IF over >= interval '0' THEN
        midnight := midnight - interval '1 microsecond' - over;
    END IF;
    RETURN pls.due_at(start, pls.working_time(start, midnight, calendar), calendar);
END
$$;
COMMENT ON FUNCTION pls.end_of_day IS
'The last closing of the local day of start, or of the next day that has working hours if none are left on that day; start at a closing: it is over. Calendar NULL: the next midnight of time_zone, which is used for nothing else. Start NULL: NULL. Errors: 22008 infinite start, or result out of range; 22023 no such time zone; 42704 no such calendar; 55000 the calendar has no working time ahead.';

CREATE FUNCTION pls_internal.check_time_zone(time_zone text)
RETURNS text
AS 'MODULE_PATHNAME', 'pls_check_time_zone'
LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION pls_internal.check_time_zone IS
'The name of a time zone as pg_timezone_names spells it. A time zone is what has a full name in the IANA database: not an abbreviation (CEST, CET), not a POSIX rule (XYZ+3), not a name that depends on the machine (localtime). Errors: 22023 if it is none, or NULL.';

-- Shipped rows come before the triggers, which would call them the user's.
INSERT INTO pls.calendars (calendar, time_zone, description, shipped)
VALUES ('business_hours', 'UTC', 'Monday to Friday, 9:00 to 17:00; edit it or copy it', true);
INSERT INTO pls.calendar_hours (calendar, weekday, opens, closes)
SELECT 'business_hours', weekday, '09:00', '17:00'
FROM generate_series(1, 5) AS weekday;

CREATE FUNCTION pls_internal.calendar_changed()
RETURNS trigger
AS 'MODULE_PATHNAME', 'pls_calendar_changed'
LANGUAGE C VOLATILE;
COMMENT ON FUNCTION pls_internal.calendar_changed IS
'Trigger: makes every session reload the calendars. Error 39P01 if it is not fired as an AFTER trigger.';

CREATE FUNCTION pls_internal.check_calendar()
RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM pls_internal.check_name(NEW.calendar, 'calendar');
    NEW.time_zone := pls_internal.check_time_zone(NEW.time_zone);
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION pls_internal.check_calendar IS
'Trigger: completes and validates a row of pls.calendars.';

CREATE FUNCTION pls_internal.keep_shipped_calendar()
RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    NEW.shipped := TG_OP = 'INSERT' AND pls_internal.is_as_shipped('calendars', to_jsonb(NEW));
    IF TG_OP = 'INSERT' AND NOT NEW.shipped THEN
        DELETE FROM pls.calendars AS c
        WHERE c.calendar = NEW.calendar AND c.shipped;
    END IF;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION pls_internal.keep_shipped_calendar IS
'Trigger: an edited calendar is no longer a shipped one, and a calendar of the user''s replaces the shipped one of the same name. The role needs DELETE on pls.calendars.';

CREATE FUNCTION pls_internal.check_calendar_hours()
RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF NEW.weekday < 1 OR NEW.weekday > 7 THEN
        RAISE EXCEPTION 'weekday % of calendar "%" does not exist',
            NEW.weekday, NEW.calendar
            USING ERRCODE = 'check_violation',
                  HINT = 'Use 1 for Monday to 7 for Sunday.';
    END IF;
    IF NEW.closes <= NEW.opens THEN
        RAISE EXCEPTION 'block from % to % of calendar "%" does not end after it begins',
            NEW.opens, NEW.closes, NEW.calendar
            USING ERRCODE = 'check_violation',
                  HINT = 'Split hours over midnight into two blocks: until 24:00, and from 00:00 of the next weekday.';
    END IF;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION pls_internal.check_calendar_hours IS
'Trigger: refuses impossible weekdays and blocks (23514).';

CREATE FUNCTION pls_internal.check_holidays()
RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF NEW.day < '0001-01-01'::date OR NEW.day > '9999-12-31'::date THEN
        RAISE EXCEPTION 'holiday % of calendar "%" is out of range',
            NEW.day, NEW.calendar
            USING ERRCODE = 'check_violation',
                  HINT = 'Use a date from year 1 to 9999.';
    END IF;
    IF (NEW.opens IS NULL) <> (NEW.closes IS NULL) THEN
        RAISE EXCEPTION 'holiday % of calendar "%" has only one end of a block',
            NEW.day, NEW.calendar
            USING ERRCODE = 'check_violation',
                  HINT = 'Give both opens and closes, or neither for a whole day off.';
    END IF;
    IF NEW.closes <= NEW.opens THEN
        RAISE EXCEPTION 'block from % to % of holiday % of calendar "%" does not end after it begins',
            NEW.opens, NEW.closes, NEW.day, NEW.calendar
            USING ERRCODE = 'check_violation',
                  HINT = 'Split hours over midnight into two blocks: until 24:00, and from 00:00 of the next day.';
    END IF;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION pls_internal.check_holidays IS
'Trigger: refuses impossible days and blocks (23514).';

CREATE FUNCTION pls_internal.check_calendar_hours_overlap()
RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    clash record;
BEGIN
    -- Another session that edits the same calendar waits here, and then sees
    -- what this one has written.
    PERFORM FROM pls.calendars AS c
    WHERE c.calendar = ANY (ARRAY(SELECT n.calendar FROM new_rows AS n))
    ORDER BY c.calendar
    FOR NO KEY UPDATE;

    SELECT n.calendar, n.weekday, n.opens, n.closes,
           h.opens AS other_opens, h.closes AS other_closes
    INTO clash
    FROM new_rows AS n
    JOIN pls.calendar_hours AS h
      ON h.calendar = n.calendar AND h.weekday = n.weekday
     AND h.opens <> n.opens AND h.opens < n.closes AND h.closes > n.opens
    ORDER BY n.calendar, n.weekday, n.opens, h.opens
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'block from % to % on weekday % of calendar "%" overlaps the one from % to %',
            clash.opens, clash.closes, clash.weekday, clash.calendar,
            clash.other_opens, clash.other_closes
            USING ERRCODE = 'exclusion_violation',
                  HINT = 'Make one block of both, or let the later one open when the earlier one closes.';
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION pls_internal.check_calendar_hours_overlap IS
'Trigger: refuses blocks of a weekday that overlap (23P01). The role needs UPDATE on pls.calendars.';

CREATE FUNCTION pls_internal.check_holidays_overlap()
RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    clash record;
BEGIN
    PERFORM FROM pls.calendars AS c
    WHERE c.calendar = ANY (ARRAY(SELECT n.calendar FROM new_rows AS n))
    ORDER BY c.calendar
    FOR NO KEY UPDATE;

    SELECT n.calendar, n.day
    INTO clash
    FROM new_rows AS n
    JOIN pls.holidays AS h ON h.calendar = n.calendar AND h.yearly = n.yearly
     AND (h.day = n.day OR (h.yearly AND to_char(h.day, 'MMDD') = to_char(n.day, 'MMDD')))
    WHERE (h.opens IS NULL) <> (n.opens IS NULL)
    ORDER BY n.calendar, n.day
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'holiday % of calendar "%" is both a whole day off and has hours',
            clash.day, clash.calendar
            USING ERRCODE = 'exclusion_violation',
                  HINT = 'Keep either the row without hours or those with hours.';
    END IF;

    SELECT n.calendar, n.day, n.opens, n.closes,
           h.opens AS other_opens, h.closes AS other_closes
    INTO clash
    FROM new_rows AS n
    JOIN pls.holidays AS h
      ON h.calendar = n.calendar AND h.yearly = n.yearly
     AND (h.day = n.day OR (h.yearly AND to_char(h.day, 'MMDD') = to_char(n.day, 'MMDD')))
     AND (h.day, h.opens) <> (n.day, n.opens) AND h.opens < n.closes AND h.closes > n.opens
    ORDER BY n.calendar, n.day, n.opens, h.day, h.opens
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'block from % to % of holiday % of calendar "%" overlaps the one from % to %',
            clash.opens, clash.closes, clash.day, clash.calendar,
            clash.other_opens, clash.other_closes
            USING ERRCODE = 'exclusion_violation',
                  HINT = 'Make one block of both, or let the later one open when the earlier one closes.';
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION pls_internal.check_holidays_overlap IS
'Trigger: refuses blocks of a holiday that overlap, or hours on a whole day off (23P01); those of yearly holidays by month and day. A yearly holiday and one of a single date may meet: the single date wins. The role needs UPDATE on pls.calendars.';

CREATE FUNCTION pls_internal.take_over_calendar()
RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF TG_OP = 'INSERT' AND (
           NOT EXISTS (SELECT FROM pls.calendars AS c WHERE c.calendar = NEW.calendar AND c.shipped)
           OR pls_internal.is_as_shipped(TG_TABLE_NAME, to_jsonb(NEW))) THEN
        RETURN NULL;
    END IF;
    -- OLD is NULL in an INSERT, NEW in a DELETE, both in a TRUNCATE.
    UPDATE pls.calendars AS c
    SET shipped = false
    WHERE c.shipped
      AND (TG_OP = 'TRUNCATE' OR c.calendar = OLD.calendar OR c.calendar = NEW.calendar);
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION pls_internal.take_over_calendar IS
'Trigger: makes a shipped calendar the user''s own when its hours or holidays change. The role needs UPDATE on pls.calendars.';

CREATE TRIGGER check_calendar
    BEFORE INSERT OR UPDATE ON pls.calendars
    FOR EACH ROW EXECUTE FUNCTION pls_internal.check_calendar();
COMMENT ON TRIGGER check_calendar ON pls.calendars IS 'Checks name and time zone.';
CREATE TRIGGER keep_shipped
    BEFORE INSERT OR UPDATE ON pls.calendars
    FOR EACH ROW WHEN (NOT pls_internal.restoring()) EXECUTE FUNCTION pls_internal.keep_shipped_calendar();
COMMENT ON TRIGGER keep_shipped ON pls.calendars IS 'Keeps shipped calendars and the user''s own apart.';
CREATE TRIGGER calendar_changed
    AFTER INSERT OR UPDATE OR DELETE ON pls.calendars
    FOR EACH ROW EXECUTE FUNCTION pls_internal.calendar_changed();
COMMENT ON TRIGGER calendar_changed ON pls.calendars IS 'Makes every session reload the calendars.';
CREATE TRIGGER calendar_truncated
    AFTER TRUNCATE ON pls.calendars
    FOR EACH STATEMENT EXECUTE FUNCTION pls_internal.calendar_changed();
COMMENT ON TRIGGER calendar_truncated ON pls.calendars IS 'Makes every session reload the calendars.';
ALTER TABLE pls.calendars ENABLE ALWAYS TRIGGER calendar_changed;
ALTER TABLE pls.calendars ENABLE ALWAYS TRIGGER calendar_truncated;

CREATE TRIGGER check_calendar_hours
    BEFORE INSERT OR UPDATE ON pls.calendar_hours
    FOR EACH ROW EXECUTE FUNCTION pls_internal.check_calendar_hours();
COMMENT ON TRIGGER check_calendar_hours ON pls.calendar_hours IS 'Refuses impossible weekdays and blocks.';
CREATE TRIGGER check_overlap_insert
    AFTER INSERT ON pls.calendar_hours REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT WHEN (NOT pls_internal.restoring()) EXECUTE FUNCTION pls_internal.check_calendar_hours_overlap();
COMMENT ON TRIGGER check_overlap_insert ON pls.calendar_hours IS 'Refuses blocks that overlap.';
CREATE TRIGGER check_overlap_update
    AFTER UPDATE ON pls.calendar_hours REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT WHEN (NOT pls_internal.restoring()) EXECUTE FUNCTION pls_internal.check_calendar_hours_overlap();
COMMENT ON TRIGGER check_overlap_update ON pls.calendar_hours IS 'Refuses blocks that overlap.';
CREATE TRIGGER take_over_calendar
    AFTER INSERT OR UPDATE OR DELETE ON pls.calendar_hours
    FOR EACH ROW WHEN (NOT pls_internal.restoring()) EXECUTE FUNCTION pls_internal.take_over_calendar();
COMMENT ON TRIGGER take_over_calendar ON pls.calendar_hours IS 'Makes a shipped calendar the user''s own.';
CREATE TRIGGER take_over_calendars
    AFTER TRUNCATE ON pls.calendar_hours
    FOR EACH STATEMENT EXECUTE FUNCTION pls_internal.take_over_calendar();
COMMENT ON TRIGGER take_over_calendars ON pls.calendar_hours IS 'Makes the shipped calendars the user''s own.';
CREATE TRIGGER calendar_changed
    AFTER INSERT OR UPDATE OR DELETE ON pls.calendar_hours
    FOR EACH ROW EXECUTE FUNCTION pls_internal.calendar_changed();
COMMENT ON TRIGGER calendar_changed ON pls.calendar_hours IS 'Makes every session reload the calendars.';
CREATE TRIGGER calendar_truncated
    AFTER TRUNCATE ON pls.calendar_hours
    FOR EACH STATEMENT EXECUTE FUNCTION pls_internal.calendar_changed();
COMMENT ON TRIGGER calendar_truncated ON pls.calendar_hours IS 'Makes every session reload the calendars.';
ALTER TABLE pls.calendar_hours ENABLE ALWAYS TRIGGER calendar_changed;
ALTER TABLE pls.calendar_hours ENABLE ALWAYS TRIGGER calendar_truncated;

CREATE TRIGGER check_holidays
    BEFORE INSERT OR UPDATE ON pls.holidays
    FOR EACH ROW EXECUTE FUNCTION pls_internal.check_holidays();
COMMENT ON TRIGGER check_holidays ON pls.holidays IS 'Refuses impossible days and blocks.';
CREATE TRIGGER check_overlap_insert
    AFTER INSERT ON pls.holidays REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT WHEN (NOT pls_internal.restoring()) EXECUTE FUNCTION pls_internal.check_holidays_overlap();
COMMENT ON TRIGGER check_overlap_insert ON pls.holidays IS 'Refuses blocks that overlap.';
CREATE TRIGGER check_overlap_update
    AFTER UPDATE ON pls.holidays REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT WHEN (NOT pls_internal.restoring()) EXECUTE FUNCTION pls_internal.check_holidays_overlap();
COMMENT ON TRIGGER check_overlap_update ON pls.holidays IS 'Refuses blocks that overlap.';
CREATE TRIGGER take_over_calendar
    AFTER INSERT OR UPDATE OR DELETE ON pls.holidays
    FOR EACH ROW WHEN (NOT pls_internal.restoring()) EXECUTE FUNCTION pls_internal.take_over_calendar();
COMMENT ON TRIGGER take_over_calendar ON pls.holidays IS 'Makes a shipped calendar the user''s own.';
CREATE TRIGGER take_over_calendars
    AFTER TRUNCATE ON pls.holidays
    FOR EACH STATEMENT EXECUTE FUNCTION pls_internal.take_over_calendar();
COMMENT ON TRIGGER take_over_calendars ON pls.holidays IS 'Makes the shipped calendars the user''s own.';
CREATE TRIGGER calendar_changed
    AFTER INSERT OR UPDATE OR DELETE ON pls.holidays
    FOR EACH ROW EXECUTE FUNCTION pls_internal.calendar_changed();
COMMENT ON TRIGGER calendar_changed ON pls.holidays IS 'Makes every session reload the calendars.';
CREATE TRIGGER calendar_truncated
    AFTER TRUNCATE ON pls.holidays
    FOR EACH STATEMENT EXECUTE FUNCTION pls_internal.calendar_changed();
COMMENT ON TRIGGER calendar_truncated ON pls.holidays IS 'Makes every session reload the calendars.';
ALTER TABLE pls.holidays ENABLE ALWAYS TRIGGER calendar_changed;
ALTER TABLE pls.holidays ENABLE ALWAYS TRIGGER calendar_truncated;

SELECT pg_extension_config_dump('pls.calendars', '');
SELECT pg_extension_config_dump('pls.calendar_hours', '');
SELECT pg_extension_config_dump('pls.holidays', '');
