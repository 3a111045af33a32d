/*-------------------------------------------------------------------------
 *
 * signal.h
 *	  What a row means to a model.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_SIGNAL_H
#define PLS_SIGNAL_H

#include "nodes/bitmapset.h"
#include "utils/jsonb.h"
#include "utils/jsonpath.h"

#include "model/event_row.h"
#include "model/model.h"
#include "time/instant.h"

extern bool pls_row_meets(PlsRow *row, const PlsPartRule *rule,
						  int128 *value);
extern Bitmapset *pls_row_outcomes(const PlsModel *model,
								   const PlsEventRules *rules, PlsRow *row);
extern int	pls_match_row(PlsModel *model, PlsRow *row,
						  PlsMatch *matches, Bitmapset **outcomes);
extern bool pls_row_is_excluded(const PlsModel *model, PlsRow *row);
extern bool pls_row_matches(PlsRow *row, JsonPath *match);
extern bool pls_row_amount(PlsModel *model, PlsRow *row,
						   const PlsPartRule *rule, int128 *amount);
extern uint64 pls_actor_key(const PlsPartRule *rule, uint64 actor,
							PlsSeconds at);
extern PlsSeconds pls_rule_cell(const PlsPartRule *rule, PlsSeconds at);
extern int64 pls_rule_period(PlsModel *model, const PlsPartRule *rule,
							 PlsSeconds at);

/*
 * What a row adds to a part that asks neither for its event's name nor for
 * its properties; false if it adds nothing.  The actor is its hash.
 */
static pg_attribute_always_inline bool
pls_plain_amount(PlsModel *model, const PlsPartRule *rule, PlsSeconds at,
				 bool has_actor, uint64 actor, int128 *amount)
{
	switch (rule->amount)
	{
		case PLS_AMOUNT_NONE:
			*amount = 0;
			return true;
		case PLS_AMOUNT_ONE:
			*amount = 1;
			return true;
		case PLS_AMOUNT_ACTOR:
			*amount = pls_actor_key(rule, actor, at);
			return has_actor;
		case PLS_AMOUNT_ACTOR_BIN:
			*amount = pls_actor_key(rule, actor, at);
			return true;
		case PLS_AMOUNT_DAY:
		case PLS_AMOUNT_PERIOD:
			*amount = pls_rule_period(model, rule, at);
			return true;
		default:
			return false;
	}
}
extern Jsonb *pls_row_properties(PlsRow *row);

#endif							/* PLS_SIGNAL_H */
