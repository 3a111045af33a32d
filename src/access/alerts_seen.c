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
 * made here, while rows come: each is looked up until that has cost as much as
 * reading all would, by the planner's figures; then the keys are read into a
 * hash table, which answers.  By these figures that costs at most twice what
 * the better of the two does.
 *
 * A look goes through the index itself (look_up()).  As a subquery of the
 * policy it would be dear in the eyes of the planner, which would have many a
 * short query compiled.  It and the hash table know the policy of pls on
 * pls.alerts, and so the reps and pools of the role, which are asked for once.
 * Where somebody has given that table another policy, or the index is gone,
 * SQL is asked about each row, as the current role.
 *
 * What is known lasts as long as the query that asks, and so does its
 * snapshot.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/relation.h"
#include "access/table.h"
#include "access/tableam.h"
#include "catalog/pg_am_d.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "executor/nodeHash.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "nodes/plannodes.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/plancache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "owner.h"
#include "pls.h"
#include "pls_compat.h"
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
 * As the planner counts: what a look costs, and what a row of all alerts costs
 * beyond its scan.  Measured at three microseconds and one, where a unit of
 * the planner's is about two.
 */
#define COST_OF_LOOK	2.0
#define COST_OF_ROW		0.5
/* A hash table may be as large, even if work_mem says less: a million ids. */
#define LEAST_MEMORY	((Size) 64 * 1024 * 1024)

/* What is asked of the alerts. */
typedef struct Question
{
	const char *columns;		/* the key, of pls.alerts a */
	const char *condition;		/* what holds of them besides */
	PlsStatement *one;			/* a query for one key */
	int			nkeys;
	Oid			type;			/* of each column of the key */
	/* how a look finds them */
	const char *index;
	const char *column;			/* the first of the key and of the index */
	const char *second;			/* one that equals a value; NULL: none */
	const char *fixed;			/* the value; NULL: the second of the key */
} Question;

#define ONE "SELECT EXISTS (SELECT FROM pls.alerts AS a WHERE "

static PlsStatement one_of_account = {
	.sql = ONE "a.account_id OPERATOR(pg_catalog.=) $1)",
	.nparameters = 1,
	.types = {TEXTOID}
};
static PlsStatement one_of_user = {
	.sql = ONE "a.entity_id OPERATOR(pg_catalog.=) $1"
	" AND a.unit OPERATOR(pg_catalog.=) 'user')",
	.nparameters = 1,
	.types = {TEXTOID}
};
static PlsStatement one_of_standing = {
	.sql = ONE "a.entity_id OPERATOR(pg_catalog.=) $1"
	" AND a.motion OPERATOR(pg_catalog.=) $2)",
	.nparameters = 2,
	.types = {TEXTOID, TEXTOID}
};
static PlsStatement one_alert = {
	.sql = ONE "a.alert_id OPERATOR(pg_catalog.=) $1)",
	.nparameters = 1,
	.types = {INT8OID}
};

static const Question of_account = {
	"a.account_id", "a.account_id IS NOT NULL", &one_of_account,
	1, TEXTOID, "alerts_of_account", "account_id", NULL, NULL
};
static const Question of_user = {
	"a.entity_id", "a.unit OPERATOR(pg_catalog.=) 'user'", &one_of_user,
	1, TEXTOID, "alerts_pkey", "entity_id", "unit", "user"
};
static const Question of_standing = {
	"a.entity_id, a.motion", "true", &one_of_standing,
	2, TEXTOID, "alerts_pkey", "entity_id", "motion", NULL
};
static const Question of_alert = {
	"a.alert_id", "true", &one_alert,
	1, INT8OID, "alerts_alert_id", "alert_id", NULL, NULL
};

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
	MemoryContext context;		/* of all of it */
	Oid			role;			/* the current one */
	Datum		reps;			/* its reps, an array of text */
	Datum		pools;			/* and their pools */
	/* for looks */
	Oid			alerts;
	Oid			index;			/* InvalidOid: SQL is to be asked */
	AttrNumber	assigned_to;
	AttrNumber	pool;
	AttrNumber	second;
	Datum		fixed;
	/* to choose */
	uint64		looks;			/* rows that have been looked up */
	double		worth;			/* so many are as dear as reading all */
	bool		is_left;		/* all are looked up, whatever comes */
	/* when all have been read */
	keys_hash  *keys;			/* NULL: not yet */
	MemoryContext keys_context;
	char	   *block;			/* where the next key goes, if it fits */
	Size		left;
	StringInfoData key;			/* of the row at hand */
} Seen;

