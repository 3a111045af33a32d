/*-------------------------------------------------------------------------
 *
 * gather.c
 *	  What a motion would know of its entities from their events: the reading
 *	  that pls.refresh() and the sweep's rebuilds begin with.
 *
 * The events are read as the trigger reads them (event_reader.c, signal.c),
 * so that a rebuild and the trigger cannot come to different results, and
 * through the table access method (watched_table.c), so that no code of a
 * watched table's owner is run.  It is one pass over the tables, by several
 * processes where there is much to read, in two halves:
 *
 *	  rows become records, kept apart by the hash of their entity, most of
 *	  them in temporary files (gather_rows.c, row_spill.c)
 *	  the records of a partition become evidence (gather_entities.c)
 *
 * Memory is that of maintenance_work_mem, shared by the processes.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "evidence/call_cache.h"
#include "model/event_row.h"
#include "model/model.h"
#include "pls_compat.h"
#include "rebuild/gather.h"
#include "rebuild/row_spill.h"
#include "rebuild/watched_table.h"
#include "state/identity.h"
#include "state/ignored.h"
#include "state/keyed_table.h"
#include "trigger/event_reader.h"
#include "trigger/source.h"

/*
 * The rules of all events, by number.
 */
static const PlsEventRules **
number_events(const PlsModel *model)
{
	const PlsEventRules **events = palloc(model->nevents *
										  sizeof(PlsEventRules *));
	uint32		i;

	if (model->nevents > PLS_RECORD_EVENTS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("motion \"%s\" has too many event names to be rebuilt",
						model->motion),
				 errdetail("Its signals name %d events; the limit is %d.",
						   model->nevents - 1, PLS_RECORD_EVENTS - 1)));
	events[model->other_events.number] = &model->other_events;
	for (i = 0; i <= model->table_mask; i++)
		if (model->event_table[i] != NULL &&
			!model->event_table[i]->is_alias)
			events[model->event_table[i]->number] = model->event_table[i];
	return events;
}

/*
 * Begin to gather, in a context of its own.  entities: NULL for all; memory:
 * what this process may take.  The caller sets spill, result and put.
 */
PlsGathering *
pls_gathering_begin(PlsModel *model, TimestampTz as_of, Snapshot snapshot,
					ArrayType *entities, Size memory)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "pls gathering",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	PlsGathering *gathering = palloc0(sizeof(PlsGathering));

	gathering->context = context;
	gathering->model = model;
	gathering->events = number_events(model);
	gathering->as_of = as_of;
	gathering->snapshot = snapshot;
	gathering->memory = memory;
	if (entities != NULL)
		gathering->wanted = pls_wanted(entities);
	gathering->identity = pls_identity_begin(snapshot, memory / 4,
											 PLS_WAIT);
	/* so that readers know it */
	(void) pls_identity_has_aliases(gathering->identity, false);
	(void) pls_identity_has_aliases(gathering->identity, true);
	gathering->known = pls_known_begin(context, model, gathering->events,
									   as_of, memory / 8 * 5);
	MemoryContextSwitchTo(caller);
	return gathering;
}

/*
 * Gather what was known at as_of, by the identity of that instant.
 */
void
pls_gathering_of_past(PlsGathering *gathering)
{
	MemoryContext caller = MemoryContextSwitchTo(gathering->context);

	gathering->is_past = true;
	pls_identity_as_of(gathering->identity, gathering->as_of);
	MemoryContextSwitchTo(caller);
}

/*
 * Gather a record of every row up to as_of, as belonging to those whose it is
 * now.
 */
void
pls_gathering_of_every_row(PlsGathering *gathering)
{
	gathering->is_past = true;
	gathering->every_row = true;
	pls_known_tell_nothing(gathering->known);
}

/*
 * All rows have been read: what was needed for that is freed, so that the
 * memory can be used for entities.
 */
