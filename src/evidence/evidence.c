/*-------------------------------------------------------------------------
 *
 * evidence.c
 *	  What a motion remembers of an entity: make, add, merge.
 *
 * Evidence is a set of parts, one for each way in which a motion's signals
 * look at events.  A part is an ordered set of items and one of a few set
 * operations that keep it small:
 *
 *	  times, last	the newest `limit` rows (ties: greater amount)
 *	  actors,		the newest `limit` units, each by its newest row
 *	  periods		(ties: greater key)
 *	  sums			a cell per `step` seconds: rows or values added up
 *	  maxima		a cell per `step` seconds: the greatest value
 *	  oldest		the first row
 *	  steps			the newest `limit` rows of each event of a sequence
 *
 * Items that lie `span` seconds or more behind the newest item of their part
 * are forgotten: no window as of the newest item or later reaches them.
 *
 * Invariant: a part is at all times a pure function of the multiset of what
 * was added to it.  Keeping the newest of a union, the newest per key, the
 * sum or maximum per cell and forgetting by distance from the newest are
 * each commutative and associative, and so is their combination: what one of
 * two merged parts forgot, the merged part would forget.  Hence any order,
 * split or storage round trip ends in the same items, and in the same bytes.
 *
 * Memory: everything lies in evidence->context.  An expanded object normally
 * has a context of its own; here many share one (evidence_agg.c), so evidence is
 * never freed by itself, only with its context.
 *
 * No fmgr and no SPI here.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "decimal.h"
#include "evidence/evidence.h"
#include "model/part_shape.h"
#include "pls.h"
#include "pls_compat.h"
#include "time/instant.h"

#define FIRST_CAPACITY 4
#define FEW_ITEMS	8			/* are added one by one */

static Size evidence_flat_size(ExpandedObjectHeader *header);
static void evidence_flatten_into(ExpandedObjectHeader *header,
								  void *result, Size allocated_size);

static const ExpandedObjectMethods evidence_methods = {
	evidence_flat_size,
	evidence_flatten_into
};

static Size
evidence_flat_size(ExpandedObjectHeader *header)
{
	PlsEvidence *evidence = (PlsEvidence *) header;

	Assert(evidence->magic == PLS_EVIDENCE_MAGIC);
	return pls_evidence_flat_size(evidence);
}

static void
evidence_flatten_into(ExpandedObjectHeader *header, void *result,
					  Size allocated_size)
{
	PlsEvidence *evidence = (PlsEvidence *) header;

	Assert(evidence->magic == PLS_EVIDENCE_MAGIC);
	pls_evidence_flatten(evidence, result, allocated_size);
}

/*
 * Make evidence with nparts parts, whose shapes the caller fills in.
 */
PlsEvidence *
pls_evidence_create(MemoryContext context, const char *motion, int nparts)
{
	PlsEvidence *evidence = MemoryContextAllocZero(context,
												   sizeof(PlsEvidence));

	EOH_init_header(&evidence->hdr, &evidence_methods, context);
	evidence->magic = PLS_EVIDENCE_MAGIC;
	evidence->context = context;
	evidence->nparts = nparts;
	if (nparts > 0)
		evidence->parts = MemoryContextAllocZero(context,
												 nparts * sizeof(PlsPart));
	strlcpy(evidence->motion, motion, sizeof(evidence->motion));
	return evidence;
}

/*
 * The order of items: by time, then by amount.
 */
int
pls_item_compare(const PlsItem *a, const PlsItem *b)
{
	if (a->at != b->at)
		return a->at < b->at ? -1 : 1;
	if (a->amount != b->amount)
		return a->amount < b->amount ? -1 : 1;
	return 0;
}

/*
 * Whether two neighbors may stand in this order in a part of this kind: a
 * cell or a keyed unit is there once, a mere time or a step may repeat.
 */
bool
pls_part_in_order(PlsPartKind kind, const PlsItem *older,
				  const PlsItem *newer)
{
	if (kind == PLS_PART_SUMS || kind == PLS_PART_MAXIMA)
		return older->at < newer->at;
	if (kind == PLS_PART_TIMES || kind == PLS_PART_STEPS)
		return pls_item_compare(older, newer) <= 0;
	return pls_item_compare(older, newer) < 0;
}

