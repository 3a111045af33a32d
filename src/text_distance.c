/*-------------------------------------------------------------------------
 *
 * text_distance.c
 *	  How far two names are apart, to tell a misspelt one.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/varlena.h"

#include "pls.h"

PG_FUNCTION_INFO_V1(pls_text_distance);

/*
 * pls_internal.text_distance(a, b, at_most) -> integer: the least number of
 * characters to insert, delete or replace (Levenshtein), or more than at_most
 * if it is more.  Texts longer than PLS_MAX_EVENT bytes are as far apart as
 * can be.
 */
Datum
pls_text_distance(PG_FUNCTION_ARGS)
{
	text	   *a = PG_GETARG_TEXT_PP(0);
	text	   *b = PG_GETARG_TEXT_PP(1);
	int			at_most = PG_GETARG_INT32(2);

	if (VARSIZE_ANY_EXHDR(a) > PLS_MAX_EVENT ||
		VARSIZE_ANY_EXHDR(b) > PLS_MAX_EVENT)
		PG_RETURN_INT32(PG_INT32_MAX);
	PG_RETURN_INT32(varstr_levenshtein_less_equal(VARDATA_ANY(a),
												  VARSIZE_ANY_EXHDR(a),
												  VARDATA_ANY(b),
												  VARSIZE_ANY_EXHDR(b),
												  1, 1, 1, Max(at_most, 0),
												  true));
}
