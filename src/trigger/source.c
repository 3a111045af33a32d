/*-------------------------------------------------------------------------
 *
 * source.c
 *	  The watched tables of a backend: where their columns are, and which
 *	  motions look at them.
 *
 * A trigger passes the number of its row in pls.sources.  The entry is kept
 * per table as well: a partition may have its columns elsewhere than its
 * parent.  It is made again after a change of configuration and after DDL on
 * the table.
 *
 * A mapping that no longer fits its table (a column was dropped) must not
 * fail the application's INSERT: the entry then names the problem, nothing is
 * observed, and the server log says so once per backend.  Nor must a
 * configuration that cannot be read, as by an owner whose rights on a table
 * of pls were taken away: then each statement tries again, and the server log
 * says so once a minute.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "decision/decide.h"
#include "model/config_changes.h"
#include "model/config_table.h"
#include "model/event_row.h"
#include "model/model.h"
#include "model/model_cache.h"
#include "model/model_rows.h"
#include "owner.h"
#include "pls.h"
#include "restore.h"
#include "state/backlog.h"
#include "state/ignored.h"
#include "trigger/source.h"
#include "trigger/source_columns.h"

#define SAY_AGAIN (60 * USECS_PER_SEC)	/* after which the log is told anew */

/* What the table keys its entries by: the first fields of PlsSource. */
typedef struct SourceKey
{
	int			source_id;
	Oid			relid;
} SourceKey;

static HTAB *sources = NULL;

static void
relation_invalidated(Datum arg, Oid relid)
{
	HASH_SEQ_STATUS scan;
	PlsSource  *source;

	if (sources == NULL)
		return;
	hash_seq_init(&scan, sources);
	while ((source = hash_seq_search(&scan)) != NULL)
		if (relid == InvalidOid || source->relid == relid)
			source->generation = 0;
}

