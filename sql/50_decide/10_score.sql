/* 10_score.sql - aggregates over events, and what evidence is worth.
 *
 * The state of the aggregates is pls.evidence itself (src/evidence/evidence_agg.c), so partial
 * aggregation works wherever a value can travel: parallel workers, partitions,
 * other nodes, a table.  The cost is that of matching a row against about a
 * dozen signals, the space that of a typical entity's state.
 */

CREATE FUNCTION pls_internal.evidence_combine(state pls.evidence, other pls.evidence) RETURNS pls.evidence
    AS 'MODULE_PATHNAME', 'pls_evidence_combine' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 20;
COMMENT ON FUNCTION pls_internal.evidence_combine IS
'Support function of the aggregates: merges two states. Only callable by an aggregate.';

CREATE FUNCTION pls_internal.evidence_accum(state pls.evidence, motion text, event text, at timestamptz, actor "any", properties jsonb) RETURNS pls.evidence
    AS 'MODULE_PATHNAME', 'pls_evidence_accum' LANGUAGE C STABLE PARALLEL SAFE COST 4;
COMMENT ON FUNCTION pls_internal.evidence_accum(pls.evidence, text, text, timestamptz, "any", jsonb) IS
'Support function of the aggregate pls.evidence: adds a row. Only callable by an aggregate.';

