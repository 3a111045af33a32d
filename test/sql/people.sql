-- Whom to talk to: pls.people(), and the person that an alert names.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
BEGIN;
\pset null -
SET LOCAL timezone = 'UTC';
SET LOCAL pls.now = '2026-06-02 10:00+00';
CREATE SCHEMA app;
CREATE ROLE pls_people_rep;
CREATE ROLE pls_people_analyst;
CREATE ROLE pls_people_other;
SELECT pls.create_motion('trial', template => 'trial_conversion') \g /dev/null
UPDATE pls.motions SET status = 'live' WHERE motion = 'trial';
DELETE FROM pls.signals; DELETE FROM pls.category_limits;
UPDATE pls.motions SET qualify_at = 10, triage_at = NULL, release_at = NULL, min_signals = 1, min_account_size = NULL,
       grace_period = NULL, segment = NULL WHERE motion = 'trial';
INSERT INTO pls.signals (motion, signal, category, events, match, measure, within, threshold, points, approved_for_outreach, enabled) VALUES
    ('trial', 'runs', 'depth', '{run}', NULL, 'count', '30 days', 1, 10, true, true),
    ('trial', 'invites', 'invite', '{invite}', NULL, 'actors', '20 days', 1, 5, true, true),
    ('trial', 'settings', 'admin', '{settings}', '$.section == "sso"', 'count', '10 days', 1, 5, false, true),
    ('trial', 'off', 'depth', '{off}', NULL, 'count', '200 days', 1, 5, true, false);
INSERT INTO pls.exclusions (name, scope, domains, reason) VALUES ('staff', 'actor', '{us.example}', 'our own');
INSERT INTO pls.users (user_id, account_id, email, attributes) VALUES
    ('ada', 'acme', 'Ada <ADA@acme.example>', '{}'), ('boss', 'acme', 'boss@acme.example', '{"role": "Owner"}'),
    ('staff', 'acme', 'x@us.example', '{}');
CREATE TABLE app.ev (org text, uid text, mail text, name text, at timestamptz, props jsonb);
SELECT pls.watch('app.ev', event => 'name', at => 'at', account => 'org', actor => 'uid', email => 'mail', properties => 'props') > 0 AS watched;
INSERT INTO app.ev VALUES
    ('acme', 'ada', NULL, 'run', '2026-05-10 09:00+00', NULL),
    ('acme', 'ada', 'Ada@old.example', 'run', '2026-05-30 09:00+00', NULL),
    ('acme', 'ada', NULL, 'invite', '2026-06-02 09:00+00', NULL),
    ('acme', 'boss', NULL, 'run', '2026-06-01 09:00+00', NULL),
    ('acme', 'sec', 'sec@acme.example', 'settings', '2026-06-01 10:00+00', '{"section": "sso"}'),
    ('acme', 'sec', 'sec@new.example', 'settings', '2026-06-01 11:00+00', '{"section": "theme"}'),
    ('acme', NULL, ' Eve@Acme.example ', 'run', '2026-05-31 09:00+00', NULL),
    ('acme', NULL, 'Eve <eve@ACME.example>', 'run', '2026-05-31 10:00+00', NULL),
    ('acme', NULL, 'acme.example', 'run', '2026-05-31 10:00+00', NULL),
    ('acme', NULL, NULL, 'run', '2026-05-31 10:00+00', NULL),
    ('acme', 'staff', NULL, 'run', '2026-06-02 09:30+00', NULL),
    ('acme', 'late', NULL, 'run', '2026-06-02 10:30+00', NULL),
    ('acme', 'gone', NULL, 'run', '2026-04-30 09:00+00', NULL),
    ('acme', 'off', NULL, 'off', '2026-06-01 09:00+00', NULL),
    ('acme', 'none', NULL, 'page', '2026-06-01 09:00+00', NULL),
    ('acme', 'never', NULL, 'run', NULL, NULL),
    (NULL, 'boss', NULL, 'run', '2026-06-01 09:30+00', NULL),
    ('other', 'oda', NULL, 'run', '2026-06-01 09:00+00', NULL);
