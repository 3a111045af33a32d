-- Events that are changed, deleted or truncated: whom they concern is marked
-- at once, and the sweep rebuilds the standings from the table.
\getenv srcdir PG_ABS_SRCDIR
\set setup :srcdir /small_motion.sql
\set home :DBNAME
\set ECHO none
SET client_min_messages = warning;
DROP DATABASE IF EXISTS pls_trigger_restate;
CREATE DATABASE pls_trigger_restate;
\c pls_trigger_restate
SET client_min_messages = warning;
CREATE EXTENSION pls;
\i :setup
ALTER TABLE app.events ALTER created_at SET DEFAULT pls.now(), ADD note text;
INSERT INTO pls.signals (motion, signal, category, events, measure, within, threshold, points, outcome)
VALUES ('trial', 'paid', 'outcome', '{paid}', 'count', '1 day', 1, 0, 'conversion');
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET intervalstyle = 'postgres';
SET pls.now = '2026-03-02 10:00+00';
CREATE VIEW app.compared AS
SELECT coalesce(e.org_id, s.entity_id) COLLATE "C" AS entity_id, s.score, s.lane, s.stale,
       s.evidence::text IS NOT DISTINCT FROM e.evidence::text AS as_aggregate
  FROM (SELECT * FROM pls.standings WHERE motion = 'trial') s
  FULL JOIN (SELECT org_id, pls.evidence('trial', name, created_at, user_id, props) AS evidence
               FROM app.events WHERE name IN ('export', 'invite') GROUP BY org_id) e ON e.org_id = s.entity_id;
CREATE VIEW app.marks AS
SELECT entity_id COLLATE "C" AS marked, motion, not_before = pls.now() AS due_now, count(*)
  FROM pls.backlog WHERE evidence IS NULL AND once_ended IS NULL GROUP BY 1, 2, 3;
-- three accounts, of which acme qualifies
CREATE PROCEDURE app.start_again() LANGUAGE plpgsql AS $$
BEGIN
    TRUNCATE app.events;
    TRUNCATE pls.standings, pls.backlog, pls.decisions, pls.alerts, pls.alert_log, pls.outcomes;
    INSERT INTO app.events (org_id, user_id, name)
    SELECT org, n, name FROM (VALUES ('acme', 'export', 3), ('acme', 'invite', 1), ('beta', 'export', 3), ('gamma', 'invite', 2)) v (org, name, times),
        LATERAL generate_series(1, times) n;
END
$$;
\set ECHO all
RESET client_min_messages;

CALL app.start_again();
SELECT * FROM app.compared ORDER BY entity_id;
SELECT entity_id, evidence_changed_at FROM pls.alerts;

-- UPDATE of a column that events are read from; acme's alert says so
SET pls.now = '2026-03-02 11:00+00';
UPDATE app.events SET name = 'login' WHERE org_id = 'acme' AND name = 'invite';
SELECT * FROM app.marks;
SELECT entity_id, as_aggregate FROM app.compared ORDER BY entity_id;
SELECT settled, refreshed, busy FROM pls.sweep();
SELECT * FROM app.compared ORDER BY entity_id;
SELECT entity_id, status, score, evidence_changed_at FROM pls.alerts;
SELECT count(*) FROM app.marks;
-- the properties, the actor, the time
UPDATE app.events SET props = '{"plan": "pro"}' WHERE org_id = 'beta' AND user_id = 1;
SELECT * FROM app.marks;
UPDATE app.events SET user_id = 1 WHERE org_id = 'gamma';
UPDATE app.events SET created_at = created_at - interval '20 days' WHERE org_id = 'beta' AND user_id = 1;
SELECT marked, count FROM app.marks ORDER BY marked;
SELECT settled, refreshed, busy FROM pls.sweep();
SELECT * FROM app.compared ORDER BY entity_id;
-- other columns, no rows, events that matter to no motion: no mark
UPDATE app.events SET note = 'seen';
UPDATE app.events SET name = 'export' WHERE false;
DELETE FROM app.events WHERE false;
INSERT INTO app.events (org_id, user_id, name) VALUES ('acme', 1, 'login');
UPDATE app.events SET name = 'logout' WHERE name = 'login';
DELETE FROM app.events WHERE name = 'logout';
SELECT count(*) FROM app.marks;
-- an event that begins to matter, and qualifies: decided by the sweep
INSERT INTO app.events (org_id, user_id, name) SELECT 'delta', 1, 'login' FROM generate_series(1, 4);
UPDATE app.events SET name = CASE WHEN event_id % 4 = 0 THEN 'invite' ELSE 'export' END WHERE org_id = 'delta';
SELECT marked, count FROM app.marks;
SELECT settled, refreshed, busy FROM pls.sweep();
SELECT * FROM app.compared WHERE entity_id = 'delta';
SELECT entity_id, reason, score, decided_at FROM pls.decisions WHERE entity_id = 'delta';
SELECT entity_id, status, evidence_changed_at FROM pls.alerts WHERE entity_id = 'delta';

