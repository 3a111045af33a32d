/*-------------------------------------------------------------------------
 *
 * event_reader.c
 *	  Rows of a watched table, read as events: which motions a row matters
 *	  to, and whose it is.
 *
 * Whoever reads rows of watched tables does it here: observe.c to add what
 * they bring, mark_stale.c to mark whom they concern, gather.c to rebuild.  No
 * code of the table's owner is run: columns are taken out of the row as they
 * are stored, and made text by the output function of their type, which only
 * a superuser can have made.  A row that matters to no motion is dropped
 * before anybody is looked up.
 *
 * Values of any size may come.  How large one is, is known without reading
 * it: an id or an address that is too long is not read at all.
 *
 * Memory: a reader has a context of its own, a child of the current one.
 * What is needed until it ends lies in a child of that, and what a row needs
 * in another, reset after each row.  A reader that has ended is kept for the
 * next statement, since to make one is a third of what a statement costs that
 * matters to no motion; where an error ends it, it goes with its parent.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "storage/proc.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/uuid.h"

#include "id_text.h"
#include "model/event_row.h"
#include "model/model.h"
#include "model/model_cache.h"
#include "model/signal.h"
#include "pls.h"
#include "pls_compat.h"
#include "state/identity.h"
#include "state/ignored.h"
#include "state/keyed_table.h"
#include "time/instant.h"
#include "trigger/column_values.h"
#include "trigger/event_reader.h"
#include "trigger/row_document.h"
#include "trigger/source.h"

/* One that has ended, for the next statement; NULL: none. */
static PlsEventReader *spare = NULL;

/* ---------- whose a row is ---------- */

/*
 * What looks up users: the newest ones, if it was left to the reader, without
 * waiting for a locked table where the application limits its waits.
 */
PlsIdentity *
pls_reader_identity(PlsEventReader *reader)
{
	if (reader->identity == NULL)
	{
		MemoryContext caller = MemoryContextSwitchTo(reader->context);

		reader->identity = reader->own_identity =
			pls_identity_begin(SnapshotSelf, PLS_KNOWN_USERS_MEMORY,
							   LockTimeout > 0 ? PLS_NO_WAIT : PLS_WAIT);
		MemoryContextSwitchTo(caller);
	}
	return reader->identity;
}

/*
 * Whether a table of users or accounts was locked, so that whose rows are may
 * be wrong.
 */
bool
pls_reader_was_locked(const PlsEventReader *reader)
{
	return reader->identity != NULL &&
		pls_identity_was_locked(reader->identity);
}

/*
 * The value of an id column as text; NULL if it is empty.  *too_long is set,
 * and NULL returned, if it is too long to be a key.
 */
static const char *
id_text(const PlsIdColumn *column, Datum value, char *buffer, bool *too_long)
{
	const char *text;

	*too_long = false;
	switch (column->type)
	{
		case INT2OID:
			pg_itoa(DatumGetInt16(value), buffer);
			return buffer;
		case INT4OID:
			pg_ltoa(DatumGetInt32(value), buffer);
			return buffer;
		case INT8OID:
			pg_lltoa(DatumGetInt64(value), buffer);
			return buffer;
		default:
			break;
	}
	/* of other types the text is longer than what is stored, if not much */
	*too_long = column->text.is_varlena &&
		column->text.kind != PLS_TEXT_PADDED &&
		pls_is_longer(value, column->text.kind == PLS_TEXT_OUTPUT ?
					  8 * PLS_MAX_ENTITY : PLS_MAX_ENTITY);
	if (*too_long)
		return NULL;
	text = pls_text_of(&column->text, value);
	*too_long = strlen(text) > PLS_MAX_ENTITY;
	return *text == '\0' || *too_long ? NULL : text;
}

/*
 * The same of the row at hand; NULL also if it is NULL.
 */
static const char *
id_column(PlsEventReader *reader, const PlsIdColumn *column, char *buffer,
		  bool *too_long)
{
	bool		isnull;
	Datum		value;

	*too_long = false;
	if (column->number == 0)
		return NULL;
	value = slot_getattr(reader->slot, column->number, &isnull);
	return isnull ? NULL : id_text(column, value, buffer, too_long);
}

/*
 * Whether it is known that there are no aliases, of accounts or users.
 */
static inline bool
has_no_aliases(PlsEventReader *reader, bool of_users)
{
	if (!reader->aliases_asked)
	{
		reader->no_account_aliases = pls_has_no_aliases(false);
		reader->no_user_aliases = pls_has_no_aliases(true);
		reader->aliases_asked = true;
	}
	return of_users ? reader->no_user_aliases : reader->no_account_aliases;
}

