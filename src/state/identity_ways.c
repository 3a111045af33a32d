/*-------------------------------------------------------------------------
 *
 * identity_ways.c
 *	  Where ids and domains lead: aliases, and the accounts of domains.
 *
 * Most databases have no aliases and no account domains.  Which of these
 * tables are empty is kept per backend until one of them is written, so that
 * they are not even opened; what is found in the others is kept as long as
 * the look-ups of one statement go on.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/varlena.h"

#include "model/config_changes.h"
#include "pls.h"
#include "pls_compat.h"
#include "state/address.h"
#include "state/domain.h"
#include "state/identity_lookup.h"
#include "state/identity_past.h"
#include "state/identity_ways.h"
#include "state/ignored.h"

/* The columns of pls.account_aliases and the others are like these. */
enum
{
	L_KEY, L_TARGET, L_KNOWN_SINCE
};

/* The tables of the ways, in which their key is looked up. */
static const struct
{
	const char *table;
	const char *index;
	const char *reverse;		/* by the target */
	const char *past;			/* kind of its rows that are no longer so */
}			ways[PLS_NWAYS] = {
	[PLS_ACCOUNT_ALIAS] = {"account_aliases", "account_aliases_pkey", "account_aliases_account", PLS_PAST_ACCOUNT_ALIAS},
	[PLS_USER_ALIAS] = {"user_aliases", "user_aliases_pkey", "user_aliases_user", PLS_PAST_USER_ALIAS},
	[PLS_ACCOUNT_DOMAIN] = {"account_domains", "account_domains_pkey", NULL, PLS_PAST_ACCOUNT_DOMAIN},
	[PLS_ACCOUNT_OF_DOMAIN] = {"accounts", "accounts_domain"},
};

/* Whether each table has any row for its way, as far as that is known. */
static struct
{
	uint64		changes;
	bool		is_known[PLS_NWAYS];
	bool		is_empty[PLS_NWAYS];
}			emptiness;

typedef struct KnownWay
{
	const char *from;			/* hash key */
	uint32		hash;
	char		status;
	const char *to;				/* NULL: nobody */
} KnownWay;

#define SH_PREFIX waytable
#define SH_ELEMENT_TYPE KnownWay
#define SH_KEY_TYPE const char *
#define SH_KEY from
#define SH_HASH_KEY(table, key) hash_bytes((const unsigned char *) (key), strlen(key))
#define SH_EQUAL(table, a, b) (strcmp(a, b) == 0)
#define SH_STORE_HASH
#define SH_GET_HASH(table, entry) (entry)->hash
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

/*
 * Whether a way may lead anywhere: whether its table has any row.
 */
static bool
may_lead(PlsIdentity *identity, PlsWay way)
{
	uint64		changes = pls_config_changes(PLS_IDENTITY);
	PlsTable   *table = &identity->tables[way];

	if (identity->past != NULL && !pls_past_is_empty(identity->past))
		return true;
	if (emptiness.changes != changes)
	{
		memset(&emptiness, 0, sizeof(emptiness));
		emptiness.changes = changes;
	}
	if (emptiness.is_known[way])
		return !emptiness.is_empty[way];
	if (!pls_lookup_open(identity, table, ways[way].table, ways[way].index))
		return false;
	/* an index that is empty has one page, which describes it */
	emptiness.is_empty[way] = way == PLS_ACCOUNT_OF_DOMAIN ?
		RelationGetNumberOfBlocks(table->index) <= 1 :
		RelationGetNumberOfBlocks(table->heap) == 0;
	emptiness.is_known[way] = true;
	return !emptiness.is_empty[way];
}

/*
 * An id in a column of a row, in the current memory context; NULL if there is
 * none, or it is too long.
 */
static const char *
id_in(TupleTableSlot *slot, int column)
{
	bool		isnull;
	Datum		value = slot_getattr(slot, column + 1, &isnull);

	if (isnull || pls_is_longer(value, PLS_MAX_ENTITY))
		return NULL;
	return TextDatumGetCString(value);
}

/*
 * What a row of the way's table with this key leads to, in the current memory
 * context; NULL if there is none.  Of PLS_ACCOUNT_OF_DOMAIN there may be several:
 * see account_with_domain().
 */
static const char *
next_on_way(PlsIdentity *identity, PlsWay way, const char *key)
{
	PlsTable   *table = &identity->tables[way];
	TupleTableSlot *past;

	if (pls_lookup_row(identity, table, ways[way].table, ways[way].index, key,
					   L_KNOWN_SINCE))
		return id_in(table->slot, L_TARGET);
	past = pls_lookup_past(identity, ways[way].past, key);
	return past == NULL ? NULL : id_in(past, P_TARGET);
}

/*
 * The id at the end of a chain of aliases.  One that does not end stands for
 * nothing.
 */
