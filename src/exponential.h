/*-------------------------------------------------------------------------
 *
 * exponential.h
 *	  Exponential decay, exactly.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_EXPONENTIAL_H
#define PLS_EXPONENTIAL_H

#include "decimal.h"

typedef struct PlsHalfLife
{
	int64		span;			/* microseconds */
	uint128		inverse;		/* 2^128 / span, rounded down */
} PlsHalfLife;

extern void pls_half_life_init(PlsHalfLife *half_life, int64 span);
extern PlsMilli pls_exponential_share(PlsMilli product, int64 scale,
									  int64 age,
									  const PlsHalfLife *half_life);

#endif							/* PLS_EXPONENTIAL_H */
