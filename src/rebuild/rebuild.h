/*-------------------------------------------------------------------------
 *
 * rebuild.h
 *	  A pass of pls.refresh(), shared by rebuild.c (the whole) and
 *	  rebuild_hold.c (which standings it holds).
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_REBUILD_H
#define PLS_REBUILD_H

#include "nodes/execnodes.h"

#include "model/model.h"
#include "rebuild/gather.h"
#include "state/identity.h"
#include "state/keyed_table.h"

/* What was not done about an entity, and why. */
typedef enum PlsLeft
{
	PLS_LEFT_HELD = 1,			/* its standing is in other hands */
	PLS_LEFT_COME = 2,			/* its standing was made meanwhile */
	PLS_LEFT_PART = 4,			/* a part in the backlog is in other hands */
	PLS_LEFT_OUTCOMES = 8,		/* and so is an outcome */
	PLS_LEFT_MARKED = 16		/* it has a mark, which stays */
} PlsLeft;

/* A standing that is held: who has locked a row finds it where it was. */
typedef struct PlsHeld
{
	uint32		hash;			/* of its entity */
	ItemPointerData place;
} PlsHeld;

typedef struct PlsPass
{
	MemoryContext context;		/* of all that lasts as long as the pass */
	MemoryContext row_context;	/* reset after each row */
	const char *motion;
	PlsModel   *model;			/* by which the events were gathered */
	PlsWanted  *wanted;			/* NULL: all entities */
	TimestampTz as_of;
	Snapshot	snapshot;		/* of events, backlog and outcomes */
	PlsTable	standings;
	PlsTable	backlog;
	PlsTable	outcomes;
	PlsTable	alerts;			/* heap NULL: not opened yet */
	PlsIdentity *identity;
	int64		nheld;
	int64		capacity;
	PlsHeld    *held;			/* ascending by hash */
	bits8	   *seen;			/* bit set: it was written */
	struct left_hash *left;
	int64		nwritten;
	int64		nmarked;
	ReturnSetInfo *result;
} PlsPass;

/* Where a standing is found, once the snapshot was taken. */
typedef enum PlsFind
{
	PLS_FOUND_NOT_THERE,
	PLS_FOUND_OURS,				/* held, or written by this transaction */
	PLS_FOUND_COME,				/* made since standings were held */
	PLS_FOUND_IN_OTHER_HANDS
} PlsFind;

extern void pls_pass_hold(PlsPass *pass);
extern PlsFind pls_pass_find(PlsPass *pass, const char *entity,
							 int64 *number);
extern void pls_pass_leave(PlsPass *pass, const char *entity, int why);
extern bool pls_pass_is_left(const PlsPass *pass, const char *entity,
							 int why);
extern bool pls_pass_goes_round(PlsPass *pass, const char *entity);
extern void pls_pass_each_left(PlsPass *pass,
							   void (*tell) (PlsPass *pass, const char *entity,
											 int left));
extern char *pls_row_text(TupleTableSlot *slot, int column);
extern bool pls_row_has(TupleTableSlot *slot, int column, const char *value);

#endif							/* PLS_REBUILD_H */
