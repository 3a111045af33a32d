/*-------------------------------------------------------------------------
 *
 * event_rows.h
 *	  Types and prototypes of the aggregates over rows of any table, which
 *	  know no motion: funnels, sequences, sessions, days, retention, decay.
 *
 * Their common state is a set of rows, each an instant and the set of
 * conditions that hold on it (event_rows.c).  funnel.c, sequence_match.c and
 * sessions.c answer questions about such a set.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_EVENT_ROWS_H
#define PLS_EVENT_ROWS_H

#include "utils/expandeddatum.h"
#include "utils/timestamp.h"

#include "rows/row_sort.h"

#define PLS_MAX_CONDITIONS	32	/* of one call */
#define PLS_MAX_PATTERN		1024	/* elements of a sequence's pattern */

/* Modes of a funnel. */
#define PLS_FUNNEL_ONCE				0x01
#define PLS_FUNNEL_INCREASE			0x02
#define PLS_FUNNEL_ORDER			0x04
#define PLS_FUNNEL_DEDUPLICATION	0x08
#define PLS_FUNNEL_REENTRY			0x10
#define PLS_FUNNEL_MODES			0x1F

typedef enum PlsRowsKind
{
	PLS_ROWS_ANY = 'r',			/* for any question: every row is kept */
	PLS_ROWS_FUNNEL = 'f',
	PLS_ROWS_SEQUENCE = 's',
	PLS_ROWS_SESSIONS = 'g',
	PLS_ROWS_DAYS = 'd'
} PlsRowsKind;

/*
 * What rows are collected for: the arguments of a call that must be the same
 * for all rows of a group, and that the answer needs.  The states in an arena
 * have one in common, mostly, and with it the queue of rows that wait to
 * be added to them (row_queue.c).
 */
typedef struct PlsRowsUse
{
	struct PlsRowQueue *queue;	/* NULL: rows are added at once */
	PlsRowsKind kind;
	int			nconditions;
	int			modes;			/* of a funnel */
	int64		span;			/* microseconds: a funnel's or days' window, a
								 * session's gap */
	TimestampTz as_of;			/* of days */
	int			text_length;	/* a sequence's pattern, a days' time zone */
	char		text[FLEXIBLE_ARRAY_MEMBER];
} PlsRowsUse;

#define PLS_EVENT_ROWS_MAGIC	0x5052
#define PLS_FEW_ROWS			3

/*
 * Rows as an expanded object.
 *
 * A query with many groups spends its time waiting for memory, so this is
 * made to touch little of it: the struct is two cache lines, and a row is
 * put into the second of them, from where the rows move on three at a time.
 * Rows must be flushed before they are looked at; then they are
 * rows[0 .. count - 1], the first nsorted of them in order and the others in
 * the order of arrival.
 */
typedef struct PlsEventRows
{
	ExpandedObjectHeader hdr;
	const PlsRowsUse *use;
	uint16		magic;
	uint16		nfew;			/* rows in `few` that have not moved on */
	int			capacity;		/* of rows; 0: there is only `few` */
	PlsEventRow few[PLS_FEW_ROWS];
	PlsEventRow *rows;
	int			count;
	int			nsorted;
} PlsEventRows;

/* event_rows.c */
extern void pls_check_use(const PlsEventRows *state, const PlsRowsUse *use);
extern void pls_event_rows_init(PlsEventRows *state, MemoryContext context,
								const PlsRowsUse *use);
extern void pls_event_rows_reserve(PlsEventRows *state, int more);
extern void pls_event_rows_move_on(PlsEventRows *state);
extern void pls_event_rows_flush(PlsEventRows *state);
extern void pls_event_rows_sort(PlsEventRows *state);
extern void pls_event_rows_merge(PlsEventRows *into, PlsEventRows *from);
extern bool pls_rows_use_equal(const PlsRowsUse *a, const PlsRowsUse *b);
extern PlsRowsUse *pls_rows_use_copy(MemoryContext context,
									 const PlsRowsUse *use);

/*
 * Add a row.
 *
 * Errors: 54000 if the rows take more than pls.max_aggregate_state.
 */
static inline void
pls_event_rows_add(PlsEventRows *state, TimestampTz at, uint32 conditions)
{
	PlsEventRow *row;

	if (state->nfew == PLS_FEW_ROWS)
		pls_event_rows_move_on(state);
	row = &state->few[state->nfew++];
	row->at = at;
	row->conditions = conditions;
}

/* row_queue.c: rows that wait to be added to their states */
typedef struct PlsRowQueue PlsRowQueue;

extern PlsRowQueue *pls_row_queue_create(MemoryContext context,
										 const PlsRowsUse *use);
extern void pls_row_queue_wait(PlsRowQueue *queue, PlsEventRows *state,
							   TimestampTz at, uint32 conditions);
extern void pls_row_queue_flush(PlsRowQueue *queue);

/* event_rows_io.c */
extern Size pls_event_rows_flat_size(PlsEventRows *state);
extern void pls_event_rows_flatten(PlsEventRows *state, void *result,
								   Size size);
extern PlsEventRows *pls_event_rows_from_datum(Datum datum);
extern void pls_event_rows_merge_datum(PlsEventRows *into, Datum datum);

#endif							/* PLS_EVENT_ROWS_H */
