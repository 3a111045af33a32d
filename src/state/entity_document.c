/*-------------------------------------------------------------------------
 *
 * entity_document.c
 *	  What predicates see of an entity.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"

#include "state/identity.h"

static void
push_text(JsonbParseState **state, JsonbIteratorToken token,
		  const char *text)
{
	JsonbValue	value;

	value.type = jbvString;
	value.val.string.val = unconstify(char *, text);
	value.val.string.len = strlen(text);
	(void) pushJsonbValue(state, token, &value);
}

/*
 * Add an id, unless an attribute has its name.
 */
static void
push_id(JsonbParseState **state, const char *name, const char *id,
		Jsonb *attributes)
{
	JsonbValue	key;

	if (id == NULL)
		return;
	key.type = jbvString;
	key.val.string.val = unconstify(char *, name);
	key.val.string.len = strlen(name);
	if (attributes != NULL &&
		findJsonbValueFromContainer(&attributes->root, JB_FOBJECT,
									&key) != NULL)
		return;
	push_text(state, WJB_KEY, name);
	push_text(state, WJB_VALUE, id);
}

/*
 * The attributes of an account (or NULL: it has no row) with account_id and
 * user_id (each NULL: not known), where no attribute has that name.
 */
Jsonb *
pls_entity_document(const char *account_id, const char *user_id,
					Jsonb *attributes)
{
	JsonbParseState *state = NULL;
	JsonbIterator *iterator;
	JsonbIteratorToken token;
	JsonbValue	value;

	(void) pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	push_id(&state, "account_id", account_id, attributes);
	push_id(&state, "user_id", user_id, attributes);
	if (attributes != NULL && JB_ROOT_IS_OBJECT(attributes))
	{
		iterator = JsonbIteratorInit(&attributes->root);
		(void) JsonbIteratorNext(&iterator, &value, true);
		while ((token = JsonbIteratorNext(&iterator, &value,
										  true)) != WJB_END_OBJECT)
			(void) pushJsonbValue(&state, token, &value);
	}
	return JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_OBJECT, NULL));
}

PG_FUNCTION_INFO_V1(pls_document_of_entity);

/*
 * pls_internal.entity_document(account_id, user_id, attributes) -> jsonb: see
 * above; each argument may be NULL.
 */
Datum
pls_document_of_entity(PG_FUNCTION_ARGS)
{
	const char *account_id = PG_ARGISNULL(0) ? NULL :
	text_to_cstring(PG_GETARG_TEXT_PP(0));
	const char *user_id = PG_ARGISNULL(1) ? NULL :
	text_to_cstring(PG_GETARG_TEXT_PP(1));

	PG_RETURN_JSONB_P(pls_entity_document(account_id, user_id,
										  PG_ARGISNULL(2) ? NULL :
										  PG_GETARG_JSONB_P(2)));
}
