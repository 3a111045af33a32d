/*-------------------------------------------------------------------------
 *
 * score_state_io.c
 *	  The flat form of a state: sent by parallel workers, stored, merged.
 *
 * It is a value of type pls.evidence, distinguished by its second byte, that
 * the aggregates of pls.score() alone can read.  After the varlena header,
 * all numbers most significant byte first:
 *
 *	  1		format version
 *	  1		1
 *	  8		the instant, microseconds
 *	  1		length of the motion's name, and its bytes
 *	  8		fingerprint of the plan
 *	  then for each slot of the plan:
 *	  1		kind
 *	  4		number of words
 *	  8...	the words; of keys the entries of the table (key and level), of a
 *			part its items (time, and amount in two words)
 *
 * Dated evidence (dated_evidence.c) has a 2 for the second 1; behind the
 * instant comes the flat form of evidence, without its first two bytes.
 *
 * A state is merged from its flat form alone, entry by entry as rows are
 * added.  pls_score_state_check() refuses what no slot can hold; which slots
 * there are, and how long, only the plan knows, and the merge holds it against
 * it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/datetime.h"

#include "bytes.h"
#include "evidence/evidence.h"
#include "evidence/model_evidence.h"
#include "evidence/score_state.h"
#include "model/model.h"
#include "model/part_shape.h"
#include "pls.h"
#include "pls_compat.h"
#include "time/instant.h"


#define FORMAT_VERSION	1
#define IS_SCORE_STATE		1
#define IS_DATED		2

#define HEAD_BYTES		11		/* before the name */
#define DATED_BYTES		10		/* before the evidence */
#define SLOT_BYTES		5		/* before the words */
#define ITEM_WORDS		3
#define MAX_COUNT		(INT64CONST(1) << 60)
#define MAX_KEYS		(PLS_SLOT_MAX_LEVELS * PLS_MAX_NEED)

/*
 * Words of a slot in the flat form.
 */
static uint32
flat_words(const PlsScoreState *state, const PlsScoreSlot *slot)
{
	const int64 *words = &state->words[slot->word];
	const PlsPart *part;

	switch (slot->kind)
	{
		case PLS_SLOT_KEYS:
			return (uint32) words[slot->nlevels + PLS_KEYS_USED];
		case PLS_SLOT_PART:
			part = pls_slot_pointer(words[0]);
			return part == NULL ? 0 : part->count * ITEM_WORDS;
		default:
			return slot->nwords;
	}
}

static Size
state_flat_size(ExpandedObjectHeader *header)
{
	const PlsScoreState *state = (const PlsScoreState *) header;
	const PlsScorePlan *plan = state->plan;
	MemoryContext before = MemoryContextSwitchTo(header->eoh_context);
	Size		size = VARHDRSZ + HEAD_BYTES + strlen(plan->model->motion) +
	sizeof(uint64);
	int			i;

	pls_score_state_flush(state);
	MemoryContextSwitchTo(before);
	for (i = 0; i < plan->nslots; i++)
		size += SLOT_BYTES +
			flat_words(state, &plan->slots[i]) * sizeof(uint64);
	return size;
}

static uint8 *
write_keys(uint8 *at, const PlsScoreSlot *slot, const int64 *words)
{
	uint32		capacity;
	const uint64 *table = pls_slot_table(slot, words, &capacity);
	uint32		i;

	for (i = 0; table != NULL && i < capacity; i++)
		if (table[i] != 0)
			at = pls_write_word(at, table[i]);
	return at;
}

static uint8 *
write_items(uint8 *at, const PlsPart *part)
{
	int			i;

	for (i = 0; part != NULL && i < part->count; i++)
	{
		const PlsItem *item = &part->items[part->start + i];

		at = pls_write_word(at, (uint64) item->at);
		at = pls_write_word(at, (uint64) (item->amount >> 64));
		at = pls_write_word(at, (uint64) item->amount);
	}
	return at;
}

static uint8 *
write_slot(uint8 *at, const PlsScoreState *state, const PlsScoreSlot *slot)
{
	const int64 *words = &state->words[slot->word];
	uint32		length = flat_words(state, slot);
	uint32		i;

	*at++ = slot->kind;
	at = pls_write_big_endian(at, length, 4);
	if (slot->kind == PLS_SLOT_KEYS)
		return write_keys(at, slot, words);
	if (slot->kind == PLS_SLOT_PART)
		return write_items(at, pls_slot_pointer(words[0]));
	for (i = 0; i < length; i++)
		at = pls_write_word(at, (uint64) words[i]);
	return at;
}

