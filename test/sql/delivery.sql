-- The outbox: what is queued for which channel, how a worker claims,
-- confirms and fails, and what becomes of what nobody takes care of.
\getenv srcdir PG_ABS_SRCDIR
\set setup :srcdir /sql/include/decide.psql
\set ECHO none
\set QUIET on
SET client_min_messages = warning;
-- with tables that have never held anything: what a claim reads is measured
DROP EXTENSION IF EXISTS pls CASCADE;
CREATE EXTENSION pls;
RESET client_min_messages;
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET intervalstyle = 'postgres';
SET pls.now = '2026-03-02 10:00+00';
BEGIN;
\i :setup
ALTER TABLE pls.deliveries ALTER COLUMN delivery_id RESTART WITH 1;
ALTER TABLE pls.alert_log ALTER COLUMN log_id RESTART WITH 1;
UPDATE pls.reps SET email = rep || '@sales.example';
INSERT INTO pls.accounts (account_id, name, domain) VALUES ('a', 'Alpha & Co', 'alpha.example');
CREATE FUNCTION pg_temp.queued() RETURNS TABLE (channel text, entity text, change text, key text, recipient text,
                                                ready_at timestamptz, status text, attempts integer)
LANGUAGE sql
AS $$
    SELECT d.channel, d.entity_id, d.change, d.idempotency_key, d.recipient, d.ready_at, d.status, d.attempts
      FROM pls.deliveries d ORDER BY d.delivery_id
$$;
\set ECHO all
-- no channel, no row
SELECT pg_temp.qualify('none');
SELECT count(*) FROM pls.deliveries;

-- a channel gets what it asks for
INSERT INTO pls.channels (channel, kind) VALUES ('crm', 'crm');
INSERT INTO pls.channels (channel, kind, changes, motions, lanes, pools) VALUES
    ('slack', 'slack', '{raised,escalated,assigned}', '{play}', '{sales}', '{desk}'),
    ('other motion', 'slack', '{raised}', '{other}', NULL, NULL),
    ('triage', 'slack', '{raised}', NULL, '{triage}', NULL),
    ('other pool', 'slack', '{raised}', NULL, NULL, '{bench}');
INSERT INTO pls.channels (channel, kind, enabled) VALUES ('off', 'crm', false);
SELECT pg_temp.qualify('a');
SELECT pg_temp.did('t', 'connect');
SELECT * FROM pg_temp.queued();
-- each change, most telling first; a change that is none is not queued
SET pls.now = '2026-03-02 10:30+00';
DELETE FROM pls.deliveries;
SELECT pls.reassign(alert_id, 'cy') FROM pls.alerts WHERE entity_id = 'a';
UPDATE pls.alerts SET status = status WHERE entity_id = 'a';
SELECT pls.touch(alert_id, 'called') FROM pls.alerts WHERE entity_id = 'a';
SELECT pls.snooze(alert_id, '2026-03-03') FROM pls.alerts WHERE entity_id = 'a';
UPDATE pls.alerts SET snoozed_until = NULL WHERE entity_id = 'a';
SELECT pls.pause_sla(alert_id) FROM pls.alerts WHERE entity_id = 'a';
UPDATE pls.alerts SET escalation_level = 1, assigned_to = 'ann' WHERE entity_id = 'a';
SELECT pg_temp.did('t', 'connect', 'invite', 'invite', 'invite');
SELECT pls.dispose(alert_id, 'contacted') FROM pls.alerts WHERE entity_id = 'a';
SELECT pls.reopen(alert_id) FROM pls.alerts WHERE entity_id = 'a';
SELECT pls.withdraw(alert_id, 'a mistake') FROM pls.alerts WHERE entity_id = 'a';
UPDATE pls.alerts SET status = 'expired' WHERE entity_id = 'none';
SELECT channel, entity, change, recipient FROM pg_temp.queued();
SELECT count(*), count(DISTINCT (channel, key)) FROM pg_temp.queued();
-- with the alert, or not at all
SAVEPOINT one;
SELECT pg_temp.qualify('gone');
ROLLBACK TO one;
SELECT count(*) FROM pg_temp.queued() WHERE entity = 'gone';

-- A worker's day.
DELETE FROM pls.deliveries;
DELETE FROM pls.channels WHERE channel NOT IN ('crm', 'slack');
UPDATE pls.channels SET changes = '{raised}', retry_after = '1 minute', max_attempts = 3, lease = '2 minutes';
SELECT pg_temp.qualify(e) FROM unnest('{b,c,d}'::text[]) AS e;
SELECT c.attempt, c.idempotency_key, c.change, c.recipient, c.message_id AS first_message
  FROM pls.claim_deliveries('crm', 2) c;
