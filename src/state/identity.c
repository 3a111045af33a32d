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
 * Where aliases and domains lead is told by identity_ways.c.
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
#include "state/address.h"
#include "state/identity.h"
#include "state/identity_past.h"
#include "state/ignored.h"

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

	pls_lookup_open(identity, &identity->users, "users", "users_pkey");
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
		!pls_lookup_open(identity, &identity->users, "users", "users_pkey"))
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
	pls_lookup_make_room(identity);
	if (identity->known_users == NULL)
		identity->known_users = usertable_create(identity->known_context, 64,
												 NULL);
	user = usertable_insert(identity->known_users, user_id, &found);
	if (found)
		return user;
	user->user_id = MemoryContextStrdup(identity->known_context, user_id);
	user->is_nobodys = false;
	user->account_id = user->email = NULL;
	if (pls_lookup_row(identity, &identity->users, "users", "users_pkey", user_id,
					   U_KNOWN_SINCE))
		keep_user(identity, user, identity->users.slot, U_ACCOUNT_ID, U_EMAIL);
	else if ((past = pls_lookup_past(identity, PLS_PAST_USER, user_id)) != NULL)
		keep_user(identity, user, past, P_TARGET, P_ADDRESS);
	return user;
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
	return pls_account_of_domain(identity, domain);
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
	else if (pls_lookup_row(identity, &identity->accounts, "accounts",
							"accounts_pkey", account, A_KNOWN_SINCE))
		attributes = attributes_in(identity->accounts.slot, A_ATTRIBUTES);
	else if ((past = pls_lookup_past(identity, PLS_PAST_ACCOUNT, account)) != NULL)
		attributes = attributes_in(past, P_ATTRIBUTES);
	return pls_entity_document(account, unit_is_user ? entity : NULL,
							   attributes);
}
