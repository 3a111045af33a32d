/*-------------------------------------------------------------------------
 *
 * gather_rows.c
 *	  A rebuild's first half: the rows of the watched tables, read as the
 *	  trigger reads them, become records.
 *
 * A record says whose the row is and what of it is known only while it is at
 * hand: its event, instant and actor, and of rules that ask for its
 * properties whether it meets them and with what value.  What follows from
 * these is worked out in the second half (gather_entities.c).
 *
 * Most rows say nothing: others of their entity, which were read before, have
 * said it (gather_known.c).  A heap's rows are taken a page at a time, and
 * what tells that of a row is taken out of the page itself (heap_columns.c).
 * Only the others are looked at as a whole, in a slot, and that only if more
 * is asked of them than their event, instant and actor.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "storage/bufmgr.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "id_text.h"
#include "model/event_row.h"
#include "model/model.h"
#include "model/model_index.h"
#include "model/signal.h"
#include "rebuild/gather.h"
#include "rebuild/gather_known.h"
#include "rebuild/gather_marks.h"
#include "rebuild/heap_columns.h"
#include "rebuild/row_spill.h"
#include "rebuild/watched_table.h"
#include "state/identity.h"
#include "state/ignored.h"
#include "time/instant.h"
#include "trigger/column_values.h"
#include "trigger/event_reader.h"
#include "trigger/source.h"

/*
 * Rows that are looked at together.  Where memory is slow the look-up of an
 * entity takes longer than all else that is done with a row; so each of its
 * steps is begun some rows ahead of the next one.
 */
#define ROWS_AT_ONCE 64
#define ROWS_AHEAD 8

/*
 * A row whose key, instant and event are known.
 */
typedef struct ReadRow
{
	const PlsEventRules *rules;
	const PlsFoundEntity *found;	/* NULL: not known */
	TimestampTz instant;
	PlsSeconds	at;				/* the same */
	Datum		actor;			/* its hash, once the row is taken in */
	bool		actor_is_null;
	bool		has_key;
	int			number;			/* of the row among those of its page */
	PlsRowKey	key;
	PlsMarkPlace place;			/* once it is taken in, if it has been found */
} ReadRow;

/* A leaf that is being read. */
typedef struct Intake
{
	PlsGathering *gathering;
	PlsEventReader *reader;
	TupleTableSlot *slot;
	bool		needs_slot;		/* for every row that is not passed over */
	char	   *said;			/* room for what any row says to conditional
								 * rules */
	/* of rows that are read a page at a time */
	PlsHeapRows page;
	HeapTupleData tuple;		/* in the slot */
	PlsHeapColumns *columns;
	const PlsIdColumn *key_column;	/* whose number is the whole key, NULL:
									 * that depends */
	PlsKeyKind	key_kind;
	ReadRow		rows[ROWS_AT_ONCE];
} Intake;

/* How many times larger than pls.users a table is before which it is read. */
#define MUCH_LARGER 8

/* ---------- records ---------- */

/*
 * The most bytes that a record needs for the conditional rules of its event.
 */
Size
pls_record_values_size(const PlsModel *model, const PlsEventRules *rules)
{
	Size		size = 0;
	int			i;

	for (i = 0; i < rules->nrules; i++)
		if (pls_rule_is_conditional(&model->rules[rules->rules[i]]))
			size += 1 + sizeof(int128);
	return size;
}

/*
 * Write down what the row's properties say to the conditional rules: for each
 * a byte, and its value if there is one.  *any is set if it meets one, and
 * *all cleared if not all.
 */
static Size
write_values(const PlsModel *model, const PlsEventRules *rules, PlsRow *row,
			 char *values, bool *any, bool *all)
{
	char	   *at = values;
	int			i;

	for (i = 0; i < rules->nrules; i++)
	{
		const PlsPartRule *rule = &model->rules[rules->rules[i]];
		int128		value;

		if (!pls_rule_is_conditional(rule))
			continue;
		*at = pls_row_meets(row, rule, &value);
		*any |= *at;
		*all &= *at;
		if (*at++ && pls_rule_reads_property(rule))
		{
			memcpy(at, &value, sizeof(value));
			at += sizeof(value);
		}
	}
	return at - values;
}

/*
 * Tell how a record says whose it is: by a number, if the entity is known and
 * has got one.
 */
