/*-------------------------------------------------------------------------
 *
 * funnel.h
 *	  Modes of a funnel.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_FUNNEL_H
#define PLS_FUNNEL_H

extern int	pls_parse_funnel_modes(const char *text, int length);

#endif							/* PLS_FUNNEL_H */
