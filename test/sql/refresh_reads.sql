-- What a rebuild reads: the rows of watched tables as the trigger reads them,
-- whatever the kind of table and column, by one process or several, at once or
-- in ranges, with an index or without.  The motion is that of small_motion.sql.
\getenv srcdir PG_ABS_SRCDIR
\set setup :srcdir /small_motion.sql
\set home :DBNAME
\set ECHO none
SET client_min_messages = warning;
DROP DATABASE IF EXISTS pls_refresh_reads;
CREATE DATABASE pls_refresh_reads;
\c pls_refresh_reads
SET client_min_messages = warning;
CREATE EXTENSION pls;
\i :setup
SELECT pls.unwatch('app.events') \gset
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET pls.now = '2026-03-10 10:00+00';
DELETE FROM pls.signals WHERE motion = 'trial';
INSERT INTO pls.signals (motion, signal, category, events, match, measure, property, within, op, threshold, points) VALUES
    ('trial', 'exports', 'depth', '{export}', NULL, 'count', NULL, '14 days', '>=', 3, 40),
    ('trial', 'pro exports', 'depth', '{export}', '$.plan == "pro"', 'count', NULL, '14 days', '>=', 2, 5),
    ('trial', 'inviters', 'breadth', '{invite}', NULL, 'actors', NULL, '14 days', '>=', 1, 30),
    ('trial', 'actors', 'breadth', NULL, NULL, 'actors', NULL, '7 days', '>=', 3, 3),
    ('trial', 'days', 'depth', NULL, NULL, 'days', NULL, '20 days', '>=', 3, 3),
    ('trial', 'amount', 'depth', '{export,invite}', NULL, 'sum', 'amount', '20 days', '>=', 30, 10),
    ('trial', 'most', 'depth', '{export}', NULL, 'max', 'amount', '7 days', '>=', 19, 5),
    ('trial', 'last', 'depth', '{export}', NULL, 'last', 'amount', NULL, '>=', 10, 5),
    ('trial', 'grows', 'depth', '{login}', NULL, 'growth', NULL, '3 days', '>=', 2, 5),
    ('trial', 'lately', 'activation', NULL, NULL, 'recency', NULL, '1 hour', '<=', NULL, 1),
    ('trial', 'firstly', 'activation', '{login}', NULL, 'first', NULL, '30 days', '<=', NULL, 1),
    ('trial', 'steps', 'activation', '{login,invite,export}', NULL, 'sequence', NULL, '1 day', '>=', 3, 5);
INSERT INTO pls.signals (motion, signal, category, events, match, measure, within, outcome, points) VALUES
    ('trial', 'upgraded', 'outcome', '{upgrade}', '$.plan == "pro"', 'count', '1 day', 'expansion', 0);
UPDATE pls.motions SET qualify_at = 95, triage_at = NULL WHERE motion = 'trial';
INSERT INTO pls.exclusions (name, motion, scope, match, reason) VALUES ('bots', 'trial', 'actor', '$.bot == true', 'a bot');
-- rows of 100 accounts, in no order of time, some ahead, some nobody's
CREATE TABLE app.rows AS
SELECT n, CASE WHEN n % 11 = 0 THEN NULL WHEN n % 13 = 0 THEN '' ELSE 'org ' || n * 7919 % 100 END AS org,
       CASE WHEN n % 7 <> 0 THEN n * 31 % 50 END AS usr,
       CASE WHEN n % 5 = 0 THEN 'p' || n % 3 || CASE WHEN n % 2 = 0 THEN '@Site' || n % 40 || '.example' ELSE '@gmail.com' END END AS mail,
       (ARRAY['export', 'invite', 'login', 'error', 'upgrade'])[1 + n * 13 % 5] AS name,
       timestamptz '2026-03-10 12:00+00' - (n * 104729 % 2000000) * interval '1.000001 second' AS at,
       CASE WHEN n % 3 = 0 THEN jsonb_build_object('plan', CASE WHEN n % 2 = 0 THEN 'pro' END, 'amount', n % 40, 'bot', n % 17 = 0) END AS props
  FROM generate_series(1, 4000) AS n;
INSERT INTO pls.users (user_id, account_id, email)
SELECT n::text, CASE WHEN n % 3 = 0 THEN 'org ' || n END, CASE WHEN n % 2 = 0 THEN 'u@site' || n || '.example' END
  FROM generate_series(0, 45) AS n;
