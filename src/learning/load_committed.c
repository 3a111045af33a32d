/*-------------------------------------------------------------------------
 *
 * load_committed.c
 *	  How alerts would be shared out by the routes, pools and reps as they are
 *	  without what this transaction has changed.
 *
 * The same SQL says it of what the transaction sees.  Here it runs, read-only
 * and hence by the active snapshot throughout, under one that does not see the
 * commands of its own transaction.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/snapmgr.h"
#include "utils/tuplestore.h"

#include "model/config_changes.h"
#include "pls_compat.h"
#include "statement.h"

#define LOAD_COLUMNS 5			/* pool, rep, alerts, capacity, is_member */

PG_FUNCTION_INFO_V1(pls_load_committed);

/*
 * pls_internal.load_committed(motion, raised): see its comment in
 * sql/85_learning/42_what_if_summary.sql.
 */
Datum
pls_load_committed(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Oid			types[] = {TEXTOID, JSONBOID};
	Datum		arguments[] = {PG_GETARG_DATUM(0), PG_GETARG_DATUM(1)};
	uint64		row;

	InitMaterializedSRF(fcinfo, 0);
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	pls_config_committed_snapshot_push();
	pls_query_run("SELECT l.pool, l.rep, l.alerts, l.capacity, l.is_member"
				  " FROM pls_internal.alert_load($1, $2) AS l",
				  lengthof(types), types, arguments, NULL, true);
	for (row = 0; row < SPI_processed; row++)
	{
		Datum		values[LOAD_COLUMNS];
		bool		nulls[LOAD_COLUMNS];
		int			i;

		for (i = 0; i < LOAD_COLUMNS; i++)
			values[i] = pls_result_datum(row, i + 1, &nulls[i]);
		tuplestore_putvalues(result->setResult, result->setDesc, values,
							 nulls);
	}
	PopActiveSnapshot();
	SPI_finish();
	return (Datum) 0;
}
