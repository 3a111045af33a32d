/*-------------------------------------------------------------------------
 *
 * agg.c
 *	  The aggregates pls.evidence, pls.score and pls.rollup.
 *
 * Their state is evidence itself, as an expanded object while it grows, so
 * the combine function is the merge and a partial state is an ordinary
 * value: it can be stored, sent between nodes and merged later.  See
 * callsite.c for where the states lie.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/memutils.h"

#include "pls.h"

/* Arguments of the transition functions. */
enum
{
	ARG_STATE, ARG_MOTION, ARG_EVENT, ARG_AT, ARG_ACTOR, ARG_PROPERTIES,
	ARG_AS_OF
};

static MemoryContext
state_arena(FunctionCallInfo fcinfo)
{
	MemoryContext aggregate_context;

	if (!AggCheckCallContext(fcinfo, &aggregate_context))
		elog(ERROR, "pls aggregate support function called in non-aggregate context");
	return pls_callsite_arena(fcinfo->flinfo, aggregate_context);
}

/*
 * The running state as evidence that may be changed; NULL before the first
 * row.  A state that some executor node has flattened is read again.
 */
static PlsEvidence *
running_state(FunctionCallInfo fcinfo, MemoryContext arena)
{
	Datum		state;

	if (PG_ARGISNULL(ARG_STATE))
		return NULL;
	state = PG_GETARG_DATUM(ARG_STATE);
	if (VARATT_IS_EXTERNAL_EXPANDED_RW(DatumGetPointer(state)))
		return (PlsEvidence *) DatumGetEOHP(state);
	return pls_evidence_copy(arena,
							 pls_evidence_from_datum(CurrentMemoryContext,
													 state));
}

static Datum
state_datum(PlsEvidence *evidence)
{
	return EOHPGetRWDatum(&evidence->hdr);
}

/*
 * The model that a row is for.
 *
 * Errors: 22004 if the motion is NULL; 42704 if it does not exist.
 */
static PlsModel *
row_model(FunctionCallInfo fcinfo)
{
	text	   *motion;

	if (PG_ARGISNULL(ARG_MOTION))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("motion must not be null")));
	motion = PG_GETARG_TEXT_PP(ARG_MOTION);
	return pls_callsite_model(fcinfo->flinfo, VARDATA_ANY(motion),
							  VARSIZE_ANY_EXHDR(motion));
}

/*
 * The state of the row's group, made if this is its first row.
 *
 * Errors: 22023 if the motion changes within a group.
 */
static PlsEvidence *
group_state(FunctionCallInfo fcinfo, PlsModel *model)
{
	MemoryContext arena = state_arena(fcinfo);
	PlsEvidence *evidence = running_state(fcinfo, arena);

	if (evidence == NULL)
		return pls_model_evidence(arena, model);
	if (strcmp(evidence->motion, model->motion) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("rows of one group are for the motions \"%s\" and \"%s\"",
						evidence->motion, model->motion),
				 errhint("Group by motion.")));
	return evidence;
}

/*
 * Add the row in the arguments to the state, unless it lies after the
 * instant.
 */
static void
accumulate(FunctionCallInfo fcinfo, PlsModel *model, PlsEvidence *evidence,
		   TimestampTz as_of)
{
	TimestampTz at;
	PlsRow		row;
	PlsMatch   *matches;

	if (PG_ARGISNULL(ARG_AT))
		return;
	at = PG_GETARG_TIMESTAMPTZ(ARG_AT);
	if (at > as_of || !pls_event_seconds(at, &row.at))
		return;

	pls_row_event(&row, PG_ARGISNULL(ARG_EVENT), PG_GETARG_DATUM(ARG_EVENT));
	row.actor_is_null = PG_ARGISNULL(ARG_ACTOR);
	row.actor = PG_GETARG_DATUM(ARG_ACTOR);
	row.actor_hash = pls_callsite_actor_hash(fcinfo->flinfo, ARG_ACTOR);
	row.domain = NULL;
	row.properties_is_null = PG_ARGISNULL(ARG_PROPERTIES);
	row.properties = PG_GETARG_DATUM(ARG_PROPERTIES);
	row.detoasted = NULL;

	matches = pls_callsite_matches(fcinfo->flinfo, model);
	pls_add_matches(evidence, matches,
					pls_match_row(model, &row, matches, NULL));
}

