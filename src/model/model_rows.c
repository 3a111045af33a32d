/*-------------------------------------------------------------------------
 *
 * model_rows.c
 *	  The rows that models are made of, read for many motions at once.
 *
 * A digest of a motion's rows tells whether its model is still what they say.
 * It is a sum over the rows, whatever their order, so that one pass over the
 * tables gives the digests of all motions, and keeps nothing of the rows.  A
 * second pass fetches the rows of those motions whose models are to be made.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "mix64.h"
#include "model/config_changes.h"
#include "model/config_table.h"
#include "model/model_rows.h"
#include "pls.h"

/* Numbers of the columns with the motion. */
static const int motion_columns[PLS_MODEL_TABLES] = {
	[PLS_MOTIONS] = M_MOTION,
	[PLS_SIGNALS] = S_MOTION,
	[PLS_LIMITS] = L_MOTION,
	[PLS_GRADES] = G_MOTION,
	[PLS_EXCLUSIONS] = X_MOTION,
};

/*
 * What a row adds to the digest of its motion.  pls_mix64() keeps rows of
 * different tables apart.
 */
uint64
pls_model_row_digest(PlsConfigTable table, HeapTuple tuple)
{
	return pls_mix64(pls_config_hash(tuple) + (uint64) table);
}

/*
 * Whether an exclusion is one of actors, and holds.
 */
static bool
excludes_actors(const PlsConfigScan *scan, HeapTuple tuple)
{
	bool		isnull;
	Datum		value = pls_config_column(scan, tuple, X_SCOPE, &isnull);
	char	   *scope = isnull ? NULL : TextDatumGetCString(value);
	bool		of_actors = scope != NULL && strcmp(scope, "actor") == 0;

	if (scope != NULL)
		pfree(scope);
	value = pls_config_column(scan, tuple, X_ENABLED, &isnull);
	return of_actors && !isnull && DatumGetBool(value);
}

/*
 * Take the motion that a row belongs to out of it; false if it belongs to
 * every motion.
 */
static bool
motion_of(const PlsConfigScan *scan, HeapTuple tuple, PlsConfigTable table,
		  char *motion)
{
	bool		isnull;
	Datum		value = pls_config_column(scan, tuple, motion_columns[table],
										  &isnull);

	if (isnull)
		return false;
	text_to_cstring_buffer(DatumGetTextPP(value), motion, PLS_MAX_NAME + 1);
	return true;
}

/*
 * Pass every row of a table to a function; motion is NULL for one that
 * belongs to every motion.  The snapshot is that of
 * pls_config_snapshot_push().
 */
void
pls_model_rows_each(PlsConfigTable table, PlsModelRowConsumer consumer,
					void *arg)
{
	PlsConfigScan scan;
	HeapTuple	tuple;
	char		motion[PLS_MAX_NAME + 1];

	pls_config_begin(&scan, table);
	while ((tuple = pls_config_next(&scan)) != NULL)
	{
		bool		is_ones = motion_of(&scan, tuple, table, motion);

		if (table == PLS_EXCLUSIONS && !excludes_actors(&scan, tuple))
			continue;
		consumer(arg, table, is_ones ? motion : NULL, &scan, tuple);
	}
	pls_config_end(&scan);
}

/* Rows of several motions that are being fetched. */
struct PlsModelRows
{
	MemoryContext context;
	HTAB	   *motions;		/* of PlsMotionRows */
	List	   *exclusions;		/* of every motion */
	uint64		digest;			/* theirs */
};

static void
fetch_row(void *arg, PlsConfigTable table, const char *motion,
		  const PlsConfigScan *scan, HeapTuple tuple)
{
	PlsModelRows *rows = arg;
	PlsMotionRows *its;

	if (motion == NULL)
	{
		rows->exclusions = lappend(rows->exclusions,
								   pls_config_row(scan, tuple));
		rows->digest += pls_model_row_digest(table, tuple);
		return;
	}
	its = hash_search(rows->motions, motion, HASH_FIND, NULL);
	if (its == NULL)
		return;
	its->rows[table] = lappend(its->rows[table], pls_config_row(scan, tuple));
	its->digest += pls_model_row_digest(table, tuple);
}

/*
 * Fetch the rows of some motions, a list of their names, by a snapshot that
 * this pushes.  They are freed with the memory context that is made for them
 * below the current one.
 */
