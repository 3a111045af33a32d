-- The same 2,000 events in watched tables of every kind: the standings that
-- the trigger makes, those that a rebuild makes, and what plain SQL counts are
-- the same, for motions of accounts and of users.
\set home :DBNAME
\set ECHO none
SET client_min_messages = warning;
DROP DATABASE IF EXISTS pls_source_kinds;
CREATE DATABASE pls_source_kinds;
\c pls_source_kinds
SET client_min_messages = warning;
CREATE EXTENSION pls;
-- the servers that some builds are tried on have no contrib modules
SELECT count(*) > 0 AS has_citext FROM pg_available_extensions WHERE name = 'citext' \gset
\if :has_citext
CREATE EXTENSION citext;
\else
CREATE DOMAIN citext AS text;
\endif
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET pls.now = '2026-04-10 12:00+00';
-- some ids are 0 here, and are meant
DELETE FROM pls.ignored_ids WHERE id = '0';
CREATE SCHEMA app;
CREATE TYPE app.verb AS ENUM ('Export', 'invite', 'login', 'other thing', 'run');
CREATE TYPE app.tier AS ENUM ('free', 'pro');
CREATE TYPE app.digit AS ENUM ('9', '8', '7', '6', '5', '4', '3', '2', '1', '0');
CREATE DOMAIN app.verb_again AS app.verb;
CREATE DOMAIN app.verb_thrice AS app.verb_again;
CREATE DOMAIN app.folded AS citext;
CREATE DOMAIN app.number AS bigint;

-- Days on which clocks are changed are among these: in New York on 8 March,
-- in Sydney on 5 April.  Some local times are there twice, some not at all.
CREATE TABLE app.raw AS
SELECT n,
       (ARRAY['run', 'run', 'Export', 'invite', 'login', 'other thing'])[1 + abs(hashint8extended(n, 1) % 6)] AS name,
       '2026-02-20 00:00'::timestamp + abs(hashint8extended(n, 2) % (49 * 86400000000)) * interval '1 us' AS local,
       'org ' || abs(hashint8extended(n, 3) % 25) AS org,
       1 + abs(hashint8extended(n, 4) % 60) AS uid,
       CASE abs(hashint8extended(n, 5) % 4) WHEN 0 THEN NULL ELSE (abs(hashint8extended(n, 6) % 9000) / 1000.0)::numeric(9,3) END AS amount,
       CASE abs(hashint8extended(n, 7) % 3) WHEN 0 THEN 'pro' WHEN 1 THEN 'free' END AS plan,
       abs(hashint8extended(n, 8) % 2) = 0 AS paid
  FROM generate_series(1, 2000) AS n;
UPDATE app.raw SET local = '2026-03-08 02:00'::timestamp + n * interval '10 s' WHERE n <= 200;
UPDATE app.raw SET local = '2026-04-05 01:30'::timestamp + n * interval '20 s' WHERE n BETWEEN 201 AND 600;

-- columns: of the table; made: from app.raw; watched: the arguments; and
-- what is true of a row of it in plain SQL.
CREATE TABLE app.kinds (
    kind text PRIMARY KEY,
    columns text NOT NULL, made text NOT NULL, watched text NOT NULL,
    event text NOT NULL, at text NOT NULL, account text NOT NULL DEFAULT 'org', actor text NOT NULL DEFAULT 'uid::text',
    properties text NOT NULL DEFAULT 'NULL::jsonb');
