/*-------------------------------------------------------------------------
 *
 * score.c
 *	  What evidence is worth at an instant (doc/reference.md).
 *
 * In this order: the value of each signal and whether it is met; its points,
 * each event's share rounded before it is added; the clamp of the signal,
 * of its category, and of the whole.  Each clamp keeps what it added, so
 * that explain can show it and the lines sum to the score.
 *
 * Evidence without a single item scores 0, whatever its signals say.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/int.h"
#include "utils/datetime.h"

#include "decimal.h"
#include "evidence/evidence.h"
#include "evidence/restart_measure.h"
#include "evidence/score.h"
#include "evidence/sequence_measure.h"
#include "exponential.h"
#include "model/model.h"
#include "model/part_shape.h"
#include "model/predicate.h"
#include "time/instant.h"

/*
 * The items of a part that a signal sees as of an instant, newest first: from
 * a second on, and none that is later than the instant.
 */
typedef struct Window
{
	const PlsItem *items;
	int			oldest;			/* of the part */
	int			next;
	PlsSeconds	from;
} Window;

/*
 * Age of an instant in microseconds; the longest there is if it is longer.
 */
static inline int64
age_of(PlsSeconds at, TimestampTz as_of)
{
	int64		instant;
	int64		age;

	/* the start of a cell may lie before all that a timestamp can tell */
	if (pg_mul_s64_overflow(at - PLS_EPOCH_SECONDS, USECS_PER_SEC, &instant))
		return PG_INT64_MAX;
	if (pg_sub_s64_overflow(as_of, instant, &age))
		return as_of > 0 ? PG_INT64_MAX : PG_INT64_MIN;
	return age;
}

/*
 * The first second in a window of so many microseconds as of an instant.
 */
PlsSeconds
pls_window_start(TimestampTz as_of, int64 window)
{
	int64		before;

	if (pg_sub_s64_overflow(as_of, window, &before))
		return PLS_EVER;
	return pls_floor_second(before) + 1;
}

/*
 * The window of that many microseconds; 0: ever.
 */
static inline void
window_open(Window *window, const PlsPart *part, TimestampTz as_of,
			int64 length)
{
	PlsSeconds	until = pls_window_start(as_of, 0);

	window->items = part->items;
	window->oldest = part->start;
	window->next = part->start + part->count - 1;
	window->from = length == 0 ? PLS_EVER : pls_window_start(as_of, length);
	while (window->next >= window->oldest &&
		   window->items[window->next].at >= until)
		window->next--;
}

/*
 * The next older item in the window; NULL if there is none.
 */
static inline const PlsItem *
window_next(Window *window)
{
	if (window->next < window->oldest ||
		window->items[window->next].at < window->from)
		return NULL;
	return &window->items[window->next--];
}

/*
 * product * left / (span * scale), rounded once; left is at most span.
 */
static PlsMilli
linear_share(PlsMilli product, int64 left, int64 span, int64 scale)
{
	PlsMilli	whole;
	PlsMilli	rest;

	if (likely(pls_fits_int64(product)))
		return pls_divide_rounded((PlsMilli) (int64) product * left,
								  (PlsMilli) span * scale);
	/* product * left may have more than 128 bits: divide by span part by part */
	rest = product % span * left;
	whole = product / span * left + rest / span;
	return whole / scale +
		pls_divide_rounded(whole % scale * span + rest % span,
						   (PlsMilli) span * scale);
}

/*
 * product / scale, decayed by age and rounded once.
 */
static PlsMilli
decayed(const PlsSignal *signal, PlsMilli product, int64 scale, int64 age)
{
	int64		span = signal->decay_span;

	switch (signal->decay)
	{
		case PLS_DECAY_NONE:
			break;
		case PLS_DECAY_LINEAR:
			if (age >= span)
				return 0;
			return linear_share(product, span - age, span, scale);
		case PLS_DECAY_EXPONENTIAL:
			return pls_exponential_share(product, scale, Max(age, 0),
										 &signal->half_life);
		case PLS_DECAY_STEP:
			if (age >= span)
				return 0;
			if (age >= span - age)
				scale *= 2;
			break;
	}
	return pls_divide_rounded(product, scale);
}

