/*-------------------------------------------------------------------------
 *
 * rebuild.c
 *	  A pass of pls.refresh(): what the events say takes the place of what the
 *	  standings have.
 *
 * It waits for nobody, in this order:
 *
 *	  hold		the standings are locked, without waiting: inserts for them
 *				put their deltas aside from now on
 *	  read		a snapshot is taken, by which the events are gathered and the
 *				backlog is read: a part that it sees has its events counted
 *				and is dropped, a later one stays and is merged afterwards.
 *				(The watched tables were locked before: one that is rewritten
 *				after the snapshot was taken would look empty.)
 *	  write		into the standings that are held, and new ones
 *
 * What was gathered may take the place of a standing only if that was held
 * before: into another one others have merged their deltas, which are nowhere
 * else.  So an entity is gone round, and all that waits for it stays, if its
 * standing is in other hands: then it is marked, for the next sweep to rebuild
 * it.  One whose standing has come meanwhile, but is free, wants another pass,
 * which holds it.
 *
 * Of the standings that are held only the places are kept, six bytes each: who
 * has locked a row finds it there.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "nodes/value.h"
#include "parser/parse_func.h"
#include "tcop/utility.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "gather.h"

#define MAX_ATTEMPTS 3			/* at a standing that changes under our hands */

/* Columns of pls.backlog and pls.outcomes. */
enum
{
	B_ENTITY_ID, B_MOTION, B_NOT_BEFORE, B_BACKLOG_ID, B_EVIDENCE
};

enum
{
	O_ENTITY_ID, O_OUTCOME_ID, O_MOTION, O_OUTCOME, O_AT, O_ACCOUNT_ID,
	O_SIGNAL
};

/* Columns of pls.rebuild_pass(). */
enum
{
	P_PART, P_ENTITY_ID, P_EVIDENCE, P_SIGNAL, P_AT, P_NUMBER, P_NCOLUMNS
};

/* What was not done about an entity, and why. */
typedef enum Left
{
	LEFT_HELD = 1,				/* its standing is in other hands */
	LEFT_COME = 2,				/* its standing was made meanwhile */
	LEFT_PART = 4,				/* a part in the backlog is in other hands */
	LEFT_OUTCOMES = 8,			/* and so is an outcome */
	LEFT_MARKED = 16			/* it has a mark, which stays */
} Left;

typedef struct LeftEntity
{
	const char *entity;
	uint32		hash;
	char		status;
	uint8		left;			/* sum of Left */
} LeftEntity;

#define SH_PREFIX left
#define SH_ELEMENT_TYPE LeftEntity
#define SH_KEY_TYPE const char *
#define SH_KEY entity
#define SH_HASH_KEY(table, key) \
	hash_bytes((const unsigned char *) (key), (int) strlen(key))
#define SH_EQUAL(table, a, b) (strcmp(a, b) == 0)
#define SH_STORE_HASH
#define SH_GET_HASH(table, element) (element)->hash
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

typedef struct Pass
{
	MemoryContext context;		/* of all that lasts as long as the pass */
	MemoryContext row_context;	/* reset after each row */
	const char *motion;
	PlsModel   *model;			/* by which the events were gathered */
	PlsWanted  *wanted;			/* NULL: all entities */
	TimestampTz as_of;
	Snapshot	snapshot;		/* of events, backlog and outcomes */
	PlsTable	standings;
	PlsTable	backlog;
	PlsTable	outcomes;
	PlsTable	alerts;			/* heap NULL: not opened yet */
	PlsIdentity *identity;
	int64		nheld;
	int64		capacity;
	ItemPointerData *held;		/* in their order */
	bits8	   *seen;			/* bit set: it was written */
	left_hash  *left;
	int64		nwritten;
	ReturnSetInfo *result;
} Pass;

/* ---------- the result ---------- */

/*
 * Put a row into the result; evidence 0, signal 0, at DT_NOBEGIN: NULL.
 */
