/*-------------------------------------------------------------------------
 *
 * event_rows.h
 *	  Types and prototypes of the aggregates over rows of any table, which
 *	  know no motion: funnels, sequences, sessions, days, retention, decay.
 *
 * Their common state is a set of rows, each an instant and the set of
 * conditions that hold on it (event_rows.c).  funnel.c, sequence.c and
 * sessions.c answer questions about such a set.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_EVENT_ROWS_H
#define PLS_EVENT_ROWS_H

#include "port/pg_bitutils.h"

#include "pls.h"

#define PLS_MAX_CONDITIONS	32	/* of one call */
#define PLS_MAX_PATTERN		1024	/* elements of a sequence's pattern */

typedef struct PlsEventRow
{
	TimestampTz at;				/* of days: the number of the local day */
	uint32		conditions;		/* bit i - 1: condition i holds */
} PlsEventRow;

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
 * have one in common, mostly, and with it the log of rows that wait to be
 * added to them (row_log.c).
 */
typedef struct PlsRowsUse
{
	struct PlsRowLog *log;		/* NULL: rows are added at once */
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
 * Rows must be settled before they are looked at; then they are
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

/*
 * What makes the order of rows of one instant: those without a condition,
 * then by the lowest condition, then by the set of conditions as a number.
 */
static inline uint64
pls_row_tie(const PlsEventRow *row)
{
	if (row->conditions == 0)
		return 0;
	return (uint64) (pg_rightmost_one_pos32(row->conditions) + 1) << 32 |
		row->conditions;
}

static inline bool
pls_row_before(const PlsEventRow *a, const PlsEventRow *b)
{
	if (a->at != b->at)
		return a->at < b->at;
	return pls_row_tie(a) < pls_row_tie(b);
}

/* event_rows.c */
extern void pls_event_rows_init(PlsEventRows *state, MemoryContext context,
								const PlsRowsUse *use);
extern void pls_event_rows_reserve(PlsEventRows *state, int more);
extern void pls_event_rows_move_on(PlsEventRows *state);
extern void pls_event_rows_settle(PlsEventRows *state);
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

/* row_log.c: rows that wait to be added to their states */
typedef struct PlsRowLog PlsRowLog;

extern PlsRowLog *pls_row_log_create(MemoryContext context);
extern void pls_row_log_add(PlsRowLog *log, const PlsRowsUse *use,
							PlsEventRows *state, TimestampTz at,
							uint32 conditions);
extern void pls_row_log_flush(PlsRowLog *log);
extern void pls_check_use(const PlsEventRows *state, const PlsRowsUse *use);

/* row_sort.c */
extern void pls_rows_sort(PlsEventRow *rows, int count);
extern void pls_rows_merge_runs(PlsEventRow *rows, int left, int count);

/* event_rows_io.c */
extern Size pls_event_rows_flat_size(PlsEventRows *state);
extern void pls_event_rows_flatten(PlsEventRows *state, void *result,
								   Size size);
extern PlsEventRows *pls_event_rows_from_datum(Datum datum);
extern void pls_event_rows_merge_datum(PlsEventRows *into, Datum datum);

/* call_arguments.c: arguments that seldom change, worked out once */
typedef struct PlsCallInterval
{
	bool		known;
	Interval	interval;
	int64		microseconds;
} PlsCallInterval;

typedef struct PlsCallText
{
	bool		known;
	int			length;
	int			capacity;
	char	   *text;			/* not terminated */
} PlsCallText;

extern int64 pls_call_interval(PlsCallInterval *known, Datum interval,
							   const char *name);
extern bool pls_call_text_changed(PlsCallText *known, Datum text,
								  MemoryContext context);

typedef struct PlsCallConditions
{
	bool		known;
	bool		is_array;
	int			first;			/* argument */
	int			count;
} PlsCallConditions;

extern uint32 pls_call_conditions(PlsCallConditions *known,
								  FunctionCallInfo fcinfo, int first);

/* funnel.c */
extern int	pls_parse_funnel_modes(const char *text, int length);

/* step_matching.c: distinct rows of one instant for successive steps */
typedef struct PlsStepMatching
{
	const PlsEventRow *rows;
	int			nrows;
	int			first;			/* steps first .. next - 1 have a row each */
	int			next;
	int			row_of[PLS_MAX_CONDITIONS];
	int			offered[PLS_MAX_CONDITIONS];	/* rows per step */
} PlsStepMatching;

extern void pls_step_matching_begin(PlsStepMatching *matching,
									const PlsEventRow *rows, int nrows);
extern int	pls_step_matching_extend(PlsStepMatching *matching, int step);

/* sequence_pattern.c */
typedef enum PlsPatternOp
{
	PLS_PATTERN_STAR,			/* .* */
	PLS_PATTERN_ROW,			/* . */
	PLS_PATTERN_CONDITION,		/* (?N) */
	PLS_PATTERN_LE,				/* (?t<=N), and so on */
	PLS_PATTERN_LT,
	PLS_PATTERN_GE,
	PLS_PATTERN_GT,
	PLS_PATTERN_EQ
} PlsPatternOp;

typedef struct PlsPatternElement
{
	PlsPatternOp op;
	uint32		condition;		/* its bit */
	uint64		span;			/* microseconds of a distance in time */
} PlsPatternElement;

typedef struct PlsPattern
{
	uint32		conditions;		/* those in it */
	int			nelements;
	PlsPatternElement elements[FLEXIBLE_ARRAY_MEMBER];
} PlsPattern;

extern PlsPattern *pls_pattern_parse(const char *text, int length,
									 int nconditions, const char **problem,
									 int *position);
extern PlsPattern *pls_pattern_compile(const char *text, int length,
									   int nconditions);

/* days.c */
struct pg_tz;
extern struct pg_tz *pls_time_zone(const char *name, int length);

extern TimestampTz pls_finite_as_of(TimestampTz as_of);

/* trends.c */
typedef struct PlsGrowth
{
	TimestampTz as_of;
	int64		window;			/* microseconds, as is baseline */
	int64		baseline;
	int64		min_base;
	int64		recent;			/* rows in the window */
	int64		earlier;		/* rows in the baseline */
} PlsGrowth;

extern void pls_growth_check(const PlsGrowth *growth);
extern void pls_growth_add(PlsGrowth *growth, TimestampTz at);
extern Datum pls_growth_datum(FunctionCallInfo fcinfo,
							  const PlsGrowth *growth);
extern Datum pls_recency_datum(FunctionCallInfo fcinfo, TimestampTz as_of,
							   TimestampTz newest);
extern Datum pls_retention_datum(int count, uint32 seen);

#endif							/* PLS_EVENT_ROWS_H */
