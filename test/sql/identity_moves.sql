-- What a change of aliases, domains, mail providers or ignored ids does to
-- alerts, what it costs, and what is left of a user who is forgotten.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
SET timezone = 'UTC';
SET pls.now = '2026-06-02 10:00+00';
SET pls.decision_time = '1min';
BEGIN;
\pset format unaligned
\pset null -
CREATE SCHEMA app;
CREATE FUNCTION app.motion(motion text, unit text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO pls.motions (motion, unit, objective, qualify_at, min_signals, status)
    VALUES (motion, unit, 'expansion', 10, 1, 'live');
    INSERT INTO pls.signals (motion, signal, category, events, measure, within, threshold, points)
    VALUES (motion, 'runs', 'depth', '{run}', 'count', '14 days', 1, 10);
    INSERT INTO pls.pools (pool) VALUES ('everybody') ON CONFLICT DO NOTHING;
    INSERT INTO pls.routes (motion, route, position, pool, respond_within) VALUES (motion, 'all', 100, 'everybody', '4 hours');
END $$;
SELECT app.motion('accounts', 'account'), app.motion('users', 'user') \g /dev/null
CREATE TABLE app.e (name text DEFAULT 'run', at timestamptz DEFAULT pls.now() - interval '1 day', org text, uid int, email text);
SELECT pls.watch('app.e', event => 'name', at => 'at', account => 'org', actor => 'uid', email => 'email') \g /dev/null
CREATE VIEW app.state AS
    SELECT motion, entity_id, trim_scale(e.value) AS runs, a.status, a.closed_reason IS NOT NULL AS closed
      FROM pls.scores s
      FULL JOIN pls.alerts a USING (motion, entity_id)
      LEFT JOIN LATERAL pls.explain(s.motion, s.entity_id) e ON true
     ORDER BY motion, entity_id, a.alert_id;
CREATE PROCEDURE app.swept() LANGUAGE plpgsql AS 'BEGIN PERFORM pls.sweep(); END';

\echo a domain of a mail provider that becomes one of a company, and the other way round
INSERT INTO app.e (uid, email) VALUES (1, '1@throwaway.example'), (2, '2@mail.com');
INSERT INTO pls.free_mail_domains (domain) VALUES ('throwaway.example');
UPDATE pls.free_mail_domains SET free = false WHERE domain = 'mail.com';
INSERT INTO app.e (uid, email) VALUES (3, '3@mail.com');
CALL app.swept();
SELECT * FROM app.state;
\echo the domains of an account, its subdomains with it; and taken away again
INSERT INTO app.e (email) VALUES ('a@uk.acme.example'), ('b@acme.example'), ('c@x.y.acme.example');
INSERT INTO pls.account_domains VALUES ('acme.example', 'acme');
CALL app.swept();
SELECT * FROM app.state WHERE entity_id LIKE '%acme%';
INSERT INTO app.e (email) VALUES ('d@new.acme.example');
UPDATE pls.account_domains SET account_id = 'apex' WHERE domain = 'acme.example';
CALL app.swept();
SELECT DISTINCT entity_id, runs FROM app.state WHERE runs IS NOT NULL AND motion = 'accounts' ORDER BY 1;
DELETE FROM pls.account_domains;
CALL app.swept();
SELECT DISTINCT entity_id, runs FROM app.state WHERE runs IS NOT NULL AND motion = 'accounts' ORDER BY 1;
\echo an alert that somebody has touched stays and says so
INSERT INTO app.e (org) VALUES ('branch');
SELECT alert_id FROM pls.alerts WHERE entity_id = 'branch' \gset
SELECT pls.touch(:alert_id) \g /dev/null
INSERT INTO pls.account_aliases VALUES ('branch', 'head');
CALL app.swept();
SELECT a.entity_id, a.status, a.evidence_changed_at IS NOT NULL AS changed, s.last_event_at IS NOT NULL AS has_events
  FROM pls.alerts a JOIN pls.standings s USING (motion, entity_id) WHERE entity_id IN ('branch', 'head') ORDER BY 1;
\echo merged users
INSERT INTO app.e (uid) VALUES (71), (72);
INSERT INTO pls.user_aliases VALUES ('71', '72');
CALL app.swept();
SELECT * FROM app.state WHERE entity_id IN ('71', '72');
\echo an id that names nobody
INSERT INTO app.e (org, uid, email) VALUES ('99', 99, '1@ninety.example');
CALL app.swept();
SELECT * FROM app.state WHERE entity_id IN ('99', 'ninety.example');
INSERT INTO pls.ignored_ids VALUES ('99');
CALL app.swept();
SELECT * FROM app.state WHERE entity_id IN ('99', 'ninety.example');

\echo what is taken over again and again marks nothing
CREATE TABLE app.companies AS SELECT 'c' || i AS id, format('c%s.example', i) AS domain FROM generate_series(1, 10000) i;
SELECT pls.map_accounts('app.companies', 'id', domain => 'domain');
SELECT kind, id, count(*) FROM pls_internal.identity_changes GROUP BY kind, id;
CALL app.swept();
DELETE FROM pls_internal.looks;
SELECT pls.map_accounts('app.companies', 'id', domain => 'domain');
UPDATE pls.accounts SET domain = domain, size = 3;
SELECT count(*) AS notes FROM pls_internal.identity_changes;
\echo a thousand new domains are one rebuild at most, and nothing where nobody has been seen
INSERT INTO pls.account_domains SELECT format('d%s.example', i), 'd' || i FROM generate_series(1, 1000) i;
SELECT pls_internal.mark_moved() AS marks;
INSERT INTO app.e (email) SELECT format('p@e%s.example', i) FROM generate_series(1, 1000) i;
INSERT INTO pls.account_domains SELECT format('e%s.example', i), 'e' || i FROM generate_series(1, 1000) i;
SELECT pls_internal.mark_moved() AS marks;
SELECT motion, entity_id FROM pls.backlog;
CALL app.swept();
SELECT count(*) FROM pls.scores WHERE motion = 'accounts' AND entity_id ~ '^e[0-9]+$';
\echo one entity is rebuilt from what stands for it
INSERT INTO app.e (email) VALUES ('q@e7.example');
INSERT INTO app.e (org) VALUES ('e7');
DELETE FROM pls.standings WHERE entity_id = 'e7';
SELECT pls.refresh('accounts', 'e7');
SELECT runs FROM app.state WHERE entity_id = 'e7' AND motion = 'accounts';

\echo who is forgotten is in none of the new tables, nor in a version of a model
INSERT INTO pls.exclusions (name, scope, ids, reason) VALUES ('no contact', 'entity', '{72}', 'has asked');
SET CONSTRAINTS ALL IMMEDIATE;
SELECT jsonb_array_length(model #> '{exclusions,no contact,ids}') FROM pls.model_versions WHERE motion = 'users' ORDER BY model_version DESC LIMIT 1;
SELECT count(*) FROM pls.model_versions v, jsonb_path_query(v.model, '$.exclusions.**.ids[*]') i WHERE i #>> '{}' = '72';
SET client_min_messages = error;
SELECT object, rows FROM pls.forget_user('72') WHERE rows > 0;
DELETE FROM app.e WHERE uid IN (71, 72);
CALL app.swept();
SELECT count(*) FROM pls.user_aliases;
SELECT count(*) FROM pls_internal.identity_changes;
SELECT entity_id FROM pls.scores WHERE entity_id IN ('71', '72');
SELECT object, rows FROM pls.forget_account('head') WHERE rows > 0;
SELECT count(*) FROM pls.account_aliases;
ROLLBACK;
