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
 * observed, and the server log says so once per backend.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "pls.h"

static const char *const source_query =
"SELECT event_column::text, at_column::text, account_column::text,"
" actor_column::text, email_column::text, properties_column::text, motions"
" FROM pls.sources WHERE source_id = $1";

enum
{
	C_EVENT = 1, C_AT, C_ACCOUNT, C_ACTOR, C_EMAIL, C_PROPERTIES, C_MOTIONS
};

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
	int			i;

	for (i = 0; i < source->nmodels; i++)
		pls_model_unpin(source->models[i]);
	if (source->context != NULL)
		MemoryContextDelete(source->context);
	memset((char *) source + sizeof(SourceKey), 0,
		   sizeof(PlsSource) - sizeof(SourceKey));
}

/*
 * The number of a named column; 0 if none is named.  A column that is not
 * there, or not of the wanted type (if one is wanted), is a problem.
 */
static AttrNumber
find_column(PlsSource *source, int column, Oid wanted)
{
	char	   *name = SPI_getvalue(SPI_tuptable->vals[0],
									SPI_tuptable->tupdesc, column);
	AttrNumber	attnum;
	Oid			type;

	if (name == NULL)
		return 0;
	attnum = get_attnum(source->relid, name);
	if (attnum <= 0)
	{
		source->problem = MemoryContextStrdup(source->context,
											  psprintf("column \"%s\" does not exist",
													   name));
		return 0;
	}
	type = getBaseType(get_atttype(source->relid, attnum));
	if (type == VARCHAROID && wanted == TEXTOID)
		type = TEXTOID;
	if (OidIsValid(wanted) && type != wanted)
		source->problem = MemoryContextStrdup(source->context,
											  psprintf("column \"%s\" is of type %s",
													   name,
													   format_type_be(type)));
	return attnum;
}

static void
find_output(PlsSource *source, AttrNumber column, FmgrInfo *output)
{
	Oid			function;
	bool		is_varlena;

	if (column == 0)
		return;
	getTypeOutputInfo(get_atttype(source->relid, column), &function,
					  &is_varlena);
	fmgr_info_cxt(function, output, source->context);
}

/*
 * Read the entry's row.  Returns the motions that the source is for, in the
 * source's context; *all if it is for every motion.
 */
static List *
read_columns(PlsSource *source, bool *all)
{
	Oid			type = INT4OID;
	Datum		value = Int32GetDatum(source->source_id);
	List	   *motions = NIL;
	PlsOwnerScope scope;

	*all = true;
	pls_owner_begin(&scope);
	PushActiveSnapshot(GetLatestSnapshot());
	if (SPI_execute_with_args(source_query, 1, &type, &value, NULL, true,
							  1) != SPI_OK_SELECT)
		elog(ERROR, "pls: reading pls.sources failed");
	if (SPI_processed == 0)
		source->problem = MemoryContextStrdup(source->context,
											  "it is not in pls.sources");
	else
	{
		Datum	   *names;
		bool	   *nulls;
		int			nnames;
		int			i;

		source->event = find_column(source, C_EVENT, TEXTOID);
		source->at = find_column(source, C_AT, TIMESTAMPTZOID);
		source->account = find_column(source, C_ACCOUNT, InvalidOid);
		source->actor = find_column(source, C_ACTOR, InvalidOid);
		source->email = find_column(source, C_EMAIL, TEXTOID);
		source->properties = find_column(source, C_PROPERTIES, JSONBOID);
		value = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc,
							  C_MOTIONS, all);
		if (!*all)
		{
			MemoryContext previous;

			deconstruct_array(DatumGetArrayTypeP(value), TEXTOID, -1, false,
							  TYPALIGN_INT, &names, &nulls, &nnames);
			previous = MemoryContextSwitchTo(source->context);
			for (i = 0; i < nnames; i++)
				if (!nulls[i])
					motions = lappend(motions,
									  TextDatumGetCString(names[i]));
			MemoryContextSwitchTo(previous);
		}
	}
	PopActiveSnapshot();
	pls_owner_end(&scope);
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

/*
 * Pin the models of the motions that look at the source.
 */
static void
pin_models(PlsSource *source, List *motions, bool all)
{
	List	   *names = pls_model_names(source->context);
	ListCell   *cell;

	source->models = MemoryContextAllocZero(source->context,
											Max(list_length(names), 1) *
											sizeof(PlsModel *));
	foreach(cell, names)
	{
		PlsModel   *model;

		if (!all && !is_member(motions, lfirst(cell)))
			continue;
		model = pls_model_pin(lfirst(cell));
		source->models[source->nmodels++] = model;
		source->most_rules = Max(source->most_rules, model->nrules);
	}
}

/*
 * Fill in an entry.  Only the key is set before; if an error interrupts, the
 * entry is cleared the next time it is asked for.
 */
static void
load_source(PlsSource *source, uint64 generation)
{
	List	   *motions;
	bool		all;

	source->context = AllocSetContextCreate(CacheMemoryContext, "pls source",
											ALLOCSET_SMALL_SIZES);
	motions = read_columns(source, &all);
	if (source->problem == NULL && source->actor != 0 &&
		!pls_actor_hash_init(&source->actor_hash,
							 get_atttype(source->relid, source->actor),
							 source->context))
		source->problem = "the type of the actor column has no hash function";
	if (source->problem == NULL)
	{
		find_output(source, source->account, &source->account_output);
		find_output(source, source->actor, &source->actor_output);
		pin_models(source, motions, all);
	}
	else
		ereport(LOG,
				(errmsg("pls does not observe table \"%s\": %s",
						get_rel_name(source->relid), source->problem),
				 errhint("Call pls.unwatch() and pls.watch() again for the table.")));
	source->generation = generation;
}

static PlsSource *
find_source(int source_id, Oid relid)
{
	SourceKey	key;
	PlsSource  *source;
	uint64		generation = pls_model_generation();
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
				 errmsg("trigger \"%s\" needs the number of a source",
						trigger->tg_trigger->tgname),
				 errhint("Use pls.watch() to create the trigger.")));
	if (!pls_enabled || pls_in_restore())
		return NULL;
	source = find_source(pg_strtoint32(trigger->tg_trigger->tgargs[0]),
						 RelationGetRelid(trigger->tg_relation));
	return source->problem == NULL && source->nmodels > 0 ? source : NULL;
}
