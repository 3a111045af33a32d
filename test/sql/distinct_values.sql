-- Measure distinct, and properties within others: random events, in several
-- orders and packings, changed and deleted, rebuilt by one process or several,
-- against two definitions in plain SQL, that of every line and a count (DISTINCT).
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.psql
\set home :DBNAME
\set ECHO none
\set QUIET on
SET client_min_messages = warning;
DROP DATABASE IF EXISTS pls_distinct_values;
CREATE DATABASE pls_distinct_values TEMPLATE template0;
\c pls_distinct_values
SET client_min_messages = warning;
CREATE EXTENSION pls;
\i :oracle
SET timezone = 'UTC';
SET pls.now = '2026-03-30 00:00+00';
SELECT setseed(0.4142) AS seeded \gset
CREATE SCHEMA app;
CREATE TABLE app.events (id integer PRIMARY KEY, org text, usr text, name text, at timestamptz, props jsonb);
SET synchronous_commit = off;
INSERT INTO pls.motions (motion, unit, qualify_at, max_score) VALUES ('org', 'account', 15, NULL), ('usr', 'user', 15, NULL);
INSERT INTO pls.pools (pool) VALUES ('all');
INSERT INTO pls.routes (motion, position, route, pool) VALUES ('org', 1, 'catch-all', 'all'), ('usr', 1, 'catch-all', 'all');
UPDATE pls.motions SET status = 'pilot';
INSERT INTO pls.signals (motion, signal, category, events, match, measure, property, numeric_strings, within, op, threshold,
                         points, per_unit, min_points, max_points, decay, decay_span) VALUES
    ('org', '01 plain',    'breadth', '{used}',        NULL, 'distinct', 'v', false, '7 days',  '>=', 4, 5, false, NULL, NULL, 'none', NULL),
    ('org', '02 shared',   'breadth', '{used}',        NULL, 'distinct', 'v', false, '12 days', '>',  6, 5, false, NULL, NULL, 'linear', '9 days'),
    ('org', '03 all',      'depth',   NULL,            NULL, 'distinct', 'v', false, '20 days', '<=', 9, 3, false, NULL, NULL, 'step', '10 days'),
    ('org', '04 each',     'depth',   '{used,opened}', NULL, 'distinct', 'v', false, '10 days', '>=', 2, 0.5, true, NULL, 6, 'none', NULL),
    ('org', '05 fading',   'depth',   '{used,opened}', NULL, 'distinct', 'v', false, '10 days', '>=', 2, 0.7, true, NULL, NULL, 'exponential', '60 hours'),
    ('org', '06 falling',  'risk',    '{opened}',      NULL, 'distinct', 'v', false, '9 days',  '<',  3, -0.7, true, -4, NULL, 'linear', '5 days'),
    ('org', '07 matched',  'billing', '{used}', '$.plan == "pro"', 'distinct', 'v', false, '14 days', '=', 3, 4, false, NULL, NULL, 'none', NULL),
    ('org', '08 wide',     'fit',     '{opened}',      NULL, 'distinct', 'n', false, '30 days', '>=', 40, 4, false, NULL, NULL, 'none', NULL),
    ('org', '09 wider',    'fit',     '{opened}',      NULL, 'distinct', 'n', false, '30 days', '>=', 200, 4, false, NULL, NULL, 'none', NULL),
    ('org', '10 path',     'admin',   '{used}',        NULL, 'distinct', 'item.kind', false, '15 days', '>=', 3, 2, false, NULL, NULL, 'none', NULL),
    ('org', '11 longer',   'admin',   NULL,            NULL, 'distinct', 'item.more.kind', false, '15 days', '>=', 2, 2, false, NULL, NULL, 'none', NULL),
    ('org', '12 sum',      'billing', '{used}',        NULL, 'sum',  'item.price', false, '15 days', '>=', 30, 2, false, NULL, NULL, 'none', NULL),
    ('org', '13 max',      'billing', '{used,opened}', NULL, 'max',  'item.price', true,  '15 days', '>=', 8, 0.1, true, NULL, NULL, 'none', NULL),
    ('org', '14 last',     'billing', '{opened}',      NULL, 'last', 'item.more.price', false, NULL, '>=', 4, 2, false, NULL, NULL, 'none', NULL),
    ('org', '15 nested',   'billing', '{used}', '$.item.price > 4', 'count', NULL, false, '15 days', '>=', 3, 2, false, NULL, NULL, 'none', NULL),
    ('org', '16 actors',   'breadth', NULL,            NULL, 'actors', NULL, false, '15 days', '>=', 3, 2, false, NULL, NULL, 'none', NULL),
    ('org', '17 days',     'depth',   NULL,            NULL, 'days', NULL, false, '8 days', '>=', 3, 2, false, NULL, NULL, 'none', NULL),
    ('usr', '01 plain',    'breadth', NULL,            NULL, 'distinct', 'v', false, '7 days', '>=', 4, 5, false, NULL, NULL, 'none', NULL),
    ('usr', '02 each',     'depth',   '{used}',        NULL, 'distinct', 'item.kind', false, '20 days', '>=', 2, 1, true, NULL, 5, 'step', '9 days');
