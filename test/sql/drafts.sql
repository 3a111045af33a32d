-- Messages drafted for alerts: what they say and where that came from, what is
-- refused, follow-ups and what stops them.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
BEGIN;
\pset null -
SET LOCAL timezone = 'UTC';
SET LOCAL intervalstyle = 'postgres';
SET LOCAL pls.now = '2026-03-02 10:00+00';
CREATE SCHEMA app;
CREATE TABLE app.ev (org text, uid text, name text, at timestamptz DEFAULT pls.now());
SELECT count(*) > 0 AS created FROM pls.create_motion('trial', template => 'trial_conversion');
UPDATE pls.motions SET status = 'live', product = 'Loom', qualify_at = 30, triage_at = 15, release_at = NULL, min_signals = 1,
       grace_period = NULL, min_account_size = NULL, segment = NULL, cooldown = '0' WHERE motion = 'trial';
UPDATE pls.reps SET daily_quota = NULL, max_open = NULL, name = initcap(rep), email = rep || '@us.example', calendar = 'business_hours';
INSERT INTO pls.accounts (account_id, name, attributes)
SELECT a, initcap(a) || ' Ltd', jsonb_build_object('region', CASE a WHEN 'eta' THEN 'EU' ELSE 'US' END)
  FROM unnest('{acme,beta,gama,delt,epsi,zeta,eta,thet}'::text[]) a;
SELECT pls.watch('app.ev', event => 'name', at => 'at', account => 'org', actor => 'uid') > 0 AS watched;
ALTER SEQUENCE pls.alerts_alert_id_seq RESTART;
ALTER SEQUENCE pls.drafts_draft_id_seq RESTART;
-- a sentence for each error; calls are undone
CREATE FUNCTION app.try(command text) RETURNS TABLE (code text, message text, detail text, hint text, rule text)
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE command;
    code := 'done';
    RETURN NEXT;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL,
                            hint = PG_EXCEPTION_HINT, rule = CONSTRAINT_NAME;
    RETURN NEXT;
END $$;
-- runs a command and takes it back
CREATE FUNCTION app.given(change text, command text) RETURNS TABLE (code text, message text, detail text, hint text, rule text)
LANGUAGE plpgsql AS $$
BEGIN
    BEGIN
        EXECUTE change;
        SELECT t.* INTO code, message, detail, hint, rule FROM app.try(command) t;
        RAISE SQLSTATE 'TTTTT';
    EXCEPTION WHEN SQLSTATE 'TTTTT' THEN
        RETURN NEXT;
    END;
END $$;
CREATE FUNCTION pg_temp.happen(org text, uid text, VARIADIC names text[]) RETURNS void
LANGUAGE sql AS $$ INSERT INTO app.ev (org, uid, name) SELECT org, uid, n FROM unnest(names) n $$;

-- one in the sales lane with two signals, one for triage, one with neither signal approved
SELECT pg_temp.happen(o, o || '-1', 'workflow_completed', 'invite_sent', 'invite_sent', 'invite_sent') FROM unnest('{acme,beta,gama,delt,epsi,zeta,eta}'::text[]) o;
SELECT pg_temp.happen('thet', 't1', 'workflow_completed');
UPDATE pls.alerts SET assigned_to = 'sdr-1';
SELECT alert_id, entity_id, lane, score, assigned_to FROM pls.alerts ORDER BY 1;

-- the text, and where it came from
\x on
SELECT subject, body, template, kind, status, contact, rep, created_at FROM pls.draft(1);
SELECT template, kind, body FROM pls.draft(8);
\x off
SELECT p.key, p.value ->> 'value' AS value, p.value ->> 'source' AS source, p.value ->> 'signal' AS signal, p.value ->> 'as_of' AS as_of
  FROM pls.drafts d, jsonb_each(d.provenance) p WHERE d.alert_id = 1 ORDER BY 1;
