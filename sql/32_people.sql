/* 32_people.sql - who works alerts, and how an alert finds its way to them.
 *
 * Configuration, edited as rows.  Nothing here is written when an alert is
 * raised: turns are counted from pls.alerts, so two transactions that raise
 * alerts at the same time never wait for each other.
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
    created_at   timestamptz NOT NULL DEFAULT pg_catalog.now(),
    CONSTRAINT reps_rep_not_blank CHECK (pg_catalog.btrim(rep) OPERATOR(pg_catalog.<>) ''),
    CONSTRAINT reps_time_zone_known CHECK (
        pg_catalog.timezone(time_zone, timestamptz '1970-01-01 00:00:00+00') IS NOT NULL),
    CONSTRAINT reps_max_open_not_negative CHECK (max_open OPERATOR(pg_catalog.>=) 0),
    CONSTRAINT reps_daily_quota_not_negative CHECK (
        daily_quota OPERATOR(pg_catalog.>=) 0 AND daily_quota OPERATOR(pg_catalog.<>) 'NaN' AND daily_quota OPERATOR(pg_catalog.<>) 'Infinity'),
    CONSTRAINT reps_not_own_manager CHECK (manager OPERATOR(pg_catalog.<>) rep)
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

CREATE TABLE pls.pools (
    pool        text PRIMARY KEY,
    description text,
    calendar    text,
    period      interval DEFAULT '28 days',
    fallback    text,
    defer       boolean NOT NULL DEFAULT false,
    owner_takes_turn boolean NOT NULL DEFAULT false,
    CONSTRAINT pools_pool_not_blank CHECK (pg_catalog.btrim(pool) OPERATOR(pg_catalog.<>) ''),
    CONSTRAINT pools_period_positive CHECK (period OPERATOR(pg_catalog.>) interval '0'),
    CONSTRAINT pools_period_without_months CHECK (
        extract(year FROM period) OPERATOR(pg_catalog.=) 0 AND extract(month FROM period) OPERATOR(pg_catalog.=) 0)
);
COMMENT ON TABLE pls.pools IS
    'groups of reps that share alerts by weight';
COMMENT ON COLUMN pls.pools.pool IS 'short id, named by routes';
COMMENT ON COLUMN pls.pools.description IS 'what the pool is for';
COMMENT ON COLUMN pls.pools.calendar IS 'working hours of alerts of the pool when neither route nor motion name a calendar; NULL: see pls.reps.calendar';
COMMENT ON COLUMN pls.pools.period IS 'turns are counted over periods of this length, aligned to Monday 1970-01-05 00:00 UTC, and begin anew with each; days or less; NULL: counted for ever';
COMMENT ON COLUMN pls.pools.fallback IS 'the rep who gets what no member can take; NULL: it stays unassigned and is tried again';
COMMENT ON COLUMN pls.pools.owner_takes_turn IS 'whether an alert that goes to the account''s owner, being a member, counts as one of the owner''s turns; false: it comes on top';
COMMENT ON COLUMN pls.pools.defer IS 'true: when no member can take an alert it is not raised but decided again later (reason no_capacity); a route may say otherwise';

CREATE TABLE pls.pool_members (
    pool          text NOT NULL,
    rep           text NOT NULL,
    weight        numeric NOT NULL DEFAULT 1,
    position      integer NOT NULL DEFAULT 0,
    joined_at     timestamptz NOT NULL DEFAULT pls.now(),
    calibration   numeric NOT NULL,
    calibrated_at timestamptz NOT NULL,
    PRIMARY KEY (pool, rep),
    CONSTRAINT pool_members_weight_positive CHECK (
        weight OPERATOR(pg_catalog.>) 0 AND weight OPERATOR(pg_catalog.<>) 'NaN' AND weight OPERATOR(pg_catalog.<>) 'Infinity'),
    CONSTRAINT pool_members_joined_at_finite CHECK (pg_catalog.isfinite(joined_at)),
    CONSTRAINT pool_members_calibration_number CHECK (
        calibration OPERATOR(pg_catalog.<>) 'NaN' AND calibration OPERATOR(pg_catalog.>) '-Infinity' AND calibration OPERATOR(pg_catalog.<) 'Infinity')
);
COMMENT ON TABLE pls.pool_members IS
    'which reps take turns in which pool';
COMMENT ON COLUMN pls.pool_members.pool IS 'the pool';
COMMENT ON COLUMN pls.pool_members.rep IS 'the member';
COMMENT ON COLUMN pls.pool_members.weight IS 'share of the alerts relative to the other members; greater than zero';
COMMENT ON COLUMN pls.pool_members.position IS 'decides between equal shortfalls and weights: the lower is asked first';
COMMENT ON COLUMN pls.pool_members.joined_at IS 'when the member joined, by pls.now()';
COMMENT ON COLUMN pls.pool_members.calibration IS
    'assignments the member is taken to have had already; left out on insert: what the others had on average when the member joined, so that a newcomer does not get everything at first; counts until the pool''s period ends';
COMMENT ON COLUMN pls.pool_members.calibrated_at IS 'when the calibration was set; kept by a trigger';

CREATE TABLE pls.absences (
    rep          text NOT NULL,
    absent_from  timestamptz NOT NULL,
    absent_until timestamptz,
    reason       text,
    PRIMARY KEY (rep, absent_from),
    CONSTRAINT absences_not_empty CHECK (absent_until OPERATOR(pg_catalog.>) absent_from),
    CONSTRAINT absences_from_finite CHECK (pg_catalog.isfinite(absent_from))
);
COMMENT ON TABLE pls.absences IS
    'when a rep takes no alerts; afterwards the turns the others had on average meanwhile are counted as if the rep had had them';
COMMENT ON COLUMN pls.absences.rep IS 'who is away';
COMMENT ON COLUMN pls.absences.absent_from IS 'first instant away';
COMMENT ON COLUMN pls.absences.absent_until IS 'first instant back; NULL: not known yet';
COMMENT ON COLUMN pls.absences.reason IS 'why, for people; ''inactive'' is written when pls.reps.active is switched off';

CREATE TABLE pls.routes (
    motion           text NOT NULL,
    position         integer NOT NULL,
    route            text NOT NULL,
    predicate        jsonpath,
    pool             text NOT NULL,
    respond_within   interval,
    resolve_within   interval,
    calendar         text,
    in_hours         boolean NOT NULL DEFAULT false,
    defer            boolean,
    next_best_action text,
    PRIMARY KEY (motion, position),
    UNIQUE (motion, route),
    CONSTRAINT routes_route_not_blank CHECK (pg_catalog.btrim(route) OPERATOR(pg_catalog.<>) ''),
    CONSTRAINT routes_respond_within_not_negative CHECK (respond_within OPERATOR(pg_catalog.>=) interval '0'),
    CONSTRAINT routes_resolve_within_not_negative CHECK (resolve_within OPERATOR(pg_catalog.>=) interval '0'),
    CONSTRAINT routes_limits_without_months CHECK (
        coalesce(extract(year FROM respond_within), 0) OPERATOR(pg_catalog.=) 0
        AND coalesce(extract(month FROM respond_within), 0) OPERATOR(pg_catalog.=) 0
        AND coalesce(extract(year FROM resolve_within), 0) OPERATOR(pg_catalog.=) 0
        AND coalesce(extract(month FROM resolve_within), 0) OPERATOR(pg_catalog.=) 0),
    -- so that every due time is one that a timestamp can tell
    CONSTRAINT routes_limits_at_most_36500_days CHECK (
        respond_within OPERATOR(pg_catalog.<=) interval '36500 days'
        AND resolve_within OPERATOR(pg_catalog.<=) interval '36500 days'),
    CONSTRAINT routes_respond_before_resolve CHECK (respond_within OPERATOR(pg_catalog.<=) resolve_within)
);
COMMENT ON TABLE pls.routes IS
    'where an alert goes: the first route of the motion, by position, whose predicate holds; the last route of a live motion has none and takes the rest';
COMMENT ON COLUMN pls.routes.motion IS 'the motion';
COMMENT ON COLUMN pls.routes.position IS 'order of trial, lowest first';
COMMENT ON COLUMN pls.routes.route IS 'name, written into pls.alerts.route';
COMMENT ON COLUMN pls.routes.predicate IS
    'jsonpath predicate over {"score", "grade", "lane", "account": attributes with account_id, name, domain, owner, size, "user": the same of a user, "signals": [names of met signals]}, e.g. $.lane == "sales" && $.account.size >= 200; not true or an error: the next route; NULL: always';
COMMENT ON COLUMN pls.routes.pool IS 'the pool that shares its alerts';
COMMENT ON COLUMN pls.routes.respond_within IS 'working time to the first touch; NULL: no limit';
COMMENT ON COLUMN pls.routes.resolve_within IS 'working time to the disposition; NULL: no limit';
COMMENT ON COLUMN pls.routes.calendar IS 'working hours of both limits; NULL: the motion''s, else the pool''s, else the rep''s, else the default one, else around the clock';
COMMENT ON COLUMN pls.routes.in_hours IS 'true: the account''s owner is passed over outside the owner''s working hours';
COMMENT ON COLUMN pls.routes.defer IS 'overrides pls.pools.defer; NULL: as the pool says';
COMMENT ON COLUMN pls.routes.next_best_action IS 'what to do when none of the alert''s signals says so';

CREATE TABLE pls.escalations (
    motion      text NOT NULL,
    level       integer NOT NULL,
    measured    text NOT NULL DEFAULT 'respond',
    at_share    numeric,
    after       interval,
    action      text NOT NULL,
    pool        text,
    note        text,
    repeat_every interval,
    repeat_limit integer,
    changed_at  timestamptz NOT NULL DEFAULT pg_catalog.now(),
    PRIMARY KEY (motion, level),
    CONSTRAINT escalations_level_positive CHECK (level OPERATOR(pg_catalog.>) 0),
    CONSTRAINT escalations_measured_known CHECK (measured OPERATOR(pg_catalog.=) ANY (ARRAY['respond', 'resolve'])),
    CONSTRAINT escalations_one_condition CHECK (
        pg_catalog.num_nonnulls(at_share, after) OPERATOR(pg_catalog.=) 1),
    CONSTRAINT escalations_at_share_positive CHECK (at_share OPERATOR(pg_catalog.>) 0 AND at_share OPERATOR(pg_catalog.<=) 100),
    CONSTRAINT escalations_after_positive CHECK (after OPERATOR(pg_catalog.>) interval '0'),
    CONSTRAINT escalations_after_without_months CHECK (
        extract(year FROM after) OPERATOR(pg_catalog.=) 0 AND extract(month FROM after) OPERATOR(pg_catalog.=) 0),
    CONSTRAINT escalations_spans_at_most_36500_days CHECK (
        after OPERATOR(pg_catalog.<=) interval '36500 days'
        AND repeat_every OPERATOR(pg_catalog.<=) interval '365 days'),
    CONSTRAINT escalations_action_known CHECK (
        action OPERATOR(pg_catalog.=) ANY (ARRAY['notify', 'reassign', 'manager', 'offline'])),
    CONSTRAINT escalations_pool_for_reassign CHECK (pool IS NULL OR action OPERATOR(pg_catalog.=) 'reassign'),
    CONSTRAINT escalations_repeat_complete CHECK (
        (repeat_every IS NULL) OPERATOR(pg_catalog.=) (repeat_limit IS NULL)),
    CONSTRAINT escalations_repeat_every_a_minute CHECK (repeat_every OPERATOR(pg_catalog.>=) interval '1 minute'),
    CONSTRAINT escalations_repeat_every_without_months CHECK (
        extract(year FROM repeat_every) OPERATOR(pg_catalog.=) 0
        AND extract(month FROM repeat_every) OPERATOR(pg_catalog.=) 0),
    CONSTRAINT escalations_repeat_limit_1_to_100 CHECK (
        repeat_limit OPERATOR(pg_catalog.>=) 1 AND repeat_limit OPERATOR(pg_catalog.<=) 100)
);
COMMENT ON TABLE pls.escalations IS
    'the ladder: what happens, level by level, to an alert that is still untouched (or unresolved)';
COMMENT ON COLUMN pls.escalations.motion IS 'the motion';
COMMENT ON COLUMN pls.escalations.level IS 'rung, from 1; taken in this order, each once: one that is due before a lower one waits for it; pls.alerts.escalation_level is the last one taken';
COMMENT ON COLUMN pls.escalations.measured IS 'which limit: respond (until the first touch) or resolve (until the disposition)';
COMMENT ON COLUMN pls.escalations.at_share IS 'share of that limit used up, 1 = all of it; either this or after';
COMMENT ON COLUMN pls.escalations.after IS 'working time since the alert was raised; either this or at_share';
COMMENT ON COLUMN pls.escalations.action IS 'notify, reassign (next in turn), manager (the alert goes to the rep''s manager) or offline (the rep becomes inactive, if he or she has had the alert for as long as its limit, and the alert is reassigned)';
COMMENT ON COLUMN pls.escalations.pool IS 'pool to reassign to; NULL: the alert''s own';
COMMENT ON COLUMN pls.escalations.note IS 'text for people';
COMMENT ON COLUMN pls.escalations.repeat_every IS 'working time after which the rung is taken again, until the next one is due; NULL: once';
COMMENT ON COLUMN pls.escalations.changed_at IS 'when the rung was last changed, by pls.now(); the next sweep has open alerts follow';
COMMENT ON COLUMN pls.escalations.repeat_limit IS 'how often it is repeated at most, 1 to 100; NULL: not at all';

CREATE TABLE pls.dispositions (
    disposition     text PRIMARY KEY,
    outcome_class   text NOT NULL,
    meaning         text,
    cooldown        interval,
    reason_required boolean NOT NULL DEFAULT false,
    implies_touch   boolean NOT NULL DEFAULT true,
    outcome         text,
    enabled         boolean NOT NULL DEFAULT true,
    shipped         boolean NOT NULL DEFAULT false,
    CONSTRAINT dispositions_disposition_not_blank CHECK (pg_catalog.btrim(disposition) OPERATOR(pg_catalog.<>) ''),
    CONSTRAINT dispositions_outcome_not_blank CHECK (pg_catalog.btrim(outcome) OPERATOR(pg_catalog.<>) ''),
    CONSTRAINT dispositions_outcome_class_known CHECK (
        outcome_class OPERATOR(pg_catalog.=) ANY (ARRAY['accepted', 'rejected_signal', 'rejected_other', 'nurture', 'none'])),
    CONSTRAINT dispositions_cooldown_not_negative CHECK (cooldown OPERATOR(pg_catalog.>=) interval '0'),
    CONSTRAINT dispositions_cooldown_ends CHECK (cooldown OPERATOR(pg_catalog.<=) pls.longest_cooldown()),
    CONSTRAINT dispositions_cooldown_without_months CHECK (
        extract(year FROM cooldown) OPERATOR(pg_catalog.=) 0 AND extract(month FROM cooldown) OPERATOR(pg_catalog.=) 0)
);
COMMENT ON TABLE pls.dispositions IS
    'the ways in which an alert may end';
COMMENT ON COLUMN pls.dispositions.disposition IS 'name, written into pls.alerts.disposition';
COMMENT ON COLUMN pls.dispositions.outcome_class IS
    'what the motion learns: accepted, rejected_signal (the signals were wrong), rejected_other (not the signals'' fault), nurture, none';
COMMENT ON COLUMN pls.dispositions.meaning IS 'when to choose it';
COMMENT ON COLUMN pls.dispositions.cooldown IS 'time after the disposition in which the motion does not raise the entity again; NULL: the motion''s cooldown';
COMMENT ON COLUMN pls.dispositions.reason_required IS 'whether pls.alerts.disposition_reason must be given';
COMMENT ON COLUMN pls.dispositions.implies_touch IS 'whether it says that somebody has been in touch: sets first_touch_at when that is missing';
COMMENT ON COLUMN pls.dispositions.outcome IS 'what is written into pls.outcomes, such as meeting; conversion becomes expansion where that is the motion''s objective; NULL: nothing';
COMMENT ON COLUMN pls.dispositions.enabled IS 'false: no longer to be chosen';
COMMENT ON COLUMN pls.dispositions.shipped IS 'the row came with the extension and has not been changed; kept by a trigger';

INSERT INTO pls.dispositions
    (disposition, outcome_class, cooldown, reason_required, implies_touch, outcome, shipped, meaning)
VALUES
    ('contacted', 'accepted', NULL, false, true, NULL, true,
     'in conversation; the rep carries on from here'),
    ('meeting set', 'accepted', '30 days', false, true, 'meeting', true,
     'a meeting is agreed'),
    ('converted', 'accepted', '90 days', false, true, 'conversion', true,
     'became a customer or expanded'),
    ('nurture', 'nurture', '30 days', false, true, NULL, true,
     'interest, but not now'),
    ('no response', 'none', '14 days', false, true, NULL, true,
     'follow-up rules exhausted without an answer'),
    ('disqualified: bad fit', 'rejected_other', '180 days', true, false, NULL, true,
     'not a customer for us; say what does not fit'),
    ('disqualified: bad signal', 'rejected_signal', '14 days', true, false, NULL, true,
     'the usage did not mean what the signals said; say which'),
    ('disqualified: duplicate', 'rejected_other', '14 days', true, false, NULL, true,
     'worked elsewhere already; say where'),
    ('disqualified: timing', 'rejected_other', '60 days', true, false, NULL, true,
     'right customer, wrong moment; say when it may be right'),
    ('routed to CS', 'none', '30 days', false, false, NULL, true,
     'needs help rather than a sale; handed to customer success');

-- A shipped row that somebody edits becomes that somebody's own.
CREATE FUNCTION pls.keep_shipped_disposition() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NOT NEW.shipped THEN
            DELETE FROM pls.dispositions d
             WHERE d.disposition = NEW.disposition AND d.shipped;
        END IF;
    ELSE
        NEW.shipped := false;
    END IF;
    RETURN NEW;
END;
$$;
COMMENT ON FUNCTION pls.keep_shipped_disposition() IS
    'trigger: an edited row is no longer a shipped one, and a row of the user''s replaces the shipped row of the same name';
REVOKE EXECUTE ON FUNCTION pls.keep_shipped_disposition() FROM PUBLIC;

CREATE TRIGGER keep_shipped BEFORE INSERT OR UPDATE ON pls.dispositions
    FOR EACH ROW EXECUTE FUNCTION pls.keep_shipped_disposition();
COMMENT ON TRIGGER keep_shipped ON pls.dispositions IS 'tells shipped rows from the user''s own';

-- An inactive rep is an absent one with a switch.
CREATE FUNCTION pls.keep_absence_of_inactive() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF NEW.active THEN
        -- Switched off and on at one instant: there was no absence.
        DELETE FROM pls.absences a
         WHERE a.rep = NEW.rep AND a.reason = 'inactive'
           AND a.absent_until IS NULL AND a.absent_from >= pls.now();
        UPDATE pls.absences a
           SET absent_until = pls.now()
         WHERE a.rep = NEW.rep AND a.reason = 'inactive'
           AND a.absent_until IS NULL;
    ELSE
        INSERT INTO pls.absences (rep, absent_from, reason)
        VALUES (NEW.rep, pls.now(), 'inactive')
        ON CONFLICT (rep, absent_from) DO UPDATE
           SET absent_until = NULL, reason = 'inactive';
    END IF;
    RETURN NULL;
END;
$$;
COMMENT ON FUNCTION pls.keep_absence_of_inactive() IS
    'trigger: opens an absence when a rep becomes inactive and ends it when the rep is active again, so that the rep does not get the missed turns all at once';
REVOKE EXECUTE ON FUNCTION pls.keep_absence_of_inactive() FROM PUBLIC;

CREATE TRIGGER keep_absence AFTER UPDATE OF active ON pls.reps
    FOR EACH ROW WHEN (OLD.active IS DISTINCT FROM NEW.active)
    EXECUTE FUNCTION pls.keep_absence_of_inactive();
COMMENT ON TRIGGER keep_absence ON pls.reps IS 'an inactive rep is absent meanwhile';
CREATE TRIGGER keep_absence_of_new AFTER INSERT ON pls.reps
    FOR EACH ROW WHEN (NOT NEW.active AND NOT pls.restoring())
    EXECUTE FUNCTION pls.keep_absence_of_inactive();
COMMENT ON TRIGGER keep_absence_of_new ON pls.reps IS 'so is one who is not active yet';

-- A motion that raises alerts must have a way for each of them.
CREATE FUNCTION pls.check_catch_all() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    -- A route that moves to another motion leaves the first one, too.
    names       text[] := CASE WHEN TG_OP = 'INSERT' THEN ARRAY[NEW.motion]
                               WHEN TG_OP = 'DELETE' THEN ARRAY[OLD.motion]
                               ELSE ARRAY[OLD.motion, NEW.motion] END;
    motion_name text;
    shadowing   text;
BEGIN
    FOREACH motion_name IN ARRAY names LOOP
        CONTINUE WHEN NOT EXISTS (
            SELECT FROM pls.motions m
             WHERE m.motion = motion_name AND (m.status = 'live' OR m.status = 'pilot'));
        IF NOT coalesce((SELECT r.predicate IS NULL FROM pls.routes r
                          WHERE r.motion = motion_name
                          ORDER BY r.position DESC LIMIT 1), false) THEN
            RAISE EXCEPTION USING
                ERRCODE = 'check_violation',
                MESSAGE = format('motion "%s" has no catch-all route', motion_name),
                DETAIL = 'Some of its alerts would have nowhere to go.',
                HINT = 'Add a row to pls.routes with the highest position and a NULL predicate, or set the motion''s status to draft.',
                SCHEMA = 'pls', TABLE = 'routes', CONSTRAINT = 'routes_catch_all';
        END IF;
        SELECT r.route INTO shadowing
          FROM pls.routes r
         WHERE r.motion = motion_name AND r.predicate IS NULL
           AND r.position < (SELECT max(l.position) FROM pls.routes l
                              WHERE l.motion = motion_name)
         ORDER BY r.position LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION USING
                ERRCODE = 'check_violation',
                MESSAGE = format('route "%s" of motion "%s" takes everything before the last route', shadowing, motion_name),
                DETAIL = 'The routes after it can never be reached.',
                HINT = 'Give it a predicate, or the highest position.',
                SCHEMA = 'pls', TABLE = 'routes', CONSTRAINT = 'routes_catch_all';
        END IF;
    END LOOP;
    RETURN NULL;
END;
$$;
COMMENT ON FUNCTION pls.check_catch_all() IS
    'constraint trigger: a motion in status live or pilot has exactly one route without predicate, the last; error 23514 (constraint routes_catch_all)';
REVOKE EXECUTE ON FUNCTION pls.check_catch_all() FROM PUBLIC;

CREATE CONSTRAINT TRIGGER catch_all AFTER INSERT OR UPDATE ON pls.motions
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NOT pls.restoring())
    EXECUTE FUNCTION pls.check_catch_all();
COMMENT ON TRIGGER catch_all ON pls.motions IS 'a live motion has a catch-all route';
CREATE CONSTRAINT TRIGGER catch_all AFTER INSERT OR UPDATE OR DELETE ON pls.routes
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NOT pls.restoring())
    EXECUTE FUNCTION pls.check_catch_all();
COMMENT ON TRIGGER catch_all ON pls.routes IS 'a live motion has a catch-all route';

REVOKE ALL ON pls.reps, pls.pools, pls.pool_members, pls.absences, pls.routes,
    pls.escalations, pls.dispositions FROM PUBLIC;

SELECT pg_catalog.pg_extension_config_dump('pls.reps', '');
SELECT pg_catalog.pg_extension_config_dump('pls.pools', '');
SELECT pg_catalog.pg_extension_config_dump('pls.pool_members', '');
SELECT pg_catalog.pg_extension_config_dump('pls.absences', '');
SELECT pg_catalog.pg_extension_config_dump('pls.routes', '');
SELECT pg_catalog.pg_extension_config_dump('pls.escalations', '');
SELECT pg_catalog.pg_extension_config_dump('pls.dispositions', '');
