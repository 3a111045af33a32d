/*-------------------------------------------------------------------------
 *
 * identity_past.c
 *	  What was known of users and accounts at an instant of the past.
 *
 * A row of pls.users and the other tables of identity says since when it has
 * been as it is.  What it was before is kept in pls_internal.past_identity,
 * with the time for which that held; before that, and between two of them,
 * there was no row.  So an instant's row is the one in the table, if it was
 * known by then, or else one that is kept, or none.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/tableam.h"
#include "storage/bufmgr.h"
#include "utils/builtins.h"
#include "utils/rel.h"

#include "pls_compat.h"
#include "state/identity_past.h"
#include "state/keyed_table.h"

struct PlsPast
{
	Snapshot	snapshot;
	TimestampTz as_of;
	bool		is_empty;		/* nothing has ever changed */
	PlsTable	by_id;
	PlsTable	by_domain;
};

/*
 * Begin to look into the past, as of an instant.
 */
PlsPast *
pls_past_begin(Snapshot snapshot, TimestampTz as_of)
{
	PlsPast    *past = palloc0(sizeof(PlsPast));

	past->snapshot = snapshot;
	past->as_of = as_of;
	(void) pls_table_open(&past->by_id, "past_identity", "past_identity_id",
						  AccessShareLock, PLS_WAIT);
	(void) pls_table_open(&past->by_domain, "past_identity",
						  "past_identity_domain", AccessShareLock, PLS_WAIT);
	past->is_empty = RelationGetNumberOfBlocks(past->by_id.heap) == 0;
	return past;
}

void
pls_past_end(PlsPast *past)
{
	pls_table_close(&past->by_domain);
	pls_table_close(&past->by_id);
}

/*
 * Whether nothing is kept: then there was no row but those that are there.
 */
bool
pls_past_is_empty(const PlsPast *past)
{
	return past->is_empty;
}

/*
 * Whether a row of a table of identity was known by then; known_since: the
 * number, from 0, of the column that says since when.
 */
bool
pls_past_knew(const PlsPast *past, TupleTableSlot *slot, int known_since)
{
	bool		isnull;
	Datum		value = slot_getattr(slot, known_since + 1, &isnull);

	return !isnull && DatumGetTimestampTz(value) <= past->as_of;
}

/*
 * Whether what the row in the slot keeps held then.
 */
static bool
held(const PlsPast *past, TupleTableSlot *slot)
{
	bool		isnull;

	return pls_past_knew(past, slot, P_SINCE) &&
		DatumGetTimestampTz(slot_getattr(slot, P_UNTIL + 1,
										 &isnull)) > past->as_of;
}

/*
 * The row of a kind that was there under this id and is no longer as it was;
 * NULL: none is kept.  It is valid until the next is looked up.
 */
TupleTableSlot *
pls_past_find(PlsPast *past, const char *kind, const char *id)
{
	const char *keys[] = {id, kind};
	PlsTableScan *scan;
	bool		found = false;

	if (past->is_empty)
		return NULL;
	scan = pls_table_scan(&past->by_id, past->snapshot, 2, keys, NULL);
	while (!found && pls_table_next(&past->by_id, scan))
		found = held(past, past->by_id.slot);
	if (found)
		ExecMaterializeSlot(past->by_id.slot);
	pls_table_end(scan);
	return found ? past->by_id.slot : NULL;
}

/*
 * The ids, in the current memory context and in their order, of the accounts
 * that had this domain by a row that is no longer as it was.
 */
List *
pls_past_holders(PlsPast *past, const char *domain)
{
	PlsTable   *table = &past->by_domain;
	List	   *holders = NIL;
	PlsTableScan *scan;
	bool		isnull;

	if (past->is_empty)
		return NIL;
	/* the index has them in their order */
	scan = pls_table_scan(table, past->snapshot, 1, &domain, NULL);
	while (pls_table_next(table, scan))
		if (held(past, table->slot))
			holders = lappend(holders,
							  TextDatumGetCString(slot_getattr(table->slot,
															   P_ID + 1,
															   &isnull)));
	pls_table_end(scan);
	return holders;
}

/*
 * Add the ids that have been aliases of this one at any time to a list.
 */
List *
pls_past_add_aliases(PlsPast *past, const char *kind, const char *id,
					 List *ids)
{
	TupleTableSlot *slot = past->by_id.slot;
	TableScanDesc scan;

	if (past->is_empty)
		return ids;
	scan = table_beginscan(past->by_id.heap, past->snapshot, 0, NULL);
	while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		bool		isnull;
		Datum		target = slot_getattr(slot, P_TARGET + 1, &isnull);

		if (isnull || strcmp(TextDatumGetCString(target), id) != 0 ||
			strcmp(TextDatumGetCString(slot_getattr(slot, P_KIND + 1,
													&isnull)), kind) != 0)
			continue;
		ids = lappend(ids, TextDatumGetCString(slot_getattr(slot, P_ID + 1,
															&isnull)));
	}
	table_endscan(scan);
	return ids;
}
