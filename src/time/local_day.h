/*-------------------------------------------------------------------------
 *
 * local_day.h
 *	  Local days of a zone, and what is kept from one to the next.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_LOCAL_DAY_H
#define PLS_LOCAL_DAY_H

#include "pgtime.h"
#include "utils/timestamp.h"

#include "time/instant.h"

typedef struct PlsLocalDays
{
	pg_tz	   *zone;
	PlsSeconds	offset_from;	/* the zone's offset holds from here ... */
	PlsSeconds	offset_until;	/* ... to before here */
	int64		offset;			/* seconds */
	PlsSeconds	day_from;		/* the local day of the last instant ... */
	PlsSeconds	day_until;
	int64		day;			/* ... and its number */
} PlsLocalDays;

extern int64 pls_local_day(PlsLocalDays *days, PlsSeconds at);
extern bool pls_next_zone_change(pg_tz *zone, PlsSeconds at,
								 PlsSeconds *change, int64 *offset);

extern TimestampTz pls_finite_as_of(TimestampTz as_of);

#endif							/* PLS_LOCAL_DAY_H */
