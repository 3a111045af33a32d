/*-------------------------------------------------------------------------
 *
 * identity_lookup.h
 *	  Look-ups of users, accounts, aliases and domains in one statement, shared
 *	  by identity.c (users, and the answer) and identity_ways.c (where ids and
 *	  domains lead).
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_IDENTITY_LOOKUP_H
#define PLS_IDENTITY_LOOKUP_H

#include "executor/tuptable.h"

#include "state/identity.h"
#include "state/identity_past.h"
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

/* What an id or a domain leads to. */
typedef enum PlsWay
{
	PLS_ACCOUNT_ALIAS, PLS_USER_ALIAS, PLS_ACCOUNT_DOMAIN, PLS_ACCOUNT_OF_DOMAIN, PLS_NWAYS
} PlsWay;

struct usertable_hash;
struct waytable_hash;

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
	PlsTable	tables[PLS_NWAYS];
	bool		looked_for_users;
	bool		no_users;		/* the snapshot sees none */
	MemoryContext known_context;
	struct usertable_hash *known_users;
	struct waytable_hash *known_ways[PLS_NWAYS];	/* of domains, by
														 * PLS_ACCOUNT_OF_DOMAIN */
};

/* identity.c */
extern bool pls_lookup_open(PlsIdentity *identity, PlsTable *table,
							const char *name, const char *index);
extern bool pls_lookup_row(PlsIdentity *identity, PlsTable *table,
						   const char *name, const char *index,
						   const char *id, int known_since);
extern TupleTableSlot *pls_lookup_past(PlsIdentity *identity,
									   const char *kind, const char *id);
extern void pls_lookup_make_room(PlsIdentity *identity);

/* identity_ways.c */
extern const char *pls_account_of_domain(PlsIdentity *identity,
										 const char *domain);

#endif							/* PLS_IDENTITY_LOOKUP_H */