-- what the trigger made of the rows against what a rebuild makes
CREATE TABLE app.before (entity_id text, kept text);
CREATE FUNCTION app.kept() RETURNS TABLE (entity_id text, kept text) LANGUAGE sql AS $$
    SELECT s.entity_id, s.evidence::text || s.score || coalesce(s.lane, '-') || s.last_event_at || s.stale
      FROM pls.standings s
    UNION ALL SELECT b.entity_id || ' from ' || b.not_before, pls.rollup(b.evidence)::text FROM pls.backlog b GROUP BY b.entity_id, b.not_before
    UNION ALL SELECT o.entity_id || ' ' || o.signal, count(*)::text || min(o.at) || max(o.at) FROM pls.outcomes o GROUP BY o.entity_id, o.signal
$$;
CREATE FUNCTION app.differ() RETURNS bigint LANGUAGE sql AS $$
    SELECT count(*) FROM (SELECT * FROM app.before) b FULL JOIN app.kept() k USING (entity_id) WHERE b.kept IS DISTINCT FROM k.kept
$$;
\set ECHO all
RESET client_min_messages;
-- of more pages than an index is asked for ids that name nobody
CREATE TABLE app.plain (org text, usr integer, mail text, name text, at timestamptz, props jsonb) WITH (fillfactor = 10);
SELECT pls.watch('app.plain', event => 'name', at => 'at', account => 'org', actor => 'usr', email => 'mail', properties => 'props') IS NOT NULL AS watched;
INSERT INTO app.plain SELECT org, usr, mail, name, at, props FROM app.rows WHERE n <= 2500;
INSERT INTO app.plain SELECT org, usr, mail, name, at, props FROM app.rows WHERE n > 2500;
INSERT INTO app.before SELECT * FROM app.kept();
SELECT count(*) > 100 AS entities, count(*) FILTER (WHERE entity_id LIKE '% from %') > 0 AS ahead,
       count(*) FILTER (WHERE entity_id LIKE '%site%') AS by_domain, count(*) FILTER (WHERE entity_id LIKE '% upgraded') > 0 AS outcomes
  FROM app.before;
