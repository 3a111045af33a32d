/*-------------------------------------------------------------------------
 *
 * score_state.c
 *	  What pls.score() keeps of a group: add a row, and value the whole.
 *
 * A state is one block of words, laid out by a plan (score_state_plan.c), so
 * that a row of a group touches a line or two of memory that is not in the
 * cache; only tables of keys and parts lie apart.  It is an expanded object of
 * type pls.evidence: see arena.c for where its memory lies.
 *
 * With many groups, most of the time of a row would be spent waiting for that
 * line.  So rows are not added at once: the arena keeps what it needs of the
 * last few of them while their states are fetched, and adds them in turn.
 * Whoever looks at a state flushes its arena first; what waits goes with the
 * states that it waits for.
 *
 * What a state holds may depend on the order of rows (which keys it took in
 * before it had enough of them), what it says of its instant never does.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "port/pg_bitutils.h"
#include "utils/memutils.h"

#include "arena.h"
#include "decimal.h"
#include "evidence/evidence.h"
#include "evidence/score.h"
#include "evidence/score_state.h"
#include "model/event_row.h"
#include "model/model.h"
#include "model/part_shape.h"
#include "model/signal.h"


#define FIRST_KEYS	8			/* slots of a new table of keys */
#define LEVEL_BITS	16			/* of an entry: its level + 1, below its key */

/*
 * An empty state in zeroed memory of its size; what hangs on it is to be
 * allocated in the context.
 */
PlsScoreState *
pls_score_state_create(void *zeroed, MemoryContext context, PlsScorePlan *plan)
{
	PlsScoreState *state = zeroed;

	EOH_init_header(&state->hdr, &pls_score_state_methods, context);
	state->plan = plan;
	return state;
}

static void
release_plan(void *plan)
{
	pls_score_plan_release(plan);
}

/*
 * The arena of an aggregate context for states of a plan.
 */
PlsArena *
pls_score_state_arena(MemoryContext aggregate_context, PlsScorePlan *plan)
{
	PlsArena   *arena = pls_arena_first(aggregate_context);

	while (arena != NULL && arena->plan != plan)
		arena = arena->next;
	if (arena != NULL)
		return arena;
	arena = pls_arena_create(aggregate_context, PLS_ARENA_SCORES);
	arena->queue = MemoryContextAllocZero(arena->context,
										  sizeof(PlsScoreQueue));
	pls_arena_hold(arena, plan, release_plan);
	pls_score_plan_share(plan);
	arena->plan = plan;
	return arena;
}

/*
 * A new state in an arena.  If there are too many slabs already, it lies
 * somewhere, and its rows do not wait.
 */
PlsScoreState *
pls_arena_score_state(PlsArena *arena)
{
	Size		size = pls_score_state_size(arena->plan);
	void	   *memory = pls_arena_slab_room(arena, size);
	PlsScoreState *state;

	if (memory == NULL)
		memory = MemoryContextAllocZero(arena->context, size);
	state = pls_score_state_create(memory, arena->context, arena->plan);
	state->arena = arena;
	return state;
}

/* What holds the plan of a state that is alone in its context. */
typedef struct LoneHolder
{
	MemoryContextCallback gone;
	PlsScorePlan *plan;
} LoneHolder;

static void
lone_gone(void *arg)
{
	LoneHolder *holder = arg;

	pls_score_plan_release(holder->plan);
}

/*
 * A new state in a context of its own.
 */
PlsScoreState *
pls_lone_score_state(MemoryContext parent, PlsScorePlan *plan)
{
	MemoryContext context = AllocSetContextCreate(parent, "pls score state",
												  ALLOCSET_SMALL_SIZES);
	LoneHolder *holder = MemoryContextAlloc(context, sizeof(LoneHolder));
	PlsScoreState *state;
	void	   *memory;

	memory = MemoryContextAllocZero(context, pls_score_state_size(plan));
	state = pls_score_state_create(memory, context, plan);
	holder->plan = plan;
	holder->gone.func = lone_gone;
	holder->gone.arg = holder;
	pls_score_plan_share(plan);
	MemoryContextRegisterResetCallback(context, &holder->gone);
	return state;
}

