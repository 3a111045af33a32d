/*-------------------------------------------------------------------------
 *
 * callsite.c
 *	  What one call of a function in a query keeps between rows: the models
 *	  it has pinned and the plans made of them, how to hash its actors, and
 *	  memory for its groups.
 *
 * It hangs on fn_extra and lives as long as the function's FmgrInfo; pins are
 * given back by a reset callback of that context, also after an error.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <sys/mman.h>

#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"

#include "tally.h"

/* Memory for many tallies, one behind the other. */
typedef struct Slab
{
	char	   *start;
	Size		size;
} Slab;

#define MAX_SLABS		64
#define LARGEST_SLAB	((Size) 8 * 1024 * 1024)
#define MANY_TALLIES	((Size) 256 * 1024) /* bytes */
#define LARGE_PAGE		((Size) 2 * 1024 * 1024)	/* of most processors */

/* Memory for the states of an aggregate, or of one of its grouping sets. */
typedef struct Arena
{
	MemoryContext aggregate_context;
	MemoryContext context;		/* its child; NULL once it is gone */
	MemoryContextCallback gone;
	/* of pls_shared_arena_lines() */
	char	   *lines;			/* what is left of those allocated ahead */
	Size		left;			/* bytes */
	Size		ahead;			/* bytes allocated last */
	/* of pls_callsite_tally() */
	PlsCallSite *site;			/* whose tallies lie in it; NULL: none do */
	int			nslabs;
	Slab		slabs[MAX_SLABS];
	char	   *free;			/* of the last slab */
	void	   *common;			/* what its states have in common, or NULL */
} Arena;

/* Most cache lines that an arena allocates ahead. */
#define MOST_AHEAD	(32 * PG_CACHE_LINE_SIZE)

