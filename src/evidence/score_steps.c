/*-------------------------------------------------------------------------
 *
 * score_steps.c
 *	  When time alone changes a score that changes in steps.
 *
 * Without decay a signal changes by time only when a row leaves its window, or
 * an age reaches its span.  These instants follow from the rows.  So the score
 * can be followed exactly from one to the next, and of each only the signals
 * are valued that change there.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/timestamp.h"

#include "evidence/evidence.h"
#include "evidence/score.h"
#include "evidence/score_steps.h"
#include "model/model.h"

#define HALF_A_MILLISECOND 500	/* ages are rounded to milliseconds */

/*
 * Whether the scores of a model change in steps that can be told.
 */
bool
pls_has_steps(const PlsModel *model)
{
	int			i;

	for (i = 0; i < model->nsignals; i++)
		if (model->signals[i].decay != PLS_DECAY_NONE ||
			model->signals[i].measure == PLS_SEQUENCE ||
			model->signals[i].measure == PLS_RESTART)
			return false;
	return true;
}

/*
 * An instant so long after a second; DT_NOEND if that is beyond all.
 */
static TimestampTz
after(PlsSeconds at, int64 span)
{
	TimestampTz then = time_t_to_timestamptz((pg_time_t) at);

	return span > DT_NOEND - then ? DT_NOEND : then + span;
}

/*
 * When the next row leaves a window of this length.
 */
static TimestampTz
next_to_leave(const PlsPart *part, TimestampTz at, int64 window)
{
	int			first;

	if (window == 0)
		return DT_NOEND;
	first = pls_part_before(part, pls_window_start(at, window));
	return first == part->count ? DT_NOEND :
		after(part->items[part->start + first].at, window);
}

/*
 * When the age of the newest row, or of the first, is next compared otherwise.
 */
static TimestampTz
next_age(const PlsPart *part, TimestampTz at, int64 span)
{
	TimestampTz then;

	if (part->count == 0)
		return DT_NOEND;
	then = after(pls_part_newest(part)->at, span);
	if (then == DT_NOEND)
		return DT_NOEND;
	if (at < then - HALF_A_MILLISECOND)
		return then - HALF_A_MILLISECOND;
	if (at < then)
		return then;
	return at < then + HALF_A_MILLISECOND ? then + HALF_A_MILLISECOND :
		DT_NOEND;
}

/*
 * The next instant after another at which a signal may change.
 */
static TimestampTz
next_step(const PlsSignal *signal, const PlsEvidence *evidence,
		  TimestampTz at)
{
	const PlsPart *part;

	if (signal->measure == PLS_ATTRIBUTE)
		return DT_NOEND;
	part = &evidence->parts[signal->part];
	switch (signal->measure)
	{
		case PLS_RECENCY:
		case PLS_FIRST:
			return next_age(part, at, signal->window);
		case PLS_GROWTH:
			return Min(next_to_leave(part, at, signal->window),
					   next_to_leave(part, at, 2 * signal->window));
		default:
			return next_to_leave(part, at, signal->window);
	}
}

/*
 * When time alone first changes the lane of a standing after as_of; until if
 * not before then.  Its evidence is of the model, whose scores change in steps.
 * holds: until when events to come have each signal met that is met now
 * (DT_NOBEGIN: no longer than it is without them).
 */
TimestampTz
pls_steps_lane_until(const PlsModel *model, const PlsStandingNow *standing,
					 const TimestampTz *holds, TimestampTz until)
{
	int			n = model->nsignals;
	PlsScore	score = *standing->score;
	TimestampTz *steps = palloc(n * sizeof(TimestampTz));
	TimestampTz at;
	int			i;

	score.signals = palloc(n * sizeof(PlsSignalScore));
	memcpy(score.signals, standing->score->signals,
		   n * sizeof(PlsSignalScore));
	score.limits = palloc(Max(model->nlimits, 1) * sizeof(PlsMilli));
	for (i = 0; i < n; i++)
	{
		TimestampTz step = next_step(&model->signals[i], standing->evidence,
									 standing->as_of);

		/* one that is held changes when that ends, whatever it is then */
		steps[i] = Max(step, holds[i]);
	}
	for (;;)
	{
		at = until;
		for (i = 0; i < n; i++)
			at = Min(at, steps[i]);
		if (at >= until)
			return until;
		for (i = 0; i < n; i++)
		{
			if (steps[i] != at)
				continue;
			pls_score_signal(model, i, standing->evidence, at, &score);
			steps[i] = next_step(&model->signals[i], standing->evidence, at);
		}
		if (pls_lane(model, &score, standing->lane) != standing->lane)
			return at;
	}
}
