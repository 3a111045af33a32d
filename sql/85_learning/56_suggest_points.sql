/* 56_suggest_points.sql - what points the signals would get from what came of those that met them.
 *
 * Each entity counts once, at its first decision in the period: which signals
 * it met then, and whether it had the outcome within the horizon.  Those whose
 * horizon ends by an instant are what the logistic fit is made on; those who
 * are decided after it, what it is judged on.  Never by drawing lots: points
 * are used on what comes later, and what happens to many at a time (a new price,
 * a campaign) would be on both sides.
 *
 * A coefficient is the logarithm of an odds ratio.  Points are coefficients
 * times a factor, the same for all, so that as many points are given as now:
 * the sums of |points| over all signals met are the same.  That alone does not
 * say from which score on to alert.  So the threshold comes with it from which
 * on as many entities qualify as do now.
 *
 * It is a sample of those who came as far as a decision, who resemble each
 * other in what brought them there.  Signals that all of them met, or none, get
 * no points from it.
 */

-- DeLong, DeLong and Clarke-Pearson, Biometrics 44 (1988), by ranks.
CREATE FUNCTION pls_internal.compare_rankings(hits boolean[], a double precision[], b double precision[],
                                              OUT auc_a double precision, OUT auc_b double precision, OUT error double precision)
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    WITH pairs AS (
        SELECT u.hit, u.a, u.b FROM unnest(hits, a, b) AS u (hit, a, b)),
    -- of a hit, the share of others that it is above; of another, of hits below which it is
    placed AS (
        SELECT r.hit,
               CASE WHEN r.hit THEN r.all_a - r.own_a ELSE n.hits - (r.all_a - r.own_a) END / nullif(CASE WHEN r.hit THEN n.others ELSE n.hits END, 0) AS a,
               CASE WHEN r.hit THEN r.all_b - r.own_b ELSE n.hits - (r.all_b - r.own_b) END / nullif(CASE WHEN r.hit THEN n.others ELSE n.hits END, 0) AS b
          FROM (SELECT p.hit,
                       rank() OVER (ORDER BY p.a) + (count(*) OVER (PARTITION BY p.a) - 1) / 2.0::double precision AS all_a,
                       rank() OVER (ORDER BY p.b) + (count(*) OVER (PARTITION BY p.b) - 1) / 2.0::double precision AS all_b,
                       rank() OVER (PARTITION BY p.hit ORDER BY p.a) + (count(*) OVER (PARTITION BY p.hit, p.a) - 1) / 2.0::double precision AS own_a,
                       rank() OVER (PARTITION BY p.hit ORDER BY p.b) + (count(*) OVER (PARTITION BY p.hit, p.b) - 1) / 2.0::double precision AS own_b
                  FROM pairs p) r
         CROSS JOIN (SELECT count(*) FILTER (WHERE p.hit) AS hits, count(*) FILTER (WHERE NOT p.hit) AS others FROM pairs p) n)
    SELECT avg(p.a) FILTER (WHERE p.hit), avg(p.b) FILTER (WHERE p.hit),
           sqrt(var_samp(p.b - p.a) FILTER (WHERE p.hit) / nullif(count(*) FILTER (WHERE p.hit), 0)
                + var_samp(p.b - p.a) FILTER (WHERE NOT p.hit) / nullif(count(*) FILTER (WHERE NOT p.hit), 0))
      FROM placed p
$$;
COMMENT ON FUNCTION pls_internal.compare_rankings IS
'How well two scores tell hits from others: auc, of each, is the probability that a hit has the higher one (ties count half); error is the standard error of auc_b - auc_a, by DeLong, DeLong and Clarke-Pearson (Biometrics 44, 1988). Arrays of the same length, without NULLs. NULL without hits or without others; error NULL also if there is only one of them.';

CREATE TYPE pls_internal.first_decision AS (
    at      timestamptz,
    ends_at timestamptz,
    is_over boolean,
    score   numeric,
    met     double precision[],
    hit     boolean
);
COMMENT ON TYPE pls_internal.first_decision IS 'The first decision about an entity in a period, and what came of it.';
COMMENT ON COLUMN pls_internal.first_decision.at IS 'When it was decided.';
COMMENT ON COLUMN pls_internal.first_decision.ends_at IS 'When the horizon ends.';
COMMENT ON COLUMN pls_internal.first_decision.is_over IS 'Whether that is over by the end of the data.';
COMMENT ON COLUMN pls_internal.first_decision.score IS 'The score.';
COMMENT ON COLUMN pls_internal.first_decision.met IS 'Of each signal, in the order that was asked for: 1 met, 0 not.';
COMMENT ON COLUMN pls_internal.first_decision.hit IS 'Whether the outcome came within the horizon.';

