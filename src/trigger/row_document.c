/*-------------------------------------------------------------------------
 *
 * row_document.c
 *	  The properties of an event as one document, where they are not a column
 *	  of jsonb: they are json, or columns of other types are read as
 *	  properties as well.
 *
 * A document is made only when a signal asks for it.  What a column holds is
 * written as jsonb_build_object() would, but for what depends on settings of
 * the session: the trigger and a rebuild must agree, whoever runs them.  So
 * instants are those of UTC, numbers have all their digits, and types whose
 * text depends on settings in other ways are not taken.  No cast is run,
 * since one can be somebody's own.
 *
 * No value raises an error here: json that jsonb cannot hold is as if it were
 * not there.  To make a document works in memory alone and holds no resource,
 * so its data errors may be caught without a subtransaction.
 *
 * A document that is larger than is looked at is given up as soon as that is
 * clear: an array, or many columns, can take far more room in it, and more
 * than jsonb can hold, than in the row.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/shortest_dec.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"

#include "model/predicate.h"
#include "model/text_type.h"
#include "pls.h"
#include "trigger/row_document.h"

/* ---------- columns ---------- */

/*
 * How values of a type, which is no domain, are written.
 */
static PlsJsonKind
json_kind(Oid type)
{
	switch (type)
	{
		case BOOLOID:
			return PLS_JSON_BOOLEAN;
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case FLOAT4OID:
		case FLOAT8OID:
		case NUMERICOID:
			return PLS_JSON_NUMBER;
		case DATEOID:
		case TIMEOID:
		case TIMETZOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			return PLS_JSON_TIME;
		case JSONOID:
			return PLS_JSON_JSON;
		case JSONBOID:
			return PLS_JSON_JSONB;
		case CHAROID:
		case UUIDOID:
		case INETOID:
		case CIDROID:
		case MACADDROID:
		case MACADDR8OID:
		case BITOID:
		case VARBITOID:
			return PLS_JSON_TEXT;
		default:
			return pls_text_kind(type) == PLS_TEXT_OUTPUT ? PLS_JSON_NONE :
				PLS_JSON_TEXT;
	}
}

/*
 * Prepare to read columns of a type as properties; false if that cannot be.
 */
bool
pls_property_column_init(PlsPropertyColumn *column, Oid type,
						 MemoryContext context)
{
	Oid			base = getBaseType(type);
	Oid			element = get_element_type(base);

	column->is_varlena = get_typlen(base) == -1;
	column->is_array = OidIsValid(element);
	if (column->is_array)
	{
		get_typlenbyvalalign(element, &column->length, &column->by_value,
							 &column->alignment);
		base = getBaseType(element);
	}
	column->kind = json_kind(base);
	if (column->kind == PLS_JSON_NONE)
		return false;
	pls_text_type_init(&column->type, base, context);
	/* as it is written, not as it is compared */
	if (column->type.kind == PLS_TEXT_FOLDED)
		column->type.kind = PLS_TEXT_STORED;
	return true;
}

PG_FUNCTION_INFO_V1(pls_is_property_type);

/*
 * pls_internal.is_property_type(type oid) -> boolean: see its comment in
 * sql/30_identity/20_watch.sql.
 */
Datum
pls_is_property_type(PG_FUNCTION_ARGS)
{
	PlsPropertyColumn column;

	PG_RETURN_BOOL(pls_property_column_init(&column, PG_GETARG_OID(0),
											CurrentMemoryContext));
}

/* ---------- values ---------- */

/*
 * Whether json is nested deeper than is looked at.  It is valid.
 */
static bool
is_too_deep(const char *json)
{
	int			depth = 0;
	bool		in_string = false;

	for (; *json != '\0' && depth <= PLS_MAX_DEPTH; json++)
	{
		if (in_string && *json == '\\' && json[1] != '\0')
			json++;
		else if (*json == '"')
			in_string = !in_string;
		else if (!in_string && (*json == '{' || *json == '['))
			depth++;
		else if (!in_string && (*json == '}' || *json == ']'))
			depth--;
	}
	return depth > PLS_MAX_DEPTH;
}

/*
 * What jsonb makes of json; NULL if it cannot hold it.
 */
static Jsonb *
parse_json(const char *json)
{
	MemoryContext context = CurrentMemoryContext;
	Jsonb	   *volatile document = NULL;

	if (is_too_deep(json))
		return NULL;
	PG_TRY();
	{
		document = DatumGetJsonbP(DirectFunctionCall1(jsonb_in,
													  CStringGetDatum(json)));
	}
	PG_CATCH();
	{
		if (!pls_is_data_error(geterrcode()))
			PG_RE_THROW();
		MemoryContextSwitchTo(context);
		FlushErrorState();
	}
	PG_END_TRY();
	return document;
}

/*
 * A document of json or jsonb; NULL if it is too large or too deep.
 */
