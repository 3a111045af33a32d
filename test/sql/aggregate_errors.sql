-- What the aggregates over rows refuse, and with which SQLSTATE; and how
-- their overloads resolve.
\set ECHO none
\set QUIET on
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
RESET client_min_messages;
SET timezone = 'UTC';
SET intervalstyle = 'postgres';
\set SHOW_CONTEXT never
\set ECHO all
CREATE TEMP TABLE r (at timestamptz, local timestamp, day date, a boolean, b boolean, n int, v float8);
INSERT INTO r VALUES ('2026-01-01 10:00', '2026-01-01 10:00', '2026-01-01', true, false, 1, 1), ('2026-01-01 11:00', '2026-01-01 11:00', '2026-01-02', false, true, 2, 2),
    (NULL, NULL, NULL, true, true, 3, 4), ('infinity', 'infinity', 'infinity', true, true, 4, 8), ('-infinity', '-infinity', '-infinity', true, true, 5, 16);

-- overloads: with and without a mode, literals of no type, other types of time
SELECT pls.window_funnel('1 day', at, a, b) AS plain, pls.window_funnel('1 day', 'strict_once', at, a, b) AS mode, pls.window_funnel('1 day'::interval, 'strict_once'::text, at, a, b) AS typed,
       pls.window_funnel('1 day', local, a, b) AS local, pls.window_funnel('1 day', 'strict_once', local, a, b) AS local_mode, pls.window_funnel('1 day', day, a, b) AS day,
       pls.window_funnel('1 hour', day, a, b) AS day_short FROM r;
SELECT pls.window_funnel('1 day', '2026-01-01', true, true) AS literal, pls.window_funnel('1 day', '', '2026-01-01'::timestamptz, true, true) AS empty_mode, pls.window_funnel('1 day', NULL, at, a, b) AS null_mode,
       pls.window_funnel('1 day', '  ', at, a, b) AS blank_mode, pls.window_funnel('1 day', ' strict_order ,allow_reentry ', at, a, b) AS blanks FROM r;
SELECT pls.funnel_times('1 day', at, a, b), pls.funnel_times('1 day', 'strict_increase', at, a, b), pls.funnel_times('1 minute', at, a, b), pls.funnel_times('1 day', at, b, a, a) AS reached_one FROM r;
SELECT pls.growth(at, '2026-01-01 12:00', '90 minutes', '90 minutes', 1) AS growth, pls.growth(at, '2026-01-01 12:00', '90 minutes', '90 minutes') AS no_min_base, pls.growth(at, '2026-01-01 12:00', '90 minutes') AS no_baseline,
       pls.growth(at, '2026-01-01 12:00', '90 minutes', NULL, NULL) AS nulls, pls.growth(at, '2026-01-01 12:00', '90 minutes', '90 minutes', 2) AS too_few FROM r;
SELECT pls.decayed_sum(n, at, '2026-01-01 12:00', '1 hour') AS integers, pls.decayed_sum(n::numeric, at, '2026-01-01 12:00', '1 hour') AS numerics, pls.decayed_avg(n, at, '2026-01-01 12:00', '1 hour'), pls.decayed_count(at, '2026-01-01 12:00', '1 hour') FROM r;

-- a condition that is NULL does not hold, also a bare one; an array of them
SELECT pls.window_funnel('1 day', at, a, NULL) AS funnel, pls.retention(a, NULL, NULL::boolean) AS retention, pls.sequence_match('(?1)', at, NULL, NULL) AS sequence FROM r;
SELECT pls.window_funnel('1 day', at, VARIADIC ARRAY[a, b]) AS funnel, pls.retention(VARIADIC ARRAY[a, NULL, b]) AS retention, pls.sequence_count('(?1)(?2)', at, VARIADIC ARRAY[a, b]) AS sequence FROM r;

-- without rows, and without rows that count
SELECT pls.window_funnel('1 day', at, a) AS funnel, pls.funnel_times('1 day', at, a) AS times, pls.sequence_match('(?1)', at, a) AS match, pls.sequence_count('(?1)', at, a) AS count,
       pls.retention(a) AS retention, pls.session_count(at, '1 day') AS sessions, pls.distinct_days(at, '2026-01-01', '1 day') AS days, pls.recency(at, '2026-01-01') AS recency,
       pls.growth(at, '2026-01-01', '1 day') AS growth, pls.decayed_sum(v, at, '2026-01-01', '1 day') AS sum, pls.decayed_count(at, '2026-01-01', '1 day') AS weight, pls.decayed_avg(v, at, '2026-01-01', '1 day') AS avg,
       pls.event_rows(at, a) AS rows, pls.decay_sums(v, at, '1 day') AS sums FROM r WHERE false;
