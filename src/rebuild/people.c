/*-------------------------------------------------------------------------
 *
 * people.c
 *	  Who did the events of accounts and users.
 *
 * pls.people() and the sweep, which names a person to talk to on an alert,
 * ask for it (sql/60_alerts/70_people.sql).  The events are read as the
 * trigger reads them, through the table access method: no code of a watched
 * table's owner is run.
 *
 * An index on the column that tells the entity is used if there is one, its
 * last entries first.  Without one only the end of each table is read, where
 * the newest rows mostly are: somebody waits for the answer, and it need not
 * be exact.  The number of rows, blocks and people is limited in either case, and
 * how much is read of properties that are large.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/table.h"
#include "access/tableam.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "model/event_row.h"
#include "model/model.h"
#include "model/signal.h"
#include "owner.h"
#include "pls_compat.h"
#include "rebuild/gather.h"
#include "rebuild/watched_table.h"
#include "state/address.h"
#include "statement.h"
#include "trigger/event_reader.h"
#include "trigger/source.h"

#define MOST_ROWS	100000		/* that an index finds */
#define MOST_BLOCKS ((BlockNumber) 4096)	/* that are read without one */
#define MOST_PEOPLE 10000
#define MOST_BYTES	((int64) 128 * 1024 * 1024) /* of large properties */

/* Columns of pls_internal.people_in_events(). */
enum
{
	P_ENTITY_ID, P_USER_ID, P_EMAIL, P_ACTIVE_SINCE, P_LAST_SEEN, P_EVENTS,
	P_SIGNALS, P_NCOLUMNS
};

typedef struct Person
{
	const char *key;			/* hash key: entity and user_id */
	uint32		hash;
	char		status;
	char	   *entity;
	char	   *user_id;
	char	   *email;			/* of the newest event that has one; or NULL */
	TimestampTz email_at;
	TimestampTz active_since;
	TimestampTz last_seen;
	int64		events;
	Bitmapset  *signals;		/* their numbers among those that count */
} Person;

#define SH_PREFIX persontable
#define SH_ELEMENT_TYPE Person
#define SH_KEY_TYPE const char *
#define SH_KEY key
#define SH_HASH_KEY(table, key) hash_bytes((const unsigned char *) (key), strlen(key))
#define SH_EQUAL(table, a, b) (strcmp(a, b) == 0)
#define SH_STORE_HASH
#define SH_GET_HASH(table, entry) (entry)->hash
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

typedef struct Search
{
	MemoryContext context;
	persontable_hash *people;
	const char *motion;
	PlsWanted  *entities;
	PlsWanted  *signals;		/* that count */
	TimestampTz since;
	TimestampTz until;
	Snapshot	snapshot;
	int64		rows;			/* that may still be read */
	BlockNumber blocks;
	int64		bytes;
	/* the leaf at hand */
	PlsEventReader *reader;
	PlsModel   *model;
	int		   *numbers;		/* of the model's signals among those that
								 * count; -1: it does not */
} Search;

/* ---------- rows ---------- */

/*
 * An address as it stands for a person, in its normal form, so that two ways
 * to write it are one; NULL if it is none.
 */
static const char *
person_address(const char *email)
{
	if (email == NULL || strchr(email, '@') == NULL)
		return NULL;
	email = pls_normal_user(email);
	return *email == '\0' ? NULL : email;
}

/*
 * The signals that count which a row is an event of.
 */
static Bitmapset *
row_signals(Search *search, PlsRow *row)
{
	PlsModel   *model = search->model;
	Bitmapset  *signals = NULL;
	int			nmatches = pls_match_row(model, row, search->reader->matches,
										 NULL);
	int			i;
	int			j;

	for (i = 0; i < nmatches; i++)
		for (j = 0; j < model->nsignals; j++)
			if (search->numbers[j] >= 0 &&
				model->signals[j].part == search->reader->matches[i].rule)
				signals = bms_add_member(signals, search->numbers[j]);
	return signals;
}

