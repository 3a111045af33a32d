/*-------------------------------------------------------------------------
 *
 * standing.h
 *	  One row per motion and entity.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_STANDING_H
#define PLS_STANDING_H

#include "executor/tuptable.h"
#include "utils/jsonb.h"
#include "utils/timestamp.h"

#include "decimal.h"
#include "evidence/evidence.h"
#include "evidence/score.h"
#include "model/event_row.h"
#include "model/model.h"
#include "state/keyed_table.h"

typedef struct PlsObserved
{
	PlsModel   *model;
	const char *entity;
	PlsEvidence *delta;			/* takes in what waits in the backlog; NULL:
								 * what one row matches, as it is here */
	const PlsMatch *matches;
	int			nmatches;
	TimestampTz newest;			/* newest event in the delta; DT_NOBEGIN: none */
	bool		thorough;		/* takes the time that an INSERT must not */
	bool		marked;			/* a mark says that the evidence is wrong */
	Jsonb	   *attributes;		/* of the account; NULL: none, or not needed */
} PlsObserved;

/*
 * An entity of which nothing is known yet; see above for what there may be.
 */
static inline void
pls_observed_init(PlsObserved *observed, PlsModel *model, const char *entity)
{
	memset(observed, 0, sizeof(PlsObserved));
	observed->model = model;
	observed->entity = entity;
	observed->newest = DT_NOBEGIN;
}

/* What evidence makes of an entity at an instant. */
typedef struct PlsVerdict
{
	PlsMilli	total;
	bool		stale;			/* the evidence is not of the model */
	PlsLane		lane;
	TimestampTz look_at;		/* a lower bound of when time changes that */
} PlsVerdict;

extern bool pls_standings_open(PlsTable *table);
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
extern bool pls_standing_has_history(TupleTableSlot *stored);
extern Datum pls_standing_evidence(TupleTableSlot *stored);
extern void pls_judge_as_new(const PlsModel *model,
							 const PlsEvidence *evidence, TimestampTz as_of,
							 Jsonb *attributes, PlsVerdict *verdict);
extern bool pls_standing_is_as_new(TupleTableSlot *stored, TimestampTz as_of);
extern bool pls_standing_rebuild(PlsTable *standings, TupleTableSlot *stored,
								 const PlsObserved *rebuilt, Datum evidence,
								 const PlsVerdict *as_new,
								 TimestampTz as_of);

#endif							/* PLS_STANDING_H */
