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

/* Questions of one kind: an array for each column of its questions, behind the motion. */
typedef struct Questions
{
	int			ncolumns;
	Oid			types[PLS_MAX_PARAMETERS];	/* of the elements */
	PlsStatement statement;
} Questions;

/* Columns of questions about eligibility, and of the answers. */
enum
{
	E_ENTITY, E_GRADE, E_AT, E_CONVERTED, E_NCOLUMNS
};
enum
{
	EA_PLACE = 1, EA_REASON, EA_UNTIL, EA_VALID_UNTIL, EA_ANY_GRADE
};

static Questions eligibility_query = {
	E_NCOLUMNS, {TEXTOID, TEXTOID, TIMESTAMPTZOID, TIMESTAMPTZOID},
	{"SELECT * FROM pls_internal.replay_eligibility($1, $2, $3, $4, $5, $6)",
		6, {InvalidOid, TEXTOID, TEXTARRAYOID, TEXTARRAYOID,
	TIMESTAMPTZARRAYOID, TIMESTAMPTZARRAYOID}}
};

/* The same of all other rules. */
enum
{
	Q_ENTITY, Q_ASK, Q_LANE, Q_REASON, Q_GRADE, Q_AT, Q_COOLDOWN, Q_HAS_ALERT,
	Q_TOUCHES, Q_OBSTACLE, Q_OBSTACLE_UNTIL, Q_NCOLUMNS
};
enum
{
	A_PLACE = 1, A_REASON, A_DECIDE_AGAIN_AT, A_COOLDOWN_UNTIL, A_UNBLOCKED
};