/*
 * The person of an entity; NULL if there is no room for one more.
 */
static Person *
find_person(Search *search, const char *entity, const char *user_id)
{
	char	   *key = psprintf("%zu %s %s", strlen(entity), entity, user_id);
	MemoryContext caller;
	Person	   *person = persontable_lookup(search->people, key);
	bool		found;

	if (person != NULL || search->people->members >= MOST_PEOPLE)
		return person;
	caller = MemoryContextSwitchTo(search->context);
	person = persontable_insert(search->people, pstrdup(key), &found);
	person->entity = pstrdup(entity);
	person->user_id = pstrdup(user_id);
	person->email = NULL;
	person->events = 0;
	person->signals = NULL;
	MemoryContextSwitchTo(caller);
	return person;
}

/*
 * Note what the row at hand says of a person.
 */
static void
note_person(Search *search, Person *person, const char *email,
			const Bitmapset *signals)
{
	TimestampTz at = search->reader->at;
	MemoryContext caller = MemoryContextSwitchTo(search->context);

	if (person->events == 0 || at < person->active_since)
		person->active_since = at;
	if (person->events == 0 || at > person->last_seen)
		person->last_seen = at;
	if (email != NULL && (person->email == NULL || at > person->email_at))
	{
		if (person->email != NULL)
			pfree(person->email);
		person->email = pstrdup(email);
		person->email_at = at;
	}
	person->events++;
	person->signals = bms_add_members(person->signals, signals);
	MemoryContextSwitchTo(caller);
}

/*
 * Look at the row in a slot.
 */
static void
read_row(Search *search, TupleTableSlot *slot)
{
	PlsEventReader *reader = search->reader;
	PlsRow		row;
	Bitmapset  *signals;
	const char *entity;
	const char *email;
	const char *user_id;
	Person	   *person;

	if (!pls_reader_start_row(reader, slot, &row) ||
		reader->at < search->since || reader->at > search->until)
		return;
	signals = row_signals(search, &row);
	if (signals == NULL)
		return;
	entity = pls_reader_entity(reader, search->model);
	if (entity == NULL || !pls_is_wanted(search->entities, entity))
		return;
	email = person_address(pls_reader_email(reader));
	user_id = pls_reader_user(reader);
	if (user_id == NULL)
		user_id = email;
	if (user_id == NULL)
		return;
	person = find_person(search, entity, user_id);
	if (person != NULL)
		note_person(search, person, email, signals);
}

/*
 * The same, in memory that is given back.
 */
static void
take_row(Search *search, TupleTableSlot *slot)
{
	MemoryContext caller = MemoryContextSwitchTo(search->reader->row_context);

	CHECK_FOR_INTERRUPTS();
	read_row(search, slot);
	MemoryContextSwitchTo(caller);
	search->bytes -= pls_reader_row_memory(search->reader);
	MemoryContextReset(search->reader->row_context);
}

/* ---------- tables ---------- */

/*
 * Read rows of a leaf that an index finds; false if there is none that can.
 */
static bool
read_by_index(Search *search, Relation relation, TupleTableSlot *slot)
{
	PlsGathering gathering = {.model = search->model,.wanted = search->entities,
	.identity = pls_reader_identity(search->reader)};
	PlsColumnValues wanted;
	PlsLeafScan scan;
	bool		by_index;

	if (!pls_wanted_values(&gathering, search->reader->source, relation,
						   &wanted))
		return false;
	pls_leaf_scan_begin(&scan, relation, search->snapshot, NULL, &wanted);
	scan.last_first = true;
	by_index = scan.index_scan != NULL;
	while (by_index && search->rows > 0 && search->bytes > 0 &&
		   pls_leaf_scan_next(&scan, slot))
	{
		search->rows--;
		take_row(search, slot);
	}
	pls_leaf_scan_end(&scan);
	return by_index;
}

/*
 * Read the end of a leaf.
 */
