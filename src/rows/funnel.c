/*-------------------------------------------------------------------------
 *
 * funnel.c
 *	  window_funnel and funnel_times: how far rows go through steps in order
 *	  within a window.
 *
 * For each step the scan keeps the latest instant at which a chain that has
 * reached it began.  Chains that began later stay in the window longer, so
 * no other chain matters, and a row extends at most one chain per step it
 * serves: O(n k) for n sorted rows and k steps.
 *
 * The rows of one instant are looked at together, their steps in ascending
 * order, so that ties do not depend on the order of arrival:
 *
 *	  by default a step takes the chains that have reached the step before,
 *	  also by rows of this instant;
 *	  in strict_increase, only those that had before this instant;
 *	  in strict_once, a row alone in its instant likewise; of several rows
 *	  (funnel_matching.c), the chains that had reached step f - 1 before, for
 *	  the lowest f from which on distinct rows can serve all steps.  The
 *	  chains at lower steps began later, so the lowest f is the best.
 *
 * strict_order and strict_deduplication end the scan.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "pls_compat.h"
#include "rows/agg_args.h"
#include "rows/event_rows.h"
#include "rows/funnel.h"
#include "rows/funnel_matching.h"
#include "rows/row_sort.h"

#define STEP(i) ((uint32) 1 << (i))

typedef struct Funnel
{
	const PlsEventRow *rows;
	int			count;
	int			nsteps;
	uint64		window;
	int			modes;
	uint32		reached;		/* steps, counted from 0 */
	TimestampTz start[PLS_MAX_CONDITIONS];	/* of the latest chain there */
	/* the answer */
	int			level;
	TimestampTz level_start;	/* of the chain that reached it first */
	/* where the scan has ended: rows before, and steps of that instant */
	int			scanned;
	uint32		scanned_steps;
} Funnel;

/* Rows of one instant. */
typedef struct Instant
{
	TimestampTz at;
	const PlsEventRow *rows;
	int			nrows;
	uint32		steps;			/* served by some row */
	uint32		repeated;		/* served by several */
	bool		unmatched;		/* some row serves none */
} Instant;

typedef struct ModeName
{
	const char *name;
	int			mode;
} ModeName;

static const ModeName mode_names[] = {
	{"strict_once", PLS_FUNNEL_ONCE},
	{"strict_increase", PLS_FUNNEL_INCREASE},
	{"strict_order", PLS_FUNNEL_ORDER},
	{"strict_deduplication", PLS_FUNNEL_DEDUPLICATION},
	{"allow_reentry", PLS_FUNNEL_REENTRY}
};

static int
parse_mode(const char *name, int length)
{
	int			i;

	for (i = 0; i < lengthof(mode_names); i++)
	{
		if (strlen(mode_names[i].name) == length &&
			memcmp(mode_names[i].name, name, length) == 0)
			return mode_names[i].mode;
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unknown funnel mode \"%s\"",
					pnstrdup(name, length)),
			 errhint("The modes are strict_once, strict_increase, strict_order, strict_deduplication and, with strict_order, allow_reentry; several are separated by commas.")));
	return 0;
}

/*
 * Modes of a funnel, separated by commas; nothing or blanks: none.
 *
 * Errors: 22023.
 */
int
pls_parse_funnel_modes(const char *text, int length)
{
	const char *end = text + length;
	int			modes = 0;

	while (text < end && *text == ' ')
		text++;
	if (text == end)
		return 0;
	for (;;)
	{
		const char *comma = memchr(text, ',', end - text);
		const char *last = comma ? comma : end;

		while (text < last && *text == ' ')
			text++;
		while (text < last && last[-1] == ' ')
			last--;
		modes |= parse_mode(text, last - text);
		if (comma == NULL)
			break;
		text = comma + 1;
	}
	if ((modes & PLS_FUNNEL_REENTRY) && !(modes & PLS_FUNNEL_ORDER))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("mode allow_reentry needs mode strict_order"),
				 errhint("It lets strict_order skip steps that come too early.")));
	return modes;
}

