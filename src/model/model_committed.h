/*-------------------------------------------------------------------------
 *
 * model_committed.h
 *	  Models without what this transaction has changed.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_MODEL_COMMITTED_H
#define PLS_MODEL_COMMITTED_H

#include "model/model.h"

extern PlsModel *pls_model_committed(const char *motion);

#endif							/* PLS_MODEL_COMMITTED_H */
