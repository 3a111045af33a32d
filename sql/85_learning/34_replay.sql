/* 34_replay.sql - what would have been decided: the trigger and the sweeps over again.
 *
 * Whose lane changes when is C (src/learning/replay.c): the trigger's own
 * evidence, score and edge, one ordered pass over the events of each entity.
 * What a crossing leads to is asked here, for many entities at a time, of the
 * rules that decide (50_decide/35_rules.sql).  Nothing is written.
 */

-- What the tables refuse by their constraints, of a row that is in none.
CREATE FUNCTION pls_internal.check_constraints(relation name, row_values jsonb) RETURNS void
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    own CONSTANT regclass := pls_internal.own_table(relation);
    rule record;
    bad  boolean;
BEGIN
    SELECT a.attname INTO rule
      FROM pg_attribute a
     WHERE a.attrelid = own AND a.attnum > 0 AND a.attnotnull AND coalesce(row_values -> a.attname::text, 'null') = 'null'
     ORDER BY a.attnum LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('in a row of %s, %s must not be null', own, rule.attname),
            DETAIL = format('It is the row of "%s".', coalesce(row_values ->> 'signal', row_values ->> 'name', row_values ->> 'category',
                                                                row_values ->> 'dimension', row_values ->> 'motion'));
    END IF;
    FOR rule IN
        SELECT c.conname, pg_get_expr(c.conbin, c.conrelid) AS condition
          FROM pg_constraint c WHERE c.conrelid = own AND c.contype = 'c' ORDER BY c.conname
    LOOP
        EXECUTE format('SELECT (%s) IS FALSE FROM jsonb_populate_record(NULL::%s, $1)', rule.condition, own) INTO bad USING row_values;
        IF bad THEN
            RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
                MESSAGE = format('a row of the model does not satisfy the constraint "%s" of %s', rule.conname, own),
                DETAIL = format('It is the row of "%s".', coalesce(row_values ->> 'signal', row_values ->> 'name', row_values ->> 'category',
                                                                row_values ->> 'dimension', row_values ->> 'motion'));
        END IF;
    END LOOP;
END;
$$;
COMMENT ON FUNCTION pls_internal.check_constraints IS
'Refuses (22023) a row, as an object, that the NOT NULL and CHECK constraints of this table of pls would refuse.';

CREATE FUNCTION pls_internal.replayed_motion(motion text, model jsonb) RETURNS pls.motions
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    play pls.motions := pls_internal.motion_named(motion);
BEGIN
    IF model IS NOT NULL THEN
        IF jsonb_typeof(model -> 'motion') IS DISTINCT FROM 'object' OR jsonb_typeof(model -> 'signals') IS DISTINCT FROM 'object' THEN
            RAISE EXCEPTION USING
                ERRCODE = 'invalid_parameter_value',
                MESSAGE = 'the model is not one of pls.model_versions',
                DETAIL = 'It needs the members "motion" and "signals", which are objects.',
                HINT = 'SELECT model FROM pls.model_versions WHERE motion = ''...'' ORDER BY model_version DESC LIMIT 1;';
        END IF;
        play := jsonb_populate_record(play, (model -> 'motion') - ARRAY['motion', 'unit']);
        PERFORM pls_internal.check_constraints('motions', to_jsonb(play));
        play := pls_internal.checked_motion(play);
    END IF;
    play.status := 'live';
    RETURN play;
END;
$$;
COMMENT ON FUNCTION pls_internal.replayed_motion IS
'The row of a motion as pls.replay() sees it: live, and with what the model (in the form of pls.model_versions.model; NULL: none) says. Errors: 42704 no such motion, 22023 the model has another form.';

