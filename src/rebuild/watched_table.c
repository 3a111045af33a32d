/*-------------------------------------------------------------------------
 *
 * watched_table.c
 *	  Reading the rows of watched tables through the table access method.
 *
 * Watched tables belong to others, and a query over one runs its owner's code
 * with the rights of who asks: the planner folds functions of its index
 * expressions, and policies, rules, views, domains and casts are evaluated.
 * So there is no query.  The leaf partitions and the tables that inherit are
 * scanned in turn, with a snapshot, as CREATE INDEX scans them; where a few
 * values of one column are wanted and a plain index has them, through that
 * index, which compares by an operator class of the system's.
 *
 * What is no table is refused: a rule can turn one into a view (before 16),
 * and a foreign table's rows come from elsewhere.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/transam.h"
#include "catalog/pg_am_d.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_opclass.h"
#include "catalog/pg_statistic.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "storage/bufmgr.h"
#include "storage/lmgr.h"
#include "storage/predicate.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#include "id_text.h"
#include "owner.h"
#include "pls_compat.h"
#include "rebuild/watched_table.h"
#include "statement.h"
#include "trigger/source.h"

/* Share of NULLs above which a scan of all rows is preferred. */
#define MANY_NULLS 0.1

/* Ranges of blocks in which a table is read, and blocks of one at the least. */
#define MOST_RANGES 64
#define LEAST_RANGE ((BlockNumber) 128)

/* Blocks that are asked for together, before they are read. */
#define ANNOUNCED ((BlockNumber) 32)

/* ---------- the tables of a source ---------- */

/*
 * Whether this is a temporary table, which may inherit from any.  Only its
 * own session can read it, so nobody's rows are read as events.
 */
static bool
is_temporary(Oid relid)
{
	return get_rel_persistence(relid) == RELPERSISTENCE_TEMP;
}

/*
 * Whether this is a table that holds rows itself, which all sessions see.
 */
bool
pls_holds_rows(Oid relid)
{
	return get_rel_relkind(relid) == RELKIND_RELATION && !is_temporary(relid);
}

/*
 * What keeps the rows of a table, which may be a source's or inherit from it,
 * from being read as events; NULL: nothing.  *holds_rows: whether it is to be
 * read at all.
 */
const char *
pls_leaf_problem(int source_id, Oid relid, bool *holds_rows)
{
	char		kind = get_rel_relkind(relid);

	*holds_rows = false;
	if (kind != '\0' && is_temporary(relid))
		return NULL;
	switch (kind)
	{
		case RELKIND_PARTITIONED_TABLE:
		case '\0':				/* gone while the lock was waited for */
			return NULL;
		case RELKIND_RELATION:
			*holds_rows = true;
			return pls_source_find(source_id, relid)->problem;
		default:
			return "it is not a table";
	}
}

/*
 * Lock a table and all that lie below it until the transaction ends; their
 * numbers, or NIL if the table was dropped.
 */
static List *
lock_tables(Oid relid)
{
	LockRelationOid(relid, AccessShareLock);
	if (!SearchSysCacheExists1(RELOID, ObjectIdGetDatum(relid)))
	{
		UnlockRelationOid(relid, AccessShareLock);
		return NIL;
	}
	return find_all_inheritors(relid, AccessShareLock, NULL);
}

PG_FUNCTION_INFO_V1(pls_lock_source);

/*
 * pls_internal.lock_source(source): see its comment in sql/30_identity/40_identity_changes.sql.
 */
Datum
pls_lock_source(PG_FUNCTION_ARGS)
{
	(void) lock_tables(PG_GETARG_OID(0));
	PG_RETURN_VOID();
}

/*
 * The name of a table for messages, with its schema.
 */
char *
pls_table_name(Oid relid)
{
	char	   *name = get_rel_name(relid);
	char	   *schema = get_namespace_name(get_rel_namespace(relid));

	if (name == NULL || schema == NULL) /* dropped since: it is not locked */
		return psprintf("%u", relid);
	return quote_qualified_identifier(schema, name);
}

/*
 * Leave out what lies below another source that is among these tables itself:
 * a watched table may have become another's partition, and its rows are read
 * once.
 */
static List *
without_other_sources(List *relids, Oid relid, const PlsLeaf *sources,
					  int nsources)
{
	int			i;

	for (i = 0; i < nsources; i++)
		if (sources[i].relid != relid &&
			list_member_oid(relids, sources[i].relid))
			relids = list_difference_oid(relids,
										 find_all_inheritors(sources[i].relid,
															 NoLock, NULL));
	return relids;
}