/*
 * Make room for one more item behind the last.
 */
static void
reserve(MemoryContext context, PlsPart *part)
{
	if (part->start + part->count < part->capacity)
		return;
	if (part->start > 0 && part->start >= part->capacity / 4)
	{
		memmove(part->items, part->items + part->start,
				part->count * sizeof(PlsItem));
		part->start = 0;
	}
	else if (part->items == NULL)
	{
		int			capacity = part->shape.limit == 1 ? 1 : FIRST_CAPACITY;

		part->items = MemoryContextAlloc(context, capacity * sizeof(PlsItem));
		part->capacity = capacity;
	}
	else
	{
		part->capacity *= 2;
		part->items = repalloc(part->items,
							   part->capacity * sizeof(PlsItem));
	}
}

/*
 * Make room for one more item before the first: a rebuild mostly comes to the
 * newest rows first.
 */
static void
reserve_before(MemoryContext context, PlsPart *part)
{
	int			start;

	if (part->start > 0)
		return;
	reserve(context, part);
	start = (part->capacity - part->count + 1) / 2;
	memmove(part->items + start, part->items, part->count * sizeof(PlsItem));
	part->start = start;
}

/*
 * Insert an item at a position counted from the oldest (0) item.
 */
static void
insert_at(MemoryContext context, PlsPart *part, int position, PlsItem item)
{
	PlsItem    *items;

	if (position == 0 && part->count > 0)
	{
		reserve_before(context, part);
		part->items[--part->start] = item;
		part->count++;
		return;
	}
	reserve(context, part);
	items = part->items + part->start;
	if (position < part->count)
		memmove(items + position + 1, items + position,
				(part->count - position) * sizeof(PlsItem));
	items[position] = item;
	part->count++;
}

static void
remove_at(PlsPart *part, int position)
{
	PlsItem    *items = part->items + part->start;

	part->count--;
	if (position == 0)
		part->start++;
	else
		memmove(items + position, items + position + 1,
				(part->count - position) * sizeof(PlsItem));
	if (part->count == 0)
		part->start = 0;
}

/*
 * Where an item belongs: the number of items that come before it.  Searched
 * from the newest end, where nearly all rows arrive.
 */