static const char *
end_of_chain(PlsIdentity *identity, PlsWay way, const char *id)
{
	const char *at = id;
	const char *next;
	int			step;

	for (step = 0; (next = next_on_way(identity, way, at)) != NULL; step++)
	{
		if (step == PLS_MAX_ALIASES)
			return id;
		at = next;
	}
	return at;
}

/*
 * What is known of where a way leads from here; *found: whether anything is.
 */
static KnownWay *
known_way(PlsIdentity *identity, PlsWay way, const char *from, bool *found)
{
	KnownWay   *known;

	pls_lookup_make_room(identity);
	if (identity->known_ways[way] == NULL)
		identity->known_ways[way] = waytable_create(identity->known_context,
													64, NULL);
	known = waytable_insert(identity->known_ways[way], from, found);
	if (!*found)
	{
		known->from = MemoryContextStrdup(identity->known_context, from);
		known->to = NULL;
	}
	return known;
}

/*
 * What an id stands for, in the current memory context; NULL if that names
 * nobody.
 */
static const char *
follow_aliases(PlsIdentity *identity, PlsWay way, const char *id)
{
	KnownWay   *known;
	const char *end;
	bool		found;

	if (!may_lead(identity, way))
		return id;
	known = known_way(identity, way, id, &found);
	if (!found)
	{
		end = end_of_chain(identity, way, id);
		/* only what is no alias has been asked about */
		if (end == id || (*end != '\0' &&
						  !pls_id_is_ignored(end, strlen(end))))
			known->to = MemoryContextStrdup(identity->known_context, end);
	}
	return known->to == NULL ? NULL : pstrdup(known->to);
}

/*
 * The account that an account's id stands for; NULL: nobody.  It may be the
 * text that was given.
 */
const char *
pls_identity_of_account(PlsIdentity *identity, const char *account_id)
{
	if (pls_id_is_ignored(account_id, strlen(account_id)))
		return NULL;
	return follow_aliases(identity, PLS_ACCOUNT_ALIAS, account_id);
}

/*
 * The user that a user's id stands for; NULL: nobody.  It may be the text that
 * was given.
 */
const char *
pls_identity_of_user(PlsIdentity *identity, const char *user_id)
{
	if (pls_id_is_ignored(user_id, strlen(user_id)))
		return NULL;
	user_id = pls_normal_user(user_id);
	if (!pls_is_entity(user_id))
		return NULL;
	return follow_aliases(identity, PLS_USER_ALIAS, user_id);
}

/*
 * Whether a way is known to lead nowhere.
 */
static bool
is_known_empty(PlsWay way)
{
	return emptiness.changes == pls_config_changes(PLS_IDENTITY) &&
		emptiness.is_known[way] && emptiness.is_empty[way];
}

/*
 * Whether it is known that there are no aliases, of accounts or users.
 */
bool
pls_has_no_aliases(bool of_users)
{
	return is_known_empty(of_users ? PLS_USER_ALIAS : PLS_ACCOUNT_ALIAS);
}

/*
 * Whether there may be aliases, of accounts or users.
 */
bool
pls_identity_has_aliases(PlsIdentity *identity, bool of_users)
{
	return may_lead(identity, of_users ? PLS_USER_ALIAS : PLS_ACCOUNT_ALIAS);
}

static bool
is_company(PlsIdentity *identity, const char *domain)
{
	return pls_domain_is_company(domain, identity->wait,
								 &identity->was_locked);
}

/*
 * The next account, by its id, of a scan of those that have a domain; NULL
 * after the last.  One whose id names nobody is passed over.  *id is the one
 * in its row.
 */
static const char *
next_holder(PlsIdentity *identity, PlsTableScan *scan, const char **id)
{
	PlsTable   *table = &identity->tables[PLS_ACCOUNT_OF_DOMAIN];
	const char *owner = NULL;

	while (owner == NULL && pls_table_next(table, scan))
	{
		CHECK_FOR_INTERRUPTS();
		if (identity->past != NULL &&
			!pls_past_knew(identity->past, table->slot, A_KNOWN_SINCE))
			continue;
		*id = id_in(table->slot, A_ACCOUNT_ID);
		if (*id != NULL)
			owner = pls_identity_of_account(identity, *id);
	}
	return owner;
}

/*
 * The same of those that had it by a row that is no longer as it was.
 */
static const char *
past_holder(PlsIdentity *identity, const char *domain, const char **id)
{
	ListCell   *cell;

	foreach(cell, pls_past_holders(identity->past, domain))
	{
		const char *owner = pls_identity_of_account(identity, lfirst(cell));

		*id = lfirst(cell);
		if (owner != NULL)
			return owner;
	}
	return NULL;
}

