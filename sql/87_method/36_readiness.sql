/* 36_readiness.sql - is a motion ready: the first step of the method, measured.
 *
 * Everything is asked of those who know it already: the intake, the samples of
 * the watched tables, the standings (of a draft the evidence that pls.preview()
 * gathers, too), pls.replay() and the quotas.  What is missing is a verdict
 * with the next step, never an error.
 */

CREATE TYPE pls_internal.readiness_check AS (
    place     integer,
    "check"   text,
    verdict   text,
    measured  text,
    needed    text,
    fix       text
);
COMMENT ON TYPE pls_internal.readiness_check IS 'A row of pls.readiness().';
COMMENT ON COLUMN pls_internal.readiness_check.place IS 'Order.';
COMMENT ON COLUMN pls_internal.readiness_check."check" IS 'The check; the last one is verdict.';
COMMENT ON COLUMN pls_internal.readiness_check.verdict IS 'pass; fail; assumed: nobody has said it, see pls.assumptions(); unknown: it cannot be measured yet; not applicable. Of the last row: ready or needs prerequisites.';
COMMENT ON COLUMN pls_internal.readiness_check.measured IS 'What there is.';
COMMENT ON COLUMN pls_internal.readiness_check.needed IS 'What it takes.';
COMMENT ON COLUMN pls_internal.readiness_check.fix IS 'What to do. NULL: nothing.';

-- Rules of thumb, in one place.  Where a motion is smaller, its figures say
-- little, whatever they are.
CREATE FUNCTION pls_internal.readiness_needs(OUT activated bigint, OUT active bigint, OUT deep numeric, OUT coverage numeric,
                                             OUT freshness interval, OUT period interval)
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT 20::bigint,           -- with fewer, one more or less moves each share by over 5 points
           30::bigint,           -- with fewer in four weeks a rep can look at each of them
           0.1::numeric,         -- with less than one in ten, points of depth and breadth tell nobody apart
           0.8::numeric,         -- what is lost is never alerted: one row in five is the most
           interval '3 days',    -- a long weekend
           interval '28 days';
END;
COMMENT ON FUNCTION pls_internal.readiness_needs IS
'What pls.readiness() asks for: entities that have reached the first value (activated), entities with events in period (active), the share of these that meet a signal of depth or breadth (deep), the share of rows that belong to an account (coverage), and how old the newest event may be (freshness).';

/* ---- what people have said ---- */

CREATE FUNCTION pls_internal.readiness_of_goal(play pls.motions, language text) RETURNS pls_internal.readiness_check
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    aims     CONSTANT text[] := pls_internal.outcomes_aimed_at(play.objective);
    missing  CONSTANT text := concat_ws(', ', CASE WHEN play.goal_metric IS NULL THEN 'goal_metric' END,
                                        CASE WHEN play.goal_target IS NULL THEN 'goal_target' END,
                                        CASE WHEN play.goal_date IS NULL THEN 'goal_date' END);
    is_over  CONSTANT boolean := coalesce(play.goal_date < (pls.now() AT TIME ZONE play.time_zone)::date, false);
    measured CONSTANT boolean :=
        EXISTS (SELECT FROM pls.signals s WHERE s.motion = play.motion AND s.enabled AND s.outcome = ANY (aims))
        -- a meeting is what a rep says it is
        OR ('meeting' = ANY (aims) AND EXISTS (SELECT FROM pls.dispositions d WHERE d.enabled AND d.outcome = 'meeting'))
        OR EXISTS (SELECT FROM pls_internal.outcomes_to_predict(play, aims));
