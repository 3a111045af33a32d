/*-------------------------------------------------------------------------
 *
 * replay_pass.c
 *	  An entity's way through its events and the sweeps between them.
 *
 * What happens to an entity happens in this order: the events of a statement,
 * an alert that is closed, a sweep.  Each is what standing.c, decide.c and the
 * sweep's SQL (sql/70_sweep/30_due.sql) do to its standing; here the standing
 * is in memory.  Where the rules have to be asked, the pass stops and goes on
 * with their answer: many entities ask at a time (replay_rules.c).
 *
 * Most events change no lane.  An event is passed over, and neither added to
 * the evidence nor evaluated, where the lane surely does not rise by it
 * (headroom.c), nor falls by it or by the time that has passed (next_look.c).
 * What was passed over is added when the score is worked out again.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "evidence/model_evidence.h"
#include "evidence/next_look.h"
#include "evidence/score_range.h"
#include "evidence/score_steps.h"
#include "learning/replay.h"
#include "rebuild/gather_records.h"

#define LONGEST_SPAN (64 * USECS_PER_DAY)
#define MOST_AHEAD 32			/* events that are looked at before they come */

/* ---------- when something happens next ---------- */

/*
 * An instant so much later; DT_NOEND if that is beyond all.
 */
static TimestampTz
later(TimestampTz at, int64 span)
{
	return span > DT_NOEND - at ? DT_NOEND : at + span;
}

/*
 * The instant from the list that is not before another; DT_NOEND: there is
 * none.
 */
static TimestampTz
arrival_of(const PlsReplay *replay, TimestampTz at)
{
	int			low = 0;
	int			high = replay->narrivals;

	if (replay->narrivals < 0)
		return at;
	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (replay->arrivals[middle] < at)
			low = middle + 1;
		else
			high = middle;
	}
	return low < replay->narrivals ? replay->arrivals[low] : DT_NOEND;
}

static TimestampTz
next_statement(const PlsReplay *replay, const PlsReplayEntity *entity)
{
	return entity->next == entity->nevents ? DT_NOEND :
		arrival_of(replay, entity->events[entity->next].at);
}

/*
 * The first sweep not before an instant: they come at from, and so many
 * microseconds before and after it.
 */
static TimestampTz
sweep_from(const PlsReplay *replay, TimestampTz at)
{
	int64		every = replay->sweep_every;
	int64		since;
	int64		rest;

	if (at == DT_NOEND || (replay->is_new && at < replay->from))
		return at == DT_NOEND ? DT_NOEND : replay->from;
	since = at - replay->from;
	rest = since % every;
	if (rest == 0)
		return at;
	return later(at, rest > 0 ? every - rest : -rest);
}

/*
 * From when on a sweep lets the alert expire.
 */
static TimestampTz
next_expiry(const PlsReplay *replay, const PlsReplayEntity *entity)
{
	return entity->has_alert && replay->expire_after >= 0 ?
		later(entity->raised_at, replay->expire_after) : DT_NOEND;
}

/*
 * When the next sweep finds something to do.
 */
static TimestampTz
next_sweep(const PlsReplay *replay, const PlsReplayEntity *entity)
{
	TimestampTz wake = Min(entity->look_at, next_expiry(replay, entity));

	return sweep_from(replay, Max(wake, entity->now));
}

static TimestampTz
next_close(const PlsReplay *replay, const PlsReplayEntity *entity)
{
	return entity->has_alert && replay->close_after >= 0 ?
		later(entity->raised_at, replay->close_after) : DT_NOEND;
}

/* ---------- evaluation ---------- */

/*
 * Add the events up to the next one to the evidence, the newest first: most
 * parts then have no room for the older ones.  Returns whether one of those
 * from number fresh on says anything; the first that does makes the standing.
 */