static void
state_flatten_into(ExpandedObjectHeader *header, void *result, Size size)
{
	const PlsScoreState *state = (const PlsScoreState *) header;
	const PlsScorePlan *plan = state->plan;
	int			name_length = strlen(plan->model->motion);
	uint8	   *at = (uint8 *) VARDATA(result);
	int			i;

	*at++ = FORMAT_VERSION;
	*at++ = IS_SCORE_STATE;
	at = pls_write_word(at, (uint64) plan->as_of);
	*at++ = name_length;
	memcpy(at, plan->model->motion, name_length);
	at = pls_write_word(at + name_length, plan->fingerprint);
	for (i = 0; i < plan->nslots; i++)
		at = write_slot(at, state, &plan->slots[i]);
	Assert(at == (uint8 *) result + size);
	SET_VARSIZE(result, size);
}

const ExpandedObjectMethods pls_score_state_methods = {
	state_flat_size,
	state_flatten_into
};

/* ---------- dated evidence ---------- */

static Size
dated_flat_size(ExpandedObjectHeader *header)
{
	PlsDated   *dated = (PlsDated *) header;

	if (dated->state != NULL)
		return state_flat_size(&dated->state->hdr);
	return pls_evidence_flat_size(dated->evidence) + sizeof(uint64);
}

/*
 * The evidence is written where it belongs but for its first two bytes, which
 * the instant then takes the place of.
 */
static void
dated_flatten_into(ExpandedObjectHeader *header, void *result, Size size)
{
	PlsDated   *dated = (PlsDated *) header;
	uint8	   *at = (uint8 *) VARDATA(result);

	if (dated->state != NULL)
	{
		state_flatten_into(&dated->state->hdr, result, size);
		return;
	}
	pls_evidence_flatten(dated->evidence, result, size - sizeof(uint64));
	memmove(at + DATED_BYTES, at + 2,
			size - sizeof(uint64) - VARHDRSZ - 2);
	*at++ = FORMAT_VERSION;
	*at++ = IS_DATED;
	pls_write_word(at, (uint64) dated->as_of);
	SET_VARSIZE(result, size);
}

const ExpandedObjectMethods pls_dated_methods = {
	dated_flat_size,
	dated_flatten_into
};

/*
 * The flat form of the evidence in flat dated evidence, without a varlena
 * header, in the current context.
 */
static char *
plain_evidence(const char *data, Size length, Size *plain_length)
{
	char	   *plain;

	*plain_length = length - sizeof(uint64);
	plain = palloc(*plain_length);
	plain[0] = FORMAT_VERSION;
	plain[1] = 0;
	memcpy(plain + 2, data + DATED_BYTES, length - DATED_BYTES);
	return plain;
}

/*
 * The evidence of a flat state, with the parts of a model, in the current
 * context.
 *
 * Errors: XX001 if it cannot be read; 40001 if it is of another model.
 */
PlsEvidence *
pls_dated_read(const PlsModel *model, const PlsScoreStateHead *head)
{
	const char *data = (const char *) head->body - DATED_BYTES;
	Size		length;
	char	   *plain = plain_evidence(data, head->end - head->body +
									   DATED_BYTES, &length);
	struct varlena *flat = palloc(length + VARHDRSZ);
	PlsEvidence *evidence;

	SET_VARSIZE(flat, length + VARHDRSZ);
	memcpy(VARDATA(flat), plain, length);
	evidence = pls_evidence_from_datum(CurrentMemoryContext,
									   PointerGetDatum(flat));
	pfree(flat);
	pfree(plain);
	if (!pls_model_is_of(evidence, model))
		pls_refuse_other_model(model->motion);
	return evidence;
}

/* ---------- reading ---------- */

/*
 * Whether the bytes of a flat value claim to be a state of pls.score().
 */
bool
pls_score_state_is_flat(const char *data, Size length)
{
	return length >= 2 && data[0] == FORMAT_VERSION &&
		(data[1] == IS_SCORE_STATE || data[1] == IS_DATED);
}

/*
 * Whether a datum is a state of pls.score(), flat or expanded.
 */
bool
pls_score_state_is_datum(Datum datum)
{
	struct varlena *value = (struct varlena *) DatumGetPointer(datum);
	bool		result;

	if (VARATT_IS_EXTERNAL_EXPANDED(value))
		return DatumGetEOHP(datum)->eoh_methods == &pls_score_state_methods ||
			DatumGetEOHP(datum)->eoh_methods == &pls_dated_methods;
	value = pg_detoast_datum_packed(value);
	result = pls_score_state_is_flat(VARDATA_ANY(value),
									 VARSIZE_ANY_EXHDR(value));
	if ((Pointer) value != DatumGetPointer(datum))
		pfree(value);
	return result;
}