CREATE FUNCTION pls_internal.is_known_reading(motion text, relation text, content jsonb) RETURNS boolean
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    looked_at CONSTANT text[] := CASE relation WHEN 'signals' THEN '{events,match,property}' ELSE '{match,ids,domains,scope}' END;
BEGIN
    -- accounts are no secret of those who may read pls
    IF relation NOT IN ('signals', 'exclusions') OR content ->> 'measure' = 'attribute' OR content ->> 'scope' = 'entity' THEN
        RETURN true;
    END IF;
    RETURN EXISTS (
        SELECT FROM pls.model_versions v
         CROSS JOIN LATERAL jsonb_each(v.model -> relation) r
         WHERE v.motion = is_known_reading.motion
           AND NOT EXISTS (SELECT FROM unnest(looked_at) a (name)
                            WHERE coalesce(r.value -> a.name, 'null') <> coalesce(content -> a.name, 'null')));
END;
$$;
COMMENT ON FUNCTION pls_internal.is_known_reading IS
'Whether a signal or exclusion of a model, as a row of its table, matches events as one in a version of the motion does.';

-- C takes rows as the tables have them: completed, and checked.  It is volatile,
-- as only such a function may be unsafe in parallel plans: predicates are tried
-- in a subtransaction.
CREATE FUNCTION pls_internal.checked_model(motion text, model jsonb) RETURNS jsonb
    LANGUAGE plpgsql VOLATILE STRICT
    SET search_path = pg_catalog, pg_temp
    SET intervalstyle = 'iso_8601'
    SET datestyle = 'ISO'
    SET timezone = 'UTC'
AS $$
DECLARE
    play     CONSTANT pls.motions := pls_internal.replayed_motion(motion, model);
    -- who may change signals, or read the events, may ask anything of them
    is_free  CONSTANT boolean := has_table_privilege('pls.signals', 'UPDATE') OR NOT EXISTS (
        SELECT FROM pls.sources s
         WHERE EXISTS (SELECT FROM pg_class c WHERE c.oid = s.source)
           AND NOT (has_table_privilege(s.source, 'SELECT') AND NOT row_security_active(s.source)));
    -- the tables' defaults, and what a version leaves out
    signal_defaults    CONSTANT jsonb := jsonb_build_object('motion', (play).motion, 'measure', 'count', 'numeric_strings', false,
        'points', 0, 'per_unit', false, 'decay', 'none', 'required', false, 'approved_for_outreach', false, 'enabled', true);
    exclusion_defaults CONSTANT jsonb := jsonb_build_object('reason', 'as in the model', 'enabled', true, 'shipped', false);
    most     CONSTANT bigint := pls_internal.limit_of('signals');
    checked  jsonb := jsonb_build_object('motion', to_jsonb(play));
    found    jsonb := '{}';
    part     record;
    content  jsonb;
