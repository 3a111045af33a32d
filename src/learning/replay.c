/*-------------------------------------------------------------------------
 *
 * replay.c
 *	  What a motion would have decided over some time, from its events.
 *
 * The events are read as a rebuild reads them, all of them: a record of each
 * row that means anything, kept apart by the hash of its entity (gather.c).
 * Then the records of a partition are brought into the order of their entities
 * and instants (replay_events.c), and each entity goes its way through them
 * (replay_pass.c) by the trigger's own evidence, score and edge, asking the
 * rules that decide (replay_rules.c).  Nothing is written.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "decimal.h"
#include "evidence/call_cache.h"
#include "evidence/score_steps.h"
#include "learning/replay.h"
#include "model/model_snapshot.h"
#include "rebuild/watched_table.h"
#include "state/ignored.h"
#include "text_datum.h"
#include "time/span.h"

/* Arguments of pls_internal.replay_decisions(). */
enum
{
	ARG_MOTION, ARG_MODEL, ARG_PLAY, ARG_BEST_GRADE, ARG_FROM, ARG_UNTIL, ARG_SWEEP_EVERY,
	ARG_ARRIVALS, ARG_IS_NEW, ARG_CLOSE_AFTER, ARG_CLOSE_COOLDOWN,
	ARG_CLOSE_TOUCHES, ARG_EXPIRE_AFTER
};

/* Columns of its result. */
enum
{
	R_ENTITY_ID, R_AT, R_LANE, R_SCORE, R_GRADE, R_REASON, R_SIGNALS,
	R_NCOLUMNS
};

/*
 * Put a decision that was made into the result.
 */
void
pls_replay_put(PlsReplay *replay, const PlsReplayEntity *entity)
{
	Datum		values[R_NCOLUMNS];
	bool		nulls[R_NCOLUMNS] = {false};

	values[R_ENTITY_ID] = CStringGetTextDatum(entity->id);
	values[R_AT] = TimestampTzGetDatum(entity->now);
	values[R_LANE] = CStringGetTextDatum(pls_lane_name(entity->ask_lane));
	values[R_SCORE] = pls_milli_to_numeric(entity->score.total);
	values[R_GRADE] = pls_text_or_null(entity->grade, &nulls[R_GRADE]);
	values[R_REASON] = CStringGetTextDatum(entity->reason);
	values[R_SIGNALS] = entity->signals;
	tuplestore_putvalues(replay->result->setResult, replay->result->setDesc,
						 values, nulls);
}

/*
 * An instant that is given, and finite.
 */
static TimestampTz
instant_argument(FunctionCallInfo fcinfo, int number)
{
	TimestampTz at;

	if (PG_ARGISNULL(number))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("from and until must not be null")));
	at = PG_GETARG_TIMESTAMPTZ(number);
	if (TIMESTAMP_NOT_FINITE(at))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("from and until must be finite")));
	return at;
}

/*
 * The length of a span in microseconds; -1: NULL.
 */
static int64
span_argument(FunctionCallInfo fcinfo, int number, const char *what)
{
	return PG_ARGISNULL(number) ? -1 :
		pls_span_length(PG_GETARG_INTERVAL_P(number), what);
}

static void
arrivals_argument(FunctionCallInfo fcinfo, PlsReplay *replay)
{
	Datum	   *elements;
	bool	   *nulls;
	int			i;

	replay->narrivals = -1;
	if (PG_ARGISNULL(ARG_ARRIVALS))
		return;
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(ARG_ARRIVALS), TIMESTAMPTZOID,
					  sizeof(TimestampTz), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE,
					  &elements, &nulls, &replay->narrivals);
	replay->arrivals = palloc(Max(replay->narrivals, 1) *
							  sizeof(TimestampTz));
	for (i = 0; i < replay->narrivals; i++)
	{
		if (nulls[i])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("arrivals must not be null")));
		replay->arrivals[i] = DatumGetTimestampTz(elements[i]);
		if (i > 0 && replay->arrivals[i] <= replay->arrivals[i - 1])
			elog(ERROR, "pls: arrivals are out of order");
	}
}

/*
 * What is to be replayed.
 */
