/*-------------------------------------------------------------------------
 *
 * identity.c
 *	  Whose an event is: from a user or an email address to an account.
 *
 * In this order: the account that the event names; the account of its user
 * in pls.users; the account of the domain of the event's address or, if that
 * is none, of the user's.  An id of pls.ignored_ids is as if it were not there
 * (ignored.c), and one that is an alias of another stands for that.  A domain
 * is that of the account that has it, or of the one that has the nearest
 * domain above it; if none has, it is itself the account, unless it is a mail
 * provider's (domain.c).
 *
 * An id longer than PLS_MAX_ENTITY bytes fits no index and is nobody's; an
 * address longer than PLS_MAX_ADDRESS is none.  Their size is known without
 * reading them.
 *
 * Most databases have no aliases and no account domains.  Which of these
 * tables are empty is kept per backend until one of them is written, so that
 * they are not even opened; what is found in the others is kept as long as
 * the look-ups of one statement go on.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/tableam.h"
#include "common/hashfn.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "storage/predicate.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/varlena.h"

#include "model/config_changes.h"
#include "pls.h"
#include "pls_compat.h"
#include "state/address.h"
#include "state/domain.h"
#include "state/identity.h"
#include "state/identity_past.h"
#include "state/ignored.h"
#include "state/keyed_table.h"

/* Columns of pls.users and pls.accounts (sql/30_identity/10_accounts_and_users.sql). */
enum
{
	U_USER_ID, U_ACCOUNT_ID, U_EMAIL, U_SIGNED_UP_AT, U_ATTRIBUTES,
	U_UPDATED_AT, U_KNOWN_SINCE
};
enum
{
	A_ACCOUNT_ID, A_NAME, A_DOMAIN, A_OWNER, A_SIZE, A_SIGNED_UP_AT,
	A_ATTRIBUTES, A_UPDATED_AT, A_EXTERNAL_IDS, A_KNOWN_SINCE
};

/* The columns of pls.account_aliases and the others are like these. */
enum
{
	L_KEY, L_TARGET, L_KNOWN_SINCE
};

/* What an id or a domain leads to. */
typedef enum Way
{
	ACCOUNT_ALIAS, USER_ALIAS, ACCOUNT_DOMAIN, ACCOUNT_OF_DOMAIN, NWAYS
} Way;

/* The tables of the ways, in which their key is looked up. */
static const struct
{
	const char *table;
	const char *index;
	const char *reverse;		/* by the target */
	const char *past;			/* kind of its rows that are no longer so */
}			ways[NWAYS] = {
	[ACCOUNT_ALIAS] = {"account_aliases", "account_aliases_pkey", "account_aliases_account", PLS_PAST_ACCOUNT_ALIAS},
	[USER_ALIAS] = {"user_aliases", "user_aliases_pkey", "user_aliases_user", PLS_PAST_USER_ALIAS},
	[ACCOUNT_DOMAIN] = {"account_domains", "account_domains_pkey", NULL, PLS_PAST_ACCOUNT_DOMAIN},
	[ACCOUNT_OF_DOMAIN] = {"accounts", "accounts_domain"},
};

/* Whether each table has any row for its way, as far as that is known. */
static struct
{
	uint64		changes;
	bool		is_known[NWAYS];
	bool		is_empty[NWAYS];
}			emptiness;

typedef struct KnownUser
{
	const char *user_id;		/* hash key */
	uint32		hash;
	char		status;
	bool		is_nobodys;		/* its account's id is too long */
	char	   *account_id;		/* NULL: none */
	char	   *email;			/* NULL: none */
} KnownUser;

#define SH_PREFIX usertable
#define SH_ELEMENT_TYPE KnownUser
#define SH_KEY_TYPE const char *
#define SH_KEY user_id
#define SH_HASH_KEY(table, key) hash_bytes((const unsigned char *) (key), strlen(key))
#define SH_EQUAL(table, a, b) (strcmp(a, b) == 0)
#define SH_STORE_HASH
#define SH_GET_HASH(table, entry) (entry)->hash
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

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

