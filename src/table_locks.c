/*-------------------------------------------------------------------------
 *
 * table_locks.c
 *	  Tables of pls that somebody has locked: whoever only looks, and could do
 *	  without, does not wait for them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/syscache.h"

/*
 * Whether a table can be read without waiting; it can be from now on until
 * the transaction ends.  Of one that is gone, or that the caller may not read,
 * the query itself tells.
 */
static bool
can_be_read(Oid relid)
{
	if (!SearchSysCacheExists1(RELOID, ObjectIdGetDatum(relid)) ||
		pg_class_aclcheck(relid, GetUserId(), ACL_SELECT) != ACLCHECK_OK)
		return true;
	if (!ConditionalLockRelationOid(relid, AccessShareLock))
		return false;
	if (!SearchSysCacheExists1(RELOID, ObjectIdGetDatum(relid)))
		UnlockRelationOid(relid, AccessShareLock);
	return true;
}

PG_FUNCTION_INFO_V1(pls_locked_table);

/*
 * pls_internal.locked_table(VARIADIC tables regclass[]) -> regclass: see its comment in
 * sql/40_state/40_locks.sql.
 */
Datum
pls_locked_table(PG_FUNCTION_ARGS)
{
	Datum	   *tables;
	bool	   *nulls;
	int			ntables;
	int			i;

	deconstruct_array(PG_GETARG_ARRAYTYPE_P(0), REGCLASSOID, sizeof(Oid),
					  true, TYPALIGN_INT, &tables, &nulls, &ntables);
	for (i = 0; i < ntables; i++)
	{
		if (!nulls[i] && !can_be_read(DatumGetObjectId(tables[i])))
			PG_RETURN_OID(DatumGetObjectId(tables[i]));
	}
	PG_RETURN_NULL();
}
