/*-------------------------------------------------------------------------
 *
 * decay_sums.c
 *	  decayed_sum, decayed_count, decayed_avg: rows that count half as much
 *	  after each half-life.
 *
 * A row of value v at an instant is worth v * 2^(-(as_of - at) / half_life).
 * A sum is kept as of the last multiple of the half-life, counted from an
 * origin, that is not after its newest row.  When a newer row moves that on,
 * the sum is divided by a power of two, which is exact; so neither the order
 * of rows nor how they are split matters but for the rounding of additions,
 * and that is made up for (Neumaier's summation).  The newest row with a value
 * weighs between 1 and 2, so that averages do not lose old rows, however many
 * rows without a value have come since.
 *
 * The origin is as_of where that is known from the start, so that whole
 * half-lives give exact results; otherwise 2000-01-01.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "pls_compat.h"
#include "rows/agg_args.h"
#include "rows/decay_sums.h"
#include "time/local_day.h"
#include "time/span.h"

/* beyond this many halvings a double is 0 */
#define MOST_HALVINGS	4096

/*
 * The quotient rounded down.
 */
static int128
floor_divide(int128 dividend, int64 divisor)
{
	int128		quotient = dividend / divisor;

	return dividend % divisor < 0 ? quotient - 1 : quotient;
}

static TimestampTz
origin_of(const PlsDecaySums *sums)
{
	return sums->as_of == DT_NOEND ? 0 : sums->as_of;
}

/*
 * The number of the half-life, counted from the origin, in which an instant
 * lies.
 */
int64
pls_decay_period(const PlsDecaySums *sums, TimestampTz at)
{
	int128		period = floor_divide((int128) at - origin_of(sums),
									  sums->half_life);

	return period < PG_INT64_MIN ? PG_INT64_MIN : (int64) period;
}

/*
 * value * 2^(distance / half_life)
 */
static double
grow(double value, int128 distance, int64 half_life)
{
	int128		whole = floor_divide(distance, half_life);
	double		part = (double) (distance - whole * half_life);

	if (isinf(value))
		return value;
	if (whole < -MOST_HALVINGS)
		return value * 0;
	return ldexp(value * exp2(part / (double) half_life),
				 (int) Min(whole, MOST_HALVINGS));
}

pg_noreturn static void
refuse_overflow(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("decayed sum is out of range")));
}

static void
exact_add(PlsExactSum *sum, double value)
{
	double		total = sum->high + value;

	if (isinf(total) && !isinf(sum->high) && !isinf(value))
		refuse_overflow();
	if (isfinite(total))
	{
		if (fabs(sum->high) >= fabs(value))
			sum->low += (sum->high - total) + value;
		else
			sum->low += (value - total) + sum->high;
	}
	else
		sum->low = 0;
	sum->high = total;
}

static double
exact_value(const PlsExactSum *sum)
{
	return sum->high + sum->low;
}

static void
exact_halve(PlsExactSum *sum, int times)
{
	sum->high = ldexp(sum->high, -times);
	sum->low = ldexp(sum->low, -times);
}

static void
exact_merge(PlsExactSum *into, const PlsExactSum *from)
{
	exact_add(into, from->high);
	exact_add(into, from->low);
}

/*
 * Whether some row has a value: the newest that has weighs something.
 */
bool
pls_decay_has_values(const PlsDecaySums *sums)
{
	return exact_value(&sums->weight) != 0;
}

/*
 * How far an instant lies behind the beginning of a half-life.
 */
static int128
distance_from(const PlsDecaySums *sums, int64 period, TimestampTz at)
{
	return (int128) at - origin_of(sums) - (int128) period * sums->half_life;
}

/*
 * The half-life that the sum of all rows is of: mostly that of the others.
 */
static int64
rows_period(const PlsDecaySums *sums)
{
	int128		distance = distance_from(sums, sums->period, sums->newest);

	if (distance >= 0 && distance < sums->half_life)
		return sums->period;
	return pls_decay_period(sums, sums->newest);
}

