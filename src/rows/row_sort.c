/*-------------------------------------------------------------------------
 *
 * row_sort.c
 *	  Sorting rows by instant and conditions.
 *
 * A merge sort: short runs are made by insertion, then neighbors are
 * merged.  A merge looks only at the stretch where the two runs overlap, so
 * that rows which come in order, or nearly so, as events do, take linear
 * time; the worst case is O(n log n).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "rows/row_sort.h"

#define SHORT_RUN 24

/* Room for the shorter of two runs, grown as needed. */
typedef struct Spare
{
	PlsEventRow *rows;
	int			capacity;
} Spare;

static void
spare_reserve(Spare *spare, int count)
{
	if (spare->rows != NULL && count <= spare->capacity)
		return;
	if (spare->rows != NULL)
		pfree(spare->rows);
	spare->rows = MemoryContextAllocHuge(CurrentMemoryContext,
										 (Size) count * sizeof(PlsEventRow));
	spare->capacity = count;
}

static void
spare_free(Spare *spare)
{
	if (spare->rows != NULL)
		pfree(spare->rows);
}

static void
insertion_sort(PlsEventRow *rows, int count)
{
	int			i;
	int			j;

	for (i = 1; i < count; i++)
	{
		PlsEventRow row = rows[i];

		for (j = i; j > 0 && pls_row_before(&row, &rows[j - 1]); j--)
			rows[j] = rows[j - 1];
		rows[j] = row;
	}
}

/*
 * How many of the sorted rows are not after this one.
 */
static int
count_not_after(const PlsEventRow *rows, int count, const PlsEventRow *row)
{
	int			low = 0;
	int			high = count;

	while (low < high)
	{
		int			middle = low + (high - low) / 2;

		if (pls_row_before(row, &rows[middle]))
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

/*
 * How many of the sorted rows are before this one.
 */
static int
count_before(const PlsEventRow *rows, int count, const PlsEventRow *row)
{
	int			low = 0;
	int			high = count;

	while (low < high)
	{
		int			middle = low + (high - low) / 2;

		if (pls_row_before(&rows[middle], row))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/*
 * Merge rows[0 .. left - 1] with rows[left .. left + right - 1], the former
 * put aside.
 */
static void
merge_forward(PlsEventRow *rows, int left, int right, Spare *spare)
{
	const PlsEventRow *a;
	const PlsEventRow *a_end;
	const PlsEventRow *b = rows + left;
	const PlsEventRow *b_end = b + right;
	PlsEventRow *out = rows;

	spare_reserve(spare, left);
	memcpy(spare->rows, rows, left * sizeof(PlsEventRow));
	a = spare->rows;
	a_end = a + left;
	while (a < a_end && b < b_end)
		*out++ = pls_row_before(b, a) ? *b++ : *a++;
	memcpy(out, a, (a_end - a) * sizeof(PlsEventRow));
}

/*
 * The same from the far end, the latter put aside.
 */
static void
merge_backward(PlsEventRow *rows, int left, int right, Spare *spare)
{
	const PlsEventRow *a = rows + left;
	const PlsEventRow *b;
	PlsEventRow *out = rows + left + right;

	spare_reserve(spare, right);
	memcpy(spare->rows, rows + left, right * sizeof(PlsEventRow));
	b = spare->rows + right;
	while (a > rows && b > spare->rows)
		*--out = pls_row_before(b - 1, a - 1) ? *--a : *--b;
	memcpy(rows, spare->rows, (b - spare->rows) * sizeof(PlsEventRow));
	if (a > rows && out != a)
		memmove(out - (a - rows), rows, (a - rows) * sizeof(PlsEventRow));
}

static void
merge_runs(PlsEventRow *rows, int left, int count, Spare *spare)
{
	int			right = count - left;
	int			skipped;

	if (left == 0 || right == 0 ||
		!pls_row_before(&rows[left], &rows[left - 1]))
		return;
	CHECK_FOR_INTERRUPTS();
	skipped = count_not_after(rows, left, &rows[left]);
	right = count_before(rows + left, right, &rows[left - 1]);
	rows += skipped;
	left -= skipped;
	if (left <= right)
		merge_forward(rows, left, right, spare);
	else
		merge_backward(rows, left, right, spare);
}

/*
 * Merge two sorted runs that lie one behind the other, the first of them
 * `left` rows long.
 */
void
pls_rows_merge_runs(PlsEventRow *rows, int left, int count)
{
	Spare		spare = {NULL, 0};

	merge_runs(rows, left, count, &spare);
	spare_free(&spare);
}

/*
 * Sort rows by instant, lowest condition and set of conditions.
 */
void
pls_rows_sort(PlsEventRow *rows, int count)
{
	Spare		spare = {NULL, 0};
	int64		width;
	int64		i;

	for (i = 0; i < count; i += SHORT_RUN)
		insertion_sort(rows + i, Min(SHORT_RUN, count - i));
	for (width = SHORT_RUN; width < count; width *= 2)
		for (i = 0; i + width < count; i += 2 * width)
			merge_runs(rows + i, width, Min(2 * width, count - i), &spare);
	spare_free(&spare);
}
