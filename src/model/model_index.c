/*-------------------------------------------------------------------------
 *
 * model_index.c
 *	  From an event's name to the rules that its rows may enter.
 *
 * A small hash table with open addressing, built once per model.  Signals
 * about every event are entered under each name, so that one look-up tells
 * all; names that no signal has find the rules of those signals alone.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "model/event_row.h"
#include "model/model.h"
#include "model/model_index.h"

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

/*
 * Whether an event is among those of a rule, which is about every event if it
 * names none.
 */
static bool
is_about(const PlsEventRules *event, int nevents, char **events)
{
	return nevents == 0 ||
		pls_event_number(events, nevents, event->event, event->length) >= 0;
}

/*
 * Collect the rules that an event (NULL: one that nobody names) enters.
 */
static void
collect_rules(const PlsModel *model, const char *event, PlsEventRules *rules)
{
	int			i;

	rules->event = event;
	if (event != NULL)
	{
		rules->length = strlen(event);
		rules->hash = pls_event_hash(event, rules->length);
	}
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

static void
enter_events(PlsModel *model, int nevents, char **events)
{
	int			i;

	for (i = 0; i < nevents; i++)
	{
		int			length = strlen(events[i]);
		uint32		hash = pls_event_hash(events[i], length);
		uint32		slot;

		if (pls_model_event(model, events[i], length,
							hash) != &model->other_events)
			continue;
		slot = hash & model->table_mask;
		while (model->event_table[slot] != NULL)
			slot = (slot + 1) & model->table_mask;
		model->event_table[slot] = palloc0(sizeof(PlsEventRules));
		model->event_table[slot]->number = model->nevents++;
		collect_rules(model, events[i], model->event_table[slot]);
	}
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
	while (size < 2 * (uint32) nevents)
		size *= 2;
	model->table_mask = size - 1;
	model->event_table = palloc0(size * sizeof(PlsEventRules *));
	collect_rules(model, NULL, &model->other_events);
	model->nevents = 1;
	for (i = 0; i < model->nrules; i++)
		enter_events(model, model->rules[i].nevents, model->rules[i].events);
	for (i = 0; i < model->noutcomes; i++)
		enter_events(model, model->outcomes[i].nevents,
					 model->outcomes[i].events);
}
