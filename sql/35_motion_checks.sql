/* 35_motion_checks.sql - configuration is validated when it is written.
 *
 * One BEFORE trigger per table fills the defaults that depend on other
 * columns and refuses what can never work, with a message, a detail where
 * there is something to add, and a hint that says what to write instead.
 * The rules read the row alone (but for the number of a motion's signals),
 * never another table of pls: rows can be restored in any order.
 */

/* ---- helpers ---- */

CREATE FUNCTION pls.check_word(word text, allowed text[], what text)
RETURNS void
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF word IS NULL OR word <> ALL (allowed) THEN
        RAISE EXCEPTION USING ERRCODE = '22023',
            MESSAGE = format('unknown %s %s', what, COALESCE('"' || word || '"', 'NULL')),
            HINT = format('Use one of %s.', array_to_string(allowed, ', '));
    END IF;
END;
$$;
COMMENT ON FUNCTION pls.check_word(text, text[], text) IS
'Refuses (22023) a word that is none of those allowed; what names it in the message.';

CREATE FUNCTION pls.check_span(span interval, what text, zero_allowed boolean DEFAULT false)
RETURNS void
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF span IS NULL THEN
        RETURN;
    END IF;
    IF NOT isfinite(span) THEN
        RAISE EXCEPTION USING ERRCODE = '22023',
            MESSAGE = format('%s must be finite', what),
            HINT = 'Use a number of days, such as ''30 days''.';
    END IF;
    IF extract(year FROM span) <> 0 OR extract(month FROM span) <> 0 THEN
        RAISE EXCEPTION USING ERRCODE = '22023',
            MESSAGE = format('%s must not have months or years', what),
            DETAIL = format('It is %s, whose length depends on where it starts.', span),
            HINT = 'Use days: ''30 days'' for a month, ''365 days'' for a year.';
    END IF;
    IF zero_allowed AND span = interval '0' THEN
        RETURN;
    END IF;
    IF span < interval '1 second' OR span > interval '36500 days' THEN
        RAISE EXCEPTION USING ERRCODE = '22023',
            MESSAGE = format('%s must be between 1 second and 36500 days', what),
            DETAIL = format('It is %s.', span),
            HINT = 'Use a positive span, such as ''14 days''.';
    END IF;
END;
$$;
COMMENT ON FUNCTION pls.check_span(interval, text, boolean) IS
'Refuses (22023) a span that has months or years, or is not within 1 second and 36500 days; what names it in the message. NULL passes.';

CREATE FUNCTION pls.check_number(number numeric, what text)
RETURNS void
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF number IS NULL THEN
        RETURN;
    END IF;
    -- NaN is greater than every number
    IF number > 9e15 OR number < -9e15 THEN
        RAISE EXCEPTION USING ERRCODE = '22023',
            MESSAGE = format('%s must lie between -9e15 and 9e15', what),
            DETAIL = format('It is %s.', number),
            HINT = 'Use a smaller number.';
    END IF;
    IF round(number, 3) <> number THEN
        RAISE EXCEPTION USING ERRCODE = '22023',
            MESSAGE = format('%s must have at most 3 decimals', what),
            DETAIL = format('It is %s; values and points are exact thousandths.', number),
            HINT = format('Use %s.', trim_scale(round(number, 3)));
    END IF;
END;
$$;
COMMENT ON FUNCTION pls.check_number(numeric, text) IS
'Refuses (22023) a number with more than 3 decimals, beyond +-9e15, NaN or infinite; what names it in the message. NULL passes.';

CREATE FUNCTION pls.check_range(low numeric, high numeric, low_name text, high_name text)
RETURNS void
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM pls.check_number(low, low_name);
    PERFORM pls.check_number(high, high_name);
    IF low > high THEN
        RAISE EXCEPTION USING ERRCODE = '22023',
            MESSAGE = format('%s must not be greater than %s', low_name, high_name),
            DETAIL = format('They are %s and %s.', low, high),
            HINT = 'Exchange them, or change one of them.';
    END IF;
END;
$$;
COMMENT ON FUNCTION pls.check_range(numeric, numeric, text, text) IS
'Refuses (22023) numbers that pls.check_number() refuses, and a lower bound above the upper one. NULL is no bound.';

