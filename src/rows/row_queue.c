/*-------------------------------------------------------------------------
 *
 * row_queue.c
 *	  Rows that wait to be added to the states of their groups.
 *
 * A hash aggregate with many groups meets a state that is not in the cache
 * with nearly every row, and would wait for memory each time.  So the rows of
 * all groups wait in a queue, without a look at the states.  When it is full,
 * or when some state is asked for, they are added to their states one after
 * the other, each of which has been asked for some rows ahead: then the waits
 * overlap.
 *
 * Rows of pls.score() wait likewise (score_state.h), each for a few others
 * only: a row there is three times as large.
 *
 * The queue lies in the arena of its states and goes with them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "rows/event_rows.h"

#define QUEUE_ROWS	256
#define AHEAD		8			/* rows */

typedef struct WaitingRow
{
	PlsEventRows *state;
	TimestampTz at;
	uint32		conditions;
} WaitingRow;

struct PlsRowQueue
{
	const PlsRowsUse *use;		/* of all rows in it */
	int			count;
	WaitingRow	waiting[QUEUE_ROWS];
};

PlsRowQueue *
pls_row_queue_create(MemoryContext context, const PlsRowsUse *use)
{
	PlsRowQueue *queue = MemoryContextAlloc(context, sizeof(PlsRowQueue));

	queue->use = use;
	queue->count = 0;
	return queue;
}

/*
 * Let a row wait for its state, which is not looked at.
 *
 * Errors: those of pls_row_queue_flush().
 */
void
pls_row_queue_wait(PlsRowQueue *queue, PlsEventRows *state, TimestampTz at,
				   uint32 conditions)
{
	WaitingRow *row;

	if (queue->count == QUEUE_ROWS)
		pls_row_queue_flush(queue);
	row = &queue->waiting[queue->count++];
	row->state = state;
	row->at = at;
	row->conditions = conditions;
}

/*
 * Ask for what adding a row to the state touches first.
 */
static inline void
ask_ahead(const PlsEventRows *state)
{
	__builtin_prefetch(&state->use, 1);
	__builtin_prefetch(state->few, 1);
}

/*
 * Add all rows to their states.
 *
 * Errors: 22023 if a state is for another use; 54000.
 */
void
pls_row_queue_flush(PlsRowQueue *queue)
{
	int			count = queue->count;
	int			i;

	queue->count = 0;			/* making room for rows may ask again */
	for (i = 0; i < Min(AHEAD, count); i++)
		ask_ahead(queue->waiting[i].state);
	for (i = 0; i < count; i++)
	{
		const WaitingRow *row = &queue->waiting[i];

		if (i + AHEAD < count)
			ask_ahead(queue->waiting[i + AHEAD].state);
		if (i + AHEAD / 2 < count)
		{
			const PlsEventRows *soon = queue->waiting[i + AHEAD / 2].state;

			if (soon->nfew == PLS_FEW_ROWS && soon->capacity > 0)
				__builtin_prefetch(soon->rows + soon->count, 1);
		}
		pls_check_use(row->state, queue->use);
		pls_event_rows_add(row->state, row->at, row->conditions);
	}
}
