/*-------------------------------------------------------------------------
 *
 * change.c
 *	  What evidence is worth before a change of the model that is not yet
 *	  committed, and after it.
 *
 * For pls.what_if(), which asks for every standing of a motion: mostly the
 * evidence is the same before and after, and is read once.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "funcapi.h"
#include "utils/builtins.h"

#include "decimal.h"
#include "evidence/call_cache.h"
#include "evidence/evidence.h"
#include "evidence/model_evidence.h"
#include "evidence/score.h"
#include "model/model.h"
#include "model/model_cache.h"
#include "model/model_committed.h"
#include "pls.h"
#include "text_datum.h"

/* Columns that before and after have each. */
enum
{
	C_SCORE, C_GRADE, C_LANE, C_FLOOR, C_REQUIRED, C_NCOLUMNS
};

/* Columns of pls_internal.evaluate_change(). */
enum
{
	CHANGE_BEFORE, CHANGE_AFTER = C_NCOLUMNS, CHANGE_STALE = 2 * C_NCOLUMNS,
	CHANGE_NCOLUMNS
};

/*
 * Value evidence by a model, for an entity that had this lane before.
 */
static void
put_worth(const PlsModel *model, const PlsScore *score, PlsLane before,
		  Datum *values, bool *nulls)
{
	PlsLane		now = pls_lane(model, score, before);

	values[C_SCORE] = pls_milli_to_numeric(score->total);
	values[C_GRADE] = pls_text_or_null(pls_grade(model, score),
									   &nulls[C_GRADE]);
	values[C_LANE] = pls_text_or_null(pls_lane_name(now), &nulls[C_LANE]);
	values[C_FLOOR] = pls_milli_to_numeric(pls_sales_floor(model,
														   now == PLS_LANE_SALES ?
														   before : PLS_LANE_NONE));
	values[C_REQUIRED] = BoolGetDatum(score->required_met);
	nulls[C_SCORE] = nulls[C_FLOOR] = nulls[C_REQUIRED] = false;
}

PG_FUNCTION_INFO_V1(pls_evaluate_change);

/*
 * pls_internal.evaluate_change(stored, stored_as_of, evidence, as_of,
 * attributes, was_lane): see its comment in sql/85_learning/40_what_if.sql.
 *
 * Errors: 42704 if the motion no longer exists.
 */
Datum
pls_evaluate_change(PG_FUNCTION_ARGS)
{
	TupleDesc	desc = pls_call_cache_result(fcinfo);
	Jsonb	   *attributes = PG_ARGISNULL(4) ? NULL : PG_GETARG_JSONB_P(4);
	PlsLane		before = PLS_LANE_NONE;
	PlsEvidence *evidence = NULL;
	Datum		values[CHANGE_NCOLUMNS];
	bool		nulls[CHANGE_NCOLUMNS];
	PlsScore	score;

	memset(nulls, true, sizeof(nulls));
	if (!PG_ARGISNULL(5))
		before = pls_lane_parse(text_to_cstring(PG_GETARG_TEXT_PP(5)));
	if (!PG_ARGISNULL(2))
	{
		const PlsModel *model;

		evidence = pls_evidence_from_datum(CurrentMemoryContext,
										   PG_GETARG_DATUM(2));
		model = pls_call_cache_model(fcinfo->flinfo, evidence->motion,
									 strlen(evidence->motion));
		pls_score(model, evidence, PG_GETARG_TIMESTAMPTZ(3), attributes,
				  &score);
		put_worth(model, &score, before, values + CHANGE_AFTER,
				  nulls + CHANGE_AFTER);
		values[CHANGE_STALE] = BoolGetDatum(score.stale);
		nulls[CHANGE_STALE] = false;
	}
	if (!PG_ARGISNULL(0))
	{
		const PlsModel *model;

		if (evidence == NULL || PG_GETARG_DATUM(0) != PG_GETARG_DATUM(2))
			evidence = pls_evidence_from_datum(CurrentMemoryContext,
											   PG_GETARG_DATUM(0));
		model = pls_call_cache_committed(fcinfo->flinfo, evidence->motion);
		if (model != NULL)
		{
			pls_score(model, evidence, PG_GETARG_TIMESTAMPTZ(1), attributes,
					  &score);
			put_worth(model, &score, before, values + CHANGE_BEFORE,
					  nulls + CHANGE_BEFORE);
		}
	}
	return HeapTupleGetDatum(heap_form_tuple(desc, values, nulls));
}

PG_FUNCTION_INFO_V1(pls_measures_anew);

/*
 * pls_internal.measures_anew(motion) -> boolean: whether the model asks for
 * something that evidence of the committed one does not hold.  No if there is
 * no committed one.
 *
 * Errors: 42704 if there is no such motion.
 */
Datum
pls_measures_anew(PG_FUNCTION_ARGS)
{
	char	   *motion = text_to_cstring(PG_GETARG_TEXT_PP(0));
	PlsModel   *committed = pls_model_committed(motion);
	PlsScore	score;

	if (committed == NULL)
		PG_RETURN_BOOL(false);
	pls_score(pls_current_model(motion),
			  pls_model_evidence(CurrentMemoryContext, committed),
			  pls_transaction_clock(), NULL, &score);
	PG_RETURN_BOOL(score.stale);
}