static PlsModelRows *
fetch_rows(List *names, void (*push_snapshot) (void))
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "pls model rows",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	PlsModelRows *rows = palloc0(sizeof(PlsModelRows));
	HASHCTL		control;
	ListCell   *cell;
	int			table;

	memset(&control, 0, sizeof(control));
	control.keysize = PLS_MAX_NAME + 1;
	control.entrysize = sizeof(PlsMotionRows);
	control.hcxt = context;
	rows->context = context;
	rows->motions = hash_create("pls model rows", list_length(names),
								&control,
								HASH_ELEM | HASH_STRINGS | HASH_CONTEXT);
	foreach(cell, names)
	{
		bool		found;
		PlsMotionRows *its = hash_search(rows->motions, lfirst(cell),
										 HASH_ENTER, &found);

		memset((char *) its + PLS_MAX_NAME + 1, 0,
			   sizeof(PlsMotionRows) - PLS_MAX_NAME - 1);
	}
	push_snapshot();
	for (table = 0; table < PLS_MODEL_TABLES; table++)
		pls_model_rows_each(table, fetch_row, rows);
	PopActiveSnapshot();
	MemoryContextSwitchTo(caller);
	return rows;
}

/*
 * Fetch the rows of some motions, as they are now.
 */
PlsModelRows *
pls_model_rows_fetch(List *names)
{
	return fetch_rows(names, pls_config_snapshot_push);
}

/*
 * Fetch the rows of a motion, as they are without what this transaction has
 * changed.
 */
PlsModelRows *
pls_model_rows_fetch_committed(const char *motion)
{
	return fetch_rows(list_make1(unconstify(char *, motion)),
					  pls_config_committed_snapshot_push);
}

/*
 * The rows of one motion among those fetched; NULL if it is not there.
 */
PlsMotionRows *
pls_model_rows_of(PlsModelRows *rows, const char *motion)
{
	PlsMotionRows *its = hash_search(rows->motions, motion, HASH_FIND, NULL);

	if (its == NULL || its->rows[PLS_MOTIONS] == NIL)
		return NULL;
	if (!its->complete)
	{
		MemoryContext caller = MemoryContextSwitchTo(rows->context);

		its->rows[PLS_EXCLUSIONS] = list_concat(its->rows[PLS_EXCLUSIONS],
												rows->exclusions);
		its->digest = pls_model_digest(its->digest, rows->digest);
		its->complete = true;
		MemoryContextSwitchTo(caller);
	}
	return its;
}

void
pls_model_rows_free(PlsModelRows *rows)
{
	MemoryContextDelete(rows->context);
}

static bool
excludes_by_domain(const void *arg, const PlsConfigScan *scan, HeapTuple tuple)
{
	bool		isnull;
	Datum		domains = pls_config_column(scan, tuple, X_DOMAINS, &isnull);

	return !isnull && excludes_actors(scan, tuple) &&
		ARR_NDIM(DatumGetArrayTypeP(domains)) > 0;
}

PG_FUNCTION_INFO_V1(pls_excludes_domains);

/*
 * pls_internal.excludes_domains() -> boolean: whether actors are excluded by the
 * domains of their addresses, in any motion.
 */
Datum
pls_excludes_domains(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(pls_config_has(PLS_EXCLUSIONS, excludes_by_domain, NULL));
}

/*
 * Whether a motion is no draft, and has this objective (NULL: any).
 */
static bool
is_at_work(const void *objective, const PlsConfigScan *scan, HeapTuple tuple)
{
	PlsConfigRow *row = pls_config_row(scan, tuple);

	return strcmp(pls_config_text(row, M_STATUS), "draft") != 0 &&
		(objective == NULL ||
		 strcmp(pls_config_text(row, M_OBJECTIVE), objective) == 0);
}

PG_FUNCTION_INFO_V1(pls_has_motions);

/*
 * pls_internal.has_motions(objective) -> boolean: whether some motion is no draft; with
 * this objective, if it is not NULL.
 */
Datum
pls_has_motions(PG_FUNCTION_ARGS)
{
	char	   *objective = PG_ARGISNULL(0) ? NULL :
	text_to_cstring(PG_GETARG_TEXT_PP(0));

	PG_RETURN_BOOL(pls_config_has(PLS_MOTIONS, is_at_work, objective));
}
