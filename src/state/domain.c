/*-------------------------------------------------------------------------
 *
 * domain.c
 *	  The domain of an address, and whether it is a company's.
 *
 * The trigger asks for every event that has an address and no account, and a
 * rebuild for every row of the table: so this is C, and the free-mail domains
 * (pls.free_mail_domains) are kept per backend until the configuration
 * changes.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_collation.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/formatting.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "model/config_changes.h"
#include "model/config_table.h"
#include "pls_compat.h"
#include "state/domain.h"

#define MAX_LABEL	63			/* characters */

/* Columns of pls.free_mail_domains (sql/20_config/10_motions.sql). */
enum
{
	F_DOMAIN = 1, F_FREE
};

typedef struct FreeDomain
{
	char		domain[PLS_MAX_DOMAIN + 1]; /* hash key */
} FreeDomain;

static HTAB *free_domains = NULL;
static uint64 free_domains_changes;

/* ---------- what a domain is ---------- */

/* White space, quotes, brackets and dots around a domain. */
static bool
is_padding(char c)
{
	return c != '\0' && strchr(". \t\r\n<>\"'", c) != NULL;
}

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

/*
 * Whether a piece between dots is a plausible label: letters, digits and
 * underscores, with hyphens between them.  The last one is a top-level
 * domain: it begins and ends with a letter and has no underscore.  Letters of
 * other scripts are let through.
 */
static bool
is_label(const char *label, int length, bool is_last)
{
	const char *end = label + length;
	const char *c;
	int			characters;

	if (length == 0)
		return false;
	characters = pg_mbstrlen_with_len(label, length);
	if (characters > MAX_LABEL || (is_last && characters < 2))
		return false;
	/* NOLINTNEXTLINE: the characters counted above are there */
	if (label[0] == '-' || end[-1] == '-' ||
		(is_last && (is_digit(label[0]) || is_digit(end[-1]))))
		return false;
	for (c = label; c < end; c++)
	{
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
 * Lower case, into result, which has room for PLS_MAX_DOMAIN bytes and a
 * zero.  False if that is too little.
 */
static bool
lower_case(const char *name, int length, char *result, int *result_length)
{
	bool		is_ascii = true;
	char	   *lowered;
	int			i;

	for (i = 0; i < length; i++)
	{
		is_ascii &= !is_high(name[i]);
		if (i < PLS_MAX_DOMAIN)
			result[i] = pg_ascii_tolower((unsigned char) name[i]);
	}
	*result_length = length;
	if (is_ascii)
		return length <= PLS_MAX_DOMAIN;
	lowered = str_tolower(name, length, DEFAULT_COLLATION_OID);
	*result_length = strlen(lowered);
	if (*result_length <= PLS_MAX_DOMAIN)
		memcpy(result, lowered, *result_length);
	pfree(lowered);
	return *result_length <= PLS_MAX_DOMAIN;
}

/*
 * The domain of an address or a bare domain: what follows the last @, in
 * lower case, without dots, quotes and white space around it.  False if that
 * is not a plausible host name.  domain has room for PLS_MAX_DOMAIN bytes and
 * a zero.
 */
bool
pls_address_domain(const char *address, int length, char *domain)
{
	const char *end = address + length;
	const char *start = end;

	while (start > address && start[-1] != '@')
		start--;
	while (start < end && is_padding(*start))
		start++;
	while (end > start && is_padding(end[-1]))
		end--;
	/* lower case is at most three times as long in any encoding */
	if (end - start > 4 * PLS_MAX_DOMAIN ||
		!lower_case(start, end - start, domain, &length) ||
		!is_host_name(domain, length))
		return false;
	domain[length] = '\0';
	return true;
}

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

/* ---------- whose it is ---------- */

/*
 * Put the domains of some rows into a table that takes the place of the one
 * at hand.
 */
static void
enter_free_domains(List *rows)
{
	HASHCTL		control;
	HTAB	   *table;
	ListCell   *cell;

	memset(&control, 0, sizeof(control));
	control.keysize = control.entrysize = sizeof(FreeDomain);
	control.hcxt = CacheMemoryContext;
	table = hash_create("pls free-mail domains", list_length(rows) + 1,
						&control, HASH_ELEM | HASH_STRINGS | HASH_CONTEXT);
	foreach(cell, rows)
	{
		PlsConfigRow *row = lfirst(cell);
		char	   *domain = pls_config_text(row, F_DOMAIN);

		if (pls_config_bool(row, F_FREE) && strlen(domain) <= PLS_MAX_DOMAIN)
			(void) hash_search(table, domain, HASH_ENTER, NULL);
	}
	if (free_domains != NULL)
		hash_destroy(free_domains);
	free_domains = table;
}

/*
 * Read the free-mail domains anew.
 */
static void
load_free_domains(uint64 changes)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "pls domain rows",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	PlsConfigScan scan;
	HeapTuple	tuple;
	List	   *rows = NIL;

	pls_config_snapshot_push();
	pls_config_begin(&scan, PLS_FREE_DOMAINS);
	while ((tuple = pls_config_next(&scan)) != NULL)
		rows = lappend(rows, pls_config_row(&scan, tuple));
	pls_config_end(&scan);
	PopActiveSnapshot();
	enter_free_domains(rows);
	free_domains_changes = changes;
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
}

/*
 * Whether mail of a domain, as pls_address_domain() gives it, is a company's.
 */
bool
pls_domain_is_company(const char *domain)
{
	uint64		changes = pls_config_changes(PLS_FREE_DOMAINS);

	if (free_domains == NULL || free_domains_changes != changes)
		load_free_domains(changes);
	return hash_search(free_domains, domain, HASH_FIND, NULL) == NULL;
}
