/*-------------------------------------------------------------------------
 *
 * evidence_agg.c
 *	  The aggregates pls.evidence, pls.score and pls.rollup.
 *
 * Their state is evidence itself, as an expanded object while it grows, so
 * the combine function is the merge and a partial state is an ordinary
 * value: it can be stored, sent between nodes and merged later.  States lie
 * in arenas (arena.c).  Only one that is passed with a read/write pointer is
 * changed in place.  Who passes another, flat or read-only, keeps states in
 * its own way, and gets an object of the caller's context, to be copied.
 *
 * pls.score() answers for one instant, which every row names, and so keeps a
 * state instead (score_state_plan.c), another form of the same type; or, where
 * there are too many instants, dated evidence (dated_evidence.c).  It runs for
 * every row of a scan: what does not depend on the row is looked up once per
 * call, rows are rejected by time first, the group's memory is not touched
 * for a row that says nothing, and the event's name is hashed once.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "nodes/primnodes.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/memutils.h"

#include "arena.h"
#include "decimal.h"
#include "evidence/call_cache.h"
#include "evidence/evidence.h"
#include "evidence/model_evidence.h"
#include "evidence/score.h"
#include "evidence/score_state.h"
#include "model/event_row.h"
#include "model/model.h"
#include "model/model_index.h"
#include "model/signal.h"
#include "pls.h"
#include "pls_compat.h"
#include "time/instant.h"


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

/*
 * Where a state lies that is made for the group at hand: in the arena, if it
 * is the first; in a context of the caller's, if it stands for one that was
 * passed flat or read-only.
 */
static MemoryContext
evidence_context(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(ARG_STATE))
		return pls_arena_of_evidence(aggregate_context(fcinfo))->context;
	return AllocSetContextCreate(CurrentMemoryContext, "pls evidence",
								 ALLOCSET_SMALL_SIZES);
}

/*
 * The running state as evidence that may be changed; NULL before the first
 * row.
 */
static PlsEvidence *
running_state(FunctionCallInfo fcinfo)
{
	Datum		state;
	PlsEvidence *evidence;

	if (PG_ARGISNULL(ARG_STATE))
		return NULL;
	state = PG_GETARG_DATUM(ARG_STATE);
	evidence = pls_evidence_from_datum(CurrentMemoryContext, state);
	if (VARATT_IS_EXTERNAL_EXPANDED_RW(DatumGetPointer(state)))
		return evidence;
	return pls_evidence_copy(evidence_context(fcinfo), evidence);
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
	return pls_call_cache_model(fcinfo->flinfo, VARDATA_ANY(motion),
								VARSIZE_ANY_EXHDR(motion));
}

pg_noreturn static void
refuse_motion(const char *group, const char *row)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("rows of one group belong to the motions \"%s\" and \"%s\"",
					group, row),
			 errhint("Group by motion.")));
}

/*
 * The state of the row's group, made if this is its first row.
 *
 * Errors: 22023 if the motion changes within a group; 40001 if the state is
 * of another version of the motion.
 */
static PlsEvidence *
group_state(FunctionCallInfo fcinfo, PlsModel *model)
{
	PlsEvidence *evidence = running_state(fcinfo);

	if (evidence == NULL)
		return pls_model_evidence(evidence_context(fcinfo), model);
	if (strcmp(evidence->motion, model->motion) != 0)
		refuse_motion(evidence->motion, model->motion);
	if (!pls_model_is_of(evidence, model))
		pls_refuse_other_model(model->motion);
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
					  pls_call_cache_actor_hash(fcinfo->flinfo, ARG_ACTOR));
	pls_row_set_properties(&row, PG_ARGISNULL(ARG_PROPERTIES),
						   PG_GETARG_DATUM(ARG_PROPERTIES));

	matches = pls_call_cache_matches(fcinfo->flinfo, model);
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
	PlsModel   *model;
	PlsEvidence *evidence;

	aggregate_context(fcinfo);
	model = row_model(fcinfo);
	evidence = group_state(fcinfo, model);
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
	bool		begins_null;
	Aggref	   *aggref = pls_call_aggref(fcinfo, &begins_null);
	TargetEntry *argument;

	if (aggref == NULL || list_length(aggref->args) < ARG_MOTION)
		return false;
	argument = list_nth_node(TargetEntry, aggref->args, ARG_MOTION - 1);
	return IsA(argument->expr, Const);
}

pg_noreturn static void
refuse_instant(void)
{
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
			 errhint("Use pls.rollup(evidence), then pls.score() on the result.")));
}

/*
 * The dated evidence that a datum is, to be changed in place; NULL if it is
 * read-only, flat, or something else.
 */
