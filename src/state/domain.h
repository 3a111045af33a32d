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
#include "state/keyed_table.h"

extern bool pls_domain_is_company(const char *domain, PlsWait wait,
								  bool *was_locked);

#endif							/* PLS_DOMAIN_H */