/*
 * Move a sum on to a later half-life.
 */
static void
move_on(PlsExactSum *sum, int64 from, int64 to)
{
	if (to > from)
		exact_halve(sum, (int) Min((int128) to - from, MOST_HALVINGS));
}

/*
 * Move the sums of what has a value on to a later half-life.
 */
static void
move_values_on(PlsDecaySums *sums, int64 period)
{
	if (period <= sums->period)
		return;
	move_on(&sums->sum, sums->period, period);
	move_on(&sums->weight, sums->period, period);
	sums->period = period;
}

/*
 * Count a row, whether it has a value or not.
 */
static void
add_to_rows(PlsDecaySums *sums, TimestampTz at)
{
	int64		period;

	if (sums->newest == DT_NOBEGIN)
	{
		sums->newest = at;
		sums->period = pls_decay_period(sums, at);
	}
	period = rows_period(sums);
	if (at > sums->newest)
	{
		int64		before = period;

		sums->newest = at;
		if (distance_from(sums, before, at) >= sums->half_life)
			period = pls_decay_period(sums, at);
		move_on(&sums->rows, before, period);
		if (!pls_decay_has_values(sums))
			sums->period = period;
	}
	exact_add(&sums->rows, grow(1, distance_from(sums, period, at),
								sums->half_life));
}

static void
add_value(PlsDecaySums *sums, TimestampTz at, double value)
{
	int128		distance;
	double		worth;

	if (!pls_decay_has_values(sums))
		sums->period = pls_decay_period(sums, at);
	else if (distance_from(sums, sums->period, at) >= sums->half_life)
		move_values_on(sums, pls_decay_period(sums, at));
	distance = distance_from(sums, sums->period, at);
	worth = grow(value, distance, sums->half_life);
	if (isinf(worth) && !isinf(value))
		refuse_overflow();
	exact_add(&sums->sum, worth);
	exact_add(&sums->weight, grow(1, distance, sums->half_life));
}

/*
 * What a sum of a half-life is worth at an instant not before the newest row.
 */
static double
worth_at(const PlsDecaySums *sums, const PlsExactSum *sum, int64 period,
		 TimestampTz as_of)
{
	return grow(exact_value(sum), -distance_from(sums, period, as_of),
				sums->half_life);
}

/* The half-life of a call, worked out once. */
static int64
call_half_life(FunctionCallInfo fcinfo, int argument)
{
	PlsAggInterval *site = fcinfo->flinfo->fn_extra;
	int64		half_life;

	if (site == NULL)
	{
		site = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt,
									  sizeof(PlsAggInterval));
		fcinfo->flinfo->fn_extra = site;
	}
	if (PG_ARGISNULL(argument))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("half_life must not be null")));
	half_life = pls_agg_interval(site, PG_GETARG_DATUM(argument),
								 "half_life");
	if (half_life == 0)
		pls_refuse_empty_span("half_life");
	return half_life;
}

/*
 * The argument as_of.  Errors: 22004, 22008.
 */
static TimestampTz
call_as_of(FunctionCallInfo fcinfo, int argument)
{
	if (PG_ARGISNULL(argument))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("as_of must not be null")));
	return pls_finite_as_of(PG_GETARG_TIMESTAMPTZ(argument));
}

static void
check_aggregate(FunctionCallInfo fcinfo)
{
	if (!AggCheckCallContext(fcinfo, NULL))
		elog(ERROR, "pls aggregate support function called in non-aggregate context");
}

/*
 * The state of the row's group, changed in place as the executor owns it;
 * made if this is its first row.
 *
 * Errors: 22023 if the arguments change within a group.
 */
