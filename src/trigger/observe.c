/*-------------------------------------------------------------------------
 *
 * observe.c
 *	  The trigger for inserted rows: from events to standings.
 *
 * One pass over the rows groups what they add by motion and entity, in
 * memory; then each entity's standing is merged and evaluated once, in a
 * fixed order; then the edges that were crossed are decided.  A statement
 * whose rows match nothing reads no table and writes nothing.
 *
 * Events of the future are put aside, each until its own time: they count
 * when that has come, not before.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "commands/trigger.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "decision/decide.h"
#include "evidence/evidence.h"
#include "evidence/model_evidence.h"
#include "evidence/score.h"
#include "model/event_row.h"
#include "model/model.h"
#include "pls.h"
#include "state/backlog.h"
#include "state/identity.h"
#include "state/keyed_table.h"
#include "state/observed.h"
#include "state/standing.h"
#include "state/standing_hold.h"
#include "time/instant.h"
#include "trigger/event_reader.h"
#include "trigger/source.h"
#include "trigger_call.h"

#define FEW_GROUPS 8			/* up to here they are searched one by one */
#define MOST_GROUP_MEMORY ((Size) 256 * 1024 * 1024)
#define MOST_OUTCOMES 1000		/* before they are written down */
#define MOST_EDGES 100			/* decided here; the sweep decides the rest */

/* What the rows of one entity add to one motion; the first three are its key. */
typedef struct EntityGroup
{
	int			model;			/* index */
	const char *entity;
	TimestampTz not_before;		/* of a future event; else DT_NOBEGIN */
	PlsEvidence *delta;			/* NULL: of one row, what it matches */
	PlsMatch   *matches;
	int			nmatches;
	PlsSeconds	newest;
} EntityGroup;

typedef struct GroupEntry
{
	uint32		hash;
	char		status;
	EntityGroup *group;
} GroupEntry;

static uint32
hash_group(const EntityGroup *group)
{
	return pls_event_hash(group->entity, strlen(group->entity)) ^
		(uint32) group->model ^ (uint32) group->not_before;
}

static bool
same_group(const EntityGroup *a, const EntityGroup *b)
{
	return a->model == b->model && a->not_before == b->not_before &&
		strcmp(a->entity, b->entity) == 0;
}

#define SH_PREFIX grouptable
#define SH_ELEMENT_TYPE GroupEntry
#define SH_KEY_TYPE EntityGroup *
#define SH_KEY group
#define SH_HASH_KEY(table, key) hash_group(key)
#define SH_EQUAL(table, a, b) same_group(a, b)
#define SH_STORE_HASH
#define SH_GET_HASH(table, entry) (entry)->hash
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

typedef struct Observation
{
	PlsEventReader *reader;
	TimestampTz as_of;
	/* the three contexts are made when they are first needed */
	MemoryContext group_context;	/* of the groups, reset when merged */
	MemoryContext merge_context;	/* of one group's merge */
	List	   *groups;
	grouptable_hash *group_table;	/* once there are more than a few */
	MemoryContext outcome_context;	/* of the outcomes, reset when recorded */
	List	   *outcomes;
	List	   *edges;
} Observation;

/* ---------- groups ---------- */

static void
enter_group(Observation *observation, EntityGroup *group)
{
	bool		found;

	(void) grouptable_insert(observation->group_table, group, &found);
	Assert(!found);
}

static void
index_groups(Observation *observation)
{
	ListCell   *cell;

	observation->group_table = grouptable_create(observation->group_context,
												 16 * FEW_GROUPS, NULL);
	foreach(cell, observation->groups)
		enter_group(observation, lfirst(cell));
}

static EntityGroup *
find_group(Observation *observation, EntityGroup *wanted)
{
	ListCell   *cell;

	if (observation->group_table != NULL)
	{
		GroupEntry *entry = grouptable_lookup(observation->group_table,
											  wanted);

		return entry ? entry->group : NULL;
	}
	foreach(cell, observation->groups)
		if (same_group(lfirst(cell), wanted))
		return lfirst(cell);
	return NULL;
}

/*
 * A context of the observation's.
 */
static MemoryContext
need_context(Observation *observation, MemoryContext *context)
{
	if (*context == NULL)
		*context = AllocSetContextCreate(observation->reader->context,
										 "pls observation",
										 ALLOCSET_DEFAULT_SIZES);
	return *context;
}

/*
 * Begin a group with its first event.  Most groups have no other: that is
 * added to the standing without making evidence of it.
 */
