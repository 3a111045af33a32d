/*-------------------------------------------------------------------------
 *
 * time_zone.c
 *	  What a time zone is, wherever one is named.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"
#include "pgtime.h"
#include "utils/builtins.h"

#include "pls_compat.h"
#include "time/time_zone.h"

/* Files beside the zones, a zone that means "not set", and abbreviations. */
static const char *const no_zones[] = {
	"localtime", "posixrules", "Factory",
	"CET", "EET", "EST", "HST", "MET", "MST", "WET"
};

/* The names of zones that could be taken for POSIX rules. */
static const char *const rule_like_zones[] = {
	"CST6CDT", "EST5EDT", "MST7MDT", "PST8PDT", "GMT+0", "GMT-0", "GMT0"
};

static bool
is_one_of(const char *name, const char *const *names, int count)
{
	int			i;

	for (i = 0; i < count; i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

/*
 * A time zone by its name, in any case; NULL if there is none of that name.
 *
 * This is what pls takes for a time zone wherever one is named: a zone of the
 * IANA database by its full name, and not
 * - a POSIX rule such as XYZ+3, which the server would make up a zone for.  It
 *   always has a digit, and the server spells it in capitals;
 * - an abbreviation, even one that is also a zone's name: AT TIME ZONE 'CET'
 *   is an hour ahead of UTC in summer, too, the zone CET is not;
 * - a name that another machine has not, or has for another zone: localtime,
 *   posixrules, and what is below the directories posix and right.
 */
pg_tz *
pls_find_time_zone(const char *name)
{
	pg_tz	   *zone = pg_tzset(name);
	const char *spelled;

	if (zone == NULL || !pg_tz_acceptable(zone))
		return NULL;
	spelled = pg_get_timezone_name(zone);
	if (is_one_of(spelled, no_zones, lengthof(no_zones)) ||
		strncmp(spelled, "posix/", 6) == 0 ||
		strncmp(spelled, "right/", 6) == 0)
		return NULL;
	if (strpbrk(spelled, "0123456789") != NULL &&
		strpbrk(spelled, "abcdefghijklmnopqrstuvwxyz") == NULL &&
		!is_one_of(spelled, rule_like_zones, lengthof(rule_like_zones)))
		return NULL;
	return zone;
}

/*
 * The same of a name that must be one; it is not terminated.
 *
 * Errors: 22023.
 */
pg_tz *
pls_time_zone(const char *name, int length)
{
	char	   *terminated = pnstrdup(name, length);
	pg_tz	   *zone = pls_find_time_zone(terminated);

	if (zone == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unknown time zone \"%s\"", terminated),
				 PLS_ZONE_HELP));
	pfree(terminated);
	return zone;
}

PG_FUNCTION_INFO_V1(pls_check_time_zone);

/*
 * pls_internal.check_time_zone(time_zone text) -> text
 *
 * The name of a time zone as the IANA database spells it.  Errors: 22023 if
 * it is none, or NULL.
 */
Datum
pls_check_time_zone(PG_FUNCTION_ARGS)
{
	text	   *name;
	pg_tz	   *zone;

	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unknown time zone NULL"),
				 PLS_ZONE_HELP));
	name = PG_GETARG_TEXT_PP(0);
	zone = pls_time_zone(VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name));
	PG_RETURN_TEXT_P(cstring_to_text(pg_get_timezone_name(zone)));
}
