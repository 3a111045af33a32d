/*-------------------------------------------------------------------------
 *
 * decide.c
 *	  The rare path: an edge was crossed, or an outcome seen, and SQL is to
 *	  write down what follows.
 *
 * Decision rules are SQL over configuration that people edit.  Whatever goes
 * wrong in them must not fail the application's INSERT, so each call runs in
 * a subtransaction: on an error its changes are undone, and the error becomes
 * a row of pls.decisions with reason "error".  The standing has said since
 * before that the decision is due, so the sweep takes it again, even if
 * writing that row failed as well.  Only a cancelled query or a server that
 * is shutting down passes through.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/memutils.h"
#include "utils/resowner.h"

#include "pls.h"

#define MAX_PARAMETERS 6

/* A statement of the rare path, planned once per backend. */
typedef struct Statement
{
	const char *sql;
	int			nparameters;
	Oid			types[MAX_PARAMETERS];
	SPIPlanPtr	plan;			/* kept; NULL until planned */
	int			running;		/* calls under way: decisions may nest */
} Statement;

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
	if (statement->running > 1)
		return plan;
	if (SPI_keepplan(plan) != 0)
		elog(ERROR, "SPI_keepplan failed");
	if (statement->plan != NULL)
		SPI_freeplan(statement->plan);
	statement->plan = plan;
	return plan;
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
 * Run a statement in a subtransaction.  On an error its effects are undone
 * and the error is returned; NULL if all went well.
 */
static ErrorData *
run_isolated(Statement *statement, Datum *values, char **answer)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	ErrorData  *volatile error = NULL;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	statement->running++;
	PG_TRY();
	{
		char	   *result = run_as_owner(statement, values, context);

		if (answer != NULL)
			*answer = result;
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
	statement->running--;
	MemoryContextSwitchTo(context);
	CurrentResourceOwner = owner;
	if (error != NULL && must_pass_through(error))
		ReThrowError(error);
	return error;
}

static void
log_failure(const char *what, const char *entity, const ErrorData *error)
{
	ereport(LOG,
			(errcode(error->sqlerrcode),
			 errmsg("pls: %s for \"%s\" failed: %s", what, entity,
					error->message),
			 error->context ? errcontext("%s", error->context) : 0));
}

/*
 * Decide what an entity's crossing into a lane leads to.  The standing has
 * been written by this transaction and is held by it.
 */
void
pls_decide(const char *motion, const char *entity, PlsLane lane,
		   TimestampTz as_of)
{
	Datum		values[MAX_PARAMETERS];
	char	   *reason = NULL;
	ErrorData  *error;

	values[0] = CStringGetTextDatum(motion);
	values[1] = CStringGetTextDatum(entity);
	values[2] = CStringGetTextDatum(pls_lane_name(lane));
	values[3] = TimestampTzGetDatum(as_of);
	error = run_isolated(&decide_statement, values, &reason);
	if (error != NULL)
	{
		log_failure("a decision", entity, error);
		values[4] = CStringGetTextDatum(unpack_sql_state(error->sqlerrcode));
		values[5] = CStringGetTextDatum(error->message);
		error = run_isolated(&error_statement, values, NULL);
		if (error != NULL)
			log_failure("recording an error", entity, error);
	}
	else if (pls_log_decisions)
		ereport(LOG,
				(errmsg("pls: motion \"%s\", \"%s\": %s", motion, entity,
						reason ? reason : "no decision")));
}

/*
 * Write down an outcome that an event has shown.
 */
void
pls_record_outcome(const PlsModel *model, const PlsOutcomeRule *rule,
				   const char *entity, PlsSeconds at)
{
	Datum		values[MAX_PARAMETERS];
	ErrorData  *error;

	values[0] = CStringGetTextDatum(model->motion);
	values[1] = CStringGetTextDatum(entity);
	values[2] = CStringGetTextDatum(rule->outcome);
	values[3] = TimestampTzGetDatum(time_t_to_timestamptz((pg_time_t) at));
	values[4] = CStringGetTextDatum(rule->signal);
	error = run_isolated(&outcome_statement, values, NULL);
	if (error != NULL)
		log_failure("recording an outcome", entity, error);
}
