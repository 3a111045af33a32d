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
                  WHEN (signal).measure = 'distinct'
                      THEN trim_scale(value) || CASE WHEN value = 1 THEN ' value of ' ELSE ' values of ' END
                           || (signal).property || ' in ' || pls_internal.span_text((signal).within)
                  WHEN (signal).measure = 'sequence'
                      THEN 'step ' || trim_scale(value) || ' of ' || cardinality((signal).events)
                  WHEN (signal).measure = 'restart' AND coalesce((signal).period, '1 day') = '1 day'
                      THEN 'after ' || trim_scale(value) || CASE WHEN value = 1 THEN ' day' ELSE ' days' END
                  WHEN (signal).measure = 'restart'
                      THEN 'after ' || trim_scale(value) || CASE WHEN value = 1 THEN ' period of ' ELSE ' periods of ' END
                           || pls_internal.span_text((signal).period)
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

-- What everybody meets says nothing of the one at hand.  Inlined.
CREATE FUNCTION pls_internal.signal_weight(points numeric, met numeric, entities integer) RETURNS numeric
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    -- of few nothing can be told
    SELECT CASE WHEN entities >= 10 THEN points * (entities - coalesce(met, 0)) / entities ELSE points END;
END;
COMMENT ON FUNCTION pls_internal.signal_weight IS
    'How far up a met signal stands in the text of an alert: its points times the share of the qualified entities that do not meet it, entities of which were counted, and met of them meet it. Fewer than 10, or NULL: its points.';

-- The text of the alert: the three signals that distinguish the entity most.
-- A required signal that all qualified entities meet comes last.  A risk that
-- is met takes points off and is no reason, but it is what the rep has to see
-- to first: it is named at the end, and its action is the one to take.
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
    trouble text;
BEGIN
    -- rare, and cheap to see
    IF alert_words.evidence @? '$[*] ? (@.category == "risk" && @.met == true && @.points < 0)' THEN
        SELECT pls_internal.signal_phrase(s, l.value), nullif(btrim(s.next_best_action), '') INTO trouble, next_best_action
          FROM jsonb_to_recordset(alert_words.evidence)
               AS l(line integer, signal text, category text, value numeric, met boolean, points numeric)
          JOIN pls.signals s ON s.motion = alert_words.motion AND s.signal = l.signal
         WHERE l.category = 'risk' AND l.met AND l.points < 0
         ORDER BY l.points, l.line LIMIT 1;
    END IF;
    SELECT array_agg(o.signal), array_agg(o.value) INTO signals, values
      FROM (SELECT s AS signal, l.value
              FROM jsonb_to_recordset(alert_words.evidence)
                   AS l(line integer, signal text, value numeric, points numeric)
              JOIN pls.signals s ON s.motion = alert_words.motion AND s.signal = l.signal
              LEFT JOIN (SELECT c.entities, c.met FROM pls_internal.signal_shares c
                          WHERE c.motion = alert_words.motion
                          ORDER BY c.counted_at DESC LIMIT 1) c ON true
             CROSS JOIN LATERAL (SELECT pls_internal.signal_weight(l.points, (c.met ->> s.signal)::numeric, c.entities) AS weight) w
             WHERE l.points > 0
             ORDER BY s.required AND w.weight = 0, w.weight DESC, l.points DESC, l.line) o;
    FOR place IN 1 .. coalesce(cardinality(signals), 0) LOOP
        EXIT WHEN place > 3 AND (next_best_action IS NOT NULL OR trouble IS NOT NULL);
        signal := signals[place];
        IF place <= 3 THEN
            phrases := phrases || coalesce(pls_internal.signal_phrase(signal, values[place]), '');
        END IF;
        -- in trouble nobody is to be sold anything: the route says what to do
        next_best_action := coalesce(next_best_action,
            CASE WHEN trouble IS NULL AND btrim(signal.next_best_action) <> '' THEN signal.next_best_action END);
    END LOOP;
    reason := format('%s scored %s%s', alert_words.who, trim_scale(alert_words.score),
                     ' (' || alert_words.grade || ')')
              || coalesce(': ' || nullif(array_to_string(phrases, ', '), ''), '')
              || coalesce('; but ' || trouble, '');
END;
$$;
COMMENT ON FUNCTION pls_internal.alert_words IS
    'The reason of an alert (who, score, grade, and at most three signals by pls_internal.signal_weight, and then the met risk that takes most points off), and the next best action: that of this risk, without a risk that of the first signal in the order that has one; NULL: the route''s.';

/* ---- how many meet a signal ---- */

