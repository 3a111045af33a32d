/*-------------------------------------------------------------------------
 *
 * sequence_pattern.h
 *	  The pattern of sequence_match and sequence_count.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_SEQUENCE_PATTERN_H
#define PLS_SEQUENCE_PATTERN_H

typedef enum PlsPatternOp
{
	PLS_PATTERN_STAR,			/* .* */
	PLS_PATTERN_ROW,			/* . */
	PLS_PATTERN_CONDITION,		/* (?N) */
	PLS_PATTERN_LE,				/* (?t<=N), and so on */
	PLS_PATTERN_LT,
	PLS_PATTERN_GE,
	PLS_PATTERN_GT,
	PLS_PATTERN_EQ
} PlsPatternOp;

typedef struct PlsPatternElement
{
	PlsPatternOp op;
	uint32		condition;		/* its bit */
	uint64		span;			/* microseconds of a distance in time */
} PlsPatternElement;

typedef struct PlsPattern
{
	uint32		conditions;		/* those in it */
	int			nelements;
	PlsPatternElement elements[FLEXIBLE_ARRAY_MEMBER];
} PlsPattern;

extern PlsPattern *pls_pattern_parse(const char *text, int length,
									 int nconditions, const char **problem,
									 int *position);
extern PlsPattern *pls_pattern_compile(const char *text, int length,
									   int nconditions);

#endif							/* PLS_SEQUENCE_PATTERN_H */
