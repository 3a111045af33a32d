/*-------------------------------------------------------------------------
 *
 * pls.h
 *	  Types and prototypes shared by the files of pls, grouped by file.
 *
 * Data flows one way.  observe.c (the trigger) and agg.c (the aggregates)
 * take rows; signal.c says what a row means to a model (model.c); evidence.c
 * keeps it; score.c values it; standing.c and backlog.c store it; decide.c
 * hands an edge to the decision rules, which are SQL.
 *
 * Units used throughout: instants of events are whole seconds since the Unix
 * epoch (PlsSeconds); instants of evaluation are TimestampTz (microseconds);
 * values, thresholds and points are integers of thousandths (PlsMilli).
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_H
#define PLS_H

#include "access/detoast.h"
#include "access/tableam.h"
#include "catalog/pg_type_d.h"
#include "executor/tuptable.h"
#include "fmgr.h"
#include "nodes/bitmapset.h"
#include "nodes/pg_list.h"
#include "pgtime.h"
#include "storage/lockdefs.h"
#include "utils/expandeddatum.h"
#include "utils/jsonb.h"
#include "utils/jsonpath.h"
#include "utils/relcache.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#include "decimal.h"
#include "pls_compat.h"

typedef int64 PlsSeconds;		/* whole seconds since 1970-01-01 00:00 UTC */