BEGIN
    IF (SELECT count(*) FROM jsonb_object_keys(model -> 'signals')) > most THEN
        RAISE EXCEPTION USING ERRCODE = 'program_limit_exceeded',
            MESSAGE = 'the model has too many signals',
            DETAIL = format('A motion can have %s.', most);
    END IF;
    FOR part IN
        SELECT 'signals' AS relation, s.key AS name, s.value AS content,
               signal_defaults || jsonb_build_object('signal', s.key) AS defaults
          FROM jsonb_each(model -> 'signals') s
         UNION ALL
        SELECT 'category_limits', l.key, l.value, jsonb_build_object('motion', (play).motion, 'category', l.key)
          FROM jsonb_each(model -> 'category_limits') l
         UNION ALL
        SELECT 'grades', g.place::text, g.content, jsonb_build_object('motion', (play).motion)
          FROM jsonb_array_elements(model -> 'grades') WITH ORDINALITY g (content, place)
         UNION ALL
        SELECT 'exclusions', x.key, x.value, exclusion_defaults || jsonb_build_object('name', x.key)
          FROM jsonb_each(model -> 'exclusions') x
    LOOP
        IF jsonb_typeof(part.content) <> 'object' THEN
            RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
                MESSAGE = format('"%s" of the model''s %s is not an object', part.name, part.relation);
        END IF;
        content := part.defaults || (part.content - ARRAY['motion', 'signal', 'category', 'name'])
                   || CASE part.relation WHEN 'signals' THEN jsonb_build_object('category', part.content -> 'category') ELSE '{}' END;
        content := CASE part.relation
            WHEN 'signals' THEN to_jsonb(pls_internal.checked_signal(jsonb_populate_record(NULL::pls.signals, content)))
            WHEN 'category_limits' THEN
                to_jsonb(pls_internal.checked_category_limit(jsonb_populate_record(NULL::pls.category_limits, content)))
            WHEN 'grades' THEN to_jsonb(pls_internal.checked_grade(jsonb_populate_record(NULL::pls.grades, content)))
            ELSE to_jsonb(pls_internal.checked_exclusion(jsonb_populate_record(NULL::pls.exclusions, content))) END;
        PERFORM pls_internal.check_constraints(part.relation, content);
        IF NOT is_free AND NOT pls_internal.is_known_reading(play.motion, part.relation, content) THEN
            RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
                MESSAGE = format('"%s" of the model''s %s looks at events as no version of motion "%s" does', part.name, part.relation, play.motion),
                DETAIL = 'What it matches would tell what is in tables that you may not read.',
                HINT = 'Use events, match and property of a signal, or an exclusion, as a version has them, or ask a role that may change signals.';
        END IF;
        found := jsonb_set(found, ARRAY[part.relation], coalesce(found -> part.relation, '{}') || jsonb_build_object(part.name, content));
    END LOOP;
    SELECT checked || jsonb_build_object(
               'signals', coalesce(found -> 'signals', '{}'), 'category_limits', coalesce(found -> 'category_limits', '{}'),
               'exclusions', coalesce(found -> 'exclusions', '{}'),
               'grades', (SELECT coalesce(jsonb_agg(g.value), '[]') FROM jsonb_each(found -> 'grades') g))
      INTO checked;
    RETURN checked;
END;
$$;
COMMENT ON FUNCTION pls_internal.checked_model IS
'A model in the form of pls.model_versions.model as the tables would take its rows: completed, and checked. NULL if an argument is. Errors: those of the tables, but 22023 for their constraints; 42501 it matches events as no version of the motion does, and the caller may neither change signals nor read the watched tables.';

-- Of the account and the user the rules see what is known now.  Whether an
-- entity is eligible changes rarely, and costs most to find out.
CREATE FUNCTION pls_internal.replay_eligibility(play pls.motions, best_grade text, entities text[], grades text[],
                                                instants timestamptz[], converted timestamptz[])
    RETURNS TABLE (place integer, reason text, until timestamptz, valid_until timestamptz, any_grade boolean)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off
    SET jit = off
    SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT q.place::integer, e.reason, e.until,
           least(e.until,
                 -- each by its own index: of a table that was empty when this was planned,
                 -- an index on the outcome alone seems as good
                 (SELECT min(o.at) FROM pls.outcomes o
                   WHERE play.objective = 'conversion' AND o.outcome IS NOT DISTINCT FROM 'conversion' AND o.at > q.at
                     AND o.entity_id = ANY (pls_internal.known_ids(play.unit, q.entity_id))),
                 (SELECT min(o.at) FROM pls.outcomes o
                   WHERE play.objective = 'conversion' AND o.outcome IS NOT DISTINCT FROM 'conversion' AND o.at > q.at
                     AND o.account_id = ANY (pls_internal.ids_of_account((k.account).account_id)))),
           play.min_account_size IS NULL
      FROM unnest(entities, grades, instants, converted) WITH ORDINALITY AS q (entity_id, grade, at, converted_at, place)
     CROSS JOIN LATERAL pls_internal.known_of(play.unit, q.entity_id) k
      LEFT JOIN LATERAL pls_internal.eligibility_rule(play, q.entity_id, k.account, k.member, q.grade, best_grade, q.at,
                                                      q.converted_at) e ON true;
END;
$$;
COMMENT ON FUNCTION pls_internal.replay_eligibility IS
'What pls_internal.eligibility_rule() says of entities at instants, a row for each place of the arrays, and until when it says the same of the same grade (any_grade: of any) if no conversion is seen meanwhile (NULL: for good). converted: when the entity has converted, beside what pls.outcomes says.';

