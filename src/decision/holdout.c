/*-------------------------------------------------------------------------
 *
 * holdout.c
 *	  Who is held out of a motion, by a hash of its salt and the entity.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "port/pg_bswap.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"

#include "pls_compat.h"
#include "sha256_text.h"

/* A number below 2^64, from its halves. */
static Datum
whole(uint32 high, uint32 low)
{
	Datum		number;

	number = DirectFunctionCall2(numeric_mul,
								 NumericGetDatum(int64_to_numeric(high)),
								 NumericGetDatum(int64_to_numeric((int64) 1 << 32)));
	return DirectFunctionCall2(numeric_add, number,
							   NumericGetDatum(int64_to_numeric(low)));
}

PG_FUNCTION_INFO_V1(pls_is_held_out);

/*
 * pls_internal.is_held_out(share numeric, salt text, entity_id text) -> boolean: the
 * first 8 bytes, big-endian, of sha256(salt:entity_id) in UTF-8, divided by
 * 2^64, are less than the share.  NULL arguments: false.
 *
 * In numbers that are exact: u < share * 2^64.
 */
Datum
pls_is_held_out(PG_FUNCTION_ARGS)
{
	Datum		share;
	Datum		limit;
	char	   *name;
	bytea	   *hash;
	uint32		halves[2];

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(2))
		PG_RETURN_BOOL(false);
	share = PG_GETARG_DATUM(0);
	if (DatumGetInt32(DirectFunctionCall2(numeric_cmp, share,
										  NumericGetDatum(int64_to_numeric(0)))) <= 0)
		PG_RETURN_BOOL(false);
	name = psprintf("%s:%s", text_to_cstring(PG_GETARG_TEXT_PP(1)),
					text_to_cstring(PG_GETARG_TEXT_PP(2)));
	hash = pls_sha256_text(name);
	memcpy(halves, VARDATA_ANY(hash), sizeof(halves));
	limit = DirectFunctionCall2(numeric_mul, share,
								DirectFunctionCall2(numeric_add,
													whole(PG_UINT32_MAX, PG_UINT32_MAX),
													NumericGetDatum(int64_to_numeric(1))));
	PG_RETURN_BOOL(DatumGetInt32(DirectFunctionCall2(numeric_cmp,
													 whole(pg_ntoh32(halves[0]),
														   pg_ntoh32(halves[1])),
													 limit)) < 0);
}
