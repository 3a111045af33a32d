/*-------------------------------------------------------------------------
 *
 * column_values.h
 *	  The event and the instant of a row of a watched table.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_COLUMN_VALUES_H
#define PLS_COLUMN_VALUES_H

#include "model/event_row.h"
#include "trigger/source_entry.h"

extern void pls_other_event(const PlsSource *source, PlsRow *row,
							const Datum *values, const bool *nulls);
extern bool pls_other_instant(const PlsSource *source, Datum value,
							  TimestampTz *instant);

/*
 * Set a row's event, of these columns.
 */
static pg_attribute_always_inline void
pls_source_event(const PlsSource *source, PlsRow *row, const Datum *values,
				 const bool *nulls)
{
	if (likely(source->event_kind == PLS_EVENT_STORED))
		pls_row_event(row, nulls[source->event - 1],
					  values[source->event - 1]);
	else
		pls_other_event(source, row, values, nulls);
}

/*
 * The instant of a row with these columns; false if it has none that can be
 * used.
 */
static pg_attribute_always_inline bool
pls_source_instant(const PlsSource *source, const Datum *values,
				   const bool *nulls, TimestampTz *instant,
				   PlsSeconds *seconds)
{
	*instant = DatumGetTimestampTz(values[source->at - 1]);
	if (nulls[source->at - 1])
		return false;
	if (unlikely(source->at_kind != PLS_AT_INSTANT) &&
		!pls_other_instant(source, values[source->at - 1], instant))
		return false;
	return pls_event_seconds(*instant, seconds);
}

#endif							/* PLS_COLUMN_VALUES_H */
