/* 71_delivery.sql - the outbox: what CRM and Slack workers take away.
 *
 * A row of pls.channels says which changes of which alerts somebody wants to
 * have.  A row trigger of pls.alerts (73_notice.sql) writes the outbox in the
 * transaction of the change: one INSERT ... SELECT, which adds rows and waits
 * for nobody.  pls.deliveries has no foreign key, for its
 * check would wait for whoever deletes a channel.
 *
 * A worker claims messages for a while (a lease), delivers them, and confirms
 * or fails each.  What is neither confirmed nor failed in time is claimed
 * again: at least once, under the same idempotency key.  A message is one
 * delivery, or several that were ready together where the channel bundles;
 * what belongs to it is fixed when it is first claimed.
 *
 * What a message says of an alert is read from pls.crm_alerts when it is
 * claimed: a late delivery tells what is, not what was.
 */

CREATE FUNCTION pls.known_changes() RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN ARRAY['raised', 'promoted', 'escalated', 'assigned', 'touched', 'snoozed', 'woken',
                 'paused', 'resumed', 'refreshed', 'disposed', 'withdrawn', 'expired', 'reopened'];
COMMENT ON FUNCTION pls.known_changes() IS
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
    CONSTRAINT channels_channel_not_blank CHECK (pg_catalog.btrim(channel) OPERATOR(pg_catalog.<>) ''),
    CONSTRAINT channels_kind_not_blank CHECK (pg_catalog.btrim(kind) OPERATOR(pg_catalog.<>) ''),
    CONSTRAINT channels_changes_known CHECK (
        changes OPERATOR(pg_catalog.<@) pls.known_changes() AND pg_catalog.cardinality(changes) OPERATOR(pg_catalog.>) 0),
    CONSTRAINT channels_lanes_known CHECK (lanes OPERATOR(pg_catalog.<@) ARRAY['sales', 'triage']),
    CONSTRAINT channels_bundle_by_known CHECK (bundle_by OPERATOR(pg_catalog.=) ANY (ARRAY['rep', 'account'])),
    CONSTRAINT channels_bundle_complete CHECK (
        (bundle_by IS NULL) OPERATOR(pg_catalog.=) (bundle_every IS NULL)),
    CONSTRAINT channels_bundle_every_1_minute_to_7_days CHECK (
        bundle_every OPERATOR(pg_catalog.>=) interval '1 minute' AND bundle_every OPERATOR(pg_catalog.<=) interval '7 days'
        AND extract(month FROM bundle_every) OPERATOR(pg_catalog.=) 0),
    CONSTRAINT channels_max_attempts_1_to_100 CHECK (
        max_attempts OPERATOR(pg_catalog.>=) 1 AND max_attempts OPERATOR(pg_catalog.<=) 100),
    CONSTRAINT channels_lease_1_second_to_1_day CHECK (
        lease OPERATOR(pg_catalog.>=) interval '1 second' AND lease OPERATOR(pg_catalog.<=) interval '1 day'),
    CONSTRAINT channels_retry_after_1_second_to_1_day CHECK (
        retry_after OPERATOR(pg_catalog.>=) interval '1 second' AND retry_after OPERATOR(pg_catalog.<=) interval '1 day'),
    CONSTRAINT channels_keep_not_negative CHECK (keep OPERATOR(pg_catalog.>=) interval '0')
);
SELECT pg_catalog.pg_extension_config_dump('pls.channels', '');

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

CREATE TABLE pls.deliveries (
    entity_id       text NOT NULL,
    delivery_id     bigint GENERATED BY DEFAULT AS IDENTITY,
    channel         text NOT NULL,
    alert_id        bigint NOT NULL,
    change          text NOT NULL,
    idempotency_key text NOT NULL,
    recipient       text,
    bundle          text,
    queued_at       timestamptz NOT NULL,
    ready_at        timestamptz NOT NULL,
    status          text NOT NULL DEFAULT 'queued',
    attempts        integer NOT NULL DEFAULT 0,
    message_id      bigint,
    lease_until     timestamptz,
    delivered_at    timestamptz,
    receipt         text,
    last_error      text,
    PRIMARY KEY (entity_id, delivery_id),
    UNIQUE (entity_id, channel, idempotency_key),
    CONSTRAINT deliveries_status_known CHECK (status OPERATOR(pg_catalog.=) ANY (ARRAY['queued', 'claimed', 'delivered', 'dead'])),
    CONSTRAINT deliveries_claimed_has_lease CHECK (
        (status OPERATOR(pg_catalog.=) 'claimed') OPERATOR(pg_catalog.=) (lease_until IS NOT NULL)),
    CONSTRAINT deliveries_delivered_at_when CHECK (
        (status OPERATOR(pg_catalog.=) 'delivered') OPERATOR(pg_catalog.=) (delivered_at IS NOT NULL))
);
CREATE INDEX deliveries_to_claim ON pls.deliveries (channel, delivery_id)
    WHERE status OPERATOR(pg_catalog.=) ANY (ARRAY['queued', 'claimed']);
