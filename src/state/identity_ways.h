/*-------------------------------------------------------------------------
 *
 * identity_ways.h
 *	  Where ids and domains lead.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_IDENTITY_WAYS_H
#define PLS_IDENTITY_WAYS_H

#include "nodes/pg_list.h"

#include "state/identity_lookup.h"

extern const char *pls_identity_of_account(PlsIdentity *identity,
										   const char *account_id);
extern const char *pls_identity_of_user(PlsIdentity *identity,
										const char *user_id);
extern bool pls_has_no_aliases(bool of_users);
extern bool pls_identity_has_aliases(PlsIdentity *identity, bool of_users);
extern bool pls_identity_add_aliases(PlsIdentity *identity, bool of_users,
									 List **ids, int most);
extern const char *pls_account_of_domain(PlsIdentity *identity,
										 const char *domain);

#endif							/* PLS_IDENTITY_WAYS_H */
