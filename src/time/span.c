/*-------------------------------------------------------------------------
 *
 * span.c
 *	  Spans of a fixed length: what an interval must be wherever pls compares
 *	  it with an age or counts working time by it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/int.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "time/span.h"

/* For the detail of an error. */
static char *
span_text(const Interval *span)
{
	return DatumGetCString(DirectFunctionCall1(interval_out,
											   IntervalPGetDatum(span)));
}

/*
 * The length of a span in microseconds; a day is 24 hours.  `what` names it
 * in errors.
 *
 * Errors: 22023 if it is infinite or has months or years; 22008 if it is too
 * long to be told.
 */
static int64
fixed_length(const Interval *span, const char *what)
{
	int64		length;

#ifdef INTERVAL_NOT_FINITE
	if (INTERVAL_NOT_FINITE(span))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be finite", what),
				 errhint("Use a number of days, such as '30 days'.")));
#endif
	if (span->month != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must not have months or years", what),
				 errdetail("It is %s, whose length depends on where it starts.",
						   span_text(span)),
				 errhint("Use days, such as '30 days'; a day is 24 hours.")));
	if (pg_mul_s64_overflow(span->day, USECS_PER_DAY, &length) ||
		pg_add_s64_overflow(length, span->time, &length))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("%s is out of range", what),
				 errdetail("It is %s.", span_text(span)),
				 errhint("Use a shorter span, such as '30 days'.")));
	return length;
}

/*
 * The length of a span that is an argument, which must not be negative.
 *
 * Errors: also 22023 if it is.
 */
int64
pls_span_length(const Interval *span, const char *what)
{
	int64		length = fixed_length(span, what);

	if (length < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must not be negative", what),
				 errdetail("It is %s.", span_text(span)),
				 errhint("Use a positive span, such as '30 days'.")));
	return length;
}

/*
 * The error that a span is empty where that can mean nothing.
 */
void
pls_refuse_empty_span(const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("%s must be greater than zero", what),
			 errhint("Use a positive span, such as '30 days'.")));
}

/*
 * A length in words, for people: in the largest unit of which it is a
 * multiple.
 */
static char *
length_text(int64 length)
{
	static const struct
	{
		int64		length;
		const char *name;
	}			units[] = {
		{USECS_PER_DAY, "day"},
		{USECS_PER_HOUR, "hour"},
		{USECS_PER_MINUTE, "minute"},
		{USECS_PER_SEC, "second"},
		{1, "microsecond"}
	};
	int			i = 0;

	if (length == 0)
		return pstrdup("0");
	while (length % units[i].length != 0)
		i++;
	length /= units[i].length;
	return psprintf(INT64_FORMAT " %s%s", length, units[i].name,
					length == 1 ? "" : "s");
}

PG_FUNCTION_INFO_V1(pls_check_span);

/*
 * pls_internal.check_span(span interval, what text, at_least interval,
 *				  at_most interval) -> void
 *
 * Refuses a span that is not of a fixed length, or is shorter or longer than
 * allowed.  `what` names it in errors.  A NULL span passes.
 *
 * Errors: 22023; 22008 if it is too long to be told.
 */
Datum
pls_check_span(PG_FUNCTION_ARGS)
{
	const Interval *span;
	char	   *what;
	int64		length;
	int64		least;
	int64		most;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) ||
		PG_ARGISNULL(2) || PG_ARGISNULL(3))
		PG_RETURN_VOID();
	span = PG_GETARG_INTERVAL_P(0);
	what = text_to_cstring(PG_GETARG_TEXT_PP(1));
	length = fixed_length(span, what);
	least = fixed_length(PG_GETARG_INTERVAL_P(2), "at_least");
	most = fixed_length(PG_GETARG_INTERVAL_P(3), "at_most");
	if (length < least || length > most)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be between %s and %s", what,
						length_text(least), length_text(most)),
				 errdetail("It is %s.", span_text(span)),
				 length < least ?
				 errhint("Use '%s' or more.", length_text(least)) :
				 errhint("Use '%s' or less.", length_text(most))));
	PG_RETURN_VOID();
}