BEGIN
    RETURN ROW(1, 'objective measurable', CASE WHEN missing = '' AND NOT is_over AND measured THEN 'pass' ELSE 'fail' END,
        CASE WHEN missing = '' AND NOT is_over AND measured
             THEN pls_internal.say(language, 'ready.goal', play.goal_metric, trim_scale(play.goal_target)::text, play.goal_date::text)
             ELSE concat_ws('; ', CASE WHEN missing <> '' THEN pls_internal.say(language, 'ready.goal.missing', missing) END,
                            CASE WHEN is_over THEN pls_internal.say(language, 'ready.goal.over', play.goal_date::text) END,
                            CASE WHEN NOT measured THEN pls_internal.say(language, 'ready.goal.unmeasured', array_to_string(aims, ', ')) END) END,
        pls_internal.say(language, 'ready.goal.needed'),
        CASE WHEN missing <> '' OR is_over THEN pls_internal.answer_command(play.motion, 'goal')
             WHEN NOT measured THEN pls_internal.say(language, 'ready.goal.signal', aims[1]) END)::pls_internal.readiness_check;
END;
$$;
COMMENT ON FUNCTION pls_internal.readiness_of_goal IS
'Part of pls.readiness(): whether the objective is measurable.';

CREATE FUNCTION pls_internal.readiness_of_intake(play pls.motions, language text) RETURNS SETOF pls_internal.readiness_check
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 4
    SET search_path = pg_catalog, pg_temp
    SET datestyle = 'ISO'
AS $$
BEGIN
    RETURN NEXT pls_internal.readiness_of_goal(play, language);
    RETURN QUERY
    SELECT c.place, c."check", CASE WHEN q.open IS NULL THEN 'pass' ELSE 'assumed' END,
           CASE WHEN q.open IS NOT NULL THEN pls_internal.say(language, 'ready.open', q.open)
                WHEN c.words = 'segment' THEN coalesce(play.segment::text, pls_internal.say(language, 'ready.segment.all'))
                ELSE pls_internal.say(language, 'ready.recorded') END,
           pls_internal.say(language, concat('ready.', c.words, '.needed')),
           CASE WHEN q.open IS NOT NULL THEN pls_internal.answer_command(play.motion, q.first) END
      FROM (VALUES (2, 'segment explicit', 'segment', '{segment}'::text[]), (3, 'prerequisites', 'prerequisites', '{model,buyers}'),
                   (4, 'constraints', 'constraints', '{constraints}')) AS c (place, "check", words, questions)
     CROSS JOIN LATERAL (
           SELECT string_agg(s.question, ', ' ORDER BY s.place) AS open, (array_agg(s.question ORDER BY s.place))[1] AS first
             FROM pls_internal.intake_state(play, language) s
            WHERE s.question = ANY (c.questions) AND NOT s.is_answered) q;
END;
$$;
COMMENT ON FUNCTION pls_internal.readiness_of_intake IS
'Part of pls.readiness(): objective, segment, prerequisites and constraints, by what people have said.';

/* ---- what the samples show ---- */

CREATE FUNCTION pls_internal.readiness_of_events(play pls.motions, language text) RETURNS pls_internal.readiness_check
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    n       CONSTANT record := pls_internal.events_of_categories(play.motion, NULL);
    silent  text[];
    lacking boolean;
    most    CONSTANT integer := 3;          -- that are named
    answer  pls_internal.readiness_check := ROW(5, 'events come', 'fail', NULL, pls_internal.say(language, 'ready.events.needed'), NULL);
