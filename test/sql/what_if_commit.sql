-- What pls.what_if() says of a change is what the sweep then does, entity by
-- entity: the decisions, scores, lanes and alerts that follow the COMMIT.
\set home :DBNAME
\set ECHO none
\set QUIET on
SET client_min_messages = warning;
DROP DATABASE IF EXISTS pls_what_if_commit;
CREATE DATABASE pls_what_if_commit;
\c pls_what_if_commit
SET client_min_messages = warning;
CREATE EXTENSION pls;
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET intervalstyle = 'postgres';
SET pls.now = '2026-03-02 10:00+00';
CREATE SCHEMA app;
CREATE TABLE app.events (org text, who text, name text, at timestamptz, props jsonb);

-- An integer from 0 until before n: the same for the same words everywhere.
CREATE FUNCTION app.pick(n bigint, VARIADIC words text[]) RETURNS bigint LANGUAGE sql IMMUTABLE
AS $$ SELECT (('x' || substr(md5(array_to_string(words, ' ')), 1, 8))::bit(32)::bigint & 1073741823) % n $$;

INSERT INTO pls.motions (motion, unit, qualify_at, triage_at, release_at, min_signals, cooldown) VALUES
    ('desk', 'account', 40, 20, 30, 2, '3 days'), ('people', 'user', 30, 15, NULL, 1, '3 days');
INSERT INTO pls.signals (motion, signal, category, events, match, measure, within, threshold, points, decay, decay_span)
SELECT m, s.signal, s.category, s.events, s.match::jsonpath, s.measure, s.within::interval, s.threshold, s.points, s.decay, s.span::interval
  FROM unnest('{desk,people}'::text[]) m,
       (VALUES ('runs', 'depth', '{run}'::text[], NULL, 'count', '7 days', 4, 20, 'none', NULL),
               ('busy', 'depth', '{run,invite}', NULL, 'days', '14 days', 4, 15, 'none', NULL),
               ('invites', 'invite', '{invite}', NULL, 'count', '7 days', 2, 20, 'linear', '10 days'),
               ('team', 'fit', NULL, '$.plan == "team"', 'attribute', NULL, 1, 10, 'none', NULL))
       s (signal, category, events, match, measure, within, threshold, points, decay, span);
INSERT INTO pls.signals (motion, signal, category, events, within, outcome)
VALUES ('desk', 'paid', 'outcome', '{paid}', '1 day', 'conversion');
INSERT INTO pls.grades (motion, dimension, at_least, grade)
SELECT m, g.dimension, g.at_least, g.grade FROM unnest('{desk,people}'::text[]) m,
       (VALUES ('fit', 0, 'B'), ('fit', 10, 'A'), ('engagement', 0, '2'), ('engagement', 35, '1')) g (dimension, at_least, grade);
INSERT INTO pls.reps (rep) VALUES ('ann'), ('bob'), ('cy');
INSERT INTO pls.pools (pool) VALUES ('desk'), ('best');
INSERT INTO pls.pool_members (pool, rep) VALUES ('desk', 'ann'), ('desk', 'bob'), ('best', 'cy');
INSERT INTO pls.routes (motion, position, route, predicate, pool, respond_within) VALUES
    ('desk', 1, 'best', '$.grade == "A1"', 'best', '1 day'), ('desk', 2, 'rest', NULL, 'desk', '1 day'), ('people', 2, 'all', NULL, 'desk', '1 day');
INSERT INTO pls.accounts (account_id, size, signed_up_at, attributes, owner)
SELECT 'a' || n, app.pick(30, 'size', n::text), pls.now() - app.pick(20, 'age', n::text) * interval '1 day',
       jsonb_build_object('plan', (ARRAY['team', 'free'])[1 + app.pick(2, 'plan', n::text)], 'region', (ARRAY['eu', 'us'])[1 + app.pick(2, 'region', n::text)]),
       CASE WHEN app.pick(9, 'owner', n::text) = 0 THEN 'bob' END
  FROM generate_series(1, 50) n;
