/*-------------------------------------------------------------------------
 *
 * replay_rules.c
 *	  What a replay asks of the rules.
 *
 * The rules are SQL over configuration (sql/50_decide/35_rules.sql).  To ask
 * them costs a query, whose answers for many entities cost hardly more than
 * one: so some hundred entities go on their way together, each as far as it
 * gets, and then those that wait ask at once.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "learning/replay.h"
#include "statement.h"

#define AT_ONCE 512				/* entities */

/* Parameters of the query behind the first, the motion. */
enum
{
	Q_ENTITY, Q_ASK, Q_LANE, Q_REASON, Q_GRADE, Q_AT, Q_COOLDOWN, Q_HAS_ALERT,
	Q_CONVERTED, Q_TOUCHES, Q_NCOLUMNS
};

/* Columns of the answer. */
enum
{
	A_PLACE = 1, A_REASON, A_DECIDE_AGAIN_AT, A_COOLDOWN_UNTIL, A_UNBLOCKED,
	A_OBSTACLE
};

static const Oid column_types[Q_NCOLUMNS] = {
	TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TIMESTAMPTZOID,
	TIMESTAMPTZOID, BOOLOID, TIMESTAMPTZOID, TEXTOID
};

static PlsStatement answers_statement = {
	"SELECT * FROM pls_internal.replay_answers($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
	Q_NCOLUMNS + 1, {InvalidOid, TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID,
		TEXTARRAYOID, TEXTARRAYOID, TIMESTAMPTZARRAYOID,
		TIMESTAMPTZARRAYOID, BOOLARRAYOID, TIMESTAMPTZARRAYOID,
	TEXTARRAYOID}
};

/* Entities that wait. */
typedef struct Waiting
{
	int			count;
	PlsReplayEntity *entities[AT_ONCE];
} Waiting;

static Datum
instant_or_null(TimestampTz at, bool *isnull)
{
	*isnull = TIMESTAMP_NOT_FINITE(at);
	return TimestampTzGetDatum(at);
}

/*
 * The touches of an entity as an array's text.
 */
static Datum
touches_text(const PlsReplayEntity *entity)
{
	StringInfoData text;
	int			i;

	initStringInfo(&text);
	appendStringInfoChar(&text, '{');
	for (i = 0; i < entity->ntouches; i++)
		appendStringInfo(&text, "%s\"%s\"", i > 0 ? "," : "",
						 timestamptz_to_str(entity->touches[i]));
	appendStringInfoChar(&text, '}');
	return CStringGetTextDatum(text.data);
}

static void
fill_question(const PlsReplayEntity *entity, Datum *values, bool *nulls)
{
	memset(nulls, false, Q_NCOLUMNS * sizeof(bool));
	values[Q_ENTITY] = CStringGetTextDatum(entity->id);
	values[Q_ASK] = CStringGetTextDatum(entity->ask == PLS_ASK_DECISION ?
										"decide" : "look");
	nulls[Q_LANE] = (entity->ask_lane == PLS_LANE_NONE);
	if (!nulls[Q_LANE])
		values[Q_LANE] = CStringGetTextDatum(pls_lane_name(entity->ask_lane));
	nulls[Q_REASON] = (entity->reason == NULL);
	if (!nulls[Q_REASON])
		values[Q_REASON] = CStringGetTextDatum(entity->reason);
	nulls[Q_GRADE] = (entity->grade == NULL);
	if (!nulls[Q_GRADE])
		values[Q_GRADE] = CStringGetTextDatum(entity->grade);
	values[Q_AT] = TimestampTzGetDatum(entity->now);
	values[Q_COOLDOWN] = instant_or_null(entity->cooldown_until,
										 &nulls[Q_COOLDOWN]);
	values[Q_HAS_ALERT] = BoolGetDatum(entity->has_alert);
	values[Q_CONVERTED] = instant_or_null(entity->converted_at,
										  &nulls[Q_CONVERTED]);
	nulls[Q_TOUCHES] = (entity->ntouches == 0);
	if (!nulls[Q_TOUCHES])
		values[Q_TOUCHES] = touches_text(entity);
}

/*
 * A column of the questions as an array.
 */