SELECT pls.window_funnel('1 day', at, a) AS funnel, pls.funnel_times('1 day', at, a) AS times, pls.sequence_match('(?1)', at, a) AS match, pls.sequence_match('.*', at, a) AS match_nothing, pls.sequence_count('.*', at, a) AS count,
       pls.retention(false, true) AS retention, pls.session_count(at, '1 day') AS sessions, pls.distinct_days(at, '2026-01-01', '1 day') AS days, pls.recency(at, '2026-01-01') AS recency,
       pls.growth(at, '2026-01-01', '1 day') AS growth, pls.decayed_sum(v, at, '2026-01-01', '1 day') AS sum, pls.decayed_count(at, '2026-01-01', '1 day') AS weight, pls.decayed_avg(v, at, '2026-01-01', '1 day') AS avg,
       pls.event_rows(at, a) AS rows FROM r WHERE at IS NULL OR NOT isfinite(at);
SELECT pls.window_funnel(NULL::pls.event_rows, '1 day') AS funnel, pls.funnel_times(NULL::pls.event_rows, '1 day') AS times, pls.sequence_match(NULL::pls.event_rows, '.') AS match, pls.sequence_count(NULL::pls.event_rows, '.') AS count,
       pls.retention(NULL::pls.event_rows) AS retention, pls.session_count(NULL::pls.event_rows, '1 day') AS sessions, pls.distinct_days(NULL::pls.event_rows, now(), '1 day') AS days, pls.recency(NULL::pls.event_rows, now()) AS recency,
       pls.growth(NULL::pls.event_rows, now(), '1 day') AS growth, pls.decayed_sum(NULL::pls.decay_sums, now()) AS sum, pls.decayed_count(NULL::pls.decay_sums, now()) AS weight, pls.decayed_avg(NULL::pls.decay_sums, now()) AS avg,
       pls.window_funnel(pls.event_rows(at, a), NULL) AS null_window, pls.window_funnel(pls.event_rows(at, a), '1 day', NULL) AS null_mode FROM r;
SELECT pls.decayed_sum(s, '2027-01-01') AS sum, pls.decayed_count(s, '2027-01-01') AS weight, pls.decayed_avg(s, '2027-01-01') AS avg FROM (SELECT pls.decay_sums(v, at, '1 day') AS s FROM r WHERE at IS NULL) AS x;
SELECT pls.decayed_sum(s, '2026-01-02') AS sum, pls.decayed_count(s, '2026-01-02') AS weight, pls.decayed_avg(s, '2026-01-02') AS avg FROM (SELECT pls.decay_sums(NULL, '2026-01-01', '1 day') AS s) AS x;

-- what as_of leaves out
SELECT pls.recency(at, '2026-01-01 10:30') AS recency, pls.distinct_days(at, '2026-01-01 10:30', '1 day') AS days, pls.distinct_days(at, '2026-01-01 10:30', '0') AS no_window, pls.decayed_count(at, '2026-01-01 10:00', '1 day') AS weight FROM r;

