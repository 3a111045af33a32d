/*-------------------------------------------------------------------------
 *
 * local_day.c
 *	  The local day of an instant.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "pgtime.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "time/instant.h"
#include "time/local_day.h"

/*
 * Find the next change of a zone's offset after an instant, and the offset
 * until then, in seconds.  False if there is none to come.
 *
 * Exactly at the last change that the zone's table lists, the library says
 * that there is none to come, although the zone goes on by rule; one second
 * later it knows better.
 */
bool
pls_next_zone_change(pg_tz *zone, PlsSeconds at, PlsSeconds *change,
					 int64 *offset)
{
	pg_time_t	time = at;
	pg_time_t	boundary;
	long		before_offset;
	long		after_offset;
	int			before_dst;
	int			after_dst;
	int			attempt;

	for (attempt = 0; attempt < 2; attempt++, time++)
	{
		int			found;

		found = pg_next_dst_boundary(&time, &before_offset, &before_dst,
									 &boundary, &after_offset, &after_dst,
									 zone);
		Assert(found >= 0);		/* it is the second of a timestamp */
		*offset = before_offset;
		if (found > 0)
		{
			*change = boundary;
			return true;
		}
	}
	return false;
}

/*
 * The number of the local day of an instant.
 *
 * The day and the offset of the zone are kept until an instant lies outside
 * of it, and the offset until the next change of clocks: rows mostly come in
 * order of time.
 */
int64
pls_local_day(PlsLocalDays *days, PlsSeconds at)
{
	if (at >= days->day_from && at < days->day_until)
		return days->day;
	if (at < days->offset_from || at >= days->offset_until)
	{
		PlsSeconds	change;

		if (!pls_next_zone_change(days->zone, at, &change, &days->offset))
			change = PG_INT64_MAX;
		days->offset_from = at;
		days->offset_until = change;
	}
	days->day = pls_floor_divide(at + days->offset, SECS_PER_DAY);
	days->day_from = Max(days->day * SECS_PER_DAY - days->offset,
						 days->offset_from);
	days->day_until = Min((days->day + 1) * SECS_PER_DAY - days->offset,
						  days->offset_until);
	return days->day;
}

/*
 * as_of, which must be finite.
 *
 * Errors: 22008.
 */
TimestampTz
pls_finite_as_of(TimestampTz as_of)
{
	if (TIMESTAMP_NOT_FINITE(as_of))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("as_of must be finite")));
	return as_of;
}
