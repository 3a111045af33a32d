-- Messages drafted for alerts: opt-outs in any spelling, several alerts at
-- once, consent, who is held out, which template, and what changes before a
-- message is sent.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
BEGIN;
\pset null -
SET LOCAL timezone = 'UTC';
SET LOCAL datestyle = 'ISO';
SET LOCAL pls.now = '2026-03-02 10:00+00';
CREATE SCHEMA app;
CREATE TABLE app.ev (org text, uid text, name text, at timestamptz DEFAULT pls.now());
SELECT count(*) > 0 AS created FROM pls.create_motion('trial', template => 'trial_conversion');
UPDATE pls.motions SET status = 'live', product = 'Formly, a form builder', qualify_at = 30, triage_at = 15, release_at = NULL, min_signals = 1,
       grace_period = NULL, min_account_size = NULL, segment = NULL, cooldown = '0' WHERE motion = 'trial';
UPDATE pls.reps SET daily_quota = NULL, max_open = NULL, name = initcap(rep), email = rep || '@us.example', calendar = NULL;
INSERT INTO pls.accounts (account_id, name) SELECT a, initcap(a) || ' Ltd' FROM unnest('{acme,beta,gama,delt,ws_125,zeta}'::text[]) a;
SELECT pls.watch('app.ev', event => 'name', at => 'at', account => 'org', actor => 'uid') > 0 AS watched;
ALTER SEQUENCE pls.alerts_alert_id_seq RESTART;
ALTER SEQUENCE pls.drafts_draft_id_seq RESTART;
CREATE FUNCTION app.try(command text) RETURNS TABLE (code text, message text, detail text, hint text)
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE command;
    code := 'done';
    RETURN NEXT;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RETURN NEXT;
END $$;
-- runs commands and takes them back; the last one is looked at
CREATE FUNCTION app.given(change text, command text) RETURNS TABLE (code text, message text, detail text, hint text)
LANGUAGE plpgsql AS $$
BEGIN
    BEGIN
        EXECUTE change;
        SELECT t.* INTO code, message, detail, hint FROM app.try(command) t;
        RAISE SQLSTATE 'TTTTT';
    EXCEPTION WHEN SQLSTATE 'TTTTT' THEN
        RETURN NEXT;
    END;
END $$;
INSERT INTO app.ev (org, uid, name) SELECT o, o || '-1', n FROM unnest('{acme,beta,gama,delt,ws_125,zeta}'::text[]) o,
       unnest('{workflow_completed,invite_sent,invite_sent,invite_sent}'::text[]) n;
UPDATE pls.alerts SET assigned_to = 'sdr-1';
SELECT alert_id, entity_id, lane, assigned_to FROM pls.alerts ORDER BY 1;

-- opt-outs: case, blanks, aliases before and after, addresses, of the person and of the account
SELECT x.said, g.code, g.detail FROM (VALUES
    ('WS_125', 'SELECT pls.opt_out(''WS_125'')'),
    ('ws_125 and blanks', E'SELECT pls.opt_out(E'' \tws_125 \n'')'),
    ('by INSERT', 'INSERT INTO pls.opt_outs (id) VALUES ('' Ws_125'')'),
    ('an alias', 'INSERT INTO pls.account_aliases (alias, account_id) VALUES (''Old-125'', ''ws_125''); SELECT pls.opt_out(''old-125'')'),
    ('an alias since', 'SELECT pls.opt_out(''Old-125''); INSERT INTO pls.account_aliases (alias, account_id) VALUES (''OLD-125'', ''ws_125'')'),
    ('merged since', 'SELECT pls.opt_out(''new-125''); INSERT INTO pls.account_aliases (alias, account_id) VALUES (''ws_125'', ''New-125'')'),
    ('the person''s id', 'UPDATE pls.alerts SET next_best_contact = ''Ann_7''; SELECT pls.opt_out(''ANN_7'')'),
    ('the person''s address', 'UPDATE pls.alerts SET next_best_contact = ''Ann_7''; INSERT INTO pls.users (user_id, email) VALUES (''Ann_7'', ''<Ann@Ws.example>''); SELECT pls.opt_out(''ann@WS.example'')'),
    ('the person''s alias', 'UPDATE pls.alerts SET next_best_contact = ''Ann_7''; INSERT INTO pls.user_aliases VALUES (''anon-1'', ''Ann_7''); SELECT pls.opt_out(''Anon-1'')'),
    ('somebody else', 'SELECT pls.opt_out(''ws_1250'')')) AS x (said, change)
 CROSS JOIN LATERAL app.given(x.change, 'SELECT pls.draft(5)') g;
