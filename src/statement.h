/*-------------------------------------------------------------------------
 *
 * statement.h
 *	  Statements of SQL that C runs, and what they return.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_STATEMENT_H
#define PLS_STATEMENT_H

#include "executor/spi.h"

#define PLS_MAX_PARAMETERS	12

/* A statement that is planned once per backend. */
typedef struct PlsStatement
{
	const char *sql;
	int			nparameters;
	Oid			types[PLS_MAX_PARAMETERS];	/* InvalidOid: row_type */
	int			cursor_options;
	/* the plan, and what it was made for */
	SPIPlanPtr	plan;			/* kept; NULL until planned */
	Oid			row_type;
	int			running;		/* calls under way */
} PlsStatement;

extern void pls_statement_run(PlsStatement *statement, Oid row_type,
							  Datum *values, const char *nulls,
							  bool read_only);
extern void pls_query_run(const char *query, int nparameters, Oid *types,
						  Datum *values, const char *nulls, bool read_only);
extern void pls_result_is_one_row(const char *query);
extern Datum pls_result_datum(uint64 row, int column, bool *isnull);
extern Datum pls_result_not_null(uint64 row, int column);
extern char *pls_result_text(uint64 row, int column, MemoryContext context);

#endif							/* PLS_STATEMENT_H */
