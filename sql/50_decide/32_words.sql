/* 32_words.sql - the wording of an alert. */

CREATE FUNCTION pls_internal.span_text(span interval) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    seconds CONSTANT numeric := extract(epoch FROM span);
    amount  numeric;
    unit    text;
BEGIN
    IF seconds >= 86400 THEN
        amount := round(seconds / 86400, 1);
        unit := ' day';
    ELSIF seconds >= 3600 THEN
        amount := round(seconds / 3600, 1);
        unit := ' hour';
    ELSE
        amount := round(seconds / 60, 1);
        unit := ' minute';
    END IF;
    RETURN trim_scale(amount) || unit || CASE WHEN amount = 1 THEN '' ELSE 's' END;
END;
$$;
COMMENT ON FUNCTION pls_internal.span_text IS
    'An interval in words, in days, hours or minutes with at most one decimal.';

-- One met signal in a few words: why it counts, and its value in brackets.
-- Inlined.
CREATE FUNCTION pls_internal.signal_phrase(signal pls.signals, value numeric) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT coalesce(nullif(rtrim(btrim((signal).why), '.'), ''), replace((signal).signal, '_', ' '))
           || coalesce(' (' || CASE
                  WHEN (signal).measure = 'count' AND value > 1
                      THEN trim_scale(value) || ' in ' || pls_internal.span_text((signal).within)
                  WHEN (signal).measure = 'actors'
                      THEN trim_scale(value) || CASE WHEN value = 1 THEN ' user in ' ELSE ' users in ' END
                           || pls_internal.span_text((signal).within)
                  WHEN (signal).measure = 'days' AND coalesce((signal).period, '1 day') = '1 day'
                      THEN trim_scale(value) || ' of ' || pls_internal.span_text((signal).within)
                  WHEN (signal).measure = 'days'
                      THEN trim_scale(value) || CASE WHEN value = 1 THEN ' period of ' ELSE ' periods of ' END
                           || pls_internal.span_text((signal).period)
                  WHEN (signal).measure = 'sequence'
                      THEN 'step ' || trim_scale(value) || ' of ' || cardinality((signal).events)
                  WHEN (signal).measure = 'growth' THEN trim_scale(value) || ' times as much'
                  WHEN (signal).measure = 'sum' OR (signal).measure = 'max' OR (signal).measure = 'last'
                      THEN trim_scale(value)::text
                  WHEN (signal).measure = 'recency' OR (signal).measure = 'first'
                      THEN pls_internal.span_text(make_interval(secs => value::double precision)) || ' ago'
              END || ')', '');
END;
COMMENT ON FUNCTION pls_internal.signal_phrase IS
    'A met signal in words: its why text, or else its name, with the value in brackets.';

-- Inlined.
CREATE FUNCTION pls_internal.subject(entity_id text, account pls.accounts, member pls.users) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT coalesce(nullif(btrim((member).email), ''),
                    nullif(btrim(CASE WHEN (member).user_id IS NULL THEN (account).name END), ''),
                    entity_id);
END;
COMMENT ON FUNCTION pls_internal.subject IS
    'The name of the entity in an alert: a user''s email address, an account''s name, else the id.';

-- The text of the alert: the three signals with the most points.
CREATE FUNCTION pls_internal.alert_words(motion text, who text, score numeric, grade text,
                                evidence jsonb, OUT reason text, OUT next_best_action text)
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    signals pls.signals[];
    values  numeric[];
    signal  pls.signals;
    phrases text[] := '{}';
BEGIN
    SELECT array_agg(o.signal), array_agg(o.value) INTO signals, values
      FROM (SELECT s AS signal, l.value
              FROM jsonb_to_recordset(alert_words.evidence)
                   AS l(line integer, signal text, value numeric, points numeric)
              JOIN pls.signals s ON s.motion = alert_words.motion AND s.signal = l.signal
             WHERE l.points > 0
             ORDER BY l.points DESC, l.line) o;
    FOR place IN 1 .. coalesce(cardinality(signals), 0) LOOP
        EXIT WHEN place > 3 AND next_best_action IS NOT NULL;
        signal := signals[place];
        IF place <= 3 THEN
            phrases := phrases || coalesce(pls_internal.signal_phrase(signal, values[place]), '');
        END IF;
        next_best_action := coalesce(next_best_action,
            CASE WHEN btrim(signal.next_best_action) <> '' THEN signal.next_best_action END);
    END LOOP;
    reason := format('%s scored %s%s', alert_words.who, trim_scale(alert_words.score),
                     ' (' || alert_words.grade || ')')
              || coalesce(': ' || nullif(array_to_string(phrases, ', '), ''), '');
END;
$$;
COMMENT ON FUNCTION pls_internal.alert_words IS
    'The reason of an alert (who, score, grade, and at most three signals by points), and the next best action of the strongest signal that has one; NULL if none has.';
