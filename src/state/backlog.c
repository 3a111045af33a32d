/*-------------------------------------------------------------------------
 *
 * backlog.c
 *	  What could not be done to a standing at once.  Deltas: another session
 *	  held it, or the events lie in the future.  Marks, without evidence:
 *	  events were changed or deleted, and it is to be rebuilt.
 *
 * Sessions only ever insert here, which waits for nobody.  A row is merged
 * by the transaction that manages to delete it, again without waiting.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "evidence/evidence.h"
#include "pls.h"
#include "state/backlog.h"
#include "state/keyed_table.h"

#define MOST_PARTS 64			/* that an INSERT looks at */

/* Columns of pls.backlog. */
enum
{
	B_ENTITY_ID, B_MOTION, B_NOT_BEFORE, B_BACKLOG_ID, B_EVIDENCE
};

/*
 * Begin to work with the backlog: it is opened when it is first needed, with
 * what is current now as its memory context.  End with pls_table_close().
 *
 * Who locks the whole table is waited for, however short lock_timeout is:
 * there is no other place to put anything aside.
 */
void
pls_backlog_begin(PlsTable *table)
{
	memset(table, 0, sizeof(PlsTable));
	table->context = CurrentMemoryContext;
}

static void
open_if_closed(PlsTable *table)
{
	MemoryContext caller;

	if (table->heap != NULL)
		return;
	caller = MemoryContextSwitchTo(table->context);
	pls_table_open(table, "backlog", "backlog_pkey", RowExclusiveLock,
				   PLS_WAIT_WITHOUT_LIMIT);
	MemoryContextSwitchTo(caller);
}

/*
 * Put a delta aside, to be merged at not_before or later; with no delta
 * (NULL), a mark.
 */
void
pls_backlog_add(PlsTable *table, const char *entity, const char *motion,
				const PlsEvidence *delta, TimestampTz not_before)
{
	int			ncolumns;
	Datum	   *values;
	bool	   *nulls;

	Assert(strlen(entity) <= PLS_MAX_ENTITY);
	open_if_closed(table);
	ncolumns = RelationGetDescr(table->heap)->natts;
	values = palloc0(ncolumns * sizeof(Datum));
	nulls = palloc(ncolumns * sizeof(bool));
	memset(nulls, true, ncolumns * sizeof(bool));
	memset(nulls, false, (B_EVIDENCE + 1) * sizeof(bool));
	values[B_ENTITY_ID] = CStringGetTextDatum(entity);
	values[B_MOTION] = CStringGetTextDatum(motion);
	values[B_NOT_BEFORE] = TimestampTzGetDatum(not_before);
	values[B_BACKLOG_ID] = DirectFunctionCall1(gen_random_uuid, (Datum) 0);
	nulls[B_EVIDENCE] = (delta == NULL);
	if (delta != NULL)
		values[B_EVIDENCE] = pls_evidence_to_datum(delta);
	pls_table_insert(table, values, nulls);
}

/*
 * Ask for the standing of an entity to be rebuilt from the source; with an
 * empty entity for those of the whole motion.
 */
void
pls_backlog_ask_rebuild(PlsTable *table, const char *entity,
						const char *motion)
{
	pls_backlog_add(table, entity, motion, NULL, pls_clock());
}

/*
 * The same by itself.  With an empty motion for those of all motions, where it
 * is not known which ones are concerned: the sweep makes it a mark of each.
 */
void
pls_backlog_ask_rebuild_once(const char *entity, const char *motion)
{
	PlsTable	backlog;

	pls_backlog_begin(&backlog);
	pls_backlog_ask_rebuild(&backlog, entity, motion);
	pls_table_close(&backlog);
	CommandCounterIncrement();
}

/*
 * Begin to read what is due of an entity and motion (the keys, which must
 * stay where they are until the end).
 */
static PlsTableScan *
scan_due(PlsTable *table, const char *const *keys, TimestampTz as_of,
		 bool thorough)
{
	PlsTableScan *scan;

	open_if_closed(table);
	scan = pls_table_scan(table, SnapshotSelf, 2, keys, &as_of);
	if (!thorough)
		pls_table_limit(scan, MOST_PARTS);
	return scan;
}

/*
 * Whether deltas of an entity wait that are committed (or this transaction's
 * own) and due.  *marked is set if a mark is among them.  Unless it is to be
 * thorough, not more is looked at than an INSERT can afford, and there may be
 * more than that.
 */
PlsWaiting
pls_backlog_waits(PlsTable *table, const char *entity, const char *motion,
				  TimestampTz as_of, bool thorough, bool *marked)
{
	const char *keys[] = {entity, motion};
	PlsTableScan *scan = scan_due(table, keys, as_of, thorough);
	PlsWaiting	waiting = PLS_NOTHING_WAITS;

	*marked = false;
	while (pls_table_next(table, scan) &&
		   !(waiting == PLS_PARTS_WAIT && *marked))
	{
		CHECK_FOR_INTERRUPTS();
		if (slot_attisnull(table->slot, B_EVIDENCE + 1))
			*marked = true;
		else
			waiting = PLS_PARTS_WAIT;
	}
	if (pls_table_was_cut(scan))
		waiting = PLS_TOO_MANY_WAIT;
	pls_table_end(scan);
	return waiting;
}

/*
 * Take out the deltas of an entity that are committed (or this transaction's
 * own) and due, and pass each on with its newest event.  The evidence, NULL if
 * it cannot be read, goes with the call.  The caller holds the standing.
 *
 * Who deletes a row merges it.  A row that another session has locked or
 * deleted is left to it, or to the next time.  Marks stay where they are,
 * for pls.refresh() to answer.
 */
void
pls_backlog_take(PlsTable *table, const char *entity, const char *motion,
				 TimestampTz as_of, bool thorough, PlsPartConsumer consumer,
				 void *arg)
{
	const char *keys[] = {entity, motion};
	PlsTableScan *scan = scan_due(table, keys, as_of, thorough);
	MemoryContext part_context = AllocSetContextCreate(CurrentMemoryContext,
													   "pls part",
													   ALLOCSET_SMALL_SIZES);
	MemoryContext caller;

	while (pls_table_next(table, scan))
	{
		Datum		newest;
		Datum		evidence;
		bool		isnull;

		CHECK_FOR_INTERRUPTS();
		if (slot_attisnull(table->slot, B_EVIDENCE + 1) ||
			pls_table_delete(table) != TM_Ok)
			continue;
		newest = slot_getattr(table->slot, B_NOT_BEFORE + 1, &isnull);
		evidence = slot_getattr(table->slot, B_EVIDENCE + 1, &isnull);
		caller = MemoryContextSwitchTo(part_context);
		consumer(arg, pls_evidence_try_datum(part_context, evidence),
				 DatumGetTimestampTz(newest));
		MemoryContextSwitchTo(caller);
		MemoryContextReset(part_context);
	}
	pls_table_end(scan);
	MemoryContextDelete(part_context);
}