CREATE FUNCTION pls.check_names(names text[], what text)
RETURNS void
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF names IS NULL THEN
        RETURN;
    END IF;
    IF array_ndims(names) IS DISTINCT FROM 1 THEN
        RAISE EXCEPTION USING ERRCODE = '22023',
            MESSAGE = format('%s must be a list with at least one element', what),
            HINT = 'Use an array such as ''{one,two}'', or NULL.';
    END IF;
    IF array_position(names, NULL) IS NOT NULL OR array_position(names, '') IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = '22023',
            MESSAGE = format('%s must not contain NULL or an empty name', what),
            HINT = 'Remove that element.';
    END IF;
END;
$$;
COMMENT ON FUNCTION pls.check_names(text[], text) IS
'Refuses (22023) an empty or many-dimensional array, and NULL or empty elements. NULL passes.';

CREATE FUNCTION pls.check_predicate(path jsonpath, what text)
RETURNS void
LANGUAGE plpgsql IMMUTABLE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    body text := regexp_replace(path::text, '^strict ', '');
    -- string constants and quoted keys emptied, so that they match nothing
    bare text := regexp_replace(path::text, E'"([^"\\\\]|\\\\.)*"', '""', 'g');
    is_condition boolean := true;
BEGIN
    IF path IS NULL THEN
        RETURN;
    END IF;
    IF bare ~ E'\\.(datetime|date|time|time_tz|timestamp|timestamp_tz) *\\(' THEN
        RAISE EXCEPTION USING ERRCODE = '0A000',
            MESSAGE = format('%s must not use date and time methods', what),
            DETAIL = 'They can raise errors on bad data, and pls never makes an application''s statement fail.',
            HINT = 'Use the window of the signal, or compare ISO 8601 texts: $.at > "2026-01-01".';
    END IF;
    IF bare LIKE '%$""%' THEN
        RAISE EXCEPTION USING ERRCODE = '22023',
            MESSAGE = format('%s must not use variables', what),
            DETAIL = format('It is %s; there is nothing to give a variable its value.', path),
            HINT = 'Write the constant itself; a key is written $.key.';
    END IF;
    -- only a condition can be negated: the grammar itself tells them apart
    BEGIN
        PERFORM ('!(' || body || ')')::jsonpath;
    EXCEPTION WHEN syntax_error OR invalid_text_representation THEN
        is_condition := false;
    END;
    IF NOT is_condition THEN
        RAISE EXCEPTION USING ERRCODE = '22023',
            MESSAGE = format('%s must be a condition', what),
            DETAIL = format('%s selects something, it does not say true or false.', path),
            HINT = 'Compare it, as in $.plan == "team", or write exists($.plan).';
    END IF;
END;
$$;
COMMENT ON FUNCTION pls.check_predicate(jsonpath, text) IS
'Refuses (22023) a jsonpath that is not a condition or uses a variable, and (0A000) one that uses date and time methods. NULL passes.';

CREATE FUNCTION pls.signal_categories() RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT ARRAY['activation', 'depth', 'breadth', 'integration', 'invite', 'admin',
                 'billing', 'risk', 'fit', 'outcome'];
END;
COMMENT ON FUNCTION pls.signal_categories() IS 'The categories of signals.';

/* ---- motions ---- */