/* ---------- keys ---------- */

/*
 * Whether more keys on this level, and on those with longer windows, could
 * change the score.
 */
static inline bool
wants_keys(const int64 *counts, const PlsScoreSlot *slot, int level)
{
	for (; level < slot->nlevels; level++)
		if (counts[level] < slot->levels[level].enough)
			return true;
	return false;
}

/*
 * Entries of a table that grows: a quarter of them stays free, and one.
 */
uint32
pls_slot_capacity(int64 used)
{
	uint32		capacity = FIRST_KEYS;

	while (capacity - capacity / 4 <= used)
		capacity *= 2;
	return capacity;
}

/*
 * Replace the table of a slot by one with this capacity.
 */
static void
make_table(PlsScoreState *state, int64 *more, uint32 old_capacity,
		   uint32 capacity)
{
	uint64	   *old = pls_slot_pointer(more[PLS_KEYS_TABLE]);
	uint64	   *table = MemoryContextAllocZero(state->hdr.eoh_context,
											   capacity * sizeof(uint64));
	uint32		i;

	for (i = 0; i < old_capacity; i++)
	{
		uint32		position;

		if (old[i] == 0)
			continue;
		position = pls_slot_position(old[i] >> LEVEL_BITS, capacity);
		while (table[position] != 0)
			position = (position + 1) & (capacity - 1);
		table[position] = old[i];
	}
	if (old != NULL)
		pfree(old);
	more[PLS_KEYS_TABLE] = (int64) (uintptr_t) table;
}

/*
 * Take a key in, seen in the windows from this level on.
 */
void
pls_score_state_add_key(PlsScoreState *state, const PlsScoreSlot *slot,
						uint64 key, int level)
{
	int64	   *counts = &state->words[slot->word];
	int64	   *more = counts + slot->nlevels;
	int			before = slot->nlevels;
	uint32		capacity;
	uint64	   *table;
	uint32		position;

	if (!wants_keys(counts, slot, level))
		return;
	if (slot->capacity == 0 && more[PLS_KEYS_TABLE] == 0)
		make_table(state, more, 0, pls_slot_capacity(0));
	table = pls_slot_table(slot, counts, &capacity);
	position = pls_slot_position(key, capacity);
	while (table[position] != 0 && table[position] >> LEVEL_BITS != key)
		position = (position + 1) & (capacity - 1);
	if (table[position] != 0)
		before = (int) (table[position] & ((1 << LEVEL_BITS) - 1)) - 1;
	else
		more[PLS_KEYS_USED]++;
	if (level >= before)
		return;
	table[position] = key << LEVEL_BITS | (uint64) (level + 1);
	for (; level < before; level++)
		counts[level]++;
	if (slot->capacity == 0 &&
		pls_slot_capacity(more[PLS_KEYS_USED]) != capacity)
		make_table(state, more, capacity,
				   pls_slot_capacity(more[PLS_KEYS_USED]));
}

/*
 * What a row adds to a part, as pls_row_amount() says; false if nothing.
 */
static bool
amount_of(PlsScorePlan *plan, const PlsScoreOp *op, const PlsScoreRow *row,
		  int128 *amount)
{
	const PlsPartRule *rule = op->rule;

	switch (rule->amount)
	{
		case PLS_AMOUNT_STEP:
			*amount = op->step;
			return true;
		case PLS_AMOUNT_VALUE:
		case PLS_AMOUNT_PROPERTY:
			if (row->row != NULL)
				return pls_row_amount(plan->model, row->row, rule, amount);
			*amount = row->value;
			return row->has_value;
		default:
			return pls_plain_amount(plan->model, rule, row->at,
									row->has_actor, row->actor, amount);
	}
}

/*
 * Add the key of a row's property, if it has one.
 */
static pg_noinline void
add_property_key(PlsScoreState *state, PlsScorePlan *plan,
				 const PlsScoreOp *op, const PlsScoreRow *row, int level)
{
	int128		key;

	if (amount_of(plan, op, row, &key))
		pls_score_state_add_key(state, op->slot, (uint64) key, level);
}