static PlsDecaySums *
group_sums(FunctionCallInfo fcinfo, int64 half_life, TimestampTz as_of)
{
	PlsDecaySums *sums;

	check_aggregate(fcinfo);
	if (PG_ARGISNULL(0))
	{
		sums = palloc0(sizeof(PlsDecaySums));
		sums->half_life = half_life;
		sums->as_of = as_of;
		sums->newest = DT_NOBEGIN;
		return sums;
	}
	sums = (PlsDecaySums *) PG_GETARG_POINTER(0);
	if (sums->half_life != half_life || sums->as_of != as_of)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("arguments of the aggregate differ within a group"),
				 errhint("Only the value and the instant may differ between the rows of a group.")));
	return sums;
}

/*
 * Add the row at hand: its instant is one argument, its value another, or
 * none (-1).
 */
static Datum
accumulate(FunctionCallInfo fcinfo, PlsDecaySums *sums, int at_argument,
		   int value_argument)
{
	bool		has_value = value_argument >= 0 &&
	!PG_ARGISNULL(value_argument);

	if (!PG_ARGISNULL(at_argument))
	{
		TimestampTz at = PG_GETARG_TIMESTAMPTZ(at_argument);

		if (!TIMESTAMP_NOT_FINITE(at) && at <= sums->as_of)
		{
			add_to_rows(sums, at);
			if (has_value)
				add_value(sums, at, PG_GETARG_FLOAT8(value_argument));
		}
	}
	PG_RETURN_POINTER(sums);
}

PG_FUNCTION_INFO_V1(pls_decay_sums_accum);

/*
 * Transition function of pls.decay_sums(value, at, half_life).
 *
 * Errors: 22023, 22004, 22008, 22003.
 */
Datum
pls_decay_sums_accum(PG_FUNCTION_ARGS)
{
	int64		half_life = call_half_life(fcinfo, 3);

	return accumulate(fcinfo, group_sums(fcinfo, half_life, DT_NOEND), 2, 1);
}

PG_FUNCTION_INFO_V1(pls_decayed_accum);

/*
 * Transition function of pls.decayed_sum(value, at, as_of, half_life) and
 * pls.decayed_avg().  A row without a value is ignored.
 */
Datum
pls_decayed_accum(PG_FUNCTION_ARGS)
{
	TimestampTz as_of = call_as_of(fcinfo, 3);
	int64		half_life = call_half_life(fcinfo, 4);
	PlsDecaySums *sums = group_sums(fcinfo, half_life, as_of);

	if (PG_ARGISNULL(1))
		PG_RETURN_POINTER(sums);
	return accumulate(fcinfo, sums, 2, 1);
}

PG_FUNCTION_INFO_V1(pls_decayed_count_accum);

/*
 * Transition function of pls.decayed_count(at, as_of, half_life).
 */
Datum
pls_decayed_count_accum(PG_FUNCTION_ARGS)
{
	TimestampTz as_of = call_as_of(fcinfo, 2);
	int64		half_life = call_half_life(fcinfo, 3);

	return accumulate(fcinfo, group_sums(fcinfo, half_life, as_of), 1, -1);
}

/*
 * Add the sums of another state of the same half-life; both have rows.
 */
static void
merge(PlsDecaySums *into, PlsDecaySums *from)
{
	int64		into_period = rows_period(into);
	int64		from_period = rows_period(from);

	move_on(&into->rows, into_period, from_period);
	move_on(&from->rows, from_period, into_period);
	exact_merge(&into->rows, &from->rows);
	into->newest = Max(into->newest, from->newest);
	if (!pls_decay_has_values(from))
	{
		if (!pls_decay_has_values(into))
			into->period = Max(into_period, from_period);
		return;
	}
	if (!pls_decay_has_values(into))
		into->period = from->period;
	move_values_on(into, from->period);
	move_values_on(from, into->period);
	exact_merge(&into->sum, &from->sum);
	exact_merge(&into->weight, &from->weight);
}

PG_FUNCTION_INFO_V1(pls_decay_sums_combine);

/*
 * Merge two states: combine function of the aggregates, and the transition
 * function of pls.rollup(decay_sums).  NULL adds nothing.
 *
 * Errors: 22023 for different half-lives or instants.
 */
