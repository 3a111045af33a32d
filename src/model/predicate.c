/*-------------------------------------------------------------------------
 *
 * predicate.c
 *	  Whether a jsonpath predicate holds of a document.
 *
 * No document raises an error here, or takes more memory than a small multiple
 * of PLS_MAX_DOCUMENT: of one that is larger, or nested deeper than
 * PLS_MAX_DEPTH, none holds.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"
#include "utils/jsonpath.h"

#include "model/predicate.h"
#include "pls.h"
#include "pls_compat.h"

/*
 * Whether a document is nested too deep to be looked at.  Each level takes
 * two words at least, so that hardly any document is walked through.
 */
bool
pls_is_too_deep(Jsonb *document)
{
	JsonbIterator *iterator;
	JsonbIteratorToken token;
	JsonbValue	value;
	int			depth = 0;

	if (VARSIZE(document) <= PLS_MAX_DEPTH * (sizeof(uint32) + sizeof(JEntry)))
		return false;
	iterator = JsonbIteratorInit(&document->root);
	while (depth <= PLS_MAX_DEPTH &&
		   (token = JsonbIteratorNext(&iterator, &value, false)) != WJB_DONE)
	{
		if (token == WJB_BEGIN_ARRAY || token == WJB_BEGIN_OBJECT)
			depth++;
		else if (token == WJB_END_ARRAY || token == WJB_END_OBJECT)
			depth--;
	}
	return depth > PLS_MAX_DEPTH;
}

/*
 * Errors that a document can cause, in a predicate or where it is made: data
 * exceptions, nesting too deep for the stack, what jsonb has no room for, and
 * characters that the database's encoding has no way to hold.
 */
bool
pls_is_data_error(int sqlerrcode)
{
	return ERRCODE_TO_CATEGORY(sqlerrcode) == ERRCODE_DATA_EXCEPTION ||
		ERRCODE_TO_CATEGORY(sqlerrcode) == ERRCODE_PROGRAM_LIMIT_EXCEEDED ||
		sqlerrcode == ERRCODE_FEATURE_NOT_SUPPORTED;
}

/*
 * Whether a predicate compares something of a key, "$.key ...", that the
 * document does not have: then there is nothing to compare, or in strict
 * mode an error, and it cannot hold.  Most events lack most keys that one
 * may ask for, and to see that takes a tenth of evaluating the path.
 */
static bool
lacks_key(Jsonb *document, JsonPath *path)
{
	JsonPathItem item;
	JsonbValue	value;
	char	   *key;
	int			length;

	if (!JB_ROOT_IS_OBJECT(document))
		return false;
	jspInit(&item, path);
	switch (item.type)
	{
		case jpiEqual:
		case jpiNotEqual:
		case jpiLess:
		case jpiGreater:
		case jpiLessOrEqual:
		case jpiGreaterOrEqual:
			jspGetLeftArg(&item, &item);
			break;
		default:
			return false;
	}
	if (item.type != jpiRoot || !jspGetNext(&item, &item) ||
		item.type != jpiKey)
		return false;
	key = jspGetString(&item, &length);
	return getKeyJsonValueFromContainer(&document->root, key, length,
										&value) == NULL;
}

/*
 * Whether a jsonpath predicate holds of a document that is neither too large
 * nor too deep.
 *
 * The operator suppresses most errors itself, but not all (a regular
 * expression that grows too large, a stack with little left), and none may
 * fail an INSERT.  Evaluation works in memory alone and holds no
 * resource, so its data errors may be caught without a subtransaction; every
 * other error passes through.
 */
bool
pls_path_holds(Jsonb *document, JsonPath *path)
{
	MemoryContext context = CurrentMemoryContext;
	volatile bool holds = false;

	if (lacks_key(document, path))
		return false;
	PG_TRY();
	{
		LOCAL_FCINFO(call, 2);
		Datum		result;

		InitFunctionCallInfoData(*call, NULL, 2, InvalidOid, NULL, NULL);
		call->args[0].value = JsonbPGetDatum(document);
		call->args[0].isnull = false;
		call->args[1].value = PointerGetDatum(path);
		call->args[1].isnull = false;
		result = jsonb_path_match_opr(call);
		holds = !call->isnull && DatumGetBool(result);
	}
	PG_CATCH();
	{
		if (!pls_is_data_error(geterrcode()))
			PG_RE_THROW();
		MemoryContextSwitchTo(context);
		FlushErrorState();
	}
	PG_END_TRY();
	return holds;
}

/*
 * Whether a jsonpath predicate holds, as the operator @@ evaluates it; an
 * unknown result, an error in it, and a document that is too large or too
 * deep are false.
 */
bool
pls_jsonpath_holds(Jsonb *document, JsonPath *path)
{
	return VARSIZE(document) <= PLS_MAX_DOCUMENT + VARHDRSZ && !pls_is_too_deep(document) &&
		pls_path_holds(document, path);
}

PG_FUNCTION_INFO_V1(pls_holds);

/*
 * pls_internal.holds(document jsonb, condition jsonpath) -> boolean: see above.  Never
 * NULL, and no error because of the document.
 */
Datum
pls_holds(PG_FUNCTION_ARGS)
{
	if (pls_is_longer(PG_GETARG_DATUM(0), PLS_MAX_DOCUMENT))
		PG_RETURN_BOOL(false);
	PG_RETURN_BOOL(pls_jsonpath_holds(PG_GETARG_JSONB_P(0),
									  PG_GETARG_JSONPATH_P(1)));
}