INSERT INTO app.kinds (kind, columns, made, watched, event, at, account, actor, properties) VALUES
    ('plain', 'name text, at timestamptz, org text, uid bigint, props jsonb',
     $$ name, local AT TIME ZONE 'UTC', org, uid, jsonb_build_object('amount', amount, 'plan', plan) $$,
     $$ event => 'name', at => 'at', properties => 'props' $$,
     'name', 'at', 'org', 'uid::text', 'props'),
    ('one event', 'at timestamptz, org text, uid bigint, props jsonb',
     $$ local AT TIME ZONE 'UTC', org, uid, jsonb_build_object('amount', amount, 'plan', plan) $$,
     $$ event_name => 'run', at => 'at', properties => 'props' $$,
     $$ 'run' $$, 'at', 'org', 'uid::text', 'props'),
    ('local time', 'name text, at timestamp, org text, uid bigint',
     'name, local, org, uid', $$ event => 'name', at => 'at', time_zone => 'America/New_York' $$,
     'name', $$ at AT TIME ZONE 'America/New_York' $$, DEFAULT, DEFAULT, DEFAULT),
    ('local time, few decimals', 'name text, at timestamp(0), org text, uid bigint',
     'name, local, org, uid', $$ event => 'name', at => 'at', time_zone => 'Australia/Sydney' $$,
     'name', $$ at AT TIME ZONE 'Australia/Sydney' $$, DEFAULT, DEFAULT, DEFAULT),
    ('date', 'name text, at date, org text, uid bigint',
     'name, local, org, uid', $$ event => 'name', at => 'at', time_zone => 'Asia/Kolkata' $$,
     'name', $$ at::timestamp AT TIME ZONE 'Asia/Kolkata' $$, DEFAULT, DEFAULT, DEFAULT),
    ('seconds', 'name text, at integer, org text, uid bigint',
     'name, floor(extract(epoch FROM local)), org, uid', $$ event => 'name', at => 'at', at_unit => 's' $$,
     'name', $$ to_timestamp(at) $$, DEFAULT, DEFAULT, DEFAULT),
    ('milliseconds', 'name text, at bigint, org text, uid bigint',
     'name, floor(extract(epoch FROM local) * 1000)::bigint, org, uid', $$ event => 'name', at => 'at', at_unit => 'ms' $$,
     'name', $$ timestamptz 'epoch' + at * interval '1 ms' $$, DEFAULT, DEFAULT, DEFAULT),
    ('microseconds', 'name text, at app.number, org text, uid bigint',
     'name, (extract(epoch FROM local) * 1000000)::bigint, org, uid', $$ event => 'name', at => 'at', at_unit => 'us' $$,
     'name', $$ timestamptz 'epoch' + at * interval '1 us' $$, DEFAULT, DEFAULT, DEFAULT),
    ('decimal seconds', 'name text, at numeric, org text, uid bigint',
     'name, extract(epoch FROM local) + 0.0000001, org, uid', $$ event => 'name', at => 'at', at_unit => 's' $$,
     'name', $$ timestamptz 'epoch' + (floor(at * 1000000))::bigint * interval '1 us' $$, DEFAULT, DEFAULT, DEFAULT),
    ('enum', 'name app.verb, at timestamptz, org text, uid bigint',
     $$ name::app.verb, local AT TIME ZONE 'UTC', org, uid $$, $$ event => 'name', at => 'at' $$,
     'name::text', 'at', DEFAULT, DEFAULT, DEFAULT),
    ('domain over enum', 'name app.verb_thrice, at timestamptz, org text, uid app.digit',
     $$ name::app.verb, local AT TIME ZONE 'UTC', org, (uid % 10)::text::app.digit $$, $$ event => 'name', at => 'at' $$,
     'name::text', 'at', DEFAULT, DEFAULT, DEFAULT),
    ('name', 'name name, at timestamptz, org name, uid name',
     $$ name, local AT TIME ZONE 'UTC', org, uid $$, $$ event => 'name', at => 'at' $$,
     'name::text', 'at', 'org::text', DEFAULT, DEFAULT),
    ('char(n)', 'name char(20), at timestamptz, org char(12), uid char(8)',
     $$ name, local AT TIME ZONE 'UTC', org, uid $$, $$ event => 'name', at => 'at' $$,
     $$ rtrim(name::text, ' ') $$, 'at', $$ rtrim(org::text, ' ') $$, $$ rtrim(uid::text, ' ') $$, DEFAULT),
    ('citext', 'name citext, at timestamptz, org citext, uid citext',
     $$ CASE n % 3 WHEN 0 THEN upper(name) WHEN 1 THEN initcap(name) ELSE name END, local AT TIME ZONE 'UTC',
        CASE n % 2 WHEN 0 THEN upper(org) ELSE org END, 'U' || uid $$, $$ event => 'name', at => 'at' $$,
     'lower(name::text)', 'at', 'lower(org::text)', 'lower(uid::text)', DEFAULT),
    ('domain over citext', 'name app.folded, at timestamptz, org app.folded, uid bigint',
     $$ CASE n % 2 WHEN 0 THEN upper(name) ELSE name END, local AT TIME ZONE 'UTC',
        CASE n % 2 WHEN 0 THEN upper(org) ELSE org END, uid $$, $$ event => 'name', at => 'at' $$,
     'lower(name::text)', 'at', 'lower(org::text)', DEFAULT, DEFAULT),
    ('integer', 'name smallint, at timestamptz, org smallint, uid bigint',
     $$ array_position('{run,Export,invite,login,other thing}', name), local AT TIME ZONE 'UTC', uid % 10, uid $$,
     $$ event => 'name', at => 'at' $$,
     'name::text', 'at', 'org::text', DEFAULT, DEFAULT),
    ('json', 'name varchar(40), at timestamptz, org text, uid uuid, props json',
     $$ name, local AT TIME ZONE 'UTC', org, lpad(uid::text, 32, '0')::uuid,
        format('{ "plan": "free", "amount":%s,"plan" :%s}', coalesce(amount::text, 'null'), coalesce('"' || plan || '"', 'null'))::json $$,
     $$ event => 'name', at => 'at', properties => 'props' $$,
     'name', 'at', 'org', 'uid::text', 'props::jsonb'),
    ('columns', 'name text, plan app.tier, at timestamptz, amount numeric(12,4), org text, uid bigint, paid boolean',
     $$ name, plan::app.tier, local AT TIME ZONE 'UTC', amount, org, uid, paid $$,
     $$ event => 'name', at => 'at', columns => '{amount,plan,paid}' $$,
     'name', 'at', 'org', 'uid::text',
     $$ jsonb_build_object('amount', amount, 'plan', plan, 'paid', paid) $$),
    ('columns and properties', 'amount float8, props jsonb, name text, plan varchar(9), at timestamptz, org text, uid bigint, tags text[]',
     $$ amount, jsonb_build_object('amount', 'none', 'plan', 'pro', 'paid', paid), name, plan, local AT TIME ZONE 'UTC', org, uid,
        ARRAY[plan, 'x'] $$,
     $$ event => 'name', at => 'at', properties => 'props', columns => '{plan,amount,tags}' $$,
     'name', 'at', 'org', 'uid::text',
     $$ props || jsonb_strip_nulls(jsonb_build_object('amount', amount, 'plan', plan)) || jsonb_build_object('tags', tags) $$),
    ('all of it', 'paid boolean, at timestamp, props json, org citext, uid citext, amount real, plan char(6)',
     $$ paid, local, '{"plan": "pro", "paid": null}', upper(org), uid, amount, plan $$,
     $$ event_name => 'RUN', at => 'at', time_zone => 'Europe/Berlin', properties => 'props', columns => '{paid,plan,amount}' $$,
     $$ 'RUN' $$, $$ at AT TIME ZONE 'Europe/Berlin' $$, 'lower(org::text)', 'lower(uid::text)',
     $$ props::jsonb || jsonb_strip_nulls(jsonb_build_object('paid', paid, 'plan', rtrim(plan::text, ' '), 'amount', amount)) $$);