static void
take_arguments(FunctionCallInfo fcinfo, PlsReplay *replay)
{
	if (PG_ARGISNULL(ARG_MOTION) || PG_ARGISNULL(ARG_PLAY) ||
		PG_ARGISNULL(ARG_SWEEP_EVERY) || PG_ARGISNULL(ARG_IS_NEW) ||
		PG_ARGISNULL(ARG_CLOSE_COOLDOWN) || PG_ARGISNULL(ARG_CLOSE_TOUCHES))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("motion, play, sweep_every, is_new, close_cooldown and close_touches must not be null")));
	replay->play = PG_GETARG_DATUM(ARG_PLAY);
	replay->play_type =
		HeapTupleHeaderGetTypeId(DatumGetHeapTupleHeader(replay->play));
	replay->has_best_grade = !PG_ARGISNULL(ARG_BEST_GRADE);
	replay->best_grade = PG_GETARG_DATUM(ARG_BEST_GRADE);
	replay->from = instant_argument(fcinfo, ARG_FROM);
	replay->until = instant_argument(fcinfo, ARG_UNTIL);
	replay->sweep_every = span_argument(fcinfo, ARG_SWEEP_EVERY,
										"sweep_every");
	if (replay->sweep_every <= 0)
		pls_refuse_empty_span("sweep_every");
	replay->is_new = PG_GETARG_BOOL(ARG_IS_NEW);
	arrivals_argument(fcinfo, replay);
	replay->close_after = span_argument(fcinfo, ARG_CLOSE_AFTER,
										"close_after");
	replay->close_cooldown = span_argument(fcinfo, ARG_CLOSE_COOLDOWN,
										   "close_cooldown");
	replay->close_touches = PG_GETARG_BOOL(ARG_CLOSE_TOUCHES);
	replay->expire_after = span_argument(fcinfo, ARG_EXPIRE_AFTER,
										 "expire_after");
}

/*
 * Read the events, and let their entities go their way.
 */
static void
replay_motion(PlsReplay *replay, const char *motion)
{
	PlsLeaf    *leaves;
	int			nleaves = pls_motion_leaves(motion, &leaves);
	Snapshot	snapshot = pls_leaves_snapshot();
	int			i;

	pls_ignored_load();
	/* what comes later than the last sweep is not asked for */
	replay->gathering = pls_gathering_begin(replay->model, replay->until - 1,
											snapshot, NULL,
											(Size) maintenance_work_mem * 1024);
	pls_gathering_of_every_row(replay->gathering);
	replay->effects = pls_event_effects(replay->model,
										replay->gathering->events);
	replay->has_steps = pls_has_steps(replay->model);
	replay->holds = palloc(Max(replay->model->nsignals, 1) *
						   sizeof(TimestampTz));
	pls_gathering_read(replay->gathering, leaves, nleaves);
	for (i = 0; i < PLS_SPILL_PARTITIONS; i++)
		pls_replay_partition(replay, i);
	pls_spill_close(replay->gathering->spill);
	pls_gathering_end(replay->gathering);
	UnregisterSnapshot(snapshot);
}

PG_FUNCTION_INFO_V1(pls_replay);

/*
 * pls_internal.replay_decisions(): see its comment in
 * sql/85_learning/34_replay.sql.
 */
Datum
pls_replay(PG_FUNCTION_ARGS)
{
	PlsReplay	replay = {0};
	MemoryContext context;
	MemoryContext caller;
	char	   *motion;

	InitMaterializedSRF(fcinfo, 0);
	take_arguments(fcinfo, &replay);
	if (replay.from >= replay.until)
		return (Datum) 0;
	motion = text_to_cstring(PG_GETARG_TEXT_PP(ARG_MOTION));
	replay.result = (ReturnSetInfo *) fcinfo->resultinfo;
	context = AllocSetContextCreate(CurrentMemoryContext, "pls replay",
									ALLOCSET_DEFAULT_SIZES);
	caller = MemoryContextSwitchTo(context);
	replay.moment_context = AllocSetContextCreate(context,
												  "pls replay moment",
												  ALLOCSET_DEFAULT_SIZES);
	replay.model = PG_ARGISNULL(ARG_MODEL) ?
		pls_call_cache_model(fcinfo->flinfo, motion, strlen(motion)) :
		pls_model_of_version(motion, PG_GETARG_JSONB_P(ARG_MODEL));
	replay_motion(&replay, motion);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
	return (Datum) 0;
}
