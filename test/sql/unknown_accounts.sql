-- Accounts and users of which there is no row, and users whose company only
-- their address tells: one answer in standings, scores, decisions, explain,
-- aggregates, why_not, outcomes and routes.
\getenv srcdir PG_ABS_SRCDIR
\set ECHO none
\set QUIET on
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET pls.now = '2026-03-30 00:00+00';
-- as long as it takes, on any machine
SET pls.decision_time = '60s';
BEGIN;
CREATE SCHEMA app;
CREATE TABLE app.acts (org text, who text, name text, at timestamptz NOT NULL DEFAULT pls.now(), email text);
DO $$
BEGIN
    PERFORM pls.create_motion('pqa'), pls.create_motion('pql', unit => 'user');
    INSERT INTO pls.pools (pool) VALUES ('desk'), ('named');
    INSERT INTO pls.routes (motion, position, route, predicate, pool) VALUES
        ('pqa', 1, 'named', '$.account.account_id == "acme"', 'named'), ('pqa', 2, 'rest', NULL, 'desk'),
        ('pql', 1, 'named', '$.account.account_id == "firm.example" && $.user.user_id == "u1"', 'named'), ('pql', 2, 'rest', NULL, 'desk');
    INSERT INTO pls.signals (motion, signal, category, events, measure, within, points)
    SELECT m, 'pays', 'depth', '{pay}', 'count', '10 days', 65 FROM unnest('{pqa,pql}'::text[]) m;
    INSERT INTO pls.signals (motion, signal, category, match, measure, points)
    SELECT m, 'no vip', 'fit', '!($.vip == true)'::jsonpath, 'attribute', 10 FROM unnest('{pqa,pql}'::text[]) m
    UNION ALL
    SELECT m, 'big', 'fit', '$.employees > 10'::jsonpath, 'attribute', 20 FROM unnest('{pqa,pql}'::text[]) m;
    INSERT INTO pls.signals (motion, signal, category, events, within, outcome)
    SELECT m, 'subscribes', 'outcome', '{subscribe}', '10 days', 'expansion' FROM unnest('{pqa,pql}'::text[]) m;
    UPDATE pls.motions SET min_signals = 1, status = 'live', objective = 'expansion';
    INSERT INTO pls.accounts (account_id, owner, attributes) VALUES ('firm.example', NULL, '{"employees": 50}');
    INSERT INTO pls.users (user_id, account_id, email) VALUES
        ('u1', NULL, 'u1@Firm.Example'), ('u3', NULL, 'u3@gmail.com'), ('u4', 'firm.example', 'u4@other.example'), ('u5', NULL, 'u5@bare.example');
    PERFORM pls.watch('app.acts', event => 'name', at => 'at', account => 'org', actor => 'who', email => 'email');
END
$$;
CREATE FUNCTION pg_temp.scores(motion text, entity text)
RETURNS TABLE (account text, standing numeric, live numeric, explained numeric, decided numeric, reason text)
LANGUAGE sql
AS $$
    SELECT v.account_id, s.score, v.score, (SELECT sum(x.points) FROM pls.explain(scores.motion, entity) x),
           (SELECT d.score FROM pls.decisions d WHERE d.motion = scores.motion AND d.entity_id = entity ORDER BY d.decision_id DESC LIMIT 1), s.reason
      FROM pls.standings s JOIN pls.scores v USING (motion, entity_id)
     WHERE s.motion = scores.motion AND s.entity_id = entity
$$;
\set ECHO all

-- an account without a row has no attributes, which is something to be met
INSERT INTO app.acts (org, who, name) VALUES ('acme', 'x', 'pay');
SELECT * FROM pg_temp.scores('pqa', 'acme');
SELECT pls.score('pqa', name, at, who, NULL), pls.score(pls.evidence('pqa', name, at, who, NULL)) AS of_evidence,
       pls.score('pqa', name, at, who, NULL, pls.now()) AS as_of, pls_internal.attributes_of('pqa', 'acme') FROM app.acts;
SELECT settled, refreshed FROM pls.sweep();
SELECT refresh > 0 AS refreshed FROM pls.refresh('pqa');
SELECT * FROM pg_temp.scores('pqa', 'acme');
-- routes and predicates see its id
SELECT entity_id, route FROM pls.alerts WHERE entity_id = 'acme';
SELECT route, old_route FROM pls.replay_assignments('2026-03-01', '2026-04-01');
-- a row that says the same changes nothing
INSERT INTO pls.accounts (account_id) VALUES ('acme');
SELECT settled, refreshed FROM pls.sweep();
SELECT * FROM pg_temp.scores('pqa', 'acme');

