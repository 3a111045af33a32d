/*-------------------------------------------------------------------------
 *
 * logistic_fit.c
 *	  Logistic regression of counts, by Newton's method.
 *
 * Sought are the intercept a and the coefficients b that maximise
 *
 *		sum over rows of hits * e - trials * log(1 + exp(e))
 *			- ridge / 2 * sum over columns of b^2,	with e = a + x b
 *
 * which is what iteratively reweighted least squares finds (McCullagh and
 * Nelder, Generalized Linear Models, 1989).  The intercept is not penalised.
 * Standard errors are the roots of the diagonal of the inverse of the negative
 * second derivatives, those of the penalty included.
 *
 * Inside, columns have mean 0 and variance 1, so that their units do not
 * matter to the equations; the penalty is that of the columns as they came.
 *
 * A column that is the same in all rows is left out.  One that is a sum of
 * multiples of columns before it (Gram-Schmidt leaves nothing of it) is left
 * out unless there is a penalty, which shares the effect out among them.
 *
 * Without a penalty no maximum exists if there is a direction in which one
 * can go forever without making any row less probable (Albert and Anderson,
 * Biometrika 71, 1984).  Newton's method then goes that way: in late steps the
 * e of such rows grows by 1 or more, and that of the others stands still.
 * A step of which both are true of all rows is the proof, and ends it.  The
 * question does not depend on the penalty, so it is asked without first.
 *
 * All memory is that of the caller's context; nothing is kept.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <float.h>
#include <math.h>

#include "miscadmin.h"
#include "storage/shmem.h"

#include "learning/logistic_fit.h"

#define MAX_ITERATIONS	100
#define MAX_HALVINGS	40
#define GAIN_ENOUGH		1e-16	/* of the logarithm of the likelihood */
#define DEPENDENT		1e-8	/* what is left of a column, as a share of it */
#define STANDS_STILL	1e-6	/* of e, in a late step */
#define AS_GOOD_AS_SURE	15		/* e of a row that is told exactly */
#define ROWS_A_CHECK	4096	/* between looks for an interrupt */

/* The standardised columns that take part, and what Newton's method needs. */
typedef struct Problem
{
	const PlsLogisticData *data;
	double	   *z;				/* nrows x ncolumns: all of them standardised */
	double	   *means;
	double	   *scales;			/* 0: constant */
	int			nactive;
	int		   *active;			/* the columns that take part */
	double	   *penalty;		/* of each active column, standardised */

	/* of size nactive + 1, the intercept first */
	double	   *beta;
	double	   *step;
	double	   *gradient;
	double	   *cholesky;		/* square; lower triangle */

	/* of each row */
	double	   *e;
	double	   *de;				/* what the step adds to it */

	int			iterations;
	bool		converged;
	PlsSeparation separation;
} Problem;

static void *
alloc_doubles(Size count)
{
	return palloc0(mul_size(Max(count, 1), sizeof(double)));
}

/* log(1 + exp(e)), for every e. */
static double
log_one_plus_exp(double e)
{
	return e > 0 ? e + log1p(exp(-e)) : log1p(exp(e));
}

/* ---------- the columns ---------- */

/* Mean and standard deviation of a column, and its standardised values. */
static void
standardise_column(Problem *problem, int column)
{
	const PlsLogisticData *data = problem->data;
	double		total = 0;
	double		sum = 0;
	double		far = 0;
	double		squares = 0;
	double		size = 0;
	int			i;

	CHECK_FOR_INTERRUPTS();
	for (i = 0; i < data->nrows; i++)
	{
		double		value = data->x[(Size) i * data->ncolumns + column];

		total += data->trials[i];
		sum += data->trials[i] * value;
		size = Max(size, fabs(value));
	}
	problem->means[column] = sum / total;
	for (i = 0; i < data->nrows; i++)
		far = Max(far, fabs(data->x[(Size) i * data->ncolumns + column] - sum / total));
	/* rounding errors of the mean are no differences */
	if (far <= size * 1e-12)
		return;
	for (i = 0; i < data->nrows; i++)
	{
		double		value = (data->x[(Size) i * data->ncolumns + column] - sum / total) / far;

		squares += data->trials[i] * value * value;
	}
	problem->scales[column] = far * sqrt(squares / total);
	for (i = 0; i < data->nrows; i++)
		problem->z[(Size) i * data->ncolumns + column] =
			(data->x[(Size) i * data->ncolumns + column] - sum / total) / problem->scales[column];
}

