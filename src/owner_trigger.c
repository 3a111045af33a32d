/*-------------------------------------------------------------------------
 *
 * owner_trigger.c
 *	  Trigger functions that run as the owner of the extension.
 *
 * What follows from a change of a table (the log of an alert, a version of a
 * model, marks for the sweep) is written by triggers, and whoever may make
 * the change need not have a right to write that by hand: it would be worth
 * nothing as a record.  pls_internal.as_owner('f') is a trigger function that runs the
 * trigger function pls.f as the extension's owner; pls_internal.actor() tells it on
 * whose behalf.  Nobody can call either by hand, for a trigger is made by the
 * owner of a table who may execute its function.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "miscadmin.h"
#include "nodes/value.h"
#include "parser/parse_func.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "owner.h"
#include "trigger_call.h"

/* Whose change the innermost trigger follows; InvalidOid outside of one. */
static Oid	acting_for = InvalidOid;

/*
 * Raise an error unless called as the trigger of a table of pls, with the
 * name of a function.
 */
static void
check_call(FunctionCallInfo fcinfo)
{
	TriggerData *trigger = pls_trigger_call(fcinfo, "as_owner");

	if (!pls_is_own_schema(RelationGetNamespace(trigger->tg_relation)) ||
		trigger->tg_trigger->tgnargs != 1)
		pls_refuse_trigger("as_owner",
						   "is for tables of pls, with the name of a trigger function",
						   NULL);
}

/*
 * The trigger function that a trigger names, looked up once per query.
 */
static FmgrInfo *
named_function(FunctionCallInfo fcinfo)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	FmgrInfo   *function = fcinfo->flinfo->fn_extra;
	Oid			funcid;

	if (function != NULL)
		return function;
	funcid = LookupFuncName(list_make2(makeString("pls_internal"),
									   makeString(trigger->tg_trigger->tgargs[0])),
							0, NULL, false);
	if (get_func_rettype(funcid) != TRIGGEROID)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_OBJECT_DEFINITION),
				 errmsg("function pls_internal.%s must return type trigger",
						trigger->tg_trigger->tgargs[0])));
	function = MemoryContextAlloc(fcinfo->flinfo->fn_mcxt, sizeof(FmgrInfo));
	fmgr_info_cxt(funcid, function, fcinfo->flinfo->fn_mcxt);
	fcinfo->flinfo->fn_extra = function;
	return function;
}

PG_FUNCTION_INFO_V1(pls_as_owner);

/*
 * pls_internal.as_owner('f') -> trigger: see above; what pls.f returns.  f has its
 * own search_path, as every function of pls has.
 *
 * Errors: 39P01 if it is not fired as it is meant to be; those of pls.f.
 */
Datum
pls_as_owner(PG_FUNCTION_ARGS)
{
	LOCAL_FCINFO(call, 0);
	Oid			saved_user;
	int			saved_context;
	Oid			saved_actor = acting_for;
	Datum		result;

	check_call(fcinfo);
	InitFunctionCallInfoData(*call, named_function(fcinfo), 0, InvalidOid,
							 fcinfo->context, fcinfo->resultinfo);
	GetUserIdAndSecContext(&saved_user, &saved_context);
	SetUserIdAndSecContext(pls_owner(), saved_context |
						   SECURITY_LOCAL_USERID_CHANGE |
						   SECURITY_NOFORCE_RLS);
	acting_for = saved_user;
	PG_TRY();
	{
		result = FunctionCallInvoke(call);
	}
	PG_FINALLY();
	{
		acting_for = saved_actor;
	}
	PG_END_TRY();
	SetUserIdAndSecContext(saved_user, saved_context);
	fcinfo->isnull = call->isnull;
	return result;
}

PG_FUNCTION_INFO_V1(pls_actor);

/*
 * pls_internal.actor() -> text: the role whose change a trigger function run by
 * pls_internal.as_owner() follows; elsewhere the current role.  Never NULL.
 */
Datum
pls_actor(PG_FUNCTION_ARGS)
{
	Oid			role = OidIsValid(acting_for) ? acting_for : GetUserId();

	PG_RETURN_TEXT_P(cstring_to_text(GetUserNameFromId(role, false)));
}