/* ---------- keys ---------- */

/*
 * Write a key: its length, then the columns, each with its own length.
 */
static void
write_key(Seen *seen, const Datum *values)
{
	StringInfo	key = &seen->key;
	uint32		length = 0;
	int			i;

	resetStringInfo(key);
	appendBinaryStringInfo(key, (char *) &length, sizeof(length));
	for (i = 0; i < seen->question->nkeys; i++)
	{
		if (seen->question->type == INT8OID)
		{
			int64		number = DatumGetInt64(values[i]);

			appendBinaryStringInfo(key, (char *) &number, sizeof(number));
		}
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
		seen->block = MemoryContextAlloc(seen->keys_context, seen->left);
	}
	place = seen->block;
	seen->block += size;
	seen->left -= size;
	return memcpy(place, seen->key.data, size);
}

/* ---------- one row ---------- */

static bool
is_same_text(Datum a, Datum b)
{
	text	   *left = DatumGetTextPP(a);
	text	   *right = DatumGetTextPP(b);

	return VARSIZE_ANY_EXHDR(left) == VARSIZE_ANY_EXHDR(right) &&
		memcmp(VARDATA_ANY(left), VARDATA_ANY(right),
			   VARSIZE_ANY_EXHDR(left)) == 0;
}

/*
 * Whether a column of the row is among the texts of an array.
 */
static bool
is_among(TupleTableSlot *row, AttrNumber column, Datum array)
{
	ArrayIterator texts;
	bool		isnull;
	Datum		value = slot_getattr(row, column, &isnull);
	Datum		item;
	bool		found = false;

	if (isnull)
		return false;
	texts = array_create_iterator(DatumGetArrayTypeP(array), 0, NULL);
	while (!found && array_iterate(texts, &item, &isnull))
		found = !isnull && is_same_text(value, item);
	array_free_iterator(texts);
	return found;
}

/*
 * Whether an alert is one that is asked for, and the role sees it by the
 * policy of pls.
 */
static bool
is_meant(const Seen *seen, TupleTableSlot *alert, const Datum *values)
{
	const Question *question = seen->question;

	if (question->second != NULL)
	{
		bool		isnull;
		Datum		value = slot_getattr(alert, seen->second, &isnull);

		if (isnull || !is_same_text(value, question->fixed != NULL ?
									seen->fixed : values[1]))
			return false;
	}
	return is_among(alert, seen->assigned_to, seen->reps) ||
		is_among(alert, seen->pool, seen->pools);
}

/*
 * Whether the index finds all alerts by a column.
 */
static bool
is_index_by(Relation index, AttrNumber column)
{
	return index->rd_rel->relam == BTREE_AM_OID &&
		index->rd_index->indisvalid &&
		index->rd_index->indkey.values[0] == column &&
		heap_attisnull(index->rd_indextuple, Anum_pg_index_indpred, NULL);
}

/*
 * Look for an alert with this key.
 */
static bool
look_up(Seen *seen, const Datum *values)
{
	Relation	alerts = table_open(seen->alerts, AccessShareLock);
	Relation	index = index_open(seen->index, AccessShareLock);
	TupleTableSlot *slot = table_slot_create(alerts, NULL);
	IndexScanDesc scan = PLS_INDEX_BEGINSCAN(alerts, index,
											 GetActiveSnapshot(), 1);
	ScanKeyData key;
	bool		found = false;

	ScanKeyEntryInitialize(&key, 0, 1, BTEqualStrategyNumber, InvalidOid,
						   index->rd_indcollation[0],
						   seen->question->type == INT8OID ? F_INT8EQ :
						   F_TEXTEQ, values[0]);
	index_rescan(scan, &key, 1, NULL, 0);
	while (!found && index_getnext_slot(scan, ForwardScanDirection, slot))
	{
		CHECK_FOR_INTERRUPTS();
		found = is_meant(seen, slot, values);
	}
	index_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);
	index_close(index, NoLock);
	table_close(alerts, NoLock);
	return found;
}