static bool
merge_events(PlsReplay *replay, PlsReplayEntity *entity, int fresh)
{
	PlsGathering *gathering = replay->gathering;
	bool		any = false;
	int			i;

	for (i = entity->next - 1; i >= entity->merged; i--)
	{
		PlsRecord	record;
		bool		says;

		memcpy(&record, entity->events[i].record, sizeof(record));
		says = pls_record_add(replay->model, entity->evidence,
							  gathering->events[record.event], &record,
							  entity->events[i].record);
		any |= says && i >= fresh;
		entity->has_standing |= says;
	}
	entity->merged = entity->next;
	return any;
}

static void
standing_at(const PlsReplayEntity *entity, TimestampTz at,
			const PlsScore *score, PlsStandingNow *standing)
{
	standing->evidence = entity->evidence;
	standing->score = score;
	standing->as_of = at;
	standing->lane = entity->lane;
	standing->reason = entity->lane == PLS_LANE_NONE ? NULL : entity->reason;
	standing->decide_again_at = entity->decide_again_at;
	standing->cooldown_until = entity->cooldown_until;
}

/*
 * Until when each signal that says "did it lately" is surely met: the events
 * that come are known, and so is how far they lie apart.
 */
static void
find_holds(PlsReplay *replay, const PlsReplayEntity *entity)
{
	const PlsModel *model = replay->model;
	int			last = Min(entity->nevents, entity->next + MOST_AHEAD);
	int			i;
	int			j;

	for (i = 0; i < model->nsignals; i++)
	{
		const PlsSignal *signal = &model->signals[i];
		const PlsItem *newest = NULL;

		if (replay->narrivals < 0 && signal->measure == PLS_RECENCY &&
			(signal->op == PLS_LE || signal->op == PLS_LT))
			newest = pls_part_newest(&entity->evidence->parts[signal->part]);
		replay->holds[i] = newest == NULL ? DT_NOBEGIN :
			time_t_to_timestamptz((pg_time_t) newest->at) + signal->window - 1;
	}
	if (replay->narrivals >= 0)
		return;
	for (j = entity->next; j < last; j++)
	{
		const PlsReplayEvent *event = &entity->events[j];
		const PlsEventEffect *effect = &replay->effects[event->event];

		for (i = 0; i < effect->nrefreshed; i++)
		{
			int			number = effect->refreshed[i];

			/* rows are kept by the second */
			if (event->at <= replay->holds[number])
				replay->holds[number] = event->at - USECS_PER_SEC +
					model->signals[number].window;
		}
	}
}

/*
 * Whether the lane surely stays until an instant.  If so, events up to then may
 * be passed over as far as there is room for them.
 */
static bool
lane_stays(PlsReplay *replay, PlsReplayEntity *entity,
		   const PlsStandingNow *standing, TimestampTz until)
{
	PlsScore	low;
	PlsScore	high;

	pls_score_range_with(replay->model, standing->evidence, standing->score,
						 standing->as_of, until, replay->holds,
						 entity->headroom.signals, &low, &high);
	if (!pls_same_in_range(replay->model, standing, &low, &high))
		return false;
	pls_headroom_by_range(&entity->headroom, &high, entity->lane);
	return true;
}

/*
 * The longest of some spans from an instant, not below the last one, in which
 * the lane surely stays without further events; 0: none.  Longer ones are
 * tried after a longer one has held the last time.
 */
static int64
proved_span(PlsReplay *replay, PlsReplayEntity *entity,
			const PlsStandingNow *standing, int64 least)
{
	int64		span = Max(entity->span, least);

	if (lane_stays(replay, entity, standing, later(standing->as_of, span)))
	{
		entity->span = Min(4 * span, LONGEST_SPAN);
		return span;
	}
	while (span > least)
	{
		span = Max(span / 4, least);
		entity->span = span;
		if (lane_stays(replay, entity, standing,
					   later(standing->as_of, span)))
			return span;
	}
	return 0;
}

/*
 * Whether it is to be tried to prove that the lane stays, where the way of the
 * score can be followed instead: the more seldom, the longer that has failed.
 */
