-- What a rebuild passes over says nothing: rows that are too old beside a newer
-- one, actors and days that newer rows have told of, and look-ups of whom a
-- number or an address has told before.  Whatever order rows lie in, and however
-- they tell whose they are, the trigger's standings are what is gathered.
\set ECHO none
\set QUIET on
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
RESET client_min_messages;
SET timezone = 'UTC';
SET pls.now = '2026-03-30 00:00+00';
BEGIN;
SELECT setseed(0.577) AS seeded \gset
CREATE SCHEMA app;
-- by number, by text, by user, by address
CREATE TABLE app.by_account (org integer, usr integer, name text NOT NULL, at timestamptz NOT NULL, props jsonb);
CREATE TABLE app.by_name (org text, usr text, name text NOT NULL, at timestamptz NOT NULL, props jsonb);
CREATE TABLE app.by_user (usr bigint, name text NOT NULL, at timestamptz NOT NULL, props jsonb);
CREATE TABLE app.by_email (usr smallint, email text, name text NOT NULL, at timestamptz NOT NULL, props jsonb);
CREATE FUNCTION app.one_of(VARIADIC choices text[]) RETURNS text LANGUAGE sql VOLATILE AS
$$ SELECT choices[1 + floor(random() * cardinality(choices))::int] $$;
INSERT INTO pls.users (user_id, account_id, email)
SELECT n, CASE WHEN n % 3 = 0 THEN (n % 7)::text END, CASE WHEN n % 4 = 0 THEN 'u@mail' || n % 5 || '.example' END
  FROM generate_series(1, 60) n WHERE n % 5 > 0;
