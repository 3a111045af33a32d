/*-------------------------------------------------------------------------
 *
 * call_cache.h
 *	  What one call of a function in a query keeps between rows.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_CALL_CACHE_H
#define PLS_CALL_CACHE_H

#include "access/tupdesc.h"
#include "fmgr.h"
#include "nodes/pg_list.h"
#include "utils/timestamp.h"

#include "model/event_row.h"
#include "model/model.h"

struct PlsArena;
struct PlsScorePlan;

typedef struct PlsCallCache
{
	MemoryContext context;		/* fn_mcxt */
	PlsModel   *model;			/* the one asked for last */
	int			motion_length;
	List	   *pinned;			/* all of them */
	PlsModel   *committed;		/* of pls_internal.evaluate_change() */
	char	   *committed_motion;	/* whose it is; NULL: not yet known */
	MemoryContextCallback unpin;
	bool		knows_actor;
	PlsActorHash actor_hash;
	PlsMatch   *matches;
	int			nmatches;
	TupleDesc	result;			/* of a function that returns rows */
	/* of pls.score() */
	bool		knows_motion;
	bool		one_motion;		/* the motion is a constant */
	TimestampTz as_of;			/* of the arena's plan */
	struct PlsArena *arena;		/* of the last row; NULL: none ... */
	uint64		arenas_gone;	/* ... or if this is not pls_arenas_gone */
	int			nplans;			/* made or used here, most recent last */
	struct PlsScorePlan **plans;	/* shared */
} PlsCallCache;

extern PlsCallCache *pls_call_cache(FmgrInfo *flinfo);
extern PlsModel *pls_call_cache_model(FmgrInfo *flinfo, const char *motion,
									  int length);
extern PlsModel *pls_call_cache_committed(FmgrInfo *flinfo,
										  const char *motion);
extern TupleDesc pls_call_cache_result(FunctionCallInfo fcinfo);
extern const PlsActorHash *pls_call_cache_actor_hash(FmgrInfo *flinfo,
													 int argument);
extern PlsMatch *pls_call_cache_matches(FmgrInfo *flinfo,
										const PlsModel *model);
extern struct PlsScorePlan *pls_call_cache_plan(FmgrInfo *flinfo,
												MemoryContext aggregate_context,
												PlsModel *model,
												TimestampTz as_of);

struct Aggref;
extern struct Aggref *pls_call_aggref(FunctionCallInfo fcinfo,
									  bool *begins_null);

#endif							/* PLS_CALL_CACHE_H */
