/* 52_claims.sql - how workers take messages away.
 *
 * A worker claims messages for a while (a lease), delivers them, and confirms
 * or fails each.  What is neither confirmed nor failed in time is claimed
 * again: at least once, under the same idempotency key.  A message is one
 * delivery, or several that were ready together where the channel bundles;
 * what belongs to it is fixed when it is first claimed.
 *
 * Of an alert one message of a channel is out at a time, the oldest: a slow
 * worker cannot put an older state over a newer one.  A dead message holds
 * nothing back: what comes after it tells the current state.
 *
 * A claim is a generation: deliveries.attempts only grows, and what an older
 * claim says changes nothing.  What counts towards dead is in
 * deliveries.failures.  A worker that dies with ten messages in hand has begun
 * one of them, and nobody knows which: so each is claimed by itself the next
 * time, and only being lost alone counts.
 */

-- What is to go before, or is out.  One index has both.  Inlined.
CREATE FUNCTION pls_internal.goes_before(d pls.deliveries) RETURNS TABLE (delivery_id bigint)
    LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
    SELECT e.delivery_id
      FROM pls.deliveries e
     WHERE e.alert_id = (d).alert_id AND e.channel = (d).channel
       AND e.status = ANY (ARRAY['queued', 'claimed'])
       AND (e.delivery_id < (d).delivery_id
            OR (e.delivery_id > (d).delivery_id AND e.status = 'claimed' AND e.lease_until > pls.now()))
       -- what goes in the same message is not in the way
       AND (CASE WHEN (d).message_id IS NULL
                 THEN e.message_id IS NULL AND e.bundle = (d).bundle AND e.ready_at <= pls.now()
                 ELSE e.message_id = (d).message_id END) IS NOT TRUE;
END;
COMMENT ON FUNCTION pls_internal.goes_before IS
    'The deliveries for which one that is on its way has to wait: those about its alert to the same channel, in another message, that are earlier and neither delivered nor dead, or later and out.';

-- The head of a message is its first delivery; whoever holds the head has all
-- of it, so that two workers never share a message.
--
-- Workers ask often, most of the rows are kept ones, and many may wait: what
-- may be claimed is found by an index that does not have the kept ones, and
-- all else is looked up by its message or bundle, also under a plan that was
-- made while the table was empty.  (Hence not "status IN (...)" where the
-- message is known: the planner would take it for a way to the rows.)
CREATE FUNCTION pls_internal.message_heads(channel text, at_most integer) RETURNS bigint[]
    LANGUAGE sql VOLATILE
    SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off
    SET enable_hashjoin = off
    SET enable_mergejoin = off
    SET jit = off
AS $$
    SELECT array_agg(h.delivery_id ORDER BY h.delivery_id)
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
                                               AND e.status = 'queued' AND e.ready_at <= pls.now()
                                               AND NOT EXISTS (SELECT FROM pls_internal.goes_before(e))))))
               AND NOT EXISTS (SELECT FROM pls_internal.goes_before(d))
             ORDER BY d.delivery_id
             LIMIT message_heads.at_most
               FOR UPDATE OF d SKIP LOCKED) h
$$;
COMMENT ON FUNCTION pls_internal.message_heads IS
    'Locks the first delivery of the messages, at most this many, that can be claimed now, and returns them in order; those that another worker holds, and those that have to wait for another message about their alert, are skipped.';

-- Which of the heads that are held are claimed now.  What has changed until
-- they were held is seen here: an earlier message may have been requeued.
CREATE FUNCTION pls_internal.heads_to_claim(heads bigint[], channel text, max_attempts integer) RETURNS bigint[]
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off
    SET enable_hashjoin = off
    SET enable_mergejoin = off
    SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    chosen bigint[] := '{}';
    head   pls.deliveries;
