/*-------------------------------------------------------------------------
 *
 * decimal.c
 *	  Decimals as text and as numeric; see decimal.h for what they are.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <ctype.h>

#include "utils/builtins.h"
#include "utils/numeric.h"

#include "decimal.h"

#define LARGEST_EXPONENT 100000 /* beyond it a number is 0 or too large */

/* A decimal as it is being read: digits without the point. */
typedef struct DecimalText
{
	bool		negative;
	const char *digits;			/* first digit or point */
	const char *digits_end;
	int			whole_digits;	/* digits before the point, with exponent */
} DecimalText;

/*
 * Take [+-]digits[.digits][e[+-]digits] apart; false if it is not that.
 */
static bool
scan_decimal(const char *text, int length, DecimalText *decimal)
{
	const char *at = text;
	const char *end = text + length;
	const char *point = NULL;
	int			ndigits = 0;
	int			exponent = 0;
	bool		exponent_negative = false;

	decimal->negative = (at < end && *at == '-');
	if (at < end && (*at == '-' || *at == '+'))
		at++;
	decimal->digits = at;
	for (; at < end && (isdigit((unsigned char) *at) || *at == '.'); at++)
	{
		if (*at != '.')
			ndigits++;
		else if (point != NULL)
			return false;
		else
			point = at;
	}
	decimal->digits_end = at;
	if (ndigits == 0)
		return false;
	decimal->whole_digits = (point ? point : at) - decimal->digits;
	if (at == end)
		return true;
	if (*at != 'e' && *at != 'E')
		return false;
	at++;
	if (at < end && (*at == '-' || *at == '+'))
		exponent_negative = (*at++ == '-');
	if (at == end)
		return false;
	for (; at < end; at++)
	{
		if (!isdigit((unsigned char) *at))
			return false;
		if (exponent < LARGEST_EXPONENT)
			exponent = exponent * 10 + (*at - '0');
	}
	decimal->whole_digits += exponent_negative ? -exponent : exponent;
	return true;
}

/*
 * Read a decimal number as thousandths, rounded half away from zero.
 *
 * False if the text is not a number, or lies beyond +-9e15.
 */
bool
pls_parse_milli(const char *text, int length, int64 *milli)
{
	DecimalText decimal;
	const char *at;
	uint64		value = 0;		/* 19 digits at the most */
	int			places;			/* digits still to take: up to 3 decimals */
	bool		round_up = false;
	bool		inexact = false;

	if (!scan_decimal(text, length, &decimal))
		return false;
	at = decimal.digits;
	places = decimal.whole_digits;
	while (at < decimal.digits_end && (*at == '0' || *at == '.'))
	{
		if (*at++ == '0')
			places--;
	}
	if (at == decimal.digits_end)
	{
		*milli = 0;
		return true;
	}
	if (places > 16)
		return false;
	places += 3;
	for (; at < decimal.digits_end; at++)
	{
		if (*at == '.')
			continue;
		if (places > 0)
			value = value * 10 + (*at - '0');
		else
		{
			if (places == 0)
				round_up = (*at >= '5');
			inexact |= (*at != '0');
		}
		places--;
	}
	for (; places > 0; places--)
		value *= 10;
	if (value > (uint64) PLS_MAX_WHOLE * PLS_MILLI ||
		(value == (uint64) PLS_MAX_WHOLE * PLS_MILLI && inexact))
		return false;
	if (round_up)
		value++;
	*milli = decimal.negative ? -(int64) value : (int64) value;
	return true;
}

/*
 * A numeric datum as thousandths; false if it is NaN, infinite or beyond
 * +-9e15.
 */
bool
pls_numeric_to_milli(Datum numeric, int64 *milli)
{
	char	   *text = DatumGetCString(DirectFunctionCall1(numeric_out,
														   numeric));
	bool		good = pls_parse_milli(text, strlen(text), milli);

	pfree(text);
	return good;
}

/*
 * Thousandths as a numeric datum with three decimals.
 */
Datum
pls_milli_to_numeric(PlsMilli milli)
{
	char		text[64];
	char	   *at = text + sizeof(text);
	uint128		rest = milli < 0 ? -(uint128) milli : (uint128) milli;
	int			places = 0;

	if (milli >= PG_INT64_MIN && milli <= PG_INT64_MAX)
		return NumericGetDatum(int64_div_fast_to_numeric((int64) milli, 3));

	*--at = '\0';
	while (rest > 0 || places < 4)
	{
		if (places == 3)
			*--at = '.';
		*--at = '0' + (int) (rest % 10);
		rest /= 10;
		places++;
	}
	if (milli < 0)
		*--at = '-';
	return DirectFunctionCall3(numeric_in, CStringGetDatum(at),
							   ObjectIdGetDatum(InvalidOid),
							   Int32GetDatum(-1));
}