SET client_min_messages = warning;
-- one process
SET max_parallel_maintenance_workers = 0;
SELECT pls.refresh('trial') AS rebuilt, app.differ() AS differ;
-- several, each with little memory
SET max_parallel_maintenance_workers = 2;
SET min_parallel_table_scan_size = 0;
SET maintenance_work_mem = '24MB';
SELECT pls.refresh('trial') AS rebuilt, app.differ() AS differ;
-- ranges of entities, one after the other
SET max_parallel_maintenance_workers = 0;
SET maintenance_work_mem = '1MB';
SELECT pls.refresh('trial') AS rebuilt, app.differ() AS differ;
RESET maintenance_work_mem;
-- one entity after the other: by a scan, and by an index on the account
SELECT sum(pls.refresh('trial', s.entity_id)) AS rebuilt FROM pls.standings s WHERE s.entity_id LIKE 'org 1%' OR s.entity_id LIKE 'site1%';
SELECT app.differ() AS differ;
ANALYZE app.plain;
CREATE INDEX ON app.plain (org);
SELECT sum(pls.refresh('trial', s.entity_id)) AS rebuilt FROM pls.standings s WHERE s.entity_id LIKE 'org 1%' OR s.entity_id LIKE 'site1%';
SELECT app.differ() AS differ;
-- many NULLs make the index no help, which is known after ANALYZE only; the
-- index was read where they are few
DELETE FROM app.plain WHERE org IS NULL;
VACUUM ANALYZE app.plain;
SELECT pls.refresh('trial') > 0 AS rebuilt;
TRUNCATE app.before;
INSERT INTO app.before SELECT * FROM app.kept();
SELECT pg_stat_force_next_flush();
SELECT idx_scan AS before FROM pg_stat_user_indexes WHERE indexrelname = 'plain_org_idx' \gset
SELECT sum(pls.refresh('trial', s.entity_id)) AS rebuilt FROM pls.standings s WHERE s.entity_id LIKE 'org 1%';
SELECT app.differ() AS differ;
SELECT pg_stat_force_next_flush();
SELECT idx_scan > :before AS by_index FROM pg_stat_user_indexes WHERE indexrelname = 'plain_org_idx';
-- dead rows between others: a B-tree notes their entries while it is read
DELETE FROM app.plain WHERE org LIKE 'org 1%' AND (ctid::text::point)[1]::integer % 2 = 0;
SELECT sum(pls.refresh('trial', s.entity_id)) > 5 AS rebuilt FROM pls.standings s WHERE s.entity_id LIKE 'org 1%';
TRUNCATE app.before;
INSERT INTO app.before SELECT * FROM app.kept();
SELECT pls.refresh('trial') > 0 AS rebuilt, app.differ() AS differ;
SELECT pls.unwatch('app.plain');
-- partitions with their columns in another order, a default partition, and
-- tables that inherit
TRUNCATE pls.standings, pls.backlog, pls.outcomes, pls.decisions, app.before;
CREATE TABLE app.parted (org text, usr integer, mail text, name text, at timestamptz, props jsonb) PARTITION BY RANGE (at);
CREATE TABLE app.p1 (gone text, at timestamptz, props jsonb, name text, usr integer, mail text, org text);
ALTER TABLE app.p1 DROP COLUMN gone;
ALTER TABLE app.parted ATTACH PARTITION app.p1 FOR VALUES FROM ('2026-02-20') TO ('2026-03-01');
CREATE TABLE app.p2 PARTITION OF app.parted FOR VALUES FROM ('2026-03-01') TO ('2026-03-05') PARTITION BY HASH (org);
CREATE TABLE app.p2a PARTITION OF app.p2 FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE app.p2b PARTITION OF app.p2 FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE app.p3 PARTITION OF app.parted DEFAULT;
SELECT pls.watch('app.parted', event => 'name', at => 'at', account => 'org', actor => 'usr', email => 'mail', properties => 'props') IS NOT NULL AS watched;
INSERT INTO app.parted SELECT org, usr, mail, name, at, props FROM app.rows;
INSERT INTO app.before SELECT * FROM app.kept();
SELECT pls.refresh('trial') AS rebuilt, app.differ() AS differ;
SET max_parallel_maintenance_workers = 2;
SELECT pls.refresh('trial') AS rebuilt, app.differ() AS differ;
SELECT pls.unwatch('app.parted');
TRUNCATE pls.standings, pls.backlog, pls.outcomes, pls.decisions, app.before;
CREATE TABLE app.family (org text, usr integer, mail text, name text, at timestamptz, props jsonb);
CREATE TABLE app.child (more text) INHERITS (app.family);
SELECT pls.watch('app.family', event => 'name', at => 'at', account => 'org', actor => 'usr', email => 'mail', properties => 'props') IS NOT NULL AS watched;
INSERT INTO app.family SELECT org, usr, mail, name, at, props FROM app.rows WHERE n <= 2000;
INSERT INTO app.child SELECT org, usr, mail, name, at, props FROM app.rows WHERE n > 2000;
INSERT INTO app.before SELECT * FROM app.kept();
SELECT pls.refresh('trial') AS rebuilt, app.differ() AS differ;
SELECT pls.unwatch('app.family');
-- a motion of users, and columns of other types: names of varchar, a padded
-- id, addresses without an account
TRUNCATE pls.standings, pls.backlog, pls.outcomes, pls.decisions, app.before;
UPDATE pls.motions SET unit = 'user' WHERE motion = 'trial';
INSERT INTO pls.exclusions (name, motion, scope, domains, reason) VALUES ('ours', 'trial', 'actor', '{gmail.com,site2.example}', 'ours');
CREATE TABLE app.padded (usr char(6), mail varchar(80), name varchar(20), at timestamptz, props jsonb);
SELECT pls.watch('app.padded', event => 'name', at => 'at', actor => 'usr', email => 'mail', properties => 'props') IS NOT NULL AS watched;
INSERT INTO app.padded SELECT usr, mail, name, at, props FROM app.rows;
INSERT INTO app.before SELECT * FROM app.kept();
SELECT count(*) FILTER (WHERE entity_id LIKE '% ') AS padded, count(*) > 40 AS users FROM app.before WHERE entity_id !~ ' (from|upgraded)';
SELECT pls.refresh('trial') AS rebuilt, app.differ() AS differ;
CREATE INDEX ON app.padded (usr);
SELECT sum(pls.refresh('trial', s.entity_id)) AS rebuilt FROM pls.standings s;
SELECT app.differ() AS differ;
SELECT pls.unwatch('app.padded');
-- more entities than fit into the memory of a partition's share: in ranges
TRUNCATE pls.standings, pls.backlog, pls.outcomes, pls.decisions;
UPDATE pls.motions SET unit = 'account' WHERE motion = 'trial';
DELETE FROM pls.exclusions WHERE name = 'ours';
CREATE TABLE app.many AS
SELECT 'org ' || n AS org, 1 + n % 7 AS usr, (ARRAY['export', 'invite', 'login'])[1 + n % 3] AS name,
       timestamptz '2026-03-09' - n * interval '1 second' AS at
  FROM generate_series(1, 60000) AS n;
