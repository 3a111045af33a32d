/*-------------------------------------------------------------------------
 *
 * delivery_identity.c
 *	  Which database this is, so that a copy of one does not send again what
 *	  the original sends.
 *
 * A cluster has its number from initdb.  Standbys and physical copies have
 * the same one, what is restored from a dump or made by pg_upgrade has
 * another.  A database that is made from a template has another oid.  The
 * SQL function that tells the number, pg_control_system(), reads a file each
 * time and may be revoked from whoever claims; the server has it in memory.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xlog.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(pls_delivery_identity);

/*
 * pls_internal.delivery_identity() -> text: the number of the cluster and the
 * oid of the database.
 */
Datum
pls_delivery_identity(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(cstring_to_text(psprintf(UINT64_FORMAT "/%u",
											  GetSystemIdentifier(),
											  MyDatabaseId)));
}
