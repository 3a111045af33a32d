/*-------------------------------------------------------------------------
 *
 * turns_since.h
 *	  Turns that have not been counted yet.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_TURNS_SINCE_H
#define PLS_TURNS_SINCE_H

#include "access/htup.h"
#include "utils/timestamp.h"

typedef struct PlsTurn
{
	Datum		rep;			/* text; 0: absences or members have changed */
	TimestampTz charged_at;
	bool		has_no_instant;
	int32		n;
} PlsTurn;

extern int	pls_turns_since(HeapTupleHeader counted, PlsTurn **turns);

#endif							/* PLS_TURNS_SINCE_H */