/*
 * The instant that begins with row i.
 */
static inline void
gather_instant(const Funnel *funnel, int i, Instant *instant)
{
	const PlsEventRow *row = &funnel->rows[i];
	const PlsEventRow *end = funnel->rows + funnel->count;
	TimestampTz at = row->at;

	instant->at = at;
	instant->rows = row;
	instant->steps = row->conditions;
	instant->repeated = 0;
	instant->unmatched = row->conditions == 0;
	for (row++; row < end && row->at == at; row++)
	{
		instant->repeated |= instant->steps & row->conditions;
		instant->steps |= row->conditions;
	}
	instant->nrows = row - instant->rows;
}

static void
reach(Funnel *funnel, int step, TimestampTz start)
{
	funnel->start[step] = start;
	funnel->reached |= STEP(step);
	if (step >= funnel->level)
	{
		funnel->level = step + 1;
		funnel->level_start = start;
	}
}

/*
 * Whether chains that begin at the instant or before reach the step with
 * distinct rows of it, and if so the latest start among them.  before: as
 * things were before this instant.
 */
static bool
extend_distinct(const Funnel *before, PlsFunnelMatching *matching, int step,
				TimestampTz at, TimestampTz *start)
{
	int			first = pls_funnel_matching_extend(matching, step);

	if (first == 0)
	{
		*start = at;
		return true;
	}
	*start = before->start[first - 1];
	return (before->reached & STEP(first - 1)) != 0;
}

/*
 * Note where the scan ends: after these steps of the instant.
 */
static bool
end_scan(Funnel *funnel, const Instant *instant, uint32 steps)
{
	funnel->scanned = instant->rows - funnel->rows;
	funnel->scanned_steps = steps;
	return true;
}

/*
 * Take the rows of an instant.  True if the scan ends with it.
 */
static bool
scan_instant(Funnel *funnel, const Instant *instant)
{
	int			modes = funnel->modes;
	bool		distinct = (modes & PLS_FUNNEL_ONCE) &&
	!(modes & PLS_FUNNEL_INCREASE) && instant->nrows > 1;
	bool		from_before = (modes & (PLS_FUNNEL_ONCE | PLS_FUNNEL_INCREASE)) != 0;
	uint32		steps = instant->steps;
	int			changed = -1;	/* the step reached last, and as it was */
	bool		changed_was_reached = false;
	TimestampTz changed_start = 0;
	Funnel		before;
	PlsFunnelMatching matching;

	before.reached = 0;			/* gcc does not see that it is set */
	if (distinct)
	{
		before = *funnel;
		pls_funnel_matching_begin(&matching, instant->rows, instant->nrows);
	}
	for (; steps != 0; steps &= steps - 1)
	{
		int			step = pg_rightmost_one_pos32(steps);
		bool		was_reached = (funnel->reached & STEP(step)) != 0;
		TimestampTz old_start = funnel->start[step];
		TimestampTz start = instant->at;
		bool		extends = true;

		if (step > 0)
		{
			bool		premature = (funnel->reached & STEP(step - 1)) == 0;

			if ((modes & PLS_FUNNEL_DEDUPLICATION) && was_reached)
				return end_scan(funnel, instant, STEP(step) - 1);
			if ((modes & PLS_FUNNEL_ORDER) && premature &&
				(funnel->reached & 1) && !(modes & PLS_FUNNEL_REENTRY))
				return end_scan(funnel, instant, STEP(step) - 1);
			if (premature)
				continue;
			start = funnel->start[step - 1];
			if (from_before && !distinct && changed == step - 1)
			{
				extends = changed_was_reached;
				start = changed_start;
			}
		}
		if (distinct)
			extends = extend_distinct(&before, &matching, step, instant->at,
									  &start);
		if (!extends || (uint64) instant->at - (uint64) start > funnel->window)
			continue;
		reach(funnel, step, start);
		changed = step;
		changed_was_reached = was_reached;
		changed_start = old_start;
		if (funnel->level == funnel->nsteps)
			return true;
		if (step > 0 && (modes & PLS_FUNNEL_DEDUPLICATION) &&
			(instant->repeated & STEP(step)))
			return end_scan(funnel, instant, STEP(step) | (STEP(step) - 1));
	}
	return false;
}