-- what was drafted is stopped, by the same rule
SELECT x.said, g.code, g.message FROM (VALUES
    ('WS_125', 'SELECT pls.opt_out(''WS_125 '')'),
    ('the person''s address', 'SELECT pls.opt_out(''ANN@ws.example'')'),
    ('somebody else', 'SELECT pls.opt_out(''bob@ws.example'')')) AS x (said, command)
 CROSS JOIN LATERAL app.given('INSERT INTO pls.users (user_id, email) VALUES (''Ann_7'', ''Ann@WS.example''); UPDATE pls.alerts SET next_best_contact = ''Ann_7'' WHERE alert_id = 5; SELECT pls.draft(5); '
                              || x.command, 'DO $$ BEGIN RAISE ''%'', (SELECT string_agg(d.status, '','' ORDER BY d.draft_id) FROM pls.drafts d WHERE d.alert_id = 5); END $$') g;
-- nobody's id is kept and told; one that differs by case is somebody's
SAVEPOINT known;
SET LOCAL client_min_messages = notice;
SELECT pls.opt_out('ws_9999');
SELECT pls.opt_out('WS_125');
SELECT pls.opt_out('nobody@nowhere.example');
INSERT INTO pls.users (user_id, account_id, email) VALUES ('u9', 'zeta', 'U9@Zeta.example');
SELECT pls.opt_out('u9@zeta.example');
SELECT pls.opt_out('u9');
SELECT id FROM pls.opt_outs ORDER BY id COLLATE "C";
SET LOCAL client_min_messages = warning;
ROLLBACK TO known;
SELECT code, message FROM app.try('SELECT pls.opt_out(repeat(''x'', 2000))');
SELECT code, message FROM app.try('INSERT INTO pls.opt_outs (id) VALUES ('' '')');

-- several alerts: a row each, with the draft or the reason; the most urgent first; the rep's day is the end
SAVEPOINT several;
INSERT INTO pls.exclusions (name, scope, ids, reason) VALUES ('care', 'entity', '{beta}', 'is being looked after');
UPDATE pls.alerts SET evidence = '[]' WHERE alert_id = 3;
UPDATE pls.alerts SET assigned_to = 'sdr-2' WHERE alert_id = 4;
UPDATE pls.reps SET daily_quota = 2 WHERE rep = 'sdr-1';
UPDATE pls.alerts SET respond_by = '2026-03-02 09:00+00', snoozed_until = NULL WHERE alert_id = 6;
SELECT string_agg(o.alert_id::text, ' ' ORDER BY o.overdue DESC, o.time_left, o.score DESC, o.alert_id) AS urgent_first FROM pls.open_alerts o;
SELECT * FROM pls.draft_all('trial');
-- again: those that have a draft are done
SELECT alert_id, draft_id, code FROM pls.draft_all('trial');
SELECT alert_id, draft_id, code FROM pls.draft_all('trial', at_most => 1);
SELECT alert_id, draft_id, code FROM pls.draft_all('trial', rep => 'sdr-2');
SELECT count(*) AS drafts, count(sent_at) AS sent FROM pls.drafts;
-- no row is wider than psql
SELECT 8 + max(w.e) + 8 + 13 + 5 + max(w.r) + max(w.h) + 6 * 3 AS width
  FROM pls.draft_all('trial') d
 CROSS JOIN LATERAL (SELECT max(length(x.e)) AS e, max(length(x.r)) AS r, max(length(x.h)) AS h
                       FROM unnest(string_to_array(d.entity_id, E'\n'), string_to_array(d.reason, E'\n'), string_to_array(d.hint, E'\n')) x (e, r, h)) w;