CREATE FUNCTION pls.check_motion() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    zone_name text;
BEGIN
    IF TG_OP = 'UPDATE' AND (NEW.motion <> OLD.motion OR NEW.unit <> OLD.unit)
       AND EXISTS (SELECT FROM pls.standings s WHERE s.motion = OLD.motion) THEN
        RAISE EXCEPTION USING ERRCODE = '55000',
            MESSAGE = format('motion "%s" has standings: its name and unit are fixed', OLD.motion),
            DETAIL = 'Standings, decisions and alerts are kept under the motion''s name and by its unit.',
            HINT = 'Create another motion and pause this one.';
    END IF;
    PERFORM pls.check_word(NEW.unit, '{user,account}', 'unit');
    PERFORM pls.check_word(NEW.objective, '{conversion,expansion,acv_lift,pipeline}', 'objective');
    PERFORM pls.check_word(NEW.status, '{draft,pilot,live,paused}', 'status');
    PERFORM pls.check_predicate(NEW.segment, 'segment');

    PERFORM pls.check_range(NEW.min_score, NEW.max_score, 'min_score', 'max_score');
    PERFORM pls.check_range(NEW.min_score, NEW.qualify_at, 'min_score', 'qualify_at');
    PERFORM pls.check_range(NEW.qualify_at, NEW.max_score, 'qualify_at', 'max_score');
    PERFORM pls.check_range(NEW.release_at, NEW.qualify_at, 'release_at', 'qualify_at');
    PERFORM pls.check_number(NEW.triage_at, 'triage_at');
    IF NEW.triage_at >= NEW.qualify_at THEN
        RAISE EXCEPTION USING ERRCODE = '22023',
            MESSAGE = 'triage_at must be less than qualify_at',
            DETAIL = format('They are %s and %s.', NEW.triage_at, NEW.qualify_at),
            HINT = 'Use a lower triage_at, or NULL for no triage lane.';
    END IF;

    PERFORM pls.check_span(NEW.cooldown, 'cooldown', zero_allowed => true);
    IF NEW.cooldown > pls.longest_cooldown() THEN
        RAISE EXCEPTION USING ERRCODE = '22023',
            MESSAGE = format('cooldown must be at most %s', pls.longest_cooldown()),
            HINT = 'To leave an entity alone for good, exclude it: see pls.exclusions.';
    END IF;
    PERFORM pls.check_span(NEW.touch_window, 'touch_window');
    PERFORM pls.check_span(NEW.grace_period, 'grace_period', zero_allowed => true);
    PERFORM pls.check_span(NEW.expire_after, 'expire_after');

    IF TG_OP = 'INSERT' OR NEW.time_zone IS DISTINCT FROM OLD.time_zone THEN
        IF NEW.time_zone = 'UTC' THEN
            RETURN NEW;         -- spares reading the directory of zones
        END IF;
        SELECT z.name INTO zone_name
            FROM pg_timezone_names z
            WHERE lower(z.name) = lower(NEW.time_zone);
        IF zone_name IS NULL THEN
            RAISE EXCEPTION USING ERRCODE = '22023',
                MESSAGE = format('unknown time zone %s', COALESCE('"' || NEW.time_zone || '"', 'NULL')),
                HINT = 'Use a name from the view pg_timezone_names, such as Europe/Berlin.';
        END IF;
        NEW.time_zone := zone_name;
    END IF;
    RETURN NEW;
END;
$$;
COMMENT ON FUNCTION pls.check_motion() IS
'Trigger: completes and validates a row of pls.motions.';
REVOKE EXECUTE ON FUNCTION pls.check_motion() FROM PUBLIC;

CREATE TRIGGER check_motion BEFORE INSERT OR UPDATE ON pls.motions
    FOR EACH ROW EXECUTE FUNCTION pls.check_motion();
COMMENT ON TRIGGER check_motion ON pls.motions IS 'Completes and validates the row.';

/* ---- signals ---- */

-- What matches: events, match and property against the measure.
CREATE FUNCTION pls.check_signal_match(s pls.signals) RETURNS void
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM pls.check_names(s.events, 'events');
    IF s.measure = 'attribute' THEN
        IF s.match IS NULL THEN
            RAISE EXCEPTION USING ERRCODE = '22023',
                MESSAGE = 'measure "attribute" needs match',
                HINT = 'Set match to a condition on the account''s attributes, such as $.employees >= 50.';
        END IF;
        IF s.events IS NOT NULL OR s.within IS NOT NULL THEN
            RAISE EXCEPTION USING ERRCODE = '22023',
                MESSAGE = 'measure "attribute" takes no events and no within',
                DETAIL = 'It looks at the account''s attributes, which have no time.',
                HINT = 'Leave both NULL, or use another measure.';
        END IF;
    END IF;
    IF s.measure = 'sequence' AND COALESCE(cardinality(s.events), 0) NOT BETWEEN 2 AND 32 THEN
        RAISE EXCEPTION USING ERRCODE = CASE WHEN cardinality(s.events) > 32 THEN '54000' ELSE '22023' END,
            MESSAGE = 'measure "sequence" needs 2 to 32 events',
            DETAIL = format('It has %s.', COALESCE(cardinality(s.events), 0)),
            HINT = 'Set events to the steps in their order, such as ''{signed_up,invited,upgraded}''; an event may be there several times.';
    END IF;
    IF s.measure IN ('sum', 'max', 'last') THEN
        IF COALESCE(s.property, '') = '' THEN
            RAISE EXCEPTION USING ERRCODE = '22023',
                MESSAGE = format('measure "%s" needs a property', s.measure),
                HINT = 'Set property to the name of a numeric property of the events.';
        END IF;
    ELSIF s.property IS NOT NULL OR s.numeric_strings THEN
        RAISE EXCEPTION USING ERRCODE = '22023',
            MESSAGE = format('measure "%s" reads no property', s.measure),
            HINT = 'Leave property NULL and numeric_strings false; use match for a condition on properties, or measure sum, max or last.';
    END IF;