static Datum
column_array(const Waiting *waiting, Datum *values, bool *nulls, int column)
{
	Datum	   *elements = palloc(waiting->count * sizeof(Datum));
	bool	   *isnull = palloc(waiting->count * sizeof(bool));
	int			lower = 1;
	int			count = waiting->count;
	int16		length;
	bool		by_value;
	char		align;
	int			i;

	for (i = 0; i < count; i++)
	{
		elements[i] = values[i * Q_NCOLUMNS + column];
		isnull[i] = nulls[i * Q_NCOLUMNS + column];
	}
	get_typlenbyvalalign(column_types[column], &length, &by_value, &align);
	return PointerGetDatum(construct_md_array(elements, isnull, 1, &count,
											  &lower, column_types[column],
											  length, by_value, align));
}

/*
 * An instant of an answer, or what stands for none.
 */
static TimestampTz
answer_instant(uint64 row, int column, TimestampTz if_null)
{
	bool		isnull;
	Datum		value = pls_result_datum(row, column, &isnull);

	return isnull ? if_null : DatumGetTimestampTz(value);
}

static void
take_answer(PlsReplay *replay, const Waiting *waiting, uint64 row)
{
	int			place = DatumGetInt32(pls_result_not_null(row, A_PLACE));
	PlsReplayAnswer answer;
	PlsReplayEntity *entity;
	bool		isnull;
	Datum		unblocked;

	if (place < 1 || place > waiting->count)
		elog(ERROR, "pls: an answer is to no question");
	entity = waiting->entities[place - 1];
	answer.reason = pls_result_text(row, A_REASON,
									entity->evidence->context);
	if (answer.reason == NULL && entity->ask == PLS_ASK_DECISION)
		elog(ERROR, "pls: a decision without a reason");
	answer.decide_again_at = answer_instant(row, A_DECIDE_AGAIN_AT, DT_NOEND);
	answer.cooldown_until = answer_instant(row, A_COOLDOWN_UNTIL,
										   DT_NOBEGIN);
	unblocked = pls_result_datum(row, A_UNBLOCKED, &isnull);
	answer.unblocked = !isnull && DatumGetBool(unblocked);
	answer.obstacle = DatumGetBool(pls_result_not_null(row, A_OBSTACLE));
	pls_replay_answer(replay, entity, &answer);
}

/*
 * Have the rules answer those who wait.
 */
static void
ask_rules(PlsReplay *replay, const Waiting *waiting)
{
	Datum	   *questions;
	bool	   *nulls;
	Datum		values[PLS_MAX_PARAMETERS];
	uint64		row;
	int			i;

	/* what is made here lies in SPI's memory */
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	questions = palloc(waiting->count * Q_NCOLUMNS * sizeof(Datum));
	nulls = palloc(waiting->count * Q_NCOLUMNS * sizeof(bool));
	for (i = 0; i < waiting->count; i++)
		fill_question(waiting->entities[i], &questions[i * Q_NCOLUMNS],
					  &nulls[i * Q_NCOLUMNS]);
	values[0] = replay->play;
	for (i = 0; i < Q_NCOLUMNS; i++)
		values[i + 1] = column_array(waiting, questions, nulls, i);
	pls_statement_run(&answers_statement, replay->play_type, values, NULL,
					  true);
	if (SPI_processed != (uint64) waiting->count)
		elog(ERROR, "pls: the rules left questions without an answer");
	for (row = 0; row < SPI_processed; row++)
		take_answer(replay, waiting, row);
	SPI_finish();
}

/*
 * Replay some entities to the end.
 */
static void
replay_some(PlsReplay *replay, PlsReplayEntity *entities, int nentities)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "pls replayed entities",
												  ALLOCSET_DEFAULT_SIZES);
	Waiting    *waiting = MemoryContextAlloc(context, sizeof(Waiting));
	int			i;

	for (i = 0; i < nentities; i++)
		pls_replay_begin(replay, &entities[i], context);
	do
	{
		waiting->count = 0;
		for (i = 0; i < nentities; i++)
		{
			pls_replay_advance(replay, &entities[i]);
			if (entities[i].ask != PLS_ASK_NOTHING)
				waiting->entities[waiting->count++] = &entities[i];
		}
		if (waiting->count > 0)
			ask_rules(replay, waiting);
		CHECK_FOR_INTERRUPTS();
	} while (waiting->count > 0);
	MemoryContextDelete(context);
}

/*
 * Replay entities to the end.
 */
void
pls_replay_entities(PlsReplay *replay, PlsReplayEntity *entities,
					int nentities)
{
	int			first;

	for (first = 0; first < nentities; first += AT_ONCE)
		replay_some(replay, &entities[first],
					Min(AT_ONCE, nentities - first));
}
