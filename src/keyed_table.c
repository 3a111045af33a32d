/*-------------------------------------------------------------------------
 *
 * keyed_table.c
 *	  Reading and writing rows of a table of pls by their text key, through
 *	  the table access method.
 *
 * The trigger reads and writes one row per entity, as often as the
 * application inserts.  Through SPI the start-up of the executor for that
 * costs several times the work itself, and SQL cannot say what is wanted
 * here: do it only if nobody else is at it.  So this file calls what the
 * executor would call, and nothing that could wait for another session:
 *
 *	  find		an index scan with a dirty snapshot: newest versions,
 *				including those of transactions under way, which it names
 *	  update	table_tuple_update without waiting: it fails when another
 *				session has changed or locked the row
 *	  insert	as INSERT ... ON CONFLICT does, speculatively: the unique
 *				index is asked but not waited for, and on a conflict the row
 *				is taken back
 *
 * All indexes are maintained, also those that a user has added; constraints
 * and triggers on these tables are not looked at.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/execnodes.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "pls.h"

#define MAX_KEYS 3

struct PlsTableScan
{
	IndexScanDesc scan;
	ScanKeyData keys[MAX_KEYS];
};

/*
 * Open a table of pls and the index that finds its rows.  False if its lock
 * is not free and wait is false.  What the table needs until it is closed is
 * allocated in the memory context that is current now.
 */
bool
pls_table_open(PlsTable *table, const char *name, const char *index,
			   LOCKMODE mode, bool wait)
{
	Oid			relid = pls_relation(name);

	memset(table, 0, sizeof(PlsTable));
	table->context = CurrentMemoryContext;
	if (wait)
		LockRelationOid(relid, mode);
	else if (!ConditionalLockRelationOid(relid, mode))
		return false;
	table->heap = table_open(relid, NoLock);
	table->index = index_open(pls_relation(index), mode);
	table->slot = table_slot_create(table->heap, NULL);
	return true;
}

/*
 * Close a table; its lock is kept until the transaction ends.
 */
void
pls_table_close(PlsTable *table)
{
	if (table->heap == NULL)
		return;
	if (table->estate != NULL)
	{
		ExecCloseIndices(table->result_rel);
		FreeExecutorState(table->estate);
	}
	ExecDropSingleTupleTableSlot(table->slot);
	index_close(table->index, NoLock);
	table_close(table->heap, NoLock);
	table->heap = NULL;
}

/*
 * Begin to look for the rows with these values of the key's leading columns
 * and, if until is not NULL, an instant in the next one that is not later.
 */
PlsTableScan *
pls_table_scan(PlsTable *table, Snapshot snapshot, int nkeys,
			   const char *const *keys, const TimestampTz *until)
{
	PlsTableScan *scan = palloc(sizeof(PlsTableScan));
	int			i;

	Assert(nkeys < MAX_KEYS);
	for (i = 0; i < nkeys; i++)
		ScanKeyEntryInitialize(&scan->keys[i], 0, i + 1,
							   BTEqualStrategyNumber, InvalidOid,
							   table->index->rd_indcollation[i], F_TEXTEQ,
							   CStringGetTextDatum(keys[i]));
	if (until != NULL)
		ScanKeyInit(&scan->keys[nkeys++], i + 1, BTLessEqualStrategyNumber,
					F_TIMESTAMPTZ_LE, TimestampTzGetDatum(*until));
	scan->scan = PLS_INDEX_BEGINSCAN(table->heap, table->index, snapshot,
									 nkeys);
	index_rescan(scan->scan, scan->keys, nkeys, NULL, 0);
	return scan;
}

/*
 * The next row, in table->slot; false if there is none.
 */
bool
pls_table_next(PlsTable *table, PlsTableScan *scan)
{
	return index_getnext_slot(scan->scan, ForwardScanDirection, table->slot);
}

void
pls_table_end(PlsTableScan *scan)
{
	index_endscan(scan->scan);
	pfree(scan);
}

/*
 * A slot with a row made of values.
 */
static TupleTableSlot *
make_row(PlsTable *table, Datum *values, bool *nulls)
{
	TupleDesc	desc = RelationGetDescr(table->heap);
	TupleTableSlot *slot = MakeSingleTupleTableSlot(desc, &TTSOpsHeapTuple);

	ExecStoreHeapTuple(heap_form_tuple(desc, values, nulls), slot, true);
	slot->tts_tableOid = RelationGetRelid(table->heap);
	return slot;
}

/*
 * Prepare to write index entries.
 */
