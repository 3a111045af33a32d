-- A sweep with many broken things at once does all the rest, names each of
-- what is broken, tries it again after growing pauses, and is well when it
-- has been mended.
\set home :DBNAME
\set ECHO none
SET client_min_messages = warning;
DROP DATABASE IF EXISTS pls_sweep_survives;
CREATE DATABASE pls_sweep_survives;
\c pls_sweep_survives
SET client_min_messages = warning;
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET intervalstyle = 'postgres';
SET pls.now = '2026-03-02 10:00+00';
CREATE EXTENSION pls;
CREATE SCHEMA app;
INSERT INTO pls.reps (rep, name, active) VALUES ('ann', 'Ann', false);
INSERT INTO pls.pools (pool) VALUES ('sdr');
INSERT INTO pls.pool_members (pool, rep) VALUES ('sdr', 'ann');
-- A motion with an event table of its own: one view is enough.
CREATE PROCEDURE app.play(motion text, partitioned boolean DEFAULT false) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TABLE app.%I (org text, what text, at timestamptz DEFAULT pls.now(), props jsonb)%s', motion,
                   CASE WHEN partitioned THEN ' PARTITION BY LIST (org)' END);
    PERFORM pls.create_motion(motion);
    INSERT INTO pls.signals (motion, signal, category, events, measure, within, points)
    VALUES (motion, 'views', 'depth', '{view}', 'count', '10 days', 70);
    INSERT INTO pls.routes (motion, route, position, pool, respond_within) VALUES (motion, 'all', 10, 'sdr', '1 hour');
    UPDATE pls.motions m SET status = 'live', min_signals = 1, triage_at = NULL WHERE m.motion = play.motion;
    PERFORM pls.watch(format('app.%I', motion)::regclass, event => 'what', at => 'at', account => 'org',
                      properties => 'props', motions => ARRAY[motion]);
END
$$;
CREATE PROCEDURE app.view(motion text, VARIADIC orgs text[]) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('INSERT INTO app.%I (org, what) SELECT o, ''view'' FROM unnest($1) o', motion) USING orgs;
END
$$;
-- Events that another transaction put aside, as one of isolation REPEATABLE
-- READ does.
CREATE PROCEDURE app.view_aside(motion text, org text) LANGUAGE plpgsql AS $$
BEGIN
    COMMIT;
    SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;
    CALL app.view(motion, org);
    COMMIT;
END
$$;
-- What somebody has put on tables of pls.
CREATE FUNCTION app.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of % "%" refused', TG_OP, TG_TABLE_NAME, TG_ARGV[0] USING ERRCODE = 'PL001';
END
$$;
CREATE FUNCTION app.assume() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    ASSERT false, 'this cannot be';
END
$$;
CREATE VIEW app.failing AS
SELECT concat_ws(' ', task, nullif(motion, ''), nullif(entity_id, '')) AS failing, to_char(since, 'HH24:MI') AS since,
       attempts, to_char(try_again_at, 'HH24:MI') AS again, sqlstate,
       regexp_replace(message, '^source \d+', 'source (oid)') AS message
  FROM pls.failing() ORDER BY entity_id COLLATE "C", motion COLLATE "C", task COLLATE "C";
CREATE VIEW app.unwell AS
SELECT regexp_replace("check", '\d{5,}', '(oid)') AS "check", status, regexp_replace(value, '\d{5,}', '(oid)') AS value
  FROM pls.health WHERE status <> 'ok';
CREATE VIEW app.alerts AS
SELECT motion, entity_id, status, assigned_to, escalation_level AS level
  FROM pls.alerts ORDER BY motion COLLATE "C", entity_id COLLATE "C";
