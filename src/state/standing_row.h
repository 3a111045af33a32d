/*-------------------------------------------------------------------------
 *
 * standing_row.h
 *	  The row of a standing: what is read of it, what an evaluation writes.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_STANDING_ROW_H
#define PLS_STANDING_ROW_H

#include "executor/tuptable.h"
#include "utils/timestamp.h"

#include "decimal.h"
#include "evidence/evidence.h"
#include "evidence/score.h"
#include "state/observed.h"

/* Columns of pls.standings (sql/40_state/10_standings.sql). */
enum
{
	S_ENTITY_ID, S_MOTION, S_EVIDENCE, S_SCORE, S_LANE, S_QUALIFIED, S_REASON,
	S_DECIDE_AGAIN_AT, S_STALE, S_LAST_EVENT_AT, S_EVALUATED_AT,
	S_LAST_ALERT_AT, S_COOLDOWN_UNTIL, S_LOOK_AT
};

/*
 * What the stored row and the delta amount to, as a row to write.
 */
typedef struct PlsEvaluation
{
	Datum	   *values;
	bool	   *nulls;
	TimestampTz as_of;
	bool		turns;			/* the lane is another by this evidence */
	PlsLane		decide;			/* the lane to decide about */
} PlsEvaluation;

extern void pls_standing_start_row(TupleTableSlot *stored,
								   const PlsObserved *observed,
								   int ncolumns, Datum *values, bool *nulls);
extern TimestampTz pls_instant_of_evaluation(TupleTableSlot *stored,
											 TimestampTz clock,
											 bool *went_back);
extern void pls_standing_set_evaluated(Datum *values, bool *nulls,
									   PlsMilli total, bool stale,
									   PlsLane lane, TimestampTz as_of);
extern TimestampTz pls_standing_next_look(TupleTableSlot *stored,
										  const PlsObserved *observed,
										  const PlsEvidence *evidence,
										  const PlsScore *score,
										  PlsLane lane,
										  const PlsEvaluation *row);
extern bool pls_standing_has_history(TupleTableSlot *stored);
extern Datum pls_standing_evidence(TupleTableSlot *stored);

static inline TimestampTz
pls_standing_instant(TupleTableSlot *slot, int column, TimestampTz if_null)
{
	bool		isnull;
	Datum		value = slot_getattr(slot, column + 1, &isnull);

	return isnull ? if_null : DatumGetTimestampTz(value);
}

static inline TimestampTz
pls_instant_in(const Datum *values, const bool *nulls, int column,
			   TimestampTz if_null)
{
	return nulls[column] ? if_null : DatumGetTimestampTz(values[column]);
}

#endif							/* PLS_STANDING_ROW_H */
