/*-------------------------------------------------------------------------
 *
 * config_table.h
 *	  Rows of a configuration table.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_CONFIG_TABLE_H
#define PLS_CONFIG_TABLE_H

#include "access/tableam.h"

#include "model/config_changes.h"

typedef struct PlsConfigScan
{
	Relation	relation;
	TupleDesc	desc;
	TableScanDesc scan;
	TupleTableSlot *slot;
} PlsConfigScan;

/* A row that was taken out of its table. */
typedef struct PlsConfigRow
{
	Datum	   *values;
	bool	   *nulls;
} PlsConfigRow;

extern void pls_config_begin(PlsConfigScan *scan, PlsConfigTable table);
extern HeapTuple pls_config_next(PlsConfigScan *scan);
extern void pls_config_end(PlsConfigScan *scan);
typedef bool (*PlsConfigTest) (const void *arg, const PlsConfigScan *scan,
							   HeapTuple tuple);

extern bool pls_config_has(PlsConfigTable table, PlsConfigTest test,
						   const void *arg);
extern uint64 pls_config_hash(HeapTuple tuple);
extern PlsConfigRow *pls_config_row(const PlsConfigScan *scan,
									HeapTuple tuple);
extern Datum pls_config_column(const PlsConfigScan *scan, HeapTuple tuple,
							   int number, bool *isnull);
extern Datum pls_config_datum(const PlsConfigRow *row, int number,
							  bool *isnull);
extern char *pls_config_text(const PlsConfigRow *row, int number);
extern bool pls_config_bool(const PlsConfigRow *row, int number);
extern int64 pls_config_milli(const PlsConfigRow *row, int number,
							  bool *given);
extern int64 pls_config_span(const PlsConfigRow *row, int number);

#endif							/* PLS_CONFIG_TABLE_H */
