/*-------------------------------------------------------------------------
 *
 * raise.c
 *	  pls.raise(): an alert that a person asks for.
 *
 * A decision reads all configuration and writes standings, decisions and
 * alerts.  Whoever may ask for an alert need not have rights on these, so
 * the rules run as the extension's owner, as they do beneath an INSERT into a
 * watched table; what the caller controls are three texts, passed as values.
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

#define NARGUMENTS 3			/* motion, entity_id, reason */

PG_FUNCTION_INFO_V1(pls_raise);

/*
 * pls.raise(motion, entity_id, reason) -> pls.decisions: the decision that it
 * led to.  An argument that is NULL is error 22004.
 *
 * Errors: those of pls_internal.raise_by_hand(), and 25006 in a read-only transaction.
 */
Datum
pls_raise(PG_FUNCTION_ARGS)
{
	const char *query = "SELECT pls_internal.raise_by_hand($1, $2, $3, $4)";
	Oid			types[NARGUMENTS + 1] = {TEXTOID, TEXTOID, TEXTOID, TEXTOID};
	Datum		values[NARGUMENTS + 1];
	char		nulls[NARGUMENTS + 2] = "    ";
	PlsOwnerScope scope;
	Datum		decision;
	int			i;

	PreventCommandIfReadOnly("pls.raise()");
	for (i = 0; i < NARGUMENTS; i++)
	{
		if (PG_ARGISNULL(i))
			nulls[i] = 'n';
		else
			values[i] = PG_GETARG_DATUM(i);
	}
	values[NARGUMENTS] = CStringGetTextDatum(GetUserNameFromId(GetUserId(),
															   false));

	pls_owner_begin(&scope);
	pls_query_run(query, NARGUMENTS + 1, types, values, nulls, false);
	pls_result_is_one_row(query);
	decision = pls_result_not_null(0, 1);
	/* out of SPI's memory, which the scope's end releases */
	decision = SPI_datumTransfer(decision, false, -1);
	pls_owner_end(&scope);
	PG_RETURN_DATUM(decision);
}
