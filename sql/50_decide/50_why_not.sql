/* 50_why_not.sql - why there is no alert about an entity.
 *
 * pls.decisions says what each crossing led to.  These functions say what
 * stands in the way at pls.now(), of an entity that has crossed nothing, too:
 * how far each threshold is, which is the cheapest to reach, and which rule
 * would hold even then.  The rules are those of 50_decide/35_rules.sql.
 */

-- How far a signal is from being met.  What can be told in units of the value
-- is; where one more event (or an attribute) does it, that is one.
CREATE FUNCTION pls_internal.signal_shortfall(signal pls.signals, value numeric, threshold numeric, met boolean,
                                     OUT missing numeric, OUT distance numeric, OUT in_reach boolean)
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF met THEN
        missing := 0;
        distance := 0;
        in_reach := true;
        RETURN;
    END IF;
    IF signal.measure = 'recency' OR signal.measure = 'first' THEN
        -- did it lately: one event does.  First seen too long ago: nothing
        -- does.  Has stopped: time does.
        IF signal.op = '<=' OR signal.op = '<' THEN
            in_reach := signal.measure = 'recency' OR value IS NULL;
            missing := CASE WHEN in_reach THEN 1 END;
        ELSE
            in_reach := false;
            missing := threshold - value;
        END IF;
        distance := CASE WHEN missing IS NULL THEN NULL
                         WHEN in_reach THEN 1
                         ELSE least(missing / nullif(threshold, 0), 1) END;
        RETURN;
    END IF;
    -- more events cannot make a silence longer
    IF signal.measure = 'restart' THEN
        in_reach := false;
        missing := abs(threshold - value);
        distance := 1;
        RETURN;
    END IF;
    missing := CASE
        WHEN signal.op = '>=' THEN threshold - coalesce(value, 0)
        -- the next value that is greater: a whole one for what is counted
        WHEN signal.op = '>' THEN threshold - coalesce(value, 0)
            + CASE WHEN signal.measure = 'count' OR signal.measure = 'actors' OR signal.measure = 'days'
                        OR signal.measure = 'distinct' OR signal.measure = 'attribute' THEN 1 ELSE 0.001 END
        WHEN signal.op = '=' THEN threshold - coalesce(value, 0)
        ELSE value - threshold          -- there is too much of it
    END;
    in_reach := missing >= 0 AND (signal.op = '>=' OR signal.op = '>' OR signal.op = '=');
    missing := abs(missing);
    distance := CASE WHEN threshold > 0 THEN round(least(missing / threshold, 1), 3)
                     WHEN missing IS NOT NULL THEN 1 END;
END;
$$;
COMMENT ON FUNCTION pls_internal.signal_shortfall IS
    'What a signal lacks to be met. missing: units of its value; 1 for recency and first, which one event meets; seconds for one that is met by time; NULL: it is unknown; of a restart what its break lacks, which no further event makes longer. distance: missing as a share of the threshold, at most 1. in_reach: whether further events, users, days, values or attributes can meet it.';

-- What a signal lacks, in words.
CREATE FUNCTION pls_internal.shortfall_text(signal pls.signals, value numeric, threshold numeric, met boolean,
                                   missing numeric)
    RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    what   text := coalesce(array_to_string(signal.events, ' or '), 'any event');
    lately text := coalesce(' in ' || pls_internal.span_text(signal.within), '');
    unit   text := CASE signal.measure WHEN 'actors' THEN ' user' WHEN 'days' THEN ' day'
                                       WHEN 'distinct' THEN ' value' WHEN 'sequence' THEN ' step' END
                   || CASE WHEN missing = 1 THEN '' ELSE 's' END
                   || CASE WHEN signal.measure = 'distinct' THEN ' of ' || signal.property ELSE '' END;