static void
put(Pass *pass, const char *part, const char *entity, Datum evidence,
	Datum signal, TimestampTz at, int64 number)
{
	Datum		values[P_NCOLUMNS];
	bool		nulls[P_NCOLUMNS] = {false};

	values[P_PART] = CStringGetTextDatum(part);
	nulls[P_ENTITY_ID] = (entity == NULL);
	if (entity != NULL)
		values[P_ENTITY_ID] = CStringGetTextDatum(entity);
	values[P_EVIDENCE] = evidence;
	nulls[P_EVIDENCE] = (evidence == (Datum) 0);
	values[P_SIGNAL] = signal;
	nulls[P_SIGNAL] = (signal == (Datum) 0);
	values[P_AT] = TimestampTzGetDatum(at);
	nulls[P_AT] = TIMESTAMP_IS_NOBEGIN(at);
	values[P_NUMBER] = Int64GetDatum(number);
	tuplestore_putvalues(pass->result->setResult, pass->result->setDesc,
						 values, nulls);
}

/* ---------- what is left ---------- */

static void
leave(Pass *pass, const char *entity, Left why)
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

static bool
is_left(const Pass *pass, const char *entity, Left why)
{
	LeftEntity *left;

	if (pass->left->members == 0)
		return false;
	left = left_lookup(pass->left, entity);
	return left != NULL && (left->left & why) != 0;
}

/* ---------- holding ---------- */

static void
note_held(Pass *pass, ItemPointer tid)
{
	if (pass->nheld == pass->capacity)
	{
		pass->capacity *= 2;
		pass->held = repalloc_huge(pass->held,
								   pass->capacity * sizeof(ItemPointerData));
	}
	pass->held[pass->nheld++] = *tid;
}

/*
 * Find the newest version of a standing, in the table's slot; false if there
 * is none.  *in_other_hands: another transaction, under way, has made, changed
 * or deleted it.
 */
static bool
find_newest(Pass *pass, const char *entity, bool *in_other_hands)
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
hold_entity(Pass *pass, const char *entity, Snapshot snapshot)
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
			note_held(pass, &pass->standings.slot->tts_tid);
			return;
		}
		if (locked != TM_Updated && locked != TM_Deleted)
			break;
	}
	leave(pass, entity, LEFT_HELD);
}

static char *
text_column(TupleTableSlot *slot, int column)
{
	bool		isnull;
	Datum		value = slot_getattr(slot, column + 1, &isnull);

	return isnull ? NULL : TextDatumGetCString(value);
}

/*
 * Whether a text column of the row has this value.
 */
static bool
column_is(TupleTableSlot *slot, int column, const char *value)
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

/*
 * Hold all standings of the motion.
 */