INSERT INTO pls.users (user_id, account_id) SELECT 'u' || n || '.' || e, 'a' || n FROM generate_series(1, 50) n, generate_series(0, 1) e;
UPDATE pls.motions SET status = 'live';
DO $$ BEGIN PERFORM pls.watch('app.events', event => 'name', at => 'at', account => 'org', actor => 'who', properties => 'props'); END $$;
INSERT INTO app.events
SELECT 'a' || n, 'u' || n || '.' || e % 2, (ARRAY['run', 'run', 'invite', 'walk'])[1 + app.pick(4, 'event', n::text, e::text)],
       pls.now() - app.pick(200, 'hour', n::text, e::text) * interval '1 hour' - interval '1 minute',
       CASE WHEN app.pick(6, 'bot', n::text, e::text) = 0 THEN '{"bot": true}'::jsonb END
  FROM generate_series(1, 50) n, generate_series(1, 24) e
 WHERE e <= 4 + app.pick(20, 'events', n::text);
CALL pls.sweep_all();

-- A change, what is said of it, and where that differs from what then is.
CREATE TABLE app.said AS SELECT 0 AS n, ''::text AS motion, w.* FROM pls.what_if('desk') w WHERE false;
CREATE TABLE app.wrong (n integer, entity_id text, what text, said text, is_so text);
CREATE VIEW app.state AS
SELECT s.motion, s.entity_id, s.lane,
       (pls.evaluate(s.evidence, pls_internal.now_after(s.last_event_at), pls_internal.attributes_of(s.motion, s.entity_id), s.lane)).score,
       CASE WHEN s.lane IS NOT NULL THEN s.reason END AS reason
  FROM pls.standings s;
CREATE PROCEDURE app.try(n integer, motion text, anew boolean, change text) LANGUAGE plpgsql AS $$
DECLARE
    last bigint;
BEGIN
    PERFORM set_config('pls.now', (pls.now() + interval '2 hours')::text, false);
    COMMIT;
    CALL pls.sweep_all();
    IF anew THEN
        -- nobody is in a lane, or has an open alert
        UPDATE pls.motions m SET qualify_at = 1000, triage_at = NULL, release_at = NULL, max_score = NULL, min_signals = 0 WHERE m.motion = try.motion;
        COMMIT;
        CALL pls.sweep_all();
        PERFORM pls.withdraw(a.alert_id, 'a test') FROM pls.alerts a WHERE a.motion = try.motion AND pls_internal.is_open(a.status);
        COMMIT;
        CALL pls.sweep_all();
    END IF;
    last := coalesce((SELECT max(d.decision_id) FROM pls.decisions d), 0);
    EXECUTE change;
    INSERT INTO app.said SELECT try.n, try.motion, w.* FROM pls.what_if(try.motion) w;
    COMMIT;
    CALL pls.sweep_all();
    INSERT INTO app.wrong
    SELECT try.n, coalesce(s.entity_id, t.entity_id), w.what, w.said, w.is_so
      FROM (SELECT * FROM app.said s WHERE s.n = try.n) s
      FULL JOIN (SELECT * FROM app.state t WHERE t.motion = try.motion) t ON t.entity_id = s.entity_id
      LEFT JOIN (SELECT d.entity_id, string_agg(d.reason, ' ' ORDER BY d.decision_id) AS reasons
                   FROM pls.decisions d WHERE d.motion = try.motion AND d.decision_id > last GROUP BY d.entity_id) d
        ON d.entity_id = coalesce(s.entity_id, t.entity_id)
      LEFT JOIN pls.alerts a ON a.alert_id = s.alert_id
      LEFT JOIN pls.alerts o ON o.entity_id = coalesce(s.entity_id, t.entity_id) AND o.motion = try.motion AND pls_internal.is_open(o.status)
     CROSS JOIN LATERAL (VALUES
           ('decision', CASE WHEN s.decides THEN s.decision_after END, d.reasons),
           ('reason', s.decision_after, t.reason),
           ('lane', s.lane_after, t.lane),
           ('score', coalesce(s.score_after::text, 'none'), coalesce(t.score::text, 'none')),
           ('alert', CASE WHEN s.change = 'gains' THEN 'new one' WHEN s.alert_id IS NULL THEN 'none' WHEN s.alert = 'withdrawn' THEN 'withdrawn' WHEN s.alert = 'expires' THEN 'expired'
                          WHEN s.alert = 'not to contact' THEN 'obstacle' ELSE 'open' END,
                     CASE WHEN o.alert_id IS DISTINCT FROM s.alert_id AND o.alert_id IS NOT NULL THEN 'new one'
                          WHEN s.alert_id IS NULL THEN 'none' WHEN a.status = 'withdrawn' THEN 'withdrawn'
                          WHEN a.obstacle IS NOT NULL THEN 'obstacle' WHEN pls_internal.is_open(a.status) THEN 'open' ELSE a.status END))
           w (what, said, is_so)
     WHERE w.said IS DISTINCT FROM w.is_so;
    COMMIT;
