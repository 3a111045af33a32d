-- The adoption log, through the real trigger in batches and in time order:
-- what stands then is what the aggregate and the plain SQL say of all rows.
-- Each batch is a transaction, hence a database of its own.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.psql
\set log :srcdir /sql/include/adoption.psql
\set model :srcdir /sql/include/adoption_model.psql
\set ECHO none
\set QUIET on
SELECT current_database() AS here \gset
SET client_min_messages = warning;
DROP DATABASE IF EXISTS pls_oracle_trigger;
CREATE DATABASE pls_oracle_trigger TEMPLATE template0;
\c pls_oracle_trigger
CREATE EXTENSION pls;
SET pls.now = '2026-08-23 00:00+00';
\i :oracle
\i :log
BEGIN;
\i :model
INSERT INTO pls.pools (pool) VALUES ('all');
INSERT INTO pls.routes (motion, position, route, pool) VALUES ('adoption', 1, 'catch-all', 'all');
COMMIT;
\set ECHO all
CREATE TABLE oracle.watched (entity text, event text, at timestamptz, actor text, properties jsonb);
SELECT pls.watch('oracle.watched', event => 'event', at => 'at', account => 'entity', actor => 'actor',
                 properties => 'properties', motions => '{adoption}') > 0 AS watched;

-- batches of 700 rows, the clock at each batch's newest
DO $$
DECLARE
    batch bigint;
BEGIN
    FOR batch IN 0..(SELECT max(n) / 700 FROM oracle.adoption) LOOP
        PERFORM set_config('pls.now', (SELECT (max(occurred_at) + interval '1 second')::text FROM oracle.adoption WHERE n % (SELECT max(n) FROM oracle.adoption) / 700 = batch), false);
        INSERT INTO oracle.watched
        SELECT entity, event, at, actor, properties FROM oracle.events
        WHERE seq % (SELECT max(n) FROM oracle.adoption) / 700 = batch;
        COMMIT;
    END LOOP;
END $$;
SET pls.now = '2026-08-23 00:00+00';
SELECT count(*) = (SELECT count(*) FROM oracle.events) AS all_rows FROM oracle.watched;
SELECT pls.sweep() IS NOT NULL AS swept;
SELECT count(*) AS in_backlog FROM pls.backlog;
SELECT count(*) > 0 AS decided, count(*) FILTER (WHERE reason = 'error') AS errors FROM pls.decisions;

CREATE TABLE oracle.rebuilt AS
SELECT entity, pls.evidence('adoption', event, at, actor, properties) AS evidence,
       pls.score('adoption', event, at, actor, properties, '2026-08-23') AS score
FROM oracle.watched GROUP BY entity;
SELECT oracle.prepare('adoption') > 0 AS rows_match, oracle.keep('adoption', '2026-08-23') > 0 AS kept;

SELECT count(*) AS accounts, count(s.entity_id) AS standing,
       count(*) FILTER (WHERE s.evidence::text = r.evidence::text) AS same_evidence,
       count(*) FILTER (WHERE pls.score(s.evidence, '2026-08-23') = r.score AND r.score = coalesce(w.score, 0)) AS same_score,
       sum(w.score) AS score
FROM oracle.rebuilt AS r
LEFT JOIN pls.standings AS s ON s.motion = 'adoption' AND s.entity_id = r.entity
LEFT JOIN oracle.scores AS w ON w.motion = 'adoption' AND w.entity = r.entity;
-- no standing: no evidence
SELECT count(*) AS without_standing, count(*) FILTER (WHERE r.score <> 0 OR w.score IS NOT NULL) AS wrong
FROM oracle.rebuilt AS r LEFT JOIN oracle.scores AS w ON w.motion = 'adoption' AND w.entity = r.entity
WHERE r.entity NOT IN (SELECT entity_id FROM pls.standings WHERE motion = 'adoption');
SELECT r.entity, pls.score(s.evidence, '2026-08-23') AS standing, r.score AS aggregate, w.score AS plain_sql
FROM oracle.rebuilt AS r
JOIN pls.standings AS s ON s.motion = 'adoption' AND s.entity_id = r.entity
LEFT JOIN oracle.scores AS w ON w.motion = 'adoption' AND w.entity = r.entity
WHERE s.evidence::text <> r.evidence::text OR r.score <> coalesce(w.score, 0)
ORDER BY r.entity LIMIT 20;
\c :here
DROP DATABASE pls_oracle_trigger;
