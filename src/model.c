/*-------------------------------------------------------------------------
 *
 * model.c
 *	  The compiled models of a backend: cache, pins, invalidation.
 *
 * A model is read from its rows once (model_load.c) and kept until one of
 * them changes.  A change of a row sends no message by itself, so every
 * configuration table has a statement trigger, pls.model_changed(), that
 * invalidates the relcache entry of pls.motions: the message reaches all
 * backends when the change commits, this one at once, and it is undone with
 * the change.  The callback only counts; models are dropped when the next
 * one is asked for.
 *
 * Who works with a model pins it.  A pinned model outlives its invalidation:
 * a running aggregate goes on with the model that it began with.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/parallel.h"
#include "access/xact.h"
#include "commands/trigger.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "pls.h"

typedef struct CachedModel
{
	char		motion[PLS_MAX_NAME + 1];	/* hash key */
	PlsModel   *model;
} CachedModel;

static HTAB *cached_models = NULL;
static uint64 cached_generation;	/* of the models in the cache */
static uint64 generation = 1;	/* counts invalidations */
static Oid	motions_relid = InvalidOid; /* as of the last load */
static uint64 models_loaded = 0;
static bool callbacks_registered = false;
static bool read_in_parallel = false;

static void
config_invalidated(Datum arg, Oid relid)
{
	if (relid == InvalidOid || relid == motions_relid)
		generation++;
}

/*
 * What was read in parallel mode may be older than an invalidation already
 * taken in: do not keep it.
 */
static void
transaction_ended(XactEvent event, void *arg)
{
	if (read_in_parallel)
	{
		generation++;
		read_in_parallel = false;
	}
}

static void
register_callbacks(void)
{
	if (callbacks_registered)
		return;
	CacheRegisterRelcacheCallback(config_invalidated, (Datum) 0);
	RegisterXactCallback(transaction_ended, NULL);
	callbacks_registered = true;
}

/*
 * A number that changes whenever the configuration may have changed.
 */
uint64
pls_model_generation(void)
{
	register_callbacks();
	motions_relid = pls_relation("motions");
	return generation;
}

/*
 * Begin to read configuration that is to be kept: with the newest snapshot,
 * so that a change is never missed whose invalidation has already been taken
 * in.  In parallel mode that is not possible; what is read with the query's
 * snapshot is kept for the transaction only.  Ends with PopActiveSnapshot().
 */
void
pls_config_snapshot_push(void)
{
	if (!IsInParallelMode())
	{
		PushActiveSnapshot(GetLatestSnapshot());
		return;
	}
	register_callbacks();
	read_in_parallel = true;
	PushActiveSnapshot(GetActiveSnapshot());
}

static void
free_if_unused(PlsModel *model)
{
	if (model->dropped && model->pins == 0)
		MemoryContextDelete(model->context);
}

static void
drop_models(void)
{
	HASH_SEQ_STATUS scan;
	CachedModel *entry;

	hash_seq_init(&scan, cached_models);
	while ((entry = hash_seq_search(&scan)) != NULL)
	{
		PlsModel   *model = entry->model;

		hash_search(cached_models, entry->motion, HASH_REMOVE, NULL);
		model->dropped = true;
		free_if_unused(model);
	}
}

static void
make_cache(void)
{
	HASHCTL		control;

	memset(&control, 0, sizeof(control));
	control.keysize = PLS_MAX_NAME + 1;
	control.entrysize = sizeof(CachedModel);
	control.hcxt = CacheMemoryContext;
	cached_models = hash_create("pls models", 16, &control,
								HASH_ELEM | HASH_STRINGS | HASH_CONTEXT);
}

/*
 * The model of a motion, pinned: pls_model_unpin() it after use.
 *
 * Errors: 42704 if there is no such motion.
 */
PlsModel *
pls_model_pin(const char *motion)
{
	CachedModel *entry;
	uint64		now = pls_model_generation();
	bool		found;

	if (cached_models == NULL)
		make_cache();
	if (cached_generation != now)
	{
		drop_models();
		cached_generation = now;
	}
	if (strlen(motion) > PLS_MAX_NAME)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("motion \"%s\" does not exist", motion)));

	entry = hash_search(cached_models, motion, HASH_FIND, NULL);
	if (entry == NULL)
	{
		PlsModel   *model = pls_model_load(motion);

		model->serial = ++models_loaded;
		/* loading may itself have taken in an invalidation: keep the number */
		entry = hash_search(cached_models, motion, HASH_ENTER, &found);
		entry->model = model;
	}
	entry->model->pins++;
	return entry->model;
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

PG_FUNCTION_INFO_V1(pls_model_changed);

/*
 * Statement trigger on every configuration table: see the top of this file.
 */
Datum
pls_model_changed(PG_FUNCTION_ARGS)
{
	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" was not called by trigger manager",
						"model_changed")));
	CacheInvalidateRelcacheByRelid(pls_relation("motions"));
	return PointerGetDatum(NULL);
}
