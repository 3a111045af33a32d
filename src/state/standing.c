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
 * back: see instant_of_evaluation().
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/transam.h"
#include "access/xact.h"
#include "common/hashfn.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "decimal.h"
#include "evidence/evidence.h"
#include "evidence/model_evidence.h"
#include "evidence/next_look.h"
#include "evidence/score.h"
#include "model/model.h"
#include "pls.h"
#include "state/backlog.h"
#include "state/clock_mark.h"
#include "state/keyed_table.h"
#include "state/standing.h"

#define MAX_ATTEMPTS 3			/* before a busy row's delta is put aside */

/*
 * Index entries that an INSERT follows to find a standing.  There are several
 * only where many versions of it could not be removed: one transaction has
 * written them all, or some session holds an old snapshot.  Then each further
 * version makes the next event dearer, and the delta is put aside.
 */
#define MOST_ENTRIES 6

/*
 * Standings of which this transaction has met too many versions, by a hash of
 * what they are of.  The versions do not become fewer before it ends, and to
 * find that anew would take a third of what such an event costs.  One that
 * another has pushed out of its place is looked for again, and where two are
 * of one hash, events of the other wait for a sweep that need not have.
 */
#define MOST_CROWDED 64

static struct
{
	uint64		transaction;
	uint64		hashes[MOST_CROWDED];
}			crowded;

/*
 * A part waits because another transaction held the standing.  Whoever comes
 * so soon after that one had written it looks for such parts; later they have
 * mostly been swept, and to look costs a fifth of all that an event costs.
 * Before a decision, and in a sweep, it is always looked.
 */
#define BUSY_SPELL USECS_PER_SEC

/* Columns of pls.standings (sql/40_state/10_standings.sql). */
enum
{
	S_ENTITY_ID, S_MOTION, S_EVIDENCE, S_SCORE, S_LANE, S_QUALIFIED, S_REASON,
	S_DECIDE_AGAIN_AT, S_STALE, S_LAST_EVENT_AT, S_EVALUATED_AT,
	S_LAST_ALERT_AT, S_COOLDOWN_UNTIL, S_LOOK_AT
};

typedef enum Find
{
	HELD, NOT_THERE, CHANGED, IN_OTHER_HANDS, TOO_MANY_VERSIONS
} Find;

/*
 * Open pls.standings; false if somebody has locked the table.
 */
bool
pls_standings_open(PlsTable *table)
{
	return pls_table_open(table, "standings", "standings_lookup",
						  RowExclusiveLock, PLS_NO_WAIT);
}

static uint64
hash_of(const PlsObserved *observed)
{
	const char *motion = observed->model->motion;

	return hash_bytes_extended((const unsigned char *) observed->entity,
							   strlen(observed->entity),
							   hash_bytes_extended((const unsigned char *) motion,
												   strlen(motion), 0));
}

static bool
is_crowded(const PlsObserved *observed)
{
	uint64		hash;

	if (crowded.transaction == 0 || crowded.transaction !=
		U64FromFullTransactionId(GetTopFullTransactionIdIfAny()))
		return false;
	hash = hash_of(observed);
	return crowded.hashes[hash % MOST_CROWDED] == hash;
}

static void
note_crowded(const PlsObserved *observed)
{
	uint64		transaction = U64FromFullTransactionId(GetTopFullTransactionId());
	uint64		hash = hash_of(observed);

	if (crowded.transaction != transaction)
		memset(&crowded, 0, sizeof(crowded));
	crowded.transaction = transaction;
	crowded.hashes[hash % MOST_CROWDED] = hash;
}

/*
 * Find the newest version of a standing and lock it, without waiting.
 */
