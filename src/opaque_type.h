/*-------------------------------------------------------------------------
 *
 * opaque_type.h
 *	  Input and output of types whose values are bytes that nobody reads.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_OPAQUE_TYPE_H
#define PLS_OPAQUE_TYPE_H

#include "lib/stringinfo.h"

typedef struct PlsOpaqueType
{
	const char *name;			/* as in "invalid event rows" */
	const char *hint;			/* where its values come from */
	/* the value that bytes stand for, or what is wrong with them */
	Datum		(*read) (const char *data, Size length, const char **failure);
} PlsOpaqueType;

extern Datum pls_opaque_in(const PlsOpaqueType *type, const char *text);
extern Datum pls_opaque_recv(const PlsOpaqueType *type, StringInfo message);
extern Datum pls_opaque_out(const PlsOpaqueType *type, const char *bytes,
							Size length);
extern Datum pls_opaque_send(const char *bytes, Size length);

#endif							/* PLS_OPAQUE_TYPE_H */
