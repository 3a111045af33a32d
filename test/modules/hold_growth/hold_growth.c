/*-------------------------------------------------------------------------
 *
 * hold_growth.c
 *	  Keeps a relation from growing.
 *
 * For the tests only: built by them, not installed.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/relation.h"
#include "fmgr.h"
#include "storage/lmgr.h"
#include "utils/rel.h"

PG_MODULE_MAGIC;

PG_FUNCTION_INFO_V1(hold_growth);

/*
 * hold_growth(relation): takes the lock that a session holds for the moment
 * in which it adds a page to the relation, and keeps it until the transaction
 * ends, as a disk does that is slow.
 */
Datum
hold_growth(PG_FUNCTION_ARGS)
{
	Relation	relation = relation_open(PG_GETARG_OID(0), AccessShareLock);

	LockRelationForExtension(relation, ExclusiveLock);
	relation_close(relation, NoLock);
	PG_RETURN_VOID();
}
