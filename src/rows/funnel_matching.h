/*-------------------------------------------------------------------------
 *
 * funnel_matching.h
 *	  Distinct rows of one instant for successive steps.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_FUNNEL_MATCHING_H
#define PLS_FUNNEL_MATCHING_H

#include "rows/event_rows.h"
#include "rows/row_sort.h"

typedef struct PlsFunnelMatching
{
	const PlsEventRow *rows;
	int			nrows;
	int			first;			/* steps first .. next - 1 have a row each */
	int			next;
	int			row_of[PLS_MAX_CONDITIONS];
	int			offered[PLS_MAX_CONDITIONS];	/* rows per step */
} PlsFunnelMatching;

extern void pls_funnel_matching_begin(PlsFunnelMatching *matching,
									  const PlsEventRow *rows, int nrows);
extern int	pls_funnel_matching_extend(PlsFunnelMatching *matching, int step);

#endif							/* PLS_FUNNEL_MATCHING_H */
