/* 11_limits.sql - limits that C and SQL share.
 */

-- The limits that SQL and C share have their home in C.
CREATE FUNCTION pls_internal.limit_of(what text) RETURNS bigint
    AS 'MODULE_PATHNAME', 'pls_limit_of' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION pls_internal.limit_of IS
'A limit of pls: bytes of a name, event, id or address; signals of a motion; units (actors, days, values, collapsed rows) counted for a signal; steps of a sequence; marks (entities above which a whole motion is rebuilt); aliases that follow one another; the largest number.';
CREATE FUNCTION pls_internal.longest_span() RETURNS interval
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN interval '36500 days';
COMMENT ON FUNCTION pls_internal.longest_span IS
'The longest of all other spans: a century, so that every instant that results from one is in range.';
