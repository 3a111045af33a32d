/* 32_funnel.sql - who gets how far in a motion's funnel, and how fast.
 */

CREATE TYPE pls_internal.stage_entry AS (
    entity_id text,
    place     integer,
    own_at    timestamptz,
    at        timestamptz
);
COMMENT ON TYPE pls_internal.stage_entry IS 'That an entity has entered a stage.';
COMMENT ON COLUMN pls_internal.stage_entry.entity_id IS 'The user or account.';
COMMENT ON COLUMN pls_internal.stage_entry.place IS 'Which stage of the motion, from 1 on in their order.';
COMMENT ON COLUMN pls_internal.stage_entry.own_at IS 'When it first met what the stage asks for. NULL: it has not.';
COMMENT ON COLUMN pls_internal.stage_entry.at IS 'When it entered: that instant, or the first one at a later stage.';

-- As pls_internal.known_of() has it, of many at a time.  OFFSET 0 keeps the
-- planner from evaluating what is known once for each exclusion.
CREATE FUNCTION pls_internal.parts_of(play pls.motions, entities text[]) RETURNS TABLE (entity_id text)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 10000
    SET search_path = pg_catalog, pg_temp
    SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    excludes CONSTANT boolean := EXISTS (
        SELECT FROM pls.exclusions x
         WHERE x.enabled AND x.scope = 'entity' AND (x.motion IS NULL OR x.motion = (play).motion));
BEGIN
    IF NOT excludes AND (play).segment IS NULL THEN
        RETURN QUERY SELECT e.id FROM unnest(entities) e (id);
        RETURN;
    END IF;
    RETURN QUERY
    SELECT k.id
      FROM (SELECT e.id, i.account_id, i.user_id, a.name, a.domain, u.account_id AS member_of, u.email,
                   pls_internal.entity_document(i.account_id, i.user_id, a.attributes) AS attributes,
                   CASE WHEN (play).unit = 'user'
                        THEN pls_internal.entity_document(i.account_id, i.user_id, u.attributes) END AS member_attributes
              FROM unnest(entities) e (id)
              LEFT JOIN pls.users u ON (play).unit = 'user' AND u.user_id = e.id
             CROSS JOIN LATERAL (
                   SELECT CASE WHEN (play).unit = 'user' THEN pls_internal.account_of_member(e.id, u.account_id, u.email)
                               ELSE e.id END AS account_id,
                          CASE WHEN (play).unit = 'user' THEN e.id END AS user_id
                   OFFSET 0) i
              LEFT JOIN pls.accounts a ON a.account_id = i.account_id
            OFFSET 0) k
     WHERE ((play).segment IS NULL OR coalesce(pls_internal.holds(coalesce(k.attributes, '{}'), (play).segment), false))
       AND NOT (excludes AND EXISTS (
               SELECT FROM pls_internal.exclusion_of((play).motion, k.id,
                   ROW(k.account_id, k.name, k.domain, NULL, NULL, NULL, k.attributes, NULL, NULL, NULL)::pls.accounts,
                   ROW(k.user_id, k.member_of, k.email, NULL, k.member_attributes, NULL, NULL)::pls.users)));
END;
$$;
COMMENT ON FUNCTION pls_internal.parts_of IS
'Of these entities those that are in the segment of a motion and not excluded, by what is known now.';

CREATE FUNCTION pls_internal.measured_stages(play pls.motions)
    RETURNS TABLE (place integer, stage pls.stages, is_measured boolean, measured_by text)
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED ROWS 10
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT (row_number() OVER (ORDER BY s.position))::integer, s, m.is_measured, m.measured_by
      FROM pls.stages s
     CROSS JOIN LATERAL pls_internal.stage_source(play, s) m
     WHERE s.motion = (play).motion;
END;
$$;
COMMENT ON FUNCTION pls_internal.measured_stages IS
'The stages of a motion in their order, and whether and by what their instants are measured.';