Datum
pls_decay_sums_combine(PG_FUNCTION_ARGS)
{
	PlsDecaySums *into;
	PlsDecaySums from;

	check_aggregate(fcinfo);
	if (PG_ARGISNULL(0) && PG_ARGISNULL(1))
		PG_RETURN_NULL();
	if (PG_ARGISNULL(0))
	{
		into = palloc(sizeof(PlsDecaySums));
		memcpy(into, PG_GETARG_POINTER(1), sizeof(PlsDecaySums));
		PG_RETURN_POINTER(into);
	}
	into = (PlsDecaySums *) PG_GETARG_POINTER(0);
	if (PG_ARGISNULL(1))
		PG_RETURN_POINTER(into);
	memcpy(&from, PG_GETARG_POINTER(1), sizeof(PlsDecaySums));
	if (into->half_life != from.half_life || into->as_of != from.as_of)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("cannot merge decayed sums of different half-lives or instants"),
				 errhint("Use the same arguments for all rows of a group.")));
	if (from.newest == DT_NOBEGIN)
		PG_RETURN_POINTER(into);
	if (into->newest == DT_NOBEGIN)
	{
		*into = from;
		PG_RETURN_POINTER(into);
	}
	merge(into, &from);
	PG_RETURN_POINTER(into);
}

/*
 * The sums of the first argument and the instant that they are asked for:
 * the second, or that of the state.  NULL without rows.
 *
 * Errors: 22023 if the instant is before the newest row.
 */
static PlsDecaySums *
sums_asked(FunctionCallInfo fcinfo, TimestampTz *as_of)
{
	PlsDecaySums *sums;

	if (PG_ARGISNULL(0))
		return NULL;
	sums = (PlsDecaySums *) PG_GETARG_POINTER(0);
	*as_of = sums->as_of;
	if (PG_NARGS() > 1)
		*as_of = pls_finite_as_of(PG_GETARG_TIMESTAMPTZ(1));
	if (sums->newest == DT_NOBEGIN)
		return NULL;
	if (*as_of < sums->newest)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("as_of lies before the newest row of the decayed sums"),
				 errhint("Sums do not keep their rows; leave out later rows when you build the sums.")));
	return sums;
}

PG_FUNCTION_INFO_V1(pls_decayed_sum_final);

/*
 * Final function of pls.decayed_sum(), and pls.decayed_sum(sums, as_of): NULL
 * without values.
 */
Datum
pls_decayed_sum_final(PG_FUNCTION_ARGS)
{
	TimestampTz as_of;
	PlsDecaySums *sums = sums_asked(fcinfo, &as_of);

	if (sums == NULL || !pls_decay_has_values(sums))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(worth_at(sums, &sums->sum, sums->period, as_of));
}

PG_FUNCTION_INFO_V1(pls_decayed_count_final);

/*
 * Final function of pls.decayed_count(), and pls.decayed_count(sums, as_of):
 * 0 without rows.
 */
Datum
pls_decayed_count_final(PG_FUNCTION_ARGS)
{
	TimestampTz as_of;
	PlsDecaySums *sums = sums_asked(fcinfo, &as_of);

	PG_RETURN_FLOAT8(sums == NULL ? 0 :
					 worth_at(sums, &sums->rows, rows_period(sums), as_of));
}

PG_FUNCTION_INFO_V1(pls_decayed_avg_final);

/*
 * Final function of pls.decayed_avg(), and pls.decayed_avg(sums, as_of): NULL
 * without values.  How long ago all of them are makes no difference.
 */
Datum
pls_decayed_avg_final(PG_FUNCTION_ARGS)
{
	TimestampTz as_of;
	PlsDecaySums *sums = sums_asked(fcinfo, &as_of);

	if (sums == NULL || !pls_decay_has_values(sums))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(exact_value(&sums->sum) / exact_value(&sums->weight));
}