END;
$$;
COMMENT ON FUNCTION pls.check_signal_match(pls.signals) IS
'Validates what a signal matches: events, match, property.';

-- How it is measured: windows, periods and bins against the measure.
CREATE FUNCTION pls.check_signal_window(s pls.signals) RETURNS void
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF s.within IS NULL AND s.measure NOT IN ('last', 'attribute') THEN
        RAISE EXCEPTION USING ERRCODE = '22023',
            MESSAGE = format('measure "%s" needs within', s.measure),
            HINT = CASE WHEN s.measure IN ('recency', 'first')
                        THEN 'Set within to the age that is compared, such as ''7 days''.'
                        ELSE 'Set within to the length of the window, such as ''14 days''.' END;
    END IF;
    PERFORM pls.check_span(s.within, 'within');
    PERFORM pls.check_span(s.period, 'period');
    PERFORM pls.check_span(s.collapse, 'collapse');
    IF s.period IS NOT NULL AND s.measure NOT IN ('days', 'sequence') THEN
        RAISE EXCEPTION USING ERRCODE = '22023',
            MESSAGE = format('measure "%s" takes no period', s.measure),
            HINT = 'Leave period NULL, or use measure days.';
    END IF;
    IF s.measure = 'sequence' AND s.period < s.within THEN
        RAISE EXCEPTION USING ERRCODE = '22023',
            MESSAGE = 'period of measure "sequence" must not be shorter than within',
            DETAIL = format('Rows are forgotten after %s, and the steps may take %s.', s.period, s.within),
            HINT = 'Leave period NULL for twice within.';
    END IF;
    IF s.collapse IS NOT NULL AND s.measure <> 'count' THEN
        RAISE EXCEPTION USING ERRCODE = '22023',
            MESSAGE = format('measure "%s" takes no collapse', s.measure),
            HINT = 'Leave collapse NULL, or use measure count.';
    END IF;
    IF s.min_base IS NOT NULL AND s.measure <> 'growth' THEN
        RAISE EXCEPTION USING ERRCODE = '22023',
            MESSAGE = format('measure "%s" takes no min_base', s.measure),
            HINT = 'Leave min_base NULL, or use measure growth.';
    END IF;
    PERFORM pls.check_number(s.min_base, 'min_base');
    IF s.min_base < 0 THEN
        RAISE EXCEPTION USING ERRCODE = '22023',
            MESSAGE = 'min_base must not be negative',
            HINT = 'Use the number of rows that the earlier window must have, such as 5.';
    END IF;
END;
$$;
COMMENT ON FUNCTION pls.check_signal_window(pls.signals) IS
'Validates how a signal is measured: within, period, collapse, min_base.';

