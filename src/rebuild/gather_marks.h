/*-------------------------------------------------------------------------
 *
 * gather_marks.h
 *	  Which actors and days the newest rows of an entity have told of already;
 *	  used by gather_known.c.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_GATHER_MARKS_H
#define PLS_GATHER_MARKS_H

#include "model/event_row.h"
#include "model/model.h"
#include "time/instant.h"

#define PLS_ACTOR_PLACES	8	/* where one may be: a cache line */
#define PLS_ACTOR_LINES		2	/* a power of two */

/* Which rules of a motion are marked. */
typedef struct PlsMarkPlan
{
	PlsModel   *model;
	PlsSeconds	end;			/* of what is read */
	const PlsPartRule *actor_rule;	/* one of them; NULL: none */
	const PlsPartRule *day_rule;	/* likewise */
	int64		unit;			/* seconds of a unit of age */
	uint32		day_mask;		/* days that are distinguished - 1 */
	Size		size;			/* of the marks of an entity; 0: none */
} PlsMarkPlan;

/*
 * Of one entity.  An age is how long before the end of what is read the newest
 * row by an actor, or of a day, lies, in units.  An actor's mark is the key of
 * its unit and 16 bits of age.
 */
typedef struct PlsMarks
{
	uint64		actors[PLS_ACTOR_LINES][PLS_ACTOR_PLACES];
	uint16		day_ages[FLEXIBLE_ARRAY_MEMBER];
} PlsMarks;

/* Where a row is marked, and with what. */
typedef struct PlsMarkPlace
{
	uint64		key;			/* of the actor's unit, if there is one */
	uint32		age;
	uint32		day;			/* index */
	bool		has_actor;		/* whom a rule asks for */
} PlsMarkPlace;

extern PlsMarkPlan *pls_mark_plan(PlsModel *model, PlsSeconds end);
extern void pls_marks_init(const PlsMarkPlan *plan, PlsMarks *marks);
extern void pls_marks_place(const PlsMarkPlan *plan, const PlsRow *row,
							PlsMarkPlace *place);
extern bool pls_marks_tell(const PlsMarkPlan *plan, const PlsMarks *marks,
						   const PlsMarkPlace *place);
extern void pls_marks_note(const PlsMarkPlan *plan, PlsMarks *marks,
						   const PlsMarkPlace *place);

#define pls_marks_line(marks, place) \
	((marks)->actors[(place)->key % PLS_ACTOR_LINES])

/*
 * Whether a rule, of those that all events enter, counts actors or days, each
 * by its newest row alone.
 */
static inline bool
pls_rule_is_marked(const PlsPartRule *rule)
{
	return rule->nevents == 0 &&
		(rule->amount == PLS_AMOUNT_ACTOR || rule->amount == PLS_AMOUNT_DAY);
}

#endif							/* PLS_GATHER_MARKS_H */
