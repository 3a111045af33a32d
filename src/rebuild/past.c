/*-------------------------------------------------------------------------
 *
 * past.c
 *	  Scores as they were at an instant of the past.
 *
 * Evidence keeps the newest events and cannot go back.  So the events up to
 * the instant are read again, as a rebuild reads them (gather.c), by the model
 * that was in force then (model_snapshot.c), as belonging to those whose they
 * were by what was known then (identity_past.c).
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
#include "evidence/evidence.h"
#include "evidence/model_evidence.h"
#include "evidence/score.h"
#include "model/model.h"
#include "model/model_snapshot.h"
#include "rebuild/gather.h"
#include "rebuild/watched_table.h"
#include "state/identity.h"
#include "state/ignored.h"
#include "text_datum.h"

/* Columns of pls_internal.score_past(). */
enum
{
	S_ENTITY_ID, S_SCORE, S_GRADE, S_ENGAGEMENT, S_FIT, S_LANE, S_REQUIRED_MET,
	S_SIGNALS_MET, S_LAST_EVENT_AT, S_MODEL_VERSION, S_NCOLUMNS
};

/* What is done about each entity. */
typedef struct PastScores
{
	ReturnSetInfo *result;
	MemoryContext row_context;
	int			model_version;
	bool		explains;		/* lines of one entity, else rows of scores */
	bool		is_there;		/* some entity has had events */
} PastScores;

static void
put_score(const PastScores *scores, const PlsModel *model,
		  const PlsScore *score, const Datum *gathered)
{
	Datum		values[S_NCOLUMNS];
	bool		nulls[S_NCOLUMNS] = {false};

	values[S_ENTITY_ID] = gathered[G_ENTITY_ID];
	values[S_SCORE] = pls_milli_to_numeric(score->total);
	values[S_GRADE] = pls_text_or_null(pls_grade(model, score), &nulls[S_GRADE]);
	values[S_ENGAGEMENT] = pls_milli_to_numeric(score->engagement);
	values[S_FIT] = pls_milli_to_numeric(score->fit);
	values[S_LANE] = pls_text_or_null(pls_lane_name(pls_lane(model, score,
															 PLS_LANE_NONE)),
									  &nulls[S_LANE]);
	values[S_REQUIRED_MET] = BoolGetDatum(score->required_met);
	values[S_SIGNALS_MET] = Int32GetDatum(score->signals_met);
	values[S_LAST_EVENT_AT] = gathered[G_NEWEST];
	values[S_MODEL_VERSION] = Int32GetDatum(scores->model_version);
	tuplestore_putvalues(scores->result->setResult, scores->result->setDesc,
						 values, nulls);
}

/*
 * Take what was gathered of an entity; outcomes are not asked for.
 */
static void
take_entity(PlsGathering *gathering, Datum *values, bool *nulls)
{
	PastScores *scores = gathering->put_arg;
	Jsonb	   *attributes = NULL;
	MemoryContext caller;
	PlsScore	score;

	if (nulls[G_EVIDENCE])
		return;
	caller = MemoryContextSwitchTo(scores->row_context);
	if (gathering->accounts != NULL)
		attributes = pls_identity_attributes(gathering->accounts,
											 gathering->model->unit_is_user,
											 TextDatumGetCString(values[G_ENTITY_ID]));
	pls_score(gathering->model,
			  pls_evidence_from_datum(CurrentMemoryContext,
									  values[G_EVIDENCE]),
			  gathering->as_of, attributes, &score);
	if (scores->explains)
		pls_explain_put(scores->result, gathering->model, &score);
	else
		put_score(scores, gathering->model, &score, values);
	scores->is_there = true;
	MemoryContextSwitchTo(caller);
	MemoryContextReset(scores->row_context);
}

/*
 * Score the entities (NULL: all) of a motion as of an instant.
 */
static void
score_past(const char *motion, TimestampTz as_of, ArrayType *entities,
		   PastScores *scores)
{
	PlsModel   *model = pls_model_as_of(motion, as_of,
										&scores->model_version);
	PlsGathering *gathering;
	PlsLeaf    *leaves;
	int			nleaves = pls_motion_leaves(motion, &leaves);
	Snapshot	snapshot = pls_leaves_snapshot();

	pls_ignored_load();
	gathering = pls_gathering_begin(model, as_of, snapshot, entities,
									(Size) maintenance_work_mem * 1024);
	pls_gathering_of_past(gathering);
	gathering->put = take_entity;
	gathering->put_arg = scores;
	pls_gather_alone(gathering, leaves, nleaves);
	pls_gathering_end(gathering);
	UnregisterSnapshot(snapshot);
}

/*
 * Do it for a function (motion, as_of, entities) that returns a set, in a
 * memory context of its own.
 *
 * Errors: 22004; 22008 as_of is not finite; 22023 it is in the future.
 */
static void
score_arguments(FunctionCallInfo fcinfo, PastScores *scores)
{
	MemoryContext context;
	MemoryContext caller;
	TimestampTz as_of;

	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("motion and as_of must not be null")));
	as_of = PG_GETARG_TIMESTAMPTZ(1);
	if (TIMESTAMP_NOT_FINITE(as_of))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("as_of must be finite")));
	if (as_of > pls_transaction_clock())
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("as_of is in the future"),
				 errhint("pls.scores has the scores of now; pls.score(evidence, as_of) looks ahead.")));
	context = AllocSetContextCreate(CurrentMemoryContext, "pls past scores",
									ALLOCSET_DEFAULT_SIZES);
	caller = MemoryContextSwitchTo(context);
	scores->result = (ReturnSetInfo *) fcinfo->resultinfo;
	scores->row_context = AllocSetContextCreate(context, "pls past score",
												ALLOCSET_DEFAULT_SIZES);
	score_past(text_to_cstring(PG_GETARG_TEXT_PP(0)), as_of,
			   PG_ARGISNULL(2) ? NULL : PG_GETARG_ARRAYTYPE_P(2), scores);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
}

PG_FUNCTION_INFO_V1(pls_score_past);

/*
 * pls_internal.score_past(motion, as_of, entities): see its comment in
 * sql/85_learning/18_time_travel.sql.
 */
Datum
pls_score_past(PG_FUNCTION_ARGS)
{
	PastScores	scores = {0};

	score_arguments(fcinfo, &scores);
	return (Datum) 0;
}

PG_FUNCTION_INFO_V1(pls_explain_past);

/*
 * pls_internal.explain_past(motion, as_of, entities): see its comment in
 * sql/85_learning/18_time_travel.sql.
 */
Datum
pls_explain_past(PG_FUNCTION_ARGS)
{
	PastScores	scores = {.explains = true};

	score_arguments(fcinfo, &scores);
	return (Datum) 0;
}
