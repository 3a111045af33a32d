/*-------------------------------------------------------------------------
 *
 * gather_known.c
 *	  The entities whose rows a rebuild has met, and the newest row of each by
 *	  event.
 *
 * A part of evidence forgets what lies so many seconds behind its newest item.
 * So a row says nothing if it lies further behind another one of its entity
 * and event than all rules of that event look back.  Tables are read from
 * their end, where the newest rows mostly are (watched_table.c), and most
 * older rows are dropped as soon as it is known whose they are.
 *
 * Where the row names an account or a user by a whole number, its entity is
 * found by that, and neither made text nor looked up again.  The address of an
 * event may matter as well: then its domain must be the one that the number
 * came with at first, as it mostly is.
 *
 * All this is a short cut and decides nothing: where there is no room for
 * another entity, its rows are kept like any others.  Most of the time goes
 * into waiting for memory, so what is looked at for a row is small and lies
 * together.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "utils/memutils.h"

#include "gather.h"

#define NO_ROW PG_INT32_MAX
#define FIRST_SIZE 256			/* of a table */

/* By its id, which lies in the entity. */
typedef struct ById
{
	PlsHashedText id;			/* hash key */
	char		status;
	PlsKnownEntity *entity;
} ById;

/* By a whole number.  Of these there may be very many. */
typedef struct ByNumber
{
	int64		number;			/* hash key */
	uint32		found;			/* index of what is found by it */
	char		status;
} ByNumber;

static inline bool
same_id(const PlsHashedText *a, const PlsHashedText *b)
{
	return a->hash == b->hash && a->length == b->length &&
		memcmp(a->text, b->text, a->length) == 0;
}

#define SH_PREFIX idtable
#define SH_ELEMENT_TYPE ById
#define SH_KEY_TYPE PlsHashedText
#define SH_KEY id
#define SH_HASH_KEY(table, key) (key).hash
#define SH_EQUAL(table, a, b) same_id(&(a), &(b))
#define SH_STORE_HASH
#define SH_GET_HASH(table, entry) (entry)->id.hash
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

static inline uint32
hash_number(int64 number)
{
	return (uint32) pls_mix64((uint64) number);
}

#define SH_PREFIX numbertable
#define SH_ELEMENT_TYPE ByNumber
#define SH_KEY_TYPE int64
#define SH_KEY number
#define SH_HASH_KEY(table, key) hash_number(key)
#define SH_EQUAL(table, a, b) ((a) == (b))
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

/* What the rules of an event have in common. */
typedef struct EventReach
{
	int64		seconds;		/* that they look back; 0: for ever */
	bool		needs_actor;	/* one of them passes over rows without */
} EventReach;

struct PlsKnown
{
	MemoryContext context;
	Size		memory;			/* that may be taken */
	PlsSeconds	end;			/* of what is read */
	int			nevents;
	EventReach *reach;			/* by the number of the event */
	idtable_hash *by_id;
	numbertable_hash *by_number[PLS_NUMBER_KINDS];
	/* what is found by numbers, mostly by many alike; the first is nobody */
	PlsFoundEntity *found;
	uint32		nfound;
	uint32		found_capacity;
};

/*
 * How many seconds behind its newest item a rule keeps anything; 0: for ever.
 *
 * The span of a grid is told by its cells, which may begin up to a step
 * before their rows.  Where one row is kept, that is the newest.
 */
static int64
reach_of_rule(const PlsPartRule *rule)
{
	const PlsPartShape *shape = &rule->shape;

	if (shape->span != 0)
		return shape->step > 1 ? shape->span + shape->step : shape->span;
	return shape->limit == 1 &&
		(shape->kind == PLS_PART_TIMES || shape->kind == PLS_PART_LAST) ? 1 : 0;
}

static EventReach
reach_of_event(const PlsModel *model, const PlsEventRules *rules)
{
	EventReach	event = {0};
	bool		for_ever = false;
	int			i;

	for (i = 0; i < rules->nrules; i++)
	{
		const PlsPartRule *rule = &model->rules[rules->rules[i]];
		int64		seconds = reach_of_rule(rule);

		event.seconds = Max(event.seconds, seconds);
		event.needs_actor |= rule->amount == PLS_AMOUNT_ACTOR;
		for_ever |= seconds == 0;
	}
	if (for_ever)
		event.seconds = 0;
	return event;
}

