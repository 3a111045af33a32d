-- Ids of an account in other systems, and what a CRM gets to see of it.
\set ECHO none
\set QUIET on
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET pls.now = '2026-06-02 10:00+00';
\set ECHO all
\set VERBOSITY terse
BEGIN;
CREATE SCHEMA app;
CREATE TABLE app.orgs (id text, name text, facts jsonb, ids jsonb);
INSERT INTO app.orgs VALUES ('acme', 'Acme', '{"plan": "pro"}', '{"salesforce": "001Dn00000abcde", "hubspot": 512, "old": null}'),
                            ('beta', 'Beta', NULL, NULL);
SELECT pls.map_accounts('app.orgs', account_id => 'id', name => 'name', attributes => 'facts', external_ids => 'ids');
SELECT account_id, attributes, external_ids FROM pls.accounts ORDER BY account_id;
SELECT pls.map_accounts('app.orgs', account_id => 'id', external_ids => 'ids') AS none_changed;
-- not named: kept
UPDATE app.orgs SET name = name || '!';
SELECT pls.map_accounts('app.orgs', account_id => 'id', name => 'name') AS changed;
SELECT account_id, name, external_ids FROM pls.accounts ORDER BY account_id;
INSERT INTO pls.motions (motion, status, qualify_at, min_signals) VALUES ('play', 'draft', 60, 1);
INSERT INTO pls.pools (pool) VALUES ('desk');
INSERT INTO pls.routes (motion, position, route, pool) VALUES ('play', 1, 'all', 'desk');
UPDATE pls.motions SET status = 'live' WHERE motion = 'play';
SELECT (pls.raise('play', a, 'asked for it')).reason FROM unnest('{acme,beta,gamma}'::text[]) a;
SELECT account_id, account_name, account_attributes, account_external_ids, obstacle FROM pls.crm_alerts ORDER BY account_id;
-- who is known by a domain alone has it
SELECT (pls.raise('play', 'new.example', 'asked for it')).reason;
SELECT account_id, account_domain FROM pls.crm_alerts WHERE account_id IN ('beta', 'new.example') ORDER BY 1;
-- by an alias it is about the account that it stands for
INSERT INTO pls.account_aliases VALUES ('beta workspace', 'beta');
SELECT (r).entity_id, (r).reason FROM (SELECT pls.raise('play', 'beta workspace', 'asked again') r) d;
SELECT detail FROM pls.why_not('play', 'beta workspace') WHERE part = 'answer';
-- an object of texts
SAVEPOINT s;
UPDATE pls.accounts SET external_ids = '{"hubspot": 512}' WHERE account_id = 'beta';
ROLLBACK TO s;
UPDATE pls.accounts SET external_ids = '{"hubspot": ["512"]}' WHERE account_id = 'beta';
ROLLBACK TO s;
UPDATE pls.accounts SET external_ids = '["512"]' WHERE account_id = 'beta';
ROLLBACK TO s;
UPDATE pls.accounts SET external_ids = '{"hubspot": "512"}' WHERE account_id = 'beta';
SELECT pls.map_accounts('app.orgs', account_id => 'id', external_ids => 'name');
ROLLBACK;
