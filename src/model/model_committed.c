/*-------------------------------------------------------------------------
 *
 * model_committed.c
 *	  The model of a motion as it was before this transaction changed it, and
 *	  is for everybody else.
 *
 * It is compiled from the tables, not from the last row of pls.model_versions:
 * a version has the ids of excluded actors as hashes, and evidence that was
 * gathered without these actors would not be that of such a model.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "model/model_cache.h"
#include "model/model_committed.h"
#include "model/model_load.h"
#include "model/model_rows.h"
#include "pls.h"

/*
 * The committed model of a motion, or NULL if this transaction has made the
 * motion.  It is freed with the current memory context.
 */
PlsModel *
pls_model_committed(const char *motion)
{
	PlsModelRows *rows;
	PlsMotionRows *its;
	PlsModel   *model = NULL;

	if (strlen(motion) > PLS_MAX_NAME)
		return NULL;
	rows = pls_model_rows_fetch_committed(motion);
	its = pls_model_rows_of(rows, motion);
	if (its != NULL)
	{
		model = pls_model_load(its);
		model->serial = pls_model_new_serial();
		model->pins = 1;
		MemoryContextSetParent(model->context, CurrentMemoryContext);
	}
	pls_model_rows_free(rows);
	return model;
}
