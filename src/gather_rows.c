/*-------------------------------------------------------------------------
 *
 * gather_rows.c
 *	  A rebuild's first half: the rows of the watched tables, read as the
 *	  trigger reads them, become records.
 *
 * A record says whose the row is and what of it is known only while it is at
 * hand: its event, instant and actor, and of rules that ask for its
 * properties whether it meets them and with what value.  What follows from
 * these is worked out in the second half (gather_entities.c), where most rows
 * turn out to be older than what their entity keeps.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "lib/qunique.h"
#include "storage/bufmgr.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "gather.h"

/* Entities of which an index may find the rows. */
#define FEW_ENTITIES 20

struct PlsWanted
{
	int			count;
	char	  **entities;
	HTAB	   *table;			/* NULL: few, which are compared */
};

typedef struct WantedEntity
{
	char		entity[PLS_MAX_ENTITY + 1]; /* hash key */
} WantedEntity;

/*
 * A row that was fetched some time before it is taken in.  Where memory is
 * slow the look-up of the entity takes longer than all else that is done with
 * a row; so it is begun early, for several rows at a time.
 */
typedef struct AwaitedRow
{
	TupleTableSlot *slot;
	PlsRowKey	key;
	bool		has_key;
	bool		is_found;
	PlsFoundEntity found;
} AwaitedRow;

/* Rows that are awaited at a time; a power of two. */
#define ROWS_AHEAD 16

/* How many times larger than pls.users a table is before which it is read. */
#define MUCH_LARGER 8

/* ---------- which entities ---------- */

/*
 * The entities of an array, each once, without NULLs.
 */
PlsWanted *
pls_wanted(ArrayType *entities)
{
	PlsWanted  *wanted = palloc0(sizeof(PlsWanted));
	Datum	   *values;
	bool	   *nulls;
	int			nvalues;
	int			i;

	deconstruct_array(entities, TEXTOID, -1, false, TYPALIGN_INT, &values,
					  &nulls, &nvalues);
	wanted->entities = palloc(Max(nvalues, 1) * sizeof(char *));
	for (i = 0; i < nvalues; i++)
	{
		if (!nulls[i] && !pls_is_longer(values[i], PLS_MAX_ENTITY))
			wanted->entities[wanted->count++] = TextDatumGetCString(values[i]);
	}
	qsort(wanted->entities, wanted->count, sizeof(char *), pg_qsort_strcmp);
	wanted->count = (int) qunique(wanted->entities, wanted->count,
								  sizeof(char *), pg_qsort_strcmp);
	if (wanted->count > FEW_ENTITIES)
	{
		HASHCTL		control;

		memset(&control, 0, sizeof(control));
		control.keysize = control.entrysize = sizeof(WantedEntity);
		control.hcxt = CurrentMemoryContext;
		wanted->table = hash_create("pls wanted entities", wanted->count,
									&control, HASH_ELEM | HASH_STRINGS |
									HASH_CONTEXT);
		for (i = 0; i < wanted->count; i++)
			(void) hash_search(wanted->table, wanted->entities[i],
							   HASH_ENTER, NULL);
	}
	return wanted;
}

/*
 * One of the entities by its number, from 0; NULL after the last.
 */
const char *
pls_wanted_entity(const PlsWanted *wanted, int number)
{
	return number < wanted->count ? wanted->entities[number] : NULL;
}

bool
pls_is_wanted(const PlsWanted *wanted, const char *entity)
{
	int			i;

	if (wanted->table != NULL)
		return hash_search(wanted->table, entity, HASH_FIND, NULL) != NULL;
	for (i = 0; i < wanted->count; i++)
		if (strcmp(wanted->entities[i], entity) == 0)
			return true;
	return false;
}

/*
 * The actors of a source that are these users; false if there is no such
 * column, or they are many.
 */
bool
pls_wanted_by_user(const PlsWanted *users, const PlsSource *source,
				   PlsColumnValues *values)
{
	values->column = &source->actor;
	values->nvalues = users->count;
	values->values = users->entities;
	values->nulls = false;
	return source->actor.number != 0 && users->table == NULL;
}

/*
 * The column whose values tell the rows of the wanted entities, and those
 * values; false if no column does.  Where an account may be found through the
 * user or the address as well, that is in rows without an account.
 */
