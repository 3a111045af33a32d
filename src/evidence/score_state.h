/*-------------------------------------------------------------------------
 *
 * score_state.h
 *	  What pls.score() keeps of a group of rows, and the plan that says how.
 *
 * Shared by score_state_plan.c (makes plans), score_state.c (adds rows, values
 * states), score_state_io.c (their flat form) and dated_evidence.c (what is
 * kept instead where there are too many instants).
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_SCORE_STATE_H
#define PLS_SCORE_STATE_H

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
typedef enum PlsSlotKind
{
	PLS_SLOT_ROWS = 'c',		/* rows; 1 word */
	PLS_SLOT_NEWEST = 'n',		/* time of the newest row, encoded; 1 word */
	PLS_SLOT_OLDEST = 'o',		/* time of the oldest row, encoded; 1 word */
	PLS_SLOT_SUM = 's',			/* rows, and the sum of values; 3 words */
	PLS_SLOT_BITS = 'b',		/* a bit per period */
	PLS_SLOT_KEYS = 'k',		/* distinct keys: counts, and a hash table */
	PLS_SLOT_PART = 'p'			/* a part as evidence keeps it; a pointer */
} PlsSlotKind;

/* Times are words above 0, so that 0 is none and the greater one is wanted. */
#define PLS_SLOT_TIME_BIAS	(INT64CONST(1) << 44)
#define PLS_SLOT_MAX_BITS	512 /* periods; of more, keys are kept */
#define PLS_SLOT_MAX_LEVELS	PLS_MAX_SIGNALS

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

typedef struct PlsScoreLevel
{
	PlsSeconds	from;			/* rows from here on are on it */
	int64		enough;			/* more keys would not change the score */
} PlsScoreLevel;

typedef struct PlsScoreSlot
{
	PlsSlotKind kind;
	int			rule;			/* -1: rows of any rule */
	PlsSeconds	from;			/* earlier rows do not matter */
	int			word;			/* index of its first word in a state */
	int			nwords;
	int64		first;			/* bits: number of the first period */
	int			nbits;
	int			nlevels;		/* keys: the shorter windows first */
	PlsScoreLevel *levels;
	uint32		capacity;		/* of the table at hand; 0: it grows */
} PlsScoreSlot;

/* What is done with a row of an event. */
typedef struct PlsScoreOp
{
	PlsSeconds	from;			/* of the slot, at hand */
	PlsSlotKind kind;
	int			word;
	int			condition;		/* index; -1: none */
	int			step;			/* number of the event in a sequence's rule */
	const PlsScoreSlot *slot;
	const PlsPartRule *rule;
} PlsScoreOp;

typedef struct PlsScoreEvent
{
	PlsSeconds	from;			/* of the first op */
	PlsSeconds	actor_from;		/* of the first op that asks for the actor */
	PlsSeconds	value_from;		/* of the first that asks for a value */
	PlsSeconds	other_from;		/* of the first that does not */
	const PlsPartRule *value;	/* a rule with the value; NULL: none */
	bool		can_wait;		/* no condition, and one value at the most */
	int			nops;
	PlsScoreOp *ops;			/* ascending by from */
	const PlsScoreSlot *table;	/* keys at hand that rows mostly go to */
} PlsScoreEvent;

/* What of a row the ops need. */
typedef struct PlsScoreRow
{
	PlsSeconds	at;
	bool		has_actor;
	bool		has_value;
	uint64		actor;			/* its hash; 0 if it has none */
	int64		value;			/* of the event's value rule */
	PlsRow	   *row;			/* NULL: the above is all that is asked for */
} PlsScoreRow;

struct PlsScoreState;

typedef struct PlsScoreWaiting
{
	struct PlsScoreState *state;	/* NULL: none */
	const PlsScoreEvent *event;
	PlsScoreRow row;
} PlsScoreWaiting;

/* Rows that wait for the memory of the states of an arena (score_state.c). */
#define PLS_SCORE_WAITING	16

typedef struct PlsScoreQueue
{
	uint32		next;			/* place of the next one that waits */
	PlsScoreWaiting waiting[PLS_SCORE_WAITING];
} PlsScoreQueue;

/* Where a signal finds its value. */
typedef struct PlsScoreReading
{
	int			value;			/* slot; -1: none */
	PlsSeconds	from;			/* of its level of keys */
	int			level;
	int			later;			/* growth: slot of the later window */
	int			newest;			/* slot; -1: not needed */
} PlsScoreReading;

