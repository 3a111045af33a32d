/*-------------------------------------------------------------------------
 *
 * evidence_io.c
 *	  The flat form of evidence: stored, sent, and printed as hex.
 *
 * After the varlena header, with "v" for a variable-length integer (7 bits a
 * byte, least significant first) and "z" for a signed one (zigzag):
 *
 *	  1		format version
 *	  1		0; 1: it is a state instead, see score_state_io.c
 *	  1		length of the motion's name, and its bytes
 *	  v		number of parts, which follow in ascending order of fingerprint:
 *	  8		fingerprint, most significant byte first
 *	  1		kind
 *	  v v v	limit, span, step
 *	  v		number of items, which follow newest first:
 *	  z|v	time in steps: of the first item, then the distance to the one
 *			before
 *	  		amount: nothing (times, oldest), 6 bytes (actors), z distance to
 *			the one before (periods), z (last, sums, maxima), v (steps)
 *
 * Every integer has its shortest form and items are in their one order, so
 * equal evidence has equal bytes.  decode() is the one reader and checks all
 * of that: whatever it accepts, the rest of pls can work on.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/int.h"
#include "miscadmin.h"
#include "port/pg_bswap.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "bytes.h"
#include "decimal.h"
#include "evidence/evidence.h"
#include "evidence/known_shapes.h"
#include "evidence/score_state.h"
#include "model/part_shape.h"
#include "opaque_type.h"
#include "pls.h"
#include "pls_compat.h"
#include "time/instant.h"
#include "varint.h"

#define FORMAT_VERSION	1
#define KEY_BYTES		6

#define MAX_LIMIT		1024	/* sanity bounds on what decode() takes */
#define MAX_SPAN		(INT64CONST(1) << 43)
#define MAX_VARINT		19		/* bytes of 128 bits */
#define MAX_VARINT64	10		/* bytes of 64 bits */
#define MOST_ORDINARY	16		/* bytes of an ordinary item */

/* ---------- writing: each function returns where the next byte goes ---------- */

static inline uint8 *
write_amount(uint8 *at, PlsPartKind kind, const PlsItem *item,
			 const PlsItem *before)
{
	switch (kind)
	{
		case PLS_PART_TIMES:
		case PLS_PART_OLDEST:
			break;
		case PLS_PART_ACTORS:
			return pls_write_big_endian(at, (uint64) item->amount, KEY_BYTES);
		case PLS_PART_STEPS:
			return pls_write_varint64(at, (uint64) item->amount);
		case PLS_PART_PERIODS:
			return pls_write_varint(at, pls_zigzag(before ?
												   before->amount - item->amount :
												   item->amount));
		case PLS_PART_LAST:
		case PLS_PART_SUMS:
		case PLS_PART_MAXIMA:
			return pls_write_varint(at, pls_zigzag(item->amount));
	}
	return at;
}

static uint8 *
write_shape(uint8 *at, const PlsPartShape *shape)
{
	Size		nbytes = pls_shape_write(shape, at);

	if (nbytes > 0)
		return at + nbytes;
	at = pls_write_big_endian(at, shape->fingerprint, 8);
	*at++ = shape->kind;
	at = pls_write_varint64(at, shape->limit);
	at = pls_write_varint64(at, shape->span);
	return pls_write_varint64(at, shape->step);
}

static uint8 *
write_part(uint8 *at, const PlsPart *part)
{
	const PlsPartShape *shape = &part->shape;
	const PlsItem *before = NULL;
	int			i;

	at = pls_write_varint64(write_shape(at, shape), part->count);
	for (i = part->count - 1; i >= 0; i--)
	{
		const PlsItem *item = &part->items[part->start + i];
		PlsSeconds	time = before ? before->at - item->at : item->at;

		if (shape->step != 1)
			time /= shape->step;
		at = before ? pls_write_varint64(at, time) :
			pls_write_varint(at, pls_zigzag(time));
		at = write_amount(at, shape->kind, item, before);
		before = item;
	}
	return at;
}

static uint8 *
write_evidence(uint8 *at, const PlsEvidence *evidence)
{
	Size		name_length = strlen(evidence->motion);
	int			i;

	*at++ = FORMAT_VERSION;
	*at++ = 0;
	*at++ = name_length;
	memcpy(at, evidence->motion, name_length);
	at = pls_write_varint64(at + name_length, evidence->nparts);
	for (i = 0; i < evidence->nparts; i++)
		at = write_part(at, &evidence->parts[i]);
	return at;
}