BEGIN
    IF NOT pls_internal.has_sources(play.motion) THEN
        answer.measured := pls_internal.say(language, 'ready.unwatched');
        answer.fix := pls_internal.say(language, 'ready.watch');
        RETURN answer;
    ELSIF NOT EXISTS (SELECT FROM pls.signals s WHERE s.motion = play.motion AND s.enabled AND s.measure <> 'attribute') THEN
        answer.measured := pls_internal.say(language, 'ready.events.none');
        answer.fix := pls_internal.say(language, 'ready.events.signals');
        RETURN answer;
    ELSIF pls_internal.sampled_sources(play.motion) = '{}' THEN
        answer.verdict := 'unknown';
        answer.measured := pls_internal.say(language, 'ready.unsampled');
        answer.fix := pls_internal.say(language, 'ready.sweep');
        RETURN answer;
    END IF;
    SELECT array_agg(format('"%s"', s.signal) ORDER BY s.required OR s.category = 'activation' DESC, s.signal COLLATE "C"),
           bool_or(s.required OR s.category = 'activation') INTO silent, lacking
      FROM pls.signals s
     WHERE s.motion = play.motion AND s.enabled AND s.events IS NOT NULL
       AND NOT EXISTS (SELECT FROM pls_internal.asked_and_seen(play.motion) a
                        WHERE a.property IS NULL AND a.seen AND s.signal = ANY (a.signals));
    answer.verdict := CASE WHEN lacking OR (n.asked > 0 AND n.seen = 0) THEN 'fail' ELSE 'pass' END;
    answer.measured := CASE WHEN silent IS NULL THEN pls_internal.say(language, 'ready.events', n.seen::text, n.asked::text)
                            ELSE pls_internal.say(language, 'ready.events.without', n.seen::text, n.asked::text,
                                                            pls_internal.first_of(silent, most)) END;
    answer.fix := CASE WHEN silent IS NOT NULL THEN pls_internal.say(language, 'ready.events.fix') END;
    RETURN answer;
END;
$$;
COMMENT ON FUNCTION pls_internal.readiness_of_events IS
'Part of pls.readiness(): whether events come for the signals that must be met.';

CREATE FUNCTION pls_internal.readiness_of_age(play pls.motions, language text) RETURNS pls_internal.readiness_check
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    needs  CONSTANT record := pls_internal.readiness_needs();
    answer pls_internal.readiness_check := ROW(6, 'data fresh', 'unknown', NULL, NULL, NULL);
    last   record;
BEGIN
    answer.needed := pls_internal.say(language, 'ready.fresh.needed', pls_internal.span_in(language, needs.freshness));
    SELECT max(t.newest_at) AS newest_at, max(t.observed_at) AS observed_at INTO last
      FROM pls_internal.source_samples t WHERE t.source_id = ANY (pls_internal.sampled_sources(play.motion));
    IF NOT pls_internal.has_sources(play.motion) THEN
        answer.verdict := 'fail';
        answer.measured := pls_internal.say(language, 'ready.unwatched');
        answer.fix := pls_internal.say(language, 'ready.first');
    ELSIF last.newest_at >= pls.now() - needs.freshness THEN
        answer.verdict := 'pass';
        answer.measured := pls_internal.say(language, 'ready.fresh', pls_internal.span_in(language, pls.now() - last.newest_at));
    ELSIF last.observed_at IS NULL OR last.observed_at < pls.now() - interval '1 day' THEN
        -- nobody has looked since
        answer.measured := CASE WHEN last.observed_at IS NULL THEN pls_internal.say(language, 'ready.unsampled')
                                ELSE pls_internal.say(language, 'ready.old_sample', pls_internal.span_in(language, pls.now() - last.observed_at)) END;
        answer.fix := pls_internal.say(language, 'ready.sweep');
    ELSE
        answer.verdict := 'fail';
        answer.measured := CASE WHEN last.newest_at IS NULL THEN pls_internal.say(language, 'ready.fresh.none')
                                ELSE pls_internal.say(language, 'ready.fresh', pls_internal.span_in(language, pls.now() - last.newest_at)) END;
        answer.fix := pls_internal.say(language, 'ready.fresh.fix');
    END IF;
    RETURN answer;
END;
$$;
COMMENT ON FUNCTION pls_internal.readiness_of_age IS
'Part of pls.readiness(): how old the newest event of the watched tables is, by their samples.';

CREATE FUNCTION pls_internal.readiness_of_identity(play pls.motions, language text) RETURNS pls_internal.readiness_check
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    needs  CONSTANT record := pls_internal.readiness_needs();
    answer pls_internal.readiness_check := ROW(7, 'users map to accounts', 'unknown', NULL, NULL, NULL);
    n      record;
