/*-------------------------------------------------------------------------
 *
 * similar_name.c
 *	  Which of some names another is a different spelling of.
 *
 * Two names are the same but for their spelling if they have the same words,
 * whatever is between them, in whatever case and order, or if one letter in
 * five differs at most.  Only of ASCII letters a capital begins a word; a
 * character that is not ASCII is taken for a letter.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/formatting.h"
#include "utils/memutils.h"
#include "utils/varlena.h"

#include "pls.h"
#include "pls_compat.h"

#define ALIKE	5				/* of so many letters one may differ */

/* A name without what spellings differ in. */
typedef struct Spelling
{
	char	   *letters;		/* of all words, in lower case */
	int			length;			/* in bytes */
	int			nletters;
	char	   *words;			/* the same words, sorted */
} Spelling;

static bool
is_lower_or_digit(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool
is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

/*
 * The words of a name in lower case, with one blank or more between them.
 */
static char *
separate_words(const char *name)
{
	char	   *separated = palloc(2 * strlen(name) + 1);
	char	   *to = separated;
	const char *c;

	for (c = name; *c != '\0'; c++)
	{
		if (c > name && is_upper(*c) && is_lower_or_digit(c[-1]))
			*to++ = ' ';
		*to++ = IS_HIGHBIT_SET(*c) || is_upper(*c) || is_lower_or_digit(*c) ?
			*c : ' ';
	}
	*to = '\0';
	return str_tolower(separated, to - separated, DEFAULT_COLLATION_OID);
}

static Spelling
spelling_of(const char *name)
{
	char	   *rest = separate_words(name);
	Size		size = 2 * strlen(rest) + 2;
	Spelling	spelling = {palloc0(size), 0, 0, palloc0(size)};
	char	  **words = palloc(size * sizeof(char *));
	int			nwords = 0;
	int			i;

	while (*(rest += strspn(rest, " ")) != '\0')
	{
		Size		length = strcspn(rest, " ");

		words[nwords++] = pnstrdup(rest, length);
		memcpy(spelling.letters + spelling.length, rest, length);
		spelling.length += length;
		rest += length;
	}
	spelling.nletters = pg_mbstrlen_with_len(spelling.letters,
											 spelling.length);
	qsort(words, nwords, sizeof(char *), pg_qsort_strcmp);
	for (i = 0; i < nwords; i++)
	{
		strcat(spelling.words, words[i]);
		strcat(spelling.words, " ");
	}
	return spelling;
}

/*
 * How far two names are apart, 0 being the nearest; -1 if they are not alike.
 */
static int
distance_between(const Spelling *a, const Spelling *b)
{
	int			most = Min(a->nletters, b->nletters) / ALIKE;
	int			letters;

	if (a->length == b->length &&
		memcmp(a->letters, b->letters, a->length) == 0)
		return 0;
	if (strcmp(a->words, b->words) == 0)
		return 1;
	if (most == 0 || abs(a->nletters - b->nletters) > most)
		return -1;
	letters = varstr_levenshtein_less_equal(a->letters, a->length,
											b->letters, b->length,
											1, 1, 1, most, true);
	return letters <= most ? 1 + letters : -1;
}

/*
 * A text of an array as a string; NULL if it is NULL or too long to be an
 * event's name.
 */
static char *
name_of(Datum value, bool isnull)
{
	if (isnull || pls_is_longer(value, PLS_MAX_EVENT))
		return NULL;
	return TextDatumGetCString(value);
}

PG_FUNCTION_INFO_V1(pls_similar_name);

/*
 * pls_internal.similar_name(name, names) -> text: see its comment in
 * sql/70_sweep/35_samples.sql.
 */
Datum
pls_similar_name(PG_FUNCTION_ARGS)
{
	const char *name = name_of(PG_GETARG_DATUM(0), false);
	MemoryContext context;
	MemoryContext caller;
	Spelling	spelling;
	Datum	   *values;
	bool	   *nulls;
	int			nvalues;
	char	   *best = NULL;
	int			best_distance = 0;
	int			i;

	deconstruct_array(PG_GETARG_ARRAYTYPE_P(1), TEXTOID, -1, false,
					  TYPALIGN_INT, &values, &nulls, &nvalues);
	if (name == NULL)
		PG_RETURN_NULL();
	spelling = spelling_of(name);
	if (spelling.length == 0)
		PG_RETURN_NULL();
	context = AllocSetContextCreate(CurrentMemoryContext, "pls names",
									ALLOCSET_DEFAULT_SIZES);
	for (i = 0; i < nvalues; i++)
	{
		char	   *other = name_of(values[i], nulls[i]);
		Spelling	its;
		int			distance;

		CHECK_FOR_INTERRUPTS();
		if (other == NULL || strcmp(other, name) == 0)
			continue;
		caller = MemoryContextSwitchTo(context);
		its = spelling_of(other);
		distance = distance_between(&spelling, &its);
		MemoryContextSwitchTo(caller);
		MemoryContextReset(context);
		if (distance < 0 ||
			(best != NULL && (distance > best_distance ||
							  (distance == best_distance &&
							   strcmp(other, best) >= 0))))
			continue;
		best = other;
		best_distance = distance;
	}
	MemoryContextDelete(context);
	if (best == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(best));
}
