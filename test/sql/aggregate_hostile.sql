-- Event rows and decayed sums from elsewhere: truncated, corrupted, random.
-- They are refused with 22P02 (text) or 22P03 (binary), or they are a value
-- that says itself again and that every function takes.
\set ECHO none
\set QUIET on
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
RESET client_min_messages;
SET timezone = 'UTC';
BEGIN;
CREATE SCHEMA hostile;
\set ECHO all
CREATE TABLE hostile.real AS
SELECT 'rows' AS what, pls.event_rows('2026-01-01'::timestamptz + i * i * interval '17 seconds', i % 2 = 0, i % 3 = 0, i % 5 = 0) AS r, NULL::pls.decay_sums AS s FROM generate_series(1, 40) AS i
UNION ALL SELECT 'ties', pls.event_rows('2026-01-01'::timestamptz, i % 2 = 0, i % 3 = 0), NULL FROM generate_series(1, 20) AS i
UNION ALL SELECT 'all conditions', pls.event_rows('2026-01-01'::timestamptz, VARIADIC array_fill(true, ARRAY[32])), NULL
UNION ALL SELECT 'no conditions', pls.event_rows(t), NULL FROM (VALUES ('4713-01-01 BC'::timestamptz), ('294276-01-01'), ('2000-01-01'), ('2000-01-01')) AS t (t)
UNION ALL SELECT 'empty', pls.event_rows(NULL, true), NULL
UNION ALL SELECT 'sums', NULL, pls.decay_sums(i, '2026-01-01'::timestamptz + i * interval '1 hour', '1 day') FROM generate_series(1, 9) AS i
UNION ALL SELECT 'no sums', NULL, pls.decay_sums(1, NULL, '1 day')
UNION ALL SELECT 'infinite', NULL, pls.decay_sums('infinity', '2026-01-01', '1 day');
SELECT what, octet_length(bytes) AS bytes, coalesce(r::text, s::text) = '\x' || encode(bytes, 'hex') AS text_is_hex
FROM hostile.real, LATERAL (SELECT coalesce(pls_internal.event_rows_send(r), pls_internal.decay_sums_send(s))) AS b (bytes) ORDER BY what COLLATE "C";
-- what the states of the other aggregates look like, which travel in
-- partial plans only: a funnel's, a sequence's, sessions', days'
CREATE TABLE hostile.bytes AS
SELECT what, CASE WHEN s IS NULL THEN 'r' ELSE 's' END AS type, coalesce(pls_internal.event_rows_send(r), pls_internal.decay_sums_send(s)) AS bytes FROM hostile.real
UNION ALL SELECT 'a funnel', 'r', '\x01660205ac0202d00f01d00f03'
UNION ALL SELECT 'a sequence', 'r', '\x01730204283f312901d00f03'
UNION ALL SELECT 'sessions', 'r', '\x016700ac0202d00f05'
UNION ALL SELECT 'days', 'r', '\x016400ac020e0355544301d00f';

-- Takes bytes for a value: the SQLSTATE of the refusal; or, if they are
-- taken, whether they say themselves again and every function answers.
CREATE FUNCTION hostile.take(type text, bytes bytea) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    r pls.event_rows;
    s pls.decay_sums;
BEGIN
    BEGIN
        IF type = 'r' THEN r := ('\x' || encode(bytes, 'hex'))::pls.event_rows;
        ELSE s := ('\x' || encode(bytes, 'hex'))::pls.decay_sums; END IF;
    EXCEPTION WHEN OTHERS THEN
        RETURN SQLSTATE;
    END;
    IF coalesce(pls_internal.event_rows_send(r), pls_internal.decay_sums_send(s)) IS DISTINCT FROM bytes THEN
        RETURN 'another form';
    END IF;
    PERFORM pls.window_funnel(r, '1 day', m), pls.funnel_times(r, '1 hour', m) FROM (VALUES (NULL), ('strict_once'), ('strict_order'), ('strict_increase,strict_deduplication')) AS v (m);
    PERFORM pls.sequence_match(r, '..*'), pls.sequence_count(r, '.(?t<100).'), pls.sequence_count(r, '.*(?t==17)'), pls.retention(r),
            pls.session_count(r, '1 day'), pls.distinct_days(r, '2026-02-01', '60 days', 'Europe/Berlin'), pls.recency(r, '2026-02-01'), pls.growth(r, '2026-01-02', '1 day');
    PERFORM pls.decayed_sum(s, '294276-12-31'), pls.decayed_count(s, '294276-12-31'), pls.decayed_avg(s, '294276-12-31');
    BEGIN
        PERFORM pls.rollup(v), pls.rollup(w) FROM (SELECT r AS v, s AS w UNION ALL SELECT h.r, h.s FROM hostile.real AS h) AS u;
    EXCEPTION WHEN invalid_parameter_value THEN
        RETURN 'taken';     -- for other conditions, or another half-life
    END;
    RETURN 'taken';
END $$;
SELECT what, hostile.take(type, bytes) FROM hostile.bytes ORDER BY what COLLATE "C";

