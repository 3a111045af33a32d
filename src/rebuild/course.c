/*-------------------------------------------------------------------------
 *
 * course.c
 *	  How the score of one entity went, from one instant to another.
 *
 * The entity's events are read as a rebuild reads them and taken in their
 * order, as the trigger took them.  Between two events a score changes when a
 * row leaves a window or an age reaches a span; these instants follow from the
 * rows.  Decay changes it at every instant: what it changes is said whenever
 * something else changes, and a lane that it takes away is found by
 * pls_next_look(), which tells how long a lane stays at least.
 *
 * The model and the identity are those in force at the beginning: the caller
 * asks for one stretch between their changes after the other.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "access/tableam.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "lib/qunique.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "decimal.h"
#include "evidence/evidence.h"
#include "evidence/model_evidence.h"
#include "evidence/next_look.h"
#include "evidence/score.h"
#include "model/model.h"
#include "model/model_snapshot.h"
#include "model/signal.h"
#include "rebuild/gather.h"
#include "rebuild/watched_table.h"
#include "state/identity.h"
#include "text_datum.h"
#include "trigger/event_reader.h"

/* Columns of pls_internal.score_course(). */
enum
{
	C_AT, C_SCORE, C_GRADE, C_LANE, C_LAST_EVENT_AT, C_MODEL_VERSION, C_NCOLUMNS
};

#define HALF_A_MILLISECOND 500

/* An event of the entity that counts. */
typedef struct Occurrence
{
	TimestampTz at;
	int			nmatches;
	PlsMatch   *matches;
} Occurrence;

typedef struct Course
{
	ReturnSetInfo *result;
	MemoryContext context;
	MemoryContext moment_context;	/* reset after each evaluation */
	PlsModel   *model;
	int			model_version;
	const char *entity;
	PlsWanted  *wanted;
	PlsIdentity *identity;
	Snapshot	snapshot;
	TimestampTz from;			/* inclusive */
	TimestampTz until;			/* exclusive */
	Jsonb	   *attributes;
	int			noccurrences;
	int			capacity;
	Occurrence *occurrences;
	int			ninstants;
	int			most_instants;
	TimestampTz *instants;		/* at which the score may change */
	bool		decays;			/* it changes at all instants */
	/* as it went so far */
	PlsEvidence *evidence;
	int			taken;			/* occurrences that are in it */
	PlsLane		lane;
	PlsMilli	total;
	char	   *grade;
	bool		any;			/* something has been said */
} Course;

/* ---------- the events ---------- */

static void
keep_occurrence(Course *course, TimestampTz at, const PlsMatch *matches,
				int nmatches)
{
	Occurrence *occurrence;

	if (course->noccurrences == course->capacity)
	{
		course->capacity *= 2;
		course->occurrences = repalloc_huge(course->occurrences,
											course->capacity *
											sizeof(Occurrence));
	}
	occurrence = &course->occurrences[course->noccurrences++];
	occurrence->at = at;
	occurrence->nmatches = nmatches;
	occurrence->matches = MemoryContextAlloc(course->context,
											 nmatches * sizeof(PlsMatch));
	memcpy(occurrence->matches, matches, nmatches * sizeof(PlsMatch));
}

/*
 * Keep the row in the slot if it is an event of the entity before the end.
 */
static void
read_row(Course *course, PlsEventReader *reader, TupleTableSlot *slot,
		 PlsMatch *matches)
{
	const char *entity;
	PlsRow		row;
	int			nmatches;

	if (!pls_reader_start_row(reader, slot, &row) ||
		reader->at >= course->until)
		return;
	nmatches = pls_match_row(course->model, &row, matches, NULL);
	if (nmatches == 0)
		return;
	entity = pls_reader_entity(reader, course->model);
	if (entity != NULL && strcmp(entity, course->entity) == 0)
		keep_occurrence(course, reader->at, matches, nmatches);
}

