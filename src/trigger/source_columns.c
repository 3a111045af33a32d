/*-------------------------------------------------------------------------
 *
 * source_columns.c
 *	  The columns of a watched table: which they are, and how they are read.
 *
 * pls.sources names the columns and has their numbers in the watched table.
 * While it is that table the numbers decide, so that a column may be renamed;
 * the sweep corrects the names.  The names decide where the numbers are those
 * of another table, as after a restore without triggers, or where a column
 * was dropped and made again.  A partition may have its columns elsewhere
 * than its parent, but under the same names.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

#include "model/config_table.h"
#include "model/event_row.h"
#include "model/text_type.h"
#include "time/local_time.h"
#include "time/time_zone.h"
#include "trigger/row_document.h"
#include "trigger/source_columns.h"
#include "trigger/source_entry.h"

/* Places in column_numbers. */
enum
{
	N_EVENT, N_AT, N_ACCOUNT, N_ACTOR, N_EMAIL, N_PROPERTIES, N_NAMED
};

/* What a row of pls.sources says of the columns. */
typedef struct Mapping
{
	PlsSource  *source;
	const PlsConfigRow *row;
	Oid			root;			/* the watched table itself */
	int			nnumbers;		/* 0: the names decide */
	const int16 *numbers;
} Mapping;

static void
name_problem(PlsSource *source, char *problem)
{
	source->problem = MemoryContextStrdup(source->context, problem);
}

/*
 * A column's name in the watched table as it is now; the given one if the
 * numbers do not tell.
 */
static const char *
current_name(const Mapping *mapping, int place, const char *name)
{
	AttrNumber	number = place < mapping->nnumbers ?
	mapping->numbers[place] : 0;
	HeapTuple	tuple;
	const char *current;

	if (number <= 0)
		return name;
	tuple = SearchSysCacheAttNum(mapping->root, number);
	if (!HeapTupleIsValid(tuple))
		return name;			/* dropped */
	current = pstrdup(NameStr(((Form_pg_attribute) GETSTRUCT(tuple))->attname));
	ReleaseSysCache(tuple);
	return current;
}

/*
 * Find a column by its name in pls.sources and its place in the numbers; 0
 * with a problem if it is not there.  *type is its type beneath its domains,
 * and *current its name.
 */
static AttrNumber
find_named(const Mapping *mapping, int place, const char *name, Oid *type,
		   const char **current)
{
	PlsSource  *source = mapping->source;
	AttrNumber	number;

	*current = current_name(mapping, place, name);
	number = get_attnum(source->relid, *current);
	*type = InvalidOid;
	if (number <= 0)
	{
		name_problem(source, psprintf("column \"%s\" does not exist",
									  *current));
		return 0;
	}
	if (get_attgenerated(source->relid, number) == 'v')
		name_problem(source, psprintf("column \"%s\" is generated when it is read",
									  *current));
	*type = getBaseType(get_atttype(source->relid, number));
	source->columns[source->ncolumns++] = number;
	return number;
}

/*
 * The same of a column that pls.sources may name or not; 0 if it does not.
 */
static AttrNumber
find_column(const Mapping *mapping, int place, int column, Oid *type,
			const char **current)
{
	bool		isnull;
	Datum		value = pls_config_datum(mapping->row, column, &isnull);
	AttrNumber	number;

	if (isnull)
		return 0;
	number = find_named(mapping, place, NameStr(*DatumGetName(value)), type,
						current);
	mapping->source->last_column = Max(mapping->source->last_column, number);
	return number;
}

static void
name_type_problem(PlsSource *source, const char *name, Oid type,
				  const char *more)
{
	name_problem(source, psprintf("column \"%s\" is of type %s%s", name,
								  format_type_be(type), more));
}

/*
 * The event: a column, or the same for all rows.
 */