COMMENT ON INDEX pls.deliveries_to_claim IS 'what a worker of a channel may claim';
CREATE INDEX deliveries_of_message ON pls.deliveries (message_id) WHERE message_id IS NOT NULL;
COMMENT ON INDEX pls.deliveries_of_message IS 'the deliveries of a message';
CREATE INDEX deliveries_of_bundle ON pls.deliveries (channel, bundle, delivery_id)
    WHERE bundle IS NOT NULL AND message_id IS NULL;
COMMENT ON INDEX pls.deliveries_of_bundle IS 'what a message that bundles will carry';
CREATE INDEX deliveries_dead ON pls.deliveries (channel) WHERE status OPERATOR(pg_catalog.=) 'dead';
COMMENT ON INDEX pls.deliveries_dead IS 'what could not be delivered';
CREATE INDEX deliveries_delivered ON pls.deliveries (delivered_at)
    WHERE status OPERATOR(pg_catalog.=) 'delivered';
COMMENT ON INDEX pls.deliveries_delivered IS 'what may be forgotten';
SELECT pg_catalog.pg_extension_config_dump('pls.deliveries', '');
SELECT pg_catalog.pg_extension_config_dump('pls.deliveries_delivery_id_seq', '');
REVOKE ALL ON pls.channels, pls.deliveries FROM PUBLIC;

COMMENT ON TABLE pls.deliveries IS
    'the outbox: changes of alerts on their way to a channel; for workers, see pls.claim_deliveries()';
COMMENT ON COLUMN pls.deliveries.entity_id IS 'the user or account';
COMMENT ON COLUMN pls.deliveries.delivery_id IS 'number of the delivery';
COMMENT ON COLUMN pls.deliveries.channel IS 'where it goes';
COMMENT ON COLUMN pls.deliveries.alert_id IS 'the alert';
COMMENT ON COLUMN pls.deliveries.change IS 'what has happened to it; see pls.channels.changes';
COMMENT ON COLUMN pls.deliveries.idempotency_key IS 'the same at every attempt and in every channel: alert, change and, unless it was raised, number of the row of pls.alert_log';
COMMENT ON COLUMN pls.deliveries.recipient IS 'the rep who had the alert then; NULL: nobody';
COMMENT ON COLUMN pls.deliveries.bundle IS 'what it is bundled with: the rep or account; NULL: nothing';
COMMENT ON COLUMN pls.deliveries.queued_at IS 'when the change was made, by pls.now()';
COMMENT ON COLUMN pls.deliveries.ready_at IS 'not to be claimed before';
COMMENT ON COLUMN pls.deliveries.status IS 'queued, claimed (by a worker, until lease_until), delivered, or dead';
COMMENT ON COLUMN pls.deliveries.attempts IS 'how often it has been claimed';
COMMENT ON COLUMN pls.deliveries.message_id IS 'the message it is part of, named by its first delivery; NULL: it has not been claimed yet';
COMMENT ON COLUMN pls.deliveries.lease_until IS 'until when it is a worker''s';
COMMENT ON COLUMN pls.deliveries.delivered_at IS 'when it was confirmed';
COMMENT ON COLUMN pls.deliveries.receipt IS 'what the worker said when it confirmed, such as the id of the record in the CRM';
COMMENT ON COLUMN pls.deliveries.last_error IS 'what the worker said when it last failed';

