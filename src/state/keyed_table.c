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
 *				including those of transactions under way, which it names.
 *				A row that is about to be updated is read without pruning
 *				its page each time: see fetch_to_update()
 *	  lock		table_tuple_lock, skipping what others hold.  A row is only
 *				updated or deleted by who has locked it: heap_update() is not
 *				made to be called without waiting, and a locked row it need
 *				not wait for.  (Looking first whether the row is free is not
 *				enough: it can be locked between the look and the update.)
 *	  update	table_tuple_update of a row locked before; see there why it
 *				cannot wait
 *	  insert	as INSERT ... ON CONFLICT does, speculatively: the unique
 *				index is asked but not waited for, and on a conflict the row
 *				is taken back
 *
 * One wait remains.  A table or an index that is full is locked while a page
 * is added to it, in the way that lock_timeout limits.  A busy disk makes that
 * moment longer than some applications allow, and their INSERT must not fail
 * for a row of ours: so it is waited for without limit.  Who adds the page
 * waits for nobody.
 *
 * All indexes are maintained, also those that a user has added; constraints
 * and triggers on these tables are not looked at.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/pg_am_d.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/execnodes.h"
#include "storage/bufmgr.h"
#include "storage/lmgr.h"
#include "storage/proc.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "owner.h"
#include "pls_compat.h"
#include "state/keyed_table.h"

#define MAX_KEYS 3
#define ROOM_TO_GROW 128		/* bytes that a row may gain in an update */
#define MOST_DEAD 500			/* entries that nobody needs, in a limited scan */

struct PlsTableScan
{
	IndexScanDesc scan;
	int			nkeys;			/* texts that the leading columns equal */
	const char *const *values;
	ScanKeyData keys[MAX_KEYS];
	int			left;			/* index entries that may be followed */
	int			dead_left;		/* the same of those that go by that */
	bool		was_cut;		/* and there were more */
};

/*
 * Wait for locks without limit from now on.  Returns what
 * restore_lock_timeout() needs; an error restores it as well.
 */
