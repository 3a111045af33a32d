/*-------------------------------------------------------------------------
 *
 * limits.c
 *	  The limits of pls, for its SQL: each is a constant of the C files, and
 *	  what checks or tells it in SQL asks for it here.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "decimal.h"
#include "pls.h"

static const struct
{
	const char *what;
	int64		limit;
}			limits[] = {
	{"name", PLS_MAX_NAME},		/* bytes of a motion's, signal's ... name */
	{"signals", PLS_MAX_SIGNALS},	/* of a motion */
	{"units", PLS_MAX_NEED},	/* distinguished for a signal */
	{"steps", PLS_MAX_STEPS},	/* of a sequence */
	{"event", PLS_MAX_EVENT},	/* bytes of an event's name */
	{"id", PLS_MAX_ENTITY},		/* bytes of a user's or account's id */
	{"address", PLS_MAX_ADDRESS},	/* bytes of an email address */
	{"marks", PLS_MAX_MARKS},	/* entities that one statement marks */
	{"aliases", PLS_MAX_ALIASES},	/* that follow one another */
	{"number", PLS_MAX_WHOLE},	/* a value, threshold or number of points */
};

PG_FUNCTION_INFO_V1(pls_limit_of);

/*
 * pls_internal.limit_of(what text) -> bigint
 */
Datum
pls_limit_of(PG_FUNCTION_ARGS)
{
	char	   *what = text_to_cstring(PG_GETARG_TEXT_PP(0));
	int			i;

	for (i = 0; i < lengthof(limits); i++)
		if (strcmp(limits[i].what, what) == 0)
			PG_RETURN_INT64(limits[i].limit);
	elog(ERROR, "there is no limit \"%s\"", what);
}