-- An event moved to another account: both are rebuilt.
CALL app.start_again();
UPDATE app.events SET org_id = 'gamma' WHERE org_id = 'acme' AND name = 'export';
SELECT marked, count FROM app.marks ORDER BY marked;
SELECT settled, refreshed, busy FROM pls.sweep();
SELECT * FROM app.compared ORDER BY entity_id;
SELECT entity_id, status, evidence_changed_at FROM pls.alerts ORDER BY entity_id COLLATE "C";

-- DELETE; an account whose last event is deleted: what has a history of
-- decisions stays, the rest goes.
DELETE FROM app.events WHERE org_id IN ('acme', 'beta');
SELECT marked, count FROM app.marks ORDER BY marked;
SELECT settled, refreshed, busy FROM pls.sweep();
SELECT * FROM app.compared ORDER BY entity_id;
SELECT entity_id, reason, last_event_at, last_alert_at FROM pls.standings WHERE entity_id = 'acme';
-- and comes back
INSERT INTO app.events (org_id, user_id, name) VALUES ('acme', 1, 'export'), ('beta', 1, 'invite');
SELECT * FROM app.compared ORDER BY entity_id;

-- TRUNCATE marks the motion, and only the motions that the table is for.
CALL app.start_again();
SELECT pls.create_motion('other', template => 'trial_conversion') \g /dev/null
UPDATE pls.motions SET status = 'live' WHERE motion = 'other';
UPDATE pls.sources SET motions = '{trial}';
TRUNCATE app.events;
SELECT * FROM app.marks;
SET client_min_messages = warning;
SELECT settled, refreshed, busy FROM pls.sweep();
SELECT * FROM app.compared ORDER BY entity_id;
SELECT entity_id, status, evidence_changed_at FROM pls.alerts;
-- once more for transactions that were open meanwhile, then no more
SELECT settled, refreshed, busy FROM pls.sweep();
SELECT settled, refreshed, busy FROM pls.sweep();
SELECT count(*) FROM pls.backlog;
DELETE FROM pls.motions WHERE motion = 'other';
UPDATE pls.sources SET motions = NULL;

