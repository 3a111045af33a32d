/* 40_reps.sql - the people, or queues, that work alerts.
 *
 * This and what comes after it, as far as dispositions, is how an alert finds
 * its way.  Nothing here is written when an alert is raised: turns are counted
 * from pls.alerts, so two transactions that raise alerts at the same time never
 * wait for each other.
 */

CREATE TABLE pls.reps (
    rep          text PRIMARY KEY,
    name         text,
    email        text,
    role_name    name,
    manager      text,
    calendar     text,
    time_zone    text NOT NULL DEFAULT 'UTC',
    active       boolean NOT NULL DEFAULT true,
    max_open     integer,
    daily_quota  numeric,
    created_at   timestamptz NOT NULL DEFAULT now(),
    details      jsonb NOT NULL DEFAULT '{}',
    quota_changed_at timestamptz NOT NULL,
    CONSTRAINT reps_rep_not_blank CHECK (btrim(rep) <> ''),
    CONSTRAINT reps_max_open_not_negative CHECK (max_open >= 0),
    CONSTRAINT reps_daily_quota_not_negative_and_finite CHECK (
        daily_quota >= 0 AND daily_quota <> 'NaN' AND daily_quota <> 'Infinity'),
    CONSTRAINT reps_quota_changed_at_finite CHECK (isfinite(quota_changed_at)),
    CONSTRAINT reps_details_is_an_object CHECK (jsonb_typeof(details) = 'object'),
    CONSTRAINT reps_not_own_manager CHECK (manager <> rep)
);
COMMENT ON TABLE pls.reps IS
    'People (or queues) that work alerts.';
COMMENT ON COLUMN pls.reps.rep IS 'Short id, written into pls.alerts.assigned_to.';
COMMENT ON COLUMN pls.reps.name IS 'Full name, for people and drafts.';
COMMENT ON COLUMN pls.reps.email IS 'Address for notifications and drafts.';
COMMENT ON COLUMN pls.reps.role_name IS 'Database role of the rep, if there is one; row-level security shows it the alerts of the rep and of the rep''s pools, once it has access (pls.grant_access).';
COMMENT ON COLUMN pls.reps.manager IS 'The rep to whom missed alerts are escalated; NULL: nobody.';
COMMENT ON COLUMN pls.reps.calendar IS 'Working hours; the calendar of the rep''s alerts when neither route nor motion nor pool name one (pls.alerts.calendar_of_rep); NULL: around the clock, and alerts go by the default calendar.';
COMMENT ON COLUMN pls.reps.time_zone IS 'Time zone in which the rep''s day begins for daily_quota: a full name of pg_timezone_names, spelled as there.';
COMMENT ON COLUMN pls.reps.active IS 'false: gets no new alerts; changing it records an absence in pls.absences, so that coming back is fair.';
COMMENT ON COLUMN pls.reps.max_open IS 'open, working and snoozed alerts the rep may hold before the pool skips the rep; NULL: no limit.';
COMMENT ON COLUMN pls.reps.daily_quota IS
    'Turns per local day. At midnight the rep has as many tokens as the quota says and the fraction that was left (below 1 a day: what was left, up to 1); an alert that takes a turn takes one, and less than one is over quota: 2.5 is 2, 3, 2, 3 a day, 0.333 one every third day, 0 none. Whole tokens of a day are not kept for the next, and more than that was used is not owed. NULL: no limit.';
COMMENT ON COLUMN pls.reps.details IS 'Further fields for messages, such as {"title": "...", "calendar_link": "..."}: {{rep.title}} in a template prints them.';
COMMENT ON COLUMN pls.reps.created_at IS 'When the row was written.';
COMMENT ON COLUMN pls.reps.quota_changed_at IS 'When daily_quota was set, by pls.now(): turns that were taken before do not count against it; kept by a trigger.';

SELECT pg_extension_config_dump('pls.reps', '');

CREATE FUNCTION pls_internal.check_rep() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    NEW.time_zone := pls_internal.check_time_zone(NEW.time_zone);
    IF TG_OP = 'INSERT' THEN
        NEW.quota_changed_at := coalesce(NEW.quota_changed_at, pls.now());
    ELSIF NEW.daily_quota IS DISTINCT FROM OLD.daily_quota
          AND NEW.quota_changed_at IS NOT DISTINCT FROM OLD.quota_changed_at THEN
        NEW.quota_changed_at := pls.now();
    END IF;
    RETURN NEW;
END;
$$;
COMMENT ON FUNCTION pls_internal.check_rep IS 'Trigger: completes and validates a row of pls.reps.';

CREATE TRIGGER check_rep BEFORE INSERT OR UPDATE ON pls.reps
    FOR EACH ROW EXECUTE FUNCTION pls_internal.check_rep();
COMMENT ON TRIGGER check_rep ON pls.reps IS 'Completes and validates the row.';

CREATE FUNCTION pls_internal.calendar_of(rep text) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN coalesce((SELECT r.calendar FROM pls.reps r WHERE r.rep = calendar_of.rep),
                    pls_internal.default_calendar());
END;
$$;
COMMENT ON FUNCTION pls_internal.calendar_of IS
    'The calendar of a rep''s alerts for which nothing else names one: the rep''s, else the default one; rep NULL: nobody. NULL: around the clock.';
