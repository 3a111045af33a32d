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
 * another entity, its rows are kept like any others.  Most of the time would
 * go into waiting for memory, so what is looked at for a row is small and lies
 * together, and is asked for early, for several rows at a time.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "model/event_row.h"
#include "model/model.h"
#include "model/part_shape.h"
#include "pls.h"
#include "pls_compat.h"
#include "rebuild/gather.h"
#include "rebuild/gather_known.h"
#include "rebuild/gather_marks.h"
#include "time/instant.h"
#include "trigger/event_reader.h"

#define FIRST_SIZE 256			/* of a table */
#define ENTITY_BLOCK ((Size) 32 * 1024)
#define FIRST_SMALL 1024		/* numbers, however few are known */

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

static PlsEventReach
reach_of_event(const PlsModel *model, const PlsEventRules *rules)
{
	PlsEventReach event = {0};
	bool		for_ever = false;
	bool		unmarked_for_ever = false;
	int			i;

	for (i = 0; i < rules->nrules; i++)
	{
		const PlsPartRule *rule = &model->rules[rules->rules[i]];
		int64		seconds = reach_of_rule(rule);

		event.seconds = Max(event.seconds, seconds);
		event.needs_actor |= rule->amount == PLS_AMOUNT_ACTOR;
		for_ever |= seconds == 0;
		if (pls_rule_is_marked(rule))
			continue;
		event.unmarked = Max(event.unmarked, seconds);
		unmarked_for_ever |= seconds == 0;
	}
	if (for_ever)
		event.seconds = 0;
	if (unmarked_for_ever)
		event.unmarked = -1;
	return event;
}

/*
 * Begin to know entities, in the context, within so much memory.  events: the
 * rules of each, by its number; what is read ends at as_of.
 */
PlsKnown *
pls_known_begin(MemoryContext parent, PlsModel *model,
				const PlsEventRules **events, TimestampTz as_of, Size memory)
{
	MemoryContext context = AllocSetContextCreate(parent, "pls known entities",
												  ALLOCSET_DEFAULT_SIZES);
	PlsKnown   *known = MemoryContextAllocZero(context, sizeof(PlsKnown));
	MemoryContext caller = MemoryContextSwitchTo(context);
	bool		has_end = pls_event_seconds(as_of, &known->end);
	int			i;

	known->context = context;
	known->memory = memory;
	known->nevents = model->nevents;
	known->reach = palloc(model->nevents * sizeof(PlsEventReach));
	for (i = 0; i < model->nevents; i++)
	{
		known->reach[i] = reach_of_event(model, events[i]);
		if (has_end)
			continue;
		known->reach[i].seconds = 0;
		known->reach[i].unmarked = -1;
	}
	known->marks = pls_mark_plan(model, known->end);
	MemoryContextSwitchTo(caller);
	known->by_id = idtable_create(context, FIRST_SIZE, NULL);
	for (i = 0; i < PLS_NUMBER_KINDS; i++)
		known->by_number[i].others = numbertable_create(context, FIRST_SIZE,
														NULL);
	return known;
}

/*
 * Let no row be passed over: what others say in its place is not asked.
 */
