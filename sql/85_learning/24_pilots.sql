/* 24_pilots.sql - what a pilot shows.
 *
 * Everybody who took part is compared by the arm that was drawn, whatever became
 * of the alert (intention to treat), once: from the first decision that came as
 * far as the draw.  A decision that waited for a rep (no_capacity) counts from
 * when it began to wait: those held out were not asked to wait either.
 *
 * What is known of the entities is in pls.pilot_entities(); the other functions
 * count its rows.
 */

CREATE FUNCTION pls_internal.pilot_named(pilot text) RETURNS pls.pilots
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    trial pls.pilots;
BEGIN
    SELECT p.* INTO trial FROM pls.pilots p WHERE p.pilot = pilot_named.pilot;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'undefined_object',
            MESSAGE = format('pilot "%s" does not exist', coalesce(pilot_named.pilot, 'NULL')),
            HINT = 'See pls.pilots; a pilot is deleted with its motion.';
    END IF;
    RETURN trial;
END;
$$;
COMMENT ON FUNCTION pls_internal.pilot_named IS 'The pilot of this name; error 42704 if there is none.';

CREATE FUNCTION pls_internal.pilot_outcomes(trial pls.pilots) RETURNS text[]
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN coalesce((trial).outcomes, (
        SELECT pls_internal.outcomes_aimed_at(m.objective)
          FROM pls.motions m WHERE m.motion = (trial).motion));
END;
$$;
COMMENT ON FUNCTION pls_internal.pilot_outcomes IS
    'The outcomes that a pilot compares: its own, else that of the motion''s objective.';

-- Inlined.
CREATE FUNCTION pls_internal.outcome_origin(signal text, detail jsonb) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE WHEN signal IS NOT NULL THEN 'event' WHEN detail ? 'alert_id' THEN 'disposition' ELSE 'hand' END;
END;
COMMENT ON FUNCTION pls_internal.outcome_origin IS
    'Where a row of pls.outcomes comes from: event (a signal), disposition (of an alert) or hand.';

CREATE FUNCTION pls.pilot_entities(pilot text, as_of timestamptz DEFAULT NULL)
    RETURNS TABLE (entity_id text, arm text, decided_at timestamptz, window_ends_at timestamptz, is_over boolean,
                   reason text, lane text, score numeric, grade text, signals_met integer, stratum text, attribute text,
                   size numeric, route text, account_id text, alert_id bigint, motion text)
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    trial pls.pilots := pls_internal.pilot_named(pilot_entities.pilot);
    -- what is to come is not known
    at    CONSTANT timestamptz := least(coalesce(pilot_entities.as_of, pls.now()), pls.now());
BEGIN
    RETURN QUERY
    SELECT d.entity_id, CASE d.reason WHEN 'held_out' THEN 'holdout' ELSE 'treatment' END,
           d.decided_at, w.ends_at, w.ends_at <= at,
           d.reason, d.lane, d.score, d.grade,
           jsonb_array_length(jsonb_path_query_array(d.evidence, '$[*] ? (@.met == true)')),
           d.pilot_facts ->> 'stratum', d.pilot_facts ->> 'attribute',
           (d.pilot_facts ->> 'size')::numeric, d.pilot_facts ->> 'route', d.account_id,
           (SELECT a.alert_id
              FROM pls.alerts a
             WHERE a.entity_id = d.entity_id AND a.motion = d.motion
               AND a.created_at BETWEEN d.decided_at AND least(w.ends_at, at)
             ORDER BY a.created_at, a.alert_id LIMIT 1),
           d.motion
      FROM (SELECT DISTINCT ON (f.entity_id)
                   f.entity_id, f.motion, f.reason, f.decided_at, f.lane, f.score, f.grade, f.evidence, f.account_id, f.pilot_facts
              FROM pls.decisions f
             WHERE f.pilot = trial.pilot AND f.decided_at >= trial.started_at AND f.decided_at <= at
             ORDER BY f.entity_id, f.decided_at, f.decision_id) d
     CROSS JOIN LATERAL (SELECT pls_internal.later(d.decided_at, trial.outcome_within) AS ends_at) w;
END;
$$;
COMMENT ON FUNCTION pls.pilot_entities IS
    'Everybody who took part in a pilot up to as_of (NULL: now), once, by the first decision that came as far as the draw: arm, when, the end of the time in which outcomes count and whether it is over, and what was known at the decision: lane, score, grade, how many signals were met, stratum, attribute and size of the account, and the route. Of arm holdout this is what would have happened: the alert with that route. alert_id: the first alert within the time. Errors: 42704 no such pilot.';

/* ---- the plan ---- */

CREATE FUNCTION pls_internal.planned_sizes(p_base numeric, p_target numeric, share numeric, OUT treatment bigint, OUT holdout bigint)
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    ratio CONSTANT numeric := (1 - share) / share;
BEGIN
    -- as pls.sample_size() takes it
    IF ratio BETWEEN 0.000001 AND 1000000 THEN
        holdout := pls.sample_size(p_base, p_target, ratio => ratio);
    END IF;
    IF p_base + p_target IS NOT NULL AND (holdout IS NULL OR holdout * ratio > 1e15) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'numeric_value_out_of_range',
            MESSAGE = 'no sample is large enough',
            DETAIL = format('A share of %s is held out.', share),
            HINT = 'Use a share that is nearer to one half, or rates that differ more.';
    END IF;
    treatment := ceil(holdout * ratio);
