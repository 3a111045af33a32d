/*-------------------------------------------------------------------------
 *
 * next_look.c
 *	  Until when a standing need not be looked at: a lower bound of the
 *	  instant at which time alone changes its lane.
 *
 * A score is not followed through time; it is bounded.  For a span of time
 * each signal has a range that its value and its points cannot leave, from
 * the rows that are in the window throughout and those that may be at some
 * instant of it.  Sums and clamps of ranges are ranges again, and where both
 * ends of the score's lead to the lane that the standing has, so does every
 * instant between.  The longest such span is found by trying: longer spans
 * have wider ranges.
 *
 * Ranges of signals are taken by themselves, so the bound may be early where
 * one rises while another falls.  Then a look is taken that finds nothing and
 * sees further.  It is never late.
 *
 * The trigger asks with each event.  It keeps the bound that the standing has
 * as long as that still is one, since to write another costs a HOT update.
 * For the many that have no lane, and are not near one, it mostly is plain
 * that they need no look: see cannot_rise().
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/datetime.h"

#include "decimal.h"
#include "evidence/call_cache.h"
#include "evidence/evidence.h"
#include "evidence/next_look.h"
#include "evidence/score.h"
#include "evidence/sequence_measure.h"
#include "model/model.h"
#include "model/part_shape.h"
#include "pls.h"
#include "time/instant.h"

#define FIRST_SPAN	USECS_PER_HOUR	/* tried first, then four times as long */
#define LONGEST_SPAN (100 * INT64CONST(365) * USECS_PER_DAY)
#define SHORTEST_SPAN USECS_PER_SEC

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

	if (item->at >= sight->before_sure)
		from = time_t_to_timestamptz((pg_time_t) item->at);
	range.low = range.high = pls_score_unit(signal, units, scale, item->at,
											from);
	if (signal->decay != PLS_DECAY_NONE)
		widen(&range, pls_score_unit(signal, units, scale, item->at,
									 span->until));
	if (!is_sure(item, sight))
		widen(&range, 0);
	return range;
}

/* ---------- values, one function per way of keeping ---------- */