void
pls_known_tell_nothing(PlsKnown *known)
{
	int			i;

	for (i = 0; i < known->nevents; i++)
	{
		known->reach[i].seconds = 0;
		known->reach[i].unmarked = -1;
	}
	known->marks->size = 0;
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
 * Room for what is looked at often; it begins a cache line.
 */
static char *
room_for(PlsKnown *known, Size size)
{
	char	   *room;

	size = TYPEALIGN(PLS_CACHE_LINE, size);
	if (size > known->room_left)
	{
		known->room_left = Max(ENTITY_BLOCK, size);
		room = MemoryContextAlloc(known->context, known->room_left +
								  PLS_CACHE_LINE);
		known->room = (char *) TYPEALIGN(PLS_CACHE_LINE, room);
	}
	room = known->room;
	known->room += size;
	known->room_left -= size;
	return room;
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
	entity = (PlsKnownEntity *) room_for(known, size + id->length);
	own.text = memcpy((char *) entity + size, id->text, id->length);
	memset(&entity->found, 0, sizeof(entity->found));
	entity->found.entity = entity;
	entity->found.hash = id->hash;
	entity->found.length = id->length;
	entity->marks = NULL;
	entity->number = PLS_NO_NUMBER;
	for (i = 0; i < known->nevents; i++)
		entity->newest[i] = PLS_NO_ROW;
	entry = idtable_insert(known->by_id, own, &found);
	entry->entity = entity;
	return entity;
}

/*
 * What a row of an entity may say that is not known.  place: where it is
 * marked.
 */
PlsNews
pls_known_news(const PlsKnown *known, const PlsKnownEntity *entity,
			   const PlsEventRules *rules, PlsSeconds at,
			   const PlsMarkPlace *place)
{
	int64		unmarked = known->reach[rules->number].unmarked;
	int32		newest = entity->newest[rules->number];

	if (pls_known_has_passed(known, entity, rules, at))
		return PLS_NEWS_NONE;
	if (entity->marks == NULL ||
		!pls_marks_tell(known->marks, entity->marks, place))
		return PLS_NEWS_ANY;
	if (unmarked == 0 ||
		(unmarked > 0 && newest != PLS_NO_ROW &&
		 known->end - at >= newest + unmarked))
		return PLS_NEWS_NONE;
	return PLS_NEWS_UNMARKED;
}

/*
 * What of an address matters; see PLS_USER_NUMBER.
 */
static PlsHashedText
end_of_address(const PlsHashedText *address)
{
	PlsHashedText end = *address;
	const char *at;

	if (end.text == NULL)
		return end;
	while ((at = memchr(end.text, '@', end.length)) != NULL)
	{
		end.length -= at + 1 - end.text;
		end.text = at + 1;
	}
	return end;
}

/*
 * What is found by a key of an entity, or of nobody (NULL), with an address or
 * whatever it is.  Most users of an entity have the same.
 */
static const PlsFoundEntity *
found_entity(PlsKnown *known, PlsKnownEntity *entity,
			 const PlsHashedText *address, bool whatever_address)
{
	PlsFoundEntity *found;
	PlsHashedText id = {NULL};
	PlsHashedText end = end_of_address(address);
	struct varlena *text;

	if (entity == NULL && address->text == NULL)
		return &known->nobody;
	if (entity != NULL)
	{
		found = &entity->found;
		if (found->has_key && found->whatever_address == whatever_address &&
			pls_known_is_address(known, found, address))
			return found;
		id = pls_known_id(known, entity);
	}
	if (entity == NULL || entity->found.has_key)
	{
		found = MemoryContextAllocZero(known->context,
									   sizeof(PlsFoundEntity));
		found->entity = entity;
	}
	found->has_key = true;
	found->whatever_address = whatever_address;
	if (address->text == NULL)
		return found;
	/* an account found by a domain is mostly called so */
	found->address_is_id = id.text != NULL && id.length == end.length &&
		memcmp(id.text, end.text, id.length) == 0;
	if (found->address_is_id)
		return found;
	text = MemoryContextAlloc(known->context, VARHDRSZ + end.length);
	SET_VARSIZE(text, VARHDRSZ + end.length);
	memcpy(VARDATA(text), end.text, end.length);
	found->address = text;
	return found;
}

/*
 * Have a number that is not small be so, if that pays: if a good part of the
 * numbers up to it are known.
 */
static void
make_small(PlsKnown *known, PlsByNumber *numbers, int64 number)
{
	uint64		size = Max(numbers->nsmall, FIRST_SMALL);
	numbertable_iterator iterator;
	ByNumber   *entry;

	if (number < 0 ||
		(uint64) number >= Max(4 * numbers->nknown, FIRST_SMALL))
		return;
	while (size <= (uint64) number)
		size *= 2;
	if (!has_room(known, true, size * sizeof(PlsFoundEntity *)))
		return;
	if (numbers->small == NULL)
		numbers->small =
			MemoryContextAllocHuge(known->context,
								   size * sizeof(PlsFoundEntity *));
	else
		numbers->small = repalloc_huge(numbers->small,
									   size * sizeof(PlsFoundEntity *));
	memset(numbers->small + numbers->nsmall, 0,
		   (size - numbers->nsmall) * sizeof(PlsFoundEntity *));
	numbers->nsmall = size;
	numbertable_start_iterate(numbers->others, &iterator);
	while ((entry = numbertable_iterate(numbers->others,
										&iterator)) != NULL)
		if ((uint64) entry->number < size)
			numbers->small[entry->number] = entry->found;
}

/*
 * Have a key known if none with its number is, with its own address or
 * whatever that is.  Ids are known by themselves.  False if there is no room.
 */
bool
pls_known_add_key(PlsKnown *known, const PlsRowKey *key,
				  PlsKnownEntity *entity, bool whatever_address)
{
	PlsByNumber *numbers;
	const PlsFoundEntity **found;
	bool		exists;

	if (key->kind == PLS_ENTITY_ID)
		return true;
	numbers = &known->by_number[key->kind];
	if ((uint64) key->number >= numbers->nsmall)
		make_small(known, numbers, key->number);
	if ((uint64) key->number < numbers->nsmall)
	{
		found = &numbers->small[key->number];
		exists = *found != NULL;
		if (!exists && !has_room(known, false, 0))
			return false;
	}
	else
	{
		if (!table_has_room(known, numbers->others, sizeof(ByNumber)))
			return false;
		found = &numbertable_insert(numbers->others, key->number,
									&exists)->found;
	}
	if (exists)
		return true;
	*found = found_entity(known, entity, &key->text, whatever_address);
	numbers->nknown++;
	return true;
}

/*
 * Whether any user is known by number.
 */
bool
pls_known_has_users(const PlsKnown *known)
{
	return known->by_number[PLS_USER_NUMBER].nknown > 0;
}

/*
 * What is found by the address of a key alone, where its user, who is not
 * known by number or with another address only, has no account; NULL if that
 * tells nothing.
 */
const PlsFoundEntity *
pls_known_by_company(PlsKnown *known, const PlsRowKey *key)
{
	PlsHashedText end = end_of_address(&key->text);
	ById	   *entry;

	end.hash = hash_bytes((const unsigned char *) end.text, end.length);
	entry = idtable_lookup(known->by_id, end);
	if (entry == NULL || !entry->entity->found.is_company)
		return NULL;
	(void) pls_known_add_key(known, key, entry->entity, false);
	return &entry->entity->found;
}

/*
 * Make an entity's marks, unless that leaves too little room for others.
 */
static void
make_marks(PlsKnown *known, PlsKnownEntity *entity)
{
	if (known->marks->size == 0 ||
		MemoryContextMemAllocated(known->context,
								  false) > known->memory / 4 * 3)
		return;
	entity->marks = (PlsMarks *) room_for(known, known->marks->size);
	pls_marks_init(known->marks, entity->marks);
}

/*
 * Note a row that has met all conditions of its event's rules.
 */
void
pls_known_note(PlsKnown *known, PlsKnownEntity *entity,
			   const PlsEventRules *rules, const PlsRow *row,
			   const PlsMarkPlace *place)
{
	int			event = rules->number;

	if (known->end - row->at < entity->newest[event] &&
		!(row->actor_is_null && known->reach[event].needs_actor))
		entity->newest[event] = (int32) (known->end - row->at);
	if (entity->marks == NULL)
		make_marks(known, entity);
	if (entity->marks != NULL)
		pls_marks_note(known->marks, entity->marks, place);
}
