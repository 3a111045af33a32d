-- pls.lint_template(): each rule and its edges, placeholders of signals, and the
-- phrases that people add.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
BEGIN;
\pset null -
CREATE FUNCTION pg_temp.lint(body text, subject text DEFAULT NULL, kind text DEFAULT 'high_intent', motion text DEFAULT NULL) RETURNS text
LANGUAGE sql AS $$
    SELECT coalesce(string_agg(l.rule || coalesce(' [' || nullif(l.words, '') || ']', ''), '; ' ORDER BY l.rule, l.words), 'good')
      FROM pls.lint_template(body || E'\n\nIf you would rather not hear from me, reply "stop".', subject, motion, kind) l
$$;
CREATE FUNCTION pg_temp.try(command text) RETURNS TABLE (code text, message text, hint text)
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE command;
    code := 'done';
    RETURN NEXT;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
    RETURN NEXT;
END $$;
-- one of each, with what to do instead
SELECT rule, words, fix FROM pls.lint_template('I saw you opened the pricing page. Act now! Hello {first_name}, would you call me? Could you also introduce me to your boss?',
    'A subject that is far too long to be read on the small screen of a phone, or in a list of them') ORDER BY rule;
-- quotes, spaces, case, tags and letters make no difference
SELECT t, pg_temp.lint(t) FROM unnest(ARRAY[
    'I noticed you logged in.', 'I NOTICED YOU LOGGED IN.', 'I’ve noticed that you logged in.', E'I noticed\nyou logged in.',
    U&'I\00a0noticed\2003you logged in.', U&'I not\200biced you lo\200bgged in.', U&'\0406 n\043Eticed y\043Eu l\043Egged in.',
    'I <b>noticed</b> you logged in.', 'I&nbsp;noticed you logged in.', U&'\FF29 \FF4Eoticed you logged in.']) t;
-- what is not surveillance
SELECT t, pg_temp.lint(t) FROM unnest(ARRAY[
    'I see teams like yours do this in a week.', 'You will see the difference.', 'As you mentioned when we spoke on Tuesday, roles matter.',
    'I would love to see your team succeed.', 'Thank you for signing up.', 'Our data shows that most teams need a week.',
    'Would Tuesday at 14:05 suit you?', 'Have you invited your team yet?', 'Once you have connected two sources, reports fill by themselves.',
    'See you on Tuesday.', 'We track every change in a document.']) t;
-- one ask: two times for it, how to answer it, an offer before it
SELECT t, pg_temp.lint(t) FROM unnest(ARRAY[
    'Would Tuesday at 10 or Wednesday at 2 suit you?', 'Would a call help? If so, reply with a time.', 'Would a call help? Tuesday at 10 would work. Or is Friday better?',
    'Happy to help you set up roles. Would a call be useful?', 'I am glad to help you set up roles.', 'Did you know that roles can change? Shall I show you how?',
    'Would a call help? Would you also fill in our survey?', 'Book a slot and forward this to your CFO.', 'Shall I call? Please leave us a review.']) t;
-- an opener may ask for a moment, discovery is questions
SELECT pg_temp.lint('Hello, is this a good moment? What would you like to do first?', kind => 'call_opener'),
       pg_temp.lint(E'What do you do today?\nWho else?\nWhen?', kind => 'discovery'),
       pg_temp.lint(E'Book a demo.\nDownload the guide.', kind => 'discovery');
-- a way to opt out: emails need one
SELECT k, (SELECT string_agg(l.rule, ', ') FROM pls.lint_template('Shall I send the guide?', kind => k) l) AS found
  FROM unnest(ARRAY['early_intent', 'high_intent', 'expansion', 'follow_up', 'call_opener', 'discovery', NULL]) k;
SELECT t, (SELECT coalesce(string_agg(l.rule, ', '), 'good') FROM pls.lint_template('Shall I send the guide?' || E'\n\n' || t) l) AS found FROM unnest(ARRAY[
    'Unsubscribe at any time.', 'Reply STOP to opt out.', 'Not interested? Tell me and I will stop.', 'If you''d rather not hear from me, say so.',
    'There is no obligation.', 'No rush, and no worries.', 'If Thursday is bad, tell me which day is better.', 'You can not opt out of this.']) t;
