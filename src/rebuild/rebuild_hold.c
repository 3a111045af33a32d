/*-------------------------------------------------------------------------
 *
 * rebuild_hold.c
 *	  Which standings a pass of a rebuild holds, and which it goes round.
 *
 * Of the standings that are held only the places are kept, by the hash of their
 * entities, twelve bytes each.  Of those that are gone round the names.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/tableam.h"
#include "access/xact.h"
#include "common/hashfn.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "pls_compat.h"
#include "rebuild/gather.h"
#include "rebuild/rebuild.h"
#include "state/keyed_table.h"

#define MAX_ATTEMPTS 3			/* at a standing that changes under our hands */

typedef struct LeftEntity
{
	const char *entity;
	uint32		hash;
	char		status;
	uint8		left;			/* sum of PlsLeft */
} LeftEntity;

static inline uint32
hash_entity(const char *entity)
{
	return hash_bytes((const unsigned char *) entity, (int) strlen(entity));
}

#define SH_PREFIX left
#define SH_ELEMENT_TYPE LeftEntity
#define SH_KEY_TYPE const char *
#define SH_KEY entity
#define SH_HASH_KEY(table, key) hash_entity(key)
#define SH_EQUAL(table, a, b) (strcmp(a, b) == 0)
#define SH_STORE_HASH
#define SH_GET_HASH(table, element) (element)->hash
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

/* ---------- what was left ---------- */

/*
 * Note that something (a sum of PlsLeft) was not done about an entity.
 */
void
pls_pass_leave(PlsPass *pass, const char *entity, int why)
{
	LeftEntity *left = left_lookup(pass->left, entity);
	bool		found;

	if (left == NULL)
	{
		left = left_insert(pass->left,
						   MemoryContextStrdup(pass->context, entity), &found);
		left->left = 0;
	}
	left->left |= why;
}

/*
 * Whether any of these was not done about an entity.
 */
bool
pls_pass_is_left(const PlsPass *pass, const char *entity, int why)
{
	LeftEntity *left;

	if (pass->left->members == 0)
		return false;
	left = left_lookup(pass->left, entity);
	return left != NULL && (left->left & why) != 0;
}

/*
 * Tell of each entity that was left, and why.
 */
void
pls_pass_each_left(PlsPass *pass,
				   void (*tell) (PlsPass *pass, const char *entity, int left))
{
	left_iterator iterator;
	LeftEntity *left;

	left_start_iterate(pass->left, &iterator);
	while ((left = left_iterate(pass->left, &iterator)) != NULL)
	{
		CHECK_FOR_INTERRUPTS();
		tell(pass, left->entity, left->left);
	}
}

/* ---------- rows ---------- */

/*
 * A text column of the row; NULL if it is null.
 */
char *
pls_row_text(TupleTableSlot *slot, int column)
{
	bool		isnull;
	Datum		value = slot_getattr(slot, column + 1, &isnull);

	return isnull ? NULL : TextDatumGetCString(value);
}

/*
 * Whether a text column of the row has this value.
 */
bool
pls_row_has(TupleTableSlot *slot, int column, const char *value)
{
	bool		isnull;
	Datum		datum = slot_getattr(slot, column + 1, &isnull);
	text	   *found;
	Size		length;

	if (isnull)
		return false;
	found = DatumGetTextPP(datum);
	length = strlen(value);
	return VARSIZE_ANY_EXHDR(found) == length &&
		memcmp(VARDATA_ANY(found), value, length) == 0;
}

/* ---------- holding ---------- */

/*
 * Note that the standing of an entity, in the table's slot, is held.
 */
static void
note_held(PlsPass *pass, const char *entity)
{
	PlsHeld    *held;

	if (pass->nheld == pass->capacity)
	{
		pass->capacity *= 2;
		pass->held = repalloc_huge(pass->held,
								   pass->capacity * sizeof(PlsHeld));
	}
	held = &pass->held[pass->nheld++];
	held->hash = hash_entity(entity);
	held->place = pass->standings.slot->tts_tid;
}

/*
 * Find the newest version of a standing, in the table's slot; false if there
 * is none.  *in_other_hands: another transaction, under way, has made, changed
 * or deleted it.
 */
static bool
find_newest(PlsPass *pass, const char *entity, bool *in_other_hands)
{
	const char *keys[] = {entity, pass->motion};
	SnapshotData dirty;
	PlsTableScan *scan;
	bool		found;

	InitDirtySnapshot(dirty);
	scan = pls_table_scan(&pass->standings, &dirty, 2, keys, NULL);
	found = pls_table_next_to_update(&pass->standings, scan);
	pls_table_end(scan);
	*in_other_hands = found && (TransactionIdIsValid(dirty.xmin) ||
								TransactionIdIsValid(dirty.xmax));
	return found;
}

/*
 * Hold the standing of an entity, if there is one.  In a transaction that sees
 * no newer rows than its snapshot, one that was written since is as good as in
 * other hands: neither are its events seen.
 */
static void
hold_entity(PlsPass *pass, const char *entity, Snapshot snapshot)
{
	int			attempt;

	for (attempt = 0; attempt < MAX_ATTEMPTS; attempt++)
	{
		bool		in_other_hands;
		TM_Result	locked;

		if (!find_newest(pass, entity, &in_other_hands))
			return;
		if (in_other_hands ||
			(IsolationUsesXactSnapshot() &&
			 !table_tuple_satisfies_snapshot(pass->standings.heap,
											 pass->standings.slot, snapshot)))
			break;
		locked = pls_table_lock(&pass->standings, LockTupleNoKeyExclusive);
		if (locked == TM_Ok)
		{
			note_held(pass, entity);
			return;
		}
		if (locked != TM_Updated && locked != TM_Deleted)
			break;
	}
	pls_pass_leave(pass, entity, PLS_LEFT_HELD);
}