/*
 * Begin to know entities, in the context, within so much memory.  events: the
 * rules of each, by its number; what is read ends at as_of.
 */
PlsKnown *
pls_known_begin(MemoryContext parent, const PlsModel *model,
				const PlsEventRules **events, TimestampTz as_of, Size memory)
{
	MemoryContext context = AllocSetContextCreate(parent, "pls known entities",
												  ALLOCSET_DEFAULT_SIZES);
	PlsKnown   *known = MemoryContextAllocZero(context, sizeof(PlsKnown));
	int			i;

	known->context = context;
	known->memory = memory;
	known->nevents = model->nevents;
	known->reach = MemoryContextAllocZero(context,
										  model->nevents * sizeof(EventReach));
	if (pls_event_seconds(as_of, &known->end))
		for (i = 0; i < model->nevents; i++)
			known->reach[i] = reach_of_event(model, events[i]);
	known->by_id = idtable_create(context, FIRST_SIZE, NULL);
	for (i = 0; i < PLS_NUMBER_KINDS; i++)
		known->by_number[i] = numbertable_create(context, FIRST_SIZE, NULL);
	known->found_capacity = FIRST_SIZE;
	known->found = MemoryContextAllocZero(context, FIRST_SIZE *
										  sizeof(PlsFoundEntity));
	known->nfound = 1;
	return known;
}

void
pls_known_end(PlsKnown *known)
{
	MemoryContextDelete(known->context);
}

/*
 * Whether there is room for one more.  A full table doubles, and for a moment
 * the old one is there as well.
 */
static inline bool
has_room(const PlsKnown *known, bool table_is_full, Size table_size)
{
	return MemoryContextMemAllocated(known->context, false) +
		(table_is_full ? 2 * table_size : 0) <= known->memory;
}

#define table_has_room(known, table, entry_size) \
	has_room(known, (table)->members >= (table)->grow_threshold, \
			 (table)->size * (entry_size))

/*
 * The bytes of an entity, behind which its id lies.
 */
static inline Size
size_of_entity(const PlsKnown *known)
{
	return offsetof(PlsKnownEntity, newest[known->nevents]);
}

/*
 * The entity with this id, which is known from now on; NULL if there is no
 * room.
 */
PlsKnownEntity *
pls_known_by_id(PlsKnown *known, const PlsHashedText *id)
{
	ById	   *entry = idtable_lookup(known->by_id, *id);
	Size		size = size_of_entity(known);
	PlsKnownEntity *entity;
	PlsHashedText own = *id;
	bool		found;
	int			i;

	if (entry != NULL)
		return entry->entity;
	if (!table_has_room(known, known->by_id, sizeof(ById)))
		return NULL;
	entity = MemoryContextAlloc(known->context, size + id->length);
	own.text = memcpy((char *) entity + size, id->text, id->length);
	entity->found = 0;
	entity->hash = id->hash;
	entity->length = id->length;
	for (i = 0; i < known->nevents; i++)
		entity->newest[i] = NO_ROW;
	entry = idtable_insert(known->by_id, own, &found);
	entry->entity = entity;
	return entity;
}

/*
 * The id of a known entity.
 */
PlsHashedText
pls_known_id(const PlsKnown *known, const PlsKnownEntity *entity)
{
	PlsHashedText id;

	id.text = (const char *) entity + size_of_entity(known);
	id.hash = entity->hash;
	id.length = entity->length;
	return id;
}

/*
 * Have the place fetched from memory at which a key is looked up.
 */
void
pls_known_prefetch(const PlsKnown *known, const PlsRowKey *key)
{
	numbertable_hash *table;

	if (key->kind == PLS_ENTITY_ID)
	{
		__builtin_prefetch(&known->by_id->data[key->text.hash &
											   known->by_id->sizemask]);
		return;
	}
	table = known->by_number[key->kind];
	__builtin_prefetch(&table->data[hash_number(key->number) &
									table->sizemask]);
}

