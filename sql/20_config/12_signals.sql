/* 12_signals.sql - signals, and what a row of them must be.
 */

CREATE TABLE pls.signals (
    motion                text NOT NULL,
    signal                text NOT NULL,
    category              text NOT NULL,
    events                text[],
    match                 jsonpath,
    measure               text NOT NULL DEFAULT 'count',
    property              text,
    numeric_strings       boolean NOT NULL DEFAULT false,
    within                interval,
    period                interval,
    op                    text NOT NULL,
    threshold             numeric,
    collapse              interval,
    min_base              numeric,
    points                numeric NOT NULL DEFAULT 0,
    per_unit              boolean NOT NULL DEFAULT false,
    min_points            numeric,
    max_points            numeric,
    decay                 text NOT NULL DEFAULT 'none',
    decay_span            interval,
    required              boolean NOT NULL DEFAULT false,
    outcome               text,
    approved_for_outreach boolean NOT NULL DEFAULT false,
    enabled               boolean NOT NULL DEFAULT true,
    why                   text,
    false_positive_risk   text,
    data_source           text,
    next_best_action      text,
    threshold_percentile  numeric,
    threshold_every       interval,
    threshold_peers       bigint,
    threshold_worked_out_at timestamptz,
    threshold_checked_at  timestamptz,
    threshold_note        text,
    outreach_words        text
        CONSTRAINT outreach_words_have_no_placeholders
        CHECK (outreach_words !~ '[{}]'),
    PRIMARY KEY (motion, signal)
);
SELECT pg_extension_config_dump('pls.signals', '');

