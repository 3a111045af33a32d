/*-------------------------------------------------------------------------
 *
 * observe.c
 *	  The trigger on watched tables: from inserted rows to standings.
 *
 * One pass over the transition table groups what the rows add by motion and
 * entity, in memory; then each entity's standing is merged and evaluated
 * once, in a fixed order; then the edges that were crossed are decided.  A
 * statement whose rows match nothing reads no table and writes nothing.
 *
 * Events of the future are put aside, each until its own time: they count
 * when that has come, not before.
 *
 * Memory: all of a call lies in one context, deleted at its end; what a row
 * needs lies in another, reset after each row.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/tuplestore.h"

#include "pls.h"

#define FEW_GROUPS 8			/* up to here they are searched one by one */
#define CHECK_GROUPS 1000		/* how often their memory is looked at */
#define MOST_GROUP_MEMORY ((Size) 256 * 1024 * 1024)

/* What the rows of one entity add to one motion. */
typedef struct EntityGroup
{
	int			model;			/* index */
	const char *entity;
	TimestampTz not_before;		/* of a future event; else DT_NOBEGIN */
	PlsEvidence *delta;
	PlsSeconds	newest;
} EntityGroup;

typedef struct GroupKey
{
	int			model;
	const char *entity;
	TimestampTz not_before;
} GroupKey;

typedef struct GroupEntry
{
	GroupKey	key;
	EntityGroup *group;
} GroupEntry;

typedef struct Observation
{
	MemoryContext context;		/* of the call */
	MemoryContext row_context;
	PlsSource  *source;
	int			nmodels;
	PlsModel  **models;			/* pinned */
	MemoryContextCallback unpin;
	PlsIdentity *identity;
	TimestampTz as_of;
	PlsMatch   *matches;
	MemoryContext group_context;	/* of the groups, reset when merged */
	List	   *groups;
	HTAB	   *group_table;	/* once there are more than a few */
	List	   *outcomes;
	List	   *edges;
	/* the row at hand */
	TupleTableSlot *slot;
	TimestampTz row_at;
	const char *user_id;		/* valid once resolved */
	bool		user_resolved;
} Observation;

/* ---------- whose a row is ---------- */

/*
 * A column as text; NULL if it is NULL, empty, or too long to be a key.
 */
static const char *
id_column(Observation *observation, AttrNumber column, FmgrInfo *output)
{
	bool		isnull;
	Datum		value;
	const char *text;

	if (column == 0)
		return NULL;
	value = slot_getattr(observation->slot, column, &isnull);
	if (isnull)
		return NULL;
	text = OutputFunctionCall(output, value);
	if (*text == '\0' || strlen(text) > PLS_MAX_ENTITY)
		return NULL;
	return text;
}

static const char *
row_user(Observation *observation)
{
	if (!observation->user_resolved)
	{
		observation->user_id = id_column(observation,
										 observation->source->actor,
										 &observation->source->actor_output);
		observation->user_resolved = true;
	}
	return observation->user_id;
}

static const char *
row_email(Observation *observation)
{
	bool		isnull;
	Datum		value;

	if (observation->source->email == 0)
		return NULL;
	value = slot_getattr(observation->slot, observation->source->email,
						 &isnull);
	return isnull ? NULL : TextDatumGetCString(value);
}

/*
 * The entity of the row at hand under a motion; NULL if it is nobody's.
 */
static const char *
row_entity(Observation *observation, const PlsModel *model)
{
	PlsSource  *source = observation->source;
	const char *account;

	if (model->unit_is_user)
		return row_user(observation);
	account = id_column(observation, source->account,
						&source->account_output);
	if (account != NULL)
		return account;
	return pls_identity_account(observation->identity,
								row_user(observation),
								row_email(observation));
}

static const char *
row_domain(void *arg)
{
	Observation *observation = arg;

	return pls_identity_domain(observation->identity, row_user(observation),
							   row_email(observation));
}

/* ---------- groups ---------- */

static uint32
hash_group(const void *key, Size size)
{
	const GroupKey *group = key;

	return pls_event_hash(group->entity, strlen(group->entity)) ^
		(uint32) group->model ^ (uint32) group->not_before;
}

static int
match_group(const void *a, const void *b, Size size)
{
	const GroupKey *left = a;
	const GroupKey *right = b;

	if (left->model != right->model || left->not_before != right->not_before)
		return 1;
	return strcmp(left->entity, right->entity);
}

