-- What is decided while evidence is to be rebuilt, and what a new, changed or
-- deleted signal makes of it: trigger, sweep, refresh and aggregate agree.
\set ECHO none
\set QUIET on
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
RESET client_min_messages;
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET pls.now = '2026-03-30 00:00+00';
BEGIN;
CREATE SCHEMA app;
CREATE TABLE app.acts (org text, who text, name text, at timestamptz NOT NULL, props jsonb DEFAULT '{}');
DO $$
BEGIN
    PERFORM pls.create_motion(m) FROM unnest('{one,two}'::text[]) m;
    INSERT INTO pls.pools (pool) VALUES ('desk');
    INSERT INTO pls.routes (motion, position, route, pool) SELECT m, 1, 'all', 'desk' FROM unnest('{one,two}'::text[]) m;
    INSERT INTO pls.signals (motion, signal, category, events, measure, within, threshold, points) VALUES
        ('one', 'pays', 'depth', '{pay}', 'count', '10 days', 3, 70), ('one', 'runs', 'depth', '{run}', 'count', '10 days', 1, 1),
        ('two', 'pays', 'depth', '{pay}', 'count', '10 days', 1, 10);
    INSERT INTO pls.signals (motion, signal, category, events, measure, within, op, threshold, points)
    VALUES ('two', 'no errors', 'risk', '{err}', 'count', '10 days', '<', 1, 5);
    UPDATE pls.motions SET min_signals = 1, status = 'live';
    PERFORM pls.watch('app.acts', event => 'name', at => 'at', account => 'org', actor => 'who', properties => 'props');
END
$$;
CREATE FUNCTION pg_temp.acts(org text, name text, n integer DEFAULT 1, at timestamptz DEFAULT '2026-03-29 10:00+00') RETURNS void
LANGUAGE sql
AS $$ INSERT INTO app.acts (org, who, name, at) SELECT acts.org, 'u1', acts.name, acts.at FROM generate_series(1, n) $$;
-- what the ways to a score say of an entity
CREATE FUNCTION pg_temp.scores(motion text, entity text)
RETURNS TABLE (standing numeric, live numeric, explained numeric, aggregate numeric, lane text, stale boolean)
LANGUAGE sql
AS $$
    SELECT s.score, v.score, (SELECT sum(x.points) FROM pls.explain(scores.motion, entity) x),
           (SELECT coalesce(pls.score(scores.motion, e.name, e.at, e.who, e.props), 0) FROM app.acts e WHERE e.org = entity),
           s.lane, s.stale OR v.stale
      FROM (SELECT) o
      LEFT JOIN pls.standings s ON s.motion = scores.motion AND s.entity_id = entity
      LEFT JOIN pls.scores v ON v.motion = scores.motion AND v.entity_id = entity
$$;
CREATE FUNCTION pg_temp.decisions(entity text) RETURNS text
LANGUAGE sql
AS $$ SELECT string_agg(d.reason || ' ' || trim_scale(d.score), ', ' ORDER BY d.decision_id) FROM pls.decisions d WHERE d.entity_id = entity AND d.motion = 'one' $$;
\set ECHO all

-- An event while the evidence is stale: the lane stays, nothing is decided;
-- the rebuilt evidence has crossed nothing.
SELECT pg_temp.acts('acme', 'pay', 5);
SELECT pg_temp.decisions('acme');
UPDATE pls.signals SET match = '1 == 1' WHERE motion = 'one' AND signal = 'pays';
SET pls.now = '2026-03-30 00:01+00';
SELECT pg_temp.acts('acme', 'run', 1, '2026-03-30 00:01+00');
SELECT * FROM pg_temp.scores('one', 'acme');
SELECT refreshed FROM pls.sweep();
SELECT * FROM pg_temp.scores('one', 'acme');
SELECT pg_temp.decisions('acme'), (SELECT string_agg(status, ',') FROM pls.alerts);
-- nor does time: what was there before is what counts
UPDATE pls.signals SET match = '2 == 2' WHERE motion = 'one' AND signal = 'pays';
SELECT pls_internal.reevaluate('one', 'acme');
SELECT * FROM pg_temp.scores('one', 'acme');
SELECT refreshed FROM pls.sweep();
SELECT * FROM pg_temp.scores('one', 'acme');
SELECT pg_temp.decisions('acme');

-- Events deleted, and another one before the sweep: the lane that the wrong
-- evidence would rise to is not kept by release_at.
UPDATE pls.motions SET release_at = 1 WHERE motion = 'one';
SELECT pg_temp.acts('beta', 'pay', 2);
DELETE FROM app.acts WHERE ctid = (SELECT min(ctid) FROM app.acts WHERE org = 'beta');
SELECT pg_temp.acts('beta', 'pay', 1), pg_temp.acts('beta', 'run', 1);
SELECT lane, reason, decide_again_at FROM pls.standings WHERE entity_id = 'beta' AND motion = 'one';
SELECT refreshed FROM pls.sweep();
SELECT * FROM pg_temp.scores('one', 'beta');
SELECT pg_temp.decisions('beta');
UPDATE pls.motions SET release_at = NULL WHERE motion = 'one';

-- A new signal of a motion without standings has missed events all the same,
-- and so has one that is enabled.
SELECT pg_temp.acts('lead', 'look', 5);
INSERT INTO pls.signals (motion, signal, category, events, measure, within, threshold, points)
VALUES ('one', 'looks', 'depth', '{look}', 'count', '10 days', 3, 50);
SELECT refreshed FROM pls.sweep();
SELECT * FROM pg_temp.scores('one', 'lead');
UPDATE pls.signals SET enabled = false WHERE motion = 'one' AND signal = 'looks';
SELECT * FROM pg_temp.scores('one', 'lead');
SELECT refreshed FROM pls.sweep();
SELECT * FROM pg_temp.scores('one', 'lead');
UPDATE pls.signals SET enabled = true WHERE motion = 'one' AND signal = 'looks';
SELECT refreshed FROM pls.sweep();
SELECT * FROM pg_temp.scores('one', 'lead');

-- What is left of a deleted signal is no evidence: "no errors" says nothing
-- about an account that is not known to do anything.
SELECT pg_temp.acts('gone', 'pay');
SELECT * FROM pg_temp.scores('two', 'gone');
DELETE FROM pls.signals WHERE motion = 'two' AND signal = 'pays';
SELECT * FROM pg_temp.scores('two', 'gone');
SELECT refreshed FROM pls.sweep();
SELECT * FROM pg_temp.scores('two', 'gone');
-- a draft has missed all and is rebuilt when it goes live; nobody asks before
SELECT count(*) > 0 AS made FROM pls.create_motion('three');
INSERT INTO pls.signals (motion, signal, category, events, measure, within, threshold, points)
VALUES ('three', 'pays', 'depth', '{pay}', 'count', '10 days', 1, 10);
SELECT count(*) FROM pls.backlog WHERE motion = 'three';

-- Stale, and nothing is watched: it stays as it is, and no sweep is kept busy.
DO $$ BEGIN PERFORM pls.unwatch('app.acts'); END $$;
UPDATE pls.signals SET match = '3 == 3' WHERE motion = 'one' AND signal = 'pays';
UPDATE pls.standings SET decide_again_at = pls.now() WHERE motion = 'one' AND entity_id = 'acme';
SELECT pls_internal.reevaluate('one', 'acme');
SELECT settled, refreshed FROM pls.sweep();
SELECT settled, refreshed FROM pls.sweep();
SELECT * FROM pg_temp.scores('one', 'acme');
SELECT pg_temp.decisions('acme');
ROLLBACK;
