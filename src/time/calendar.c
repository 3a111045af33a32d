/*-------------------------------------------------------------------------
 *
 * calendar.c
 *	  Working time: pls.due_at and pls.working_time.
 *
 * What counts.  An instant is working time of a calendar if the clock on
 * the wall of its time zone, read at that instant, shows a day and a time of
 * day that lie in one of the calendar's blocks (opens <= time < closes).
 * Everything else follows from this sentence:
 *	- an hour that the clock skips in spring has no instants: a block over it
 *	  is an hour shorter, a bound inside it acts as the end of the gap;
 *	- an hour that the clock shows twice in autumn counts twice: a block over
 *	  it is an hour longer, a bound inside it holds in both passes;
 *	- blocks cannot overlap or run backwards on any day of any zone, also
 *	  where the clock goes back over midnight or a whole day is skipped.
 *
 * How it is counted.  Between two changes of the zone's offset (a stretch)
 * the wall clock runs evenly, and working time is a difference of two values
 * of one running total over local time: whole weeks times the working time
 * of a week, plus the blocks of the week begun, plus what the holidays so far
 * have taken or added.  The total is exact in microseconds and costs two
 * binary searches, and so does its inverse; hence the time that a call takes
 * grows with the number of offset changes it spans (two a year), not with
 * days.  due_at and working_time use the same total, which makes
 * working_time(s, due_at(s, d)) = d hold by construction.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/int.h"
#include "miscadmin.h"
#include "pgtime.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "pls_compat.h"
#include "time/calendar.h"
#include "time/instant.h"
#include "time/local_day.h"
#include "time/span.h"

/* Longest stretch looked at in one go, so that its total cannot overflow. */
#define STRETCH_MAX (INT64CONST(36525) * 1000 * USECS_PER_DAY)

/* More than any clock was ever set back: the Philippines repeated a day. */
#define SET_BACK_MAX (3 * USECS_PER_DAY)

/*
 * The rest of the time, from an instant on, in which the offset is constant.
 */
typedef struct Stretch
{
	int64		offset;			/* local time - UTC, microseconds */
	TimestampTz ends;			/* first instant after it */
} Stretch;

/*
 * Stretches found lately.  A view over many alerts asks for the same few
 * again and again, and the zone library takes ten times as long to find one
 * as counting in it does.  Zones are never freed, nor do they change.
 */
#define STRETCHES_KEPT 8

static struct
{
	pg_tz	   *zone;			/* NULL: free */
	TimestampTz begins;			/* an instant in it; it may begin earlier */
	Stretch		stretch;
}			kept[STRETCHES_KEPT];
static int	next_kept = 0;		/* the one to be replaced next */

static void
error_timestamp_range(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
			 errmsg("timestamp out of range")));
}

/*
 * Working time in blocks before the instant `at` of their week or day.
 */
static int64
blocks_worked(const PlsCalendarBlock *blocks, int nblocks, int64 at)
{
	int			low = 0;
	int			high = nblocks;

	/* the number of blocks that open before `at` */
	while (low < high)
	{
		int			middle = low + (high - low) / 2;

		if (blocks[middle].opens < at)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0)
		return 0;
	blocks += low - 1;
	return blocks->before + Min(at, blocks->closes) - blocks->opens;
}

/*
 * The inverse: the first instant of the week or day before which there is
 * `worked` of working time; 0 < worked <= all that the blocks have.
 */
static int64
blocks_find(const PlsCalendarBlock *blocks, int nblocks, int64 worked)
{
	int			low = 0;
	int			high = nblocks - 1;

	Assert(nblocks > 0 && worked > 0);
	/* the last block with less than that before it */
	while (low < high)
	{
		int			middle = high - (high - low) / 2;

		if (blocks[middle].before < worked)
			low = middle;
		else
			high = middle - 1;
	}
	blocks += low;
	Assert(worked <= blocks->before + blocks->closes - blocks->opens);
	return blocks->opens + (worked - blocks->before);
}

/*
 * Running total at a local time as if there were no holidays, counted from
 * the Monday that local times are counted from; negative before it.
 *
 * Cannot overflow: a week has at most a week of working time.
 */
static int64
regular_total(const PlsCalendar *calendar, int64 local)
{
	int64		since = local - PLS_FIRST_MONDAY;
	int64		week = pls_floor_divide(since, PLS_USECS_PER_WEEK);

	return week * calendar->week_worked +
		blocks_worked(calendar->blocks, calendar->nblocks,
					  since - week * PLS_USECS_PER_WEEK);
}

/*
 * The inverse: the first local time at which the regular total is `total`.
 */
static int64
regular_find(const PlsCalendar *calendar, int64 total)
{
	/* less one: the end of a week's last block, not the start of the next */
	int64		week = pls_floor_divide(total - 1, calendar->week_worked);

	return PLS_FIRST_MONDAY + week * PLS_USECS_PER_WEEK +
		blocks_find(calendar->blocks, calendar->nblocks,
					total - week * calendar->week_worked);
}

