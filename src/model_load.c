/*-------------------------------------------------------------------------
 *
 * model_load.c
 *	  A motion's rows, read and compiled into a model.
 *
 * What a row may say is checked when it is written (sql/20_motions.sql).
 * Loading takes the rows as they are and raises no error for their content:
 * it also runs beneath an application's INSERT.
 *
 * Two signals that look at the same rows in the same way share a part of the
 * evidence; the part then keeps the longer of their windows.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "executor/spi.h"
#include "lib/stringinfo.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "pls.h"

static const char *const motion_query =
"SELECT unit, status, time_zone,"
" (round(qualify_at, 3) * 1000)::bigint,"
" (round(triage_at, 3) * 1000)::bigint,"
" (round(coalesce(release_at, qualify_at), 3) * 1000)::bigint,"
" (round(min_score, 3) * 1000)::bigint,"
" (round(max_score, 3) * 1000)::bigint,"
" min_signals"
" FROM pls.motions WHERE motion = $1";

static const char *const signal_query =
"SELECT signal, category, events, match, match::text, measure, property,"
" numeric_strings,"
" (extract(epoch FROM within) * 1000000)::bigint,"
" (extract(epoch FROM period) * 1000000)::bigint,"
" op,"
" (round(threshold, 3) * 1000)::bigint,"
" (extract(epoch FROM collapse) * 1000000)::bigint,"
" (round(min_base, 3) * 1000)::bigint,"
" (round(points, 3) * 1000)::bigint,"
" per_unit,"
" (round(min_points, 3) * 1000)::bigint,"
" (round(max_points, 3) * 1000)::bigint,"
" decay,"
" (extract(epoch FROM decay_span) * 1000000)::bigint,"
" required, why, outcome"
" FROM pls.signals WHERE motion = $1 AND enabled"
" ORDER BY array_position(ARRAY['activation', 'depth', 'breadth',"
" 'integration', 'invite', 'admin', 'billing', 'risk', 'fit', 'outcome'],"
" category), category COLLATE \"C\", signal COLLATE \"C\"";

/* Columns of signal_query, in its order. */
enum
{
	S_SIGNAL = 1, S_CATEGORY, S_EVENTS, S_MATCH, S_MATCH_TEXT, S_MEASURE,
	S_PROPERTY, S_NUMERIC_STRINGS, S_WITHIN, S_PERIOD, S_OP, S_THRESHOLD,
	S_COLLAPSE, S_MIN_BASE, S_POINTS, S_PER_UNIT, S_MIN_POINTS, S_MAX_POINTS,
	S_DECAY, S_DECAY_SPAN, S_REQUIRED, S_WHY, S_OUTCOME
};

static const char *const limit_query =
"SELECT category, (round(min_points, 3) * 1000)::bigint,"
" (round(max_points, 3) * 1000)::bigint"
" FROM pls.category_limits WHERE motion = $1"
" ORDER BY category COLLATE \"C\"";

static const char *const grade_query =
"SELECT dimension = 'fit', (round(at_least, 3) * 1000)::bigint, grade"
" FROM pls.grades WHERE motion = $1 ORDER BY at_least DESC";

static const char *const exclusion_query =
"SELECT match, match::text, ids, domains FROM pls.exclusions"
" WHERE scope = 'actor' AND enabled AND (motion IS NULL OR motion = $1)"
" ORDER BY name COLLATE \"C\"";

/* Names of the enumerations in pls.h, in their order. */
static const char *const measure_names[] = {
	"count", "actors", "days", "sum", "max", "last", "recency", "growth",
	"first", "sequence", "attribute", NULL
};
static const char *const op_names[] = {
	">=", ">", "<=", "<", "=", "<>", NULL
};
static const char *const decay_names[] = {
	"none", "linear", "exponential", "step", NULL
};

/* ---------- columns of an SPI result ---------- */

