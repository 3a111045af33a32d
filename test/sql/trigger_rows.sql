-- Tables watched row by row: the ways in which rows get into them, and into
-- the partitions below them.  The motion is that of small_motion.sql: three
-- exports (40 points) and an inviting user (30) qualify an account at 60.
\getenv srcdir PG_ABS_SRCDIR
\set setup :srcdir /small_motion.sql
\set home :DBNAME
\set ECHO none
SET client_min_messages = warning;
DROP DATABASE IF EXISTS pls_trigger_rows;
CREATE DATABASE pls_trigger_rows;
\c pls_trigger_rows
SET client_min_messages = warning;
CREATE EXTENSION pls;
\i :setup
SELECT pls.unwatch('app.events') \gset
ALTER TABLE app.events ALTER created_at SET DEFAULT pls.now(), ADD note text;
CREATE TABLE app.orgs (org_id text PRIMARY KEY);
RESET client_min_messages;
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET intervalstyle = 'postgres';
SET pls.now = '2026-03-02 10:00+00';
-- Every event of the watched tables, and the standings against the aggregate
-- over them.
CREATE TABLE app.parted (org_id text NOT NULL, user_id bigint, name text, created_at timestamptz NOT NULL DEFAULT pls.now(),
                         props jsonb, note text) PARTITION BY RANGE (created_at);
CREATE TABLE app.family (org_id text, user_id bigint, name text, created_at timestamptz DEFAULT pls.now(), props jsonb);
CREATE VIEW app.all_events AS
SELECT org_id, user_id, name, created_at, props FROM app.events
UNION ALL SELECT org_id, user_id, name, created_at, props FROM app.parted
UNION ALL SELECT org_id, user_id, name, created_at, props FROM app.family;
CREATE VIEW app.compared AS
SELECT coalesce(e.org_id, s.entity_id) COLLATE "C" AS entity_id, s.score, s.lane, s.stale, s.last_event_at,
       s.evidence::text IS NOT DISTINCT FROM e.evidence::text AS as_aggregate,
       (SELECT count(*) FROM pls.backlog b WHERE b.entity_id = coalesce(e.org_id, s.entity_id)) AS waiting
  FROM pls.standings s
  FULL JOIN (SELECT org_id, pls.evidence('trial', name, created_at, user_id, props) AS evidence
               FROM app.all_events WHERE name IN ('export', 'invite') AND org_id <> '' GROUP BY org_id) e ON e.org_id = s.entity_id;
CREATE FUNCTION app.triggers(source regclass) RETURNS TABLE (trigger_name name, per text, enabled "char", fires text)
LANGUAGE sql AS $$
    SELECT t.tgname, CASE WHEN t.tgtype & 1 = 1 THEN 'row' ELSE 'statement' END, t.tgenabled,
           concat_ws(' ', CASE WHEN t.tgtype & 4 <> 0 THEN 'insert' END, CASE WHEN t.tgtype & 8 <> 0 THEN 'delete' END,
                     CASE WHEN t.tgtype & 16 <> 0 THEN 'update' END, CASE WHEN t.tgtype & 32 <> 0 THEN 'truncate' END)
      FROM pg_catalog.pg_trigger t
     WHERE t.tgrelid = source AND t.tgfoid IN ('pls_internal.observe()'::regprocedure, 'pls_internal.mark_stale()'::regprocedure)
$$;
\set ECHO all

-- A plain table
SELECT pls.watch('app.events', event => 'name', at => 'created_at', account => 'org_id', actor => 'user_id',
                 properties => 'props', level => 'row') IS NOT NULL AS watched;
