-- A sweep looks at what is due and at nothing else, and finds all that
-- evaluating everything would: random changes of everything that a standing is
-- judged by, with time going on, back, and ahead.
\getenv srcdir PG_ABS_SRCDIR
\set setup :srcdir /small_motion.sql
\set ECHO none
\set QUIET on
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
SET timezone = 'UTC';
SET pls.now = '2026-03-02 10:00+00';
BEGIN;
\i :setup
ALTER TABLE app.events ALTER created_at SET DEFAULT pls.now();
-- one of users as well, with signals that time alone makes rise
DO $$
BEGIN
    PERFORM pls.create_motion('people', template => 'trial_conversion', unit => 'user');
    DELETE FROM pls.signals WHERE motion = 'people';
    DELETE FROM pls.category_limits WHERE motion = 'people';
    INSERT INTO pls.signals (motion, signal, category, events, measure, within, op, threshold, points, match, decay, decay_span)
    VALUES ('people', 'exports', 'depth', '{export}', 'count', '14 days', '>=', 1, 30, NULL, 'linear', '20 days'),
           ('people', 'came back', 'breadth', '{invite}', 'recency', '5 days', '>=', NULL, 35, NULL, 'none', NULL),
           ('people', 'errors', 'risk', '{error}', 'count', '2 days', '>=', 2, -40, NULL, 'none', NULL),
           ('people', 'fits', 'fit', NULL, 'attribute', NULL, NULL, NULL, 15, '$.fits == true', 'none', NULL);
    INSERT INTO pls.signals (motion, signal, category, events, measure, within, op, threshold, points, match, outcome)
    VALUES ('trial', 'fits', 'fit', NULL, 'attribute', NULL, NULL, NULL, 15, '$.fits == true', NULL),
           ('trial', 'quiet', 'risk', '{export,invite}', 'recency', '4 days', '>=', NULL, -20, NULL, NULL),
           ('trial', 'bought', 'outcome', '{buy}', 'count', '1 day', '>=', 1, 0, NULL, 'conversion');
    UPDATE pls.motions SET status = 'live', qualify_at = 60, triage_at = 30, release_at = 40, min_signals = 1, cooldown = '2 days',
           segment = NULL, holdout = 0, grace_period = NULL, min_account_size = NULL;
END
$$;
\set ECHO all
SELECT setseed(0.5772);
CREATE FUNCTION pg_temp.one_of(VARIADIC choices text[]) RETURNS text LANGUAGE sql VOLATILE AS
$$ SELECT choices[1 + floor(random() * cardinality(choices))::int] $$;
CREATE FUNCTION pg_temp.goes(span interval) RETURNS void LANGUAGE sql AS
$$ SELECT set_config('pls.now', (pls.now() + span)::text, false) $$;
-- what evaluating everything finds
CREATE FUNCTION pg_temp.left_over() RETURNS TABLE (motion text, entity_id text) LANGUAGE sql AS $$
    SELECT u.motion, u.entity_id
      FROM pls_internal.due_entities((SELECT array_agg(s.entity_id ORDER BY s.entity_id, s.motion) FROM pls.standings s),
                         (SELECT array_agg(s.motion ORDER BY s.entity_id, s.motion) FROM pls.standings s)) u
     WHERE u.due OR u.stale
