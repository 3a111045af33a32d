/*-------------------------------------------------------------------------
 *
 * calendar_cache.c
 *	  Reads calendars from their tables and keeps them per backend.
 *
 * A calendar is read once, compiled into a memory context of its own beneath
 * the cache's context and found by name from then on.  The whole cache is
 * thrown away at the next lookup after anything may have changed:
 *	- plain DML sends no relcache message, so the trigger
 *	  pls_internal.calendar_changed() on the three tables sends one for pls.calendars;
 *	  DDL and TRUNCATE send theirs.  These messages reach the own backend at
 *	  the end of the command, and again when a transaction or savepoint is
 *	  rolled back; other backends get them at commit;
 *	- the callback only counts, because it can run in the middle of a load or
 *	  of a computation.  What was read while the count went on is used once
 *	  and not kept.
 *
 * The tables are read with the latest snapshot, like catalogs: an entry must
 * not preserve what an old snapshot of its first reader shows.  Parallel mode
 * allows no new snapshot; what is read there with the statement's own is
 * dropped when the transaction ends.
 *
 * An error while loading leaves nothing behind: an entry is linked only when
 * it is complete, and until then belongs to the caller's context.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "common/int.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "owner.h"
#include "pls_compat.h"
#include "statement.h"
#include "time/calendar.h"
#include "time/time_zone.h"
#include "trigger_call.h"

/* A name as the constraint calendars_calendar_length admits it. */
typedef struct CalendarEntry
{
	char		name[NAMEDATALEN];	/* key; must be first */
	const PlsCalendar *calendar;	/* NULL if linking it failed */
} CalendarEntry;

typedef struct CalendarTable
{
	const char *name;
	Oid			relid;			/* InvalidOid until the cache is used */
} CalendarTable;

static MemoryContext cache_context = NULL;
static HTAB *cache = NULL;		/* lives in cache_context */
static uint64 changes = 0;		/* counted by the callbacks */
static uint64 cached_changes = 0;	/* what the cache has seen of them */
static bool cached_in_parallel = false; /* holds what must not outlive the
										 * transaction */
static CalendarTable tables[] = {
	{"calendars", InvalidOid},
	{"calendar_hours", InvalidOid},
	{"holidays", InvalidOid}
};

/*
 * Relcache callback: count what concerns our tables.
 */
static void
tables_changed(Datum arg, Oid relid)
{
	int			i;

	if (!OidIsValid(relid))
		changes++;
	for (i = 0; i < lengthof(tables); i++)
	{
		if (OidIsValid(relid) && tables[i].relid == relid)
			changes++;
	}
}

/*
 * Transaction callback: what a parallel plan has loaded ends here.
 */
static void
transaction_ended(XactEvent event, void *arg)
{
	switch (event)
	{
		case XACT_EVENT_COMMIT:
		case XACT_EVENT_PARALLEL_COMMIT:
		case XACT_EVENT_ABORT:
		case XACT_EVENT_PARALLEL_ABORT:
		case XACT_EVENT_PREPARE:
			if (cached_in_parallel)
				changes++;
			break;
		default:
			break;
	}
}

/*
 * Make the cache ready and empty it if something has changed.
 */
static void
refresh_cache(void)
{
	HASHCTL		control;
	int			i;

	if (cache_context == NULL)
	{
		CacheRegisterRelcacheCallback(tables_changed, (Datum) 0);
		RegisterXactCallback(transaction_ended, NULL);
		cache_context = AllocSetContextCreate(CacheMemoryContext,
											  "pls calendars",
											  ALLOCSET_DEFAULT_SIZES);
	}

	/* a session that locks no table has not read its messages yet */
	AcceptInvalidationMessages();

	if (cache != NULL && cached_changes == changes)
		return;

	cache = NULL;
	MemoryContextReset(cache_context);
	cached_in_parallel = false;
	cached_changes = changes;
	for (i = 0; i < lengthof(tables); i++)
		tables[i].relid = pls_relation(tables[i].name);

	control.keysize = NAMEDATALEN;
	control.entrysize = sizeof(CalendarEntry);
	control.hcxt = cache_context;
	cache = hash_create("pls calendars", 16, &control,
						HASH_ELEM | HASH_STRINGS | HASH_CONTEXT);
}

/*
 * Run a query over the rows of one calendar.
 */
static void
select_rows(const char *query, text *name)
{
	Oid			types[1] = {TEXTOID};
	Datum		values[1];

	values[0] = PointerGetDatum(name);
	pls_query_run(query, 1, types, values, NULL, true);
}

/*
 * Working time of all blocks.
 */
static int64
sum_blocks(const PlsCalendarBlock *blocks, int nblocks)
{
	const PlsCalendarBlock *last;

	if (nblocks == 0)
		return 0;
	last = &blocks[nblocks - 1];
	return last->before + last->closes - last->opens;
}

/*
 * Append a block to a list that is in the order of opening.
 *
 * One that overlaps or touches the last is united with it: two sessions that
 * write at the same time under REPEATABLE READ can get past the check of the
 * tables, and replication knows no check.
 */