CREATE FUNCTION pls_internal.first_decisions(play pls.motions, "from" timestamptz, until timestamptz, horizon interval,
                                             outcomes text[], assume jsonb, signals text[])
    RETURNS SETOF pls_internal.first_decision
    LANGUAGE plpgsql VOLATILE ROWS 1000
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    ends CONSTANT timestamptz := pls_internal.end_of_data((play).motion);
    once CONSTANT boolean := pls_internal.happens_once(outcomes);
BEGIN
    RETURN QUERY
    SELECT d.at, d.until, d.until <= ends, d.score,
           ARRAY(SELECT (s.signal = ANY (d.signals))::integer::double precision
                   FROM unnest(first_decisions.signals) WITH ORDINALITY AS s (signal, place) ORDER BY s.place),
           EXISTS (SELECT FROM unnest(k.instants) o (at) WHERE o.at > d.at AND o.at <= d.until)
      FROM (SELECT DISTINCT ON (r.entity_id)
                   r.entity_id, r.at, r.score, r.signals, pls_internal.later(r.at, horizon) AS until,
                   pls_internal.outcome_subject((play).unit, r.entity_id, NULL) AS subject
              FROM pls.replay((play).motion, first_decisions."from", first_decisions.until, assume => first_decisions.assume) r
             WHERE r.reason <> ALL ('{error,excluded,out_of_segment,already_customer}')
             ORDER BY r.entity_id, r.at) d
      LEFT JOIN pls_internal.outcomes_to_predict(play, outcomes) k ON k.subject = d.subject
     WHERE (once AND k.instants[1] <= d.at) IS NOT TRUE
     ORDER BY d.at, d.entity_id COLLATE "C";
END;
$$;
COMMENT ON FUNCTION pls_internal.first_decisions IS
'The first decision about each entity in a period by pls.replay(), in order, with which of these signals were met. Without those who are not to be alerted at all, and those who have had an outcome that happens once. Errors of pls.replay().';

CREATE TYPE pls_internal.fitted_signal AS (
    signal      text,
    now         numeric,
    per_unit    boolean,
    state       text,
    coefficient double precision,
    error       double precision,
    met         bigint,
    hits        bigint,
    others      bigint,
    other_hits  bigint,
    depends_on  text,
    suggested   numeric,
    factor      double precision
);
COMMENT ON TYPE pls_internal.fitted_signal IS 'A signal in a fit of pls.suggest_points().';
COMMENT ON COLUMN pls_internal.fitted_signal.signal IS 'The signal.';
COMMENT ON COLUMN pls_internal.fitted_signal.now IS 'Its points.';
COMMENT ON COLUMN pls_internal.fitted_signal.per_unit IS 'Whether they are points per unit.';
COMMENT ON COLUMN pls_internal.fitted_signal.state IS 'A word of pls_internal.logistic_fit().';
COMMENT ON COLUMN pls_internal.fitted_signal.coefficient IS 'Its coefficient. NULL: it has none.';
COMMENT ON COLUMN pls_internal.fitted_signal.error IS 'The standard error of the coefficient.';
COMMENT ON COLUMN pls_internal.fitted_signal.met IS 'Entities that met it.';
COMMENT ON COLUMN pls_internal.fitted_signal.hits IS 'Of these, with the outcome.';
COMMENT ON COLUMN pls_internal.fitted_signal.others IS 'Entities that did not meet it.';
COMMENT ON COLUMN pls_internal.fitted_signal.other_hits IS 'Of these, with the outcome.';
COMMENT ON COLUMN pls_internal.fitted_signal.depends_on IS 'What it is a sum of, if it is dependent.';
COMMENT ON COLUMN pls_internal.fitted_signal.suggested IS 'The coefficient as points. NULL: none are suggested.';
COMMENT ON COLUMN pls_internal.fitted_signal.factor IS 'Points for a coefficient of 1.';