$$;
CREATE FUNCTION pg_temp.happens(what text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    org  CONSTANT text := 'org' || floor(random() * 8);
    who  CONSTANT int := floor(random() * 10);
    play CONSTANT text := pg_temp.one_of('trial', 'people');
BEGIN
    CASE what
    WHEN 'events' THEN
        INSERT INTO app.events (org_id, user_id, name, created_at)
        SELECT 'org' || floor(random() * 8), floor(random() * 10), pg_temp.one_of('export', 'export', 'invite', 'error'),
               pls.now() - random() * interval '5 days'
          FROM generate_series(1, 20);
    WHEN 'ahead' THEN
        INSERT INTO app.events (org_id, user_id, name, created_at)
        SELECT org, who, pg_temp.one_of('export', 'invite'), pls.now() + random() * interval '1 day' FROM generate_series(1, 3);
    WHEN 'bought' THEN
        INSERT INTO app.events (org_id, user_id, name) VALUES (org, who, 'buy');
    WHEN 'corrected' THEN
        DELETE FROM app.events e WHERE e.org_id = org;
    WHEN 'minutes' THEN PERFORM pg_temp.goes(random() * interval '30 minutes');
    WHEN 'hours' THEN PERFORM pg_temp.goes(random() * interval '20 hours');
    WHEN 'days' THEN PERFORM pg_temp.goes(random() * interval '4 days');
    WHEN 'set back' THEN PERFORM pg_temp.goes(- random() * interval '3 hours');
    WHEN 'points' THEN
        UPDATE pls.signals s SET points = round(s.points * (0.7 + random() * 0.6)::numeric, 1), decay_span = s.decay_span * 1.1
         WHERE s.motion = play AND s.category <> 'outcome' AND random() < 0.5;
    WHEN 'thresholds' THEN
        UPDATE pls.motions m SET qualify_at = 45 + floor(random() * 25), triage_at = 25 + floor(random() * 15) WHERE m.motion = play;
    WHEN 'window' THEN
        UPDATE pls.signals s SET within = make_interval(days => 2 + floor(random() * 12)::int) WHERE s.motion = play AND s.signal = 'exports';
    WHEN 'paused' THEN UPDATE pls.motions m SET status = 'paused' WHERE m.motion = play;
    WHEN 'live' THEN UPDATE pls.motions m SET status = 'live';
    WHEN 'segment' THEN
        UPDATE pls.motions m SET segment = CASE WHEN random() < 0.5 THEN '$.size_class == "large"'::jsonpath END WHERE m.motion = play;
    WHEN 'rules' THEN
        UPDATE pls.motions m SET grace_period = CASE WHEN random() < 0.5 THEN interval '3 days' END,
               min_account_size = CASE WHEN random() < 0.5 THEN 5 END,
               touch_limit = CASE WHEN random() < 0.5 THEN 1 ELSE 10 END,
               cooldown = CASE WHEN random() < 0.3 THEN interval '0' ELSE interval '2 days' END,
               holdout = CASE WHEN random() < 0.4 THEN 0.4 ELSE 0 END
         WHERE m.motion = play;
    WHEN 'grades' THEN
        DELETE FROM pls.grades g WHERE g.motion = play;
        INSERT INTO pls.grades (motion, dimension, at_least, grade)
        SELECT play, d, n * floor(10 + random() * 20), CASE d WHEN 'fit' THEN chr(66 - n) ELSE (2 - n)::text END
          FROM unnest('{fit,engagement}'::text[]) d, generate_series(0, 1) n;
    WHEN 'excluded' THEN
        DELETE FROM pls.exclusions x WHERE x.name = 'some';
        INSERT INTO pls.exclusions (name, motion, scope, ids, reason) VALUES ('some', nullif(play, 'people'), 'entity', ARRAY[org, who::text], 'test');
    WHEN 'not excluded' THEN DELETE FROM pls.exclusions x WHERE x.name = 'some';
    WHEN 'account' THEN
        INSERT INTO pls.accounts (account_id, size, signed_up_at, attributes)
        VALUES (org, floor(random() * 10), pls.now() - random() * interval '6 days',
                jsonb_build_object('fits', random() < 0.5, 'size_class', pg_temp.one_of('large', 'small')))
        ON CONFLICT (account_id) DO UPDATE SET size = EXCLUDED.size, attributes = EXCLUDED.attributes, signed_up_at = EXCLUDED.signed_up_at;
    WHEN 'no account' THEN DELETE FROM pls.accounts a WHERE a.account_id = org;
    WHEN 'user' THEN
        INSERT INTO pls.users (user_id, account_id, email)
        VALUES (who::text, CASE WHEN random() < 0.7 THEN org END, 'a@' || org || '.example')
        ON CONFLICT (user_id) DO UPDATE SET account_id = EXCLUDED.account_id, email = EXCLUDED.email;
    WHEN 'outcome' THEN
        INSERT INTO pls.outcomes (entity_id, motion, outcome, at, account_id)
        VALUES (CASE play WHEN 'people' THEN who::text ELSE org END, play, 'conversion',
                pls.now() + (random() - 0.5) * interval '2 days', org);
    WHEN 'no outcome' THEN DELETE FROM pls.outcomes o WHERE o.account_id = org OR random() < 0.3;
    WHEN 'disposed' THEN
        PERFORM pls.dispose(a.alert_id, 'meeting set') FROM (
            SELECT o.alert_id FROM pls.alerts o WHERE o.status IN ('open', 'working', 'snoozed') ORDER BY o.alert_id LIMIT 2) a;
    WHEN 'withdrawn' THEN
        UPDATE pls.alerts a SET status = 'withdrawn', closed_reason = 'test'
         WHERE a.status IN ('open', 'working', 'snoozed') AND a.alert_id % 3 = 0;
    WHEN 'alerts gone' THEN DELETE FROM pls.alerts a WHERE a.entity_id IN (org, who::text);
    WHEN 'by hand' THEN
        UPDATE pls.standings s SET cooldown_until = CASE WHEN random() < 0.5 THEN pls.now() + interval '5 hours' END
         WHERE s.entity_id IN (org, who::text);
        UPDATE pls.standings s SET decide_again_at = pls.now() + random() * interval '10 hours'
         WHERE s.entity_id = 'org' || floor(random() * 8) AND s.lane IS NOT NULL;
    WHEN 'pilot' THEN
        UPDATE pls.pilots p SET status = 'stopped' WHERE p.status = 'running';
        INSERT INTO pls.pilots (pilot, motion, status, holdout, starts_at, ends_at, attribute, stratify_by)
        VALUES (gen_random_uuid()::text, play, 'running', 0.5, pls.now() + random() * interval '5 hours', pls.now() + interval '30 hours',
                'fits', CASE play WHEN 'people' THEN 'grade' ELSE 'attribute' END);
    WHEN 'mail' THEN
        IF EXISTS (SELECT FROM pls.free_mail_domains f WHERE f.domain = org || '.example') THEN
            DELETE FROM pls.free_mail_domains f WHERE f.domain = org || '.example';
        ELSE
            INSERT INTO pls.free_mail_domains (domain) VALUES (org || '.example');
        END IF;
    WHEN 'rebuilt' THEN PERFORM pls.refresh(play);
    END CASE;
END
$$;
DO $$
DECLARE
    all_kinds CONSTANT text[] := '{events,events,events,ahead,bought,corrected,minutes,minutes,hours,hours,days,"set back",points,
        thresholds,window,paused,live,live,segment,rules,grades,excluded,"not excluded",account,account,account,"no account",user,user,
        outcome,"no outcome",disposed,withdrawn,"alerts gone","by hand","by hand",pilot,mail,rebuilt}';
    what  text[];
    found text;
    total bigint := 0;
    again bigint := 0;
