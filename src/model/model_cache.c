/*-------------------------------------------------------------------------
 *
 * model_cache.c
 *	  The compiled models of a backend: cache, pins, invalidation.
 *
 * A model is read from its rows once (model_load.c) and kept until one of
 * them changes.  That one has, config_changes.c tells, but not whose it is.
 * When a model is asked for the next time, all motions are surveyed: one pass
 * over the table gives a digest of each motion's rows there (model_rows.c),
 * which takes some hundred nanoseconds a row.  Only a model whose digest has
 * changed is dropped and, once it is asked for, compiled again.
 *
 * Who works with a model pins it.  A pinned model outlives its invalidation:
 * a running aggregate goes on with the model that it began with.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "model/config_changes.h"
#include "model/config_table.h"
#include "model/model.h"
#include "model/model_cache.h"
#include "model/model_load.h"
#include "model/model_rows.h"
#include "pls.h"

/* A motion, as of the last survey. */
typedef struct KnownMotion
{
	char		motion[PLS_MAX_NAME + 1];	/* hash key */
	bool		is_there;
	bool		observed;		/* status other than draft */
	uint64		parts[PLS_MODEL_TABLES];	/* digests of its rows */
	uint64		digest;			/* of all of them */
	PlsModel   *model;			/* NULL: not loaded */
} KnownMotion;

static HTAB *known_motions = NULL;
static uint64 digest_of_all;	/* of the rows of every motion */
static uint64 known_generation = 0; /* of the last survey ... */
static uint64 known_changes[PLS_MODEL_TABLES];	/* ... and of its tables; 0:
												 * to be read */

static uint64 models_loaded = 0;

static void
free_if_unused(PlsModel *model)
{
	if (model->dropped && model->pins == 0)
		MemoryContextDelete(model->context);
}

/*
 * Drop the model of a motion.
 */
static void
drop_model(KnownMotion *known)
{
	PlsModel   *model = known->model;

	known->model = NULL;
	if (model == NULL)
		return;
	model->dropped = true;
	free_if_unused(model);
}

static void
make_cache(void)
{
	HASHCTL		control;

	memset(&control, 0, sizeof(control));
	control.keysize = PLS_MAX_NAME + 1;
	control.entrysize = sizeof(KnownMotion);
	control.hcxt = CacheMemoryContext;
	known_motions = hash_create("pls models", 16, &control,
								HASH_ELEM | HASH_STRINGS | HASH_CONTEXT);
}

/*
 * Take a row of pls.motions into the survey.
 */
static void
survey_motion(const char *motion, const PlsConfigScan *scan, HeapTuple tuple)
{
	bool		found;
	bool		isnull;
	KnownMotion *known = hash_search(known_motions, motion, HASH_ENTER,
									 &found);
	Datum		status = pls_config_column(scan, tuple, M_STATUS, &isnull);
	char	   *name = TextDatumGetCString(status);

	if (!found)
	{
		memset((char *) known + PLS_MAX_NAME + 1, 0,
			   sizeof(KnownMotion) - PLS_MAX_NAME - 1);
		/* its rows in the other tables have counted for nothing so far */
		memset(known_changes, 0, sizeof(known_changes));
	}
	known->is_there = true;
	known->observed = strcmp(name, "draft") != 0;
	pfree(name);
}

/*
 * Take a row into the survey.  A row of a motion that is not there counts
 * for nothing.
 */
static void
survey_row(void *arg, PlsConfigTable table, const char *motion,
		   const PlsConfigScan *scan, HeapTuple tuple)
{
	KnownMotion *known;

	if (motion == NULL)
	{
		digest_of_all += pls_model_row_digest(table, tuple);
		return;
	}
	if (table == PLS_MOTIONS)
		survey_motion(motion, scan, tuple);
	known = hash_search(known_motions, motion, HASH_FIND, NULL);
	if (known != NULL)
		known->parts[table] += pls_model_row_digest(table, tuple);
}

static void
survey_table(PlsConfigTable table)
{
	HASH_SEQ_STATUS scan;
	KnownMotion *known;

	hash_seq_init(&scan, known_motions);
	while ((known = hash_seq_search(&scan)) != NULL)
	{
		known->parts[table] = 0;
		if (table == PLS_MOTIONS)
			known->is_there = false;
	}
	if (table == PLS_EXCLUSIONS)
		digest_of_all = 0;
	pls_model_rows_each(table, survey_row, NULL);
}

/*
 * Compare the digests of a motion's rows with that of its model, and drop
 * what is no longer right.
 */
static void
review_motion(KnownMotion *known)
{
	uint64		digest = 0;
	int			table;

	for (table = 0; table < PLS_MODEL_TABLES; table++)
		digest += known->parts[table];
	known->digest = pls_model_digest(digest, digest_of_all);
	if (!known->is_there || (known->model != NULL &&
							 known->model->digest != known->digest))
		drop_model(known);
	if (!known->is_there)
		hash_search(known_motions, known->motion, HASH_REMOVE, NULL);
}

/*
 * Learn which motions there are, and drop the models whose rows have changed.
 * Tables that have not changed are not read, unless there is a new motion.
 */
