/*-------------------------------------------------------------------------
 *
 * heap_columns.c
 *	  The leading columns of a heap's rows, taken out without a slot.
 *
 * A rebuild drops most rows as soon as it knows their event, instant and
 * entity.  A slot takes several times as long to tell these as there is to do
 * about them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"

#include "rebuild/heap_columns.h"

static uint8
alignment_of(char alignment)
{
	switch (alignment)
	{
		case TYPALIGN_CHAR:
			return 1;
		case TYPALIGN_SHORT:
			return ALIGNOF_SHORT;
		case TYPALIGN_INT:
			return ALIGNOF_INT;
		default:
			return ALIGNOF_DOUBLE;
	}
}

/*
 * Prepare to read the columns of these numbers, in the current memory context.
 * Those among them that are not wanted may be read as well.
 */
PlsHeapColumns *
pls_heap_columns(TupleDesc desc, const Bitmapset *wanted)
{
	PlsHeapColumns *columns = palloc0(sizeof(PlsHeapColumns));
	int			count = bms_prev_member(wanted, -1);
	uint32		offset = 0;
	int			i;

	columns->count = columns->first_varying = count;
	columns->values = palloc0(count * sizeof(Datum));
	columns->nulls = palloc0(count * sizeof(bool));
	columns->columns = palloc0(count * sizeof(PlsHeapColumn));
	columns->fixed = palloc0(count * sizeof(PlsHeapColumn));
	for (i = 0; i < count; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(desc, i);
		PlsHeapColumn *column = &columns->columns[i];

		column->number = i;
		column->length = attribute->attlen;
		column->alignment = alignment_of(attribute->attalign);
		column->by_value = attribute->attbyval;
		if (columns->first_varying < i)
			continue;
		column->offset = offset;
		if (column->length < 0)
		{
			columns->first_varying = i;
			continue;
		}
		column->offset = TYPEALIGN(column->alignment, offset);
		offset = column->offset + column->length;
		if (bms_is_member(i + 1, wanted))
			columns->fixed[columns->nfixed++] = *column;
	}
	return columns;
}

/*
 * Take out the columns of a row some of which are NULL, or those of the row
 * before were.
 */
void
pls_heap_columns_read_nulls(PlsHeapColumns *columns, HeapTupleHeader row)
{
	const char *data = (const char *) row + row->t_hoff;
	const bits8 *bits = row->t_infomask & HEAP_HASNULL ? row->t_bits : NULL;
	uint32		offset = 0;
	int			i;

	columns->has_nulls = false;
	for (i = 0; i < columns->count; i++)
	{
		const PlsHeapColumn *column = &columns->columns[i];

		columns->nulls[i] = bits != NULL && att_isnull(i, bits);
		columns->values[i] = (Datum) 0;
		columns->has_nulls |= columns->nulls[i];
		if (columns->nulls[i])
			continue;
		offset = pls_heap_column_begin(column, data, offset);
		columns->values[i] = fetch_att(data + offset, column->by_value,
									   column->length);
		offset += pls_heap_column_size(column, data + offset);
	}
}