static void
append_block(PlsCalendarBlock *blocks, int *nblocks, int64 opens,
			 int64 closes)
{
	PlsCalendarBlock *block;

	if (*nblocks > 0 && opens <= blocks[*nblocks - 1].closes)
	{
		block = &blocks[*nblocks - 1];
		block->closes = Max(block->closes, closes);
		return;
	}
	block = &blocks[*nblocks];
	block->opens = opens;
	block->closes = closes;
	block->before = sum_blocks(blocks, *nblocks);
	(*nblocks)++;
}

/*
 * Read the time zone; false if there is no such calendar.
 */
static bool
load_zone(PlsCalendar *calendar, text *name)
{
	char	   *zone;

	select_rows("SELECT c.time_zone FROM pls.calendars c "
				"WHERE c.calendar OPERATOR(pg_catalog.=) $1", name);
	if (SPI_processed == 0)
		return false;
	zone = pls_result_text(0, 1, CurrentMemoryContext);
	calendar->zone = (zone == NULL) ? NULL : pls_find_time_zone(zone);
	if (calendar->zone == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unknown time zone \"%s\" of calendar \"%s\"",
						zone ? zone : "", calendar->name),
				 PLS_ZONE_HELP));
	return true;
}

/*
 * Read the blocks of the regular week.
 */
static void
load_week(PlsCalendar *calendar, text *name, MemoryContext context)
{
	uint64		row;

	select_rows("SELECT h.weekday, h.opens, h.closes "
				"FROM pls.calendar_hours h "
				"WHERE h.calendar OPERATOR(pg_catalog.=) $1 "
				"ORDER BY h.weekday, h.opens", name);
	calendar->blocks = (PlsCalendarBlock *)
		MemoryContextAlloc(context,
						   (SPI_processed + 1) * sizeof(PlsCalendarBlock));
	for (row = 0; row < SPI_processed; row++)
	{
		bool		isnull;
		int64		day;
		TimeADT		opens;
		TimeADT		closes;

		day = DatumGetInt32(pls_result_datum(row, 1, &isnull)) - 1;
		opens = DatumGetTimeADT(pls_result_datum(row, 2, &isnull));
		closes = DatumGetTimeADT(pls_result_datum(row, 3, &isnull));
		append_block(calendar->blocks, &calendar->nblocks,
					 day * USECS_PER_DAY + opens,
					 day * USECS_PER_DAY + closes);
	}
	calendar->week_worked = sum_blocks(calendar->blocks, calendar->nblocks);
}

/*
 * Working time that a day of the regular week would have.
 *
 * Blocks that touch at midnight have been united, so they are cut here.
 */
static int64
weekday_worked(const PlsCalendar *calendar, int64 day_starts)
{
	int64		day = (day_starts - PLS_FIRST_MONDAY) / USECS_PER_DAY % 7;
	int64		from;
	int64		sum = 0;
	int			i;

	if (day < 0)
		day += 7;
	from = day * USECS_PER_DAY;
	for (i = 0; i < calendar->nblocks; i++)
	{
		int64		opens = Max(calendar->blocks[i].opens, from);
		int64		closes = Min(calendar->blocks[i].closes,
								 from + USECS_PER_DAY);

		if (opens < closes)
			sum += closes - opens;
	}
	return sum;
}

/*
 * The holidays of a calendar, date by date.
 *
 * A yearly one is written out for each year up to 2500, so that counting
 * knows nothing of it: a few thousand dates, found by binary search.  In a
 * year without 29 February the date moves to another day, and is left out.  A
 * date that has rows of its own has only these.
 */
static const char *const holidays_query =
"SELECT e.day, e.opens, e.closes FROM ("
"SELECT d.day, d.opens, d.closes FROM pls.holidays d "
"WHERE d.calendar OPERATOR(pg_catalog.=) $1 AND NOT d.yearly "
"UNION ALL "
"SELECT x.day, d.opens, d.closes FROM pls.holidays d "
"CROSS JOIN LATERAL pg_catalog.generate_series(0, GREATEST(0, 2500 OPERATOR(pg_catalog.-) "
"pg_catalog.date_part('year', d.day)::pg_catalog.int4)) n "
"CROSS JOIN LATERAL (SELECT (d.day OPERATOR(pg_catalog.+) "
"pg_catalog.make_interval(years => n))::pg_catalog.date AS day) x "
"WHERE d.calendar OPERATOR(pg_catalog.=) $1 AND d.yearly "
"AND pg_catalog.date_part('day', x.day) OPERATOR(pg_catalog.=) "
"pg_catalog.date_part('day', d.day) "
"AND NOT EXISTS (SELECT FROM pls.holidays s "
"WHERE s.calendar OPERATOR(pg_catalog.=) $1 AND NOT s.yearly "
"AND s.day OPERATOR(pg_catalog.=) x.day)) e "
"ORDER BY e.day, e.opens NULLS FIRST";

