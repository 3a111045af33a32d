/*-------------------------------------------------------------------------
 *
 * source.h
 *	  The watched tables.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_SOURCE_H
#define PLS_SOURCE_H

#include "trigger/source_entry.h"

struct TriggerData;
extern PlsSource *pls_source_get(struct TriggerData *trigger);
extern PlsSource *pls_source_find(int source_id, Oid relid);

#endif							/* PLS_SOURCE_H */
