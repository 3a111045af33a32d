/*-------------------------------------------------------------------------
 *
 * model_evidence.h
 *	  Evidence with the parts of a model.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_MODEL_EVIDENCE_H
#define PLS_MODEL_EVIDENCE_H

#include "evidence/evidence.h"
#include "model/event_row.h"
#include "model/model.h"

extern void pls_add_matches(PlsEvidence *evidence, const PlsMatch *matches,
							int nmatches);
extern PlsEvidence *pls_matches_evidence(MemoryContext context,
										 const PlsModel *model,
										 const PlsMatch *matches,
										 int nmatches);
extern PlsEvidence *pls_model_evidence(MemoryContext context,
									   const PlsModel *model);
extern bool pls_model_is_of(PlsEvidence *evidence, const PlsModel *model);

#endif							/* PLS_MODEL_EVIDENCE_H */
