/*-------------------------------------------------------------------------
 *
 * part_rule.c
 *	  From a signal to the part of the evidence that it reads.
 *
 * A part holds no more than the signal can tell apart: as many units as its
 * threshold and its most points ask for, or sums on a grid of time where that
 * has no bound.  Signals that would keep the same share a part, which its
 * description tells.
 *
 * Where the threshold is a percentile of the peers' values, these must be
 * known beyond the threshold of today, and it changes by itself.  There a part
 * holds what any threshold could ask for: the evidence stays what it is.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "utils/builtins.h"

#include "decimal.h"
#include "model/model.h"
#include "model/part_rule.h"
#include "model/part_shape.h"
#include "pls.h"

static int64
divide_up(int64 dividend, int64 divisor)
{
	return dividend / divisor + (dividend % divisor > 0 ? 1 : 0);
}

/*
 * Whether a clamp bounds points per unit, and at what: points above 0 run into
 * max_points, those below 0 into min_points.
 */
static bool
points_bound(const PlsSignal *signal, int64 *bound)
{
	*bound = signal->points < 0 ? signal->min_points : signal->max_points;
	return signal->points < 0 ? signal->has_min : signal->has_max;
}

/*
 * How many units a signal must be able to tell: one more than
 * its threshold, and for points per unit as many as reach the most points;
 * *enough says whether more of them could not change the points.
 */
static int64
units_needed(const PlsSignal *signal, bool *enough)
{
	int64		threshold = (int64) signal->threshold;
	int64		need = threshold > 0 ? divide_up(threshold, PLS_MILLI) + 1 : 1;
	int64		bound;

	*enough = !signal->per_unit;
	if (signal->per_unit && signal->decay == PLS_DECAY_NONE &&
		signal->points != 0 && points_bound(signal, &bound) &&
		bound != 0 && (bound > 0) == (signal->points > 0))
	{
		need = Max(need, divide_up(llabs(bound), llabs(signal->points)));
		*enough = true;
	}
	return need;
}

/*
 * Whether a count is kept on a grid instead of row by row: where it may be
 * large, as a percentile of the peers may be, or points per unit have no bound.
 */
static bool
counts_on_grid(const PlsSignal *signal, const PlsPartRule *rule, int64 need)
{
	int64		bound;

	if (rule->bin != 0)
		return false;			/* collapsed: units have keys */
	return need > PLS_MAX_NEED || signal->follows_peers ||
		(signal->per_unit &&
		 (signal->decay != PLS_DECAY_NONE || !signal->has_max ||
		  !points_bound(signal, &bound)));
}

/*
 * Keep units of a kind, the newest limit of them, as long as window.
 */
void
pls_shape_units(PlsPartRule *rule, PlsPartKind kind, PlsAmountRule amount,
				int64 limit, int64 window)
{
	rule->shape.kind = kind;
	rule->shape.limit = (int) limit;
	rule->shape.span = divide_up(window, USECS_PER_SEC);
	rule->shape.step = 1;
	rule->amount = amount;
}

static void
shape_grid(PlsPartRule *rule, PlsPartKind kind, PlsAmountRule amount,
		   int64 window)
{
	rule->shape.kind = kind;
	rule->shape.limit = 0;
	rule->shape.span = Max(divide_up(window, USECS_PER_SEC), 1);
	rule->shape.step = Max(divide_up(window,
									 PLS_GRID_CELLS * USECS_PER_SEC), 1);
	rule->amount = amount;
}

/*
 * How many periods a signal of measure "restart" keeps: all that can have a
 * row in its window, and those right before it.  Of the window's ends each
 * cuts a period; a day may be shorter than 24 hours, and two of them in a
 * disorder where a clock was set back.
 */
static int64
restart_limit(const PlsSignal *signal, int64 period)
{
	int64		limit = signal->window / Max(period, 1) + 4;

	return Min(Max(limit, PLS_MIN_UNITS), PLS_MAX_NEED);
}

/*
 * What a signal keeps of its rows; period is the length of one in a count of
 * days.  Sets the rule's shape and amount, and the signal's need.
 */
