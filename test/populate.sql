-- A database with something in every table of pls that a dump has to bring
-- back: two watched tables, one of them with odd names, live and other
-- motions, shipped rows that were edited or deleted, alerts in every state,
-- deliveries, backlog, marks, access.  Expects the extension.
CREATE SCHEMA app;
CREATE TABLE app.events (
    event_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    org_id      text,
    user_id     bigint,
    name        text NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    props       jsonb
);
CREATE SCHEMA "Odd Schema";
CREATE TABLE "Odd Schema"."Ev""ents" ("Org" text, "User" uuid, "Name" varchar(80), "At" timestamptz NOT NULL, "Mail" text)
    PARTITION BY RANGE ("At");
CREATE TABLE "Odd Schema"."p default" PARTITION OF "Odd Schema"."Ev""ents" DEFAULT;

SELECT pls.create_motion('trial', template => 'trial_conversion');
SELECT pls.create_motion('seats', template => 'seat_expansion');
UPDATE pls.motions SET status = 'live' WHERE motion = 'seats';
SELECT pls.create_motion('small');
SELECT pls.create_motion('person', unit => 'user');
DELETE FROM pls.signals WHERE motion = 'trial';
DELETE FROM pls.category_limits WHERE motion = 'trial';
INSERT INTO pls.signals (motion, signal, category, events, measure, within, op, threshold, points, why, next_best_action)
VALUES ('trial', 'exports', 'depth', '{export}', 'count', '14 days', '>=', 3, 40, 'exports their own data', 'offer a data review'),
       ('trial', 'inviters', 'breadth', '{invite}', 'actors', '14 days', '>=', 1, 30, 'brings in colleagues', 'offer a team set-up'),
       ('person', 'p exports', 'depth', '{export}', 'count', '14 days', '>=', 3, 70, 'exports', 'call');
UPDATE pls.motions SET status = 'live', segment = NULL, qualify_at = 60, release_at = NULL, triage_at = NULL,
       min_signals = 2, grace_period = NULL, min_account_size = NULL, holdout = 0
 WHERE motion = 'trial';
INSERT INTO pls.routes (motion, route, position, pool, respond_within)
SELECT 'person', 'all', 1, pool, '4 hours' FROM pls.pools ORDER BY pool LIMIT 1;
UPDATE pls.motions SET status = 'live', qualify_at = 60, min_signals = 1, triage_at = NULL WHERE motion = 'person';
INSERT INTO pls.motion_templates (template, part, position, content) VALUES ('mine', 'motions', 1, '{"unit": "account"}');
DELETE FROM pls.motion_templates WHERE template = 'seat_expansion' AND part = 'grades' AND position = 1;
UPDATE pls.motion_templates SET content = content || '{"qualify_at": 61}' WHERE template = 'seat_expansion' AND part = 'motions';

SELECT pls.watch('app.events', event => 'name', at => 'created_at', account => 'org_id', actor => 'user_id', properties => 'props');
SELECT pls.watch('"Odd Schema"."Ev""ents"', event => 'Name', at => 'At', account => 'Org', actor => 'User', email => 'Mail',
                 level => 'row', motions => '{seats,trial}', always => true);

INSERT INTO pls.free_mail_domains (domain) VALUES ('mail.example');
UPDATE pls.free_mail_domains SET free = false WHERE domain = 'gmail.com';
DELETE FROM pls.free_mail_domains WHERE domain = 'aol.com';
INSERT INTO pls.ignored_ids (id) VALUES ('n/a'), ('null');
DELETE FROM pls.ignored_ids WHERE id = '0';
-- chains whose rows may be loaded in any order
INSERT INTO pls.account_aliases (alias, account_id) VALUES ('workspace 1', 'acme labs'), ('acme labs', 'acme'), ('a workspace', 'workspace 1');
INSERT INTO pls.user_aliases (alias, user_id) VALUES ('anon-1', 'Ann <Ann@Acme.example>'), ('ann@acme.example', '7');
INSERT INTO pls.account_domains (domain, account_id) VALUES ('https://www.labs.example', 'acme labs'), ('münchen.example', 'acme');
INSERT INTO pls.exclusions (name, scope, domains, ids, reason) VALUES ('our own people', 'entity', '{example.com}', NULL, 'works here'), ('our own ids', 'entity', NULL, '{our own}', 'ours');
UPDATE pls.dispositions SET cooldown = '45 days' WHERE disposition = 'nurture';
DELETE FROM pls.dispositions WHERE disposition = 'routed to CS';
UPDATE pls.calendars SET time_zone = 'Europe/Paris' WHERE calendar = 'business_hours';
DELETE FROM pls.calendar_hours WHERE calendar = 'business_hours' AND weekday = 5;
INSERT INTO pls.calendars (calendar, time_zone) VALUES ('night shift', 'Europe/Berlin');
INSERT INTO pls.holidays (calendar, day, name) VALUES ('night shift', '2026-12-25', 'Christmas');
-- a manager that comes after those whose manager it is
INSERT INTO pls.reps (rep, name, email) VALUES ('a-junior', 'Ann', 'ann@s.example'), ('z-boss', 'Zed', 'zed@s.example');
UPDATE pls.reps SET manager = 'z-boss' WHERE rep IN ('a-junior', 'sdr-1');
UPDATE pls.reps SET name = :'boss_name' WHERE rep = 'z-boss';
UPDATE pls.reps SET active = false WHERE rep = 'a-junior';
INSERT INTO pls.absences (rep, absent_from, absent_until, reason) VALUES ('z-boss', now() - interval '1 day', now() + interval '9 days', 'holiday');
INSERT INTO pls.accounts (account_id, name, size, domain) VALUES ('acme', 'Acme', 40, 'acme.example'), (:'odd_account', :'odd_name', 4, NULL);
INSERT INTO pls.users (user_id, account_id, email) VALUES ('7', 'acme', 'u7@acme.example'), ('8', 'initech', NULL);
INSERT INTO pls.channels (channel, kind) VALUES ('crm', 'crm');
INSERT INTO pls.channels (channel, kind, bundle_by, bundle_every) VALUES ('digest', 'email', 'rep', '1 hour');
UPDATE pls.escalations SET repeat_every = '1 hour', repeat_limit = 3 WHERE motion = 'trial' AND level = 1;