void
pls_gathering_all_read(PlsGathering *gathering)
{
	MemoryContext caller = MemoryContextSwitchTo(gathering->context);

	pls_identity_end(gathering->identity);
	pls_known_end(gathering->known);
	if (gathering->model->needs_attributes)
		gathering->accounts = pls_identity_begin(gathering->snapshot,
												 PLS_KNOWN_USERS_MEMORY,
												 PLS_WAIT);
	if (gathering->is_past && !gathering->every_row &&
		gathering->accounts != NULL)
		pls_identity_as_of(gathering->accounts, gathering->as_of);
	MemoryContextSwitchTo(caller);
}

void
pls_gathering_end(PlsGathering *gathering)
{
	if (gathering->accounts != NULL)
		pls_identity_end(gathering->accounts);
	MemoryContextDelete(gathering->context);
}

/* ---------- the function ---------- */

static void
put_row(PlsGathering *gathering, Datum *values, bool *nulls)
{
	ReturnSetInfo *result = gathering->put_arg;

	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

static void
store_tuple(PlsGathering *gathering, MinimalTuple tuple)
{
	ReturnSetInfo *result = gathering->put_arg;
	TupleTableSlot *slot = MakeSingleTupleTableSlot(result->setDesc,
													&TTSOpsMinimalTuple);

	ExecStoreMinimalTuple(tuple, slot, false);
	tuplestore_puttupleslot(result->setResult, slot);
	ExecDropSingleTupleTableSlot(slot);
}

/*
 * Read all rows in this process, which leaves their records in the spill.
 */
void
pls_gathering_read(PlsGathering *gathering, const PlsLeaf *leaves,
				   int nleaves)
{
	int			i;

	gathering->spill = pls_spill_create(gathering->context, NULL, 0,
										gathering->memory / 4);
	for (i = 0; i < nleaves; i++)
		pls_gather_leaf(gathering, &leaves[i], NULL);
	pls_gathering_all_read(gathering);
}

/*
 * Gather in this process alone.
 */
void
pls_gather_alone(PlsGathering *gathering, const PlsLeaf *leaves, int nleaves)
{
	int			i;

	pls_gathering_read(gathering, leaves, nleaves);
	for (i = 0; i < PLS_SPILL_PARTITIONS; i++)
		pls_gather_partition(gathering, i, &gathering->spill, 1);
	pls_spill_close(gathering->spill);
}

/*
 * Gather by the active snapshot.
 */
static void
gather(PlsModel *model, PlsLeaf *leaves, int nleaves, ArrayType *entities,
	   TimestampTz as_of, ReturnSetInfo *result)
{
	Snapshot	snapshot = RegisterSnapshot(GetActiveSnapshot());
	Size		memory = (Size) maintenance_work_mem * 1024;
	PlsGathering *gathering;
	int			nworkers = 0;

	/* read now what cannot be kept if it is read in parallel mode */
	pls_ignored_load();
	if (entities == NULL)
		nworkers = pls_gather_workers(leaves, nleaves);
	gathering = pls_gathering_begin(model, as_of, snapshot, entities,
									memory / (nworkers + 1));
	gathering->result = result->setDesc;
	gathering->put = put_row;
	gathering->put_arg = result;
	if (nworkers > 0)
		pls_gather_in_parallel(gathering, leaves, nleaves, nworkers,
							   store_tuple);
	else
		pls_gather_alone(gathering, leaves, nleaves);
	pls_gathering_end(gathering);
	UnregisterSnapshot(snapshot);
}

/*
 * Gather for a function (motion, entities, as_of); by a snapshot that is taken
 * when the tables have been locked, or by that of the query.
 */
static Datum
gather_arguments(FunctionCallInfo fcinfo, bool by_new_snapshot)
{
	PlsModel   *model;
	PlsLeaf    *leaves;
	int			nleaves;
	Snapshot	snapshot;

	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(0) || PG_ARGISNULL(2))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("motion and as_of must not be null")));
	model = pls_call_cache_model(fcinfo->flinfo,
								 VARDATA_ANY(PG_GETARG_TEXT_PP(0)),
								 VARSIZE_ANY_EXHDR(PG_GETARG_TEXT_PP(0)));
	nleaves = pls_motion_leaves(model->motion, &leaves);
	snapshot = by_new_snapshot ? pls_leaves_snapshot() :
		RegisterSnapshot(GetActiveSnapshot());
	PushActiveSnapshot(snapshot);
	gather(model, leaves, nleaves,
		   PG_ARGISNULL(1) ? NULL : PG_GETARG_ARRAYTYPE_P(1),
		   PG_GETARG_TIMESTAMPTZ(2), (ReturnSetInfo *) fcinfo->resultinfo);
	PopActiveSnapshot();
	UnregisterSnapshot(snapshot);
	return (Datum) 0;
}