static void
tell_whose(PlsGathering *gathering, PlsKnownEntity *entity, int partition,
		   PlsRecord *record)
{
	record->entity = PLS_NO_NUMBER;
	record->flags |= PLS_RECORD_ENTITY;
	/* what is due later is kept as if it were another entity's */
	if (entity == NULL || (record->flags & PLS_RECORD_DUE) != 0)
		return;
	if (entity->number != PLS_NO_NUMBER)
		record->flags &= ~PLS_RECORD_ENTITY;
	else
		entity->number = gathering->nnumbered[partition]++;
	record->entity = entity->number;
}

/*
 * Write the record of a row.  entity: what is known of whose it is; NULL:
 * nothing.
 */
static void
write_record(PlsGathering *gathering, const PlsHashedText *id,
			 PlsKnownEntity *entity, const PlsEventRules *rules,
			 const PlsRow *row, TimestampTz at, PlsNews news, uint8 flags,
			 const char *values, Size values_size)
{
	int			partition = pls_spill_partition(id->hash);
	PlsRecord	record;
	Size		size;
	char	   *room;

	record.event = rules->number;
	record.at = row->at;
	record.flags = flags |
		(at > gathering->as_of ? PLS_RECORD_DUE : 0) |
		(gathering->every_row ? PLS_RECORD_FRACTION : 0) |
		(news == PLS_NEWS_UNMARKED ? PLS_RECORD_TOLD : 0) |
		(row->actor_is_null ? 0 : PLS_RECORD_ACTOR);
	tell_whose(gathering, entity, partition, &record);
	size = pls_record_entity_place(record.flags) + values_size;
	if (record.flags & PLS_RECORD_ENTITY)
		size += sizeof(PlsRecordEntity) + id->length;
	room = pls_spill_room(gathering->spill, partition, size);
	memcpy(room, &record, sizeof(record));
	room += sizeof(record);
	if (record.flags & PLS_RECORD_DUE)
	{
		TimestampTz due = pls_due_second(at);

		memcpy(room, &due, sizeof(due));
		room += sizeof(due);
	}
	if (record.flags & PLS_RECORD_FRACTION)
	{
		uint32		fraction = (uint32) (at - time_t_to_timestamptz((pg_time_t) row->at));

		memcpy(room, &fraction, sizeof(fraction));
		room += sizeof(fraction);
	}
	if (record.flags & PLS_RECORD_ACTOR)
	{
		uint64		actor = pls_row_actor(row);

		memcpy(room, &actor, sizeof(actor));
		room += sizeof(actor);
	}
	if (record.flags & PLS_RECORD_ENTITY)
	{
		PlsRecordEntity whose = {id->hash, id->length};

		memcpy(room, &whose, sizeof(whose));
		memcpy(room + sizeof(whose), id->text, id->length);
		room += sizeof(whose) + id->length;
	}
	if (values_size > 0)
		memcpy(room, values, values_size);
}

/*
 * Put the outcomes that a row shows into the result.
 */
static void
put_outcomes(PlsGathering *gathering, const PlsHashedText *entity,
			 const Bitmapset *outcomes, PlsSeconds at)
{
	int			number = -1;

	while ((number = bms_next_member(outcomes, number)) >= 0)
	{
		Datum		values[G_NCOLUMNS] = {0};
		bool		nulls[G_NCOLUMNS];

		memset(nulls, true, sizeof(nulls));
		nulls[G_ENTITY_ID] = nulls[G_SIGNAL] = nulls[G_AT] = false;
		values[G_ENTITY_ID] =
			PointerGetDatum(cstring_to_text_with_len(entity->text,
													 entity->length));
		values[G_SIGNAL] =
			CStringGetTextDatum(gathering->model->outcomes[number].signal);
		values[G_AT] =
			TimestampTzGetDatum(time_t_to_timestamptz((pg_time_t) at));
		gathering->put(gathering, values, nulls);
	}
}

/*
 * Whether one of these outcomes (NULL: none) is a conversion.
 */
static bool
shows_conversion(const PlsModel *model, const Bitmapset *outcomes)
{
	int			number = -1;

	while ((number = bms_next_member(outcomes, number)) >= 0)
		if (strcmp(model->outcomes[number].outcome, "conversion") == 0)
			return true;
	return false;
}

/*
 * Fill in the length and the hash of an id, whose text ends with a zero.
 */
static void
hash_id(PlsHashedText *id)
{
	id->length = (uint16) strlen(id->text);
	id->hash = hash_bytes((const unsigned char *) id->text, id->length);
}