ROLLBACK TO several;
SELECT code, message, hint FROM app.try('SELECT * FROM pls.draft_all(''none'')');
SELECT code, message FROM app.try('SELECT * FROM pls.draft_all(''trial'', rep => ''nobody'')');
SELECT code, message FROM app.try('SELECT * FROM pls.draft_all(''trial'', at_most => 50000)');
SELECT code, message FROM app.try('SELECT * FROM pls.draft_all(''trial'', at_most => NULL)');
-- an error that is no refusal is one
SELECT code, message FROM app.given('CREATE FUNCTION app.break() RETURNS trigger LANGUAGE plpgsql AS ''BEGIN RAISE division_by_zero; END''; CREATE TRIGGER z BEFORE INSERT ON pls.drafts FOR EACH ROW EXECUTE FUNCTION app.break()', 'SELECT * FROM pls.draft_all(''trial'')');
-- a rep: the own ones
SAVEPOINT rep;
CREATE ROLE pls_drafts_more_rep;
UPDATE pls.reps SET role_name = 'pls_drafts_more_rep' WHERE rep = 'sdr-2';
SELECT pls.grant_access('pls_drafts_more_rep', 'rep') IS NOT NULL AS granted;
UPDATE pls.alerts SET assigned_to = 'sdr-2' WHERE alert_id IN (2, 4);
GRANT USAGE ON SCHEMA app TO pls_drafts_more_rep;
SET LOCAL ROLE pls_drafts_more_rep;
SELECT alert_id, template, code FROM pls.draft_all('trial');
SELECT alert_id, code, reason FROM pls.draft_all('trial', 1, 'sdr-1');
-- it is told of nobody whom it does not see
SET LOCAL client_min_messages = notice;
SELECT pls.opt_out('u9@zeta.example');
SELECT pls.opt_out('BETA');
SET LOCAL client_min_messages = warning;
RESET ROLE;
ROLLBACK TO rep;

-- consent: the rules come enabled, know countries and regions, and say nothing where neither is known
SELECT r.motion, r.name, r.enabled FROM pls.outreach_rules r WHERE r.effect = 'needs_consent' ORDER BY r.name;
SELECT x.attributes, g.code, (regexp_match(g.message, 'rule "([^"]*)"'))[1] AS rule FROM (VALUES
    ('{}'), ('{"country": "DE"}'), ('{"country": "germany"}'), ('{"Country": "The Netherlands "}'), ('{"billing_country": "FRA"}'), ('{"country_code": "gb"}'),
    ('{"countryCode": "CH-ZH"}'), ('{"country": "Canada"}'), ('{"region": "EU"}'), ('{"region": "eu-west-1"}'), ('{"region": "CA"}'),
    ('{"region": "CA", "country": "US"}'), ('{"region": "DE", "country": "U.S.A."}'), ('{"country": "US"}'), ('{"country": "Delaware"}'), ('{"region": "no data"}'),
    ('{"region": "us-east-1"}'), ('{"plan": "DE"}'), ('{"country": 49}'), ('{"country": "DE", "outreach_consent": true}'), ('{"country": "DE", "outreach_consent": "yes"}')) AS x (attributes)
 CROSS JOIN LATERAL app.given(format('UPDATE pls.accounts SET attributes = %L', x.attributes), 'SELECT pls.draft(1)') g;
SELECT pls.answer('trial', 'constraints', 'accounts in DE and FR only with consent');
SELECT pls.answer('trial', 'tone', 'brief');
SELECT template, bool_and(content ? 'enabled') AS to_be_enabled, count(*) FROM pls.motion_templates WHERE part = 'outreach_rules' AND content ->> 'effect' = 'needs_consent' GROUP BY 1 ORDER BY 1;