static void
read_event(const Mapping *mapping)
{
	PlsSource  *source = mapping->source;
	const char *name;
	Oid			type;

	source->event = find_column(mapping, N_EVENT, PLS_SOURCE_EVENT, &type,
								&name);
	if (source->event == 0)
	{
		bool		isnull;
		Datum		constant = pls_config_datum(mapping->row,
												PLS_SOURCE_EVENT_NAME,
												&isnull);
		MemoryContext caller = MemoryContextSwitchTo(source->context);

		source->event_kind = PLS_EVENT_CONSTANT;
		if (!isnull)
			constant = PointerGetDatum(DatumGetTextPCopy(constant));
		pls_row_event(&source->constant, isnull, constant);
		MemoryContextSwitchTo(caller);
		return;
	}
	if (!OidIsValid(type))
		return;
	pls_text_type_init(&source->event_text, type, source->context);
	source->event_kind = source->event_text.kind == PLS_TEXT_STORED ?
		PLS_EVENT_STORED : PLS_EVENT_OTHER;
	if (source->event_text.kind == PLS_TEXT_OUTPUT)
		name_type_problem(source, name, type, "");
}

/*
 * Where times are local, prepare to tell their instants.
 */
static void
read_time_zone(const Mapping *mapping, const char *name, Oid type)
{
	PlsSource  *source = mapping->source;
	char	   *zone_name = pls_config_text(mapping->row,
											PLS_SOURCE_TIME_ZONE);
	pg_tz	   *zone = zone_name == NULL ? NULL :
	pls_find_time_zone(zone_name);

	if (zone == NULL)
	{
		name_type_problem(source, name, type, zone_name == NULL ?
						  ", and no time_zone is given" :
						  ", and the time zone is unknown");
		return;
	}
	source->times = MemoryContextAlloc(source->context,
									   sizeof(PlsLocalTimes));
	pls_local_times_init(source->times, zone);
}

static void
read_unit(const Mapping *mapping, const char *name, Oid type)
{
	char	   *unit = pls_config_text(mapping->row, PLS_SOURCE_AT_UNIT);

	if (unit == NULL)
	{
		name_type_problem(mapping->source, name, type,
						  ", and no at_unit is given");
		return;
	}
	mapping->source->at_places = strcmp(unit, "s") == 0 ? 6 :
		strcmp(unit, "ms") == 0 ? 3 : 0;
}

static void
read_at(const Mapping *mapping)
{
	PlsSource  *source = mapping->source;
	const char *name;

	source->at = find_column(mapping, N_AT, PLS_SOURCE_AT, &source->at_type,
							 &name);
	if (source->at == 0)
		return;
	switch (source->at_type)
	{
		case TIMESTAMPTZOID:
			source->at_kind = PLS_AT_INSTANT;
			break;
		case TIMESTAMPOID:
		case DATEOID:
			source->at_kind = source->at_type == DATEOID ? PLS_AT_DAY :
				PLS_AT_LOCAL;
			read_time_zone(mapping, name, source->at_type);
			break;
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case NUMERICOID:
			source->at_kind = source->at_type == NUMERICOID ?
				PLS_AT_NUMERIC : PLS_AT_NUMBER;
			read_unit(mapping, name, source->at_type);
			break;
		default:
			name_type_problem(source, name, source->at_type, "");
			break;
	}
}

static void
read_id(const Mapping *mapping, int place, int column, PlsIdColumn *id)
{
	const char *name;

	id->number = find_column(mapping, place, column, &id->type, &name);
	if (id->number == 0)
		return;
	if (!pls_is_id_type(id->type))
		name_type_problem(mapping->source, name, id->type, "");
	pls_text_type_init(&id->text, id->type, mapping->source->context);
}

static void
read_email(const Mapping *mapping)
{
	PlsSource  *source = mapping->source;
	const char *name;
	Oid			type;
	PlsTextKind kind;

	source->email = find_column(mapping, N_EMAIL, PLS_SOURCE_EMAIL, &type,
								&name);
	if (source->email == 0)
		return;
	kind = pls_text_kind(type);
	if (kind != PLS_TEXT_STORED && kind != PLS_TEXT_PADDED &&
		kind != PLS_TEXT_FOLDED)
		name_type_problem(source, name, type, "");
}