/*
 * Running total at a local time, holidays included.
 */
static int64
local_total(const PlsCalendar *calendar, int64 local)
{
	int			low = 0;
	int			high = calendar->ndays;
	const PlsCalendarDay *day;

	/* the number of holidays that have begun */
	while (low < high)
	{
		int			middle = low + (high - low) / 2;

		if (calendar->days[middle].starts <= local)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0)
		return regular_total(calendar, local);
	day = &calendar->days[low - 1];
	if (local >= day->starts + USECS_PER_DAY)
		return regular_total(calendar, local) + day->shift_after;
	return regular_total(calendar, day->starts) + day->shift_before +
		blocks_worked(day->blocks, day->nblocks, local - day->starts);
}

/*
 * The inverse: the first local time at which the running total is `total`,
 * which the caller knows to be reached.
 */
static int64
local_find(const PlsCalendar *calendar, int64 total)
{
	int			low = 0;
	int			high = calendar->ndays;
	const PlsCalendarDay *day;
	int64		wanted;

	/* the number of holidays that begin with less than the total */
	while (low < high)
	{
		int			middle = low + (high - low) / 2;

		day = &calendar->days[middle];
		if (regular_total(calendar, day->starts) + day->shift_before < total)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0)
		return regular_find(calendar, total);

	/* it is reached on that holiday, or on a regular day after it */
	day = &calendar->days[low - 1];
	wanted = total - regular_total(calendar, day->starts) - day->shift_before;
	if (wanted <= blocks_worked(day->blocks, day->nblocks, USECS_PER_DAY))
		return day->starts + blocks_find(day->blocks, day->nblocks, wanted);
	return regular_find(calendar, total - day->shift_after);
}

/*
 * Look for the stretch that holds an instant among those found lately.
 */
static bool
recall_stretch(pg_tz *zone, TimestampTz at, Stretch *stretch)
{
	int			i;

	for (i = 0; i < STRETCHES_KEPT; i++)
	{
		if (kept[i].zone == zone && kept[i].begins <= at &&
			at < kept[i].stretch.ends)
		{
			*stretch = kept[i].stretch;
			return true;
		}
	}
	return false;
}

/*
 * Keep a stretch that was found at an instant.  One that is known already is
 * known from an earlier instant on from now on.
 */
static void
keep_stretch(pg_tz *zone, TimestampTz at, const Stretch *stretch)
{
	int			i;

	for (i = 0; i < STRETCHES_KEPT; i++)
	{
		if (kept[i].zone == zone && kept[i].stretch.ends == stretch->ends)
			break;
	}
	if (i == STRETCHES_KEPT)
	{
		i = next_kept;
		next_kept = (next_kept + 1) % STRETCHES_KEPT;
	}
	kept[i].zone = zone;
	kept[i].begins = at;
	kept[i].stretch = *stretch;
}

/*
 * Fill in the stretch that holds an instant.
 */
static void
find_stretch(pg_tz *zone, TimestampTz at, Stretch *stretch)
{
	PlsSeconds	change;
	int64		offset;

	if (recall_stretch(zone, at, stretch))
		return;
	stretch->ends = END_TIMESTAMP;
	if (pls_next_zone_change(zone, pls_floor_second(at), &change, &offset) &&
		change < PLS_LAST_SECOND)
		stretch->ends = (change - PLS_EPOCH_SECONDS) * USECS_PER_SEC;
	stretch->offset = offset * USECS_PER_SEC;
	if (at < END_TIMESTAMP - STRETCH_MAX)
		stretch->ends = Min(stretch->ends, at + STRETCH_MAX);
	keep_stretch(zone, at, stretch);
}

/*
 * Running total at an instant of a stretch.
 */
static int64
stretch_total(const PlsCalendar *calendar, const Stretch *stretch,
			  TimestampTz at)
{
	int64		local;

	if (pg_add_s64_overflow(at, stretch->offset, &local))
		error_timestamp_range();
	return local_total(calendar, local);
}

/*
 * Is there certainly no working time from an instant on?
 */
static bool
is_over(const PlsCalendar *calendar, const Stretch *stretch, TimestampTz at)
{
	const PlsCalendarDay *last;
	int64		local;

	if (calendar->week_worked > 0)
		return false;
	if (calendar->ndays == 0)
		return true;
	last = &calendar->days[calendar->ndays - 1];
	if (pg_add_s64_overflow(at, stretch->offset, &local))
		return true;
	return local > last->starts + USECS_PER_DAY + SET_BACK_MAX;
}

/*
 * The first instant before which, from start on, there is `duration` of
 * working time; duration > 0.
 */