-- What an update of an alert was, most telling first.
CREATE FUNCTION pls.alert_changes(before pls.alerts, after pls.alerts) RETURNS text[]
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF before.alert_id IS NULL THEN
        RETURN '{raised}';
    END IF;
    RETURN array_remove(ARRAY[
        CASE WHEN after.status = 'done' AND (before.disposition, before.disposed_at)
                  IS DISTINCT FROM (after.disposition, after.disposed_at) THEN 'disposed' END,
        CASE WHEN after.status IN ('withdrawn', 'expired') AND before.status <> after.status THEN after.status END,
        CASE WHEN before.closed_at IS NOT NULL AND after.closed_at IS NULL THEN 'reopened' END,
        CASE WHEN before.lane = 'triage' AND after.lane = 'sales' THEN 'promoted' END,
        CASE WHEN after.escalation_level > before.escalation_level
                  OR (after.escalation_level = before.escalation_level
                      AND after.escalation_repeats > before.escalation_repeats) THEN 'escalated' END,
        CASE WHEN after.assigned_to IS DISTINCT FROM before.assigned_to THEN 'assigned' END,
        CASE WHEN after.first_touch_at IS NOT NULL AND before.first_touch_at IS NULL THEN 'touched' END,
        CASE WHEN after.status = 'snoozed' AND after.snoozed_until IS DISTINCT FROM before.snoozed_until THEN 'snoozed' END,
        CASE WHEN before.status = 'snoozed' AND after.status IN ('open', 'working') THEN 'woken' END,
        CASE WHEN after.paused_at IS NOT NULL AND before.paused_at IS NULL THEN 'paused' END,
        CASE WHEN after.paused_at IS NULL AND before.paused_at IS NOT NULL AND after.closed_at IS NULL THEN 'resumed' END,
        CASE WHEN after.evidence_changed_at IS DISTINCT FROM before.evidence_changed_at
                  OR after.score <> before.score THEN 'refreshed' END], NULL);
END;
$$;
COMMENT ON FUNCTION pls.alert_changes(pls.alerts, pls.alerts) IS
    'what has happened to an alert between two states of its row, most telling first; before NULL: it was raised';
REVOKE EXECUTE ON FUNCTION pls.alert_changes(pls.alerts, pls.alerts) FROM PUBLIC;

-- A channel gets the most telling of the changes that it wants.
CREATE FUNCTION pls.queue_deliveries(before pls.alerts, after pls.alerts) RETURNS void
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
    SET jit = off
AS $$
BEGIN
    INSERT INTO pls.deliveries (entity_id, channel, alert_id, change, idempotency_key, recipient,
                                bundle, queued_at, ready_at)
    SELECT after.entity_id, c.channel, after.alert_id, c.change,
           after.alert_id || ':' || c.change || CASE c.change WHEN 'raised' THEN '' ELSE ':' || (
               SELECT max(l.log_id) FROM pls.alert_log l WHERE l.alert_id = after.alert_id) END,
           after.assigned_to,
           CASE c.bundle_by WHEN 'rep' THEN 'rep ' || coalesce(after.assigned_to, '')
                            WHEN 'account' THEN 'account ' || coalesce(after.account_id, after.entity_id) END,
           pls.now(),
           CASE WHEN c.bundle_by IS NULL THEN pls.now()
                ELSE date_bin(c.bundle_every, pls.now(), timestamptz '1970-01-01 00:00:00+00') + c.bundle_every END
      FROM (SELECT h.channel, h.bundle_by, h.bundle_every,
                   (SELECT k.change
                      FROM unnest(pls.alert_changes(before, after)) WITH ORDINALITY AS k (change, place)
                     WHERE k.change = ANY (h.changes)
                     ORDER BY k.place LIMIT 1) AS change
              FROM pls.channels h
             WHERE h.enabled
               AND (h.motions IS NULL OR after.motion = ANY (h.motions))
               AND (h.lanes IS NULL OR after.lane = ANY (h.lanes))
               AND (h.pools IS NULL OR after.pool = ANY (h.pools))
             ORDER BY h.channel) c
     WHERE c.change IS NOT NULL;
END;
$$;
COMMENT ON FUNCTION pls.queue_deliveries(pls.alerts, pls.alerts) IS
    'writes a change of an alert, which has the last row of its log, into pls.deliveries for every enabled channel that wants it; only adds rows, waits for nobody';
REVOKE EXECUTE ON FUNCTION pls.queue_deliveries(pls.alerts, pls.alerts) FROM PUBLIC;

