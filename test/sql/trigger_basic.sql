-- How rows get into a watched table: every way that there is to insert them.
-- The table and its motion are those of small_motion.sql: three exports (40
-- points) and an inviting user (30) within 14 days qualify an account at 60.
\getenv srcdir PG_ABS_SRCDIR
\set setup :srcdir /small_motion.sql
\set home :DBNAME
\set ECHO none
SET client_min_messages = warning;
DROP DATABASE IF EXISTS pls_trigger_basic;
CREATE DATABASE pls_trigger_basic;
\c pls_trigger_basic
SET client_min_messages = warning;
CREATE EXTENSION pls;
\i :setup
ALTER TABLE app.events ALTER created_at SET DEFAULT pls.now();
RESET client_min_messages;
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET intervalstyle = 'postgres';
SET pls.now = '2026-03-02 10:00+00';
-- What the trigger made of the rows, and whether it is what the aggregate
-- over the table says.
CREATE VIEW app.seen AS
SELECT s.entity_id COLLATE "C" AS entity_id, s.score, s.lane, s.last_event_at,
       s.evidence::text IS NOT DISTINCT FROM
       (SELECT pls.evidence('trial', e.name, e.created_at, e.user_id, e.props)::text
          FROM app.events e WHERE e.org_id = s.entity_id) AS as_aggregate
  FROM pls.standings s WHERE s.motion = 'trial';
\set ECHO all

-- One row; several rows; one statement for two entities.
INSERT INTO app.events (org_id, user_id, name) VALUES ('one', 1, 'export');
INSERT INTO app.events (org_id, user_id, name, created_at)
VALUES ('acme', 1, 'export', '2026-03-01 09:00+00'), ('acme', 2, 'export', '2026-03-02 09:00+00'),
       ('zeta', 1, 'invite', '2026-03-01 08:00+00');
SELECT * FROM app.seen ORDER BY entity_id;
SELECT count(*) FROM pls.decisions;

-- The third export and the invitation: one crossing, one decision, one alert.
INSERT INTO app.events (org_id, user_id, name) VALUES ('acme', 3, 'export'), ('acme', 3, 'invite');
SELECT entity_id, lane, reason, detail, score FROM pls.decisions;
SELECT alert_id, entity_id, account_id, status, reason, next_best_action, score,
       assigned_to IS NOT NULL AS assigned, created_at, respond_by
  FROM pls.alerts;
-- More of the same is no crossing.
INSERT INTO app.events (org_id, user_id, name) VALUES ('acme', 4, 'export'), ('acme', 4, 'invite');
SELECT count(*) FROM pls.decisions;

-- INSERT ... SELECT
INSERT INTO app.events (org_id, user_id, name)
SELECT 'selected', n, 'export' FROM generate_series(1, 100) AS n;
SELECT * FROM app.seen WHERE entity_id = 'selected';

-- COPY
COPY app.events (org_id, user_id, name, created_at, props) FROM stdin;
copied	1	export	2026-03-01 10:00+00	{"plan": "pro"}
copied	\N	export	2026-03-01 11:00+00	\N
copied	2	invite	2026-03-01 12:00+00	{}
\.
SELECT * FROM app.seen WHERE entity_id = 'copied';

-- COPY of more rows than work_mem holds
SET work_mem = '64kB';
CREATE TABLE app.heap AS
SELECT 'spilled ' || n % 7 AS org_id, n AS user_id, (ARRAY['export', 'invite', 'other'])[n % 3 + 1] AS name,
       pls.now() - n * interval '7 minutes' AS created_at,
       jsonb_build_object('page', repeat(n::text, 20)) AS props
  FROM generate_series(1, 5000) AS n;
INSERT INTO app.events (org_id, user_id, name, created_at, props) SELECT * FROM app.heap;
SELECT * FROM app.seen WHERE entity_id LIKE 'spilled %' ORDER BY entity_id;
RESET work_mem;

-- INSERT ... ON CONFLICT: the rows that were inserted, and no others
INSERT INTO app.events (event_id, org_id, name) OVERRIDING SYSTEM VALUE
VALUES (1, 'upsert', 'export'), (1000001, 'upsert', 'export')
ON CONFLICT DO NOTHING;
INSERT INTO app.events (event_id, org_id, name) OVERRIDING SYSTEM VALUE
VALUES (1000001, 'upsert', 'export'), (1000002, 'upsert', 'invite')
ON CONFLICT (event_id) DO UPDATE SET props = '{"again": true}';
SELECT * FROM app.seen WHERE entity_id = 'upsert';

-- MERGE
MERGE INTO app.events AS e
USING (VALUES (1000001, 'export'), (1000003, 'export'), (1000004, 'export')) AS n (event_id, name)
   ON e.event_id = n.event_id
 WHEN MATCHED THEN UPDATE SET props = '{"merged": true}'
 WHEN NOT MATCHED THEN INSERT (event_id, org_id, name) OVERRIDING SYSTEM VALUE
      VALUES (n.event_id, 'merged', n.name);
SELECT * FROM app.seen WHERE entity_id = 'merged';

-- Two inserts into the same table in one query
WITH first AS (
    INSERT INTO app.events (org_id, user_id, name) VALUES ('cte', 1, 'export'), ('cte', 2, 'export')
    RETURNING org_id)
