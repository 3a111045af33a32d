/*-------------------------------------------------------------------------
 *
 * punycode.h
 *	  Labels of domains in ASCII.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_PUNYCODE_H
#define PLS_PUNYCODE_H

#include "mb/pg_wchar.h"

extern int	pls_punycode(const pg_wchar *label, int length, char *result,
						 int size);

#endif							/* PLS_PUNYCODE_H */