COMMENT ON TABLE pls.signals IS
'One row per signal of a motion: what matches, how it is measured, when it is met and what it is worth. Every number has at most 3 decimals, no interval has months or years. An impossible row is refused (22023, 54000 or 0A000, with a hint).';
COMMENT ON COLUMN pls.signals.motion IS 'The motion it belongs to.';
COMMENT ON COLUMN pls.signals.signal IS 'Name within the motion, 1 to 63 bytes.';
COMMENT ON COLUMN pls.signals.category IS 'activation, depth, breadth, integration, invite, admin, billing or risk (engagement dimension), fit (fit dimension), or outcome (worth nothing; a match is written to pls.outcomes).';
COMMENT ON COLUMN pls.signals.events IS 'Names of the events that match, any of them; for sequence the steps in their order, 2 to 32, where a name may appear several times. NULL: every event of the source.';
COMMENT ON COLUMN pls.signals.match IS 'Predicate on the properties of the event (measure attribute: on the attributes of the account), evaluated as @@ does; unknown and error count as false. It must be a condition such as $.plan == "team"; a bare path such as $.plan is refused, as are .datetime() and variables. NULL: no condition.';
COMMENT ON COLUMN pls.signals.measure IS 'count, actors, days, distinct, sum, max, last, recency, growth, first, sequence, restart or attribute.';
COMMENT ON COLUMN pls.signals.property IS 'Property that distinct, sum, max and last read; NULL for all others. One within others is written with dots, as order.total; a top-level property of exactly that name comes first.';
COMMENT ON COLUMN pls.signals.numeric_strings IS 'Measures sum, max and last: whether a string that is a number is taken as the value of property.';
COMMENT ON COLUMN pls.signals.within IS 'Window: rows with now - within < at <= now count. For recency and first it is what the age is compared with; for sequence the time that the steps may take; for restart how long ago somebody may have come back. Required, except for last (NULL: ever) and attribute (always NULL).';
COMMENT ON COLUMN pls.signals.period IS 'Measure days: what counts once. 1 day (the default): the local date; otherwise a period aligned with 1970-01-01 UTC. Measure restart: the same, what is counted while nothing came. Measure sequence: how long rows are remembered, twice within by default, not less than within. NULL for all others.';
COMMENT ON COLUMN pls.signals.op IS 'How the value is compared with the threshold: >=, >, <=, < or =. NULL becomes <= for recency and first (did it lately), otherwise >=. There is no "not equal": a signal that any other value meets would not say how much.';
COMMENT ON COLUMN pls.signals.threshold IS 'What the value is compared with. NULL becomes 1 for count, actors, days, distinct and attribute, the number of steps for sequence; required for sum, max, last, growth and restart; NULL for recency and first. With threshold_percentile NULL becomes 9e15 (op < or <=: the least that there is, -9e15, of a count 0): until the threshold is worked out nobody meets it. A whole number for counts, steps and periods.';
COMMENT ON COLUMN pls.signals.collapse IS 'Measure count only: rows of one actor within one bin of this length, aligned with 1970-01-01 UTC, count once. NULL: every row counts.';
COMMENT ON COLUMN pls.signals.min_base IS 'Measure growth only: rows that the earlier window must have for the ratio to have a value. NULL becomes 1.';
COMMENT ON COLUMN pls.signals.points IS 'What the signal is worth when met; with per_unit, what each counted unit is worth. Negative points count against the entity.';
COMMENT ON COLUMN pls.signals.per_unit IS 'Whether points are for each counted unit (row, actor, day, distinct value, or unit of the value). Measures count, actors, days, distinct, sum and max only.';
COMMENT ON COLUMN pls.signals.min_points IS 'The signal is never worth less. NULL: no lower bound.';
COMMENT ON COLUMN pls.signals.max_points IS 'The signal is never worth more. NULL: no upper bound.';
COMMENT ON COLUMN pls.signals.decay IS 'How points fall with age: none, linear, exponential or step.';
COMMENT ON COLUMN pls.signals.decay_span IS 'linear, step: age at which nothing is left. exponential: half-life. NULL for none.';
COMMENT ON COLUMN pls.signals.required IS 'Whether an entity must meet it to qualify.';
COMMENT ON COLUMN pls.signals.outcome IS 'Category outcome only: the word written to pls.outcomes, such as conversion, expansion, meeting or churn.';
COMMENT ON COLUMN pls.signals.approved_for_outreach IS 'Whether a message to the customer may be personalized with it.';
COMMENT ON COLUMN pls.signals.outreach_words IS 'What {{signal.NAME}} prints in a message: the customer''s goal, such as "bringing your team on board", never what was seen, counted or timed. NULL: no message can name the signal.';
COMMENT ON COLUMN pls.signals.enabled IS 'false: the signal is ignored.';
COMMENT ON COLUMN pls.signals.why IS 'Why it shows value or intent: a phrase about the account or user, such as "is inviting teammates". The reason of an alert joins these phrases.';
COMMENT ON COLUMN pls.signals.false_positive_risk IS 'When it can be met without real intent, and what to do about that.';
COMMENT ON COLUMN pls.signals.data_source IS 'Where the events or attributes come from.';
COMMENT ON COLUMN pls.signals.next_best_action IS 'What a rep does when this is the strongest signal.';
COMMENT ON COLUMN pls.signals.threshold_percentile IS 'Above 0, at most 100: the threshold is the value that this share of the motion''s entities, in percent, do not exceed; pls.work_out_thresholds() writes it into threshold, and nothing else reads this. Until it is worked out, and after an edit of threshold until it is worked out again, the threshold is what is written there: a signal that had a number keeps it; of a new one without a number nobody meets it until then (points per unit do not ask for the threshold). Measures count, actors, days, distinct, sum, max, last and growth; any op but =. NULL: the threshold is a number.';
COMMENT ON COLUMN pls.signals.threshold_every IS 'How often the sweep works the threshold out, 1 hour at least; every hour while there are too few peers to work it out at all. NULL: only calls of pls.work_out_thresholds() do.';
COMMENT ON COLUMN pls.signals.threshold_peers IS 'How many entities'' values the threshold was worked out from. NULL: it was not, or was edited since.';
COMMENT ON COLUMN pls.signals.threshold_worked_out_at IS 'When the threshold was worked out; while later results are the same number, it stays. NULL: it was not, or was edited since.';
COMMENT ON COLUMN pls.signals.threshold_checked_at IS 'When it was last worked out, whatever came of it; not part of the model. NULL: not yet, or what is measured has changed since.';
COMMENT ON COLUMN pls.signals.threshold_note IS 'Why the number is not the percentile, or could not be worked out; not part of the model. NULL: nothing to say.';

CREATE FUNCTION pls_internal.signal_categories() RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT ARRAY['activation', 'depth', 'breadth', 'integration', 'invite', 'admin',
                 'billing', 'risk', 'fit', 'outcome'];
END;
COMMENT ON FUNCTION pls_internal.signal_categories IS 'The categories of signals.';

