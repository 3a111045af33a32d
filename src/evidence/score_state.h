/*-------------------------------------------------------------------------
 *
 * score_state.h
 *	  What pls.score() keeps of a group of rows, and the plan that says how.
 *
 * Shared by score_state_plan.c (makes plans), score_state.c (adds rows, values
 * tallies), score_state_io.c (their flat form) and dated_evidence.c (what is
 * kept instead where there are too many instants).
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_TALLY_H
#define PLS_TALLY_H

#include "arena.h"
#include "decimal.h"
#include "evidence/evidence.h"
#include "evidence/score.h"
#include "model/event_row.h"
#include "model/model.h"
#include "pls.h"
#include "pls_compat.h"
#include "time/instant.h"

/* What a slot keeps; the letters are part of the flat form. */
typedef enum PlsTallyKind
{
	PLS_TALLY_ROWS = 'c',		/* rows; 1 word */
	PLS_TALLY_NEWEST = 'n',		/* time of the newest row, encoded; 1 word */
	PLS_TALLY_OLDEST = 'o',		/* time of the oldest row, encoded; 1 word */
	PLS_TALLY_SUM = 's',		/* rows, and the sum of values; 3 words */
	PLS_TALLY_BITS = 'b',		/* a bit per period */
	PLS_TALLY_KEYS = 'k',		/* distinct keys: counts, and a hash table */
	PLS_TALLY_PART = 'p'		/* a part as evidence keeps it; a pointer */
} PlsTallyKind;

/* Times are words above 0, so that 0 is none and the greater one is wanted. */
#define PLS_TALLY_TIME_BIAS	(INT64CONST(1) << 44)
#define PLS_TALLY_MAX_BITS	512 /* periods; of more, keys are kept */
#define PLS_TALLY_MAX_LEVELS	PLS_MAX_SIGNALS

/*
 * Words of a slot of keys: one per level, then these two, then the table if
 * it is never larger than that.
 */
enum
{
	PLS_KEYS_USED,				/* entries of the table that are in use */
	PLS_KEYS_TABLE,				/* pointer to a table that grows */
	PLS_KEYS_WORDS
};

#define PLS_KEYS_AT_HAND	32	/* entries of the largest table at hand */

typedef struct PlsTallyLevel
{
	PlsSeconds	from;			/* rows from here on are on it */
	int64		enough;			/* more keys would not change the score */
} PlsTallyLevel;

typedef struct PlsTallySlot
{
	PlsTallyKind kind;
	int			rule;			/* -1: rows of any rule */
	PlsSeconds	from;			/* earlier rows do not matter */
	int			word;			/* index of its first word in a tally */
	int			nwords;
	int64		first;			/* bits: number of the first period */
	int			nbits;
	int			nlevels;		/* keys: the shorter windows first */
	PlsTallyLevel *levels;
	uint32		capacity;		/* of the table at hand; 0: it grows */
} PlsTallySlot;

/* What is done with a row of an event. */
typedef struct PlsTallyOp
{
	PlsSeconds	from;			/* of the slot, at hand */
	PlsTallyKind kind;
	int			word;
	int			condition;		/* index; -1: none */
	int			step;			/* number of the event in a sequence's rule */
	const PlsTallySlot *slot;
	const PlsPartRule *rule;
} PlsTallyOp;

typedef struct PlsTallyEvent
{
	PlsSeconds	from;			/* of the first op */
	PlsSeconds	actor_from;		/* of the first op that asks for the actor */
	PlsSeconds	value_from;		/* of the first that asks for a value */
	PlsSeconds	other_from;		/* of the first that does not */
	const PlsPartRule *value;	/* a rule with the value; NULL: none */
	bool		can_wait;		/* no condition, and one value at the most */
	int			nops;
	PlsTallyOp *ops;			/* ascending by from */
	const PlsTallySlot *table;	/* keys at hand that rows mostly go to */
} PlsTallyEvent;

/* What of a row the ops need. */
typedef struct PlsTallyRow
{
	PlsSeconds	at;
	bool		has_actor;
	bool		has_value;
	uint64		actor;			/* its hash; 0 if it has none */
	int64		value;			/* of the event's value rule */
	PlsRow	   *row;			/* NULL: the above is all that is asked for */
} PlsTallyRow;

struct PlsTally;

typedef struct PlsTallyWaiting
{
	struct PlsTally *tally;		/* NULL: none */
	const PlsTallyEvent *event;
	PlsTallyRow row;
} PlsTallyWaiting;