-- Of those decided lately, and of those about to be decided: where a motion
-- begins, many are at once, before anything is known of them.
CREATE FUNCTION pls_internal.count_signal_shares(motion text, coming text[] DEFAULT '{}') RETURNS void
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off
    SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    most CONSTANT integer := 300;
    step CONSTANT integer := 1 + cardinality(coming) / most;
    told record;
BEGIN
    WITH waiting AS MATERIALIZED (
        SELECT s.entity_id, (pls_internal.appraise(s.evidence, pls_internal.now_after(s.last_event_at), x.attributes)).lines
          FROM (SELECT DISTINCT u.id FROM unnest(coming) WITH ORDINALITY u (id, n) WHERE u.n % step = 0) c
          JOIN pls.standings s ON s.entity_id = c.id AND s.motion = count_signal_shares.motion
          LEFT JOIN LATERAL pls_internal.attributes_at(s.motion, s.entity_id) x ON true
         WHERE s.lane = 'sales' AND NOT s.stale),
    decided AS (
        SELECT DISTINCT ON (d.entity_id) d.entity_id, d.evidence AS lines
          FROM (SELECT l.entity_id, l.lane, l.evidence, l.decision_id FROM pls.decisions l
                 WHERE l.motion = count_signal_shares.motion
                 ORDER BY l.decided_at DESC LIMIT most) d
         WHERE d.lane = 'sales' AND d.evidence IS NOT NULL
           AND NOT EXISTS (SELECT FROM waiting w WHERE w.entity_id = d.entity_id)
         ORDER BY d.entity_id, d.decision_id DESC),
    qualified AS MATERIALIZED (
        SELECT w.entity_id, w.lines FROM waiting w UNION ALL SELECT d.entity_id, d.lines FROM decided d),
    counted AS (
        SELECT l.signal, count(*) AS met
          FROM qualified q, jsonb_to_recordset(q.lines) AS l(signal text, met boolean)
         WHERE l.met AND l.signal IS NOT NULL GROUP BY l.signal)
    SELECT (SELECT count(*) FROM qualified) AS entities,
           coalesce((SELECT jsonb_object_agg(c.signal, c.met) FROM counted c), '{}') AS met
      INTO told;
    DELETE FROM pls_internal.signal_shares g
     WHERE g.ctid = ANY (ARRAY(SELECT o.ctid FROM pls_internal.signal_shares o
                                WHERE o.motion = count_signal_shares.motion FOR UPDATE SKIP LOCKED));
    INSERT INTO pls_internal.signal_shares (motion, counted_at, entities, met)
    VALUES (count_signal_shares.motion, pls.now(), told.entities, told.met);
END;
$$;
COMMENT ON FUNCTION pls_internal.count_signal_shares IS
    'Counts how many qualified entities of a motion meet each of its signals, for pls_internal.signal_weight(): of the last 300 decisions those in lane sales, and of coming, about which is to be decided, some 300 that are in it. Does not wait for locks.';

-- A task for pls.sweep().
CREATE FUNCTION pls_internal.count_stale_shares(at_most integer) RETURNS bigint
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off
    SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    -- while there are few each makes a difference
    few  CONSTANT integer := 100;
    play text;
    done bigint := 0;
BEGIN
    -- words are not worth a wait
    IF pls_internal.locked_table('pls.motions', 'pls.decisions', 'pls_internal.signal_shares') IS NOT NULL THEN
        RETURN 0;
    END IF;
    FOR play IN
        SELECT m.motion
          FROM pls.motions m
         CROSS JOIN LATERAL (SELECT max(d.decided_at) AS decided_at FROM pls.decisions d WHERE d.motion = m.motion) d
          LEFT JOIN LATERAL (SELECT c.counted_at, c.entities FROM pls_internal.signal_shares c
                              WHERE c.motion = m.motion ORDER BY c.counted_at DESC LIMIT 1) c ON true
         WHERE m.status <> 'draft' AND d.decided_at IS NOT NULL
           AND (c.counted_at IS NULL OR c.counted_at > pls.now()
                OR (d.decided_at >= c.counted_at
                    AND c.counted_at <= pls.now() - CASE WHEN c.entities < few THEN interval '50 seconds' ELSE interval '1 hour' END))
         ORDER BY c.counted_at NULLS FIRST, m.motion
         LIMIT least(at_most, 20)
    LOOP
        PERFORM pls_internal.count_signal_shares(play);
        done := done + 1;
    END LOOP;
    RETURN done;
END;
$$;
COMMENT ON FUNCTION pls_internal.count_stale_shares IS
    'Step of the sweep: pls_internal.count_signal_shares() for at most 20 motions that have decided something since they were counted, an hour ago, or a minute while there are few decisions. Returns how many.';
