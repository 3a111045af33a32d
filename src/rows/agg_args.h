/*-------------------------------------------------------------------------
 *
 * agg_args.h
 *	  Arguments of aggregates that seldom change, worked out once.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_AGG_ARGS_H
#define PLS_AGG_ARGS_H

#include "fmgr.h"
#include "utils/timestamp.h"

typedef struct PlsAggInterval
{
	bool		known;
	Interval	interval;
	int64		microseconds;
} PlsAggInterval;

typedef struct PlsAggText
{
	bool		known;
	int			length;
	int			capacity;
	char	   *text;			/* not terminated */
} PlsAggText;

extern int64 pls_agg_interval(PlsAggInterval *known, Datum interval,
							  const char *name);
extern bool pls_agg_text_changed(PlsAggText *known, Datum text,
								 MemoryContext context);

typedef struct PlsAggConditions
{
	bool		known;
	bool		is_array;
	int			first;			/* argument */
	int			count;
} PlsAggConditions;

extern uint32 pls_agg_conditions(PlsAggConditions *known,
								 FunctionCallInfo fcinfo, int first);

#endif							/* PLS_AGG_ARGS_H */
