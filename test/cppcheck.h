/*
 * cppcheck.h
 *	  What cppcheck has to know of the server's macros: it does not read the
 *	  server's headers, and gives a file up where it meets an unknown macro.
 */
#define PG_VERSION_NUM 150000
#define HAVE_INT128 1
#define BLCKSZ 8192
#define FLEXIBLE_ARRAY_MEMBER
#define PGDLLEXPORT
#define PG_MODULE_MAGIC
#define PG_FUNCTION_INFO_V1(name) extern int no_name_##name
#define pg_attribute_noreturn()
#define pg_attribute_packed()
#define NIL ((List *) 0)
#define pg_attribute_printf(format, first)
#define pg_attribute_always_inline inline
#define INT64CONST(x) (x##L)
#define UINT64CONST(x) (x##UL)
#define foreach(cell, list) for (cell = list_head(list); cell != 0; cell = lnext(list, cell))
#define PG_TRY() if (1)
#define PG_CATCH() else
#define PG_FINALLY()
#define PG_END_TRY() do {} while (0)
#define PG_USED_FOR_ASSERTS_ONLY
#define ERROR 21
#define FATAL 22
#define PANIC 23
#define ereport(level, ...) do { if ((level) >= ERROR) abort(); } while (0)
#define elog(level, ...) do { if ((level) >= ERROR) abort(); } while (0)