typedef struct PlsScorePlan
{
	PlsModel   *model;			/* pinned */
	TimestampTz as_of;
	MemoryContext context;
	int			holders;		/* calls, arenas, lone states */
	uint64		fingerprint;	/* of all that decides what a state holds */
	int			nslots;
	PlsScoreSlot *slots;
	int			nwords;
	PlsScoreReading *readings;	/* as model->signals */
	int			marked;			/* slot that counts any row; -1: none */
	int			nconditions;
	JsonPath  **conditions;
	PlsScoreEvent *events;		/* by PlsEventRules.number */
	PlsSeconds	from;			/* of the event that looks farthest back */
} PlsScorePlan;


/* Told from evidence by its methods. */
typedef struct PlsScoreState
{
	ExpandedObjectHeader hdr;
	PlsScorePlan *plan;			/* shared by the arena, or the context */
	PlsArena   *arena;			/* NULL: it is alone in its context */
	int64		words[FLEXIBLE_ARRAY_MEMBER];
} PlsScoreState;

/* the words begin a line of the cache */
StaticAssertDecl(offsetof(PlsScoreState, words) % PLS_CACHE_LINE == 0,
				 "words of a state begin a line of the cache");

static inline void *
pls_slot_pointer(int64 word)
{
	return (void *) (uintptr_t) word;
}

extern uint32 pls_slot_capacity(int64 used);

/*
 * The table of a slot of keys, whose words these are.
 */
static inline uint64 *
pls_slot_table(const PlsScoreSlot *slot, const int64 *words,
			   uint32 *capacity)
{
	const int64 *more = words + slot->nlevels;

	if (slot->capacity > 0)
	{
		*capacity = slot->capacity;
		return (uint64 *) (more + PLS_KEYS_WORDS);
	}
	*capacity = pls_slot_capacity(more[PLS_KEYS_USED]);
	return pls_slot_pointer(more[PLS_KEYS_TABLE]);
}

/* A sum lies in two words, the higher one first. */
static inline int128
pls_slot_sum(int64 high, uint64 low)
{
	return (int128) ((uint128) high << 64 | low);
}

static inline void
pls_slot_add_sum(int64 *words, int128 amount)
{
	int128		sum = pls_add_saturated(pls_slot_sum(words[0],
													 (uint64) words[1]),
										amount);

	words[0] = (int64) (sum >> 64);
	words[1] = (int64) sum;
}

/* score_state_io.c: what is and what is not one */
extern bool pls_score_state_is_datum(Datum datum);
extern bool pls_score_state_is_flat(const char *data, Size length);
extern const char *pls_score_state_check(const char *data, Size length);

extern PlsScorePlan *pls_score_plan(PlsModel *model, TimestampTz as_of);
extern void pls_score_plan_share(PlsScorePlan *plan);
extern void pls_score_plan_release(PlsScorePlan *plan);

static inline Size
pls_score_state_size(const PlsScorePlan *plan)
{
	return TYPEALIGN(PLS_CACHE_LINE,
					 offsetof(PlsScoreState, words) +
					 plan->nwords * sizeof(int64));
}

extern PlsScoreState *pls_score_state_create(void *zeroed,
											 MemoryContext context,
											 PlsScorePlan *plan);
extern PlsArena *pls_score_state_arena(MemoryContext aggregate_context,
									   PlsScorePlan *plan);
extern PlsScoreState *pls_arena_score_state(PlsArena *arena);
extern PlsScoreState *pls_lone_score_state(MemoryContext parent,
										   PlsScorePlan *plan);
extern void pls_score_state_add_row(PlsScorePlan *plan, PlsScoreState *state,
									const PlsScoreEvent *event,
									const PlsScoreRow *row);
extern void pls_score_state_flush(const PlsScoreState *state);
extern void pls_score_state_add_evidence(PlsScoreState *state,
										 const PlsEvidence *evidence);
extern void pls_score_state_add_key(PlsScoreState *state,
									const PlsScoreSlot *slot,
									uint64 key, int level);
extern PlsPart *pls_score_state_part(PlsScoreState *state,
									 const PlsScoreSlot *slot);
extern void pls_score_state_value(const PlsScoreState *state, PlsScore *score);