INSERT INTO pls.motions (motion, unit, max_score)
SELECT m, CASE WHEN m LIKE 'user%' THEN 'user' ELSE 'account' END, NULL FROM unnest('{account 1,account 2,account 3,account 4,account 5,user 1}'::text[]) m;
-- every measure that looks back for so long, and in one motion those that look back for ever
INSERT INTO pls.signals (motion, signal, category, events, match, measure, property, within, period, op, threshold, collapse, min_base, points)
VALUES
('account 1', 'actors',  'depth', NULL,    NULL,                'actors',  NULL, '6 days', NULL,     '>=', 3,    NULL,     NULL, 1),
('account 1', 'days',    'depth', '{a}',   NULL,                'days',    NULL, '5 days', NULL,     '>=', 3,    NULL,     NULL, 1),
('account 1', 'count',   'depth', '{a,b}', NULL,                'count',   NULL, '3 days', NULL,     '>=', 4,    NULL,     NULL, 1),
('account 1', 'matched', 'depth', '{c}',   '$.plan == "pro"',   'count',   NULL, '8 days', NULL,     '>=', 4,    NULL,     NULL, 1),
('account 2', 'sum',     'depth', '{a}',   NULL,                'sum',     'n',  '4 days', NULL,     '>=', 9,    NULL,     NULL, 1),
('account 2', 'max',     'depth', '{a,b}', NULL,                'max',     'n',  '4 days', NULL,     '>=', 9,    NULL,     NULL, 1),
('account 2', 'periods', 'depth', '{b}',   NULL,                'days',    NULL, '4 days', '7 hours', '>=', 2,   NULL,     NULL, 1),
('account 2', 'growth',  'depth', '{c}',   NULL,                'growth',  NULL, '3 days', NULL,     '>=', 1.5,  NULL,     2,    1),
('account 2', 'lately',  'depth', '{c}',   NULL,                'recency', NULL, '3 days', NULL,     '<=', NULL, NULL,     NULL, 1),
('account 3', 'last',    'depth', '{a}',   NULL,                'last',    'n',  NULL,     NULL,     '>=', 2,    NULL,     NULL, 1),
('account 3', 'first',   'depth', '{b}',   NULL,                'first',   NULL, '9 days', NULL,     '>=', NULL, NULL,     NULL, 1),
('account 3', 'also',    'depth', '{b}',   NULL,                'count',   NULL, '3 days', NULL,     '>=', 3,    NULL,     NULL, 1),
('account 3', 'in turn', 'depth', '{c,d}', NULL,                'sequence', NULL, '2 days', NULL,    '>=', 2,    NULL,     NULL, 1),
-- actors and days of all events, which marks are made of, beside what looks less far back
('account 4', 'actors',  'depth', NULL,    NULL,                'actors',  NULL, '12 days', NULL,    '>=', 3,    NULL,     NULL, 1),
('account 4', 'few days', 'depth', NULL,   NULL,                'days',    NULL, '7 days', NULL,     '>=', 3,    NULL,     NULL, 1),
('account 4', 'days',    'depth', NULL,    NULL,                'days',    NULL, '12 days', NULL,    '>=', 3,    NULL,     NULL, 1),
('account 4', 'growing', 'depth', NULL,    NULL,                'growth',  NULL, '1 day',  NULL,     '>=', 1.5,  NULL,     2,    1),
('account 4', 'by a',    'depth', '{a}',   NULL,                'actors',  NULL, '9 days', NULL,     '>=', 3,    NULL,     NULL, 1),
('account 4', 'sum',     'depth', '{b}',   NULL,                'sum',     'n',  '4 days', NULL,     '>=', 9,    NULL,     NULL, 1),
('account 4', 'values',  'depth', '{c}',   NULL,                'distinct', 'n', '10 days', NULL,    '>=', 3,    NULL,     NULL, 1),
('account 4', 'plans',   'depth', '{c,d}', NULL,                'distinct', 'plan', '5 days', NULL,  '>=', 2,    NULL,     NULL, 1),
('account 5', 'who',     'depth', NULL,    '$.plan == "pro"',   'actors',  NULL, '8 days', NULL,     '>=', 3,    NULL,     NULL, 1),
('account 5', 'when',    'depth', NULL,    NULL,                'days',    NULL, '20 days', NULL,    '>=', 3,    NULL,     NULL, 1),
('user 1',    'days',    'depth', NULL,    NULL,                'days',    NULL, '5 days', NULL,     '>=', 3,    NULL,     NULL, 1),
('user 1',    'bursts',  'depth', '{a}',   NULL,                'count',   NULL, '6 days', NULL,     '>=', 3,    '1 hour', NULL, 1),
('user 1',    'many',    'depth', '{b,c}', NULL,                'count',   NULL, '2 days', NULL,     '>=', 500,  NULL,     NULL, 1),
('user 1',    'recent',  'depth', NULL,    NULL,                'recency', NULL, '2 days', NULL,     '<=', NULL, NULL,     NULL, 1);
INSERT INTO pls.signals (motion, signal, category, events, measure, within, outcome, threshold, points)
VALUES ('account 3', 'bought', 'outcome', '{e}', 'count', '1 day', 'conversion', 1, 0),
       ('account 4', 'bought', 'outcome', '{d,e}', 'count', '1 day', 'conversion', 1, 0);
INSERT INTO pls.exclusions (name, motion, scope, match, reason) VALUES ('staff', 'account 1', 'actor', '$.staff == true', 'works here');
UPDATE pls.motions SET status = 'pilot';
SELECT pls.watch('app.by_account', event => 'name', at => 'at', account => 'org', actor => 'usr', properties => 'props') AS w1,
       pls.watch('app.by_name', event => 'name', at => 'at', account => 'org', actor => 'usr', properties => 'props') AS w2,
       pls.watch('app.by_email', event => 'name', at => 'at', actor => 'usr', email => 'email', properties => 'props') AS w3,
       pls.watch('app.by_user', event => 'name', at => 'at', actor => 'usr', properties => 'props') AS w4 \gset
-- 30 days, some rows at one instant, some of the future
CREATE TABLE app.drawn AS
SELECT n, CASE WHEN random() < 0.8 THEN floor(random() * 7)::int END AS org,
       CASE WHEN random() < 0.8 THEN 1 + floor(random() * 70)::int END AS usr,
       app.one_of('a', 'a', 'b', 'c', 'd', 'e') AS name,
       date_trunc(app.one_of('hour', 'microsecond'), pls.now() + interval '6 hours' - random() * interval '30 days') AS at,
       CASE WHEN random() < 0.7 THEN jsonb_build_object(app.one_of('n', 'n', 'm'), round((random() * 10)::numeric, 2),
            'plan', app.one_of('pro', 'free'), 'staff', random() < 0.1) END AS props,
       CASE WHEN random() < 0.9 THEN app.one_of('x@', 'y@') || app.one_of('mail1.example', 'mail2.example', 'Mail1.Example ', 'gmail.com', '') END AS email
  FROM generate_series(1, 4000) n;