/*
 * Takes the parts along the orthonormal columns of q from v, and notes how
 * much of each it was.  Twice, for rounding leaves some of them the first time.
 */
static void
orthogonalise(const double *q, int nq, double *v, int nrows, double *parts)
{
	int			round;
	int			k;
	int			i;

	for (round = 0; round < 2; round++)
		for (k = 0; k < nq; k++)
		{
			const double *one = q + (Size) k * nrows;
			double		part = 0;

			CHECK_FOR_INTERRUPTS();
			for (i = 0; i < nrows; i++)
				part += one[i] * v[i];
			for (i = 0; i < nrows; i++)
				v[i] -= part * one[i];
			parts[k] += part;
		}
}

static double
norm(const double *v, int nrows)
{
	double		sum = 0;
	int			i;

	for (i = 0; i < nrows; i++)
		sum += v[i] * v[i];
	return sqrt(sum);
}

/*
 * Of which multiples of the kept columns a dependent column is the sum, but
 * for a constant.  r is upper triangular, column by column of size nkept_max:
 * the parts of the kept columns; parts are those of the dependent one.
 */
static void
note_dependence(Problem *problem, PlsLogisticFit *fit, int column, const int *kept, int nkept,
				const double *r, double *parts)
{
	int			ncolumns = problem->data->ncolumns;
	int			k;
	int			l;

	fit->states[column] = PLS_COLUMN_DEPENDENT;
	for (k = nkept - 1; k >= 0; k--)
	{
		double		multiple;

		parts[k] /= r[(Size) k * ncolumns + k];
		for (l = 0; l < k; l++)
			parts[l] -= parts[k] * r[(Size) k * ncolumns + l];
		multiple = parts[k] * problem->scales[column] / problem->scales[kept[k]];
		if (fabs(parts[k]) > STANDS_STILL)
			fit->depends_on[(Size) column * ncolumns + kept[k]] = multiple;
	}
}

/* Standardises the columns, and finds those that are constant or dependent. */
static void
prepare_columns(Problem *problem, PlsLogisticFit *fit)
{
	const PlsLogisticData *data = problem->data;
	int			ncolumns = data->ncolumns;
	double	   *q = alloc_doubles(mul_size(data->nrows, ncolumns));
	double	   *r = alloc_doubles((Size) ncolumns * ncolumns);
	double	   *parts = alloc_doubles(ncolumns);
	int		   *kept = palloc(sizeof(int) * Max(ncolumns, 1));
	int			nkept = 0;
	int			column;
	int			i;

	for (column = 0; column < ncolumns; column++)
	{
		double	   *v = q + (Size) nkept * data->nrows;
		double		whole;
		double		rest;

		standardise_column(problem, column);
		if (problem->scales[column] == 0)
		{
			fit->states[column] = PLS_COLUMN_CONSTANT;
			continue;
		}
		for (i = 0; i < data->nrows; i++)
			v[i] = sqrt(data->trials[i]) * problem->z[(Size) i * ncolumns + column];
		whole = norm(v, data->nrows);
		memset(parts, 0, sizeof(double) * ncolumns);
		orthogonalise(q, nkept, v, data->nrows, parts);
		rest = norm(v, data->nrows);
		if (rest <= DEPENDENT * whole)
		{
			note_dependence(problem, fit, column, kept, nkept, r, parts);
			continue;
		}
		for (i = 0; i < data->nrows; i++)
			v[i] /= rest;
		parts[nkept] = rest;
		memcpy(r + (Size) nkept * ncolumns, parts, sizeof(double) * ncolumns);
		kept[nkept++] = column;
	}
	pfree(q);
	pfree(r);
	pfree(parts);
	pfree(kept);
}

/* ---------- Newton's method ---------- */

/* What a vector of coefficients gives in each row. */
static void
rows_of(const Problem *problem, const double *beta, double *result)
{
	const PlsLogisticData *data = problem->data;
	int			i;
	int			k;

	for (i = 0; i < data->nrows; i++)
	{
		const double *z = problem->z + (Size) i * data->ncolumns;
		double		sum = beta[0];

		if (i % ROWS_A_CHECK == 0)
			CHECK_FOR_INTERRUPTS();
		for (k = 0; k < problem->nactive; k++)
			sum += beta[k + 1] * z[problem->active[k]];
		result[i] = sum;
	}
}

