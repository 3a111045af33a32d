/* 38_funnel_now.sql - how many entities are at which stage now.
 *
 * It is asked often, so no watched table is read: what signals say is the
 * evidence of the standings as of now, of which no history is kept.
 */

CREATE FUNCTION pls_internal.stages_met_now(play pls.motions) RETURNS TABLE (entity_id text, place integer)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 10000
    SET search_path = pg_catalog, pg_temp
    SET jit = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH stages AS MATERIALIZED (
        SELECT (row_number() OVER (ORDER BY s.position))::integer AS place, s.reached_by, s.signals,
               pls_internal.stage_outcomes(play, s) AS outcomes
          FROM pls.stages s WHERE s.motion = (play).motion),
    asked AS (SELECT DISTINCT t.place, n.name FROM stages t, unnest(t.signals) n (name)),
    needed AS (SELECT a.place, count(*) AS signals FROM asked a GROUP BY a.place),
    standings AS MATERIALIZED (
        SELECT s.entity_id, s.evidence, s.last_event_at FROM pls.standings s
         WHERE s.motion = (play).motion AND s.last_event_at IS NOT NULL),
    met AS MATERIALIZED (
        SELECT s.entity_id, x.signal
          FROM standings s
         CROSS JOIN LATERAL (SELECT pls_internal.now_after(s.last_event_at) AS as_of OFFSET 0) t
         CROSS JOIN LATERAL pls_internal.attributes_at((play).motion, s.entity_id) k
         CROSS JOIN LATERAL pls.explain(s.evidence, t.as_of, k.attributes) x
         WHERE EXISTS (SELECT FROM asked) AND x.met)
    SELECT u.entity_id, t.place
      FROM stages t
     CROSS JOIN LATERAL (
           SELECT s.entity_id FROM standings s UNION SELECT k.entity_id FROM pls_internal.known_signups((play).unit) k) u
     WHERE t.reached_by = 'signup'
     UNION ALL
    SELECT m.entity_id, n.place
      FROM needed n
      JOIN asked a ON a.place = n.place
      JOIN met m ON m.signal = a.name
     GROUP BY m.entity_id, n.place, n.signals HAVING count(*) = n.signals
     UNION ALL
    SELECT pls_internal.entity_noted((play).unit, d.entity_id), t.place
      FROM stages t
      JOIN (SELECT DISTINCT d.entity_id FROM pls.decisions d
             WHERE d.motion = (play).motion AND pls_internal.is_qualifying(d.lane, d.reason)) d ON t.reached_by = 'qualified'
     UNION ALL
    SELECT pls_internal.entity_noted((play).unit, a.entity_id), t.place
      FROM stages t
      JOIN pls.alerts a ON t.reached_by = 'touch' AND a.motion = (play).motion AND a.first_touch_at IS NOT NULL
     UNION ALL
    SELECT u.entity_id, t.place
      FROM stages t
     CROSS JOIN LATERAL (SELECT o.subject FROM pls_internal.outcomes_to_predict(play, t.outcomes, by_disposition => true) o
                          WHERE o.instants[1] <= pls.now()) o
      JOIN (SELECT e.entity_id, pls_internal.outcome_subject((play).unit, e.entity_id, NULL) AS subject
              FROM (SELECT s.entity_id FROM standings s
                     UNION SELECT k.entity_id FROM pls_internal.known_signups((play).unit) k
                     UNION SELECT pls_internal.entity_noted((play).unit, o.entity_id) FROM pls.outcomes o WHERE o.motion = (play).motion) e
             WHERE e.entity_id IS NOT NULL) u ON u.subject = o.subject
     WHERE t.reached_by = 'outcomes';
END;
$$;
COMMENT ON FUNCTION pls_internal.stages_met_now IS
'Which stages of a motion entities have reached, as far as standings, decisions, alerts, outcomes and accounts tell: signals by what is met now, all others by what has been so far.';

CREATE FUNCTION pls_internal.stages_now(motion text)
    RETURNS TABLE ("position" integer, stage text, entities bigint, share numeric)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 10
    SET search_path = pg_catalog, pg_temp
    SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    play CONSTANT pls.motions := pls_internal.motion_named(motion);
    -- the last stage of each
    counts CONSTANT bigint[] := ARRAY(
        WITH furthest AS (
            SELECT m.entity_id, max(m.place) AS place FROM pls_internal.stages_met_now(play) m
             WHERE m.entity_id IS NOT NULL GROUP BY m.entity_id),
        part AS (
            SELECT f.place, count(*) AS entities
              FROM furthest f
              JOIN pls_internal.parts_of(play, ARRAY(SELECT g.entity_id FROM furthest g)) p ON p.entity_id = f.entity_id
             GROUP BY f.place)
        SELECT coalesce(c.entities, 0)
          FROM generate_series(1, (SELECT count(*) FROM pls.stages s WHERE s.motion = (play).motion)) n (place)
          LEFT JOIN part c ON c.place = n.place
         ORDER BY n.place);
BEGIN
    RETURN QUERY
    SELECT t.position, t.stage, CASE WHEN t.can_be_met THEN counts[t.place] END,
           CASE WHEN t.can_be_met THEN round(counts[t.place] / nullif((SELECT sum(c.n) FROM unnest(counts) c (n)), 0), 4) END
      FROM (SELECT s.position, s.stage, row_number() OVER (ORDER BY s.position) AS place,
                   pls_internal.stage_problem(s) IS NULL AS can_be_met
              FROM pls.stages s WHERE s.motion = (play).motion) t
     ORDER BY t.position;
END;
$$;
COMMENT ON FUNCTION pls_internal.stages_now IS
'The rows of pls.funnel_now of a motion. Error 42704: there is none of this name.';

CREATE VIEW pls.funnel_now WITH (security_invoker = true) AS
SELECT m.motion,
       n."position",
       n.stage,
       n.entities,
       n.share
  FROM pls.motions m
 CROSS JOIN LATERAL pls_internal.stages_now(m.motion) n;
COMMENT ON VIEW pls.funnel_now IS
'How many entities are at which stage of a motion now: each at the furthest one that it has reached. It reads no watched table, but standings, decisions, alerts, outcomes, and signed_up_at of accounts or users. So a stage of signals has those whose standing meets all of them now, not those who did once; pls.funnel() reads the events and tells when. All other stages have whoever reached them so far. Only those count who are in the motion''s segment and not excluded. Of a draft the standings are those of its last pls.refresh().';
COMMENT ON COLUMN pls.funnel_now.motion IS 'The motion.';
COMMENT ON COLUMN pls.funnel_now.position IS 'Order of the stages.';
COMMENT ON COLUMN pls.funnel_now.stage IS 'The stage.';
COMMENT ON COLUMN pls.funnel_now.entities IS 'How many are there now and no further. NULL: the stage can never be reached, pls.guardrails() says why.';
COMMENT ON COLUMN pls.funnel_now.share IS 'Their share of all who are at a stage, 0 to 1. NULL: as before, or nobody is.';
