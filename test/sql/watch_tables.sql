-- pls.watch() and pls.unwatch(): the row, the trigger, and what is refused.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
RESET client_min_messages;
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET intervalstyle = 'postgres';
BEGIN;
CREATE FUNCTION pg_temp.try(statement text) RETURNS text LANGUAGE plpgsql
AS $$
DECLARE
    state text; message text; detail text; hint text; answer text;
BEGIN
    EXECUTE statement INTO answer;
    RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT,
        detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RETURN concat(state, ': ', message, E'\n  detail: ' || NULLIF(detail, ''), E'\n  hint: ' || NULLIF(hint, ''));
END
$$;
CREATE SCHEMA watched;
CREATE DOMAIN watched.event_name AS varchar(40);
CREATE TABLE watched.events (
    id bigint, name watched.event_name, "At" timestamptz, org bigint, person uuid, mail text, props jsonb,
    plain timestamp, day date, document json, tags text[], kind "char");
CREATE FUNCTION pg_temp.sources() RETURNS TABLE (source text, event name, at name, account name, actor name, email name,
    properties name, motions text[], level text) LANGUAGE sql
AS $$ SELECT source::text, event_column, at_column, account_column, actor_column, email_column, properties_column, motions, level
      FROM pls.sources ORDER BY source_id $$;
CREATE FUNCTION pg_temp.triggers() RETURNS SETOF text LANGUAGE sql
AS $$ SELECT replace(pg_get_triggerdef(t.oid), quote_literal(s.source_id), '''source_id''')
      FROM pg_trigger AS t LEFT JOIN pls.sources AS s ON s.source = t.tgrelid
      WHERE t.tgfoid = 'pls_internal.observe()'::regprocedure ORDER BY 1 $$;

SELECT pls.watch('watched.events', event => 'name', at => 'At', account => 'org', actor => 'person', email => 'mail',
                 properties => 'props') = (SELECT source_id FROM pls.sources) AS returns_its_number;
SELECT * FROM pg_temp.sources();
SELECT * FROM pg_temp.triggers();
SELECT pls.unwatch('watched.events');
SELECT * FROM pg_temp.sources();
SELECT * FROM pg_temp.triggers();

-- rows that are there already: a hint
INSERT INTO watched.events (name) VALUES ('x');
SELECT pls.watch('watched.events', 'name', 'At', actor => 'person') > 0 AS watched;

\pset format unaligned
\pset tuples_only on
-- refused
SELECT pg_temp.try($$SELECT pls.watch('watched.events', 'name', 'At', account => 'org')$$);
SELECT pls.unwatch('watched.events');
SELECT pg_temp.try($$SELECT pls.unwatch('watched.events')$$);
SELECT pg_temp.try($$SELECT pls.unwatch(NULL)$$);
SELECT pg_temp.try($$SELECT pls.watch(NULL, 'name', 'At', account => 'org')$$);
SELECT pg_temp.try($$SELECT pls.watch('watched.nothing', 'name', 'At', account => 'org')$$);
SELECT pg_temp.try($$SELECT pls.watch(1, 'name', 'At', account => 'org')$$);
SELECT pg_temp.try($$SELECT pls.watch('watched.events', 'name', 'At')$$);
SELECT pg_temp.try($$SELECT pls.watch('watched.events', 'name', 'at', account => 'org')$$);
SELECT pg_temp.try($$SELECT pls.watch('watched.events', 'props', 'At', account => 'org')$$);
SELECT pg_temp.try($$SELECT pls.watch('watched.events', 'kind', 'At', account => 'org')$$);
SELECT pg_temp.try($$SELECT pls.watch('watched.events', 'name', 'plain', account => 'org')$$);
SELECT pg_temp.try($$SELECT pls.watch('watched.events', 'name', 'day', account => 'org')$$);
SELECT pg_temp.try($$SELECT pls.watch('watched.events', 'name', 'At', account => 'tags')$$);
SELECT pg_temp.try($$SELECT pls.watch('watched.events', 'name', 'At', actor => 'props')$$);
SELECT pg_temp.try($$SELECT pls.watch('watched.events', 'name', 'At', email => 'org')$$);
SELECT pg_temp.try($$SELECT pls.watch('watched.events', 'name', 'At', account => 'org', properties => 'name')$$);
SELECT pg_temp.try($$SELECT pls.watch('watched.events', 'name', 'At', account => 'org', motions => '{no such}')$$);
SELECT pg_temp.try($$SELECT pls.watch('watched.events', 'name', 'At', account => 'org', motions => '{}')$$);
SELECT pg_temp.try($$SELECT pls.watch('watched.events', 'name', 'At', account => 'org', level => 'table')$$);
SELECT pg_temp.try($$SELECT pls.watch('watched.events', 'name', 'At', account => 'org', level => 'cell')$$);
CREATE VIEW watched.view AS SELECT name, "At", org FROM watched.events;
CREATE TEMP TABLE fleeting (LIKE watched.events);
SELECT pg_temp.try($$SELECT pls.watch('watched.view', 'name', 'At', account => 'org')$$);
SELECT pg_temp.try($$SELECT pls.watch('fleeting', 'name', 'At', account => 'org')$$);
SELECT pg_temp.try($$SELECT pls.watch('pls.outcomes', 'outcome', 'at', account => 'account_id')$$);
CREATE ROLE pls_test_owner;
CREATE ROLE pls_test_stranger;
ALTER TABLE watched.events OWNER TO pls_test_owner;
GRANT USAGE ON SCHEMA watched, pls TO pls_test_stranger;
GRANT EXECUTE ON FUNCTION pls.watch TO pls_test_stranger;
GRANT SELECT, DELETE ON pls.sources TO pls_test_stranger;
SET ROLE pls_test_stranger;
SELECT pg_temp.try($$SELECT pls.watch('watched.events', 'name', 'At', account => 'org')$$);
RESET ROLE;
SELECT count(*) FROM pls.sources;

