/*-------------------------------------------------------------------------
 *
 * turns.c
 *	  Whose turn it is in a pool.
 *
 * The members' turns are those of the newest row of pls_internal.turn_counts and what
 * came since (sql/50_decide/20_turns.sql), put together here because a pick is part of
 * every decision beneath an application's INSERT: a few look-ups by an index,
 * whatever the pool's turns come to.  Absences that last, and turns that came
 * late, are rare; what they are worth is asked of SQL.  So is everything
 * where there are no counts to go by.
 *
 * All reads are made with the snapshot of the calling query, as those of any
 * STABLE function are, and with the caller's rights.  Who sees some of the
 * alerts only, by row-level security, is refused: what came out would not be
 * what comes out for the owner.
 *
 * Who is next among the members is decided in turn_order.c.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/numeric.h"
#include "utils/rls.h"
#include "utils/varlena.h"

#include "decision/turn_order.h"
#include "decision/turns_since.h"
#include "owner.h"
#include "pls_compat.h"
#include "statement.h"

/* Start of the period, and who is away at that instant. */
static PlsStatement period_lookup = {
	"SELECT pls_internal.period_start(p.period, $2),"
	" (SELECT pg_catalog.array_agg(a.rep) FROM pls.absences a"
	"   WHERE pg_catalog.tstzrange(a.absent_from, a.absent_until)"
	"         OPERATOR(pg_catalog.@>) $2)"
	" FROM pls.pools p WHERE p.pool OPERATOR(pg_catalog.=) $1",
	2, {TEXTOID, TIMESTAMPTZOID}, CURSOR_OPT_GENERIC_PLAN
};

static PlsStatement counts_lookup = {
	"SELECT c.since, c.counted_to, c.newest, c.next_end,"
	" c.reps, c.turns, c.credits, c.away_since, c"
	" FROM pls_internal.turn_counts c"
	" WHERE c.pool OPERATOR(pg_catalog.=) $1"
	" ORDER BY c.count_id DESC LIMIT 1",
	1, {TEXTOID}, CURSOR_OPT_GENERIC_PLAN
};

/* What has ended between two instants. */
static PlsStatement ended_lookup = {
	"SELECT FROM pls.absences a"
	" WHERE a.absent_until OPERATOR(pg_catalog.>=) $1"
	"   AND a.absent_until OPERATOR(pg_catalog.<=) $2 LIMIT 1",
	2, {TIMESTAMPTZOID, TIMESTAMPTZOID}, CURSOR_OPT_GENERIC_PLAN
};

static PlsStatement credits_lookup = {
	"SELECT l.rep, l.credit FROM pls_internal.lasting_credits($1, $2, $3, $4, $5) l"
	" WHERE l.credit IS NOT NULL"
	" UNION ALL"
	" SELECT l.rep, l.credit FROM pls_internal.late_credits($1, $2, $3, $4) l",
	5, {InvalidOid, TEXTARRAYOID, TIMESTAMPTZARRAYOID, INT4ARRAYOID,
	TIMESTAMPTZOID}, CURSOR_OPT_GENERIC_PLAN
};

/* What sessions of which the clock is ahead have taken. */
static PlsStatement ahead_lookup = {
	"SELECT a.charged_to, pg_catalog.count(*) FROM pls.alerts a"
	" WHERE a.pool OPERATOR(pg_catalog.=) $1 AND a.charged_to IS NOT NULL"
	" AND a.charged_at OPERATOR(pg_catalog.>) $2 GROUP BY a.charged_to",
	2, {TEXTOID, TIMESTAMPTZOID}, CURSOR_OPT_GENERIC_PLAN
};

static PlsStatement members_lookup = {
	"SELECT m.rep, m.weight, m.position, m.calibration, m.why_not"
	" FROM pls_internal.pool_members_at($1, $2, $3, $4, $5) m",
	5, {TEXTOID, TIMESTAMPTZOID, TIMESTAMPTZOID, TEXTARRAYOID, BOOLOID}, CURSOR_OPT_GENERIC_PLAN
};