/*
 * Append the tables of a source that hold rows, locked until the transaction
 * ends; false if it was dropped.  Those whose rows cannot be read as events are
 * left out, with a notice: one broken table must not keep what all others say
 * from being known.  problem is set to that of one of them.
 */
static bool
add_leaves(const PlsLeaf *sources, int nsources, int number, PlsLeaf **leaves,
		   int *nleaves, char **problem)
{
	int			source_id = sources[number].source_id;
	List	   *relids;
	ListCell   *cell;

	relids = lock_tables(sources[number].relid);
	if (relids == NIL)
		return false;
	relids = without_other_sources(relids, sources[number].relid, sources,
								   nsources);
	if (*leaves == NULL)
		*leaves = palloc(list_length(relids) * sizeof(PlsLeaf));
	else
		*leaves = repalloc(*leaves, (*nleaves + list_length(relids)) *
						   sizeof(PlsLeaf));
	foreach(cell, relids)
	{
		Oid			leaf = lfirst_oid(cell);
		bool		holds_rows;
		const char *its = pls_leaf_problem(source_id, leaf, &holds_rows);

		if (its != NULL)
		{
			*problem = psprintf("the events of table %s cannot be read: %s",
								pls_table_name(leaf), its);
			ereport(NOTICE,
					(errmsg("%s", *problem),
					 errhint("They are skipped until the table is fixed or watched again.")));
		}
		if (its != NULL || !holds_rows)
			continue;
		(*leaves)[*nleaves].source_id = source_id;
		(*leaves)[(*nleaves)++].relid = leaf;
	}
	list_free(relids);
	return true;
}

/*
 * Read numbers and tables of sources by a query with one parameter.
 */
int
pls_find_sources(const char *query, Oid type, Datum parameter,
				 PlsLeaf **sources)
{
	MemoryContext caller = CurrentMemoryContext;
	PlsOwnerScope scope;
	int			nsources;
	int			i;

	pls_owner_begin(&scope);
	pls_query_run(query, 1, &type, &parameter, NULL, true);
	nsources = (int) SPI_processed;
	*sources = MemoryContextAlloc(caller, Max(nsources, 1) * sizeof(PlsLeaf));
	for (i = 0; i < nsources; i++)
	{
		(*sources)[i].source_id = DatumGetInt32(pls_result_not_null(i, 1));
		(*sources)[i].relid = DatumGetObjectId(pls_result_not_null(i, 2));
	}
	pls_owner_end(&scope);
	return nsources;
}

/*
 * The tables that hold the events of the sources that a query finds.  *any:
 * whether one of the sources is there.
 */
static int
find_leaves(const char *query, Oid type, Datum parameter, PlsLeaf **leaves,
			bool *any)
{
	PlsLeaf    *sources;
	int			nsources = pls_find_sources(query, type, parameter, &sources);
	int			nleaves = 0;
	char	   *problem = NULL;
	int			i;

	*leaves = NULL;
	*any = false;
	for (i = 0; i < nsources; i++)
		*any |= add_leaves(sources, nsources, i, leaves, &nleaves, &problem);
	pfree(sources);
	/* that nothing can be read does not mean that there are no events */
	if (nleaves == 0 && problem != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("%s", problem),
				 errdetail("What is known from its earlier events is kept."),
				 errhint("Fix the table, or call pls.unwatch() and pls.watch() for it; then run pls.refresh().")));
	return nleaves;
}

/*
 * The tables that hold the events of a motion; their number is returned.
 *
 * Errors: 55000 if none of them can be read, or all were dropped: then there
 * may have been events, too.
 */
int
pls_motion_leaves(const char *motion, PlsLeaf **leaves)
{
	bool		any;
	int			nleaves;

	nleaves = find_leaves(PLS_SOURCES_OF_MOTION, TEXTOID, CStringGetTextDatum(motion), leaves, &any);
	if (!any)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("no table is watched for motion \"%s\"", motion),
				 errhint("Call pls.watch() for the event table first.")));
	return nleaves;
}

/*
 * The same of one source.
 */
int
pls_source_leaves(int source_id, PlsLeaf **leaves)
{
	bool		any;

	return find_leaves(PLS_ONE_SOURCE, INT4OID, Int32GetDatum(source_id), leaves,
					   &any);
}

/*
 * A snapshot, registered, to read leaves by that have just been locked.  What
 * was rewritten before the locks were there looks empty to an older one; in a
 * transaction that keeps to its first snapshot there is no other.
 */
Snapshot
pls_leaves_snapshot(void)
{
	return RegisterSnapshot(IsolationUsesXactSnapshot() ?
							GetActiveSnapshot() : GetLatestSnapshot());
}