CREATE FUNCTION pls_internal.replay_answers(play pls.motions, entities text[], asks text[], lanes text[], reasons text[],
                                            grades text[], instants timestamptz[], cooldowns timestamptz[],
                                            has_alert boolean[], touches text[], obstacles text[],
                                            obstacles_until timestamptz[])
    RETURNS TABLE (place integer, reason text, decide_again_at timestamptz, cooldown_until timestamptz,
                   unblocked boolean)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
    SET datestyle = 'ISO'
    SET timezone = 'UTC'
    SET enable_seqscan = off
    SET jit = off
    SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
    -- what is known of the account matters to few rules that are asked here
    is_asked CONSTANT boolean := play.touch_limit IS NOT NULL OR EXISTS (
        SELECT FROM pls.pilots p WHERE p.motion = play.motion AND p.status = 'running');
BEGIN
    RETURN QUERY
    SELECT q.place::integer, d.reason,
           pls_internal.again_after(d.reason, r.until, q.at, play.cooldown, q.lane),
           pls_internal.cooldown_after(d.reason, q.at, play.cooldown, q.cooldown_until),
           n.anew
      FROM unnest(entities, asks, lanes, reasons, grades, instants, cooldowns, has_alert, touches, obstacles, obstacles_until)
               WITH ORDINALITY AS q (entity_id, ask, lane, reason, grade, at, cooldown_until, has_alert, touches, obstacle,
                                     obstacle_until, place)
     CROSS JOIN LATERAL (
           SELECT CASE WHEN is_asked THEN (SELECT k.account FROM pls_internal.known_of(play.unit, q.entity_id) k) END AS account
           OFFSET 0) k
     CROSS JOIN LATERAL (SELECT (k.account).attributes OFFSET 0) a
     CROSS JOIN LATERAL (
           SELECT CASE WHEN q.ask = 'look' THEN
                       jsonb_populate_record(NULL::pls.standings, jsonb_build_object(
                           'entity_id', q.entity_id, 'motion', play.motion, 'lane', q.lane, 'reason', q.reason,
                           'cooldown_until', q.cooldown_until)) END AS standing
           OFFSET 0) s
      LEFT JOIN LATERAL (
           -- in the order of pls_internal.rules_in_force()
           SELECT f.rule, f.until
             FROM (SELECT q.obstacle, q.obstacle_until WHERE q.obstacle IS NOT NULL
                    UNION ALL
                   SELECT 'open_alert', NULL WHERE q.has_alert
                    UNION ALL
                   SELECT t.reason, t.until
                     FROM pls_internal.timing_rule(play, q.entity_id, k.account, q.grade, q.cooldown_until, q.at,
                                                   coalesce(q.touches, '{}')::timestamptz[]) t
                    LIMIT 1) f (rule, until)
           OFFSET 0) r ON true
     CROSS JOIN LATERAL (
           SELECT CASE WHEN q.ask = 'decide' THEN
                       coalesce(r.rule, CASE WHEN q.lane = 'sales' THEN 'raised' ELSE 'triage' END) END AS reason
           OFFSET 0) d
      LEFT JOIN LATERAL pls_internal.is_decided_anew(play, s.standing, a.attributes, q.grade, r.rule, q.at) n ON q.ask = 'look';
END;
$$;
COMMENT ON FUNCTION pls_internal.replay_answers IS
'What the rules say of entities at instants, a row for each place of the arrays. ask "decide": reason, decide_again_at and cooldown_until as pls_internal.decide() would leave them; "look": unblocked, as pls_internal.is_unblocked() would have it. has_alert: an alert is open; touches: when the entity was alerted, an array as text; obstacles, obstacles_until: what pls_internal.replay_eligibility() says. A rep is taken to be free.';

