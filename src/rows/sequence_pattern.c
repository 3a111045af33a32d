/*-------------------------------------------------------------------------
 *
 * sequence_pattern.c
 *	  The pattern of sequence_match and sequence_count.
 *
 *	  (?N)		a row on which condition N holds
 *	  .			a row
 *	  .*		any number of rows
 *	  (?tOPN)	any number of rows, so that the next row lies OP N seconds
 *				behind the row before; OP is <=, <, >=, > or ==
 *
 * A compiled pattern begins with the .* that lets a match begin anywhere.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "mb/pg_wchar.h"

#include "rows/event_rows.h"
#include "rows/sequence_pattern.h"

/* 316,000 years: no two instants are that far apart */
#define MOST_SECONDS	INT64CONST(10000000000000)

typedef struct Parser
{
	const char *start;
	const char *at;
	const char *end;
	int			nconditions;
	const char *problem;		/* NULL: none so far */
} Parser;

static bool
take(Parser *parser, const char *token)
{
	int			length = strlen(token);

	if (parser->end - parser->at < length ||
		memcmp(parser->at, token, length) != 0)
		return false;
	parser->at += length;
	return true;
}

/*
 * A number that is not greater than most; 0 and a problem if there is none.
 */
static int64
take_number(Parser *parser, int64 most, const char *too_large)
{
	const char *begin = parser->at;
	int64		value = 0;

	while (parser->at < parser->end && *parser->at >= '0' &&
		   *parser->at <= '9')
	{
		value = value * 10 + (*parser->at - '0');
		if (value > most)
		{
			parser->at = begin;
			parser->problem = too_large;
			return 0;
		}
		parser->at++;
	}
	if (parser->at == begin)
		parser->problem = "a number is expected";
	return value;
}

/*
 * What follows "(?t".
 */
static void
take_distance(Parser *parser, PlsPattern *pattern)
{
	PlsPatternElement *element = &pattern->elements[pattern->nelements];

	if (element[-1].op >= PLS_PATTERN_LE)
	{
		parser->at -= strlen("(?t");
		parser->problem = "a time condition cannot follow another one";
		return;
	}
	if (take(parser, "<="))
		element->op = PLS_PATTERN_LE;
	else if (take(parser, "<"))
		element->op = PLS_PATTERN_LT;
	else if (take(parser, ">="))
		element->op = PLS_PATTERN_GE;
	else if (take(parser, ">"))
		element->op = PLS_PATTERN_GT;
	else if (take(parser, "=="))
		element->op = PLS_PATTERN_EQ;
	else
	{
		parser->problem = "one of <=, <, >=, > and == is expected";
		return;
	}
	element->span = (uint64) take_number(parser, MOST_SECONDS,
										 "a number of seconds is too large") *
		USECS_PER_SEC;
}

/*
 * What follows "(?", if not a time condition.
 */
static void
take_condition(Parser *parser, PlsPattern *pattern)
{
	PlsPatternElement *element = &pattern->elements[pattern->nelements];
	const char *begin = parser->at;
	int64		number = take_number(parser, parser->nconditions,
									 "there is no condition of that number");

	if (parser->problem == NULL && number == 0)
	{
		parser->at = begin;
		parser->problem = "conditions are numbered from 1";
	}
	if (parser->problem != NULL)
		return;
	element->op = PLS_PATTERN_CONDITION;
	element->condition = (uint32) 1 << (number - 1);
	pattern->conditions |= element->condition;
}

static void
take_element(Parser *parser, PlsPattern *pattern)
{
	PlsPatternElement *element = &pattern->elements[pattern->nelements];

	if (take(parser, "(?"))
	{
		if (take(parser, "t"))
			take_distance(parser, pattern);
		else
			take_condition(parser, pattern);
		if (parser->problem == NULL && !take(parser, ")"))
			parser->problem = "a closing parenthesis is expected";
	}
	else if (take(parser, ".*"))
		element->op = PLS_PATTERN_STAR;
	else if (take(parser, "."))
		element->op = PLS_PATTERN_ROW;
	else
		parser->problem = "(?N), (?t...), . or .* is expected";
	pattern->nelements++;
}

/*
 * Compile a pattern for so many conditions.  If it is not valid, NULL, and
 * what is wrong at which character, counted from 1.
 */
PlsPattern *
pls_pattern_parse(const char *text, int length, int nconditions,
				  const char **problem, int *position)
{
	Parser		parser = {text, text, text + length, nconditions, NULL};
	int			most = Min(length, PLS_MAX_PATTERN) + 1;
	PlsPattern *pattern = palloc0(offsetof(PlsPattern, elements) +
								  most * sizeof(PlsPatternElement));

	pattern->elements[0].op = PLS_PATTERN_STAR;
	pattern->nelements = 1;
	while (parser.at < parser.end && parser.problem == NULL)
	{
		if (pattern->nelements == most)
			parser.problem = "the pattern has too many elements";
		else
			take_element(&parser, pattern);
	}
	if (parser.problem == NULL)
		return pattern;
	*problem = parser.problem;
	*position = pg_mbstrlen_with_len(text, parser.at - text) + 1;
	pfree(pattern);
	return NULL;
}

/*
 * Compile a pattern.
 *
 * Errors: 22023 with the position if it is not valid.
 */
PlsPattern *
pls_pattern_compile(const char *text, int length, int nconditions)
{
	const char *problem;
	int			position;
	PlsPattern *pattern = pls_pattern_parse(text, length, nconditions,
											&problem, &position);

	if (pattern == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid pattern \"%s\" at position %d: %s",
						pnstrdup(text, length), position, problem),
				 errhint("A pattern is made of (?N) for a row on which condition N holds, . for any row, .* for any number of rows, and (?t<=N) or <, >=, >, == for a distance of N seconds.")));
	return pattern;
}
