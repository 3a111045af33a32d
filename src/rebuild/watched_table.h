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
#include "access/htup_details.h"
#include "access/relscan.h"
#include "executor/tuptable.h"
#include "port/atomics.h"
#include "storage/bufmgr.h"

#include "trigger/source.h"

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
	BlockNumber range_begin;
	BlockNumber announced;		/* blocks from here on were asked for early */
	/* by an index: one value after the other */
	Relation	index;
	IndexScanDesc index_scan;
	int			nkeys;
	int			next_key;
	ScanKeyData *keys;
	bool		last_first;		/* of each value the last entries; the caller
								 * may set it */
} PlsLeafScan;

/* The rows of a heap's page that the snapshot sees. */
typedef struct PlsHeapRows
{
	Oid			relid;
	Buffer		buffer;			/* pinned until the next page is read */
	BlockNumber block;
	int			count;
	OffsetNumber *offsets;
} PlsHeapRows;

/* Queries for pls_find_sources(). */
#define PLS_ONE_SOURCE \
	"SELECT source_id, source::oid FROM pls.sources WHERE source_id = $1"
#define PLS_SOURCES_OF_MOTION \
	"SELECT source_id, source::oid FROM pls.sources" \
	" WHERE motions IS NULL OR $1 = ANY (motions) ORDER BY source_id"

extern int	pls_find_sources(const char *query, Oid type, Datum parameter,
							 PlsLeaf **sources);
extern bool pls_holds_rows(Oid relid);
extern const char *pls_leaf_problem(int source_id, Oid relid,
									bool *holds_rows);
extern char *pls_table_name(Oid relid);
extern int	pls_motion_leaves(const char *motion, PlsLeaf **leaves);
extern int	pls_source_leaves(int source_id, PlsLeaf **leaves);
extern Snapshot pls_leaves_snapshot(void);
extern void pls_leaf_share_begin(PlsLeafShare *share, Relation relation,
								 Snapshot snapshot);
extern void pls_leaf_scan_begin(PlsLeafScan *scan, Relation relation,
								Snapshot snapshot, PlsLeafShare *share,
								const PlsColumnValues *wanted);
extern bool pls_leaf_scan_next(PlsLeafScan *scan, TupleTableSlot *slot);
extern bool pls_leaf_scan_is_by_page(const PlsLeafScan *scan);
extern bool pls_leaf_scan_next_page(PlsLeafScan *scan, TupleTableSlot *slot,
									PlsHeapRows *rows);
extern void pls_leaf_scan_end(PlsLeafScan *scan);

/*
 * One of the rows of a page.
 */
static inline void
pls_heap_row(const PlsHeapRows *rows, int number, HeapTuple row)
{
	Page		page = BufferGetPage(rows->buffer);
	ItemId		item = PageGetItemId(page, rows->offsets[number]);

	row->t_data = (HeapTupleHeader) PageGetItem(page, item);
	row->t_len = ItemIdGetLength(item);
	row->t_tableOid = rows->relid;
	ItemPointerSet(&row->t_self, rows->block, rows->offsets[number]);
}

#endif							/* PLS_WATCHED_TABLE_H */
