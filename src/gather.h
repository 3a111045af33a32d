/*-------------------------------------------------------------------------
 *
 * gather.h
 *	  A rebuild's reading of the events, shared by gather.c (the whole),
 *	  gather_rows.c (from rows to records), gather_known.c (which of them say
 *	  nothing), gather_entities.c (from records to evidence) and
 *	  gather_parallel.c (by several processes).
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_GATHER_H
#define PLS_GATHER_H

#include "access/parallel.h"
#include "utils/array.h"

#include "row_spill.h"
#include "watched_table.h"

/* Columns of pls.gather(). */
enum
{
	G_ENTITY_ID, G_DUE, G_EVIDENCE, G_NEWEST, G_SIGNAL, G_AT, G_NCOLUMNS
};

typedef struct PlsWanted PlsWanted;
typedef struct PlsKnown PlsKnown;

typedef struct PlsGathering
{
	MemoryContext context;
	PlsModel   *model;			/* pinned by the caller */
	const PlsEventRules **events;	/* by their number */
	TimestampTz as_of;
	Snapshot	snapshot;
	Size		memory;			/* of entities that are put together at a
								 * time, and of users that are looked up */
	PlsWanted  *wanted;			/* NULL: all entities */
	PlsIdentity *identity;
	PlsKnown   *known;
	bool		knows_users;	/* they were read, or it was tried */
	PlsRowSpill *spill;
	TupleDesc	result;
	/* where rows of the result go */
	void		(*put) (struct PlsGathering *gathering, Datum *values,
						bool *nulls);
	void	   *put_arg;
} PlsGathering;

/* gather_rows.c */
extern PlsWanted *pls_wanted(ArrayType *entities);
extern const char *pls_wanted_entity(const PlsWanted *wanted, int number);
extern bool pls_is_wanted(const PlsWanted *wanted, const char *entity);
extern bool pls_wanted_by_user(const PlsWanted *users,
							   const PlsSource *source,
							   PlsColumnValues *values);
extern void pls_gather_leaf(PlsGathering *gathering, const PlsLeaf *leaf,
							PlsLeafShare *share);

/* gather_known.c */

/* An entity that a rebuild has met; its id lies behind it. */
typedef struct PlsKnownEntity
{
	uint32		found;			/* see index_of_found(); 0: not yet */
	uint32		hash;
	uint16		length;			/* of the id */
	int32		newest[FLEXIBLE_ARRAY_MEMBER];	/* row of each event: seconds
												 * before the end */
} PlsKnownEntity;

/* What was found by a key. */
typedef struct PlsFoundEntity
{
	PlsKnownEntity *entity;		/* NULL: nobody's */
	bool		whatever_address;	/* of the event; else it must be this one */
	struct varlena *address;	/* NULL: none */
} PlsFoundEntity;

extern PlsKnown *pls_known_begin(MemoryContext parent, const PlsModel *model,
								 const PlsEventRules **events,
								 TimestampTz as_of, Size memory);
extern PlsKnownEntity *pls_known_by_id(PlsKnown *known, const PlsHashedText *id);
extern void pls_known_prefetch(const PlsKnown *known, const PlsRowKey *key);
extern bool pls_known_find(const PlsKnown *known, const PlsRowKey *key,
						   PlsFoundEntity *found);
extern bool pls_known_is_of(const PlsFoundEntity *found, const PlsRowKey *key);
extern bool pls_known_add_key(PlsKnown *known, const PlsRowKey *key,
							  PlsKnownEntity *entity, bool whatever_address);
extern PlsHashedText pls_known_id(const PlsKnown *known,
								  const PlsKnownEntity *entity);
extern bool pls_known_has_passed(const PlsKnown *known,
								 const PlsKnownEntity *entity, int event,
								 PlsSeconds at);
extern void pls_known_note(const PlsKnown *known, PlsKnownEntity *entity,
						   int event, const PlsRow *row);
extern void pls_known_end(PlsKnown *known);

/*
 * What is kept of a row.  Then come, where flags say so, when it is due and
 * the actor's hash; the entity's id; and what the row's properties say to the
 * conditional rules of its event.
 */
typedef struct PlsRecord
{
	uint32		hash;			/* of the entity */
	uint32		event;			/* number of its rules */
	PlsSeconds	at;
	uint16		length;			/* of the entity's id */
	uint8		flags;
}			pg_attribute_packed()
PlsRecord;

#define PLS_RECORD_DUE		0x01
#define PLS_RECORD_ACTOR	0x02

#define pls_record_head_size(flags) \
	(sizeof(PlsRecord) + \
	 (((flags) & PLS_RECORD_DUE) ? sizeof(TimestampTz) : 0) + \
	 (((flags) & PLS_RECORD_ACTOR) ? sizeof(uint64) : 0))

extern Size pls_record_values_size(const PlsModel *model,
								   const PlsEventRules *rules);
extern void pls_gather_partition(PlsGathering *gathering, int partition,
								 PlsRowSpill **spills, int nspills);

/* gather_parallel.c */
extern int	pls_gather_workers(const PlsLeaf *leaves, int nleaves);
extern void pls_gather_in_parallel(PlsGathering *gathering,
								   const PlsLeaf *leaves, int nleaves,
								   int nworkers,
								   void (*store) (PlsGathering *gathering, MinimalTuple tuple));
extern PGDLLEXPORT void pls_gather_worker(dsm_segment *segment, shm_toc *toc);

/* gather.c */
extern PlsGathering *pls_gathering_begin(PlsModel *model, TimestampTz as_of,
										 Snapshot snapshot,
										 ArrayType *entities, Size memory);
extern void pls_gathering_all_read(PlsGathering *gathering);
extern void pls_gathering_end(PlsGathering *gathering);

#endif							/* PLS_GATHER_H */