CREATE FUNCTION pls_internal.replay_decisions(motion text, model jsonb, play pls.motions, best_grade text, "from" timestamptz, until timestamptz,
                                              sweep_every interval, arrivals timestamptz[], is_new boolean,
                                              close_after interval, close_cooldown interval, close_touches boolean,
                                              expire_after interval)
    RETURNS TABLE (entity_id text, at timestamptz, lane text, score numeric, grade text, reason text, signals text[])
    AS 'MODULE_PATHNAME', 'pls_replay' LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000 ROWS 1000;
COMMENT ON FUNCTION pls_internal.replay_decisions IS
'What pls.replay() does. model: NULL for the tables as they are; play: the motion''s row, with its status live; best_grade: as of pls_internal.best_grade(); arrivals: when events were written, ascending (NULL: each at its own instant); is_new: the motion goes live at "from"; close_after, close_cooldown: when alerts are closed, the cooldown from then on (NULL: they stay open), and whether that is a touch; expire_after: after so long untouched alerts expire (NULL: never). Errors: 22004, 22008 an instant is not finite, 22023, 42704 no such motion, 55000 no watched table can be read.';

-- The assumptions, checked and completed.
CREATE TYPE pls_internal.replay_assumptions AS (
    close_after    interval,
    disposition    text,
    close_cooldown interval,
    close_touches  boolean,
    arrivals       timestamptz[],
    is_new         boolean
);
COMMENT ON TYPE pls_internal.replay_assumptions IS 'What pls.replay() takes for granted.';
COMMENT ON COLUMN pls_internal.replay_assumptions.close_after IS 'An alert is closed so long after it was raised. NULL: it stays open.';
COMMENT ON COLUMN pls_internal.replay_assumptions.disposition IS 'With this disposition. NULL: with one that has no cooldown of its own and implies a touch.';
COMMENT ON COLUMN pls_internal.replay_assumptions.close_cooldown IS 'The cooldown from then on.';
COMMENT ON COLUMN pls_internal.replay_assumptions.close_touches IS 'Whether that touches the alert, which touch_limit then counts from that instant.';
COMMENT ON COLUMN pls_internal.replay_assumptions.arrivals IS 'When events were written, ascending. NULL: each at its own instant.';
COMMENT ON COLUMN pls_internal.replay_assumptions.is_new IS 'The motion went live at the beginning; else it was always live.';

CREATE FUNCTION pls_internal.assumptions_of(play pls.motions, assume jsonb) RETURNS pls_internal.replay_assumptions
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    known CONSTANT text[] := '{close_after,disposition,arrivals,live}';
    other text;
    taken pls_internal.replay_assumptions;
    pause interval;
    is_touch boolean;
BEGIN
    IF jsonb_typeof(coalesce(assume, '{}')) <> 'object' THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'assume must be an object',
            HINT = 'assume => ''{"close_after": "3 days", "disposition": "nurture"}''';
    END IF;
    SELECT k INTO other FROM jsonb_object_keys(coalesce(assume, '{}')) k WHERE k <> ALL (known) ORDER BY k COLLATE "C" LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('there is no assumption "%s"', other),
            HINT = format('There are %s.', array_to_string(known, ', '));
    END IF;
    IF coalesce(assume ->> 'live', 'always') NOT IN ('always', 'from') THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('the assumption "live" must be always or from, not %s', assume -> 'live');
    END IF;
    taken.is_new := coalesce(assume ->> 'live', 'always') = 'from';
    IF jsonb_typeof(coalesce(assume -> 'arrivals', 'null')) = 'array' THEN
        taken.arrivals := ARRAY(SELECT DISTINCT a.at::timestamptz FROM jsonb_array_elements_text(assume -> 'arrivals') a (at) ORDER BY 1);
    ELSIF coalesce(assume -> 'arrivals', 'null') <> 'null' THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'the assumption "arrivals" must be an array of instants';
    END IF;
    taken.close_after := (assume ->> 'close_after')::interval;
    PERFORM pls_internal.check_span(taken.close_after, 'close_after', at_least => '0');
    taken.disposition := assume ->> 'disposition';
    IF taken.disposition IS NOT NULL THEN
        SELECT d.cooldown, d.implies_touch INTO pause, is_touch FROM pls.dispositions d WHERE d.disposition = taken.disposition;
        IF NOT FOUND THEN
            RAISE EXCEPTION USING ERRCODE = 'undefined_object',
                MESSAGE = format('disposition "%s" does not exist', taken.disposition),
                HINT = 'SELECT disposition FROM pls.dispositions;';
        ELSIF taken.close_after IS NULL THEN
            RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
                MESSAGE = 'the assumption "disposition" needs "close_after"',
                HINT = 'assume => ''{"close_after": "3 days", "disposition": "nurture"}''';
        END IF;
    END IF;
    taken.close_cooldown := coalesce(pause, play.cooldown);
    taken.close_touches := coalesce(is_touch, true);
    RETURN taken;
