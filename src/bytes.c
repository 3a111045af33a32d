/*-------------------------------------------------------------------------
 *
 * bytes.c
 *	  Reading bytes that may come from anybody; see bytes.h.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "mb/pg_wchar.h"

#include "bytes.h"

#define MAX_VARINT		19		/* bytes of 128 bits */

/*
 * Note what is wrong, if nothing was before, and leave nothing to read.
 */
void
pls_bytes_refuse(PlsBytes *bytes, const char *failure)
{
	if (bytes->failure == NULL)
		bytes->failure = failure;
	bytes->at = bytes->end;
}

/*
 * An integer of any length, with all that may be wrong with it.
 */
uint128
pls_read_long_varint(PlsBytes *bytes)
{
	uint128		value = 0;
	int			nbytes = 0;
	uint8		byte;

	do
	{
		byte = pls_read_byte(bytes);
		if (nbytes == MAX_VARINT ||
			(nbytes == MAX_VARINT - 1 && byte > 3))
		{
			pls_bytes_refuse(bytes, "An integer is too long.");
			return 0;
		}
		value |= (uint128) (byte & 0x7F) << (7 * nbytes);
		nbytes++;
	} while (byte & 0x80);
	if (byte == 0 && nbytes > 1)
		pls_bytes_refuse(bytes, "An integer is not in its shortest form.");
	return value;
}

/*
 * A text of so many bytes, left where it is and not terminated.  One that is
 * trusted is known to have been written here, and not looked at.
 */
const char *
pls_read_text(PlsBytes *bytes, int length, bool trusted, const char *failure)
{
	const char *text = (const char *) bytes->at;

	if (length > bytes->end - bytes->at)
	{
		pls_bytes_refuse(bytes, "It ends too early.");
		return NULL;
	}
	bytes->at += length;
	if (!trusted &&
		(memchr(text, '\0', length) != NULL ||
		 !pg_verify_mbstr(GetDatabaseEncoding(), text, length, true)))
		pls_bytes_refuse(bytes, failure);
	return text;
}
