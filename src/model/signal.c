/*-------------------------------------------------------------------------
 *
 * signal.c
 *	  What a row of events means to a model: which parts of the evidence it
 *	  enters, and as what.
 *
 * This runs beneath every INSERT of a watched table and for every row of an
 * aggregate.  It looks at the cheapest thing first: the event's name (its
 * hash is computed once per row), then the rules of that name only, and the
 * properties are detoasted when the first rule asks for them.
 *
 * Nothing here raises an error because of a row's data, or takes more memory
 * than a small multiple of PLS_MAX_DOCUMENT: what is larger, or nested deeper
 * than PLS_MAX_DEPTH, is as if it were not there.  These limits, and not what
 * the server can just take, decide, so that the answer is the same wherever
 * a row is looked at, however much of the stack is in use there.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "nodes/bitmapset.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/typcache.h"

#include "decimal.h"
#include "hex_text.h"
#include "mix64.h"
#include "model/event_row.h"
#include "model/model.h"
#include "model/model_index.h"
#include "model/predicate.h"
#include "model/signal.h"
#include "model/text_type.h"
#include "pls.h"
#include "pls_compat.h"
#include "time/instant.h"
#include "time/local_day.h"

/* Bits of an actor's hash that are kept: see KEY_BYTES in evidence_io.c. */
#define KEY_BITS 48

#define MOST_DIGITS 18			/* of a number that a text is hashed as */

/*
 * Prepare to hash actors of a type; false if it has no hash function.
 */
bool
pls_actor_hash_init(PlsActorHash *hash, Oid type, MemoryContext context)
{
	TypeCacheEntry *entry;

	hash->type = getBaseType(type);
	hash->is_varlena = get_typlen(hash->type) == -1;
	hash->text.kind = PLS_TEXT_STORED;
	if (hash->type == UNKNOWNOID)
		return true;
	pls_text_type_init(&hash->text, hash->type, context);
	if (hash->text.kind == PLS_TEXT_FOLDED ||
		hash->text.kind == PLS_TEXT_LABEL)
		return true;
	switch (hash->type)
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case TEXTOID:
		case VARCHAROID:
			return true;
		default:
			break;
	}
	entry = lookup_type_cache(hash->type, TYPECACHE_HASH_EXTENDED_PROC);
	if (!OidIsValid(entry->hash_extended_proc))
		return false;
	fmgr_info_cxt(entry->hash_extended_proc, &hash->proc, context);
	return true;
}

/*
 * Hash the text of an actor: one that is a whole number's like that number, so
 * that it is the same actor in a table that has numbers.
 */
static uint64
hash_text(const char *text, int length)
{
	uint64		number = 0;
	bool		is_negative = length > 1 && *text == '-';
	int			i = is_negative;

	/* as pg_lltoa() writes it; so many digits cannot overflow */
	if (length > 0 && length - i <= MOST_DIGITS &&
		((text[i] >= '1' && text[i] <= '9') ||
		 (text[i] == '0' && length == 1)))
	{
		for (; i < length && text[i] >= '0' && text[i] <= '9'; i++)
			number = number * 10 + (text[i] - '0');
		if (i == length)
			return pls_mix64(is_negative ? -number : number);
	}
	return hash_bytes_extended((const unsigned char *) text, length, 0);
}

static uint64
hash_string(const char *text)
{
	return hash_text(text, strlen(text));
}

/*
 * 64 bits of a row's actor; 0 if it has none.  Whole numbers of any width
 * hash alike, and so do texts of any type, and texts and the numbers in them.
 */
uint64
pls_row_actor(const PlsRow *row)
{
	const PlsActorHash *hash = row->actor_hash;

	if (row->actor_is_null)
		return 0;
	switch (hash->type)
	{
		case InvalidOid:
			return DatumGetUInt64(row->actor);
		case INT2OID:
			return pls_mix64((uint64) (int64) DatumGetInt16(row->actor));
		case INT4OID:
			return pls_mix64((uint64) (int64) DatumGetInt32(row->actor));
		case INT8OID:
			return pls_mix64((uint64) DatumGetInt64(row->actor));
		case UNKNOWNOID:
			return hash_string(DatumGetCString(row->actor));
		case TEXTOID:
		case VARCHAROID:
			{
				struct varlena *text = PG_DETOAST_DATUM_PACKED(row->actor);
				uint64		result;

				result = hash_text(VARDATA_ANY(text), VARSIZE_ANY_EXHDR(text));
				if ((Pointer) text != DatumGetPointer(row->actor))
					pfree(text);
				return result;
			}
		default:
			if (hash->text.kind != PLS_TEXT_OUTPUT)
				return hash_string(pls_text_of(&hash->text, row->actor));
			return DatumGetUInt64(FunctionCall2Coll((FmgrInfo *) &hash->proc,
													C_COLLATION_OID,
													row->actor,
													Int64GetDatum(0)));
	}
}

/*
 * The number of the bin, of so many microseconds since the epoch, in which an
 * instant lies.
 */
