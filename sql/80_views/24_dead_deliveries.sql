/* 24_dead_deliveries.sql - messages that could not be delivered.
 */

CREATE VIEW pls.dead_deliveries
    (message_id, channel, change, recipient, alerts, attempts, queued_at, last_error)
    WITH (security_invoker = true)
AS
    SELECT d.message_id, d.channel,
           CASE WHEN count(*) = 1 THEN min(d.change) ELSE 'bundle' END,
           min(d.recipient), array_agg(d.alert_id ORDER BY d.delivery_id),
           max(d.attempts), min(d.queued_at), min(d.last_error)
      FROM pls.deliveries d
     WHERE d.status = 'dead'
     GROUP BY d.channel, d.message_id;
COMMENT ON VIEW pls.dead_deliveries IS
    'Messages that failed as many attempts as their channel allows; pls.requeue_deliveries() retries them.';
COMMENT ON COLUMN pls.dead_deliveries.message_id IS 'The message.';
COMMENT ON COLUMN pls.dead_deliveries.channel IS 'Its channel.';
COMMENT ON COLUMN pls.dead_deliveries.change IS 'The change, or bundle.';
COMMENT ON COLUMN pls.dead_deliveries.recipient IS 'The rep of the alert at that time; NULL: nobody.';
COMMENT ON COLUMN pls.dead_deliveries.alerts IS 'The alerts that it is about.';
COMMENT ON COLUMN pls.dead_deliveries.attempts IS 'How often it was tried.';
COMMENT ON COLUMN pls.dead_deliveries.queued_at IS 'When the first of its changes was made.';
COMMENT ON COLUMN pls.dead_deliveries.last_error IS 'The last error.';
