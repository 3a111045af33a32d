/*-------------------------------------------------------------------------
 *
 * restart_measure.c
 *	  For how long nothing came before something came again: the value of
 *	  measure "restart".
 *
 * The value is the greatest number of periods without rows between one that
 * has a row in the window and the last one before it that has rows at all,
 * in the window or not.  A part of the newest periods tells it: it keeps as
 * many as a window can have, and some more (part_rule.c).  So the one before
 * the window is among them, however long ago it was.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "evidence/evidence.h"
#include "evidence/restart_measure.h"
#include "model/part_shape.h"
#include "pls.h"
#include "time/instant.h"

/*
 * The periods with rows before a second that are not the first one, in the
 * order of their numbers.  How many.
 *
 * Evidence may come from elsewhere, with a part under this name that no model
 * would have made: of another kind, or larger.  It says something, too.
 */
int
pls_restarts(const PlsPart *part, PlsSeconds before,
			 PlsRestart restarts[PLS_MAX_NEED])
{
	PlsItem		periods[PLS_MAX_NEED];	/* from the back, the newest last */
	PlsItem    *first = periods + PLS_MAX_NEED;
	int			left = part->count;
	int			count;
	int			i;

	if (part->shape.kind != PLS_PART_PERIODS)
		return 0;
	while (left > 0 && first > periods)
	{
		const PlsItem *item = &part->items[part->start + --left];
		PlsItem    *place;

		if (item->at >= before)
			continue;
		/* they lie in order, but where a clock was set back over midnight */
		for (place = --first; place + 1 < periods + PLS_MAX_NEED &&
			 place[1].amount < item->amount; place++)
			place[0] = place[1];
		*place = *item;
	}
	count = periods + PLS_MAX_NEED - first;
	for (i = 1; i < count; i++)
	{
		restarts[i - 1].at = first[i].at;
		restarts[i - 1].silent = first[i].amount - first[i - 1].amount - 1;
	}
	return Max(count - 1, 0);
}