static void
read_properties(const Mapping *mapping)
{
	PlsSource  *source = mapping->source;
	const char *name;
	Oid			type;

	source->properties = find_column(mapping, N_PROPERTIES,
									 PLS_SOURCE_PROPERTIES, &type, &name);
	if (source->properties == 0)
		return;
	source->properties_are_json = type == JSONOID;
	if (type != JSONOID && type != JSONBOID)
		name_type_problem(source, name, type, "");
}

/*
 * An array column of pls.sources; NULL if it is NULL.
 */
static ArrayType *
array_of(const PlsConfigRow *row, int column)
{
	bool		isnull;
	Datum		value = pls_config_datum(row, column, &isnull);

	return isnull ? NULL : DatumGetArrayTypeP(value);
}

/*
 * The columns that are read as properties, under names that stay when they
 * are renamed.
 */
static void
read_property_columns(const Mapping *mapping, ArrayType *columns)
{
	PlsSource  *source = mapping->source;
	ArrayType  *names = array_of(mapping->row, PLS_SOURCE_PROPERTY_NAMES);
	Datum	   *values;
	Datum	   *name_values = NULL;
	int			ncolumns;
	int			nnames = 0;
	int			i;

	deconstruct_array(columns, NAMEOID, NAMEDATALEN, false, TYPALIGN_CHAR,
					  &values, NULL, &ncolumns);
	if (names != NULL)
		deconstruct_array(names, TEXTOID, -1, false, TYPALIGN_INT,
						  &name_values, NULL, &nnames);
	source->property_columns = MemoryContextAllocZero(source->context,
													  ncolumns *
													  sizeof(PlsPropertyColumn));
	for (i = 0; i < ncolumns && source->problem == NULL; i++)
	{
		PlsPropertyColumn *column = &source->property_columns[i];
		const char *name;
		Oid			type;

		column->number = find_named(mapping, N_NAMED + i,
									NameStr(*DatumGetName(values[i])), &type,
									&name);
		column->name = MemoryContextStrdup(source->context, i < nnames ?
										   TextDatumGetCString(name_values[i]) :
										   NameStr(*DatumGetName(values[i])));
		if (OidIsValid(type) &&
			!pls_property_column_init(column, type, source->context))
			name_type_problem(source, name, type,
							  ", which cannot be read as a property");
		source->nproperty_columns++;
	}
}

/*
 * Find the columns of a source; what does not fit is its problem.
 */
void
pls_source_read_columns(PlsSource *source, const PlsConfigRow *row)
{
	Mapping		mapping = {source, row};
	ArrayType  *numbers = array_of(row, PLS_SOURCE_COLUMN_NUMBERS);
	ArrayType  *columns = array_of(row, PLS_SOURCE_PROPERTY_COLUMNS);
	int			most = N_NAMED;
	bool		isnull;
	Oid			numbers_of;

	mapping.root = DatumGetObjectId(pls_config_datum(row, PLS_SOURCE_TABLE,
													 &isnull));
	numbers_of = DatumGetObjectId(pls_config_datum(row, PLS_SOURCE_NUMBERS_OF,
												   &isnull));
	if (!isnull && numbers_of == mapping.root && numbers != NULL &&
		!ARR_HASNULL(numbers) && ARR_NDIM(numbers) == 1)
	{
		mapping.nnumbers = ARR_DIMS(numbers)[0];
		mapping.numbers = (const int16 *) ARR_DATA_PTR(numbers);
	}
	if (columns != NULL)
		most += ArrayGetNItems(ARR_NDIM(columns), ARR_DIMS(columns));
	source->columns = MemoryContextAlloc(source->context,
										 most * sizeof(AttrNumber));
	read_event(&mapping);
	read_at(&mapping);
	read_id(&mapping, N_ACCOUNT, PLS_SOURCE_ACCOUNT, &source->account);
	read_id(&mapping, N_ACTOR, PLS_SOURCE_ACTOR, &source->actor);
	read_email(&mapping);
	source->nkey_columns = source->ncolumns;
	read_properties(&mapping);
	if (columns != NULL)
		read_property_columns(&mapping, columns);
	source->makes_document = source->properties_are_json ||
		source->nproperty_columns > 0;
}
