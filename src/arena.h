/*-------------------------------------------------------------------------
 *
 * arena.h
 *	  Memory for the states of aggregates (arena.c).
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_ARENA_H
#define PLS_ARENA_H

#include "nodes/pg_list.h"

typedef enum PlsArenaKind
{
	PLS_ARENA_EVIDENCE,			/* evidence of any motion */
	PLS_ARENA_SCORES,			/* states of one plan */
	PLS_ARENA_ROWS				/* event rows, most of them of one use */
} PlsArenaKind;

/* Memory for many states, one behind the other. */
typedef struct PlsSlab
{
	char	   *start;
	Size		size;
} PlsSlab;

#define PLS_MAX_SLABS	64

struct PlsArenaPlace;
struct PlsRowsUse;
struct PlsScorePlan;
struct PlsScoreQueue;

typedef struct PlsArena
{
	PlsArenaKind kind;
	MemoryContext context;		/* of its states; this lies in it, too */
	MemoryContext aggregate_context;	/* its parent; NULL once that is gone */
	struct PlsArenaPlace *place;	/* in there */
	struct PlsArena *next;
	MemoryContextCallback gone;
	List	   *held;			/* what its states need; see pls_arena_hold() */
	/* of pls_arena_lines() */
	char	   *lines;			/* what is left of those allocated ahead */
	Size		left;			/* bytes */
	Size		ahead;			/* bytes allocated last */
	/* of the states of pls.score() */
	struct PlsScorePlan *plan;	/* of all of them; shared */
	struct PlsScoreQueue *queue;	/* rows that wait for their states */
	int			nslabs;
	PlsSlab		slabs[PLS_MAX_SLABS];
	char	   *free;			/* of the last slab */
	/* of event rows */
	struct PlsRowsUse *use;		/* of the first state, and most of the others */
} PlsArena;

/*
 * Counts arenas that have gone: a pointer to one that was good when the count
 * was the same is good.
 */
extern uint64 pls_arenas_gone;

extern PlsArena *pls_arena_first(MemoryContext aggregate_context);
extern PlsArena *pls_arena_create(MemoryContext aggregate_context,
								  PlsArenaKind kind);
extern PlsArena *pls_arena_of_evidence(MemoryContext aggregate_context);
extern bool pls_arena_holds(const PlsArena *arena, const void *thing);
extern void pls_arena_hold(PlsArena *arena, void *thing,
						   void (*release) (void *thing));
extern void *pls_arena_lines(PlsArena *arena, Size size);
extern void *pls_arena_slab_room(PlsArena *arena, Size size);

/*
 * The slab in which an address lies; NULL if in none.  Most lie in the last.
 */
static inline const PlsSlab *
pls_arena_slab_of(const PlsArena *arena, const char *address)
{
	int			i;

	for (i = arena->nslabs - 1; i >= 0; i--)
	{
		const PlsSlab *slab = &arena->slabs[i];

		if ((Size) (address - slab->start) < slab->size)
			return slab;
	}
	return NULL;
}

#endif							/* PLS_ARENA_H */
