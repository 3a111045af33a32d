/*-------------------------------------------------------------------------
 *
 * restore.c
 *	  Telling the load of a dump from everybody else's statements.
 *
 * A dump brings every row of pls, also those that triggers have derived from
 * others.  While one is loaded, triggers therefore derive nothing, and check
 * nothing that depends on rows of other tables: those may come later, or
 * from another session of pg_restore.  Events that are loaded are not
 * observed, for the standings that they have led to are in the dump as well.
 *
 * What pg_dump and pg_restore run begins by emptying search_path and
 * switching check_function_bodies off.  Anybody can do that, so it counts
 * only of those who could change what the triggers guard in any case: the
 * session's user and the current one must both be members of the role that
 * owns the extension (superusers are).  Beneath another's INSERT, where pls
 * acts as its owner, search_path is not empty and the session's user is no
 * member.  No setting tells more that a dump with other options, or of
 * another version, would have too.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/pg_extension.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/guc.h"
#include "utils/rel.h"

#include "pls.h"

/*
 * The role that owns the extension; InvalidOid while it is being created or
 * dropped.
 */
static Oid
extension_owner(void)
{
	Relation	extensions = table_open(ExtensionRelationId, AccessShareLock);
	Oid			owner = InvalidOid;
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&key, Anum_pg_extension_extname, BTEqualStrategyNumber,
				F_NAMEEQ, CStringGetDatum("pls"));
	scan = systable_beginscan(extensions, ExtensionNameIndexId, true, NULL, 1,
							  &key);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
		owner = ((Form_pg_extension) GETSTRUCT(tuple))->extowner;
	systable_endscan(scan);
	table_close(extensions, AccessShareLock);
	return owner;
}

/*
 * Whether the session is loading a dump.  Costs two comparisons where the
 * settings say no.
 */
bool
pls_in_restore(void)
{
	Oid			owner;

	if (check_function_bodies || namespace_search_path[0] != '\0')
		return false;
	owner = extension_owner();
	return OidIsValid(owner) &&
		is_member_of_role(GetSessionUserId(), owner) &&
		is_member_of_role(GetUserId(), owner);
}

PG_FUNCTION_INFO_V1(pls_restoring);

/*
 * pls.restoring() -> boolean: pls_in_restore() for the conditions of
 * triggers.
 */
Datum
pls_restoring(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(pls_in_restore());
}
