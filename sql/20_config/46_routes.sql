/* 46_routes.sql - where an alert goes.
 */

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
    owner            text NOT NULL DEFAULT 'first',
    owner_takes_turn boolean,
    resolve_calendar text,
    respond_end_of_day boolean NOT NULL DEFAULT false,
    resolve_end_of_day boolean NOT NULL DEFAULT false,
    PRIMARY KEY (motion, position),
    UNIQUE (motion, route),
    CONSTRAINT routes_route_not_blank CHECK (btrim(route) <> '')
);
COMMENT ON TABLE pls.routes IS
    'Where an alert goes: the first route of the motion, by position, whose predicate holds; the last route of a live motion has none and takes the rest.';
COMMENT ON COLUMN pls.routes.motion IS 'The motion.';
COMMENT ON COLUMN pls.routes.position IS 'Order in which routes are tried, lowest first.';
COMMENT ON COLUMN pls.routes.route IS 'Name, written into pls.alerts.route.';
COMMENT ON COLUMN pls.routes.predicate IS
    'A jsonpath predicate over {"score", "grade", "lane", "account": attributes with account_id, name, domain, owner, size, "user": the same of a user, "signals": [names of met signals]}, e.g. $.lane == "sales" && $.account.size >= 200; not true or an error: the next route; NULL: always.';
COMMENT ON COLUMN pls.routes.pool IS 'The pool that shares its alerts.';
COMMENT ON COLUMN pls.routes.respond_within IS 'Working time to the first touch, of which a day is 24 hours: three days of eight hours; NULL: no limit, or respond_end_of_day.';
COMMENT ON COLUMN pls.routes.resolve_within IS 'Working time to the disposition, of which a day is 24 hours: three days of eight hours; NULL: no limit, or resolve_end_of_day.';
COMMENT ON COLUMN pls.routes.calendar IS 'Working hours of both limits, or of the first touch only if resolve_calendar is set; NULL: the motion''s, else the pool''s, else the rep''s, else the default one, else around the clock.';
COMMENT ON COLUMN pls.routes.in_hours IS 'true: whoever is outside his or her own working hours (pls.reps.calendar; NULL: never) is skipped: the account''s owner, members of the pool, the fallback.';
COMMENT ON COLUMN pls.routes.defer IS 'Overrides pls.pools.defer; NULL: as the pool says.';
COMMENT ON COLUMN pls.routes.next_best_action IS 'What to do when none of the alert''s signals says so.';
COMMENT ON COLUMN pls.routes.owner IS 'first: the account''s owner is asked before the pool; ignore: only the pool is; only: nobody but the owner gets the alert, which stays unassigned until the owner can take it.';
COMMENT ON COLUMN pls.routes.owner_takes_turn IS 'Overrides pls.pools.owner_takes_turn; NULL: as the pool says.';
COMMENT ON COLUMN pls.routes.resolve_calendar IS 'Working hours of the time to the disposition; NULL: the same as those of the first touch.';
COMMENT ON COLUMN pls.routes.respond_end_of_day IS 'true: the first touch is due at the end of the working day on which the alert is raised, or of the next one if no working time is left on that day (see pls.end_of_day); then respond_within is NULL.';
COMMENT ON COLUMN pls.routes.resolve_end_of_day IS 'true: the disposition is due at the end of the working day on which the alert is raised, or of the next one if no working time is left on that day (see pls.end_of_day); then resolve_within is NULL.';

-- A motion that raises alerts must have a way for each of them.
CREATE FUNCTION pls_internal.check_catch_all() RETURNS trigger
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
COMMENT ON FUNCTION pls_internal.check_catch_all IS
    'Constraint trigger: a motion in status live or pilot has exactly one route without predicate, the last; error 23514 (constraint routes_catch_all).';

CREATE CONSTRAINT TRIGGER catch_all AFTER INSERT OR UPDATE ON pls.motions
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NOT pls_internal.restoring())
    EXECUTE FUNCTION pls_internal.check_catch_all();
COMMENT ON TRIGGER catch_all ON pls.motions IS 'A live motion has a catch-all route.';
CREATE CONSTRAINT TRIGGER catch_all AFTER INSERT OR UPDATE OR DELETE ON pls.routes
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NOT pls_internal.restoring())
    EXECUTE FUNCTION pls_internal.check_catch_all();
COMMENT ON TRIGGER catch_all ON pls.routes IS 'A live motion has a catch-all route.';
SELECT pg_extension_config_dump('pls.routes', '');

CREATE FUNCTION pls_internal.check_route() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM pls_internal.check_word(NEW.owner, '{first,ignore,only}', 'owner');
    PERFORM pls_internal.check_span(NEW.respond_within, 'respond_within', at_least => '0');
    PERFORM pls_internal.check_span(NEW.resolve_within, 'resolve_within', at_least => '0');
    IF (NEW.respond_end_of_day AND NEW.respond_within IS NOT NULL) OR (NEW.resolve_end_of_day AND NEW.resolve_within IS NOT NULL) THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('route "%s" has a limit that is both a time and the end of the day', NEW.route),
            HINT = 'Set respond_within or respond_end_of_day, and resolve_within or resolve_end_of_day; leave the other NULL or false.';
    END IF;
    IF NEW.respond_within > NEW.resolve_within THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'respond_within must not be longer than resolve_within',
            DETAIL = format('They are %s and %s.', NEW.respond_within, NEW.resolve_within),
            HINT = 'Shorten respond_within, or lengthen resolve_within.';
    END IF;
    RETURN NEW;
END;
$$;
COMMENT ON FUNCTION pls_internal.check_route IS 'Trigger: validates a row of pls.routes.';

CREATE TRIGGER check_route BEFORE INSERT OR UPDATE ON pls.routes
    FOR EACH ROW EXECUTE FUNCTION pls_internal.check_route();
COMMENT ON TRIGGER check_route ON pls.routes IS 'Validates the row.';