static void
make_cache(void)
{
	HASHCTL		control;

	memset(&control, 0, sizeof(control));
	control.keysize = sizeof(SourceKey);
	control.entrysize = sizeof(PlsSource);
	control.hcxt = CacheMemoryContext;
	sources = hash_create("pls sources", 16, &control,
						  HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	CacheRegisterRelcacheCallback(relation_invalidated, (Datum) 0);
}

/*
 * Give back what an entry holds.
 */
static void
clear_source(PlsSource *source)
{
	TimestampTz said_at = source->said_at;
	int			i;

	for (i = 0; i < source->nmodels; i++)
		pls_model_unpin(source->models[i]);
	if (source->context != NULL)
		MemoryContextDelete(source->context);
	memset((char *) source + sizeof(SourceKey), 0,
		   sizeof(PlsSource) - sizeof(SourceKey));
	source->said_at = said_at;
}

/*
 * The row of a source in pls.sources; NULL if there is none.
 */
static PlsConfigRow *
read_row(int source_id)
{
	PlsConfigScan scan;
	HeapTuple	tuple;
	PlsConfigRow *row = NULL;
	bool		isnull;

	pls_config_snapshot_push();
	pls_config_begin(&scan, PLS_SOURCES);
	while (row == NULL && (tuple = pls_config_next(&scan)) != NULL)
		if (DatumGetInt32(pls_config_column(&scan, tuple, PLS_SOURCE_ID,
											&isnull)) == source_id)
			row = pls_config_row(&scan, tuple);
	pls_config_end(&scan);
	PopActiveSnapshot();
	return row;
}

/*
 * Read the entry's row.  Returns the motions that the source is for; *all if
 * it is for every motion.
 */
static List *
read_mapping(PlsSource *source, bool *all)
{
	PlsConfigRow *row = read_row(source->source_id);
	List	   *motions = NIL;
	Datum		value;
	Datum	   *names;
	bool	   *nulls;
	int			nnames;
	int			i;

	*all = true;
	if (row == NULL)
	{
		source->problem = "it is not in pls.sources";
		return NIL;
	}
	pls_source_read_columns(source, row);
	value = pls_config_datum(row, PLS_SOURCE_MOTIONS, all);
	if (*all)
		return NIL;
	deconstruct_array(DatumGetArrayTypeP(value), TEXTOID, -1, false,
					  TYPALIGN_INT, &names, &nulls, &nnames);
	for (i = 0; i < nnames; i++)
		if (!nulls[i])
			motions = lappend(motions, TextDatumGetCString(names[i]));
	return motions;
}

static bool
is_member(List *names, const char *name)
{
	ListCell   *cell;

	foreach(cell, names)
		if (strcmp(lfirst(cell), name) == 0)
		return true;
	return false;
}

/* Models that are being pinned. */
typedef struct Pinning
{
	PlsSource  *source;
	List	   *names;			/* of the motions */
	PlsModelRows *rows;			/* of those whose models are not loaded */
	int			next;			/* the first that is not pinned yet */
} Pinning;

static void
pin_rest(void *arg)
{
	Pinning    *pinning = arg;
	PlsSource  *source = pinning->source;

	while (pinning->next < list_length(pinning->names))
	{
		PlsModel   *model = pls_model_pin_rows(list_nth(pinning->names,
														pinning->next),
											   pinning->rows);

		source->models[source->nmodels++] = model;
		source->most_rules = Max(source->most_rules, model->nrules);
		pinning->next++;
	}
}

/*
 * Pin what is left, each motion by itself.  One that cannot be loaded is left
 * out and blinds no other: the sweep says so, and rebuilds it once it can be.
 */
static void
pin_each(Pinning *pinning)
{
	for (;;)
	{
		ErrorData  *error = pls_run_isolated(pin_rest, pinning);

		if (error == NULL)
			return;
		if (error->sqlerrcode == ERRCODE_LOCK_NOT_AVAILABLE)
			ReThrowError(error);	/* to be tried again soon */
		ereport(LOG_SERVER_ONLY,
				(errcode(error->sqlerrcode),
				 errmsg("pls does not observe events for motion \"%s\": %s",
						(char *) list_nth(pinning->names, pinning->next),
						error->message)));
		FreeErrorData(error);
		pinning->next++;
	}
}

/*
 * Pin the models of the motions that look at the source.  Rows of all those
 * that are not loaded yet are fetched at once.
 */
static void
pin_models(PlsSource *source, List *motions, bool all)
{
	Pinning		pinning = {source, NIL, NULL, 0};
	List	   *missing;
	ListCell   *cell;

	foreach(cell, pls_model_names(CurrentMemoryContext))
	{
		if (all || is_member(motions, lfirst(cell)))
			pinning.names = lappend(pinning.names, lfirst(cell));
	}
	source->models = MemoryContextAllocZero(source->context,
											Max(list_length(pinning.names), 1) *
											sizeof(PlsModel *));
	missing = pls_model_missing(pinning.names);
	if (missing != NIL)
		pinning.rows = pls_model_rows_fetch(missing);
	if (IsInParallelMode())
		pin_rest(&pinning);		/* no subtransaction can begin there */
	else
		pin_each(&pinning);
	if (pinning.rows != NULL)
		pls_model_rows_free(pinning.rows);
}

/*
 * Whether rows can be read from a relation: a rule may have turned what was
 * a table into a view.
 */
static bool
is_table(Oid relid)
{
	char		kind = get_rel_relkind(relid);

	return kind == RELKIND_RELATION || kind == RELKIND_PARTITIONED_TABLE;
}

/*
 * Read what an entry is made of; what does not fit is its problem.
 */
static void
fill_source(void *arg)
{
	PlsSource  *source = arg;
	List	   *motions;
	bool		all;

	motions = read_mapping(source, &all);
	if (!is_table(source->relid))
		source->problem = "it is not a table";
	if (source->problem == NULL && source->actor.number != 0 &&
		!pls_actor_hash_init(&source->actor_hash,
							 get_atttype(source->relid, source->actor.number),
							 source->context))
		source->problem = "the type of the actor column has no hash function";
	if (source->problem != NULL)
		return;
	/* what tells whose an event is, so that all is here or nothing */
	pls_ignored_load();
	pin_models(source, motions, all);
}

/*
 * Tell the server log of an entry's problem.
 */
static void
say_problem(PlsSource *source, const char *hint)
{
	TimestampTz now = GetCurrentTimestamp();

	if (source->said_at != 0 && now - source->said_at < SAY_AGAIN)
		return;
	source->said_at = now;
	ereport(LOG_SERVER_ONLY,
			(errmsg("pls does not observe table \"%s\": %s",
					get_rel_name(source->relid), source->problem),
			 errhint("%s", hint)));
}

/*
 * Fill in an entry.  Only the key is set before; if an error interrupts, the
 * entry is cleared the next time it is asked for.
 */
static void
load_source(PlsSource *source, uint64 generation)
{
	static uint64 loads = 0;
	ErrorData  *error = NULL;

	source->load = ++loads;
	source->context = AllocSetContextCreate(CacheMemoryContext, "pls source",
											ALLOCSET_SMALL_SIZES);
	if (IsInParallelMode())
		fill_source(source);	/* no subtransaction can begin there */
	else
		error = pls_run_isolated(fill_source, source);
	if (error != NULL)
	{
		source->problem = MemoryContextStrdup(source->context,
											  error->message);
		source->was_locked = error->sqlerrcode == ERRCODE_LOCK_NOT_AVAILABLE;
		say_problem(source, source->was_locked ?
					"The next sweep reads what is inserted meanwhile." :
					"What it inserts meanwhile is counted after pls.refresh().");
		FreeErrorData(error);
		return;					/* without a generation: to be tried again */
	}
	if (source->problem != NULL)
		say_problem(source, "Call pls.unwatch() and pls.watch() again for the table.");
	source->generation = generation;
}

/*
 * The entry of a source in a table, which stays where it is.
 */
static PlsSource *
enter_source(int source_id, Oid relid)
{
	SourceKey	key;
	PlsSource  *source;
	bool		found;

	if (sources == NULL)
		make_cache();
	memset(&key, 0, sizeof(key));
	key.source_id = source_id;
	key.relid = relid;
	source = hash_search(sources, &key, HASH_ENTER, &found);
	if (!found)
		memset((char *) source + sizeof(SourceKey), 0,
			   sizeof(PlsSource) - sizeof(SourceKey));
	return source;
}

/*
 * A source as it stands in a table: that of pls.sources, or one that inherits
 * from it.
 */
PlsSource *
pls_source_find(int source_id, Oid relid)
{
	static PlsSource *last = NULL;	/* most sessions ask for one */
	PlsSource  *source = last;
	uint64		generation = pls_model_generation();

	if (source == NULL || source->source_id != source_id ||
		source->relid != relid)
		source = last = enter_source(source_id, relid);
	if (source->generation != generation)
	{
		clear_source(source);
		load_source(source, generation);
	}
	return source;
}

/*
 * The source whose number the trigger passes, as it stands in the trigger's
 * table; NULL if there is nothing to observe: pls is switched off, a dump is
 * being loaded, no motion looks at the source, or its columns no longer fit.
 */
PlsSource *
pls_source_get(TriggerData *trigger)
{
	PlsSource  *source;

	if (trigger->tg_trigger->tgnargs != 1)
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("trigger \"%s\" needs a source number",
						trigger->tg_trigger->tgname),
				 errhint("Use pls.watch() to create the trigger.")));
	if (!pls_enabled || !pls_is_installed() || pls_in_restore())
		return NULL;
	source = pls_source_find(pg_strtoint32(trigger->tg_trigger->tgargs[0]),
							 RelationGetRelid(trigger->tg_relation));
	if (source->was_locked)
		pls_backlog_ask_rebuild_once("", "");
	return source->problem == NULL && source->nmodels > 0 ? source : NULL;
}

static bool
names_users(const void *arg, const PlsConfigScan *scan, HeapTuple tuple)
{
	bool		isnull;

	(void) pls_config_column(scan, tuple, PLS_SOURCE_ACTOR, &isnull);
	return !isnull;
}

PG_FUNCTION_INFO_V1(pls_counts_users);

/*
 * pls_internal.counts_users() -> boolean: whether a source names the users of its
 * events, so that it matters whose they are.
 */
Datum
pls_counts_users(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(pls_config_has(PLS_SOURCES, names_users, NULL));
}