static PlsStatement anew_lookup = {
	"SELECT t.rep, t.weight, t.position, t.calibration, t.why_not, t.turns"
	" FROM pls_internal.turns_by_alerts($1, $2, $3) t",
	3, {TEXTOID, TIMESTAMPTZOID, BOOLOID}, CURSOR_OPT_GENERIC_PLAN
};

/* Who took the last turn before the period that holds an instant. */
static PlsStatement before_lookup = {
	"SELECT a.charged_to FROM pls.alerts a"
	" WHERE a.pool OPERATOR(pg_catalog.=) $1 AND a.charged_to IS NOT NULL"
	" AND a.charged_at OPERATOR(pg_catalog.<)"
	" (SELECT pls_internal.period_start(p.period, $2) FROM pls.pools p"
	"   WHERE p.pool OPERATOR(pg_catalog.=) $1)"
	" ORDER BY a.charged_at DESC, a.alert_id DESC LIMIT 1",
	2, {TEXTOID, TIMESTAMPTZOID}, CURSOR_OPT_GENERIC_PLAN
};

/* How many of the pool's last turns, of so many, were a member's. */
static PlsStatement run_lookup = {
	"SELECT pg_catalog.count(*) FROM"
	" (SELECT a.charged_to FROM pls.alerts a"
	"   WHERE a.pool OPERATOR(pg_catalog.=) $1 AND a.charged_to IS NOT NULL"
	"     AND a.charged_at OPERATOR(pg_catalog.<=) $2"
	"   ORDER BY a.charged_at DESC, a.alert_id DESC LIMIT $4) n"
	" WHERE n.charged_to OPERATOR(pg_catalog.=) $3",
	4, {TEXTOID, TIMESTAMPTZOID, TEXTOID, INT8OID}, CURSOR_OPT_GENERIC_PLAN
};

static PlsStatement access_lookup = {
	"SELECT pls_internal.has_access('analyst', 'revops')",
	0, {InvalidOid}, CURSOR_OPT_GENERIC_PLAN
};

/* Turns that a pick counts: the counts' arrays and what came since. */
typedef struct Turns
{
	TimestampTz since;
	bool		usable;			/* there are counts, and they hold */
	bool		unsettled;		/* absences may be over that are not settled */
	bool		lasting;		/* absences may have lasted when counted */
	TimestampTz counted_to;
	TimestampTz newest;			/* of the counts and what came */
	Datum		counts;			/* the row */
	Datum		away;			/* array of reps */
	bool		nobody_away;
	Datum	   *reps;
	Datum	   *turns;
	Datum	   *credits;
	int			n;
	Datum	   *came_reps;
	Datum	   *came_at;
	Datum	   *came_n;
	int			ncame;
} Turns;

/*
 * Run a query; InvalidOid among its types stands for pls_internal.turn_counts.
 */
static void
run(PlsStatement *lookup, Datum *values, const char *nulls)
{
	pls_statement_run(lookup, get_rel_type_id(pls_relation("turn_counts")),
					  values, nulls, true);
}

static TimestampTz
instant(uint64 row, int number, TimestampTz if_null)
{
	bool		isnull;
	Datum		value = pls_result_datum(row, number, &isnull);

	return isnull ? if_null : DatumGetTimestampTz(value);
}

/* Whether an array of instants has any that is not NULL. */
static bool
has_elements(Datum array)
{
	Datum	   *values;
	bool	   *nulls;
	int			n;

	deconstruct_array(DatumGetArrayTypeP(array), TIMESTAMPTZOID,
					  sizeof(TimestampTz), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE,
					  &values, &nulls, &n);
	while (n > 0 && nulls[n - 1])
		n--;
	return n > 0;
}

