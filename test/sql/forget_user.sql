-- Erasing a user, and an account, on request.
\getenv srcdir PG_ABS_SRCDIR
\set setup :srcdir /small_motion.sql
\set ECHO none
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
BEGIN;
\i :setup
\set ECHO all
-- a motion about users beside the one about accounts
SELECT count(*) > 0 AS created FROM pls.create_motion('users', template => 'trial_conversion');
DELETE FROM pls.signals WHERE motion = 'users';
DELETE FROM pls.category_limits WHERE motion = 'users';
UPDATE pls.motions SET unit = 'user' WHERE motion = 'users';
INSERT INTO pls.signals (motion, signal, category, events, measure, within, op, threshold, points, why)
VALUES ('users', 'exports', 'depth', '{export}', 'count', '14 days', '>=', 1, 60, 'exports their own data');
INSERT INTO pls.signals (motion, signal, category, outcome, events, measure, within, op, threshold, points, why)
VALUES ('users', 'paid', 'outcome', 'conversion', '{pay}', 'count', '14 days', '>=', 1, 0, 'pays');
UPDATE pls.motions SET objective = 'expansion' WHERE motion = 'trial';
UPDATE pls.motions SET status = 'live', objective = 'expansion', segment = NULL, qualify_at = 60, release_at = NULL, triage_at = NULL,
    min_signals = 1, grace_period = NULL, min_account_size = NULL, holdout = 0 WHERE motion = 'users';
RESET client_min_messages;
SET timezone = 'UTC';
SET pls.now = '2026-03-02 10:00+00';
INSERT INTO pls.users (user_id, account_id, email) VALUES ('7', 'acme', 'jo@acme.com'), ('8', 'acme', 'al@acme.com');
INSERT INTO app.events (org_id, user_id, name, created_at) SELECT 'acme', u, e, '2026-03-02 09:00+00'
FROM unnest('{7,8}'::bigint[]) AS u, unnest('{export,export,invite,pay}'::text[]) AS e;
INSERT INTO app.events (org_id, user_id, name, created_at) VALUES ('acme', 7, 'export', '2026-03-03 10:00+00');
SELECT pls.touch(alert_id) IS NOT NULL AS touched FROM pls.alerts WHERE entity_id = '7';
SELECT settled > 0 AS settled FROM pls.sweep();

-- What names an entity, in every table.
CREATE VIEW app.held AS
SELECT e.entity, (SELECT count(*) FROM pls.users WHERE user_id = e.entity) AS users,
       (SELECT count(*) FROM pls.accounts WHERE account_id = e.entity) AS accounts,
       (SELECT count(*) FROM pls.standings WHERE entity_id = e.entity) AS standings,
       (SELECT count(*) FROM pls.backlog WHERE entity_id = e.entity) AS backlog,
       (SELECT count(*) FROM pls.decisions WHERE entity_id = e.entity) AS decisions,
       (SELECT count(*) FROM pls.alerts WHERE entity_id = e.entity) AS alerts,
       (SELECT count(*) > 0 FROM pls.alert_log WHERE entity_id = e.entity) AS logged,
       (SELECT count(*) FROM pls.outcomes WHERE entity_id = e.entity) AS outcomes
FROM (VALUES ('7'), ('8'), ('acme')) AS e (entity);
SELECT * FROM app.held ORDER BY entity;
SELECT x.signal, x.value FROM pls.standings AS s, pls.explain(s.evidence) AS x
WHERE s.entity_id = 'acme' ORDER BY x.signal;

-- The application has not erased its events yet, and an exclusion lists one.
INSERT INTO pls.exclusions (name, motion, scope, ids, reason) VALUES ('asked us not to', NULL, 'entity', '{7,9}', 'do not contact');
SELECT refreshed >= 0 AS swept FROM pls.sweep();
SAVEPOINT events;
SELECT * FROM pls.forget_user('7');
ROLLBACK TO events;

