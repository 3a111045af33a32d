/*-------------------------------------------------------------------------
 *
 * heap_columns.h
 *	  The leading columns of a heap's rows, taken out without a slot.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_HEAP_COLUMNS_H
#define PLS_HEAP_COLUMNS_H

#include "access/htup_details.h"
#include "access/tupdesc.h"
#include "access/tupmacs.h"
#include "nodes/bitmapset.h"

#include "pls_compat.h"

typedef struct PlsHeapColumn
{
	int			number;			/* from 0 */
	uint32		offset;			/* if nothing that varies lies before it */
	int16		length;
	uint8		alignment;
	bool		by_value;
} PlsHeapColumn;

/* The columns, and those of the row that was read last. */
typedef struct PlsHeapColumns
{
	int			count;
	bool		has_nulls;		/* some of nulls[] are true */
	Datum	   *values;
	bool	   *nulls;
	PlsHeapColumn *columns;
	/* if none of them is NULL */
	int			nfixed;			/* columns that are wanted and lie at an
								 * offset that is known */
	PlsHeapColumn *fixed;
	int			first_varying;	/* column; they end at its offset */
} PlsHeapColumns;

extern PlsHeapColumns *pls_heap_columns(TupleDesc desc,
										const Bitmapset *wanted);
extern void pls_heap_columns_read_nulls(PlsHeapColumns *columns,
										HeapTupleHeader row);

/*
 * Where a column begins that does so at this offset or behind it.  What has a
 * short header is not aligned, and what is padding is zero.
 */
static inline uint32
pls_heap_column_begin(const PlsHeapColumn *column, const char *data,
					  uint32 offset)
{
	if (column->length == -1 && VARATT_NOT_PAD_BYTE(data + offset))
		return offset;
	return TYPEALIGN(column->alignment, offset);
}

static inline uint32
pls_heap_column_size(const PlsHeapColumn *column, const char *value)
{
	if (column->length > 0)
		return column->length;
	if (column->length == -1)
		return VARSIZE_ANY(value);
	return strlen(value) + 1;
}

/*
 * Whether one of the first columns of a row is NULL.
 */
static inline bool
pls_heap_has_nulls(HeapTupleHeader row, int count)
{
	int			i;

	if ((row->t_infomask & HEAP_HASNULL) == 0)
		return false;
	for (i = 0; i < count / 8; i++)
		if (row->t_bits[i] != 0xFF)
			return true;
	return count % 8 != 0 &&
		(row->t_bits[i] | (0xFF << count % 8 & 0xFF)) != 0xFF;
}

/*
 * Take out the columns of a row that are wanted; what they point to lies in
 * it.  False if it was made when the table had fewer of them.
 */
static inline bool
pls_heap_columns_read(PlsHeapColumns *columns, HeapTupleHeader row)
{
	const char *data = (const char *) row + row->t_hoff;
	Datum	   *values = columns->values;
	uint32		offset;
	int			i;

	if (HeapTupleHeaderGetNatts(row) < columns->count)
		return false;
	if (columns->has_nulls || pls_heap_has_nulls(row, columns->count))
	{
		pls_heap_columns_read_nulls(columns, row);
		return true;
	}
	for (i = 0; i < columns->nfixed; i++)
	{
		const PlsHeapColumn *column = &columns->fixed[i];

		values[column->number] = fetch_att(data + column->offset,
										   column->by_value, column->length);
	}
	i = columns->first_varying;
	if (i == columns->count)
		return true;
	for (offset = columns->columns[i].offset; i < columns->count; i++)
	{
		const PlsHeapColumn *column = &columns->columns[i];

		offset = pls_heap_column_begin(column, data, offset);
		values[i] = fetch_att(data + offset, column->by_value,
							  column->length);
		offset += pls_heap_column_size(column, data + offset);
	}
	return true;
}

#endif							/* PLS_HEAP_COLUMNS_H */
