/*-------------------------------------------------------------------------
 *
 * model_index.h
 *	  From an event's name to the rules that its rows may enter.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_MODEL_INDEX_H
#define PLS_MODEL_INDEX_H

#include "model/model.h"

extern void pls_model_index(PlsModel *model);
extern int	pls_event_number(char *const *events, int nevents,
							 const char *event, int length);
extern int	pls_rule_step(const PlsPartRule *rule, const char *event,
						  int length);

/*
 * A name that is compared without case, as those of citext are, is looked up
 * in lower case behind this byte, which no other name can have.
 */
#define PLS_FOLDED	'\0'

/*
 * Whether two names of one length are the same.  The last piece may overlap
 * the one before.
 */
static pg_attribute_always_inline bool
pls_same_bytes(const char *a, const char *b, int length)
{
	int			i;

	if (length >= 8)
	{
		for (i = 0; i < length - 8; i += 8)
			if (memcmp(a + i, b + i, 8) != 0)
				return false;
		return memcmp(a + length - 8, b + length - 8, 8) == 0;
	}
	if (length >= 4)
		return memcmp(a, b, 4) == 0 &&
			memcmp(a + length - 4, b + length - 4, 4) == 0;
	for (i = 0; i < length; i++)
		if (a[i] != b[i])
			return false;
	return true;
}

/*
 * The rules that rows of an event may enter.
 */
static pg_attribute_always_inline const PlsEventRules *
pls_model_event(const PlsModel *model, const char *event, int length,
				uint32 hash)
{
	uint32		slot = hash & model->table_mask;
	const PlsEventRules *rules;

	while ((rules = model->event_table[slot]) != NULL)
	{
		if (rules->hash == hash && rules->length == length &&
			pls_same_bytes(rules->event, event, length))
			return rules;
		slot = (slot + 1) & model->table_mask;
	}
	return &model->other_events;
}

#endif							/* PLS_MODEL_INDEX_H */
