/*-------------------------------------------------------------------------
 *
 * config_table.c
 *	  Rows of a configuration table, as they are now.
 *
 * What people edit is read beneath an application's INSERT: when a session
 * begins, and again after each edit.  SQL would be wrong for that in two
 * ways.  It plans and starts an executor for each question, which takes more
 * time than the rows do.  And in a serializable transaction it would leave
 * predicate locks: a tool's edit would then be a conflict with every
 * transaction of the application that had read the configuration, and one of
 * them would fail.  So the tables, which are small, are read from end to end
 * through the table access method, with a snapshot that leaves no predicate
 * locks, and each row is then judged by the snapshot of
 * pls_config_snapshot_push().  (SnapshotSelf alone, by which single rows are
 * read elsewhere, may see both versions of a row that is being edited, or
 * none.)
 *
 * The table's lock is given back at once, as for a system catalog.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/heaptoast.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/tableam.h"
#include "catalog/pg_class.h"
#include "common/int.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "decimal.h"
#include "mix64.h"
#include "model/config_changes.h"
#include "model/config_table.h"
#include "model/event_row.h"
#include "owner.h"

/*
 * The owner may have lost its right on a table, and then has nothing read.
 */
static void
check_right(Relation relation)
{
	AclResult	result = pg_class_aclcheck(RelationGetRelid(relation),
										   pls_owner(), ACL_SELECT);

	if (result != ACLCHECK_OK)
		aclcheck_error(result, OBJECT_TABLE,
					   RelationGetRelationName(relation));
}

/*
 * Begin to read a table.  The snapshot of pls_config_snapshot_push()
 * is the active one until the end.
 */
void
pls_config_begin(PlsConfigScan *scan, PlsConfigTable table)
{
	scan->relation = table_open(pls_relation(pls_config_names[table]),
								AccessShareLock);
	check_right(scan->relation);
	scan->desc = RelationGetDescr(scan->relation);
	scan->slot = table_slot_create(scan->relation, NULL);
	scan->scan = table_beginscan(scan->relation, SnapshotAny, 0, NULL);
}

/*
 * The next row, which is valid until the one after it is asked for; NULL at
 * the end.
 */
HeapTuple
pls_config_next(PlsConfigScan *scan)
{
	while (table_scan_getnextslot(scan->scan, ForwardScanDirection,
								  scan->slot))
		if (table_tuple_satisfies_snapshot(scan->relation, scan->slot,
										   GetActiveSnapshot()))
			return ExecFetchSlotHeapTuple(scan->slot, false, NULL);
	return NULL;
}

void
pls_config_end(PlsConfigScan *scan)
{
	table_endscan(scan->scan);
	ExecDropSingleTupleTableSlot(scan->slot);
	table_close(scan->relation, AccessShareLock);
}

/*
 * Whether some row of a table, as it is now, passes a test.
 */
bool
pls_config_has(PlsConfigTable table, PlsConfigTest test, const void *arg)
{
	PlsConfigScan scan;
	HeapTuple	tuple;
	bool		found = false;

	pls_config_snapshot_push();
	pls_config_begin(&scan, table);
	while (!found && (tuple = pls_config_next(&scan)) != NULL)
		found = test(arg, &scan, tuple);
	pls_config_end(&scan);
	PopActiveSnapshot();
	return found;
}

/*
 * A hash of all that a row holds.
 */
uint64
pls_config_hash(HeapTuple tuple)
{
	const char *data = (const char *) tuple->t_data;
	uint64		hash = HeapTupleHeaderGetNatts(tuple->t_data);
	uint32		at = offsetof(HeapTupleHeaderData, t_bits);

	for (; at + sizeof(uint64) <= tuple->t_len; at += sizeof(uint64))
		hash = pls_hash_word(hash, data + at, sizeof(uint64));
	return pls_mix64(pls_hash_word(hash, data + at, tuple->t_len - at));
}

/*
 * Take a row out of its table, into the current memory context, whole.
 */
PlsConfigRow *
pls_config_row(const PlsConfigScan *scan, HeapTuple tuple)
{
	PlsConfigRow *row = palloc(sizeof(PlsConfigRow));

	if (HeapTupleHasExternal(tuple))
		tuple = toast_flatten_tuple(tuple, scan->desc);
	else
		tuple = heap_copytuple(tuple);
	row->values = palloc(scan->desc->natts * sizeof(Datum));
	row->nulls = palloc(scan->desc->natts * sizeof(bool));
	heap_deform_tuple(tuple, scan->desc, row->values, row->nulls);
	return row;
}

/*
 * A column of a row that is still in its table, by its number from 1.
 */
Datum
pls_config_column(const PlsConfigScan *scan, HeapTuple tuple, int number,
				  bool *isnull)
{
	return heap_getattr(tuple, number, scan->desc, isnull);
}

/* ---------- columns of a row, by their numbers from 1 ---------- */

Datum
pls_config_datum(const PlsConfigRow *row, int number, bool *isnull)
{
	*isnull = row->nulls[number - 1];
	return row->values[number - 1];
}

/*
 * A text; NULL if it is NULL.
 */
char *
pls_config_text(const PlsConfigRow *row, int number)
{
	if (row->nulls[number - 1])
		return NULL;
	return TextDatumGetCString(row->values[number - 1]);
}

/*
 * A boolean; NULL is false.
 */
bool
pls_config_bool(const PlsConfigRow *row, int number)
{
	return !row->nulls[number - 1] && DatumGetBool(row->values[number - 1]);
}

/*
 * A number in thousandths; 0 if it is NULL, and *given says whether it is not.
 *
 * Errors: 22003 if it is beyond +-9e15.
 */
int64
pls_config_milli(const PlsConfigRow *row, int number, bool *given)
{
	int64		milli;

	*given = !row->nulls[number - 1];
	if (!*given)
		return 0;
	if (!pls_numeric_to_milli(row->values[number - 1], &milli))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("a number in the configuration is not between -9e15 and 9e15"),
				 errhint("Write the row again; the checks of its table were bypassed.")));
	return milli;
}

/*
 * A span in microseconds, as extract(epoch FROM span) counts months and
 * years; 0 if it is NULL.
 *
 * Errors: 22008 if it is too long.
 */
int64
pls_config_span(const PlsConfigRow *row, int number)
{
	const Interval *span;
	int64		micros;
	int64		days;

	if (row->nulls[number - 1])
		return 0;
	span = DatumGetIntervalP(row->values[number - 1]);
	/* a year has 365.25 days: in hours, these are whole */
	days = (int64) span->day + (int64) (span->month % MONTHS_PER_YEAR) *
		DAYS_PER_MONTH;
	if (pg_mul_s64_overflow(days * HOURS_PER_DAY +
							(int64) (span->month / MONTHS_PER_YEAR) *
							(365 * HOURS_PER_DAY + HOURS_PER_DAY / 4),
							USECS_PER_HOUR, &micros) ||
		pg_add_s64_overflow(micros, span->time, &micros))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("an interval in the configuration is too long"),
				 errhint("Write the row again; the checks of its table were bypassed.")));
	return micros;
}
