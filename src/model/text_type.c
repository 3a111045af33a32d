/*-------------------------------------------------------------------------
 *
 * text_type.c
 *	  The one text of a value, by the type of its column.
 *
 * Names of events and ids of accounts and users come from columns of many
 * types, and the same id may stand in several tables.  Its text must be the
 * same wherever it comes from: in the trigger, in a rebuild, and in what
 * pls.map_accounts() and pls.map_users() take over.  Equal values of a type
 * have one text: char(n) has no padding, citext is in lower case, as citext
 * itself compares it.
 *
 * No code of a table's owner is run: what is no text itself is made text by
 * the output function of its type, which only a superuser can have made.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/dependency.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_enum.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "utils/builtins.h"
#include "utils/bytea.h"
#include "utils/float.h"
#include "utils/formatting.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "model/text_type.h"

/*
 * Whether a type is citext, of the extension of this name.
 */
static bool
is_citext(Oid type)
{
	HeapTuple	tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type));
	Oid			extension;
	bool		named;

	if (!HeapTupleIsValid(tuple))
		return false;
	named = strcmp(NameStr(((Form_pg_type) GETSTRUCT(tuple))->typname),
				   "citext") == 0;
	ReleaseSysCache(tuple);
	if (!named)
		return false;
	extension = getExtensionOfObject(TypeRelationId, type);
	return OidIsValid(extension) &&
		strcmp(get_extension_name(extension), "citext") == 0;
}

/*
 * How the text of a type is made, beneath whose domains the caller has looked.
 */
PlsTextKind
pls_text_kind(Oid type)
{
	switch (type)
	{
		case TEXTOID:
		case VARCHAROID:
			return PLS_TEXT_STORED;
		case BPCHAROID:
			return PLS_TEXT_PADDED;
		case NAMEOID:
			return PLS_TEXT_NAME;
		case INT2OID:
		case INT4OID:
		case INT8OID:
			return PLS_TEXT_NUMBER;
		default:
			break;
	}
	if (get_typtype(type) == TYPTYPE_ENUM)
		return PLS_TEXT_LABEL;
	return is_citext(type) ? PLS_TEXT_FOLDED : PLS_TEXT_OUTPUT;
}

/*
 * Prepare to make text of values of a type, or of a domain over it.
 */
void
pls_text_type_init(PlsTextType *text, Oid type, MemoryContext context)
{
	Oid			function;

	text->type = getBaseType(type);
	text->kind = pls_text_kind(text->type);
	getTypeOutputInfo(text->type, &function, &text->is_varlena);
	fmgr_info_cxt(function, &text->output, context);
}

/*
 * A text of so many bytes as citext compares it: in lower case, by the
 * database's own locale.  Returns the text itself if it is so already; else
 * one that is terminated, and sets its length.
 */
const char *
pls_fold(const char *text, int *length)
{
	int			i;

	/* lower case of ASCII is that of any locale */
	for (i = 0; i < *length; i++)
		if (IS_HIGHBIT_SET(text[i]) || (text[i] >= 'A' && text[i] <= 'Z'))
		{
			char	   *folded = str_tolower(text, *length,
											 DEFAULT_COLLATION_OID);

			*length = strlen(folded);
			return folded;
		}
	return text;
}

/*
 * The label of an enum's value; one that was just dropped, by a transaction
 * that goes on, is its number.
 */
static char *
label_of(Oid value)
{
	HeapTuple	tuple = SearchSysCache1(ENUMOID, ObjectIdGetDatum(value));
	char	   *label;

	if (!HeapTupleIsValid(tuple))
		return psprintf("%u", value);
	label = pstrdup(NameStr(((Form_pg_enum) GETSTRUCT(tuple))->enumlabel));
	ReleaseSysCache(tuple);
	return label;
}

static char *
number_text(Oid type, Datum value)
{
	char	   *text = palloc(32);

	switch (type)
	{
		case INT2OID:
			pg_itoa(DatumGetInt16(value), text);
			break;
		case INT4OID:
			pg_ltoa(DatumGetInt32(value), text);
			break;
		default:
			pg_lltoa(DatumGetInt64(value), text);
			break;
	}
	return text;
}

