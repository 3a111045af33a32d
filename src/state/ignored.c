/*-------------------------------------------------------------------------
 *
 * ignored.c
 *	  Ids that name nobody (pls.ignored_ids), and blank ones.
 *
 * They are kept per backend until the table changes.  It is asked about the
 * ids of every event that matters, and most are told by their first and last
 * bytes not to be among them, or as numbers by not being one of those.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/hsearch.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "id_text.h"
#include "model/config_changes.h"
#include "model/config_table.h"
#include "pls.h"
#include "pls_compat.h"
#include "state/address.h"
#include "state/ignored.h"

#define MOST_SPELLINGS	4096	/* that are told apart */
#define MOST_LETTERS	4		/* of an id of which all spellings are told */

/* Columns of pls.ignored_ids (sql/20_config/24_ignored_ids.sql). */
enum
{
	I_ID = 1
};

typedef struct IgnoredId
{
	char		id[PLS_MAX_ENTITY + 1]; /* hash key */
} IgnoredId;

static struct
{
	uint64		changes;		/* of the table, when it was read */
	HTAB	   *ids;			/* NULL: not read yet */
	int			nnumbers;
	int64	   *numbers;
}			ignored;

PlsIgnoredHints pls_ignored_hints;

/*
 * Take down one id.
 */
static void
enter_id(HTAB *ids, const char *id)
{
	Size		length = strlen(id);
	unsigned char first;
	unsigned char last;
	int64		number;

	if (length == 0 || length > PLS_MAX_ENTITY)
		return;
	first = (unsigned char) *id;
	last = (unsigned char) id[length - 1];
	(void) hash_search(ids, id, HASH_ENTER, NULL);
	pls_ignored_hints.begins[first] |= 1U << Min(length, PLS_LONG_IGNORED);
	pls_ignored_hints.begins[pg_ascii_toupper(first)] |=
		1U << Min(length, PLS_LONG_IGNORED);
	pls_ignored_hints.ends[last] = pls_ignored_hints.ends[pg_ascii_toupper(last)] = true;
	if (!pls_parse_number(id, &number))
		return;
	ignored.numbers[ignored.nnumbers++] = number;
	pls_ignored_hints.least = Min(pls_ignored_hints.least, number);
	pls_ignored_hints.greatest = Max(pls_ignored_hints.greatest, number);
}

/*
 * Put ids into the place of those at hand.
 */
static void
enter_ids(List *rows)
{
	HASHCTL		control;
	HTAB	   *ids;
	ListCell   *cell;
	int			i;

	memset(&control, 0, sizeof(control));
	control.keysize = control.entrysize = sizeof(IgnoredId);
	control.hcxt = CacheMemoryContext;
	ids = hash_create("pls ignored ids", list_length(rows) + 1, &control,
					  HASH_ELEM | HASH_STRINGS | HASH_CONTEXT);
	if (ignored.ids != NULL)
		hash_destroy(ignored.ids);
	if (ignored.numbers != NULL)
		pfree(ignored.numbers);
	memset(&ignored, 0, sizeof(ignored));
	ignored.numbers = MemoryContextAlloc(CacheMemoryContext,
										 (list_length(rows) + 1) *
										 sizeof(int64));
	/* blanks, and what other scripts have of them */
	memset(&pls_ignored_hints, 0, sizeof(pls_ignored_hints));
	pls_ignored_hints.least = PG_INT64_MAX;
	pls_ignored_hints.greatest = PG_INT64_MIN;
	for (i = 0; i < 256; i++)
	{
		pls_ignored_hints.blanks[i] =
			i == ' ' || (i >= '\t' && i <= '\r') || i >= 0x80;
		if (pls_ignored_hints.blanks[i])
			pls_ignored_hints.begins[i] = ~0U;
	}
	foreach(cell, rows)
		enter_id(ids, pls_config_text(lfirst(cell), I_ID));
	ignored.ids = ids;
}

