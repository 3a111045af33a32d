/*-------------------------------------------------------------------------
 *
 * alerts_seen.c
 *	  Which rows of a table belong to an alert that the current role sees, for
 *	  the policies of the table.
 *
 * Such a policy can look for the alerts of each row, by an index, which is
 * right for few rows; or read all alerts that the role sees, once, which is
 * right for many.  The planner has to choose before it knows whose alerts they
 * are, since the reps of a role come from a query of their own, and for
 * somebody with few alerts among many it is wrong by seconds.  So the choice is
 * made here, while rows come: the policy looks up each of them until that has
 * cost as much as reading all would, by the planner's figures; then the keys
 * are read into a hash table, which answers.  By these figures that costs at
 * most twice what the better of the two does.
 *
 * The query for all alerts names the reps and pools as constants, so that the
 * planner knows from statistics how many alerts they have.  It is run as the
 * current role, row-level security and all, in the snapshot of the query that
 * asks, and its result lasts as long as that query.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "executor/nodeHash.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "nodes/plannodes.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/plancache.h"

#include "pls.h"
#include "statement.h"

PG_FUNCTION_INFO_V1(pls_account_seen);
PG_FUNCTION_INFO_V1(pls_user_seen);
PG_FUNCTION_INFO_V1(pls_standing_seen);
PG_FUNCTION_INFO_V1(pls_alert_seen);

#define MAX_KEYS		2		/* columns of a key */
#define ROWS_AT_ONCE	1000
#define BLOCK_SIZE		((Size) 64 * 1024)
/* So many rows are looked up before it is asked what reading all costs. */
#define FEW_ROWS		32
/*
 * As the planner counts: what a look for the alerts of a row costs the policy,
 * and what a row of all alerts costs beyond its scan.  Measured at three
 * microseconds and one, where a unit of the planner's is about two.
 */
#define COST_OF_LOOK	2.0
#define COST_OF_ROW		0.5
/* A hash table may be as large, even if work_mem says less: a million ids. */
#define LEAST_MEMORY	((Size) 64 * 1024 * 1024)

/* What is asked of the alerts. */
typedef struct Question
{
	const char *columns;		/* the key, of pls.alerts a */
	const char *condition;
	int			nkeys;
} Question;

static const Question of_account = {"a.account_id", "a.account_id IS NOT NULL", 1};
static const Question of_user = {"a.entity_id", "a.unit OPERATOR(pg_catalog.=) 'user'", 1};
static const Question of_standing = {"a.entity_id, a.motion", "true", 2};
static const Question of_alert = {"a.alert_id", "true", 1};

typedef struct Key
{
	uint32		status;			/* of simplehash */
	uint32		hash;
	const char *bytes;			/* the number of them first */
} Key;

static inline uint32
length_of(const char *bytes)
{
	uint32		length;

	memcpy(&length, bytes, sizeof(length));
	return length;
}

static inline bool
is_same_key(const char *a, const char *b)
{
	return memcmp(a, b, sizeof(uint32)) == 0 &&
		memcmp(a, b, length_of(a)) == 0;
}

#define SH_PREFIX keys
#define SH_ELEMENT_TYPE Key
#define SH_KEY_TYPE const char *
#define SH_KEY bytes
#define SH_HASH_KEY(table, key) \
	hash_bytes((const unsigned char *) (key), (int) length_of(key))
#define SH_EQUAL(table, a, b) is_same_key(a, b)
#define SH_STORE_HASH
#define SH_GET_HASH(table, element) ((element)->hash)
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

/* What one call site of a query knows. */
typedef struct Seen
{
	const Question *question;
	Oid			role;			/* the current one */
	uint64		looks;			/* rows that the policy has looked up */
	double		worth;			/* so many are as dear as reading all */
	char	   *query;			/* that reads all; NULL: not made yet */
	bool		is_left;		/* the policy looks up whatever comes */
	keys_hash  *keys;			/* NULL: not read yet */
	MemoryContext context;		/* of the keys */
	char	   *block;			/* where the next key goes, if it fits */
	Size		left;
	StringInfoData key;			/* of the row at hand */
} Seen;