static void
range_units(const PlsSignal *signal, const PlsPart *part, const Span *span,
			SignalRange *result)
{
	bool		sum = signal->measure == PLS_SUM;
	int64		scale = sum ? PLS_MILLI : 1;
	Sight		sight = sight_of(span, signal->window);
	int			left = part->count;
	const PlsItem *item;

	result->may_be_null = sum;
	result->may_be_value = !sum;
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
		if (!signal->per_unit)
			continue;
		points = unit_range(signal, item, amount, scale, span, &sight);
		add_range(&result->points, &points);
	}
	if (sum)
		return;
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
		case PLS_NE:
			*some = !alone;
			*all = !within;
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
signal_range(const PlsModel *model, const PlsStandingNow *standing,
			 int number, const Span *span, bool *some, bool *all)
{
	const PlsSignal *signal = &model->signals[number];
	const PlsPart *part = find_part(model, standing->evidence, signal->part);
	SignalRange result = {0};
	Range		points;

	if (signal->measure == PLS_ATTRIBUTE)
	{
		result.may_be_value = true;
		result.value.low = result.value.high =
			standing->score->signals[number].value;
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
			points = met_range(signal, find_part(model, standing->evidence,
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
 * The lowest and the highest score of a span.
 */
static void
score_range(const PlsModel *model, const PlsStandingNow *standing,
			const Span *span, PlsScore *low, PlsScore *high)
{
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
		Range		points = signal_range(model, standing, i, span, &some,
										  &all);

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

/* ---------- how long it holds ---------- */

static bool
reason_is(const char *reason, const char *const *among)
{
	for (; reason != NULL && *among != NULL; among++)
		if (strcmp(reason, *among) == 0)
			return true;
	return false;
}

/*
 * Whether the last decision kept off or put off: one of those may come in the
 * place of another when the grade changes.
 */
static bool
is_kept_off(const char *reason)
{
	static const char *const reasons[] = {
		"paused", "excluded", "out_of_segment", "grace_period", "too_small",
		"already_customer", "cooldown", "touch_limit", "held_out", NULL
	};

	return reason_is(reason, reasons);
}

/*
 * Whether a standing is to be looked at when its grade changes.
 */
bool
pls_grade_matters(const PlsModel *model, const PlsStandingNow *standing)
{
	return model->ngrades > 0 && standing->lane != PLS_LANE_NONE &&
		is_kept_off(standing->reason);
}

bool
pls_same_grade(const PlsModel *model, const PlsScore *a, const PlsScore *b)
{
	const char *one = pls_grade(model, a);
	const char *other = pls_grade(model, b);

	return one == NULL || other == NULL ? one == other :
		strcmp(one, other) == 0;
}

/*
 * Whether the lane stays what it is in a span, for all that can be said
 * without looking at each instant.
 */
static bool
lane_stays(const PlsModel *model, const PlsStandingNow *standing,
		   TimestampTz until)
{
	Span		span = {standing->as_of, until};
	PlsScore	low;
	PlsScore	high;

	score_range(model, standing, &span, &low, &high);
	return pls_lane(model, &low, standing->lane) == standing->lane &&
		pls_lane(model, &high, standing->lane) == standing->lane &&
		(!pls_grade_matters(model, standing) ||
		 pls_same_grade(model, &low, &high));
}

/* What time alone does to a signal, for all that its definition says. */
typedef enum Course
{
	FALLS,						/* it may cease to be met, and loses points */
	LAPSES,						/* the same, but what it loses is negative */
	TURNS						/* it may come to be met */
} Course;

static Course
course_of(const PlsSignal *signal)
{
	bool		least = signal->op == PLS_GE || signal->op == PLS_GT;
	bool		most = signal->op == PLS_LE || signal->op == PLS_LT;
	Course		course = signal->points >= 0 ? FALLS : LAPSES;

	switch (signal->measure)
	{
		case PLS_ATTRIBUTE:
			return FALLS;		/* it is the same at every instant */
		case PLS_LAST:
			return course;
		case PLS_COUNT:
		case PLS_ACTORS:
		case PLS_DAYS:
		case PLS_SEQUENCE:
			return least ? course : TURNS;
		case PLS_RECENCY:
		case PLS_FIRST:
			return most ? course : TURNS;
		case PLS_SUM:
		case PLS_MAX:
		case PLS_GROWTH:
			break;
	}
	return TURNS;
}

/*
 * Whether the lane cannot become a higher one by time alone, as is plain for
 * most from the score and the model.  The score grows by no more than its
 * signals do, for no clamp makes more of a difference than it is.
 */
static bool
cannot_rise(const PlsModel *model, const PlsStandingNow *standing)
{
	PlsScore	most = *standing->score;
	int			i;

	for (i = 0; i < model->nsignals; i++)
	{
		const PlsSignal *signal = &model->signals[i];
		const PlsSignalScore *now = &standing->score->signals[i];
		PlsMilli	points = now->points + now->clamp;
		PlsMilli	best = 0;
		Course		course = course_of(signal);

		if (course == FALLS)
			continue;
		if (course == TURNS)
		{
			if (signal->per_unit && !signal->has_max)
				return false;	/* the definition does not say */
			best = signal->per_unit ? signal->max_points :
				Max(signal->points, 0);
			most.required_met = most.required_met || signal->required;
			most.signals_met += !now->met;
		}
		best += pls_score_clamp(best, signal->has_min, signal->min_points,
								signal->has_max, signal->max_points);
		if (best > points)
			most.total = pls_add_saturated(most.total, best - points);
	}
	return pls_lane(model, &most, standing->lane) <= standing->lane;
}

/*
 * The end of the longest span from as_of in which the lane surely stays; as_of
 * if none can be told, DT_NOEND if it stays for good.
 */
static TimestampTz
lane_stays_until(const PlsModel *model, const PlsStandingNow *standing)
{
	int64		proved = 0;
	int64		open = 0;		/* not proved; 0: nothing yet */
	int64		span = FIRST_SPAN;

	if (lane_stays(model, standing, DT_NOEND))
		return DT_NOEND;
	while (open == 0 || open - proved > SHORTEST_SPAN)
	{
		if (span > LONGEST_SPAN)
			break;
		if (IS_VALID_TIMESTAMP(standing->as_of + span) &&
			lane_stays(model, standing, standing->as_of + span))
			proved = span;
		else
			open = span;
		span = open == 0 ? 4 * proved : proved == 0 ? open / 4 :
			proved + (open - proved) / 2;
	}
	return standing->as_of + proved;
}

/*
 * When a decision is due without a change of lane: one that was put off, one
 * that the cooldown kept off, should that end earlier, and that about an entity
 * whose alert may be closed when the cooldown is over.  A close after it is
 * noted by itself (sql/70_sweep/20_looks.sql).
 */
static TimestampTz
next_decision(const PlsStandingNow *standing)
{
	static const char *const reasons[] = {
		"raised", "triage", "open_alert", "cooldown", "held_out", NULL
	};

	if (standing->lane != PLS_LANE_NONE &&
		standing->cooldown_until > standing->as_of &&
		reason_is(standing->reason, reasons))
		return Min(standing->decide_again_at, standing->cooldown_until);
	return standing->decide_again_at;
}

/*
 * The instant at which a standing is to be looked at next if no event comes
 * before: DT_NOEND, never.  planned (NULL: nothing) is what was planned before
 * the standing became what it is, and stays if that is early enough.
 */
TimestampTz
pls_next_look(const PlsModel *model, const PlsStandingNow *standing,
			  const TimestampTz *planned)
{
	TimestampTz decision = next_decision(standing);

	if (planned != NULL && *planned <= standing->as_of)
		return *planned;
	if (decision <= standing->as_of ||
		pls_lane(model, standing->score, standing->lane) != standing->lane)
		return standing->as_of;
	if (!pls_score_has_items(model, standing->evidence) ||
		(standing->lane == PLS_LANE_NONE && cannot_rise(model, standing)))
		return planned != NULL ? Min(*planned, decision) : decision;
	if (planned != NULL && *planned <= decision &&
		lane_stays(model, standing, *planned))
		return *planned;
	return Min(decision, lane_stays_until(model, standing));
}

static TimestampTz
instant_argument(FunctionCallInfo fcinfo, int number, TimestampTz if_null)
{
	return PG_ARGISNULL(number) ? if_null : PG_GETARG_TIMESTAMPTZ(number);
}

static char *
text_argument(FunctionCallInfo fcinfo, int number)
{
	return PG_ARGISNULL(number) ? NULL :
		text_to_cstring(PG_GETARG_TEXT_PP(number));
}

PG_FUNCTION_INFO_V1(pls_next_look_at);

/*
 * pls_internal.next_look(evidence, as_of, attributes, lane, reason, decide_again_at,
 * cooldown_until) -> timestamptz: see pls_next_look(), of a standing with
 * these columns and, of its account, these attributes (NULL: it is not known);
 * as_of if its evidence is of another model or its lane is another already.
 *
 * Errors: 42704 if the evidence's motion does not exist (any more).
 */
Datum
pls_next_look_at(PG_FUNCTION_ARGS)
{
	PlsEvidence *evidence;
	PlsModel   *model;
	PlsScore	score;
	PlsStandingNow standing;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	evidence = pls_evidence_from_datum(CurrentMemoryContext,
									   PG_GETARG_DATUM(0));
	model = pls_call_cache_model(fcinfo->flinfo, evidence->motion,
								 strlen(evidence->motion));
	standing.evidence = evidence;
	standing.score = &score;
	standing.as_of = PG_GETARG_TIMESTAMPTZ(1);
	standing.lane = pls_lane_parse(text_argument(fcinfo, 3));
	standing.reason = text_argument(fcinfo, 4);
	standing.decide_again_at = instant_argument(fcinfo, 5, DT_NOEND);
	standing.cooldown_until = instant_argument(fcinfo, 6, DT_NOBEGIN);
	pls_score(model, evidence, standing.as_of,
			  PG_ARGISNULL(2) ? NULL : PG_GETARG_JSONB_P(2), &score);
	PG_RETURN_TIMESTAMPTZ(score.stale ? standing.as_of :
						  pls_next_look(model, &standing, NULL));
}