static bool
is_worth_trying(const PlsReplay *replay, PlsReplayEntity *entity)
{
	if (!replay->has_steps || entity->nskipped >= Min(entity->nfailed, 8))
	{
		entity->nskipped = 0;
		return true;
	}
	entity->nskipped++;
	entity->nfailed--;			/* it has not failed now */
	return false;
}

/*
 * The end of a span from an instant in which the lane surely stays without
 * further events.  Nothing is seen between two sweeps: of a bound only the
 * sweep matters that comes after it.
 */
static TimestampTz
lane_stays_until(PlsReplay *replay, PlsReplayEntity *entity,
				 const PlsStandingNow *standing)
{
	TimestampTz next = Min(next_statement(replay, entity), replay->until);
	int64		open = next - standing->as_of;
	int64		proved;

	if (open <= 0)
	{
		entity->may_pass = false;
		return standing->as_of;
	}
	/* there is nothing above the highest lane for which events need room */
	if (entity->lane == PLS_LANE_SALES && replay->has_steps &&
		!pls_grade_matters(replay->model, standing))
		return pls_steps_lane_until(replay->model, standing, replay->holds,
									later(standing->as_of, LONGEST_SPAN));
	proved = 0;
	if (is_worth_trying(replay, entity))
		proved = proved_span(replay, entity, standing, open);
	if (proved > 0)
	{
		entity->nfailed = 0;
		return later(standing->as_of, proved);
	}
	/* what room there is for events is not known */
	entity->may_pass = false;
	entity->nfailed++;
	if (replay->has_steps && !pls_grade_matters(replay->model, standing))
		return pls_steps_lane_until(replay->model, standing, replay->holds,
									next);
	while (open - proved > replay->sweep_every)
	{
		int64		span = proved + (open - proved) / 2;

		if (lane_stays(replay, entity, standing, standing->as_of + span))
			proved = span;
		else
			open = span;
	}
	return standing->as_of + proved;
}

/*
 * After an evaluation: when to look again, and which events may be passed
 * over.  A look that is due already stays so.
 */
static void
plan(PlsReplay *replay, PlsReplayEntity *entity, TimestampTz at,
	 const PlsScore *score)
{
	PlsStandingNow standing;
	TimestampTz decision;
	bool		was_due = entity->look_at <= at;

	standing_at(entity, at, score, &standing);
	decision = pls_next_decision(&standing);
	entity->may_pass = pls_score_has_items(replay->model, entity->evidence) &&
		!pls_grade_matters(replay->model, &standing);
	entity->stays_until = DT_NOEND;
	if (entity->lane == PLS_LANE_NONE &&
		pls_cannot_rise(replay->model, score, entity->lane))
		pls_headroom_by_score(&entity->headroom, score, entity->lane);
	else
	{
		find_holds(replay, entity);
		entity->stays_until = lane_stays_until(replay, entity, &standing);
	}
	/* where it cannot tell, the next sweep is the first to see another lane */
	if (!was_due)
		entity->look_at = Max(Min(decision, entity->stays_until), at + 1);
}

/*
 * Keep the score by which the rules are asked.
 */
static void
keep_score(const PlsModel *model, PlsReplayEntity *entity,
		   const PlsScore *score)
{
	PlsSignalScore *signals = entity->score.signals;

	if (score == &entity->score)
		return;
	entity->score = *score;
	entity->score.limits = NULL;
	entity->score.signals = memcpy(signals, score->signals,
								   model->nsignals * sizeof(PlsSignalScore));
}

/*
 * Ask the rules about the entity at an instant, when it had this score.
 */
