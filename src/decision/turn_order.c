/*-------------------------------------------------------------------------
 *
 * turn_order.c
 *	  Who of the members of a pool takes the next turn.
 *
 * The greatest weighted shortfall; ties go by weight and then by the list of
 * members, which in a new period begins after the member who took the last
 * turn of the period before.  Who has been over quota or full, and then is
 * not, lags behind by more than one turn and would take several in a row: so
 * nobody takes more than the share of its weight, and one, while there is
 * another.  The shortfall stays, and is made up for between the turns of
 * others.
 *
 * pls_next_turn() asks for members as the tables have them, a replay for those
 * that it keeps in memory.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/varlena.h"

#include "decision/turn_order.h"
#include "pls_compat.h"

/* So many turns are read; a share that allows more in a row is no limit. */
#define LONGEST_RUN 1000

/* The elements of an array without nulls. */
int
pls_elements(Datum array, Oid type, Datum **values)
{
	int			n;
	int16		length;
	bool		byval;
	char		align;

	get_typlenbyvalalign(type, &length, &byval, &align);
	deconstruct_array(DatumGetArrayTypeP(array), type, length, byval, align,
					  values, NULL, &n);
	return n;
}

/* Whether two texts have the same bytes. */
bool
pls_same_text(const text *a, const text *b)
{
	return VARSIZE_ANY_EXHDR(a) == VARSIZE_ANY_EXHDR(b) &&
		memcmp(VARDATA_ANY(a), VARDATA_ANY(b), VARSIZE_ANY_EXHDR(a)) == 0;
}

/* Turns, with those that calibration stands for. */
static Datum
had(const PlsMember *member)
{
	return DirectFunctionCall2(numeric_add, member->calibration,
							   NumericGetDatum(int64_to_numeric(member->turns)));
}

/*
 * shortfall_i * sum w = (N + sum c) * w_i - (n_i + c_i) * sum w: no division,
 * hence exact ties.  All sums run over the eligible.
 */
static void
scale_shortfalls(PlsMembers *members)
{
	Datum		all = NumericGetDatum(int64_to_numeric(0));
	Datum		weights = NumericGetDatum(int64_to_numeric(0));
	int			i;

	members->eligible = 0;
	for (i = 0; i < members->n; i++)
	{
		PlsMember  *member = &members->items[i];

		if (member->why_not != NULL)
			continue;
		all = DirectFunctionCall2(numeric_add, all, had(member));
		weights = DirectFunctionCall2(numeric_add, weights, member->weight);
		members->eligible++;
	}
	for (i = 0; i < members->n; i++)
	{
		PlsMember  *member = &members->items[i];

		if (member->why_not != NULL)
			continue;
		member->scaled =
			DirectFunctionCall2(numeric_sub,
								DirectFunctionCall2(numeric_mul, all,
													member->weight),
								DirectFunctionCall2(numeric_mul, had(member),
													weights));
	}
	members->weights = weights;
}

/* As a comparison of numerics: negative, 0 or positive. */
int
pls_compare_amounts(Datum a, Datum b)
{
	return DatumGetInt32(DirectFunctionCall2(numeric_cmp, a, b));
}

/* The order of the list of members. */
static int
compare_places(const PlsMember *a, const PlsMember *b)
{
	if (a->position != b->position)
		return a->position < b->position ? -1 : 1;
	return varstr_cmp(VARDATA_ANY(a->rep), VARSIZE_ANY_EXHDR(a->rep),
					  VARDATA_ANY(b->rep), VARSIZE_ANY_EXHDR(b->rep),
					  C_COLLATION_OID);
}

/* Who comes first: the greatest shortfall, weight, then place in the list. */
static int
compare_members(const void *x, const void *y)
{
	const PlsMember *a = x;
	const PlsMember *b = y;
	int			order = 0;

	if ((a->why_not == NULL) != (b->why_not == NULL))
		return a->why_not == NULL ? -1 : 1;
	if (a->why_not == NULL)
		order = pls_compare_amounts(b->scaled, a->scaled);
	if (order == 0)
		order = pls_compare_amounts(b->weight, a->weight);
	if (order == 0 && a->begins_anew != b->begins_anew)
		return a->begins_anew ? 1 : -1;
	return order != 0 ? order : compare_places(a, b);
}

/*
 * Put who takes the next turn first, then the others, those who take none
 * last.  follows took the last turn of the period before; NULL: nobody whose
 * place is known.
 */