/*
 * Have a user of pls.users known whose id is a whole number.
 */
static bool
know_user(void *arg, const char *user_id, const char *account_id)
{
	PlsGathering *gathering = arg;
	PlsRowKey	key = {PLS_USER_NUMBER};
	PlsHashedText account = {NULL};
	PlsKnownEntity *entity;

	gathering->knows_users = true;
	if (!pls_parse_number(user_id, &key.number))
		return true;
	account.text = pls_identity_of_account(gathering->identity, account_id);
	if (account.text == NULL || pls_id_is_ignored(user_id, strlen(user_id)))
		return true;
	hash_id(&account);
	entity = pls_known_by_id(gathering->known, &account);
	return entity != NULL &&
		pls_known_add_key(gathering->known, &key, entity, true);
}

/*
 * Have the users known that have an account, where that is less work than to
 * look each of them up: before a table is read that is much larger than
 * theirs, in which rows say whose they are by the number of a user.  A smaller
 * one, as an empty partition, leaves that to the next.
 */
static void
know_users(PlsGathering *gathering, const PlsSource *source,
		   Relation relation)
{
	bool		has_met;
	bool		all;

	if (gathering->knows_users || gathering->wanted != NULL ||
		gathering->model->unit_is_user || source->account.number != 0 ||
		!pls_is_whole_number(source->actor.type) ||
		pls_identity_has_aliases(gathering->identity, true))
		return;
	has_met = pls_known_has_users(gathering->known);
	all = pls_identity_each_user(gathering->identity,
								 RelationGetNumberOfBlocks(relation) /
								 MUCH_LARGER, know_user, gathering);
	/* of those met before only some of what they have may be known */
	gathering->knows_users |= all;
	gathering->knows_all_users = all && !has_met;
}

/*
 * Whose the row at hand is, by its columns; NULL for the text if it is
 * nobody's, or of nobody that is wanted.
 */
static void
resolve_entity(PlsGathering *gathering, PlsEventReader *reader,
			   PlsHashedText *id)
{
	id->text = pls_reader_entity(reader, gathering->model);
	if (id->text != NULL && gathering->wanted != NULL &&
		!pls_is_wanted(gathering->wanted, id->text))
		id->text = NULL;
	if (id->text == NULL)
		return;
	hash_id(id);
}

/*
 * Whose a row is; false if nobody's.  *entity is what is known of it; NULL:
 * there is no room to know more.  If it was not found by its key, the row must
 * be the reader's at hand.
 */
static bool
find_entity(PlsGathering *gathering, PlsEventReader *reader,
			const ReadRow *row, PlsHashedText *id, PlsKnownEntity **entity)
{
	*entity = NULL;
	if (row->found != NULL)
	{
		*entity = row->found->entity;
		if (*entity == NULL)
			return false;
		*id = pls_known_id(gathering->known, *entity);
		return true;
	}
	resolve_entity(gathering, reader, id);
	if (id->text != NULL)
		*entity = pls_known_by_id(gathering->known, id);
	/* as the user has no account it is the company of an address */
	if (*entity != NULL && row->has_key && gathering->knows_all_users &&
		pls_key_has_address(&row->key) &&
		pls_known_ends_address(id, &row->key.text))
		(*entity)->found.is_company = true;
	if (row->has_key && (id->text == NULL || *entity != NULL))
		(void) pls_known_add_key(gathering->known, &row->key, *entity, false);
	return id->text != NULL;
}

/*
 * What of a row that was read goes into a record, but for its properties.
 */
static inline void
plain_row(const ReadRow *read, PlsRow *row)
{
	row->at = read->at;
	pls_row_set_hashed_actor(row, read->actor_is_null,
							 DatumGetUInt64(read->actor));
}

/*
 * Make a row ready to be taken in.
 */
static inline void
ready_row(Intake *intake, ReadRow *read)
{
	PlsRow		row;

	pls_row_set_actor(&row, read->actor_is_null, read->actor,
					  &intake->reader->source->actor_hash);
	pls_reader_settle_actor(&row, intake->reader);
	read->actor_is_null = row.actor_is_null;
	read->actor = UInt64GetDatum(pls_row_actor(&row));
	if (read->found == NULL)
		return;
	plain_row(read, &row);
	pls_known_place(intake->gathering->known, &row, &read->place);
	pls_known_prefetch_marks(read->found->entity, &read->place);
}

