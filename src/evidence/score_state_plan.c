/*-------------------------------------------------------------------------
 *
 * score_state_plan.c
 *	  What a score as of one instant has to keep of its rows.
 *
 * Evidence answers for every instant from its newest row on, so it keeps the
 * newest units with their times.  pls.score() answers for one instant that is
 * known beforehand: every window has a first second, rows before it do not
 * matter, and of those behind it most signals need a number only.  A plan
 * translates a model into slots:
 *
 *	  rows		counts, and growth (two counts)
 *	  newest	recency, and signals that decay as a whole; rows so old that
 *				nothing would be left of the points, or that `recency <=`
 *				would not be met, do not matter either
 *	  oldest	first
 *	  sum		sum
 *	  bits		days or periods, if the window has few of them
 *	  keys		actors, collapsed rows, distinct values, periods of a long
 *				window.  One table serves all windows over the same rows: a key is kept on the
 *				level of the shortest window that has seen it.  Keys are no
 *				longer taken in where more of them could not change the score
 *	  part		everything whose units are rounded or decay one by one: a
 *				part as in evidence, without the rows before its window;
 *				restart, with them
 *
 * Whether an entity has evidence at all matters only to a model that gives
 * points to one that has none; only then is that counted, too.
 *
 * For each event name there is one list of operations, those that look
 * farthest back first: a row is done with at the first that it is too old
 * for, and most rows of a long history at the very first.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "utils/memutils.h"

#include "evidence/score.h"
#include "evidence/score_state.h"
#include "model/model.h"
#include "model/model_cache.h"
#include "model/model_index.h"
#include "model/part_shape.h"
#include "model/signal.h"
#include "time/instant.h"


/* Half-lives after which no points are left: 2^-65 of 2^63 is below a half. */
#define HALF_LIVES 65

/*
 * The same for rows that a rule keeps in cells: a cell is in the window if
 * its start is.
 */
static PlsSeconds
rule_start(const PlsPartRule *rule, TimestampTz as_of, int64 window)
{
	PlsSeconds	start;

	if (window == 0)
		return PLS_EVER;
	start = pls_window_start(as_of, window);
	return pls_rule_cell(rule, start + rule->shape.step - 1);
}

/*
 * From when on the newest row matters to a signal's points.
 */
static PlsSeconds
decay_start(const PlsSignal *signal, TimestampTz as_of)
{
	if (signal->decay == PLS_DECAY_EXPONENTIAL)
		return pls_window_start(as_of, signal->decay_span * HALF_LIVES);
	return pls_window_start(as_of, signal->decay_span);
}

/*
 * Find or add a slot.  Rows and sums are distinguished by where they begin; of
 * the others one does for all, from the earliest beginning on.
 */
static int
add_slot(PlsScorePlan *plan, PlsSlotKind kind, int rule, PlsSeconds from)
{
	PlsScoreSlot *slot;
	bool		by_start = kind == PLS_SLOT_ROWS ||
	kind == PLS_SLOT_SUM || kind == PLS_SLOT_BITS;
	int			i;

	for (i = 0; i < plan->nslots; i++)
	{
		slot = &plan->slots[i];
		if (slot->kind != kind || slot->rule != rule ||
			(by_start && slot->from != from))
			continue;
		slot->from = Min(slot->from, from);
		return i;
	}
	slot = &plan->slots[plan->nslots++];
	slot->kind = kind;
	slot->rule = rule;
	slot->from = from;
	slot->nwords = kind == PLS_SLOT_SUM ? 3 : 1;
	return i;
}

/*
 * Add a level to a slot of keys, in descending order of beginning.
 */
static void
add_level(PlsScoreSlot *slot, PlsSeconds from, int64 enough)
{
	int			i = 0;

	if (slot->levels == NULL)
		slot->levels = palloc(PLS_SLOT_MAX_LEVELS * sizeof(PlsScoreLevel));
	while (i < slot->nlevels && slot->levels[i].from > from)
		i++;
	if (i < slot->nlevels && slot->levels[i].from == from)
	{
		slot->levels[i].enough = Max(slot->levels[i].enough, enough);
		return;
	}
	memmove(&slot->levels[i + 1], &slot->levels[i],
			(slot->nlevels - i) * sizeof(PlsScoreLevel));
	slot->levels[i].from = from;
	slot->levels[i].enough = enough;
	slot->nlevels++;
}

/*
 * Where the table of a slot of keys lies.  It takes a key in for the sake of
 * one level at least, so it never has more of them than all levels want.
 */