static Find
hold_standing(PlsTable *standings, const PlsObserved *observed)
{
	const char *keys[] = {observed->entity, observed->model->motion};
	SnapshotData dirty;
	PlsTableScan *scan;
	bool		found;
	bool		was_cut;

	if (!observed->thorough && is_crowded(observed))
		return TOO_MANY_VERSIONS;
	InitDirtySnapshot(dirty);
	scan = pls_table_scan(standings, &dirty, 2, keys, NULL);
	if (!observed->thorough)
		pls_table_limit(scan, MOST_ENTRIES);
	found = pls_table_next_to_update(standings, scan);
	was_cut = pls_table_was_cut(scan);
	pls_table_end(scan);
	if (was_cut)
	{
		note_crowded(observed);
		return TOO_MANY_VERSIONS;
	}
	if (!found)
		return NOT_THERE;
	/* a transaction under way has inserted, updated or deleted it */
	if (TransactionIdIsValid(dirty.xmin) || TransactionIdIsValid(dirty.xmax))
		return IN_OTHER_HANDS;
	switch (pls_table_lock(standings, LockTupleNoKeyExclusive))
	{
		case TM_Ok:
			return HELD;
		case TM_Updated:
		case TM_Deleted:
			return CHANGED;
		default:
			return IN_OTHER_HANDS;
	}
}

static TimestampTz
timestamp_column(TupleTableSlot *slot, int column, TimestampTz if_null)
{
	bool		isnull;
	Datum		value = slot_getattr(slot, column + 1, &isnull);

	return isnull ? if_null : DatumGetTimestampTz(value);
}

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
 * Whether an evaluation calls for a decision: the lane has risen, or a
 * decision that was put off is due.
 */
static PlsLane
lane_to_decide(PlsLane before, PlsLane now, TimestampTz decide_again_at,
			   TimestampTz as_of)
{
	if (now == PLS_LANE_NONE)
		return PLS_LANE_NONE;
	if (now > before || decide_again_at <= as_of)
		return now;
	return PLS_LANE_NONE;
}

/*
 * The instant at which a stored row is evaluated; *went_back says whether it
 * lies before the last one, because the clock has gone back since.
 *
 * A little ahead of the clock the row's instant is kept, which is what
 * sessions bring about that read the clock in turns.  Far ahead of it the
 * clock was wrong then, or is now, and to wait until it gets there again
 * would leave the entity unseen for as long.
 */
static TimestampTz
instant_of_evaluation(TupleTableSlot *stored, TimestampTz clock,
					  bool *went_back)
{
	TimestampTz last = timestamp_column(stored, S_EVALUATED_AT, clock);

	*went_back = pls_is_ahead(last, clock);
	return *went_back ? clock : Max(clock, last);
}

/*
 * Fill in the columns that an evaluation sets.
 */
static void
set_evaluated(Datum *values, bool *nulls, PlsMilli total, bool stale,
			  PlsLane lane, TimestampTz as_of)
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
static void
start_row(TupleTableSlot *stored, const PlsObserved *observed, int ncolumns,
		  Datum *values, bool *nulls)
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
 * What the stored row and the delta amount to, as a row to write.
 */
typedef struct Evaluation
{
	Datum	   *values;
	bool	   *nulls;
	TimestampTz as_of;
	bool		turns;			/* the lane is another by this evidence */
	PlsLane		decide;			/* the lane to decide about */
} Evaluation;