/*
 * Have the ids at hand as they are now.
 */
void
pls_ignored_load(void)
{
	uint64		changes = pls_config_changes(PLS_IGNORED_IDS);
	MemoryContext context;
	MemoryContext caller;
	PlsConfigScan scan;
	HeapTuple	tuple;
	List	   *rows = NIL;

	if (ignored.ids != NULL && ignored.changes == changes)
		return;
	context = AllocSetContextCreate(CurrentMemoryContext, "pls ignored rows",
									ALLOCSET_DEFAULT_SIZES);
	caller = MemoryContextSwitchTo(context);
	pls_config_snapshot_push();
	pls_config_begin(&scan, PLS_IGNORED_IDS);
	while ((tuple = pls_config_next(&scan)) != NULL)
		rows = lappend(rows, pls_config_row(&scan, tuple));
	pls_config_end(&scan);
	PopActiveSnapshot();
	enter_ids(rows);
	ignored.changes = changes;
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
}

/*
 * Whether an id names nobody: it is blank, or one of those in the table.
 */
bool
pls_id_is_ignored(const char *id, int length)
{
	char		folded[4 * PLS_MAX_ENTITY + 1];

	pls_ignored_load();
	if (!pls_may_be_ignored(id, length))
		return false;
	if (length > PLS_MAX_ENTITY)
		return false;
	length = pls_fold_id(id, length, folded, sizeof(folded));
	if (length < 0 || length > PLS_MAX_ENTITY)
		return false;
	return length == 0 ||
		hash_search(ignored.ids, folded, HASH_FIND, NULL) != NULL;
}

/*
 * The same of a number that may.
 */
bool
pls_is_ignored_number(int64 number)
{
	int			i;

	pls_ignored_load();
	for (i = 0; i < ignored.nnumbers; i++)
		if (ignored.numbers[i] == number)
			return true;
	return false;
}

/* ---------- how they are written ---------- */

/*
 * Add a spelling without blanks, and with one before or behind it.
 */
static void
add_spelling(char **spellings, int *count, char *spelling)
{
	if (*count + 3 > MOST_SPELLINGS)
		return;
	spellings[(*count)++] = spelling;
	spellings[(*count)++] = psprintf(" %s", spelling);
	spellings[(*count)++] = psprintf("%s ", spelling);
}

/*
 * Add what a folded id may be the lower case of: of a short one all, of
 * others with a capital at its beginning, or capitals only.
 */
static void
add_spellings(char **spellings, int *count, const char *id)
{
	int			length = strlen(id);
	int		   *letters = palloc(length * sizeof(int));
	int			nletters = 0;
	int			mask;
	int			i;

	for (i = 0; i < length; i++)
		if (id[i] >= 'a' && id[i] <= 'z')
			letters[nletters++] = i;
	for (mask = 0; mask < 1 << Min(nletters, MOST_LETTERS); mask++)
	{
		char	   *spelling = pstrdup(id);

		if (nletters > MOST_LETTERS && mask > 2)
			break;
		for (i = 0; i < nletters; i++)
			if (mask == 2 && nletters > MOST_LETTERS ? true : mask & (1 << i))
				spelling[letters[i]] -= 'a' - 'A';
		add_spelling(spellings, count, spelling);
	}
}

/*
 * How the ids that name nobody are mostly written, for an index to find them,
 * in the current memory context.
 */
char	  **
pls_ignored_spellings(int *count)
{
	char	  **spellings = palloc(MOST_SPELLINGS * sizeof(char *));
	HASH_SEQ_STATUS scan;
	IgnoredId  *entry;

	pls_ignored_load();
	*count = 0;
	spellings[(*count)++] = "";
	spellings[(*count)++] = " ";
	spellings[(*count)++] = "  ";
	hash_seq_init(&scan, ignored.ids);
	while ((entry = hash_seq_search(&scan)) != NULL)
		add_spellings(spellings, count, entry->id);
	return spellings;
}
