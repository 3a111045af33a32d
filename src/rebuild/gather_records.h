/*-------------------------------------------------------------------------
 *
 * gather_records.h
 *	  Whose a record is, and what it says to evidence.
 *
 * The records of a partition are read range by range of their entities'
 * hashes, as many ranges as the memory asks for.  Here an entity of the range
 * is a number; what is kept of it under that is the caller's business.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_GATHER_RECORDS_H
#define PLS_GATHER_RECORDS_H

#include "evidence/evidence.h"
#include "model/event_row.h"
#include "model/model.h"
#include "model/signal.h"
#include "rebuild/gather.h"
#include "rebuild/gather_marks.h"
#include "rebuild/row_spill.h"

#define PLS_PARTITION_BITS	6	/* of the hash, spent on partitions */
#define PLS_MAX_RANGE_BITS	(32 - PLS_PARTITION_BITS)
#define PLS_FIRST_ENTITIES	256

StaticAssertDecl(PLS_SPILL_PARTITIONS == 1 << PLS_PARTITION_BITS,
				 "a partition is told by these bits");

/* An entity and what is known of it up to as_of, or due at one instant. */
typedef struct PlsEntityKey
{
	uint32		hash;
	uint16		length;
	TimestampTz due;
	const char *id;				/* not terminated */
} PlsEntityKey;

typedef struct PlsEntityEntry
{
	PlsEntityKey key;
	char		status;
	int			number;			/* of the entity */
} PlsEntityEntry;

static inline bool
pls_same_entity(const PlsEntityKey *a, const PlsEntityKey *b)
{
	return a->hash == b->hash && a->length == b->length &&
		a->due == b->due && memcmp(a->id, b->id, a->length) == 0;
}

#define SH_PREFIX entitytable
#define SH_ELEMENT_TYPE PlsEntityEntry
#define SH_KEY_TYPE PlsEntityKey
#define SH_KEY key
#define SH_HASH_KEY(table, key) ((key).hash ^ (uint32) ((key).due >> 20))
#define SH_EQUAL(table, a, b) pls_same_entity(&(a), &(b))
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

/* Entities whose hash lies in one range. */
typedef struct PlsEntityRange
{
	int			bits;			/* below those of the partition ... */
	uint32		value;			/* ... that are these */
	MemoryContext context;		/* of the ids */
	entitytable_hash *table;	/* NULL: not begun */
	int			nentities;
	/* of the spill at hand */
	uint32		nnumbered;		/* entities that its records have numbered */
	uint32		number_capacity;
	int		   *numbered;		/* which these are; -1: not of the range */
} PlsEntityRange;

/*
 * Begin, in the current memory context.
 */
static inline void
pls_range_begin(PlsEntityRange *range)
{
	range->table = entitytable_create(range->context, 2 * PLS_FIRST_ENTITIES,
									  NULL);
	range->number_capacity = PLS_FIRST_ENTITIES;
	range->numbered = palloc(PLS_FIRST_ENTITIES * sizeof(int));
}

static inline bool
pls_range_has(const PlsEntityRange *range, uint32 hash)
{
	return range->bits == 0 ||
		(hash << PLS_PARTITION_BITS) >> (32 - range->bits) == range->value;
}

/*
 * Note which entity the records of the spill at hand give their next number.
 */
static inline void
pls_range_number(PlsEntityRange *range, uint32 number, int entity)
{
	if (number != range->nnumbered)
		elog(ERROR, "pls: records number their entities out of order");
	if (range->nnumbered == range->number_capacity)
	{
		range->number_capacity *= 2;
		range->numbered = repalloc_huge(range->numbered,
										range->number_capacity *
										sizeof(int));
	}
	range->numbered[range->nnumbered++] = entity;
}

/*
 * The entity of a record that says whose it is; -1: not of the range.  *key is
 * set if it is the entity's first.
 */
static inline int
pls_range_find(PlsEntityRange *range, const PlsRecord *record,
			   const char *place, const PlsEntityKey **key)
{
	PlsEntityKey wanted = {0};
	PlsRecordEntity whose;
	PlsEntityEntry *entry;
	bool		found;

	memcpy(&whose, place + pls_record_entity_place(record->flags),
		   sizeof(whose));
	if (!pls_range_has(range, whose.hash))
		return -1;
	wanted.hash = whose.hash;
	wanted.length = whose.length;
	wanted.due = DT_NOBEGIN;
	if (record->flags & PLS_RECORD_DUE)
		memcpy(&wanted.due, place + sizeof(PlsRecord), sizeof(wanted.due));
	wanted.id = place + pls_record_entity_place(record->flags) +
		sizeof(whose);
	entry = entitytable_insert(range->table, wanted, &found);
	if (!found)
	{
		/* the record goes with its batch */
		entry->key.id = memcpy(MemoryContextAlloc(range->context,
												  Max(wanted.length, 1)),
							   wanted.id, wanted.length);
		entry->number = range->nentities++;
		*key = &entry->key;
	}
	return entry->number;
}

