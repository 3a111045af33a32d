/*-------------------------------------------------------------------------
 *
 * decay_sums.h
 *	  The state of the decayed aggregates (decay_sums.c, decay_sums_io.c).
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_DECAY_SUMS_H
#define PLS_DECAY_SUMS_H

#include "utils/timestamp.h"

/* A sum and what rounding has taken from it. */
typedef struct PlsExactSum
{
	double		high;
	double		low;
} PlsExactSum;

/*
 * A fixed-length value of SQL.  The sums of what has a value are as of the
 * instant origin + period * half_life, the last such one not after the newest
 * row with a value (without one: the newest row); that of all rows is as of
 * the last such one not after the newest row.
 */
typedef struct PlsDecaySums
{
	int64		half_life;		/* microseconds */
	TimestampTz as_of;			/* the only one to ask for; DT_NOEND: any */
	TimestampTz newest;			/* DT_NOBEGIN: no rows */
	int64		period;			/* of sum and weight */
	PlsExactSum sum;			/* of values by weight */
	PlsExactSum weight;			/* of rows with a value */
	PlsExactSum rows;			/* weight of all rows */
} PlsDecaySums;

extern int64 pls_decay_period(const PlsDecaySums *sums, TimestampTz at);
extern bool pls_decay_has_values(const PlsDecaySums *sums);

#endif							/* PLS_DECAY_SUMS_H */