/*
 * Take in a row that says only what the record of its event, instant and
 * actor does.
 */
static void
take_plain_row(Intake *intake, const ReadRow *read)
{
	PlsGathering *gathering = intake->gathering;
	PlsKnownEntity *entity = read->found->entity;
	PlsHashedText id = pls_known_id(gathering->known, entity);
	bool		is_ahead = read->instant > gathering->as_of;
	PlsNews		news = PLS_NEWS_ANY;
	PlsRow		row;

	plain_row(read, &row);
	/* what comes later is evidence of its own */
	if (!is_ahead)
		news = pls_known_news(gathering->known, entity, read->rules, row.at,
							  &read->place);
	if (news == PLS_NEWS_NONE)
		return;
	write_record(gathering, &id, entity, read->rules, &row, read->instant, news,
				 0, NULL, 0);
	if (!is_ahead)
		pls_known_note(gathering->known, entity, read->rules, &row,
					   &read->place);
}

/*
 * Take in the row in the slot, of which something says that it matters.
 */
static void
take_row(Intake *intake, const ReadRow *read, PlsRow *row)
{
	PlsGathering *gathering = intake->gathering;
	PlsModel   *model = gathering->model;
	const PlsEventRules *rules = read->rules;
	Bitmapset  *outcomes = NULL;
	PlsHashedText id;
	PlsKnownEntity *entity;
	PlsMarkPlace place;
	PlsNews		news = PLS_NEWS_ANY;
	bool		any;
	bool		all = true;
	Size		size = 0;

	pls_row_settle_actor(row);
	if (!find_entity(gathering, intake->reader, read, &id, &entity))
		return;
	/* what comes later is evidence of its own */
	if (read->instant > gathering->as_of)
		entity = NULL;
	if (entity != NULL)
	{
		pls_known_place(gathering->known, row, &place);
		news = pls_known_news(gathering->known, entity, rules, row->at,
							  &place);
	}
	if (news == PLS_NEWS_NONE && rules->noutcomes == 0)
		return;
	if (model->nexclusions > 0 && pls_row_is_excluded(model, row))
		return;
	any = rules->nrules > rules->nconditional && news != PLS_NEWS_NONE;
	if (rules->nconditional > 0 && news != PLS_NEWS_NONE)
		size = write_values(model, rules, row, intake->said, &any, &all);
	if (rules->noutcomes > 0)
		outcomes = pls_row_outcomes(model, rules, row);
	if (any || (gathering->every_row && shows_conversion(model, outcomes)))
		write_record(gathering, &id, entity, rules, row, read->instant, news,
					 shows_conversion(model, outcomes) ? PLS_RECORD_CONVERTS : 0,
					 intake->said, size);
	if (entity != NULL && any && all)
		pls_known_note(gathering->known, entity, rules, row, &place);
	if (outcomes != NULL && gathering->put != NULL)
		put_outcomes(gathering, &id, outcomes, row->at);
}

/*
 * Room for what any row says to conditional rules.
 */
static char *
make_values(const PlsGathering *gathering)
{
	Size		most = 0;
	int			i;

	for (i = 0; i < gathering->model->nevents; i++)
		most = Max(most, pls_record_values_size(gathering->model,
												gathering->events[i]));
	return palloc(Max(most, 1));
}

/*
 * Whether a row came after the instant of the past that is gathered.
 */
static inline bool
is_left_out(const PlsGathering *gathering, TimestampTz instant)
{
	return gathering->is_past && instant > gathering->as_of;
}

/* ---------- rows in a slot ---------- */

/*
 * Take in the row in the slot, of which nothing is known.
 */
static void
take_from_slot(Intake *intake)
{
	PlsEventReader *reader = intake->reader;
	PlsModel   *model = intake->gathering->model;
	PlsKnown   *known = intake->gathering->known;
	TupleTableSlot *slot = intake->slot;
	ReadRow		read;
	PlsRow		row;

	if (!pls_reader_start_row(reader, slot, &row) ||
		is_left_out(intake->gathering, reader->at))
		return;
	read.rules = pls_model_event(model, row.event, row.event_length,
								 row.event_hash);
	if (read.rules->nrules == 0 && read.rules->noutcomes == 0)
		return;
	read.instant = reader->at;
	read.found = NULL;
	read.has_key = pls_reader_key(reader->source, model, slot->tts_values,
								  slot->tts_isnull, &read.key);
	if (read.has_key)
		read.found = pls_known_find(known, &read.key);
	if (read.found != NULL && !pls_known_is_of(known, read.found, &read.key))
		read.found = NULL;
	take_row(intake, &read, &row);
}

