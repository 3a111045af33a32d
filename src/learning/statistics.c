/*-------------------------------------------------------------------------
 *
 * statistics.c
 *	  The arithmetic behind pls.sample_size(), pls.proportion_lift() and the
 *	  reports on pilots, in double precision.
 *
 * What is easily said in SQL is there (sql/85_learning/10_statistics.sql).
 * Here are the functions that SQL lacks: the normal distribution and its
 * inverse, the exact binomial test, and what may be said of a rate at any time.
 *
 * For that, the likelihood of x hits among n, averaged over all rates with the
 * weights of a Beta(a, b) distribution, is divided by the likelihood at a rate
 * p.  If p is the true rate, that quotient is a martingale that begins with 1
 * as the draws come in, one after the other.  By Ville's inequality it exceeds
 * 1/alpha at any time, ever, with probability alpha at most: it is an e-value
 * against p, and the rates with one below 1/alpha are an interval that holds
 * at all times at once (Robbins: Statistical methods related to the law of the
 * iterated logarithm, Annals of Mathematical Statistics 41, 1970).
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

/* a * log(b), 0 if a is: nothing happened that is impossible. */
static double
times_log(double a, double b)
{
	if (a == 0)
		return 0;
	return b > 0 ? a * log(b) : -INFINITY;
}

/* The logarithm of the probability of x hits among n, each with probability p. */
static double
log_binomial(double x, double n, double p)
{
	return lgamma(n + 1) - lgamma(x + 1) - lgamma(n - x + 1) +
		times_log(x, p) + times_log(n - x, 1 - p);
}

/*
 * The probability of those numbers of hits from x on, in steps of 1 or -1, that
 * are at most as probable as this.  What is less probable than e^-50 of that
 * adds nothing; from the middle outwards the sum ends there.
 */
static double
tail(int64 x, int step, int64 n, double p, double seen)
{
	double		limit = seen + log1p(1e-7);
	double		total = 0;

	for (; x >= 0 && x <= n; x += step)
	{
		double		one = log_binomial((double) x, (double) n, p);

		CHECK_FOR_INTERRUPTS();
		if (one <= limit)
			total += exp(one);
		if (one < seen - 50)
			break;
	}
	return total;
}

PG_FUNCTION_INFO_V1(pls_binomial_test);

/*
 * pls_internal.binomial_test(x bigint, n bigint, p double precision) -> double
 * precision: the probability of a number of hits among n that is at most as
 * probable as x, if each has probability p.
 *
 * Which probabilities are the same as that of x is decided with a relative
 * tolerance of 1e-7, as R's binom.test() does.  The caller sees to it that
 * 0 <= x <= n and 0 < p < 1.
 */
Datum
pls_binomial_test(PG_FUNCTION_ARGS)
{
	int64		n = PG_GETARG_INT64(1);
	double		p = PG_GETARG_FLOAT8(2);
	double		seen = log_binomial((double) PG_GETARG_INT64(0), (double) n, p);
	int64		middle = (int64) (((double) n + 1) * p);
	double		total;

	middle = Min(middle, n);
	total = tail(middle, -1, n, p, seen) + tail(middle + 1, 1, n, p, seen);
	PG_RETURN_FLOAT8(Min(total, 1));
}

/* ---------- a rate, at any time ---------- */

/* Hits among a number of draws, and the weights of the rates. */
typedef struct Draws
{
	double		hits;
	double		count;
	double		a;
	double		b;
} Draws;

static double
log_beta(double a, double b)
{
	return lgamma(a) + lgamma(b) - lgamma(a + b);
}

/* The logarithm of the e-value against the rate p. */
static double
log_e_value(const Draws *draws, double p)
{
	double		misses = draws->count - draws->hits;

	return log_beta(draws->hits + draws->a, misses + draws->b) -
		log_beta(draws->a, draws->b) -
		times_log(draws->hits, p) - times_log(misses, 1 - p);
}

/*
 * How far the interval reaches from the rate that was seen to this end, 0 or
 * 1: the e-value grows in that direction.  The limit is above 0, which is what
 * it is at most for the rate that was seen.
 */
static double
reach(const Draws *draws, double end, double limit)
{
	double		inside = draws->count > 0 ? draws->hits / draws->count : 0.5;
	double		outside = end;
	int			i;

	if (inside == end || log_e_value(draws, end) < limit)
		return end;
	for (i = 0; i < STEPS; i++)
	{
		double		middle = (inside + outside) / 2;

		if (middle == inside || middle == outside)
			break;
		if (log_e_value(draws, middle) < limit)
			inside = middle;
		else
			outside = middle;
	}
	return outside;
}

/* The arguments; the caller has seen to it that they make sense. */
static Draws
get_draws(FunctionCallInfo fcinfo)
{
	Draws		draws;

	draws.hits = (double) PG_GETARG_INT64(0);
	draws.count = (double) PG_GETARG_INT64(1);
	draws.a = PG_GETARG_FLOAT8(2);
	draws.b = PG_GETARG_FLOAT8(3);
	return draws;
}

PG_FUNCTION_INFO_V1(pls_rate_e_value);

/*
 * pls_internal.rate_e_value(x bigint, n bigint, a double precision,
 * b double precision, p double precision) -> double precision: the e-value of x
 * hits among n against the rate p, which is above 0 and below 1.
 */
Datum
pls_rate_e_value(PG_FUNCTION_ARGS)
{
	Draws		draws = get_draws(fcinfo);

	PG_RETURN_FLOAT8(exp(log_e_value(&draws, PG_GETARG_FLOAT8(4))));
}

PG_FUNCTION_INFO_V1(pls_rate_sequence);

/*
 * pls_internal.rate_sequence(x bigint, n bigint, a double precision,
 * b double precision, alpha double precision, OUT low double precision,
 * OUT high double precision): the rates with an e-value below 1/alpha.
 */
Datum
pls_rate_sequence(PG_FUNCTION_ARGS)
{
	Draws		draws = get_draws(fcinfo);
	double		limit = -log(PG_GETARG_FLOAT8(4));
	TupleDesc	tupdesc;
	Datum		values[2];
	bool		nulls[2] = {false, false};

	if (get_call_result_type(fcinfo, NULL, &tupdesc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	values[0] = Float8GetDatum(reach(&draws, 0, limit));
	values[1] = Float8GetDatum(reach(&draws, 1, limit));
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(tupdesc), values, nulls));
}