SELECT * FROM app.triggers('app.events') ORDER BY trigger_name;
SELECT level FROM pls.sources;
INSERT INTO app.events (org_id, user_id, name) VALUES ('one', 1, 'export');
-- several rows of several entities, with some that matter to nobody; the
-- crossing row is not the last
INSERT INTO app.events (org_id, user_id, name, created_at)
VALUES ('acme', 1, 'export', '2026-03-01 09:00+00'), ('acme', 2, 'export', '2026-03-02 09:00+00'),
       ('zeta', 1, 'invite', '2026-03-01 08:00+00'), ('acme', 2, 'login', '2026-03-02 09:00+00'),
       ('acme', 3, 'export', '2026-03-02 09:30+00'), ('acme', 3, 'invite', '2026-03-02 09:40+00'),
       ('acme', 4, 'export', '2026-03-02 09:50+00'), ('', 4, 'export', '2026-03-02 09:50+00');
SELECT entity_id, lane, reason, detail, score FROM pls.decisions ORDER BY decision_id;
-- INSERT ... SELECT, COPY, data-modifying WITH, an event of the future
INSERT INTO app.events (org_id, user_id, name) SELECT 'selected', n, 'export' FROM generate_series(1, 100) AS n;
COPY app.events (org_id, user_id, name, created_at, props) FROM stdin;
copied	1	export	2026-03-01 10:00+00	{"plan": "pro"}
copied	\N	export	2026-03-01 11:00+00	\N
copied	2	invite	2026-03-01 12:00+00	{}
\.
WITH first AS (
    INSERT INTO app.events (org_id, user_id, name) VALUES ('cte', 1, 'export'), ('cte', 2, 'export') RETURNING org_id)
INSERT INTO app.events (org_id, user_id, name) SELECT org_id, 3, 'export' FROM first LIMIT 1;
-- ON CONFLICT: the inserted rows count, the updated and those left out do not
INSERT INTO app.events (event_id, org_id, name) OVERRIDING SYSTEM VALUE
VALUES (1, 'upsert', 'export'), (1000001, 'upsert', 'export') ON CONFLICT DO NOTHING;
INSERT INTO app.events (event_id, org_id, user_id, name) OVERRIDING SYSTEM VALUE
VALUES (1000001, 'upsert', 1, 'export'), (1000002, 'upsert', 1, 'invite')
ON CONFLICT (event_id) DO UPDATE SET note = 'again';
MERGE INTO app.events AS e
USING (VALUES (1000001, 'export'), (1000003, 'export'), (1000004, 'export')) AS n (event_id, name)
   ON e.event_id = n.event_id
 WHEN MATCHED THEN UPDATE SET note = 'merged'
 WHEN NOT MATCHED THEN INSERT (event_id, org_id, name) OVERRIDING SYSTEM VALUE VALUES (n.event_id, 'merged', n.name);
SELECT * FROM app.compared ORDER BY entity_id;
INSERT INTO app.events (org_id, user_id, name, created_at) VALUES ('one', 1, 'export', '2026-03-02 10:00:05+00');
SELECT entity_id, not_before, evidence IS NOT NULL AS delta FROM pls.backlog;
SET pls.now = '2026-03-02 10:00:05+00';
SELECT settled, refreshed, busy FROM pls.sweep();
SELECT * FROM app.compared WHERE entity_id = 'one';

-- Rows that are changed or deleted, also by ON CONFLICT and MERGE, mark whom
-- they concerned and whom they concern.
INSERT INTO app.events (event_id, org_id, name) OVERRIDING SYSTEM VALUE
VALUES (1000001, 'upsert', 'export') ON CONFLICT (event_id) DO UPDATE SET org_id = 'upserted';
MERGE INTO app.events AS e USING (VALUES (1000003)) AS n (event_id) ON e.event_id = n.event_id WHEN MATCHED THEN DELETE;
UPDATE app.events SET name = 'login' WHERE org_id = 'cte' AND user_id = 1;
UPDATE app.events SET name = 'login' WHERE org_id = 'one' AND created_at > '2026-03-02 10:00+00' AND false;
DELETE FROM app.events WHERE org_id = 'zeta';
SELECT entity_id COLLATE "C" AS entity_id, motion, not_before, evidence IS NULL AS mark, count(*)
  FROM pls.backlog GROUP BY 1, 2, 3, 4 ORDER BY 1;
