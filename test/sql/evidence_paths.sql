-- One multiset of rows, one evidence: whatever the plan, the order, the split
-- or the way it was stored.  Equal means equal bit for bit, as text.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.psql
\set log :srcdir /sql/include/adoption.psql
\set model :srcdir /sql/include/adoption_model.psql
\set ECHO none
\set QUIET on
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
RESET client_min_messages;
SET pls.now = '2026-08-23 00:00+00';
BEGIN;
\i :oracle
\i :log
\i :model
\set ECHO all
SET LOCAL max_parallel_workers_per_gather = 0;
\set as_of '''2026-08-22 22:31:32.000001+00'''
\set evidence 'pls.evidence(''adoption'', event, at, actor, properties)'
\set score 'pls.score(''adoption'', event, at, actor, properties, ' :as_of ')'

CREATE TABLE oracle.path (path text, entity text, evidence pls.evidence, score numeric);
-- Compares a path with the serial one.
CREATE VIEW oracle.paths AS
SELECT p.path, count(*) AS accounts, count(*) FILTER (WHERE p.evidence::text = s.evidence::text) AS same_evidence,
       count(*) FILTER (WHERE pls.evidence_send(p.evidence) = pls.evidence_send(s.evidence)) AS same_bytes,
       count(*) FILTER (WHERE p.score = s.score) AS same_score,
       count(*) FILTER (WHERE pls.score(p.evidence, '2026-10-01') = pls.score(s.evidence, '2026-10-01')) AS same_later_score,
       sum(p.score) AS score
FROM oracle.path AS p JOIN oracle.path AS s ON s.path = 'serial' AND s.entity = p.entity
GROUP BY p.path;

-- hash aggregation, in one process
SET LOCAL enable_sort = off;
EXPLAIN (COSTS OFF) SELECT entity, :evidence FROM oracle.events GROUP BY entity;
INSERT INTO oracle.path SELECT 'serial', entity, :evidence, :score FROM oracle.events GROUP BY entity;
RESET enable_sort;

-- sorted aggregation
SET LOCAL enable_hashagg = off;
EXPLAIN (COSTS OFF) SELECT entity, :evidence FROM oracle.events GROUP BY entity;
INSERT INTO oracle.path SELECT 'sorted', entity, :evidence, :score FROM oracle.events GROUP BY entity;
RESET enable_hashagg;

-- two workers, partial and finalize
SET LOCAL max_parallel_workers_per_gather = 2;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL parallel_leader_participation = off;
EXPLAIN (COSTS OFF) SELECT entity, :evidence, :score FROM oracle.events GROUP BY entity;
CREATE TABLE oracle.parallel AS SELECT entity, :evidence AS evidence, :score AS score FROM oracle.events GROUP BY entity;
INSERT INTO oracle.path SELECT 'parallel', * FROM oracle.parallel;
SET LOCAL parallel_leader_participation = on;
CREATE TABLE oracle.parallel_3 AS SELECT entity, :evidence AS evidence, :score AS score FROM oracle.events GROUP BY entity;
INSERT INTO oracle.path SELECT 'parallel with leader', * FROM oracle.parallel_3;
EXPLAIN (COSTS OFF) SELECT pls.rollup(evidence) FROM oracle.parallel;
CREATE TABLE oracle.whole AS SELECT pls.rollup(evidence) AS parallel FROM oracle.parallel;
SET LOCAL max_parallel_workers_per_gather = 0;

-- every row in another order
SELECT setseed(0.42);
CREATE TABLE oracle.shuffled AS SELECT entity, event, at, actor, properties, floor(random() * 5)::int AS part FROM oracle.events ORDER BY random();
INSERT INTO oracle.path SELECT 'shuffled', entity, :evidence, :score FROM oracle.shuffled GROUP BY entity;
INSERT INTO oracle.path SELECT 'newest first', entity, pls.evidence('adoption', event, at, actor, properties ORDER BY at DESC),
       pls.score('adoption', event, at, actor, properties, :as_of ORDER BY at DESC) FROM oracle.events GROUP BY entity;

-- split into five, and put together again
CREATE TABLE oracle.part AS SELECT entity, part, :evidence AS evidence FROM oracle.shuffled GROUP BY entity, part;
INSERT INTO oracle.path SELECT 'rollup', entity, r, pls.score(r, :as_of)
FROM (SELECT entity, pls.rollup(evidence) AS r FROM oracle.part GROUP BY entity) AS x;
INSERT INTO oracle.path SELECT 'rollup, reversed', entity, r, pls.score(r, :as_of)
FROM (SELECT entity, pls.rollup(evidence ORDER BY part DESC) AS r FROM oracle.part GROUP BY entity) AS x;
INSERT INTO oracle.path SELECT 'rollup of rollups', entity, r, pls.score(r, :as_of)
FROM (SELECT entity, pls.rollup(half) AS r
      FROM (SELECT entity, pls.rollup(evidence) AS half FROM oracle.part GROUP BY entity, part % 2) AS h GROUP BY entity) AS x;