CALL app.play('dropped');
CALL app.play('retyped');
CALL app.play('gone');
CALL app.play('parts', partitioned => true);
CREATE TABLE app.parts_1 PARTITION OF app.parts FOR VALUES IN ('part 1');
CREATE TABLE app.parts_2 PARTITION OF app.parts FOR VALUES IN ('part 2');
CALL app.play('damaged');
CALL app.play('alien');
CALL app.play('unloadable');
CALL app.play('timeless');
CALL app.play('odd');
CALL app.play('fades');
CALL app.play('good');
INSERT INTO pls.channels (channel, kind, keep) VALUES ('crm', 'crm', '0'), ('slack', 'slack', '0');
CALL app.view('dropped', 'dropped');
CALL app.view('retyped', 'retyped');
CALL app.view('gone', 'gone');
CALL app.view('parts', 'part 1', 'part 2');
CALL app.view('damaged', 'damaged', 'whole');
CALL app.view('alien', 'alien', 'native');
CALL app.view('unloadable', 'unloadable');
CALL app.view('fades', 'fades', 'fades not');
CALL app.view('good', 'stuck', 'free', 'sleeps', 'wakes', 'falls', 'climbs', 'later', 'corrected', 'cursed');
UPDATE pls.alerts SET snoozed_until = '2026-03-02 10:01+00' WHERE entity_id IN ('sleeps', 'wakes');
\set ECHO all

-- Everything is well.  Nobody is there to take the alerts.
SELECT count(*) AS alerts, count(assigned_to) AS assigned FROM pls.alerts;
SELECT * FROM pls.sweep();
SELECT * FROM app.unwell;

-- What happens within a minute
SET pls.now = '2026-03-02 10:01+00';
-- ... of watched tables: a column is dropped, one is retyped, a table and a
-- partition are dropped; each has lost events that a rebuild has to take back
DELETE FROM app.dropped;
ALTER TABLE app.dropped DROP COLUMN props;
DELETE FROM app.retyped;
ALTER TABLE app.retyped ALTER at TYPE timestamp;
DELETE FROM app.gone;
DROP TABLE app.gone;
DELETE FROM app.parts WHERE org = 'part 2';
DROP TABLE app.parts_1;
-- ... of evidence: damaged, and one of a motion that does not exist; of
-- neither is there a source any more
SELECT pls.unwatch('app.damaged'), pls.unwatch('app.alien');
CREATE CAST (bytea AS pls.evidence) WITHOUT FUNCTION;
UPDATE pls.standings SET evidence = '\x00ff'::bytea::pls.evidence WHERE entity_id = 'damaged';
SELECT pls.create_motion('passing') \g /dev/null
UPDATE pls.standings SET evidence = (SELECT pls.evidence('passing', 'view', pls.now(), NULL::text, NULL)) WHERE entity_id = 'alien';
DELETE FROM pls.motions WHERE motion = 'passing';
-- ... of a motion: nobody can load it
SET session_replication_role = replica;
UPDATE pls.motions SET qualify_at = 1e30 WHERE motion = 'unloadable';
RESET session_replication_role;
-- ... of routes: a calendar without hours, a predicate that does not work out
INSERT INTO pls.calendars (calendar) VALUES ('never open');
UPDATE pls.routes SET calendar = 'never open' WHERE motion = 'timeless';
INSERT INTO pls.routes (motion, route, position, pool, predicate) VALUES ('odd', 'large', 5, 'sdr', 'strict $.account.seats.double() > 3');
-- ... of alerts: somebody's triggers refuse that one is assigned, that one
-- wakes, expires, climbs; one at commit only; and by a condition that fails
CREATE TRIGGER stuck BEFORE UPDATE ON pls.alerts FOR EACH ROW WHEN (OLD.entity_id = 'stuck') EXECUTE FUNCTION app.refuse('stuck');
CREATE TRIGGER sleeps BEFORE UPDATE ON pls.alerts FOR EACH ROW WHEN (OLD.entity_id = 'sleeps' AND OLD.status = 'snoozed' AND NEW.status <> 'snoozed') EXECUTE FUNCTION app.refuse('sleeps');
CREATE TRIGGER fades BEFORE UPDATE ON pls.alerts FOR EACH ROW WHEN (OLD.entity_id = 'fades not' AND NEW.status = 'expired') EXECUTE FUNCTION app.refuse('fades not');
CREATE TRIGGER falls BEFORE UPDATE ON pls.alerts FOR EACH ROW WHEN (OLD.entity_id = 'falls' AND NEW.escalation_level > 0) EXECUTE FUNCTION app.assume();
CREATE CONSTRAINT TRIGGER later AFTER UPDATE ON pls.alerts DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.entity_id = 'later') EXECUTE FUNCTION app.refuse('later');
INSERT INTO pls.escalations (motion, level, measured, after, action) VALUES ('good', 1, 'respond', '1 minute', 'notify');
UPDATE pls.motions SET expire_after = '1 minute' WHERE motion = 'fades';
-- ... of a standing, and of deliveries: those to one channel cannot be
-- forgotten
CREATE TRIGGER cursed BEFORE UPDATE ON pls.standings FOR EACH ROW WHEN (OLD.entity_id = 'cursed') EXECUTE FUNCTION app.refuse('cursed');
CREATE TRIGGER kept BEFORE DELETE ON pls.deliveries FOR EACH ROW WHEN (OLD.channel = 'crm') EXECUTE FUNCTION app.refuse('crm');
UPDATE pls.deliveries SET status = 'delivered', delivered_at = pls.now();
-- ... and what has nothing to do with all that: corrections, events, a rep
-- who comes
DELETE FROM app.good WHERE org IN ('corrected', 'cursed');
CALL app.view_aside('good', 'aside');
CALL app.view('timeless', 'timeless');
CALL app.view('odd', 'odd');
UPDATE pls.reps SET active = true;
\c
\set ECHO none
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET intervalstyle = 'postgres';
SET client_min_messages = warning;
SET pls.now = '2026-03-02 10:01+00';
\set ECHO all

