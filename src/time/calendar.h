/*-------------------------------------------------------------------------
 *
 * calendar.h
 *	  A compiled working-time calendar, between calendar_cache.c, which
 *	  makes it, and calendar.c, which counts with it.
 *
 * Local time here is a wall clock written as microseconds since 2000-01-01
 * 00:00 of that clock, like a timestamp without time zone.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_CALENDAR_H
#define PLS_CALENDAR_H

#include "pgtime.h"
#include "utils/timestamp.h"

#define PLS_USECS_PER_WEEK	(7 * USECS_PER_DAY)
#define PLS_FIRST_MONDAY	(2 * USECS_PER_DAY) /* local 2000-01-03 00:00 */

/*
 * Working time from opens until before closes, counted from the start of the
 * week (Monday 00:00) or of the day it belongs to.
 */
typedef struct PlsCalendarBlock
{
	int64		opens;			/* microseconds */
	int64		closes;			/* > opens */
	int64		before;			/* working time of the earlier blocks */
} PlsCalendarBlock;

/*
 * A local day that has its own hours, or none, instead of its weekday's.
 */
typedef struct PlsCalendarDay
{
	int64		starts;			/* local time of its 00:00 */
	int			nblocks;
	PlsCalendarBlock *blocks;
	int64		shift_before;	/* sum over the earlier such days of: its
								 * working time less its weekday's */
	int64		shift_after;	/* the same with this day */
} PlsCalendarDay;

typedef struct PlsCalendar
{
	char	   *name;
	pg_tz	   *zone;
	int			nblocks;		/* the regular week; ascending, disjoint */
	PlsCalendarBlock *blocks;
	int64		week_worked;	/* working time of a regular week */
	int			ndays;			/* holidays; ascending */
	PlsCalendarDay *days;
} PlsCalendar;

/* calendar_cache.c; the result is valid until the next call */
extern const PlsCalendar *pls_calendar_lookup(text *name);

#endif							/* PLS_CALENDAR_H */
