/* 14_signal_performance.sql - what became of the alerts in which a signal was met.
 *
 * An alert keeps the lines of its evidence, so that the answer does not depend
 * on what has become of the model or of the events since.  What a rep said of
 * an alert is its disposition of today: one that was changed or taken back
 * counts once, as it is now.
 */

-- What is asked of a sample before anything is said about a signal.
CREATE FUNCTION pls_internal.signal_action(signal pls.signals, accepted bigint, rejected bigint,
                                           others_accepted bigint, others_rejected bigint) RETURNS text
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    few     CONSTANT bigint := 20;
    half    CONSTANT numeric := 0.5;
    quarter CONSTANT numeric := 0.25;
    narrow  CONSTANT numeric := 0.2;
    own     record;
    others  record;
    compared boolean;
BEGIN
    IF (signal).signal IS NULL OR NOT (signal).enabled THEN
        RETURN NULL;
    ELSIF accepted + rejected < few THEN
        RETURN 'too early to say';
    END IF;
    SELECT w.low, w.high INTO own FROM pls_internal.wilson(accepted, accepted + rejected) w;
    SELECT w.low, w.high INTO others FROM pls_internal.wilson(others_accepted, others_accepted + others_rejected) w;
    compared := others_accepted + others_rejected >= few;

    -- it is there to make alerts fewer: good is what is rejected more often
    IF (signal).points < 0 THEN
        RETURN CASE WHEN compared AND own.low > others.high THEN 'lower points'
                    WHEN (compared AND own.high < others.low) OR own.high - own.low <= narrow THEN 'keep'
                    ELSE 'too early to say' END;
    END IF;
    RETURN CASE WHEN compared AND own.high < others.low AND own.high < quarter AND NOT (signal).required THEN 'retire'
                WHEN own.high < half THEN 'raise threshold'
                WHEN compared AND own.high < others.low
                    THEN CASE WHEN (signal).required OR (signal).points = 0 THEN 'raise threshold' ELSE 'lower points' END
                WHEN own.low >= half OR (compared AND own.low > others.high) OR own.high - own.low <= narrow THEN 'keep'
                ELSE 'too early to say' END;
END;
$$;
COMMENT ON FUNCTION pls_internal.signal_action IS
'What to do about a signal, by the alerts in which it was met and the motion''s others, of which reps said that they accept them or that the signals were wrong; see pls.signal_performance(). NULL: the signal is not there, or not enabled.';

-- Alerts that are alike are counted together before their signals are told
-- apart, which makes few rows of many.
CREATE FUNCTION pls_internal.alike_alerts(motion text, "from" timestamptz, "to" timestamptz, within interval, aims text[])
    RETURNS TABLE (model_version integer, signals jsonb, alerts bigint, accepted bigint, rejected_signal bigint,
                   rejected_other bigint, met bigint, converted bigint, ripe bigint, ripe_converted bigint)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 1000
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    -- of 24-hour days, in whatever time zone
    span    CONSTANT interval := make_interval(secs => extract(epoch FROM within)::double precision);
    aliased CONSTANT boolean := EXISTS (SELECT FROM pls.account_aliases);