/* Rows that wait for the memory of the tallies of an arena, see score_state.c. */
#define PLS_TALLY_WAITING	16

typedef struct PlsTallyQueue
{
	uint32		next;			/* place of the next one that waits */
	PlsTallyWaiting waiting[PLS_TALLY_WAITING];
} PlsTallyQueue;

/* Where a signal finds its value. */
typedef struct PlsTallyReading
{
	int			value;			/* slot; -1: none */
	PlsSeconds	from;			/* of its level of keys */
	int			level;
	int			later;			/* growth: slot of the later window */
	int			newest;			/* slot; -1: not needed */
} PlsTallyReading;

typedef struct PlsTallyPlan
{
	PlsModel   *model;			/* pinned */
	TimestampTz as_of;
	MemoryContext context;
	int			holders;		/* calls, arenas, lone tallies */
	uint64		fingerprint;	/* of all that decides what a tally holds */
	int			nslots;
	PlsTallySlot *slots;
	int			nwords;
	PlsTallyReading *readings;	/* as model->signals */
	int			marked;			/* slot that counts any row; -1: none */
	int			nconditions;
	JsonPath  **conditions;
	PlsTallyEvent *events;		/* by PlsEventRules.number */
	PlsSeconds	from;			/* of the event that looks farthest back */
} PlsTallyPlan;


/* Told from evidence by its methods. */
typedef struct PlsTally
{
	ExpandedObjectHeader hdr;
	PlsTallyPlan *plan;			/* shared by the arena, or the context */
	PlsArena   *arena;			/* NULL: it is alone in its context */
	int64		words[FLEXIBLE_ARRAY_MEMBER];
} PlsTally;

/* the words begin a line of the cache */
StaticAssertDecl(offsetof(PlsTally, words) % PLS_CACHE_LINE == 0,
				 "words of a tally begin a line of the cache");

static inline void *
pls_tally_pointer(int64 word)
{
	return (void *) (uintptr_t) word;
}

extern uint32 pls_tally_capacity(int64 used);

/*
 * The table of a slot of keys, whose words these are.
 */
static inline uint64 *
pls_tally_table(const PlsTallySlot *slot, const int64 *words,
				uint32 *capacity)
{
	const int64 *more = words + slot->nlevels;

	if (slot->capacity > 0)
	{
		*capacity = slot->capacity;
		return (uint64 *) (more + PLS_KEYS_WORDS);
	}
	*capacity = pls_tally_capacity(more[PLS_KEYS_USED]);
	return pls_tally_pointer(more[PLS_KEYS_TABLE]);
}

/* A sum lies in two words, the higher one first. */
static inline int128
pls_tally_sum(int64 high, uint64 low)
{
	return (int128) ((uint128) high << 64 | low);
}

static inline void
pls_tally_add_sum(int64 *words, int128 amount)
{
	int128		sum = pls_add_saturated(pls_tally_sum(words[0],
													  (uint64) words[1]),
										amount);

	words[0] = (int64) (sum >> 64);
	words[1] = (int64) sum;
}

/* score_state_io.c: what is and what is not one */
extern bool pls_tally_is_datum(Datum datum);
extern bool pls_tally_is_flat(const char *data, Size length);
extern const char *pls_tally_check(const char *data, Size length);

extern PlsTallyPlan *pls_tally_plan(PlsModel *model, TimestampTz as_of);
extern void pls_tally_plan_share(PlsTallyPlan *plan);
extern void pls_tally_plan_release(PlsTallyPlan *plan);

static inline Size
pls_tally_size(const PlsTallyPlan *plan)
{
	return TYPEALIGN(PLS_CACHE_LINE,
					 offsetof(PlsTally, words) +
					 plan->nwords * sizeof(int64));
}

extern PlsTally *pls_tally_create(void *zeroed, MemoryContext context,
								  PlsTallyPlan *plan);
extern PlsArena *pls_tally_arena(MemoryContext aggregate_context,
								 PlsTallyPlan *plan);
extern PlsTally *pls_arena_tally(PlsArena *arena);
extern PlsTally *pls_lone_tally(MemoryContext parent, PlsTallyPlan *plan);
extern void pls_tally_add_row(PlsTallyPlan *plan, PlsTally *tally,
							  const PlsTallyEvent *event,
							  const PlsTallyRow *row);
extern void pls_tally_settle(const PlsTally *tally);
extern void pls_tally_add_evidence(PlsTally *tally,
								   const PlsEvidence *evidence);
extern void pls_tally_add_key(PlsTally *tally, const PlsTallySlot *slot,
							  uint64 key, int level);