/* What a flat state of pls.score() begins with. */
typedef struct PlsScoreStateHead
{
	bool		dated;			/* it is dated evidence, not a state */
	char		motion[PLS_MAX_NAME + 1];
	TimestampTz as_of;
	uint64		fingerprint;	/* of a state */
	const uint8 *body;			/* behind that; of evidence from the name on */
	const uint8 *end;
} PlsScoreStateHead;

/*
 * Evidence that is asked for one instant.  It never becomes another object,
 * since whoever holds it may free the one that is replaced: merged with a
 * state it has one.
 */
typedef struct PlsDated
{
	ExpandedObjectHeader hdr;
	PlsModel   *model;			/* pinned by the arena, or the context */
	TimestampTz as_of;
	PlsEvidence *evidence;
	PlsScoreState *state;		/* NULL, or it has all of the evidence */
} PlsDated;

extern const ExpandedObjectMethods pls_dated_methods;

extern PlsDated *pls_dated_create(PlsArena *arena, PlsModel *model,
								  TimestampTz as_of);
extern PlsDated *pls_lone_dated(MemoryContext parent, PlsModel *model,
								TimestampTz as_of);
extern void pls_dated_merge(PlsDated *into, const PlsScoreStateHead *from);
extern PlsEvidence *pls_dated_read(const PlsModel *model,
								   const PlsScoreStateHead *head);
extern void pls_dated_score(const PlsDated *dated, PlsScore *score);
pg_noreturn extern void pls_refuse_other_model(const char *motion);

extern const ExpandedObjectMethods pls_score_state_methods;

/*
 * The state that a datum is, to be changed in place; NULL if it is read-only,
 * flat, or something else.
 *
 * The pointer that an executor passes along is the one within the object.
 * Where the object lies is reckoned from that, not read: what is read of it
 * next need not wait for its first line to be fetched.
 */
static inline PlsScoreState *
pls_score_state_of_datum(Datum datum)
{
	char	   *value = DatumGetPointer(datum);
	PlsScoreState *state = (PlsScoreState *)
	(value - offsetof(ExpandedObjectHeader, eoh_rw_ptr));
	varatt_expanded pointer;

	if (!VARATT_IS_EXTERNAL_EXPANDED_RW(value))
		return NULL;
	memcpy(&pointer, VARDATA_EXTERNAL(value), sizeof(pointer));
	if (unlikely(pointer.eohptr != &state->hdr))
		state = (PlsScoreState *) pointer.eohptr;
	return state->hdr.eoh_methods == &pls_score_state_methods ? state : NULL;
}

extern void pls_score_state_read_head(const struct varlena *flat,
									  PlsScoreStateHead *head);
extern void pls_score_state_merge(PlsScoreState *into,
								  const PlsScoreStateHead *from);

static inline uint32
pls_slot_position(uint64 key, uint32 capacity)
{
	return (uint32) ((key * UINT64CONST(0x9E3779B97F4A7C15)) >> 32) &
		(capacity - 1);
}

/*
 * Where the next row may wait; the one that has waited there is added to its
 * state.
 */
static inline PlsScoreWaiting *
pls_score_state_room(PlsScorePlan *plan, PlsScoreQueue *queue)
{
	PlsScoreWaiting *waiting = &queue->waiting[queue->next];
	PlsScoreState *state = waiting->state;

	waiting->state = NULL;
	if (state != NULL)
		pls_score_state_add_row(plan, state, waiting->event, &waiting->row);
	return waiting;
}

/*
 * Let the row there wait for its state, and have the memory fetched that it
 * needs.
 */
static inline void
pls_score_state_wait(PlsScoreQueue *queue, PlsScoreWaiting *waiting,
					 PlsScoreState *state, const PlsScoreEvent *event)
{
	const PlsScoreRow *row = &waiting->row;
	const PlsScoreSlot *table = event->table;

	queue->next = (queue->next + 1) % PLS_SCORE_WAITING;
	waiting->state = state;
	waiting->event = event;
	__builtin_prefetch(state->words);
	if (table != NULL && row->has_actor && row->at >= table->from)
		__builtin_prefetch(state->words + table->word + table->nlevels +
						   PLS_KEYS_WORDS +
						   pls_slot_position(row->actor >> 16,
											 table->capacity));
}

#endif							/* PLS_SCORE_STATE_H */
