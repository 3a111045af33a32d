/*-------------------------------------------------------------------------
 *
 * replay.h
 *	  What the trigger and the sweeps would have decided: replay.c (the whole),
 *	  replay_events.c (the events of each entity, in order), replay_pass.c (an
 *	  entity's way through them) and replay_rules.c (what is asked of the
 *	  rules).
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_REPLAY_H
#define PLS_REPLAY_H

#include "nodes/execnodes.h"

#include "evidence/evidence.h"
#include "evidence/headroom.h"
#include "evidence/score.h"
#include "model/model.h"
#include "rebuild/gather.h"
#include "state/identity.h"

/* What a pass waits for. */
typedef enum PlsReplayAsk
{
	PLS_ASK_NOTHING,
	PLS_ASK_DECISION,			/* a lane has risen, or a decision is due */
	PLS_ASK_LOOK				/* whether what the last one met is over */
} PlsReplayAsk;

/* A row of the entity. */
typedef struct PlsReplayEvent
{
	TimestampTz at;
	const char *record;			/* see PlsRecord */
	int			place;			/* in the table, among the entity's */
	uint32		event:18;		/* as the record has it */
	uint32		converts:1;
} PlsReplayEvent;

/*
 * An entity on its way.  The lane and what follows it are columns of its
 * standing; the alert is the one that would be open.
 */
typedef struct PlsReplayEntity
{
	char	   *id;
	int			nevents;
	PlsReplayEvent *events;		/* ascending */
	Size		size;			/* of their records */
	char	   *records;		/* the end of them */
	int			next;			/* event that comes next */
	int			merged;			/* events that are in the evidence */
	bool		has_standing;	/* some of them say something */
	PlsEvidence *evidence;
	Jsonb	   *attributes;
	PlsLane		lane;
	const char *reason;			/* of the last decision; NULL: none */
	TimestampTz decide_again_at;	/* DT_NOEND: not by itself */
	TimestampTz cooldown_until; /* DT_NOBEGIN: none */
	TimestampTz look_at;		/* DT_NOEND: not at all */
	TimestampTz converted_at;	/* DT_NOEND: it has not */
	bool		has_alert;
	TimestampTz raised_at;
	int			ntouches;
	TimestampTz *touches;		/* when alerts were raised */
	/* how far events can be passed over without looking at them */
	bool		may_pass;
	TimestampTz stays_until;	/* the lane is the same without events */
	int64		span;			/* tried first, see proved_span() */
	int			nfailed;		/* times that this has failed in a row */
	int			nskipped;		/* times that it was not tried since */
	PlsHeadroom headroom;
	/* how far it is */
	TimestampTz now;
	TimestampTz answered_at;	/* when the rules were asked last */
	/* the first of the rules of eligibility, while that is known */
	const char *obstacle;		/* NULL: none */
	TimestampTz obstacle_until; /* DT_NOEND: not by itself */
	TimestampTz obstacle_known_until;	/* exclusive */
	bool		obstacle_any_grade; /* whatever the grade, else ... */
	const char *obstacle_grade; /* ... of this one; NULL: of none */
	bool		has_changed;	/* something that they ask for, since then */
	PlsReplayAsk ask;
	PlsLane		ask_lane;
	PlsScore	score;			/* by which it asks */
	char	   *grade;
	Datum		signals;		/* text[] of those that are met */
} PlsReplayEntity;

typedef struct PlsReplay
{
	ReturnSetInfo *result;
	PlsGathering *gathering;
	PlsModel   *model;
	PlsEventEffect *effects;	/* by the number of an event's rules */
	TimestampTz *holds;			/* by signal, see find_holds() */
	bool		has_steps;		/* scores do not decay */
	const char *open_alert;		/* what the rules say where an alert is open
								 * and nothing else comes first; NULL: not yet */
	MemoryContext moment_context;	/* reset after each evaluation */
	/* what is replayed */
	Datum		play;			/* pls.motions */
	Oid			play_type;
	Datum		best_grade;		/* text */
	bool		has_best_grade;
	TimestampTz from;
	TimestampTz until;			/* exclusive */
	int64		sweep_every;	/* microseconds */
	bool		is_new;			/* the motion goes live at from */
	int			narrivals;		/* -1: events come at their own instants */
	TimestampTz *arrivals;		/* ascending */
	int64		close_after;	/* microseconds; -1: alerts stay open */
	int64		close_cooldown;
	bool		close_touches;	/* and it counts as a touch from then on */
	int64		expire_after;	/* -1: they do not expire */
} PlsReplay;

/* What the rules say to an entity that asks. */
typedef struct PlsReplayAnswer
{
	const char *reason;			/* of a decision */
	TimestampTz decide_again_at;
	TimestampTz cooldown_until;
	bool		unblocked;
} PlsReplayAnswer;

/* replay_events.c */
extern void pls_replay_partition(PlsReplay *replay, int partition);

/* replay_pass.c */
extern void pls_replay_begin(PlsReplay *replay, PlsReplayEntity *entity,
							 MemoryContext context);
extern void pls_replay_advance(PlsReplay *replay, PlsReplayEntity *entity);
extern void pls_replay_answer(PlsReplay *replay, PlsReplayEntity *entity,
							  const PlsReplayAnswer *answer);

/* replay_rules.c */
extern void pls_replay_entities(PlsReplay *replay, PlsReplayEntity *entities,
								int nentities);

/* replay.c */
extern void pls_replay_put(PlsReplay *replay, const PlsReplayEntity *entity);

#endif							/* PLS_REPLAY_H */
