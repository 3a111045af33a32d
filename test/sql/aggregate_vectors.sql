-- The sample cases of test/data/vectors, each as one pass over the rows,
-- shuffled, and in three parts that are stored as text and as bytes and then
-- rolled up.
\getenv srcdir PG_ABS_SRCDIR
\set ECHO none
\set QUIET on
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
RESET client_min_messages;
BEGIN;
CREATE SCHEMA vectors;
CREATE TABLE vectors.lines (line jsonb);
\copy vectors.lines FROM PROGRAM 'cat "$PG_ABS_SRCDIR"/data/vectors/*.jsonl' WITH (FORMAT csv, QUOTE E'\x01', DELIMITER E'\x02')
\set ECHO all
SELECT setseed(0.5);

-- A case is a line; a line about many users is one for each.
CREATE TABLE vectors.cases AS
SELECT l.line ->> 'id' AS id, l.line ->> 'func' AS func, l.line -> 'params' AS params,
       g.member, coalesce(g.rows, l.line -> 'events') AS rows,
       CASE WHEN l.line ->> 'func' IN ('retention', 'sessions') THEN 's' ELSE coalesce(l.line #>> '{params,unit}', 's') END AS unit,
       l.line ->> 'dialect' AS dialect, l.line -> 'expected' AS expected, (l.line ->> 'round')::int AS round
FROM vectors.lines AS l
LEFT JOIN LATERAL (
    SELECT u.member, r -> 'events' AS rows
    FROM jsonb_array_elements(l.line -> 'group_rle') AS r,
         LATERAL generate_series(split_part(r ->> 'users', '..', 1)::int, split_part(r ->> 'users', '..', 2)::int) AS u (member)) AS g ON true
WHERE (l.line ->> 'agrees_with_clickhouse') IS DISTINCT FROM 'false'
  AND (l.line #>> '{params,semantics}') IS DISTINCT FROM 'e_fold';
UPDATE vectors.cases SET unit = params ->> 'unit' WHERE func = 'sessions';

CREATE FUNCTION vectors.span(n numeric, unit text) RETURNS interval LANGUAGE sql IMMUTABLE AS
$$ SELECT CASE unit WHEN 'us' THEN n * interval '1 microsecond' ELSE n * interval '1 second' END $$;
CREATE FUNCTION vectors.instant(n numeric, unit text) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS
$$ SELECT '1970-01-01 00:00:00+00'::timestamptz + vectors.span(n, unit) $$;

CREATE TABLE vectors.rows AS
SELECT c.id, coalesce(c.member, 0) AS member, r.n, r.n % 3 AS part, random() AS place,
       CASE WHEN c.func = 'retention' THEN '2026-01-01 00:00:00+00'::timestamptz
            ELSE vectors.instant(CASE jsonb_typeof(r.row) WHEN 'array' THEN r.row ->> 0 ELSE r.row #>> '{}' END::numeric, c.unit) END AS at,
       CASE WHEN c.func LIKE 'decayed%' THEN (r.row ->> 1)::float8 END AS value,
       CASE WHEN c.func IN ('window_funnel', 'sequence_match', 'sequence_count', 'retention') THEN
           (SELECT array_agg(e.v = '1' ORDER BY e.i) FROM jsonb_array_elements_text(r.row) WITH ORDINALITY AS e (v, i)
            WHERE e.i > jsonb_array_length(r.row) - (c.params ->> 'n_conditions')::int) END AS c
FROM vectors.cases AS c, LATERAL jsonb_array_elements(c.rows) WITH ORDINALITY AS r (row, n);

-- What is asked of the rows of a case: as an aggregate over them, and as a
-- function over a state s.
CREATE TABLE vectors.questions AS
SELECT c.id, coalesce(c.member, 0) AS member, q.as_of, q.aggregate, q.state, q.function, q.expected, false AS refused
FROM vectors.cases AS c,
     LATERAL (SELECT string_agg(format('c[%s]', i), ', ' ORDER BY i) AS conditions
              FROM generate_series(1, (c.params ->> 'n_conditions')::int) AS i) AS k,
     LATERAL (SELECT string_agg(m, ', ') AS mode FROM jsonb_array_elements_text(c.params -> 'modes') AS m) AS m,
     LATERAL (
        SELECT NULL::timestamptz AS as_of,
               format('pls.window_funnel(%L, %L, at, %s)', vectors.span((c.params ->> 'window')::numeric, c.unit), w.mode, k.conditions) AS aggregate,
               format('pls.event_rows(at, %s)', k.conditions) AS state,
               format('pls.window_funnel(%%s, %L, %L)', vectors.span((c.params ->> 'window')::numeric, c.unit), w.mode) AS function,
               c.expected #>> '{}' AS expected
        FROM (SELECT m.mode UNION ALL SELECT 'strict_once' WHERE m.mode IS NULL AND c.dialect = 'doris') AS w
        WHERE c.func = 'window_funnel'
        UNION ALL
        SELECT NULL, format('pls.%s(%L, at, %s)', c.func, c.params ->> 'pattern', k.conditions), format('pls.event_rows(at, %s)', k.conditions),
               format('pls.%s(%%s, %L)', c.func, c.params ->> 'pattern'), c.expected #>> '{}'
        WHERE c.func LIKE 'sequence%'
        UNION ALL
        SELECT NULL, format('pls.retention(%s)', k.conditions), format('pls.event_rows(at, %s)', k.conditions), 'pls.retention(%s)',
               CASE WHEN c.member IS NULL THEN (SELECT array_agg(e = '1') FROM jsonb_array_elements_text(c.expected) AS e)::text END
        WHERE c.func = 'retention'
        UNION ALL
        SELECT NULL, format('pls.session_count(at, %L)', vectors.span((c.params ->> 'gap')::numeric, c.unit)), 'pls.event_rows(at)',
               format('pls.session_count(%%s, %L)', vectors.span((c.params ->> 'gap')::numeric, c.unit)), c.expected ->> 'count'
        WHERE c.func = 'sessions'
        UNION ALL
        SELECT a.as_of, format(CASE c.func WHEN 'decayed_count' THEN 'pls.%s(at, %L, %L)' ELSE 'pls.%s(value, at, %L, %L)' END, c.func, a.as_of, h.half_life),
               format('pls.decay_sums(value, at, %L)', h.half_life), format('pls.%s(%%s, %L)', c.func, a.as_of), a.expected
        FROM (SELECT vectors.span((c.params ->> 'x')::numeric, c.unit) AS half_life) AS h,
             LATERAL (SELECT vectors.instant((c.params ->> 'as_of')::numeric, c.unit) AS as_of, c.expected #>> '{}' AS expected
                      WHERE jsonb_typeof(c.params -> 'as_of') = 'number'
                      UNION ALL
                      SELECT vectors.instant((c.rows #>> ARRAY[(e.n - 1)::text, '0'])::numeric, c.unit), e.v
                      FROM jsonb_array_elements_text(CASE jsonb_typeof(c.expected) WHEN 'array' THEN c.expected ELSE '[]' END) WITH ORDINALITY AS e (v, n)
                      UNION ALL
                      SELECT vectors.instant((c.rows #>> ARRAY[e.n, '0'])::numeric, c.unit), e.v
                      FROM jsonb_each_text(CASE jsonb_typeof(c.expected) WHEN 'object' THEN c.expected ELSE '{}' END) AS e (n, v)) AS a
        WHERE c.func LIKE 'decayed%') AS q;
UPDATE vectors.questions SET refused = true WHERE aggregate LIKE '%''allow_reentry''%';

-- Booleans as 1 and 0, numbers to as many decimals as are expected.
CREATE FUNCTION vectors.same(got text, expected text, round int) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
SELECT coalesce(CASE WHEN round IS NOT NULL THEN round(got::numeric, round) = round(expected::numeric, round)
                     WHEN got IN ('true', 'false') THEN got = expected
                     WHEN got LIKE '{%' THEN got = expected
                     ELSE got::numeric = expected::numeric END, false)
$$;

CREATE TABLE vectors.states (id text, member int, as_of timestamptz, aggregate text, place int, event_rows pls.event_rows, decay_sums pls.decay_sums);
CREATE TABLE vectors.got (pass text, id text, member int, as_of timestamptz, aggregate text, result text);

CREATE FUNCTION vectors.ask(q vectors.questions) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    rows text := format('(SELECT * FROM vectors.rows WHERE id = %L AND member = %s%s ORDER BY %%s) AS r', q.id, q.member,
                        CASE WHEN q.as_of IS NULL THEN '' ELSE format(' AND at <= %L', q.as_of) END);
    result text;
BEGIN
    -- in order, in any order, and backwards
    EXECUTE format('SELECT (%s)::text FROM %s', q.aggregate, format(rows, 'n')) INTO result;
    INSERT INTO vectors.got VALUES ('straight', q.id, q.member, q.as_of, q.aggregate, result);
    EXECUTE format('SELECT (%s)::text FROM %s', q.aggregate, format(rows, 'place')) INTO result;
    INSERT INTO vectors.got VALUES ('shuffled', q.id, q.member, q.as_of, q.aggregate, result);
    EXECUTE format('SELECT (%s)::text FROM %s', q.aggregate, format(rows, 'n DESC')) INTO result;
    INSERT INTO vectors.got VALUES ('backwards', q.id, q.member, q.as_of, q.aggregate, result);
    -- the conditions as an array
    IF q.state LIKE '%c[1]%' THEN
        EXECUTE format('SELECT (%s)::text FROM %s', regexp_replace(q.aggregate, 'c\[1\].*\)', 'VARIADIC c)'), format(rows, 'place')) INTO result;
        INSERT INTO vectors.got VALUES ('as an array', q.id, q.member, q.as_of, q.aggregate, result);
    END IF;
    -- as a state, whole and in parts
    EXECUTE format('SELECT (%s)::text FROM %s', format(q.function, q.state), format(rows, 'place')) INTO result;
    INSERT INTO vectors.got VALUES ('as a state', q.id, q.member, q.as_of, q.aggregate, result);
    EXECUTE format('INSERT INTO vectors.states (id, member, as_of, aggregate, place, %s) SELECT %L, %s, %L, %L, part, %s FROM %s GROUP BY part',
                   CASE WHEN q.state LIKE '%decay%' THEN 'decay_sums' ELSE 'event_rows' END,
                   q.id, q.member, q.as_of, q.aggregate, q.state, format(rows, 'place'));
END $$;
SELECT count(vectors.ask(q)) > 0 AS asked FROM vectors.questions AS q WHERE NOT refused;

-- the parts: rolled up as they are, through text, and through bytes
CREATE TABLE vectors.texts AS SELECT id, member, as_of, aggregate, place, event_rows::text, decay_sums::text FROM vectors.states;
CREATE TABLE vectors.received (LIKE vectors.states);
\copy vectors.states TO PROGRAM 'cat > "${PG_ABS_BUILDDIR:-.}/results/aggregate_vectors.bin"' (FORMAT binary)
\copy vectors.received FROM PROGRAM 'cat "${PG_ABS_BUILDDIR:-.}/results/aggregate_vectors.bin"' (FORMAT binary)
\! rm -f "${PG_ABS_BUILDDIR:-.}/results/aggregate_vectors.bin"
CREATE FUNCTION vectors.ask_parts(q vectors.questions) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    part text;
    result text;
BEGIN
    FOREACH part IN ARRAY ARRAY['states', 'texts', 'received'] LOOP
        EXECUTE format('SELECT (%s)::text FROM vectors.%I WHERE id = %L AND member = %s AND as_of IS NOT DISTINCT FROM %L AND aggregate = %L',
                       format(q.function, format('pls.rollup(%s)', CASE WHEN q.state LIKE '%decay%' THEN 'decay_sums::pls.decay_sums' ELSE 'event_rows::pls.event_rows' END)),
                       part, q.id, q.member, q.as_of, q.aggregate) INTO result;
        INSERT INTO vectors.got VALUES ('rolled up from ' || part, q.id, q.member, q.as_of, q.aggregate, result);
    END LOOP;
END $$;
SELECT count(vectors.ask_parts(q)) > 0 AS asked FROM vectors.questions AS q WHERE NOT refused;

-- every case, in every way
SELECT c.func, g.pass, count(DISTINCT g.id) AS lines, count(*) AS asked, count(*) FILTER (WHERE vectors.same(g.result, q.expected, c.round)) AS good
FROM vectors.questions AS q
JOIN vectors.got AS g USING (id, member, aggregate)
JOIN vectors.cases AS c ON c.id = q.id AND coalesce(c.member, 0) = q.member
WHERE q.expected IS NOT NULL AND g.as_of IS NOT DISTINCT FROM q.as_of
GROUP BY c.func, g.pass ORDER BY c.func, g.pass;
SELECT g.pass, q.id, q.aggregate, q.expected, g.result
FROM vectors.questions AS q
JOIN vectors.got AS g USING (id, member, aggregate)
JOIN vectors.cases AS c ON c.id = q.id AND coalesce(c.member, 0) = q.member
WHERE q.expected IS NOT NULL AND g.as_of IS NOT DISTINCT FROM q.as_of AND NOT vectors.same(g.result, q.expected, c.round)
ORDER BY g.pass, q.id LIMIT 20;

-- many users: how many of them have each flag
SELECT g.pass, c.id, count(*) AS users, jsonb_agg(DISTINCT c.expected) AS expected,
       (SELECT jsonb_agg(s.n ORDER BY s.i)
        FROM (SELECT f.i, count(*) FILTER (WHERE f.v) AS n
              FROM vectors.got AS h, unnest(h.result::boolean[]) WITH ORDINALITY AS f (v, i)
              WHERE h.id = c.id AND h.pass = g.pass GROUP BY f.i) AS s) AS got
FROM vectors.cases AS c
JOIN vectors.got AS g ON g.id = c.id AND g.member = c.member
GROUP BY g.pass, c.id ORDER BY g.pass, c.id;

-- every line was asked about
SELECT count(*) AS lines, count(*) FILTER (WHERE id IN (SELECT id FROM vectors.got)) AS asked,
       count(*) FILTER (WHERE semantics = 'e_fold') AS e_fold, count(*) FILTER (WHERE id IN (SELECT id FROM vectors.questions WHERE refused)) AS refused
FROM (SELECT line ->> 'id' AS id, line #>> '{params,semantics}' AS semantics FROM vectors.lines) AS l;

-- and those that are refused say why

\set SHOW_CONTEXT never
SELECT format('SELECT %s FROM vectors.rows WHERE id = %L', aggregate, id) AS query FROM vectors.questions WHERE refused \gset
\set VERBOSITY sqlstate
:query;
ROLLBACK;
