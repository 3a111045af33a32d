-- Whom exclusions, segments, owners, limits and customers take a user or an
-- address for: the same in the trigger, a rebuild, the decision and the views.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
SET timezone = 'UTC';
SET pls.now = '2026-06-02 10:00+00';
-- as long as it takes, on any machine
SET pls.decision_time = '60s';
BEGIN;
\pset format unaligned
\pset null -
CREATE SCHEMA app;
CREATE FUNCTION app.motion(motion text, unit text DEFAULT 'account') RETURNS void LANGUAGE sql AS $$
    INSERT INTO pls.motions (motion, unit, objective, qualify_at, min_signals, status)
    VALUES (motion, unit, 'conversion', 10, 1, 'live');
    INSERT INTO pls.signals (motion, signal, category, events, measure, within, threshold, points)
    VALUES (motion, 'run', 'depth', '{run}', 'count', '14 days', 1, 10);
    INSERT INTO pls.pools (pool) VALUES ('all') ON CONFLICT DO NOTHING;
    INSERT INTO pls.routes (motion, position, route, pool, respond_within) VALUES (motion, 1, 'all', 'all', '1 day');
$$;
CREATE TABLE app.e (name text, at timestamptz, org text, uid text, mail text);
SAVEPOINT s;

-- exclusions of scope actor, by domain: user's, event's, that of an id; mail
-- providers' can be named
SELECT app.motion('u', 'user'), app.motion('a') \g /dev/null
INSERT INTO pls.exclusions (name, scope, domains, reason) VALUES ('staff', 'actor', '{us.example,mailinator.com,Bücher.example}', 'our own');
INSERT INTO pls.users (user_id, email) VALUES ('s1', 'X <x@us.example>'), ('s2', 'x@US.example.'), ('s3', 'x@mailinator.com'), ('c1', 'x@cust.example');
SELECT pls.watch('app.e', event => 'name', at => 'at', account => 'org', actor => 'uid', email => 'mail') \g /dev/null
INSERT INTO app.e SELECT 'run', '2026-06-01 09:00+00', 'org ' || coalesce(uid, '') || mail, uid, mail
  FROM (VALUES ('s1', ''), ('s2', '  '), ('s3', 'not known'), ('c1', ''), ('z', 'a@mailinator.com'), ('Ann@Us.Example', ''),
               ('z', E'a@us.ex\u200bample'), ('z', 'a@xn--bcher-kva.example'), ('z', 'a@eu.us.example'), (NULL, 'A <a@us.example>')) v (uid, mail);
SELECT motion, string_agg(entity_id, ', ' ORDER BY entity_id) AS by_trigger FROM pls.standings GROUP BY motion ORDER BY motion;
SELECT count(pls.refresh(m)) FROM unnest('{u,a}'::text[]) m \g /dev/null
SELECT motion, string_agg(entity_id, ', ' ORDER BY entity_id) AS by_rebuild FROM pls.standings GROUP BY motion ORDER BY motion;
ROLLBACK TO s;

-- a user whose account is told by an address alone, or by the id
SELECT app.motion('u', 'user') \g /dev/null
UPDATE pls.motions SET touch_limit = 1, segment = '$.employees >= 20' WHERE motion = 'u';
INSERT INTO pls.signals (motion, signal, category, match, measure, points) VALUES ('u', 'large', 'fit', '$.employees >= 20', 'attribute', 5);
INSERT INTO pls.reps (rep) VALUES ('ann');
INSERT INTO pls.accounts (account_id, domain, owner, attributes) VALUES ('acme', 'https://www.acme.example', 'ann', '{"employees": 50}'), ('paid', NULL, NULL, '{"employees": 50}');
INSERT INTO pls.account_domains VALUES ('paid.example', 'old paid');
INSERT INTO pls.account_aliases VALUES ('old paid', 'paid'), ('workspace 7', 'acme');
INSERT INTO pls.outcomes (entity_id, motion, outcome, at, account_id) VALUES ('old paid', 'other', 'conversion', '2026-05-30+00', 'old paid');
INSERT INTO pls.users (user_id, account_id, email) VALUES ('by id', 'acme', NULL), ('by mail', NULL, 'b@uk.acme.example'), ('by alias', 'workspace 7', NULL),
    ('by junk', 'NULL', 'B <b@ACME.example>'), ('paid by mail', '', 'b@paid.example'), ('other', 'none', 'x@gmail.com');
INSERT INTO pls.user_aliases VALUES ('anon 1', 'by id'), ('anon 2', 'anon 1');
SELECT pls.watch('app.e', event => 'name', at => 'at', actor => 'uid') \g /dev/null
INSERT INTO app.e SELECT 'run', '2026-06-01 09:00+00', NULL, uid, NULL
  FROM unnest('{anon 2,by mail,by alias,by junk,paid by mail,other,ANN@acme.example,undefined}'::text[]) uid;
