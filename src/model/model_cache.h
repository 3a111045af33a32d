/*-------------------------------------------------------------------------
 *
 * model_cache.h
 *	  The compiled models of a backend.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_MODEL_CACHE_H
#define PLS_MODEL_CACHE_H

#include "nodes/pg_list.h"

#include "model/model.h"

struct PlsModelRows;

extern PlsModel *pls_model_pin(const char *motion);
extern void pls_model_share(PlsModel *model);
extern void pls_model_unpin(PlsModel *model);
extern void pls_model_release(void *model);

extern uint64 pls_model_new_serial(void);
extern PlsModel *pls_current_model(const char *motion);
extern List *pls_model_names(MemoryContext context);

extern List *pls_model_missing(List *names);
extern PlsModel *pls_model_pin_rows(const char *motion,
									struct PlsModelRows *rows);

#endif							/* PLS_MODEL_CACHE_H */