-- Claiming.  The head of a message is its first delivery; whoever holds the
-- head has all of it, so that two workers never share a message.
--
-- Workers ask often, most of the rows are kept ones, and many may wait: what
-- may be claimed is found by an index that does not have the kept ones, and
-- all else is looked up by its message or bundle, also under a plan that was
-- made while the table was empty.  (Hence not "status IN (...)" where the
-- message is known: the planner would take it for a way to the rows.)
CREATE FUNCTION pls.message_heads(channel text, at_most integer) RETURNS bigint[]
    LANGUAGE sql VOLATILE
    SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off
    SET jit = off
AS $$
    SELECT array_agg(h.delivery_id)
      FROM (SELECT d.delivery_id
              FROM pls.deliveries d
             WHERE d.channel = message_heads.channel
               AND d.status = ANY (ARRAY['queued', 'claimed'])
               AND CASE d.status WHEN 'queued' THEN d.ready_at ELSE d.lease_until END <= pls.now()
               AND (d.message_id = d.delivery_id
                    OR (d.message_id IS NULL
                        AND (d.bundle IS NULL
                             OR NOT EXISTS (SELECT FROM pls.deliveries e
                                             WHERE e.channel = d.channel AND e.bundle = d.bundle
                                               AND e.message_id IS NULL AND e.delivery_id < d.delivery_id
                                               AND e.status = 'queued' AND e.ready_at <= pls.now()))))
             ORDER BY d.delivery_id
             LIMIT message_heads.at_most
               FOR UPDATE OF d SKIP LOCKED) h
$$;
COMMENT ON FUNCTION pls.message_heads(text, integer) IS
    'takes hold of the first delivery of the messages, at most so many, that can be claimed now; those that another worker holds are passed over';
REVOKE EXECUTE ON FUNCTION pls.message_heads(text, integer) FROM PUBLIC;

CREATE FUNCTION pls.message_payload(message_id bigint) RETURNS jsonb
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off
    SET jit = off
    SET timezone = 'UTC'
AS $$
    SELECT jsonb_build_object(
               'message_id', message_payload.message_id,
               'channel', min(d.channel),
               'recipient', (SELECT jsonb_build_object('rep', r.rep, 'name', r.name, 'email', r.email)
                               FROM pls.reps r WHERE r.rep = min(d.recipient)),
               'alerts', jsonb_agg(jsonb_build_object('change', d.change, 'changed_at', d.queued_at,
                                                      'idempotency_key', d.idempotency_key,
                                                      'alert_id', d.alert_id) || coalesce(to_jsonb(c), '{}')
                                   ORDER BY d.delivery_id))
      FROM pls.deliveries d
      LEFT JOIN pls.crm_alerts c ON c.alert_id = d.alert_id
     WHERE d.message_id = message_payload.message_id
$$;
COMMENT ON FUNCTION pls.message_payload(bigint) IS
    'what a message says: recipient, and for each delivery its change, key and row of pls.crm_alerts as it is now';
REVOKE EXECUTE ON FUNCTION pls.message_payload(bigint) FROM PUBLIC;

CREATE FUNCTION pls.claim_deliveries(channel text, n integer DEFAULT 10, lease interval DEFAULT NULL)
    RETURNS TABLE (message_id bigint, attempt integer, idempotency_key text, change text,
                   recipient text, payload jsonb)
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off
    SET enable_hashjoin = off
    SET enable_mergejoin = off
    SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    way   pls.channels;
    heads bigint[];
    fresh bigint[];     -- those that were not claimed before
    most_in_one CONSTANT integer := 100;
