/* 16_funnels.sql - funnels, sequences and retention over rows of any table.
 *
 * Each comes as an aggregate over rows, and as a function over
 * pls.event_rows.  window_funnel and funnel_times share their transition
 * function, so a query with both collects the rows once.
 */

CREATE FUNCTION pls_internal.funnel_accum(state pls.event_rows, "window" interval, at timestamptz, VARIADIC conditions "any") RETURNS pls.event_rows
    AS 'MODULE_PATHNAME', 'pls_funnel_accum' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2;
COMMENT ON FUNCTION pls_internal.funnel_accum(pls.event_rows, interval, timestamptz, VARIADIC "any") IS
'Support function of the aggregates: adds a row. Only callable by an aggregate.';

CREATE FUNCTION pls_internal.funnel_accum(state pls.event_rows, "window" interval, mode text, at timestamptz, VARIADIC conditions "any") RETURNS pls.event_rows
    AS 'MODULE_PATHNAME', 'pls_funnel_mode_accum' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2;
COMMENT ON FUNCTION pls_internal.funnel_accum(pls.event_rows, interval, text, timestamptz, VARIADIC "any") IS
'Support function of the aggregates: adds a row. Only callable by an aggregate.';

CREATE FUNCTION pls_internal.window_funnel_final(state pls.event_rows) RETURNS integer
    AS 'MODULE_PATHNAME', 'pls_window_funnel_final' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION pls_internal.window_funnel_final IS
'Support function of the aggregates: how far the rows of a state go.';

CREATE FUNCTION pls_internal.funnel_times_final(state pls.event_rows) RETURNS timestamptz[]
    AS 'MODULE_PATHNAME', 'pls_funnel_times_final' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION pls_internal.funnel_times_final IS
'Support function of the aggregates: when the steps of a state were reached.';