-- What the measure reads of a row: property and numeric_strings.
CREATE FUNCTION pls_internal.check_signal_property(s pls.signals) RETURNS void
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF s.measure NOT IN ('distinct', 'sum', 'max', 'last') THEN
        IF s.property IS NOT NULL OR s.numeric_strings THEN
            RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
                MESSAGE = format('measure "%s" reads no property', s.measure),
                HINT = 'Leave property NULL and numeric_strings false; use match for a condition on properties, or measure distinct, sum, max or last.';
        END IF;
        RETURN;
    END IF;
    IF COALESCE(s.property, '') = '' THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('measure "%s" needs a property', s.measure),
            HINT = CASE WHEN s.measure = 'distinct'
                        THEN 'Set property to the name of the property whose values are counted.'
                        ELSE 'Set property to the name of a numeric property of the events.' END;
    END IF;
    IF '' = ANY (string_to_array(s.property, '.')) THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('property "%s" has an empty name', s.property),
            DETAIL = 'Dots part the names of properties that lie one in another.',
            HINT = 'Write each name once, with one dot between two, such as order.total.';
    END IF;
    IF s.measure = 'distinct' AND s.numeric_strings THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'measure "distinct" takes no numeric_strings',
            DETAIL = 'It counts strings as well as numbers.',
            HINT = 'Leave numeric_strings false; 1 and "1" are the same value.';
    END IF;
END;
$$;
COMMENT ON FUNCTION pls_internal.check_signal_property IS
'Validates what a signal reads of the properties: property, numeric_strings.';

-- What matches: events, match and property against the measure.
CREATE FUNCTION pls_internal.check_signal_match(s pls.signals) RETURNS void
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM pls_internal.check_names(s.events, 'events');
    IF s.measure = 'attribute' THEN
        IF s.match IS NULL THEN
            RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
                MESSAGE = 'measure "attribute" needs match',
                HINT = 'Set match to a condition on the account''s attributes, such as $.employees >= 50.';
        END IF;
        IF s.events IS NOT NULL OR s.within IS NOT NULL THEN
            RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
                MESSAGE = 'measure "attribute" takes no events and no within',
                DETAIL = 'It looks at the account''s attributes, which have no time.',
                HINT = 'Leave both NULL, or use another measure.';
        END IF;
    END IF;
    IF s.measure = 'sequence' AND COALESCE(cardinality(s.events), 0) NOT BETWEEN 2 AND pls_internal.limit_of('steps') THEN
        RAISE EXCEPTION USING ERRCODE = CASE WHEN cardinality(s.events) >= 2 THEN 'program_limit_exceeded' ELSE 'invalid_parameter_value' END,
            MESSAGE = format('measure "sequence" needs 2 to %s events', pls_internal.limit_of('steps')),
            DETAIL = format('It has %s.', COALESCE(cardinality(s.events), 0)),
            HINT = 'Set events to the steps in their order, such as ''{signed_up,invited,upgraded}''; an event may appear several times.';
    END IF;
    PERFORM pls_internal.check_signal_property(s);
END;
$$;
COMMENT ON FUNCTION pls_internal.check_signal_match IS
'Validates what a signal matches: events, match, property.';

-- How it is measured: windows, periods and bins against the measure.
CREATE FUNCTION pls_internal.check_signal_window(s pls.signals) RETURNS void
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF s.within IS NULL AND s.measure NOT IN ('last', 'attribute') THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('measure "%s" needs within', s.measure),
            HINT = CASE WHEN s.measure IN ('recency', 'first')
                        THEN 'Set within to the age that is compared, such as ''7 days''.'
                        ELSE 'Set within to the length of the window, such as ''14 days''.' END;
    END IF;
    PERFORM pls_internal.check_span(s.within, 'within');
    PERFORM pls_internal.check_span(s.period, 'period');
    PERFORM pls_internal.check_span(s.collapse, 'collapse');
    IF s.period IS NOT NULL AND s.measure NOT IN ('days', 'sequence', 'restart') THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('measure "%s" takes no period', s.measure),
            HINT = 'Leave period NULL, or use measure days.';
    END IF;
    IF s.measure = 'sequence' AND s.period < s.within THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'period of measure "sequence" must not be shorter than within',
            DETAIL = format('Rows are forgotten after %s, and the steps may take %s.', s.period, s.within),
            HINT = 'Leave period NULL for twice within.';
    END IF;
    IF s.collapse IS NOT NULL AND s.measure <> 'count' THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('measure "%s" takes no collapse', s.measure),
            HINT = 'Leave collapse NULL, or use measure count.';
    END IF;
    IF s.min_base IS NOT NULL AND s.measure <> 'growth' THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('measure "%s" takes no min_base', s.measure),
            HINT = 'Leave min_base NULL, or use measure growth.';
    END IF;
    PERFORM pls_internal.check_number(s.min_base, 'min_base');
    IF s.min_base < 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'min_base must not be negative',
            HINT = 'Use the number of rows that the earlier window must have, such as 5.';
    END IF;