-- one row at a time
CREATE TABLE oracle.few AS SELECT entity FROM oracle.events GROUP BY entity HAVING count(*) BETWEEN 20 AND 300;
INSERT INTO oracle.path SELECT 'row by row', entity, r, pls.score(r, :as_of)
FROM (SELECT entity, pls.rollup(one) AS r
      FROM (SELECT entity, :evidence AS one FROM oracle.shuffled JOIN oracle.few USING (entity) GROUP BY entity, oracle.shuffled.ctid) AS o
      GROUP BY entity) AS x;

-- text, binary, and through a file
INSERT INTO oracle.path SELECT 'text', entity, r, pls.score(r, :as_of)
FROM (SELECT entity, pls.rollup(evidence::text::pls.evidence) AS r FROM oracle.part GROUP BY entity) AS x;
\copy oracle.part TO PROGRAM 'cat > "${PG_ABS_BUILDDIR:-.}/results/evidence_paths.bin"' (FORMAT binary)
CREATE TABLE oracle.part_binary (LIKE oracle.part);
\copy oracle.part_binary FROM PROGRAM 'cat "${PG_ABS_BUILDDIR:-.}/results/evidence_paths.bin"' (FORMAT binary)
\! rm -f "${PG_ABS_BUILDDIR:-.}/results/evidence_paths.bin"
INSERT INTO oracle.path SELECT 'binary', entity, r, pls.score(r, :as_of)
FROM (SELECT entity, pls.rollup(evidence) AS r FROM oracle.part_binary GROUP BY entity) AS x;

-- stored out of line, compressed, and updated in place
CREATE TABLE oracle.stored (entity text, evidence pls.evidence);
ALTER TABLE oracle.stored ALTER COLUMN evidence SET STORAGE EXTERNAL;
INSERT INTO oracle.stored SELECT entity, pls.rollup(evidence) FROM oracle.part GROUP BY entity;
INSERT INTO oracle.path SELECT 'stored out of line', entity, evidence, pls.score(evidence, :as_of) FROM oracle.stored;
CREATE TABLE oracle.stored_compressed (entity text PRIMARY KEY, evidence pls.evidence);
ALTER TABLE oracle.stored_compressed ALTER COLUMN evidence SET STORAGE MAIN;
INSERT INTO oracle.stored_compressed SELECT entity, evidence FROM oracle.part WHERE part = 0;
INSERT INTO oracle.stored_compressed SELECT p.entity, pls.rollup(p.evidence) FROM oracle.part AS p WHERE p.part <> 0 GROUP BY p.entity
ON CONFLICT (entity) DO UPDATE
    SET evidence = (SELECT pls.rollup(e) FROM (VALUES (EXCLUDED.evidence), (oracle.stored_compressed.evidence)) AS v (e));
INSERT INTO oracle.path SELECT 'stored and updated', entity, evidence, pls.score(evidence, :as_of) FROM oracle.stored_compressed;

-- partition by partition
CREATE TABLE oracle.parted (LIKE oracle.events) PARTITION BY RANGE (seq);
CREATE TABLE oracle.parted_1 PARTITION OF oracle.parted FOR VALUES FROM (0) TO (20000);
CREATE TABLE oracle.parted_2 PARTITION OF oracle.parted FOR VALUES FROM (20000) TO (45000);
CREATE TABLE oracle.parted_3 PARTITION OF oracle.parted DEFAULT;
INSERT INTO oracle.parted SELECT * FROM oracle.events;
ANALYZE oracle.parted;
SET LOCAL enable_partitionwise_aggregate = on;
EXPLAIN (COSTS OFF) SELECT entity, :evidence, :score FROM oracle.parted GROUP BY entity;
INSERT INTO oracle.path SELECT 'partition-wise', entity, :evidence, :score FROM oracle.parted GROUP BY entity;
RESET enable_partitionwise_aggregate;

-- in a window, where a state is asked for its result again and again
INSERT INTO oracle.path
SELECT DISTINCT ON (entity) 'window', entity, e, s
FROM (SELECT entity, seq, :evidence OVER w AS e, :score OVER w AS s
      FROM oracle.events JOIN oracle.few USING (entity)
      WINDOW w AS (PARTITION BY entity ORDER BY seq)) AS x
ORDER BY entity, seq DESC;

SELECT * FROM oracle.paths ORDER BY path <> 'serial', path COLLATE "C";
SELECT p.path, entity, p.score, s.score AS serial
FROM oracle.path AS p JOIN oracle.path AS s USING (entity)
WHERE s.path = 'serial' AND (p.score IS DISTINCT FROM s.score OR p.evidence::text IS DISTINCT FROM s.evidence::text)
ORDER BY p.path COLLATE "C", entity LIMIT 20;