static Jsonb *
stored_document(Datum value, bool is_json)
{
	Jsonb	   *document;

	if (pls_is_longer(value, PLS_MAX_DOCUMENT))
		return NULL;
	document = is_json ? parse_json(TextDatumGetCString(value)) :
		DatumGetJsonbP(value);
	return document == NULL || pls_is_too_deep(document) ? NULL : document;
}

static void
set_text(JsonbValue *to, char *text)
{
	to->type = jbvString;
	to->val.string.val = text;
	to->val.string.len = strlen(text);
}

static void
set_number(JsonbValue *to, Oid type, Datum value)
{
	char	   *text = NULL;
	Datum		number;

	switch (type)
	{
		case INT2OID:
			number = NumericGetDatum(int64_to_numeric(DatumGetInt16(value)));
			break;
		case INT4OID:
			number = NumericGetDatum(int64_to_numeric(DatumGetInt32(value)));
			break;
		case INT8OID:
			number = NumericGetDatum(int64_to_numeric(DatumGetInt64(value)));
			break;
		case NUMERICOID:
			number = NumericGetDatum(DatumGetNumeric(value));
			if (numeric_is_nan(DatumGetNumeric(number)) ||
				numeric_is_inf(DatumGetNumeric(number)))
				text = DatumGetCString(DirectFunctionCall1(numeric_out, number));
			break;
		default:
			if (type == FLOAT4OID)
			{
				text = palloc(FLOAT_SHORTEST_DECIMAL_LEN);
				float_to_shortest_decimal_buf(DatumGetFloat4(value), text);
			}
			else
			{
				text = palloc(DOUBLE_SHORTEST_DECIMAL_LEN);
				double_to_shortest_decimal_buf(DatumGetFloat8(value), text);
			}
			if (strpbrk(text, "Nf") != NULL)	/* NaN, Infinity */
				break;
			number = DirectFunctionCall3(numeric_in, CStringGetDatum(text),
										 ObjectIdGetDatum(InvalidOid),
										 Int32GetDatum(-1));
			text = NULL;
	}
	if (text != NULL)
	{
		set_text(to, text);
		return;
	}
	to->type = jbvNumeric;
	to->val.numeric = DatumGetNumeric(number);
}

static bool
set_document(JsonbValue *to, Datum value, bool is_json)
{
	Jsonb	   *document = stored_document(value, is_json);

	if (document == NULL)
		return false;
	if (JB_ROOT_IS_SCALAR(document))
		(void) JsonbExtractScalar(&document->root, to);
	else
	{
		to->type = jbvBinary;
		to->val.binary.len = VARSIZE(document) - VARHDRSZ;
		to->val.binary.data = &document->root;
	}
	return true;
}

/*
 * A value that is not NULL, or an element of an array; false if it is as if
 * it were not there.
 */
static bool
set_value(JsonbValue *to, const PlsPropertyColumn *column, Datum value)
{
	const int	utc = 0;
	char	   *text;

	switch (column->kind)
	{
		case PLS_JSON_BOOLEAN:
			to->type = jbvBool;
			to->val.boolean = DatumGetBool(value);
			return true;
		case PLS_JSON_NUMBER:
			set_number(to, column->type.type, value);
			return true;
		case PLS_JSON_TIME:
			text = palloc(MAXDATELEN + 1);
			set_text(to, JsonEncodeDateTime(text, value, column->type.type,
											column->type.type == TIMESTAMPTZOID ?
											&utc : NULL));
			return true;
		case PLS_JSON_JSON:
		case PLS_JSON_JSONB:
			return set_document(to, value, column->kind == PLS_JSON_JSON);
		default:
			set_text(to, pls_text_of(&column->type, value));
			return true;
	}
}

/* The elements of an array that is being written. */
typedef struct Elements
{
	const PlsPropertyColumn *column;
	Datum	   *values;
	bool	   *nulls;
	int			next;
} Elements;

static void
push_elements(JsonbParseState **state, Elements *elements, const int *dims,
			  int ndims)
{
	int			i;

	(void) pushJsonbValue(state, WJB_BEGIN_ARRAY, NULL);
	for (i = 0; ndims > 0 && i < dims[0]; i++)
	{
		JsonbValue	value = {.type = jbvNull};

		if (ndims > 1)
		{
			push_elements(state, elements, dims + 1, ndims - 1);
			continue;
		}
		CHECK_FOR_INTERRUPTS();
		if (!elements->nulls[elements->next] &&
			!set_value(&value, elements->column,
					   elements->values[elements->next]))
			value.type = jbvNull;
		elements->next++;
		(void) pushJsonbValue(state, WJB_ELEM, &value);
	}
	(void) pushJsonbValue(state, WJB_END_ARRAY, NULL);
}

/* ---------- documents ---------- */

static void
push_key(JsonbParseState **state, char *name)
{
	JsonbValue	key;

	set_text(&key, name);
	(void) pushJsonbValue(state, WJB_KEY, &key);
}

