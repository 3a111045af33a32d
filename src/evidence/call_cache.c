/*-------------------------------------------------------------------------
 *
 * call_cache.c
 *	  What one call of a function in a query keeps between rows: the models
 *	  it has pinned and the plans made of them, and how to hash its actors.
 *
 * It hangs on fn_extra and lives as long as the function's FmgrInfo; pins are
 * given back by a reset callback of that context, also after an error.
 * Nothing that outlives a call refers to it: states lie in arenas (arena.c),
 * which may go before it or after it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_aggregate.h"
#include "funcapi.h"
#include "nodes/primnodes.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

#include "arena.h"
#include "evidence/call_cache.h"
#include "evidence/score_state.h"
#include "model/event_row.h"
#include "model/model.h"
#include "model/model_cache.h"


/* Most plans of one call; groups of further instants keep evidence. */
#define MOST_PLANS	64

static void
unpin_all(void *arg)
{
	PlsCallSite *site = arg;
	ListCell   *cell;

	foreach(cell, site->pinned)
		pls_model_unpin(lfirst(cell));
	site->pinned = NIL;
	while (site->nplans > 0)
		pls_tally_plan_release(site->plans[--site->nplans]);
}

PlsCallSite *
pls_callsite(FmgrInfo *flinfo)
{
	PlsCallSite *site = flinfo->fn_extra;

	if (site == NULL)
	{
		site = MemoryContextAllocZero(flinfo->fn_mcxt, sizeof(PlsCallSite));
		site->context = flinfo->fn_mcxt;
		site->unpin.func = unpin_all;
		site->unpin.arg = site;
		MemoryContextRegisterResetCallback(site->context, &site->unpin);
		flinfo->fn_extra = site;
	}
	return site;
}

/*
 * The model of a motion (not terminated), the same throughout the query.
 *
 * Errors: 42704 if there is no such motion.
 */
PlsModel *
pls_callsite_model(FmgrInfo *flinfo, const char *motion, int length)
{
	PlsCallSite *site = pls_callsite(flinfo);
	MemoryContext caller;
	ListCell   *cell;

	if (site->model != NULL && site->motion_length == length &&
		memcmp(site->model->motion, motion, length) == 0)
		return site->model;

	site->model = NULL;
	caller = MemoryContextSwitchTo(site->context);
	foreach(cell, site->pinned)
	{
		PlsModel   *model = lfirst(cell);

		if (strlen(model->motion) == length &&
			memcmp(model->motion, motion, length) == 0)
			site->model = model;
	}
	if (site->model == NULL)
	{
		site->model = pls_model_pin(pnstrdup(motion, length));
		site->pinned = lappend(site->pinned, site->model);
	}
	MemoryContextSwitchTo(caller);
	site->motion_length = length;
	return site->model;
}

/*
 * The row type that the function returns here, ready for tuples.
 */
TupleDesc
pls_callsite_result(FunctionCallInfo fcinfo)
{
	PlsCallSite *site = pls_callsite(fcinfo->flinfo);
	MemoryContext caller;
	TupleDesc	desc;

	if (site->result != NULL)
		return site->result;
	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	caller = MemoryContextSwitchTo(site->context);
	site->result = BlessTupleDesc(CreateTupleDescCopy(desc));
	MemoryContextSwitchTo(caller);
	return site->result;
}

/*
 * How to hash the actors that are passed as this argument.
 *
 * Errors: 42883 if their type cannot be hashed.
 */
const PlsActorHash *
pls_callsite_actor_hash(FmgrInfo *flinfo, int argument)
{
	PlsCallSite *site = pls_callsite(flinfo);

	if (!site->knows_actor)
	{
		Oid			type = get_fn_expr_argtype(flinfo, argument);

		if (!pls_actor_hash_init(&site->actor_hash, type, site->context))
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_FUNCTION),
					 errmsg("actors of type %s cannot be told apart",
							format_type_be(type)),
					 errdetail("The type has no hash function."),
					 errhint("Pass the actor's identifier as text.")));
		site->knows_actor = true;
	}
	return &site->actor_hash;
}

/*
 * Room for the matches of a row.
 */
PlsMatch *
pls_callsite_matches(FmgrInfo *flinfo, const PlsModel *model)
{
	PlsCallSite *site = pls_callsite(flinfo);

	if (site->matches == NULL || site->nmatches < model->nrules)
	{
		site->nmatches = Max(model->nrules, 1);
		site->matches = MemoryContextAlloc(site->context,
										   site->nmatches * sizeof(PlsMatch));
	}
	return site->matches;
}

/*
 * The aggregate that the executor calls a transition function for, if it does
 * so by itself: then the state is always one that the function has returned,
 * and the arguments are the aggregate's.  NULL if it is called by something
 * else, such as a transition function of somebody's that wraps it.
 *
 * *begins_null: the aggregate has no initial value.
 */
Aggref *
pls_transition_aggref(FunctionCallInfo fcinfo, bool *begins_null)
{
	Aggref	   *aggref = AggGetAggref(fcinfo);
	HeapTuple	tuple;
	bool		ours;

	if (aggref == NULL)
		return NULL;
	tuple = SearchSysCache1(AGGFNOID, ObjectIdGetDatum(aggref->aggfnoid));
	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for aggregate %u",
			 aggref->aggfnoid);
	ours = ((Form_pg_aggregate) GETSTRUCT(tuple))->aggtransfn ==
		fcinfo->flinfo->fn_oid;
	SysCacheGetAttr(AGGFNOID, tuple, Anum_pg_aggregate_agginitval,
					begins_null);
	ReleaseSysCache(tuple);
	return ours ? aggref : NULL;
}

static inline bool
is_plan_of(const PlsTallyPlan *plan, const PlsModel *model, TimestampTz as_of)
{
	return plan->as_of == as_of && plan->model == model;
}

/*
 * The plan of a model as of a finite instant, made once per call; that of an
 * arena if there is one.  NULL if there are too many.
 */
PlsTallyPlan *
pls_callsite_plan(FmgrInfo *flinfo, MemoryContext aggregate_context,
				  PlsModel *model, TimestampTz as_of)
{
	PlsCallSite *site = pls_callsite(flinfo);
	PlsTallyPlan *plan = NULL;
	const PlsArena *arena;
	int			narenas = 0;
	int			i;

	for (i = site->nplans - 1; i >= 0; i--)
		if (is_plan_of(site->plans[i], model, as_of))
			return site->plans[i];
	for (arena = pls_arena_first(aggregate_context); arena != NULL;
		 arena = arena->next)
	{
		if (arena->plan == NULL)
			continue;
		if (is_plan_of(arena->plan, model, as_of))
			plan = arena->plan;
		narenas++;
	}
	if (plan == NULL &&
		(narenas >= MOST_PLANS || site->nplans == MOST_PLANS))
		return NULL;
	if (plan != NULL && site->nplans == MOST_PLANS)
		return plan;			/* the arena holds it */
	if (site->plans == NULL)
		site->plans = MemoryContextAlloc(site->context, MOST_PLANS *
										 sizeof(PlsTallyPlan *));
	if (plan == NULL)
		plan = pls_tally_plan(model, as_of);
	else
		pls_tally_plan_share(plan);
	site->plans[site->nplans++] = plan;
	return plan;
}