END
$$;

CREATE TABLE app.trials (n integer GENERATED ALWAYS AS IDENTITY, motion text, kind text, change text, anew boolean);
INSERT INTO app.trials (motion, kind, change) VALUES
('desk', 'nothing', $$SELECT$$),
('desk', 'points', $$UPDATE pls.signals SET points = 28 WHERE signal = 'runs' AND motion = 'desk'$$),
('desk', 'threshold', $$UPDATE pls.signals SET threshold = 6 WHERE signal = 'runs' AND motion = 'desk'$$),
('desk', 'decay', $$UPDATE pls.signals SET decay_span = '4 days' WHERE signal = 'invites' AND motion = 'desk'$$),
('desk', 'required', $$UPDATE pls.signals SET required = true WHERE signal = 'invites' AND motion = 'desk'$$),
('desk', 'not required', $$UPDATE pls.signals SET required = false WHERE signal = 'invites' AND motion = 'desk'$$),
('desk', 'qualify_at', $$UPDATE pls.motions SET qualify_at = 35, triage_at = 15, release_at = 20 WHERE motion = 'desk'$$),
('desk', 'triage_at', $$UPDATE pls.motions SET triage_at = NULL WHERE motion = 'desk'$$),
('desk', 'min_signals', $$UPDATE pls.motions SET min_signals = 1, triage_at = 15 WHERE motion = 'desk'$$),
('desk', 'worked on', $$SELECT pls.touch(a.alert_id) FROM pls.alerts a WHERE a.alert_id % 3 = 0 AND pls_internal.is_open(a.status) AND a.motion = 'desk'$$),
('desk', 'events', $$UPDATE pls.signals SET events = '{run,walk}' WHERE signal = 'runs' AND motion = 'desk'$$),
('desk', 'events back', $$UPDATE pls.signals SET events = '{walk}', threshold = 3 WHERE signal = 'runs' AND motion = 'desk'$$),
('desk', 'match', $$UPDATE pls.signals SET events = '{run}', match = '$.bot == true', threshold = 1 WHERE signal = 'runs' AND motion = 'desk'$$),
('desk', 'measure', $$UPDATE pls.signals SET match = NULL, measure = 'actors', threshold = 2 WHERE signal = 'runs' AND motion = 'desk'$$),
('desk', 'window', $$UPDATE pls.signals SET measure = 'count', within = '12 days', threshold = 5 WHERE signal = 'runs' AND motion = 'desk'$$),
('desk', 'time zone', $$UPDATE pls.motions SET time_zone = 'America/New_York' WHERE motion = 'desk'$$),
('desk', 'new signal', $$INSERT INTO pls.signals (motion, signal, category, events, within, threshold, points) VALUES ('desk', 'walks', 'breadth', '{walk}', '9 days', 2, 15)$$),
('desk', 'signal removed', $$DELETE FROM pls.signals WHERE motion = 'desk' AND signal = 'walks'$$),
('desk', 'signal disabled', $$UPDATE pls.signals SET enabled = false WHERE motion = 'desk' AND signal = 'busy'$$),
('desk', 'signal enabled', $$UPDATE pls.signals SET enabled = true WHERE motion = 'desk' AND signal = 'busy'$$),
('desk', 'actors excluded', $$INSERT INTO pls.exclusions (name, motion, scope, match, reason) VALUES ('bots', 'desk', 'actor', '$.bot == true', 'not people')$$),
('desk', 'ids of actors', $$INSERT INTO pls.exclusions (name, motion, scope, ids, reason) VALUES ('us', 'desk', 'actor', '{u1.1,u2.0,u3.1}', 'us')$$),
('desk', 'points again', $$UPDATE pls.signals SET points = 12 WHERE signal = 'busy' AND motion = 'desk'$$),
('desk', 'actors included', $$DELETE FROM pls.exclusions WHERE name IN ('bots', 'us')$$),
('desk', 'excluded', $$INSERT INTO pls.exclusions (name, motion, scope, match, reason) VALUES ('us', 'desk', 'entity', '$.region == "us"', 'not there')$$),
('desk', 'no longer excluded', $$UPDATE pls.exclusions SET enabled = false WHERE name = 'us'$$),
('desk', 'segment', $$UPDATE pls.motions SET segment = '$.plan == "team"', qualify_at = 30, release_at = NULL WHERE motion = 'desk'$$),
('desk', 'no segment', $$UPDATE pls.motions SET segment = NULL WHERE motion = 'desk'$$),
('desk', 'grace period', $$UPDATE pls.motions SET grace_period = '12 days', triage_at = 10 WHERE motion = 'desk'$$),
('desk', 'no grace period', $$UPDATE pls.motions SET grace_period = NULL WHERE motion = 'desk'$$),
('desk', 'account size', $$UPDATE pls.motions SET min_account_size = 15, qualify_at = 25 WHERE motion = 'desk'$$),
('desk', 'any size', $$UPDATE pls.motions SET min_account_size = NULL WHERE motion = 'desk'$$),
('desk', 'grades', $$UPDATE pls.grades SET at_least = 20 WHERE dimension = 'engagement' AND grade = '1' AND motion = 'desk'$$),
('desk', 'category limit', $$INSERT INTO pls.category_limits (motion, category, max_points) VALUES ('desk', 'depth', 22)$$),
('desk', 'max score', $$UPDATE pls.motions SET max_score = 45 WHERE motion = 'desk'$$),
('desk', 'holdout', $$DELETE FROM pls.category_limits; UPDATE pls.motions SET holdout = 0.4, qualify_at = 20, triage_at = 8 WHERE motion = 'desk'$$),
('desk', 'salt', $$UPDATE pls.motions SET holdout_salt = 'another', triage_at = 5 WHERE motion = 'desk'$$),
('desk', 'paused', $$UPDATE pls.motions SET status = 'paused', qualify_at = 15 WHERE motion = 'desk'$$),
('desk', 'live', $$UPDATE pls.motions SET status = 'live', holdout = 0 WHERE motion = 'desk'$$),
('desk', 'disposed of', $$SELECT pls.dispose(a.alert_id, 'nurture') FROM pls.alerts a WHERE a.alert_id % 2 = 0 AND pls_internal.is_open(a.status) AND a.motion = 'desk'$$),
('desk', 'withdrawn', $$SELECT pls.withdraw(a.alert_id, 'a test') FROM pls.alerts a WHERE a.alert_id % 5 = 1 AND pls_internal.is_open(a.status) AND a.motion = 'desk'$$),
('desk', 'no cooldown', $$UPDATE pls.motions SET cooldown = '0' WHERE motion = 'desk'; UPDATE pls.standings SET cooldown_until = NULL$$),
('desk', 'a customer', $$INSERT INTO pls.outcomes (entity_id, motion, outcome, at, account_id) SELECT 'a' || n, 'desk', 'conversion', pls.now(), 'a' || n FROM generate_series(1, 80, 7) n$$),
('desk', 'not converted', $$DELETE FROM pls.outcomes$$),
('desk', 'expiring', $$UPDATE pls.motions SET expire_after = '1 hour' WHERE motion = 'desk'$$),
('desk', 'cooled down', $$UPDATE pls.motions SET expire_after = '4 hours' WHERE motion = 'desk'; UPDATE pls.standings SET cooldown_until = pls.now() WHERE entity_id LIKE '%5'$$),
('desk', 'expiring, excluded', $$UPDATE pls.motions SET expire_after = '1 minute' WHERE motion = 'desk'; UPDATE pls.exclusions SET enabled = true$$),
('desk', 'never expiring', $$UPDATE pls.motions SET expire_after = NULL WHERE motion = 'desk'; UPDATE pls.exclusions SET enabled = false$$),
('desk', 'expansion', $$UPDATE pls.motions SET objective = 'expansion', qualify_at = 45, triage_at = 20 WHERE motion = 'desk'$$);
-- From here on on top of nothing.
INSERT INTO app.trials (motion, kind, anew, change) VALUES
('desk', 'cooldown', true, $$UPDATE pls.motions SET qualify_at = 40 WHERE motion = 'desk'; UPDATE pls.standings SET cooldown_until = pls.now() + interval '1 day' WHERE entity_id LIKE '%1'$$),
('desk', 'held out', true, $$UPDATE pls.standings SET cooldown_until = NULL; UPDATE pls.motions SET holdout = 0.4, qualify_at = 20, triage_at = 8 WHERE motion = 'desk'$$),
('desk', 'less held out', false, $$UPDATE pls.motions SET holdout = 0.1, cooldown = '0' WHERE motion = 'desk'; UPDATE pls.standings SET cooldown_until = NULL$$),
('desk', 'another salt', false, $$UPDATE pls.motions SET holdout_salt = 'another' WHERE motion = 'desk'$$),
('desk', 'out of segment', true, $$UPDATE pls.motions SET segment = '$.plan == "team"', holdout = 0, qualify_at = 30, triage_at = 12 WHERE motion = 'desk'$$),
('desk', 'another segment', false, $$UPDATE pls.motions SET segment = '$.region == "eu"' WHERE motion = 'desk'$$),
('desk', 'too small', true, $$UPDATE pls.motions SET segment = NULL, min_account_size = 15, qualify_at = 25 WHERE motion = 'desk'$$),
('desk', 'the best grade', false, $$UPDATE pls.grades SET at_least = 20 WHERE dimension = 'engagement' AND grade = '1' AND motion = 'desk'$$),
('desk', 'any size', false, $$UPDATE pls.motions SET min_account_size = NULL WHERE motion = 'desk'$$),
('desk', 'a pilot', true, $$INSERT INTO pls.pilots (pilot, motion, holdout, salt, stratify_by, segment) VALUES ('p', 'desk', 0.5, 'salt', 'grade', '$.plan == "team"');
    UPDATE pls.motions SET qualify_at = 25 WHERE motion = 'desk'; SELECT pls.start_pilot('p')$$),
