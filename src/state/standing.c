/*-------------------------------------------------------------------------
 *
 * standing.c
 *	  A motion's standing of an entity: read, merge, evaluate, write.
 *
 * The row holds all that an event needs, so the hot path is one index
 * lookup, one row lock, one merge in memory and one HOT update.  The lock is
 * taken without waiting, and what it fails on decides:
 *
 *	  changed meanwhile by a committed transaction: look for it again
 *	  in another session's hands: the delta goes to the backlog
 *
 * Only who holds a standing may take what waits for it in the backlog.  A
 * refresh holds the standings first and reads events and backlog then: a part
 * that somebody else had taken by that time, to put it back in the end, it
 * would count with the events and meet again afterwards.
 * Not every event looks there, see BUSY_SPELL; every sweep does.
 *
 * The instant of evaluation is the clock, but never before the one that the
 * row was evaluated at: sessions read the clock in another order than they
 * come to the row, and evidence says nothing of instants before its newest
 * item.  So instants per row only grow, unless the clock itself has gone
 * back: see pls_instant_of_evaluation().
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "utils/builtins.h"
#include "utils/rel.h"

#include "evidence/evidence.h"
#include "evidence/model_evidence.h"
#include "evidence/score.h"
#include "pls.h"
#include "state/backlog.h"
#include "state/clock_mark.h"
#include "state/keyed_table.h"
#include "state/observed.h"
#include "state/standing.h"
#include "state/standing_hold.h"
#include "state/standing_row.h"

#define MAX_ATTEMPTS 3			/* before a busy row's delta is put aside */

/*
 * A part waits because another transaction held the standing.  Whoever comes
 * so soon after that one had written it looks for such parts; later they have
 * mostly been swept, and to look costs a fifth of all that an event costs.
 * Before a decision, and in a sweep, it is always looked.
 */
#define BUSY_SPELL USECS_PER_SEC

/*
 * Merge; evidence that cannot be (it was damaged, or a newer version wrote
 * it) leaves nothing known, which reads as stale and is rebuilt from the
 * source by the sweep.
 */
static void
merge_or_forget(PlsEvidence *evidence, const PlsEvidence *from)
{
	if (from != NULL && pls_evidence_mergeable(evidence, from))
		pls_evidence_merge(evidence, from);
	else
		evidence->nparts = 0;
}

/*
 * The delta as evidence, in the current memory context.
 */
static PlsEvidence *
need_delta(PlsObserved *observed)
{
	if (observed->delta == NULL)
		observed->delta = pls_matches_evidence(CurrentMemoryContext,
											   observed->model,
											   observed->matches,
											   observed->nmatches);
	return observed->delta;
}

/*
 * Take a part of the backlog into the delta.
 */
static void
take_part(void *arg, const PlsEvidence *part, TimestampTz newest)
{
	PlsObserved *observed = arg;

	merge_or_forget(observed->delta, part);
	observed->newest = Max(observed->newest, newest);
}

/*
 * The evidence that results from the stored one and the delta, which is left
 * as it is.  What is new is added to what is there: the new is less.  One
 * row's matches are added as they are where the stored evidence is of this
 * model.
 *
 * Where the stored evidence is of an older model, the parts that it does not
 * know stay out: their history is missing until a refresh.
 */
static PlsEvidence *
merge_evidence(TupleTableSlot *stored, PlsObserved *observed)
{
	PlsEvidence *evidence = NULL;
	const PlsEvidence *delta;

	if (stored != NULL)
	{
		bool		isnull;
		Datum		value = slot_getattr(stored, S_EVIDENCE + 1, &isnull);

		evidence = pls_evidence_try_datum(CurrentMemoryContext, value);
	}
	if (evidence != NULL && observed->delta == NULL &&
		strcmp(evidence->motion, observed->model->motion) == 0 &&
		pls_model_is_of(evidence, observed->model))
	{
		pls_add_matches(evidence, observed->matches, observed->nmatches);
		return evidence;
	}
	delta = need_delta(observed);
	if (evidence == NULL || !pls_evidence_mergeable(evidence, delta))
	{
		evidence = pls_evidence_copy(CurrentMemoryContext, delta);
		if (stored != NULL)
			evidence->nparts = 0;
	}
	else
		pls_evidence_merge(evidence, delta);
	return evidence;
}

/*
 * Merge the delta into the stored row, which is held (NULL: there is none
 * yet), and evaluate it.
 *
 * When the clock has gone back, decisions that were put off to an instant
 * that it told are due, and evidence of events that are of the future again
 * is rebuilt: it may have let go of what it needs now.
 *
 * Where the evidence is to be rebuilt (so, or because it is stale, or events
 * in it were changed or deleted), the lane stays and nothing is decided: what
 * the rebuilt evidence says is compared with the lane from before.
 */