-- What every stage has of every entity is kept in one place, and looked at
-- from the last stage to the first.
CREATE FUNCTION pls_internal.stage_entries(play pls.motions) RETURNS SETOF pls_internal.stage_entry
    LANGUAGE plpgsql VOLATILE ROWS 100000
    SET search_path = pg_catalog, pg_temp
    SET jit = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH met AS MATERIALIZED (
        SELECT m.place, i.entity_id, i.at
          FROM pls_internal.measured_stages(play) m
         CROSS JOIN LATERAL pls_internal.stage_instants(play, m.stage) i
         WHERE m.is_measured),
    brought AS MATERIALIZED (
        SELECT m.place, o.subject, o.entity_id, o.at
          FROM pls_internal.measured_stages(play) m
         CROSS JOIN LATERAL pls_internal.first_outcomes(play, pls_internal.stage_outcomes(play, m.stage)) o
         WHERE m.is_measured AND (m.stage).reached_by = 'outcomes'),
    named AS MATERIALIZED (
        SELECT m.entity_id FROM met m
         UNION
        SELECT b.entity_id FROM brought b
         UNION
        -- whom only an outcome of the motion shows
        SELECT pls_internal.entity_noted((play).unit, o.entity_id)
          FROM pls.outcomes o
          JOIN pls_internal.measured_stages(play) m ON m.is_measured AND (m.stage).reached_by = 'outcomes'
         WHERE o.motion = (play).motion AND o.outcome = ANY (pls_internal.stage_outcomes(play, m.stage))),
    people AS MATERIALIZED (
        SELECT p.entity_id, pls_internal.outcome_subject((play).unit, p.entity_id, NULL) AS subject
          FROM pls_internal.parts_of(play, ARRAY(SELECT n.entity_id FROM named n WHERE n.entity_id IS NOT NULL)) p),
    own AS (
        SELECT a.entity_id, a.place, min(a.at) AS at
          FROM (SELECT m.entity_id, m.place, m.at FROM met m
                 UNION ALL
                SELECT p.entity_id, b.place, b.at FROM brought b JOIN people p ON p.subject = b.subject) a
         WHERE a.at <= pls.now()
         GROUP BY a.entity_id, a.place),
    entered AS (
        SELECT p.entity_id, g.place, g.is_passed_by, o.at AS own_at,
               min(o.at) OVER (PARTITION BY p.entity_id ORDER BY g.place DESC) AS at
          FROM people p
         CROSS JOIN (SELECT row_number() OVER (ORDER BY s.position) AS place, s.reached_by = ANY ('{qualified,touch}') AS is_passed_by
                       FROM pls.stages s WHERE s.motion = (play).motion) g
          LEFT JOIN own o ON o.entity_id = p.entity_id AND o.place = g.place)
    SELECT e.entity_id, e.place::integer, e.own_at, e.at
      FROM entered e
     WHERE e.at IS NOT NULL AND (NOT e.is_passed_by OR e.own_at = e.at);
END;
$$;
COMMENT ON FUNCTION pls_internal.stage_entries IS
'Which stages of a motion each entity has entered up to now, and when, of those who are in its segment and not excluded now. Whoever is at a later stage has entered those before it, but for those reached by qualified and touch, which take an instant of their own before all of later stages.';

-- Who bought with whose help.
CREATE FUNCTION pls_internal.funnel_arms(play pls.motions)
    RETURNS TABLE (entity_id text, touched_at timestamptz, held_out_at timestamptz)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 1000
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT w.id, min(w.touched_at), min(w.held_out_at)
      FROM (SELECT pls_internal.entity_noted((play).unit, a.entity_id) AS id, a.first_touch_at AS touched_at, NULL::timestamptz AS held_out_at
              FROM pls.alerts a WHERE a.motion = (play).motion AND a.first_touch_at IS NOT NULL
             UNION ALL
            SELECT pls_internal.entity_noted((play).unit, d.entity_id), NULL, d.decided_at
              FROM pls.decisions d WHERE d.motion = (play).motion AND d.reason = 'held_out') w
     WHERE w.id IS NOT NULL GROUP BY w.id;
END;
$$;
COMMENT ON FUNCTION pls_internal.funnel_arms IS
'Of entities that were touched or held out in a motion: when somebody first got in touch, and when it was first held out (NULL: never).';

CREATE FUNCTION pls_internal.arm_in_funnel(touched_at timestamptz, held_out_at timestamptz, bought_at timestamptz) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN touched_at < coalesce(bought_at, 'infinity') THEN 'touched'
                WHEN held_out_at < coalesce(bought_at, 'infinity') THEN 'held out'
                ELSE 'untouched' END;
COMMENT ON FUNCTION pls_internal.arm_in_funnel IS
'The arm of an entity in pls.funnel(), by when it was touched, held out and had what the motion aims at (NULL: never).';

CREATE FUNCTION pls_internal.cohort_label(cohort text, zone text, entered_at timestamptz, attributes jsonb) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE cohort
           WHEN 'week' THEN to_char(timezone(zone, entered_at), 'IYYY-"W"IW')
           WHEN 'month' THEN to_char(timezone(zone, entered_at), 'YYYY-MM')
           WHEN 'quarter' THEN to_char(timezone(zone, entered_at), 'YYYY-"Q"Q')
           WHEN 'year' THEN to_char(timezone(zone, entered_at), 'YYYY')
           ELSE coalesce(nullif(pls_internal.attribute_text(attributes, cohort), ''), '(none)') END
     WHERE cohort IS NOT NULL;
END;
COMMENT ON FUNCTION pls_internal.cohort_label IS
'The cohort of an entity that entered the funnel then and whose account has these attributes. NULL: there is one cohort.';

