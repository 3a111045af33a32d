/*-------------------------------------------------------------------------
 *
 * headroom.c
 *	  How much a score may grow before its lane can rise.
 *
 * Most events change no lane, and mostly that is plain without working out a
 * score: the definition of a signal says how much one event can add to it at
 * the most, and how much time alone can.  No clamp makes more of a difference
 * than it is, so a score grows by no more than its signals do.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "decimal.h"
#include "evidence/headroom.h"
#include "evidence/score.h"
#include "model/model.h"

#define UNLIMITED	((PlsMilli) PG_INT64_MAX)

/* What time alone does to a signal, for all that its definition says. */
typedef enum Course
{
	FALLS,						/* it may cease to be met, and loses points */
	LAPSES,						/* the same, but what it loses is negative */
	TURNS						/* it may come to be met */
} Course;

static Course
course_of(const PlsSignal *signal)
{
	bool		least = signal->op == PLS_GE || signal->op == PLS_GT;
	bool		most = signal->op == PLS_LE || signal->op == PLS_LT;
	Course		course = signal->points >= 0 ? FALLS : LAPSES;

	switch (signal->measure)
	{
		case PLS_ATTRIBUTE:
			return FALLS;		/* it is the same at every instant */
		case PLS_LAST:
			return course;
		case PLS_COUNT:
		case PLS_ACTORS:
		case PLS_DAYS:
		case PLS_DISTINCT:
		case PLS_SEQUENCE:
			return least ? course : TURNS;
		case PLS_RECENCY:
		case PLS_FIRST:
			return most ? course : TURNS;
		case PLS_SUM:
		case PLS_MAX:
		case PLS_GROWTH:
			break;
	}
	return TURNS;
}

/*
 * The most points that a signal can have, after its clamp; UNLIMITED if its
 * definition does not say.
 */
static PlsMilli
best_points(const PlsSignal *signal)
{
	PlsMilli	best = Max(signal->points, 0);

	if (signal->per_unit)
	{
		if (!signal->has_max)
			return UNLIMITED;
		best = signal->max_points;
	}
	return best + pls_score_clamp(best, signal->has_min, signal->min_points,
								  signal->has_max, signal->max_points);
}

/*
 * What time alone may add to a signal's points, 0 or more; UNLIMITED if that
 * cannot be told.  *turns: it may come to be met.
 */
static PlsMilli
gain_by_time(const PlsSignal *signal, const PlsSignalScore *now, bool *turns)
{
	Course		course = course_of(signal);
	PlsMilli	best = 0;

	*turns = (course == TURNS);
	if (course == FALLS)
		return 0;
	if (course == TURNS)
		best = best_points(signal);
	else
		best += pls_score_clamp(best, signal->has_min, signal->min_points,
								signal->has_max, signal->max_points);
	if (best == UNLIMITED)
		return UNLIMITED;
	return Max(best - (now->points + now->clamp), 0);
}

/*
 * Whether the lane cannot become a higher one by time alone, as is plain for
 * most from the score and the model.
 */
bool
pls_cannot_rise(const PlsModel *model, const PlsScore *now, PlsLane lane)
{
	PlsScore	most = *now;
	int			i;

	for (i = 0; i < model->nsignals; i++)
	{
		const PlsSignal *signal = &model->signals[i];
		bool		turns;
		PlsMilli	gain = gain_by_time(signal, &now->signals[i], &turns);

		if (gain == UNLIMITED)
			return false;
		most.total = pls_add_saturated(most.total, gain);
		if (!turns)
			continue;
		most.required_met = most.required_met || signal->required;
		most.signals_met += !now->signals[i].met;
	}
	return pls_lane(model, &most, lane) <= lane;
}

/* ---------- what events add ---------- */

/*
 * Whether an event may make a signal worth less, or cease to be met.
 */
static bool
may_be_lowered(const PlsSignal *signal)
{
	bool		least = signal->op == PLS_GE || signal->op == PLS_GT;

	if (signal->points < 0)
		return true;
	switch (signal->measure)
	{
		case PLS_COUNT:
		case PLS_ACTORS:
		case PLS_DAYS:
		case PLS_DISTINCT:
			return !least;
		case PLS_GROWTH:
		case PLS_MAX:
			return !least || signal->per_unit;
		case PLS_RECENCY:
		case PLS_FIRST:
			return least || signal->op == PLS_EQ;
		case PLS_SUM:			/* amounts may be negative */
		case PLS_LAST:
		case PLS_SEQUENCE:		/* keeps the newest rows of each step */
		case PLS_ATTRIBUTE:
			break;
	}
	return true;
}

