/*-------------------------------------------------------------------------
 *
 * score_steps.h
 *	  When time alone changes a score that changes in steps.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_SCORE_STEPS_H
#define PLS_SCORE_STEPS_H

#include "evidence/next_look.h"
#include "model/model.h"

extern bool pls_has_steps(const PlsModel *model);
extern TimestampTz pls_steps_lane_until(const PlsModel *model,
										const PlsStandingNow *standing,
										const TimestampTz *holds,
										TimestampTz until);

#endif							/* PLS_SCORE_STEPS_H */