static bool
wanted_values(const PlsGathering *gathering, const PlsSource *source,
			  PlsColumnValues *values)
{
	const PlsWanted *wanted = gathering->wanted;
	bool		by_user = gathering->model->unit_is_user;

	if (wanted == NULL || wanted->table != NULL)
		return false;
	if (by_user)
		return pls_wanted_by_user(wanted, source, values);
	values->column = &source->account;
	values->nulls = source->actor.number != 0 || source->email != 0;
	values->nvalues = wanted->count;
	values->values = wanted->entities;
	if (values->nulls && (values->column->type == TEXTOID ||
						  values->column->type == VARCHAROID))
	{
		/* an empty account is none, either */
		values->values = palloc((wanted->count + 1) * sizeof(char *));
		memcpy(values->values, wanted->entities,
			   wanted->count * sizeof(char *));
		values->values[values->nvalues++] = "";
	}
	return values->column->number != 0;
}

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
		if (*at++ && rule->amount == PLS_AMOUNT_VALUE)
		{
			memcpy(at, &value, sizeof(value));
			at += sizeof(value);
		}
	}
	return at - values;
}

/*
 * Write the record of a row.
 */
static void
write_record(PlsGathering *gathering, const PlsHashedText *entity,
			 const PlsEventRules *rules, const PlsRow *row,
			 TimestampTz at, const char *values, Size values_size)
{
	PlsRecord	record;
	char	   *room;

	record.length = entity->length;
	record.hash = entity->hash;
	record.event = rules->number;
	record.at = row->at;
	record.flags = (at > gathering->as_of ? PLS_RECORD_DUE : 0) |
		(row->actor_is_null ? 0 : PLS_RECORD_ACTOR);
	room = pls_spill_room(gathering->spill, pls_spill_partition(record.hash),
						  pls_record_head_size(record.flags) +
						  record.length + values_size);
	memcpy(room, &record, sizeof(record));
	room += sizeof(record);
	if (record.flags & PLS_RECORD_DUE)
	{
		TimestampTz due = pls_due_second(at);

		memcpy(room, &due, sizeof(due));
		room += sizeof(due);
	}
	if (record.flags & PLS_RECORD_ACTOR)
	{
		uint64		actor = pls_row_actor(row);

		memcpy(room, &actor, sizeof(actor));
		room += sizeof(actor);
	}
	memcpy(room, entity->text, record.length);
	if (values_size > 0)
		memcpy(room + record.length, values, values_size);
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
	PlsHashedText account = {account_id};
	PlsKnownEntity *entity;

	if (*account_id == '\0' || !pls_parse_number(user_id, &key.number))
		return true;
	hash_id(&account);
	entity = pls_known_by_id(gathering->known, &account);
	return entity != NULL &&
		pls_known_add_key(gathering->known, &key, entity, true);
}

/*
 * Have the users known that have an account, where that is less work than to
 * look each of them up: before a table is read that is much larger than
 * theirs, in which rows say whose they are by the number of a user.
 */
