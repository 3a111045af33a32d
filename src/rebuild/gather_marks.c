/*-------------------------------------------------------------------------
 *
 * gather_marks.c
 *	  Which actors and days the newest rows of an entity have told of already.
 *
 * An actor, or a day, counts by its newest row: another one of the same that
 * is not newer says nothing to the rules that count them.  In most motions
 * those of all events look back furthest, and few of the rows that they get to
 * see are their actor's, or their day's, newest.
 *
 * Marks forget: of the actors that find no place the one that was longest away
 * makes room, and days that lie so far apart that no rule reaches from one to
 * the other share a mark.  Whom they tell of is exact; when, only as far as
 * their units go, and what is in one unit is not distinguished.  So they are
 * small: what is looked at for many rows has to stay near.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "model/event_row.h"
#include "model/model.h"
#include "model/signal.h"
#include "rebuild/gather_marks.h"
#include "time/instant.h"

#define MOST_DAYS 128

#define AGE_BITS 16
#define NO_AGE ((uint32) PG_UINT16_MAX)

#define age_of_mark(mark) ((uint32) ((mark) & PG_UINT16_MAX))

/*
 * How many days are to be distinguished, a power of two, so that rows whose days
 * share a mark are further apart than that.  A day has 25 hours at the most,
 * and its rows are anywhere in it.
 */
static int64
days_within(int64 span)
{
	int64		ndays = 1;

	while (ndays <= MOST_DAYS && ndays < span / (23 * SECS_PER_HOUR) + 3)
		ndays *= 2;
	return ndays;
}

/*
 * What is to be marked of a model's entities, in the current memory context.
 */
PlsMarkPlan *
pls_mark_plan(PlsModel *model, PlsSeconds end)
{
	PlsMarkPlan *plan = palloc0(sizeof(PlsMarkPlan));
	int64		ndays = 0;
	int64		longest = 0;
	int			i;

	plan->model = model;
	plan->end = end;
	for (i = 0; i < model->nrules; i++)
	{
		const PlsPartRule *rule = &model->rules[i];

		if (!pls_rule_is_marked(rule))
			continue;
		longest = Max(longest, rule->shape.span == 0 ? SECS_PER_YEAR :
					  rule->shape.span);
		if (rule->amount == PLS_AMOUNT_ACTOR)
		{
			plan->actor_rule = rule;
			continue;
		}
		plan->day_rule = rule;
		ndays = Max(ndays, rule->shape.span == 0 ? 2 * MOST_DAYS :
					days_within(rule->shape.span));
	}
	/* entities that have been away for some time are distinguished as well */
	plan->unit = 3 * longest / NO_AGE + 1;
	plan->day_mask = (uint32) ndays - 1;
	if ((plan->actor_rule != NULL || plan->day_rule != NULL) &&
		ndays <= MOST_DAYS)
		plan->size = offsetof(PlsMarks, day_ages) + ndays * sizeof(uint16);
	return plan;
}

/*
 * Make the marks of an entity that has told of nothing yet.
 */
void
pls_marks_init(const PlsMarkPlan *plan, PlsMarks *marks)
{
	memset(marks, 0xFF, plan->size);	/* no age */
}

/*
 * Where a row is marked, if its age is not NO_AGE.
 */
void
pls_marks_place(const PlsMarkPlan *plan, const PlsRow *row,
				PlsMarkPlace *place)
{
	uint64		age = (uint64) (plan->end - row->at) / plan->unit;

	place->age = row->at > plan->end ? NO_AGE : (uint32) Min(age, NO_AGE);
	place->day = 0;
	if (plan->day_rule != NULL)
		place->day = (uint32) pls_rule_period(plan->model, plan->day_rule,
											  row->at) & plan->day_mask;
	place->key = 0;
	place->has_actor = plan->actor_rule != NULL && !row->actor_is_null;
	if (place->has_actor)
		place->key = pls_actor_key(plan->actor_rule, pls_row_actor(row),
								   row->at);
}

/*
 * Whether newer rows have told the marked rules all that this one could.
 */
bool
pls_marks_tell(const PlsMarkPlan *plan, const PlsMarks *marks,
			   const PlsMarkPlace *place)
{
	const uint64 *line;
	int			i;

	if (place->age == NO_AGE ||
		(plan->day_rule != NULL && marks->day_ages[place->day] >= place->age))
		return false;
	if (!place->has_actor)
		return true;
	line = pls_marks_line(marks, place);
	for (i = 0; i < PLS_ACTOR_PLACES; i++)
		if (line[i] >> AGE_BITS == place->key &&
			age_of_mark(line[i]) < place->age)
			return true;
	return false;
}

/*
 * Note a row that has met all conditions of its event's rules.
 */
void
pls_marks_note(const PlsMarkPlan *plan, PlsMarks *marks,
			   const PlsMarkPlace *place)
{
	uint32		age = place->age;
	uint64	   *line = pls_marks_line(marks, place);
	uint64	   *mark = line;
	int			i;

	if (age == NO_AGE)
		return;
	if (plan->day_rule != NULL && marks->day_ages[place->day] > age)
		marks->day_ages[place->day] = (uint16) age;
	if (!place->has_actor)
		return;
	for (i = 0; i < PLS_ACTOR_PLACES; i++)
	{
		if (line[i] >> AGE_BITS == place->key &&
			age_of_mark(line[i]) != NO_AGE)
		{
			mark = &line[i];
			age = Min(age_of_mark(*mark), age);
			break;
		}
		if (age_of_mark(line[i]) > age_of_mark(*mark))
			mark = &line[i];
	}
	*mark = place->key << AGE_BITS | age;
}