SELECT clock_timestamp() AS began \gset
SELECT settled, refreshed, busy, assigned FROM pls.sweep(max_time => '20 seconds');
SELECT clock_timestamp() - :'began' < interval '20 seconds' AS in_time;
-- all the rest is done
SELECT * FROM app.alerts;
SELECT motion, entity_id, stale, score FROM pls.standings
 WHERE entity_id IN ('aside', 'corrected', 'part 1', 'part 2', 'whole', 'native') ORDER BY entity_id COLLATE "C";
SELECT channel, count(*) FROM pls.deliveries WHERE status = 'delivered' GROUP BY channel;
-- what is broken is named, and not forgotten
SELECT * FROM app.failing;
SELECT * FROM app.unwell;
SELECT failed FROM pls.sweeps ORDER BY sweep_id DESC LIMIT 1;
SELECT motion, entity_id FROM pls.backlog WHERE evidence IS NULL ORDER BY motion COLLATE "C", entity_id COLLATE "C";

-- Tried again after a minute, then after two, then after four; in between
-- nothing is.
SELECT settled, refreshed FROM pls.sweep();
SET pls.now = '2026-03-02 10:02+00';
SELECT settled, refreshed FROM pls.sweep();
SET pls.now = '2026-03-02 10:03+00';
SELECT settled, refreshed FROM pls.sweep();
SET pls.now = '2026-03-02 10:04+00';
CALL pls.sweep_all();
SELECT failing, since, attempts, again FROM app.failing;
SELECT array_agg(pls_internal.retry_pause(n, '42703', true)::text ORDER BY n) AS of_one,
       array_agg(pls_internal.retry_pause(n, '55P03', true)::text ORDER BY n) AS of_locks,
       array_agg(pls_internal.retry_pause(n, '42703', false)::text ORDER BY n) AS of_all
  FROM unnest('{1,2,3,4,5,6,7,8,100000}'::bigint[]) n;
-- a clock that has gone back holds nothing up
SET pls.now = '2026-03-02 09:00+00';
SELECT bool_or(pls_internal.is_paused(task, motion, entity_id)) AS paused FROM pls.failures;
SET pls.now = '2026-03-02 10:04+00';

-- A sweep that is canceled is canceled: that is no failure of what it was at.
CREATE FUNCTION app.dawdle() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_sleep(60);
    RETURN NEW;
END
$$;
CREATE TRIGGER dawdle BEFORE UPDATE ON pls.standings FOR EACH ROW WHEN (OLD.entity_id = 'free') EXECUTE FUNCTION app.dawdle();
DELETE FROM app.good WHERE org = 'free';
\set SHOW_CONTEXT never
SET statement_timeout = '2s';
SELECT settled, refreshed FROM pls.sweep();
RESET statement_timeout;
\set SHOW_CONTEXT errors
DROP TRIGGER dawdle ON pls.standings;
SELECT count(*) FROM pls.failures WHERE entity_id = 'free';

