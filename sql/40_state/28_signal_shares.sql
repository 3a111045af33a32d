/* 28_signal_shares.sql - how many of a motion's qualified entities meet each
 * signal, for the words of an alert (50_decide/32_words.sql).
 */

-- The latest of a motion holds.  Not unique: two sweeps do not wait for one
-- another, and either count will do.
CREATE TABLE pls_internal.signal_shares (
    motion          text NOT NULL,
    counted_at      timestamptz NOT NULL,
    entities        integer NOT NULL,
    met             jsonb NOT NULL
);
CREATE INDEX signal_shares_latest ON pls_internal.signal_shares (motion, counted_at);
COMMENT ON INDEX pls_internal.signal_shares_latest IS 'The latest count of a motion.';
SELECT pg_extension_config_dump('pls_internal.signal_shares', '');
COMMENT ON TABLE pls_internal.signal_shares IS
    'How many of some hundred qualified entities meet each signal of a motion, as the sweep and pls.refresh() have counted it last.';
COMMENT ON COLUMN pls_internal.signal_shares.motion IS 'The motion.';
COMMENT ON COLUMN pls_internal.signal_shares.counted_at IS 'When they were counted.';
COMMENT ON COLUMN pls_internal.signal_shares.entities IS 'Of how many qualified entities.';
COMMENT ON COLUMN pls_internal.signal_shares.met IS 'By signal, how many of them meet it; one that is not there: none.';
