/*-------------------------------------------------------------------------
 *
 * turns_since.c
 *	  The turns of a pool that a row of pls_internal.turn_counts has not counted.
 *
 * The row names the snapshot in which it was counted and the transaction that
 * did (sql/50_decide/20_turns.sql).  It lacks the turns of transactions that the
 * snapshot does not see, and of its own transaction those that came after it.
 * Through the primary key of pls_internal.turns these are a few ranges, none of which
 * holds anything that is counted already; in SQL they would be as many scans
 * to be set up for each pick, which takes longer than to read them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/stratnum.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/transam.h"
#include "catalog/pg_type.h"
#include "executor/tuptable.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/xid8.h"

#include "decision/turns_since.h"
#include "owner.h"
#include "pls_compat.h"

/* Columns of pls_internal.turns and pls_internal.turn_counts, from 1. */
enum
{
	T_TURN_ID = 1, T_POOL, T_REP, T_CHARGED_AT, T_N, T_XID
};
enum
{
	C_POOL = 1, C_SNAPSHOT = 5, C_XID, C_LAST_TURN
};

/* Columns of the primary key of pls_internal.turns, from 1. */
enum
{
	K_POOL = 1, K_XID, K_TURN_ID
};

#define NKEYS 4					/* two of them for the transaction */
#define ANY_TURN PG_INT64_MIN

/* A pg_snapshot, as it is stored. */
typedef struct StoredSnapshot
{
	int32		header;
	uint32		nxip;
	FullTransactionId xmin;
	FullTransactionId xmax;
	FullTransactionId xip[FLEXIBLE_ARRAY_MEMBER];
} StoredSnapshot;

typedef struct TurnsScan
{
	Relation	heap;
	Relation	index;
	TupleTableSlot *slot;
	IndexScanDesc scan;
	PlsTurn    *turns;
	int			n;
	int			room;
} TurnsScan;

/* Take the turn in the slot, into the current memory context. */
static void
take_turn(TurnsScan *scan)
{
	PlsTurn    *turn;
	bool		isnull;
	Datum		value;

	if (scan->n == scan->room)
	{
		scan->room *= 2;
		scan->turns = repalloc(scan->turns, scan->room * sizeof(PlsTurn));
	}
	turn = &scan->turns[scan->n++];
	value = slot_getattr(scan->slot, T_REP, &isnull);
	turn->rep = isnull ? (Datum) 0 : datumCopy(value, false, -1);
	value = slot_getattr(scan->slot, T_CHARGED_AT, &turn->has_no_instant);
	turn->charged_at = turn->has_no_instant ? 0 : DatumGetTimestampTz(value);
	turn->n = DatumGetInt32(slot_getattr(scan->slot, T_N, &isnull));
}

/*
 * Take the turns in a range of the key: of one pool, of transactions low to
 * high, or of low alone, and with a number beyond after.
 */
static void
take_range(TurnsScan *scan, Datum pool, FullTransactionId low,
		   FullTransactionId high, int64 after)
{
	bool		is_one = FullTransactionIdEquals(low, high);
	ScanKeyData keys[NKEYS];

	if (FullTransactionIdPrecedes(high, low))
		return;
	ScanKeyEntryInitialize(&keys[0], 0, K_POOL, BTEqualStrategyNumber,
						   InvalidOid, scan->index->rd_indcollation[0],
						   F_TEXTEQ, pool);
	ScanKeyInit(&keys[1], K_XID,
				is_one ? BTEqualStrategyNumber : BTGreaterEqualStrategyNumber,
				is_one ? F_XID8EQ : F_XID8GE, FullTransactionIdGetDatum(low));
	ScanKeyInit(&keys[2], K_XID, BTLessEqualStrategyNumber, F_XID8LE,
				FullTransactionIdGetDatum(high));
	ScanKeyInit(&keys[3], K_TURN_ID, BTGreaterStrategyNumber, F_INT8GT,
				Int64GetDatum(after));
	index_rescan(scan->scan, keys, NKEYS, NULL, 0);
	while (index_getnext_slot(scan->scan, ForwardScanDirection, scan->slot))
	{
		CHECK_FOR_INTERRUPTS();
		take_turn(scan);
	}
}

/* The transaction before or after one. */
static FullTransactionId
neighbor(FullTransactionId xid, int distance)
{
	return FullTransactionIdFromU64(U64FromFullTransactionId(xid) + distance);
}

