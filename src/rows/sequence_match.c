/*-------------------------------------------------------------------------
 *
 * sequence_match.c
 *	  sequence_match and sequence_count: whether, and how often, rows match a
 *	  pattern.
 *
 * What is left to match depends only on the element of the pattern and the
 * row at hand: a time condition looks back at the row taken last, which is
 * the one before, or behind .* at the row at hand itself.  So for each
 * element there is a column of bits, one a row, that says whether the rest
 * of the pattern can match from there on.  A column follows from the next
 * one in one pass from the last row to the first:
 *
 *	  a .* can go on if the rest can from some row on;
 *	  a time condition if the rest can from some row at a right distance on,
 *	  which is found with one pointer that only moves back, since distances
 *	  grow.
 *
 * So n rows and m elements take O(n m) time and, to count, n m bits.
 * Counting then walks along the columns: each element takes as few rows as
 * leave a match possible.  It never goes back, and the next match is looked
 * for behind the last row taken.
 *
 * At the end of the rows, what can do without one matches nothing: .*, the
 * time conditions < and <=, and >= 0.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "storage/shmem.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "pls.h"
#include "rows/agg_args.h"
#include "rows/event_rows.h"
#include "rows/row_sort.h"
#include "rows/sequence_pattern.h"

#define WORD_BITS 64

typedef struct Sequence
{
	const PlsPattern *pattern;
	const PlsEventRow *rows;	/* each with some condition */
	int			count;
	Size		words;			/* of a column, which has count + 1 bits */
} Sequence;

static inline bool
get_bit(const uint64 *column, int row)
{
	return (column[row / WORD_BITS] >> (row % WORD_BITS)) & 1;
}

static inline void
set_bit(uint64 *column, int row)
{
	column[row / WORD_BITS] |= UINT64CONST(1) << (row % WORD_BITS);
}

/*
 * Whether an element can match nothing at the end of the rows.
 */
static bool
matches_end(const PlsPatternElement *element)
{
	return element->op == PLS_PATTERN_STAR ||
		element->op == PLS_PATTERN_LE ||
		element->op == PLS_PATTERN_LT ||
		(element->op == PLS_PATTERN_GE && element->span == 0);
}

/*
 * The row from which a time condition measures, when `row` is at hand; -1 if
 * it cannot be at hand there.
 */
static int
base_row(const PlsPatternElement *element, int row)
{
	return element[-1].op == PLS_PATTERN_STAR ? row : row - 1;
}

/*
 * Whether a distance, never negative, is a right one.
 */
static bool
distance_holds(const PlsPatternElement *element, uint64 distance)
{
	switch (element->op)
	{
		case PLS_PATTERN_LE:
			return distance <= element->span;
		case PLS_PATTERN_LT:
			return distance < element->span;
		case PLS_PATTERN_GE:
			return distance >= element->span;
		case PLS_PATTERN_GT:
			return distance > element->span;
		case PLS_PATTERN_EQ:
			return distance == element->span;
		default:
			return false;
	}
}

static uint64
distance(const Sequence *sequence, int from, int to)
{
	return (uint64) sequence->rows[to].at - (uint64) sequence->rows[from].at;
}

static void
fill_row_column(const Sequence *sequence, const PlsPatternElement *element,
				const uint64 *next, uint64 *column)
{
	int			row;

	for (row = 0; row < sequence->count; row++)
	{
		if ((element->op == PLS_PATTERN_ROW ||
			 (sequence->rows[row].conditions & element->condition) != 0) &&
			get_bit(next, row + 1))
			set_bit(column, row);
	}
}

static void
fill_star_column(const Sequence *sequence, const uint64 *next,
				 uint64 *column)
{
	bool		possible = false;
	int			row;

	for (row = sequence->count - 1; row >= 0; row--)
	{
		possible |= get_bit(next, row);
		if (possible)
			set_bit(column, row);
	}
}

/*
 * The conditions <= and < look at the first row from which the rest can
 * match, >= and > at the last one, == at the first one not nearer.
 */
static void
fill_time_column(const Sequence *sequence, const PlsPatternElement *element,
				 const uint64 *next, uint64 *column)
{
	int			last = -1;		/* the last row where the rest can match */
	int			first = -1;		/* the first one from `from` on */
	int			from = sequence->count;
	int			row;

	for (row = sequence->count - 1; row >= 0; row--)
	{
		int			base = base_row(element, row);
		int			candidate;

		if (last < 0 && get_bit(next, row))
			last = row;
		if (base < 0)
			break;
		while (from > row && (element->op != PLS_PATTERN_EQ ||
							  distance(sequence, base, from - 1) >=
							  element->span))
		{
			from--;
			if (get_bit(next, from))
				first = from;
		}
		candidate = element->op == PLS_PATTERN_GE ||
			element->op == PLS_PATTERN_GT ? last : first;
		if (candidate >= row &&
			distance_holds(element, distance(sequence, base, candidate)))
			set_bit(column, row);
	}
}

