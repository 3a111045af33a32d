/*-------------------------------------------------------------------------
 *
 * model.h
 *	  A motion's rows, compiled.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_MODEL_H
#define PLS_MODEL_H

#include "utils/jsonpath.h"

#include "decimal.h"
#include "exponential.h"
#include "model/part_shape.h"
#include "time/local_day.h"

typedef enum PlsMeasure
{
	PLS_COUNT, PLS_ACTORS, PLS_DAYS, PLS_DISTINCT, PLS_SUM, PLS_MAX, PLS_LAST,
	PLS_RECENCY, PLS_GROWTH, PLS_FIRST, PLS_SEQUENCE, PLS_RESTART, PLS_ATTRIBUTE
} PlsMeasure;

typedef enum PlsOp
{
	PLS_GE, PLS_GT, PLS_LE, PLS_LT, PLS_EQ
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
	PLS_AMOUNT_STEP,			/* number of the event among the rule's */
	PLS_AMOUNT_PROPERTY			/* hash of the property, whatever it is */
} PlsAmountRule;

/* A part of a motion's evidence: which rows enter it, and as what. */
typedef struct PlsPartRule
{
	PlsPartShape shape;
	PlsAmountRule amount;
	int64		bin;			/* microseconds of a collapse bin or period */
	char	   *property;		/* that tells the amount, if one does */
	int			property_length;
	bool		property_is_path;	/* it has dots: names one in another */
	bool		numeric_strings;
	int			nevents;		/* 0: every event */
	char	  **events;			/* sorted, each once */
	char	  **folded;			/* of a sequence, each in lower case */
	int			nsteps;			/* of a sequence */
	int		   *steps;			/* number of each step's event */
	JsonPath   *match;			/* NULL: no condition */
	char	   *match_text;
} PlsPartRule;

/*
 * Whether a row's amount is told by a property, which it may lack.
 */
static inline bool
pls_rule_reads_property(const PlsPartRule *rule)
{
	return rule->amount == PLS_AMOUNT_VALUE ||
		rule->amount == PLS_AMOUNT_PROPERTY;
}

/*
 * Whether only a row's properties tell what it means to a rule.
 */
static inline bool
pls_rule_is_conditional(const PlsPartRule *rule)
{
	return rule->match != NULL || pls_rule_reads_property(rule);
}

typedef struct PlsSignal
{
	char	   *name;
	char	   *category;
	char	   *why;
	bool		fit;			/* belongs to the fit dimension */
	int			category_rank;	/* position in the order of explain */
	PlsMeasure	measure;
	int			part;			/* index into rules; -1: attribute */
	int64		need;			/* units that must be distinguished; 0: more */
	int			newest_part;	/* the part that tells the newest row */
	PlsOp		op;
	PlsMilli	threshold;		/* in milliseconds for recency and first */
	bool		follows_peers;	/* the threshold is worked out anew */
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
	bool		is_alias;		/* of one with the same number */
	const char *event;			/* not terminated; NULL: any other event */
	int			length;
	uint32		hash;
	int			nrules;
	int		   *rules;
	int			nconditional;	/* of them, that ask for the properties */
	int			noutcomes;
	int		   *outcomes;
} PlsEventRules;

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

#endif							/* PLS_MODEL_H */
