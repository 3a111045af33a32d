/*-------------------------------------------------------------------------
 *
 * statistics.c
 *	  The arithmetic behind pls.sample_size(), pls.proportion_lift() and the
 *	  reports on pilots, in double precision.
 *
 * What is easily said in SQL is there (sql/85_learning/10_statistics.sql).
 * Here are the functions that SQL lacks: the normal distribution and its
 * inverse, the exact binomial test, and the test of two proportions that may
 * be read at any time.
 *
 * That test is a universal inference (Wasserman, Ramdas, Balakrishnan:
 * Universal inference, PNAS 117, 2020, section 7).  If an arm's outcomes are
 * draws with probability p, the likelihood of what was seen, averaged over p
 * with the weights of a Beta(1/2, 1/2) distribution, divided by the likelihood
 * at the true p, is a martingale that begins with 1, whatever the order in
 * which the entities of both arms come.  By Ville's inequality it exceeds
 * 1/alpha at any time, ever, with probability alpha at most.  The true pair of
 * rates is not known, but no pair makes the divisor greater than the one at
 * which the likelihood is greatest.  So the average divided by the greatest
 * likelihood among all pairs with a given difference is an e-value for that
 * difference: those with one below 1/alpha are an interval that holds at all
 * times at once.  It needs the counts alone, and no approximation.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "access/htup_details.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"

#include "pls_compat.h"

#define STEPS			200		/* of a bisection: until doubles do not differ */

/* An arm of a comparison: how many had the outcome, of how many. */
typedef struct Arm
{
	double		hits;
	double		count;
} Arm;

/* ---------- the normal distribution ---------- */

/* The probability of a standard normal number up to z. */
static double
normal_distribution(double z)
{
	return erfc(-z / M_SQRT2) / 2;
}

/*
 * The z up to which a standard normal number is with probability p, which is
 * above 0 and at most 1/2.
 *
 * The start is formula 26.2.23 of Abramowitz and Stegun, Handbook of
 * Mathematical Functions, within 4.5e-4.  Each step of Halley's method for
 * normal_distribution(z) = p about triples the number of right digits.  The
 * density is multiplied by p and not divided by it, which would overflow.
 */
static double
lower_quantile(double p)
{
	double		t = sqrt(-2 * log(p));
	double		z;
	int			i;

	z = ((0.010328 * t + 0.802853) * t + 2.515517) /
		(((0.001308 * t + 0.189269) * t + 1.432788) * t + 1) - t;
	for (i = 0; i < 3; i++)
	{
		double		error = normal_distribution(z) / p - 1;
		double		step;

		/* error over density, in multiples of p */
		step = error * exp(z * z / 2 + log(p)) * sqrt(2 * M_PI);
		z -= step / (1 + z * step / 2);
	}
	return z;
}

PG_FUNCTION_INFO_V1(pls_normal_distribution);

/*
 * pls_internal.normal_distribution(z double precision) -> double precision
 */
Datum
pls_normal_distribution(PG_FUNCTION_ARGS)
{
	PG_RETURN_FLOAT8(normal_distribution(PG_GETARG_FLOAT8(0)));
}

PG_FUNCTION_INFO_V1(pls_normal_quantile);

/*
 * pls_internal.normal_quantile(p double precision) -> double precision:
 * -infinity for 0, infinity for 1.  Errors: 22023 if p is not from 0 to 1.
 */
Datum
pls_normal_quantile(PG_FUNCTION_ARGS)
{
	double		p = PG_GETARG_FLOAT8(0);

	if (!(p >= 0 && p <= 1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a probability must lie between 0 and 1"),
				 errdetail("It is %g.", p),
				 errhint("Use a share such as 0.95.")));
	if (p == 0 || p == 1)
		PG_RETURN_FLOAT8(p == 0 ? -INFINITY : INFINITY);
	if (p == 0.5)
		PG_RETURN_FLOAT8(0);
	/* 1 - p is exact there */
	PG_RETURN_FLOAT8(p <= 0.5 ? lower_quantile(p) : -lower_quantile(1 - p));
}

/* ---------- the exact binomial test ---------- */

/* a * log(b), 0 if a is. */
static double
times_log(double a, double b)
{
	return a == 0 ? 0 : a * log(b);
}

/* The logarithm of the probability of x hits among n, each with probability p. */
static double
log_binomial(double x, double n, double p)
{
	return lgamma(n + 1) - lgamma(x + 1) - lgamma(n - x + 1) +
		times_log(x, p) + times_log(n - x, 1 - p);
}

PG_FUNCTION_INFO_V1(pls_binomial_test);

/*
 * pls_internal.binomial_test(x bigint, n bigint, p double precision) -> double
 * precision: the probability of a number of hits among n that is at most as
 * probable as x, if each has probability p.
 *
 * Which probabilities are the same as that of x is decided with a relative
 * tolerance of 1e-7, as R's binom.test() does.  The caller sees to it that
 * 0 <= x <= n and 0 < p < 1.  Numbers that are less probable than e^-50 of x's
 * add nothing; from the middle outwards the loop ends there.
 */