/*
 * The account that the row at hand names, aliases followed; NULL: none.
 * *too_long is set if its id is too long to be a key.
 */
static const char *
row_account(PlsEventReader *reader, bool *too_long)
{
	const char *account = id_column(reader, &reader->source->account,
									reader->account_text, too_long);

	if (account == NULL ||
		(has_no_aliases(reader, false) &&
		 !pls_may_be_ignored(account, strlen(account))))
		return account;
	return pls_identity_of_account(pls_reader_identity(reader), account);
}

/*
 * The user that an id stands for; NULL: nobody.
 */
static const char *
user_of(PlsEventReader *reader, const char *user_id)
{
	if (user_id == NULL ||
		(has_no_aliases(reader, true) &&
		 !pls_may_be_ignored(user_id, strlen(user_id)) &&
		 strchr(user_id, '@') == NULL))
		return user_id;
	return pls_identity_of_user(pls_reader_identity(reader), user_id);
}

static const char *
row_user(PlsEventReader *reader)
{
	bool		too_long;

	if (!reader->user_resolved)
	{
		reader->user_id = user_of(reader,
								  id_column(reader, &reader->source->actor,
											reader->user_text, &too_long));
		reader->user_resolved = true;
	}
	return reader->user_id;
}

/*
 * The address of the row at hand; NULL if it has none, or only blanks.
 */
static const char *
row_email(PlsEventReader *reader)
{
	bool		isnull;
	Datum		value;
	char	   *email;

	if (reader->source->email == 0)
		return NULL;
	value = slot_getattr(reader->slot, reader->source->email, &isnull);
	if (isnull || pls_is_longer(value, PLS_MAX_ADDRESS))
		return NULL;
	email = TextDatumGetCString(value);
	return email[strspn(email, " \t\r\n")] == '\0' ? NULL : email;
}

/*
 * Append the account, the user and the address of the row at hand, as they are
 * written, to a text.
 */
void
pls_reader_append_ids(PlsEventReader *reader, StringInfo text)
{
	const char *email = row_email(reader);
	const char *id;
	char		buffer[32];
	bool		too_long;

	id = id_column(reader, &reader->source->account, buffer, &too_long);
	appendStringInfo(text, "\n%s", id != NULL ? id : "");
	id = id_column(reader, &reader->source->actor, buffer, &too_long);
	appendStringInfo(text, "\n%s\n%s", id != NULL ? id : "",
					 email != NULL ? email : "");
}

/*
 * The user of the row at hand; NULL if it names none.
 */
const char *
pls_reader_user(PlsEventReader *reader)
{
	return row_user(reader);
}

/*
 * The address of the row at hand, as it is written; NULL if it has none.
 */
const char *
pls_reader_email(PlsEventReader *reader)
{
	return row_email(reader);
}

/*
 * Whether a column of the row at hand has an id that names nobody.
 */
static bool
has_ignored_id(PlsEventReader *reader, const PlsIdColumn *column)
{
	char		buffer[32];
	bool		too_long;
	const char *id = id_column(reader, column, buffer, &too_long);

	return id != NULL && pls_id_is_ignored(id, strlen(id));
}

/*
 * Why the row at hand is no account's.
 */
static const char *
no_account_cause(PlsEventReader *reader)
{
	const char *user_id = row_user(reader);
	const char *email = row_email(reader);

	if (pls_identity_domain(pls_reader_identity(reader), user_id,
							email) != NULL)
		return "mail provider";
	if (user_id != NULL)
		return "unmapped user";
	return has_ignored_id(reader, &reader->source->account) ||
		has_ignored_id(reader, &reader->source->actor) ?
		"junk id" : "no id";
}

/*
 * The account of the row at hand; NULL if it is nobody's.  *cause says why
 * then, if cause is not NULL.  It is valid until the next row is read.
 */
const char *
pls_reader_account(PlsEventReader *reader, const char **cause)
{
	const char *account;
	bool		too_long;

	account = row_account(reader, &too_long);
	if (account == NULL && !too_long)
		account = pls_identity_account(pls_reader_identity(reader),
									   row_user(reader), row_email(reader));
	if (cause != NULL)
		*cause = account != NULL ? NULL :
			too_long ? "too long" : no_account_cause(reader);
	return account;
}

/*
 * The entity of the row at hand under a motion; NULL if it is nobody's.  It
 * is valid until the next row is read.
 */
const char *
pls_reader_entity(PlsEventReader *reader, const PlsModel *model)
{
	return model->unit_is_user ? row_user(reader) :
		pls_reader_account(reader, NULL);
}

