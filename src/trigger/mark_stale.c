/*-------------------------------------------------------------------------
 *
 * mark_stale.c
 *	  The trigger for changed, deleted and truncated rows of watched tables.
 *
 * Evidence can take in an event, not give one back.  So the entities that
 * such rows concern, before and after the change, are marked in the backlog,
 * which waits for nobody, and the sweep rebuilds their standings from the
 * table.  Where very many are concerned the whole motion is marked instead.
 *
 * A deleted row that no score can be another for from now on
 * (evidence/reach.c) marks nobody: to purge what is old costs no rebuild.
 * Where the last row of an entity matters, whatever its age, the standing is
 * looked at, without a lock: it is marked unless its evidence has a newer row.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "access/xact.h"
#include "commands/trigger.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/hsearch.h"
#include "utils/rel.h"
#include "utils/reltrigger.h"
#include "utils/snapmgr.h"
#include "utils/tuplestore.h"

#include "evidence/evidence.h"
#include "evidence/reach.h"
#include "pls.h"
#include "state/backlog.h"
#include "state/keyed_table.h"
#include "state/standing_hold.h"
#include "state/standing_row.h"
#include "trigger/event_reader.h"
#include "trigger/source.h"
#include "trigger_call.h"

typedef struct Mark
{
	char		entity[PLS_MAX_ENTITY + 1]; /* hash key */
	PlsSeconds	newest;			/* of one that was looked up */
} Mark;

typedef struct Marking
{
	PlsEventReader *reader;
	HTAB	  **marks;			/* per model; NULL: none yet */
	HTAB	  **looked_up;		/* per model: entities whose newest row is
								 * known; NULL: none yet */
	bool	   *whole;			/* per model: all of its entities */
	bool		deletes;		/* rows, rather than to change them */
	PlsReach  **reaches;		/* per model; NULL: not told yet */
	bool		opened;			/* the next one, or it was tried */
	bool		can_look;
	PlsTable	standings;
} Marking;

static Mark *
note_entity(const Marking *marking, HTAB **table, const char *entity)
{
	HASHCTL		control;

	if (*table == NULL)
	{
		memset(&control, 0, sizeof(control));
		control.keysize = control.entrysize = sizeof(Mark);
		control.hcxt = marking->reader->context;
		*table = hash_create("pls marks", 16, &control,
							 HASH_ELEM | HASH_STRINGS | HASH_CONTEXT);
	}
	return hash_search(*table, entity, HASH_ENTER, NULL);
}

static bool
is_noted(HTAB *table, const char *entity)
{
	return table != NULL &&
		hash_search(table, entity, HASH_FIND, NULL) != NULL;
}

/* ---------- rows that do not matter any more ---------- */

/*
 * What still matters to a model, from the start of this transaction on.
 */
static const PlsReach *
reach_of(Marking *marking, int number)
{
	PlsReach  **reach = &marking->reaches[number];
	MemoryContext caller;

	if (*reach == NULL)
	{
		caller = MemoryContextSwitchTo(marking->reader->context);
		*reach = pls_reach_of(marking->reader->models[number],
							  pls_transaction_clock());
		MemoryContextSwitchTo(caller);
	}
	return *reach;
}

static bool
is_reached(const PlsReach *reach, const PlsEvent *event)
{
	int			i;

	/* an outcome is one for good */
	if (event->outcomes != NULL)
		return true;
	for (i = 0; i < event->nmatches; i++)
		if (event->seconds >= reach->since[event->matches[i].rule])
			return true;
	return false;
}

/*
 * The newest second of a row that evidence has; PLS_EVER: none.
 */
static PlsSeconds
newest_row(const PlsModel *model, const PlsEvidence *evidence)
{
	PlsSeconds	seconds = PLS_EVER;
	int			i;

	for (i = 0; i < model->nrules; i++)
	{
		const PlsPart *part = pls_evidence_find(evidence,
												model->rules[i].shape.fingerprint);
		const PlsItem *newest = part == NULL ? NULL : pls_part_newest(part);

		if (newest != NULL)
			seconds = Max(seconds, newest->at);
	}
	return seconds;
}

