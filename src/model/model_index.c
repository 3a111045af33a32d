/*-------------------------------------------------------------------------
 *
 * model_index.c
 *	  From an event's name to the rules that its rows may enter.
 *
 * A small hash table with open addressing, built once per model.  Signals
 * about every event are entered under each name, so that one look-up tells
 * all; names that no signal has find the rules of those signals alone.
 *
 * Each name is entered a second time as names that are compared without case
 * are looked up.  Where one spelling stands for it, that is an alias of its
 * rules; where signals spell it in several ways, it has the rules of all of
 * them and a number of its own.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "model/event_row.h"
#include "model/model.h"
#include "model/model_index.h"
#include "model/text_type.h"

static void
add_number(int **numbers, int *count, int number)
{
	if (*count == 0)
		*numbers = palloc(4 * sizeof(int));
	else if (*count >= 4 && (*count & (*count - 1)) == 0)
		*numbers = repalloc(*numbers, *count * 2 * sizeof(int));
	(*numbers)[(*count)++] = number;
}

/*
 * The number of an event (not terminated; NULL: one that nobody names) in a
 * list; -1 if it is not there.
 */
int
pls_event_number(char *const *events, int nevents, const char *event,
				 int length)
{
	int			i;

	for (i = 0; event != NULL && i < nevents; i++)
		if (strlen(events[i]) == length &&
			memcmp(events[i], event, length) == 0)
			return i;
	return -1;
}

static bool
is_folded(const char *event, int length)
{
	return length > 0 && event[0] == PLS_FOLDED;
}

/*
 * Which of a sequence's events this is; -1: none of them.
 */
int
pls_rule_step(const PlsPartRule *rule, const char *event, int length)
{
	if (is_folded(event, length))
		return pls_event_number(rule->folded, rule->nevents, event + 1,
								length - 1);
	return pls_event_number(rule->events, rule->nevents, event, length);
}

/*
 * A name in lower case, terminated.
 */
static char *
folded_name(const char *event)
{
	int			length = strlen(event);

	return pstrdup(pls_fold(event, &length));
}

/*
 * Whether an event is among those of a rule, which is about every event if it
 * names none.
 */
static bool
is_about(const PlsEventRules *event, int nevents, char **events)
{
	int			i;

	if (nevents == 0)
		return true;
	if (event->event == NULL || !is_folded(event->event, event->length))
		return pls_event_number(events, nevents, event->event,
								event->length) >= 0;
	for (i = 0; i < nevents; i++)
	{
		char	   *folded = folded_name(events[i]);
		bool		same = strcmp(folded, event->event + 1) == 0;

		/* the context is the model's */
		pfree(folded);
		if (same)
			return true;
	}
	return false;
}

/*
 * Collect the rules that an event (NULL: one that nobody names) enters.
 */
static void
collect_rules(const PlsModel *model, PlsEventRules *rules)
{
	int			i;

	for (i = 0; i < model->nrules; i++)
		if (is_about(rules, model->rules[i].nevents, model->rules[i].events))
		{
			add_number(&rules->rules, &rules->nrules, i);
			rules->nconditional += pls_rule_is_conditional(&model->rules[i]);
		}
	for (i = 0; i < model->noutcomes; i++)
		if (is_about(rules, model->outcomes[i].nevents,
					 model->outcomes[i].events))
			add_number(&rules->outcomes, &rules->noutcomes, i);
}

/*
 * An event's place in the table: its entry, or the free one for it.
 */
static PlsEventRules **
event_place(const PlsModel *model, const char *event, int length)
{
	uint32		slot = pls_event_hash(event, length) & model->table_mask;
	PlsEventRules *rules;

	while ((rules = model->event_table[slot]) != NULL &&
		   (rules->length != length ||
			memcmp(rules->event, event, length) != 0))
		slot = (slot + 1) & model->table_mask;
	return &model->event_table[slot];
}

static PlsEventRules *
make_entry(const char *event, int length)
{
	PlsEventRules *rules = palloc0(sizeof(PlsEventRules));

	rules->event = event;
	rules->length = length;
	rules->hash = pls_event_hash(event, length);
	return rules;
}

static void
enter_events(PlsModel *model, int nevents, char **events)
{
	int			i;

	for (i = 0; i < nevents; i++)
	{
		int			length = strlen(events[i]);
		PlsEventRules **place = event_place(model, events[i], length);

		if (*place != NULL)
			continue;
		*place = make_entry(events[i], length);
		(*place)->number = model->nevents++;
		collect_rules(model, *place);
	}
}

/*
 * Enter the folded names of events whose own names are entered.
 */
static void
enter_folded(PlsModel *model, int nevents, char **events)
{
	int			i;

	for (i = 0; i < nevents; i++)
	{
		PlsEventRules *spelled = *event_place(model, events[i],
											  strlen(events[i]));
		char	   *name = folded_name(events[i]);
		char	   *folded = psprintf(" %s", name);
		int			length = strlen(folded);
		PlsEventRules **place;

		pfree(name);
		folded[0] = PLS_FOLDED;
		place = event_place(model, folded, length);
		if (*place == NULL)
		{
			*place = make_entry(folded, length);
			(*place)->is_alias = true;
			(*place)->number = spelled->number;
			(*place)->nrules = spelled->nrules;
			(*place)->rules = spelled->rules;
			(*place)->nconditional = spelled->nconditional;
			(*place)->noutcomes = spelled->noutcomes;
			(*place)->outcomes = spelled->outcomes;
		}
		else if ((*place)->is_alias && (*place)->number != spelled->number)
		{
			*place = make_entry(folded, length);
			(*place)->number = model->nevents++;
			collect_rules(model, *place);
		}
		else
			pfree(folded);
	}
}

static void
fold_steps(PlsPartRule *rule)
{
	int			i;

	rule->folded = palloc(rule->nevents * sizeof(char *));
	for (i = 0; i < rule->nevents; i++)
		rule->folded[i] = folded_name(rule->events[i]);
}

/*
 * Build the table of a loaded model, in the current memory context.
 */
void
pls_model_index(PlsModel *model)
{
	int			nevents = 0;
	uint32		size = 8;
	int			i;

	for (i = 0; i < model->nrules; i++)
		nevents += model->rules[i].nevents;
	for (i = 0; i < model->noutcomes; i++)
		nevents += model->outcomes[i].nevents;
	while (size < 4 * (uint32) nevents)
		size *= 2;
	model->table_mask = size - 1;
	model->event_table = palloc0(size * sizeof(PlsEventRules *));
	collect_rules(model, &model->other_events);
	model->nevents = 1;
	for (i = 0; i < model->nrules; i++)
		enter_events(model, model->rules[i].nevents, model->rules[i].events);
	for (i = 0; i < model->noutcomes; i++)
		enter_events(model, model->outcomes[i].nevents,
					 model->outcomes[i].events);
	for (i = 0; i < model->nrules; i++)
	{
		enter_folded(model, model->rules[i].nevents, model->rules[i].events);
		if (model->rules[i].nsteps > 0)
			fold_steps(&model->rules[i]);
	}
	for (i = 0; i < model->noutcomes; i++)
		enter_folded(model, model->outcomes[i].nevents,
					 model->outcomes[i].events);
}