END;
$$;
COMMENT ON FUNCTION pls_internal.assumptions_of IS
'The assumptions of pls.replay() about a motion, from its argument assume. Errors: 22023 an unknown assumption or value, 42704 no such disposition, 22007 an instant or interval that cannot be read.';

CREATE FUNCTION pls_internal.assumptions_text(play pls.motions, taken pls_internal.replay_assumptions,
                                             sweep_every interval DEFAULT '1 minute') RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT concat('The motion was ', CASE WHEN (taken).is_new THEN 'made live at the beginning' ELSE 'always live' END,
                  ', with a sweep every ', regexp_replace(pls_internal.span_text(sweep_every), '^1 ', ''),
                  '; events were written ', CASE WHEN (taken).arrivals IS NULL THEN 'when they happened'
                                                 ELSE format('in %s batches', cardinality((taken).arrivals)) END,
                  '; accounts, users and exclusions were as they are now; a rep was always free; ',
                  CASE WHEN (taken).close_after IS NULL THEN 'no alert was touched or closed by a rep'
                       ELSE format('each alert was closed %s after it was raised%s', pls_internal.span_text((taken).close_after),
                                   coalesce(' with disposition ' || (taken).disposition, '')) END,
                  CASE WHEN (taken).close_after IS NULL AND (play).expire_after IS NOT NULL
                       THEN format(', and expired after %s', pls_internal.span_text((play).expire_after)) END, '.')
$$;
COMMENT ON FUNCTION pls_internal.assumptions_text IS
'The assumptions of a replay in a sentence; sweep_every: as of pls.replay().';

CREATE FUNCTION pls.replay(motion text, "from" timestamptz, until timestamptz, model jsonb DEFAULT NULL,
                           sweep_every interval DEFAULT '1 minute', assume jsonb DEFAULT NULL)
    RETURNS TABLE (entity_id text, at timestamptz, lane text, score numeric, grade text, reason text, signals text[])
    LANGUAGE plpgsql VOLATILE ROWS 1000
    SET search_path = pg_catalog, pg_temp
    SET lock_timeout = '2s'
    SET datestyle = 'ISO'
    SET timezone = 'UTC'
AS $$
#variable_conflict use_column
DECLARE
    play  CONSTANT pls.motions := pls_internal.replayed_motion(replay.motion, replay.model);
    taken CONSTANT pls_internal.replay_assumptions := pls_internal.assumptions_of(play, replay.assume);
BEGIN
    IF sweep_every IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed', MESSAGE = 'sweep_every must not be null';
    END IF;
    PERFORM pls_internal.check_span(replay.sweep_every, 'sweep_every');
    IF replay."from" > replay.until THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'until must not be before from',
            DETAIL = format('They are %s and %s.', replay.until, replay."from"),
            HINT = 'Swap them.';
    END IF;
    RETURN QUERY
    SELECT d.entity_id, d.at, d.lane, d.score, d.grade, d.reason, d.signals
      FROM pls_internal.replay_decisions(play.motion, replay.model, play,
               CASE WHEN replay.model IS NULL THEN pls_internal.best_grade(play.motion)
                    ELSE pls_internal.best_of_grades(replay.model -> 'grades') END, replay."from", replay.until, replay.sweep_every,
               taken.arrivals, taken.is_new, taken.close_after, taken.close_cooldown, taken.close_touches, play.expire_after)
           WITH ORDINALITY AS d (entity_id, at, lane, score, grade, reason, signals, place)
     ORDER BY d.at, d.entity_id COLLATE "C", d.place;
    RAISE NOTICE USING MESSAGE = pls_internal.assumptions_text(play, taken, replay.sweep_every);
