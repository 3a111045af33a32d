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
 * pls.score() answers for one instant, which every row names, and so keeps a
 * tally instead (tally_plan.c), another form of the same type.  It runs for
 * every row of a scan: what does not depend on the row is looked up once per
 * call, rows are rejected by time first, the group's memory is not touched
 * for a row that says nothing, and the event's name is hashed once.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/memutils.h"

#include "tally.h"

/* Arguments of the transition functions. */
enum
{
	ARG_STATE, ARG_MOTION, ARG_EVENT, ARG_AT, ARG_ACTOR, ARG_PROPERTIES,
	ARG_AS_OF
};

static MemoryContext
aggregate_context(FunctionCallInfo fcinfo)
{
	MemoryContext context;

	if (!AggCheckCallContext(fcinfo, &context))
		elog(ERROR, "pls aggregate support function called in non-aggregate context");
	return context;
}

static MemoryContext
state_arena(FunctionCallInfo fcinfo)
{
	return pls_callsite_arena(fcinfo->flinfo, aggregate_context(fcinfo));
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

pg_noreturn static void
refuse_motion(const char *group, const char *row)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("rows of one group are for the motions \"%s\" and \"%s\"",
					group, row),
			 errhint("Group by motion.")));
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
		refuse_motion(evidence->motion, model->motion);
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
	pls_row_set_actor(&row, PG_ARGISNULL(ARG_ACTOR),
					  PG_GETARG_DATUM(ARG_ACTOR),
					  pls_callsite_actor_hash(fcinfo->flinfo, ARG_ACTOR));
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

/* ---------- pls.score() ---------- */

/*
 * Whether the motion is the same for every row, being a constant.
 */
static bool
motion_is_constant(FunctionCallInfo fcinfo)
{
	Aggref	   *aggref = AggGetAggref(fcinfo);
	TargetEntry *argument;

	if (aggref == NULL || list_length(aggref->args) < ARG_MOTION ||
		aggref->aggsplit == AGGSPLIT_FINAL_DESERIAL)
		return false;
	argument = list_nth_node(TargetEntry, aggref->args, ARG_MOTION - 1);
	return IsA(argument->expr, Const);
}

/*
 * The plan of a row: of its motion and its instant.
 *
 * Errors: 22004 if the motion is NULL, 42704 if it does not exist; 22008 if
 * as_of is infinite.
 */
static pg_noinline PlsTallyPlan *
find_plan(FunctionCallInfo fcinfo, TimestampTz as_of)
{
	PlsCallSite *site = pls_callsite(fcinfo->flinfo);
	PlsModel   *model = row_model(fcinfo);

	if (TIMESTAMP_NOT_FINITE(as_of))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("as_of must be finite")));
	if (site->plan == NULL)
		site->one_motion = motion_is_constant(fcinfo);
	return pls_callsite_plan(fcinfo->flinfo, model, as_of);
}

static inline PlsTallyPlan *
row_plan(FunctionCallInfo fcinfo)
{
	const PlsCallSite *site = fcinfo->flinfo->fn_extra;
	TimestampTz as_of = row_as_of(fcinfo);

	if (likely(site != NULL && site->one_motion && site->plan != NULL &&
			   site->plan->as_of == as_of))
		return site->plan;
	return find_plan(fcinfo, as_of);
}

/*
 * Refuse a row that is for another motion or instant than its group.
 */
pg_noreturn static void
refuse_row(const PlsTallyPlan *group, const PlsTallyPlan *row)
{
	if (group->model != row->model)
		refuse_motion(group->model->motion, row->model->motion);
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("rows of one group have different instants for as_of"),
			 errhint("Use the same as_of for all rows of a group.")));
}

pg_noreturn static void
refuse_evidence(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("evidence is not a state of pls.score()"),
			 errhint("Use pls.rollup(evidence), and pls.score() of that.")));
}

/*
 * Read a state that some executor node has flattened.
 */