/* ---------- by an index ---------- */

/*
 * Whether an index's first key is this column, compared by the system's own
 * operators, and every row that the snapshot sees is in it.  A collation by
 * which different texts are equal would find a row by several values.
 */
static bool
is_usable(Relation index, AttrNumber column)
{
	Form_pg_index form = index->rd_index;
	bool		isnull;
	Datum		classes;
	Oid			opclass;

	if (index->rd_rel->relam != BTREE_AM_OID || !form->indisvalid ||
		!form->indislive || form->indkey.values[0] != column ||
		!heap_attisnull(index->rd_indextuple, Anum_pg_index_indpred, NULL) ||
		(OidIsValid(index->rd_indcollation[0]) &&
		 !get_collation_isdeterministic(index->rd_indcollation[0])))
		return false;
	if (form->indcheckxmin &&
		!TransactionIdPrecedes(HeapTupleHeaderGetXmin(index->rd_indextuple->t_data),
							   TransactionXmin))
		return false;
	classes = SysCacheGetAttr(INDEXRELID, index->rd_indextuple,
							  Anum_pg_index_indclass, &isnull);
	opclass = ((oidvector *) DatumGetPointer(classes))->values[0];
	return opclass < FirstNormalObjectId;
}

static Relation
open_index(Relation relation, AttrNumber column)
{
	List	   *indexes = RelationGetIndexList(relation);
	Relation	found = NULL;
	ListCell   *cell;

	foreach(cell, indexes)
	{
		Relation	index = index_open(lfirst_oid(cell), AccessShareLock);

		if (is_usable(index, column))
		{
			found = index;
			break;
		}
		index_close(index, AccessShareLock);
	}
	list_free(indexes);
	return found;
}

/*
 * Whether NULLs are so many that an index is no help.
 */
static bool
has_many_nulls(Oid relid, AttrNumber column)
{
	HeapTuple	tuple = SearchSysCache3(STATRELATTINH,
										ObjectIdGetDatum(relid),
										Int16GetDatum(column),
										BoolGetDatum(false));
	bool		many;

	if (!HeapTupleIsValid(tuple))
		return false;
	many = ((Form_pg_statistic) GETSTRUCT(tuple))->stanullfrac > MANY_NULLS;
	ReleaseSysCache(tuple);
	return many;
}

/*
 * The value of a column of this type whose text is given, and how it is
 * compared; false if no row can have it.  *known is false if the type is not
 * one whose texts are known here.
 */
static bool
column_value(Oid type, const char *text, Datum *value, RegProcedure *equal,
			 bool *known)
{
	int64		number;

	*known = true;
	switch (type)
	{
		case TEXTOID:
		case VARCHAROID:
			*equal = F_TEXTEQ;
			*value = CStringGetTextDatum(text);
			return true;
		case INT2OID:
			*equal = F_INT2EQ;
			*value = Int16GetDatum(0);
			if (!pls_parse_number(text, &number) || number != (int16) number)
				return false;
			*value = Int16GetDatum((int16) number);
			return true;
		case INT4OID:
			*equal = F_INT4EQ;
			if (!pls_parse_number(text, &number) || number != (int32) number)
				return false;
			*value = Int32GetDatum((int32) number);
			return true;
		case INT8OID:
			*equal = F_INT8EQ;
			if (!pls_parse_number(text, &number))
				return false;
			*value = Int64GetDatum(number);
			return true;
		case UUIDOID:
			*equal = F_UUID_EQ;
			return pls_parse_uuid(text, value);
		default:
			*known = false;
			return false;
	}
}

/*
 * Set the keys that find the wanted values.  False if the type of the column
 * does not allow it.
 */
static bool
set_keys(PlsLeafScan *scan, const PlsColumnValues *wanted)
{
	Oid			collation = scan->index->rd_indcollation[0];
	int			i;

	scan->keys = palloc((wanted->nvalues + 1) * sizeof(ScanKeyData));
	for (i = 0; i < wanted->nvalues; i++)
	{
		RegProcedure equal;
		Datum		value;
		bool		known;

		if (column_value(wanted->column->type, wanted->values[i], &value,
						 &equal, &known))
			ScanKeyEntryInitialize(&scan->keys[scan->nkeys++], 0, 1,
								   BTEqualStrategyNumber, InvalidOid,
								   collation, equal, value);
		else if (!known)
			return false;
	}
	if (wanted->nulls)
		ScanKeyEntryInitialize(&scan->keys[scan->nkeys++],
							   SK_ISNULL | SK_SEARCHNULL, 1,
							   InvalidStrategy, InvalidOid, InvalidOid,
							   InvalidOid, (Datum) 0);
	return true;
}