END;
$$;
COMMENT ON FUNCTION pls.replay IS
'The decisions that a motion would have written from one instant up to, but not including, another, from the events in the watched tables: what the trigger decides as each event comes, and what the sweeps decide, which come every sweep_every from "from" on (and before it). In the order of time. Columns as in pls.decisions; signals: those that were met. raised and triage are alerts. model: in the form of pls.model_versions.model; NULL: the tables as this transaction sees them. assume, an object; what is assumed is said in a notice: "close_after": an alert is closed so long after it was raised, with "disposition" (whose cooldown then holds, and whose touch touch_limit counts; without one it is the motion''s cooldown, and a touch); without it no rep ever closes one (those untouched for expire_after expire). "live": always (the default), or from: the motion goes live at "from", and decides then about all who qualify. "arrivals": an array of instants at which events were written, in batches (it holds the first and the last); else each came at its own. Accounts, users, exclusions and pilots are those of now, and the stratum of an entity in a pilot is what its first recorded decision there says, or else that of each decision; no decision is put off for lack of a free rep; touch_limit counts the entity''s own alerts and recorded alerts of other motions. Writes nothing; reads the watched tables; waits 2 seconds for a locked table. Errors: 22004 and 22008 NULL or infinite instants, 22023 a bad model, span or assumption (of a model also 54000, 0A000 as its tables say), 42501 a model that matches events as no version does, from a role that may neither change signals nor read the events, 42704 no such motion or disposition, 55000 no watched table can be read, 55P03.';

-- An alert of lane triage that goes over to sales does so with a decision
-- open_alert, which says nothing of an alert that was in sales already.
CREATE FUNCTION pls_internal.alerts_of_replay(motion text, "from" timestamptz, until timestamptz, model jsonb, assume jsonb)
    RETURNS TABLE (entity_id text, number bigint, at timestamptz, lane text, score numeric, grade text, reason text, signals text[])
    LANGUAGE plpgsql VOLATILE ROWS 1000
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT c.entity_id, c.number, c.at, c.lane, c.score, c.grade, c.reason, c.signals
      FROM (SELECT n.*, first_value(n.reason) OVER w AS raised_as,
                   count(*) FILTER (WHERE n.reason = 'open_alert' AND n.lane = 'sales') OVER w AS moves
              FROM (SELECT r.*, count(*) FILTER (WHERE r.reason <> 'open_alert') OVER (PARTITION BY r.entity_id ORDER BY r.place) AS number
                      FROM pls.replay(motion, alerts_of_replay."from", alerts_of_replay.until,
                                      model => alerts_of_replay.model, assume => alerts_of_replay.assume)
                           WITH ORDINALITY AS r (entity_id, at, lane, score, grade, reason, signals, place)
                     WHERE r.reason = ANY ('{raised,triage,held_out,open_alert}')) n
             WHERE n.number > 0
            WINDOW w AS (PARTITION BY n.entity_id, n.number ORDER BY n.place)) c
     WHERE c.reason <> 'open_alert' OR (c.raised_as = 'triage' AND c.lane = 'sales' AND c.moves = 1)
     ORDER BY c.place;
END;
$$;
COMMENT ON FUNCTION pls_internal.alerts_of_replay IS
'The alerts that pls.replay() finds for a motion in a span, in the order of time: a row when an alert is raised or held out (reason raised, triage or held_out), and another (reason open_alert) when it goes over from triage to sales. number: which alert of the entity in the span. How an alert goes on that was raised before the span is not told. Errors of pls.replay().';
