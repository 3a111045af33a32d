/*-------------------------------------------------------------------------
 *
 * domain.h
 *	  Whether a domain is a company's.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_DOMAIN_H
#define PLS_DOMAIN_H

#include "state/address.h"

extern bool pls_domain_is_company(const char *domain);

#endif							/* PLS_DOMAIN_H */