('desk', 'no pilot', false, $$SELECT pls.stop_pilot('p')$$),
('desk', 'paused', true, $$UPDATE pls.motions SET status = 'paused', qualify_at = 35 WHERE motion = 'desk'$$),
('desk', 'live again', false, $$UPDATE pls.motions SET status = 'live' WHERE motion = 'desk'$$),
('desk', 'matching, and rules', true, $$UPDATE pls.motions SET qualify_at = 25, triage_at = 10 WHERE motion = 'desk'; UPDATE pls.signals SET events = '{invite,walk}' WHERE signal = 'runs' AND motion = 'desk';
    INSERT INTO pls.exclusions (name, motion, scope, match, reason) VALUES ('it', 'desk', 'entity', '$.region == "us"', 'not there')$$),
('desk', 'deferred', true, $$UPDATE pls.exclusions SET enabled = false; UPDATE pls.reps SET max_open = 7; UPDATE pls.pools SET defer = true;
    UPDATE pls.motions SET qualify_at = 15, triage_at = 3 WHERE motion = 'desk'$$),
('desk', 'more room', false, $$UPDATE pls.reps SET max_open = 9$$),
('desk', 'a quota', false, $$UPDATE pls.reps SET max_open = NULL, daily_quota = 0$$),
('desk', 'one pool defers', true, $$UPDATE pls.reps SET max_open = 3, daily_quota = 10; UPDATE pls.pools SET defer = pool = 'best'; UPDATE pls.motions SET qualify_at = 25 WHERE motion = 'desk'$$),
('desk', 'a route less', true, $$UPDATE pls.pools SET defer = true; DELETE FROM pls.routes WHERE route = 'best'; UPDATE pls.motions SET qualify_at = 20, triage_at = 12 WHERE motion = 'desk'$$),
('desk', 'a rep less', false, $$UPDATE pls.reps SET max_open = 9, daily_quota = NULL; UPDATE pls.reps SET active = false WHERE rep = 'bob'$$),
('desk', 'triage to sales, deferred', false, $$UPDATE pls.motions SET qualify_at = 12, triage_at = 5 WHERE motion = 'desk'; UPDATE pls.reps SET active = true, max_open = 20$$),
-- alerts of another motion that share the reps are not foreseen
('people', 'touch limit', true, $$UPDATE pls.motions SET status = 'paused' WHERE motion = 'desk'; UPDATE pls.pools SET defer = false; UPDATE pls.reps SET max_open = NULL, daily_quota = NULL;
    UPDATE pls.standings SET cooldown_until = NULL; UPDATE pls.motions SET touch_limit = 1, touch_window = '1 hour', qualify_at = 25, triage_at = 5 WHERE motion = 'people'$$),