SELECT settled, refreshed, busy FROM pls.sweep();
SELECT * FROM app.compared ORDER BY entity_id;

-- Rows that are deleted by a cascade, and changed by one
ALTER TABLE app.events DROP CONSTRAINT events_pkey;
INSERT INTO app.orgs SELECT DISTINCT org_id FROM app.events UNION VALUES ('always');
ALTER TABLE app.events ADD FOREIGN KEY (org_id) REFERENCES app.orgs ON DELETE CASCADE ON UPDATE CASCADE;
DELETE FROM app.orgs WHERE org_id IN ('merged', 'copied');
UPDATE app.orgs SET org_id = 'chosen' WHERE org_id = 'selected';
SELECT entity_id COLLATE "C" AS entity_id, count(*) > 0 AS marked FROM pls.backlog GROUP BY 1 ORDER BY 1;
SELECT settled, refreshed, busy FROM pls.sweep();
SELECT * FROM app.compared ORDER BY entity_id;

-- session_replication_role = replica: only triggers that are always enabled
-- fire.
SET session_replication_role = replica;
INSERT INTO app.events (org_id, user_id, name) VALUES ('replica', 1, 'export');
UPDATE app.events SET user_id = 9 WHERE org_id = 'replica';
SELECT count(*) FROM pls.standings WHERE entity_id = 'replica';
RESET session_replication_role;
SELECT pls.unwatch('app.events');
SELECT count(*) FROM app.triggers('app.events');
SELECT pls.watch('app.events', event => 'name', at => 'created_at', account => 'org_id', actor => 'user_id',
                 properties => 'props', level => 'row', always => true) IS NOT NULL AS watched;
SELECT * FROM app.triggers('app.events') ORDER BY trigger_name;
SET session_replication_role = replica;
INSERT INTO app.events (org_id, user_id, name) SELECT 'always', 1, 'export' FROM generate_series(1, 3);
INSERT INTO app.events (org_id, user_id, name) VALUES ('always', 1, 'invite');
DELETE FROM app.events WHERE org_id = 'replica';
RESET session_replication_role;
SELECT entity_id, evidence IS NULL AS mark FROM pls.backlog;
SELECT settled, refreshed, busy FROM pls.sweep();
SELECT * FROM app.compared WHERE entity_id IN ('always', 'replica');
SELECT entity_id, reason FROM pls.decisions WHERE entity_id = 'always';
SELECT count(*) FROM pls.alerts WHERE entity_id = 'always';

-- pls.enabled
SET pls.enabled = off;
INSERT INTO app.events (org_id, user_id, name) SELECT 'always', 1, 'export' FROM generate_series(1, 3);
DELETE FROM app.events WHERE org_id = 'always' AND name = 'invite';
RESET pls.enabled;
SELECT * FROM app.compared WHERE entity_id = 'always';
SELECT pls.refresh('trial', 'always');
SELECT * FROM app.compared WHERE entity_id = 'always';

-- A savepoint takes back what the rows after it did, a failing statement all.
BEGIN;
INSERT INTO app.events (org_id, user_id, name) VALUES ('one', 1, 'invite');
SAVEPOINT s;
INSERT INTO app.events (org_id, user_id, name) VALUES ('one', 1, 'export'), ('one', 2, 'export');
DELETE FROM app.events WHERE org_id = 'one' AND name = 'invite';
ROLLBACK TO s;
INSERT INTO app.events (org_id, user_id, name) VALUES ('one', 3, 'invite'), (NULL, 3, 'invite');
ROLLBACK TO s;
COMMIT;
SELECT * FROM app.compared WHERE entity_id = 'one';
SELECT count(*) FROM pls.backlog;

-- Partitioned: rows that come through the parent and directly, partitions
-- with columns in another order and with dropped ones, below a partition,
-- and attached later.
CREATE TABLE app.parted_old (dropped int, name text, note text, props jsonb, gone text, org_id text NOT NULL, user_id bigint,
                             created_at timestamptz NOT NULL);