/*
 * Whether a word is one that a slot of this kind can have.
 */
static bool
is_possible(PlsSlotKind kind, uint32 index, uint64 word)
{
	switch (kind)
	{
		case PLS_SLOT_ROWS:
			return word <= MAX_COUNT;
		case PLS_SLOT_NEWEST:
		case PLS_SLOT_OLDEST:
			return word < 2 * PLS_SLOT_TIME_BIAS;
		case PLS_SLOT_SUM:
			return index > 0 || word <= MAX_COUNT;
		case PLS_SLOT_KEYS:
			return (word & 0xFFFF) != 0;
		case PLS_SLOT_PART:
			return index % ITEM_WORDS != 0 ||
				((int64) word >= PLS_FIRST_SECOND && (int64) word < PLS_LAST_SECOND);
		case PLS_SLOT_BITS:
			return true;
	}
	return false;
}

static bool
is_possible_length(PlsSlotKind kind, uint32 length)
{
	switch (kind)
	{
		case PLS_SLOT_ROWS:
		case PLS_SLOT_NEWEST:
		case PLS_SLOT_OLDEST:
			return length == 1;
		case PLS_SLOT_SUM:
			return length == 3;
		case PLS_SLOT_BITS:
			return length >= 1 && length <= PLS_SLOT_MAX_BITS / 64;
		case PLS_SLOT_KEYS:
			return length <= MAX_KEYS;
		case PLS_SLOT_PART:
			return length % ITEM_WORDS == 0;
	}
	return false;
}

static const char *
check_dated(const char *data, Size length)
{
	Size		plain_length;
	char	   *plain = plain_evidence(data, length, &plain_length);
	const char *problem = pls_evidence_check(plain, plain_length);

	pfree(plain);
	return problem;
}

/*
 * Read what a flat state is for.  One that is trusted is known to come from
 * this file.
 */
static void
read_head(PlsBytes *reader, PlsScoreStateHead *head, bool trusted)
{
	uint8		form;

	memset(head, 0, sizeof(PlsScoreStateHead));
	head->end = reader->end;
	if (pls_read_byte(reader) != FORMAT_VERSION)
		pls_bytes_refuse(reader, "Its format version is unknown.");
	form = pls_read_byte(reader);
	if (form != IS_SCORE_STATE && form != IS_DATED)
		pls_bytes_refuse(reader, "It has unknown flags.");
	head->dated = form == IS_DATED;
	head->as_of = (TimestampTz) pls_read_big_endian(reader, 8);
	if (!IS_VALID_TIMESTAMP(head->as_of))
		pls_bytes_refuse(reader, "A time is out of range.");
	head->body = reader->at;
	if (head->dated && trusted)
		pls_read_motion(reader, head->motion, true);
	if (head->dated || reader->failure != NULL)
		return;
	pls_read_motion(reader, head->motion, trusted);
	head->fingerprint = pls_read_big_endian(reader, 8);
	head->body = reader->at;
}

/*
 * Read the kind of a slot and how many words follow, which are there.
 */
static uint32
read_slot(PlsBytes *reader, uint8 *kind)
{
	uint32		nwords;

	*kind = pls_read_byte(reader);
	nwords = (uint32) pls_read_big_endian(reader, 4);
	if (reader->failure == NULL &&
		(reader->end - reader->at) / sizeof(uint64) < nwords)
		pls_bytes_refuse(reader, "It ends too early.");
	return reader->failure == NULL ? nwords : 0;
}

/*
 * What is wrong with the bytes of a flat state; NULL: nothing.
 */
const char *
pls_score_state_check(const char *data, Size length)
{
	PlsScoreStateHead head;
	PlsBytes	reader;

	pls_bytes_init(&reader, data, length);
	read_head(&reader, &head, false);
	if (reader.failure == NULL && head.dated)
		return check_dated(data, length);
	while (reader.at < reader.end)
	{
		uint8		kind;
		uint32		nwords = read_slot(&reader, &kind);
		uint32		i;

		if (reader.failure == NULL && !is_possible_length(kind, nwords))
			pls_bytes_refuse(&reader, "A slot has an impossible shape.");
		for (i = 0; i < nwords && reader.failure == NULL; i++)
			if (!is_possible(kind, i, pls_read_big_endian(&reader, 8)))
				pls_bytes_refuse(&reader, "A number is out of range.");
	}
	return reader.failure;
}

