/*-------------------------------------------------------------------------
 *
 * gather_known.h
 *	  What gather_known.c knows of entities, as far as it is looked at for each
 *	  row of a rebuild.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_GATHER_KNOWN_H
#define PLS_GATHER_KNOWN_H

#include "common/hashfn.h"

#include "mix64.h"
#include "model/event_row.h"
#include "model/model.h"
#include "pls.h"
#include "pls_compat.h"
#include "rebuild/gather.h"
#include "rebuild/gather_marks.h"
#include "time/instant.h"
#include "trigger/event_reader.h"

/* What is found by a key. */
typedef struct PlsFoundEntity
{
	struct PlsKnownEntity *entity;	/* NULL: nobody's */
	const struct varlena *address;	/* what follows its last @; NULL: there is
									 * none, or it is the entity's id */
	uint32		hash;			/* of the entity itself; so is the next */
	uint16		length;			/* of its id */
	bool		whatever_address:1; /* of the event; else it must be this one */
	bool		address_is_id:1;
	bool		has_key:1;		/* of the entity itself: it has an address */
	bool		is_company:1;	/* of the entity itself: it is that of users
								 * without an account whose events have an
								 * address that ends with its id */
} PlsFoundEntity;

/*
 * An entity that a rebuild has met; its id lies behind it.  What is looked at
 * for most rows is in one cache line.
 */
typedef struct PlsKnownEntity
{
	PlsFoundEntity found;		/* by its first key that is a number */
	struct PlsMarks *marks;		/* see gather_marks.c; NULL: none */
	uint32		number;			/* in records; PLS_NO_NUMBER: none yet */
	int32		newest[FLEXIBLE_ARRAY_MEMBER];	/* row of each event: seconds
												 * before the end */
} PlsKnownEntity;

StaticAssertDecl(offsetof(PlsKnownEntity, newest) == 36, "an entity is small");

#define PLS_NO_ROW PG_INT32_MAX

/* By its id, which lies in the entity. */
typedef struct ById
{
	PlsHashedText id;			/* hash key */
	char		status;
	PlsKnownEntity *entity;
} ById;

