/*-------------------------------------------------------------------------
 *
 * part_rule.h
 *	  What a signal keeps of its rows.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_PART_RULE_H
#define PLS_PART_RULE_H

#include "model/model.h"
#include "model/part_shape.h"

extern void pls_shape_rule(PlsSignal *signal, PlsPartRule *rule, int64 period);
extern void pls_shape_units(PlsPartRule *rule, PlsPartKind kind,
							PlsAmountRule amount, int64 limit, int64 window);
extern char *pls_describe_rule(const PlsPartRule *rule, const char *zone,
							   const char *exclusions);

#endif							/* PLS_PART_RULE_H */
