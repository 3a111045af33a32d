/*-------------------------------------------------------------------------
 *
 * part_shape.h
 *	  The kinds of parts that evidence has, and what tells them apart.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_PART_SHAPE_H
#define PLS_PART_SHAPE_H

typedef enum PlsPartKind
{
	PLS_PART_TIMES = 't',		/* newest rows: times only */
	PLS_PART_LAST = 'l',		/* newest row: time and value */
	PLS_PART_ACTORS = 'a',		/* newest units with a hashed key: actors,
								 * collapsed rows, distinct values */
	PLS_PART_PERIODS = 'p',		/* newest units with a period's number */
	PLS_PART_SUMS = 's',		/* grid of rows or sums */
	PLS_PART_MAXIMA = 'm',		/* grid of greatest values */
	PLS_PART_OLDEST = 'o',		/* first row: time */
	PLS_PART_STEPS = 'q'		/* newest rows of each step of a sequence */
} PlsPartKind;

/* What a part keeps; equal for two parts that may be merged. */
typedef struct PlsPartShape
{
	uint64		fingerprint;	/* of all that decides what it holds */
	PlsPartKind kind;
	int			limit;			/* most units kept (of steps: rows of each
								 * event); 0 for a grid */
	int64		span;			/* seconds kept behind the newest; 0: all */
	int64		step;			/* seconds of a grid cell; 1: no grid */
} PlsPartShape;

#endif							/* PLS_PART_SHAPE_H */