/*
 * Look a key up; false if it is not known.  What is found stays where it is
 * and is being fetched from memory; see pls_known_is_of().
 */
bool
pls_known_find(const PlsKnown *known, const PlsRowKey *key,
			   PlsFoundEntity *found)
{
	ByNumber   *by_number;
	ById	   *by_id;

	found->address = NULL;
	if (key->kind == PLS_ENTITY_ID)
	{
		by_id = idtable_lookup(known->by_id, key->text);
		if (by_id == NULL)
			return false;
		found->entity = by_id->entity;
	}
	else
	{
		by_number = numbertable_lookup(known->by_number[key->kind],
									   key->number);
		if (by_number == NULL)
			return false;
		*found = known->found[by_number->found];
		__builtin_prefetch(found->address);
	}
	__builtin_prefetch(found->entity);
	return true;
}

static inline bool
is_address(const struct varlena *address, const PlsHashedText *text)
{
	if (address == NULL || text->text == NULL)
		return address == NULL && text->text == NULL;
	return VARSIZE(address) - VARHDRSZ == text->length &&
		memcmp(VARDATA(address), text->text, text->length) == 0;
}

/*
 * Whether what was found by a key's number is of its address, too.
 */
bool
pls_known_is_of(const PlsFoundEntity *found, const PlsRowKey *key)
{
	return key->kind == PLS_ENTITY_ID || found->whatever_address ||
		is_address(found->address, &key->text);
}

/*
 * The index of an entity, or nobody (NULL), with an address or whatever it is.
 * Most users of an entity have the same.
 */
static uint32
index_of_found(PlsKnown *known, PlsKnownEntity *entity,
			   const PlsHashedText *address, bool whatever_address)
{
	PlsFoundEntity *found;

	if (entity == NULL && address->text == NULL)
		return 0;
	found = entity == NULL ? known->found : &known->found[entity->found];
	if (found->entity != NULL &&
		found->whatever_address == whatever_address &&
		is_address(found->address, address))
		return entity->found;
	if (known->nfound == known->found_capacity)
	{
		known->found_capacity *= 2;
		known->found = repalloc_huge(known->found, known->found_capacity *
									 sizeof(PlsFoundEntity));
	}
	found = &known->found[known->nfound];
	found->entity = entity;
	found->whatever_address = whatever_address;
	found->address = NULL;
	if (address->text != NULL)
	{
		found->address = MemoryContextAlloc(known->context,
											VARHDRSZ + address->length);
		SET_VARSIZE(found->address, VARHDRSZ + address->length);
		memcpy(VARDATA(found->address), address->text, address->length);
	}
	if (entity != NULL && entity->found == 0)
		entity->found = known->nfound;
	return known->nfound++;
}

/*
 * Have a key known if none with its number is, with its own address or
 * whatever that is.  Ids are known by themselves.  False if there is no room.
 */
bool
pls_known_add_key(PlsKnown *known, const PlsRowKey *key,
				  PlsKnownEntity *entity, bool whatever_address)
{
	numbertable_hash *table;
	ByNumber   *entry;
	bool		exists;

	if (key->kind == PLS_ENTITY_ID)
		return true;
	table = known->by_number[key->kind];
	if (!table_has_room(known, table, sizeof(ByNumber)))
		return false;
	entry = numbertable_insert(table, key->number, &exists);
	if (!exists)
		entry->found = index_of_found(known, entity, &key->text,
									  whatever_address);
	return true;
}

/*
 * Whether a row of this entity and event is too old to say anything.
 */
bool
pls_known_has_passed(const PlsKnown *known, const PlsKnownEntity *entity,
					 int event, PlsSeconds at)
{
	int32		newest = entity->newest[event];
	int64		reach = known->reach[event].seconds;

	return reach != 0 && newest != NO_ROW &&
		known->end - at >= newest + reach;
}

/*
 * Note a row that has met all conditions of its event's rules.
 */
void
pls_known_note(const PlsKnown *known, PlsKnownEntity *entity, int event,
			   const PlsRow *row)
{
	if (known->end - row->at < entity->newest[event] &&
		!(row->actor_is_null && known->reach[event].needs_actor))
		entity->newest[event] = (int32) (known->end - row->at);
}
