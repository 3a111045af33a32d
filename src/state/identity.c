/*-------------------------------------------------------------------------
 *
 * identity.c
 *	  Whose an event is: from a user or an email address to an account.
 *
 * In this order: the account of the user in pls.users; the company's domain
 * of the event's address; the company's domain of the user's address.  A
 * free-mail domain is nobody's (domain.c).
 *
 * An id longer than PLS_MAX_ENTITY bytes fits no index and is nobody's; an
 * address longer than PLS_MAX_ADDRESS is none.  Their size is known without
 * reading them.
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

#include "pls.h"
#include "pls_compat.h"
#include "state/domain.h"
#include "state/identity.h"
#include "state/keyed_table.h"

/* Columns of pls.users and pls.accounts (sql/30_identity/10_accounts_and_users.sql). */
enum
{
	U_USER_ID, U_ACCOUNT_ID, U_EMAIL
};
enum
{
	A_ACCOUNT_ID, A_NAME, A_DOMAIN, A_OWNER, A_SIZE, A_SIGNED_UP_AT,
	A_ATTRIBUTES
};

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

/* Look-ups of one statement. */
struct PlsIdentity
{
	MemoryContext context;
	Snapshot	snapshot;		/* by which users and accounts are seen */
	Size		memory;			/* of known users; beyond it, they start anew */
	PlsWait		wait;			/* for locked tables */
	bool		was_locked;		/* one could not be read */
	PlsTable	users;
	PlsTable	accounts;
	bool		looked_for_users;
	bool		no_users;		/* the snapshot sees none */
	MemoryContext known_context;
	usertable_hash *known_users;
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

	identity->context = CurrentMemoryContext;
	identity->snapshot = snapshot;
	identity->memory = memory;
	identity->wait = wait;
	return identity;
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
	pls_table_close(&identity->users);
	pls_table_close(&identity->accounts);
	if (identity->known_context != NULL)
		MemoryContextDelete(identity->known_context);
	identity->known_context = NULL;
	identity->known_users = NULL;
}

/*
 * The company's domain of an address or bare domain; NULL if it has none.
 */
static const char *
company_domain(const char *email)
{
	char		domain[PLS_MAX_DOMAIN + 1];

	if (email == NULL ||
		!pls_address_domain(email, strlen(email), domain) ||
		!pls_domain_is_company(domain))
		return NULL;
	return pstrdup(domain);
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
 * Find a row by its id.
 */
static bool
find_row(PlsIdentity *identity, PlsTable *table, const char *name,
		 const char *index, const char *id)
{
	PlsTableScan *scan;
	bool		found;

	if (!open_table(identity, table, name, index))
		return false;
	scan = pls_table_scan(table, identity->snapshot, 1, &id, NULL);
	found = pls_table_next(table, scan);
	if (found)
		ExecMaterializeSlot(table->slot);
	pls_table_end(scan);
	return found;
}

/*
 * Read a user's row from the slot into memory that is kept.
 */
static void
keep_user(PlsIdentity *identity, KnownUser *user)
{
	TupleTableSlot *slot = identity->users.slot;
	MemoryContext caller = MemoryContextSwitchTo(identity->known_context);
	bool		isnull;
	Datum		value = slot_getattr(slot, U_ACCOUNT_ID + 1, &isnull);

	if (!isnull && pls_is_longer(value, PLS_MAX_ENTITY))
		user->is_nobodys = true;
	else if (!isnull && VARSIZE_ANY_EXHDR(DatumGetPointer(value)) > 0)
		user->account_id = TextDatumGetCString(value);
	value = slot_getattr(slot, U_EMAIL + 1, &isnull);
	if (!isnull && !pls_is_longer(value, PLS_MAX_ADDRESS))
		user->email = TextDatumGetCString(value);
	MemoryContextSwitchTo(caller);
}

static void
start_known_users(PlsIdentity *identity)
{
	if (identity->known_context == NULL)
		identity->known_context = AllocSetContextCreate(identity->context,
														"pls users",
														ALLOCSET_DEFAULT_SIZES);
	else
		MemoryContextReset(identity->known_context);
	identity->known_users = usertable_create(identity->known_context, 64,
											 NULL);
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
	bool		all = true;
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
		if (isnull)
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
	bool		found;

	if (!identity->looked_for_users)
		look_for_users(identity);
	if (identity->no_users)
		return &unknown;
	if (identity->known_users == NULL ||
		MemoryContextMemAllocated(identity->known_context,
								  false) > identity->memory)
		start_known_users(identity);
	user = usertable_insert(identity->known_users, user_id, &found);
	if (found)
		return user;
	user->user_id = MemoryContextStrdup(identity->known_context, user_id);
	user->is_nobodys = false;
	user->account_id = user->email = NULL;
	if (find_row(identity, &identity->users, "users", "users_pkey", user_id))
		keep_user(identity, user);
	return user;
}

/*
 * The account of an event by this user (or NULL) with this address (or
 * NULL), in the current memory context; NULL if it is nobody's.
 */
const char *
pls_identity_account(PlsIdentity *identity, const char *user_id,
					 const char *email)
{
	const KnownUser *user = user_id ? find_user(identity, user_id) : NULL;
	const char *domain;

	if (user != NULL && user->is_nobodys)
		return NULL;
	if (user != NULL && user->account_id != NULL)
		return pstrdup(user->account_id);
	domain = company_domain(email);
	if (domain == NULL && user != NULL)
		domain = company_domain(user->email);
	return domain;
}

/*
 * The domain of the event's address or, if it has none, of the user's; NULL
 * if there is none.  Unlike a company's it may be a mail provider's: that can
 * be excluded by name.
 */
const char *
pls_identity_domain(PlsIdentity *identity, const char *user_id,
					const char *email)
{
	char		domain[PLS_MAX_DOMAIN + 1];

	if (email == NULL && user_id != NULL)
		email = find_user(identity, user_id)->email;
	if (email == NULL || !pls_address_domain(email, strlen(email), domain))
		return NULL;
	return pstrdup(domain);
}

/*
 * Attributes of the account of an entity; NULL if it is not known.  A user's
 * account is told by pls.users alone: an event's own address is not kept.
 */
Jsonb *
pls_identity_attributes(PlsIdentity *identity, bool unit_is_user,
						const char *entity)
{
	const char *account = entity;
	bool		isnull;
	Datum		value;

	if (unit_is_user)
		account = pls_identity_account(identity, entity, NULL);
	if (account == NULL ||
		!find_row(identity, &identity->accounts, "accounts", "accounts_pkey",
				  account))
		return NULL;
	value = slot_getattr(identity->accounts.slot, A_ATTRIBUTES + 1, &isnull);
	return isnull ? NULL : DatumGetJsonbPCopy(value);
}
