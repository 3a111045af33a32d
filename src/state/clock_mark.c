/*-------------------------------------------------------------------------
 *
 * clock_mark.c
 *	  What the clock has said, for the sweep to see that it was set back.
 *
 * A standing that was evaluated while the clock was ahead has to be looked at
 * when that is right again, and no index can find it: its instant of
 * evaluation changes with every event.  So a session that evaluates standings
 * writes down an instant now and then, a row each time, in pls_internal.clock_marks.
 * A row says that standings may have been evaluated up to CLOCK_MARK_SPAN
 * after it.  When the sweep finds one ahead of the clock it looks at all
 * standings, once (sql/70_sweep/20_looks.sql).
 *
 * Of several rows the latest says all that is to be said.  So whoever writes
 * one takes earlier ones away, more than it adds, and where no sweep does that
 * there are never many more than sessions at work.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/tableam.h"
#include "access/xact.h"
#include "utils/snapmgr.h"

#include "state/clock_mark.h"
#include "state/keyed_table.h"

/* as pls_internal.check_clock() has it; less than what pls_is_ahead() lets pass */
#define CLOCK_MARK_SPAN (30 * USECS_PER_SEC)

/* What is taken away with each that is written, and looked at for that. */
#define MOST_TAKEN_AWAY 4
#define MOST_ENTRIES 32

/* The last one written by this session; DT_NOBEGIN: none that is sure. */
static TimestampTz marked = DT_NOBEGIN;
static bool callbacks_registered = false;

/*
 * Whether a transaction that is prepared commits in the end others decide.
 */
static void
forget_at_abort(XactEvent event, void *arg)
{
	if (event == XACT_EVENT_ABORT || event == XACT_EVENT_PARALLEL_ABORT ||
		event == XACT_EVENT_PREPARE)
		marked = DT_NOBEGIN;
}

static void
forget_at_subabort(SubXactEvent event, SubTransactionId subid,
				   SubTransactionId parent, void *arg)
{
	if (event == SUBXACT_EVENT_ABORT_SUB)
		marked = DT_NOBEGIN;
}

/*
 * Take away some of those that are earlier than what one at this instant
 * stands for.  Who has one in hand is not waited for.
 */
static void
take_earlier_away(PlsTable *table, TimestampTz as_of)
{
	TimestampTz until = as_of - CLOCK_MARK_SPAN;
	PlsTableScan *scan = pls_table_scan(table, SnapshotSelf, 0, NULL, &until);
	int			taken = 0;

	pls_table_limit(scan, MOST_ENTRIES);
	while (taken < MOST_TAKEN_AWAY && pls_table_next(table, scan))
	{
		if (pls_table_delete(table) == TM_Ok)
			taken++;
	}
	pls_table_end(scan);
}

/*
 * Note that a standing was evaluated at an instant.  Who has locked the table
 * is not waited for: the next evaluation tries again.
 */
void
pls_clock_mark(TimestampTz as_of)
{
	PlsTable	table;
	Datum		value = TimestampTzGetDatum(as_of);
	bool		isnull = false;

	if (!TIMESTAMP_IS_NOBEGIN(marked) && as_of < marked + CLOCK_MARK_SPAN &&
		as_of > marked - CLOCK_MARK_SPAN)
		return;
	if (!callbacks_registered)
	{
		RegisterXactCallback(forget_at_abort, NULL);
		RegisterSubXactCallback(forget_at_subabort, NULL);
		callbacks_registered = true;
	}
	if (!pls_table_open(&table, "clock_marks", "clock_marks_read_at",
						RowExclusiveLock, PLS_NO_WAIT))
		return;
	take_earlier_away(&table, as_of);
	pls_table_insert(&table, &value, &isnull);
	marked = as_of;
	pls_table_close(&table);
}
