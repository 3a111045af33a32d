/*-------------------------------------------------------------------------
 *
 * hostile_agg.c
 *	  Calls the functions of aggregates in every legal way but the usual one.
 *
 * For the tests only: built by them, not installed.
 *
 * hostile_run() takes rows from a query and an aggregate, and keeps the
 * states itself.  A state lies in an aggregate context of its own or in one
 * that it shares with others; each call has an FmgrInfo that is made for it
 * alone, in memory that is gone after it, or one that all groups share;
 * states are kept as they are returned, or flattened, passed read/write or
 * read-only, merged with others that other calls have made, and asked for
 * their result while rows still come; contexts go in no particular order.
 *
 * hostile_accum() and hostile_final() make an aggregate that wraps another,
 * as extensions that split aggregation do: the executor's own context is
 * passed on, the FmgrInfo lies in the memory of the row.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_aggregate.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "nodes/execnodes.h"
#include "nodes/makefuncs.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/expandeddatum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

PG_MODULE_MAGIC;

#define MOST_PARTS		3		/* states of a group */
#define MOST_SHARED		2		/* calls that all groups share */
#define MOST_ARGS		40

/* An aggregate, and what is to be known of its functions. */
typedef struct Aggregate
{
	Oid			transition;
	Oid			combine;
	Oid			final;
	Oid			state_type;
	int16		state_length;
	bool		state_by_value;
	int			nargs;			/* of a row */
	Oid			arg_types[MOST_ARGS];
	Oid			collation;
} Aggregate;

typedef struct State
{
	MemoryContext context;		/* the aggregate context */
	bool		shared;			/* by several states */
	Datum		value;
	bool		isnull;
} State;

typedef struct Keyed
{
	char	   *key;
	int			nparts;
	State		parts[MOST_PARTS];
} Keyed;

typedef struct Run
{
	Aggregate	aggregate;
	MemoryContext context;
	MemoryContext calls;		/* of what is gone after a call */
	MemoryContext shared_states;	/* an aggregate context of many states */
	FmgrInfo	shared[3][MOST_SHARED];
	bool		shared_made[3][MOST_SHARED];
	MemoryContext shared_context[3][MOST_SHARED];
	uint64		random;
	int			ngroups;
	Keyed	   *groups;
} Run;

enum
{
	TRANSITION, COMBINE, FINAL
};

static uint32
any_of(Run *run, uint32 count)
{
	run->random = run->random * UINT64CONST(6364136223846793005) +
		UINT64CONST(1442695040888963407);
	return (uint32) (run->random >> 33) % count;
}

static void
look_up(Aggregate *aggregate, Oid function, int nargs, const Oid *arg_types)
{
	HeapTuple	tuple = SearchSysCache1(AGGFNOID, ObjectIdGetDatum(function));
	Form_pg_aggregate form;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "function %u is not an aggregate", function);
	form = (Form_pg_aggregate) GETSTRUCT(tuple);
	aggregate->transition = form->aggtransfn;
	aggregate->combine = form->aggcombinefn;
	aggregate->final = form->aggfinalfn;
	aggregate->state_type = form->aggtranstype;
	ReleaseSysCache(tuple);
	get_typlenbyval(aggregate->state_type, &aggregate->state_length,
					&aggregate->state_by_value);
	if (nargs > MOST_ARGS - 1)
		elog(ERROR, "too many arguments");
	aggregate->nargs = nargs;
	memcpy(aggregate->arg_types, arg_types, nargs * sizeof(Oid));
	aggregate->collation = C_COLLATION_OID;
}

/*
 * Make the FmgrInfo of a function, with types of its arguments, in the
 * context.
 */
static void
make_call(const Aggregate *aggregate, int which, FmgrInfo *call,
		  MemoryContext context)
{
	MemoryContext caller = MemoryContextSwitchTo(context);
	Oid			function = which == TRANSITION ? aggregate->transition :
	which == COMBINE ? aggregate->combine : aggregate->final;
	List	   *args = list_make1(makeNullConst(aggregate->state_type, -1,
												InvalidOid));
	int			i;

	for (i = 0; which == TRANSITION && i < aggregate->nargs; i++)
		args = lappend(args, makeNullConst(aggregate->arg_types[i], -1,
										   InvalidOid));
	if (which == COMBINE)
		args = lappend(args, makeNullConst(aggregate->state_type, -1,
										   InvalidOid));
	fmgr_info_cxt(function, call, context);
	fmgr_info_set_expr((Node *) makeFuncExpr(function,
											 get_func_rettype(function), args,
											 InvalidOid, InvalidOid,
											 COERCE_EXPLICIT_CALL), call);
	MemoryContextSwitchTo(caller);
}

