/*-------------------------------------------------------------------------
 *
 * next_look.c
 *	  Until when a standing need not be looked at: a lower bound of the
 *	  instant at which time alone changes its lane.
 *
 * A score is not followed through time; it is bounded (score_range.c).  Where
 * both ends of its range in a span lead to the lane that the standing has, so
 * does every instant between.  The longest such span is found by trying:
 * longer spans have wider ranges.  A bound that is early leads to a look that
 * finds nothing and sees further.  It is never late.
 *
 * The trigger asks with each event.  It keeps the bound that the standing has
 * as long as that still is one, since to write another costs a HOT update.
 * For the many that have no lane, and are not near one, it mostly is plain
 * that they need no look: see headroom.c.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "decimal.h"
#include "evidence/call_cache.h"
#include "evidence/evidence.h"
#include "evidence/headroom.h"
#include "evidence/next_look.h"
#include "evidence/score.h"
#include "evidence/score_range.h"
#include "model/model.h"

#define FIRST_SPAN	USECS_PER_HOUR	/* tried first, then four times as long */
#define LONGEST_SPAN (100 * INT64CONST(365) * USECS_PER_DAY)
#define SHORTEST_SPAN USECS_PER_SEC

static bool
reason_is(const char *reason, const char *const *among)
{
	for (; reason != NULL && *among != NULL; among++)
		if (strcmp(reason, *among) == 0)
			return true;
	return false;
}

/*
 * Whether the last decision kept off or put off: one of those may come in the
 * place of another when the grade changes.
 */
static bool
is_kept_off(const char *reason)
{
	static const char *const reasons[] = {
		"paused", "excluded", "out_of_segment", "grace_period", "too_small",
		"already_customer", "cooldown", "touch_limit", "held_out", NULL
	};

	return reason_is(reason, reasons);
}

/*
 * Whether a standing is to be looked at when its grade changes.
 */
bool
pls_grade_matters(const PlsModel *model, const PlsStandingNow *standing)
{
	return model->ngrades > 0 && standing->lane != PLS_LANE_NONE &&
		is_kept_off(standing->reason);
}

bool
pls_same_grade(const PlsModel *model, const PlsScore *a, const PlsScore *b)
{
	const char *one = pls_grade(model, a);
	const char *other = pls_grade(model, b);

	return one == NULL || other == NULL ? one == other :
		strcmp(one, other) == 0;
}

/*
 * Whether the lane stays what it is in a span, for all that can be said
 * without looking at each instant.
 */
bool
pls_lane_stays(const PlsModel *model, const PlsStandingNow *standing,
			   TimestampTz until)
{
	PlsScore	low;
	PlsScore	high;

	pls_score_range(model, standing->evidence, standing->score,
					standing->as_of, until, &low, &high);
	return pls_lane(model, &low, standing->lane) == standing->lane &&
		pls_lane(model, &high, standing->lane) == standing->lane &&
		(!pls_grade_matters(model, standing) ||
		 pls_same_grade(model, &low, &high));
}

/*
 * The end of the longest span from as_of in which the lane surely stays; as_of
 * if none can be told, DT_NOEND if it stays for good.
 */
static TimestampTz
lane_stays_until(const PlsModel *model, const PlsStandingNow *standing)
{
	int64		proved = 0;
	int64		open = 0;		/* not proved; 0: nothing yet */
	int64		span = FIRST_SPAN;

	if (pls_lane_stays(model, standing, DT_NOEND))
		return DT_NOEND;
	while (open == 0 || open - proved > SHORTEST_SPAN)
	{
		if (span > LONGEST_SPAN)
			break;
		if (IS_VALID_TIMESTAMP(standing->as_of + span) &&
			pls_lane_stays(model, standing, standing->as_of + span))
			proved = span;
		else
			open = span;
		span = open == 0 ? 4 * proved : proved == 0 ? open / 4 :
			proved + (open - proved) / 2;
	}
	return standing->as_of + proved;
}

