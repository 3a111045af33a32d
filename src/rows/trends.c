/*-------------------------------------------------------------------------
 *
 * trends.c
 *	  The aggregates that keep a few numbers: recency, growth and retention.
 *
 * The state of retention is one bigint.  That of the others is a bigint[],
 * changed in place, since the executor owns it: its elements are the
 * arguments that must be the same for all rows of a group, and then what is
 * counted.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/int.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "rows/agg_args.h"
#include "rows/event_rows.h"
#include "rows/trends.h"
#include "time/local_day.h"
#include "time/span.h"

/* Elements of the states. */
enum
{
	RECENCY_AS_OF, RECENCY_NEWEST, RECENCY_ELEMENTS
};

/* Elements that are arguments come first. */
enum
{
	GROWTH_AS_OF, GROWTH_WINDOW, GROWTH_BASELINE, GROWTH_MIN_BASE,
	GROWTH_RECENT, GROWTH_EARLIER, GROWTH_ELEMENTS
};

#define RECENCY_ARGUMENTS	RECENCY_NEWEST
#define GROWTH_ARGUMENTS	GROWTH_RECENT

static void
check_aggregate(FunctionCallInfo fcinfo)
{
	if (!AggCheckCallContext(fcinfo, NULL))
		elog(ERROR, "pls aggregate support function called in non-aggregate context");
}

static void
check_argument(FunctionCallInfo fcinfo, int argument, const char *name)
{
	if (PG_ARGISNULL(argument))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s must not be null", name)));
}

/*
 * The numbers of a state that is an argument.  The state itself is put into
 * *state: one that comes out of a tuple is packed, and unpacking has made it
 * another.
 */
static int64 *
state_numbers(FunctionCallInfo fcinfo, int argument, int count, Datum *state)
{
	ArrayType  *array = PG_GETARG_ARRAYTYPE_P(argument);

	*state = PointerGetDatum(array);
	if (ARR_NDIM(array) != 1 || ARR_DIMS(array)[0] != count ||
		ARR_HASNULL(array) || ARR_ELEMTYPE(array) != INT8OID)
		elog(ERROR, "expected a state of %d numbers", count);
	return (int64 *) ARR_DATA_PTR(array);
}

/*
 * The state of the group of the row at hand, whose arguments are these; made
 * if this is its first row, with 0 for what is counted.
 *
 * Errors: 22023 if the arguments change within a group.
 */
static int64 *
group_numbers(FunctionCallInfo fcinfo, const int64 *arguments, int narguments,
			  int count, Datum *state)
{
	int64	   *numbers;
	Datum		elements[GROWTH_ELEMENTS];
	int			i;

	check_aggregate(fcinfo);
	if (PG_ARGISNULL(0))
	{
		ArrayType  *array;

		for (i = 0; i < count; i++)
			elements[i] = Int64GetDatum(i < narguments ? arguments[i] : 0);
		array = construct_array(elements, count, INT8OID, sizeof(int64),
								FLOAT8PASSBYVAL, TYPALIGN_DOUBLE);
		*state = PointerGetDatum(array);
		return (int64 *) ARR_DATA_PTR(array);
	}
	numbers = state_numbers(fcinfo, 0, count, state);
	if (memcmp(numbers, arguments, narguments * sizeof(int64)) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("arguments of the aggregate differ within a group"),
				 errhint("Only the instant may differ between the rows of a group.")));
	return numbers;
}

/*
 * Both states of a combine function.  False if one of them is NULL, and then
 * *result is the other.
 *
 * Errors: 22023 if they were made with different arguments.
 */
static bool
two_states(FunctionCallInfo fcinfo, int narguments, int count, int64 **into,
		   int64 **from, Datum *result)
{
	Datum		other;

	check_aggregate(fcinfo);
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
	{
		*result = (Datum) 0;
		fcinfo->isnull = PG_ARGISNULL(0) && PG_ARGISNULL(1);
		if (!fcinfo->isnull)
			*into = state_numbers(fcinfo, PG_ARGISNULL(0) ? 1 : 0, count,
								  result);
		return false;
	}
	*into = state_numbers(fcinfo, 0, count, result);
	*from = state_numbers(fcinfo, 1, count, &other);
	if (memcmp(*into, *from, narguments * sizeof(int64)) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("cannot merge states made with different arguments"),
				 errhint("Use the same arguments for all rows of a group.")));
	return true;
}

