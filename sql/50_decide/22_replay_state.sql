/* 22_replay_state.sql - what a replay of past assignments keeps in memory.
 *
 * A value for each rep and one for each pool; 60_replay_routing.sql makes them
 * and brings them up to date, and pls_internal.pick() chooses by them.
 */

-- What the limits of a rep are applied to.
CREATE TYPE pls_internal.replay_rep AS (
    rep         text,
    active      boolean,
    daily_quota numeric,
    max_open    integer,
    time_zone   text,
    calendar    text,
    quota_set_on date,
    held        integer,
    given_on    date[]
);
COMMENT ON TYPE pls_internal.replay_rep IS 'A rep in a replay, with the limits of today.';
COMMENT ON COLUMN pls_internal.replay_rep.rep IS 'See pls.reps.';
COMMENT ON COLUMN pls_internal.replay_rep.active IS 'See pls.reps.';
COMMENT ON COLUMN pls_internal.replay_rep.daily_quota IS 'See pls.reps.';
COMMENT ON COLUMN pls_internal.replay_rep.max_open IS 'See pls.reps.';
COMMENT ON COLUMN pls_internal.replay_rep.time_zone IS 'See pls.reps.';
COMMENT ON COLUMN pls_internal.replay_rep.calendar IS 'See pls.reps.';
COMMENT ON COLUMN pls_internal.replay_rep.quota_set_on IS 'The local day on which the quota was set, or on which the replay began, if it was set later.';
COMMENT ON COLUMN pls_internal.replay_rep.held IS 'Open alerts.';
COMMENT ON COLUMN pls_internal.replay_rep.given_on IS 'The local days of the turns that matter for the quota, newest first; empty if there is none.';

-- Members are in the order of the arrays, the same in each.
CREATE TYPE pls_internal.replay_pool AS (
    pool          text,
    period        interval,
    since         timestamptz,
    reps          text[],
    places        integer[],
    weights       numeric[],
    positions     integer[],
    joined_at     timestamptz[],
    calibrations  numeric[],
    calibrated_at timestamptz[],
    turns         bigint[],
    follows       text,
    newest        text,
    run           bigint,
    credits       numeric[],
    away          tstzrange[],
    meanwhile     bigint[]
);
COMMENT ON TYPE pls_internal.replay_pool IS 'A pool in a replay: its settings, and an array element for each member.';
COMMENT ON COLUMN pls_internal.replay_pool.pool IS 'See pls.pools.';
COMMENT ON COLUMN pls_internal.replay_pool.period IS 'See pls.pools.';
COMMENT ON COLUMN pls_internal.replay_pool.since IS 'Begin of the period in which turns are counted.';
COMMENT ON COLUMN pls_internal.replay_pool.reps IS 'Members, by weight, position and id.';
COMMENT ON COLUMN pls_internal.replay_pool.places IS 'Their places among the reps of the replay.';
COMMENT ON COLUMN pls_internal.replay_pool.weights IS 'See pls.pool_members.';
COMMENT ON COLUMN pls_internal.replay_pool.positions IS 'See pls.pool_members.';
COMMENT ON COLUMN pls_internal.replay_pool.joined_at IS 'See pls.pool_members.';
COMMENT ON COLUMN pls_internal.replay_pool.calibrations IS 'See pls.pool_members; 0 if it was set in the time that is replayed, but for that of a newcomer.';
COMMENT ON COLUMN pls_internal.replay_pool.calibrated_at IS 'Since when absences count: when the member joined, or the calibration was set.';
COMMENT ON COLUMN pls_internal.replay_pool.turns IS 'Turns taken in the period.';
COMMENT ON COLUMN pls_internal.replay_pool.follows IS 'Who took the last turn of the period before; NULL: nobody.';
COMMENT ON COLUMN pls_internal.replay_pool.newest IS 'Who took the last turn; NULL: nobody.';
COMMENT ON COLUMN pls_internal.replay_pool.run IS 'How many turns the newest has taken in a row, up to 1000.';
COMMENT ON COLUMN pls_internal.replay_pool.credits IS 'What absences that are over are worth in the period.';
COMMENT ON COLUMN pls_internal.replay_pool.away IS 'The absence that lasts, or the next, or the part of it until somebody joined.';
COMMENT ON COLUMN pls_internal.replay_pool.meanwhile IS 'Turns that the others took in it.';