END;
$$;
COMMENT ON FUNCTION pls_internal.planned_sizes IS
    'How many entities the arms need, if this share is held out: see pls.sample_size(), of which the errors are. NULL if there is no p_base or no p_target.';

CREATE FUNCTION pls_internal.pilot_plan(trial pls.pilots, as_of timestamptz,
                               OUT treatment bigint, OUT holdout bigint, OUT a_week numeric, OUT weeks numeric)
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    SELECT s.treatment, s.holdout INTO pilot_plan.treatment, pilot_plan.holdout
      FROM pls_internal.planned_sizes((trial).p_base, (trial).p_target, (trial).holdout) s;
    a_week := (
        SELECT count(DISTINCT d.entity_id) / 4.0
          FROM pls.decisions d
         WHERE d.motion = (trial).motion AND d.decided_at <= pilot_plan.as_of
           AND d.decided_at > pls_internal.later(pilot_plan.as_of, - interval '28 days')
           AND d.reason IN ('held_out', 'no_capacity', 'triage', 'raised'));
    weeks := (treatment + holdout) / nullif(a_week, 0);
END;
$$;
COMMENT ON FUNCTION pls_internal.pilot_plan IS
    'How many entities the arms of a pilot need for its p_base and p_target (NULL: it has none), how many entities a week the motion has alerted or held out in the 28 days before as_of, and how many weeks that takes.';

/* ---- starting and stopping ---- */

CREATE FUNCTION pls_internal.check_pilot_start(trial pls.pilots) RETURNS void
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    problem text;
    hint    text;
    other   text := (SELECT p.pilot FROM pls.pilots p WHERE p.motion = (trial).motion AND p.status = 'running');
    state   text := (SELECT m.status FROM pls.motions m WHERE m.motion = (trial).motion);
BEGIN
    IF (trial).status <> 'draft' THEN
        problem := format('it is %s', (trial).status);
        hint := 'Only a draft can be started.';
    ELSIF other IS NOT NULL THEN
        problem := format('pilot "%s" of motion "%s" is running', other, (trial).motion);
        hint := 'Stop it first, with pls.stop_pilot().';
    ELSIF state NOT IN ('pilot', 'live') THEN
        problem := format('motion "%s" is %s, and raises no alerts', (trial).motion, state);
        hint := 'Set its status to live first.';
    ELSIF (trial).ends_at <= pls.now() THEN
        problem := format('it ends %s, which is past', pls_internal.utc_text((trial).ends_at));
        hint := 'Set a later ends_at.';
    ELSIF (trial).stratify_by = 'grade' AND NOT EXISTS (SELECT FROM pls.grades g WHERE g.motion = (trial).motion) THEN
        problem := format('its strata are grades, and motion "%s" has none', (trial).motion);
        hint := 'Enter grades into pls.grades, or set stratify_by to NULL.';
    ELSIF (trial).p_target IS NOT NULL AND (trial).p_base IS NULL THEN
        problem := 'it has a p_target and no p_base';
        hint := 'Set p_base to the share that is expected of those held out.';
    END IF;
    IF problem IS NOT NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('pilot "%s" cannot be started: %s', (trial).pilot, problem),
            HINT = hint, SCHEMA = 'pls', TABLE = 'pilots';
    END IF;
END;
$$;
COMMENT ON FUNCTION pls_internal.check_pilot_start IS
    'Part of pls.start_pilot(): refuses (55000) a pilot that cannot be started.';

-- What does not keep a pilot from being started, but may from showing anything.
CREATE FUNCTION pls_internal.pilot_doubts(trial pls.pilots)
    RETURNS TABLE (doubt text, hint text)
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    plan    record := pls_internal.pilot_plan(trial, pls.now());
    missing text := (
        SELECT string_agg(format('"%s"', o.outcome), ', ' ORDER BY o.place)
          FROM unnest(pls_internal.pilot_outcomes(trial)) WITH ORDINALITY AS o (outcome, place)
         WHERE NOT EXISTS (SELECT FROM pls.signals g
                            WHERE g.motion = (trial).motion AND g.enabled AND g.category = 'outcome'
                              AND g.outcome = o.outcome));
BEGIN
    IF missing IS NOT NULL THEN
        RETURN QUERY SELECT format('no signal finds outcome %s', missing),
            'The report counts outcomes of events. Add a signal of category outcome, or enter outcomes of both arms into pls.outcomes and have the report count them.';
    END IF;
    IF plan.treatment IS NULL THEN
        RETURN QUERY SELECT 'no sample size is planned', 'Set p_base and p_target while the pilot is a draft, so that it is known when it may be judged.';
    ELSIF plan.a_week = 0 THEN
        RETURN QUERY SELECT 'nobody was alerted in the last 28 days, so its duration is unknown', 'pls.pilot_notes() estimates it later.';
    ELSIF pls_internal.later(greatest((trial).starts_at, pls.now()), make_interval(secs => plan.weeks::double precision * 604800))
          > coalesce((trial).ends_at, pls_internal.later(greatest((trial).starts_at, pls.now()), (trial).lasts)) THEN
        RETURN QUERY SELECT format('it ends before the planned size can be reached, which takes about %s weeks', ceil(plan.weeks)),
            'Set a later ends_at, a longer lasts or neither, hold out a larger share, or look for a greater difference.';
    END IF;
    RETURN QUERY
    SELECT format('a rule names "%s", which is not in the report', r.measure), 'See the measures of pls.pilot_report().'
      FROM (SELECT DISTINCT x.measure FROM pls.pilot_rules x WHERE x.pilot = (trial).pilot) r
     WHERE NOT EXISTS (SELECT FROM pls.pilot_report((trial).pilot) p
                        WHERE p.measure = r.measure AND p.section NOT IN ('guard', 'scale', 'rollback', 'now'))
     ORDER BY r.measure COLLATE "C";
    IF NOT EXISTS (SELECT FROM pls.pilot_rules r WHERE r.pilot = (trial).pilot AND r.kind <> 'guardrail') THEN
        RETURN QUERY SELECT 'no rule says what its result will lead to', 'Write scale and rollback rules into pls.pilot_rules while the pilot is a draft.';
    END IF;