/*
 * The turns that came since the counts.  They cease to be usable where
 * absences or members have changed.
 */
static void
read_came(Turns *turns)
{
	PlsTurn    *came;
	int			n = pls_turns_since(DatumGetHeapTupleHeader(turns->counts),
									&came);
	int			i;

	turns->came_reps = palloc(sizeof(Datum) * (n + 1));
	turns->came_at = palloc(sizeof(Datum) * (n + 1));
	turns->came_n = palloc(sizeof(Datum) * (n + 1));
	for (i = 0; i < n; i++)
	{
		if (came[i].rep == (Datum) 0)
		{
			turns->usable = false;
			return;
		}
		if (came[i].has_no_instant)
			elog(ERROR, "a turn has no instant");
		if (came[i].charged_at < turns->since)
			continue;
		turns->came_reps[turns->ncame] = came[i].rep;
		turns->came_at[turns->ncame] = TimestampTzGetDatum(came[i].charged_at);
		turns->came_n[turns->ncame] = Int32GetDatum(came[i].n);
		turns->ncame++;
		turns->newest = Max(turns->newest, came[i].charged_at);
		if (came[i].charged_at < turns->counted_to)
			turns->unsettled = true;
	}
}

/*
 * Row-level security shows all alerts to some, who then have them counted anew.
 */
static void
check_sees_all(void)
{
	run(&access_lookup, NULL, NULL);
	if (!DatumGetBool(pls_result_not_null(0, 1)))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("whose turn it is cannot be told to role \"%s\"",
						GetUserNameFromId(GetUserId(), false)),
				 errdetail("It follows from all alerts, of which the role sees some."),
				 errhint("Ask as a role with access of kind analyst or revops.")));
}

/*
 * What is counted of a pool's turns at an instant.
 */
static void
read_turns(Turns *turns, Datum pool, TimestampTz as_of)
{
	Datum		values[2] = {pool, TimestampTzGetDatum(as_of)};

	memset(turns, 0, sizeof(Turns));
	turns->since = turns->newest = DT_NOBEGIN;
	if (check_enable_rls(pls_relation("alerts"), InvalidOid,
						 true) == RLS_ENABLED)
	{
		check_sees_all();
		return;
	}
	run(&period_lookup, values, NULL);
	if (SPI_processed == 0)
		return;
	turns->since = instant(0, 1, DT_NOBEGIN);
	turns->away = pls_result_datum(0, 2, &turns->nobody_away);
	run(&counts_lookup, values, NULL);
	if (SPI_processed == 0 || instant(0, 1, DT_NOBEGIN) != turns->since)
		return;
	turns->counted_to = instant(0, 2, DT_NOEND);
	turns->newest = instant(0, 3, DT_NOBEGIN);
	turns->n = pls_elements(pls_result_not_null(0, 5), TEXTOID, &turns->reps);
	(void) pls_elements(pls_result_not_null(0, 6), INT8OID, &turns->turns);
	(void) pls_elements(pls_result_not_null(0, 7), NUMERICOID, &turns->credits);
	turns->unsettled = instant(0, 4, DT_NOEND) <= as_of ||
		as_of < turns->counted_to;
	turns->lasting = has_elements(pls_result_not_null(0, 8));
	turns->counts = pls_result_not_null(0, 9);
	turns->usable = true;
	/* what has ended meanwhile is settled, though it lasted until then */
	if (as_of <= turns->counted_to)
	{
		values[0] = TimestampTzGetDatum(as_of);
		values[1] = TimestampTzGetDatum(turns->counted_to);
		run(&ended_lookup, values, NULL);
		turns->usable = SPI_processed == 0;
	}
	if (turns->usable)
		read_came(turns);
}