BEGIN
    FOR head IN
        SELECT (r.d).*
          FROM unnest(heads) h (head)
         CROSS JOIN LATERAL (
               SELECT e AS d FROM pls.deliveries e
                WHERE e.channel = heads_to_claim.channel AND e.status = ANY (ARRAY['queued', 'claimed'])
                  AND e.delivery_id = h.head
               OFFSET 0) r
         WHERE NOT EXISTS (SELECT FROM pls_internal.goes_before(r.d))
           -- all of a bundle that is tried again
           AND ((r.d).bundle IS NULL OR (r.d).message_id IS NULL
                OR NOT EXISTS (SELECT FROM pls.deliveries o
                                WHERE o.message_id = (r.d).message_id AND o.status <> 'delivered' AND o.status <> 'dead'
                                  AND EXISTS (SELECT FROM pls_internal.goes_before(o))))
         ORDER BY h.head
    LOOP
        IF head.status = 'queued' THEN
            chosen := chosen || head.delivery_id;
        ELSIF head.claimed_alone AND head.failures + 1 >= heads_to_claim.max_attempts THEN
            UPDATE pls.deliveries d
               SET status = 'dead', lease_until = NULL, failures = d.failures + 1,
                   last_error = coalesce(d.last_error, 'the last worker neither confirmed it nor reported a failure')
             WHERE d.message_id = head.message_id AND d.status <> 'delivered' AND d.status <> 'dead';
        ELSIF chosen = '{}' THEN
            RETURN ARRAY[head.delivery_id];
        ELSE
            RETURN chosen;
        END IF;
    END LOOP;
    RETURN chosen;
END;
$$;
COMMENT ON FUNCTION pls_internal.heads_to_claim IS
    'Of messages that can be claimed and are held, in order, those that go into one claim: until one whose last worker was not heard of again, which is claimed by itself. One that was lost so for the last time is made dead.';

CREATE FUNCTION pls_internal.form_messages(heads bigint[], channel text) RETURNS void
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off
    SET enable_hashjoin = off
    SET enable_mergejoin = off
    SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    most_in_one CONSTANT integer := 100;
BEGIN
    UPDATE pls.deliveries d
       SET message_id = m.head
      FROM (SELECT h.delivery_id AS head, b.entity_id, b.delivery_id
              FROM unnest(heads) u (head)
             CROSS JOIN LATERAL (
                   SELECT e.*
                     FROM pls.deliveries e
                    WHERE e.channel = form_messages.channel AND e.status = ANY (ARRAY['queued', 'claimed'])
                      AND e.delivery_id = u.head AND e.message_id IS NULL
                   OFFSET 0) h
             CROSS JOIN LATERAL (
                   SELECT h.entity_id, h.delivery_id
                   UNION ALL
                   SELECT f.entity_id, f.delivery_id
                     FROM (SELECT e.entity_id, e.delivery_id
                             FROM pls.deliveries e
                            WHERE e.channel = h.channel AND e.bundle = h.bundle AND e.message_id IS NULL
                              AND e.status = 'queued' AND e.ready_at <= pls.now() AND e.delivery_id > h.delivery_id
                              AND NOT EXISTS (SELECT FROM pls_internal.goes_before(e))
                            ORDER BY e.delivery_id
                            LIMIT most_in_one - 1
                              FOR UPDATE OF e SKIP LOCKED) f) b) m
     WHERE d.entity_id = m.entity_id AND d.delivery_id = m.delivery_id;
END;
$$;
COMMENT ON FUNCTION pls_internal.form_messages IS
    'Fixes what the new ones of these messages, whose heads are held, carry: the head, and what is bundled with it and has to wait for no other message.';

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
BEGIN
    SELECT c.* INTO way FROM pls.channels c WHERE c.channel = claim_deliveries.channel;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'undefined_object',
            MESSAGE = format('channel "%s" does not exist', claim_deliveries.channel),
            HINT = 'Add a row to pls.channels first.';
    END IF;
    IF coalesce(claim_deliveries.n, 0) < 1 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'n must be positive',
            HINT = 'Claim at least one message.';
    END IF;
    PERFORM pls_internal.check_span(claim_deliveries.lease, 'lease');
    PERFORM pls_internal.refuse_copy(way);
    heads := pls_internal.message_heads(claim_deliveries.channel, claim_deliveries.n);
    heads := pls_internal.heads_to_claim(heads, claim_deliveries.channel, way.max_attempts);
    PERFORM pls_internal.form_messages(heads, claim_deliveries.channel);
    UPDATE pls.deliveries d
       SET status = 'claimed', attempts = d.attempts + 1,
           failures = d.failures + CASE WHEN d.status = 'claimed' AND d.claimed_alone THEN 1 ELSE 0 END,
           claimed_alone = cardinality(heads) = 1,
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
COMMENT ON FUNCTION pls.claim_deliveries IS
    'Claims up to n ready messages of the channel for a worker, for the length of the lease (NULL: the channel''s): oldest first, each message for one worker, at most one about an alert until that is confirmed, failed or expired, without waiting. The worker confirms or fails each by message_id and attempt; a message whose lease has ended can be claimed again, by itself, with the same idempotency_key. attempt: number of the claim, which only grows. change: the change, or bundle; payload: see pls.message_payload(). Errors: 42704 (no such channel), 22023, 55000 (this database is a copy of the one that delivers to the channel, see pls.confirm_delivery_identity).';