-- placeholders: spellings that are taken, and those that are not
SELECT t, pg_temp.lint('Hello ' || t || '. Shall I call?') FROM unnest(ARRAY[
    '{{account.name}}', '{{ Account_Name }}', '{{company}}', '{{product}}', '{{rep.name}}', '{{rep_email}}', '{{rep.calendar_link}}', '{{signal.any thing}}',
    '{{name}}', '{{rep.daily_quota}}', '{{signal.login_count}}', '{{signal.runs.value}}', '{{{account.name}}}', '{account.name}', '${product}', '[Name]', '<name>', '%name%', '*|NAME|*',
    '{{account.name', '[the guide](https://us.example)', '<b>you</b>', '50% of teams', '[1]']) t;
-- of a motion: its own, approved, with words, which are judged as well
SELECT count(*) > 0 AS created FROM pls.create_motion('trial', template => 'trial_conversion');
SELECT t, pg_temp.lint('I help with {{signal.' || t || '}}. Shall I call?', motion => 'trial') FROM unnest(ARRAY[
    'teammates invited', 'Teammates_Invited', 'pricing considered', 'nothing of the kind']) t;
UPDATE pls.signals SET outreach_words = NULL WHERE signal = 'teammates invited';
SELECT pg_temp.lint('I help with {{signal.teammates invited}}. Shall I call?', motion => 'trial');
UPDATE pls.signals SET outreach_words = 'the reports that you opened yesterday' WHERE signal = 'teammates invited';
SELECT pg_temp.lint('I help with {{signal.teammates invited}}. Shall I call?', motion => 'trial');
-- lengths
SELECT w, pg_temp.lint(repeat('word ', w) || '. Shall I call?'), pg_temp.lint(repeat('word ', w) || '. Shall I call?', kind => 'call_opener') FROM unnest('{60,90,110,140}'::int[]) w;
SELECT n, pg_temp.lint('Shall I call?', repeat('s', n)) FROM unnest('{90,91}'::int[]) n;
-- a very long text is cut before it is matched
SELECT length(pg_temp.lint(repeat('a guide for you ', 100000))) < 200 AS short;
-- phrases: of one's own, disabled, checked
INSERT INTO pls.forbidden_phrases (phrase, rule, pattern, fix) VALUES ('own words', 'pressure', '\msynergy of @number\M', 'Say what you mean.');
SELECT pg_temp.lint('A SYNERGY of three teams. Shall I call?');
UPDATE pls.forbidden_phrases SET enabled = false WHERE phrase = 'own words' RETURNING shipped;
SELECT pg_temp.lint('A synergy of three teams. Shall I call?');
SELECT bool_and(shipped) AS shipped, bool_and(enabled) AS enabled FROM pls.forbidden_phrases WHERE phrase <> 'own words';
UPDATE pls.forbidden_phrases SET fix = 'x' WHERE phrase = 'pressure: guilt' RETURNING shipped;
SELECT left(p, 10) AS p, t.* FROM unnest(ARRAY['a(', 'x*', '(a)\1', repeat('a', 8001), 'fine']) p,
    LATERAL pg_temp.try(format('INSERT INTO pls.forbidden_phrases (phrase, rule, pattern, fix) VALUES (''p'', ''pressure'', %L, ''f'')', p)) t;
SELECT * FROM pg_temp.try('INSERT INTO pls.forbidden_phrases (phrase, rule, pattern, fix) VALUES (''q'', ''rude'', ''x'', ''f'')');
-- calls
SELECT c, t.* FROM unnest(ARRAY['SELECT pls.lint_template(NULL)', 'SELECT pls.lint_template('' '')', 'SELECT pls.lint_template(''x'', kind => ''cold'')', 'SELECT pls.lint_template(''x'', motion => ''none'')']) c,
    LATERAL pg_temp.try(c) t;
-- Chinese
SELECT t, (SELECT coalesce(string_agg(DISTINCT l.rule, ', '), 'good') FROM pls.lint_template(t || E'\n\n如果不想再收到邮件，请回复“退订”。') l) AS found
  FROM unnest(ARRAY['需要我发一份指南给您吗？', '我们注意到您上周登录了三次。', '名额有限，立即行动！', '周二方便吗？另外，请填写我们的问卷。', '周二或周四方便吗？']) t;
ROLLBACK;
-- an @ in brackets or after a backslash is the character
BEGIN;
SELECT pls_internal.full_pattern('[@you]') = '(?n)([@you])' AS brackets, pls_internal.full_pattern('[^]@did]\@we') = '(?n)([^]@did]\@we)' AS escaped, pls_internal.full_pattern('[(]@you') ~ 'acctname' AS outside;
ROLLBACK;
