/*-------------------------------------------------------------------------
 *
 * source_columns.h
 *	  The columns of a watched table: which they are, and how they are read.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_SOURCE_COLUMNS_H
#define PLS_SOURCE_COLUMNS_H

#include "model/config_table.h"
#include "trigger/source_entry.h"

/* Columns of pls.sources (sql/30_identity/12_sources.sql). */
enum
{
	PLS_SOURCE_ID = 1, PLS_SOURCE_TABLE, PLS_SOURCE_EVENT, PLS_SOURCE_AT,
	PLS_SOURCE_ACCOUNT, PLS_SOURCE_ACTOR, PLS_SOURCE_EMAIL,
	PLS_SOURCE_PROPERTIES, PLS_SOURCE_EVENT_NAME, PLS_SOURCE_TIME_ZONE,
	PLS_SOURCE_AT_UNIT, PLS_SOURCE_PROPERTY_COLUMNS,
	PLS_SOURCE_PROPERTY_NAMES, PLS_SOURCE_COLUMN_NUMBERS,
	PLS_SOURCE_NUMBERS_OF, PLS_SOURCE_MOTIONS
};

extern void pls_source_read_columns(PlsSource *source,
									const PlsConfigRow *row);

#endif							/* PLS_SOURCE_COLUMNS_H */
