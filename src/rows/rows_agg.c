/*-------------------------------------------------------------------------
 *
 * rows_agg.c
 *	  Transition and combine functions of the aggregates whose state is a set
 *	  of rows: event_rows, window_funnel, funnel_times, sequence_match,
 *	  sequence_count, session_count and distinct_days.
 *
 * The state's SQL type is pls.event_rows itself, as an expanded object while
 * it grows, so the combine function is the merge and a partial state can
 * travel and be stored like any value.
 *
 * What an aggregate's answer needs besides the rows - window, mode, pattern
 * and so on - is part of the state (PlsRowsUse) and must be the same for all
 * rows of a group.  It is worked out once per call in a query and shared by
 * the groups, whose states lie in an arena (arena.c).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "nodes/execnodes.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "arena.h"
#include "evidence/call_cache.h"
#include "pls_compat.h"
#include "rows/agg_args.h"
#include "rows/event_rows.h"
#include "rows/funnel.h"
#include "rows/sequence_pattern.h"
#include "time/instant.h"
#include "time/local_day.h"
#include "time/time_zone.h"

#define DEFAULT_ZONE	"UTC"
#define MOST_ARENAS		8		/* of different uses */

/* What one call of an aggregate in a query keeps between rows. */
typedef struct RowsSite
{
	MemoryContext context;		/* fn_mcxt */
	PlsArena   *arena;			/* for use; NULL: not looked for ... */
	uint64		arenas_gone;	/* ... or if this is not pls_arenas_gone */
	bool		waits;			/* rows of use may wait in its queue */
	PlsAggConditions conditions;
	PlsAggInterval span;
	PlsAggText	text;			/* mode, pattern or zone */
	PlsLocalDays days;
	PlsRowsUse *use;			/* of the row at hand; NULL before the first */
	bool		queues;			/* states are of a hash aggregate */
} RowsSite;

/*
 * Whether the states of this call are those of a hash aggregate, made by
 * these functions: not what some aggregate of a user's begins with, nor what
 * somebody else has kept of them.
 */
static bool
states_may_wait(FunctionCallInfo fcinfo)
{
	AggStrategy strategy;
	bool		begins_null;

	if (pls_call_aggref(fcinfo, &begins_null) == NULL)
		return false;
	strategy = ((AggState *) fcinfo->context)->aggstrategy;
	return begins_null && (strategy == AGG_HASHED || strategy == AGG_MIXED);
}

static RowsSite *
rows_site(FunctionCallInfo fcinfo)
{
	RowsSite   *site = fcinfo->flinfo->fn_extra;

	if (site == NULL)
	{
		MemoryContext context = fcinfo->flinfo->fn_mcxt;

		if (!AggCheckCallContext(fcinfo, NULL))
			elog(ERROR, "pls aggregate support function called in non-aggregate context");
		site = MemoryContextAllocZero(context, sizeof(RowsSite));
		site->context = context;
		site->queues = states_may_wait(fcinfo);
		fcinfo->flinfo->fn_extra = site;
	}
	return site;
}

/*
 * The arena of an aggregate context for states of a use, or if there are many
 * uses, for any.
 */
static PlsArena *
find_arena(RowsSite *site, MemoryContext aggregate_context,
		   const PlsRowsUse *use)
{
	PlsArena   *arena;
	PlsArena   *other = NULL;
	int			narenas = 0;

	for (arena = pls_arena_first(aggregate_context); arena != NULL;
		 arena = arena->next)
	{
		if (arena->kind != PLS_ARENA_ROWS)
			continue;
		if (pls_rows_use_equal(arena->use, use))
			return arena;
		other = arena;
		narenas++;
	}
	if (narenas >= MOST_ARENAS)
		return other;
	arena = pls_arena_create(aggregate_context, PLS_ARENA_ROWS);
	arena->use = pls_rows_use_copy(arena->context, use);
	if (site->queues)
		arena->use->queue = pls_row_queue_create(arena->context, arena->use);
	return arena;
}

/*
 * The arena of the group of the row at hand.
 */
