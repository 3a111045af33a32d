-- The outbox under trouble: one message of an alert is out at a time, a late
-- worker changes nothing, a worker that dies takes one message with it, and
-- what a channel hears of an alert that has left it.
\getenv srcdir PG_ABS_SRCDIR
\set setup :srcdir /sql/include/decide.psql
\set ECHO none
\set QUIET on
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
RESET client_min_messages;
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET intervalstyle = 'postgres';
SET pls.now = '2026-03-02 10:00+00';
BEGIN;
\i :setup
ALTER TABLE pls.deliveries ALTER COLUMN delivery_id RESTART WITH 1;
ALTER TABLE pls.alert_log ALTER COLUMN log_id RESTART WITH 1;
-- what a claim gives: the change, its attempt, and how many alerts
CREATE FUNCTION pg_temp.claim(channel text, n integer DEFAULT 10)
RETURNS TABLE (message_id bigint, attempt integer, change text, alerts text)
LANGUAGE sql
AS $$
    SELECT c.message_id, c.attempt, c.change,
           (SELECT string_agg((a ->> 'account_id') || ' ' || (a ->> 'change') || ' v' || (a ->> 'alert_version'), ', ' ORDER BY p)
              FROM jsonb_array_elements(c.payload -> 'alerts') WITH ORDINALITY x (a, p))
      FROM pls.claim_deliveries(channel, n) c ORDER BY c.message_id
$$;
CREATE FUNCTION pg_temp.standing_of(channel text)
RETURNS TABLE (message_id bigint, entity text, change text, status text, attempts integer, failures integer)
LANGUAGE sql
AS $$
    SELECT d.message_id, d.entity_id, d.change, d.status, d.attempts, d.failures
      FROM pls.deliveries d WHERE d.channel = standing_of.channel ORDER BY d.delivery_id
$$;
\set ECHO all
-- One message of an alert at a time, in order; other alerts go on.
INSERT INTO pls.channels (channel, kind, retry_after) VALUES ('crm', 'crm', '1 minute');
SELECT pg_temp.qualify(e) FROM unnest('{a,b}'::text[]) AS e;
SELECT pls.touch(alert_id, 'called') FROM pls.alerts WHERE entity_id = 'a';
SELECT * FROM pg_temp.claim('crm');
SELECT pls.dispose(alert_id, 'contacted') FROM pls.alerts WHERE entity_id = 'a';
SELECT * FROM pg_temp.claim('crm');
-- while the first waits for its retry, too
SELECT pls.fail_delivery(1, 'HTTP 503', attempt => 1), pls.confirm_delivery(2, 'record 2', 1);
SELECT * FROM pg_temp.claim('crm');
SET pls.now = '2026-03-02 10:01+00';
SELECT * FROM pg_temp.claim('crm');
SELECT pls.confirm_delivery(1, 'record 1', 2);
SELECT * FROM pg_temp.claim('crm');
-- what is dead holds nothing back; requeued it goes first again, or waits for what is out
UPDATE pls.channels SET max_attempts = 1;
SELECT pls.fail_delivery(3, 'no such field', attempt => 1);
SELECT * FROM pg_temp.claim('crm');
SELECT pls.requeue_deliveries('crm');
SELECT * FROM pg_temp.claim('crm');
SELECT pls.confirm_delivery(4, 'record 1', 1);
SELECT * FROM pg_temp.claim('crm');
SELECT pls.confirm_delivery(3, 'record 1', 2);
SELECT * FROM pg_temp.standing_of('crm');

-- A claim is a generation: what is said of an older one is NULL, whatever
-- became of the message.
DELETE FROM pls.deliveries;
UPDATE pls.channels SET changes = '{raised}';
SELECT pg_temp.qualify('c');
SELECT message_id AS c, attempt AS worker_a FROM pg_temp.claim('crm') \gset
SET pls.now = '2026-03-02 10:07+00';
SELECT * FROM pg_temp.claim('crm');
SELECT status, attempts, failures FROM pg_temp.standing_of('crm');
SELECT pls.requeue_deliveries('crm');
SELECT attempt AS worker_b FROM pg_temp.claim('crm') \gset
SELECT :worker_b > :worker_a AS later;
SELECT pls.fail_delivery(:c, 'A, late', attempt => :worker_a) AS a_fails, pls.confirm_delivery(:c, 'A', :worker_a) AS a_confirms,
       pls.extend_lease(:c, :worker_a) AS a_extends, pls.release_deliveries(ARRAY[:c], ARRAY[:worker_a]) AS a_releases;