-- held out: whoever has an open alert from before is worked to its end, follow-ups too
SAVEPOINT held_out;
INSERT INTO pls.pilots (pilot, motion, holdout, salt) VALUES ('p', 'trial', 0.9999, 's');
SELECT (pls.draft(1)).draft_id > 0 AS drafted;
SET LOCAL pls.now = '2026-03-02 12:00+00';
SELECT count(*) > 0 AS started FROM pls.start_pilot('p');
SELECT pls.arm('trial', 'acme');
SELECT code FROM app.try('SELECT pls.draft(2)');
SELECT (pls.sent(d.draft_id)).status FROM pls.drafts d WHERE d.alert_id = 1;
SELECT template, status FROM pls.drafts WHERE alert_id = 1 ORDER BY draft_id;
-- one raised while the entity took no part, and takes part now
ROLLBACK TO held_out;
INSERT INTO pls.pilots (pilot, motion, holdout, salt, segment) VALUES ('p', 'trial', 0.9999, 's', '$.plan == "pro"');
SELECT count(*) > 0 AS started FROM pls.start_pilot('p');
SET LOCAL pls.now = '2026-03-02 12:00+00';
INSERT INTO app.ev (org, uid, name) SELECT 'late', 'l', unnest('{workflow_completed,invite_sent,invite_sent,invite_sent}'::text[]);
UPDATE pls.alerts SET assigned_to = 'sdr-1' WHERE entity_id = 'late';
SELECT code FROM app.given('', $$SELECT pls.draft(a.alert_id) FROM pls.alerts a WHERE a.entity_id = 'late'$$);
INSERT INTO pls.accounts (account_id, attributes) VALUES ('late', '{"plan": "pro"}') ON CONFLICT (account_id) DO UPDATE SET attributes = excluded.attributes;
SELECT code, regexp_replace(message, '[0-9]+', 'N') AS message FROM app.try($$SELECT pls.draft(a.alert_id) FROM pls.alerts a WHERE a.entity_id = 'late'$$);
-- by the motion's own share
ROLLBACK TO held_out;
SELECT code FROM app.given('UPDATE pls.motions SET holdout = 0.9999', 'SELECT pls.draft(1)');
UPDATE pls.motions SET holdout = 0.9999;
INSERT INTO app.ev (org, uid, name) SELECT 'late', 'l', unnest('{workflow_completed,invite_sent,invite_sent,invite_sent}'::text[]);
SELECT reason FROM pls.decisions WHERE entity_id = 'late';
UPDATE pls.motions SET holdout = 0;
SET LOCAL pls.now = '2026-03-02 12:00+00';
SELECT reason FROM pls.raise('trial', 'late', 'asked for a call');
UPDATE pls.alerts SET assigned_to = 'sdr-1' WHERE entity_id = 'late';
UPDATE pls.motions SET holdout = 0.9999;
SELECT code, regexp_replace(message, '[0-9]+', 'N') AS message FROM app.try($$SELECT pls.draft(a.alert_id) FROM pls.alerts a WHERE a.entity_id = 'late'$$);
ROLLBACK TO held_out;