-- partitions: the whole or the parts
CREATE TABLE watched.parted (LIKE watched.events) PARTITION BY LIST (org);
CREATE TABLE watched.part1 PARTITION OF watched.parted FOR VALUES IN (1);
CREATE TABLE watched.part2 PARTITION OF watched.parted FOR VALUES IN (2);
SELECT pg_temp.try($$SELECT pls.watch('watched.part1', 'name', 'At', account => 'org')$$);
SELECT pg_temp.try($$SELECT pls.watch('watched.part2', 'name', 'At', account => 'org')$$);
SELECT pg_temp.try($$SELECT pls.watch('watched.parted', 'name', 'At', account => 'org')$$);
SELECT pls.unwatch('watched.part1'), pls.unwatch('watched.part2');
SELECT pg_temp.try($$SELECT pls.watch('watched.parted', 'name', 'At', account => 'org', motions => NULL)$$);
SELECT pg_temp.try($$SELECT pls.watch('watched.part1', 'name', 'At', account => 'org')$$);
SELECT * FROM pg_temp.triggers();

-- a table dropped without pls.unwatch() harms nothing: the next watch clears
-- it away, and so does pls.unwatch() of its number
DROP TABLE watched.parted;
SELECT source::text ~ '^\d+$' AS is_a_number FROM pls.sources;
SELECT pg_temp.try($$SELECT pls.watch('watched.events', 'name', 'At', account => 'org')$$);
SELECT * FROM pg_temp.sources();
DROP TABLE watched.events CASCADE;
SELECT pls.unwatch(source) FROM pls.sources;
SELECT count(*) FROM pls.sources;

-- a trigger whose row was deleted by hand is replaced
CREATE TABLE watched.events (name text, at timestamptz, org text);
SELECT pg_temp.try($$SELECT pls.watch('watched.events', 'name', 'at', account => 'org')$$);
DELETE FROM pls.sources;
SELECT pg_temp.try($$SELECT pls.watch('watched.events', 'name', 'at', account => 'org')$$);
SELECT * FROM pg_temp.triggers();

-- the list of motions follows them
SELECT pls.create_motion('m1'), pls.create_motion('m2') \g /dev/null
SELECT pls.unwatch('watched.events');
SELECT pg_temp.try($$SELECT pls.watch('watched.events', 'name', 'at', account => 'org', motions => '{m1,m2}')$$);
UPDATE pls.motions SET motion = 'm3' WHERE motion = 'm1';
SELECT motions FROM pls.sources;
DELETE FROM pls.motions WHERE motion = 'm2';
SELECT motions FROM pls.sources;
DELETE FROM pls.motions WHERE motion = 'm3';
SELECT motions FROM pls.sources;
ROLLBACK;