static void
read_leaf(Course *course, const PlsLeaf *leaf)
{
	Relation	relation = table_open(leaf->relid, AccessShareLock);
	PlsSource  *source = pls_source_find(leaf->source_id, leaf->relid);
	PlsEventReader *reader = pls_reader_begin(source, relation,
											  course->identity);
	PlsGathering gathering = {.model = course->model,.wanted = course->wanted,
	.identity = course->identity};
	PlsMatch   *matches = palloc(Max(course->model->nrules, 1) *
								 sizeof(PlsMatch));
	TupleTableSlot *slot = table_slot_create(relation, NULL);
	PlsColumnValues wanted;
	PlsLeafScan scan;
	MemoryContext caller;

	pls_leaf_scan_begin(&scan, relation, course->snapshot, NULL,
						pls_wanted_values(&gathering, source, relation,
										  &wanted) ? &wanted : NULL);
	caller = MemoryContextSwitchTo(reader->row_context);
	while (pls_leaf_scan_next(&scan, slot))
	{
		CHECK_FOR_INTERRUPTS();
		read_row(course, reader, slot, matches);
		MemoryContextReset(reader->row_context);
	}
	MemoryContextSwitchTo(caller);
	pls_leaf_scan_end(&scan);
	ExecDropSingleTupleTableSlot(slot);
	pls_reader_end(reader);
	table_close(relation, NoLock);
}

static int
compare_occurrences(const void *a, const void *b)
{
	TimestampTz left = ((const Occurrence *) a)->at;
	TimestampTz right = ((const Occurrence *) b)->at;

	return left < right ? -1 : left > right ? 1 : 0;
}

static void
read_events(Course *course, const PlsLeaf *leaves, int nleaves)
{
	int			i;

	course->capacity = 64;
	course->occurrences = palloc(course->capacity * sizeof(Occurrence));
	for (i = 0; i < nleaves; i++)
		read_leaf(course, &leaves[i]);
	qsort(course->occurrences, course->noccurrences, sizeof(Occurrence),
		  compare_occurrences);
}

/* ---------- the instants ---------- */

/*
 * Note an instant between the beginning and the end.
 */
static void
note_instant(Course *course, TimestampTz at)
{
	if (at <= course->from || at >= course->until)
		return;
	if (course->ninstants == course->most_instants)
	{
		course->most_instants *= 2;
		course->instants = repalloc_huge(course->instants,
										 course->most_instants *
										 sizeof(TimestampTz));
	}
	course->instants[course->ninstants++] = at;
}

/*
 * Note when an age of a row reaches a span, and when it exceeds it.  Ages that
 * are compared are rounded to milliseconds.
 */
static void
note_age(Course *course, PlsSeconds at, int64 span)
{
	TimestampTz then = time_t_to_timestamptz((pg_time_t) at);

	if (span <= 0 || span >= course->until - then)
		return;
	note_instant(course, then + span - HALF_A_MILLISECOND);
	note_instant(course, then + span);
	note_instant(course, then + span + HALF_A_MILLISECOND);
}

/*
 * Note when a row changes what it is worth to a signal.
 */
static void
note_ages(Course *course, const PlsSignal *signal, PlsSeconds at)
{
	note_age(course, at, signal->window);
	if (signal->measure == PLS_GROWTH)
		note_age(course, at, 2 * signal->window);
	if (signal->measure == PLS_SEQUENCE)
		note_age(course, at, signal->period);
	if (signal->decay == PLS_DECAY_NONE)
		return;
	note_age(course, at, signal->decay_span);
	if (signal->decay == PLS_DECAY_STEP)
		note_age(course, at, signal->decay_span / 2);
}

static int
compare_instants(const void *a, const void *b)
{
	TimestampTz left = *(const TimestampTz *) a;
	TimestampTz right = *(const TimestampTz *) b;

	return left < right ? -1 : left > right ? 1 : 0;
}

/*
 * All instants at which the score may change, but for decay, each once.
 */
