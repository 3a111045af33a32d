/*-------------------------------------------------------------------------
 *
 * row_document.h
 *	  The properties of an event as one document, where they are not a column
 *	  of jsonb.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_ROW_DOCUMENT_H
#define PLS_ROW_DOCUMENT_H

#include "access/attnum.h"
#include "executor/tuptable.h"
#include "utils/jsonb.h"

#include "model/text_type.h"

/* How a value is written in JSON. */
typedef enum PlsJsonKind
{
	PLS_JSON_TEXT,				/* a string: its text */
	PLS_JSON_BOOLEAN,
	PLS_JSON_NUMBER,
	PLS_JSON_TIME,				/* a string, as the server writes it in JSON */
	PLS_JSON_JSON,				/* as it is */
	PLS_JSON_JSONB,
	PLS_JSON_NONE				/* not at all */
} PlsJsonKind;

/* A column that is read as a property. */
typedef struct PlsPropertyColumn
{
	AttrNumber	number;
	char	   *name;			/* of the property */
	PlsJsonKind kind;			/* of the value, or of an array's elements */
	PlsTextType type;			/* the same */
	bool		is_varlena;
	bool		is_array;
	int16		length;			/* of its elements */
	bool		by_value;
	char		alignment;
} PlsPropertyColumn;

extern bool pls_property_column_init(PlsPropertyColumn *column, Oid type,
									 MemoryContext context);
extern Jsonb *pls_row_document(TupleTableSlot *slot, AttrNumber properties,
							   bool is_json,
							   const PlsPropertyColumn *columns, int ncolumns);

#endif							/* PLS_ROW_DOCUMENT_H */
