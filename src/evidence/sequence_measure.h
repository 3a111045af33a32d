/*-------------------------------------------------------------------------
 *
 * sequence_measure.h
 *	  The value of measure "sequence".
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_SEQUENCE_MEASURE_H
#define PLS_SEQUENCE_MEASURE_H

#include "utils/timestamp.h"

#include "evidence/evidence.h"
#include "model/model.h"

extern int	pls_sequence_level(const PlsSignal *signal, const PlsPart *part,
							   TimestampTz as_of);

#endif							/* PLS_SEQUENCE_MEASURE_H */
