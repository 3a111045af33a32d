/*-------------------------------------------------------------------------
 *
 * explain.c
 *	  Scores of stored evidence, and the lines that sum to them, for SQL.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/json.h"
#include "utils/jsonb.h"
#include "utils/numeric.h"
#include "utils/tuplestore.h"

#include "decimal.h"
#include "evidence/call_cache.h"
#include "evidence/evidence.h"
#include "evidence/score.h"
#include "model/model.h"
#include "model/model_cache.h"
#include "pls.h"
#include "pls_compat.h"
#include "text_datum.h"

#define EXPLAIN_COLUMNS 11

static const char *const op_texts[] = {">=", ">", "<=", "<", "=", "<>"};

/*
 * The arguments that all of these functions begin with:
 * (evidence, as_of, attributes).
 */
typedef struct ScoredEvidence
{
	PlsModel   *model;
	PlsScore	score;
} ScoredEvidence;

/*
 * Refuse an instant of the past before something that the evidence holds: it
 * keeps the newest rows, and has forgotten for them what was there before.
 * Now is always taken, also by a clock that was set back since an event.
 */
static void
refuse_past(const PlsEvidence *evidence, TimestampTz as_of)
{
	PlsSeconds	second = pls_floor_second(as_of);
	int			i;

	if (as_of >= pls_transaction_clock())
		return;
	for (i = 0; i < evidence->nparts; i++)
	{
		const PlsItem *newest = pls_part_newest(&evidence->parts[i]);

		if (newest != NULL && newest->at > second)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("as_of is before the newest event in the evidence of motion \"%s\"",
							evidence->motion),
					 errdetail("as_of is %s, an event in it is of %s; evidence keeps the newest events only.",
							   pstrdup(timestamptz_to_str(as_of)),
							   pstrdup(timestamptz_to_str(time_t_to_timestamptz((pg_time_t) newest->at)))),
					 errhint("pls.score_as_of() and pls.explain_as_of() read the events up to an earlier instant.")));
	}
}

/*
 * Value the evidence in the arguments.  as_of is NULL for now, attributes
 * NULL for those of an account that is not known.  The model is the one of the
 * call site, or else (anew) the one of this moment.
 *
 * Errors: 42704 if the evidence's motion does not exist (any more); 22008
 * if as_of is infinite; 22023 if it is of the past and before the newest event.
 */
static void
score_arguments(FunctionCallInfo fcinfo, ScoredEvidence *scored, bool anew)
{
	PlsEvidence *evidence;
	TimestampTz as_of;

	evidence = pls_evidence_from_datum(CurrentMemoryContext,
									   PG_GETARG_DATUM(0));
	as_of = PG_ARGISNULL(1) ? pls_transaction_clock() :
		PG_GETARG_TIMESTAMPTZ(1);
	if (TIMESTAMP_NOT_FINITE(as_of))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("as_of must be finite")));
	if (!PG_ARGISNULL(1))
		refuse_past(evidence, as_of);
	if (anew)
		scored->model = pls_current_model(evidence->motion);
	else
		scored->model = pls_call_cache_model(fcinfo->flinfo, evidence->motion,
											 strlen(evidence->motion));
	pls_score(scored->model, evidence, as_of,
			  PG_ARGISNULL(2) ? NULL : PG_GETARG_JSONB_P(2), &scored->score);
}

PG_FUNCTION_INFO_V1(pls_evidence_score);

/*
 * pls.score(evidence, as_of, attributes) -> numeric.  NULL evidence: 0.
 */
Datum
pls_evidence_score(PG_FUNCTION_ARGS)
{
	ScoredEvidence scored;

	if (PG_ARGISNULL(0))
		return pls_milli_to_numeric(0);
	score_arguments(fcinfo, &scored, false);
	return pls_milli_to_numeric(scored.score.total);
}

PG_FUNCTION_INFO_V1(pls_evaluate);

/*
 * pls.evaluate(evidence, as_of, attributes, was_lane) -> (score, engagement,
 * fit, grade, required_met, signals_met, lane, stale, sales_floor).  Who was in
 * lane sales and no longer is has to qualify anew.  NULL evidence: NULL.
 */