/*
 * Fill the column of an element from that of the next one.
 */
static void
fill_column(const Sequence *sequence, const PlsPatternElement *element,
			const uint64 *next, uint64 *column)
{
	CHECK_FOR_INTERRUPTS();
	memset(column, 0, sequence->words * sizeof(uint64));
	switch (element->op)
	{
		case PLS_PATTERN_ROW:
		case PLS_PATTERN_CONDITION:
			fill_row_column(sequence, element, next, column);
			break;
		case PLS_PATTERN_STAR:
			fill_star_column(sequence, next, column);
			break;
		default:
			fill_time_column(sequence, element, next, column);
			break;
	}
	if (matches_end(element) && get_bit(next, sequence->count))
		set_bit(column, sequence->count);
}

/*
 * Memory for columns.
 *
 * Errors: 54000 if it is more than pls.max_aggregate_state.
 */
static uint64 *
make_columns(Sequence *sequence, int ncolumns)
{
	Size		size;

	sequence->words = sequence->count / WORD_BITS + 1;
	size = mul_size(sequence->words * sizeof(uint64), ncolumns);
	if (size > (Size) pls_max_aggregate_state * 1024)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("counting a pattern of %d elements in %d rows needs more memory than pls.max_aggregate_state (%d kB)",
						sequence->pattern->nelements - 1, sequence->count,
						pls_max_aggregate_state),
				 errhint("Shorten the pattern, group by more, or raise pls.max_aggregate_state.")));
	return MemoryContextAllocHuge(CurrentMemoryContext, size);
}

/*
 * The column of the end of the pattern, from where nothing is left to match.
 */
static void
fill_last_column(const Sequence *sequence, uint64 *column)
{
	memset(column, 0xFF, sequence->words * sizeof(uint64));
}

/*
 * Look at the rows of a state that have some condition.  False if the
 * pattern asks for a condition that none of them has.
 */
static bool
sequence_init(Sequence *sequence, PlsEventRows *state,
			  const PlsPattern *pattern)
{
	uint32		present = 0;
	int			matched = 0;
	int			i;

	sequence->pattern = pattern;
	pls_event_rows_flush(state);
	for (i = 0; i < state->count; i++)
	{
		present |= state->rows[i].conditions;
		matched += state->rows[i].conditions != 0;
	}
	if ((pattern->conditions & ~present) != 0)
		return false;

	pls_event_rows_sort(state);
	sequence->rows = state->rows;
	sequence->count = matched;
	if (matched < state->count)
	{
		PlsEventRow *rows;

		rows = MemoryContextAllocHuge(CurrentMemoryContext,
									  (Size) matched * sizeof(PlsEventRow));
		sequence->rows = rows;
		for (i = 0; i < state->count; i++)
		{
			if (state->rows[i].conditions != 0)
				*rows++ = state->rows[i];
		}
	}
	return true;
}

/*
 * Whether some consecutive rows match the pattern.
 */
static bool
sequence_matches(PlsEventRows *state, const PlsPattern *pattern)
{
	Sequence	sequence;
	uint64	   *columns;
	uint64	   *next;
	uint64	   *column;
	bool		matches;
	int			i;

	if (!sequence_init(&sequence, state, pattern))
		return false;
	columns = make_columns(&sequence, 2);
	next = columns;
	column = columns + sequence.words;
	fill_last_column(&sequence, next);
	for (i = pattern->nelements - 1; i >= 0; i--)
	{
		uint64	   *filled = column;

		fill_column(&sequence, &pattern->elements[i], next, column);
		column = next;
		next = filled;
	}
	matches = get_bit(next, 0);
	pfree(columns);
	return matches;
}

/*
 * Take the match that begins first and whose elements, one after the other,
 * take as few rows as possible.  There is one from `row` on.  Returns the
 * row behind it.
 */
static int
take_match(const Sequence *sequence, const uint64 *columns, int row)
{
	const PlsPattern *pattern = sequence->pattern;
	int			i;

	for (i = 0; i < pattern->nelements && row < sequence->count; i++)
	{
		const PlsPatternElement *element = &pattern->elements[i];
		const uint64 *next = columns + (i + 1) * sequence->words;
		int			base;

		switch (element->op)
		{
			case PLS_PATTERN_ROW:
			case PLS_PATTERN_CONDITION:
				row++;
				break;
			case PLS_PATTERN_STAR:
				while (!get_bit(next, row))
					row++;
				break;
			default:
				base = base_row(element, row);
				while (!get_bit(next, row) ||
					   !distance_holds(element,
									   distance(sequence, base, row)))
					row++;
				break;
		}
		Assert(row <= sequence->count);
	}
	return row;
}

/*
 * How many matches there are, each behind the one before.
 */