static int64
bin_of(PlsSeconds at, int64 bin)
{
	int128		microseconds = (int128) at * USECS_PER_SEC;
	int128		number = microseconds / bin;

	if (microseconds < 0 && microseconds % bin != 0)
		number--;
	return (int64) number;
}

/*
 * The number of the day or period of an instant, as a rule counts them.
 */
int64
pls_rule_period(PlsModel *model, const PlsPartRule *rule, PlsSeconds at)
{
	return rule->amount == PLS_AMOUNT_DAY ? pls_local_day(&model->days, at) :
		bin_of(at, rule->bin);
}

/*
 * The key of a unit that an actor belongs to, alone or with the bin of the
 * instant.
 */
uint64
pls_actor_key(const PlsPartRule *rule, uint64 actor, PlsSeconds at)
{
	if (rule->amount == PLS_AMOUNT_ACTOR_BIN)
		actor = hash_combine64(actor, pls_mix64((uint64) bin_of(at, rule->bin)));
	return actor >> (64 - KEY_BITS);
}

/*
 * The instant under which a rule keeps a row: the start of its cell on a
 * grid.
 */
PlsSeconds
pls_rule_cell(const PlsPartRule *rule, PlsSeconds at)
{
	if (rule->shape.step == 1)
		return at;
	return pls_floor_divide(at, rule->shape.step) * rule->shape.step;
}

/*
 * The row's properties; NULL if it has none, or none that can be looked at.
 */
Jsonb *
pls_row_properties(PlsRow *row)
{
	if (row->properties_is_null)
		return NULL;
	if (row->detoasted != NULL)
		return row->detoasted;
	if (row->document != NULL)
		row->detoasted = row->document(row->document_arg);
	else if (!pls_is_longer(row->properties, PLS_MAX_DOCUMENT))
		row->detoasted = DatumGetJsonbP(row->properties);
	if (row->detoasted != NULL && pls_is_too_deep(row->detoasted))
		row->detoasted = NULL;
	row->properties_is_null = (row->detoasted == NULL);
	return row->detoasted;
}

/*
 * Whether the row meets a condition; NULL is none.
 */
bool
pls_row_matches(PlsRow *row, JsonPath *match)
{
	Jsonb	   *properties;

	if (match == NULL)
		return true;
	properties = pls_row_properties(row);
	return properties != NULL && pls_path_holds(properties, match);
}

/*
 * What is found by going from name to name, which dots part, into objects
 * within objects; false if there is nothing.  An array ends the way.
 */
static bool
find_by_path(JsonbContainer *container, const char *path, int length,
			 JsonbValue *found)
{
	const char *end = path + length;

	for (;;)
	{
		const char *dot = memchr(path, '.', end - path);
		int			name_length = (dot != NULL ? dot : end) - path;

		if (getKeyJsonValueFromContainer(container, path, name_length,
										 found) == NULL)
			return false;
		if (dot == NULL)
			return true;
		if (found->type != jbvBinary ||
			!JsonContainerIsObject(found->val.binary.data))
			return false;
		container = found->val.binary.data;
		path = dot + 1;
	}
}

/*
 * The property that a rule reads, wherever it asks for one; false if the row
 * does not have it.  A property of exactly that name comes before one within
 * another.
 */
static bool
row_property(PlsRow *row, const PlsPartRule *rule, JsonbValue *found)
{
	Jsonb	   *properties = pls_row_properties(row);

	if (properties == NULL || !JB_ROOT_IS_OBJECT(properties))
		return false;
	if (getKeyJsonValueFromContainer(&properties->root, rule->property,
									 rule->property_length, found) != NULL)
		return true;
	return rule->property_is_path &&
		find_by_path(&properties->root, rule->property,
					 rule->property_length, found);
}

/*
 * A property as a number; false if it is none.
 */
static bool
property_number(const JsonbValue *found, bool numeric_strings, int128 *value)
{
	int64		milli = 0;
	bool		good = false;

	if (found->type == jbvNumeric)
		good = pls_numeric_to_milli(NumericGetDatum(found->val.numeric),
									&milli);
	else if (found->type == jbvString && numeric_strings)
		good = pls_parse_milli(found->val.string.val, found->val.string.len,
							   &milli);
	*value = milli;
	return good;
}

/*
 * The key of a property as a unit, that of its text; false if it is null, an
 * array or an object.  Numbers that are equal have one text, so 1 and 1.0 are
 * the same, and so is the string "1".
 */
static bool
property_key(const JsonbValue *found, int128 *key)
{
	const char *text;
	int			length;
	char	   *number = NULL;

	switch (found->type)
	{
		case jbvString:
			text = found->val.string.val;
			length = found->val.string.len;
			break;
		case jbvNumeric:
			text = number = numeric_normalize(found->val.numeric);
			length = strlen(text);
			break;
		case jbvBool:
			text = found->val.boolean ? "true" : "false";
			length = strlen(text);
			break;
		default:
			return false;
	}
	*key = hash_bytes_extended((const unsigned char *) text, length, 0) >>
		(64 - KEY_BITS);
	if (number != NULL)
		pfree(number);
	return true;
}