static PlsArena *
group_arena(FunctionCallInfo fcinfo, RowsSite *site)
{
	MemoryContext aggregate_context;

	if (!AggCheckCallContext(fcinfo, &aggregate_context))
		elog(ERROR, "pls aggregate support function called in non-aggregate context");
	if (site->arena == NULL || site->arenas_gone != pls_arenas_gone ||
		site->arena->aggregate_context != aggregate_context)
	{
		const PlsRowsUse *common;

		site->arena = find_arena(site, aggregate_context, site->use);
		site->arenas_gone = pls_arenas_gone;
		common = site->arena->use;
		site->waits = site->queues && common->queue != NULL &&
			pls_rows_use_equal(site->use, common);
	}
	return site->arena;
}

/*
 * Set what the row at hand is for.  text: of a sequence or days, or NULL.
 */
static void
set_use(RowsSite *site, PlsRowsKind kind, int nconditions, int modes,
		int64 span, TimestampTz as_of, const PlsAggText *text)
{
	PlsRowsUse *use = site->use;
	int			text_length = text ? text->length : 0;

	if (use != NULL && use->nconditions == nconditions &&
		use->modes == modes && use->span == span && use->as_of == as_of &&
		use->text_length == text_length &&
		(text_length == 0 || memcmp(use->text, text->text, text_length) == 0))
		return;
	if (use != NULL)
		pfree(use);
	site->use = NULL;
	site->arena = NULL;
	use = MemoryContextAllocZero(site->context, offsetof(PlsRowsUse, text) +
								 text_length);
	use->kind = kind;
	use->nconditions = nconditions;
	use->modes = modes;
	use->span = span;
	use->as_of = as_of;
	use->text_length = text_length;
	if (text_length > 0)
		memcpy(use->text, text->text, text_length);
	site->use = use;
}

/*
 * An empty state in an arena, with its use if that is the same.
 */
static PlsEventRows *
make_state(PlsArena *arena, const PlsRowsUse *use)
{
	PlsRowsUse *lasting = arena->use;
	PlsEventRows *state;

	if (!pls_rows_use_equal(use, lasting))
		lasting = pls_rows_use_copy(arena->context, use);
	state = pls_arena_lines(arena, sizeof(PlsEventRows));
	pls_event_rows_init(state, arena->context, lasting);
	return state;
}

/*
 * The same in a context of the caller's: for one that keeps states in its own
 * way, and will make a copy.
 */
static PlsEventRows *
make_lone_state(const PlsRowsUse *use)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "pls event rows",
												  ALLOCSET_SMALL_SIZES);
	PlsEventRows *state = MemoryContextAlloc(context, sizeof(PlsEventRows));

	pls_event_rows_init(state, context, pls_rows_use_copy(context, use));
	return state;
}

/*
 * The running state as one that may be changed; NULL before the first row.
 * One that is passed flat or read-only is copied.
 */
static PlsEventRows *
running_state(FunctionCallInfo fcinfo)
{
	Datum		datum;
	PlsEventRows *from;
	PlsEventRows *state;

	if (PG_ARGISNULL(0))
		return NULL;
	datum = PG_GETARG_DATUM(0);
	from = pls_event_rows_from_datum(datum);
	if (VARATT_IS_EXTERNAL_EXPANDED_RW(DatumGetPointer(datum)))
		return from;
	state = make_lone_state(from->use);
	pls_event_rows_merge(state, from);
	return state;
}

static Datum
state_datum(PlsEventRows *state)
{
	return EOHPGetRWDatum(&state->hdr);
}

/*
 * The state of the row's group, made if this is its first row.
 *
 * Errors: 22023 if the arguments change within a group.
 */
static PlsEventRows *
group_state(FunctionCallInfo fcinfo, RowsSite *site)
{
	PlsEventRows *state = running_state(fcinfo);

	if (state == NULL)
		return make_state(group_arena(fcinfo, site), site->use);
	pls_check_use(state, site->use);
	return state;
}

static void
check_argument(FunctionCallInfo fcinfo, int argument, const char *name)
{
	if (PG_ARGISNULL(argument))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s must not be null", name)));
}

/*
 * The state of a group that its rows may wait for, without a look at it.
 */
static PlsEventRows *
waiting_state(Datum datum)
{
	return (PlsEventRows *) (DatumGetPointer(datum) -
							 offsetof(ExpandedObjectHeader, eoh_rw_ptr));
}

/*
 * Add the row at hand to its group.  A row without an instant is ignored.
 */