-- When it is met: op and threshold against the measure.
CREATE FUNCTION pls.check_signal_threshold(s pls.signals) RETURNS void
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    most_periods bigint;
BEGIN
    PERFORM pls.check_word(s.op, '{>=,>,<=,<,=}', 'op');
    PERFORM pls.check_number(s.threshold, 'threshold');
    IF s.measure IN ('recency', 'first') THEN
        IF s.threshold IS NOT NULL OR s.op = '=' THEN
            RAISE EXCEPTION USING ERRCODE = '22023',
                MESSAGE = format('measure "%s" compares an age with within', s.measure),
                DETAIL = 'It takes no threshold, and no age is ever exactly equal.',
                HINT = 'Leave threshold NULL and set op to <= (lately) or >= (not for so long).';
        END IF;
        RETURN;
    END IF;
    IF s.threshold IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = '22023',
            MESSAGE = format('measure "%s" needs a threshold', s.measure),
            HINT = CASE WHEN s.measure = 'growth'
                        THEN 'Set threshold to the ratio to be reached, such as 1.5 for half as much again.'
                        ELSE 'Set threshold to the value to be reached.' END;
    END IF;
    IF s.measure IN ('count', 'actors', 'days', 'sequence', 'attribute')
       AND (s.threshold < 0 OR s.threshold <> floor(s.threshold)) THEN
        RAISE EXCEPTION USING ERRCODE = '22023',
            MESSAGE = format('threshold of measure "%s" must be a whole number, 0 or more', s.measure),
            DETAIL = format('It is %s.', s.threshold),
            HINT = 'Use a number of things that can be counted.';
    END IF;
    IF s.measure = 'sequence' AND s.threshold NOT BETWEEN 1 AND cardinality(s.events) THEN
        RAISE EXCEPTION USING ERRCODE = '22023',
            MESSAGE = format('threshold of measure "sequence" must be between 1 and %s', cardinality(s.events)),
            DETAIL = 'It is the step to be reached.',
            HINT = 'Leave threshold NULL for the last step.';
    END IF;
    IF s.measure = 'attribute' AND s.threshold > 1 THEN
        RAISE EXCEPTION USING ERRCODE = '22023',
            MESSAGE = 'threshold of measure "attribute" must be 0 or 1',
            DETAIL = 'The value is 1 if match holds, else 0.',
            HINT = 'Leave threshold NULL.';
    END IF;
    IF s.measure = 'days' AND s.op IN ('>=', '>', '=') THEN
        -- two more than fit: one is cut by either end, days have 23 to 25 hours
        most_periods := floor(extract(epoch FROM s.within) / extract(epoch FROM s.period)) + 2;
        IF s.threshold > most_periods THEN
            RAISE EXCEPTION USING ERRCODE = '22023',
                MESSAGE = format('threshold %s can never be reached within %s', trim_scale(s.threshold), s.within),
                DETAIL = format('There are at most %s periods of %s in it.', most_periods, s.period),
                HINT = 'Use a lower threshold, a longer within or a shorter period.';
        END IF;
    END IF;
END;
$$;
COMMENT ON FUNCTION pls.check_signal_threshold(pls.signals) IS
'Validates when a signal is met: op, threshold.';

-- What it is worth: points, their bounds and their decay.
CREATE FUNCTION pls.check_signal_points(s pls.signals) RETURNS void
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM pls.check_number(s.points, 'points');
    PERFORM pls.check_range(s.min_points, s.max_points, 'min_points', 'max_points');
    IF s.per_unit AND s.measure NOT IN ('count', 'actors', 'days', 'sum', 'max') THEN
        RAISE EXCEPTION USING ERRCODE = '22023',
            MESSAGE = format('measure "%s" cannot give points per unit', s.measure),
            HINT = 'Set per_unit to false, or use measure count, actors, days, sum or max.';
    END IF;
    PERFORM pls.check_word(s.decay, '{none,linear,exponential,step}', 'decay');
    PERFORM pls.check_span(s.decay_span, 'decay_span');
    IF s.decay = 'none' AND s.decay_span IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = '22023',
            MESSAGE = 'decay_span needs a decay',
            HINT = 'Set decay to linear, exponential or step, or leave decay_span NULL.';
    END IF;
    IF s.decay <> 'none' AND s.decay_span IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = '22023',
            MESSAGE = format('decay "%s" needs decay_span', s.decay),
            HINT = CASE WHEN s.decay = 'exponential'
                        THEN 'Set decay_span to the half-life, such as ''7 days''.'
                        ELSE 'Set decay_span to the age at which nothing is left, such as ''30 days''.' END;
    END IF;
    IF s.decay <> 'none' AND s.measure = 'attribute' THEN
        RAISE EXCEPTION USING ERRCODE = '22023',
            MESSAGE = 'measure "attribute" cannot decay',
            DETAIL = 'An attribute has no age.',
            HINT = 'Set decay to none and leave decay_span NULL.';
    END IF;
END;
$$;
COMMENT ON FUNCTION pls.check_signal_points(pls.signals) IS
'Validates what a signal is worth: points, per_unit, bounds, decay.';

