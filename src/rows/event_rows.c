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
 * share (arena.c); a state is never freed by itself.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/int.h"
#include "utils/memutils.h"

#include "pls.h"
#include "pls_compat.h"
#include "rows/event_rows.h"
#include "rows/row_sort.h"

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
 * Make an empty state of memory that lies in the context.  `use` is not
 * copied and must live as long.
 */
void
pls_event_rows_init(PlsEventRows *state, MemoryContext context,
					const PlsRowsUse *use)
{
	StaticAssertStmt(sizeof(PlsEventRows) % PG_CACHE_LINE_SIZE == 0,
					 "rows of many groups should not share cache lines");
	EOH_init_header(&state->hdr, &rows_methods, context);
	state->use = use;
	state->magic = PLS_EVENT_ROWS_MAGIC;
	state->nfew = 0;
	state->capacity = 0;
	state->rows = NULL;
	state->count = 0;
	state->nsorted = 0;
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

/*
 * Refuse a row that is for another use than the rows of its group.
 *
 * Errors: 22023.
 */
void
pls_check_use(const PlsEventRows *state, const PlsRowsUse *use)
{
	if (!pls_rows_use_equal(state->use, use))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("arguments of the aggregate differ within a group"),
				 errhint("Only the instant, the value and the conditions may differ between the rows of a group.")));
}

/*
 * A copy of a use, without a queue.
 */
PlsRowsUse *
pls_rows_use_copy(MemoryContext context, const PlsRowsUse *use)
{
	Size		size = offsetof(PlsRowsUse, text) + use->text_length;
	PlsRowsUse *copy = MemoryContextAlloc(context, size);

	memcpy(copy, use, size);
	copy->queue = NULL;
	return copy;
}

/*
 * Put the rows in order.  They are the same rows afterwards, so this is done
 * to states that must not change, too.
 */
void
pls_event_rows_sort(PlsEventRows *state)
{
	pls_event_rows_flush(state);
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
 * Leave out a row whose neighbors on both sides lie within the gap of each
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

	if (state->capacity == 0)
		state->rows = MemoryContextAllocHuge(state->hdr.eoh_context, size);
	else
		state->rows = repalloc_huge(state->rows, size);
	state->capacity = capacity;
}

pg_noreturn static void
refuse_more(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("a group of the aggregate needs more memory than pls.max_aggregate_state (%d kB)",
					pls_max_aggregate_state),
			 errhint("Leave out rows that do not matter with WHERE or FILTER, group by more, or raise pls.max_aggregate_state.")));
}

/*
 * Make room for some more rows in the array.
 *
 * Errors: 54000 if that takes more than pls.max_aggregate_state.
 */
void
pls_event_rows_reserve(PlsEventRows *state, int more)
{
	int			most = most_rows();
	int			needed;
	bool		over;

	if (state->rows != NULL && more <= state->capacity - state->count)
		return;
	over = pg_add_s32_overflow(state->count, more, &needed) || needed > most;
	if (over || (thins_well(state->use) && state->count > 0))
	{
		thin_out(state);
		/* near the limit, this must gain enough to be worth its time */
		if (pg_add_s32_overflow(state->count, more, &needed) ||
			needed > most || (over && state->count > most - most / 8))
			refuse_more();
		if (needed <= state->capacity / 2)
			return;
	}
	set_capacity(state, Max(needed, Min(Max(FIRST_CAPACITY,
											(int64) state->capacity * 2),
										most)));
}

/*
 * Append rows to the array, noting if they are still in order.
 */
static void
append(PlsEventRows *state, const PlsEventRow *rows, int count)
{
	PlsEventRow *end;
	int			i;

	if (count == 0)
		return;
	pls_event_rows_reserve(state, count);
	end = state->rows + state->count;
	memcpy(end, rows, (Size) count * sizeof(PlsEventRow));
	if (state->nsorted == state->count)
	{
		i = state->count == 0 ? 1 : 0;
		while (i < count && !pls_row_before(&end[i], &end[i - 1]))
			i++;
		state->nsorted += i;
	}
	state->count += count;
}

/*
 * Move the rows of `few` on into the array.
 */
static void
flush_few(PlsEventRows *state)
{
	int			nfew = state->nfew;

	state->nfew = 0;			/* making room may flush the rows */
	append(state, state->few, nfew);
}

/*
 * Move rows on from `few`, which is full or has all of them (see below).
 */
void
pls_event_rows_move_on(PlsEventRows *state)
{
	if (state->rows == state->few)
	{
		/* they go on where they were */
		state->nfew = state->count;
		state->count = state->nsorted = 0;
		state->rows = NULL;
		if (state->nfew < PLS_FEW_ROWS)
			return;
	}
	flush_few(state);
}

/*
 * Have all rows in rows[], which is `few` where there are no others.
 */
void
pls_event_rows_flush(PlsEventRows *state)
{
	if (state->use->queue != NULL)
		pls_row_queue_flush(state->use->queue);
	if (state->rows == state->few || (state->nfew == 0 && state->capacity > 0))
		return;
	if (state->capacity > 0)
	{
		flush_few(state);
		return;
	}
	state->rows = state->few;
	state->count = state->nfew;
	state->nsorted = Min(1, state->count);
	while (state->nsorted < state->count &&
		   !pls_row_before(&state->few[state->nsorted],
						   &state->few[state->nsorted - 1]))
		state->nsorted++;
	state->nfew = PLS_FEW_ROWS; /* the next row asks to move on */
}

/*
 * Add the rows of another state, which may be the same.  Errors: 54000.
 */
void
pls_event_rows_merge(PlsEventRows *into, PlsEventRows *from)
{
	PlsEventRows *copy;

	pls_event_rows_flush(from);
	if (into == from)
	{
		copy = palloc(sizeof(PlsEventRows));
		pls_event_rows_init(copy, CurrentMemoryContext,
							pls_rows_use_copy(CurrentMemoryContext,
											  from->use));
		append(copy, from->rows, from->count);
		from = copy;
	}
	if (into->rows == into->few)
		pls_event_rows_move_on(into);
	if (from->count <= PLS_FEW_ROWS)
	{
		int			i;

		for (i = 0; i < from->count; i++)
			pls_event_rows_add(into, from->rows[i].at,
							   from->rows[i].conditions);
		return;
	}
	flush_few(into);
	append(into, from->rows, from->count);
}
