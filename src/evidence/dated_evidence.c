/*-------------------------------------------------------------------------
 *
 * dated_evidence.c
 *	  What pls.score() keeps of a group where there are too many instants.
 *
 * A state is small because a plan knows what its instant asks for
 * (score_state_plan.c), and a plan is worth making for many groups or many rows
 * only.  Where each group has an instant of its own, its state is evidence,
 * which needs none, and the instant.  The score is the same.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "arena.h"
#include "evidence/evidence.h"
#include "evidence/model_evidence.h"
#include "evidence/score.h"
#include "evidence/score_state.h"
#include "model/model.h"
#include "model/model_cache.h"


static PlsDated *
create(MemoryContext context, PlsModel *model, TimestampTz as_of)
{
	PlsDated   *dated = MemoryContextAllocZero(context, sizeof(PlsDated));

	EOH_init_header(&dated->hdr, &pls_dated_methods, context);
	dated->model = model;
	dated->as_of = as_of;
	dated->evidence = pls_model_evidence(context, model);
	return dated;
}

/*
 * No evidence yet, in an arena.
 */
PlsDated *
pls_dated_create(PlsArena *arena, PlsModel *model, TimestampTz as_of)
{
	if (!pls_arena_holds(arena, model))
	{
		pls_arena_hold(arena, model, pls_model_release);
		pls_model_share(model);
	}
	return create(arena->context, model, as_of);
}

/* What holds the model of evidence that is alone in its context. */
typedef struct LoneHolder
{
	MemoryContextCallback gone;
	PlsModel   *model;
} LoneHolder;

static void
lone_gone(void *arg)
{
	LoneHolder *holder = arg;

	pls_model_unpin(holder->model);
}

/*
 * The same in a context of its own.
 */
PlsDated *
pls_lone_dated(MemoryContext parent, PlsModel *model, TimestampTz as_of)
{
	MemoryContext context = AllocSetContextCreate(parent,
												  "pls dated evidence",
												  ALLOCSET_SMALL_SIZES);
	LoneHolder *holder = MemoryContextAlloc(context, sizeof(LoneHolder));

	holder->model = model;
	holder->gone.func = lone_gone;
	holder->gone.arg = holder;
	pls_model_share(model);
	MemoryContextRegisterResetCallback(context, &holder->gone);
	return create(context, model, as_of);
}

/*
 * Add what a flat state of the same motion and instant holds.
 *
 * A state cannot be made evidence again: the evidence becomes a state.
 *
 * Errors: 40001 if the motion has been changed meanwhile; XX001.
 */
void
pls_dated_merge(PlsDated *into, const PlsScoreStateHead *from)
{
	if (into->state == NULL && from->dated)
	{
		pls_evidence_merge(into->evidence,
						   pls_dated_read(into->model, from));
		return;
	}
	if (into->state == NULL)
	{
		PlsScorePlan *plan = pls_score_plan(into->model, into->as_of);
		PlsScoreState *state = pls_lone_score_state(into->hdr.eoh_context,
													plan);

		pls_score_plan_release(plan);
		pls_score_state_add_evidence(state, into->evidence);
		into->state = state;
	}
	pls_score_state_merge(into->state, from);
}

/*
 * The score at its instant; arrays of the result are allocated in the current
 * memory context.
 */
void
pls_dated_score(const PlsDated *dated, PlsScore *score)
{
	if (dated->state != NULL)
		pls_score_state_value(dated->state, score);
	else
		pls_score(dated->model, dated->evidence, dated->as_of, NULL, score);
}