static void
ask(PlsReplay *replay, PlsReplayEntity *entity, PlsReplayAsk what,
	PlsLane lane, TimestampTz at, const PlsScore *score)
{
	MemoryContext caller = MemoryContextSwitchTo(entity->evidence->context);
	const PlsModel *model = replay->model;
	Datum	   *names = palloc(Max(model->nsignals, 1) * sizeof(Datum));
	int			nnames = 0;
	int			i;

	entity->ask = what;
	entity->ask_lane = lane;
	entity->now = at;
	keep_score(model, entity, score);
	entity->grade = pls_grade(model, score);
	if (what == PLS_ASK_DECISION)
	{
		for (i = 0; i < model->nsignals; i++)
			if (score->signals[i].met)
				names[nnames++] = CStringGetTextDatum(model->signals[i].name);
		entity->signals = PointerGetDatum(construct_array(names, nnames,
														  TEXTOID, -1, false,
														  TYPALIGN_INT));
	}
	MemoryContextSwitchTo(caller);
}

/*
 * Evaluate the evidence at an instant, as evaluate_standing() does.
 */
static void
evaluate(PlsReplay *replay, PlsReplayEntity *entity, TimestampTz at,
		 const PlsScore *score)
{
	PlsLane		now = pls_lane(replay->model, score, entity->lane);
	PlsLane		decide = pls_lane_to_decide(entity->lane, now,
											entity->decide_again_at, at);

	entity->lane = now;
	entity->now = at;
	if (now == PLS_LANE_NONE)
		entity->decide_again_at = DT_NOEND;
	if (decide == PLS_LANE_NONE)
	{
		plan(replay, entity, at, score);
		return;
	}
	entity->may_pass = false;
	entity->look_at = DT_NOBEGIN;
	ask(replay, entity, PLS_ASK_DECISION, decide, at, score);
}

static void
score_at(PlsReplay *replay, const PlsReplayEntity *entity, TimestampTz at,
		 PlsScore *score)
{
	pls_score(replay->model, entity->evidence, at, entity->attributes, score);
}

/* ---------- what happens ---------- */

/*
 * Whether an event may lower the score, or what is met.
 */
static bool
may_lower(const PlsReplay *replay, const PlsEventEffect *effect,
		  const PlsReplayEvent *event)
{
	return effect->may_lower ||
		(effect->adds_up &&
		 pls_record_has_negative(replay->model,
								 replay->gathering->events[event->event],
								 event->record));
}

/*
 * Whether the lane surely is the same after an event.
 */
static bool
passes_over(PlsReplay *replay, PlsReplayEntity *entity, int number,
			TimestampTz at)
{
	const PlsReplayEvent *event = &entity->events[number];
	const PlsEventEffect *effect = &replay->effects[event->event];

	if (!entity->may_pass || entity->decide_again_at <= at)
		return false;
	if (at > entity->stays_until ||
		(entity->lane != PLS_LANE_NONE &&
		 may_lower(replay, effect, event)))
		return false;
	return entity->lane == PLS_LANE_SALES ||
		pls_headroom_takes(&entity->headroom, effect);
}

/*
 * Note a conversion that an event shows: it is in pls.outcomes before anything
 * is decided, and has the sweep look.
 */
static void
note_conversion(PlsReplayEntity *entity, const PlsReplayEvent *event)
{
	TimestampTz at;

	if (!event->converts)
		return;
	at = time_t_to_timestamptz((pg_time_t) pls_floor_second(event->at));
	entity->converted_at = Min(entity->converted_at, at);
	entity->obstacle_known_until = DT_NOBEGIN;
	entity->look_at = DT_NOBEGIN;
	entity->has_changed = true;
}

/*
 * Before the motion is live events are evidence and no more.
 */
static bool
is_before_motion(const PlsReplay *replay, TimestampTz at)
{
	return replay->is_new && at < replay->from;
}

/*
 * The events that are written at an instant: those of a batch, or one.
 */