-- Alike rows are fitted together.
CREATE FUNCTION pls_internal.fit_signals(motion text, signals text[], rows pls_internal.first_decision[], ridge double precision)
    RETURNS SETOF pls_internal.fitted_signal
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 20
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH kinds AS MATERIALIZED (
        SELECT r.met, count(*) AS trials, count(*) FILTER (WHERE r.hit) AS hits FROM unnest(rows) r GROUP BY r.met),
    fit AS MATERIALIZED (
        SELECT f.* FROM (SELECT array_agg(k.met ORDER BY k.met) AS x, array_agg(k.hits ORDER BY k.met) AS hits,
                                array_agg(k.trials ORDER BY k.met) AS trials FROM kinds k) d
         CROSS JOIN LATERAL pls_internal.logistic_fit(d.x, d.hits, d.trials, ridge) f),
    fitted AS (
        SELECT n.place, n.signal, s.points, s.per_unit, f.states[n.place] AS state, f.coefficients[n.place] AS coefficient,
               f.errors[n.place] AS error, c.met, c.hits, c.others, c.other_hits,
               (SELECT ltrim(string_agg(concat(CASE WHEN w.c < 0 THEN '- ' ELSE '+ ' END,
                                               nullif(abs(w.c), 1) || ' x ', o.signal), ' ' ORDER BY o.place), '+ ')
                  FROM unnest(fit_signals.signals) WITH ORDINALITY AS o (signal, place)
                 CROSS JOIN LATERAL (SELECT trim_scale(round(f.depends_on[n.place][o.place]::numeric, 3)) AS c) w
                 WHERE w.c <> 0) AS depends_on,
               abs(f.coefficients[n.place]) < 'Infinity' AND NOT s.per_unit AS counts
          FROM fit f
         CROSS JOIN unnest(fit_signals.signals) WITH ORDINALITY AS n (signal, place)
          JOIN pls.signals s ON s.motion = fit_signals.motion AND s.signal = n.signal
         CROSS JOIN LATERAL (
               SELECT coalesce(sum(k.trials) FILTER (WHERE k.met[n.place] = 1), 0)::bigint AS met,
                      coalesce(sum(k.hits) FILTER (WHERE k.met[n.place] = 1), 0)::bigint AS hits,
                      coalesce(sum(k.trials) FILTER (WHERE k.met[n.place] = 0), 0)::bigint AS others,
                      coalesce(sum(k.hits) FILTER (WHERE k.met[n.place] = 0), 0)::bigint AS other_hits
                 FROM kinds k) c),
    -- as many points as now
    scale AS (
        SELECT nullif(sum(abs(f.points) * f.met), 0)::double precision / nullif(sum(abs(f.coefficient) * f.met), 0) AS factor
          FROM fitted f WHERE f.counts)
    SELECT f.signal, f.points, f.per_unit, f.state, f.coefficient, f.error, f.met, f.hits, f.others, f.other_hits, f.depends_on,
           CASE WHEN f.counts THEN round((f.coefficient * s.factor)::numeric, 1) END, s.factor
      FROM fitted f CROSS JOIN scale s
     ORDER BY f.place;
END;
$$;
COMMENT ON FUNCTION pls_internal.fit_signals IS
'The logistic fit of whether the outcome came over which signals were met, a row for each signal, and its coefficient as points: times the factor by which the points given to all who met them, whatever their sign, are as many as now. None are suggested for points per unit. Errors of pls_internal.logistic_fit().';

-- What a coefficient cannot tell, or why it tells little.
CREATE FUNCTION pls_internal.coefficient_remark(fitted pls_internal.fitted_signal) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT nullif(concat_ws('; ',
        CASE WHEN (fitted).state = 'constant' AND (fitted).met = 0 THEN 'nobody met it: nothing to compare'
             WHEN (fitted).state = 'constant' THEN 'all met it: nothing to compare'
             WHEN (fitted).state = 'dependent' THEN format('told exactly by others: %s', (fitted).depends_on) END,
        CASE WHEN (fitted).state = 'constant' THEN NULL
             WHEN (fitted).hits = (fitted).met THEN 'separated: all who met it had the outcome'
             WHEN (fitted).hits = 0 THEN 'separated: nobody who met it had the outcome'
             WHEN (fitted).other_hits = (fitted).others THEN 'separated: all who did not meet it had the outcome'
             WHEN (fitted).other_hits = 0 THEN 'separated: nobody who did not meet it had the outcome'
             WHEN (fitted).state = 'separated' THEN 'separated: with others it tells some outcomes exactly' END,
        CASE WHEN (fitted).state <> 'constant' AND least((fitted).met, (fitted).others) < 10
             THEN format('few: %s met it, %s did not', (fitted).met, (fitted).others) END,
        CASE WHEN (fitted).per_unit THEN 'its points are per unit, and only whether it is met was fitted' END), '');