ALTER TABLE app.parted_old DROP COLUMN dropped, DROP COLUMN gone;
ALTER TABLE app.parted ATTACH PARTITION app.parted_old FOR VALUES FROM (MINVALUE) TO ('2026-02-01');
CREATE TABLE app.parted_feb PARTITION OF app.parted FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
CREATE TABLE app.parted_new PARTITION OF app.parted FOR VALUES FROM ('2026-03-01') TO (MAXVALUE)
    PARTITION BY HASH (org_id);
CREATE TABLE app.parted_new_0 PARTITION OF app.parted_new FOR VALUES WITH (MODULUS 2, REMAINDER 0);
SELECT pls.watch('app.parted', event => 'name', at => 'created_at', account => 'org_id', actor => 'user_id',
                 properties => 'props', level => 'row', always => true) IS NOT NULL AS watched;
CREATE TABLE app.parted_new_1 (created_at timestamptz NOT NULL, dropped int, note text, org_id text NOT NULL, props jsonb, name text, user_id bigint);
ALTER TABLE app.parted_new_1 DROP COLUMN dropped;
INSERT INTO app.parted_new_1 (org_id, user_id, name, created_at) VALUES ('p0', 1, 'export', '2026-03-02');
DELETE FROM app.parted_new_1;
ALTER TABLE app.parted_new ATTACH PARTITION app.parted_new_1 FOR VALUES WITH (MODULUS 2, REMAINDER 1);
SELECT r, t.* FROM unnest('{app.parted,app.parted_old,app.parted_feb,app.parted_new,app.parted_new_0,app.parted_new_1}'::regclass[]) r,
    app.triggers(r) t ORDER BY r::text COLLATE "C", trigger_name;
INSERT INTO app.parted (org_id, user_id, name, created_at, props)
SELECT 'p' || n % 5, n, (ARRAY['export', 'export', 'invite', 'login'])[n % 4 + 1], timestamptz '2026-03-02 09:00+00' - n * interval '2 days', '{"a": 1}'
  FROM generate_series(0, 39) AS n;
INSERT INTO app.parted_old (org_id, user_id, name, created_at) VALUES ('p1', 70, 'export', '2026-01-31');
INSERT INTO app.parted_feb (org_id, user_id, name, created_at) VALUES ('p2', 71, 'invite', '2026-02-28');
INSERT INTO app.parted_new (org_id, user_id, name, created_at) SELECT 'p' || n, 72, 'export', '2026-03-02 09:10+00' FROM generate_series(0, 4) n;
DO $$ BEGIN
    FOR n IN 0 .. 4 LOOP    -- each into the partition that it belongs to
        BEGIN
            INSERT INTO app.parted_new_0 (org_id, user_id, name, created_at) VALUES ('p' || n, 73, 'export', '2026-03-02 09:20+00');
        EXCEPTION WHEN check_violation THEN
            INSERT INTO app.parted_new_1 (org_id, user_id, name, created_at) VALUES ('p' || n, 73, 'export', '2026-03-02 09:20+00');
        END;
    END LOOP;
