/*-------------------------------------------------------------------------
 *
 * gather.h
 *	  A rebuild's reading of the events, shared by gather.c (the whole),
 *	  gather_wanted.c (of some entities), gather_rows.c (from rows to records),
 *	  gather_known.c and gather_marks.c (which of them say nothing),
 *	  gather_entities.c (from records to evidence) and gather_parallel.c (by
 *	  several processes).
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_GATHER_H
#define PLS_GATHER_H

#include "access/parallel.h"
#include "utils/array.h"

#include "model/model.h"
#include "rebuild/row_spill.h"
#include "rebuild/watched_table.h"
#include "state/identity.h"
#include "time/instant.h"
#include "trigger/source.h"

/* Columns of pls_internal.gather(). */
enum
{
	G_ENTITY_ID, G_DUE, G_EVIDENCE, G_NEWEST, G_SIGNAL, G_AT, G_MILLI, G_LANE,
	G_LOOK_AT, G_NCOLUMNS
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
	bool		is_past;		/* as was known at as_of: what came later is
								 * left out, nothing is judged */
	bool		every_row;		/* a record for each row that means anything,
								 * with its whole instant; not as evidence */
	PlsWanted  *wanted;			/* NULL: all entities */
	PlsIdentity *identity;		/* whose events are */
	PlsIdentity *accounts;		/* of entities that are put together; NULL: no
								 * signal needs to know them */
	PlsKnown   *known;
	bool		knows_users;	/* they were read, as far as there is room */
	bool		knows_all_users;	/* whose user's number is not known has no
									 * account of its own */
	PlsRowSpill *spill;
	uint32		nnumbered[PLS_SPILL_PARTITIONS];	/* entities that its
													 * records have numbered */
	TupleDesc	result;
	/* where rows of the result go */
	void		(*put) (struct PlsGathering *gathering, Datum *values,
						bool *nulls);
	void	   *put_arg;
} PlsGathering;

/* gather_wanted.c */
extern PlsWanted *pls_wanted(ArrayType *entities);
extern const char *pls_wanted_entity(const PlsWanted *wanted, int number);
extern bool pls_is_wanted(const PlsWanted *wanted, const char *entity);
extern bool pls_wanted_by_user(PlsIdentity *identity, const PlsWanted *users,
							   const PlsSource *source,
							   PlsColumnValues *values);
extern bool pls_wanted_values(const PlsGathering *gathering,
							  const PlsSource *source, Relation relation,
							  PlsColumnValues *values);

/* gather_rows.c */
extern void pls_gather_leaf(PlsGathering *gathering, const PlsLeaf *leaf,
							PlsLeafShare *share);

/* gather_known.c; see also gather_known.h */
extern PlsKnown *pls_known_begin(MemoryContext parent, PlsModel *model,
								 const PlsEventRules **events,
								 TimestampTz as_of, Size memory);
extern void pls_known_tell_nothing(PlsKnown *known);
extern void pls_known_end(PlsKnown *known);

/*
 * What is kept of a row.  Then come, where flags say so, when it is due, the
 * fraction of its second, the actor's hash and whose it is (PlsRecordEntity,
 * and the id); and what the row's properties say to the conditional rules of
 * its event.
 *
 * The first record of an entity that is known (gather_known.c) gives it a
 * number, by which the later ones of its partition in the same spill name it.
 */
typedef struct PlsRecord
{
	uint32		entity;			/* its number; PLS_NO_NUMBER: it has none */
	uint64		event:18;		/* number of its rules */
	PlsSeconds	at:46;			/* every timestamp in seconds needs 45 */
	uint8		flags;
}			pg_attribute_packed()
PlsRecord;

#define PLS_RECORD_EVENTS (1 << 18)
StaticAssertDecl(sizeof(PlsRecord) == 13, "a record is as small as can be");

typedef struct PlsRecordEntity
{
	uint32		hash;
	uint16		length;			/* of its id */
}			pg_attribute_packed()
PlsRecordEntity;

#define PLS_NO_NUMBER PG_UINT32_MAX

#define PLS_RECORD_DUE		0x01
#define PLS_RECORD_ACTOR	0x02
#define PLS_RECORD_TOLD		0x04	/* rules of actors and days have been told
									 * all this could tell them */
#define PLS_RECORD_ENTITY	0x08	/* it says whose it is */
#define PLS_RECORD_FRACTION	0x10	/* of every_row: microseconds behind at */
#define PLS_RECORD_CONVERTS	0x20	/* of every_row: it shows a conversion */

/* Where a record's actor's hash, and whose it is, come in it. */
#define pls_record_actor_place(flags) \
	(sizeof(PlsRecord) + \
	 (((flags) & PLS_RECORD_DUE) ? sizeof(TimestampTz) : 0) + \
	 (((flags) & PLS_RECORD_FRACTION) ? sizeof(uint32) : 0))
#define pls_record_entity_place(flags) \
	(pls_record_actor_place(flags) + \
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
extern void pls_gathering_of_past(PlsGathering *gathering);
extern void pls_gathering_of_every_row(PlsGathering *gathering);
extern void pls_gathering_read(PlsGathering *gathering,
							   const PlsLeaf *leaves, int nleaves);
extern void pls_gather_alone(PlsGathering *gathering, const PlsLeaf *leaves,
							 int nleaves);
extern PlsGathering *pls_gathering_begin(PlsModel *model, TimestampTz as_of,
										 Snapshot snapshot,
										 ArrayType *entities, Size memory);
extern void pls_gathering_all_read(PlsGathering *gathering);
extern void pls_gathering_end(PlsGathering *gathering);

#endif							/* PLS_GATHER_H */
