/*-------------------------------------------------------------------------
 *
 * logistic.c
 *	  Logistic regression as a function of SQL; see logistic_fit.c.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "storage/shmem.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "learning/logistic_fit.h"
#include "pls_compat.h"

#define MAX_COLUMNS		200
#define MAX_VALUE		1e15	/* whole numbers up to it are exact */

#define RESULT_COLUMNS	10

/* The elements of an array without NULLs; *count of them. */
static Datum *
array_elements(ArrayType *array, Oid type, const char *what, int *count)
{
	Datum	   *values;
	bool	   *nulls;

	if (array_contains_nulls(array))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s must not contain nulls", what),
				 errhint("Leave out rows of which something is not known.")));
	deconstruct_array(array, type, 8, true, TYPALIGN_DOUBLE, &values, &nulls, count);
	return values;
}

static void
refuse_counts(int row, int64 hits, int64 trials)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("row %d has " INT64_FORMAT " hits of " INT64_FORMAT " trials", row, hits, trials),
			 errhint("Hits are a part of the trials: 0 <= hits <= trials, which are at most %g.", MAX_VALUE)));
}

/* The arguments x, hits, trials and ridge; the fit's rows are those with trials. */
static void
read_data(FunctionCallInfo fcinfo, PlsLogisticData *data)
{
	ArrayType  *array = PG_GETARG_ARRAYTYPE_P(0);
	int			nvalues;
	int			nhits;
	int			ntrials;
	Datum	   *values = array_elements(array, FLOAT8OID, "x", &nvalues);
	Datum	   *hit_counts = array_elements(PG_GETARG_ARRAYTYPE_P(1), INT8OID, "hits", &nhits);
	Datum	   *trial_counts = array_elements(PG_GETARG_ARRAYTYPE_P(2), INT8OID, "trials", &ntrials);
	double	   *x;
	double	   *hits;
	double	   *trials;
	int			row;
	int			column;

	if (ARR_NDIM(array) != 2 || ARR_DIMS(array)[0] != nhits || nhits != ntrials)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("x, hits and trials do not fit together"),
				 errdetail("x has %d dimensions and %d rows, hits has %d elements and trials %d.",
						   ARR_NDIM(array), ARR_NDIM(array) > 0 ? ARR_DIMS(array)[0] : 0, nhits, ntrials),
				 errhint("x has a row for each element of hits and trials, and in it the values of all columns.")));
	data->ncolumns = ARR_DIMS(array)[1];
	if (data->ncolumns > MAX_COLUMNS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("a logistic fit can have at most %d columns", MAX_COLUMNS),
				 errdetail("There are %d.", data->ncolumns),
				 errhint("Leave out some of them.")));
	data->ridge = PG_GETARG_FLOAT8(3);
	if (!(data->ridge >= 0 && data->ridge <= MAX_VALUE))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("ridge must lie between 0 and %g", MAX_VALUE),
				 errdetail("It is %g.", data->ridge),
				 errhint("0 is no penalty; 1 keeps odds ratios of single columns near 1 if there are few outcomes.")));

	data->x = x = palloc(mul_size(Max(nvalues, 1), sizeof(double)));
	data->hits = hits = palloc(sizeof(double) * Max(nhits, 1));
	data->trials = trials = palloc(sizeof(double) * Max(nhits, 1));
	data->nrows = 0;
	for (row = 0; row < nhits; row++)
	{
		int64		nhit = DatumGetInt64(hit_counts[row]);
		int64		ntrial = DatumGetInt64(trial_counts[row]);

		if (nhit < 0 || nhit > ntrial || ntrial > MAX_VALUE)
			refuse_counts(row + 1, nhit, ntrial);
		if (ntrial == 0)
			continue;
		for (column = 0; column < data->ncolumns; column++)
		{
			double		value = DatumGetFloat8(values[row * data->ncolumns + column]);

			if (!(fabs(value) <= MAX_VALUE))
				ereport(ERROR,
						(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
						 errmsg("a value of a logistic fit must lie between %g and %g", -MAX_VALUE, MAX_VALUE),
						 errdetail("In row %d, column %d has %g.", row + 1, column + 1, value)));
			x[(Size) data->nrows * data->ncolumns + column] = value;
		}
		hits[data->nrows] = (double) nhit;
		trials[data->nrows++] = (double) ntrial;
	}
}

/* Without a hit, or without a miss, even the intercept has no bound. */
static void
check_outcomes(const PlsLogisticData *data)
{
	double		hits = 0;
	double		trials = 0;
	int			i;

	for (i = 0; i < data->nrows; i++)
	{
		hits += data->hits[i];
		trials += data->trials[i];
	}
	if (hits == 0 || hits == trials)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("outcomes that all are the same cannot be fitted"),
				 errdetail("Of %.0f trials, %.0f are hits.", trials, hits),
				 errhint("Use a time in which some have the outcome and some do not.")));
}

