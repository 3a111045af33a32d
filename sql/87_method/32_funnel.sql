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
COMMENT ON COLUMN pls_internal.stage_entry.own_at IS 'When it first met what the stage asks for. NULL: it has entered a later stage only.';
COMMENT ON COLUMN pls_internal.stage_entry.at IS 'When it entered: that instant, or the first one at a later stage.';

-- Who is no part of the motion: out of its segment, or excluded.
CREATE FUNCTION pls_internal.is_part_of(play pls.motions, entity_id text) RETURNS boolean
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    known record;
BEGIN
    SELECT k.account, k.member INTO known FROM pls_internal.known_of(play.unit, is_part_of.entity_id) k;
    RETURN (play.segment IS NULL OR pls_internal.holds(coalesce((known.account).attributes, '{}'), play.segment))
       AND NOT EXISTS (SELECT FROM pls_internal.exclusion_of(play.motion, is_part_of.entity_id, known.account, known.member));
END;
$$;
COMMENT ON FUNCTION pls_internal.is_part_of IS
'Whether an entity is in the segment of a motion and not excluded, by what is known now.';

CREATE FUNCTION pls_internal.leaves_out_some(play pls.motions) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT (play).segment IS NOT NULL
        OR EXISTS (SELECT FROM pls.exclusions x
                    WHERE x.enabled AND x.scope = 'entity' AND (x.motion IS NULL OR x.motion = (play).motion))
$$;
COMMENT ON FUNCTION pls_internal.leaves_out_some IS
'Whether a motion has a segment or exclusions, so that entities may be no part of it.';

