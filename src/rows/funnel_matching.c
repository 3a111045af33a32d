/*-------------------------------------------------------------------------
 *
 * funnel_matching.c
 *	  Which successive steps of a funnel distinct rows of one instant can
 *	  serve.
 *
 * Rows of the same instant may serve steps in any order, so that with one
 * step a row at the most, steps f .. l can be served at once if and only if
 * each of them can be given a row of its own: a matching of steps with rows.
 * Steps are added in ascending order, each by an augmenting path.  If there
 * is none, the lowest step gives up its row until there is one: a shorter
 * stretch of a stretch that can be served can be served, too, so the lowest
 * first step never moves back.
 *
 * Only the at most 32 rows taken are searched; the others matter by how many
 * of them there are for a step.  A search takes time in the number of steps,
 * and finding the row that ends it one pass over the rows.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "rows/event_rows.h"
#include "rows/funnel_matching.h"
#include "rows/row_sort.h"

/*
 * Begin with the rows of an instant.
 */
void
pls_funnel_matching_begin(PlsFunnelMatching *matching, const PlsEventRow *rows,
						  int nrows)
{
	int			i;

	matching->rows = rows;
	matching->nrows = nrows;
	matching->first = matching->next = 0;
	memset(matching->offered, 0, sizeof(matching->offered));
	for (i = 0; i < nrows; i++)
	{
		uint32		steps = rows[i].conditions;

		for (; steps != 0; steps &= steps - 1)
			matching->offered[pg_rightmost_one_pos32(steps)]++;
	}
}

static bool
serves(const PlsFunnelMatching *matching, int row, int step)
{
	return (matching->rows[row].conditions & ((uint32) 1 << step)) != 0;
}

static bool
is_taken(const PlsFunnelMatching *matching, int row)
{
	int			step;

	for (step = matching->first; step < matching->next; step++)
	{
		if (matching->row_of[step] == row)
			return true;
	}
	return false;
}

/*
 * A row for the step that no other step has; -1: none.
 */
static int
free_row(const PlsFunnelMatching *matching, int step)
{
	int			taken = 0;
	int			i;

	for (i = matching->first; i < matching->next; i++)
		taken += serves(matching, matching->row_of[i], step);
	if (taken == matching->offered[step])
		return -1;
	for (i = 0; i < matching->nrows; i++)
	{
		if (serves(matching, i, step) && !is_taken(matching, i))
			return i;
	}
	return -1;
}

/*
 * Find a row for the step, if need be by giving other steps other rows.
 */
static bool
augment(PlsFunnelMatching *matching, int step)
{
	uint32		seen = (uint32) 1 << step;
	int			taken_by[PLS_MAX_CONDITIONS];
	int			queue[PLS_MAX_CONDITIONS];
	int			head = 0;
	int			tail = 0;

	queue[tail++] = step;
	while (head < tail)
	{
		int			wanting = queue[head++];
		int			row = free_row(matching, wanting);
		int			other;

		if (row >= 0)
		{
			/* each step on the path leaves its row to the one before it */
			while (wanting != step)
			{
				int			left = matching->row_of[wanting];

				matching->row_of[wanting] = row;
				row = left;
				wanting = taken_by[wanting];
			}
			matching->row_of[step] = row;
			return true;
		}
		for (other = matching->first; other < matching->next; other++)
		{
			uint32		bit = (uint32) 1 << other;

			if ((seen & bit) == 0 &&
				serves(matching, matching->row_of[other], wanting))
			{
				seen |= bit;
				taken_by[other] = wanting;
				queue[tail++] = other;
			}
		}
	}
	return false;
}

/*
 * Add a step, counted from 0 and after those added before; some row serves
 * it.  Returns the lowest f for which steps f .. step can be served at once.
 */
int
pls_funnel_matching_extend(PlsFunnelMatching *matching, int step)
{
	Assert(matching->offered[step] > 0);
	if (matching->next != step)
		matching->first = matching->next = step;
	while (!augment(matching, step))
		matching->first++;
	matching->next = step + 1;
	return matching->first;
}
