/*-------------------------------------------------------------------------
 *
 * identity.c
 *	  Whose an event is: from a user or an e-mail address to an account.
 *
 * In this order: the account of the user in pls.users; the company's domain
 * of the event's address; the company's domain of the user's address.  A
 * free-mail domain is nobody's.
 *
 * What a domain means is defined once, in SQL (pls.company_domain); answers
 * are remembered per backend until the configuration changes.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "pls.h"

#define MAX_DOMAIN			253 /* bytes, by RFC 1035 */
#define MAX_KNOWN_DOMAINS	16384	/* then the memory starts anew */
#define MAX_KNOWN_USERS		8192

/* Columns of pls.users and pls.accounts (sql/40_identity.sql). */
enum
{
	U_USER_ID, U_ACCOUNT_ID, U_EMAIL
};
enum
{
	A_ACCOUNT_ID, A_NAME, A_DOMAIN, A_OWNER, A_SIZE, A_SIGNED_UP_AT,
	A_ATTRIBUTES
};

typedef struct KnownDomain
{
	char		written[MAX_DOMAIN + 1];	/* hash key: what follows the @ */
	bool		is_company;
	char		company[MAX_DOMAIN + 1];
} KnownDomain;

typedef struct KnownUser
{
	char		user_id[PLS_MAX_ENTITY + 1];	/* hash key */
	char	   *account_id;
	char	   *email;
} KnownUser;

/* Look-ups of one statement. */
struct PlsIdentity
{
	MemoryContext context;
	PlsTable	users;
	PlsTable	accounts;
	HTAB	   *known_users;
};

static HTAB *known_domains = NULL;
static uint64 domains_generation;

PlsIdentity *
pls_identity_begin(void)
{
	PlsIdentity *identity = palloc0(sizeof(PlsIdentity));

	identity->context = CurrentMemoryContext;
	return identity;
}

void
pls_identity_end(PlsIdentity *identity)
{
	pls_table_close(&identity->users);
	pls_table_close(&identity->accounts);
}

static void
start_known_domains(void)
{
	HASHCTL		control;

	if (known_domains != NULL)
		hash_destroy(known_domains);
	known_domains = NULL;
	memset(&control, 0, sizeof(control));
	control.keysize = MAX_DOMAIN + 1;
	control.entrysize = sizeof(KnownDomain);
	control.hcxt = CacheMemoryContext;
	known_domains = hash_create("pls domains", 64, &control,
								HASH_ELEM | HASH_STRINGS | HASH_CONTEXT);
	domains_generation = pls_model_generation();
}

/*
 * Ask SQL what company a domain is of; NULL if none.
 */
static char *
ask_company(const char *written)
{
	MemoryContext caller = CurrentMemoryContext;
	PlsOwnerScope scope;
	Oid			type = TEXTOID;
	Datum		value = CStringGetTextDatum(written);
	char	   *company = NULL;

	pls_owner_begin(&scope);
	/* as in model_load.c: what is kept must not be older than its notice */
	PushActiveSnapshot(GetLatestSnapshot());
	if (SPI_execute_with_args("SELECT pls.company_domain($1)", 1, &type,
							  &value, NULL, true, 1) != SPI_OK_SELECT ||
		SPI_processed != 1)
		elog(ERROR, "pls: looking up a domain failed");
	company = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1);
	if (company != NULL)
		company = MemoryContextStrdup(caller, company);
	PopActiveSnapshot();
	pls_owner_end(&scope);
	return company;
}

/*
 * The company's domain of an address or bare domain; NULL if it has none.
 */