/*
 * What one counted unit of a per-unit signal is worth: `units` of them, or a
 * value in thousandths (scale 1000), at an item of the evidence.
 */
static inline PlsMilli
unit_points(const PlsSignal *signal, PlsMilli units, int64 scale,
			PlsSeconds at, TimestampTz as_of)
{
	PlsMilli	product = pls_multiply_saturated(units, signal->points);

	if (signal->decay == PLS_DECAY_NONE)
		return pls_divide_rounded(product, scale);
	return decayed(signal, product, scale, age_of(at, as_of));
}

/*
 * The same for a caller in another file.
 */
PlsMilli
pls_score_unit(const PlsSignal *signal, PlsMilli units, int64 scale,
			   PlsSeconds at, TimestampTz as_of)
{
	return unit_points(signal, units, scale, at, as_of);
}

static bool
compare(PlsMilli value, PlsOp op, PlsMilli threshold)
{
	switch (op)
	{
		case PLS_GE:
			return value >= threshold;
		case PLS_GT:
			return value > threshold;
		case PLS_LE:
			return value <= threshold;
		case PLS_LT:
			return value < threshold;
		case PLS_EQ:
			return value == threshold;
	}
	return false;
}

/* ---------- values, one function per way of keeping ---------- */

/*
 * Counted units: rows, actors, periods, distinct values, or rows of a grid.
 */
static void
measure_units(const PlsSignal *signal, const PlsPart *part,
			  TimestampTz as_of, PlsSignalScore *result)
{
	bool		grid = part->shape.kind == PLS_PART_SUMS;
	bool		one_by_one = signal->per_unit &&
	signal->decay != PLS_DECAY_NONE;
	Window		window;
	const PlsItem *item;
	PlsMilli	units = 0;
	PlsMilli	points = 0;

	window_open(&window, part, as_of, signal->window);
	if (!grid && !one_by_one)
	{
		units = window.next + 1 - window.oldest -
			pls_part_before(part, window.from);
		units = Max(units, 0);
		window.next = window.oldest - 1;
	}
	while ((item = window_next(&window)) != NULL)
	{
		PlsMilli	counted = grid ? item->amount : 1;

		units = pls_add_saturated(units, counted);
		if (one_by_one)
			points = pls_add_saturated(points,
									   unit_points(signal, counted, 1,
												   item->at, as_of));
	}
	pls_score_units(signal, units, result);
	if (one_by_one)
		result->points = points;
	result->saturated = !grid && units >= part->shape.limit;
}

/*
 * The same of a number of units, where no unit's age matters.
 */
void
pls_score_units(const PlsSignal *signal, PlsMilli units,
				PlsSignalScore *result)
{
	result->value_is_null = false;
	result->value = pls_multiply_saturated(units, PLS_MILLI);
	if (signal->per_unit)
		result->points = pls_multiply_saturated(units, signal->points);
}

static void
measure_sum(const PlsSignal *signal, const PlsPart *part,
			TimestampTz as_of, PlsSignalScore *result)
{
	Window		window;
	const PlsItem *item;
	PlsMilli	sum = 0;
	PlsMilli	points = 0;

	window_open(&window, part, as_of, signal->window);
	while ((item = window_next(&window)) != NULL)
	{
		result->value_is_null = false;
		sum = pls_add_saturated(sum, item->amount);
		if (signal->per_unit)
			points = pls_add_saturated(points,
									   unit_points(signal, item->amount,
												   PLS_MILLI, item->at,
												   as_of));
	}
	result->value = sum;
	result->points = points;
}

/*
 * The greatest value; per unit it is worth points by the newest cell that
 * has it.
 */