END;
$$;
COMMENT ON FUNCTION pls_internal.pilot_doubts IS
    'Part of pls.start_pilot(): what may keep the pilot from showing anything, and what to do about it.';

CREATE FUNCTION pls_internal.plan_text(trial pls.pilots, as_of timestamptz) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    plan record := pls_internal.pilot_plan(trial, as_of);
BEGIN
    RETURN format('%s; the motion has alerted or held out %s entities a week%s',
        CASE WHEN plan.treatment IS NULL THEN 'no sample size is planned'
             ELSE format('to tell %s from %s it needs %s entities in treatment and %s in holdout',
                         trim_scale((trial).p_target), trim_scale((trial).p_base), plan.treatment, plan.holdout) END,
        trim_scale(round(plan.a_week, 1)),
        CASE WHEN plan.weeks IS NOT NULL THEN format(', so it takes about %s weeks and then %s', ceil(plan.weeks), (trial).outcome_within) END);
END;
$$;
COMMENT ON FUNCTION pls_internal.plan_text IS 'The plan of a pilot as a sentence.';

CREATE FUNCTION pls.start_pilot(pilot text) RETURNS text
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
    SET intervalstyle = 'postgres'
AS $$
#variable_conflict use_column
DECLARE
    trial pls.pilots := pls_internal.pilot_named(start_pilot.pilot);
    doubt record;
BEGIN
    SELECT p.* INTO trial FROM pls.pilots p WHERE p.pilot = trial.pilot FOR UPDATE;
    PERFORM pls_internal.check_pilot_start(trial);
    FOR doubt IN SELECT d.doubt, d.hint FROM pls_internal.pilot_doubts(trial) d LOOP
        RAISE NOTICE USING MESSAGE = format('pilot "%s": %s', trial.pilot, doubt.doubt), HINT = doubt.hint;
    END LOOP;
    UPDATE pls.pilots p
       SET status = 'running', starts_at = greatest(p.starts_at, pls.now()),
           ends_at = coalesce(p.ends_at, pls_internal.later(greatest(p.starts_at, pls.now()), p.lasts))
     WHERE p.pilot = trial.pilot
    RETURNING p.* INTO trial;
    RAISE NOTICE USING MESSAGE = format('pilot "%s": %s', trial.pilot, pls_internal.plan_text(trial, pls.now()));
    RETURN format('pilot "%s" of motion "%s" holds out %s%s from %s', trial.pilot, trial.motion, trim_scale(trial.holdout),
                  ' in each ' || CASE trial.stratify_by WHEN 'attribute' THEN trial.attribute ELSE trial.stratify_by END,
                  pls_internal.utc_text(trial.starts_at));
END;
$$;
COMMENT ON FUNCTION pls.start_pilot IS
    'Starts a pilot that is a draft; its settings and rules are locked from then on, and it ends at ends_at or after lasts. Returns a sentence. A notice says how many entities it needs for p_base and p_target, and how long that takes at the pace of the last 28 days; others say what may keep it from showing anything. Errors: 42704 no such pilot; 55000 it is no draft, another pilot of the motion is running, the motion raises no alerts, the pilot ends in the past, its strata are grades that the motion lacks, or p_target is given without p_base.';

CREATE FUNCTION pls.stop_pilot(pilot text) RETURNS text
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    trial pls.pilots := pls_internal.pilot_named(stop_pilot.pilot);
BEGIN
    SELECT p.* INTO trial FROM pls.pilots p WHERE p.pilot = trial.pilot FOR UPDATE;
    IF trial.status <> 'running' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('pilot "%s" is not running', trial.pilot),
            DETAIL = format('It is %s.', trial.status),
            HINT = 'pls.start_pilot() starts a draft; a stopped one stays so.',
            SCHEMA = 'pls', TABLE = 'pilots';
    END IF;
    UPDATE pls.pilots p SET status = 'stopped' WHERE p.pilot = trial.pilot;
    RETURN format('pilot "%s" holds nobody out any more; its report is complete %s', trial.pilot,
                  pls_internal.utc_text(pls_internal.later(pls.now(), trial.outcome_within)));
END;
$$;
COMMENT ON FUNCTION pls.stop_pilot IS
    'Stops a running pilot: those held out are alerted again when they qualify, once their cooldown is over. Returns a sentence: when the time in which outcomes count is over for the last of them. Errors: 42704 no such pilot, 55000 it is not running.';

/* ---- are the arms alike? ---- */