static void
place_table(PlsScoreSlot *slot)
{
	int64		most = 0;
	uint32		capacity = 2;
	int			i;

	for (i = 0; i < slot->nlevels; i++)
		most += slot->levels[i].enough;
	while (capacity - capacity / 4 < most)
		capacity *= 2;
	slot->capacity = capacity <= PLS_KEYS_AT_HAND ? capacity : 0;
	slot->nwords = slot->nlevels + PLS_KEYS_WORDS + slot->capacity;
}

static int
add_keys(PlsScorePlan *plan, const PlsSignal *signal,
		 const PlsPartRule *rule, PlsSeconds from)
{
	int			number = add_slot(plan, PLS_SLOT_KEYS, signal->part, from);
	int64		limit = rule->shape.limit;

	add_level(&plan->slots[number], from,
			  signal->need == 0 ? limit : Min(signal->need, limit));
	return number;
}

/*
 * Days or periods: bits if there are few in the window, else keys.
 */
static int
add_periods(PlsScorePlan *plan, const PlsSignal *signal,
			const PlsPartRule *rule, PlsSeconds from)
{
	PlsSeconds	until = pls_window_start(plan->as_of, 0) - 1;
	int64		first = pls_rule_period(plan->model, rule, from);
	int64		last = pls_rule_period(plan->model, rule, until);
	int			number;

	if (last - first >= PLS_SLOT_MAX_BITS)
		return add_keys(plan, signal, rule, from);
	number = add_slot(plan, PLS_SLOT_BITS, signal->part, from);
	plan->slots[number].first = first;
	plan->slots[number].nbits = (int) (last - first + 1);
	plan->slots[number].nwords = (plan->slots[number].nbits + 63) / 64;
	return number;
}

/*
 * The slot of a signal that counts units.
 */
static int
add_units(PlsScorePlan *plan, const PlsSignal *signal,
		  const PlsPartRule *rule, PlsSeconds from)
{
	if (signal->per_unit && signal->decay != PLS_DECAY_NONE)
		return add_slot(plan, PLS_SLOT_PART, signal->part, from);
	if (rule->shape.kind == PLS_PART_ACTORS)
		return add_keys(plan, signal, rule, from);
	if (rule->shape.kind == PLS_PART_PERIODS)
		return add_periods(plan, signal, rule, from);
	return add_slot(plan, PLS_SLOT_ROWS, signal->part, from);
}

/*
 * From when on the newest row matters to a recency: rows that are too old to
 * meet it do not, unless meeting it means that there is no newer one.
 */
static PlsSeconds
recency_start(const PlsSignal *signal, TimestampTz as_of)
{
	if (signal->op == PLS_LE || signal->op == PLS_LT)
		return pls_window_start(as_of, signal->window) - 2;
	return PLS_EVER;
}

static void
plan_signal(PlsScorePlan *plan, const PlsSignal *signal,
			PlsScoreReading *reading)
{
	const PlsPartRule *rule = &plan->model->rules[signal->part];
	PlsSeconds	from = rule_start(rule, plan->as_of, signal->window);

	reading->from = from;
	switch (signal->measure)
	{
		case PLS_COUNT:
		case PLS_ACTORS:
		case PLS_DAYS:
		case PLS_DISTINCT:
			reading->value = add_units(plan, signal, rule, from);
			break;
		case PLS_SUM:
			reading->value = add_slot(plan, signal->per_unit ?
									  PLS_SLOT_PART : PLS_SLOT_SUM,
									  signal->part, from);
			break;
		case PLS_MAX:
		case PLS_LAST:
			reading->value = add_slot(plan, PLS_SLOT_PART, signal->part,
									  from);
			break;
		case PLS_GROWTH:
			reading->later = add_slot(plan, PLS_SLOT_ROWS, signal->part,
									  from);
			reading->value = add_slot(plan, PLS_SLOT_ROWS, signal->part,
									  rule_start(rule, plan->as_of,
												 2 * signal->window));
			break;
		case PLS_RECENCY:
			reading->value = add_slot(plan, PLS_SLOT_NEWEST, signal->part,
									  recency_start(signal, plan->as_of));
			break;
		case PLS_FIRST:
			reading->value = add_slot(plan, PLS_SLOT_OLDEST, signal->part,
									  PLS_EVER);
			break;
		case PLS_SEQUENCE:
			reading->value = add_slot(plan, PLS_SLOT_PART, signal->part,
									  pls_window_start(plan->as_of,
													   signal->period));
			break;
		case PLS_RESTART:
			reading->value = add_slot(plan, PLS_SLOT_PART, signal->part,
									  PLS_EVER);
			break;
		case PLS_ATTRIBUTE:
			break;
	}
	if (!signal->per_unit && signal->decay != PLS_DECAY_NONE)
		reading->newest = add_slot(plan, PLS_SLOT_NEWEST,
								   signal->newest_part,
								   decay_start(signal, plan->as_of));
}