/*
 * When a decision is due without a change of lane: one that was put off, one
 * that the cooldown kept off, should that end earlier, and that about an entity
 * whose alert may be closed when the cooldown is over.  A close after it is
 * noted by itself (sql/70_sweep/20_looks.sql).
 */
TimestampTz
pls_next_decision(const PlsStandingNow *standing)
{
	static const char *const reasons[] = {
		"raised", "triage", "open_alert", "cooldown", "held_out", NULL
	};

	if (standing->lane != PLS_LANE_NONE &&
		standing->cooldown_until > standing->as_of &&
		reason_is(standing->reason, reasons))
		return Min(standing->decide_again_at, standing->cooldown_until);
	return standing->decide_again_at;
}

/*
 * The instant at which a standing is to be looked at next if no event comes
 * before: DT_NOEND, never.  planned (NULL: nothing) is what was planned before
 * the standing became what it is, and stays if that is early enough.
 */
TimestampTz
pls_next_look(const PlsModel *model, const PlsStandingNow *standing,
			  const TimestampTz *planned)
{
	TimestampTz decision = pls_next_decision(standing);

	if (planned != NULL && *planned <= standing->as_of)
		return *planned;
	if (decision <= standing->as_of ||
		pls_lane(model, standing->score, standing->lane) != standing->lane)
		return standing->as_of;
	if (!pls_score_has_items(model, standing->evidence) ||
		(standing->lane == PLS_LANE_NONE && pls_cannot_rise(model, standing->score, standing->lane)))
		return planned != NULL ? Min(*planned, decision) : decision;
	if (planned != NULL && *planned <= decision &&
		pls_lane_stays(model, standing, *planned))
		return *planned;
	return Min(decision, lane_stays_until(model, standing));
}

static TimestampTz
instant_argument(FunctionCallInfo fcinfo, int number, TimestampTz if_null)
{
	return PG_ARGISNULL(number) ? if_null : PG_GETARG_TIMESTAMPTZ(number);
}

static char *
text_argument(FunctionCallInfo fcinfo, int number)
{
	return PG_ARGISNULL(number) ? NULL :
		text_to_cstring(PG_GETARG_TEXT_PP(number));
}

PG_FUNCTION_INFO_V1(pls_next_look_at);

/*
 * pls_internal.next_look(evidence, as_of, attributes, lane, reason, decide_again_at,
 * cooldown_until) -> timestamptz: see pls_next_look(), of a standing with
 * these columns and, of its account, these attributes (NULL: it is not known);
 * as_of if its evidence is of another model or its lane is another already.
 *
 * Errors: 42704 if the evidence's motion does not exist (any more).
 */
Datum
pls_next_look_at(PG_FUNCTION_ARGS)
{
	PlsEvidence *evidence;
	PlsModel   *model;
	PlsScore	score;
	PlsStandingNow standing;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	evidence = pls_evidence_from_datum(CurrentMemoryContext,
									   PG_GETARG_DATUM(0));
	model = pls_call_cache_model(fcinfo->flinfo, evidence->motion,
								 strlen(evidence->motion));
	standing.evidence = evidence;
	standing.score = &score;
	standing.as_of = PG_GETARG_TIMESTAMPTZ(1);
	standing.lane = pls_lane_parse(text_argument(fcinfo, 3));
	standing.reason = text_argument(fcinfo, 4);
	standing.decide_again_at = instant_argument(fcinfo, 5, DT_NOEND);
	standing.cooldown_until = instant_argument(fcinfo, 6, DT_NOBEGIN);
	pls_score(model, evidence, standing.as_of,
			  PG_ARGISNULL(2) ? NULL : PG_GETARG_JSONB_P(2), &score);
	PG_RETURN_TIMESTAMPTZ(score.stale ? standing.as_of :
						  pls_next_look(model, &standing, NULL));
}
