/*-------------------------------------------------------------------------
 *
 * source.h
 *	  The watched tables.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_SOURCE_H
#define PLS_SOURCE_H

#include "access/attnum.h"
#include "fmgr.h"
#include "utils/timestamp.h"

#include "model/event_row.h"
#include "model/model.h"

/* A column that holds an id. */
typedef struct PlsIdColumn
{
	AttrNumber	number;			/* 0: no such column */
	Oid			type;			/* beneath its domains */
	bool		is_varlena;
	FmgrInfo	output;
} PlsIdColumn;

#define PLS_SOURCE_COLUMNS	6	/* that an event is read from, at most */

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
	AttrNumber	event;
	AttrNumber	at;
	AttrNumber	email;			/* 0: no such column */
	AttrNumber	properties;		/* 0: no such column */
	int			ncolumns;		/* all that are read; properties last */
	AttrNumber	columns[PLS_SOURCE_COLUMNS];
	AttrNumber	last_column;	/* the last of all of them */
	PlsIdColumn account;
	PlsIdColumn actor;
	PlsActorHash actor_hash;
	int			nmodels;
	PlsModel  **models;			/* pinned */
	int			most_rules;		/* of one model */
} PlsSource;

struct TriggerData;
extern PlsSource *pls_source_get(struct TriggerData *trigger);
extern PlsSource *pls_source_find(int source_id, Oid relid);

#endif							/* PLS_SOURCE_H */