/* The rows of a query as members, with what columns 1 to 5 say of them. */
static void
read_members(PlsMembers *members)
{
	uint64		i;

	members->n = SPI_processed;
	members->items = palloc0(sizeof(PlsMember) * (SPI_processed + 1));
	for (i = 0; i < SPI_processed; i++)
	{
		PlsMember  *member = &members->items[i];
		bool		isnull;
		Datum		why_not = pls_result_datum(i, 5, &isnull);

		member->rep = DatumGetTextPP(pls_result_not_null(i, 1));
		member->weight = pls_result_not_null(i, 2);
		member->position = DatumGetInt32(pls_result_not_null(i, 3));
		member->calibration = pls_result_not_null(i, 4);
		if (!isnull)
			member->why_not = DatumGetTextPP(why_not);
	}
}

static PlsMember *
member_named(PlsMembers *members, Datum rep)
{
	text	   *name = DatumGetTextPP(rep);
	int			i;

	for (i = 0; i < members->n; i++)
	{
		if (pls_same_text(members->items[i].rep, name))
			return &members->items[i];
	}
	return NULL;
}

static void
add_credit(PlsMember *member, Datum credit)
{
	if (member != NULL)
		member->calibration = DirectFunctionCall2(numeric_add,
												  member->calibration, credit);
}