static TimestampTz
add_working_time(const PlsCalendar *calendar, TimestampTz start,
				 int64 duration)
{
	TimestampTz at = start;
	int64		missing = duration;

	for (;;)
	{
		Stretch		stretch;
		int64		total;
		int64		worked;

		CHECK_FOR_INTERRUPTS();

		find_stretch(calendar->zone, at, &stretch);
		total = stretch_total(calendar, &stretch, at);
		worked = stretch_total(calendar, &stretch, stretch.ends) - total;
		if (worked >= missing)
			return local_find(calendar, total + missing) - stretch.offset;
		missing -= worked;
		at = stretch.ends;
		if (is_over(calendar, &stretch, at))
			ereport(ERROR,
					(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					 errmsg("calendar \"%s\" does not have enough working time ahead",
							calendar->name),
					 errdetail("Its weekly schedule is empty, and no day after its last holiday has working hours."),
					 errhint("Add blocks to pls.calendar_hours.")));
		if (at >= END_TIMESTAMP)
			error_timestamp_range();
	}
}

/*
 * Working time from one instant until before a later one, in microseconds.
 */
static int64
count_working_time(const PlsCalendar *calendar, TimestampTz from,
				   TimestampTz to)
{
	TimestampTz at = from;
	int64		sum = 0;

	while (at < to)
	{
		Stretch		stretch;
		TimestampTz until;
		int64		worked;

		CHECK_FOR_INTERRUPTS();

		find_stretch(calendar->zone, at, &stretch);
		until = Min(to, stretch.ends);
		worked = stretch_total(calendar, &stretch, until) -
			stretch_total(calendar, &stretch, at);
		if (pg_add_s64_overflow(sum, worked, &sum))
			ereport(ERROR,
					(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
					 errmsg("interval out of range")));
		at = until;
	}
	return sum;
}

/*
 * Raise an error if an argument is not a finite instant.
 */
static void
check_finite(TimestampTz at, const char *argument)
{
	if (TIMESTAMP_NOT_FINITE(at))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("argument \"%s\" of working time must be finite",
						argument)));
}

PG_FUNCTION_INFO_V1(pls_due_at);

/*
 * pls.due_at(start timestamptz, duration interval, calendar text)
 *		-> timestamptz
 *
 * The instant by which `duration` of working time has passed since start: a
 * start outside the hours counts from the next opening, a duration that ends
 * exactly at a closing gives that closing, zero gives start.  A day is 24
 * hours of working time.  A NULL calendar works around the clock; NULL start
 * or duration gives NULL.
 *
 * Errors: those of pls_span_length(), 22008 (start infinite, or the result
 * out of range), 42704 (no such calendar), 55000 (no working time ahead).
 */
Datum
pls_due_at(PG_FUNCTION_ARGS)
{
	TimestampTz start;
	TimestampTz result;
	int64		duration;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	start = PG_GETARG_TIMESTAMPTZ(0);
	check_finite(start, "start");
	duration = pls_span_length(PG_GETARG_INTERVAL_P(1), "duration");

	if (PG_ARGISNULL(2))
	{
		if (pg_add_s64_overflow(start, duration, &result))
			error_timestamp_range();
	}
	else
	{
		const PlsCalendar *calendar = pls_calendar_lookup(PG_GETARG_TEXT_PP(2));

		result = start;
		if (duration > 0)
			result = add_working_time(calendar, start, duration);
	}
	if (!IS_VALID_TIMESTAMP(result))
		error_timestamp_range();
	PG_RETURN_TIMESTAMPTZ(result);
}

PG_FUNCTION_INFO_V1(pls_working_time);

/*
 * pls.working_time("from" timestamptz, "to" timestamptz, calendar text)
 *		-> interval
 *
 * Working time from `from` until before `to`, in hours and microseconds
 * (never in days); negative if `to` is before `from`.  A NULL calendar works
 * around the clock; a NULL instant gives NULL.
 *
 * Errors: 22008 (infinite, or the result out of range), 42704 (no such
 * calendar).
 */
Datum
pls_working_time(PG_FUNCTION_ARGS)
{
	TimestampTz from;
	TimestampTz to;
	Interval   *result;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	from = PG_GETARG_TIMESTAMPTZ(0);
	to = PG_GETARG_TIMESTAMPTZ(1);
	check_finite(from, "from");
	check_finite(to, "to");

	result = (Interval *) palloc0(sizeof(Interval));
	if (PG_ARGISNULL(2))
	{
		if (pg_sub_s64_overflow(to, from, &result->time))
			ereport(ERROR,
					(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
					 errmsg("interval out of range")));
	}
	else
	{
		const PlsCalendar *calendar = pls_calendar_lookup(PG_GETARG_TEXT_PP(2));

		if (from <= to)
			result->time = count_working_time(calendar, from, to);
		else
			result->time = -count_working_time(calendar, to, from);
	}
	PG_RETURN_INTERVAL_P(result);
}
