-- An open alert about somebody who has bought, or who is not to be contacted
-- any more: withdrawn by the next sweep if nobody has touched it, else it says
-- so, once.  Neither goes on to be escalated.
\set ECHO none
\set QUIET on
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET pls.now = '2026-06-02 09:00+00';
BEGIN;
CREATE SCHEMA app;
CREATE TABLE app.events (name text, at timestamptz DEFAULT pls.now(), org text, usr text);
INSERT INTO pls.reps (rep) VALUES ('ann');
INSERT INTO pls.pools (pool) VALUES ('desk');
INSERT INTO pls.pool_members (pool, rep) VALUES ('desk', 'ann');
INSERT INTO pls.motions (motion, unit, objective, status, qualify_at, min_signals, cooldown)
VALUES ('accounts', 'account', 'conversion', 'draft', 10, 1, '14 days'),
       ('users', 'user', 'conversion', 'draft', 10, 1, '14 days'),
       ('growth', 'account', 'expansion', 'draft', 10, 1, '14 days');
INSERT INTO pls.signals (motion, signal, category, events, measure, within, threshold, points)
SELECT m, 'runs', 'depth', '{run}', 'count', '60 days', 1, 10 FROM unnest('{accounts,users,growth}'::text[]) m;
INSERT INTO pls.signals (motion, signal, category, events, measure, within, outcome)
SELECT m, 'bought', 'outcome', '{paid}', 'count', '1 day', 'conversion' FROM unnest('{accounts,users}'::text[]) m;
INSERT INTO pls.routes (motion, position, route, pool, respond_within, resolve_within)
SELECT m, 1, 'all', 'desk', '2 hours', '1 day' FROM unnest('{accounts,users,growth}'::text[]) m;
INSERT INTO pls.escalations (motion, level, measured, after, action)
SELECT m, l, CASE l WHEN 1 THEN 'respond' ELSE 'resolve' END, l * interval '1 hour', 'notify'
  FROM unnest('{accounts,users,growth}'::text[]) m, generate_series(1, 2) l;
INSERT INTO pls.exclusions (name, scope, match, reason) VALUES ('do_not_contact', 'entity', '$.do_not_contact == true', 'asked for it');
INSERT INTO pls.users (user_id, account_id, email)
VALUES ('u1', 'family', 'u1@family.example'), ('u2', 'family', 'u2@family.example'), ('u3', 'other', 'u3@other.example');
UPDATE pls.motions SET status = 'live' WHERE motion IN ('accounts', 'users', 'growth');
SELECT FROM pls.watch('app.events', event => 'name', at => 'at', account => 'org', actor => 'usr') \g /dev/null
DELETE FROM pls.backlog;
SELECT pls.sweep() \g /dev/null
CREATE FUNCTION pg_temp.stands(motion text, entities text[] DEFAULT NULL)
    RETURNS TABLE (entity text, status text, steps integer, next_step timestamptz, obstacle text, closed_reason text, decided text, cooldown_until timestamptz)
LANGUAGE sql
AS $$
    SELECT a.entity_id, a.status, a.escalation_level, a.next_rung_at, a.obstacle, a.closed_reason, s.reason, s.cooldown_until
      FROM pls.alerts a LEFT JOIN pls.standings s ON s.entity_id = a.entity_id AND s.motion = a.motion
     WHERE a.motion = stands.motion AND a.entity_id = ANY (coalesce(entities, ARRAY[a.entity_id])) ORDER BY a.entity_id, a.alert_id
$$;
\set ECHO all
-- bought, asked not to be called, listed, domain listed; touched, snoozed or
-- left alone; one that stays
INSERT INTO app.events (name, org)
SELECT 'run', o FROM unnest('{buyer,buyer_touched,buyer_snoozed,dnc,dnc_touched,listed,firm.example,fine}'::text[]) o;
SELECT pls.sweep() IS NOT NULL AS swept;
SELECT pls.touch(alert_id, note => 'called') FROM pls.alerts WHERE motion = 'accounts' AND entity_id LIKE '%_touched';
SELECT pls.snooze(alert_id, '2026-06-04') FROM pls.alerts WHERE motion = 'accounts' AND entity_id LIKE '%_snoozed';
SET pls.now = '2026-06-02 09:30+00';
INSERT INTO app.events (name, org) SELECT 'paid', o FROM unnest('{buyer,buyer_touched,buyer_snoozed}'::text[]) o;
INSERT INTO pls.accounts (account_id, attributes) VALUES ('dnc', '{"do_not_contact": true}'), ('dnc_touched', '{"do_not_contact": true}');
INSERT INTO pls.exclusions (name, motion, scope, ids, domains, reason)
VALUES ('lawyers', 'accounts', 'entity', '{listed}', '{firm.example}', 'in court');
-- late: the steps of the ladder are due by now, and the withdrawals as well
SET pls.now = '2026-06-02 14:30+00';
SELECT settled FROM pls.sweep();
SELECT * FROM pg_temp.stands('accounts');
-- a motion that wants to sell more goes on with whoever has bought, not with
-- who asked not to be called
SELECT entity, status, steps, obstacle FROM pg_temp.stands('growth');
-- the rep sees it; it is said once
SELECT entity_id, status, obstacle FROM pls.open_alerts WHERE motion = 'accounts' ORDER BY entity_id;
SELECT entity_id, change -> 'status' AS status, change -> 'obstacle' AS obstacle
  FROM pls.alert_log WHERE change ? 'obstacle' AND alert_id IN (SELECT alert_id FROM pls.alerts WHERE motion = 'accounts') ORDER BY entity_id;
