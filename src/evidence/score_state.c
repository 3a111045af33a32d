/*-------------------------------------------------------------------------
 *
 * score_state.c
 *	  What pls.score() keeps of a group: add a row, and value the whole.
 *
 * A tally is one block of words, laid out by a plan (score_state_plan.c), so that
 * a row of a group touches a line or two of memory that is not in the cache;
 * only tables of keys and parts lie apart.  It is an expanded object of type
 * pls.evidence: see arena.c for where its memory lies.
 *
 * With many groups, most of the time of a row would be spent waiting for that
 * line.  So rows are not added at once: the arena keeps what it needs of the
 * last few of them while their tallies are fetched, and adds them in turn.
 * Whoever looks at a tally settles its arena first; what waits goes with the
 * tallies that it waits for.
 *
 * What a tally holds may depend on the order of rows (which keys it took in
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
 * An empty tally in zeroed memory of its size; what hangs on it is to be
 * allocated in the context.
 */
PlsTally *
pls_tally_create(void *zeroed, MemoryContext context, PlsTallyPlan *plan)
{
	PlsTally   *tally = zeroed;

	EOH_init_header(&tally->hdr, &pls_tally_methods, context);
	tally->plan = plan;
	return tally;
}

static void
release_plan(void *plan)
{
	pls_tally_plan_release(plan);
}

/*
 * The arena of an aggregate context for tallies of a plan.
 */
PlsArena *
pls_tally_arena(MemoryContext aggregate_context, PlsTallyPlan *plan)
{
	PlsArena   *arena = pls_arena_first(aggregate_context);

	while (arena != NULL && arena->plan != plan)
		arena = arena->next;
	if (arena != NULL)
		return arena;
	arena = pls_arena_create(aggregate_context, PLS_ARENA_TALLIES);
	arena->queue = MemoryContextAllocZero(arena->context,
										  sizeof(PlsTallyQueue));
	pls_tally_plan_share(plan);
	pls_arena_hold(arena, plan, release_plan);
	arena->plan = plan;
	return arena;
}

/*
 * A new tally in an arena.  If there are too many slabs already, it lies
 * somewhere, and its rows do not wait.
 */
PlsTally *
pls_arena_tally(PlsArena *arena)
{
	Size		size = pls_tally_size(arena->plan);
	void	   *memory = pls_arena_slab_room(arena, size);
	PlsTally   *tally;

	if (memory == NULL)
		memory = MemoryContextAllocZero(arena->context, size);
	tally = pls_tally_create(memory, arena->context, arena->plan);
	tally->arena = arena;
	return tally;
}

/* What holds the plan of a tally that is alone in its context. */
typedef struct LoneHolder
{
	MemoryContextCallback gone;
	PlsTallyPlan *plan;
} LoneHolder;

static void
lone_gone(void *arg)
{
	LoneHolder *holder = arg;

	pls_tally_plan_release(holder->plan);
}

/*
 * A new tally in a context of its own.
 */
PlsTally *
pls_lone_tally(MemoryContext parent, PlsTallyPlan *plan)
{
	MemoryContext context = AllocSetContextCreate(parent, "pls tally",
												  ALLOCSET_SMALL_SIZES);
	LoneHolder *holder = MemoryContextAlloc(context, sizeof(LoneHolder));
	PlsTally   *tally;

	tally = pls_tally_create(MemoryContextAllocZero(context,
													pls_tally_size(plan)),
							 context, plan);
	holder->plan = plan;
	holder->gone.func = lone_gone;
	holder->gone.arg = holder;
	pls_tally_plan_share(plan);
	MemoryContextRegisterResetCallback(context, &holder->gone);
	return tally;
}

/* ---------- keys ---------- */

/*
 * Whether more keys on this level, and on those with longer windows, could
 * change the score.
 */