static Datum
add_row(FunctionCallInfo fcinfo, RowsSite *site, int at_argument,
		uint32 conditions)
{
	const PlsRowsUse *use = site->use;
	TimestampTz at = DT_NOBEGIN;
	PlsEventRows *state;

	if (!PG_ARGISNULL(at_argument) &&
		(conditions != 0 || use->kind == PLS_ROWS_ANY ||
		 use->kind == PLS_ROWS_SESSIONS ||
		 (use->modes & PLS_FUNNEL_ORDER) != 0))
		at = PG_GETARG_TIMESTAMPTZ(at_argument);

	if (site->queues && !PG_ARGISNULL(0))
	{
		const PlsRowsUse *common = group_arena(fcinfo, site)->use;

		if (site->waits)
		{
			Datum		datum = PG_GETARG_DATUM(0);

			if (!TIMESTAMP_NOT_FINITE(at))
				pls_row_queue_wait(common->queue, waiting_state(datum), at,
								   conditions);
			return datum;
		}
	}
	state = group_state(fcinfo, site);
	if (!TIMESTAMP_NOT_FINITE(at))
		pls_event_rows_add(state, at, conditions);
	return state_datum(state);
}

PG_FUNCTION_INFO_V1(pls_event_rows_accum);

/*
 * Transition function of pls.event_rows(at [, conditions ...]).
 *
 * Errors: those of pls_agg_conditions(); 54000 as for all of these.
 */
Datum
pls_event_rows_accum(PG_FUNCTION_ARGS)
{
	RowsSite   *site = rows_site(fcinfo);
	uint32		conditions = 0;

	if (PG_NARGS() > 2)
		conditions = pls_agg_conditions(&site->conditions, fcinfo, 2);
	set_use(site, PLS_ROWS_ANY, site->conditions.count, 0, 0, 0, NULL);
	return add_row(fcinfo, site, 1, conditions);
}

PG_FUNCTION_INFO_V1(pls_funnel_accum);

/*
 * Transition function of pls.window_funnel(window, at, conditions ...) and
 * pls.funnel_times().
 */
Datum
pls_funnel_accum(PG_FUNCTION_ARGS)
{
	RowsSite   *site = rows_site(fcinfo);
	uint32		conditions;
	int64		window;

	check_argument(fcinfo, 1, "window");
	window = pls_agg_interval(&site->span, PG_GETARG_DATUM(1), "window");
	conditions = pls_agg_conditions(&site->conditions, fcinfo, 3);
	set_use(site, PLS_ROWS_FUNNEL, site->conditions.count, 0, window, 0,
			NULL);
	return add_row(fcinfo, site, 2, conditions);
}

PG_FUNCTION_INFO_V1(pls_funnel_mode_accum);

/*
 * The same with a mode as the second argument; NULL: none.
 *
 * Errors: 22023 for an unknown mode.
 */
Datum
pls_funnel_mode_accum(PG_FUNCTION_ARGS)
{
	RowsSite   *site = rows_site(fcinfo);
	uint32		conditions;
	int64		window;
	int			modes = 0;

	check_argument(fcinfo, 1, "window");
	window = pls_agg_interval(&site->span, PG_GETARG_DATUM(1), "window");
	if (!PG_ARGISNULL(2))
	{
		if (pls_agg_text_changed(&site->text, PG_GETARG_DATUM(2),
								 site->context) ||
			site->use == NULL)
			modes = pls_parse_funnel_modes(site->text.text,
										   site->text.length);
		else
			modes = site->use->modes;
	}
	else
		site->text.known = false;
	conditions = pls_agg_conditions(&site->conditions, fcinfo, 4);
	set_use(site, PLS_ROWS_FUNNEL, site->conditions.count, modes, window, 0,
			NULL);
	return add_row(fcinfo, site, 3, conditions);
}

PG_FUNCTION_INFO_V1(pls_sequence_accum);

/*
 * Transition function of pls.sequence_match(pattern, at, conditions ...) and
 * pls.sequence_count().
 *
 * Errors: 22023 for a bad pattern.
 */
Datum
pls_sequence_accum(PG_FUNCTION_ARGS)
{
	RowsSite   *site = rows_site(fcinfo);
	uint32		conditions;

	check_argument(fcinfo, 1, "pattern");
	conditions = pls_agg_conditions(&site->conditions, fcinfo, 3);
	if (pls_agg_text_changed(&site->text, PG_GETARG_DATUM(1),
							 site->context) ||
		site->use == NULL || site->use->nconditions != site->conditions.count)
		pfree(pls_pattern_compile(site->text.text, site->text.length,
								  site->conditions.count));
	set_use(site, PLS_ROWS_SEQUENCE, site->conditions.count, 0, 0, 0,
			&site->text);
	return add_row(fcinfo, site, 2, conditions);
}