BEGIN
    PERFORM pg_temp.happens('events') FROM generate_series(1, 3);
    FOR step IN 1..60 LOOP
        what := ARRAY(SELECT pg_temp.one_of(VARIADIC all_kinds) FROM generate_series(1, 1 + step % 5));
        PERFORM pg_temp.happens(w) FROM unnest(what) w;
        total := total + (SELECT count(*) FROM pg_temp.left_over());
        -- what a sweep does may lead to more
        PERFORM pls.sweep();
        PERFORM pls.sweep();
        -- what was decided in the second is looked at in the next
        PERFORM pls.sweep();
        again := again + (SELECT count(*) FROM pls.standings s WHERE s.look_at <= pls.now());
        SELECT string_agg(l.motion || ' ' || l.entity_id, ', ') INTO found FROM pg_temp.left_over() l;
        IF found IS NOT NULL THEN
            RAISE WARNING 'after step % (%): a sweep has not found %', step, what, found;
        END IF;
    END LOOP;
    IF again > 20 THEN
        RAISE WARNING 'too many are looked at again and again: %', again;
    END IF;
    IF total < 40 THEN
        RAISE WARNING 'there was little to be found: %', total;
    END IF;
END
$$;
SELECT count(DISTINCT reason) > 7 AS most_reasons, count(*) > 50 AS many FROM pls.decisions;
SELECT task, motion, entity_id, message FROM pls.failures;
SELECT count(*) AS looks_left FROM pls_internal.looks WHERE not_before <= pls.now();
ROLLBACK;