/*
 * A text as it is stored; false if it is not in the row itself, or empty, or
 * longer than this.
 */
static bool
stored_text(Datum value, int most, PlsHashedText *text)
{
	struct varlena *stored = (struct varlena *) DatumGetPointer(value);

	if (VARATT_IS_EXTERNAL(stored) || VARATT_IS_COMPRESSED(stored) ||
		VARSIZE_ANY_EXHDR(stored) == 0 || VARSIZE_ANY_EXHDR(stored) > most)
		return false;
	text->text = VARDATA_ANY(stored);
	text->length = VARSIZE_ANY_EXHDR(stored);
	return true;
}

/* ---------- actors ---------- */

/*
 * Whether an actor is counted as it is stored.
 */
static bool
actor_stands_alone(PlsEventReader *reader, Datum value)
{
	const PlsIdColumn *column = &reader->source->actor;
	PlsHashedText text;
	int64		number;

	if (!has_no_aliases(reader, true))
		return false;
	if (pls_whole_number(column->type, value, &number))
		return !pls_number_is_ignored(number);
	if (column->type == UUIDOID)
	{
		static const char hex[] = "0123456789abcdef";
		const unsigned char *bytes = DatumGetUUIDP(value)->data;
		char		ends[2];

		ends[0] = hex[bytes[0] >> 4];
		ends[1] = hex[bytes[UUID_LEN - 1] & 0x0F];
		return !pls_may_be_ignored_at_ends(ends[0], ends[1]);
	}
	return (column->type == TEXTOID || column->type == VARCHAROID) &&
		stored_text(value, PLS_MAX_ENTITY, &text) &&
		!pls_may_be_ignored(text.text, text.length) &&
		memchr(text.text, '@', text.length) == NULL;
}

/*
 * Have a row counted as another actor's than the one that it names, as rows
 * that name this one are.
 */
static void
set_other_actor(PlsRow *row, Oid type, const char *user_id)
{
	static const PlsActorHash by_number = {INT8OID, false, {0}, {INT8OID, PLS_TEXT_NUMBER}};
	static const PlsActorHash by_text = {UNKNOWNOID};
	int64		number;
	Datum		uuid;

	if (pls_is_whole_number(type) && pls_parse_number(user_id, &number))
	{
		row->actor = Int64GetDatum(number);
		row->actor_hash = &by_number;
	}
	else if (type == UUIDOID && pls_parse_uuid(user_id, &uuid))
		row->actor = uuid;
	else
	{
		row->actor = CStringGetDatum(user_id);
		row->actor_hash = &by_text;
	}
}

/*
 * Have the actor of a row as it is counted: one that names nobody is none, and
 * an alias is the user that it stands for.
 */
void
pls_reader_settle_actor(PlsRow *row, void *arg)
{
	PlsEventReader *reader = arg;
	const PlsIdColumn *column = &reader->source->actor;
	char		buffer[32];
	const char *user_id;
	const char *counted;
	bool		too_long;

	if (row->actor_is_null || actor_stands_alone(reader, row->actor))
		return;
	user_id = id_text(column, row->actor, buffer, &too_long);
	counted = user_of(reader, user_id);
	if (counted == NULL)
		row->actor_is_null = true;
	else if (strcmp(counted, user_id) != 0)
		set_other_actor(row, column->type, pstrdup(counted));
}

/* ---------- keys ---------- */

/*
 * The key that is an entity's id itself.
 */
static bool
id_key(const PlsIdColumn *column, Datum value, PlsKeyKind number_kind,
	   PlsRowKey *key)
{
	key->kind = number_kind;
	if (pls_whole_number(column->type, value, &key->number))
		return true;
	key->kind = PLS_ENTITY_ID;
	if ((column->type != TEXTOID && column->type != VARCHAROID) ||
		!stored_text(value, PLS_MAX_ENTITY, &key->text))
		return false;
	key->text.hash = hash_bytes((const unsigned char *) key->text.text,
								key->text.length);
	return true;
}

/* What a letter of an address says of it; MORE is the high bit, as of letters
 * that are not ASCII. */
#define IS_ADO	0x01			/* there is more to be taken off */
#define IS_AT	0x02
#define IS_MORE	HIGHBIT			/* than an address; before an @ it is none */

static const unsigned char letters[256] = {
	['<'] = IS_ADO,[':'] = IS_ADO,['/'] = IS_ADO,
	['@'] = IS_AT,
	[' '] = IS_MORE,['?'] = IS_MORE,['#'] = IS_MORE,['\\'] = IS_MORE
};

/*
 * Whether only what follows the last @ of a text matters, as of an address
 * without any ado; or all of it, if it has none.
 */