\if :has_citext
\else
DELETE FROM app.kinds WHERE kind ~ 'citext|all';
\endif

-- Where motions spell an event in two ways, names of citext are both.
CREATE FUNCTION app.make_motion(motion text, unit text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pls.create_motion(motion, template => 'trial_conversion', unit => unit);
    DELETE FROM pls.signals s WHERE s.motion = make_motion.motion;
    DELETE FROM pls.category_limits c WHERE c.motion = make_motion.motion;
    UPDATE pls.motions m SET status = 'live', segment = NULL, qualify_at = 90, triage_at = NULL, release_at = NULL,
           time_zone = 'America/Los_Angeles' WHERE m.motion = make_motion.motion;
    INSERT INTO pls.signals (motion, signal, category, events, match, measure, property, within, period, threshold, points)
    VALUES (motion, 'runs', 'depth', '{run,1}', NULL, 'count', NULL, '20 days 05:00', NULL, 200, 1),
           (motion, 'RUNS', 'depth', '{RUN,Export}', NULL, 'count', NULL, '20 days 05:00', NULL, 200, 1),
           (motion, 'anything', 'depth', NULL, NULL, 'count', NULL, '20 days 05:00', NULL, 200, 1),
           (motion, 'actors', 'breadth', '{run,export,Export,2}', NULL, 'actors', NULL, '30 days', NULL, 200, 1),
           (motion, 'days', 'activation', '{LOGIN,login,4}', NULL, 'days', NULL, '40 days', NULL, 40, 1),
           (motion, 'pro', 'billing', '{run,RUN,Export,5}', '$.plan == "pro"', 'count', NULL, '30 days', NULL, 200, 1),
           (motion, 'paid', 'billing', NULL, '$.paid == true || $.tags[*] == "x"', 'count', NULL, '30 days', NULL, 200, 1),
           (motion, 'sum', 'billing', '{run,RUN,invite,3}', NULL, 'sum', 'amount', '365 days', NULL, 200, 1),
           (motion, 'last', 'billing', '{run,RUN,invite,3}', NULL, 'last', 'amount', NULL, NULL, 200, 1);
END
$$;

-- What plain SQL counts: a row for each entity and signal.
CREATE TABLE app.truth (unit text, entity text, event text, at timestamptz, actor text, properties jsonb);
CREATE FUNCTION app.counted(of_unit text, folds boolean) RETURNS TABLE (entity text, signal text, value numeric)
LANGUAGE sql STABLE AS $$
    WITH named AS (
        SELECT r.*, pls.now() - r.at AS age,
               CASE WHEN folds THEN lower(r.event) = ANY ('{run,1}') ELSE r.event = ANY ('{run,1}') END AS is_run,
               CASE WHEN folds THEN lower(r.event) = ANY ('{run,export}') ELSE r.event = ANY ('{RUN,Export}') END AS is_other,
               CASE WHEN folds THEN lower(r.event) = ANY ('{run,export,2}') ELSE r.event = ANY ('{run,export,Export,2}') END AS is_active,
               CASE WHEN folds THEN lower(r.event) = ANY ('{login,4}') ELSE r.event = ANY ('{login,LOGIN,4}') END AS is_login,
               CASE WHEN folds THEN lower(r.event) = ANY ('{run,export,5}') ELSE r.event = ANY ('{run,RUN,Export,5}') END AS is_pro,
               CASE WHEN folds THEN lower(r.event) = ANY ('{run,invite,3}') ELSE r.event = ANY ('{run,RUN,invite,3}') END AS is_sum
          FROM app.truth r WHERE r.unit = of_unit)
    SELECT n.entity, v.signal, v.value
      FROM (SELECT n.entity,
                   count(*) FILTER (WHERE is_run AND age < '20 days 05:00') AS runs,
                   count(*) FILTER (WHERE is_other AND age < '20 days 05:00') AS others,
                   count(*) FILTER (WHERE age < '20 days 05:00') AS anything,
                   count(DISTINCT actor) FILTER (WHERE is_active AND age < '30 days') AS actors,
                   count(DISTINCT (at AT TIME ZONE 'America/Los_Angeles')::date) FILTER (WHERE is_login AND age < '40 days') AS days,
                   count(*) FILTER (WHERE is_pro AND properties ->> 'plan' = 'pro' AND age < '30 days') AS pro,
                   count(*) FILTER (WHERE (properties -> 'paid' = 'true' OR properties -> 'tags' ? 'x') AND age < '30 days') AS paid,
                   sum((properties ->> 'amount')::numeric) FILTER (WHERE is_sum AND jsonb_typeof(properties -> 'amount') = 'number') AS sum,
                   (array_agg((properties ->> 'amount')::numeric ORDER BY date_trunc('second', at) DESC, (properties ->> 'amount')::numeric DESC)
                       FILTER (WHERE is_sum AND jsonb_typeof(properties -> 'amount') = 'number'))[1] AS last
              FROM named n GROUP BY n.entity) n,
           LATERAL (VALUES ('runs', n.runs::numeric), ('RUNS', n.others), ('anything', n.anything), ('actors', n.actors), ('days', n.days),
                           ('pro', n.pro), ('paid', n.paid), ('sum', coalesce(round(n.sum, 3), 0)), ('last', round(n.last, 3))) v (signal, value)
$$;

CREATE TABLE app.found (kind text, layout text, step text, unit text, entities bigint, values bigint, nonzero bigint, differ bigint);
CREATE FUNCTION app.compare(of_kind text, layout text, step text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    k app.kinds;
    u text;
BEGIN
    SELECT * INTO k FROM app.kinds x WHERE x.kind = of_kind;
    DELETE FROM app.truth;
    FOREACH u IN ARRAY '{account,user}'::text[] LOOP
        EXECUTE format('INSERT INTO app.truth SELECT %L, %s, %s, %s, %s, %s FROM app.events', u,
                       CASE u WHEN 'user' THEN k.actor ELSE k.account END, k.event, k.at, k.actor, k.properties);
        INSERT INTO app.found
        SELECT of_kind, layout, step, u, count(DISTINCT coalesce(c.entity, s.entity_id)), count(*),
               count(*) FILTER (WHERE c.value <> 0),
               count(*) FILTER (WHERE coalesce(c.value, 0) IS DISTINCT FROM coalesce(s.value, 0))
          FROM app.counted(u, of_kind ~ 'citext') c
          FULL JOIN (SELECT t.entity_id, e.signal, e.value
                       FROM (SELECT p.entity_id, pls.rollup(p.evidence) AS evidence
                               FROM (SELECT motion, entity_id, evidence FROM pls.standings
                                     UNION ALL SELECT motion, entity_id, evidence FROM pls.backlog WHERE evidence IS NOT NULL) p
                              WHERE p.motion = 'of ' || u || 's' GROUP BY p.entity_id) t, pls.explain(t.evidence) e) s
            ON s.entity_id = c.entity AND s.signal = c.signal;
    END LOOP;
END
$$;

-- layout: plain, or partitioned with the columns of one partition in another
-- order, and row triggers.
CREATE FUNCTION app.make_table(of_kind text, layout text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    k app.kinds;
BEGIN
    SELECT * INTO k FROM app.kinds x WHERE x.kind = of_kind;
    EXECUTE format('CREATE TABLE app.events (n integer, unused text, %s, PRIMARY KEY (n)) %s', k.columns,
                   CASE WHEN layout <> 'plain' THEN 'PARTITION BY HASH (n)' END);
    ALTER TABLE app.events DROP COLUMN unused;
    IF layout <> 'plain' THEN
        CREATE TABLE app.events_0 PARTITION OF app.events FOR VALUES WITH (MODULUS 2, REMAINDER 0);
        EXECUTE format('CREATE TABLE app.events_1 (gone text, %s, n integer PRIMARY KEY)',
                       (SELECT string_agg(c, ', ' ORDER BY place DESC)
                          FROM regexp_split_to_table(k.columns, ', ') WITH ORDINALITY c (c, place)));
        ALTER TABLE app.events_1 DROP COLUMN gone;
        ALTER TABLE app.events ATTACH PARTITION app.events_1 FOR VALUES WITH (MODULUS 2, REMAINDER 1);
    END IF;
    EXECUTE format('SELECT pls.watch(''app.events'', account => ''org'', actor => ''uid'', level => %L, %s)',
                   CASE layout WHEN 'partitions, by row' THEN 'row' ELSE 'statement' END, k.watched);
END
$$;
-- Events go in by one row and by many, by COPY and by an upsert; some are
-- updated, some deleted.
CREATE FUNCTION app.fill_table(of_kind text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    k    app.kinds;
    file CONSTANT text := current_setting('data_directory') || '/pls_source_kinds.copy';
    i    integer;
BEGIN
    SELECT * INTO k FROM app.kinds x WHERE x.kind = of_kind;
    FOR i IN 1 .. 20 LOOP
        EXECUTE format('INSERT INTO app.events SELECT n, %s FROM app.raw WHERE n = $1', k.made) USING i * 30;
    END LOOP;
    EXECUTE format('INSERT INTO app.events SELECT n, %s FROM app.raw WHERE n <= 800 AND n %% 30 <> 0', k.made);
    EXECUTE format('COPY (SELECT n, %s FROM app.raw WHERE n > 800) TO %L', k.made, file);
    EXECUTE format('COPY app.events FROM %L', file);
    EXECUTE format('COPY (SELECT) TO %L', file);
    EXECUTE format('INSERT INTO app.events SELECT n, %s FROM app.raw WHERE n BETWEEN 1 AND 800'
                   ' ON CONFLICT (n) DO NOTHING', k.made);
END
$$;
CREATE FUNCTION app.change_table(of_kind text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    k           app.kinds;
    column_name name;
BEGIN
    SELECT * INTO k FROM app.kinds x WHERE x.kind = of_kind;
    EXECUTE format('INSERT INTO app.events SELECT n + 1900, %s FROM app.raw WHERE n BETWEEN 1 AND 300'
                   ' ON CONFLICT (n) DO UPDATE SET org = excluded.org, at = excluded.at', k.made);
    DELETE FROM app.events WHERE n % 17 = 0;
    -- each column takes what another row had in it
    FOR column_name IN SELECT a.attname FROM pg_attribute a
                        WHERE a.attrelid = 'app.events'::regclass AND a.attnum > 0 AND a.attname <> 'n' AND NOT a.attisdropped
                        ORDER BY a.attnum LOOP
        EXECUTE format('UPDATE app.events e SET %1$I = o.%1$I FROM app.events o'
                       ' WHERE o.n = e.n - 3 AND e.n %% 50 = $1', column_name) USING length(column_name);
    END LOOP;
END
$$;
CREATE PROCEDURE app.try_kind(of_kind text, layout text) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM app.make_table(of_kind, layout);
    PERFORM app.fill_table(of_kind);
    COMMIT;
    PERFORM app.compare(of_kind, layout, '1 trigger');
    PERFORM app.change_table(of_kind);
    COMMIT;
    CALL pls.sweep_all();
    PERFORM app.compare(of_kind, layout, '2 changed');
    DELETE FROM pls.standings;
    COMMIT;
    PERFORM pls.refresh('of accounts');
    PERFORM pls.refresh('of users');
    PERFORM app.compare(of_kind, layout, '3 rebuilt');
    DROP TABLE app.events;
    COMMIT;
    DELETE FROM pls.standings;
    DELETE FROM pls.backlog;
    DELETE FROM pls.sources;
    COMMIT;
END
$$;
SELECT app.make_motion('of accounts', 'account'), app.make_motion('of users', 'user') \g /dev/null
SELECT format('CALL app.try_kind(%L, %L)', k.kind, l.layout)
  FROM app.kinds k, unnest('{plain,partitions,"partitions, by row"}'::text[]) l (layout)
 WHERE l.layout <> 'partitions' OR k.kind = ANY ('{plain,one event,local time,citext,columns and properties,all of it}')
 ORDER BY k.kind, l.layout \gexec
-- ids of citext: what pls.map_accounts() and pls.map_users() take over is as
-- the events have it, and so are sequences of events
CREATE TABLE app.mapped (way text, entity_id text, score numeric);
\if :has_citext
INSERT INTO pls.signals (motion, signal, category, match, events, measure, within, threshold, period, points)
SELECT motion, x.* FROM pls.motions,
       (VALUES ('large', 'fit', '$.employees >= 20'::jsonpath, NULL::text[], 'attribute', NULL::interval, NULL::numeric, NULL::interval, 5),
               ('steps', 'depth', NULL, '{Login,RUN,walk}', 'sequence', '10 days', 3, NULL, 20)) x;
CREATE TABLE app.orgs (id citext, facts jsonb);
INSERT INTO app.orgs VALUES ('AcmE', '{"employees": 50}'), ('BIG CO', '{"employees": 50}');
CREATE TABLE app.people (id app.folded, org citext, mail citext);
INSERT INTO app.people VALUES ('U1', 'ACME', 'X@Mail.Example'), ('u2', NULL, 'U2@Mapped.Example');
SELECT pls.map_accounts('app.orgs', account_id => 'id', attributes => 'facts'),
       pls.map_users('app.people', user_id => 'id', account => 'org', email => 'mail') \g /dev/null
CREATE TABLE app.events (name citext, at timestamptz, org citext, uid citext, mail citext);
SELECT pls.watch('app.events', event => 'name', at => 'at', account => 'org', actor => 'uid', email => 'mail') \g /dev/null
INSERT INTO app.events
SELECT x.name, '2026-04-08 00:00+00'::timestamptz + x.place * interval '1 minute', e.org, e.uid, e.mail
  FROM unnest('{LOGIN,rUN,logIN,walk}'::text[]) WITH ORDINALITY x (name, place),
       (VALUES ('acME', 'x', NULL), (NULL, 'u1', NULL), (NULL, 'U2', ''), ('big co', NULL, NULL), (NULL, NULL, 'Y@New.Example')) e (org, uid, mail);
INSERT INTO app.mapped SELECT 'trigger', entity_id, score FROM pls.standings WHERE motion = 'of accounts';
DELETE FROM pls.standings;
SELECT pls.refresh('of accounts') \g /dev/null
INSERT INTO app.mapped SELECT 'rebuilt', entity_id, score FROM pls.standings WHERE motion = 'of accounts';
\else
INSERT INTO app.mapped SELECT w.way, x.* FROM unnest('{trigger,rebuilt}'::text[]) w (way),
    (VALUES ('acme', 25), ('big co', 25), ('mapped.example', 20), ('new.example', 20)) x (entity_id, score);
\endif
\set ECHO all

SELECT entity_id, string_agg(way || ' ' || score::numeric(9,3), ', ' ORDER BY way) FROM app.mapped GROUP BY entity_id ORDER BY entity_id;
SELECT kind, layout, step, unit, entities, values, differ FROM app.found WHERE differ > 0 ORDER BY 1, 2, 3, 4;
-- nothing was left out
SELECT kind, count(*) AS compared, min(entities) > 4 AS some_entities, min(nonzero) > 25 AS some_values
  FROM app.found WHERE kind !~ 'citext|all' GROUP BY kind ORDER BY kind;
-- samples have the names of events, also of those that are compared without case
CREATE TABLE app.sampled (org text, what app.folded, at timestamptz);
SELECT pls.watch('app.sampled', event => 'what', at => 'at', account => 'org') > 0 AS watched;
INSERT INTO app.sampled VALUES ('a', 'Run', '2026-04-09+00'), ('b', 'Other Thing', '2026-04-09+00');
SELECT pls_internal.sample_source(source_id) FROM pls.sources WHERE source = 'app.sampled'::regclass;
SELECT lower(event), rows FROM pls_internal.event_samples JOIN pls.sources USING (source_id) WHERE source = 'app.sampled'::regclass ORDER BY 1;

\set ECHO none
\c :home
DROP DATABASE pls_source_kinds;
