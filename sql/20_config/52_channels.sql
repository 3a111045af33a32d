/* 52_channels.sql - where changes of alerts are delivered.
 */

CREATE FUNCTION pls_internal.known_changes() RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN ARRAY['raised', 'promoted', 'escalated', 'assigned', 'touched', 'snoozed', 'woken',
                 'paused', 'resumed', 'refreshed', 'disposed', 'withdrawn', 'expired', 'reopened'];
COMMENT ON FUNCTION pls_internal.known_changes IS
    'the kinds of change of an alert that a channel can be sent';

CREATE TABLE pls.channels (
    channel         text PRIMARY KEY,
    kind            text NOT NULL,
    description     text,
    enabled         boolean NOT NULL DEFAULT true,
    changes         text[] NOT NULL DEFAULT '{raised,promoted,escalated,assigned,touched,snoozed,woken,disposed,withdrawn,expired,reopened}',
    motions         text[],
    lanes           text[],
    pools           text[],
    bundle_by       text,
    bundle_every    interval,
    max_attempts    integer NOT NULL DEFAULT 8,
    lease           interval NOT NULL DEFAULT '5 minutes',
    retry_after     interval NOT NULL DEFAULT '1 minute',
    keep            interval NOT NULL DEFAULT '30 days',
    CONSTRAINT channels_channel_not_blank CHECK (btrim(channel) <> ''),
    CONSTRAINT channels_kind_not_blank CHECK (btrim(kind) <> ''),
    CONSTRAINT channels_changes_known CHECK (
        changes <@ pls_internal.known_changes() AND cardinality(changes) > 0),
    CONSTRAINT channels_lanes_known CHECK (lanes <@ ARRAY['sales', 'triage']),
    CONSTRAINT channels_bundle_by_known CHECK (bundle_by = ANY (ARRAY['rep', 'account'])),
    CONSTRAINT channels_bundle_complete CHECK (
        (bundle_by IS NULL) = (bundle_every IS NULL)),
    CONSTRAINT channels_bundle_every_1_minute_to_7_days CHECK (
        bundle_every >= interval '1 minute' AND bundle_every <= interval '7 days'
        AND extract(month FROM bundle_every) = 0),
    CONSTRAINT channels_max_attempts_1_to_100 CHECK (
        max_attempts >= 1 AND max_attempts <= 100),
    CONSTRAINT channels_lease_1_second_to_1_day CHECK (
        lease >= interval '1 second' AND lease <= interval '1 day'),
    CONSTRAINT channels_retry_after_1_second_to_1_day CHECK (
        retry_after >= interval '1 second' AND retry_after <= interval '1 day'),
    CONSTRAINT channels_keep_not_negative CHECK (keep >= interval '0')
);
SELECT pg_extension_config_dump('pls.channels', '');

COMMENT ON TABLE pls.channels IS
    'where changes of alerts are delivered: a row for each CRM sync, Slack worker or other reader of the outbox';
COMMENT ON COLUMN pls.channels.channel IS 'name; what a worker asks for';
COMMENT ON COLUMN pls.channels.kind IS 'crm, slack, email, webhook or a word of your own; for the worker';
COMMENT ON COLUMN pls.channels.description IS 'what it is for';
COMMENT ON COLUMN pls.channels.enabled IS 'false: nothing is queued for it; what is queued already can still be claimed';
COMMENT ON COLUMN pls.channels.changes IS 'the changes that are sent: raised, promoted (from triage to sales), escalated, assigned, touched, snoozed, woken, paused, resumed, refreshed, disposed, withdrawn, expired, reopened';
COMMENT ON COLUMN pls.channels.motions IS 'only alerts of these motions; NULL: of all';
COMMENT ON COLUMN pls.channels.lanes IS 'only alerts in these lanes; NULL: in both';
COMMENT ON COLUMN pls.channels.pools IS 'only alerts of these pools; NULL: of all';
COMMENT ON COLUMN pls.channels.bundle_by IS 'rep: one message carries what is ready for a rep; account: what is ready about an account; NULL: a message for each change';
COMMENT ON COLUMN pls.channels.bundle_every IS 'what is bundled becomes ready at multiples of this, counted from 1970-01-01 UTC; 1 minute to 7 days';
COMMENT ON COLUMN pls.channels.max_attempts IS 'how often a message is claimed at most; then it is dead, see pls.dead_deliveries';
COMMENT ON COLUMN pls.channels.lease IS 'how long a worker has a message to itself, unless it says otherwise';
COMMENT ON COLUMN pls.channels.retry_after IS 'wait after the first failure; doubles with each further one, up to 6 hours';
COMMENT ON COLUMN pls.channels.keep IS 'how long deliveries that were confirmed are kept';
