/*-------------------------------------------------------------------------
 *
 * reference.c
 *	  References among the configuration tables, which a dump may be loaded
 *	  against in any order.
 *
 * Foreign keys would do, were it not for pg_restore: the tables belong to an
 * extension, which makes them with all their constraints before the first
 * row is loaded, and several sessions load them in no order at all.  A row
 * that came before the one it refers to was lost, and with it all rows of
 * its COPY.  So what foreign keys do is done by triggers here, which stand
 * back while a dump is loaded (restore.c); pls.health names what has been
 * left without its referent.
 *
 * The rules are those of RI_FKey_* in core, in READ COMMITTED as well as in
 * the stricter isolation levels: the row referred to is locked FOR KEY SHARE,
 * so that it cannot go away meanwhile, and who removes it sees what others
 * have committed.  As there, queries run as the owner, and the triggers that
 * they set off are queued after those of the user's statement.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "owner.h"
#include "trigger_call.h"

/* The arguments of both triggers. */
enum
{
	ARG_TABLE,					/* the table that refers */
	ARG_COLUMN,
	ARG_REFERRED_TABLE,
	ARG_REFERRED_COLUMN,
	ARG_ON_DELETE,				/* cascade or refuse */
	NARGUMENTS
};

/*
 * Raise an error unless called as a trigger of one of the two tables, after
 * the event, and with all arguments.
 */
static void
check_call(FunctionCallInfo fcinfo, const char *function)
{
	TriggerData *trigger = pls_trigger_call(fcinfo, function);

	if (!TRIGGER_FIRED_AFTER(trigger->tg_event) ||
		(!TRIGGER_FIRED_FOR_ROW(trigger->tg_event) &&
		 !TRIGGER_FIRED_BY_TRUNCATE(trigger->tg_event)))
		pls_refuse_trigger(function,
						   "must be fired AFTER ROW or AFTER TRUNCATE", NULL);
	if (trigger->tg_trigger->tgnargs != NARGUMENTS ||
		!pls_is_own_schema(RelationGetNamespace(trigger->tg_relation)))
		pls_refuse_trigger(function, "is for the tables of pls only", NULL);
}

/*
 * The value of a row's text column, in the caller's memory; NULL if it is
 * null.
 */
static char *
value_of(Relation relation, HeapTuple tuple, const char *column)
{
	TupleDesc	tupdesc = RelationGetDescr(relation);
	int			attnum = SPI_fnumber(tupdesc, column);

	if (attnum <= 0)
		elog(ERROR, "table \"%s\" has no column \"%s\"",
			 RelationGetRelationName(relation), column);
	return SPI_getvalue(tuple, tupdesc, attnum);
}

/*
 * Whether two values are the same; NULL is the same as NULL.
 */
static bool
same_value(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return strcmp(a, b) == 0;
}

/*
 * The name under which errors know the reference: what core would call it.
 */
static char *
constraint_name(char **args)
{
	return psprintf("%s_%s_fkey", args[ARG_TABLE], args[ARG_COLUMN]);
}

/*
 * Run a query with one or two texts as the owner and return the number of
 * rows, at most limit (0: all).  With others_too a transaction that keeps its
 * snapshot sees what has been committed since, and fails if it would change
 * that, as for a foreign key.
 */
static uint64
run(const char *query, const char *first, const char *second,
	bool others_too, int limit)
{
	Oid			types[2] = {TEXTOID, TEXTOID};
	Datum		values[2] = {0};
	int			nargs = 0;
	Snapshot	test = InvalidSnapshot;
	Snapshot	crosscheck = InvalidSnapshot;
	PlsOwnerScope scope;
	SPIPlanPtr	plan;
	uint64		rows;

	if (first != NULL)
		values[nargs++] = CStringGetTextDatum(first);
	if (second != NULL)
		values[nargs++] = CStringGetTextDatum(second);
	pls_owner_begin(&scope);
	plan = SPI_prepare(query, nargs, types);
	if (plan == NULL)
		elog(ERROR, "SPI_prepare failed: %s",
			 SPI_result_code_string(SPI_result));
	if (others_too && IsolationUsesXactSnapshot())
	{
		CommandCounterIncrement();	/* ours, too */
		test = GetLatestSnapshot();
		crosscheck = GetTransactionSnapshot();
	}
	if (SPI_execute_snapshot(plan, values, NULL, test, crosscheck, false,
							 false, limit) < 0)
		elog(ERROR, "SPI_execute_snapshot failed");
	rows = SPI_processed;
	pls_owner_end(&scope);
	return rows;
}

/*
 * Build a query from a format whose %s are names of tables and columns, which
 * are quoted.
 */
static char *
query_of(const char *format, const char *a, const char *b, const char *c,
		 const char *d)
{
	return psprintf(format, quote_identifier(a), quote_identifier(b),
					quote_identifier(c), quote_identifier(d));
}

PG_FUNCTION_INFO_V1(pls_check_reference);

/*
 * pls_internal.check_reference() -> trigger, AFTER INSERT OR UPDATE of the table that
 * refers: the row referred to must be there, and stays until the transaction
 * ends.  NULL refers to nothing.
 *
 * Errors: 23503 if it is not, 39P01 if it is not fired as it is meant to be.
 */
