-- A session that inserts for hours must not grow: the number and the bytes of
-- the memory contexts of pls and of cached plans, after 1,000 statements and
-- after 3,000 more, some of which cross, match nothing, fail or change the
-- model; and of all contexts over 100,000 transactions of one row.
\getenv srcdir PG_ABS_SRCDIR
\set setup :srcdir /small_motion.sql
\set home :DBNAME
\set ECHO none
SET client_min_messages = warning;
DROP DATABASE IF EXISTS pls_trigger_memory;
CREATE DATABASE pls_trigger_memory;
\c pls_trigger_memory
SET client_min_messages = warning;
CREATE EXTENSION pls;
\i :setup
ALTER TABLE app.events ALTER created_at SET DEFAULT pls.now();
RESET client_min_messages;
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET intervalstyle = 'postgres';
SET pls.now = '2026-03-02 10:00+00';
CREATE TABLE app.mails (usr text, email text, name text, at timestamptz);
DO $$ BEGIN PERFORM pls.watch('app.mails', event => 'name', at => 'at', actor => 'usr', email => 'email'); END $$;
INSERT INTO pls.users (user_id, email) SELECT 'u' || n, 'u@site' || n || '.example' FROM generate_series(0, 9) AS n;
CREATE FUNCTION app.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'no';
END
$$;
CREATE TRIGGER refuse BEFORE INSERT ON pls.alerts FOR EACH ROW
    WHEN (NEW.entity_id LIKE '%7') EXECUTE FUNCTION app.refuse();
CREATE PROCEDURE app.insert_many(first integer, last integer) LANGUAGE plpgsql AS $$
BEGIN
    FOR n IN first .. last LOOP
        -- an entity crosses with every tenth statement
        INSERT INTO app.events (org_id, user_id, name)
        VALUES ('org ' || n / 10, n, (ARRAY['export', 'invite', 'nothing'])[n % 3 + 1]);
        IF n % 5 = 0 THEN
            INSERT INTO app.mails VALUES ('u' || n % 10, NULL, 'export', pls.now()),
                (NULL, 'a@site' || n % 7 || '.example', 'invite', pls.now());
        END IF;
        IF n % 50 = 0 THEN
            UPDATE pls.signals SET points = 30 + n % 3 WHERE signal = 'inviters';
        END IF;
        IF n % 60 = 0 THEN
            BEGIN
                INSERT INTO app.events (org_id, user_id, name) VALUES ('org', n, 'export'), (NULL, n, 'export');
            EXCEPTION WHEN not_null_violation THEN
                NULL;
            END;
        END IF;
        COMMIT;
    END LOOP;
END
$$;
CREATE PROCEDURE app.insert_single(rows integer) LANGUAGE plpgsql AS $$
BEGIN
    FOR n IN 1 .. rows LOOP
        INSERT INTO app.events (org_id, user_id, name) VALUES ('steady ' || n % 500, n % 1000, 'export');
        COMMIT;
    END LOOP;
END
$$;
CREATE VIEW app.memory AS
SELECT name, count(*) AS contexts, sum(used_bytes) AS used, sum(total_bytes) AS total
  FROM pg_catalog.pg_backend_memory_contexts
 WHERE name LIKE 'pls%' OR name LIKE 'CachedPlan%' OR name = 'SPI Plan'
 GROUP BY name;
CREATE TABLE app.first AS SELECT * FROM app.memory LIMIT 0;
CREATE TABLE app.then AS SELECT * FROM app.memory LIMIT 0;
CREATE VIEW app.size AS
SELECT count(*) AS contexts, count(*) FILTER (WHERE name LIKE 'CachedPlan%' OR name = 'SPI Plan') AS plans,
       sum(total_bytes) AS bytes
  FROM pg_catalog.pg_backend_memory_contexts;
CREATE TABLE app.sizes (contexts bigint, plans bigint, bytes numeric, number integer GENERATED ALWAYS AS IDENTITY);
SET client_min_messages = error;
\set ECHO all

CALL app.insert_many(1, 1000);
INSERT INTO app.first SELECT * FROM app.memory;
CALL app.insert_many(1001, 4000);
INSERT INTO app.then SELECT * FROM app.memory;
-- there is something to compare, and nothing has become more: what the server
-- itself reads anew now and then apart, far less than a byte or a context per
-- statement
SELECT name FROM app.first ORDER BY name COLLATE "C";
SELECT name, t.contexts - coalesce(f.contexts, 0) AS more_contexts, t.used - coalesce(f.used, 0) AS more_used,
       t.total - coalesce(f.total, 0) AS more_total
  FROM app.then t LEFT JOIN app.first f USING (name)
 WHERE t.contexts > coalesce(f.contexts, 0) + 10 OR t.used > coalesce(f.used, 0) + 8192 OR t.total > coalesce(f.total, 0) + 8192
 ORDER BY name COLLATE "C";
SELECT reason, count(*) FROM pls.decisions GROUP BY reason ORDER BY reason;

-- 100,000 transactions of one row that matches: a byte for each would show
CALL app.insert_single(1000);
INSERT INTO app.sizes SELECT * FROM app.size;
CALL app.insert_single(1000);
INSERT INTO app.sizes SELECT * FROM app.size;
CALL app.insert_single(100000);
INSERT INTO app.sizes SELECT * FROM app.size;
SELECT number, contexts - lag(contexts) OVER w < 100 AS same_contexts, plans - lag(plans) OVER w <= 0 AS same_plans,
       bytes - lag(bytes) OVER w < 65536 AS same_bytes, plans > 0 AS has_plans
  FROM app.sizes WINDOW w AS (ORDER BY number) ORDER BY number DESC LIMIT 1;
SELECT count(*) AS standings, sum(x.value) AS exports
  FROM pls.standings s, LATERAL pls.explain(s.evidence) x
 WHERE s.entity_id LIKE 'steady %' AND x.signal = 'exports';

\set ECHO none
\c :home
SET client_min_messages = warning;
DROP DATABASE pls_trigger_memory;
