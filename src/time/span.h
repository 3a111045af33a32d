/*-------------------------------------------------------------------------
 *
 * span.h
 *	  Spans of a fixed length.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_SPAN_H
#define PLS_SPAN_H

#include "datatype/timestamp.h"

#include "pls_compat.h"

extern int64 pls_span_length(const Interval *span, const char *what);
pg_noreturn extern void pls_refuse_empty_span(const char *what);

#endif							/* PLS_SPAN_H */