/* 2000-01-01, where PostgreSQL's instants begin, as PlsSeconds */
#define PLS_EPOCH_SECONDS \
	((int64) (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * SECS_PER_DAY)

/* what a timestamp can tell: from here on, to before here */
#define PLS_FIRST_SECOND (MIN_TIMESTAMP / USECS_PER_SEC + PLS_EPOCH_SECONDS)
#define PLS_LAST_SECOND	(END_TIMESTAMP / USECS_PER_SEC + PLS_EPOCH_SECONDS)

/* where a window without a beginning begins */
#define PLS_EVER		PG_INT64_MIN

#define PLS_MAX_NAME			63	/* bytes of a motion's or signal's name */
#define PLS_MAX_SIGNALS			256 /* signals of one motion */
#define PLS_MAX_PARTS			(2 * PLS_MAX_SIGNALS)
#define PLS_MIN_UNITS			64	/* K is never less */
#define PLS_MAX_NEED			256 /* a greater need is counted on a grid */
#define PLS_MAX_STEPS			32	/* of a sequence */
#define PLS_STEP_ROWS			64	/* kept of each of its events */
#define PLS_GRID_CELLS			128 /* cells that a grid's span is cut into */
#define PLS_MAX_DEPTH			1000	/* levels of a JSON document */

/* Bytes of texts in rows; a longer one is not read. */
#define PLS_MAX_EVENT			1024	/* event's name: as if unnamed */
#define PLS_MAX_ENTITY			1024	/* id: nobody's */
#define PLS_MAX_ADDRESS			1024	/* e-mail address: as if none */
#define PLS_MAX_DOCUMENT		(1024 * 1024)	/* properties: as if none */

/* pls.c: settings and the clock */
extern PGDLLEXPORT void _PG_init(void);
extern bool pls_enabled;
extern bool pls_log_decisions;
extern int	pls_decision_time;
extern int	pls_max_aggregate_state;
extern TimestampTz pls_clock(void);
extern TimestampTz pls_transaction_clock(void);
extern bool pls_is_ahead(TimestampTz instant, TimestampTz clock);

/* owner.c: reading configuration and writing state as the extension's owner */
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

/* restore.c: whether the session is loading a dump */
extern bool pls_in_restore(void);

/* evidence.c: what a motion remembers of an entity */
typedef enum PlsPartKind
{
	PLS_PART_TIMES = 't',		/* newest rows: times only */
	PLS_PART_LAST = 'l',		/* newest row: time and value */
	PLS_PART_ACTORS = 'a',		/* newest units with a hashed key */
	PLS_PART_PERIODS = 'p',		/* newest units with a period's number */
	PLS_PART_SUMS = 's',		/* grid of rows or sums */
	PLS_PART_MAXIMA = 'm',		/* grid of greatest values */
	PLS_PART_OLDEST = 'o',		/* first row: time */
	PLS_PART_STEPS = 'q'		/* newest rows of each step of a sequence */
} PlsPartKind;

typedef struct PlsItem
{
	PlsSeconds	at;				/* of the unit's newest row; of the cell */
	int128		amount;			/* key, value, sum, number of the event or 0,
								 * by the part's kind */
} PlsItem;

/* What a part keeps; equal for two parts that may be merged. */
typedef struct PlsPartShape
{
	uint64		fingerprint;	/* of all that decides what it holds */
	PlsPartKind kind;
	int			limit;			/* most units kept (of steps: rows of each
								 * event); 0 for a grid */
	int64		span;			/* seconds kept behind the newest; 0: all */
	int64		step;			/* seconds of a grid cell; 1: no grid */
} PlsPartShape;

/* Items are in ascending order of (at, amount) from items[start]. */
typedef struct PlsPart
{
	PlsPartShape shape;
	int			start;
	int			count;
	int			capacity;
	PlsItem    *items;
} PlsPart;

#define PLS_EVIDENCE_MAGIC	0x504C5345

typedef struct PlsEvidence
{
	ExpandedObjectHeader hdr;
	int			magic;
	MemoryContext context;		/* holds everything below */
	uint64		model;			/* serial of the one whose rules its parts
								 * are; 0: not known */
	int			nparts;
	PlsPart    *parts;			/* ascending by fingerprint */
	char		motion[PLS_MAX_NAME + 1];
} PlsEvidence;

#define pls_part_newest(part) \
	((part)->count == 0 ? NULL : \
	 &(part)->items[(part)->start + (part)->count - 1])

/*
 * Whether anything at that instant (of a grid: cell) may still change a part;
 * if not, it is what the part forgets.
 */
static pg_attribute_always_inline bool
pls_part_wants(const PlsPart *part, PlsSeconds at)
{
	const PlsItem *newest = pls_part_newest(part);

	if (newest == NULL)
		return true;
	if (part->shape.span != 0 && at <= newest->at - part->shape.span)
		return false;
	switch (part->shape.kind)
	{
		case PLS_PART_TIMES:
		case PLS_PART_LAST:
		case PLS_PART_ACTORS:
		case PLS_PART_PERIODS:
			return part->count < part->shape.limit ||
				at >= part->items[part->start].at;
		case PLS_PART_OLDEST:
			return at < part->items[part->start].at;
		default:
			return true;
	}
}

extern PlsEvidence *pls_evidence_create(MemoryContext context,
										const char *motion, int nparts);
extern void pls_part_add(MemoryContext context, PlsPart *part,
						 PlsSeconds at, int128 amount);
extern PlsPart *pls_evidence_find(const PlsEvidence *evidence,
								  uint64 fingerprint);
extern bool pls_evidence_mergeable(const PlsEvidence *into,
								   const PlsEvidence *from);
extern void pls_evidence_merge(PlsEvidence *into, const PlsEvidence *from);
extern PlsEvidence *pls_evidence_copy(MemoryContext context,
									  const PlsEvidence *from);
extern bool pls_same_shape(const PlsPartShape *a, const PlsPartShape *b);
extern bool pls_part_repeats_key(const PlsPart *part);
extern int	pls_item_compare(const PlsItem *a, const PlsItem *b);
extern bool pls_part_in_order(PlsPartKind kind, const PlsItem *older,
							  const PlsItem *newer);

/* known_shapes.c: shapes that were read before */
#define PLS_MOST_SHAPE_BYTES	(8 + 1 + 3 * 10)

extern void pls_shape_remember(const PlsPartShape *shape, const uint8 *bytes,
							   Size nbytes);
extern Size pls_shape_read(const uint8 *bytes, Size nbytes,
						   PlsPartShape *shape);
extern Size pls_shape_write(const PlsPartShape *shape, uint8 *at);

/* hex_text.c: the text of what is not for people to read */
extern char *pls_hex_bytes(const char *text, Size *length);
extern char *pls_hex_text(const char *bytes, Size length);

/* evidence_io.c: its flat form */
extern const char *pls_evidence_check(const char *data, Size length);
extern Size pls_evidence_flat_size(const PlsEvidence *evidence);
extern void pls_evidence_flatten(const PlsEvidence *evidence, void *result,
								 Size size);
extern Datum pls_evidence_to_datum(const PlsEvidence *evidence);
extern PlsEvidence *pls_evidence_from_datum(MemoryContext context,
											Datum datum);
extern PlsEvidence *pls_evidence_try_datum(MemoryContext context,
										   Datum datum);

/* exponential.c: exponential decay, exactly */
typedef struct PlsHalfLife
{
	int64		span;			/* microseconds */
	uint128		inverse;		/* 2^128 / span, rounded down */
} PlsHalfLife;

extern void pls_half_life_init(PlsHalfLife *half_life, int64 span);
extern PlsMilli pls_exponential_share(PlsMilli product, int64 scale,
									  int64 age,
									  const PlsHalfLife *half_life);

/* model.c: a motion's rows, compiled */
typedef enum PlsMeasure
{
	PLS_COUNT, PLS_ACTORS, PLS_DAYS, PLS_SUM, PLS_MAX, PLS_LAST,
	PLS_RECENCY, PLS_GROWTH, PLS_FIRST, PLS_SEQUENCE, PLS_ATTRIBUTE
} PlsMeasure;

typedef enum PlsOp
{
	PLS_GE, PLS_GT, PLS_LE, PLS_LT, PLS_EQ, PLS_NE
} PlsOp;

typedef enum PlsDecay
{
	PLS_DECAY_NONE, PLS_DECAY_LINEAR, PLS_DECAY_EXPONENTIAL, PLS_DECAY_STEP
} PlsDecay;

/* How a matching row becomes an item's amount; part of fingerprints. */
typedef enum PlsAmountRule
{
	PLS_AMOUNT_NONE,			/* 0 */
	PLS_AMOUNT_ONE,				/* 1: rows are added up */
	PLS_AMOUNT_ACTOR,			/* hash of the actor */
	PLS_AMOUNT_ACTOR_BIN,		/* hash of the actor and the bin of at */
	PLS_AMOUNT_DAY,				/* number of the local day */
	PLS_AMOUNT_PERIOD,			/* number of the period since the epoch */
	PLS_AMOUNT_VALUE,			/* the property, in thousandths */
	PLS_AMOUNT_STEP				/* number of the event among the rule's */
} PlsAmountRule;

/* A part of a motion's evidence: which rows enter it, and as what. */
typedef struct PlsPartRule
{
	PlsPartShape shape;
	PlsAmountRule amount;
	int64		bin;			/* microseconds of a collapse bin or period */
	char	   *property;
	bool		numeric_strings;
	int			nevents;		/* 0: every event */
	char	  **events;			/* sorted, each once */
	int			nsteps;			/* of a sequence */
	int		   *steps;			/* number of each step's event */
	JsonPath   *match;			/* NULL: no condition */
	char	   *match_text;
} PlsPartRule;

typedef struct PlsSignal
{
	char	   *name;
	char	   *category;
	char	   *why;
	bool		fit;			/* belongs to the fit dimension */
	int			category_rank;	/* position in the order of explain */
	PlsMeasure	measure;
	int			part;			/* index into rules; -1: attribute */
	int64		need;			/* units that must be told apart; 0: more */
	int			newest_part;	/* the part that tells the newest row */
	PlsOp		op;
	PlsMilli	threshold;		/* in milliseconds for recency and first */
	int64		window;			/* microseconds; 0: ever */
	int64		period;			/* sequence: microseconds remembered */
	int			nsteps;			/* sequence: as of its rule */
	const int  *steps;
	PlsMilli	min_base;
	int64		points;			/* milli-points */
	bool		per_unit;
	bool		has_min;
	bool		has_max;
	int64		min_points;
	int64		max_points;
	PlsDecay	decay;
	int64		decay_span;		/* microseconds */
	PlsHalfLife half_life;		/* the same, of exponential decay */
	bool		required;
	JsonPath   *match;			/* of an attribute */
	bool		holds_unknown;	/* match, of an account without attributes */
} PlsSignal;

typedef struct PlsCategoryLimit
{
	char	   *category;
	bool		has_min;
	bool		has_max;
	int64		min_points;
	int64		max_points;
} PlsCategoryLimit;

typedef struct PlsGrade
{
	bool		fit;
	int64		at_least;		/* milli-points */
	char	   *grade;
} PlsGrade;

/* A signal of category outcome: a match is written down, nothing is scored. */
typedef struct PlsOutcomeRule
{
	char	   *signal;
	char	   *outcome;
	int			nevents;
	char	  **events;
	JsonPath   *match;
} PlsOutcomeRule;

/* Actors whose rows never match. */
typedef struct PlsActorExclusion
{
	JsonPath   *match;
	int			nids;
	char	  **ids;
	int			ndomains;
	char	  **domains;
} PlsActorExclusion;

/* The rules that rows of one event name may enter. */
typedef struct PlsEventRules
{
	int			number;			/* 0: any other event, then 1, 2, ... */
	const char *event;			/* not terminated; NULL: any other event */
	int			length;
	uint32		hash;
	int			nrules;
	int		   *rules;
	int			nconditional;	/* of them, that ask for the properties */
	int			noutcomes;
	int		   *outcomes;
} PlsEventRules;

/* days.c: local days of a zone, and what is kept from one to the next */
typedef struct PlsLocalDays
{
	pg_tz	   *zone;
	PlsSeconds	offset_from;	/* the zone's offset holds from here ... */
	PlsSeconds	offset_until;	/* ... to before here */
	int64		offset;			/* seconds */
	PlsSeconds	day_from;		/* the local day of the last instant ... */
	PlsSeconds	day_until;
	int64		day;			/* ... and its number */
} PlsLocalDays;

extern int64 pls_local_day(PlsLocalDays *days, PlsSeconds at);
extern bool pls_next_zone_change(pg_tz *zone, PlsSeconds at,
								 PlsSeconds *change, int64 *offset);

typedef struct PlsModel
{
	MemoryContext context;
	uint64		serial;			/* tells it from all others, also later ones */
	int			pins;
	bool		dropped;		/* no longer in the cache */
	uint64		digest;			/* of the rows that it was made of */
	char	   *motion;
	bool		unit_is_user;
	bool		observed;		/* status other than draft */
	PlsLocalDays days;			/* of its time zone */
	int64		qualify_at;
	bool		has_triage;
	int64		triage_at;
	int64		release_at;
	bool		has_min;
	bool		has_max;
	int64		min_score;
	int64		max_score;
	int			min_signals;
	bool		needs_attributes;	/* some signal is an attribute */
	int64		longest_span;	/* seconds; 0: some part has no end */
	int			nrules;
	PlsPartRule *rules;			/* ascending by fingerprint */
	int			nsignals;
	PlsSignal  *signals;		/* in the order of explain */
	int			nlimits;
	PlsCategoryLimit *limits;
	int			ngrades;
	PlsGrade   *grades;			/* descending by at_least */
	int			noutcomes;
	PlsOutcomeRule *outcomes;
	int			nexclusions;
	PlsActorExclusion *exclusions;
	bool		excludes_ids;
	bool		excludes_domains;
	uint32		table_mask;		/* size of event_table - 1 */
	PlsEventRules **event_table;
	PlsEventRules other_events;
	int			nevents;		/* numbers of PlsEventRules */
} PlsModel;

extern PlsModel *pls_model_pin(const char *motion);
extern void pls_model_share(PlsModel *model);
extern void pls_model_unpin(PlsModel *model);
extern uint64 pls_model_generation(void);
extern uint64 pls_config_changes(int table);
extern void pls_config_snapshot_push(void);
extern List *pls_model_names(MemoryContext context);

/* model_index.c: from an event's name to rules */
extern void pls_model_index(PlsModel *model);

/* settle.c: the model of this moment */

extern PlsModel *pls_current_model(const char *motion);

/* config_table.c: rows of a configuration table */
typedef enum PlsConfigTable
{
	PLS_MOTIONS, PLS_SIGNALS, PLS_LIMITS, PLS_GRADES, PLS_EXCLUSIONS,
	PLS_FREE_DOMAINS, PLS_SOURCES
} PlsConfigTable;

#define PLS_MODEL_TABLES	PLS_FREE_DOMAINS	/* the first ones */
#define PLS_CONFIG_TABLES	(PLS_SOURCES + 1)

extern const char *const pls_config_names[PLS_CONFIG_TABLES];

typedef struct PlsConfigScan
{
	Relation	relation;
	TupleDesc	desc;
	TableScanDesc scan;
	TupleTableSlot *slot;
} PlsConfigScan;

/* A row that was taken out of its table. */
typedef struct PlsConfigRow
{
	Datum	   *values;
	bool	   *nulls;
} PlsConfigRow;

extern void pls_config_begin(PlsConfigScan *scan, PlsConfigTable table);
extern HeapTuple pls_config_next(PlsConfigScan *scan);
extern void pls_config_end(PlsConfigScan *scan);
typedef bool (*PlsConfigTest) (const void *arg, const PlsConfigScan *scan,
							   HeapTuple tuple);

extern bool pls_config_has(PlsConfigTable table, PlsConfigTest test,
						   const void *arg);
extern uint64 pls_config_hash(HeapTuple tuple);
extern PlsConfigRow *pls_config_row(const PlsConfigScan *scan,
									HeapTuple tuple);
extern Datum pls_config_column(const PlsConfigScan *scan, HeapTuple tuple,
							   int number, bool *isnull);
extern Datum pls_config_datum(const PlsConfigRow *row, int number,
							  bool *isnull);
extern char *pls_config_text(const PlsConfigRow *row, int number);
extern bool pls_config_bool(const PlsConfigRow *row, int number);
extern int64 pls_config_milli(const PlsConfigRow *row, int number,
							  bool *given);
extern int64 pls_config_span(const PlsConfigRow *row, int number);

/*
 * Spread a whole number over 64 bits, one to one (the finaliser of
 * splitmix64, by S. Vigna after D. Stafford's constants).
 */
static inline uint64
pls_mix64(uint64 value)
{
	value = (value ^ (value >> 30)) * UINT64CONST(0xbf58476d1ce4e5b9);
	value = (value ^ (value >> 27)) * UINT64CONST(0x94d049bb133111eb);
	return value ^ (value >> 31);
}

/* signal.c: what a row means to a model */
typedef struct PlsActorHash
{
	Oid			type;			/* invalid: the actor is hashed already */
	bool		is_varlena;
	FmgrInfo	proc;
} PlsActorHash;

typedef struct PlsRow
{
	const char *event;			/* not terminated */
	int			event_length;
	uint32		event_hash;
	PlsSeconds	at;
	bool		actor_is_null;
	Datum		actor;
	const PlsActorHash *actor_hash; /* how to hash it */
	/* the company's domain of the actor, asked for only if it matters */
	const char *(*domain) (void *arg);
	void	   *domain_arg;
	bool		properties_is_null;
	Datum		properties;		/* jsonb, detoasted when first needed */
	Jsonb	   *detoasted;
} PlsRow;

typedef struct PlsMatch
{
	int			rule;
	PlsSeconds	at;
	int128		amount;
} PlsMatch;

extern bool pls_actor_hash_init(PlsActorHash *hash, Oid type,
								MemoryContext context);

/*
 * Whether only a row's properties tell what it means to a rule.
 */
static inline bool
pls_rule_is_conditional(const PlsPartRule *rule)
{
	return rule->match != NULL || rule->amount == PLS_AMOUNT_VALUE;
}

extern bool pls_row_meets(PlsRow *row, const PlsPartRule *rule,
						  int128 *value);
extern Bitmapset *pls_row_outcomes(const PlsModel *model,
								   const PlsEventRules *rules, PlsRow *row);
extern int	pls_match_row(PlsModel *model, PlsRow *row,
						  PlsMatch *matches, Bitmapset **outcomes);
extern bool pls_row_is_excluded(const PlsModel *model, PlsRow *row);
extern bool pls_row_matches(PlsRow *row, JsonPath *match);
extern bool pls_row_amount(PlsModel *model, PlsRow *row,
						   const PlsPartRule *rule, int128 *amount);
extern uint64 pls_row_actor(const PlsRow *row);
extern uint64 pls_actor_key(const PlsPartRule *rule, uint64 actor,
							PlsSeconds at);
extern PlsSeconds pls_rule_cell(const PlsPartRule *rule, PlsSeconds at);
extern int64 pls_rule_period(PlsModel *model, const PlsPartRule *rule,
							 PlsSeconds at);
extern void pls_add_matches(PlsEvidence *evidence, const PlsMatch *matches,
							int nmatches);
extern PlsEvidence *pls_matches_evidence(MemoryContext context,
										 const PlsModel *model,
										 const PlsMatch *matches,
										 int nmatches);
extern PlsEvidence *pls_model_evidence(MemoryContext context,
									   const PlsModel *model);
extern bool pls_model_is_of(PlsEvidence *evidence, const PlsModel *model);
extern bool pls_jsonpath_holds(Jsonb *document, JsonPath *path);

/*
 * The quotient rounded towards minus infinity, as date_bin() does.
 */
static pg_attribute_always_inline int64
pls_floor_divide(int64 dividend, int64 divisor)
{
	int64		quotient = dividend / divisor;

	if (dividend % divisor != 0 && dividend < 0)
		quotient--;
	return quotient;
}

/*
 * The whole second in which a finite instant lies.
 */
static pg_attribute_always_inline PlsSeconds
pls_floor_second(TimestampTz at)
{
	return pls_floor_divide(at, USECS_PER_SEC) + PLS_EPOCH_SECONDS;
}

/*
 * The same; false if it is infinite.
 */
static pg_attribute_always_inline bool
pls_event_seconds(TimestampTz at, PlsSeconds *seconds)
{
	if (TIMESTAMP_NOT_FINITE(at))
		return false;
	*seconds = pls_floor_second(at);
	return true;
}

/*
 * The first whole second not before an instant: when an event of the future
 * has surely come.
 */
static inline TimestampTz
pls_due_second(TimestampTz at)
{
	TimestampTz second = at - at % USECS_PER_SEC;

	if (second < at && IS_VALID_TIMESTAMP(second + USECS_PER_SEC))
		second += USECS_PER_SEC;
	return second;
}

static pg_attribute_always_inline uint64
pls_hash_word(uint64 hash, const char *from, int nbytes)
{
	uint64		word = 0;

	memcpy(&word, from, nbytes);
	hash = (hash ^ word) * UINT64CONST(0x9E3779B97F4A7C15);
	return hash ^ (hash >> 32);
}

/*
 * Hash an event's name.
 *
 * This runs for every row, and names are short: one or two words, which may
 * overlap, hold most of them.  The value lives in memory only.
 */
static pg_attribute_always_inline uint32
pls_event_hash(const char *event, int length)
{
	uint64		hash = length;
	int			i;

	if (length >= 8)
	{
		for (i = 0; i < length - 8; i += 8)
			hash = pls_hash_word(hash, event + i, 8);
		hash = pls_hash_word(hash, event + length - 8, 8);
	}
	else if (length >= 4)
	{
		hash = pls_hash_word(hash, event, 4);
		hash = pls_hash_word(hash, event + length - 4, 4);
	}
	else
	{
		for (i = 0; i < length; i++)
			hash = pls_hash_word(hash, event + i, 1);
	}
	return (uint32) (hash ^ hash >> 16);
}

/*
 * Whether a value of variable length that is not NULL has more bytes than
 * that; it is not read.
 */
static pg_attribute_always_inline bool
pls_is_longer(Datum value, Size most)
{
	/* what lies elsewhere has a short header, too */
	return (!VARATT_IS_SHORT(DatumGetPointer(value)) ||
			VARATT_IS_EXTERNAL(DatumGetPointer(value))) &&
		toast_raw_datum_size(value) > most + VARHDRSZ;
}

/*
 * Set a row's actor.  One with an id that is too long is nobody.
 */
static pg_attribute_always_inline void
pls_row_set_actor(PlsRow *row, bool isnull, Datum actor,
				  const PlsActorHash *hash)
{
	row->actor_is_null = isnull ||
		(hash->is_varlena && pls_is_longer(actor, PLS_MAX_ENTITY));
	row->actor = actor;
	row->actor_hash = hash;
}

/*
 * Set a row's event name.  A row without a name (NULL, or one too long to be
 * any signal's) is taken as one with an empty name, which no signal can ask
 * for: it matches every-event signals.
 */
static pg_attribute_always_inline void
pls_row_event(PlsRow *row, bool isnull, Datum event)
{
	row->event = "";
	row->event_length = 0;
	if (!isnull && !pls_is_longer(event, PLS_MAX_EVENT))
	{
		struct varlena *name = (struct varlena *) DatumGetPointer(event);

		if (VARATT_IS_COMPRESSED(name) || VARATT_IS_EXTERNAL(name))
			name = pg_detoast_datum_packed(name);
		row->event = VARDATA_ANY(name);
		row->event_length = VARSIZE_ANY_EXHDR(name);
	}
	row->event_hash = pls_event_hash(row->event, row->event_length);
}

/*
 * Whether two names of one length are the same.  The last piece may overlap
 * the one before.
 */
static pg_attribute_always_inline bool
pls_same_bytes(const char *a, const char *b, int length)
{
	int			i;

	if (length >= 8)
	{
		for (i = 0; i < length - 8; i += 8)
			if (memcmp(a + i, b + i, 8) != 0)
				return false;
		return memcmp(a + length - 8, b + length - 8, 8) == 0;
	}
	if (length >= 4)
		return memcmp(a, b, 4) == 0 &&
			memcmp(a + length - 4, b + length - 4, 4) == 0;
	for (i = 0; i < length; i++)
		if (a[i] != b[i])
			return false;
	return true;
}

/*
 * The rules that rows of an event may enter.
 */
static pg_attribute_always_inline const PlsEventRules *
pls_model_event(const PlsModel *model, const char *event, int length,
				uint32 hash)
{
	uint32		slot = hash & model->table_mask;
	const PlsEventRules *rules;

	while ((rules = model->event_table[slot]) != NULL)
	{
		if (rules->hash == hash && rules->length == length &&
			pls_same_bytes(rules->event, event, length))
			return rules;
		slot = (slot + 1) & model->table_mask;
	}
	return &model->other_events;
}

/* score.c: what evidence is worth */
typedef struct PlsSignalScore
{
	bool		absent;			/* the evidence does not know it */
	bool		value_is_null;
	PlsMilli	value;			/* seconds x 1000 for recency and first */
	bool		met;
	bool		saturated;
	bool		has_newest;
	PlsSeconds	newest;
	PlsMilli	points;			/* before any clamp */
	PlsMilli	clamp;			/* what the signal's own clamp adds */
} PlsSignalScore;

typedef struct PlsScore
{
	PlsSignalScore *signals;	/* as model->signals */
	PlsMilli   *limits;			/* what each category limit adds */
	PlsMilli	engagement;
	PlsMilli	fit;
	PlsMilli	clamp;			/* what the score's clamp adds */
	PlsMilli	total;
	bool		required_met;
	int			signals_met;	/* met, with positive points */
	bool		stale;			/* some part of the model is absent */
} PlsScore;

typedef enum PlsLane
{
	PLS_LANE_NONE, PLS_LANE_TRIAGE, PLS_LANE_SALES
} PlsLane;

extern void pls_score(const PlsModel *model, const PlsEvidence *evidence,
					  TimestampTz as_of, Jsonb *attributes, PlsScore *score);
extern PlsSeconds pls_window_start(TimestampTz as_of, int64 window);
extern bool pls_score_has_items(const PlsModel *model,
								const PlsEvidence *evidence);
extern PlsMilli pls_score_unit(const PlsSignal *signal, PlsMilli units,
							   int64 scale, PlsSeconds at, TimestampTz as_of);
extern PlsMilli pls_score_met(const PlsSignal *signal, PlsSeconds newest,
							  TimestampTz as_of);
extern PlsMilli pls_score_clamp(PlsMilli points, bool has_min, int64 min,
								bool has_max, int64 max);
extern void pls_score_begin(const PlsModel *model, PlsScore *score);
extern void pls_score_part(const PlsSignal *signal, const PlsPart *part,
						   TimestampTz as_of, PlsSignalScore *result);
extern void pls_score_units(const PlsSignal *signal, PlsMilli units,
							PlsSignalScore *result);
extern void pls_score_growth(const PlsSignal *signal, PlsMilli later,
							 PlsMilli earlier, PlsSignalScore *result);
extern int	pls_sequence_level(const PlsSignal *signal, const PlsPart *part,
							   TimestampTz as_of);
extern void pls_score_age(PlsSeconds at, TimestampTz as_of,
						  PlsSignalScore *result);
extern void pls_score_end(const PlsModel *model, TimestampTz as_of,
						  bool scored, PlsScore *score);
extern PlsLane pls_lane(const PlsModel *model, const PlsScore *score,
						PlsLane before);
extern const char *pls_lane_name(PlsLane lane);
extern PlsLane pls_lane_parse(const char *name);
extern char *pls_grade(const PlsModel *model, const PlsScore *score);

/* next_look.c: until when time alone leaves a standing as it is */
typedef struct PlsStandingNow
{
	const PlsEvidence *evidence;
	const PlsScore *score;		/* of it, as of then */
	TimestampTz as_of;
	PlsLane		lane;
	const char *reason;			/* of the last decision; NULL: none */
	TimestampTz decide_again_at;	/* DT_NOEND: not at all */
	TimestampTz cooldown_until; /* DT_NOBEGIN: none */
} PlsStandingNow;

extern bool pls_grade_matters(const PlsModel *model,
							  const PlsStandingNow *standing);
extern bool pls_same_grade(const PlsModel *model, const PlsScore *a,
						   const PlsScore *b);
extern TimestampTz pls_next_look(const PlsModel *model,
								 const PlsStandingNow *standing,
								 const TimestampTz *planned);

/* tally_io.c and dated_evidence.c: states of pls.score() */
extern bool pls_tally_is_datum(Datum datum);
extern bool pls_tally_is_flat(const char *data, Size length);
extern const char *pls_tally_check(const char *data, Size length);

/* callsite.c: what one call of a function in a query keeps between rows */
struct PlsArena;
struct PlsTallyPlan;

typedef struct PlsCallSite
{
	MemoryContext context;		/* fn_mcxt */
	PlsModel   *model;			/* the one asked for last */
	int			motion_length;
	List	   *pinned;			/* all of them */
	MemoryContextCallback unpin;
	bool		knows_actor;
	PlsActorHash actor_hash;
	PlsMatch   *matches;
	int			nmatches;
	TupleDesc	result;			/* of a function that returns rows */
	/* of pls.score() */
	bool		knows_motion;
	bool		one_motion;		/* the motion is a constant */
	TimestampTz as_of;			/* of the arena's plan */
	struct PlsArena *arena;		/* of the last row; NULL: none ... */
	uint64		arenas_gone;	/* ... or if this is not pls_arenas_gone */
	int			nplans;			/* made or used here, most recent last */
	struct PlsTallyPlan **plans;	/* shared */
} PlsCallSite;

extern PlsCallSite *pls_callsite(FmgrInfo *flinfo);
extern PlsModel *pls_callsite_model(FmgrInfo *flinfo, const char *motion,
									int length);
extern TupleDesc pls_callsite_result(FunctionCallInfo fcinfo);
extern const PlsActorHash *pls_callsite_actor_hash(FmgrInfo *flinfo, int argument);
extern PlsMatch *pls_callsite_matches(FmgrInfo *flinfo,
									  const PlsModel *model);
extern struct PlsTallyPlan *pls_callsite_plan(FmgrInfo *flinfo,
											  MemoryContext aggregate_context,
											  PlsModel *model,
											  TimestampTz as_of);

struct Aggref;
extern struct Aggref *pls_transition_aggref(FunctionCallInfo fcinfo,
											bool *begins_null);

/* keyed_table.c: tables of pls that are read and written by their key */
typedef struct PlsTable
{
	MemoryContext context;		/* of what lives as long as it is open */
	Relation	heap;
	Relation	index;			/* on the leading columns, the text key */
	TupleTableSlot *slot;		/* the row found */
	struct EState *estate;		/* these two: made when indexes are written */
	struct ResultRelInfo *result_rel;
} PlsTable;

typedef struct PlsTableScan PlsTableScan;

/* What to do about a table that somebody has locked. */
typedef enum PlsWait
{
	PLS_NO_WAIT,
	PLS_WAIT,					/* as long as lock_timeout allows */
	PLS_WAIT_WITHOUT_LIMIT
} PlsWait;

extern bool pls_table_open(PlsTable *table, const char *name,
						   const char *index, LOCKMODE mode, PlsWait wait);
extern void pls_table_close(PlsTable *table);
extern PlsTableScan *pls_table_scan(PlsTable *table, Snapshot snapshot,
									int nkeys, const char *const *keys,
									const TimestampTz *until);
extern void pls_table_limit(PlsTableScan *scan, int most);
extern bool pls_table_was_cut(const PlsTableScan *scan);
extern bool pls_table_next(PlsTable *table, PlsTableScan *scan);
extern bool pls_table_next_to_update(PlsTable *table, PlsTableScan *scan);
extern void pls_table_end(PlsTableScan *scan);
extern bool pls_table_insert_unless_there(PlsTable *table, Datum *values,
										  bool *nulls);
extern void pls_table_insert(PlsTable *table, Datum *values, bool *nulls);
extern TM_Result pls_table_lock(PlsTable *table, LockTupleMode mode);
extern TM_Result pls_table_update(PlsTable *table, ItemPointer tid,
								  Datum *values, bool *nulls);
extern TM_Result pls_table_delete(PlsTable *table);

/* backlog.c: deltas that wait */
typedef enum PlsWaiting
{
	PLS_NOTHING_WAITS,
	PLS_PARTS_WAIT,
	PLS_TOO_MANY_WAIT			/* to look at them all, whatever they are */
} PlsWaiting;

typedef void (*PlsPartConsumer) (void *arg, const PlsEvidence *part,
								 TimestampTz newest);

extern void pls_backlog_begin(PlsTable *table);
extern void pls_backlog_add(PlsTable *table, const char *entity,
							const char *motion, const PlsEvidence *delta,
							TimestampTz not_before);
extern void pls_backlog_ask_rebuild(PlsTable *table, const char *entity,
									const char *motion);
extern void pls_backlog_ask_rebuild_once(const char *entity,
										 const char *motion);
extern PlsWaiting pls_backlog_waits(PlsTable *table, const char *entity,
									const char *motion, TimestampTz as_of,
									bool thorough, bool *marked);
extern void pls_backlog_take(PlsTable *table, const char *entity,
							 const char *motion, TimestampTz as_of,
							 bool thorough, PlsPartConsumer consumer,
							 void *arg);

/* standing.c: one row per motion and entity */
typedef struct PlsObserved
{
	PlsModel   *model;
	const char *entity;
	PlsEvidence *delta;			/* takes in what waits in the backlog; NULL:
								 * what one row matches, as it is here */
	const PlsMatch *matches;
	int			nmatches;
	TimestampTz newest;			/* newest event in the delta; DT_NOBEGIN: none */
	bool		thorough;		/* takes the time that an INSERT must not */
	bool		marked;			/* a mark says that the evidence is wrong */
	Jsonb	   *attributes;		/* of the account; NULL: none, or not needed */
} PlsObserved;

/* What evidence makes of an entity at an instant. */
typedef struct PlsVerdict
{
	PlsMilli	total;
	bool		stale;			/* the evidence is not of the model */
	PlsLane		lane;
	TimestampTz look_at;		/* a lower bound of when time changes that */
} PlsVerdict;

/* clock_mark.c: what the clock has said */
extern void pls_clock_mark(TimestampTz as_of);

extern bool pls_standings_open(PlsTable *table);
extern bool pls_standing_merge(PlsTable *standings, PlsTable *backlog,
							   PlsObserved *observed, TimestampTz *as_of,
							   PlsLane *decide);
extern bool pls_standing_plan(PlsTable *standings,
							  const PlsObserved *observed,
							  TransactionId version, TimestampTz look_at,
							  bool stale);
extern void pls_standing_put_aside(PlsTable *backlog,
								   PlsObserved *observed,
								   TimestampTz not_before);
extern bool pls_standing_has_history(TupleTableSlot *stored);
extern Datum pls_standing_evidence(TupleTableSlot *stored);
extern void pls_judge_as_new(const PlsModel *model,
							 const PlsEvidence *evidence, TimestampTz as_of,
							 Jsonb *attributes, PlsVerdict *verdict);
extern bool pls_standing_is_as_new(TupleTableSlot *stored, TimestampTz as_of);
extern bool pls_standing_rebuild(PlsTable *standings, TupleTableSlot *stored,
								 const PlsObserved *rebuilt, Datum evidence,
								 const PlsVerdict *as_new,
								 TimestampTz as_of);

/* identity.c: whose an event is */

/*
 * Whether a text can be an entity's id: what is empty names nobody, and what
 * is longer has no room in the indexes.
 */
static inline bool
pls_is_entity(const char *id)
{
	return *id != '\0' && strnlen(id, PLS_MAX_ENTITY + 1) <= PLS_MAX_ENTITY;
}

typedef struct PlsIdentity PlsIdentity;

/* of users looked up, where an application waits */
#define PLS_KNOWN_USERS_MEMORY	((Size) 4 * 1024 * 1024)

extern PlsIdentity *pls_identity_begin(Snapshot snapshot, Size memory,
									   PlsWait wait);
extern bool pls_identity_was_locked(const PlsIdentity *identity);
extern bool pls_identity_each_user(PlsIdentity *identity,
								   BlockNumber most_blocks,
								   bool (*consumer) (void *arg,
													 const char *user_id,
													 const char *account_id),
								   void *arg);
extern void pls_identity_end(PlsIdentity *identity);
extern const char *pls_identity_account(PlsIdentity *identity,
										const char *user_id,
										const char *email);
extern const char *pls_identity_domain(PlsIdentity *identity,
									   const char *user_id,
									   const char *email);
extern Jsonb *pls_identity_attributes(PlsIdentity *identity,
									  bool unit_is_user, const char *entity);

/* domain.c: what follows the @ */
#define PLS_MAX_DOMAIN	253		/* bytes, by RFC 1035 */

extern bool pls_address_domain(const char *address, int length, char *domain);
extern bool pls_domain_is_company(const char *domain);

/* source.c: the watched tables */

/* A column that holds an id. */
typedef struct PlsIdColumn
{
	AttrNumber	number;			/* 0: no such column */
	Oid			type;			/* beneath its domains */
	bool		is_varlena;
	FmgrInfo	output;
} PlsIdColumn;

typedef struct PlsSource
{
	int			source_id;		/* hash key, with relid */
	Oid			relid;
	uint64		generation;
	uint64		load;			/* another each time it is read */
	MemoryContext context;
	const char *problem;		/* why it cannot be read; NULL: it can */
	bool		was_locked;		/* and that is only because others have locked
								 * a table of pls */
	TimestampTz said_at;		/* when the server log was told, or 0 */
	AttrNumber	event;
	AttrNumber	at;
	AttrNumber	email;			/* 0: no such column */
	AttrNumber	properties;		/* 0: no such column */
	AttrNumber	last_column;	/* the last of all of them */
	PlsIdColumn account;
	PlsIdColumn actor;
	PlsActorHash actor_hash;
	int			nmodels;
	PlsModel  **models;			/* pinned */
	int			most_rules;		/* of one model */
} PlsSource;

struct TriggerData;
extern PlsSource *pls_source_get(struct TriggerData *trigger);
extern PlsSource *pls_source_find(int source_id, Oid relid);

/* event_reader.c: rows of a watched table, read as events */
typedef struct PlsEventReader
{
	MemoryContext own_context;	/* of the reader itself */
	MemoryContext context;		/* of what is needed until it ends */
	MemoryContext row_context;	/* reset after each row */
	PlsSource  *source;
	TupleDesc	desc;
	int			nmodels;
	PlsModel  **models;			/* pinned */
	MemoryContextCallback unpin;
	int			most_models;
	PlsIdentity *identity;		/* NULL: its own, not needed yet */
	PlsIdentity *own_identity;	/* NULL: none, or it is somebody else's */
	PlsMatch   *matches;
	int			most_matches;
	/* for rows of transition tables, while the source is as it was then */
	TupleTableSlot *rows_slot;	/* NULL: none yet */
	TupleDesc	rows_desc;
	uint64		rows_load;
	/* the row at hand */
	TupleTableSlot *slot;
	TimestampTz at;
	const char *user_id;		/* valid once resolved */
	bool		user_resolved;
	char		account_text[32];	/* of a whole number */
	char		user_text[32];
} PlsEventReader;

/* A text that need not be terminated, and its hash, where it is asked for. */
typedef struct PlsHashedText
{
	const char *text;			/* NULL: none */
	uint32		hash;
	uint16		length;
} PlsHashedText;

static inline bool
pls_is_whole_number(Oid type)
{
	return type == INT2OID || type == INT4OID || type == INT8OID;
}

/*
 * A whole number in an id column; false if it is of another type.
 */
static inline bool
pls_whole_number(Oid type, Datum value, int64 *number)
{
	switch (type)
	{
		case INT2OID:
			*number = DatumGetInt16(value);
			return true;
		case INT4OID:
			*number = DatumGetInt32(value);
			return true;
		case INT8OID:
			*number = DatumGetInt64(value);
			return true;
		default:
			return false;
	}
}

/* What tells whose a row is without looking anybody up. */
typedef enum PlsKeyKind
{
	PLS_ACCOUNT_NUMBER,			/* number */
	PLS_USER_NUMBER,			/* number, and text: the event's address, of
								 * which only what follows the last @ matters
								 * (see pls_address_domain()) */
	PLS_ENTITY_ID				/* text, with its hash: the entity's own id */
} PlsKeyKind;

#define PLS_NUMBER_KINDS	2

typedef struct PlsRowKey
{
	PlsKeyKind	kind;
	int64		number;
	PlsHashedText text;
} PlsRowKey;

#define pls_key_has_address(key) \
	((key)->kind == PLS_USER_NUMBER && (key)->text.text != NULL)

/* A row that matters to a motion. */
typedef struct PlsEvent
{
	int			model;			/* index */
	const char *entity;
	TimestampTz at;				/* as recorded */
	PlsSeconds	seconds;		/* floored */
	int			nmatches;
	const PlsMatch *matches;
	Bitmapset  *outcomes;		/* numbers of model->outcomes */
} PlsEvent;

typedef void (*PlsEventConsumer) (void *arg, const PlsEvent *event);

extern PlsEventReader *pls_reader_begin(PlsSource *source,
										Relation relation,
										PlsIdentity *identity);
extern PlsIdentity *pls_reader_identity(PlsEventReader *reader);
extern bool pls_reader_was_locked(const PlsEventReader *reader);
extern bool pls_reader_start_row(PlsEventReader *reader, TupleTableSlot *slot,
								 PlsRow *row);
extern bool pls_reader_key(const PlsSource *source, const PlsModel *model,
						   const Datum *values, const bool *nulls,
						   PlsRowKey *key);
extern bool pls_reader_names(PlsEventReader *reader, const char **user_id,
							 const char **account, const char **company);
extern const char *pls_reader_entity(PlsEventReader *reader,
									 const PlsModel *model);
extern void pls_reader_row(PlsEventReader *reader, TupleTableSlot *slot,
						   PlsEventConsumer consumer, void *arg);
extern void pls_reader_rows(PlsEventReader *reader, Tuplestorestate *rows,
							PlsEventConsumer consumer, void *arg);
extern void pls_reader_end(PlsEventReader *reader);

/* turns_since.c: turns that have not been counted yet */

typedef struct PlsTurn
{
	Datum		rep;			/* text; 0: absences or members have changed */
	TimestampTz charged_at;
	bool		has_no_instant;
	int32		n;
} PlsTurn;

extern int	pls_turns_since(HeapTupleHeader counted, PlsTurn **turns);

/* decide.c: the rare path, isolated from the application's transaction */
struct ErrorData;
extern struct ErrorData *pls_run_isolated(void (*work) (void *arg),
										  void *arg);

typedef struct PlsEdge
{
	const char *motion;
	const char *entity;
	PlsLane		lane;
	TimestampTz as_of;
	const char *reason;			/* of the decision; NULL: it failed */
} PlsEdge;

typedef struct PlsSeenOutcome
{
	const char *motion;
	bool		unit_is_user;
	const char *entity;
	const PlsOutcomeRule *rule;
	PlsSeconds	at;
} PlsSeenOutcome;

extern void pls_decide(PlsEdge *edge);
extern void pls_decide_some(List *edges);
extern void pls_record_outcomes(List *seen);

/* announce.c: notifications that do not stand in the way of 2PC */
extern void pls_announce_init(void);

#endif							/* PLS_H */