static void
measure_max(const PlsSignal *signal, const PlsPart *part,
			TimestampTz as_of, PlsSignalScore *result)
{
	Window		window;
	const PlsItem *item;

	window_open(&window, part, as_of, signal->window);
	while ((item = window_next(&window)) != NULL)
	{
		if (!result->value_is_null && item->amount <= result->value)
			continue;
		result->value_is_null = false;
		result->value = item->amount;
		if (signal->per_unit)
			result->points = unit_points(signal, item->amount, PLS_MILLI,
										 item->at, as_of);
	}
}

/*
 * The count in the window by the count in the window before it.
 */
static void
measure_growth(const PlsSignal *signal, const PlsPart *part,
			   TimestampTz as_of, PlsSignalScore *result)
{
	PlsSeconds	later_from = pls_window_start(as_of, signal->window);
	Window		window;
	const PlsItem *item;
	PlsMilli	later = 0;
	PlsMilli	earlier = 0;

	window_open(&window, part, as_of, 2 * signal->window);
	while ((item = window_next(&window)) != NULL)
	{
		if (item->at >= later_from)
			later = pls_add_saturated(later, item->amount);
		else
			earlier = pls_add_saturated(earlier, item->amount);
	}
	pls_score_growth(signal, later, earlier, result);
}

void
pls_score_growth(const PlsSignal *signal, PlsMilli later, PlsMilli earlier,
				 PlsSignalScore *result)
{
	if (earlier <= 0 ||
		pls_multiply_saturated(earlier, PLS_MILLI) < signal->min_base)
		return;
	result->value_is_null = false;
	result->value = pls_divide_rounded(pls_multiply_saturated(later,
															  PLS_MILLI),
									   earlier);
}

/*
 * The age of a row, in milliseconds.
 */
void
pls_score_age(PlsSeconds at, TimestampTz as_of, PlsSignalScore *result)
{
	result->value_is_null = false;
	result->value = pls_divide_rounded(age_of(at, as_of), 1000);
}

/*
 * The newest value, or the age of the newest or first row.
 */
static void
measure_point(const PlsSignal *signal, const PlsPart *part,
			  TimestampTz as_of, PlsSignalScore *result)
{
	Window		window;
	const PlsItem *item;

	window_open(&window, part, as_of,
				signal->measure == PLS_LAST ? signal->window : 0);
	item = window_next(&window);
	if (item == NULL)
		return;
	if (signal->measure != PLS_LAST)
	{
		pls_score_age(item->at, as_of, result);
		return;
	}
	result->value_is_null = false;
	result->value = item->amount;
}

/*
 * The longest silence that has ended in the window, in periods.
 */
static void
measure_restart(const PlsSignal *signal, const PlsPart *part,
				TimestampTz as_of, PlsSignalScore *result)
{
	PlsSeconds	from = pls_window_start(as_of, signal->window);
	PlsRestart	restarts[PLS_MAX_NEED];
	int			count = pls_restarts(part, pls_window_start(as_of, 0),
									 restarts);
	int			i;

	for (i = 0; i < count; i++)
	{
		if (restarts[i].at < from)
			continue;
		result->value_is_null = false;
		result->value = Max(result->value,
							pls_multiply_saturated(restarts[i].silent,
												   PLS_MILLI));
	}
}

/*
 * The value of a signal, and its points per unit, by the part that it reads.
 */
void
pls_score_part(const PlsSignal *signal, const PlsPart *part,
			   TimestampTz as_of, PlsSignalScore *result)
{
	switch (signal->measure)
	{
		case PLS_COUNT:
		case PLS_ACTORS:
		case PLS_DAYS:
		case PLS_DISTINCT:
			measure_units(signal, part, as_of, result);
			break;
		case PLS_SUM:
			measure_sum(signal, part, as_of, result);
			break;
		case PLS_MAX:
			measure_max(signal, part, as_of, result);
			break;
		case PLS_GROWTH:
			measure_growth(signal, part, as_of, result);
			break;
		case PLS_LAST:
		case PLS_RECENCY:
		case PLS_FIRST:
			measure_point(signal, part, as_of, result);
			break;
		case PLS_SEQUENCE:
			result->value_is_null = false;
			result->value = pls_sequence_level(signal, part, as_of) *
				PLS_MILLI;
			break;
		case PLS_RESTART:
			measure_restart(signal, part, as_of, result);
			break;
		case PLS_ATTRIBUTE:
			break;
	}
}