CREATE PROCEDURE app.use(org text, exports integer, invites integer) LANGUAGE sql AS $$
    INSERT INTO app.events (org_id, user_id, name) SELECT org, 7, 'export' FROM generate_series(1, exports);
    INSERT INTO app.events (org_id, user_id, name) SELECT org, 7, 'invite' FROM generate_series(1, invites);
$$;
CALL app.use('acme', 3, 1);
CALL app.use('globex', 3, 1);
CALL app.use('hooli', 3, 1);
CALL app.use(:'odd_account', 3, 1);
CALL app.use('umbrella', 3, 1);
CALL app.use('wayne', 3, 1);
CALL app.use('initech', 2, 1);
CALL app.use('stark', 3, 0);
SELECT pls.claim_deliveries('crm', 3);
SELECT pls.confirm_delivery(min(message_id), 'crm-1') FROM pls.deliveries WHERE status = 'claimed';
SELECT pls.fail_delivery(max(message_id), 'HTTP 500') FROM pls.deliveries WHERE status = 'claimed';
SELECT pls.touch(alert_id, 'called') FROM pls.alerts WHERE entity_id = 'acme';
SELECT pls.dispose(alert_id, 'meeting set') FROM pls.alerts WHERE entity_id = 'globex';
SELECT pls.snooze(alert_id, now() + interval '2 days') FROM pls.alerts WHERE entity_id = 'hooli';
SELECT pls.pause_sla(alert_id) FROM pls.alerts WHERE entity_id = 'umbrella';
SELECT pls.refresh('seats');
CALL pls.sweep_all();
-- what waits: events ahead, a mark, an identity that has changed
INSERT INTO app.events (org_id, user_id, name, created_at)
VALUES ('initech', 8, 'invite', now() + interval '3 hours'), ('future', 9, 'export', now() + interval '2 days');
UPDATE app.events SET name = 'other' WHERE org_id = 'wayne' AND name = 'invite';
UPDATE pls.users SET account_id = 'stark' WHERE user_id = '8';
INSERT INTO "Odd Schema"."p default" VALUES ('odd', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'export', now(), 'a@odd.example');
INSERT INTO pls.intake (motion, question, answer, assumption, validation) VALUES
    ('trial', 'routes', 'large ones to AEs', NULL, NULL), ('trial', 'goal', NULL, 'more trials pay', 'ask finance');
SELECT pls.answer('trial', 'tone', 'brief');
INSERT INTO pls.notes (motion, kind, note, owner, due_on) VALUES
    ('trial', 'risk', 'a risk', 'product', '2027-01-01'), ('trial', 'backlog', 'an "idea"', NULL, NULL);
-- a message that was sent, the one that follows, and somebody who wants none
UPDATE pls.signals SET approved_for_outreach = true, outreach_words = 'sharing your exports' WHERE motion = 'trial' AND signal = 'exports';
INSERT INTO pls.templates (motion, template, kind, after, subject, body) VALUES
    ('trial', 'plain', 'high_intent', NULL, 'Your exports', 'Hello, happy to help with {{signal.exports}}. Shall we talk on Tuesday? {{rep.name}}. Reply "stop" and I will not write again.'),
    ('trial', 'again', 'follow_up', '3 days', 'Your exports', 'Hello, shall we still talk about {{signal.exports}}? Reply "stop" and I will not write again.');
SELECT pls.sent((pls.draft(alert_id, 'plain')).draft_id) FROM pls.alerts WHERE entity_id = 'acme';
SELECT pls.opt_out('somebody@odd.example', 'asked by phone');
INSERT INTO pls.pilots (pilot, motion, holdout, salt, outcomes, p_base, p_target) VALUES ('a pilot', 'trial', 0.000001, 'salt', '{conversion,churn}', 0.1, 0.2);
INSERT INTO pls.pilot_rules (pilot, kind, measure, value, op, threshold) VALUES ('a pilot', 'scale', 'conversion any time', 'low', '>', 0);
UPDATE pls.pilots SET status = 'running' WHERE pilot = 'a pilot';
UPDATE pls.signals SET points = 41 WHERE motion = 'trial' AND signal = 'exports';

INSERT INTO pls.failures (entity_id, motion, task, failed_at, last_failed_at, try_again_at, sqlstate, message)
VALUES ('broken', 'trial', 'settle', now(), now(), now() + interval '1 minute', 'XX000', 'something failed');

UPDATE pls.reps SET role_name = 'some_rep' WHERE rep = 'sdr-1';
SELECT pls.grant_access('some_analyst', 'analyst'), pls.grant_access('some_rep', 'rep');
