/*-------------------------------------------------------------------------
 *
 * model_load.c
 *	  A motion's rows, read and compiled into a model.
 *
 * What a row may say is checked when it is written, and what it leaves out is
 * filled in then (sql/20_config/02_checks.sql).  Loading takes the rows as they
 * are and raises no error for their content: it also runs beneath an
 * application's INSERT.
 *
 * Two signals that look at the same rows in the same way share a part of the
 * evidence; the part then keeps the longer of their windows.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "lib/stringinfo.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "decimal.h"
#include "exponential.h"
#include "model/config_changes.h"
#include "model/config_table.h"
#include "model/model.h"
#include "model/model_index.h"
#include "model/model_load.h"
#include "model/model_rows.h"
#include "model/part_rule.h"
#include "model/part_shape.h"
#include "model/predicate.h"
#include "pls.h"
#include "time/time_zone.h"

/* In the order in which pls.explain() shows them. */
static const char *const category_names[] = {
	"activation", "depth", "breadth", "integration", "invite", "admin",
	"billing", "risk", "fit", "outcome", NULL
};

/* Names of the enumerations in model.h, in their order. */
static const char *const measure_names[] = {
	"count", "actors", "days", "distinct", "sum", "max", "last", "recency",
	"growth", "first", "sequence", "restart", "attribute", NULL
};
static const char *const op_names[] = {
	">=", ">", "<=", "<", "=", NULL
};
static const char *const decay_names[] = {
	"none", "linear", "exponential", "step", NULL
};

/* ---------- columns that a model keeps ---------- */

static char *
keep_text(const PlsModel *model, const PlsConfigRow *row, int number)
{
	MemoryContext caller = MemoryContextSwitchTo(model->context);
	char	   *text = pls_config_text(row, number);

	MemoryContextSwitchTo(caller);
	return text;
}

static JsonPath *
keep_jsonpath(const PlsModel *model, const PlsConfigRow *row, int number)
{
	MemoryContext caller = MemoryContextSwitchTo(model->context);
	bool		isnull;
	Datum		value = pls_config_datum(row, number, &isnull);
	JsonPath   *path = isnull ? NULL : DatumGetJsonPathPCopy(value);

	MemoryContextSwitchTo(caller);
	return path;
}

/*
 * The text of a jsonpath, for the time of loading; NULL if it is NULL.
 */
static char *
jsonpath_text(const PlsConfigRow *row, int number)
{
	bool		isnull;
	Datum		value = pls_config_datum(row, number, &isnull);

	if (isnull)
		return NULL;
	return DatumGetCString(DirectFunctionCall1(jsonpath_out, value));
}

/*
 * A text[] column as a sorted list without repetitions; 0 if NULL.
 */
static int
keep_list(const PlsModel *model, const PlsConfigRow *row, int number,
		  char ***list)
{
	MemoryContext caller;
	bool		isnull;
	Datum		value = pls_config_datum(row, number, &isnull);
	Datum	   *elements;
	bool	   *nulls;
	int			length;
	int			kept = 0;
	int			i;

	*list = NULL;
	if (isnull)
		return 0;
	deconstruct_array(DatumGetArrayTypeP(value), TEXTOID, -1, false,
					  TYPALIGN_INT, &elements, &nulls, &length);
	caller = MemoryContextSwitchTo(model->context);
	*list = palloc0(Max(length, 1) * sizeof(char *));
	for (i = 0; i < length; i++)
		if (!nulls[i])
			(*list)[kept++] = TextDatumGetCString(elements[i]);
	MemoryContextSwitchTo(caller);
	qsort(*list, kept, sizeof(char *), pg_qsort_strcmp);
	for (i = 1, length = Min(kept, 1); i < kept; i++)
		if (strcmp((*list)[i], (*list)[length - 1]) != 0)
			(*list)[length++] = (*list)[i];
	return length;
}

static void *
keep_zeros(const PlsModel *model, int count, Size size)
{
	return MemoryContextAllocZero(model->context, Max(count, 1) * size);
}

/*
 * The position of a name in a list of names; the first if it is unknown,
 * which the checks on the tables rule out.
 */
