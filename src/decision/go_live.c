/*-------------------------------------------------------------------------
 *
 * go_live.c
 *	  pls.go_live(): a motion that begins without an avalanche.
 *
 * It rebuilds standings and writes decisions about those who are to wait,
 * which nobody but the owner may do.  So it becomes the extension's owner, as
 * pls.raise() does (raise.c).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "tcop/utility.h"
#include "utils/builtins.h"

#include "owner.h"
#include "statement.h"

#define NARGUMENTS 4			/* motion, since, backlog, per_day */

PG_FUNCTION_INFO_V1(pls_go_live);

/*
 * pls.go_live(motion, since, backlog, per_day): what pls_internal.begin_live()
 * returns.
 *
 * Errors: those of pls_internal.begin_live(), and 25006 in a read-only
 * transaction.
 */
Datum
pls_go_live(PG_FUNCTION_ARGS)
{
	const char *query = "SELECT pls_internal.begin_live($1, $2, $3, $4)";
	Oid			types[NARGUMENTS] = {TEXTOID, TIMESTAMPTZOID, TEXTOID,
	NUMERICOID};
	Datum		values[NARGUMENTS];
	char		nulls[NARGUMENTS + 1] = "    ";
	PlsOwnerScope scope;
	Datum		result;
	int			i;

	PreventCommandIfReadOnly("pls.go_live()");
	for (i = 0; i < NARGUMENTS; i++)
	{
		if (PG_ARGISNULL(i))
			nulls[i] = 'n';
		else
			values[i] = PG_GETARG_DATUM(i);
	}
	pls_owner_begin(&scope);
	pls_query_run(query, NARGUMENTS, types, values, nulls, false);
	pls_result_is_one_row(query);
	result = pls_result_not_null(0, 1);
	/* out of SPI's memory, which the scope's end releases */
	result = SPI_datumTransfer(result, false, -1);
	pls_owner_end(&scope);
	PG_RETURN_DATUM(result);
}
