/*-------------------------------------------------------------------------
 *
 * standing_row.c
 *	  The row of a standing: what is read of it, what an evaluation writes.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "decimal.h"
#include "evidence/evidence.h"
#include "evidence/next_look.h"
#include "evidence/score.h"
#include "pls.h"
#include "state/observed.h"
#include "state/standing_row.h"

/*
 * The instant at which a stored row is evaluated; *went_back says whether it
 * lies before the last one, because the clock has gone back since.
 *
 * A little ahead of the clock the row's instant is kept, which is what
 * sessions bring about that read the clock in turns.  Far ahead of it the
 * clock was wrong then, or is now, and to wait until it gets there again
 * would leave the entity unseen for as long.
 */
TimestampTz
pls_instant_of_evaluation(TupleTableSlot *stored, TimestampTz clock,
						  bool *went_back)
{
	TimestampTz last = pls_standing_instant(stored, S_EVALUATED_AT, clock);

	*went_back = pls_is_ahead(last, clock);
	return *went_back ? clock : Max(clock, last);
}

/*
 * Fill in the columns that an evaluation sets.
 */
void
pls_standing_set_evaluated(Datum *values, bool *nulls, PlsMilli total,
						   bool stale, PlsLane lane, TimestampTz as_of)
{
	const char *lane_name = pls_lane_name(lane);

	values[S_SCORE] = pls_milli_to_numeric(total);
	nulls[S_LANE] = (lane_name == NULL);
	values[S_LANE] = lane_name ? CStringGetTextDatum(lane_name) : (Datum) 0;
	if (lane != PLS_LANE_SALES)
		values[S_QUALIFIED] = BoolGetDatum(false);
	if (lane == PLS_LANE_NONE)
		nulls[S_DECIDE_AGAIN_AT] = true;
	if (stale)
		values[S_STALE] = BoolGetDatum(true);
	values[S_EVALUATED_AT] = TimestampTzGetDatum(as_of);
}

/*
 * Copy the stored row, or make a new one.
 */
void
pls_standing_start_row(TupleTableSlot *stored, const PlsObserved *observed,
					   int ncolumns, Datum *values, bool *nulls)
{
	if (stored != NULL)
	{
		slot_getallattrs(stored);
		memcpy(values, stored->tts_values, ncolumns * sizeof(Datum));
		memcpy(nulls, stored->tts_isnull, ncolumns * sizeof(bool));
		return;
	}
	memset(nulls, true, ncolumns * sizeof(bool));
	values[S_ENTITY_ID] = CStringGetTextDatum(observed->entity);
	values[S_MOTION] = CStringGetTextDatum(observed->model->motion);
	values[S_QUALIFIED] = BoolGetDatum(false);
	values[S_STALE] = BoolGetDatum(false);
	nulls[S_ENTITY_ID] = nulls[S_MOTION] = nulls[S_EVIDENCE] =
		nulls[S_SCORE] = nulls[S_QUALIFIED] = nulls[S_STALE] =
		nulls[S_EVALUATED_AT] = nulls[S_LOOK_AT] = false;
}

/*
 * Whether what is new has changed the grade, where that matters.
 */
static bool
grade_turns(TupleTableSlot *stored, const PlsObserved *observed,
			const PlsStandingNow *standing)
{
	PlsEvidence *before;
	PlsScore	score;
	bool		isnull;

	if (stored == NULL || !pls_grade_matters(observed->model, standing))
		return false;
	before = pls_evidence_try_datum(CurrentMemoryContext,
									slot_getattr(stored, S_EVIDENCE + 1,
												 &isnull));
	if (before == NULL)
		return true;
	pls_score(observed->model, before, standing->as_of, observed->attributes,
			  &score);
	return !pls_same_grade(observed->model, &score, standing->score);
}

/*
 * When the row is to be looked at next.  Where it is stale the sweep finds it
 * by that; where a mark waits it is looked at until that has been answered.
 */
TimestampTz
pls_standing_next_look(TupleTableSlot *stored, const PlsObserved *observed,
					   const PlsEvidence *evidence, const PlsScore *score,
					   PlsLane lane,
					   const PlsEvaluation *row)
{
	PlsStandingNow standing = {evidence, score, row->as_of, lane};
	TimestampTz planned = DT_NOEND;

	if (stored != NULL)
		planned = DatumGetTimestampTz(row->values[S_LOOK_AT]);
	if (DatumGetBool(row->values[S_STALE]))
		return planned;
	/* as record_decision() sets it: its update of the row stays HOT */
	if (observed->marked || row->decide != PLS_LANE_NONE)
		return DT_NOBEGIN;
	if (lane != PLS_LANE_NONE && !row->nulls[S_REASON])
		standing.reason = TextDatumGetCString(row->values[S_REASON]);
	standing.decide_again_at = pls_instant_in(row->values, row->nulls,
											  S_DECIDE_AGAIN_AT, DT_NOEND);
	standing.cooldown_until = pls_instant_in(row->values, row->nulls,
											 S_COOLDOWN_UNTIL, DT_NOBEGIN);
	if (grade_turns(stored, observed, &standing))
		return Min(planned, row->as_of);
	return pls_next_look(observed->model, &standing,
						 stored == NULL ? NULL : &planned);
}

/*
 * Whether anything was ever decided about an entity, whose standing is in the
 * slot: it is kept then, even where no event is left.
 */
bool
pls_standing_has_history(TupleTableSlot *stored)
{
	return !slot_attisnull(stored, S_REASON + 1) ||
		!slot_attisnull(stored, S_LAST_ALERT_AT + 1);
}

/*
 * The evidence of a standing, as it is stored.
 */
Datum
pls_standing_evidence(TupleTableSlot *stored)
{
	bool		isnull;

	return slot_getattr(stored, S_EVIDENCE + 1, &isnull);
}