SELECT pls.confirm_delivery(:c, 'B', :worker_b) AS b_confirms;
SELECT pls.confirm_delivery(:c, 'B', :worker_b) AS again, pls.confirm_delivery(:c, 'A', :worker_a) AS a_confirms;
SELECT status, attempts, failures FROM pg_temp.standing_of('crm');

-- A message that kills its worker each time takes no other with it.
DELETE FROM pls.deliveries;
UPDATE pls.channels SET max_attempts = 3;
SELECT count(pg_temp.qualify('m' || n)) FROM generate_series(1, 12) AS n;
SELECT min(delivery_id) AS poison FROM pls.deliveries \gset
DO $$
DECLARE
    poison bigint := (SELECT min(d.delivery_id) FROM pls.deliveries d);
    c      record;
BEGIN
    FOR run IN 1..40 LOOP
        PERFORM set_config('pls.now', (timestamptz '2026-03-02 11:00+00' + run * interval '1 minute')::text, false);
        FOR c IN SELECT m.message_id, m.attempt FROM pls.claim_deliveries('crm') m ORDER BY m.message_id LOOP
            EXIT WHEN c.message_id = poison;    -- and is not heard of again
            PERFORM pls.confirm_delivery(c.message_id, 'done', c.attempt);
        END LOOP;
    END LOOP;
END
$$;
SELECT message_id = :poison AS poison, status, count(*), max(failures) AS failures FROM pg_temp.standing_of('crm') GROUP BY 1, 2 ORDER BY 1, 2;
SELECT message_id = :poison AS poison, attempts, last_error FROM pls.dead_deliveries;
-- of ten that are lost together each is claimed by itself, and none has failed
SET pls.now = '2026-03-02 12:00+00';
DELETE FROM pls.deliveries;
SELECT count(pg_temp.qualify('n' || n)) FROM generate_series(1, 4) AS n;
SELECT count(*) FROM pg_temp.claim('crm', 3);
SET pls.now = '2026-03-02 12:06+00';
SELECT attempt, alerts FROM pg_temp.claim('crm');
SELECT attempt, alerts FROM pg_temp.claim('crm');
SELECT attempt, alerts FROM pg_temp.claim('crm');
SELECT attempt, alerts FROM pg_temp.claim('crm');
SELECT max(failures) FROM pg_temp.standing_of('crm');
-- given back: at once for others, and no failure
SELECT pls.release_deliveries(array_agg(message_id), array_agg(attempts)) FROM pg_temp.standing_of('crm') WHERE status = 'claimed';
SELECT entity, status, attempts, failures FROM pg_temp.standing_of('crm');
SELECT attempt, alerts FROM pg_temp.claim('crm');
-- a longer lease, not a shorter one
SELECT message_id AS m, attempts AS at FROM pg_temp.standing_of('crm') WHERE entity = 'n1' \gset
SELECT pls.extend_lease(:m, :at, '1 hour'), pls.extend_lease(:m, :at, '1 minute'), pls.extend_lease(:m, :at);
SELECT * FROM pg_temp.refused(format($$SELECT pls.extend_lease(%s, NULL)$$, :m));
SELECT * FROM pg_temp.refused(format($$SELECT pls.extend_lease(%s, 1, '0')$$, :m));
SELECT * FROM pg_temp.refused($$SELECT pls.extend_lease(99999, 1)$$);
SELECT * FROM pg_temp.refused($$SELECT pls.release_deliveries('{1,2}', '{1}')$$);
SELECT * FROM pg_temp.refused($$SELECT pls.release_deliveries('{99999}')$$);

