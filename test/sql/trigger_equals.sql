-- Whatever order and packing the events come in, and whatever is rolled back
-- on the way: every standing equals the aggregate over the rows that are
-- there in the end, and so does its score at any later instant.
\getenv srcdir PG_ABS_SRCDIR
\set setup :srcdir /small_motion.sql
\set home :DBNAME
\set ECHO none
SET client_min_messages = warning;
DROP DATABASE IF EXISTS pls_trigger_equals;
CREATE DATABASE pls_trigger_equals;
\c pls_trigger_equals
SET client_min_messages = warning;
CREATE EXTENSION pls;
\i :setup
ALTER TABLE app.events ALTER created_at SET DEFAULT pls.now();
RESET client_min_messages;
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET intervalstyle = 'postgres';
SET pls.now = '2026-03-02 10:00+00';
SELECT setseed(0.25);
DELETE FROM pls.signals;
INSERT INTO pls.signals
    (motion, signal, category, events, match, measure, property, within, period, op, threshold, collapse,
     min_base, points, per_unit, max_points, decay, decay_span)
VALUES
    ('trial', 'count', 'depth', '{a,b}', NULL, 'count', NULL, '7 days', NULL, '>=', 3, NULL, NULL, 5, false, NULL, 'none', NULL),
    ('trial', 'pairs', 'depth', '{a}', NULL, 'count', NULL, '7 days', NULL, '>=', 3, '1 hour', NULL, 1, true, 20, 'linear', '7 days'),
    ('trial', 'many', 'depth', NULL, NULL, 'count', NULL, '20 days', NULL, '>=', 1000, NULL, NULL, 5, false, NULL, 'none', NULL),
    ('trial', 'matched', 'billing', '{a,c}', '$.plan == "pro"', 'count', NULL, '14 days', NULL, '>=', 2, NULL, NULL, 7, false, NULL, 'exponential', '3 days'),
    ('trial', 'actors', 'breadth', '{b}', NULL, 'actors', NULL, '14 days', NULL, '>=', 4, NULL, NULL, 9, false, NULL, 'none', NULL),
    ('trial', 'days', 'activation', '{a,b,c}', NULL, 'days', NULL, '14 days', NULL, '>=', 5, NULL, NULL, 3, false, NULL, 'none', NULL),
    ('trial', 'weeks', 'activation', '{c}', NULL, 'days', NULL, '28 days', '7 days', '>=', 3, NULL, NULL, 3, false, NULL, 'none', NULL),
    ('trial', 'sum', 'billing', '{a}', NULL, 'sum', 'amount', '10 days', NULL, '>=', 40, NULL, NULL, 4, false, NULL, 'step', '8 days'),
    ('trial', 'max', 'billing', '{b}', NULL, 'max', 'amount', '10 days', NULL, '>=', 9, NULL, NULL, 4, false, NULL, 'none', NULL),
    ('trial', 'last', 'admin', '{c}', NULL, 'last', 'amount', NULL, NULL, '<', 5, NULL, NULL, 2, false, NULL, 'none', NULL),
    ('trial', 'recent', 'admin', '{a}', NULL, 'recency', NULL, '2 days', NULL, '<=', NULL, NULL, NULL, 6, false, NULL, 'none', NULL),
    ('trial', 'first', 'admin', '{b}', NULL, 'first', NULL, '25 days', NULL, '<=', NULL, NULL, NULL, 6, false, NULL, 'none', NULL),
    ('trial', 'growth', 'risk', NULL, NULL, 'growth', NULL, '7 days', NULL, '>=', 1.5, NULL, 2, -3, false, NULL, 'none', NULL);
-- one event at random, within 30 days before now
CREATE FUNCTION app.random_event() RETURNS app.events LANGUAGE sql VOLATILE AS $$
    SELECT NULL::bigint, 'org ' || (random() ^ 2 * 12)::int, nullif((random() * 9)::int, 0),
           (ARRAY['a', 'b', 'c', 'd'])[1 + (random() * 3)::int],
           pls.now() - random() * interval '30 days',
           CASE WHEN random() < 0.8 THEN jsonb_build_object('amount', round((random() * 10)::numeric, 3),
                CASE WHEN random() < 0.5 THEN 'plan' ELSE 'tier' END, 'pro') END