/* ---------- points ---------- */

/*
 * The newest row that a part knows of, in the window or not.
 */
static void
find_newest(const PlsPart *part, TimestampTz as_of, PlsSignalScore *result)
{
	Window		window;
	const PlsItem *newest;

	window_open(&window, part, as_of, 0);
	newest = window_next(&window);
	if (newest == NULL)
		return;
	result->has_newest = true;
	result->newest = newest->at;
}

/*
 * What a met signal that decays is worth, whose newest row is of that second.
 */
PlsMilli
pls_score_met(const PlsSignal *signal, PlsSeconds newest, TimestampTz as_of)
{
	return decayed(signal, signal->points, 1, age_of(newest, as_of));
}

/*
 * Points before any clamp; those of a met signal that is not counted per
 * unit go by the age of the newest matching row.
 */
static PlsMilli
signal_points(const PlsSignal *signal, TimestampTz as_of,
			  const PlsSignalScore *result)
{
	if (!result->met || signal->per_unit)
		return result->points;
	if (signal->decay == PLS_DECAY_NONE)
		return signal->points;
	if (!result->has_newest)
		return 0;
	return pls_score_met(signal, result->newest, as_of);
}

/*
 * What a clamp adds to points.
 */
PlsMilli
pls_score_clamp(PlsMilli points, bool has_min, int64 min, bool has_max,
				int64 max)
{
	PlsMilli	clamped = points;

	if (has_max)
		clamped = Min(clamped, (PlsMilli) max);
	if (has_min)
		clamped = Max(clamped, (PlsMilli) min);
	return clamped == points ? 0 : clamped - points;
}

/*
 * What a signal makes of the evidence, but for its points if they are not
 * per unit.
 */
static void
measure_signal(const PlsModel *model, const PlsSignal *signal,
			   const PlsEvidence *evidence, TimestampTz as_of,
			   Jsonb *attributes, PlsSignalScore *result)
{
	const PlsPart *part;
	const PlsPart *newest_part;

	if (signal->measure == PLS_ATTRIBUTE)
	{
		bool		holds = signal->holds_unknown;

		if (attributes != NULL)
			holds = signal->match != NULL &&
				pls_jsonpath_holds(attributes, signal->match);
		result->value_is_null = false;
		result->value = holds ? PLS_MILLI : 0;
		return;
	}
	part = pls_evidence_part(evidence, signal->part,
							 model->rules[signal->part].shape.fingerprint);
	newest_part = pls_evidence_part(evidence, signal->newest_part,
									model->rules[signal->newest_part].shape.fingerprint);
	if (part == NULL || newest_part == NULL)
	{
		result->absent = true;
		return;
	}
	pls_score_part(signal, part, as_of, result);
	find_newest(newest_part, as_of, result);
}

/*
 * Whether any event matches a signal of the model.  What is left of signals
 * that were deleted or changed since is no evidence.
 */
bool
pls_score_has_items(const PlsModel *model, const PlsEvidence *evidence)
{
	int			i;

	for (i = 0; i < model->nrules; i++)
	{
		const PlsPart *part = pls_evidence_part(evidence, i,
												model->rules[i].shape.fingerprint);

		if (part != NULL && part->count > 0)
			return true;
	}
	return false;
}

/*
 * Add up categories, dimensions and the whole, clamping each.
 */
