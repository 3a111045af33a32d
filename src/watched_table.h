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
#include "port/atomics.h"

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

/* What is left to read of a table; shared by processes that read it together. */
typedef struct PlsLeafShare
{
	BlockNumber nblocks;		/* when the reading began */
	pg_atomic_uint32 taken;		/* ranges of blocks that somebody reads */
} PlsLeafShare;

typedef struct PlsLeafScan
{
	Relation	relation;
	Snapshot	snapshot;
	MemoryContext context;		/* of what the scan allocates */
	/* of all rows */
	PlsLeafShare *share;
	PlsLeafShare own_share;
	TableScanDesc table_scan;
	bool		has_range;
	/* by an index: one value after the other */
	Relation	index;
	IndexScanDesc index_scan;
	int			nkeys;
	int			next_key;
	ScanKeyData *keys;
} PlsLeafScan;

extern bool pls_parse_number(const char *text, int64 *number);
extern int	pls_motion_leaves(const char *motion, PlsLeaf **leaves);
extern int	pls_source_leaves(int source_id, PlsLeaf **leaves);
extern void pls_leaf_share_begin(PlsLeafShare *share, Relation relation,
								 Snapshot snapshot);
extern void pls_leaf_scan_begin(PlsLeafScan *scan, Relation relation,
								Snapshot snapshot, PlsLeafShare *share,
								const PlsColumnValues *wanted);
extern bool pls_leaf_scan_next(PlsLeafScan *scan, TupleTableSlot *slot);
extern void pls_leaf_scan_end(PlsLeafScan *scan);

#endif							/* PLS_WATCHED_TABLE_H */
