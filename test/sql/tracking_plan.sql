-- What signals ask of events and what comes, from samples: pls.tracking_plan()
-- and the checks of pls.health on it.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
BEGIN;
\pset null -
SET LOCAL timezone = 'UTC';
SET LOCAL pls.now = '2026-06-02 10:00+00';
CREATE SCHEMA app;
CREATE FUNCTION pg_temp.motion(motion text, unit text DEFAULT 'account') RETURNS void LANGUAGE sql AS $$
    SELECT pls.create_motion(motion, template => 'trial_conversion', unit => unit);
    UPDATE pls.motions m SET status = 'live' WHERE m.motion = motion.motion;
    DELETE FROM pls.signals s WHERE s.motion = motion.motion;
    DELETE FROM pls.category_limits c WHERE c.motion = motion.motion;
$$;
CREATE TEMP VIEW unwell AS
SELECT "check", status, value FROM pls.health
 WHERE "check" IN ('samples', 'event names', 'event properties', 'silent motions', 'users of events', 'accounts of events',
                   'instants of events', 'properties of events', 'history');

-- --- names that are nearly the same ---
SELECT t.name, pls_internal.similar_name(t.name, '{Workflow Completed,user.invited,integration.connected,plan_upgraded,run,seats_added,trial_started,Élan gained}')
  FROM unnest('{workflow_completed,workflowCompleted,WORKFLOW-COMPLETED,completed_workflow,workflow_complete,invite_sent,user_invited,
                integration_connect,plan_downgraded,ran,Run,seat_added,trial_ended,élan_gained,...}'::text[]) AS t (name);
SELECT pls_internal.similar_name('a b', '{NULL,"a b",b-A,B_a,aB}'), pls_internal.similar_name('HTTPRequest 2xx', ARRAY['--', '', repeat('x', 5000), 'http.request.2XX', '2xx HTTPRequest']),
       pls_internal.similar_name(repeat('x', 5000), ARRAY[repeat('x', 4999)]), pls_internal.similar_name('a', '{}');

-- --- what a predicate reads ---
SELECT m::text, string_agg(p::text, ' ' ORDER BY p) FROM unnest(ARRAY['$.plan == "team"', '$.order.total > 5 && $.plan == "$.\"x\""', '$."a.b"[*].c == 1',
    'exists ($.items[*] ? (@.sku == "x"))', '$.* == 1']::jsonpath[]) WITH ORDINALITY AS u (m, n)
  LEFT JOIN LATERAL pls_internal.match_paths(m) p ON true GROUP BY n, m::text ORDER BY n;

-- --- a motion that asks for other names than come ---
SELECT pg_temp.motion('trial') \g /dev/null
INSERT INTO pls.signals (motion, signal, category, events, match, measure, property, within, threshold, points) VALUES
    ('trial', 'worked', 'depth', '{workflow_completed}', NULL, 'count', NULL, '14 days', 1, 10),
    ('trial', 'invited', 'invite', '{invite_sent}', NULL, 'actors', NULL, '14 days', 1, 10),
    ('trial', 'bought', 'billing', '{ordered}', '$.planName == "team"', 'sum', 'order.total', '14 days', 1, 10);
CREATE TABLE app.ev (org text, name text, at timestamptz, props jsonb);
INSERT INTO app.ev SELECT 'co' || n % 4, 'user.invited', '2026-06-01 10:00+00' FROM generate_series(1, 10) n;
SELECT pls.watch('app.ev', event => 'name', at => 'at', account => 'org', properties => 'props') > 0 AS watched;
SELECT * FROM unwell;
INSERT INTO app.ev SELECT 'co' || n % 4, 'Workflow Completed', '2026-06-02 09:00+00', '{"plan": "team"}' FROM generate_series(1, 20) n;
INSERT INTO app.ev SELECT 'co' || n % 2, 'page', '2026-06-02 09:00+00' FROM generate_series(1, 3) n;
SELECT event, property, signals, seen, hint FROM pls.tracking_plan('trial');
SELECT FROM pls.sweep();
SELECT * FROM pls.tracking_plan('trial');
SELECT * FROM unwell;
SELECT pls.refresh('trial');
SELECT * FROM unwell WHERE "check" = 'history';