-- by name; a call opener leaves the email alone, another email replaces it
SELECT template, kind FROM pls.draft(1, 'call opener');
SELECT template, kind FROM pls.draft(1, 'discovery');
SELECT template, kind FROM pls.draft(1, 'high: any');
SELECT draft_id, template, status, stopped_reason FROM pls.drafts WHERE alert_id = 1 ORDER BY 1;

-- values are not searched for placeholders, and are one line
SAVEPOINT names;
UPDATE pls.accounts SET name = E'{{rep.email}} \n{{signal.first value reached}} <b>Bcc: x</b>' WHERE account_id = 'acme';
UPDATE pls.templates SET body = replace(body, 'Hello,', 'Hello {{ Account_Name }} and {{company}},') WHERE template = 'high: any';
SELECT split_part(body, E'\n', 1) AS first_line FROM pls.draft(1, 'high: any');
ROLLBACK TO names;
SELECT * FROM app.given('UPDATE pls.accounts SET name = NULL, domain = ''acme.example'' WHERE account_id = ''acme''', 'SELECT pls.draft(1, ''high: any'')');
SELECT * FROM app.given('UPDATE pls.accounts SET name = '' '' WHERE account_id = ''acme''', 'SELECT pls.draft(1, ''high: any'')');
SELECT * FROM app.given('UPDATE pls.motions SET product = NULL', 'SELECT pls.draft(1, ''high: any'')');
SAVEPOINT fields;
UPDATE pls.templates SET body = replace(body, '{{rep.name}}', E'{{rep.name}}, {{rep.title}}') WHERE template = 'high: any';
SELECT * FROM app.try('SELECT pls.draft(1, ''high: any'')');
UPDATE pls.reps SET details = '{"title": "Solutions"}';
SELECT right(body, 40) AS ends FROM pls.draft(1, 'high: any');
ROLLBACK TO fields;

-- refusals
\x on
SELECT * FROM app.try('SELECT pls.draft(NULL, ''generic cold sequence'')');
SELECT * FROM app.try('SELECT pls.draft(4711)');
SELECT * FROM app.try('SELECT pls.draft(1, ''nope'')');
SELECT * FROM app.given('UPDATE pls.signals SET approved_for_outreach = false', 'SELECT pls.draft(1)');
SELECT * FROM app.given('UPDATE pls.signals SET outreach_words = NULL WHERE signal = ''teammates invited''', 'SELECT pls.draft(1, ''high: team'')');
SELECT * FROM app.given('UPDATE pls.signals SET outreach_words = ''what you opened 3 times last week'' WHERE signal = ''teammates invited''', 'SELECT pls.draft(1, ''high: team'')');
SELECT * FROM app.try('SELECT pls.draft(1, ''high: integration'')');
SELECT * FROM app.given('DELETE FROM pls.templates WHERE kind = ''high_intent''', 'SELECT pls.draft(1)');
SELECT * FROM app.given('UPDATE pls.templates SET body = ''I saw you opened the pricing page. Act now?''', 'SELECT pls.draft(1)');
SELECT * FROM app.given('INSERT INTO pls.exclusions (name, scope, ids, reason) VALUES (''dnc'', ''entity'', ''{acme}'', ''asked not to be contacted'')', 'SELECT pls.draft(1)');
SELECT * FROM app.given('UPDATE pls.alerts SET next_best_contact = ''ann''; INSERT INTO pls.exclusions (name, scope, ids, reason) VALUES (''dnc'', ''actor'', ''{ann}'', ''a robot'')', 'SELECT pls.draft(1)');
SELECT * FROM app.given('INSERT INTO pls.outcomes (entity_id, motion, outcome, at, account_id) VALUES (''acme'', ''trial'', ''conversion'', pls.now(), ''acme'')', 'SELECT pls.draft(1)');
SELECT * FROM app.given('SELECT pls.opt_out(''acme'', ''told us so'')', 'SELECT pls.draft(1)');
SELECT * FROM app.given('UPDATE pls.alerts SET next_best_contact = ''ann''; INSERT INTO pls.users (user_id, email) VALUES (''ann'', ''Ann@acme.example''); SELECT pls.opt_out(''ANN@Acme.example'')', 'SELECT pls.draft(1)');
SELECT * FROM app.given('UPDATE pls.motions SET status = ''paused''', 'SELECT pls.draft(1)');
SELECT * FROM app.given('UPDATE pls.alerts SET assigned_to = NULL', 'SELECT pls.draft(1)');
SELECT * FROM app.given('SELECT pls.dispose(1, ''nurture'')', 'SELECT pls.draft(1)');
SELECT * FROM app.given('UPDATE pls.accounts SET attributes = ''{"support_escalation": true}''', 'SELECT pls.draft(1)');
\x off