BEGIN
    SELECT c.* INTO way FROM pls.channels c WHERE c.channel = claim_deliveries.channel;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'undefined_object',
            MESSAGE = format('there is no channel "%s"', claim_deliveries.channel),
            HINT = 'Add a row to pls.channels first.';
    END IF;
    IF coalesce(claim_deliveries.n, 0) < 1 OR coalesce(claim_deliveries.lease, way.lease) <= interval '0' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'a worker claims at least one message, for some time',
            HINT = 'Give a positive n and lease.';
    END IF;
    heads := pls.message_heads(claim_deliveries.channel, claim_deliveries.n);
    -- one whose last worker was not heard of again has had its attempts
    UPDATE pls.deliveries d
       SET status = 'dead', lease_until = NULL,
           last_error = coalesce(d.last_error, 'the last worker neither confirmed nor failed it')
     WHERE d.message_id = ANY (heads) AND d.status <> 'delivered' AND d.status <> 'dead'
       AND d.attempts >= way.max_attempts;
    -- what the new messages carry is fixed now: the head, which is held, and
    -- what is bundled with it
    WITH named AS (
        UPDATE pls.deliveries d
           SET message_id = d.delivery_id
          FROM unnest(heads) AS h (head)
         CROSS JOIN LATERAL (
               SELECT e.entity_id, e.delivery_id
                 FROM pls.deliveries e
                WHERE e.channel = claim_deliveries.channel AND e.status IN ('queued', 'claimed')
                  AND e.delivery_id = h.head AND e.message_id IS NULL
               OFFSET 0) f
         WHERE d.entity_id = f.entity_id AND d.delivery_id = f.delivery_id
        RETURNING d.delivery_id)
    SELECT array_agg(n.delivery_id) INTO fresh FROM named n;
    UPDATE pls.deliveries d
       SET message_id = m.head
      FROM (SELECT h.delivery_id AS head, b.entity_id, b.delivery_id
              FROM pls.deliveries h
             CROSS JOIN LATERAL (
                   SELECT e.entity_id, e.delivery_id
                     FROM pls.deliveries e
                    WHERE e.channel = h.channel AND e.bundle = h.bundle AND e.message_id IS NULL
                      AND e.status = 'queued' AND e.ready_at <= pls.now()
                    ORDER BY e.delivery_id
                    LIMIT most_in_one - 1
                      FOR UPDATE SKIP LOCKED) b
             WHERE h.message_id = ANY (fresh)) m
     WHERE d.entity_id = m.entity_id AND d.delivery_id = m.delivery_id;
    UPDATE pls.deliveries d
       SET status = 'claimed', attempts = d.attempts + 1,
           lease_until = pls.now() + coalesce(claim_deliveries.lease, way.lease)
     WHERE d.message_id = ANY (heads) AND d.status <> 'delivered' AND d.status <> 'dead';
    RETURN QUERY
    SELECT d.message_id, d.attempts,
           CASE WHEN d.parts = 1 THEN d.idempotency_key ELSE d.channel || ':' || d.message_id END,
           CASE WHEN d.parts = 1 THEN d.change ELSE 'bundle' END,
           d.recipient, pls.message_payload(d.message_id)
      FROM (SELECT e.*, count(*) OVER (PARTITION BY e.message_id) AS parts
              FROM pls.deliveries e
             WHERE e.message_id = ANY (heads) AND e.status = 'claimed') d
     WHERE d.delivery_id = d.message_id
     ORDER BY d.message_id;
END;
$$;
COMMENT ON FUNCTION pls.claim_deliveries(text, integer, interval) IS
    'gives a worker up to n messages of the channel that are ready, for as long as the lease (NULL: the channel''s): oldest first, disjoint between workers, without waiting. The worker confirms or fails each by message_id; what it does not, is given out again when the lease is over, under the same idempotency_key. change: what has happened, or bundle; payload: {message_id, channel, recipient, alerts: [{change, changed_at, idempotency_key, and the columns of pls.crm_alerts as they are now}]}. Errors: 42704 (no such channel), 22023';
REVOKE EXECUTE ON FUNCTION pls.claim_deliveries(text, integer, interval) FROM PUBLIC;

-- The claimed deliveries of a message, held; an attempt that is not the
-- current one has lost its lease to another worker.
CREATE FUNCTION pls.hold_message(message_id bigint, attempt integer) RETURNS boolean
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off
    SET jit = off
AS $$
#variable_conflict use_column
BEGIN
    -- the head first, as a worker does that claims it again
    PERFORM FROM pls.deliveries d
      WHERE d.message_id = hold_message.message_id AND d.status = 'claimed'
        AND (hold_message.attempt IS NULL OR d.attempts = hold_message.attempt)
      ORDER BY d.delivery_id
        FOR UPDATE;
    IF FOUND THEN
        RETURN true;
    END IF;
    IF NOT EXISTS (SELECT FROM pls.deliveries d WHERE d.message_id = hold_message.message_id) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'no_data_found',
            MESSAGE = format('there is no message %s', coalesce(hold_message.message_id::text, 'NULL')),
            HINT = 'Give a message_id that pls.claim_deliveries() has returned.';
    END IF;
    RETURN false;