SELECT entity_id, next_best_contact, contact_at FROM pls.alerts ORDER BY 1;
SELECT * FROM pls.people('trial', 'acme');
-- the same by an index, also where others come in between
CREATE INDEX ev_org ON app.ev (org, at);
SELECT * FROM pls.people('trial', 'acme') EXCEPT SELECT * FROM pls.people((SELECT alert_id FROM pls.alerts WHERE entity_id = 'acme'));
INSERT INTO app.ev SELECT 'crowd', 'user ' || n, NULL, 'run', timestamptz '2026-06-02 09:00+00' - n * interval '1 minute' FROM generate_series(1, 200) n;
SELECT count(*), min(user_id COLLATE "C"), max(last_seen), min(last_seen) FROM pls.people('trial', 'crowd');
SELECT user_id, events FROM pls.people('trial', 'acme');
SELECT * FROM pls.people('trial', 'nobody');
SELECT * FROM pls.people('none', 'acme');
SELECT * FROM pls.people('trial', NULL);
SAVEPOINT s;
SELECT * FROM pls.people(-1);
ROLLBACK TO s;

-- --- the person that an alert names ---
SELECT FROM pls.sweep();
SELECT entity_id, next_best_contact, contact_at FROM pls.alerts ORDER BY 1;
SELECT entity_id, next_best_contact FROM pls.open_alerts ORDER BY 1;
SELECT account_id, next_best_contact, contact_id, contact_email, subject FROM pls.crm_alerts ORDER BY 1;
-- that is not a change of the alert
SELECT DISTINCT jsonb_object_keys(change) FROM pls.alert_log WHERE change::text LIKE '%contact%';
-- without an admin the one who is most active, then whom we saw last
DELETE FROM pls.users WHERE user_id = 'boss';
DELETE FROM app.ev WHERE uid = 'sec';
UPDATE pls.alerts SET contact_at = NULL, next_best_contact = NULL;
SELECT FROM pls.sweep();
SELECT entity_id, next_best_contact FROM pls.alerts ORDER BY 1;
SELECT account_id, next_best_contact, contact_email FROM pls.crm_alerts ORDER BY 1;
-- whom the events still name is not looked for again
SELECT object, done, rows FROM pls.forget_user('ada') WHERE rows > 0;
SELECT FROM pls.sweep();
SELECT entity_id, next_best_contact FROM pls.alerts ORDER BY 1;
-- by an address; then somebody else is found
SAVEPOINT s;
UPDATE pls.alerts SET next_best_contact = 'eve@acme.example' WHERE entity_id = 'acme';
INSERT INTO pls.users (user_id, account_id, email) VALUES ('eve', 'acme', 'Eve <EVE@acme.example>');
SELECT object, done, rows FROM pls.forget_user('eve') WHERE rows > 0;
SELECT entity_id, next_best_contact, contact_at FROM pls.alerts WHERE entity_id = 'acme';
UPDATE pls.alerts SET next_best_contact = 'gone' WHERE entity_id = 'acme';
INSERT INTO pls.users (user_id) VALUES ('gone');
DELETE FROM app.ev WHERE uid IN ('ada', 'gone');
SELECT object, done, rows FROM pls.forget_user('gone') WHERE rows > 0;
SELECT FROM pls.sweep();
SELECT entity_id, next_best_contact FROM pls.alerts WHERE entity_id = 'acme';
ROLLBACK TO s;
-- an account by an alias
INSERT INTO pls.account_aliases VALUES ('acme old', 'acme');
SELECT user_id, events FROM pls.people('trial', 'acme old') EXCEPT SELECT user_id, events FROM pls.people('trial', 'acme');
SELECT count(*) > 0 AS found FROM pls.people('trial', 'acme old');
-- of a user it is the user
SELECT pls.create_motion('users', template => 'trial_conversion', unit => 'user') \g /dev/null
UPDATE pls.motions SET status = 'live' WHERE motion = 'users';
DELETE FROM pls.signals WHERE motion = 'users'; DELETE FROM pls.category_limits;
UPDATE pls.motions SET qualify_at = 10, triage_at = NULL, release_at = NULL, min_signals = 1, min_account_size = NULL,
       grace_period = NULL, segment = NULL WHERE motion = 'users';
