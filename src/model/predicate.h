/*-------------------------------------------------------------------------
 *
 * predicate.h
 *	  Whether a jsonpath predicate holds of a document.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_PREDICATE_H
#define PLS_PREDICATE_H

#include "utils/jsonb.h"
#include "utils/jsonpath.h"

extern bool pls_is_data_error(int sqlerrcode);
extern bool pls_is_too_deep(Jsonb *document);
extern bool pls_path_holds(Jsonb *document, JsonPath *path);
extern bool pls_jsonpath_holds(Jsonb *document, JsonPath *path);

#endif							/* PLS_PREDICATE_H */