static void
enter_group(Observation *observation, EntityGroup *group)
{
	GroupKey	key = {group->model, group->entity, group->not_before};
	GroupEntry *entry = hash_search(observation->group_table, &key,
									HASH_ENTER, NULL);

	entry->group = group;
}

static void
index_groups(Observation *observation)
{
	HASHCTL		control;
	ListCell   *cell;

	memset(&control, 0, sizeof(control));
	control.keysize = sizeof(GroupKey);
	control.entrysize = sizeof(GroupEntry);
	control.hash = hash_group;
	control.match = match_group;
	control.hcxt = observation->group_context;
	observation->group_table = hash_create("pls groups", 256, &control,
										   HASH_ELEM | HASH_FUNCTION |
										   HASH_COMPARE | HASH_CONTEXT);
	foreach(cell, observation->groups)
		enter_group(observation, lfirst(cell));
}

static EntityGroup *
find_group(Observation *observation, const GroupKey *key)
{
	ListCell   *cell;

	if (observation->group_table != NULL)
	{
		GroupEntry *entry = hash_search(observation->group_table, key,
										HASH_FIND, NULL);

		return entry ? entry->group : NULL;
	}
	foreach(cell, observation->groups)
	{
		EntityGroup *group = lfirst(cell);
		GroupKey	other = {group->model, group->entity, group->not_before};

		if (match_group(&other, key, sizeof(GroupKey)) == 0)
			return group;
	}
	return NULL;
}

static EntityGroup *
make_group(Observation *observation, const GroupKey *key)
{
	MemoryContext caller = MemoryContextSwitchTo(observation->group_context);
	EntityGroup *group = palloc0(sizeof(EntityGroup));

	group->model = key->model;
	group->entity = pstrdup(key->entity);
	group->not_before = key->not_before;
	group->newest = PG_INT64_MIN;
	group->delta = pls_model_evidence(observation->group_context,
									  observation->models[key->model]);
	observation->groups = lappend(observation->groups, group);
	if (observation->group_table != NULL)
		enter_group(observation, group);
	else if (list_length(observation->groups) > FEW_GROUPS)
		index_groups(observation);
	MemoryContextSwitchTo(caller);
	return group;
}

/* ---------- standings ---------- */

static int
compare_groups(const ListCell *a, const ListCell *b)
{
	const EntityGroup *left = lfirst(a);
	const EntityGroup *right = lfirst(b);
	int			order = strcmp(left->entity, right->entity);

	if (order != 0)
		return order;
	if (left->model != right->model)
		return left->model < right->model ? -1 : 1;
	return left->not_before < right->not_before ? -1 :
		left->not_before > right->not_before ? 1 : 0;
}

/*
 * Note an edge that an entity has crossed, to be decided at the end.
 */
static void
note_edge(Observation *observation, const PlsObserved *observed,
		  PlsLane lane, TimestampTz as_of)
{
	MemoryContext caller = MemoryContextSwitchTo(observation->context);
	PlsEdge    *edge = palloc0(sizeof(PlsEdge));

	edge->motion = observed->model->motion;
	edge->entity = pstrdup(observed->entity);
	edge->lane = lane;
	edge->as_of = as_of;
	observation->edges = lappend(observation->edges, edge);
	MemoryContextSwitchTo(caller);
}

/*
 * Merge one group into its standing, or put it aside.
 *
 * A standing is written at most once per command: what was of the future
 * when the call began stays so, even if its time has come meanwhile.
 */
static void
merge_group(Observation *observation, const EntityGroup *group,
			PlsTable *standings, PlsTable *backlog)
{
	PlsObserved observed;
	PlsLane		lane = PLS_LANE_NONE;
	TimestampTz as_of = Max(observation->as_of, pls_clock());

	observed.model = observation->models[group->model];
	observed.entity = group->entity;
	observed.delta = group->delta;
	observed.newest = time_t_to_timestamptz((pg_time_t) group->newest);
	observed.attributes = NULL;
	if (observed.model->needs_attributes)
		observed.attributes =
			pls_identity_attributes(observation->identity,
									observed.model->unit_is_user,
									group->entity);
	if (!TIMESTAMP_IS_NOBEGIN(group->not_before) || standings->heap == NULL ||
		!pls_standing_merge(standings, backlog, &observed, as_of, &lane))
		pls_backlog_add(backlog, group->entity, observed.model->motion,
						observed.delta,
						Max(observed.newest, group->not_before));
	else if (lane != PLS_LANE_NONE)
		note_edge(observation, &observed, lane, as_of);
}

/*
 * Merge all groups, in the order of their entities, and forget them.
 */
