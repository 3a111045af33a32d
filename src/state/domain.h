/*-------------------------------------------------------------------------
 *
 * domain.h
 *	  What follows the @ of an address.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_DOMAIN_H
#define PLS_DOMAIN_H

#define PLS_MAX_DOMAIN	253		/* bytes, by RFC 1035 */

extern bool pls_address_domain(const char *address, int length, char *domain);
extern bool pls_domain_is_company(const char *domain);

#endif							/* PLS_DOMAIN_H */