/* Look-ups of one statement. */
struct PlsIdentity
{
	MemoryContext context;
	Snapshot	snapshot;		/* by which users and accounts are seen */
	Size		memory;			/* of known users; beyond it, they start anew */
	PlsWait		wait;			/* for locked tables */
	bool		was_locked;		/* one could not be read */
	PlsPast    *past;			/* NULL: as it is now */
	PlsTable	users;
	PlsTable	accounts;
	PlsTable	tables[NWAYS];
	bool		looked_for_users;
	bool		no_users;		/* the snapshot sees none */
	MemoryContext known_context;
	usertable_hash *known_users;
	waytable_hash *known_ways[NWAYS];	/* of domains, by ACCOUNT_OF_DOMAIN */
};

/*
 * Begin to look up users and accounts.  snapshot: as of which.  With
 * SnapshotSelf, the trigger's, these are the newest committed versions and
 * this transaction's own; unlike the statement's snapshot it leaves no
 * predicate lock in a serializable transaction.  memory: how much users that
 * were looked up may take.  wait: for a table that somebody has locked; if not,
 * nothing is found in it, and pls_identity_was_locked() says so.
 */
PlsIdentity *
pls_identity_begin(Snapshot snapshot, Size memory, PlsWait wait)
{
	PlsIdentity *identity = palloc0(sizeof(PlsIdentity));

	pls_ignored_load();
	identity->context = CurrentMemoryContext;
	identity->snapshot = snapshot;
	identity->memory = memory;
	identity->wait = wait;
	return identity;
}

/*
 * Look users and accounts up as they were known at an instant.  Mail providers
 * and ids that name nobody are those of now: what is entered there corrects
 * how ids and addresses are read, and was true before.
 */
void
pls_identity_as_of(PlsIdentity *identity, TimestampTz as_of)
{
	identity->past = pls_past_begin(identity->snapshot, as_of);
}

/*
 * Whether a table was locked, so that what was looked up may be wrong.
 */
bool
pls_identity_was_locked(const PlsIdentity *identity)
{
	return identity->was_locked;
}

/*
 * End looking up.  What was kept is freed here: a rebuild needs the memory
 * for entities.
 */
void
pls_identity_end(PlsIdentity *identity)
{
	int			way;

	if (identity->past != NULL)
		pls_past_end(identity->past);
	pls_table_close(&identity->users);
	pls_table_close(&identity->accounts);
	for (way = 0; way < NWAYS; way++)
		pls_table_close(&identity->tables[way]);
	if (identity->known_context != NULL)
		MemoryContextDelete(identity->known_context);
	identity->known_context = NULL;
	identity->known_users = NULL;
	memset(identity->known_ways, 0, sizeof(identity->known_ways));
}

/*
 * Open a table unless it is open; false if it is locked and not waited for.
 */
static bool
open_table(PlsIdentity *identity, PlsTable *table, const char *name,
		   const char *index)
{
	MemoryContext caller;

	if (table->heap != NULL)
		return true;
	caller = MemoryContextSwitchTo(identity->context);
	if (!pls_table_open(table, name, index, AccessShareLock, identity->wait))
		identity->was_locked = true;
	MemoryContextSwitchTo(caller);
	return table->heap != NULL;
}

/*
 * Find a row by its id, in the table's slot.  known_since: the column that
 * says since when it has been known.
 */
static bool
find_row(PlsIdentity *identity, PlsTable *table, const char *name,
		 const char *index, const char *id, int known_since)
{
	PlsTableScan *scan;
	bool		found = false;

	if (!open_table(identity, table, name, index))
		return false;
	scan = pls_table_scan(table, identity->snapshot, 1, &id, NULL);
	while (!found && pls_table_next(table, scan))
		found = identity->past == NULL ||
			pls_past_knew(identity->past, table->slot, known_since);
	if (found)
		ExecMaterializeSlot(table->slot);
	pls_table_end(scan);
	return found;
}

/*
 * The row of a kind that is looked for in the past, if it is; NULL: there was
 * none.
 */
static TupleTableSlot *
find_past(PlsIdentity *identity, const char *kind, const char *id)
{
	return identity->past == NULL ? NULL :
		pls_past_find(identity->past, kind, id);
}

/*
 * Read a user's row from the slot, with its account and address in these
 * columns, into memory that is kept.
 */