-- names are put right; a path is in some rows, a property nearly there
UPDATE pls.signals SET events = '{Workflow Completed}' WHERE signal = 'worked';
UPDATE pls.signals SET events = '{user.invited}', measure = 'count' WHERE signal = 'invited';
INSERT INTO app.ev SELECT 'co1', 'ordered', '2026-06-02 09:30+00', p::jsonb
  FROM unnest('{"{\"plan_name\": \"team\", \"order\": {\"total\": 5}}","{\"order\": {\"total\": null}}","{\"order\": 1}","{}"}'::text[]) p;
-- a sample is taken once an hour, of a new table more often
SELECT FROM pls.sweep();
SELECT count(*) FROM pls_internal.event_samples WHERE event = 'ordered';
SET LOCAL pls.now = '2026-06-02 11:01+00';
SELECT FROM pls.sweep();
SELECT event, property, seen, last_seen, rows_a_day, share, accounts, hint FROM pls.tracking_plan('trial');
SELECT * FROM unwell;
UPDATE pls.signals SET match = '$.plan_name == "team"' WHERE signal = 'bought';
SELECT pls_internal.sample_source(source_id) FROM pls.sources;
SELECT * FROM unwell WHERE "check" = 'event properties';
-- what is gone is remembered; a property at the top has a name with a dot, too
DELETE FROM app.ev WHERE name IN ('page', 'ordered');
INSERT INTO app.ev VALUES ('co1', 'ordered', '2026-06-02 10:30+00', '{"order.total": 7, "plan_name": null}');
SET LOCAL pls.now = '2026-06-20 12:00+00';
SELECT pls_internal.sample_source(source_id) FROM pls.sources;
SELECT event, property, seen, last_seen, rows_a_day, share, accounts, hint FROM pls.tracking_plan('trial');
SET LOCAL pls.now = '2026-09-20 12:00+00';
SELECT pls_internal.sample_source(source_id) FROM pls.sources;
SELECT event, rows, rows_a_day, last_at FROM pls_internal.event_samples ORDER BY event COLLATE "C";
SET LOCAL pls.now = '2026-06-02 12:00+00';
-- a signal of any event
INSERT INTO pls.signals (motion, signal, category, match, measure, within, points) VALUES ('trial', 'any', 'depth', '$.plan == "team"', 'recency', '7 days', 5);
SELECT event, property, signals, seen, share, hint FROM pls.tracking_plan('trial');
SAVEPOINT s;
SELECT * FROM pls.tracking_plan('none');
ROLLBACK TO s;
SELECT * FROM pls.tracking_plan(NULL);
ROLLBACK TO s;
SELECT pls.unwatch('app.ev');
SELECT FROM pls.sweep();
SELECT event, property, signals, seen FROM pls.tracking_plan('trial');
SELECT * FROM unwell;

-- --- rows that are nobody's, of no time, or cannot be read ---
INSERT INTO pls.users (user_id, account_id, email) VALUES ('known', 'acme', NULL), ('mail', NULL, 'a@gmail.com'), ('firm', NULL, 'a@firm.example');
CREATE TABLE app.who (uid text, email text, name text, at timestamptz, props jsonb);
SELECT pls.watch('app.who', event => 'name', at => 'at', actor => 'uid', email => 'email', properties => 'props') > 0 AS watched;
INSERT INTO app.who VALUES
    ('known', NULL, 'user.invited', '2026-06-02 09:00+00', '{"a": 1}'),
    ('firm', NULL, 'user.invited', '2026-06-02 09:00+00', '"{\"a\": 1}"'),
    (NULL, 'b@firm.example', 'user.invited', '2026-06-02 09:00+00', '"[1]"'),
    ('mail', NULL, 'user.invited', '2026-06-02 09:00+00', '"plain"'),
    ('stranger', 'c@gmail.com', 'user.invited', '2026-06-02 09:00+00', '[1]'),
    ('stranger', NULL, 'user.invited', '2026-06-02 09:00+00', NULL),
    ('stranger', 'no address', 'user.invited', '2026-06-02 09:00+00', NULL),
    (NULL, NULL, 'user.invited', '2026-06-02 09:00+00', NULL),
    (repeat('x', 2000), NULL, 'user.invited', '2026-06-02 09:00+00', NULL),
    ('known', NULL, 'user.invited', NULL, NULL),
    ('known', NULL, 'user.invited', 'infinity', NULL),
    ('known', NULL, 'user.invited', '2026-06-02 12:00:30+00', NULL),
    ('known', NULL, 'user.invited', '2026-06-12 12:00+00', NULL),
    ('known', NULL, NULL, '2026-06-02 09:00+00', NULL),
    ('known', NULL, 'user.invited', '2026-06-02 09:00+00', jsonb_build_object('a', repeat('x', 100000)));