INSERT INTO pls.signals (motion, signal, category, events, measure, within, threshold, points, approved_for_outreach) VALUES
    ('users', 'jobs', 'depth', '{job}', 'count', '30 days', 1, 10, true);
INSERT INTO app.ev VALUES ('acme', 'max', NULL, 'job', '2026-06-02 09:40+00', NULL);
SELECT FROM pls.sweep();
SELECT entity_id, next_best_contact FROM pls.open_alerts WHERE motion = 'users';
SELECT user_id, events, signals FROM pls.people((SELECT alert_id FROM pls.alerts WHERE motion = 'users'));
-- a table that cannot be read, or is not there
SAVEPOINT s;
ALTER TABLE app.ev DROP COLUMN name;
UPDATE pls.alerts SET contact_at = NULL, next_best_contact = NULL;
SELECT FROM pls.sweep();
SELECT count(*) FROM pls.alerts WHERE contact_at IS NULL AND unit = 'account';
SELECT * FROM pls.people('trial', 'acme');
ROLLBACK TO s;
SELECT pls.unwatch('app.ev');
SELECT * FROM pls.people('trial', 'acme');
ROLLBACK TO s;

-- --- who may see what ---
INSERT INTO pls.reps (rep, name, role_name) VALUES ('ann', 'Ann', 'pls_people_rep');
UPDATE pls.alerts SET pool = NULL, assigned_to = CASE WHEN entity_id = 'acme' AND motion = 'trial' THEN 'ann' END;
SELECT pls.grant_access('pls_people_rep', 'rep'), pls.grant_access('pls_people_analyst', 'analyst');
GRANT USAGE ON SCHEMA pls TO pls_people_other;
INSERT INTO app.ev VALUES ('acme', 'sec', NULL, 'settings', '2026-06-01 10:00+00', '{"section": "sso"}'), ('acme', 'sec', NULL, 'run', '2026-06-01 09:00+00', NULL);
-- a function of the table's owner, which must not run as anybody else
CREATE FUNCTION app.spy(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RAISE WARNING 'run as %', current_user; RETURN $1; END $$;
SET LOCAL client_min_messages = error;
CREATE INDEX ev_spy ON app.ev (app.spy('x')) WHERE app.spy('y') = 'y';
SET LOCAL client_min_messages = warning;
ALTER TABLE app.ev ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE TEMP TABLE ids AS SELECT entity_id, motion, alert_id FROM pls.alerts;
GRANT SELECT ON ids TO pls_people_rep, pls_people_analyst;
SET LOCAL ROLE pls_people_rep;
SELECT * FROM pls.people((SELECT alert_id FROM ids WHERE entity_id = 'acme' AND motion = 'trial'));
SELECT user_id, signals FROM pls.people('trial', 'acme');
SAVEPOINT t;
\set VERBOSITY sqlstate
SELECT * FROM pls.people((SELECT alert_id FROM ids WHERE entity_id = 'other'));
\set VERBOSITY default
ROLLBACK TO t;
SELECT * FROM pls.people('trial', 'other');
ROLLBACK TO t;
SELECT * FROM pls.people('users', 'max');
ROLLBACK TO t;
SELECT * FROM pls_internal.people_of_entity('trial', 'other');
ROLLBACK TO t;
SELECT * FROM pls_internal.people_known('trial', 'other', '{settings}', true);
ROLLBACK TO t;
SELECT * FROM pls_internal.people_in_events('trial', '{other}', '{settings}', '-infinity', 'infinity');
ROLLBACK TO t;
SELECT entity_id, next_best_contact FROM pls.open_alerts;
SET LOCAL ROLE pls_people_analyst;
SELECT user_id, email, role, signals FROM pls.people('trial', 'acme');
SELECT user_id FROM pls.people('trial', 'other');
SET LOCAL ROLE pls_people_other;
SELECT * FROM pls.people('trial', 'acme');
ROLLBACK;