/*
 * Write a key: its length, then the columns, each with its own length.
 */
static void
write_key(StringInfo key, const Datum *values, const bool *by_value, int n)
{
	uint32		length = 0;
	int			i;

	resetStringInfo(key);
	appendBinaryStringInfo(key, (char *) &length, sizeof(length));
	for (i = 0; i < n; i++)
	{
		if (by_value[i])
			appendBinaryStringInfo(key, (char *) &values[i], sizeof(Datum));
		else
		{
			struct varlena *text = PG_DETOAST_DATUM_PACKED(values[i]);
			uint32		size = VARSIZE_ANY_EXHDR(text);

			appendBinaryStringInfo(key, (char *) &size, sizeof(size));
			appendBinaryStringInfo(key, VARDATA_ANY(text), size);
			if (PointerGetDatum(text) != values[i])
				pfree(text);
		}
	}
	length = key->len;
	memcpy(key->data, &length, sizeof(length));
}

/*
 * The query that reads the keys of all alerts the current role sees by the
 * policy of pls.  NULL: somebody has given pls.alerts another policy, too; then
 * only a look at the alerts of each row follows that.
 */
static char *
query_for_all(const Question *question, MemoryContext context)
{
	StringInfoData query;
	char	   *reps;
	char	   *pools;

	pls_query_run("SELECT pls_internal.my_reps(), pls_internal.my_pools()"
				  " WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_policy AS p"
				  " WHERE p.polrelid OPERATOR(pg_catalog.=) 'pls.alerts'::pg_catalog.regclass"
				  " AND p.polname OPERATOR(pg_catalog.<>) 'seen')",
				  0, NULL, NULL, NULL, true);
	if (SPI_processed == 0)
		return NULL;
	reps = pls_result_text(0, 1, CurrentMemoryContext);
	pools = pls_result_text(0, 2, CurrentMemoryContext);
	initStringInfo(&query);
	appendStringInfo(&query, "SELECT %s FROM pls.alerts AS a WHERE %s AND"
					 " (a.assigned_to OPERATOR(pg_catalog.=) ANY (%s::pg_catalog.text[])"
					 " OR a.pool OPERATOR(pg_catalog.=) ANY (%s::pg_catalog.text[]))",
					 question->columns, question->condition,
					 quote_literal_cstr(reps), quote_literal_cstr(pools));
	return MemoryContextStrdup(context, query.data);
}

static SPIPlanPtr
plan_for_all(const char *query)
{
	SPIPlanPtr	plan = SPI_prepare(query, 0, NULL);

	if (plan == NULL)
		elog(ERROR, "SPI_prepare failed for \"%s\": %s", query,
			 SPI_result_code_string(SPI_result));
	return plan;
}

static double
cost_of(SPIPlanPtr plan)
{
	CachedPlan *cached = SPI_plan_get_cached_plan(plan);
	Plan	   *top;
	double		cost;

	if (cached == NULL)
		elog(ERROR, "a query for alerts has no plan");
	top = linitial_node(PlannedStmt, cached->stmt_list)->planTree;
	cost = top->total_cost + top->plan_rows * COST_OF_ROW;
	ReleaseCachedPlan(cached, NULL);	/* the plan is not saved */
	return cost;
}

/*
 * A copy of the key at hand, one behind the other: most are short.
 */
static const char *
kept(Seen *seen)
{
	Size		size = seen->key.len;
	char	   *place;

	if (seen->left < size)
	{
		seen->left = Max(BLOCK_SIZE, size);
		seen->block = MemoryContextAlloc(seen->context, seen->left);
	}
	place = seen->block;
	seen->block += size;
	seen->left -= size;
	return memcpy(place, seen->key.data, size);
}

/*
 * Put the rows that SPI has fetched into the hash table.
 */
static void
keep_fetched(Seen *seen)
{
	TupleDesc	desc = SPI_tuptable->tupdesc;
	int			n = seen->question->nkeys;
	bool		by_value[MAX_KEYS];
	int			i;
	uint64		row;

	for (i = 0; i < n; i++)
		by_value[i] = TupleDescAttr(desc, i)->attbyval;
	for (row = 0; row < SPI_processed; row++)
	{
		Datum		values[MAX_KEYS];
		bool		found;
		Key		   *entry;

		for (i = 0; i < n; i++)
			values[i] = pls_result_not_null(row, i + 1);
		write_key(&seen->key, values, by_value, n);
		entry = keys_insert(seen->keys, seen->key.data, &found);
		if (!found)
			entry->bytes = kept(seen);
	}
}

