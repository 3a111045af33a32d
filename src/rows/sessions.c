/*-------------------------------------------------------------------------
 *
 * sessions.c
 *	  session_count and distinct_days, and what else is asked of event rows
 *	  without regard to their conditions: recency and growth.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "pls_compat.h"
#include "rows/agg_args.h"
#include "rows/event_rows.h"
#include "rows/row_sort.h"
#include "rows/trends.h"
#include "time/instant.h"
#include "time/local_day.h"
#include "time/time_zone.h"

/*
 * Sessions: a new one starts where the step from the row before is greater
 * than the gap.
 */
static int64
count_sessions(PlsEventRows *state, int64 gap)
{
	int64		sessions = 0;
	int			i;

	pls_event_rows_sort(state);
	for (i = 0; i < state->count; i++)
	{
		const PlsEventRow *row = &state->rows[i];

		if (i == 0 || (uint64) row->at - (uint64) row[-1].at > (uint64) gap)
			sessions++;
	}
	return sessions;
}

/*
 * The state of a final function; NULL without rows.
 */
static PlsEventRows *
final_state(FunctionCallInfo fcinfo, PlsRowsKind kind)
{
	PlsEventRows *state;

	if (PG_ARGISNULL(0))
		return NULL;
	state = pls_event_rows_from_datum(PG_GETARG_DATUM(0));
	if (state->use->kind != kind)
		elog(ERROR, "the state is for another aggregate");
	return state;
}

PG_FUNCTION_INFO_V1(pls_session_count_final);

/*
 * Final function of pls.session_count(): 0 without rows.
 */
Datum
pls_session_count_final(PG_FUNCTION_ARGS)
{
	PlsEventRows *state = final_state(fcinfo, PLS_ROWS_SESSIONS);

	PG_RETURN_INT64(state == NULL ? 0 :
					count_sessions(state, state->use->span));
}

PG_FUNCTION_INFO_V1(pls_distinct_days_final);

/*
 * Final function of pls.distinct_days(), whose state has a row for each day,
 * or several: 0 without rows.
 */
Datum
pls_distinct_days_final(PG_FUNCTION_ARGS)
{
	PlsEventRows *state = final_state(fcinfo, PLS_ROWS_DAYS);

	PG_RETURN_INT64(state == NULL ? 0 : count_sessions(state, 0));
}

/*
 * An interval that is an argument of a function over event rows.
 */
static int64
interval_argument(FunctionCallInfo fcinfo, int argument, const char *name)
{
	PlsAggInterval interval = {false};

	return pls_agg_interval(&interval, PG_GETARG_DATUM(argument), name);
}

PG_FUNCTION_INFO_V1(pls_event_rows_session_count);

/*
 * pls.session_count(rows, gap) -> bigint.  Errors: 22023, 22008.
 */
Datum
pls_event_rows_session_count(PG_FUNCTION_ARGS)
{
	int64		gap = interval_argument(fcinfo, 1, "gap");

	PG_RETURN_INT64(count_sessions(pls_event_rows_from_datum(PG_GETARG_DATUM(0)),
								   gap));
}

PG_FUNCTION_INFO_V1(pls_event_rows_distinct_days);

/*
 * pls.distinct_days(rows, as_of, window, zone) -> bigint.  Errors: 22023,
 * 22008.
 */
Datum
pls_event_rows_distinct_days(PG_FUNCTION_ARGS)
{
	PlsEventRows *state = pls_event_rows_from_datum(PG_GETARG_DATUM(0));
	TimestampTz as_of = pls_finite_as_of(PG_GETARG_TIMESTAMPTZ(1));
	uint64		window = interval_argument(fcinfo, 2, "window");
	text	   *zone = PG_GETARG_TEXT_PP(3);
	PlsLocalDays local = {NULL};
	int64		days = 0;
	int64		last = 0;
	int			i;

	local.zone = pls_time_zone(VARDATA_ANY(zone), VARSIZE_ANY_EXHDR(zone));
	pls_event_rows_sort(state);
	for (i = 0; i < state->count; i++)
	{
		TimestampTz at = state->rows[i].at;
		int64		day;

		if (at > as_of)
			break;
		if ((uint64) as_of - (uint64) at >= window)
			continue;
		day = pls_local_day(&local, pls_floor_second(at));
		if (days == 0 || day != last)
			days++;
		last = day;
	}
	PG_RETURN_INT64(days);
}

PG_FUNCTION_INFO_V1(pls_event_rows_recency);

/*
 * pls.recency(rows, as_of) -> interval; NULL if no row is there by then.
 * Errors: 22008.
 */
Datum
pls_event_rows_recency(PG_FUNCTION_ARGS)
{
	PlsEventRows *state = pls_event_rows_from_datum(PG_GETARG_DATUM(0));
	TimestampTz as_of = pls_finite_as_of(PG_GETARG_TIMESTAMPTZ(1));
	TimestampTz newest = DT_NOBEGIN;
	int			i;

	pls_event_rows_flush(state);
	for (i = 0; i < state->count; i++)
	{
		if (state->rows[i].at <= as_of)
			newest = Max(newest, state->rows[i].at);
	}
	return pls_recency_datum(fcinfo, as_of, newest);
}

PG_FUNCTION_INFO_V1(pls_event_rows_growth);

/*
 * pls.growth(rows, as_of, window, baseline, min_base) -> double precision;
 * baseline NULL: as long as the window.
 */
Datum
pls_event_rows_growth(PG_FUNCTION_ARGS)
{
	PlsEventRows *state;
	PlsGrowth	growth;
	int			i;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(2))
		PG_RETURN_NULL();
	state = pls_event_rows_from_datum(PG_GETARG_DATUM(0));
	growth.as_of = pls_finite_as_of(PG_GETARG_TIMESTAMPTZ(1));
	growth.window = interval_argument(fcinfo, 2, "window");
	growth.baseline = PG_ARGISNULL(3) ? growth.window :
		interval_argument(fcinfo, 3, "baseline");
	growth.min_base = PG_ARGISNULL(4) ? 1 : PG_GETARG_INT64(4);
	growth.recent = growth.earlier = 0;
	pls_growth_check(&growth);
	pls_event_rows_flush(state);
	for (i = 0; i < state->count; i++)
		pls_growth_add(&growth, state->rows[i].at);
	return pls_growth_datum(fcinfo, &growth);
}