/*
 * The age of the newest row, as as_of - at would say it; NULL if there is
 * none (DT_NOBEGIN).
 */
Datum
pls_recency_datum(FunctionCallInfo fcinfo, TimestampTz as_of,
				  TimestampTz newest)
{
	if (newest == DT_NOBEGIN)
		PG_RETURN_NULL();
	return DirectFunctionCall2(timestamp_mi, TimestampTzGetDatum(as_of),
							   TimestampTzGetDatum(newest));
}

PG_FUNCTION_INFO_V1(pls_recency_accum);

/*
 * Transition function of pls.recency(at, as_of).
 *
 * Errors: 22004, 22008, 22023.
 */
Datum
pls_recency_accum(PG_FUNCTION_ARGS)
{
	int64		as_of;
	int64	   *numbers;
	Datum		state;

	check_argument(fcinfo, 2, "as_of");
	as_of = pls_finite_as_of(PG_GETARG_TIMESTAMPTZ(2));
	numbers = group_numbers(fcinfo, &as_of, RECENCY_ARGUMENTS,
							RECENCY_ELEMENTS, &state);
	if (PG_ARGISNULL(0))
		numbers[RECENCY_NEWEST] = DT_NOBEGIN;
	if (!PG_ARGISNULL(1) && PG_GETARG_TIMESTAMPTZ(1) <= as_of)
		numbers[RECENCY_NEWEST] = Max(numbers[RECENCY_NEWEST],
									  PG_GETARG_TIMESTAMPTZ(1));
	return state;
}

PG_FUNCTION_INFO_V1(pls_recency_combine);

Datum
pls_recency_combine(PG_FUNCTION_ARGS)
{
	int64	   *into;
	int64	   *from;
	Datum		result;

	if (two_states(fcinfo, RECENCY_ARGUMENTS, RECENCY_ELEMENTS, &into, &from,
				   &result))
		into[RECENCY_NEWEST] = Max(into[RECENCY_NEWEST], from[RECENCY_NEWEST]);
	return result;
}

PG_FUNCTION_INFO_V1(pls_recency_final);

/*
 * Final function of pls.recency(): NULL without rows.
 */
Datum
pls_recency_final(PG_FUNCTION_ARGS)
{
	int64	   *numbers;
	Datum		state;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	numbers = state_numbers(fcinfo, 0, RECENCY_ELEMENTS, &state);
	return pls_recency_datum(fcinfo, numbers[RECENCY_AS_OF],
							 numbers[RECENCY_NEWEST]);
}

/*
 * Errors: 22023 if a window is empty or min_base negative.
 */
void
pls_growth_check(const PlsGrowth *growth)
{
	if (growth->window == 0 || growth->baseline == 0)
		pls_refuse_empty_span(growth->window == 0 ? "window" : "baseline");
	if (growth->min_base < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("min_base must not be negative")));
}

/*
 * Count a row: in the window (as_of - window, as_of] or in the baseline that
 * lies before it.
 */
void
pls_growth_add(PlsGrowth *growth, TimestampTz at)
{
	uint64		age;

	if (at > growth->as_of || TIMESTAMP_NOT_FINITE(at))
		return;
	age = (uint64) growth->as_of - (uint64) at;
	if (age < (uint64) growth->window)
		growth->recent++;
	else if (age - (uint64) growth->window < (uint64) growth->baseline)
		growth->earlier++;
}

/*
 * The rate in the window divided by the rate in the baseline; NULL if that
 * has fewer rows than min_base, or none.
 */