END $$;
COPY app.parted (org_id, user_id, name, created_at) FROM stdin;
p3	80	invite	2026-03-02 09:30+00
p3	80	export	2026-02-20 09:30+00
p4	80	export	2026-01-20 09:30+00
\.
COPY app.parted_old (org_id, user_id, name, created_at) FROM stdin;
p3	81	invite	2026-01-22 09:30+00
\.
SELECT tableoid::regclass::text COLLATE "C" AS partition, count(*) FROM app.parted GROUP BY 1 ORDER BY 1;
SELECT * FROM app.compared WHERE entity_id LIKE 'p_' ORDER BY entity_id;
SELECT entity_id, count(*) FROM pls.alerts WHERE entity_id LIKE 'p_' GROUP BY 1 ORDER BY 1;
SELECT count(*) FROM pls.backlog;
-- other columns mark nobody, by whatever number a partition has them
UPDATE app.parted SET note = 'seen';
UPDATE app.parted_new_1 SET note = 'seen again';
SELECT count(*) FROM pls.backlog;
UPDATE app.parted SET name = 'login' WHERE org_id = 'p1' AND name = 'export';
UPDATE app.parted_old SET user_id = 90 WHERE org_id = 'p2';
UPDATE app.parted_new SET props = '{}' WHERE org_id IN ('p3', 'p4') AND name = 'invite';
DELETE FROM app.parted_feb WHERE org_id = 'p0';
SELECT entity_id, count(*) > 0 AS marked FROM pls.backlog GROUP BY 1 ORDER BY 1;
SELECT settled, refreshed, busy FROM pls.sweep();
SELECT * FROM app.compared WHERE entity_id LIKE 'p_' ORDER BY entity_id;
-- rows that are moved to other partitions
UPDATE app.parted SET created_at = created_at + interval '20 days' WHERE created_at < '2026-02-05';
SELECT settled > 0 OR refreshed > 0 AS swept, busy FROM pls.sweep();
SELECT * FROM app.compared WHERE entity_id LIKE 'p_' ORDER BY entity_id;
-- such a row counts once, and nothing is decided on what it looks like on the way
CREATE TABLE app.moving (org_id text, user_id bigint, name text, created_at timestamptz DEFAULT pls.now(), props jsonb, region text)
    PARTITION BY LIST (region);
CREATE TABLE app.moving_a PARTITION OF app.moving FOR VALUES IN ('a');
CREATE TABLE app.moving_b PARTITION OF app.moving FOR VALUES IN ('b');
SELECT pls.watch('app.moving', event => 'name', at => 'created_at', account => 'org_id', actor => 'user_id', level => 'row') IS NOT NULL AS watched;
INSERT INTO app.moving (org_id, user_id, name, region) VALUES ('mover', 1, 'export', 'a'), ('mover', 1, 'export', 'a'), ('mover', 1, 'invite', 'a');
UPDATE app.moving SET region = 'b' WHERE name = 'export';
SELECT count(*) FROM pls.decisions WHERE entity_id = 'mover';
SELECT settled, refreshed, busy FROM pls.sweep();
SELECT score, lane, stale FROM pls.standings WHERE entity_id = 'mover';
SELECT count(*) FROM pls.decisions WHERE entity_id = 'mover';
DROP TABLE app.moving;
DELETE FROM pls.standings WHERE entity_id = 'mover';
-- a BEFORE trigger of a partition changes what the statement does not
CREATE FUNCTION app.rename() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.name := 'login'; RETURN NEW; END $$;
CREATE TRIGGER rename BEFORE UPDATE ON app.parted_feb FOR EACH ROW EXECUTE FUNCTION app.rename();
UPDATE app.parted SET note = 'renamed' WHERE org_id = 'p0';
SELECT entity_id, count(*) > 0 AS marked FROM pls.backlog GROUP BY 1;
SELECT settled, refreshed, busy FROM pls.sweep();
SELECT * FROM app.compared WHERE entity_id = 'p0';
-- a partition with rows that is attached: they are read by a refresh
CREATE TABLE app.parted_default (LIKE app.parted);
ALTER TABLE app.parted DETACH PARTITION app.parted_old;
SELECT count(*) FROM app.triggers('app.parted_old');
INSERT INTO app.parted_old (org_id, user_id, name, created_at) VALUES ('p9', 93, 'invite', '2026-01-07');
ALTER TABLE app.parted ATTACH PARTITION app.parted_old FOR VALUES FROM (MINVALUE) TO ('2026-02-01');
SELECT count(*) FROM app.triggers('app.parted_old');
SELECT * FROM app.compared WHERE entity_id = 'p9';
SELECT pls.refresh('trial', 'p9');
SELECT * FROM app.compared WHERE entity_id = 'p9';
-- a table that is watched itself cannot become a partition
SELECT pls.watch('app.parted_default', event => 'name', at => 'created_at', account => 'org_id', level => 'row') IS NOT NULL AS watched;
ALTER TABLE app.parted_new DETACH PARTITION app.parted_new_1;
ALTER TABLE app.parted_new ATTACH PARTITION app.parted_default FOR VALUES WITH (MODULUS 2, REMAINDER 1);
SELECT pls.unwatch('app.parted_default');
ALTER TABLE app.parted_new ATTACH PARTITION app.parted_new_1 FOR VALUES WITH (MODULUS 2, REMAINDER 1);

