/*-------------------------------------------------------------------------
 *
 * owner.h
 *	  Reading configuration and writing state as the extension's owner.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_OWNER_H
#define PLS_OWNER_H

typedef struct PlsOwnerScope
{
	Oid			saved_user;
	int			saved_context;
	int			guc_nest_level;
} PlsOwnerScope;

extern void pls_owner_begin(PlsOwnerScope *scope);
extern void pls_owner_end(PlsOwnerScope *scope);
extern bool pls_is_installed(void);
extern Oid	pls_owner(void);
extern Oid	pls_namespace(void);
extern Oid	pls_internal_namespace(void);
extern bool pls_is_own_schema(Oid schema);
extern Oid	pls_relation(const char *name);

#endif							/* PLS_OWNER_H */