/*
 * Take a row that is alone in its instant, without modes: what scan_instant()
 * would do, and most of what there is to do.
 */
static inline void
scan_row(Funnel *funnel, const PlsEventRow *row)
{
	uint32		steps = row->conditions;

	for (; steps != 0; steps &= steps - 1)
	{
		int			step = pg_rightmost_one_pos32(steps);
		TimestampTz start = row->at;

		if (step > 0)
		{
			if ((funnel->reached & STEP(step - 1)) == 0)
				continue;
			start = funnel->start[step - 1];
			if ((uint64) row->at - (uint64) start > funnel->window)
				continue;
		}
		reach(funnel, step, start);
	}
}

static inline bool
is_alone(const Funnel *funnel, int i)
{
	return i + 1 == funnel->count ||
		funnel->rows[i + 1].at != funnel->rows[i].at;
}

/*
 * How far the sorted rows go.
 */
static void
scan(Funnel *funnel)
{
	int			i = 0;

	funnel->reached = 0;
	memset(funnel->start, 0, funnel->nsteps * sizeof(TimestampTz));
	funnel->level = 0;
	funnel->level_start = 0;
	funnel->scanned = funnel->count;
	funnel->scanned_steps = 0;
	while (i < funnel->count)
	{
		Instant		instant;

		if ((i & 0xFFF) == 0)
			CHECK_FOR_INTERRUPTS();
		if (funnel->modes == 0 && is_alone(funnel, i))
		{
			scan_row(funnel, &funnel->rows[i++]);
			if (funnel->level == funnel->nsteps)
				return;
			continue;
		}
		gather_instant(funnel, i, &instant);
		if (instant.unmatched && (funnel->modes & PLS_FUNNEL_ORDER) &&
			(funnel->reached & 1))
		{
			end_scan(funnel, &instant, 0);
			return;
		}
		if (scan_instant(funnel, &instant))
			return;
		i += instant.nrows;
	}
}

/*
 * Take as many more steps as the rows of an instant allow a single chain.
 */
static int
advance(const Funnel *funnel, const Instant *instant, uint32 steps, int level)
{
	int			base = level;
	PlsFunnelMatching matching;

	if (funnel->modes & PLS_FUNNEL_INCREASE ||
		(funnel->modes & PLS_FUNNEL_ONCE && instant->nrows == 1))
		return (steps & STEP(level)) ? level + 1 : level;
	if (funnel->modes & PLS_FUNNEL_ONCE)
		pls_funnel_matching_begin(&matching, instant->rows, instant->nrows);
	while (level < funnel->level && (steps & STEP(level)))
	{
		if ((funnel->modes & PLS_FUNNEL_ONCE) &&
			pls_funnel_matching_extend(&matching, level) > base)
			break;
		level++;
	}
	return level;
}

/*
 * When the chain that got furthest first, and among such the one that began
 * last, was at each step: as early as it could be.
 */
static void
trace_chain(const Funnel *funnel, TimestampTz *times)
{
	int			level = 0;
	int			i = 0;

	while (level < funnel->level)
	{
		Instant		instant;
		uint32		steps;
		int			next;

		Assert(i < funnel->count);
		gather_instant(funnel, i, &instant);
		steps = instant.steps;
		if (i == funnel->scanned)
			steps &= funnel->scanned_steps;
		i += instant.nrows;
		if (instant.at < funnel->level_start)
			continue;
		next = advance(funnel, &instant, steps, level);
		while (level < next)
			times[level++] = instant.at;
	}
}

static void
funnel_init(Funnel *funnel, PlsEventRows *state, int64 window, int modes)
{
	pls_event_rows_sort(state);
	funnel->rows = state->rows;
	funnel->count = state->count;
	funnel->nsteps = state->use->nconditions;
	funnel->window = window;
	funnel->modes = modes;
}

