/*-------------------------------------------------------------------------
 *
 * event_rows_io.c
 *	  The flat form of rows: stored, sent, and printed as hex.
 *
 * After the varlena header, with "v" for a variable-length integer (7 bits a
 * byte, least significant first) and "z" for a signed one (zigzag):
 *
 *	  1		format version
 *	  1		what the rows are for (PlsRowsKind)
 *	  1		number of conditions
 *	  		a funnel: 1 modes, v window
 *	  		a sequence: v length of the pattern, and its bytes
 *	  		sessions: v gap
 *	  		days: v window, z as_of, v length of the zone's name, its bytes
 *	  v		number of rows, which follow in order:
 *	  z|v	instant: of the first row, then the distance to the one before
 *	  v		conditions, if there are any to hold
 *
 * Every integer has its shortest form and rows are in their one order, so
 * equal sets of rows have equal bytes.  read_head() and read_rows() are the
 * only readers and check all of that: whatever they accept, the rest of pls
 * can work on.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/memutils.h"

#include "bytes.h"
#include "opaque_type.h"
#include "pls_compat.h"
#include "rows/event_rows.h"
#include "rows/row_sort.h"
#include "rows/sequence_pattern.h"
#include "varint.h"

#define FORMAT_VERSION	1
#define MAX_TEXT		65536	/* bytes of a pattern or zone */

static inline Size
varint_size(uint64 value)
{
	return value < 0x80 ? 1 : pg_leftmost_one_pos64(value) / 7 + 1;
}

static Size
head_size(const PlsRowsUse *use)
{
	Size		size = 3;

	switch (use->kind)
	{
		case PLS_ROWS_ANY:
			break;
		case PLS_ROWS_FUNNEL:
			size += 1 + varint_size(use->span);
			break;
		case PLS_ROWS_SEQUENCE:
			size += varint_size(use->text_length) + use->text_length;
			break;
		case PLS_ROWS_SESSIONS:
			size += varint_size(use->span);
			break;
		case PLS_ROWS_DAYS:
			size += varint_size(use->span) + varint_size(pls_zigzag(use->as_of)) +
				varint_size(use->text_length) + use->text_length;
			break;
	}
	return size;
}

static uint8 *
write_text(uint8 *at, const PlsRowsUse *use)
{
	at = pls_write_varint64(at, use->text_length);
	memcpy(at, use->text, use->text_length);
	return at + use->text_length;
}

static uint8 *
write_head(uint8 *at, const PlsRowsUse *use)
{
	*at++ = FORMAT_VERSION;
	*at++ = use->kind;
	*at++ = use->nconditions;
	switch (use->kind)
	{
		case PLS_ROWS_ANY:
			break;
		case PLS_ROWS_FUNNEL:
			*at++ = use->modes;
			at = pls_write_varint64(at, use->span);
			break;
		case PLS_ROWS_SEQUENCE:
			at = write_text(at, use);
			break;
		case PLS_ROWS_SESSIONS:
			at = pls_write_varint64(at, use->span);
			break;
		case PLS_ROWS_DAYS:
			at = pls_write_varint64(at, use->span);
			at = pls_write_varint64(at, pls_zigzag(use->as_of));
			at = write_text(at, use);
			break;
	}
	return at;
}

/*
 * Put the rows in order.  Scratch lies in the state's own context: the
 * current one may be a sort's, in which nothing can be freed.
 */
static void
sort_rows(PlsEventRows *state)
{
	MemoryContext before = MemoryContextSwitchTo(state->hdr.eoh_context);

	pls_event_rows_sort(state);
	MemoryContextSwitchTo(before);
}

/*
 * Bytes of the flat form, its varlena header included.
 *
 * Errors: 54000 if it is more than a value may have.
 */