BEGIN
    RETURN QUERY
    WITH raised AS MATERIALIZED (
        SELECT a.alert_id, a.entity_id, a.created_at, a.created_at + span AS until,
               CASE WHEN aliased THEN pls_internal.account_of_event(a.account_id, NULL, NULL)
                    ELSE a.account_id END AS account_id,
               -- the transaction that makes a motion leaves the first
               coalesce(a.model_version, 1) AS model_version, d.outcome_class AS class, a.evidence
          FROM pls.alerts a
          LEFT JOIN pls.dispositions d ON d.disposition = a.disposition
         WHERE a.motion = alike_alerts.motion
           AND (alike_alerts."from" IS NULL OR a.created_at >= alike_alerts."from")
           AND (alike_alerts."to" IS NULL OR a.created_at < alike_alerts."to")),
    -- those of the motion, and of the account for whichever motion
    followed AS (
        SELECT r.alert_id, o.outcome, o.signal
          FROM raised r
          JOIN pls.outcomes o ON o.entity_id = r.entity_id AND o.motion = alike_alerts.motion
                             AND o.at >= r.created_at AND o.at < r.until
         WHERE o.signal IS NOT NULL OR jsonb_typeof(o.detail -> 'alert_id') IS DISTINCT FROM 'number'
         UNION ALL
        SELECT r.alert_id, o.outcome, o.signal
          FROM raised r
          JOIN pls.outcomes o ON r.account_id = CASE WHEN aliased THEN pls_internal.account_of_event(o.account_id, NULL, NULL)
                                                     ELSE o.account_id END
                             AND o.at >= r.created_at AND o.at < r.until
         WHERE o.signal IS NOT NULL OR jsonb_typeof(o.detail -> 'alert_id') IS DISTINCT FROM 'number'
         UNION ALL
        -- what a disposition says is about its own alert, whenever it is said
        SELECT r.alert_id, o.outcome, NULL
          FROM raised r
          JOIN pls.outcomes o ON o.entity_id = r.entity_id AND o.detail -> 'alert_id' = to_jsonb(r.alert_id)
         WHERE o.signal IS NULL),
    became AS (
        SELECT f.alert_id, bool_or(f.outcome = 'meeting') AS met,
               bool_or(f.signal IS NOT NULL AND f.outcome = ANY (aims)) AS converted
          FROM followed f GROUP BY f.alert_id)
    SELECT r.model_version, r.signals, count(*),
           count(*) FILTER (WHERE r.class = 'accepted'), count(*) FILTER (WHERE r.class = 'rejected_signal'),
           count(*) FILTER (WHERE r.class = 'rejected_other'), count(*) FILTER (WHERE b.met), count(*) FILTER (WHERE b.converted),
           count(*) FILTER (WHERE r.until <= pls.now()), count(*) FILTER (WHERE b.converted AND r.until <= pls.now())
      FROM (SELECT s.alert_id, s.model_version, s.class, s.until,
                   jsonb_path_query_array(s.evidence, '$[*] ? (@.met == true).signal') AS signals
              FROM raised s) r
      LEFT JOIN became b ON b.alert_id = r.alert_id
     GROUP BY r.model_version, r.signals;
END;
$$;
COMMENT ON FUNCTION pls_internal.alike_alerts IS
'Part of pls.signal_performance(): the motion''s alerts by the version of the model and the signals that were met, and what became of them. aims: the outcomes that count as converted; ripe: alerts of which the time within is over.';

CREATE FUNCTION pls.signal_performance(motion text, "from" timestamptz DEFAULT NULL, "to" timestamptz DEFAULT NULL,
                                       within interval DEFAULT '30 days')
    RETURNS TABLE (signal text, model_version integer, alerts bigint,
                   accepted bigint, rejected_signal bigint, rejected_other bigint, met bigint, converted bigint,
                   "precision" numeric, precision_low numeric, precision_high numeric,
                   lift numeric, lift_of text, action text)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 50
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    span CONSTANT interval := coalesce(within, '30 days');
    aims text[];
