/*-------------------------------------------------------------------------
 *
 * owner.c
 *	  Acting as the owner of the pls schema, whoever's statement is running.
 *
 * An application role needs INSERT on its own table and no right on pls.
 * What pls does beneath that INSERT (reading its configuration, writing its
 * state) happens as the schema's owner, with a search_path that holds
 * pg_catalog only, so that no name, operator or cast of the caller is ever
 * reached.  This is what a SECURITY DEFINER function does; here it costs no
 * function call, and only the few places that open a scope have it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "catalog/pg_namespace.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/guc.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "pls.h"

#define MAX_KNOWN 16

/* Relations of the pls schema that have been looked up. */
static struct
{
	const char *name;
	Oid			relid;
}			known[MAX_KNOWN];
static int	nknown = 0;

/*
 * The pls schema.  Its name is fixed by the control file.
 */
Oid
pls_namespace(void)
{
	return get_namespace_oid("pls", false);
}

static void
forget_relations(Datum arg, int cache, uint32 hash)
{
	nknown = 0;
}

/*
 * Look for a relation of the pls schema among those known; InvalidOid if it
 * is not there.
 */
static Oid
known_relation(const char *name)
{
	int			i;

	for (i = 0; i < nknown; i++)
		if (known[i].name == name || strcmp(known[i].name, name) == 0)
			return known[i].relid;
	return InvalidOid;
}

/*
 * Remember a relation until any schema or relation changes.  The name is a
 * string constant of the caller's.
 */
static void
know_relation(const char *name, Oid relid)
{
	static bool registered = false;

	if (!registered)
	{
		CacheRegisterSyscacheCallback(RELNAMENSP, forget_relations,
									  (Datum) 0);
		CacheRegisterSyscacheCallback(NAMESPACENAME, forget_relations,
									  (Datum) 0);
		registered = true;
	}
	if (nknown == MAX_KNOWN)
		nknown = 0;
	known[nknown].name = name;
	known[nknown++].relid = relid;
}

/*
 * A relation of the pls schema by name, a string constant; raises an error if
 * there is none.
 */
Oid
pls_relation(const char *name)
{
	Oid			relid = known_relation(name);

	if (OidIsValid(relid))
		return relid;
	relid = get_relname_relid(name, pls_namespace());
	if (!OidIsValid(relid))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation \"pls.%s\" does not exist", name),
				 errhint("Recreate the extension: its objects have been changed by hand.")));
	know_relation(name, relid);
	return relid;
}

/*
 * Begin a scope: become the schema's owner, with a safe search_path, and
 * connect to SPI.  On error the transaction machinery restores all three.
 */
void
pls_owner_begin(PlsOwnerScope *scope)
{
	HeapTuple	tuple;
	Oid			owner;

	tuple = SearchSysCache1(NAMESPACEOID, ObjectIdGetDatum(pls_namespace()));
	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for schema pls");
	owner = ((Form_pg_namespace) GETSTRUCT(tuple))->nspowner;
	ReleaseSysCache(tuple);

	GetUserIdAndSecContext(&scope->saved_user, &scope->saved_context);
	scope->guc_nest_level = NewGUCNestLevel();
	SetUserIdAndSecContext(owner, scope->saved_context |
						   SECURITY_LOCAL_USERID_CHANGE |
						   SECURITY_NOFORCE_RLS);
	(void) set_config_option("search_path", "pg_catalog, pg_temp",
							 PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
}

/*
 * End a scope opened by pls_owner_begin.
 */
void
pls_owner_end(PlsOwnerScope *scope)
{
	if (SPI_finish() != SPI_OK_FINISH)
		elog(ERROR, "SPI_finish failed");
	AtEOXact_GUC(true, scope->guc_nest_level);
	SetUserIdAndSecContext(scope->saved_user, scope->saved_context);
}
