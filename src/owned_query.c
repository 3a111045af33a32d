/*-------------------------------------------------------------------------
 *
 * owned_query.c
 *	  Rows of a relation that somebody else owns, where only a query gives
 *	  them: a table or view of accounts or users that pls.map_accounts() or
 *	  pls.map_users() takes over.
 *
 * A query over it runs code of its owner: a view's functions, policies,
 * functions of index expressions.  So it is run as the owner, who can do with
 * it no more than he could anyway, in a security-restricted operation, as
 * REFRESH MATERIALIZED VIEW runs its query: his code can leave nothing behind
 * in the session.  What comes back is text made by output functions; casts
 * and domains are the caller's business, with types of his own.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/relation.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/plancache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#define ROWS_AT_ONCE 1000

/*
 * Refuse a caller who may not read these columns himself.
 *
 * Errors: 42501; 42703 if a column does not exist.
 */
static void
check_readable(Relation relation, Datum *columns, int ncolumns)
{
	Oid			relid = RelationGetRelid(relation);
	int			i;

	if (pg_class_aclcheck(relid, GetUserId(), ACL_SELECT) == ACLCHECK_OK)
		return;
	for (i = 0; i < ncolumns; i++)
	{
		AttrNumber	number = get_attnum(relid,
										TextDatumGetCString(columns[i]));

		if (number == InvalidAttrNumber ||
			pg_attribute_aclcheck(relid, number, GetUserId(),
								  ACL_SELECT) != ACLCHECK_OK)
			aclcheck_error(ACLCHECK_NO_PRIV,
						   get_relkind_objtype(relation->rd_rel->relkind),
						   RelationGetRelationName(relation));
	}
}

/*
 * Refuse a table below which others have tables of their own: their code
 * would run as the owner of this one.
 *
 * Errors: 42501.
 */
static void
check_children(Relation relation)
{
	ListCell   *cell;

	if (!relation->rd_rel->relhassubclass)
		return;
	foreach(cell, find_all_inheritors(RelationGetRelid(relation),
									  AccessShareLock, NULL))
	{
		HeapTuple	tuple = SearchSysCache1(RELOID,
											ObjectIdGetDatum(lfirst_oid(cell)));
		Oid			owner;

		if (!HeapTupleIsValid(tuple))
			continue;
		owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
		ReleaseSysCache(tuple);
		if (owner != relation->rd_rel->relowner)
			ereport(ERROR,
					(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
					 errmsg("cannot read table \"%s\" as its owner",
							RelationGetRelationName(relation)),
					 errdetail("Table \"%s\" below it has a different owner.",
							   get_rel_name(lfirst_oid(cell))),
					 errhint("Give both tables the same owner.")));
	}
}

static char *
column_query(Relation relation, Datum *columns, int ncolumns)
{
	StringInfoData query;
	int			i;

	initStringInfo(&query);
	appendStringInfoString(&query, "SELECT ");
	for (i = 0; i < ncolumns; i++)
		appendStringInfo(&query, "%s%s", i > 0 ? ", " : "",
						 quote_identifier(TextDatumGetCString(columns[i])));
	appendStringInfo(&query, " FROM %s",
					 quote_qualified_identifier(get_namespace_name(RelationGetNamespace(relation)),
												RelationGetRelationName(relation)));
	return query.data;
}

/*
 * A value as text, of character(n) without its padding, as an id is read from
 * an event.
 */
static char *
value_text(HeapTuple row, TupleDesc desc, int number)
{
	char	   *text = SPI_getvalue(row, desc, number);
	Size		length;

	if (text != NULL &&
		getBaseType(SPI_gettypeid(desc, number)) == BPCHAROID)
	{
		length = strlen(text);
		while (length > 0 && text[length - 1] == ' ')
			text[--length] = '\0';
	}
	return text;
}