static void
unpin_all(void *arg)
{
	PlsCallSite *site = arg;
	ListCell   *cell;

	foreach(cell, site->pinned)
		pls_model_unpin(lfirst(cell));
	site->pinned = NIL;
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
 * The slab in which an address lies; NULL if in none.  Most lie in the last.
 */
static inline const Slab *
slab_of(const Arena *arena, const char *address)
{
	int			i;

	for (i = arena->nslabs - 1; i >= 0; i--)
	{
		const Slab *slab = &arena->slabs[i];

		if ((Size) (address - slab->start) < slab->size)
			return slab;
	}
	return NULL;
}

/*
 * The arena's memory is about to be freed: rows that wait for tallies in it
 * are of no use any more.
 */
static void
arena_gone(void *arg)
{
	Arena	   *arena = arg;
	int			i;

	if (arena->site != NULL && arena->site->waiting != NULL)
		for (i = 0; i < PLS_TALLY_WAITING; i++)
		{
			PlsTallyWaiting *waiting = &arena->site->waiting->waiting[i];

			if (waiting->tally != NULL &&
				slab_of(arena, (const char *) waiting->tally) != NULL)
				waiting->tally = NULL;
		}
	arena->context = NULL;
	arena->left = arena->ahead = 0;
	arena->nslabs = 0;
	arena->free = NULL;
	arena->common = NULL;
}

/*
 * Memory for the states of an aggregate.
 *
 * An expanded object is meant to have a context of its own, as a child of
 * the aggregate's.  With one context per group, a hash aggregate spends its
 * time walking them: it adds up the memory of all children for every new
 * group.  So the groups of a call share one child.  The executor takes an
 * expanded state over when its context's parent is the aggregate context,
 * and frees it singly only when a transition function returns another one,
 * which ours never do.
 *
 * The list of arenas is the call site's, and lives in the context `owner`.
 */
static Arena *
find_arena(List **arenas, MemoryContext owner,
		   MemoryContext aggregate_context)
{
	Arena	   *arena = NULL;
	MemoryContext caller;
	ListCell   *cell;

	foreach(cell, *arenas)
	{
		Arena	   *known = lfirst(cell);

		if (known->aggregate_context != aggregate_context)
			continue;
		if (known->context != NULL)
			return known;
		arena = known;
	}
	if (arena == NULL)
	{
		caller = MemoryContextSwitchTo(owner);
		arena = palloc0(sizeof(Arena));
		arena->aggregate_context = aggregate_context;
		arena->gone.func = arena_gone;
		arena->gone.arg = arena;
		*arenas = lappend(*arenas, arena);
		MemoryContextSwitchTo(caller);
	}
	arena->context = AllocSetContextCreate(aggregate_context,
										   "pls aggregate states",
										   ALLOCSET_DEFAULT_SIZES);
	MemoryContextRegisterResetCallback(arena->context, &arena->gone);
	return arena;
}

/*
 * The context of the arena, and what its states have in common: NULL at first.
 */
MemoryContext
pls_shared_arena(List **arenas, MemoryContext owner,
				 MemoryContext aggregate_context, void **common)
{
	Arena	   *arena = find_arena(arenas, owner, aggregate_context);

	*common = arena->common;
	return arena->context;
}

static Arena *
arena_of(const List *arenas, MemoryContext context)
{
	ListCell   *cell;

	foreach(cell, arenas)
	{
		Arena	   *arena = lfirst(cell);

		if (arena->context == context)
			return arena;
	}
	elog(ERROR, "no such arena");
	return NULL;
}

/*
 * Set what the states of an arena have in common.  It lies in the arena.
 */
void
pls_shared_arena_set_common(const List *arenas, MemoryContext context,
							void *common)
{
	arena_of(arenas, context)->common = common;
}

/*
 * What the states of each arena have in common, where there is something.
 */
List *
pls_shared_arenas_common(const List *arenas)
{
	List	   *result = NIL;
	ListCell   *cell;

	foreach(cell, arenas)
	{
		Arena	   *arena = lfirst(cell);

		if (arena->context != NULL && arena->common != NULL)
			result = lappend(result, arena->common);
	}
	return result;
}

/*
 * Memory from an arena of the list that begins with a cache line, a multiple
 * of them in size.  A query with many groups waits for memory most of the
 * time: states that share no line make it wait less.
 */
void *
pls_shared_arena_lines(const List *arenas, MemoryContext context, Size size)
{
	Arena	   *arena = arena_of(arenas, context);
	char	   *result;

	Assert(size % PG_CACHE_LINE_SIZE == 0 && size <= MOST_AHEAD);
	if (arena->left < size)
	{
		arena->ahead = Min(Max(arena->ahead * 2, size), MOST_AHEAD);
		result = MemoryContextAlloc(context,
									arena->ahead + PG_CACHE_LINE_SIZE);
		arena->lines = (char *) TYPEALIGN(PG_CACHE_LINE_SIZE, result);
		arena->left = arena->ahead;
	}
	result = arena->lines;
	arena->lines += size;
	arena->left -= size;
	return result;
}

/*
 * An arena for a call site of the aggregates over a motion's events.
 */
MemoryContext
pls_callsite_arena(FmgrInfo *flinfo, MemoryContext aggregate_context)
{
	PlsCallSite *site = pls_callsite(flinfo);

	return find_arena(&site->arenas, site->context,
					  aggregate_context)->context;
}

/*
 * The size of an arena's next slab: four times the last; once there are many
 * tallies the largest, if that is little of what a hash table may take.
 */
static Size
next_slab(const Arena *arena)
{
	Size		most = Min(LARGEST_SLAB, get_hash_memory_limit() / 8);
	Size		size;

	if (arena->nslabs == 0)
		return 0;
	size = arena->slabs[arena->nslabs - 1].size * 4;
	if (most == LARGEST_SLAB && size > MANY_TALLIES)
		return LARGEST_SLAB;
	return Min(size, most);
}

/*
 * Begin another slab of an arena.
 *
 * Rows of a hash aggregate meet the tallies in no order.  With tens of
 * thousands of groups the processor cannot keep in mind where all their pages
 * are, and finding one takes as long as all else that is done with a row.  So
 * tallies lie close together, apart from what hangs on them, and large slabs
 * ask for large pages; where the system has none, nothing is lost.
 */
static void
add_slab(Arena *arena, Size least)
{
	Slab	   *slab = &arena->slabs[arena->nslabs];
	Size		size = Max(next_slab(arena), least);
	Size		alignment = size == LARGEST_SLAB ? LARGE_PAGE : PLS_CACHE_LINE;
	char	   *memory = MemoryContextAlloc(arena->context,
											size + alignment);

	slab->size = size;
	slab->start = arena->free = (char *) TYPEALIGN(alignment, memory);
	arena->nslabs++;
#ifdef MADV_HUGEPAGE
	if (size == LARGEST_SLAB)
		(void) madvise(slab->start, size, MADV_HUGEPAGE);
#endif
}

/*
 * A new tally in an arena.  If there are too many slabs already, it lies
 * somewhere, and its rows do not wait.
 */
PlsTally *
pls_callsite_tally(FmgrInfo *flinfo, MemoryContext aggregate_context,
				   PlsTallyPlan *plan)
{
	PlsCallSite *site = pls_callsite(flinfo);
	Arena	   *arena = find_arena(&site->arenas, site->context,
								   aggregate_context);
	Size		size = pls_tally_size(plan);
	const Slab *last = NULL;
	char	   *memory;

	arena->site = site;
	if (arena->nslabs > 0)
		last = &arena->slabs[arena->nslabs - 1];
	if (last == NULL || last->size - (arena->free - last->start) < size)
	{
		if (arena->nslabs == MAX_SLABS)
			return pls_tally_create(MemoryContextAllocZero(arena->context,
														   size),
									arena->context, plan);
		add_slab(arena, size);
	}
	memory = arena->free;
	arena->free += size;
	memset(memory, 0, size);
	return pls_tally_create(memory, arena->context, plan);
}

/*
 * The tally that a state is, if it is one that pls_callsite_tally() has made
 * for this call and it is its only arena; else NULL, although it may be a
 * tally.  Nothing of it is read.
 */
PlsTally *
pls_callsite_own_tally(const PlsCallSite *site, Datum state)
{
	char	   *tally = DatumGetPointer(state) -
	offsetof(ExpandedObjectHeader, eoh_rw_ptr);

	/* the pointer for reading only lies in the object, too */
	if (list_length(site->arenas) != 1 ||
		(Pointer) MAXALIGN(tally) != tally ||
		slab_of(linitial(site->arenas), tally) == NULL)
		return NULL;
	return (PlsTally *) tally;
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

/* The plans of a call that scores as of several instants, or motions. */
typedef struct PlannedScore
{
	PlsModel   *model;			/* hash key, with as_of */
	TimestampTz as_of;
	PlsTallyPlan *plan;
} PlannedScore;

static HTAB *
make_plans(MemoryContext context)
{
	HASHCTL		control;

	memset(&control, 0, sizeof(control));
	control.keysize = offsetof(PlannedScore, plan);
	control.entrysize = sizeof(PlannedScore);
	control.hcxt = context;
	return hash_create("pls plans", 16, &control,
					   HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

/*
 * A plan is about to be freed, which may happen before the arenas are gone.
 */
static void
plan_gone(void *arg)
{
	PlsCallSite *site = arg;

	site->plan = site->waiting = NULL;
}

/*
 * The plan of a model as of a finite instant, made once per call.
 */
PlsTallyPlan *
pls_callsite_plan(FmgrInfo *flinfo, PlsModel *model, TimestampTz as_of)
{
	PlsCallSite *site = pls_callsite(flinfo);
	PlannedScore key = {model, as_of};
	PlannedScore *planned;
	bool		found;

	if (site->plan != NULL && site->plan->model == model &&
		site->plan->as_of == as_of)
		return site->plan;
	if (site->plans == NULL)
		site->plans = make_plans(site->context);
	else
		site->mixed = true;
	if (site->waiting != NULL)
		pls_tally_settle(site->waiting);
	planned = hash_search(site->plans, &key, HASH_FIND, NULL);
	if (planned == NULL)
	{
		PlsTallyPlan *plan = pls_tally_plan(site->context, model, as_of);

		plan->gone.func = plan_gone;
		plan->gone.arg = site;
		MemoryContextRegisterResetCallback(plan->context, &plan->gone);
		planned = hash_search(site->plans, &key, HASH_ENTER, &found);
		planned->plan = plan;
	}
	site->plan = planned->plan;
	return site->plan;
}
