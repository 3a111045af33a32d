/*-------------------------------------------------------------------------
 *
 * time_zone.h
 *	  What a time zone is, wherever one is named.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_TIME_ZONE_H
#define PLS_TIME_ZONE_H

#include "pgtime.h"

/* Detail and hint of the error that a name is not one of a time zone. */
#define PLS_ZONE_HELP \
	errdetail("A time zone has a full name; abbreviations such as CEST and POSIX rules such as XYZ+3 have no calendar of their own."), \
	errhint("Use a name from the view pg_timezone_names, such as Europe/Berlin.")

extern pg_tz *pls_find_time_zone(const char *name);
extern pg_tz *pls_time_zone(const char *name, int length);

#endif							/* PLS_TIME_ZONE_H */