-- every truncation; every version but its own; something after the end
SELECT hostile.take(type, substr(bytes, 1, n)), count(*) = (SELECT sum(octet_length(bytes)) FROM hostile.bytes) AS every FROM hostile.bytes, generate_series(0, octet_length(bytes) - 1) AS n GROUP BY 1;
SELECT hostile.take(type, set_byte(bytes, 0, v)), count(*) FROM hostile.bytes, generate_series(0, 255) AS v WHERE v <> 1 GROUP BY 1;
SELECT hostile.take(type, bytes || more), count(*) FROM hostile.bytes, (VALUES ('\x00'::bytea), ('\x01'), ('\xff'), ('\x0000000000000000'), ('\x80')) AS m (more) GROUP BY 1;
SELECT hostile.take(t, decode(repeat('00', 100000), 'hex')), hostile.take(t, decode(repeat('ff', 100000), 'hex')) FROM (VALUES ('r'), ('s')) AS t (t);

-- every byte, changed in all ways; huge numbers and overlong ones at every
-- place; bytes left out or put in: refused or a value, but never a crash
CREATE TABLE hostile.outcome AS
SELECT 'changed' AS kind, type, hostile.take(type, set_byte(bytes, n, b)) AS outcome
FROM hostile.bytes, generate_series(0, octet_length(bytes) - 1) AS n, generate_series(0, 255, CASE WHEN octet_length(bytes) > 30 THEN 7 ELSE 1 END) AS b WHERE b <> get_byte(bytes, n)
UNION ALL
SELECT 'overwritten', type, hostile.take(type, overlay(bytes PLACING w FROM n + 1))
FROM hostile.bytes, generate_series(0, octet_length(bytes) - 1) AS n,
     (VALUES ('\xffffffffffffffff7f'::bytea), ('\xffffffffffffffffff01'), ('\x8080808000'), ('\xffffffff0f'), ('\x7f7f7f'), ('\x0000'), ('\x80808080808080808001')) AS v (w)
UNION ALL
SELECT 'left out', type, hostile.take(type, substr(bytes, 1, n) || substr(bytes, n + 1 + k)) FROM hostile.bytes, generate_series(0, octet_length(bytes) - 1) AS n, generate_series(1, 3) AS k
UNION ALL
SELECT 'put in', type, hostile.take(type, substr(bytes, 1, n) || w || substr(bytes, n + 1)) FROM hostile.bytes, generate_series(0, octet_length(bytes)) AS n, (VALUES ('\x00'::bytea), ('\x01'), ('\x80'), ('\x0101')) AS v (w);
SELECT kind, type, count(*) > 100 AS many, count(*) FILTER (WHERE outcome = '22P02') > 0 AS some_refused,
       count(*) FILTER (WHERE outcome NOT IN ('22P02', 'taken')) AS neither FROM hostile.outcome GROUP BY 1, 2 ORDER BY 1, 2;
-- random bytes, alone and behind a beginning that is right
SELECT type, count(*), count(*) FILTER (WHERE t = '22P02') > 0 AS refused, count(*) FILTER (WHERE t NOT IN ('22P02', 'taken')) AS neither
FROM (SELECT b.type, hostile.take(b.type, substr(b.bytes, 1, (i % 7) * octet_length(b.bytes) / 7) || substr(decode(md5(i::text) || md5('x' || i), 'hex'), 1, i % 31)) AS t
      FROM generate_series(1, 400) AS i, hostile.bytes AS b OFFSET 0) AS n GROUP BY type ORDER BY type;

-- the binary form takes and refuses the same bytes, with 22P03
CREATE TABLE hostile.received_r (v pls.event_rows);
CREATE TABLE hostile.received_s (v pls.decay_sums);
CREATE FUNCTION hostile.receive(type text, bytes bytea) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    file text := current_setting('data_directory') || '/pls_hostile_rows.bin';
BEGIN
    EXECUTE format('COPY (SELECT %L::bytea) TO %L (FORMAT binary)', bytes, file);
    EXECUTE format('COPY hostile.%I FROM %L (FORMAT binary)', 'received_' || type, file);
    RETURN 'taken';
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE;
END $$;
SELECT type, hostile.take(type, bytes) AS by_text, hostile.receive(type, bytes) AS by_binary, count(*) > 0 AS some
FROM (SELECT type, bytes FROM hostile.bytes
      UNION ALL SELECT type, substr(bytes, 1, n) FROM hostile.bytes, generate_series(0, octet_length(bytes) - 1, 5) AS n
      UNION ALL SELECT type, set_byte(bytes, n, (get_byte(bytes, n) + 1) % 256) FROM hostile.bytes, generate_series(0, octet_length(bytes) - 1, 3) AS n) AS b
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3;
COPY (SELECT 1 WHERE false) TO PROGRAM 'rm -f pls_hostile_rows.bin';

-- text that is not hexadecimal at all
\set VERBOSITY sqlstate
\set ON_ERROR_ROLLBACK on
SELECT ''::pls.event_rows;
SELECT '\x'::pls.event_rows;
SELECT '\x0'::pls.event_rows;
SELECT '\xzz'::pls.event_rows;
SELECT '{}'::pls.event_rows;
SELECT ''::pls.decay_sums;
SELECT '\x01 0'::pls.decay_sums;
SELECT '{}'::pls.decay_sums;
\set VERBOSITY default
SELECT '\x02'::pls.event_rows;
SELECT '\x02'::pls.decay_sums;
ROLLBACK;