$$;
CREATE PROCEDURE app.insert_some(how_many integer) LANGUAGE sql AS $$
    INSERT INTO app.events (org_id, user_id, name, created_at, props)
    SELECT (e).org_id, (e).user_id, (e).name, (e).created_at, (e).props
      FROM (SELECT app.random_event() AS e FROM generate_series(1, how_many) OFFSET 0) AS x
$$;
-- Batches of 1 to 20 events.  Of four, one is taken back by a savepoint; of
-- ten transactions, two are rolled back.
CREATE PROCEDURE app.go_on(transactions integer) LANGUAGE plpgsql AS $$
BEGIN
    FOR n IN 1 .. transactions LOOP
        FOR batch IN 1 .. 4 LOOP
            BEGIN
                CALL app.insert_some(1 + (random() ^ 4 * 19)::int);
                IF random() < 0.25 THEN
                    RAISE EXCEPTION 'taken back';
                END IF;
            EXCEPTION WHEN raise_exception THEN
                NULL;
            END;
        END LOOP;
        IF random() < 0.2 THEN
            ROLLBACK;
        ELSE
            COMMIT;
        END IF;
    END LOOP;
END
$$;
-- Standings against aggregates: how many entities, how many differ.
CREATE VIEW app.compared AS
SELECT count(*) AS entities,
       count(*) FILTER (WHERE s.evidence::text IS DISTINCT FROM e.evidence::text) AS other_evidence,
       count(*) FILTER (WHERE pls.score(s.evidence, pls.now()) IS DISTINCT FROM e.score) AS other_score,
       count(*) FILTER (WHERE s.score IS DISTINCT FROM pls.score(s.evidence, s.evaluated_at)) AS other_stored_score,
       count(*) FILTER (WHERE s.last_event_at IS DISTINCT FROM date_trunc('second', e.newest)) AS other_last_event
  FROM (SELECT org_id, max(created_at) AS newest,
               pls.evidence('trial', name, created_at, user_id, props) AS evidence,
               pls.score('trial', name, created_at, user_id, props, pls.now()) AS score
          FROM app.events GROUP BY org_id) AS e
  FULL JOIN pls.standings s ON s.entity_id = e.org_id;
\set ECHO all

CALL app.go_on(100);
SELECT count(*) BETWEEN 500 AND 2500 AS enough FROM app.events;
SELECT count(DISTINCT score) > 5 AS various FROM pls.standings;
SELECT * FROM app.compared;
-- at later instants, without further events
SET pls.now = '2026-03-02 10:00:01+00';
SELECT * FROM app.compared;
SET pls.now = '2026-03-09 09:59:59+00';
SELECT * FROM app.compared;
-- and with them
CALL app.go_on(40);
SELECT * FROM app.compared;
SET pls.now = '2026-04-30 00:00+00';
SELECT * FROM app.compared;
-- Row by row, in one statement, and by COPY of the same rows, the newest
-- first: the same.
CREATE TABLE app.copied AS SELECT * FROM app.events;
SELECT entity_id, evidence::text AS evidence INTO app.before FROM pls.standings;
SET pls.now = '2026-03-02 10:00+00';
TRUNCATE pls.standings;
TRUNCATE app.events;
INSERT INTO app.events OVERRIDING SYSTEM VALUE SELECT * FROM app.copied ORDER BY created_at DESC;
SELECT count(*) FROM pls.standings s FULL JOIN app.before b USING (entity_id)
 WHERE s.evidence::text IS DISTINCT FROM b.evidence
   AND NOT EXISTS (SELECT FROM pls.backlog q WHERE q.entity_id = b.entity_id);
SELECT count(*) FROM (
    SELECT entity_id, pls.rollup(evidence)::text AS evidence
      FROM (SELECT entity_id, evidence FROM pls.standings
            UNION ALL SELECT entity_id, evidence FROM pls.backlog) AS parts
     GROUP BY entity_id) AS s
  FULL JOIN app.before b USING (entity_id) WHERE s.evidence IS DISTINCT FROM b.evidence;

\set ECHO none
\c :home
SET client_min_messages = warning;
DROP DATABASE pls_trigger_equals;