/*
 * What says to a function that it is called for an aggregate whose states lie
 * in a context: as by one executor node or the other.
 */
static Node *
aggregate_node(Run *run, MemoryContext context)
{
	if (any_of(run, 2) == 0)
	{
		WindowAggState *node = makeNode(WindowAggState);

		node->curaggcontext = context;
		return (Node *) node;
	}
	else
	{
		AggState   *node = makeNode(AggState);

		node->curaggcontext = makeNode(ExprContext);
		node->curaggcontext->ecxt_per_tuple_memory = context;
		return (Node *) node;
	}
}

static bool
is_read_write(const Aggregate *aggregate, Datum value)
{
	return !aggregate->state_by_value && aggregate->state_length == -1 &&
		VARATT_IS_EXTERNAL_EXPANDED_RW(DatumGetPointer(value));
}

/*
 * Call a function of the aggregate.  The memory of the call is what is the
 * current context, and mostly gone soon.
 */
static Datum
call(Run *run, int which, MemoryContext context, int nargs,
	 const NullableDatum *args, bool *isnull)
{
	LOCAL_FCINFO(fcinfo, MOST_ARGS);
	FmgrInfo	own;
	FmgrInfo   *info = &own;
	Datum		result;
	int			number = any_of(run, MOST_SHARED + 2);

	if (number >= MOST_SHARED)
		make_call(&run->aggregate, which, &own, CurrentMemoryContext);
	else
	{
		info = &run->shared[which][number];
		if (!run->shared_made[which][number])
		{
			run->shared_context[which][number] =
				AllocSetContextCreate(run->context, "shared call",
									  ALLOCSET_SMALL_SIZES);
			make_call(&run->aggregate, which, info,
					  run->shared_context[which][number]);
			run->shared_made[which][number] = true;
		}
	}
	InitFunctionCallInfoData(*fcinfo, info, nargs, run->aggregate.collation,
							 aggregate_node(run, context), NULL);
	memcpy(fcinfo->args, args, nargs * sizeof(NullableDatum));
	result = FunctionCallInvoke(fcinfo);
	*isnull = fcinfo->isnull;

	/* a shared call goes now and then, while states that it made live on */
	if (info != &own && any_of(run, 20) == 0)
	{
		MemoryContextDelete(run->shared_context[which][number]);
		run->shared_made[which][number] = false;
	}
	return result;
}

/*
 * A copy of a state that may be freed by itself, in the context.
 */
static Datum
copy_value(const Aggregate *aggregate, Datum value, MemoryContext context)
{
	MemoryContext caller = MemoryContextSwitchTo(context);
	Datum		copy;

	copy = datumCopy(value, aggregate->state_by_value,
					 aggregate->state_length);
	MemoryContextSwitchTo(caller);
	return copy;
}

/*
 * A state as it is passed: as it is, read-only, or flat.
 */
static Datum
pass_state(Run *run, const State *state)
{
	if (state->isnull || !is_read_write(&run->aggregate, state->value))
		return state->value;
	switch (any_of(run, 4))
	{
		case 0:
			return MakeExpandedObjectReadOnly(state->value, false, -1);
		case 1:
			return copy_value(&run->aggregate, state->value,
							  CurrentMemoryContext);
		default:
			return state->value;
	}
}

/*
 * Keep what a function has returned as the state, as the executor would.
 */