static void
check_fit(const PlsLogisticFit *fit, int ncolumns, double ridge)
{
	bool		finite = isfinite(fit->deviance);
	int			i;

	if (fit->separation != PLS_SEPARATION_NONE && ridge == 0)
		return;
	for (i = 0; i < ncolumns; i++)
		finite &= !isinf(fit->coefficients[i]) && !isinf(fit->errors[i]);
	if (!fit->converged || !finite || !isfinite(fit->intercept) || !isfinite(fit->intercept_error))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("the logistic fit does not converge"),
				 errdetail("It was given up in iteration %d.", fit->iterations),
				 errhint("Use a greater ridge, or columns whose values differ less in size.")));
}

static Datum
float_array(const double *values, int count)
{
	Datum	   *elements = palloc(sizeof(Datum) * Max(count, 1));
	bool	   *nulls = palloc(sizeof(bool) * Max(count, 1));
	int			lower = 1;
	int			i;

	for (i = 0; i < count; i++)
	{
		elements[i] = Float8GetDatum(values[i]);
		nulls[i] = isnan(values[i]);
	}
	return PointerGetDatum(construct_md_array(elements, nulls, 1, &count, &lower, FLOAT8OID,
											  sizeof(double), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}

static Datum
float_matrix(const double *values, int size)
{
	Datum	   *elements = palloc(sizeof(Datum) * size * size);
	int			dims[2] = {size, size};
	int			lower[2] = {1, 1};
	int			i;

	for (i = 0; i < size * size; i++)
		elements[i] = Float8GetDatum(values[i]);
	return PointerGetDatum(construct_md_array(elements, NULL, 2, dims, lower, FLOAT8OID,
											  sizeof(double), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}

static Datum
state_array(const PlsColumnState *states, int count)
{
	static const char *const words[] = {
		[PLS_COLUMN_FITTED] = "fitted",
		[PLS_COLUMN_CONSTANT] = "constant",
		[PLS_COLUMN_DEPENDENT] = "dependent",
		[PLS_COLUMN_SEPARATED] = "separated",
	};
	Datum	   *elements = palloc(sizeof(Datum) * count);
	int			i;

	for (i = 0; i < count; i++)
		elements[i] = CStringGetTextDatum(words[states[i]]);
	return PointerGetDatum(construct_array(elements, count, TEXTOID, -1, false, TYPALIGN_INT));
}

PG_FUNCTION_INFO_V1(pls_logistic_regression);

/*
 * pls_internal.logistic_fit(x double precision[][], hits bigint[],
 * trials bigint[], ridge double precision, OUT ...)
 *
 * Errors: 22004 a NULL in an array, 2202E they do not fit together, 22023
 * impossible counts or ridge, or all outcomes are the same, 22003 a value is
 * too large or the fit does not converge, 54000 too many columns.
 */
Datum
pls_logistic_regression(PG_FUNCTION_ARGS)
{
	static const char *const separations[] = {
		[PLS_SEPARATION_NONE] = "none",
		[PLS_SEPARATION_QUASI] = "quasi-complete",
		[PLS_SEPARATION_COMPLETE] = "complete",
	};
	PlsLogisticData data;
	PlsLogisticFit *fit;
	TupleDesc	tupdesc;
	Datum		values[RESULT_COLUMNS];
	bool		nulls[RESULT_COLUMNS] = {false};

	if (get_call_result_type(fcinfo, NULL, &tupdesc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	read_data(fcinfo, &data);
	check_outcomes(&data);
	fit = pls_logistic_fit(&data);
	check_fit(fit, data.ncolumns, data.ridge);
	values[0] = Float8GetDatum(fit->intercept);
	nulls[0] = isnan(fit->intercept);
	values[1] = Float8GetDatum(fit->intercept_error);
	nulls[1] = isnan(fit->intercept_error);
	values[2] = float_array(fit->coefficients, data.ncolumns);
	values[3] = float_array(fit->errors, data.ncolumns);
	values[4] = state_array(fit->states, data.ncolumns);
	values[5] = float_matrix(fit->depends_on, data.ncolumns);
	values[6] = CStringGetTextDatum(separations[fit->separation]);
	values[7] = Float8GetDatum(fit->deviance);
	values[8] = Float8GetDatum(fit->null_deviance);
	values[9] = Int32GetDatum(fit->iterations);
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(tupdesc), values, nulls));
}