Datum
pls_growth_datum(FunctionCallInfo fcinfo, const PlsGrowth *growth)
{
	double		ratio;

	if (growth->earlier < growth->min_base || growth->earlier == 0)
		PG_RETURN_NULL();
	ratio = (double) growth->recent / (double) growth->earlier;
	if (growth->baseline != growth->window)
		ratio *= (double) growth->baseline / (double) growth->window;
	PG_RETURN_FLOAT8(ratio);
}

static void
growth_from_numbers(PlsGrowth *growth, const int64 *numbers)
{
	growth->as_of = numbers[GROWTH_AS_OF];
	growth->window = numbers[GROWTH_WINDOW];
	growth->baseline = numbers[GROWTH_BASELINE];
	growth->min_base = numbers[GROWTH_MIN_BASE];
	growth->recent = numbers[GROWTH_RECENT];
	growth->earlier = numbers[GROWTH_EARLIER];
}

/* The two intervals of a call of growth. */
typedef struct GrowthSite
{
	PlsAggInterval window;
	PlsAggInterval baseline;
} GrowthSite;

/*
 * The arguments of the row at hand, in the order of the state's elements.
 */
static void
read_growth_arguments(FunctionCallInfo fcinfo, PlsGrowth *growth)
{
	GrowthSite *site = fcinfo->flinfo->fn_extra;

	if (site == NULL)
	{
		site = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt,
									  sizeof(GrowthSite));
		fcinfo->flinfo->fn_extra = site;
	}
	check_argument(fcinfo, 2, "as_of");
	check_argument(fcinfo, 3, "window");
	growth->as_of = pls_finite_as_of(PG_GETARG_TIMESTAMPTZ(2));
	growth->window = pls_agg_interval(&site->window, PG_GETARG_DATUM(3),
									  "window");
	growth->baseline = growth->window;
	if (PG_NARGS() > 4 && !PG_ARGISNULL(4))
		growth->baseline = pls_agg_interval(&site->baseline,
											PG_GETARG_DATUM(4), "baseline");
	growth->min_base = 1;
	if (PG_NARGS() > 5 && !PG_ARGISNULL(5))
		growth->min_base = PG_GETARG_INT64(5);
	pls_growth_check(growth);
}

PG_FUNCTION_INFO_V1(pls_growth_accum);

/*
 * Transition function of pls.growth(at, as_of, window [, baseline
 * [, min_base]]).
 *
 * Errors: 22004, 22008, 22023.
 */
Datum
pls_growth_accum(PG_FUNCTION_ARGS)
{
	PlsGrowth	growth;
	int64		arguments[GROWTH_ARGUMENTS];
	int64	   *numbers;
	Datum		state;

	read_growth_arguments(fcinfo, &growth);
	arguments[GROWTH_AS_OF] = growth.as_of;
	arguments[GROWTH_WINDOW] = growth.window;
	arguments[GROWTH_BASELINE] = growth.baseline;
	arguments[GROWTH_MIN_BASE] = growth.min_base;
	numbers = group_numbers(fcinfo, arguments, GROWTH_ARGUMENTS,
							GROWTH_ELEMENTS, &state);
	if (!PG_ARGISNULL(1))
	{
		growth.recent = numbers[GROWTH_RECENT];
		growth.earlier = numbers[GROWTH_EARLIER];
		pls_growth_add(&growth, PG_GETARG_TIMESTAMPTZ(1));
		numbers[GROWTH_RECENT] = growth.recent;
		numbers[GROWTH_EARLIER] = growth.earlier;
	}
	return state;
}

PG_FUNCTION_INFO_V1(pls_growth_combine);

Datum
pls_growth_combine(PG_FUNCTION_ARGS)
{
	int64	   *into;
	int64	   *from;
	Datum		result;

	if (two_states(fcinfo, GROWTH_ARGUMENTS, GROWTH_ELEMENTS, &into, &from,
				   &result) &&
		(pg_add_s64_overflow(into[GROWTH_RECENT], from[GROWTH_RECENT],
							 &into[GROWTH_RECENT]) ||
		 pg_add_s64_overflow(into[GROWTH_EARLIER], from[GROWTH_EARLIER],
							 &into[GROWTH_EARLIER])))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("too many rows to count")));
	return result;
}

