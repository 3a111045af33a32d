/*-------------------------------------------------------------------------
 *
 * restart_measure.h
 *	  The value of measure "restart".
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_RESTART_MEASURE_H
#define PLS_RESTART_MEASURE_H

#include "evidence/evidence.h"
#include "pls.h"
#include "time/instant.h"

/* A period that has rows after one that had some. */
typedef struct PlsRestart
{
	PlsSeconds	at;				/* of its newest row */
	int128		silent;			/* periods without rows between the two */
} PlsRestart;

extern int	pls_restarts(const PlsPart *part, PlsSeconds before,
						 PlsRestart restarts[PLS_MAX_NEED]);

#endif							/* PLS_RESTART_MEASURE_H */