/*
 * Whose a record is; -1: of none in the range.  *key is set if it is the
 * entity's first, and is valid until the next one comes.
 */
static inline int
pls_range_entity(PlsEntityRange *range, const PlsRecord *record,
				 const char *place, const PlsEntityKey **key)
{
	int			entity;

	if (!(record->flags & PLS_RECORD_ENTITY))
	{
		if (record->entity >= range->nnumbered)
			elog(ERROR, "pls: a record is of an entity without a number");
		return range->numbered[record->entity];
	}
	entity = pls_range_find(range, record, place, key);
	if (record->entity != PLS_NO_NUMBER)
		pls_range_number(range, record->entity, entity);
	return entity;
}

/*
 * The bytes of a record up to what its row said to conditional rules.
 */
static inline Size
pls_record_size_before_values(const PlsRecord *record, const char *place)
{
	Size		size = pls_record_entity_place(record->flags);
	PlsRecordEntity whose;

	if (!(record->flags & PLS_RECORD_ENTITY))
		return size;
	memcpy(&whose, place + size, sizeof(whose));
	return size + sizeof(whose) + whose.length;
}

/*
 * The end of what a record's row said to conditional rules.
 */
static inline const char *
pls_record_skip_values(const PlsModel *model, const PlsEventRules *rules,
					   const char *values)
{
	int			i;

	for (i = 0; i < rules->nrules; i++)
	{
		const PlsPartRule *rule = &model->rules[rules->rules[i]];

		if (pls_rule_is_conditional(rule) && *values++ &&
			pls_rule_reads_property(rule))
			values += sizeof(int128);
	}
	return values;
}

/*
 * Where the next record begins.
 */
static inline const char *
pls_record_next(const PlsGathering *gathering, const PlsRecord *record,
				const char *place)
{
	const PlsEventRules *rules = gathering->events[record->event];

	place += pls_record_size_before_values(record, place);
	if (rules->nconditional > 0)
		place = pls_record_skip_values(gathering->model, rules, place);
	return place;
}

/*
 * Add what a record says to a rule's part.  False if it says nothing.  told:
 * rules of actors and days know it already.  *values is where what the row
 * said to conditional rules is read.
 */
static inline bool
pls_record_add_to_part(PlsModel *model, PlsEvidence *evidence, int number,
					   PlsRow *row, bool told, const char **values)
{
	const PlsPartRule *rule = &model->rules[number];
	PlsPart    *part = &evidence->parts[number];
	int128		amount;

	if (pls_rule_is_conditional(rule))
	{
		bool		met = *(*values)++;

		if (met && pls_rule_reads_property(rule))
		{
			memcpy(&amount, *values, sizeof(amount));
			*values += sizeof(amount);
		}
		if (!met)
			return false;
	}
	if (told && pls_rule_is_marked(rule))
		return false;
	if (!pls_part_wants(part, row->at))
		return true;
	if (!pls_rule_reads_property(rule) &&
		!pls_row_amount(model, row, rule, &amount))
		return false;
	pls_part_add(evidence->context, part, pls_rule_cell(rule, row->at),
				 amount);
	return true;
}

/*
 * The row that a record was made of, as far as it is asked for now.
 */
static inline void
pls_record_row(const PlsRecord *record, const PlsEventRules *rules,
			   const char *place, PlsRow *row)
{
	bool		has_actor = (record->flags & PLS_RECORD_ACTOR) != 0;
	uint64		actor = 0;

	row->event = rules->event ? rules->event : "";
	row->event_length = rules->length;
	row->event_hash = rules->hash;
	row->at = record->at;
	if (has_actor)
		memcpy(&actor, place + pls_record_actor_place(record->flags),
			   sizeof(actor));
	pls_row_set_hashed_actor(row, !has_actor, actor);
	pls_row_set_properties(row, true, (Datum) 0);
}

/*
 * Add what a record says to evidence of the model, whose parts are as its
 * rules.  False if it says nothing.
 */
static inline bool
pls_record_add(PlsModel *model, PlsEvidence *evidence,
			   const PlsEventRules *rules, const PlsRecord *record,
			   const char *place)
{
	const char *values = place + pls_record_size_before_values(record, place);
	bool		told = (record->flags & PLS_RECORD_TOLD) != 0;
	bool		any = false;
	PlsRow		row;
	int			i;

	pls_record_row(record, rules, place, &row);
	for (i = 0; i < rules->nrules; i++)
		any |= pls_record_add_to_part(model, evidence, rules->rules[i], &row,
									  told, &values);
	return any;
}

#endif							/* PLS_GATHER_RECORDS_H */