static inline void
end_row(PlsEventReader *reader)
{
	if (!reader->row_context->isReset)
		MemoryContextReset(reader->row_context);
}

/* ---------- rows by page ---------- */

/*
 * The key of a row whose columns were read.
 */
static inline void
read_key(Intake *intake, ReadRow *read)
{
	const PlsHeapColumns *columns = intake->columns;
	const PlsIdColumn *column = intake->key_column;

	if (column == NULL || columns->nulls[column->number - 1])
	{
		read->has_key = pls_reader_key(intake->reader->source,
									   intake->gathering->model,
									   columns->values, columns->nulls,
									   &read->key);
		return;
	}
	read->key.kind = intake->key_kind;
	read->key.text.text = NULL;
	(void) pls_whole_number(column->type, columns->values[column->number - 1],
							&read->key.number);
	/* such an account is none, and whose the row is depends on more */
	read->has_key = intake->key_kind != PLS_ACCOUNT_NUMBER ||
		!pls_number_is_ignored(read->key.number);
}

static inline void
find_row(const PlsKnown *known, ReadRow *read)
{
	read->found = read->has_key ? pls_known_find(known, &read->key) : NULL;
}

/*
 * Read what tells whether a row of the page matters.  False if it does not,
 * or was taken in otherwise.
 */
static inline bool
read_row(Intake *intake, int number, ReadRow *read)
{
	const PlsSource *source = intake->reader->source;
	PlsModel   *model = intake->gathering->model;
	const Datum *values = intake->columns->values;
	const bool *nulls = intake->columns->nulls;
	PlsRow		row;

	pls_heap_row(&intake->page, number, &intake->tuple);
	if (unlikely(!pls_heap_columns_read(intake->columns,
										intake->tuple.t_data)))
	{
		ExecStoreBufferHeapTuple(&intake->tuple, intake->slot,
								 intake->page.buffer);
		take_from_slot(intake);
		end_row(intake->reader);
		return false;
	}
	if (!pls_source_instant(source, values, nulls, &read->instant, &read->at) ||
		is_left_out(intake->gathering, read->instant))
		return false;
	pls_source_event(source, &row, values, nulls);
	read->rules = pls_model_event(model, row.event, row.event_length,
								  row.event_hash);
	if (read->rules->nrules == 0 && read->rules->noutcomes == 0)
		return false;
	read->number = number;
	read->actor_is_null = true;
	if (source->actor.number != 0)
	{
		read->actor = values[source->actor.number - 1];
		read->actor_is_null = nulls[source->actor.number - 1];
	}
	read_key(intake, read);
	return true;
}

/*
 * Whether a row that was read says nothing, because of whom it is.
 */
static inline bool
is_passed_over(const Intake *intake, ReadRow *row)
{
	PlsKnown   *known = intake->gathering->known;

	if (row->found != NULL &&
		!pls_known_is_of(known, row->found, &row->key))
		row->found = NULL;
	if (row->found == NULL && row->has_key &&
		pls_key_has_address(&row->key) && intake->gathering->knows_all_users)
		row->found = pls_known_by_company(known, &row->key);
	if (row->found == NULL)
		return false;
	return row->found->entity == NULL ||
		(row->rules->noutcomes == 0 &&
		 pls_known_has_passed(known, row->found->entity, row->rules,
							  row->at));
}

/*
 * Read rows of the page, from number next on down, and look up whose they are.
 * Those that matter come to the front of rows, and are ready to be taken in;
 * their number is returned.
 */
static int
read_rows(Intake *intake, int *next)
{
	const PlsKnown *known = intake->gathering->known;
	ReadRow    *rows = intake->rows;
	int			nread = 0;
	int			nfound = 0;
	int			nleft = 0;
	int			i;

	while (*next >= 0 && nread < ROWS_AT_ONCE)
	{
		if (!read_row(intake, (*next)--, &rows[nread]))
			continue;
		if (rows[nread].has_key)
			pls_known_prefetch(known, &rows[nread].key);
		nread++;
		if (nread - nfound > ROWS_AHEAD)
			find_row(known, &rows[nfound++]);
	}
	while (nfound < nread)
		find_row(known, &rows[nfound++]);
	for (i = 0; i < nread; i++)
	{
		if (is_passed_over(intake, &rows[i]))
			continue;
		if (nleft < i)
			rows[nleft] = rows[i];
		ready_row(intake, &rows[nleft++]);
	}
	return nleft;
}

