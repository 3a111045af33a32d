-- Whatever goes wrong in deciding never fails the application's INSERT: it
-- becomes a decision "error", and is decided again.
\getenv srcdir PG_ABS_SRCDIR
\set setup :srcdir /small_motion.sql
\set home :DBNAME
\set ECHO none
SET client_min_messages = warning;
DROP DATABASE IF EXISTS pls_trigger_isolated;
CREATE DATABASE pls_trigger_isolated;
\c pls_trigger_isolated
SET client_min_messages = warning;
CREATE EXTENSION pls;
\i :setup
ALTER TABLE app.events ALTER created_at SET DEFAULT pls.now();
RESET client_min_messages;
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET intervalstyle = 'postgres';
SET pls.now = '2026-03-02 10:00+00';
CREATE PROCEDURE app.cross(org text) LANGUAGE sql AS $$
    INSERT INTO app.events (org_id, user_id, name)
    SELECT org, 1, n FROM unnest('{export,export,export,invite}'::text[]) AS n
$$;
CREATE VIEW app.decided AS
SELECT decision_id, entity_id, decided_at, lane, reason, detail, score, alert_id FROM pls.decisions;
CREATE VIEW app.due AS
SELECT entity_id, score, lane, qualified, reason, decide_again_at,
       (SELECT count(*) FROM pls.alerts a WHERE a.entity_id = s.entity_id) AS alerts
  FROM pls.standings s;
-- A trigger that somebody has put on a table of pls: it refuses some entities.
CREATE FUNCTION app.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.entity_id LIKE 'bad%' THEN
        RAISE EXCEPTION '% refuses "%"', TG_TABLE_NAME, NEW.entity_id USING ERRCODE = 'PL001';
    END IF;
    RETURN NEW;
END
$$;
\set ECHO all

-- A trigger on pls.alerts that raises an error.  Other entities of the same
-- statement are not affected; the server log hears of it (test/t/080_roles.pl),
-- the application does not.
CREATE TRIGGER refuse BEFORE INSERT ON pls.alerts FOR EACH ROW EXECUTE FUNCTION app.refuse();
SET client_min_messages = log;
INSERT INTO app.events (org_id, user_id, name)
SELECT o, 1, n FROM unnest('{bad,good,zeta}'::text[]) AS o, unnest('{export,export,export,invite}'::text[]) AS n;
SET client_min_messages = warning;
SELECT count(*) FROM app.events;
SELECT entity_id, reason, detail, score, alert_id IS NOT NULL AS alert FROM app.decided ORDER BY decision_id;
SELECT * FROM app.due ORDER BY entity_id;
-- Decided again by the first event after a minute, or by the sweep; as long
-- as it fails, with the same result, and after pauses that double.
INSERT INTO app.events (org_id, user_id, name) VALUES ('bad', 1, 'export');
SELECT count(*) FROM app.decided WHERE entity_id = 'bad';
SET pls.now = '2026-03-02 10:01+00';
INSERT INTO app.events (org_id, user_id, name) VALUES ('bad', 1, 'export');
SELECT entity_id, reason, decided_at FROM app.decided WHERE entity_id = 'bad' ORDER BY decision_id;
SELECT * FROM app.due WHERE entity_id = 'bad';
SET pls.now = '2026-03-02 10:03+00';
SELECT * FROM pls.sweep();
SELECT entity_id, reason, decided_at FROM app.decided WHERE entity_id = 'bad' ORDER BY decision_id;
SET pls.now = '2026-03-02 10:05+00';
SELECT * FROM pls.sweep();
DROP TRIGGER refuse ON pls.alerts;
SET pls.now = '2026-03-02 10:06+00';
INSERT INTO app.events (org_id, user_id, name) VALUES ('bad', 1, 'invite');
INSERT INTO app.events (org_id, user_id, name) VALUES ('bad', 1, 'invite');
SELECT * FROM pls.sweep();
SELECT entity_id, reason, decided_at FROM app.decided WHERE entity_id = 'bad' ORDER BY decision_id;
SELECT * FROM app.due WHERE entity_id = 'bad';

-- A constraint
ALTER TABLE pls.alerts ADD CONSTRAINT not_this_one CHECK (entity_id <> 'checked');
CALL app.cross('checked');
ALTER TABLE pls.alerts DROP CONSTRAINT not_this_one;
SELECT entity_id, reason, detail FROM app.decided WHERE entity_id = 'checked';
SET pls.now = '2026-03-02 10:08+00';
SELECT * FROM pls.sweep();
SELECT entity_id, reason, decided_at FROM app.decided WHERE entity_id = 'checked' ORDER BY decision_id;

