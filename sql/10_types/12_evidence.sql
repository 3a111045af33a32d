/* 12_evidence.sql - the type of what a motion keeps of an entity.
 */

CREATE TYPE pls.evidence;

CREATE FUNCTION pls_internal.evidence_in(cstring) RETURNS pls.evidence
    AS 'MODULE_PATHNAME', 'pls_evidence_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION pls_internal.evidence_in IS
'Text input of pls.evidence: \x and hexadecimal digits. Errors: 22P02 if it is truncated, corrupted or of an unknown version.';

CREATE FUNCTION pls_internal.evidence_out(pls.evidence) RETURNS cstring
    AS 'MODULE_PATHNAME', 'pls_evidence_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION pls_internal.evidence_out IS
'Text output of pls.evidence: \x and hexadecimal digits. Equal evidence has equal text.';

CREATE FUNCTION pls_internal.evidence_recv(internal) RETURNS pls.evidence
    AS 'MODULE_PATHNAME', 'pls_evidence_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION pls_internal.evidence_recv IS
'Binary input of pls.evidence. Errors: 22P03 if it is truncated, corrupted or of an unknown version.';

CREATE FUNCTION pls.evidence_send(pls.evidence) RETURNS bytea
    AS 'MODULE_PATHNAME', 'pls_evidence_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION pls.evidence_send IS
'Binary output of pls.evidence.';

CREATE TYPE pls.evidence (
    INPUT = pls_internal.evidence_in,
    OUTPUT = pls_internal.evidence_out,
    RECEIVE = pls_internal.evidence_recv,
    SEND = pls.evidence_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = int4,
    STORAGE = extended
);
COMMENT ON TYPE pls.evidence IS
'What a motion remembers of an entity''s events: small, mergeable in any order, and enough for the exact score at every instant not before its newest event. Made by the aggregate pls.evidence(), merged by pls.rollup(), and scored by pls.score() and pls.explain().';