-- It has.
DELETE FROM app.events WHERE user_id = 7;
SELECT object, done, CASE WHEN object = 'pls.alert_log' THEN least(rows, 1) ELSE rows END AS rows FROM pls.forget_user('7');
SELECT * FROM app.held ORDER BY entity;
-- what has gone has left no note with the id
SELECT count(*) AS looks FROM pls_internal.looks WHERE entity_id = '7';
SELECT refreshed > 0 AS refreshed FROM pls.sweep();
SELECT x.signal, x.value FROM pls.standings AS s, pls.explain(s.evidence) AS x
WHERE s.entity_id = 'acme' ORDER BY x.signal;
SELECT * FROM app.held ORDER BY entity;
-- nothing anywhere knows the id but the exclusion that lists it, and
-- versions of models, which hold exclusions, too
CREATE TEMP TABLE named (relation text, rows bigint);
DO $$
DECLARE
    relation regclass;
BEGIN
    FOR relation IN SELECT oid FROM pg_class WHERE relnamespace IN ('pls'::regnamespace, 'pls_internal'::regnamespace) AND relkind = 'r' LOOP
        EXECUTE format('INSERT INTO named SELECT %L, count(*) FROM %s AS t WHERE to_jsonb(t)::text ~ %L HAVING count(*) > 0',
                       relation, relation, '"7"|jo@acme');
    END LOOP;
END
$$;
SELECT relation FROM named ORDER BY relation;
-- again: there is nothing left
SELECT sum(rows) AS rows FROM pls.forget_user('7');
SELECT sum(rows) AS rows FROM pls.forget_user('nobody');

-- The account.
INSERT INTO pls.accounts (account_id, name) VALUES ('acme', 'Acme');
SELECT object, done, CASE WHEN object = 'pls.alert_log' THEN least(rows, 1) ELSE rows END AS rows FROM pls.forget_account('acme');
SELECT * FROM app.held ORDER BY entity;
-- its users are looked at by notes of their own
SELECT DISTINCT entity_id, motion FROM pls_internal.looks WHERE entity_id <> '' ORDER BY entity_id;
-- an id of both a user and an account: what is noted of the other stays
INSERT INTO pls.users (user_id, account_id) VALUES ('both', NULL);
INSERT INTO pls.accounts (account_id) VALUES ('both');
SELECT rows FROM pls.forget_user('both') WHERE object = 'pls_internal.looks';
SELECT count(*) > 0 AS noted FROM pls_internal.looks WHERE entity_id = 'both';
SELECT rows > 0 AS deleted FROM pls.forget_account('both') WHERE object = 'pls_internal.looks';
SELECT count(*) > 0 AS noted FROM pls_internal.looks WHERE entity_id = 'both';

-- an alias: only that id, and a notice says whose it was
INSERT INTO pls.users (user_id) VALUES ('owner');
INSERT INTO pls.user_aliases VALUES ('anon', 'owner');
INSERT INTO pls.account_aliases VALUES ('old', 'new');
SELECT sum(rows) AS rows FROM pls.forget_user('anon');
SELECT sum(rows) AS rows FROM pls.forget_account('old');
SELECT user_id FROM pls.users WHERE user_id = 'owner';
-- Merged users have rows of their own, an event that names no user names
-- somebody by the address, and an application may use ids as names.
SET client_min_messages = warning;
DELETE FROM app.events;
UPDATE pls.motions SET qualify_at = 40, min_signals = 1 WHERE motion = 'trial';
INSERT INTO pls.users (user_id, account_id, email) VALUES ('zokru', 'zacme', '"Zokru" <Zokru@Zacme.example>'), ('merged-zokru', 'zbeta', 'zokru@zbeta.example');
ALTER TABLE app.events ALTER user_id TYPE text, ADD email text;
SELECT pls.unwatch('app.events');
SELECT pls.watch('app.events', event => 'name', at => 'created_at', account => 'org_id', actor => 'user_id', properties => 'props', email => 'email') > 0 AS watched;
INSERT INTO app.events (org_id, user_id, email, name, created_at, props)
SELECT o, u, m, e, '2026-03-02 09:00+00', '{"Zokru": 1, "rows": 2}'
  FROM (VALUES ('zacme', 'zokru', NULL), ('zbeta', 'merged-zokru', NULL), ('zgamma', NULL, ' <zokru@zacme.EXAMPLE>')) AS v (o, u, m),
       unnest('{export,export,export,invite,zokru}'::text[]) AS e;