BEGIN
    IF met THEN
        RETURN 'met';
    END IF;
    IF signal.measure = 'attribute' THEN
        RETURN 'account attributes: ' || signal.match::text
               || CASE WHEN signal.threshold >= 1 THEN '' ELSE ' must not hold' END;
    ELSIF signal.measure = 'recency' AND signal.op LIKE '<%' THEN
        RETURN coalesce('once more, last ' || pls_internal.span_text(make_interval(secs => value::double precision)) || ' ago: ',
                        'once: ') || what;
    ELSIF signal.measure = 'first' AND signal.op LIKE '<%' THEN
        RETURN CASE WHEN value IS NULL THEN 'for the first time: ' || what
               ELSE format('first seen %s ago, which is too long ago',
                           pls_internal.span_text(make_interval(secs => value::double precision))) END;
    ELSIF signal.measure = 'recency' OR signal.measure = 'first' THEN
        RETURN coalesce('in ' || pls_internal.span_text(make_interval(secs => missing::double precision)) || ' without ',
                        'only after a first ') || what;
    ELSIF signal.measure = 'restart' THEN
        RETURN format('%s that ended in the last %s, wanted %s %s without %s',
                      coalesce('a break of ' || trim_scale(value), 'no break'), pls_internal.span_text(signal.within), signal.op,
                      CASE WHEN signal.period = '1 day' THEN trim_scale(threshold) || ' days'
                           ELSE format('%s periods of %s', trim_scale(threshold), pls_internal.span_text(signal.period)) END, what);
    ELSIF missing IS NULL OR NOT signal.op LIKE '>%' THEN
        RETURN format('%s is %s, wanted %s %s%s', signal.measure, coalesce(trim_scale(value)::text, 'unknown'),
                      signal.op, trim_scale(threshold), lately);
    ELSIF signal.measure = 'growth' THEN
        RETURN format('%s times as much as before%s, wanted %s', coalesce(trim_scale(value)::text, 'unknown'),
                      lately, trim_scale(threshold));
    ELSIF signal.measure = 'sum' OR signal.measure = 'max' OR signal.measure = 'last' THEN
        RETURN format('%s more of %s%s: %s', trim_scale(missing), signal.property, lately, what);
    END IF;
    RETURN format('%s more%s%s: %s', trim_scale(missing), unit, lately, what);
END;
$$;
COMMENT ON FUNCTION pls_internal.shortfall_text IS
    'What a signal lacks to be met, in words.';

-- What is measured of an entity against what is wanted, signal by signal.
CREATE FUNCTION pls_internal.signal_distances(motion text, evidence pls.evidence, as_of timestamptz, attributes jsonb)
    RETURNS TABLE (signal text, required boolean, met boolean, value numeric, op text, threshold numeric,
                   missing numeric, distance numeric, points numeric, place bigint, detail text)
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH measured AS (
        SELECT x.line, g AS signal, x.met, x.value, x.op, x.threshold, f.missing, f.distance,
               f.in_reach AND NOT x.met AND (g.required OR g.points > 0) AS step
          FROM pls.explain(signal_distances.evidence, signal_distances.as_of, signal_distances.attributes) x
          JOIN pls.signals g ON g.motion = signal_distances.motion AND g.signal = x.signal
         CROSS JOIN LATERAL pls_internal.signal_shortfall(g, x.value, x.threshold, x.met) f
         WHERE g.required OR g.points > 0
    )
    SELECT (m.signal).signal, (m.signal).required, m.met, m.value, m.op, m.threshold, m.missing, m.distance,
           (m.signal).points,
           CASE WHEN m.step THEN row_number() OVER (
               ORDER BY m.step DESC, (m.signal).required DESC, m.distance, (m.signal).points DESC,
                        (m.signal).signal COLLATE "C") END,
           pls_internal.shortfall_text(m.signal, m.value, m.threshold, m.met, m.missing)
      FROM measured m
     ORDER BY (m.signal).required DESC, m.met, m.line;