static void
keep(Run *run, State *state, Datum passed, Datum value, bool isnull)
{
	const Aggregate *aggregate = &run->aggregate;

	if (!aggregate->state_by_value && !isnull &&
		(state->isnull || DatumGetPointer(value) != DatumGetPointer(state->value)))
	{
		if (!state->isnull && is_read_write(aggregate, state->value) &&
			DatumGetPointer(passed) == DatumGetPointer(state->value))
			elog(ERROR, "a state that may be changed was replaced");
		if (!is_read_write(aggregate, value) ||
			MemoryContextGetParent(DatumGetEOHP(value)->eoh_context) !=
			state->context || any_of(run, 8) == 0)
			value = copy_value(aggregate, value, state->context);
	}
	state->value = value;
	state->isnull = isnull;
}

static MemoryContext
begin_call(Run *run)
{
	return MemoryContextSwitchTo(AllocSetContextCreate(run->calls, "call",
													   ALLOCSET_SMALL_SIZES));
}

static void
end_call(MemoryContext caller)
{
	MemoryContext context = MemoryContextSwitchTo(caller);

	/* read again what has been freed, and it will be seen */
	MemoryContextDelete(context);
}

/*
 * Add a row to a state.
 */
static void
add_row(Run *run, State *state, const NullableDatum *row)
{
	MemoryContext caller = begin_call(run);
	NullableDatum args[MOST_ARGS];
	Datum		result;
	bool		isnull;

	memcpy(args + 1, row, run->aggregate.nargs * sizeof(NullableDatum));
	args[0].value = pass_state(run, state);
	args[0].isnull = state->isnull;
	result = call(run, TRANSITION, state->context, run->aggregate.nargs + 1,
				  args, &isnull);
	keep(run, state, args[0].value, result, isnull);
	end_call(caller);
}

/*
 * Merge a state, or NULL, into another.
 */
static void
merge(Run *run, State *into, const State *from)
{
	MemoryContext caller = begin_call(run);
	NullableDatum args[2];
	Datum		result;
	bool		isnull;

	args[0].value = pass_state(run, into);
	args[0].isnull = into->isnull;
	args[1].value = from == NULL ? (Datum) 0 : pass_state(run, from);
	args[1].isnull = from == NULL || from->isnull;
	result = call(run, COMBINE, into->context, 2, args, &isnull);
	keep(run, into, args[0].value, result, isnull);
	end_call(caller);
}

/*
 * The result of a state as text, in the context of the run; NULL if it has
 * none.
 */
static char *
result_of(Run *run, const State *state)
{
	MemoryContext caller = begin_call(run);
	Oid			type = run->aggregate.state_type;
	NullableDatum args[1];
	Datum		result;
	bool		isnull;
	Oid			output;
	bool		is_varlena;
	char	   *text = NULL;

	args[0].value = pass_state(run, state);
	args[0].isnull = state->isnull;
	result = args[0].value;
	isnull = args[0].isnull;
	if (OidIsValid(run->aggregate.final))
	{
		type = get_func_rettype(run->aggregate.final);
		result = call(run, FINAL, state->context, 1, args, &isnull);
	}
	if (!isnull)
	{
		getTypeOutputInfo(type, &output, &is_varlena);
		text = MemoryContextStrdup(run->context,
								   OidOutputFunctionCall(output, result));
	}
	end_call(caller);
	return text;
}

static void
begin_state(Run *run, State *state)
{
	state->shared = any_of(run, 3) == 0;
	state->context = state->shared ? run->shared_states :
		AllocSetContextCreate(run->context, "aggregate",
							  ALLOCSET_SMALL_SIZES);
	state->isnull = true;
	state->value = (Datum) 0;
}

static void
end_state(State *state)
{
	if (!state->shared)
		MemoryContextDelete(state->context);
}

static Keyed *
group_of(Run *run, const char *key)
{
	Keyed	   *group;
	int			i;

	for (i = run->ngroups - 1; i >= 0; i--)
		if (strcmp(run->groups[i].key, key) == 0)
			return &run->groups[i];
	if (run->ngroups % 64 == 0)
		run->groups = run->groups == NULL ?
			palloc(64 * sizeof(Keyed)) :
			repalloc(run->groups, (run->ngroups + 64) * sizeof(Keyed));
	group = &run->groups[run->ngroups++];
	group->key = pstrdup(key);
	group->nparts = OidIsValid(run->aggregate.combine) ?
		1 + any_of(run, MOST_PARTS) : 1;
	for (i = 0; i < group->nparts; i++)
		begin_state(run, &group->parts[i]);
	return group;
}