/*
 * Hold all standings of the motion.
 */
static void
hold_all(PlsPass *pass, Snapshot snapshot)
{
	PlsTable   *standings = &pass->standings;
	TableScanDesc scan = table_beginscan(standings->heap, snapshot, 0, NULL);
	MemoryContext caller = MemoryContextSwitchTo(pass->row_context);

	while (table_scan_getnextslot(scan, ForwardScanDirection,
								  standings->slot))
	{
		char	   *entity;

		CHECK_FOR_INTERRUPTS();
		if (!pls_row_has(standings->slot, 1, pass->motion))
			continue;
		entity = pls_row_text(standings->slot, 0);
		switch (pls_table_lock(standings, LockTupleNoKeyExclusive))
		{
			case TM_Ok:
				note_held(pass, entity);
				break;
			case TM_Updated:
			case TM_Deleted:
				hold_entity(pass, entity, snapshot);
				break;
			default:
				pls_pass_leave(pass, entity, PLS_LEFT_HELD);
		}
		MemoryContextReset(pass->row_context);
	}
	MemoryContextSwitchTo(caller);
	table_endscan(scan);
}

/*
 * Hold the standings of the entities that are wanted.
 */
static void
hold_wanted(PlsPass *pass, Snapshot snapshot)
{
	MemoryContext caller = MemoryContextSwitchTo(pass->row_context);
	const char *entity;
	int			i;

	for (i = 0; (entity = pls_wanted_entity(pass->wanted, i)) != NULL; i++)
	{
		CHECK_FOR_INTERRUPTS();
		hold_entity(pass, entity, snapshot);
		MemoryContextReset(pass->row_context);
	}
	MemoryContextSwitchTo(caller);
}

static int
compare_hashes(const void *a, const void *b)
{
	uint32		one = ((const PlsHeld *) a)->hash;
	uint32		other = ((const PlsHeld *) b)->hash;

	return one < other ? -1 : one > other;
}

/*
 * Hold the standings that are to be rebuilt.
 */
void
pls_pass_hold(PlsPass *pass)
{
	Snapshot	snapshot = RegisterSnapshot(GetTransactionSnapshot());

	pass->left = left_create(pass->context, 64, NULL);
	pass->capacity = 1024;
	pass->held = palloc(pass->capacity * sizeof(PlsHeld));
	if (pass->wanted == NULL)
		hold_all(pass, snapshot);
	else
		hold_wanted(pass, snapshot);
	UnregisterSnapshot(snapshot);
	if (pass->nheld > 0)
		qsort(pass->held, pass->nheld, sizeof(PlsHeld), compare_hashes);
	pass->seen = MemoryContextAllocExtended(pass->context, pass->nheld / 8 + 1,
											MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
}

/* ---------- finding a standing, once the snapshot was taken ---------- */

/*
 * Find the standing of an entity, in the table's slot, where it was held:
 * nobody but us can have written it since.  Its number, or -1.
 */
static int64
find_held(PlsPass *pass, const char *entity)
{
	TupleTableSlot *slot = pass->standings.slot;
	uint32		hash = hash_entity(entity);
	int64		low = 0;
	int64		high = pass->nheld;

	while (low < high)
	{
		int64		middle = low + (high - low) / 2;

		if (pass->held[middle].hash < hash)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < pass->nheld && pass->held[low].hash == hash; low++)
		if (table_tuple_fetch_row_version(pass->standings.heap,
										  &pass->held[low].place,
										  SnapshotSelf, slot) &&
			pls_row_has(slot, 0, entity))
			return low;
	return -1;
}

/*
 * Find the standing of an entity, in the table's slot.  *number is that of the
 * place, or -1: it was written since it was held, or made by us.
 */
PlsFind
pls_pass_find(PlsPass *pass, const char *entity, int64 *number)
{
	TupleTableSlot *slot = pass->standings.slot;
	bool		in_other_hands;
	bool		isnull;
	Datum		maker;

	*number = find_held(pass, entity);
	if (*number >= 0)
		return PLS_FOUND_OURS;
	if (!find_newest(pass, entity, &in_other_hands))
		return PLS_FOUND_NOT_THERE;
	if (in_other_hands)
		return PLS_FOUND_IN_OTHER_HANDS;
	maker = slot_getsysattr(slot, MinTransactionIdAttributeNumber, &isnull);
	if (TransactionIdIsCurrentTransactionId(DatumGetTransactionId(maker)))
		return PLS_FOUND_OURS;
	/* what has come is never seen by a transaction with one snapshot */
	return IsolationUsesXactSnapshot() ? PLS_FOUND_IN_OTHER_HANDS :
		PLS_FOUND_COME;
}

/*
 * Whether an entity is gone round; otherwise what waits for it may be taken.
 */
bool
pls_pass_goes_round(PlsPass *pass, const char *entity)
{
	int64		number;

	if (pls_pass_is_left(pass, entity, PLS_LEFT_HELD | PLS_LEFT_COME))
		return true;
	switch (pls_pass_find(pass, entity, &number))
	{
		case PLS_FOUND_COME:
			pls_pass_leave(pass, entity, PLS_LEFT_COME);
			return true;
		case PLS_FOUND_IN_OTHER_HANDS:
			pls_pass_leave(pass, entity, PLS_LEFT_HELD);
			return true;
		default:
			return false;
	}
}
