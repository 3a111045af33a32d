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

typedef struct PlsCallInterval
{
	bool		known;
	Interval	interval;
	int64		microseconds;
} PlsCallInterval;

typedef struct PlsCallText
{
	bool		known;
	int			length;
	int			capacity;
	char	   *text;			/* not terminated */
} PlsCallText;

extern int64 pls_call_interval(PlsCallInterval *known, Datum interval,
							   const char *name);
extern bool pls_call_text_changed(PlsCallText *known, Datum text,
								  MemoryContext context);

typedef struct PlsCallConditions
{
	bool		known;
	bool		is_array;
	int			first;			/* argument */
	int			count;
} PlsCallConditions;

extern uint32 pls_call_conditions(PlsCallConditions *known,
								  FunctionCallInfo fcinfo, int first);

#endif							/* PLS_AGG_ARGS_H */