/*
 * Whether a signal looks at a part of evidence.
 */
static bool
looks_at(const PlsSignal *signal, int rule)
{
	return signal->part == rule || signal->newest_part == rule;
}

static void
find_effect(const PlsModel *model, const PlsEventRules *rules,
			PlsEventEffect *effect)
{
	int			i;
	int			j;

	effect->signals = palloc(Max(model->nsignals, 1) * sizeof(int));
	effect->nsignals = 0;
	effect->may_lower = false;
	for (i = 0; i < model->nsignals; i++)
	{
		const PlsSignal *signal = &model->signals[i];

		for (j = 0; j < rules->nrules; j++)
			if (looks_at(signal, rules->rules[j]))
				break;
		if (j == rules->nrules)
			continue;
		effect->signals[effect->nsignals++] = i;
		effect->may_lower = effect->may_lower || may_be_lowered(signal);
	}
}

/*
 * What events of each name may do, by the number of their rules.
 */
PlsEventEffect *
pls_event_effects(const PlsModel *model, const PlsEventRules **events)
{
	PlsEventEffect *effects = palloc(model->nevents * sizeof(PlsEventEffect));
	int			i;

	for (i = 0; i < model->nevents; i++)
		find_effect(model, events[i], &effects[i]);
	return effects;
}

/*
 * Make room for a headroom, in the current memory context.
 */
void
pls_headroom_create(PlsHeadroom *headroom, const PlsModel *model)
{
	int			n = Max(model->nsignals, 1);

	headroom->model = model;
	headroom->room = palloc(n * sizeof(PlsMilli));
	headroom->has_event = palloc(n * sizeof(bool));
	headroom->was_met = palloc(n * sizeof(bool));
	headroom->counts = palloc(n * sizeof(bool));
}

/*
 * Begin anew with a score that was just worked out, of a lane.  What time
 * alone may add, now or later, is in it from the beginning.
 */
void
pls_headroom_set(PlsHeadroom *headroom, const PlsScore *now, PlsLane lane)
{
	const PlsModel *model = headroom->model;
	int			i;

	headroom->lane = lane;
	headroom->most = *now;
	headroom->nmissing = 0;
	for (i = 0; i < model->nsignals; i++)
	{
		const PlsSignal *signal = &model->signals[i];
		const PlsSignalScore *is = &now->signals[i];
		PlsMilli	best = best_points(signal);
		bool		turns;
		PlsMilli	gain = gain_by_time(signal, is, &turns);

		headroom->has_event[i] = false;
		headroom->was_met[i] = is->met || turns;
		headroom->counts[i] = turns || (is->met && is->points + is->clamp > 0);
		headroom->nmissing += signal->required && !headroom->was_met[i];
		headroom->most.signals_met += turns &&
			!(is->met && is->points + is->clamp > 0);
		headroom->most.total = pls_add_saturated(headroom->most.total, gain);
		if (gain == UNLIMITED)
			headroom->room[i] = 0;
		else if (best == UNLIMITED)
			headroom->room[i] = UNLIMITED;
		else
			headroom->room[i] = Max(best - (is->points + is->clamp) - gain, 0);
	}
	headroom->most.required_met = (headroom->nmissing == 0);
}

/*
 * The most that one event adds to a signal's points.
 */
static inline PlsMilli
gain_by_event(const PlsSignal *signal, PlsMilli room)
{
	if (!signal->per_unit)
		return room;
	switch (signal->measure)
	{
		case PLS_COUNT:
		case PLS_ACTORS:
		case PLS_DAYS:
		case PLS_DISTINCT:
			return Min(room, (PlsMilli) Max(signal->points, 0));
		default:
			return room;
	}
}

/*
 * Take an event into account.  False if the lane may have risen by it, for all
 * that can be said without working out the score.
 */
bool
pls_headroom_takes(PlsHeadroom *headroom, const PlsEventEffect *effect)
{
	const PlsModel *model = headroom->model;
	int			i;

	for (i = 0; i < effect->nsignals; i++)
	{
		int			number = effect->signals[i];
		const PlsSignal *signal = &model->signals[number];
		PlsMilli	gain = gain_by_event(signal, headroom->room[number]);

		headroom->room[number] -= gain;
		headroom->most.total = pls_add_saturated(headroom->most.total, gain);
		if (headroom->has_event[number])
			continue;
		headroom->has_event[number] = true;
		headroom->most.signals_met += !headroom->counts[number];
		headroom->nmissing -= signal->required && !headroom->was_met[number];
	}
	headroom->most.required_met = (headroom->nmissing == 0);
	return pls_lane(model, &headroom->most, headroom->lane) <= headroom->lane;
}
