/*-------------------------------------------------------------------------
 *
 * observed.h
 *	  What was observed of an entity.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_OBSERVED_H
#define PLS_OBSERVED_H

#include "utils/timestamp.h"

#include "evidence/evidence.h"
#include "model/event_row.h"
#include "model/model.h"

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

#endif							/* PLS_OBSERVED_H */