-- all accounts as one, by every path
SELECT pls.score(one, :as_of) IS NOT NULL AS scored, one::text = rolled::text AS rollup, one::text = parallel::text AS parallel
FROM (SELECT :evidence AS one FROM oracle.events) AS a, (SELECT pls.rollup(evidence) AS rolled FROM oracle.part) AS b, oracle.whole;

-- explain is the same, too
SELECT count(*) AS lines, count(*) FILTER (WHERE a IS NOT DISTINCT FROM b) AS same
FROM (SELECT entity, x.* FROM oracle.path, pls.explain(evidence, :as_of) AS x WHERE path = 'serial') AS a
FULL JOIN (SELECT entity, x.* FROM oracle.path, pls.explain(evidence, :as_of) AS x WHERE path = 'rollup') AS b
    ON (a.entity, a.line) = (b.entity, b.line);

-- adding a state to itself counts rows again, but an actor or a day once
SELECT x.signal, x.value AS once, y.value AS twice
FROM (SELECT evidence AS e FROM oracle.path WHERE path = 'serial' AND entity = 'gmail.com') AS s,
     LATERAL (SELECT pls.rollup(v) AS e FROM (VALUES (s.e), (s.e)) AS v (v)) AS d,
     LATERAL pls.explain(s.e, :as_of) AS x
     JOIN LATERAL pls.explain(d.e, :as_of) AS y USING (line)
WHERE x.signal IN ('invites', 'contributors', 'active days', 'each week', 'files', 'heavy', 'largest', 'last was small', 'lately', 'newcomer', 'growing', 'sessions', 'commits')
ORDER BY x.signal COLLATE "C";

-- nothing to add
SELECT pls.rollup(NULL::pls.evidence) IS NULL AS null_only FROM generate_series(1, 3);
SELECT pls.rollup(e) IS NULL AS no_rows FROM (SELECT NULL::pls.evidence AS e WHERE false) AS v;
SELECT pls.rollup(evidence)::text = min(evidence::text) AS null_ignored
FROM (SELECT evidence FROM oracle.path WHERE path = 'serial' AND entity = 'redhat.com' UNION ALL SELECT NULL::pls.evidence) AS v;
SELECT pls.rollup(evidence)::text = max(evidence::text) FILTER (WHERE NOT empty) AS empty_ignored
FROM (SELECT false AS empty, evidence FROM oracle.path WHERE path = 'serial' AND entity = 'redhat.com'
      UNION ALL SELECT true, pls.evidence('adoption', 'none', NULL, 'x', NULL)) AS v;
SELECT entity, pls.score('adoption', event, NULL, actor, properties, :as_of) AS score, pls.score(pls.evidence('adoption', event, NULL, actor, properties), :as_of) AS evidence
FROM oracle.events WHERE entity = 'redhat.com' GROUP BY entity;
SELECT pls.evidence('adoption', event, at, actor, properties) IS NULL AS no_rows FROM oracle.events WHERE false;

-- points, limits and thresholds change without a rebuild; what is matched does not
UPDATE pls.signals SET points = points * 2, decay = CASE WHEN signal = 'commits' THEN 'linear' ELSE decay END,
       decay_span = CASE WHEN signal = 'commits' THEN '90 days'::interval ELSE decay_span END,
       threshold = CASE WHEN measure = 'growth' THEN 1 ELSE threshold END
WHERE motion = 'adoption' AND signal IN ('commits', 'contributors', 'growing', 'files');
UPDATE pls.motions SET max_score = 200 WHERE motion = 'adoption';
SELECT count(*) AS accounts, count(*) FILTER (WHERE pls.score(old.evidence, :as_of) = new.score) AS as_rebuilt,
       count(*) FILTER (WHERE old.score <> new.score) > 0 AS changed
FROM oracle.path AS old JOIN (SELECT entity, :score AS score FROM oracle.events GROUP BY entity) AS new USING (entity)
WHERE old.path = 'serial';
UPDATE pls.signals SET match = '$.files > 5' WHERE motion = 'adoption' AND signal = 'commits';
SELECT (pls.evaluate(e, :as_of)).stale, x.value, x.met, x.points
FROM (SELECT evidence AS e FROM oracle.path WHERE path = 'serial' AND entity = 'gmail.com') AS s, LATERAL pls.explain(e, :as_of) AS x
WHERE x.signal = 'commits';

-- evidence of two motions does not add up
INSERT INTO pls.motions (motion, qualify_at, release_at) VALUES ('other', 5, 5);
INSERT INTO pls.signals (motion, signal, category, measure, within, threshold, points) VALUES ('other', 'any', 'depth', 'count', '30 days', 1, 10);
\set VERBOSITY sqlstate
\set SHOW_CONTEXT never
SELECT pls.rollup(e) FROM (SELECT pls.evidence('adoption', 'change_committed', '2020-01-01', 1, '{}')
                           UNION ALL SELECT pls.evidence('other', 'change_committed', '2020-01-01', 1, '{}')) AS v (e);
ROLLBACK;
