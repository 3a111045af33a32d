/*-------------------------------------------------------------------------
 *
 * identity.h
 *	  Whose an event is.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_IDENTITY_H
#define PLS_IDENTITY_H

#include "nodes/pg_list.h"
#include "storage/block.h"
#include "utils/jsonb.h"
#include "utils/snapshot.h"

#include "pls.h"
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

typedef struct PlsIdentity PlsIdentity;

/* of users looked up, where an application waits */
#define PLS_KNOWN_USERS_MEMORY	((Size) 4 * 1024 * 1024)

extern PlsIdentity *pls_identity_begin(Snapshot snapshot, Size memory,
									   PlsWait wait);
extern void pls_identity_as_of(PlsIdentity *identity, TimestampTz as_of);
extern bool pls_identity_was_locked(const PlsIdentity *identity);
extern bool pls_identity_each_user(PlsIdentity *identity,
								   BlockNumber most_blocks,
								   bool (*consumer) (void *arg,
													 const char *user_id,
													 const char *account_id),
								   void *arg);
extern void pls_identity_end(PlsIdentity *identity);
extern const char *pls_identity_of_account(PlsIdentity *identity,
										   const char *account_id);
extern const char *pls_identity_of_user(PlsIdentity *identity,
										const char *user_id);
extern bool pls_has_no_aliases(bool of_users);
extern bool pls_identity_has_aliases(PlsIdentity *identity, bool of_users);
extern bool pls_identity_add_aliases(PlsIdentity *identity, bool of_users,
									 List **ids, int most);
extern const char *pls_identity_member(PlsIdentity *identity,
									   const char *user_id,
									   const char *account_id,
									   const char *user_email,
									   const char *email);
extern const char *pls_identity_account(PlsIdentity *identity,
										const char *user_id,
										const char *email);
extern const char *pls_identity_domain(PlsIdentity *identity,
									   const char *user_id,
									   const char *email);
extern Jsonb *pls_identity_attributes(PlsIdentity *identity,
									  bool unit_is_user, const char *entity);

/* entity_document.c */
extern Jsonb *pls_entity_document(const char *account_id,
								  const char *user_id, Jsonb *attributes);

#endif							/* PLS_IDENTITY_H */