Size
pls_event_rows_flat_size(PlsEventRows *state)
{
	bool		has_conditions = state->use->nconditions > 0;
	Size		size;
	int			i;

	sort_rows(state);
	size = VARHDRSZ + head_size(state->use) + varint_size(state->count);
	for (i = 0; i < state->count; i++)
	{
		const PlsEventRow *row = &state->rows[i];

		if (i == 0)
			size += varint_size(pls_zigzag(row->at));
		else
			size += varint_size((uint64) row->at - (uint64) row[-1].at);
		if (has_conditions)
			size += varint_size(row->conditions);
	}
	if (!AllocSizeIsValid(size))
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("%d rows are too many to store as one value",
						state->count),
				 errhint("Leave out rows that do not matter with WHERE or FILTER, or group by more.")));
	return size;
}

/*
 * Write the flat form into memory of exactly that size.
 */
void
pls_event_rows_flatten(PlsEventRows *state, void *result, Size size)
{
	bool		has_conditions = state->use->nconditions > 0;
	uint8	   *at = (uint8 *) VARDATA(result);
	int			i;

	sort_rows(state);
	at = write_head(at, state->use);
	at = pls_write_varint64(at, state->count);
	for (i = 0; i < state->count; i++)
	{
		const PlsEventRow *row = &state->rows[i];

		if (i == 0)
			at = pls_write_varint64(at, pls_zigzag(row->at));
		else
			at = pls_write_varint64(at, (uint64) row->at - (uint64) row[-1].at);
		if (has_conditions)
			at = pls_write_varint64(at, row->conditions);
	}
	Assert((Pointer) at == (Pointer) result + size);
	SET_VARSIZE(result, size);
}

static int64
read_span(PlsBytes *reader)
{
	return (int64) pls_read_bounded(reader, PG_INT64_MAX,
									"A span is out of range.");
}

/*
 * A pattern or zone, left where it is; its length goes into use.
 */
static const char *
read_text(PlsBytes *reader, PlsRowsUse *use)
{
	const char *text;

	use->text_length = (int) pls_read_bounded(reader, MAX_TEXT,
											  "A text is too long.");
	text = pls_read_text(reader, use->text_length, false,
						 "A text is not valid.");
	if (text == NULL)
		use->text_length = 0;
	return text;
}

static void
check_pattern(PlsBytes *reader, const PlsRowsUse *use, const char *text)
{
	const char *problem;
	int			position;
	PlsPattern *pattern = pls_pattern_parse(text, use->text_length,
											use->nconditions, &problem,
											&position);

	if (pattern == NULL)
		pls_bytes_refuse(reader, "Its pattern is not valid.");
	else
		pfree(pattern);
}

/*
 * Read what comes before the rows into use, whose text is returned.
 *
 * What is trusted is known to come from this file, and the costlier checks
 * are left out.
 */
static const char *
read_head(PlsBytes *reader, PlsRowsUse *use, bool trusted)
{
	const char *text = NULL;

	memset(use, 0, sizeof(PlsRowsUse));
	if (pls_read_byte(reader) != FORMAT_VERSION)
		pls_bytes_refuse(reader, "Its format version is unknown.");
	use->kind = pls_read_byte(reader);
	use->nconditions = pls_read_byte(reader);
	if (use->nconditions > PLS_MAX_CONDITIONS)
	{
		pls_bytes_refuse(reader, "It has too many conditions.");
		use->nconditions = 0;
	}
	switch (use->kind)
	{
		case PLS_ROWS_ANY:
			break;
		case PLS_ROWS_FUNNEL:
			use->modes = pls_read_byte(reader);
			use->span = read_span(reader);
			if ((use->modes & ~PLS_FUNNEL_MODES) != 0 ||
				((use->modes & PLS_FUNNEL_REENTRY) != 0 &&
				 (use->modes & PLS_FUNNEL_ORDER) == 0))
				pls_bytes_refuse(reader, "It has unknown modes.");
			break;
		case PLS_ROWS_SEQUENCE:
			text = read_text(reader, use);
			if (!trusted && reader->failure == NULL)
				check_pattern(reader, use, text);
			break;
		case PLS_ROWS_SESSIONS:
			use->span = read_span(reader);
			break;
		case PLS_ROWS_DAYS:
			use->span = read_span(reader);
			use->as_of = (int64) pls_unzigzag(pls_read_varint64(reader));
			if (!IS_VALID_TIMESTAMP(use->as_of))
				pls_bytes_refuse(reader, "A time is out of range.");
			text = read_text(reader, use);
			break;
		default:
			pls_bytes_refuse(reader, "It is for an unknown use.");
	}
	if ((use->nconditions == 0) !=
		(use->kind == PLS_ROWS_SESSIONS || use->kind == PLS_ROWS_DAYS) &&
		use->kind != PLS_ROWS_ANY)
		pls_bytes_refuse(reader, "It has an impossible number of conditions.");
	return text;
}

