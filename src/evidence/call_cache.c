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
#include "model/model_committed.h"


/* Most plans of one call; groups of further instants keep evidence. */
#define MOST_PLANS	64

static void
unpin_all(void *arg)
{
	PlsCallCache *cache = arg;
	ListCell   *cell;

	foreach(cell, cache->pinned)
		pls_model_unpin(lfirst(cell));
	cache->pinned = NIL;
	while (cache->nplans > 0)
		pls_score_plan_release(cache->plans[--cache->nplans]);
}

PlsCallCache *
pls_call_cache(FmgrInfo *flinfo)
{
	PlsCallCache *cache = flinfo->fn_extra;

	if (cache == NULL)
	{
		cache = MemoryContextAllocZero(flinfo->fn_mcxt, sizeof(PlsCallCache));
		cache->context = flinfo->fn_mcxt;
		cache->unpin.func = unpin_all;
		cache->unpin.arg = cache;
		MemoryContextRegisterResetCallback(cache->context, &cache->unpin);
		flinfo->fn_extra = cache;
	}
	return cache;
}

/*
 * The model of a motion (not terminated), the same throughout the query.
 *
 * Errors: 42704 if there is no such motion.
 */
PlsModel *
pls_call_cache_model(FmgrInfo *flinfo, const char *motion, int length)
{
	PlsCallCache *cache = pls_call_cache(flinfo);
	MemoryContext caller;
	ListCell   *cell;

	if (cache->model != NULL && cache->motion_length == length &&
		memcmp(cache->model->motion, motion, length) == 0)
		return cache->model;

	cache->model = NULL;
	caller = MemoryContextSwitchTo(cache->context);
	foreach(cell, cache->pinned)
	{
		PlsModel   *model = lfirst(cell);

		if (strlen(model->motion) == length &&
			memcmp(model->motion, motion, length) == 0)
			cache->model = model;
	}
	if (cache->model == NULL)
	{
		cache->model = pls_model_pin(pnstrdup(motion, length));
		cache->pinned = lappend(cache->pinned, cache->model);
	}
	MemoryContextSwitchTo(caller);
	cache->motion_length = length;
	return cache->model;
}

/*
 * The model of a motion without what this transaction has changed, the same
 * throughout the query; NULL if the transaction has made the motion.
 */
PlsModel *
pls_call_cache_committed(FmgrInfo *flinfo, const char *motion)
{
	PlsCallCache *cache = pls_call_cache(flinfo);
	MemoryContext caller;

	if (cache->committed_motion != NULL &&
		strcmp(cache->committed_motion, motion) == 0)
		return cache->committed;
	caller = MemoryContextSwitchTo(cache->context);
	cache->committed = pls_model_committed(motion);
	cache->committed_motion = pstrdup(motion);
	MemoryContextSwitchTo(caller);
	return cache->committed;
}

/*
 * The row type that the function returns here, ready for tuples.
 */
TupleDesc
pls_call_cache_result(FunctionCallInfo fcinfo)
{
	PlsCallCache *cache = pls_call_cache(fcinfo->flinfo);
	MemoryContext caller;
	TupleDesc	desc;

	if (cache->result != NULL)
		return cache->result;
	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	caller = MemoryContextSwitchTo(cache->context);
	cache->result = BlessTupleDesc(CreateTupleDescCopy(desc));
	MemoryContextSwitchTo(caller);
	return cache->result;
}

/*
 * How to hash the actors that are passed as this argument.
 *
 * Errors: 42883 if their type cannot be hashed.
 */
const PlsActorHash *
pls_call_cache_actor_hash(FmgrInfo *flinfo, int argument)
{
	PlsCallCache *cache = pls_call_cache(flinfo);

	if (!cache->knows_actor)
	{
		Oid			type = get_fn_expr_argtype(flinfo, argument);

		if (!pls_actor_hash_init(&cache->actor_hash, type, cache->context))
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_FUNCTION),
					 errmsg("actors of type %s cannot be compared",
							format_type_be(type)),
					 errdetail("The type has no hash function."),
					 errhint("Pass the actor's identifier as text.")));
		cache->knows_actor = true;
	}
	return &cache->actor_hash;
}

/*
 * Room for the matches of a row.
 */
PlsMatch *
pls_call_cache_matches(FmgrInfo *flinfo, const PlsModel *model)
{
	PlsCallCache *cache = pls_call_cache(flinfo);

	if (cache->matches == NULL || cache->nmatches < model->nrules)
	{
		cache->nmatches = Max(model->nrules, 1);
		cache->matches = MemoryContextAlloc(cache->context,
											cache->nmatches * sizeof(PlsMatch));
	}
	return cache->matches;
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
pls_call_aggref(FunctionCallInfo fcinfo, bool *begins_null)
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
is_plan_of(const PlsScorePlan *plan, const PlsModel *model, TimestampTz as_of)
{
	return plan->as_of == as_of && plan->model == model;
}

/*
 * The plan of a model as of a finite instant, made once per call; that of an
 * arena if there is one.  NULL if there are too many.
 */
PlsScorePlan *
pls_call_cache_plan(FmgrInfo *flinfo, MemoryContext aggregate_context,
					PlsModel *model, TimestampTz as_of)
{
	PlsCallCache *cache = pls_call_cache(flinfo);
	PlsScorePlan *plan = NULL;
	const PlsArena *arena;
	int			narenas = 0;
	int			i;

	for (i = cache->nplans - 1; i >= 0; i--)
		if (is_plan_of(cache->plans[i], model, as_of))
			return cache->plans[i];
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
		(narenas >= MOST_PLANS || cache->nplans == MOST_PLANS))
		return NULL;
	if (plan != NULL && cache->nplans == MOST_PLANS)
		return plan;			/* the arena holds it */
	if (cache->plans == NULL)
		cache->plans = MemoryContextAlloc(cache->context, MOST_PLANS *
										  sizeof(PlsScorePlan *));
	if (plan == NULL)
		plan = pls_score_plan(model, as_of);
	else
		pls_score_plan_share(plan);
	cache->plans[cache->nplans++] = plan;
	return plan;
}