/* Absences that are not settled, and turns that were late for it. */
static void
add_lasting_credits(PlsMembers *members, Turns *turns, TimestampTz as_of)
{
	Datum		values[PLS_MAX_PARAMETERS];
	uint64		i;

	values[0] = turns->counts;
	values[1] = PointerGetDatum(construct_array(turns->came_reps, turns->ncame,
												TEXTOID, -1, false, TYPALIGN_INT));
	values[2] = PointerGetDatum(construct_array(turns->came_at, turns->ncame,
												TIMESTAMPTZOID, sizeof(TimestampTz),
												FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
	values[3] = PointerGetDatum(construct_array(turns->came_n, turns->ncame,
												INT4OID, sizeof(int32), true,
												TYPALIGN_INT));
	values[4] = TimestampTzGetDatum(as_of);
	run(&credits_lookup, values, NULL);
	for (i = 0; i < SPI_processed; i++)
		add_credit(member_named(members, pls_result_not_null(i, 1)),
				   pls_result_not_null(i, 2));
}

/*
 * The members of a pool at an instant, by the counts.  For a pick what an
 * absence is worth does not matter as long as it lasts.
 */
static void
read_counted(PlsMembers *members, Turns *turns, Datum pool, TimestampTz as_of,
			 bool in_hours, bool for_pick)
{
	Datum		values[5] = {pool, TimestampTzGetDatum(turns->since),
		TimestampTzGetDatum(as_of), turns->away,
	BoolGetDatum(in_hours)};
	int			i;

	run(&members_lookup, values, turns->nobody_away ? "   n " : NULL);
	read_members(members);
	for (i = 0; i < turns->n; i++)
	{
		PlsMember  *member = member_named(members, turns->reps[i]);

		if (member == NULL)
			continue;
		member->turns += DatumGetInt64(turns->turns[i]);
		add_credit(member, turns->credits[i]);
	}
	for (i = 0; i < turns->ncame; i++)
	{
		PlsMember  *member = member_named(members, turns->came_reps[i]);

		if (member != NULL)
			member->turns += DatumGetInt32(turns->came_n[i]);
	}
	if (turns->unsettled ||
		(!for_pick && (turns->lasting || !turns->nobody_away)))
		add_lasting_credits(members, turns, as_of);
	if (turns->newest > as_of)
	{
		uint64		row;

		values[1] = TimestampTzGetDatum(as_of);
		run(&ahead_lookup, values, NULL);
		for (row = 0; row < SPI_processed; row++)
		{
			PlsMember  *member = member_named(members,
											  pls_result_not_null(row, 1));

			if (member != NULL)
				member->turns -= DatumGetInt64(pls_result_not_null(row, 2));
		}
	}
}

/*
 * The members of a pool at an instant.  Within SPI, whose memory they are in.
 */
static void
read_pool(PlsMembers *members, Datum pool, TimestampTz as_of, bool in_hours,
		  bool for_pick)
{
	Turns		turns;
	Datum		values[3] = {pool, TimestampTzGetDatum(as_of),
	BoolGetDatum(in_hours)};
	uint64		i;

	read_turns(&turns, pool, as_of);
	if (turns.usable)
	{
		read_counted(members, &turns, pool, as_of, in_hours, for_pick);
		return;
	}
	run(&anew_lookup, values, NULL);
	read_members(members);
	for (i = 0; i < SPI_processed; i++)
		members->items[i].turns = DatumGetInt64(pls_result_not_null(i, 6));
}

PG_FUNCTION_INFO_V1(pls_pool_turns);

/*
 * pls.pool_turns(pool, as_of, in_hours) -> rows of (rep, weight, position,
 * turns, calibration, why_not).
 *
 * Errors: 42501 if row-level security shows the role some of the alerts only.
 */
Datum
pls_pool_turns(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	PlsMembers	members;
	int			i;

	InitMaterializedSRF(fcinfo, 0);
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	read_pool(&members, PG_GETARG_DATUM(0), PG_GETARG_TIMESTAMPTZ(1),
			  PG_GETARG_BOOL(2), false);
	for (i = 0; i < members.n; i++)
	{
		PlsMember  *member = &members.items[i];
		Datum		values[6];
		bool		nulls[6] = {false};

		values[0] = PointerGetDatum(member->rep);
		values[1] = member->weight;
		values[2] = Int32GetDatum(member->position);
		values[3] = Int64GetDatum(member->turns);
		values[4] = member->calibration;
		values[5] = PointerGetDatum(member->why_not);
		nulls[5] = member->why_not == NULL;
		tuplestore_putvalues(result->setResult, result->setDesc, values,
							 nulls);
	}
	SPI_finish();
	return (Datum) 0;
}

static void
push(JsonbParseState **state, const char *key, JsonbValue *value)
{
	JsonbValue	name;

	name.type = jbvString;
	name.val.string.val = unconstify(char *, key);
	name.val.string.len = strlen(key);
	(void) pushJsonbValue(state, WJB_KEY, &name);
	(void) pushJsonbValue(state, WJB_VALUE, value);
}

static void
push_text(JsonbParseState **state, const char *key, const text *string)
{
	JsonbValue	value;

	value.type = jbvString;
	value.val.string.val = VARDATA_ANY(string);
	value.val.string.len = VARSIZE_ANY_EXHDR(string);
	push(state, key, &value);
}

static void
push_amount(JsonbParseState **state, const char *key, Datum amount)
{
	JsonbValue	value;

	value.type = jbvNumeric;
	value.val.numeric = DatumGetNumeric(amount);
	push(state, key, &value);
}

/* To three decimals, without trailing zeros. */
static Datum
rounded(Datum amount)
{
	return DirectFunctionCall1(numeric_trim_scale,
							   DirectFunctionCall2(numeric_round, amount,
												   Int32GetDatum(3)));
}

static bool
is_away(const PlsMember *member)
{
	return member->why_not != NULL &&
		(pls_same_text(member->why_not, cstring_to_text("absent")) ||
		 pls_same_text(member->why_not, cstring_to_text("inactive")));
}

/*
 * The members as a trace tells them, in their order.
 */
static Jsonb *
candidates_of(PlsMembers *members, int64 run)
{
	Datum		zero = NumericGetDatum(int64_to_numeric(0));
	JsonbParseState *state = NULL;
	int			i;

	(void) pushJsonbValue(&state, WJB_BEGIN_ARRAY, NULL);
	for (i = 0; i < members->n; i++)
	{
		PlsMember  *member = &members->items[i];
		Datum		calibration = rounded(member->calibration);

		(void) pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
		push_text(&state, "rep", member->rep);
		push_amount(&state, "weight", member->weight);
		push_amount(&state, "turns",
					NumericGetDatum(int64_to_numeric(member->turns)));
		/* while somebody is away, it goes on */
		if (pls_compare_amounts(calibration, zero) != 0 && !is_away(member))
			push_amount(&state, "calibration", calibration);
		if (member->why_not == NULL)
			push_amount(&state, "shortfall",
						rounded(DirectFunctionCall2(numeric_div,
													member->scaled,
													members->weights)));
		else
			push_text(&state, "why_not", member->why_not);
		if (i == 0 && run > 0)
			push_amount(&state, "in_a_row",
						NumericGetDatum(int64_to_numeric(run)));
		(void) pushJsonbValue(&state, WJB_END_OBJECT, NULL);
	}
	return JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_ARRAY, NULL));
}

