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
 * rebuild_hold.c holds the standings, and knows which ones were left.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
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

#include "evidence/call_cache.h"
#include "evidence/evidence.h"
#include "evidence/model_evidence.h"
#include "evidence/score.h"
#include "model/model.h"
#include "pls_compat.h"
#include "rebuild/gather.h"
#include "rebuild/rebuild.h"
#include "state/backlog.h"
#include "state/identity.h"
#include "state/keyed_table.h"
#include "state/observed.h"
#include "state/standing_rebuild.h"
#include "state/standing_row.h"

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

/* Columns of pls_internal.rebuild_pass(). */
enum
{
	P_PART, P_ENTITY_ID, P_EVIDENCE, P_SIGNAL, P_AT, P_NUMBER, P_NCOLUMNS
};

/* ---------- the result ---------- */

/*
 * Put a row into the result; evidence 0, signal 0, at DT_NOBEGIN: NULL.
 */
static void
put(PlsPass *pass, const char *part, const char *entity, Datum evidence,
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

/* ---------- writing ---------- */

/*
 * Note the evidence of a standing, in the table's slot, that is about to get
 * other evidence, if there is an open alert about it.
 */
static void
note_alerted(PlsPass *pass, const char *entity)
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

/* What was gathered of an entity. */
typedef struct Gathered
{
	const char *entity;
	Datum		evidence;
	TimestampTz newest;			/* event in it; DT_NOBEGIN: none */
	const PlsVerdict *as_new;	/* what that makes of an entity without a
								 * lane; NULL: it was not judged */
} Gathered;

/*
 * Write what was gathered of an entity into its standing, in the table's slot,
 * which is held; or into a new one.  False if that was not possible.
 */
static bool
write_standing(PlsPass *pass, const Gathered *gathered, bool is_new)
{
	TupleTableSlot *stored = is_new ? NULL : pass->standings.slot;
	const PlsVerdict *as_new = NULL;
	PlsObserved rebuilt;

	pls_observed_init(&rebuilt, pass->model, gathered->entity);
	rebuilt.newest = gathered->newest;
	if (gathered->as_new != NULL &&
		pls_standing_is_as_new(stored, pass->as_of))
		as_new = gathered->as_new;
	else
	{
		rebuilt.delta = pls_evidence_from_datum(pass->row_context,
												gathered->evidence);
		if (pass->model->needs_attributes)
			rebuilt.attributes =
				pls_identity_attributes(pass->identity,
										pass->model->unit_is_user,
										gathered->entity);
	}
	if (!pls_standing_rebuild(&pass->standings, stored, &rebuilt,
							  gathered->evidence, as_new, pass->as_of))
		return false;
	pass->nwritten++;
	return true;
}

/*
 * What the events say of an entity.
 */
static void
take_evidence(PlsPass *pass, const Gathered *gathered)
{
	const char *entity = gathered->entity;
	int64		number;
	PlsFind		found;

	if (pls_pass_is_left(pass, entity, PLS_LEFT_HELD))
		return;
	found = pls_pass_find(pass, entity, &number);
	if (found == PLS_FOUND_OURS && number >= 0)
	{
		pass->seen[number / 8] |= 1 << (number % 8);
		if (!datum_image_eq(gathered->evidence,
							pls_standing_evidence(pass->standings.slot),
							false, -1))
			note_alerted(pass, entity);
	}
	if (found != PLS_FOUND_COME && found != PLS_FOUND_IN_OTHER_HANDS &&
		write_standing(pass, gathered, found == PLS_FOUND_NOT_THERE))
		return;
	/* somebody else was quicker, or is at it */
	if (!pls_pass_goes_round(pass, entity))
		pls_pass_leave(pass, entity, PLS_LEFT_HELD);
}

/*
 * The evidence in a row of what was gathered.
 */
static void
take_evidence_row(PlsPass *pass, const char *entity, TupleTableSlot *slot)
{
	const Datum *values = slot->tts_values;
	PlsVerdict	verdict;
	Gathered	gathered = {entity, values[G_EVIDENCE],
	DatumGetTimestampTz(values[G_NEWEST])};

	if (!slot->tts_isnull[G_MILLI])
	{
		verdict.total = DatumGetInt64(values[G_MILLI]);
		verdict.stale = false;
		verdict.lane = slot->tts_isnull[G_LANE] ? PLS_LANE_NONE :
			pls_lane_parse(TextDatumGetCString(values[G_LANE]));
		verdict.look_at = DatumGetTimestampTz(values[G_LOOK_AT]);
		gathered.as_new = &verdict;
	}
	take_evidence(pass, &gathered);
}

/*
 * A row of what was gathered.
 */
static void
take_row(PlsPass *pass, TupleTableSlot *slot)
{
	char	   *entity = pls_row_text(slot, G_ENTITY_ID);

	slot_getallattrs(slot);
	if (slot->tts_isnull[G_EVIDENCE])
	{
		if (!pls_pass_is_left(pass, entity, PLS_LEFT_OUTCOMES))
			put(pass, "outcome", entity, (Datum) 0,
				slot->tts_values[G_SIGNAL],
				DatumGetTimestampTz(slot->tts_values[G_AT]), 0);
	}
	else if (slot->tts_isnull[G_DUE])
		take_evidence_row(pass, entity, slot);
	else if (!pls_pass_goes_round(pass, entity))
		pls_backlog_add(&pass->backlog, entity, pass->motion,
						pls_evidence_from_datum(pass->row_context,
												slot->tts_values[G_EVIDENCE]),
						DatumGetTimestampTz(slot->tts_values[G_DUE]));
}

static void
take_gathered(PlsPass *pass, Tuplestorestate *gathered, TupleDesc desc)
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
take_unseen(PlsPass *pass)
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
		if (!table_tuple_fetch_row_version(standings->heap,
										   &pass->held[i].place,
										   SnapshotSelf, standings->slot))
			elog(ERROR, "a standing that is held has gone");
		entity = pls_row_text(standings->slot, 0);
		note_alerted(pass, entity);
		if (pls_standing_has_history(standings->slot))
		{
			Gathered	nothing = {entity};

			nothing.evidence =
				pls_evidence_to_datum(pls_model_evidence(pass->row_context,
														 pass->model));
			nothing.newest = DT_NOBEGIN;
			done = write_standing(pass, &nothing, false);
		}
		else
			done = pls_table_delete(standings) == TM_Ok;
		if (!done)
			pls_pass_leave(pass, entity, PLS_LEFT_HELD);
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
take_row_of(PlsPass *pass, PlsTable *table, int motion_column,
			void (*take) (PlsPass *pass, const char *entity))
{
	CHECK_FOR_INTERRUPTS();
	if (pls_row_has(table->slot, motion_column, pass->motion))
	{
		MemoryContext caller = MemoryContextSwitchTo(pass->row_context);
		char	   *entity = pls_row_text(table->slot, 0);

		if (*entity != '\0')
			take(pass, entity);
		MemoryContextSwitchTo(caller);
	}
	MemoryContextReset(pass->row_context);
}

static void
take_each(PlsPass *pass, PlsTable *table, int motion_column,
		  void (*take) (PlsPass *pass, const char *entity))
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
drop_part(PlsPass *pass, const char *entity)
{
	if (pls_pass_goes_round(pass, entity))
	{
		if (slot_attisnull(pass->backlog.slot, B_EVIDENCE + 1))
			pls_pass_leave(pass, entity, PLS_LEFT_MARKED);
	}
	else if (pls_table_delete(&pass->backlog) != TM_Ok)
		pls_pass_leave(pass, entity, PLS_LEFT_PART);
}

/* ---------- outcomes ---------- */

/*
 * Lock an outcome that events have shown before.  If others have it in their
 * hands, it is left, with all others of the entity.
 */
static void
lock_outcome(PlsPass *pass, const char *entity)
{
	if (!slot_attisnull(pass->outcomes.slot, O_SIGNAL + 1) &&
		!pls_pass_is_left(pass, entity, PLS_LEFT_OUTCOMES) &&
		pls_table_lock(&pass->outcomes, LockTupleExclusive) != TM_Ok)
		pls_pass_leave(pass, entity, PLS_LEFT_OUTCOMES);
}

/*
 * Put an outcome that has been locked into the result.
 */
static void
put_known_outcome(PlsPass *pass, const char *entity)
{
	bool		isnull;

	if (!slot_attisnull(pass->outcomes.slot, O_SIGNAL + 1) &&
		!pls_pass_is_left(pass, entity, PLS_LEFT_OUTCOMES))
		put(pass, "known", entity, (Datum) 0, (Datum) 0, DT_NOBEGIN,
			DatumGetInt64(slot_getattr(pass->outcomes.slot, O_OUTCOME_ID + 1,
									   &isnull)));
}

/* ---------- the pass ---------- */

/*
 * Call pls_internal.gather(), by the active snapshot.  Returns its rows; *model is the
 * one that it has used, pinned until the current memory context is reset.
 */
static Tuplestorestate *
gather(text *motion, Datum entities, bool all, TimestampTz as_of,
	   TupleDesc *desc, PlsModel **model)
{
	static const Oid types[] = {TEXTOID, TEXTARRAYOID, TIMESTAMPTZOID};
	Oid			function = LookupFuncName(list_make2(makeString("pls_internal"),
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
	*model = pls_call_cache_model(flinfo, VARDATA_ANY(motion),
								  VARSIZE_ANY_EXHDR(motion));
	return result->setResult;
}

/*
 * Mark an entity that was left, unless it is to be looked at in another pass:
 * then it is put into the result.
 */
static void
tell_left(PlsPass *pass, const char *entity, int left)
{
	MemoryContext caller = MemoryContextSwitchTo(pass->row_context);

	if ((left & (PLS_LEFT_COME | PLS_LEFT_HELD)) == PLS_LEFT_COME)
		put(pass, "come", entity, (Datum) 0, (Datum) 0, DT_NOBEGIN, 0);
	else
	{
		pass->nmarked++;
		if (!(left & PLS_LEFT_MARKED))
			pls_backlog_ask_rebuild(&pass->backlog, entity, pass->motion);
	}
	MemoryContextSwitchTo(caller);
	MemoryContextReset(pass->row_context);
}

static void
begin(PlsPass *pass, text *motion, ArrayType *entities, TimestampTz as_of)
{
	memset(pass, 0, sizeof(PlsPass));
	pass->context = CurrentMemoryContext;
	pass->row_context = AllocSetContextCreate(CurrentMemoryContext,
											  "pls rebuild row",
											  ALLOCSET_DEFAULT_SIZES);
	pass->motion = text_to_cstring(motion);
	pass->as_of = as_of;
	if (entities != NULL)
		pass->wanted = pls_wanted(entities);
	pls_table_open(&pass->standings, "standings", "standings_lookup",
				   RowExclusiveLock, PLS_WAIT);
	pls_table_open(&pass->backlog, "backlog", "backlog_pkey",
				   RowExclusiveLock, PLS_WAIT);
	pls_table_open(&pass->outcomes, "outcomes", "outcomes_pkey",
				   RowExclusiveLock, PLS_WAIT);
}

static void
end(PlsPass *pass)
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
	PlsPass		pass;
	Tuplestorestate *gathered;
	TupleDesc	desc;

	/*
	 * Who changes the model while this goes on finds a transaction under way,
	 * and has what it writes looked at once more.
	 */
	(void) GetCurrentTransactionId();
	begin(&pass, motion, entities, as_of);
	pass.result = result;
	pls_pass_hold(&pass);
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
	pls_pass_each_left(&pass, tell_left);
	put(&pass, "rebuilt", NULL, (Datum) 0, (Datum) 0, DT_NOBEGIN,
		pass.nwritten);
	put(&pass, "left", NULL, (Datum) 0, (Datum) 0, DT_NOBEGIN, pass.nmarked);
	pls_identity_end(pass.identity);
	PopActiveSnapshot();
	UnregisterSnapshot(pass.snapshot);
	end(&pass);
	CommandCounterIncrement();
}

PG_FUNCTION_INFO_V1(pls_rebuild_pass);

/*
 * pls_internal.rebuild_pass(motion, entities, as_of): see its comment in
 * sql/70_sweep/10_refresh.sql.
 *
 * Errors: those of pls_internal.gather(); 25006 in a read-only transaction.
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