-- Distinct things are told apart by keys, of which at most 256 are kept.
CREATE FUNCTION pls.check_signal_need(s pls.signals) RETURNS void
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    units text;
    need numeric;
    bound numeric;
BEGIN
    IF s.measure IN ('actors', 'days') THEN
        units := s.measure;
    ELSIF s.measure = 'count' AND s.collapse IS NOT NULL THEN
        units := 'collapsed rows';
    ELSE
        RETURN;
    END IF;
    need := s.threshold + 1;
    IF s.per_unit AND s.decay = 'none' AND s.points <> 0 THEN
        -- without a bound as many count as are told apart anyway, 64 at least
        bound := CASE WHEN s.points > 0 THEN s.max_points ELSE s.min_points END;
        need := greatest(need, ceil(bound / s.points));
    END IF;
    IF need > 256 THEN
        RAISE EXCEPTION USING ERRCODE = '54000',
            MESSAGE = format('too many %s to be told apart', units),
            DETAIL = format('The signal needs %s, at most 256 are kept.', need),
            HINT = 'Use a lower threshold or bound, or measure count without collapse.';
    END IF;
END;
$$;
COMMENT ON FUNCTION pls.check_signal_need(pls.signals) IS
'Refuses (54000) a signal that would have to tell more than 256 actors, days or collapsed rows apart.';

-- An outcome is written down, it is worth nothing.
CREATE FUNCTION pls.check_signal_outcome(s pls.signals) RETURNS void
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF s.category <> 'outcome' THEN
        IF s.outcome IS NOT NULL THEN
            RAISE EXCEPTION USING ERRCODE = '22023',
                MESSAGE = format('category "%s" takes no outcome', s.category),
                HINT = 'Leave outcome NULL, or set category to outcome.';
        END IF;
        RETURN;
    END IF;
    IF COALESCE(s.outcome, '') = '' THEN
        RAISE EXCEPTION USING ERRCODE = '22023',
            MESSAGE = 'category "outcome" needs an outcome',
            HINT = 'Set outcome to the word to be recorded, such as conversion, expansion, meeting or churn.';
    END IF;
    IF s.measure <> 'count' OR s.points <> 0 OR s.required THEN
        RAISE EXCEPTION USING ERRCODE = '22023',
            MESSAGE = 'category "outcome" is recorded, not scored',
            DETAIL = 'Scoring by what the motion is to bring about would be circular.',
            HINT = 'Use measure count, points 0 and required false; add a second signal if the event is also to score.';
    END IF;
END;
$$;
COMMENT ON FUNCTION pls.check_signal_outcome(pls.signals) IS
'Validates category outcome against the column outcome and the points.';

CREATE FUNCTION pls.check_signal() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM pls.check_word(NEW.category, pls.signal_categories(), 'category');
    PERFORM pls.check_word(NEW.measure,
        '{count,actors,days,sum,max,last,recency,growth,first,sequence,attribute}', 'measure');

    IF NEW.op IS NULL THEN
        NEW.op := CASE WHEN NEW.measure IN ('recency', 'first') THEN '<=' ELSE '>=' END;
    END IF;
    IF NEW.threshold IS NULL AND NEW.measure IN ('count', 'actors', 'days', 'attribute') THEN
        NEW.threshold := 1;
    END IF;
    IF NEW.threshold IS NULL AND NEW.measure = 'sequence' THEN
        NEW.threshold := cardinality(NEW.events);
    END IF;
    IF NEW.period IS NULL AND NEW.measure = 'days' THEN
        NEW.period := interval '1 day';
    END IF;
    IF NEW.period IS NULL AND NEW.measure = 'sequence' THEN
        NEW.period := least(2 * NEW.within, interval '36500 days');
    END IF;
    IF NEW.min_base IS NULL AND NEW.measure = 'growth' THEN
        NEW.min_base := 1;
    END IF;

    IF TG_OP = 'INSERT' AND (SELECT count(*) FROM pls.signals s WHERE s.motion = NEW.motion) >= 256 THEN
        RAISE EXCEPTION USING ERRCODE = '54000',
            MESSAGE = format('motion "%s" has too many signals', NEW.motion),
            DETAIL = 'A motion can have 256.',
            HINT = 'Delete signals that are not used, or divide the motion.';
    END IF;
    PERFORM pls.check_predicate(NEW.match, 'match');
    PERFORM pls.check_signal_match(NEW);
    PERFORM pls.check_signal_window(NEW);
    PERFORM pls.check_signal_threshold(NEW);
    PERFORM pls.check_signal_points(NEW);
    PERFORM pls.check_signal_need(NEW);
    PERFORM pls.check_signal_outcome(NEW);
    RETURN NEW;