static void
take_statement(PlsReplay *replay, PlsReplayEntity *entity, TimestampTz at)
{
	int			first = entity->next;
	bool		passed = true;
	bool		looks_at_grade;
	PlsScore	before;
	PlsScore	score;
	PlsStandingNow standing;

	do
	{
		note_conversion(entity, &entity->events[entity->next]);
		passed = passed && passes_over(replay, entity, entity->next, at);
		entity->next++;
	} while (replay->narrivals >= 0 && next_statement(replay, entity) == at);
	entity->now = at;
	if (passed)
		return;
	if (is_before_motion(replay, at))
		return;
	standing_at(entity, at, NULL, &standing);
	looks_at_grade = pls_grade_matters(replay->model, &standing);
	if (looks_at_grade)
		score_at(replay, entity, at, &before);
	if (!merge_events(replay, entity, first))
		return;
	score_at(replay, entity, at, &score);
	if (looks_at_grade && !pls_same_grade(replay->model, &before, &score))
		entity->look_at = Min(entity->look_at, at);
	evaluate(replay, entity, at, &score);
}

/*
 * The alert is closed, as a rep does it.  An alert that is touched counts from
 * then on for touch_limit.
 */
static void
close_alert(PlsReplay *replay, PlsReplayEntity *entity, TimestampTz at)
{
	entity->now = at;
	entity->has_alert = false;
	if (replay->close_touches)
		entity->touches[entity->ntouches - 1] = at;
	entity->cooldown_until = entity->decide_again_at =
		later(at, replay->close_cooldown);
	entity->look_at = DT_NOBEGIN;
	entity->has_changed = true;
}

/*
 * Whether a look has to ask the rules: only if something may be another than
 * when they were asked last.
 */
static bool
has_to_ask(const PlsReplay *replay, const PlsReplayEntity *entity,
		   TimestampTz at, const PlsStandingNow *standing)
{
	if (entity->has_changed && entity->has_alert)
		return true;
	if (entity->lane == PLS_LANE_NONE || entity->decide_again_at <= at)
		return false;
	return entity->has_changed ||
		(entity->cooldown_until <= at &&
		 entity->cooldown_until > entity->answered_at) ||
		pls_grade_matters(replay->model, standing);
}

/*
 * What a look has found: something to settle, or nothing.
 */
static void
end_look(PlsReplay *replay, PlsReplayEntity *entity, TimestampTz at,
		 const PlsScore *score)
{
	entity->look_at = DT_NOEND;
	evaluate(replay, entity, at, score);
}

/*
 * A sweep that finds something to do.
 */
static void
sweep(PlsReplay *replay, PlsReplayEntity *entity, TimestampTz at)
{
	PlsStandingNow standing;
	PlsScore	score;

	entity->now = at;
	if (next_expiry(replay, entity) <= at)
	{
		entity->has_alert = false;
		entity->has_changed = true;
	}
	(void) merge_events(replay, entity, entity->next);
	if (!entity->has_standing)
	{
		/* outcomes alone make none */
		entity->look_at = DT_NOEND;
		return;
	}
	score_at(replay, entity, at, &score);
	standing_at(entity, at, &score, &standing);
	if (has_to_ask(replay, entity, at, &standing))
	{
		ask(replay, entity, PLS_ASK_LOOK, entity->lane, at, &score);
		return;
	}
	end_look(replay, entity, at, &score);
}

/*
 * Begin, with everything that is needed in the context.
 */
void
pls_replay_begin(PlsReplay *replay, PlsReplayEntity *entity,
				 MemoryContext context)
{
	MemoryContext caller = MemoryContextSwitchTo(context);

	entity->evidence = pls_model_evidence(context, replay->model);
	if (replay->gathering->accounts != NULL)
		entity->attributes =
			pls_identity_attributes(replay->gathering->accounts,
									replay->model->unit_is_user, entity->id);
	pls_headroom_create(&entity->headroom, replay->model);
	entity->score.signals = palloc(Max(replay->model->nsignals, 1) *
								   sizeof(PlsSignalScore));
	entity->decide_again_at = entity->converted_at = DT_NOEND;
	entity->cooldown_until = entity->now = entity->answered_at = DT_NOBEGIN;
	entity->obstacle_known_until = DT_NOBEGIN;
	entity->look_at = replay->is_new ? replay->from : DT_NOEND;
	MemoryContextSwitchTo(caller);
}

