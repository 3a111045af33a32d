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

extern void pls_score_range(const PlsModel *model,
							const PlsEvidence *evidence, const PlsScore *now,
							TimestampTz from, TimestampTz until,
							PlsScore *low, PlsScore *high);

#endif							/* PLS_SCORE_RANGE_H */
