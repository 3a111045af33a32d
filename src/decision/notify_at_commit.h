/*-------------------------------------------------------------------------
 *
 * notify_at_commit.h
 *	  Notifications that do not stand in the way of 2PC.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_NOTIFY_AT_COMMIT_H
#define PLS_NOTIFY_AT_COMMIT_H

extern void pls_notify_init(void);

#endif							/* PLS_NOTIFY_AT_COMMIT_H */
