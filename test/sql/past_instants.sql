-- An instant of the past before the newest event is refused, not answered
-- wrongly: evidence keeps the newest events only.
\set ECHO none
\set QUIET on
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET pls.now = '2026-06-02 10:00+00';
BEGIN;
CREATE SCHEMA app;
CREATE TABLE app.events (name text, at timestamptz, org text);
INSERT INTO pls.motions (motion, status, qualify_at, min_signals) VALUES ('play', 'live', 60, 1);
INSERT INTO pls.signals (motion, signal, category, events, measure, within, threshold, points, per_unit, max_points) VALUES
    ('play', 'exports', 'depth', '{export}', 'count', '30 days', 1, 10, true, 200),
    ('play', 'volume', 'depth', '{load}', 'count', '30 days', 1000, 1, false, NULL),
    ('play', 'joined', 'activation', '{join}', 'first', '400 days', NULL, 5, false, NULL);
SELECT FROM pls.watch('app.events', event => 'name', at => 'at', account => 'org') \g /dev/null
INSERT INTO app.events SELECT 'export', '2026-05-30 09:00+00'::timestamptz - n * interval '10 days', 'acme' FROM generate_series(0, 6) n;
INSERT INTO app.events VALUES ('join', '2026-02-01 09:00+00', 'acme'), ('load', '2026-06-01 09:00+00', 'grid');
-- what a query gives, or its SQLSTATE
CREATE FUNCTION pg_temp.says(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text;
BEGIN
    EXECUTE query INTO answer;
    RETURN answer;
EXCEPTION WHEN invalid_parameter_value THEN
    RETURN SQLSTATE;
END $$;
CREATE VIEW pg_temp.it AS SELECT entity_id, evidence, last_event_at AS newest FROM pls.standings;
\set ECHO all
SELECT n AS after,
       pg_temp.says(format('SELECT pls.score(evidence, newest + %L::interval) FROM pg_temp.it WHERE entity_id = ''acme''', n)) AS score,
       pg_temp.says(format('SELECT sum(points) FROM pg_temp.it, pls.explain(evidence, newest + %L::interval) WHERE entity_id = ''acme''', n)) AS explain,
       pg_temp.says(format('SELECT score FROM pg_temp.it, pls.evaluate(evidence, newest + %L::interval) WHERE entity_id = ''acme''', n)) AS evaluate,
       pg_temp.says(format('SELECT sum(points) FROM pg_temp.it, pls.explain(''play'', entity_id, newest + %L::interval) WHERE entity_id = ''acme''', n)) AS of_entity
  FROM unnest('{-40 days,-1 day,-1 second,-1 microsecond,0,1 second,9 days,20 days,1 year}'::interval[]) n;
-- what is said, and what to do
SAVEPOINT s;
SELECT sum(points) FROM pls.explain('play', 'acme', '2020-01-01');
ROLLBACK TO s;
SELECT pls.score(evidence, '2020-01-01') FROM pg_temp.it WHERE entity_id = 'acme';
ROLLBACK TO s;
-- a cell of a grid does not tell its newest event, the standing does
SELECT pg_temp.says('SELECT sum(points) FROM pg_temp.it, pls.explain(''play'', entity_id, newest - interval ''1 second'') WHERE entity_id = ''grid''') AS of_entity;
-- now is always answered, also by a clock that was set back
SET pls.now = '2020-01-01';
SELECT entity_id, pg_temp.says(format('SELECT score FROM pls.scores WHERE entity_id = %L', entity_id)) IS NOT NULL AS scores,
       pls.score(evidence) IS NOT NULL AS score, (SELECT count(*) FROM pls.explain('play', entity_id)) AS lines
  FROM pg_temp.it ORDER BY entity_id;
ROLLBACK;
