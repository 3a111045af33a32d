/*-------------------------------------------------------------------------
 *
 * backlog.h
 *	  Deltas that wait.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_BACKLOG_H
#define PLS_BACKLOG_H

#include "utils/timestamp.h"

#include "evidence/evidence.h"
#include "state/keyed_table.h"

typedef enum PlsWaiting
{
	PLS_NOTHING_WAITS,
	PLS_PARTS_WAIT,
	PLS_TOO_MANY_WAIT			/* to look at them all, whatever they are */
} PlsWaiting;

typedef void (*PlsPartConsumer) (void *arg, const PlsEvidence *part,
								 TimestampTz newest);

extern void pls_backlog_begin(PlsTable *table);
extern void pls_backlog_add(PlsTable *table, const char *entity,
							const char *motion, const PlsEvidence *delta,
							TimestampTz not_before);
extern void pls_backlog_ask_rebuild(PlsTable *table, const char *entity,
									const char *motion);
extern void pls_backlog_ask_rebuild_once(const char *entity,
										 const char *motion);
extern PlsWaiting pls_backlog_waits(PlsTable *table, const char *entity,
									const char *motion, TimestampTz as_of,
									bool thorough, bool *marked);
extern void pls_backlog_take(PlsTable *table, const char *entity,
							 const char *motion, TimestampTz as_of,
							 bool thorough, PlsPartConsumer consumer,
							 void *arg);

#endif							/* PLS_BACKLOG_H */