static int64
sequence_count(PlsEventRows *state, const PlsPattern *pattern)
{
	Sequence	sequence;
	uint64	   *columns;
	int64		matches = 0;
	int			row = 0;
	int			i;

	if (!sequence_init(&sequence, state, pattern))
		return 0;
	columns = make_columns(&sequence, pattern->nelements + 1);
	fill_last_column(&sequence,
					 columns + pattern->nelements * sequence.words);
	for (i = pattern->nelements - 1; i >= 0; i--)
		fill_column(&sequence, &pattern->elements[i],
					columns + (i + 1) * sequence.words,
					columns + i * sequence.words);
	while (row < sequence.count && get_bit(columns, row))
	{
		int			behind = take_match(&sequence, columns, row);

		if ((matches & 0xFFF) == 0)
			CHECK_FOR_INTERRUPTS();
		matches++;
		/* a match that takes no row is there once a row */
		row = Max(behind, row + 1);
	}
	pfree(columns);
	return matches;
}

/*
 * The pattern of a call, compiled again only when it differs.
 */
typedef struct PatternSite
{
	PlsAggText	text;
	int			nconditions;
	PlsPattern *pattern;
} PatternSite;

static const PlsPattern *
call_pattern(FmgrInfo *flinfo, Datum text, int nconditions)
{
	PatternSite *site = flinfo->fn_extra;
	MemoryContext caller;

	if (site == NULL)
	{
		site = MemoryContextAllocZero(flinfo->fn_mcxt, sizeof(PatternSite));
		flinfo->fn_extra = site;
	}
	if (!pls_agg_text_changed(&site->text, text, flinfo->fn_mcxt) &&
		site->pattern != NULL && site->nconditions == nconditions)
		return site->pattern;
	if (site->pattern != NULL)
		pfree(site->pattern);
	site->pattern = NULL;
	caller = MemoryContextSwitchTo(flinfo->fn_mcxt);
	site->pattern = pls_pattern_compile(site->text.text, site->text.length,
										nconditions);
	MemoryContextSwitchTo(caller);
	site->nconditions = nconditions;
	return site->pattern;
}

/*
 * The state of a final function and its pattern; NULL without rows.
 */
static PlsEventRows *
final_state(FunctionCallInfo fcinfo, const PlsPattern **pattern)
{
	PlsEventRows *state;
	text	   *text;

	if (PG_ARGISNULL(0))
		return NULL;
	state = pls_event_rows_from_datum(PG_GETARG_DATUM(0));
	if (state->use->kind != PLS_ROWS_SEQUENCE)
		elog(ERROR, "the state is not a sequence's");
	text = cstring_to_text_with_len(state->use->text,
									state->use->text_length);
	*pattern = call_pattern(fcinfo->flinfo, PointerGetDatum(text),
							state->use->nconditions);
	pfree(text);
	return state;
}

PG_FUNCTION_INFO_V1(pls_sequence_match_final);

/*
 * Final function of pls.sequence_match(): false without rows.
 */
Datum
pls_sequence_match_final(PG_FUNCTION_ARGS)
{
	const PlsPattern *pattern;
	PlsEventRows *state = final_state(fcinfo, &pattern);

	PG_RETURN_BOOL(state != NULL && sequence_matches(state, pattern));
}

PG_FUNCTION_INFO_V1(pls_sequence_count_final);

/*
 * Final function of pls.sequence_count(): 0 without rows.
 */
Datum
pls_sequence_count_final(PG_FUNCTION_ARGS)
{
	const PlsPattern *pattern;
	PlsEventRows *state = final_state(fcinfo, &pattern);

	PG_RETURN_INT64(state == NULL ? 0 : sequence_count(state, pattern));
}

PG_FUNCTION_INFO_V1(pls_event_rows_sequence_match);

/*
 * pls.sequence_match(rows, pattern) -> boolean.  Errors: 22023.
 */
Datum
pls_event_rows_sequence_match(PG_FUNCTION_ARGS)
{
	PlsEventRows *state = pls_event_rows_from_datum(PG_GETARG_DATUM(0));

	PG_RETURN_BOOL(sequence_matches(state,
									call_pattern(fcinfo->flinfo,
												 PG_GETARG_DATUM(1),
												 state->use->nconditions)));
}

PG_FUNCTION_INFO_V1(pls_event_rows_sequence_count);

/*
 * pls.sequence_count(rows, pattern) -> bigint.  Errors: 22023.
 */
Datum
pls_event_rows_sequence_count(PG_FUNCTION_ARGS)
{
	PlsEventRows *state = pls_event_rows_from_datum(PG_GETARG_DATUM(0));

	PG_RETURN_INT64(sequence_count(state,
								   call_pattern(fcinfo->flinfo,
												PG_GETARG_DATUM(1),
												state->use->nconditions)));
}