static Datum
column(int row, int number, bool *isnull)
{
	return SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc,
						 number, isnull);
}

static char *
text_column(int row, int number)
{
	bool		isnull;
	Datum		value = column(row, number, &isnull);

	return isnull ? NULL : TextDatumGetCString(value);
}

static int64
long_column(int row, int number, bool *given)
{
	bool		isnull;
	Datum		value = column(row, number, &isnull);

	if (given != NULL)
		*given = !isnull;
	return isnull ? 0 : DatumGetInt64(value);
}

static bool
bool_column(int row, int number)
{
	bool		isnull;
	Datum		value = column(row, number, &isnull);

	return !isnull && DatumGetBool(value);
}

static JsonPath *
jsonpath_column(int row, int number)
{
	bool		isnull;
	Datum		value = column(row, number, &isnull);

	return isnull ? NULL : DatumGetJsonPathPCopy(value);
}

/*
 * A text[] column as a sorted list without repetitions; 0 if NULL.
 */
static int
list_column(int row, int number, char ***list)
{
	bool		isnull;
	Datum		value = column(row, number, &isnull);
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
	*list = palloc0(Max(length, 1) * sizeof(char *));
	for (i = 0; i < length; i++)
		if (!nulls[i])
			(*list)[kept++] = TextDatumGetCString(elements[i]);
	qsort(*list, kept, sizeof(char *), pg_qsort_strcmp);
	for (i = 1, length = Min(kept, 1); i < kept; i++)
		if (strcmp((*list)[i], (*list)[length - 1]) != 0)
			(*list)[length++] = (*list)[i];
	return length;
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

/*
 * Run a query about a motion and return the number of its rows.  SPI leaves
 * its own memory context behind: go back to the model's.
 */
static int
run(const char *query, const char *motion)
{
	MemoryContext context = CurrentMemoryContext;
	Oid			type = TEXTOID;
	Datum		value = CStringGetTextDatum(motion);

	if (SPI_execute_with_args(query, 1, &type, &value, NULL, true,
							  0) != SPI_OK_SELECT)
		elog(ERROR, "pls: reading the model of motion \"%s\" failed", motion);
	MemoryContextSwitchTo(context);
	return (int) SPI_processed;
}

/* ---------- from a signal to the part that it reads ---------- */

static int64
divide_up(int64 dividend, int64 divisor)
{
	return dividend / divisor + (dividend % divisor > 0 ? 1 : 0);
}

/*
 * Whether a clamp bounds points per unit, and at what: points above 0 run into
 * max_points, those below 0 into min_points.
 */
static bool
points_bound(const PlsSignal *signal, int64 *bound)
{
	*bound = signal->points < 0 ? signal->min_points : signal->max_points;
	return signal->points < 0 ? signal->has_min : signal->has_max;
}

/*
 * How many units a signal must be able to tell: one more than
 * its threshold, and for points per unit as many as reach the most points;
 * *enough says whether more of them could not change the points.
 */
static int64
units_needed(const PlsSignal *signal, bool *enough)
{
	int64		threshold = (int64) signal->threshold;
	int64		need = threshold > 0 ? divide_up(threshold, PLS_MILLI) + 1 : 1;
	int64		bound;

	*enough = !signal->per_unit;
	if (signal->per_unit && signal->decay == PLS_DECAY_NONE &&
		points_bound(signal, &bound) &&
		bound != 0 && (bound > 0) == (signal->points > 0))
	{
		need = Max(need, divide_up(llabs(bound), llabs(signal->points)));
		*enough = true;
	}
	return need;
}

/*
 * Whether a count is kept on a grid instead of row by row: where it may be
 * large, or points per unit have no bound.
 */
static bool
counts_on_grid(const PlsSignal *signal, const PlsPartRule *rule, int64 need)
{
	int64		bound;

	if (rule->bin != 0)
		return false;			/* collapsed: units have keys */
	return need > PLS_MAX_NEED ||
		(signal->per_unit &&
		 (signal->decay != PLS_DECAY_NONE || !signal->has_max ||
		  !points_bound(signal, &bound)));
}

static void
shape_units(PlsPartRule *rule, PlsPartKind kind, PlsAmountRule amount,
			int64 limit, int64 window)
{
	rule->shape.kind = kind;
	rule->shape.limit = (int) limit;
	rule->shape.span = divide_up(window, USECS_PER_SEC);
	rule->shape.step = 1;
	rule->amount = amount;
}

static void
shape_grid(PlsPartRule *rule, PlsPartKind kind, PlsAmountRule amount,
		   int64 window)
{
	rule->shape.kind = kind;
	rule->shape.limit = 0;
	rule->shape.span = Max(divide_up(window, USECS_PER_SEC), 1);
	rule->shape.step = Max(divide_up(window,
									 PLS_GRID_CELLS * USECS_PER_SEC), 1);
	rule->amount = amount;
}

/*
 * What a signal keeps of its rows.
 */
static void
shape_rule(PlsSignal *signal, PlsPartRule *rule, int64 period)
{
	bool		enough;
	int64		need = units_needed(signal, &enough);
	int64		limit = Min(Max(need, PLS_MIN_UNITS), PLS_MAX_NEED);

	signal->need = enough ? need : 0;
	switch (signal->measure)
	{
		case PLS_COUNT:
			if (counts_on_grid(signal, rule, need))
				shape_grid(rule, PLS_PART_SUMS, PLS_AMOUNT_ONE,
						   signal->window);
			else if (rule->bin != 0)
				shape_units(rule, PLS_PART_ACTORS, PLS_AMOUNT_ACTOR_BIN,
							limit, signal->window);
			else
				shape_units(rule, PLS_PART_TIMES, PLS_AMOUNT_NONE,
							limit, signal->window);
			break;
		case PLS_ACTORS:
			shape_units(rule, PLS_PART_ACTORS, PLS_AMOUNT_ACTOR,
						limit, signal->window);
			break;
		case PLS_DAYS:
			rule->bin = (period == USECS_PER_DAY) ? 0 : period;
			shape_units(rule, PLS_PART_PERIODS,
						rule->bin ? PLS_AMOUNT_PERIOD : PLS_AMOUNT_DAY,
						limit, signal->window);
			break;
		case PLS_SUM:
			shape_grid(rule, PLS_PART_SUMS, PLS_AMOUNT_VALUE, signal->window);
			break;
		case PLS_MAX:
			shape_grid(rule, PLS_PART_MAXIMA, PLS_AMOUNT_VALUE,
					   signal->window);
			break;
		case PLS_GROWTH:
			shape_grid(rule, PLS_PART_SUMS, PLS_AMOUNT_ONE,
					   2 * signal->window);
			break;
		case PLS_LAST:
			shape_units(rule, PLS_PART_LAST, PLS_AMOUNT_VALUE, 1, 0);
			break;
		case PLS_RECENCY:
			shape_units(rule, PLS_PART_TIMES, PLS_AMOUNT_NONE, 1, 0);
			break;
		case PLS_FIRST:
			shape_units(rule, PLS_PART_OLDEST, PLS_AMOUNT_NONE, 1, 0);
			break;
		case PLS_SEQUENCE:
			shape_units(rule, PLS_PART_STEPS, PLS_AMOUNT_STEP, PLS_STEP_ROWS,
						signal->period);
			break;
		case PLS_ATTRIBUTE:
			break;
	}
}

/*
 * All that decides what a part holds, but for its span, as text.
 */
static char *
describe_rule(const PlsPartRule *rule, const char *zone,
			  const char *exclusions)
{
	StringInfoData text;
	int			i;

	initStringInfo(&text);
	appendStringInfo(&text, "%c %d " INT64_FORMAT " %d " INT64_FORMAT " %s",
					 rule->shape.kind, rule->shape.limit, rule->shape.step,
					 rule->amount, rule->bin,
					 rule->amount == PLS_AMOUNT_DAY ? zone : "");
	if (rule->amount == PLS_AMOUNT_VALUE)
		appendStringInfo(&text, " %d %s", rule->numeric_strings,
						 quote_literal_cstr(rule->property));
	for (i = 0; i < rule->nevents; i++)
		appendStringInfo(&text, ",%s", quote_literal_cstr(rule->events[i]));
	for (i = 0; i < rule->nsteps; i++)
		appendStringInfo(&text, ">%d", rule->steps[i]);
	appendStringInfo(&text, " %s %s",
					 rule->match_text ?
					 quote_literal_cstr(rule->match_text) : "-",
					 exclusions);
	return text.data;
}

/* ---------- reading ---------- */

static void
load_motion(PlsModel *model, char **zone_name)
{
	char	   *unit;
	char	   *status;
	bool		given;

	if (run(motion_query, model->motion) != 1)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("motion \"%s\" does not exist", model->motion),
				 errhint("SELECT motion FROM pls.motions shows those that do; pls.create_motion() makes one.")));
	unit = text_column(0, 1);
	status = text_column(0, 2);
	model->unit_is_user = strcmp(unit, "user") == 0;
	model->observed = strcmp(status, "draft") != 0;
	*zone_name = text_column(0, 3);
	model->zone = pg_tzset(*zone_name);
	if (model->zone == NULL)
		model->zone = pg_tzset("GMT");
	model->offset_from = 0;
	model->offset_until = 0;
	model->qualify_at = long_column(0, 4, NULL);
	model->triage_at = long_column(0, 5, &model->has_triage);
	model->release_at = long_column(0, 6, NULL);
	model->min_score = long_column(0, 7, &model->has_min);
	model->max_score = long_column(0, 8, &model->has_max);
	model->min_signals = DatumGetInt32(column(0, 9, &given));
}