SELECT entity_id, reason, detail FROM pls.decisions WHERE motion = 'accounts' AND decided_at = pls.now() ORDER BY entity_id;
SET pls.now = '2026-06-03 14:30+00';
SELECT settled, assigned FROM pls.sweep();
SELECT entity, status, steps FROM pg_temp.stands('accounts') WHERE status NOT IN ('withdrawn', 'expired');
SELECT count(*) FROM pls.alert_log WHERE change ? 'obstacle' AND alert_id IN (SELECT alert_id FROM pls.alerts WHERE motion = 'accounts');

-- the exclusion goes again: the marks go, and who was withdrawn is raised anew
DELETE FROM pls.exclusions WHERE name = 'lawyers';
UPDATE pls.accounts SET attributes = '{}' WHERE account_id IN ('dnc', 'dnc_touched');
SELECT settled FROM pls.sweep();
SELECT settled FROM pls.sweep();
SELECT entity, status, obstacle, closed_reason, decided FROM pg_temp.stands('accounts', '{dnc,dnc_touched,listed,firm.example}');
-- nor has it been bought after all
DELETE FROM app.events WHERE name = 'paid' AND org = 'buyer_touched';
SELECT settled FROM pls.sweep();
SELECT settled FROM pls.sweep();
SELECT entity, status, steps, obstacle FROM pg_temp.stands('accounts', '{buyer_touched}');
-- reopened by hand, it stays, and says why it was withdrawn
SELECT pls.reopen(alert_id, 'wants a call all the same') FROM pls.alerts WHERE motion = 'accounts' AND entity_id = 'buyer';
SELECT settled FROM pls.sweep();
SELECT entity, status, next_step, obstacle, closed_reason FROM pg_temp.stands('accounts', '{buyer}');

-- the users of an account: it has bought where one of them has
INSERT INTO app.events (name, org, usr) VALUES ('run', 'family', 'u1'), ('run', 'family', 'u2'), ('run', 'other', 'u3');
SELECT pls.sweep() IS NOT NULL AS swept;
INSERT INTO app.events (name, org, usr) VALUES ('paid', 'family', 'u1');
SELECT settled FROM pls.sweep();
SELECT entity, status, obstacle FROM pg_temp.stands('users');
SELECT entity, status, obstacle FROM pg_temp.stands('accounts', '{family,other}');
-- excluded by its account's attribute, then while the motion rests
UPDATE pls.motions SET status = 'paused' WHERE motion = 'users';
INSERT INTO pls.accounts (account_id, attributes) VALUES ('other', '{"do_not_contact": true}');
SELECT settled FROM pls.sweep();
SELECT entity, status, obstacle, decided FROM pg_temp.stands('users', '{u3}');
-- an outcome that is dated in the future counts when it has come
INSERT INTO pls.outcomes (entity_id, motion, outcome, at) VALUES ('fine', 'accounts', 'conversion', '2026-06-05');
SELECT settled FROM pls.sweep();
SELECT entity, status, obstacle FROM pg_temp.stands('accounts', '{fine}');
SET pls.now = '2026-06-05 00:00+00';
SELECT settled FROM pls.sweep();
SELECT entity, status, obstacle FROM pg_temp.stands('accounts', '{fine}');
ROLLBACK;

-- not all in one sweep: what comes later is not escalated meanwhile
BEGIN;
SET pls.now = '2026-06-02 09:00+00';

INSERT INTO pls.motions (motion, unit, objective, status, qualify_at, min_signals)
VALUES ('many', 'account', 'conversion', 'draft', 10, 1);
INSERT INTO pls.signals (motion, signal, category, events, measure, within, threshold, points)
VALUES ('many', 'runs', 'depth', '{run}', 'count', '60 days', 1, 10);
INSERT INTO pls.pools (pool) VALUES ('desk');
INSERT INTO pls.routes (motion, position, route, pool, respond_within) VALUES ('many', 1, 'all', 'desk', '2 hours');
INSERT INTO pls.escalations (motion, level, measured, after, action) VALUES ('many', 1, 'respond', '1 hour', 'notify');
UPDATE pls.motions SET status = 'live' WHERE motion = 'many';
SELECT pls.raise('many', 'e' || n, 'asked for it') IS NOT NULL AS raised FROM generate_series(1, 30) n \g /dev/null
INSERT INTO pls.exclusions (name, scope, ids, reason)
SELECT 'some', 'entity', array_agg('e' || n), 'asked for it' FROM generate_series(1, 20) n;
SET pls.now = '2026-06-02 11:00+00';
SELECT pls.sweep(max_rows => 5) IS NOT NULL AS swept;
SELECT substr(entity_id, 2)::integer <= 20 AS excluded, max(escalation_level) AS steps FROM pls.alerts WHERE motion = 'many' GROUP BY 1 ORDER BY 1;
DO $$
BEGIN
    FOR n IN 1..10 LOOP
        PERFORM pls.sweep(max_rows => 5);
    END LOOP;
END;
$$;
SELECT substr(entity_id, 2)::integer <= 20 AS excluded, status, max(escalation_level) AS steps, count(*) FROM pls.alerts WHERE motion = 'many' GROUP BY 1, 2 ORDER BY 1, 2;
ROLLBACK;