static inline PlsDated *
dated_of_datum(Datum datum)
{
	ExpandedObjectHeader *header;

	if (!VARATT_IS_EXTERNAL_EXPANDED_RW(DatumGetPointer(datum)))
		return NULL;
	header = DatumGetEOHP(datum);
	return header->eoh_methods == &pls_dated_methods ?
		(PlsDated *) header : NULL;
}

static inline Datum
score_state_datum(PlsScoreState *score_state)
{
	return EOHPGetRWDatum(&score_state->hdr);
}

/*
 * Note that the rows to come are likely to be for states of this arena.
 */
static void
remember_arena(PlsCallCache *cache, PlsArena *arena)
{
	cache->arena = arena;
	cache->arenas_gone = pls_arenas_gone;
	cache->as_of = arena->plan->as_of;
}

/*
 * An empty state in an arena: a state or, if there are too many instants,
 * dated evidence.
 */
static Datum
new_score_state(FunctionCallInfo fcinfo, PlsModel *model, TimestampTz as_of)
{
	PlsCallCache *cache = pls_call_cache(fcinfo->flinfo);
	MemoryContext context = aggregate_context(fcinfo);
	PlsScorePlan *plan;

	if (cache->arena == NULL || cache->arenas_gone != pls_arenas_gone ||
		cache->arena->aggregate_context != context ||
		cache->as_of != as_of || cache->arena->plan->model != model)
	{
		plan = pls_call_cache_plan(fcinfo->flinfo, context, model, as_of);
		if (plan == NULL)
			return EOHPGetRWDatum(&pls_dated_create(pls_arena_of_evidence(context),
													model, as_of)->hdr);
		remember_arena(cache, pls_score_state_arena(context, plan));
	}
	return score_state_datum(pls_arena_score_state(cache->arena));
}

/*
 * A state that is alone in a context of the caller's, with what a flat one
 * holds.
 */
static Datum
lone_score_state(FunctionCallInfo fcinfo, const PlsScoreStateHead *head)
{
	PlsModel   *model = pls_call_cache_model(fcinfo->flinfo, head->motion,
											 strlen(head->motion));
	PlsScorePlan *plan;
	PlsScoreState *score_state;

	if (head->dated)
	{
		PlsDated   *dated = pls_lone_dated(CurrentMemoryContext, model,
										   head->as_of);

		pls_dated_merge(dated, head);
		return EOHPGetRWDatum(&dated->hdr);
	}
	plan = pls_call_cache_plan(fcinfo->flinfo, aggregate_context(fcinfo), model,
							   head->as_of);
	if (plan != NULL)
		score_state = pls_lone_score_state(CurrentMemoryContext, plan);
	else
	{
		plan = pls_score_plan(model, head->as_of);
		score_state = pls_lone_score_state(CurrentMemoryContext, plan);
		pls_score_plan_release(plan);
	}
	pls_score_state_merge(score_state, head);
	return score_state_datum(score_state);
}

/*
 * A state that is not NULL, as one that may be changed.
 *
 * Errors: 22023 if it is evidence.
 */
static Datum
running_score_state(FunctionCallInfo fcinfo, Datum state)
{
	PlsScoreStateHead head;

	if (!pls_score_state_is_datum(state))
		refuse_evidence();
	if (VARATT_IS_EXTERNAL_EXPANDED_RW(DatumGetPointer(state)))
		return state;
	pls_score_state_read_head(PG_DETOAST_DATUM_PACKED(state), &head);
	return lone_score_state(fcinfo, &head);
}

/*
 * The motion and the instant of a state that may be changed.
 */
static PlsModel *
score_state_model(Datum state, TimestampTz *as_of)
{
	const PlsDated *dated = dated_of_datum(state);
	const PlsScoreState *score_state;

	if (dated != NULL)
	{
		*as_of = dated->as_of;
		return dated->model;
	}
	score_state = pls_score_state_of_datum(state);
	*as_of = score_state->plan->as_of;
	return score_state->plan->model;
}

/*
 * The state of the row at hand, checked against its arguments.
 *
 * Errors: 22004 if the motion is NULL, 42704 if it does not exist; 22008 if
 * as_of is infinite; 22023 if the motion or the instant changes within the
 * group.
 */
