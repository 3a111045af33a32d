/*-------------------------------------------------------------------------
 *
 * headroom.h
 *	  How much a score may grow before its lane can rise.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_HEADROOM_H
#define PLS_HEADROOM_H

#include "evidence/score.h"
#include "evidence/score_range.h"
#include "model/model.h"

/* What events of one name may do to a score. */
typedef struct PlsEventEffect
{
	int			nsignals;
	int		   *signals;		/* that look at them, for better or worse */
	bool		may_lower;		/* the score, or what is met */
	bool		adds_up;		/* so does a negative amount */
	int			nrefreshed;
	int		   *refreshed;		/* signals "did it lately" that they meet */
} PlsEventEffect;

/* The most that a score may have become since it was worked out. */
typedef struct PlsHeadroom
{
	const PlsModel *model;
	PlsLane		lane;
	PlsScore	most;			/* total, required_met and signals_met of it */
	int			nrequired;		/* required signals that cannot be met yet */
	PlsSignalMost *signals;		/* without events */
	PlsMilli   *room;			/* by signal: what events may still add */
} PlsHeadroom;

extern bool pls_cannot_rise(const PlsModel *model, const PlsScore *now,
							PlsLane lane);
extern PlsEventEffect *pls_event_effects(const PlsModel *model,
										 const PlsEventRules **events);
extern void pls_headroom_create(PlsHeadroom *headroom, const PlsModel *model);
extern void pls_headroom_by_score(PlsHeadroom *headroom, const PlsScore *now,
								  PlsLane lane);
extern void pls_headroom_by_range(PlsHeadroom *headroom, const PlsScore *high,
								  PlsLane lane);
extern bool pls_headroom_takes(PlsHeadroom *headroom,
							   const PlsEventEffect *effect);

#endif							/* PLS_HEADROOM_H */