/*
 * Bytes that the flat form may take at the most, its varlena header included.
 */
static Size
most_bytes(const PlsEvidence *evidence)
{
	Size		size = VARHDRSZ + 1 + 1 + 1 + PLS_MAX_NAME + MAX_VARINT64;
	int			i;

	for (i = 0; i < evidence->nparts; i++)
		size += 8 + 1 + 4 * MAX_VARINT64 +
			evidence->parts[i].count * (MAX_VARINT64 + MAX_VARINT);
	return size;
}

/*
 * Bytes of the flat form, its varlena header included.
 *
 * Scratch lies in the evidence's own context: the current one may be a
 * sort's, in which nothing can be freed.
 */
Size
pls_evidence_flat_size(const PlsEvidence *evidence)
{
	uint8	   *scratch = MemoryContextAlloc(evidence->context,
											 most_bytes(evidence));
	Size		size = write_evidence(scratch, evidence) - scratch;

	pfree(scratch);
	return size + VARHDRSZ;
}

/*
 * Write the flat form into memory of exactly that size.
 */
void
pls_evidence_flatten(const PlsEvidence *evidence, void *result, Size size)
{
	uint8	   *end = write_evidence((uint8 *) VARDATA(result), evidence);

	if (end != (uint8 *) result + size)
		elog(ERROR, "pls: evidence has changed while it was written");
	SET_VARSIZE(result, size);
}

/*
 * Flat evidence in the current memory context.
 */
Datum
pls_evidence_to_datum(const PlsEvidence *evidence)
{
	void	   *result = palloc(most_bytes(evidence));
	uint8	   *end = write_evidence((uint8 *) VARDATA(result), evidence);

	SET_VARSIZE(result, end - (uint8 *) result);
	return PointerGetDatum(result);
}

/* ---------- reading ---------- */

static PlsSeconds
read_time(PlsBytes *reader, const PlsPartShape *shape, const PlsItem *before)
{
	int128		steps;
	int64		at;

	if (before == NULL)
		steps = pls_unzigzag(pls_read_varint(reader));
	else
		steps = pls_read_bounded(reader, PLS_LAST_SECOND - PLS_FIRST_SECOND,
								 "A time is out of range.");
	if (steps < PLS_FIRST_SECOND || steps > PLS_LAST_SECOND - PLS_FIRST_SECOND ||
		pg_mul_s64_overflow((int64) steps, shape->step, &at) ||
		(before != NULL && pg_sub_s64_overflow(before->at, at, &at)) ||
		at < PLS_FIRST_SECOND - shape->step || at >= PLS_LAST_SECOND)
	{
		pls_bytes_refuse(reader, "A time is out of range.");
		return 0;
	}
	return at;
}

static pg_noinline int128
read_amount(PlsBytes *reader, PlsPartKind kind, const PlsItem *before)
{
	int128		amount;

	switch (kind)
	{
		case PLS_PART_TIMES:
		case PLS_PART_OLDEST:
			return 0;
		case PLS_PART_ACTORS:
			return pls_read_big_endian(reader, KEY_BYTES);
		case PLS_PART_STEPS:
			return pls_read_bounded(reader, PLS_MAX_STEPS - 1,
									"A step is out of range.");
		case PLS_PART_PERIODS:
			amount = pls_unzigzag(pls_read_varint(reader));
			if (before != NULL &&
				__builtin_sub_overflow(before->amount, amount, &amount))
				pls_bytes_refuse(reader, "A period is out of range.");
			if (amount < PG_INT64_MIN || amount > PG_INT64_MAX)
				pls_bytes_refuse(reader, "A period is out of range.");
			return amount;
		case PLS_PART_LAST:
		case PLS_PART_SUMS:
		case PLS_PART_MAXIMA:
			return pls_unzigzag(pls_read_varint(reader));
	}
	return 0;
}

/*
 * The shape of a part, as consistent as a model would have made it.
 */
