/*-------------------------------------------------------------------------
 *
 * reevaluate.c
 *	  Bringing one entity up to date without a new event: what waits for it
 *	  in the backlog, and what time alone has changed.
 *
 * It takes the trigger's own path (standing.c, decide.c) with an empty
 * delta, so the sweep and an insert cannot come to different results.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "tcop/utility.h"
#include "utils/builtins.h"
#include "utils/snapmgr.h"

#include "decision/decide.h"
#include "evidence/model_evidence.h"
#include "evidence/score.h"
#include "model/model.h"
#include "model/model_cache.h"
#include "pls.h"
#include "state/backlog.h"
#include "state/identity.h"
#include "state/keyed_table.h"
#include "state/observed.h"
#include "state/standing.h"
#include "state/standing_hold.h"

/*
 * Merge the backlog of an entity and evaluate it at the clock, *as_of.  False
 * if another session holds its standing.
 */
static bool
reevaluate(PlsModel *model, const char *entity, TimestampTz *as_of,
		   PlsLane *lane)
{
	PlsIdentity *identity = pls_identity_begin(SnapshotSelf,
											   PLS_KNOWN_USERS_MEMORY, PLS_WAIT);
	PlsTable	standings;
	PlsTable	backlog;
	PlsObserved observed;
	bool		merged;

	pls_observed_init(&observed, model, entity);
	observed.delta = pls_model_evidence(CurrentMemoryContext, model);
	observed.thorough = true;
	if (model->needs_attributes)
		observed.attributes = pls_identity_attributes(identity,
													  model->unit_is_user,
													  entity);
	if (!pls_standings_open(&standings))
	{
		pls_identity_end(identity);
		return false;
	}
	pls_backlog_begin(&backlog);
	merged = pls_standing_merge(&standings, &backlog, &observed, as_of,
								lane);
	if (!merged)
		pls_standing_put_aside(&backlog, &observed, DT_NOBEGIN);
	pls_table_close(&backlog);
	pls_table_close(&standings);
	pls_identity_end(identity);
	CommandCounterIncrement();
	return merged;
}

PG_FUNCTION_INFO_V1(pls_reevaluate);

/*
 * pls_internal.reevaluate(motion, entity_id) -> boolean: see above; a decision that is
 * due is taken.
 *
 * Errors: 42704 if there is no such motion; 25006 in a read-only transaction;
 * that of a decision, if it cannot be written down either.
 */
Datum
pls_reevaluate(PG_FUNCTION_ARGS)
{
	char	   *entity = text_to_cstring(PG_GETARG_TEXT_PP(1));
	PlsModel   *model = pls_current_model(text_to_cstring(PG_GETARG_TEXT_PP(0)));
	TimestampTz as_of = pls_clock();
	PlsLane		lane = PLS_LANE_NONE;

	PreventCommandIfReadOnly("pls_internal.reevaluate()");
	if (!pls_is_entity(entity))
		PG_RETURN_BOOL(true);	/* there is no such entity */
	if (!reevaluate(model, entity, &as_of, &lane))
		PG_RETURN_BOOL(false);
	if (lane != PLS_LANE_NONE)
	{
		PlsEdge		edge = {model->motion, entity, lane, as_of};

		pls_decide(&edge);
	}
	PG_RETURN_BOOL(true);
}

PG_FUNCTION_INFO_V1(pls_plan_look);

/*
 * pls_internal.schedule_look(motion, entity_id, look_at, stale, version) -> boolean: see
 * pls_standing_plan().  version NULL: any.  The motion need not be one that
 * can be loaded.
 *
 * Errors: 25006 in a read-only transaction.
 */
Datum
pls_plan_look(PG_FUNCTION_ARGS)
{
	PlsModel	named = {NULL}; /* all that is asked of it is its name */
	PlsObserved observed;
	TransactionId version = InvalidTransactionId;
	PlsTable	standings;
	bool		planned;

	PreventCommandIfReadOnly("pls_internal.schedule_look()");
	named.motion = text_to_cstring(PG_GETARG_TEXT_PP(0));
	pls_observed_init(&observed, &named,
					  text_to_cstring(PG_GETARG_TEXT_PP(1)));
	observed.thorough = true;
	if (!PG_ARGISNULL(4))
		version = PG_GETARG_TRANSACTIONID(4);
	if (IsolationUsesXactSnapshot() || !pls_standings_open(&standings))
		PG_RETURN_BOOL(false);
	planned = pls_standing_plan(&standings, &observed, version,
								PG_GETARG_TIMESTAMPTZ(2), PG_GETARG_BOOL(3));
	pls_table_close(&standings);
	CommandCounterIncrement();
	PG_RETURN_BOOL(planned);
}
