/*-------------------------------------------------------------------------
 *
 * identity_functions.c
 *	  Whose an event is, for SQL: identity.c, by the snapshot of the query.
 *
 * The functions read tables of pls for whoever calls them, who must be allowed
 * to.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"

#include "owner.h"
#include "state/address.h"
#include "state/domain.h"
#include "state/identity.h"

#define MOST_IDS 10000			/* of one account or user */

static void
check_right(const char *name)
{
	Oid			relid = pls_relation(name);
	AclResult	result = pg_class_aclcheck(relid, GetUserId(), ACL_SELECT);

	if (result != ACLCHECK_OK)
		aclcheck_error(result, OBJECT_TABLE, get_rel_name(relid));
}

/*
 * Begin to look up for the caller of a function.  users: in pls.users, too.
 */
static PlsIdentity *
begin_for_caller(bool users)
{
	check_right("accounts");
	check_right("account_aliases");
	check_right("account_domains");
	if (users)
	{
		check_right("users");
		check_right("user_aliases");
	}
	return pls_identity_begin(GetActiveSnapshot(), PLS_KNOWN_USERS_MEMORY,
							  PLS_WAIT);
}

/*
 * A text argument; NULL if it is NULL or longer than that, which *too_long
 * says.
 */
static const char *
text_argument(FunctionCallInfo fcinfo, int number, Size most, bool *too_long)
{
	text	   *value;

	if (PG_ARGISNULL(number))
		return NULL;
	value = PG_GETARG_TEXT_PP(number);
	if (VARSIZE_ANY_EXHDR(value) > most)
	{
		*too_long = true;
		return NULL;
	}
	return text_to_cstring(value);
}

static Datum
text_or_null(FunctionCallInfo fcinfo, const char *value)
{
	if (value == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(value));
}

PG_FUNCTION_INFO_V1(pls_account_of_event);

/*
 * pls_internal.account_of_event(account_id, user_id, email) -> text: the
 * account of an event that names these, as they stand in it; NULL: nobody's.
 */
Datum
pls_account_of_event(PG_FUNCTION_ARGS)
{
	PlsIdentity *identity = begin_for_caller(!PG_ARGISNULL(1));
	bool		is_nobodys = false;
	bool		ignored;
	const char *account = text_argument(fcinfo, 0, PLS_MAX_ENTITY,
										&is_nobodys);
	const char *user_id = text_argument(fcinfo, 1, PLS_MAX_ENTITY, &ignored);
	const char *email = text_argument(fcinfo, 2, PLS_MAX_ADDRESS, &ignored);

	if (account != NULL)
		account = pls_identity_of_account(identity, account);
	if (account == NULL && !is_nobodys)
	{
		if (user_id != NULL)
			user_id = pls_identity_of_user(identity, user_id);
		account = pls_identity_account(identity, user_id, email);
	}
	pls_identity_end(identity);
	return text_or_null(fcinfo, account);
}

PG_FUNCTION_INFO_V1(pls_account_of_member);

/*
 * pls_internal.account_of_member(user_id, account_id, email) -> text: the
 * account of a user with this row in pls.users; NULL: nobody's.
 */
Datum
pls_account_of_member(PG_FUNCTION_ARGS)
{
	PlsIdentity *identity = begin_for_caller(false);
	bool		is_nobodys = false;
	bool		ignored;
	const char *user_id = text_argument(fcinfo, 0, PLS_MAX_ENTITY, &ignored);
	const char *account = text_argument(fcinfo, 1, PLS_MAX_ENTITY,
										&is_nobodys);
	const char *email = text_argument(fcinfo, 2, PLS_MAX_ADDRESS, &ignored);

	account = is_nobodys ? NULL :
		pls_identity_member(identity, user_id, account, email, NULL);
	pls_identity_end(identity);
	return text_or_null(fcinfo, account);
}

PG_FUNCTION_INFO_V1(pls_user_of_event);

/*
 * pls_internal.user_of_event(user_id) -> text: the user of an event that names
 * this one; NULL: nobody.
 */
Datum
pls_user_of_event(PG_FUNCTION_ARGS)
{
	PlsIdentity *identity;
	bool		ignored;
	const char *user_id = text_argument(fcinfo, 0, PLS_MAX_ENTITY, &ignored);

	check_right("user_aliases");
	identity = pls_identity_begin(GetActiveSnapshot(), PLS_KNOWN_USERS_MEMORY,
								  PLS_WAIT);
	if (user_id != NULL)
		user_id = pls_identity_of_user(identity, user_id);
	pls_identity_end(identity);
	return text_or_null(fcinfo, user_id);
}

/*
 * An id and those that stand for it, as an array.
 */
static Datum
ids_of(const char *id, bool of_users)
{
	PlsIdentity *identity;
	List	   *ids = list_make1(unconstify(char *, id));
	Datum	   *values;
	int			i;

	check_right(of_users ? "user_aliases" : "account_aliases");
	identity = pls_identity_begin(GetActiveSnapshot(), PLS_KNOWN_USERS_MEMORY,
								  PLS_WAIT);
	(void) pls_identity_add_aliases(identity, of_users, &ids, MOST_IDS);
	pls_identity_end(identity);
	values = palloc(list_length(ids) * sizeof(Datum));
	for (i = 0; i < list_length(ids); i++)
		values[i] = CStringGetTextDatum(list_nth(ids, i));
	return PointerGetDatum(construct_array(values, list_length(ids), TEXTOID,
										   -1, false, TYPALIGN_INT));
}

PG_FUNCTION_INFO_V1(pls_ids_of_account);

/*
 * pls_internal.ids_of_account(account_id) -> text[]
 */
Datum
pls_ids_of_account(PG_FUNCTION_ARGS)
{
	return ids_of(text_to_cstring(PG_GETARG_TEXT_PP(0)), false);
}

PG_FUNCTION_INFO_V1(pls_ids_of_user);

/*
 * pls_internal.ids_of_user(user_id) -> text[]
 */
Datum
pls_ids_of_user(PG_FUNCTION_ARGS)
{
	return ids_of(text_to_cstring(PG_GETARG_TEXT_PP(0)), true);
}

PG_FUNCTION_INFO_V1(pls_company_domain);

/*
 * pls.company_domain(email) -> text: the company's domain of an address; NULL
 * if it has none.
 */
Datum
pls_company_domain(PG_FUNCTION_ARGS)
{
	text	   *email = PG_GETARG_TEXT_PP(0);
	char		domain[PLS_MAX_DOMAIN + 1];
	bool		was_locked = false;

	if (!pls_address_domain(VARDATA_ANY(email), VARSIZE_ANY_EXHDR(email),
							domain) ||
		!pls_domain_is_company(domain, PLS_WAIT, &was_locked))
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(domain));
}
