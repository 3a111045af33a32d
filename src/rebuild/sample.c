/*-------------------------------------------------------------------------
 *
 * sample.c
 *	  Some rows of a watched table, to tell what there is in it.
 *
 * The sweep takes a sample now and then (sql/70_sweep/35_samples.sql), from
 * which pls.tracking_plan() and pls.health tell which events and properties
 * come, and which rows are nobody's.  So that costs an INSERT nothing.
 *
 * Read is what lies at the end of a table, where the newest rows mostly are,
 * and ranges of blocks from all over the rest; of a small table that is
 * everything.  How many blocks, rows and bytes are read is limited, whatever
 * the size of the table and however many dead rows it has.  Rows are read as
 * events as the trigger reads them (event_reader.c), through the table access
 * method: no code of the table's owner is run.  Where properties are very
 * large, only the first rows are counted for motions.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/table.h"
#include "access/tableam.h"
#include "common/pg_prng.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "model/event_row.h"
#include "model/model.h"
#include "model/model_index.h"
#include "model/signal.h"
#include "rebuild/watched_table.h"
#include "trigger/event_reader.h"
#include "trigger/source.h"

/* Of all tables of a source together. */
#define MOST_LEAVES		16
#define NEWEST_BLOCKS	((BlockNumber) 512)
#define NEWEST_ROWS		10000
#define OTHER_BLOCKS	((BlockNumber) 256)
#define OTHER_ROWS		5000
#define OTHER_RANGES	16
#define MOST_BYTES		(16 * 1024 * 1024)	/* of properties */
#define MOST_MATCHED	((int64) 64 * 1024 * 1024)	/* fetched or made for
													 * signals */

#define MOST_PROPERTIES (64 * 1024) /* bytes of a row's; beyond that they are
									 * not looked at */

/* Columns of pls_internal.sample_events(). */
enum
{
	S_PART, S_NAME, S_AT, S_ACCOUNT_ID, S_CAUSE, S_HAS_USER, S_PROPERTIES,
	S_LOOKED_AT, S_IS_NEWEST, S_NUMBER, S_NCOLUMNS
};

/* What a motion makes of the rows that are read. */
typedef struct MotionRows
{
	const char *motion;
	int64		rows;			/* that matter to it */
	TimestampTz newest;			/* of them */
} MotionRows;

typedef struct Sampling
{
	ReturnSetInfo *result;
	MemoryContext context;
	Snapshot	snapshot;
	List	   *motions;		/* of MotionRows */
	Size		bytes;			/* that may still be read */
	int64		matched;		/* likewise, to count for motions */
	/* the leaf at hand */
	int			number;
	PlsEventReader *reader;
	MotionRows **of_models;
	TableScanDesc scan;
	TupleTableSlot *slot;
} Sampling;

/* ---------- rows ---------- */

static void
put_row(Sampling *sampling, Datum *values, bool *nulls, const char *part)
{
	values[S_PART] = CStringGetTextDatum(part);
	nulls[S_PART] = false;
	tuplestore_putvalues(sampling->result->setResult,
						 sampling->result->setDesc, values, nulls);
}

/*
 * Say of a table whether all of its rows were read.
 */
static void
put_table(Sampling *sampling, int number, bool is_all)
{
	Datum		values[S_NCOLUMNS] = {0};
	bool		nulls[S_NCOLUMNS];

	memset(nulls, true, sizeof(nulls));
	values[S_NUMBER] = Int64GetDatum(number);
	values[S_IS_NEWEST] = BoolGetDatum(is_all);
	nulls[S_NUMBER] = nulls[S_IS_NEWEST] = false;
	put_row(sampling, values, nulls, "table");
}

static void
set_text(Datum *values, bool *nulls, int column, const char *text)
{
	nulls[column] = (text == NULL);
	if (text != NULL)
		values[column] = CStringGetTextDatum(text);
}

/*
 * Count the row at hand for the motions that it matters to.
 */
static void
count_motions(Sampling *sampling, PlsRow *row)
{
	PlsEventReader *reader = sampling->reader;
	int			i;

	for (i = 0; i < reader->nmodels; i++)
	{
		PlsModel   *model = reader->models[i];
		MotionRows *motion = sampling->of_models[i];
		Bitmapset  *outcomes = NULL;

		if ((pls_match_row(model, row, reader->matches, &outcomes) == 0 &&
			 outcomes == NULL) ||
			pls_reader_entity(reader, model) == NULL)
			continue;
		if (motion->rows++ == 0 || motion->newest < reader->at)
			motion->newest = reader->at;
	}
}

/*
 * The properties of a row, as far as they are looked at.
 */
static void
set_properties(Sampling *sampling, PlsRow *row, Datum *values, bool *nulls)
{
	const PlsSource *source = sampling->reader->source;
	bool		looked_at = source->properties != 0 || source->makes_document;

	if (!row->properties_is_null)
	{
		/* how large a document is, is known once it was made */
		looked_at = row->document != NULL ? sampling->matched > 0 :
			!pls_is_longer(row->properties, MOST_PROPERTIES);
		if (looked_at && pls_row_properties(row) != NULL)
		{
			Size		size = VARSIZE(row->detoasted);

			sampling->bytes -= Min(sampling->bytes, size);
			values[S_PROPERTIES] = JsonbPGetDatum(row->detoasted);
			nulls[S_PROPERTIES] = false;
		}
	}
	values[S_LOOKED_AT] = BoolGetDatum(looked_at);
	nulls[S_LOOKED_AT] = false;
}