SELECT pls.watch('app.many', event => 'name', at => 'at', account => 'org', actor => 'usr') IS NOT NULL AS watched;
SET maintenance_work_mem = '1MB';
SELECT pls.refresh('trial') AS rebuilt;
RESET maintenance_work_mem;
SELECT count(*) AS differ
  FROM pls.standings s
  FULL JOIN (SELECT org, pls.evidence('trial', name, at, usr, NULL) AS evidence FROM app.many GROUP BY org) e ON e.org = s.entity_id
 WHERE s.evidence::text IS DISTINCT FROM e.evidence::text;
SELECT pls.unwatch('app.many');
-- entities that a column's collation takes for one, or that are asked for
-- twice: through an index each row is read once
CREATE COLLATION app.any_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TABLE app.cases (org text COLLATE app.any_case, usr integer, name text, at timestamptz, props jsonb);
CREATE INDEX ON app.cases (org);
SELECT pls.watch('app.cases', event => 'name', at => 'at', account => 'org', properties => 'props') IS NOT NULL AS watched;
INSERT INTO app.cases VALUES ('acme', 1, 'export', '2026-03-10 09:00+00', '{"amount": 5}'), ('ACME', 1, 'export', '2026-03-10 09:00+00', '{"amount": 7}');
SELECT a.asked, g.entity_id, e.value
  FROM (VALUES ('{acme,ACME}'::text[]), ('{acme,acme}')) a (asked), pls_internal.gather('trial', a.asked, pls.now()) g,
       pls.explain(g.evidence, pls.now()) e
 WHERE e.signal = 'amount' ORDER BY a.asked, g.entity_id COLLATE "C";
SELECT pls.unwatch('app.cases');
-- what cannot be read is left out; if it is all there is, nothing is done
\set SHOW_CONTEXT never
TRUNCATE pls.standings, pls.backlog;
UPDATE pls.motions SET unit = 'user' WHERE motion = 'trial';
SELECT pls.watch('app.padded', event => 'name', at => 'at', actor => 'usr', email => 'mail', properties => 'props') IS NOT NULL AS watched;
SELECT pls.refresh('trial') AS rebuilt;
SELECT pls.unwatch('app.padded');
SELECT count(*) AS standings FROM pls.standings \gset
CREATE TABLE app.broken (usr text, name text, at timestamptz, props jsonb);
SELECT pls.watch('app.broken', event => 'name', at => 'at', actor => 'usr', properties => 'props') IS NOT NULL AS watched;
SET client_min_messages = notice;
ALTER TABLE app.broken ALTER props TYPE text;
SELECT pls.refresh('trial', '7');
SELECT count(*) = :standings AS all_there FROM pls.standings;
CREATE TABLE app.well (LIKE app.padded);
SELECT pls.watch('app.well', event => 'name', at => 'at', actor => 'usr', email => 'mail', properties => 'props') IS NOT NULL AS watched;
INSERT INTO app.well VALUES ('7', 'a@b.example', 'login', '2026-03-10 09:00+00', NULL);
ALTER TABLE app.broken DROP COLUMN props;
SELECT pls.refresh('trial', '7');
SELECT signal, value FROM pls.explain('trial', '7') WHERE signal = 'days';
SELECT value FROM pls.health WHERE "check" = 'source app.broken';
SELECT pls.unwatch('app.broken');
SELECT pls.refresh('trial', '7');
\c :home
DROP DATABASE pls_refresh_reads;
