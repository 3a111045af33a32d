-- When a standing is to be looked at next is never later than the first
-- instant at which time alone changes its lane: random models and events,
-- each lane evaluated at many instants before.
\set ECHO none
\set QUIET on
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
RESET client_min_messages;
SET timezone = 'UTC';
SET pls.now = '2026-03-02 10:00+00';
BEGIN;
\set ECHO all
SELECT setseed(0.2718);
CREATE FUNCTION pg_temp.one_of(VARIADIC choices text[]) RETURNS text LANGUAGE sql VOLATILE AS
$$ SELECT choices[1 + floor(random() * cardinality(choices))::int] $$;
INSERT INTO pls.motions (motion, qualify_at, release_at, triage_at, min_signals, min_score)
SELECT 'looks ' || m, 20 + m % 4 * 10, CASE WHEN m % 2 = 0 THEN 15 END, CASE WHEN m % 3 > 0 THEN 10 END, m % 3,
       CASE WHEN m % 5 > 0 THEN 0 END
  FROM generate_series(1, 30) m;
DO $$
DECLARE
    s pls.signals;
BEGIN
    FOR m IN 1..30 LOOP
        FOR i IN 1..2 + m % 5 LOOP
            s := NULL;
            s.motion := 'looks ' || m;
            s.category := pg_temp.one_of('activation', 'depth', 'breadth', 'risk', 'fit');
            s.measure := pg_temp.one_of('count', 'distinct', 'actors', 'days', 'sum', 'max', 'last', 'recency', 'recency', 'growth',
                                        'first', 'sequence', 'restart', 'attribute');
            s.signal := i || ' ' || s.measure;
            s.events := CASE s.measure WHEN 'attribute' THEN NULL WHEN 'sequence' THEN '{a,b,c}'
                             ELSE ARRAY[pg_temp.one_of('a', 'b', 'c')] END;
            s.match := CASE WHEN s.measure = 'attribute' THEN '$.size > 3'::jsonpath END;
            s.within := CASE WHEN s.measure = 'attribute' OR s.measure = 'last' AND random() < 0.3 THEN NULL
                             ELSE make_interval(hours => pg_temp.one_of('3', '24', '170', '720')::int,
                                                secs => pg_temp.one_of('0', '0', '7', '0.5')::numeric::float8) END;
            s.op := pg_temp.one_of('>=', '>=', '>=', '>', '<=', '<', '=');
            IF s.measure IN ('recency', 'first') AND s.op = '=' THEN
                s.op := '>=';
            END IF;
            IF s.measure = 'attribute' THEN
                s.op := '>=';
            END IF;
            s.threshold := CASE WHEN s.measure IN ('recency', 'first', 'attribute') THEN NULL
                                WHEN s.measure = 'sequence' THEN pg_temp.one_of('1', '2', '3')::numeric
                                WHEN s.measure = 'growth' THEN pg_temp.one_of('0.5', '1', '2')::numeric
                                -- not more days than the shortest window has
                                WHEN s.measure = 'days' THEN pg_temp.one_of('0', '1', '2')::numeric
                                ELSE pg_temp.one_of('0', '1', '2', '3')::numeric END;
            s.min_base := CASE WHEN s.measure = 'growth' THEN pg_temp.one_of('0', '1', '3')::numeric END;
            s.property := CASE WHEN s.measure IN ('distinct', 'sum', 'max', 'last') THEN 'n' END;
            s.numeric_strings := false;
            s.per_unit := s.measure IN ('count', 'actors', 'days', 'distinct', 'sum', 'max') AND random() < 0.4;
            s.decay := CASE WHEN s.measure = 'attribute' THEN 'none' ELSE pg_temp.one_of('none', 'none', 'linear', 'exponential', 'step') END;
            s.decay_span := CASE WHEN s.decay <> 'none' THEN make_interval(hours => pg_temp.one_of('5', '50', '500')::int) END;
            s.points := round((random() * 40 - 12)::numeric / CASE WHEN s.per_unit THEN 3 ELSE 1 END, 1);
            s.max_points := CASE WHEN s.per_unit THEN 40 END;
            s.min_points := CASE WHEN s.per_unit THEN -40 END;
            s.required := random() < 0.15;
            s.approved_for_outreach := false;
            s.enabled := true;
            INSERT INTO pls.signals SELECT s.*;
        END LOOP;
    END LOOP;
