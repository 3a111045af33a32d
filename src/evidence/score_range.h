/*-------------------------------------------------------------------------
 *
 * score_range.h
 *	  What a score cannot leave in a span of time, if no event comes.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_SCORE_RANGE_H
#define PLS_SCORE_RANGE_H

#include "utils/timestamp.h"

#include "evidence/evidence.h"
#include "evidence/score.h"
#include "model/model.h"

/* The most that a signal may be in a span, if no event comes. */
typedef struct PlsSignalMost
{
	PlsMilli	points;
	bool		met;
	int			missing;		/* else: events before it may be */
} PlsSignalMost;

extern void pls_score_range(const PlsModel *model,
							const PlsEvidence *evidence, const PlsScore *now,
							TimestampTz from, TimestampTz until,
							PlsScore *low, PlsScore *high);
extern void pls_score_range_with(const PlsModel *model,
								 const PlsEvidence *evidence,
								 const PlsScore *now, TimestampTz from,
								 TimestampTz until, const TimestampTz *holds,
								 PlsSignalMost *most, PlsScore *low,
								 PlsScore *high);
extern int	pls_events_missing(const PlsSignal *signal, PlsMilli value);

#endif							/* PLS_SCORE_RANGE_H */