Datum
pls_evaluate(PG_FUNCTION_ARGS)
{
	ScoredEvidence scored;
	PlsScore   *score = &scored.score;
	TupleDesc	desc;
	Datum		values[9];
	bool		nulls[9] = {false};
	PlsLane		before = PLS_LANE_NONE;
	PlsLane		now;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	desc = pls_call_cache_result(fcinfo);
	if (!PG_ARGISNULL(3))
		before = pls_lane_parse(text_to_cstring(PG_GETARG_TEXT_PP(3)));
	score_arguments(fcinfo, &scored, false);
	now = pls_lane(scored.model, score, before);

	values[0] = pls_milli_to_numeric(score->total);
	values[1] = pls_milli_to_numeric(score->engagement);
	values[2] = pls_milli_to_numeric(score->fit);
	values[3] = pls_text_or_null(pls_grade(scored.model, score), &nulls[3]);
	values[4] = BoolGetDatum(score->required_met);
	values[5] = Int32GetDatum(score->signals_met);
	values[6] = pls_text_or_null(pls_lane_name(now), &nulls[6]);
	values[7] = BoolGetDatum(score->stale);
	values[8] = pls_milli_to_numeric(pls_sales_floor(scored.model,
													 now == PLS_LANE_SALES ?
													 before : PLS_LANE_NONE));
	return HeapTupleGetDatum(heap_form_tuple(desc, values, nulls));
}

/* ---------- explain ---------- */

/* Where the lines go: rows of a result, or else objects of an array. */
typedef struct Lines
{
	ReturnSetInfo *result;
	JsonbParseState *state;
	int			count;
} Lines;

/* The columns of a line, as keys of an object. */
static const struct
{
	const char *name;
	Oid			type;
}			line_columns[EXPLAIN_COLUMNS] =

{
	{"line", INT4OID}, {"signal", TEXTOID}, {"category", TEXTOID},
	{"value", NUMERICOID}, {"op", TEXTOID}, {"threshold", NUMERICOID},
	{"met", BOOLOID}, {"saturated", BOOLOID}, {"newest_at", TIMESTAMPTZOID},
	{"points", NUMERICOID}, {"why", TEXTOID}
};

/*
 * A column of a line, as to_jsonb() makes it.
 */
static void
set_json(JsonbValue *json, Oid type, Datum value)
{
	switch (type)
	{
		case INT4OID:
			json->type = jbvNumeric;
			json->val.numeric = int64_to_numeric(DatumGetInt32(value));
			break;
		case NUMERICOID:
			json->type = jbvNumeric;
			json->val.numeric = DatumGetNumeric(value);
			break;
		case BOOLOID:
			json->type = jbvBool;
			json->val.boolean = DatumGetBool(value);
			break;
		case TIMESTAMPTZOID:
			json->type = jbvString;
			json->val.string.val = JsonEncodeDateTime(NULL, value, type, NULL);
			json->val.string.len = strlen(json->val.string.val);
			break;
		default:
			json->type = jbvString;
			json->val.string.val = VARDATA_ANY(DatumGetPointer(value));
			json->val.string.len = VARSIZE_ANY_EXHDR(DatumGetPointer(value));
			break;
	}
}

static void
put_line(Lines *lines, Datum *values, bool *nulls)
{
	int			i;

	if (lines->result != NULL)
	{
		tuplestore_putvalues(lines->result->setResult, lines->result->setDesc,
							 values, nulls);
		return;
	}
	(void) pushJsonbValue(&lines->state, WJB_BEGIN_OBJECT, NULL);
	for (i = 0; i < EXPLAIN_COLUMNS; i++)
	{
		JsonbValue	json;

		json.type = jbvString;
		json.val.string.val = unconstify(char *, line_columns[i].name);
		json.val.string.len = strlen(line_columns[i].name);
		(void) pushJsonbValue(&lines->state, WJB_KEY, &json);
		if (nulls[i])
			json.type = jbvNull;
		else
			set_json(&json, line_columns[i].type, values[i]);
		(void) pushJsonbValue(&lines->state, WJB_VALUE, &json);
	}
	(void) pushJsonbValue(&lines->state, WJB_END_OBJECT, NULL);
}

/*
 * A line for a clamp that bit.
 */
static void
put_clamp(Lines *lines, const char *name, const char *category,
		  PlsMilli points)
{
	Datum		values[EXPLAIN_COLUMNS] = {0};
	bool		nulls[EXPLAIN_COLUMNS];

	if (points == 0)
		return;
	memset(nulls, true, sizeof(nulls));
	values[0] = Int32GetDatum(++lines->count);
	values[1] = CStringGetTextDatum(psprintf("%s: %s",
											 points < 0 ? "cap" : "floor",
											 name));
	values[2] = pls_text_or_null(category, &nulls[2]);
	values[9] = pls_milli_to_numeric(points);
	nulls[0] = nulls[1] = nulls[9] = false;
	put_line(lines, values, nulls);
}

