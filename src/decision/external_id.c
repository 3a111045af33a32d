/*-------------------------------------------------------------------------
 *
 * external_id.c - the key by which other systems know an alert.
 *
 * An index has it, so that an alert is found by it.  It is C to be leakproof:
 * it fails for no number and tells nobody of any, so that the index serves
 * those, too, whom row-level security confines.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"

#include "pls.h"

PG_FUNCTION_INFO_V1(pls_external_id);

/*
 * "pls-" and the number of the alert.
 */
Datum
pls_external_id(PG_FUNCTION_ARGS)
{
	char		text[4 + MAXINT8LEN + 1] = "pls-";

	pg_lltoa(PG_GETARG_INT64(0), text + 4);
	PG_RETURN_TEXT_P(cstring_to_text(text));
}