static void
add_row_key(PlsScoreState *state, PlsScorePlan *plan, const PlsScoreOp *op,
			const PlsScoreRow *row)
{
	const PlsScoreSlot *slot = op->slot;
	const PlsPartRule *rule = op->rule;
	int128		key;
	int			level = 0;

	if (rule->amount == PLS_AMOUNT_ACTOR && !row->has_actor)
		return;
	while (row->at < slot->levels[level].from)
		level++;
	if (!wants_keys(&state->words[slot->word], slot, level))
		return;
	if (unlikely(pls_rule_reads_property(rule)))
		add_property_key(state, plan, op, row, level);
	else if (pls_plain_amount(plan->model, rule, row->at, row->has_actor,
							  row->actor, &key))
		pls_score_state_add_key(state, slot,
								(uint64) key & ((UINT64CONST(1) << 48) - 1),
								level);
}

/* ---------- other slots ---------- */

/*
 * The part of a slot, made if it is not there yet.
 */
PlsPart *
pls_score_state_part(PlsScoreState *state, const PlsScoreSlot *slot)
{
	PlsPart    *part = pls_slot_pointer(state->words[slot->word]);

	if (part == NULL)
	{
		part = MemoryContextAllocZero(state->hdr.eoh_context,
									  sizeof(PlsPart));
		part->shape = state->plan->model->rules[slot->rule].shape;
		state->words[slot->word] = (int64) (uintptr_t) part;
	}
	return part;
}

/*
 * Add a row's value to a sum or a part.
 */
static void
add_value(PlsScoreState *state, PlsScorePlan *plan, const PlsScoreOp *op,
		  const PlsScoreRow *row)
{
	int64	   *words = &state->words[op->word];
	int128		amount;

	if (!amount_of(plan, op, row, &amount))
		return;
	if (op->kind == PLS_SLOT_PART)
	{
		pls_part_add(state->hdr.eoh_context,
					 pls_score_state_part(state, op->slot),
					 pls_rule_cell(op->rule, row->at), amount);
		return;
	}
	words[0]++;
	pls_slot_add_sum(words + 1, amount);
}

/*
 * Whether a row has the actor or the value that a rule asks for.
 */
static inline bool
has_amount(PlsScorePlan *plan, const PlsScoreOp *op, const PlsScoreRow *row)
{
	int128		amount;

	if (pls_rule_reads_property(op->rule))
		return amount_of(plan, op, row, &amount);
	return op->rule->amount != PLS_AMOUNT_ACTOR || row->has_actor;
}

static inline void
add_to_slot(PlsScoreState *state, PlsScorePlan *plan, const PlsScoreOp *op,
			const PlsScoreRow *row)
{
	int64	   *words = &state->words[op->word];
	int64		time;
	int64		bit;

	switch (op->kind)
	{
		case PLS_SLOT_ROWS:
			if (has_amount(plan, op, row))
				words[0]++;
			break;
		case PLS_SLOT_NEWEST:
			time = PLS_SLOT_TIME_BIAS + pls_rule_cell(op->rule, row->at);
			if (time > words[0] && has_amount(plan, op, row))
				words[0] = time;
			break;
		case PLS_SLOT_OLDEST:
			time = PLS_SLOT_TIME_BIAS - row->at;
			if (time > words[0])
				words[0] = time;
			break;
		case PLS_SLOT_BITS:
			bit = pls_rule_period(plan->model, op->rule, row->at) -
				op->slot->first;
			Assert(bit >= 0 && bit < op->slot->nbits);
			words[bit / 64] |= (int64) (UINT64CONST(1) << (bit % 64));
			break;
		case PLS_SLOT_KEYS:
			add_row_key(state, plan, op, row);
			break;
		case PLS_SLOT_SUM:
		case PLS_SLOT_PART:
			add_value(state, plan, op, row);
			break;
	}
}

/*
 * Whether a row meets an op's condition.  Each is evaluated once per row;
 * the first 64 are remembered.
 */