static void
keep_user(PlsIdentity *identity, KnownUser *user, TupleTableSlot *slot,
		  int account_id, int email)
{
	MemoryContext caller = MemoryContextSwitchTo(identity->known_context);
	bool		isnull;
	Datum		value = slot_getattr(slot, account_id + 1, &isnull);

	if (!isnull && pls_is_longer(value, PLS_MAX_ENTITY))
		user->is_nobodys = true;
	else if (!isnull && VARSIZE_ANY_EXHDR(DatumGetPointer(value)) > 0)
		user->account_id = TextDatumGetCString(value);
	value = slot_getattr(slot, email + 1, &isnull);
	if (!isnull && !pls_is_longer(value, PLS_MAX_ADDRESS))
		user->email = TextDatumGetCString(value);
	MemoryContextSwitchTo(caller);
}

/*
 * Begin to keep what is looked up, or begin anew when that has become much.
 */
static void
make_room_to_know(PlsIdentity *identity)
{
	int			way;

	if (identity->known_context == NULL)
		identity->known_context = AllocSetContextCreate(identity->context,
														"pls users",
														ALLOCSET_DEFAULT_SIZES);
	else if (MemoryContextMemAllocated(identity->known_context,
									   false) > identity->memory)
		MemoryContextReset(identity->known_context);
	else
		return;
	identity->known_users = usertable_create(identity->known_context, 64,
											 NULL);
	for (way = 0; way < NWAYS; way++)
		identity->known_ways[way] = NULL;
}

/*
 * Pass all users that have an account to the consumer, unless their table is
 * of more blocks than this.  It may end that by returning false.  True if
 * whoever was not passed has no account.
 */
bool
pls_identity_each_user(PlsIdentity *identity, BlockNumber most_blocks,
					   bool (*consumer) (void *arg, const char *user_id,
										 const char *account_id),
					   void *arg)
{
	MemoryContext row_context;
	MemoryContext caller;
	TableScanDesc scan;
	TupleTableSlot *slot;
	bool		all = identity->past == NULL ||
		pls_past_is_empty(identity->past);
	bool		more = true;

	open_table(identity, &identity->users, "users", "users_pkey");
	if (RelationGetNumberOfBlocks(identity->users.heap) > most_blocks)
		return false;
	slot = table_slot_create(identity->users.heap, NULL);
	scan = table_beginscan(identity->users.heap, identity->snapshot, 0, NULL);
	row_context = AllocSetContextCreate(CurrentMemoryContext, "pls user",
										ALLOCSET_DEFAULT_SIZES);
	while (more && table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		bool		isnull;
		Datum		account = slot_getattr(slot, U_ACCOUNT_ID + 1, &isnull);
		Datum		user_id;

		CHECK_FOR_INTERRUPTS();
		if (isnull || (identity->past != NULL &&
					   !pls_past_knew(identity->past, slot, U_KNOWN_SINCE)))
			continue;
		if (pls_is_longer(account, PLS_MAX_ENTITY))
		{
			all = false;
			continue;
		}
		caller = MemoryContextSwitchTo(row_context);
		user_id = slot_getattr(slot, U_USER_ID + 1, &isnull);
		more = consumer(arg, TextDatumGetCString(user_id),
						TextDatumGetCString(account));
		MemoryContextSwitchTo(caller);
		MemoryContextReset(row_context);
	}
	MemoryContextDelete(row_context);
	table_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);
	return all && more;
}

/*
 * Look whether there are any users, if the snapshot tells that once and for
 * all.  A serializable transaction has then read that there are none.
 */
static void
look_for_users(PlsIdentity *identity)
{
	Relation	users;

	identity->looked_for_users = true;
	if (identity->past != NULL && !pls_past_is_empty(identity->past))
		return;
	if (!IsMVCCSnapshot(identity->snapshot) ||
		!open_table(identity, &identity->users, "users", "users_pkey"))
		return;
	users = identity->users.heap;
	if (RelationGetNumberOfBlocks(users) > 0)
		return;
	PredicateLockRelation(users, identity->snapshot);
	/* a row that came in between has not met the lock */
	identity->no_users = RelationGetNumberOfBlocks(users) == 0;
}

/*
 * A user's row in pls.users; a user that is not there has neither account
 * nor address.  It is valid until the next user is looked up.
 */
