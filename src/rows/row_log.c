/*-------------------------------------------------------------------------
 *
 * row_log.c
 *	  Rows that wait to be added to the states of their groups.
 *
 * A hash aggregate with many groups meets a state that is not in the cache
 * with nearly every row, and would wait for memory each time.  So the rows of
 * all groups are first written to a short log, without a look at the states.
 * When the log is full, or when some state is asked for, they are added to
 * their states one after the other, each of which has been asked for some
 * rows ahead: then the waits overlap.
 *
 * The log lies in the arena of its states and goes with them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "rows/event_rows.h"

#define LOG_ROWS	256
#define AHEAD		8			/* rows */

typedef struct LoggedRow
{
	PlsEventRows *state;
	TimestampTz at;
	uint32		conditions;
} LoggedRow;

struct PlsRowLog
{
	int			count;
	const PlsRowsUse *use;		/* of all rows in it */
	LoggedRow	rows[LOG_ROWS];
};

PlsRowLog *
pls_row_log_create(MemoryContext context)
{
	PlsRowLog  *log = MemoryContextAlloc(context, sizeof(PlsRowLog));

	log->count = 0;
	log->use = NULL;
	return log;
}

/*
 * Add a row that is for this use, which must live until the log is flushed.
 * The state is not looked at.
 */
void
pls_row_log_add(PlsRowLog *log, const PlsRowsUse *use, PlsEventRows *state,
				TimestampTz at, uint32 conditions)
{
	LoggedRow  *row;

	if (log->count == LOG_ROWS)
		pls_row_log_flush(log);
	log->use = use;
	row = &log->rows[log->count++];
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
pls_row_log_flush(PlsRowLog *log)
{
	int			count = log->count;
	int			i;

	log->count = 0;				/* making room for rows may ask again */
	for (i = 0; i < Min(AHEAD, count); i++)
		ask_ahead(log->rows[i].state);
	for (i = 0; i < count; i++)
	{
		const LoggedRow *row = &log->rows[i];

		if (i + AHEAD < count)
			ask_ahead(log->rows[i + AHEAD].state);
		if (i + AHEAD / 2 < count)
		{
			const PlsEventRows *soon = log->rows[i + AHEAD / 2].state;

			if (soon->nfew == PLS_FEW_ROWS && soon->capacity > 0)
				__builtin_prefetch(soon->rows + soon->count, 1);
		}
		pls_check_use(row->state, log->use);
		pls_event_rows_add(row->state, row->at, row->conditions);
	}
}