SELECT FROM pls.sweep();
SELECT rows, is_whole, without_name, without_at, ahead, without_user, no_account, encoded_twice, matching FROM pls_internal.source_samples;
SELECT event, rows, accounts, looked_at, properties FROM pls_internal.event_samples;
SELECT * FROM pls.health WHERE "check" IN ('accounts of events', 'instants of events', 'properties of events');
-- a wrong unit leads long ago
SAVEPOINT long_ago;
DELETE FROM app.who;
INSERT INTO app.who SELECT 'known', NULL, 'user.invited', '1970-01-21 14:33+00' FROM generate_series(1, 20);
SELECT pls_internal.sample_source(source_id) FROM pls.sources;
SELECT * FROM pls.health WHERE "check" = 'instants of events';
ROLLBACK TO long_ago;
-- few are no matter, and mail providers' are not so soon
INSERT INTO app.who SELECT 'known', NULL, 'user.invited', '2026-06-02 09:00+00' FROM generate_series(1, 200);
INSERT INTO app.who SELECT 'mail', NULL, 'user.invited', '2026-06-02 09:00+00' FROM generate_series(1, 50);
SELECT pls_internal.sample_source(source_id) FROM pls.sources;
SELECT * FROM unwell WHERE "check" = 'accounts of events';
-- of a motion of users
DELETE FROM pls.motions;
SELECT pg_temp.motion('users', 'user') \g /dev/null
DELETE FROM app.who WHERE uid = 'known' AND at IS NOT NULL;
SELECT pls_internal.sample_source(source_id) FROM pls.sources;
SELECT * FROM unwell WHERE "check" = 'accounts of events';
SELECT pls.unwatch('app.who');
DELETE FROM pls.motions;

-- --- how much is read ---
SELECT pg_temp.motion('large') \g /dev/null
INSERT INTO pls.signals (motion, signal, category, events, measure, within, threshold, points) VALUES ('large', 'rare', 'depth', '{rare}', 'count', '14 days', 1, 10);
CREATE TABLE app.large (org text, name text, at timestamptz, props jsonb) WITH (autovacuum_enabled = off);
INSERT INTO app.large SELECT 'co' || n % 100, CASE WHEN n <= 1000 THEN 'old' ELSE 'run' END, timestamptz '2026-06-02 12:00+00' - (100000 - n) * interval '10 seconds'
  FROM generate_series(1, 100000) n;
SELECT pls.watch('app.large', event => 'name', at => 'at', account => 'org', properties => 'props') > 0 AS watched;
SELECT pls_internal.sample_source(source_id) FROM pls.sources;
SELECT is_whole, rows BETWEEN 10000 AND 15000 AS few, without_at FROM pls_internal.source_samples ORDER BY source_id;
SELECT event, round(rows_a_day / 8640, 1) AS share_of_all, accounts, last_at FROM pls_internal.event_samples WHERE event = 'run';
-- rows that are dead cost no more
DELETE FROM app.large;
SELECT pls_internal.sample_source(source_id) FROM pls.sources;
SELECT is_whole, rows FROM pls_internal.source_samples ORDER BY source_id;
SELECT event, rows_a_day FROM pls_internal.event_samples WHERE event = 'run';
SELECT pls.unwatch('app.large');
-- of many partitions some
CREATE TABLE app.parts (org text, name text, at timestamptz) PARTITION BY RANGE (at);
DO $$
BEGIN
    FOR n IN 1..40 LOOP
        EXECUTE format('CREATE TABLE app.parts_%s PARTITION OF app.parts FOR VALUES FROM (%L) TO (%L)', n,
                       timestamptz '2026-05-01 00:00+00' + (n - 1) * interval '1 day', timestamptz '2026-05-01 00:00+00' + n * interval '1 day');
    END LOOP;
