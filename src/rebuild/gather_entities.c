/*-------------------------------------------------------------------------
 *
 * gather_entities.c
 *	  A rebuild's second half: the records of an entity become its evidence.
 *
 * The entities of one partition are put together at a time.  If they take
 * more memory than they may, what was made is thrown away and the partition
 * is read several times, for one range of the hash after the other.
 *
 * Of many rows at a time it is first told whose they are; then those of one
 * entity are taken together, so that its evidence is worked on where it is
 * near.  They are taken the newest first, as they were read (watched_table.c):
 * most then find that their part has no place for anything as old, which is
 * asked before anything about them is worked out.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "evidence/evidence.h"
#include "evidence/model_evidence.h"
#include "evidence/score.h"
#include "model/event_row.h"
#include "model/model.h"
#include "model/signal.h"
#include "rebuild/gather.h"
#include "rebuild/gather_records.h"
#include "rebuild/row_spill.h"
#include "state/identity.h"
#include "state/standing_rebuild.h"
#include "time/instant.h"

#define MOST_CHUNKS		32		/* read before entities are worked on */
#define AHEAD			8		/* records that are fetched from memory early */

typedef struct Entity
{
	PlsEntityKey key;
	PlsSeconds	newest;
	PlsEvidence *evidence;
	int			nrecords;		/* of the batch at hand */
} Entity;

/* A record of the batch at hand. */
typedef struct Record
{
	const char *place;
	int			entity;			/* number; -1: not of the range */
} Record;

/* Entities whose hash lies in one range. */
typedef struct Range
{
	PlsGathering *gathering;
	PlsEntityRange of;
	MemoryContext context;		/* of entities */
	MemoryContext batch_context;
	int			entity_capacity;
	Entity	   *entities;
	/* the batch at hand */
	int			nchunks;
	int			most_chunks;
	char	   *chunks;
	int			nrecords;
	int			capacity;		/* of records and places */
	Record	   *records;		/* as they are to be taken */
	const char **places;		/* the same, entity by entity */
	int		   *next;			/* of each entity: where its next one goes */
} Range;

/*
 * Enter the entity that was numbered last.
 */
static void
enter_entity(Range *range, const PlsEntityKey *key)
{
	Entity	   *entity;

	if (range->of.nentities > range->entity_capacity)
	{
		range->entity_capacity *= 2;
		range->entities = repalloc_huge(range->entities,
										range->entity_capacity *
										sizeof(Entity));
		range->next = repalloc_huge(range->next, range->entity_capacity *
									sizeof(int));
	}
	entity = &range->entities[range->of.nentities - 1];
	entity->key = *key;
	entity->newest = PG_INT64_MIN;
	entity->evidence = pls_model_evidence(range->context,
										  range->gathering->model);
	entity->nrecords = 0;
}

/*
 * Whose a record is, entered if it is its first; -1: of none in the range.
 */
static int
entity_of(Range *range, const PlsRecord *record, const char *place)
{
	const PlsEntityKey *key = NULL;
	int			entity = pls_range_entity(&range->of, record, place, &key);

	if (key != NULL)
		enter_entity(range, key);
	return entity;
}

/* ---------- records ---------- */

static void
take_record(Range *range, Entity *entity, const char *place)
{
	PlsGathering *gathering = range->gathering;
	PlsRecord	record;

	memcpy(&record, place, sizeof(record));
	if (pls_record_add(gathering->model, entity->evidence,
					   gathering->events[record.event], &record, place))
		entity->newest = Max(entity->newest, record.at);
}

/* ---------- batches ---------- */

/*
 * Whether the entities take more memory than they may, beside the batch, and
 * can be split.
 */
static bool
is_too_large(const Range *range)
{
	return range->of.bits < PLS_MAX_RANGE_BITS && range->of.nentities > 1 &&
		MemoryContextMemAllocated(range->context,
								  false) > range->gathering->memory / 2;
}

/*
 * Take up the records of a chunk.  False if their entities are too many.
 */
static bool
sort_chunk(Range *range, const char *records, Size size)
{
	PlsGathering *gathering = range->gathering;
	const char *end = records + size;

	while (records < end)
	{
		int			before = range->of.nentities;
		PlsRecord	record;
		Record	   *mine;

		if (range->nrecords == range->capacity)
			elog(ERROR, "pls: a chunk has too many records");
		mine = &range->records[range->nrecords++];
		memcpy(&record, records, sizeof(record));
		mine->place = records;
		mine->entity = entity_of(range, &record, records);
		if (mine->entity >= 0)
			range->entities[mine->entity].nrecords++;
		if (range->of.nentities > before && is_too_large(range))
			return false;
		records = pls_record_next(gathering, &record, records);
	}
	return true;
}

/*
 * Add the records at hand to their entities, whose order they are brought
 * into first (a counting sort).
 */
