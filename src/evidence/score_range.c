/*-------------------------------------------------------------------------
 *
 * score_range.c
 *	  What a score cannot leave in a span of time, if no event comes.
 *
 * For a span of time each signal has a range that its value and its points
 * cannot leave, from the rows that are in the window throughout and those that
 * may be at some instant of it.  Sums and clamps of ranges are ranges again.
 * Ranges of signals are taken by themselves, so that of the score may be wider
 * than need be where one rises while another falls.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/timestamp.h"

#include "decimal.h"
#include "evidence/evidence.h"
#include "evidence/score.h"
#include "evidence/score_range.h"
#include "evidence/sequence_measure.h"
#include "model/model.h"
#include "model/part_shape.h"
#include "pls.h"
#include "time/instant.h"

/* Both ends belong to it; until may be DT_NOEND. */
typedef struct Span
{
	TimestampTz from;
	TimestampTz until;
} Span;

typedef struct Range
{
	PlsMilli	low;
	PlsMilli	high;
} Range;

/* What a signal may say in a span. */
typedef struct SignalRange
{
	bool		may_be_null;
	bool		may_be_value;
	Range		value;			/* where it is one */
	Range		points;			/* per unit */
} SignalRange;

/*
 * Which rows of a part a window of this length (0: ever) sees in a span:
 * those in [first, before) at some instant, those in [first_sure, before_sure)
 * at every one.
 */
typedef struct Sight
{
	PlsSeconds	first;
	PlsSeconds	before;
	PlsSeconds	first_sure;
	PlsSeconds	before_sure;
} Sight;

static Sight
sight_of(const Span *span, int64 window)
{
	Sight		sight;

	sight.first = sight.first_sure = PLS_EVER;
	if (window != 0)
	{
		sight.first = pls_window_start(span->from, window);
		sight.first_sure = pls_window_start(span->until, window);
	}
	sight.before = pls_window_start(span->until, 0);
	sight.before_sure = pls_window_start(span->from, 0);
	return sight;
}

/*
 * The newest item of a part from here back that may be seen, and on to older
 * ones; NULL if there is none.
 */
static const PlsItem *
next_seen(const PlsPart *part, const Sight *sight, int *left)
{
	while (*left > 0)
	{
		const PlsItem *item = &part->items[part->start + --*left];

		if (item->at < sight->first)
			return NULL;
		if (item->at < sight->before)
			return item;
	}
	return NULL;
}

static bool
is_sure(const PlsItem *item, const Sight *sight)
{
	return item->at >= sight->first_sure && item->at < sight->before_sure;
}

static void
widen(Range *range, PlsMilli value)
{
	range->low = Min(range->low, value);
	range->high = Max(range->high, value);
}

static void
add_range(Range *sum, const Range *range)
{
	sum->low = pls_add_saturated(sum->low, range->low);
	sum->high = pls_add_saturated(sum->high, range->high);
}

static void
clamp_range(Range *range, bool has_min, int64 min, bool has_max, int64 max)
{
	range->low += pls_score_clamp(range->low, has_min, min, has_max, max);
	range->high += pls_score_clamp(range->high, has_min, min, has_max, max);
}

/*
 * What an item is worth per unit: least at one end of the span, or nothing
 * where it is not seen throughout.
 */
static Range
unit_range(const PlsSignal *signal, const PlsItem *item, PlsMilli units,
		   int64 scale, const Span *span, const Sight *sight)
{
	TimestampTz from = span->from;
	Range		range;

	if (signal->decay == PLS_DECAY_NONE)
	{
		range.low = range.high = pls_score_unit(signal, units, scale,
												item->at, from);
		if (!is_sure(item, sight))
			widen(&range, 0);
		return range;
	}
	if (item->at >= sight->before_sure)
		from = time_t_to_timestamptz((pg_time_t) item->at);
	range.low = range.high = pls_score_unit(signal, units, scale, item->at,
											from);
	widen(&range, pls_score_unit(signal, units, scale, item->at,
								 span->until));
	if (!is_sure(item, sight))
		widen(&range, 0);
	return range;
}

/* ---------- values, one function per way of keeping ---------- */

/*
 * What so many units are worth that are all worth the same.
 */
static Range
points_of_units(const PlsSignal *signal, const Range *units)
{
	Range		points;

	points.low = points.high = pls_multiply_saturated(units->low,
													  signal->points);
	widen(&points, pls_multiply_saturated(units->high, signal->points));
	return points;
}