BEGIN
    IF play.unit = 'user' THEN
        answer.verdict := 'not applicable';
        answer.measured := pls_internal.say(language, 'ready.identity.user');
        RETURN answer;
    END IF;
    answer.needed := pls_internal.say(language, 'ready.identity.needed', pls_internal.percent_text(needs.coverage));
    SELECT sum(x.rows) AS rows, sum(x.rows - x.lost) AS kept, string_agg(x.causes, '; ' ORDER BY x.source_id) AS causes INTO n
      FROM pls_internal.rows_without_account(play.motion) x;
    IF NOT pls_internal.has_sources(play.motion) THEN
        answer.verdict := 'fail';
        answer.measured := pls_internal.say(language, 'ready.unwatched');
        answer.fix := pls_internal.say(language, 'ready.first');
    ELSIF pls_internal.sampled_sources(play.motion) = '{}' THEN
        answer.measured := pls_internal.say(language, 'ready.unsampled');
        answer.fix := pls_internal.say(language, 'ready.sweep');
    ELSIF coalesce(n.rows, 0) = 0 THEN
        answer.measured := pls_internal.say(language, 'ready.fresh.none');
        answer.fix := pls_internal.say(language, 'ready.fresh.fix');
    ELSE
        answer.verdict := CASE WHEN n.kept >= n.rows * needs.coverage THEN 'pass' ELSE 'fail' END;
        answer.measured := pls_internal.say(language, CASE WHEN n.causes IS NULL THEN 'ready.identity' ELSE 'ready.identity.lost' END,
                                            n.kept::text, n.rows::text, pls_internal.percent_text(n.kept / n.rows), n.causes);
        answer.fix := CASE WHEN answer.verdict = 'fail' THEN pls_internal.say(language, 'ready.identity.fix') END;
    END IF;
    RETURN answer;
END;
$$;
COMMENT ON FUNCTION pls_internal.readiness_of_identity IS
'Part of pls.readiness(): which share of the sampled rows of the watched tables belongs to an account.';

/* ---- what the entities do ---- */

-- Of many, those with the newest events.
CREATE FUNCTION pls_internal.evidence_of_newest(play pls.motions, most integer) RETURNS TABLE (entity_id text, evidence pls.evidence, newest timestamptz)
    LANGUAGE plpgsql VOLATILE ROWS 1000
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    IF play.status = 'draft' THEN
        RETURN QUERY
        SELECT g.entity_id, g.evidence, g.newest FROM pls_internal.gather_now(play.motion, NULL, pls.now()) g
         WHERE g.evidence IS NOT NULL AND g.due IS NULL
         ORDER BY g.newest DESC, g.entity_id COLLATE "C" LIMIT most;
    ELSE
        RETURN QUERY
        SELECT s.entity_id, s.evidence, s.last_event_at FROM pls.standings s
         WHERE s.motion = play.motion AND s.last_event_at IS NOT NULL
         ORDER BY s.last_event_at DESC, s.entity_id COLLATE "C" LIMIT most;
    END IF;
END;
$$;
COMMENT ON FUNCTION pls_internal.evidence_of_newest IS
'The entities of a motion with the newest events, so many at most, and their evidence: as it is stored, of a draft gathered from the watched tables, to which nothing is written. Errors of pls.preview().';

CREATE FUNCTION pls_internal.usage_of(play pls.motions, OUT entities bigint, OUT activated bigint, OUT active bigint, OUT deep bigint, OUT problem text)
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
    SET lock_timeout = '2s'
    SET jit = off
    SET max_parallel_workers_per_gather = 0
AS $$
#variable_conflict use_column
DECLARE
    most  CONSTANT integer := 10000;        -- each is explained
    since CONSTANT timestamptz := pls.now() - (pls_internal.readiness_needs()).period;
    -- who has reached these has, however long ago
    once  CONSTANT text[] := ARRAY(SELECT s.signal FROM pls.signals s WHERE s.motion = play.motion AND s.measure = 'first');