static int
funnel_level(PlsEventRows *state, int64 window, int modes)
{
	Funnel		funnel;

	funnel_init(&funnel, state, window, modes);
	scan(&funnel);
	return funnel.level;
}

static Datum
funnel_times(PlsEventRows *state, int64 window, int modes)
{
	Funnel		funnel;
	TimestampTz times[PLS_MAX_CONDITIONS];
	Datum		values[PLS_MAX_CONDITIONS];
	int			i;

	funnel_init(&funnel, state, window, modes);
	scan(&funnel);
	trace_chain(&funnel, times);
	for (i = 0; i < funnel.level; i++)
		values[i] = TimestampTzGetDatum(times[i]);
	return PointerGetDatum(construct_array(values, funnel.level,
										   TIMESTAMPTZOID, sizeof(TimestampTz),
										   FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}

static PlsEventRows *
final_state(FunctionCallInfo fcinfo)
{
	PlsEventRows *state = pls_event_rows_from_datum(PG_GETARG_DATUM(0));

	if (state->use->kind != PLS_ROWS_FUNNEL)
		elog(ERROR, "the state is not a funnel's");
	return state;
}

PG_FUNCTION_INFO_V1(pls_window_funnel_final);

/*
 * Final function of pls.window_funnel(): 0 without rows.
 */
Datum
pls_window_funnel_final(PG_FUNCTION_ARGS)
{
	PlsEventRows *state;

	if (PG_ARGISNULL(0))
		PG_RETURN_INT32(0);
	state = final_state(fcinfo);
	PG_RETURN_INT32(funnel_level(state, state->use->span, state->use->modes));
}

PG_FUNCTION_INFO_V1(pls_funnel_times_final);

/*
 * Final function of pls.funnel_times(): empty without rows.
 */
Datum
pls_funnel_times_final(PG_FUNCTION_ARGS)
{
	PlsEventRows *state;

	if (PG_ARGISNULL(0))
		return PointerGetDatum(construct_empty_array(TIMESTAMPTZOID));
	state = final_state(fcinfo);
	return funnel_times(state, state->use->span, state->use->modes);
}

/*
 * The arguments of the functions over pls.event_rows.  NULL if the rows or
 * the window are; a mode that is NULL is none.
 */
static PlsEventRows *
read_arguments(FunctionCallInfo fcinfo, int64 *window, int *modes)
{
	PlsAggInterval interval = {false};

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		return NULL;
	*window = pls_agg_interval(&interval, PG_GETARG_DATUM(1), "window");
	*modes = 0;
	if (!PG_ARGISNULL(2))
	{
		text	   *mode = PG_GETARG_TEXT_PP(2);

		*modes = pls_parse_funnel_modes(VARDATA_ANY(mode),
										VARSIZE_ANY_EXHDR(mode));
	}
	return pls_event_rows_from_datum(PG_GETARG_DATUM(0));
}

PG_FUNCTION_INFO_V1(pls_event_rows_window_funnel);

/*
 * pls.window_funnel(rows, window, mode) -> integer.  Errors: 22023, 22008.
 */
Datum
pls_event_rows_window_funnel(PG_FUNCTION_ARGS)
{
	int64		window;
	int			modes;
	PlsEventRows *state = read_arguments(fcinfo, &window, &modes);

	if (state == NULL)
		PG_RETURN_NULL();
	PG_RETURN_INT32(funnel_level(state, window, modes));
}

PG_FUNCTION_INFO_V1(pls_event_rows_funnel_times);

/*
 * pls.funnel_times(rows, window, mode) -> timestamptz[].  Errors: 22023,
 * 22008.
 */
Datum
pls_event_rows_funnel_times(PG_FUNCTION_ARGS)
{
	int64		window;
	int			modes;
	PlsEventRows *state = read_arguments(fcinfo, &window, &modes);

	if (state == NULL)
		PG_RETURN_NULL();
	return funnel_times(state, window, modes);
}