/*
 * How many items may be seen, each of which is one unit: those that are always
 * at the least.
 */
static void
count_items(const PlsPart *part, const Sight *sight, Range *units)
{
	int			before = pls_part_before(part, sight->before);
	int			first = pls_part_before(part, sight->first);
	int			before_sure = pls_part_before(part, sight->before_sure);
	int			first_sure = pls_part_before(part, sight->first_sure);

	units->high = Max(before - first, 0);
	units->low = Max(before_sure - first_sure, 0);
}

/*
 * Counted units, and sums.  Where units are not worth each its own share of
 * the points, these follow from their number.
 */
static void
range_units(const PlsSignal *signal, const PlsPart *part, const Span *span,
			SignalRange *result)
{
	bool		sum = signal->measure == PLS_SUM;
	bool		has_shares = signal->per_unit &&
		(sum || signal->decay != PLS_DECAY_NONE);
	int64		scale = sum ? PLS_MILLI : 1;
	Sight		sight = sight_of(span, signal->window);
	int			left = part->count;
	const PlsItem *item;

	result->may_be_null = sum;
	result->may_be_value = !sum;
	if (part->shape.kind != PLS_PART_SUMS && !has_shares)
	{
		count_items(part, &sight, &result->value);
		left = 0;
	}
	while ((item = next_seen(part, &sight, &left)) != NULL)
	{
		PlsMilli	amount = part->shape.kind == PLS_PART_SUMS ?
		item->amount : 1;
		Range		counted = {amount, amount};
		Range		points;

		result->may_be_value = true;
		if (is_sure(item, &sight))
			result->may_be_null = false;
		else
			widen(&counted, 0);
		add_range(&result->value, &counted);
		if (!has_shares)
			continue;
		points = unit_range(signal, item, amount, scale, span, &sight);
		add_range(&result->points, &points);
	}
	if (sum)
		return;
	if (signal->per_unit && !has_shares)
		result->points = points_of_units(signal, &result->value);
	result->value.low = pls_multiply_saturated(result->value.low, PLS_MILLI);
	result->value.high = pls_multiply_saturated(result->value.high, PLS_MILLI);
}

/*
 * Any item may be the greatest, or the newest; but the greatest is none that
 * is less than one that is always there.
 */
static void
range_any(const PlsSignal *signal, const PlsPart *part, const Span *span,
		  SignalRange *result)
{
	Sight		sight = sight_of(span, signal->window);
	int			left = part->count;
	const PlsItem *item;
	PlsMilli	least = 0;

	result->may_be_null = true;
	while ((item = next_seen(part, &sight, &left)) != NULL)
	{
		Range		points = {0, 0};

		if (signal->per_unit && signal->measure == PLS_MAX)
			points = unit_range(signal, item, item->amount, PLS_MILLI, span,
								&sight);
		if (!result->may_be_value)
		{
			result->may_be_value = true;
			result->value.low = result->value.high = item->amount;
			result->points = points;
		}
		widen(&result->value, item->amount);
		widen(&result->points, points.low);
		widen(&result->points, points.high);
		if (!is_sure(item, &sight))
			continue;
		least = result->may_be_null ? item->amount : Max(least, item->amount);
		result->may_be_null = false;
	}
	if (result->may_be_null)
		widen(&result->points, 0);
	else if (signal->measure == PLS_MAX)
		result->value.low = least;
	if (signal->measure == PLS_MAX)
		return;
	/* the newest, if it is there now, is no other before it has gone */
	left = part->count;
	item = next_seen(part, &sight, &left);
	if (item != NULL && item->at < sight.before_sure)
		result->value.low = result->value.high = item->amount;
}