-- Values of every kind, many of them equal though written otherwise.
CREATE FUNCTION app.one_of(VARIADIC choices text[]) RETURNS text LANGUAGE sql VOLATILE AS
$$ SELECT choices[1 + floor(random() * cardinality(choices))::int] $$;
CREATE FUNCTION app.some_value() RETURNS jsonb LANGUAGE sql VOLATILE AS $$
    SELECT app.one_of('1', '1.0', '1.000', '1e0', '"1"', '"1.0"', '0', '-0.0', '-1', '1e-2', '0.01', '"0.01"', '12345678901234567890.5', '1e60',
                      '100', '1e2', '"100"', 'true', '"true"', 'false', 'null', '"null"', '""', '" "', '"a"', '"A"', '"a "', '"é"', '"e\u0301"',
                      '[]', '["a"]', '{}', '{"a": 1}', '"' || repeat('long ', 1000) || '"', '"' || repeat('long ', 1000) || 'x"')::jsonb
$$;
CREATE FUNCTION app.some_properties() RETURNS jsonb LANGUAGE sql VOLATILE AS $$
    SELECT CASE floor(random() * 12)::int
           WHEN 0 THEN NULL WHEN 1 THEN '[{"v": 1, "item": {"kind": 2}}]' WHEN 2 THEN '{}' WHEN 3 THEN '"v"'
           ELSE jsonb_build_object('v', app.some_value(), 'n', floor(random() * 300), 'plan', app.one_of('pro', 'free'))
                || CASE floor(random() * 6)::int
                   WHEN 0 THEN '{}' WHEN 1 THEN '{"item": [{"kind": "k", "price": 3}]}' WHEN 2 THEN '{"item": "kind"}'
                   ELSE jsonb_build_object('item', jsonb_build_object(
                        'kind', app.some_value(), 'price', CASE WHEN random() < 0.2 THEN to_jsonb('7.5'::text) ELSE to_jsonb(round((random() * 10)::numeric, 4)) END,
                        'more', jsonb_build_object('kind', app.one_of('x', 'y', 'z'), 'price', floor(random() * 9)), 'more.kind', 'not a way'))
                   END::jsonb
                || CASE floor(random() * 12)::int
                   WHEN 0 THEN '{"item.kind": "at the top", "item.price": 2}' WHEN 1 THEN '{"item.kind": null, "item.price": null}'
                   WHEN 2 THEN '{"item.more.kind": {"a": 1}, "item.more": {"kind": "not a way"}}' ELSE '{}' END::jsonb END
$$;
CREATE FUNCTION app.some_instant() RETURNS timestamptz LANGUAGE sql VOLATILE AS $$
    SELECT date_trunc(app.one_of('day', 'hour', 'second', 'microsecond'), timestamptz '2026-04-01 00:00+00' - random() * random() * interval '40 days')
$$;
CREATE TABLE app.drawn AS
SELECT n::int AS id, 'org ' || floor(random() ^ 2 * 25)::int AS org, CASE WHEN random() < 0.9 THEN 'usr ' || floor(random() * 40)::int END AS usr,
       app.one_of('used', 'used', 'opened', 'left') AS name, app.some_instant() AS at, app.some_properties() AS props
  FROM generate_series(1, 3000) n;
SELECT pls.watch('app.events', event => 'name', at => 'at', account => 'org', actor => 'usr', properties => 'props') IS NOT NULL AS watched \gset
CREATE PROCEDURE app.start_again() LANGUAGE sql AS
$$ TRUNCATE app.events; TRUNCATE pls.standings, pls.backlog, pls.decisions, pls.alerts, pls.alert_log $$;

