/* 22_signal_catalog.sql - the signals of all motions, in words. */

-- jsonpath quotes each key when it prints.
CREATE FUNCTION pls_internal.predicate_text(predicate jsonpath) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT regexp_replace(regexp_replace(predicate::text, $p$\."([A-Za-z_][A-Za-z0-9_]*)"$p$, $p$.\1$p$, 'g'), $p$^\(([^()]*)\)$$p$, $p$\1$p$);
END;
COMMENT ON FUNCTION pls_internal.predicate_text IS
'A predicate as people write it: keys without quotes where these are not needed. NULL: NULL.';

CREATE FUNCTION pls_internal.describe_events(s pls.signals) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT concat(
        COALESCE(array_to_string(s.events, ' or '), 'any event'),
        ' with ' || pls_internal.predicate_text(s.match));
END;
COMMENT ON FUNCTION pls_internal.describe_events IS
'What matches a signal, in words: the names of its events and its condition.';

CREATE FUNCTION pls_internal.describe_measure(s pls.signals) RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    what text := pls_internal.describe_events(s);
    lately text := COALESCE(' in the last ' || pls_internal.span_text(s.within), '');
BEGIN
    IF s.category = 'outcome' THEN
        RETURN 'every ' || what;
    END IF;
    RETURN CASE s.measure
        WHEN 'count' THEN 'how often ' || what || lately
            || COALESCE(', at most once per user and ' || regexp_replace(pls_internal.span_text(s.collapse), '^1 ', ''), '')
        WHEN 'actors' THEN 'how many users did ' || what || lately
        WHEN 'days' THEN CASE WHEN s.period = interval '1 day'
            THEN 'on how many days ' || what || lately
            ELSE format('in how many periods of %s ', pls_internal.span_text(s.period)) || what || lately END
        WHEN 'distinct' THEN format('how many different values of %s in ', s.property) || what || lately
        WHEN 'sum' THEN format('sum of %s over ', s.property) || what || lately
        WHEN 'max' THEN format('greatest %s of ', s.property) || what || lately
        WHEN 'last' THEN format('latest %s of ', s.property) || what || lately
        WHEN 'recency' THEN 'time since the latest ' || what
        WHEN 'first' THEN 'time since the first ' || what
        WHEN 'growth' THEN what || lately || format(', as a multiple of the %s before (at least %s then)',
                                                    pls_internal.span_text(s.within), trim_scale(s.min_base))
        WHEN 'sequence' THEN 'furthest step of ' || array_to_string(s.events, ', then ')
            || COALESCE(' with ' || pls_internal.predicate_text(s.match), '')
            || format(', all within %s, in the last %s', pls_internal.span_text(s.within), pls_internal.span_text(s.period))
        WHEN 'restart' THEN 'longest break without ' || what
            || CASE WHEN s.period = interval '1 day' THEN ', in days' ELSE format(', in periods of %s', pls_internal.span_text(s.period)) END
            || format(', that ended in the last %s', pls_internal.span_text(s.within))
        WHEN 'attribute' THEN 'account attributes: ' || pls_internal.predicate_text(s.match)
        END;
END;
$$;
COMMENT ON FUNCTION pls_internal.describe_measure IS
'How a signal is measured, in words.';

CREATE FUNCTION pls_internal.percentile_text(percentile numeric, peers bigint) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT concat(trim_scale(percentile),
                  CASE WHEN percentile <> trunc(percentile) OR mod(percentile, 100) BETWEEN 11 AND 13 THEN 'th'
                       WHEN mod(percentile, 10) = 1 THEN 'st'
                       WHEN mod(percentile, 10) = 2 THEN 'nd'
                       WHEN mod(percentile, 10) = 3 THEN 'rd'
                       ELSE 'th' END,
                  ' percentile of ', coalesce(peers || ' peers', 'its peers, not worked out'))
     WHERE percentile IS NOT NULL;
END;
COMMENT ON FUNCTION pls_internal.percentile_text IS
'A percentile in words, such as "90th percentile of 312 peers"; peers NULL: the threshold was not worked out. NULL: no percentile.';

