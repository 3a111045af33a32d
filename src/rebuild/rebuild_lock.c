/*-------------------------------------------------------------------------
 *
 * rebuild_lock.c
 *	  What a rebuild must have for itself, and who else has it.
 *
 * One rebuild of a whole motion is made at a time.  The lock must be one that nobody else can take.  Keys of advisory locks
 * are everybody's, and a row can be locked by whoever may update it.  So it
 * is a lock on an object: the object is a motion, by a hash of its name, and
 * its class is the table pls.motions, whose number no command of the server
 * takes for a class.  Two motions whose hashes meet wait for one another,
 * which does no harm.
 *
 * It ends with the transaction, or with the subtransaction that took it when
 * that is rolled back.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/multixact.h"
#include "access/subtrans.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "storage/lmgr.h"
#include "storage/lock.h"
#include "storage/procarray.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#include "owner.h"
#include "pls_compat.h"
#include "state/keyed_table.h"

PG_FUNCTION_INFO_V1(pls_hold_rebuild);

/*
 * pls_internal.hold_rebuild(motion, wait) -> boolean: true once this transaction holds
 * the right to rebuild the motion as a whole; false if another one has it and
 * wait is false.
 *
 * Errors: 55P03 when lock_timeout ends the wait.
 */
Datum
pls_hold_rebuild(PG_FUNCTION_ARGS)
{
	text	   *motion = PG_GETARG_TEXT_PP(0);
	bool		wait = PG_GETARG_BOOL(1);
	uint64		hash;
	LOCKTAG		tag;

	hash = hash_bytes_extended((unsigned char *) VARDATA_ANY(motion),
							   VARSIZE_ANY_EXHDR(motion), 0);
	SET_LOCKTAG_OBJECT(tag, MyDatabaseId, pls_relation("motions"),
					   (uint32) hash, (uint16) (hash >> 32));
	PG_RETURN_BOOL(LockAcquire(&tag, ExclusiveLock, false, !wait) !=
				   LOCKACQUIRE_NOT_AVAIL);
}

/* ---------- watched tables ---------- */

/*
 * Lock a table to read it, if its lock is free; so is that of one that is gone.
 */
static bool
try_lock_table(Oid relid)
{
	if (!ConditionalLockRelationOid(relid, AccessShareLock))
		return false;
	if (!SearchSysCacheExists1(RELOID, ObjectIdGetDatum(relid)))
		UnlockRelationOid(relid, AccessShareLock);
	return true;
}

PG_FUNCTION_INFO_V1(pls_try_lock_source);

/*
 * pls_internal.try_lock_source(source) -> regclass: see its comment in
 * sql/70_sweep/10_refresh.sql.
 */
Datum
pls_try_lock_source(PG_FUNCTION_ARGS)
{
	Oid			source = PG_GETARG_OID(0);
	ListCell   *cell;

	if (!try_lock_table(source))
		PG_RETURN_OID(source);
	if (!SearchSysCacheExists1(RELOID, ObjectIdGetDatum(source)))
		PG_RETURN_NULL();
	foreach(cell, find_all_inheritors(source, NoLock, NULL))
	{
		if (!try_lock_table(lfirst_oid(cell)))
			PG_RETURN_OID(lfirst_oid(cell));
	}
	PG_RETURN_NULL();
}

/* ---------- who holds a standing ---------- */

/*
 * Add a transaction to the list if it is under way and not this one.
 */
static List *
add_holder(List *holders, TransactionId xid)
{
	if (!TransactionIdIsValid(xid) ||
		TransactionIdIsCurrentTransactionId(xid) ||
		!TransactionIdIsInProgress(xid))
		return holders;
	/* what a subtransaction holds is its transaction's */
	return list_append_unique_oid(holders,
								  (Oid) SubTransGetTopmostTransaction(xid));
}

/*
 * Add those that have locked a row, in a way that goes not together with an
 * update of it.
 */
static List *
add_lockers(List *holders, HeapTupleHeader tuple)
{
	TransactionId xmax = HeapTupleHeaderGetRawXmax(tuple);
	MultiXactMember *members;
	int			nmembers;
	int			i;

	if (tuple->t_infomask & HEAP_XMAX_INVALID)
		return holders;
	if (!(tuple->t_infomask & HEAP_XMAX_IS_MULTI))
		return HEAP_XMAX_IS_KEYSHR_LOCKED(tuple->t_infomask) ? holders :
			add_holder(holders, xmax);
	nmembers = GetMultiXactIdMembers(xmax, &members, false,
									 HEAP_XMAX_IS_LOCKED_ONLY(tuple->t_infomask));
	for (i = 0; i < nmembers; i++)
		if (members[i].status != MultiXactStatusForKeyShare)
			holders = add_holder(holders, members[i].xid);
	return holders;
}

