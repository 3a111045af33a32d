/*-------------------------------------------------------------------------
 *
 * address.h
 *	  The normal form of email addresses, domains and ids.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_ADDRESS_H
#define PLS_ADDRESS_H

#define PLS_MAX_DOMAIN	253		/* bytes, by RFC 1035 */

extern bool pls_address_domain(const char *address, int length, char *domain);
extern const char *pls_normal_user(const char *user_id);
extern const char *pls_parent_domain(const char *domain);
extern int	pls_fold_id(const char *id, int length, char *result, int size);

#endif							/* PLS_ADDRESS_H */
