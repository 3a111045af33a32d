/*-------------------------------------------------------------------------
 *
 * config_changes.c
 *	  Whether the configuration may have changed.
 *
 * A change of a row sends no message by itself, so every configuration table
 * has a statement trigger, pls_internal.model_changed(), that invalidates the table's
 * relcache entry: the message reaches all backends when the change commits,
 * this one at once, and it is undone with the change.  The callback only
 * counts.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/parallel.h"
#include "access/xact.h"
#include "commands/trigger.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "model/config_changes.h"
#include "owner.h"
#include "trigger_call.h"

/* The tables, by the names that pls_relation() is asked for. */
const char *const pls_config_names[PLS_CONFIG_TABLES] = {
	[PLS_MOTIONS] = "motions",
	[PLS_SIGNALS] = "signals",
	[PLS_LIMITS] = "category_limits",
	[PLS_GRADES] = "grades",
	[PLS_EXCLUSIONS] = "exclusions",
	[PLS_FREE_DOMAINS] = "free_mail_domains",
	[PLS_IGNORED_IDS] = "ignored_ids",
	[PLS_SOURCES] = "sources",
	[PLS_IDENTITY] = "identity_clock",
};

/* Invalidations, of each table and of any. */
static uint64 generation = 1;
static struct
{
	Oid			relid;
	uint64		changes;
}			tables[PLS_CONFIG_TABLES];
static uint64 looked_up = 0;	/* the generation whose relids are known */

static bool callbacks_registered = false;
static bool read_in_parallel = false;

static void
all_changed(void)
{
	int			i;

	generation++;
	for (i = 0; i < PLS_CONFIG_TABLES; i++)
		tables[i].changes++;
}

static void
config_invalidated(Datum arg, Oid relid)
{
	int			i;

	if (relid == InvalidOid)
	{
		all_changed();
		return;
	}
	for (i = 0; i < PLS_CONFIG_TABLES; i++)
		if (relid == tables[i].relid)
		{
			/* no model is made of what says whose events are */
			if (i != PLS_IDENTITY)
				generation++;
			tables[i].changes++;
		}
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
		all_changed();
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
 * Learn which relations the tables are.  They are others after the extension
 * was created again.
 */
static void
look_up_tables(void)
{
	uint64		now = generation;
	int			i;

	for (i = 0; i < PLS_CONFIG_TABLES; i++)
	{
		Oid			relid = pls_relation(pls_config_names[i]);

		if (tables[i].relid != relid)
		{
			tables[i].relid = relid;
			tables[i].changes++;
			generation++;
		}
	}
	/* what was taken in meanwhile may have been a new table again */
	looked_up = now;
}

/*
 * A number that changes whenever the configuration may have changed.
 */
uint64
pls_model_generation(void)
{
	register_callbacks();
	if (looked_up != generation)
		look_up_tables();
	return generation;
}

/*
 * The same for one table alone.
 */
uint64
pls_config_changes(int table)
{
	(void) pls_model_generation();
	return tables[table].changes;
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

/*
 * Begin to read configuration as it is for everybody else: what this
 * transaction has changed is as it was.  A snapshot without the commands of
 * its own transaction sees the rows that they have made not yet, and those
 * that they have removed still.  Ends with PopActiveSnapshot().
 */
void
pls_config_committed_snapshot_push(void)
{
	PushCopiedSnapshot(IsInParallelMode() ? GetActiveSnapshot() :
					   GetLatestSnapshot());
	GetActiveSnapshot()->curcid = FirstCommandId;
}

PG_FUNCTION_INFO_V1(pls_model_changed);

/*
 * Statement trigger on every configuration table: see the top of this file.
 */
Datum
pls_model_changed(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = pls_trigger_call(fcinfo, "model_changed");

	CacheInvalidateRelcache(trigger->tg_relation);
	return PointerGetDatum(NULL);
}

PG_FUNCTION_INFO_V1(pls_identity_changed);

/*
 * Statement trigger on the tables that say whose events are, which are
 * written too often for their own entries to be invalidated.
 */
Datum
pls_identity_changed(PG_FUNCTION_ARGS)
{
	(void) pls_trigger_call(fcinfo, "identity_changed");
	CacheInvalidateRelcacheByRelid(pls_relation(pls_config_names[PLS_IDENTITY]));
	return PointerGetDatum(NULL);
}
