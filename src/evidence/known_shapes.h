/*-------------------------------------------------------------------------
 *
 * known_shapes.h
 *	  Shapes of parts that were read before.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_KNOWN_SHAPES_H
#define PLS_KNOWN_SHAPES_H

#include "model/part_shape.h"

#define PLS_MOST_SHAPE_BYTES	(8 + 1 + 3 * 10)

extern void pls_shape_remember(const PlsPartShape *shape, const uint8 *bytes,
							   Size nbytes);
extern Size pls_shape_read(const uint8 *bytes, Size nbytes,
						   PlsPartShape *shape);
extern Size pls_shape_write(const PlsPartShape *shape, uint8 *at);

#endif							/* PLS_KNOWN_SHAPES_H */