/*
 * The event of a row; one that is compared without case is in lower case.
 */
static const char *
event_name(const PlsRow *row)
{
	int			mark = row->event[0] == PLS_FOLDED ? 1 : 0;

	return pnstrdup(row->event + mark, row->event_length - mark);
}

/*
 * Put the row in the slot into the result.
 */
static void
sample_row(Sampling *sampling, bool is_newest)
{
	PlsEventReader *reader = sampling->reader;
	Datum		values[S_NCOLUMNS] = {0};
	bool		nulls[S_NCOLUMNS];
	const char *cause;
	PlsRow		row;

	memset(nulls, true, sizeof(nulls));
	values[S_NUMBER] = Int64GetDatum(sampling->number);
	values[S_IS_NEWEST] = BoolGetDatum(is_newest);
	nulls[S_NUMBER] = nulls[S_IS_NEWEST] = false;
	if (pls_reader_start_row(reader, sampling->slot, &row))
	{
		if (row.event_length > 0)
			set_text(values, nulls, S_NAME, event_name(&row));
		values[S_AT] = TimestampTzGetDatum(reader->at);
		nulls[S_AT] = false;
		set_text(values, nulls, S_ACCOUNT_ID,
				 pls_reader_account(reader, &cause));
		set_text(values, nulls, S_CAUSE, cause);
		values[S_HAS_USER] = BoolGetDatum(pls_reader_user(reader) != NULL);
		nulls[S_HAS_USER] = false;
		set_properties(sampling, &row, values, nulls);
		if (sampling->matched > 0)
			count_motions(sampling, &row);
	}
	put_row(sampling, values, nulls, "row");
	sampling->matched -= pls_reader_row_memory(reader);
}

/*
 * Read rows of the scan until so many were read, the last ones first.  False
 * if there may be more.
 */
static bool
sample_rows(Sampling *sampling, int most_rows, bool is_newest, bool backward)
{
	MemoryContext context = sampling->reader->row_context;
	MemoryContext caller;
	int			nrows = 0;

	while (table_scan_getnextslot(sampling->scan, backward ?
								  BackwardScanDirection :
								  ForwardScanDirection, sampling->slot))
	{
		CHECK_FOR_INTERRUPTS();
		if (nrows++ == most_rows || sampling->bytes == 0)
			return false;
		caller = MemoryContextSwitchTo(context);
		sample_row(sampling, is_newest);
		MemoryContextSwitchTo(caller);
		MemoryContextReset(context);
	}
	return true;
}

/* ---------- blocks ---------- */

/*
 * Read a range of a heap's blocks.
 */
static bool
sample_range(Sampling *sampling, BlockNumber begin, BlockNumber count,
			 int most_rows, bool is_newest)
{
	if (count == 0)
		return true;
	table_rescan(sampling->scan, NULL);
	heap_setscanlimits(sampling->scan, begin, count);
	return sample_rows(sampling, most_rows, is_newest, true);
}

/*
 * Read some of the first blocks of a heap: all of them, if they are few, or
 * ranges from all over.
 */
static bool
sample_others(Sampling *sampling, BlockNumber nblocks, BlockNumber most_blocks,
			  int most_rows)
{
	BlockNumber size = Max(most_blocks / OTHER_RANGES, 1);
	BlockNumber stride = nblocks / OTHER_RANGES;
	int			i;

	if (nblocks <= most_blocks || stride <= size)
		return sample_range(sampling, 0, nblocks, most_rows, false);
	for (i = 0; i < OTHER_RANGES; i++)
		(void) sample_range(sampling, i * stride +
							(BlockNumber) pg_prng_uint64_range(&pg_global_prng_state,
															   0, stride - size),
							size, Max(most_rows / OTHER_RANGES, 1), false);
	return false;
}

/*
 * Read a leaf's part of what is read of nleaves; true if that was all.
 */
static bool
sample_blocks(Sampling *sampling, Relation relation, int nleaves)
{
	BlockNumber nblocks = RelationGetNumberOfBlocks(relation);
	BlockNumber newest = Min(nblocks, NEWEST_BLOCKS / nleaves);
	int			most_rows = NEWEST_ROWS / nleaves;

	if (relation->rd_tableam != GetHeapamTableAmRoutine())
		return sample_rows(sampling, most_rows, true, false);
	/* what the first part leaves of its blocks is old in either case */
	return (int) sample_range(sampling, nblocks - newest, newest, most_rows,
							  true) &
		(int) sample_others(sampling, nblocks - newest,
							OTHER_BLOCKS / nleaves, OTHER_ROWS / nleaves);
}

/* ---------- leaves ---------- */

/*
 * What is counted for a motion.
 */