static void
range_growth(const PlsSignal *signal, const PlsPart *part, const Span *span,
			 SignalRange *result)
{
	Sight		sight = sight_of(span, signal->window);
	Sight		both = sight_of(span, 2 * signal->window);
	Range		later = {0, 0};
	Range		earlier = {0, 0};
	int			left = part->count;
	const PlsItem *item;
	PlsMilli	base;

	/* the least count that is enough, see pls_score_growth() */
	base = Max((signal->min_base + PLS_MILLI - 1) / PLS_MILLI, 1);
	while ((item = next_seen(part, &both, &left)) != NULL)
	{
		if (item->at >= sight.first)
			later.high = pls_add_saturated(later.high, item->amount);
		if (is_sure(item, &sight))
			later.low = pls_add_saturated(later.low, item->amount);
		if (item->at < sight.first_sure)
			earlier.high = pls_add_saturated(earlier.high, item->amount);
		if (item->at >= both.first_sure && item->at < sight.first)
			earlier.low = pls_add_saturated(earlier.low, item->amount);
	}
	result->may_be_value = earlier.high >= base;
	result->may_be_null = earlier.low < base;
	if (!result->may_be_value)
		return;
	result->value.low = pls_divide_rounded(pls_multiply_saturated(later.low,
																  PLS_MILLI),
										   earlier.high);
	result->value.high = pls_divide_rounded(pls_multiply_saturated(later.high,
																   PLS_MILLI),
											Max(earlier.low, base));
}

static void
range_age(const PlsPart *part, const Span *span, SignalRange *result)
{
	Sight		sight = sight_of(span, 0);
	int			left = part->count;
	const PlsItem *item = next_seen(part, &sight, &left);
	PlsSignalScore age;

	result->may_be_value = (item != NULL);
	result->may_be_null = (item == NULL || item->at >= sight.before_sure);
	if (item == NULL)
		return;
	result->value.high = PG_INT64_MAX;
	if (result->may_be_null)
		return;					/* others may be the newest before it comes */
	pls_score_age(item->at, span->from, &age);
	result->value.low = age.value;
	pls_score_age(item->at, span->until, &age);
	result->value.high = age.value;
}

/*
 * Rows are forgotten with time, and fewer rows reach no further.
 */
static void
range_sequence(const PlsSignal *signal, const PlsPart *part, const Span *span,
			   SignalRange *result)
{
	const PlsItem *newest = pls_part_newest(part);

	result->may_be_value = true;
	result->value.high = signal->nsteps * PLS_MILLI;
	if (newest != NULL && newest->at >= pls_window_start(span->from, 0))
		return;
	result->value.low = pls_sequence_level(signal, part, span->until) *
		PLS_MILLI;
	result->value.high = pls_sequence_level(signal, part, span->from) *
		PLS_MILLI;
}

static void
range_part(const PlsSignal *signal, const PlsPart *part, const Span *span,
		   SignalRange *result)
{
	switch (signal->measure)
	{
		case PLS_COUNT:
		case PLS_ACTORS:
		case PLS_DAYS:
		case PLS_DISTINCT:
		case PLS_SUM:
			range_units(signal, part, span, result);
			break;
		case PLS_MAX:
		case PLS_LAST:
			range_any(signal, part, span, result);
			break;
		case PLS_GROWTH:
			range_growth(signal, part, span, result);
			break;
		case PLS_RECENCY:
		case PLS_FIRST:
			range_age(part, span, result);
			break;
		case PLS_SEQUENCE:
			range_sequence(signal, part, span, result);
			break;
		case PLS_ATTRIBUTE:
			break;
	}
}

/* ---------- from values to the score ---------- */

/*
 * Whether some value of a range compares so, and whether all do.
 */
static void
compare_range(const Range *value, PlsOp op, PlsMilli threshold, bool *some,
			  bool *all)
{
	bool		within = value->low <= threshold && threshold <= value->high;
	bool		alone = within && value->low == value->high;

	*some = *all = false;
	switch (op)
	{
		case PLS_GE:
			*some = value->high >= threshold;
			*all = value->low >= threshold;
			break;
		case PLS_GT:
			*some = value->high > threshold;
			*all = value->low > threshold;
			break;
		case PLS_LE:
			*some = value->low <= threshold;
			*all = value->high <= threshold;
			break;
		case PLS_LT:
			*some = value->low < threshold;
			*all = value->high < threshold;
			break;
		case PLS_EQ:
			*some = within;
			*all = alone;
			break;
	}
}

/*
 * What a signal that is not counted per unit is worth while it is met.
 */
static Range
met_range(const PlsSignal *signal, const PlsPart *newest_part,
		  const Span *span)
{
	Sight		sight = sight_of(span, 0);
	Range		range = {signal->points, signal->points};
	const PlsItem *newest;
	int			left;

	if (signal->decay == PLS_DECAY_NONE)
		return range;
	left = newest_part == NULL ? 0 : newest_part->count;
	newest = left == 0 ? NULL : next_seen(newest_part, &sight, &left);
	if (newest == NULL)
		range.low = range.high = 0;
	if (newest == NULL || newest->at >= sight.before_sure)
	{
		widen(&range, 0);
		return range;
	}
	range.low = range.high = pls_score_met(signal, newest->at, span->from);
	widen(&range, pls_score_met(signal, newest->at, span->until));
	return range;
}