/*
 * Read the holidays: one row for a whole day off, else one for each block.
 */
static void
load_holidays(PlsCalendar *calendar, text *name, MemoryContext context)
{
	PlsCalendarBlock *block;
	PlsCalendarDay *day = NULL;
	int64		shift = 0;
	uint64		row;
	int			i;

	select_rows(holidays_query, name);
	calendar->days = (PlsCalendarDay *)
		MemoryContextAllocHuge(context, (SPI_processed + 1) *
							   sizeof(PlsCalendarDay));
	block = (PlsCalendarBlock *)
		MemoryContextAllocHuge(context, (SPI_processed + 1) *
							   sizeof(PlsCalendarBlock));
	for (row = 0; row < SPI_processed; row++)
	{
		bool		isnull;
		int64		starts;
		TimeADT		opens;
		TimeADT		closes;

		starts = DatumGetDateADT(pls_result_datum(row, 1, &isnull)) *
			USECS_PER_DAY;
		if (day == NULL || day->starts != starts)
		{
			if (day != NULL)
				block += day->nblocks;
			day = &calendar->days[calendar->ndays++];
			day->starts = starts;
			day->nblocks = 0;
			day->blocks = block;
		}
		opens = DatumGetTimeADT(pls_result_datum(row, 2, &isnull));
		if (isnull)
			continue;
		closes = DatumGetTimeADT(pls_result_datum(row, 3, &isnull));
		append_block(day->blocks, &day->nblocks, opens, closes);
	}
	for (i = 0; i < calendar->ndays; i++)
	{
		day = &calendar->days[i];
		day->shift_before = shift;
		if (pg_add_s64_overflow(shift,
								sum_blocks(day->blocks, day->nblocks) -
								weekday_worked(calendar, day->starts),
								&shift))
			elog(ERROR, "too many holidays in calendar \"%s\"",
				 calendar->name);
		day->shift_after = shift;
	}
}

/*
 * Read and compile a calendar into a context; NULL if there is none of that
 * name.
 */
static PlsCalendar *
load_calendar(text *name, MemoryContext context)
{
	PlsCalendar *calendar;
	PlsOwnerScope scope;
	bool		found;

	calendar = (PlsCalendar *)
		MemoryContextAllocZero(context, sizeof(PlsCalendar));
	calendar->name = MemoryContextStrdup(context, text_to_cstring(name));

	pls_owner_begin(&scope);
	if (!IsInParallelMode())
		PushActiveSnapshot(GetLatestSnapshot());
	found = load_zone(calendar, name);
	if (found)
	{
		load_week(calendar, name, context);
		load_holidays(calendar, name, context);
	}
	if (!IsInParallelMode())
		PopActiveSnapshot();
	pls_owner_end(&scope);

	return found ? calendar : NULL;
}

/*
 * Find a calendar by name, reading it if this backend has not yet; error
 * 42704 if there is none.
 *
 * The result is valid until the next call.
 */
const PlsCalendar *
pls_calendar_lookup(text *name)
{
	CalendarEntry *entry;
	PlsCalendar *calendar = NULL;
	MemoryContext context;
	char		key[NAMEDATALEN];
	bool		found;

	refresh_cache();

	if (VARSIZE_ANY_EXHDR(name) < NAMEDATALEN)
	{
		text_to_cstring_buffer(name, key, sizeof(key));
		entry = (CalendarEntry *) hash_search(cache, key, HASH_FIND, NULL);
		if (entry != NULL && entry->calendar != NULL)
			return entry->calendar;

		context = AllocSetContextCreate(CurrentMemoryContext, "pls calendar",
										ALLOCSET_SMALL_SIZES);
		calendar = load_calendar(name, context);
	}
	if (calendar == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("calendar \"%s\" does not exist",
						text_to_cstring(name)),
				 errhint("Insert it into pls.calendars, or use NULL for around the clock.")));

	/* what has changed meanwhile serves this caller, but is not kept */
	if (cached_changes == changes)
	{
		entry = (CalendarEntry *) hash_search(cache, key, HASH_ENTER, &found);
		if (!found)
			entry->calendar = NULL;
		MemoryContextSetParent(context, cache_context);
		entry->calendar = calendar;
		if (IsInParallelMode())
			cached_in_parallel = true;
	}
	return calendar;
}

PG_FUNCTION_INFO_V1(pls_calendar_changed);

/*
 * pls_internal.calendar_changed() -> trigger
 *
 * AFTER trigger of the tables that calendars are made of: has every backend
 * read them anew, the own one from the next command on, the others once this
 * transaction has committed.
 */
Datum
pls_calendar_changed(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = pls_trigger_call(fcinfo, "calendar_changed");

	if (!TRIGGER_FIRED_AFTER(trigger->tg_event))
		pls_refuse_trigger("calendar_changed", "must be fired AFTER", NULL);
	CacheInvalidateRelcacheByRelid(pls_relation("calendars"));
	return PointerGetDatum(NULL);
}
