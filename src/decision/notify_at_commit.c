/*-------------------------------------------------------------------------
 *
 * notify_at_commit.c
 *	  NOTIFY pls_alerts at commit, without forbidding two-phase commit.
 *
 * A transaction that has executed NOTIFY cannot be prepared, so an alert
 * raised beneath an application's INSERT would make its PREPARE TRANSACTION
 * fail.  Notifications are therefore kept here and handed to NOTIFY when the
 * transaction is about to commit; one that is prepared instead goes without.
 *
 * Committing with a notification takes a lock that all such commits of the
 * cluster share, and keeps it until the commit is on disk.  An application's
 * commit must not wait for that, so the lock is asked for here without
 * waiting; if it is taken, the transaction goes without, too.  A notification
 * is a hint to look at pls.open_alerts now rather than at the next poll.
 *
 * The cluster keeps notifications in one queue until every listener has read
 * them, and a commit that finds it full fails.  So how full it is is asked
 * once the lock is held, when nobody else can add to it, and beyond half the
 * transaction goes without: who listens and does not read, in whichever
 * database, must not fail an INSERT.
 *
 * A payload is written in ASCII, by the escapes of JSON: a listener's session
 * converts it into the encoding of its client, and what it cannot convert is
 * an error out of the blue.  In a database of another encoding than UTF8 the
 * characters would have to be converted here, with the same risk; then the
 * shorter payload does.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_database.h"
#include "commands/async.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "storage/lock.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/memutils.h"

#include "decision/notify_at_commit.h"
#include "pls_compat.h"

#define CHANNEL			"pls_alerts"

/* What NOTIFY takes, and what a notification takes at most beside its payload. */
#define MAX_PAYLOAD		(BLCKSZ - NAMEDATALEN - 128 - 1)
#define OVERHEAD		(NAMEDATALEN + 64)

#define FULL_ENOUGH		0.5		/* share of the queue */

typedef struct Notification
{
	SubTransactionId subxact;
	char	   *payload;
} Notification;

static List *notifications = NIL;	/* in TopTransactionContext */

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

/*
 * Whether what is to be sent fits into the queue, the lock being held.
 */
static bool
queue_has_room(void)
{
	double		usage;
	double		pages = 1;
	ListCell   *cell;

	/* one that does not fit into the rest of its page begins the next */
	foreach(cell, notifications)
		pages += 2.0 * (strlen(((Notification *) lfirst(cell))->payload) +
						OVERHEAD) / BLCKSZ;
	usage = DatumGetFloat8(DirectFunctionCall1(pg_notification_queue_usage,
											   (Datum) 0));
	return usage + pages / PLS_NOTIFY_QUEUE_PAGES <= FULL_ENOUGH;
}

static void
transaction_event(XactEvent event, void *arg)
{
	ListCell   *cell;

	if (event == XACT_EVENT_PRE_COMMIT)
	{
		if (notifications == NIL || !may_notify_now() || !queue_has_room())
			return;
		foreach(cell, notifications)
			Async_Notify(CHANNEL, ((Notification *) lfirst(cell))->payload);
	}
	else if (event != XACT_EVENT_PARALLEL_PRE_COMMIT &&
			 event != XACT_EVENT_PRE_PREPARE)
		notifications = NIL;
}

static void
subtransaction_event(SubXactEvent event, SubTransactionId subxact,
					 SubTransactionId parent, void *arg)
{
	ListCell   *cell;

	if (event != SUBXACT_EVENT_ABORT_SUB && event != SUBXACT_EVENT_COMMIT_SUB)
		return;
	foreach(cell, notifications)
	{
		Notification *notification = lfirst(cell);

		if (notification->subxact != subxact)
			continue;
		if (event == SUBXACT_EVENT_ABORT_SUB)
			notifications = foreach_delete_current(notifications, cell);
		else
			notification->subxact = parent;
	}
}

void
pls_notify_init(void)
{
	RegisterXactCallback(transaction_event, NULL);
	RegisterSubXactCallback(subtransaction_event, NULL);
}

/*
 * Append the escape of a character beyond ASCII.
 */
static void
append_escape(StringInfo escaped, uint32 code)
{
	if (code > 0xFFFF)
	{
		code -= 0x10000;
		appendStringInfo(escaped, "\\u%04x\\u%04x",
						 0xD800 + (code >> 10), 0xDC00 + (code & 0x3FF));
	}
	else
		appendStringInfo(escaped, "\\u%04x", code);
}

/*
 * A JSON text as a payload; NULL if it cannot be one.
 */
static char *
make_payload(text *json)
{
	StringInfoData escaped;
	const unsigned char *next = (unsigned char *) text_to_cstring(json);

	initStringInfo(&escaped);
	while (*next != '\0')
	{
		if (!IS_HIGHBIT_SET(*next))
			appendStringInfoCharMacro(&escaped, *next++);
		else if (GetDatabaseEncoding() == PG_UTF8)
		{
			append_escape(&escaped, utf8_to_unicode(next));
			next += pg_utf_mblen(next);
		}
		else
			return NULL;
	}
	return escaped.len <= MAX_PAYLOAD ? escaped.data : NULL;
}

PG_FUNCTION_INFO_V1(pls_notify_at_commit);

/*
 * pls_internal.notify_at_commit(payload text, shorter text): NOTIFY pls_alerts with this
 * payload, a JSON text, when the transaction commits; with the shorter one if
 * that cannot be.
 *
 * Errors: 22023 if the shorter one cannot be, either.
 */
Datum
pls_notify_at_commit(PG_FUNCTION_ARGS)
{
	char	   *payload = make_payload(PG_GETARG_TEXT_PP(0));
	MemoryContext caller;
	Notification *notification;

	if (payload == NULL)
		payload = make_payload(PG_GETARG_TEXT_PP(1));
	if (payload == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("payload string too long"),
				 errhint("Send an identifier and let the listener read the rest.")));
	caller = MemoryContextSwitchTo(TopTransactionContext);
	notification = palloc(sizeof(Notification));
	notification->subxact = GetCurrentSubTransactionId();
	notification->payload = pstrdup(payload);
	notifications = lappend(notifications, notification);
	MemoryContextSwitchTo(caller);
	PG_RETURN_VOID();
}
