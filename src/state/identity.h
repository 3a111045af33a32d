/*-------------------------------------------------------------------------
 *
 * identity.h
 *	  Whose an event is.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_IDENTITY_H
#define PLS_IDENTITY_H

#include "storage/block.h"
#include "utils/jsonb.h"

#include "state/identity_ways.h"

extern bool pls_identity_each_user(PlsIdentity *identity,
								   BlockNumber most_blocks,
								   bool (*consumer) (void *arg,
													 const char *user_id,
													 const char *account_id),
								   void *arg);
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