static void
take_batch(Range *range)
{
	int			total = 0;
	int			i;
	int			j;

	for (i = 0; i < range->of.nentities; i++)
	{
		range->next[i] = total;
		total += range->entities[i].nrecords;
	}
	for (i = 0; i < range->nrecords; i++)
		if (range->records[i].entity >= 0)
			range->places[range->next[range->records[i].entity]++] =
				range->records[i].place;
	for (i = j = 0; i < range->of.nentities; i++)
	{
		Entity	   *entity = &range->entities[i];

		for (; entity->nrecords > 0; entity->nrecords--, j++)
		{
			if (j + AHEAD < total)
				__builtin_prefetch(range->places[j + AHEAD]);
			take_record(range, entity, range->places[j]);
		}
	}
	range->nchunks = range->nrecords = 0;
}

/* ---------- the result ---------- */

/*
 * Put into a row what its evidence makes of an entity that has no lane yet.
 * Here several processes judge at the same time, and nothing is decoded again.
 */
static void
put_verdict(PlsGathering *gathering, const Entity *entity, Datum *values,
			bool *nulls)
{
	Jsonb	   *attributes = NULL;
	PlsVerdict	verdict;

	if (gathering->accounts != NULL)
		attributes = pls_identity_attributes(gathering->accounts,
											 gathering->model->unit_is_user,
											 pnstrdup(entity->key.id,
													  entity->key.length));
	pls_judge_as_new(gathering->model, entity->evidence, gathering->as_of,
					 attributes, &verdict);
	if (verdict.stale)
		return;					/* not judged */
	values[G_MILLI] = Int64GetDatum(verdict.total);
	values[G_LOOK_AT] = TimestampTzGetDatum(verdict.look_at);
	nulls[G_MILLI] = nulls[G_LOOK_AT] = false;
	nulls[G_LANE] = (verdict.lane == PLS_LANE_NONE);
	if (!nulls[G_LANE])
		values[G_LANE] = CStringGetTextDatum(pls_lane_name(verdict.lane));
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
	if (nulls[G_DUE] && !gathering->is_past)
		put_verdict(gathering, entity, values, nulls);
	values[G_EVIDENCE] = pls_evidence_to_datum(entity->evidence);
	values[G_NEWEST] =
		TimestampTzGetDatum(time_t_to_timestamptz((pg_time_t) entity->newest));
	gathering->put(gathering, values, nulls);
}

static void
put_entities(Range *range)
{
	MemoryContext row_context = AllocSetContextCreate(range->batch_context,
													  "pls gathered row",
													  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(row_context);
	int			i;

	for (i = 0; i < range->of.nentities; i++)
	{
		CHECK_FOR_INTERRUPTS();
		put_entity(range->gathering, &range->entities[i]);
		MemoryContextReset(row_context);
	}
	MemoryContextSwitchTo(caller);
}

/*
 * Make room for entities, and for batches in a quarter of the memory.
 */
static void
start_batches(Range *range)
{
	Size		most = range->gathering->memory / 4;
	Size		records = PLS_SPILL_CHUNK / sizeof(PlsRecord);
	Size		chunk = PLS_SPILL_CHUNK +
	records * (sizeof(Record) + sizeof(char *));

	pls_range_begin(&range->of);
	range->entity_capacity = PLS_FIRST_ENTITIES;
	range->entities = palloc(PLS_FIRST_ENTITIES * sizeof(Entity));
	range->next = palloc(PLS_FIRST_ENTITIES * sizeof(int));
	range->most_chunks = Max(1, Min(MOST_CHUNKS, (int) (most / chunk)));
	range->capacity = range->most_chunks * (int) records;
	MemoryContextSwitchTo(range->batch_context);
	range->chunks = palloc(range->most_chunks * PLS_SPILL_CHUNK);
	range->records = palloc(range->capacity * sizeof(Record));
	range->places = palloc(range->capacity * sizeof(char *));
	MemoryContextSwitchTo(range->context);
}

/*
 * Read all records of a range.  False if their entities are too many.
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
		chunk = -1;
		range->of.nnumbered = 0;
		while ((chunk = pls_spill_next(spills[i], partition, chunk, &records,
									   &size)) >= 0)
		{
			char	   *place;

			CHECK_FOR_INTERRUPTS();
			if (range->chunks == NULL)
				start_batches(range);
			place = range->chunks + range->nchunks++ * PLS_SPILL_CHUNK;
			memcpy(place, records, size);
			if (!sort_chunk(range, place, size))
				return false;
			if (range->nchunks < range->most_chunks)
				continue;
			take_batch(range);
			if (is_too_large(range))
				return false;
		}
	}
	if (range->chunks == NULL)
		return true;
	take_batch(range);
	return !is_too_large(range);
}

static void
gather_range(PlsGathering *gathering, int partition, PlsRowSpill **spills,
			 int nspills, int bits, uint32 value)
{
	Range		range = {gathering, {bits, value}};
	MemoryContext caller;
	bool		complete;

	range.context = AllocSetContextCreate(gathering->context, "pls entities",
										  ALLOCSET_DEFAULT_SIZES);
	range.of.context = range.context;
	range.batch_context = AllocSetContextCreate(gathering->context,
												"pls batch",
												ALLOCSET_DEFAULT_SIZES);
	caller = MemoryContextSwitchTo(range.context);
	complete = read_range(&range, partition, spills, nspills);
	if (complete)
		put_entities(&range);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(range.context);
	MemoryContextDelete(range.batch_context);
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
