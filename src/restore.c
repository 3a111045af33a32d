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

#include "catalog/namespace.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/guc.h"

#include "owner.h"
#include "restore.h"

/*
 * Whether the session is loading a dump.  Costs two comparisons where the
 * settings say no.
 */
bool
pls_in_restore(void)
{
	if (check_function_bodies || namespace_search_path[0] != '\0')
		return false;
	return pls_is_installed() &&
		is_member_of_role(GetSessionUserId(), pls_owner()) &&
		is_member_of_role(GetUserId(), pls_owner());
}

PG_FUNCTION_INFO_V1(pls_restoring);

/*
 * pls_internal.restoring() -> boolean: pls_in_restore() for the conditions of
 * triggers.
 */
Datum
pls_restoring(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(pls_in_restore());
}
