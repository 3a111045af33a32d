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
#include "model/model.h"

/* What events of one name may do to a score. */
typedef struct PlsEventEffect
{
	int			nsignals;
	int		   *signals;		/* that look at them, for better or worse */
	bool		may_lower;		/* the score, or what is met */
} PlsEventEffect;

/* The most that a score may have become since it was worked out. */
typedef struct PlsHeadroom
{
	const PlsModel *model;
	PlsLane		lane;
	PlsScore	most;			/* total, required_met and signals_met of it */
	int			nmissing;		/* required signals that cannot be met yet */
	PlsMilli   *room;			/* by signal: what events may still add */
	bool	   *has_event;		/* by signal: since then */
	bool	   *was_met;		/* by signal: or may be without an event */
	bool	   *counts;			/* by signal: it is in signals_met */
} PlsHeadroom;

extern bool pls_cannot_rise(const PlsModel *model, const PlsScore *now,
							PlsLane lane);
extern PlsEventEffect *pls_event_effects(const PlsModel *model,
										 const PlsEventRules **events);
extern void pls_headroom_create(PlsHeadroom *headroom, const PlsModel *model);
extern void pls_headroom_set(PlsHeadroom *headroom, const PlsScore *now,
							 PlsLane lane);
extern bool pls_headroom_takes(PlsHeadroom *headroom,
							   const PlsEventEffect *effect);

#endif							/* PLS_HEADROOM_H */