-- Bundles: an alert whose earlier message is out is left for the next one.
DELETE FROM pls.deliveries;
DELETE FROM pls.channels;
INSERT INTO pls.channels (channel, kind, changes, bundle_by, bundle_every) VALUES ('digest', 'email', '{raised,assigned}', 'rep', '15 minutes');
UPDATE pls.pool_members SET weight = 1;
SELECT pg_temp.qualify(e) FROM unnest('{p,q,r}'::text[]) AS e;
SELECT pls.reassign(alert_id, 'cy') FROM pls.alerts WHERE entity_id IN ('p', 'q') ORDER BY alert_id;
SET pls.now = '2026-03-02 12:15+00';
SELECT change, alerts FROM pg_temp.claim('digest');
SELECT change, alerts FROM pg_temp.claim('digest');
SELECT DISTINCT pls.confirm_delivery(message_id, 'sent', attempts) FROM pg_temp.standing_of('digest') WHERE status = 'claimed';
SELECT change, alerts FROM pg_temp.claim('digest');

-- Lanes and pools: that an alert has left, and that it is closed.
DELETE FROM pls.deliveries;
DELETE FROM pls.channels;
SET pls.now = '2026-03-03 10:00+00';
INSERT INTO pls.pools (pool) VALUES ('bench');
INSERT INTO pls.channels (channel, kind, pools) VALUES ('desk', 'slack', '{desk}'), ('bench', 'slack', '{bench}');
INSERT INTO pls.channels (channel, kind, lanes) VALUES ('triage', 'slack', '{triage}');
INSERT INTO pls.channels (channel, kind, lanes, changes) VALUES ('promotions', 'slack', '{triage}', '{promoted}');
CREATE FUNCTION pg_temp.heard() RETURNS TABLE (heard text)
LANGUAGE sql
AS $$
    SELECT d.channel || ': ' || string_agg(d.change, ', ' ORDER BY d.delivery_id) FROM pls.deliveries d GROUP BY d.channel ORDER BY d.channel
$$;
SELECT pg_temp.qualify('x');
SELECT alert_id AS x FROM pls.alerts WHERE entity_id = 'x' \gset
SELECT pls.touch(:x);
UPDATE pls.alerts SET pool = 'bench', assigned_to = 'cy' WHERE alert_id = :x;
SELECT pls.snooze(:x, '2026-03-04');
SELECT pls.dispose(:x, 'contacted');
SELECT pls.reopen(:x);
SELECT pls.withdraw(:x, 'a mistake');
SELECT * FROM pg_temp.heard();
DELETE FROM pls.deliveries;
SELECT pg_temp.did('y', 'connect');
SELECT lane FROM pls.alerts WHERE entity_id = 'y';
UPDATE pls.alerts SET lane = 'sales' WHERE entity_id = 'y';
SELECT pls.touch(alert_id), pls.withdraw(alert_id, 'a mistake') FROM pls.alerts WHERE entity_id = 'y';
SELECT * FROM pg_temp.heard();
-- what a channel was never told of is none of its business
SELECT count(*) FROM pls.deliveries WHERE channel = 'bench';

-- What the message says of the change, though the alert has gone on.
DELETE FROM pls.deliveries;
DELETE FROM pls.channels;
INSERT INTO pls.channels (channel, kind) VALUES ('crm', 'crm');
SELECT pg_temp.qualify('z');
SELECT alert_id AS z FROM pls.alerts WHERE entity_id = 'z' \gset
SELECT message_id AS m FROM pg_temp.claim('crm') \gset
SELECT pls.confirm_delivery(:m, 'ts 1', 1);
SELECT pls.touch(:z, 'left a message');
SELECT message_id AS m FROM pg_temp.claim('crm') \gset
SELECT pls.message_payload(:m) #> '{alerts,0}' ->> 'note' AS note;
SELECT pls.confirm_delivery(:m, 'ts 2', 1);
SELECT pls.dispose(:z, 'contacted', 'wants a quote');
SELECT pls.reopen(:z, 'too early');
SELECT pls.snooze(:z, '2026-03-05 09:00+00');
SELECT payload #> '{alerts,0}' AS told, message_id AS m FROM pls.claim_deliveries('crm') \gset
SELECT w.key, jsonb_pretty(w.value) AS value FROM jsonb_each((:'told')::jsonb) w
 WHERE w.key IN ('change', 'changed_by', 'note', 'before', 'after', 'at_change', 'first_receipt', 'last_receipt',
                 'status', 'result', 'snoozed_until', 'alert_version', 'last_modified', 'evidence_lines')
 ORDER BY w.key COLLATE "C";