/*
 * The same of the standing of an entity; PLS_EVER also if it has none, or
 * another transaction has it in hand.
 *
 * A row older than that is not the last of its entity: who deletes the newest
 * one marks it.  Should a sweep answer that mark while the transaction at hand
 * is still open, it reads the row deleted here, and the entity scores as one
 * without recent rows, not as one without rows, until it is rebuilt again.
 */
static PlsSeconds
newest_known(Marking *marking, const PlsEvent *event)
{
	const PlsModel *model = marking->reader->models[event->model];
	const char *keys[] = {event->entity, model->motion};
	SnapshotData dirty;
	PlsTableScan *scan;
	PlsEvidence *evidence = NULL;

	if (!marking->opened)
	{
		MemoryContext caller = MemoryContextSwitchTo(marking->reader->context);

		marking->opened = true;
		marking->can_look = pls_standings_open(&marking->standings);
		MemoryContextSwitchTo(caller);
	}
	if (!marking->can_look)
		return PLS_EVER;
	InitDirtySnapshot(dirty);
	scan = pls_table_scan(&marking->standings, &dirty, 2, keys, NULL);
	if (pls_table_next(&marking->standings, scan) &&
		!TransactionIdIsValid(dirty.xmin) && !TransactionIdIsValid(dirty.xmax))
		evidence = pls_evidence_try_datum(CurrentMemoryContext,
										  pls_standing_evidence(marking->standings.slot));
	pls_table_end(scan);
	return evidence == NULL ? PLS_EVER : newest_row(model, evidence);
}

/*
 * Whether an entity has a newer row.  Each is looked up once, or a few times
 * if there are very many.
 */
static bool
has_newer_row(Marking *marking, const PlsEvent *event)
{
	HTAB	  **looked_up = &marking->looked_up[event->model];
	Mark	   *mark;

	if (*looked_up != NULL)
	{
		mark = hash_search(*looked_up, event->entity, HASH_FIND, NULL);
		if (mark != NULL)
			return event->seconds < mark->newest;
		if (hash_get_num_entries(*looked_up) >= PLS_MAX_MARKS)
		{
			hash_destroy(*looked_up);
			*looked_up = NULL;
		}
	}
	mark = note_entity(marking, looked_up, event->entity);
	mark->newest = newest_known(marking, event);
	return event->seconds < mark->newest;
}

/*
 * Whether a row marks nobody, since no score is another without it.
 */
static bool
is_spared(Marking *marking, const PlsEvent *event)
{
	const PlsReach *reach = reach_of(marking, event->model);

	return !is_reached(reach, event) &&
		(!reach->scores_nothing || has_newer_row(marking, event));
}

/* ---------- marks ---------- */

static void
mark_event(void *arg, const PlsEvent *event)
{
	Marking    *marking = arg;
	HTAB	  **marks = &marking->marks[event->model];

	if (marking->whole[event->model] || is_noted(*marks, event->entity) ||
		(marking->deletes && is_spared(marking, event)))
		return;
	(void) note_entity(marking, marks, event->entity);
	if (hash_get_num_entries(*marks) > PLS_MAX_MARKS)
		marking->whole[event->model] = true;
}

/*
 * Write the marks of one model.
 */
static void
write_marks(const Marking *marking, int number, PlsTable *backlog)
{
	const char *motion = marking->reader->models[number]->motion;
	HASH_SEQ_STATUS scan;
	Mark	   *mark;

	if (marking->whole[number])
	{
		pls_backlog_ask_rebuild(backlog, "", motion);
		return;
	}
	if (marking->marks[number] == NULL)
		return;
	hash_seq_init(&scan, marking->marks[number]);
	while ((mark = hash_seq_search(&scan)) != NULL)
		pls_backlog_ask_rebuild(backlog, mark->entity, motion);
}

static void
write_all_marks(const Marking *marking)
{
	PlsTable	backlog;
	bool		any = false;
	int			i;

	for (i = 0; i < marking->reader->nmodels; i++)
		any |= marking->whole[i] || marking->marks[i] != NULL;
	if (!any)
		return;
	pls_backlog_begin(&backlog);
	for (i = 0; i < marking->reader->nmodels; i++)
		write_marks(marking, i, &backlog);
	pls_table_close(&backlog);
	CommandCounterIncrement();
}