/*
 * Begin to read through an index; false if none is fit for it.
 */
static bool
begin_by_index(PlsLeafScan *scan, Snapshot snapshot,
			   const PlsColumnValues *wanted)
{
	AttrNumber	column = wanted->column->number;

	if (column == 0 ||
		(wanted->nulls &&
		 has_many_nulls(RelationGetRelid(scan->relation), column)))
		return false;
	scan->index = open_index(scan->relation, column);
	if (scan->index == NULL)
		return false;
	if (!set_keys(scan, wanted))
	{
		index_close(scan->index, AccessShareLock);
		scan->index = NULL;
		return false;
	}
	scan->index_scan = PLS_INDEX_BEGINSCAN(scan->relation, scan->index,
										   snapshot, 1);
	return true;
}

static bool
next_by_index(PlsLeafScan *scan, TupleTableSlot *slot)
{
	ScanDirection direction = scan->last_first ?
	BackwardScanDirection : ForwardScanDirection;

	while (scan->next_key == 0 ||
		   !index_getnext_slot(scan->index_scan, direction, slot))
	{
		if (scan->next_key == scan->nkeys)
			return false;
		index_rescan(scan->index_scan, &scan->keys[scan->next_key++], 1,
					 NULL, 0);
	}
	return true;
}

/* ---------- scans ---------- */

/*
 * Begin to read the rows of a table that the snapshot sees, by one process or
 * by several.  To a serializable transaction all of the table is read, also
 * what others put behind its end from now on.
 */
void
pls_leaf_share_begin(PlsLeafShare *share, Relation relation,
					 Snapshot snapshot)
{
	PredicateLockRelation(relation, snapshot);
	share->nblocks = RelationGetNumberOfBlocks(relation);
	pg_atomic_init_u32(&share->taken, 0);
}

static bool
is_of_heap(Relation relation)
{
	return relation->rd_tableam == GetHeapamTableAmRoutine();
}

/*
 * Ask for a block; true if it is in memory.
 */
static inline bool
announce_block(PlsLeafScan *scan, BlockNumber block)
{
	return BufferIsValid(PrefetchBuffer(scan->relation, MAIN_FORKNUM,
										block).recent_buffer);
}

/*
 * Have the system read the blocks that a scan soon comes to, in the order
 * that disks are fast at: where a file is read backward, it reads nothing
 * ahead by itself.  If the first and the last of them are in memory, the
 * others mostly are.
 */
static void
announce_blocks(PlsLeafScan *scan, BlockNumber at)
{
#ifdef USE_PREFETCH
	BlockNumber end = scan->announced;
	BlockNumber size = Min(end - scan->range_begin, ANNOUNCED);
	BlockNumber i;

	if (size == 0 || at > end + ANNOUNCED)
		return;
	scan->announced = end - size;
	if (announce_block(scan, end - size) && announce_block(scan, end - 1))
		return;
	for (i = end - size + 1; i < end; i++)
		(void) announce_block(scan, i);
#endif
}

/*
 * Take the next range of blocks, from the end of the table to its begin;
 * false if all are taken.
 *
 * Rows mostly lie in the order of time.  The newest first is what lets a
 * rebuild pass over older ones.  The table has few ranges, for each counts as
 * a scan in the statistics.  Only a heap can be read in parts, and surely
 * backward.
 */
static bool
take_range(PlsLeafScan *scan)
{
	bool		is_heap = is_of_heap(scan->relation);
	BlockNumber nblocks = scan->share->nblocks;
	BlockNumber size = Max(nblocks / MOST_RANGES, LEAST_RANGE);
	uint64		taken = pg_atomic_fetch_add_u32(&scan->share->taken, 1);

	if (is_heap ? taken * size >= nblocks : taken > 0)
		return false;
	if (scan->table_scan == NULL)
		scan->table_scan = table_beginscan_strat(scan->relation,
												 scan->snapshot, 0, NULL,
												 true, false);
	else
		table_rescan(scan->table_scan, NULL);
	if (is_heap)
	{
		BlockNumber end = nblocks - (BlockNumber) taken * size;

		size = Min(end, size);
		heap_setscanlimits(scan->table_scan, end - size, size);
		scan->range_begin = end - size;
		scan->announced = end;
		announce_blocks(scan, end);
	}
	return true;
}