-- The 0.1 is Austin's (Statistics in Medicine 28, 2009); chance alone brings
-- more than that in small arms.
CREATE FUNCTION pls_internal.balance_verdict(difference double precision, n1 bigint, n0 bigint) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE
        WHEN n1 IS NULL OR n0 IS NULL OR n1 = 0 OR n0 = 0 THEN 'no data'
        WHEN difference IS NULL THEN 'cannot tell'
        WHEN abs(difference) <= 0.1 THEN 'balanced'
        WHEN abs(difference) <= 2.576 * sqrt(1 / n1::double precision + 1 / n0::double precision) THEN 'chance'
        ELSE 'unbalanced' END;
END;
COMMENT ON FUNCTION pls_internal.balance_verdict IS
    'What a standardised difference between arms of these sizes says: balanced (at most 0.1), chance (more, but within what 99 % of draws give), unbalanced; no data: an arm is empty; cannot tell: it has no spread.';

CREATE FUNCTION pls_internal.mismatch_verdict(p_value double precision) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE WHEN p_value IS NULL THEN 'no data' WHEN p_value < 0.001 THEN 'mismatch' ELSE 'as drawn' END;
END;
COMMENT ON FUNCTION pls_internal.mismatch_verdict IS
    'What the test of the arms'' sizes says: mismatch (p below 0.001), as drawn; no data: nobody took part.';

CREATE FUNCTION pls.pilot_balance(pilot text, as_of timestamptz DEFAULT NULL)
    RETURNS TABLE (measure text, treatment numeric, holdout numeric, difference numeric, p_value numeric, verdict text)
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    trial pls.pilots := pls_internal.pilot_named(pilot_balance.pilot);
BEGIN
    RETURN QUERY
    WITH e AS MATERIALIZED (
        SELECT x.arm = 'treatment' AS treated, x.lane, x.score, x.grade, x.signals_met, x.stratum, x.attribute, x.size
          FROM pls.pilot_entities(pilot_balance.pilot, pilot_balance.as_of) x
    ), sizes AS (
        SELECT 'entities' AS measure, 1 AS place, count(*) FILTER (WHERE e.treated) AS n1, count(*) FILTER (WHERE NOT e.treated) AS n0 FROM e
        UNION ALL
        SELECT format('entities, %s', coalesce(nullif(e.stratum, ''), '(none)')), 2,
               count(*) FILTER (WHERE e.treated), count(*) FILTER (WHERE NOT e.treated)
          FROM e WHERE e.stratum IS NOT NULL GROUP BY e.stratum
    ), values AS (
        SELECT v.measure, v.place, e.treated, v.value
          FROM e
         CROSS JOIN LATERAL (VALUES
               ('score', 3, e.score::double precision),
               ('signals met', 4, e.signals_met::double precision),
               ('lane sales', 5, (e.lane = 'sales')::integer::double precision),
               ('size', 6, e.size::double precision)) AS v (measure, place, value)
         WHERE v.value IS NOT NULL
        UNION ALL
        -- the share of each grade, and of the commonest values of the attribute
        SELECT format('grade %s', g.grade), 7, e.treated, (e.grade IS NOT DISTINCT FROM g.grade)::integer
          FROM e, (SELECT DISTINCT x.grade FROM e x WHERE x.grade IS NOT NULL) g
        UNION ALL
        SELECT format('%s %s', trial.attribute, coalesce(g.attribute, '(none)')), 8, e.treated,
               (e.attribute IS NOT DISTINCT FROM g.attribute)::integer
          FROM e, (SELECT x.attribute FROM e x GROUP BY x.attribute ORDER BY count(*) DESC, x.attribute COLLATE "C" LIMIT 10) g
         WHERE trial.attribute IS NOT NULL
    ), means AS (
        SELECT v.measure, v.place,
               count(*) FILTER (WHERE v.treated) AS n1, count(*) FILTER (WHERE NOT v.treated) AS n0,
               avg(v.value) FILTER (WHERE v.treated) AS mean1, avg(v.value) FILTER (WHERE NOT v.treated) AS mean0,
               (coalesce(var_pop(v.value) FILTER (WHERE v.treated), 0)
                + coalesce(var_pop(v.value) FILTER (WHERE NOT v.treated), 0)) / 2 AS spread
          FROM values v GROUP BY v.measure, v.place
    ), rows AS (
        SELECT s.measure, s.place, s.n1::numeric AS treatment, s.n0::numeric AS holdout, NULL::numeric AS difference,
               t.p, pls_internal.mismatch_verdict(t.p) AS verdict
          FROM sizes s
         CROSS JOIN LATERAL (SELECT CASE WHEN s.n1 + s.n0 > 0 THEN
                   pls_internal.binomial_test(s.n0, s.n1 + s.n0, trial.holdout::double precision) END AS p) t
        UNION ALL
        SELECT m.measure, m.place, round(m.mean1::numeric, 3), round(m.mean0::numeric, 3), round(d.d::numeric, 3), NULL,
               pls_internal.balance_verdict(d.d, m.n1, m.n0)
          FROM means m
         CROSS JOIN LATERAL (SELECT CASE WHEN m.mean1 = m.mean0 THEN 0
                                         ELSE (m.mean1 - m.mean0) / nullif(sqrt(m.spread), 0) END AS d) d
    )
    SELECT r.measure, r.treatment, r.holdout, r.difference, round(r.p::numeric, 4), r.verdict
      FROM rows r
     ORDER BY r.place, r.measure COLLATE "C";