static const KnownUser *
find_user(PlsIdentity *identity, const char *user_id)
{
	static const KnownUser unknown = {NULL};
	KnownUser  *user;
	TupleTableSlot *past;
	bool		found;

	if (!identity->looked_for_users)
		look_for_users(identity);
	if (identity->no_users)
		return &unknown;
	make_room_to_know(identity);
	user = usertable_insert(identity->known_users, user_id, &found);
	if (found)
		return user;
	user->user_id = MemoryContextStrdup(identity->known_context, user_id);
	user->is_nobodys = false;
	user->account_id = user->email = NULL;
	if (find_row(identity, &identity->users, "users", "users_pkey", user_id,
				 U_KNOWN_SINCE))
		keep_user(identity, user, identity->users.slot, U_ACCOUNT_ID, U_EMAIL);
	else if ((past = find_past(identity, PLS_PAST_USER, user_id)) != NULL)
		keep_user(identity, user, past, P_TARGET, P_ADDRESS);
	return user;
}

/* ---------- aliases and domains ---------- */

/*
 * Whether a way may lead anywhere: whether its table has any row.
 */
static bool
may_lead(PlsIdentity *identity, Way way)
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
	if (!open_table(identity, table, ways[way].table, ways[way].index))
		return false;
	/* an index that is empty has one page, which describes it */
	emptiness.is_empty[way] = way == ACCOUNT_OF_DOMAIN ?
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
 * context; NULL if there is none.  Of ACCOUNT_OF_DOMAIN there may be several:
 * see account_with_domain().
 */
static const char *
next_on_way(PlsIdentity *identity, Way way, const char *key)
{
	PlsTable   *table = &identity->tables[way];
	TupleTableSlot *past;

	if (find_row(identity, table, ways[way].table, ways[way].index, key,
				 L_KNOWN_SINCE))
		return id_in(table->slot, L_TARGET);
	past = find_past(identity, ways[way].past, key);
	return past == NULL ? NULL : id_in(past, P_TARGET);
}

/*
 * The id at the end of a chain of aliases.  One that does not end stands for
 * nothing.
 */
static const char *
end_of_chain(PlsIdentity *identity, Way way, const char *id)
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
known_way(PlsIdentity *identity, Way way, const char *from, bool *found)
{
	KnownWay   *known;

	make_room_to_know(identity);
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
follow_aliases(PlsIdentity *identity, Way way, const char *id)
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
	return follow_aliases(identity, ACCOUNT_ALIAS, account_id);
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
	return follow_aliases(identity, USER_ALIAS, user_id);
}

/*
 * Whether a way is known to lead nowhere.
 */
static bool
is_known_empty(Way way)
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
	return is_known_empty(of_users ? USER_ALIAS : ACCOUNT_ALIAS);
}

/*
 * Whether there may be aliases, of accounts or users.
 */