END;
COMMENT ON FUNCTION pls_internal.coefficient_remark IS
'What is to be said of the coefficient of a signal; NULL: nothing.';

-- Limits of categories and decay are left as they are.
CREATE FUNCTION pls_internal.score_with(decision pls_internal.first_decision, fitted pls_internal.fitted_signal[]) RETURNS numeric
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT (decision).score + coalesce(sum(f.suggested - f.now), 0)
      FROM unnest(fitted) WITH ORDINALITY AS f
     WHERE (decision).met[f.ordinality] = 1 AND f.suggested IS NOT NULL
$$;
COMMENT ON FUNCTION pls_internal.score_with IS
'The score at a decision with the suggested points in the place of those of now; decay and limits are not applied anew.';

CREATE FUNCTION pls_internal.ranking_remark(hits bigint, others bigint, low double precision, high double precision) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE WHEN hits = 0 OR others = 0 THEN 'nothing to judge by'
                WHEN least(hits, others) < 10 THEN format('too few to judge by: %s had the outcome, %s did not', hits, others)
                WHEN low > 0 THEN 'the suggested points are better'
                WHEN high < 0 THEN 'the points of now are better'
                ELSE 'no difference is shown' END;
END;
COMMENT ON FUNCTION pls_internal.ranking_remark IS
'What the difference of two rankings says, by its interval, if so many had the outcome and so many did not.';

