/*-------------------------------------------------------------------------
 *
 * reach.c
 *	  Until when a row can matter to a motion.
 *
 * A row that no window reaches as of an instant is reached by none later: it
 * can be taken away, and every score from that instant on is what it is with
 * the row, though evidence that has taken it in keeps it.  What is kept of
 * fewer rows than there are (the newest units, the cells of a grid, the rows
 * of each step) is kept by time, so that a row can only have pushed out older
 * ones, which no window reaches either.
 *
 * That is told by the part that a row enters, whose span is that of the
 * longest window over it.  All parts that have an end go by the longest of
 * them: who corrects what another signal still looks back at is told that the
 * evidence has changed.  Parts without a span need a closer look: the newest
 * row ever matters to a signal "has stopped" however old it is, to one "did it
 * lately" only for as long as that asks, and the first row always, as does to
 * "has come back" whatever was before.  And where
 * a signal is met by no row at all and decays, it does so by the newest row
 * that there is.
 *
 * A motion may score where no window reaches any row: by attributes, by what
 * has not been done, by lower bounds.  An entity without any row scores 0
 * instead, so that its last row matters, whatever its age.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "evidence/reach.h"
#include "evidence/score.h"
#include "model/model.h"
#include "pls.h"
#include "time/instant.h"

/*
 * Whether a signal is met by an entity that has no row in its window.
 */
static bool
is_met_by_nothing(const PlsSignal *signal)
{
	switch (signal->measure)
	{
		case PLS_SUM:
		case PLS_MAX:
		case PLS_LAST:
		case PLS_RECENCY:
		case PLS_GROWTH:
		case PLS_FIRST:
		case PLS_RESTART:
		case PLS_ATTRIBUTE:
			return false;		/* its value is NULL then, or not of rows */
		case PLS_COUNT:
		case PLS_ACTORS:
		case PLS_DISTINCT:
		case PLS_DAYS:
		case PLS_SEQUENCE:
			break;
	}
	switch (signal->op)
	{
		case PLS_GE:
			return signal->threshold <= 0;
		case PLS_GT:
			return signal->threshold < 0;
		case PLS_LE:
			return signal->threshold >= 0;
		case PLS_LT:
			return signal->threshold > 0;
		case PLS_EQ:
			return signal->threshold == 0;
	}
	return true;
}

/*
 * The first second that matters to a signal, of its rows in a part that has
 * no span.
 */
static PlsSeconds
signal_since(const PlsSignal *signal, TimestampTz as_of)
{
	if (signal->measure == PLS_LAST && signal->window != 0)
		return pls_window_start(as_of, signal->window);
	/* the age in milliseconds is rounded */
	if (signal->measure == PLS_RECENCY && signal->op != PLS_GE &&
		signal->op != PLS_GT &&
		signal->threshold < PG_INT64_MAX / 1000 - 1000)
		return pls_window_start(as_of,
								(int64) signal->threshold * 1000 +
								USECS_PER_SEC);
	return PLS_EVER;
}

static PlsSeconds
rule_since(const PlsModel *model, int rule, TimestampTz as_of)
{
	int64		span = model->rules[rule].shape.span;
	PlsSeconds	since = pls_floor_second(as_of);
	int			i;

	if (span > PG_INT64_MAX / USECS_PER_SEC)
		return PLS_EVER;
	if (span != 0)
		since = pls_window_start(as_of, span * USECS_PER_SEC);
	for (i = 0; i < model->nsignals; i++)
	{
		const PlsSignal *signal = &model->signals[i];

		if (signal->part < 0)
			continue;
		if (span == 0 && (signal->part == rule || signal->newest_part == rule))
			since = Min(since, signal_since(signal, as_of));
		if (signal->newest_part == rule && signal->decay != PLS_DECAY_NONE &&
			!signal->per_unit && is_met_by_nothing(signal))
			since = PLS_EVER;
	}
	return since;
}

static bool
is_bounded_off(bool has_min, int64 min, bool has_max, int64 max)
{
	return pls_score_clamp(0, has_min, min, has_max, max) != 0;
}

/*
 * Whether an entity may have a score though no window reaches a row of it.
 */
static bool
scores_nothing(const PlsModel *model)
{
	int			i;

	if (is_bounded_off(model->has_min, model->min_score, model->has_max,
					   model->max_score))
		return true;
	for (i = 0; i < model->nlimits; i++)
	{
		const PlsCategoryLimit *limit = &model->limits[i];

		if (is_bounded_off(limit->has_min, limit->min_points, limit->has_max,
						   limit->max_points))
			return true;
	}
	for (i = 0; i < model->nsignals; i++)
	{
		const PlsSignal *signal = &model->signals[i];

		if (is_bounded_off(signal->has_min, signal->min_points,
						   signal->has_max, signal->max_points))
			return true;
		if (signal->points != 0 && !signal->per_unit &&
			(signal->measure == PLS_ATTRIBUTE || is_met_by_nothing(signal)))
			return true;
	}
	return false;
}

/*
 * What still matters to a motion as of an instant and from then on, in the
 * current memory context.
 */
PlsReach *
pls_reach_of(const PlsModel *model, TimestampTz as_of)
{
	PlsReach   *reach = palloc(sizeof(PlsReach));
	PlsSeconds	first = PG_INT64_MAX;
	int			i;

	reach->since = palloc(Max(model->nrules, 1) * sizeof(PlsSeconds));
	for (i = 0; i < model->nrules; i++)
	{
		reach->since[i] = rule_since(model, i, as_of);
		if (reach->since[i] != PLS_EVER)
			first = Min(first, reach->since[i]);
	}
	for (i = 0; i < model->nrules; i++)
		if (reach->since[i] != PLS_EVER)
			reach->since[i] = first;
	reach->scores_nothing = scores_nothing(model);
	return reach;
}