static void
make_group(Observation *observation, const EntityGroup *wanted,
		   const PlsEvent *event)
{
	MemoryContext caller;
	EntityGroup *group;

	caller = MemoryContextSwitchTo(need_context(observation,
												&observation->group_context));
	group = palloc(sizeof(EntityGroup));
	*group = *wanted;
	group->entity = pstrdup(wanted->entity);
	group->newest = event->seconds;
	group->delta = NULL;
	group->nmatches = event->nmatches;
	group->matches = palloc(event->nmatches * sizeof(PlsMatch));
	memcpy(group->matches, event->matches,
		   event->nmatches * sizeof(PlsMatch));
	observation->groups = lappend(observation->groups, group);
	if (observation->group_table != NULL)
		enter_group(observation, group);
	else if (list_length(observation->groups) > FEW_GROUPS)
		index_groups(observation);
	MemoryContextSwitchTo(caller);
}

/*
 * Add a further event to a group.
 */
static void
add_event(Observation *observation, EntityGroup *group, const PlsEvent *event)
{
	if (group->delta == NULL)
		group->delta = pls_matches_evidence(observation->group_context,
											observation->reader->models[group->model],
											group->matches, group->nmatches);
	pls_add_matches(group->delta, event->matches, event->nmatches);
	group->newest = Max(group->newest, event->seconds);
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
 * Note an edge that an entity has crossed, to be decided at the end.  The
 * standing says that the decision is due, so that the sweep takes those for
 * which there is no room here.
 */
static void
note_edge(Observation *observation, const PlsObserved *observed,
		  PlsLane lane, TimestampTz as_of)
{
	MemoryContext caller;
	PlsEdge    *edge;

	if (list_length(observation->edges) == MOST_EDGES)
		return;
	caller = MemoryContextSwitchTo(observation->reader->context);
	edge = palloc0(sizeof(PlsEdge));
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
	TimestampTz as_of = observation->as_of;

	pls_observed_init(&observed, observation->reader->models[group->model],
					  group->entity);
	observed.delta = group->delta;
	observed.matches = group->matches;
	observed.nmatches = group->nmatches;
	observed.newest = time_t_to_timestamptz((pg_time_t) group->newest);
	if (observed.model->needs_attributes)
		observed.attributes =
			pls_identity_attributes(pls_reader_identity(observation->reader),
									observed.model->unit_is_user,
									group->entity);
	if (!TIMESTAMP_IS_NOBEGIN(group->not_before) || standings->heap == NULL ||
		pls_reader_was_locked(observation->reader) ||
		!pls_standing_merge(standings, backlog, &observed, &as_of, &lane))
		pls_standing_put_aside(backlog, &observed, group->not_before);
	else if (lane != PLS_LANE_NONE)
		note_edge(observation, &observed, lane, as_of);
}

/*
 * Merge all groups, in the order of their entities, and forget them.
 *
 * Where it is not the first time, an entity may have crossed into a lane then
 * and not be decided about now: those edges are forgotten, and are noted
 * again, or found by the sweep, if they hold.
 */
static void
merge_groups(Observation *observation)
{
	PlsTable	standings;
	PlsTable	backlog;
	MemoryContext caller;
	MemoryContext context;
	ListCell   *cell;

	if (observation->groups == NIL)
		return;
	/* what the only group's merge needs may lie beside it */
	context = list_length(observation->groups) == 1 ?
		observation->group_context :
		need_context(observation, &observation->merge_context);
	observation->edges = NIL;
	/* the caller may be amid a row: what that row needs is left alone */
	caller = MemoryContextSwitchTo(observation->reader->context);
	list_sort(observation->groups, compare_groups);
	pls_backlog_begin(&backlog);
	if (!pls_standings_open(&standings))
		standings.heap = NULL;
	foreach(cell, observation->groups)
	{
		MemoryContextSwitchTo(context);
		merge_group(observation, lfirst(cell), &standings, &backlog);
		if (context == observation->merge_context)
			MemoryContextReset(context);
		CHECK_FOR_INTERRUPTS();
	}
	pls_table_close(&standings);
	pls_table_close(&backlog);
	MemoryContextSwitchTo(caller);
	MemoryContextReset(observation->group_context);
	observation->groups = NIL;
	observation->group_table = NULL;
	/* what was written is now seen by what follows, here and by others */
	CommandCounterIncrement();
}

/* ---------- events ---------- */

/*
 * Write down the outcomes that were seen, and forget them.
 */
static void
record_outcomes(Observation *observation)
{
	MemoryContext caller;

	if (observation->outcomes == NIL)
		return;
	caller = MemoryContextSwitchTo(observation->outcome_context);
	pls_record_outcomes(observation->outcomes);
	observation->outcomes = NIL;
	MemoryContextSwitchTo(caller);
	MemoryContextReset(observation->outcome_context);
}

static void
note_outcomes(Observation *observation, const PlsEvent *event)
{
	MemoryContext caller;
	PlsModel   *model = observation->reader->models[event->model];
	int			number = -1;

	if (list_length(observation->outcomes) >= MOST_OUTCOMES)
		record_outcomes(observation);
	caller = MemoryContextSwitchTo(need_context(observation,
												&observation->outcome_context));
	while ((number = bms_next_member(event->outcomes, number)) >= 0)
	{
		PlsSeenOutcome *seen = palloc(sizeof(PlsSeenOutcome));

		seen->motion = model->motion;
		seen->unit_is_user = model->unit_is_user;
		seen->rule = &model->outcomes[number];
		seen->entity = pstrdup(event->entity);
		seen->at = event->seconds;
		observation->outcomes = lappend(observation->outcomes, seen);
	}
	MemoryContextSwitchTo(caller);
}

/*
 * Whether the groups take so much memory that they are merged before more
 * rows are read.  Merging is left as late as possible: each further version
 * of a standing in one transaction makes the next one dearer to find.
 */
static bool
groups_are_many(const Observation *observation)
{
	return observation->groups != NIL &&
		MemoryContextMemAllocated(observation->group_context,
								  false) > MOST_GROUP_MEMORY;
}

/*
 * Take in one event.
 */
static void
observe_event(void *arg, const PlsEvent *event)
{
	Observation *observation = arg;
	EntityGroup wanted;
	EntityGroup *group;

	if (pls_reader_was_locked(observation->reader))
		return;
	if (event->outcomes != NULL)
		note_outcomes(observation, event);
	if (event->nmatches == 0)
		return;
	if (groups_are_many(observation))
		merge_groups(observation);
	wanted.model = event->model;
	wanted.entity = event->entity;
	wanted.not_before = DT_NOBEGIN;
	if (event->at > observation->as_of)
		wanted.not_before = pls_due_second(event->at);
	group = find_group(observation, &wanted);
	if (group == NULL)
		make_group(observation, &wanted, event);
	else
		add_event(observation, group, event);
}

/* ---------- the trigger ---------- */

static void
observe(PlsSource *source, TriggerData *trigger)
{
	Observation observation = {pls_reader_begin(source, trigger->tg_relation, NULL)};
	PlsEventReader *reader = observation.reader;
	MemoryContext caller = MemoryContextSwitchTo(reader->context);

	observation.as_of = pls_clock();
	if (TRIGGER_FIRED_FOR_ROW(trigger->tg_event))
		pls_reader_row(reader, trigger->tg_trigslot, observe_event,
					   &observation);
	else
		pls_reader_rows(reader, trigger->tg_newtable, observe_event,
						&observation);
	if (pls_reader_was_locked(reader))
	{
		/* whose the rows are is not known: all is counted anew */
		observation.groups = NIL;
		observation.outcomes = NIL;
		pls_backlog_ask_rebuild_once("", "");
	}
	merge_groups(&observation);
	record_outcomes(&observation);
	pls_decide_some(observation.edges);
	MemoryContextSwitchTo(caller);
	pls_reader_end(reader);
}

PG_FUNCTION_INFO_V1(pls_observe);

/*
 * The trigger function for rows inserted into watched tables.
 */
Datum
pls_observe(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = pls_trigger_call(fcinfo, "observe");
	PlsSource  *source;

	if (!TRIGGER_FIRED_AFTER(trigger->tg_event) ||
		!TRIGGER_FIRED_BY_INSERT(trigger->tg_event) ||
		(TRIGGER_FIRED_FOR_STATEMENT(trigger->tg_event) &&
		 trigger->tg_newtable == NULL))
		pls_refuse_trigger("observe",
						   "must be fired AFTER INSERT, FOR EACH ROW or FOR EACH STATEMENT with a NEW TABLE",
						   "Use pls.watch() to create the trigger.");
	if (TRIGGER_FIRED_FOR_STATEMENT(trigger->tg_event) &&
		tuplestore_tuple_count(trigger->tg_newtable) == 0)
		return PointerGetDatum(NULL);
	source = pls_source_get(trigger);
	if (source != NULL)
		observe(source, trigger);
	return PointerGetDatum(NULL);
}