static PlsPart *
find_part(const PlsModel *model, const PlsEvidence *evidence, int rule)
{
	return rule < 0 ? NULL :
		pls_evidence_find(evidence, model->rules[rule].shape.fingerprint);
}

/*
 * A signal in a span: its points, clamped; whether it may be met, and is met
 * throughout.
 */
static Range
signal_range(const PlsModel *model, const PlsEvidence *evidence,
			 const PlsScore *now, int number, const Span *span, bool *some,
			 bool *all)
{
	const PlsSignal *signal = &model->signals[number];
	const PlsPart *part = find_part(model, evidence, signal->part);
	SignalRange result = {0};
	Range		points;

	if (signal->measure == PLS_ATTRIBUTE)
	{
		result.may_be_value = true;
		result.value.low = result.value.high =
			now->signals[number].value;
	}
	else if (part != NULL)
		range_part(signal, part, span, &result);
	compare_range(&result.value, signal->op, signal->threshold, some, all);
	*some = *some && result.may_be_value;
	*all = *all && result.may_be_value && !result.may_be_null;
	if (signal->per_unit)
		points = result.points;
	else
	{
		points.low = points.high = 0;
		if (*some)
			points = met_range(signal, find_part(model, evidence,
												 signal->newest_part), span);
		if (!*all)
			widen(&points, 0);
	}
	clamp_range(&points, signal->has_min, signal->min_points, signal->has_max,
				signal->max_points);
	return points;
}

static const PlsCategoryLimit *
limit_of(const PlsModel *model, const char *category)
{
	int			i;

	for (i = 0; i < model->nlimits; i++)
		if (strcmp(model->limits[i].category, category) == 0)
			return &model->limits[i];
	return NULL;
}

static void
set_points(PlsScore *score, PlsMilli engagement, PlsMilli fit, PlsMilli total)
{
	score->engagement = engagement;
	score->fit = fit;
	score->total = total;
}

/*
 * The lowest and the highest score of evidence from one instant until another
 * (DT_NOEND: for good).  now is its score at the first; attributes stay what
 * they are.
 */
void
pls_score_range(const PlsModel *model, const PlsEvidence *evidence,
				const PlsScore *now, TimestampTz from, TimestampTz until,
				PlsScore *low, PlsScore *high)
{
	const Span	span = {from, until};
	Range		limited[PLS_MAX_SIGNALS];	/* by the limit's number */
	Range		engagement = {0, 0};
	Range		fit = {0, 0};
	Range		total;
	int			i;

	Assert(model->nlimits <= PLS_MAX_SIGNALS);
	memset(limited, 0, model->nlimits * sizeof(Range));
	memset(low, 0, sizeof(PlsScore));
	memset(high, 0, sizeof(PlsScore));
	low->required_met = high->required_met = true;
	for (i = 0; i < model->nsignals; i++)
	{
		const PlsSignal *signal = &model->signals[i];
		const PlsCategoryLimit *limit = limit_of(model, signal->category);
		bool		some;
		bool		all;
		Range		points = signal_range(model, evidence, now, i, &span,
										  &some, &all);

		if (signal->required)
		{
			low->required_met = low->required_met && all;
			high->required_met = high->required_met && some;
		}
		low->signals_met += all && points.low > 0;
		high->signals_met += some && points.high > 0;
		add_range(limit != NULL ? &limited[limit - model->limits] :
				  signal->fit ? &fit : &engagement, &points);
	}
	for (i = 0; i < model->nlimits; i++)
	{
		const PlsCategoryLimit *limit = &model->limits[i];

		clamp_range(&limited[i], limit->has_min, limit->min_points,
					limit->has_max, limit->max_points);
		add_range(strcmp(limit->category, "fit") == 0 ? &fit : &engagement,
				  &limited[i]);
	}
	total = engagement;
	add_range(&total, &fit);
	clamp_range(&total, model->has_min, model->min_score, model->has_max,
				model->max_score);
	set_points(low, engagement.low, fit.low, total.low);
	set_points(high, engagement.high, fit.high, total.high);
}