END;
$$;
COMMENT ON FUNCTION pls.pilot_balance IS
    'Whether the arms of a pilot are alike in what was known at the decisions. Rows entities, of all and of each stratum: the sizes, with the exact binomial test of the share held out (sample ratio mismatch if p < 0.001: something but chance has chosen). All others: means of score, signals met, lane sales (share), size of the account, shares of each grade and of the ten commonest values of the pilot''s attribute; difference is standardised: divided by the root of the mean of both variances. Verdict: balanced (at most 0.1), chance (more, but 99 % of draws would give as much), unbalanced, no data, cannot tell. Errors: 42704 no such pilot.';

/* ---- the report ---- */

CREATE FUNCTION pls_internal.lift_verdict(low double precision, high double precision, planned boolean, reached boolean) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE WHEN low IS NULL THEN 'no data' WHEN NOT planned THEN 'no plan' WHEN NOT reached THEN 'too early'
                WHEN low > 0 THEN 'treatment higher' WHEN high < 0 THEN 'holdout higher' ELSE 'not shown' END;
END;
COMMENT ON FUNCTION pls_internal.lift_verdict IS
    'What an interval of the difference says, if it may be judged: no data, no plan, too early, treatment higher, holdout higher, not shown.';

-- Outcomes, and what is left out.
CREATE FUNCTION pls_internal.pilot_outcome_rows(trial pls.pilots, as_of timestamptz, by_hand boolean)
    RETURNS TABLE (place integer, section text, measure text, treatment numeric, holdout numeric, difference numeric,
                   low numeric, high numeric, p_value numeric, verdict text)
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    plan CONSTANT record := pls_internal.pilot_plan(trial, as_of);
BEGIN
    RETURN QUERY
    WITH e AS MATERIALIZED (
        SELECT x.entity_id, x.motion, x.arm, x.decided_at, x.window_ends_at
          FROM pls.pilot_entities((trial).pilot, pilot_outcome_rows.as_of) x WHERE x.is_over
    ), n AS MATERIALIZED (
        SELECT c.n1, c.n0, coalesce(c.n1 >= plan.treatment AND c.n0 >= plan.holdout, false) AS reached
          FROM (SELECT count(*) FILTER (WHERE e.arm = 'treatment') AS n1, count(*) FILTER (WHERE e.arm = 'holdout') AS n0 FROM e) c
    ), hits AS MATERIALIZED (
        -- who had which outcome in time: one of an entity counts once
        SELECT DISTINCT o.outcome, pls_internal.outcome_origin(o.signal, o.detail) AS origin, e.entity_id, e.arm
          FROM e JOIN pls.outcomes o
            ON o.entity_id = e.entity_id AND o.motion = e.motion
           AND o.at > e.decided_at AND o.at <= e.window_ends_at
    ), counted AS (
        SELECT o.place::integer AS nr, o.outcome,
               count(DISTINCT h.entity_id) FILTER (WHERE h.arm = 'treatment') AS x1,
               count(DISTINCT h.entity_id) FILTER (WHERE h.arm = 'holdout') AS x0
          FROM unnest(pls_internal.pilot_outcomes(trial)) WITH ORDINALITY AS o (outcome, place)
          LEFT JOIN hits h
            ON h.outcome = o.outcome AND (h.origin = 'event' OR by_hand AND h.origin = 'hand')
         GROUP BY o.place, o.outcome
    ), rows AS (
        SELECT 100 + 2 * c.nr AS place, 'outcome' AS section, c.outcome AS measure, l.rate1, l.rate0, l.difference, l.low, l.high, l.p_value,
               pls_internal.lift_verdict(l.low, l.high, plan.treatment IS NOT NULL, n.reached) AS verdict
          FROM counted c CROSS JOIN n CROSS JOIN LATERAL pls.proportion_lift(c.x1, n.n1, c.x0, n.n0) l
        UNION ALL
        SELECT 101 + 2 * c.nr, 'outcome', c.outcome || ' any time', c.x1 / nullif(n.n1::double precision, 0), c.x0 / nullif(n.n0::double precision, 0),
               a.difference, a.low, a.high, a.p_value, pls_internal.lift_verdict(a.low, a.high, true, true)
          FROM counted c CROSS JOIN n
          -- of an empty arm nothing is known
          LEFT JOIN LATERAL pls.any_time_lift(c.x1, n.n1, c.x0, n.n0, (trial).holdout) a ON a.difference IS NOT NULL
        UNION ALL
        SELECT 300, 'left out', h.outcome,
               count(*) FILTER (WHERE h.arm = 'treatment') / nullif(n.n1::double precision, 0),
               count(*) FILTER (WHERE h.arm = 'holdout') / nullif(n.n0::double precision, 0),
               NULL, NULL, NULL, NULL, 'by ' || h.origin
          FROM hits h CROSS JOIN n
         WHERE h.origin = 'disposition' OR h.origin = 'hand' AND NOT by_hand
         GROUP BY h.outcome, h.origin, n.n1, n.n0
    )
    SELECT r.place, r.section, r.measure, round(r.rate1::numeric, 4), round(r.rate0::numeric, 4),
           round(r.difference::numeric, 4), round(r.low::numeric, 4), round(r.high::numeric, 4), round(r.p_value::numeric, 4), r.verdict
      FROM rows r
    UNION ALL
    SELECT 400, 'size', 'planned', plan.treatment::numeric, plan.holdout::numeric, NULL::numeric, NULL::numeric, NULL::numeric, NULL::numeric,
           CASE WHEN plan.treatment IS NULL THEN 'no plan' WHEN n.reached THEN 'reached' ELSE 'not reached' END
      FROM n
    UNION ALL
    SELECT 401, 'size', 'window over', n.n1, n.n0, NULL, NULL, NULL, NULL, NULL FROM n;
