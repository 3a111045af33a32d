/*-------------------------------------------------------------------------
 *
 * event_reader.c
 *	  Rows of a watched table, read as events: which motions a row matters
 *	  to, and whose it is.
 *
 * Both triggers read rows here, observe.c to add what they bring and
 * restate.c to mark whom they concern.  A row that matters to no motion is
 * dropped before anybody is looked up.
 *
 * Memory: a reader has a context of its own, a child of the current one,
 * that ends with it; what a row needs lies in another, reset after each row.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "executor/executor.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "pls.h"

/* ---------- whose a row is ---------- */

/*
 * A column as text; NULL if it is NULL, empty, or too long to be a key.
 */
static const char *
id_column(PlsEventReader *reader, AttrNumber column, FmgrInfo *output)
{
	bool		isnull;
	Datum		value;
	const char *text;

	if (column == 0)
		return NULL;
	value = slot_getattr(reader->slot, column, &isnull);
	if (isnull)
		return NULL;
	text = OutputFunctionCall(output, value);
	if (*text == '\0' || strlen(text) > PLS_MAX_ENTITY)
		return NULL;
	return text;
}

static const char *
row_user(PlsEventReader *reader)
{
	if (!reader->user_resolved)
	{
		reader->user_id = id_column(reader, reader->source->actor,
									&reader->source->actor_output);
		reader->user_resolved = true;
	}
	return reader->user_id;
}

static const char *
row_email(PlsEventReader *reader)
{
	bool		isnull;
	Datum		value;

	if (reader->source->email == 0)
		return NULL;
	value = slot_getattr(reader->slot, reader->source->email, &isnull);
	return isnull ? NULL : TextDatumGetCString(value);
}

/*
 * The entity of the row at hand under a motion; NULL if it is nobody's.
 */
static const char *
row_entity(PlsEventReader *reader, const PlsModel *model)
{
	PlsSource  *source = reader->source;
	const char *account;

	if (model->unit_is_user)
		return row_user(reader);
	account = id_column(reader, source->account, &source->account_output);
	if (account != NULL)
		return account;
	return pls_identity_account(reader->identity, row_user(reader),
								row_email(reader));
}

static const char *
row_domain(void *arg)
{
	PlsEventReader *reader = arg;

	return pls_identity_domain(reader->identity, row_user(reader),
							   row_email(reader));
}

/* ---------- rows ---------- */

/*
 * Match the row at hand against one motion and pass it on if it matters.
 */
static void
read_for(PlsEventReader *reader, int number, PlsRow *row,
		 PlsEventConsumer consumer, void *arg)
{
	PlsModel   *model = reader->models[number];
	PlsEvent	event = {number};

	event.nmatches = pls_match_row(model, row, reader->matches,
								   &event.outcomes);
	if (event.nmatches == 0 && event.outcomes == NULL)
		return;
	event.entity = row_entity(reader, model);
	if (event.entity == NULL)
		return;
	event.at = reader->at;
	event.seconds = row->at;
	event.matches = reader->matches;
	consumer(arg, &event);
}

/*
 * Read reader->slot.
 */
static void
read_slot(PlsEventReader *reader, PlsEventConsumer consumer, void *arg)
{
	PlsSource  *source = reader->source;
	PlsRow		row;
	bool		isnull;
	Datum		value;
	int			i;

	value = slot_getattr(reader->slot, source->at, &isnull);
	reader->at = DatumGetTimestampTz(value);
	if (isnull || !pls_event_seconds(reader->at, &row.at))
		return;
	value = slot_getattr(reader->slot, source->event, &isnull);
	pls_row_event(&row, isnull, value);

	row.actor_is_null = true;
	row.actor = (Datum) 0;
	row.actor_hash = &source->actor_hash;
	if (source->actor != 0)
		row.actor = slot_getattr(reader->slot, source->actor,
								 &row.actor_is_null);
	row.properties_is_null = true;
	row.properties = (Datum) 0;
	row.detoasted = NULL;
	if (source->properties != 0)
		row.properties = slot_getattr(reader->slot, source->properties,
									  &row.properties_is_null);
	row.domain = row_domain;
	row.domain_arg = reader;
	reader->user_resolved = false;

	for (i = 0; i < reader->nmodels; i++)
		read_for(reader, i, &row, consumer, arg);
}

/*
 * Read one row: what matters to a motion is passed to the consumer, which
 * must copy what it keeps.
 */
void
pls_reader_row(PlsEventReader *reader, TupleTableSlot *slot,
			   PlsEventConsumer consumer, void *arg)
{
	MemoryContext caller = MemoryContextSwitchTo(reader->row_context);

	reader->slot = slot;
	read_slot(reader, consumer, arg);
	MemoryContextSwitchTo(caller);
	MemoryContextReset(reader->row_context);
}

/*
 * Read all rows of a transition table.  The slot's own tuples, which a table
 * that has spilled to disk allocates, live in the reader's context.
 */
void
pls_reader_rows(PlsEventReader *reader, Tuplestorestate *rows,
				PlsEventConsumer consumer, void *arg)
{
	MemoryContext caller = MemoryContextSwitchTo(reader->context);
	TupleTableSlot *slot = MakeSingleTupleTableSlot(reader->desc,
													&TTSOpsMinimalTuple);

	tuplestore_select_read_pointer(rows,
								   tuplestore_alloc_read_pointer(rows,
																 EXEC_FLAG_REWIND));
	tuplestore_rescan(rows);
	while (tuplestore_gettupleslot(rows, true, false, slot))
	{
		CHECK_FOR_INTERRUPTS();
		pls_reader_row(reader, slot, consumer, arg);
	}
	ExecDropSingleTupleTableSlot(slot);
	MemoryContextSwitchTo(caller);
}

/* ---------- beginning and end ---------- */

static void
unpin_models(void *arg)
{
	PlsEventReader *reader = arg;

	while (reader->nmodels > 0)
		pls_model_unpin(reader->models[--reader->nmodels]);
}

/*
 * Begin to read rows of a source.  The models are pinned: what is decided
 * later may lead to another call that finds the source changed.
 */
PlsEventReader *
pls_reader_begin(PlsSource *source, Relation relation)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "pls reader",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	PlsEventReader *reader = palloc0(sizeof(PlsEventReader));

	reader->context = context;
	reader->row_context = AllocSetContextCreate(context, "pls row",
												ALLOCSET_DEFAULT_SIZES);
	reader->source = source;
	reader->desc = RelationGetDescr(relation);
	reader->identity = pls_identity_begin();
	reader->matches = palloc(Max(source->most_rules, 1) * sizeof(PlsMatch));
	reader->models = palloc(Max(source->nmodels, 1) * sizeof(PlsModel *));
	reader->unpin.func = unpin_models;
	reader->unpin.arg = reader;
	MemoryContextRegisterResetCallback(context, &reader->unpin);
	for (; reader->nmodels < source->nmodels; reader->nmodels++)
	{
		PlsModel   *model = source->models[reader->nmodels];

		model->pins++;
		reader->models[reader->nmodels] = model;
	}
	MemoryContextSwitchTo(caller);
	return reader;
}

/*
 * End reading; frees all that lies in the reader's context.
 */
void
pls_reader_end(PlsEventReader *reader)
{
	pls_identity_end(reader->identity);
	MemoryContextDelete(reader->context);
}