BEGIN
    SELECT pls_internal.outcomes_aimed_at(m.objective) INTO aims
      FROM pls.motions m WHERE m.motion = signal_performance.motion;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_object',
            MESSAGE = format('motion "%s" does not exist', coalesce(signal_performance.motion, 'NULL')),
            HINT = 'pls.motions lists the motions.';
    END IF;
    PERFORM pls_internal.check_span(span, 'within');
    RETURN QUERY
    WITH counted AS MATERIALIZED (
        SELECT e.signal, k.model_version, sum(k.alerts)::bigint AS alerts,
               sum(k.accepted)::bigint AS accepted, sum(k.rejected_signal)::bigint AS rejected_signal,
               sum(k.rejected_other)::bigint AS rejected_other, sum(k.met)::bigint AS met,
               sum(k.converted)::bigint AS converted, sum(k.ripe) AS ripe, sum(k.ripe_converted) AS ripe_converted
          FROM pls_internal.alike_alerts(motion, "from", "to", span, aims) k
         CROSS JOIN LATERAL (SELECT NULL::text AS signal
                              UNION
                             SELECT x.signal FROM jsonb_array_elements_text(k.signals) AS x (signal)) e
         GROUP BY GROUPING SETS ((e.signal, k.model_version), (e.signal)))
    SELECT c.signal, c.model_version, c.alerts, c.accepted, c.rejected_signal, c.rejected_other, c.met, c.converted,
           round(c.accepted::numeric / nullif(c.accepted + c.rejected_signal, 0), 3), w.low, w.high,
           round(l.lift, 2), CASE WHEN l.lift IS NULL THEN NULL WHEN l.of_precision THEN 'precision' ELSE 'conversion' END,
           pls_internal.signal_action(s, c.accepted, c.rejected_signal,
                                      t.accepted - c.accepted, t.rejected_signal - c.rejected_signal)
      FROM counted c
      JOIN counted t ON t.signal IS NULL AND t.model_version IS NOT DISTINCT FROM c.model_version
      LEFT JOIN pls.signals s ON s.motion = signal_performance.motion AND s.signal = c.signal
     CROSS JOIN LATERAL pls_internal.wilson(c.accepted, c.accepted + c.rejected_signal) w
     CROSS JOIN LATERAL (SELECT c.accepted + c.rejected_signal > 0 AND t.accepted > 0 AS of_precision) p
     CROSS JOIN LATERAL (
           SELECT p.of_precision,
                  CASE WHEN c.signal IS NULL THEN NULL
                       WHEN p.of_precision
                           THEN c.accepted * (t.accepted + t.rejected_signal)::numeric
                                / ((c.accepted + c.rejected_signal) * t.accepted::numeric)
                       ELSE c.ripe_converted * t.ripe / nullif(c.ripe * t.ripe_converted, 0) END AS lift) l
     ORDER BY c.signal COLLATE "C" NULLS FIRST, c.model_version NULLS FIRST;
END;
$$;
COMMENT ON FUNCTION pls.signal_performance IS
'What became of a motion''s alerts in which a signal was met, by the evidence that they keep: a row for each signal and version of the model, and one for all versions (model_version NULL); signal NULL: all alerts of the motion. Alerts raised since "from" and before "to" (NULL: no bound). accepted, rejected_signal, rejected_other: by the class of their disposition as it is now. met: a meeting came of it, by its disposition, or otherwise within the time within. converted: an event brought the outcome that the motion aims at (pls.motions.objective) within that time, which a disposition alone does not. precision: accepted / (accepted + rejected_signal), with its 95 % interval by Wilson. lift: the signal''s precision divided by that of all of the motion''s alerts; without dispositions its share converted, of the alerts older than within; lift_of says which. action, by the interval and the sample and never by the precision alone, is the first that holds of the signal as it is now. too early to say: fewer than 20 of the alerts with the signal were accepted or rejected_signal. retire: the interval lies below 0.25 and below the interval of the motion''s other alerts, of which there are 20 as well; a required signal is never retired. raise threshold (of an attribute: a stricter match): it lies below 0.5. lower points: it lies below that of 20 others; of a required signal or one without points: raise threshold. keep: it lies from 0.5 up, or above that of 20 others, or is no wider than 0.2. Otherwise too early to say. A signal with negative points is there to make alerts fewer. lower points (take less off): it lies above that of 20 others. keep: it lies below, or is no wider than 0.2. If nearly all alerts meet a signal, there are no 20 others, and it is judged by its own interval. NULL: of all alerts, and of a signal that the motion no longer has, or has disabled. Errors: 42704 no such motion, 22023 for an impossible within.';
