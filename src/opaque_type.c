/*-------------------------------------------------------------------------
 *
 * opaque_type.c
 *	  Input and output of types whose values are bytes that nobody reads.
 *
 * As text they are \x and hex digits, in binary as they are.  What comes from
 * outside is read by one function, and whatever is wrong with it is an error:
 * 22P02 for text, 22P03 in binary.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "libpq/pqformat.h"
#include "utils/builtins.h"

#include "hex_text.h"
#include "opaque_type.h"
#include "pls_compat.h"

pg_noreturn static void
refuse(const PlsOpaqueType *type, int sqlstate, const char *failure)
{
	ereport(ERROR,
			(errcode(sqlstate),
			 errmsg("invalid %s", type->name),
			 errdetail_internal("%s", failure),
			 errhint("%s", type->hint)));
}

static Datum
read_value(const PlsOpaqueType *type, const char *bytes, Size length,
		   int sqlstate)
{
	const char *failure = NULL;
	Datum		value = type->read(bytes, length, &failure);

	if (failure != NULL)
		refuse(type, sqlstate, failure);
	return value;
}

/*
 * Text input.
 */
Datum
pls_opaque_in(const PlsOpaqueType *type, const char *text)
{
	Size		length;
	char	   *bytes = pls_hex_bytes(text, &length);

	if (bytes == NULL)
		refuse(type, ERRCODE_INVALID_TEXT_REPRESENTATION,
			   "It is not \\x followed by pairs of hexadecimal digits.");
	return read_value(type, bytes, length,
					  ERRCODE_INVALID_TEXT_REPRESENTATION);
}

/*
 * Binary input: all that is left of a message.
 */
Datum
pls_opaque_recv(const PlsOpaqueType *type, StringInfo message)
{
	int			length = message->len - message->cursor;

	return read_value(type, pq_getmsgbytes(message, length), length,
					  ERRCODE_INVALID_BINARY_REPRESENTATION);
}

/*
 * Text output.
 *
 * Errors: 54000 if there are too many bytes for a text.
 */
Datum
pls_opaque_out(const PlsOpaqueType *type, const char *bytes, Size length)
{
	char	   *text = pls_hex_text(bytes, length);

	if (text == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("%s of %zu bytes cannot be printed", type->name,
						length)));
	return CStringGetDatum(text);
}

/*
 * Binary output.
 */
Datum
pls_opaque_send(const char *bytes, Size length)
{
	StringInfoData message;

	pq_begintypsend(&message);
	pq_sendbytes(&message, bytes, length);
	return PointerGetDatum(pq_endtypsend(&message));
}
