/*-------------------------------------------------------------------------
 *
 * reach.h
 *	  Until when a row can matter to a motion.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_REACH_H
#define PLS_REACH_H

#include "utils/timestamp.h"

#include "model/model.h"
#include "time/instant.h"

typedef struct PlsReach
{
	PlsSeconds *since;			/* per rule: older rows of it do not matter;
								 * PLS_EVER: all of them do */
	bool		scores_nothing; /* an entity all of whose rows are older need
								 * not score the same as one without rows */
} PlsReach;

extern PlsReach *pls_reach_of(const PlsModel *model, TimestampTz as_of);

#endif							/* PLS_REACH_H */