/*
 * The same by SQL, with the policies that pls.alerts has.
 */
static bool
ask(const Seen *seen, Datum *values)
{
	bool		found;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	pls_statement_run(seen->question->one, InvalidOid, values, NULL, true);
	found = DatumGetBool(pls_result_not_null(0, 1));
	SPI_finish();
	return found;
}

/* ---------- all rows ---------- */

/*
 * The query that reads the keys of all alerts that the role sees.  The reps
 * and pools are constants in it, so that the planner knows from statistics
 * how many alerts they have.
 */
static char *
query_for_all(const Seen *seen)
{
	StringInfoData query;
	Oid			output;
	bool		is_varlena;

	getTypeOutputInfo(TEXTARRAYOID, &output, &is_varlena);
	initStringInfo(&query);
	appendStringInfo(&query, "SELECT %s FROM pls.alerts AS a WHERE %s AND"
					 " (a.assigned_to OPERATOR(pg_catalog.=) ANY (%s::pg_catalog.text[])"
					 " OR a.pool OPERATOR(pg_catalog.=) ANY (%s::pg_catalog.text[]))",
					 seen->question->columns, seen->question->condition,
					 quote_literal_cstr(OidOutputFunctionCall(output, seen->reps)),
					 quote_literal_cstr(OidOutputFunctionCall(output, seen->pools)));
	return query.data;
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
 * Put the rows that SPI has fetched into the hash table.
 */
static void
keep_fetched(Seen *seen)
{
	uint64		row;

	for (row = 0; row < SPI_processed; row++)
	{
		Datum		values[MAX_KEYS] = {0};
		bool		found;
		Key		   *entry;
		int			i;

		for (i = 0; i < seen->question->nkeys; i++)
			values[i] = pls_result_not_null(row, i + 1);
		write_key(seen, values);
		entry = keys_insert(seen->keys, seen->key.data, &found);
		if (!found)
			entry->bytes = kept(seen);
	}
}

/*
 * Read the keys of all alerts that the role sees, unless they take too much
 * memory: then each row is looked up, as before.
 */
static void
read_all(Seen *seen, SPIPlanPtr plan)
{
	Size		room = Max(get_hash_memory_limit(), LEAST_MEMORY);
	Portal		portal = SPI_cursor_open(NULL, plan, NULL, NULL, true);

	seen->keys_context = AllocSetContextCreate(seen->context,
											   "pls alerts seen",
											   ALLOCSET_DEFAULT_SIZES);
	seen->keys = keys_create(seen->keys_context, 256, NULL);
	for (;;)
	{
		CHECK_FOR_INTERRUPTS();
		SPI_cursor_fetch(portal, true, ROWS_AT_ONCE);
		if (SPI_processed == 0)
			break;
		keep_fetched(seen);
		SPI_freetuptable(SPI_tuptable);
		if (MemoryContextMemAllocated(seen->keys_context, true) > room)
		{
			MemoryContextDelete(seen->keys_context);
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
	char	   *query;
	SPIPlanPtr	plan;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	query = query_for_all(seen);
	plan = SPI_prepare(query, 0, NULL);
	if (plan == NULL)
		elog(ERROR, "SPI_prepare failed for \"%s\": %s", query,
			 SPI_result_code_string(SPI_result));
	seen->worth = cost_of(plan) / COST_OF_LOOK;
	if (seen->looks >= seen->worth)
		read_all(seen, plan);
	SPI_finish();
}

/* ---------- the beginning ---------- */

/*
 * Find out whose alerts the role sees.  False: pls.alerts has other policies
 * than that of pls, or none.
 */
static bool
learn_policy(Seen *seen)
{
	MemoryContext before;
	bool		is_ours;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	pls_query_run("SELECT pls_internal.my_reps(), pls_internal.my_pools(),"
				  " c.relrowsecurity AND NOT EXISTS (SELECT FROM pg_catalog.pg_policy AS p"
				  " WHERE p.polrelid OPERATOR(pg_catalog.=) c.oid"
				  " AND p.polname OPERATOR(pg_catalog.<>) 'seen')"
				  " FROM pg_catalog.pg_class AS c"
				  " WHERE c.oid OPERATOR(pg_catalog.=) 'pls.alerts'::pg_catalog.regclass",
				  0, NULL, NULL, NULL, true);
	before = MemoryContextSwitchTo(seen->context);
	seen->reps = PointerGetDatum(DatumGetArrayTypePCopy(pls_result_not_null(0, 1)));
	seen->pools = PointerGetDatum(DatumGetArrayTypePCopy(pls_result_not_null(0, 2)));
	MemoryContextSwitchTo(before);
	is_ours = DatumGetBool(pls_result_not_null(0, 3));
	SPI_finish();
	return is_ours;
}

/*
 * Find out how to look for one row.
 */
static void
learn_way(Seen *seen)
{
	const Question *question = seen->question;
	Relation	index;
	Oid			relid;

	seen->alerts = pls_relation("alerts");
	if (pg_class_aclcheck(seen->alerts, seen->role, ACL_SELECT) != ACLCHECK_OK)
		aclcheck_error(ACLCHECK_NO_PRIV, OBJECT_TABLE, "alerts");
	seen->assigned_to = get_attnum(seen->alerts, "assigned_to");
	seen->pool = get_attnum(seen->alerts, "pool");
	if (question->second != NULL)
		seen->second = get_attnum(seen->alerts, question->second);
	if (question->fixed != NULL)
	{
		MemoryContext before = MemoryContextSwitchTo(seen->context);

		seen->fixed = CStringGetTextDatum(question->fixed);
		MemoryContextSwitchTo(before);
	}
	/* it may have been dropped just now */
	relid = get_relname_relid(question->index, pls_namespace());
	index = OidIsValid(relid) ? try_relation_open(relid, AccessShareLock) :
		NULL;
	if (index == NULL)
		return;
	if (index->rd_rel->relkind == RELKIND_INDEX &&
		index->rd_index->indrelid == seen->alerts &&
		is_index_by(index, get_attnum(seen->alerts, question->column)))
		seen->index = relid;
	relation_close(index, NoLock);
}

static Seen *
seen_of(FunctionCallInfo fcinfo, const Question *question)
{
	Seen	   *seen = fcinfo->flinfo->fn_extra;

	if (seen != NULL && seen->role == GetUserId())
		return seen;
	seen = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(Seen));
	seen->question = question;
	seen->context = fcinfo->flinfo->fn_mcxt;
	seen->role = GetUserId();
	seen->worth = FEW_ROWS;
	seen->key.data = MemoryContextAlloc(seen->context, 128);
	seen->key.maxlen = 128;
	if (learn_policy(seen))
		learn_way(seen);
	else
		seen->is_left = true;
	fcinfo->flinfo->fn_extra = seen;
	return seen;
}

/*
 * Whether the arguments are the key of an alert that the role sees.
 */
static Datum
is_seen(FunctionCallInfo fcinfo, const Question *question)
{
	Seen	   *seen = seen_of(fcinfo, question);
	Datum		values[MAX_KEYS] = {0};
	int			i;

	for (i = 0; i < question->nkeys; i++)
		values[i] = PG_GETARG_DATUM(i);
	if (seen->keys == NULL && !seen->is_left && ++seen->looks > seen->worth)
		weigh(seen);
	if (seen->keys != NULL)
	{
		write_key(seen, values);
		PG_RETURN_BOOL(keys_lookup(seen->keys, seen->key.data) != NULL);
	}
	PG_RETURN_BOOL(OidIsValid(seen->index) ? look_up(seen, values) :
				   ask(seen, values));
}

Datum
pls_account_seen(PG_FUNCTION_ARGS)
{
	return is_seen(fcinfo, &of_account);
}

Datum
pls_user_seen(PG_FUNCTION_ARGS)
{
	return is_seen(fcinfo, &of_user);
}

Datum
pls_standing_seen(PG_FUNCTION_ARGS)
{
	return is_seen(fcinfo, &of_standing);
}

Datum
pls_alert_seen(PG_FUNCTION_ARGS)
{
	return is_seen(fcinfo, &of_alert);
}
