/*-------------------------------------------------------------------------
 *
 * keyed_table.h
 *	  Tables of pls that are read and written by their key.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_KEYED_TABLE_H
#define PLS_KEYED_TABLE_H

#include "access/tableam.h"
#include "utils/timestamp.h"

typedef struct PlsTable
{
	MemoryContext context;		/* of what lives as long as it is open */
	Relation	heap;
	Relation	index;			/* on the leading columns, the text key */
	TupleTableSlot *slot;		/* the row found */
	struct EState *estate;		/* these two: made when indexes are written */
	struct ResultRelInfo *result_rel;
} PlsTable;

typedef struct PlsTableScan PlsTableScan;

/* What to do about a table that somebody has locked. */
typedef enum PlsWait
{
	PLS_NO_WAIT,
	PLS_WAIT,					/* as long as lock_timeout allows */
	PLS_WAIT_WITHOUT_LIMIT
} PlsWait;

extern bool pls_table_open(PlsTable *table, const char *name,
						   const char *index, LOCKMODE mode, PlsWait wait);
extern void pls_table_close(PlsTable *table);
extern PlsTableScan *pls_table_scan(PlsTable *table, Snapshot snapshot,
									int nkeys, const char *const *keys,
									const TimestampTz *until);
extern void pls_table_limit(PlsTableScan *scan, int most);
extern bool pls_table_was_cut(const PlsTableScan *scan);
extern bool pls_table_next(PlsTable *table, PlsTableScan *scan);
extern bool pls_table_next_to_update(PlsTable *table, PlsTableScan *scan);
extern void pls_table_end(PlsTableScan *scan);
extern bool pls_table_insert_unless_there(PlsTable *table, Datum *values,
										  bool *nulls);
extern void pls_table_insert(PlsTable *table, Datum *values, bool *nulls);
extern TM_Result pls_table_lock(PlsTable *table, LockTupleMode mode);
extern TM_Result pls_table_update(PlsTable *table, ItemPointer tid,
								  Datum *values, bool *nulls);
extern TM_Result pls_table_delete(PlsTable *table);

#endif							/* PLS_KEYED_TABLE_H */