/* The logarithm of the likelihood, less the penalty, with a share of the step. */
static double
objective(const Problem *problem, double share)
{
	const PlsLogisticData *data = problem->data;
	double		sum = 0;
	int			i;
	int			k;

	for (i = 0; i < data->nrows; i++)
	{
		double		e = problem->e[i] + share * problem->de[i];

		sum += data->hits[i] * e - data->trials[i] * log_one_plus_exp(e);
	}
	for (k = 0; k < problem->nactive; k++)
	{
		double		b = problem->beta[k + 1] + share * problem->step[k + 1];

		sum -= problem->penalty[k] * b * b / 2;
	}
	return sum;
}

/*
 * First and (negative) second derivatives; of the latter the lower triangle.
 * Both p and 1 - p are exact where they are near 0.
 */
static void
derive(Problem *problem)
{
	const PlsLogisticData *data = problem->data;
	int			size = problem->nactive + 1;
	double	   *h = problem->cholesky;
	int			i;
	int			k;
	int			l;

	memset(problem->gradient, 0, sizeof(double) * size);
	memset(h, 0, sizeof(double) * size * size);
	for (i = 0; i < data->nrows; i++)
	{
		const double *z = problem->z + (Size) i * data->ncolumns;
		double		p = 1 / (1 + exp(-problem->e[i]));
		double		q = 1 / (1 + exp(problem->e[i]));
		double		rest = data->hits[i] * q - (data->trials[i] - data->hits[i]) * p;
		double		weight = data->trials[i] * p * q;

		if (i % ROWS_A_CHECK == 0)
			CHECK_FOR_INTERRUPTS();
		for (k = 0; k < size; k++)
		{
			double		value = k == 0 ? 1 : z[problem->active[k - 1]];

			problem->gradient[k] += rest * value;
			h[k * size] += weight * value;
			for (l = 1; l <= k; l++)
				h[k * size + l] += weight * value * z[problem->active[l - 1]];
		}
	}
	for (k = 1; k < size; k++)
	{
		problem->gradient[k] -= problem->penalty[k - 1] * problem->beta[k];
		h[k * size + k] += problem->penalty[k - 1];
	}
}

/* Cholesky's factor in place of a lower triangle; false: it has none. */
static bool
factorise(double *h, int size)
{
	int			i;
	int			j;
	int			k;

	for (j = 0; j < size; j++)
	{
		double		diagonal = h[j * size + j];
		double		whole = diagonal;

		for (k = 0; k < j; k++)
			diagonal -= h[j * size + k] * h[j * size + k];
		/* NaN is not greater either */
		if (!(diagonal > whole * DBL_EPSILON))
			return false;
		h[j * size + j] = sqrt(diagonal);
		for (i = j + 1; i < size; i++)
		{
			double		sum = h[i * size + j];

			for (k = 0; k < j; k++)
				sum -= h[i * size + k] * h[j * size + k];
			h[i * size + j] = sum / h[j * size + j];
		}
	}
	return true;
}

/* Solves with Cholesky's factor, in place. */
static void
solve(const double *factor, int size, double *v)
{
	int			i;
	int			k;

	for (i = 0; i < size; i++)
	{
		for (k = 0; k < i; k++)
			v[i] -= factor[i * size + k] * v[k];
		v[i] /= factor[i * size + i];
	}
	for (i = size - 1; i >= 0; i--)
	{
		for (k = i + 1; k < size; k++)
			v[i] -= factor[k * size + i] * v[k];
		v[i] /= factor[i * size + i];
	}
}

/*
 * Does the step prove that there is no maximum?  Then the rows that it moves
 * are told exactly: all of their trials are hits, or none, they are told so
 * already, and the step makes it surer.
 */
static PlsSeparation
proven_separation(const Problem *problem)
{
	const PlsLogisticData *data = problem->data;
	int			moved = 0;
	int			i;

	for (i = 0; i < data->nrows; i++)
	{
		int			sign = (data->hits[i] == data->trials[i]) - (data->hits[i] == 0);

		if (fabs(problem->de[i]) <= STANDS_STILL)
			continue;
		if (sign * problem->de[i] < 0.5 || sign * problem->e[i] < AS_GOOD_AS_SURE)
			return PLS_SEPARATION_NONE;
		moved++;
	}
	return moved == 0 ? PLS_SEPARATION_NONE :
		moved == data->nrows ? PLS_SEPARATION_COMPLETE : PLS_SEPARATION_QUASI;
}

