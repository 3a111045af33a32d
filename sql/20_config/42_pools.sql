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
    CONSTRAINT pools_pool_not_blank CHECK (btrim(pool) <> ''),
    CONSTRAINT pools_period_positive CHECK (period > interval '0'),
    CONSTRAINT pools_period_without_months CHECK (
        extract(year FROM period) = 0 AND extract(month FROM period) = 0)
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
        weight > 0 AND weight <> 'NaN' AND weight <> 'Infinity'),
    CONSTRAINT pool_members_joined_at_finite CHECK (isfinite(joined_at)),
    CONSTRAINT pool_members_calibration_number CHECK (
        calibration <> 'NaN' AND calibration > '-Infinity' AND calibration < 'Infinity')
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
SELECT pg_extension_config_dump('pls.pools', '');
SELECT pg_extension_config_dump('pls.pool_members', '');
