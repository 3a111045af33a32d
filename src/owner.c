/*-------------------------------------------------------------------------
 *
 * owner.c
 *	  Acting as the owner of the extension, whoever's statement is running.
 *
 * An application role needs INSERT on its own table and no right on pls.
 * What pls does beneath that INSERT (reading its configuration, writing its
 * state) happens as the extension's owner, with a search_path that holds
 * pg_catalog only, so that no name, operator or cast of the caller is ever
 * reached.  This is what a SECURITY DEFINER function does; here it costs no
 * function call, and only the few places that open a scope have it.
 *
 * It is the extension's owner and not that of the schema or of a table:
 * these may be given to a role that has no right on the rest, and then the
 * application's INSERT must go on.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/pg_extension.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/guc.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "owner.h"

#define MAX_KNOWN 48

/* Relations of the pls schema that have been looked up. */
static struct
{
	const char *name;
	Oid			relid;
}			known[MAX_KNOWN];
static int	nknown = 0;

/* The schemas, and the owner of the extension; InvalidOid: to be looked up. */
static Oid	known_namespace = InvalidOid;
static Oid	known_internal = InvalidOid;
static Oid	known_owner = InvalidOid;

static void
forget_objects(Datum arg, int cache, uint32 hash)
{
	nknown = 0;
	known_namespace = InvalidOid;
	known_internal = InvalidOid;
	known_owner = InvalidOid;
}

/*
 * Have what is known here forgotten when it may have changed.  There is no
 * system cache of extensions, nor a statement that changes the owner of one
 * by itself; the owner of its functions changes along with it.
 */
static void
watch_catalog(void)
{
	static bool registered = false;

	if (registered)
		return;
	CacheRegisterSyscacheCallback(RELNAMENSP, forget_objects, (Datum) 0);
	CacheRegisterSyscacheCallback(NAMESPACENAME, forget_objects, (Datum) 0);
	CacheRegisterSyscacheCallback(PROCOID, forget_objects, (Datum) 0);
	CacheRegisterSyscacheCallback(AUTHOID, forget_objects, (Datum) 0);
	registered = true;
}

/*
 * One of the two schemas, whose names are fixed by the extension's script;
 * InvalidOid if there is none of this name.
 */
static Oid
find_namespace(const char *name, Oid *found)
{
	if (!OidIsValid(*found))
	{
		watch_catalog();
		*found = get_namespace_oid(name, true);
	}
	return *found;
}

static Oid
require_namespace(const char *name, Oid *found)
{
	Oid			schema = find_namespace(name, found);

	if (!OidIsValid(schema))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_SCHEMA),
				 errmsg("schema \"%s\" does not exist", name),
				 errhint("If it was renamed, rename it back.")));
	return schema;
}

Oid
pls_namespace(void)
{
	return require_namespace("pls", &known_namespace);
}

/*
 * The schema of what is not for users.
 */
Oid
pls_internal_namespace(void)
{
	return require_namespace("pls_internal", &known_internal);
}

bool
pls_is_own_schema(Oid schema)
{
	return schema == pls_namespace() || schema == pls_internal_namespace();
}

/*
 * Read the owner of the extension from its row in pg_extension; InvalidOid
 * if there is no such row.
 */
static Oid
read_extension_owner(void)
{
	Relation	extensions = table_open(ExtensionRelationId, AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;
	Oid			owner = InvalidOid;

	ScanKeyInit(&key, Anum_pg_extension_extname, BTEqualStrategyNumber,
				F_NAMEEQ, CStringGetDatum("pls"));
	scan = systable_beginscan(extensions, ExtensionNameIndexId, true, NULL,
							  1, &key);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
		owner = ((Form_pg_extension) GETSTRUCT(tuple))->extowner;
	systable_endscan(scan);
	table_close(extensions, AccessShareLock);
	return owner;
}

static Oid
find_owner(void)
{
	if (!OidIsValid(known_owner))
	{
		watch_catalog();
		known_owner = read_extension_owner();
	}
	return known_owner;
}

/*
 * The owner of the extension, as whom pls acts.
 */
Oid
pls_owner(void)
{
	Oid			owner = find_owner();

	if (!OidIsValid(owner))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("extension \"pls\" does not exist"),
				 errhint("Create it with CREATE EXTENSION pls.")));
	return owner;
}

/*
 * Whether the extension and its schemas are there by their names.  Beneath an
 * application's INSERT this is asked first: who has renamed a schema stops
 * pls, not the application.
 */
bool
pls_is_installed(void)
{
	return OidIsValid(find_namespace("pls", &known_namespace)) &&
		OidIsValid(find_namespace("pls_internal", &known_internal)) &&
		OidIsValid(find_owner());
}

/*
 * Look for a relation of the pls schema among those known; InvalidOid if it
 * is not there.
 */
static Oid
known_relation(const char *name)
{
	int			i;

	/* mostly it is the same constant */
	for (i = 0; i < nknown; i++)
		if (known[i].name == name)
			return known[i].relid;
	for (i = 0; i < nknown; i++)
		if (strcmp(known[i].name, name) == 0)
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
	watch_catalog();
	if (nknown == MAX_KNOWN)
		nknown = 0;
	known[nknown].name = name;
	known[nknown++].relid = relid;
}

/*
 * A relation of pls by name, a string constant: it is in one of the two
 * schemas.  Raises an error if there is none.
 */
Oid
pls_relation(const char *name)
{
	Oid			relid = known_relation(name);

	if (OidIsValid(relid))
		return relid;
	relid = get_relname_relid(name, pls_namespace());
	if (!OidIsValid(relid))
		relid = get_relname_relid(name, pls_internal_namespace());
	if (!OidIsValid(relid))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation \"pls.%s\" does not exist", name),
				 errhint("Recreate the extension: its objects have been changed by hand.")));
	know_relation(name, relid);
	return relid;
}

/*
 * Begin a scope: become the extension's owner, with a safe search_path, and
 * connect to SPI.  On error the transaction machinery restores all three.
 */
void
pls_owner_begin(PlsOwnerScope *scope)
{
	Oid			owner = pls_owner();

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