END;
$$;
COMMENT ON FUNCTION pls_internal.check_signal_window IS
'Validates how a signal is measured: within, period, collapse, min_base.';

-- What stands there until a percentile is worked out.
CREATE FUNCTION pls_internal.threshold_to_come(s pls.signals) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT CASE WHEN (s).measure <> ALL ('{count,actors,days,distinct,sum,max,last,growth}') THEN NULL
                WHEN (s).op = ANY ('{>=,>}') THEN pls_internal.limit_of('number')
                WHEN (s).measure = ANY ('{count,actors,days,distinct}') THEN 0
                ELSE - pls_internal.limit_of('number') END
     WHERE (s).threshold_percentile IS NOT NULL;
END;
COMMENT ON FUNCTION pls_internal.threshold_to_come IS
'What stands for a threshold that is a percentile until it is worked out, so that nobody meets it: the greatest number, or for op < and <= the smallest (of a count 0, which with <= those meet who have none). NULL: it has no percentile, or its measure cannot.';

-- When it is met: op and threshold against the measure.
CREATE FUNCTION pls_internal.check_signal_threshold(s pls.signals) RETURNS void
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    most_periods bigint;
BEGIN
    PERFORM pls_internal.check_word(s.op, '{>=,>,<=,<,=}', 'op');
    PERFORM pls_internal.check_number(s.threshold, 'threshold');
    IF s.measure IN ('recency', 'first') THEN
        IF s.threshold IS NOT NULL OR s.op = '=' THEN
            RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
                MESSAGE = format('measure "%s" compares an age with within', s.measure),
                DETAIL = 'It takes no threshold, and no age is ever exactly equal.',
                HINT = 'Leave threshold NULL and set op to <= (lately) or >= (not for at least that long).';
        END IF;
        RETURN;
    END IF;
    IF s.threshold IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('measure "%s" needs a threshold', s.measure),
            HINT = CASE WHEN s.measure = 'growth'
                        THEN 'Set threshold to the ratio to reach, such as 1.5 for 50 percent more.'
                        WHEN s.measure = 'restart'
                        THEN format('Set threshold to the number of periods of %s without an event, such as 60.', s.period)
                        ELSE 'Set threshold to the value to reach.' END;
    END IF;
    IF s.measure IN ('count', 'actors', 'days', 'distinct', 'sequence', 'restart', 'attribute')
       AND (s.threshold < 0 OR s.threshold <> floor(s.threshold)) THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('threshold of measure "%s" must be a whole number, 0 or more', s.measure),
            DETAIL = format('It is %s.', s.threshold),
            HINT = 'Use a whole number, such as 3.';
    END IF;
    IF s.measure = 'sequence' AND s.threshold NOT BETWEEN 1 AND cardinality(s.events) THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('threshold of measure "sequence" must be between 1 and %s', cardinality(s.events)),
            DETAIL = 'It is the number of the step to reach.',
            HINT = 'Leave threshold NULL for the last step.';
    END IF;
    IF s.measure = 'attribute' AND s.threshold > 1 THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'threshold of measure "attribute" must be 0 or 1',
            DETAIL = 'The value is 1 if match holds, else 0.',
            HINT = 'Leave threshold NULL.';
    END IF;
    IF s.measure = 'days' AND s.op IN ('>=', '>', '=')
       AND s.threshold IS DISTINCT FROM pls_internal.threshold_to_come(s) THEN
        -- two more than fit: one is cut by either end, days have 23 to 25 hours
        most_periods := floor(extract(epoch FROM s.within) / extract(epoch FROM s.period)) + 2;
        IF s.threshold > most_periods THEN
            RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
                MESSAGE = format('threshold %s can never be reached within %s', trim_scale(s.threshold), s.within),
                DETAIL = format('There are at most %s periods of %s in it.', most_periods, s.period),
                HINT = 'Use a lower threshold, a longer within or a shorter period.';
        END IF;
    END IF;