-- A calendar without working time
INSERT INTO pls.calendars (calendar) VALUES ('never open');
UPDATE pls.routes SET calendar = 'never open';
CALL app.cross('timeless');
SELECT entity_id, reason, detail FROM app.decided WHERE entity_id = 'timeless';
UPDATE pls.routes SET calendar = NULL;
SET pls.now = '2026-03-02 10:10+00';
CALL app.cross('timeless');
SELECT entity_id, reason FROM app.decided WHERE entity_id = 'timeless' ORDER BY decision_id;

-- pls.decisions itself refuses: nothing can be written down, yet the INSERT
-- succeeds, the decision stays due, and the next event raises exactly once.
CREATE TRIGGER refuse BEFORE INSERT ON pls.decisions FOR EACH ROW EXECUTE FUNCTION app.refuse();
SET client_min_messages = log;
CALL app.cross('bad to write');
SET client_min_messages = warning;
SELECT count(*) FROM app.events WHERE org_id = 'bad to write';
SELECT * FROM app.due WHERE entity_id = 'bad to write';
DROP TRIGGER refuse ON pls.decisions;
INSERT INTO app.events (org_id, user_id, name) VALUES ('bad to write', 1, 'export');
INSERT INTO app.events (org_id, user_id, name) VALUES ('bad to write', 1, 'export');
SELECT entity_id, reason FROM app.decided WHERE entity_id = 'bad to write' ORDER BY decision_id;
SELECT * FROM app.due WHERE entity_id = 'bad to write';

-- In a transaction of the application, and within its savepoints, too
CREATE TRIGGER refuse BEFORE INSERT ON pls.alerts FOR EACH ROW EXECUTE FUNCTION app.refuse();
BEGIN;
SAVEPOINT a;
CALL app.cross('bad in savepoint');
SAVEPOINT b;
CALL app.cross('fine in savepoint');
RELEASE b;
ROLLBACK TO a;
CALL app.cross('bad after savepoint');
SELECT entity_id, reason FROM app.decided WHERE entity_id LIKE '%savepoint' ORDER BY decision_id;
COMMIT;
SELECT entity_id, reason FROM app.decided WHERE entity_id LIKE '%savepoint' ORDER BY decision_id;
DROP TRIGGER refuse ON pls.alerts;

-- An outcome that cannot be written down; the others of the statement can
INSERT INTO pls.signals (motion, signal, category, events, measure, within, threshold, points, outcome)
VALUES ('trial', 'bought', 'outcome', '{buy}', 'count', '1 day', 1, 0, 'conversion');
SELECT refreshed > 0 AS refreshed FROM pls.sweep();
CREATE TRIGGER refuse BEFORE INSERT ON pls.outcomes FOR EACH ROW EXECUTE FUNCTION app.refuse();
INSERT INTO app.events (org_id, name) VALUES ('abel', 'buy'), ('bad buyer', 'buy'), ('buyer', 'buy');
SELECT entity_id, outcome, signal, at FROM pls.outcomes ORDER BY entity_id;
DROP TRIGGER refuse ON pls.outcomes;
-- the sweep finds it again
SELECT refreshed FROM pls.sweep();
SELECT entity_id, outcome, signal, at FROM pls.outcomes ORDER BY entity_id;

-- A trigger on pls.alerts that inserts events: another crossing within a decision
CREATE FUNCTION app.echo() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.entity_id = 'call' THEN
        EXECUTE 'ALTER FUNCTION pls_internal.decide(text, text, text, timestamptz, text, text) COST 99';
        CALL app.cross('echo');
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER echo AFTER INSERT ON pls.alerts FOR EACH ROW EXECUTE FUNCTION app.echo();
CALL app.cross('call');
CALL app.cross('next');
SELECT entity_id, reason FROM app.decided WHERE entity_id IN ('call', 'echo', 'next') ORDER BY entity_id;
DROP TRIGGER echo ON pls.alerts;

-- A canceled query is canceled: a rule that takes too long is no error of
-- the rule.  Nothing of the statement is left.
CREATE FUNCTION app.dawdle() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_sleep(60);
    RETURN NEW;
END
$$;
CREATE TRIGGER dawdle BEFORE INSERT ON pls.alerts FOR EACH ROW EXECUTE FUNCTION app.dawdle();
\set SHOW_CONTEXT never
SET statement_timeout = '200ms';
CALL app.cross('cancelled');
RESET statement_timeout;
\set SHOW_CONTEXT errors
DROP TRIGGER dawdle ON pls.alerts;
SELECT count(*) FROM app.events WHERE org_id = 'cancelled';
SELECT count(*) FROM pls.standings WHERE entity_id = 'cancelled';
CALL app.cross('cancelled');
SELECT entity_id, reason FROM app.decided WHERE entity_id = 'cancelled';

-- pls.log_decisions is for the server log, too
SET pls.log_decisions = on;
SET client_min_messages = log;
CALL app.cross('logged');
RESET client_min_messages;

\set ECHO none
\c :home
SET client_min_messages = warning;
DROP DATABASE pls_trigger_isolated;
