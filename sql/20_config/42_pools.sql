/* 42_pools.sql - groups of reps that share alerts by weight.
 */

CREATE TABLE pls.pools (
    pool        text PRIMARY KEY,
    description text,
    calendar    text,
    period      interval DEFAULT '28 days',
    fallback    text,
    defer       boolean NOT NULL DEFAULT false,
    owner_takes_turn boolean NOT NULL DEFAULT false,
    CONSTRAINT pools_pool_not_blank CHECK (btrim(pool) <> '')
);
COMMENT ON TABLE pls.pools IS
    'Groups of reps that share alerts by weight.';
COMMENT ON COLUMN pls.pools.pool IS 'Short id, named by routes.';
COMMENT ON COLUMN pls.pools.description IS 'What the pool is for.';
COMMENT ON COLUMN pls.pools.calendar IS 'Working hours of alerts of the pool when neither route nor motion name a calendar; NULL: see pls.reps.calendar.';
COMMENT ON COLUMN pls.pools.period IS 'Turns are counted over periods of this length, aligned to Monday 1970-01-05 00:00 UTC, and start over with each; days or less; NULL: counted forever.';
COMMENT ON COLUMN pls.pools.fallback IS 'The rep who gets what no member can take, in working hours if the route asks for that; NULL: it stays unassigned and is tried again.';
COMMENT ON COLUMN pls.pools.owner_takes_turn IS 'Whether an alert that goes to the account''s owner counts as one of the owner''s turns, and against daily_quota, if the owner is a member; false: it is extra; a route may say otherwise.';
COMMENT ON COLUMN pls.pools.defer IS 'true: when no member can take an alert it is not raised but decided again later (reason no_capacity); a route may say otherwise.';

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
        weight > 0 AND weight <> 'NaN' AND weight <> 'Infinity'),
    CONSTRAINT pool_members_joined_at_finite CHECK (isfinite(joined_at)),
    CONSTRAINT pool_members_calibration_finite CHECK (
        calibration <> 'NaN' AND calibration > '-Infinity' AND calibration < 'Infinity')
);
COMMENT ON TABLE pls.pool_members IS
    'Which reps take turns in which pool.';
COMMENT ON COLUMN pls.pool_members.pool IS 'The pool.';
COMMENT ON COLUMN pls.pool_members.rep IS 'The member.';
COMMENT ON COLUMN pls.pool_members.weight IS 'Share of the alerts relative to the other members; greater than zero. It also says how many turns a member may take in a row while others could: weight / weights of those others, rounded up, and one more.';
COMMENT ON COLUMN pls.pool_members.position IS 'Breaks ties between equal shortfalls and weights: the lower goes first, then the lower id. In a period that follows another the list begins after the member who took the last turn of the one before.';
COMMENT ON COLUMN pls.pool_members.joined_at IS 'When the member joined, by pls.now().';
COMMENT ON COLUMN pls.pool_members.calibration IS
    'Turns that the member is credited with, besides those taken; if omitted on insert: as many as give the member what the others had per unit of weight, so that a newcomer does not get everything at first. A change of the weight sets it so that turns and calibration change as the weight does. Absences up to then are in it. Rounded to 6 places; counts until the pool''s period ends.';
COMMENT ON COLUMN pls.pool_members.calibrated_at IS 'When the calibration was set, by pls.now(); absences count from then on; kept by a trigger.';
SELECT pg_extension_config_dump('pls.pools', '');
SELECT pg_extension_config_dump('pls.pool_members', '');

CREATE FUNCTION pls_internal.check_pool() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM pls_internal.check_span(NEW.period, 'period');
    RETURN NEW;
END;
$$;
COMMENT ON FUNCTION pls_internal.check_pool IS 'Trigger: validates a row of pls.pools.';

CREATE TRIGGER check_pool BEFORE INSERT OR UPDATE ON pls.pools
    FOR EACH ROW EXECUTE FUNCTION pls_internal.check_pool();
COMMENT ON TRIGGER check_pool ON pls.pools IS 'Validates the row.';