BEGIN
    problem := CASE WHEN NOT pls_internal.has_sources(play.motion) THEN ''
                    WHEN play.status = 'draft' THEN pls_internal.unreadable(play.motion) END;
    IF problem IS NOT NULL THEN
        RETURN;
    END IF;
    WITH newest AS MATERIALIZED (SELECT n.* FROM pls_internal.evidence_of_newest(play, most) n)
    SELECT count(*), count(*) FILTER (WHERE x.activated), count(*) FILTER (WHERE e.newest > since),
           count(*) FILTER (WHERE e.newest > since AND x.deep)
      INTO entities, activated, active, deep
      -- those whom the funnel counts, too
      FROM pls_internal.parts_of(play, ARRAY(SELECT n.entity_id FROM newest n)) p
      JOIN newest e ON e.entity_id = p.entity_id
     CROSS JOIN LATERAL pls_internal.attributes_at(play.motion, e.entity_id) a
     CROSS JOIN LATERAL (
           SELECT bool_or(l.category = 'activation' AND (l.met OR l.signal = ANY (once) AND l.value IS NOT NULL)) AS activated,
                  bool_or(l.category = ANY ('{depth,breadth}') AND l.met) AS deep
             FROM pls.explain(e.evidence, pls_internal.now_after(e.newest), a.attributes) l) x;
EXCEPTION WHEN lock_not_available THEN
    problem := 'locked';
END;
$$;
COMMENT ON FUNCTION pls_internal.usage_of IS
'Of the 10000 entities of a motion with the newest events, or all if there are not so many, those in its segment and not excluded (entities): how many have reached the first value (a signal of category activation is met, or has a value if its measure is first), how many have had an event in the last 28 days (active), and how many of these meet a signal of depth or breadth (deep). problem: why that cannot be counted (empty: nothing is watched; locked), NULL: it was.';

CREATE FUNCTION pls_internal.has_known_names(motion text) RETURNS boolean
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN pls_internal.sampled_sources(has_known_names.motion) = '{}'
        OR EXISTS (SELECT FROM pls_internal.asked_and_seen(has_known_names.motion) a WHERE a.property IS NULL AND a.seen)
        OR NOT EXISTS (SELECT FROM pls_internal.asked_and_seen(has_known_names.motion) a WHERE a.property IS NULL);
END;
$$;
COMMENT ON FUNCTION pls_internal.has_known_names IS
'Whether samples have shown some event that a motion''s signals ask for; true if there is no sample yet, or none is asked for.';

CREATE FUNCTION pls_internal.readiness_of_usage(play pls.motions, language text) RETURNS SETOF pls_internal.readiness_check
    LANGUAGE plpgsql VOLATILE ROWS 3
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    needs CONSTANT record := pls_internal.readiness_needs();
    units CONSTANT text := pls_internal.say(language, 'unit.' || play.unit || 's');
    used  CONSTANT record := pls_internal.usage_of(play);
    -- as long as no name is right, nothing is known of the product
    named CONSTANT boolean := pls_internal.has_known_names(play.motion);
    asked record;