static void
know_users(PlsGathering *gathering, const PlsSource *source,
		   Relation relation)
{
	if (gathering->knows_users || gathering->wanted != NULL ||
		gathering->model->unit_is_user || source->account.number != 0 ||
		(source->actor.type != INT2OID && source->actor.type != INT4OID &&
		 source->actor.type != INT8OID))
		return;
	gathering->knows_users = true;
	pls_identity_each_user(gathering->identity,
						   RelationGetNumberOfBlocks(relation) / MUCH_LARGER,
						   know_user, gathering);
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
 * Whose the row at hand is; false if nobody's.  *entity is what is known of
 * it; NULL: there is no room to know more.
 */
static bool
find_entity(PlsGathering *gathering, PlsEventReader *reader,
			const AwaitedRow *row, PlsHashedText *id, PlsKnownEntity **entity)
{
	*entity = NULL;
	if (row->is_found && pls_known_is_of(&row->found, &row->key))
	{
		*entity = row->found.entity;
		if (*entity == NULL)
			return false;
		*id = pls_known_id(gathering->known, *entity);
		return true;
	}
	resolve_entity(gathering, reader, id);
	if (id->text != NULL)
		*entity = pls_known_by_id(gathering->known, id);
	if (row->has_key && (id->text == NULL || *entity != NULL))
		(void) pls_known_add_key(gathering->known, &row->key, *entity, false);
	return id->text != NULL;
}

/*
 * Take in one row.
 */
static void
gather_row(PlsGathering *gathering, PlsEventReader *reader,
		   const AwaitedRow *awaited, char *values)
{
	PlsModel   *model = gathering->model;
	const PlsEventRules *rules;
	Bitmapset  *outcomes = NULL;
	PlsHashedText id;
	PlsKnownEntity *entity;
	bool		any;
	bool		all = true;
	Size		size = 0;
	PlsRow		row;

	if (!pls_reader_start_row(reader, awaited->slot, &row))
		return;
	rules = pls_model_event(model, row.event, row.event_length,
							row.event_hash);
	if ((rules->nrules == 0 && rules->noutcomes == 0) ||
		!find_entity(gathering, reader, awaited, &id, &entity))
		return;
	/* what comes later is evidence of its own */
	if (reader->at > gathering->as_of)
		entity = NULL;
	if (entity != NULL && rules->noutcomes == 0 &&
		pls_known_has_passed(gathering->known, entity, rules->number, row.at))
		return;
	if (model->nexclusions > 0 && pls_row_is_excluded(model, &row))
		return;
	any = rules->nrules > rules->nconditional;
	if (rules->nconditional > 0)
		size = write_values(model, rules, &row, values, &any, &all);
	if (rules->noutcomes > 0)
		outcomes = pls_row_outcomes(model, rules, &row);
	if (any)
		write_record(gathering, &id, rules, &row, reader->at, values, size);
	if (entity != NULL && any && all)
		pls_known_note(gathering->known, entity, rules->number, &row);
	if (outcomes != NULL)
		put_outcomes(gathering, &id, outcomes, row.at);
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
 * Fetch a row; false if there is none.  Its columns are taken out at once: the
 * slot of a heap, which keeps the page, knows its row only until the next one
 * is fetched.  Slots of other access methods may keep less, and get a copy.
 */
static bool
fetch_row(PlsGathering *gathering, const PlsSource *source, PlsLeafScan *scan,
		  AwaitedRow *row)
{
	if (!pls_leaf_scan_next(scan, row->slot))
		return false;
	if (!TTS_IS_BUFFERTUPLE(row->slot))
		ExecMaterializeSlot(row->slot);
	slot_getsomeattrs(row->slot, source->last_column);
	row->has_key = pls_reader_key(source, gathering->model, row->slot,
								  &row->key);
	if (row->has_key)
		pls_known_prefetch(gathering->known, &row->key);
	return true;
}

static void
look_up(const PlsGathering *gathering, AwaitedRow *row)
{
	row->is_found = row->has_key &&
		pls_known_find(gathering->known, &row->key, &row->found);
}

/*
 * Take in all rows of a scan, in the order in which they are fetched.
 */
static void
gather_rows(PlsGathering *gathering, PlsEventReader *reader,
			PlsLeafScan *scan, AwaitedRow *rows)
{
	char	   *values = make_values(gathering);
	MemoryContext caller = MemoryContextSwitchTo(reader->row_context);
	uint64		fetched = 0;
	uint64		looked_up = 0;
	uint64		taken = 0;
	bool		more = true;

	do
	{
		if (more)
			more = fetch_row(gathering, reader->source, scan,
							 &rows[fetched % ROWS_AHEAD]);
		if (more)
			fetched++;
		if (looked_up < fetched &&
			(!more || fetched - looked_up > ROWS_AHEAD / 2))
			look_up(gathering, &rows[looked_up++ % ROWS_AHEAD]);
		if (taken < looked_up && (!more || fetched - taken == ROWS_AHEAD))
		{
			gather_row(gathering, reader, &rows[taken++ % ROWS_AHEAD], values);
			if (!reader->row_context->isReset)
				MemoryContextReset(reader->row_context);
		}
	} while (more || taken < fetched);
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
	PlsEventReader *reader;
	PlsColumnValues wanted;
	PlsLeafScan scan;
	AwaitedRow	rows[ROWS_AHEAD];
	MemoryContext caller;
	int			i;

	/* it was looked at when the table was locked */
	if (source->problem != NULL)
		elog(ERROR, "pls: table \"%s\" cannot be read: %s",
			 RelationGetRelationName(relation), source->problem);
	reader = pls_reader_begin(source, relation, gathering->identity);
	caller = MemoryContextSwitchTo(reader->context);
	know_users(gathering, source, relation);
	for (i = 0; i < ROWS_AHEAD; i++)
		rows[i].slot = table_slot_create(relation, NULL);
	pls_leaf_scan_begin(&scan, relation, gathering->snapshot, share,
						wanted_values(gathering, source, &wanted) ?
						&wanted : NULL);
	gather_rows(gathering, reader, &scan, rows);
	for (i = 0; i < ROWS_AHEAD; i++)
		ExecDropSingleTupleTableSlot(rows[i].slot);
	MemoryContextSwitchTo(caller);
	pls_leaf_scan_end(&scan);
	pls_reader_end(reader);
	table_close(relation, NoLock);
}
