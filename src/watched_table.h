/*-------------------------------------------------------------------------
 *
 * watched_table.h
 *	  Rows of watched tables, through the table access method.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_WATCHED_TABLE_H
#define PLS_WATCHED_TABLE_H

#include "access/genam.h"
#include "access/relscan.h"

#include "pls.h"

/* A table that holds rows itself: a source's own, a partition, or a child. */
typedef struct PlsLeaf
{
	int			source_id;
	Oid			relid;
} PlsLeaf;

/* A few values of a column, which an index may find; as text. */
typedef struct PlsColumnValues
{
	const PlsIdColumn *column;
	int			nvalues;
	char	  **values;
	bool		nulls;			/* rows without a value, too */
} PlsColumnValues;

typedef struct PlsLeafScan
{
	Relation	relation;
	MemoryContext context;		/* of what the scan allocates */
	TupleTableSlot *slot;
	/* of all rows */
	TableScanDesc table_scan;
	/* by an index: one value after the other */
	Relation	index;
	IndexScanDesc index_scan;
	int			nkeys;
	int			next_key;
	ScanKeyData *keys;
} PlsLeafScan;

extern int	pls_motion_leaves(const char *motion, PlsLeaf **leaves);
extern int	pls_source_leaves(int source_id, PlsLeaf **leaves);
extern void pls_leaf_scan_begin(PlsLeafScan *scan, Relation relation,
								Snapshot snapshot,
								ParallelTableScanDesc shared,
								const PlsColumnValues *wanted);
extern bool pls_leaf_scan_next(PlsLeafScan *scan);
extern void pls_leaf_scan_end(PlsLeafScan *scan);

#endif							/* PLS_WATCHED_TABLE_H */
