/*-------------------------------------------------------------------------
 *
 * pls_compat.h
 *	  Every difference between PostgreSQL 15 and 18 that pls meets.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_COMPAT_H
#define PLS_COMPAT_H

#if PG_VERSION_NUM < 150000
#error "pls needs PostgreSQL 15 or newer"
#endif

/* Scores are added up in 128 bits, which 32-bit platforms do not have. */
#ifndef HAVE_INT128
#error "pls needs a platform with 128-bit integers: it cannot be built on 32 bits"
#endif

/* 18 writes it before the declaration, and drops the older spelling. */
#if PG_VERSION_NUM < 180000
#define pg_noreturn pg_attribute_noreturn()
#endif

/* 16 tells which indexes an update needs, and inserts entries accordingly. */
#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#define PLS_UPDATE_INDEXES_TYPE TU_UpdateIndexes
#define PLS_UPDATES_INDEXES(u) ((u) != TU_None)
#define PLS_INSERT_UPDATED_INDEX_TUPLES(rel, slot, estate, u) \
	ExecInsertIndexTuples(rel, slot, estate, true, false, NULL, NIL, \
						  (u) == TU_Summarizing)
#define PLS_INSERT_INDEX_TUPLES(rel, slot, estate, no_error, conflict) \
	ExecInsertIndexTuples(rel, slot, estate, false, no_error, conflict, NIL, \
						  false)
#else
#define PLS_UPDATE_INDEXES_TYPE bool
#define PLS_UPDATES_INDEXES(u) (u)
#define PLS_INSERT_UPDATED_INDEX_TUPLES(rel, slot, estate, u) \
	ExecInsertIndexTuples(rel, slot, estate, true, false, NULL, NIL)
#define PLS_INSERT_INDEX_TUPLES(rel, slot, estate, no_error, conflict) \
	ExecInsertIndexTuples(rel, slot, estate, false, no_error, conflict, NIL)
#endif

/* 18 has index_beginscan take a place for instrumentation. */
#if PG_VERSION_NUM >= 180000
#define PLS_INDEX_BEGINSCAN(heap, index, snapshot, nkeys) \
	index_beginscan(heap, index, snapshot, NULL, nkeys, 0)
#else
#define PLS_INDEX_BEGINSCAN(heap, index, snapshot, nkeys) \
	index_beginscan(heap, index, snapshot, nkeys, 0)
#endif

/* Pages of the NOTIFY queue: 17 made a setting of what was half of all. */
#if PG_VERSION_NUM >= 170000
#define PLS_NOTIFY_QUEUE_PAGES max_notify_queue_pages
#else
#define PLS_NOTIFY_QUEUE_PAGES (32 * 0x8000)
#endif

/* 18 may leave room in front of a tuple without a header. */
#if PG_VERSION_NUM >= 180000
#define PLS_FORM_MINIMAL_TUPLE(desc, values, nulls) \
	heap_form_minimal_tuple(desc, values, nulls, 0)
#else
#define PLS_FORM_MINIMAL_TUPLE(desc, values, nulls) \
	heap_form_minimal_tuple(desc, values, nulls)
#endif

/* 16 keeps the memory of settings to itself. */
#if PG_VERSION_NUM >= 160000
#define PLS_GUC_MALLOC(size) guc_malloc(LOG, size)
#define PLS_GUC_STRDUP(text) guc_strdup(LOG, text)
#define PLS_GUC_FREE(pointer) guc_free(pointer)
#else
#define PLS_GUC_MALLOC(size) malloc(size)
#define PLS_GUC_STRDUP(text) strdup(text)
#define PLS_GUC_FREE(pointer) free(pointer)
#endif

#endif							/* PLS_COMPAT_H */