INSERT INTO app.events (org_id, user_id, name)
SELECT org_id, 3, 'export' FROM first LIMIT 1;
SELECT * FROM app.seen WHERE entity_id = 'cte';

-- Through a view, and through a trigger of another table
CREATE VIEW app.exports AS SELECT org_id, user_id, name FROM app.events WHERE name = 'export';
INSERT INTO app.exports VALUES ('viewed', 1, 'export');
CREATE TABLE app.orders (org_id text, user_id bigint);
CREATE FUNCTION app.order_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO app.events (org_id, user_id, name) VALUES (NEW.org_id, NEW.user_id, 'export');
    RETURN NULL;
END
$$;
CREATE TRIGGER order_event AFTER INSERT ON app.orders
    FOR EACH ROW EXECUTE FUNCTION app.order_event();
INSERT INTO app.orders VALUES ('ordered', 1), ('ordered', 2), ('other', 1);
SELECT * FROM app.seen WHERE entity_id IN ('viewed', 'ordered', 'other') ORDER BY entity_id;

-- A BEFORE trigger that changes and one that drops rows
CREATE FUNCTION app.tidy_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.props ? 'drop' THEN
        RETURN NULL;
    END IF;
    NEW.org_id := lower(NEW.org_id);
    RETURN NEW;
END
$$;
CREATE TRIGGER tidy_event BEFORE INSERT ON app.events
    FOR EACH ROW EXECUTE FUNCTION app.tidy_event();
INSERT INTO app.events (org_id, user_id, name, props)
VALUES ('TIDY', 1, 'export', NULL), ('TIDY', 2, 'export', '{"drop": 1}');
SELECT * FROM app.seen WHERE lower(entity_id) = 'tidy';
DROP TRIGGER tidy_event ON app.events;

-- A statement whose rows match nothing, one without rows, and a refused one
-- write nothing at all into the tables of pls.
CREATE VIEW app.written AS
SELECT coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0) AS rows_written
  FROM pg_catalog.pg_stat_xact_user_tables WHERE schemaname IN ('pls', 'pls_internal');
BEGIN;
SELECT rows_written FROM app.written \gset before_
INSERT INTO app.events (org_id, user_id, name) VALUES ('nobody', 1, 'login'), ('nobody', 1, '');
INSERT INTO app.events (org_id, user_id, name) SELECT 'nobody', 1, 'export' WHERE false;
INSERT INTO app.events (event_id, org_id, name) OVERRIDING SYSTEM VALUE
VALUES (1000001, 'nobody', 'export') ON CONFLICT DO NOTHING;
UPDATE app.events SET props = '{}' WHERE org_id = 'nobody';
SELECT rows_written - :before_rows_written AS rows_written FROM app.written;
-- and these do write
INSERT INTO app.events (org_id, user_id, name) VALUES ('somebody', 1, 'export');
SELECT rows_written - :before_rows_written AS rows_written FROM app.written;
ROLLBACK;
-- A transaction that only inserts no rows is given no number.
BEGIN;
INSERT INTO app.events (org_id, user_id, name) SELECT 'nobody', 1, 'export' WHERE false;
SELECT pg_current_xact_id_if_assigned() IS NULL AS none_assigned;
COMMIT;
SELECT count(*) FROM pls.standings WHERE entity_id = 'nobody';

-- pls.enabled
SET pls.enabled = off;
INSERT INTO app.events (org_id, user_id, name) VALUES ('unseen', 1, 'export');
RESET pls.enabled;
SELECT count(*) FROM pls.standings WHERE entity_id = 'unseen';

-- Partitioned, inherited
CREATE TABLE app.parted (at timestamptz, org text, name text) PARTITION BY RANGE (at);
CREATE TABLE app.parted_old (dropped int, name text, org text, at timestamptz);
ALTER TABLE app.parted_old DROP COLUMN dropped;
ALTER TABLE app.parted ATTACH PARTITION app.parted_old FOR VALUES FROM (MINVALUE) TO ('2026-03-01');
CREATE TABLE app.parted_new PARTITION OF app.parted FOR VALUES FROM ('2026-03-01') TO (MAXVALUE);
SELECT pls.watch('app.parted', event => 'name', at => 'at', account => 'org') IS NOT NULL AS watched;
INSERT INTO app.parted VALUES ('2026-02-27', 'parted', 'export'), ('2026-03-02', 'parted', 'export'),
    ('2026-02-28', 'parted', 'export');
SELECT entity_id, score, last_event_at FROM pls.standings WHERE entity_id = 'parted';
CREATE TABLE app.parent (org text, at timestamptz, name text);
CREATE TABLE app.child (extra int) INHERITS (app.parent);
SELECT pls.watch('app.parent', event => 'name', at => 'at', account => 'org') IS NOT NULL AS watched;
INSERT INTO app.parent VALUES ('heir', '2026-03-02', 'export');
INSERT INTO app.child VALUES ('heir', '2026-03-02 01:00', 'export', 1);
SELECT entity_id, score, last_event_at FROM pls.standings WHERE entity_id = 'heir';

\set ECHO none
\c :home
SET client_min_messages = warning;
DROP DATABASE pls_trigger_basic;