-- versions: one for each change of the row, and none for what changes nothing
SELECT alert_version AS v FROM pls.alerts WHERE alert_id = :z \gset
UPDATE pls.alerts SET status = status WHERE alert_id = :z;
UPDATE pls.alerts SET alert_version = 1, modified_at = '2000-01-01' WHERE alert_id = :z;
SELECT alert_version - :v AS more, modified_at FROM pls.alerts WHERE alert_id = :z;
SET pls.now = '2026-03-03 10:30+00';
SELECT pls.reassign(:z, 'cy');
SELECT alert_version - :v AS more, modified_at FROM pls.alerts WHERE alert_id = :z;
SELECT count(*) FROM pls.alert_log WHERE change ?| '{alert_version,modified_at}';
SELECT external_id = 'pls-' || :z AS z FROM pls.crm_alerts WHERE last_modified > '2026-03-03 10:29+00' ORDER BY last_modified;
SET LOCAL enable_seqscan = off;
SET LOCAL enable_sort = off;
EXPLAIN (COSTS off) SELECT alert_id FROM pls.crm_alerts WHERE last_modified > '2026-03-03 10:29+00' ORDER BY last_modified;
RESET enable_seqscan;
RESET enable_sort;

-- A copy of a database delivers nothing until somebody says that it should.
SELECT delivers_from = pls_internal.delivery_identity() AS here FROM pls.channels;
SELECT pls_internal.delivery_identity() = c.system_identifier || '/' || d.oid AS cluster_and_database
  FROM pg_control_system() c, pg_database d WHERE d.datname = current_database();
-- (nobody but a dump brings another identity)
INSERT INTO pls.channels (channel, kind, delivers_from) VALUES ('slack', 'slack', '1/1');
UPDATE pls.channels SET delivers_from = '1/1';
SELECT count(*) FROM pls.channels WHERE delivers_from = pls_internal.delivery_identity();
ALTER TABLE pls.channels DISABLE TRIGGER note_new_identity;
UPDATE pls.channels SET delivers_from = '1/1' WHERE channel = 'crm';
ALTER TABLE pls.channels ENABLE TRIGGER note_new_identity;
SELECT state, replace(message, pls_internal.delivery_identity(), 'IDENTITY') AS message, hint FROM pg_temp.refused($$SELECT pls.claim_deliveries('crm')$$);
SELECT status, value, hint FROM pls.health WHERE "check" = 'channels';
SELECT count(*) FROM pls.claim_deliveries('slack');
-- what is out may still be confirmed; stopped by hand it is the same
SELECT pls.confirm_delivery(:m, 'ts 3', 1);
UPDATE pls.channels SET delivers_from = NULL WHERE channel = 'slack';
SELECT state, message FROM pg_temp.refused($$SELECT pls.claim_deliveries('slack')$$);
SELECT value FROM pls.health WHERE "check" = 'channels';
SELECT * FROM pg_temp.refused($$SELECT pls.confirm_delivery_identity('nowhere')$$);
SELECT pls.confirm_delivery_identity('crm');
SELECT change FROM pg_temp.claim('crm');
SELECT pls.confirm_delivery_identity();
SELECT pls.confirm_delivery_identity();
SELECT status, value FROM pls.health WHERE "check" = 'channels';

-- What is erased is not told any more.
INSERT INTO pls.users (user_id, email) VALUES ('u9', 'u9@z.example');
UPDATE pls.alerts SET next_best_contact = 'u9' WHERE alert_id = :z;
SELECT min(message_id) AS m FROM pls.deliveries WHERE alert_id = :z AND status = 'claimed' \gset
SELECT pls.message_payload(:m)::text LIKE '%u9@z.example%' AS names_person;
SELECT count(*) FROM pls.forget_user('u9');
SELECT pls.message_payload(:m)::text LIKE '%u9%' AS names_person;
SELECT count(*) FROM pls.alert_log WHERE change::text LIKE '%u9%';
ROLLBACK;