/*
 * Open pls_internal.turns, which the current role must be allowed to read.
 */
static void
begin_scan(TurnsScan *scan)
{
	Oid			relid = pls_relation("turns");
	AclResult	right = pg_class_aclcheck(relid, GetUserId(), ACL_SELECT);

	if (right != ACLCHECK_OK)
		aclcheck_error(right, OBJECT_TABLE, "turns");
	scan->heap = table_open(relid, AccessShareLock);
	scan->index = index_open(pls_relation("turns_pkey"), AccessShareLock);
	scan->slot = table_slot_create(scan->heap, NULL);
	scan->scan = PLS_INDEX_BEGINSCAN(scan->heap, scan->index,
									 GetActiveSnapshot(), NKEYS);
	scan->n = 0;
	scan->room = 64;
	scan->turns = palloc(scan->room * sizeof(PlsTurn));
}

static void
end_scan(TurnsScan *scan)
{
	index_endscan(scan->scan);
	ExecDropSingleTupleTableSlot(scan->slot);
	index_close(scan->index, NoLock);
	table_close(scan->heap, NoLock);
}

/*
 * The turns of a pool, and those of all pools, that a row of pls_internal.turn_counts
 * does not count, as the active snapshot sees them.  Returns how many;
 * *turns is in the current memory context.
 */
int
pls_turns_since(HeapTupleHeader counted, PlsTurn **turns)
{
	bool		isnull[4];
	Datum		pools[2];
	StoredSnapshot *snapshot;
	FullTransactionId own;
	int64		last_turn;
	TurnsScan	scan;
	int			i;
	uint32		j;

	pools[0] = GetAttributeByNum(counted, C_POOL, &isnull[0]);
	snapshot = (StoredSnapshot *) DatumGetPointer(GetAttributeByNum(counted, C_SNAPSHOT, &isnull[1]));
	own = DatumGetFullTransactionId(GetAttributeByNum(counted, C_XID,
													  &isnull[2]));
	last_turn = DatumGetInt64(GetAttributeByNum(counted, C_LAST_TURN,
												&isnull[3]));
	*turns = NULL;
	if (isnull[0] || isnull[1] || isnull[2] || isnull[3])
		return 0;
	snapshot = (StoredSnapshot *) PG_DETOAST_DATUM(PointerGetDatum(snapshot));
	pools[1] = CStringGetTextDatum("");
	begin_scan(&scan);
	for (i = 0; i < lengthof(pools); i++)
	{
		take_range(&scan, pools[i], own, own, last_turn);
		/* its other turns, which may be many, are left out */
		take_range(&scan, pools[i], snapshot->xmax, neighbor(own, -1),
				   ANY_TURN);
		take_range(&scan, pools[i],
				   FullTransactionIdPrecedes(own, snapshot->xmax) ?
				   snapshot->xmax : neighbor(own, 1),
				   FullTransactionIdFromU64(PG_UINT64_MAX), ANY_TURN);
		for (j = 0; j < snapshot->nxip; j++)
		{
			if (!FullTransactionIdEquals(snapshot->xip[j], own))
				take_range(&scan, pools[i], snapshot->xip[j],
						   snapshot->xip[j], ANY_TURN);
		}
	}
	end_scan(&scan);
	*turns = scan.turns;
	return scan.n;
}

PG_FUNCTION_INFO_V1(pls_turns_since_counts);

/*
 * pls_internal.turns_since(counted pls_internal.turn_counts) -> rows of (rep, charged_at, n);
 * none for NULL.
 *
 * Errors: 42501 if the current role may not read pls_internal.turns.
 */
Datum
pls_turns_since_counts(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	PlsTurn    *turns;
	int			n;
	int			i;

	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	n = pls_turns_since(PG_GETARG_HEAPTUPLEHEADER(0), &turns);
	for (i = 0; i < n; i++)
	{
		Datum		values[3] = {turns[i].rep,
			TimestampTzGetDatum(turns[i].charged_at),
		Int32GetDatum(turns[i].n)};
		bool		nulls[3] = {turns[i].rep == (Datum) 0,
			turns[i].has_no_instant,
		false};

		tuplestore_putvalues(result->setResult, result->setDesc, values,
							 nulls);
	}
	return (Datum) 0;
}