CREATE FUNCTION pls_internal.describe_threshold(s pls.signals) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE
        WHEN s.measure = 'recency' OR s.measure = 'first'
            THEN concat(s.op, ' ', pls_internal.span_text(s.within))
        WHEN s.measure = 'attribute'
            THEN CASE WHEN (s.op = '>=' OR s.op = '=')
                           AND s.threshold = 1
                 THEN 'holds'
                 ELSE concat(s.op, ' ', trim_scale(s.threshold)) END
        -- the number stands for none
        WHEN s.threshold_worked_out_at IS NULL AND s.threshold = pls_internal.threshold_to_come(s)
            THEN concat(s.op, ' ', pls_internal.percentile_text(s.threshold_percentile, NULL))
        ELSE concat(s.op, ' ', trim_scale(s.threshold),
                    ' (' || pls_internal.percentile_text(s.threshold_percentile, s.threshold_peers) || ')') END;
END;
COMMENT ON FUNCTION pls_internal.describe_threshold IS
'When a signal is met, in words.';

CREATE FUNCTION pls_internal.describe_points(s pls.signals) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT concat(
        trim_scale(s.points),
        CASE WHEN s.per_unit THEN ' each' END,
        ', at least ' || trim_scale(s.min_points)::text,
        ', at most ' || trim_scale(s.max_points)::text,
        CASE WHEN s.decay <> 'none' THEN
            concat(', ', s.decay,
                CASE WHEN s.decay = 'exponential'
                THEN ' decay with half-life ' ELSE ' decay over ' END, pls_internal.span_text(s.decay_span)) END);
END;
COMMENT ON FUNCTION pls_internal.describe_points IS
'What a signal is worth, in words.';

CREATE VIEW pls.signal_catalog WITH (security_invoker = true) AS
SELECT s.motion,
       s.signal,
       s.category,
       pls_internal.describe_measure(s) AS how_measured,
       s.events,
       CASE WHEN s.category <> 'outcome'
            THEN pls_internal.describe_threshold(s) END AS threshold,
       CASE WHEN s.category = 'outcome'
            THEN concat('none, recorded as ', s.outcome)
            ELSE pls_internal.describe_points(s) END AS points,
       s.required,
       s.why,
       s.false_positive_risk,
       s.data_source,
       s.next_best_action,
       s.approved_for_outreach,
       s.enabled
FROM pls.signals AS s;
COMMENT ON VIEW pls.signal_catalog IS
'The signals of all motions in words. Use it to adapt a template to the events of an application.';
COMMENT ON COLUMN pls.signal_catalog.motion IS 'The motion.';
COMMENT ON COLUMN pls.signal_catalog.signal IS 'The signal.';
COMMENT ON COLUMN pls.signal_catalog.category IS 'Its category.';
COMMENT ON COLUMN pls.signal_catalog.how_measured IS 'How its value is measured, in words.';
COMMENT ON COLUMN pls.signal_catalog.events IS 'The event names that it matches; they must be names that the application uses. NULL: every event, or an attribute.';
COMMENT ON COLUMN pls.signal_catalog.threshold IS 'When it is met, in words. NULL for an outcome.';
COMMENT ON COLUMN pls.signal_catalog.points IS 'What it is worth, in words.';
COMMENT ON COLUMN pls.signal_catalog.required IS 'Whether an entity must meet it to qualify.';
COMMENT ON COLUMN pls.signal_catalog.why IS 'Why it shows value or intent.';
COMMENT ON COLUMN pls.signal_catalog.false_positive_risk IS 'When it can be met without real intent.';
COMMENT ON COLUMN pls.signal_catalog.data_source IS 'Where its data comes from.';
COMMENT ON COLUMN pls.signal_catalog.next_best_action IS 'What a rep does when it is the strongest signal.';
COMMENT ON COLUMN pls.signal_catalog.approved_for_outreach IS 'Whether outreach messages may mention it.';
COMMENT ON COLUMN pls.signal_catalog.enabled IS 'Whether it counts.';