CREATE FUNCTION pls_internal.points_report(play pls.motions, fitted pls_internal.fitted_signal[], train pls_internal.first_decision[],
                                           test pls_internal.first_decision[], left_out bigint, split timestamptz, ridge double precision)
    RETURNS TABLE (part text, item text, now numeric, suggested numeric, error numeric, low numeric, high numeric,
                   coefficient numeric, coefficient_error numeric, odds_ratio numeric, entities bigint, hits bigint, remark text)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 20
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    z CONSTANT double precision := - pls_internal.normal_quantile(0.025);
BEGIN
    RETURN QUERY
    SELECT 'signal', f.signal, f.now, f.suggested, round(e.points::numeric, 1),
           round((f.coefficient * f.factor - z * e.points)::numeric, 1), round((f.coefficient * f.factor + z * e.points)::numeric, 1),
           round(f.coefficient::numeric, 3), round(f.error::numeric, 3),
           CASE WHEN abs(f.coefficient) < 700 THEN round(exp(f.coefficient)::numeric, 3) END,
           f.met, f.hits, pls_internal.coefficient_remark(ROW(f.signal, f.now, f.per_unit, f.state, f.coefficient, f.error, f.met, f.hits,
                                                             f.others, f.other_hits, f.depends_on, f.suggested, f.factor)::pls_internal.fitted_signal)
      FROM unnest(fitted) WITH ORDINALITY AS f
     CROSS JOIN LATERAL (SELECT CASE WHEN f.suggested IS NOT NULL THEN f.error * f.factor END AS points) e
     ORDER BY f.ordinality;
    -- from which score on as many qualify as do now
    RETURN QUERY
    WITH scored AS (
        SELECT r.score, pls_internal.score_with(r, fitted) AS suggested, r.hit FROM unnest(train) r),
    qualified AS (
        SELECT count(*) AS entities FROM scored s WHERE s.score >= (play).qualify_at)
    SELECT 'threshold', 'qualify_at', (play).qualify_at,
           trim_scale(w.suggested), NULL::numeric, NULL::numeric, NULL::numeric, NULL::numeric, NULL::numeric, NULL::numeric, q.entities,
           (SELECT count(*) FILTER (WHERE s.hit) FROM scored s WHERE s.score >= (play).qualify_at),
           concat_ws('; ', CASE WHEN q.entities > 0 THEN 'from which on as many qualify as do now' ELSE 'none of those fitted qualify now' END,
                     CASE WHEN w.suggested < (play).min_score
                               THEN format('below min_score %s, where scores end: lower min_score, or set it to NULL', trim_scale((play).min_score))
                          WHEN w.suggested > (play).max_score
                               THEN format('above max_score %s, where scores end: raise max_score, or set it to NULL', trim_scale((play).max_score)) END,
                     'nothing has been changed')
      FROM qualified q
      LEFT JOIN LATERAL (SELECT s.suggested FROM scored s ORDER BY s.suggested DESC OFFSET greatest(q.entities - 1, 0) LIMIT least(q.entities, 1)) w ON true;
    RETURN QUERY
    SELECT 'fit', format('decided by %s', pls_internal.utc_text(split)), NULL::numeric, NULL::numeric, NULL::numeric, NULL::numeric, NULL::numeric,
           NULL::numeric, NULL::numeric, NULL::numeric, c.entities, c.hits,
           concat_ws('; ',
               format('%s outcomes for each coefficient%s', round(c.fewer / greatest(n.coefficients, 1), 1),
                      CASE WHEN c.fewer < 10 * n.coefficients THEN
                          CASE WHEN ridge > 0 THEN ': below 10, so the ridge decides more than the data' ELSE ': below 10 they are not to be trusted' END END),
               CASE WHEN c.entities < 10 * n.signals THEN format('few: %s entities for %s signal%s', c.entities, n.signals, CASE WHEN n.signals > 1 THEN 's' END) END)
      FROM (SELECT count(*) AS entities, count(*) FILTER (WHERE r.hit) AS hits,
                   least(count(*) FILTER (WHERE r.hit), count(*) FILTER (WHERE NOT r.hit))::numeric AS fewer FROM unnest(train) r) c
     CROSS JOIN (SELECT count(f.coefficient) AS coefficients, count(*) AS signals FROM unnest(fitted) f) n;
    RETURN QUERY
    SELECT 'judged', 'AUC', round(a.auc_a::numeric, 3), round(a.auc_b::numeric, 3), round(a.error::numeric, 3),
           round((a.auc_b - a.auc_a - z * a.error)::numeric, 3), round((a.auc_b - a.auc_a + z * a.error)::numeric, 3),
           NULL::numeric, NULL::numeric, NULL::numeric, d.entities, d.hits,
           pls_internal.ranking_remark(d.hits, d.entities - d.hits, a.auc_b - a.auc_a - z * a.error, a.auc_b - a.auc_a + z * a.error)
      FROM (SELECT count(*) AS entities, count(*) FILTER (WHERE r.hit) AS hits, array_agg(r.hit) AS hit,
                   array_agg(r.score::double precision) AS now, array_agg(pls_internal.score_with(r, fitted)::double precision) AS suggested
              FROM unnest(test) r) d
     CROSS JOIN LATERAL pls_internal.compare_rankings(d.hit, d.now, d.suggested) a;
    RETURN QUERY
    SELECT 'left out', 'horizon across the division, or not over', NULL::numeric, NULL::numeric, NULL::numeric, NULL::numeric, NULL::numeric,
           NULL::numeric, NULL::numeric, NULL::numeric, left_out, NULL::bigint, NULL::text;
END;
$$;
COMMENT ON FUNCTION pls_internal.points_report IS
'Part of pls.suggest_points(): what is said of a fit, of those that it was made on (train) and those that it is judged on (test).';