END;
$$;
COMMENT ON FUNCTION pls.hold_message(bigint, integer) IS
    'takes hold of a claimed message; false: it is not claimed, or not by that attempt; error P0002 (no such message)';
REVOKE EXECUTE ON FUNCTION pls.hold_message(bigint, integer) FROM PUBLIC;

CREATE FUNCTION pls.confirm_delivery(message_id bigint, receipt text DEFAULT NULL, attempt integer DEFAULT NULL)
    RETURNS boolean
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off
    SET jit = off
AS $$
#variable_conflict use_column
BEGIN
    IF NOT pls.hold_message(confirm_delivery.message_id, confirm_delivery.attempt) THEN
        RETURN false;
    END IF;
    UPDATE pls.deliveries d
       SET status = 'delivered', delivered_at = pls.now(), lease_until = NULL,
           receipt = confirm_delivery.receipt, last_error = NULL
     WHERE d.message_id = confirm_delivery.message_id AND d.status = 'claimed';
    RETURN true;
END;
$$;
COMMENT ON FUNCTION pls.confirm_delivery(bigint, text, integer) IS
    'says that a claimed message has arrived, with a receipt to keep; false: it is not claimed (confirmed already, or given to somebody else: attempt, if given, is not the current one), nothing was done; error P0002 (no such message)';
REVOKE EXECUTE ON FUNCTION pls.confirm_delivery(bigint, text, integer) FROM PUBLIC;

CREATE FUNCTION pls.fail_delivery(message_id bigint, error text, retry_after interval DEFAULT NULL,
                                  attempt integer DEFAULT NULL)
    RETURNS text
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off
    SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    most CONSTANT interval := '6 hours';
BEGIN
    IF coalesce(btrim(fail_delivery.error), '') = '' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'null_value_not_allowed',
            MESSAGE = 'a delivery fails for a reason',
            HINT = 'Give the error in a few words.';
    END IF;
    IF NOT pls.hold_message(fail_delivery.message_id, fail_delivery.attempt) THEN
        RETURN NULL;
    END IF;
    UPDATE pls.deliveries d
       SET status = CASE WHEN d.attempts >= coalesce(c.max_attempts, 1) THEN 'dead' ELSE 'queued' END,
           ready_at = pls.now() + coalesce(fail_delivery.retry_after,
                                           least(most, c.retry_after * power(2, least(d.attempts, 30) - 1))),
           lease_until = NULL, last_error = fail_delivery.error
      FROM pls.deliveries o
      LEFT JOIN pls.channels c ON c.channel = o.channel
     WHERE o.message_id = fail_delivery.message_id AND o.status = 'claimed'
       AND d.entity_id = o.entity_id AND d.delivery_id = o.delivery_id;
    RETURN (SELECT d.status FROM pls.deliveries d
             WHERE d.message_id = fail_delivery.message_id AND d.status IN ('dead', 'queued')
             LIMIT 1);
END;
$$;
COMMENT ON FUNCTION pls.fail_delivery(bigint, text, interval, integer) IS
    'says that a claimed message could not be delivered, and why: it is queued again after retry_after (NULL: the channel''s, doubled with each attempt, 6 hours at most), or dead once it has had max_attempts. Returns queued or dead; NULL: it is not claimed (or not by this attempt), nothing was done. Errors: P0002 (no such message), 22004 (no error given)';
REVOKE EXECUTE ON FUNCTION pls.fail_delivery(bigint, text, interval, integer) FROM PUBLIC;

CREATE FUNCTION pls.requeue_deliveries(channel text DEFAULT NULL, message_id bigint DEFAULT NULL) RETURNS bigint
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    messages bigint;
BEGIN
    WITH again AS (
        UPDATE pls.deliveries d
           SET status = 'queued', attempts = 0, ready_at = pls.now()
         WHERE d.status = 'dead'
           AND (requeue_deliveries.channel IS NULL OR d.channel = requeue_deliveries.channel)
           AND (requeue_deliveries.message_id IS NULL OR d.message_id = requeue_deliveries.message_id)
        RETURNING d.message_id)
    SELECT count(DISTINCT a.message_id) INTO messages FROM again a;
    RETURN messages;