static void
add_up(const PlsModel *model, PlsScore *score)
{
	PlsMilli	sum;
	int			i;
	int			j;

	for (i = 0; i < model->nsignals; i++)
	{
		PlsMilli   *dimension = model->signals[i].fit ?
		&score->fit : &score->engagement;

		*dimension = pls_add_saturated(*dimension,
									   pls_add_saturated(score->signals[i].points,
														 score->signals[i].clamp));
	}
	for (j = 0; j < model->nlimits; j++)
	{
		const PlsCategoryLimit *limit = &model->limits[j];
		bool		fit = strcmp(limit->category, "fit") == 0;

		for (sum = 0, i = 0; i < model->nsignals; i++)
			if (strcmp(model->signals[i].category, limit->category) == 0)
				sum = pls_add_saturated(sum,
										pls_add_saturated(score->signals[i].points,
														  score->signals[i].clamp));
		score->limits[j] = pls_score_clamp(sum, limit->has_min,
										   limit->min_points,
										   limit->has_max,
										   limit->max_points);
		if (fit)
			score->fit += score->limits[j];
		else
			score->engagement += score->limits[j];
	}
	sum = pls_add_saturated(score->engagement, score->fit);
	score->clamp = pls_score_clamp(sum, model->has_min, model->min_score,
								   model->has_max, model->max_score);
	score->total = sum + score->clamp;
}

/*
 * An empty score, whose arrays are allocated in the current memory context.
 */
void
pls_score_begin(const PlsModel *model, PlsScore *score)
{
	int			i;

	memset(score, 0, sizeof(PlsScore));
	score->signals = palloc0(Max(model->nsignals, 1) *
							 sizeof(PlsSignalScore));
	score->limits = palloc0(Max(model->nlimits, 1) * sizeof(PlsMilli));
	score->required_met = true;
	for (i = 0; i < model->nsignals; i++)
		score->signals[i].value_is_null = true;
}

/*
 * From a signal's value, its newest row and its points per unit to whether it
 * is met and its points.
 */
static void
end_signal(const PlsSignal *signal, TimestampTz as_of, bool scored,
		   PlsSignalScore *result)
{
	if (!result->absent)
	{
		result->met = !result->value_is_null &&
			compare(result->value, signal->op, signal->threshold);
		result->points = signal_points(signal, as_of, result);
		result->clamp = pls_score_clamp(result->points,
										signal->has_min, signal->min_points,
										signal->has_max, signal->max_points);
	}
	if (!scored)
		result->points = result->clamp = 0;
}

/*
 * From the signals to the score.
 */
static void
end_score(const PlsModel *model, bool scored, PlsScore *score)
{
	int			i;

	for (i = 0; i < model->nsignals; i++)
	{
		const PlsSignalScore *result = &score->signals[i];

		if (result->absent)
			score->stale = true;
		if (model->signals[i].required && !result->met)
			score->required_met = false;
		if (result->met && result->points + result->clamp > 0)
			score->signals_met++;
	}
	if (scored)
		add_up(model, score);
}

/*
 * From the signals' values, their newest rows and their points per unit to
 * the score.  It is 0 if nothing is scored: there is no evidence.
 */
void
pls_score_end(const PlsModel *model, TimestampTz as_of, bool scored,
			  PlsScore *score)
{
	int			i;

	for (i = 0; i < model->nsignals; i++)
		end_signal(&model->signals[i], as_of, scored, &score->signals[i]);
	end_score(model, scored, score);
}

/*
 * Value the evidence as of an instant.  Attributes may be NULL: those
 * of an account that is not known, an object without members.  The result's
 * arrays are allocated in the current memory context.
 */
void
pls_score(const PlsModel *model, const PlsEvidence *evidence,
		  TimestampTz as_of, Jsonb *attributes, PlsScore *score)
{
	int			i;

	pls_score_begin(model, score);
	for (i = 0; i < model->nsignals; i++)
		measure_signal(model, &model->signals[i], evidence, as_of,
					   attributes, &score->signals[i]);
	pls_score_end(model, as_of, pls_score_has_items(model, evidence), score);
}

/*
 * Add all signals up again.
 */
static void
add_up_again(const PlsModel *model, PlsScore *score)
{
	score->engagement = score->fit = 0;
	score->required_met = true;
	score->signals_met = 0;
	end_score(model, true, score);
}

/*
 * Put one signal's share of the score in the place of the one that it had, of
 * a model without category limits.
 */