static void
find_instants(Course *course)
{
	const PlsModel *model = course->model;
	int			i;
	int			j;
	int			k;

	course->most_instants = 256;
	course->instants = palloc(course->most_instants * sizeof(TimestampTz));
	for (i = 0; i < course->noccurrences; i++)
	{
		const Occurrence *occurrence = &course->occurrences[i];

		note_instant(course, occurrence->at);
		for (j = 0; j < occurrence->nmatches; j++)
			for (k = 0; k < model->nsignals; k++)
				if (model->signals[k].part == occurrence->matches[j].rule ||
					model->signals[k].newest_part == occurrence->matches[j].rule)
					note_ages(course, &model->signals[k],
							  occurrence->matches[j].at);
	}
	qsort(course->instants, course->ninstants, sizeof(TimestampTz),
		  compare_instants);
	course->ninstants = (int) qunique(course->instants, course->ninstants,
									  sizeof(TimestampTz), compare_instants);
}

/* ---------- the course ---------- */

/*
 * Say what the entity scores from an instant on.
 */
static void
put_point(const Course *course, TimestampTz at)
{
	Datum		values[C_NCOLUMNS];
	bool		nulls[C_NCOLUMNS] = {false};

	values[C_AT] = TimestampTzGetDatum(at);
	values[C_SCORE] = pls_milli_to_numeric(course->total);
	values[C_GRADE] = pls_text_or_null(course->grade, &nulls[C_GRADE]);
	values[C_LANE] = pls_text_or_null(pls_lane_name(course->lane), &nulls[C_LANE]);
	nulls[C_LAST_EVENT_AT] = course->taken == 0;
	values[C_LAST_EVENT_AT] = course->taken == 0 ? (Datum) 0 :
		TimestampTzGetDatum(course->occurrences[course->taken - 1].at);
	values[C_MODEL_VERSION] = Int32GetDatum(course->model_version);
	tuplestore_putvalues(course->result->setResult, course->result->setDesc,
						 values, nulls);
}

static bool
same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/*
 * Evaluate at an instant, and say so if something has changed: anything, or
 * the lane alone.
 */
static void
evaluate(Course *course, TimestampTz at, bool lane_alone, PlsScore *score)
{
	PlsLane		lane;
	char	   *grade;

	pls_score(course->model, course->evidence, at, course->attributes, score);
	lane = pls_lane(course->model, score, course->lane);
	grade = pls_grade(course->model, score);
	if (course->any && lane == course->lane &&
		(lane_alone || (score->total == course->total &&
						same_text(grade, course->grade))))
		return;
	course->any = true;
	course->lane = lane;
	course->total = score->total;
	course->grade = grade == NULL ? NULL :
		MemoryContextStrdup(course->context, grade);
	put_point(course, at);
}

/*
 * Take in the events up to an instant.
 */
static void
take_events(Course *course, TimestampTz at)
{
	for (; course->taken < course->noccurrences &&
		 course->occurrences[course->taken].at <= at; course->taken++)
		pls_add_matches(course->evidence,
						course->occurrences[course->taken].matches,
						course->occurrences[course->taken].nmatches);
}

/*
 * Whether the model has points that fall from instant to instant.
 */
static bool
has_decay(const PlsModel *model)
{
	int			i;

	for (i = 0; i < model->nsignals; i++)
		if (model->signals[i].decay == PLS_DECAY_LINEAR ||
			model->signals[i].decay == PLS_DECAY_EXPONENTIAL)
			return true;
	return false;
}

/*
 * What happens at an instant and after it, until the next.  A lane that decay
 * changes is found to the second.
 */