static pg_noinline Datum
checked_state(FunctionCallInfo fcinfo, TimestampTz as_of)
{
	PlsModel   *model;
	PlsCallCache *cache;
	const PlsModel *group_model;
	TimestampTz group_as_of;
	PlsScoreState *score_state;
	Datum		state;

	aggregate_context(fcinfo);
	model = row_model(fcinfo);
	cache = fcinfo->flinfo->fn_extra;
	if (TIMESTAMP_NOT_FINITE(as_of))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("as_of must be finite")));
	if (!cache->knows_motion)
	{
		cache->one_motion = motion_is_constant(fcinfo);
		cache->knows_motion = true;
	}
	if (PG_ARGISNULL(ARG_STATE))
		return new_score_state(fcinfo, model, as_of);
	state = running_score_state(fcinfo, PG_GETARG_DATUM(ARG_STATE));
	group_model = score_state_model(state, &group_as_of);
	if (group_model != model &&
		strcmp(group_model->motion, model->motion) != 0)
		refuse_motion(group_model->motion, model->motion);
	if (group_as_of != as_of)
		refuse_instant();
	score_state = pls_score_state_of_datum(state);
	if (score_state != NULL && score_state->arena != NULL)
		remember_arena(cache, score_state->arena);
	return state;
}

/*
 * The state of the row at hand, if nothing need be looked at to know that it
 * is one of the arena that the call remembers, and for the row's motion and
 * instant; else NULL.
 */
static inline PlsScoreState *
known_state(FunctionCallInfo fcinfo, const PlsCallCache *cache,
			TimestampTz as_of)
{
	char	   *score_state = DatumGetPointer(PG_GETARG_DATUM(ARG_STATE)) -
	offsetof(ExpandedObjectHeader, eoh_rw_ptr);

	if (unlikely(PG_ARGISNULL(ARG_STATE) || cache == NULL ||
				 cache->arenas_gone != pls_arenas_gone ||
				 cache->as_of != as_of || !cache->one_motion))
		return NULL;
	/* the pointer for reading only lies in the object, too */
	if ((Pointer) MAXALIGN(score_state) != score_state ||
		pls_arena_slab_of(cache->arena, score_state) == NULL)
		return NULL;
	return (PlsScoreState *) score_state;
}

/*
 * The value of a row that its event's rules ask for, if it is but one.
 */
static pg_noinline bool
row_value(PlsScorePlan *plan, PlsRow *row, const PlsScoreEvent *event,
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
see_row(PlsScorePlan *plan, PlsRow *row, const PlsScoreEvent *event,
		PlsScoreRow *seen)
{
	seen->at = row->at;
	seen->has_actor = row->at >= event->actor_from && !row->actor_is_null;
	seen->actor = seen->has_actor ? pls_row_actor(row) : 0;
	seen->has_value = row->at >= event->value_from &&
		row_value(plan, row, event, &seen->value);
	return seen->has_value || row->at >= event->other_from;
}

/*
 * Take the row in the arguments down; false if the plan has no use for it.
 */
static pg_attribute_always_inline bool
take_row(FunctionCallInfo fcinfo, const PlsScorePlan *plan, PlsRow *row,
		 const PlsScoreEvent **event)
{
	PlsCallCache *cache = fcinfo->flinfo->fn_extra;
	TimestampTz at;

	if (PG_ARGISNULL(ARG_AT))
		return false;
	at = PG_GETARG_TIMESTAMPTZ(ARG_AT);
	if (at > plan->as_of || !pls_event_seconds(at, &row->at) ||
		row->at < plan->from)
		return false;
	pls_row_event(row, PG_ARGISNULL(ARG_EVENT), PG_GETARG_DATUM(ARG_EVENT));
	*event = &plan->events[pls_model_event(plan->model, row->event,
										   row->event_length,
										   row->event_hash)->number];
	if (row->at < (*event)->from)
		return false;

	pls_row_set_actor(row, PG_ARGISNULL(ARG_ACTOR),
					  PG_GETARG_DATUM(ARG_ACTOR),
					  cache->knows_actor ? &cache->actor_hash :
					  pls_call_cache_actor_hash(fcinfo->flinfo, ARG_ACTOR));
	pls_row_set_properties(row, PG_ARGISNULL(ARG_PROPERTIES),
						   PG_GETARG_DATUM(ARG_PROPERTIES));
	return plan->model->nexclusions == 0 ||
		!pls_row_is_excluded(plan->model, row);
}

PG_FUNCTION_INFO_V1(pls_score_accum);

/*
 * Transition function of pls.score(motion, event, at, actor, properties
 * [, as_of]).  Without as_of, or if it is NULL, the instant is pls.now().
 *
 * Errors: those of checked_state().
 */
Datum
pls_score_accum(PG_FUNCTION_ARGS)
{
	PlsCallCache *cache = fcinfo->flinfo->fn_extra;
	TimestampTz as_of = row_as_of(fcinfo);
	PlsScoreState *score_state = known_state(fcinfo, cache, as_of);
	bool		may_wait = score_state != NULL;
	Datum		state = PG_GETARG_DATUM(ARG_STATE);
	PlsScorePlan *plan;
	const PlsScoreEvent *event;
	PlsRow		row;
	PlsScoreRow seen;

	if (unlikely(!may_wait))
	{
		PlsDated   *dated;

		state = checked_state(fcinfo, as_of);
		dated = dated_of_datum(state);
		score_state = dated == NULL ? pls_score_state_of_datum(state) :
			dated->state;
		if (score_state == NULL)
		{
			accumulate(fcinfo, dated->model, dated->evidence, as_of);
			return state;
		}
	}
	plan = may_wait ? cache->arena->plan : score_state->plan;
	if (!take_row(fcinfo, plan, &row, &event))
		return state;
	if (may_wait && event->can_wait)
	{
		PlsScoreQueue *queue = cache->arena->queue;
		PlsScoreWaiting *waiting = pls_score_state_room(plan, queue);

		if (see_row(plan, &row, event, &waiting->row))
		{
			waiting->row.row = NULL;
			pls_score_state_wait(queue, waiting, score_state, event);
		}
		return state;
	}
	if (see_row(plan, &row, event, &seen))
	{
		seen.row = &row;
		pls_score_state_add_row(plan, score_state, event, &seen);
	}
	return state;
}

pg_noreturn static void
refuse_merge(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("cannot merge states of pls.score() for different motions or instants"),
			 errhint("Group by motion, and use the same as_of for all rows of a group.")));
}

