/*-------------------------------------------------------------------------
 *
 * restore.h
 *	  Whether the session is loading a dump.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_RESTORE_H
#define PLS_RESTORE_H

extern bool pls_in_restore(void);

#endif							/* PLS_RESTORE_H */
