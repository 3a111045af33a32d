/*-------------------------------------------------------------------------
 *
 * callsite.c
 *	  What one call of a function in a query keeps between rows: the models
 *	  it has pinned, how to hash its actors, and memory for its groups.
 *
 * It hangs on fn_extra and lives as long as the function's FmgrInfo; pins are
 * given back by a reset callback of that context, also after an error.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/memutils.h"

#include "pls.h"

/* Memory for the states of an aggregate, or of one of its grouping sets. */
typedef struct Arena
{
	MemoryContext aggregate_context;
	MemoryContext context;		/* its child; NULL once it is gone */
	MemoryContextCallback gone;
	char	   *lines;			/* what is left of those allocated ahead */
	Size		left;			/* bytes */
	Size		ahead;			/* bytes allocated last */
	void	   *common;			/* what its states have in common, or NULL */
} Arena;

/* Most cache lines that an arena allocates ahead. */
#define MOST_AHEAD	(32 * PG_CACHE_LINE_SIZE)

typedef struct CallSite
{
	MemoryContext context;		/* fn_mcxt */
	PlsModel   *model;			/* the one asked for last */
	int			motion_length;
	List	   *pinned;			/* all of them */
	MemoryContextCallback unpin;
	bool		knows_actor;
	PlsActorHash actor_hash;
	List	   *arenas;			/* of Arena: one, or one per grouping set */
	PlsMatch   *matches;
	int			nmatches;
} CallSite;

static void
unpin_all(void *arg)
{
	CallSite   *site = arg;
	ListCell   *cell;

	foreach(cell, site->pinned)
		pls_model_unpin(lfirst(cell));
	site->pinned = NIL;
}

static CallSite *
callsite(FmgrInfo *flinfo)
{
	CallSite   *site = flinfo->fn_extra;

	if (site == NULL)
	{
		site = MemoryContextAllocZero(flinfo->fn_mcxt, sizeof(CallSite));
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
	CallSite   *site = callsite(flinfo);
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
 * How to hash the actors that are passed as this argument.
 *
 * Errors: 42883 if their type cannot be hashed.
 */
PlsActorHash *
pls_callsite_actor_hash(FmgrInfo *flinfo, int argument)
{
	CallSite   *site = callsite(flinfo);

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

static void
arena_gone(void *arg)
{
	Arena	   *arena = arg;

	arena->context = NULL;
	arena->left = arena->ahead = 0;
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
MemoryContext
pls_shared_arena(List **arenas, MemoryContext owner,
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
			return known->context;
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
 * What the states of an arena have in common; NULL at first.
 */
void *
pls_shared_arena_common(const List *arenas, MemoryContext context)
{
	return arena_of(arenas, context)->common;
}

/*
 * Set it.  It lies in the arena.
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
	CallSite   *site = callsite(flinfo);

	return pls_shared_arena(&site->arenas, site->context, aggregate_context);
}

/*
 * Room for the matches of a row.
 */
PlsMatch *
pls_callsite_matches(FmgrInfo *flinfo, const PlsModel *model)
{
	CallSite   *site = callsite(flinfo);

	if (site->matches == NULL || site->nmatches < model->nrules)
	{
		site->nmatches = Max(model->nrules, 1);
		site->matches = MemoryContextAlloc(site->context,
										   site->nmatches * sizeof(PlsMatch));
	}
	return site->matches;
}