-- consent by region, of the account or of the person; a rule of every motion; a review
UPDATE pls.outreach_rules SET enabled = true WHERE name LIKE '%consent by region';
SELECT * FROM app.try('SELECT pls.draft(7)');
SELECT code FROM app.given('UPDATE pls.accounts SET attributes = attributes || ''{"outreach_consent": true}''', 'SELECT pls.draft(7)');
SELECT code FROM app.given('UPDATE pls.alerts SET next_best_contact = ''eva''; INSERT INTO pls.users (user_id, attributes) VALUES (''eva'', ''{"outreach_consent": true}'')', 'SELECT pls.draft(7)');
SELECT code FROM app.given('UPDATE pls.outreach_rules SET consent_match = ''$.opted_in == "yes"''; UPDATE pls.accounts SET attributes = attributes || ''{"opted_in": "yes"}''', 'SELECT pls.draft(7)');
SAVEPOINT review;
INSERT INTO pls.outreach_rules (name, predicate, effect, reason) VALUES ('all read', '$.name starts with "Beta"', 'needs_review', 'we are new at this');
SELECT draft_id, review_reason FROM pls.draft(2);
SELECT * FROM app.try('SELECT pls.sent(d.draft_id) FROM pls.drafts d WHERE alert_id = 2');
SELECT d.reviewed_at, (pls.sent(d.draft_id)).status FROM pls.drafts o, pls.approve_draft(o.draft_id) d WHERE o.alert_id = 2;
ROLLBACK TO review;
SELECT * FROM app.try('INSERT INTO pls.outreach_rules (name, predicate, effect, reason) VALUES (''x'', ''$.a == 1'', ''forbid'', ''y'')');
SELECT * FROM app.try('INSERT INTO pls.outreach_rules (name, predicate, effect, reason) VALUES (''x'', ''$.a'', ''refuse'', ''y'')');

-- templates and phrases are checked when they are written
SELECT * FROM app.try('INSERT INTO pls.templates (motion, template, kind, body) VALUES (''trial'', ''x'', ''cold'', ''y'')');
SELECT * FROM app.try('INSERT INTO pls.templates (motion, template, kind, body) VALUES (''trial'', ''x'', ''follow_up'', ''y'')');
SELECT * FROM app.try('INSERT INTO pls.templates (motion, template, kind, body, after) VALUES (''trial'', ''x'', ''discovery'', ''y'', ''1 day'')');
SELECT * FROM app.try('INSERT INTO pls.templates (motion, template, kind, body) VALUES (''none'', ''x'', ''discovery'', ''y'')');

-- capacity: those of today count, by alert; a second draft for an alert does not
UPDATE pls.reps SET daily_quota = 3;
SELECT code FROM app.try('SELECT pls.draft(1)');
\x on
SELECT * FROM app.try('SELECT d.* FROM pls.open_alerts a CROSS JOIN pls.draft(a.alert_id) d');
\x off
SELECT code FROM app.try('SELECT pls.draft(2)');
SELECT code, rule FROM app.try('SELECT pls.draft(3)');
SELECT count(DISTINCT alert_id) AS alerts FROM pls.drafts;
SET LOCAL pls.now = '2026-03-03 10:00+00';
SELECT code FROM app.try('SELECT pls.draft(3)');
UPDATE pls.reps SET daily_quota = NULL;