-- What keeps failures from being written down stops nothing either.
CREATE TRIGGER unwritable BEFORE INSERT OR UPDATE ON pls.failures FOR EACH ROW EXECUTE FUNCTION app.refuse('failures');
CREATE TRIGGER unrecorded BEFORE INSERT ON pls.sweeps FOR EACH ROW EXECUTE FUNCTION app.refuse('sweeps');
SELECT settled, refreshed FROM pls.sweep();
DROP TRIGGER unwritable ON pls.failures;
DROP TRIGGER unrecorded ON pls.sweeps;
SELECT score FROM pls.standings WHERE entity_id = 'free';

-- A decision that can neither be taken nor be written down as an error.
CREATE TRIGGER speechless BEFORE INSERT ON pls.decisions FOR EACH ROW
 WHEN (NEW.entity_id = 'mute') EXECUTE FUNCTION app.refuse('mute');
CALL app.view('good', 'mute');
SELECT settled, refreshed FROM pls.sweep();
SELECT motion, entity_id, task, sqlstate, message FROM pls.failures WHERE entity_id = 'mute';
DROP TRIGGER speechless ON pls.decisions;

-- Mended: all of it recovers by itself.
ALTER TABLE app.dropped ADD props jsonb;
ALTER TABLE app.retyped ALTER at TYPE timestamptz;
SELECT pls.unwatch(source) FROM pls.sources s WHERE NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = s.source);
DELETE FROM pls.motions WHERE motion IN ('gone', 'damaged', 'alien');
SET session_replication_role = replica;
UPDATE pls.motions SET qualify_at = 50 WHERE motion = 'unloadable';
RESET session_replication_role;
UPDATE pls.routes SET calendar = NULL WHERE motion = 'timeless';
DROP TRIGGER stuck ON pls.alerts;
DROP TRIGGER sleeps ON pls.alerts;
DROP TRIGGER fades ON pls.alerts;
DROP TRIGGER falls ON pls.alerts;
DROP TRIGGER later ON pls.alerts;
DROP TRIGGER cursed ON pls.standings;
DROP TRIGGER kept ON pls.deliveries;
\c
\set ECHO none
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET intervalstyle = 'postgres';
SET client_min_messages = warning;
SET pls.now = '2026-03-02 10:12+00';
\set ECHO all
CALL pls.sweep_all();
SELECT * FROM app.failing;
SELECT * FROM app.alerts;
SELECT motion, entity_id FROM pls.backlog;
SELECT count(*) FROM pls.deliveries WHERE status = 'delivered';
SELECT * FROM app.unwell;

-- A sample of one table, and contacts of one motion, that fail stop no other.
SET pls.now = '2026-03-02 12:30+00';
CREATE FUNCTION app.refuse_one() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.source_id = (SELECT source_id FROM pls.sources WHERE source = 'app.good'::regclass) THEN
        RAISE EXCEPTION 'no samples of it' USING ERRCODE = 'PL001';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER unsampled BEFORE UPDATE ON pls_internal.source_samples FOR EACH ROW EXECUTE FUNCTION app.refuse_one();
UPDATE pls.alerts SET contact_at = NULL WHERE status IN ('open', 'working', 'snoozed');
CREATE TRIGGER unnamed BEFORE UPDATE ON pls.alerts FOR EACH ROW
  WHEN (NEW.motion = 'good' AND NEW.contact_at IS DISTINCT FROM OLD.contact_at) EXECUTE FUNCTION app.refuse('contact');
SELECT settled >= 0 AS swept FROM pls.sweep();
SELECT regexp_replace(task, '\d+', 'N') AS task, motion, sqlstate, message FROM pls.failures ORDER BY task;
SELECT count(*) FILTER (WHERE t.observed_at = pls.now()) > 2 AS others, count(*) FILTER (WHERE t.observed_at < pls.now()) AS not_it
  FROM pls_internal.source_samples t JOIN pls.sources s USING (source_id);
SELECT DISTINCT motion FROM pls.alerts WHERE contact_at IS NULL AND unit = 'account' AND status IN ('open', 'working', 'snoozed');
DROP TRIGGER unsampled ON pls_internal.source_samples;
DROP TRIGGER unnamed ON pls.alerts;
SELECT pls.retry_failures();
SELECT settled >= 0 AS swept FROM pls.sweep();
SELECT task, motion, sqlstate, message FROM pls.failures;

\set ECHO none
\c :home
SET client_min_messages = warning;
DROP DATABASE pls_sweep_survives;
