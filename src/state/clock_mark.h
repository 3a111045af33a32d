/*-------------------------------------------------------------------------
 *
 * clock_mark.h
 *	  What the clock has said.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_CLOCK_MARK_H
#define PLS_CLOCK_MARK_H

#include "utils/timestamp.h"

extern void pls_clock_mark(TimestampTz as_of);

#endif							/* PLS_CLOCK_MARK_H */
