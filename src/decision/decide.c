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
 * writing that row failed as well.  Only a canceled query or a server that
 * is shutting down passes through.
 *
 * The edges of a statement share a subtransaction, for a transaction with
 * many of them is dear to everybody's snapshots; if one fails, each gets its
 * own.
 *
 * An INSERT spends little time here, however many edges it brings and whoever
 * holds what is read and written: the sweep takes what is left.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/pg_list.h"
#include "nodes/value.h"
#include "storage/proc.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/resowner.h"
#include "utils/snapmgr.h"

#include "decision/decide.h"
#include "evidence/score.h"
#include "owner.h"
#include "pls.h"
#include "state/backlog.h"
#include "state/identity.h"
#include "state/keyed_table.h"
#include "statement.h"

#define FEW_OUTCOMES 20			/* each of which is left by itself */

/* Milliseconds. */
#define LONGEST_WAIT	50		/* of the sweep for a lock */
#define SHORT_WAIT		10		/* the same of an INSERT */
#define PAUSE			1000	/* after a lock was not free */

/* How long an INSERT may work on what follows from it; see is_spent(). */
typedef struct Budget
{
	TimestampTz end;			/* 0: not begun */
} Budget;

/* Until when this session leaves everything to the sweep. */
static TimestampTz left_alone_until = DT_NOBEGIN;

static PlsStatement decide_statement = {
	"SELECT pls_internal.decide($1, $2, $3, $4)",
	4, {TEXTOID, TEXTOID, TEXTOID, TIMESTAMPTZOID}
};

static PlsStatement error_statement = {
	"SELECT pls_internal.record_error($1, $2, $3, $4, $5, $6)",
	6, {TEXTOID, TEXTOID, TEXTOID, TIMESTAMPTZOID, TEXTOID, TEXTOID}
};

static PlsStatement outcome_statement = {
	"SELECT pls_internal.record_outcomes($1, $2, $3, $4, $5, $6)",
	6, {TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID,
	TIMESTAMPTZARRAYOID, TEXTARRAYOID}
};

/*
 * Whether a budget is spent; NULL never is.  It begins when that is first
 * asked, between the first thing that is done and the second: the first one of
 * a session takes long, for much is to be planned.
 */
static bool
is_spent(Budget *budget)
{
	TimestampTz now;

	if (budget == NULL)
		return false;
	now = GetCurrentTimestamp();
	if (budget->end == 0)
		budget->end = TimestampTzPlusMilliseconds(now, pls_decision_time);
	return now >= budget->end;
}

static bool
is_lock_error(const ErrorData *error)
{
	return error->sqlerrcode == ERRCODE_LOCK_NOT_AVAILABLE ||
		error->sqlerrcode == ERRCODE_T_R_DEADLOCK_DETECTED;
}

/*
 * A lock was not free.  It mostly stays so for a while, in which each further
 * INSERT of this session would wait for it again.
 */
static void
leave_alone(const ErrorData *error)
{
	left_alone_until = TimestampTzPlusMilliseconds(GetCurrentTimestamp(),
												   PAUSE);
	ereport(LOG_SERVER_ONLY,
			(errcode(error->sqlerrcode),
			 errmsg("pls: decisions are left to the sweep: %s",
					error->message),
			 error->context ? errcontext("%s", error->context) : 0));
}

/*
 * Whether a lock was not free a moment ago.  The clock may have gone back.
 */
static bool
is_left_alone(void)
{
	TimestampTz now;

	if (left_alone_until == DT_NOBEGIN)
		return false;
	now = GetCurrentTimestamp();
	if (now < left_alone_until &&
		TimestampTzPlusMilliseconds(now, PAUSE) >= left_alone_until)
		return true;
	left_alone_until = DT_NOBEGIN;
	return false;
}

/*
 * Nothing in the rare path is meant to wait, but people may hold what it
 * reads and writes: a table that is being altered, an alert that is being
 * reopened.  Then it fails soon and is done later.  The setting ends with the
 * owner's scope.
 */