static void
replace_share(const PlsModel *model, int number, PlsMilli points,
			  bool counted, PlsScore *score)
{
	const PlsSignalScore *now = &score->signals[number];
	PlsMilli	share = now->points + now->clamp;
	PlsMilli   *dimension = model->signals[number].fit ?
	&score->fit : &score->engagement;
	PlsMilli	sum;

	*dimension = pls_add_saturated(*dimension, share - points);
	score->signals_met += (now->met && share > 0) - counted;
	sum = pls_add_saturated(score->engagement, score->fit);
	score->clamp = pls_score_clamp(sum, model->has_min, model->min_score,
								   model->has_max, model->max_score);
	score->total = sum + score->clamp;
}

/*
 * Value one signal of the evidence, of which there is some, as of another
 * instant than the rest of a score, and the score with it.  The signal is none
 * of an attribute.
 */
void
pls_score_signal(const PlsModel *model, int number,
				 const PlsEvidence *evidence, TimestampTz as_of,
				 PlsScore *score)
{
	const PlsSignal *signal = &model->signals[number];
	PlsSignalScore *result = &score->signals[number];
	PlsMilli	points = result->points + result->clamp;
	bool		counted = result->met && points > 0;

	memset(result, 0, sizeof(*result));
	result->value_is_null = true;
	measure_signal(model, signal, evidence, as_of, NULL, result);
	end_signal(signal, as_of, true, result);
	if (model->nlimits > 0 || signal->required)
		add_up_again(model, score);
	else
		replace_share(model, number, points, counted, score);
}

/* ---------- what a score leads to ---------- */

/*
 * The score that lane sales takes, given the lane before: a qualified entity
 * stays so until it falls below release_at.
 */
int64
pls_sales_floor(const PlsModel *model, PlsLane before)
{
	return before == PLS_LANE_SALES ?
		Min(model->release_at, model->qualify_at) : model->qualify_at;
}

/*
 * The lane that a score alone would take, given the lane it has been in.
 */
PlsLane
pls_lane(const PlsModel *model, const PlsScore *score, PlsLane before)
{
	if (score->total >= pls_sales_floor(model, before) && score->required_met &&
		score->signals_met >= model->min_signals)
		return PLS_LANE_SALES;
	if (model->has_triage && score->total >= model->triage_at)
		return PLS_LANE_TRIAGE;
	return PLS_LANE_NONE;
}

/*
 * Whether an evaluation calls for a decision, and in which lane: the lane has
 * risen, or a decision that was put off is due.
 */
PlsLane
pls_lane_to_decide(PlsLane before, PlsLane now, TimestampTz decide_again_at,
				   TimestampTz as_of)
{
	if (now == PLS_LANE_NONE)
		return PLS_LANE_NONE;
	if (now > before || decide_again_at <= as_of)
		return now;
	return PLS_LANE_NONE;
}

/*
 * The name of a lane; NULL for none.
 */
const char *
pls_lane_name(PlsLane lane)
{
	return lane == PLS_LANE_SALES ? "sales" :
		lane == PLS_LANE_TRIAGE ? "triage" : NULL;
}

PlsLane
pls_lane_parse(const char *name)
{
	if (name == NULL)
		return PLS_LANE_NONE;
	return strcmp(name, "sales") == 0 ? PLS_LANE_SALES :
		strcmp(name, "triage") == 0 ? PLS_LANE_TRIAGE : PLS_LANE_NONE;
}

static const char *
band(const PlsModel *model, bool fit, PlsMilli points)
{
	int			i;

	for (i = 0; i < model->ngrades; i++)
		if (model->grades[i].fit == fit &&
			points >= model->grades[i].at_least)
			return model->grades[i].grade;
	return "";
}

/*
 * The grade: letter from fit, digit from engagement; NULL if no band holds.
 */
char *
pls_grade(const PlsModel *model, const PlsScore *score)
{
	const char *fit = band(model, true, score->fit);
	const char *engagement = band(model, false, score->engagement);

	if (*fit == '\0' && *engagement == '\0')
		return NULL;
	return psprintf("%s%s", fit, engagement);
}
