/* 10_types.sql - the clock, and the type of evidence. */

CREATE FUNCTION pls.now() RETURNS timestamptz
    AS 'MODULE_PATHNAME', 'pls_now' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION pls.now() IS
'The instant at which pls looks: the start of the transaction, or the setting pls.now while that is set (superuser only, to replay recorded events). Never NULL.';

CREATE FUNCTION pls.is_ahead(instant timestamptz) RETURNS boolean
    AS 'MODULE_PATHNAME', 'pls_is_ahead_of_clock' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION pls.is_ahead(timestamptz) IS
'Whether an instant at which something was done lies more than a minute ahead of the clock (or of the setting pls.now): the server''s clock was ahead then and has been set back since.';

CREATE FUNCTION pls.now_after(instant timestamptz) RETURNS timestamptz
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN CASE WHEN instant OPERATOR(pg_catalog.>) pls.now() AND NOT pls.is_ahead(instant)
                THEN instant ELSE pls.now() END;
COMMENT ON FUNCTION pls.now_after(timestamptz) IS
'The instant at which a standing is looked at: pls.now(), or the instant of its newest event or evaluation if that is later. One that only a clock could tell that has been set back since (pls.is_ahead) does not count. NULL: none.';

CREATE TYPE pls.evidence;

CREATE FUNCTION pls.evidence_in(cstring) RETURNS pls.evidence
    AS 'MODULE_PATHNAME', 'pls_evidence_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION pls.evidence_in(cstring) IS
'Text input of pls.evidence: \x and hexadecimal digits. Errors: 22P02 if it is truncated, corrupted or of an unknown version.';

CREATE FUNCTION pls.evidence_out(pls.evidence) RETURNS cstring
    AS 'MODULE_PATHNAME', 'pls_evidence_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION pls.evidence_out(pls.evidence) IS
'Text output of pls.evidence: \x and hexadecimal digits. Equal evidence has equal text.';

CREATE FUNCTION pls.evidence_recv(internal) RETURNS pls.evidence
    AS 'MODULE_PATHNAME', 'pls_evidence_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION pls.evidence_recv(internal) IS
'Binary input of pls.evidence. Errors: 22P03 if it is truncated, corrupted or of an unknown version.';

CREATE FUNCTION pls.evidence_send(pls.evidence) RETURNS bytea
    AS 'MODULE_PATHNAME', 'pls_evidence_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION pls.evidence_send(pls.evidence) IS
'Binary output of pls.evidence.';

CREATE TYPE pls.evidence (
    INPUT = pls.evidence_in,
    OUTPUT = pls.evidence_out,
    RECEIVE = pls.evidence_recv,
    SEND = pls.evidence_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = int4,
    STORAGE = extended
);
COMMENT ON TYPE pls.evidence IS
'What a motion remembers of an entity''s events: small, mergeable in any order, and enough for the exact score at every instant not before its newest event. Made by the aggregate pls.evidence(), merged by pls.rollup(), valued by pls.score() and pls.explain().';

-- What is put off comes back: the longest that people may ask for.
CREATE FUNCTION pls.longest_cooldown() RETURNS interval
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$ BEGIN RETURN interval '3660 days'; END $$;
COMMENT ON FUNCTION pls.longest_cooldown() IS
'The longest cooldown of a motion or disposition: ten years.';
CREATE FUNCTION pls.longest_snooze() RETURNS interval
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN interval '366 days';
COMMENT ON FUNCTION pls.longest_snooze() IS
'The longest time for which an alert is snoozed, or its clock paused until an instant: a year.';