static void
merge_groups(Observation *observation)
{
	PlsTable	standings;
	PlsTable	backlog;
	ListCell   *cell;

	if (observation->groups == NIL)
		return;
	list_sort(observation->groups, compare_groups);
	pls_backlog_open(&backlog);
	if (!pls_standings_open(&standings))
		standings.heap = NULL;
	foreach(cell, observation->groups)
	{
		MemoryContext caller = MemoryContextSwitchTo(observation->row_context);

		merge_group(observation, lfirst(cell), &standings, &backlog);
		MemoryContextSwitchTo(caller);
		MemoryContextReset(observation->row_context);
		CHECK_FOR_INTERRUPTS();
	}
	pls_table_close(&standings);
	pls_table_close(&backlog);
	MemoryContextReset(observation->group_context);
	observation->groups = NIL;
	observation->group_table = NULL;
	/* what was written is now seen by what follows, here and by others */
	CommandCounterIncrement();
}

/* ---------- rows ---------- */

static void
note_outcomes(Observation *observation, PlsModel *model, const char *entity,
			  PlsSeconds at, Bitmapset *outcomes)
{
	MemoryContext caller = MemoryContextSwitchTo(observation->context);
	int			number = -1;

	while ((number = bms_next_member(outcomes, number)) >= 0)
	{
		PlsSeenOutcome *seen = palloc(sizeof(PlsSeenOutcome));

		seen->motion = model->motion;
		seen->rule = &model->outcomes[number];
		seen->entity = pstrdup(entity);
		seen->at = at;
		observation->outcomes = lappend(observation->outcomes, seen);
	}
	MemoryContextSwitchTo(caller);
}

/*
 * The first whole second not before an instant: when an event of the future
 * has surely come.
 */
static TimestampTz
whole_second_from(TimestampTz at)
{
	TimestampTz second = at - at % USECS_PER_SEC;

	if (second < at && IS_VALID_TIMESTAMP(second + USECS_PER_SEC))
		second += USECS_PER_SEC;
	return second;
}

/*
 * Match the row at hand against one motion and add it to its entity's group.
 */
static void
observe_row_for(Observation *observation, int number, PlsRow *row)
{
	PlsModel   *model = observation->models[number];
	Bitmapset  *outcomes = NULL;
	int			nmatches = pls_match_row(model, row, observation->matches,
										 &outcomes);
	GroupKey	key;
	EntityGroup *group;

	if (nmatches == 0 && outcomes == NULL)
		return;
	key.entity = row_entity(observation, model);
	if (key.entity == NULL)
		return;
	if (outcomes != NULL)
		note_outcomes(observation, model, key.entity, row->at, outcomes);
	if (nmatches == 0)
		return;
	key.model = number;
	key.not_before = DT_NOBEGIN;
	if (observation->row_at > observation->as_of)
		key.not_before = whole_second_from(observation->row_at);
	group = find_group(observation, &key);
	if (group == NULL)
		group = make_group(observation, &key);
	group->newest = Max(group->newest, row->at);
	pls_add_matches(group->delta, observation->matches, nmatches);
}

/*
 * Observe the row in observation->slot.
 */
static void
observe_row(Observation *observation)
{
	PlsSource  *source = observation->source;
	PlsRow		row;
	bool		isnull;
	Datum		value;
	int			i;

	value = slot_getattr(observation->slot, source->at, &isnull);
	observation->row_at = DatumGetTimestampTz(value);
	if (isnull || !pls_event_seconds(observation->row_at, &row.at))
		return;
	value = slot_getattr(observation->slot, source->event, &isnull);
	pls_row_event(&row, isnull, value);

	row.actor_is_null = true;
	row.actor = (Datum) 0;
	row.actor_hash = &source->actor_hash;
	if (source->actor != 0)
		row.actor = slot_getattr(observation->slot, source->actor,
								 &row.actor_is_null);
	row.properties_is_null = true;
	row.properties = (Datum) 0;
	row.detoasted = NULL;
	if (source->properties != 0)
		row.properties = slot_getattr(observation->slot, source->properties,
									  &row.properties_is_null);
	row.domain = row_domain;
	row.domain_arg = observation;
	observation->user_resolved = false;

	for (i = 0; i < observation->nmodels; i++)
		observe_row_for(observation, i, &row);
}

/*
 * Whether the groups take so much memory that they are merged before more
 * rows are read.  Merging is left as late as possible: each further version
 * of a standing in one transaction makes the next one dearer to find.
 */
