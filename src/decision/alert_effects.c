/*-------------------------------------------------------------------------
 *
 * alert_effects.c
 *	  What follows from a change of an alert outside of the alert: the
 *	  outbox and the outcomes.
 *
 * Whoever may change an alert need not have rights on pls.deliveries,
 * pls.channels and pls.outcomes: a rep who could write there could tell the
 * CRM anything.  So what follows is written as the extension's owner, by a
 * trigger in C, which nobody can call by hand, with the two states of the row
 * as they are passed to triggers.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "commands/trigger.h"
#include "utils/rel.h"

#include "owner.h"
#include "statement.h"
#include "trigger_call.h"

#define NARGUMENTS 2			/* before, after */

/*
 * The call, with the rows as they were before and after.  Planning it costs
 * more than the call itself where no channel wants to know.
 */
static PlsStatement follow_statement = {
	"SELECT pls_internal.alert_effects($1, $2)",
	NARGUMENTS, {InvalidOid, InvalidOid}
};

/*
 * Raise an error unless called as this trigger is meant to be.
 */
static void
check_call(FunctionCallInfo fcinfo)
{
	TriggerData *trigdata = pls_trigger_call(fcinfo, "apply_alert_effects");

	if (!TRIGGER_FIRED_AFTER(trigdata->tg_event) ||
		!TRIGGER_FIRED_FOR_ROW(trigdata->tg_event) ||
		TRIGGER_FIRED_BY_DELETE(trigdata->tg_event))
		pls_refuse_trigger("apply_alert_effects",
						   "must be fired AFTER INSERT OR UPDATE FOR EACH ROW",
						   NULL);
	if (RelationGetRelid(trigdata->tg_relation) != pls_relation("alerts"))
		pls_refuse_trigger("apply_alert_effects", "is for table pls.alerts only",
						   NULL);
}

PG_FUNCTION_INFO_V1(pls_alert_effects);

/*
 * pls_internal.apply_alert_effects() -> trigger: has pls_internal.alert_effects(before, after) run as
 * the owner of the extension; before is NULL when the alert is new.
 *
 * Errors: 39P01 if it is not fired as it is meant to be.
 */
Datum
pls_alert_effects(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = (TriggerData *) fcinfo->context;
	TupleDesc	tupdesc;
	HeapTuple	before = NULL;
	HeapTuple	after;
	Datum		values[NARGUMENTS] = {0};
	char		nulls[NARGUMENTS + 1] = "  ";
	PlsOwnerScope scope;

	check_call(fcinfo);
	tupdesc = RelationGetDescr(trigdata->tg_relation);
	after = trigdata->tg_trigtuple;
	if (TRIGGER_FIRED_BY_UPDATE(trigdata->tg_event))
	{
		before = trigdata->tg_trigtuple;
		after = trigdata->tg_newtuple;
	}
	if (before != NULL)
		values[0] = heap_copy_tuple_as_datum(before, tupdesc);
	else
		nulls[0] = 'n';
	values[1] = heap_copy_tuple_as_datum(after, tupdesc);

	pls_owner_begin(&scope);
	pls_statement_run(&follow_statement,
					  trigdata->tg_relation->rd_rel->reltype, values, nulls,
					  false);
	pls_owner_end(&scope);
	return PointerGetDatum(NULL);
}
