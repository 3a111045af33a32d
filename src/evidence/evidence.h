/*-------------------------------------------------------------------------
 *
 * evidence.h
 *	  What a motion remembers of an entity (evidence.c), and its flat form
 *	  (evidence_io.c).
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_EVIDENCE_H
#define PLS_EVIDENCE_H

#include "utils/expandeddatum.h"

#include "bytes.h"
#include "model/part_shape.h"
#include "pls.h"
#include "time/instant.h"

typedef struct PlsItem
{
	PlsSeconds	at;				/* of the unit's newest row; of the cell */
	int128		amount;			/* key, value, sum, number of the event or 0,
								 * by the part's kind */
} PlsItem;

/* Items are in ascending order of (at, amount) from items[start]. */
typedef struct PlsPart
{
	PlsPartShape shape;
	int			start;
	int			count;
	int			capacity;
	PlsItem    *items;
} PlsPart;

#define PLS_EVIDENCE_MAGIC	0x504C5345

typedef struct PlsEvidence
{
	ExpandedObjectHeader hdr;
	int			magic;
	MemoryContext context;		/* holds everything below */
	uint64		model;			/* serial of the one whose rules its parts
								 * are; 0: not known */
	int			nparts;
	PlsPart    *parts;			/* ascending by fingerprint */
	char		motion[PLS_MAX_NAME + 1];
} PlsEvidence;

#define pls_part_newest(part) \
	((part)->count == 0 ? NULL : \
	 &(part)->items[(part)->start + (part)->count - 1])

/*
 * How many items of a part lie before a second.
 */
static inline int
pls_part_before(const PlsPart *part, PlsSeconds at)
{
	const PlsItem *items = part->items + part->start;
	int			low = 0;
	int			high = part->count;

	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (items[middle].at < at)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/*
 * Whether anything at that instant (of a grid: cell) may still change a part;
 * if not, it is what the part forgets.
 */
static pg_attribute_always_inline bool
pls_part_wants(const PlsPart *part, PlsSeconds at)
{
	const PlsItem *newest = pls_part_newest(part);

	if (newest == NULL)
		return true;
	if (part->shape.span != 0 && at <= newest->at - part->shape.span)
		return false;
	switch (part->shape.kind)
	{
		case PLS_PART_TIMES:
		case PLS_PART_LAST:
		case PLS_PART_ACTORS:
		case PLS_PART_PERIODS:
			return part->count < part->shape.limit ||
				at >= part->items[part->start].at;
		case PLS_PART_OLDEST:
			return at < part->items[part->start].at;
		default:
			return true;
	}
}

extern PlsEvidence *pls_evidence_create(MemoryContext context,
										const char *motion, int nparts);
extern void pls_part_add(MemoryContext context, PlsPart *part,
						 PlsSeconds at, int128 amount);
extern PlsPart *pls_evidence_find(const PlsEvidence *evidence,
								  uint64 fingerprint);
extern bool pls_evidence_mergeable(const PlsEvidence *into,
								   const PlsEvidence *from);
extern void pls_evidence_merge(PlsEvidence *into, const PlsEvidence *from);
extern PlsEvidence *pls_evidence_copy(MemoryContext context,
									  const PlsEvidence *from);
extern bool pls_same_shape(const PlsPartShape *a, const PlsPartShape *b);
extern bool pls_part_repeats_key(const PlsPart *part);
extern int	pls_item_compare(const PlsItem *a, const PlsItem *b);
extern bool pls_part_in_order(PlsPartKind kind, const PlsItem *older,
							  const PlsItem *newer);

/* evidence_io.c */
extern void pls_read_motion(PlsBytes *reader, char *motion, bool trusted);
extern const char *pls_evidence_check(const char *data, Size length);
extern Size pls_evidence_flat_size(const PlsEvidence *evidence);
extern void pls_evidence_flatten(const PlsEvidence *evidence, void *result,
								 Size size);
extern Datum pls_evidence_to_datum(const PlsEvidence *evidence);
extern PlsEvidence *pls_evidence_from_datum(MemoryContext context,
											Datum datum);
extern PlsEvidence *pls_evidence_try_datum(MemoryContext context,
										   Datum datum);

#endif							/* PLS_EVIDENCE_H */