-- Upserts, MERGE, cascades
CALL app.start_again();
SELECT event_id AS first FROM app.events WHERE org_id = 'beta' ORDER BY event_id LIMIT 1 \gset
INSERT INTO app.events (event_id, org_id, name) OVERRIDING SYSTEM VALUE VALUES (:first, 'new', 'export')
ON CONFLICT (event_id) DO UPDATE SET note = excluded.name;
INSERT INTO app.events (event_id, org_id, name) OVERRIDING SYSTEM VALUE VALUES (:first, 'new', 'export')
ON CONFLICT DO NOTHING;
SELECT count(*) FROM app.marks;
INSERT INTO app.events (event_id, org_id, name) OVERRIDING SYSTEM VALUE VALUES (:first, 'new', 'export'), (9001, 'new', 'export')
ON CONFLICT (event_id) DO UPDATE SET org_id = excluded.org_id;
SELECT marked, count FROM app.marks ORDER BY marked;
SELECT settled, refreshed, busy FROM pls.sweep();
SELECT * FROM app.compared ORDER BY entity_id;
MERGE INTO app.events AS e
USING (VALUES (9001, 'gone'), (9002, 'export'), (9003, 'export'), (:first, 'invite')) AS n (event_id, name) ON e.event_id = n.event_id
 WHEN MATCHED AND n.name = 'gone' THEN DELETE
 WHEN MATCHED THEN UPDATE SET name = n.name
 WHEN NOT MATCHED THEN INSERT (event_id, org_id, name) OVERRIDING SYSTEM VALUE VALUES (n.event_id, 'merged', n.name);
SELECT marked, count FROM app.marks ORDER BY marked;
SELECT settled, refreshed, busy FROM pls.sweep();
SELECT * FROM app.compared ORDER BY entity_id;
CREATE TABLE app.orgs (org_id text PRIMARY KEY);
INSERT INTO app.orgs SELECT DISTINCT org_id FROM app.events;
ALTER TABLE app.events ADD CONSTRAINT of_org FOREIGN KEY (org_id) REFERENCES app.orgs ON DELETE CASCADE ON UPDATE CASCADE;
DELETE FROM app.orgs WHERE org_id = 'new';
UPDATE app.orgs SET org_id = 'renamed' WHERE org_id = 'merged';
SELECT marked, count FROM app.marks ORDER BY marked;
SELECT settled, refreshed, busy FROM pls.sweep();
SELECT * FROM app.compared ORDER BY entity_id;
TRUNCATE app.orgs CASCADE;
SELECT marked = '' AS whole, count FROM app.marks;
SELECT settled, refreshed, busy FROM pls.sweep();
SELECT * FROM app.compared ORDER BY entity_id;
ALTER TABLE app.events DROP CONSTRAINT of_org;

-- More than a thousand entities: the motion is marked instead of each.
CALL app.start_again();
INSERT INTO app.events (org_id, user_id, name) SELECT 'many ' || n, n, 'export' FROM generate_series(1, 1001) AS n;
BEGIN;
DELETE FROM app.events WHERE org_id LIKE 'many %' AND user_id <= 1000;
SELECT count(*), min(marked) <> '' AS each FROM app.marks;
ROLLBACK;
DELETE FROM app.events WHERE org_id LIKE 'many %';
SELECT * FROM app.marks;
SELECT settled, refreshed, busy FROM pls.sweep();
SELECT * FROM app.compared ORDER BY entity_id;

-- No mark stays of what was rolled back.
CALL app.start_again();
BEGIN;
SAVEPOINT a;
DELETE FROM app.events WHERE org_id = 'acme';
TRUNCATE app.events;
SELECT marked FROM app.marks ORDER BY marked;
ROLLBACK TO a;
UPDATE app.events SET user_id = 7 WHERE org_id = 'beta';
COMMIT;
BEGIN;
DELETE FROM app.events;
ROLLBACK;
DO $$ BEGIN
    DELETE FROM app.events WHERE org_id = 'gamma';
    RAISE EXCEPTION 'taken back';
EXCEPTION WHEN raise_exception THEN NULL;
END $$;
SELECT marked, count FROM app.marks;

