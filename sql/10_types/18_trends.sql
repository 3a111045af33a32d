/* 18_trends.sql - sessions, days, recency, growth and decayed sums over rows
 * of any table.
 */

CREATE FUNCTION pls_internal.sessions_accum(state pls.event_rows, at timestamptz, gap interval) RETURNS pls.event_rows
    AS 'MODULE_PATHNAME', 'pls_sessions_accum' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2;
COMMENT ON FUNCTION pls_internal.sessions_accum IS
'Support function of the aggregates: adds a row. Only callable by an aggregate.';

CREATE FUNCTION pls_internal.session_count_final(state pls.event_rows) RETURNS bigint
    AS 'MODULE_PATHNAME', 'pls_session_count_final' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION pls_internal.session_count_final IS
'Support function of the aggregates: the sessions of a state.';

CREATE AGGREGATE pls.session_count(at timestamptz, gap interval) (
    SFUNC = pls_internal.sessions_accum,
    STYPE = pls.event_rows,
    SSPACE = 4000,
    FINALFUNC = pls_internal.session_count_final,
    FINALFUNC_MODIFY = READ_ONLY,
    COMBINEFUNC = pls_internal.event_rows_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE pls.session_count(timestamptz, interval) IS
'The number of sessions: a new one starts where the distance from the previous row, in order of time, is greater than the gap. at: when (NULL or infinite: the row is ignored); gap: without months, a day is 24 hours. 0 without rows. Errors: 22023 gap negative or with months, or gaps that differ within a group; 22004 gap NULL; 54000 more memory than pls.max_aggregate_state.';

CREATE FUNCTION pls.session_count(rows pls.event_rows, gap interval) RETURNS bigint
    AS 'MODULE_PATHNAME', 'pls_event_rows_session_count' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION pls.session_count(pls.event_rows, interval) IS
'The number of sessions: a new one starts where the distance from the previous row, in order of time, is greater than the gap. Over rows that pls.event_rows() has collected. Errors: 22023.';

CREATE FUNCTION pls_internal.days_accum(state pls.event_rows, at timestamptz, as_of timestamptz, "window" interval) RETURNS pls.event_rows
    AS 'MODULE_PATHNAME', 'pls_days_accum' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2;
COMMENT ON FUNCTION pls_internal.days_accum(pls.event_rows, timestamptz, timestamptz, interval) IS
'Support function of the aggregates: adds a row. Only callable by an aggregate.';

CREATE FUNCTION pls_internal.days_accum(state pls.event_rows, at timestamptz, as_of timestamptz, "window" interval, zone text) RETURNS pls.event_rows
    AS 'MODULE_PATHNAME', 'pls_days_accum' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2;
COMMENT ON FUNCTION pls_internal.days_accum(pls.event_rows, timestamptz, timestamptz, interval, text) IS
'Support function of the aggregates: adds a row. Only callable by an aggregate.';

CREATE FUNCTION pls_internal.distinct_days_final(state pls.event_rows) RETURNS bigint
    AS 'MODULE_PATHNAME', 'pls_distinct_days_final' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION pls_internal.distinct_days_final IS
'Support function of the aggregates: the days of a state.';

CREATE AGGREGATE pls.distinct_days(at timestamptz, as_of timestamptz, "window" interval) (
    SFUNC = pls_internal.days_accum,
    STYPE = pls.event_rows,
    SSPACE = 4000,
    FINALFUNC = pls_internal.distinct_days_final,
    FINALFUNC_MODIFY = READ_ONLY,
    COMBINEFUNC = pls_internal.event_rows_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE pls.distinct_days(timestamptz, timestamptz, interval) IS
'The number of distinct local dates with a row in the window: as_of - window < at <= as_of. Dates are those of UTC. at: when (NULL or infinite: the row is ignored); as_of: the instant; later rows are ignored. 0 without rows. Errors: 22023 window negative or with months, arguments that differ within a group; 22004 an argument NULL; 22008 as_of infinite.';

CREATE AGGREGATE pls.distinct_days(at timestamptz, as_of timestamptz, "window" interval, zone text) (
    SFUNC = pls_internal.days_accum,
    STYPE = pls.event_rows,
    SSPACE = 4000,
    FINALFUNC = pls_internal.distinct_days_final,
    FINALFUNC_MODIFY = READ_ONLY,
    COMBINEFUNC = pls_internal.event_rows_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE pls.distinct_days(timestamptz, timestamptz, interval, text) IS
'The number of distinct local dates with a row in the window: as_of - window < at <= as_of. zone: the time zone of the dates, as in pg_timezone_names. Otherwise the same as without a zone. Errors: also 22023 unknown zone.';

CREATE FUNCTION pls.distinct_days(rows pls.event_rows, as_of timestamptz, "window" interval, zone text DEFAULT 'UTC') RETURNS bigint
    AS 'MODULE_PATHNAME', 'pls_event_rows_distinct_days' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION pls.distinct_days(pls.event_rows, timestamptz, interval, text) IS
'The number of distinct local dates with a row in the window: as_of - window < at <= as_of. Over rows that pls.event_rows() has collected. zone: the time zone of the dates. Errors: 22023, 22008.';

CREATE FUNCTION pls_internal.recency_accum(state bigint[], at timestamptz, as_of timestamptz) RETURNS bigint[]
    AS 'MODULE_PATHNAME', 'pls_recency_accum' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2;
COMMENT ON FUNCTION pls_internal.recency_accum IS
'Support function of the aggregates: adds a row. Only callable by an aggregate.';

CREATE FUNCTION pls_internal.recency_combine(state bigint[], other bigint[]) RETURNS bigint[]
    AS 'MODULE_PATHNAME', 'pls_recency_combine' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION pls_internal.recency_combine IS
'Support function of the aggregates: merges two states. Only callable by an aggregate.';

CREATE FUNCTION pls_internal.recency_final(state bigint[]) RETURNS interval
    AS 'MODULE_PATHNAME', 'pls_recency_final' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION pls_internal.recency_final IS
'Support function of the aggregates: the result of a state.';

CREATE AGGREGATE pls.recency(at timestamptz, as_of timestamptz) (
    SFUNC = pls_internal.recency_accum,
    STYPE = bigint[],
    SSPACE = 40,
    FINALFUNC = pls_internal.recency_final,
    FINALFUNC_MODIFY = READ_ONLY,
    COMBINEFUNC = pls_internal.recency_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE pls.recency(timestamptz, timestamptz) IS
'The age of the newest row at as_of: as_of - at. at: when (NULL or infinite: the row is ignored); as_of: the instant; later rows are ignored. NULL without rows. Errors: 22023 arguments that differ within a group; 22004 an argument NULL; 22008 as_of infinite.';

CREATE FUNCTION pls.recency(rows pls.event_rows, as_of timestamptz) RETURNS interval
    AS 'MODULE_PATHNAME', 'pls_event_rows_recency' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION pls.recency(pls.event_rows, timestamptz) IS
'The age of the newest row at as_of: as_of - at. Over rows that pls.event_rows() has collected; NULL if there is none by then. Errors: 22008.';

CREATE FUNCTION pls_internal.growth_accum(state bigint[], at timestamptz, as_of timestamptz, "window" interval) RETURNS bigint[]
    AS 'MODULE_PATHNAME', 'pls_growth_accum' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2;
COMMENT ON FUNCTION pls_internal.growth_accum(bigint[], timestamptz, timestamptz, interval) IS
'Support function of the aggregates: adds a row. Only callable by an aggregate.';

CREATE FUNCTION pls_internal.growth_accum(state bigint[], at timestamptz, as_of timestamptz, "window" interval, baseline interval) RETURNS bigint[]
    AS 'MODULE_PATHNAME', 'pls_growth_accum' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2;
COMMENT ON FUNCTION pls_internal.growth_accum(bigint[], timestamptz, timestamptz, interval, interval) IS
'Support function of the aggregates: adds a row. Only callable by an aggregate.';

CREATE FUNCTION pls_internal.growth_accum(state bigint[], at timestamptz, as_of timestamptz, "window" interval, baseline interval, min_base bigint) RETURNS bigint[]
    AS 'MODULE_PATHNAME', 'pls_growth_accum' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2;
COMMENT ON FUNCTION pls_internal.growth_accum(bigint[], timestamptz, timestamptz, interval, interval, bigint) IS
'Support function of the aggregates: adds a row. Only callable by an aggregate.';

CREATE FUNCTION pls_internal.growth_combine(state bigint[], other bigint[]) RETURNS bigint[]
    AS 'MODULE_PATHNAME', 'pls_growth_combine' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION pls_internal.growth_combine IS
'Support function of the aggregates: merges two states. Only callable by an aggregate.';

CREATE FUNCTION pls_internal.growth_final(state bigint[]) RETURNS double precision
    AS 'MODULE_PATHNAME', 'pls_growth_final' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION pls_internal.growth_final IS
'Support function of the aggregates: the result of a state.';

CREATE AGGREGATE pls.growth(at timestamptz, as_of timestamptz, "window" interval) (
    SFUNC = pls_internal.growth_accum,
    STYPE = bigint[],
    SSPACE = 72,
    FINALFUNC = pls_internal.growth_final,
    FINALFUNC_MODIFY = READ_ONLY,
    COMBINEFUNC = pls_internal.growth_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE pls.growth(timestamptz, timestamptz, interval) IS
'The number of rows in the window as_of - window < at <= as_of, divided by the number in the baseline, the span right before the window; if their lengths differ, both counts are per unit of time. NULL while the baseline has fewer rows than min_base, or none. The baseline is as long as the window, min_base is 1. at: when (NULL or infinite: the row is ignored); as_of: the instant; later rows are ignored. Errors: 22023 window zero, negative or with months, arguments that differ within a group; 22004 an argument NULL; 22008 as_of infinite.';

CREATE AGGREGATE pls.growth(at timestamptz, as_of timestamptz, "window" interval, baseline interval) (
    SFUNC = pls_internal.growth_accum,
    STYPE = bigint[],
    SSPACE = 72,
    FINALFUNC = pls_internal.growth_final,
    FINALFUNC_MODIFY = READ_ONLY,
    COMBINEFUNC = pls_internal.growth_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE pls.growth(timestamptz, timestamptz, interval, interval) IS
'The number of rows in the window as_of - window < at <= as_of, divided by the number in the baseline, the span right before the window; if their lengths differ, both counts are per unit of time. NULL while the baseline has fewer rows than min_base, or none. baseline: NULL means as long as the window. Otherwise the same as without a baseline.';

CREATE AGGREGATE pls.growth(at timestamptz, as_of timestamptz, "window" interval, baseline interval, min_base bigint) (
    SFUNC = pls_internal.growth_accum,
    STYPE = bigint[],
    SSPACE = 72,
    FINALFUNC = pls_internal.growth_final,
    FINALFUNC_MODIFY = READ_ONLY,
    COMBINEFUNC = pls_internal.growth_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE pls.growth(timestamptz, timestamptz, interval, interval, bigint) IS
'The number of rows in the window as_of - window < at <= as_of, divided by the number in the baseline, the span right before the window; if their lengths differ, both counts are per unit of time. NULL while the baseline has fewer rows than min_base, or none. baseline: NULL means as long as the window; min_base: NULL means 1. Otherwise the same as without a baseline. Errors: also 22023 min_base negative.';

CREATE FUNCTION pls.growth(rows pls.event_rows, as_of timestamptz, "window" interval, baseline interval DEFAULT NULL, min_base bigint DEFAULT 1) RETURNS double precision
    AS 'MODULE_PATHNAME', 'pls_event_rows_growth' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION pls.growth(pls.event_rows, timestamptz, interval, interval, bigint) IS
'The number of rows in the window as_of - window < at <= as_of, divided by the number in the baseline, the span right before the window; if their lengths differ, both counts are per unit of time. NULL while the baseline has fewer rows than min_base, or none. Over rows that pls.event_rows() has collected. baseline: NULL means as long as the window. NULL if rows, as_of or window is NULL. Errors: 22023, 22008.';

CREATE TYPE pls.decay_sums;

CREATE FUNCTION pls_internal.decay_sums_in(cstring) RETURNS pls.decay_sums
    AS 'MODULE_PATHNAME', 'pls_decay_sums_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION pls_internal.decay_sums_in IS
'Text input of pls.decay_sums: \x and hexadecimal digits. Errors: 22P02 if it is truncated, corrupted or of an unknown version.';

CREATE FUNCTION pls_internal.decay_sums_out(pls.decay_sums) RETURNS cstring
    AS 'MODULE_PATHNAME', 'pls_decay_sums_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION pls_internal.decay_sums_out IS
'Text output of pls.decay_sums: \x and hexadecimal digits.';

CREATE FUNCTION pls_internal.decay_sums_recv(internal) RETURNS pls.decay_sums
    AS 'MODULE_PATHNAME', 'pls_decay_sums_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION pls_internal.decay_sums_recv IS
'Binary input of pls.decay_sums. Errors: 22P03 if it is truncated, corrupted or of an unknown version.';

CREATE FUNCTION pls_internal.decay_sums_send(pls.decay_sums) RETURNS bytea
    AS 'MODULE_PATHNAME', 'pls_decay_sums_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION pls_internal.decay_sums_send IS
'Binary output of pls.decay_sums.';

CREATE TYPE pls.decay_sums (
    INPUT = pls_internal.decay_sums_in,
    OUTPUT = pls_internal.decay_sums_out,
    RECEIVE = pls_internal.decay_sums_recv,
    SEND = pls_internal.decay_sums_send,
    INTERNALLENGTH = 80,
    ALIGNMENT = double
);
COMMENT ON TYPE pls.decay_sums IS
'Sum and count of rows that count half as much after each half-life, in 80 bytes whatever their number. Made by the aggregate pls.decay_sums(), merged by pls.rollup(), and queried by pls.decayed_sum(), pls.decayed_count() and pls.decayed_avg() as of any instant not before the newest row.';

CREATE FUNCTION pls_internal.decay_sums_combine(state pls.decay_sums, other pls.decay_sums) RETURNS pls.decay_sums
    AS 'MODULE_PATHNAME', 'pls_decay_sums_combine' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2;
COMMENT ON FUNCTION pls_internal.decay_sums_combine IS
'Support function of the aggregates: merges two states. Only callable by an aggregate.';

CREATE FUNCTION pls_internal.decay_sums_accum(state pls.decay_sums, value double precision, at timestamptz, half_life interval) RETURNS pls.decay_sums
    AS 'MODULE_PATHNAME', 'pls_decay_sums_accum' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2;
COMMENT ON FUNCTION pls_internal.decay_sums_accum IS
'Support function of the aggregates: adds a row. Only callable by an aggregate.';

CREATE FUNCTION pls_internal.decayed_accum(state pls.decay_sums, value double precision, at timestamptz, as_of timestamptz, half_life interval) RETURNS pls.decay_sums
    AS 'MODULE_PATHNAME', 'pls_decayed_accum' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2;
COMMENT ON FUNCTION pls_internal.decayed_accum IS
'Support function of the aggregates: adds a row. Only callable by an aggregate.';

CREATE FUNCTION pls_internal.decayed_count_accum(state pls.decay_sums, at timestamptz, as_of timestamptz, half_life interval) RETURNS pls.decay_sums
    AS 'MODULE_PATHNAME', 'pls_decayed_count_accum' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2;
COMMENT ON FUNCTION pls_internal.decayed_count_accum IS
'Support function of the aggregates: adds a row. Only callable by an aggregate.';

CREATE AGGREGATE pls.decay_sums(value double precision, at timestamptz, half_life interval) (
    SFUNC = pls_internal.decay_sums_accum,
    STYPE = pls.decay_sums,
    SSPACE = 100,
    FINALFUNC_MODIFY = READ_ONLY,
    COMBINEFUNC = pls_internal.decay_sums_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE pls.decay_sums(double precision, timestamptz, interval) IS
'The decayed sums of a group as one value. value: what the row counts (NULL: it counts as a row only); at: when (NULL or infinite: the row is ignored); half_life: after which a row counts half as much. NULL without rows. Errors: 22023 half_life zero, negative or with months, or arguments that differ within a group; 22004 half_life NULL; 22003 overflow.';

CREATE AGGREGATE pls.rollup(sums pls.decay_sums) (
    SFUNC = pls_internal.decay_sums_combine,
    STYPE = pls.decay_sums,
    SSPACE = 100,
    FINALFUNC_MODIFY = READ_ONLY,
    COMBINEFUNC = pls_internal.decay_sums_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE pls.rollup(pls.decay_sums) IS
'Merges decayed sums: the result is the same, to 1e-12, as for all their rows at once. NULLs add nothing; NULL without rows. Errors: 22023 for different half-lives.';

CREATE FUNCTION pls_internal.decayed_sum_final(state pls.decay_sums) RETURNS double precision
    AS 'MODULE_PATHNAME', 'pls_decayed_sum_final' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION pls_internal.decayed_sum_final IS
'Support function of the aggregates: the result of a state.';

CREATE FUNCTION pls_internal.decayed_avg_final(state pls.decay_sums) RETURNS double precision
    AS 'MODULE_PATHNAME', 'pls_decayed_avg_final' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION pls_internal.decayed_avg_final IS
'Support function of the aggregates: the result of a state.';

CREATE FUNCTION pls_internal.decayed_count_final(state pls.decay_sums) RETURNS double precision
    AS 'MODULE_PATHNAME', 'pls_decayed_count_final' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION pls_internal.decayed_count_final IS
'Support function of the aggregates: the result of a state.';

CREATE AGGREGATE pls.decayed_sum(value double precision, at timestamptz, as_of timestamptz, half_life interval) (
    SFUNC = pls_internal.decayed_accum,
    STYPE = pls.decay_sums,
    SSPACE = 100,
    FINALFUNC = pls_internal.decayed_sum_final,
    FINALFUNC_MODIFY = READ_ONLY,
    COMBINEFUNC = pls_internal.decay_sums_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE pls.decayed_sum(double precision, timestamptz, timestamptz, interval) IS
'The sum of value * 2^(-(as_of - at) / half_life). value: a row with NULL is ignored; at: when (NULL or infinite: the row is ignored); as_of: the instant; later rows are ignored; half_life: after which a row counts half as much. NULL without values. Errors: 22023 half_life zero, negative or with months, or arguments that differ within a group; 22004 half_life or as_of NULL; 22008 as_of infinite; 22003 overflow.';

CREATE AGGREGATE pls.decayed_avg(value double precision, at timestamptz, as_of timestamptz, half_life interval) (
    SFUNC = pls_internal.decayed_accum,
    STYPE = pls.decay_sums,
    SSPACE = 100,
    FINALFUNC = pls_internal.decayed_avg_final,
    FINALFUNC_MODIFY = READ_ONLY,
    COMBINEFUNC = pls_internal.decay_sums_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE pls.decayed_avg(double precision, timestamptz, timestamptz, interval) IS
'The mean of value, each weighing 2^(-(as_of - at) / half_life). value: a row with NULL is ignored; at: when (NULL or infinite: the row is ignored); as_of: the instant; later rows are ignored; half_life: after which a row counts half as much. NULL without values. Errors: 22023 half_life zero, negative or with months, or arguments that differ within a group; 22004 half_life or as_of NULL; 22008 as_of infinite; 22003 overflow.';

CREATE AGGREGATE pls.decayed_count(at timestamptz, as_of timestamptz, half_life interval) (
    SFUNC = pls_internal.decayed_count_accum,
    STYPE = pls.decay_sums,
    SSPACE = 100,
    FINALFUNC = pls_internal.decayed_count_final,
    FINALFUNC_MODIFY = READ_ONLY,
    COMBINEFUNC = pls_internal.decay_sums_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE pls.decayed_count(timestamptz, timestamptz, interval) IS
'The sum of 2^(-(as_of - at) / half_life) over rows. at: when (NULL or infinite: the row is ignored); as_of: the instant; later rows are ignored; half_life: after which a row counts half as much. 0 without rows. Errors: 22023 half_life zero, negative or with months, or arguments that differ within a group; 22004 half_life or as_of NULL; 22008 as_of infinite; 22003 overflow.';

CREATE FUNCTION pls.decayed_sum(sums pls.decay_sums, as_of timestamptz) RETURNS double precision
    AS 'MODULE_PATHNAME', 'pls_decayed_sum_final' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION pls.decayed_sum(pls.decay_sums, timestamptz) IS
'The sum of value * 2^(-(as_of - at) / half_life). Over sums that pls.decay_sums() has collected. as_of: not before the newest row. NULL without values. Errors: 22023, 22008.';

CREATE FUNCTION pls.decayed_avg(sums pls.decay_sums, as_of timestamptz) RETURNS double precision
    AS 'MODULE_PATHNAME', 'pls_decayed_avg_final' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION pls.decayed_avg(pls.decay_sums, timestamptz) IS
'The mean of value, each weighing 2^(-(as_of - at) / half_life). Over sums that pls.decay_sums() has collected. as_of: not before the newest row. NULL without values. Errors: 22023, 22008.';

CREATE FUNCTION pls.decayed_count(sums pls.decay_sums, as_of timestamptz) RETURNS double precision
    AS 'MODULE_PATHNAME', 'pls_decayed_count_final' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION pls.decayed_count(pls.decay_sums, timestamptz) IS
'The sum of 2^(-(as_of - at) / half_life) over rows. Over sums that pls.decay_sums() has collected. as_of: not before the newest row. 0 without rows. Errors: 22023, 22008.';