END;
$$;
COMMENT ON FUNCTION pls_internal.pilot_outcome_rows IS
    'Part of pls.pilot_report(): its sections outcome, left out and size.';

-- Who took part, and what came before the outcome.
CREATE FUNCTION pls_internal.pilot_course_rows(trial pls.pilots, as_of timestamptz)
    RETURNS TABLE (place integer, section text, measure text, treatment numeric, holdout numeric, difference numeric,
                   low numeric, high numeric, p_value numeric, verdict text)
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    is_now CONSTANT boolean := pilot_course_rows.as_of >= pls.now();
    n      record;
    p      double precision;
BEGIN
    SELECT count(*) FILTER (WHERE e.arm = 'treatment') AS t, count(*) FILTER (WHERE e.arm = 'holdout') AS h,
           count(*) FILTER (WHERE e.arm = 'treatment' AND NOT e.is_over) AS open_t,
           count(*) FILTER (WHERE e.arm = 'holdout' AND NOT e.is_over) AS open_h,
           count(*) FILTER (WHERE e.arm = 'treatment' AND e.alert_id IS NOT NULL) AS alerted_t,
           count(*) FILTER (WHERE e.arm = 'holdout' AND e.alert_id IS NOT NULL) AS alerted_h,
           count(*) FILTER (WHERE e.arm = 'treatment' AND s.last_event_at > e.decided_at) AS active_t,
           count(*) FILTER (WHERE e.arm = 'holdout' AND s.last_event_at > e.decided_at) AS active_h,
           avg(v.score) FILTER (WHERE e.arm = 'treatment') AS score_t, avg(v.score) FILTER (WHERE e.arm = 'holdout') AS score_h,
           count(*) FILTER (WHERE e.arm = 'treatment' AND a.first_touch_at <= k.until) AS touched,
           count(*) FILTER (WHERE e.arm = 'treatment' AND a.disposed_at <= k.until AND x.outcome = 'meeting') AS met,
           count(*) FILTER (WHERE e.arm = 'treatment' AND a.disposed_at <= k.until AND x.outcome_class = 'rejected_signal') AS rejected,
           count(*) FILTER (WHERE e.arm = 'treatment' AND (a.time_to_touch > a.respond_within
                                  OR a.first_touch_at IS NULL AND a.closed_at IS NULL AND a.respond_by < pilot_course_rows.as_of)) AS late,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY EXTRACT(epoch FROM a.first_touch_at - a.created_at) / 3600)
               FILTER (WHERE e.arm = 'treatment' AND a.first_touch_at <= k.until) AS hours
      INTO n
      FROM pls.pilot_entities((trial).pilot, pilot_course_rows.as_of) e
     CROSS JOIN LATERAL (SELECT least(e.window_ends_at, pilot_course_rows.as_of) AS until) k
      LEFT JOIN pls.alerts a ON a.entity_id = e.entity_id AND a.alert_id = e.alert_id
      LEFT JOIN pls.dispositions x ON x.disposition = a.disposition
      LEFT JOIN pls.standings s ON s.entity_id = e.entity_id AND s.motion = e.motion AND is_now
      LEFT JOIN LATERAL pls.evaluate(s.evidence, pls_internal.now_after(s.last_event_at),
                                     pls_internal.attributes_of(s.motion, s.entity_id), s.lane) v ON s.entity_id IS NOT NULL;
    p := CASE WHEN n.t + n.h > 0 THEN pls_internal.binomial_test(n.h, n.t + n.h, (trial).holdout::double precision) END;
    RETURN QUERY
    SELECT r.place, r.section, r.measure, r.treatment, r.holdout, r.difference, NULL::numeric, NULL::numeric, r.p_value, r.verdict
      FROM (VALUES
        (1, 'arms', 'entities', n.t::numeric, n.h::numeric, NULL::numeric, round(p::numeric, 4), pls_internal.mismatch_verdict(p)),
        (2, 'arms', 'window not over', n.open_t, n.open_h, NULL, NULL, CASE WHEN n.open_t + n.open_h > 0 THEN 'not compared yet' END),
        (3, 'arms', 'alerted', round(n.alerted_t::numeric / nullif(n.t, 0), 4), round(n.alerted_h::numeric / nullif(n.h, 0), 4), NULL, NULL,
         CASE WHEN n.alerted_h > 0 THEN 'holdout alerted' WHEN n.h > 0 THEN 'as drawn' ELSE 'no data' END),
        (500, 'leading', 'touched', round(n.touched::numeric / nullif(n.t, 0), 4), NULL, NULL, NULL, NULL),
        (501, 'leading', 'met', round(n.met::numeric / nullif(n.t, 0), 4), NULL, NULL, NULL, NULL),
        (502, 'leading', 'hours to touch', round(n.hours::numeric, 1), NULL, NULL, NULL, NULL),
        (503, 'leading', 'late', round(n.late::numeric / nullif(n.alerted_t, 0), 4), NULL, NULL, NULL, NULL),
        (504, 'leading', 'rejected', round(n.rejected::numeric / nullif(n.alerted_t, 0), 4), NULL, NULL, NULL, NULL),
        (505, 'leading', 'active since', CASE WHEN is_now THEN round(n.active_t::numeric / nullif(n.t, 0), 4) END,
         CASE WHEN is_now THEN round(n.active_h::numeric / nullif(n.h, 0), 4) END,
         CASE WHEN is_now THEN round(n.active_t::numeric / nullif(n.t, 0) - n.active_h::numeric / nullif(n.h, 0), 4) END, NULL,
         CASE WHEN NOT is_now THEN 'only as of now' END),
        (506, 'leading', 'score now', round(n.score_t, 1), round(n.score_h, 1), round(n.score_t - n.score_h, 1), NULL,
         CASE WHEN NOT is_now THEN 'only as of now' END)
      ) AS r (place, section, measure, treatment, holdout, difference, p_value, verdict);
