/*-------------------------------------------------------------------------
 *
 * standing_rebuild.h
 *	  Putting what the events say into the place of what a standing has.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_STANDING_REBUILD_H
#define PLS_STANDING_REBUILD_H

#include "executor/tuptable.h"
#include "utils/jsonb.h"
#include "utils/timestamp.h"

#include "decimal.h"
#include "evidence/evidence.h"
#include "evidence/score.h"
#include "model/model.h"
#include "state/keyed_table.h"
#include "state/observed.h"

/* What evidence makes of an entity at an instant. */
typedef struct PlsVerdict
{
	PlsMilli	total;
	bool		stale;			/* the evidence is not of the model */
	PlsLane		lane;
	TimestampTz look_at;		/* a lower bound of when time changes that */
} PlsVerdict;

extern void pls_judge_as_new(const PlsModel *model,
							 const PlsEvidence *evidence, TimestampTz as_of,
							 Jsonb *attributes, PlsVerdict *verdict);
extern bool pls_standing_is_as_new(TupleTableSlot *stored, TimestampTz as_of);
extern bool pls_standing_rebuild(PlsTable *standings, TupleTableSlot *stored,
								 const PlsObserved *rebuilt, Datum evidence,
								 const PlsVerdict *as_new,
								 TimestampTz as_of);

#endif							/* PLS_STANDING_REBUILD_H */
