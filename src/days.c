/*-------------------------------------------------------------------------
 *
 * days.c
 *	  The local day of an instant.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "pgtime.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "event_rows.h"

/*
 * A time zone by its name (not terminated).
 *
 * Errors: 22023.
 */
struct pg_tz *
pls_time_zone(const char *name, int length)
{
	char	   *terminated = pnstrdup(name, length);
	pg_tz	   *zone = pg_tzset(terminated);

	if (zone == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("time zone \"%s\" is not known", terminated),
				 errhint("The view pg_timezone_names lists those that are.")));
	pfree(terminated);
	return zone;
}

/*
 * The number of the local day of a finite instant.
 *
 * The offset of the zone is looked up once per stretch without a change of
 * clocks: rows mostly come in order of time.
 */
int64
pls_local_day(PlsDayCache *cache, TimestampTz at)
{
	int64		seconds = pls_floor_divide(at, USECS_PER_SEC) + PLS_EPOCH_SECONDS;

	if (!cache->known || seconds < cache->from || seconds >= cache->until)
	{
		pg_time_t	time = seconds;
		pg_time_t	boundary;
		long		before_offset;
		long		after_offset;
		int			before_dst;
		int			after_dst;
		int			found;

		found = pg_next_dst_boundary(&time, &before_offset, &before_dst,
									 &boundary, &after_offset, &after_dst,
									 cache->zone);
		cache->from = seconds;
		cache->until = found > 0 ? boundary : PG_INT64_MAX;
		cache->offset = before_offset;
		cache->known = true;
	}
	return pls_floor_divide(seconds + cache->offset, SECS_PER_DAY);
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
