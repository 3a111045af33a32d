/*-------------------------------------------------------------------------
 *
 * announce.c
 *	  NOTIFY pls_alerts at commit, without forbidding two-phase commit.
 *
 * A transaction that has executed NOTIFY cannot be prepared, so an alert
 * raised beneath an application's INSERT would make its PREPARE TRANSACTION
 * fail.  Announcements are therefore kept here and handed to NOTIFY when the
 * transaction is about to commit; one that is prepared instead goes without.
 *
 * Committing with a notification takes a lock that all such commits of the
 * cluster share, and keeps it until the commit is on disk.  An application's
 * commit must not wait for that, so the lock is asked for here without
 * waiting; if it is taken, the transaction goes without, too.  A notification
 * is a hint to look at pls.open_alerts now rather than at the next poll.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_database.h"
#include "commands/async.h"
#include "storage/lock.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "pls.h"

#define CHANNEL			"pls_alerts"
#define MAX_PAYLOAD		7999	/* what NOTIFY takes */

typedef struct Announcement
{
	SubTransactionId subxact;
	char	   *payload;
} Announcement;

static List *announcements = NIL;	/* in TopTransactionContext */

/*
 * Take the lock that NOTIFY will ask for at commit; false if it is not free.
 */
static bool
may_notify_now(void)
{
	LOCKTAG		tag;

	SET_LOCKTAG_OBJECT(tag, InvalidOid, DatabaseRelationId, InvalidOid, 0);
	return LockAcquire(&tag, AccessExclusiveLock, false,
					   true) != LOCKACQUIRE_NOT_AVAIL;
}

static void
transaction_event(XactEvent event, void *arg)
{
	ListCell   *cell;

	if (event == XACT_EVENT_PRE_COMMIT)
	{
		if (announcements == NIL || !may_notify_now())
			return;
		foreach(cell, announcements)
			Async_Notify(CHANNEL, ((Announcement *) lfirst(cell))->payload);
	}
	else if (event != XACT_EVENT_PARALLEL_PRE_COMMIT &&
			 event != XACT_EVENT_PRE_PREPARE)
		announcements = NIL;
}

static void
subtransaction_event(SubXactEvent event, SubTransactionId subxact,
					 SubTransactionId parent, void *arg)
{
	ListCell   *cell;

	if (event != SUBXACT_EVENT_ABORT_SUB && event != SUBXACT_EVENT_COMMIT_SUB)
		return;
	foreach(cell, announcements)
	{
		Announcement *announcement = lfirst(cell);

		if (announcement->subxact != subxact)
			continue;
		if (event == SUBXACT_EVENT_ABORT_SUB)
			announcements = foreach_delete_current(announcements, cell);
		else
			announcement->subxact = parent;
	}
}

void
pls_announce_init(void)
{
	RegisterXactCallback(transaction_event, NULL);
	RegisterSubXactCallback(subtransaction_event, NULL);
}

PG_FUNCTION_INFO_V1(pls_announce);

/*
 * pls.announce(payload text): NOTIFY pls_alerts with this payload when the
 * transaction commits.
 *
 * Errors: 22023 if the payload is too long.
 */
Datum
pls_announce(PG_FUNCTION_ARGS)
{
	char	   *payload = text_to_cstring(PG_GETARG_TEXT_PP(0));
	MemoryContext caller;
	Announcement *announcement;

	if (strlen(payload) > MAX_PAYLOAD)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("payload string too long"),
				 errhint("Announce an identifier and let the listener read the rest.")));
	caller = MemoryContextSwitchTo(TopTransactionContext);
	announcement = palloc(sizeof(Announcement));
	announcement->subxact = GetCurrentSubTransactionId();
	announcement->payload = pstrdup(payload);
	announcements = lappend(announcements, announcement);
	MemoryContextSwitchTo(caller);
	PG_RETURN_VOID();
}