extern PlsPart *pls_tally_part(PlsTally *tally, const PlsTallySlot *slot);
extern void pls_tally_score(const PlsTally *tally, PlsScore *score);

/* What a flat state of pls.score() begins with. */
typedef struct PlsTallyHead
{
	bool		dated;			/* it is dated evidence, not a tally */
	char		motion[PLS_MAX_NAME + 1];
	TimestampTz as_of;
	uint64		fingerprint;	/* of a tally */
	const uint8 *body;			/* behind that; of evidence from the name on */
	const uint8 *end;
} PlsTallyHead;

/*
 * Evidence that is asked for one instant.  It never becomes another object,
 * since whoever holds it may free the one that is replaced: merged with a
 * tally it has one.
 */
typedef struct PlsDated
{
	ExpandedObjectHeader hdr;
	PlsModel   *model;			/* pinned by the arena, or the context */
	TimestampTz as_of;
	PlsEvidence *evidence;
	PlsTally   *tally;			/* NULL, or it has all of the evidence */
} PlsDated;

extern const ExpandedObjectMethods pls_dated_methods;

extern PlsDated *pls_dated_create(PlsArena *arena, PlsModel *model,
								  TimestampTz as_of);
extern PlsDated *pls_lone_dated(MemoryContext parent, PlsModel *model,
								TimestampTz as_of);
extern void pls_dated_merge(PlsDated *into, const PlsTallyHead *from);
extern PlsEvidence *pls_dated_read(const PlsModel *model,
								   const PlsTallyHead *head);
extern void pls_dated_score(const PlsDated *dated, PlsScore *score);
pg_noreturn extern void pls_refuse_other_model(const char *motion);

extern const ExpandedObjectMethods pls_tally_methods;

/*
 * The tally that a datum is, to be changed in place; NULL if it is read-only,
 * flat, or something else.
 *
 * The pointer that an executor passes along is the one within the object.
 * Where the object lies is reckoned from that, not read: what is read of it
 * next need not wait for its first line to be fetched.
 */
static inline PlsTally *
pls_tally_of_datum(Datum datum)
{
	char	   *value = DatumGetPointer(datum);
	PlsTally   *tally = (PlsTally *)
	(value - offsetof(ExpandedObjectHeader, eoh_rw_ptr));
	varatt_expanded pointer;

	if (!VARATT_IS_EXTERNAL_EXPANDED_RW(value))
		return NULL;
	memcpy(&pointer, VARDATA_EXTERNAL(value), sizeof(pointer));
	if (unlikely(pointer.eohptr != &tally->hdr))
		tally = (PlsTally *) pointer.eohptr;
	return tally->hdr.eoh_methods == &pls_tally_methods ? tally : NULL;
}

extern void pls_tally_read_head(const struct varlena *flat,
								PlsTallyHead *head);
extern void pls_tally_merge(PlsTally *into, const PlsTallyHead *from);

static inline uint32
pls_tally_position(uint64 key, uint32 capacity)
{
	return (uint32) ((key * UINT64CONST(0x9E3779B97F4A7C15)) >> 32) &
		(capacity - 1);
}

/*
 * Where the next row may wait; the one that has waited there is added to its
 * tally.
 */
static inline PlsTallyWaiting *
pls_tally_room(PlsTallyPlan *plan, PlsTallyQueue *queue)
{
	PlsTallyWaiting *waiting = &queue->waiting[queue->next];
	PlsTally   *tally = waiting->tally;

	waiting->tally = NULL;
	if (tally != NULL)
		pls_tally_add_row(plan, tally, waiting->event, &waiting->row);
	return waiting;
}

/*
 * Let the row there wait for its tally, and have the memory fetched that it
 * needs.
 */
static inline void
pls_tally_wait(PlsTallyQueue *queue, PlsTallyWaiting *waiting,
			   PlsTally *tally, const PlsTallyEvent *event)
{
	const PlsTallyRow *row = &waiting->row;
	const PlsTallySlot *table = event->table;

	queue->next = (queue->next + 1) % PLS_TALLY_WAITING;
	waiting->tally = tally;
	waiting->event = event;
	__builtin_prefetch(tally->words);
	if (table != NULL && row->has_actor && row->at >= table->from)
		__builtin_prefetch(tally->words + table->word + table->nlevels +
						   PLS_KEYS_WORDS +
						   pls_tally_position(row->actor >> 16,
											  table->capacity));
}

#endif							/* PLS_TALLY_H */