static void
put_signal(Lines *lines, const PlsSignal *signal,
		   const PlsSignalScore *score)
{
	Datum		values[EXPLAIN_COLUMNS] = {0};
	bool		nulls[EXPLAIN_COLUMNS] = {false};

	values[0] = Int32GetDatum(++lines->count);
	values[1] = CStringGetTextDatum(signal->name);
	values[2] = CStringGetTextDatum(signal->category);
	nulls[3] = score->value_is_null;
	if (!nulls[3])
		values[3] = pls_milli_to_numeric(score->value);
	values[4] = CStringGetTextDatum(op_texts[signal->op]);
	values[5] = pls_milli_to_numeric(signal->threshold);
	values[6] = BoolGetDatum(score->met);
	values[7] = BoolGetDatum(score->saturated);
	nulls[8] = !score->has_newest;
	if (!nulls[8])
		values[8] = TimestampTzGetDatum(time_t_to_timestamptz((pg_time_t)
															  score->newest));
	values[9] = pls_milli_to_numeric(score->points);
	values[10] = pls_text_or_null(signal->why, &nulls[10]);
	put_line(lines, values, nulls);
}

/*
 * The clamp of a category, after the last of its signals.
 */
static void
put_category_clamp(Lines *lines, const PlsModel *model,
				   const PlsScore *score, const char *category)
{
	int			i;

	for (i = 0; i < model->nlimits; i++)
		if (strcmp(model->limits[i].category, category) == 0)
			put_clamp(lines, category, category, score->limits[i]);
}

static bool
has_signals(const PlsModel *model, const char *category)
{
	int			i;

	for (i = 0; i < model->nsignals; i++)
		if (strcmp(model->signals[i].category, category) == 0)
			return true;
	return false;
}

/*
 * All lines, one per signal and per clamp that bit.
 */
static void
put_lines(Lines *lines, const PlsModel *model, const PlsScore *score)
{
	int			i;

	for (i = 0; i < model->nsignals; i++)
	{
		const PlsSignal *signal = &model->signals[i];

		put_signal(lines, signal, &score->signals[i]);
		put_clamp(lines, signal->name, signal->category,
				  score->signals[i].clamp);
		if (i + 1 == model->nsignals ||
			strcmp(signal->category, signal[1].category) != 0)
			put_category_clamp(lines, model, score, signal->category);
	}
	/* a floor can lift a category that has no signal at all */
	for (i = 0; i < model->nlimits; i++)
		if (!has_signals(model, model->limits[i].category))
			put_category_clamp(lines, model, score,
							   model->limits[i].category);
	put_clamp(lines, "score", NULL, score->clamp);
}

/*
 * Put the lines of a score into the result of a function that returns a set
 * of them.
 */
void
pls_explain_put(ReturnSetInfo *result, const PlsModel *model,
				const PlsScore *score)
{
	Lines		lines = {result};

	put_lines(&lines, model, score);
}

PG_FUNCTION_INFO_V1(pls_evidence_explain);

/*
 * pls.explain(evidence, as_of, attributes): one line per signal and per
 * clamp that bit; their points sum to the score.  NULL evidence: no lines.
 */
Datum
pls_evidence_explain(PG_FUNCTION_ARGS)
{
	ScoredEvidence scored;

	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	score_arguments(fcinfo, &scored, false);
	pls_explain_put((ReturnSetInfo *) fcinfo->resultinfo, scored.model,
					&scored.score);
	return (Datum) 0;
}

PG_FUNCTION_INFO_V1(pls_appraise);

/*
 * pls_internal.appraise(evidence, as_of, attributes) -> (score, grade, lines): what a
 * decision wants of pls.evaluate() and pls.explain(), valued once, by the model
 * of this moment: a PL/pgSQL expression is one call site for as long as the
 * transaction takes.  NULL evidence: NULL.
 */
Datum
pls_appraise(PG_FUNCTION_ARGS)
{
	ScoredEvidence scored;
	TupleDesc	desc;
	Datum		values[3];
	bool		nulls[3] = {false};
	Lines		lines = {0};

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	desc = pls_call_cache_result(fcinfo);
	score_arguments(fcinfo, &scored, true);
	values[0] = pls_milli_to_numeric(scored.score.total);
	values[1] = pls_text_or_null(pls_grade(scored.model, &scored.score),
								 &nulls[1]);
	(void) pushJsonbValue(&lines.state, WJB_BEGIN_ARRAY, NULL);
	put_lines(&lines, scored.model, &scored.score);
	values[2] = JsonbPGetDatum(JsonbValueToJsonb(pushJsonbValue(&lines.state,
																WJB_END_ARRAY,
																NULL)));
	return HeapTupleGetDatum(heap_form_tuple(desc, values, nulls));
}