static MotionRows *
rows_of_motion(Sampling *sampling, const char *name)
{
	MemoryContext caller;
	MotionRows *motion;
	ListCell   *cell;

	foreach(cell, sampling->motions)
	{
		motion = lfirst(cell);
		if (strcmp(motion->motion, name) == 0)
			return motion;
	}
	caller = MemoryContextSwitchTo(sampling->context);
	motion = palloc0(sizeof(MotionRows));
	motion->motion = pstrdup(name);
	sampling->motions = lappend(sampling->motions, motion);
	MemoryContextSwitchTo(caller);
	return motion;
}

/*
 * Read rows of a leaf, and say whether these were all.
 */
static void
sample_leaf(Sampling *sampling, const PlsLeaf *leaf, int nleaves)
{
	Relation	relation = table_open(leaf->relid, AccessShareLock);
	PlsSource  *source = pls_source_find(leaf->source_id, leaf->relid);
	int			i;

	sampling->number++;
	sampling->bytes = MOST_BYTES / nleaves;
	sampling->matched = MOST_MATCHED / nleaves;
	sampling->reader = pls_reader_begin(source, relation, NULL);
	sampling->of_models = palloc(Max(sampling->reader->nmodels, 1) *
								 sizeof(MotionRows *));
	for (i = 0; i < sampling->reader->nmodels; i++)
		sampling->of_models[i] =
			rows_of_motion(sampling, sampling->reader->models[i]->motion);
	sampling->slot = table_slot_create(relation, NULL);
	sampling->scan = table_beginscan_strat(relation, sampling->snapshot, 0,
										   NULL, true, false);
	put_table(sampling, sampling->number,
			  sample_blocks(sampling, relation, nleaves));
	table_endscan(sampling->scan);
	ExecDropSingleTupleTableSlot(sampling->slot);
	pls_reader_end(sampling->reader);
	table_close(relation, NoLock);
}

static bool
is_empty(const PlsLeaf *leaf)
{
	Relation	relation = table_open(leaf->relid, AccessShareLock);
	bool		empty = RelationGetNumberOfBlocks(relation) == 0;

	table_close(relation, NoLock);
	return empty;
}

/*
 * Choose the tables that are read, of those that have rows: half of them the
 * ones that were made last, which mostly have the newest rows, and half from
 * all over the others.  They take the first places; their number is returned,
 * and *nleaves becomes that of those with rows.
 */
static int
choose_leaves(PlsLeaf *leaves, int *nleaves)
{
	int			nfilled = 0;
	int			nothers;
	int			i;

	for (i = 0; i < *nleaves; i++)
		if (!is_empty(&leaves[i]))
			leaves[nfilled++] = leaves[i];
	*nleaves = nfilled;
	if (nfilled <= MOST_LEAVES)
		return nfilled;
	nothers = nfilled - MOST_LEAVES / 2;
	for (i = 0; i < MOST_LEAVES / 2; i++)
	{
		/* reads from an equal or a later place than is written to */
		leaves[i] = leaves[(int) ((int64) nothers * i / (MOST_LEAVES / 2))];
	}
	memmove(&leaves[MOST_LEAVES / 2], &leaves[nothers],
			MOST_LEAVES / 2 * sizeof(PlsLeaf));
	return MOST_LEAVES;
}

static void
put_motions(Sampling *sampling)
{
	ListCell   *cell;

	foreach(cell, sampling->motions)
	{
		MotionRows *motion = lfirst(cell);
		Datum		values[S_NCOLUMNS] = {0};
		bool		nulls[S_NCOLUMNS];

		memset(nulls, true, sizeof(nulls));
		set_text(values, nulls, S_NAME, motion->motion);
		values[S_NUMBER] = Int64GetDatum(motion->rows);
		values[S_AT] = TimestampTzGetDatum(motion->newest);
		nulls[S_NUMBER] = false;
		nulls[S_AT] = motion->rows == 0;
		put_row(sampling, values, nulls, "motion");
	}
}

PG_FUNCTION_INFO_V1(pls_sample_events);

/*
 * pls_internal.sample_events(source_id): see its comment in
 * sql/70_sweep/35_samples.sql.
 *
 * Errors: 55000 if the table cannot be read.
 */
Datum
pls_sample_events(PG_FUNCTION_ARGS)
{
	Sampling	sampling = {0};
	PlsLeaf    *leaves;
	int			nleaves = pls_source_leaves(PG_GETARG_INT32(0), &leaves);
	int			nchosen;
	int			i;

	InitMaterializedSRF(fcinfo, 0);
	sampling.result = (ReturnSetInfo *) fcinfo->resultinfo;
	sampling.context = CurrentMemoryContext;
	sampling.snapshot = RegisterSnapshot(GetActiveSnapshot());
	nchosen = choose_leaves(leaves, &nleaves);
	for (i = 0; i < nchosen; i++)
		sample_leaf(&sampling, &leaves[i], nchosen);
	if (nchosen < nleaves)
		put_table(&sampling, 0, false);
	put_motions(&sampling);
	UnregisterSnapshot(sampling.snapshot);
	return (Datum) 0;
}