-- sent: the alert is touched, the next follow-up is scheduled, at working time
SELECT d.draft_id, d.status, d.sent_at FROM pls.drafts o, pls.sent(o.draft_id) d WHERE o.alert_id = 1 AND o.kind = 'high_intent' AND o.status = 'draft';
SELECT status, first_touch_at FROM pls.alerts WHERE alert_id = 1;
SELECT template, status, due_at, to_char(due_at, 'Dy') AS day, follows IS NOT NULL AS follows FROM pls.drafts WHERE alert_id = 1 AND status IN ('sent', 'scheduled') ORDER BY draft_id;
SELECT count(*) AS due FROM pls.follow_ups_due;
-- twice
SELECT * FROM app.try('SELECT pls.sent(d.draft_id) FROM pls.drafts d WHERE d.alert_id = 1 AND d.status = ''sent''');
SELECT * FROM app.try('SELECT pls.sent(4711)');
-- draft() gives what is scheduled; then the next ones, until there is none
SELECT template, status FROM pls.draft(1);
SET LOCAL pls.now = '2026-03-06 10:00+00';
SELECT template, due_at FROM pls.follow_ups_due;
SELECT f.template, (pls.sent(f.draft_id)).status FROM pls.follow_ups_due f;
SET LOCAL pls.now = '2026-03-12 10:00+00';
SELECT f.template, (pls.sent(f.draft_id)).status FROM pls.follow_ups_due f;
SELECT template, status, due_at FROM pls.drafts WHERE alert_id = 1 AND status = 'scheduled';
-- what stops it, each taken back
CREATE FUNCTION pg_temp.stops(command text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    why text;
BEGIN
    EXECUTE command;
    SELECT string_agg(d.status || ': ' || coalesce(d.stopped_reason, ''), ', ') INTO why FROM pls.drafts d WHERE d.draft_id = (SELECT max(draft_id) FROM pls.drafts WHERE alert_id = 1);
    RAISE EXCEPTION '%', why;
EXCEPTION WHEN raise_exception THEN
    RETURN SQLERRM;
END $$;
SELECT c AS command, pg_temp.stops(c) FROM unnest(ARRAY[
    'SELECT pls.touch(1, ''called'')',
    'UPDATE pls.alerts SET first_touch_at = first_touch_at WHERE alert_id = 1',
    'UPDATE pls.alerts SET snoozed_until = ''2026-04-01'' WHERE alert_id = 1',
    'SELECT pls.dispose(1, ''meeting set'')',
    'UPDATE pls.alerts SET disposition = ''nurture'' WHERE alert_id = 1',
    'SELECT pls.withdraw(1, ''a mistake'')',
    'SELECT pls.replied(alert_id => 1)',
    'SELECT pls.replied(max(draft_id)) FROM pls.drafts WHERE alert_id = 1 AND status = ''sent''',
    'UPDATE pls.drafts SET replied_at = pls.now() WHERE alert_id = 1 AND status = ''sent''',
    'SELECT pls.opt_out(''acme'')',
    'UPDATE pls.drafts SET status = ''stopped'' WHERE alert_id = 1 AND status = ''scheduled''',
    'SELECT pls.touch(2)']) c;
SELECT * FROM app.given('SELECT pls.replied(alert_id => 1)', 'SELECT pls.draft(1)');
SELECT * FROM app.try('SELECT pls.replied(alert_id => 2)');
SELECT * FROM app.try('SELECT pls.replied(d.draft_id) FROM pls.drafts d WHERE d.status = ''scheduled''');
-- the touch limit: three messages within 30 days, over all motions; follow-ups are of the kit
SELECT * FROM app.try('SELECT pls.draft(1, ''high: team'')');
SET LOCAL pls.now = '2026-03-25 10:00+00';
SELECT f.template, (pls.sent(f.draft_id)).status FROM pls.follow_ups_due f;
SELECT * FROM app.try('SELECT pls.draft(1)');
SELECT template, drafted, sent, replied, reply_rate, scheduled, stopped FROM pls.message_results ORDER BY template;
-- a follow-up that cannot be: the message was sent all the same
SET LOCAL pls.now = '2026-04-05 10:00+00';
UPDATE pls.templates SET body = 'I saw you.' WHERE kind = 'follow_up';
SELECT (pls.sent(d.draft_id)).status FROM pls.draft(4) d;
SELECT count(*) FROM pls.drafts WHERE alert_id = 4;
-- by hand
SELECT * FROM app.try('UPDATE pls.drafts SET status = ''draft'' WHERE alert_id = 4');
SELECT * FROM app.try('INSERT INTO pls.drafts (alert_id, template, follows) VALUES (4, ''follow-up 1'', 1)');

-- a user who is forgotten, and one who has opted out
UPDATE pls.templates t SET body = t2.body FROM pls.templates t2 WHERE t2.motion = t.motion AND t2.template = 'high: any' AND t.kind = 'follow_up';
INSERT INTO pls.users (user_id, account_id, email) VALUES ('bob', 'beta', 'bob@beta.example');
UPDATE pls.alerts SET next_best_contact = 'bob' WHERE alert_id = 5;
SELECT contact FROM pls.draft(5);
SELECT pls.opt_out(' BOB@beta.example ');
SELECT d.status, d.stopped_reason FROM pls.drafts d WHERE d.alert_id = 5;
SELECT id, reason FROM pls.opt_outs;
SET client_min_messages = notice;
SELECT object, done, rows FROM pls.forget_user('bob') WHERE object LIKE '%drafts%';
SELECT object, done, rows FROM pls.forget_account('acme') WHERE object LIKE '%drafts%';
SET client_min_messages = warning;
SELECT count(*) AS left_over FROM pls.drafts WHERE contact = 'bob' OR entity_id = 'acme';

-- reps: their own alerts, and only the texts of templates
CREATE ROLE pls_drafts_rep;
CREATE ROLE pls_drafts_revops;
UPDATE pls.reps SET role_name = 'pls_drafts_rep' WHERE rep = 'sdr-1';
SELECT pls.grant_access('pls_drafts_rep', 'rep') IS NOT NULL AS rep, pls.grant_access('pls_drafts_revops', 'revops') IS NOT NULL AS revops;
GRANT USAGE ON SCHEMA app TO PUBLIC;
UPDATE pls.alerts SET assigned_to = 'sdr-2' WHERE alert_id = 3;
UPDATE pls.alerts SET assigned_to = 'ae-1', pool = 'ae' WHERE alert_id = 8;
UPDATE pls.outreach_rules SET enabled = false;
SELECT string_agg(entity_id, ' ' ORDER BY entity_id) AS drafted FROM pls.drafts;
SET LOCAL ROLE pls_drafts_rep;
SELECT entity_id, rep, created_by FROM pls.draft(6);
SELECT (pls.sent(d.draft_id)).status FROM pls.drafts d WHERE d.alert_id = 6;
SELECT template, status FROM pls.drafts WHERE alert_id = 6 ORDER BY draft_id;
SELECT code, message FROM app.try('SELECT pls.draft(3)');
SELECT code, message FROM app.try('SELECT pls.draft(8)');
SELECT code, message FROM app.try('INSERT INTO pls.drafts (alert_id, template) VALUES (8, ''high: any'')');
SELECT code, message FROM app.try('INSERT INTO pls.drafts (alert_id, body) VALUES (6, ''buy'')');
SELECT code, message FROM app.try('UPDATE pls.drafts SET body = ''buy''');
SELECT code, message FROM app.try('SELECT pls.approve_draft(1)');
SELECT code, message FROM app.try('SELECT pls.opt_out(''zeta'')');
SELECT code, message FROM app.try('SELECT FROM pls.opt_outs');
RESET ROLE;
SET LOCAL ROLE pls_drafts_revops;
SELECT entity_id, rep, created_by FROM pls.draft(3);
SELECT count(*) > 1 AS sees_all FROM pls.drafts;
RESET ROLE;
ROLLBACK;