-- What a channel was told, and what was delivered, is forgotten while the alert
-- lives on: the channel still hears that it was closed.
BEGIN;
SET pls.now = '2026-03-02 10:00+00';
\set ECHO none
\i :setup
\set ECHO all
INSERT INTO pls.pools (pool) VALUES ('elsewhere'), ('nowhere');
INSERT INTO pls.channels (channel, kind, pools, keep) VALUES
    ('desk', 'slack', '{desk}', '30 days'), ('nowhere', 'slack', '{nowhere}', '30 days'), ('ever', 'slack', '{desk}', NULL);
UPDATE pls.retention SET keep_for = NULL WHERE what = 'deliveries';
SELECT pg_temp.qualify('left') IS NOT NULL AS raised;
SET pls.now = '2026-03-03 10:00+00';
UPDATE pls.alerts SET pool = 'elsewhere' WHERE entity_id = 'left';
UPDATE pls.deliveries SET status = 'delivered', delivered_at = pls.now();
DELETE FROM pls.deliveries WHERE channel = 'ever';
SET pls.now = '2026-04-03 10:00+00';
SELECT pls_internal.forget_deliveries();
SELECT count(*) FROM pls.deliveries;
SELECT pls.dispose(alert_id, 'contacted') FROM pls.alerts WHERE entity_id = 'left';
SELECT channel, change FROM pls.deliveries ORDER BY delivery_id;

-- As many failures as a channel can allow, with the longest pause.
INSERT INTO pls.channels (channel, kind, changes, retry_after, max_attempts) VALUES ('slow', 'crm', '{reopened}', '24:00', 100), ('fast', 'crm', '{reopened}', '1 second', 100);
SELECT pls.reopen(alert_id, 'too early') FROM pls.alerts WHERE entity_id = 'left';
DO $$
BEGIN
    FOR n IN 1 .. 60 LOOP
        PERFORM set_config('pls.now', (pls.now() + interval '7 hours')::text, true);
        PERFORM pls.fail_delivery(c.message_id, 'HTTP 503', attempt => c.attempt)
           FROM unnest('{slow,fast}'::text[]) AS h (channel), pls.claim_deliveries(h.channel) c;
    END LOOP;
END
$$;
SELECT channel, status, failures, ready_at - pls.now() AS pause FROM pls.deliveries WHERE channel IN ('slow', 'fast') ORDER BY channel;
ROLLBACK;

-- Part of a message is erased while a worker has it: the worker can confirm the
-- rest, and if it does not, the rest is sent again under the same key.
BEGIN;
SET pls.now = '2026-03-02 10:00+00';
\set ECHO none
\i :setup
\set ECHO all
ALTER TABLE pls.deliveries ALTER COLUMN delivery_id RESTART WITH 1;
DELETE FROM pls.pool_members WHERE rep <> 'ann';
INSERT INTO pls.channels (channel, kind, changes, bundle_by, bundle_every) VALUES ('crm', 'crm', '{raised}', 'rep', '1 minute');
SELECT count(pg_temp.qualify('e' || n)) FROM generate_series(1, 3) n;
SET pls.now = '2026-03-02 10:01+00';
SELECT message_id, attempt, idempotency_key, jsonb_array_length(payload -> 'alerts') AS alerts FROM pls.claim_deliveries('crm');
SELECT count(*) > 0 AS erased FROM pls.forget_account('e1');
SELECT pls.extend_lease(1, 1) AS until;
SET pls.now = '2026-03-02 10:10+00';
SELECT message_id, attempt, idempotency_key, jsonb_array_length(payload -> 'alerts') AS alerts FROM pls.claim_deliveries('crm');
SELECT count(*) > 0 AS erased FROM pls.forget_account('e3');
SET pls.now = '2026-03-02 10:20+00';
SELECT message_id, attempt, idempotency_key, jsonb_array_length(payload -> 'alerts') AS alerts FROM pls.claim_deliveries('crm');
SELECT pls.confirm_delivery(1, 'r', 3);
-- A channel that is renamed keeps what is on its way, and its receipts.
SELECT pg_temp.qualify('e4') IS NOT NULL AS raised;
UPDATE pls.channels SET channel = 'the crm';
SELECT channel, status, receipt FROM pls.deliveries ORDER BY delivery_id;
SET pls.now = '2026-03-02 10:30+00';
SELECT attempt, change FROM pls.claim_deliveries('the crm');
ROLLBACK;