static void
read_shape(PlsBytes *reader, PlsPartShape *shape)
{
	const uint8 *begin = reader->at;
	bool		grid;

	reader->at += pls_shape_read(begin, reader->end - begin, shape);
	if (reader->at > begin)
		return;
	shape->fingerprint = pls_read_big_endian(reader, 8);
	shape->kind = pls_read_byte(reader);
	if (shape->kind == '\0' || strchr("tlapsmoq", shape->kind) == NULL)
	{
		pls_bytes_refuse(reader, "A part is of an unknown kind.");
		return;
	}
	shape->limit = pls_read_bounded(reader, MAX_LIMIT, "A limit is out of range.");
	shape->span = pls_read_bounded(reader, MAX_SPAN, "A span is out of range.");
	shape->step = pls_read_bounded(reader, MAX_SPAN, "A step is out of range.");
	grid = shape->kind == PLS_PART_SUMS || shape->kind == PLS_PART_MAXIMA;
	if (shape->step < 1 || (!grid && shape->step != 1) ||
		(grid && (shape->limit != 0 || shape->span == 0 ||
				  shape->span / shape->step > PLS_GRID_CELLS)))
		pls_bytes_refuse(reader, "A part has an impossible shape.");
	if (!grid && (shape->limit < 1 ||
				  (shape->kind == PLS_PART_LAST && shape->limit != 1) ||
				  (shape->kind == PLS_PART_OLDEST && shape->limit != 1)))
		pls_bytes_refuse(reader, "A part has an impossible shape.");
	if (reader->failure == NULL)
		pls_shape_remember(shape, begin, reader->at - begin);
}

/*
 * Refuse more rows of an event than a part keeps.
 */
static void
check_steps(PlsBytes *reader, const PlsPart *part)
{
	int			rows[PLS_MAX_STEPS] = {0};
	int			i;

	for (i = 0; i < part->count; i++)
		if (++rows[(int) part->items[i].amount] > part->shape.limit)
			pls_bytes_refuse(reader, "A part has too many items.");
}

/*
 * The most items of a part.
 */
static int
most_items(const PlsPartShape *shape)
{
	if (shape->kind == PLS_PART_STEPS)
		return shape->limit * PLS_MAX_STEPS;
	return shape->limit ? shape->limit : PLS_GRID_CELLS + 1;
}

/*
 * Read an item whose newer neighbor, if it has one, has been read.
 */
static void
read_item(PlsBytes *reader, PlsPart *part, int i)
{
	PlsPartKind kind = part->shape.kind;
	PlsItem    *item = &part->items[i];
	const PlsItem *before = i + 1 < part->count ? item + 1 : NULL;

	item->at = read_time(reader, &part->shape, before);
	item->amount = read_amount(reader, kind, before);
	if (before != NULL && !pls_part_in_order(kind, item, before))
		pls_bytes_refuse(reader, "Items are not in order.");
}

/*
 * The bytes of an item after the first: its steps back in time, and its
 * amount.  0 if it is not an ordinary one.
 */
static pg_attribute_always_inline int
ordinary_item(const uint8 *at, PlsPartKind kind, const PlsItem *before,
			  uint64 *steps, int128 *amount)
{
	uint64		value = 0;
	int			nbytes = 0;

	switch (kind)
	{
		case PLS_PART_TIMES:
			nbytes = pls_short_varint(at, steps);
			*amount = 0;
			break;
		case PLS_PART_ACTORS:
			nbytes = pls_short_varint(at, steps);
			memcpy(&value, at + nbytes, sizeof(value));
			*amount = pg_ntoh64(value) >> (8 * (sizeof(value) - KEY_BYTES));
			nbytes += nbytes > 0 ? KEY_BYTES : 0;
			break;
		case PLS_PART_SUMS:
		case PLS_PART_MAXIMA:
			nbytes = pls_short_varints(at, steps, &value);
			*amount = (int64) (value >> 1) ^ -(int64) (value & 1);
			break;
		case PLS_PART_PERIODS:
			nbytes = pls_short_varints(at, steps, &value);
			*amount = before->amount - pls_unzigzag(value);
			if (!pls_fits_int64(*amount))
				nbytes = 0;		/* refused by read_amount() */
			break;
		default:
			break;
	}
	return nbytes;
}

/*
 * Read items as long as they are ordinary ones: made of short integers, in
 * order and in range, and not at the very end.  Returns the first that
 * read_item() must look at.
 */
static int
read_ordinary_items(PlsBytes *reader, PlsPart *part, int i)
{
	const PlsPartShape *shape = &part->shape;
	const uint8 *at = reader->at;

	for (; i >= 0 && reader->end - at >= MOST_ORDINARY; i--)
	{
		PlsItem    *item = &part->items[i];
		const PlsItem *before = item + 1;
		uint64		steps = 0;
		int64		distance;
		int			nbytes = ordinary_item(at, shape->kind, before,
										   &steps, &item->amount);

		if (nbytes == 0 ||
			pg_mul_s64_overflow((int64) steps, shape->step, &distance) ||
			before->at - PLS_FIRST_SECOND < distance)
			break;
		item->at = before->at - distance;
		if (steps == 0 && !pls_part_in_order(shape->kind, item, before))
			break;
		at += nbytes;
	}
	reader->at = at;
	return i;
}