static const char *
company_domain(const char *email)
{
	const char *at = strrchr(email, '@');
	const char *written = at ? at + 1 : email;
	KnownDomain *known;
	char	   *company;

	if (*written == '\0' || strlen(written) > MAX_DOMAIN)
		return NULL;
	if (known_domains == NULL ||
		domains_generation != pls_model_generation() ||
		hash_get_num_entries(known_domains) >= MAX_KNOWN_DOMAINS)
		start_known_domains();
	known = hash_search(known_domains, written, HASH_FIND, NULL);
	if (known == NULL)
	{
		company = ask_company(written);
		known = hash_search(known_domains, written, HASH_ENTER, NULL);
		known->is_company = (company != NULL &&
							 strlen(company) <= MAX_DOMAIN);
		if (known->is_company)
			strlcpy(known->company, company, sizeof(known->company));
	}
	return known->is_company ? pstrdup(known->company) : NULL;
}

static char *
text_column(TupleTableSlot *slot, int column)
{
	bool		isnull;
	Datum		value = slot_getattr(slot, column + 1, &isnull);

	return isnull ? NULL : TextDatumGetCString(value);
}

/*
 * Find a row by its id: its newest committed version, or this transaction's
 * own.  Unlike the statement's snapshot this leaves no predicate lock in a
 * serializable transaction.
 */
static bool
find_row(PlsIdentity *identity, PlsTable *table, const char *name,
		 const char *index, const char *id)
{
	PlsTableScan *scan;
	bool		found;

	if (table->heap == NULL)
	{
		MemoryContext caller = MemoryContextSwitchTo(identity->context);

		pls_table_open(table, name, index, AccessShareLock, true);
		MemoryContextSwitchTo(caller);
	}
	scan = pls_table_scan(table, SnapshotSelf, 1, &id, NULL);
	found = pls_table_next(table, scan);
	if (found)
		ExecMaterializeSlot(table->slot);
	pls_table_end(scan);
	return found;
}

static void
start_known_users(PlsIdentity *identity)
{
	HASHCTL		control;

	if (identity->known_users != NULL)
		hash_destroy(identity->known_users);
	memset(&control, 0, sizeof(control));
	control.keysize = PLS_MAX_ENTITY + 1;
	control.entrysize = sizeof(KnownUser);
	control.hcxt = identity->context;
	identity->known_users = hash_create("pls users", 16, &control,
										HASH_ELEM | HASH_STRINGS |
										HASH_CONTEXT);
}

/*
 * A user's row in pls.users, remembered for the statement; a user that is
 * not there has neither account nor address.
 */
static const KnownUser *
find_user(PlsIdentity *identity, const char *user_id)
{
	MemoryContext caller = MemoryContextSwitchTo(identity->context);
	KnownUser  *user;
	bool		found;

	if (identity->known_users == NULL ||
		hash_get_num_entries(identity->known_users) >= MAX_KNOWN_USERS)
		start_known_users(identity);
	user = hash_search(identity->known_users, user_id, HASH_ENTER, &found);
	if (!found)
	{
		user->account_id = user->email = NULL;
		if (find_row(identity, &identity->users, "users", "users_pkey",
					 user_id))
		{
			user->account_id = text_column(identity->users.slot,
										   U_ACCOUNT_ID);
			user->email = text_column(identity->users.slot, U_EMAIL);
		}
	}
	MemoryContextSwitchTo(caller);
	return user;
}

/*
 * The account of an event by this user (or NULL) with this address (or
 * NULL); NULL if it is nobody's.
 */
const char *
pls_identity_account(PlsIdentity *identity, const char *user_id,
					 const char *email)
{
	const KnownUser *user = user_id ? find_user(identity, user_id) : NULL;
	const char *domain;

	if (user != NULL && user->account_id != NULL)
		return user->account_id;
	domain = email ? company_domain(email) : NULL;
	if (domain == NULL && user != NULL && user->email != NULL)
		domain = company_domain(user->email);
	return domain;
}

/*
 * The company's domain of the event's address or else of the user's; NULL
 * if there is none.
 */
const char *
pls_identity_domain(PlsIdentity *identity, const char *user_id,
					const char *email)
{
	const KnownUser *user;

	if (email != NULL)
		return company_domain(email);
	user = user_id ? find_user(identity, user_id) : NULL;
	return user != NULL && user->email != NULL ?
		company_domain(user->email) : NULL;
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
