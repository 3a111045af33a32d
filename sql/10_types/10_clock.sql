/* 10_clock.sql - the clock that pls goes by.
 */

CREATE FUNCTION pls.now() RETURNS timestamptz
    AS 'MODULE_PATHNAME', 'pls_now' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION pls.now IS
'The current time for pls: the start of the transaction, or the setting pls.now if that is set (superuser only, to replay recorded events). Never NULL.';

CREATE FUNCTION pls_internal.is_ahead(instant timestamptz) RETURNS boolean
    AS 'MODULE_PATHNAME', 'pls_is_ahead_of_clock' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION pls_internal.is_ahead IS
'Whether an instant at which something was done lies more than a minute ahead of the clock (or of the setting pls.now): the server''s clock was ahead then and has been set back since.';

CREATE FUNCTION pls_internal.now_after(instant timestamptz) RETURNS timestamptz
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN CASE WHEN instant > pls.now() AND NOT pls_internal.is_ahead(instant)
                THEN instant ELSE pls.now() END;
COMMENT ON FUNCTION pls_internal.now_after IS
'The instant at which a standing is looked at: pls.now(), or the instant of its newest event or evaluation if that is later. One that is ahead of the clock, which has been set back since (pls_internal.is_ahead), does not count. NULL: none.';

-- What is put off comes back: the longest that people may ask for.
CREATE FUNCTION pls_internal.longest_cooldown() RETURNS interval
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$ BEGIN RETURN interval '3660 days'; END $$;
COMMENT ON FUNCTION pls_internal.longest_cooldown IS
'The longest cooldown of a motion or disposition: ten years.';
CREATE FUNCTION pls_internal.longest_snooze() RETURNS interval
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN interval '366 days';
COMMENT ON FUNCTION pls_internal.longest_snooze IS
'The longest time for which an alert is snoozed, or its clock paused until an instant: a year.';
