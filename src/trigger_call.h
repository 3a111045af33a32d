/*-------------------------------------------------------------------------
 *
 * trigger_call.h
 *	  What a trigger function demands of who calls it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_TRIGGER_CALL_H
#define PLS_TRIGGER_CALL_H

#include "commands/trigger.h"
#include "fmgr.h"

#include "pls_compat.h"

pg_noreturn extern void pls_refuse_trigger(const char *function,
										   const char *contract,
										   const char *hint);

/*
 * What the trigger manager passes to a function, by its name in SQL.
 *
 * Errors: 39P01 if it was called by something else.
 */
static inline TriggerData *
pls_trigger_call(FunctionCallInfo fcinfo, const char *function)
{
	if (!CALLED_AS_TRIGGER(fcinfo))
		pls_refuse_trigger(function, "was not called by trigger manager",
						   NULL);
	return (TriggerData *) fcinfo->context;
}

#endif							/* PLS_TRIGGER_CALL_H */
