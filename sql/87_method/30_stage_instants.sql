/* 30_stage_instants.sql - when who reached which stage of a motion's funnel.
 *
 * Each kind of stage has one source, and none of them is a second definition:
 * when signals were met says the trigger's own state machine (34_replay.sql),
 * run over the events with a model in which only these signals count.  What
 * was decided, touched or bought is read from its table.
 *
 * An entity has an instant of its own at a stage when it first meets what the
 * stage asks for.  Where nobody's help is asked for (signup, signals, outcomes)
 * it has entered the stage at that instant or at one of a later stage,
 * whichever comes first: who has bought was a user before, whether or not the
 * events show it.  What the motion itself does (qualified, touch) is passed by
 * on the way to a purchase without it: such a stage is entered by those alone
 * who met it before anything later.  So the instants at which stages were
 * entered never go back, and no time between two of them is negative.
 */

/* ---- models that tell the time ---- */

-- What of a motion decides about people has no part in it.
CREATE FUNCTION pls_internal.model_without_rules(motion text, qualify_at numeric, signals jsonb) RETURNS jsonb
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT m.model || jsonb_build_object('signals', model_without_rules.signals, 'category_limits', '{}'::jsonb, 'grades', '[]'::jsonb,
               'motion', m.model -> 'motion' || jsonb_build_object(
                   'objective', 'expansion', 'segment', NULL, 'qualify_at', model_without_rules.qualify_at, 'triage_at', NULL,
                   'release_at', NULL, 'min_score', 0, 'max_score', NULL, 'min_signals', 0, 'cooldown', '0',
                   'touch_limit', NULL, 'grace_period', NULL, 'min_account_size', NULL, 'holdout', 0))
      FROM pls_internal.model_of(model_without_rules.motion) AS m (model)
$$;
COMMENT ON FUNCTION pls_internal.model_without_rules IS
'A motion''s model, in the form of pls.model_versions.model, with these signals and this threshold, and without what keeps anybody off; who may not count as an actor stays as it is. NULL: no such motion.';

-- Points have no part in it either, but those of units stay: they say how the
-- units are counted.
CREATE FUNCTION pls_internal.model_of_signals(motion text, names text[]) RETURNS jsonb
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    WITH known AS (
        SELECT s.key AS signal, s.value AS body, s.key = ANY (names) AS is_named,
               -- met by who has no event of the signal, but of another one
               s.value ->> 'measure' = 'attribute'
               OR (s.value ->> 'measure' = ANY ('{count,actors,days,distinct,sequence}') AND s.value ->> 'op' = ANY ('{<,<=,=}')) AS needs_others
          FROM jsonb_each(pls_internal.model_of(motion) -> 'signals') s
         WHERE (s.value ->> 'enabled')::boolean AND s.value ->> 'category' <> 'outcome')
    SELECT pls_internal.model_without_rules(motion, 0, (
        SELECT coalesce(jsonb_object_agg(k.signal, k.body || jsonb_build_object('required', k.is_named)
                   || CASE WHEN (k.body ->> 'per_unit')::boolean THEN '{}'::jsonb
                           ELSE '{"points": 0, "min_points": null, "max_points": null, "decay": "none", "decay_span": null}' END), '{}')
          FROM known k
         WHERE k.is_named OR (SELECT bool_and(n.needs_others) FROM known n WHERE n.is_named)))
$$;
COMMENT ON FUNCTION pls_internal.model_of_signals IS
'A model by which those are in lane sales who meet all of these signals of a motion, measured as the motion measures them.';

CREATE FUNCTION pls_internal.model_of_any_event(motion text) RETURNS jsonb
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    SET intervalstyle = 'iso_8601'
AS $$
    SELECT pls_internal.model_without_rules(motion, 1, (
        SELECT coalesce(jsonb_object_agg(s.key, jsonb_build_object(
                   'category', 'activation', 'events', s.value -> 'events', 'match', s.value -> 'match', 'property', s.value -> 'property',
                   'measure', CASE WHEN s.value ->> 'property' IS NULL THEN 'recency' ELSE 'distinct' END,
                   'within', pls_internal.longest_span(), 'points', 1)), '{}')
          FROM jsonb_each(pls_internal.model_of(motion) -> 'signals') s
         WHERE (s.value ->> 'enabled')::boolean AND s.value ->> 'measure' <> 'attribute'))
$$;
COMMENT ON FUNCTION pls_internal.model_of_any_event IS
'A model by which everybody is in lane sales from the first event on that counts for any enabled signal of a motion, outcomes included.';