-- Events of an entity that is marked: they count, and none twice.
INSERT INTO app.events (org_id, user_id, name) VALUES ('beta', 8, 'export'), ('beta', 8, 'export');
SELECT entity_id, as_aggregate FROM app.compared WHERE entity_id = 'beta';
SELECT settled, refreshed, busy FROM pls.sweep();
SELECT * FROM app.compared ORDER BY entity_id;
BEGIN;
DELETE FROM app.events WHERE org_id = 'beta' AND user_id = 8;
INSERT INTO app.events (org_id, user_id, name) VALUES ('beta', 9, 'export');
UPDATE app.events SET name = 'login' WHERE org_id = 'beta' AND user_id = 9;
SELECT refreshed FROM pls.sweep();
INSERT INTO app.events (org_id, user_id, name) VALUES ('beta', 9, 'export');
COMMIT;
SELECT * FROM app.compared WHERE entity_id = 'beta';
SELECT count(*) FROM pls.backlog;

-- While a mark says that events have changed nothing is decided on what was
-- known of them; the sweep does, by what there is.
CALL app.start_again();
DELETE FROM app.events WHERE org_id = 'beta';
INSERT INTO app.events (org_id, user_id, name) VALUES ('beta', 1, 'invite');
UPDATE app.events SET org_id = 'epsilon' WHERE org_id = 'gamma';
INSERT INTO app.events (org_id, user_id, name) SELECT 'epsilon', 1, 'export' FROM generate_series(1, 3);
SELECT entity_id, reason FROM pls.decisions ORDER BY decision_id;
SELECT settled, refreshed, busy FROM pls.sweep();
SELECT * FROM app.compared ORDER BY entity_id;
SELECT entity_id, reason FROM pls.decisions ORDER BY decision_id;

-- A BEFORE trigger may change what the statement does not
CALL app.start_again();
CREATE FUNCTION app.rename() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.name := 'login'; RETURN NEW; END $$;
CREATE TRIGGER rename BEFORE UPDATE ON app.events FOR EACH ROW EXECUTE FUNCTION app.rename();
UPDATE app.events SET note = 'seen' WHERE org_id = 'beta';
SELECT marked, count FROM app.marks;
SELECT settled, refreshed, busy FROM pls.sweep();
SELECT * FROM app.compared ORDER BY entity_id;
DROP TRIGGER rename ON app.events;

-- Outcomes are found anew; those entered by hand stay.
CALL app.start_again();
INSERT INTO app.events (org_id, user_id, name) VALUES ('acme', 1, 'paid'), ('beta', 1, 'paid');
INSERT INTO pls.outcomes (entity_id, motion, outcome, at) VALUES ('acme', 'trial', 'meeting', pls.now());
DELETE FROM app.events WHERE org_id = 'acme' AND name = 'paid';
UPDATE app.events SET created_at = '2026-03-01' WHERE org_id = 'beta' AND name = 'paid';
SELECT marked, count FROM app.marks ORDER BY marked;
SELECT settled, refreshed, busy FROM pls.sweep();
SELECT entity_id COLLATE "C" AS entity_id, outcome, at, signal FROM pls.outcomes ORDER BY 1, outcome;

-- pls.sweep_all
DELETE FROM app.events WHERE org_id = 'gamma' AND user_id = 1;
CALL pls.sweep_all();
SELECT * FROM app.compared ORDER BY entity_id;

-- A motion without standings, and events of the future that a refresh finds
CALL app.start_again();
TRUNCATE pls.standings, pls.decisions, pls.alerts, pls.backlog;
SET pls.enabled = off;
INSERT INTO app.events (org_id, user_id, name, created_at)
VALUES ('ahead', 1, 'export', '2026-03-02 11:00:30.5+00'), ('ahead', 1, 'export', '2026-03-02 11:00:31+00'),
       ('ahead', 1, 'export', '2026-03-02 11:02+00'), ('gamma', 3, 'export', '2026-03-02 11:01+00');