static TimestampTz
instant_in(const Datum *values, const bool *nulls, int column,
		   TimestampTz if_null)
{
	return nulls[column] ? if_null : DatumGetTimestampTz(values[column]);
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
static TimestampTz
next_look(TupleTableSlot *stored, const PlsObserved *observed,
		  const PlsEvidence *evidence, const PlsScore *score, PlsLane lane,
		  const Evaluation *row)
{
	PlsStandingNow standing = {evidence, score, row->as_of, lane};
	TimestampTz planned = DT_NOEND;

	if (stored != NULL)
		planned = DatumGetTimestampTz(row->values[S_LOOK_AT]);
	if (DatumGetBool(row->values[S_STALE]))
		return planned;
	/* as pls_internal.record_decision() sets it: its update of the row stays HOT */
	if (observed->marked || row->decide != PLS_LANE_NONE)
		return DT_NOBEGIN;
	if (lane != PLS_LANE_NONE && !row->nulls[S_REASON])
		standing.reason = TextDatumGetCString(row->values[S_REASON]);
	standing.decide_again_at = instant_in(row->values, row->nulls,
										  S_DECIDE_AGAIN_AT, DT_NOEND);
	standing.cooldown_until = instant_in(row->values, row->nulls,
										 S_COOLDOWN_UNTIL, DT_NOBEGIN);
	if (grade_turns(stored, observed, &standing))
		return Min(planned, row->as_of);
	return pls_next_look(observed->model, &standing,
						 stored == NULL ? NULL : &planned);
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
				  Evaluation *result)
{
	int			ncolumns = RelationGetDescr(standings->heap)->natts;
	Datum	   *values = palloc0(ncolumns * sizeof(Datum));
	bool	   *nulls = palloc0(ncolumns * sizeof(bool));
	PlsEvidence *evidence = merge_evidence(stored, observed);
	TimestampTz newest = observed->newest;
	TimestampTz decide_at;
	PlsLane		before = PLS_LANE_NONE;
	PlsLane		now;
	PlsScore	score;
	bool		went_back = false;
	bool		unsure = observed->marked;	/* evidence is to be rebuilt */

	start_row(stored, observed, ncolumns, values, nulls);
	if (stored != NULL)
	{
		unsure = unsure || DatumGetBool(values[S_STALE]);
		newest = Max(newest, timestamp_column(stored, S_LAST_EVENT_AT,
											  newest));
		as_of = instant_of_evaluation(stored, as_of, &went_back);
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
	decide_at = instant_in(values, nulls, S_DECIDE_AGAIN_AT, DT_NOEND);
	if (went_back && !nulls[S_DECIDE_AGAIN_AT])
		decide_at = DT_NOBEGIN;
	result->decide = unsure ? PLS_LANE_NONE :
		lane_to_decide(before, now, decide_at, as_of);
	values[S_EVIDENCE] = pls_evidence_to_datum(evidence);
	set_evaluated(values, nulls, score.total, score.stale, now, as_of);
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
	values[S_LOOK_AT] = TimestampTzGetDatum(next_look(stored, observed, evidence,
													  &score, now, result));
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
	Evaluation	evaluation;
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
	TimestampTz evaluated_at = timestamp_column(stored, S_EVALUATED_AT,
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
		Find		found = hold_standing(standings, observed);
		TupleTableSlot *stored = found == HELD ? standings->slot : NULL;
		PlsWaiting	waiting = PLS_NOTHING_WAITS;

		if (found == IN_OTHER_HANDS || found == TOO_MANY_VERSIONS)
			return false;
		if (found == CHANGED)
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

	switch (hold_standing(standings, observed))
	{
		case HELD:
			break;
		case NOT_THERE:
			return true;
		default:
			return false;
	}
	if (TransactionIdIsValid(version) &&
		DatumGetTransactionId(slot_getsysattr(standings->slot,
											  MinTransactionIdAttributeNumber,
											  &isnull)) != version)
		return false;
	start_row(standings->slot, observed, ncolumns, values, nulls);
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

/* ---------- rebuilding ---------- */

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
		 instant_of_evaluation(stored, as_of, &went_back) == as_of);
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
	Evaluation	row = {values, nulls};
	bool		went_back = false;
	bool		was_stale;
	ItemPointerData tid;

	start_row(stored, rebuilt, ncolumns, values, nulls);
	if (stored != NULL)
	{
		at = instant_of_evaluation(stored, as_of, &went_back);
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
	set_evaluated(values, nulls, verdict.total, verdict.stale, verdict.lane,
				  at);
	values[S_LAST_EVENT_AT] = TimestampTzGetDatum(rebuilt->newest);
	nulls[S_LAST_EVENT_AT] = TIMESTAMP_IS_NOBEGIN(rebuilt->newest);
	row.as_of = at;
	if (as_new == NULL)
		verdict.look_at = next_look(stored, rebuilt, rebuilt->delta, &score,
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