-- The claimed deliveries of a message, held; an attempt that is not the
-- current one has lost its lease to another worker.
CREATE FUNCTION pls_internal.hold_message(message_id bigint, attempt integer) RETURNS boolean
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off
    SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    latest integer;
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
    latest := (SELECT max(d.attempts) FROM pls.deliveries d WHERE d.message_id = hold_message.message_id);
    IF latest IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'no_data_found',
            MESSAGE = format('message %s does not exist', coalesce(hold_message.message_id::text, 'NULL')),
            HINT = 'Use a message_id that pls.claim_deliveries() has returned.';
    END IF;
    RETURN CASE WHEN hold_message.attempt <> latest THEN NULL ELSE false END;
END;
$$;
COMMENT ON FUNCTION pls_internal.hold_message IS
    'Locks a claimed message; false: it is not claimed; NULL: this attempt is not its last; error P0002 (no such message).';

CREATE FUNCTION pls.confirm_delivery(message_id bigint, receipt text DEFAULT NULL, attempt integer DEFAULT NULL)
    RETURNS boolean
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off
    SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    held CONSTANT boolean := pls_internal.hold_message(confirm_delivery.message_id, confirm_delivery.attempt);
BEGIN
    IF held IS NOT TRUE THEN
        RETURN held;
    END IF;
    UPDATE pls.deliveries d
       SET status = 'delivered', delivered_at = pls.now(), lease_until = NULL,
           receipt = confirm_delivery.receipt, last_error = NULL
     WHERE d.message_id = confirm_delivery.message_id AND d.status = 'claimed';
    RETURN true;
END;
$$;
COMMENT ON FUNCTION pls.confirm_delivery IS
    'Confirms that a claimed message has arrived, and keeps the receipt. Nothing is done: false, it is not claimed (already confirmed, failed or released); NULL, another worker has claimed it since (attempt, if given, is not the last one). Error P0002 (no such message).';

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
    most      CONSTANT interval := '6 hours';
    -- by then a second is longer than that, and a day can still be told
    doublings CONSTANT integer := 15;
BEGIN
    IF coalesce(btrim(fail_delivery.error), '') = '' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'null_value_not_allowed',
            MESSAGE = 'failing a delivery requires an error text',
            HINT = 'Describe the error in a few words.';
    END IF;
    PERFORM pls_internal.check_span(fail_delivery.retry_after, 'retry_after', at_least => '0');
    IF pls_internal.hold_message(fail_delivery.message_id, fail_delivery.attempt) IS NOT TRUE THEN
        RETURN NULL;
    END IF;
    UPDATE pls.deliveries d
       SET status = CASE WHEN d.failures + 1 >= coalesce(c.max_attempts, 1) THEN 'dead' ELSE 'queued' END,
           failures = d.failures + 1,
           ready_at = pls.now() + coalesce(fail_delivery.retry_after,
                                           least(most, c.retry_after * power(2, least(d.failures, doublings)))),
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
COMMENT ON FUNCTION pls.fail_delivery IS
    'Records that a claimed message could not be delivered, and why: it is queued again after retry_after (NULL: the channel''s, doubled with each failure, 6 hours at most), or dead after max_attempts failures; a dead one holds back nothing about its alert. Returns queued or dead; NULL, and nothing is done: it is not claimed (or not by this attempt). Errors: P0002 (no such message), 22004 (no error given), 22023 (retry_after).';

CREATE FUNCTION pls.release_deliveries(message_ids bigint[], attempts integer[] DEFAULT NULL) RETURNS bigint
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off
    SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    claim    record;
    released bigint := 0;