-- A sweep each second, so that what time alone brings about is told to the second.
CREATE FUNCTION pls_internal.replayed_first(play pls.motions, model jsonb, until timestamptz)
    RETURNS TABLE (entity_id text, at timestamptz)
    LANGUAGE plpgsql VOLATILE ROWS 10000
    SET search_path = pg_catalog, pg_temp
    SET datestyle = 'ISO'
    SET timezone = 'UTC'
AS $$
#variable_conflict use_column
DECLARE
    replayed CONSTANT pls.motions := pls_internal.replayed_motion((play).motion, model);
    taken    CONSTANT pls_internal.replay_assumptions := pls_internal.assumptions_of(replayed, NULL);
    -- before all events
    start    CONSTANT timestamptz := '1900-01-01 00:00+00';
BEGIN
    RETURN QUERY
    SELECT d.entity_id, min(d.at)
      FROM pls_internal.replay_decisions(
               (play).motion, model, replayed, CASE WHEN model IS NULL THEN pls_internal.best_grade((play).motion) END, start, until,
               CASE WHEN model IS NULL THEN interval '1 minute' ELSE interval '1 second' END, NULL, false,
               taken.close_after, taken.close_cooldown, taken.close_touches, NULL) d
     WHERE pls_internal.is_qualifying(d.lane, d.reason) OR (model IS NOT NULL AND d.lane = 'sales')
     GROUP BY d.entity_id;
END;
$$;
COMMENT ON FUNCTION pls_internal.replayed_first IS
'When each entity first qualified by a model (in the form of pls.model_versions.model) before an instant, as pls.replay() finds it in the events of the watched tables; NULL: by the motion as it is. Errors of pls.replay().';

/* ---- what a stage can be told from ---- */

CREATE FUNCTION pls_internal.no_events_because(motion text) RETURNS text
    LANGUAGE sql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE WHEN pls_internal.has_sources(motion) THEN pls_internal.unreadable(motion) ELSE 'nothing is watched' END
$$;
COMMENT ON FUNCTION pls_internal.no_events_because IS
'Why no event of a motion can be read: nothing is watched for it, or a table and its problem. NULL: they can.';

CREATE FUNCTION pls_internal.stage_outcomes(play pls.motions, stage pls.stages) RETURNS text[]
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT coalesce((stage).outcomes, pls_internal.outcomes_aimed_at((play).objective));
END;
COMMENT ON FUNCTION pls_internal.stage_outcomes IS
'The outcomes by which a stage is reached that is reached by outcomes.';

-- Who records outcomes: signals, dispositions, people.
CREATE FUNCTION pls_internal.is_recorded(play pls.motions, outcome text) RETURNS boolean
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
BEGIN
    RETURN EXISTS (SELECT FROM pls.signals s WHERE s.motion = play.motion AND s.enabled AND s.outcome = is_recorded.outcome)
        OR EXISTS (SELECT FROM pls.dispositions d
                    WHERE d.enabled AND pls_internal.outcome_of_disposition(d.outcome, play.objective) = is_recorded.outcome)
        OR EXISTS (SELECT FROM pls.outcomes o WHERE o.outcome = is_recorded.outcome);
END;
$$;
COMMENT ON FUNCTION pls_internal.is_recorded IS
'Whether an enabled signal of the motion or a disposition brings an outcome of this word, or there is one.';

CREATE FUNCTION pls_internal.stage_problem(stage pls.stages) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    play   CONSTANT pls.motions := pls_internal.motion_named(stage.motion);
    wrong  text;
BEGIN
    IF stage.reached_by = 'signals' THEN
        SELECT format('signal "%s" %s', n.name,
                      CASE WHEN s.signal IS NULL THEN 'does not exist'
                           WHEN NOT s.enabled THEN 'is not enabled'
                           ELSE 'is an outcome: use reached_by outcomes' END)
          INTO wrong
          FROM unnest(stage.signals) WITH ORDINALITY AS n (name, place)
          LEFT JOIN pls.signals s ON s.motion = stage.motion AND s.signal = n.name
         WHERE s.signal IS NULL OR NOT s.enabled OR s.category = 'outcome'
         ORDER BY n.place LIMIT 1;
    ELSIF stage.reached_by = 'outcomes'
          AND NOT EXISTS (SELECT FROM unnest(pls_internal.stage_outcomes(play, stage)) w (outcome)
                           WHERE pls_internal.is_recorded(play, w.outcome)) THEN
        wrong := format('nothing records an outcome %s', array_to_string(pls_internal.stage_outcomes(play, stage), ', '));
    END IF;
    RETURN wrong;
