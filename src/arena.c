/*-------------------------------------------------------------------------
 *
 * arena.c
 *	  Memory for the states of aggregates.
 *
 * An expanded object is meant to have a context of its own, as a child of the
 * aggregate's.  With one context per group, a hash aggregate spends its time
 * walking them: it adds up the memory of all children for every new group.
 * So many groups share one child, an arena.  The executor takes an expanded
 * state over when its context's parent is the aggregate context, and frees it
 * singly only when a transition function returns another one, which ours
 * never do.
 *
 * Who calls an aggregate's functions decides how long everything lives: the
 * call (its FmgrInfo) may go before the states or after them, be made anew
 * for each row, or serve several aggregate contexts.  So an arena owns all
 * that its states need - models, plans, rows that wait - and knows nothing of
 * calls.  It lies in its own context and gives back what it holds when that
 * is reset.  An aggregate context knows its arenas by a reset callback that
 * is registered with it, where any call finds them; a call may remember an
 * arena as long as pls_arenas_gone has not changed.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <sys/mman.h>

#include "miscadmin.h"
#include "nodes/memnodes.h"
#include "utils/memutils.h"

#include "arena.h"
#include "pls.h"

#define LARGEST_SLAB	((Size) 8 * 1024 * 1024)
#define MANY_STATES	((Size) 256 * 1024) /* bytes */
#define LARGE_PAGE		((Size) 2 * 1024 * 1024)	/* of most processors */

/* Most cache lines that an arena allocates ahead. */
#define MOST_AHEAD	(32 * PG_CACHE_LINE_SIZE)

/* The arenas of an aggregate context, in which this lies. */
typedef struct PlsArenaPlace
{
	MemoryContextCallback gone;
	PlsArena   *first;
} PlsArenaPlace;

/* What states of an arena need, and how to give it back. */
typedef struct HeldThing
{
	void	   *thing;
	void		(*release) (void *thing);
} HeldThing;

uint64		pls_arenas_gone = 1;

/*
 * An aggregate context is about to be freed.  An arena is still there if it
 * has been moved elsewhere.
 */
static void
place_gone(void *arg)
{
	PlsArenaPlace *place = arg;
	PlsArena   *arena;

	for (arena = place->first; arena != NULL; arena = arena->next)
	{
		arena->place = NULL;
		arena->aggregate_context = NULL;
	}
	pls_arenas_gone++;
}

static PlsArenaPlace *
find_place(MemoryContext aggregate_context)
{
	MemoryContextCallback *callback = aggregate_context->reset_cbs;

	while (callback != NULL && callback->func != place_gone)
		callback = callback->next;
	return callback == NULL ? NULL : callback->arg;
}

static PlsArenaPlace *
make_place(MemoryContext aggregate_context)
{
	PlsArenaPlace *place = MemoryContextAllocZero(aggregate_context,
												  sizeof(PlsArenaPlace));

	place->gone.func = place_gone;
	place->gone.arg = place;
	MemoryContextRegisterResetCallback(aggregate_context, &place->gone);
	return place;
}

/*
 * The memory of an arena is about to be freed.
 */
static void
arena_gone(void *arg)
{
	PlsArena   *arena = arg;
	PlsArena  **link;
	ListCell   *cell;

	pls_arenas_gone++;
	if (arena->place != NULL)
	{
		link = &arena->place->first;
		while (*link != arena)
			link = &(*link)->next;
		*link = arena->next;
	}
	foreach(cell, arena->held)
	{
		HeldThing  *held = lfirst(cell);

		held->release(held->thing);
	}
}

/*
 * The first arena of an aggregate context, the others follow; NULL if it has
 * none.
 */
PlsArena *
pls_arena_first(MemoryContext aggregate_context)
{
	PlsArenaPlace *place = find_place(aggregate_context);

	return place == NULL ? NULL : place->first;
}

