/*-------------------------------------------------------------------------
 *
 * ignored.h
 *	  Ids that name nobody.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_IGNORED_H
#define PLS_IGNORED_H

extern void pls_ignored_load(void);
extern bool pls_may_be_ignored(const char *id, int length);
extern bool pls_id_is_ignored(const char *id, int length);
extern bool pls_number_is_ignored(int64 number);
extern char **pls_ignored_spellings(int *count);

#endif							/* PLS_IGNORED_H */