/* The share of the step that makes things better: all of it, or half as often. */
static double
share_of_step(const Problem *problem)
{
	double		before = objective(problem, 0);
	double		share = 1;
	int			i;

	for (i = 0; i < MAX_HALVINGS; i++)
	{
		if (objective(problem, share) >= before - 1e-12 * (fabs(before) + 1))
			return share;
		share /= 2;
	}
	return 0;
}

/*
 * Climbs from where only the overall rate is known.  Leaves the factor of the
 * second derivatives at the end.
 */
static void
climb(Problem *problem, double rate)
{
	int			size = problem->nactive + 1;
	int			k;

	memset(problem->beta, 0, sizeof(double) * size);
	problem->beta[0] = log(rate / (1 - rate));
	problem->separation = PLS_SEPARATION_NONE;
	problem->converged = false;
	for (problem->iterations = 1; problem->iterations <= MAX_ITERATIONS; problem->iterations++)
	{
		double		gain = 0;
		double		share;

		rows_of(problem, problem->beta, problem->e);
		derive(problem);
		if (!factorise(problem->cholesky, size))
			break;
		memcpy(problem->step, problem->gradient, sizeof(double) * size);
		solve(problem->cholesky, size, problem->step);
		rows_of(problem, problem->step, problem->de);
		problem->separation = proven_separation(problem);
		if (problem->separation != PLS_SEPARATION_NONE)
			return;
		for (k = 0; k < size; k++)
			gain += problem->gradient[k] * problem->step[k];
		share = share_of_step(problem);
		if (share == 0)
			break;
		for (k = 0; k < size; k++)
			problem->beta[k] += share * problem->step[k];
		if (gain <= GAIN_ENOUGH)
		{
			problem->converged = true;
			break;
		}
	}
	problem->iterations = Min(problem->iterations, MAX_ITERATIONS);
	rows_of(problem, problem->beta, problem->e);
	derive(problem);
	if (!factorise(problem->cholesky, size))
		problem->converged = false;
}

/* Fits the columns that have this state or, with a penalty, may have it. */
static void
fit_columns(Problem *problem, const PlsLogisticFit *fit, double ridge, double rate)
{
	int			size;
	int			column;

	problem->nactive = 0;
	for (column = 0; column < problem->data->ncolumns; column++)
	{
		if (fit->states[column] == PLS_COLUMN_CONSTANT ||
			(fit->states[column] == PLS_COLUMN_DEPENDENT && ridge == 0))
			continue;
		problem->penalty[problem->nactive] = ridge / problem->scales[column] / problem->scales[column];
		problem->active[problem->nactive++] = column;
	}
	size = problem->nactive + 1;
	problem->beta = alloc_doubles(size);
	problem->step = alloc_doubles(size);
	problem->gradient = alloc_doubles(size);
	problem->cholesky = alloc_doubles((Size) size * size);
	climb(problem, rate);
}

/* ---------- the answer ---------- */

/* Twice what the likelihood lacks to that of rows that are told as they are. */
static double
deviance(const PlsLogisticData *data, const double *e, double constant)
{
	double		sum = 0;
	int			i;

	for (i = 0; i < data->nrows; i++)
	{
		double		hits = data->hits[i];
		double		misses = data->trials[i] - hits;
		double		one = e != NULL ? e[i] : constant;

		/* log p is -log(1 + exp(-e)), log(1 - p) is -log(1 + exp(e)) */
		if (hits > 0)
			sum += hits * (log(hits / data->trials[i]) + log_one_plus_exp(-one));
		if (misses > 0)
			sum += misses * (log(misses / data->trials[i]) + log_one_plus_exp(one));
	}
	return 2 * sum;
}

/*
 * Writes intercept, coefficients and their errors, of the columns as they
 * came.  The variance of v b is that of the solution of v.
 */