static bool
holds(const PlsScorePlan *plan, const PlsScoreOp *op, PlsRow *row,
	  uint64 *known, uint64 *met)
{
	uint64		bit = op->condition < 64 ? UINT64CONST(1) << op->condition : 0;
	bool		result;

	if (*known & bit)
		return (*met & bit) != 0;
	result = pls_row_matches(row, plan->conditions[op->condition]);
	*known |= bit;
	if (result)
		*met |= bit;
	return result;
}

/*
 * Add a row that is not later than the plan's instant, and whose actor is not
 * excluded.
 */
void
pls_score_state_add_row(PlsScorePlan *plan, PlsScoreState *state,
						const PlsScoreEvent *event, const PlsScoreRow *row)
{
	const PlsScoreOp *op = event->ops;
	const PlsScoreOp *end = op + event->nops;
	uint64		known = 0;
	uint64		met = 0;

	for (; op < end && row->at >= op->from; op++)
	{
		if (op->condition < 0 || holds(plan, op, row->row, &known, &met))
			add_to_slot(state, plan, op, row);
	}
}

/*
 * Add all rows that wait in the arena of a state.
 */
void
pls_score_state_flush(const PlsScoreState *state)
{
	PlsScoreQueue *queue;
	int			i;

	if (state->arena == NULL)
		return;
	queue = state->arena->queue;
	for (i = 0; i < PLS_SCORE_WAITING; i++)
	{
		PlsScoreWaiting *waiting = &queue->waiting[i];
		PlsScoreState *into = waiting->state;

		waiting->state = NULL;
		if (into != NULL)
			pls_score_state_add_row(state->plan, into, waiting->event,
									&waiting->row);
	}
}

/* ---------- evidence ---------- */

/*
 * Add a unit of evidence, as the rows that it stands for would have been.
 */
static void
add_item(PlsScoreState *state, const PlsScoreSlot *slot, const PlsPart *part,
		 const PlsItem *item)
{
	int64	   *words = &state->words[slot->word];
	bool		grid = part->shape.kind == PLS_PART_SUMS;
	int64		bit;
	int			level = 0;

	switch (slot->kind)
	{
		case PLS_SLOT_ROWS:
			words[0] = (int64) Min(pls_add_saturated(words[0],
													 grid ? item->amount : 1),
								   PG_INT64_MAX);
			break;
		case PLS_SLOT_NEWEST:
			words[0] = Max(words[0], PLS_SLOT_TIME_BIAS + item->at);
			break;
		case PLS_SLOT_OLDEST:
			words[0] = Max(words[0], PLS_SLOT_TIME_BIAS - item->at);
			break;
		case PLS_SLOT_BITS:
			bit = (int64) item->amount - slot->first;
			if (bit >= 0 && bit < slot->nbits)
				words[bit / 64] |= (int64) (UINT64CONST(1) << (bit % 64));
			break;
		case PLS_SLOT_KEYS:
			while (item->at < slot->levels[level].from)
				level++;
			pls_score_state_add_key(state, slot, (uint64) item->amount &
									((UINT64CONST(1) << 48) - 1), level);
			break;
		case PLS_SLOT_SUM:
			words[0]++;
			pls_slot_add_sum(words + 1, item->amount);
			break;
		case PLS_SLOT_PART:
			pls_part_add(state->hdr.eoh_context,
						 pls_score_state_part(state, slot),
						 item->at, item->amount);
			break;
	}
}

/*
 * Add evidence of the state's model, none of which is later than its instant.
 *
 * Evidence keeps the newest units only where more of them do not change what
 * a signal says, and so it can stand for its rows here.
 */
void
pls_score_state_add_evidence(PlsScoreState *state, const PlsEvidence *evidence)
{
	const PlsScorePlan *plan = state->plan;
	int			i;
	int			j;

	pls_score_state_flush(state);
	for (i = 0; i < plan->nslots; i++)
	{
		const PlsScoreSlot *slot = &plan->slots[i];
		const PlsPart *part;

		if (slot->rule < 0)
			continue;
		part = &evidence->parts[slot->rule];
		for (j = part->count - 1; j >= 0; j--)
		{
			const PlsItem *item = &part->items[part->start + j];

			if (item->at < slot->from)
				break;
			add_item(state, slot, part, item);
		}
	}
	for (i = 0; plan->marked >= 0 && i < evidence->nparts; i++)
		state->words[plan->slots[plan->marked].word] +=
			evidence->parts[i].count;
}