static void
read_end(Search *search, Relation relation, TupleTableSlot *slot)
{
	bool		is_heap = relation->rd_tableam == GetHeapamTableAmRoutine();
	BlockNumber nblocks = RelationGetNumberOfBlocks(relation);
	BlockNumber count = Min(nblocks, search->blocks);
	TableScanDesc scan;

	if (count == 0)
		return;
	search->blocks -= count;
	scan = table_beginscan_strat(relation, search->snapshot, 0, NULL, true,
								 false);
	if (is_heap)
		heap_setscanlimits(scan, nblocks - count, count);
	while ((is_heap || search->rows-- > 0) && search->bytes > 0 &&
		   table_scan_getnextslot(scan, is_heap ? BackwardScanDirection :
								  ForwardScanDirection, slot))
		take_row(search, slot);
	table_endscan(scan);
}

/*
 * The model of the motion, as the reader has it; NULL if the motion does not
 * observe the source, as a draft.
 */
static PlsModel *
find_model(Search *search)
{
	PlsEventReader *reader = search->reader;
	int			i;

	for (i = 0; i < reader->nmodels; i++)
		if (strcmp(reader->models[i]->motion, search->motion) == 0)
			return reader->models[i];
	return NULL;
}

/*
 * The numbers of the model's signals among those that count.
 */
static int *
number_signals(Search *search)
{
	PlsModel   *model = search->model;
	int		   *numbers = palloc(Max(model->nsignals, 1) * sizeof(int));
	const char *name;
	int			i;
	int			j;

	for (i = 0; i < model->nsignals; i++)
	{
		numbers[i] = -1;
		for (j = 0; (name = pls_wanted_entity(search->signals, j)) != NULL; j++)
			if (strcmp(name, model->signals[i].name) == 0)
				numbers[i] = j;
	}
	return numbers;
}

static void
read_leaf(Search *search, const PlsLeaf *leaf)
{
	Relation	relation = table_open(leaf->relid, AccessShareLock);
	PlsSource  *source = pls_source_find(leaf->source_id, leaf->relid);
	TupleTableSlot *slot = table_slot_create(relation, NULL);

	search->reader = pls_reader_begin(source, relation, NULL);
	search->model = find_model(search);
	if (search->model != NULL)
	{
		search->numbers = number_signals(search);
		if (!read_by_index(search, relation, slot))
			read_end(search, relation, slot);
	}
	pls_reader_end(search->reader);
	ExecDropSingleTupleTableSlot(slot);
	table_close(relation, NoLock);
}

/* ---------- the functions ---------- */

static ArrayType *
signal_names(Search *search, const Bitmapset *numbers)
{
	Datum	   *names = palloc(bms_num_members(numbers) * sizeof(Datum));
	int			count = 0;
	int			number = -1;

	while ((number = bms_next_member(numbers, number)) >= 0)
		names[count++] = CStringGetTextDatum(pls_wanted_entity(search->signals,
															   number));
	return construct_array(names, count, TEXTOID, -1, false, TYPALIGN_INT);
}

