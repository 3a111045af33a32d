/* 40_reps.sql - the people, or queues, that work alerts.
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
    CONSTRAINT reps_rep_not_blank CHECK (btrim(rep) <> ''),
    CONSTRAINT reps_time_zone_known CHECK (
        timezone(time_zone, timestamptz '1970-01-01 00:00:00+00') IS NOT NULL),
    CONSTRAINT reps_max_open_not_negative CHECK (max_open >= 0),
    CONSTRAINT reps_daily_quota_not_negative CHECK (
        daily_quota >= 0 AND daily_quota <> 'NaN' AND daily_quota <> 'Infinity'),
    CONSTRAINT reps_not_own_manager CHECK (manager <> rep)
);
COMMENT ON TABLE pls.reps IS
    'people (or queues) that work alerts';
COMMENT ON COLUMN pls.reps.rep IS 'short id, written into pls.alerts.assigned_to';
COMMENT ON COLUMN pls.reps.name IS 'full name, for people and drafts';
COMMENT ON COLUMN pls.reps.email IS 'address for notifications and drafts';
COMMENT ON COLUMN pls.reps.role_name IS 'database role of the rep, if there is one; row-level security shows it the alerts of the rep and of the rep''s pools, once it has access (pls.grant_access)';
COMMENT ON COLUMN pls.reps.manager IS 'the rep to whom missed alerts are escalated; NULL: nobody';
COMMENT ON COLUMN pls.reps.calendar IS 'working hours; the last resort for an alert''s calendar; NULL: around the clock';
COMMENT ON COLUMN pls.reps.time_zone IS 'time zone in which the rep''s day begins for daily_quota';
COMMENT ON COLUMN pls.reps.active IS 'false: gets nothing new; switching it keeps a row of pls.absences, so that coming back is fair';
COMMENT ON COLUMN pls.reps.max_open IS 'open, working and snoozed alerts the rep may hold before the pool passes them over; NULL: no limit';
COMMENT ON COLUMN pls.reps.daily_quota IS
    'new alerts a local day; fractions carry over (0.333 = one every third day, 2.5 = five in two days): over any k of the last 30 days fewer than ceil(k * quota) must have been assigned; NULL: no limit';
COMMENT ON COLUMN pls.reps.created_at IS 'when the row was written';

SELECT pg_extension_config_dump('pls.reps', '');
