/*-------------------------------------------------------------------------
 *
 * address.c
 *	  The normal form of email addresses, domains and ids.
 *
 * People and programs write the same address in many ways: in capitals, with
 * a name before it and angle brackets around it, with blanks, with characters
 * of no width that came along from a web page, with a domain in letters of
 * another script or in punycode.  All of them have one normal form, which is
 * worked out in three steps:
 *
 *	  clean_text() takes away what cannot be seen, and folds case
 *	  write_host() makes ASCII of a domain, label by label
 *	  is_host_name() says whether that is one
 *
 * What is case, a blank and a composed character is told by this file and by
 * the server's tables of Unicode, not by a locale: normal forms are kept in
 * tables, and must be the same on every server.  In databases of other
 * encodings than UTF-8 only ASCII is folded, and other letters are let
 * through.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/unicode_norm.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"

#include "pls.h"
#include "state/address.h"
#include "state/punycode.h"

#define MAX_LABEL	63			/* characters */

/* What an address may become in its longest encoding. */
#define MAX_CLEAN	(4 * PLS_MAX_ADDRESS)

/* ---------- characters ---------- */

static bool
is_high(char c)
{
	return IS_HIGHBIT_SET(c);
}

static bool
is_letter(char c)
{
	return is_high(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Quotes, brackets and dots around a domain, and what ends one in a list. */
static bool
is_padding(char c)
{
	return c == '.' || c == '<' || c == '>' || c == '"' || c == '\'' ||
		c == ',' || c == ';';
}

/*
 * Whether a character is white space, has no width, or only says how others
 * are to be written.
 */
static bool
is_invisible(pg_wchar c)
{
	static const pg_wchar ranges[][2] = {
		{0x0085, 0x0085}, {0x00A0, 0x00A0}, {0x00AD, 0x00AD},
		{0x034F, 0x034F}, {0x061C, 0x061C}, {0x115F, 0x1160},
		{0x1680, 0x1680}, {0x17B4, 0x17B5}, {0x180B, 0x180F},
		{0x2000, 0x200F}, {0x2028, 0x202F}, {0x205F, 0x206F},
		{0x3000, 0x3000}, {0x3164, 0x3164}, {0xFE00, 0xFE0F},
		{0xFEFF, 0xFEFF}, {0xFFA0, 0xFFA0}, {0xE0000, 0xE0FFF}
	};
	int			i;

	if (c < 0x80)
		return c == ' ' || (c >= '\t' && c <= '\r');
	for (i = 0; i < lengthof(ranges); i++)
		if (c <= ranges[i][1])
			return c >= ranges[i][0];
	return false;
}

/*
 * The small letter: Latin, Greek, Cyrillic and Armenian, which have nearly all
 * of those that are used in addresses.
 */
static pg_wchar
fold_case(pg_wchar c)
{
	if (c < 0x80)
		return c >= 'A' && c <= 'Z' ? c + 0x20 : c;
	if ((c >= 0xC0 && c <= 0xDE && c != 0xD7) ||
		(c >= 0x391 && c <= 0x3AB && c != 0x3A2) ||
		(c >= 0x410 && c <= 0x42F))
		return c + 0x20;
	if (c == 0x178)
		return 0xFF;
	if (c == 0x1E9E)
		return 0xDF;
	if (c >= 0x400 && c <= 0x40F)
		return c + 0x50;
	if (c >= 0x531 && c <= 0x556)
		return c + 0x30;
	if (c == 0x386)
		return 0x3AC;
	if (c >= 0x388 && c <= 0x38A)
		return c + 0x25;
	if (c == 0x38C)
		return 0x3CC;
	if (c == 0x38E || c == 0x38F)
		return c + 0x3F;
	/* capital and small letters in turn */
	if ((c >= 0x100 && c <= 0x12F) || (c >= 0x132 && c <= 0x137) ||
		(c >= 0x14A && c <= 0x177) || (c >= 0x1DE && c <= 0x1EF) ||
		(c >= 0x1F8 && c <= 0x21F) || (c >= 0x222 && c <= 0x233) ||
		(c >= 0x460 && c <= 0x481) || (c >= 0x48A && c <= 0x4BF) ||
		(c >= 0x4D0 && c <= 0x52F) || (c >= 0x1E00 && c <= 0x1E95) ||
		(c >= 0x1EA0 && c <= 0x1EFF))
		return c | 1;
	if ((c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17E) ||
		(c >= 0x1CD && c <= 0x1DC) || (c >= 0x4C1 && c <= 0x4CE))
		return c + (c & 1);
	return c;
}

/*
 * The code points of a text in UTF-8, in the current memory context, ended by
 * a zero.
 */
static pg_wchar *
code_points(const char *text, int length, int *count)
{
	pg_wchar   *points = palloc((length + 1) * sizeof(pg_wchar));
	const unsigned char *at = (const unsigned char *) text;
	const unsigned char *end = at + length;

	*count = 0;
	while (at < end)
	{
		int			bytes = pg_utf_mblen(at);

		if (bytes > end - at)
			break;				/* was cut */
		points[(*count)++] = utf8_to_unicode(at);
		at += bytes;
	}
	points[*count] = 0;
	return points;
}

/*
 * The code points of a text without what cannot be seen, composed, in lower
 * case, ended by a zero.  is_host: letters that only look different are one,
 * and the dots of other scripts are dots.
 */
static pg_wchar *
clean_points(const char *text, int length, bool keeps_blanks, bool is_host,
			 int *count)
{
	pg_wchar   *points = code_points(text, length, count);
	pg_wchar   *from;
	int			kept = 0;
	int			i;

	for (i = 0; i < *count; i++)
		if (!is_invisible(points[i]) ||
			(keeps_blanks && points[i] == ' '))
			points[kept++] = points[i];
	points[kept] = 0;
	from = unicode_normalize(is_host ? UNICODE_NFKC : UNICODE_NFC, points);
	for (i = 0; from[i] != 0; i++)
	{
		if (is_host && (from[i] == 0x3002 || from[i] == 0xFF0E ||
						from[i] == 0xFF61))
			from[i] = '.';
		from[i] = fold_case(from[i]);
	}
	*count = i;
	return from;
}

/*
 * Clean a text; see clean_points().  Returns its length, -1 if it has no room
 * in the result.
 */
static int
clean_text(const char *text, int length, bool keeps_blanks, bool is_host,
		   char *result, int size)
{
	bool		is_ascii = true;
	int			at = 0;
	pg_wchar   *points;
	int			count;
	int			i;

	for (i = 0; i < length && is_ascii; i++)
		is_ascii = !is_high(text[i]);
	if (is_ascii || GetDatabaseEncoding() != PG_UTF8)
	{
		for (i = 0; i < length; i++)
		{
			char		c = text[i];

			if (!is_high(c) && is_invisible((unsigned char) c) &&
				!(keeps_blanks && c == ' '))
				continue;
			if (at == size)
				return -1;
			result[at++] = pg_ascii_tolower((unsigned char) c);
		}
		return at;
	}
	points = clean_points(text, length, keeps_blanks, is_host, &count);
	for (i = 0; i < count; i++)
	{
		if (at + MAX_MULTIBYTE_CHAR_LEN > size)
			return -1;
		unicode_to_utf8(points[i], (unsigned char *) result + at);
		at += pg_utf_mblen((unsigned char *) result + at);
	}
	return at;
}

/* ---------- what a domain is ---------- */

/*
 * Whether a piece between dots is a plausible label: letters, digits and
 * underscores, with hyphens between them.  The last one is a top-level
 * domain: it begins and ends with a letter and has no underscore.  In other
 * encodings than UTF-8, letters of other scripts are let through.
 */
static bool
is_label(const char *label, int length, bool is_last)
{
	const char *end = label + length;
	const char *c;
	int			characters;

	if (length == 0)
		return false;
	/* there are no more characters than bytes, of which most have few */
	characters = is_high(label[0]) || length > MAX_LABEL ?
		pg_mbstrlen_with_len(label, length) : length;
	if (characters > MAX_LABEL || (is_last && characters < 2))
		return false;
	/* NOLINTNEXTLINE: the characters counted above are there */
	if (label[0] == '-' || end[-1] == '-')
		return false;
	if (is_last && strncmp(label, "xn--", 4) != 0 &&
		(is_digit(label[0]) || is_digit(end[-1])))
		return false;
	for (c = label; c < end; c++)
	{
		/* NOLINTNEXTLINE: the same */
		if (!is_letter(*c) && !is_digit(*c) && *c != '-' &&
			(is_last || *c != '_'))
			return false;
	}
	return true;
}

/*
 * Whether this is a plausible host name of at least two labels.
 */
static bool
is_host_name(const char *name, int length)
{
	const char *label = name;
	const char *end = name + length;
	const char *dot;

	while ((dot = memchr(label, '.', end - label)) != NULL)
	{
		if (!is_label(label, dot - label, false))
			return false;
		label = dot + 1;
	}
	return label > name && is_label(label, end - label, true);
}

/*
 * Write a label in ASCII behind what a host has so far.  Returns the new
 * length, -1 if there is no room.
 */
static int
write_label(const char *label, int length, char *host, int at)
{
	bool		is_ascii = true;
	pg_wchar   *points;
	int			count;
	int			i;

	for (i = 0; i < length && is_ascii; i++)
		is_ascii = !is_high(label[i]);
	if (is_ascii || GetDatabaseEncoding() != PG_UTF8)
	{
		if (length > PLS_MAX_DOMAIN - at)
			return -1;
		memcpy(host + at, label, length);
		return at + length;
	}
	if (PLS_MAX_DOMAIN - at < 4)
		return -1;
	/* NOLINTNEXTLINE: the caller ends the name */
	memcpy(host + at, "xn--", 4);
	points = code_points(label, length, &count);
	length = pls_punycode(points, count, host + at + 4,
						  PLS_MAX_DOMAIN - at - 4);
	pfree(points);
	return length < 0 ? -1 : at + 4 + length;
}

/*
 * Write a clean host in ASCII; false if it is not a plausible host name.  host
 * has room for PLS_MAX_DOMAIN bytes and a zero.
 */
static bool
write_host(const char *start, const char *end, char *host)
{
	int			at = 0;

	while (start < end && is_padding(*start))
		start++;
	while (end > start && is_padding(end[-1]))
		end--;
	for (;;)
	{
		const char *dot = memchr(start, '.', end - start);

		at = write_label(start, (dot ? dot : end) - start, host, at);
		if (at < 0)
			return false;
		if (dot == NULL)
			break;
		if (at == PLS_MAX_DOMAIN)
			return false;
		host[at++] = '.';
		start = dot + 1;
	}
	host[at] = '\0';
	return is_host_name(host, at);
}

/* ---------- addresses ---------- */

static const char *
last_of(const char *start, const char *end, char c)
{
	while (end > start)
		if (*--end == c)
			return end;
	return NULL;
}

static const char *
first_of(const char *start, const char *end, const char *set)
{
	while (start < end && strchr(set, *start) == NULL)
		start++;
	return start;
}

static bool
begins_with(const char *start, const char *end, const char *prefix)
{
	int			length = strlen(prefix);

	return end - start >= length &&
		pg_strncasecmp(start, prefix, length) == 0;
}

/*
 * The end of the character that begins here, if it is white space or has no
 * width; else NULL.
 */
static const char *
after_invisible(const char *start, const char *end)
{
	int			bytes;

	if (start == end)
		return NULL;
	if (!is_high(*start))
		return is_invisible((unsigned char) *start) ? start + 1 : NULL;
	if (GetDatabaseEncoding() != PG_UTF8)
		return NULL;
	bytes = pg_utf_mblen((const unsigned char *) start);
	if (bytes > end - start ||
		!is_invisible(utf8_to_unicode((const unsigned char *) start)))
		return NULL;
	return start + bytes;
}

/*
 * Narrow a text to the address in it: what is between angle brackets, if that
 * has an @; without mailto: and what follows such an address.
 */
static void
find_address(const char **start, const char **end)
{
	const char *open = memchr(*start, '<', *end - *start) == NULL ? NULL :
	last_of(*start, *end, '<');
	const char *next;

	if (open != NULL)
	{
		const char *close = first_of(open, *end, ">");

		if (memchr(open, '@', close - open) != NULL)
		{
			*start = open + 1;
			*end = close;
		}
	}
	while (*start < *end)
	{
		next = is_padding(**start) ? *start + 1 : after_invisible(*start, *end);
		if (next == NULL)
			break;
		*start = next;
	}
	if (begins_with(*start, *end, "mailto:"))
	{
		*start += strlen("mailto:");
		*end = first_of(*start, *end, "?");
	}
}

/*
 * Narrow a text to the host in a URL, or in what is written without its
 * scheme.
 */
static void
find_host(const char **start, const char **end)
{
	const char *colon = first_of(*start, *end, ":");
	const char *at;

	if (*end - colon >= 3 && colon[1] == '/' && colon[2] == '/')
		*start = colon + 3;
	else if (begins_with(*start, *end, "//"))
		*start += 2;
	*end = first_of(*start, *end, "/?#\\");
	at = last_of(*start, *end, '@');
	if (at != NULL)
		*start = at + 1;
	colon = last_of(*start, *end, ':');
	if (colon != NULL)
		*end = colon;
}

/*
 * Whether a text is a URL: with a scheme, or with an @ of which no address
 * would be written, at the beginning of a name in a path or in a query.
 */
static bool
is_url(const char *start, const char *end)
{
	const char *colon = memchr(start, ':', end - start);
	const char *slash = memchr(start, '/', end - start);
	const char *at = memchr(start, '@', end - start);

	if (colon != NULL && end - colon >= 3 && colon[1] == '/' &&
		colon[2] == '/')
		return true;
	return slash != NULL && at != NULL && slash < at &&
		memchr(start, '.', slash - start) != NULL &&
		(at[-1] == '/' || memchr(slash, '?', at - slash) != NULL);
}

/*
 * Trim white space and characters of no width off both ends.
 */
static void
trim(const char **start, const char **end)
{
	while (*start < *end && !is_high(**start) &&
		   is_invisible((unsigned char) **start))
		(*start)++;
	while (*end > *start && !is_high((*end)[-1]) &&
		   is_invisible((unsigned char) (*end)[-1]))
		(*end)--;
}

/*
 * The same of an address without any ado, as most are; false if it is none.
 */
static bool
plain_domain(const char *address, int length, char *domain)
{
	const char *end = address + length;
	const char *at = last_of(address, end, '@');
	char	   *to = domain;

	if (at == NULL || end - at > PLS_MAX_DOMAIN || at[1] == '.' ||
		end[-1] == '.' || memchr(address, '<', length) != NULL ||
		memchr(address, ':', length) != NULL ||
		memchr(address, '/', length) != NULL)
		return false;
	while (++at < end)
	{
		if (is_high(*at) || (!is_letter(*at) && !is_digit(*at) &&
							 *at != '.' && *at != '-' && *at != '_'))
			return false;
		*to++ = pg_ascii_tolower((unsigned char) *at);
	}
	*to = '\0';
	return true;
}

/*
 * The domain of an address, which has an @, a URL or a bare domain, in its
 * normal form; false if that is not a plausible host name.  A URL or a bare
 * domain is without www.  domain has room for PLS_MAX_DOMAIN bytes and a zero.
 */
bool
pls_address_domain(const char *address, int length, char *domain)
{
	const char *start = address;
	const char *end = address + length;
	char		clean[MAX_CLEAN];
	bool		is_host;

	if (plain_domain(address, length, domain))
		return is_host_name(domain, strlen(domain));
	trim(&start, &end);
	is_host = is_url(start, end) || last_of(start, end, '@') == NULL;
	if (is_host)
		find_host(&start, &end);
	else
	{
		const char *at;

		find_address(&start, &end);
		at = last_of(start, end, '@');
		if (at != NULL)
			start = at + 1;
	}
	/* no domain is so long */
	if (end - start > PLS_MAX_ADDRESS)
		return false;
	length = clean_text(start, end - start, is_host, true, clean, MAX_CLEAN);
	if (length < 0 || !write_host(clean, clean + length, domain))
		return false;
	if (is_host && strncmp(domain, "www.", 4) == 0 &&
		strchr(domain + 4, '.') != NULL)
		memmove(domain, domain + 4, strlen(domain + 4) + 1);
	return true;
}

/*
 * The normal form of a user's id, in the current memory context: an address in
 * its normal form, anything else as it is.  It may be empty.
 */
const char *
pls_normal_user(const char *user_id)
{
	const char *start = user_id;
	const char *end = user_id + strlen(user_id);
	const char *at;
	char		clean[MAX_CLEAN];
	char		domain[PLS_MAX_DOMAIN + 1];
	int			length;
	int			local_length;

	if (memchr(user_id, '@', end - user_id) == NULL)
		return user_id;
	find_address(&start, &end);
	if (end - start > PLS_MAX_ADDRESS)
		return user_id;
	length = clean_text(start, end - start, false, false, clean, MAX_CLEAN);
	if (length < 0)
		return user_id;
	while (length > 0 && is_padding(clean[length - 1]))
		length--;
	at = last_of(clean, clean + length, '@');
	if (at == NULL ||
		!pls_address_domain(at, clean + length - at, domain))
		return pnstrdup(clean, length);
	local_length = at - clean;
	/* the first of the quotes is gone as what may stand around an address */
	if (local_length > 1 && at[-1] == '"')
		local_length--;
	return psprintf("%.*s@%s", local_length, clean, domain);
}

/*
 * The domain above one, in its text; NULL if there is none that could be a
 * company's: a top-level domain, or one such as co.uk in which everybody
 * registers, is nobody's.
 */
const char *
pls_parent_domain(const char *domain)
{
	static const char *const shared[] = {
		"ac", "co", "com", "edu", "go", "gob", "gouv", "gov", "gv", "id",
		"ltd", "me", "mil", "ne", "net", "nhs", "nom", "or", "org", "plc",
		"sch", "web"
	};
	const char *parent = strchr(domain, '.') + 1;
	const char *dot = strchr(parent, '.');
	int			i;

	if (dot == NULL)
		return NULL;
	if (strchr(dot + 1, '.') != NULL || strlen(dot + 1) != 2)
		return parent;
	for (i = 0; i < lengthof(shared); i++)
		if (strlen(shared[i]) == dot - parent &&
			strncmp(shared[i], parent, dot - parent) == 0)
			return NULL;
	return parent;
}

/*
 * An id as it is compared with those that name nobody: without what cannot be
 * seen at its ends, in lower case.  Returns its length; -1 if it has no room in
 * the result, which ends with a zero.
 */
int
pls_fold_id(const char *id, int length, char *result, int size)
{
	const char *end;

	length = clean_text(id, length, true, false, result, size - 1);
	if (length < 0)
		return -1;
	id = result;
	end = result + length;
	trim(&id, &end);
	length = end - id;
	memmove(result, id, length);
	result[length] = '\0';
	return length;
}

/* ---------- functions ---------- */

PG_FUNCTION_INFO_V1(pls_normal_domain);

/*
 * pls_internal.normal_domain(text) -> text: see above; NULL if there is none.
 */
Datum
pls_normal_domain(PG_FUNCTION_ARGS)
{
	text	   *address = PG_GETARG_TEXT_PP(0);
	char		domain[PLS_MAX_DOMAIN + 1];

	if (!pls_address_domain(VARDATA_ANY(address), VARSIZE_ANY_EXHDR(address),
							domain))
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(domain));
}

PG_FUNCTION_INFO_V1(pls_normal_user_id);

/*
 * pls_internal.normal_user(text) -> text: see pls_normal_user().
 */
Datum
pls_normal_user_id(PG_FUNCTION_ARGS)
{
	char	   *user_id = text_to_cstring(PG_GETARG_TEXT_PP(0));

	PG_RETURN_TEXT_P(cstring_to_text(pls_normal_user(user_id)));
}

PG_FUNCTION_INFO_V1(pls_folded_id);

/*
 * pls_internal.folded_id(text) -> text: see pls_fold_id(); NULL if it is too
 * long.
 */
Datum
pls_folded_id(PG_FUNCTION_ARGS)
{
	text	   *id = PG_GETARG_TEXT_PP(0);
	char		folded[MAX_CLEAN];

	if (VARSIZE_ANY_EXHDR(id) > PLS_MAX_ENTITY ||
		pls_fold_id(VARDATA_ANY(id), VARSIZE_ANY_EXHDR(id), folded,
					MAX_CLEAN) < 0)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(folded));
}