/*
 * Merge two of a group's states, one of which goes.
 */
static void
merge_two(Run *run, Keyed *group)
{
	int			from = any_of(run, group->nparts);
	State		gone = group->parts[from];

	group->parts[from] = group->parts[--group->nparts];
	merge(run, &group->parts[any_of(run, group->nparts)], &gone);
	end_state(&gone);
}

/*
 * Something else than a row.
 */
static void
interfere(Run *run, Keyed *group)
{
	State	   *state = &group->parts[any_of(run, group->nparts)];

	switch (any_of(run, 12))
	{
		case 0:
			if (group->nparts > 1)
				merge_two(run, group);
			break;
		case 1:
			(void) result_of(run, state);
			break;
		case 2:
			if (OidIsValid(run->aggregate.combine))
				merge(run, state, NULL);
			break;
		case 3:
			if (!state->isnull)
				state->value = copy_value(&run->aggregate, state->value,
										  state->context);
			break;
		default:
			break;
	}
}

static void
read_rows(Run *run, const char *query)
{
	NullableDatum row[MOST_ARGS];
	TupleDesc	desc;
	uint64		i;
	int			j;

	if (SPI_execute(query, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "the query returns no rows");
	desc = SPI_tuptable->tupdesc;
	run->aggregate.nargs = desc->natts - 1;
	for (j = 0; j < desc->natts - 1; j++)
		run->aggregate.arg_types[j] = SPI_gettypeid(desc, j + 2);
	for (i = 0; i < SPI_processed; i++)
	{
		HeapTuple	tuple = SPI_tuptable->vals[i];
		Keyed	   *group;
		MemoryContext caller = MemoryContextSwitchTo(run->context);

		CHECK_FOR_INTERRUPTS();
		group = group_of(run, SPI_getvalue(tuple, desc, 1));
		for (j = 0; j < desc->natts - 1; j++)
			row[j].value = SPI_getbinval(tuple, desc, j + 2, &row[j].isnull);
		add_row(run, &group->parts[any_of(run, group->nparts)], row);
		interfere(run, group);
		MemoryContextSwitchTo(caller);
	}
}

static bool
same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/*
 * The results of all groups.
 */
static void
return_groups(Run *run, FunctionCallInfo fcinfo)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	int			i;

	for (i = 0; i < run->ngroups; i++)
	{
		Keyed	   *group = &run->groups[i];
		char	   *text;
		Datum		values[2];
		bool		nulls[2] = {false, false};

		while (group->nparts > 1)
			merge_two(run, group);
		text = result_of(run, &group->parts[0]);
		if (!same_text(text, result_of(run, &group->parts[0])))
			elog(ERROR, "a state has two results");
		values[0] = CStringGetTextDatum(group->key);
		values[1] = text == NULL ? (Datum) 0 : CStringGetTextDatum(text);
		nulls[1] = text == NULL;
		tuplestore_putvalues(result->setResult, result->setDesc, values,
							 nulls);
		if (any_of(run, 2) == 0)
			end_state(&group->parts[0]);
	}
}

PG_FUNCTION_INFO_V1(hostile_run);

/*
 * hostile_run(aggregate regprocedure, query text, seed integer) -> rows of
 * (group text, result text).  The query's first column is the group's key,
 * the others are the aggregate's arguments, of the types that it has.
 */
Datum
hostile_run(PG_FUNCTION_ARGS)
{
	Oid			function = PG_GETARG_OID(0);
	char	   *query = text_to_cstring(PG_GETARG_TEXT_PP(1));
	MemoryContext caller = CurrentMemoryContext;
	Oid			none[1] = {InvalidOid};
	Run		   *run;

	InitMaterializedSRF(fcinfo, 0);
	run = palloc0(sizeof(Run));
	SPI_connect();
	run->context = AllocSetContextCreate(caller, "hostile run",
										 ALLOCSET_DEFAULT_SIZES);
	run->calls = AllocSetContextCreate(run->context, "hostile calls",
									   ALLOCSET_DEFAULT_SIZES);
	run->shared_states = AllocSetContextCreate(run->context,
											   "hostile shared aggregate",
											   ALLOCSET_DEFAULT_SIZES);
	run->random = PG_GETARG_INT32(2);
	look_up(&run->aggregate, function, 0, none);
	read_rows(run, query);
	MemoryContextSwitchTo(run->context);
	return_groups(run, fcinfo);
	if (any_of(run, 2) == 0)
		MemoryContextReset(run->shared_states);
	SPI_finish();
	MemoryContextDelete(run->context);
	return (Datum) 0;
}