/*
 * Now that all levels are known: which one each signal reads.
 */
static void
find_levels(PlsScorePlan *plan)
{
	int			i;

	for (i = 0; i < plan->model->nsignals; i++)
	{
		PlsScoreReading *reading = &plan->readings[i];
		const PlsScoreSlot *slot;

		if (reading->value < 0)
			continue;
		slot = &plan->slots[reading->value];
		if (slot->kind != PLS_SLOT_KEYS)
			continue;
		while (slot->levels[reading->level].from != reading->from)
			reading->level++;
	}
}

/*
 * Whether a slot belongs into one of four places: first come those that rows
 * of every event change, of these those without a table.
 */
static bool
belongs(const PlsScorePlan *plan, const PlsScoreSlot *slot, int place)
{
	bool		cold = slot->rule >= 0 &&
	plan->model->rules[slot->rule].nevents != 0;

	return place == 2 * cold + (slot->kind == PLS_SLOT_KEYS);
}

/*
 * Give each slot its words, so that what nearly every row changes lies
 * together in front.
 */
static void
lay_out(PlsScorePlan *plan)
{
	int			place;
	int			i;

	plan->nwords = 0;
	for (place = 0; place < 4; place++)
		for (i = 0; i < plan->nslots; i++)
		{
			PlsScoreSlot *slot = &plan->slots[i];

			if (!belongs(plan, slot, place))
				continue;
			if (slot->kind == PLS_SLOT_KEYS)
				place_table(slot);
			slot->word = plan->nwords;
			plan->nwords += slot->nwords;
		}
}

/*
 * The number of a rule's condition, the same for the same text; -1 if it has
 * none.
 */
static int
condition_of(PlsScorePlan *plan, const PlsPartRule *rule, const char **texts)
{
	int			i;

	if (rule->match == NULL)
		return -1;
	for (i = 0; i < plan->nconditions; i++)
		if (strcmp(texts[i], rule->match_text) == 0)
			return i;
	texts[i] = rule->match_text;
	plan->conditions[i] = rule->match;
	plan->nconditions++;
	return i;
}

static int
compare_ops(const void *a, const void *b)
{
	const PlsScoreOp *left = a;
	const PlsScoreOp *right = b;

	if (left->from != right->from)
		return left->from < right->from ? -1 : 1;
	return left->word - right->word;
}

static bool
same_value(const PlsPartRule *a, const PlsPartRule *b)
{
	return a->amount == b->amount &&
		a->numeric_strings == b->numeric_strings &&
		strcmp(a->property, b->property) == 0;
}

/*
 * Note what an op needs of a row.
 */
static void
note_needs(PlsScoreEvent *event, const PlsScoreOp *op)
{
	const PlsScoreSlot *slot = op->slot;
	const PlsPartRule *rule = op->rule;

	if (op->condition >= 0)
		event->can_wait = false;
	if (pls_rule_reads_property(rule))
	{
		if (event->value != NULL && !same_value(event->value, rule))
			event->can_wait = false;
		event->value = rule;
		event->value_from = Min(event->value_from, op->from);
		return;
	}
	event->other_from = Min(event->other_from, op->from);
	if (rule->amount != PLS_AMOUNT_ACTOR &&
		rule->amount != PLS_AMOUNT_ACTOR_BIN)
		return;
	event->actor_from = Min(event->actor_from, op->from);
	if (rule->amount == PLS_AMOUNT_ACTOR && slot->capacity > 0 &&
		(event->table == NULL || rule->nevents == 0))
		event->table = slot;
}

/*
 * What is done with the rows of an event.
 */
static void
plan_event(PlsScorePlan *plan, const PlsEventRules *rules,
		   const int *conditions)
{
	PlsScoreEvent *event = &plan->events[rules->number];
	int			i;
	int			j;

	event->can_wait = true;
	event->actor_from = PG_INT64_MAX;
	event->value_from = PG_INT64_MAX;
	event->other_from = PG_INT64_MAX;
	event->ops = palloc(Max(rules->nrules, 1) * plan->nslots *
						sizeof(PlsScoreOp));
	for (i = 0; i < rules->nrules; i++)
		for (j = 0; j < plan->nslots; j++)
		{
			const PlsScoreSlot *slot = &plan->slots[j];
			PlsScoreOp *op = &event->ops[event->nops];
			int			rule = rules->rules[i];

			if (slot->rule != rule && slot->rule != -1)
				continue;
			op->from = slot->from;
			op->kind = slot->kind;
			op->word = slot->word;
			op->slot = slot;
			op->rule = &plan->model->rules[rule];
			op->condition = conditions[rule];
			op->step = pls_rule_step(op->rule, rules->event, rules->length);
			note_needs(event, op);
			event->nops++;
		}
	qsort(event->ops, event->nops, sizeof(PlsScoreOp), compare_ops);
	event->from = event->nops > 0 ? event->ops[0].from : PG_INT64_MAX;
	plan->from = Min(plan->from, event->from);
}

