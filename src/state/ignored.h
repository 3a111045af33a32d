/*-------------------------------------------------------------------------
 *
 * ignored.h
 *	  Ids that name nobody.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_IGNORED_H
#define PLS_IGNORED_H

#define PLS_LONG_IGNORED 31		/* of so many bytes, or more */

/*
 * What tells of most ids that they name somebody: as pls_ignored_load() has
 * found it, which whoever looks rows up calls before the first.
 */
typedef struct PlsIgnoredHints
{
	uint32		begins[256];	/* with this byte: which lengths they have; of
								 * a blank: all */
	bool		ends[256];		/* whether one ends with it */
	bool		blanks[256];	/* whether it may be of a blank */
	int64		least;			/* of those that are numbers */
	int64		greatest;
} PlsIgnoredHints;

extern PlsIgnoredHints pls_ignored_hints;

extern void pls_ignored_load(void);
extern bool pls_id_is_ignored(const char *id, int length);
extern bool pls_is_ignored_number(int64 number);

/*
 * Whether an id may name nobody; if not, it does not.
 */
static inline bool
pls_may_be_ignored(const char *id, int length)
{
	uint32		lengths;
	unsigned char last;

	if (length == 0)
		return true;
	lengths = pls_ignored_hints.begins[(unsigned char) id[0]];
	if (lengths == 0)
		return false;
	last = (unsigned char) id[length - 1];
	return pls_ignored_hints.blanks[last] ||
		(pls_ignored_hints.ends[last] &&
		 (lengths >> Min(length, PLS_LONG_IGNORED) & 1));
}

/*
 * The same of a longer id, by its first and last bytes.
 */
static inline bool
pls_may_be_ignored_at_ends(unsigned char first, unsigned char last)
{
	return (pls_ignored_hints.begins[first] >> PLS_LONG_IGNORED & 1) &&
		pls_ignored_hints.ends[last];
}

/*
 * Whether a number names nobody, by its text.
 */
static inline bool
pls_number_is_ignored(int64 number)
{
	return number >= pls_ignored_hints.least &&
		number <= pls_ignored_hints.greatest &&
		pls_is_ignored_number(number);
}

extern char **pls_ignored_spellings(int *count);

#endif							/* PLS_IGNORED_H */
