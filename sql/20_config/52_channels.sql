/* 52_channels.sql - where changes of alerts are delivered.
 */

CREATE FUNCTION pls_internal.known_changes() RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN ARRAY['raised', 'promoted', 'escalated', 'assigned', 'touched', 'snoozed', 'woken',
                 'paused', 'resumed', 'refreshed', 'disposed', 'blocked', 'left', 'withdrawn', 'expired', 'reopened'];
COMMENT ON FUNCTION pls_internal.known_changes IS
    'The kinds of change of an alert that a channel can be sent.';

-- A copy of a database must not send again what the original sends.
CREATE FUNCTION pls_internal.delivery_identity() RETURNS text
    AS 'MODULE_PATHNAME', 'pls_delivery_identity' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION pls_internal.delivery_identity IS
    'Which database this is: the system identifier of its cluster and its oid, as in 7391827364518273645/16384. A standby has that of its primary; a database that was restored from a dump, made from a template or upgraded by pg_upgrade has another. Never NULL.';

CREATE TABLE pls.channels (
    channel         text PRIMARY KEY,
    kind            text NOT NULL,
    description     text,
    enabled         boolean NOT NULL DEFAULT true,
    changes         text[] NOT NULL DEFAULT '{raised,promoted,escalated,assigned,touched,snoozed,woken,disposed,blocked,left,withdrawn,expired,reopened}',
    motions         text[],
    lanes           text[],
    pools           text[],
    bundle_by       text,
    bundle_every    interval,
    max_attempts    integer NOT NULL DEFAULT 8,
    lease           interval NOT NULL DEFAULT '5 minutes',
    retry_after     interval NOT NULL DEFAULT '1 minute',
    keep            interval,
    delivers_from   text,
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
COMMENT ON COLUMN pls.channels.changes IS 'The changes that are sent: raised, promoted (from triage to sales), escalated, assigned, touched, snoozed, woken, paused, resumed, refreshed, disposed, blocked (the entity is not to be contacted any more), left (the alert is not in the channel''s motions, lanes or pools any more), withdrawn, expired, reopened.';
COMMENT ON COLUMN pls.channels.motions IS 'Only alerts of these motions; NULL: of all. Of an alert that motions, lanes and pools let through the channel also hears that it left, and, once it was told of it, that it was closed or reopened.';
COMMENT ON COLUMN pls.channels.lanes IS 'Only alerts in these lanes, before or after the change; NULL: in both.';
COMMENT ON COLUMN pls.channels.pools IS 'Only alerts of these pools, before or after the change; NULL: of all.';
COMMENT ON COLUMN pls.channels.bundle_by IS 'rep: one message carries what is ready for a rep; account: what is ready about an account; NULL: a message for each change.';
COMMENT ON COLUMN pls.channels.bundle_every IS 'What is bundled becomes ready at multiples of this, counted from 1970-01-01 UTC; 1 minute to 7 days.';
COMMENT ON COLUMN pls.channels.max_attempts IS 'How many times a message may fail, or be lost by a worker that had claimed it alone; after that it is dead, see pls.dead_deliveries.';
COMMENT ON COLUMN pls.channels.lease IS 'How long a worker has a message to itself, unless it says otherwise.';
COMMENT ON COLUMN pls.channels.retry_after IS 'Wait after the first failure; doubles with each further one, up to 6 hours.';
COMMENT ON COLUMN pls.channels.keep IS 'How long deliveries that were confirmed are kept; receipts are known for as long. NULL: as pls.retention says.';
COMMENT ON COLUMN pls.channels.delivers_from IS 'The database whose workers send it (pls_internal.delivery_identity()): that in which the row was written. In a copy it names the original, and claims are refused until pls.confirm_delivery_identity(). NULL: nowhere; set it so to keep a physical copy silent.';

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

CREATE FUNCTION pls_internal.note_delivery_identity() RETURNS trigger
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    NEW.delivers_from := pls_internal.delivery_identity();
    RETURN NEW;
END;
$$;
COMMENT ON FUNCTION pls_internal.note_delivery_identity IS
    'Trigger: a row of pls.channels names the database that it was written in.';
-- Only a dump brings that of another database.
CREATE TRIGGER note_identity BEFORE INSERT ON pls.channels
    FOR EACH ROW WHEN (NOT pls_internal.restoring())
    EXECUTE FUNCTION pls_internal.note_delivery_identity();
COMMENT ON TRIGGER note_identity ON pls.channels IS 'A new channel delivers from this database.';
CREATE TRIGGER note_new_identity BEFORE UPDATE OF delivers_from ON pls.channels
    FOR EACH ROW WHEN (NEW.delivers_from IS NOT NULL AND NEW.delivers_from IS DISTINCT FROM OLD.delivers_from)
    EXECUTE FUNCTION pls_internal.note_delivery_identity();
COMMENT ON TRIGGER note_new_identity ON pls.channels IS 'What is set by hand is this database or none.';

-- What a worker of a copy gets instead of messages.
CREATE FUNCTION pls_internal.refuse_copy(way pls.channels) RETURNS void
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF way.delivers_from IS NOT DISTINCT FROM pls_internal.delivery_identity() THEN
        RETURN;
    END IF;
    RAISE EXCEPTION USING
        ERRCODE = 'object_not_in_prerequisite_state',
        MESSAGE = format('channel "%s" does not deliver from this database', way.channel),
        DETAIL = CASE WHEN way.delivers_from IS NULL THEN 'Its delivers_from is NULL: it was stopped.'
                      ELSE format('It delivers from database %s, and this is %s: a copy, or its successor.',
                                  way.delivers_from, pls_internal.delivery_identity()) END,
        HINT = 'In a copy for tests leave it so, or the copy sends again what the original sends. If this database takes the place of the original, call pls.confirm_delivery_identity().',
        SCHEMA = 'pls', TABLE = 'channels', COLUMN = 'delivers_from';
END;
$$;
COMMENT ON FUNCTION pls_internal.refuse_copy IS
    'Refuses (55000) to deliver to a channel from a database other than that in its delivers_from.';

CREATE FUNCTION pls.confirm_delivery_identity(channel text DEFAULT NULL) RETURNS bigint
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    confirmed bigint;
BEGIN
    IF confirm_delivery_identity.channel IS NOT NULL
       AND NOT EXISTS (SELECT FROM pls.channels c WHERE c.channel = confirm_delivery_identity.channel) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'undefined_object',
            MESSAGE = format('channel "%s" does not exist', confirm_delivery_identity.channel),
            HINT = 'pls.channels lists the channels.';
    END IF;
    UPDATE pls.channels c
       SET delivers_from = pls_internal.delivery_identity()
     WHERE c.delivers_from IS DISTINCT FROM pls_internal.delivery_identity()
       AND (confirm_delivery_identity.channel IS NULL OR c.channel = confirm_delivery_identity.channel);
    GET DIAGNOSTICS confirmed = ROW_COUNT;
    RETURN confirmed;
END;
$$;
COMMENT ON FUNCTION pls.confirm_delivery_identity IS
    'Says that this database, not the one that it was copied from, delivers to the channel (NULL: to all) from now on; what is queued here is then sent from here. Returns how many channels did not before. Stop the workers of the original first. Errors: 42704 (no such channel).';