-- each table in another order
INSERT INTO app.by_account SELECT org, usr, name, at, props FROM app.drawn WHERE n % 4 = 0 ORDER BY at;
INSERT INTO app.by_name SELECT org::text, usr::text, name, at, props FROM app.drawn WHERE n % 4 = 1 ORDER BY at DESC;
INSERT INTO app.by_user SELECT usr, name, at, props FROM app.drawn WHERE n % 4 = 2 ORDER BY n;
INSERT INTO app.by_email SELECT usr, email, name, at, props FROM app.drawn WHERE n % 4 = 3 ORDER BY n;
-- more entities than little memory has room to know, with few rows: some of
-- the newest have no actor
INSERT INTO app.by_account
SELECT 1000 + n % 4000, CASE WHEN n >= 4000 OR random() < 0.5 THEN n END, app.one_of('a', 'b', 'c'),
       pls.now() - (n / 4000 * 4 + random() * 0.05) * interval '1 day', jsonb_build_object('n', n % 10)
  FROM generate_series(0, 11999) n;
-- many actors in turn, at short intervals and long ones; numbers that are small,
-- large and negative
INSERT INTO app.by_account
SELECT (ARRAY[8, -8, 2000000000])[1 + n % 3], n % 37, app.one_of('a', 'b', 'c', 'd'),
       pls.now() - (n * n % 5003) * interval '11 minutes', jsonb_build_object('n', n % 10)
  FROM generate_series(0, 2999) n;
-- some seconds apart, which marks do not tell, the newest of them read last
INSERT INTO app.by_account
SELECT 999, 20000, 'd', pls.now() - interval '2 days' - n * interval '4 seconds', NULL FROM generate_series(0, 9) n;
-- what the trigger has made of them, and what is gathered
CREATE FUNCTION app.compared(OUT standings bigint, OUT ahead bigint, OUT outcomes bigint, OUT wrong bigint) LANGUAGE sql AS $$
    WITH gathered AS MATERIALIZED (
        SELECT m.motion, g.* FROM pls.motions m, pls_internal.gather(m.motion, NULL, pls.now()) g),
    kept AS (
        SELECT motion, entity_id, NULL::timestamptz AS due, evidence, last_event_at AS newest FROM pls.standings
        UNION ALL SELECT motion, entity_id, not_before, evidence, NULL FROM pls.backlog),
    compared AS (
        SELECT k.due, k.entity_id, coalesce(k.evidence::text = g.evidence::text, false)
               AND (k.due IS NOT NULL OR k.newest = g.newest) AS same
          FROM kept k FULL JOIN (SELECT * FROM gathered WHERE evidence IS NOT NULL) g
            ON g.motion = k.motion AND g.entity_id = k.entity_id AND g.due IS NOT DISTINCT FROM k.due),
    found AS (
        SELECT o.entity_id IS NOT NULL AND g.entity_id IS NOT NULL AS same
          FROM (SELECT motion, entity_id, at, row_number() OVER (PARTITION BY motion, entity_id, at) FROM pls.outcomes) o
          FULL JOIN (SELECT motion, entity_id, at, row_number() OVER (PARTITION BY motion, entity_id, at)
                       FROM gathered WHERE evidence IS NULL) g USING (motion, entity_id, at, row_number))
    SELECT count(*) FILTER (WHERE due IS NULL), count(due), (SELECT count(*) FROM found),
           count(*) FILTER (WHERE NOT same) + (SELECT count(*) FROM found WHERE NOT same)
      FROM compared
