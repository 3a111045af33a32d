/*-------------------------------------------------------------------------
 *
 * score.h
 *	  What evidence is worth.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_SCORE_H
#define PLS_SCORE_H

#include "nodes/execnodes.h"
#include "utils/jsonb.h"
#include "utils/timestamp.h"

#include "decimal.h"
#include "evidence/evidence.h"
#include "model/model.h"
#include "time/instant.h"

typedef struct PlsSignalScore
{
	bool		absent;			/* the evidence does not know it */
	bool		value_is_null;
	PlsMilli	value;			/* seconds x 1000 for recency and first */
	bool		met;
	bool		saturated;
	bool		has_newest;
	PlsSeconds	newest;
	PlsMilli	points;			/* before any clamp */
	PlsMilli	clamp;			/* what the signal's own clamp adds */
} PlsSignalScore;

typedef struct PlsScore
{
	PlsSignalScore *signals;	/* as model->signals */
	PlsMilli   *limits;			/* what each category limit adds */
	PlsMilli	engagement;
	PlsMilli	fit;
	PlsMilli	clamp;			/* what the score's clamp adds */
	PlsMilli	total;
	bool		required_met;
	int			signals_met;	/* met, with positive points */
	bool		stale;			/* some part of the model is absent */
} PlsScore;

typedef enum PlsLane
{
	PLS_LANE_NONE, PLS_LANE_TRIAGE, PLS_LANE_SALES
} PlsLane;

extern void pls_score(const PlsModel *model, const PlsEvidence *evidence,
					  TimestampTz as_of, Jsonb *attributes, PlsScore *score);
extern PlsSeconds pls_window_start(TimestampTz as_of, int64 window);
extern bool pls_score_has_items(const PlsModel *model,
								const PlsEvidence *evidence);
extern PlsMilli pls_score_unit(const PlsSignal *signal, PlsMilli units,
							   int64 scale, PlsSeconds at, TimestampTz as_of);
extern PlsMilli pls_score_met(const PlsSignal *signal, PlsSeconds newest,
							  TimestampTz as_of);
extern PlsMilli pls_score_clamp(PlsMilli points, bool has_min, int64 min,
								bool has_max, int64 max);
extern void pls_score_begin(const PlsModel *model, PlsScore *score);
extern void pls_score_part(const PlsSignal *signal, const PlsPart *part,
						   TimestampTz as_of, PlsSignalScore *result);
extern void pls_score_units(const PlsSignal *signal, PlsMilli units,
							PlsSignalScore *result);
extern void pls_score_growth(const PlsSignal *signal, PlsMilli later,
							 PlsMilli earlier, PlsSignalScore *result);
extern void pls_score_age(PlsSeconds at, TimestampTz as_of,
						  PlsSignalScore *result);
extern void pls_score_end(const PlsModel *model, TimestampTz as_of,
						  bool scored, PlsScore *score);
extern void pls_score_signal(const PlsModel *model, int number,
							 const PlsEvidence *evidence, TimestampTz as_of,
							 PlsScore *score);
extern int64 pls_sales_floor(const PlsModel *model, PlsLane before);
extern PlsLane pls_lane(const PlsModel *model, const PlsScore *score,
						PlsLane before);
extern PlsLane pls_lane_to_decide(PlsLane before, PlsLane now,
								  TimestampTz decide_again_at,
								  TimestampTz as_of);
extern const char *pls_lane_name(PlsLane lane);
extern PlsLane pls_lane_parse(const char *name);
extern char *pls_grade(const PlsModel *model, const PlsScore *score);

/* explain.c */
extern void pls_explain_put(ReturnSetInfo *result, const PlsModel *model,
							const PlsScore *score);

#endif							/* PLS_SCORE_H */