Datum
pls_check_reference(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	char	  **args;
	HeapTuple	tuple;
	char	   *value;
	char	   *query;

	check_call(fcinfo, "check_reference");
	args = trigger->tg_trigger->tgargs;
	tuple = trigger->tg_trigtuple;
	if (TRIGGER_FIRED_BY_UPDATE(trigger->tg_event))
		tuple = trigger->tg_newtuple;
	value = value_of(trigger->tg_relation, tuple, args[ARG_COLUMN]);
	if (value == NULL ||
		(TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) &&
		 same_value(value, value_of(trigger->tg_relation,
									trigger->tg_trigtuple,
									args[ARG_COLUMN]))))
		return PointerGetDatum(NULL);

	query = query_of("SELECT FROM ONLY pls.%s AS r WHERE r.%s = $1 FOR KEY SHARE OF r",
					 args[ARG_REFERRED_TABLE], args[ARG_REFERRED_COLUMN],
					 "", "");
	if (run(query, value, NULL, false, 1) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_FOREIGN_KEY_VIOLATION),
				 errmsg("insert or update on table \"%s\" violates foreign key constraint \"%s\"",
						args[ARG_TABLE], constraint_name(args)),
				 errdetail("Key (%s)=(%s) is not present in table \"%s\".",
						   args[ARG_COLUMN], value, args[ARG_REFERRED_TABLE]),
				 errhint("Insert it into pls.%s first.",
						 args[ARG_REFERRED_TABLE]),
				 errtableconstraint(trigger->tg_relation,
									constraint_name(args))));
	return PointerGetDatum(NULL);
}

/*
 * Refuse that what is referred to goes away: all of it (value NULL), or one
 * that no other row has taken the place of.
 */
static void
refuse_if_referred(TriggerData *trigger, const char *value)
{
	char	  **args = trigger->tg_trigger->tgargs;
	char	   *query;

	if (value == NULL)
		query = query_of("SELECT FROM ONLY pls.%s AS c WHERE c.%s IS NOT NULL",
						 args[ARG_TABLE], args[ARG_COLUMN], "", "");
	else
		query = query_of("SELECT FROM ONLY pls.%s AS c WHERE c.%s = $1"
						 " AND NOT EXISTS (SELECT FROM ONLY pls.%s AS r WHERE r.%s = $1)"
						 " FOR KEY SHARE OF c",
						 args[ARG_TABLE], args[ARG_COLUMN],
						 args[ARG_REFERRED_TABLE], args[ARG_REFERRED_COLUMN]);
	if (run(query, value, NULL, true, 1) == 0)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_FOREIGN_KEY_VIOLATION),
			 errmsg("update or delete on table \"%s\" violates foreign key constraint \"%s\" on table \"%s\"",
					args[ARG_REFERRED_TABLE], constraint_name(args),
					args[ARG_TABLE]),
			 value == NULL
			 ? errdetail("Table \"%s\" refers to it.", args[ARG_TABLE])
			 : errdetail("Key (%s)=(%s) is still referenced from table \"%s\".",
						 args[ARG_REFERRED_COLUMN], value, args[ARG_TABLE]),
			 errhint("Change or delete its rows in pls.%s first.",
					 args[ARG_TABLE]),
			 errtableconstraint(trigger->tg_relation,
								constraint_name(args))));
}

PG_FUNCTION_INFO_V1(pls_follow_reference);

/*
 * pls_internal.follow_reference() -> trigger, AFTER UPDATE OR DELETE, or TRUNCATE, of
 * the table referred to: rows that refer follow a new key; those of a deleted
 * row are deleted, or keep it from being deleted, as the last argument says.
 *
 * Errors: 23503 if they keep it, 39P01 if it is not fired as it is meant to
 * be.
 */
Datum
pls_follow_reference(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	char	  **args;
	char	   *before;

	check_call(fcinfo, "follow_reference");
	args = trigger->tg_trigger->tgargs;
	if (TRIGGER_FIRED_BY_TRUNCATE(trigger->tg_event))
	{
		refuse_if_referred(trigger, NULL);
		return PointerGetDatum(NULL);
	}
	before = value_of(trigger->tg_relation, trigger->tg_trigtuple,
					  args[ARG_REFERRED_COLUMN]);
	if (TRIGGER_FIRED_BY_UPDATE(trigger->tg_event))
	{
		char	   *after = value_of(trigger->tg_relation,
									 trigger->tg_newtuple,
									 args[ARG_REFERRED_COLUMN]);

		if (!same_value(before, after))
			run(query_of("UPDATE ONLY pls.%s AS c SET %s = $2 WHERE c.%s = $1",
						 args[ARG_TABLE], args[ARG_COLUMN], args[ARG_COLUMN],
						 ""),
				before, after, true, 0);
	}
	else if (strcmp(args[ARG_ON_DELETE], "cascade") == 0)
		run(query_of("DELETE FROM ONLY pls.%s AS c WHERE c.%s = $1",
					 args[ARG_TABLE], args[ARG_COLUMN], "", ""),
			before, NULL, true, 0);
	else
		refuse_if_referred(trigger, before);
	return PointerGetDatum(NULL);
}
