/*-------------------------------------------------------------------------
 *
 * decide.c
 *	  The rare path: an edge was crossed, or an outcome seen, and SQL is to
 *	  write down what follows.
 *
 * Decision rules are SQL over configuration that people edit.  Whatever goes
 * wrong in them must not fail the application's INSERT, so they run in a
 * subtransaction: on an error its changes are undone, and the error becomes
 * a row of pls.decisions with reason "error".  The standing has said since
 * before that the decision is due, so the sweep takes it again, even if
 * writing that row failed as well.  Only a cancelled query or a server that
 * is shutting down passes through.
 *
 * The edges of a statement share a subtransaction, for a transaction with
 * many of them is dear to everybody's snapshots; if one fails, each gets its
 * own.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "storage/proc.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/resowner.h"

#include "pls.h"

#define MAX_PARAMETERS 6

#define EDGES_AT_ONCE 1000
#define LONGEST_WAIT 50			/* milliseconds, for a lock */

/* A statement of the rare path, planned once per backend. */
typedef struct Statement
{
	const char *sql;
	int			nparameters;
	Oid			types[MAX_PARAMETERS];
	SPIPlanPtr	plan;			/* kept; NULL until planned */
} Statement;

/* Calls under way: what is decided may lead to further decisions. */
static int	nesting = 0;

static Statement decide_statement = {
	"SELECT pls.decide($1, $2, $3, $4)",
	4, {TEXTOID, TEXTOID, TEXTOID, TIMESTAMPTZOID}
};

static Statement error_statement = {
	"SELECT pls.record_error($1, $2, $3, $4, $5, $6)",
	6, {TEXTOID, TEXTOID, TEXTOID, TIMESTAMPTZOID, TEXTOID, TEXTOID}
};

static Statement outcome_statement = {
	"SELECT pls.record_outcome($1, $2, $3, $4, $5)",
	5, {TEXTOID, TEXTOID, TEXTOID, TIMESTAMPTZOID, TEXTOID}
};

/*
 * The plan of a statement.  A plan that has become invalid while an outer
 * call executes it is left alone: the call at hand then makes one for itself.
 */
static SPIPlanPtr
plan_of(Statement *statement)
{
	SPIPlanPtr	plan;

	if (statement->plan != NULL && SPI_plan_is_valid(statement->plan))
		return statement->plan;
	plan = SPI_prepare(statement->sql, statement->nparameters,
					   statement->types);
	if (plan == NULL)
		elog(ERROR, "SPI_prepare failed for \"%s\": %s", statement->sql,
			 SPI_result_code_string(SPI_result));
	if (nesting > 1)
		return plan;
	if (SPI_keepplan(plan) != 0)
		elog(ERROR, "SPI_keepplan failed");
	if (statement->plan != NULL)
		SPI_freeplan(statement->plan);
	statement->plan = plan;
	return plan;
}

/*
 * Nothing in the rare path is meant to wait, but people may hold what it
 * reads and writes: a table that is being altered, an alert that is being
 * reopened.  Then the decision fails soon and is taken later.  The setting
 * ends with the owner's scope.
 */
static void
limit_waiting(void)
{
	if (LockTimeout > 0 && LockTimeout <= LONGEST_WAIT)
		return;
	(void) set_config_option("lock_timeout", CppAsString2(LONGEST_WAIT),
							 PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE,
							 true, 0, false);
}

/*
 * Run a statement as the owner and return its first column as text, in the
 * given context; NULL if it is NULL.
 */
static char *
run_as_owner(Statement *statement, Datum *values, MemoryContext context)
{
	PlsOwnerScope scope;
	char	   *answer;

	pls_owner_begin(&scope);
	limit_waiting();
	if (SPI_execute_plan(plan_of(statement), values, NULL, false,
						 1) != SPI_OK_SELECT || SPI_processed != 1)
		elog(ERROR, "pls: \"%s\" failed", statement->sql);
	answer = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1);
	if (answer != NULL)
		answer = MemoryContextStrdup(context, answer);
	pls_owner_end(&scope);
	return answer;
}

/*
 * Errors that are not the statement's own: somebody wants the whole query to
 * end.
 */
static bool
must_pass_through(const ErrorData *error)
{
	return error->sqlerrcode == ERRCODE_QUERY_CANCELED ||
		error->sqlerrcode == ERRCODE_ADMIN_SHUTDOWN ||
		error->sqlerrcode == ERRCODE_CRASH_SHUTDOWN ||
		error->sqlerrcode == ERRCODE_IDLE_SESSION_TIMEOUT;
}

/*
 * Do some work in a subtransaction.  On an error its effects are undone and
 * the error is returned; NULL if all went well.
 */
ErrorData *
pls_run_isolated(void (*work) (void *arg), void *arg)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	ErrorData  *volatile error = NULL;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	nesting++;
	PG_TRY();
	{
		work(arg);
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(context);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
	}
	PG_END_TRY();
	nesting--;
	MemoryContextSwitchTo(context);
	CurrentResourceOwner = owner;
	if (error != NULL && must_pass_through(error))
		ReThrowError(error);
	return error;
}