static void
write_coefficients(const Problem *problem, PlsLogisticFit *fit)
{
	int			size = problem->nactive + 1;
	double	   *v = alloc_doubles(size);
	double	   *solved = alloc_doubles(size);
	int			k;

	fit->intercept = problem->beta[0];
	v[0] = 1;
	for (k = 1; k < size; k++)
	{
		int			column = problem->active[k - 1];

		fit->coefficients[column] = problem->beta[k] / problem->scales[column];
		fit->intercept -= fit->coefficients[column] * problem->means[column];
		v[k] = -problem->means[column] / problem->scales[column];
		memset(solved, 0, sizeof(double) * size);
		solved[k] = 1;
		solve(problem->cholesky, size, solved);
		fit->errors[column] = sqrt(solved[k]) / problem->scales[column];
	}
	memcpy(solved, v, sizeof(double) * size);
	solve(problem->cholesky, size, solved);
	fit->intercept_error = 0;
	for (k = 0; k < size; k++)
		fit->intercept_error += v[k] * solved[k];
	fit->intercept_error = sqrt(fit->intercept_error);
}

/*
 * Which coefficients the step that proved separation moves.  If all rows are
 * told exactly, none of the others can be told.
 */
static void
mark_separated(const Problem *problem, PlsLogisticFit *fit)
{
	int			k;

	fit->separation = problem->separation;
	for (k = 0; k < problem->nactive; k++)
		if (problem->separation == PLS_SEPARATION_COMPLETE ||
			fabs(problem->step[k + 1]) > STANDS_STILL)
			fit->states[problem->active[k]] = PLS_COLUMN_SEPARATED;
}

/* The end of the way that a coefficient goes, by its part of a step. */
static double
end_of_way(double step)
{
	return fabs(step) <= STANDS_STILL ? NAN : step > 0 ? INFINITY : -INFINITY;
}

/* Without a penalty these have no bound, and no error. */
static void
write_infinities(const Problem *problem, PlsLogisticFit *fit)
{
	double		intercept = problem->step[0];
	int			k;

	for (k = 0; k < problem->nactive; k++)
	{
		int			column = problem->active[k];

		intercept -= problem->step[k + 1] * problem->means[column] / problem->scales[column];
		if (fit->states[column] != PLS_COLUMN_SEPARATED)
			continue;
		fit->coefficients[column] = end_of_way(problem->step[k + 1]);
		fit->errors[column] = NAN;
	}
	if (fit->separation == PLS_SEPARATION_COMPLETE || fabs(intercept) > STANDS_STILL)
	{
		fit->intercept = end_of_way(intercept);
		fit->intercept_error = NAN;
	}
}

static PlsLogisticFit *
make_fit(int ncolumns)
{
	PlsLogisticFit *fit = palloc0(sizeof(PlsLogisticFit));
	int			i;

	fit->coefficients = alloc_doubles(ncolumns);
	fit->errors = alloc_doubles(ncolumns);
	fit->states = palloc0(sizeof(PlsColumnState) * Max(ncolumns, 1));
	fit->depends_on = alloc_doubles((Size) ncolumns * ncolumns);
	for (i = 0; i < ncolumns; i++)
		fit->coefficients[i] = fit->errors[i] = NAN;
	return fit;
}

/*
 * The fit of data in which some trials are hits and some are not; the caller
 * has seen to that, and that all numbers are finite and of a sensible size.
 */
PlsLogisticFit *
pls_logistic_fit(const PlsLogisticData *data)
{
	PlsLogisticFit *fit = make_fit(data->ncolumns);
	Problem		problem = {.data = data};
	double		hits = 0;
	double		total = 0;
	int			i;

	for (i = 0; i < data->nrows; i++)
	{
		hits += data->hits[i];
		total += data->trials[i];
	}
	problem.z = alloc_doubles(mul_size(data->nrows, data->ncolumns));
	problem.means = alloc_doubles(data->ncolumns);
	problem.scales = alloc_doubles(data->ncolumns);
	problem.active = palloc(sizeof(int) * Max(data->ncolumns, 1));
	problem.penalty = alloc_doubles(data->ncolumns);
	problem.e = alloc_doubles(data->nrows);
	problem.de = alloc_doubles(data->nrows);
	prepare_columns(&problem, fit);

	fit_columns(&problem, fit, 0, hits / total);
	if (problem.separation != PLS_SEPARATION_NONE)
		mark_separated(&problem, fit);
	if (data->ridge > 0)
		fit_columns(&problem, fit, data->ridge, hits / total);
	write_coefficients(&problem, fit);
	if (fit->separation != PLS_SEPARATION_NONE && data->ridge == 0)
		write_infinities(&problem, fit);
	fit->iterations = problem.iterations;
	fit->converged = problem.converged;
	fit->deviance = deviance(data, problem.e, 0);
	fit->null_deviance = deviance(data, NULL, log(hits / (total - hits)));
	return fit;
}