static void
hold_all(Pass *pass, Snapshot snapshot)
{
	PlsTable   *standings = &pass->standings;
	TableScanDesc scan = table_beginscan(standings->heap, snapshot, 0, NULL);
	MemoryContext caller = MemoryContextSwitchTo(pass->row_context);

	while (table_scan_getnextslot(scan, ForwardScanDirection,
								  standings->slot))
	{
		char	   *entity;

		CHECK_FOR_INTERRUPTS();
		if (!column_is(standings->slot, 1, pass->motion))
			continue;
		entity = text_column(standings->slot, 0);
		switch (pls_table_lock(standings, LockTupleNoKeyExclusive))
		{
			case TM_Ok:
				note_held(pass, &standings->slot->tts_tid);
				break;
			case TM_Updated:
			case TM_Deleted:
				hold_entity(pass, entity, snapshot);
				break;
			default:
				leave(pass, entity, LEFT_HELD);
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
hold_wanted(Pass *pass, Snapshot snapshot)
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
compare_places(const void *a, const void *b)
{
	return ItemPointerCompare((ItemPointer) a, (ItemPointer) b);
}

/*
 * Hold the standings that are to be rebuilt.
 */
static void
hold(Pass *pass)
{
	Snapshot	snapshot = RegisterSnapshot(GetTransactionSnapshot());

	pass->capacity = 1024;
	pass->held = palloc(pass->capacity * sizeof(ItemPointerData));
	if (pass->wanted == NULL)
		hold_all(pass, snapshot);
	else
		hold_wanted(pass, snapshot);
	UnregisterSnapshot(snapshot);
	if (pass->nheld > 0)
		qsort(pass->held, pass->nheld, sizeof(ItemPointerData),
			  compare_places);
	pass->seen = MemoryContextAllocExtended(pass->context, pass->nheld / 8 + 1,
											MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
}

/* ---------- finding a standing, once the snapshot was taken ---------- */

typedef enum Find
{
	NOT_THERE,
	OURS,						/* held, or written by this transaction */
	COME,						/* made since standings were held */
	IN_OTHER_HANDS
} Find;

/*
 * Find the standing of an entity, in the table's slot.  *number is that of the
 * place, or -1: it was written since it was held, or made by us.
 */
static Find
find_standing(Pass *pass, const char *entity, int64 *number)
{
	TupleTableSlot *slot = pass->standings.slot;
	bool		in_other_hands;
	bool		isnull;
	Datum		maker;
	ItemPointer place;

	*number = -1;
	if (!find_newest(pass, entity, &in_other_hands))
		return NOT_THERE;
	if (in_other_hands)
		return IN_OTHER_HANDS;
	place = pass->nheld == 0 ? NULL :
		bsearch(&slot->tts_tid, pass->held, pass->nheld,
				sizeof(ItemPointerData), compare_places);
	if (place != NULL)
	{
		*number = place - pass->held;
		return OURS;
	}
	maker = slot_getsysattr(slot, MinTransactionIdAttributeNumber, &isnull);
	if (TransactionIdIsCurrentTransactionId(DatumGetTransactionId(maker)))
		return OURS;
	/* what has come is never seen by a transaction with one snapshot */
	return IsolationUsesXactSnapshot() ? IN_OTHER_HANDS : COME;
}

/*
 * Whether an entity is gone round; otherwise what waits for it may be taken.
 */
static bool
goes_round(Pass *pass, const char *entity)
{
	int64		number;

	if (is_left(pass, entity, LEFT_HELD | LEFT_COME))
		return true;
	switch (find_standing(pass, entity, &number))
	{
		case COME:
			leave(pass, entity, LEFT_COME);
			return true;
		case IN_OTHER_HANDS:
			leave(pass, entity, LEFT_HELD);
			return true;
		default:
			return false;
	}
}

/* ---------- writing ---------- */

/*
 * Note the evidence of a standing, in the table's slot, that is about to get
 * other evidence, if there is an open alert about it.
 */
static void
note_alerted(Pass *pass, const char *entity)
{
	const char *keys[] = {entity, pass->motion};
	PlsTableScan *scan;

	if (pass->alerts.heap == NULL)
	{
		MemoryContext caller = MemoryContextSwitchTo(pass->context);

		pls_table_open(&pass->alerts, "alerts", "alerts_one_open",
					   AccessShareLock, PLS_WAIT);
		MemoryContextSwitchTo(caller);
	}
	scan = pls_table_scan(&pass->alerts, pass->snapshot, 2, keys, NULL);
	if (pls_table_next(&pass->alerts, scan))
		put(pass, "alerted", entity,
			pls_standing_evidence(pass->standings.slot), (Datum) 0,
			DT_NOBEGIN, 0);
	pls_table_end(scan);
}

/*
 * Write what was gathered of an entity into its standing, in the table's slot,
 * which is held; or into a new one.  False if that was not possible.
 */
static bool
write_standing(Pass *pass, const char *entity, bool is_new,
			   PlsEvidence *evidence, TimestampTz newest)
{
	PlsObserved rebuilt;

	memset(&rebuilt, 0, sizeof(rebuilt));
	rebuilt.model = pass->model;
	rebuilt.entity = entity;
	rebuilt.delta = evidence;
	rebuilt.newest = newest;
	if (pass->model->needs_attributes)
		rebuilt.attributes = pls_identity_attributes(pass->identity,
													 pass->model->unit_is_user,
													 entity);
	if (!pls_standing_rebuild(&pass->standings,
							  is_new ? NULL : pass->standings.slot, &rebuilt,
							  pass->as_of))
		return false;
	pass->nwritten++;
	return true;
}

/*
 * What the events say of an entity.
 */
static void
take_evidence(Pass *pass, const char *entity, Datum value, TimestampTz newest)
{
	PlsEvidence *evidence;
	int64		number;
	Find		found;

	if (is_left(pass, entity, LEFT_HELD))
		return;
	found = find_standing(pass, entity, &number);
	evidence = pls_evidence_from_datum(pass->row_context, value);
	if (found == OURS && number >= 0)
	{
		pass->seen[number / 8] |= 1 << (number % 8);
		if (!datum_image_eq(value,
							pls_standing_evidence(pass->standings.slot),
							false, -1))
			note_alerted(pass, entity);
	}
	if (found != COME && found != IN_OTHER_HANDS &&
		write_standing(pass, entity, found == NOT_THERE, evidence, newest))
		return;
	/* somebody else was quicker, or is at it */
	if (!goes_round(pass, entity))
		leave(pass, entity, LEFT_HELD);
}

/*
 * A row of what was gathered.
 */
static void
take_row(Pass *pass, TupleTableSlot *slot)
{
	char	   *entity = text_column(slot, G_ENTITY_ID);

	slot_getallattrs(slot);
	if (slot->tts_isnull[G_EVIDENCE])
	{
		if (!is_left(pass, entity, LEFT_OUTCOMES))
			put(pass, "outcome", entity, (Datum) 0,
				slot->tts_values[G_SIGNAL],
				DatumGetTimestampTz(slot->tts_values[G_AT]), 0);
	}
	else if (slot->tts_isnull[G_DUE])
		take_evidence(pass, entity, slot->tts_values[G_EVIDENCE],
					  DatumGetTimestampTz(slot->tts_values[G_NEWEST]));
	else if (!goes_round(pass, entity))
		pls_backlog_add(&pass->backlog, entity, pass->motion,
						pls_evidence_from_datum(pass->row_context,
												slot->tts_values[G_EVIDENCE]),
						DatumGetTimestampTz(slot->tts_values[G_DUE]));
}

static void
take_gathered(Pass *pass, Tuplestorestate *gathered, TupleDesc desc)
{
	TupleTableSlot *slot = MakeSingleTupleTableSlot(desc,
													&TTSOpsMinimalTuple);

	/* a row that was spilled lies in the context that is current */
	while (tuplestore_gettupleslot(gathered, true, false, slot))
	{
		MemoryContext caller = MemoryContextSwitchTo(pass->row_context);

		CHECK_FOR_INTERRUPTS();
		take_row(pass, slot);
		MemoryContextSwitchTo(caller);
		MemoryContextReset(pass->row_context);
	}
	ExecDropSingleTupleTableSlot(slot);
}

/*
 * Standings that are held and of which no event is left: those about which
 * something was decided are kept, the others go.
 */
static void
take_unseen(Pass *pass)
{
	PlsTable   *standings = &pass->standings;
	MemoryContext caller = MemoryContextSwitchTo(pass->row_context);
	int64		i;

	for (i = 0; i < pass->nheld; i++)
	{
		char	   *entity;
		bool		done;

		if (pass->seen[i / 8] & (1 << (i % 8)))
			continue;
		CHECK_FOR_INTERRUPTS();
		if (!table_tuple_fetch_row_version(standings->heap, &pass->held[i],
										   SnapshotSelf, standings->slot))
			elog(ERROR, "a standing that is held has gone");
		entity = text_column(standings->slot, 0);
		note_alerted(pass, entity);
		if (pls_standing_has_history(standings->slot))
			done = write_standing(pass, entity, false,
								  pls_model_evidence(pass->row_context,
													 pass->model),
								  DT_NOBEGIN);
		else
			done = pls_table_delete(standings) == TM_Ok;
		if (!done)
			leave(pass, entity, LEFT_HELD);
		MemoryContextReset(pass->row_context);
	}
	MemoryContextSwitchTo(caller);
}

/* ---------- the backlog ---------- */

/*
 * Call a function for each row of the backlog or of outcomes, in the table's
 * slot, that is of the motion and of an entity that is rebuilt.
 */
static void
take_row_of(Pass *pass, PlsTable *table, int motion_column,
			void (*take) (Pass *pass, const char *entity))
{
	CHECK_FOR_INTERRUPTS();
	if (column_is(table->slot, motion_column, pass->motion))
	{
		MemoryContext caller = MemoryContextSwitchTo(pass->row_context);
		char	   *entity = text_column(table->slot, 0);

		if (*entity != '\0')
			take(pass, entity);
		MemoryContextSwitchTo(caller);
	}
	MemoryContextReset(pass->row_context);
}

static void
take_each(Pass *pass, PlsTable *table, int motion_column,
		  void (*take) (Pass *pass, const char *entity))
{
	const char *entity;
	int			i;

	if (pass->wanted == NULL)
	{
		TableScanDesc scan = table_beginscan(table->heap, pass->snapshot, 0,
											 NULL);

		while (table_scan_getnextslot(scan, ForwardScanDirection,
									  table->slot))
			take_row_of(pass, table, motion_column, take);
		table_endscan(scan);
		return;
	}
	for (i = 0; (entity = pls_wanted_entity(pass->wanted, i)) != NULL; i++)
	{
		PlsTableScan *scan = pls_table_scan(table, pass->snapshot, 1, &entity,
											NULL);

		while (pls_table_next(table, scan))
			take_row_of(pass, table, motion_column, take);
		pls_table_end(scan);
	}
}

/*
 * Drop a part whose events were read, but not if its entity is gone round.
 * One that is in other hands is counted twice then: its entity is marked, so
 * that nothing is decided before it was rebuilt once more.
 */
static void
drop_part(Pass *pass, const char *entity)
{
	if (goes_round(pass, entity))
	{
		if (slot_attisnull(pass->backlog.slot, B_EVIDENCE + 1))
			leave(pass, entity, LEFT_MARKED);
	}
	else if (pls_table_delete(&pass->backlog) != TM_Ok)
		leave(pass, entity, LEFT_PART);
}

/* ---------- outcomes ---------- */

/*
 * Lock an outcome that events have shown before.  If others have it in their
 * hands, it is left, with all others of the entity.
 */
static void
lock_outcome(Pass *pass, const char *entity)
{
	if (!slot_attisnull(pass->outcomes.slot, O_SIGNAL + 1) &&
		!is_left(pass, entity, LEFT_OUTCOMES) &&
		pls_table_lock(&pass->outcomes, LockTupleExclusive) != TM_Ok)
		leave(pass, entity, LEFT_OUTCOMES);
}

/*
 * Put an outcome that has been locked into the result.
 */
static void
put_known_outcome(Pass *pass, const char *entity)
{
	bool		isnull;

	if (!slot_attisnull(pass->outcomes.slot, O_SIGNAL + 1) &&
		!is_left(pass, entity, LEFT_OUTCOMES))
		put(pass, "known", entity, (Datum) 0, (Datum) 0, DT_NOBEGIN,
			DatumGetInt64(slot_getattr(pass->outcomes.slot, O_OUTCOME_ID + 1,
									   &isnull)));
}

/* ---------- the pass ---------- */

/*
 * Call pls.gather(), by the active snapshot.  Returns its rows; *model is the
 * one that it has used, pinned until the current memory context is reset.
 */
static Tuplestorestate *
gather(text *motion, Datum entities, bool all, TimestampTz as_of,
	   TupleDesc *desc, PlsModel **model)
{
	static const Oid types[] = {TEXTOID, TEXTARRAYOID, TIMESTAMPTZOID};
	Oid			function = LookupFuncName(list_make2(makeString("pls"),
													 makeString("gather")),
										  lengthof(types), types, false);
	FmgrInfo   *flinfo = palloc0(sizeof(FmgrInfo));
	ReturnSetInfo *result = makeNode(ReturnSetInfo);

	LOCAL_FCINFO(fcinfo, 3);

	fmgr_info(function, flinfo);
	result->econtext = CreateStandaloneExprContext();
	result->allowedModes = SFRM_Materialize;
	InitFunctionCallInfoData(*fcinfo, flinfo, 3, InvalidOid, NULL,
							 (Node *) result);
	fcinfo->args[0].value = PointerGetDatum(motion);
	fcinfo->args[0].isnull = false;
	fcinfo->args[1].value = entities;
	fcinfo->args[1].isnull = all;
	fcinfo->args[2].value = TimestampTzGetDatum(as_of);
	fcinfo->args[2].isnull = false;
	(void) FunctionCallInvoke(fcinfo);
	*desc = result->setDesc;
	*model = pls_callsite_model(flinfo, VARDATA_ANY(motion),
								VARSIZE_ANY_EXHDR(motion));
	return result->setResult;
}

/*
 * Mark the entities that were left, unless they are to be looked at in another
 * pass, and put these into the result.
 */
static void
tell_left(Pass *pass)
{
	MemoryContext caller = MemoryContextSwitchTo(pass->row_context);
	left_iterator iterator;
	LeftEntity *left;
	int64		nmarked = 0;

	left_start_iterate(pass->left, &iterator);
	while ((left = left_iterate(pass->left, &iterator)) != NULL)
	{
		CHECK_FOR_INTERRUPTS();
		if ((left->left & (LEFT_COME | LEFT_HELD)) == LEFT_COME)
			put(pass, "come", left->entity, (Datum) 0, (Datum) 0, DT_NOBEGIN,
				0);
		else
		{
			nmarked++;
			if (!(left->left & LEFT_MARKED))
				pls_backlog_ask_rebuild(&pass->backlog, left->entity,
										pass->motion);
		}
		MemoryContextReset(pass->row_context);
	}
	put(pass, "rebuilt", NULL, (Datum) 0, (Datum) 0, DT_NOBEGIN,
		pass->nwritten);
	put(pass, "left", NULL, (Datum) 0, (Datum) 0, DT_NOBEGIN, nmarked);
	MemoryContextSwitchTo(caller);
}

static void
begin(Pass *pass, text *motion, ArrayType *entities, TimestampTz as_of)
{
	memset(pass, 0, sizeof(Pass));
	pass->context = CurrentMemoryContext;
	pass->row_context = AllocSetContextCreate(CurrentMemoryContext,
											  "pls rebuild row",
											  ALLOCSET_DEFAULT_SIZES);
	pass->motion = text_to_cstring(motion);
	pass->as_of = as_of;
	if (entities != NULL)
		pass->wanted = pls_wanted(entities);
	pass->left = left_create(CurrentMemoryContext, 64, NULL);
	pls_table_open(&pass->standings, "standings", "standings_lookup",
				   RowExclusiveLock, PLS_WAIT);
	pls_table_open(&pass->backlog, "backlog", "backlog_pkey",
				   RowExclusiveLock, PLS_WAIT);
	pls_table_open(&pass->outcomes, "outcomes", "outcomes_pkey",
				   RowExclusiveLock, PLS_WAIT);
}

static void
end(Pass *pass)
{
	pls_table_close(&pass->alerts);
	pls_table_close(&pass->outcomes);
	pls_table_close(&pass->backlog);
	pls_table_close(&pass->standings);
}

/*
 * All of the pass, in a memory context of its own.
 */
static void
rebuild(text *motion, ArrayType *entities, TimestampTz as_of,
		ReturnSetInfo *result)
{
	Pass		pass;
	Tuplestorestate *gathered;
	TupleDesc	desc;

	begin(&pass, motion, entities, as_of);
	pass.result = result;
	hold(&pass);
	pass.snapshot = RegisterSnapshot(GetTransactionSnapshot());
	PushActiveSnapshot(pass.snapshot);
	gathered = gather(motion, PointerGetDatum(entities), entities == NULL,
					  as_of, &desc, &pass.model);
	pass.identity = pls_identity_begin(pass.snapshot, PLS_KNOWN_USERS_MEMORY,
									   PLS_WAIT);
	take_each(&pass, &pass.outcomes, O_MOTION, lock_outcome);
	take_gathered(&pass, gathered, desc);
	tuplestore_end(gathered);
	take_unseen(&pass);
	take_each(&pass, &pass.backlog, B_MOTION, drop_part);
	take_each(&pass, &pass.outcomes, O_MOTION, put_known_outcome);
	tell_left(&pass);
	pls_identity_end(pass.identity);
	PopActiveSnapshot();
	UnregisterSnapshot(pass.snapshot);
	end(&pass);
	CommandCounterIncrement();
}

PG_FUNCTION_INFO_V1(pls_rebuild_pass);

/*
 * pls.rebuild_pass(motion, entities, as_of): see its comment in
 * sql/72_refresh.sql.
 *
 * Errors: those of pls.gather(); 25006 in a read-only transaction.
 */
Datum
pls_rebuild_pass(PG_FUNCTION_ARGS)
{
	MemoryContext context;
	MemoryContext caller;

	PreventCommandIfReadOnly("pls.refresh()");
	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(0) || PG_ARGISNULL(2))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("motion and as_of must not be null")));
	context = AllocSetContextCreate(CurrentMemoryContext, "pls rebuild",
									ALLOCSET_DEFAULT_SIZES);
	caller = MemoryContextSwitchTo(context);
	rebuild(PG_GETARG_TEXT_PP(0),
			PG_ARGISNULL(1) ? NULL : PG_GETARG_ARRAYTYPE_P(1),
			PG_GETARG_TIMESTAMPTZ(2), (ReturnSetInfo *) fcinfo->resultinfo);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
	return (Datum) 0;
}
