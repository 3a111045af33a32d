/*-------------------------------------------------------------------------
 *
 * replay_events.c
 *	  The events of a partition's entities, each in their order.
 *
 * All records of an entity have to be at hand before the first is taken.  If
 * those of a partition take more memory than they may, what was read is thrown
 * away and the partition is read several times, for one range of the hash
 * after the other, as gather_entities.c does.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/datetime.h"
#include "utils/memutils.h"

#include "learning/replay.h"
#include "rebuild/gather_records.h"

#define BLOCK ((Size) 256 * 1024)

/* A record of the range. */
typedef struct Record
{
	int			entity;
	PlsReplayEvent event;
} Record;

typedef struct Range
{
	PlsReplay  *replay;
	PlsEntityRange of;
	MemoryContext context;
	/* room for records */
	char	   *room;
	Size		room_left;
	int64		nrecords;
	int64		capacity;
	Record	   *records;
	int			entity_capacity;
	PlsReplayEntity *entities;
} Range;

/*
 * Enter the entity that was numbered last.
 */
static void
enter_entity(Range *range, const PlsEntityKey *key)
{
	PlsReplayEntity *entity;

	if (range->of.nentities > range->entity_capacity)
	{
		range->entity_capacity *= 2;
		range->entities = repalloc_huge(range->entities,
										range->entity_capacity *
										sizeof(PlsReplayEntity));
	}
	entity = &range->entities[range->of.nentities - 1];
	memset(entity, 0, sizeof(*entity));
	entity->id = pnstrdup(key->id, key->length);
}

/*
 * A copy of a record, which is that long.
 */
static char *
keep(Range *range, const char *record, Size size)
{
	char	   *place;

	if (size > range->room_left)
	{
		range->room_left = Max(BLOCK, size);
		range->room = palloc(range->room_left);
	}
	place = memcpy(range->room, record, size);
	range->room += size;
	range->room_left -= size;
	return place;
}

/*
 * The instant of a record.
 */
static TimestampTz
instant_of(const PlsRecord *record, const char *place)
{
	uint32		fraction;

	Assert(record->flags & PLS_RECORD_FRACTION);
	memcpy(&fraction, place + sizeof(PlsRecord), sizeof(fraction));
	return time_t_to_timestamptz((pg_time_t) record->at) + fraction;
}

static void
keep_record(Range *range, int entity, const PlsRecord *record,
			const char *place, Size size)
{
	Record	   *mine;

	if (range->nrecords == range->capacity)
	{
		range->capacity *= 2;
		range->records = repalloc_huge(range->records,
									   range->capacity * sizeof(Record));
	}
	mine = &range->records[range->nrecords++];
	mine->entity = entity;
	mine->event.at = instant_of(record, place);
	mine->event.record = keep(range, place, size);
	range->entities[entity].nevents++;
}

/*
 * Whether the records take more memory than they may, and can be split.
 */
static bool
is_too_large(const Range *range)
{
	return range->of.bits < PLS_MAX_RANGE_BITS && range->of.nentities > 1 &&
		MemoryContextMemAllocated(range->context,
								  false) > range->replay->gathering->memory / 2;
}

static bool
read_chunk(Range *range, const char *records, Size size)
{
	PlsGathering *gathering = range->replay->gathering;
	const char *end = records + size;

	while (records < end)
	{
		const PlsEntityKey *key = NULL;
		const char *next;
		PlsRecord	record;
		int			entity;

		memcpy(&record, records, sizeof(record));
		entity = pls_range_entity(&range->of, &record, records, &key);
		if (key != NULL)
			enter_entity(range, key);
		next = pls_record_next(gathering, &record, records);
		if (entity >= 0)
			keep_record(range, entity, &record, records, next - records);
		records = next;
	}
	return !is_too_large(range);
}

/*
 * Read the records of the range.  False if they are too many.
 */
static bool
read_range(Range *range, int partition)
{
	PlsRowSpill *spill = range->replay->gathering->spill;
	const char *records;
	Size		size;
	int			chunk = -1;

	range->capacity = 1024;
	range->records = palloc(range->capacity * sizeof(Record));
	range->entity_capacity = PLS_FIRST_ENTITIES;
	range->entities = palloc(range->entity_capacity *
							 sizeof(PlsReplayEntity));
	pls_range_begin(&range->of);
	while ((chunk = pls_spill_next(spill, partition, chunk, &records,
								   &size)) >= 0)
	{
		CHECK_FOR_INTERRUPTS();
		if (!read_chunk(range, records, size))
			return false;
	}
	return true;
}

/*
 * The order of events: by time, and those of one instant as they lie in the
 * table, which was read from its end.
 */
static int
compare_events(const void *a, const void *b)
{
	const PlsReplayEvent *left = a;
	const PlsReplayEvent *right = b;

	if (left->at != right->at)
		return left->at < right->at ? -1 : 1;
	return left->place < right->place ? -1 : left->place > right->place;
}

/*
 * Most tables have their rows in order already.
 */
static void
sort_events(PlsReplayEntity *entity)
{
	int			i;

	for (i = 0; i < entity->nevents; i++)
		entity->events[i].place = i;
	for (i = 1; i < entity->nevents; i++)
		if (entity->events[i].at < entity->events[i - 1].at)
			break;
	if (i < entity->nevents)
		qsort(entity->events, entity->nevents, sizeof(PlsReplayEvent),
			  compare_events);
}

/*
 * Give each entity its events: a counting sort from the last record on.
 */
static void
hand_out(Range *range)
{
	int64		i;

	for (i = 0; i < range->of.nentities; i++)
	{
		PlsReplayEntity *entity = &range->entities[i];

		entity->events = MemoryContextAllocHuge(range->context,
												Max(entity->nevents, 1) *
												sizeof(PlsReplayEvent));
		entity->nevents = 0;
	}
	for (i = range->nrecords - 1; i >= 0; i--)
	{
		PlsReplayEntity *entity = &range->entities[range->records[i].entity];

		entity->events[entity->nevents++] = range->records[i].event;
	}
	for (i = 0; i < range->of.nentities; i++)
		sort_events(&range->entities[i]);
}

static void
replay_range(PlsReplay *replay, int partition, int bits, uint32 value)
{
	Range		range = {replay, {bits, value}};
	MemoryContext caller;
	bool		complete;

	range.context = AllocSetContextCreate(replay->gathering->context,
										  "pls replayed events",
										  ALLOCSET_DEFAULT_SIZES);
	range.of.context = range.context;
	caller = MemoryContextSwitchTo(range.context);
	complete = read_range(&range, partition);
	if (complete)
	{
		hand_out(&range);
		pls_replay_entities(replay, range.entities, range.of.nentities);
	}
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(range.context);
	if (complete)
		return;
	replay_range(replay, partition, bits + 1, value * 2);
	replay_range(replay, partition, bits + 1, value * 2 + 1);
}

/*
 * Replay the entities of a partition.
 */
void
pls_replay_partition(PlsReplay *replay, int partition)
{
	replay_range(replay, partition, 0, 0);
}