END;
$$;
COMMENT ON FUNCTION pls_internal.pilot_course_rows IS
    'Part of pls.pilot_report(): its sections arms and leading.';

CREATE FUNCTION pls_internal.rule_holds(value numeric, op text, threshold numeric) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE op WHEN '>=' THEN value >= threshold WHEN '>' THEN value > threshold
                   WHEN '<=' THEN value <= threshold WHEN '<' THEN value < threshold END;
END;
COMMENT ON FUNCTION pls_internal.rule_holds IS 'Whether value op threshold; NULL: there is no value.';

CREATE FUNCTION pls.pilot_report(pilot text, as_of timestamptz DEFAULT NULL, by_hand boolean DEFAULT false)
    RETURNS TABLE (section text, measure text, treatment numeric, holdout numeric, difference numeric,
                   low numeric, high numeric, p_value numeric, verdict text)
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    trial pls.pilots := pls_internal.pilot_named(pilot_report.pilot);
    at    CONSTANT timestamptz := least(coalesce(pilot_report.as_of, pls.now()), pls.now());
BEGIN
    RETURN QUERY
    WITH found AS MATERIALIZED (
        SELECT c.place, c.section, c.measure, c.treatment, c.holdout, c.difference, c.low, c.high, c.p_value, c.verdict
          FROM pls_internal.pilot_course_rows(trial, at) c
        UNION ALL
        SELECT o.place, o.section, o.measure, o.treatment, o.holdout, o.difference, o.low, o.high, o.p_value, o.verdict
          FROM pls_internal.pilot_outcome_rows(trial, at, coalesce(by_hand, false)) o
    ), judged AS MATERIALIZED (
        SELECT r.kind, r.measure, r.value, r.op, r.threshold, v.now,
               -- a number that may be read only once counts only then
               CASE WHEN v.now IS NULL THEN 'no data'
                    WHEN f.verdict IN ('too early', 'no plan') AND r.value IN ('low', 'high', 'p_value') THEN 'too early'
                    WHEN pls_internal.rule_holds(v.now, r.op, r.threshold) THEN 'yes' ELSE 'no' END AS says
          FROM pls.pilot_rules r
          LEFT JOIN LATERAL (SELECT x.treatment, x.holdout, x.difference, x.low, x.high, x.p_value, x.verdict
                               FROM found x WHERE x.measure = r.measure AND x.section <> 'left out'
                              ORDER BY x.place LIMIT 1) f ON true
         CROSS JOIN LATERAL (SELECT CASE r.value WHEN 'treatment' THEN f.treatment WHEN 'holdout' THEN f.holdout
                                        WHEN 'difference' THEN f.difference WHEN 'low' THEN f.low
                                        WHEN 'high' THEN f.high ELSE f.p_value END AS now) v
         WHERE r.pilot = trial.pilot
    ), rules AS (
        SELECT 600 + CASE j.kind WHEN 'guardrail' THEN 0 WHEN 'scale' THEN 1 ELSE 2 END AS place,
               CASE j.kind WHEN 'guardrail' THEN 'guard' ELSE j.kind END AS section, j.measure,
               CASE j.value WHEN 'treatment' THEN j.now END AS treatment, CASE j.value WHEN 'holdout' THEN j.now END AS holdout,
               CASE j.value WHEN 'difference' THEN j.now END AS difference, CASE j.value WHEN 'low' THEN j.now END AS low,
               CASE j.value WHEN 'high' THEN j.now END AS high, CASE j.value WHEN 'p_value' THEN j.now END AS p_value,
               format('%s (%s %s)', j.says, j.op, trim_scale(j.threshold)) AS verdict
          FROM judged j
        UNION ALL
        SELECT 700, 'now', 'what the rules say', NULL, NULL, NULL, NULL, NULL, NULL,
               CASE WHEN bool_or(j.kind = 'rollback' AND j.says = 'yes') THEN 'roll back'
                    WHEN bool_or(j.kind = 'guardrail' AND j.says = 'no') THEN 'guardrail broken'
                    -- a guardrail without a number guards nothing
                    WHEN bool_and(j.says = 'yes') FILTER (WHERE j.kind = 'scale')
                         AND bool_and(j.says = 'yes') FILTER (WHERE j.kind = 'guardrail') IS NOT FALSE THEN 'scale'
                    WHEN count(*) FILTER (WHERE j.kind <> 'guardrail') = 0 THEN 'no rules'
                    ELSE 'go on' END
          FROM judged j
    )
    SELECT a.section, a.measure, a.treatment, a.holdout, a.difference, a.low, a.high, a.p_value, a.verdict
      FROM (SELECT f.place, f.section, f.measure, f.treatment, f.holdout, f.difference, f.low, f.high, f.p_value, f.verdict FROM found f
            UNION ALL
            SELECT r.place, r.section, r.measure, r.treatment, r.holdout, r.difference, r.low, r.high, r.p_value, r.verdict FROM rules r) a
     ORDER BY a.place, a.measure COLLATE "C", a.verdict COLLATE "C";
