/* 10_standings.sql - standings, and the backlog of what could not be merged at once.
 *
 * The entity comes first in every key of this folder, so that the tables can
 * be distributed by it.  pls.standings and pls.backlog are written by
 * src/state/standing.c and src/state/backlog.c through the table access method;
 * no index may cover a column of pls.standings that an event changes, or its
 * updates cease to be HOT.
 */

CREATE TABLE pls.standings (
    entity_id       text NOT NULL,
    motion          text NOT NULL,
    evidence        pls.evidence NOT NULL,
    score           numeric NOT NULL DEFAULT 0,
    lane            text,                   -- what the score alone says: sales, triage or NULL
    qualified       boolean NOT NULL DEFAULT false,
    reason          text,                   -- of the last decision
    decide_again_at timestamptz,            -- when a decision that only deferred is taken again
    stale           boolean NOT NULL DEFAULT false,  -- evidence to be rebuilt from the source
    last_event_at   timestamptz,
    evaluated_at    timestamptz NOT NULL,
    last_alert_at   timestamptz,
    cooldown_until  timestamptz,
    look_at         timestamptz NOT NULL DEFAULT '-infinity',   -- when the sweep looks at it
    PRIMARY KEY (entity_id, motion),
    CONSTRAINT standings_cooldown_ends CHECK (isfinite(cooldown_until))
) WITH (fillfactor = 60, toast_tuple_target = 8160);
ALTER TABLE pls.standings ALTER COLUMN evidence SET STORAGE EXTERNAL;
-- What the trigger looks standings up by (src/state/keyed_table.c): one page to
-- read, however many there are.  HOT updates do not touch it.
CREATE INDEX standings_lookup ON pls.standings
 USING hash ((entity_id || ' ' || motion));
COMMENT ON INDEX pls.standings_lookup IS 'The trigger''s way to a standing.';
-- The sweep's way to what is to be done.  look_at and stale are changed rarely
-- (src/evidence/next_look.c): most updates remain HOT.
CREATE INDEX standings_look_at ON pls.standings (look_at, entity_id, motion)
    WHERE look_at < 'infinity';
COMMENT ON INDEX pls.standings_look_at IS 'Standings that time alone may change, by when, for the sweep.';
CREATE INDEX standings_stale ON pls.standings (motion, entity_id) WHERE stale;
COMMENT ON INDEX pls.standings_stale IS 'Standings to be rebuilt, for the sweep.';

-- Deltas that could not be merged at once: the standing was held by another
-- session, or the events lie in the future.  Insert-only for sessions.
CREATE TABLE pls.backlog (
    entity_id       text NOT NULL,
    motion          text NOT NULL,
    not_before      timestamptz NOT NULL,   -- newest event in the delta
    backlog_id      uuid NOT NULL DEFAULT gen_random_uuid(),
    evidence        pls.evidence,           -- NULL: the standing is to be rebuilt
    once_ended      xid[],                  -- wait for these transactions
    PRIMARY KEY (entity_id, motion, not_before, backlog_id)
);
CREATE INDEX backlog_due ON pls.backlog (not_before, entity_id, motion);
COMMENT ON INDEX pls.backlog_due IS 'Parts by when they are due, for the sweep.';
CREATE INDEX backlog_marks ON pls.backlog (entity_id, motion) WHERE evidence IS NULL;
COMMENT ON INDEX pls.backlog_marks IS 'Marks, which are due whatever the clock says, for the sweep.';

COMMENT ON TABLE pls.standings IS
    'The state of each entity in each motion: one row, so that the trigger reads and writes no other.';
COMMENT ON COLUMN pls.standings.entity_id IS 'The user or account, by the motion''s unit.';
COMMENT ON COLUMN pls.standings.motion IS 'The motion.';
COMMENT ON COLUMN pls.standings.evidence IS 'The compact state from which the score is computed for any time.';
COMMENT ON COLUMN pls.standings.score IS 'Score at evaluated_at; pls.scores has it as of now.';
COMMENT ON COLUMN pls.standings.lane IS 'Lane by score alone at evaluated_at: sales, triage, or NULL for neither.';
COMMENT ON COLUMN pls.standings.qualified IS 'In lane sales, and the last decision found it in the segment and not excluded.';
COMMENT ON COLUMN pls.standings.reason IS 'Reason of the last decision (pls.decisions.reason); NULL: none yet.';
COMMENT ON COLUMN pls.standings.decide_again_at IS 'When the sweep decides again without a new event, because a deferral or block ends; NULL: never.';
COMMENT ON COLUMN pls.standings.stale IS 'Whether the evidence must be rebuilt from the source.';
COMMENT ON COLUMN pls.standings.last_event_at IS 'Time of the newest merged event.';
COMMENT ON COLUMN pls.standings.evaluated_at IS 'Time of score and lane.';
COMMENT ON COLUMN pls.standings.last_alert_at IS 'When the last alert was raised.';
COMMENT ON COLUMN pls.standings.cooldown_until IS 'Until when no new alert is raised; NULL: no cooldown.';
COMMENT ON COLUMN pls.standings.look_at IS 'The earliest time at which the lane could change, or a decision could be due, without an event: the sweep looks at the standing then and sets the next time; -infinity: the next sweep; infinity: never.';

COMMENT ON TABLE pls.backlog IS
    'Evidence that could not be merged at once, because another session held the standing or the events are in the future; a later holder or pls.sweep() merges it.';
COMMENT ON COLUMN pls.backlog.entity_id IS 'The user or account; empty: the whole motion must be rebuilt.';
COMMENT ON COLUMN pls.backlog.motion IS 'The motion.';
COMMENT ON COLUMN pls.backlog.not_before IS 'Newest event in the row; it is not merged earlier.';
COMMENT ON COLUMN pls.backlog.once_ended IS 'Only when these transactions have ended, which may still use an older model; NULL: at once.';
COMMENT ON COLUMN pls.backlog.backlog_id IS 'Makes the key unique; has no other meaning.';
COMMENT ON COLUMN pls.backlog.evidence IS 'The evidence; NULL: the standing must be rebuilt from the source.';

SELECT pg_extension_config_dump('pls.standings', '');
SELECT pg_extension_config_dump('pls.backlog', '');