/*
 * The transactions of a list as an array.
 */
static Datum
holders_array(List *holders)
{
	Datum	   *xids = palloc(Max(list_length(holders), 1) * sizeof(Datum));
	int			i;

	for (i = 0; i < list_length(holders); i++)
		xids[i] = TransactionIdGetDatum((TransactionId) list_nth_oid(holders, i));
	PG_RETURN_ARRAYTYPE_P(construct_array(xids, list_length(holders), XIDOID,
										  sizeof(TransactionId), true,
										  TYPALIGN_INT));
}

PG_FUNCTION_INFO_V1(pls_standing_holders);

/*
 * pls_internal.standing_holders(motion, entity_id) -> xid[]: see its comment in
 * sql/70_sweep/10_refresh.sql.
 */
Datum
pls_standing_holders(PG_FUNCTION_ARGS)
{
	const char *keys[] = {text_to_cstring(PG_GETARG_TEXT_PP(1)),
	text_to_cstring(PG_GETARG_TEXT_PP(0))};
	PlsTable	standings;
	PlsTableScan *scan;
	SnapshotData dirty;
	List	   *holders = NIL;

	pls_table_open(&standings, "standings", "standings_lookup",
				   AccessShareLock, PLS_WAIT);
	InitDirtySnapshot(dirty);
	scan = pls_table_scan(&standings, &dirty, 2, keys, NULL);
	if (pls_table_next(&standings, scan))
	{
		bool		should_free;
		HeapTuple	tuple = ExecFetchSlotHeapTuple(standings.slot, false,
												   &should_free);

		holders = add_holder(holders, dirty.xmin);
		holders = add_holder(holders, dirty.xmax);
		holders = add_lockers(holders, tuple->t_data);
	}
	pls_table_end(scan);
	pls_table_close(&standings);
	return holders_array(holders);
}

PG_FUNCTION_INFO_V1(pls_alert_holders);

/*
 * pls_internal.alert_holders(place) -> xid[]: see its comment in
 * sql/60_alerts/20_workflow.sql.
 */
Datum
pls_alert_holders(PG_FUNCTION_ARGS)
{
	ItemPointer place = (ItemPointer) PG_GETARG_POINTER(0);
	Relation	alerts = table_open(pls_relation("alerts"), AccessShareLock);
	TupleTableSlot *slot = table_slot_create(alerts, NULL);
	List	   *holders = NIL;

	if (ItemPointerGetBlockNumberNoCheck(place) <
		RelationGetNumberOfBlocks(alerts) &&
		table_tuple_fetch_row_version(alerts, place, SnapshotAny, slot))
	{
		bool		should_free;
		HeapTuple	tuple = ExecFetchSlotHeapTuple(slot, false, &should_free);

		holders = add_lockers(holders, tuple->t_data);
	}
	ExecDropSingleTupleTableSlot(slot);
	table_close(alerts, AccessShareLock);
	return holders_array(holders);
}

PG_FUNCTION_INFO_V1(pls_await_transactions);

/*
 * pls_internal.await_transactions(transactions): see its comment in
 * sql/70_sweep/10_refresh.sql.
 *
 * Errors: 55P03 when lock_timeout ends the wait.
 */
Datum
pls_await_transactions(PG_FUNCTION_ARGS)
{
	Datum	   *xids;
	bool	   *nulls;
	int			nxids;
	int			i;

	deconstruct_array(PG_GETARG_ARRAYTYPE_P(0), XIDOID, sizeof(TransactionId),
					  true, TYPALIGN_INT, &xids, &nulls, &nxids);
	for (i = 0; i < nxids; i++)
		if (!nulls[i] && TransactionIdIsNormal(DatumGetTransactionId(xids[i])) &&
			!TransactionIdIsCurrentTransactionId(DatumGetTransactionId(xids[i])))
			XactLockTableWait(DatumGetTransactionId(xids[i]), NULL, NULL,
							  XLTW_None);
	PG_RETURN_VOID();
}
