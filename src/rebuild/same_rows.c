/*-------------------------------------------------------------------------
 *
 * same_rows.c
 *	  Whether another table holds the rows of a watched one.
 *
 * Where a table takes the place of another under its name, it is either a copy
 * (a table that was rewritten or partitioned while it was in use) or a new
 * beginning (the old one is an archive).  A copy's rows must not be counted a
 * second time.  The first rows of the one, which are the oldest of a copy, are
 * looked for in the other; of each of its partitions, since some may have none
 * but new ones.
 *
 * Rows are compared by what is read from them, the event with its instant and
 * the ids and the address as they are written: a copy may have its columns in
 * other types, or under other names.  Both tables are sources by then.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "access/tableam.h"
#include "executor/tuptable.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "model/model_index.h"
#include "pls.h"
#include "rebuild/watched_table.h"
#include "trigger/event_reader.h"
#include "trigger/source.h"

#define ROWS_OF_A_TABLE 16
#define MOST_TABLES 16

typedef struct SampleRow
{
	TimestampTz at;
	const char *written;		/* the event and whose it is */
	int			table;
	bool		found;
} SampleRow;

typedef struct Sample
{
	MemoryContext context;
	int			nrows;
	SampleRow	rows[ROWS_OF_A_TABLE * MOST_TABLES];	/* in the end by instant */
	int			ntables;
	int			sampled[MOST_TABLES];	/* rows of each table */
	int			found[MOST_TABLES]; /* of these */
	bool		is_copy;		/* most of some table's were found */
} Sample;

typedef bool (*RowVisitor) (Sample *sample, PlsEventReader *reader,
							const PlsRow *row);

/*
 * Show the rows of a source's table that have an instant to a visitor, the
 * first ones first, until it has seen enough.
 */
static void
visit_rows(Sample *sample, const PlsLeaf *leaf, RowVisitor visitor)
{
	Relation	relation = table_open(leaf->relid, AccessShareLock);
	TupleTableSlot *slot = table_slot_create(relation, NULL);
	PlsEventReader *reader;
	TableScanDesc scan;
	bool		more = true;

	reader = pls_reader_begin(pls_source_find(leaf->source_id, leaf->relid),
							  relation, NULL);
	scan = table_beginscan_strat(relation, GetActiveSnapshot(), 0, NULL, true,
								 false);
	while (more && table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		MemoryContext caller = MemoryContextSwitchTo(reader->row_context);
		PlsRow		row;

		CHECK_FOR_INTERRUPTS();
		if (pls_reader_start_row(reader, slot, &row))
			more = visitor(sample, reader, &row);
		MemoryContextSwitchTo(caller);
		MemoryContextReset(reader->row_context);
	}
	table_endscan(scan);
	pls_reader_end(reader);
	ExecDropSingleTupleTableSlot(slot);
	table_close(relation, AccessShareLock);
}

/*
 * What a row says, in the current memory context.
 */
static const char *
written_row(PlsEventReader *reader, const PlsRow *row)
{
	StringInfoData text;
	bool		is_folded = row->event_length > 0 && *row->event == PLS_FOLDED;

	initStringInfo(&text);
	appendBinaryStringInfo(&text, row->event + is_folded,
						   row->event_length - is_folded);
	pls_reader_append_ids(reader, &text);
	return text.data;
}

static bool
keep_row(Sample *sample, PlsEventReader *reader, const PlsRow *row)
{
	SampleRow  *kept = &sample->rows[sample->nrows++];

	kept->at = reader->at;
	kept->written = MemoryContextStrdup(sample->context,
										written_row(reader, row));
	kept->table = sample->ntables;
	kept->found = false;
	return ++sample->sampled[sample->ntables] < ROWS_OF_A_TABLE;
}

static int
compare_rows(const void *a, const void *b)
{
	TimestampTz first = ((const SampleRow *) a)->at;
	TimestampTz second = ((const SampleRow *) b)->at;

	return first < second ? -1 : first > second;
}

/*
 * Take the first rows of a source's tables.
 */
static void
take_sample(Sample *sample, int source_id)
{
	PlsLeaf    *leaves;
	int			nleaves = pls_source_leaves(source_id, &leaves);
	int			i;

	for (i = 0; i < nleaves && sample->ntables < MOST_TABLES; i++)
	{
		visit_rows(sample, &leaves[i], keep_row);
		if (sample->sampled[sample->ntables] > 0)
			sample->ntables++;
	}
	qsort(sample->rows, sample->nrows, sizeof(SampleRow), compare_rows);
}

/*
 * Look a row up in the sample.  False once it is a copy's.
 */
static bool
look_up_row(Sample *sample, PlsEventReader *reader, const PlsRow *row)
{
	const char *written = NULL;
	int			low = 0;
	int			high = sample->nrows;

	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (sample->rows[middle].at < reader->at)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < sample->nrows && sample->rows[low].at == reader->at; low++)
	{
		SampleRow  *kept = &sample->rows[low];

		if (written == NULL)
			written = written_row(reader, row);
		if (kept->found || strcmp(kept->written, written) != 0)
			continue;
		kept->found = true;
		sample->is_copy = ++sample->found[kept->table] * 2 >
			sample->sampled[kept->table];
		break;
	}
	return !sample->is_copy;
}

PG_FUNCTION_INFO_V1(pls_holds_rows_of);

/*
 * pls_internal.holds_rows_of(source_id, other) -> boolean: see its comment in
 * sql/30_identity/24_rewatch.sql.
 */
Datum
pls_holds_rows_of(PG_FUNCTION_ARGS)
{
	Sample	   *sample = palloc0(sizeof(Sample));
	PlsLeaf    *leaves;
	int			nleaves;
	int			i;

	sample->context = CurrentMemoryContext;
	take_sample(sample, PG_GETARG_INT32(1));
	if (sample->nrows == 0)
		PG_RETURN_BOOL(false);
	nleaves = pls_source_leaves(PG_GETARG_INT32(0), &leaves);
	for (i = 0; i < nleaves && !sample->is_copy; i++)
		visit_rows(sample, &leaves[i], look_up_row);
	PG_RETURN_BOOL(sample->is_copy);
}