/*
 * Whether two values are the same bytes as they are stored: then nothing has
 * to be fetched.  An UPDATE leaves a toasted value where it is.
 */
static bool
stored_alike(Datum before, Datum after)
{
	struct varlena *a = (struct varlena *) DatumGetPointer(before);
	struct varlena *b = (struct varlena *) DatumGetPointer(after);

	return VARSIZE_ANY(a) == VARSIZE_ANY(b) &&
		memcmp(a, b, VARSIZE_ANY(a)) == 0;
}

static bool
differs(TupleTableSlot *before, TupleTableSlot *after, AttrNumber column)
{
	Form_pg_attribute attribute =
	TupleDescAttr(after->tts_tupleDescriptor, column - 1);
	bool		before_is_null;
	bool		after_is_null;
	Datum		old_value = slot_getattr(before, column, &before_is_null);
	Datum		new_value = slot_getattr(after, column, &after_is_null);

	if (before_is_null || after_is_null)
		return before_is_null != after_is_null;
	if (attribute->attlen == -1)
	{
		if (stored_alike(old_value, new_value))
			return false;
		/* hardly a value that is looked at: not worth fetching both */
		if (pls_is_longer(old_value, PLS_MAX_DOCUMENT) ||
			pls_is_longer(new_value, PLS_MAX_DOCUMENT))
			return true;
	}
	return !datum_image_eq(old_value, new_value, attribute->attbyval,
						   attribute->attlen);
}

/*
 * Whether an updated row is another event than before.
 */
static bool
row_differs(TupleTableSlot *before, TupleTableSlot *after,
			const PlsSource *source)
{
	int			i;

	for (i = 0; i < source->ncolumns; i++)
		if (differs(before, after, source->columns[i]))
			return true;
	return false;
}

/*
 * Whether an UPDATE statement may have changed events.  Among the columns that
 * it sets are not those that are generated, and not what BEFORE triggers set:
 * the table's own, and those of its partitions and children.
 */
static bool
may_change_events(const TriggerData *trigger, const PlsSource *source)
{
	Relation	relation = trigger->tg_relation;
	TupleDesc	desc = RelationGetDescr(relation);
	int			i;

	if (relation->trigdesc->trig_update_before_row ||
		relation->rd_rel->relhassubclass)
		return true;
	for (i = 0; i < source->ncolumns; i++)
	{
		AttrNumber	column = source->columns[i];

		if (bms_is_member(column - FirstLowInvalidHeapAttributeNumber,
						  trigger->tg_updatedcols) ||
			TupleDescAttr(desc, column - 1)->attgenerated != '\0')
			return true;
	}
	return false;
}

/*
 * Mark whom a row concerns, and what has become of it; NULL: nothing.
 */
static void
mark_row(Marking *marking, TupleTableSlot *before, TupleTableSlot *after)
{
	if (before != NULL)
		pls_reader_row(marking->reader, before, mark_event, marking);
	if (after != NULL)
		pls_reader_row(marking->reader, after, mark_event, marking);
}

static bool
next_row(Tuplestorestate *rows, int pointer, TupleTableSlot *slot)
{
	tuplestore_select_read_pointer(rows, pointer);
	return tuplestore_gettupleslot(rows, true, false, slot);
}

static int
first_row(Tuplestorestate *rows)
{
	int			pointer = tuplestore_alloc_read_pointer(rows,
														EXEC_FLAG_REWIND);

	tuplestore_select_read_pointer(rows, pointer);
	tuplestore_rescan(rows);
	return pointer;
}

/*
 * Mark whom the rows of an UPDATE statement concern that are other events than
 * before.  A row and what has become of it are at the same place of the two
 * tables, unless one has got lost before: where it should have moved to, a
 * BEFORE trigger can have dropped it.  Then more rows than necessary are
 * marked, and never too few: an event that is taken out of one place and put
 * into another unchanged changes no standing.
 */
