/*-------------------------------------------------------------------------
 *
 * local_time.h
 *	  The instant of a local time, and what is kept from one to the next.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_LOCAL_TIME_H
#define PLS_LOCAL_TIME_H

#include "pgtime.h"
#include "utils/timestamp.h"

/* Local times of about three days; a power of two, so that it is a shift. */
#define PLS_STRETCH_BITS	38
#define PLS_STRETCHES		256 /* that are kept */

typedef struct PlsStretch
{
	int64		number;
	int64		offset;			/* microseconds ahead of UTC */
	bool		has_offset;		/* one that holds for all of it */
} PlsStretch;

typedef struct PlsLocalTimes
{
	pg_tz	   *zone;
	PlsStretch	stretches[PLS_STRETCHES];
} PlsLocalTimes;

extern void pls_local_times_init(PlsLocalTimes *times, pg_tz *zone);
extern bool pls_find_local_instant(PlsLocalTimes *times, Timestamp local,
								   TimestampTz *instant);

/*
 * The instant of a local time, as AT TIME ZONE tells it; false if it has none.
 */
static inline bool
pls_local_instant(PlsLocalTimes *times, Timestamp local,
				  TimestampTz *instant)
{
	int64		number = local >> PLS_STRETCH_BITS;
	const PlsStretch *stretch = &times->stretches[number &
												  (PLS_STRETCHES - 1)];

	if (likely(stretch->number == number && stretch->has_offset))
	{
		*instant = local - stretch->offset;
		return true;
	}
	return pls_find_local_instant(times, local, instant);
}

#endif							/* PLS_LOCAL_TIME_H */
