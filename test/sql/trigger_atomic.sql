-- Event, standing, decision and alert stand or fall together: transactions,
-- savepoints, exception blocks, and what is deferred to the commit.
\getenv srcdir PG_ABS_SRCDIR
\set setup :srcdir /small_motion.sql
\set home :DBNAME
\set ECHO none
SET client_min_messages = warning;
DROP DATABASE IF EXISTS pls_trigger_atomic;
CREATE DATABASE pls_trigger_atomic;
\c pls_trigger_atomic
SET client_min_messages = warning;
CREATE EXTENSION pls;
\i :setup
ALTER TABLE app.events ALTER created_at SET DEFAULT pls.now();
RESET client_min_messages;
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET intervalstyle = 'postgres';
SET pls.now = '2026-03-02 10:00+00';
CREATE VIEW app.state AS
SELECT (SELECT count(*) FROM app.events) AS events, (SELECT count(*) FROM pls.standings) AS standings,
       (SELECT count(*) FROM pls.backlog WHERE evidence IS NOT NULL) AS backlog, (SELECT count(*) FROM pls.decisions) AS decisions,
       (SELECT count(*) FROM pls.alerts) AS alerts;
-- What brings an entity over the threshold in one statement.
CREATE PROCEDURE app.cross(org text) LANGUAGE sql AS $$
    INSERT INTO app.events (org_id, user_id, name)
    SELECT org, 1, n FROM unnest('{export,export,export,invite}'::text[]) AS n
$$;
\set ECHO all

-- A crossing that is taken back to a savepoint, and then made after all
BEGIN;
INSERT INTO app.events (org_id, user_id, name) VALUES ('acme', 1, 'export'), ('acme', 1, 'export');
SAVEPOINT before;
INSERT INTO app.events (org_id, user_id, name) VALUES ('acme', 1, 'export'), ('acme', 1, 'invite');
SELECT * FROM app.state;
ROLLBACK TO before;
SELECT * FROM app.state;
SELECT score, lane, reason, decide_again_at, last_alert_at, cooldown_until FROM pls.standings;
INSERT INTO app.events (org_id, user_id, name) VALUES ('acme', 1, 'invite');
SELECT score, lane FROM pls.standings;
SAVEPOINT crossing;
INSERT INTO app.events (org_id, user_id, name) VALUES ('acme', 1, 'export');
RELEASE crossing;
ROLLBACK TO before;
INSERT INTO app.events (org_id, user_id, name) VALUES ('acme', 1, 'export'), ('acme', 1, 'invite');
COMMIT;
SELECT * FROM app.state;
SELECT entity_id, reason, score FROM pls.decisions;
SELECT entity_id, status, created_at, respond_within, respond_by,
       respond_by = pls.due_at(created_at, respond_within, calendar) AS due_right FROM pls.alerts;

-- More events in the transaction that has decided: they are merged at once.
BEGIN;
CALL app.cross('same');
INSERT INTO app.events (org_id, user_id, name) VALUES ('same', 2, 'invite');
SAVEPOINT one;
INSERT INTO app.events (org_id, user_id, name) VALUES ('same', 3, 'invite');
RELEASE one;
INSERT INTO app.events (org_id, user_id, name) VALUES ('same', 4, 'export');
SELECT entity_id FROM pls.backlog;
SELECT evidence::text = (SELECT pls.evidence('trial', name, created_at, user_id, props)::text
                           FROM app.events WHERE org_id = 'same') AS as_aggregate
  FROM pls.standings WHERE entity_id = 'same';
COMMIT;

-- A transaction that is rolled back, before and after the crossing
SELECT * FROM app.state;
BEGIN;
CALL app.cross('rolled back');
SELECT * FROM app.state;
ROLLBACK;
SELECT * FROM app.state;
BEGIN;
INSERT INTO app.events (org_id, user_id, name)
SELECT 'rolled back', 1, n FROM unnest('{export,export,invite}'::text[]) AS n;
COMMIT;
BEGIN;
INSERT INTO app.events (org_id, user_id, name) VALUES ('rolled back', 1, 'export');
ROLLBACK;
SELECT score, lane, decide_again_at FROM pls.standings WHERE entity_id = 'rolled back';
INSERT INTO app.events (org_id, user_id, name) VALUES ('rolled back', 1, 'export');
SELECT entity_id, reason FROM pls.decisions WHERE entity_id = 'rolled back';

-- A statement that fails after the crossing, in a later trigger of the same table
CREATE FUNCTION app.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'not today';
END
$$;
CREATE TRIGGER zzz_refuse AFTER INSERT ON app.events EXECUTE FUNCTION app.refuse();
SELECT * FROM app.state;
CALL app.cross('refused');
SELECT * FROM app.state;
DROP TRIGGER zzz_refuse ON app.events;

-- Exception blocks
DO $$
BEGIN
    FOR n IN 1 .. 3 LOOP
        BEGIN
            CALL app.cross('block');
            IF n < 3 THEN
                RAISE division_by_zero;
            END IF;
        EXCEPTION WHEN division_by_zero THEN
            NULL;
        END;
    END LOOP;
END
$$;
SELECT count(*) FROM app.events WHERE org_id = 'block';
SELECT entity_id, reason FROM pls.decisions WHERE entity_id = 'block';
SELECT evidence::text = (SELECT pls.evidence('trial', name, created_at, user_id, props)::text
                           FROM app.events WHERE org_id = 'block') AS as_aggregate
  FROM pls.standings WHERE entity_id = 'block';

-- Deferred: events that are inserted when the transaction commits, and a
-- commit that fails
CREATE TABLE app.orgs (org_id text PRIMARY KEY);
CREATE FUNCTION app.cross_later() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    CALL app.cross(NEW.org_id);
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER cross_later AFTER INSERT ON app.orgs DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION app.cross_later();
BEGIN;
INSERT INTO app.orgs VALUES ('deferred');
SELECT count(*) FROM pls.standings WHERE entity_id = 'deferred';
COMMIT;
SELECT entity_id, reason FROM pls.decisions WHERE entity_id = 'deferred';
DELETE FROM app.events WHERE org_id <> 'deferred';
ALTER TABLE app.events ADD FOREIGN KEY (org_id) REFERENCES app.orgs DEFERRABLE INITIALLY DEFERRED;
SELECT * FROM app.state;
BEGIN;
CALL app.cross('orphan');
SELECT entity_id, reason FROM pls.decisions WHERE entity_id = 'orphan';
COMMIT;
SELECT * FROM app.state;

-- By the wall clock: the alert is as old as the statement, not older
RESET pls.now;
INSERT INTO app.orgs VALUES ('clock');
SELECT created_at BETWEEN now() - interval '1 minute' AND clock_timestamp() AS created_now,
       created_at = assigned_at AS assigned_then,
       respond_by = pls.due_at(created_at, respond_within, calendar) AS due_right
  FROM pls.alerts WHERE entity_id = 'clock';

\set ECHO none
\c :home
SET client_min_messages = warning;
DROP DATABASE pls_trigger_atomic;
