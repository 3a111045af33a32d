/*-------------------------------------------------------------------------
 *
 * config_changes.h
 *	  Whether the configuration may have changed.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_CONFIG_CHANGES_H
#define PLS_CONFIG_CHANGES_H

typedef enum PlsConfigTable
{
	PLS_MOTIONS, PLS_SIGNALS, PLS_LIMITS, PLS_GRADES, PLS_EXCLUSIONS,
	PLS_FREE_DOMAINS, PLS_IGNORED_IDS, PLS_SOURCES,
	PLS_IDENTITY				/* stands for all that say whose events are */
} PlsConfigTable;

#define PLS_MODEL_TABLES	PLS_FREE_DOMAINS	/* the first ones */
#define PLS_CONFIG_TABLES	(PLS_IDENTITY + 1)

extern const char *const pls_config_names[PLS_CONFIG_TABLES];

extern uint64 pls_model_generation(void);
extern uint64 pls_config_changes(int table);
extern void pls_config_snapshot_push(void);
extern void pls_config_committed_snapshot_push(void);

#endif							/* PLS_CONFIG_CHANGES_H */
