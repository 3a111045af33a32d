/*-------------------------------------------------------------------------
 *
 * same_rows.c
 *	  Whether another table holds the rows of a watched one.
 *
 * Where a table takes the place of another under its name, it is either a copy
 * (a table that was rewritten or partitioned while it was in use) or a new
 * beginning (the old one is an archive).  A copy's rows must not be counted a
 * second time.  The first rows of the one, which are the oldest of a copy, are
 * looked for in the other.
 *
 * Values are compared as they are stored: no code of the tables' owners is
 * run.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "access/tableam.h"
#include "catalog/pg_inherits.h"
#include "executor/tuptable.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "pls.h"
#include "rebuild/watched_table.h"
#include "trigger/source.h"

#define SAMPLE_ROWS 16
#define MOST_COLUMNS 5			/* event, instant, account, actor, address */

/* The columns that are compared, in one table. */
typedef struct Columns
{
	int			count;
	AttrNumber	numbers[MOST_COLUMNS];
	Oid			types[MOST_COLUMNS];
} Columns;

typedef struct SampleRow
{
	Datum		values[MOST_COLUMNS];
	bool		nulls[MOST_COLUMNS];
	bool		found;
} SampleRow;

typedef struct Sample
{
	Columns		columns;		/* of the table at hand */
	int			nrows;
	int			nfound;
	SampleRow	rows[SAMPLE_ROWS];
} Sample;

/*
 * The columns of a table that have the names, and the types, of those that a
 * source reads, the instant first and without the properties.  False if one is
 * missing.
 */
static bool
find_columns(const PlsSource *source, Oid relid, Columns *columns)
{
	int			i;

	columns->count = 0;
	for (i = 0; i < source->nkey_columns; i++)
	{
		AttrNumber	number = source->columns[i];
		int			place = columns->count;
		AttrNumber	found;

		found = get_attnum(relid, get_attname(source->relid, number, false));
		if (found <= 0 ||
			get_atttype(relid, found) != get_atttype(source->relid, number))
			return false;
		columns->count++;
		columns->numbers[place] = found;
		columns->types[place] = get_atttype(relid, found);
		if (number == source->at && place > 0)
		{
			columns->numbers[place] = columns->numbers[0];
			columns->types[place] = columns->types[0];
			columns->numbers[0] = found;
			columns->types[0] = get_atttype(relid, found);
		}
	}
	return true;
}

typedef bool (*RowVisitor) (Sample *sample, TupleTableSlot *slot);

/*
 * Show the rows of a table to a visitor, the first ones first, until it has
 * seen enough.
 */
static void
visit_rows(Sample *sample, Oid relid, RowVisitor visitor)
{
	Relation	relation = table_open(relid, AccessShareLock);
	TupleTableSlot *slot = table_slot_create(relation, NULL);
	TableScanDesc scan = table_beginscan_strat(relation, GetActiveSnapshot(),
											   0, NULL, true, false);

	while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		CHECK_FOR_INTERRUPTS();
		if (!visitor(sample, slot))
			break;
	}
	table_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);
	table_close(relation, AccessShareLock);
}

static bool
keep_row(Sample *sample, TupleTableSlot *slot)
{
	SampleRow  *row = &sample->rows[sample->nrows++];
	int			i;

	row->found = false;
	for (i = 0; i < sample->columns.count; i++)
	{
		int16		length;
		bool		by_value;
		Datum		value = slot_getattr(slot, sample->columns.numbers[i],
										 &row->nulls[i]);

		get_typlenbyval(sample->columns.types[i], &length, &by_value);
		if (row->nulls[i])
			row->values[i] = (Datum) 0;
		else if (length == -1)
			row->values[i] = PointerGetDatum(PG_DETOAST_DATUM_COPY(value));
		else
			row->values[i] = datumCopy(value, by_value, length);
	}
	return sample->nrows < SAMPLE_ROWS;
}

static bool
is_same(const Sample *sample, const SampleRow *row, TupleTableSlot *slot)
{
	int			i;

	for (i = 0; i < sample->columns.count; i++)
	{
		int16		length;
		bool		by_value;
		bool		isnull;
		Datum		value = slot_getattr(slot, sample->columns.numbers[i],
										 &isnull);

		if (isnull || row->nulls[i])
		{
			if (isnull != row->nulls[i])
				return false;
			continue;
		}
		get_typlenbyval(sample->columns.types[i], &length, &by_value);
		if (!datum_image_eq(value, row->values[i], by_value, length))
			return false;
	}
	return true;
}

/*
 * Whether most of the sample was found.
 */
static bool
is_found(const Sample *sample)
{
	return sample->nfound * 2 > sample->nrows;
}

/*
 * Look a row up in the sample.  False once most of the sample was found.
 */
static bool
compare_row(Sample *sample, TupleTableSlot *slot)
{
	int			i;

	for (i = 0; i < sample->nrows; i++)
	{
		if (sample->rows[i].found || !is_same(sample, &sample->rows[i], slot))
			continue;
		sample->rows[i].found = true;
		sample->nfound++;
		break;
	}
	return !is_found(sample);
}

/*
 * Keep the first rows of a table that has the columns of a source.
 */
static void
take_sample(Sample *sample, const PlsSource *source, Oid relid)
{
	ListCell   *cell;

	if (source->problem != NULL)
		return;
	foreach(cell, find_all_inheritors(relid, AccessShareLock, NULL))
	{
		Oid			leaf = lfirst_oid(cell);

		if (pls_holds_rows(leaf) && sample->nrows < SAMPLE_ROWS &&
			find_columns(source, leaf, &sample->columns))
			visit_rows(sample, leaf, keep_row);
	}
}

PG_FUNCTION_INFO_V1(pls_holds_rows_of);

/*
 * pls_internal.holds_rows_of(source_id, relation) -> boolean: see its comment
 * in sql/30_identity/24_rewatch.sql.
 */
Datum
pls_holds_rows_of(PG_FUNCTION_ARGS)
{
	int			source_id = PG_GETARG_INT32(0);
	Sample		sample = {0};
	PlsLeaf    *leaves;
	int			nleaves = pls_source_leaves(source_id, &leaves);
	int			i;

	if (nleaves > 0)
		take_sample(&sample, pls_source_find(source_id, leaves[0].relid),
					PG_GETARG_OID(1));
	for (i = 0; i < nleaves && !is_found(&sample); i++)
	{
		const PlsSource *source = pls_source_find(source_id, leaves[i].relid);

		if (sample.nrows > 0 && source->problem == NULL &&
			find_columns(source, leaves[i].relid, &sample.columns))
			visit_rows(&sample, leaves[i].relid, compare_row);
	}
	PG_RETURN_BOOL(is_found(&sample));
}