-- windows, gaps and half-lives
\set VERBOSITY default
SELECT pls.window_funnel('1 month', at, a) FROM r;
SELECT pls.window_funnel('-1 second', at, a) FROM r;
\set VERBOSITY sqlstate
SELECT pls.window_funnel(NULL::interval, at, a) FROM r;
SELECT pls.window_funnel('200000000 days', at, a) FROM r;
SELECT pls.window_funnel('1 year', 'strict_once', at, a) FROM r;
SELECT pls.funnel_times('-1 day', 'strict_once', at, a) FROM r;
SELECT pls.window_funnel(pls.event_rows(at, a), '1 month') FROM r;
SELECT pls.funnel_times(pls.event_rows(at, a), '-1 day') FROM r;
SELECT pls.session_count(at, '1 month') FROM r;
SELECT pls.session_count(at, '-1 day') FROM r;
SELECT pls.session_count(at, NULL) FROM r;
SELECT pls.session_count(pls.event_rows(at), '-1 day') FROM r;
SELECT pls.distinct_days(at, '2026-01-01', '1 month') FROM r;
SELECT pls.distinct_days(at, '2026-01-01', '-1 day') FROM r;
SELECT pls.distinct_days(at, '2026-01-01', NULL) FROM r;
SELECT pls.distinct_days(at, NULL, '1 day') FROM r;
SELECT pls.distinct_days(at, 'infinity', '1 day') FROM r;
SELECT pls.distinct_days(at, '2026-01-01', '1 day', 'Mars/Olympus') FROM r;
SELECT pls.distinct_days(at, '2026-01-01', '1 day', NULL) FROM r;
SELECT pls.distinct_days(pls.event_rows(at), 'infinity', '1 day') FROM r;
SELECT pls.distinct_days(pls.event_rows(at), '2026-01-01', '1 day', 'Mars/Olympus') FROM r;
SELECT pls.recency(at, NULL) FROM r;
SELECT pls.recency(at, '-infinity') FROM r;
SELECT pls.recency(pls.event_rows(at), 'infinity') FROM r;
SELECT pls.growth(at, '2026-01-01', '0') FROM r;
SELECT pls.growth(at, '2026-01-01', '-1 day') FROM r;
SELECT pls.growth(at, '2026-01-01', NULL) FROM r;
SELECT pls.growth(at, NULL, '1 day') FROM r;
SELECT pls.growth(at, 'infinity', '1 day') FROM r;
SELECT pls.growth(at, '2026-01-01', '1 day', '0') FROM r;
SELECT pls.growth(at, '2026-01-01', '1 day', '1 month') FROM r;
SELECT pls.growth(at, '2026-01-01', '1 day', '1 day', -1) FROM r;
SELECT pls.growth(pls.event_rows(at), '2026-01-01', '1 day', '0') FROM r;
SELECT pls.decayed_sum(v, at, '2026-01-01', '0') FROM r;
SELECT pls.decayed_sum(v, at, '2026-01-01', '-1 day') FROM r;
SELECT pls.decayed_sum(v, at, '2026-01-01', '1 month') FROM r;
SELECT pls.decayed_sum(v, at, '2026-01-01', NULL) FROM r;
SELECT pls.decayed_sum(v, at, NULL, '1 day') FROM r;
SELECT pls.decayed_avg(v, at, 'infinity', '1 day') FROM r;
SELECT pls.decayed_count(at, '2026-01-01', '0') FROM r;
SELECT pls.decayed_count(at, NULL, '1 day') FROM r;
SELECT pls.decay_sums(v, at, '0') FROM r;
SELECT pls.decayed_sum(pls.decay_sums(v, at, '1 day'), '2026-01-01 10:30') FROM r;
SELECT pls.decayed_avg(pls.decay_sums(v, at, '1 day'), 'infinity') FROM r;
SELECT pls.decayed_sum(1.7e308::float8, at, '2026-01-01 11:00', '1000 days') FROM r;

-- modes
\set VERBOSITY default
SELECT pls.window_funnel('1 day', 'strict', at, a) FROM r;
SELECT pls.window_funnel('1 day', 'allow_reentry', at, a) FROM r;
\set VERBOSITY sqlstate
SELECT pls.window_funnel('1 day', 'strict_once,', at, a) FROM r;
SELECT pls.window_funnel('1 day', 'strict_once,,strict_order', at, a) FROM r;
SELECT pls.window_funnel('1 day', 'strict_once strict_order', at, a) FROM r;
SELECT pls.window_funnel('1 day', 'STRICT_ONCE', at, a) FROM r;
SELECT pls.window_funnel(pls.event_rows(at, a), '1 day', 'allow_reentry,strict_once') FROM r;
SELECT pls.funnel_times(pls.event_rows(at, a), '1 day', 'loose') FROM r;