-- What stands, after a sweep, against what all lines are by definition.
CREATE FUNCTION app.compared(OUT entities bigint, OUT lines bigint, OUT wrong bigint, OUT sum numeric) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pls.sweep();
    TRUNCATE oracle.events, oracle.matched;
    INSERT INTO oracle.events (entity, event, at, actor, properties)
    SELECT e.org, e.name, e.at, e.usr, e.props FROM app.events e UNION ALL
    SELECT e.usr, e.name, e.at, e.usr, e.props FROM app.events e WHERE e.usr IS NOT NULL;
    PERFORM oracle.prepare(m) FROM unnest('{org,usr}'::text[]) m;
    -- unit and name agree in this test
    DELETE FROM oracle.matched m WHERE m.entity NOT LIKE m.motion || ' %';
    WITH wanted AS (SELECT m.motion, l.* FROM unnest('{org,usr}'::text[]) m (motion), oracle.lines(m.motion, pls.now()) l),
         given AS (SELECT s.motion, s.entity_id, x.* FROM pls.standings s, pls.explain(s.evidence, pls.now()) x
                    WHERE x.signal !~ '^(cap|floor): ')
    SELECT count(DISTINCT w.entity), count(w.signal), sum(w.value) FILTER (WHERE w.signal ~ '^0'),
           count(*) FILTER (WHERE (w.value, w.met, w.saturated, w.newest_at, w.points) IS DISTINCT FROM (g.value, g.met, g.saturated, g.newest_at, g.points)
                                  OR w.signal IS NULL OR g.signal IS NULL)
      INTO entities, lines, sum, wrong
      FROM wanted w FULL JOIN given g ON g.motion = w.motion AND g.entity_id = w.entity AND g.signal = w.signal;