static void
put_person(Search *search, const Person *person, ReturnSetInfo *result)
{
	Datum		values[P_NCOLUMNS] = {0};
	bool		nulls[P_NCOLUMNS] = {0};

	values[P_ENTITY_ID] = CStringGetTextDatum(person->entity);
	values[P_USER_ID] = CStringGetTextDatum(person->user_id);
	nulls[P_EMAIL] = person->email == NULL;
	if (person->email != NULL)
		values[P_EMAIL] = CStringGetTextDatum(person->email);
	values[P_ACTIVE_SINCE] = TimestampTzGetDatum(person->active_since);
	values[P_LAST_SEEN] = TimestampTzGetDatum(person->last_seen);
	values[P_EVENTS] = Int64GetDatum(person->events);
	values[P_SIGNALS] = PointerGetDatum(signal_names(search, person->signals));
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

PG_FUNCTION_INFO_V1(pls_people_in_events);

/*
 * pls_internal.people_in_events(motion, entities, signals, since, until): see
 * its comment in sql/60_alerts/70_people.sql.
 *
 * Errors: 55000 if no watched table can be read.
 */
Datum
pls_people_in_events(PG_FUNCTION_ARGS)
{
	Search		search = {0};
	PlsLeaf    *leaves;
	int			nleaves;
	persontable_iterator iterator;
	Person	   *person;

	InitMaterializedSRF(fcinfo, 0);
	search.context = CurrentMemoryContext;
	search.people = persontable_create(search.context, 64, NULL);
	search.motion = text_to_cstring(PG_GETARG_TEXT_PP(0));
	search.entities = pls_wanted(PG_GETARG_ARRAYTYPE_P(1));
	search.signals = pls_wanted(PG_GETARG_ARRAYTYPE_P(2));
	search.since = PG_GETARG_TIMESTAMPTZ(3);
	search.until = PG_GETARG_TIMESTAMPTZ(4);
	search.rows = MOST_ROWS;
	search.blocks = MOST_BLOCKS;
	search.bytes = MOST_BYTES;
	nleaves = pls_motion_leaves(search.motion, &leaves);
	search.snapshot = pls_leaves_snapshot();
	/* partitions that were made last come first */
	while (nleaves > 0)
		read_leaf(&search, &leaves[--nleaves]);
	UnregisterSnapshot(search.snapshot);
	persontable_start_iterate(search.people, &iterator);
	while ((person = persontable_iterate(search.people, &iterator)) != NULL)
		put_person(&search, person, (ReturnSetInfo *) fcinfo->resultinfo);
	return (Datum) 0;
}

/*
 * What the caller may see of the people of an entity: signals, and whether
 * addresses.  Asked with the caller's own rights.
 */
static void
ask_what_is_shown(Datum motion, Datum entity, Datum *signals,
				  Datum *addresses)
{
	const char *query = "SELECT s.signals, s.addresses"
	" FROM pls_internal.people_shown($1, $2) s";
	Oid			types[2] = {TEXTOID, TEXTOID};
	Datum		values[2] = {motion, entity};

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	pls_query_run(query, 2, types, values, NULL, true);
	pls_result_is_one_row(query);
	*signals = SPI_datumTransfer(pls_result_not_null(0, 1), false, -1);
	*addresses = pls_result_not_null(0, 2);
	if (SPI_finish() != SPI_OK_FINISH)
		elog(ERROR, "SPI_finish failed");
}

PG_FUNCTION_INFO_V1(pls_people_of_entity);

/*
 * pls_internal.people_of_entity(motion, entity_id): see its comment in
 * sql/60_alerts/70_people.sql.  Whoever may see an alert need have no rights
 * on watched tables and users: once that is clear the rest is done as the
 * extension's owner, as beneath an INSERT into a watched table.
 *
 * Errors: 42501 if the caller sees no alert about the entity, and those of
 * pls_internal.people_in_events().
 */
Datum
pls_people_of_entity(PG_FUNCTION_ARGS)
{
	const char *query = "SELECT p.user_id, p.email, p.role, p.active_since,"
	" p.last_seen, p.events, p.signals_done"
	" FROM pls_internal.people_known($1, $2, $3, $4) p";
	Oid			types[4] = {TEXTOID, TEXTOID, TEXTARRAYOID, BOOLOID};
	Datum		values[4] = {PG_GETARG_DATUM(0), PG_GETARG_DATUM(1)};
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	PlsOwnerScope scope;
	uint64		i;

	InitMaterializedSRF(fcinfo, 0);
	ask_what_is_shown(values[0], values[1], &values[2], &values[3]);
	pls_owner_begin(&scope);
	pls_query_run(query, 4, types, values, NULL, false);
	for (i = 0; i < SPI_processed; i++)
		tuplestore_puttuple(result->setResult, SPI_tuptable->vals[i]);
	pls_owner_end(&scope);
	return (Datum) 0;
}