/*
 * The smallest of the accounts whose own domain this is; NULL: none.  One whose
 * id names nobody is passed over.
 */
static const char *
account_with_domain(PlsIdentity *identity, const char *domain)
{
	PlsTable   *table = &identity->tables[PLS_ACCOUNT_OF_DOMAIN];
	const char *id = NULL;
	const char *past_id = NULL;
	const char *owner;
	const char *past_owner;
	PlsTableScan *scan;

	if (!pls_lookup_open(identity, table, ways[PLS_ACCOUNT_OF_DOMAIN].table,
						 ways[PLS_ACCOUNT_OF_DOMAIN].index))
		return NULL;
	scan = pls_table_scan(table, identity->snapshot, 1, &domain, NULL);
	owner = next_holder(identity, scan, &id);
	pls_table_end(scan);
	if (identity->past == NULL)
		return owner;
	past_owner = past_holder(identity, domain, &past_id);
	if (owner == NULL || past_owner == NULL)
		return owner != NULL ? owner : past_owner;
	/* in the order of the index */
	return varstr_cmp(id, strlen(id), past_id, strlen(past_id),
					  table->index->rd_indcollation[1]) < 0 ?
		owner : past_owner;
}

/*
 * The account that has a domain itself; NULL: none.  A mail provider's is
 * nobody's, whatever somebody has entered for a single account, unless it was
 * entered as one of an account's domains.
 */
static const char *
owner_of_domain(PlsIdentity *identity, const char *domain)
{
	const char *owner = NULL;

	if (may_lead(identity, PLS_ACCOUNT_DOMAIN))
		owner = next_on_way(identity, PLS_ACCOUNT_DOMAIN, domain);
	if (owner != NULL)
		owner = pls_identity_of_account(identity, owner);
	if (owner == NULL && may_lead(identity, PLS_ACCOUNT_OF_DOMAIN) &&
		is_company(identity, domain))
		owner = account_with_domain(identity, domain);
	return owner;
}

/*
 * The same, or the account that has the nearest domain above it.
 */
static const char *
nearest_owner(PlsIdentity *identity, const char *domain)
{
	const char *owner = owner_of_domain(identity, domain);

	while (owner == NULL && (domain = pls_parent_domain(domain)) != NULL)
		if (is_company(identity, domain))
			owner = owner_of_domain(identity, domain);
	return owner;
}

/*
 * The account of a domain, in the current memory context; NULL: nobody's.
 */
const char *
pls_account_of_domain(PlsIdentity *identity, const char *domain)
{
	const char *account = NULL;
	KnownWay   *known;
	bool		found;

	/* both, so that both are known */
	if (may_lead(identity, PLS_ACCOUNT_DOMAIN) |
		may_lead(identity, PLS_ACCOUNT_OF_DOMAIN))
	{
		known = known_way(identity, PLS_ACCOUNT_OF_DOMAIN, domain, &found);
		if (found)
			return known->to == NULL ? NULL : pstrdup(known->to);
		account = nearest_owner(identity, domain);
	}
	if (account == NULL && is_company(identity, domain))
		account = pls_identity_of_account(identity, domain);
	if (account == NULL)
		return NULL;
	if (identity->known_ways[PLS_ACCOUNT_OF_DOMAIN] != NULL)
	{
		known = known_way(identity, PLS_ACCOUNT_OF_DOMAIN, domain, &found);
		known->to = MemoryContextStrdup(identity->known_context, account);
	}
	return pstrdup(account);
}

/*
 * Add all ids that stand for one of these texts, in any number of steps, to a
 * list of them.  False if they are more than so many.
 */
bool
pls_identity_add_aliases(PlsIdentity *identity, bool of_users, List **ids,
						 int most)
{
	PlsWay		way = of_users ? PLS_USER_ALIAS : PLS_ACCOUNT_ALIAS;
	PlsTable	table = {0};
	int			next;

	if (!may_lead(identity, way))
		return true;
	if (!pls_lookup_open(identity, &table, ways[way].table, ways[way].reverse))
		return false;
	for (next = 0; next < list_length(*ids) && list_length(*ids) <= most;
		 next++)
	{
		const char *id = list_nth(*ids, next);
		PlsTableScan *scan = pls_table_scan(&table, identity->snapshot, 1,
											&id, NULL);
		bool		isnull;

		while (list_length(*ids) <= most && pls_table_next(&table, scan))
			*ids = lappend(*ids,
						   TextDatumGetCString(slot_getattr(table.slot,
															L_KEY + 1,
															&isnull)));
		pls_table_end(scan);
		if (identity->past != NULL)
			*ids = pls_past_add_aliases(identity->past, ways[way].past, id,
										*ids);
	}
	pls_table_close(&table);
	return list_length(*ids) <= most;
}