static inline bool
wants_keys(const int64 *counts, const PlsTallySlot *slot, int level)
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
pls_tally_capacity(int64 used)
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
make_table(PlsTally *tally, int64 *more, uint32 old_capacity,
		   uint32 capacity)
{
	uint64	   *old = pls_tally_pointer(more[PLS_KEYS_TABLE]);
	uint64	   *table = MemoryContextAllocZero(tally->hdr.eoh_context,
											   capacity * sizeof(uint64));
	uint32		i;

	for (i = 0; i < old_capacity; i++)
	{
		uint32		position;

		if (old[i] == 0)
			continue;
		position = pls_tally_position(old[i] >> LEVEL_BITS, capacity);
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
pls_tally_add_key(PlsTally *tally, const PlsTallySlot *slot, uint64 key,
				  int level)
{
	int64	   *counts = &tally->words[slot->word];
	int64	   *more = counts + slot->nlevels;
	int			before = slot->nlevels;
	uint32		capacity;
	uint64	   *table;
	uint32		position;

	if (!wants_keys(counts, slot, level))
		return;
	if (slot->capacity == 0 && more[PLS_KEYS_TABLE] == 0)
		make_table(tally, more, 0, pls_tally_capacity(0));
	table = pls_tally_table(slot, counts, &capacity);
	position = pls_tally_position(key, capacity);
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
		pls_tally_capacity(more[PLS_KEYS_USED]) != capacity)
		make_table(tally, more, capacity,
				   pls_tally_capacity(more[PLS_KEYS_USED]));
}

static void
add_row_key(PlsTally *tally, PlsTallyPlan *plan, const PlsTallyOp *op,
			const PlsTallyRow *row)
{
	const PlsTallySlot *slot = op->slot;
	const PlsPartRule *rule = op->rule;
	uint64		key;
	int			level = 0;

	if (rule->amount == PLS_AMOUNT_ACTOR && !row->has_actor)
		return;
	while (row->at < slot->levels[level].from)
		level++;
	if (!wants_keys(&tally->words[slot->word], slot, level))
		return;
	if (rule->shape.kind == PLS_PART_PERIODS)
		key = (uint64) pls_rule_period(plan->model, rule, row->at);
	else
		key = pls_actor_key(rule, row->actor, row->at);
	pls_tally_add_key(tally, slot, key & ((UINT64CONST(1) << 48) - 1), level);
}

/* ---------- other slots ---------- */

/*
 * The part of a slot, made if it is not there yet.
 */
PlsPart *
pls_tally_part(PlsTally *tally, const PlsTallySlot *slot)
{
	PlsPart    *part = pls_tally_pointer(tally->words[slot->word]);

	if (part == NULL)
	{
		part = MemoryContextAllocZero(tally->hdr.eoh_context,
									  sizeof(PlsPart));
		part->shape = tally->plan->model->rules[slot->rule].shape;
		tally->words[slot->word] = (int64) (uintptr_t) part;
	}
	return part;
}

/*
 * What a row adds to a part, as pls_row_amount() says; false if nothing.
 */
static bool
amount_of(PlsTallyPlan *plan, const PlsTallyOp *op, const PlsTallyRow *row,
		  int128 *amount)
{
	const PlsPartRule *rule = op->rule;

	if (row->row != NULL)
		return pls_row_amount(plan->model, row->row, rule, amount);
	switch (rule->amount)
	{
		case PLS_AMOUNT_NONE:
			*amount = 0;
			return true;
		case PLS_AMOUNT_ONE:
			*amount = 1;
			return true;
		case PLS_AMOUNT_ACTOR:
		case PLS_AMOUNT_ACTOR_BIN:
			*amount = pls_actor_key(rule, row->actor, row->at);
			return row->has_actor || rule->amount == PLS_AMOUNT_ACTOR_BIN;
		case PLS_AMOUNT_DAY:
		case PLS_AMOUNT_PERIOD:
			*amount = pls_rule_period(plan->model, rule, row->at);
			return true;
		case PLS_AMOUNT_STEP:
			*amount = op->step;
			return true;
		case PLS_AMOUNT_VALUE:
			*amount = row->value;
			return row->has_value;
	}
	return false;
}

/*
 * Add a row's value to a sum or a part.
 */
static void
add_value(PlsTally *tally, PlsTallyPlan *plan, const PlsTallyOp *op,
		  const PlsTallyRow *row)
{
	int64	   *words = &tally->words[op->word];
	int128		amount;

	if (!amount_of(plan, op, row, &amount))
		return;
	if (op->kind == PLS_TALLY_PART)
	{
		pls_part_add(tally->hdr.eoh_context, pls_tally_part(tally, op->slot),
					 pls_rule_cell(op->rule, row->at), amount);
		return;
	}
	words[0]++;
	pls_tally_add_sum(words + 1, amount);
}

/*
 * Whether a row has the actor or the value that a rule asks for.
 */
static inline bool
has_amount(PlsTallyPlan *plan, const PlsTallyOp *op, const PlsTallyRow *row)
{
	int128		amount;

	if (op->rule->amount == PLS_AMOUNT_VALUE)
		return amount_of(plan, op, row, &amount);
	return op->rule->amount != PLS_AMOUNT_ACTOR || row->has_actor;
}

static inline void
add_to_slot(PlsTally *tally, PlsTallyPlan *plan, const PlsTallyOp *op,
			const PlsTallyRow *row)
{
	int64	   *words = &tally->words[op->word];
	int64		time;
	int64		bit;

	switch (op->kind)
	{
		case PLS_TALLY_ROWS:
			if (has_amount(plan, op, row))
				words[0]++;
			break;
		case PLS_TALLY_NEWEST:
			time = PLS_TALLY_TIME_BIAS + pls_rule_cell(op->rule, row->at);
			if (time > words[0] && has_amount(plan, op, row))
				words[0] = time;
			break;
		case PLS_TALLY_OLDEST:
			time = PLS_TALLY_TIME_BIAS - row->at;
			if (time > words[0])
				words[0] = time;
			break;
		case PLS_TALLY_BITS:
			bit = pls_rule_period(plan->model, op->rule, row->at) -
				op->slot->first;
			Assert(bit >= 0 && bit < op->slot->nbits);
			words[bit / 64] |= (int64) (UINT64CONST(1) << (bit % 64));
			break;
		case PLS_TALLY_KEYS:
			add_row_key(tally, plan, op, row);
			break;
		case PLS_TALLY_SUM:
		case PLS_TALLY_PART:
			add_value(tally, plan, op, row);
			break;
	}
}

/*
 * Whether a row meets an op's condition.  Each is evaluated once per row;
 * the first 64 are remembered.
 */
static bool
holds(const PlsTallyPlan *plan, const PlsTallyOp *op, PlsRow *row,
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
pls_tally_add_row(PlsTallyPlan *plan, PlsTally *tally,
				  const PlsTallyEvent *event, const PlsTallyRow *row)
{
	const PlsTallyOp *op = event->ops;
	const PlsTallyOp *end = op + event->nops;
	uint64		known = 0;
	uint64		met = 0;

	for (; op < end && row->at >= op->from; op++)
	{
		if (op->condition < 0 || holds(plan, op, row->row, &known, &met))
			add_to_slot(tally, plan, op, row);
	}
}

/*
 * Add all rows that wait in the arena of a tally.
 */
void
pls_tally_settle(const PlsTally *tally)
{
	PlsTallyQueue *queue;
	int			i;

	if (tally->arena == NULL)
		return;
	queue = tally->arena->queue;
	for (i = 0; i < PLS_TALLY_WAITING; i++)
	{
		PlsTallyWaiting *waiting = &queue->waiting[i];
		PlsTally   *into = waiting->tally;

		waiting->tally = NULL;
		if (into != NULL)
			pls_tally_add_row(tally->plan, into, waiting->event,
							  &waiting->row);
	}
}

/* ---------- evidence ---------- */

/*
 * Add a unit of evidence, as the rows that it stands for would have been.
 */
static void
add_item(PlsTally *tally, const PlsTallySlot *slot, const PlsPart *part,
		 const PlsItem *item)
{
	int64	   *words = &tally->words[slot->word];
	bool		grid = part->shape.kind == PLS_PART_SUMS;
	int64		bit;
	int			level = 0;

	switch (slot->kind)
	{
		case PLS_TALLY_ROWS:
			words[0] = (int64) Min(pls_add_saturated(words[0],
													 grid ? item->amount : 1),
								   PG_INT64_MAX);
			break;
		case PLS_TALLY_NEWEST:
			words[0] = Max(words[0], PLS_TALLY_TIME_BIAS + item->at);
			break;
		case PLS_TALLY_OLDEST:
			words[0] = Max(words[0], PLS_TALLY_TIME_BIAS - item->at);
			break;
		case PLS_TALLY_BITS:
			bit = (int64) item->amount - slot->first;
			if (bit >= 0 && bit < slot->nbits)
				words[bit / 64] |= (int64) (UINT64CONST(1) << (bit % 64));
			break;
		case PLS_TALLY_KEYS:
			while (item->at < slot->levels[level].from)
				level++;
			pls_tally_add_key(tally, slot, (uint64) item->amount &
							  ((UINT64CONST(1) << 48) - 1), level);
			break;
		case PLS_TALLY_SUM:
			words[0]++;
			pls_tally_add_sum(words + 1, item->amount);
			break;
		case PLS_TALLY_PART:
			pls_part_add(tally->hdr.eoh_context, pls_tally_part(tally, slot),
						 item->at, item->amount);
			break;
	}
}

/*
 * Add evidence of the tally's model, none of which is later than its instant.
 *
 * Evidence keeps the newest units only where more of them do not change what
 * a signal says, and so it can stand for its rows here.
 */
void
pls_tally_add_evidence(PlsTally *tally, const PlsEvidence *evidence)
{
	const PlsTallyPlan *plan = tally->plan;
	int			i;
	int			j;

	pls_tally_settle(tally);
	for (i = 0; i < plan->nslots; i++)
	{
		const PlsTallySlot *slot = &plan->slots[i];
		const PlsPart *part;

		if (slot->rule < 0)
			continue;
		part = &evidence->parts[slot->rule];
		for (j = part->count - 1; j >= 0; j--)
		{
			const PlsItem *item = &part->items[part->start + j];

			if (item->at < slot->from)
				break;
			add_item(tally, slot, part, item);
		}
	}
	for (i = 0; plan->marked >= 0 && i < evidence->nparts; i++)
		tally->words[plan->slots[plan->marked].word] +=
			evidence->parts[i].count;
}

/* ---------- what it says ---------- */

static int64
count_units(const PlsTallyPlan *plan, const PlsTally *tally,
			const PlsTallySlot *slot, int level)
{
	const int64 *words = &tally->words[slot->word];
	int64		units = 0;
	int			limit = plan->model->rules[slot->rule].shape.limit;
	int			i;

	if (slot->kind != PLS_TALLY_BITS)
		units = words[level];
	else
		for (i = 0; i < slot->nwords; i++)
			units += pg_popcount64((uint64) words[i]);
	return limit > 0 ? Min(units, limit) : units;
}

static void
read_part(const PlsTallyPlan *plan, const PlsTally *tally,
		  const PlsTallySlot *slot, const PlsSignal *signal,
		  PlsSignalScore *result)
{
	const PlsPart *part = pls_tally_pointer(tally->words[slot->word]);
	PlsPart		none = {plan->model->rules[slot->rule].shape};

	pls_score_part(signal, part != NULL ? part : &none, plan->as_of, result);
}

static void
read_signal(const PlsTallyPlan *plan, const PlsTally *tally,
			const PlsTallyReading *reading, const PlsSignal *signal,
			PlsSignalScore *result)
{
	const PlsTallySlot *slot = &plan->slots[reading->value];
	const int64 *words = &tally->words[slot->word];

	switch (slot->kind)
	{
		case PLS_TALLY_ROWS:
			if (signal->measure == PLS_GROWTH)
			{
				int64		later = tally->words[plan->slots[reading->later].word];

				pls_score_growth(signal, later, words[0] - later, result);
				break;
			}
			/* FALLTHROUGH */
		case PLS_TALLY_BITS:
		case PLS_TALLY_KEYS:
			pls_score_units(signal,
							count_units(plan, tally, slot, reading->level),
							result);
			break;
		case PLS_TALLY_NEWEST:
			if (words[0] != 0)
				pls_score_age(words[0] - PLS_TALLY_TIME_BIAS, plan->as_of,
							  result);
			break;
		case PLS_TALLY_OLDEST:
			if (words[0] != 0)
				pls_score_age(PLS_TALLY_TIME_BIAS - words[0], plan->as_of,
							  result);
			break;
		case PLS_TALLY_SUM:
			if (words[0] != 0)
			{
				result->value_is_null = false;
				result->value = pls_tally_sum(words[1], (uint64) words[2]);
			}
			break;
		case PLS_TALLY_PART:
			read_part(plan, tally, slot, signal, result);
			break;
	}
}

/*
 * The score at the plan's instant, of an account without attributes.  Arrays of the
 * result are allocated in the current memory context.  Of the signals only
 * what the total needs is filled in.
 */
void
pls_tally_score(const PlsTally *tally, PlsScore *score)
{
	const PlsTallyPlan *plan = tally->plan;
	const PlsModel *model = plan->model;
	bool		scored = true;
	int			i;

	pls_tally_settle(tally);
	pls_score_begin(model, score);
	for (i = 0; i < model->nsignals; i++)
	{
		const PlsTallyReading *reading = &plan->readings[i];
		PlsSignalScore *result = &score->signals[i];

		if (model->signals[i].measure == PLS_ATTRIBUTE)
		{
			result->value_is_null = false;
			result->value = model->signals[i].holds_unknown ? PLS_MILLI : 0;
		}
		if (reading->value >= 0)
			read_signal(plan, tally, reading, &model->signals[i], result);
		if (reading->newest >= 0)
		{
			int64		newest = tally->words[plan->slots[reading->newest].word];

			result->has_newest = newest != 0;
			result->newest = newest - PLS_TALLY_TIME_BIAS;
		}
	}
	if (plan->marked >= 0)
		scored = tally->words[plan->slots[plan->marked].word] != 0;
	pls_score_end(model, plan->as_of, scored, score);
}