static int
position_of(const PlsPart *part, const PlsItem *item)
{
	const PlsItem *items = part->items + part->start;
	int			low = 0;
	int			high = part->count;

	if (high == 0 || pls_item_compare(&items[high - 1], item) < 0)
		return high;
	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (pls_item_compare(&items[middle], item) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/*
 * Forget what no window as of the newest item reaches.
 */
static void
forget_old(PlsPart *part)
{
	PlsItem    *newest = pls_part_newest(part);

	if (part->shape.span == 0 || newest == NULL)
		return;
	while (part->items[part->start].at <= newest->at - part->shape.span)
	{
		part->start++;
		part->count--;
	}
}

/*
 * Add a unit to a part that keeps the newest `limit` of them.
 */
static void
add_unit(MemoryContext context, PlsPart *part, PlsItem item)
{
	if (part->count == part->shape.limit)
	{
		if (pls_item_compare(&item, &part->items[part->start]) <= 0)
			return;
		if (part->count == 1)
		{
			part->items[part->start] = item;
			return;
		}
		remove_at(part, 0);
	}
	insert_at(context, part, position_of(part, &item), item);
}

/*
 * Add a row of a keyed unit: a unit counts by its newest row.
 */
static void
add_keyed_unit(MemoryContext context, PlsPart *part, PlsItem item)
{
	PlsItem    *items = part->items + part->start;
	int			i;

	for (i = part->count - 1; i >= 0; i--)
	{
		if (items[i].amount != item.amount)
			continue;
		if (items[i].at >= item.at)
			return;
		if (i == part->count - 1)
		{
			items[i].at = item.at;
			return;
		}
		remove_at(part, i);
		break;
	}
	add_unit(context, part, item);
}

/*
 * Add a row's amount to its cell of a grid.
 */
static void
add_to_cell(MemoryContext context, PlsPart *part, PlsItem item)
{
	PlsItem    *newest = pls_part_newest(part);
	PlsItem    *cell = NULL;

	if (newest != NULL && newest->at == item.at)
		cell = newest;
	else
	{
		/* cells are distinguished by time alone: look for the least amount */
		PlsItem		key = {item.at, PLS_INT128_MIN};
		int			position = position_of(part, &key);

		if (position < part->count &&
			part->items[part->start + position].at == item.at)
			cell = &part->items[part->start + position];
		else
			insert_at(context, part, position, item);
	}
	if (cell == NULL)
		return;
	if (part->shape.kind == PLS_PART_SUMS)
		cell->amount = pls_add_saturated(cell->amount, item.amount);
	else
		cell->amount = Max(cell->amount, item.amount);
}

/*
 * Add a row of one event of a sequence: of each the newest are kept.
 */
static void
add_step(MemoryContext context, PlsPart *part, PlsItem item)
{
	const PlsItem *items = part->items + part->start;
	int			oldest = -1;
	int			rows = 0;
	int			i;

	for (i = part->count - 1; i >= 0 && rows < part->shape.limit; i--)
	{
		if (items[i].amount != item.amount)
			continue;
		oldest = i;
		rows++;
	}
	if (rows == part->shape.limit)
	{
		if (item.at <= items[oldest].at)
			return;
		remove_at(part, oldest);
	}
	insert_at(context, part, position_of(part, &item), item);
}

/*
 * Add one item to a part: a row as signal.c sees it, or an item of another
 * part of the same shape.
 */
void
pls_part_add(MemoryContext context, PlsPart *part, PlsSeconds at,
			 int128 amount)
{
	PlsItem		item = {at, amount};
	PlsItem    *newest = pls_part_newest(part);
	bool		is_newest = (newest == NULL || at > newest->at);

	if (part->shape.span != 0 && !is_newest &&
		at <= newest->at - part->shape.span)
		return;

	switch (part->shape.kind)
	{
		case PLS_PART_TIMES:
		case PLS_PART_LAST:
			add_unit(context, part, item);
			break;
		case PLS_PART_ACTORS:
		case PLS_PART_PERIODS:
			add_keyed_unit(context, part, item);
			break;
		case PLS_PART_SUMS:
		case PLS_PART_MAXIMA:
			add_to_cell(context, part, item);
			break;
		case PLS_PART_OLDEST:
			if (part->count == 0)
				insert_at(context, part, 0, item);
			else if (at < part->items[part->start].at)
				part->items[part->start] = item;
			break;
		case PLS_PART_STEPS:
			add_step(context, part, item);
			break;
	}
	if (is_newest)
		forget_old(part);
}

/*
 * The part with this fingerprint, or NULL.
 */
PlsPart *
pls_evidence_find(const PlsEvidence *evidence, uint64 fingerprint)
{
	int			low = 0;
	int			high = evidence->nparts;

	while (low < high)
	{
		int			middle = (low + high) / 2;
		PlsPart    *part = &evidence->parts[middle];

		if (part->shape.fingerprint == fingerprint)
			return part;
		if (part->shape.fingerprint < fingerprint)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

/* ---------- many items ---------- */

/*
 * Which of the items of an array have been seen, by their amounts: a hash
 * table of their indexes, -1 where there is none.
 */
typedef struct SeenKeys
{
	const PlsItem *items;
	uint32		mask;
	int		   *slots;
} SeenKeys;

static void
seen_begin(SeenKeys *seen, const PlsItem *items, int most)
{
	uint32		size = 8;

	while (size < 2 * (uint32) most)
		size *= 2;
	seen->items = items;
	seen->mask = size - 1;
	seen->slots = palloc(size * sizeof(int));
	memset(seen->slots, -1, size * sizeof(int));
}

/*
 * Note an item; false if one with its amount has been noted before.
 */
static bool
seen_note(SeenKeys *seen, int index)
{
	int128		amount = seen->items[index].amount;
	uint64		hash = (uint64) amount * UINT64CONST(0x9E3779B97F4A7C15);
	uint32		slot = (uint32) (hash >> 32);

	for (;; slot++)
	{
		int			other = seen->slots[slot & seen->mask];

		if (other < 0)
			break;
		if (seen->items[other].amount == amount)
			return false;
	}
	seen->slots[slot & seen->mask] = index;
	return true;
}

/*
 * Whether a part has an amount twice.
 */
bool
pls_part_repeats_key(const PlsPart *part)
{
	SeenKeys	seen;
	int			i;

	seen_begin(&seen, part->items + part->start, part->count);
	for (i = 0; i < part->count; i++)
		if (!seen_note(&seen, i))
			break;
	pfree(seen.slots);
	return i < part->count;
}

/* Two parts that are being merged, newest items first. */
typedef struct Merge
{
	PlsItem    *items;			/* the result, filled from its end */
	int			first;			/* its oldest item so far */
	int			most;			/* items that it has room for */
	int			left;			/* units that are still to be kept */
	SeenKeys	seen;			/* of keyed units */
	int			rows[PLS_MAX_STEPS];	/* of each event of a sequence */
} Merge;

/*
 * Add an item that is not newer than those before it.
 */
static void
merge_item(Merge *merge, const PlsPartShape *shape, const PlsItem *item)
{
	PlsItem    *newer = merge->items + merge->first;

	switch (shape->kind)
	{
		case PLS_PART_SUMS:
		case PLS_PART_MAXIMA:
			if (merge->first < merge->most && newer->at == item->at)
			{
				if (shape->kind == PLS_PART_SUMS)
					newer->amount = pls_add_saturated(newer->amount,
													  item->amount);
				else
					newer->amount = Max(newer->amount, item->amount);
				return;
			}
			break;
		case PLS_PART_STEPS:
			if (merge->rows[(int) item->amount]++ >= shape->limit)
				return;
			break;
		default:
			if (merge->left == 0)
				return;
			break;
	}
	newer[-1] = *item;
	if ((shape->kind == PLS_PART_ACTORS || shape->kind == PLS_PART_PERIODS) &&
		!seen_note(&merge->seen, merge->first - 1))
		return;
	merge->first--;
	merge->left--;
}

/*
 * Merge a part into another that is not empty, in a time that grows with
 * their items.
 */
static void
merge_many(MemoryContext context, PlsPart *into, const PlsPart *from)
{
	const PlsPartShape *shape = &into->shape;
	const PlsItem *a = into->items + into->start + into->count;
	const PlsItem *b = from->items + from->start + from->count;
	int			a_left = into->count;
	int			b_left = from->count;
	PlsSeconds	newest = Max(a[-1].at, b[-1].at);
	bool		keyed = shape->kind == PLS_PART_ACTORS ||
	shape->kind == PLS_PART_PERIODS;
	Merge		merge;

	memset(&merge, 0, sizeof(merge));
	merge.most = merge.first = a_left + b_left;
	merge.left = shape->limit;
	merge.items = MemoryContextAlloc(context, merge.most * sizeof(PlsItem));
	if (keyed)
		seen_begin(&merge.seen, merge.items, merge.most);
	while (a_left + b_left > 0)
	{
		const PlsItem *item;

		if (b_left == 0 ||
			(a_left > 0 && pls_item_compare(a - 1, b - 1) >= 0))
		{
			item = --a;
			a_left--;
		}
		else
		{
			item = --b;
			b_left--;
		}
		if (shape->span != 0 && item->at <= newest - shape->span)
			break;
		merge_item(&merge, shape, item);
	}
	if (keyed)
		pfree(merge.seen.slots);
	pfree(into->items);
	into->items = merge.items;
	into->start = merge.first;
	into->count = merge.most - merge.first;
	into->capacity = merge.most;
}

/*
 * Merge a part into another of the same shape.
 */
static void
merge_part(MemoryContext context, PlsPart *into, const PlsPart *from)
{
	const PlsItem *items = from->items + from->start;
	int			i;

	CHECK_FOR_INTERRUPTS();
	if (from->count > FEW_ITEMS && into->count > 0)
		merge_many(context, into, from);
	else if (from->count > FEW_ITEMS)
	{
		if (into->items != NULL)
			pfree(into->items);
		into->items = MemoryContextAlloc(context,
										 from->count * sizeof(PlsItem));
		memcpy(into->items, items, from->count * sizeof(PlsItem));
		into->start = 0;
		into->count = into->capacity = from->count;
	}
	else
	{
		/* newest first: what is already forgotten is not added */
		for (i = from->count - 1; i >= 0; i--)
			pls_part_add(context, into, items[i].at, items[i].amount);
	}
}

bool
pls_same_shape(const PlsPartShape *a, const PlsPartShape *b)
{
	return a->fingerprint == b->fingerprint && a->kind == b->kind &&
		a->limit == b->limit && a->span == b->span && a->step == b->step;
}

/*
 * Drop the parts that the other evidence does not know.
 *
 * A part that only one side keeps is of another model: the other side's
 * share of it is unknown, so that it must read as absent, not as small.
 */
static void
keep_common_parts(PlsEvidence *into, const PlsEvidence *from)
{
	int			kept = 0;
	int			i;

	for (i = 0; i < into->nparts; i++)
	{
		if (pls_evidence_find(from, into->parts[i].shape.fingerprint))
			into->parts[kept++] = into->parts[i];
	}
	if (kept < into->nparts)
		into->model = 0;
	into->nparts = kept;
}

/*
 * Whether evidence may be merged without an error.
 */
bool
pls_evidence_mergeable(const PlsEvidence *into, const PlsEvidence *from)
{
	int			i;

	if (strcmp(into->motion, from->motion) != 0)
		return false;
	for (i = 0; i < into->nparts; i++)
	{
		const PlsPartShape *shape = &into->parts[i].shape;
		const PlsPart *other = pls_evidence_find(from, shape->fingerprint);

		if (other != NULL && !pls_same_shape(shape, &other->shape))
			return false;
	}
	return true;
}

pg_noreturn static void
refuse_merge(const PlsEvidence *into, const PlsEvidence *from)
{
	if (strcmp(into->motion, from->motion) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("cannot merge evidence of motion \"%s\" with evidence of motion \"%s\"",
						from->motion, into->motion),
				 errhint("Group by motion.")));
	ereport(ERROR,
			(errcode(ERRCODE_DATA_EXCEPTION),
			 errmsg("evidence of motion \"%s\" has conflicting parts",
					into->motion),
			 errhint("Rebuild it with pls.refresh().")));
}

/*
 * Merge evidence into other evidence of the same motion, which may be itself.
 *
 * Errors: 22023 if they are of different motions; 22000 if they contradict
 * each other, which no two from the same model do.
 */
void
pls_evidence_merge(PlsEvidence *into, const PlsEvidence *from)
{
	int			i;

	if (into == from)
		from = pls_evidence_copy(CurrentMemoryContext, from);
	if (!pls_evidence_mergeable(into, from))
		refuse_merge(into, from);
	keep_common_parts(into, from);
	for (i = 0; i < into->nparts; i++)
	{
		PlsPart    *part = &into->parts[i];

		merge_part(into->context, part,
				   pls_evidence_find(from, part->shape.fingerprint));
	}
}

/*
 * A copy of evidence in another context.
 */
PlsEvidence *
pls_evidence_copy(MemoryContext context, const PlsEvidence *from)
{
	PlsEvidence *copy = pls_evidence_create(context, from->motion,
											from->nparts);
	int			i;

	for (i = 0; i < from->nparts; i++)
	{
		const PlsPart *source = &from->parts[i];
		PlsPart    *part = &copy->parts[i];

		part->shape = source->shape;
		if (source->count == 0)
			continue;
		part->count = part->capacity = source->count;
		part->items = MemoryContextAlloc(context,
										 part->count * sizeof(PlsItem));
		memcpy(part->items, source->items + source->start,
			   part->count * sizeof(PlsItem));
	}
	return copy;
}