static bool
is_plain_address(const PlsHashedText *text)
{
	const unsigned char *c = (const unsigned char *) text->text;
	const unsigned char *end = c + text->length;
	unsigned char said = 0;

	for (; c < end; c++)
		said |= letters[*c] | (*c & HIGHBIT);
	if (said & IS_ADO)
		return false;
	return (said & IS_AT) ||
		(!(said & IS_MORE) && (text->length < 4 ||
							   pg_strncasecmp(text->text, "www.", 4) != 0));
}

/*
 * What tells whose a row with these columns is under a motion: any two rows of
 * the motion's tables with the same key are of the same entity.  False if it
 * takes more than this to tell.  The texts are those in the columns.
 */
bool
pls_reader_key(const PlsSource *source, const PlsModel *model,
			   const Datum *values, const bool *nulls, PlsRowKey *key)
{
	int			account = source->account.number - 1;
	int			actor = source->actor.number - 1;
	int			email = source->email - 1;

	key->text.text = NULL;
	if (!model->unit_is_user && account >= 0 && !nulls[account])
		return id_key(&source->account, values[account], PLS_ACCOUNT_NUMBER,
					  key) &&
			(key->kind != PLS_ACCOUNT_NUMBER ||
			 !pls_number_is_ignored(key->number));
	if (actor < 0 || nulls[actor])
		return false;
	if (model->unit_is_user)
		return id_key(&source->actor, values[actor], PLS_USER_NUMBER, key);
	key->kind = PLS_USER_NUMBER;
	if (!pls_whole_number(source->actor.type, values[actor], &key->number))
		return false;
	return email < 0 || nulls[email] ||
		(stored_text(values[email], PLS_MAX_ADDRESS, &key->text) &&
		 is_plain_address(&key->text));
}

/*
 * The user, the account and the company of the address that the row at hand
 * names itself, each NULL if it names none.  False if it names no user.
 */
bool
pls_reader_names(PlsEventReader *reader, const char **user_id,
				 const char **account, const char **company)
{
	bool		too_long;

	*user_id = row_user(reader);
	if (*user_id == NULL)
		return false;
	*account = row_account(reader, &too_long);
	*company = pls_identity_account(pls_reader_identity(reader), NULL,
									row_email(reader));
	return true;
}

static const char *
row_domain(void *arg)
{
	PlsEventReader *reader = arg;

	return pls_identity_domain(pls_reader_identity(reader),
							   row_user(reader), row_email(reader));
}

/* ---------- rows ---------- */

static Jsonb *
row_document(void *arg)
{
	PlsEventReader *reader = arg;
	const PlsSource *source = reader->source;

	return pls_row_document(reader->slot, source->properties,
							source->properties_are_json,
							source->property_columns,
							source->nproperty_columns);
}

/*
 * Begin to read the row in a slot; false if it has no usable instant.
 */
bool
pls_reader_start_row(PlsEventReader *reader, TupleTableSlot *slot,
					 PlsRow *row)
{
	PlsSource  *source = reader->source;
	const Datum *values = slot->tts_values;
	const bool *nulls = slot->tts_isnull;
	int			number;

	slot_getsomeattrs(slot, source->last_column);
	reader->slot = slot;
	reader->user_resolved = false;
	if (!pls_source_instant(source, values, nulls, &reader->at, &row->at))
		return false;
	pls_source_event(source, row, values, nulls);
	number = source->actor.number - 1;
	if (number >= 0)
		pls_row_set_actor(row, nulls[number], values[number],
						  &source->actor_hash);
	else
		pls_row_set_actor(row, true, (Datum) 0, &source->actor_hash);
	number = source->properties - 1;
	if (number >= 0)
		pls_row_set_properties(row, nulls[number], values[number]);
	else
		pls_row_set_properties(row, true, (Datum) 0);
	if (unlikely(source->makes_document))
	{
		row->properties_is_null = false;
		row->document = row_document;
		row->document_arg = reader;
	}
	row->settle_actor = pls_reader_settle_actor;
	row->domain = row_domain;
	row->domain_arg = reader;
	return true;
}

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
	event.entity = pls_reader_entity(reader, model);
	if (event.entity == NULL)
		return;
	event.at = reader->at;
	event.seconds = row->at;
	event.matches = reader->matches;
	consumer(arg, &event);
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
	PlsRow		row;
	int			i;

	if (pls_reader_start_row(reader, slot, &row))
	{
		for (i = 0; i < reader->nmodels; i++)
			read_for(reader, i, &row, consumer, arg);
	}
	MemoryContextSwitchTo(caller);
	MemoryContextReset(reader->row_context);
}

