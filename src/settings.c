/*-------------------------------------------------------------------------
 *
 * settings.c
 *	  Settings, and the clock that everything else reads.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <limits.h>

#include "access/xact.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/guc.h"
#include "utils/timestamp.h"

#include "pls.h"
#include "pls_compat.h"

/*
 * How far ahead of a session's clock another session of the same server, or
 * of the one that has failed over to it, may have been.
 */
#define CLOCK_SLACK USECS_PER_MINUTE

bool		pls_enabled = true;
bool		pls_log_decisions = false;
int			pls_decision_time = 20;
int			pls_max_aggregate_state = 262144;

static char *now_setting = NULL;	/* pls.now as set */
static TimestampTz now_override;	/* its value; valid if not empty */

/*
 * Parse an instant; false if the text is none.  A check hook must not raise
 * an error: it also runs where the configuration file is read again.
 */
static bool
parse_instant(const char *text, TimestampTz *instant)
{
	MemoryContext context = CurrentMemoryContext;
	volatile bool good = false;

	PG_TRY();
	{
		*instant = DatumGetTimestampTz(DirectFunctionCall3(timestamptz_in,
														   CStringGetDatum(text),
														   ObjectIdGetDatum(InvalidOid),
														   Int32GetDatum(-1)));
		good = true;
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(context);
		FlushErrorState();
	}
	PG_END_TRY();
	return good;
}

/*
 * Check pls.now: empty, or a finite instant.
 *
 * The value is rewritten in UTC, so that it means the same wherever it is
 * parsed again, as in a parallel worker.
 */
static bool
check_now(char **newval, void **extra, GucSource source)
{
	TimestampTz instant;
	struct pg_tm parts;
	fsec_t		microseconds;
	char		text[MAXDATELEN + 1];
	char	   *canonical;

	if (*newval == NULL || **newval == '\0')
		return true;
	if (!parse_instant(*newval, &instant) || TIMESTAMP_NOT_FINITE(instant) ||
		timestamp2tm(instant, NULL, &parts, &microseconds, NULL, NULL) != 0 ||
		parts.tm_year < 1)
	{
		GUC_check_errdetail("It must be a finite time, and not BC.");
		GUC_check_errhint("Write it like 2026-01-31 12:00:00+00.");
		return false;
	}
	snprintf(text, sizeof(text), "%04d-%02d-%02d %02d:%02d:%02d.%06d+00",
			 parts.tm_year, parts.tm_mon, parts.tm_mday, parts.tm_hour,
			 parts.tm_min, parts.tm_sec, (int) microseconds);
	canonical = PLS_GUC_STRDUP(text);
	if (canonical == NULL)
		return false;
	*extra = PLS_GUC_MALLOC(sizeof(TimestampTz));
	if (*extra == NULL)
	{
		PLS_GUC_FREE(canonical);
		return false;
	}
	PLS_GUC_FREE(*newval);
	*newval = canonical;
	*(TimestampTz *) *extra = instant;
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

/*
 * Whether an instant at which something was done lies so far ahead of the
 * clock that it was told by a clock which has been set back since.  Sessions
 * that read the clock in turns are never apart by so much.
 */
bool
pls_is_ahead(TimestampTz instant, TimestampTz clock)
{
	return instant > clock + CLOCK_SLACK;
}

PG_FUNCTION_INFO_V1(pls_is_ahead_of_clock);

/*
 * pls_internal.is_ahead(instant) -> boolean: see above, of the clock, or of pls.now
 * while that is set.
 */
Datum
pls_is_ahead_of_clock(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(pls_is_ahead(PG_GETARG_TIMESTAMPTZ(0), pls_clock()));
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

/*
 * Define the settings of pls.
 */
void
pls_settings_init(void)
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
							   "The time that pls uses as now, to replay recorded events.",
							   "Empty means the clock.",
							   &now_setting, "",
							   PGC_SUSET, 0,
							   check_now, assign_now, NULL);
	DefineCustomIntVariable("pls.max_aggregate_state",
							"The most memory that a group of an aggregate over rows may take.",
							"A group that needs more is an error.",
							&pls_max_aggregate_state, 262144, 64, MAX_KILOBYTES,
							PGC_USERSET, GUC_UNIT_KB, NULL, NULL, NULL);
	DefineCustomIntVariable("pls.decision_time",
							"How long an INSERT keeps making decisions after its first one.",
							"The sweep makes the remaining ones, or all of them if this is 0.",
							&pls_decision_time, 20, 0, 60000,
							PGC_USERSET, GUC_UNIT_MS, NULL, NULL, NULL);
	MarkGUCPrefixReserved("pls");
}
