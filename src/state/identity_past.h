/*-------------------------------------------------------------------------
 *
 * identity_past.h
 *	  What was known of users and accounts at an instant of the past.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_IDENTITY_PAST_H
#define PLS_IDENTITY_PAST_H

#include "nodes/pg_list.h"
#include "executor/tuptable.h"
#include "utils/snapshot.h"
#include "utils/timestamp.h"

/* Columns of pls_internal.past_identity (sql/30_identity/44_past_identity.sql). */
enum
{
	P_ID, P_KIND, P_SINCE, P_UNTIL, P_TARGET, P_ADDRESS, P_ATTRIBUTES
};

/* Its words for kinds. */
#define PLS_PAST_USER			"user"
#define PLS_PAST_ACCOUNT		"account"
#define PLS_PAST_USER_ALIAS		"user_alias"
#define PLS_PAST_ACCOUNT_ALIAS	"account_alias"
#define PLS_PAST_ACCOUNT_DOMAIN	"account_domain"

typedef struct PlsPast PlsPast;

extern PlsPast *pls_past_begin(Snapshot snapshot, TimestampTz as_of);
extern void pls_past_end(PlsPast *past);
extern bool pls_past_is_empty(const PlsPast *past);
extern bool pls_past_knew(const PlsPast *past, TupleTableSlot *slot,
						  int known_since);
extern TupleTableSlot *pls_past_find(PlsPast *past, const char *kind,
									 const char *id);
extern List *pls_past_holders(PlsPast *past, const char *domain);
extern List *pls_past_add_aliases(PlsPast *past, const char *kind,
								  const char *id, List *ids);

#endif							/* PLS_IDENTITY_PAST_H */