static void
evaluate_standing(PlsTable *standings, TupleTableSlot *stored,
				  PlsObserved *observed, TimestampTz as_of,
				  PlsEvaluation *result)
{
	int			ncolumns = RelationGetDescr(standings->heap)->natts;
	Datum	   *values = palloc0(ncolumns * sizeof(Datum));
	bool	   *nulls = palloc0(ncolumns * sizeof(bool));
	PlsEvidence *evidence = merge_evidence(stored, observed);
	TimestampTz newest = observed->newest;
	TimestampTz decide_at;
	TimestampTz look_at;
	PlsLane		before = PLS_LANE_NONE;
	PlsLane		now;
	PlsScore	score;
	bool		went_back = false;
	bool		unsure = observed->marked;	/* evidence is to be rebuilt */

	pls_standing_start_row(stored, observed, ncolumns, values, nulls);
	if (stored != NULL)
	{
		unsure = unsure || DatumGetBool(values[S_STALE]);
		newest = Max(newest, pls_standing_instant(stored, S_LAST_EVENT_AT,
												  newest));
		as_of = pls_instant_of_evaluation(stored, as_of, &went_back);
		if (!nulls[S_LANE])
			before = pls_lane_parse(TextDatumGetCString(values[S_LANE]));
	}
	pls_score(observed->model, evidence, as_of, observed->attributes, &score);
	now = pls_lane(observed->model, &score, before);
	result->turns = (now != before);
	if (newest > as_of)
		values[S_STALE] = BoolGetDatum(true);
	unsure = unsure || score.stale || newest > as_of;
	if (unsure)
		now = before;			/* an edge is crossed by right evidence only */
	decide_at = pls_instant_in(values, nulls, S_DECIDE_AGAIN_AT, DT_NOEND);
	if (went_back && !nulls[S_DECIDE_AGAIN_AT])
		decide_at = DT_NOBEGIN;
	result->decide = unsure ? PLS_LANE_NONE :
		pls_lane_to_decide(before, now, decide_at, as_of);
	values[S_EVIDENCE] = pls_evidence_to_datum(evidence);
	pls_standing_set_evaluated(values, nulls, score.total, score.stale, now,
							   as_of);
	values[S_LAST_EVENT_AT] = TimestampTzGetDatum(newest);
	nulls[S_LAST_EVENT_AT] = TIMESTAMP_IS_NOBEGIN(newest);
	if (result->decide != PLS_LANE_NONE)
	{
		/* until the decision is written: should it fail, it is still due */
		values[S_DECIDE_AGAIN_AT] = TimestampTzGetDatum(as_of);
		nulls[S_DECIDE_AGAIN_AT] = false;
	}
	result->values = values;
	result->nulls = nulls;
	result->as_of = as_of;
	look_at = pls_standing_next_look(stored, observed, evidence, &score, now,
									 result);
	values[S_LOOK_AT] = TimestampTzGetDatum(look_at);
}

/*
 * One attempt: merge into the stored row, which is held, and write it.  False
 * if nothing was written: another session is inserting the row, or the lane
 * turns or a decision is due and it was not looked whether something waits.
 */
static bool
try_merge(PlsTable *standings, TupleTableSlot *stored,
		  PlsObserved *observed, TimestampTz *as_of, bool *look,
		  PlsLane *decide)
{
	PlsEvaluation evaluation;
	ItemPointerData tid;

	evaluate_standing(standings, stored, observed, *as_of, &evaluation);
	if ((evaluation.turns || evaluation.decide != PLS_LANE_NONE) && !*look)
	{
		*look = true;
		return false;
	}
	*decide = evaluation.decide;
	*as_of = evaluation.as_of;
	if (stored == NULL)
		return pls_table_insert_unless_there(standings, evaluation.values,
											 evaluation.nulls);
	tid = stored->tts_tid;
	return pls_table_update(standings, &tid, evaluation.values,
							evaluation.nulls) == TM_Ok;
}

/*
 * Start anew with nothing observed, after it was written.
 */
static void
clear_delta(PlsObserved *observed)
{
	observed->delta = pls_model_evidence(CurrentMemoryContext,
										 observed->model);
	observed->newest = DT_NOBEGIN;
}

/*
 * Whether somebody has written a standing so recently that others may have
 * met it in his hands.
 */
static bool
is_busy(TupleTableSlot *stored, TimestampTz as_of)
{
	TimestampTz evaluated_at = pls_standing_instant(stored, S_EVALUATED_AT,
													as_of);

	return as_of - evaluated_at <= BUSY_SPELL;
}

