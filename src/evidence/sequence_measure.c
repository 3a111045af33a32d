/*-------------------------------------------------------------------------
 *
 * sequence_measure.c
 *	  How far the rows of a sequence go: the value of measure "sequence".
 *
 * The value is the greatest k for which distinct rows r1 .. rk exist, row ri
 * of the event of step i, with (at, i) not descending and at(rk) not later
 * than the window's length after at(r1).  An event may be that of several
 * steps; each then takes a row of its own.
 *
 * For each step the latest r1 among the chains that have reached it is kept:
 * whatever a chain with an earlier r1 can still reach, that one can, too.
 * Rows are taken instant by instant.  Within one, rows of the same event are
 * interchangeable, so that steps b + 1 .. s can be added to a chain that has
 * reached b if and only if none of their events is wanted more often than it
 * is there.  Chains within an instant begin with what was reached before it,
 * so no row serves twice.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "evidence/evidence.h"
#include "evidence/sequence_measure.h"
#include "model/model.h"
#include "model/part_shape.h"
#include "pls.h"
#include "time/instant.h"

/* By the number of steps reached; those of 0 begin at the instant at hand. */
typedef struct Chains
{
	bool		reached[PLS_MAX_STEPS + 1];
	PlsSeconds	start[PLS_MAX_STEPS + 1];
} Chains;

/*
 * Extend the chains that have reached a step, as they were before this
 * instant, by as many steps as its rows allow.  rows: of each event.
 */
static void
extend(const PlsSignal *signal, const Chains *before, int step,
	   PlsSeconds at, const int *rows, Chains *chains)
{
	PlsSeconds	start = step == 0 ? at : before->start[step];
	int			used[PLS_MAX_STEPS] = {0};

	if ((step > 0 && !before->reached[step]) ||
		(int128) (at - start) * USECS_PER_SEC > signal->window)
		return;
	for (; step < signal->nsteps; step++)
	{
		int			event = signal->steps[step];

		if (used[event]++ == rows[event])
			return;
		if (!chains->reached[step + 1] || chains->start[step + 1] < start)
		{
			chains->reached[step + 1] = true;
			chains->start[step + 1] = start;
		}
	}
}

/*
 * The furthest step reached, as of an instant, by the rows that are
 * remembered then: those in the signal's period.
 */
int
pls_sequence_level(const PlsSignal *signal, const PlsPart *part,
				   TimestampTz as_of)
{
	const PlsItem *item = part->items + part->start;
	const PlsItem *end = item + part->count;
	PlsSeconds	from = pls_floor_second(as_of - signal->period);
	PlsSeconds	until = pls_floor_second(as_of);
	Chains		chains = {{false}};
	int			level;

	/* a part from elsewhere may have the fingerprint of this one */
	if (part->shape.kind != PLS_PART_STEPS)
		return 0;
	while (item < end && item->at <= from)
		item++;
	while (item < end && item->at <= until)
	{
		PlsSeconds	at = item->at;
		int			rows[PLS_MAX_STEPS] = {0};
		Chains		before = chains;
		int			step;

		for (; item < end && item->at == at; item++)
			rows[(int) item->amount]++;
		for (step = 0; step < signal->nsteps; step++)
			extend(signal, &before, step, at, rows, &chains);
	}
	for (level = signal->nsteps; level > 0; level--)
		if (chains.reached[level])
			break;
	return level;
}