/* By a whole number that is not small. */
typedef struct ByNumber
{
	int64		number;			/* hash key */
	const PlsFoundEntity *found;
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

/*
 * What is found by whole numbers.  Ids are mostly counted up from 1, and of
 * the small ones there may be very many: these find their place by themselves.
 */
typedef struct PlsByNumber
{
	const PlsFoundEntity **small;	/* by the number; NULL: not known */
	uint64		nsmall;			/* numbers that are small */
	uint64		nknown;
	numbertable_hash *others;
} PlsByNumber;

/* What the rules of an event have in common. */
typedef struct PlsEventReach
{
	int64		seconds;		/* that they look back; 0: for ever */
	int64		unmarked;		/* those that do not count actors or days; -1:
								 * for ever, 0: there are none */
	bool		needs_actor;	/* one of them passes over rows without */
} PlsEventReach;

struct PlsKnown
{
	MemoryContext context;
	Size		memory;			/* that may be taken */
	PlsSeconds	end;			/* of what is read */
	int			nevents;
	PlsEventReach *reach;		/* by the number of the event */
	PlsMarkPlan *marks;
	idtable_hash *by_id;
	PlsByNumber by_number[PLS_NUMBER_KINDS];
	PlsFoundEntity nobody;
	/* of the block that entities are being put into */
	char	   *room;
	Size		room_left;
};

/* What a row may say that no other of its entity has said. */
typedef enum PlsNews
{
	PLS_NEWS_NONE,
	PLS_NEWS_UNMARKED,			/* nothing to rules of actors and days */
	PLS_NEWS_ANY
} PlsNews;

extern PlsKnownEntity *pls_known_by_id(PlsKnown *known, const PlsHashedText *id);
extern bool pls_known_add_key(PlsKnown *known, const PlsRowKey *key,
							  PlsKnownEntity *entity, bool whatever_address);
extern bool pls_known_has_users(const PlsKnown *known);
extern const PlsFoundEntity *pls_known_by_company(PlsKnown *known,
												  const PlsRowKey *key);
extern PlsNews pls_known_news(const PlsKnown *known,
							  const PlsKnownEntity *entity,
							  const PlsEventRules *rules, PlsSeconds at,
							  const PlsMarkPlace *place);
extern void pls_known_note(PlsKnown *known, PlsKnownEntity *entity,
						   const PlsEventRules *rules, const PlsRow *row,
						   const PlsMarkPlace *place);

/*
 * Have the place fetched from memory at which a key is looked up.  Inlined
 * always: gcc takes a call that does nothing else for one that does nothing.
 */
static pg_attribute_always_inline void
pls_known_prefetch(const PlsKnown *known, const PlsRowKey *key)
{
	const PlsByNumber *numbers = &known->by_number[key->kind];

	if (key->kind == PLS_ENTITY_ID)
		__builtin_prefetch(&known->by_id->data[key->text.hash &
											   known->by_id->sizemask]);
	else if ((uint64) key->number < numbers->nsmall)
		__builtin_prefetch(&numbers->small[key->number]);
	else
		__builtin_prefetch(&numbers->others->data[hash_number(key->number) &
												  numbers->others->sizemask]);
}

/*
 * What is found by a key, which may be of another address: see
 * pls_known_is_of().  NULL if it is not known.  It stays where it is, and is
 * being fetched from memory.
 */
static inline const PlsFoundEntity *
pls_known_find(const PlsKnown *known, const PlsRowKey *key)
{
	const PlsByNumber *numbers = &known->by_number[key->kind];
	const PlsFoundEntity *found = NULL;

	if (key->kind == PLS_ENTITY_ID)
	{
		ById	   *entry = idtable_lookup(known->by_id, key->text);

		if (entry != NULL)
			found = &entry->entity->found;
	}
	else if ((uint64) key->number < numbers->nsmall)
		found = numbers->small[key->number];
	else
	{
		ByNumber   *entry = numbertable_lookup(numbers->others, key->number);

		if (entry != NULL)
			found = entry->found;
	}
	__builtin_prefetch(found);
	/* its id, with which an address is compared */
	if (key->text.text != NULL)
		__builtin_prefetch((const char *) found + PLS_CACHE_LINE);
	return found;
}

/*
 * The id of a known entity.
 */
static inline PlsHashedText
pls_known_id(const PlsKnown *known, const PlsKnownEntity *entity)
{
	PlsHashedText id;

	id.text = (const char *) &entity->newest[known->nevents];
	id.hash = entity->found.hash;
	id.length = entity->found.length;
	return id;
}

/*
 * Whether this is what follows the last @ of an address.  It has none itself,
 * so that need not be looked for.
 */
static inline bool
pls_known_ends_address(const PlsHashedText *end, const PlsHashedText *address)
{
	int			rest = address->length - end->length;

	return rest >= 0 && (rest == 0 || address->text[rest - 1] == '@') &&
		memcmp(address->text + rest, end->text, end->length) == 0;
}

/*
 * Whether an address, of which what follows the last @ matters, is the one
 * with which something was found.
 */
static inline bool
pls_known_is_address(const PlsKnown *known, const PlsFoundEntity *found,
					 const PlsHashedText *address)
{
	PlsHashedText own = {NULL};

	if (found->address_is_id)
		own = pls_known_id(known, found->entity);
	else if (found->address != NULL)
	{
		own.text = VARDATA(found->address);
		own.length = VARSIZE(found->address) - VARHDRSZ;
	}
	if (own.text == NULL || address->text == NULL)
		return own.text == NULL && address->text == NULL;
	return pls_known_ends_address(&own, address);
}

/*
 * Whether what was found by a key's number is of its address, too.
 */
static inline bool
pls_known_is_of(const PlsKnown *known, const PlsFoundEntity *found,
				const PlsRowKey *key)
{
	return key->kind == PLS_ENTITY_ID || found->whatever_address ||
		pls_known_is_address(known, found, &key->text);
}

/*
 * Whether a row of this entity and event is too old to say anything.
 */
static inline bool
pls_known_has_passed(const PlsKnown *known, const PlsKnownEntity *entity,
					 const PlsEventRules *rules, PlsSeconds at)
{
	int32		newest = entity->newest[rules->number];
	int64		reach = known->reach[rules->number].seconds;

	return reach != 0 && newest != PLS_NO_ROW &&
		known->end - at >= newest + reach;
}

/*
 * Tell where a row is marked.
 */
static inline void
pls_known_place(const PlsKnown *known, const PlsRow *row, PlsMarkPlace *place)
{
	if (known->marks->size > 0)
		pls_marks_place(known->marks, row, place);
}

/*
 * Have the marks fetched from memory that a row is compared with.
 */
static pg_attribute_always_inline void
pls_known_prefetch_marks(const PlsKnownEntity *entity,
						 const PlsMarkPlace *place)
{
	if (entity->marks == NULL)
		return;
	__builtin_prefetch(&entity->marks->day_ages[place->day]);
	__builtin_prefetch(pls_marks_line(entity->marks, place));
}

#endif							/* PLS_GATHER_KNOWN_H */