void
pls_rank_members(PlsMembers *members, const PlsMember *follows)
{
	PlsMember	before = {0};
	int			i;

	if (follows != NULL)
		before = *follows;
	for (i = 0; i < members->n; i++)
		members->items[i].begins_anew = follows != NULL &&
			compare_places(&members->items[i], &before) <= 0;
	scale_shortfalls(members);
	qsort(members->items, members->n, sizeof(PlsMember), compare_members);
}

/*
 * How many turns in a row the first of ranked members may take: the share of
 * its weight, which is its weight by those of the other eligible ones, rounded
 * up, and one.  0: as many as come, since there is no other, or for so great a
 * share.
 */
int64
pls_run_limit(PlsMembers *members)
{
	Datum		most = NumericGetDatum(int64_to_numeric(LONGEST_RUN));
	Datum		weight;
	Datum		others;
	Datum		share;

	if (members->eligible < 2)
		return 0;
	weight = members->items[0].weight;
	others = DirectFunctionCall2(numeric_sub, members->weights, weight);
	share = DirectFunctionCall1(numeric_ceil,
								DirectFunctionCall2(numeric_div, weight,
													others));
	if (pls_compare_amounts(share, most) >= 0)
		return 0;
	return DatumGetInt64(DirectFunctionCall1(numeric_int8, share)) + 1;
}

/*
 * Whose turn it is among ranked members, if run of the last turns in a row
 * were the first one's; NULL: nobody's.
 */
const PlsMember *
pls_first_member(PlsMembers *members, int64 run)
{
	int64		limit = pls_run_limit(members);

	if (members->eligible == 0)
		return NULL;
	return &members->items[limit > 0 && run >= limit ? 1 : 0];
}

/* The elements of an argument, as many as there are members. */
static Datum *
member_elements(FunctionCallInfo fcinfo, int number, Oid type, int n)
{
	Datum	   *values;

	if (pls_elements(PG_GETARG_DATUM(number), type, &values) != n)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("the arrays of members differ in length")));
	return values;
}

PG_FUNCTION_INFO_V1(pls_whose_turn);

/*
 * pls_internal.whose_turn(reps, weights, positions, turns, calibrations,
 * follows, follows_position, newest, run) -> rep: the rule of pls_next_turn for
 * members that the caller knows, all of them eligible; NULL arrays: none.
 */
Datum
pls_whose_turn(PG_FUNCTION_ARGS)
{
	PlsMembers	members;
	PlsMember	follows = {0};
	const PlsMember *next;
	int64		run = 0;
	Datum	   *reps;
	Datum	   *weights;
	Datum	   *positions;
	Datum	   *turns;
	Datum	   *calibrations;
	int			i;

	for (i = 0; i < 5; i++)
	{
		if (PG_ARGISNULL(i))
			PG_RETURN_NULL();
	}
	members.n = pls_elements(PG_GETARG_DATUM(0), TEXTOID, &reps);
	weights = member_elements(fcinfo, 1, NUMERICOID, members.n);
	positions = member_elements(fcinfo, 2, INT4OID, members.n);
	turns = member_elements(fcinfo, 3, INT8OID, members.n);
	calibrations = member_elements(fcinfo, 4, NUMERICOID, members.n);
	if (members.n == 0)
		PG_RETURN_NULL();
	members.items = palloc0(sizeof(PlsMember) * members.n);
	for (i = 0; i < members.n; i++)
	{
		members.items[i].rep = DatumGetTextPP(reps[i]);
		members.items[i].weight = weights[i];
		members.items[i].position = DatumGetInt32(positions[i]);
		members.items[i].turns = DatumGetInt64(turns[i]);
		members.items[i].calibration = calibrations[i];
	}
	if (!PG_ARGISNULL(5) && !PG_ARGISNULL(6))
	{
		follows.rep = PG_GETARG_TEXT_PP(5);
		follows.position = PG_GETARG_INT32(6);
	}
	pls_rank_members(&members, follows.rep == NULL ? NULL : &follows);
	if (!PG_ARGISNULL(7) && !PG_ARGISNULL(8) &&
		pls_same_text(members.items[0].rep, PG_GETARG_TEXT_PP(7)))
		run = PG_GETARG_INT64(8);
	next = pls_first_member(&members, run);
	PG_RETURN_TEXT_P(next->rep);
}
