/*-------------------------------------------------------------------------
 *
 * pls.h
 *	  Settings, the clock, and limits: what every file may need.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_H
#define PLS_H

#include "access/detoast.h"
#include "utils/timestamp.h"

#include "pls_compat.h"

#define PLS_MAX_NAME			63	/* bytes of a motion's or signal's name */
#define PLS_MAX_SIGNALS			256 /* signals of one motion */
#define PLS_MAX_PARTS			(2 * PLS_MAX_SIGNALS)
#define PLS_MIN_UNITS			64	/* K is never less */
#define PLS_MAX_NEED			256 /* a greater need is counted on a grid */
#define PLS_MAX_STEPS			32	/* of a sequence */
#define PLS_STEP_ROWS			64	/* kept of each of its events */
#define PLS_GRID_CELLS			128 /* cells that a grid's span is cut into */
#define PLS_MAX_DEPTH			1000	/* levels of a JSON document */
#define PLS_MAX_MARKS			1000	/* of more entities, all are rebuilt */
#define PLS_MAX_ALIASES			16	/* that follow one another */

/* Bytes of texts in rows; a longer one is not read. */
#define PLS_MAX_EVENT			1024	/* event's name: as if unnamed */
#define PLS_MAX_ENTITY			1024	/* id: nobody's */
#define PLS_MAX_ADDRESS			1024	/* email address: as if none */
#define PLS_MAX_DOCUMENT		(1024 * 1024)	/* properties: as if none */

#define PLS_CACHE_LINE	64		/* bytes, of most processors */

/* settings.c */
extern void pls_settings_init(void);
extern bool pls_enabled;
extern bool pls_log_decisions;
extern int	pls_decision_time;
extern int	pls_max_aggregate_state;
extern TimestampTz pls_clock(void);
extern TimestampTz pls_transaction_clock(void);
extern bool pls_is_ahead(TimestampTz instant, TimestampTz clock);

/*
 * Whether a value of variable length that is not NULL has more bytes than
 * that; it is not read.
 */
static pg_attribute_always_inline bool
pls_is_longer(Datum value, Size most)
{
	/* what lies elsewhere has a short header, too */
	return (!VARATT_IS_SHORT(DatumGetPointer(value)) ||
			VARATT_IS_EXTERNAL(DatumGetPointer(value))) &&
		toast_raw_datum_size(value) > most + VARHDRSZ;
}

#endif							/* PLS_H */