PG_FUNCTION_INFO_V1(pls_sessions_accum);

/*
 * Transition function of pls.session_count(at, gap).
 */
Datum
pls_sessions_accum(PG_FUNCTION_ARGS)
{
	RowsSite   *site = rows_site(fcinfo);
	int64		gap;

	check_argument(fcinfo, 2, "gap");
	gap = pls_agg_interval(&site->span, PG_GETARG_DATUM(2), "gap");
	set_use(site, PLS_ROWS_SESSIONS, 0, 0, gap, 0, NULL);
	return add_row(fcinfo, site, 1, 0);
}

/*
 * The zone of the row at hand: the argument, or UTC.
 *
 * Errors: 22023 if there is no such zone; 22004.
 */
static void
set_zone(FunctionCallInfo fcinfo, RowsSite *site, int argument)
{
	bool		changed;

	if (PG_NARGS() > argument)
	{
		check_argument(fcinfo, argument, "zone");
		changed = pls_agg_text_changed(&site->text,
									   PG_GETARG_DATUM(argument),
									   site->context);
	}
	else
	{
		changed = !site->text.known;
		if (changed)
			pls_agg_text_changed(&site->text,
								 PointerGetDatum(cstring_to_text(DEFAULT_ZONE)),
								 site->context);
	}
	if (changed || site->days.zone == NULL)
	{
		memset(&site->days, 0, sizeof(site->days));
		site->days.zone = pls_time_zone(site->text.text, site->text.length);
	}
}

PG_FUNCTION_INFO_V1(pls_days_accum);

/*
 * Transition function of pls.distinct_days(at, as_of, window [, zone]).  What
 * is kept of a row is the number of its local day.
 *
 * Errors: 22008 if as_of is infinite; 22023 for an unknown zone.
 */
Datum
pls_days_accum(PG_FUNCTION_ARGS)
{
	RowsSite   *site = rows_site(fcinfo);
	PlsEventRows *state;
	TimestampTz as_of;
	TimestampTz at;
	int64		window;
	int64		day;

	check_argument(fcinfo, 2, "as_of");
	check_argument(fcinfo, 3, "window");
	as_of = pls_finite_as_of(PG_GETARG_TIMESTAMPTZ(2));
	window = pls_agg_interval(&site->span, PG_GETARG_DATUM(3), "window");
	set_zone(fcinfo, site, 4);
	set_use(site, PLS_ROWS_DAYS, 0, 0, window, as_of, &site->text);
	state = group_state(fcinfo, site);
	if (PG_ARGISNULL(1))
		return state_datum(state);
	at = PG_GETARG_TIMESTAMPTZ(1);
	if (TIMESTAMP_NOT_FINITE(at) || at > as_of ||
		(uint64) as_of - (uint64) at >= (uint64) window)
		return state_datum(state);
	day = pls_local_day(&site->days, pls_floor_second(at));
	if (state->nfew == 0 || state->rows == state->few ||
		state->few[state->nfew - 1].at != day)
		pls_event_rows_add(state, day, 0);
	return state_datum(state);
}

PG_FUNCTION_INFO_V1(pls_event_rows_combine);

/*
 * Merge a state into a state: combine function of the aggregates, and the
 * transition function of pls.rollup(event_rows).  NULL adds nothing.
 *
 * Errors: 22023 if they are not for the same question.
 */
Datum
pls_event_rows_combine(PG_FUNCTION_ARGS)
{
	RowsSite   *site = rows_site(fcinfo);
	PlsEventRows *state;
	MemoryContext aggregate_context;

	if (!AggCheckCallContext(fcinfo, &aggregate_context))
		elog(ERROR, "pls aggregate support function called in non-aggregate context");
	state = running_state(fcinfo);
	if (PG_ARGISNULL(1))
	{
		if (state == NULL)
			PG_RETURN_NULL();
		return state_datum(state);
	}
	if (state == NULL)
	{
		PlsEventRows *other = pls_event_rows_from_datum(PG_GETARG_DATUM(1));

		state = make_state(find_arena(site, aggregate_context, other->use),
						   other->use);
		pls_event_rows_merge(state, other);
	}
	else
		pls_event_rows_merge_datum(state, PG_GETARG_DATUM(1));
	return state_datum(state);
}