static void
mark_updated_rows(Marking *marking, TriggerData *trigger)
{
	TupleDesc	desc = marking->reader->desc;
	TupleTableSlot *before = MakeSingleTupleTableSlot(desc,
													  &TTSOpsMinimalTuple);
	TupleTableSlot *after = MakeSingleTupleTableSlot(desc,
													 &TTSOpsMinimalTuple);
	int			old_pointer = first_row(trigger->tg_oldtable);
	int			new_pointer = first_row(trigger->tg_newtable);
	bool		any_old = true;
	bool		any_new = true;

	for (;;)
	{
		CHECK_FOR_INTERRUPTS();
		any_old = any_old && next_row(trigger->tg_oldtable, old_pointer,
									  before);
		any_new = any_new && next_row(trigger->tg_newtable, new_pointer,
									  after);
		if (!any_old && !any_new)
			break;
		if (any_old && any_new &&
			!row_differs(before, after, marking->reader->source))
			continue;
		mark_row(marking, any_old ? before : NULL, any_new ? after : NULL);
	}
	ExecDropSingleTupleTableSlot(before);
	ExecDropSingleTupleTableSlot(after);
}

static void
mark_rows(Marking *marking, TriggerData *trigger)
{
	bool		is_update = TRIGGER_FIRED_BY_UPDATE(trigger->tg_event);

	if (TRIGGER_FIRED_FOR_ROW(trigger->tg_event))
		mark_row(marking, trigger->tg_trigslot,
				 is_update ? trigger->tg_newslot : NULL);
	else if (is_update)
		mark_updated_rows(marking, trigger);
	else
		pls_reader_rows(marking->reader, trigger->tg_oldtable, mark_event,
						marking);
}

static void
mark_stale(PlsSource *source, TriggerData *trigger)
{
	Marking		marking = {pls_reader_begin(source,
											trigger->tg_relation, NULL)};
	PlsEventReader *reader = marking.reader;
	MemoryContext caller = MemoryContextSwitchTo(reader->context);

	marking.marks = palloc0(reader->nmodels * sizeof(HTAB *));
	marking.looked_up = palloc0(reader->nmodels * sizeof(HTAB *));
	marking.reaches = palloc0(reader->nmodels * sizeof(PlsReach *));
	marking.deletes = TRIGGER_FIRED_BY_DELETE(trigger->tg_event);
	marking.whole = palloc0(reader->nmodels * sizeof(bool));
	if (TRIGGER_FIRED_BY_TRUNCATE(trigger->tg_event))
		memset(marking.whole, true, reader->nmodels * sizeof(bool));
	else
		mark_rows(&marking, trigger);
	if (pls_reader_was_locked(reader))
		memset(marking.whole, true, reader->nmodels * sizeof(bool));
	if (marking.can_look)
		pls_table_close(&marking.standings);
	write_all_marks(&marking);
	MemoryContextSwitchTo(caller);
	pls_reader_end(reader);
}

static bool
fired_right(const TriggerData *trigger)
{
	TriggerEvent event = trigger->tg_event;

	if (!TRIGGER_FIRED_AFTER(event) || TRIGGER_FIRED_BY_INSERT(event))
		return false;
	if (TRIGGER_FIRED_FOR_ROW(event) || TRIGGER_FIRED_BY_TRUNCATE(event))
		return true;
	return trigger->tg_oldtable != NULL &&
		(TRIGGER_FIRED_BY_DELETE(event) || trigger->tg_newtable != NULL);
}

PG_FUNCTION_INFO_V1(pls_mark_stale);

/*
 * The trigger function for rows of watched tables that are updated, deleted
 * or truncated.
 */
Datum
pls_mark_stale(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = pls_trigger_call(fcinfo, "restate");
	PlsSource  *source;

	if (!fired_right(trigger))
		pls_refuse_trigger("restate",
						   "must be fired AFTER UPDATE, DELETE or TRUNCATE, FOR EACH ROW or FOR EACH STATEMENT with transition tables",
						   "Use pls.watch() to create the trigger.");
	source = pls_source_get(trigger);
	if (source == NULL)
		return PointerGetDatum(NULL);
	if (TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) &&
		!(TRIGGER_FIRED_FOR_ROW(trigger->tg_event) ?
		  row_differs(trigger->tg_trigslot, trigger->tg_newslot, source) :
		  may_change_events(trigger, source)))
		return PointerGetDatum(NULL);
	mark_stale(source, trigger);
	return PointerGetDatum(NULL);
}