CREATE FUNCTION pls.suggest_points(motion text, outcome text DEFAULT NULL, horizon interval DEFAULT '30 days',
                                   "from" timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, train_until timestamptz DEFAULT NULL,
                                   ridge double precision DEFAULT 1, assume jsonb DEFAULT NULL)
    RETURNS TABLE (part text, item text, now numeric, suggested numeric, error numeric, low numeric, high numeric,
                   coefficient numeric, coefficient_error numeric, odds_ratio numeric, entities bigint, hits bigint, remark text)
    LANGUAGE plpgsql VOLATILE ROWS 20
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    within  CONSTANT interval := coalesce(suggest_points.horizon, '30 days');
    ends    CONSTANT timestamptz := coalesce(suggest_points.until, pls.now());
    begins  CONSTANT timestamptz := coalesce(suggest_points."from", pls_internal.later(ends, - interval '365 days'));
    play    CONSTANT pls.motions := pls_internal.backtested_motion(suggest_points.motion, begins, ends, within);
    asked   CONSTANT text[] := pls_internal.outcomes_asked(play, suggest_points.outcome);
    signals CONSTANT text[] := ARRAY(SELECT s.signal FROM pls.signals s
                                      WHERE s.motion = suggest_points.motion AND s.enabled AND s.category <> 'outcome'
                                      ORDER BY s.signal COLLATE "C");
    rows    CONSTANT pls_internal.first_decision[] := ARRAY(
        SELECT d FROM pls_internal.first_decisions(play, begins, ends, within, asked, suggest_points.assume, signals) d);
    split   CONSTANT timestamptz := coalesce(suggest_points.train_until, (
        SELECT percentile_disc(2 / 3.0) WITHIN GROUP (ORDER BY r.at) FROM unnest(rows) r));
    train   CONSTANT pls_internal.first_decision[] := ARRAY(SELECT r FROM unnest(rows) r WHERE r.ends_at <= split);
    test    CONSTANT pls_internal.first_decision[] := ARRAY(SELECT r FROM unnest(rows) r WHERE r.at >= split AND r.is_over);
    hits    bigint;
BEGIN
    SELECT count(*) INTO hits FROM unnest(train) r WHERE r.hit;
    IF cardinality(signals) = 0 OR hits = 0 OR hits = cardinality(train) THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('there is nothing to fit the points of motion "%s" to', suggest_points.motion),
            DETAIL = format('Of %s entities whose horizon ended by %s, %s had the outcome %s; the motion has %s enabled signals.',
                            cardinality(train), CASE WHEN split IS NULL THEN 'then' ELSE pls_internal.utc_text(split) END, hits, array_to_string(asked, ', '), cardinality(signals)),
            HINT = 'Use a longer period or a later train_until. Outcomes of history that was loaded are found by pls.refresh().';
    END IF;
    RETURN QUERY
    SELECT p.* FROM pls_internal.points_report(play,
        ARRAY(SELECT f FROM pls_internal.fit_signals(suggest_points.motion, signals, train, suggest_points.ridge) f),
        train, test, cardinality(rows) - cardinality(train) - cardinality(test), split, suggest_points.ridge) p;
END;
$$;
COMMENT ON FUNCTION pls.suggest_points IS
'What points a motion''s signals would get from what came of those that met them: a logistic fit of whether the outcome came within the horizon over which signals were met at the first decision about each entity in the period, by pls.replay(). It is only a suggestion: nothing is changed. Rows signal: the points of now, the suggested ones with their standard error and 95 % interval (low, high), the coefficient with its error and as odds ratio, how many met the signal (entities) and of them had the outcome (hits), and a remark: all or nobody met it; it is told exactly by others; separated, so that only the ridge bounds it; few; points per unit, for which none are suggested. Suggested points are coefficients times a factor by which the points given to all who met them, whatever their sign, are as many as now. Row threshold: the qualify_at that goes with them, from which on as many of those fitted qualify as do now; its remark says if that lies outside min_score and max_score, where it cannot be set. Row fit: those that the fit was made on, whose horizon ended by train_until (NULL: when two thirds of them were decided); its remark says if these are fewer than ten for each signal. Row judged: of those decided later, how well the scores of now and those with the suggested points tell who had the outcome: AUC, the probability that one who had it has the higher score than one who had not; 0.5 is chance; error and 95 % interval are those of the difference (DeLong). Row left out: whose horizon crosses train_until or is not over by the end of the data. Those who were never decided about are not in it: points are fitted among entities that came close, and for signals that nearly all of these met it says little. from, until: the period; NULL: the year up to now. outcome, horizon, assume: as in pls.backtest(); what the replay takes for granted is said in a notice. ridge: how strongly coefficients are drawn to 0, as if each came from a normal distribution with standard deviation 1 / sqrt(ridge); errors are by the second derivatives of the penalised likelihood; 0: not at all, then separated signals get Infinity. Errors: 42704 no such motion, 55000 nobody or everybody of those fitted had the outcome, or no signals; 22003, 22004 and 22023 impossible arguments, and those of pls.replay().';
