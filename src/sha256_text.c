/*-------------------------------------------------------------------------
 *
 * sha256_text.c
 *	  The sha256 of a text, the same in every encoding of a database.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

#include "sha256_text.h"

/*
 * The sha256 of a text in UTF-8, in the current memory context, as
 * sha256(convert_to(text, 'UTF8')) has it in SQL.
 */
bytea *
pls_sha256_text(const char *text)
{
	char	   *utf8 = pg_server_to_any(text, strlen(text), PG_UTF8);

	return DatumGetByteaPP(DirectFunctionCall1(sha256_bytea,
											   PointerGetDatum(cstring_to_text(utf8))));
}
