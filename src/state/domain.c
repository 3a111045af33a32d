/*-------------------------------------------------------------------------
 *
 * domain.c
 *	  Whether a domain is a company's.
 *
 * Mail providers (pls.free_mail_domains) are thousands, of which a backend
 * meets few.  So single rows are read, by the index, and the answers are kept
 * until the table changes.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/parallel.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "model/config_changes.h"
#include "pls_compat.h"
#include "state/domain.h"
#include "state/keyed_table.h"

#define MOST_ANSWERS 1000		/* that are kept */

/* Columns of pls.free_mail_domains (sql/20_config/20_free_mail_domains.sql). */
enum
{
	F_DOMAIN = 1, F_FREE
};

typedef struct Answer
{
	char		domain[PLS_MAX_DOMAIN + 1]; /* hash key */
	bool		is_company;
} Answer;

static HTAB *answers = NULL;
static uint64 answers_changes;	/* of the table, when they were read */

/*
 * Begin to keep answers, if there are none yet that hold.
 */
static void
start_answers(uint64 changes)
{
	HASHCTL		control;

	if (answers != NULL && answers_changes == changes &&
		hash_get_num_entries(answers) < MOST_ANSWERS)
		return;
	if (answers != NULL)
		hash_destroy(answers);
	answers = NULL;
	memset(&control, 0, sizeof(control));
	control.keysize = PLS_MAX_DOMAIN + 1;
	control.entrysize = sizeof(Answer);
	control.hcxt = CacheMemoryContext;
	answers = hash_create("pls mail providers", 64, &control,
						  HASH_ELEM | HASH_STRINGS | HASH_CONTEXT);
	answers_changes = changes;
}

/*
 * Whether an open table of mail providers has a domain as one.
 */
static bool
has_provider(PlsTable *table, const char *domain)
{
	PlsTableScan *scan;
	bool		isnull;
	bool		found;

	/* the newest, as pls.users are read; a worker knows its leader's only */
	pls_config_snapshot_push();
	scan = pls_table_scan(table, IsInParallelMode() ? GetActiveSnapshot() :
						  SnapshotSelf, 1, &domain, NULL);
	found = pls_table_next(table, scan) &&
		DatumGetBool(slot_getattr(table->slot, F_FREE, &isnull)) && !isnull;
	pls_table_end(scan);
	PopActiveSnapshot();
	return found;
}

/*
 * Whether mail of a domain, as pls_address_domain() gives it, is a company's.
 * wait: for the table of mail providers, if it is locked; if it is not waited
 * for, the domain is nobody's, and *was_locked is set.
 */
bool
pls_domain_is_company(const char *domain, PlsWait wait, bool *was_locked)
{
	uint64		changes = pls_config_changes(PLS_FREE_DOMAINS);
	PlsTable	table;
	Answer	   *answer;
	bool		is_company;

	answer = answers == NULL || answers_changes != changes ? NULL :
		hash_search(answers, domain, HASH_FIND, NULL);
	if (answer != NULL)
		return answer->is_company;
	if (!pls_table_open(&table, "free_mail_domains", "free_mail_domains_pkey",
						AccessShareLock, wait))
	{
		*was_locked = true;
		return false;
	}
	/* the lock has taken in what has changed */
	start_answers(pls_config_changes(PLS_FREE_DOMAINS));
	is_company = !has_provider(&table, domain);
	pls_table_close(&table);
	answer = hash_search(answers, domain, HASH_ENTER, NULL);
	answer->is_company = is_company;
	return is_company;
}