static void
pass_stretch(Course *course, TimestampTz at, TimestampTz next)
{
	PlsScore	score;
	PlsStandingNow standing = {course->evidence, &score};

	evaluate(course, at, false, &score);
	if (!course->decays)
		return;
	standing.decide_again_at = DT_NOEND;
	standing.cooldown_until = DT_NOBEGIN;
	for (;;)
	{
		CHECK_FOR_INTERRUPTS();
		standing.as_of = at;
		standing.lane = course->lane;
		/* where it cannot tell, less than a second is left */
		at = Max(pls_next_look(course->model, &standing, NULL),
				 at + USECS_PER_SEC);
		if (at >= next)
			return;
		evaluate(course, at, true, &score);
	}
}

static void
pass(Course *course)
{
	MemoryContext caller;
	TimestampTz at = course->from;
	int			i;

	course->evidence = pls_model_evidence(course->context, course->model);
	for (i = 0; i <= course->ninstants; i++)
	{
		TimestampTz next = i < course->ninstants ? course->instants[i] :
		course->until;

		take_events(course, at);
		caller = MemoryContextSwitchTo(course->moment_context);
		pass_stretch(course, at, next);
		MemoryContextSwitchTo(caller);
		MemoryContextReset(course->moment_context);
		at = next;
	}
}

/*
 * The course of the entity in the arguments (motion, entity_id, from, until,
 * was_lane), in a memory context of its own.
 */
static void
find_course(FunctionCallInfo fcinfo, Course *course)
{
	Datum		entity = PG_GETARG_DATUM(1);
	PlsLeaf    *leaves;
	int			nleaves;

	course->entity = TextDatumGetCString(entity);
	course->wanted = pls_wanted(construct_array(&entity, 1, TEXTOID, -1, false,
												TYPALIGN_INT));
	course->lane = PG_ARGISNULL(4) ? PLS_LANE_NONE :
		pls_lane_parse(text_to_cstring(PG_GETARG_TEXT_PP(4)));
	course->model = pls_model_as_of(text_to_cstring(PG_GETARG_TEXT_PP(0)),
									course->from, &course->model_version);
	nleaves = pls_motion_leaves(course->model->motion, &leaves);
	course->snapshot = pls_leaves_snapshot();
	course->identity = pls_identity_begin(course->snapshot,
										  PLS_KNOWN_USERS_MEMORY, PLS_WAIT);
	pls_identity_as_of(course->identity, course->from);
	if (course->model->needs_attributes)
		course->attributes =
			pls_identity_attributes(course->identity,
									course->model->unit_is_user,
									course->entity);
	course->decays = has_decay(course->model);
	read_events(course, leaves, nleaves);
	find_instants(course);
	pass(course);
	pls_identity_end(course->identity);
	UnregisterSnapshot(course->snapshot);
}

PG_FUNCTION_INFO_V1(pls_score_course);

/*
 * pls_internal.score_course(motion, entity_id, from, until, was_lane): see its
 * comment in sql/85_learning/18_time_travel.sql.
 *
 * Errors: 22004; 22008 an instant is not finite; 42704 no such motion; 55000
 * no watched table can be read.
 */
Datum
pls_score_course(PG_FUNCTION_ARGS)
{
	Course		course = {0};
	MemoryContext caller;

	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(2) ||
		PG_ARGISNULL(3))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("motion, entity_id, from and until must not be null")));
	course.from = PG_GETARG_TIMESTAMPTZ(2);
	course.until = PG_GETARG_TIMESTAMPTZ(3);
	if (TIMESTAMP_NOT_FINITE(course.from) || TIMESTAMP_NOT_FINITE(course.until))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("from and until must be finite")));
	if (course.from >= course.until)
		return (Datum) 0;
	course.result = (ReturnSetInfo *) fcinfo->resultinfo;
	course.context = AllocSetContextCreate(CurrentMemoryContext, "pls course",
										   ALLOCSET_DEFAULT_SIZES);
	course.moment_context = AllocSetContextCreate(course.context,
												  "pls course moment",
												  ALLOCSET_DEFAULT_SIZES);
	caller = MemoryContextSwitchTo(course.context);
	find_course(fcinfo, &course);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(course.context);
	return (Datum) 0;
}