void
pls_shape_rule(PlsSignal *signal, PlsPartRule *rule, int64 period)
{
	bool		enough;
	int64		need = units_needed(signal, &enough);
	int64		limit = Min(Max(need, PLS_MIN_UNITS), PLS_MAX_NEED);

	if (signal->follows_peers)
		limit = PLS_MAX_NEED;
	signal->need = enough ? need : 0;
	switch (signal->measure)
	{
		case PLS_COUNT:
			if (counts_on_grid(signal, rule, need))
				shape_grid(rule, PLS_PART_SUMS, PLS_AMOUNT_ONE,
						   signal->window);
			else if (rule->bin != 0)
				pls_shape_units(rule, PLS_PART_ACTORS, PLS_AMOUNT_ACTOR_BIN,
								limit, signal->window);
			else
				pls_shape_units(rule, PLS_PART_TIMES, PLS_AMOUNT_NONE,
								limit, signal->window);
			break;
		case PLS_ACTORS:
			pls_shape_units(rule, PLS_PART_ACTORS, PLS_AMOUNT_ACTOR,
							limit, signal->window);
			break;
		case PLS_DISTINCT:
			pls_shape_units(rule, PLS_PART_ACTORS, PLS_AMOUNT_PROPERTY,
							limit, signal->window);
			break;
		case PLS_DAYS:
			rule->bin = (period == USECS_PER_DAY) ? 0 : period;
			pls_shape_units(rule, PLS_PART_PERIODS,
							rule->bin ? PLS_AMOUNT_PERIOD : PLS_AMOUNT_DAY,
							limit, signal->window);
			break;
		case PLS_SUM:
			shape_grid(rule, PLS_PART_SUMS, PLS_AMOUNT_VALUE, signal->window);
			break;
		case PLS_MAX:
			shape_grid(rule, PLS_PART_MAXIMA, PLS_AMOUNT_VALUE,
					   signal->window);
			break;
		case PLS_GROWTH:
			shape_grid(rule, PLS_PART_SUMS, PLS_AMOUNT_ONE,
					   2 * signal->window);
			break;
		case PLS_LAST:
			pls_shape_units(rule, PLS_PART_LAST, PLS_AMOUNT_VALUE, 1, 0);
			break;
		case PLS_RECENCY:
			pls_shape_units(rule, PLS_PART_TIMES, PLS_AMOUNT_NONE, 1, 0);
			break;
		case PLS_FIRST:
			pls_shape_units(rule, PLS_PART_OLDEST, PLS_AMOUNT_NONE, 1, 0);
			break;
		case PLS_SEQUENCE:
			pls_shape_units(rule, PLS_PART_STEPS, PLS_AMOUNT_STEP, PLS_STEP_ROWS,
							signal->period);
			break;
		case PLS_RESTART:
			rule->bin = (period == USECS_PER_DAY) ? 0 : period;
			pls_shape_units(rule, PLS_PART_PERIODS,
							rule->bin ? PLS_AMOUNT_PERIOD : PLS_AMOUNT_DAY,
							restart_limit(signal, period), 0);
			break;
		case PLS_ATTRIBUTE:
			break;
	}
}

/*
 * All that decides what a part holds, but for its span, as text.
 */
char *
pls_describe_rule(const PlsPartRule *rule, const char *zone,
				  const char *exclusions)
{
	StringInfoData text;
	int			i;

	initStringInfo(&text);
	appendStringInfo(&text, "%c %d " INT64_FORMAT " %d " INT64_FORMAT " %s",
					 rule->shape.kind, rule->shape.limit, rule->shape.step,
					 rule->amount, rule->bin,
					 rule->amount == PLS_AMOUNT_DAY ? zone : "");
	if (pls_rule_reads_property(rule))
		appendStringInfo(&text, " %d %s", rule->numeric_strings,
						 quote_literal_cstr(rule->property));
	for (i = 0; i < rule->nevents; i++)
		appendStringInfo(&text, ",%s", quote_literal_cstr(rule->events[i]));
	for (i = 0; i < rule->nsteps; i++)
		appendStringInfo(&text, ">%d", rule->steps[i]);
	appendStringInfo(&text, " %s %s",
					 rule->match_text ?
					 quote_literal_cstr(rule->match_text) : "-",
					 exclusions);
	return text.data;
}

PG_FUNCTION_INFO_V1(pls_units_needed);

/*
 * pls_internal.units_needed(threshold numeric, points numeric, min_points numeric,
 *					max_points numeric) -> bigint
 *
 * For the check of a signal.  NULL points are not per unit, or decay.
 *
 * Errors: 22003 for a number beyond +-9e15.
 */
Datum
pls_units_needed(PG_FUNCTION_ARGS)
{
	PlsSignal	signal = {0};
	int64		numbers[4] = {0};
	bool		enough;
	int			i;

	for (i = 0; i < 4; i++)
		if (!PG_ARGISNULL(i) &&
			!pls_numeric_to_milli(PG_GETARG_DATUM(i), &numbers[i]))
			ereport(ERROR,
					(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					 errmsg("a number of a signal is not between -9e15 and 9e15")));
	signal.threshold = numbers[0];
	signal.per_unit = !PG_ARGISNULL(1);
	signal.points = numbers[1];
	signal.has_min = !PG_ARGISNULL(2);
	signal.min_points = numbers[2];
	signal.has_max = !PG_ARGISNULL(3);
	signal.max_points = numbers[3];
	PG_RETURN_INT64(units_needed(&signal, &enough));
}