-- conditions
\set VERBOSITY default
SELECT pls.window_funnel('1 day', at, a, n) FROM r;
SELECT pls.retention(a, 'true') FROM r;
SELECT pls.retention(VARIADIC ARRAY[1, 2]) FROM r;
\set VERBOSITY sqlstate
SELECT pls.sequence_match('(?1)', at, 'x'::text) FROM r;
SELECT pls.event_rows(at, n) FROM r;
SELECT pls.retention(VARIADIC NULL::boolean[]) FROM r;
SELECT pls.retention(VARIADIC '{}'::boolean[]) FROM r;
SELECT pls.event_rows(at, VARIADIC '{}'::boolean[]) FROM r;
SELECT pls.retention(VARIADIC CASE n WHEN 1 THEN ARRAY[a] ELSE ARRAY[a, b] END) FROM r;
SELECT pls.window_funnel('1 day', at, VARIADIC CASE n WHEN 1 THEN ARRAY[a] ELSE ARRAY[a, b] END) FROM r;
SELECT string_agg('a', ', ') AS a32, string_agg('a', ', ') || ', a' AS a33 FROM generate_series(1, 32) \gset
SELECT pls.window_funnel('1 day', at, :a32) AS funnel, cardinality(pls.retention(:a32)) AS retention, pls.sequence_match('(?32)', at, :a32) AS sequence FROM r;
SELECT pls.window_funnel('1 day', at, :a33) FROM r;
SELECT pls.window_funnel('1 day', 'strict_once', at, :a33) FROM r;
SELECT pls.retention(:a33) FROM r;
SELECT pls.sequence_count('.', at, :a33) FROM r;
SELECT pls.event_rows(at, :a33) FROM r;
SELECT pls.retention(VARIADIC array_fill(true, ARRAY[33])) FROM r;
SELECT pls.window_funnel('1 day', at) FROM r;