static pg_noinline PlsTally *
read_tally(FunctionCallInfo fcinfo, Datum state)
{
	PlsTallyHead head;
	PlsModel   *model;
	PlsTally   *tally;

	if (!pls_tally_is_datum(state))
		refuse_evidence();
	pls_tally_read_head(PG_DETOAST_DATUM_PACKED(state), &head);
	model = pls_callsite_model(fcinfo->flinfo, head.motion,
							   strlen(head.motion));
	tally = pls_callsite_tally(fcinfo->flinfo, aggregate_context(fcinfo),
							   pls_callsite_plan(fcinfo->flinfo, model,
												 head.as_of));
	pls_tally_merge(tally, &head);
	return tally;
}

/*
 * A tally that may be changed, of a state that is not NULL.
 */
static inline PlsTally *
running_tally(FunctionCallInfo fcinfo, Datum state)
{
	PlsTally   *tally = pls_tally_of_datum(state);

	return likely(tally != NULL) ? tally : read_tally(fcinfo, state);
}

static inline Datum
tally_datum(PlsTally *tally)
{
	return EOHPGetRWDatum(&tally->hdr);
}

/*
 * The state of a row's group, if it is its first or must be checked.
 *
 * Errors: 22023 if the motion or the instant changes within the group.
 */
static pg_noinline Datum
checked_state(FunctionCallInfo fcinfo, PlsTallyPlan *plan)
{
	PlsTally   *tally;

	if (PG_ARGISNULL(ARG_STATE))
		tally = pls_callsite_tally(fcinfo->flinfo, aggregate_context(fcinfo),
								   plan);
	else
	{
		tally = running_tally(fcinfo, PG_GETARG_DATUM(ARG_STATE));
		if (tally->plan != plan)
			refuse_row(tally->plan, plan);
	}
	return tally_datum(tally);
}

/*
 * The value of a row that its event's rules ask for, if it is but one.
 */
static pg_noinline bool
row_value(PlsTallyPlan *plan, PlsRow *row, const PlsTallyEvent *event,
		  int64 *value)
{
	int128		amount;

	if (row->properties_is_null)
		return false;
	if (!event->can_wait)
		return true;			/* worked out where it is needed */
	if (!pls_row_amount(plan->model, row, event->value, &amount))
		return false;
	*value = (int64) amount;
	return true;
}

/*
 * What a row says to its event's rules; false if nothing.
 */
static pg_attribute_always_inline bool
see_row(PlsTallyPlan *plan, PlsRow *row, const PlsTallyEvent *event,
		PlsTallyRow *seen)
{
	seen->at = row->at;
	seen->has_actor = row->at >= event->actor_from && !row->actor_is_null;
	seen->actor = seen->has_actor ? pls_row_actor(row) : 0;
	seen->has_value = row->at >= event->value_from &&
		row_value(plan, row, event, &seen->value);
	return seen->has_value || row->at >= event->other_from;
}

PG_FUNCTION_INFO_V1(pls_score_accum);

/*
 * Transition function of pls.score(motion, event, at, actor, properties
 * [, as_of]).  Without as_of, or if it is NULL, the instant is pls.now().
 *
 * Errors: 22004, 42704, 22008 as for find_plan(); 22023 if the motion or
 * as_of changes within a group.
 */