BEGIN
    SELECT bool_or(s.category = 'activation') AS value, bool_or(s.category = ANY ('{depth,breadth}')) AS depth INTO asked
      FROM pls.signals s WHERE s.motion = play.motion AND s.enabled;
    RETURN QUERY
    SELECT c.place, c."check",
           CASE WHEN NOT c.defined OR used.problem = '' THEN 'fail' WHEN used.problem IS NOT NULL OR NOT named THEN 'unknown'
                WHEN c.is_enough THEN 'pass' ELSE 'fail' END,
           CASE WHEN NOT c.defined THEN pls_internal.say(language, concat('ready.', c.words, '.undefined'))
                WHEN used.problem = '' THEN pls_internal.say(language, 'ready.unwatched')
                WHEN used.problem = 'locked' THEN pls_internal.say(language, 'ready.entities.locked')
                WHEN used.problem IS NOT NULL THEN used.problem
                WHEN NOT named THEN pls_internal.say(language, 'ready.unnamed')
                ELSE c.measured END,
           c.needed,
           CASE WHEN NOT c.defined THEN pls_internal.say(language, concat('ready.', c.words, '.define'))
                WHEN used.problem = '' THEN pls_internal.say(language, 'ready.first')
                WHEN used.problem IS NOT NULL
                     THEN pls_internal.say(language, CASE used.problem WHEN 'locked' THEN 'ready.entities.again' ELSE 'ready.entities.repair' END)
                WHEN NOT named THEN pls_internal.say(language, 'ready.events.fix')
                WHEN NOT c.is_enough THEN c.fix END
      FROM (VALUES
            (8, 'first value reached', 'value', coalesce(asked.value, false), used.activated >= needs.activated,
             pls_internal.say(language, 'ready.value', used.activated::text, used.entities::text, units,
                              coalesce(pls_internal.percent_text(used.activated::numeric / nullif(used.entities, 0)), '0 %')),
             pls_internal.say(language, 'ready.value.needed', needs.activated::text, units),
             pls_internal.say(language, CASE WHEN used.activated = 0 THEN 'ready.value.nobody' ELSE 'ready.value.few' END)),
            (9, 'usage volume', 'volume', true, used.active >= needs.active,
             pls_internal.say(language, 'ready.volume', used.active::text, units, pls_internal.span_in(language, needs.period)),
             pls_internal.say(language, 'ready.volume.needed', needs.active::text, pls_internal.span_in(language, needs.period)),
             pls_internal.say(language, CASE WHEN used.active = 0 AND play.segment IS NULL THEN 'ready.volume.none' ELSE 'ready.volume.few' END)),
            (10, 'usage depth', 'depth', coalesce(asked.depth, false), used.active > 0 AND used.deep >= used.active * needs.deep,
             pls_internal.say(language, 'ready.depth', used.deep::text, used.active::text, units,
                              coalesce(pls_internal.percent_text(used.deep::numeric / nullif(used.active, 0)), '0 %')),
             pls_internal.say(language, 'ready.depth.needed', pls_internal.percent_text(needs.deep)),
             pls_internal.say(language, CASE WHEN used.active > 0 THEN 'ready.depth.few' WHEN play.segment IS NULL THEN 'ready.volume.none' ELSE 'ready.volume.few' END))
           ) AS c (place, "check", words, defined, is_enough, measured, needed, fix);
END;
$$;
COMMENT ON FUNCTION pls_internal.readiness_of_usage IS
'Part of pls.readiness(): whether enough entities have reached the first value, are active, and use the product in depth.';

/* ---- what the reps can take ---- */

CREATE FUNCTION pls_internal.expected_alerts(play pls.motions) RETURNS numeric
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
    -- pls.replay() tells what it assumes
    SET client_min_messages = warning
AS $$
#variable_conflict use_column
DECLARE
    span  CONSTANT interval := (pls_internal.readiness_needs()).period;
    since CONSTANT timestamptz := pls.now() - span;
    weeks CONSTANT numeric := extract(epoch FROM span) / 604800;