/*
 * What a rule's property adds to its part; false if the row has none that it
 * can use.
 */
static bool
property_amount(PlsRow *row, const PlsPartRule *rule, int128 *amount)
{
	JsonbValue	found;

	if (!row_property(row, rule, &found))
		return false;
	if (rule->amount == PLS_AMOUNT_PROPERTY)
		return property_key(&found, amount);
	return property_number(&found, rule->numeric_strings, amount);
}

/*
 * What the row adds to a part; false if it adds nothing.
 */
bool
pls_row_amount(PlsModel *model, PlsRow *row, const PlsPartRule *rule,
			   int128 *amount)
{
	uint64		actor = 0;

	switch (rule->amount)
	{
		case PLS_AMOUNT_STEP:
			*amount = pls_rule_step(rule, row->event, row->event_length);
			return *amount >= 0;
		case PLS_AMOUNT_VALUE:
		case PLS_AMOUNT_PROPERTY:
			return property_amount(row, rule, amount);
		case PLS_AMOUNT_ACTOR:
		case PLS_AMOUNT_ACTOR_BIN:
			actor = pls_row_actor(row);
			break;
		default:
			break;
	}
	return pls_plain_amount(model, rule, row->at, !row->actor_is_null, actor,
							amount);
}

/*
 * Whether a text is in a sorted list.
 */
static bool
is_listed(const char *text, char **list, int length)
{
	return length > 0 &&
		bsearch(&text, list, length, sizeof(char *), pg_qsort_strcmp) != NULL;
}

/*
 * An actor's identifier as text.
 */
static char *
actor_text(const PlsRow *row)
{
	if (row->actor_hash->type == UNKNOWNOID)
		return DatumGetCString(row->actor);
	return pls_text_of(&row->actor_hash->text, row->actor);
}

/*
 * Whether the row is by an actor whose rows never match.
 */
bool
pls_row_is_excluded(const PlsModel *model, PlsRow *row)
{
	const char *actor = NULL;
	const char *domain = NULL;
	int			i;

	if (model->excludes_ids && !row->actor_is_null)
		actor = actor_text(row);
	if (model->excludes_domains && row->domain != NULL)
		domain = row->domain(row->domain_arg);
	for (i = 0; i < model->nexclusions; i++)
	{
		const PlsActorExclusion *exclusion = &model->exclusions[i];

		if (exclusion->match != NULL && pls_row_matches(row, exclusion->match))
			return true;
		if (actor != NULL && is_listed(actor, exclusion->ids,
									   exclusion->nids))
			return true;
		if (domain != NULL && is_listed(domain, exclusion->domains,
										exclusion->ndomains))
			return true;
	}
	return false;
}

/*
 * Whether a row meets a rule as far as its properties decide, which is all
 * that cannot be said of it later; of a rule that reads a property *value is
 * what that adds.
 */
bool
pls_row_meets(PlsRow *row, const PlsPartRule *rule, int128 *value)
{
	return pls_row_matches(row, rule->match) &&
		(!pls_rule_reads_property(rule) || property_amount(row, rule, value));
}

/*
 * The numbers of the outcome rules that a row meets; NULL if none.
 */
Bitmapset *
pls_row_outcomes(const PlsModel *model, const PlsEventRules *rules,
				 PlsRow *row)
{
	Bitmapset  *outcomes = NULL;
	int			i;

	for (i = 0; i < rules->noutcomes; i++)
	{
		int			outcome = rules->outcomes[i];

		if (pls_row_matches(row, model->outcomes[outcome].match))
			outcomes = bms_add_member(outcomes, outcome);
	}
	return outcomes;
}

/*
 * Match a row against a model: fill in what it adds to which parts (room
 * for model->nrules is needed) and return their number.  *outcomes becomes
 * the outcome rules that it meets, if that is not NULL.
 */
int
pls_match_row(PlsModel *model, PlsRow *row, PlsMatch *matches,
			  Bitmapset **outcomes)
{
	const PlsEventRules *rules;
	int			nmatches = 0;
	int			i;

	rules = pls_model_event(model, row->event, row->event_length,
							row->event_hash);
	if (rules->nrules == 0 && rules->noutcomes == 0)
		return 0;
	pls_row_settle_actor(row);
	if (model->nexclusions > 0 && pls_row_is_excluded(model, row))
		return 0;

	for (i = 0; i < rules->nrules; i++)
	{
		const PlsPartRule *rule = &model->rules[rules->rules[i]];
		PlsMatch   *match = &matches[nmatches];

		if (!pls_row_meets(row, rule, &match->amount) ||
			(!pls_rule_reads_property(rule) &&
			 !pls_row_amount(model, row, rule, &match->amount)))
			continue;
		match->rule = rules->rules[i];
		match->at = pls_rule_cell(rule, row->at);
		nmatches++;
	}
	if (outcomes != NULL && rules->noutcomes > 0)
		*outcomes = pls_row_outcomes(model, rules, row);
	return nmatches;
}
