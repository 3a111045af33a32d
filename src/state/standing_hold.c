/*-------------------------------------------------------------------------
 *
 * standing_hold.c
 *	  Finding a standing and locking it, without waiting.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/transam.h"
#include "access/xact.h"
#include "common/hashfn.h"
#include "utils/snapmgr.h"

#include "state/keyed_table.h"
#include "state/observed.h"
#include "state/standing_hold.h"

/*
 * Index entries that an INSERT follows to find a standing.  There are several
 * only where many versions of it could not be removed: one transaction has
 * written them all, or some session holds an old snapshot.  Then each further
 * version makes the next event dearer, and the delta is put aside.
 */
#define MOST_ENTRIES 6

/*
 * Standings of which this transaction has met too many versions, by a hash of
 * what they are of.  The versions do not become fewer before it ends, and to
 * find that anew would take a third of what such an event costs.  One that
 * another has pushed out of its place is looked for again, and where two are
 * of one hash, events of the other wait for a sweep that need not have.
 */
#define MOST_CROWDED 64

static struct
{
	uint64		transaction;
	uint64		hashes[MOST_CROWDED];
}			crowded;

/*
 * Open pls.standings; false if somebody has locked the table.
 */
bool
pls_standings_open(PlsTable *table)
{
	return pls_table_open(table, "standings", "standings_lookup",
						  RowExclusiveLock, PLS_NO_WAIT);
}

static uint64
hash_of(const PlsObserved *observed)
{
	const char *motion = observed->model->motion;

	return hash_bytes_extended((const unsigned char *) observed->entity,
							   strlen(observed->entity),
							   hash_bytes_extended((const unsigned char *) motion,
												   strlen(motion), 0));
}

static bool
is_crowded(const PlsObserved *observed)
{
	uint64		hash;

	if (crowded.transaction == 0 || crowded.transaction !=
		U64FromFullTransactionId(GetTopFullTransactionIdIfAny()))
		return false;
	hash = hash_of(observed);
	return crowded.hashes[hash % MOST_CROWDED] == hash;
}

static void
note_crowded(const PlsObserved *observed)
{
	uint64		transaction = U64FromFullTransactionId(GetTopFullTransactionId());
	uint64		hash = hash_of(observed);

	if (crowded.transaction != transaction)
		memset(&crowded, 0, sizeof(crowded));
	crowded.transaction = transaction;
	crowded.hashes[hash % MOST_CROWDED] = hash;
}

/*
 * Find the newest version of a standing and lock it, without waiting.
 */
PlsStandingFind
pls_standing_hold(PlsTable *standings, const PlsObserved *observed)
{
	const char *keys[] = {observed->entity, observed->model->motion};
	SnapshotData dirty;
	PlsTableScan *scan;
	bool		found;
	bool		was_cut;

	if (!observed->thorough && is_crowded(observed))
		return PLS_STANDING_TOO_MANY_VERSIONS;
	InitDirtySnapshot(dirty);
	scan = pls_table_scan(standings, &dirty, 2, keys, NULL);
	if (!observed->thorough)
		pls_table_limit(scan, MOST_ENTRIES);
	found = pls_table_next_to_update(standings, scan);
	was_cut = pls_table_was_cut(scan);
	pls_table_end(scan);
	if (was_cut)
	{
		note_crowded(observed);
		return PLS_STANDING_TOO_MANY_VERSIONS;
	}
	if (!found)
		return PLS_STANDING_NOT_THERE;
	/* a transaction under way has inserted, updated or deleted it */
	if (TransactionIdIsValid(dirty.xmin) || TransactionIdIsValid(dirty.xmax))
		return PLS_STANDING_IN_OTHER_HANDS;
	switch (pls_table_lock(standings, LockTupleNoKeyExclusive))
	{
		case TM_Ok:
			return PLS_STANDING_HELD;
		case TM_Updated:
		case TM_Deleted:
			return PLS_STANDING_CHANGED;
		default:
			return PLS_STANDING_IN_OTHER_HANDS;
	}
}