RESET pls.enabled;
SELECT pls.refresh('trial');
SELECT entity_id, score, as_aggregate FROM app.compared ORDER BY entity_id;
SELECT entity_id COLLATE "C" AS entity_id, not_before, evidence IS NOT NULL AS delta FROM pls.backlog ORDER BY 1, 2;
SELECT entity_id, reason FROM pls.decisions;
-- a second refresh puts them aside again, once
SELECT pls.refresh('trial');
SELECT count(*) FROM pls.backlog;
SET pls.now = '2026-03-02 11:01+00';
SELECT settled, refreshed, busy FROM pls.sweep();
SELECT entity_id, score, as_aggregate FROM app.compared ORDER BY entity_id;
SET pls.now = '2026-03-02 11:02+00';
SELECT settled, refreshed, busy FROM pls.sweep();
SELECT entity_id, score, as_aggregate FROM app.compared ORDER BY entity_id;
SELECT count(*) FROM pls.backlog;
-- one of the future that is deleted before its time
INSERT INTO app.events (org_id, user_id, name, created_at) VALUES ('ahead', 1, 'invite', '2026-03-02 11:10+00');
DELETE FROM app.events WHERE name = 'invite' AND org_id = 'ahead';
SELECT not_before, evidence IS NULL AS mark FROM pls.backlog ORDER BY not_before;
SELECT settled, refreshed, busy FROM pls.sweep();
SELECT count(*) FROM pls.backlog;
SET pls.now = '2026-03-02 11:10+00';
SELECT settled, refreshed, busy FROM pls.sweep();
SELECT * FROM app.compared WHERE entity_id = 'ahead';

-- A generated column that events are read from
CREATE TABLE app.made (org_id text, raw text, at timestamptz DEFAULT pls.now(), name text GENERATED ALWAYS AS (lower(raw)) STORED);
SELECT pls.watch('app.made', event => 'name', at => 'at', account => 'org_id') IS NOT NULL AS watched;
INSERT INTO app.made (org_id, raw) VALUES ('made', 'EXPORT');
UPDATE app.made SET raw = 'Export' WHERE org_id = 'made';
SELECT count(*) AS same_event FROM app.marks;
UPDATE app.made SET raw = 'Import' WHERE org_id = 'made';
SELECT marked, count FROM app.marks;
SELECT pls.unwatch('app.made');
DELETE FROM pls.backlog;

-- A partition key that is changed, at statement level
CREATE TABLE app.parted (org_id text, name text, at timestamptz DEFAULT pls.now(), region text) PARTITION BY LIST (region);
CREATE TABLE app.parted_a PARTITION OF app.parted FOR VALUES IN ('a');
CREATE TABLE app.parted_b (region text, org_id text, at timestamptz, dropped int, name text);
ALTER TABLE app.parted_b DROP COLUMN dropped;
ALTER TABLE app.parted ATTACH PARTITION app.parted_b FOR VALUES IN ('b');
SELECT pls.watch('app.parted', event => 'name', at => 'at', account => 'org_id') IS NOT NULL AS watched;
INSERT INTO app.parted (org_id, name, region) VALUES ('moved', 'export', 'a'), ('moved', 'export', 'a');
UPDATE app.parted SET region = 'b';
SELECT count(*) FROM app.marks;
UPDATE app.parted SET region = 'a', org_id = 'away';
SELECT marked, count FROM app.marks ORDER BY marked;
SELECT settled, refreshed, busy FROM pls.sweep();
SELECT entity_id, x.signal, x.value FROM pls.standings, pls.explain(evidence) AS x WHERE entity_id IN ('moved', 'away') AND x.signal = 'exports';
-- TRUNCATE of a partition by its own name
INSERT INTO app.parted (org_id, name, region) VALUES ('away', 'export', 'b');
SELECT entity_id, x.value FROM pls.standings, pls.explain(evidence) AS x WHERE entity_id = 'away' AND x.signal = 'exports';
TRUNCATE app.parted_a;
SELECT marked, count FROM app.marks ORDER BY marked;
SELECT refreshed > 0 AS refreshed FROM pls.sweep();
SELECT entity_id, x.value FROM pls.standings, pls.explain(evidence) AS x WHERE entity_id = 'away' AND x.signal = 'exports';
SELECT tgrelid::regclass, tgname FROM pg_trigger WHERE tgrelid::regclass::text LIKE 'app.parted%' ORDER BY tgrelid::regclass::text COLLATE "C", tgname COLLATE "C";
SELECT pls.unwatch('app.parted');
SELECT count(*) FROM pg_trigger WHERE tgrelid::regclass::text LIKE 'app.parted%';