CREATE FUNCTION pls_internal.check_entry_time("from" timestamptz, until timestamptz) RETURNS void
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF "from" >= until THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'the time of entry must begin before it ends',
            DETAIL = format('It is from %s to %s.', "from", until),
            HINT = 'Give the earlier instant first; NULL is no bound.';
    END IF;
END;
$$;
COMMENT ON FUNCTION pls_internal.check_entry_time IS
'Refuses (22023) a time that does not begin before it ends; NULL is no bound.';

CREATE FUNCTION pls_internal.check_funnel(motion text, "from" timestamptz, until timestamptz, cohort text) RETURNS pls.motions
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    play CONSTANT pls.motions := pls_internal.motion_named(motion);
BEGIN
    PERFORM pls_internal.check_entry_time(check_funnel."from", check_funnel.until);
    IF check_funnel.cohort IS NOT NULL AND check_funnel.cohort <> ALL ('{week,month,quarter,year}')
          AND NOT EXISTS (SELECT FROM pls.accounts a WHERE pls_internal.attribute_text(a.attributes, check_funnel.cohort) IS NOT NULL) THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('no account has an attribute "%s"', check_funnel.cohort),
            HINT = 'Use week, month, quarter, year, or the name of an attribute of pls.accounts; one within others is written with dots.';
    END IF;
    RETURN play;
END;
$$;
COMMENT ON FUNCTION pls_internal.check_funnel IS
'The row of a motion whose funnel is asked for. Errors: those of pls.funnel().';

CREATE FUNCTION pls_internal.funnel_rows(play pls.motions, "from" timestamptz, until timestamptz, cohort text)
    RETURNS TABLE (label text, arm text, place integer, entity_id text, at timestamptz, is_own boolean)
    LANGUAGE plpgsql VOLATILE ROWS 100000
    SET search_path = pg_catalog, pg_temp
    SET jit = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH entries AS MATERIALIZED (SELECT e.* FROM pls_internal.stage_entries(play) e),
    bought AS MATERIALIZED (
        SELECT o.subject, min(o.at) AS at
          FROM pls_internal.first_outcomes(play, pls_internal.outcomes_aimed_at((play).objective)) o GROUP BY o.subject),
    people AS MATERIALIZED (
        SELECT e.entity_id, pls_internal.arm_in_funnel(w.touched_at, w.held_out_at, b.at) AS arm,
               pls_internal.cohort_label(funnel_rows.cohort, (play).time_zone, e.at, a.attributes) AS label
          FROM entries e
          LEFT JOIN pls_internal.funnel_arms(play) w ON w.entity_id = e.entity_id
          LEFT JOIN bought b ON b.subject = pls_internal.outcome_subject((play).unit, e.entity_id, NULL)
          LEFT JOIN pls.users u ON (play).unit = 'user' AND u.user_id = e.entity_id
          LEFT JOIN pls.accounts a
            ON a.account_id = CASE WHEN (play).unit = 'user' THEN pls_internal.account_of_member(e.entity_id, u.account_id, u.email)
                                   ELSE e.entity_id END
         WHERE e.place = 1
           AND (funnel_rows."from" IS NULL OR e.at >= funnel_rows."from") AND (funnel_rows.until IS NULL OR e.at < funnel_rows.until))
    SELECT p.label, p.arm, e.place, e.entity_id, e.at, coalesce(e.own_at = e.at, false)
      FROM entries e
      JOIN people p ON p.entity_id = e.entity_id;
END;
$$;
COMMENT ON FUNCTION pls_internal.funnel_rows IS
'The rows that pls.funnel() counts: each entity of a cohort at each stage that it has entered, with its arm, and whether it entered by what the stage asks for.';

CREATE FUNCTION pls.funnel(motion text, "from" timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, cohort text DEFAULT NULL)
    RETURNS TABLE (label text, "position" integer, stage text, arm text, entities bigint, after text, conversion numeric, of_first numeric,
                   median_time interval, p90_time interval, timed bigint, measured_by text)
    LANGUAGE plpgsql VOLATILE ROWS 100
    SET search_path = pg_catalog, pg_temp
    SET lock_timeout = '2s'
    SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    play CONSTANT pls.motions := pls_internal.check_funnel(funnel.motion, funnel."from", funnel.until, funnel.cohort);
