/*-------------------------------------------------------------------------
 *
 * text_datum.h
 *	  A text in a row of a result.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_TEXT_DATUM_H
#define PLS_TEXT_DATUM_H

#include "utils/builtins.h"

/*
 * A text that may be NULL, which *isnull says then.
 */
static inline Datum
pls_text_or_null(const char *text, bool *isnull)
{
	*isnull = (text == NULL);
	return text == NULL ? (Datum) 0 : CStringGetTextDatum(text);
}

#endif							/* PLS_TEXT_DATUM_H */