-- which template: most signals that are met, position, name; without a signal only if no other fits
CREATE FUNCTION app.choice(change text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    chosen text;
BEGIN
    EXECUTE change;
    chosen := (SELECT d.template FROM pls.draft(1) d);
    RAISE SQLSTATE 'TTTTT';
EXCEPTION WHEN SQLSTATE 'TTTTT' THEN
    RETURN chosen;
END $$;
CREATE FUNCTION app.add(name text, place integer, signals text) RETURNS void LANGUAGE sql AS $$
    INSERT INTO pls.templates (motion, template, kind, position, subject, body)
    VALUES ('trial', name, 'high_intent', place, 'Help', 'Hello, I can help with ' || signals || '. Shall I? Reply "stop" to hear no more. {{rep.name}}') $$;
SELECT app.choice(''), app.choice($$SELECT app.add('cold', 0, 'forms')$$) AS cold_first, app.choice($$SELECT app.add('a cold one', 1, 'forms')$$) AS cold_by_name,
       app.choice($$SELECT app.add('two', 99, '{{signal.teammates invited}} and {{signal.first value reached}}')$$) AS two_signals,
       app.choice($$SELECT app.add('not met', 0, '{{signal.integration connected}} and {{signal.first value reached}}')$$) AS not_met,
       app.choice($$SELECT app.add('earlier', 0, '{{signal.first value reached}}')$$) AS by_position,
       app.choice($$SELECT app.add('a name', 1, '{{signal.first value reached}}')$$) AS by_name,
       app.choice($$DELETE FROM pls.templates WHERE template LIKE 'high: team%'; SELECT app.add('cold', 0, 'forms')$$) AS none_fits;

-- the product's name, without what it is
SELECT x.product, (SELECT d.provenance -> '{{product}}' ->> 'value' FROM pls.draft(1, 'high: any') d) AS printed
  FROM (VALUES ('Formly, a form builder')) x (product);
UPDATE pls.motions SET product = 'Formly，表单工具';
SELECT d.provenance -> '{{product}}' ->> 'value' AS printed FROM pls.draft(1, 'high: any') d;
SELECT code, message, hint FROM app.given('UPDATE pls.motions SET product = '', a form builder''', 'SELECT pls.draft(1, ''high: any'')');

-- met signals that nobody has approved, or that have no words; none at all
\x on
SELECT * FROM app.given('UPDATE pls.signals SET approved_for_outreach = false', 'SELECT pls.draft(1)');
SELECT * FROM app.given('UPDATE pls.signals SET approved_for_outreach = false, outreach_words = NULL', 'SELECT pls.draft(1)');
SELECT * FROM app.given('UPDATE pls.signals SET outreach_words = '' ''', 'SELECT pls.draft(1)');
SELECT code, detail, hint FROM app.given('UPDATE pls.alerts SET evidence = ''[]''', 'SELECT pls.draft(1)');
SELECT * FROM app.given('UPDATE pls.reps SET email = NULL', 'SELECT pls.draft(1)');
\x off

-- what came after the draft: rules, exclusions, an outcome, a review
\x on
SELECT d.draft_id FROM pls.draft(2) d;
SELECT * FROM app.given('UPDATE pls.accounts SET attributes = ''{"country": "FR"}''', 'SELECT pls.sent(max(d.draft_id)) FROM pls.drafts d WHERE d.alert_id = 2');
SELECT message, detail FROM app.given('INSERT INTO pls.exclusions (name, scope, ids, reason) VALUES (''dnc'', ''entity'', ''{beta}'', ''asked not to be contacted'')', 'SELECT pls.sent(max(d.draft_id)) FROM pls.drafts d WHERE d.alert_id = 2');
SELECT message, detail FROM app.given('INSERT INTO pls.outcomes (entity_id, motion, outcome, at, account_id) VALUES (''beta'', ''trial'', ''conversion'', pls.now(), ''beta'')', 'UPDATE pls.drafts SET status = ''sent'' WHERE alert_id = 2');
SELECT message, detail FROM app.given('INSERT INTO pls.outreach_rules (name, predicate, effect, reason) VALUES (''all read'', ''$.name starts with "Beta"'', ''needs_review'', ''we are new at this'')', 'SELECT pls.sent(max(d.draft_id)) FROM pls.drafts d WHERE d.alert_id = 2');
SELECT code, message FROM app.given('INSERT INTO pls.outreach_rules (name, predicate, effect, reason) VALUES (''all read'', ''$.name starts with "Beta"'', ''needs_review'', ''we are new at this''); SELECT pls.approve_draft(max(d.draft_id)) FROM pls.drafts d WHERE d.alert_id = 2',
                                    'SELECT pls.sent(max(d.draft_id)) FROM pls.drafts d WHERE d.alert_id = 2');
\x off
SELECT (pls.sent(max(d.draft_id))).status FROM pls.drafts d WHERE d.alert_id = 2;
-- no empty detail is printed
\set SHOW_CONTEXT never
SAVEPOINT twice;
SELECT pls.sent(min(d.draft_id)) FROM pls.drafts d WHERE d.alert_id = 2;
ROLLBACK TO twice;
UPDATE pls.reps SET email = NULL;
SELECT pls.draft(1, 'high: team');
ROLLBACK TO twice;

-- the alert is somebody else's, the motion stands still or is gone, the limit is reached by now
SELECT d.alert_id, d.status, d.rep FROM pls.draft(3) d;
SAVEPOINT reassigned;
SELECT pls.reassign(3, 'sdr-2');
SELECT d.status, d.stopped_reason, d.rep FROM pls.drafts d WHERE d.alert_id = 3 ORDER BY draft_id DESC LIMIT 1;
SELECT d.rep, d.status FROM pls.draft(3) d;
ROLLBACK TO reassigned;
-- as if somebody else had held the draft meanwhile
ALTER TABLE pls.alerts DISABLE TRIGGER stop_reassigned;
SELECT pls.reassign(3, 'sdr-2');
SELECT pls.sent(max(d.draft_id)) FROM pls.drafts d WHERE d.alert_id = 3;
ROLLBACK TO reassigned;
\x on
SELECT * FROM app.given('UPDATE pls.motions SET status = ''paused''', 'SELECT pls.sent(max(d.draft_id)) FROM pls.drafts d WHERE d.alert_id = 3');
SELECT * FROM app.given('DELETE FROM pls.motions', 'SELECT pls.sent(max(d.draft_id)) FROM pls.drafts d WHERE d.alert_id = 3');
SELECT code, message FROM app.given('UPDATE pls.motions SET status = ''paused''', 'UPDATE pls.drafts SET status = ''sent'' WHERE alert_id = 3');
SELECT code, message FROM app.given('ALTER TABLE pls.alerts DISABLE TRIGGER stop_closed; SELECT pls.dispose(3, ''disqualified: bad fit'', ''too small'')', 'UPDATE pls.drafts SET status = ''sent'' WHERE alert_id = 3');
SELECT * FROM app.given('UPDATE pls.motions SET touch_limit = 1; UPDATE pls.drafts SET account_id = ''delt'' WHERE alert_id = 2', 'SELECT pls.sent(max(d.draft_id)) FROM pls.drafts d WHERE d.alert_id = 3');
\x off
SELECT (pls.sent(max(d.draft_id))).status FROM pls.drafts d WHERE d.alert_id = 3;
SET LOCAL pls.now = '2026-04-02 10:00+00';
SELECT count(*) FILTER (WHERE alert_id = 3) AS due FROM pls.follow_ups_due;
UPDATE pls.motions SET status = 'paused';
SELECT count(*) AS due_while_paused FROM pls.follow_ups_due;
ROLLBACK TO reassigned;

-- a follow-up follows something; a message is sent as it is written
SELECT message, hint FROM app.try('SELECT pls.draft(4, (SELECT t.template FROM pls.templates t WHERE t.kind = ''follow_up'' ORDER BY t.template LIMIT 1))');
INSERT INTO pls.templates (motion, template, kind, subject, body)
SELECT motion, 'as written', kind, E'Caf\u00e9 \u2013 \u201cyou\u201d', replace(body, ' you ', E' you\u00a0')
  FROM pls.templates WHERE template = 'high: team';
SELECT d.subject, d.body ~ E'\u00a0' AS with_its_spaces FROM pls.draft(4, 'as written') d;
UPDATE pls.templates SET body = replace(body, '{{rep.name}}', E'{{rep\u200b.name}}') WHERE template = 'as written';
SELECT d.body ~ '\{\{' AS left_open, d.body ~ E'\u00a0' AS with_its_spaces FROM pls.draft(4, 'as written') d;
ROLLBACK TO reassigned;

-- in psql
SELECT max(length(l)) <= 118 AS fits
  FROM (SELECT repeat('x', greatest(6, max(length(motion))) + greatest(8, max(length(template))) + greatest(4, max(length(kind)))
                           + 7 + 4 + 7 + 10 + 9 + 7 + 8 * 3) AS l FROM pls.message_results) r;
SELECT string_agg(a.attname, ' ' ORDER BY a.attnum) AS columns FROM pg_attribute a WHERE a.attrelid = 'pls.message_results'::regclass AND a.attnum > 0;
ROLLBACK;