CREATE FUNCTION pls_internal.measured_stages(play pls.motions)
    RETURNS TABLE (place integer, stage pls.stages, is_measured boolean, measured_by text, measured_before integer)
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED ROWS 10
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT t.place, t.stage, t.is_measured, t.measured_by,
           max(t.place) FILTER (WHERE t.is_measured) OVER (ORDER BY t.place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
      FROM (SELECT (row_number() OVER (ORDER BY s.position))::integer AS place, s AS stage, m.is_measured, m.measured_by
              FROM pls.stages s
             CROSS JOIN LATERAL pls_internal.stage_source(play, s) m
             WHERE s.motion = (play).motion) t;
END;
$$;
COMMENT ON FUNCTION pls_internal.measured_stages IS
'The stages of a motion in their order, whether and by what the instants are measured, and the measured stage before (NULL: none).';

-- What every stage has of every entity is kept in one place, and looked at
-- from the last stage to the first.
CREATE FUNCTION pls_internal.stage_entries(play pls.motions) RETURNS SETOF pls_internal.stage_entry
    LANGUAGE plpgsql VOLATILE ROWS 100000
    SET search_path = pg_catalog, pg_temp
    SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    stages     CONSTANT integer := (SELECT count(*) FROM pls.stages s WHERE s.motion = (play).motion);
    leaves_out CONSTANT boolean := pls_internal.leaves_out_some(play);
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
    people AS MATERIALIZED (
        SELECT p.entity_id, pls_internal.outcome_subject((play).unit, p.entity_id, NULL) AS subject
          FROM (SELECT m.entity_id FROM met m
                 UNION
                SELECT b.entity_id FROM brought b
                 UNION
                -- whom only an outcome of the motion shows
                SELECT pls_internal.entity_noted((play).unit, o.entity_id)
                  FROM pls.outcomes o
                  JOIN pls_internal.measured_stages(play) m ON m.is_measured AND (m.stage).reached_by = 'outcomes'
                 WHERE o.motion = (play).motion AND o.outcome = ANY (pls_internal.stage_outcomes(play, m.stage))) p
         WHERE p.entity_id IS NOT NULL
           AND (NOT leaves_out OR pls_internal.is_part_of(play, p.entity_id))),
    own AS (
        SELECT a.entity_id, a.place, min(a.at) AS at
          FROM (SELECT m.entity_id, m.place, m.at FROM met m
                 UNION ALL
                SELECT p.entity_id, b.place, b.at FROM brought b JOIN people p ON p.subject = b.subject) a
         WHERE a.at <= pls.now()
         GROUP BY a.entity_id, a.place),
    entered AS (
        SELECT p.entity_id, g.place, o.at AS own_at,
               min(o.at) OVER (PARTITION BY p.entity_id ORDER BY g.place DESC) AS at
          FROM people p
         CROSS JOIN generate_series(1, stages) g (place)
          LEFT JOIN own o ON o.entity_id = p.entity_id AND o.place = g.place)
    SELECT e.entity_id, e.place, e.own_at, e.at FROM entered e WHERE e.at IS NOT NULL;
END;
$$;
COMMENT ON FUNCTION pls_internal.stage_entries IS
'Which stages of a motion each entity has entered up to now, and when, of those who are in its segment and not excluded now. Whoever is at a later stage has entered all before it.';

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
           ELSE coalesce(pls_internal.attribute_text(attributes, cohort), '(none)') END
     WHERE cohort IS NOT NULL;
END;
COMMENT ON FUNCTION pls_internal.cohort_label IS
'The cohort of an entity that entered the funnel then and whose account has these attributes. NULL: there is one cohort.';

CREATE FUNCTION pls_internal.check_funnel(motion text, "from" timestamptz, until timestamptz, cohort text) RETURNS pls.motions
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    play CONSTANT pls.motions := pls_internal.motion_named(motion);
BEGIN
    IF check_funnel."from" >= check_funnel.until THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'the time of entry must begin before it ends',
            DETAIL = format('It is from %s to %s.', check_funnel."from", check_funnel.until),
            HINT = 'Give the earlier instant first; NULL is no bound.';
    ELSIF NOT EXISTS (SELECT FROM pls.stages s WHERE s.motion = (play).motion) THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('motion "%s" has no stages', (play).motion),
            HINT = 'Insert rows into pls.stages; the templates of pls.create_motion() bring some.';
    ELSIF check_funnel.cohort IS NOT NULL AND check_funnel.cohort <> ALL ('{week,month,quarter,year}')
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
    RETURNS TABLE (label text, arm text, place integer, entity_id text, at timestamptz, since_before interval)
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
    SELECT p.label, p.arm, e.place, e.entity_id, e.at,
           -- between instants that are the stages' own
           CASE WHEN e.own_at = e.at AND b.own_at = b.at THEN e.at - b.at END
      FROM entries e
      JOIN people p ON p.entity_id = e.entity_id
      JOIN pls_internal.measured_stages(play) m ON m.place = e.place
      LEFT JOIN entries b ON b.entity_id = e.entity_id AND b.place = m.measured_before
     WHERE m.is_measured;
END;
$$;
COMMENT ON FUNCTION pls_internal.funnel_rows IS
'The rows that pls.funnel() counts: each entity of a cohort at each measured stage that it has entered, with its arm and the time since the measured stage before; NULL where one of the two was entered by a later stage only.';

CREATE FUNCTION pls.funnel(motion text, "from" timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, cohort text DEFAULT NULL)
    RETURNS TABLE (label text, "position" integer, stage text, arm text, entities bigint, conversion numeric, of_first numeric,
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
    WITH counted AS MATERIALIZED (
        SELECT r.label, r.place, r.arm, count(*) AS entities, count(r.since_before) AS timed,
               percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY EXTRACT(epoch FROM r.since_before)) AS seconds
          FROM pls_internal.funnel_rows(play, funnel."from", funnel.until, funnel.cohort) r
         GROUP BY GROUPING SETS ((r.label, r.place, r.arm), (r.label, r.place))),
    labels AS (
        SELECT DISTINCT c.label FROM counted c
         UNION
        -- a funnel that nobody has entered is one, too
        SELECT NULL WHERE funnel.cohort IS NULL),
    shown AS (
        SELECT l.label, m.place, m.stage, m.is_measured, m.measured_by, m.measured_before, a.arm, a.turn,
               CASE WHEN m.is_measured THEN coalesce(c.entities, 0) END AS entities,
               CASE WHEN m.is_measured THEN coalesce(c.timed, 0) END AS timed, c.seconds
          FROM labels l
         CROSS JOIN pls_internal.measured_stages(play) m
         CROSS JOIN (VALUES ('all', 1), ('untouched', 2), ('touched', 3), ('held out', 4)) a (arm, turn)
          LEFT JOIN counted c
            ON c.label IS NOT DISTINCT FROM l.label AND c.place = m.place AND coalesce(c.arm, 'all') = a.arm)
    SELECT s.label, (s.stage).position, (s.stage).stage, s.arm, s.entities,
           round(s.entities::numeric / nullif(b.entities, 0), 4), round(s.entities::numeric / nullif(f.entities, 0), 4),
           justify_hours(make_interval(secs => s.seconds[1])), justify_hours(make_interval(secs => s.seconds[2])), s.timed, s.measured_by
      FROM shown s
      LEFT JOIN shown b ON b.label IS NOT DISTINCT FROM s.label AND b.arm = s.arm AND b.place = s.measured_before
      LEFT JOIN (SELECT min(g.place) AS place FROM shown g WHERE g.is_measured) w ON true
      LEFT JOIN shown f ON f.label IS NOT DISTINCT FROM s.label AND f.arm = s.arm AND f.place = w.place
     ORDER BY s.label COLLATE "C", s.place, s.turn;
END;
$$;
COMMENT ON FUNCTION pls.funnel IS
'How far the entities get that entered a motion''s funnel from one instant up to, but not including, another (NULL: no bound), up to now: a row for each cohort (label), stage of pls.stages and arm. Only those count who are in the motion''s segment and not excluded, by what is known now. entities: who has entered the stage; conversion: their share of the stage before, of_first: of the first measured stage. An entity enters a stage when it first meets what the stage asks for, or when it enters a later stage, if that is earlier: whoever is at a later stage has been at all before it, and a stage that was skipped, or was met after a later one, has the instant of that later stage. median_time, p90_time: from the stage before, of the timed entities that entered both by what these stages ask for; never negative. arm: touched, if somebody touched an alert of the motion about it before it first had what the motion aims at (pls.motions.objective), or ever if it has not; else held out, if a decision held it out before that; else untouched; all: these together. The arms differ in who is in them: to learn what touching does, see pls.pilot_report(). cohort: NULL is one cohort, without a label; week, month, quarter or year of the entry, in the motion''s time zone; else the name of an attribute of accounts (with dots one within others), (none) for who has it not. measured_by: where the instants come from. signed_up_at, or the first event that counts for the motion; events: the trigger''s own state machine over the watched tables, as pls.replay() has it, by the signals as they are now; decisions, and for a draft or the time before the first decision the rules as they are now; alerts; outcomes, also those of dispositions. NULL entities: the stage cannot be measured, and measured_by says why; the stages around it are compared with each other. Reads the watched tables once for each stage of signals, once for signup and once for qualified; writes nothing; waits 2 seconds for a locked table. Errors: 42704 no such motion, 22023 a bad time of entry or cohort, 55000 the motion has no stages, 55P03.';
