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
extern bool pls_jsonpath_holds(Jsonb *document, JsonPath *path);

#endif							/* PLS_SIGNAL_H */
