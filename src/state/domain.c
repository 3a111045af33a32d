/*-------------------------------------------------------------------------
 *
 * domain.c
 *	  Whether a domain is a company's.
 *
 * The trigger asks for every event that has an address and no account, and a
 * rebuild for every row of the table: so this is C, and the free-mail domains
 * (pls.free_mail_domains) are kept per backend until the configuration
 * changes.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/hsearch.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "model/config_changes.h"
#include "model/config_table.h"
#include "pls_compat.h"
#include "state/domain.h"

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
