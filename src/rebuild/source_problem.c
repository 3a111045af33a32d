/*-------------------------------------------------------------------------
 *
 * source_problem.c
 *	  What keeps the rows of watched tables from being read as events.
 *
 * Neither function waits for a lock or raises an error.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_inherits.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/syscache.h"

#include "rebuild/watched_table.h"

/*
 * What keeps a source's tables from being read; NULL: nothing.  *table is
 * the one that cannot be read, and *readable is set if some can.
 */
static const char *
find_problem(const PlsLeaf *source, Oid *table, bool *readable)
{
	const char *found = NULL;
	ListCell   *cell;

	*table = source->relid;
	if (!SearchSysCacheExists1(RELOID, ObjectIdGetDatum(source->relid)))
		return "the table was dropped";
	foreach(cell, find_all_inheritors(source->relid, NoLock, NULL))
	{
		bool		holds_rows;
		const char *problem = pls_leaf_problem(source->source_id,
											   lfirst_oid(cell), &holds_rows);

		*readable |= holds_rows && problem == NULL;
		if (problem == NULL || found != NULL)
			continue;
		found = problem;
		*table = lfirst_oid(cell);
	}
	return found;
}

PG_FUNCTION_INFO_V1(pls_source_problem);

/*
 * pls_internal.source_problem(source_id) -> text: see its comment in
 * sql/30_identity/40_identity_changes.sql.
 */
Datum
pls_source_problem(PG_FUNCTION_ARGS)
{
	PlsLeaf    *source;
	const char *problem;
	Oid			table;
	bool		readable = false;

	if (pls_find_sources(PLS_ONE_SOURCE, INT4OID, PG_GETARG_DATUM(0),
						 &source) == 0)
		PG_RETURN_TEXT_P(cstring_to_text("it is not in pls.sources"));
	problem = find_problem(source, &table, &readable);
	if (problem == NULL)
		PG_RETURN_NULL();
	if (table != source->relid)
		problem = psprintf("of table %s below it: %s", pls_table_name(table),
						   problem);
	PG_RETURN_TEXT_P(cstring_to_text(problem));
}

PG_FUNCTION_INFO_V1(pls_unreadable);

/*
 * pls_internal.unreadable(motion) -> text: see its comment in
 * sql/70_sweep/10_refresh.sql.
 */
Datum
pls_unreadable(PG_FUNCTION_ARGS)
{
	PlsLeaf    *sources;
	int			nsources = pls_find_sources(PLS_SOURCES_OF_MOTION, TEXTOID,
											PG_GETARG_DATUM(0), &sources);
	char	   *problem = NULL;
	bool		readable = false;
	int			i;

	for (i = 0; i < nsources; i++)
	{
		Oid			table;
		const char *found = find_problem(&sources[i], &table, &readable);

		if (found != NULL && problem == NULL)
			problem = psprintf("the events of table %s cannot be read: %s",
							   pls_table_name(table), found);
	}
	if (problem == NULL || readable)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(problem));
}
