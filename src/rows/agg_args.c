/*-------------------------------------------------------------------------
 *
 * agg_args.c
 *	  Arguments of the aggregates over rows that are nearly always the same
 *	  for every row: worked out once, and again only when they differ.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "pls_compat.h"
#include "rows/agg_args.h"
#include "rows/event_rows.h"
#include "time/span.h"

/*
 * The length of a span in microseconds; `name` is the argument's, for errors.
 *
 * Errors: those of pls_span_length().
 */
int64
pls_agg_interval(PlsAggInterval *known, Datum datum, const char *name)
{
	const Interval *interval = DatumGetIntervalP(datum);

	if (known->known &&
		memcmp(&known->interval, interval, sizeof(Interval)) == 0)
		return known->microseconds;
	known->microseconds = pls_span_length(interval, name);
	known->interval = *interval;
	known->known = true;
	return known->microseconds;
}

/*
 * Whether a text differs from the one of the last call, which it replaces.
 * The copy lies in the context.
 */
bool
pls_agg_text_changed(PlsAggText *known, Datum datum, MemoryContext context)
{
	text	   *value = DatumGetTextPP(datum);
	int			length = VARSIZE_ANY_EXHDR(value);

	if (known->known && known->length == length &&
		memcmp(known->text, VARDATA_ANY(value), length) == 0)
		return false;
	if (length > known->capacity || known->text == NULL)
	{
		known->capacity = Max(length, 64);
		known->text = MemoryContextAlloc(context, known->capacity);
	}
	memcpy(known->text, VARDATA_ANY(value), length);
	known->length = length;
	known->known = true;
	return true;
}

pg_noreturn static void
refuse_type(Oid type, int number)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("condition %d is of type %s, not boolean",
					number, format_type_be(type)),
			 errhint("A condition is an expression such as event = 'login'.")));
}

static void
check_count(int count)
{
	if (count > PLS_MAX_CONDITIONS)
		ereport(ERROR,
				(errcode(ERRCODE_TOO_MANY_ARGUMENTS),
				 errmsg("there are more than %d conditions",
						PLS_MAX_CONDITIONS)));
	if (count < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("there must be at least one condition")));
}

/*
 * Look at the types of the conditions, which are the arguments from `first`
 * on.  They are booleans, or after the keyword VARIADIC one array of them.  A
 * bare NULL has no type yet.
 */
static void
learn_conditions(PlsAggConditions *known, FunctionCallInfo fcinfo, int first)
{
	int			i;

	known->first = first;
	known->is_array = get_fn_expr_variadic(fcinfo->flinfo);
	if (known->is_array)
	{
		Oid			type = get_fn_expr_argtype(fcinfo->flinfo, first);

		if (type != BOOLARRAYOID)
			ereport(ERROR,
					(errcode(ERRCODE_DATATYPE_MISMATCH),
					 errmsg("the array of conditions is of type %s, not boolean[]",
							format_type_be(type))));
	}
	else
	{
		known->count = PG_NARGS() - first;
		check_count(known->count);
		for (i = first; i < PG_NARGS(); i++)
		{
			Oid			type = get_fn_expr_argtype(fcinfo->flinfo, i);

			if (type != BOOLOID &&
				!(type == UNKNOWNOID && PG_ARGISNULL(i)))
				refuse_type(type, i - first + 1);
		}
	}
	known->known = true;
}

/*
 * The conditions of a row that come as an array.
 */
static uint32
array_conditions(PlsAggConditions *known, FunctionCallInfo fcinfo)
{
	ArrayType  *array;
	uint32		holding = 0;
	Datum	   *values;
	bool	   *nulls;
	int			count;
	int			i;

	if (PG_ARGISNULL(known->first))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("the array of conditions must not be null")));
	array = PG_GETARG_ARRAYTYPE_P(known->first);
	deconstruct_array(array, BOOLOID, 1, true, TYPALIGN_CHAR,
					  &values, &nulls, &count);
	check_count(count);
	for (i = 0; i < count; i++)
	{
		if (!nulls[i] && DatumGetBool(values[i]))
			holding |= (uint32) 1 << i;
	}
	pfree(values);
	pfree(nulls);
	known->count = count;
	return holding;
}

/*
 * The conditions that hold on a row, as bits; NULL does not hold.  Their
 * number is left in known->count.
 *
 * Errors: 42804 if they are not booleans; 54023 if there are more than 32;
 * 22023 if there are none; 22004 for a NULL array.
 */
uint32
pls_agg_conditions(PlsAggConditions *known, FunctionCallInfo fcinfo,
				   int first)
{
	uint32		holding = 0;
	int			i;

	if (unlikely(!known->known))
		learn_conditions(known, fcinfo, first);
	if (known->is_array)
		return array_conditions(known, fcinfo);
	for (i = 0; i < known->count; i++)
	{
		const NullableDatum *argument = &fcinfo->args[first + i];

		if (!argument->isnull && DatumGetBool(argument->value))
			holding |= (uint32) 1 << i;
	}
	return holding;
}