END;
$$;
COMMENT ON FUNCTION pls_internal.stage_problem IS
'Why a stage can never be reached by what it names: a signal that the motion does not have, has disabled, or that is an outcome; outcomes that nothing records. NULL: it can.';

CREATE FUNCTION pls_internal.decides_since(play pls.motions) RETURNS timestamptz
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT min(d.decided_at) FROM pls.decisions d WHERE d.motion = (play).motion AND (play).status <> 'draft'
$$;
COMMENT ON FUNCTION pls_internal.decides_since IS
'The first decision of a motion. NULL: there is none, or it is a draft.';

-- Outcomes that no refresh has found yet.
CREATE FUNCTION pls_internal.has_unread_outcomes(play pls.motions) RETURNS boolean
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN pls_internal.no_events_because(play.motion) IS NULL
       AND EXISTS (SELECT FROM pls.signals s WHERE s.motion = play.motion AND s.enabled AND s.category = 'outcome')
       AND (play.status = 'draft'
            OR EXISTS (SELECT FROM pls_internal.unread_histories() u WHERE u.motion = play.motion));
END;
$$;
COMMENT ON FUNCTION pls_internal.has_unread_outcomes IS
'Whether the events may show outcomes of a motion that are not in pls.outcomes: of a draft, or one whose history was never read by pls.refresh().';

CREATE FUNCTION pls_internal.stage_source(play pls.motions, stage pls.stages, OUT is_measured boolean, OUT measured_by text)
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    problem   CONSTANT text := pls_internal.stage_problem(stage);
    no_events CONSTANT text := pls_internal.no_events_because(play.motion);
    since     CONSTANT timestamptz := pls_internal.decides_since(play);
BEGIN
    is_measured := problem IS NULL;
    measured_by := CASE
        WHEN problem IS NOT NULL THEN problem
        WHEN stage.reached_by = 'signup' THEN concat_ws('; ', 'signed_up_at', coalesce(no_events, 'else the first event'))
        WHEN stage.reached_by = 'signals' THEN coalesce(no_events, 'events')
        WHEN stage.reached_by = 'touch' THEN 'alerts'
        WHEN stage.reached_by = 'outcomes'
            THEN concat_ws(', ', 'outcomes', CASE WHEN pls_internal.has_unread_outcomes(play) THEN 'and the events' END)
        WHEN no_events IS NOT NULL THEN concat_ws('; ', CASE WHEN since IS NOT NULL THEN 'decisions' END, no_events)
        WHEN since IS NULL THEN 'the rules of now over the events'
        ELSE format('decisions; before %s the rules of now over the events', pls_internal.utc_text(since)) END;
    IF no_events IS NOT NULL THEN
        is_measured := is_measured AND CASE stage.reached_by
            WHEN 'signals' THEN false
            WHEN 'qualified' THEN since IS NOT NULL
            WHEN 'signup' THEN CASE play.unit WHEN 'user' THEN EXISTS (SELECT FROM pls.users u WHERE u.signed_up_at IS NOT NULL)
                                              ELSE EXISTS (SELECT FROM pls.accounts a WHERE a.signed_up_at IS NOT NULL) END
            ELSE true END;
    END IF;
END;
$$;
COMMENT ON FUNCTION pls_internal.stage_source IS
'Where the instants of a stage come from, in words, and whether there are any: not if what it names can never be met, or needs events and none can be read.';

/* ---- the instants ---- */

CREATE FUNCTION pls_internal.entity_noted(unit text, id text) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE unit WHEN 'user' THEN pls_internal.user_of_event(id) ELSE pls_internal.account_of_event(id, NULL, NULL) END;
END;
COMMENT ON FUNCTION pls_internal.entity_noted IS
'The entity, by the identity of now, about which something was noted under an id. NULL: nobody.';

CREATE FUNCTION pls_internal.known_signups(unit text) RETURNS TABLE (entity_id text, at timestamptz)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 10000
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT e.id, min(e.at)
      FROM (SELECT pls_internal.account_of_event(a.account_id, NULL, NULL) AS id, a.signed_up_at AS at
              FROM pls.accounts a WHERE known_signups.unit = 'account' AND isfinite(a.signed_up_at)
             UNION ALL
            SELECT pls_internal.user_of_event(u.user_id), u.signed_up_at
              FROM pls.users u WHERE known_signups.unit = 'user' AND isfinite(u.signed_up_at)) e
     WHERE e.id IS NOT NULL GROUP BY e.id;
END;
$$;
COMMENT ON FUNCTION pls_internal.known_signups IS
'When each account or user signed up, as far as pls.accounts or pls.users has it.';