static void
load_exclusions(PlsModel *model, StringInfo description)
{
	int			nrows = run(exclusion_query, model->motion);
	int			i;
	int			j;

	model->exclusions = palloc0(Max(nrows, 1) * sizeof(PlsActorExclusion));
	model->nexclusions = nrows;
	for (i = 0; i < nrows; i++)
	{
		PlsActorExclusion *exclusion = &model->exclusions[i];
		char	   *match_text = text_column(i, 2);

		exclusion->match = jsonpath_column(i, 1);
		exclusion->nids = list_column(i, 3, &exclusion->ids);
		exclusion->ndomains = list_column(i, 4, &exclusion->domains);
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

static void
load_limits(PlsModel *model)
{
	int			i;

	model->nlimits = run(limit_query, model->motion);
	model->limits = palloc0(Max(model->nlimits, 1) *
							sizeof(PlsCategoryLimit));
	for (i = 0; i < model->nlimits; i++)
	{
		PlsCategoryLimit *limit = &model->limits[i];

		limit->category = text_column(i, 1);
		limit->min_points = long_column(i, 2, &limit->has_min);
		limit->max_points = long_column(i, 3, &limit->has_max);
	}
}

static void
load_grades(PlsModel *model)
{
	int			i;

	model->ngrades = run(grade_query, model->motion);
	model->grades = palloc0(Max(model->ngrades, 1) * sizeof(PlsGrade));
	for (i = 0; i < model->ngrades; i++)
	{
		model->grades[i].fit = bool_column(i, 1);
		model->grades[i].at_least = long_column(i, 2, NULL);
		model->grades[i].grade = text_column(i, 3);
	}
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
read_signal(int row, PlsSignal *signal)
{
	bool		given;

	signal->name = text_column(row, S_SIGNAL);
	signal->category = text_column(row, S_CATEGORY);
	signal->why = text_column(row, S_WHY);
	signal->fit = strcmp(signal->category, "fit") == 0;
	signal->measure = position_of(text_column(row, S_MEASURE), measure_names);
	signal->op = position_of(text_column(row, S_OP), op_names);
	signal->window = long_column(row, S_WITHIN, NULL);
	signal->threshold = long_column(row, S_THRESHOLD, &given);
	if (!given)
		signal->threshold = PLS_MILLI;	/* at least one */
	if (signal->measure == PLS_RECENCY || signal->measure == PLS_FIRST)
		signal->threshold = pls_divide_rounded(signal->window, 1000);
	signal->min_base = long_column(row, S_MIN_BASE, &given);
	if (!given)
		signal->min_base = PLS_MILLI;
	signal->points = long_column(row, S_POINTS, NULL);
	signal->per_unit = bool_column(row, S_PER_UNIT);
	signal->min_points = long_column(row, S_MIN_POINTS, &signal->has_min);
	signal->max_points = long_column(row, S_MAX_POINTS, &signal->has_max);
	signal->decay = position_of(text_column(row, S_DECAY), decay_names);
	signal->decay_span = long_column(row, S_DECAY_SPAN, NULL);
	pls_half_life_init(&signal->half_life, Max(signal->decay_span, 1));
	signal->required = bool_column(row, S_REQUIRED);
	signal->match = jsonpath_column(row, S_MATCH);
	signal->part = -1;
}

static void
read_rule(int row, PlsPartRule *rule)
{
	rule->nevents = list_column(row, S_EVENTS, &rule->events);
	rule->match = jsonpath_column(row, S_MATCH);
	rule->match_text = text_column(row, S_MATCH_TEXT);
	rule->property = text_column(row, S_PROPERTY);
	if (rule->property == NULL)
		rule->property = "";
	rule->numeric_strings = bool_column(row, S_NUMERIC_STRINGS);
	rule->bin = long_column(row, S_COLLAPSE, NULL);
}

/*
 * The steps of a sequence: for each, which of the rule's events it is.
 */
static void
read_steps(int row, PlsSignal *signal, PlsPartRule *rule)
{
	bool		isnull;
	Datum		value = column(row, S_EVENTS, &isnull);
	Datum	   *elements;
	bool	   *nulls;
	int			i;
	int			j;

	if (isnull)
		return;
	deconstruct_array(DatumGetArrayTypeP(value), TEXTOID, -1, false,
					  TYPALIGN_INT, &elements, &nulls, &rule->nsteps);
	rule->nsteps = Min(rule->nsteps, PLS_MAX_STEPS);
	rule->steps = palloc0(Max(rule->nsteps, 1) * sizeof(int));
	for (i = 0; i < rule->nsteps; i++)
	{
		char	   *event = TextDatumGetCString(elements[i]);

		for (j = 0; j < rule->nevents; j++)
			if (strcmp(rule->events[j], event) == 0)
				rule->steps[i] = j;
	}
	signal->nsteps = rule->nsteps;
	signal->steps = rule->steps;
	signal->period = long_column(row, S_PERIOD, NULL);
	if (signal->period == 0)
		signal->period = 2 * signal->window;
}

static void
read_outcome(int row, PlsOutcomeRule *outcome)
{
	outcome->signal = text_column(row, S_SIGNAL);
	outcome->outcome = text_column(row, S_OUTCOME);
	if (outcome->outcome == NULL)
		outcome->outcome = "conversion";
	outcome->nevents = list_column(row, S_EVENTS, &outcome->events);
	outcome->match = jsonpath_column(row, S_MATCH);
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

static void
load_signals(PlsModel *model, const char *zone, const char *exclusions)
{
	int			nrows = run(signal_query, model->motion);
	char	  **descriptions = palloc0(Max(2 * nrows, 1) * sizeof(char *));
	int			i;

	nrows = Min(nrows, PLS_MAX_SIGNALS);
	model->signals = palloc0(Max(nrows, 1) * sizeof(PlsSignal));
	/* a signal has two rules at the most */
	model->rules = palloc0(Max(2 * nrows, 1) * sizeof(PlsPartRule));
	model->outcomes = palloc0(Max(nrows, 1) * sizeof(PlsOutcomeRule));
	for (i = 0; i < nrows; i++)
	{
		PlsSignal  *signal = &model->signals[model->nsignals];
		PlsPartRule rule = {{0}};

		read_signal(i, signal);
		if (strcmp(signal->category, "outcome") == 0)
		{
			read_outcome(i, &model->outcomes[model->noutcomes++]);
			continue;
		}
		model->nsignals++;
		if (signal->measure == PLS_ATTRIBUTE)
		{
			signal->holds_unknown = holds_of_nothing(signal->match);
			model->needs_attributes = true;
			continue;
		}
		read_rule(i, &rule);
		if (signal->measure == PLS_SEQUENCE)
			read_steps(i, signal, &rule);
		shape_rule(signal, &rule, long_column(i, S_PERIOD, NULL) ?
				   long_column(i, S_PERIOD, NULL) : USECS_PER_DAY);
		signal->part = intern_rule(model, &rule, descriptions,
								   describe_rule(&rule, zone, exclusions));
		signal->newest_part = signal->part;
		if (signal->measure == PLS_FIRST && signal->decay != PLS_DECAY_NONE)
		{
			/* decay goes by the newest row, which the first does not tell */
			shape_units(&rule, PLS_PART_TIMES, PLS_AMOUNT_NONE, 1, 0);
			signal->newest_part =
				intern_rule(model, &rule, descriptions,
							describe_rule(&rule, zone, exclusions));
		}
	}
	order_rules(model, descriptions);
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
begin_reading(PlsOwnerScope *scope)
{
	pls_owner_begin(scope);
	pls_config_snapshot_push();
}

static void
end_reading(PlsOwnerScope *scope)
{
	PopActiveSnapshot();
	pls_owner_end(scope);
}

/*
 * Compile a motion into a model that lives in a context of its own.
 *
 * Errors: 42704 if there is no such motion.
 */
PlsModel *
pls_model_load(const char *motion)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext context;
	PlsOwnerScope scope;
	PlsModel   *model;
	StringInfoData exclusions;
	char	   *zone;

	/* below the caller's context until it is complete */
	context = AllocSetContextCreate(caller, "pls model",
									ALLOCSET_SMALL_SIZES);
	begin_reading(&scope);
	MemoryContextSwitchTo(context);

	model = palloc0(sizeof(PlsModel));
	model->context = context;
	model->motion = pstrdup(motion);
	initStringInfo(&exclusions);
	load_motion(model, &zone);
	load_exclusions(model, &exclusions);
	load_limits(model);
	load_grades(model);
	load_signals(model, zone, exclusions.data);
	pls_model_index(model);
	model->longest_span = longest_span(model);

	end_reading(&scope);
	MemoryContextSwitchTo(caller);
	MemoryContextSetParent(context, CacheMemoryContext);
	return model;
}

/*
 * The motions that observe events, as a list of strings in the context.
 */
List *
pls_model_names(MemoryContext context)
{
	PlsOwnerScope scope;
	List	   *names = NIL;
	uint64		i;

	begin_reading(&scope);
	if (SPI_execute("SELECT motion FROM pls.motions WHERE status <> 'draft'"
					" ORDER BY motion COLLATE \"C\"", true,
					0) != SPI_OK_SELECT)
		elog(ERROR, "pls: reading the names of motions failed");
	for (i = 0; i < SPI_processed; i++)
	{
		MemoryContext previous = MemoryContextSwitchTo(context);

		names = lappend(names, text_column((int) i, 1));
		MemoryContextSwitchTo(previous);
	}
	end_reading(&scope);
	return names;
}