END;
$$;
COMMENT ON FUNCTION pls_internal.signal_distances IS
    'The signals that are required or worth positive points, what each lacks (see pls_internal.signal_shortfall), and its place among those that can be met: required ones first, then the least distance, the most points, the name; NULL: met or out of reach.';

CREATE FUNCTION pls.why_not(motion text, entity_id text)
    RETURNS TABLE (line integer, part text, name text, met boolean, value numeric, op text, threshold numeric,
                   missing numeric, distance numeric, points numeric, cheapest boolean, until timestamptz,
                   detail text)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 20
    SET search_path = pg_catalog, pg_temp
    SET timezone = 'UTC'
    SET enable_seqscan = off
    SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    play     pls.motions;
    standing pls.standings;
    account  pls.accounts;
    member   pls.users;
    known    boolean;
    instant  timestamptz;
    v        record;
    rules    pls_internal.obstacle[];    -- that hold, in order
    answer   pls_internal.obstacle;
    signals  integer;
BEGIN
    SELECT m.* INTO play FROM pls.motions m WHERE m.motion = why_not.motion;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'undefined_object',
            MESSAGE = format('motion "%s" does not exist', coalesce(why_not.motion, 'NULL')),
            HINT = 'SELECT motion FROM pls.motions shows those that do.';
    END IF;
    SELECT s.* INTO standing FROM pls.standings s
     WHERE s.entity_id = why_not.entity_id AND s.motion = why_not.motion;
    known := FOUND;
    IF NOT known THEN
        standing.entity_id := why_not.entity_id;
        standing.motion := play.motion;
        standing.evidence := (SELECT pls.evidence(play.motion, NULL::text, NULL::timestamptz, NULL::text, NULL::jsonb));
    END IF;
    SELECT k.* INTO v FROM pls_internal.known_of(play.unit, why_not.entity_id) k;
    account := v.account;
    member := v.member;
    instant := pls_internal.now_after(standing.last_event_at);
    SELECT e.* INTO v FROM pls.evaluate(standing.evidence, instant, account.attributes, standing.lane) e;
    rules := ARRAY(
        SELECT ROW(r.rule, r.until, r.detail)::pls_internal.obstacle
          FROM pls_internal.rules_in_force(play, standing, account, member, v.grade, pls_internal.best_grade(play.motion), instant) r
         ORDER BY r.place);

    -- the answer in one word and one sentence
    SELECT r.* INTO answer FROM unnest(rules) r WHERE r.reason = 'open_alert';
    IF NOT FOUND AND known THEN
        SELECT r.* INTO answer
          FROM pls_internal.main_reason(play, standing, account.attributes, instant,
                               v.score, v.sales_floor, v.lane, v.required_met, v.signals_met, rules[1]) r;
    ELSIF NOT FOUND AND EXISTS (SELECT FROM pls.backlog b
                                 WHERE b.entity_id = why_not.entity_id AND b.motion = why_not.motion) THEN
        answer := ROW('due', NULL, 'the next sweep decides');
    ELSIF NOT FOUND THEN
        answer := ROW('unknown', NULL, CASE WHEN pls_internal.entity_of(play.unit, why_not.entity_id) <> why_not.entity_id
            THEN format('"%s" is an alias of %s "%s", for which its events count', why_not.entity_id, play.unit,
                        pls_internal.entity_of(play.unit, why_not.entity_id))
            ELSE format('nothing is known about %s "%s" in this motion: none of its events have matched',
                        play.unit, why_not.entity_id) END);
    END IF;
    line := 1;
    part := 'answer';
    name := answer.reason;
    until := answer.until;
    detail := answer.detail;
    IF name = 'score' THEN
        value := v.score; op := '>='; threshold := trim_scale(v.sales_floor); missing := threshold - value;
        distance := round(least(missing / nullif(threshold, 0), 1), 3);
    ELSIF name = 'min_signals' THEN
        value := v.signals_met; op := '>='; threshold := play.min_signals; missing := threshold - value;
        distance := round(missing / threshold, 3);
    END IF;
    RETURN NEXT;
    -- every threshold
    RETURN QUERY
    SELECT why_not.line + row_number() OVER (ORDER BY t.n)::integer, t.part, t.name,
           g.missing = 0, t.value, '>=', t.threshold, g.missing,
           CASE WHEN g.missing = 0 THEN 0 ELSE round(least(g.missing / nullif(t.threshold, 0), 1), 3) END,
           NULL::numeric, NULL::boolean, NULL::timestamptz,
           CASE WHEN g.missing = 0 THEN 'met' ELSE format(t.wanted, trim_scale(g.missing), CASE WHEN g.missing = 1 THEN '' ELSE 's' END) END
      FROM (VALUES (1, 'score', 'sales', v.score, trim_scale(v.sales_floor), '%s more point%s'),
                   (2, 'score', 'triage', v.score, play.triage_at, '%s more point%s'),
                   (3, 'min_signals', 'signals met', v.signals_met::numeric, play.min_signals::numeric, '%s more signal%s'))
           t (n, part, name, value, threshold, wanted)
     CROSS JOIN LATERAL (SELECT greatest(t.threshold - t.value, 0) AS missing) g
     WHERE t.threshold IS NOT NULL;
    line := line + CASE WHEN play.triage_at IS NULL THEN 2 ELSE 3 END;
    RETURN QUERY
    SELECT why_not.line + row_number() OVER ()::integer,
           CASE WHEN d.required THEN 'required_signal' ELSE 'signal' END,
           d.signal, d.met, d.value, d.op, d.threshold, d.missing, d.distance, d.points,
           d.place IS NOT DISTINCT FROM 1 AND v.lane IS DISTINCT FROM 'sales',
           NULL::timestamptz, d.detail
      FROM pls_internal.signal_distances(play.motion, standing.evidence, instant, account.attributes) d;
    GET DIAGNOSTICS signals = ROW_COUNT;
    line := line + signals;
    RETURN QUERY
    SELECT why_not.line + row_number() OVER (ORDER BY l.line)::integer, 'limit', l.name, NULL::boolean, NULL::numeric,
           NULL::text, NULL::numeric, NULL::numeric, NULL::numeric, - l.taken_off, NULL::boolean, NULL::timestamptz,
           l.detail || CASE WHEN v.score < v.sales_floor AND v.score + l.taken_off >= v.sales_floor AND count(*) OVER () = 1
                            THEN '; without it the score would be enough' ELSE '' END
      FROM pls_internal.limits_in_force(standing.evidence, instant, account.attributes) l;
    GET DIAGNOSTICS signals = ROW_COUNT;
    line := line + signals;
    -- and the rules that hold
    RETURN QUERY
    SELECT why_not.line + r.n::integer, 'rule', r.reason, NULL::boolean, NULL::numeric, NULL::text, NULL::numeric,
           NULL::numeric, NULL::numeric, NULL::numeric, NULL::boolean, r.until, r.detail
      FROM unnest(rules) WITH ORDINALITY r (reason, until, detail, n);
END;
$$;
COMMENT ON FUNCTION pls.why_not IS
    'Why there is no alert about an entity at pls.now(), and how far it is from one. Part "answer", one line: the main reason in one word (unknown, open_alert, a reason of pls.decisions, score, required_signal, min_signals, due, not_rearmed), until when it holds, and a sentence. Parts score, min_signals, required_signal and signal: value, threshold, what is missing in units, distance (missing as a share of the threshold) and, of a signal, the points it would bring. cheapest: the one signal that is the next step, among those that further events, users, days, values or attributes can meet: a required one if there is any, then the least distance, the most points, the name; none if qualified. Part limit: an upper limit (of a category, a signal, or "score") that keeps the score down, and in points what it takes off; the sentence of the answer score says so, too. Part rule: the rules of pls_internal.decide() that block an alert, even if the score is high enough. An entity that is not known is measured as one without events. Error 42704: no such motion.';