/*
 * Merge a state of pls.score() into another, which may be NULL.
 */
static Datum
combine_scores(FunctionCallInfo fcinfo, Datum other)
{
	MemoryContext context = aggregate_context(fcinfo);
	PlsScoreStateHead head;
	const PlsModel *model;
	TimestampTz as_of;
	PlsDated   *dated;
	Datum		state;

	/* a state that is merged with itself is written down before */
	pls_score_state_read_head(PG_DETOAST_DATUM_PACKED(other), &head);
	if (!PG_ARGISNULL(ARG_STATE))
		state = running_score_state(fcinfo, PG_GETARG_DATUM(ARG_STATE));
	else
	{
		PlsModel   *own = pls_call_cache_model(fcinfo->flinfo, head.motion,
											   strlen(head.motion));

		if (head.dated)
			state = EOHPGetRWDatum(&pls_dated_create(pls_arena_of_evidence(context),
													 own, head.as_of)->hdr);
		else
			state = new_score_state(fcinfo, own, head.as_of);
	}
	model = score_state_model(state, &as_of);
	if (strcmp(model->motion, head.motion) != 0 || as_of != head.as_of)
		refuse_merge();
	dated = dated_of_datum(state);
	if (dated != NULL)
		pls_dated_merge(dated, &head);
	else
		pls_score_state_merge(pls_score_state_of_datum(state), &head);
	return state;
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
	PlsEvidence *evidence;
	PlsEvidence *other;

	aggregate_context(fcinfo);
	if (PG_ARGISNULL(1))
	{
		if (PG_ARGISNULL(ARG_STATE))
			PG_RETURN_NULL();
		PG_RETURN_DATUM(PG_GETARG_DATUM(ARG_STATE));
	}
	if (pls_score_state_is_datum(PG_GETARG_DATUM(1)))
		return combine_scores(fcinfo, PG_GETARG_DATUM(1));
	if (!PG_ARGISNULL(ARG_STATE) &&
		pls_score_state_is_datum(PG_GETARG_DATUM(ARG_STATE)))
		refuse_evidence();
	evidence = running_state(fcinfo);
	other = pls_evidence_from_datum(CurrentMemoryContext,
									PG_GETARG_DATUM(1));
	if (evidence == NULL)
		evidence = pls_evidence_copy(evidence_context(fcinfo), other);
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
	ExpandedObjectHeader *header;
	PlsScore	score;

	if (PG_ARGISNULL(ARG_STATE))
		return pls_milli_to_numeric(0);
	if (!VARATT_IS_EXTERNAL_EXPANDED(DatumGetPointer(state)))
		state = running_score_state(fcinfo, state);
	if (!pls_score_state_is_datum(state))
		refuse_evidence();
	header = DatumGetEOHP(state);
	if (header->eoh_methods == &pls_dated_methods)
		pls_dated_score((PlsDated *) header, &score);
	else
		pls_score_state_value((PlsScoreState *) header, &score);
	return pls_milli_to_numeric(score.total);
}
