/* 54_suggest_threshold.sql - the score from which on there are as many alerts as people can work.
 *
 * How many alerts a threshold brings about cannot be read from scores: who
 * crosses it, when, and what a cooldown then keeps off depends on it.  So each
 * candidate is replayed, and the right one found by halving: there are fewer
 * alerts the higher it is.  Candidates are whole numbers, as people write them,
 * and what there is now.
 */

CREATE FUNCTION pls_internal.model_with_threshold(model jsonb, threshold numeric) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT jsonb_set(model, '{motion}', model -> 'motion' || jsonb_build_object(
               'qualify_at', threshold,
               -- as far below as before
               'release_at', CASE WHEN m.release_at IS NOT NULL
                                  THEN greatest(threshold - (m.qualify_at - m.release_at), m.min_score) END,
               'triage_at', CASE WHEN m.triage_at < threshold THEN m.triage_at END))
      FROM (SELECT (model #>> '{motion,qualify_at}')::numeric AS qualify_at, (model #>> '{motion,release_at}')::numeric AS release_at,
                   (model #>> '{motion,triage_at}')::numeric AS triage_at, (model #>> '{motion,min_score}')::numeric AS min_score) m;
END;
COMMENT ON FUNCTION pls_internal.model_with_threshold IS
'A model, in the form of pls.model_versions.model, with another qualify_at: release_at is as far below it as before, and triage_at is NULL if it is not below.';

CREATE TYPE pls_internal.threshold_row AS (
    threshold numeric,
    alerts    bigint,
    triage    bigint,
    judged    bigint,
    hits      bigint,
    not_over  bigint
);
COMMENT ON TYPE pls_internal.threshold_row IS 'What a threshold brings about.';
COMMENT ON COLUMN pls_internal.threshold_row.threshold IS 'The threshold, of pls.motions.qualify_at.';
COMMENT ON COLUMN pls_internal.threshold_row.alerts IS 'Alerts that were raised in lane sales or went over there from triage.';
COMMENT ON COLUMN pls_internal.threshold_row.triage IS 'Alerts that were raised in lane triage.';
COMMENT ON COLUMN pls_internal.threshold_row.judged IS 'Entities that are judged by their first alert of lane sales.';
COMMENT ON COLUMN pls_internal.threshold_row.hits IS 'Of these, with the outcome within the horizon.';
COMMENT ON COLUMN pls_internal.threshold_row.not_over IS 'Entities that are not judged, for their horizon is not over.';

CREATE FUNCTION pls_internal.try_threshold(play pls.motions, model jsonb, threshold numeric, "from" timestamptz, until timestamptz,
                                           horizon interval, outcomes text[], assume jsonb)
    RETURNS pls_internal.threshold_row
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
    -- each time the same assumptions
    SET client_min_messages = warning
AS $$
#variable_conflict use_column
DECLARE
    tried pls_internal.threshold_row;
BEGIN
    SELECT try_threshold.threshold, count(*) FILTER (WHERE a.lane = 'sales'), count(*) FILTER (WHERE a.lane = 'triage'),
           count(*) FILTER (WHERE a.is_judged AND a.is_over), count(a.outcome_at) FILTER (WHERE a.is_judged AND a.is_over),
           count(*) FILTER (WHERE a.is_judged AND NOT a.is_over)
      INTO tried
      FROM (SELECT r.lane, r.is_over, r.outcome_at,
                   r.at_risk AND r.lane = 'sales' AND row_number() OVER (PARTITION BY r.entity_id, r.lane ORDER BY r.at) = 1 AS is_judged
              -- as pls.backtest() does, to see alerts go over to sales that were raised before
              FROM pls_internal.replayed_alerts(play, pls_internal.later(try_threshold."from", - horizon), try_threshold.until, horizon, outcomes,
                       pls_internal.model_with_threshold(model, try_threshold.threshold), assume) r
             WHERE r.at >= try_threshold."from") a;
    RETURN tried;
END;
$$;
COMMENT ON FUNCTION pls_internal.try_threshold IS
'What a threshold would have brought about in a period: a replay. Errors of pls.replay().';

-- Between a threshold that brings about too many and one that does not.
CREATE FUNCTION pls_internal.search_threshold(play pls.motions, model jsonb, wanted numeric, "from" timestamptz, until timestamptz,
                                              horizon interval, outcomes text[], assume jsonb)
    RETURNS pls_internal.threshold_row[]
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    lowest  CONSTANT numeric := greatest(ceil(play.min_score), 1);
    highest CONSTANT numeric := floor(coalesce(play.max_score, pls_internal.limit_of('number')));
    many    numeric := lowest - 1;
    few     numeric := highest + 1;
    next    numeric := least(greatest(round(play.qualify_at), lowest), highest);
    tried   pls_internal.threshold_row;
    rows    pls_internal.threshold_row[] := '{}';
BEGIN
    -- what there is now is always among the rows
    IF next <> play.qualify_at THEN
        rows := rows || pls_internal.try_threshold(play, model, play.qualify_at, "from", until, horizon, outcomes, assume);
    END IF;
    WHILE few - many > 1 LOOP
        tried := pls_internal.try_threshold(play, model, next, "from", until, horizon, outcomes, assume);
        rows := rows || tried;
        IF tried.alerts > wanted THEN
            many := next;
        ELSE
            few := next;
        END IF;
        -- without a highest score, not by halving all numbers
        next := least(floor((many + few) / 2), greatest(2 * many, 100));
        IF next <= many THEN
            next := many + 1;
        END IF;
    END LOOP;
    RETURN rows;
END;
$$;
COMMENT ON FUNCTION pls_internal.search_threshold IS
'Replays of thresholds, in the order in which they were tried: the motion''s own, then by halving, until two that differ by one bring about more alerts than wanted and not more, or there is none beyond.';

CREATE FUNCTION pls.suggest_threshold(motion text, alerts_per_week numeric, "from" timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL,
                                      horizon interval DEFAULT '30 days', outcome text DEFAULT NULL, assume jsonb DEFAULT NULL)
    RETURNS TABLE (threshold numeric, release_at numeric, triage_at numeric, suggested boolean, alerts bigint, alerts_a_week numeric, triage_a_week numeric,
                   judged bigint, hits bigint, "precision" numeric, precision_low numeric, precision_high numeric,
                   not_over bigint, note text)
    LANGUAGE plpgsql VOLATILE ROWS 10
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    within CONSTANT interval := coalesce(suggest_threshold.horizon, '30 days');
    ends   CONSTANT timestamptz := coalesce(suggest_threshold.until, pls.now());
    begins CONSTANT timestamptz := coalesce(suggest_threshold."from", pls_internal.later(ends, - interval '84 days'));
    play   CONSTANT pls.motions := pls_internal.backtested_motion(suggest_threshold.motion, begins, ends, within);
    asked  CONSTANT text[] := pls_internal.outcomes_asked(play, suggest_threshold.outcome);
    weeks  CONSTANT numeric := EXTRACT(epoch FROM ends - begins) / 604800;
    model  CONSTANT jsonb := pls_internal.model_of(play.motion);
    tried  pls_internal.threshold_row[];
    is_known boolean;
    best   numeric;
    wanted numeric;
BEGIN
    IF alerts_per_week IS NULL OR NOT (alerts_per_week > 0 AND alerts_per_week < 'Infinity') THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'alerts_per_week must be greater than 0',
            DETAIL = format('It is %s.', coalesce(alerts_per_week::text, 'NULL')),
            HINT = 'Use the number of alerts that the reps can work in a week.';
    END IF;
    wanted := alerts_per_week * weeks;
    tried := pls_internal.search_threshold(play, model, wanted, begins, ends, within, asked, assume);
    is_known := EXISTS (SELECT FROM pls_internal.outcomes_to_predict(play, asked));
    -- the lowest that does not bring about too many, if a lower one does
    SELECT min(t.threshold) INTO best FROM unnest(tried) t
     WHERE t.alerts <= wanted AND (t.alerts = floor(wanted) OR EXISTS (SELECT FROM unnest(tried) l WHERE l.alerts > wanted));
    RETURN QUERY
    SELECT t.threshold, (m.with_it ->> 'release_at')::numeric, (m.with_it ->> 'triage_at')::numeric, t.threshold IS NOT DISTINCT FROM best, t.alerts, round(t.alerts / weeks, 2), round(t.triage / weeks, 2),
           t.judged, CASE WHEN is_known THEN t.hits END, CASE WHEN is_known THEN round(t.hits::numeric / nullif(t.judged, 0), 3) END,
           w.low, w.high, t.not_over,
           nullif(concat_ws('; ',
               CASE WHEN t.threshold = play.qualify_at THEN 'as it is now' END,
               CASE WHEN t.threshold = best AND s.last > best THEN format('the same up to %s', s.last) END,
               CASE WHEN t.threshold = best AND t.alerts < 0.75 * wanted AND b.alerts > wanted
                    THEN format('none is nearer: one point lower, it would be %s a week', round(b.alerts / weeks, 2)) END,
               CASE WHEN best IS NULL AND t.threshold = (SELECT max(x.threshold) FROM unnest(tried) x) AND t.alerts > wanted
                    THEN 'even the highest threshold brings about more' END,
               CASE WHEN best IS NULL AND t.threshold = (SELECT min(x.threshold) FROM unnest(tried) x) AND t.alerts <= wanted
                    THEN 'even the lowest threshold does not bring about so many' END,
               CASE WHEN t.threshold = coalesce(best, play.qualify_at)
                    THEN pls_internal.hits_note(play, asked, is_known, t.judged, t.hits) END), '')
      FROM unnest(tried) t
     CROSS JOIN LATERAL (SELECT pls_internal.model_with_threshold(model, t.threshold) -> 'motion' AS with_it) m
      LEFT JOIN unnest(tried) b ON b.threshold = t.threshold - 1
     CROSS JOIN LATERAL (SELECT max(x.threshold) AS last FROM unnest(tried) x WHERE x.alerts = t.alerts) s
      LEFT JOIN LATERAL pls_internal.wilson(t.hits, t.judged) w ON is_known
     ORDER BY t.threshold;
    RAISE NOTICE USING MESSAGE = pls_internal.assumptions_text(play, pls_internal.assumptions_of(play, suggest_threshold.assume));
END;
$$;
COMMENT ON FUNCTION pls.suggest_threshold IS
'Which qualify_at would have brought about at most alerts_per_week alerts of lane sales in a period (as in pls.backtest(): raised there, or gone over there from triage), each candidate by pls.replay(): a row for each threshold that was tried, the lowest first. suggested: it is the lowest of these that does not bring about more, of which all but that of now are whole numbers; nothing is changed. release_at, triage_at: those of pls.motions that go with it in the replay, to be set in the same UPDATE: release_at as far below as now, though not below min_score (NULL: as now it is the threshold itself), and triage_at as it is if it is lower, else NULL: without triage. note: as it is now; the same up to a higher one, of those that were tried; none is nearer, if many entities have the same score and one point makes a great difference; even the highest brings about more, or the lowest not so many: then none is suggested. judged, hits, precision: as in pls.backtest(), of alerts of lane sales; NULL if no outcome is known. from, until: the period, the end not included; NULL: the twelve weeks up to now. outcome, horizon: as in pls.backtest(). assume: of pls.replay(); without it no alert is ever closed, and an entity has one; what is assumed is said in a notice. A period without alerts of a lasting kind, as holidays, is no measure of others. Each threshold reads the watched tables once; there are about eight. Errors: 42704 no such motion, 22023 alerts_per_week is not above 0, 22004 and 22023 an impossible period or horizon, and those of pls.replay().';
