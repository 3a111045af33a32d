/*-------------------------------------------------------------------------
 *
 * identity_lookup.h
 *	  Rows of users, accounts, aliases and domains, looked up in one statement;
 *	  for identity_ways.c and identity.c.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_IDENTITY_LOOKUP_H
#define PLS_IDENTITY_LOOKUP_H

#include "executor/tuptable.h"
#include "utils/snapshot.h"

#include "pls.h"
#include "state/identity_past.h"
#include "state/keyed_table.h"

/*
 * Whether a text can be an entity's id: what is empty names nobody, and what
 * is longer has no room in the indexes.
 */
static inline bool
pls_is_entity(const char *id)
{
	return *id != '\0' && strnlen(id, PLS_MAX_ENTITY + 1) <= PLS_MAX_ENTITY;
}

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
typedef struct PlsIdentity
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
} PlsIdentity;

/* of users looked up, where an application waits */
#define PLS_KNOWN_USERS_MEMORY	((Size) 4 * 1024 * 1024)

extern PlsIdentity *pls_identity_begin(Snapshot snapshot, Size memory,
									   PlsWait wait);
extern void pls_identity_as_of(PlsIdentity *identity, TimestampTz as_of);
extern bool pls_identity_was_locked(const PlsIdentity *identity);
extern void pls_identity_end(PlsIdentity *identity);
extern bool pls_lookup_open(PlsIdentity *identity, PlsTable *table,
							const char *name, const char *index);
extern bool pls_lookup_row(PlsIdentity *identity, PlsTable *table,
						   const char *name, const char *index,
						   const char *id, int known_since);
extern TupleTableSlot *pls_lookup_past(PlsIdentity *identity,
									   const char *kind, const char *id);
extern void pls_lookup_make_room(PlsIdentity *identity);

#endif							/* PLS_IDENTITY_LOOKUP_H */