END;
$$;
COMMENT ON FUNCTION pls.requeue_deliveries(text, bigint) IS
    'queues dead messages (NULL: of every channel; all) again, with all their attempts; returns how many';
REVOKE EXECUTE ON FUNCTION pls.requeue_deliveries(text, bigint) FROM PUBLIC;

-- For the sweep.  All channels at once; only if that fails each by itself.
CREATE FUNCTION pls.forget_deliveries(at_most integer DEFAULT 10000, channel text DEFAULT NULL) RETURNS void
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    one text;
BEGIN
    BEGIN
        DELETE FROM pls.deliveries d
         WHERE (d.entity_id, d.delivery_id) IN (
               SELECT o.entity_id, o.delivery_id
                 FROM pls.deliveries o
                 LEFT JOIN pls.channels c ON c.channel = o.channel
                WHERE o.status = 'delivered'
                  AND (forget_deliveries.channel IS NULL OR o.channel = forget_deliveries.channel)
                  AND o.delivered_at <= pls.now() - coalesce(c.keep, interval '0')
                ORDER BY o.delivered_at
                LIMIT forget_deliveries.at_most
                  FOR UPDATE OF o SKIP LOCKED);
        RETURN;
    EXCEPTION WHEN OTHERS OR ASSERT_FAILURE THEN
        IF forget_deliveries.channel IS NOT NULL THEN
            PERFORM pls.note_failure('deliveries to ' || forget_deliveries.channel, '', '', SQLSTATE, SQLERRM);
            RETURN;
        END IF;
    END;
    FOR one IN SELECT c.channel FROM pls.channels c ORDER BY c.channel LOOP
        IF NOT pls.is_paused('deliveries to ' || one) THEN
            PERFORM pls.forget_deliveries(forget_deliveries.at_most, one);
        END IF;
    END LOOP;
END;
$$;
COMMENT ON FUNCTION pls.forget_deliveries(integer, text) IS
    'deletes deliveries (of one channel; NULL: of all) that were confirmed longer ago than their channel keeps them; waits for nobody. A channel of which that fails is written into pls.failures';
REVOKE EXECUTE ON FUNCTION pls.forget_deliveries(integer, text) FROM PUBLIC;

CREATE VIEW pls.dead_deliveries
    (message_id, channel, change, recipient, alerts, attempts, queued_at, last_error)
    WITH (security_invoker = true)
AS
    SELECT d.message_id, d.channel,
           CASE WHEN pg_catalog.count(*) OPERATOR(pg_catalog.=) 1 THEN pg_catalog.min(d.change) ELSE 'bundle' END,
           pg_catalog.min(d.recipient), pg_catalog.array_agg(d.alert_id ORDER BY d.delivery_id),
           pg_catalog.max(d.attempts), pg_catalog.min(d.queued_at), pg_catalog.min(d.last_error)
      FROM pls.deliveries d
     WHERE d.status OPERATOR(pg_catalog.=) 'dead'
     GROUP BY d.channel, d.message_id;
COMMENT ON VIEW pls.dead_deliveries IS
    'messages that could not be delivered in as many attempts as their channel allows; pls.requeue_deliveries() tries again';
COMMENT ON COLUMN pls.dead_deliveries.message_id IS 'the message';
COMMENT ON COLUMN pls.dead_deliveries.channel IS 'its channel';
COMMENT ON COLUMN pls.dead_deliveries.change IS 'what had happened, or bundle';
COMMENT ON COLUMN pls.dead_deliveries.recipient IS 'the rep who had the alert then; NULL: nobody';
COMMENT ON COLUMN pls.dead_deliveries.alerts IS 'the alerts that it is about';
COMMENT ON COLUMN pls.dead_deliveries.attempts IS 'how often it was tried';
COMMENT ON COLUMN pls.dead_deliveries.queued_at IS 'when the first of its changes was made';
COMMENT ON COLUMN pls.dead_deliveries.last_error IS 'what went wrong last';
REVOKE ALL ON pls.dead_deliveries FROM PUBLIC;

CREATE VIEW pls.delivery_queue
    (channel, kind, enabled, ready, waiting, claimed, dead, delivered, oldest_ready_at)
    WITH (security_invoker = true)
