/*-------------------------------------------------------------------------
 *
 * known_shapes.c
 *	  Shapes of parts that were read before, and their bytes.
 *
 * Every standing of a motion has the same few shapes, and to take one to
 * pieces, or to make its bytes, costs more than an item.  Those with one
 * remainder of their fingerprints push one another out.  Only what
 * evidence_io.c has read and found right is remembered.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "port/pg_bswap.h"

#include "evidence/evidence.h"
#include "evidence/known_shapes.h"
#include "model/part_shape.h"

#define KNOWN_SHAPES	128

typedef struct KnownShape
{
	PlsPartShape shape;
	int			nbytes;			/* 0: none */
	uint8		bytes[PLS_MOST_SHAPE_BYTES];
} KnownShape;

static KnownShape known_shapes[KNOWN_SHAPES];

static KnownShape *
known_shape(uint64 fingerprint)
{
	return &known_shapes[fingerprint % KNOWN_SHAPES];
}

/*
 * Remember the bytes of a shape, which begin with its fingerprint, the most
 * significant byte first.
 */
void
pls_shape_remember(const PlsPartShape *shape, const uint8 *bytes, Size nbytes)
{
	KnownShape *known = known_shape(shape->fingerprint);

	Assert(nbytes >= sizeof(uint64) && nbytes <= PLS_MOST_SHAPE_BYTES);
	known->shape = *shape;
	known->nbytes = nbytes;
	memcpy(known->bytes, bytes, nbytes);
}

/*
 * The shape that begins these bytes, if it is known.  How many of them are its
 * own; 0 if it is not.
 */
Size
pls_shape_read(const uint8 *bytes, Size nbytes, PlsPartShape *shape)
{
	uint64		fingerprint;
	const KnownShape *known;

	if (nbytes < sizeof(fingerprint))
		return 0;
	memcpy(&fingerprint, bytes, sizeof(fingerprint));
	known = known_shape(pg_ntoh64(fingerprint));
	if (known->nbytes == 0 || nbytes < known->nbytes ||
		memcmp(bytes, known->bytes, known->nbytes) != 0)
		return 0;
	*shape = known->shape;
	return known->nbytes;
}

/*
 * Write the bytes of a shape, if it is known.  How many; 0 if it is not.
 */
Size
pls_shape_write(const PlsPartShape *shape, uint8 *at)
{
	const KnownShape *known = known_shape(shape->fingerprint);

	if (known->nbytes == 0 || !pls_same_shape(&known->shape, shape))
		return 0;
	memcpy(at, known->bytes, known->nbytes);
	return known->nbytes;
}