('people', 'held out and limited', true, $$UPDATE pls.standings SET cooldown_until = NULL; UPDATE pls.motions SET holdout = 0.3, qualify_at = 10, triage_at = 3 WHERE motion = 'people'$$),
('people', 'two alerts', false, $$UPDATE pls.motions SET touch_limit = 2 WHERE motion = 'people'$$),
('people', 'no limit', false, $$UPDATE pls.motions SET touch_limit = NULL WHERE motion = 'people'$$),
('people', 'limited and deferred', true, $$UPDATE pls.standings SET cooldown_until = NULL; UPDATE pls.pools SET defer = true; UPDATE pls.reps SET max_open = 30;
    UPDATE pls.motions SET touch_limit = 1, qualify_at = 15, triage_at = 3 WHERE motion = 'people'$$),
('people', 'attributes', true, $$UPDATE pls.motions SET qualify_at = 25, touch_limit = NULL WHERE motion = 'people'; UPDATE pls.accounts SET attributes = attributes || '{"plan": "team"}'$$),
('people', 'events of users', false, $$UPDATE pls.signals SET events = '{walk}' WHERE motion = 'people' AND signal = 'runs'$$);
\o /dev/null
SELECT format('CALL app.try(%s, %L, %L, %L)', n, motion, anew, change) FROM app.trials ORDER BY n
\gexec
\o
\set ECHO all
-- What each change was said to do.
SELECT t.n, t.motion, t.kind, count(*) FILTER (WHERE s.change = 'gains') AS gain, count(*) FILTER (WHERE s.change = 'moves') AS move,
       count(*) FILTER (WHERE s.change = 'loses') AS lose, count(*) FILTER (WHERE s.change = 'drops') AS "drop",
       count(*) FILTER (WHERE s.alert = 'withdrawn') AS withdrawn, count(*) FILTER (WHERE s.decides) AS decided,
       string_agg(DISTINCT s.rule, ' ' ORDER BY s.rule) AS rules
  FROM app.trials t LEFT JOIN app.said s ON s.n = t.n
 GROUP BY t.n, t.motion, t.kind ORDER BY t.n;
-- Every decision, change, rule and end of an alert was among it.
SELECT string_agg(DISTINCT s.decision_after, ' ' ORDER BY s.decision_after) AS decisions FROM app.said s WHERE s.decides;
SELECT string_agg(DISTINCT s.alert, ', ' ORDER BY s.alert) AS alerts FROM app.said s;
-- Nothing came otherwise.
SELECT * FROM app.wrong ORDER BY n, entity_id, what LIMIT 50;
SELECT * FROM pls.failures;
\set ECHO none
\c :home
SET client_min_messages = warning;
DROP DATABASE pls_what_if_commit;
