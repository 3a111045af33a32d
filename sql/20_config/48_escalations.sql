/* 48_escalations.sql - what happens to an alert that is still untouched.
 */

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
    changed_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (motion, level),
    CONSTRAINT escalations_level_positive CHECK (level > 0),
    CONSTRAINT escalations_measured_known CHECK (measured = ANY (ARRAY['respond', 'resolve'])),
    CONSTRAINT escalations_one_condition CHECK (
        num_nonnulls(at_share, after) = 1),
    CONSTRAINT escalations_at_share_positive CHECK (at_share > 0 AND at_share <= 100),
    CONSTRAINT escalations_after_positive CHECK (after > interval '0'),
    CONSTRAINT escalations_after_without_months CHECK (
        extract(year FROM after) = 0 AND extract(month FROM after) = 0),
    CONSTRAINT escalations_spans_at_most_36500_days CHECK (
        after <= interval '36500 days'
        AND repeat_every <= interval '365 days'),
    CONSTRAINT escalations_action_known CHECK (
        action = ANY (ARRAY['notify', 'reassign', 'manager', 'offline'])),
    CONSTRAINT escalations_pool_for_reassign CHECK (pool IS NULL OR action = 'reassign'),
    CONSTRAINT escalations_repeat_complete CHECK (
        (repeat_every IS NULL) = (repeat_limit IS NULL)),
    CONSTRAINT escalations_repeat_every_a_minute CHECK (repeat_every >= interval '1 minute'),
    CONSTRAINT escalations_repeat_every_without_months CHECK (
        extract(year FROM repeat_every) = 0
        AND extract(month FROM repeat_every) = 0),
    CONSTRAINT escalations_repeat_limit_1_to_100 CHECK (
        repeat_limit >= 1 AND repeat_limit <= 100)
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
SELECT pg_extension_config_dump('pls.escalations', '');