static Questions answers_query = {
	Q_NCOLUMNS, {TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TIMESTAMPTZOID,
		TIMESTAMPTZOID, BOOLOID, TEXTOID, TEXTOID,
	TIMESTAMPTZOID},
	{"SELECT * FROM pls_internal.replay_answers($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
		Q_NCOLUMNS + 1, {InvalidOid, TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID,
			TEXTARRAYOID, TEXTARRAYOID, TIMESTAMPTZARRAYOID,
			TIMESTAMPTZARRAYOID, BOOLARRAYOID, TEXTARRAYOID, TEXTARRAYOID,
	TIMESTAMPTZARRAYOID}}
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

static Datum
text_or_null(const char *text, bool *isnull)
{
	*isnull = (text == NULL);
	return text == NULL ? (Datum) 0 : CStringGetTextDatum(text);
}

static void
ask_eligibility(const PlsReplayEntity *entity, Datum *values, bool *nulls)
{
	values[E_ENTITY] = CStringGetTextDatum(entity->id);
	values[E_GRADE] = text_or_null(entity->grade, &nulls[E_GRADE]);
	values[E_AT] = TimestampTzGetDatum(entity->now);
	values[E_CONVERTED] = instant_or_null(entity->converted_at,
										  &nulls[E_CONVERTED]);
}

static void
ask_others(const PlsReplayEntity *entity, Datum *values, bool *nulls)
{
	values[Q_ENTITY] = CStringGetTextDatum(entity->id);
	values[Q_ASK] = CStringGetTextDatum(entity->ask == PLS_ASK_DECISION ?
										"decide" : "look");
	values[Q_LANE] = text_or_null(pls_lane_name(entity->ask_lane),
								  &nulls[Q_LANE]);
	values[Q_REASON] = text_or_null(entity->reason, &nulls[Q_REASON]);
	values[Q_GRADE] = text_or_null(entity->grade, &nulls[Q_GRADE]);
	values[Q_AT] = TimestampTzGetDatum(entity->now);
	values[Q_COOLDOWN] = instant_or_null(entity->cooldown_until,
										 &nulls[Q_COOLDOWN]);
	values[Q_HAS_ALERT] = BoolGetDatum(entity->has_alert);
	nulls[Q_TOUCHES] = (entity->ntouches == 0);
	if (!nulls[Q_TOUCHES])
		values[Q_TOUCHES] = touches_text(entity);
	values[Q_OBSTACLE] = text_or_null(entity->obstacle, &nulls[Q_OBSTACLE]);
	values[Q_OBSTACLE_UNTIL] = instant_or_null(entity->obstacle_until,
											   &nulls[Q_OBSTACLE_UNTIL]);
}

/*
 * A column of the questions as an array.
 */
static Datum
column_array(const Questions *questions, int count, Datum *values, bool *nulls,
			 int column)
{
	Datum	   *elements = palloc(count * sizeof(Datum));
	bool	   *isnull = palloc(count * sizeof(bool));
	Oid			type = questions->types[column];
	int			lower = 1;
	int16		length;
	bool		by_value;
	char		align;
	int			i;

	for (i = 0; i < count; i++)
	{
		elements[i] = values[i * questions->ncolumns + column];
		isnull[i] = nulls[i * questions->ncolumns + column];
	}
	get_typlenbyvalalign(type, &length, &by_value, &align);
	return PointerGetDatum(construct_md_array(elements, isnull, 1, &count,
											  &lower, type, length, by_value,
											  align));
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

/*
 * The entity that a row of answers is about.
 */
static PlsReplayEntity *
answered(const Waiting *waiting, uint64 row, int column)
{
	int			place = DatumGetInt32(pls_result_not_null(row, column));

	if (place < 1 || place > waiting->count)
		elog(ERROR, "pls: an answer is to no question");
	return waiting->entities[place - 1];
}

static void
take_eligibility(PlsReplay *replay, const Waiting *waiting, uint64 row)
{
	PlsReplayEntity *entity = answered(waiting, row, EA_PLACE);
	MemoryContext context = entity->evidence->context;

	entity->obstacle = pls_result_text(row, EA_REASON, context);
	entity->obstacle_until = answer_instant(row, EA_UNTIL, DT_NOEND);
	entity->obstacle_known_until = answer_instant(row, EA_VALID_UNTIL,
												  DT_NOEND);
	entity->obstacle_grade = entity->grade;
	entity->obstacle_any_grade =
		DatumGetBool(pls_result_not_null(row, EA_ANY_GRADE));
}

static void
take_answer(PlsReplay *replay, const Waiting *waiting, uint64 row)
{
	PlsReplayEntity *entity = answered(waiting, row, A_PLACE);
	PlsReplayAnswer answer;
	bool		isnull;
	Datum		unblocked;

	answer.reason = pls_result_text(row, A_REASON,
									entity->evidence->context);
	if (answer.reason == NULL && entity->ask == PLS_ASK_DECISION)
		elog(ERROR, "pls: a decision without a reason");
	answer.decide_again_at = answer_instant(row, A_DECIDE_AGAIN_AT, DT_NOEND);
	answer.cooldown_until = answer_instant(row, A_COOLDOWN_UNTIL,
										   DT_NOBEGIN);
	unblocked = pls_result_datum(row, A_UNBLOCKED, &isnull);
	answer.unblocked = !isnull && DatumGetBool(unblocked);
	pls_replay_answer(replay, entity, &answer);
}

/*
 * Ask for those who wait.
 */
static void
run_query(PlsReplay *replay, const Waiting *waiting, Questions *query,
		  void (*ask) (const PlsReplayEntity *entity, Datum *values,
					   bool *nulls),
		  void (*take) (PlsReplay *replay, const Waiting *waiting, uint64 row))
{
	int			nparameters = query->statement.nparameters;
	int			size = waiting->count * query->ncolumns;
	Datum		values[PLS_MAX_PARAMETERS];
	char		nulls[PLS_MAX_PARAMETERS + 1];
	Datum	   *questions;
	bool	   *isnull;
	uint64		row;
	int			i;

	/* what is made here lies in SPI's memory */
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	questions = palloc0(size * sizeof(Datum));
	isnull = palloc0(size * sizeof(bool));
	for (i = 0; i < waiting->count; i++)
		ask(waiting->entities[i], &questions[i * query->ncolumns],
			&isnull[i * query->ncolumns]);
	memset(nulls, ' ', sizeof(nulls));
	nulls[nparameters] = '\0';
	values[0] = replay->play;
	values[1] = replay->best_grade;	/* of eligibility, else written over */
	if (!replay->has_best_grade && nparameters > query->ncolumns + 1)
		nulls[1] = 'n';
	for (i = 0; i < query->ncolumns; i++)
		values[nparameters - query->ncolumns + i] =
			column_array(query, waiting->count, questions, isnull, i);
	pls_statement_run(&query->statement, replay->play_type, values, nulls,
					  true);
	if (SPI_processed != (uint64) waiting->count)
		elog(ERROR, "pls: the rules left questions without an answer");
	for (row = 0; row < SPI_processed; row++)
		take(replay, waiting, row);
	SPI_finish();
}

/*
 * Whether the rules of eligibility have to be asked again.
 */
static bool
knows_obstacle(const PlsReplayEntity *entity)
{
	if (entity->now >= entity->obstacle_known_until)
		return false;
	if (entity->obstacle_any_grade)
		return true;
	if (entity->grade == NULL || entity->obstacle_grade == NULL)
		return entity->grade == entity->obstacle_grade;
	return strcmp(entity->grade, entity->obstacle_grade) == 0;
}

/*
 * Have the rules answer those who wait.
 */
static void
ask_rules(PlsReplay *replay, const Waiting *waiting)
{
	Waiting    *unknown = palloc(sizeof(Waiting));
	int			i;

	unknown->count = 0;
	for (i = 0; i < waiting->count; i++)
		if (!knows_obstacle(waiting->entities[i]))
			unknown->entities[unknown->count++] = waiting->entities[i];
	if (unknown->count > 0)
		run_query(replay, unknown, &eligibility_query, ask_eligibility,
				  take_eligibility);
	run_query(replay, waiting, &answers_query, ask_others, take_answer);
	pfree(unknown);
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
