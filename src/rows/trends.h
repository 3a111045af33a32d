/*-------------------------------------------------------------------------
 *
 * trends.h
 *	  Recency, growth and retention.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_TRENDS_H
#define PLS_TRENDS_H

#include "fmgr.h"
#include "utils/timestamp.h"

typedef struct PlsGrowth
{
	TimestampTz as_of;
	int64		window;			/* microseconds, as is baseline */
	int64		baseline;
	int64		min_base;
	int64		recent;			/* rows in the window */
	int64		earlier;		/* rows in the baseline */
} PlsGrowth;

extern void pls_growth_check(const PlsGrowth *growth);
extern void pls_growth_add(PlsGrowth *growth, TimestampTz at);
extern Datum pls_growth_datum(FunctionCallInfo fcinfo,
							  const PlsGrowth *growth);
extern Datum pls_recency_datum(FunctionCallInfo fcinfo, TimestampTz as_of,
							   TimestampTz newest);
extern Datum pls_retention_datum(int count, uint32 seen);

#endif							/* PLS_TRENDS_H */
