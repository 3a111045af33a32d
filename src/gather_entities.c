/*-------------------------------------------------------------------------
 *
 * gather_entities.c
 *	  A rebuild's second half: the records of an entity become its evidence.
 *
 * The entities of one partition are put together at a time, which keeps what
 * is worked on small and near.  If they still take more memory than they may,
 * what was made is thrown away and the partition is read several times, for
 * one range of the hash after the other.
 *
 * Records come the newest first, as far as the table has them in order.  So
 * most find that their part has no place for anything as old, which is asked
 * before anything about them is worked out.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <limits.h>

#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "gather.h"

#define CHECK_RECORDS	4096	/* how often memory is looked at */
#define PARTITION_BITS	6		/* of the hash, spent on partitions */
#define MAX_RANGE_BITS	(32 - PARTITION_BITS)

/* An entity and what is known of it up to as_of, or due at one instant. */
typedef struct EntityKey
{
	uint32		hash;
	uint16		length;
	TimestampTz due;
	const char *id;				/* not terminated */
} EntityKey;

typedef struct Entity
{
	EntityKey	key;
	char		status;
	PlsSeconds	newest;
	PlsEvidence *evidence;
} Entity;

static inline bool
same_entity(const EntityKey *a, const EntityKey *b)
{
	return a->hash == b->hash && a->length == b->length &&
		a->due == b->due && memcmp(a->id, b->id, a->length) == 0;
}

#define SH_PREFIX entitytable
#define SH_ELEMENT_TYPE Entity
#define SH_KEY_TYPE EntityKey
#define SH_KEY key
#define SH_HASH_KEY(table, key) ((key).hash ^ (uint32) ((key).due >> 20))
#define SH_EQUAL(table, a, b) same_entity(&(a), &(b))
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

/* Entities whose hash lies in one range. */
typedef struct Range
{
	PlsGathering *gathering;
	int			bits;			/* below those of the partition ... */
	uint32		value;			/* ... that are these */
	MemoryContext context;
	entitytable_hash *entities;
	int			records;		/* since memory was looked at */
	/* records at hand, in the order in which they were written */
	int			capacity;
	const char **places;
} Range;

static bool
is_in_range(const Range *range, uint32 hash)
{
	return range->bits == 0 ||
		(hash << PARTITION_BITS) >> (32 - range->bits) == range->value;
}

static Entity *
find_entity(Range *range, const PlsRecord *record, const char *id)
{
	EntityKey	key = {record->hash, record->length, record->due, id};
	Entity	   *entity;
	bool		found;

	entity = entitytable_insert(range->entities, key, &found);
	if (found)
		return entity;
	entity->key.id = memcpy(MemoryContextAlloc(range->context,
											   Max(record->length, 1)),
							id, record->length);
	entity->newest = PG_INT64_MIN;
	entity->evidence = pls_model_evidence(range->context,
										  range->gathering->model);
	return entity;
}

/*
 * Add what a record says to a rule.  False if it says nothing.  *values is
 * where what the row said to conditional rules is read.
 */
static bool
add_to_part(Range *range, Entity *entity, int number, PlsRow *row,
			const char **values)
{
	PlsModel   *model = range->gathering->model;
	const PlsPartRule *rule = &model->rules[number];
	PlsPart    *part = &entity->evidence->parts[number];
	PlsSeconds	cell = pls_rule_cell(rule, row->at);
	int128		amount;

	if (pls_rule_is_conditional(rule))
	{
		bool		met = *(*values)++;

		if (met && rule->amount == PLS_AMOUNT_VALUE)
		{
			memcpy(&amount, *values, sizeof(amount));
			*values += sizeof(amount);
		}
		if (!met)
			return false;
	}
	if (!pls_part_wants(part, cell))
		return true;
	if (rule->amount != PLS_AMOUNT_VALUE &&
		!pls_row_amount(model, row, rule, &amount))
		return false;
	pls_part_add(range->context, part, cell, amount);
	return true;
}

/*
 * The row that a record was made of, as far as it is asked for now.
 */
static void
restore_row(PlsRow *row, const PlsRecord *record, const PlsEventRules *rules,
			const char *place)
{
	static const PlsActorHash hashed = {InvalidOid};
	uint64		actor;

	memcpy(&actor, place, sizeof(actor));
	row->event = rules->event ? rules->event : "";
	row->event_length = rules->length;
	row->event_hash = rules->hash;
	row->at = record->at;
	row->actor_is_null = !record->has_actor;
	row->actor = UInt64GetDatum(actor);
	row->actor_hash = &hashed;
	row->domain = NULL;
	row->properties_is_null = true;
	row->detoasted = NULL;
}

static void
take_record(Range *range, const char *place)
{
	const PlsEventRules *rules;
	PlsRecord	record;
	Entity	   *entity;
	PlsRow		row;
	const char *values;
	bool		any = false;
	int			i;

	memcpy(&record, place, sizeof(record));
	if (!is_in_range(range, record.hash))
		return;
	place += sizeof(record);
	rules = range->gathering->events[record.event];
	restore_row(&row, &record, rules, place);
	place += sizeof(uint64);
	entity = find_entity(range, &record, place);
	values = place + record.length;
	for (i = 0; i < rules->nrules; i++)
		any |= add_to_part(range, entity, rules->rules[i], &row, &values);
	if (any)
		entity->newest = Max(entity->newest, record.at);
}