CREATE AGGREGATE pls.window_funnel("window" interval, at timestamptz, VARIADIC conditions "any") (
    SFUNC = pls_internal.funnel_accum,
    STYPE = pls.event_rows,
    SSPACE = 4000,
    FINALFUNC = pls_internal.window_funnel_final,
    FINALFUNC_MODIFY = READ_ONLY,
    COMBINEFUNC = pls_internal.event_rows_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE pls.window_funnel(interval, timestamptz, VARIADIC "any") IS
'The largest k for which rows r1 .. rk exist with condition i true on row ri, in order of time (ties in the order of steps), and at(rk) <= at(r1) + window. One row may serve several steps. window: without months, a day is 24 hours; at: when (NULL or infinite: the row is ignored); conditions: up to 32 booleans (NULL: false), or VARIADIC and an array of them. 0 without rows. Errors: 22023 window negative or with months, unknown mode, arguments that differ within a group; 22004 window NULL; 42804 condition not boolean; 54023 more than 32; 54000 more memory than pls.max_aggregate_state.';

CREATE AGGREGATE pls.window_funnel("window" interval, mode text, at timestamptz, VARIADIC conditions "any") (
    SFUNC = pls_internal.funnel_accum,
    STYPE = pls.event_rows,
    SSPACE = 4000,
    FINALFUNC = pls_internal.window_funnel_final,
    FINALFUNC_MODIFY = READ_ONLY,
    COMBINEFUNC = pls_internal.event_rows_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE pls.window_funnel(interval, text, timestamptz, VARIADIC "any") IS
'The largest k for which rows r1 .. rk exist with condition i true on row ri, in order of time (ties in the order of steps), and at(rk) <= at(r1) + window. mode: strict_once, strict_increase, strict_order, strict_deduplication, and with strict_order allow_reentry; several separated by commas; NULL or empty: none (doc/functions.md). Otherwise the same as without a mode.';

CREATE AGGREGATE pls.funnel_times("window" interval, at timestamptz, VARIADIC conditions "any") (
    SFUNC = pls_internal.funnel_accum,
    STYPE = pls.event_rows,
    SSPACE = 4000,
    FINALFUNC = pls_internal.funnel_times_final,
    FINALFUNC_MODIFY = READ_ONLY,
    COMBINEFUNC = pls_internal.event_rows_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE pls.funnel_times(interval, timestamptz, VARIADIC "any") IS
'When each step was reached, as far as pls.window_funnel() of the same arguments says: of the chains that got that far first, the one that began last, each step as early as possible. Empty if no step was reached. Arguments and errors as there.';

CREATE AGGREGATE pls.funnel_times("window" interval, mode text, at timestamptz, VARIADIC conditions "any") (
    SFUNC = pls_internal.funnel_accum,
    STYPE = pls.event_rows,
    SSPACE = 4000,
    FINALFUNC = pls_internal.funnel_times_final,
    FINALFUNC_MODIFY = READ_ONLY,
    COMBINEFUNC = pls_internal.event_rows_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE pls.funnel_times(interval, text, timestamptz, VARIADIC "any") IS
'When each step was reached, as far as pls.window_funnel() of the same arguments says: of the chains that got that far first, the one that began last, each step as early as possible. mode: as for pls.window_funnel().';

CREATE FUNCTION pls.window_funnel(rows pls.event_rows, "window" interval, mode text DEFAULT '') RETURNS integer
    AS 'MODULE_PATHNAME', 'pls_event_rows_window_funnel' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION pls.window_funnel(pls.event_rows, interval, text) IS
'The largest k for which rows r1 .. rk exist with condition i true on row ri, in order of time (ties in the order of steps), and at(rk) <= at(r1) + window. Over rows that pls.event_rows() has collected; NULL if rows or window is NULL. mode: strict_once, strict_increase, strict_order, strict_deduplication, and with strict_order allow_reentry; several separated by commas; NULL or empty: none. Errors: 22023.';

CREATE FUNCTION pls.funnel_times(rows pls.event_rows, "window" interval, mode text DEFAULT '') RETURNS timestamptz[]
    AS 'MODULE_PATHNAME', 'pls_event_rows_funnel_times' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION pls.funnel_times(pls.event_rows, interval, text) IS
'When each step was reached, as far as pls.window_funnel() of the same arguments says: of the chains that got that far first, the one that began last, each step as early as possible. Over rows that pls.event_rows() has collected. Errors: 22023.';

CREATE FUNCTION pls_internal.sequence_accum(state pls.event_rows, pattern text, at timestamptz, VARIADIC conditions "any") RETURNS pls.event_rows
    AS 'MODULE_PATHNAME', 'pls_sequence_accum' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2;
COMMENT ON FUNCTION pls_internal.sequence_accum IS
'Support function of the aggregates: adds a row. Only callable by an aggregate.';

CREATE FUNCTION pls_internal.sequence_match_final(state pls.event_rows) RETURNS boolean
    AS 'MODULE_PATHNAME', 'pls_sequence_match_final' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 20;
COMMENT ON FUNCTION pls_internal.sequence_match_final IS
'Support function of the aggregates: whether the rows of a state match.';

CREATE FUNCTION pls_internal.sequence_count_final(state pls.event_rows) RETURNS bigint
    AS 'MODULE_PATHNAME', 'pls_sequence_count_final' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 20;
COMMENT ON FUNCTION pls_internal.sequence_count_final IS
'Support function of the aggregates: how often the rows of a state match.';

CREATE AGGREGATE pls.sequence_match(pattern text, at timestamptz, VARIADIC conditions "any") (
    SFUNC = pls_internal.sequence_accum,
    STYPE = pls.event_rows,
    SSPACE = 4000,
    FINALFUNC = pls_internal.sequence_match_final,
    FINALFUNC_MODIFY = READ_ONLY,
    COMBINEFUNC = pls_internal.event_rows_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE pls.sequence_match(text, timestamptz, VARIADIC "any") IS
'Whether consecutive rows match a pattern, in order of time (ties: by the lowest condition, then by the set of conditions); rows on which no condition holds are not seen. pattern: (?N) a row on which condition N holds, . a row, .* any number of rows, (?t<=N) or <, >=, >, == any number of rows so that the next one is that many seconds after the previous one; at: when (NULL or infinite: the row is ignored); conditions: up to 32 booleans (NULL: false), or VARIADIC and an array of them. False without rows. Errors: 22023 bad pattern (with the position) or patterns that differ within a group; 22004 pattern NULL; 42804 condition not boolean; 54023 more than 32; 54000 more memory than pls.max_aggregate_state.';

CREATE AGGREGATE pls.sequence_count(pattern text, at timestamptz, VARIADIC conditions "any") (
    SFUNC = pls_internal.sequence_accum,
    STYPE = pls.event_rows,
    SSPACE = 4000,
    FINALFUNC = pls_internal.sequence_count_final,
    FINALFUNC_MODIFY = READ_ONLY,
    COMBINEFUNC = pls_internal.event_rows_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE pls.sequence_count(text, timestamptz, VARIADIC "any") IS
'How many times consecutive rows match a pattern, each match after the previous one: it begins as early as possible, and its elements, one after the other, take as few rows as possible. Arguments, order of rows and errors as for pls.sequence_match(). 0 without rows.';

CREATE FUNCTION pls.sequence_match(rows pls.event_rows, pattern text) RETURNS boolean
    AS 'MODULE_PATHNAME', 'pls_event_rows_sequence_match' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION pls.sequence_match(pls.event_rows, text) IS
'Whether consecutive rows match a pattern, in order of time (ties: by the lowest condition, then by the set of conditions); rows on which no condition holds are not seen. Over rows that pls.event_rows() has collected. pattern: (?N) a row on which condition N holds, . a row, .* any number of rows, (?t<=N) or <, >=, >, == any number of rows so that the next one is that many seconds after the previous one. Errors: 22023 bad pattern.';

CREATE FUNCTION pls.sequence_count(rows pls.event_rows, pattern text) RETURNS bigint
    AS 'MODULE_PATHNAME', 'pls_event_rows_sequence_count' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION pls.sequence_count(pls.event_rows, text) IS
'How many times consecutive rows match a pattern, each match after the previous one: it begins as early as possible, and its elements, one after the other, take as few rows as possible. Over rows that pls.event_rows() has collected. Errors: 22023 bad pattern.';

CREATE FUNCTION pls_internal.retention_accum(state bigint, VARIADIC conditions "any") RETURNS bigint
    AS 'MODULE_PATHNAME', 'pls_retention_accum' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2;
COMMENT ON FUNCTION pls_internal.retention_accum IS
'Support function of the aggregates: adds a row. Only callable by an aggregate.';

CREATE FUNCTION pls_internal.retention_combine(state bigint, other bigint) RETURNS bigint
    AS 'MODULE_PATHNAME', 'pls_retention_combine' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION pls_internal.retention_combine IS
'Support function of the aggregates: merges two states. Only callable by an aggregate.';

CREATE FUNCTION pls_internal.retention_final(state bigint) RETURNS boolean[]
    AS 'MODULE_PATHNAME', 'pls_retention_final' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION pls_internal.retention_final IS
'Support function of the aggregates: the result of a state.';

CREATE AGGREGATE pls.retention(VARIADIC conditions "any") (
    SFUNC = pls_internal.retention_accum,
    STYPE = bigint,
    FINALFUNC = pls_internal.retention_final,
    FINALFUNC_MODIFY = READ_ONLY,
    COMBINEFUNC = pls_internal.retention_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE pls.retention(VARIADIC "any") IS
'Which conditions have held: element 1 says whether the first ever did, element i whether the first and condition i did, in any order and on any rows. Conditions: up to 32 booleans (NULL: false), or VARIADIC and an array of them. NULL without rows. Errors: 42804 condition not boolean, 54023 more than 32.';

CREATE FUNCTION pls.retention(rows pls.event_rows) RETURNS boolean[]
    AS 'MODULE_PATHNAME', 'pls_event_rows_retention' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION pls.retention(pls.event_rows) IS
'Which conditions have held: element 1 says whether the first ever did, element i whether the first and condition i did, in any order and on any rows. Over rows that pls.event_rows() has collected.';
