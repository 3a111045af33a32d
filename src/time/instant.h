/*-------------------------------------------------------------------------
 *
 * instant.h
 *	  Instants in whole seconds.
 *
 * Instants of events are whole seconds since the Unix epoch (PlsSeconds);
 * instants of evaluation are TimestampTz (microseconds).
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_INSTANT_H
#define PLS_INSTANT_H

#include "utils/timestamp.h"

typedef int64 PlsSeconds;		/* whole seconds since 1970-01-01 00:00 UTC */

/* 2000-01-01, where PostgreSQL's instants begin, as PlsSeconds */
#define PLS_EPOCH_SECONDS \
	((int64) (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * SECS_PER_DAY)

/* what a timestamp can tell: from here on, to before here */
#define PLS_FIRST_SECOND (MIN_TIMESTAMP / USECS_PER_SEC + PLS_EPOCH_SECONDS)
#define PLS_LAST_SECOND	(END_TIMESTAMP / USECS_PER_SEC + PLS_EPOCH_SECONDS)

/* where a window without a beginning begins */
#define PLS_EVER		PG_INT64_MIN

/*
 * The quotient rounded toward minus infinity, as date_bin() does.
 */
static pg_attribute_always_inline int64
pls_floor_divide(int64 dividend, int64 divisor)
{
	int64		quotient = dividend / divisor;

	if (dividend % divisor != 0 && dividend < 0)
		quotient--;
	return quotient;
}

/*
 * The whole second in which a finite instant lies.
 */
static pg_attribute_always_inline PlsSeconds
pls_floor_second(TimestampTz at)
{
	return pls_floor_divide(at, USECS_PER_SEC) + PLS_EPOCH_SECONDS;
}

/*
 * The same; false if it is infinite.
 */
static pg_attribute_always_inline bool
pls_event_seconds(TimestampTz at, PlsSeconds *seconds)
{
	if (TIMESTAMP_NOT_FINITE(at))
		return false;
	*seconds = pls_floor_second(at);
	return true;
}

/*
 * The first whole second not before an instant: when an event of the future
 * has surely come.
 */
static inline TimestampTz
pls_due_second(TimestampTz at)
{
	TimestampTz second = at - at % USECS_PER_SEC;

	if (second < at && IS_VALID_TIMESTAMP(second + USECS_PER_SEC))
		second += USECS_PER_SEC;
	return second;
}

#endif							/* PLS_INSTANT_H */
