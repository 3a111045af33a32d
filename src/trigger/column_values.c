/*-------------------------------------------------------------------------
 *
 * column_values.c
 *	  The event and the instant of a row, where they are not a column of text
 *	  and one of timestamptz.
 *
 * The trigger and the rebuild read them here, so that they agree.  No value
 * raises an error: a time that is beyond what a timestamp can tell is none.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/int.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/fmgrprotos.h"
#include "utils/timestamp.h"

#include "model/event_row.h"
#include "model/model_index.h"
#include "model/text_type.h"
#include "time/local_time.h"
#include "trigger/column_values.h"
#include "trigger/source_entry.h"

/* From 1970 to 2000. */
#define EPOCH_MICROSECONDS \
	((POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * USECS_PER_DAY)

/* ---------- events ---------- */

static void
set_event(PlsRow *row, const char *event, int length)
{
	if (length > PLS_MAX_EVENT)
		length = 0;
	row->event = event;
	row->event_length = length;
	row->event_hash = pls_event_hash(event, length);
}

/*
 * An event of citext: in lower case, as such are looked up.
 */
static void
set_folded_event(PlsRow *row, Datum value)
{
	int			length;
	const char *folded;
	char	   *event;

	pls_row_event(row, false, value);
	length = row->event_length;
	if (length == 0)
		return;
	folded = pls_fold(row->event, &length);
	event = palloc(length + 1);
	event[0] = PLS_FOLDED;
	memcpy(event + 1, folded, length);
	set_event(row, event, length + 1);
}

/*
 * Set a row's event, of these columns.
 */
void
pls_other_event(const PlsSource *source, PlsRow *row, const Datum *values,
				const bool *nulls)
{
	Datum		value;
	char	   *event;

	if (source->event_kind == PLS_EVENT_CONSTANT)
	{
		row->event = source->constant.event;
		row->event_length = source->constant.event_length;
		row->event_hash = source->constant.event_hash;
		return;
	}
	value = values[source->event - 1];
	if (nulls[source->event - 1])
	{
		set_event(row, "", 0);
		return;
	}
	switch (source->event_text.kind)
	{
		case PLS_TEXT_FOLDED:
			set_folded_event(row, value);
			return;
		case PLS_TEXT_PADDED:
			pls_row_event(row, false, value);
			while (row->event_length > 0 &&
				   row->event[row->event_length - 1] == ' ')
				row->event_length--;
			set_event(row, row->event, row->event_length);
			return;
		default:
			event = pls_text_of(&source->event_text, value);
			set_event(row, event, strlen(event));
	}
}

/* ---------- instants ---------- */

/*
 * The instant of microseconds since 1970.
 */
static bool
instant_of(int64 microseconds, TimestampTz *instant)
{
	return !pg_sub_s64_overflow(microseconds, EPOCH_MICROSECONDS, instant) &&
		IS_VALID_TIMESTAMP(*instant);
}

/*
 * The instant of a whole number of units of so many decimals.
 */
static bool
instant_of_number(int64 number, int places, TimestampTz *instant)
{
	static const int64 units[] = {1, 10, 100, 1000, 10000, 100000, 1000000};
	int64		microseconds;

	return !pg_mul_s64_overflow(number, units[places], &microseconds) &&
		instant_of(microseconds, instant);
}

/*
 * The same of a number with decimals, of which those beyond a microsecond are
 * cut off: rounded towards the past.
 */
static bool
instant_of_numeric(Datum value, int places, TimestampTz *instant)
{
	const char *at = DatumGetCString(DirectFunctionCall1(numeric_out, value));
	bool		negative = *at == '-';
	bool		in_decimals = false;
	bool		inexact = false;
	int64		number = 0;

	for (at += negative; *at != '\0' || places > 0; at += *at != '\0')
	{
		int			digit = 0;

		if (*at == '.')
		{
			in_decimals = true;
			continue;
		}
		if (*at == '\0')
			in_decimals = true;
		else if (*at < '0' || *at > '9')
			return false;		/* NaN, Infinity */
		else
			digit = *at - '0';
		if (in_decimals && places == 0)
		{
			inexact |= digit != 0;
			continue;
		}
		if (pg_mul_s64_overflow(number, 10, &number) ||
			pg_add_s64_overflow(number, digit, &number))
			return false;
		if (in_decimals)
			places--;
	}
	if (negative)
		number = -number - inexact;
	return instant_of(number, instant);
}

/*
 * The instant that a column other than of timestamptz tells; false if it is
 * none.
 */
bool
pls_other_instant(const PlsSource *source, Datum value, TimestampTz *instant)
{
	DateADT		day;

	switch (source->at_kind)
	{
		case PLS_AT_LOCAL:
			return pls_local_instant(source->times, DatumGetTimestamp(value),
									 instant);
		case PLS_AT_DAY:
			day = DatumGetDateADT(value);
			if (DATE_NOT_FINITE(day) ||
				day >= TIMESTAMP_END_JULIAN - POSTGRES_EPOCH_JDATE)
				return false;
			return pls_local_instant(source->times, day * USECS_PER_DAY,
									 instant);
		case PLS_AT_NUMBER:
			return instant_of_number(source->at_type == INT2OID ?
									 DatumGetInt16(value) :
									 source->at_type == INT4OID ?
									 DatumGetInt32(value) :
									 DatumGetInt64(value),
									 source->at_places, instant);
		case PLS_AT_NUMERIC:
			return instant_of_numeric(value, source->at_places, instant);
		default:
			return false;
	}
}
