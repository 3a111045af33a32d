-- Short cuts by which a rebuild's records tell whose they are: a number that
-- the entity's first record gives it, also where a partition of entities is
-- put together in several passes; and the address alone, once all users that
-- have an account were read.
\set ECHO none
\set QUIET on
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
RESET client_min_messages;
SET timezone = 'UTC';
SET pls.now = '2026-03-30 00:00+00';
BEGIN;
SELECT setseed(0.318) AS seeded \gset
CREATE SCHEMA app;
INSERT INTO pls.motions (motion, unit, max_score, status) VALUES ('m', 'account', NULL, 'pilot');
INSERT INTO pls.signals (motion, signal, category, events, match, measure, within, op, threshold, points) VALUES
('m', 'actors', 'depth', NULL,    NULL,             'actors', '9 days', '>=', 3, 1),
('m', 'count',  'depth', '{a,b}', NULL,             'count',  '5 days', '>=', 4, 1),
('m', 'pro',    'depth', '{c}',   '$.plan == "pro"', 'count', '8 days', '>=', 4, 1);
-- a table whose rows tell by number and address whose they are
CREATE TABLE app.mails (usr integer, email text, name text, at timestamptz, props jsonb);
INSERT INTO pls.users (user_id, account_id, email)
SELECT n, CASE n % 6 WHEN 0 THEN 'mail' || n % 4 || '.example' WHEN 1 THEN 'gmail.com' WHEN 2 THEN 'own' WHEN 3 THEN '' END,
       CASE WHEN n % 4 = 0 THEN 'u@mail' || n % 5 || '.example' END
  FROM generate_series(1, 60) n;
CREATE FUNCTION app.draw(how_many integer) RETURNS void LANGUAGE sql AS $$
    INSERT INTO app.mails
    SELECT CASE WHEN n % 11 > 0 THEN 1 + floor(random() * 400) END,
           CASE WHEN n % 7 > 0 THEN (ARRAY['x@', 'y@mail1.example@', '@', ''])[1 + floor(random() * 4)] ||
                (ARRAY['mail0.example', 'mail1.example', 'mail2.example', 'Mail1.Example', '.mail1.example', 'xmail1.example', 'gmail.com', ''])[1 + floor(random() * 8)] END,
           chr(97 + n % 4), pls.now() - random() * interval '20 days', jsonb_build_object('plan', CASE WHEN random() < 0.5 THEN 'pro' END)
      FROM generate_series(1, how_many) n
$$;
SELECT pls.watch('app.mails', event => 'name', at => 'at', actor => 'usr', email => 'email', properties => 'props') AS watched \gset
-- the trigger looks each of them up
SELECT app.draw(6000) \gset drawn_
CREATE FUNCTION app.compared(OUT standings bigint, OUT wrong bigint) LANGUAGE sql AS $$
    SELECT count(*), count(*) FILTER (WHERE g.evidence::text IS DISTINCT FROM s.evidence::text)
      FROM pls.standings s FULL JOIN pls_internal.gather('m', NULL, pls.now()) g ON g.entity_id = s.entity_id
$$;
\set ECHO all
SET max_parallel_maintenance_workers = 0;
SELECT * FROM app.compared();
SET min_parallel_table_scan_size = 0;
SET maintenance_work_mem = '24MB';
SET max_parallel_maintenance_workers = 2;
SELECT * FROM app.compared();
-- some users are met before all are read: with an account and without, in rows
-- that have no address
\set ECHO none
CREATE TABLE app.first (org text, usr integer, name text, at timestamptz);
SET client_min_messages = warning;
SELECT pls.unwatch('app.mails') AS unwatched \gset
TRUNCATE pls.standings, pls.backlog;
SELECT pls.watch('app.first', event => 'name', at => 'at', account => 'org', actor => 'usr') AS w1,
       pls.watch('app.mails', event => 'name', at => 'at', actor => 'usr', email => 'email', properties => 'props') AS w2 \gset
RESET client_min_messages;
INSERT INTO app.first SELECT CASE WHEN n % 5 = 0 THEN 'mail' || n % 3 || '.example' WHEN n % 7 = 0 THEN 'z@mail1.example' END, n % 100, 'a', pls.now() - n * interval '10 minutes' FROM generate_series(1, 500) n;
CREATE TABLE app.drawn AS TABLE app.mails;
TRUNCATE app.mails;
TRUNCATE pls.backlog;
INSERT INTO app.mails TABLE app.drawn;
\set ECHO all
SELECT * FROM app.compared();
SET max_parallel_maintenance_workers = 0;
SELECT * FROM app.compared();
-- the other way round: an account may look like an address
\set ECHO none
SET client_min_messages = warning;
SELECT pls.unwatch('app.first') AS unwatched \gset
SELECT pls.watch('app.first', event => 'name', at => 'at', account => 'org', actor => 'usr') AS w1 \gset
RESET client_min_messages;
\set ECHO all
SELECT * FROM app.compared();
-- a user whose account is too long to be one is nobody's, whatever the address
\set ECHO none
UPDATE pls.users SET account_id = repeat('long', 500) WHERE user_id IN ('4', '10', '16');
TRUNCATE app.mails, pls.standings, pls.backlog;
SET client_min_messages = warning;
SELECT pls.unwatch('app.first') AS unwatched \gset
RESET client_min_messages;
INSERT INTO app.mails TABLE app.drawn;
\set ECHO all
SELECT * FROM app.compared();
-- so many entities that a partition of them takes several passes; those whose
-- rows are met first are known, and have a number
\set ECHO none
CREATE TABLE app.many (org integer, usr integer, name text, at timestamptz, props jsonb);
INSERT INTO app.many
SELECT n, 1 + n % 7, chr(97 + n % 3), pls.now() - n % 17 * interval '1 day', NULL FROM generate_series(1, 60000) n;
INSERT INTO app.many
SELECT 30 * (1 + n % 2000), 1 + n % 11, chr(97 + n % 3), pls.now() - n % 13 * interval '7 hours', jsonb_build_object('plan', 'pro') FROM generate_series(1, 16000) n;
SET client_min_messages = warning;
SELECT count(pls.unwatch(source)) FROM pls.sources \gset dropped_
SELECT pls.watch('app.many', event => 'name', at => 'at', account => 'org', actor => 'usr', properties => 'props') AS w3 \gset
RESET client_min_messages;
CREATE FUNCTION app.compared_many(OUT entities bigint, OUT wrong bigint) LANGUAGE sql AS $$
    SELECT count(*), count(*) FILTER (WHERE g.evidence::text IS DISTINCT FROM e.evidence::text)
      FROM (SELECT org::text AS entity_id, pls.evidence('m', name, at, usr, props) AS evidence FROM app.many GROUP BY org) e
      FULL JOIN pls_internal.gather('m', NULL, pls.now()) g USING (entity_id)
$$;
\set ECHO all
SET maintenance_work_mem = '1MB';
SELECT * FROM app.compared_many();
SET maintenance_work_mem = '24MB';
SET max_parallel_maintenance_workers = 2;
SELECT * FROM app.compared_many();
ROLLBACK;
