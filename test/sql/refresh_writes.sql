-- What a rebuild writes: only what says something else than before, wherever a
-- row of a standing comes from, and nothing that a session could be left with.
\getenv srcdir PG_ABS_SRCDIR
\set setup :srcdir /small_motion.sql
\set home :DBNAME
\set ECHO none
SET client_min_messages = warning;
DROP DATABASE IF EXISTS pls_refresh_writes;
CREATE DATABASE pls_refresh_writes;
\c pls_refresh_writes
SET client_min_messages = warning;
CREATE EXTENSION pls;
\i :setup
SET timezone = 'UTC';
SET pls.now = '2026-03-02 10:00+00';
-- stale standings with wrong evidence, as a rebuild finds them
CREATE FUNCTION app.spoil(entities text[]) RETURNS void LANGUAGE sql AS $$
    UPDATE pls.standings SET evidence = (SELECT pls.evidence('trial', NULL, 'infinity', NULL::text, NULL)), stale = true
     WHERE entity_id = ANY (entities)
$$;
CREATE VIEW app.kept AS
SELECT s.entity_id, s.score, s.lane, s.stale, s.reason, s.decide_again_at, to_char(s.last_event_at, 'HH24:MI') AS last_event,
       to_char(s.evaluated_at, 'HH24:MI') AS evaluated,
       s.evidence::text = (SELECT pls.evidence('trial', e.name, e.created_at, e.user_id, e.props)::text
                             FROM app.events e WHERE e.org_id = s.entity_id) AS as_aggregate
  FROM pls.standings s ORDER BY s.entity_id;
CREATE TEMPORARY TABLE places (entity_id text, place tid);
CREATE FUNCTION app.moved() RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(string_agg(s.entity_id, ' ' ORDER BY s.entity_id), 'none')
      FROM pls.standings s LEFT JOIN places p USING (entity_id) WHERE s.ctid IS DISTINCT FROM p.place
$$;
\set ECHO all
INSERT INTO app.events (org_id, user_id, name, created_at)
SELECT a, 7, e, '2026-03-02 09:00+00' FROM unnest('{a,b,c,d}'::text[]) a, unnest('{export,export,invite}'::text[]) e;
INSERT INTO app.events (org_id, user_id, name, created_at) VALUES ('d', 7, 'export', '2026-03-02 09:30+00');
SELECT * FROM app.kept;

-- nothing is to be written, or only what is wrong
SET pls.now = '2026-03-02 11:00+00';
INSERT INTO places SELECT entity_id, ctid FROM pls.standings;
SELECT pls.refresh('trial'), app.moved();
SELECT app.spoil('{b}');
SELECT pls.refresh('trial'), app.moved();
SELECT * FROM app.kept;

-- one entity, by its index
SELECT app.spoil('{b,c}');
SELECT pls.refresh('trial', 'b');
SELECT * FROM app.kept;

-- a score, a lane and a decision that the model makes another
UPDATE pls.signals SET points = 31 WHERE motion = 'trial' AND signal = 'inviters';
UPDATE pls.motions SET qualify_at = 31, min_signals = 1 WHERE motion = 'trial';
SELECT pls.refresh('trial');
SELECT * FROM app.kept;

-- events that are gone, of an entity about which something was decided and of
-- one about which nothing was; and a standing that had been lost
DELETE FROM pls.backlog;
INSERT INTO app.events (org_id, user_id, name, created_at) VALUES ('e', 7, 'export', '2026-03-02 09:00+00');
DELETE FROM app.events WHERE org_id IN ('d', 'e');
DELETE FROM pls.standings WHERE entity_id = 'a';
SELECT pls.refresh('trial');
SELECT * FROM app.kept;
SELECT entity_id, status, evidence_changed_at IS NOT NULL AS changed FROM pls.alerts ORDER BY 1, 2;
SELECT count(*) AS waiting FROM pls.backlog WHERE entity_id <> '';
SELECT count(*) AS left_behind FROM pg_class WHERE relnamespace = pg_my_temp_schema() AND relname LIKE 'pls%';

-- by hand
SELECT pls_internal.rebuild_pass(NULL, NULL, now());
\c :home
DROP DATABASE pls_refresh_writes;
