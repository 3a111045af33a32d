/*-------------------------------------------------------------------------
 *
 * turn_order.h
 *	  Who of the members of a pool takes the next turn.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_TURN_ORDER_H
#define PLS_TURN_ORDER_H

/* A member of a pool, and what it has had. */
typedef struct PlsMember
{
	text	   *rep;
	Datum		weight;			/* numeric, as all amounts */
	int32		position;
	int64		turns;
	Datum		calibration;
	Datum		scaled;			/* shortfall times the weights' sum */
	bool		begins_anew;	/* up to where the list was before */
	text	   *why_not;		/* NULL: eligible */
} PlsMember;

typedef struct PlsMembers
{
	PlsMember  *items;
	int			n;
	int			eligible;		/* how many, once they are ranked */
	Datum		weights;		/* the sum of theirs */
} PlsMembers;

extern int	pls_elements(Datum array, Oid type, Datum **values);
extern bool pls_same_text(const text *a, const text *b);
extern int	pls_compare_amounts(Datum a, Datum b);
extern void pls_rank_members(PlsMembers *members, const PlsMember *follows);
extern int64 pls_run_limit(PlsMembers *members);
extern const PlsMember *pls_first_member(PlsMembers *members, int64 run);

#endif							/* PLS_TURN_ORDER_H */