SELECT settled >= 0 AS swept FROM pls.sweep();
SELECT entity_id, next_best_contact FROM pls.alerts WHERE entity_id ~ 'z' ORDER BY entity_id;
INSERT INTO pls.user_aliases VALUES ('merged-zokru', 'zokru');
SELECT event, properties FROM pls_internal.event_samples WHERE event IN ('export', 'zokru') ORDER BY event;
DELETE FROM app.events;
SELECT object, done, rows FROM pls.forget_user('zokru') WHERE object IN ('pls.users', 'pls.user_aliases', 'pls_internal.event_samples') OR done = 'cleared';
SELECT event, properties FROM pls_internal.event_samples WHERE event IN ('export', 'zokru') ORDER BY event;
SELECT settled >= 0 AS swept FROM pls.sweep();
TRUNCATE named;
DO $$
DECLARE
    relation regclass;
BEGIN
    FOR relation IN SELECT oid FROM pg_class WHERE relnamespace IN ('pls'::regnamespace, 'pls_internal'::regnamespace) AND relkind = 'r' LOOP
        EXECUTE format('INSERT INTO named SELECT %L, count(*) FROM %s AS t WHERE to_jsonb(t)::text ~* %L HAVING count(*) > 0',
                       relation, relation, 'zokru');
    END LOOP;
END
$$;
SELECT relation FROM named ORDER BY relation;
RESET client_min_messages;
INSERT INTO pls.exclusions (name, motion, scope, ids, reason) VALUES ('a rival', NULL, 'entity', '{zacme}', 'rival');
SELECT object, rows FROM pls.forget_account('zacme') WHERE object = 'pls_internal.event_samples';

-- A version of a model does not tell whether an id was in it, once it is not
-- listed any more; by a hash, whoever knows the id could find out.
INSERT INTO pls.exclusions (name, scope, ids, reason) VALUES ('do not contact', 'actor', '{u77,u78}', 'asked so');
SET CONSTRAINTS ALL IMMEDIATE;
SET CONSTRAINTS ALL DEFERRED;
UPDATE pls.exclusions SET ids = '{u78,u1}' WHERE name = 'do not contact';
SELECT sentence FROM pls.model_diff('trial');
SET CONSTRAINTS ALL IMMEDIATE;
SET CONSTRAINTS ALL DEFERRED;
SET client_min_messages = warning;
SELECT sum(rows) AS rows FROM pls.forget_user('u77');
RESET client_min_messages;
SELECT jsonb_array_length(model #> '{exclusions,do not contact,ids}') AS ids FROM pls.model_versions WHERE motion = 'trial' ORDER BY model_version DESC LIMIT 2;
SELECT count(*) FILTER (WHERE m ~ 'u77|u78') AS named, count(*) FILTER (WHERE m LIKE '%' || md5('u77') || '%') AS md5,
       count(*) FILTER (WHERE m LIKE '%' || encode(sha256('u77'), 'hex') || '%') AS sha256
  FROM pls.model_versions v, CAST(v.model AS text) m;
SELECT id FROM pls_internal.listed_ids WHERE id LIKE 'u%' ORDER BY id;
-- taken out and put back it is the same model
DELETE FROM pls.exclusions WHERE name = 'do not contact';
INSERT INTO pls.exclusions (name, scope, ids, reason) VALUES ('do not contact', 'actor', '{u78,u1}', 'asked so');
SELECT count(*) AS differing FROM pls.model_diff('trial', (SELECT max(v.model_version) FROM pls.model_versions v WHERE v.motion = 'trial'));
SELECT max(model_version) AS v FROM pls.model_versions WHERE motion = 'trial' \gset
SET CONSTRAINTS ALL IMMEDIATE;
SET CONSTRAINTS ALL DEFERRED;
SELECT max(model_version) - :v AS more FROM pls.model_versions WHERE motion = 'trial';

-- refused
SAVEPOINT s;
SELECT pls.forget_user(NULL);
ROLLBACK TO s;
SELECT pls.forget_account(NULL);
ROLLBACK TO s;
CREATE ROLE pls_forget_nobody;
GRANT USAGE ON SCHEMA pls TO pls_forget_nobody;
SET LOCAL ROLE pls_forget_nobody;
SELECT pls.forget_user('8');
ROLLBACK TO s;
CREATE ROLE pls_forget_nobody;
GRANT USAGE ON SCHEMA pls TO pls_forget_nobody;
SET LOCAL ROLE pls_forget_nobody;
SELECT pls.forget_account('acme');
ROLLBACK;