/*
 * The text that the output function of a type makes, whatever a session has
 * set about it.
 */
static char *
output_text(const PlsTextType *type, Datum value)
{
	int			was_bytea = bytea_output;
	int			was_digits = extra_float_digits;
	char	   *text;

	if (type->type != BYTEAOID && type->type != FLOAT4OID &&
		type->type != FLOAT8OID)
		return OutputFunctionCall((FmgrInfo *) &type->output, value);
	PG_TRY();
	{
		bytea_output = BYTEA_OUTPUT_HEX;
		extra_float_digits = 1;
		text = OutputFunctionCall((FmgrInfo *) &type->output, value);
	}
	PG_FINALLY();
	{
		bytea_output = was_bytea;
		extra_float_digits = was_digits;
	}
	PG_END_TRY();
	return text;
}

/*
 * The text of a value that is not NULL, in the current memory context.
 */
char *
pls_text_of(const PlsTextType *type, Datum value)
{
	char	   *made;
	int			length;

	switch (type->kind)
	{
		case PLS_TEXT_STORED:
			return TextDatumGetCString(value);
		case PLS_TEXT_PADDED:
			made = TextDatumGetCString(value);
			for (length = strlen(made); length > 0; length--)
				if (made[length - 1] != ' ')
					break;
			made[length] = '\0';
			return made;
		case PLS_TEXT_FOLDED:
			made = TextDatumGetCString(value);
			length = strlen(made);
			return (char *) pls_fold(made, &length);
		case PLS_TEXT_NAME:
			return pstrdup(NameStr(*DatumGetName(value)));
		case PLS_TEXT_NUMBER:
			return number_text(type->type, value);
		case PLS_TEXT_LABEL:
			return label_of(DatumGetObjectId(value));
		case PLS_TEXT_OUTPUT:
			break;
	}
	return output_text(type, value);
}

/* Types whose values are documents, or named by search_path or locale. */
static const Oid no_ids[] = {
	JSONOID, JSONBOID, XMLOID, TSVECTOROID, TSQUERYOID, CASHOID, REGCLASSOID,
	REGCOLLATIONOID, REGCONFIGOID, REGDICTIONARYOID, REGNAMESPACEOID,
	REGOPEROID, REGOPERATOROID, REGPROCOID, REGPROCEDUREOID, REGROLEOID,
	REGTYPEOID
};

/*
 * Whether values of a type without its domains can be ids: single ones, whose
 * text is the same in every session.
 */
bool
pls_is_id_type(Oid type)
{
	char		category;
	bool		is_preferred;
	int			i;

	get_type_category_preferred(type, &category, &is_preferred);
	switch (category)
	{
		case TYPCATEGORY_ARRAY:
		case TYPCATEGORY_COMPOSITE:
		case TYPCATEGORY_DATETIME:
		case TYPCATEGORY_PSEUDOTYPE:
		case TYPCATEGORY_RANGE:
		case TYPCATEGORY_TIMESPAN:
			return false;
		default:
			break;
	}
	for (i = 0; i < lengthof(no_ids); i++)
		if (type == no_ids[i])
			return false;
	return true;
}

PG_FUNCTION_INFO_V1(pls_is_id_type_of);

/*
 * pls_internal.is_id_type(type oid) -> boolean: see its comment in
 * sql/30_identity/20_watch.sql.
 */
Datum
pls_is_id_type_of(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(pls_is_id_type(getBaseType(PG_GETARG_OID(0))));
}

PG_FUNCTION_INFO_V1(pls_text_kind_of);

/*
 * pls_internal.text_kind(type oid) -> text: see its comment in
 * sql/30_identity/20_watch.sql.
 */
Datum
pls_text_kind_of(PG_FUNCTION_ARGS)
{
	static const char *const words[] = {
		"stored", "padded", "folded", "name", "number", "label"
	};
	PlsTextKind kind = pls_text_kind(getBaseType(PG_GETARG_OID(0)));

	if (kind == PLS_TEXT_OUTPUT)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(words[kind]));
}