static void
open_indexes(PlsTable *table)
{
	MemoryContext caller;

	if (table->estate != NULL)
		return;
	caller = MemoryContextSwitchTo(table->context);
	table->estate = CreateExecutorState();
	table->result_rel = makeNode(ResultRelInfo);
	InitResultRelInfo(table->result_rel, table->heap, 0, NULL, 0);
	ExecOpenIndices(table->result_rel, true);
	MemoryContextSwitchTo(caller);
}

/*
 * Insert a row unless its key is there already, or is being inserted by
 * another session; false if so.  Never waits.
 */
bool
pls_table_insert_unless_there(PlsTable *table, Datum *values, bool *nulls)
{
	TransactionId xid = GetCurrentTransactionId();
	TupleTableSlot *slot = make_row(table, values, nulls);
	uint32		token;
	bool		conflict = false;

	open_indexes(table);
	token = SpeculativeInsertionLockAcquire(xid);
	table_tuple_insert_speculative(table->heap, slot,
								   GetCurrentCommandId(true), 0, NULL,
								   token);
	PLS_INSERT_INDEX_TUPLES(table->result_rel, slot, table->estate, true,
							&conflict);
	table_tuple_complete_speculative(table->heap, slot, token, !conflict);
	SpeculativeInsertionLockRelease(xid);
	ResetPerTupleExprContext(table->estate);
	ExecDropSingleTupleTableSlot(slot);
	return !conflict;
}

/*
 * Insert a row whose key nobody else can be inserting.
 */
void
pls_table_insert(PlsTable *table, Datum *values, bool *nulls)
{
	TupleTableSlot *slot = make_row(table, values, nulls);

	open_indexes(table);
	table_tuple_insert(table->heap, slot, GetCurrentCommandId(true), 0, NULL);
	PLS_INSERT_INDEX_TUPLES(table->result_rel, slot, table->estate, false,
							NULL);
	ResetPerTupleExprContext(table->estate);
	ExecDropSingleTupleTableSlot(slot);
}

/*
 * Lock the row found, in table->slot, if this is its newest version and
 * nobody else has locked it; the result says.  Never waits.
 */
TM_Result
pls_table_lock(PlsTable *table)
{
	ItemPointerData tid = table->slot->tts_tid;
	TM_FailureData failure;

	return table_tuple_lock(table->heap, &tid, InvalidSnapshot, table->slot,
							GetCurrentCommandId(true), LockTupleExclusive,
							LockWaitSkip, 0, &failure);
}

/*
 * Whether the row in table->slot is locked, and by this transaction alone:
 * SELECT FOR UPDATE before, say, which its updates carry along.
 */
static bool
is_locked_by_me(PlsTable *table)
{
	bool		should_free;
	HeapTuple	tuple = ExecFetchSlotHeapTuple(table->slot, false,
											   &should_free);
	uint16		infomask = tuple->t_data->t_infomask;

	Assert(!should_free);
	return (infomask & HEAP_XMAX_INVALID) == 0 &&
		(infomask & HEAP_XMAX_IS_MULTI) == 0 &&
		HEAP_XMAX_IS_LOCKED_ONLY(infomask) &&
		TransactionIdIsCurrentTransactionId(HeapTupleHeaderGetRawXmax(tuple->t_data));
}

/*
 * Replace the row found, which is at tid, if this is its newest version and
 * nobody else has locked it; the result says.
 *
 * Never waits: waiting is asked for only where the lock is our own, which
 * the access method would otherwise take for another's.
 */
TM_Result
pls_table_update(PlsTable *table, ItemPointer tid, Datum *values,
				 bool *nulls)
{
	TupleTableSlot *slot = make_row(table, values, nulls);
	TM_FailureData failure;
	LockTupleMode lockmode;
	PLS_UPDATE_INDEXES_TYPE update_indexes;
	TM_Result	result;

	result = table_tuple_update(table->heap, tid, slot,
								GetCurrentCommandId(true), InvalidSnapshot,
								InvalidSnapshot, is_locked_by_me(table),
								&failure, &lockmode, &update_indexes);
	if (result == TM_Ok && PLS_UPDATES_INDEXES(update_indexes))
	{
		open_indexes(table);
		PLS_INSERT_UPDATED_INDEX_TUPLES(table->result_rel, slot,
										table->estate, update_indexes);
		ResetPerTupleExprContext(table->estate);
	}
	ExecDropSingleTupleTableSlot(slot);
	return result;
}

/*
 * Delete the row at tid, without waiting.
 */
TM_Result
pls_table_delete(PlsTable *table, ItemPointer tid)
{
	TM_FailureData failure;

	return table_tuple_delete(table->heap, tid, GetCurrentCommandId(true),
							  InvalidSnapshot, InvalidSnapshot, false,
							  &failure, false);
}