/*
 * Whether the member whose turn it would be has had all of the pool's last
 * turns, as many as it may take in a row; returns how many, or 0.
 */
static int64
run_of_first(PlsMembers *members, Datum pool, TimestampTz as_of)
{
	int64		limit = pls_run_limit(members);
	Datum		values[4] = {pool, TimestampTzGetDatum(as_of), (Datum) 0,
	Int64GetDatum(limit)};

	if (limit == 0)
		return 0;
	values[2] = PointerGetDatum(members->items[0].rep);
	run(&run_lookup, values, NULL);
	return DatumGetInt64(pls_result_not_null(0, 1)) == limit ? limit : 0;
}

/* The member who took the last turn of the period before; NULL: nobody. */
static const PlsMember *
last_of_period_before(PlsMembers *members, Datum pool, TimestampTz as_of)
{
	Datum		values[2] = {pool, TimestampTzGetDatum(as_of)};

	run(&before_lookup, values, NULL);
	return SPI_processed == 0 ? NULL :
		member_named(members, pls_result_not_null(0, 1));
}

PG_FUNCTION_INFO_V1(pls_next_turn);

/*
 * pls_internal.next_turn(pool, as_of, in_hours) -> (rep, candidates).  NULL
 * stands for a pool or an instant that there is not: nobody, and no
 * candidates.
 *
 * Errors: 42501 if row-level security shows the role some of the alerts only.
 */
Datum
pls_next_turn(PG_FUNCTION_ARGS)
{
	MemoryContext context = CurrentMemoryContext;
	TupleDesc	tupdesc;
	PlsMembers	members = {0};
	const PlsMember *next = NULL;
	int64		run = 0;
	Datum		values[2];
	bool		nulls[2] = {true, false};

	if (get_call_result_type(fcinfo, NULL, &tupdesc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	tupdesc = BlessTupleDesc(tupdesc);
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (!PG_ARGISNULL(0) && !PG_ARGISNULL(1))
	{
		Datum		pool = PG_GETARG_DATUM(0);
		TimestampTz as_of = PG_GETARG_TIMESTAMPTZ(1);

		read_pool(&members, pool, as_of,
				  !PG_ARGISNULL(2) && PG_GETARG_BOOL(2), true);
		pls_rank_members(&members,
						 last_of_period_before(&members, pool, as_of));
		run = run_of_first(&members, pool, as_of);
		next = pls_first_member(&members, run);
	}
	if (next != NULL)
	{
		nulls[0] = false;
		values[0] = PointerGetDatum(next->rep);
	}
	values[1] = JsonbPGetDatum(candidates_of(&members, run));
	/* out of SPI's memory, which the end releases */
	MemoryContextSwitchTo(context);
	values[1] = JsonbPGetDatum(DatumGetJsonbPCopy(values[1]));
	if (!nulls[0])
		values[0] = PointerGetDatum(DatumGetTextPCopy(values[0]));
	SPI_finish();
	return HeapTupleGetDatum(heap_form_tuple(tupdesc, values, nulls));
}
