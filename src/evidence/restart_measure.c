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
 */
int
pls_restarts(const PlsPart *part, PlsSeconds before,
			 PlsRestart restarts[PLS_MAX_NEED])
{
	PlsItem		periods[PLS_MAX_NEED];
	int			count = 0;
	int			i;

	Assert(part->count <= PLS_MAX_NEED);
	for (i = part->start; i < part->start + part->count; i++)
	{
		int			place = count;

		if (part->items[i].at >= before)
			break;
		/* they lie in order, but where a clock was set back over midnight */
		while (place > 0 && periods[place - 1].amount > part->items[i].amount)
		{
			periods[place] = periods[place - 1];
			place--;
		}
		periods[place] = part->items[i];
		count++;
	}
	for (i = 1; i < count; i++)
	{
		restarts[i - 1].at = periods[i].at;
		restarts[i - 1].silent = periods[i].amount - periods[i - 1].amount - 1;
	}
	return Max(count - 1, 0);
}
