/*-------------------------------------------------------------------------
 *
 * standing.h
 *	  A motion's standing of an entity: merge into it, plan its next look.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_STANDING_H
#define PLS_STANDING_H

#include "utils/timestamp.h"

#include "evidence/score.h"
#include "state/keyed_table.h"
#include "state/observed.h"

extern bool pls_standing_merge(PlsTable *standings, PlsTable *backlog,
							   PlsObserved *observed, TimestampTz *as_of,
							   PlsLane *decide);
extern bool pls_standing_plan(PlsTable *standings,
							  const PlsObserved *observed,
							  TransactionId version, TimestampTz look_at,
							  bool stale);
extern void pls_standing_put_aside(PlsTable *backlog,
								   PlsObserved *observed,
								   TimestampTz not_before);

#endif							/* PLS_STANDING_H */