END;
$$;
COMMENT ON FUNCTION pls_internal.check_signal_threshold IS
'Validates when a signal is met: op, threshold.';

-- What it is worth: points, their bounds and their decay.
CREATE FUNCTION pls_internal.check_signal_points(s pls.signals) RETURNS void
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM pls_internal.check_number(s.points, 'points');
    PERFORM pls_internal.check_range(s.min_points, s.max_points, 'min_points', 'max_points');
    IF s.per_unit AND s.measure NOT IN ('count', 'actors', 'days', 'distinct', 'sum', 'max') THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('measure "%s" cannot give points per unit', s.measure),
            HINT = 'Set per_unit to false, or use measure count, actors, days, distinct, sum or max.';
    END IF;
    PERFORM pls_internal.check_word(s.decay, '{none,linear,exponential,step}', 'decay');
    PERFORM pls_internal.check_span(s.decay_span, 'decay_span');
    IF s.decay = 'none' AND s.decay_span IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'decay_span needs a decay',
            HINT = 'Set decay to linear, exponential or step, or leave decay_span NULL.';
    END IF;
    IF s.decay <> 'none' AND s.decay_span IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('decay "%s" needs decay_span', s.decay),
            HINT = CASE WHEN s.decay = 'exponential'
                        THEN 'Set decay_span to the half-life, such as ''7 days''.'
                        ELSE 'Set decay_span to the age at which nothing is left, such as ''30 days''.' END;
    END IF;
    IF s.decay <> 'none' AND s.measure = 'attribute' THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'measure "attribute" cannot decay',
            DETAIL = 'An attribute has no age.',
            HINT = 'Set decay to none and leave decay_span NULL.';
    END IF;
END;
$$;
COMMENT ON FUNCTION pls_internal.check_signal_points IS
'Validates what a signal is worth: points, per_unit, bounds, decay.';

-- Distinct things are recognized by keys, and only a limited number of keys is kept.
CREATE FUNCTION pls_internal.units_needed(threshold numeric, points numeric, min_points numeric, max_points numeric)
RETURNS bigint
AS 'MODULE_PATHNAME', 'pls_units_needed'
LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION pls_internal.units_needed IS
'How many units (rows, actors, days, distinct values) a signal must be able to distinguish: one more than its threshold, and for points per unit (NULL: there are none, or they decay) as many as reach the bound of the points.';

CREATE FUNCTION pls_internal.check_signal_need(s pls.signals) RETURNS void
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    units text;
    need bigint;
BEGIN
    IF s.measure = 'restart' THEN
        -- as restart_limit() in src/model/part_rule.c
        need := floor(extract(epoch FROM s.within) / extract(epoch FROM s.period)) + 4;
        IF need > pls_internal.limit_of('units') THEN
            RAISE EXCEPTION USING ERRCODE = 'program_limit_exceeded',
                MESSAGE = 'too many periods in the window of measure "restart"',
                DETAIL = format('%s has up to %s periods of %s, and %s are kept.', s.within, need - 4, s.period,
                                pls_internal.limit_of('units') - 4),
                HINT = 'Use a shorter within or a longer period.';
        END IF;
        RETURN;
    ELSIF s.measure IN ('actors', 'days') THEN
        units := s.measure;
    ELSIF s.measure = 'distinct' THEN
        units := 'values';
    ELSIF s.measure = 'count' AND s.collapse IS NOT NULL THEN
        units := 'collapsed rows';
    ELSE
        RETURN;
    END IF;
    need := pls_internal.units_needed(CASE WHEN s.threshold IS DISTINCT FROM pls_internal.threshold_to_come(s) THEN s.threshold END,
                             CASE WHEN s.per_unit AND s.decay = 'none' THEN s.points END,
                             s.min_points, s.max_points);
    IF need > pls_internal.limit_of('units') THEN
        RAISE EXCEPTION USING ERRCODE = 'program_limit_exceeded',
            MESSAGE = format('too many distinct %s', units),
            DETAIL = format('The signal needs %s, but at most %s are kept.', need, pls_internal.limit_of('units')),
            HINT = 'Use a lower threshold or bound, or measure count without collapse.';
    END IF;
