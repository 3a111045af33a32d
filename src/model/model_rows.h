/*-------------------------------------------------------------------------
 *
 * model_rows.h
 *	  The rows of many motions, in the first PLS_MODEL_TABLES.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_MODEL_ROWS_H
#define PLS_MODEL_ROWS_H

#include "access/htup.h"
#include "nodes/pg_list.h"

#include "mix64.h"
#include "model/config_changes.h"
#include "model/config_table.h"
#include "pls.h"

/* Numbers of their columns that are read (sql/20_config/10_motions.sql). */
enum
{
	M_MOTION = 1, M_UNIT, M_OBJECTIVE, M_STATUS, M_QUALIFY_AT = 6, M_TRIAGE_AT,
	M_RELEASE_AT, M_MIN_SCORE, M_MAX_SCORE, M_MIN_SIGNALS, M_TIME_ZONE
};
enum
{
	S_MOTION = 1, S_SIGNAL, S_CATEGORY, S_EVENTS, S_MATCH, S_MEASURE,
	S_PROPERTY, S_NUMERIC_STRINGS, S_WITHIN, S_PERIOD, S_OP, S_THRESHOLD,
	S_COLLAPSE, S_MIN_BASE, S_POINTS, S_PER_UNIT, S_MIN_POINTS, S_MAX_POINTS,
	S_DECAY, S_DECAY_SPAN, S_REQUIRED, S_OUTCOME, S_ENABLED = 24, S_WHY,
	S_THRESHOLD_PERCENTILE = 29
};
enum
{
	L_MOTION = 1, L_CATEGORY, L_MIN_POINTS, L_MAX_POINTS
};
enum
{
	G_MOTION = 1, G_DIMENSION, G_AT_LEAST, G_GRADE
};
enum
{
	X_NAME = 1, X_MOTION, X_SCOPE, X_MATCH, X_IDS, X_DOMAINS, X_ENABLED = 8
};

typedef struct PlsMotionRows
{
	char		motion[PLS_MAX_NAME + 1];	/* hash key */
	List	   *rows[PLS_MODEL_TABLES]; /* PlsConfigRow */
	uint64		digest;
	bool		complete;		/* with the rows of every motion */
} PlsMotionRows;

typedef struct PlsModelRows PlsModelRows;
typedef void (*PlsModelRowConsumer) (void *arg, PlsConfigTable table,
									 const char *motion,
									 const PlsConfigScan *scan,
									 HeapTuple tuple);

extern void pls_model_rows_each(PlsConfigTable table,
								PlsModelRowConsumer consumer, void *arg);
extern uint64 pls_model_row_digest(PlsConfigTable table, HeapTuple tuple);
extern PlsModelRows *pls_model_rows_fetch(List *names);
extern PlsModelRows *pls_model_rows_fetch_committed(const char *motion);
extern PlsMotionRows *pls_model_rows_of(PlsModelRows *rows,
										const char *motion);
extern void pls_model_rows_free(PlsModelRows *rows);

/*
 * The digest of a motion's rows, of its own and those of every motion.
 */
static inline uint64
pls_model_digest(uint64 own, uint64 of_all)
{
	return own + pls_mix64(of_all);
}

#endif							/* PLS_MODEL_ROWS_H */