/*
 * The argument as_of; pls.now() if it is not there or NULL.
 */
static TimestampTz
row_as_of(FunctionCallInfo fcinfo)
{
	if (PG_NARGS() > ARG_AS_OF && !PG_ARGISNULL(ARG_AS_OF))
		return PG_GETARG_TIMESTAMPTZ(ARG_AS_OF);
	return pls_transaction_clock();
}

PG_FUNCTION_INFO_V1(pls_evidence_accum);

/*
 * Transition function of pls.evidence(motion, event, at, actor, properties
 * [, as_of]).
 *
 * Rows later than as_of are left out.  By default that is pls.now(): evidence
 * answers for instants not before its newest row, and that must not lie in
 * the future.
 */
Datum
pls_evidence_accum(PG_FUNCTION_ARGS)
{
	PlsModel   *model = row_model(fcinfo);
	PlsEvidence *evidence = group_state(fcinfo, model);

	accumulate(fcinfo, model, evidence, row_as_of(fcinfo));
	return state_datum(evidence);
}

PG_FUNCTION_INFO_V1(pls_score_accum);

/*
 * Transition function of pls.score(motion, event, at, actor, properties
 * [, as_of]).  Without as_of, or if it is NULL, the instant is pls.now().
 *
 * Errors: 22008 if as_of is infinite; 22023 if it changes within a group.
 */
Datum
pls_score_accum(PG_FUNCTION_ARGS)
{
	PlsModel   *model = row_model(fcinfo);
	PlsEvidence *evidence = group_state(fcinfo, model);
	TimestampTz as_of = row_as_of(fcinfo);

	if (TIMESTAMP_NOT_FINITE(as_of))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("as_of must be finite")));
	if (!evidence->has_as_of)
	{
		evidence->has_as_of = true;
		evidence->as_of = as_of;
	}
	else if (evidence->as_of != as_of)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("rows of one group have different instants for as_of"),
				 errhint("Use the same as_of for all rows of a group.")));
	accumulate(fcinfo, model, evidence, as_of);
	return state_datum(evidence);
}

PG_FUNCTION_INFO_V1(pls_evidence_combine);

/*
 * Merge evidence into a state: combine function of the aggregates, and the
 * transition function of pls.rollup(evidence).  NULL adds nothing.
 */
Datum
pls_evidence_combine(PG_FUNCTION_ARGS)
{
	MemoryContext arena = state_arena(fcinfo);
	PlsEvidence *evidence = running_state(fcinfo, arena);
	PlsEvidence *other;

	if (PG_ARGISNULL(1))
	{
		if (evidence == NULL)
			PG_RETURN_NULL();
		return state_datum(evidence);
	}
	other = pls_evidence_from_datum(CurrentMemoryContext,
									PG_GETARG_DATUM(1));
	if (evidence == NULL)
		evidence = pls_evidence_copy(arena, other);
	else
		pls_evidence_merge(evidence, other);
	return state_datum(evidence);
}

PG_FUNCTION_INFO_V1(pls_score_final);

/*
 * Final function of pls.score(): the score at the instant that the state was
 * collected for; 0 without rows.
 */
Datum
pls_score_final(PG_FUNCTION_ARGS)
{
	PlsEvidence *evidence;
	PlsModel   *model;
	PlsScore	score;

	if (PG_ARGISNULL(ARG_STATE))
		return pls_milli_to_numeric(0);
	evidence = pls_evidence_from_datum(CurrentMemoryContext,
									   PG_GETARG_DATUM(ARG_STATE));
	model = pls_callsite_model(fcinfo->flinfo, evidence->motion,
							   strlen(evidence->motion));
	pls_score(model, evidence, evidence->as_of, NULL, &score);
	return pls_milli_to_numeric(score.total);
}