PG_FUNCTION_INFO_V1(pls_growth_final);

/*
 * Final function of pls.growth(): NULL without rows.
 */
Datum
pls_growth_final(PG_FUNCTION_ARGS)
{
	PlsGrowth	growth;
	Datum		state;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	growth_from_numbers(&growth, state_numbers(fcinfo, 0, GROWTH_ELEMENTS,
											   &state));
	return pls_growth_datum(fcinfo, &growth);
}

/* The state of retention: number of conditions, then those seen. */
#define RETENTION_STATE(count, seen) ((int64) (count) << 32 | (seen))
#define RETENTION_COUNT(state) ((int) ((state) >> 32))
#define RETENTION_SEEN(state) ((uint32) (state))

/*
 * r[1] = the first condition was seen; r[i] = it and condition i were.
 */
Datum
pls_retention_datum(int count, uint32 seen)
{
	Datum		values[PLS_MAX_CONDITIONS];
	int			i;

	for (i = 0; i < count; i++)
		values[i] = BoolGetDatum((seen & 1) != 0 && ((seen >> i) & 1) != 0);
	return PointerGetDatum(construct_array(values, count, BOOLOID, 1, true,
										   TYPALIGN_CHAR));
}

static int64
merge_retention(int64 a, int64 b)
{
	if (RETENTION_COUNT(a) != RETENTION_COUNT(b))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the number of conditions differs within a group")));
	return a | b;
}

PG_FUNCTION_INFO_V1(pls_retention_accum);

/*
 * Transition function of pls.retention(conditions ...).
 *
 * Errors: those of pls_agg_conditions(); 22023 for arrays of different
 * lengths.
 */
Datum
pls_retention_accum(PG_FUNCTION_ARGS)
{
	PlsAggConditions *known = fcinfo->flinfo->fn_extra;
	uint32		seen;
	int64		state;

	check_aggregate(fcinfo);
	if (known == NULL)
	{
		known = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt,
									   sizeof(PlsAggConditions));
		fcinfo->flinfo->fn_extra = known;
	}
	seen = pls_agg_conditions(known, fcinfo, 1);
	state = RETENTION_STATE(known->count, seen);
	if (!PG_ARGISNULL(0))
		state = merge_retention(PG_GETARG_INT64(0), state);
	PG_RETURN_INT64(state);
}

PG_FUNCTION_INFO_V1(pls_retention_combine);

Datum
pls_retention_combine(PG_FUNCTION_ARGS)
{
	check_aggregate(fcinfo);
	if (PG_ARGISNULL(0) && PG_ARGISNULL(1))
		PG_RETURN_NULL();
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_INT64(PG_GETARG_INT64(PG_ARGISNULL(0) ? 1 : 0));
	PG_RETURN_INT64(merge_retention(PG_GETARG_INT64(0), PG_GETARG_INT64(1)));
}

PG_FUNCTION_INFO_V1(pls_retention_final);

/*
 * Final function of pls.retention(): NULL without rows.
 */
Datum
pls_retention_final(PG_FUNCTION_ARGS)
{
	int64		state;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	state = PG_GETARG_INT64(0);
	if (RETENTION_COUNT(state) < 1 ||
		RETENTION_COUNT(state) > PLS_MAX_CONDITIONS)
		elog(ERROR, "the state is not one of retention");
	return pls_retention_datum(RETENTION_COUNT(state), RETENTION_SEEN(state));
}

PG_FUNCTION_INFO_V1(pls_event_rows_retention);

/*
 * pls.retention(rows) -> boolean[].
 */
Datum
pls_event_rows_retention(PG_FUNCTION_ARGS)
{
	PlsEventRows *state = pls_event_rows_from_datum(PG_GETARG_DATUM(0));
	uint32		seen = 0;
	int			i;

	pls_event_rows_flush(state);
	for (i = 0; i < state->count; i++)
		seen |= state->rows[i].conditions;
	return pls_retention_datum(state->use->nconditions, seen);
}