static int
stop_lock_timeout(void)
{
	int			nest_level;

	if (LockTimeout == 0)
		return 0;
	nest_level = NewGUCNestLevel();
	(void) set_config_option("lock_timeout", "0", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
	return nest_level;
}

static void
restore_lock_timeout(int nest_level)
{
	if (nest_level != 0)
		AtEOXact_GUC(true, nest_level);
}

/*
 * Take the lock of a table; false if it is not free and is not to be waited
 * for.
 */
static bool
lock_table(Oid relid, LOCKMODE mode, PlsWait wait)
{
	int			nest_level;

	if (wait == PLS_NO_WAIT)
		return ConditionalLockRelationOid(relid, mode);
	nest_level = wait == PLS_WAIT_WITHOUT_LIMIT ? stop_lock_timeout() : 0;
	LockRelationOid(relid, mode);
	restore_lock_timeout(nest_level);
	return true;
}

/*
 * Open a table of pls and the index that finds its rows.  False if its lock
 * is not free and is not to be waited for.  What the table needs until it is
 * closed is allocated in the memory context that is current now.
 */
bool
pls_table_open(PlsTable *table, const char *name, const char *index,
			   LOCKMODE mode, PlsWait wait)
{
	Oid			relid = pls_relation(name);

	memset(table, 0, sizeof(PlsTable));
	table->context = CurrentMemoryContext;
	if (!lock_table(relid, mode, wait))
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
 * The one key of a hash index: the values of the key's columns, joined by
 * spaces.  It need not tell rows apart, which are compared when they are read.
 */
static void
set_hashed_key(PlsTable *table, PlsTableScan *scan)
{
	Size		length = 0;
	text	   *joined;
	char	   *at;
	int			i;

	for (i = 0; i < scan->nkeys; i++)
		length += strlen(scan->values[i]) + 1;
	joined = palloc(VARHDRSZ + length);
	SET_VARSIZE(joined, VARHDRSZ + length - 1);
	at = VARDATA(joined);
	for (i = 0; i < scan->nkeys; i++)
	{
		Size		nbytes = strlen(scan->values[i]);

		memcpy(at, scan->values[i], nbytes);
		at += nbytes;
		*at++ = ' ';			/* the last lies behind the end */
	}
	ScanKeyEntryInitialize(&scan->keys[0], 0, 1, HTEqualStrategyNumber,
						   InvalidOid, table->index->rd_indcollation[0],
						   F_TEXTEQ, PointerGetDatum(joined));
}

/*
 * Begin to look for the rows whose leading columns have these values, which
 * must stay where they are until the end, and, if until is not NULL, an
 * instant in the next one that is not later.  With a hash index these are the
 * only columns of the key.
 */
PlsTableScan *
pls_table_scan(PlsTable *table, Snapshot snapshot, int nkeys,
			   const char *const *keys, const TimestampTz *until)
{
	PlsTableScan *scan = palloc(sizeof(PlsTableScan));
	int			nscankeys = 0;

	Assert(nkeys < MAX_KEYS);
	scan->nkeys = nkeys;
	scan->values = keys;
	scan->left = scan->dead_left = PG_INT32_MAX;
	scan->was_cut = false;
	if (table->index->rd_rel->relam == HASH_AM_OID)
	{
		Assert(until == NULL);
		set_hashed_key(table, scan);
		nscankeys = 1;
	}
	else
	{
		for (; nscankeys < nkeys; nscankeys++)
			ScanKeyEntryInitialize(&scan->keys[nscankeys], 0, nscankeys + 1,
								   BTEqualStrategyNumber, InvalidOid,
								   table->index->rd_indcollation[nscankeys],
								   F_TEXTEQ,
								   CStringGetTextDatum(keys[nscankeys]));
		if (until != NULL)
		{
			ScanKeyInit(&scan->keys[nscankeys], nscankeys + 1,
						BTLessEqualStrategyNumber, F_TIMESTAMPTZ_LE,
						TimestampTzGetDatum(*until));
			nscankeys++;
		}
	}
	scan->scan = PLS_INDEX_BEGINSCAN(table->heap, table->index, snapshot,
									 nscankeys);
	index_rescan(scan->scan, scan->keys, nscankeys, NULL, 0);
	return scan;
}

/*
 * Have a scan that has just begun follow so many index entries at most.
 *
 * Dead versions of a row keep their entries until no transaction can see
 * them: those of one transaction until it ends, all of them as long as some
 * session holds an old snapshot.  A caller who must not take long gives up
 * where there are many; so does one who meets more rows than it can work on.
 * Entries that nobody needs any more are marked and never followed again.  A
 * page of a hash index has the newest entry of a key first, so that they are
 * met when the page is full and the next one is on another: as many as a page
 * holds may be followed at once.
 */
void
pls_table_limit(PlsTableScan *scan, int most)
{
	scan->left = most;
	scan->dead_left = MOST_DEAD;
}

/*
 * Whether the scan has ended at its limit.
 */
bool
pls_table_was_cut(const PlsTableScan *scan)
{
	return scan->was_cut;
}

/*
 * The next index entry; NULL if there is none, or the limit is reached.
 */
static ItemPointer
next_entry(PlsTableScan *scan)
{
	ItemPointer entry = index_getnext_tid(scan->scan, ForwardScanDirection);

	scan->was_cut = entry != NULL && scan->left-- <= 0;
	return scan->was_cut ? NULL : entry;
}

/*
 * Whether the row in table->slot has the values that the scan looks for,
 * which a hash index does not promise.
 */
static bool
has_keys(PlsTable *table, const PlsTableScan *scan)
{
	int			i;

	if (!scan->scan->xs_recheck)
		return true;
	for (i = 0; i < scan->nkeys; i++)
	{
		bool		isnull;
		Datum		value = slot_getattr(table->slot, i + 1, &isnull);
		text	   *key;

		if (isnull)
			return false;
		key = DatumGetTextPP(value);
		if (VARSIZE_ANY_EXHDR(key) != strlen(scan->values[i]) ||
			memcmp(VARDATA_ANY(key), scan->values[i],
				   VARSIZE_ANY_EXHDR(key)) != 0)
			return false;
	}
	return true;
}

/*
 * The next row, in table->slot; false if there is none.
 */
bool
pls_table_next(PlsTable *table, PlsTableScan *scan)
{
	/* an entry may lead to several versions that the snapshot sees */
	while (scan->scan->xs_heap_continue || next_entry(scan) != NULL)
	{
		CHECK_FOR_INTERRUPTS();
		if (index_fetch_heap(scan->scan, table->slot) &&
			has_keys(table, scan))
			return true;
	}
	return false;
}

/*
 * Read the version, visible to the scan, of the row that an index entry
 * leads to; false if there is none.
 *
 * An index scan prunes a page whenever less of it is free than the table's
 * fillfactor asks for, which is always so once each of its rows has a second
 * version: every update would pay for taking away the one dead version that
 * the update before has left.  Here a page is pruned when the row's next
 * version would find no room, and some ten dead versions go at once.
 */
static bool
fetch_to_update(PlsTable *table, IndexScanDesc scan, ItemPointer entry)
{
	BufferHeapTupleTableSlot *slot = (BufferHeapTupleTableSlot *) table->slot;
	HeapTuple	tuple = &slot->base.tupdata;
	Buffer		buffer = ReadBuffer(table->heap,
									ItemPointerGetBlockNumber(entry));
	bool		pruned = false;

	for (;;)
	{
		ItemPointerData tid = *entry;
		bool		all_dead = false;
		bool		found;
		Size		room;

		LockBuffer(buffer, BUFFER_LOCK_SHARE);
		found = heap_hot_search_buffer(&tid, table->heap, buffer,
									   scan->xs_snapshot, tuple, &all_dead,
									   true);
		room = PageGetHeapFreeSpace(BufferGetPage(buffer));
		LockBuffer(buffer, BUFFER_LOCK_UNLOCK);
		if (!scan->xactStartedInRecovery)
			scan->kill_prior_tuple = all_dead;
		if (!found)
		{
			ReleaseBuffer(buffer);
			return false;
		}
		if (pruned || room >= MAXALIGN(tuple->t_len) + ROOM_TO_GROW)
			break;
		heap_page_prune_opt(table->heap, buffer);
		pruned = true;
	}
	ExecStorePinnedBufferHeapTuple(tuple, table->slot, buffer);
	return true;
}

/*
 * The next row, in table->slot, for a caller who means to update it; false
 * if there is none.
 */
bool
pls_table_next_to_update(PlsTable *table, PlsTableScan *scan)
{
	ItemPointer entry;

	if (table->heap->rd_tableam != GetHeapamTableAmRoutine())
		return pls_table_next(table, scan);
	while ((entry = next_entry(scan)) != NULL)
	{
		CHECK_FOR_INTERRUPTS();
		ExecClearTuple(table->slot);
		if (fetch_to_update(table, scan->scan, entry) &&
			has_keys(table, scan))
			return true;
		if (scan->scan->kill_prior_tuple && scan->dead_left-- > 0)
			scan->left++;
	}
	return false;
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
	int			nest_level;

	open_indexes(table);
	nest_level = stop_lock_timeout();
	token = SpeculativeInsertionLockAcquire(xid);
	table_tuple_insert_speculative(table->heap, slot,
								   GetCurrentCommandId(true), 0, NULL,
								   token);
	PLS_INSERT_INDEX_TUPLES(table->result_rel, slot, table->estate, true,
							&conflict);
	table_tuple_complete_speculative(table->heap, slot, token, !conflict);
	SpeculativeInsertionLockRelease(xid);
	restore_lock_timeout(nest_level);
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
	int			nest_level;

	open_indexes(table);
	nest_level = stop_lock_timeout();
	table_tuple_insert(table->heap, slot, GetCurrentCommandId(true), 0, NULL);
	PLS_INSERT_INDEX_TUPLES(table->result_rel, slot, table->estate, false,
							NULL);
	restore_lock_timeout(nest_level);
	ResetPerTupleExprContext(table->estate);
	ExecDropSingleTupleTableSlot(slot);
}

/*
 * Whether this transaction itself has written the row found, by an earlier
 * command.
 */
static bool
is_own(const PlsTable *table)
{
	HeapTupleHeader row;

	if (!TTS_IS_BUFFERTUPLE(table->slot))
		return false;
	row = ((BufferHeapTupleTableSlot *) table->slot)->base.tuple->t_data;
	return TransactionIdIsCurrentTransactionId(HeapTupleHeaderGetXmin(row)) &&
		HeapTupleHeaderGetCmin(row) < GetCurrentCommandId(true);
}

/*
 * Lock the row found, in table->slot, if this is its newest version and
 * nobody else has locked it; the result says.  Never waits.  The mode is
 * LockTupleNoKeyExclusive to update the row, without changing its key, and
 * LockTupleExclusive to delete it.  A row that this transaction has locked or
 * written before, or a subtransaction of it, is as good as any.  One that it
 * has written nobody else can lock, and it is left as it is: each version of a
 * row takes over the locks on the one before, and where every savepoint added
 * one there would be as many as savepoints.
 *
 * What is in the slot afterwards is the row as it was locked.
 */
TM_Result
pls_table_lock(PlsTable *table, LockTupleMode mode)
{
	ItemPointerData tid = table->slot->tts_tid;
	TM_FailureData failure;

	if (is_own(table))
		return TM_Ok;
	return table_tuple_lock(table->heap, &tid, InvalidSnapshot, table->slot,
							GetCurrentCommandId(true), mode, LockWaitSkip, 0,
							&failure);
}

/*
 * Replace the row at tid, which pls_table_lock() has locked, without changing
 * its key; the result says whether it was.
 *
 * The access method is told to wait for lockers, which is the only way it is
 * made for, but there is nobody to wait for: whoever else may hold a lock now
 * holds one that goes together with ours, FOR KEY SHARE, and an update that
 * leaves the key alone does not wait for that either.
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
	int			nest_level = stop_lock_timeout();

	result = table_tuple_update(table->heap, tid, slot,
								GetCurrentCommandId(true), InvalidSnapshot,
								InvalidSnapshot, true, &failure, &lockmode,
								&update_indexes);
	restore_lock_timeout(nest_level);
	Assert(result != TM_Ok || lockmode == LockTupleNoKeyExclusive);
	if (result == TM_Ok && PLS_UPDATES_INDEXES(update_indexes))
	{
		open_indexes(table);
		nest_level = stop_lock_timeout();
		PLS_INSERT_UPDATED_INDEX_TUPLES(table->result_rel, slot,
										table->estate, update_indexes);
		restore_lock_timeout(nest_level);
		ResetPerTupleExprContext(table->estate);
	}
	ExecDropSingleTupleTableSlot(slot);
	return result;
}

/*
 * Delete the row found, in table->slot, if this is its newest version and
 * nobody else has locked it; the result says.  Never waits: it is locked
 * first, and then there is nobody to wait for.
 */
TM_Result
pls_table_delete(PlsTable *table)
{
	ItemPointerData tid = table->slot->tts_tid;
	TM_FailureData failure;
	TM_Result	result = pls_table_lock(table, LockTupleExclusive);

	if (result != TM_Ok)
		return result;
	return table_tuple_delete(table->heap, &tid, GetCurrentCommandId(true),
							  InvalidSnapshot, InvalidSnapshot, true,
							  &failure, false);
}
