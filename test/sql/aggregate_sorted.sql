-- What the aggregates give is an object in memory until something stores it.
-- Whatever stores it, a sort that can free nothing one by one among them, the
-- values are those that an aggregation alone gives.
\set ECHO none
\set QUIET on
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
RESET client_min_messages;
SET timezone = 'UTC';
SET jit = off;
BEGIN;
CREATE SCHEMA sorted;
\set ECHO all
SELECT count(*) > 0 AS made FROM pls.create_motion('trial', template => 'trial_conversion');
-- 400 groups of one row and three of a thousand, out of order.
CREATE TABLE sorted.rows AS
SELECT g AS who, timestamptz '2026-03-01' - g * interval '1 minute' AS at, 'invite_sent' AS event, 1 AS value
  FROM generate_series(1, 400) AS g
 UNION ALL
SELECT 1000 + g % 3, timestamptz '2026-03-01' - (g * 7919 % 5000) * interval '1 minute',
       (ARRAY['invite_sent', 'workflow_completed', 'other'])[1 + g / 3 % 3], g % 7
  FROM generate_series(1, 3000) AS g;
ANALYZE sorted.rows;

\set conditions 'event = ''invite_sent'', event = ''workflow_completed'''
\set values 'pls.event_rows(at, ' :conditions ') AS rows, pls.evidence(''trial'', event, at, who, NULL) AS evidence, pls.decay_sums(value, at, ''2 days'') AS sums'
\set answers 'pls.window_funnel(rows, ''1 day'') AS funnel, pls.score(evidence, ''2026-03-01'') AS score, round(pls.decayed_sum(sums, ''2026-03-01'')::numeric, 6) AS sum'

CREATE TABLE sorted.alone AS SELECT who, :values FROM sorted.rows GROUP BY who;
CREATE TABLE sorted.path (path text, who int, rows text, evidence text, sums pls.decay_sums);

-- a sort by something else; one that runs on disk; one of which the first are
-- kept; one that is partly done already
INSERT INTO sorted.path
SELECT 'sort', who, rows::text, evidence::text, sums
  FROM (SELECT who, count(*), :values FROM sorted.rows GROUP BY who ORDER BY 2, who DESC OFFSET 0) AS x;
SET LOCAL work_mem = '64kB';
INSERT INTO sorted.path
SELECT 'sort on disk', who, rows::text, evidence::text, sums
  FROM (SELECT who, count(*), :values FROM sorted.rows GROUP BY who ORDER BY 2, who DESC OFFSET 0) AS x;
RESET work_mem;
INSERT INTO sorted.path
SELECT 'first of a sort', who, rows::text, evidence::text, sums
  FROM (SELECT who, count(*), :values FROM sorted.rows GROUP BY who ORDER BY 2 DESC, who LIMIT 300) AS x;
SET LOCAL enable_hashagg = off;
INSERT INTO sorted.path
SELECT 'sort of what is partly sorted', who, rows::text, evidence::text, sums
  FROM (SELECT who, count(*), :values FROM sorted.rows GROUP BY who ORDER BY who, 2 OFFSET 0) AS x;
RESET enable_hashagg;

-- a window, a hash table, a store that is read twice, an array, a row
INSERT INTO sorted.path
SELECT 'window', who, rows::text, lag(evidence, 0) OVER (ORDER BY who DESC)::text, first_value(sums) OVER (PARTITION BY who)
  FROM (SELECT who, :values FROM sorted.rows GROUP BY who) AS x;
SET LOCAL enable_mergejoin = off;
SET LOCAL enable_nestloop = off;
INSERT INTO sorted.path
SELECT 'hash table', a.who, a.rows::text, b.evidence::text, b.sums
  FROM (SELECT who, :values FROM sorted.rows GROUP BY who OFFSET 0) AS a
  JOIN (SELECT who, :values FROM sorted.rows GROUP BY who OFFSET 0) AS b USING (who);
RESET enable_mergejoin;
RESET enable_nestloop;
INSERT INTO sorted.path
WITH x AS MATERIALIZED (SELECT who, :values FROM sorted.rows GROUP BY who)
SELECT 'store', a.who, a.rows::text, b.evidence::text, b.sums FROM x AS a JOIN x AS b USING (who);
INSERT INTO sorted.path
SELECT 'array', unnest(whos), unnest(r)::text, unnest(e)::text, unnest(s)
  FROM (SELECT array_agg(who) AS whos, array_agg(rows) AS r, array_agg(evidence) AS e, array_agg(sums) AS s
          FROM (SELECT who, :values FROM sorted.rows GROUP BY who) AS y) AS x;
INSERT INTO sorted.path
SELECT 'row', (x).who, (x).rows::text, (x).evidence::text, (x).sums
  FROM (SELECT x, count(*) OVER () FROM (SELECT who, :values FROM sorted.rows GROUP BY who) AS x ORDER BY x.who DESC) AS y;

-- an aggregate over them, its arguments in order
INSERT INTO sorted.path
SELECT 'rolled up in order', who, pls.rollup(rows ORDER BY day DESC)::text, pls.rollup(evidence ORDER BY day DESC)::text,
       pls.rollup(sums ORDER BY day DESC)
  FROM (SELECT who, date_trunc('day', at) AS day, :values FROM sorted.rows GROUP BY who, 2) AS x GROUP BY who;

SELECT p.path, count(*), count(*) FILTER (WHERE p.rows = a.rows::text) AS same_rows,
       count(*) FILTER (WHERE p.evidence = a.evidence::text) AS same_evidence,
       count(*) FILTER (WHERE abs(pls.decayed_sum(p.sums, '2026-03-01') - pls.decayed_sum(a.sums, '2026-03-01')) < 1e-9) AS near_sums
  FROM sorted.path AS p JOIN sorted.alone AS a USING (who)
 GROUP BY p.path ORDER BY p.path COLLATE "C";

-- and so are the answers read from them in the row that was sorted
SELECT who, :answers
  FROM (SELECT who, count(*), :values FROM sorted.rows GROUP BY who ORDER BY 2 DESC, who LIMIT 5) AS x;
SELECT who, :answers FROM sorted.alone WHERE who IN (1, 2, 1000, 1001, 1002) ORDER BY who < 1000, who;
-- a tally, which is what a score by rows is until it is read
SELECT who, count(*), pls.score('trial', event, at, who, NULL, '2026-03-01') AS score
  FROM sorted.rows GROUP BY who ORDER BY 2 DESC, 1 LIMIT 5;
ROLLBACK;