BEGIN
    IF cardinality(release_deliveries.message_ids) <> cardinality(release_deliveries.attempts) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'message_ids and attempts must have the same length',
            HINT = 'Pass the attempt of each message, or no attempts.';
    END IF;
    FOR claim IN
        SELECT u.message_id, u.attempt
          FROM unnest(release_deliveries.message_ids, release_deliveries.attempts) u (message_id, attempt)
         ORDER BY u.message_id
    LOOP
        CONTINUE WHEN pls_internal.hold_message(claim.message_id, claim.attempt) IS NOT TRUE;
        UPDATE pls.deliveries d
           SET status = 'queued', lease_until = NULL
         WHERE d.message_id = claim.message_id AND d.status = 'claimed';
        released := released + 1;
    END LOOP;
    RETURN released;
END;
$$;
COMMENT ON FUNCTION pls.release_deliveries IS
    'Gives claimed messages back that the worker has not begun, such as when it is told to stop: others can claim them at once, and nothing counts as a failure. attempts: of each, as claimed; NULL: whichever claim. Returns how many were given back: not those that were confirmed, failed or claimed by another worker. Errors: P0002 (no such message), 22023.';

CREATE FUNCTION pls.extend_lease(message_id bigint, attempt integer, by interval DEFAULT NULL) RETURNS timestamptz
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off
    SET jit = off
AS $$
#variable_conflict use_column
BEGIN
    IF extend_lease.attempt IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'null_value_not_allowed',
            MESSAGE = 'attempt must not be NULL',
            HINT = 'Pass the attempt that pls.claim_deliveries() has returned with the message.';
    END IF;
    PERFORM pls_internal.check_span(extend_lease.by, 'by');
    IF pls_internal.hold_message(extend_lease.message_id, extend_lease.attempt) IS NOT TRUE THEN
        RETURN NULL;
    END IF;
    UPDATE pls.deliveries d
       SET lease_until = greatest(d.lease_until, pls.now() + coalesce(extend_lease.by, c.lease, '0'))
      FROM pls.deliveries o
      LEFT JOIN pls.channels c ON c.channel = o.channel
     WHERE o.message_id = extend_lease.message_id AND o.status = 'claimed'
       AND d.entity_id = o.entity_id AND d.delivery_id = o.delivery_id;
    -- of all of a bundle
    RETURN (SELECT min(d.lease_until) FROM pls.deliveries d
             WHERE d.message_id = extend_lease.message_id AND d.status = 'claimed');
END;
$$;
COMMENT ON FUNCTION pls.extend_lease IS
    'Extends the lease of a claimed message to this long from now (NULL: the channel''s lease), never shortens it. Returns its new end; NULL, and nothing is done: it is not claimed by this attempt any more, so the worker should stop. Errors: P0002 (no such message), 22004 (no attempt), 22023.';

-- What goes before others about its alert again is not to meet one of them
-- that is just being claimed: whatever is on its way is held, as by a worker.
CREATE FUNCTION pls.requeue_deliveries(channel text DEFAULT NULL, message_id bigint DEFAULT NULL) RETURNS bigint
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    messages bigint;
BEGIN
    PERFORM FROM pls.deliveries o
      WHERE o.status = ANY (ARRAY['queued', 'claimed'])
        AND EXISTS (SELECT FROM pls.deliveries d
                     WHERE d.status = 'dead' AND d.channel = o.channel AND d.alert_id = o.alert_id
                       AND (requeue_deliveries.channel IS NULL OR d.channel = requeue_deliveries.channel)
                       AND (requeue_deliveries.message_id IS NULL OR d.message_id = requeue_deliveries.message_id))
      ORDER BY o.delivery_id
        FOR UPDATE OF o;
    WITH again AS (
        UPDATE pls.deliveries d
           SET status = 'queued', failures = 0, claimed_alone = false, ready_at = pls.now()
         WHERE d.status = 'dead'
           AND (requeue_deliveries.channel IS NULL OR d.channel = requeue_deliveries.channel)
           AND (requeue_deliveries.message_id IS NULL OR d.message_id = requeue_deliveries.message_id)
        RETURNING d.message_id)
    SELECT count(DISTINCT a.message_id) INTO messages FROM again a;
    RETURN messages;
END;
$$;
COMMENT ON FUNCTION pls.requeue_deliveries IS
    'Queues dead messages again with a new set of attempts (channel NULL: of every channel; message_id NULL: all of them), before later ones about their alerts; the numbers of their claims go on. Returns how many.';