-- a detached partition keeps a trigger, which pls.unwatch() drops; it refuses one that is attached
CREATE TABLE app.monthly (org_id text, name text, created_at timestamptz) PARTITION BY RANGE (created_at);
CREATE TABLE app.monthly_1 PARTITION OF app.monthly FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE TABLE app.monthly_2 PARTITION OF app.monthly FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
SELECT pls.watch('app.monthly', event => 'name', at => 'created_at', account => 'org_id') IS NOT NULL AS watched;
ALTER TABLE app.monthly DETACH PARTITION app.monthly_1;
\x
SELECT * FROM pls.health WHERE "check" = 'triggers';
\x
SELECT pls.unwatch('app.monthly_1');
SELECT count(*) FROM app.triggers('app.monthly_1');
SELECT * FROM pls.health WHERE "check" = 'triggers';
SELECT pls.unwatch('app.monthly_1');
SELECT pls.unwatch('app.monthly_2');
SELECT count(*) FROM app.triggers('app.monthly_2');
SELECT pls.unwatch('app.monthly');
DROP TABLE app.monthly, app.monthly_1;

-- Inherited: rows of the table itself and of its children, which may have
-- their columns in another order
CREATE TABLE app.family_child (extra int) INHERITS (app.family);
CREATE TABLE app.family_other (extra int, props jsonb, dropped int, name text, created_at timestamptz DEFAULT pls.now(), user_id bigint, org_id text);
ALTER TABLE app.family_other DROP COLUMN dropped;
ALTER TABLE app.family_other INHERIT app.family;
SELECT pls.watch('app.family', event => 'name', at => 'created_at', account => 'org_id', actor => 'user_id',
                 properties => 'props', level => 'row') IS NOT NULL AS watched;
INSERT INTO app.family (org_id, user_id, name) VALUES ('heir', 1, 'export'), ('heir', 1, 'invite');
INSERT INTO app.family_child (org_id, user_id, name) VALUES ('heir', 2, 'export'), ('heir', 2, 'login');
INSERT INTO app.family_other (org_id, user_id, name) VALUES ('heir', 3, 'export'), ('other heir', 3, 'invite');
SELECT * FROM app.compared WHERE entity_id LIKE '%heir' ORDER BY entity_id;
SELECT entity_id, reason FROM pls.decisions WHERE entity_id LIKE '%heir';
UPDATE app.family SET name = 'login' WHERE user_id = 2;
DELETE FROM app.family WHERE name = 'invite';
SELECT entity_id COLLATE "C" AS entity_id, count(*) > 0 AS marked FROM pls.backlog GROUP BY 1 ORDER BY 1;
SELECT settled, refreshed, busy FROM pls.sweep();
SELECT * FROM app.compared WHERE entity_id LIKE '%heir' ORDER BY entity_id;

-- Everything that is there, and a rebuild of it
TABLE app.compared ORDER BY entity_id;
SELECT entity_id, evidence::text AS evidence, score INTO app.before FROM pls.standings;
SET client_min_messages = warning;
SELECT pls.refresh('trial') = (SELECT count(*) FROM pls.standings) AS rebuilt;
SELECT count(*) AS differ FROM pls.standings s FULL JOIN app.before b USING (entity_id)
 WHERE (s.evidence::text, s.score) IS DISTINCT FROM (b.evidence, b.score);

\set ECHO none
\c :home
SET client_min_messages = warning;
DROP DATABASE pls_trigger_rows;
