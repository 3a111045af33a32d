/* 02_checks.sql - checks that configuration tables share.
 *
 * A row of a configuration table is validated when it is written.  One BEFORE
 * trigger per table fills the defaults that depend on other columns and
 * refuses what can never work, with a message, a detail where there is
 * something to add, and a hint that says what to write instead.  It calls
 * these.  The rules read the row alone (but for the number of a motion's
 * signals), never another table of pls: rows can be restored in any order.
 * What a time zone is says pls_internal.check_time_zone() (30_calendars.sql).
 *
 * Plain ranges are constraints with speaking names.  Whatever needs a hint,
 * a default that depends on other columns, or more than one column to be
 * judged is in the triggers.
 */

CREATE FUNCTION pls_internal.check_word(word text, allowed text[], what text)
RETURNS void
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF word IS NULL OR word <> ALL (allowed) THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('unknown %s %s', what, COALESCE('"' || word || '"', 'NULL')),
            HINT = format('Use one of %s.', array_to_string(allowed, ', '));
    END IF;
END;
$$;
COMMENT ON FUNCTION pls_internal.check_word IS
'Refuses (22023) a word that is none of those allowed; what names it in the message.';

CREATE FUNCTION pls_internal.check_name(name text, what text)
RETURNS void
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF octet_length(name) NOT BETWEEN 1 AND pls_internal.limit_of('name') THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('the name of a %s must have 1 to %s bytes', what, pls_internal.limit_of('name')),
            HINT = 'Use a short name, such as ''trial''.';
    END IF;
END;
$$;
COMMENT ON FUNCTION pls_internal.check_name IS
'Refuses (22023) a name that is empty or too long; what says of what it is. NULL passes.';

CREATE FUNCTION pls_internal.check_span(span interval, what text, at_least interval DEFAULT '1 second',
                               at_most interval DEFAULT pls_internal.longest_span())
RETURNS void
AS 'MODULE_PATHNAME', 'pls_check_span'
LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION pls_internal.check_span IS
'Refuses (22023) a span that is infinite, has months or years, or is shorter or longer than allowed; what names it in the message. NULL passes.';

CREATE FUNCTION pls_internal.check_number(number numeric, what text)
RETURNS void
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    most CONSTANT numeric := pls_internal.limit_of('number');
BEGIN
    IF number IS NULL THEN
        RETURN;
    END IF;
    -- NaN is greater than every number
    IF number > most OR number < -most THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('%s must lie between -%2$s and %2$s', what, trim_scale(most / 1e15) || 'e15'),
            DETAIL = format('It is %s.', number),
            HINT = 'Use a smaller number.';
    END IF;
    IF round(number, 3) <> number THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('%s must have at most 3 decimals', what),
            DETAIL = format('It is %s; values and points are exact thousandths.', number),
            HINT = format('Use %s.', trim_scale(round(number, 3)));
    END IF;
END;
$$;
COMMENT ON FUNCTION pls_internal.check_number IS
'Refuses (22023) a number with more than 3 decimals, beyond +-9e15, NaN or infinite; what names it in the message. NULL passes.';

CREATE FUNCTION pls_internal.check_range(low numeric, high numeric, low_name text, high_name text)
RETURNS void
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM pls_internal.check_number(low, low_name);
    PERFORM pls_internal.check_number(high, high_name);
    IF low > high THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('%s must not be greater than %s', low_name, high_name),
            DETAIL = format('They are %s and %s.', low, high),
            HINT = 'Change one of them; to move both, change both in one UPDATE.';
    END IF;
END;
$$;
COMMENT ON FUNCTION pls_internal.check_range IS
'Refuses (22023) numbers that pls_internal.check_number() refuses, and a lower bound above the upper one. NULL is no bound.';

CREATE FUNCTION pls_internal.check_names(names text[], what text)
RETURNS void
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF names IS NULL THEN
        RETURN;
    END IF;
    IF array_ndims(names) IS DISTINCT FROM 1 THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('%s must be a list with at least one element', what),
            HINT = 'Use an array such as ''{one,two}'', or NULL.';
    END IF;
    IF array_position(names, NULL) IS NOT NULL OR array_position(names, '') IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('%s must not contain NULL or an empty name', what),
            HINT = 'Remove that element.';
    END IF;
END;
$$;
COMMENT ON FUNCTION pls_internal.check_names IS
'Refuses (22023) an empty or many-dimensional array, and NULL or empty elements. NULL passes.';

CREATE FUNCTION pls_internal.check_predicate(path jsonpath, what text)
RETURNS void
LANGUAGE plpgsql IMMUTABLE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    body text := regexp_replace(path::text, '^strict ', '');
    -- string constants and quoted keys emptied, so that they match nothing
    bare text := regexp_replace(path::text, E'"([^"\\\\]|\\\\.)*"', '""', 'g');
    is_condition boolean := true;
BEGIN
    IF path IS NULL THEN
        RETURN;
    END IF;
    IF bare ~ E'\\.(datetime|date|time|time_tz|timestamp|timestamp_tz) *\\(' THEN
        RAISE EXCEPTION USING ERRCODE = 'feature_not_supported',
            MESSAGE = format('%s must not use date and time methods', what),
            DETAIL = 'They can raise errors on bad data, and pls never makes an application''s statement fail.',
            HINT = 'Use the window of the signal, or compare ISO 8601 texts: $.at > "2026-01-01".';
    END IF;
    IF bare LIKE '%$""%' THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('%s must not use variables', what),
            DETAIL = format('It is %s; nothing would give the variable a value.', path),
            HINT = 'Write the constant itself; a key is written $.key.';
    END IF;
    -- only a condition can be negated: the grammar itself tells them apart
    BEGIN
        PERFORM ('!(' || body || ')')::jsonpath;
    EXCEPTION WHEN syntax_error OR invalid_text_representation THEN
        is_condition := false;
    END;
    IF NOT is_condition THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('%s must be a condition', what),
            DETAIL = format('%s selects a value instead of testing a condition.', path),
            HINT = 'Compare it, as in $.plan == "team", or write exists($.plan).';
    END IF;
END;
$$;
COMMENT ON FUNCTION pls_internal.check_predicate IS
'Refuses (22023) a jsonpath that is not a condition or uses a variable, and (0A000) one that uses date and time methods. NULL passes.';