static void
log_failure(const char *what, const char *entity, const ErrorData *error)
{
	ereport(LOG_SERVER_ONLY,
			(errcode(error->sqlerrcode),
			 errmsg("pls: %s for \"%s\" failed: %s", what, entity,
					error->message),
			 error->context ? errcontext("%s", error->context) : 0));
}

/* Edges [first, last) of a list. */
typedef struct EdgeRange
{
	List	   *edges;
	int			first;
	int			last;
} EdgeRange;

static void
edge_values(const PlsEdge *edge, Datum *values)
{
	values[0] = CStringGetTextDatum(edge->motion);
	values[1] = CStringGetTextDatum(edge->entity);
	values[2] = CStringGetTextDatum(pls_lane_name(edge->lane));
	values[3] = TimestampTzGetDatum(edge->as_of);
}

static void
decide_range(void *arg)
{
	EdgeRange  *range = arg;
	int			i;

	for (i = range->first; i < range->last; i++)
	{
		PlsEdge    *edge = list_nth(range->edges, i);
		Datum		values[MAX_PARAMETERS];

		CHECK_FOR_INTERRUPTS();
		edge_values(edge, values);
		edge->reason = run_as_owner(&decide_statement, values,
									CurrentMemoryContext);
	}
}

/* A failed decision to write down. */
typedef struct FailedEdge
{
	const PlsEdge *edge;
	const ErrorData *error;
} FailedEdge;

static void
record_error(void *arg)
{
	FailedEdge *failed = arg;
	Datum		values[MAX_PARAMETERS];

	edge_values(failed->edge, values);
	values[4] = CStringGetTextDatum(unpack_sql_state(failed->error->sqlerrcode));
	values[5] = CStringGetTextDatum(failed->error->message);
	run_as_owner(&error_statement, values, CurrentMemoryContext);
}

/*
 * Decide about one edge by itself.  If that fails, and cannot be written down
 * either, it is an error where must_record says so.
 */
static void
decide_one(List *edges, int number, bool must_record)
{
	EdgeRange	range = {edges, number, number + 1};
	FailedEdge	failed = {list_nth(edges, number), NULL};
	ErrorData  *again;

	failed.error = pls_run_isolated(decide_range, &range);
	if (failed.error == NULL)
		return;
	log_failure("a decision", failed.edge->entity, failed.error);
	again = pls_run_isolated(record_error, &failed);
	if (again == NULL)
		return;
	log_failure("recording an error", failed.edge->entity, again);
	if (must_record)
		ReThrowError(again);
}

/*
 * Decide what crossings into lanes lead to: a list of PlsEdge.  The standings
 * have been written by this transaction and are held by it.  must_record: see
 * decide_one(); beneath an application's INSERT it is false.
 */
void
pls_decide(List *edges, bool must_record)
{
	int			first;
	int			i;

	for (first = 0; first < list_length(edges); first += EDGES_AT_ONCE)
	{
		EdgeRange	range = {edges, first,
		Min(first + EDGES_AT_ONCE, list_length(edges))};

		if (range.last - range.first > 1 &&
			pls_run_isolated(decide_range, &range) == NULL)
			continue;
		for (i = range.first; i < range.last; i++)
			decide_one(edges, i, must_record);
	}
	for (i = 0; pls_log_decisions && i < list_length(edges); i++)
	{
		PlsEdge    *edge = list_nth(edges, i);

		ereport(LOG_SERVER_ONLY,
				(errmsg("pls: motion \"%s\", \"%s\": %s", edge->motion,
						edge->entity, edge->reason ? edge->reason : "error")));
	}
}

static void
record_outcomes(void *arg)
{
	ListCell   *cell;

	foreach(cell, (List *) arg)
	{
		PlsSeenOutcome *seen = lfirst(cell);
		Datum		values[MAX_PARAMETERS];

		CHECK_FOR_INTERRUPTS();
		values[0] = CStringGetTextDatum(seen->motion);
		values[1] = CStringGetTextDatum(seen->entity);
		values[2] = CStringGetTextDatum(seen->rule->outcome);
		values[3] = TimestampTzGetDatum(time_t_to_timestamptz((pg_time_t)
															  seen->at));
		values[4] = CStringGetTextDatum(seen->rule->signal);
		run_as_owner(&outcome_statement, values, CurrentMemoryContext);
	}
}

/*
 * Write down the outcomes that events have shown: a list of PlsSeenOutcome.
 * One that fails by itself is logged, and left to the sweep.
 */
void
pls_record_outcomes(List *seen)
{
	ListCell   *cell;

	if (seen == NIL || (list_length(seen) > 1 &&
						pls_run_isolated(record_outcomes, seen) == NULL))
		return;
	foreach(cell, seen)
	{
		PlsSeenOutcome *outcome = lfirst(cell);
		ErrorData  *error = pls_run_isolated(record_outcomes,
											 list_make1(outcome));

		if (error == NULL)
			continue;
		log_failure("recording an outcome", outcome->entity, error);
		/* a rebuild finds it again */
		pls_backlog_ask_rebuild_once(outcome->entity, outcome->motion);
	}
}
