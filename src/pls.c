/*-------------------------------------------------------------------------
 *
 * pls.c
 *	  Module start-up: settings, and the clock that everything else reads.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/timestamp.h"

#include "pls.h"

PG_MODULE_MAGIC;

bool		pls_enabled = true;
bool		pls_log_decisions = false;

static char *now_setting = NULL;	/* pls.now as set */
static TimestampTz now_override;	/* its value; valid if not empty */

/*
 * Check pls.now: empty, or a finite instant.
 *
 * Only text that names the same instant at all times is taken: the value is
 * parsed once.
 */
static bool
check_now(char **newval, void **extra, GucSource source)
{
	TimestampTz *instant;
	Datum		parsed;

	if (*newval == NULL || **newval == '\0')
		return true;
	parsed = DirectFunctionCall3(timestamptz_in, CStringGetDatum(*newval),
								 ObjectIdGetDatum(InvalidOid),
								 Int32GetDatum(-1));
	if (TIMESTAMP_NOT_FINITE(DatumGetTimestampTz(parsed)))
	{
		GUC_check_errdetail("The instant must be finite.");
		return false;
	}
	instant = malloc(sizeof(TimestampTz));
	if (instant == NULL)
		return false;
	*instant = DatumGetTimestampTz(parsed);
	*extra = instant;
	return true;
}

static void
assign_now(const char *newval, void *extra)
{
	if (extra != NULL)
		now_override = *(TimestampTz *) extra;
}

/*
 * The instant at which events are judged as they arrive: the wall clock, or
 * pls.now while that is set (replays).
 *
 * It is the wall clock and not the start of the transaction, because a row
 * stamped by clock_timestamp() in a transaction that began earlier is not an
 * event of the future, and because the holder of a standing must never judge
 * it at an instant before the previous holder did.
 */
TimestampTz
pls_clock(void)
{
	if (now_setting != NULL && now_setting[0] != '\0')
		return now_override;
	return GetCurrentTimestamp();
}

/*
 * The instant at which queries look: the start of the transaction, or
 * pls.now while that is set.
 */
TimestampTz
pls_transaction_clock(void)
{
	if (now_setting != NULL && now_setting[0] != '\0')
		return now_override;
	return GetCurrentTransactionStartTimestamp();
}

PG_FUNCTION_INFO_V1(pls_now);

/*
 * pls.now() -> timestamptz: now(), or the setting pls.now while it is set.
 */
Datum
pls_now(PG_FUNCTION_ARGS)
{
	PG_RETURN_TIMESTAMPTZ(pls_transaction_clock());
}

void
_PG_init(void)
{
	DefineCustomBoolVariable("pls.enabled",
							 "Whether events inserted into watched tables are observed.",
							 "Switch it off for a bulk load and run pls.refresh() afterwards.",
							 &pls_enabled, true,
							 PGC_SUSET, 0, NULL, NULL, NULL);
	DefineCustomBoolVariable("pls.log_decisions",
							 "Writes every decision to the server log, too.",
							 NULL,
							 &pls_log_decisions, false,
							 PGC_SUSET, 0, NULL, NULL, NULL);
	DefineCustomStringVariable("pls.now",
							   "The instant that pls takes for now, to replay recorded events.",
							   "Empty means the clock.",
							   &now_setting, "",
							   PGC_SUSET, 0,
							   check_now, assign_now, NULL);
	MarkGUCPrefixReserved("pls");
	pls_announce_init();
}
