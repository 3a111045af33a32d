-- What a session reads events with is kept from one statement to the next.  It
-- must fit nevertheless: after DDL on the table, for another table, for an
-- INSERT beneath an INSERT, after an error.  The motion is that of
-- small_motion.sql.
\getenv srcdir PG_ABS_SRCDIR
\set setup :srcdir /small_motion.sql
\set home :DBNAME
\set ECHO none
SET client_min_messages = warning;
DROP DATABASE IF EXISTS pls_trigger_reader;
CREATE DATABASE pls_trigger_reader;
\c pls_trigger_reader
SET client_min_messages = warning;
CREATE EXTENSION pls;
\i :setup
ALTER TABLE app.events ALTER created_at SET DEFAULT pls.now();
SET timezone = 'UTC';
SET pls.now = '2026-03-02 10:00+00';
CREATE TABLE app.visits (extra text, name text, at timestamptz DEFAULT pls.now(), org text);
DO $$ BEGIN PERFORM pls.watch('app.visits', event => 'name', at => 'at', account => 'org'); END $$;
CREATE VIEW app.compared AS
SELECT coalesce(e.org_id, s.entity_id) COLLATE "C" AS entity_id, s.score, s.lane,
       s.evidence::text IS NOT DISTINCT FROM e.evidence::text AS as_aggregate
  FROM pls.standings s
  FULL JOIN (SELECT org_id, pls.evidence('trial', name, created_at, user_id, props) AS evidence
               FROM (SELECT org_id, name, created_at, user_id, props FROM app.events
                     UNION ALL SELECT org, name, at, NULL, NULL FROM app.visits) a
              WHERE name IN ('export', 'invite') GROUP BY org_id) e ON e.org_id = s.entity_id;
RESET client_min_messages;
\set ECHO all

-- two tables in turns, one row and several
INSERT INTO app.events (org_id, user_id, name) VALUES ('acme', 1, 'export');
INSERT INTO app.visits (name, org) VALUES ('export', 'acme'), ('nothing', 'acme'), ('export', 'byte');
INSERT INTO app.events (org_id, user_id, name) VALUES ('byte', 1, 'nothing');
INSERT INTO app.visits (name, org) VALUES ('export', 'byte');
INSERT INTO app.events (org_id, user_id, name) VALUES ('acme', 2, 'invite'), ('byte', 3, 'export');
SELECT * FROM app.compared ORDER BY 1;

-- columns come and go in between
ALTER TABLE app.visits ADD note text DEFAULT 'new', DROP extra;
INSERT INTO app.visits (org, name) VALUES ('cats', 'export');
ALTER TABLE app.events ADD early integer DEFAULT 7, DROP event_id;
INSERT INTO app.events (org_id, user_id, name) VALUES ('cats', 4, 'export'), ('cats', 5, 'nothing');
SELECT entity_id, as_aggregate, (SELECT count(*) FROM app.visits WHERE org = entity_id) AS visits FROM app.compared ORDER BY 1;
BEGIN;
ALTER TABLE app.events ADD late text DEFAULT 'x';
INSERT INTO app.events (org_id, user_id, name) VALUES ('cats', 4, 'export');
SELECT score FROM pls.standings WHERE entity_id = 'cats';
ROLLBACK;
INSERT INTO app.events (org_id, user_id, name) VALUES ('dogs', 4, 'export');

-- an alert's own trigger inserts into both tables, and for some it fails
CREATE FUNCTION app.follow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO app.visits (org, name) VALUES (NEW.entity_id || ' follows', 'export');
    INSERT INTO app.events (org_id, user_id, name)
    SELECT NEW.entity_id || ' next', n, unnest('{export,export,export,invite}'::text[]) FROM generate_series(1, 2) AS n
     WHERE NEW.entity_id NOT LIKE '% next';
    IF NEW.entity_id LIKE 'eels%' THEN
        RAISE EXCEPTION 'no';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER follow AFTER INSERT ON pls.alerts FOR EACH ROW EXECUTE FUNCTION app.follow();
INSERT INTO app.events (org_id, user_id, name)
SELECT org, 1, name FROM unnest('{dogs,eels}'::text[]) AS org, unnest('{export,export,export,invite}'::text[]) AS name;
INSERT INTO app.visits (org, name) VALUES ('dogs', 'export');
INSERT INTO app.events (org_id, user_id, name) VALUES ('eels', 1, 'export');
SELECT c.*, (SELECT string_agg(d.reason, ', ' ORDER BY d.decision_id) FROM pls.decisions d WHERE d.entity_id = c.entity_id) AS decided
  FROM app.compared c ORDER BY 1;

\set ECHO none
\c :home
SET client_min_messages = warning;
DROP DATABASE pls_trigger_reader;