/* ---------- what it says ---------- */

static int64
count_units(const PlsScorePlan *plan, const PlsScoreState *state,
			const PlsScoreSlot *slot, int level)
{
	const int64 *words = &state->words[slot->word];
	int64		units = 0;
	int			limit = plan->model->rules[slot->rule].shape.limit;
	int			i;

	if (slot->kind != PLS_SLOT_BITS)
		units = words[level];
	else
		for (i = 0; i < slot->nwords; i++)
			units += pg_popcount64((uint64) words[i]);
	return limit > 0 ? Min(units, limit) : units;
}

static void
read_part(const PlsScorePlan *plan, const PlsScoreState *state,
		  const PlsScoreSlot *slot, const PlsSignal *signal,
		  PlsSignalScore *result)
{
	const PlsPart *part = pls_slot_pointer(state->words[slot->word]);
	PlsPart		none = {plan->model->rules[slot->rule].shape};

	pls_score_part(signal, part != NULL ? part : &none, plan->as_of, result);
}

static void
read_signal(const PlsScorePlan *plan, const PlsScoreState *state,
			const PlsScoreReading *reading, const PlsSignal *signal,
			PlsSignalScore *result)
{
	const PlsScoreSlot *slot = &plan->slots[reading->value];
	const int64 *words = &state->words[slot->word];

	switch (slot->kind)
	{
		case PLS_SLOT_ROWS:
			if (signal->measure == PLS_GROWTH)
			{
				int64		later =
				state->words[plan->slots[reading->later].word];

				pls_score_growth(signal, later, words[0] - later, result);
				break;
			}
			/* FALLTHROUGH */
		case PLS_SLOT_BITS:
		case PLS_SLOT_KEYS:
			pls_score_units(signal,
							count_units(plan, state, slot, reading->level),
							result);
			break;
		case PLS_SLOT_NEWEST:
			if (words[0] != 0)
				pls_score_age(words[0] - PLS_SLOT_TIME_BIAS, plan->as_of,
							  result);
			break;
		case PLS_SLOT_OLDEST:
			if (words[0] != 0)
				pls_score_age(PLS_SLOT_TIME_BIAS - words[0], plan->as_of,
							  result);
			break;
		case PLS_SLOT_SUM:
			if (words[0] != 0)
			{
				result->value_is_null = false;
				result->value = pls_slot_sum(words[1], (uint64) words[2]);
			}
			break;
		case PLS_SLOT_PART:
			read_part(plan, state, slot, signal, result);
			break;
	}
}

/*
 * The score at the plan's instant, of an account without attributes.  Arrays of the
 * result are allocated in the current memory context.  Of the signals only
 * what the total needs is filled in.
 */
void
pls_score_state_value(const PlsScoreState *state, PlsScore *score)
{
	const PlsScorePlan *plan = state->plan;
	const PlsModel *model = plan->model;
	bool		scored = true;
	int			i;

	pls_score_state_flush(state);
	pls_score_begin(model, score);
	for (i = 0; i < model->nsignals; i++)
	{
		const PlsScoreReading *reading = &plan->readings[i];
		PlsSignalScore *result = &score->signals[i];

		if (model->signals[i].measure == PLS_ATTRIBUTE)
		{
			result->value_is_null = false;
			result->value = model->signals[i].holds_unknown ? PLS_MILLI : 0;
		}
		if (reading->value >= 0)
			read_signal(plan, state, reading, &model->signals[i], result);
		if (reading->newest >= 0)
		{
			const PlsScoreSlot *slot = &plan->slots[reading->newest];
			int64		newest = state->words[slot->word];

			result->has_newest = newest != 0;
			result->newest = newest - PLS_SLOT_TIME_BIAS;
		}
	}
	if (plan->marked >= 0)
		scored = state->words[plan->slots[plan->marked].word] != 0;
	pls_score_end(model, plan->as_of, scored, score);
}