/*
 * Read the keys of all alerts that the role sees, unless they take too much
 * memory: then the policy goes on looking up what comes.
 */
static void
read_all(Seen *seen, SPIPlanPtr plan)
{
	Size		room = Max(get_hash_memory_limit(), LEAST_MEMORY);
	Portal		portal = SPI_cursor_open(NULL, plan, NULL, NULL, true);

	seen->context = AllocSetContextCreate(GetMemoryChunkContext(seen),
										  "pls alerts seen",
										  ALLOCSET_DEFAULT_SIZES);
	seen->keys = keys_create(seen->context, 256, NULL);
	for (;;)
	{
		CHECK_FOR_INTERRUPTS();
		SPI_cursor_fetch(portal, true, ROWS_AT_ONCE);
		if (SPI_processed == 0)
			break;
		keep_fetched(seen);
		SPI_freetuptable(SPI_tuptable);
		if (MemoryContextMemAllocated(seen->context, true) > room)
		{
			MemoryContextDelete(seen->context);
			seen->keys = NULL;
			seen->is_left = true;
			break;
		}
	}
	SPI_cursor_close(portal);
}

/*
 * Ask what reading all alerts costs; read them if the looks at single rows
 * have cost as much.
 */
static void
weigh(Seen *seen)
{
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (seen->query == NULL)
		seen->query = query_for_all(seen->question, GetMemoryChunkContext(seen));
	if (seen->query == NULL)
		seen->is_left = true;
	else
	{
		SPIPlanPtr	plan = plan_for_all(seen->query);

		seen->worth = cost_of(plan) / COST_OF_LOOK;
		if (seen->looks >= seen->worth)
			read_all(seen, plan);
	}
	SPI_finish();
}

static Seen *
seen_of(FunctionCallInfo fcinfo, const Question *question)
{
	Seen	   *seen = fcinfo->flinfo->fn_extra;
	MemoryContext before;

	if (seen != NULL && seen->role == GetUserId())
		return seen;
	before = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);
	seen = palloc0(sizeof(Seen));
	seen->question = question;
	seen->role = GetUserId();
	seen->worth = FEW_ROWS;
	initStringInfo(&seen->key);
	MemoryContextSwitchTo(before);
	fcinfo->flinfo->fn_extra = seen;
	return seen;
}

/*
 * Whether the arguments are the key of an alert that the role sees; NULL: the
 * policy is to look.
 */
static Datum
is_seen(FunctionCallInfo fcinfo, const Question *question, bool by_value)
{
	Seen	   *seen = seen_of(fcinfo, question);
	Datum		values[MAX_KEYS];
	bool		are_by_value[MAX_KEYS];
	int			i;

	if (seen->keys == NULL && !seen->is_left && ++seen->looks > seen->worth)
		weigh(seen);
	if (seen->keys == NULL)
		PG_RETURN_NULL();
	for (i = 0; i < question->nkeys; i++)
	{
		values[i] = PG_GETARG_DATUM(i);
		are_by_value[i] = by_value;
	}
	write_key(&seen->key, values, are_by_value, question->nkeys);
	PG_RETURN_BOOL(keys_lookup(seen->keys, seen->key.data) != NULL);
}

Datum
pls_account_seen(PG_FUNCTION_ARGS)
{
	return is_seen(fcinfo, &of_account, false);
}

Datum
pls_user_seen(PG_FUNCTION_ARGS)
{
	return is_seen(fcinfo, &of_user, false);
}

Datum
pls_standing_seen(PG_FUNCTION_ARGS)
{
	return is_seen(fcinfo, &of_standing, false);
}

Datum
pls_alert_seen(PG_FUNCTION_ARGS)
{
	return is_seen(fcinfo, &of_alert, FLOAT8PASSBYVAL);
}
