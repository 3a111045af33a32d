/*-------------------------------------------------------------------------
 *
 * id_text.c
 *	  Ids of other types than text, by the text that their type writes.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/uuid.h"

#include "id_text.h"

/*
 * A whole number as its type writes it; false if the text is none.
 */
bool
pls_parse_number(const char *text, int64 *number)
{
	char		written[32];
	char	   *end;

	errno = 0;
	*number = strtoll(text, &end, 10);
	if (errno != 0 || *end != '\0' || end == text)
		return false;
	pg_lltoa(*number, written);
	return strcmp(written, text) == 0;
}

/*
 * A uuid as its type writes it; false if the text is none.
 */
bool
pls_parse_uuid(const char *text, Datum *value)
{
	pg_uuid_t  *uuid = palloc(sizeof(pg_uuid_t));
	const char *c = text;
	int			i;

	for (i = 0; i < UUID_LEN; i++)
	{
		unsigned int byte;

		if ((i == 4 || i == 6 || i == 8 || i == 10) && *c++ != '-')
			return false;
		if (strspn(c, "0123456789abcdef") < 2 ||
			sscanf(c, "%2x", &byte) != 1)
			return false;
		uuid->data[i] = (unsigned char) byte;
		c += 2;
	}
	*value = UUIDPGetDatum(uuid);
	return *c == '\0';
}
