/*-------------------------------------------------------------------------
 *
 * trigger_call.c
 *	  What a trigger function demands of who calls it, in core's words.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "trigger_call.h"

/*
 * Refuse a call that breaks the contract of a trigger function, which goes on
 * after the function's name; hint NULL: none.
 */
void
pls_refuse_trigger(const char *function, const char *contract,
				   const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
			 errmsg("function \"%s\" %s", function, contract),
			 hint == NULL ? 0 : errhint("%s", hint)));
}