bool
pls_identity_has_aliases(PlsIdentity *identity, bool of_users)
{
	return may_lead(identity, of_users ? USER_ALIAS : ACCOUNT_ALIAS);
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
	PlsTable   *table = &identity->tables[ACCOUNT_OF_DOMAIN];
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
	PlsTable   *table = &identity->tables[ACCOUNT_OF_DOMAIN];
	const char *id = NULL;
	const char *past_id = NULL;
	const char *owner;
	const char *past_owner;
	PlsTableScan *scan;

	if (!open_table(identity, table, ways[ACCOUNT_OF_DOMAIN].table,
					ways[ACCOUNT_OF_DOMAIN].index))
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

	if (may_lead(identity, ACCOUNT_DOMAIN))
		owner = next_on_way(identity, ACCOUNT_DOMAIN, domain);
	if (owner != NULL)
		owner = pls_identity_of_account(identity, owner);
	if (owner == NULL && may_lead(identity, ACCOUNT_OF_DOMAIN) &&
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
static const char *
account_of_domain(PlsIdentity *identity, const char *domain)
{
	const char *account = NULL;
	KnownWay   *known;
	bool		found;

	/* both, so that both are known */
	if (may_lead(identity, ACCOUNT_DOMAIN) |
		may_lead(identity, ACCOUNT_OF_DOMAIN))
	{
		known = known_way(identity, ACCOUNT_OF_DOMAIN, domain, &found);
		if (found)
			return known->to == NULL ? NULL : pstrdup(known->to);
		account = nearest_owner(identity, domain);
	}
	if (account == NULL && is_company(identity, domain))
		account = pls_identity_of_account(identity, domain);
	if (account == NULL)
		return NULL;
	if (identity->known_ways[ACCOUNT_OF_DOMAIN] != NULL)
	{
		known = known_way(identity, ACCOUNT_OF_DOMAIN, domain, &found);
		known->to = MemoryContextStrdup(identity->known_context, account);
	}
	return pstrdup(account);
}

/* ---------- the answer ---------- */

static bool
has_domain(const char *email, char *domain)
{
	return email != NULL && pls_address_domain(email, strlen(email), domain);
}

/*
 * The domain of the event's address or, if that is none, of the user's, who
 * may be called by an address; false if there is none.
 */
static bool
find_domain(const char *user_id, const char *user_email, const char *email,
			char *domain)
{
	return has_domain(email, domain) || has_domain(user_email, domain) ||
		(user_id != NULL && strchr(user_id, '@') != NULL &&
		 has_domain(user_id, domain));
}

/*
 * The account of a user with this account and address (or NULLs), if an event
 * has this address (or NULL); in the current memory context.  NULL: nobody's.
 */
const char *
pls_identity_member(PlsIdentity *identity, const char *user_id,
					const char *account_id, const char *user_email,
					const char *email)
{
	char		domain[PLS_MAX_DOMAIN + 1];
	const char *account = NULL;

	if (account_id != NULL)
		account = pls_identity_of_account(identity, account_id);
	if (account != NULL)
		return pstrdup(account);
	if (!find_domain(user_id, user_email, email, domain))
		return NULL;
	return account_of_domain(identity, domain);
}

/*
 * The account of an event by this user (or NULL), as pls_identity_of_user()
 * has told, with this address (or NULL), in the current memory context; NULL
 * if it is nobody's.
 */
const char *
pls_identity_account(PlsIdentity *identity, const char *user_id,
					 const char *email)
{
	const KnownUser *user;
	const char *account_id;
	const char *user_email;

	if (user_id == NULL)
		return pls_identity_member(identity, NULL, NULL, NULL, email);
	user = find_user(identity, user_id);
	if (user->is_nobodys)
		return NULL;
	/* what is known of the user may go while others are looked up */
	account_id = user->account_id ? pstrdup(user->account_id) : NULL;
	user_email = user->email ? pstrdup(user->email) : NULL;
	return pls_identity_member(identity, user_id, account_id, user_email,
							   email);
}

/*
 * The domain of the event's address or, if that is none, of the user's; NULL
 * if there is none.  Unlike a company's it may be a mail provider's: that can
 * be excluded by name.
 */
const char *
pls_identity_domain(PlsIdentity *identity, const char *user_id,
					const char *email)
{
	char		domain[PLS_MAX_DOMAIN + 1];

	if (!has_domain(email, domain) &&
		(user_id == NULL ||
		 !find_domain(user_id, find_user(identity, user_id)->email, NULL,
					  domain)))
		return NULL;
	return pstrdup(domain);
}

static Jsonb *
attributes_in(TupleTableSlot *slot, int column)
{
	bool		isnull;
	Datum		value = slot_getattr(slot, column + 1, &isnull);

	return isnull ? NULL : DatumGetJsonbPCopy(value);
}

/*
 * What predicates see of the account of an entity: its attributes, and the
 * ids.  A user's account is told by pls.users alone: an event's own address is
 * not kept.
 */
Jsonb *
pls_identity_attributes(PlsIdentity *identity, bool unit_is_user,
						const char *entity)
{
	const char *account = entity;
	Jsonb	   *attributes = NULL;
	TupleTableSlot *past;

	if (unit_is_user)
		account = pls_identity_account(identity, entity, NULL);
	if (account == NULL)
		;						/* nobody's */
	else if (find_row(identity, &identity->accounts, "accounts",
					  "accounts_pkey", account, A_KNOWN_SINCE))
		attributes = attributes_in(identity->accounts.slot, A_ATTRIBUTES);
	else if ((past = find_past(identity, PLS_PAST_ACCOUNT, account)) != NULL)
		attributes = attributes_in(past, P_ATTRIBUTES);
	return pls_entity_document(account, unit_is_user ? entity : NULL,
							   attributes);
}

/*
 * Add all ids that stand for one of these texts, in any number of steps, to a
 * list of them.  False if they are more than so many.
 */
bool
pls_identity_add_aliases(PlsIdentity *identity, bool of_users, List **ids,
						 int most)
{
	Way			way = of_users ? USER_ALIAS : ACCOUNT_ALIAS;
	PlsTable	table = {0};
	int			next;

	if (!may_lead(identity, way))
		return true;
	if (!open_table(identity, &table, ways[way].table, ways[way].reverse))
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
