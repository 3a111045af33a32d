/*-------------------------------------------------------------------------
 *
 * hex_text.c
 *	  The text of types that are not for people to read: \x and hex digits.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/memutils.h"

#include "hex_text.h"

/*
 * The bytes that a text stands for, in the current memory context; NULL if
 * it is not \x followed by pairs of hexadecimal digits, one at the least.
 */
char *
pls_hex_bytes(const char *text, Size *length)
{
	Size		digits = strlen(text);
	char	   *bytes;

	if (digits < 4 || digits % 2 != 0 || text[0] != '\\' || text[1] != 'x' ||
		strspn(text + 2, "0123456789abcdefABCDEF") != digits - 2)
		return NULL;
	bytes = palloc(digits / 2);
	*length = hex_decode(text + 2, digits - 2, bytes);
	return bytes;
}

/*
 * The text of these bytes, in the current memory context; NULL if they are
 * too many for one.
 */
char *
pls_hex_text(const char *bytes, Size length)
{
	char	   *text;

	if (!AllocSizeIsValid(length * 2 + 3))
		return NULL;
	text = palloc(length * 2 + 3);
	text[0] = '\\';
	text[1] = 'x';
	hex_encode(bytes, length, text + 2);
	text[length * 2 + 2] = '\0';
	return text;
}