END;
$$;
COMMENT ON FUNCTION pls_internal.check_signal_need IS
'Refuses (54000) a signal that needs more actors, days, values, collapsed rows or periods than are kept.';

-- An outcome is written down, it is worth nothing.
CREATE FUNCTION pls_internal.check_signal_outcome(s pls.signals) RETURNS void
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF s.category <> 'outcome' THEN
        IF s.outcome IS NOT NULL THEN
            RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
                MESSAGE = format('category "%s" takes no outcome', s.category),
                HINT = 'Leave outcome NULL, or set category to outcome.';
        END IF;
        RETURN;
    END IF;
    IF COALESCE(s.outcome, '') = '' THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'category "outcome" needs an outcome',
            HINT = 'Set outcome to the word to record, such as conversion, expansion, meeting or churn.';
    END IF;
    IF s.measure <> 'count' OR s.points <> 0 OR s.required THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'category "outcome" is recorded, not scored',
            DETAIL = 'Scoring the outcome that the motion aims for would be circular.',
            HINT = 'Use measure count, points 0 and required false; add a second signal if the event should also score.';
    END IF;
END;
$$;
COMMENT ON FUNCTION pls_internal.check_signal_outcome IS
'Validates category outcome against the column outcome and the points.';

-- A threshold that is a percentile of the peers' values.
CREATE FUNCTION pls_internal.check_signal_percentile(s pls.signals) RETURNS void
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    measures CONSTANT text[] := '{count,actors,days,distinct,sum,max,last,growth}';
BEGIN
    PERFORM pls_internal.check_span(s.threshold_every, 'threshold_every', at_least => '1 hour');
    IF s.threshold_percentile IS NULL THEN
        IF s.threshold_every IS NOT NULL THEN
            RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
                MESSAGE = 'threshold_every needs a threshold_percentile',
                HINT = 'Set threshold_percentile, such as to 90, or leave threshold_every NULL.';
        END IF;
        RETURN;
    END IF;
    IF s.category = 'outcome' OR s.measure <> ALL (measures) THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = CASE WHEN s.category = 'outcome' THEN 'category "outcome" takes no threshold_percentile'
                           ELSE format('measure "%s" takes no threshold_percentile', s.measure) END,
            DETAIL = CASE WHEN s.category = 'outcome' THEN 'It is recorded, not compared with a threshold.'
                          ELSE 'Its threshold is not a value that some entities have more of than others.' END,
            HINT = format('Leave threshold_percentile NULL, or use one of the measures %s.', array_to_string(measures, ', '));
    END IF;
    PERFORM pls_internal.check_number(s.threshold_percentile, 'threshold_percentile');
    IF s.threshold_percentile <= 0 OR s.threshold_percentile > 100 THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'threshold_percentile must be above 0, and at most 100',
            DETAIL = format('It is %s.', s.threshold_percentile),
            HINT = 'Use 90 for a value that nine of ten entities do not exceed.';
    END IF;
    IF s.op = '=' THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'a threshold_percentile cannot be compared with =',
            HINT = 'Set op to >=, >, <= or <.';
    END IF;
END;
$$;
COMMENT ON FUNCTION pls_internal.check_signal_percentile IS
'Validates a threshold that is a percentile: threshold_percentile, threshold_every.';

-- What is known of a threshold that was worked out must be true of the number
-- that is there.  Whoever works it out, or restores a version, writes both.
CREATE FUNCTION pls_internal.forget_worked_out(s pls.signals, before pls.signals) RETURNS pls.signals
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    -- all that tells the values and the rank among them
    asked CONSTANT boolean := (s.threshold_percentile, s.events, s.match::text, s.measure, s.property, s.numeric_strings,
                               s.within, s.period, s.collapse, s.min_base)
        IS DISTINCT FROM (before.threshold_percentile, before.events, before.match::text, before.measure, before.property,
                          before.numeric_strings, before.within, before.period, before.collapse, before.min_base);
BEGIN
    IF s.threshold_percentile IS NULL
       OR ((asked OR s.threshold IS DISTINCT FROM before.threshold)
           AND s.threshold_worked_out_at IS NOT DISTINCT FROM before.threshold_worked_out_at) THEN
        s.threshold_peers := NULL;
        s.threshold_worked_out_at := NULL;
    END IF;
    IF s.threshold_percentile IS NULL OR asked THEN
        s.threshold_checked_at := NULL;
        s.threshold_note := NULL;
    END IF;
    RETURN s;
