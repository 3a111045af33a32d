/*-------------------------------------------------------------------------
 *
 * source_entry.h
 *	  A watched table, as a backend knows it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_SOURCE_ENTRY_H
#define PLS_SOURCE_ENTRY_H

#include "access/attnum.h"
#include "fmgr.h"
#include "utils/timestamp.h"

#include "model/event_row.h"
#include "model/model.h"
#include "model/text_type.h"
#include "time/local_time.h"
#include "trigger/row_document.h"

/* A column that holds an id. */
typedef struct PlsIdColumn
{
	AttrNumber	number;			/* 0: no such column */
	Oid			type;			/* beneath its domains */
	PlsTextType text;
} PlsIdColumn;

/* How the name of an event is told. */
typedef enum PlsEventKind
{
	PLS_EVENT_STORED,			/* by a column of text or varchar */
	PLS_EVENT_CONSTANT,			/* it is the same for all rows */
	PLS_EVENT_OTHER				/* by a column of another type */
} PlsEventKind;

/* How a column tells an instant. */
typedef enum PlsAtKind
{
	PLS_AT_INSTANT,				/* timestamptz */
	PLS_AT_LOCAL,				/* timestamp, in a time zone */
	PLS_AT_DAY,					/* date: midnight there */
	PLS_AT_NUMBER,				/* whole number of units since 1970 */
	PLS_AT_NUMERIC				/* the same, with decimals */
} PlsAtKind;

typedef struct PlsSource
{
	int			source_id;		/* hash key, with relid */
	Oid			relid;
	uint64		generation;
	uint64		load;			/* another each time it is read */
	MemoryContext context;
	const char *problem;		/* why it cannot be read; NULL: it can */
	bool		was_locked;		/* and that is only because others have locked
								 * a table of pls */
	TimestampTz said_at;		/* when the server log was told, or 0 */
	PlsEventKind event_kind;
	PlsAtKind	at_kind;
	AttrNumber	event;			/* 0: no such column */
	AttrNumber	at;
	AttrNumber	email;			/* 0: no such column */
	AttrNumber	properties;		/* 0: no such column */
	bool		makes_document; /* of the properties, see row_document.h */
	int			ncolumns;		/* all that are read */
	AttrNumber *columns;
	int			nkey_columns;	/* the first ones: all but those of properties */
	AttrNumber	last_column;	/* the last of all but those that are read as
								 * properties */
	PlsIdColumn account;
	PlsIdColumn actor;
	PlsActorHash actor_hash;
	int			nmodels;
	PlsModel  **models;			/* pinned */
	int			most_rules;		/* of one model */
	/* where events are not told as most tables tell them */
	PlsRow		constant;		/* the event of all rows */
	PlsTextType event_text;
	PlsLocalTimes *times;		/* of the time zone */
	int			at_places;		/* decimals by which a unit is longer than a
								 * microsecond */
	Oid			at_type;		/* beneath its domains */
	bool		properties_are_json;
	int			nproperty_columns;
	PlsPropertyColumn *property_columns;
} PlsSource;

#endif							/* PLS_SOURCE_ENTRY_H */