END;
$$;
COMMENT ON FUNCTION pls.check_signal() IS
'Trigger: completes and validates a row of pls.signals.';
REVOKE EXECUTE ON FUNCTION pls.check_signal() FROM PUBLIC;

CREATE TRIGGER check_signal BEFORE INSERT OR UPDATE ON pls.signals
    FOR EACH ROW EXECUTE FUNCTION pls.check_signal();
COMMENT ON TRIGGER check_signal ON pls.signals IS 'Completes and validates the row.';

/* ---- limits, grades, exclusions, domains ---- */

CREATE FUNCTION pls.check_category_limit() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM pls.check_word(NEW.category, array_remove(pls.signal_categories(), 'outcome'), 'category');
    PERFORM pls.check_range(NEW.min_points, NEW.max_points, 'min_points', 'max_points');
    IF NEW.min_points IS NULL AND NEW.max_points IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = '22023',
            MESSAGE = 'a category limit needs min_points or max_points',
            HINT = 'Set one of them, or delete the row.';
    END IF;
    RETURN NEW;
END;
$$;
COMMENT ON FUNCTION pls.check_category_limit() IS
'Trigger: validates a row of pls.category_limits.';
REVOKE EXECUTE ON FUNCTION pls.check_category_limit() FROM PUBLIC;

CREATE TRIGGER check_category_limit BEFORE INSERT OR UPDATE ON pls.category_limits
    FOR EACH ROW EXECUTE FUNCTION pls.check_category_limit();
COMMENT ON TRIGGER check_category_limit ON pls.category_limits IS 'Validates the row.';

CREATE FUNCTION pls.check_grade() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM pls.check_word(NEW.dimension, '{fit,engagement}', 'dimension');
    PERFORM pls.check_number(NEW.at_least, 'at_least');
    IF NEW.dimension = 'fit' AND NEW.grade !~ '^[A-Z]$' THEN
        RAISE EXCEPTION USING ERRCODE = '22023',
            MESSAGE = format('grade "%s" of fit must be one capital letter', NEW.grade),
            HINT = 'Use A for the best band, then B, C and so on.';
    ELSIF NEW.dimension = 'engagement' AND NEW.grade !~ '^[0-9]$' THEN
        RAISE EXCEPTION USING ERRCODE = '22023',
            MESSAGE = format('grade "%s" of engagement must be one digit', NEW.grade),
            HINT = 'Use 1 for the best band, then 2, 3 and so on.';
    END IF;
    RETURN NEW;
END;
$$;
COMMENT ON FUNCTION pls.check_grade() IS 'Trigger: validates a row of pls.grades.';
REVOKE EXECUTE ON FUNCTION pls.check_grade() FROM PUBLIC;

CREATE TRIGGER check_grade BEFORE INSERT OR UPDATE ON pls.grades
    FOR EACH ROW EXECUTE FUNCTION pls.check_grade();
COMMENT ON TRIGGER check_grade ON pls.grades IS 'Validates the row.';

CREATE FUNCTION pls.normal_domain(domain text) RETURNS text
    AS 'MODULE_PATHNAME', 'pls_normal_domain' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION pls.normal_domain(text) IS
'The domain of an e-mail address or a bare domain: what follows the last @, in lower case, without dots and white space around it. NULL if that is not a plausible host name of at least two labels.';

