/*-------------------------------------------------------------------------
 *
 * decay_sums_io.c
 *	  The external form of decayed sums: sent, and printed as hex.
 *
 * A byte of format version, then the fields of PlsDecaySums in order, each as
 * eight bytes, most significant first.  read_sums() is the one reader.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "libpq/pqformat.h"
#include "utils/builtins.h"

#include "hex_text.h"
#include "rows/decay_sums.h"

#define FORMAT_VERSION	1
#define FORMAT_BYTES	(1 + 10 * 8)

static void
write_sums(StringInfo message, const PlsDecaySums *sums)
{
	pq_sendbyte(message, FORMAT_VERSION);
	pq_sendint64(message, sums->half_life);
	pq_sendint64(message, sums->as_of);
	pq_sendint64(message, sums->newest);
	pq_sendint64(message, sums->period);
	pq_sendfloat8(message, sums->sum.high);
	pq_sendfloat8(message, sums->sum.low);
	pq_sendfloat8(message, sums->weight.high);
	pq_sendfloat8(message, sums->weight.low);
	pq_sendfloat8(message, sums->rows.high);
	pq_sendfloat8(message, sums->rows.low);
}

static bool
is_zero(const PlsExactSum *sum)
{
	return sum->high == 0 && sum->low == 0;
}

static bool
is_weight(const PlsExactSum *sum)
{
	return isfinite(sum->high) && isfinite(sum->low) &&
		sum->high + sum->low >= 0;
}

/*
 * What is wrong with sums; NULL: nothing.
 */
static const char *
problem_of(const PlsDecaySums *sums)
{
	int64		newest_period;

	if (sums->half_life <= 0)
		return "Its half-life is out of range.";
	if (sums->as_of != DT_NOEND && !IS_VALID_TIMESTAMP(sums->as_of))
		return "A time is out of range.";
	if (sums->newest == DT_NOBEGIN)
	{
		if (sums->period != 0 || !is_zero(&sums->sum) ||
			!is_zero(&sums->weight) || !is_zero(&sums->rows))
			return "It has sums without rows.";
		return NULL;
	}
	if (!IS_VALID_TIMESTAMP(sums->newest) || sums->newest > sums->as_of)
		return "A time is out of range.";
	if (!is_weight(&sums->weight) || !is_weight(&sums->rows))
		return "A weight is out of range.";
	newest_period = pls_decay_period(sums, sums->newest);
	if (sums->period > newest_period ||
		(sums->period < newest_period && !pls_decay_has_values(sums)))
		return "Its sums are not of the half-life of a row.";
	return NULL;
}

/*
 * Read sums from outside; whatever is wrong is an error with this sqlstate.
 */
static PlsDecaySums *
read_sums(StringInfo message, int sqlstate)
{
	PlsDecaySums *sums = palloc0(sizeof(PlsDecaySums));
	const char *problem = NULL;

	if (message->len - message->cursor != FORMAT_BYTES)
		problem = "It has a wrong length.";
	else if (pq_getmsgbyte(message) != FORMAT_VERSION)
		problem = "Its format version is unknown.";
	else
	{
		sums->half_life = pq_getmsgint64(message);
		sums->as_of = pq_getmsgint64(message);
		sums->newest = pq_getmsgint64(message);
		sums->period = pq_getmsgint64(message);
		sums->sum.high = pq_getmsgfloat8(message);
		sums->sum.low = pq_getmsgfloat8(message);
		sums->weight.high = pq_getmsgfloat8(message);
		sums->weight.low = pq_getmsgfloat8(message);
		sums->rows.high = pq_getmsgfloat8(message);
		sums->rows.low = pq_getmsgfloat8(message);
		problem = problem_of(sums);
	}
	if (problem != NULL)
		ereport(ERROR,
				(errcode(sqlstate),
				 errmsg("invalid decayed sums"),
				 errdetail_internal("%s", problem),
				 errhint("Decayed sums are made by the aggregate pls.decay_sums(); they cannot be written by hand.")));
	return sums;
}

PG_FUNCTION_INFO_V1(pls_decay_sums_in);

/*
 * Text input: \x and the hex digits of the external form.
 *
 * Errors: 22P02.
 */
Datum
pls_decay_sums_in(PG_FUNCTION_ARGS)
{
	StringInfoData message = {0};
	Size		length;

	message.data = pls_hex_bytes(PG_GETARG_CSTRING(0), &length);
	if (message.data == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid decayed sums"),
				 errdetail("It is not \\x followed by pairs of hexadecimal digits."),
				 errhint("Decayed sums are made by the aggregate pls.decay_sums(); they cannot be written by hand.")));
	message.len = message.maxlen = length;
	PG_RETURN_POINTER(read_sums(&message,
								ERRCODE_INVALID_TEXT_REPRESENTATION));
}

PG_FUNCTION_INFO_V1(pls_decay_sums_out);

/*
 * Text output: \x and the hex digits of the external form.
 */
Datum
pls_decay_sums_out(PG_FUNCTION_ARGS)
{
	StringInfoData message;

	initStringInfo(&message);
	write_sums(&message, (PlsDecaySums *) PG_GETARG_POINTER(0));
	PG_RETURN_CSTRING(pls_hex_text(message.data, message.len));
}

PG_FUNCTION_INFO_V1(pls_decay_sums_recv);

/*
 * Binary input: the external form.
 *
 * Errors: 22P03.
 */
Datum
pls_decay_sums_recv(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(read_sums((StringInfo) PG_GETARG_POINTER(0),
								ERRCODE_INVALID_BINARY_REPRESENTATION));
}

PG_FUNCTION_INFO_V1(pls_decay_sums_send);

/*
 * Binary output: the external form.
 */
Datum
pls_decay_sums_send(PG_FUNCTION_ARGS)
{
	StringInfoData message;

	pq_begintypsend(&message);
	write_sums(&message, (PlsDecaySums *) PG_GETARG_POINTER(0));
	PG_RETURN_BYTEA_P(pq_endtypsend(&message));
}
