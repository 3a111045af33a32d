/*-------------------------------------------------------------------------
 *
 * event_rows.c
 *	  The state of the aggregates over rows: make, add, sort, merge.
 *
 * A state is a multiset of rows.  They are kept as they arrive and sorted
 * when they are asked about, so that adding is cheap; while they arrive in
 * order nothing is left to sort.  What is asked is a function of the sorted
 * rows, hence the order of arrival, the split and the plan do not matter.
 *
 * Rows that cannot matter any more are left out when memory would grow, by
 * rules under which any other rows may still come (thin_out).
 *
 * Memory: the struct and its rows lie in hdr.eoh_context, which many states
 * share (callsite.c); a state is never freed by itself.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/int.h"
#include "utils/memutils.h"

#include "event_rows.h"

/* 8, 16, 32 ... rows fill the allocator's chunks */
#define FIRST_CAPACITY	8
#define MOST_ROWS		(1 << 30)

static Size rows_flat_size(ExpandedObjectHeader *header);
static void rows_flatten_into(ExpandedObjectHeader *header, void *result,
							  Size allocated_size);

static const ExpandedObjectMethods rows_methods = {
	rows_flat_size,
	rows_flatten_into
};

static Size
rows_flat_size(ExpandedObjectHeader *header)
{
	PlsEventRows *state = (PlsEventRows *) header;

	Assert(state->magic == PLS_EVENT_ROWS_MAGIC);
	return pls_event_rows_flat_size(state);
}

static void
rows_flatten_into(ExpandedObjectHeader *header, void *result,
				  Size allocated_size)
{
	PlsEventRows *state = (PlsEventRows *) header;

	Assert(state->magic == PLS_EVENT_ROWS_MAGIC);
	pls_event_rows_flatten(state, result, allocated_size);
}

/*
 * An empty state.  `use` is not copied and must live as long.
 */
PlsEventRows *
pls_event_rows_create(MemoryContext context, const PlsRowsUse *use)
{
	PlsEventRows *state = MemoryContextAlloc(context, sizeof(PlsEventRows));

	EOH_init_header(&state->hdr, &rows_methods, context);
	state->magic = PLS_EVENT_ROWS_MAGIC;
	state->nsorted = 0;
	state->count = 0;
	state->capacity = PLS_FEW_ROWS;
	state->use = use;
	state->rows = state->few;
	return state;
}

/*
 * Whether the rows of two states answer the same question.
 */
bool
pls_rows_use_equal(const PlsRowsUse *a, const PlsRowsUse *b)
{
	return a == b ||
		(a->kind == b->kind && a->nconditions == b->nconditions &&
		 a->modes == b->modes && a->span == b->span && a->as_of == b->as_of &&
		 a->text_length == b->text_length &&
		 memcmp(a->text, b->text, a->text_length) == 0);
}

PlsRowsUse *
pls_rows_use_copy(MemoryContext context, const PlsRowsUse *use)
{
	Size		size = offsetof(PlsRowsUse, text) + use->text_length;
	PlsRowsUse *copy = MemoryContextAlloc(context, size);

	memcpy(copy, use, size);
	return copy;
}

/*
 * Put the rows in order.  They are the same rows afterwards, so this is done
 * to states that must not change, too.
 */
void
pls_event_rows_sort(PlsEventRows *state)
{
	if (state->nsorted == state->count)
		return;
	pls_rows_sort(state->rows + state->nsorted,
				  state->count - state->nsorted);
	pls_rows_merge_runs(state->rows, state->nsorted, state->count);
	state->nsorted = state->count;
}

/*
 * Leave out a row that equals the one before.
 */
static void
drop_repeated(PlsEventRows *state)
{
	int			kept = 0;
	int			i;

	for (i = 0; i < state->count; i++)
	{
		if (kept == 0 ||
			pls_row_before(&state->rows[kept - 1], &state->rows[i]))
			state->rows[kept++] = state->rows[i];
	}
	state->count = kept;
}

/*
 * Leave out a row whose neighbours on both sides lie within the gap of each
 * other: they are of one session with or without it, and any row yet to come
 * that is near enough to it is near enough to one of them.
 */
static void
drop_amid_session(PlsEventRows *state)
{
	PlsEventRow *rows = state->rows;
	uint64		gap = state->use->span;
	int			kept = 0;
	int			i;

	for (i = 0; i < state->count; i++)
	{
		if (kept >= 2 &&
			(uint64) rows[i].at - (uint64) rows[kept - 2].at <= gap)
			kept--;
		rows[kept++] = rows[i];
	}
	state->count = kept;
}

/*
 * For the mode strict_order: rows without a condition count once an instant,
 * and nothing counts from the first of them after the first step on.  That
 * step may yet be found to have been earlier, but never later.
 */