static int
position_of(const char *name, const char *const *names)
{
	int			i;

	for (i = 0; name != NULL && names[i] != NULL; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return 0;
}

/* ---------- reading ---------- */

static void
load_motion(PlsModel *model, const PlsConfigRow *row, char **zone_name)
{
	bool		given;

	model->unit_is_user = strcmp(pls_config_text(row, M_UNIT), "user") == 0;
	model->observed = strcmp(pls_config_text(row, M_STATUS), "draft") != 0;
	*zone_name = pls_config_text(row, M_TIME_ZONE);
	model->days.zone = pls_find_time_zone(*zone_name);
	if (model->days.zone == NULL)
		model->days.zone = pg_tzset("GMT");
	model->qualify_at = pls_config_milli(row, M_QUALIFY_AT, &given);
	model->triage_at = pls_config_milli(row, M_TRIAGE_AT, &model->has_triage);
	model->release_at = pls_config_milli(row, M_RELEASE_AT, &given);
	if (!given)
		model->release_at = model->qualify_at;
	model->min_score = pls_config_milli(row, M_MIN_SCORE, &model->has_min);
	model->max_score = pls_config_milli(row, M_MAX_SCORE, &model->has_max);
	model->min_signals = DatumGetInt32(pls_config_datum(row, M_MIN_SIGNALS,
														&given));
}

static int
compare_texts(const PlsConfigRow *a, const PlsConfigRow *b, int number)
{
	return strcmp(pls_config_text(a, number), pls_config_text(b, number));
}

static int
compare_exclusions(const ListCell *a, const ListCell *b)
{
	return compare_texts(lfirst(a), lfirst(b), X_NAME);
}

static void
load_exclusions(PlsModel *model, List *rows, StringInfo description)
{
	ListCell   *cell;
	int			j;

	list_sort(rows, compare_exclusions);
	model->exclusions = keep_zeros(model, list_length(rows),
								   sizeof(PlsActorExclusion));
	foreach(cell, rows)
	{
		PlsConfigRow *row = lfirst(cell);
		PlsActorExclusion *exclusion = &model->exclusions[model->nexclusions++];
		char	   *match_text = jsonpath_text(row, X_MATCH);

		exclusion->match = keep_jsonpath(model, row, X_MATCH);
		exclusion->nids = keep_list(model, row, X_IDS, &exclusion->ids);
		exclusion->ndomains = keep_list(model, row, X_DOMAINS,
										&exclusion->domains);
		model->excludes_ids |= exclusion->nids > 0;
		model->excludes_domains |= exclusion->ndomains > 0;

		appendStringInfo(description, ";%s", match_text ?
						 quote_literal_cstr(match_text) : "");
		for (j = 0; j < exclusion->nids; j++)
			appendStringInfo(description, ",%s",
							 quote_literal_cstr(exclusion->ids[j]));
		for (j = 0; j < exclusion->ndomains; j++)
			appendStringInfo(description, "@%s",
							 quote_literal_cstr(exclusion->domains[j]));
	}
}

static int
compare_limits(const ListCell *a, const ListCell *b)
{
	return compare_texts(lfirst(a), lfirst(b), L_CATEGORY);
}

static void
load_limits(PlsModel *model, List *rows)
{
	ListCell   *cell;

	list_sort(rows, compare_limits);
	model->limits = keep_zeros(model, list_length(rows),
							   sizeof(PlsCategoryLimit));
	foreach(cell, rows)
	{
		PlsConfigRow *row = lfirst(cell);
		PlsCategoryLimit *limit = &model->limits[model->nlimits++];

		limit->category = keep_text(model, row, L_CATEGORY);
		limit->min_points = pls_config_milli(row, L_MIN_POINTS,
											 &limit->has_min);
		limit->max_points = pls_config_milli(row, L_MAX_POINTS,
											 &limit->has_max);
	}
}

static int
compare_grades(const void *a, const void *b)
{
	int64		left = ((const PlsGrade *) a)->at_least;
	int64		right = ((const PlsGrade *) b)->at_least;

	return left > right ? -1 : left < right ? 1 : 0;
}

static void
load_grades(PlsModel *model, List *rows)
{
	ListCell   *cell;

	model->grades = keep_zeros(model, list_length(rows), sizeof(PlsGrade));
	foreach(cell, rows)
	{
		PlsConfigRow *row = lfirst(cell);
		PlsGrade   *grade = &model->grades[model->ngrades++];
		bool		given;

		grade->fit = strcmp(pls_config_text(row, G_DIMENSION), "fit") == 0;
		grade->at_least = pls_config_milli(row, G_AT_LEAST, &given);
		grade->grade = keep_text(model, row, G_GRADE);
	}
	qsort(model->grades, model->ngrades, sizeof(PlsGrade), compare_grades);
}

/*
 * Whether a condition holds of an account that nothing is known of: an object
 * without members.
 */
static bool
holds_of_nothing(JsonPath *match)
{
	Datum		nothing = DirectFunctionCall1(jsonb_in,
											  CStringGetDatum("{}"));

	return match != NULL &&
		pls_jsonpath_holds(DatumGetJsonbP(nothing), match);
}

static void
read_signal(const PlsModel *model, const PlsConfigRow *row,
			PlsSignal *signal)
{
	bool		given;

	signal->name = keep_text(model, row, S_SIGNAL);
	signal->category = keep_text(model, row, S_CATEGORY);
	signal->why = keep_text(model, row, S_WHY);
	signal->fit = strcmp(signal->category, "fit") == 0;
	signal->measure = position_of(pls_config_text(row, S_MEASURE),
								  measure_names);
	signal->op = position_of(pls_config_text(row, S_OP), op_names);
	signal->window = pls_config_span(row, S_WITHIN);
	signal->threshold = pls_config_milli(row, S_THRESHOLD, &given);
	if (signal->measure == PLS_RECENCY || signal->measure == PLS_FIRST)
		signal->threshold = pls_divide_rounded(signal->window, 1000);
	pls_config_milli(row, S_THRESHOLD_PERCENTILE, &signal->follows_peers);
	signal->min_base = pls_config_milli(row, S_MIN_BASE, &given);
	signal->points = pls_config_milli(row, S_POINTS, &given);
	signal->per_unit = pls_config_bool(row, S_PER_UNIT);
	signal->min_points = pls_config_milli(row, S_MIN_POINTS, &signal->has_min);
	signal->max_points = pls_config_milli(row, S_MAX_POINTS, &signal->has_max);
	signal->decay = position_of(pls_config_text(row, S_DECAY), decay_names);
	signal->decay_span = pls_config_span(row, S_DECAY_SPAN);
	pls_half_life_init(&signal->half_life, Max(signal->decay_span, 1));
	signal->required = pls_config_bool(row, S_REQUIRED);
	signal->part = -1;
}

static void
read_rule(const PlsModel *model, const PlsConfigRow *row, PlsPartRule *rule)
{
	rule->nevents = keep_list(model, row, S_EVENTS, &rule->events);
	rule->match = keep_jsonpath(model, row, S_MATCH);
	if (rule->match != NULL)
		rule->match_text = MemoryContextStrdup(model->context,
											   jsonpath_text(row, S_MATCH));
	rule->numeric_strings = pls_config_bool(row, S_NUMERIC_STRINGS);
	rule->bin = pls_config_span(row, S_COLLAPSE);
}

/*
 * The property that tells the amounts of a rule, if one does.
 */
static void
read_property(const PlsModel *model, const PlsConfigRow *row,
			  PlsPartRule *rule)
{
	if (!pls_rule_reads_property(rule))
		return;
	rule->property = keep_text(model, row, S_PROPERTY);
	if (rule->property == NULL)
		rule->property = "";
	rule->property_length = strlen(rule->property);
	rule->property_is_path = strchr(rule->property, '.') != NULL;
}

/*
 * The steps of a sequence: for each, which of the rule's events it is.
 */
static void
read_steps(const PlsModel *model, const PlsConfigRow *row, PlsSignal *signal,
		   PlsPartRule *rule)
{
	bool		isnull;
	Datum		value = pls_config_datum(row, S_EVENTS, &isnull);
	Datum	   *elements;
	bool	   *nulls;
	int			i;

	if (isnull)
		return;
	deconstruct_array(DatumGetArrayTypeP(value), TEXTOID, -1, false,
					  TYPALIGN_INT, &elements, &nulls, &rule->nsteps);
	rule->nsteps = Min(rule->nsteps, PLS_MAX_STEPS);
	rule->steps = keep_zeros(model, rule->nsteps, sizeof(int));
	for (i = 0; i < rule->nsteps; i++)
	{
		char	   *event = TextDatumGetCString(elements[i]);
		int			number = pls_event_number(rule->events, rule->nevents,
											  event, strlen(event));

		rule->steps[i] = Max(number, 0);
	}
	signal->nsteps = rule->nsteps;
	signal->steps = rule->steps;
	signal->period = pls_config_span(row, S_PERIOD);
}

static void
read_outcome(const PlsModel *model, const PlsConfigRow *row,
			 PlsOutcomeRule *outcome)
{
	outcome->signal = keep_text(model, row, S_SIGNAL);
	outcome->outcome = keep_text(model, row, S_OUTCOME);
	outcome->nevents = keep_list(model, row, S_EVENTS, &outcome->events);
	outcome->match = keep_jsonpath(model, row, S_MATCH);
}

/*
 * Find or add the rule for a signal.  Rules that differ in span alone are
 * one, with the longer span (0 is without end).
 */
static int
intern_rule(PlsModel *model, const PlsPartRule *rule, char **descriptions,
			char *description)
{
	int			i;

	for (i = 0; i < model->nrules; i++)
	{
		PlsPartShape *shape = &model->rules[i].shape;

		if (strcmp(descriptions[i], description) != 0)
			continue;
		if (shape->span == 0 || rule->shape.span == 0)
			shape->span = 0;
		else
			shape->span = Max(shape->span, rule->shape.span);
		return i;
	}
	model->rules[i] = *rule;
	descriptions[i] = description;
	return model->nrules++;
}

static int
compare_rules(const void *a, const void *b)
{
	uint64		left = ((const PlsPartRule *) a)->shape.fingerprint;
	uint64		right = ((const PlsPartRule *) b)->shape.fingerprint;

	return left < right ? -1 : left > right ? 1 : 0;
}

static int
find_rule(const PlsModel *model, uint64 fingerprint)
{
	int			i = 0;

	while (model->rules[i].shape.fingerprint != fingerprint)
		i++;
	return i;
}

/*
 * Give the rules their fingerprints and put them in their order.
 */
static void
order_rules(PlsModel *model, char **descriptions)
{
	uint64	   *fingerprints = palloc(Max(model->nrules, 1) * sizeof(uint64));
	int			i;

	for (i = 0; i < model->nrules; i++)
	{
		PlsPartShape *shape = &model->rules[i].shape;
		char	   *text = psprintf("%s " INT64_FORMAT, descriptions[i],
									shape->span);

		shape->fingerprint = hash_bytes_extended((unsigned char *) text,
												 strlen(text), 0);
		fingerprints[i] = shape->fingerprint;
	}
	qsort(model->rules, model->nrules, sizeof(PlsPartRule), compare_rules);
	for (i = 0; i < model->nsignals; i++)
	{
		PlsSignal  *signal = &model->signals[i];

		if (signal->part < 0)
			continue;
		signal->part = find_rule(model, fingerprints[signal->part]);
		signal->newest_part = find_rule(model,
										fingerprints[signal->newest_part]);
	}
}

/*
 * The part of the evidence that a signal reads, made or found.
 */
static void
load_part(PlsModel *model, const PlsConfigRow *row, PlsSignal *signal,
		  char **descriptions, const char *zone, const char *exclusions)
{
	PlsPartRule rule = {{0}};

	read_rule(model, row, &rule);
	if (signal->measure == PLS_SEQUENCE)
		read_steps(model, row, signal, &rule);
	pls_shape_rule(signal, &rule, pls_config_span(row, S_PERIOD));
	read_property(model, row, &rule);
	signal->part = intern_rule(model, &rule, descriptions,
							   pls_describe_rule(&rule, zone, exclusions));
	signal->newest_part = signal->part;
	if (signal->measure == PLS_FIRST && signal->decay != PLS_DECAY_NONE)
	{
		/* decay goes by the newest row, which the first does not tell */
		pls_shape_units(&rule, PLS_PART_TIMES, PLS_AMOUNT_NONE, 1, 0);
		signal->newest_part =
			intern_rule(model, &rule, descriptions,
						pls_describe_rule(&rule, zone, exclusions));
	}
}

/* A signal's row, and what it is ordered by. */
typedef struct SignalRow
{
	const PlsConfigRow *row;
	int			rank;			/* of its category */
	char	   *category;
	char	   *signal;
} SignalRow;

static int
compare_signals(const void *a, const void *b)
{
	const SignalRow *left = a;
	const SignalRow *right = b;
	int			order = left->rank - right->rank;

	if (order == 0)
		order = strcmp(left->category, right->category);
	return order != 0 ? order : strcmp(left->signal, right->signal);
}

/*
 * The rows of enabled signals, in the order of explain.
 */
static SignalRow *
order_signals(List *rows, int *count)
{
	SignalRow  *signals = palloc((list_length(rows) + 1) * sizeof(SignalRow));
	ListCell   *cell;

	*count = 0;
	foreach(cell, rows)
	{
		SignalRow  *signal = &signals[*count];
		int			rank = 0;

		signal->row = lfirst(cell);
		if (!pls_config_bool(signal->row, S_ENABLED))
			continue;
		signal->category = pls_config_text(signal->row, S_CATEGORY);
		signal->signal = pls_config_text(signal->row, S_SIGNAL);
		while (category_names[rank] != NULL &&
			   strcmp(category_names[rank], signal->category) != 0)
			rank++;
		signal->rank = rank;
		(*count)++;
	}
	qsort(signals, *count, sizeof(SignalRow), compare_signals);
	*count = Min(*count, PLS_MAX_SIGNALS);
	return signals;
}

static void
load_signals(PlsModel *model, List *rows, const char *zone,
			 const char *exclusions)
{
	int			count;
	SignalRow  *signals = order_signals(rows, &count);
	char	  **descriptions = palloc0(Max(2 * count, 1) * sizeof(char *));
	PlsPartRule *rules = palloc0(Max(2 * count, 1) * sizeof(PlsPartRule));
	int			i;

	model->signals = keep_zeros(model, count, sizeof(PlsSignal));
	model->outcomes = keep_zeros(model, count, sizeof(PlsOutcomeRule));
	model->rules = rules;		/* a signal has two of them at the most */
	for (i = 0; i < count; i++)
	{
		const PlsConfigRow *row = signals[i].row;
		PlsSignal  *signal = &model->signals[model->nsignals];

		if (strcmp(signals[i].category, "outcome") == 0)
		{
			/* without a word, the row was written past the checks */
			if (pls_config_text(row, S_OUTCOME) != NULL)
				read_outcome(model, row,
							 &model->outcomes[model->noutcomes++]);
			continue;
		}
		model->nsignals++;
		read_signal(model, row, signal);
		if (signal->measure == PLS_ATTRIBUTE)
		{
			signal->match = keep_jsonpath(model, row, S_MATCH);
			signal->holds_unknown = holds_of_nothing(signal->match);
			model->needs_attributes = true;
		}
		else
			load_part(model, row, signal, descriptions, zone, exclusions);
	}
	order_rules(model, descriptions);
	model->rules = keep_zeros(model, model->nrules, sizeof(PlsPartRule));
	memcpy(model->rules, rules, model->nrules * sizeof(PlsPartRule));
}

/* ---------- the whole ---------- */

/*
 * The longest span that any part keeps; 0 if one keeps its rows for ever.
 */
static int64
longest_span(const PlsModel *model)
{
	int64		longest = 0;
	int			i;

	for (i = 0; i < model->nrules; i++)
	{
		if (model->rules[i].shape.span == 0)
			return 0;
		longest = Max(longest, model->rules[i].shape.span);
	}
	return longest;
}

static void
load_rows(PlsModel *model, PlsMotionRows *rows)
{
	StringInfoData exclusions;
	char	   *zone;

	initStringInfo(&exclusions);
	load_motion(model, linitial(rows->rows[PLS_MOTIONS]), &zone);
	load_exclusions(model, rows->rows[PLS_EXCLUSIONS], &exclusions);
	load_limits(model, rows->rows[PLS_LIMITS]);
	load_grades(model, rows->rows[PLS_GRADES]);
	load_signals(model, rows->rows[PLS_SIGNALS], zone, exclusions.data);
	model->longest_span = longest_span(model);
}

/*
 * Compile the rows of a motion into a model that lives in a context of its
 * own.
 *
 * Errors: 22003 or 22008 if a row was written past the checks of its table.
 */
PlsModel *
pls_model_load(PlsMotionRows *rows)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext context;
	MemoryContext scratch;
	PlsModel   *model;

	/* both below the caller's context until the model is complete */
	context = AllocSetContextCreate(caller, "pls model",
									ALLOCSET_SMALL_SIZES);
	scratch = AllocSetContextCreate(caller, "pls model loading",
									ALLOCSET_DEFAULT_SIZES);
	model = MemoryContextAllocZero(context, sizeof(PlsModel));
	model->context = context;
	model->motion = MemoryContextStrdup(context, rows->motion);
	model->digest = rows->digest;

	MemoryContextSwitchTo(scratch);
	load_rows(model, rows);
	MemoryContextSwitchTo(context);
	pls_model_index(model);

	MemoryContextSwitchTo(caller);
	MemoryContextDelete(scratch);
	MemoryContextSetParent(context, CacheMemoryContext);
	return model;
}
