/* 14_event_rows.sql - rows of any table as instants and the conditions that
 * hold on them: what the aggregates over rows collect.
 *
 * The state of these aggregates is pls.event_rows itself
 * (src/rows/rows_agg.c), so partial aggregation works wherever a value can
 * travel: parallel workers, partitions, other nodes, a table.  SSPACE is that
 * of some 200 rows: when in doubt, more and smaller batches of a hash
 * aggregate, whose states stay near, are faster than few large ones (200,000
 * groups of nine rows by about a tenth).
 */

CREATE TYPE pls.event_rows;

CREATE FUNCTION pls_internal.event_rows_in(cstring) RETURNS pls.event_rows
    AS 'MODULE_PATHNAME', 'pls_event_rows_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION pls_internal.event_rows_in IS
'Text input of pls.event_rows: \x and hexadecimal digits. Errors: 22P02 if it is truncated, corrupted or of an unknown version.';

CREATE FUNCTION pls_internal.event_rows_out(pls.event_rows) RETURNS cstring
    AS 'MODULE_PATHNAME', 'pls_event_rows_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION pls_internal.event_rows_out IS
'Text output of pls.event_rows: \x and hexadecimal digits. Equal rows have equal text.';

CREATE FUNCTION pls_internal.event_rows_recv(internal) RETURNS pls.event_rows
    AS 'MODULE_PATHNAME', 'pls_event_rows_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION pls_internal.event_rows_recv IS
'Binary input of pls.event_rows. Errors: 22P03 if it is truncated, corrupted or of an unknown version.';

CREATE FUNCTION pls_internal.event_rows_send(pls.event_rows) RETURNS bytea
    AS 'MODULE_PATHNAME', 'pls_event_rows_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION pls_internal.event_rows_send IS
'Binary output of pls.event_rows.';

CREATE TYPE pls.event_rows (
    INPUT = pls_internal.event_rows_in,
    OUTPUT = pls_internal.event_rows_out,
    RECEIVE = pls_internal.event_rows_recv,
    SEND = pls_internal.event_rows_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = int4,
    STORAGE = extended
);
COMMENT ON TYPE pls.event_rows IS
'Rows of any table, each an instant (microseconds) and the set of up to 32 conditions that hold on it. Made by the aggregate pls.event_rows(), merged in any order by pls.rollup(), and queried by pls.window_funnel(), pls.sequence_match() and others. A few bytes a row.';

CREATE FUNCTION pls_internal.event_rows_combine(state pls.event_rows, other pls.event_rows) RETURNS pls.event_rows
    AS 'MODULE_PATHNAME', 'pls_event_rows_combine' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION pls_internal.event_rows_combine IS
'Support function of the aggregates: merges two states. Only callable by an aggregate.';

CREATE FUNCTION pls_internal.event_rows_accum(state pls.event_rows, at timestamptz) RETURNS pls.event_rows
    AS 'MODULE_PATHNAME', 'pls_event_rows_accum' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2;
COMMENT ON FUNCTION pls_internal.event_rows_accum(pls.event_rows, timestamptz) IS
'Support function of the aggregates: adds a row. Only callable by an aggregate.';

CREATE FUNCTION pls_internal.event_rows_accum(state pls.event_rows, at timestamptz, VARIADIC conditions "any") RETURNS pls.event_rows
    AS 'MODULE_PATHNAME', 'pls_event_rows_accum' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2;
COMMENT ON FUNCTION pls_internal.event_rows_accum(pls.event_rows, timestamptz, VARIADIC "any") IS
'Support function of the aggregates: adds a row. Only callable by an aggregate.';

CREATE AGGREGATE pls.event_rows(at timestamptz) (
    SFUNC = pls_internal.event_rows_accum,
    STYPE = pls.event_rows,
    SSPACE = 4000,
    FINALFUNC_MODIFY = READ_ONLY,
    COMBINEFUNC = pls_internal.event_rows_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE pls.event_rows(timestamptz) IS
'The rows of a group as one value, without conditions. at: when (NULL or infinite: the row is ignored). NULL without rows. Errors: 54000 if it needs more memory than pls.max_aggregate_state.';

CREATE AGGREGATE pls.event_rows(at timestamptz, VARIADIC conditions "any") (
    SFUNC = pls_internal.event_rows_accum,
    STYPE = pls.event_rows,
    SSPACE = 4000,
    FINALFUNC_MODIFY = READ_ONLY,
    COMBINEFUNC = pls_internal.event_rows_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE pls.event_rows(timestamptz, VARIADIC "any") IS
'The rows of a group as one value. at: when (NULL or infinite: the row is ignored); conditions: up to 32 booleans (NULL: false), or VARIADIC and an array of them. Rows on which no condition holds are kept too. Only the mode strict_order, sessions, days, recency and growth use them, so leave them out with WHERE or FILTER if you do not need these. NULL without rows. Errors: 42804 condition not boolean, 54023 more than 32, 54000 more memory than pls.max_aggregate_state.';

CREATE AGGREGATE pls.rollup(rows pls.event_rows) (
    SFUNC = pls_internal.event_rows_combine,
    STYPE = pls.event_rows,
    SSPACE = 4000,
    FINALFUNC_MODIFY = READ_ONLY,
    COMBINEFUNC = pls_internal.event_rows_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE pls.rollup(pls.event_rows) IS
'Merges event rows: the result is the same as for all their rows at once. NULLs add nothing; NULL without rows. Errors: 22023 for different numbers of conditions.';