static void
drop_after_end(PlsEventRows *state)
{
	const PlsEventRow *first = NULL;
	int			kept = 0;
	int			i;

	for (i = 0; i < state->count; i++)
	{
		PlsEventRow row = state->rows[i];

		if (row.conditions == 0 && first != NULL && row.at > first->at)
		{
			state->rows[kept++] = row;
			break;
		}
		if (row.conditions == 0 && kept > 0 &&
			state->rows[kept - 1].at == row.at)
			continue;
		state->rows[kept++] = row;
		if ((row.conditions & 1) != 0 && first == NULL)
			first = &state->rows[kept - 1];
	}
	state->count = kept;
}

/*
 * Whether the use bounds the rows so well that it pays to thin them out each
 * time before memory grows.
 */
static bool
thins_well(const PlsRowsUse *use)
{
	return use->kind == PLS_ROWS_SESSIONS || use->kind == PLS_ROWS_DAYS ||
		(use->modes & PLS_FUNNEL_ORDER) != 0;
}

/*
 * Leave out rows that cannot matter, whatever rows may yet come.
 */
static void
thin_out(PlsEventRows *state)
{
	int			modes = state->use->modes;

	pls_event_rows_sort(state);
	switch (state->use->kind)
	{
		case PLS_ROWS_ANY:
		case PLS_ROWS_SEQUENCE:
			break;
		case PLS_ROWS_FUNNEL:
			if (modes & PLS_FUNNEL_ORDER)
				drop_after_end(state);
			if ((modes & (PLS_FUNNEL_ONCE | PLS_FUNNEL_DEDUPLICATION)) == 0)
				drop_repeated(state);
			break;
		case PLS_ROWS_SESSIONS:
			drop_amid_session(state);
			break;
		case PLS_ROWS_DAYS:
			drop_repeated(state);
			break;
	}
	state->nsorted = state->count;
}

/*
 * Most rows that pls.max_aggregate_state allows.
 */
static int
most_rows(void)
{
	int64		rows = (int64) pls_max_aggregate_state * 1024 /
	sizeof(PlsEventRow);

	return Min(rows, MOST_ROWS);
}

static void
set_capacity(PlsEventRows *state, int capacity)
{
	Size		size = (Size) capacity * sizeof(PlsEventRow);

	if (state->rows == state->few)
	{
		state->rows = MemoryContextAllocHuge(state->hdr.eoh_context, size);
		memcpy(state->rows, state->few, sizeof(state->few));
	}
	else
		state->rows = repalloc_huge(state->rows, size);
	state->capacity = capacity;
}

static void
pg_attribute_noreturn()
refuse_more(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("a group of the aggregate needs more memory than pls.max_aggregate_state (%d kB)",
					pls_max_aggregate_state),
			 errhint("Leave out rows that do not matter with WHERE or FILTER, group by more, or raise pls.max_aggregate_state.")));
}

/*
 * Make room for one more row.
 *
 * Errors: 54000 if that takes more than pls.max_aggregate_state.
 */
void
pls_event_rows_make_room(PlsEventRows *state)
{
	int			most = most_rows();

	if (thins_well(state->use) || state->count >= most)
	{
		thin_out(state);
		if (state->count <= state->capacity / 2)
			return;
	}
	/* near the limit, thinning out must gain enough to be worth its time */
	if (state->count >= most - most / 8 && state->capacity >= most)
		refuse_more();
	if (state->capacity < most)
		set_capacity(state, Min(Max(FIRST_CAPACITY,
									(int64) state->capacity * 2), most));
}

/*
 * Make room for some more rows at once.
 */
void
pls_event_rows_reserve(PlsEventRows *state, int more)
{
	int			most = most_rows();
	int			needed;

	if (more <= state->capacity - state->count)
		return;
	if (pg_add_s32_overflow(state->count, more, &needed) || needed > most)
	{
		thin_out(state);
		if (pg_add_s32_overflow(state->count, more, &needed) ||
			needed > most)
			refuse_more();
		if (needed <= state->capacity)
			return;
	}
	set_capacity(state, Min(Max(needed, (int64) state->capacity * 2), most));
}

/*
 * Add the rows of another state.  Errors: 54000.
 */
void
pls_event_rows_merge(PlsEventRows *into, const PlsEventRows *from)
{
	int			count = from->count;

	if (count == 0)
		return;
	pls_event_rows_reserve(into, count);
	memcpy(into->rows + into->count, from->rows,
		   (Size) count * sizeof(PlsEventRow));
	if (into->nsorted == into->count &&
		(into->count == 0 ||
		 !pls_row_before(&from->rows[0], &into->rows[into->count - 1])))
		into->nsorted += from->nsorted;
	into->count += count;
}