END;
$$;
COMMENT ON FUNCTION pls.pilot_report IS
    'What a pilot shows at as_of (NULL, or to come: now), by intention to treat: everybody in pls.pilot_entities() by arm, once. Sections. arms: how many, with the test of the share held out; those whose time for outcomes is not over, which nothing else compares; the share alerted. outcome: the shares of each arm that had the outcome in time, by events alone (by_hand: also rows of pls.outcomes entered by hand), the difference with Newcombe''s 95 % interval and the p-value of the z-test, which hold for one look at the planned size (verdict too early before that, no plan without one); and, any time, the interval and p-value of pls.any_time_lift (Lindon and Malek, NeurIPS 2022), which hold however often they are read. left out: outcomes written by dispositions, which those held out cannot get, and by hand. size: planned for p_base and p_target, and reached. leading: of arm treatment the shares touched and met (a disposition with outcome meeting), the median hours to the first touch, the shares of alerts late and rejected as a bad signal; of both the share active since the decision, and the score now. guard, scale, rollback: the rules of pls.pilot_rules, yes or no, and now: what follows (scale only if every guardrail says yes, too). Errors: 42704 no such pilot.';

CREATE FUNCTION pls.pilot_notes(pilot text, as_of timestamptz DEFAULT NULL, by_hand boolean DEFAULT false)
    RETURNS TABLE (note text)
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    SET intervalstyle = 'postgres'
AS $$
#variable_conflict use_column
DECLARE
    trial  pls.pilots := pls_internal.pilot_named(pilot_notes.pilot);
    at     CONSTANT timestamptz := least(coalesce(pilot_notes.as_of, pls.now()), pls.now());
    wanted CONSTANT text[] := pls_internal.pilot_outcomes(trial);
BEGIN
    RETURN QUERY
    WITH r AS MATERIALIZED (
        SELECT p.section, p.measure, p.treatment, p.holdout, p.verdict
          FROM pls.pilot_report(pilot_notes.pilot, at, pilot_notes.by_hand) p
    ), notes (place, note) AS (
        SELECT 1, format('Pilot "%s" of motion "%s" %s.', trial.pilot, trial.motion,
                         CASE trial.status WHEN 'running' THEN 'has been running since ' || pls_internal.utc_text(trial.started_at)
                                           WHEN 'stopped' THEN 'was stopped ' || pls_internal.utc_text(trial.stopped_at)
                                           ELSE 'is a draft' END)
        UNION ALL
        SELECT 2, 'Every entity counts in the arm that was drawn for it, whatever became of its alert, from its first decision.'
        UNION ALL
        SELECT 3, format('An outcome counts within %s of the decision. %s', trial.outcome_within,
                         CASE WHEN pilot_notes.by_hand THEN 'Those of events count, and those entered by hand.'
                              ELSE 'Only those of events count.' END)
        UNION ALL
        SELECT 4, format('"%s" by disposition is left out: those held out have no alert to be disposed of.', r.measure)
          FROM r WHERE r.section = 'left out' AND r.verdict = 'by disposition'
        UNION ALL
        SELECT 4, format('"%s" entered by hand is left out; by_hand => true counts it.', r.measure)
          FROM r WHERE r.section = 'left out' AND r.verdict = 'by hand'
        UNION ALL
        SELECT 5, CASE r.verdict
                  WHEN 'too early' THEN 'The planned size is not reached yet. Judging interval and p-value at every look finds effects that are not there.'
                  ELSE 'No size is planned. Interval and p-value are valid for a single look, at a size that was fixed in advance.' END
          FROM r WHERE r.section = 'outcome' AND r.measure = wanted[1] AND r.verdict IN ('too early', 'no plan')
        UNION ALL
        SELECT 6, 'Rows "any time" are valid at every look: beta-binomial mixtures (Lindon and Malek, NeurIPS 2022).'
        UNION ALL
        SELECT 7, 'Chance alone does not give arms of these sizes: something else decided. Do not trust the comparison.'
          FROM r WHERE r.section = 'arms' AND r.verdict = 'mismatch'
        UNION ALL
        SELECT 8, format('%s %% of those held out were alerted while their outcomes counted, so the difference may be understated.',
                         trim_scale(round(100 * r.holdout, 1)))
          FROM r WHERE r.section = 'arms' AND r.verdict = 'holdout alerted'
        UNION ALL
        SELECT 9, upper(left(t.text, 1)) || substr(t.text, 2) || '.' FROM unnest(string_to_array(pls_internal.plan_text(trial, at), '; ')) AS t (text)
         WHERE trial.status <> 'stopped' AND EXISTS (SELECT FROM r WHERE r.measure = 'planned' AND r.verdict = 'not reached')
    )
    SELECT n.note FROM notes n WHERE n.note IS NOT NULL ORDER BY n.place, n.note COLLATE "C";
END;
$$;
COMMENT ON FUNCTION pls.pilot_notes IS
    'Sentences to read with pls.pilot_report() of the same arguments: who is compared, what is left out and why, whether it is too early to judge, and the methods.';