static void
put_row(HeapTuple row, TupleDesc desc, ReturnSetInfo *result)
{
	int			ncolumns = desc->natts;
	Datum	   *values = palloc0(ncolumns * sizeof(Datum));
	bool	   *nulls = palloc(ncolumns * sizeof(bool));
	int			lower = 1;
	bool		isnull = false;
	Datum		array;
	int			i;

	for (i = 0; i < ncolumns; i++)
	{
		char	   *text = value_text(row, desc, i + 1);

		nulls[i] = (text == NULL);
		if (text != NULL)
			values[i] = CStringGetTextDatum(text);
	}
	array = PointerGetDatum(construct_md_array(values, nulls, 1, &ncolumns,
											   &lower, TEXTOID, -1, false,
											   TYPALIGN_INT));
	tuplestore_putvalues(result->setResult, result->setDesc, &array, &isnull);
}

/*
 * Whether a plan reads the relation: the query names it, and its schema may
 * have been renamed since the name was looked up.
 */
static bool
reads_relation(SPIPlanPtr plan, Oid relid)
{
	ListCell   *cell;

	foreach(cell, SPI_plan_get_plan_sources(plan))
	{
		CachedPlanSource *source = lfirst(cell);

		if (list_member_oid(source->relationOids, relid))
			return true;
	}
	return false;
}

/*
 * Run the query, which the current user may be trusted with.
 */
static void
put_rows(const char *query, Oid relid, ReturnSetInfo *result)
{
	MemoryContext row_context;
	SPIPlanPtr	plan;
	Portal		portal;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	row_context = AllocSetContextCreate(CurrentMemoryContext, "pls row",
										ALLOCSET_DEFAULT_SIZES);
	plan = SPI_prepare(query, 0, NULL);
	if (plan == NULL)
		elog(ERROR, "SPI_prepare failed for \"%s\": %s", query,
			 SPI_result_code_string(SPI_result));
	if (!reads_relation(plan, relid))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_IN_USE),
				 errmsg("the relation was renamed while it was being read"),
				 errhint("Try again.")));
	portal = SPI_cursor_open(NULL, plan, NULL, NULL, true);
	do
	{
		MemoryContext caller = MemoryContextSwitchTo(row_context);
		uint64		i;

		SPI_cursor_fetch(portal, true, ROWS_AT_ONCE);
		for (i = 0; i < SPI_processed; i++)
		{
			CHECK_FOR_INTERRUPTS();
			put_row(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, result);
			MemoryContextReset(row_context);
		}
		MemoryContextSwitchTo(caller);
		SPI_freetuptable(SPI_tuptable);
	} while (SPI_processed > 0);
	SPI_cursor_close(portal);
	if (SPI_finish() != SPI_OK_FINISH)
		elog(ERROR, "SPI_finish failed");
}

static void
set_for_query(const char *name, const char *value)
{
	(void) set_config_option(name, value, PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
}

PG_FUNCTION_INFO_V1(pls_rows_as_owner);

/*
 * pls_internal.rows_as_owner(source, columns): see its comment in
 * sql/30_identity/30_identity_maps.sql.
 *
 * Errors: 42501 if the caller may not read them; what the query raises.
 */
Datum
pls_rows_as_owner(PG_FUNCTION_ARGS)
{
	Relation	relation = relation_open(PG_GETARG_OID(0), AccessShareLock);
	Datum	   *columns;
	int			ncolumns;
	Oid			caller;
	int			caller_context;
	int			nest_level;
	char	   *query;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(1), TEXTOID, -1, false,
					  TYPALIGN_INT, &columns, NULL, &ncolumns);
	check_readable(relation, columns, ncolumns);
	check_children(relation);
	query = column_query(relation, columns, ncolumns);

	GetUserIdAndSecContext(&caller, &caller_context);
	SetUserIdAndSecContext(relation->rd_rel->relowner, caller_context |
						   SECURITY_RESTRICTED_OPERATION);
	nest_level = NewGUCNestLevel();
	set_for_query("search_path", "pg_catalog, pg_temp");
	set_for_query("datestyle", "ISO");
	/* rather an error than rows that a policy hides */
	set_for_query("row_security", "off");
	put_rows(query, RelationGetRelid(relation),
			 (ReturnSetInfo *) fcinfo->resultinfo);
	AtEOXact_GUC(false, nest_level);
	SetUserIdAndSecContext(caller, caller_context);
	relation_close(relation, NoLock);
	return (Datum) 0;
}