/*
 * The number of rows that follow.  A row has a byte at least: nothing is
 * allocated on a claim alone.
 */
static int
read_count(PlsBytes *reader)
{
	return (int) pls_read_bounded(reader, reader->end - reader->at,
								  "It ends too early.");
}

/*
 * Read count rows.
 */
static void
read_rows(PlsBytes *reader, const PlsRowsUse *use, PlsEventRow *rows,
		  int count)
{
	uint64		unknown = ~((UINT64CONST(1) << use->nconditions) - 1);
	TimestampTz before = MIN_TIMESTAMP;
	int			i;

	for (i = 0; i < count; i++)
	{
		PlsEventRow *row = &rows[i];
		uint64		conditions = 0;

		if (i == 0)
			row->at = (int64) pls_unzigzag(pls_read_varint64(reader));
		else
			row->at = (TimestampTz) ((uint64) before +
									 pls_read_bounded(reader,
													  (uint64) (END_TIMESTAMP - 1) -
													  (uint64) before,
													  "A time is out of range."));
		if (use->nconditions > 0)
			conditions = pls_read_varint64(reader);
		if (!IS_VALID_TIMESTAMP(row->at))
			pls_bytes_refuse(reader, "A time is out of range.");
		if (conditions & unknown)
			pls_bytes_refuse(reader, "A condition is out of range.");
		if (reader->failure != NULL)
			return;
		row->conditions = (uint32) conditions;
		if (i > 0 && pls_row_before(row, row - 1))
			pls_bytes_refuse(reader, "Rows are not in order.");
		before = row->at;
	}
	if (reader->at != reader->end)
		pls_bytes_refuse(reader, "There is data after its end.");
}

/*
 * Read the flat form (without its varlena header) into the current context.
 * NULL if something is wrong with it, and *failure says what.
 */
static PlsEventRows *
decode(const char *data, Size length, bool trusted, const char **failure)
{
	PlsBytes	reader;
	PlsEventRows *state = NULL;
	PlsRowsUse	head;
	PlsRowsUse *use;
	const char *text;
	int			count;

	pls_bytes_init(&reader, data, length);
	text = read_head(&reader, &head, trusted);
	count = read_count(&reader);
	if (reader.failure == NULL)
	{
		use = palloc(offsetof(PlsRowsUse, text) + head.text_length);
		memcpy(use, &head, offsetof(PlsRowsUse, text));
		if (text != NULL)
			memcpy(use->text, text, head.text_length);
		state = palloc(sizeof(PlsEventRows));
		pls_event_rows_init(state, CurrentMemoryContext, use);
		pls_event_rows_reserve(state, count);
		read_rows(&reader, use, state->rows, count);
		state->count = state->nsorted = count;
	}
	*failure = reader.failure;
	return reader.failure == NULL ? state : NULL;
}

pg_noreturn static void
refuse_stored(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("stored event rows cannot be read"),
			 errhint("Recreate them with pls.event_rows().")));
}

/*
 * A datum as a state, to be read only: an expanded one as it is, a flat one
 * read into the current context.
 *
 * Errors: XX001 if it cannot be read.
 */