static void
plan_events(PlsScorePlan *plan)
{
	const PlsModel *model = plan->model;
	int		   *conditions = palloc(Max(model->nrules, 1) * sizeof(int));
	const char **texts = palloc(Max(model->nrules, 1) * sizeof(char *));
	uint32		i;

	plan->conditions = palloc(Max(model->nrules, 1) * sizeof(JsonPath *));
	for (i = 0; i < model->nrules; i++)
		conditions[i] = condition_of(plan, &model->rules[i], texts);
	plan->events = palloc0(model->nevents * sizeof(PlsScoreEvent));
	plan_event(plan, &model->other_events, conditions);
	for (i = 0; i <= model->table_mask; i++)
		if (model->event_table[i] != NULL &&
			!model->event_table[i]->is_alias)
			plan_event(plan, model->event_table[i], conditions);
}

/*
 * Plans with the same fingerprint fill the same words in the same way.
 */
static uint64
fingerprint_of(const PlsScorePlan *plan)
{
	uint64		hash = hash_combine64((uint64) plan->as_of, plan->nslots);
	int			i;
	int			j;

	for (i = 0; i < plan->nslots; i++)
	{
		const PlsScoreSlot *slot = &plan->slots[i];

		hash = hash_combine64(hash, slot->kind);
		hash = hash_combine64(hash, slot->from);
		hash = hash_combine64(hash, slot->nwords);
		if (slot->rule >= 0)
			hash = hash_combine64(hash,
								  plan->model->rules[slot->rule].shape.fingerprint);
		for (j = 0; j < slot->nlevels; j++)
			hash = hash_combine64(hash, slot->levels[j].from ^
								  slot->levels[j].enough);
	}
	return hash;
}

/*
 * Whether the model would give points to an entity without any row.
 */
static bool
scores_without_rows(PlsScorePlan *plan)
{
	PlsScore	score;
	void	   *memory = palloc0(pls_score_state_size(plan));
	PlsScoreState *empty = pls_score_state_create(memory, plan->context,
												  plan);

	plan->marked = -1;
	pls_score_state_value(empty, &score);
	return score.total != 0;
}

/*
 * The plan of a model as of a finite instant.  It is the caller's until
 * pls_score_plan_release(), and pins the model.
 */
PlsScorePlan *
pls_score_plan(PlsModel *model, TimestampTz as_of)
{
	/* below the caller's context until it is complete */
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "pls score plan",
												  ALLOCSET_SMALL_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	PlsScorePlan *plan = palloc0(sizeof(PlsScorePlan));
	int			i;

	plan->context = context;
	plan->model = model;
	plan->as_of = as_of;
	plan->marked = -1;
	plan->from = PG_INT64_MAX;
	/* a signal has two slots and its newest row at the most */
	plan->slots = palloc0((3 * model->nsignals + 1) * sizeof(PlsScoreSlot));
	plan->readings = palloc0(Max(model->nsignals, 1) *
							 sizeof(PlsScoreReading));
	for (i = 0; i < model->nsignals; i++)
	{
		PlsScoreReading *reading = &plan->readings[i];

		reading->value = reading->later = reading->newest = -1;
		if (model->signals[i].part >= 0)
			plan_signal(plan, &model->signals[i], reading);
	}
	find_levels(plan);
	lay_out(plan);
	if (scores_without_rows(plan))
	{
		plan->marked = add_slot(plan, PLS_SLOT_ROWS, -1, PLS_EVER);
		lay_out(plan);
	}
	plan_events(plan);
	plan->fingerprint = fingerprint_of(plan);
	MemoryContextSwitchTo(caller);
	MemoryContextSetParent(context, CacheMemoryContext);
	pls_model_share(model);
	plan->holders = 1;
	return plan;
}

void
pls_score_plan_share(PlsScorePlan *plan)
{
	Assert(plan->holders > 0);
	plan->holders++;
}

void
pls_score_plan_release(PlsScorePlan *plan)
{
	Assert(plan->holders > 0);
	if (--plan->holders > 0)
		return;
	pls_model_unpin(plan->model);
	MemoryContextDelete(plan->context);
}