CREATE FUNCTION pls.check_exclusion() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    wrong text;
BEGIN
    PERFORM pls.check_word(NEW.scope, '{actor,entity}', 'scope');
    PERFORM pls.check_predicate(NEW.match, 'match');
    PERFORM pls.check_names(NEW.ids, 'ids');
    PERFORM pls.check_names(NEW.domains, 'domains');
    IF NEW.match IS NULL AND NEW.ids IS NULL AND NEW.domains IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = '22023',
            MESSAGE = 'an exclusion needs match, ids or domains',
            DETAIL = 'Without any of them it excludes nobody.',
            HINT = 'Set at least one of them.';
    END IF;
    IF NEW.domains IS NOT NULL THEN
        SELECT d.domain INTO wrong
            FROM unnest(NEW.domains) AS d (domain)
            WHERE pls.normal_domain(d.domain) IS NULL
            LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION USING ERRCODE = '22023',
                MESSAGE = format('"%s" is not a domain', wrong),
                HINT = 'Write domains as in ''{example.com,example.org}''.';
        END IF;
        NEW.domains := ARRAY(SELECT pls.normal_domain(d.domain)
                             FROM unnest(NEW.domains) WITH ORDINALITY AS d (domain, position)
                             ORDER BY d.position);
    END IF;
    RETURN NEW;
END;
$$;
COMMENT ON FUNCTION pls.check_exclusion() IS
'Trigger: completes and validates a row of pls.exclusions.';
REVOKE EXECUTE ON FUNCTION pls.check_exclusion() FROM PUBLIC;

CREATE TRIGGER check_exclusion BEFORE INSERT OR UPDATE ON pls.exclusions
    FOR EACH ROW EXECUTE FUNCTION pls.check_exclusion();
COMMENT ON TRIGGER check_exclusion ON pls.exclusions IS 'Completes and validates the row.';

-- A shipped row that somebody edits becomes that somebody's own.
CREATE FUNCTION pls.check_free_mail_domain() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    written text := NEW.domain;
BEGIN
    NEW.domain := pls.normal_domain(written);
    IF NEW.domain IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = '22023',
            MESSAGE = format('%s is not a domain', COALESCE('"' || written || '"', 'NULL')),
            HINT = 'Write it as in example.com.';
    END IF;
    IF TG_OP = 'UPDATE' THEN
        NEW.shipped := false;
    ELSIF NOT NEW.shipped THEN
        DELETE FROM pls.free_mail_domains f
            WHERE f.domain = NEW.domain AND f.shipped;
    END IF;
    RETURN NEW;
END;
$$;
COMMENT ON FUNCTION pls.check_free_mail_domain() IS
'Trigger: completes and validates a row of pls.free_mail_domains; an edited row is no longer a shipped one, and a new row replaces the shipped row of the same domain.';
REVOKE EXECUTE ON FUNCTION pls.check_free_mail_domain() FROM PUBLIC;

CREATE TRIGGER check_free_mail_domain BEFORE INSERT OR UPDATE ON pls.free_mail_domains
    FOR EACH ROW EXECUTE FUNCTION pls.check_free_mail_domain();
COMMENT ON TRIGGER check_free_mail_domain ON pls.free_mail_domains IS
'Completes and validates the row.';

/* ---- the compiled models follow ---- */

CREATE TRIGGER model_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON pls.motions
    FOR EACH STATEMENT EXECUTE FUNCTION pls.model_changed();
CREATE TRIGGER model_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON pls.signals
    FOR EACH STATEMENT EXECUTE FUNCTION pls.model_changed();
CREATE TRIGGER model_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON pls.category_limits
    FOR EACH STATEMENT EXECUTE FUNCTION pls.model_changed();
CREATE TRIGGER model_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON pls.grades
    FOR EACH STATEMENT EXECUTE FUNCTION pls.model_changed();
CREATE TRIGGER model_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON pls.exclusions
    FOR EACH STATEMENT EXECUTE FUNCTION pls.model_changed();
CREATE TRIGGER model_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON pls.free_mail_domains
    FOR EACH STATEMENT EXECUTE FUNCTION pls.model_changed();
COMMENT ON TRIGGER model_changed ON pls.motions IS 'Has every session compile the models anew.';
COMMENT ON TRIGGER model_changed ON pls.signals IS 'Has every session compile the models anew.';
COMMENT ON TRIGGER model_changed ON pls.category_limits IS 'Has every session compile the models anew.';
COMMENT ON TRIGGER model_changed ON pls.grades IS 'Has every session compile the models anew.';
COMMENT ON TRIGGER model_changed ON pls.exclusions IS 'Has every session compile the models anew.';
COMMENT ON TRIGGER model_changed ON pls.free_mail_domains IS 'Has every session compile the models anew.';
