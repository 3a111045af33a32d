/*-------------------------------------------------------------------------
 *
 * standing_hold.h
 *	  Finding a standing and locking it, without waiting.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_STANDING_HOLD_H
#define PLS_STANDING_HOLD_H

#include "state/keyed_table.h"
#include "state/observed.h"

typedef enum PlsStandingFind
{
	PLS_STANDING_HELD,
	PLS_STANDING_NOT_THERE,
	PLS_STANDING_CHANGED,
	PLS_STANDING_IN_OTHER_HANDS,
	PLS_STANDING_TOO_MANY_VERSIONS
} PlsStandingFind;

extern bool pls_standings_open(PlsTable *table);
extern PlsStandingFind pls_standing_hold(PlsTable *standings,
										 const PlsObserved *observed);

#endif							/* PLS_STANDING_HOLD_H */