/* ---------- an aggregate that wraps another ---------- */

typedef struct Box
{
	Aggregate	aggregate;
	Datum		value;
	bool		isnull;
} Box;

static Datum
wrapped_call(FunctionCallInfo outer, const Aggregate *aggregate, int which,
			 int nargs, const NullableDatum *args, bool *isnull)
{
	LOCAL_FCINFO(fcinfo, MOST_ARGS);
	FmgrInfo	info;
	Datum		result;

	make_call(aggregate, which, &info, CurrentMemoryContext);
	InitFunctionCallInfoData(*fcinfo, &info, nargs, aggregate->collation,
							 outer->context, NULL);
	memcpy(fcinfo->args, args, nargs * sizeof(NullableDatum));
	result = FunctionCallInvoke(fcinfo);
	*isnull = fcinfo->isnull;
	return result;
}

PG_FUNCTION_INFO_V1(hostile_accum);

/*
 * Transition function of hostile(aggregate regprocedure, copies boolean,
 * arguments ...): states are flattened after each row, or kept.
 */
Datum
hostile_accum(PG_FUNCTION_ARGS)
{
	MemoryContext context;
	NullableDatum args[MOST_ARGS];
	Box		   *box;
	Datum		value;
	bool		isnull;
	int			i;

	if (!AggCheckCallContext(fcinfo, &context))
		elog(ERROR, "not called by an aggregate");
	if (PG_ARGISNULL(0))
	{
		Oid			types[MOST_ARGS];

		box = MemoryContextAllocZero(context, sizeof(Box));
		for (i = 3; i < PG_NARGS(); i++)
			types[i - 3] = get_fn_expr_argtype(fcinfo->flinfo, i);
		look_up(&box->aggregate, PG_GETARG_OID(1), PG_NARGS() - 3, types);
		box->isnull = true;
	}
	else
		box = (Box *) PG_GETARG_POINTER(0);
	args[0].value = box->value;
	args[0].isnull = box->isnull;
	memcpy(args + 1, fcinfo->args + 3,
		   box->aggregate.nargs * sizeof(NullableDatum));
	value = wrapped_call(fcinfo, &box->aggregate, TRANSITION,
						 box->aggregate.nargs + 1, args, &isnull);
	if (!box->aggregate.state_by_value && !isnull &&
		(box->isnull || DatumGetPointer(value) != DatumGetPointer(box->value)))
	{
		if (PG_GETARG_BOOL(2) || !is_read_write(&box->aggregate, value) ||
			MemoryContextGetParent(DatumGetEOHP(value)->eoh_context) != context)
			value = copy_value(&box->aggregate, value, context);
		if (!box->isnull && !is_read_write(&box->aggregate, box->value))
			pfree(DatumGetPointer(box->value));
	}
	box->value = value;
	box->isnull = isnull;
	PG_RETURN_POINTER(box);
}

PG_FUNCTION_INFO_V1(hostile_final);

/*
 * The result of the wrapped aggregate, as text.
 */
Datum
hostile_final(PG_FUNCTION_ARGS)
{
	Box		   *box;
	NullableDatum args[1];
	Datum		result;
	bool		isnull;
	Oid			output;
	Oid			type;
	bool		is_varlena;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	box = (Box *) PG_GETARG_POINTER(0);
	args[0].value = result = box->value;
	args[0].isnull = isnull = box->isnull;
	type = box->aggregate.state_type;
	if (OidIsValid(box->aggregate.final))
	{
		type = get_func_rettype(box->aggregate.final);
		result = wrapped_call(fcinfo, &box->aggregate, FINAL, 1, args,
							  &isnull);
	}
	if (isnull)
		PG_RETURN_NULL();
	getTypeOutputInfo(type, &output, &is_varlena);
	PG_RETURN_TEXT_P(cstring_to_text(OidOutputFunctionCall(output, result)));
}
