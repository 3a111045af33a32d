/*-------------------------------------------------------------------------
 *
 * next_look.h
 *	  Until when time alone leaves a standing as it is.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_NEXT_LOOK_H
#define PLS_NEXT_LOOK_H

#include "utils/timestamp.h"

#include "evidence/evidence.h"
#include "evidence/score.h"
#include "model/model.h"

typedef struct PlsStandingNow
{
	const PlsEvidence *evidence;
	const PlsScore *score;		/* of it, as of then */
	TimestampTz as_of;
	PlsLane		lane;
	const char *reason;			/* of the last decision; NULL: none */
	TimestampTz decide_again_at;	/* DT_NOEND: not at all */
	TimestampTz cooldown_until; /* DT_NOBEGIN: none */
} PlsStandingNow;

extern bool pls_grade_matters(const PlsModel *model,
							  const PlsStandingNow *standing);
extern bool pls_same_grade(const PlsModel *model, const PlsScore *a,
						   const PlsScore *b);
extern bool pls_lane_stays(const PlsModel *model,
						   const PlsStandingNow *standing,
						   TimestampTz until);
extern TimestampTz pls_next_decision(const PlsStandingNow *standing);
extern TimestampTz pls_next_look(const PlsModel *model,
								 const PlsStandingNow *standing,
								 const TimestampTz *planned);

#endif							/* PLS_NEXT_LOOK_H */