CREATE AGGREGATE pls.evidence(motion text, event text, at timestamptz, actor "any", properties jsonb) (
    SFUNC = pls_internal.evidence_accum,
    STYPE = pls.evidence,
    SSPACE = 2000,
    COMBINEFUNC = pls_internal.evidence_combine,
    FINALFUNC_MODIFY = READ_ONLY,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE pls.evidence(text, text, timestamptz, "any", jsonb) IS
'The evidence of a motion in rows of events. motion: its name, the same for all rows of a group; event: its name (NULL matches signals about every event only); at: when (NULL or infinite, or later than pls.now(): the row is ignored); actor: who, of any type that can be hashed, or NULL; properties: jsonb or NULL. The order of rows does not matter. NULL without rows. Errors: 22004 motion NULL, 22023 several motions in a group, 42704 unknown motion, 42883 actor type without a hash function.';

CREATE FUNCTION pls_internal.evidence_accum(state pls.evidence, motion text, event text, at timestamptz, actor "any", properties jsonb, as_of timestamptz) RETURNS pls.evidence
    AS 'MODULE_PATHNAME', 'pls_evidence_accum' LANGUAGE C STABLE PARALLEL SAFE COST 4;
COMMENT ON FUNCTION pls_internal.evidence_accum(pls.evidence, text, text, timestamptz, "any", jsonb, timestamptz) IS
'Support function of the aggregate pls.evidence: adds a row. Only callable by an aggregate.';

CREATE AGGREGATE pls.evidence(motion text, event text, at timestamptz, actor "any", properties jsonb, as_of timestamptz) (
    SFUNC = pls_internal.evidence_accum,
    STYPE = pls.evidence,
    SSPACE = 2000,
    COMBINEFUNC = pls_internal.evidence_combine,
    FINALFUNC_MODIFY = READ_ONLY,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE pls.evidence(text, text, timestamptz, "any", jsonb, timestamptz) IS
'The evidence of a motion in rows of events not later than as_of (infinity: all rows; NULL: pls.now()). Otherwise the same as the aggregate without as_of.';

CREATE FUNCTION pls_internal.score_accum(state pls.evidence, motion text, event text, at timestamptz, actor "any", properties jsonb) RETURNS pls.evidence
    AS 'MODULE_PATHNAME', 'pls_score_accum' LANGUAGE C STABLE PARALLEL SAFE COST 4;
COMMENT ON FUNCTION pls_internal.score_accum(pls.evidence, text, text, timestamptz, "any", jsonb) IS
'Support function of the aggregate pls.score: adds a row. Only callable by an aggregate.';

CREATE FUNCTION pls_internal.score_accum(state pls.evidence, motion text, event text, at timestamptz, actor "any", properties jsonb, as_of timestamptz) RETURNS pls.evidence
    AS 'MODULE_PATHNAME', 'pls_score_accum' LANGUAGE C STABLE PARALLEL SAFE COST 4;
COMMENT ON FUNCTION pls_internal.score_accum(pls.evidence, text, text, timestamptz, "any", jsonb, timestamptz) IS
'Support function of the aggregate pls.score: adds a row. Only callable by an aggregate.';

CREATE FUNCTION pls_internal.score_final(state pls.evidence) RETURNS numeric
    AS 'MODULE_PATHNAME', 'pls_score_final' LANGUAGE C STABLE PARALLEL SAFE COST 50;
COMMENT ON FUNCTION pls_internal.score_final IS
'Support function of the aggregate pls.score: the score of a state.';

CREATE AGGREGATE pls.score(motion text, event text, at timestamptz, actor "any", properties jsonb) (
    SFUNC = pls_internal.score_accum,
    STYPE = pls.evidence,
    SSPACE = 1000,
    FINALFUNC = pls_internal.score_final,
    FINALFUNC_MODIFY = READ_ONLY,
    COMBINEFUNC = pls_internal.evidence_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE pls.score(text, text, timestamptz, "any", jsonb) IS
'The score at pls.now() of rows of events under a motion: points with three decimals, 0 without rows, never NULL. Arguments and errors as for the aggregate pls.evidence. Signals about account attributes are measured as if the account had none. Formula: the points of each event, then the clamps of signal, category and score (doc/reference.md).';

CREATE AGGREGATE pls.score(motion text, event text, at timestamptz, actor "any", properties jsonb, as_of timestamptz) (
    SFUNC = pls_internal.score_accum,
    STYPE = pls.evidence,
    SSPACE = 1000,
    FINALFUNC = pls_internal.score_final,
    FINALFUNC_MODIFY = READ_ONLY,
    COMBINEFUNC = pls_internal.evidence_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE pls.score(text, text, timestamptz, "any", jsonb, timestamptz) IS
'The score at as_of of rows of events under a motion; later rows are ignored. as_of must be the same for all rows of a group (22023) and finite (22008); NULL means pls.now(). Otherwise the same as the aggregate without as_of.';

CREATE AGGREGATE pls.rollup(evidence pls.evidence) (
    SFUNC = pls_internal.evidence_combine,
    STYPE = pls.evidence,
    SSPACE = 2000,
    COMBINEFUNC = pls_internal.evidence_combine,
    FINALFUNC_MODIFY = READ_ONLY,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE pls.rollup(pls.evidence) IS
'Merges evidence: of parts of an account''s events, of the users of an account, of months. The result is the same as the evidence of all their rows at once. NULLs add nothing; NULL without rows. Errors: 22023 for evidence of different motions.';

CREATE FUNCTION pls.score(evidence pls.evidence, as_of timestamptz DEFAULT NULL, attributes jsonb DEFAULT NULL) RETURNS numeric
    AS 'MODULE_PATHNAME', 'pls_evidence_score' LANGUAGE C STABLE PARALLEL SAFE COST 200;
COMMENT ON FUNCTION pls.score(pls.evidence, timestamptz, jsonb) IS
'The score of evidence: points with three decimals. as_of: the instant, not before the newest event in it (NULL: pls.now()); attributes: the account''s, for signals about them (NULL: of an account that is not known: none). NULL evidence scores 0. Errors: 42704 if the motion no longer exists, 22008 if as_of is infinite, 22023 if it is before the newest event (pls.score_as_of() goes back further).';

CREATE FUNCTION pls.explain(evidence pls.evidence, as_of timestamptz DEFAULT NULL, attributes jsonb DEFAULT NULL)
    RETURNS TABLE (line integer, signal text, category text, value numeric, op text, threshold numeric,
                   met boolean, saturated boolean, newest_at timestamptz, points numeric, why text)
    AS 'MODULE_PATHNAME', 'pls_evidence_explain' LANGUAGE C STABLE PARALLEL SAFE COST 400 ROWS 15;
COMMENT ON FUNCTION pls.explain(pls.evidence, timestamptz, jsonb) IS
'Why evidence has its score: a line per signal, and a line "cap: x" or "floor: x" per clamp that took effect, of a signal, a category or the score. The points of all lines sum to pls.score() of the same arguments. value and threshold: in the measure''s unit (seconds for recency and first), value NULL if there is nothing to measure; saturated: the value is at least what is shown; newest_at: newest matching event (the first one for a first signal without decay; the start of its cell for grid measures). Errors as for pls.score.';

CREATE FUNCTION pls.evaluate(evidence pls.evidence, as_of timestamptz DEFAULT NULL, attributes jsonb DEFAULT NULL, was_lane text DEFAULT NULL,
                             OUT score numeric, OUT engagement numeric, OUT fit numeric, OUT grade text,
                             OUT required_met boolean, OUT signals_met integer, OUT lane text, OUT stale boolean, OUT sales_floor numeric)
    AS 'MODULE_PATHNAME', 'pls_evaluate' LANGUAGE C STABLE PARALLEL SAFE COST 250;
COMMENT ON FUNCTION pls.evaluate IS
'All that evidence says by itself: score, its two dimensions (points), grade (letter from fit, digit from engagement; NULL without bands), whether every required signal is met, how many signals with positive points are met, and the lane that follows: sales (score >= qualify_at, or >= release_at if was_lane is sales; required signals met; at least min_signals met), triage (score >= triage_at) or NULL. stale: the model has changed since the evidence was made, and some of its signals read as absent. sales_floor: the score that lane sales takes: qualify_at, or release_at of who is in it and was. NULL evidence: all NULL. Errors as for pls.score.';

CREATE FUNCTION pls_internal.appraise(evidence pls.evidence, as_of timestamptz DEFAULT NULL, attributes jsonb DEFAULT NULL,
                             OUT score numeric, OUT grade text, OUT lines jsonb)
    AS 'MODULE_PATHNAME', 'pls_appraise' LANGUAGE C STABLE PARALLEL SAFE COST 400;
COMMENT ON FUNCTION pls_internal.appraise IS
'Part of pls_internal.decide(): score and grade as of pls.evaluate(), and the lines of pls.explain() as an array, all at once. NULL evidence: all NULL. Errors as for pls.score.';

CREATE FUNCTION pls_internal.next_look(evidence pls.evidence, as_of timestamptz, attributes jsonb, lane text, reason text DEFAULT NULL,
                              decide_again_at timestamptz DEFAULT NULL, cooldown_until timestamptz DEFAULT NULL)
    RETURNS timestamptz
    AS 'MODULE_PATHNAME', 'pls_next_look_at' LANGUAGE C STABLE PARALLEL SAFE COST 500;
COMMENT ON FUNCTION pls_internal.next_look IS
'When to look next at a standing with this evidence and these other columns, if no event comes before: an instant not later than the first one after as_of at which time alone changes its lane, or a decision is due; infinity: never. attributes: of the account. as_of if the lane is another already, or the evidence is of another model. Errors: 42704 if the motion no longer exists.';