/*
 * The bytes that the entries of an array take in a document, those of arrays
 * within it included.  An element can take less than a bit where it is stored.
 */
static Size
entries_size(const int *dims, int ndims)
{
	Size		narrays = 1;
	Size		size = 0;
	int			i;

	/* their product is limited */
	for (i = 0; i < ndims; i++)
	{
		size += narrays * (sizeof(uint32) + dims[i] * sizeof(JEntry));
		narrays *= dims[i];
	}
	return size;
}

/*
 * Write what an array holds.  Returns how many bytes that takes at least; what
 * takes too many is not written.
 */
static Size
push_array(JsonbParseState **state, const PlsPropertyColumn *column,
		   ArrayType *array)
{
	Elements	elements = {column};
	Size		size = entries_size(ARR_DIMS(array), ARR_NDIM(array));
	int			nelements;

	if (size > PLS_MAX_DOCUMENT)
		return size;
	deconstruct_array(array, ARR_ELEMTYPE(array), column->length,
					  column->by_value, column->alignment,
					  &elements.values, &elements.nulls, &nelements);
	push_key(state, column->name);
	push_elements(state, &elements, ARR_DIMS(array), ARR_NDIM(array));
	return size;
}

/*
 * How many bytes a value takes in a document at least.  Numbers within a
 * document may be aligned otherwise than they were.
 */
static Size
written_size(const JsonbValue *written)
{
	switch (written->type)
	{
		case jbvString:
			return written->val.string.len;
		case jbvBinary:
			return written->val.binary.len / 2;
		default:
			return 0;
	}
}

/*
 * Write what a column holds, which goes before a property of its name that is
 * written already.  Returns how many bytes that takes at least.
 */
static Size
push_column(JsonbParseState **state, const PlsPropertyColumn *column,
			TupleTableSlot *slot)
{
	bool		isnull;
	Datum		value = slot_getattr(slot, column->number, &isnull);
	JsonbValue	written;

	if (isnull || (column->is_varlena &&
				   pls_is_longer(value, PLS_MAX_DOCUMENT)))
		return 0;
	if (column->is_array)
		return push_array(state, column, DatumGetArrayTypeP(value));
	if (!set_value(&written, column, value))
		return 0;
	push_key(state, column->name);
	(void) pushJsonbValue(state, WJB_VALUE, &written);
	return written_size(&written);
}

/*
 * Write the members of an object.
 */
static void
push_members(JsonbParseState **state, Jsonb *object)
{
	JsonbIterator *iterator = JsonbIteratorInit(&object->root);
	JsonbIteratorToken token;
	JsonbValue	value;

	/* its beginning */
	(void) JsonbIteratorNext(&iterator, &value, true);
	while ((token = JsonbIteratorNext(&iterator, &value, true)) == WJB_KEY ||
		   token == WJB_VALUE)
		(void) pushJsonbValue(state, token, &value);
}

static Jsonb *
make_document(TupleTableSlot *slot, AttrNumber properties, bool is_json,
			  const PlsPropertyColumn *columns, int ncolumns)
{
	Jsonb	   *stored = NULL;
	JsonbParseState *state = NULL;
	JsonbValue *made;
	bool		isnull = true;
	Datum		value = (Datum) 0;
	Size		size = 0;
	int			i;

	if (properties != 0)
		value = slot_getattr(slot, properties, &isnull);
	if (!isnull)
		stored = stored_document(value, is_json);
	if (ncolumns == 0)
		return stored;
	(void) pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	if (stored != NULL && JB_ROOT_IS_OBJECT(stored))
		push_members(&state, stored);
	for (i = 0; i < ncolumns; i++)
	{
		/* the rest need not be read, and would not make it smaller */
		size += push_column(&state, &columns[i], slot);
		if (size > PLS_MAX_DOCUMENT)
			return NULL;
	}
	made = pushJsonbValue(&state, WJB_END_OBJECT, NULL);
	return JsonbValueToJsonb(made);
}

/*
 * The properties of the row in the slot: those of a column of jsonb or json
 * (0: there is none) and those that columns are read as.  NULL if it has
 * none, or none that can be looked at.
 */
Jsonb *
pls_row_document(TupleTableSlot *slot, AttrNumber properties, bool is_json,
				 const PlsPropertyColumn *columns, int ncolumns)
{
	MemoryContext context = CurrentMemoryContext;
	Jsonb	   *volatile document = NULL;

	PG_TRY();
	{
		document = make_document(slot, properties, is_json, columns,
								 ncolumns);
	}
	PG_CATCH();
	{
		if (!pls_is_data_error(geterrcode()))
			PG_RE_THROW();
		MemoryContextSwitchTo(context);
		FlushErrorState();
	}
	PG_END_TRY();
	if (document != NULL && VARSIZE(document) > PLS_MAX_DOCUMENT + VARHDRSZ)
		return NULL;
	return document;
}