/*
 * The bytes that a record takes.
 */
static Size
record_size(const PlsGathering *gathering, const char *place)
{
	const PlsModel *model = gathering->model;
	const PlsEventRules *rules;
	PlsRecord	record;
	const char *values;
	int			i;

	memcpy(&record, place, sizeof(record));
	rules = gathering->events[record.event];
	values = place + sizeof(record) + sizeof(uint64) + record.length;
	for (i = 0; i < rules->nrules && rules->is_conditional; i++)
	{
		const PlsPartRule *rule = &model->rules[rules->rules[i]];

		if (pls_rule_is_conditional(rule) && *values++ &&
			rule->amount == PLS_AMOUNT_VALUE)
			values += sizeof(int128);
	}
	return values - place;
}

/*
 * Take the records of a chunk, the last one first.
 */
static void
take_chunk(Range *range, const char *records, Size size)
{
	const char *end = records + size;
	int			count = 0;

	while (records < end)
	{
		if (count == range->capacity)
		{
			range->capacity *= 2;
			range->places = repalloc(range->places, range->capacity *
									 sizeof(char *));
		}
		range->places[count++] = records;
		records += record_size(range->gathering, records);
	}
	range->records += count;
	while (count > 0)
		take_record(range, range->places[--count]);
}

/*
 * Whether the entities take more memory than they may and can be split.
 */
static bool
is_too_large(Range *range)
{
	if (range->bits == MAX_RANGE_BITS || range->records < CHECK_RECORDS)
		return false;
	range->records = 0;
	return MemoryContextMemAllocated(range->context,
									 true) > range->gathering->memory;
}

/*
 * Put an entity into the result, unless its rows meant nothing after all.
 */
static void
put_entity(PlsGathering *gathering, const Entity *entity)
{
	Datum		values[G_NCOLUMNS] = {0};
	bool		nulls[G_NCOLUMNS];

	if (entity->newest == PG_INT64_MIN)
		return;
	memset(nulls, true, sizeof(nulls));
	nulls[G_ENTITY_ID] = nulls[G_EVIDENCE] = nulls[G_NEWEST] = false;
	values[G_ENTITY_ID] =
		PointerGetDatum(cstring_to_text_with_len(entity->key.id,
												 entity->key.length));
	nulls[G_DUE] = TIMESTAMP_IS_NOBEGIN(entity->key.due);
	values[G_DUE] = TimestampTzGetDatum(entity->key.due);
	values[G_EVIDENCE] = pls_evidence_to_datum(entity->evidence);
	values[G_NEWEST] =
		TimestampTzGetDatum(time_t_to_timestamptz((pg_time_t) entity->newest));
	gathering->put(gathering, values, nulls);
}

static void
put_entities(Range *range)
{
	MemoryContext row_context = AllocSetContextCreate(range->context,
													  "pls gathered row",
													  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(row_context);
	entitytable_iterator iterator;
	Entity	   *entity;

	entitytable_start_iterate(range->entities, &iterator);
	while ((entity = entitytable_iterate(range->entities, &iterator)) != NULL)
	{
		CHECK_FOR_INTERRUPTS();
		put_entity(range->gathering, entity);
		MemoryContextReset(row_context);
	}
	MemoryContextSwitchTo(caller);
}

/*
 * Read all records of a range.  False if they are too many.
 */
static bool
read_range(Range *range, int partition, PlsRowSpill **spills, int nspills)
{
	const char *records;
	Size		size;
	int			chunk;
	int			i;

	for (i = 0; i < nspills; i++)
	{
		chunk = INT_MAX;
		while ((chunk = pls_spill_next(spills[i], partition, chunk, &records,
									   &size)) >= 0)
		{
			CHECK_FOR_INTERRUPTS();
			take_chunk(range, records, size);
			if (is_too_large(range))
				return false;
		}
	}
	return true;
}

static void
gather_range(PlsGathering *gathering, int partition, PlsRowSpill **spills,
			 int nspills, int bits, uint32 value)
{
	Range		range = {gathering, bits, value};
	MemoryContext caller;
	bool		complete;

	range.context = AllocSetContextCreate(gathering->context, "pls entities",
										  ALLOCSET_DEFAULT_SIZES);
	caller = MemoryContextSwitchTo(range.context);
	range.entities = entitytable_create(range.context, 256, NULL);
	range.capacity = 256;
	range.places = palloc(range.capacity * sizeof(char *));
	complete = read_range(&range, partition, spills, nspills);
	if (complete)
		put_entities(&range);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(range.context);
	if (complete)
		return;
	gather_range(gathering, partition, spills, nspills, bits + 1, value * 2);
	gather_range(gathering, partition, spills, nspills, bits + 1,
				 value * 2 + 1);
}

/*
 * Put together the entities of a partition, from the records in these spills,
 * and put them into the result.
 */
void
pls_gather_partition(PlsGathering *gathering, int partition,
					 PlsRowSpill **spills, int nspills)
{
	gather_range(gathering, partition, spills, nspills, 0, 0);
}