/*
 * Read one part.  Items are stored newest first and kept oldest first.
 */
static void
read_part(PlsBytes *reader, PlsEvidence *evidence, PlsPart *part, bool trusted)
{
	PlsPartShape *shape = &part->shape;
	int			i;

	read_shape(reader, shape);
	if (reader->failure != NULL)
		return;
	part->count = pls_read_bounded(reader, most_items(shape),
								   "A part has too many items.");
	/* an item has one byte at least: do not allocate on a claim alone */
	if (part->count > reader->end - reader->at)
	{
		part->count = 0;
		pls_bytes_refuse(reader, "It ends too early.");
	}
	part->capacity = part->count;
	if (part->count > 0)
		part->items = MemoryContextAlloc(evidence->context,
										 part->count * sizeof(PlsItem));
	i = part->count - 1;
	while (i >= 0 && reader->failure == NULL)
	{
		read_item(reader, part, i);
		i = read_ordinary_items(reader, part, i - 1);
	}
	if (reader->failure != NULL)
		return;
	if (part->count > 0 && shape->span != 0 &&
		part->items[0].at <= part->items[part->count - 1].at - shape->span)
		pls_bytes_refuse(reader, "An item is older than the part remembers.");
	if (!trusted && (shape->kind == PLS_PART_ACTORS ||
					 shape->kind == PLS_PART_PERIODS) &&
		pls_part_repeats_key(part))
		pls_bytes_refuse(reader, "A unit appears twice.");
	if (!trusted && shape->kind == PLS_PART_STEPS)
		check_steps(reader, part);
}

/*
 * Read the name of a motion behind its length.
 */
void
pls_read_motion(PlsBytes *reader, char *motion, bool trusted)
{
	int			length = pls_read_byte(reader);
	const char *name;

	if (length < 1 || length > PLS_MAX_NAME ||
		length > reader->end - reader->at)
	{
		pls_bytes_refuse(reader,
						 "The motion's name has an impossible length.");
		length = 0;
	}
	name = pls_read_text(reader, length, trusted,
						 "The motion's name is not valid text.");
	memcpy(motion, name, length);
	motion[length] = '\0';
}

/*
 * Read what comes before the parts into head.
 */
static void
read_head(PlsBytes *reader, PlsEvidence *head, bool trusted)
{
	if (pls_read_byte(reader) != FORMAT_VERSION)
		pls_bytes_refuse(reader, "Its format version is unknown.");
	if (pls_read_byte(reader) != 0)
		pls_bytes_refuse(reader, "It has unknown flags.");
	pls_read_motion(reader, head->motion, trusted);
	head->nparts = pls_read_bounded(reader, PLS_MAX_PARTS,
									"It has too many parts.");
}

/*
 * Read flat evidence (without its varlena header) into the context.  NULL if
 * something is wrong with it, and *failure says what.
 *
 * If it is trusted, that is, known to come from this file, the costlier
 * checks are left out.
 */
static PlsEvidence *
decode(MemoryContext context, const char *data, Size length, bool trusted,
	   const char **failure)
{
	PlsBytes	reader;
	PlsEvidence head = {0};
	PlsEvidence *evidence;
	int			i;

	pls_bytes_init(&reader, data, length);
	read_head(&reader, &head, trusted);
	evidence = pls_evidence_create(context, head.motion,
								   reader.failure ? 0 : head.nparts);
	for (i = 0; i < evidence->nparts && reader.failure == NULL; i++)
	{
		CHECK_FOR_INTERRUPTS();
		read_part(&reader, evidence, &evidence->parts[i], trusted);
		if (i > 0 && evidence->parts[i - 1].shape.fingerprint >=
			evidence->parts[i].shape.fingerprint)
			pls_bytes_refuse(&reader, "Parts are not in order.");
	}
	if (reader.at != reader.end)
		pls_bytes_refuse(&reader, "There is data after its end.");
	*failure = reader.failure;
	return reader.failure == NULL ? evidence : NULL;
}