-- Both levels, the same statements: the same standings, which are those of a
-- rebuild.
CALL app.start_again();
CREATE TABLE app.rows (LIKE app.events INCLUDING DEFAULTS INCLUDING IDENTITY INCLUDING INDEXES);
SELECT pls.create_motion('rows', template => 'trial_conversion') \g /dev/null
DELETE FROM pls.signals WHERE motion = 'rows';
DELETE FROM pls.category_limits WHERE motion = 'rows';
INSERT INTO pls.signals (motion, signal, category, events, measure, within, op, threshold, points)
SELECT 'rows', signal, category, events, measure, within, op, threshold, points FROM pls.signals WHERE motion = 'trial' AND category <> 'outcome';
UPDATE pls.motions SET status = 'live', segment = NULL, qualify_at = 60, release_at = NULL, triage_at = NULL, min_signals = 2, grace_period = NULL,
    min_account_size = NULL, holdout = 0 WHERE motion = 'rows';
UPDATE pls.sources SET motions = '{trial}';
SELECT pls.watch('app.rows', event => 'name', at => 'created_at', account => 'org_id', actor => 'user_id', properties => 'props',
                 motions => '{rows}', level => 'row') IS NOT NULL AS watched;
TRUNCATE app.events;
TRUNCATE pls.standings, pls.backlog;
SELECT setseed(0.5);
CREATE PROCEDURE app.go_on(statements integer) LANGUAGE plpgsql AS $$
DECLARE
    command text;
    target text;
    lo bigint;
BEGIN
    FOR n IN 1 .. statements LOOP
        lo := (random() * 2 * n)::bigint;
        command := (ARRAY[
            format('INSERT INTO %%s (org_id, user_id, name, created_at) SELECT %L, g, %L, pls.now() - g * interval %L FROM generate_series(1, %s) g',
                   'o' || (random() * 6)::int, (ARRAY['export', 'invite', 'login'])[1 + floor(random() * 3)::int], (random() * 50)::int || ' hours', 1 + (random() * 4)::int),
            format('DELETE FROM %%s WHERE event_id BETWEEN %s AND %s', lo, lo + 3),
            format('UPDATE %%s SET org_id = %L WHERE event_id BETWEEN %s AND %s', 'o' || (random() * 6)::int, lo, lo + 2),
            format('UPDATE %%s SET name = %L WHERE event_id BETWEEN %s AND %s', (ARRAY['export', 'invite', 'login'])[1 + floor(random() * 3)::int], lo, lo + 2),
            format('INSERT INTO %%s (event_id, org_id, user_id, name, created_at) OVERRIDING SYSTEM VALUE SELECT g, %L, g, %L, pls.now() FROM generate_series(%s, %s) g ON CONFLICT (event_id) DO UPDATE SET name = excluded.name',
                   'o' || (random() * 6)::int, 'export', 100000 + lo, 100002 + lo)])[1 + floor(random() * 5)::int];
        FOREACH target IN ARRAY '{app.events,app.rows}'::text[] LOOP
            EXECUTE format(command, target);
        END LOOP;
        IF random() < 0.15 THEN
            PERFORM pls.sweep();
        END IF;
    END LOOP;