BEGIN
    RETURN QUERY
    WITH stages AS MATERIALIZED (SELECT m.* FROM pls_internal.measured_stages(play) m),
    rows_of_arm AS MATERIALIZED (
        SELECT coalesce(r.label, '') AS label, r.arm, r.place, r.entity_id, r.at, r.is_own
          FROM pls_internal.funnel_rows(play, funnel."from", funnel.until, funnel.cohort) r
          JOIN stages m ON m.place = r.place AND m.is_measured),
    labels AS (
        SELECT DISTINCT r.label FROM rows_of_arm r
         UNION
        -- a funnel that nobody has entered is one, too
        SELECT '' WHERE funnel.cohort IS NULL),
    counted AS (
        SELECT r.label, coalesce(r.arm, 'all') AS arm, r.place, count(*) AS entities
          FROM rows_of_arm r GROUP BY GROUPING SETS ((r.label, r.arm, r.place), (r.label, r.place))),
    shown AS MATERIALIZED (
        SELECT l.label, a.arm, a.turn, m.place, m.stage, m.is_measured, m.measured_by,
               CASE WHEN m.is_measured THEN coalesce(c.entities, 0) END AS entities,
               -- the nearest stage before at which there is somebody
               max(c.place) OVER w AS before, first_value(c.entities) OVER w AS at_first
          FROM labels l
         CROSS JOIN (VALUES ('all', 1), ('untouched', 2), ('touched', 3), ('held out', 4)) a (arm, turn)
         CROSS JOIN stages m
          LEFT JOIN counted c ON c.label = l.label AND c.arm = a.arm AND c.place = m.place
        WINDOW w AS (PARTITION BY l.label, a.arm ORDER BY m.place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)),
    came AS (
        SELECT s.label, s.arm, s.place, count(r.entity_id) AS entities, count(*) FILTER (WHERE r.is_own AND b.is_own) AS timed,
               percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY EXTRACT(epoch FROM r.at - b.at)) FILTER (WHERE r.is_own AND b.is_own) AS seconds
          FROM shown s
          JOIN rows_of_arm r ON r.label = s.label AND r.place = s.place AND (s.arm = 'all' OR r.arm = s.arm)
          JOIN rows_of_arm b ON b.entity_id = r.entity_id AND b.place = s.before
         GROUP BY s.label, s.arm, s.place)
    SELECT nullif(s.label, ''), (s.stage).position, (s.stage).stage, s.arm, s.entities, CASE WHEN s.is_measured THEN (b.stage).stage END,
           CASE WHEN s.is_measured THEN round(coalesce(c.entities, 0)::numeric / b.entities, 4) END,
           round(s.entities::numeric / coalesce(f.entities, nullif(s.entities, 0)), 4),
           justify_hours(make_interval(secs => round(c.seconds[1]))), justify_hours(make_interval(secs => round(c.seconds[2]))),
           CASE WHEN b.place IS NOT NULL AND s.is_measured THEN coalesce(c.timed, 0) END, s.measured_by
      FROM shown s
      LEFT JOIN shown b ON b.label = s.label AND b.arm = s.arm AND b.place = s.before
      LEFT JOIN came c ON c.label = s.label AND c.arm = s.arm AND c.place = s.place
      LEFT JOIN LATERAL (
           SELECT g.entities FROM shown g
            WHERE g.label = s.label AND g.arm = s.arm AND g.entities > 0 AND g.place <= s.place ORDER BY g.place LIMIT 1) f ON true
     ORDER BY s.label COLLATE "C", s.place, s.turn;
END;
$$;
COMMENT ON FUNCTION pls.funnel IS
'How far the entities get that entered a motion''s funnel from one instant up to, but not including, another (NULL: no bound), up to now: a row for each cohort (label), stage of pls.stages (without any: no row) and arm. Only those count who are in the motion''s segment and not excluded, by what is known now. entities: who has entered the stage. A stage reached by signup, signals or outcomes is entered when what it asks for is first met, or when a later stage is entered, if that is earlier or the first never happens: who is at a later stage has been there. A stage reached by qualified or touch is entered only by those who met it before anything that a later stage asks for: the others went on without it. after: the nearest stage before that somebody of the same cohort and arm has entered; of those there, conversion is the share that has entered this stage as well. of_first: entities, as a share of the arm''s first stage. median_time, p90_time: from the stage after to this one, to the second, of the timed entities that entered both by what these stages ask for; never negative. arm: touched, if somebody touched an alert of the motion about it before it first had what the motion aims at (pls.motions.objective), or ever if it has not; else held out, if a decision held it out before that; else untouched; all: these together. The arms differ in who is in them: to learn what touching does, see pls.pilot_report(). cohort: NULL is one cohort, without a label; week, month, quarter or year of the entry, in the motion''s time zone; else the name of an attribute of accounts (with dots one within others), (none) for who has it not. measured_by: where the instants come from. signed_up_at, or the first event that counts for the motion; events: the trigger''s own state machine over the watched tables, as pls.replay() has it, by the signals as they are now; decisions, and for a draft or the time before the first decision the rules as they are now; alerts; outcomes, also those of dispositions. entities NULL: the stage cannot be measured, and measured_by says why. Reads the watched tables once for each stage of signals, once for signup and once for qualified; writes nothing; waits 2 seconds for a locked table. Errors: 42704 no such motion, 22023 a bad time of entry or cohort, 55P03.';
