-- A change of a motion has all its standings looked at once: by several sweeps
-- where there are many, and past what cannot be looked at.
\getenv srcdir PG_ABS_SRCDIR
\set setup :srcdir /small_motion.sql
\set ECHO none
\set QUIET on
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
RESET client_min_messages;
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET pls.now = '2026-03-02 10:00+00';
BEGIN;
\i :setup
INSERT INTO app.events (org_id, user_id, name, created_at) SELECT 'org' || n, 1, 'invite', pls.now() FROM generate_series(101, 350) n;
-- what the set-up asks for
DO $$ BEGIN PERFORM pls.sweep() FROM generate_series(1, 3); END $$;
\set ECHO all
SELECT count(*) FROM pls_internal.looks;
SELECT look_at, count(*) FROM pls.standings GROUP BY look_at;
-- those without a lane are never due again, until the motion says otherwise
UPDATE pls.motions SET triage_at = 30, cooldown = '3 days' WHERE motion = 'trial';
SELECT entity_id, motion, once_ended, gone_to FROM pls_internal.looks;
SELECT settled FROM pls.sweep(max_rows => 10);
SELECT entity_id, motion, once_ended, gone_to FROM pls_internal.looks;
SELECT settled FROM pls.sweep(max_rows => 10);
-- another change begins anew, once this one is through
UPDATE pls.signals SET points = 35 WHERE signal = 'inviters';
SELECT entity_id, motion, once_ended, gone_to FROM pls_internal.looks ORDER BY gone_to;
SELECT settled FROM pls.sweep(max_rows => 15);
SELECT entity_id, motion, once_ended, gone_to FROM pls_internal.looks ORDER BY gone_to;
SELECT settled FROM pls.sweep();
SELECT settled FROM pls.sweep();
SELECT settled FROM pls.sweep();
SELECT count(*) FROM pls_internal.looks;
SELECT lane, reason, count(*), count(*) FILTER (WHERE look_at <= pls.now()) AS due FROM pls.standings GROUP BY lane, reason;
-- the alert stays, and is looked after when the cooldown is over
SELECT min(look_at), max(look_at) FROM pls.standings;

-- One that cannot be looked at is rebuilt, and keeps no other from it.
DELETE FROM pls.alerts WHERE entity_id = 'org200';
CREATE CAST (bytea AS pls.evidence) WITHOUT FUNCTION;
SET session_replication_role = replica;
UPDATE pls.standings SET evidence = '\x00ff'::bytea::pls.evidence WHERE entity_id = 'org200';
RESET session_replication_role;
UPDATE pls.motions SET triage_at = NULL WHERE motion = 'trial';
SELECT settled, refreshed FROM pls.sweep();
SELECT lane, stale, count(*) FROM pls.standings GROUP BY lane, stale;
SELECT task, entity_id FROM pls.failures;
SELECT count(*) FROM pls_internal.looks;

-- Nobody is looked at for an account that has no standing, or says the same.
INSERT INTO pls.accounts (account_id, attributes) VALUES ('org200', '{"plan": "free"}'), ('unknown', '{}');
UPDATE pls.accounts SET name = 'A name', updated_at = pls.now();
SELECT entity_id, motion FROM pls_internal.looks ORDER BY entity_id;
SELECT settled FROM pls.sweep();
UPDATE pls.accounts SET attributes = attributes;
SELECT count(*) FROM pls_internal.looks;

-- Who sweeps until nothing is left is told that there is more of it.
INSERT INTO pls.accounts (account_id) SELECT 'org' || n FROM generate_series(101, 135) n;
SELECT count(*) FROM pls_internal.looks;
SELECT more FROM pls_internal.sweep_part('20 seconds', 1, NULL, pls.now());
SELECT more FROM pls_internal.sweep_part('20 seconds', 10, NULL, pls.now());
SELECT count(*) FROM pls_internal.looks;

-- A motion that is to be rebuilt is looked at after that, unless there is
-- nothing to rebuild it from.
DELETE FROM pls.signals WHERE motion = 'trial' AND signal = 'exports';
SET client_min_messages = warning;
SELECT FROM pls.unwatch('app.events');
RESET client_min_messages;
UPDATE pls.motions SET triage_at = 20 WHERE motion = 'trial';
DO $$ BEGIN PERFORM pls.sweep() FROM generate_series(1, 2); END $$;
SELECT lane, count(*) FROM pls.standings GROUP BY lane;
SELECT count(*) FROM pls_internal.looks;

-- Alerts that are gone all at once keep nobody off any more.
TRUNCATE pls.alerts, pls.alert_log;
SELECT entity_id, motion FROM pls_internal.looks;
ROLLBACK;