/*
 * Go on until the rules have to be asked, or to the end.
 */
void
pls_replay_advance(PlsReplay *replay, PlsReplayEntity *entity)
{
	MemoryContext caller = MemoryContextSwitchTo(replay->moment_context);

	while (entity->ask == PLS_ASK_NOTHING)
	{
		TimestampTz statement = next_statement(replay, entity);
		TimestampTz close = next_close(replay, entity);
		TimestampTz look = next_sweep(replay, entity);

		CHECK_FOR_INTERRUPTS();
		if (Min(statement, Min(close, look)) >= replay->until)
			break;
		if (statement <= Min(close, look))
			take_statement(replay, entity, statement);
		else if (close <= look)
			close_alert(replay, entity, close);
		else
			sweep(replay, entity, look);
		MemoryContextReset(replay->moment_context);
	}
	MemoryContextSwitchTo(caller);
}

/* ---------- answers ---------- */

static void
note_touch(PlsReplayEntity *entity, TimestampTz at)
{
	Size		size = (entity->ntouches + 1) * sizeof(TimestampTz);

	entity->touches = entity->touches == NULL ?
		MemoryContextAlloc(entity->evidence->context, size) :
		repalloc(entity->touches, size);
	entity->touches[entity->ntouches++] = at;
}

/*
 * Whether the open alert is to be withdrawn, as apply_obstacle() does it: the
 * rules that do so are two of eligibility.
 */
static bool
is_obstructed(const PlsReplayEntity *entity)
{
	return entity->has_alert && entity->obstacle != NULL &&
		(strcmp(entity->obstacle, "excluded") == 0 ||
		 strcmp(entity->obstacle, "already_customer") == 0);
}

/*
 * What a decision leaves in the standing, as record_decision() does.
 */
static void
take_decision(PlsReplay *replay, PlsReplayEntity *entity,
			  const PlsReplayAnswer *answer)
{
	entity->reason = answer->reason;
	entity->decide_again_at = answer->decide_again_at;
	entity->cooldown_until = answer->cooldown_until;
	if (strcmp(answer->reason, "raised") == 0 ||
		strcmp(answer->reason, "triage") == 0)
	{
		entity->has_alert = true;
		entity->raised_at = entity->now;
		note_touch(entity, entity->now);
	}
	if (entity->now >= replay->from)
		pls_replay_put(replay, entity);
	/* the next sweep looks: for an alert that goes, or to plan what comes */
	entity->has_changed = is_obstructed(entity);
	if (entity->has_changed)
		return;
	entity->look_at = DT_NOEND;
	plan(replay, entity, entity->now, &entity->score);
}

/*
 * What a look leaves, as sweep_entity() does.
 */
static void
take_look(PlsReplay *replay, PlsReplayEntity *entity,
		  const PlsReplayAnswer *answer)
{
	if (answer->unblocked)
		entity->decide_again_at = entity->now;
	if (is_obstructed(entity))
	{
		entity->has_alert = false;
		entity->cooldown_until = DT_NOBEGIN;
		entity->decide_again_at =
			entity->lane == PLS_LANE_NONE ? DT_NOEND : entity->now;
	}
	/* nothing has happened since it asked */
	end_look(replay, entity, entity->now, &entity->score);
}

/*
 * Take the answer to what was asked.
 */
void
pls_replay_answer(PlsReplay *replay, PlsReplayEntity *entity,
				  const PlsReplayAnswer *answer)
{
	PlsReplayAsk what = entity->ask;
	MemoryContext caller = MemoryContextSwitchTo(replay->moment_context);

	entity->ask = PLS_ASK_NOTHING;
	entity->answered_at = entity->now;
	entity->has_changed = false;
	if (what == PLS_ASK_DECISION)
		take_decision(replay, entity, answer);
	else
		take_look(replay, entity, answer);
	MemoryContextSwitchTo(caller);
	MemoryContextReset(replay->moment_context);
}
