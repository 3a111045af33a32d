/*-------------------------------------------------------------------------
 *
 * event_row.h
 *	  A row of events, and what of it enters evidence.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_EVENT_ROW_H
#define PLS_EVENT_ROW_H

#include "access/detoast.h"
#include "fmgr.h"
#include "utils/jsonb.h"

#include "model/text_type.h"
#include "pls.h"
#include "pls_compat.h"
#include "time/instant.h"

typedef struct PlsActorHash
{
	Oid			type;			/* invalid: the actor is hashed already */
	bool		is_varlena;
	FmgrInfo	proc;
	PlsTextType text;
} PlsActorHash;

typedef struct PlsRow
{
	const char *event;			/* not terminated */
	int			event_length;
	uint32		event_hash;
	PlsSeconds	at;
	bool		actor_is_null;
	Datum		actor;
	const PlsActorHash *actor_hash; /* how to hash it */
	/* the actor as it is counted, told only if the row matters; NULL: it is */
	void		(*settle_actor) (struct PlsRow *row, void *arg);
	/* the domain of the actor's address, asked for only if it matters */
	const char *(*domain) (void *arg);
	void	   *domain_arg;		/* of both */
	bool		properties_is_null;
	Datum		properties;		/* jsonb, detoasted when first needed */
	Jsonb	   *detoasted;
	/* what makes them, if they are no column of jsonb */
	Jsonb	   *(*document) (void *arg);
	void	   *document_arg;
} PlsRow;

typedef struct PlsMatch
{
	int			rule;
	PlsSeconds	at;
	int128		amount;
} PlsMatch;

extern bool pls_actor_hash_init(PlsActorHash *hash, Oid type,
								MemoryContext context);

extern uint64 pls_row_actor(const PlsRow *row);

static pg_attribute_always_inline uint64
pls_hash_word(uint64 hash, const char *from, int nbytes)
{
	uint64		word = 0;

	memcpy(&word, from, nbytes);
	hash = (hash ^ word) * UINT64CONST(0x9E3779B97F4A7C15);
	return hash ^ (hash >> 32);
}

/*
 * Hash an event's name.
 *
 * This runs for every row, and names are short: one or two words, which may
 * overlap, hold most of them.  The value lives in memory only.
 */
static pg_attribute_always_inline uint32
pls_event_hash(const char *event, int length)
{
	uint64		hash = length;
	int			i;

	if (length >= 8)
	{
		for (i = 0; i < length - 8; i += 8)
			hash = pls_hash_word(hash, event + i, 8);
		hash = pls_hash_word(hash, event + length - 8, 8);
	}
	else if (length >= 4)
	{
		hash = pls_hash_word(hash, event, 4);
		hash = pls_hash_word(hash, event + length - 4, 4);
	}
	else
	{
		for (i = 0; i < length; i++)
			hash = pls_hash_word(hash, event + i, 1);
	}
	return (uint32) (hash ^ hash >> 16);
}

/*
 * Set a row's actor.  One with an id that is too long is nobody.
 */
static pg_attribute_always_inline void
pls_row_set_actor(PlsRow *row, bool isnull, Datum actor,
				  const PlsActorHash *hash)
{
	row->actor_is_null = isnull ||
		(hash->is_varlena && pls_is_longer(actor, PLS_MAX_ENTITY));
	row->actor = actor;
	row->actor_hash = hash;
}

/*
 * Set a row's actor by the hash that pls_row_actor() has told.
 */
static inline void
pls_row_set_hashed_actor(PlsRow *row, bool isnull, uint64 actor)
{
	static const PlsActorHash hashed = {InvalidOid};

	row->actor_is_null = isnull;
	row->actor = UInt64GetDatum(actor);
	row->actor_hash = &hashed;
}

/*
 * Set a row's properties, the last of what it has; nobody can tell its
 * actor's domain.
 */
static pg_attribute_always_inline void
pls_row_set_properties(PlsRow *row, bool isnull, Datum properties)
{
	row->properties_is_null = isnull;
	row->properties = properties;
	row->detoasted = NULL;
	row->document = NULL;
	row->domain = NULL;
	row->settle_actor = NULL;
}

/*
 * Have a row's actor as it is counted, before it is asked for.
 */
static pg_attribute_always_inline void
pls_row_settle_actor(PlsRow *row)
{
	if (row->settle_actor != NULL)
	{
		row->settle_actor(row, row->domain_arg);
		row->settle_actor = NULL;
	}
}

/*
 * Set a row's event name.  A row without a name (NULL, or one too long to be
 * any signal's) is taken as one with an empty name, which no signal can ask
 * for: it matches every-event signals.
 */
static pg_attribute_always_inline void
pls_row_event(PlsRow *row, bool isnull, Datum event)
{
	row->event = "";
	row->event_length = 0;
	if (!isnull && !pls_is_longer(event, PLS_MAX_EVENT))
	{
		struct varlena *name = (struct varlena *) DatumGetPointer(event);

		if (VARATT_IS_COMPRESSED(name) || VARATT_IS_EXTERNAL(name))
			name = pg_detoast_datum_packed(name);
		row->event = VARDATA_ANY(name);
		row->event_length = VARSIZE_ANY_EXHDR(name);
	}
	row->event_hash = pls_event_hash(row->event, row->event_length);
}

#endif							/* PLS_EVENT_ROW_H */