static bool
next_by_range(PlsLeafScan *scan, TupleTableSlot *slot)
{
	ScanDirection direction = is_of_heap(scan->relation) ?
	BackwardScanDirection : ForwardScanDirection;

	while (scan->has_range || take_range(scan))
	{
		scan->has_range = table_scan_getnextslot(scan->table_scan, direction,
												 slot);
		if (scan->has_range)
		{
			if (is_of_heap(scan->relation))
				announce_blocks(scan,
								ItemPointerGetBlockNumber(&slot->tts_tid));
			return true;
		}
	}
	return false;
}

/*
 * Begin to read the rows of a leaf that the snapshot sees.  share: what
 * several processes read together; wanted: only rows with these values are
 * asked for, others may come as well.  Either may be NULL.
 */
void
pls_leaf_scan_begin(PlsLeafScan *scan, Relation relation, Snapshot snapshot,
					PlsLeafShare *share, const PlsColumnValues *wanted)
{
	memset(scan, 0, sizeof(PlsLeafScan));
	scan->relation = relation;
	scan->snapshot = snapshot;
	scan->context = CurrentMemoryContext;
	if (share != NULL)
		scan->share = share;
	else if (wanted == NULL || !begin_by_index(scan, snapshot, wanted))
	{
		pls_leaf_share_begin(&scan->own_share, relation, snapshot);
		scan->share = &scan->own_share;
	}
}

/*
 * The next row, in the slot; false if there is none.  The caller may be in a
 * context that it resets after each row.  Access methods keep what they
 * allocate meanwhile until the scan ends: a B-tree its list of entries whose
 * rows are dead.
 */
bool
pls_leaf_scan_next(PlsLeafScan *scan, TupleTableSlot *slot)
{
	MemoryContext caller = MemoryContextSwitchTo(scan->context);
	bool		found;

	CHECK_FOR_INTERRUPTS();
	if (scan->index_scan != NULL)
		found = next_by_index(scan, slot);
	else
		found = next_by_range(scan, slot);
	MemoryContextSwitchTo(caller);
	return found;
}

/*
 * Whether the rows can be taken a page at a time.
 */
bool
pls_leaf_scan_is_by_page(const PlsLeafScan *scan)
{
	return scan->index_scan == NULL && is_of_heap(scan->relation) &&
		IsMVCCSnapshot(scan->snapshot);
}

/*
 * The rows of the next page that has any, the last one first; false if there
 * is none.  The slot is for what is done here.
 *
 * A heap's scan tells all rows of a page that its snapshot sees when it comes
 * to the first of them; it goes on as if it had returned them all.
 */
bool
pls_leaf_scan_next_page(PlsLeafScan *scan, TupleTableSlot *slot,
						PlsHeapRows *rows)
{
	HeapScanDesc heap;
	int			i;

	Assert(pls_leaf_scan_is_by_page(scan));
	if (!pls_leaf_scan_next(scan, slot))
		return false;
	heap = (HeapScanDesc) scan->table_scan;
	rows->relid = RelationGetRelid(scan->relation);
	rows->buffer = heap->rs_cbuf;
	rows->block = heap->rs_cblock;
	rows->count = (int) heap->rs_ntuples;
	rows->offsets = heap->rs_vistuples;
	heap->rs_cindex = 0;
	for (i = 1; i < rows->count; i++)
		pgstat_count_heap_getnext(scan->relation);
	return true;
}

void
pls_leaf_scan_end(PlsLeafScan *scan)
{
	if (scan->index_scan != NULL)
	{
		index_endscan(scan->index_scan);
		index_close(scan->index, AccessShareLock);
	}
	if (scan->table_scan != NULL)
		table_endscan(scan->table_scan);
}

PG_FUNCTION_INFO_V1(pls_has_rows);

/*
 * pls_internal.has_rows(source) -> boolean: see its comment in sql/30_identity/20_watch.sql.
 */
Datum
pls_has_rows(PG_FUNCTION_ARGS)
{
	List	   *relids = lock_tables(PG_GETARG_OID(0));
	ListCell   *cell;
	bool		found = false;

	foreach(cell, relids)
	{
		PlsLeafScan scan;
		TupleTableSlot *slot;
		Relation	relation;

		if (!pls_holds_rows(lfirst_oid(cell)))
			continue;
		relation = table_open(lfirst_oid(cell), NoLock);
		slot = table_slot_create(relation, NULL);
		pls_leaf_scan_begin(&scan, relation, GetActiveSnapshot(), NULL, NULL);
		found = pls_leaf_scan_next(&scan, slot);
		ExecDropSingleTupleTableSlot(slot);
		pls_leaf_scan_end(&scan);
		table_close(relation, NoLock);
		if (found)
			break;
	}
	PG_RETURN_BOOL(found);
}