SELECT message_id AS first FROM pls.deliveries WHERE channel = 'crm' AND entity_id = 'b' \gset
SELECT message_id AS second FROM pls.deliveries WHERE channel = 'crm' AND entity_id = 'c' \gset
-- what is claimed is not claimed again; the other channel's is there
SELECT idempotency_key FROM pls.claim_deliveries('crm', 10);
SELECT idempotency_key FROM pls.claim_deliveries('crm');
SELECT idempotency_key FROM pls.claim_deliveries('slack');
SELECT channel, ready, waiting, claimed, dead, delivered, oldest_ready_at FROM pls.delivery_queue ORDER BY 1;
-- confirmed once, with a receipt
SELECT pls.confirm_delivery(:first, 'task-4711');
SELECT pls.confirm_delivery(:first);
-- failed: again after a minute, then two; then it is dead
SELECT pls.fail_delivery(:second, 'timeout');
SELECT entity, ready_at, status, attempts FROM pg_temp.queued() WHERE channel = 'crm';
SET pls.now = '2026-03-02 10:30:59+00';
SELECT idempotency_key FROM pls.claim_deliveries('crm');
SET pls.now = '2026-03-02 10:31+00';
SELECT message_id = :second AS same_message, attempt, idempotency_key FROM pls.claim_deliveries('crm');
SELECT pls.fail_delivery(:second, 'timeout again');
SELECT entity, ready_at, status, attempts FROM pg_temp.queued() WHERE channel = 'crm' AND entity = 'c';
SET pls.now = '2026-03-02 10:33+00';
SELECT message_id = :second AS same_message, attempt FROM pls.claim_deliveries('crm') ORDER BY 1;
SELECT pls.fail_delivery(:second, 'gone for good');
SELECT channel, change, recipient, attempts, queued_at, last_error FROM pls.dead_deliveries;
SELECT idempotency_key FROM pls.claim_deliveries('crm');
-- taken up again
SELECT pls.requeue_deliveries('slack');
SELECT pls.requeue_deliveries('crm', :second);
SELECT attempt, idempotency_key FROM pls.claim_deliveries('crm');
SELECT pls.fail_delivery(:second, 'they ask us to wait', '1 hour');
SELECT ready_at FROM pg_temp.queued() WHERE channel = 'crm' AND entity = 'c';

-- a worker that is not heard of again: the lease of d was over at 10:32, and
-- so it was claimed above, by itself; now it is over once more
SELECT entity, status, attempts FROM pg_temp.queued() WHERE channel = 'crm' AND entity = 'd';
SELECT message_id AS third FROM pls.deliveries WHERE channel = 'crm' AND entity_id = 'd' \gset
SET pls.now = '2026-03-02 10:40+00';
SELECT ready, claimed FROM pls.delivery_queue WHERE channel = 'crm';
SELECT message_id = :third AS third, attempt FROM pls.claim_deliveries('crm');
-- the one that was late has no say any more
SELECT pls.confirm_delivery(:third, attempt => 2), pls.fail_delivery(:third, 'late', attempt => 2);
SET pls.now = '2026-03-02 10:50+00';
SELECT idempotency_key FROM pls.claim_deliveries('crm');
SELECT channel, attempts, last_error FROM pls.dead_deliveries;
-- a lease of one's own
SELECT pls.requeue_deliveries();
SELECT message_id = :third AS third, attempt FROM pls.claim_deliveries('crm', 1, '1 hour');
SELECT lease_until FROM pls.deliveries WHERE message_id = :third;
SELECT pls.confirm_delivery(:third, 'task-4712', attempts) FROM pls.deliveries WHERE message_id = :third;
SELECT status, attempts, receipt, last_error FROM pls.deliveries WHERE message_id = :third;