END;
$$;
COMMENT ON FUNCTION pls_internal.forget_worked_out IS
'A signal''s row as it is to be written over the one before: without date and number of peers if its threshold was not worked out, and due to be worked out if something else is measured.';

CREATE FUNCTION pls_internal.checked_signal(s pls.signals) RETURNS pls.signals
LANGUAGE plpgsql STABLE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM pls_internal.check_name(s.signal, 'signal');
    PERFORM pls_internal.check_word(s.category, pls_internal.signal_categories(), 'category');
    PERFORM pls_internal.check_word(s.measure,
        '{count,actors,days,distinct,sum,max,last,recency,growth,first,sequence,restart,attribute}', 'measure');

    IF s.op IS NULL THEN
        s.op := CASE WHEN s.measure IN ('recency', 'first') THEN '<=' ELSE '>=' END;
    END IF;
    IF s.threshold IS NULL AND s.threshold_percentile IS NOT NULL THEN
        s.threshold := pls_internal.threshold_to_come(s);
    END IF;
    IF s.threshold IS NULL AND s.measure IN ('count', 'actors', 'days', 'distinct', 'attribute') THEN
        s.threshold := 1;
    END IF;
    IF s.threshold IS NULL AND s.measure = 'sequence' THEN
        s.threshold := cardinality(s.events);
    END IF;
    IF s.period IS NULL AND s.measure IN ('days', 'restart') THEN
        s.period := interval '1 day';
    END IF;
    IF s.period IS NULL AND s.measure = 'sequence' THEN
        s.period := least(2 * s.within, pls_internal.longest_span());
    END IF;
    IF s.min_base IS NULL AND s.measure = 'growth' THEN
        s.min_base := 1;
    END IF;

    PERFORM pls_internal.check_predicate(s.match, 'match');
    PERFORM pls_internal.check_signal_match(s);
    PERFORM pls_internal.check_signal_window(s);
    PERFORM pls_internal.check_signal_threshold(s);
    PERFORM pls_internal.check_signal_points(s);
    PERFORM pls_internal.check_signal_need(s);
    PERFORM pls_internal.check_signal_outcome(s);
    PERFORM pls_internal.check_signal_percentile(s);
    RETURN s;
END;
$$;
COMMENT ON FUNCTION pls_internal.checked_signal IS
'A row of pls.signals, completed and validated. Errors: 22023, 54000, 0A000.';

CREATE FUNCTION pls_internal.check_signal() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- something else is measured, and there is still no number
    IF TG_OP = 'UPDATE' AND NEW.threshold_percentile IS NOT NULL
       AND OLD.threshold_percentile IS NOT NULL AND OLD.threshold_worked_out_at IS NULL
       AND NEW.threshold = OLD.threshold AND OLD.threshold = pls_internal.threshold_to_come(OLD) THEN
        NEW.threshold := NULL;
    END IF;
    IF TG_OP = 'INSERT'
       AND (SELECT count(*) FROM pls.signals s WHERE s.motion = NEW.motion) >= pls_internal.limit_of('signals') THEN
        RAISE EXCEPTION USING ERRCODE = 'program_limit_exceeded',
            MESSAGE = format('motion "%s" has too many signals', NEW.motion),
            DETAIL = format('A motion can have %s.', pls_internal.limit_of('signals')),
            HINT = 'Delete signals that are not used, or split the motion.';
    END IF;
    NEW := pls_internal.checked_signal(NEW);
    IF TG_OP = 'UPDATE' THEN
        NEW := pls_internal.forget_worked_out(NEW, OLD);
    END IF;
    RETURN NEW;
END;
$$;
COMMENT ON FUNCTION pls_internal.check_signal IS
'Trigger: completes and validates a row of pls.signals.';

CREATE TRIGGER check_signal BEFORE INSERT OR UPDATE ON pls.signals
    FOR EACH ROW EXECUTE FUNCTION pls_internal.check_signal();
COMMENT ON TRIGGER check_signal ON pls.signals IS 'Completes and validates the row.';
CREATE TRIGGER model_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON pls.signals
    FOR EACH STATEMENT EXECUTE FUNCTION pls_internal.model_changed();
COMMENT ON TRIGGER model_changed ON pls.signals IS 'Makes every session recompile the models.';
ALTER TABLE pls.signals ENABLE ALWAYS TRIGGER model_changed;
