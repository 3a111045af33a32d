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
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "access/xact.h"
#include "commands/trigger.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/hsearch.h"
#include "utils/rel.h"
#include "utils/reltrigger.h"

#include "pls.h"
#include "state/backlog.h"
#include "state/keyed_table.h"
#include "trigger/event_reader.h"
#include "trigger/source.h"
#include "trigger_call.h"


typedef struct Mark
{
	char		entity[PLS_MAX_ENTITY + 1]; /* hash key */
} Mark;

typedef struct Marking
{
	PlsEventReader *reader;
	HTAB	  **marks;			/* per model; NULL: none yet */
	bool	   *whole;			/* per model: all of its entities */
} Marking;

static void
mark_event(void *arg, const PlsEvent *event)
{
	Marking    *marking = arg;
	HTAB	  **marks = &marking->marks[event->model];
	HASHCTL		control;

	if (marking->whole[event->model])
		return;
	if (*marks == NULL)
	{
		memset(&control, 0, sizeof(control));
		control.keysize = control.entrysize = sizeof(Mark);
		control.hcxt = marking->reader->context;
		*marks = hash_create("pls marks", 16, &control,
							 HASH_ELEM | HASH_STRINGS | HASH_CONTEXT);
	}
	(void) hash_search(*marks, event->entity, HASH_ENTER, NULL);
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

static bool
is_updated(const TriggerData *trigger, AttrNumber column)
{
	return bms_is_member(column - FirstLowInvalidHeapAttributeNumber,
						 trigger->tg_updatedcols);
}

/*
 * Whether an UPDATE statement has set a column that events are read from.
 */
static bool
sets_event_columns(const TriggerData *trigger, const PlsSource *source)
{
	int			i;

	for (i = 0; i < source->ncolumns; i++)
		if (is_updated(trigger, source->columns[i]))
			return true;
	return false;
}

static bool
differs(const TriggerData *trigger, AttrNumber column)
{
	Form_pg_attribute attribute;
	Datum		before;
	Datum		after;
	bool		before_is_null;
	bool		after_is_null;

	before = slot_getattr(trigger->tg_trigslot, column, &before_is_null);
	after = slot_getattr(trigger->tg_newslot, column, &after_is_null);
	if (before_is_null || after_is_null)
		return before_is_null != after_is_null;
	attribute = TupleDescAttr(RelationGetDescr(trigger->tg_relation),
							  column - 1);
	return !datum_image_eq(before, after, attribute->attbyval,
						   attribute->attlen);
}

/*
 * Whether an updated row is another event than before.
 */
static bool
row_differs(const TriggerData *trigger, const PlsSource *source)
{
	int			i;

	for (i = 0; i < source->ncolumns; i++)
		if (differs(trigger, source->columns[i]))
			return true;
	return false;
}

/*
 * Whether an UPDATE may have changed events.  What a BEFORE trigger changes
 * is not among the columns that the statement sets, and an apply worker
 * says that it sets all of them.
 */
static bool
may_change_events(const TriggerData *trigger, const PlsSource *source)
{
	if (TRIGGER_FIRED_FOR_ROW(trigger->tg_event))
		return row_differs(trigger, source);
	return sets_event_columns(trigger, source) ||
		trigger->tg_relation->trigdesc->trig_update_before_row;
}

static void
mark_rows(Marking *marking, TriggerData *trigger)
{
	PlsEventReader *reader = marking->reader;

	if (TRIGGER_FIRED_FOR_ROW(trigger->tg_event))
	{
		pls_reader_row(reader, trigger->tg_trigslot, mark_event, marking);
		if (TRIGGER_FIRED_BY_UPDATE(trigger->tg_event))
			pls_reader_row(reader, trigger->tg_newslot, mark_event,
						   marking);
		return;
	}
	pls_reader_rows(reader, trigger->tg_oldtable, mark_event, marking);
	if (TRIGGER_FIRED_BY_UPDATE(trigger->tg_event))
		pls_reader_rows(reader, trigger->tg_newtable, mark_event,
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
	marking.whole = palloc0(reader->nmodels * sizeof(bool));
	if (TRIGGER_FIRED_BY_TRUNCATE(trigger->tg_event))
		memset(marking.whole, true, reader->nmodels * sizeof(bool));
	else
		mark_rows(&marking, trigger);
	if (pls_reader_was_locked(reader))
		memset(marking.whole, true, reader->nmodels * sizeof(bool));
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
	if (source == NULL || (TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) &&
						   !may_change_events(trigger, source)))
		return PointerGetDatum(NULL);
	mark_stale(source, trigger);
	return PointerGetDatum(NULL);
}