BEGIN
    IF play.status <> 'draft' AND EXISTS (SELECT FROM pls.decisions d WHERE d.motion = play.motion AND d.decided_at <= since) THEN
        RETURN ((SELECT count(*) FROM pls.decisions d
                  WHERE d.motion = play.motion AND d.decided_at > since AND d.reason = ANY ('{raised,triage}'))
                -- who waits for a rep, but not for a turn that pls.go_live() has given
                + (SELECT count(*) FROM pls.standings s
                    WHERE s.motion = play.motion AND s.reason = 'no_capacity'
                      AND s.decide_again_at <= pls.now() + pls_internal.deferral())) / weeks;
    ELSIF NOT pls_internal.has_sources(play.motion) OR pls_internal.unreadable(play.motion) IS NOT NULL
          OR NOT EXISTS (SELECT FROM pls.signals s WHERE s.motion = play.motion AND s.enabled) THEN
        RETURN NULL;
    END IF;
    RETURN (SELECT count(*) FROM pls.replay(play.motion, since, pls.now()) r WHERE r.reason = ANY ('{raised,triage}')) / weeks;
EXCEPTION WHEN lock_not_available THEN
    RETURN NULL;
END;
$$;
COMMENT ON FUNCTION pls_internal.expected_alerts IS
'How many alerts a week of a motion are to be expected: as in the last 28 days by its decisions, with those who wait for a rep; of a draft, and of a motion that decides for less than that, by pls.replay() of them. NULL: nothing tells.';

CREATE FUNCTION pls_internal.readiness_of_capacity(play pls.motions, language text) RETURNS pls_internal.readiness_check
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    a_week CONSTANT numeric := pls_internal.weekly_capacity(play.motion);
    answer pls_internal.readiness_check := ROW(11, 'sales capacity', 'fail', NULL, pls_internal.say(language, 'ready.capacity.needed'), NULL);
    expected numeric;
    said   text;
    reps   text;                            -- active ones, and who has no quota
    free   text;
BEGIN
    SELECT string_agg(k.rep, ', '), string_agg(k.rep, ', ' ORDER BY k.rep COLLATE "C") FILTER (WHERE k.daily_quota IS NULL) INTO reps, free
      FROM pls.reps k
     WHERE k.active AND k.rep IN (SELECT m.rep FROM pls.routes r JOIN pls.pool_members m ON m.pool = r.pool WHERE r.motion = play.motion);
    IF reps IS NULL OR a_week = 0 THEN
        answer.measured := pls_internal.say(language, CASE WHEN reps IS NULL THEN 'ready.capacity.nobody' ELSE 'ready.capacity.zero' END);
        answer.fix := pls_internal.say(language, CASE WHEN reps IS NULL THEN 'ready.capacity.staff' ELSE 'ready.capacity.quota' END);
        RETURN answer;
    END IF;
    expected := CASE WHEN pls_internal.has_known_names(play.motion) THEN pls_internal.expected_alerts(play) END;
    said := trim_scale(round(expected, 1))::text;
    answer.verdict := CASE WHEN expected IS NULL THEN 'unknown' WHEN a_week IS NULL THEN 'assumed' WHEN expected <= a_week THEN 'pass' ELSE 'fail' END;
    answer.measured := CASE WHEN expected IS NULL THEN pls_internal.say(language, 'ready.capacity.unknown', coalesce(trim_scale(round(a_week, 1))::text, '?'))
                            WHEN a_week IS NULL THEN pls_internal.say(language, 'ready.capacity.unlimited', said, free)
                            ELSE pls_internal.say(language, 'ready.capacity', said, trim_scale(round(a_week, 1))::text) END;
    answer.fix := CASE WHEN answer.verdict = 'fail' THEN pls_internal.say(language, 'ready.capacity.more')
                       WHEN a_week IS NULL THEN pls_internal.say(language, 'ready.capacity.quota')
                       WHEN expected IS NULL AND NOT pls_internal.has_sources(play.motion) THEN pls_internal.say(language, 'ready.first')
                       WHEN NOT pls_internal.has_known_names(play.motion) THEN pls_internal.say(language, 'ready.events.fix')
                       WHEN expected IS NULL THEN pls_internal.say(language, 'ready.entities.again') END;
    RETURN answer;
END;
$$;
COMMENT ON FUNCTION pls_internal.readiness_of_capacity IS
'Part of pls.readiness(): whether the reps can take the alerts that are to be expected.';