END
$$;
ALTER TABLE app.events ALTER event_id RESTART;
ALTER TABLE app.rows ALTER event_id RESTART;
CALL app.go_on(300);
SELECT count(*) BETWEEN 50 AND 800 AS enough FROM app.rows;
SELECT count(*) FROM (TABLE app.events EXCEPT TABLE app.rows) AS d;
CALL pls.sweep_all();
CREATE FUNCTION app.explained(motion text) RETURNS TABLE (entity_id text, line text) LANGUAGE sql AS $$
    SELECT s.entity_id, (x.signal, x.value, x.met, x.newest_at, x.points, s.score, s.lane, s.last_event_at)::text
      FROM pls.standings s, pls.explain(s.evidence, pls.now()) x WHERE s.motion = explained.motion
$$;
SELECT count(DISTINCT s.entity_id) AS entities, count(DISTINCT s.line) > 10 AS various, count(*) FILTER (WHERE s IS NULL OR r IS NULL) AS differ
  FROM app.explained('trial') s FULL JOIN app.explained('rows') r USING (entity_id, line);
SELECT entity_id, evidence::text AS evidence, score INTO app.before FROM pls.standings WHERE motion = 'trial';
SELECT pls.refresh('trial') > 3 AS rebuilt;
SELECT count(*) AS differ FROM (SELECT * FROM pls.standings WHERE motion = 'trial') s FULL JOIN app.before b USING (entity_id)
 WHERE (s.evidence::text, s.score) IS DISTINCT FROM (b.evidence, b.score);
SELECT count(*) AS entities FROM app.compared WHERE as_aggregate;
SELECT * FROM app.compared WHERE NOT as_aggregate;

-- What is not as pls.watch() makes it is refused.
CREATE TABLE app.refused (org_id text, name text, created_at timestamptz);
INSERT INTO app.refused VALUES ('a', 'export', now());
SELECT pls_internal.mark_stale();
CREATE TRIGGER t AFTER INSERT ON app.refused FOR EACH ROW EXECUTE FUNCTION pls_internal.mark_stale('1');
INSERT INTO app.refused VALUES ('a', 'export', now());
CREATE OR REPLACE TRIGGER t BEFORE DELETE ON app.refused FOR EACH ROW EXECUTE FUNCTION pls_internal.mark_stale('1');
DELETE FROM app.refused;
CREATE OR REPLACE TRIGGER t AFTER DELETE ON app.refused FOR EACH STATEMENT EXECUTE FUNCTION pls_internal.mark_stale('1');
DELETE FROM app.refused;
CREATE OR REPLACE TRIGGER t AFTER UPDATE ON app.refused REFERENCING OLD TABLE AS o FOR EACH STATEMENT EXECUTE FUNCTION pls_internal.mark_stale('1');
UPDATE app.refused SET org_id = 'b';
CREATE OR REPLACE TRIGGER t AFTER DELETE ON app.refused FOR EACH ROW EXECUTE FUNCTION pls_internal.mark_stale();
DELETE FROM app.refused;
CREATE OR REPLACE TRIGGER t AFTER TRUNCATE ON app.refused FOR EACH STATEMENT EXECUTE FUNCTION pls_internal.mark_stale('1', '2');
TRUNCATE app.refused;
\set VERBOSITY sqlstate
CREATE OR REPLACE TRIGGER t AFTER DELETE ON app.refused FOR EACH ROW EXECUTE FUNCTION pls_internal.mark_stale();
DELETE FROM app.refused;
CREATE OR REPLACE TRIGGER t BEFORE DELETE ON app.refused FOR EACH ROW EXECUTE FUNCTION pls_internal.mark_stale('1');
DELETE FROM app.refused;
SELECT pls_internal.mark_stale();
\set VERBOSITY default
-- the number of a source that is not: nothing is marked, nothing fails
CREATE OR REPLACE TRIGGER t AFTER DELETE ON app.refused FOR EACH ROW EXECUTE FUNCTION pls_internal.mark_stale('99999');
DELETE FROM app.refused;
SELECT count(*) FROM app.marks;

\set ECHO none
\c :home
SET client_min_messages = warning;
DROP DATABASE pls_trigger_restate;