END
$$;
INSERT INTO app.parts SELECT 'co' || n % 3, 'run', timestamptz '2026-05-01 00:00+00' + n * interval '1 hour' FROM generate_series(0, 32 * 24 - 1) n;
SELECT pls.watch('app.parts', event => 'name', at => 'at', account => 'org') > 0 AS watched;
SELECT pls_internal.sample_source(source_id) FROM pls.sources;
SELECT is_whole, rows, newest_at FROM pls_internal.source_samples ORDER BY source_id DESC LIMIT 1;
SELECT pls.unwatch('app.parts');
-- names without end
CREATE TABLE app.names (org text, name text, at timestamptz, props jsonb);
INSERT INTO app.names SELECT 'co1', 'viewed ' || n, '2026-06-02 09:00+00', jsonb_build_object('key ' || n % 300, 1) FROM generate_series(1, 2000) n;
INSERT INTO app.names SELECT 'co1', 'same', '2026-06-02 09:00+00', jsonb_build_object('key ' || n, 1) FROM generate_series(1, 300) n;
INSERT INTO app.names VALUES ('co1', 'rare', '2026-06-02 09:00+00');
SELECT pls.watch('app.names', event => 'name', at => 'at', account => 'org', properties => 'props') > 0 AS watched;
SELECT FROM pls.sweep();
SELECT count(*), count(*) FILTER (WHERE event IN ('rare', 'same')) AS wanted, max((SELECT count(*) FROM jsonb_object_keys(properties))) AS keys FROM pls_internal.event_samples;
-- of large properties as much is read as can be in a short time, and the rest
-- of the rows has a name all the same
CREATE TABLE app.heavy (org text, name text, at timestamptz, props json);
INSERT INTO app.heavy SELECT 'co1', 'heavy', '2026-06-02 09:00+00', ('{"x": "' || repeat('x', 900000) || '\u0000"}')::json FROM generate_series(1, 120) n;
SELECT pls.watch('app.heavy', event => 'name', at => 'at', account => 'org', properties => 'props') > 0 AS watched;
SELECT FROM pls.sweep();
SELECT rows, looked_at BETWEEN 10 AND 100 AS some_looked_at FROM pls_internal.event_samples WHERE event = 'heavy';
-- and none is left once no table is watched
SELECT count(pls.unwatch(source)) > 0 AS unwatched FROM pls.sources;
SELECT FROM pls.sweep();
SELECT (SELECT count(*) FROM pls_internal.source_samples) + (SELECT count(*) FROM pls_internal.event_samples) AS left_over;
-- names of citext are asked for in any case
SELECT count(*) > 0 AS has_citext FROM pg_available_extensions WHERE name = 'citext' \gset
\if :has_citext
CREATE EXTENSION IF NOT EXISTS citext;
\else
CREATE DOMAIN citext AS text;
\endif
SELECT pg_temp.motion('folded') \g /dev/null
INSERT INTO pls.signals (motion, signal, category, events, measure, within, threshold, points, match)
VALUES ('folded', 'runs', 'depth', ARRAY[CASE WHEN :'has_citext' THEN 'Run' ELSE 'run' END], 'count', '7 days', 1, 10, '$.plan == "pro"');
CREATE TABLE app.folded (org text, name citext, at timestamptz, props jsonb);
INSERT INTO app.folded VALUES ('co1', 'RUN', '2026-06-02 09:00+00', '{"plan": "pro"}'), ('co1', 'run', '2026-06-02 09:00+00', '{"plan": "pro"}');
SELECT pls.watch('app.folded', event => 'name', at => 'at', account => 'org', properties => 'props', motions => '{folded}') > 0 AS watched;
SELECT FROM pls.sweep();
SELECT lower(event) AS event, property, seen, share, hint FROM pls.tracking_plan('folded') ORDER BY 1, 2 NULLS FIRST;
SELECT pls_internal.unused_events('folded');
ROLLBACK;
