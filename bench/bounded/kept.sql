-- kept.sql - :kept messages that have been delivered and are kept.
INSERT INTO pls.deliveries (entity_id, channel, alert_id, change, idempotency_key, queued_at, ready_at, status, attempts,
                            message_id, delivered_at)
SELECT 'kept' || i % 50000, 'crm', -i, 'raised', 'kept ' || i, now() - interval '1 hour', now() - interval '1 hour',
       'delivered', 1, -i, now()
  FROM generate_series(1, :kept) AS i;
VACUUM ANALYZE pls.deliveries;
