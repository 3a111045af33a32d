/*-------------------------------------------------------------------------
 *
 * decimal.h
 *	  Exact decimals with three places, kept as integers of thousandths.
 *
 * Every value, threshold and point is such an integer, rounded half away
 * from zero once, when it enters: sums then do not depend on their order.
 * Arithmetic on them is 128 bits wide and saturates instead of failing, for
 * it runs beneath an application's INSERT.  Nearly all of them fit into 64
 * bits, and what a score does to each of hundreds of items is short then.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_DECIMAL_H
#define PLS_DECIMAL_H

typedef int128 PlsMilli;		/* thousandths of a value or of a point */

#define PLS_MILLI		1000
#define PLS_MAX_WHOLE	INT64CONST(9000000000000000)	/* largest value */

#define PLS_INT128_MAX	((int128) (((uint128) 1 << 127) - 1))
#define PLS_INT128_MIN	(-PLS_INT128_MAX - 1)

/* decimal.c */
extern bool pls_parse_milli(const char *text, int length, int64 *milli);
extern bool pls_numeric_to_milli(Datum numeric, int64 *milli);
extern Datum pls_milli_to_numeric(PlsMilli milli);

static inline bool
pls_fits_int64(PlsMilli value)
{
	return value == (int64) value;
}

/*
 * dividend / divisor, rounded half away from zero; the divisor is positive.
 */
static inline PlsMilli
pls_divide_rounded(PlsMilli dividend, PlsMilli divisor)
{
	PlsMilli	quotient;
	PlsMilli	rest;

	Assert(divisor > 0);
	if (likely(pls_fits_int64(dividend) && pls_fits_int64(divisor)))
	{
		quotient = (int64) dividend / (int64) divisor;
		rest = (int64) dividend % (int64) divisor;
	}
	else
	{
		quotient = dividend / divisor;
		rest = dividend % divisor;
	}
	if (rest < 0)
		rest = -rest;
	if (rest >= divisor - rest)
		quotient += dividend < 0 ? -1 : 1;
	return quotient;
}

static inline PlsMilli
pls_multiply_saturated(PlsMilli a, PlsMilli b)
{
	PlsMilli	product;

	if (likely(pls_fits_int64(a) && pls_fits_int64(b)))
		return (PlsMilli) (int64) a * (int64) b;
	if (__builtin_mul_overflow(a, b, &product))
		return (a < 0) != (b < 0) ? PLS_INT128_MIN : PLS_INT128_MAX;
	return product;
}

static inline PlsMilli
pls_add_saturated(PlsMilli a, PlsMilli b)
{
	PlsMilli	sum;

	if (__builtin_add_overflow(a, b, &sum))
		return a < 0 ? PLS_INT128_MIN : PLS_INT128_MAX;
	return sum;
}

#endif							/* PLS_DECIMAL_H */