/* ---- the whole ---- */

CREATE FUNCTION pls_internal.readiness_checks(play pls.motions, language text) RETURNS SETOF pls_internal.readiness_check
    LANGUAGE plpgsql VOLATILE ROWS 12
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    checks pls_internal.readiness_check[];
    n      record;
BEGIN
    PERFORM pls_internal.check_language(language);
    checks := ARRAY(SELECT c FROM pls_internal.readiness_of_intake(play, language) c)
        || pls_internal.readiness_of_events(play, language)
        || pls_internal.readiness_of_age(play, language)
        || pls_internal.readiness_of_identity(play, language)
        || ARRAY(SELECT c FROM pls_internal.readiness_of_usage(play, language) c)
        || pls_internal.readiness_of_capacity(play, language);
    SELECT count(*) FILTER (WHERE c.verdict = 'pass') AS passed, count(*) FILTER (WHERE c.verdict = 'assumed') AS assumed,
           count(*) FILTER (WHERE c.verdict = 'fail') AS failed, count(*) FILTER (WHERE c.verdict = 'unknown') AS unknown,
           pls_internal.listed(language, array_agg(pls_internal.say_if_known(language, 'check', c."check") ORDER BY c.place)
               FILTER (WHERE c.verdict IN ('fail', 'unknown'))) AS open
      INTO n FROM unnest(checks) c;
    RETURN QUERY SELECT c.* FROM unnest(checks) c ORDER BY c.place;
    RETURN NEXT ROW(12, 'verdict', CASE WHEN n.open IS NULL THEN 'ready' ELSE 'needs prerequisites' END,
                    pls_internal.say(language, 'ready.verdict', n.passed::text, n.assumed::text, n.failed::text, n.unknown::text),
                    pls_internal.say(language, 'ready.verdict.needed'),
                    CASE WHEN n.open IS NOT NULL THEN pls_internal.say(language, 'ready.verdict.open', n.open)
                         WHEN n.assumed > 0 THEN pls_internal.say(language, 'ready.verdict.assumed', quote_literal(play.motion)) END)::pls_internal.readiness_check;
END;
$$;
COMMENT ON FUNCTION pls_internal.readiness_checks IS
'The rows of pls.readiness(), their texts as they are, in a language.';

CREATE FUNCTION pls.readiness(motion text, language text DEFAULT 'en')
    RETURNS TABLE (place integer, "check" text, verdict text, measured text, needed text, fix text)
    LANGUAGE plpgsql VOLATILE ROWS 12
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT c.place, c."check", c.verdict, pls_internal.wrapped(c.measured, 19), pls_internal.wrapped(c.needed, 15), pls_internal.wrapped(c.fix, 22)
      FROM pls_internal.readiness_checks(pls_internal.motion_named(motion), language) c
     ORDER BY c.place;
END;
$$;
COMMENT ON FUNCTION pls.readiness IS
'Whether a motion is ready, a row for each check of the method, and a last row verdict: ready, or needs prerequisites with the checks to be settled first. verdict: pass; fail; assumed: nobody has said it, see pls.assumptions(), which does not hold up; unknown: cannot be measured yet; not applicable. measured: what there is; needed: what it takes; fix: the next step, NULL: none. Checks: objective measurable (metric, target, a date to come, and a signal or known outcomes that measure it); segment explicit, prerequisites and constraints (answered, see pls.intake_questions()); events come (for each required signal and each of activation), data fresh and users map to accounts, by the samples that the sweep takes; first value reached, usage volume and usage depth, by the 10000 entities with the newest events, of those in the segment and not excluded; sales capacity (quotas of the reps against the alerts of the last 28 days). Of a draft it reads the watched tables twice, as pls.preview() and pls.replay() do; it writes nothing. What is missing is never an error. Texts are wrapped for psql. language: en or zh. Errors: 42704 no such motion, 22023 another language.';
