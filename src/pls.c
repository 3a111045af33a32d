/*-------------------------------------------------------------------------
 *
 * pls.c
 *	  Module start-up.  It lies on top of everything: this file alone may
 *	  include headers of any folder.
 *
 * The folders of src, from the lowest to the highest.  A file includes what
 * it uses, from its own folder and from those before it, never from one
 * behind it (test/check-source layout):
 *
 *	src			what every file may need: settings, the owner, numbers, memory
 *	time		instants, local days, calendars
 *	access		what row-level security asks for each row
 *	model		a motion's rows, compiled, and what a row of events means to it
 *	evidence	what is kept of an entity, what it is worth, the aggregates
 *	rows		the aggregates over rows of any table, which know no motion
 *	state		standings, the backlog, whose an event is
 *	decision	what follows from an edge: decisions, alerts, turns
 *	trigger		the triggers of watched tables
 *	rebuild		standings made again from the tables
 *	learning	the statistics of pilots, which know no tables
 *
 * Data flows one way.  trigger/observe.c and the aggregates take rows;
 * model/signal.c says what a row means to a model; evidence/evidence.c keeps
 * it; evidence/score.c values it; state/standing.c and state/backlog.c store
 * it; decision/decide.c hands an edge to the decision rules, which are SQL.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"

#include "decision/notify_at_commit.h"
#include "pls.h"

PG_MODULE_MAGIC;

extern PGDLLEXPORT void _PG_init(void);

void
_PG_init(void)
{
	pls_settings_init();
	pls_notify_init();
}
