/*-------------------------------------------------------------------------
 *
 * event_reader.h
 *	  Rows of a watched table, read as events.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_EVENT_READER_H
#define PLS_EVENT_READER_H

#include "catalog/pg_type_d.h"
#include "executor/tuptable.h"
#include "lib/stringinfo.h"
#include "nodes/bitmapset.h"
#include "utils/relcache.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#include "model/event_row.h"
#include "model/model.h"
#include "state/identity.h"
#include "time/instant.h"
#include "trigger/source.h"

typedef struct PlsEventReader
{
	MemoryContext own_context;	/* of the reader itself */
	MemoryContext context;		/* of what is needed until it ends */
	MemoryContext row_context;	/* reset after each row */
	PlsSource  *source;
	TupleDesc	desc;
	int			nmodels;
	PlsModel  **models;			/* pinned */
	MemoryContextCallback unpin;
	int			most_models;
	PlsIdentity *identity;		/* NULL: its own, not needed yet */
	bool		aliases_asked;	/* and the next two are known */
	bool		no_account_aliases; /* as far as is known without looking */
	bool		no_user_aliases;
	PlsIdentity *own_identity;	/* NULL: none, or it is somebody else's */
	PlsMatch   *matches;
	int			most_matches;
	/* for rows of transition tables, while the source is as it was then */
	TupleTableSlot *rows_slot;	/* NULL: none yet */
	TupleDesc	rows_desc;
	uint64		rows_load;
	/* the row at hand */
	TupleTableSlot *slot;
	TimestampTz at;
	const char *user_id;		/* valid once resolved */
	bool		user_resolved;
	char		account_text[32];	/* of a whole number */
	char		user_text[32];
} PlsEventReader;

/* A text that need not be terminated, and its hash, where it is asked for. */
typedef struct PlsHashedText
{
	const char *text;			/* NULL: none */
	uint32		hash;
	uint16		length;
} PlsHashedText;

static inline bool
pls_is_whole_number(Oid type)
{
	return type == INT2OID || type == INT4OID || type == INT8OID;
}

/*
 * A whole number in an id column; false if it is of another type.
 */
static inline bool
pls_whole_number(Oid type, Datum value, int64 *number)
{
	switch (type)
	{
		case INT2OID:
			*number = DatumGetInt16(value);
			return true;
		case INT4OID:
			*number = DatumGetInt32(value);
			return true;
		case INT8OID:
			*number = DatumGetInt64(value);
			return true;
		default:
			return false;
	}
}

/* What tells whose a row is without looking anybody up. */
typedef enum PlsKeyKind
{
	PLS_ACCOUNT_NUMBER,			/* number */
	PLS_USER_NUMBER,			/* number, and text: the event's address, of
								 * which only what follows the last @ matters
								 * (see pls_address_domain()) */
	PLS_ENTITY_ID				/* text, with its hash: the entity's own id */
} PlsKeyKind;

#define PLS_NUMBER_KINDS	2

typedef struct PlsRowKey
{
	PlsKeyKind	kind;
	int64		number;
	PlsHashedText text;
} PlsRowKey;

#define pls_key_has_address(key) \
	((key)->kind == PLS_USER_NUMBER && (key)->text.text != NULL)

/* A row that matters to a motion. */
typedef struct PlsEvent
{
	int			model;			/* index */
	const char *entity;
	TimestampTz at;				/* as recorded */
	PlsSeconds	seconds;		/* floored */
	int			nmatches;
	const PlsMatch *matches;
	Bitmapset  *outcomes;		/* numbers of model->outcomes */
} PlsEvent;

typedef void (*PlsEventConsumer) (void *arg, const PlsEvent *event);

extern PlsEventReader *pls_reader_begin(PlsSource *source,
										Relation relation,
										PlsIdentity *identity);
extern PlsIdentity *pls_reader_identity(PlsEventReader *reader);
extern bool pls_reader_was_locked(const PlsEventReader *reader);
extern bool pls_reader_start_row(PlsEventReader *reader, TupleTableSlot *slot,
								 PlsRow *row);
extern void pls_reader_settle_actor(PlsRow *row, void *arg);
extern bool pls_reader_key(const PlsSource *source, const PlsModel *model,
						   const Datum *values, const bool *nulls,
						   PlsRowKey *key);
extern bool pls_reader_names(PlsEventReader *reader, const char **user_id,
							 const char **account, const char **company);
extern const char *pls_reader_user(PlsEventReader *reader);
extern void pls_reader_append_ids(PlsEventReader *reader, StringInfo text);
extern const char *pls_reader_email(PlsEventReader *reader);
extern const char *pls_reader_account(PlsEventReader *reader,
									  const char **cause);
extern const char *pls_reader_entity(PlsEventReader *reader,
									 const PlsModel *model);
extern void pls_reader_row(PlsEventReader *reader, TupleTableSlot *slot,
						   PlsEventConsumer consumer, void *arg);
extern void pls_reader_rows(PlsEventReader *reader, Tuplestorestate *rows,
							PlsEventConsumer consumer, void *arg);
extern int64 pls_reader_row_memory(const PlsEventReader *reader);
extern void pls_reader_end(PlsEventReader *reader);

#endif							/* PLS_EVENT_READER_H */