/*
 * Merge what was observed of an entity into its standing and evaluate it at
 * the clock, *as_of, which becomes the instant of the evaluation.
 *
 * False if that would have to wait for another session, may not look at newer
 * rows than the transaction's snapshot (REPEATABLE READ and up), or would cost
 * an INSERT too much, for the row has many versions or much waits for it: the
 * caller then puts the delta aside.  *decide is the lane to decide about.
 */
bool
pls_standing_merge(PlsTable *standings, PlsTable *backlog,
				   PlsObserved *observed, TimestampTz *as_of,
				   PlsLane *decide)
{
	bool		look = observed->thorough;
	int			attempt = 0;

	Assert(strlen(observed->entity) <= PLS_MAX_ENTITY);
	if (IsolationUsesXactSnapshot())
		return false;
	while (attempt++ < MAX_ATTEMPTS)
	{
		PlsStandingFind found = pls_standing_hold(standings, observed);
		TupleTableSlot *stored = NULL;
		PlsWaiting	waiting = PLS_NOTHING_WAITS;

		if (found == PLS_STANDING_HELD)
			stored = standings->slot;
		if (found == PLS_STANDING_IN_OTHER_HANDS ||
			found == PLS_STANDING_TOO_MANY_VERSIONS)
			return false;
		if (found == PLS_STANDING_CHANGED)
			continue;
		*as_of = Max(*as_of, pls_clock());
		look = look || stored == NULL || is_busy(stored, *as_of);
		if (look)
			waiting = pls_backlog_waits(backlog, observed->entity,
										observed->model->motion, *as_of,
										observed->thorough,
										&observed->marked);
		if (waiting == PLS_TOO_MANY_WAIT)
			return false;
		if (stored == NULL && waiting == PLS_NOTHING_WAITS &&
			TIMESTAMP_IS_NOBEGIN(observed->newest))
			return true;		/* nothing is known and nothing new */
		if (stored != NULL && waiting == PLS_PARTS_WAIT)
		{
			(void) need_delta(observed);
			pls_backlog_take(backlog, observed->entity,
							 observed->model->motion, *as_of,
							 observed->thorough, take_part, observed);
		}
		if (!try_merge(standings, stored, observed, as_of, &look, decide))
			continue;
		pls_clock_mark(*as_of);
		if (stored != NULL || waiting == PLS_NOTHING_WAITS)
			return true;
		/* it is there now, and held: once more for what waits */
		CommandCounterIncrement();
		clear_delta(observed);
		attempt = 0;
	}
	return false;
}

/*
 * Write into a standing, and into nothing else of it, when to look at it
 * next; stale: and that it is to be rebuilt.  version is its xmin as the
 * caller has seen it, or invalid for any.
 *
 * False, and nothing is written, if another session holds the standing, or it
 * is of another version: who has written that has planned as well.  True if
 * there is none.
 */
bool
pls_standing_plan(PlsTable *standings, const PlsObserved *observed,
				  TransactionId version, TimestampTz look_at, bool stale)
{
	int			ncolumns = RelationGetDescr(standings->heap)->natts;
	Datum	   *values = palloc(ncolumns * sizeof(Datum));
	bool	   *nulls = palloc(ncolumns * sizeof(bool));
	ItemPointerData tid;
	bool		isnull;

	switch (pls_standing_hold(standings, observed))
	{
		case PLS_STANDING_HELD:
			break;
		case PLS_STANDING_NOT_THERE:
			return true;
		default:
			return false;
	}
	if (TransactionIdIsValid(version) &&
		DatumGetTransactionId(slot_getsysattr(standings->slot,
											  MinTransactionIdAttributeNumber,
											  &isnull)) != version)
		return false;
	pls_standing_start_row(standings->slot, observed, ncolumns, values, nulls);
	stale = stale || DatumGetBool(values[S_STALE]);
	if (DatumGetTimestampTz(values[S_LOOK_AT]) == look_at &&
		DatumGetBool(values[S_STALE]) == stale)
		return true;
	values[S_LOOK_AT] = TimestampTzGetDatum(look_at);
	values[S_STALE] = BoolGetDatum(stale);
	tid = standings->slot->tts_tid;
	return pls_table_update(standings, &tid, values, nulls) == TM_Ok;
}

/*
 * Put aside what could not be merged.  not_before is the earliest instant at
 * which the delta may be merged.
 */
void
pls_standing_put_aside(PlsTable *backlog, PlsObserved *observed,
					   TimestampTz not_before)
{
	if (!TIMESTAMP_IS_NOBEGIN(observed->newest))
		pls_backlog_add(backlog, observed->entity, observed->model->motion,
						need_delta(observed),
						Max(observed->newest, not_before));
}