Datum
pls_score_accum(PG_FUNCTION_ARGS)
{
	PlsTallyPlan *plan = row_plan(fcinfo);
	PlsCallSite *site = fcinfo->flinfo->fn_extra;
	Datum		state = PG_GETARG_DATUM(ARG_STATE);
	const PlsTallyEvent *event;
	PlsTally   *tally;
	TimestampTz at;
	PlsRow		row;
	PlsTallyRow seen;

	if (unlikely(PG_ARGISNULL(ARG_STATE) || site->mixed))
		state = checked_state(fcinfo, plan);
	if (PG_ARGISNULL(ARG_AT))
		return state;
	at = PG_GETARG_TIMESTAMPTZ(ARG_AT);
	if (at > plan->as_of || !pls_event_seconds(at, &row.at) ||
		row.at < plan->from)
		return state;
	pls_row_event(&row, PG_ARGISNULL(ARG_EVENT), PG_GETARG_DATUM(ARG_EVENT));
	event = &plan->events[pls_model_event(plan->model, row.event,
										  row.event_length,
										  row.event_hash)->number];
	if (row.at < event->from)
		return state;

	pls_row_set_actor(&row, PG_ARGISNULL(ARG_ACTOR),
					  PG_GETARG_DATUM(ARG_ACTOR),
					  site->knows_actor ? &site->actor_hash :
					  pls_callsite_actor_hash(fcinfo->flinfo, ARG_ACTOR));
	row.domain = NULL;
	row.properties_is_null = PG_ARGISNULL(ARG_PROPERTIES);
	row.properties = PG_GETARG_DATUM(ARG_PROPERTIES);
	row.detoasted = NULL;
	if (plan->model->nexclusions > 0 &&
		pls_row_is_excluded(plan->model, &row))
		return state;

	if (event->can_wait && !site->mixed &&
		(tally = pls_callsite_own_tally(site, state)) != NULL)
	{
		PlsTallyWaiting *waiting = pls_tally_room(plan);

		if (see_row(plan, &row, event, &waiting->row))
		{
			waiting->row.row = NULL;
			site->waiting = plan;
			pls_tally_wait(plan, waiting, tally, event);
		}
		return state;
	}
	if (!see_row(plan, &row, event, &seen))
		return state;
	seen.row = &row;
	tally = running_tally(fcinfo, state);
	pls_tally_add_row(plan, tally, event, &seen);
	return tally_datum(tally);
}

/*
 * Merge a state of pls.score() into another, which may be NULL.
 */
static Datum
combine_tallies(FunctionCallInfo fcinfo, Datum other)
{
	struct varlena *flat = PG_DETOAST_DATUM_PACKED(other);
	PlsTallyHead head;
	PlsTally   *tally;

	if (PG_ARGISNULL(ARG_STATE))
		tally = read_tally(fcinfo, PointerGetDatum(flat));
	else
	{
		tally = running_tally(fcinfo, PG_GETARG_DATUM(ARG_STATE));
		pls_tally_read_head(flat, &head);
		pls_tally_merge(tally, &head);
	}
	return tally_datum(tally);
}

PG_FUNCTION_INFO_V1(pls_evidence_combine);

/*
 * Merge evidence into a state: combine function of the aggregates, and the
 * transition function of pls.rollup(evidence).  NULL adds nothing.
 *
 * Errors: 22023 if the two are of different motions, or if one is a state of
 * pls.score() and the other is not, or for another instant.
 */
Datum
pls_evidence_combine(PG_FUNCTION_ARGS)
{
	MemoryContext arena;
	PlsEvidence *evidence;
	PlsEvidence *other;

	if (PG_ARGISNULL(1))
	{
		if (PG_ARGISNULL(ARG_STATE))
			PG_RETURN_NULL();
		PG_RETURN_DATUM(PG_GETARG_DATUM(ARG_STATE));
	}
	if (pls_tally_is_datum(PG_GETARG_DATUM(1)))
		return combine_tallies(fcinfo, PG_GETARG_DATUM(1));
	if (!PG_ARGISNULL(ARG_STATE) &&
		pls_tally_is_datum(PG_GETARG_DATUM(ARG_STATE)))
		refuse_evidence();
	arena = state_arena(fcinfo);
	evidence = running_state(fcinfo, arena);
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
	Datum		state = PG_GETARG_DATUM(ARG_STATE);
	PlsTally   *tally;
	PlsScore	score;

	if (PG_ARGISNULL(ARG_STATE))
		return pls_milli_to_numeric(0);
	if (VARATT_IS_EXTERNAL_EXPANDED(DatumGetPointer(state)) &&
		pls_tally_is_datum(state))
		tally = (PlsTally *) DatumGetEOHP(state);
	else
		tally = running_tally(fcinfo, state);
	pls_tally_score(tally->plan, tally, &score);
	return pls_milli_to_numeric(score.total);
}