static void
limit_waiting(const Budget *budget)
{
	const char *limit;

	limit = budget == NULL ? CppAsString2(LONGEST_WAIT) : CppAsString2(SHORT_WAIT);
	if (LockTimeout > 0 && LockTimeout <= atoi(limit))
		return;
	(void) set_config_option("lock_timeout", limit, PGC_USERSET,
							 PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
}

/*
 * Run a statement as the owner and return its first column as text, in the
 * given context; NULL if it is NULL.
 */
static char *
run_as_owner(PlsStatement *statement, Datum *values, const Budget *budget,
			 MemoryContext context)
{
	PlsOwnerScope scope;
	char	   *answer;

	pls_owner_begin(&scope);
	limit_waiting(budget);
	pls_statement_run(statement, InvalidOid, values, NULL, false);
	pls_result_is_one_row(statement->sql);
	answer = pls_result_text(0, 1, context);
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

/* ---------- decisions ---------- */

/* Edges [first, last) of a list, of which those before next are decided. */
typedef struct EdgeRange
{
	List	   *edges;
	int			first;
	int			last;
	int			next;
	Budget	   *budget;			/* NULL: no limit */
} EdgeRange;

static void
edge_values(const PlsEdge *edge, Datum *values)
{
	values[0] = CStringGetTextDatum(edge->motion);
	values[1] = CStringGetTextDatum(edge->entity);
	values[2] = CStringGetTextDatum(pls_lane_name(edge->lane));
	values[3] = TimestampTzGetDatum(edge->as_of);
}

/*
 * Decide about the edges of a range, the first one in any case.
 */
static void
decide_range(void *arg)
{
	EdgeRange  *range = arg;

	for (range->next = range->first; range->next < range->last; range->next++)
	{
		PlsEdge    *edge = list_nth(range->edges, range->next);
		Datum		values[PLS_MAX_PARAMETERS];

		CHECK_FOR_INTERRUPTS();
		if (range->next > range->first && is_spent(range->budget))
			return;
		edge_values(edge, values);
		edge->reason = run_as_owner(&decide_statement, values,
									range->budget, CurrentMemoryContext);
	}
}

/* A failed decision to write down. */
typedef struct FailedEdge
{
	const PlsEdge *edge;
	const ErrorData *error;
	const Budget *budget;
} FailedEdge;

static void
record_error(void *arg)
{
	FailedEdge *failed = arg;
	Datum		values[PLS_MAX_PARAMETERS];

	edge_values(failed->edge, values);
	values[4] = CStringGetTextDatum(unpack_sql_state(failed->error->sqlerrcode));
	values[5] = CStringGetTextDatum(failed->error->message);
	run_as_owner(&error_statement, values, failed->budget,
				 CurrentMemoryContext);
}

/*
 * Write down that a decision has failed, and why.  Returns the error if that
 * has failed as well.
 */
static ErrorData *
note_failed_decision(const PlsEdge *edge, const ErrorData *error,
					 const Budget *budget)
{
	FailedEdge	failed = {edge, error, budget};
	ErrorData  *again;

	log_failure("a decision", edge->entity, error);
	again = pls_run_isolated(record_error, &failed);
	if (again != NULL)
		log_failure("recording an error", edge->entity, again);
	return again;
}

static void
log_decision(const PlsEdge *edge)
{
	if (pls_log_decisions)
		ereport(LOG_SERVER_ONLY,
				(errmsg("pls: motion \"%s\", \"%s\": %s", edge->motion,
						edge->entity, edge->reason ? edge->reason : "error")));
}

/*
 * Decide what an entity's crossing into a lane leads to.  This transaction has
 * written its standing, and holds it.  For the sweep: what can neither be
 * decided nor written down as an error is an error of its own.
 */
void
pls_decide(PlsEdge *edge)
{
	EdgeRange	range = {list_make1(edge), 0, 1};
	ErrorData  *error = pls_run_isolated(decide_range, &range);

	if (error != NULL)
		error = note_failed_decision(edge, error, NULL);
	if (error != NULL)
		ReThrowError(error);
	log_decision(edge);
}

/*
 * Decide about edges one by one, each in a subtransaction of its own, as long
 * as the budget lasts.
 */
static void
decide_each(List *edges, Budget *budget)
{
	EdgeRange	range = {edges, 0, 0, 0, budget};

	for (; range.first < list_length(edges); range.first++)
	{
		PlsEdge    *edge = list_nth(edges, range.first);
		ErrorData  *error;

		if (range.first > 0 && is_spent(budget))
			return;
		range.last = range.first + 1;
		error = pls_run_isolated(decide_range, &range);
		if (error != NULL && is_lock_error(error))
		{
			leave_alone(error);
			return;
		}
		if (error != NULL)
			(void) note_failed_decision(edge, error, budget);
		log_decision(edge);
	}
}

/*
 * Decide what crossings into lanes lead to, beneath an application's INSERT: a
 * list of PlsEdge, like that of pls_decide().  It takes as long as a few
 * decisions do, and waits for no lock that is not free at once: what is left
 * is due, and the sweep decides it.
 */
void
pls_decide_some(List *edges)
{
	Budget		budget = {0};
	EdgeRange	range = {edges, 0, list_length(edges), 0, &budget};
	ErrorData  *error;
	int			i;

	if (edges == NIL || pls_decision_time == 0 || is_left_alone())
		return;
	if (list_length(edges) == 1)
	{
		decide_each(edges, &budget);
		return;
	}
	error = pls_run_isolated(decide_range, &range);
	if (error == NULL)
		for (i = 0; i < range.next; i++)
			log_decision(list_nth(edges, i));
	else if (is_lock_error(error))
		leave_alone(error);
	else
		decide_each(edges, &budget);
}

/* ---------- outcomes ---------- */

/* What the columns of an outcome are; see pls_internal.record_outcomes(). */
static const Oid outcome_types[] = {
	TEXTOID, TEXTOID, TEXTOID, TEXTOID, TIMESTAMPTZOID, TEXTOID
};

/* What is to be written down, and how long that may take. */
typedef struct OutcomeRange
{
	List	   *seen;			/* of PlsSeenOutcome */
	const Budget *budget;
} OutcomeRange;

static Datum
make_array(Datum *elements, int count, Oid type)
{
	int16		length;
	bool		by_value;
	char		align;

	get_typlenbyvalalign(type, &length, &by_value, &align);
	return PointerGetDatum(construct_array(elements, count, type, length,
										   by_value, align));
}

/*
 * The account of who has shown an outcome; empty: not known.
 */
static const char *
outcome_account(PlsIdentity *identity, const PlsSeenOutcome *seen)
{
	const char *account;

	if (!seen->unit_is_user)
		return seen->entity;
	account = pls_identity_account(identity, seen->entity, NULL);
	if (pls_identity_was_locked(identity))
		ereport(ERROR,
				(errcode(ERRCODE_LOCK_NOT_AVAILABLE),
				 errmsg("could not obtain lock on relation \"%s\"",
						"users")));
	return account ? account : "";
}

/*
 * Write down outcomes, all by one statement.  It reads no table: in a
 * serializable transaction that would make a conflict of what a tool does to
 * motions or users.
 */
static void
record_outcomes(void *arg)
{
	OutcomeRange *range = arg;
	PlsIdentity *identity = pls_identity_begin(SnapshotSelf,
											   PLS_KNOWN_USERS_MEMORY,
											   PLS_NO_WAIT);
	int			count = list_length(range->seen);
	Datum	   *columns[lengthof(outcome_types)];
	Datum		values[PLS_MAX_PARAMETERS];
	int			i;

	for (i = 0; i < lengthof(columns); i++)
		columns[i] = palloc(count * sizeof(Datum));
	for (i = 0; i < count; i++)
	{
		PlsSeenOutcome *seen = list_nth(range->seen, i);

		columns[0][i] = CStringGetTextDatum(seen->motion);
		columns[1][i] = CStringGetTextDatum(seen->entity);
		columns[2][i] = CStringGetTextDatum(outcome_account(identity, seen));
		columns[3][i] = CStringGetTextDatum(seen->rule->outcome);
		columns[4][i] =
			TimestampTzGetDatum(time_t_to_timestamptz((pg_time_t) seen->at));
		columns[5][i] = CStringGetTextDatum(seen->rule->signal);
	}
	pls_identity_end(identity);
	for (i = 0; i < lengthof(columns); i++)
		values[i] = make_array(columns[i], count, outcome_types[i]);
	run_as_owner(&outcome_statement, values, range->budget,
				 CurrentMemoryContext);
}

/*
 * Have outcomes found again by a rebuild: of their entities, or where these
 * are many of their motions.
 */
static void
leave_outcomes(List *seen, int first)
{
	bool		is_few = list_length(seen) - first <= FEW_OUTCOMES;
	List	   *motions = NIL;
	int			i;

	for (i = first; i < list_length(seen); i++)
	{
		PlsSeenOutcome *outcome = list_nth(seen, i);

		if (is_few)
			pls_backlog_ask_rebuild_once(outcome->entity, outcome->motion);
		else
			motions = list_append_unique(motions,
										 makeString((char *) outcome->motion));
	}
	for (i = 0; i < list_length(motions); i++)
		pls_backlog_ask_rebuild_once("", strVal(list_nth(motions, i)));
}

/*
 * Write down outcomes one by one, as long as the budget lasts.  One that fails
 * by itself is logged, and left to the sweep like those that come after it.
 */
static void
record_each_outcome(List *seen, Budget *budget)
{
	int			i;

	for (i = 0; i < list_length(seen) && (i == 0 || !is_spent(budget)); i++)
	{
		PlsSeenOutcome *outcome = list_nth(seen, i);
		OutcomeRange one = {list_make1(outcome), budget};
		ErrorData  *error = pls_run_isolated(record_outcomes, &one);

		if (error == NULL)
			continue;
		log_failure("recording an outcome", outcome->entity, error);
		leave_outcomes(one.seen, 0);
	}
	leave_outcomes(seen, i);
}

/*
 * Write down the outcomes that events have shown: a list of PlsSeenOutcome.
 */
void
pls_record_outcomes(List *seen)
{
	Budget		budget = {0};
	OutcomeRange range = {seen, &budget};
	ErrorData  *error;

	if (seen == NIL)
		return;
	if (is_left_alone())
	{
		leave_outcomes(seen, 0);
		return;
	}
	error = pls_run_isolated(record_outcomes, &range);
	if (error == NULL)
		return;
	if (!is_lock_error(error))
	{
		record_each_outcome(seen, &budget);
		return;
	}
	leave_alone(error);
	leave_outcomes(seen, 0);
}
