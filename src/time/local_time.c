/*-------------------------------------------------------------------------
 *
 * local_time.c
 *	  The instant of a local time: of a timestamp without time zone.
 *
 * The server's own function decides, so that a time which is there twice or
 * not at all when clocks are changed becomes what AT TIME ZONE makes of it.
 * It takes as long as everything else that is done with a row.  So the offset
 * is kept for stretches of a few days in which no change of clocks is near,
 * which is nearly all of them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "datatype/timestamp.h"
#include "pgtime.h"
#include "utils/datetime.h"
#include "utils/timestamp.h"

#include "time/instant.h"
#include "time/local_day.h"
#include "time/local_time.h"

#define STRETCH			(INT64CONST(1) << PLS_STRETCH_BITS)

/* More than any zone is ahead of UTC or behind it. */
#define MOST_OFFSET		USECS_PER_DAY

/* Times for which something is kept: the years 1 to 9999, roughly. */
#define KEPT_FROM		(-2000 * (int64) 365 * USECS_PER_DAY)
#define KEPT_UNTIL		(8000 * (int64) 365 * USECS_PER_DAY)

/*
 * Prepare to tell the instants of local times of a zone.
 */
void
pls_local_times_init(PlsLocalTimes *times, pg_tz *zone)
{
	int			i;

	times->zone = zone;
	for (i = 0; i < PLS_STRETCHES; i++)
	{
		times->stretches[i].number = PG_INT64_MAX;
		times->stretches[i].has_offset = false;
	}
}

/*
 * The instant as the server's function tells it.
 */
static bool
find_exactly(pg_tz *zone, Timestamp local, TimestampTz *instant)
{
	struct pg_tm tm;
	fsec_t		fsec;
	int			offset;

	if (timestamp2tm(local, NULL, &tm, &fsec, NULL, NULL) != 0)
		return false;
	offset = DetermineTimeZoneOffset(&tm, zone);
	return tm2timestamp(&tm, fsec, &offset, instant) == 0 &&
		IS_VALID_TIMESTAMP(*instant);
}

/*
 * Find out whether one offset holds for all of a stretch.
 */
static void
fill_stretch(PlsStretch *stretch, pg_tz *zone, int64 number)
{
	int64		from = number * STRETCH - MOST_OFFSET;
	int64		until = from + STRETCH + 2 * MOST_OFFSET;
	PlsSeconds	change;
	int64		offset;

	stretch->number = number;
	stretch->has_offset =
		!pls_next_zone_change(zone, pls_floor_second(from), &change,
							  &offset) ||
		change > pls_floor_second(until);
	stretch->offset = offset * USECS_PER_SEC;
}

/*
 * The instant of a local time for which no offset is at hand; false if it is
 * infinite or beyond what a timestamp can tell.
 */
bool
pls_find_local_instant(PlsLocalTimes *times, Timestamp local,
					   TimestampTz *instant)
{
	int64		number = local >> PLS_STRETCH_BITS;
	PlsStretch *stretch = &times->stretches[number & (PLS_STRETCHES - 1)];

	if (TIMESTAMP_NOT_FINITE(local))
		return false;
	if (local < KEPT_FROM || local > KEPT_UNTIL)
		return find_exactly(times->zone, local, instant);
	if (stretch->number != number)
		fill_stretch(stretch, times->zone, number);
	if (!stretch->has_offset)
		return find_exactly(times->zone, local, instant);
	*instant = local - stretch->offset;
	return true;
}