-- patterns, with the position of what is wrong
CREATE FUNCTION pg_temp.refusal(pattern text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    message text;
BEGIN
    PERFORM pls.sequence_match(pattern, at, a, b) FROM r;
    RETURN 'taken';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS message = MESSAGE_TEXT;
    RETURN SQLSTATE || ' ' || message;
END $$;
SELECT p.pattern, pg_temp.refusal(p.pattern)
FROM (VALUES (1, '(?1)'), (2, ''), (3, '.*'), (4, '..*.*'), (5, '(?t<=5)(?1)'), (6, '(?1)(?t==0)'), (7, '(?01)'), (8, '(?3)'), (9, '(?0)'), (10, '(?)'), (11, '(?1'), (12, '(?1)x'),
             (13, '(1)'), (14, '(?1) (?2)'), (15, '(?t)'), (16, '(?t=5)'), (17, '(?t<)'), (18, '(?t<-1)'), (19, '(?t<=5'), (20, '(?1)(?t<5)(?t>1)'), (21, '*'), (22, '(?1)*'),
             (23, '(?99999999999999999999)'), (24, '(?t>99999999999999999999)'), (25, '(?t>9000000000000)'), (26, 'äö(?1)'), (27, '(?1)ä'), (28, '(?t<1.5)'), (29, '(?1)+'), (30, '(?T<1)')) AS p (n, pattern) ORDER BY n;
SELECT pg_temp.refusal(repeat('.', 1024)), pg_temp.refusal(repeat('.', 1025)) ~ '22023 .* at position 1025: the pattern has too many elements' AS too_long;
-- as far apart as two instants can be, in whole seconds
SELECT pls.sequence_match('(?1)(?t==9435184819199)(?2)', at, at < '2000-01-01', at > '2000-01-01') AS there,
       pls.sequence_match('(?1)(?t>9435184819199)(?2)', at, at < '2000-01-01', at > '2000-01-01') AS farther
FROM (VALUES (timestamptz '4714-11-24 00:00+00 BC'), ('294276-12-31 23:59:59+00')) AS r (at);
SELECT pls.sequence_match(NULL, at, a) FROM r;
SELECT pls.sequence_count(NULL, at, a) FROM r;
SELECT pls.sequence_count(pls.event_rows(at, a), '(?2)') FROM r;
SELECT pls.sequence_match(pls.event_rows(at), '(?1)') FROM r;

-- arguments that differ within a group
SELECT pls.window_funnel(n * interval '1 day', at, a) FROM r;
SELECT pls.window_funnel('1 day', CASE n WHEN 1 THEN 'strict_once' END, at, a) FROM r;
SELECT pls.sequence_match(CASE n WHEN 1 THEN '.' ELSE '..' END, at, a) FROM r;
SELECT pls.session_count(at, n * interval '1 day') FROM r;
SELECT pls.distinct_days(at, '2026-01-01'::timestamptz + n * interval '1 day', '1 day') FROM r;
SELECT pls.distinct_days(at, '2026-01-01', n * interval '1 day') FROM r;
SELECT pls.distinct_days(at, '2026-01-01', '1 day', CASE n WHEN 1 THEN 'UTC' ELSE 'GMT' END) FROM r;
SELECT pls.recency(at, '2026-01-01'::timestamptz + n * interval '1 day') FROM r;
SELECT pls.growth(at, '2026-01-01', n * interval '1 day') FROM r;
SELECT pls.growth(at, '2026-01-01', '1 day', '1 day', n) FROM r;
SELECT pls.decayed_sum(v, at, '2026-01-01', n * interval '1 day') FROM r;
SELECT pls.decayed_count(at, '2026-01-01'::timestamptz + n * interval '1 day', '1 day') FROM r;
SELECT pls.decay_sums(v, at, n * interval '1 day') FROM r;

-- states that do not go together
\set VERBOSITY default
SELECT pls.rollup(s) FROM (SELECT pls.event_rows(at, a) AS s FROM r UNION ALL SELECT pls.event_rows(at, a, b) FROM r) AS x;
\set VERBOSITY sqlstate
SELECT pls.rollup(s) FROM (SELECT pls.decay_sums(v, at, '1 day') AS s FROM r UNION ALL SELECT pls.decay_sums(v, at, '2 days') FROM r) AS x;

-- memory: a group, and a pattern
SET pls.max_aggregate_state = '64kB';
\set VERBOSITY default
SELECT pls.window_funnel('1 day', 'strict_once', '2026-01-01'::timestamptz + i * interval '1 second', true) FROM generate_series(1, 5000) AS i;
\set VERBOSITY sqlstate
SELECT pls.window_funnel('1 day', '2026-01-01'::timestamptz + i * interval '1 second', true) FROM generate_series(1, 5000) AS i;
SELECT pls.event_rows('2026-01-01'::timestamptz) FROM generate_series(1, 5000) AS i;
SELECT pls.sequence_match('.', '2026-01-01'::timestamptz + i * interval '1 second', true) FROM generate_series(1, 5000) AS i;
SELECT pls.session_count('2026-01-01'::timestamptz + i * interval '1 day', '1 hour') FROM generate_series(1, 5000) AS i;
SELECT pls.rollup(s) FROM (SELECT pls.event_rows('2026-01-01'::timestamptz) AS s FROM generate_series(1, 5000) AS i GROUP BY i % 2) AS x;
SELECT pls.sequence_count(repeat('.', 1000), '2026-01-01'::timestamptz + i * interval '1 second', true) FROM generate_series(1, 4000) AS i;
-- but not for rows that are as good as others
SELECT pls.window_funnel('1 day', '2026-01-01'::timestamptz + i % 100 * interval '1 second', true, i % 100 = 7) AS funnel FROM generate_series(1, 50000) AS i;
SELECT pls.window_funnel('1 day', 'strict_order', '2026-01-01'::timestamptz + i * interval '1 second', i = 2000, i = 2001) AS before_and_after FROM generate_series(1, 50000) AS i;
SELECT pls.session_count('2026-01-01'::timestamptz + i * interval '1 second', '1 minute') AS sessions, pls.session_count('2026-01-01'::timestamptz + i * 7919 % 50000 * interval '1 second', '1 minute') AS shuffled FROM generate_series(1, 50000) AS i;
SELECT pls.distinct_days('2026-01-01'::timestamptz + i * interval '1 hour', '2032-01-01', '10000 days') AS days FROM generate_series(1, 50000) AS i;
SELECT pls.retention(i = 1, i = 50000) AS retention FROM generate_series(1, 50000) AS i;
RESET pls.max_aggregate_state;
SET pls.max_aggregate_state = '1kB';

-- support functions are not for everybody
SELECT pls_internal.event_rows_combine(NULL, NULL);
SELECT pls_internal.event_rows_accum(NULL, now());
SELECT pls_internal.funnel_accum(NULL, '1 day', now(), true);
SELECT pls_internal.retention_accum(NULL, true);
SELECT pls_internal.retention_combine(1, 2);
SELECT pls_internal.recency_accum(NULL, now(), now());
SELECT pls_internal.growth_combine('{1}', '{1}');
SELECT pls_internal.decay_sums_combine(NULL, NULL);
SELECT pls_internal.decayed_accum(NULL, 1, now(), now(), '1 day');
SELECT pls_internal.window_funnel_final(pls.event_rows(at, a)) FROM r;
SELECT pls_internal.sequence_match_final(pls.event_rows(at, a)) FROM r;
SELECT pls_internal.session_count_final(pls.event_rows(at)) FROM r;
SELECT pls_internal.recency_final('{1}');
SELECT pls_internal.growth_final('{1,2,3,4,5,NULL}');
SELECT pls_internal.retention_final(-1);