static void
survey_motions(void)
{
	HASH_SEQ_STATUS scan;
	KnownMotion *known;
	uint64		now = pls_model_generation();
	uint64		changes[PLS_MODEL_TABLES];
	int			table;

	if (known_motions == NULL)
		make_cache();
	if (known_generation == now)
		return;
	/* the survey itself may take in an invalidation: keep the numbers */
	for (table = 0; table < PLS_MODEL_TABLES; table++)
		changes[table] = pls_config_changes(table);
	pls_config_snapshot_push();
	for (table = 0; table < PLS_MODEL_TABLES; table++)
	{
		if (known_changes[table] == changes[table])
			continue;
		known_changes[table] = 0;	/* until it is complete */
		survey_table(table);
	}
	PopActiveSnapshot();
	hash_seq_init(&scan, known_motions);
	while ((known = hash_seq_search(&scan)) != NULL)
		review_motion(known);
	memcpy(known_changes, changes, sizeof(changes));
	known_generation = now;
}

/*
 * What is known of a motion.
 *
 * Errors: 42704 if there is no such motion.
 */
static KnownMotion *
find_motion(const char *motion)
{
	KnownMotion *known = NULL;

	survey_motions();
	if (strlen(motion) <= PLS_MAX_NAME)
		known = hash_search(known_motions, motion, HASH_FIND, NULL);
	if (known == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("motion \"%s\" does not exist", motion),
				 errhint("pls.motions lists the motions; pls.create_motion() creates one.")));
	return known;
}

/*
 * A number that no model of the backend has had.
 */
uint64
pls_model_new_serial(void)
{
	return ++models_loaded;
}

/*
 * Compile a motion's model from its rows, which may be younger than the
 * survey: the digest is that of the rows.
 */
static void
load_model(KnownMotion *known, PlsModelRows *rows)
{
	PlsMotionRows *its = pls_model_rows_of(rows, known->motion);
	PlsModel   *model;

	if (its == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("motion \"%s\" does not exist", known->motion)));
	model = pls_model_load(its);
	model->serial = pls_model_new_serial();
	known->model = model;
	known->digest = model->digest;
}

/*
 * The model of a motion, pinned: pls_model_unpin() it after use.
 *
 * Errors: 42704 if there is no such motion.
 */
PlsModel *
pls_model_pin(const char *motion)
{
	KnownMotion *known = find_motion(motion);

	if (known->model == NULL)
	{
		PlsModelRows *rows = pls_model_rows_fetch(list_make1(known->motion));

		load_model(known, rows);
		pls_model_rows_free(rows);
	}
	known->model->pins++;
	return known->model;
}

/*
 * The same, with rows that were fetched for all motions that
 * pls_model_missing() has named.
 */
PlsModel *
pls_model_pin_rows(const char *motion, PlsModelRows *rows)
{
	KnownMotion *known = find_motion(motion);
	PlsMotionRows *its = rows ? pls_model_rows_of(rows, motion) : NULL;

	/* they may be older than the survey, if another was needed meanwhile */
	if (known->model == NULL && its != NULL && its->digest == known->digest)
		load_model(known, rows);
	return pls_model_pin(motion);
}

static int
compare_names(const ListCell *a, const ListCell *b)
{
	return strcmp(lfirst(a), lfirst(b));
}

/*
 * The motions that observe events, in the order of their names, as a list of
 * strings in the context.
 */
List *
pls_model_names(MemoryContext context)
{
	MemoryContext caller;
	HASH_SEQ_STATUS scan;
	KnownMotion *known;
	List	   *names = NIL;

	survey_motions();
	caller = MemoryContextSwitchTo(context);
	hash_seq_init(&scan, known_motions);
	while ((known = hash_seq_search(&scan)) != NULL)
		if (known->observed)
			names = lappend(names, pstrdup(known->motion));
	list_sort(names, compare_names);
	MemoryContextSwitchTo(caller);
	return names;
}

/*
 * Those of some motions, a list of their names, whose models are yet to be
 * loaded.
 */
List *
pls_model_missing(List *names)
{
	List	   *missing = NIL;
	ListCell   *cell;

	survey_motions();
	foreach(cell, names)
	{
		KnownMotion *known = hash_search(known_motions, lfirst(cell),
										 HASH_FIND, NULL);

		if (known != NULL && known->model == NULL)
			missing = lappend(missing, lfirst(cell));
	}
	return missing;
}

/*
 * Pin a model that is pinned already once more.
 */
void
pls_model_share(PlsModel *model)
{
	Assert(model->pins > 0);
	model->pins++;
}

void
pls_model_unpin(PlsModel *model)
{
	Assert(model->pins > 0);
	model->pins--;
	free_if_unused(model);
}

/*
 * The same, as a callback.
 */
void
pls_model_release(void *model)
{
	pls_model_unpin(model);
}

/*
 * The model of a motion as it is now, until the current memory context is
 * reset.  That of the call site would not do: a PL/pgSQL function keeps its
 * call sites for as long as the transaction takes, in which the model may
 * change, and evidence merged by an older one would lose its parts.
 */
PlsModel *
pls_current_model(const char *motion)
{
	MemoryContextCallback *unpin = palloc0(sizeof(MemoryContextCallback));
	PlsModel   *model = pls_model_pin(motion);

	unpin->func = pls_model_release;
	unpin->arg = model;
	MemoryContextRegisterResetCallback(CurrentMemoryContext, unpin);
	return model;
}
