/*-------------------------------------------------------------------------
 *
 * model_load.h
 *	  Compiling a motion's rows.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_MODEL_LOAD_H
#define PLS_MODEL_LOAD_H

#include "model/model.h"
#include "model/model_rows.h"

extern PlsModel *pls_model_load(PlsMotionRows *rows);

#endif							/* PLS_MODEL_LOAD_H */