static bool
groups_are_many(const Observation *observation)
{
	int			ngroups = list_length(observation->groups);

	return ngroups > 0 && ngroups % CHECK_GROUPS == 0 &&
		MemoryContextMemAllocated(observation->group_context,
								  true) > MOST_GROUP_MEMORY;
}

/*
 * Observe all rows of the transition table.  The slot's own tuples, which a
 * table that has spilled to disk allocates, live in the call's context.
 */
static void
observe_rows(Observation *observation, Tuplestorestate *rows)
{
	tuplestore_select_read_pointer(rows,
								   tuplestore_alloc_read_pointer(rows,
																 EXEC_FLAG_REWIND));
	tuplestore_rescan(rows);
	while (tuplestore_gettupleslot(rows, true, false, observation->slot))
	{
		MemoryContext caller = MemoryContextSwitchTo(observation->row_context);

		CHECK_FOR_INTERRUPTS();
		observe_row(observation);
		MemoryContextSwitchTo(caller);
		MemoryContextReset(observation->row_context);
		if (groups_are_many(observation))
			merge_groups(observation);
	}
}

/* ---------- the trigger ---------- */

static void
unpin_models(void *arg)
{
	Observation *observation = arg;

	while (observation->nmodels > 0)
		pls_model_unpin(observation->models[--observation->nmodels]);
}

/*
 * Begin a call: its memory, and pins on the models, since what is decided
 * may lead to another call that finds the source changed.
 */
static Observation *
begin_observation(PlsSource *source, Relation relation)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "pls observation",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	Observation *observation = palloc0(sizeof(Observation));

	observation->context = context;
	observation->row_context = AllocSetContextCreate(context, "pls row",
													 ALLOCSET_DEFAULT_SIZES);
	observation->group_context = AllocSetContextCreate(context, "pls groups",
													   ALLOCSET_DEFAULT_SIZES);
	observation->source = source;
	observation->as_of = pls_clock();
	observation->identity = pls_identity_begin();
	observation->matches = palloc(Max(source->most_rules, 1) *
								  sizeof(PlsMatch));
	observation->slot = MakeSingleTupleTableSlot(RelationGetDescr(relation),
												 &TTSOpsMinimalTuple);
	observation->models = palloc(Max(source->nmodels, 1) *
								 sizeof(PlsModel *));
	observation->unpin.func = unpin_models;
	observation->unpin.arg = observation;
	MemoryContextRegisterResetCallback(context, &observation->unpin);
	for (; observation->nmodels < source->nmodels; observation->nmodels++)
	{
		PlsModel   *model = source->models[observation->nmodels];

		model->pins++;
		observation->models[observation->nmodels] = model;
	}
	MemoryContextSwitchTo(caller);
	return observation;
}

static void
observe(PlsSource *source, TriggerData *trigger)
{
	Observation *observation = begin_observation(source,
												 trigger->tg_relation);
	MemoryContext caller = MemoryContextSwitchTo(observation->context);

	observe_rows(observation, trigger->tg_newtable);
	merge_groups(observation);
	pls_identity_end(observation->identity);
	ExecDropSingleTupleTableSlot(observation->slot);
	pls_record_outcomes(observation->outcomes);
	pls_decide(observation->edges);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(observation->context);
}

static void
check_called_right(FunctionCallInfo fcinfo)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" was not called by trigger manager",
						"observe")));
	if (!TRIGGER_FIRED_AFTER(trigger->tg_event) ||
		!TRIGGER_FIRED_BY_INSERT(trigger->tg_event) ||
		!TRIGGER_FIRED_FOR_STATEMENT(trigger->tg_event) ||
		trigger->tg_newtable == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" must be fired AFTER INSERT FOR EACH STATEMENT with a NEW TABLE",
						"observe"),
				 errhint("Use pls.watch() to create the trigger.")));
	if (trigger->tg_trigger->tgnargs != 1)
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" needs the number of a source",
						"observe"),
				 errhint("Use pls.watch() to create the trigger.")));
}

PG_FUNCTION_INFO_V1(pls_observe);

/*
 * The trigger function of watched tables.
 */
Datum
pls_observe(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	PlsSource  *source;

	check_called_right(fcinfo);
	if (!pls_enabled || tuplestore_tuple_count(trigger->tg_newtable) == 0)
		return PointerGetDatum(NULL);
	source = pls_source_get(pg_strtoint32(trigger->tg_trigger->tgargs[0]),
							trigger->tg_relation);
	if (source->problem == NULL && source->nmodels > 0)
		observe(source, trigger);
	return PointerGetDatum(NULL);
}
