/*-------------------------------------------------------------------------
 *
 * model_snapshot.h
 *	  Models of the past.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_MODEL_SNAPSHOT_H
#define PLS_MODEL_SNAPSHOT_H

#include "utils/jsonb.h"
#include "utils/timestamp.h"

#include "model/model.h"

extern PlsModel *pls_model_as_of(const char *motion, TimestampTz as_of,
								 int *version);
extern PlsModel *pls_model_of_version(const char *motion, Jsonb *version);

#endif							/* PLS_MODEL_SNAPSHOT_H */
