/*-------------------------------------------------------------------------
 *
 * row_sort.h
 *	  Rows of any table, and their order: by instant and conditions.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_ROW_SORT_H
#define PLS_ROW_SORT_H

#include "port/pg_bitutils.h"
#include "utils/timestamp.h"

typedef struct PlsEventRow
{
	TimestampTz at;				/* of days: the number of the local day */
	uint32		conditions;		/* bit i - 1: condition i holds */
} PlsEventRow;

/*
 * What makes the order of rows of one instant: those without a condition,
 * then by the lowest condition, then by the set of conditions as a number.
 */
static inline uint64
pls_row_tie(const PlsEventRow *row)
{
	if (row->conditions == 0)
		return 0;
	return (uint64) (pg_rightmost_one_pos32(row->conditions) + 1) << 32 |
		row->conditions;
}

static inline bool
pls_row_before(const PlsEventRow *a, const PlsEventRow *b)
{
	if (a->at != b->at)
		return a->at < b->at;
	return pls_row_tie(a) < pls_row_tie(b);
}

extern void pls_rows_sort(PlsEventRow *rows, int count);
extern void pls_rows_merge_runs(PlsEventRow *rows, int left, int count);

#endif							/* PLS_ROW_SORT_H */