/*
 * A slot for rows of the source's transition tables.
 */
static TupleTableSlot *
slot_for_rows(PlsEventReader *reader)
{
	MemoryContext caller;

	if (reader->rows_slot != NULL && reader->rows_load == reader->source->load)
		return reader->rows_slot;
	if (reader->rows_slot != NULL)
	{
		ExecDropSingleTupleTableSlot(reader->rows_slot);
		reader->rows_slot = NULL;
		FreeTupleDesc(reader->rows_desc);
	}
	caller = MemoryContextSwitchTo(reader->own_context);
	reader->rows_desc = CreateTupleDescCopyConstr(reader->desc);
	reader->rows_slot = MakeSingleTupleTableSlot(reader->rows_desc,
												 &TTSOpsMinimalTuple);
	reader->rows_load = reader->source->load;
	MemoryContextSwitchTo(caller);
	return reader->rows_slot;
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
	TupleTableSlot *slot = slot_for_rows(reader);

	tuplestore_select_read_pointer(rows,
								   tuplestore_alloc_read_pointer(rows,
																 EXEC_FLAG_REWIND));
	tuplestore_rescan(rows);
	while (tuplestore_gettupleslot(rows, true, false, slot))
	{
		CHECK_FOR_INTERRUPTS();
		pls_reader_row(reader, slot, consumer, arg);
	}
	Assert(TTS_EMPTY(slot));
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

static PlsEventReader *
make_reader(void)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "pls reader",
												  ALLOCSET_SMALL_SIZES);
	PlsEventReader *reader = MemoryContextAllocZero(context,
													sizeof(PlsEventReader));

	reader->own_context = context;
	reader->context = AllocSetContextCreate(context, "pls rows",
											ALLOCSET_DEFAULT_SIZES);
	reader->row_context = AllocSetContextCreate(context, "pls row",
												ALLOCSET_DEFAULT_SIZES);
	reader->unpin.func = unpin_models;
	reader->unpin.arg = reader;
	MemoryContextRegisterResetCallback(context, &reader->unpin);
	return reader;
}

/*
 * Room for at least so many elements in an array of a reader's.
 */
static void *
make_room(PlsEventReader *reader, void *array, int *room, int wanted,
		  Size size)
{
	if (array != NULL && *room >= wanted)
		return array;
	if (array != NULL)
		pfree(array);
	*room = Max(wanted, 1);
	return MemoryContextAlloc(reader->own_context, *room * size);
}

/*
 * Begin to read rows of a source.  identity looks up users and must live as
 * long; NULL: as the trigger does, see pls_reader_identity().  The models are
 * pinned: what is decided later may lead to another call that finds the source
 * changed.
 */
PlsEventReader *
pls_reader_begin(PlsSource *source, Relation relation, PlsIdentity *identity)
{
	PlsEventReader *reader = spare;

	if (reader == NULL)
		reader = make_reader();
	else
	{
		spare = NULL;
		MemoryContextSetParent(reader->own_context, CurrentMemoryContext);
	}
	reader->models = make_room(reader, reader->models, &reader->most_models,
							   source->nmodels, sizeof(PlsModel *));
	reader->matches = make_room(reader, reader->matches,
								&reader->most_matches, source->most_rules,
								sizeof(PlsMatch));
	reader->source = source;
	reader->desc = RelationGetDescr(relation);
	reader->identity = identity;
	reader->aliases_asked = false;
	for (; reader->nmodels < source->nmodels; reader->nmodels++)
	{
		PlsModel   *model = source->models[reader->nmodels];

		model->pins++;
		reader->models[reader->nmodels] = model;
	}
	return reader;
}

/*
 * The bytes of memory that the row at hand has taken, such as for properties
 * that were fetched or parsed; 0 if these are few.  Who may read only so much
 * asks for it before the row's memory is given back.
 */
int64
pls_reader_row_memory(const PlsEventReader *reader)
{
	int64		size = MemoryContextMemAllocated(reader->row_context, false);

	return size > ALLOCSET_DEFAULT_INITSIZE ? size : 0;
}

/*
 * End reading; frees all that lies in the reader's context.
 */
void
pls_reader_end(PlsEventReader *reader)
{
	if (reader->own_identity != NULL)
		pls_identity_end(reader->own_identity);
	reader->own_identity = NULL;
	if (spare != NULL)
	{
		MemoryContextDelete(reader->own_context);
		return;
	}
	unpin_models(reader);
	MemoryContextReset(reader->context);
	MemoryContextReset(reader->row_context);
	MemoryContextSetParent(reader->own_context, CacheMemoryContext);
	spare = reader;
}