-- users: by account, by address, by the mail provider of everybody, by an
-- address that no account has, by none
UPDATE pls.motions SET segment = '$.employees > 10' WHERE motion = 'pql';
INSERT INTO app.acts (who, name) SELECT u, e FROM unnest('{u1,u2,u3,u4,u5}'::text[]) u, unnest('{pay,subscribe}'::text[]) e;
SELECT u, s.* FROM unnest('{u1,u2,u3,u4,u5}'::text[]) u, LATERAL pg_temp.scores('pql', u) s ORDER BY 1;
SELECT entity_id, account_id, reason FROM pls.decisions WHERE motion = 'pql' ORDER BY 1;
SELECT entity_id, account_id, reason, suppressed_by FROM pls.why_not_alerted WHERE motion = 'pql' ORDER BY 1;
SELECT u, name FROM unnest('{u1,u2,u3,u4,u5}'::text[]) u, LATERAL pls.why_not('pql', u) WHERE part = 'answer' ORDER BY 1;
SELECT entity_id, account_id FROM pls.outcomes WHERE motion = 'pql' ORDER BY 1;
SELECT entity_id, account_id, route FROM pls.alerts WHERE motion = 'pql' ORDER BY 1;
SELECT u, pls_internal.account_of('user', u), pls_internal.attributes_of('pql', u) FROM unnest('{u1,u2,u3,u4,u5}'::text[]) u ORDER BY 1;
SELECT refresh > 0 AS refreshed FROM pls.refresh('pql');
SELECT entity_id, account_id FROM pls.outcomes WHERE motion = 'pql' ORDER BY 1;
SELECT u, s.* FROM unnest('{u1,u2,u3,u4,u5}'::text[]) u, LATERAL pg_temp.scores('pql', u) s ORDER BY 1;

-- the touch limit and the customers of an account count its users
UPDATE pls.motions SET touch_limit = 2 WHERE motion = 'pql';
INSERT INTO pls.users (user_id, email) VALUES ('u6', 'U6@firm.example'), ('u7', 'u7@firm.example');
INSERT INTO app.acts (who, name) VALUES ('u6', 'pay');
SELECT reason, account_id FROM pls.decisions WHERE entity_id = 'u6';
UPDATE pls.motions SET touch_limit = NULL, objective = 'conversion' WHERE motion = 'pql';
INSERT INTO pls.outcomes (entity_id, motion, outcome, at, account_id) VALUES ('firm.example', 'pqa', 'conversion', pls.now(), 'firm.example');
INSERT INTO app.acts (who, name) VALUES ('u7', 'pay');
SELECT reason, account_id FROM pls.decisions WHERE entity_id = 'u7';

-- an exclusion by domain is met by whatever way the address is written; one
-- by attributes by an account without a row, too
UPDATE pls.motions SET segment = NULL, objective = 'expansion' WHERE motion = 'pql';
INSERT INTO pls.exclusions (name, motion, scope, domains, reason) VALUES ('rival', 'pql', 'entity', '{Rival.Example}', 'a competitor');
INSERT INTO pls.users (user_id, email) VALUES ('r1', 'r1@RIVAL.example'), ('r2', '<r2@rival.example.>'), ('r3', 'r3@sub.rival.example');
INSERT INTO app.acts (who, name) SELECT u, 'pay' FROM unnest('{r1,r2,r3}'::text[]) u;
SELECT entity_id, reason FROM pls.decisions WHERE entity_id LIKE 'r_' ORDER BY 1;
SELECT entity_id, reason FROM pls.why_not_alerted WHERE entity_id LIKE 'r_' ORDER BY 1;
INSERT INTO pls.exclusions (name, motion, scope, match, reason) VALUES ('unknown', 'pqa', 'entity', '!($.checked == true)', 'not looked at');
INSERT INTO app.acts (org, who, name) VALUES ('blank', 'x', 'pay');
SELECT reason, detail FROM pls.decisions WHERE entity_id = 'blank';
SELECT reason, detail FROM pls.why_not_alerted WHERE entity_id = 'blank';
ROLLBACK;