END $$;
-- The same of two signals by the shortest of definitions.
CREATE FUNCTION app.counted(OUT orgs bigint, OUT most bigint, OUT wrong bigint) LANGUAGE sql AS $$
    SELECT count(*), max(c.v), count(*) FILTER (WHERE (c.v, c.kinds) IS DISTINCT FROM (e.v, e.kinds))
      FROM (SELECT e.org, count(DISTINCT v.text) FILTER (WHERE name = 'used' AND s > pls.now() - interval '12 days') AS v,
                   count(DISTINCT k.text) FILTER (WHERE name = 'used' AND s > pls.now() - interval '15 days') AS kinds
              FROM app.events e
             CROSS JOIN LATERAL (SELECT date_trunc('second', e.at) AS s) f
             CROSS JOIN LATERAL (SELECT CASE WHEN jsonb_typeof(props) = 'object' THEN props END AS p) o
             CROSS JOIN LATERAL (SELECT CASE WHEN p ? 'item.kind' THEN p -> 'item.kind'
                                             WHEN jsonb_typeof(p -> 'item') = 'object' THEN p -> 'item' -> 'kind' END AS kind) i
             CROSS JOIN LATERAL (SELECT CASE jsonb_typeof(p -> 'v') WHEN 'number' THEN trim_scale((p ->> 'v')::numeric)::text
                                             WHEN 'string' THEN p ->> 'v' WHEN 'boolean' THEN p ->> 'v' END) v (text)
             CROSS JOIN LATERAL (SELECT CASE jsonb_typeof(kind) WHEN 'number' THEN trim_scale(kind::numeric)::text
                                             WHEN 'string' THEN kind #>> '{}' WHEN 'boolean' THEN kind::text END) k (text)
             WHERE e.at <= pls.now() GROUP BY e.org) c
      LEFT JOIN (SELECT s.entity_id, min(x.value) FILTER (WHERE x.signal = '02 shared') AS v, min(x.value) FILTER (WHERE x.signal = '10 path') AS kinds
                   FROM pls.standings s, pls.explain(s.evidence, pls.now()) x WHERE s.motion = 'org' GROUP BY s.entity_id) e ON e.entity_id = c.org
$$;
-- what every other order must end in, byte by byte
CREATE TABLE app.first (motion text, entity_id text, due timestamptz, evidence text);
CREATE VIEW app.standing AS
SELECT motion, entity_id, NULL::timestamptz AS due, evidence::text FROM pls.standings
UNION ALL SELECT motion, entity_id, not_before, pls.rollup(evidence)::text FROM pls.backlog WHERE evidence IS NOT NULL GROUP BY 1, 2, 3;
CREATE FUNCTION app.differ() RETURNS bigint LANGUAGE sql AS $$
    SELECT count(*) FROM (SELECT * FROM app.first) f FULL JOIN app.standing s ON s.motion = f.motion AND s.entity_id = f.entity_id
                                                       AND s.due IS NOT DISTINCT FROM f.due
     WHERE s.evidence IS DISTINCT FROM f.evidence
$$;
-- Rows in an order, so many to a statement.
CREATE PROCEDURE app.arrive(by text, most integer) LANGUAGE plpgsql AS $$
DECLARE
    n integer := 0;
    k integer;
BEGIN
    CREATE TEMP TABLE arriving AS
    SELECT d.*, row_number() OVER (ORDER BY CASE arrive.by WHEN 'time' THEN extract(epoch FROM d.at)::float8 WHEN 'newest first' THEN -extract(epoch FROM d.at)::float8
                                                   WHEN 'value' THEN hashtext(d.props ->> 'v') ELSE hashint4(d.id) END, d.id) AS place
      FROM app.drawn d;
    CREATE UNIQUE INDEX ON arriving (place);
    ANALYZE arriving;
    WHILE n < 3000 LOOP
        k := 1 + floor(random() * most)::int;
        INSERT INTO app.events SELECT a.id, a.org, a.usr, a.name, a.at, a.props FROM arriving a WHERE a.place > n AND a.place <= n + k;
        n := n + k;
        COMMIT;
    END LOOP;
    DROP TABLE arriving;
END $$;
\set ECHO all

-- one batch
INSERT INTO app.events SELECT * FROM app.drawn ORDER BY id;
SELECT * FROM app.compared();
SELECT * FROM app.counted();
INSERT INTO app.first SELECT * FROM app.standing;
SELECT count(*) FILTER (WHERE due IS NULL) AS standings, count(due) > 0 AS some_ahead FROM app.first;
-- single rows and batches, in four orders
CALL app.start_again();
CALL app.arrive('time', 1);
SELECT pls.sweep() IS NOT NULL AS swept, app.differ();
CALL app.start_again();
CALL app.arrive('newest first', 40);
SELECT pls.sweep() IS NOT NULL AS swept, app.differ();
CALL app.start_again();
CALL app.arrive('value', 7);
SELECT pls.sweep() IS NOT NULL AS swept, app.differ();
CALL app.start_again();
CALL app.arrive('chance', 300);
SELECT pls.sweep() IS NOT NULL AS swept, app.differ();

-- rebuilt, by one process, in little memory, and by several
SET max_parallel_maintenance_workers = 0;
SELECT pls.refresh('org') AS orgs, pls.refresh('usr') AS users, app.differ() AS differ;
SET maintenance_work_mem = '1MB';
SELECT pls.refresh('org') AS orgs, pls.refresh('usr') AS users, app.differ() AS differ;
SET maintenance_work_mem = '32MB';
SET min_parallel_table_scan_size = 0;
SET max_parallel_maintenance_workers = 2;
SELECT pls.refresh('org') AS orgs, pls.refresh('usr') AS users, app.differ() AS differ;
RESET maintenance_work_mem;
SELECT sum(pls.refresh('org', entity_id)) AS one_by_one, app.differ() AS differ FROM pls.standings WHERE motion = 'org' AND entity_id LIKE 'org 1%';

-- the aggregates, over rows and over evidence that was written down
SELECT count(*) AS orgs, count(*) FILTER (WHERE a.evidence::text IS DISTINCT FROM s.evidence::text) AS other_evidence,
       count(*) FILTER (WHERE a.score IS DISTINCT FROM pls.score(s.evidence, pls.now())) AS other_score, sum(a.score)
  FROM (SELECT org, pls.evidence('org', name, at, usr, props, pls.now()), pls.score('org', name, at, usr, props, pls.now())
          FROM app.events GROUP BY org) a
  JOIN pls.standings s ON s.motion = 'org' AND s.entity_id = a.org;
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET max_parallel_workers_per_gather = 2; SET parallel_leader_participation = off;
SELECT count(*) AS orgs, count(*) FILTER (WHERE a.score IS DISTINCT FROM pls.score(s.evidence, pls.now())) AS other_score
  FROM (SELECT org, pls.score('org', name, at, usr, props, pls.now()) FROM app.events GROUP BY org) a
  JOIN pls.standings s ON s.motion = 'org' AND s.entity_id = a.org;
RESET parallel_setup_cost; RESET parallel_tuple_cost; RESET max_parallel_workers_per_gather; RESET parallel_leader_participation;
CREATE TABLE app.kept AS SELECT id % 3 AS part, org, pls.evidence('org', name, at, usr, props, pls.now()) FROM app.events GROUP BY 1, 2;
CREATE TABLE app.read (part integer, org text, evidence text);
INSERT INTO app.read SELECT part, org, evidence::text FROM app.kept;
SELECT count(*) AS orgs, count(*) FILTER (WHERE r.evidence::text IS DISTINCT FROM s.evidence::text) AS differ
  FROM (SELECT org, pls.rollup(evidence::pls.evidence) AS evidence FROM app.read GROUP BY org) r
  JOIN pls.standings s ON s.motion = 'org' AND s.entity_id = r.org;

-- time goes on: rows that were ahead come, others leave the windows
SET pls.now = '2026-03-31 00:00+00';
SELECT * FROM app.compared();
SELECT * FROM app.counted();
SET pls.now = '2026-04-06 12:00+00';
SELECT * FROM app.compared();
SELECT * FROM app.counted();
-- rows that are changed, deleted, and come late
SELECT setseed(0.7320) AS seeded \gset
UPDATE app.events SET props = props || jsonb_build_object('v', app.some_value()) WHERE id % 10 = 0 AND jsonb_typeof(props) = 'object';
SELECT * FROM app.compared();
UPDATE app.events SET props = app.some_properties() WHERE id % 10 = 1;
UPDATE app.events SET name = app.one_of('used', 'opened') WHERE id % 10 = 2;
UPDATE app.events SET at = app.some_instant() WHERE id % 10 = 3;
UPDATE app.events SET org = 'org ' || id % 30 WHERE id % 10 = 4;
SELECT pls.sweep() IS NOT NULL AS swept;
SELECT * FROM app.counted();
DELETE FROM app.events WHERE id % 10 = 5;
SELECT entities, wrong FROM app.compared();
INSERT INTO app.events SELECT id, 'org ' || id % 5, usr, name, at - interval '3 days', props FROM app.drawn WHERE id % 10 = 5;
SELECT * FROM app.compared();
SELECT * FROM app.counted();
UPDATE pls.signals SET property = 'item.more.kind' WHERE motion = 'org' AND signal = '01 plain';
UPDATE pls.signals SET within = '21 days' WHERE motion = 'usr' AND signal = '01 plain';
SELECT * FROM app.compared();
TRUNCATE app.first;
INSERT INTO app.first SELECT * FROM app.standing;
SELECT pls.refresh('org') > 20 AS orgs, pls.refresh('usr') > 20 AS users, app.differ() AS differ;

-- in words: what is missing, how it is measured, why an alert is there
SELECT w.name, w.met, w.value, w.op, w.threshold, w.missing, w.distance, w.detail FROM pls.why_not('org', 'nobody') w
 WHERE w.name IN ('02 shared', '03 all', '07 matched', '08 wide', '10 path', '12 sum') ORDER BY w.name;
SELECT signal, how_measured, threshold, points FROM pls.signal_catalog WHERE motion = 'org' AND signal < '12' AND signal <> '05 fading' ORDER BY signal;
SELECT pls_internal.signal_phrase(s, v) FROM pls.signals s, unnest('{1,3}'::numeric[]) v WHERE motion = 'org' AND signal = '10 path' ORDER BY v;

-- what is one value, and what is none
DELETE FROM pls.signals WHERE motion = 'org' AND signal <> '02 shared';
SELECT k.kind, x.value
  FROM (SELECT v.kind, pls.evidence('org', 'used', '2026-04-06 00:00+00', NULL::text, d)
          FROM (VALUES ('numbers', jsonb '[{"v": 1}, {"v": 1.0}, {"v": 10e-1}, {"v": "1"}]'), ('spelled otherwise', '[{"v": "1.0"}, {"v": "01"}, {"v": " 1"}]'),
                       ('zeros', '[{"v": 0}, {"v": -0}, {"v": 0.00}]'), ('booleans', '[{"v": true}, {"v": "true"}, {"v": false}]'),
                       ('strings', '[{"v": "a"}, {"v": "A"}, {"v": ""}, {"v": "a"}]'), ('large', '[{"v": 1e1000}, {"v": 1e1001}, {"v": 10e999}]'),
                       ('none', '[{"v": null}, {"v": []}, {"v": {}}, {"w": 1}, [{"v": 1}], "v", 1, null, true]')) v (kind, docs),
               jsonb_array_elements(v.docs) d GROUP BY v.kind) k,
       pls.explain(k.evidence, '2026-04-06 12:00+00') x
 ORDER BY k.kind COLLATE "C";
\set ECHO none
\c :home
SET client_min_messages = warning;
DROP DATABASE pls_distinct_values;