/*
 * What is wrong with the bytes of flat evidence; NULL: nothing.
 */
const char *
pls_evidence_check(const char *data, Size length)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "pls evidence check",
												  ALLOCSET_DEFAULT_SIZES);
	const char *failure;

	decode(context, data, length, false, &failure);
	MemoryContextDelete(context);
	return failure;
}

/*
 * Read flat evidence, or a flat state of pls.score(), from outside.
 */
static Datum
read_input(const char *data, Size length, const char **failure)
{
	PlsEvidence *evidence;
	struct varlena *state;

	if (!pls_score_state_is_flat(data, length))
	{
		evidence = decode(CurrentMemoryContext, data, length, false, failure);
		return evidence == NULL ? (Datum) 0 : pls_evidence_to_datum(evidence);
	}
	*failure = pls_score_state_check(data, length);
	state = palloc(length + VARHDRSZ);
	SET_VARSIZE(state, length + VARHDRSZ);
	memcpy(VARDATA(state), data, length);
	return PointerGetDatum(state);
}

/*
 * Read an evidence datum, flat or expanded, into the context.  An expanded
 * one is returned as it is: the caller must not change it.  NULL if it
 * cannot be read (a newer version wrote it, or it is damaged).
 */
PlsEvidence *
pls_evidence_try_datum(MemoryContext context, Datum datum)
{
	struct varlena *flat = (struct varlena *) DatumGetPointer(datum);
	PlsEvidence *evidence;
	const char *failure;

	if (VARATT_IS_EXTERNAL_EXPANDED(flat))
	{
		evidence = (PlsEvidence *) DatumGetEOHP(datum);
		Assert(evidence->magic == PLS_EVIDENCE_MAGIC);
		return evidence;
	}
	flat = pg_detoast_datum_packed(flat);
	evidence = decode(context, VARDATA_ANY(flat), VARSIZE_ANY_EXHDR(flat),
					  true, &failure);
	if ((Pointer) flat != DatumGetPointer(datum))
		pfree(flat);
	return evidence;
}

/*
 * The same; what cannot be read is an error (XX001), and so is a state
 * (22023).
 */
PlsEvidence *
pls_evidence_from_datum(MemoryContext context, Datum datum)
{
	PlsEvidence *evidence = pls_score_state_is_datum(datum) ? NULL :
	pls_evidence_try_datum(context, datum);

	if (evidence == NULL && pls_score_state_is_datum(datum))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a state of pls.score() is not evidence"),
				 errdetail("It holds the score at one instant only."),
				 errhint("Use the aggregate pls.evidence().")));
	if (evidence == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("stored evidence cannot be read"),
				 errhint("Rebuild it with pls.refresh().")));
	return evidence;
}

static const PlsOpaqueType evidence_type = {
	"evidence",
	"Evidence is made by the aggregate pls.evidence(); it cannot be written by hand.",
	read_input
};

PG_FUNCTION_INFO_V1(pls_evidence_in);

/*
 * Text input: \x and the hex digits of the flat form.
 *
 * Errors: 22P02.
 */
Datum
pls_evidence_in(PG_FUNCTION_ARGS)
{
	PG_RETURN_DATUM(pls_opaque_in(&evidence_type, PG_GETARG_CSTRING(0)));
}

PG_FUNCTION_INFO_V1(pls_evidence_out);

/*
 * Text output: \x and the hex digits of the flat form.
 */
Datum
pls_evidence_out(PG_FUNCTION_ARGS)
{
	struct varlena *flat = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(0));

	PG_RETURN_DATUM(pls_opaque_out(&evidence_type, VARDATA_ANY(flat),
								   VARSIZE_ANY_EXHDR(flat)));
}

PG_FUNCTION_INFO_V1(pls_evidence_recv);

/*
 * Binary input: the flat form.
 *
 * Errors: 22P03.
 */
Datum
pls_evidence_recv(PG_FUNCTION_ARGS)
{
	PG_RETURN_DATUM(pls_opaque_recv(&evidence_type,
									(StringInfo) PG_GETARG_POINTER(0)));
}

PG_FUNCTION_INFO_V1(pls_evidence_send);

/*
 * Binary output: the flat form.
 */
Datum
pls_evidence_send(PG_FUNCTION_ARGS)
{
	struct varlena *flat = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(0));

	PG_RETURN_DATUM(pls_opaque_send(VARDATA_ANY(flat),
									VARSIZE_ANY_EXHDR(flat)));
}
