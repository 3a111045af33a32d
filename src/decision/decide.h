/*-------------------------------------------------------------------------
 *
 * decide.h
 *	  The rare path, isolated from the application's transaction.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_DECIDE_H
#define PLS_DECIDE_H

#include "nodes/pg_list.h"
#include "utils/timestamp.h"

#include "evidence/score.h"
#include "model/model.h"
#include "time/instant.h"

struct ErrorData;
extern struct ErrorData *pls_run_isolated(void (*work) (void *arg),
										  void *arg);

typedef struct PlsEdge
{
	const char *motion;
	const char *entity;
	PlsLane		lane;
	TimestampTz as_of;
	const char *reason;			/* of the decision; NULL: it failed */
} PlsEdge;

typedef struct PlsSeenOutcome
{
	const char *motion;
	bool		unit_is_user;
	const char *entity;
	const PlsOutcomeRule *rule;
	PlsSeconds	at;
} PlsSeenOutcome;

extern void pls_decide(PlsEdge *edge);
extern void pls_decide_some(List *edges);
extern void pls_record_outcomes(List *seen);

#endif							/* PLS_DECIDE_H */
