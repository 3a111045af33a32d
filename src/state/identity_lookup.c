/*-------------------------------------------------------------------------
 *
 * identity_lookup.c
 *	  Rows of users, accounts, aliases and domains, looked up in one statement.
 *
 * Of an instant of the past it is the row that was there then: the one in the
 * table, if it was known by then, or one that is kept (identity_past.c).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/tableam.h"
#include "executor/tuptable.h"
#include "utils/memutils.h"

#include "state/identity_lookup.h"
#include "state/identity_past.h"
#include "state/ignored.h"
#include "state/keyed_table.h"

/*
 * Begin to look up users and accounts.  snapshot: as of which.  With
 * SnapshotSelf, the trigger's, these are the newest committed versions and
 * this transaction's own; unlike the statement's snapshot it leaves no
 * predicate lock in a serializable transaction.  memory: how much users that
 * were looked up may take.  wait: for a table that somebody has locked; if not,
 * nothing is found in it, and pls_identity_was_locked() says so.
 */
PlsIdentity *
pls_identity_begin(Snapshot snapshot, Size memory, PlsWait wait)
{
	PlsIdentity *identity = palloc0(sizeof(PlsIdentity));

	pls_ignored_load();
	identity->context = CurrentMemoryContext;
	identity->snapshot = snapshot;
	identity->memory = memory;
	identity->wait = wait;
	return identity;
}

/*
 * Look users and accounts up as they were known at an instant.  Mail providers
 * and ids that name nobody are those of now: what is entered there corrects
 * how ids and addresses are read, and was true before.
 */
void
pls_identity_as_of(PlsIdentity *identity, TimestampTz as_of)
{
	identity->past = pls_past_begin(identity->snapshot, as_of);
}

/*
 * Whether a table was locked, so that what was looked up may be wrong.
 */
bool
pls_identity_was_locked(const PlsIdentity *identity)
{
	return identity->was_locked;
}

/*
 * End looking up.  What was kept is freed here: a rebuild needs the memory
 * for entities.
 */
void
pls_identity_end(PlsIdentity *identity)
{
	int			way;

	if (identity->past != NULL)
		pls_past_end(identity->past);
	pls_table_close(&identity->users);
	pls_table_close(&identity->accounts);
	for (way = 0; way < PLS_NWAYS; way++)
		pls_table_close(&identity->tables[way]);
	if (identity->known_context != NULL)
		MemoryContextDelete(identity->known_context);
	identity->known_context = NULL;
	identity->known_users = NULL;
	memset(identity->known_ways, 0, sizeof(identity->known_ways));
}

/*
 * Open a table unless it is open; false if it is locked and not waited for.
 */
bool
pls_lookup_open(PlsIdentity *identity, PlsTable *table, const char *name,
				const char *index)
{
	MemoryContext caller;

	if (table->heap != NULL)
		return true;
	caller = MemoryContextSwitchTo(identity->context);
	if (!pls_table_open(table, name, index, AccessShareLock, identity->wait))
		identity->was_locked = true;
	MemoryContextSwitchTo(caller);
	return table->heap != NULL;
}

/*
 * Find a row by its id, in the table's slot.  known_since: the column that
 * says since when it has been known.
 */
bool
pls_lookup_row(PlsIdentity *identity, PlsTable *table, const char *name,
			   const char *index, const char *id, int known_since)
{
	PlsTableScan *scan;
	bool		found = false;

	if (!pls_lookup_open(identity, table, name, index))
		return false;
	scan = pls_table_scan(table, identity->snapshot, 1, &id, NULL);
	while (!found && pls_table_next(table, scan))
		found = identity->past == NULL ||
			pls_past_knew(identity->past, table->slot, known_since);
	if (found)
		ExecMaterializeSlot(table->slot);
	pls_table_end(scan);
	return found;
}

/*
 * The row of a kind that is looked for in the past, if it is; NULL: there was
 * none.
 */
TupleTableSlot *
pls_lookup_past(PlsIdentity *identity, const char *kind, const char *id)
{
	return identity->past == NULL ? NULL :
		pls_past_find(identity->past, kind, id);
}

/*
 * Begin to keep what is looked up, or begin anew when that has become much.
 */
void
pls_lookup_make_room(PlsIdentity *identity)
{
	int			way;

	if (identity->known_context == NULL)
		identity->known_context = AllocSetContextCreate(identity->context,
														"pls users",
														ALLOCSET_DEFAULT_SIZES);
	else if (MemoryContextMemAllocated(identity->known_context,
									   false) > identity->memory)
		MemoryContextReset(identity->known_context);
	else
		return;
	identity->known_users = NULL;
	for (way = 0; way < PLS_NWAYS; way++)
		identity->known_ways[way] = NULL;
}