/*
 * Take in a row of the page that was not passed over.
 */
static void
take_read_row(Intake *intake, const ReadRow *read)
{
	PlsRow		row;

	if (read->found != NULL && !intake->needs_slot &&
		read->rules->nconditional == 0 && read->rules->noutcomes == 0)
	{
		take_plain_row(intake, read);
		return;
	}
	pls_heap_row(&intake->page, read->number, &intake->tuple);
	ExecStoreBufferHeapTuple(&intake->tuple, intake->slot,
							 intake->page.buffer);
	if (pls_reader_start_row(intake->reader, intake->slot, &row))
		take_row(intake, read, &row);
	end_row(intake->reader);
}

/*
 * Take in the rows of the page, the last one first.
 */
static void
take_page(Intake *intake)
{
	int			next = intake->page.count - 1;
	int			nread;
	int			i;

	while (next >= 0)
	{
		nread = read_rows(intake, &next);
		for (i = 0; i < nread; i++)
			take_read_row(intake, &intake->rows[i]);
		end_row(intake->reader);
	}
}

/*
 * Prepare to read what tells whether a row matters.
 */
static void
start_pages(Intake *intake)
{
	const PlsSource *source = intake->reader->source;
	bool		by_user = intake->gathering->model->unit_is_user;
	Bitmapset  *wanted = NULL;
	int			i;

	for (i = 0; i < source->nkey_columns; i++)
		wanted = bms_add_member(wanted, source->columns[i]);
	intake->columns = pls_heap_columns(intake->reader->desc, wanted);
	intake->key_column = &source->account;
	intake->key_kind = PLS_ACCOUNT_NUMBER;
	if (by_user || source->account.number == 0)
	{
		intake->key_column = &source->actor;
		intake->key_kind = PLS_USER_NUMBER;
	}
	if (intake->key_column->number == 0 ||
		!pls_is_whole_number(intake->key_column->type) ||
		(intake->key_kind == PLS_USER_NUMBER && !by_user &&
		 source->email != 0))
		intake->key_column = NULL;
}

/*
 * Take in all rows of a scan.
 */
static void
take_rows(Intake *intake, PlsLeafScan *scan)
{
	PlsEventReader *reader = intake->reader;
	MemoryContext caller;

	intake->said = make_values(intake->gathering);
	intake->needs_slot = intake->gathering->model->nexclusions > 0;
	start_pages(intake);
	caller = MemoryContextSwitchTo(reader->row_context);
	if (pls_leaf_scan_is_by_page(scan))
	{
		while (pls_leaf_scan_next_page(scan, intake->slot, &intake->page))
			take_page(intake);
	}
	else
	{
		while (pls_leaf_scan_next(scan, intake->slot))
		{
			take_from_slot(intake);
			end_row(reader);
		}
	}
	MemoryContextSwitchTo(caller);
}

/*
 * Read a leaf, or with others together this process's share of it.
 */
void
pls_gather_leaf(PlsGathering *gathering, const PlsLeaf *leaf,
				PlsLeafShare *share)
{
	Relation	relation = table_open(leaf->relid, AccessShareLock);
	PlsSource  *source = pls_source_find(leaf->source_id, leaf->relid);
	PlsColumnValues wanted;
	PlsLeafScan scan;
	Intake		intake;
	MemoryContext caller;

	/* it was looked at when the table was locked */
	if (source->problem != NULL)
		elog(ERROR, "pls: table \"%s\" cannot be read: %s",
			 RelationGetRelationName(relation), source->problem);
	intake.gathering = gathering;
	intake.reader = pls_reader_begin(source, relation, gathering->identity);
	caller = MemoryContextSwitchTo(intake.reader->context);
	know_users(gathering, source, relation);
	intake.slot = table_slot_create(relation, NULL);
	pls_leaf_scan_begin(&scan, relation, gathering->snapshot, share,
						pls_wanted_values(gathering, source, relation,
										  &wanted) ?
						&wanted : NULL);
	take_rows(&intake, &scan);
	ExecDropSingleTupleTableSlot(intake.slot);
	MemoryContextSwitchTo(caller);
	pls_leaf_scan_end(&scan);
	pls_reader_end(intake.reader);
	table_close(relation, NoLock);
}
