/*-------------------------------------------------------------------------
 *
 * standing_rebuild.c
 *	  Putting what the events say into the place of what a standing has.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/rel.h"

#include "evidence/evidence.h"
#include "evidence/next_look.h"
#include "evidence/score.h"
#include "model/model.h"
#include "state/keyed_table.h"
#include "state/observed.h"
#include "state/standing_rebuild.h"
#include "state/standing_row.h"

/*
 * Whether a row says the same as the stored one, but for the instant of its
 * evaluation.
 */
static bool
says_the_same(TupleTableSlot *stored, const Datum *values, const bool *nulls)
{
	TupleDesc	desc = stored->tts_tupleDescriptor;
	int			i;

	for (i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(desc, i);

		if (i == S_EVALUATED_AT || (nulls[i] && stored->tts_isnull[i]))
			continue;
		if (nulls[i] || stored->tts_isnull[i] ||
			!datum_image_eq(values[i], stored->tts_values[i],
							attribute->attbyval, attribute->attlen))
			return false;
	}
	return true;
}

/*
 * What evidence makes of an entity that had this lane before, but for when to
 * look at it next.
 */
static void
judge(const PlsModel *model, const PlsEvidence *evidence, TimestampTz as_of,
	  Jsonb *attributes, PlsLane before, PlsScore *score, PlsVerdict *verdict)
{
	pls_score(model, evidence, as_of, attributes, score);
	verdict->total = score->total;
	verdict->stale = score->stale;
	verdict->lane = pls_lane(model, score, before);
}

/*
 * What evidence makes of an entity that has no lane, and about which nothing
 * was decided.
 */
void
pls_judge_as_new(const PlsModel *model, const PlsEvidence *evidence,
				 TimestampTz as_of, Jsonb *attributes, PlsVerdict *verdict)
{
	PlsScore	score;
	PlsStandingNow standing = {evidence, &score, as_of};

	judge(model, evidence, as_of, attributes, PLS_LANE_NONE, &score, verdict);
	standing.lane = verdict->lane;
	standing.decide_again_at =
		standing.lane == PLS_LANE_NONE ? DT_NOEND : as_of;
	standing.cooldown_until = DT_NOBEGIN;
	verdict->look_at = score.stale ? DT_NOEND :
		pls_next_look(model, &standing, NULL);
}

/*
 * Whether a standing (NULL: none) is judged at this instant as if it were new:
 * what was decided about it before says nothing while it has no lane.
 */
bool
pls_standing_is_as_new(TupleTableSlot *stored, TimestampTz as_of)
{
	bool		went_back;

	return stored == NULL ||
		(slot_attisnull(stored, S_LANE + 1) &&
		 pls_instant_of_evaluation(stored, as_of, &went_back) == as_of);
}

/*
 * Put what the events say into the place of what a standing has: evidence is
 * all of it, as it is stored, and rebuilt->newest the newest event in it.
 * as_new: what that makes of an entity without a lane, for a standing that is
 * judged as if it were new; NULL: it is to be judged by rebuilt->delta, the
 * same evidence.  stored: the row, which is held; NULL to make a new one.
 *
 * While it was stale a look at it found no more than that, so what has changed
 * about its decision meanwhile is still to be looked for.
 *
 * False if nothing was written: others are making it at this moment, or have
 * made it.  A row that would say the same as before is left alone, and is as
 * good as written.
 */
bool
pls_standing_rebuild(PlsTable *standings, TupleTableSlot *stored,
					 const PlsObserved *rebuilt, Datum evidence,
					 const PlsVerdict *as_new, TimestampTz as_of)
{
	int			ncolumns = RelationGetDescr(standings->heap)->natts;
	Datum	   *values = palloc0(ncolumns * sizeof(Datum));
	bool	   *nulls = palloc0(ncolumns * sizeof(bool));
	TimestampTz at = as_of;
	PlsLane		before = PLS_LANE_NONE;
	PlsScore	score;
	PlsVerdict	verdict;
	PlsEvaluation row = {values, nulls};
	bool		went_back = false;
	bool		was_stale;
	ItemPointerData tid;

	pls_standing_start_row(stored, rebuilt, ncolumns, values, nulls);
	if (stored != NULL)
	{
		at = pls_instant_of_evaluation(stored, as_of, &went_back);
		if (!nulls[S_LANE])
			before = pls_lane_parse(TextDatumGetCString(values[S_LANE]));
	}
	if (as_new != NULL)
		verdict = *as_new;
	else
		judge(rebuilt->model, rebuilt->delta, at, rebuilt->attributes, before,
			  &score, &verdict);
	was_stale = DatumGetBool(values[S_STALE]);
	values[S_STALE] = BoolGetDatum(false);
	/* the lane has risen, or was put off to an instant of a wrong clock */
	if (verdict.lane > before || (went_back && !nulls[S_DECIDE_AGAIN_AT]))
	{
		values[S_DECIDE_AGAIN_AT] = TimestampTzGetDatum(as_of);
		nulls[S_DECIDE_AGAIN_AT] = false;
	}
	values[S_EVIDENCE] = evidence;
	pls_standing_set_evaluated(values, nulls, verdict.total, verdict.stale,
							   verdict.lane, at);
	values[S_LAST_EVENT_AT] = TimestampTzGetDatum(rebuilt->newest);
	nulls[S_LAST_EVENT_AT] = TIMESTAMP_IS_NOBEGIN(rebuilt->newest);
	row.as_of = at;
	if (as_new == NULL)
		verdict.look_at = pls_standing_next_look(stored, rebuilt,
												 rebuilt->delta, &score,
												 verdict.lane, &row);
	else if (stored != NULL)
		/* an earlier look that was planned finds no more than that */
		verdict.look_at = Min(verdict.look_at,
							  DatumGetTimestampTz(values[S_LOOK_AT]));
	values[S_LOOK_AT] = TimestampTzGetDatum(was_stale &&
											verdict.lane != PLS_LANE_NONE ?
											DT_NOBEGIN : verdict.look_at);
	if (stored == NULL)
		return pls_table_insert_unless_there(standings, values, nulls);
	if (!went_back && says_the_same(stored, values, nulls))
		return true;
	tid = stored->tts_tid;
	return pls_table_update(standings, &tid, values, nulls) == TM_Ok;
}
