/*-------------------------------------------------------------------------
 *
 * decay_sums_io.c
 *	  The external form of decayed sums: sent, and printed as hex.
 *
 * A byte of format version, then the fields of PlsDecaySums in order, each as
 * eight bytes, most significant first.  read_input() is the one reader.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>


#include "bytes.h"
#include "opaque_type.h"
#include "rows/decay_sums.h"

#define FORMAT_VERSION	1
#define FORMAT_WORDS	10
#define FORMAT_BYTES	(1 + FORMAT_WORDS * 8)

/* The fields, each of eight bytes, in their order. */
StaticAssertDecl(sizeof(PlsDecaySums) == FORMAT_BYTES - 1,
				 "a sum has no other fields");

static void
write_sums(uint8 *at, const PlsDecaySums *sums)
{
	uint64		words[FORMAT_WORDS];
	int			i;

	memcpy(words, sums, sizeof(words));
	*at++ = FORMAT_VERSION;
	for (i = 0; i < FORMAT_WORDS; i++)
		at = pls_write_word(at, words[i]);
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
 * Read sums from outside.
 */
static Datum
read_input(const char *data, Size length, const char **failure)
{
	PlsDecaySums *sums = palloc(sizeof(PlsDecaySums));
	uint64		words[FORMAT_WORDS];
	PlsBytes	reader;
	int			i;

	pls_bytes_init(&reader, data, length);
	if (length != FORMAT_BYTES)
		pls_bytes_refuse(&reader, "Its length is wrong.");
	if (pls_read_byte(&reader) != FORMAT_VERSION)
		pls_bytes_refuse(&reader, "Its format version is unknown.");
	for (i = 0; i < FORMAT_WORDS; i++)
		words[i] = pls_read_big_endian(&reader, 8);
	memcpy(sums, words, sizeof(words));
	*failure = reader.failure;
	if (reader.failure == NULL)
		*failure = problem_of(sums);
	return PointerGetDatum(sums);
}

static const PlsOpaqueType decay_sums_type = {
	"decayed sums",
	"Decayed sums are made by the aggregate pls.decay_sums(); they cannot be written by hand.",
	read_input
};

PG_FUNCTION_INFO_V1(pls_decay_sums_in);

/*
 * Text input: \x and the hex digits of the external form.
 *
 * Errors: 22P02.
 */
Datum
pls_decay_sums_in(PG_FUNCTION_ARGS)
{
	PG_RETURN_DATUM(pls_opaque_in(&decay_sums_type, PG_GETARG_CSTRING(0)));
}

PG_FUNCTION_INFO_V1(pls_decay_sums_out);

/*
 * Text output: \x and the hex digits of the external form.
 */
Datum
pls_decay_sums_out(PG_FUNCTION_ARGS)
{
	uint8		bytes[FORMAT_BYTES];

	write_sums(bytes, (PlsDecaySums *) PG_GETARG_POINTER(0));
	PG_RETURN_DATUM(pls_opaque_out(&decay_sums_type, (const char *) bytes,
								   FORMAT_BYTES));
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
	PG_RETURN_DATUM(pls_opaque_recv(&decay_sums_type,
									(StringInfo) PG_GETARG_POINTER(0)));
}

PG_FUNCTION_INFO_V1(pls_decay_sums_send);

/*
 * Binary output: the external form.
 */
Datum
pls_decay_sums_send(PG_FUNCTION_ARGS)
{
	uint8		bytes[FORMAT_BYTES];

	write_sums(bytes, (PlsDecaySums *) PG_GETARG_POINTER(0));
	PG_RETURN_DATUM(pls_opaque_send((const char *) bytes, FORMAT_BYTES));
}