PlsArena *
pls_arena_create(MemoryContext aggregate_context, PlsArenaKind kind)
{
	PlsArenaPlace *place = find_place(aggregate_context);
	MemoryContext context;
	PlsArena   *arena;

	if (place == NULL)
		place = make_place(aggregate_context);
	context = AllocSetContextCreate(aggregate_context,
									"pls aggregate states",
									ALLOCSET_DEFAULT_SIZES);
	arena = MemoryContextAllocZero(context, sizeof(PlsArena));
	arena->kind = kind;
	arena->context = context;
	arena->aggregate_context = aggregate_context;
	arena->place = place;
	arena->next = place->first;
	arena->gone.func = arena_gone;
	arena->gone.arg = arena;
	MemoryContextRegisterResetCallback(context, &arena->gone);
	place->first = arena;
	return arena;
}

/*
 * The arena of an aggregate context in which evidence lies.
 */
PlsArena *
pls_arena_of_evidence(MemoryContext aggregate_context)
{
	PlsArena   *arena = pls_arena_first(aggregate_context);

	while (arena != NULL && arena->kind != PLS_ARENA_EVIDENCE)
		arena = arena->next;
	return arena != NULL ? arena :
		pls_arena_create(aggregate_context, PLS_ARENA_EVIDENCE);
}

/*
 * Whether something is held for the states of an arena.
 */
bool
pls_arena_holds(const PlsArena *arena, const void *thing)
{
	ListCell   *cell;

	foreach(cell, arena->held)
	{
		const HeldThing *held = lfirst(cell);

		if (held->thing == thing)
			return true;
	}
	return false;
}

/*
 * Hold something for the states of an arena, of which the caller takes a share
 * at once: it is released when the arena goes.
 */
void
pls_arena_hold(PlsArena *arena, void *thing, void (*release) (void *thing))
{
	MemoryContext caller = MemoryContextSwitchTo(arena->context);
	HeldThing  *held = palloc(sizeof(HeldThing));

	held->thing = thing;
	held->release = release;
	arena->held = lappend(arena->held, held);
	MemoryContextSwitchTo(caller);
}

/*
 * Memory that begins with a cache line, a multiple of them in size.  A query
 * with many groups waits for memory most of the time: states that share no
 * line make it wait less.
 */
void *
pls_arena_lines(PlsArena *arena, Size size)
{
	char	   *result;

	Assert(size % PG_CACHE_LINE_SIZE == 0 && size <= MOST_AHEAD);
	if (arena->left < size)
	{
		arena->ahead = Min(Max(arena->ahead * 2, size), MOST_AHEAD);
		result = MemoryContextAlloc(arena->context,
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
 * The size of an arena's next slab: four times the last; once there are many
 * states the largest, if that is little of what a hash table may take.
 */
static Size
next_slab(const PlsArena *arena)
{
	Size		most = Min(LARGEST_SLAB, get_hash_memory_limit() / 8);
	Size		size;

	if (arena->nslabs == 0)
		return 0;
	size = arena->slabs[arena->nslabs - 1].size * 4;
	if (most == LARGEST_SLAB && size > MANY_STATES)
		return LARGEST_SLAB;
	return Min(size, most);
}

/*
 * Begin another slab of an arena.
 *
 * Rows of a hash aggregate meet the states in no order.  With tens of
 * thousands of groups the processor cannot keep in mind where all their pages
 * are, and finding one takes as long as all else that is done with a row.  So
 * states lie close together, apart from what hangs on them, and large slabs
 * ask for large pages; where the system has none, nothing is lost.
 */
static void
add_slab(PlsArena *arena, Size least)
{
	PlsSlab    *slab = &arena->slabs[arena->nslabs];
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
 * Zeroed memory in a slab; NULL if there are too many slabs already.
 */
void *
pls_arena_slab_room(PlsArena *arena, Size size)
{
	const PlsSlab *last = NULL;
	char	   *memory;

	if (arena->nslabs > 0)
		last = &arena->slabs[arena->nslabs - 1];
	if (last == NULL || last->size - (arena->free - last->start) < size)
	{
		if (arena->nslabs == PLS_MAX_SLABS)
			return NULL;
		add_slab(arena, size);
	}
	memory = arena->free;
	arena->free += size;
	memset(memory, 0, size);
	return memory;
}