SELECT entity_id, account_id, score, reason FROM pls.decisions ORDER BY decided_at, entity_id;
SELECT entity_id, account_id, assigned_to FROM pls.alerts;
SELECT entity_id, account_id, score FROM pls.scores ORDER BY entity_id;
SELECT entity_id, account_id, reason FROM pls.why_not_alerted ORDER BY entity_id;
SELECT e.uid, w.name, w.detail FROM unnest('{by mail,paid by mail}'::text[]) e (uid), pls.why_not('u', e.uid) w WHERE w.part = 'answer';
ROLLBACK TO s;

-- exclusions of scope entity: addresses however they are written, domains of
-- accounts, aliases
SELECT app.motion('u', 'user'), app.motion('a') \g /dev/null
INSERT INTO pls.exclusions (name, scope, domains, reason) VALUES ('rivals', 'entity', '{rival.example,second.example}', 'competitor');
INSERT INTO pls.accounts (account_id, domain) VALUES ('r1', 'WWW.rival.example');
INSERT INTO pls.account_domains VALUES ('second.example', 'r2 old'), ('free.example', 'f');
INSERT INTO pls.account_aliases VALUES ('r2 old', 'r2');
INSERT INTO pls.users (user_id, email) VALUES ('1', 'x@rival.example'), ('2', 'x@rival.example '), ('3', 'Rob <x@rival.example>'), ('4', 'x@rival.example.'),
    ('5', E'x@ri\u200bval.example'), ('6', 'x@RIVAL.example'), ('7', 'mailto:x@rival.example'), ('8', 'x@second.example'), ('9', 'x@free.example');
SELECT pls.watch('app.e', event => 'name', at => 'at', account => 'org', actor => 'uid') \g /dev/null
INSERT INTO app.e SELECT 'run', '2026-06-01 09:00+00', NULL, user_id, NULL FROM pls.users;
INSERT INTO app.e VALUES ('run', '2026-06-01 09:00+00', 'r2', NULL, NULL), ('run', '2026-06-01 09:00+00', NULL, 'X@Rival.example', NULL),
    ('run', '2026-06-01 09:00+00', 'f', NULL, NULL);
SELECT motion, reason, string_agg(entity_id, ', ' ORDER BY entity_id) FROM pls.decisions GROUP BY motion, reason ORDER BY motion, reason;
ROLLBACK TO s;

-- rules, routes and predicates see the ids of entities without a row
SELECT app.motion('u', 'user'), app.motion('a') \g /dev/null
UPDATE pls.motions SET segment = '$.account_id == "acme.example"' WHERE motion = 'a';
UPDATE pls.motions SET segment = '$.user_id starts with "u" && $.account_id == "acme.example"' WHERE motion = 'u';
INSERT INTO pls.signals (motion, signal, category, match, measure, points) VALUES ('a', 'one', 'fit', '$.account_id == "acme.example"', 'attribute', 5),
    ('u', 'one', 'fit', '$.user_id == "u@acme.example"', 'attribute', 5);
INSERT INTO pls.exclusions (name, motion, scope, match, reason) VALUES ('no', 'u', 'entity', '$.user_id == "u2@acme.example"', 'asked not to be');
SELECT pls.watch('app.e', event => 'name', at => 'at', account => 'org', actor => 'uid', email => 'mail') \g /dev/null
INSERT INTO app.e SELECT 'run', '2026-06-01 09:00+00', NULL, uid, mail
  FROM (VALUES ('U@acme.example', NULL), ('u2@acme.example', NULL), ('v@acme.example', NULL), ('u3@gmail.com', 'w@other.example')) v (uid, mail);
SELECT motion, entity_id, account_id, score, reason FROM pls.decisions ORDER BY motion, entity_id;
SELECT motion, entity_id, score FROM pls.scores ORDER BY motion, entity_id;
SELECT motion, entity_id, pls_internal.attributes_of(motion, entity_id) FROM pls.standings ORDER BY motion, entity_id;
ROLLBACK TO s;

-- a mail provider that somebody entered for one account is still everybody's
SELECT app.motion('a') \g /dev/null
INSERT INTO pls.accounts (account_id, domain) VALUES ('freelancer', 'gmail.com'), ('42', 'acme.example'), ('43', 'acme.example');
SELECT pls.watch('app.e', event => 'name', at => 'at', account => 'org', email => 'mail') \g /dev/null
INSERT INTO app.e VALUES ('run', '2026-06-01 09:00+00', NULL, NULL, 'joe@gmail.com'), ('run', '2026-06-01 09:00+00', '42', NULL, NULL),
    ('run', '2026-06-01 09:00+00', NULL, NULL, 'ann@acme.example'), ('run', '2026-06-01 09:00+00', 'null', NULL, 'ann@uk.ACME.example');
SELECT s.entity_id, x.value FROM pls.standings s, pls.explain(s.motion, s.entity_id) x WHERE x.signal = 'run' ORDER BY 1;
-- unless it is entered as one of an account's domains
INSERT INTO pls.account_domains VALUES ('gmail.com', 'freelancer');
INSERT INTO app.e VALUES ('run', '2026-06-01 09:00+00', NULL, NULL, 'joe@gmail.com');
SELECT s.entity_id, x.value FROM pls.standings s, pls.explain(s.motion, s.entity_id) x WHERE x.signal = 'run' ORDER BY 1;
ROLLBACK;