CREATE FUNCTION pls_internal.signups(play pls.motions) RETURNS TABLE (entity_id text, at timestamptz)
    LANGUAGE plpgsql VOLATILE ROWS 10000
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    IF pls_internal.no_events_because((play).motion) IS NOT NULL THEN
        RETURN QUERY SELECT k.entity_id, k.at FROM pls_internal.known_signups((play).unit) k;
        RETURN;
    END IF;
    RETURN QUERY
    SELECT coalesce(k.entity_id, f.entity_id), coalesce(k.at, f.at)
      FROM pls_internal.known_signups((play).unit) k
      FULL JOIN pls_internal.replayed_first(play, pls_internal.model_of_any_event((play).motion), pls.now() + interval '1 microsecond') f
        ON f.entity_id = k.entity_id;
END;
$$;
COMMENT ON FUNCTION pls_internal.signups IS
'When each account or user, by the motion''s unit, signed up: signed_up_at, or the first event that counts for the motion.';

CREATE FUNCTION pls_internal.qualifications(play pls.motions) RETURNS TABLE (entity_id text, at timestamptz)
    LANGUAGE plpgsql VOLATILE ROWS 10000
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT pls_internal.entity_noted((play).unit, d.entity_id), min(d.decided_at)
      FROM pls.decisions d
     WHERE d.motion = (play).motion AND pls_internal.is_qualifying(d.lane, d.reason)
     GROUP BY 1;
    IF pls_internal.no_events_because((play).motion) IS NULL THEN
        RETURN QUERY
        SELECT f.entity_id, f.at
          FROM pls_internal.replayed_first(play, NULL, least(pls_internal.decides_since(play), pls.now() + interval '1 microsecond')) f;
    END IF;
END;
$$;
COMMENT ON FUNCTION pls_internal.qualifications IS
'When entities were decided about in lane sales, first, and (another row) when they qualified by the rules as they are before the motion decided anything.';

-- Whose, and when: what pls.outcomes has, and what only the events show yet.
CREATE FUNCTION pls_internal.first_outcomes(play pls.motions, outcomes text[])
    RETURNS TABLE (subject text, entity_id text, at timestamptz)
    LANGUAGE plpgsql VOLATILE ROWS 10000
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT o.subject, NULL::text, o.instants[1] FROM pls_internal.outcomes_to_predict(play, outcomes, by_disposition => true) o;
    IF pls_internal.has_unread_outcomes(play) THEN
        RETURN QUERY
        SELECT pls_internal.outcome_subject((play).unit, g.entity_id, NULL), g.entity_id, min(g.at)
          FROM pls_internal.gather_now((play).motion, NULL, pls.now()) g
          JOIN pls.signals s ON s.motion = (play).motion AND s.signal = g.signal
         WHERE g.evidence IS NULL AND s.outcome = ANY (outcomes) AND g.at IS NOT NULL
         GROUP BY g.entity_id;
    END IF;
END;
$$;
COMMENT ON FUNCTION pls_internal.first_outcomes IS
'Who had one of these outcomes, first: those of the motion, and of accounts for whichever motion, also those that a disposition has recorded; and (other rows, with the entity of the motion) what the events show of one whose history was not read by pls.refresh().';

CREATE FUNCTION pls_internal.stage_instants(play pls.motions, stage pls.stages) RETURNS TABLE (entity_id text, at timestamptz)
    LANGUAGE plpgsql VOLATILE ROWS 10000
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    IF (stage).reached_by = 'signup' THEN
        RETURN QUERY SELECT s.entity_id, s.at FROM pls_internal.signups(play) s;
    ELSIF (stage).reached_by = 'signals' THEN
        RETURN QUERY
        SELECT f.entity_id, f.at
          FROM pls_internal.replayed_first(play, pls_internal.model_of_signals((play).motion, (stage).signals),
                                           pls.now() + interval '1 microsecond') f;
    ELSIF (stage).reached_by = 'qualified' THEN
        RETURN QUERY SELECT q.entity_id, q.at FROM pls_internal.qualifications(play) q;
    ELSIF (stage).reached_by = 'touch' THEN
        RETURN QUERY
        SELECT pls_internal.entity_noted((play).unit, a.entity_id), a.first_touch_at
          FROM pls.alerts a WHERE a.motion = (play).motion AND a.first_touch_at IS NOT NULL;
    END IF;
END;
$$;
COMMENT ON FUNCTION pls_internal.stage_instants IS
'When entities met what a stage asks for, one row or several of each; none of a stage that is reached by outcomes, see pls_internal.first_outcomes().';