-- What a message says, as it is when it is claimed.
DELETE FROM pls.deliveries;
UPDATE pls.channels SET changes = '{raised,assigned}' WHERE channel = 'crm';
SELECT pg_temp.qualify('f');
UPDATE pls.alerts SET assigned_to = 'cy' WHERE entity_id = 'f';
SELECT pls.touch(alert_id) FROM pls.alerts WHERE entity_id = 'f';
SELECT replace(jsonb_pretty(payload #- '{message_id}' #- '{alerts,0,alert_id}' #- '{alerts,0,external_id}' #- '{alerts,0,idempotency_key}'), '    ', ' ')
  FROM pls.claim_deliveries('crm', 1);
SELECT pls.dispose(alert_id, 'contacted', 'wants a quote') FROM pls.alerts WHERE entity_id = 'f';
-- its next message waits for this one
SELECT change FROM pls.claim_deliveries('crm', 1);
SELECT pls.confirm_delivery(message_id, 'task-4713', attempts) FROM pls.deliveries WHERE status = 'claimed' AND channel = 'crm' AND entity_id = 'f';
SELECT change, payload #> '{alerts,0,changed_at}' AS changed_at, payload #> '{alerts,0,status}' AS status, payload #> '{alerts,0,result}' AS result
  FROM pls.claim_deliveries('crm', 1);
-- the words of a CRM
CREATE FUNCTION pg_temp.in_crm(entity text) RETURNS TABLE (record_type text, subject text, status text, priority text,
                                                           due_date timestamptz, owner_email text, is_closed boolean, result_reason text)
LANGUAGE sql
AS $$
    SELECT c.record_type, c.subject, c.status, c.priority, c.due_date, c.owner_email, c.is_closed, c.result_reason
      FROM pls.crm_alerts c JOIN pls.alerts a USING (alert_id) WHERE a.entity_id = entity
$$;
SELECT * FROM pg_temp.in_crm('a');
SELECT * FROM pg_temp.in_crm('b');
SELECT pls.snooze(alert_id, '2026-03-05') FROM pls.alerts WHERE entity_id = 'b';
SELECT * FROM pg_temp.in_crm('b');
SET pls.now = '2026-03-06 10:00+00';
SELECT * FROM pg_temp.in_crm('b');
SELECT pls.touch(alert_id), pls.pause_sla(alert_id) FROM pls.alerts WHERE entity_id = 'c';
SELECT * FROM pg_temp.in_crm('c');
SELECT * FROM pg_temp.in_crm('f');
SELECT * FROM pg_temp.in_crm('none');

-- Bundles: one message for each rep and quarter of an hour.
DELETE FROM pls.deliveries;
DELETE FROM pls.channels;
INSERT INTO pls.channels (channel, kind, changes, bundle_by, bundle_every)
VALUES ('digest', 'email', '{raised,assigned}', 'rep', '15 minutes'), ('accounts', 'email', '{raised,assigned}', 'account', '1 hour');
SET pls.now = '2026-03-09 10:05+00';
SELECT pg_temp.qualify('g' || n) FROM generate_series(1, 4) AS n;
SET pls.now = '2026-03-09 10:14+00';
SELECT pg_temp.qualify('g5');
SET pls.now = '2026-03-09 10:16+00';
SELECT pg_temp.qualify('g6');
SELECT entity, recipient, ready_at FROM pg_temp.queued() WHERE channel = 'digest';
SET pls.now = '2026-03-09 10:14:59+00';
SELECT change FROM pls.claim_deliveries('digest');
SET pls.now = '2026-03-09 10:15+00';
SELECT message_id, change, recipient, idempotency_key ~ '^digest:' AS bundled, jsonb_array_length(payload -> 'alerts') AS alerts,
       payload #>> '{recipient,email}' AS "to"
  FROM pls.claim_deliveries('digest') ORDER BY recipient;
SELECT message_id AS bundle FROM pls.deliveries WHERE channel = 'digest' AND entity_id = 'g1' \gset
-- what comes later is another message, also when the first is tried again
SELECT pls.fail_delivery(:bundle, 'bounced', '1 minute');
SET pls.now = '2026-03-09 10:31+00';
SELECT message_id = :bundle AS same_message, attempt, jsonb_array_length(payload -> 'alerts') AS alerts
  FROM pls.claim_deliveries('digest') WHERE recipient = (SELECT recipient FROM pls.deliveries WHERE delivery_id = :bundle) ORDER BY 1;
SELECT pls.confirm_delivery(:bundle, 'sent');
SELECT count(*) FROM pls.deliveries WHERE message_id = :bundle AND status = 'delivered' AND receipt = 'sent';
-- by account
SELECT pls.reassign(alert_id, 'cy') FROM pls.alerts WHERE entity_id = 'g1';
SET pls.now = '2026-03-09 11:00+00';
SELECT change, jsonb_path_query_array(payload, '$.alerts[*].change') AS changes FROM pls.claim_deliveries('accounts', 1);

-- kept for a while, then forgotten by the sweep; those of a channel that is
-- no more, and of a person who is erased, at once
SET pls.now = '2026-04-08 10:30:59+00';
SELECT pls_internal.forget_deliveries();
SELECT count(*) FROM pls.deliveries WHERE status = 'delivered';
SET pls.now = '2026-04-08 10:31+00';
SELECT pls.sweep() IS NOT NULL AS swept;
SELECT count(*) FROM pls.deliveries WHERE status = 'delivered';
SELECT object, done, rows FROM pls.forget_account('g6') WHERE object = 'pls.deliveries';
-- the first of a bundle is erased: the rest still arrives
SELECT message_id FROM pls.deliveries WHERE channel = 'digest' AND entity_id = 'g2' \gset
SELECT pls.fail_delivery(:message_id, 'not now', '1 second');
SELECT count(*) FROM pls.forget_account('g2');
SET pls.now = '2026-04-08 10:32+00';
SELECT message_id = :message_id AS same, change, payload #>> '{alerts,0,account_id}' AS account FROM pls.claim_deliveries('digest');
-- an alert that was deleted by hand: what is known is said
DELETE FROM pls.alerts WHERE entity_id = 'g4';
SELECT pls.message_payload(message_id) #- '{message_id}' #- '{alerts,0,alert_id}' #- '{alerts,0,idempotency_key}' AS payload
  FROM pls.deliveries WHERE channel = 'digest' AND entity_id = 'g4';
DELETE FROM pls.channels WHERE channel = 'accounts';
SELECT channel, count(*) FROM pls.deliveries GROUP BY 1;

-- what is refused
SELECT * FROM pg_temp.refused($$SELECT pls.claim_deliveries('nowhere')$$);
SELECT * FROM pg_temp.refused($$SELECT pls.claim_deliveries('digest', 0)$$);
SELECT * FROM pg_temp.refused($$SELECT pls.claim_deliveries('digest', 1, '0')$$);
SELECT * FROM pg_temp.refused($$SELECT pls.confirm_delivery(99999)$$);
SELECT * FROM pg_temp.refused($$SELECT pls.fail_delivery(99999, 'x')$$);
SELECT * FROM pg_temp.refused($$SELECT pls.fail_delivery(1, ' ')$$);
SELECT state, message FROM pg_temp.refused($$INSERT INTO pls.channels (channel, kind, changes) VALUES ('x', 'y', '{eaten}')$$);
SELECT state, message FROM pg_temp.refused($$INSERT INTO pls.channels (channel, kind, changes) VALUES ('x', 'y', '{}')$$);
SELECT state, message FROM pg_temp.refused($$INSERT INTO pls.channels (channel, kind, bundle_by) VALUES ('x', 'y', 'rep')$$);
SELECT state, message FROM pg_temp.refused($$INSERT INTO pls.channels (channel, kind, bundle_by, bundle_every) VALUES ('x', 'y', 'rep', '1 month')$$);
SELECT state, message FROM pg_temp.refused($$INSERT INTO pls.channels (channel, kind, max_attempts) VALUES ('x', 'y', 0)$$);
SELECT state, message FROM pg_temp.refused($$INSERT INTO pls.channels (channel, kind, lanes) VALUES ('x', 'y', '{express}')$$);

-- what a claim reads does not depend on how many deliveries are kept
\set ECHO none
CREATE FUNCTION pg_temp.blocks_of_a_claim() RETURNS integer
LANGUAGE plpgsql
AS $$
DECLARE
    plan json;
BEGIN
    INSERT INTO pls.deliveries (entity_id, channel, alert_id, change, idempotency_key, queued_at, ready_at, bundle)
    SELECT 'claimed ' || gen_random_uuid(), 'kept', -n, 'raised', 'k' || n, pls.now(), pls.now(), CASE WHEN n <= 5 THEN 'b' END
      FROM generate_series(1, 20) n;
    EXECUTE 'EXPLAIN (ANALYZE, BUFFERS, FORMAT json) SELECT pls.claim_deliveries(''kept'', 10)' INTO plan;
    UPDATE pls.deliveries SET status = 'delivered', delivered_at = pls.now(), lease_until = NULL
     WHERE channel = 'kept' AND status <> 'delivered';
    RETURN (plan -> 0 -> 'Plan' ->> 'Shared Hit Blocks')::integer + (plan -> 0 -> 'Plan' ->> 'Shared Read Blocks')::integer;
END
$$;
INSERT INTO pls.channels (channel, kind, enabled) VALUES ('kept', 'crm', false);
-- the first ones plan, and read the catalog; so does one while others invalidate plans
SELECT pg_temp.blocks_of_a_claim() FROM generate_series(1, 10) \g /dev/null
SELECT min(pg_temp.blocks_of_a_claim()) AS few FROM generate_series(1, 3) \gset
INSERT INTO pls.deliveries (entity_id, channel, alert_id, change, idempotency_key, queued_at, ready_at, status, attempts,
                            message_id, delivered_at)
SELECT 'kept ' || n, 'kept', -n, 'raised', 'k', pls.now(), pls.now(), 'delivered', 1, -n, pls.now()
  FROM generate_series(1, 100000) n;
SELECT min(pg_temp.blocks_of_a_claim()) AS many FROM generate_series(1, 3) \gset
\set ECHO all
SELECT :few > 0 AS measured, :many <= 1.5 * :few AS as_many;
ROLLBACK;