$$;
-- of some entities: the same rows as of all
CREATE FUNCTION app.compared_some(how_many integer, OUT entities bigint, OUT wrong bigint) LANGUAGE sql AS $$
    WITH chosen AS MATERIALIZED (
        SELECT motion, (array_agg(entity_id ORDER BY length(entity_id), entity_id))[1:how_many] AS entities FROM pls.standings GROUP BY motion),
    asked AS (SELECT s.motion, g.entity_id, g.due, g.evidence::text AS evidence, g.signal, g.at FROM chosen s, pls_internal.gather(s.motion, s.entities, pls.now()) g),
    among AS (SELECT s.motion, g.entity_id, g.due, g.evidence::text, g.signal, g.at
                FROM chosen s, pls_internal.gather(s.motion, NULL, pls.now()) g WHERE g.entity_id = ANY (s.entities))
    SELECT (SELECT count(DISTINCT (motion, entity_id)) FROM asked),
           (SELECT count(*) FROM ((TABLE asked EXCEPT ALL TABLE among) UNION ALL (TABLE among EXCEPT ALL TABLE asked)) d)
$$;
\set ECHO all
SET max_parallel_maintenance_workers = 0;
SELECT * FROM app.compared();
-- in little memory
SET maintenance_work_mem = '1MB';
SELECT * FROM app.compared();
-- by several processes
SET maintenance_work_mem = '32MB';
SET min_parallel_table_scan_size = 0;
SET max_parallel_maintenance_workers = 2;
SELECT * FROM app.compared();
SELECT * FROM app.compared_some(3);
SELECT * FROM app.compared_some(50);
-- through an index
CREATE INDEX ON app.by_account (org);
CREATE INDEX ON app.by_name (org);
CREATE INDEX ON app.by_user (usr);
SELECT * FROM app.compared_some(3);
-- rows of other shapes: what lies before the columns varies, is NULL or stored
-- elsewhere, and rows that are older than a column
\set ECHO none
CREATE TABLE app.shapes (note text, flag boolean, usr smallint, name varchar, at timestamptz, cents numeric);
INSERT INTO app.shapes SELECT CASE n % 4 WHEN 0 THEN repeat('x', n) WHEN 1 THEN '' END, n % 3 = 0, nullif(n % 9, 0), app.one_of('a', 'b', 'c'),
       pls.now() - n * interval '1 hour', n FROM generate_series(1, 200) n;
ALTER TABLE app.shapes ADD COLUMN org bigint DEFAULT 7;
ALTER TABLE app.shapes DROP COLUMN flag;
ALTER TABLE app.shapes ALTER COLUMN note SET STORAGE EXTERNAL;
INSERT INTO app.shapes (note, usr, name, at, cents, org)
SELECT CASE n % 5 WHEN 0 THEN repeat('y', n * 20) WHEN 1 THEN 'z' END, nullif(n % 9, 0), CASE WHEN n % 50 = 0 THEN repeat('n', 3000) ELSE app.one_of('a', 'b', 'c') END,
       pls.now() - n * interval '35 minutes', CASE WHEN n % 2 = 0 THEN n END, CASE WHEN n % 7 > 0 THEN n % 7 END
  FROM generate_series(1, 400) n;
TRUNCATE pls.users;
SELECT count(pls.unwatch(source)) FROM pls.sources \gset dropped_
SET client_min_messages = warning;
SELECT pls.watch('app.shapes', event => 'name', at => 'at', account => 'org', actor => 'usr') AS w5 \gset
RESET client_min_messages;
\set ECHO all
SELECT count(*), count(*) FILTER (WHERE g.evidence::text IS DISTINCT FROM e.evidence::text) AS wrong
  FROM (SELECT m.motion, s.org::text AS entity_id, pls.evidence(m.motion, s.name, s.at, s.usr, NULL::jsonb) AS evidence
          FROM pls.motions m, app.shapes s WHERE m.motion IN ('account 1', 'account 2', 'account 4') AND s.org IS NOT NULL GROUP BY 1, 2) e
  FULL JOIN (SELECT m.motion, g.entity_id, g.evidence FROM pls.motions m, pls_internal.gather(m.motion, NULL, pls.now()) g
              WHERE m.motion IN ('account 1', 'account 2', 'account 4') AND g.evidence IS NOT NULL) g USING (motion, entity_id);
ROLLBACK;
