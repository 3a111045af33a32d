/*-------------------------------------------------------------------------
 *
 * statement.c
 *	  Statements of SQL that C runs, and what they return.
 *
 * All of it happens within a connection to SPI, mostly that of an owner's
 * scope (owner.c).  Results are those of the statement that was run last; they
 * lie in SPI's memory, which goes when the scope ends.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "executor/spi.h"

#include "pls_compat.h"
#include "statement.h"

pg_noreturn static void
refuse(const char *what, const char *sql, int code)
{
	elog(ERROR, "%s failed for \"%s\": %s", what, sql,
		 SPI_result_code_string(code));
}

/*
 * The plan of a statement.  A plan that has become invalid while an outer
 * call executes it is left alone: the call at hand then makes one for itself.
 */
static SPIPlanPtr
plan_of(PlsStatement *statement, Oid row_type)
{
	Oid			types[PLS_MAX_PARAMETERS];
	SPIPlanPtr	plan;
	int			i;

	if (statement->plan != NULL && statement->row_type == row_type &&
		SPI_plan_is_valid(statement->plan))
		return statement->plan;
	for (i = 0; i < statement->nparameters; i++)
		types[i] = OidIsValid(statement->types[i]) ? statement->types[i] :
			row_type;
	plan = SPI_prepare_cursor(statement->sql, statement->nparameters, types,
							  statement->cursor_options);
	if (plan == NULL)
		refuse("SPI_prepare_cursor", statement->sql, SPI_result);
	if (statement->running > 1)
		return plan;
	if (SPI_keepplan(plan) != 0)
		elog(ERROR, "SPI_keepplan failed");
	if (statement->plan != NULL)
		SPI_freeplan(statement->plan);
	statement->plan = plan;
	statement->row_type = row_type;
	return plan;
}

/*
 * Run a statement, a SELECT.  The row type is that of the parameters which
 * have none of their own; it is another one when the extension was dropped
 * and made again.
 */
void
pls_statement_run(PlsStatement *statement, Oid row_type, Datum *values,
				  const char *nulls, bool read_only)
{
	statement->running++;
	PG_TRY();
	{
		int			code = SPI_execute_plan(plan_of(statement, row_type),
											values, nulls, read_only, 0);

		if (code != SPI_OK_SELECT)
			refuse("SPI_execute_plan", statement->sql, code);
	}
	PG_FINALLY();
	{
		statement->running--;
	}
	PG_END_TRY();
}

/*
 * Run a SELECT that is not worth a plan of its own.
 */
void
pls_query_run(const char *query, int nparameters, Oid *types, Datum *values,
			  const char *nulls, bool read_only)
{
	int			code = SPI_execute_with_args(query, nparameters, types,
											 values, nulls, read_only, 0);

	if (code != SPI_OK_SELECT)
		refuse("SPI_execute_with_args", query, code);
}

/*
 * Raise an error unless the result is one row.
 */
void
pls_result_is_one_row(const char *query)
{
	if (SPI_processed != 1)
		elog(ERROR, "\"%s\" returned " UINT64_FORMAT " rows", query,
			 SPI_processed);
}

/*
 * A column, from 1 on, of a row of the result, from 0 on.
 */
Datum
pls_result_datum(uint64 row, int column, bool *isnull)
{
	return SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc,
						 column, isnull);
}

/*
 * The same of a column that is never NULL.
 */
Datum
pls_result_not_null(uint64 row, int column)
{
	bool		isnull;
	Datum		value = pls_result_datum(row, column, &isnull);

	if (isnull)
		elog(ERROR, "column %d of a result is null", column);
	return value;
}

/*
 * The same as text, in a context; NULL if it is NULL.
 */
char *
pls_result_text(uint64 row, int column, MemoryContext context)
{
	char	   *text = SPI_getvalue(SPI_tuptable->vals[row],
									SPI_tuptable->tupdesc, column);

	return text == NULL ? NULL : MemoryContextStrdup(context, text);
}