pg_noreturn static void
damaged(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("stored state of pls.score() cannot be read")));
}

/*
 * What a flat state is for.
 *
 * Errors: XX001 if it cannot be read.
 */
void
pls_score_state_read_head(const struct varlena *flat, PlsScoreStateHead *head)
{
	PlsBytes	reader;

	pls_bytes_init(&reader, VARDATA_ANY(flat), VARSIZE_ANY_EXHDR(flat));
	read_head(&reader, head, true);
	if (reader.failure != NULL)
		damaged();
}

/* ---------- merging ---------- */

static void
merge_items(PlsScoreState *into, const PlsScoreSlot *slot, const uint8 *at,
			uint32 nwords)
{
	PlsPart    *part;
	uint32		i;

	if (nwords == 0)
		return;
	part = pls_score_state_part(into, slot);
	CHECK_FOR_INTERRUPTS();
	/* newest first: what is already forgotten is not added */
	for (i = nwords; i >= ITEM_WORDS; i -= ITEM_WORDS)
	{
		const uint8 *item = at + (i - ITEM_WORDS) * sizeof(uint64);
		int128		amount = pls_slot_sum((int64) pls_load_word(item + 8),
										  pls_load_word(item + 16));

		if (i % 1024 == 0)
			CHECK_FOR_INTERRUPTS();
		if (part->shape.kind == PLS_PART_STEPS &&
			(amount < 0 || amount >= PLS_MAX_STEPS))
			damaged();
		pls_part_add(into->hdr.eoh_context, part,
					 (PlsSeconds) pls_load_word(item), amount);
	}
}

static void
merge_slot(PlsScoreState *into, const PlsScoreSlot *slot, const uint8 *at,
		   uint32 nwords)
{
	int64	   *words = &into->words[slot->word];
	uint32		i;

	switch (slot->kind)
	{
		case PLS_SLOT_ROWS:
			words[0] += pls_load_word(at);
			break;
		case PLS_SLOT_NEWEST:
		case PLS_SLOT_OLDEST:
			words[0] = Max(words[0], (int64) pls_load_word(at));
			break;
		case PLS_SLOT_SUM:
			words[0] += pls_load_word(at);
			pls_slot_add_sum(words + 1,
							 pls_slot_sum((int64) pls_load_word(at + 8),
										  pls_load_word(at + 16)));
			break;
		case PLS_SLOT_BITS:
			for (i = 0; i < nwords; i++)
				words[i] |= (int64) pls_load_word(at + i * sizeof(uint64));
			break;
		case PLS_SLOT_KEYS:
			for (i = 0; i < nwords; i++)
			{
				uint64		entry = pls_load_word(at + i * sizeof(uint64));
				int			level = (int) (entry & 0xFFFF) - 1;

				if (level < 0 || level >= slot->nlevels)
					damaged();
				pls_score_state_add_key(into, slot, entry >> 16, level);
			}
			break;
		case PLS_SLOT_PART:
			merge_items(into, slot, at, nwords);
			break;
	}
}

/*
 * Refuse a state that was made with another version of the motion.
 */
void
pls_refuse_other_model(const char *motion)
{
	ereport(ERROR,
			(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
			 errmsg("motion \"%s\" was changed while it was scored", motion),
			 errhint("Run the query again.")));
}

/*
 * Add what a flat state of the same motion and instant holds.
 *
 * Errors: 40001 if the motion has been changed meanwhile, so that the parts
 * of one aggregate cannot be put together; XX001 if it cannot be read.
 */
void
pls_score_state_merge(PlsScoreState *into, const PlsScoreStateHead *from)
{
	const PlsScorePlan *plan = into->plan;
	PlsBytes	reader = {from->body, from->end};
	int			i;

	if (from->dated)
	{
		pls_score_state_add_evidence(into, pls_dated_read(plan->model, from));
		return;
	}
	if (from->fingerprint != plan->fingerprint)
		pls_refuse_other_model(from->motion);
	for (i = 0; i < plan->nslots; i++)
	{
		const PlsScoreSlot *slot = &plan->slots[i];
		uint8		kind;
		uint32		nwords = read_slot(&reader, &kind);

		if (reader.failure != NULL || kind != slot->kind ||
			(kind != PLS_SLOT_KEYS && kind != PLS_SLOT_PART &&
			 nwords != slot->nwords))
			damaged();
		merge_slot(into, slot, reader.at, nwords);
		reader.at += nwords * sizeof(uint64);
	}
	if (reader.at != reader.end)
		damaged();
}
