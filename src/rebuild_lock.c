/*-------------------------------------------------------------------------
 *
 * rebuild_lock.c
 *	  One rebuild of a whole motion at a time.
 *
 * The lock must be one that nobody else can take.  Keys of advisory locks
 * are everybody's, and a row can be locked by whoever may update it.  So it
 * is a lock on an object: the object is a motion, by a hash of its name, and
 * its class is the table pls.motions, whose number no command of the server
 * takes for a class.  Two motions whose hashes meet wait for one another,
 * which does no harm.
 *
 * It ends with the transaction, or with the subtransaction that took it when
 * that is rolled back.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "miscadmin.h"
#include "storage/lock.h"
#include "utils/builtins.h"

#include "pls.h"

PG_FUNCTION_INFO_V1(pls_hold_rebuild);

/*
 * pls.hold_rebuild(motion, wait) -> boolean: true once this transaction holds
 * the right to rebuild the motion as a whole; false if another one has it and
 * wait is false.
 *
 * Errors: 55P03 when lock_timeout ends the wait.
 */
Datum
pls_hold_rebuild(PG_FUNCTION_ARGS)
{
	text	   *motion = PG_GETARG_TEXT_PP(0);
	bool		wait = PG_GETARG_BOOL(1);
	uint64		hash;
	LOCKTAG		tag;

	hash = hash_bytes_extended((unsigned char *) VARDATA_ANY(motion),
							   VARSIZE_ANY_EXHDR(motion), 0);
	SET_LOCKTAG_OBJECT(tag, MyDatabaseId, pls_relation("motions"),
					   (uint32) hash, (uint16) (hash >> 32));
	PG_RETURN_BOOL(LockAcquire(&tag, ExclusiveLock, false, !wait) !=
				   LOCKACQUIRE_NOT_AVAIL);
}