Datum
pls_binomial_test(PG_FUNCTION_ARGS)
{
	double		n = (double) PG_GETARG_INT64(1);
	double		p = PG_GETARG_FLOAT8(2);
	double		seen = log_binomial((double) PG_GETARG_INT64(0), n, p);
	double		limit = seen + log1p(1e-7);
	double		middle = floor((n + 1) * p);
	double		total = 0;
	double		x;

	for (x = Min(middle, n); x >= 0; x--)
	{
		double		one = log_binomial(x, n, p);

		CHECK_FOR_INTERRUPTS();
		if (one <= limit)
			total += exp(one);
		if (one < seen - 50)
			break;
	}
	for (x = Min(middle, n) + 1; x <= n; x++)
	{
		double		one = log_binomial(x, n, p);

		CHECK_FOR_INTERRUPTS();
		if (one <= limit)
			total += exp(one);
		if (one < seen - 50)
			break;
	}
	PG_RETURN_FLOAT8(Min(total, 1));
}

/* ---------- two proportions, at any time ---------- */

/* The logarithm of an arm's likelihood, averaged over Beta(1/2, 1/2). */
static double
log_average(Arm arm)
{
	return lgamma(arm.hits + 0.5) + lgamma(arm.count - arm.hits + 0.5) -
		lgamma(arm.count + 1) - log(M_PI);
}

/* The logarithm of an arm's likelihood if the rate is p. */
static double
log_likelihood(Arm arm, double p)
{
	return times_log(arm.hits, p) + times_log(arm.count - arm.hits, 1 - p);
}

/* How it grows with p, which is above 0 and below 1. */
static double
likelihood_slope(Arm arm, double p)
{
	return arm.hits / p - (arm.count - arm.hits) / (1 - p);
}

/*
 * The logarithm of the greatest likelihood of both arms among the pairs of
 * rates with this difference.  It is concave in the rate of the second arm.
 */
static double
log_best(Arm one, Arm other, double difference)
{
	double		low = Max(0, -difference);
	double		high = Min(1, 1 - difference);
	int			i;

	for (i = 0; i < STEPS; i++)
	{
		double		p = (low + high) / 2;
		double		q = p + difference;

		/* no double is left between them, or between one of them and its end */
		if (p <= low || p >= high || q <= 0 || q >= 1)
			break;
		if (likelihood_slope(one, q) + likelihood_slope(other, p) > 0)
			low = p;
		else
			high = p;
	}
	return log_likelihood(one, Min(Max(low + difference, 0), 1)) +
		log_likelihood(other, low);
}

/*
 * How far the interval reaches from the difference that was seen to this end,
 * -1 or 1: the e-value grows in that direction.
 */
static double
reach(Arm one, Arm other, double seen, double end, double limit)
{
	double		average = log_average(one) + log_average(other);
	double		inside = seen;
	double		outside = end;
	int			i;

	if (average - log_best(one, other, end) < limit)
		return end;
	for (i = 0; i < STEPS; i++)
	{
		double		middle = (inside + outside) / 2;

		if (middle == inside || middle == outside)
			break;
		if (average - log_best(one, other, middle) < limit)
			inside = middle;
		else
			outside = middle;
	}
	return outside;
}

/* An arm from two arguments; the caller has seen to it that they make sense. */
static Arm
get_arm(FunctionCallInfo fcinfo, int argument)
{
	Arm			arm;

	arm.hits = (double) PG_GETARG_INT64(argument);
	arm.count = (double) PG_GETARG_INT64(argument + 1);
	return arm;
}

PG_FUNCTION_INFO_V1(pls_any_time_test);

/*
 * pls_internal.any_time_test(x1 bigint, n1 bigint, x0 bigint, n0 bigint,
 * alpha double precision, OUT e_value, OUT low, OUT high double precision):
 * the e-value against equal rates, and the differences whose e-value is below
 * 1/alpha.  An empty arm's rate may be any.
 */
Datum
pls_any_time_test(PG_FUNCTION_ARGS)
{
	Arm			one = get_arm(fcinfo, 0);
	Arm			other = get_arm(fcinfo, 2);
	Arm			both = {one.hits + other.hits, one.count + other.count};
	double		limit = -log(PG_GETARG_FLOAT8(4));
	double		seen;
	double		e_value;
	TupleDesc	tupdesc;
	Datum		values[3];
	bool		nulls[3] = {false, false, false};

	if (get_call_result_type(fcinfo, NULL, &tupdesc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	seen = (one.count > 0 ? one.hits / one.count : 0.5) -
		(other.count > 0 ? other.hits / other.count : 0.5);
	e_value = exp(log_average(one) + log_average(other) -
				  log_likelihood(both, both.count > 0 ? both.hits / both.count : 0.5));
	values[0] = Float8GetDatum(e_value);
	values[1] = Float8GetDatum(reach(one, other, seen, -1, limit));
	values[2] = Float8GetDatum(reach(one, other, seen, 1, limit));
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(tupdesc), values, nulls));
}