PlsEventRows *
pls_event_rows_from_datum(Datum datum)
{
	struct varlena *flat = (struct varlena *) DatumGetPointer(datum);
	PlsEventRows *state;
	const char *failure;

	if (VARATT_IS_EXTERNAL_EXPANDED(flat))
	{
		state = (PlsEventRows *) DatumGetEOHP(datum);
		Assert(state->magic == PLS_EVENT_ROWS_MAGIC);
		return state;
	}
	flat = pg_detoast_datum_packed(flat);
	state = decode(VARDATA_ANY(flat), VARSIZE_ANY_EXHDR(flat), true,
				   &failure);
	if (state == NULL)
		refuse_stored();
	if ((Pointer) flat != DatumGetPointer(datum))
		pfree(flat);
	return state;
}

static void
check_mergeable(const PlsRowsUse *into, const PlsRowsUse *from)
{
	if (into->kind == from->kind && into->nconditions != from->nconditions)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("cannot merge rows with %d conditions and rows with %d",
						into->nconditions, from->nconditions),
				 errhint("Use the same conditions for all of them.")));
	if (!pls_rows_use_equal(into, from))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("cannot merge rows collected with different arguments"),
				 errhint("Use the same arguments for all rows of a group.")));
}

/*
 * Add the rows of a datum to a state.
 *
 * Errors: 22023 if the two are not for the same question, 54000, XX001.
 */
void
pls_event_rows_merge_datum(PlsEventRows *into, Datum datum)
{
	struct varlena *flat = (struct varlena *) DatumGetPointer(datum);
	PlsEventRows *from;

	from = pls_event_rows_from_datum(PointerGetDatum(flat));
	check_mergeable(into->use, from->use);
	pls_event_rows_merge(into, from);
	if (!VARATT_IS_EXTERNAL_EXPANDED(flat))
	{
		if (from->capacity > 0)
			pfree(from->rows);
		pfree((void *) from->use);
		pfree(from);
	}
}

/*
 * Read the flat form from outside.
 */
static Datum
read_input(const char *data, Size length, const char **failure)
{
	PlsEventRows *state = decode(data, length, false, failure);
	struct varlena *flat;
	Size		size;

	if (state == NULL)
		return (Datum) 0;
	size = pls_event_rows_flat_size(state);
	flat = palloc(size);
	pls_event_rows_flatten(state, flat, size);
	return PointerGetDatum(flat);
}

static const PlsOpaqueType event_rows_type = {
	"event rows",
	"Event rows are made by the aggregate pls.event_rows(); they cannot be written by hand.",
	read_input
};

PG_FUNCTION_INFO_V1(pls_event_rows_in);

/*
 * Text input: \x and the hex digits of the flat form.
 *
 * Errors: 22P02.
 */
Datum
pls_event_rows_in(PG_FUNCTION_ARGS)
{
	PG_RETURN_DATUM(pls_opaque_in(&event_rows_type, PG_GETARG_CSTRING(0)));
}

PG_FUNCTION_INFO_V1(pls_event_rows_out);

/*
 * Text output: \x and the hex digits of the flat form.
 */
Datum
pls_event_rows_out(PG_FUNCTION_ARGS)
{
	struct varlena *flat = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(0));

	PG_RETURN_DATUM(pls_opaque_out(&event_rows_type, VARDATA_ANY(flat),
								   VARSIZE_ANY_EXHDR(flat)));
}

PG_FUNCTION_INFO_V1(pls_event_rows_recv);

/*
 * Binary input: the flat form.
 *
 * Errors: 22P03.
 */
Datum
pls_event_rows_recv(PG_FUNCTION_ARGS)
{
	PG_RETURN_DATUM(pls_opaque_recv(&event_rows_type,
									(StringInfo) PG_GETARG_POINTER(0)));
}

PG_FUNCTION_INFO_V1(pls_event_rows_send);

/*
 * Binary output: the flat form.
 */
Datum
pls_event_rows_send(PG_FUNCTION_ARGS)
{
	struct varlena *flat = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(0));

	PG_RETURN_DATUM(pls_opaque_send(VARDATA_ANY(flat),
									VARSIZE_ANY_EXHDR(flat)));
}
