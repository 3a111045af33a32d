/* 26_delivery_queue.sql - how the outbox stands.
 */

CREATE VIEW pls.delivery_queue
    (channel, kind, enabled, ready, waiting, claimed, dead, delivered, oldest_ready_at)
    WITH (security_invoker = true)
AS
    SELECT c.channel, c.kind, c.enabled,
           count(*) FILTER (WHERE d.status = 'queued' AND d.ready_at <= pls.now()
                                          OR d.status = 'claimed' AND d.lease_until <= pls.now()),
           count(*) FILTER (WHERE d.status = 'queued' AND d.ready_at > pls.now()),
           count(*) FILTER (WHERE d.status = 'claimed' AND d.lease_until > pls.now()),
           count(*) FILTER (WHERE d.status = 'dead'),
           count(*) FILTER (WHERE d.status = 'delivered'),
           min(d.ready_at) FILTER (WHERE d.status = 'queued' AND d.ready_at <= pls.now())
      FROM pls.channels c
      LEFT JOIN pls.deliveries d ON d.channel = c.channel
     GROUP BY c.channel, c.kind, c.enabled;
COMMENT ON VIEW pls.delivery_queue IS
    'The state of the outbox as of pls.now(): deliveries of each channel by status.';
COMMENT ON COLUMN pls.delivery_queue.channel IS 'The channel.';
COMMENT ON COLUMN pls.delivery_queue.kind IS 'Its kind.';
COMMENT ON COLUMN pls.delivery_queue.enabled IS 'Whether changes are queued for it.';
COMMENT ON COLUMN pls.delivery_queue.ready IS 'Deliveries that a worker can claim now, including those whose lease has ended.';
COMMENT ON COLUMN pls.delivery_queue.waiting IS 'Deliveries that become ready later: to be bundled, or after a failure.';
COMMENT ON COLUMN pls.delivery_queue.claimed IS 'Deliveries claimed by a worker.';
COMMENT ON COLUMN pls.delivery_queue.dead IS 'Deliveries that failed too often.';
COMMENT ON COLUMN pls.delivery_queue.delivered IS 'Deliveries that were confirmed and are still kept.';
COMMENT ON COLUMN pls.delivery_queue.oldest_ready_at IS 'Since when the oldest has been ready; NULL: none.';