END
$$;
INSERT INTO pls.category_limits (motion, category, min_points, max_points)
SELECT m.motion, c, -10, 25 FROM pls.motions m, unnest('{depth,risk,fit}'::text[]) c WHERE m.motion LIKE 'looks %' AND m.qualify_at < 40;
INSERT INTO pls.grades (motion, dimension, at_least, grade)
SELECT m.motion, d, 15 * n, CASE d WHEN 'fit' THEN chr(67 - n) ELSE (3 - n)::text END
  FROM pls.motions m, unnest('{fit,engagement}'::text[]) d, generate_series(0, 2) n
 WHERE m.motion LIKE 'looks %' AND m.qualify_at > 30;

CREATE TABLE pg_temp.events AS
SELECT e AS entity, pg_temp.one_of('a', 'a', 'b', 'c') AS event,
       timestamptz '2026-03-02 10:00+00' - random() * random() * interval '40 days' AS at,
       pg_temp.one_of('u', 'v', 'w') AS actor,
       jsonb_build_object('n', floor(random() * 7 - 2)) AS props
  FROM generate_series(1, 25) e, generate_series(1, 1 + e % 12);

-- what is known at two instants, and when it is looked at next
CREATE TABLE pg_temp.known AS
SELECT row_number() OVER () AS id, k.*, v.lane, v.grade, r.reason,
       pls_internal.next_look(k.evidence, k.t, k.attributes, v.lane, r.reason) AS look_at
  FROM (SELECT m.motion, e.entity, i.t, CASE WHEN e.entity % 2 = 0 THEN '{"size": 5}'::jsonb END AS attributes,
               pls.evidence(m.motion, e.event, e.at, e.actor, e.props, i.t) AS evidence
          FROM pls.motions m, pg_temp.events e, (VALUES (timestamptz '2026-03-02 10:00+00'), ('2026-02-24 03:14:15.926535+00')) i (t)
         WHERE m.motion LIKE 'looks %'
         GROUP BY m.motion, e.entity, i.t) k
 CROSS JOIN LATERAL pls.evaluate(k.evidence, k.t, k.attributes, NULL) v
 CROSS JOIN (VALUES (NULL), ('too_small')) r (reason);
SELECT count(DISTINCT motion) AS motions, count(*) > 2000 AS many, count(DISTINCT coalesce(lane, '')) AS lanes,
       count(*) FILTER (WHERE look_at = 'infinity') > 100 AS some_never,
       count(*) FILTER (WHERE look_at < 'infinity') > 100 AS some_later,
       count(*) FILTER (WHERE look_at < t) AS never_before
  FROM pg_temp.known;

-- Instants up to it: close to where it begins and ends, at round ones, and
-- such as come.
CREATE FUNCTION pg_temp.instants(t timestamptz, until timestamptz) RETURNS SETOF timestamptz LANGUAGE sql AS $$
    SELECT x FROM (
        SELECT t + (until - t) * (n / 40.0) AS x FROM generate_series(0, 40) n
        UNION ALL SELECT t + n * interval '1 second' FROM generate_series(1, 5) n
        UNION ALL SELECT until - n * interval '0.4 seconds' FROM generate_series(0, 10) n
        UNION ALL SELECT date_trunc('hour', t) + n * interval '5 hours' FROM generate_series(1, 20) n) i
     WHERE x BETWEEN t AND until
$$;
SELECT count(*) > 100000 AS many, count(*) FILTER (WHERE v.lane IS DISTINCT FROM k.lane) AS missed,
       count(*) FILTER (WHERE k.reason = 'too_small' AND k.lane IS NOT NULL AND v.grade IS DISTINCT FROM k.grade) AS missed_grades
  FROM pg_temp.known k
 CROSS JOIN LATERAL pg_temp.instants(k.t, least(k.look_at, k.t + interval '90 days')) i
 CROSS JOIN LATERAL pls.evaluate(k.evidence, i, k.attributes, k.lane) v;

-- Nor is it so early that it costs much: by looking again and again, how
-- often until the lane has changed, or for good?
CREATE FUNCTION pg_temp.looks(k pg_temp.known) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    n  integer := 0;
    at timestamptz := k.look_at;
BEGIN
    WHILE at < k.t + interval '90 days' AND n < 200 LOOP
        n := n + 1;
        -- the sweep comes every minute
        at := greatest(at, k.t + interval '1 minute' * ceil(extract(epoch FROM at - k.t) / 60));
        EXIT WHEN (SELECT v.lane FROM pls.evaluate(k.evidence, at, k.attributes, k.lane) v) IS DISTINCT FROM k.lane;
        at := greatest(at + interval '1 minute', pls_internal.next_look(k.evidence, at, k.attributes, k.lane));
    END LOOP;
    RETURN n;
END
$$;
SELECT avg(n) < 2 AS few, max(n) < 50 AS never_many
  FROM (SELECT pg_temp.looks(k) AS n FROM pg_temp.known k WHERE k.reason IS NULL) x;
ROLLBACK;
