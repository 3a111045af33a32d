/*-------------------------------------------------------------------------
 *
 * text_type.h
 *	  The one text of a value, by the type of its column.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_TEXT_TYPE_H
#define PLS_TEXT_TYPE_H

#include "fmgr.h"

/* How the text of a type is made; of a type without its domains. */
typedef enum PlsTextKind
{
	PLS_TEXT_STORED,			/* text, varchar: what is stored */
	PLS_TEXT_PADDED,			/* char(n): without its padding */
	PLS_TEXT_FOLDED,			/* citext: in lower case */
	PLS_TEXT_NAME,				/* name */
	PLS_TEXT_NUMBER,			/* whole number */
	PLS_TEXT_LABEL,				/* enum: its label */
	PLS_TEXT_OUTPUT				/* what its output function says */
} PlsTextKind;

typedef struct PlsTextType
{
	Oid			type;
	PlsTextKind kind;
	bool		is_varlena;
	FmgrInfo	output;			/* of PLS_TEXT_OUTPUT */
} PlsTextType;

extern PlsTextKind pls_text_kind(Oid type);
extern bool pls_is_id_type(Oid type);
extern void pls_text_type_init(PlsTextType *text, Oid type,
							   MemoryContext context);
extern char *pls_text_of(const PlsTextType *type, Datum value);
extern const char *pls_fold(const char *text, int *length);

#endif							/* PLS_TEXT_TYPE_H */