AS
    SELECT c.channel, c.kind, c.enabled,
           pg_catalog.count(*) FILTER (WHERE d.status OPERATOR(pg_catalog.=) 'queued' AND d.ready_at OPERATOR(pg_catalog.<=) pls.now()
                                          OR d.status OPERATOR(pg_catalog.=) 'claimed' AND d.lease_until OPERATOR(pg_catalog.<=) pls.now()),
           pg_catalog.count(*) FILTER (WHERE d.status OPERATOR(pg_catalog.=) 'queued' AND d.ready_at OPERATOR(pg_catalog.>) pls.now()),
           pg_catalog.count(*) FILTER (WHERE d.status OPERATOR(pg_catalog.=) 'claimed' AND d.lease_until OPERATOR(pg_catalog.>) pls.now()),
           pg_catalog.count(*) FILTER (WHERE d.status OPERATOR(pg_catalog.=) 'dead'),
           pg_catalog.count(*) FILTER (WHERE d.status OPERATOR(pg_catalog.=) 'delivered'),
           pg_catalog.min(d.ready_at) FILTER (WHERE d.status OPERATOR(pg_catalog.=) 'queued' AND d.ready_at OPERATOR(pg_catalog.<=) pls.now())
      FROM pls.channels c
      LEFT JOIN pls.deliveries d ON d.channel OPERATOR(pg_catalog.=) c.channel
     GROUP BY c.channel, c.kind, c.enabled;
COMMENT ON VIEW pls.delivery_queue IS
    'how the outbox stands, as of pls.now(): deliveries of each channel by what they wait for';
COMMENT ON COLUMN pls.delivery_queue.channel IS 'the channel';
COMMENT ON COLUMN pls.delivery_queue.kind IS 'its kind';
COMMENT ON COLUMN pls.delivery_queue.enabled IS 'whether changes are queued for it';
COMMENT ON COLUMN pls.delivery_queue.ready IS 'deliveries that a worker may claim now, those with a lease that is over included';
COMMENT ON COLUMN pls.delivery_queue.waiting IS 'deliveries that become ready later: to be bundled, or after a failure';
COMMENT ON COLUMN pls.delivery_queue.claimed IS 'deliveries that a worker has';
COMMENT ON COLUMN pls.delivery_queue.dead IS 'deliveries that failed too often';
COMMENT ON COLUMN pls.delivery_queue.delivered IS 'deliveries that were confirmed and are still kept';
COMMENT ON COLUMN pls.delivery_queue.oldest_ready_at IS 'since when the oldest has been ready; NULL: none is';
REVOKE ALL ON pls.delivery_queue FROM PUBLIC;

-- A message whose first delivery is erased is named by the next.
CREATE FUNCTION pls.rename_messages() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    UPDATE pls.deliveries d
       SET message_id = m.head
      FROM (SELECT o.message_id, min(o.delivery_id) AS head
              FROM removed r
              JOIN pls.deliveries o ON o.message_id = r.delivery_id
             GROUP BY o.message_id) m
     WHERE d.message_id = m.message_id;
    RETURN NULL;
END;
$$;
COMMENT ON FUNCTION pls.rename_messages() IS 'trigger: keeps messages whole whose first delivery was deleted';
REVOKE EXECUTE ON FUNCTION pls.rename_messages() FROM PUBLIC;
CREATE TRIGGER rename_messages AFTER DELETE ON pls.deliveries
    REFERENCING OLD TABLE AS removed
    FOR EACH STATEMENT EXECUTE FUNCTION pls.rename_messages();
COMMENT ON TRIGGER rename_messages ON pls.deliveries IS 'keeps messages whole';

-- What was on its way to a channel goes with it.
CREATE FUNCTION pls.forget_channel() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    DELETE FROM pls.deliveries d USING removed r WHERE d.channel = r.channel;
    RETURN NULL;
END;
$$;
COMMENT ON FUNCTION pls.forget_channel() IS 'trigger: deletes the deliveries of deleted channels';
REVOKE EXECUTE ON FUNCTION pls.forget_channel() FROM PUBLIC;
CREATE TRIGGER forget_channel AFTER DELETE ON pls.channels
    REFERENCING OLD TABLE AS removed
    FOR EACH STATEMENT EXECUTE FUNCTION pls.as_owner('forget_channel');
COMMENT ON TRIGGER forget_channel ON pls.channels IS 'removes what was on its way to the channel';