PG_FUNCTION_INFO_V1(pls_gather);

/*
 * pls_internal.gather(motion, entities, as_of): see its comment in sql/70_sweep/10_refresh.sql.
 *
 * Errors: 42704 if there is no such motion; 55000 if no watched table can be
 * read.
 */
Datum
pls_gather(PG_FUNCTION_ARGS)
{
	return gather_arguments(fcinfo, false);
}

PG_FUNCTION_INFO_V1(pls_gather_now);

/*
 * pls_internal.gather_now(motion, entities, as_of): the same for a caller that
 * has not locked the tables before its query.
 */
Datum
pls_gather_now(PG_FUNCTION_ARGS)
{
	return gather_arguments(fcinfo, true);
}

/* ---------- events of users ---------- */

/*
 * Put the row at hand into the result if it is of one of these users: user,
 * account, and company of the event's own address.
 */
static void
put_user_event(PlsEventReader *reader, const PlsWanted *users,
			   ReturnSetInfo *result)
{
	const char *texts[3];
	Datum		values[3] = {0};
	bool		nulls[3];
	int			i;

	if (!pls_reader_names(reader, &texts[0], &texts[1], &texts[2]) ||
		!pls_is_wanted(users, texts[0]))
		return;
	for (i = 0; i < 3; i++)
	{
		nulls[i] = (texts[i] == NULL);
		if (!nulls[i])
			values[i] = CStringGetTextDatum(texts[i]);
	}
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

PG_FUNCTION_INFO_V1(pls_events_of_users);

/*
 * pls_internal.events_of_users(source_id, users): see its comment in
 * sql/30_identity/40_identity_changes.sql.
 *
 * Errors: 55000 if the table cannot be read.
 */
Datum
pls_events_of_users(PG_FUNCTION_ARGS)
{
	Snapshot	snapshot = RegisterSnapshot(GetActiveSnapshot());
	PlsWanted  *users = pls_wanted(PG_GETARG_ARRAYTYPE_P(1));
	PlsLeaf    *leaves;
	int			nleaves = pls_source_leaves(PG_GETARG_INT32(0), &leaves);
	int			i;

	InitMaterializedSRF(fcinfo, 0);
	for (i = 0; i < nleaves; i++)
	{
		Relation	relation = table_open(leaves[i].relid, AccessShareLock);
		PlsSource  *source = pls_source_find(leaves[i].source_id,
											 leaves[i].relid);
		PlsEventReader *reader = pls_reader_begin(source, relation, NULL);
		PlsColumnValues wanted;
		TupleTableSlot *slot = table_slot_create(relation, NULL);
		PlsLeafScan scan;
		MemoryContext caller;

		pls_leaf_scan_begin(&scan, relation, snapshot, NULL,
							pls_wanted_by_user(pls_reader_identity(reader),
											   users, source, &wanted) ?
							&wanted : NULL);
		caller = MemoryContextSwitchTo(reader->row_context);
		while (pls_leaf_scan_next(&scan, slot))
		{
			PlsRow		row;

			if (pls_reader_start_row(reader, slot, &row))
				put_user_event(reader, users,
							   (ReturnSetInfo *) fcinfo->resultinfo);
			MemoryContextReset(reader->row_context);
		}
		MemoryContextSwitchTo(caller);
		ExecDropSingleTupleTableSlot(slot);
		pls_leaf_scan_end(&scan);
		pls_reader_end(reader);
		table_close(relation, NoLock);
	}
	UnregisterSnapshot(snapshot);
	return (Datum) 0;
}
