/*-------------------------------------------------------------------------
 *
 * model_evidence.c
 *	  Evidence with the parts of a model, to which its matches are added.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "evidence/evidence.h"
#include "evidence/model_evidence.h"
#include "model/event_row.h"
#include "model/model.h"

/*
 * Empty evidence with the parts of a model, in the order of its rules.
 */
PlsEvidence *
pls_model_evidence(MemoryContext context, const PlsModel *model)
{
	PlsEvidence *evidence = pls_evidence_create(context, model->motion,
												model->nrules);
	int			i;

	for (i = 0; i < model->nrules; i++)
		evidence->parts[i].shape = model->rules[i].shape;
	evidence->model = model->serial;
	return evidence;
}

/*
 * Whether the parts of evidence are those of a model's rules, so that rows
 * may be added.
 */
bool
pls_model_is_of(PlsEvidence *evidence, const PlsModel *model)
{
	int			i;

	if (likely(evidence->model == model->serial))
		return true;
	if (evidence->nparts != model->nrules)
		return false;
	for (i = 0; i < model->nrules; i++)
		if (!pls_same_shape(&evidence->parts[i].shape,
							&model->rules[i].shape))
			return false;
	evidence->model = model->serial;
	return true;
}

/*
 * Add what pls_match_row found to evidence made by pls_model_evidence.
 */
void
pls_add_matches(PlsEvidence *evidence, const PlsMatch *matches, int nmatches)
{
	int			i;

	for (i = 0; i < nmatches; i++)
		pls_part_add(evidence->context,
					 &evidence->parts[matches[i].rule],
					 matches[i].at, matches[i].amount);
}

/*
 * Evidence of one row: what pls_match_row found.
 */
PlsEvidence *
pls_matches_evidence(MemoryContext context, const PlsModel *model,
					 const PlsMatch *matches, int nmatches)
{
	PlsEvidence *evidence = pls_model_evidence(context, model);

	pls_add_matches(evidence, matches, nmatches);
	return evidence;
}
