/* 52_channels.sql - where changes of alerts are delivered.
 */

CREATE FUNCTION pls_internal.known_changes() RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN ARRAY['raised', 'promoted', 'escalated', 'assigned', 'touched', 'snoozed', 'woken',
                 'paused', 'resumed', 'refreshed', 'disposed', 'blocked', 'withdrawn', 'expired', 'reopened'];
COMMENT ON FUNCTION pls_internal.known_changes IS
    'The kinds of change of an alert that a channel can be sent.';

CREATE TABLE pls.channels (
    channel         text PRIMARY KEY,
    kind            text NOT NULL,
    description     text,
    enabled         boolean NOT NULL DEFAULT true,
    changes         text[] NOT NULL DEFAULT '{raised,promoted,escalated,assigned,touched,snoozed,woken,disposed,blocked,withdrawn,expired,reopened}',
    motions         text[],
    lanes           text[],
    pools           text[],
    bundle_by       text,
    bundle_every    interval,
    max_attempts    integer NOT NULL DEFAULT 8,
    lease           interval NOT NULL DEFAULT '5 minutes',
    retry_after     interval NOT NULL DEFAULT '1 minute',
    keep            interval,
    CONSTRAINT channels_channel_not_blank CHECK (btrim(channel) <> ''),
    CONSTRAINT channels_kind_not_blank CHECK (btrim(kind) <> ''),
    CONSTRAINT channels_max_attempts_1_to_100 CHECK (
        max_attempts >= 1 AND max_attempts <= 100)
);
SELECT pg_extension_config_dump('pls.channels', '');

COMMENT ON TABLE pls.channels IS
    'Where changes of alerts are delivered: a row for each CRM sync, Slack worker or other reader of the outbox.';
COMMENT ON COLUMN pls.channels.channel IS 'Name; what a worker asks for.';
COMMENT ON COLUMN pls.channels.kind IS 'crm, slack, email, webhook or a word of your own; for the worker.';
COMMENT ON COLUMN pls.channels.description IS 'What it is for.';
COMMENT ON COLUMN pls.channels.enabled IS 'false: nothing is queued for it; what is queued already can still be claimed.';
COMMENT ON COLUMN pls.channels.changes IS 'The changes that are sent: raised, promoted (from triage to sales), escalated, assigned, touched, snoozed, woken, paused, resumed, refreshed, disposed, blocked (the entity is not to be contacted any more), withdrawn, expired, reopened.';
COMMENT ON COLUMN pls.channels.motions IS 'Only alerts of these motions; NULL: of all.';
COMMENT ON COLUMN pls.channels.lanes IS 'Only alerts in these lanes; NULL: in both.';
COMMENT ON COLUMN pls.channels.pools IS 'Only alerts of these pools; NULL: of all.';
COMMENT ON COLUMN pls.channels.bundle_by IS 'rep: one message carries what is ready for a rep; account: what is ready about an account; NULL: a message for each change.';
COMMENT ON COLUMN pls.channels.bundle_every IS 'What is bundled becomes ready at multiples of this, counted from 1970-01-01 UTC; 1 minute to 7 days.';
COMMENT ON COLUMN pls.channels.max_attempts IS 'How many times a message is claimed at most; after that it is dead, see pls.dead_deliveries.';
COMMENT ON COLUMN pls.channels.lease IS 'How long a worker has a message to itself, unless it says otherwise.';
COMMENT ON COLUMN pls.channels.retry_after IS 'Wait after the first failure; doubles with each further one, up to 6 hours.';
COMMENT ON COLUMN pls.channels.keep IS 'How long deliveries that were confirmed are kept. NULL: as pls.retention says.';

CREATE FUNCTION pls_internal.check_channel() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    word text;
BEGIN
    PERFORM pls_internal.check_names(NEW.changes, 'changes');
    FOREACH word IN ARRAY NEW.changes LOOP
        PERFORM pls_internal.check_word(word, pls_internal.known_changes(), 'change');
    END LOOP;
    FOREACH word IN ARRAY coalesce(NEW.lanes, '{}') LOOP
        PERFORM pls_internal.check_word(word, '{sales,triage}', 'lane');
    END LOOP;
    IF NEW.bundle_by IS NOT NULL THEN
        PERFORM pls_internal.check_word(NEW.bundle_by, '{rep,account}', 'bundle_by');
    END IF;
    IF num_nonnulls(NEW.bundle_by, NEW.bundle_every) = 1 THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'bundle_by and bundle_every must be set together',
            HINT = 'Set both, or leave both NULL for a message for each change.';
    END IF;
    PERFORM pls_internal.check_span(NEW.bundle_every, 'bundle_every', at_least => '1 minute', at_most => '7 days');
    PERFORM pls_internal.check_span(NEW.lease, 'lease', at_most => '1 day');
    PERFORM pls_internal.check_span(NEW.retry_after, 'retry_after', at_most => '1 day');
    PERFORM pls_internal.check_span(NEW.keep, 'keep', at_least => '0');
    RETURN NEW;
END;
$$;
COMMENT ON FUNCTION pls_internal.check_channel IS 'Trigger: validates a row of pls.channels.';

CREATE TRIGGER check_channel BEFORE INSERT OR UPDATE ON pls.channels
    FOR EACH ROW EXECUTE FUNCTION pls_internal.check_channel();
COMMENT ON TRIGGER check_channel ON pls.channels IS 'Validates the row.';
